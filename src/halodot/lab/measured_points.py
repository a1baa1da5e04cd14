"""Measured curves of a device as columns in SI, to be drawn over those of a model."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from halodot.arrays import Array
from halodot.constants import HC_EV
from halodot.errors import InputError, Problem
from halodot.lab.signals import quantity_of
from halodot.lab.unnamed_columns import unnamed_spectrum
from halodot.readers import curves, read

if TYPE_CHECKING:
    import xarray

#: what a figure shows of a measurement: column -> quantities of a file that it is, the preferred first
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "voltage": ("voltage",),
    "current_density": ("current_density",),
    "luminance": ("luminance",),
    "eqe": ("eqe",),
    "current_efficiency": ("current_efficiency",),
    "power_efficiency": ("power_efficacy", "power_efficiency"),
    "wavelength": ("wavelength",),
    "intensity": (
        "intensity",
        "counts",
        "count_rate",
        "spectral_photon_flux",
        "spectral_irradiance",
        "spectral_radiance",
    ),
}
#: intensities that count energy; those of a model count photons
_OF_ENERGY = ("spectral_irradiance", "spectral_radiance")
#: curves of a file that marks can tell apart
_MOST_CURVES = 6
#: points of a spectrum that can be told apart as marks
_MOST_MARKS = 200


@dataclass(frozen=True, eq=False)
class MeasuredPoints:
    """One curve of a file."""

    label: str  # of the curve, empty where the file has only one
    columns: Mapping[str, Array]  # in SI, (point,) each, by the names of `halodot.report.measured.COLUMNS`


@dataclass(frozen=True, eq=False)
class MeasuredFile:
    """The curves of a file, and how it was read."""

    curves: tuple[MeasuredPoints, ...]
    reading: tuple[str, ...]  # one sentence each: which column was taken as what, in which unit


def read_points(path: str | os.PathLike[str], area: float = math.nan, columns: str = "") -> MeasuredFile:
    """Read the curves of a measured file.

    Args:
        path: a table with units in its headings (CSV, text, Excel), or an instrument's file that `halodot.read` knows.
        area: of the pixel [m2], where the file has a current, no density and no area.
        columns: what the columns are where the file does not say it, ``"V (V), J (mA/cm2), L (cd/m2)"``.

    Returns:
        One for each sweep, pixel or spectrum: what it has of voltage, current density, luminance, EQE, efficiencies,
        wavelength and intensity.

    Raises:
        DataError: the file is damaged or of no known format.
        InputError: it holds none of these, or does not say in which unit.
    """
    data = read(path, columns=columns or None)
    reading = [*_read_as(data), *_lines(data, "notes"), *_lines(data, "warnings")]
    found = [(str(one.attrs.get("curve", "")), dict(_of_curve(one, area, path, reading))) for one in curves(data)]
    kept = [MeasuredPoints(label, values) for label, values in found if len(values) > 1]
    if not kept and (spectrum := unnamed_spectrum(data, "intensity")) is not None:
        low, high = 1e9 * spectrum.x[0], 1e9 * spectrum.x[-1]
        reading = [f"the file has no headings; column 1, {low:.0f} to {high:.0f}, is taken as the wavelength in nm"]
        kept = [MeasuredPoints("", _thinned({"wavelength": spectrum.x, "intensity": spectrum.y}, reading))]
    if not kept:
        raise InputError(Problem(_nothing(data), file=os.fspath(path)))
    for item in kept:
        _check_eqe(item, path)
    return MeasuredFile(_told_apart(kept, reading), tuple(dict.fromkeys(reading)))


def _told_apart(found: list[MeasuredPoints], reading: list[str]) -> tuple[MeasuredPoints, ...]:
    """Return curves as they are, or as one where there are more than marks can tell apart."""
    names = set.intersection(*(set(item.columns) for item in found))
    if len(found) <= _MOST_CURVES or len(names) < 2:
        return tuple(found)
    reading.append(f"the {len(found)} curves of the file are drawn with one mark")
    return (MeasuredPoints("", {name: np.concatenate([item.columns[name] for item in found]) for name in names}),)


def _read_as(data: xarray.Dataset) -> list[str]:
    """Return the format of an instrument's file and its columns; a table tells of its own in its notes."""
    every = (*data.coords.values(), *data.data_vars.values())
    items = {quantity_of(item): str(item.attrs.get("unit_of_file", "")) for item in every}
    said = [f"{name.replace('_', ' ')} in {unit}" for name, unit in items.items() if unit not in ("", "1")]
    if " is the " in str(data.attrs.get("notes", "")) or not said:
        return []
    return [f"{data.attrs.get('format', 'a file')}: {', '.join(said)}"]


def _lines(data: xarray.Dataset, name: str) -> list[str]:
    return str(data.attrs.get(name, "")).splitlines()


def _of_curve(
    one: xarray.Dataset, area: float, path: str | os.PathLike[str], reading: list[str]
) -> Iterator[tuple[str, Array]]:
    """Yield the columns of one curve."""
    there: dict[str, Array] = {}
    for item in (*one.coords.values(), *one.data_vars.values()):
        if item.ndim == 1 and item.size and np.issubdtype(item.dtype, np.number):
            there.setdefault(quantity_of(item), item.values.astype(float))
    if "current_density" not in there and "current" in there:
        there["current_density"] = _density(one, there["current"], area, path, reading)
    if "photon_energy" in there and "wavelength" not in there:
        there |= _by_wavelength(there, reading)
    found = {}
    for column, quantities in _COLUMNS.items():
        quantity = next((name for name in quantities if name in there), "")
        if quantity:
            found[column] = there[quantity]
        if quantity in _OF_ENERGY and "wavelength" in there:
            found[column] = there[quantity] * there["wavelength"]
            reading.append("the spectrum is one of power and is turned into one of photons")
    sizes = {values.size for values in found.values()}
    longest = max(sizes, default=0)
    yield from _thinned({name: values for name, values in found.items() if values.size == longest}, reading).items()


def _density(
    one: xarray.Dataset, current: Array, area: float, path: str | os.PathLike[str], reading: list[str]
) -> Array:
    """Return a current over the area that the file or the study states."""
    stated = one.attrs.get("area", math.nan)
    own = float(stated) if isinstance(stated, int | float) else math.nan
    used, whose = (own, "file") if own > 0.0 else (area, "study")
    if not used > 0.0:
        message = "a current needs the area of the pixel; write a current density (mA/cm2), or state device.area"
        raise InputError(Problem(message, file=os.fspath(path)))
    reading.append(f"the current is divided by the area that the {whose} states, {used * 1e6:.4g} mm2")
    return current / used


def _by_wavelength(there: Mapping[str, Array], reading: list[str]) -> dict[str, Array]:
    """Return a spectrum by photon energy as one by wavelength."""
    with np.errstate(divide="ignore", invalid="ignore"):
        wavelength = HC_EV / there["photon_energy"]
        names = [name for name in _COLUMNS["intensity"] if name in there]
        reading.append("the spectrum is taken per photon energy and turned into one per wavelength")
        return {"wavelength": wavelength} | {name: there[name] / wavelength**2 for name in names}


def _thinned(columns: Mapping[str, Array], reading: list[str]) -> dict[str, Array]:
    """Return a spectrum with as many points as marks can show."""
    size = next((values.size for values in columns.values()), 0)
    if "wavelength" not in columns or size <= _MOST_MARKS:
        return dict(columns)
    step = math.ceil(size / _MOST_MARKS)
    reading.append(f"one of {step} points of the spectrum is drawn, of {size}")
    return {name: values[::step] for name, values in columns.items()}


def _nothing(data: xarray.Dataset) -> str:
    """Return what a file lacks to be drawn."""
    unnamed = [
        str(item.attrs.get("heading", name)) for name, item in data.data_vars.items() if quantity_of(item) == "number"
    ]
    if unnamed:
        which = ", ".join(map(repr, unnamed[:6]))
        return (
            f"the units of {which} are not stated; write them into the headings, as in V (V), J (mA/cm2), "
            "L (cd/m2), or say with --columns what the columns are"
        )
    have = ", ".join(sorted({quantity_of(item).replace("_", " ") for item in data.data_vars.values()})) or "nothing"
    return f"the file holds {have}; a figure shows J-V, J-V-L, EQE or a spectrum of the light"


def _check_eqe(item: MeasuredPoints, path: str | os.PathLike[str]) -> None:
    eqe = item.columns.get("eqe")
    if eqe is not None and np.any(eqe > 1.0):
        message = f"an EQE of {100.0 * np.nanmax(eqe):.4g} % is more than one photon for a charge; is its unit %?"
        raise InputError(Problem(message, file=os.fspath(path)))
