"""The gate before the page: what comes from elsewhere, without leave, or too large goes no further.

The socket of NiceGUI takes every origin, and a name that anybody owns can be made to point at this computer. So each
request and each socket must name this server as its host and come from its own page, and carry a cookie, which is given
in exchange for the token in the printed address or for the password. Whatever fails behind the gate is told on the
terminal in one line; the browser is told that it failed, and nothing of how.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from urllib.parse import parse_qs

from halodot.app.asgi import App, Headers, Message, Receive, Scope, Send, answer, gone, header
from halodot.app.gate_pages import POLICY, onward_page, password_page, refusal_page
from halodot.app.gate_rules import (
    LOGIN,
    METHODS,
    UPLOADS,
    GateRules,
    Refusal,
    cookie_name,
    cookie_value,
    has_cookie,
    head_refusal,
    is_token,
    token_given,
    without_token,
)
from halodot.app.passwords import Attempts, PasswordHash, is_password
from halodot.app.terminal import failure_line, to_terminal

_NO_LEAVE = "This page opens with the whole address that halodot app printed when it was started; open that one."
_TOO_LARGE = "What was sent is larger than this page takes."
_NOTHING = "There is nothing at this address; open the one that was printed."
_FAILED = "The page could not answer this. What was typed is kept; reload the page, or see the terminal of halodot app."
#: said by a server in front of this one, and there is none
_FORWARDED = (b"forwarded", b"x-real-ip")
#: static parts of NiceGUI, whose addresses hold its version, so that a browser may keep them
_KEPT = "/_nicegui/"
_LOGIN_BYTES, _LOGIN_SECONDS = 4096, 10.0
_PAGE = (b"content-type", b"text/html; charset=utf-8")
#: a form that tells no referrer tells no origin either
_REFERRER_SELF = ((b"referrer-policy", b"same-origin"),)


class Gate:
    """An ASGI application that lets through to another what the rules allow."""

    def __init__(
        self,
        app: App,
        rules: GateRules,
        attempts: Attempts | None = None,
        say: Callable[[str], None] = to_terminal,
    ) -> None:
        """Put a gate before an application.

        Args:
            app: what is behind it.
            rules: what is let through.
            attempts: failed passwords so far.
            say: takes a line about each failure behind the gate.
        """
        self._app, self._rules, self._say = app, rules, say
        self._attempts = attempts or Attempts()
        self._one_at_a_time = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let it through."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] in ("http", "websocket"):
            limit = self._rules.upload if scope.get("path", "").startswith(UPLOADS) else self._rules.body
            passage = _Passage(scope, receive, send, limit, self._rules.message)
            refusal = head_refusal(self._rules, scope)
            if refusal is not None:
                await passage.refuse(refusal)
            elif scope.get("method") in ("GET", "HEAD") and (tokens := token_given(scope)):
                await self._exchange(passage, tokens)
            elif scope["type"] == "http" and self._rules.password and scope["path"] == LOGIN:
                await self._login(passage, self._rules.password)
            elif has_cookie(self._rules, scope):
                await self._through(passage)
            else:
                await self._turned_away(passage)

    async def _through(self, passage: _Passage) -> None:
        """Let a request through, and answer in our own words whatever becomes of it."""
        scope = passage.scope
        try:
            if _stated_length(scope) > passage.limit:
                await passage.refuse(Refusal(413, _TOO_LARGE))
                return
            await self._app(_without_forwarding(scope), passage.receive, passage.send)
        except Exception as error:
            if not passage.closed:
                self._say(failure_line(f"{scope.get('method', 'socket')} {scope['path']}", error))
            await passage.refuse(Refusal(500, _FAILED))

    async def _turned_away(self, passage: _Passage) -> None:
        if self._rules.password and passage.scope["type"] == "http" and passage.scope["method"] != "POST":
            await passage.page(401, password_page(), _REFERRER_SELF)
        else:
            await passage.refuse(Refusal(401, _NO_LEAVE))

    async def _exchange(self, passage: _Passage, tokens: list[str]) -> None:
        """Give the cookie for the token and go on to the same address without it."""
        right = is_token(self._rules, tokens)
        if not right and not has_cookie(self._rules, passage.scope):
            await self._turned_away(passage)
            return
        to, cookie = without_token(passage.scope), [self._cookie()] if right else []
        if header(passage.scope, b"sec-fetch-site") in ("", "none", "same-origin"):
            await passage.page(303, "", [(b"location", to.encode("ascii")), *cookie])
        else:
            await passage.page(200, onward_page(to), cookie)

    async def _login(self, passage: _Passage, password: PasswordHash) -> None:
        """Ask for the password, or look at the one that was sent."""
        if passage.scope["method"] != "POST":
            await passage.page(200, password_page(), _REFERRER_SELF)
            return
        given = await passage.form_value("password")
        if given is None:
            await passage.refuse(Refusal(400, "No password was sent."))
            return
        address = str((passage.scope.get("client") or ("",))[0])
        async with self._one_at_a_time:
            wait = self._attempts.wait(address)
            right = wait <= 0.0 and await asyncio.to_thread(is_password, given, password)
            if wait <= 0.0:
                (self._attempts.succeeded if right else self._attempts.failed)(address)
        if right:
            await passage.page(303, "", [(b"location", b"/"), self._cookie()])
        elif wait > 0.0:
            seconds = int(wait) + 1
            said = f"Too many passwords were wrong. Wait {seconds} s, then type it again."
            retry = (b"retry-after", str(seconds).encode("ascii"))
            await passage.page(429, password_page(said), [*_REFERRER_SELF, retry])
        else:
            await passage.page(401, password_page("That is not the password of this page."), _REFERRER_SELF)

    def _cookie(self) -> tuple[bytes, bytes]:
        text = f"{cookie_name(self._rules)}={cookie_value(self._rules)}; Path=/; HttpOnly; SameSite=Strict"
        return (b"set-cookie", text.encode("ascii"))


class _Passage:
    """One request or socket on its way: how much came in, and whether it is answered."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, limit: int, longest_message: int) -> None:
        self.scope, self.limit, self.closed = scope, limit, False
        self._receive, self._send, self._longest_message = receive, send, longest_message
        self._received, self._begun = 0, False

    async def receive(self) -> Message:
        """Give what came in, until that is too much."""
        if self.closed:
            return gone(self.scope)
        message = await self._receive()
        if message["type"] == "http.request":
            self._received += len(message.get("body", b""))
            if self._received > self.limit:
                await self.refuse(Refusal(413, _TOO_LARGE))
                return gone(self.scope)
        elif message["type"] == "websocket.receive":
            length = max(len(message.get("bytes") or b""), len((message.get("text") or "").encode("utf-8", "replace")))
            if length > self._longest_message:
                await self.refuse(Refusal(413, _TOO_LARGE))
                return gone(self.scope)
        return message

    async def send(self, message: Message) -> None:
        """Pass an answer on with our headers; one that says the server failed is replaced by our own page."""
        if self.closed:
            return
        if message["type"] == "http.response.start":
            refusal = _refusal_in(message)
            if refusal is not None:
                await self.refuse(refusal)
                return
            self._begun = True
            message = {**message, "headers": _with_ours(self.scope, message.get("headers", ()))}
        elif message["type"] == "websocket.accept":
            self._begun = True
        elif message["type"] == "websocket.close":
            self.closed = True
            message = {"type": "websocket.close", "code": message.get("code", 1000)}
        await self._send(message)

    async def refuse(self, refusal: Refusal) -> None:
        """Answer that this goes no further, unless an answer is under way already."""
        if self.closed:
            return
        if self.scope["type"] == "websocket":
            self.closed = True
            codes = {413: 1009, 500: 1011}
            await self._send({"type": "websocket.close", "code": codes.get(refusal.status, 1008)})
        elif self._begun:  # that the rest is missing tells the browser
            self.closed = True
        else:
            allowed = [(b"allow", ", ".join(METHODS).encode("ascii"))] if refusal.status == 405 else []
            await self.page(refusal.status, refusal_page(refusal.text), allowed)

    async def page(self, status: int, text: str, headers: Headers = ()) -> None:
        """Answer with a page of our own."""
        if self.closed:
            return
        self.closed = True
        own = [*headers, _PAGE, (b"content-security-policy", POLICY.encode("ascii"))]
        head_only = self.scope.get("method") == "HEAD"
        await answer(self._send, status, text.encode("utf-8"), _with_ours(self.scope, own), head_only)

    async def form_value(self, name: str) -> str | None:
        """Return a value of a small form that was sent; None where it is missing, too large or too slow."""
        body = bytearray()
        try:
            async with asyncio.timeout(_LOGIN_SECONDS):
                more = True
                while more:
                    message = await self._receive()
                    body += message.get("body", b"")
                    more = bool(message.get("more_body"))
                    if message["type"] != "http.request" or len(body) > _LOGIN_BYTES:
                        return None
            return parse_qs(body.decode("utf-8"), max_num_fields=10)[name][0]
        except (TimeoutError, ValueError, KeyError):
            return None


def _with_ours(scope: Scope, headers: Headers) -> list[tuple[bytes, bytes]]:
    """Return the headers of an answer with those that every answer has."""
    theirs = [(name.lower(), value) for name, value in headers if not name.lower().startswith(b"access-control-")]
    given = {name for name, _ in theirs}
    path = scope["path"]
    keeps = path.startswith(_KEPT) and not path.startswith(f"{_KEPT}client/") and "/dynamic_resources/" not in path
    if not (keeps and b"cache-control" in given):
        theirs = [(name, value) for name, value in theirs if name != b"cache-control"]
        theirs.append((b"cache-control", b"no-store"))
    ours = {
        b"content-security-policy": _policy(header(scope, b"host").lower()),
        b"x-content-type-options": b"nosniff",
        b"x-frame-options": b"DENY",
        b"referrer-policy": b"no-referrer",
        b"cross-origin-opener-policy": b"same-origin",
        b"cross-origin-resource-policy": b"same-origin",
    }
    return [*theirs, *((name, value) for name, value in ours.items() if name not in given)]


def _policy(host: str) -> bytes:
    """Return what the page may load: of this server alone.

    NiceGUI writes scripts into its page and evaluates what it is told over the socket, hence both unsafe words.
    """
    socket = f" ws://{host}" if host.isascii() and host.isprintable() and not set(host) & set(" ;,") else ""
    return (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        f"img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'{socket}; worker-src 'self' blob:; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ).encode("ascii")


def _refusal_in(start: Message) -> Refusal | None:
    """Return what is said in place of an answer in which the server's own words tell that it failed."""
    if start["status"] >= 500:
        return Refusal(500, _FAILED)
    if start["status"] == 404 and any(name.lower() == b"x-nicegui-content" for name, _ in start.get("headers", ())):
        return Refusal(404, _NOTHING)
    return None


def _stated_length(scope: Scope) -> int:
    text = header(scope, b"content-length")
    return int(text) if text.isdecimal() and len(text) < 20 else 0


def _without_forwarding(scope: Scope) -> Scope:
    kept = [
        (name, value)
        for name, value in scope["headers"]
        if name.lower() not in _FORWARDED and not name.lower().startswith(b"x-forwarded-")
    ]
    return {**scope, "headers": kept}
