"""The states that were computed of a study, without what is made of them."""

from __future__ import annotations

from dataclasses import dataclass

from halodot.states import Ageing, DeviceSolution, Dots, Emission, Film, Flask, Optics, Stack
from halodot.study import Study


@dataclass(frozen=True, eq=False, repr=False)
class Computed:
    """A study and every state that was computed from it; None where there is none."""

    study: Study
    flask: Flask | None = None
    dots: Dots | None = None
    film: Film | None = None
    stack: Stack | None = None
    optics: Optics | None = None
    device_solution: DeviceSolution | None = None
    emission: Emission | None = None
    ageing: Ageing | None = None
    failure: str = ""  # why the device could not be solved at all
