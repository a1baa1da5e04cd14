"""Which requests reach the page: the rules, and what is wrong with a request by its head alone."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, urlencode

from halodot.app.asgi import Scope, header, header_values
from halodot.app.passwords import PasswordHash, hashed_password
from halodot.errors import InputError

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
METHODS = ("GET", "HEAD", "POST")
#: where files are sent to, which may be larger than other requests
UPLOADS = "/upload/"
LOGIN = "/login"
_EVERY_ADDRESS = ("0.0.0.0", "::", "[::]")
_MOST_FIELDS = 100


@dataclass(frozen=True)
class GateRules:
    """Which requests are let through.

    ``hosts`` are the names under which the page may be asked for, without the port; ``any_address`` allows every
    address of numbers besides, since only a name can be made to point elsewhere. The lengths are in bytes.
    """

    port: int
    token: str = field(repr=False)
    hosts: tuple[str, ...] = LOOPBACK
    any_address: bool = False
    password: PasswordHash | None = field(default=None, repr=False)
    body: int = 1_000_000
    upload: int = 300_000_000
    message: int = 1_000_000
    head: int = 32_768
    address: int = 4096


@dataclass(frozen=True)
class Refusal:
    """Why a request goes no further, in words for a person."""

    status: int
    text: str


def gate_rules(port: int, host: str = "127.0.0.1", password: str = "") -> GateRules:
    """Return the rules for a page at a port, with a token drawn anew.

    Args:
        port: where the server listens.
        host: the address at which it listens.
        password: asked of whoever does not come with the token; needed where others can reach the address.

    Raises:
        InputError: others could reach the page, and there is no password; or it is too short.
    """
    name = host.lower()
    name = f"[{name}]" if ":" in name and not name.startswith("[") else name
    kept = hashed_password(password) if password else None
    token = secrets.token_urlsafe(32)
    if name in LOOPBACK or (_is_numbers(name) and ipaddress.ip_address(name.strip("[]")).is_loopback):
        return GateRules(port, token, tuple(dict.fromkeys((*LOOPBACK, name))), password=kept)
    if kept is None:
        what = "others can reach this address; give the page a password in HALODOT_PASSWORD, or leave --host out"
        raise InputError(f"--host {host}: {what}")
    every = name in _EVERY_ADDRESS
    return GateRules(port, token, LOOPBACK if every else (*LOOPBACK, name), any_address=every, password=kept)


# -------------------------------------------------------------------------------------------------------------- cookie


def cookie_name(rules: GateRules) -> str:
    """Return the name of the cookie, which carries the port: cookies of one name are shared by all ports."""
    return f"halodot-{rules.port}"


def cookie_value(rules: GateRules) -> str:
    """Return what the cookie holds: it follows from the token, and the token does not follow from it."""
    return hmac.new(rules.token.encode("utf-8"), cookie_name(rules).encode("ascii"), hashlib.sha256).hexdigest()


def has_cookie(rules: GateRules, scope: Scope) -> bool:
    """Whether a request carries the cookie; another page's cookie of the same name beside it does no harm."""
    given = (part.strip().partition("=") for line in header_values(scope, b"cookie") for part in line.split(";"))
    mine = [value for name, _, value in given if name == cookie_name(rules)]
    return any(_same(value, cookie_value(rules)) for value in mine[:_MOST_FIELDS])


def token_given(scope: Scope) -> list[str]:
    """Return the tokens in the address of a request."""
    return [value for name, value in _fields(scope) if name == "token"]


def is_token(rules: GateRules, given: list[str]) -> bool:
    """Whether the tokens in an address are the one, compared in constant time."""
    return len(given) == 1 and _same(given[0], rules.token)


def without_token(scope: Scope) -> str:
    """Return the address of a request within this server, without the token."""
    rest = urlencode([item for item in _fields(scope) if item[0] != "token"])
    return quote(scope["path"], safe="/") + (f"?{rest}" if rest else "")


def _fields(scope: Scope) -> list[tuple[str, str]]:
    text = scope.get("query_string", b"").decode("latin-1")
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return []


def _same(given: str, kept: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), kept.encode("utf-8"))


# ---------------------------------------------------------------------------------------------------------------- head


def head_refusal(rules: GateRules, scope: Scope) -> Refusal | None:
    """Return what is wrong with a request, judged by its method, address and headers; None where nothing is."""
    return _form_refusal(rules, scope) or _host_refusal(rules, scope) or _origin_refusal(rules, scope)


def _form_refusal(rules: GateRules, scope: Scope) -> Refusal | None:
    path = scope.get("path", "")
    if (
        len(scope.get("raw_path") or path.encode("utf-8", "replace")) + len(scope.get("query_string", b""))
        > rules.address
    ):
        return Refusal(414, "The address is too long.")
    if sum(len(name) + len(value) for name, value in scope.get("headers", ())) > rules.head:
        return Refusal(431, "The head of the request is too long.")
    if scope["type"] == "http" and scope.get("method") not in METHODS:
        return Refusal(405, f"This page knows {', '.join(METHODS)} only.")
    parts = path.split("/")
    if not path.startswith("/") or path.startswith("//") or "\\" in path or ".." in parts or not path.isprintable():
        return Refusal(400, "There is no such address.")
    return None


def _host_refusal(rules: GateRules, scope: Scope) -> Refusal | None:
    given = header_values(scope, b"host")
    if len(given) != 1:
        return Refusal(400, "The request must say once under which name it asks (Host).")
    if not _is_ours(rules, given[0].lower()):
        return Refusal(
            421, "This page is not at the name under which it was asked for; open the address that was printed."
        )
    return None


def _is_ours(rules: GateRules, host: str) -> bool:
    """Whether a host, with its port, is one under which the page may be asked for."""
    ending = f":{rules.port}"
    if not host.endswith(ending) and rules.port != 80:
        return False
    name = host.removesuffix(ending)
    return name in rules.hosts or (rules.any_address and _is_numbers(name))


def _is_numbers(name: str) -> bool:
    """Whether a name is an address of numbers, as it stands in a URL."""
    try:
        if name.startswith("[") and name.endswith("]"):
            ipaddress.IPv6Address(name[1:-1])
        else:
            ipaddress.IPv4Address(name)
    except ValueError:
        return False
    return True


def _origin_refusal(rules: GateRules, scope: Scope) -> Refusal | None:
    """Refuse what another page sends, whichever way the browser says so."""
    refused = Refusal(403, "Another page sent this request; open the address that was printed.")
    origins = header_values(scope, b"origin")
    if origins and origins != [f"http://{header(scope, b'host').lower()}"]:
        return refused
    if not origins and scope["type"] == "websocket":
        return refused
    if header(scope, b"sec-fetch-site") not in ("", "same-origin", "none"):
        opened = header(scope, b"sec-fetch-mode") == "navigate" and header(scope, b"sec-fetch-dest") == "document"
        if not (opened and scope.get("method") == "GET" and is_token(rules, token_given(scope))):
            return refused
    return None
