"""``halodot app``: the page in the browser."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import Annotated

import typer

from halodot.cli.console import progress
from halodot.cli.help import completed_studies
from halodot.cli.options import load_study
from halodot.errors import InputError, Problem

#: names the password of a page that other computers reach
PASSWORD = "HALODOT_PASSWORD"
_LOOPBACK = "127.0.0.1"


def app(
    study: Annotated[
        str,
        typer.Argument(
            metavar="[STUDY]",
            help="A study file, the name of one of the library, or a result; without one the last session goes on.",
            autocompletion=completed_studies,
            show_default=False,
        ),
    ] = "",
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port on this computer, 0 for any; 8737 where none is named."),
    ] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in the browser.")] = True,
    host: Annotated[
        str, typer.Option(help=f"Address to listen at; other computers reach others than this, with {PASSWORD}.")
    ] = _LOOPBACK,
) -> None:
    """Show the whole LED on a page in the browser, under sliders."""
    if find_spec("nicegui") is None:
        message = "the page needs NiceGUI, which is not installed; install it with: pip install 'halodot[app]'"
        raise InputError(Problem(message))
    from halodot.app.opened_sessions import OpenedSessions
    from halodot.app.server import Serving, serve
    from halodot.app.session import sessions_folder

    home = sessions_folder()
    first = _session(study)
    serving = Serving(host, port, os.environ.get(PASSWORD, ""), browser)
    serve(OpenedSessions(home), first, serving, print_address)
    progress("stopped; the session is kept, and `halodot app` goes on with it")


def print_address(address: str) -> None:
    """Print where the page is, alone on its line."""
    print(address, flush=True)
    progress("the page is open at this address until Ctrl-C is pressed")


def _session(study: str) -> str:
    """Return the name of a new session with a study, or of the last one where none is named."""
    from halodot.app.session import begun, session_ids, sessions_folder
    from halodot.app.start import START, start_sliders

    home = sessions_folder()
    kept = session_ids(home)
    if not study and kept:
        return kept[0]
    loaded = load_study(study or START, None)
    return begun(loaded, home, start_sliders(loaded)).id
