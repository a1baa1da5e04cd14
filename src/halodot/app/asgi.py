"""What passes between the server and the page: the messages of ASGI, headers, and short answers of our own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = Iterable[tuple[bytes, bytes]]


def header_values(scope: Scope, name: bytes) -> list[str]:
    """Return every value of a header, in the order in which they came.

    Args:
        scope: of the request.
        name: in small letters.
    """
    return [value.decode("latin-1") for key, value in scope.get("headers", ()) if key.lower() == name]


def header(scope: Scope, name: bytes) -> str:
    """Return the value of a header, empty where it is missing, joined by commas where it came several times."""
    return ",".join(header_values(scope, name)).strip()


async def answer(send: Send, status: int, body: bytes, headers: Headers, head_only: bool = False) -> None:
    """Send a whole answer.

    Args:
        send: takes the messages.
        status: of HTTP.
        body: of the answer; its length is stated whether it is sent or not.
        headers: beside the length.
        head_only: whether the body is kept back, as for HEAD.
    """
    length = (b"content-length", str(len(body)).encode("ascii"))
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": b"" if head_only else body})


async def text_answer(send: Send, status: int, text: str, kind: str = "text/plain", head_only: bool = False) -> None:
    """Send a whole answer of text in UTF-8."""
    await answer(
        send, status, text.encode("utf-8"), [(b"content-type", f"{kind}; charset=utf-8".encode("ascii"))], head_only
    )


async def not_http(scope: Scope, send: Send) -> bool:
    """Close what is no request over HTTP, and return whether it was none."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
    return bool(scope["type"] != "http")


def gone(scope: Scope) -> Message:
    """Return the message that tells an application that nobody listens any more."""
    return (
        {"type": "websocket.disconnect", "code": 1009} if scope["type"] == "websocket" else {"type": "http.disconnect"}
    )


def by_prefix(routes: Mapping[str, App], otherwise: App) -> App:
    """Return an application that hands requests to others by how their path begins.

    Args:
        routes: applications by beginnings of paths, such as "/upload/".
        otherwise: takes every other request, and all that is not HTTP.
    """

    async def routed(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "") if scope["type"] == "http" else ""
        chosen = next((app for beginning, app in routes.items() if path.startswith(beginning)), otherwise)
        await chosen(scope, receive, send)

    return routed
