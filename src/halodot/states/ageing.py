"""How a device ages."""

from __future__ import annotations

import math

from halodot.arrays import Array
from halodot.states.declare import array, number, state
from halodot.states.notes import Note


@state
class Ageing:
    """How the luminance falls at constant current."""

    luminance: float = number("cd/m2", "initial luminance", valid="positive")
    current_density: float = number("A/m2", "current density that gives it")
    half_life: float = number("s", "time to half of the initial luminance")
    time: Array = array("s", "time")
    relative_luminance: Array = array("1", "time")
    extrapolated: bool = False  # outside the range of the data that calibrated the model
    time_to_90_percent: float = number("s", "time to 90 % of the initial luminance", default=math.nan)
    notes: tuple[Note, ...] = ()
