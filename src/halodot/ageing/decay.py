"""The verb of the ageing stage: half-life, time to 90 % and decay of the luminance at constant current."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from halodot.ageing.parameters import AgeingParameters
from halodot.constants import BOLTZMANN, ELEMENTARY_CHARGE
from halodot.errors import InputError, Problem
from halodot.states import Ageing, Array, Emission, Film, Note, empty_array

REFERENCE_CURRENT_DENSITY = 12.5  # A/m2, and the other conditions in which ageing.half_life is stated
REFERENCE_TEMPERATURE = 298.15
REFERENCE_HUMIDITY = 0.5
REFERENCE_COVERAGE = 0.1
_SPAN = 3.0  # half-lives
_TRACE = 0.05  # share of other halides that iodide may hold unsaid


def age(
    emission: Emission,
    film: Film | None,
    parameters: AgeingParameters,
    luminance: float,
    halides: Mapping[str, float] | None = None,
) -> Ageing:
    """Return how the luminance of a device falls at the constant current that first gives a luminance.

    Args:
        emission: light and current by voltage.
        film: the emitting film; without one the share of bare surface is unknown, and so is the half-life.
        parameters: numbers and switches of the ageing stage.
        luminance: initial luminance [cd/m2].
        halides: share of Cl, Br and I in the dots, None where it is not known.

    Returns:
        Half-life, time to 90 % and decay; nan and no curve where the device does not reach the luminance or has no
        film.

    Raises:
        InputError: the kind of decay is unknown.
    """
    exponent = _time_exponent(parameters)
    current = current_at(emission.luminance, emission.current_density, luminance)
    coverage = film.coverage_bare if film is not None else math.nan
    life = half_life(current, coverage, parameters)
    known = math.isfinite(life)
    notes = _remarks(luminance, parameters, halides)
    time = np.linspace(0.0, _SPAN, 301) * life if known else empty_array()
    return Ageing(
        luminance=luminance,
        current_density=current,
        half_life=life,
        time=time,
        relative_luminance=np.exp(-math.log(2.0) * (time / life) ** exponent),
        extrapolated=bool(notes),
        time_to_90_percent=time_to(0.9, life, exponent),
        notes=notes,
    )


def time_to(fraction: float, life: float, exponent: float) -> float:
    """Return the time [s] after which a fraction of the luminance is left, T50 (ln f / ln 0.5)^(1 / beta).

    Args:
        fraction: f of the initial luminance [1].
        life: half-life T50 [s], nan where it is not known.
        exponent: beta of the stretched exponential [1], 1 for an exponential.

    >>> time_to(0.25, 10.0, 1.0)
    20.0
    """
    return life * math.pow(math.log(fraction) / math.log(0.5), 1.0 / exponent)


def _remarks(luminance: float, parameters: AgeingParameters, halides: Mapping[str, float] | None) -> tuple[Note, ...]:
    iodide = halides.get("I", 0.0) if halides is not None else 1.0
    low, high = parameters.calibrated_from, parameters.calibrated_to
    left = {
        "run.lifetime.luminance": f"{luminance:.4g} cd/m2, where the data reach from {low:.4g} to {high:.4g} cd/m2"
        if not low <= luminance <= high
        else "",
        "run.temperature": f"{parameters.temperature:.4g} K, where the data stand for {REFERENCE_TEMPERATURE:.4g} K"
        f" +- {parameters.temperature_reach:.3g} K"
        if abs(parameters.temperature - REFERENCE_TEMPERATURE) > parameters.temperature_reach
        else "",
        "run.humidity": f"a relative humidity of {parameters.humidity:.0%}, where the data stand for"
        f" {REFERENCE_HUMIDITY:.0%} +- {parameters.humidity_reach:.0%}"
        if abs(parameters.humidity - REFERENCE_HUMIDITY) > parameters.humidity_reach
        else "",
        "ageing.half_life": f"dots of {iodide:.0%} iodide, where the data stand for iodide"
        if iodide < 1.0 - _TRACE
        else "",
    }
    return tuple(
        Note("extrapolated", f"The lifetime is extrapolated to {text}.", where) for where, text in left.items() if text
    )


def current_at(luminances: Array, current_densities: Array, luminance: float) -> float:
    """Return the current density that first gives a luminance.

    Args:
        luminances: luminance [cd/m2], (voltage,), nan where there is no value.
        current_densities: current density [A/m2], (voltage,).
        luminance: luminance to reach [cd/m2].

    Returns:
        Current density [A/m2] between the two points of the rising branch around the luminance, log J linear in
        log L; nan where the branch does not pass it.
    """
    usable = (luminances > 0) & (current_densities > 0)
    light, current = luminances[usable], current_densities[usable]
    reached = np.flatnonzero(light >= luminance)
    if reached.size == 0 or (reached[0] == 0 and light[0] > luminance):
        return math.nan
    above = int(reached[0])
    if light[above] == luminance:
        return float(current[above])
    pair = slice(above - 1, above + 1)
    return math.exp(float(np.interp(math.log(luminance), np.log(light[pair]), np.log(current[pair]))))


def half_life(current_density: float, coverage_bare: float, parameters: AgeingParameters) -> float:
    """Return the time to half of the initial luminance.

    T50 = A (J / 12.5 A/m2)^-n exp(E_a / k (1/T - 1/298 K)) (0.1 / bare)^m exp(-b (RH - 0.5)): ions that the current
    moves and the heat frees, through a surface that ligands leave open, faster in moist air. One exponent n for
    devices that differ otherwise is itself an assumption, and so is that the four causes multiply.

    Args:
        current_density: current density of operation [A/m2].
        coverage_bare: share of bare surface sites in the film [1].
        parameters: numbers and switches of the ageing stage.

    Returns:
        T50 [s], nan where an argument is not a positive number.
    """
    if not (current_density > 0 and coverage_bare > 0):
        return math.nan
    activation = parameters.activation_energy * ELEMENTARY_CHARGE / BOLTZMANN
    return parameters.half_life * math.exp(
        -parameters.current_exponent * math.log(current_density / REFERENCE_CURRENT_DENSITY)
        - parameters.coverage_exponent * math.log(coverage_bare / REFERENCE_COVERAGE)
        - parameters.humidity_coefficient * (parameters.humidity - REFERENCE_HUMIDITY)
        + activation * (1.0 / parameters.temperature - 1.0 / REFERENCE_TEMPERATURE)
    )


def _time_exponent(parameters: AgeingParameters) -> float:
    if parameters.decay == "exponential":
        return 1.0
    if parameters.decay == "stretched":
        return parameters.stretching_exponent
    raise InputError(
        Problem(f"unknown decay {parameters.decay!r}, expected exponential or stretched", path="ageing.decay")
    )
