"""Whether a current is what a law of space-charge-limited current needs it to be."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from halodot.lab.methods._sclc_fit import LAWS, TOLERATED, LawFit
from halodot.lab.methods._sclc_laws import drift_and_diffusion
from halodot.lab.methods._sclc_sweeps import Branch, Slope

#: slope above which the injected charge, and not what was there, carries most of the current
_INJECTED = 1.5
#: how far below 2 the slope may stay, and how far it may fall again
_BELOW_TWO, _FALL = 0.15, 0.25
#: deviations beyond which a slope is no chance
_SURE = 3.0
#: growth with the field at the start of the window above which the mobility without one is extrapolated
_RISEN = 3.0
#: fall of ln of the mobility over the sweep that may be the approximation of a law
_WEAK_FALL = 0.2
#: ln of the ratio of the two directions that ions and slow traps are suspected above
_HYSTERESIS = 0.1


@dataclass(frozen=True)
class Check:
    """One condition that a law needs."""

    name: str
    passed: bool
    sentence: str  # why the number may be wrong, where it does not hold
    bound: Literal["", "at least", "at most"] = ""  # what the mobility is then


def checks(branch: Branch, slope: Slope, fit: LawFit, thermal: float, other: Branch | None) -> tuple[Check, ...]:
    """Return every check of one sweep.

    Args:
        branch: the sweep.
        slope: its local slope.
        fit: of the law.
        thermal: kT/q [V].
        other: the sweep of the other direction.
    """
    found = [_reaches(slope, thermal), _stays(slope), _decade(branch, slope), _described(slope, fit)]
    if fit.field is not None:
        found += [_near_zero_field(fit), _rises_with_field(fit)]
    if fit.built_in:
        found.append(_traps_and_not_contacts(fit))
    if other is not None:
        found.append(_same_both_ways(branch, other, fit))
    if branch.share < 1.0:
        found.append(_little_in_series(branch))
    return tuple(found)


def without_diffusion(slope: Slope, thermal: float) -> Slope:
    """Return the local slope with what diffusion from the contacts takes from it given back.

    An ideal film has a slope of 1 at kT/q and of 1.9 only at several volts; less its own slope, 2 is left.
    """
    reduced = slope.voltage / thermal
    above, below = drift_and_diffusion(1.02 * reduced), drift_and_diffusion(reduced / 1.02)
    ideal = np.log(above / below) / (2.0 * math.log(1.02))
    return Slope(slope.voltage, slope.value + 2.0 - ideal, slope.sd)


def _reaches(slope: Slope, thermal: float) -> Check:
    """The slope rises to 2, less what diffusion takes."""
    given_back = without_diffusion(slope, thermal)
    injected = slope.value + _SURE * slope.sd > _INJECTED
    enough = given_back.value + _SURE * given_back.sd > 2.0 - _BELOW_TWO
    top = int(np.argmax(slope.value))
    falls = _falls(slope, top, _SURE * math.hypot(float(slope.sd[top]), float(slope.sd[-1])))
    return Check(
        "slope",
        bool(np.any(injected & enough)),
        f"the local slope d ln J / d ln V reaches {slope.value[top]:.2f} and not 2: "
        + (
            "the contacts do not inject what the film could carry"
            if falls
            else "doping or a leakage may carry it, or contacts hold it back, and the mobility be less or more"
        ),
        # a slope that falls again is a current held back; of one that does not, both are possible
        "at least" if falls else "",
    )


def _falls(slope: Slope, top: int, sure: float) -> bool:
    return bool(slope.value[top] - slope.value[-1] > max(1.3 * sure, 0.1) or slope.value[-1] + sure < 1.0)


def _stays(slope: Slope) -> Check:
    """The slope does not fall below 2 again once it was there."""
    last = slope.value.size - 1
    top = int(np.argmax(slope.value))
    fallen = min(float(slope.value[top]), 2.0) - float(slope.value[last])
    sure = _SURE * math.hypot(float(slope.sd[top]), float(slope.sd[last]))
    return Check(
        "stays",
        not (slope.value[top] > _INJECTED and fallen > _FALL + sure),
        f"the local slope falls to {slope.value[last]:.2f} at {slope.voltage[last]:g} V: a series resistance or the "
        "contacts limit the current there; give series_resistance, or end the window below",
        "at least",
    )


def _decade(branch: Branch, slope: Slope) -> Check:
    """The injected charge carries the current over a decade."""
    injected = np.flatnonzero(slope.value > _INJECTED)
    ratio = 1.0
    if injected.size:
        first = float(slope.voltage[injected[0]])
        ratio = float(branch.current[-1] / branch.current[np.searchsorted(branch.voltage, first)])
    return Check(
        "decade",
        ratio >= 10.0,
        f"the current rises only {ratio:.1f} times where space charge limits it; a decade is needed",
    )


def _described(slope: Slope, fit: LawFit) -> Check:
    """A law describes the current in the window."""
    steep = bool(slope.value[-1] > 2.0 + _BELOW_TWO + _SURE * slope.sd[-1])
    away = math.sqrt(float(np.mean(np.diff(fit.fit.model - np.log(fit.current)) ** 2) / 2.0))
    off = float(np.max(np.abs(fit.fit.model - np.log(fit.current)), initial=0.0))
    return Check(
        "described",
        fit.sound,
        f"no law of space-charge-limited current describes the sweep from {fit.window[0]:g} to {fit.window[1]:g} V: "
        f"it is up to {math.expm1(off):.0%} away, its scatter is {max(away, TOLERATED):.0%}"
        + ("; traps that are not yet filled or contacts that do not inject enough make it steep" if steep else ""),
        "at least" if steep else "",
    )


def _near_zero_field(fit: LawFit) -> Check:
    """The mobility without a field is read from where the field has raised it little."""
    growth = LAWS[fit.law].growth
    field = fit.field
    risen = 1.0 if growth is None or field is None else float(growth(field[0] * np.sqrt(fit.voltage[:1]))[0])
    return Check(
        "zero field",
        risen < _RISEN,
        f"the field has raised the mobility {risen:.0f} times at {fit.window[0]:.3g} V already, below which no law "
        "describes the sweep; traps that fill make a current as steep",
        "at least",
    )


def _rises_with_field(fit: LawFit) -> Check:
    """The mobility does not fall with the field, as a current held back by a resistance seems to show."""
    value, deviation = fit.field or (0.0, 0.0)
    strongest = math.sqrt(float(fit.voltage[-1]))
    return Check(
        "rises",
        value + 2.0 * deviation > 0.0 or abs(value) * strongest < _WEAK_FALL,
        "the mobility seems to fall with the field: a series resistance or the contacts hold the current back; give "
        "series_resistance",
        "at least",
    )


def _traps_and_not_contacts(fit: LawFit) -> Check:
    """A built-in voltage does not describe the sweep as well as filled traps."""
    return Check(
        "built in",
        False,
        f"a built-in voltage of {fit.built_in:.2f} V describes the sweep as well as filled traps do; measure both "
        "polarities, or give built_in_voltage",
    )


def _same_both_ways(branch: Branch, other: Branch, fit: LawFit) -> Check:
    """Forward and backward sweep have the same current."""
    off = hysteresis(branch, other, fit)
    return Check(
        "hysteresis",
        abs(off) < _HYSTERESIS,
        f"the current of the {branch.direction} sweep is {math.expm1(off):+.0%} off that of the {other.direction} one: "
        "mobile ions or slow traps move the charge that limits it",
    )


def hysteresis(branch: Branch, other: Branch, fit: LawFit) -> float:
    """Return the median of ln J of a sweep less that of the other direction, in the window."""
    low, high = max(fit.window[0], other.voltage[0]), min(fit.window[1], other.voltage[-1])
    inside = (branch.voltage >= low) & (branch.voltage <= high)
    if not np.any(inside):
        return 0.0
    there = np.interp(np.log(branch.voltage[inside]), np.log(other.voltage), np.log(other.current))
    return float(np.median(np.log(branch.current[inside]) - there))


def _little_in_series(branch: Branch) -> Check:
    """Most of the voltage lies across the film at the end of the sweep."""
    return Check(
        "series",
        branch.share > 0.4,
        f"only {branch.share:.0%} of the highest voltage lies across the film; what remains rests on "
        "built_in_voltage and series_resistance",
    )
