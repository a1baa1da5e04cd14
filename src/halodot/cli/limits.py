"""``halodot limits``: what limits a device, what to try on the bench, and what to measure."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from halodot.cli.console import print_table, progress
from halodot.cli.options import Changes, Overwrite, StudyName, load_study
from halodot.cli.progress import progress_bars, steps
from halodot.outputs import check_folder, check_new_file, write_text

if TYPE_CHECKING:
    from halodot.learn.limits import Limits
    from halodot.study import Study


class By(StrEnum):
    """What numbers are ranked by."""

    eqe = "eqe"
    luminance = "luminance"
    colour = "colour"
    t50 = "t50"


#: rows of a table that a terminal shows
_FEW = 12
_STEPS = {"derivatives": "Derivatives by every number", "ends": "Compute the ends of ranges"}


def limits(
    study: StudyName,
    changes: Changes = None,
    out: Annotated[Path | None, typer.Option(help="Folder for limits.html, the tables as CSV and the figures.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write all of it as JSON.")] = None,
    by: Annotated[By, typer.Option(help="What the numbers are ranked by.")] = By.eqe,
    only: Annotated[
        list[str] | None, typer.Option(metavar="PATH", help="Vary these numbers alone: --only 'device.layers.*'.")
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Say what limits a device: every number by its effect, every loss, and what would settle the answer."""
    if out is not None:
        check_folder(out, overwrite)
    if json_file is not None:
        check_new_file(json_file, overwrite, [study])
    loaded = load_study(study, changes)
    progress(loaded.title)
    found = _found(loaded, only)
    _print(found, by.value)
    if json_file is not None:
        from halodot.report.limits_text import limits_document

        json_file.parent.mkdir(parents=True, exist_ok=True)
        write_text(json_file, json.dumps(limits_document(found), indent=2, allow_nan=False) + "\n")
    if out is not None:
        from halodot.report.limits_page import write_limits

        with steps("writing") as say:
            write_limits(found, out, overwrite, say)
        progress(f"written to {out}")


def _found(study: Study, only: list[str] | None) -> Limits:
    """Return the limits of a study, showing how far it is."""
    from halodot.learn.limits import limits as limits_of

    with progress_bars(_STEPS) as tell:
        return limits_of(study, only or None, progress=tell)


def _print(found: Limits, by: str) -> None:
    """Print the sentences, to the error stream where the output is no terminal, and the tables."""
    from halodot.report.limits_text import (
        BY,
        EFFECT_HEAD,
        LOSS_HEAD,
        SETTLED_HEAD,
        VARIANCE_HEAD,
        effect_rows,
        limit_sentences,
        loss_rows,
        notes_of,
        settled_rows,
        variance_rows,
    )

    seen = sys.stdout.isatty()
    for line in limit_sentences(found):
        print(line, file=sys.stdout if seen else sys.stderr)
    for on_bench, title in ((True, "Can be set on the bench"), (False, "Only uncertain")):
        rows = effect_rows(found, BY[by], on_bench, _FEW if seen else None)
        print_table(f"{title}, by the effect on {by}; values at the lower and the upper end", EFFECT_HEAD, rows)
    if found.losses is not None:
        title = f"Losses at {found.losses.voltage:.3g} V, where the EQE is highest"
        print_table(title, LOSS_HEAD, loss_rows(found.losses))
    print_table("Share of the variance that would go were the input known", VARIANCE_HEAD, variance_rows(found, _FEW))
    print_table("Standard deviation were it measured", SETTLED_HEAD, settled_rows(found, _FEW))
    for line in notes_of(found):
        progress(line)
