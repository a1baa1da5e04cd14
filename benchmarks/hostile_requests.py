"""Requests and messages that no page of ours sends, drawn by a seed: for the gate in this process and for a server."""

from __future__ import annotations

import json
import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

#: ways to say "the folder above", and places that a request would like to reach
_UP = (
    "../", "..\\", "%2e%2e/", "%2e%2e%2f", "..%2f", "..%5c", "%252e%252e%252f", "..;/", "....//", "%c0%ae%c0%ae/",
    "%uff0e%uff0e/", ".%00./", "%ef%bc%8e%ef%bc%8e/", "..%c0%af", "/%2e%2e/", "%2e%2e\\",
)  # fmt: skip
_PLACES = (
    "etc/passwd", "etc/passwd%00.txt", "session.json", "lab/analysis.yaml", "x.txt", "windows/win.ini",
    "proc/self/environ", ".ssh/authorized_keys.txt", "con.txt", "C:/x.txt", "C:%5cx.txt",
    "%5c%5cserver%5cshare%5cx.txt", "file:///etc/passwd", "//evil.example/x", "a/" * 60 + "x.txt",
    "x" * 300 + ".txt", "x.txt/.", "x.txt%0d%0aset-cookie:%20a=b", "nul", "x.html", "~/x.txt", "$HOME/x.txt",
    "%ff%fe.txt", "x%00.txt", "%e2%80%ae.txt", "x.txt::$DATA", "%F0%9F%92%A5.txt",
)  # fmt: skip
_METHODS = (
    "OPTIONS",
    "PUT",
    "DELETE",
    "PATCH",
    "TRACE",
    "CONNECT",
    "PROPFIND",
    "get",
    "PO ST",
    "X" * 60,
    "GET\t",
    "PRI",
)
_NAMES = (
    "evil.example", "evil.example:{port}", "127.0.0.1:{other}", "127.0.0.1.nip.io:{port}",
    "localhost.evil.example:{port}", "localhost.:{port}", "0.0.0.0:{port}", "127.1:{port}", "2130706433:{port}",
    "user@127.0.0.1:{port}", "[::ffff:127.0.0.1]:{port}", "", "127.0.0.1:{port}, evil.example", "127.0.0.1:{port}/",
    "127.0.0.1:0{port}", "x" * 5000, "\xe4\xff",
)  # fmt: skip
_ORIGINS = (
    "http://{name}",
    "https://127.0.0.1:{port}",
    "null",
    "file://",
    "http://127.0.0.1:{port}.evil.example",
    "",
    "\xff",
)
_HEADERS = (
    ("x-forwarded-host", "evil.example"), ("x-forwarded-prefix", "//evil.example"), ("x-forwarded-for", "127.0.0.1"),
    ("x-forwarded-proto", "javascript"), ("range", "bytes=0-,0-,0-,0-,0-,0-"), ("content-encoding", "gzip"),
    ("accept", "text/markdown"), ("accept-encoding", "gzip;q=x, ,,"), ("x-http-method-override", "DELETE"),
    ("upgrade", "websocket"), ("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"),
    ("cookie", "a=b;" * 2000), ("authorization", "Basic Og=="), ("purpose", "prefetch"),
    ("content-type", "multipart/form-data; boundary="), ("if-none-match", '"' + "x" * 4000 + '"'),
    ("x", "y" * 70_000), ("te", "trailers"), ("forwarded", "host=evil.example"),
)  # fmt: skip
_LENGTHS = ("-1", "0x10", "99999999999999999999", "1, 2", "+5", "", "1e3", "5 ")
_BODIES = (
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="../../x.txt"\r\n\r\n1\r\n--x--\r\n',
    b"--x\r\n" * 400,
    b"{" * 3000,
    b'{"__proto__": {"x": 1}, "id": ' + b"9" * 400 + b"}",
    b"\x1f\x8b" + b"\0" * 500,
    b"PK\x03\x04" + b"\xff" * 200,
    b"\x00\xff" * 700,
    b"a=1&" * 900,
)
#: packets of Engine.IO and Socket.IO, well formed and not
_PACKETS = (
    "", "0", "1", "3", "4", "5", "6", "9", "40", "41", "42", "43", "44", "45-", "451-", "459999999999-[]", "42[]",
    "42{}", "42[[]]", '42["event"]', '42["event",null]', '42["event",{}]', '42["event",[]]', '42["handshake",{}]',
    '42["handshake",null]', '42["handshake",{"client_id":[],"tab_id":1,"document_id":{}}]', '42["ack",{}]',
    '42["ack",{"client_id":"x","next_message_id":"y"}]', '42["log",{"client_id":"x","level":"shout","message":1}]',
    '42["javascript_response",{"client_id":"x","request_id":[]}]', '42["disconnect"]', '42["connect",{}]',
    '42["no such event",1]', '42["\\ud800"]', "42[1e999]", "42" + "[" * 4000, "42[" + "9" * 4000 + "]", "4" * 3000,
    "b" + "A" * 99, "\x00", "🧨" * 50, "40/admin,", "40/" + "x" * 2000, "42/admin,[]",
    '42999999999999999999["event",{}]', '42["event",{"client_id":"CLIENT"}]',
    '42["event",{"client_id":"CLIENT","id":"x","listener_id":null,"args":[]}]',
    '42["event",{"client_id":"CLIENT","id":[1],"listener_id":"x","args":["1"]}]',
    '42["event",{"client_id":"CLIENT","id":1,"listener_id":"x","args":["{not json"]}]',
    '42["event",{"client_id":"CLIENT","id":4,"listener_id":"00000000-0000-0000-0000-000000000000","args":"x"}]',
    '42["event",{"client_id":"CLIENT","id":-1,"listener_id":{},"args":{}}]',
    '42["log",{"client_id":"CLIENT","level":"shout","message":"x"}]',
    '42["ack",{"client_id":"CLIENT","next_message_id":"x"}]',
    '42["javascript_response",{"client_id":"CLIENT","request_id":["x"],"result":1}]',
    '42["handshake",{"client_id":"CLIENT","tab_id":"other","document_id":"x"}]',
    '42["handshake",{"client_id":"CLIENT"}]',
)  # fmt: skip


@dataclass(frozen=True)
class Hostile:
    """A request with an answer that is no secret, or a socket with messages."""

    method: str = "GET"
    target: str = "/"  # as it stands in the request
    headers: tuple[tuple[str, str], ...] = ()
    body: tuple[bytes, ...] = ()
    messages: tuple[str | bytes, ...] = ()
    is_socket: bool = False

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]


@dataclass(frozen=True)
class Server:
    """The server that is asked: its port, a session, and a cookie that opens it."""

    port: int
    session: str
    cookie: str
    host: str = field(default="")

    @property
    def name(self) -> str:
        return self.host or f"127.0.0.1:{self.port}"


def hostile_requests(server: Server, count: int, seed: int) -> Iterator[Hostile]:
    """Draw requests: an ordinary one each, spoilt in one to three ways, most of them with leave to come in.

    Args:
        server: what is asked.
        count: of the requests.
        seed: of the draws.
    """
    draw = random.Random(seed)
    for _ in range(count):
        found = _ordinary(server, draw)
        for spoil in draw.choices(_SPOILT, k=draw.randint(1, 3)):
            found = spoil(found, server, draw)
        yield found


def hostile_messages(count: int, seed: int, client: str = "") -> Iterator[str | bytes]:
    """Draw messages to the socket of a page.

    Args:
        count: of the messages.
        seed: of the draws.
        client: of NiceGUI, to which some messages pretend to belong.
    """
    draw = random.Random(seed)
    for _ in range(count):
        kind = draw.random()
        text = draw.choice(_PACKETS).replace("CLIENT", client)
        if kind < 0.7:
            yield text
        elif kind < 0.8:
            yield "".join(
                chr(draw.choice((draw.randint(0, 127), draw.randint(160, 0xD7FF)))) for _ in range(draw.randint(0, 60))
            )
        elif kind < 0.9:
            yield draw.randbytes(draw.randint(0, 300))
        else:
            args = [json.dumps(draw.choice(("x" * 10_000, -1, 1e308, None, True, [[]] * 50, {"value": "9" * 999})))]
            event = {
                "client_id": client,
                "id": draw.randint(-5, 400),
                "listener_id": str(draw.randint(0, 9)),
                "args": args,
            }
            yield f'42["event",{json.dumps(event)}]'


def raw_request(request: Hostile) -> bytes:
    """Return a request as it goes over the wire: with a body in chunks, unless it states its length itself."""
    names = {name for name, _ in request.headers}
    lines = [f"{request.method} {request.target} HTTP/1.1", *(f"{name}: {value}" for name, value in request.headers)]
    lines += [] if "connection" in names else ["connection: close"]
    stated = "content-length" in names
    if request.body and not stated:
        lines.append("transfer-encoding: chunked")
    head = "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n"
    if stated or not request.body:
        return head + b"".join(request.body)
    return head + b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in request.body if part) + b"0\r\n\r\n"


def frame(message: str | bytes) -> bytes:
    """Return a message as a masked frame of a socket."""
    data = message.encode("utf-8", "surrogatepass") if isinstance(message, str) else message
    length = len(data)
    size = bytes([0x80 | length]) if length < 126 else b"\xfe" + struct.pack(">H", length)
    size = size if length < 65536 else b"\xff" + struct.pack(">Q", length)
    return bytes([0x81 if isinstance(message, str) else 0x82]) + size + b"\0\0\0\0" + data


# --------------------------------------------------------------------------------------------------------------- spoilt


def _ordinary(server: Server, draw: random.Random) -> Hostile:
    own = (("host", server.name), ("cookie", server.cookie))
    origin = ("origin", f"http://{server.name}")
    upload = f"/upload/{server.session}?name=A{draw.randint(0, 9)}.txt"
    polling = "/_nicegui_ws/socket.io/?EIO=4&transport=polling"
    kinds = (
        Hostile("GET", "/", own),
        Hostile("GET", f"/session/{server.session}", own),
        Hostile("GET", f"/download/{server.session}/study.yaml", own),
        Hostile("GET", "/_nicegui/3.18.0/static/nicegui.js", own),
        Hostile("GET", "/static/page.css", own),
        Hostile("POST", upload, (*own, origin), (b"1 2\n", b"3 4\n")),
        Hostile("POST", upload, (*own, origin), (b"1 2\n",)),
        Hostile("GET", polling, own),
        Hostile("POST", f"{polling}&sid=x", (*own, origin), (b"40",)),
        Hostile("GET", "/_nicegui_ws/socket.io/?EIO=4&transport=websocket", (*own, origin), (), ("40",), True),
    )
    return draw.choice(kinds)


def _host(request: Hostile, server: Server, draw: random.Random) -> Hostile:
    name = draw.choice(_NAMES).format(port=server.port, other=server.port + 1)
    others = tuple(item for item in request.headers if item[0] != "host")
    way = draw.randint(0, 3)
    hosts = ((), (("host", name),), (("host", server.name), ("host", name)), (("host", name), ("host", server.name)))[
        way
    ]
    return replace(request, headers=(*hosts, *others))


def _origin(request: Hostile, server: Server, draw: random.Random) -> Hostile:
    text = draw.choice(_ORIGINS).format(port=server.port, name=draw.choice(_NAMES).format(port=server.port, other=80))
    kept = tuple(item for item in request.headers if item[0] != "origin" or draw.random() < 0.3)
    return replace(request, headers=(*kept, ("origin", text)) if draw.random() < 0.8 else kept)


def _cookie(request: Hostile, server: Server, draw: random.Random) -> Hostile:
    kept = tuple(item for item in request.headers if item[0] != "cookie")
    name, _, value = server.cookie.partition("=")
    text = draw.choice(
        (f"{name}=", f"{name}={value[:-1]}", f"{name}=\xff", f"{name}={'x' * 5000}", f"a{name}={value}", "=;=;;")
    )
    return replace(request, headers=(*kept, ("cookie", text)) if draw.random() < 0.6 else kept)


def _path(request: Hostile, server: Server, draw: random.Random) -> Hostile:
    reach = draw.choice(_UP) * draw.choice((0, 0, 1, 3, 6)) + draw.choice(_PLACES)
    start = draw.choice(
        ("/", "", "//", f"/download/{server.session}/", "/download/", f"/upload/{server.session}/", "/upload/",
         "/static/", "/session/", "/_nicegui/3.18.0/static/", "/_nicegui/3.18.0/resources/x/",
         "/_nicegui/3.18.0/esm/x/", "/_nicegui/auto/static/", "http://evil.example/", "/_nicegui_ws/socket.io/",
         f"/download/{server.session}/study.yaml/")
    )  # fmt: skip
    return replace(request, target=(start + reach).replace(" ", "%20"))


def _name(request: Hostile, server: Server, draw: random.Random) -> Hostile:
    reach = draw.choice(_UP) * draw.choice((0, 0, 1, 3, 6)) + draw.choice(_PLACES)
    target = f"/upload/{server.session}?name={reach}".replace(" ", "%20")
    own = tuple(item for item in request.headers if item[0] in ("host", "cookie", "origin"))
    return Hostile("POST", target, own, request.body or (b"1 2\n",))


def _query(request: Hostile, server: Server, draw: random.Random) -> Hostile:
    text = draw.choice(
        ("token=", "token=x&token=y", "x" * 9000, "%ff=%fe&%", "&" * 500, "a=1&" * 300, "token=%00", "name=&name=",
         "j=x", "j=1", "EIO=3", "transport=x", "sid=../..", "implicit_handshake=true&client_id=x", "client_id[]=x",
         "token=\xff", "EIO=4&b64=1&sid=%00")
    )  # fmt: skip
    return replace(request, target=f"{request.path}?{request.query}&{text}")


def _head(request: Hostile, server: Server, draw: random.Random) -> Hostile:
    more = draw.choices(_HEADERS, k=draw.randint(1, 4)) * draw.choice((1, 1, 1, 40))
    return replace(request, headers=(*request.headers, *more))


def _method(request: Hostile, server: Server, draw: random.Random) -> Hostile:
    return replace(request, method=draw.choice(_METHODS))


def _body(request: Hostile, server: Server, draw: random.Random) -> Hostile:
    body = (draw.choice(_BODIES),) * draw.choice((1, 3, 30))
    body = (b"z" * 50_000,) * draw.randint(18, 30) if draw.random() < 0.4 else body
    more = draw.choice(
        ((), (("content-type", "multipart/form-data; boundary=x"),), (("content-length", draw.choice(_LENGTHS)),),
         (("content-type", "application/json"),), (("expect", "100-continue"),), (("transfer-encoding", "gzip"),))
    )  # fmt: skip
    return replace(
        request, method=draw.choice(("POST", "POST", request.method)), body=body, headers=(*request.headers, *more)
    )


def _socket(request: Hostile, server: Server, draw: random.Random) -> Hostile:
    own = (("host", server.name), ("cookie", server.cookie))
    origin = draw.choice(((), (("origin", "http://evil.example"),), (("origin", f"http://{server.name}"),)))
    target = draw.choice(
        ("/_nicegui_ws/socket.io/?EIO=4&transport=websocket", "/", "/_nicegui_ws/", "/upload/x", "/%2e%2e/")
    )
    messages = tuple(hostile_messages(draw.randint(0, 6), draw.randint(0, 1 << 30), "x"))
    messages += ("x" * 1_200_000,) if draw.random() < 0.05 else ()
    return Hostile("GET", target, (*own, *origin), (), messages, True)


_SPOILT = (_host, _origin, _cookie, _path, _path, _name, _name, _query, _head, _method, _body, _body, _socket)
