"""What a study gave: its states, their summary, and the files they are kept in."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from halodot import __version__
from halodot.states import (
    Ageing,
    DeviceSolution,
    Dots,
    Emission,
    Film,
    Flask,
    Note,
    Optics,
    Stack,
    replaced,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from halodot.learn.device_sensitivity import DeviceSensitivity
    from halodot.study import Study

SCHEMA_VERSION = 1
#: peak EQE is looked for where a laboratory's detector sees light
DETECTABLE_LUMINANCE = 1.0


@dataclass(frozen=True)
class SummaryValue:
    """One number of the summary with what it rests on; None where it was not computed."""

    value: float | None
    unit: str
    role: str = "predicted"  # given | calibrated | predicted | checked
    sd: float | None = None
    stands_on: tuple[str, ...] | None = None
    not_counted: tuple[str, ...] = ()  # inputs that move it and state no uncertainty: the sd leaves them out


@dataclass(frozen=True, eq=False, repr=False)
class Result:
    """A study and every state that was computed from it."""

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
    explained: Mapping[str, SummaryValue] = field(default_factory=dict)  # filled by learn.explain
    version: str = __version__  # of halodot, which computed it
    remarks: tuple[Note, ...] = ()  # on reading it from the file of another version

    def __repr__(self) -> str:
        """The title and which states there are; the states themselves are long."""
        states = ("flask", "dots", "film", "stack", "optics", "device_solution", "emission", "ageing")
        return f"<Result {self.study.title!r}: {', '.join(name for name in states if getattr(self, name) is not None)}>"

    @property
    def summary(self) -> Mapping[str, SummaryValue]:
        """The headline numbers by the names of :mod:`halodot.names`, in SI units (eV and V where they belong)."""
        from halodot.results.summary import summarise

        return {**summarise(self), **self.explained}

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

    def sensitivity(self, parameters: Sequence[str]) -> DeviceSensitivity:
        """Return how current, luminance and EQE follow numbers of the device, see ``halodot.learn``.

        Args:
            parameters: such as ``device.layers.PTAA.hole_mobility`` or ``device.series_resistance``.
        """
        from halodot.learn.device_sensitivity import sensitivity

        return sensitivity(self, parameters)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write everything, input and versions included, to a netCDF file."""
        from halodot.results.storage import save

        save(self, path, {"title": self.study.title})

    def to_json(self, path: str | os.PathLike[str]) -> None:
        """Write the stable JSON contract, see :func:`schema`."""
        from halodot.outputs import write_text
        from halodot.results.contract import document

        write_text(Path(path), json.dumps(document(self), indent=1, allow_nan=False) + "\n")

    def to_csv(self, folder: str | os.PathLike[str]) -> tuple[Path, ...]:
        """Write one CSV file a curve into an existing or new folder and return their paths."""
        from halodot.results.contract import write_curves

        return write_curves(self, Path(folder))

    def plot(self, kind: str, voltage: float | None = None) -> Figure:
        """Return a figure of :mod:`halodot.report.figures`, profiles at the solved point nearest a voltage."""
        from halodot.report.figures import draw  # the one import against the direction, inside a function
        from halodot.report.html import title_of

        return draw(kind, {title_of(self): self}, voltage)


def load_result(path: str | os.PathLike[str]) -> Result:
    """Read a result back from its netCDF file, or from the folder of its report.

    A file of an older version loads; ``notes`` say what that version did not know.

    Raises:
        DataError: the file is no result of halodot, is damaged, or was written by a version that this one cannot read.
    """
    from halodot.errors import DataError
    from halodot.results.storage import read

    file = Path(path) / "results.nc" if Path(path).is_dir() else Path(path)
    stored = read(file)
    if not isinstance(stored.value, Result):
        raise DataError(f"{file}: holds a {type(stored.value).__name__}, not a result")
    return replaced(stored.value, remarks=(*stored.value.remarks, *stored.notes))


def schema() -> dict[str, Any]:
    """Return the JSON Schema of what :meth:`Result.to_json` writes."""
    from halodot.results.schema import json_schema

    return json_schema()


def with_explanation(result: Result, values: Mapping[str, SummaryValue]) -> Result:
    """Return the result with summary values that know their uncertainty and what they stand on."""
    return replaced(result, explained=dict(values))
