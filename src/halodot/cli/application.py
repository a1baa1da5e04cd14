"""The commands as one application, which leaves with an exit code."""

from __future__ import annotations

import atexit
import errno
import gc
import logging
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

from halodot.cli.analyse import analyse
from halodot.cli.app import app as app_page
from halodot.cli.calibrate import calibrate
from halodot.cli.check import check
from halodot.cli.cite import cite
from halodot.cli.compare import compare
from halodot.cli.console import heard, make_streams_robust, progress, silence
from halodot.cli.convert import convert
from halodot.cli.export import export
from halodot.cli.fit import fit
from halodot.cli.help import Command, show_help
from halodot.cli.inspect import inspect
from halodot.cli.library import library
from halodot.cli.limits import limits
from halodot.cli.new import new
from halodot.cli.optimise import optimise
from halodot.cli.plot import plot
from halodot.cli.protocol import protocol
from halodot.cli.reproduce import reproduce
from halodot.cli.run import run
from halodot.cli.schema import schema
from halodot.cli.spread import spread
from halodot.cli.suggest import suggest
from halodot.cli.sweep import sweep
from halodot.errors import ConvergenceError, DataError, FitError, HalodotError, InputError, ValidityError
from halodot.stopping import stoppable

#: objects that a command makes before it looks for cycles among them; Python's own 700 are for small programs
_COLLECTED_AFTER = 100_000

BAD_INPUT, UNSOLVED, BUG = 2, 3, 1

app = typer.Typer(
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    help="Perovskite quantum-dot LEDs from the flask to the photon.",
    epilog="Start with: halodot new paper, then halodot run paper.yaml --out results",
)
for command in (
    run,
    check,
    new,
    protocol,
    schema,
    library,
    cite,
    reproduce,
    export,
    calibrate,
    fit,
    inspect,
    convert,
    analyse,
    compare,
    plot,
    sweep,
    optimise,
    suggest,
    limits,
    spread,
):
    app.command(cls=Command)(command)
app.command("app", cls=Command)(app_page)
app.command("help", cls=Command)(show_help)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code.

    0 done, 2 bad input or output that cannot be written, 3 unsolved or outside the models, 130 or 143 stopped, 1 a bug.
    """
    make_streams_robust()
    gc.set_threshold(_COLLECTED_AFTER)  # a tenth of a short command goes into looking for what is not there yet
    atexit.register(gc.freeze)  # or 0.4 s go into taking apart, at the end, what the process gives back anyway
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it warns where it finds no home to cache fonts in
    sys.exit(_exit_code(lambda: app(arguments)))


def _exit_code(call: Callable[[], Any]) -> int | str | None:
    with stoppable():
        code = _code_of(call)
    lost = heard(lambda: None)
    if lost is not None and not code:
        progress(_sentence(lost))
        code = BAD_INPUT
    return code


def _code_of(call: Callable[[], Any]) -> int | str | None:
    try:
        call()
        return 0
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # the reader has had enough
            silence(sys.__stdout__ or sys.stdout)
            return 0
        return end.code
    except BrokenPipeError:
        silence(sys.stdout)
        return 0
    except (ConvergenceError, ValidityError, FitError) as error:
        progress(str(error))
        return UNSOLVED
    except (InputError, DataError) as error:
        progress(str(error))
        return BAD_INPUT
    except HalodotError as error:
        progress(str(error))
        return BUG
    except OSError as error:
        progress(_sentence(error))
        return BAD_INPUT


def _sentence(error: OSError) -> str:
    """Return what a file or a stream failed with, and what to do."""
    hint = "; make room, or write to another disk" if error.errno in (errno.ENOSPC, errno.EDQUOT) else ""
    return f"{error.filename or 'the output'}: {error.strerror or error}{hint}"


def _version(value: bool) -> None:
    if value:
        from halodot.versions import shown, versions

        print(shown(versions()).replace(", Python", "\nPython", 1))
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the versions and leave.")
    ] = False,
) -> None:
    """Perovskite quantum-dot LEDs from the flask to the photon."""
