"""Simulated measurements in the form in which the files of instruments are read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from halodot.arrays import Array
from halodot.errors import InputError
from halodot.readers.dataset import conversion, dataset
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.states import Dataset

if TYPE_CHECKING:
    import xarray

#: simulated instrument: kind of the measurement, its axes and its signal with the units in which such a file has them
_MEASURED: Mapping[str, tuple[str, tuple[tuple[str, str], ...], tuple[str, str]]] = {
    "uv_vis": ("absorption", (("wavelength", "nm"),), ("absorbance", "1")),
    "pl": ("photoluminescence", (("wavelength", "nm"),), ("counts", "1")),
    "plqy": ("photoluminescence", (("wavelength", "nm"),), ("counts", "1")),
    "trpl": ("decay", (("time", "ns"),), ("counts", "1")),
    "trpl_response": ("decay", (("time", "ns"),), ("counts", "1")),
    "xrd": ("x_ray_diffraction", (("two_theta", "degree"),), ("counts", "1")),
    "ftir": ("infrared", (("wavenumber", "1/cm"),), ("absorbance", "1")),
    "tga": ("thermogravimetry", (("temperature", "degC"),), ("mass_fraction", "%")),
    "sclc": ("current_voltage", (("voltage", "V"),), ("current_density", "mA/cm2")),
    "jv": ("current_voltage", (("voltage", "V"),), ("current_density", "mA/cm2")),
    "lv": ("current_voltage", (("voltage", "V"),), ("luminance", "cd/m2")),
    "el": ("irradiance", (("wavelength", "nm"),), ("spectral_photon_flux", "1/cm2/s/nm")),
    "angular_pattern": ("table", (("angle", "degree"),), ("luminance", "cd/m2")),
    "afm": ("topography", (("y_position", "um"), ("x_position", "um")), ("height", "nm")),
    "lifetime": ("time_series", (("time", "h"),), ("luminance", "cd/m2")),
}


#: settings of simulated instruments by the words of readers
_SETTINGS: Mapping[str, str] = {
    "thickness": "thickness",
    "temperature": "temperature",
    "excitation": "excitation_wavelength",
    "heating rate": "heating_rate",
    "wavelength": "x_ray_wavelength",
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
    places = tuple(_values(axis, unit, first.x) for axis, unit in axes)
    signals = tuple(_values(*_MEASURED[one.name][2], np.asarray(one.y)) for one in simulated)
    curve = Curve(places, signals)
    meta = {key: value for one in simulated for key, value in one.meta.items()}
    said = {key: str(value) for key, value in meta.items() if key not in _SETTINGS}
    settings = {_SETTINGS[key]: float(value) for key, value in meta.items() if key in _SETTINGS}
    content = json.dumps(said).encode() + b"".join(np.ascontiguousarray(one.values).tobytes() for one in signals)
    return dataset(Recording(kind, (curve,), settings, said), RawFile(f"simulated {first.name}", content), _SIMULATED)


def _values(quantity: str, unit: str, numbers: Array) -> Values:
    """Return numbers in SI as a file has them in its unit."""
    factor, divisor, zero = conversion(unit, quantity)
    return Values(quantity, numbers if unit == "1" else (numbers - zero) * divisor / factor, unit)


def _no_file(file: RawFile) -> Recording:
    raise InputError("a simulated measurement is in no file")


_SIMULATED = Reader("simulated", "simulated measurement", lambda _: Match.NO, _no_file)
