"""What limits a device as a page, as tables for a spreadsheet, and as tornado plots."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from halodot.learn.limits import OUTPUTS, KnobEffect, Limits
from halodot.names import QUANTITIES, shown, unit_at_the_bench
from halodot.outputs import csv_text, whole_folder, write_text
from halodot.report.figures_limits import DOUBLE, tornado
from halodot.report.limits_text import (
    BY,
    EFFECT_COLUMNS,
    EFFECT_HEAD,
    LOSS_HEAD,
    SETTLED_HEAD,
    VARIANCE_HEAD,
    effect_rows,
    limit_sentences,
    limits_document,
    loss_rows,
    notes_of,
    settled_rows,
    variance_rows,
)
from halodot.report.page import Column, framed, section, table
from halodot.report.page.frame import figure, paragraph, printed, typeset
from halodot.report.style import inline_svg, save_as
from halodot.units import from_si

#: files of the folder
PAGE, JSON, KNOBS, LOSSES, VARIANCE, MEASUREMENTS = (
    "limits.html",
    "limits.json",
    "numbers.csv",
    "losses.csv",
    "variance.csv",
    "measurements.csv",
)
FIGURES = "figures"
_ENDINGS = ("png", "svg", "pdf")
_WORDS: Mapping[str, str] = {"eqe": "EQE", "luminance": "luminance", "colour": "colour (EL peak)", "t50": "half life"}


Cells = Sequence[str | float]


def written_by_limits(home: Path) -> frozenset[Path]:
    """Return the paths within a folder at which the limits of a device are written, or were before."""
    figures = {path.relative_to(home) for path in (home / FIGURES).glob("limits_*.*")}
    return frozenset({*map(Path, (PAGE, JSON, KNOBS, LOSSES, VARIANCE, MEASUREMENTS)), *figures})


def write_limits(
    found: Limits, folder: Path, overwrite: bool = True, progress: Callable[[str], None] = lambda text: None
) -> None:
    """Write the page, the tables, the numbers as JSON and the tornado plots into a folder, all of them or nothing.

    Args:
        found: from :func:`halodot.limits`.
        folder: made if it does not exist; files of earlier limits are replaced, others stay.
        overwrite: whether a folder with something in it may be used.
        progress: called with the file that is made next.

    Raises:
        InputError: the folder cannot be used.
    """
    with whole_folder(folder, overwrite, written_by_limits) as home:
        progress(JSON)
        write_text(home / JSON, json.dumps(limits_document(found), indent=2, allow_nan=False) + "\n")
        for name, rows in tables(found).items():
            write_text(home / name, csv_text(rows))
        (home / FIGURES).mkdir()
        for word, output in BY.items():
            if math.isfinite(found.base[output]):
                progress(f"{FIGURES}/limits_{word}")
                save_as(tornado(found, output), home / FIGURES / f"limits_{word}", _ENDINGS)
        progress(PAGE)
        write_text(home / PAGE, limits_page(found))


def limits_page(found: Limits) -> str:
    """Return what limits a device as HTML that needs no other file.

    Args:
        found: from :func:`halodot.limits`.
    """
    said = "".join(paragraph(typeset(line)) for line in limit_sentences(found))
    sections = [
        section("How far each number moves the light", _tornados(found)),
        section("What can be set on the bench", _effects(found, True)),
        section("What is only uncertain", _effects(found, False)),
        section("Where the injected pairs go", _table(LOSS_HEAD, loss_rows(found.losses), "losses"))
        if found.losses
        else "",
        section(
            "Which answer hangs on which number",
            paragraph("Share of the variance of each output that would go were the input known.", "small"),
            _table(VARIANCE_HEAD, variance_rows(found), "variance"),
        ),
        section(
            "Which measurement would settle it",
            paragraph("One standard deviation of each output as it is, and were the inputs of a row known.", "small"),
            _table(SETTLED_HEAD, settled_rows(found), "measurements", numbers=3),
        ),
        section("How this was found", "".join(paragraph(typeset(line)) for line in notes_of(found))),
    ]
    return framed(f"What limits: {found.title}", sections, f'<div class="conclusions">{said}</div>')


def _tornados(found: Limits) -> str:
    pictures = []
    for word, output in BY.items():
        if not math.isfinite(found.base[output]):
            continue
        about = f"How far the numbers of the study move the {_WORDS[word]} over their ranges, the largest first."
        drawn = inline_svg(tornado(found, output, DOUBLE), f"limits_{word}", about)
        pictures.append(figure(drawn, about, wide=True))
    return "\n".join(pictures)


def _effects(found: Limits, on_bench: bool) -> str:
    rows = effect_rows(found, "eqe_max", on_bench)
    items = found.ranked("eqe_max", on_bench)
    about = "numbers on the bench" if on_bench else "uncertain numbers"
    columns: tuple[Column, ...] = tuple(
        (printed(name), "number" if name.startswith("elas") else "") for name in EFFECT_HEAD
    )
    said = paragraph(
        "By their effect on the EQE. Two values are those at the lower and at the upper end of the range; the"
        " elasticity is the change of the EQE in percent for one percent of the number.",
        "small",
    )
    keyed = ([_keyed(head, cell, item) for head, cell in zip(EFFECT_HEAD, row)] for row, item in zip(rows, items))
    return said + table(columns, keyed, about, sortable=True)


def _keyed(head: str, cell: str, item: KnobEffect) -> str | tuple[str, str]:
    """Return a cell, that of an output with its swing, by which the table is sorted."""
    output = EFFECT_COLUMNS.get(head)
    return typeset(cell) if output is None else (typeset(cell), f"{item.size(output):.6g}")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], about: str, numbers: int = 2) -> str:
    columns: tuple[Column, ...] = tuple((name, "number" if k >= numbers else "") for k, name in enumerate(head))
    return table(columns, ([typeset(cell) for cell in row] for row in rows), about)


# --------------------------------------------------------------------------------------------------------------- tables


def tables(found: Limits) -> dict[str, list[Cells]]:
    """Return the tables of a spreadsheet by file name: one line a number, a loss, an input or a measurement.

    Args:
        found: from :func:`halodot.limits`.
    """
    of_variance: list[Cells] = [
        (OUTPUTS[name].called, row.called, row.path, row.kind, row.share)
        for name, rows in found.variance.items()
        for row in rows
    ]
    settled: list[Cells] = [
        (*item.measurement, ", ".join(item.called), *(item.drop(name) for name in OUTPUTS)) for item in found.settled
    ]
    return {
        KNOBS: [_knob_head(), *(_knob_cells(item) for item in found.effects)],
        LOSSES: [
            ("loss", "step", "share of the injected pairs", "EQE gained without it"),
            *(
                (loss.called, loss.step, loss.share, loss.gain)
                for loss in (found.losses.losses if found.losses else ())
            ),
        ],
        VARIANCE: [
            ("output", "input", "path", "kind", "share of the variance"),
            *of_variance,
        ],
        MEASUREMENTS: [
            (
                "measurement",
                "on",
                "settles",
                *(f"drop of the interval of the {one.called}" for one in OUTPUTS.values()),
            ),
            *settled,
        ],
    }


def _knob_head() -> Sequence[str]:
    columns = ["number", "path", "group", "on the bench", "kind", "unit", "now", "lower end", "upper end"]
    for name, output in OUTPUTS.items():
        unit = QUANTITIES[name].shown_unit
        bracket = "" if unit == "1" else f" ({unit})"
        columns += [
            f"{output.called}: elasticity",
            f"{output.called} at the lower end{bracket}",
            f"{output.called} now{bracket}",
            f"{output.called} at the upper end{bracket}",
        ]
    return [*columns, "ends computed anew", "range assumed", "without an answer", "caution"]


def _knob_cells(item: KnobEffect) -> Cells:
    knob = item.knob
    unit = unit_at_the_bench(knob.path, knob.unit, knob.value or knob.ends[1])
    values = (from_si(value, knob.unit, unit) for value in (knob.value, *knob.ends))
    cells: list[str | float] = [knob.called, knob.path, knob.group, "yes" if knob.on_bench else "no", knob.kind, unit]
    cells += values
    for name in OUTPUTS:
        outputs = (shown(name, end[name])[0] for end in (item.at_low, item.base, item.at_high))
        cells += [item.elasticity[name], *outputs]
    return [
        *cells,
        "yes" if item.rerun else "no",
        knob.assumed_range,
        "; ".join(item.failures),
        "; ".join(item.cautions),
    ]
