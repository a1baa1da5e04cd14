"""Temperatures of the pot: cooling in a bath, and evaporation of a liquid that is injected above its boiling point."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

from halodot.errors import ValidityError
from halodot.flask.parameters import FlaskParameters
from halodot.flask.vessel import Vessel, evaporate
from halodot.states import Chemical, number, state

#: a bath cannot bring the pot to its own temperature in finite time; it then counts as this much colder, K
_LEAST_DIFFERENCE = 2.0


@state
class TemperatureSegment:
    """A time in which the pot follows Newton's law of cooling; an infinite time constant makes it isothermal."""

    start: float = number("K", "temperature at first")
    bath: float = number("K", "temperature that it tends to")
    time_constant: float = number("s", "of cooling")
    duration: float = number("s", "of the segment")


def temperature(segment: TemperatureSegment, time: float) -> float:
    """Return the temperature [K] of a segment after some time [s], T = T_b + (T_0 - T_b) exp(-t / tau)."""
    return segment.bath + (segment.start - segment.bath) * math.exp(-time / segment.time_constant)


def isothermal(at: float, duration: float) -> TemperatureSegment:
    """Return a segment of some duration [s] at one temperature [K]."""
    return TemperatureSegment(start=at, bath=at, time_constant=math.inf, duration=duration)


def cooling(start: float, end: float, parameters: FlaskParameters) -> TemperatureSegment:
    """Return the segment in which the bath cools the pot from one temperature [K] to another [K]."""
    bath = min(parameters.bath_temperature, end - _LEAST_DIFFERENCE)
    duration = parameters.cooling_time * math.log((start - bath) / (end - bath)) if start > end else 0.0
    return TemperatureSegment(start=start, bath=bath, time_constant=parameters.cooling_time, duration=duration)


def split(segment: TemperatureSegment, parts: int) -> tuple[TemperatureSegment, ...]:
    """Return a segment as parts that follow one another, of durations [s] 1 : 3 : 5 ...: most happens at first."""
    ends = [segment.duration * (k / parts) ** 2 for k in range(parts + 1)]
    return tuple(
        replace(segment, start=temperature(segment, begin), duration=end - begin) for begin, end in pairwise(ends)
    )


def volatile(added: Mapping[str, float], hot: float, chemicals: Mapping[str, Chemical]) -> tuple[Chemical, ...]:
    """Return the solvents of an injection that boil below the temperature of the pot [K]."""
    known = (chemicals[name] for name in added if name in chemicals)
    return tuple(chemical for chemical in known if chemical.role == "solvent" and chemical.boiling_point < hot)


def boil_off(
    pot: Vessel, added: Mapping[str, float], hot: float, chemicals: Mapping[str, Chemical], parameters: FlaskParameters
) -> Vessel:
    """Return the pot after solvents that were injected above their boiling point flashed off in part.

    Each loses (1 - retained) of what was injected, less where the heat of vaporisation would cool the pot below the
    boiling point: n M dH = C V (T_mixed - T_boiling).

    Args:
        pot: pot after mixing.
        added: injected liquid [mol by compound].
        hot: temperature of the pot before [K].
        chemicals: reagents by name.
        parameters: numbers and switches of the flask stage.

    Raises:
        ValidityError: such a solvent has no heat of vaporisation.
    """
    for chemical in volatile(added, hot, chemicals):
        heat_per_mole = chemical.heat_of_vaporisation * chemical.molar_mass
        if not heat_per_mole > 0.0:
            raise ValidityError(f"{chemical.name} boils off in the pot, but its heat of vaporisation is unknown.")
        capacity = parameters.heat_capacity * pot.volume
        available = max(capacity * (pot.temperature - chemical.boiling_point), 0.0)
        wanted = (1.0 - parameters.volatile_retained) * added[chemical.name]
        boiled = wanted if wanted * heat_per_mole <= available else available / heat_per_mole
        cooler = pot.temperature - boiled * heat_per_mole / capacity
        pot = replace(evaporate(pot, chemical, boiled), temperature=cooler)
    return pot
