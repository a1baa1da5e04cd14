"""``halodot sweep``: a study with some of its inputs varied over a grid."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from halodot.cli.console import heard, print_table, progress
from halodot.cli.options import Changes, Overwrite, StudyName, load_study
from halodot.cli.progress import progress_bar
from halodot.errors import ConvergenceError, InputError, Problem
from halodot.outputs import check_folder, whole_folder

if TYPE_CHECKING:
    from halodot.learn.sweep import StoredSweep, Sweep
    from halodot.results.data import Result

#: results of a sweep that are kept
KEPT = "results"
#: ending of a store
STORE = ".zarr"
#: reasons of failures that are printed
_MOST_FAILURES = 5
Vary = Annotated[
    list[str] | None,
    typer.Option("--vary", metavar="PATH=VALUES", help="What to vary: 20..60 nm:5, 1e-6..1e-2 cm2/Vs:5:log, 20,30 nm."),
]


def sweep(
    study: StudyName,
    vary: Vary = None,
    changes: Changes = None,
    out: Annotated[Path | None, typer.Option(help="Folder for sweep.csv and the figure, or a store NAME.zarr.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the result of every point in the folder.")] = False,
    overwrite: Overwrite = False,
    samples: Annotated[int | None, typer.Option(help="Points of a design in place of a grid, into a store.")] = None,
    design: Annotated[str | None, typer.Option(help="Design of the samples: lhs (as it is) or sobol.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the design, 0 as it is.")] = None,
    workers: Annotated[int | None, typer.Option(help="How many points at a time; as many as cores as it is.")] = None,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="A running Dask scheduler, such as tcp://10.0.0.1:8786.")
    ] = None,
    curves: Annotated[bool, typer.Option("--curves", help="Keep J-V-L curves and EL spectra in the store.")] = False,
) -> None:
    """Simulate a study at every combination of some inputs: a table, CSV and a figure, or a store of many points.

    With --out NAME.zarr the points go into one store by all cores or a Dask cluster, and the same command goes on with
    a store that was not finished.
    """
    how = {"samples": samples, "design": design, "seed": seed, "scheduler": scheduler, "curves": curves or None}
    if workers is not None and workers < 1:
        raise InputError(Problem("there must be at least 1", file="--workers"))
    if out is not None and out.suffix == STORE:
        if keep:
            raise InputError(
                Problem("a store keeps numbers and --curves, no whole results; leave it out", file="--keep")
            )
        _into_store(study, vary or (), changes or (), workers, {"store": out, **how}, overwrite)
        return
    if given := [f"--{name}" for name, value in how.items() if value is not None]:
        message = f"goes with a store; name one with --out NAME{STORE}"
        raise InputError([Problem(message, file=name) for name in given])
    _into_folder(study, vary or (), changes or (), workers, out, (keep, overwrite))


def _into_folder(
    study: str,
    vary: Sequence[str],
    changes: Sequence[str],
    workers: int | None,
    out: Path | None,
    options: tuple[bool, bool],
) -> None:
    """Compute a handful of points, print them, and write them where a folder is named."""
    keep, overwrite = options
    if keep and out is None:
        raise InputError(Problem("results are kept in a folder; name it with --out", file="--keep"))
    if out is not None:
        check_folder(out, overwrite)
    from halodot.learn.sweep import sweep as swept
    from halodot.learn.sweep_values import read_values

    inputs = [read_values(text) for text in vary]
    loaded = load_study(study, list(changes))
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
            found = swept(study, inputs, changes=changes, workers=workers, progress=tell, each=kept)
        lost = heard(lambda: _print(found))
        if home is not None:
            _write(found, home)
    if out is not None:
        progress(f"written to {out}")
    if lost is not None:
        raise lost
    if all(point.failure for point in found.points):
        raise ConvergenceError(f"no point was computed whole, the first because: {found.points[0].failure}")


def _into_store(
    study: str,
    vary: Sequence[str],
    changes: Sequence[str],
    workers: int | None,
    how: Mapping[str, Any],
    overwrite: bool,
) -> None:
    """Compute what is not in a store yet, and print what is in it."""
    from halodot.learn.sweep import sweep as swept
    from halodot.learn.sweep_design import refuse_design
    from halodot.learn.sweep_store import remove_store
    from halodot.learn.sweep_values import read_ends, read_values

    refuse_design(how["design"], how["samples"], how["seed"])
    read = read_values if how["samples"] is None else read_ends
    inputs = [read(text) for text in vary]
    progress(load_study(study, list(changes)).title)
    if overwrite:
        remove_store(how["store"])
    given = {name: value for name, value in how.items() if value is not None}
    with progress_bar("Simulate the points") as tell:
        found = swept(study, inputs, changes=changes, workers=workers, progress=tell, **given)
    lost = heard(lambda: _print_store(found))
    if lost is not None:
        raise lost
    if not found.computed:
        raise ConvergenceError(f"no point was computed whole, most because: {next(iter(found.failures))}")


def _print_store(found: StoredSweep) -> None:
    """Print the spread of the headline numbers, and below it why points failed."""
    from halodot.report.sweep_table import SPREAD_HEAD, spread_rows

    count = found.computed + found.failed
    print_table(found.title, SPREAD_HEAD, spread_rows(found))
    for text, points in list(found.failures.items())[:_MOST_FAILURES]:
        progress(f"failed ({points} of {count} points): {text}")
    if (more := len(found.failures) - _MOST_FAILURES) > 0:
        progress(f"and {more} more reasons, in the variable failure of the store")
    before = "" if found.new == count else f", {count - found.new} of them before"
    progress(f"{count} points{before}, {found.failed} failed: {found.path}")
    progress(f"open it with: xarray.open_zarr({str(found.path)!r})")


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
