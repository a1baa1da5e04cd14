"""``halodot analyse``: a folder of measured files, from raw data to numbers and figures."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from halodot.cli.console import print_table, progress
from halodot.cli.options import Overwrite
from halodot.cli.progress import steps
from halodot.errors import InputError
from halodot.outputs import check_new_file, write_text

if TYPE_CHECKING:
    from halodot.report.lab_folder import Analysed

#: values that a terminal shows; results.csv has all
_MOST_ROWS = 60
_LEAST_ROWS = 6  # of each sample


def analyse(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder in which the measured files lie.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder for the results; FOLDER.analysed beside it by default.")
    ] = None,
    studies: Annotated[
        list[str] | None,
        typer.Option("--study", metavar="[SAMPLE=]STUDY", help="Put what this study simulates beside what was found."),
    ] = None,
    give: Annotated[
        Path | None, typer.Option(help="Write the study once more to this file, with what was found as given.")
    ] = None,
    overwrite: Overwrite = False,
    figures: Annotated[bool, typer.Option(help="Draw the figures, which takes most of the time.")] = True,
    workers: Annotated[int, typer.Option(min=0, help="Processes; 0 for as many as there are processors.")] = 0,
) -> None:
    """Analyse every measured file of a folder: report.html, results.csv, figures, and every choice in analysis.yaml."""
    from halodot.report.lab_folder import analyse as analysed

    if give is not None:
        _check_give(give, studies or [], overwrite)
    with steps("reading the files") as say:
        found = analysed(folder, out, studies or (), figures, workers, say)
    _print(found)
    if give is not None:
        _give(found, (studies or [])[0], give)
    progress(f"written to {found.out}; change {found.out / 'analysis.yaml'} and run again to choose otherwise")


def _check_give(give: Path, studies: list[str], overwrite: bool) -> None:
    if len(studies) != 1:
        raise InputError("--give writes one study with what was found; name it with --study [SAMPLE=]STUDY")
    check_new_file(give, overwrite, [studies[0].rpartition("=")[2]])


def _give(found: Analysed, named: str, give: Path) -> None:
    """Write a study with the findings of its sample, or of all where it names none, and check that it can be read."""
    from halodot.lab.given import given_of, with_given
    from halodot.report.lab_folder import named_study
    from halodot.study import load
    from halodot.study.library import study_path

    sample, study = named_study(named)
    listed = given_of(outcome for outcome in found.outcomes if sample in ("", outcome.item.sample))
    if not listed:
        raise InputError("nothing that was found can be given to a study; give takes sound values of dots and films")
    path = Path(study) if Path(study).is_file() else study_path(study)
    write_text(give, with_given(path.read_text(encoding="utf-8"), listed))
    load(give)
    progress(f"{give} written with {', '.join(item.path for item in listed)} as given")


def _print(found: Analysed) -> None:
    from halodot.report.lab_rows import unit_text, value_text

    by_sample: dict[str, list[tuple[str, ...]]] = {}
    for outcome in found.outcomes:
        for finding in (finding for finding in outcome.findings if not finding.of):
            warned = "yes" if finding.warnings or outcome.warnings else ""
            shown = (finding.quantity.label, value_text(finding), unit_text(finding), outcome.item.method, warned)
            by_sample.setdefault(outcome.item.sample, []).append((outcome.item.sample, *shown))
    each = max(_MOST_ROWS // max(len(by_sample), 1), _LEAST_ROWS)
    rows = [row for listed in by_sample.values() for row in listed[:each]]
    print_table("", ("sample", "quantity", "value", "unit", "analysis", "warning"), rows)
    total = sum(len(outcome.findings) for outcome in found.outcomes)
    if total > len(rows):
        progress(f"and {total - len(rows)} more values in results.csv and report.html")
    if found.compared:
        _print_compared(found)
    for outcome in found.failed:
        progress(f"no value: {outcome.item.method} of {outcome.main_file}: {outcome.problem or 'nothing was found'}")
    if found.plan.left_out:
        progress(f"{len(found.plan.left_out)} files were not analysed; results.csv and report.html say why")
    if found.taken_over:
        progress(f"{found.taken_over} of {len(found.outcomes)} analyses had not changed and were taken over")


def _print_compared(found: Analysed) -> None:
    from halodot.report.lab_rows import plain, shown_simulated, unit_text, value_text

    rows = []
    for row in (row for row in found.compared if not row.measured.of):
        shown = (value_text(row.measured), plain(shown_simulated(row)[0]), unit_text(row.measured))
        deviation = f"{row.deviation:+.1f}" if math.isfinite(row.deviation) else ""
        rows.append((row.sample, row.measured.quantity.label, *shown, deviation, row.role))
    print_table(
        "",
        ("sample", "quantity", "measured", "simulated", "unit", "deviation (standard deviations)", "role"),
        rows[:_MOST_ROWS],
    )
