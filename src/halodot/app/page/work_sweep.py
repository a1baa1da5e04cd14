"""What a sweep on the page asks for: the numbers that it varies, and a design where not every combination is wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from halodot.app.page.elements import Field, button, check_box, choice, element, mark, set_value, tick
from halodot.app.sweep_asked import GRID, proposed, varied, whole, written_for
from halodot.errors import InputError, Problem
from halodot.learn.knobs import Knob
from halodot.learn.sweep_design import DESIGNS

#: points of a design that are proposed
_POINTS = "256"
#: numbers that a sweep varies at most
_MOST_ROWS = 8
_HINT = "20..60 nm:5, 1e-6..1e-2 cm2/Vs:5:log, or 20, 30, 40 nm; a design takes 20..60 nm"
#: makes the field of a path
MakeField = Callable[[str, Callable[[str], Any], str], Field]
_NAMED = ("First number", "Second number, if any")
_STORED = "keep every finished point, so that a sweep which was stopped goes on where it was"


@dataclass
class _Row:
    """The fields of one number."""

    label: str
    path: Field
    values: Field
    proposed: str = ""  # what was last proposed for its values


class SweepForm:
    """The fields of a sweep."""

    def __init__(self, field: MakeField, knob_at: Callable[[str], Knob | None]) -> None:
        """Make them in the present container.

        Args:
            field: makes the field of a path: (label, what takes it, hint).
            knob_at: gives the number at a path, from whose range values are proposed.
        """
        self._field, self._knob_at = field, knob_at
        self._design, self._stored = GRID, False
        self._list = element("div")
        with self._list:
            self._rows = [self._row(label) for label in _NAMED]
        self._more = button("Another number", self._another, "vary another number in the sweep")
        options = {GRID: "every combination of the values", **DESIGNS}
        self._points = choice("Points", options, GRID, self._chosen)
        self._of_design = element("div", hidden="")
        with self._of_design:
            self._samples = Field("Number of points", _POINTS, lambda text: ())
            self._seed = Field("Seed", "0", lambda text: (), hint="the same seed, the same points")
        self._of_grid = element("div")
        with self._of_grid:
            self._keep = check_box(_STORED, False, self._kept)

    def fill(self, asked: Mapping[str, Any]) -> None:
        """Show what an earlier sweep asked for.

        Args:
            asked: as of :meth:`arguments`.
        """
        listed = [str(text).partition("=") for text in asked.get("vary", ())][:_MOST_ROWS]
        while len(self._rows) < len(listed):
            self._another()
        self._chosen(str(asked.get("design", GRID)))
        set_value(self._points, self._design)
        self._stored = bool(asked.get("stored"))
        tick(self._keep, self._stored)
        for row, (path, _, written) in zip(self._rows, listed):
            row.path.show(path)
            row.values.show(written)
        for field, name in ((self._samples, "samples"), (self._seed, "seed")):
            if name in asked:
                field.show(str(asked[name]))

    def arguments(self) -> dict[str, Any]:
        """Return what is asked for as the job takes it.

        Raises:
            InputError: a number has no values, there is none, or the points of a design are no whole number.
        """
        vary = varied([(row.label, row.path.value, row.values.value) for row in self._rows])
        if self._design == GRID:
            return {"vary": vary, "stored": self._stored}
        asked = {"samples": (self._samples.value, 1, "Number of points"), "seed": (self._seed.value, 0, "Seed")}
        if wrong := [problem for one in asked.values() for problem in whole(*one)]:
            raise InputError(wrong)
        numbers = {name: int(text) for name, (text, _, _) in asked.items()}
        return {"vary": vary, "stored": True, "design": self._design, **numbers}

    def when_stopped(self) -> str:
        """What a stop leaves."""
        if self._stored or self._design != GRID:
            return "stopped; what was computed is kept, and the same sweep goes on there when it is started again"
        return "stopped; nothing of it was kept"

    def _row(self, label: str) -> _Row:
        """Return the fields of a number and of its values, which are proposed from its range."""

        def chosen(text: str) -> tuple[Problem, ...]:
            knob = self._knob_at(text.strip())
            if knob is not None and row.values.value in ("", row.proposed):
                row.proposed = written_for(self._design, proposed(knob))
                row.values.propose(row.proposed)
            return ()

        path = self._field(label, chosen, "a path such as those of --set")
        row = _Row(label, path, Field("Its values", "", lambda text: (), hint=_HINT))
        return row

    def _another(self) -> None:
        with self._list:
            self._rows.append(self._row(f"Number {len(self._rows) + 1}, if any"))
        mark(self._more, hidden="" if len(self._rows) == _MOST_ROWS else None)

    def _chosen(self, design: str) -> None:
        self._design = design if design in DESIGNS else GRID
        mark(self._of_design, hidden="" if self._design == GRID else None)
        mark(self._of_grid, hidden=None if self._design == GRID else "")
        for row in self._rows:
            if row.values.value:
                was_proposed = row.values.value == row.proposed
                row.values.show(written_for(self._design, row.values.value))
                row.proposed = row.values.value if was_proposed else row.proposed

    def _kept(self, on: bool) -> None:
        self._stored = on
