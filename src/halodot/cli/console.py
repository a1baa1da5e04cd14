"""What the command line prints: drawn for a terminal, tab-separated for everything else."""

from __future__ import annotations

import io
import math
import os
import re
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TextIO

from halodot.cli.progress import say

if TYPE_CHECKING:
    from halodot.learn.literature.calibration import Across, Checks
    from halodot.learn.possible import Possible
    from halodot.paper.scoreboard import Row
    from halodot.report.numbers import Shown
    from halodot.results.data import Result
    from halodot.sources import Sourced
    from halodot.states import DeviceSolution, Note
    from halodot.study.hazards import Hazards

#: letters of a terminal that also shows the remarks
WIDE = 120
#: columns of short words, which are not broken
_WHOLE = ("unit", "role", "kind")
#: points of a curve that a terminal shows
_FEW_POINTS = 26
#: remarks of a kind that the screen shows; the report has all of them
_FEW_REMARKS = 5


# ---------------------------------------------------------------------------------------------------------- the streams


def heard(show: Callable[[], None], stream: TextIO | None = None) -> OSError | None:
    """Print, and return what kept it from arriving.

    A closed pipe ends the printing and nothing else: the reader has had enough, which is no error.
    """
    target = stream or sys.stdout
    try:
        show()
        target.flush()
    except BrokenPipeError:
        silence(target)
    except OSError as error:
        silence(target)
        error.filename = error.filename or "standard output"
        return error
    return None


def silence(stream: TextIO) -> None:
    """Let nothing more that is printed to a stream arrive anywhere, or fail."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def progress(text: str) -> None:
    """Print how far it is to the error stream, never among the results."""
    if say(text):
        return
    heard(lambda: print(text, file=sys.stderr, flush=True), sys.stderr)


def make_streams_robust() -> None:
    """Let what is printed take any letter, and go nowhere where the streams are closed."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


# -------------------------------------------------------------------------------------------------------------- content


def print_notes(notes: Iterable[Note], stream: TextIO) -> None:
    """Print notes below the heading of their kind, the gravest first; of many of a kind the first few."""
    from halodot.report.notes import grouped

    for heading, remarks in grouped(notes).items():
        print(f"note: {heading}", file=stream)
        for remark in remarks[:_FEW_REMARKS]:
            _print_item(str(remark), stream)
        if len(remarks) > _FEW_REMARKS:
            _print_item(f"and {len(remarks) - _FEW_REMARKS} more, which the report lists (--out)", stream)


def _print_item(text: str, stream: TextIO) -> None:
    """Print a line of a list, folded to the width of a terminal and whole for everything else."""
    if not stream.isatty():
        print(f"  - {text}", file=stream)
        return
    width = max(shutil.get_terminal_size().columns, 40)
    print(
        textwrap.fill(text, width, initial_indent="  - ", subsequent_indent="    ", break_on_hyphens=False), file=stream
    )


def print_summary(result: Result) -> None:
    """Print the conclusions, to the error stream where the output is no terminal, and the numbers of the summary."""
    from halodot.report.conclusions import conclusions
    from halodot.report.numbers import shown

    for line in conclusions(result):
        print(line, file=sys.stdout if sys.stdout.isatty() else sys.stderr)
    rows = []
    for name, entry in result.summary.items():
        if entry.value is None:
            continue
        found = shown(result, name)
        why = _listed(entry.depends_on or ()), _listed(entry.not_counted)
        rows.append((found.label, _with_spread(found), found.unit, entry.role, *why))
    if result.device_solution is not None and result.emission is None:
        _print_currents(result.device_solution)
        if not rows:
            return
    head = ("quantity", "value", "unit", "role", "depends on", "not counted: states no uncertainty")
    full = next((count for count in (6, 5) if any(row[count - 1] for row in rows)), 4)
    print_table(result.study.title, head[:full], [row[:full] for row in rows])


def _with_spread(number: Shown) -> str:
    """Return value and spread in one text: "23.1 +- 2.5", "8200 (1800 to 38000)"."""
    if not number.spread:
        return number.value
    if number.spread.startswith("±"):
        return f"{number.value} {number.spread.replace('±', '+-')}"
    if number.spread == "not known":
        return f"{number.value} +- {number.spread}"
    return f"{number.value} ({number.spread})"


def print_draws(result: Result) -> None:
    """Print medians and intervals of the draws of a result."""
    from halodot.report.numbers import drawn_rows

    drawn = result.drawn
    if drawn is None:
        return
    head = ("quantity", "median", "68 %", "95 %", "unit", "share")
    title = f"{drawn.ess:.0f} effective draws of {drawn.tried}, {drawn.failed} without a solution"
    print_table(title, head, drawn_rows(drawn))


def print_possible(found: Possible) -> None:
    """Print what a reported EQE asks: a table, and sentences that go to the error stream where there is no terminal."""
    from halodot.report.possible_text import POSSIBLE_HEAD, possible_rows, possible_sentences

    for line in possible_sentences(found):
        print(line, file=sys.stdout if sys.stdout.isatty() else sys.stderr)
    print_table(f"for an EQE of {100.0 * found.reported:.4g} %", POSSIBLE_HEAD, possible_rows(found))


def _print_currents(device_solution: DeviceSolution) -> None:
    """Print the current of a device without light; a terminal gets as many points as it can show."""
    from halodot.report.page.sections import milliamperes

    points = list(zip(device_solution.voltage.tolist(), device_solution.current_density.tolist()))
    step = math.ceil(len(points) / _FEW_POINTS) if sys.stdout.isatty() else 1
    rows = [(f"{voltage:.5g}", milliamperes(current)) for voltage, current in points[::step]]
    print_table("", ("voltage (V)", "current density (mA/cm2)"), rows)


def _listed(names: tuple[str, ...], most: int = 4) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def print_scoreboard(rows: tuple[Row, ...]) -> None:
    """Print the scoreboard; a terminal gets fewer columns, and the notes below the table."""
    from halodot.paper.reproduce import deviation
    from halodot.paper.scoreboard import BRIEF, HEADER, brief, cells

    if not sys.stdout.isatty():
        head = (*HEADER[:-1], "deviation", "note")
        print_table("", head, [(*cells(row)[:-1], deviation(row), row.note) for row in rows])
        return
    print_table("", BRIEF[:-1], [brief(row)[:-1] for row in rows])
    for row in rows:
        if row.note:
            print(f"{row.target.id} {row.target.quantity}: {row.note}")


def print_calibration(found: dict[str, Any]) -> None:
    """Print a calibration: parameters, residuals, and what the rows do not tell apart."""
    fitted = {path: entry for path, entry in found["values"].items() if entry["kind"] == "calibrated"}
    rows = [
        (path, entry["value"], entry["sd"], "yes" if entry["determined"] else "no: it keeps its prior")
        for path, entry in fitted.items()
    ]
    print_table("", ("parameter", "value", "sd", "determined by the rows"), rows)
    alone = dict(zip(found["evidence"]["rows"], found["evidence"]["left_out"]))
    residuals = [
        (row, f"{value:+.2f}", f"{alone[row]:+.2f}" if row in alone else "") for row, value in found["rows"].items()
    ]
    print_table("", ("row", "residual (standard deviations)", "had it been left out"), residuals)
    strong = [pair for pair in found["correlation"] if abs(pair[2]) > 0.7 and (pair[0] in fitted or pair[1] in fitted)]
    print_table(
        "", ("not told apart", "from", "correlation"), [(one, two, f"{value:+.2f}") for one, two, value in strong]
    )
    print(
        f"{len(fitted)} parameters and {len(found['rows'])} rows, about as many: priors decide what the rows do not, "
        "and agreement of these rows shows that the model can, not that it is right."
    )


def print_across_papers(found: dict[str, Any], whole: Across, checks: Checks) -> None:
    """Print a fit across papers: parameters, scores on papers left out beside the baselines, and every paper."""
    rows = [(path, entry["value"], entry["sd"]) for path, entry in found["values"].items()]
    print_table("", ("parameter", "value", "sd"), rows)
    head = ("rows", "prediction", "median |ln|", "of rows", "error (nm)", "pairs", "in 95 %", "log score")
    lines = [
        (part, name, *map(str, entry.values()))
        for part, scores in found["scores"].items()
        for name, entry in scores.items()
        if isinstance(entry, dict)
    ]
    print_table("papers left out one at a time, each counting once", head, lines)
    better = [
        (part, name, *map(str, entry))
        for part, scores in found["scores"].items()
        for name, entry in scores.items()
        if isinstance(entry, list)
    ]
    print_table("", ("rows", "the law is", "probability by median", "by error"), better)
    papers = [
        (doi, str(rows), f"{mean:+.2f}", f"{median:.2f}", f"{1e9 * error:.1f}")
        for doi, rows, mean, median, error in whole.per_paper
    ]
    print_table("", ("paper left out", "rows", "mean ln", "median |ln|", "error (nm)"), papers)
    print(
        f"Form chosen by leaving papers out: {whole.form}. Papers scatter by {whole.between:.2f} in ln L about the law,"
        f" rows of a paper by {whole.within:.2f}; with one row known, the others err by {whole.anchored:.2f} (median)."
    )
    seed = checks.seed
    print(
        f"The model paper's control, not in the fit: {1e9 * seed.expected:.2f} nm computed. Log density of ln(5.88 nm):"
        f" {seed.marginal:.2f} with its effect unknown, {seed.at_zero:.2f} with an effect of zero,"
        f" {seed.fitted:.2f} with the fitted effect {seed.effect:+.3f}."
    )
    made = [item for item in checks.made if not item.refused]
    near = sum(abs(math.log(item.flask / item.law)) < 0.1 for item in made)
    print(f"The whole flask makes {len(made)} of the {len(checks.made)} recipes, {near} within a tenth of the law.")
    refused = [(str(item.row.number), item.refused) for item in checks.made if item.refused]
    print_table("", ("row", "not made, because"), refused)


def input_row(item: tuple[str, Sourced]) -> tuple[str, str, str, str, str]:
    """Return path, value, range, source and method of an input."""
    path, entry = item
    return path, *_shown(path, entry), entry.source, entry.found_by


def _shown(path: str, entry: Sourced) -> tuple[str, str]:
    """Return a number and its range or standard deviation in the units of the bench."""
    from halodot.names import difference_unit, input_text, range_text, unit_at_the_bench
    from halodot.units import from_si

    value, spread = input_text(path, entry.value, entry.unit), ""
    if math.isfinite(entry.low) and math.isfinite(entry.high):
        spread = range_text(path, entry.value, (entry.low, entry.high), entry.unit)
    elif math.isfinite(entry.sd):
        unit = unit_at_the_bench(path, entry.unit, entry.value or entry.sd)
        sd = from_si(entry.value + entry.sd, entry.unit, unit) - from_si(entry.value, entry.unit, unit)
        spread = f"+- {sd:.2g} {difference_unit(unit)}".strip()
    return value, spread


def print_entry(entry: Any) -> None:
    """Print an entry of the library with the origin of its numbers."""
    print(f"{entry.name}: {entry.about}" if entry.about else entry.name)
    print(f"  from {entry.taken_from or 'the library that ships with halodot'}")
    texts = {key: value for key, value in entry.values.items() if isinstance(value, str) and value and key != "name"}
    for key, value in texts.items():
        print(f"  {key}: {value}")
    if entry.hazards is not None:
        _print_hazards(entry.hazards)
    elif "role" in entry.values and "formula" in entry.values:
        from halodot.study.hazards import NO_HAZARDS

        print(f"  hazards: {NO_HAZARDS}")
    if "table_wavelength" in entry.values:
        nm = 1e9 * entry.values["table_wavelength"]
        print(f"  n,k table: {nm[0]:.0f} to {nm[-1]:.0f} nm, {nm.size} rows {entry.source}".rstrip())
    rows = [
        (key, *_shown(key, item), item.kind, item.source, item.found_by, item.about)
        for key, item in entry.inputs.items()
    ]
    print_table("", ("property", "value", "range or sd", "kind", "source", "method", "about"), rows)


def _print_hazards(hazards: Hazards) -> None:
    """Print signal word, pictograms and statements of a chemical, and where they are from."""
    from halodot.study.protocol_sheet import label_of, origin_of

    print(f"  hazards: {label_of(hazards)}")
    for statement in hazards.shown:
        print(f"    {statement.code} {statement.text}")
    print(f"    {origin_of(hazards)}")


def print_table(title: str, head: tuple[str, ...], rows: Any) -> None:
    """Print a table: drawn for a terminal, tab-separated for everything else."""
    listed = [tuple(row) for row in rows]
    if not sys.stdout.isatty():
        for row in (head, *listed):
            print("\t".join(" ".join(re.split(r"[\t\r\n]+", cell)) for cell in row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    wide = head[-1] != "about" or console.width >= WIDE
    table = Table(title=Text(title) if title else None, title_justify="left")
    for column in head if wide else head[:-1]:
        whole = column == head[0] or column in _WHOLE
        table.add_column(Text(column), overflow="fold", no_wrap=whole)
    for row in listed:
        table.add_row(*map(Text, row if wide else row[:-1]))  # as it is: brackets are no markup
    console.print(table)
