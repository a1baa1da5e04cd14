"""``halodot analyse``: a folder of measured files, from raw data to numbers and figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from halodot.cli.console import print_table, progress

if TYPE_CHECKING:
    from halodot.report.lab_folder import Analysed

#: values that a terminal shows; results.csv has all
_MOST_ROWS = 60


def analyse(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder in which the measured files lie.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder for the results; FOLDER.analysed beside it by default.")
    ] = None,
    workers: Annotated[int, typer.Option(min=0, help="Processes; 0 for as many as there are processors.")] = 0,
) -> None:
    """Analyse every measured file of a folder: report.html, results.csv, figures, and every choice in analysis.yaml."""
    from halodot.report.lab_folder import analyse as analysed

    found = analysed(folder, out, workers, progress)
    _print(found)
    progress(f"written to {found.out}; change {found.out / 'analysis.yaml'} and run again to choose otherwise")


def _print(found: Analysed) -> None:
    from halodot.report.lab_rows import unit_text, value_text

    rows = [
        (
            outcome.item.sample,
            finding.quantity.label + (f", {finding.of}" if finding.of else ""),
            value_text(finding),
            unit_text(finding),
            outcome.item.method,
            "yes" if finding.warnings or outcome.warnings else "",
        )
        for outcome in found.outcomes
        for finding in outcome.findings
    ]
    print_table("", ("sample", "quantity", "value", "unit", "analysis", "warning"), rows[:_MOST_ROWS])
    if len(rows) > _MOST_ROWS:
        progress(f"and {len(rows) - _MOST_ROWS} more values in results.csv")
    for outcome in found.failed:
        progress(f"no value: {outcome.item.method} of {outcome.main_file}: {outcome.problem or 'nothing was found'}")
    if found.plan.left_out:
        progress(f"{len(found.plan.left_out)} files were not analysed; results.csv and report.html say why")
    if found.taken_over:
        progress(f"{found.taken_over} of {len(found.outcomes)} analyses had not changed and were taken over")
