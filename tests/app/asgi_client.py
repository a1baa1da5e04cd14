"""A client that speaks ASGI to an application in this process, as politely or as badly as it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

PORT = 8123
HOST = f"127.0.0.1:{PORT}"


@dataclass(frozen=True)
class Reply:
    """What an application answered; a socket's status is 101 where it was accepted, and 403 where it was not."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    whole: bool = True
    said: tuple[Any, ...] = field(default=(), repr=False)
    code: int = 0

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


def http_scope(method: str, path: str, query: str, headers: Iterable[tuple[str, str]]) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode("utf-8", "surrogatepass"),
        "query_string": query.encode("utf-8", "surrogatepass"),
        "root_path": "",
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", PORT),
    }


async def ask(
    app: Any,
    method: str = "GET",
    path: str = "/",
    query: str = "",
    headers: Iterable[tuple[str, str]] = (("host", HOST),),
    body: Sequence[bytes] = (b"",),
    client: str = "127.0.0.1",
) -> Reply:
    """Send a request, its body in chunks, and return the answer."""
    scope = http_scope(method, path, query, headers) | {"client": (client, 50000)}
    left = list(body) or [b""]
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        if not left:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    starts = [message for message in sent if message["type"] == "http.response.start"]
    assert len(starts) == 1, f"{method} {path} was answered {len(starts)} times"
    parts = [message for message in sent if message["type"] == "http.response.body"]
    named = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in starts[0]["headers"])
    whole = bool(parts) and not parts[-1].get("more_body")
    return Reply(starts[0]["status"], named, b"".join(part.get("body", b"") for part in parts), whole)


async def open_socket(
    app: Any,
    path: str = "/_nicegui_ws/socket.io/",
    headers: Iterable[tuple[str, str]] = (("host", HOST),),
    messages: Sequence[Any] = (),
) -> Reply:
    """Open a socket, send texts or bytes, close it, and return what was said."""
    scope = {**http_scope("GET", path, "EIO=4&transport=websocket", headers), "type": "websocket", "scheme": "ws"}
    del scope["method"]
    left: list[Any] = [{"type": "websocket.connect"}]
    left += [{"type": "websocket.receive", "text" if isinstance(one, str) else "bytes": one} for one in messages]
    sent: list[Any] = []

    async def receive() -> Any:
        return left.pop(0) if left else {"type": "websocket.disconnect", "code": 1000}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    accepted = any(message["type"] == "websocket.accept" for message in sent)
    codes = [message.get("code", 1000) for message in sent if message["type"] == "websocket.close"]
    said = tuple(message for message in sent if message["type"] == "websocket.send")
    return Reply(101 if accepted else 403, said=said, code=codes[0] if codes else 0)


def asked(app: Any, *args: Any, **named: Any) -> Reply:
    return asyncio.run(ask(app, *args, **named))


def socket(app: Any, *args: Any, **named: Any) -> Reply:
    return asyncio.run(open_socket(app, *args, **named))
