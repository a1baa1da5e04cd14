"""The page's server: one process on this computer, behind the gate, with its sessions."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, RedirectResponse, Response
from nicegui import app as nicegui_app
from nicegui import context, ui
from nicegui.elements.echart import EChart

from halodot.app.downloads import Downloads
from halodot.app.gate import Gate
from halodot.app.gate_rules import GateRules, gate_rules
from halodot.app.opened_sessions import OpenedSessions
from halodot.app.page.layout import Page
from halodot.app.page.parts import PARTS
from halodot.app.terminal import libraries_in_one_line
from halodot.app.uploads import Uploads
from halodot.errors import InputError, Problem
from halodot.report.page.look import DARK, LIGHT

#: makes its module of the charts known to every page, from where page.js imports it
CHARTS = EChart
#: what the browser is given of the package as it is
STATIC = Path(str(files("halodot.app"))) / "static"
#: where the page is served unless another port is named
PORT = 8737
#: bytes of one message of the page's socket
_MESSAGE = 1_000_000
#: seconds that a browser which is gone may take to come back before its page is forgotten
_RECONNECT = 30.0
#: messages that are kept for a browser that comes back; frames are among them
_HISTORY = 50
_TITLE = "halodot"


@dataclass(frozen=True)
class Serving:
    """Where the page is served, and what it begins with."""

    host: str
    port: int | None  # None for the usual one, or any that is free
    password: str
    open_browser: bool


def serve(sessions: OpenedSessions, first: str, serving: Serving, told: Callable[[str], None]) -> None:
    """Serve the page until it is stopped.

    Args:
        sessions: those that are open, and where the others lie.
        first: name of the session that the printed address leads to.
        serving: where the page is served.
        told: takes the address, once, when it can be opened.

    Raises:
        InputError: the port is taken, or others could reach the page and there is no password.
    """
    sock = _listening(serving.host, serving.port)
    rules = gate_rules(sock.getsockname()[1], serving.host, serving.password)
    gate = Gate(_application(sessions, first), rules)
    config = uvicorn.Config(
        gate,
        log_config=None,
        proxy_headers=False,
        access_log=False,
        server_header=False,
        ws_max_size=_MESSAGE,
        ws_per_message_deflate=False,  # frames go from one process of a computer to another: packing takes longer
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    server.address = address(rules, serving.host)
    server.ready = lambda: _ready(server.address, serving.open_browser, told)
    try:
        with libraries_in_one_line():
            server.run(sockets=[sock])
    finally:
        sock.close()


def address(rules: GateRules, host: str) -> str:
    """Return the address that opens the page, with its token.

    Args:
        rules: of the gate.
        host: at which the server listens.
    """
    name = "127.0.0.1" if host in ("", "127.0.0.1", "localhost", "0.0.0.0", "::") else host
    name = f"[{name}]" if ":" in name and not name.startswith("[") else name
    return f"http://{name}:{rules.port}/?token={rules.token}"


class _Server(uvicorn.Server):
    """A server that says when it listens, and takes Ctrl-C as the usual way to end."""

    address: str = ""
    ready: Callable[[], None] = staticmethod(lambda: None)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, and say so."""
        await super().startup(sockets)
        if self.started:
            self.ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End at Ctrl-C and at SIGTERM, and hand neither on: the session lies in its file."""
        loop_ended = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in loop_ended}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _ready(opened: str, open_browser: bool, told: Callable[[str], None]) -> None:
    told(opened)
    if open_browser:
        asyncio.get_running_loop().run_in_executor(None, webbrowser.open, opened)


def _listening(host: str, port: int | None) -> socket.socket:
    """Return a socket at the port that was asked for; at the usual one or any free one where none was."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found: OSError | None = None
    for one in (port,) if port is not None else (PORT, 0):
        sock = socket.socket(family, socket.SOCK_STREAM)
        if sys.platform != "win32":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host.strip("[]"), one))
            sock.set_inheritable(False)
            return sock
        except (OSError, OverflowError) as error:
            sock.close()
            found = error if isinstance(error, OSError) else OSError(str(error))
    message = f"nothing can listen at port {port} of {host} ({found}); name another, or leave --port out"
    raise InputError(Problem(message, file="--port"))


# -------------------------------------------------------------------------------------------------------- application


def _application(sessions: OpenedSessions, first: str) -> FastAPI:
    """Return the page and its files as one application."""
    application = FastAPI(title=_TITLE, docs_url=None, redoc_url=None, openapi_url=None)
    application.add_api_route("/", lambda: RedirectResponse(f"/session/{first}"), methods=["GET"])
    application.add_api_route("/static/{name}", _static, methods=["GET"])
    application.mount("/upload", Uploads(sessions.folder))
    application.mount("/download", Downloads(sessions.folder))
    ui.page("/session/{name}", title=_TITLE, language="en-US", reconnect_timeout=_RECONNECT)(_page(sessions))
    nicegui_app.on_startup(lambda: sessions.opened(first))
    nicegui_app.on_shutdown(sessions.close)
    ui.run_with(
        application,
        title=_TITLE,
        favicon=STATIC / "icon.svg",
        dark=None,
        language="en-US",
        tailwind=False,
        show_welcome_message=False,
        message_history_length=_HISTORY,
        reconnect_timeout=_RECONNECT,
        binding_refresh_interval=None,
        gzip_middleware_factory=None,
    )
    return application


def _page(sessions: OpenedSessions) -> Callable[[str], Any]:
    def page(name: str) -> Any:
        try:
            opened = sessions.opened(name)
        except InputError as error:
            return Response(f"This session cannot be opened: {error.problems[0].message}.", status_code=404)
        ui.add_head_html(
            '<link rel="stylesheet" href="/static/look.css"><link rel="stylesheet" href="/static/page.css">'
        )
        ui.add_head_html('<script src="/static/theme.js"></script>')
        ui.add_body_html('<script type="module" src="/static/page.js"></script>')
        Page(opened, context.client, PARTS)
        return None

    return page


def _static(name: str, request: Request) -> Response:
    if name == "look.css":
        return Response(_look(), media_type="text/css", headers={"cache-control": "no-cache"})
    known = {path.name: path for path in STATIC.iterdir() if path.is_file()}
    if name not in known:
        return Response("There is no such file.", status_code=404)
    kinds = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
    return FileResponse(known[name], media_type=kinds.get(known[name].suffix), headers={"cache-control": "no-cache"})


def _look() -> str:
    """Return the colours of the report as those of the page, on a light and a dark screen or as the user chose."""
    light, dark = (";".join(f"--{name}:{value}" for name, value in one.items()) for one in (LIGHT, DARK))
    return (
        f":root{{color-scheme:light;{light}}}\n"
        f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{color-scheme:dark;{dark}}}}}\n"
        f":root[data-theme=dark]{{color-scheme:dark;{dark}}}\n"
    )
