"""``halodot run``: a study from its recipe to its light."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from halodot.cli.console import heard, print_draws, print_notes, print_possible, print_summary, progress
from halodot.cli.drawing import Conditions, DrawCount, with_draws
from halodot.cli.options import (
    Changes,
    FigureFormats,
    FigureWidth,
    Overwrite,
    StudyName,
    figure_formats,
    first_run,
    load_study,
)
from halodot.cli.progress import progress_bar, steps
from halodot.cli.tables import Decimal, Tables, check_tables, write_tables
from halodot.errors import ConvergenceError, InputError, Problem
from halodot.outputs import check_folder, check_new_file, whole_folder

if TYPE_CHECKING:
    from halodot.learn.possible import Possible
    from halodot.report.figures import DrawnFigure
    from halodot.report.html import Asked
    from halodot.report.other_processes import OtherProcesses
    from halodot.results.data import Result
    from halodot.states import Note
    from halodot.study import Study


Reported = Annotated[
    list[str] | None,
    typer.Option(
        metavar="eqe=VALUE",
        help="Say what a reported EQE asks of this device: eqe=24.45%, or current_efficiency='16 cd/A'.",
    ),
]


def run(
    study: StudyName,
    out: Annotated[Path | None, typer.Option(help="Folder for the report, the data and the figures.")] = None,
    changes: Changes = None,
    json_file: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the result as JSON.")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Say what every number depends on (slower).")] = False,
    draws: DrawCount = 0,
    condition: Conditions = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 1,
    reported: Reported = None,
    tables: Tables = None,
    decimal: Decimal = ".",
    figures: FigureFormats = "svg",
    figure_width: FigureWidth = 85.0,
    overwrite: Overwrite = False,
) -> None:
    """Follow a study from its recipe to its light."""
    _check_outputs(study, out, json_file, overwrite)
    check_tables(tables, decimal, overwrite)
    formats = _formats(figures, out)
    if condition and not draws:
        raise InputError(Problem("a condition needs draws, such as --draws 500", file="--condition"))
    loaded = load_study(study, changes)
    stated = _stated_once(reported, loaded)
    from halodot.chain.simulate import simulate
    from halodot.report.html import drawing_processes, written_by_a_run

    first = " (the first run compiles the solvers for this computer, once: about a minute)" if first_run(loaded) else ""
    progress(f"{loaded.title}{first}")
    _print_notes(loaded.notes)
    folder = nullcontext() if out is None else whole_folder(out, overwrite, written_by_a_run)
    with folder as home, nullcontext() if out is None else drawing_processes() as others:
        with steps(_way(loaded)):
            result = simulate(loaded)
        if explain:
            from halodot.learn.sensitivity import explain as explained

            with progress_bar("what the numbers depend on") as tell:
                result = explained(result, progress=tell)
        if draws:
            result = with_draws(result, draws, condition or (), seed)
        _print_notes(note for note in result.notes if note not in loaded.notes)
        asked = _asked(stated, result)
        lost = [heard(lambda: _print_numbers(result, asked)), _write_json(result, json_file, out, home)]
        if home is not None:
            _write_files(result, home, asked, (formats, figure_width), others)
    if out is not None:
        progress(f"written to {out}")
    write_tables(result, tables, decimal)
    for error in filter(None, lost):
        raise error
    if not result.converged:
        raise ConvergenceError(result.failure or _unsolved(result), result)


def _write_files(
    result: Result,
    home: Path,
    asked: Possible | None,
    look: tuple[tuple[str, ...], float],
    others: OtherProcesses[Asked, DrawnFigure] | None,
) -> None:
    """Write the folder of a result, its page with what a reported EQE asks."""
    from halodot.report import write_files

    more = []
    if asked is not None:
        from halodot.report.possible_section import possible_section

        more = [possible_section(asked)]
    with steps() as say:
        write_files(result, home, say, *look, more, others)


def _print_numbers(result: Result, asked: Possible | None) -> None:
    print_summary(result)
    print_draws(result)
    if asked is not None:
        print_possible(asked)


def _way(study: Study) -> str:
    """Return what is computed of a study: from what it begins with to the last of its stages."""
    start = "recipe" if study.recipe is not None else "device" if study.stack is not None else "dots"
    end = (
        "light"
        if study.stack is not None and (study.recipe or study.emitter)
        else "current"
        if study.stack is not None
        else "dots"
    )
    return f"from the {start} to the {end}" if start != end else f"the {start}"


def _formats(figures: str, out: Path | None) -> tuple[str, ...]:
    """Return the formats of the figures, which need a folder."""
    if out is None and figures != "svg":
        message = "figures are written into the folder of the report; name it with --out"
        raise InputError(Problem(message, file="--figures"))
    return figure_formats(figures)


def _stated_once(reported: list[str] | None, study: Study) -> str | None:
    """Return what is reported, which is one number that can be compared with a study."""
    if reported and len(reported) > 1:
        message = (
            f"one reported number is taken at a time, not {len(reported)}: {', '.join(reported)}; run once for each"
        )
        raise InputError(Problem(message, file="--reported"))
    if not reported:
        return None
    from halodot.learn.possible import check_reported

    check_reported(reported[0], study)
    return reported[0]


def _asked(reported: str | None, result: Result) -> Possible | None:
    """Return what a reported EQE asks of the device, None where none was named."""
    if reported is None:
        return None
    from halodot.learn.possible import possible, reported_eqe

    return possible(result, reported_eqe(reported, result))


def _unsolved(result: Result) -> str:
    """Return how many voltages have no solution; why stands with the summary."""
    history = result.device_solution.history if result.device_solution else ()
    missing = sum(not record.converged for record in history)
    return f"{missing} of {len(history)} voltages are not solved and null in the result, for the reasons above"


def _check_outputs(study: str, out: Path | None, json_file: Path | None, overwrite: bool) -> None:
    """Refuse outputs that cannot be written, before anything is computed."""
    if out is not None:
        from halodot.results.files import refuse_own_study

        check_folder(out, overwrite)
        refuse_own_study(out)
    if json_file is None:
        return
    if out is not None and json_file.resolve() == out.resolve():
        raise InputError(Problem("--out is a folder and --json a file; they cannot be the same", file=str(out)))
    if out is None or out.is_dir() or json_file.resolve().parent != out.resolve():
        check_new_file(json_file, overwrite, [study])


def _print_notes(notes: Iterable[Note]) -> None:
    heard(lambda: print_notes(notes, sys.stderr), sys.stderr)


def _write_json(result: Result, file: Path | None, out: Path | None, home: Path | None) -> OSError | None:
    """Write the result as JSON, into the new folder where the file stands in the old; return what prevented it."""
    if file is None:
        return None
    if out is not None and home is not None and file.resolve().is_relative_to(out.resolve()):
        file = home / file.resolve().relative_to(out.resolve())
    from halodot.results.files import to_json

    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        to_json(result, file)
    except OSError as error:
        return error
    return None
