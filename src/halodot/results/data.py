"""A result: the states of a study, its summary and its notes. What is done with it are functions of :mod:`halodot`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import halodot
from halodot import __version__
from halodot.aliases import WithOldNames
from halodot.names import QUANTITIES, shown
from halodot.results.computed import Computed
from halodot.results.drawn import Drawn
from halodot.results.summary import SummaryValue, summarise
from halodot.states import Note, replaced

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Drawn", "Result", "SummaryValue", "with_draws", "with_explanation"]

#: what a result is first asked for, and how many of them its short form shows
_HEADLINE = ("eqe_max", "luminance_max", "turn_on_voltage", "el_peak", "half_life", "plqy", "pl_peak", "edge_length")
_MOST_NUMBERS = 5


class Summary(WithOldNames[SummaryValue]):
    """The numbers of a result by their names."""

    def __repr__(self) -> str:
        """A line for each number that was computed, in the unit of a laboratory, and how many there are more."""
        lines = []
        for name, entry in self.items():
            if entry.value is not None:
                value, unit = shown(name, entry.value)
                lines.append(f"{name} {value:.4g} {unit}".rstrip())
        return "\n  ".join((f"Summary: {len(lines)} numbers, {len(self) - len(lines)} not computed", *lines))


@dataclass(frozen=True, eq=False, repr=False)
class Result(Computed):
    """A study and every state that was computed from it.

    ``result.plot("eqe")`` draws it; ``halodot.sensitivity``, ``halodot.save``, ``halodot.to_json`` and
    ``halodot.to_csv`` take it.
    """

    explained: Mapping[str, SummaryValue] = field(default_factory=dict)  # filled by halodot.learn.sensitivity.explain
    version: str = __version__  # of halodot, which computed it
    remarks: tuple[Note, ...] = ()  # on reading it from the file of another version, and on its draws
    drawn: Drawn | None = None  # filled by halodot.learn.drawn_result
    versions: Mapping[str, str] = field(default_factory=dict)  # of all that computed it; empty of an older file

    def __repr__(self) -> str:
        """Title and states, the headline numbers, and how much there is: three lines."""
        states = ("flask", "dots", "film", "stack", "optics", "device_solution", "emission", "ageing")
        there = ", ".join(name for name in states if getattr(self, name) is not None) or "no state"
        summary = self.summary
        numbers: list[str] = []
        for name in _HEADLINE:
            entry = summary[name]
            if entry.value is not None and len(numbers) < _MOST_NUMBERS:
                value, unit = shown(name, entry.value)
                numbers.append(f"{QUANTITIES[name].label} {value:.4g}{f' {unit}' if unit else ''}")
        sizes = [f"{len(self.study.inputs)} inputs", f"{len(self.notes)} notes", f"halodot {self.version}"]
        if self.device_solution is not None:
            solved = self.device_solution.converged
            sizes.insert(0, f"{int(np.count_nonzero(solved))} of {solved.size} voltages solved")
        if self.failure:
            numbers.append(f"not solved: {self.failure[:80]}")
        lines = (f"Result {self.study.title!r}: {there}", ", ".join(numbers), ", ".join(sizes))
        return "\n  ".join(line for line in lines if line)

    @property
    def summary(self) -> Mapping[str, SummaryValue]:
        """The headline numbers by the names of :mod:`halodot.names`, in SI units (eV and V where they belong)."""
        return Summary({**summarise(self), **self.explained})

    @property
    def notes(self) -> tuple[Note, ...]:
        """Every remark on the file, of the study and of its states, each once, in the order of the stages."""
        states = (self.flask, self.dots, self.film, self.optics, self.device_solution, self.emission, self.ageing)
        own = (note for state in states if state is not None for note in state.notes)
        return tuple(dict.fromkeys((*self.remarks, *self.study.notes, *own)))

    @property
    def converged(self) -> bool:
        """Whether every bias point of the device was solved."""
        return self.failure == "" and (self.device_solution is None or bool(np.all(self.device_solution.converged)))

    def plot(self, kind: str, voltage: float | None = None, width: float = 85.0) -> Figure:
        """Return a figure of matplotlib; ``halodot.plot`` does the same.

        Args:
            kind: of the figure, such as "jvl", "eqe", "el", "bands"; an unknown one is answered by the list.
            voltage: for profiles, the solved bias point nearest to it [V] in place of that of the highest EQE.
            width: of the figure [mm]; 85 is one column of a journal, 170 both.

        Raises:
            InputError: there is no such figure, or the result does not have what it shows.
        """
        import halodot

        return halodot.plot(self, kind, voltage, width)

    # What people type most; the functions of halodot of the same names say what they take.

    def sensitivity(self, paths: Sequence[str]) -> Any:
        """Return the derivatives of the curves by numbers of the stack, as :func:`halodot.sensitivity` does."""
        return halodot.sensitivity(self, paths)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write everything to a netCDF file, as :func:`halodot.save` does."""
        halodot.save(self, path)

    def to_json(self, path: str | os.PathLike[str]) -> None:
        """Write the JSON contract, as :func:`halodot.to_json` does."""
        halodot.to_json(self, path)

    def to_csv(self, folder: str | os.PathLike[str], **options: Any) -> tuple[Path, ...]:
        """Write one CSV file a curve, as :func:`halodot.to_csv` does, and return their paths."""
        return halodot.to_csv(self, folder, **options)

    def to_xlsx(self, path: str | os.PathLike[str]) -> Path:
        """Write one workbook with every curve, as :func:`halodot.to_xlsx` does, and return its path."""
        return halodot.to_xlsx(self, path)


def with_explanation(result: Result, values: Mapping[str, SummaryValue]) -> Result:
    """Return the result with summary values that know their uncertainty and what they depend on."""
    return replaced(result, explained=dict(values))


def with_draws(result: Result, drawn: Drawn, notes: tuple[Note, ...] = ()) -> Result:
    """Return the result with what draws of its uncertain inputs say, and what is to be noted of them."""
    before = (note for note in result.remarks if note.where != "draws")  # of other draws
    return replaced(result, drawn=drawn, remarks=(*before, *notes))
