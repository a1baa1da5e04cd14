"""Emission spectra as files hold them: against wavelength or energy, corrected or not, alone or in a matrix."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from halodot.arrays import Array
from halodot.constants import HC_EV
from halodot.errors import DataError
from halodot.lab.emission_line import Emission
from halodot.lab.emission_window import stray_zones
from halodot.lab.signals import Signal, signals

if TYPE_CHECKING:
    import xarray

SIGNALS = ("spectral_photon_flux", "spectral_irradiance", "counts", "count_rate", "intensity")
AXES = ("wavelength", "photon_energy")
_FACTORS = ("responsivity", "intensity", "spectral_irradiance", "counts", "number")  # what a sensitivity may be called
FEWEST_POINTS = 8
#: slits of a fluorimeter that a matrix does not state [m]
_SLITS = 10e-9


@dataclass(frozen=True, eq=False)
class Spectrum:
    """One emission spectrum and what the file says of it."""

    signal: Signal
    label: str  # of the findings, empty where it is the only one
    excitation: float | None
    bandwidth: float
    boxcar: float


def spectra_of(data: xarray.Dataset, chosen: float | None) -> tuple[tuple[Spectrum, ...], tuple[str, ...]]:
    """Return the emission spectra of a measurement, and what is to be noted of them.

    Args:
        data: spectra against wavelength or photon energy, or an excitation-emission matrix.
        chosen: excitation wavelength [m]; what the file says, or the brightest of a matrix, where None.

    Raises:
        DataError: there are none.
    """
    if data.attrs.get("kind") == "excitation_emission":
        return _of_matrix(data, chosen)
    found = []
    for one in signals(data, AXES, SIGNALS):
        excitation = chosen or _stated(data, "excitation_wavelength")
        widths = (_stated(data, "bandwidth") or 0.0) + (_stated(data, "excitation_bandwidth") or 0.0)
        found.append(Spectrum(one, one.label, excitation, widths, _stated(data, "boxcar") or 0.0))
    if not found:
        there = ", ".join(map(str, data.data_vars))
        raise DataError(
            f"{data.attrs.get('file', 'the measurement')}: no spectrum against wavelength; there are {there}"
        )
    return tuple(found if len(found) > 1 else [replace(found[0], label="")]), ()


def _stated(data: xarray.Dataset, key: str) -> float | None:
    value = data.attrs.get(key)
    sound = isinstance(value, (int, float)) and math.isfinite(value) and value > 0.0
    return float(value) if sound and value is not None else None


def _of_matrix(data: xarray.Dataset, chosen: float | None) -> tuple[tuple[Spectrum, ...], tuple[str, ...]]:
    """Return the emission spectrum at one excitation of a matrix: the one chosen, or the brightest."""
    item = data["intensity"].transpose("excitation_wavelength", "emission_wavelength")
    excitations = item["excitation_wavelength"].values.astype(float)
    emission = item["emission_wavelength"].values.astype(float)
    values = item.values.astype(float)
    if chosen is not None:
        place = int(np.argmin(np.abs(excitations - chosen)))
    else:
        clear = values.copy()
        for row, excitation in enumerate(excitations):
            for zone in stray_zones(excitation, _SLITS):
                clear[row, np.abs(emission - zone.place) <= zone.half_width] = -np.inf
            clear[row, emission < excitation] = -np.inf
        clear[~np.isfinite(clear)] = -np.inf
        if not np.any(np.isfinite(clear)):
            raise DataError("the matrix holds no emission outside of the scattered excitation")
        place = int(np.argmax(np.max(clear, axis=1)))
    order = np.argsort(emission, kind="stable")
    sound = np.isfinite(values[place][order])
    one = Signal(emission[order][sound], values[place][order][sound], "wavelength", "intensity", "intensity")
    used = float(excitations[place])
    note = f"emission at the excitation of {used * 1e9:g} nm, of {excitations.size}; excitation: chooses another"
    return (Spectrum(one, f"excitation {used * 1e9:g} nm", used, _SLITS, 0.0),), (note,)


@dataclass(frozen=True, eq=False)
class Companions:
    """What else was measured of spectrometer and cuvette."""

    sensitivity: xarray.Dataset | None = None
    divides: bool = False  # whether the sensitivity divides the signal, or is a factor of it
    inner_filter: xarray.Dataset | None = None


def emission_of(
    spectrum: Spectrum, companions: Companions, per: str | None, terms: int
) -> tuple[Emission, str, tuple[str, ...]]:
    """Return a spectrum against wavelength with what a photon makes of the signal there.

    Args:
        spectrum: as recorded.
        companions: sensitivity and absorbance.
        per: "wavelength" | "energy" that the signal was recorded per; that with even steps where None.
        terms: of the background.

    Returns:
        The spectrum, what it was recorded per, and what is to be noted.

    Raises:
        DataError: too few points.
    """
    notes = []
    item = spectrum.signal
    energies = item.x_quantity == "photon_energy"
    sound = np.isfinite(item.x) & (item.x > 0.0)
    x, y = item.x[sound], item.y[sound]
    x, y = (HC_EV / x[::-1], y[::-1]) if energies else (x, y)
    x, first = np.unique(x, return_index=True)
    y = y[first]
    if x.size < FEWEST_POINTS:
        raise DataError(f"{x.size} points are too few for a line; at least {FEWEST_POINTS} are needed")
    per = per or _recorded_per(x)
    response = np.ones(x.size)
    if per == "energy":
        response = response * x**2
    if item.y_quantity == "spectral_irradiance":
        response = response / x
    if companions.sensitivity is not None:
        factor = _at(companions.sensitivity, _FACTORS, x)
        above = np.where(factor > 0.0, factor, np.nan)
        response = response * (above if companions.divides else 1.0 / above)
        notes.append("corrected for the sensitivity of the spectrometer with the file given")
    if companions.inner_filter is not None:
        response = response * 10.0 ** (-0.5 * _at(companions.inner_filter, ("absorbance",), x))
        notes.append("the emission that the cuvette absorbs is put back, half of its path")
    seen = np.isfinite(response) & (response > 0.0)
    x, y, response = x[seen], y[seen], response[seen]
    if x.size < FEWEST_POINTS:
        raise DataError("the correction covers too few points of the spectrum")
    emission = Emission(x, y, response / response.max(), item.y_quantity == "counts", terms)
    return emission, per, tuple(notes)


def _recorded_per(wavelength: Array) -> str:
    """Return the axis on which the steps are even: the one on which the spectrometer recorded."""

    def unevenness(x: Array) -> float:
        steps = np.abs(np.diff(x))
        return float(np.std(steps) / np.mean(steps))

    return "energy" if unevenness(HC_EV / wavelength) < 0.2 * unevenness(wavelength) else "wavelength"


def _at(data: xarray.Dataset, wanted: Sequence[str], wavelength: Array) -> Array:
    """Return a companion at wavelengths [m], nan beyond its ends (point,)."""
    found = signals(data, ("wavelength",), wanted)
    if not found:
        raise DataError(f"{data.attrs.get('file', 'the companion')}: no {wanted[0]} against wavelength")
    return np.asarray(np.interp(wavelength, found[0].x, found[0].y, left=np.nan, right=np.nan))
