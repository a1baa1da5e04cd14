"""``halodot app``: the page in the browser."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated

import typer

from halodot.cli.console import progress
from halodot.cli.help import completed_studies
from halodot.cli.options import load_study
from halodot.errors import InputError, Problem

if TYPE_CHECKING:  # the page's libraries may be missing
    from halodot.app.opened_sessions import OpenedSessions

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

    sessions = OpenedSessions(sessions_folder())
    first = _session(study, sessions)
    serving = Serving(host, port, os.environ.get(PASSWORD, ""), browser)
    serve(sessions, first, serving, print_address)
    progress("stopped; the session is kept, and `halodot app` goes on with it")


def print_address(address: str) -> None:
    """Print where the page is, alone on its line."""
    print(address, flush=True)
    progress("the page is open at this address until Ctrl-C is pressed")


def _session(study: str, sessions: OpenedSessions) -> str:
    """Return the name of a new session with a study, or of the last that can be opened where none is named."""
    from halodot.app.session import begun, session_ids
    from halodot.app.start import START, start_sliders

    for name in session_ids(sessions.home) if not study else ():
        try:
            return sessions.hold(name).id
        except InputError as error:
            progress(f"session {name} is left out: {error}")
    loaded = load_study(study or START, None)
    try:
        return sessions.hold(begun(loaded, sessions.home, start_sliders(loaded)).id).id
    except OSError as error:
        message = (
            f"no session can be kept here ({error.strerror}); make room, or name another folder in HALODOT_SESSIONS"
        )
        raise InputError(Problem(message, file=str(sessions.home))) from error
