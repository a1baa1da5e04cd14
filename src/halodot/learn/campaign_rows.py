"""The experiments of a campaign as a table: any that a laboratory keeps, with the units in its headings."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from halodot.columns import Columns, Line, cells_of, columns_of_cells, decoded, delimiter_of_lines
from halodot.errors import InputError, Problem
from halodot.headings import Quantity
from halodot.learn.campaign import Experiment
from halodot.learn.goals import Goal
from halodot.learn.varied import VariedInput
from halodot.names import QUANTITIES

#: what a column without numbers is called: in words, or as a laboratory writes it
_BATCH = ("batch", "lot", "series")
_FAILED = ("failed", "failure", "failed because")
#: a cell that says that an experiment did not fail
_NOT_FAILED = ("", "no", "0", "false", "-", "ok")
#: share of the span between the limits by which a number may lie beyond them for its rounding
_ROUNDING = 1e-9


def read_rows(path: Path, varied: Sequence[VariedInput], goals: Sequence[Goal]) -> tuple[Experiment, ...]:
    """Read the experiments of a table.

    Args:
        path: of the file: CSV with commas, semicolons or tabs, decimals behind points or commas.
        varied: what has a column each, named as in the campaign or by its path.
        goals: what may have one.

    Raises:
        InputError: with every problem and its line: no such file, a column that is missing, a unit that measures
            something else, a number outside the limits.
    """
    try:
        text = decoded(path.read_bytes())
    except FileNotFoundError:
        raise InputError(Problem("there is no such table of experiments", file=str(path))) from None
    except OSError as error:
        raise InputError(Problem(f"the file cannot be read: {error.strerror or error}", file=str(path))) from error
    lines = _lines(text)
    if not lines:
        raise InputError(Problem("the table is empty; its first line is of headings", file=str(path)))
    if len(lines) == 1:
        return ()
    pure = {item.name: f"{item.name} (1)" for item in varied if item.si_unit == "1"}
    headings = {cell: pure[cell] for cell in lines[0].cells if cell in pure}
    table = columns_of_cells(str(path), lines, headings, known(varied, goals))
    _refuse_missing(table, str(path), varied, goals)
    return _experiments(table, str(path), varied, goals)


def known(varied: Sequence[VariedInput], goals: Sequence[Goal]) -> tuple[Quantity, ...]:
    """Return what the headings of a table may name."""
    inputs = (Quantity(f"vary {item.name}", item.si_unit, _spellings(item.name, item.path)) for item in varied)
    numbers = (
        Quantity(f"goal {goal.quantity}", goal.unit, _spellings(goal.quantity, QUANTITIES[goal.quantity].label))
        for goal in goals
    )
    return (*inputs, *numbers)


def wrong_row(one: Experiment, varied: Sequence[VariedInput], goals: Sequence[Goal]) -> Iterator[str]:
    """Yield what is wrong with an experiment: values outside the limits, or a number that has no logarithm."""
    for item, value in zip(varied, one.values):
        slack = _ROUNDING * (item.high - item.low)
        if not math.isfinite(value):
            yield f"this experiment states no {item.name}"
        elif not item.low - slack <= value <= item.high + slack:
            ends = f"{item.text(item.low)} to {item.text(item.high)}"
            yield f"{item.name} is {item.text(value)}, outside the limits {ends}; widen them in the campaign"
    for goal, value in zip(goals, one.measured):
        if goal.logarithmic and value <= 0.0:
            yield f"{goal.quantity} is {goal.text(value)}; a number that is compared by factors lies above 0"


def _spellings(*names: str) -> tuple[str, ...]:
    return tuple(" ".join(name.casefold().replace("_", " ").split()) for name in names) + tuple(
        name.casefold() for name in names
    )


def _lines(text: str) -> list[Line]:
    """Return the lines with their cells."""
    whole = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip(' \t;,"')]
    if not whole:
        return []
    marks = [whole[0][1].count(mark) for mark in "\t;,"]  # of the headings: remarks hold any
    delimiter = "\t;,"[marks.index(max(marks))] if max(marks) else delimiter_of_lines([line for _, line in whole])
    if delimiter == " ":
        return [Line(number, tuple(cells_of(line, delimiter))) for number, line in whole]
    cells = [next(csv.reader([line], delimiter=delimiter, skipinitialspace=True)) for _, line in whole]
    return [Line(number, tuple(cell.strip() for cell in row)) for (number, _), row in zip(whole, cells)]


def _refuse_missing(table: Columns, path: str, varied: Sequence[VariedInput], goals: Sequence[Goal]) -> None:
    problems = []
    for item in varied:
        if len(found := table.all(f"vary {item.name}")) != 1:
            what = "no column" if not found else f"{len(found)} columns"
            heading = item.name if item.unit == "1" else f"{item.name} [{item.unit}]"
            message = f"the table has {what} of {item.name}; one is wanted, such as {heading!r}"
            problems.append(Problem(message, file=path))
    for goal in goals:
        if len(table.all(f"goal {goal.quantity}")) > 1:
            problems.append(Problem(f"the table has several columns of {goal.quantity}; one is wanted", file=path))
    if problems:
        raise InputError(problems)


def _experiments(
    table: Columns, path: str, varied: Sequence[VariedInput], goals: Sequence[Goal]
) -> tuple[Experiment, ...]:
    texts = {heading.casefold(): cells for heading, cells in table.texts.items()}
    batches = next((texts[word] for word in _BATCH if word in texts), None)
    failures = next((texts[word] for word in _FAILED if word in texts), None)
    inputs = [table.values(f"vary {item.name}") for item in varied]
    numbers = [table.all(f"goal {goal.quantity}") for goal in goals]
    found, problems = [], []
    for row, line in enumerate(table.lines):
        failed = failures[row].strip() if failures else ""
        one = Experiment(
            tuple(float(column[row]) for column in inputs),
            tuple(float(column[0].values[row]) if column else math.nan for column in numbers),
            batches[row] if batches else "",
            "" if failed.casefold() in _NOT_FAILED else failed,
            f"{path}:{line}",
        )
        problems += [Problem(message, file=one.where) for message in wrong_row(one, varied, goals)]
        found.append(one)
    if problems:
        raise InputError(problems)
    return tuple(found)
