"""A result: the states of a study, its summary and its notes. What is done with it are functions of :mod:`halodot`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from halodot import __version__
from halodot.aliases import WithOldNames, moved_method
from halodot.results.computed import Computed
from halodot.results.drawn import Drawn
from halodot.results.summary import SummaryValue, summarise
from halodot.states import Note, replaced

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Drawn", "Result", "SummaryValue", "with_draws", "with_explanation"]


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
        """The title and which states there are; the states themselves are long."""
        states = ("flask", "dots", "film", "stack", "optics", "device_solution", "emission", "ageing")
        return f"<Result {self.study.title!r}: {', '.join(name for name in states if getattr(self, name) is not None)}>"

    @property
    def summary(self) -> Mapping[str, SummaryValue]:
        """The headline numbers by the names of :mod:`halodot.names`, in SI units (eV and V where they belong)."""
        return WithOldNames({**summarise(self), **self.explained})

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

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            return moved_method(self, name)


def with_explanation(result: Result, values: Mapping[str, SummaryValue]) -> Result:
    """Return the result with summary values that know their uncertainty and what they depend on."""
    return replaced(result, explained=dict(values))


def with_draws(result: Result, drawn: Drawn, notes: tuple[Note, ...] = ()) -> Result:
    """Return the result with what draws of its uncertain inputs say, and what is to be noted of them."""
    before = (note for note in result.remarks if note.where != "draws")  # of other draws
    return replaced(result, drawn=drawn, remarks=(*before, *notes))
