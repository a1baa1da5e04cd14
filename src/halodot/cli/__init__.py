"""The command line: each command names what it does, and loads what it needs when it is called."""

from __future__ import annotations

import errno
import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from halodot import __version__
from halodot.cli.console import (
    heard,
    input_row,
    make_streams_robust,
    print_calibration,
    print_entry,
    print_notes,
    print_scoreboard,
    print_summary,
    print_table,
    say,
    silence,
)
from halodot.errors import ConvergenceError, DataError, FitError, HalodotError, InputError, Problem, ValidityError
from halodot.outputs import check_file, check_folder, check_new_file, whole_folder, write_text

if TYPE_CHECKING:
    from halodot.results.data import Result
    from halodot.states import Note
    from halodot.study import Study

BAD_INPUT, UNSOLVED, BUG, STOPPED = 2, 3, 1, 130

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Perovskite quantum-dot LEDs from the flask to the photon.",
    epilog="Start with: halodot new paper, then halodot run paper.yaml --out results",
)
StudyName = Annotated[str, typer.Argument(metavar="STUDY", help="A study file, or the name of a study of the library.")]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Change a value: device.layers.PO-T2T.thickness='60 nm'."),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Write into a folder that is not empty.")]


@app.command()
def run(
    study: StudyName,
    out: Annotated[Path | None, typer.Option(help="Folder for the report, the data and the figures.")] = None,
    changes: Changes = None,
    json_file: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the result as JSON.")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Say what every number depends on (slower).")] = False,
    overwrite: Overwrite = False,
) -> None:
    """Follow a study from its recipe to its light."""
    _check_outputs(out, json_file, overwrite)
    loaded = _load(study, changes)
    from halodot.chain.simulate import simulate
    from halodot.report import written_by_a_run

    say(f"{loaded.title} (the first run compiles its kernels, half a minute)" if first_run(loaded) else loaded.title)
    _say_notes(loaded.notes)
    with nullcontext() if out is None else whole_folder(out, overwrite, written_by_a_run) as home:
        result = simulate(loaded)
        if explain:
            from halodot.learn.sensitivity import explain as explained

            say("what the numbers depend on")
            result = explained(result)
        _say_notes(note for note in result.notes if note not in loaded.notes)
        lost = [heard(lambda: print_summary(result)), _write_json(result, json_file, out, home)]
        if home is not None:
            from halodot.report import write_files

            write_files(result, home, say)
    if out is not None:
        say(f"written to {out}")
    for error in filter(None, lost):
        raise error
    if not result.converged:
        raise ConvergenceError(result.failure or _unsolved(result), result)


def _unsolved(result: Result) -> str:
    """Return how many voltages have no solution; why stands with the summary."""
    history = result.device_solution.history if result.device_solution else ()
    missing = sum(not record.converged for record in history)
    return f"{missing} of {len(history)} voltages are not solved and null in the result, for the reasons above"


@app.command()
def check(study: StudyName, changes: Changes = None) -> None:
    """Validate a study, say what it computes, and list what is assumed and calibrated in it."""
    from halodot.chain.plan import defaults, left_out, steps
    from halodot.chain.simulate import examine
    from halodot.study.pages import optical_sources

    loaded = _load(study, changes)
    examined = examine(loaded)
    print(f"{loaded.title}: {len(loaded.inputs)} numbers, no problem found")
    for line in steps(examined):
        print(line)
    if absent := left_out(examined):
        print(f"Left out, since it is not stated: {', '.join(absent)}.")
    print_notes(examined.notes, sys.stdout)
    if rows := defaults(examined):
        print_table("", (f"taken by default ({len(rows)})", "value", "about"), rows)
    for kind in ("calibrated", "assumed"):
        entries = [(path, entry) for path, entry in loaded.inputs.items() if entry.kind == kind]
        if entries:
            head = (f"{kind} ({len(entries)})", "value", "range or sd", "source")
            print_table("", head, map(input_row, entries))
    if rows := optical_sources(loaded):
        print_table("", ("optical constants", "kind", "source"), rows)


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="paper, device-only, recipe-only, or any study of the library.")],
) -> None:
    """Write a commented study NAME.yaml to start from."""
    from halodot.study.library import study_path

    source, target = study_path(name), Path(f"{name}.yaml")
    if target.exists():
        raise InputError(Problem("this file exists; it is not overwritten", file=str(target)))
    write_text(target, source.read_text(encoding="utf-8"))
    print(f"{target} written; now: halodot check {target}, halodot run {target} --out results")


@app.command()
def schema(what: Annotated[str, typer.Argument(metavar="study|result", help="Which of the two.")]) -> None:
    """Print the JSON Schema of a study or of a result."""
    import json

    if what == "study":
        from halodot.study import study_schema as found
    elif what == "result":
        from halodot.results.schema import schema as found
    else:
        raise InputError(Problem(f"there is a schema of a study and of a result, not of {what!r}", suggestion="study"))
    print(json.dumps(found(), indent=1))


@app.command()
def library(name: Annotated[str, typer.Argument(metavar="[NAME]", help="A material, chemical or study.")] = "") -> None:
    """Show the materials, chemicals, emitters and studies of the library, or one of them with its sources."""
    from halodot.study import library as shipped
    from halodot.study.emitter import CLASSES, EmitterClass

    if not name:
        for kind, words in (("materials", shipped.materials()), ("chemicals", shipped.chemicals())):
            print(f"{kind}: {', '.join(words)}")
        print(f"classes of emitters: {', '.join(CLASSES)}")
        print(f"studies: {', '.join(shipped.studies())}")
        return
    if name in CLASSES:
        print_entry(shipped.emitter_class(name, EmitterClass))
        return
    found = [kind for kind in ("materials", "chemicals") if shipped.find(kind, name)]
    for kind in found:
        known = shipped.find(kind, name) or name
        entry = shipped.material(known) if kind == "materials" else shipped.chemical(known)
        print_entry(entry)
    if not found:
        print(shipped.study_path(name).read_text(encoding="utf-8"), end="")


@app.command()
def cite(result: Annotated[Path, typer.Argument(metavar="RESULT", help="A result file (.nc) or its folder.")]) -> None:
    """Print the BibTeX of exactly what a result used."""
    from halodot.results.files import load_result
    from halodot.sources import bibliography_keys
    from halodot.sources import cite as entries
    from halodot.study.library import bibliography

    text = bibliography()
    keys = set(bibliography_keys(text))
    used = load_result(result).study.sources
    print(entries([key for key in used if key in keys], text), end="")
    for own in (key for key in used if key not in keys):
        print(f"% {own}")


@app.command()
def reproduce(
    out: Annotated[Path, typer.Option(help="Folder for scoreboard, data and figures.")] = Path("paper-results"),
    overwrite: Overwrite = False,
) -> None:
    """Compute the paper: dose series, controls, both devices, and the scoreboard beside its numbers."""
    from halodot.paper.page import robustness_cells
    from halodot.paper.reproduce import reproduce as compute

    say("computing the paper, about a minute" + (" and as long to compile the kernels once" if first_run() else ""))
    rows, robustness = compute(out, say, overwrite=overwrite)
    print_scoreboard(rows)
    head = ("over the free amine", "probability (%)", "false below factor", "false above factor")
    print_table("", head, map(robustness_cells, robustness))
    say(f"written to {out}")


@app.command()
def export(
    study: StudyName,
    out: Annotated[Path, typer.Option(help="File for the reaction.")],
    changes: Changes = None,
    overwrite: Overwrite = False,
) -> None:
    """Write a recipe as a reaction of the Open Reaction Database (JSON)."""
    import json

    from halodot.results.open_reaction import open_reaction

    check_new_file(out, overwrite)
    write_text(out, json.dumps(open_reaction(_load(study, changes)), indent=1) + "\n")
    say(f"written to {out}")


@app.command()
def calibrate(
    what: Annotated[str, typer.Argument(metavar="paper", help="Which data: the model paper's.")],
    out: Annotated[Path, typer.Option(help="File for the calibration.")] = Path("paper-calibration.yaml"),
    overwrite: Overwrite = False,
) -> None:
    """Fit the calibrated parameters to the rows that may calibrate, and say what these do not determine."""
    if what != "paper":
        raise InputError(Problem(f"there is a calibration of the paper, not of {what!r}", suggestion="paper"))
    check_new_file(out, overwrite)
    from halodot.paper.calibration import main as compute

    print_calibration(compute(str(out), say))
    say(f"written to {out}")


# ----------------------------------------------------------------------------------------------- before and after a run


def _check_outputs(out: Path | None, json_file: Path | None, overwrite: bool) -> None:
    """Refuse outputs that cannot be written, before anything is computed."""
    if out is not None:
        check_folder(out, overwrite)
    if json_file is None:
        return
    if out is not None and json_file.resolve() == out.resolve():
        raise InputError(Problem("--out is a folder and --json a file; they cannot be the same", file=str(out)))
    if out is None or json_file.resolve().parent != out.resolve():
        check_file(json_file)


def _load(study: str, changes: list[str] | None) -> Study:
    from halodot.study import load

    return load(study, changes or ())


def first_run(study: Study | None = None) -> bool:
    """Whether the solvers of the device or of the light have yet to be compiled for a study, or for any."""
    from halodot.compiled import is_kept
    from halodot.device.solver.continuation import follow
    from halodot.light.panels import settle

    device, light = study is None or study.stack is not None, study is None or study.emitter is not None
    return (device and not is_kept(follow)) or (light and not is_kept(settle))


def _say_notes(notes: Iterable[Note]) -> None:
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


# ----------------------------------------------------------------------------------------------------------------- main


class Stopped(BaseException):
    """Somebody pressed Ctrl-C; no Exception, so that nothing but :func:`main` takes it for its own."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code.

    0 done, 2 bad input or output that cannot be written, 3 unsolved or outside the models, 130 stopped, 1 a bug.
    """
    make_streams_robust()
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it warns where it finds no home to cache fonts in
    sys.exit(_exit_code(lambda: app(arguments)))


def _exit_code(call: Callable[[], Any]) -> int | str | None:
    with _stopping():
        try:
            code = _code_of(call)
        except Stopped:
            say("stopped; what was not finished is not written")
            code = STOPPED
    lost = heard(lambda: None)
    if lost is not None and not code:
        say(_sentence(lost))
        code = BAD_INPUT
    return code


@contextmanager
def _stopping() -> Iterator[None]:
    """Let Ctrl-C raise :class:`Stopped`, where signals can be taken at all."""

    def stop(*_: object) -> None:
        raise Stopped

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _code_of(call: Callable[[], Any]) -> int | str | None:
    try:
        call()
        return 0
    except SystemExit as end:
        return end.code
    except BrokenPipeError:
        silence(sys.stdout)
        return 0
    except (ConvergenceError, ValidityError, FitError) as error:
        say(str(error))
        return UNSOLVED
    except (InputError, DataError) as error:
        say(str(error))
        return BAD_INPUT
    except HalodotError as error:
        say(str(error))
        return BUG
    except OSError as error:
        say(_sentence(error))
        return BAD_INPUT


def _sentence(error: OSError) -> str:
    """Return what a file or a stream failed with, and what to do."""
    hint = "; make room, or write to another disk" if error.errno in (errno.ENOSPC, errno.EDQUOT) else ""
    return f"{error.filename or 'the output'}: {error.strerror or error}{hint}"


def _version(value: bool) -> None:
    if value:
        print(f"halodot {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Perovskite quantum-dot LEDs from the flask to the photon."""


if __name__ == "__main__":
    main()
