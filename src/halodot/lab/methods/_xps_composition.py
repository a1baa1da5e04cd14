"""Atomic fractions from areas of core lines."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from halodot.lab.methods._xps_lines import Line
from halodot.lab.photoelectrons import Region

_AL_K_ALPHA = 1486.6  # eV
_AL_REACH = 5.0
#: relative uncertainty for each factor e in kinetic energy where the transmission of the analyser is not known
_UNKNOWN_TRANSMISSION = 0.3
_GIVEN = re.compile(r"([A-Z][a-z]?\s*[1-5][spdf])\s*[:=]?\s*(\d+(?:\.\d+)?)")


@dataclass(frozen=True, eq=False)
class Peak:
    """A core line with its area."""

    line: Line
    region: Region
    place: float  # binding energy [eV]
    area: float  # signal times eV
    area_sd: float


@dataclass(frozen=True)
class Composition:
    """Atomic fractions and ratios with their standard uncertainties."""

    fractions: dict[str, tuple[float, float]]
    ratios: dict[str, tuple[float, float]]
    method: str = ""
    notes: tuple[str, ...] = ()


def composition(peaks: Sequence[Peak], given: str, doubt: float, exponent: float) -> Composition:
    """Return atomic fractions: area / (exposure sensitivity transmission E_K^exponent), as shares.

    Args:
        peaks: lines of one sample; of an element with several the first counts.
        given: sensitivities in place of Scofield's, as text.
        doubt: relative standard uncertainty of each sensitivity [1].
        exponent: of the kinetic energy in the escape depth [1].
    """
    none_found = Composition({}, {})
    first: dict[str, Peak] = {}
    for peak in peaks:
        first.setdefault(peak.line.element, peak)
    if len(first) < 2:
        return none_found
    own = {re.sub(r"\s+", "", name): float(value) for name, value in _GIVEN.findall(given)}
    hv = next(iter(first.values())).region.photon_energy
    known = all(peak.line.name.replace(" ", "") in own for peak in first.values())
    if not known and not abs(hv - _AL_K_ALPHA) < _AL_REACH:
        said = "no composition: Scofield's sensitivities stand for Al K-alpha; say sensitivities: Pb 4f 22.7, I 3d 33.6"
        return Composition({}, {}, notes=(said,))
    exposures = [peak.region.exposure for peak in first.values() if not peak.region.rate]
    if any(not math.isfinite(item) for item in exposures) and len({*exposures}) > 1:
        said = "no composition: the file does not say how long each region was counted"
        return Composition({}, {}, notes=(said,))
    return _shares(first, own, doubt, exponent)


def _shares(first: dict[str, Peak], own: dict[str, float], doubt: float, exponent: float) -> Composition:
    amounts, relative = [], []
    passed = all(_transmission(peak) is not None for peak in first.values())
    kinetic = np.array([max(peak.region.photon_energy - peak.place, 1.0) for peak in first.values()])
    middle = float(np.exp(np.mean(np.log(kinetic))))
    for peak, energy in zip(first.values(), kinetic):
        sensitivity = own.get(peak.line.name.replace(" ", ""), peak.line.sensitivity)
        exposure = 1.0 if peak.region.rate or not math.isfinite(peak.region.exposure) else peak.region.exposure
        through = (_transmission(peak) or 1.0) if passed else 1.0
        amounts.append(peak.area / (exposure * sensitivity * through * (energy / middle) ** exponent))
        unknown = 0.0 if passed else _UNKNOWN_TRANSMISSION * abs(math.log(energy / middle))
        relative.append(math.sqrt((peak.area_sd / peak.area) ** 2 + doubt**2 + unknown**2))
    amount, spread = np.array(amounts), np.array(relative)
    share = amount / amount.sum()
    # d ln x_i = (1 - x_i) d ln n_i - sum over others of x_j d ln n_j
    slopes = np.eye(share.size) - share
    share_sd = share * np.sqrt((slopes**2) @ spread**2)
    names = list(first)
    fractions = {name: (float(x), float(u)) for name, x, u in zip(names, share, share_sd)}
    base = next((name for name in ("Pb", "Sn", "Cs") if name in names), names[int(np.argmax(amount))])
    at = names.index(base)
    ratios = {}
    for place, name in enumerate(names):
        if place != at:
            ratio = float(amount[place] / amount[at])
            ratios[f"{name} / {base}"] = (ratio, ratio * math.hypot(float(spread[place]), float(spread[at])))
    notes = [] if passed else ["the transmission of the analyser is not in the file and is taken to be constant"]
    source = "given sensitivities" if own else "Scofield's cross-sections"
    method = f"areas over {source}, escape depth E_K^{exponent:g}" + (" and transmission of the file" if passed else "")
    return Composition(fractions, ratios, method, tuple(notes))


def _transmission(peak: Peak) -> float | None:
    """Return the transmission of the analyser at a line, where the file has one that is above zero."""
    values = peak.region.transmission
    if values is None or not np.all(np.isfinite(values)) or not np.all(values > 0.0):
        return None
    return float(np.interp(peak.place, peak.region.energy, values))
