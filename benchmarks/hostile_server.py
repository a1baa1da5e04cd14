"""The page as a process of its own, and a client that says whatever it likes to it over the wire."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from hostile_requests import Hostile, Server, frame, hostile_messages, hostile_requests, raw_request

_ADDRESS = re.compile(r"http://\S+")
_GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"
_WITHIN = 60.0  # s, until the page is served
_CLIENT = re.compile(r"'client_id': '([0-9a-f-]{36})'")


@dataclass
class Page:
    """A page that is served, what leads into it, and what its process said on the terminal."""

    process: subprocess.Popen[str]
    server: Server
    said: list[str] = field(default_factory=list)

    def ask(self, request: Hostile, patience: float = 2.0) -> tuple[int, bytes]:
        """Send a request; returns the status, 0 where nothing came back in time, and all that came back."""
        text = exchanged(self.server.port, request, patience).removeprefix(_GO_ON)
        words = text.split(b" ", 2)
        return (int(words[1]) if len(words) > 2 and words[1].isdigit() else 0), text

    def opened(self) -> tuple[int, str]:
        """Open the page as a browser does; returns the status and the name of NiceGUI for what was opened."""
        own = (("host", self.server.name), ("cookie", self.server.cookie))
        status, body = self.ask(Hostile("GET", f"/session/{self.server.session}", own), 20.0)
        found = _CLIENT.search(body.decode("utf-8", "replace"))
        return status, found[1] if found else ""

    def speak(self, client: str, messages: Iterable[str | bytes]) -> int:
        """Send messages over a socket with leave, as a page that was opened; returns the status."""
        own = (("host", self.server.name), ("cookie", self.server.cookie), ("origin", f"http://{self.server.name}"))
        query = f"EIO=4&transport=websocket&client_id={client}&next_message_id=0&implicit_handshake=true"
        target = f"/_nicegui_ws/socket.io/?{query}&document_id=document&tab_id=tab"
        return self.ask(Hostile("GET", target, own, (), ("40", *messages), True))[0]


@dataclass(frozen=True)
class Outcome:
    """What became of an attack: how often each status was answered, and what should not have been."""

    statuses: Counter[int]
    sockets: Counter[int]
    told: tuple[str, ...]  # answers that tell of the inside of the server
    changed: frozenset[str]  # what was written outside the folder of the session
    alive: bool


def attacked(page: Page, home: Path, requests: int, messages: int, seed: int) -> Outcome:
    """Send hostile requests and messages to a page, and see whether it still opens.

    Args:
        page: that is served.
        home: folder below which it may write.
        requests: how many.
        messages: how many, four to a socket.
        seed: of the draws.
    """
    before = contents(home)
    statuses, sockets, told = Counter[int](), Counter[int](), []
    for request in hostile_requests(page.server, requests, seed):
        status, text = page.ask(request, 0.5)
        statuses[status] += 1
        if status >= 400 and any(word in text for word in (b"Traceback", b"site-packages", str(home).encode())):
            told.append(f"{request.method} {request.target[:100]}: {status}")
    _, client = page.opened()
    drawn = list(hostile_messages(messages, seed, client))
    for start in range(0, messages, 4):
        sockets[page.speak(client, drawn[start : start + 4])] += 1
    status, client = page.opened()
    alive = page.process.poll() is None and status == 200 and page.speak(client, ()) == 101
    after, own = contents(home), f"sessions/{page.server.session}/"
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    return Outcome(
        statuses, sockets, tuple(told), frozenset(name for name in changed if not name.startswith(own)), alive
    )


def contents(folder: Path) -> dict[str, str]:
    """Return what lies below a folder, by path, with the hash of each file."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*")}
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "" for name, path in found.items()
    }


@contextmanager
def served(home: Path, study: str = "paper-0.2") -> Iterator[Page]:
    """Serve the page of a study at a free port, with all that it may write below a folder, until the block ends."""
    home.mkdir(exist_ok=True)
    cache = str(home.with_name("cache"))  # which libraries fill at any time
    places = {"HALODOT_SESSIONS": str(home / "sessions"), "HOME": str(home)}
    places |= {"XDG_CACHE_HOME": cache, "MPLCONFIGDIR": cache}
    command = [sys.executable, "-m", "halodot", "app", study, "--port", "0", "--no-browser"]
    with subprocess.Popen(
        command,
        cwd=home,
        env={**os.environ, **places},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    ) as process:
        said: list[str] = []
        told = threading.Event()
        reader = threading.Thread(target=_listen, args=(process, said, told), daemon=True)
        reader.start()
        try:
            if not told.wait(_WITHIN) or process.poll() is not None:
                raise RuntimeError(f"the page was not served: {''.join(said)}")
            yield Page(process, _entered(_ADDRESS.findall("".join(said))[0]), said)
        finally:
            process.terminate()
            process.wait(20)
            reader.join(5)


def _listen(process: subprocess.Popen[str], said: list[str], told: threading.Event) -> None:
    for line in process.stdout or ():
        said.append(line)
        if _ADDRESS.search(line):
            told.set()
    told.set()


def _entered(address: str) -> Server:
    """Exchange the token for the cookie, and learn the name of the session."""
    parts = urlsplit(address)
    port = parts.port or 80

    def head_of(target: str, *more: tuple[str, str]) -> str:
        return exchanged(port, Hostile("GET", target, (("host", parts.netloc), *more)), 20.0).decode("latin-1")

    head = head_of(f"{parts.path}?{parts.query}")
    cookie = re.search(r"set-cookie: ([^;]+)", head)
    if cookie is None:
        raise RuntimeError(f"the printed address does not open the page: {head[:200]}")
    session = re.search(r"location: /session/(\S+)", head_of("/", ("cookie", cookie[1])))
    if session is None:
        raise RuntimeError("the page leads to no session")
    return Server(port, session[1], cookie[1])


def exchanged(port: int, request: Hostile, patience: float) -> bytes:
    """Send a request over a connection of its own and return what came back until the end, or for as long as that.

    Args:
        port: of the server.
        request: with messages, where it opens a socket.
        patience: how long nothing may come [s].
    """
    with socket.create_connection(("127.0.0.1", port), timeout=patience) as wire:
        with suppress(OSError):  # the server may close before it has heard all
            wire.sendall(_opening(request) if request.is_socket else raw_request(request))
        if not request.is_socket:
            return _until_the_end(wire)
        head = _until_the_end(wire, b"\r\n\r\n")
        if head.startswith(b"HTTP/1.1 101"):
            with suppress(OSError):
                for message in request.messages:
                    wire.sendall(frame(message))
                wire.sendall(b"\x88\x80\0\0\0\0")
            head += _until_the_end(wire)
        return head


def _opening(request: Hostile) -> bytes:
    key = base64.b64encode(b"0123456789abcdef").decode("ascii")
    ours = (
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", key),
    )
    return raw_request(Hostile(request.method, request.target, (*request.headers, *ours)))


def _until_the_end(wire: socket.socket, mark: bytes = b"") -> bytes:
    parts = bytearray()
    with suppress(OSError):
        while part := wire.recv(65536):
            parts += part
            if mark and mark in parts:
                break
    return bytes(parts)
