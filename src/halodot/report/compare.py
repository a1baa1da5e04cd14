"""Results side by side: what differs in their inputs, and what follows in their outputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from halodot.chain.opened import Named, named_results
from halodot.errors import InputError
from halodot.names import QUANTITIES
from halodot.report.numbers import first_order_holds
from halodot.results.data import Result, SummaryValue
from halodot.states import Note
from halodot.study.differences import ABSENT, InputDifference, differences
from halodot.units import from_si

__all__ = ["Comparison", "InputDifference", "OutputRow", "compare"]

#: what is said of a number that all results have, and the relative difference below which it is the same: what two
#: solutions of one device may differ by
SAME, _ROUND_OFF = "the same to six digits", 1e-6


@dataclass(frozen=True)
class OutputRow:
    """One number of the summary of every result."""

    name: str  # of :mod:`halodot.names`
    label: str
    unit: str  # in which it is shown, empty for a pure number
    values: tuple[float | None, ...]  # in that unit, one for each result; None where it was not computed
    sds: tuple[float | None, ...]  # standard deviations in that unit, None where it is not known
    same: bool  # whether all results have it within the round-off of their solutions

    @property
    def differences(self) -> tuple[float | None, ...]:
        """How much more each has than the first, in the unit shown; None where one of them does not have it."""
        first = self.values[0]
        return tuple(None if first is None or value is None else value - first for value in self.values)

    @property
    def ratios(self) -> tuple[float | None, ...]:
        """How many times the first each has; None where one does not have it, or the first is 0."""
        first = self.values[0]
        return tuple(None if not first or value is None else value / first for value in self.values)


@dataclass(frozen=True, eq=False)
class Comparison:
    """Results side by side."""

    names: tuple[str, ...]
    results: Mapping[str, Result]
    inputs: tuple[InputDifference, ...]  # what is not the same in all of them
    outputs: tuple[OutputRow, ...]  # every number that at least one of them has
    notes: Mapping[str, tuple[Note, ...]]  # by result, those that not all of them have

    def __repr__(self) -> str:
        """The names, and how much differs."""
        different = sum(not row.same for row in self.outputs)
        names = ", ".join(map(repr, self.names))
        return f"<Comparison of {names}: {len(self.inputs)} inputs and {different} numbers differ>"


def compare(*items: Named, progress: Callable[[str], None] = lambda text: None) -> Comparison:
    """Put results side by side.

    Args:
        items: two or more results or studies, or the places of them; studies are simulated.
        progress: called with what is simulated.

    Returns:
        The inputs that differ, every number of the summaries with difference and ratio to the first, and the notes
        that only some have.

    Raises:
        InputError: there are fewer than two, or a study cannot be used.
        DataError: a file is no result of halodot.
    """
    if len(items) < 2:
        raise InputError("compare takes two or more; name the folders of two results, or two studies")
    results = named_results(items, progress)
    return Comparison(
        names=tuple(results),
        results=results,
        inputs=tuple(_inputs(list(results.values()))),
        outputs=tuple(_outputs(list(results.values()))),
        notes=_notes(results),
    )


def _inputs(results: Sequence[Result]) -> Iterator[InputDifference]:
    """Yield what differs in the studies, in how their texts were read, and in the version that computed them."""
    yield from differences([result.study for result in results])
    read = [{} if result.flask is None else _readings(result) for result in results]
    for name in dict.fromkeys(name for own in read for name in own):
        yield from _worded(f"read: {name}", [own.get(name, ABSENT) for own in read])
    yield from _worded("version of halodot", [result.version for result in results])


def _readings(result: Result) -> dict[str, str]:
    """Return how the text of a recipe was read, by what can be read in more than one way."""
    return {item.name: item.taken for item in result.flask.interpretations} if result.flask else {}


def _worded(path: str, texts: Sequence[str]) -> Iterator[InputDifference]:
    if len(set(texts)) > 1:
        yield InputDifference(path, tuple(texts), ("",) * len(texts))


def _outputs(results: Sequence[Result]) -> Iterator[OutputRow]:
    summaries = [result.summary for result in results]
    for name in dict.fromkeys(name for own in summaries for name in own):
        entries = [own.get(name) for own in summaries]
        values = [None if entry is None else entry.value for entry in entries]
        if all(value is None for value in values):
            continue
        known = QUANTITIES[name]
        unit = known.shown_unit
        yield OutputRow(
            name=name,
            label=known.label,
            unit="" if unit == "1" else unit,
            values=tuple(None if value is None else from_si(value, known.unit, unit) for value in values),
            sds=tuple(
                None if (sd := _said_sd(name, entry)) is None else from_si(sd, known.unit, unit) for entry in entries
            ),
            same=_same(values),
        )


def _said_sd(name: str, entry: SummaryValue | None) -> float | None:
    """Return the standard deviation [SI] that is said of a number, None of what first order cannot give."""
    if entry is None or entry.value is None or entry.sd is None:
        return None
    return entry.sd if first_order_holds(name, entry.value, entry.sd) else None


def _same(values: Sequence[float | None]) -> bool:
    """Return whether numbers differ by no more than the round-off of their solutions."""
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return not known
    return max(known) - min(known) <= _ROUND_OFF * max(map(abs, known))


def _notes(results: Mapping[str, Result]) -> dict[str, tuple[Note, ...]]:
    notes = {name: result.notes for name, result in results.items()}
    everywhere = set.intersection(*(set(own) for own in notes.values()))
    return {name: tuple(note for note in own if note not in everywhere) for name, own in notes.items()}
