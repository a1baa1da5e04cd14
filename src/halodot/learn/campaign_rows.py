"""The experiments of a campaign as a table: any that a laboratory keeps, with the units in its headings."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from halodot.columns import Columns, Line, cells_of, columns_of_cells, decoded, delimiter_of_lines
from halodot.errors import InputError, Problem
from halodot.headings import BY_NAME, Quantity, read_heading
from halodot.learn.campaign import Experiment, TableForm
from halodot.learn.goals import SHORT, Goal
from halodot.learn.varied import VariedInput
from halodot.names import QUANTITIES, impossible
from halodot.study.reader import nearest

#: what a column without numbers is called: in words, or as a laboratory writes it
_BATCH = ("batch", "lot", "series")
_FAILED = ("failed", "failure", "failed because")
#: columns of words that mean nothing here: remarks, and those with which experiments are suggested
REMARKS = re.compile(r"notes?|remarks?|comments?|why|information \(bit\)|(?:expected|sd of) .*", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d*,\d+(?:[eE][+-]?\d+)?\s*")
#: a cell that says that an experiment did not fail
_NOT_FAILED = ("", "no", "0", "false", "-", "ok")
#: share of the span between the limits by which a number may lie beyond them for its rounding
_ROUNDING = 1e-9


class Table(NamedTuple):
    """The experiments of a campaign, and how their table is written and was read."""

    experiments: tuple[Experiment, ...] = ()
    form: TableForm | None = None
    notes: tuple[str, ...] = ()


def read_table(path: Path, varied: Sequence[VariedInput], goals: Sequence[Goal]) -> Table:
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
    delimiter, lines = _lines(text)
    if not lines:
        raise InputError(Problem("the table is empty; its first line is of headings", file=str(path)))
    pure = {item.name: f"{item.name} (1)" for item in varied if item.si_unit == "1"}
    headings = {cell: pure[cell] for cell in lines[0].cells if cell in pure}
    valid = known(varied, goals)
    if len(lines) == 1:
        return Table(form=_form(delimiter, lines, {}, headings, valid))
    table = columns_of_cells(str(path), lines, headings, valid)
    _refuse_missing(table, str(path), varied, goals)
    units = {item.place: item.unit for item in table.columns}
    notes = tuple(_notes(table, path.name, valid, goals))
    return Table(_experiments(table, str(path), varied, goals), _form(delimiter, lines, units, headings, valid), notes)


def _form(
    delimiter: str,
    lines: Sequence[Line],
    units: Mapping[int, str],
    headings: Mapping[str, str],
    valid: Sequence[Quantity],
) -> TableForm | None:
    """Return how a table is written, None where blanks part its cells."""
    if delimiter == " ":
        return None
    read = [read_heading(headings.get(cell, cell), valid) for cell in lines[0].cells]
    holds = ["" if one.deviation else one.quantity.partition(" ")[2] for one in read]
    comma = delimiter != "," and any(_DECIMAL_COMMA.fullmatch(cell) for line in lines[1:] for cell in line.cells)
    given = tuple(units.get(place, one.unit) or "1" for place, one in enumerate(read))
    return TableForm(delimiter, comma, lines[0].cells, tuple(holds), given)


def _notes(table: Columns, file: str, valid: Sequence[Quantity], goals: Sequence[Goal]) -> Iterator[str]:
    """Yield which columns of a table are not read, with what each may be meant for, and which goal has none."""
    known_names = {spelled: item.name.partition(" ")[2] for item in valid for spelled in item.spellings}
    known_names |= {word: word for word in (*_BATCH, *_FAILED)}
    said = []
    for heading in table.texts:
        if heading.casefold() in (*_BATCH, *_FAILED) or REMARKS.fullmatch(heading.strip()):
            continue
        near = nearest(re.sub(r"[\[(].*", "", heading).strip(), known_names)
        said.append(f"{heading!r}" + (f" (did you mean {known_names[near]!r}?)" if near else ""))
    if said:
        yield f"not read in {file}: {', '.join(said)}"
    for goal in goals:
        if not table.has(f"goal {goal.quantity}"):
            yield f"{file} has no column of {goal.quantity}, such as {goal.heading!r}"


def known(varied: Sequence[VariedInput], goals: Sequence[Goal]) -> tuple[Quantity, ...]:
    """Return what the headings of a table may name."""
    inputs = (Quantity(f"vary {item.name}", item.si_unit, _spellings(item.name, item.path)) for item in varied)
    numbers = (Quantity(f"goal {goal.quantity}", goal.unit, _goal_spellings(goal)) for goal in goals)
    return (*inputs, *numbers)


def _goal_spellings(goal: Goal) -> tuple[str, ...]:
    """Return what a laboratory writes above the column of a goal."""
    name = goal.quantity
    short = [word for word, meant in SHORT.items() if meant == name]
    usual = BY_NAME[name].spellings if name in BY_NAME and BY_NAME[name].unit == goal.unit else ()
    return (*_spellings(name, QUANTITIES[name].label, *short), *usual)


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
        if wrong := impossible(goal.quantity, value):
            yield f"{goal.quantity} {wrong}"
        elif goal.logarithmic and value <= 0.0:
            yield f"{goal.quantity} is {goal.text(value)}; a number that is compared by factors lies above 0"


def _spellings(*names: str) -> tuple[str, ...]:
    return tuple(" ".join(name.casefold().replace("_", " ").split()) for name in names) + tuple(
        name.casefold() for name in names
    )


def _lines(text: str) -> tuple[str, list[Line]]:
    """Return what parts the cells, and the lines with theirs."""
    whole = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip(' \t;,"')]
    if not whole:
        return ",", []
    marks = [whole[0][1].count(mark) for mark in "\t;,"]  # of the headings: remarks hold any
    delimiter = "\t;,"[marks.index(max(marks))] if max(marks) else delimiter_of_lines([line for _, line in whole])
    if delimiter == " ":
        return delimiter, [Line(number, tuple(cells_of(line, delimiter))) for number, line in whole]
    cells = [next(csv.reader([line], delimiter=delimiter, skipinitialspace=True)) for _, line in whole]
    return delimiter, [Line(number, tuple(cell.strip() for cell in row)) for (number, _), row in zip(whole, cells)]


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
