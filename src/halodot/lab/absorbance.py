"""Absorbance from whatever a spectrometer wrote: absorbance, transmittance, reflectance, or the raw signals."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from halodot.arrays import Array
from halodot.errors import DataError
from halodot.lab.local_fit import local_noise
from halodot.lab.signals import quantity_of
from halodot.readers.dataset import curves

if TYPE_CHECKING:
    import xarray

#: how a reflectance becomes an absorbance, by the word of a setting
REFLECTANCE = ("log(1/R)", "Kubelka-Munk")
#: absorbance above which stray light of an ordinary monochromator, 0.1 % of the light, falsifies a quarter and more
SATURATED = 3.0
#: absorbance that no spectrometer shows, whatever it writes where no light comes through
_IMPOSSIBLE = 100.0
#: noise of a raw signal that the light without sample has to exceed, so that a ratio means something
_LIGHT = 20.0
#: noise of the light that a transmitted intensity has to exceed to count
_SEEN = 2.0
_RAW = ("counts", "count_rate", "intensity")
_DARK, _REFERENCE = "dark", "reference"
_FEWEST_POINTS = 12


@dataclass(frozen=True, eq=False)
class Absorbance:
    """Absorbance of one curve, the axis rising, with what was done to get it."""

    x: Array  # wavelength [m] or wavenumber [1/m] (point,)
    y: Array  # absorbance [1] (point,)
    sd: Array  # white noise of the absorbance [1] (point,)
    label: str = ""
    made_from: str = "absorbance"
    saturated: tuple[float, float] | None = None  # range in which hardly any light came through
    notes: tuple[str, ...] = ()

    def within(self, low: float, high: float) -> Absorbance:
        """Return the part between two places of the axis, both included."""
        kept = (self.x >= low) & (self.x <= high)
        return replace(self, x=self.x[kept], y=self.y[kept], sd=self.sd[kept])


def absorbances(data: xarray.Dataset, axis: str, reflectance: str = REFLECTANCE[0]) -> tuple[Absorbance, ...]:
    """Return the absorbance of every curve of a measurement.

    From raw signals A = -log10((S - D)/(R - D)) with sample S, dark D and reference R; from a transmittance
    A = -log10(T); from a reflectance log10(1/R), or the function of Kubelka and Munk (1 - R)^2/(2 R).

    Args:
        data: as `halodot.read` returns it.
        axis: "wavelength" or "wavenumber".
        reflectance: how a reflectance is read, a word of `REFLECTANCE`.

    Raises:
        DataError: no curve has an absorbance, or none has enough points.
    """
    found, problems = [], []
    spectra = _spectra(data, axis)
    for number, one in enumerate(spectra, 1):
        label = str(next(iter(one.values())).attrs.get("curve", "")) or f"spectrum {number}"
        try:
            made = _cleaned(*_absorbance(one, reflectance))
            found.append(replace(made, label=label) if len(spectra) > 1 else made)
        except DataError as error:
            problems.append(f"{label}: {error}" if len(spectra) > 1 else str(error))
    if not found:
        there = ", ".join(map(str, data.data_vars))
        raise DataError(
            "; ".join(problems)
            or f"no absorbance, transmittance, reflectance, or sample with dark and reference against {axis}; "
            f"there are {there}"
        )
    return tuple(found)


def has_absorbance(data: xarray.Dataset, axis: str) -> bool:
    """Return whether a measurement holds an absorbance, or what it is made from."""
    return bool(_spectra(data, axis))


def _spectra(data: xarray.Dataset, axis: str) -> list[Mapping[str, xarray.DataArray]]:
    """Return the signals of each spectrum by what they are: one of the quantities, or sample, dark and reference."""
    found: list[Mapping[str, xarray.DataArray]] = []
    raw: dict[str, xarray.DataArray] = {}
    for one in curves(data):
        items = [item for item in one.values() if item.ndim == 1 and quantity_of(item[item.dims[0]]) == axis]
        for wanted in ("absorbance", "transmittance", "reflectance"):
            item = next((item for item in items if quantity_of(item) == wanted), None)
            if item is not None:
                found.append({wanted: item.assign_attrs(curve=one.attrs.get("curve", ""))})
                break
        else:
            raw |= _raw_parts(items, f"{one.attrs.get('curve', '')} {one.attrs.get('sample', '')}".lower())
    complete = {"sample", _DARK, _REFERENCE} <= set(raw)
    return found or ([raw] if complete else [])


def _raw_parts(items: list[xarray.DataArray], label: str) -> dict[str, xarray.DataArray]:
    found: dict[str, xarray.DataArray] = {}
    for item in items:
        if quantity_of(item) in _RAW:
            words = f"{item.name} {label}"
            part = next((part for part in (_DARK, _REFERENCE) if part in words), "sample")
            found.setdefault(part, item)
    return found


def _absorbance(
    parts: Mapping[str, xarray.DataArray], reflectance: str
) -> tuple[Array, Array, Array, str, tuple[str, ...]]:
    """Return place, absorbance and noise of a spectrum with what it was made from."""
    first = next(iter(parts.values()))
    x = first[first.dims[0]].values.astype(float)
    if "sample" in parts:
        y, sd = _from_raw(parts)
        return x, y, sd, "sample, dark and reference", ("A = -log10((S - D)/(R - D))",)
    ((kind, item),) = parts.items()
    signal = item.values.astype(float)
    kept = np.isfinite(signal) & np.isfinite(x)
    if kept.sum() < _FEWEST_POINTS:
        raise DataError(f"{kept.sum()} points with numbers; {_FEWEST_POINTS} are the least that show an absorption")
    noise = np.full(signal.size, np.nan)
    noise[kept] = local_noise(signal[kept][np.argsort(x[kept])])[np.argsort(np.argsort(x[kept]))]
    if kind == "absorbance":
        return x, signal, noise, kind, ()
    if float(np.nanmedian(signal)) > 2.0:
        raise DataError(
            f"the {kind} is {np.nanmedian(signal):.3g} in the middle; it seems to be in per cent without saying so"
        )
    lit = signal > _SEEN * noise
    share = np.where(lit, signal, np.nan)
    if kind == "reflectance" and reflectance == REFLECTANCE[1]:
        function = (1.0 - share) ** 2 / (2.0 * share)
        return x, function, noise * np.abs(share**2 - 1.0) / (2.0 * share**2), kind, ("Kubelka-Munk function of R",)
    note = "A = log10(1/R)" if kind == "reflectance" else "A = -log10(T)"
    return x, -np.log10(share), noise / share / math.log(10.0), kind, (note,)


def _from_raw(parts: Mapping[str, xarray.DataArray]) -> tuple[Array, Array]:
    sample, dark, reference = (parts[part].values.astype(float) for part in ("sample", _DARK, _REFERENCE))
    if not np.all(np.isfinite(sample + dark + reference)):
        raise DataError("sample, dark and reference have points without a number; export the spectrum again")
    noises = [local_noise(item) for item in (sample, dark, reference)]
    full = _full(sample) | _full(reference)
    through, light = sample - dark, reference - dark
    noise_through, noise_light = np.hypot(noises[0], noises[1]), np.hypot(noises[2], noises[1])
    lit = _longest(light > np.maximum(_LIGHT * noise_light, 0.02 * float(light.max(initial=0.0))))
    lit &= (through > _SEEN * noise_through) & ~full
    if lit.sum() < _FEWEST_POINTS:
        raise DataError("the reference is hardly brighter than the dark spectrum; are the two exchanged?")
    with np.errstate(divide="ignore", invalid="ignore"):
        absorbance = np.where(lit, -np.log10(through / light), np.nan)
        sd = np.hypot(noise_through / through, noise_light / light) / math.log(10.0)
    return absorbance, sd


def _full(signal: Array) -> np.ndarray:
    """Return where a detector is full: points at the same highest value beside each other."""
    top = signal == signal.max(initial=-math.inf)
    flat = top[1:] & top[:-1]
    found: np.ndarray = np.concatenate([flat, [False]]) | np.concatenate([[False], flat])
    return found


def _longest(kept: np.ndarray) -> np.ndarray:
    """Return the longest run of true values alone, gaps of a few points counted as part of it."""
    places = np.flatnonzero(kept)
    if not places.size:
        return kept
    runs = np.split(places, np.flatnonzero(np.diff(places) > 5) + 1)
    longest = max(runs, key=len)
    found = np.zeros(kept.size, bool)
    found[longest] = True
    return found


def _cleaned(x: Array, y: Array, sd: Array, made_from: str, notes: tuple[str, ...]) -> Absorbance:
    """Return the spectrum with its axis rising, each place once, and points without light left out."""
    dark = np.isfinite(x) & ~np.isfinite(y)
    kept = np.isfinite(x) & np.isfinite(y) & np.isfinite(sd) & (x > 0.0)
    largest = float(np.max(np.abs(y[kept]), initial=0.0))
    if largest > _IMPOSSIBLE:
        raise DataError(f"an absorbance of {largest:.3g} is impossible; what is the column, and in which unit?")
    place, index = np.unique(x[kept], return_inverse=True)
    if place.size < _FEWEST_POINTS:
        raise DataError(
            f"{place.size} points with an absorbance; {_FEWEST_POINTS} are the least that show an absorption"
        )
    count = np.bincount(index)
    mean = np.bincount(index, y[kept]) / count
    noise = np.sqrt(np.bincount(index, sd[kept] ** 2)) / count
    high = np.concatenate([place[mean > SATURATED], x[dark] if made_from != "sample, dark and reference" else x[:0]])
    saturated = (float(high.min()), float(high.max())) if high.size else None
    if np.ptp(mean) == 0.0:
        raise DataError("the spectrum is constant; there is no absorption in it")
    return Absorbance(place, mean, noise, "", made_from, saturated, notes)
