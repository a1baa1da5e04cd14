"""What a sweep on the page asks for: the numbers that it varies, and a design where not every combination is wanted."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from halodot.app.page.elements import Field, button, check_box, choice, element, mark
from halodot.errors import InputError, Problem
from halodot.learn.knobs import Knob
from halodot.learn.sweep_design import DESIGNS
from halodot.names import unit_at_the_bench
from halodot.units import from_si

#: values of a sweep that are proposed, and from which ratio of its ends on they are equal factors
_VALUES, _FACTORS = 7, 30.0
#: points of a design that are proposed
_POINTS = "256"
#: numbers that a sweep varies at most
_MOST_ROWS = 8
_GRID = "grid"
#: a range with the number of its values, which a design does without
_RANGE = re.compile(r"([^:]*\.\.[^:]*)(:\d+)?(:log|:lin)?\s*")
_HINT = "20..60 nm:5, 1e-6..1e-2 cm2/Vs:5:log, or 20, 30, 40 nm; a design takes 20..60 nm"
#: makes the field of a path
MakeField = Callable[[str, Callable[[str], Any], str], Field]
_NAMED = ("First number", "Second number, if any")
_STORED = "keep every finished point, so that a sweep which was stopped goes on where it was"


class SweepForm:
    """The fields of a sweep."""

    def __init__(self, field: MakeField, knob_at: Callable[[str], Knob | None]) -> None:
        """Make them in the present container.

        Args:
            field: makes the field of a path: (label, what takes it, hint).
            knob_at: gives the number at a path, from whose range values are proposed.
        """
        self._field, self._knob_at = field, knob_at
        self._design, self._stored = _GRID, False
        self._list = element("div")
        with self._list:
            self._rows = [self._row(label) for label in _NAMED]
        self._more = button("Another number", self._another, "vary another number in the sweep")
        options = {_GRID: "every combination of the values", **DESIGNS}
        choice("Points", options, _GRID, self._chosen)
        self._of_design = element("div", hidden="")
        with self._of_design:
            self._samples = Field("Number of points", _POINTS, lambda text: ())
            self._seed = Field("Seed", "0", lambda text: (), hint="the same seed, the same points")
        self._of_grid = element("div")
        with self._of_grid:
            check_box(_STORED, False, self._kept)

    def arguments(self) -> dict[str, Any]:
        """Return what is asked for as the job takes it.

        Raises:
            InputError: a number has no values, there is none, or the points of a design are no whole number.
        """
        vary = varied([(path.value, values.value) for path, values in self._rows])
        if self._design == _GRID:
            return {"vary": vary, "stored": self._stored}
        asked = {"samples": (self._samples.value, 1, "points"), "seed": (self._seed.value, 0, "seed")}
        if wrong := [problem for one in asked.values() for problem in _whole(*one)]:
            raise InputError(wrong)
        numbers = {name: int(text) for name, (text, _, _) in asked.items()}
        return {"vary": vary, "stored": True, "design": self._design, **numbers}

    def when_stopped(self) -> str:
        """What a stop leaves."""
        if self._stored or self._design != _GRID:
            return "stopped; what was computed is kept, and the same sweep goes on there when it is started again"
        return "stopped; nothing of it was kept"

    def _row(self, label: str) -> tuple[Field, Field]:
        """Return the fields of a number and of its values, which are proposed from its range."""

        def chosen(text: str) -> tuple[Problem, ...]:
            if (knob := self._knob_at(text.strip())) is not None:
                values.show(_written_for(self._design, proposed(knob)))
            return ()

        path = self._field(label, chosen, "a path such as those of --set")
        values = Field("Its values", "", lambda text: (), hint=_HINT)
        return path, values

    def _another(self) -> None:
        with self._list:
            self._rows.append(self._row(f"Number {len(self._rows) + 1}, if any"))
        mark(self._more, hidden="" if len(self._rows) == _MOST_ROWS else None)

    def _chosen(self, design: str) -> None:
        self._design = design if design in DESIGNS else _GRID
        mark(self._of_design, hidden="" if self._design == _GRID else None)
        mark(self._of_grid, hidden=None if self._design == _GRID else "")
        for _, values in self._rows:
            if values.value:
                values.show(_written_for(self._design, values.value))

    def _kept(self, on: bool) -> None:
        self._stored = on


def proposed(knob: Knob) -> str:
    """Return values of a number through its range, as a sweep takes them.

    Args:
        knob: the number.
    """
    unit = unit_at_the_bench(knob.path, knob.unit, knob.value or knob.high)
    low, high = (from_si(end, knob.unit, unit) for end in knob.ends)
    far = low > 0.0 and high / low > _FACTORS
    bench = "" if unit == "1" else f" {unit}"
    return f"{low:.4g}..{high:.4g}{bench}:{_VALUES}{':log' if far else ''}"


def varied(rows: list[tuple[str, str]]) -> list[str]:
    """Return what is varied as the command line takes it.

    Args:
        rows: path and values, as they were typed; empty paths are left out.

    Raises:
        InputError: a number has no values, or there is none.
    """
    named = [(path.strip(), values.strip()) for path, values in rows if path.strip()]
    if not named:
        raise InputError(Problem("no number is named; choose one of the list", "sweep"))
    if wrong := [path for path, values in named if not values]:
        raise InputError([Problem(f"{path} has no values; write such as 20..60 nm:5", "sweep") for path in wrong])
    return [f"{path}={values}" for path, values in named]


def _written_for(design: str, text: str) -> str:
    """Return a range with the number of its values for a grid, and without it for a design."""
    found = _RANGE.fullmatch(text)
    if found is None:
        return text
    count = (found[2] or f":{_VALUES}") if design == _GRID else ""
    return f"{found[1]}{count}{found[3] or ''}"


def _whole(text: str, least: int, what: str) -> tuple[Problem, ...]:
    if text.strip().isdecimal() and int(text) >= least:
        return ()
    return (Problem(f"{text.strip() or 'nothing'!r} is no whole number from {least} on", what),)
