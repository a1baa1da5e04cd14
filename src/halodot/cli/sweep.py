"""``halodot sweep``: a study with some of its inputs varied over a grid."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from halodot.cli.console import heard, print_table, progress
from halodot.cli.options import Changes, Overwrite, StudyName, load_study
from halodot.cli.progress import progress_bar
from halodot.errors import ConvergenceError, InputError, Problem
from halodot.outputs import check_folder, whole_folder

if TYPE_CHECKING:
    from halodot.learn.sweep import Sweep
    from halodot.results.data import Result

#: results of a sweep that are kept
KEPT = "results"
Vary = Annotated[
    list[str] | None,
    typer.Option("--vary", metavar="PATH=VALUES", help="What to vary: 20..60 nm:5, 1e-6..1e-2 cm2/Vs:5:log, 20,30 nm."),
]


def sweep(
    study: StudyName,
    vary: Vary = None,
    changes: Changes = None,
    out: Annotated[Path | None, typer.Option(help="Folder for sweep.csv and the figure.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the result of every point in the folder.")] = False,
    overwrite: Overwrite = False,
) -> None:
    """Simulate a study at every combination of some inputs: a table, CSV and a figure."""
    if keep and out is None:
        raise InputError(Problem("results are kept in a folder; name it with --out", file="--keep"))
    if out is not None:
        check_folder(out, overwrite)
    from halodot.learn.sweep import sweep as swept
    from halodot.learn.sweep_values import read_values

    inputs = [read_values(text) for text in vary or ()]
    loaded = load_study(study, changes)
    progress(loaded.title)
    with nullcontext() if out is None else whole_folder(out, overwrite, written_by_a_sweep) as home:
        folder = home / KEPT if keep and home is not None else None
        if folder is not None:
            folder.mkdir()

        def kept(place: int, result: Result) -> None:
            from halodot.results.files import save

            if folder is not None:
                save(result, folder / f"{place + 1:04d}.nc")

        with progress_bar("Simulate the points") as tell:
            found = swept(study, inputs, changes=changes or (), progress=tell, each=kept)
        lost = heard(lambda: _print(found))
        if home is not None:
            _write(found, home)
    if out is not None:
        progress(f"written to {out}")
    if lost is not None:
        raise lost
    if all(point.failure for point in found.points):
        raise ConvergenceError(f"no point was computed whole, the first because: {found.points[0].failure}")


def _print(found: Sweep) -> None:
    """Print the table, and below it what the remarks say."""
    from halodot.report.sweep_table import head, remarks, rows, shared_notes

    brief = sys.stdout.isatty()
    print_table(found.title, head(found, brief), rows(found, brief))
    for number, (text, places) in enumerate(remarks(found), 1):
        progress(f"{number} ({len(places)} of {len(found.points)} points): {text}")
    for text in shared_notes(found):
        progress(f"note: {text}")


def _write(found: Sweep, home: Path) -> None:
    from halodot.report.figures_sweep import draw_sweep
    from halodot.report.style import save
    from halodot.report.sweep_table import write_csv

    write_csv(found, home)
    if found.names:
        save(draw_sweep(found), home / "sweep")


def written_by_a_sweep(home: Path) -> frozenset[Path]:
    """Return the paths within a folder at which a sweep writes or an earlier one has written."""
    kept = {Path(KEPT, path.name) for path in (home / KEPT).glob("[0-9][0-9][0-9][0-9].nc")}
    return frozenset({Path("sweep.csv"), Path("sweep.png"), Path("sweep.svg"), *kept})
