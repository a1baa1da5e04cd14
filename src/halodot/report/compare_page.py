"""A comparison as tables for the screen, as CSV, and as one page with the curves of all results."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from html import escape
from pathlib import Path

from halodot.outputs import csv_text, whole_folder, write_text
from halodot.report.compare import SAME, Comparison, InputDifference, OutputRow
from halodot.report.figures import KINDS, draw, kinds_of
from halodot.report.notes import grouped
from halodot.report.page.frame import Column, figure, framed, section, table, typeset, unit_text, with_code
from halodot.report.style import inline_svg
from halodot.rounding import rounded, with_spread

#: files of a comparison
PAGE, INPUTS, OUTPUTS = "compare.html", "inputs.csv", "outputs.csv"
#: significant digits of a number whose standard deviation is not known
_DIGITS = 4


# --------------------------------------------------------------------------------------------------------------- tables


def letters(count: int) -> tuple[str, ...]:
    """Return a short name for each of some results: A, B, C, and numbers beyond Z."""
    return tuple(chr(ord("A") + k) if k < 26 else str(k + 1) for k in range(count))


def input_head(names: Sequence[str]) -> tuple[str, ...]:
    """Return the headings of the table of inputs."""
    return "input", *names


def input_rows(found: Sequence[InputDifference]) -> list[tuple[str, ...]]:
    """Return path and values with their kinds of every input that differs, as texts."""
    return [(row.path, *row.texts) for row in found]


def output_head(names: Sequence[str], brief: bool = False) -> tuple[str, ...]:
    """Return the headings of the table of outputs; of two results with one difference, else with one for each.

    Args:
        names: of the results.
        brief: ratios alone where there are more than two results, for a narrow screen.
    """
    if len(names) == 2:
        return "quantity", "unit", *names, "difference", "ratio"
    first, others = names[0], names[1:]
    changes = (word for name in others for word in ([f"{name} - {first}"] * (not brief) + [f"{name} / {first}"]))
    return "quantity", "unit", *names, *changes


def output_rows(comparison: Comparison, brief: bool = False) -> list[tuple[str, ...]]:
    """Return every number of the results with difference and ratio to the first, as texts.

    Args:
        comparison: of the results.
        brief: as of :func:`output_head`.
    """
    narrow = brief and len(comparison.names) > 2
    return [
        (row.label, row.unit, *_values(row), *(_ratios(row) if narrow else _changes(row))) for row in comparison.outputs
    ]


def _values(row: OutputRow) -> Iterator[str]:
    """Yield the numbers with two digits of their standard deviation, or enough to tell them apart."""
    for value, sd in zip(row.values, row.sds):
        if value is None:
            yield "not computed"
        else:
            yield rounded(value, plain=_needed(row)) if sd is None else with_spread(value, sd)


def _needed(row: OutputRow) -> int:
    """Return the digits that show the difference between the numbers of a row."""
    different = {value for value in row.values if value is not None}
    for digits in range(_DIGITS, 12):
        if len({f"{value:.{digits}g}" for value in different}) == len(different):
            return digits
    return _DIGITS


def _changes(row: OutputRow) -> Iterator[str]:
    """Yield difference and ratio of each to the first, or that there is no difference."""
    same = SAME if len(row.values) == 2 else "the same"
    for value, ratio in zip(row.differences[1:], row.ratios[1:]):
        sign = "+" if value is not None and value > 0.0 else ""
        yield "" if value is None else f"{sign}{rounded(value, plain=3)}" if value else same
        yield "" if ratio is None or not value else rounded(ratio)


def _ratios(row: OutputRow) -> Iterator[str]:
    for value, ratio in zip(row.differences[1:], row.ratios[1:]):
        yield "same" if value == 0.0 else "" if ratio is None else rounded(ratio)


# ---------------------------------------------------------------------------------------------------------------- files


def write_comparison(
    comparison: Comparison, folder: Path, overwrite: bool, progress: Callable[[str], None] = lambda text: None
) -> None:
    """Write the page and both tables into a folder, all of them or nothing.

    Args:
        comparison: what :func:`halodot.compare` returned.
        folder: made if it does not exist.
        overwrite: whether a folder with something in it may be used; other files in it stay.
        progress: called with the file or figure that is made next.

    Raises:
        InputError: the folder cannot be used.
    """
    with whole_folder(folder, overwrite, lambda home: frozenset(map(Path, (PAGE, INPUTS, OUTPUTS)))) as new:
        write_text(new / INPUTS, csv_text(_input_cells(comparison)))
        write_text(new / OUTPUTS, csv_text(_output_cells(comparison)))
        write_text(new / PAGE, page(comparison, progress))


def _input_cells(comparison: Comparison) -> Iterator[Sequence[str | float]]:
    """Yield the table of inputs: numbers as numbers, in the unit beside them."""
    yield "input", "unit", *(word for name in comparison.names for word in (name, f"{name}: kind"))
    for row in comparison.inputs:
        cells: list[str | float] = []
        for place, (value, kind) in enumerate(zip(row.values, row.kinds)):
            number = row.numbers[place] if row.numbers else math.nan
            cells += [number if math.isfinite(number) else value, kind]
        yield row.path, row.unit, *cells


def _output_cells(comparison: Comparison) -> Iterator[Sequence[str | float]]:
    """Yield the table of outputs with all digits; what was not computed is empty."""
    words = ("", ": sd", ": difference", ": ratio")
    yield "name", "quantity", "unit", *(f"{name}{word}" for name in comparison.names for word in words)
    for row in comparison.outputs:
        cells = (
            "" if item is None else item
            for place in range(len(comparison.names))
            for item in (row.values[place], row.sds[place], row.differences[place], row.ratios[place])
        )
        yield row.name, row.label, row.unit, *cells


# ----------------------------------------------------------------------------------------------------------------- page


def page(comparison: Comparison, progress: Callable[[str], None] = lambda text: None) -> str:
    """Return a comparison as one page of HTML that needs no other file.

    Args:
        comparison: what to show.
        progress: called with the figure that is drawn next.
    """
    names = comparison.names
    sections = (
        _who(names),
        _inputs(comparison),
        _outputs(comparison),
        _notes(comparison),
        _figures(comparison, progress),
    )
    return framed(" and ".join(names) if len(names) < 3 else f"{names[0]} and {len(names) - 1} others", sections)


def _who(names: Sequence[str]) -> str:
    """Return which letter stands for which result."""
    lines = "".join(
        f"<p><strong>{letter}</strong> {escape(name)}</p>" for letter, name in zip(letters(len(names)), names)
    )
    return f'<div class="conclusions">{lines}</div>'


def _inputs(comparison: Comparison) -> str:
    heading = "What differs in the inputs"
    if not comparison.inputs:
        return section(heading, "<p>Nothing: every number, step, layer and word is the same.</p>")
    names = letters(len(comparison.names))
    columns: list[Column] = [("input", "path"), *((name, "") for name in names)]
    other = [row for row in comparison.inputs if not row.same_value]
    stated = [row for row in comparison.inputs if row.same_value]
    parts = [table(columns, input_rows(other), "inputs")] if other else ["<p>No value differs.</p>"]
    if stated:
        text = f"{len(stated)} with the same value, stated as another kind or with another uncertainty"
        parts.append(f"<details><summary>{text}</summary>{table(columns, input_rows(stated))}</details>")
    return section(heading, *parts)


def _outputs(comparison: Comparison) -> str:
    head = output_head(letters(len(comparison.names)))
    columns: list[Column] = [(name, "" if place < 2 else "number") for place, name in enumerate(head)]
    same = sum(row.same for row in comparison.outputs)
    said = f"{same} of {len(comparison.outputs)} numbers are {SAME}."
    rows = [(unit_text(row[0]), unit_text(row[1]), *map(typeset, row[2:])) for row in output_rows(comparison)]
    return section("What follows in the outputs", f"<p>{said}</p>", table(columns, rows, "outputs"))


def _notes(comparison: Comparison) -> str:
    """Return the notes that only some of the results have."""
    blocks = []
    for letter, name in zip(letters(len(comparison.names)), comparison.names):
        remarks = [str(remark) for lines in grouped(comparison.notes[name]).values() for remark in lines]
        if remarks:
            lines = "".join(f"<li>{with_code(line)}</li>" for line in remarks)
            blocks.append(f"<h3>{letter}: {escape(name)}</h3>\n<ul>{lines}</ul>")
    return section("Notes that not all of them have", '<div class="notes">', *blocks, "</div>") if blocks else ""


def _figures(comparison: Comparison, progress: Callable[[str], None]) -> str:
    """Return the figures that at least two of the results have, each with the curves of all that have it."""
    able = {name: kinds_of(result) for name, result in comparison.results.items()}
    blocks = []
    for kind in KINDS:
        having = {name: result for name, result in comparison.results.items() if kind in able[name]}
        if len(having) < 2:
            continue
        progress(kind)
        image = inline_svg(draw(kind, having), kind, KINDS[kind].caption)
        blocks.append(figure(image, KINDS[kind].caption))
    return section("Curves", '<div class="figures">', *blocks, "</div>") if blocks else ""
