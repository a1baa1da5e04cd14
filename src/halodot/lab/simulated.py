"""Simulated measurements in the form in which the files of instruments are read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from halodot.errors import InputError
from halodot.names import QUANTITIES
from halodot.readers.dataset import dataset
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.states import Dataset

if TYPE_CHECKING:
    import xarray

#: simulated instrument: kind of the measurement, quantity of its axis and of its signal
_MEASURED = {
    "uv_vis": ("absorption", "wavelength", "absorbance"),
    "pl": ("photoluminescence", "wavelength", "counts"),
    "plqy": ("photoluminescence", "wavelength", "counts"),
    "trpl": ("decay", "time", "counts"),
    "trpl response": ("decay", "time", "counts"),
    "xrd": ("x_ray_diffraction", "two_theta", "counts"),
    "ftir": ("infrared", "wavenumber", "absorbance"),
    "tga": ("thermogravimetry", "temperature", "mass_fraction"),
    "sclc": ("current_voltage", "voltage", "current_density"),
    "jv": ("current_voltage", "voltage", "current_density"),
    "lv": ("current_voltage", "voltage", "luminance"),
    "lifetime": ("time_series", "time", "luminance"),
}


def measurement(simulated: Dataset) -> xarray.Dataset:
    """Return a simulated measurement as `halodot.read` would return its file.

    Args:
        simulated: of `halodot.measure`.

    Raises:
        InputError: it is of a kind that no file holds as a curve.
    """
    axes: tuple[str, ...]
    if simulated.name == "afm":
        kind, axes, signal = "topography", ("y_position", "x_position"), "height"
    elif simulated.name in _MEASURED:
        kind, axis, signal = _MEASURED[simulated.name]
        axes = (axis,)
    else:
        raise InputError(f"a simulated {simulated.name} is no curve that a file could hold")
    places = tuple(Values(axis, simulated.x, QUANTITIES[axis].unit) for axis in axes)
    curve = Curve(places, (Values(signal, np.asarray(simulated.y), QUANTITIES[signal].unit),))
    said = {str(key): str(value) for key, value in simulated.meta.items()}
    file = RawFile(
        f"simulated {simulated.name}", json.dumps(said).encode() + np.ascontiguousarray(simulated.y).tobytes()
    )
    return dataset(Recording(kind, (curve,), header=said), file, _SIMULATED)


def _no_file(file: RawFile) -> Recording:
    raise InputError("a simulated measurement is in no file")


_SIMULATED = Reader("simulated", "simulated measurement", lambda _: Match.NO, _no_file)
