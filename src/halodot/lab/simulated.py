"""Simulated measurements in the form in which the files of instruments are read."""

from __future__ import annotations

import json
from collections.abc import Mapping
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

#: simulated instrument: kind of the measurement, quantities of its axes and of its signal
_MEASURED: Mapping[str, tuple[str, tuple[str, ...], str]] = {
    "uv_vis": ("absorption", ("wavelength",), "absorbance"),
    "pl": ("photoluminescence", ("wavelength",), "counts"),
    "plqy": ("photoluminescence", ("wavelength",), "counts"),
    "trpl": ("decay", ("time",), "counts"),
    "trpl response": ("decay", ("time",), "counts"),
    "xrd": ("x_ray_diffraction", ("two_theta",), "counts"),
    "ftir": ("infrared", ("wavenumber",), "absorbance"),
    "tga": ("thermogravimetry", ("temperature",), "mass_fraction"),
    "sclc": ("current_voltage", ("voltage",), "current_density"),
    "jv": ("current_voltage", ("voltage",), "current_density"),
    "lv": ("current_voltage", ("voltage",), "luminance"),
    "afm": ("topography", ("y_position", "x_position"), "height"),
    "lifetime": ("time_series", ("time",), "luminance"),
}


def measurement(*simulated: Dataset) -> xarray.Dataset:
    """Return a simulated measurement as `halodot.read` would return its file.

    Args:
        simulated: of `halodot.measure`; several are signals by one axis in one file.

    Raises:
        InputError: it is of a kind that no file holds as a curve.
    """
    for one in simulated:
        if one.name not in _MEASURED:
            raise InputError(f"a simulated {one.name} is no curve that a file could hold")
    first = simulated[0]
    kind, axes, _ = _MEASURED[first.name]
    places = tuple(Values(axis, first.x, QUANTITIES[axis].unit) for axis in axes)
    signals = [(_MEASURED[one.name][2], np.asarray(one.y)) for one in simulated]
    curve = Curve(places, tuple(Values(name, values, QUANTITIES[name].unit) for name, values in signals))
    said = {str(key): str(value) for one in simulated for key, value in one.meta.items()}
    content = json.dumps(said).encode() + b"".join(np.ascontiguousarray(values).tobytes() for _, values in signals)
    return dataset(Recording(kind, (curve,), header=said), RawFile(f"simulated {first.name}", content), _SIMULATED)


def _no_file(file: RawFile) -> Recording:
    raise InputError("a simulated measurement is in no file")


_SIMULATED = Reader("simulated", "simulated measurement", lambda _: Match.NO, _no_file)
