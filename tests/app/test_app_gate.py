"""The gate lets through what this server's own page sends with leave, and nothing else."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Any

import pytest
from asgi_client import HOST, PORT, Reply, ask, asked, socket

from halodot.app.gate import Gate
from halodot.app.gate_rules import GateRules, cookie_name, cookie_value, gate_rules
from halodot.app.passwords import Attempts, hashed_password, is_password
from halodot.app.terminal import libraries_in_one_line
from halodot.errors import InputError

RULES = GateRules(PORT, "the-token", body=1000, upload=5000, message=2000)
COOKIE = ("cookie", f"{cookie_name(RULES)}={cookie_value(RULES)}")
OWN = (("host", HOST), COOKIE)
SOCKET = (*OWN, ("origin", f"http://{HOST}"))


class Behind:
    """An application behind the gate that keeps what reached it."""

    def __init__(self, status: int = 200, headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
        self.scopes: list[Any] = []
        self.got: list[Any] = []
        self.status, self.headers = status, headers

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        while True:
            message = await receive()
            self.got.append(message)
            if message["type"] == "websocket.connect":
                await send({"type": "websocket.accept"})
            elif not message.get("more_body") and message["type"] != "websocket.receive":
                break
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": self.status, "headers": list(self.headers)})
            await send({"type": "http.response.body", "body": b"behind the gate"})


def passed(**named: Any) -> tuple[Reply, Behind]:
    behind = Behind()
    return asked(Gate(behind, RULES), **named), behind


# ---------------------------------------------------------------------------------------------------- names and origins


@pytest.mark.parametrize("host", [f"127.0.0.1:{PORT}", f"localhost:{PORT}", f"[::1]:{PORT}", f"LocalHost:{PORT}"])
def test_the_page_is_reached_under_the_names_of_this_computer(host: str) -> None:
    reply, behind = passed(headers=(("host", host), COOKIE, ("origin", f"http://{host.lower()}")))
    assert (reply.status, reply.body, len(behind.scopes)) == (200, b"behind the gate", 1)


@pytest.mark.parametrize(
    "hosts",
    [
        (),
        ("evil.example:8123",),
        ("127.0.0.1",),
        ("127.0.0.1:80",),
        ("localhost.:8123",),
        ("127.0.0.1.nip.io:8123",),
        ("127.1:8123",),
        ("user@127.0.0.1:8123",),
        (HOST, HOST),
        (HOST, "evil.example"),
        ("",),
    ],
)
def test_another_name_of_the_host_is_refused_with_cookie_and_all(hosts: tuple[str, ...]) -> None:
    reply, behind = passed(headers=(*(("host", host) for host in hosts), COOKIE))
    assert reply.status in (400, 421)
    assert not behind.scopes


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "",
        f"https://{HOST}",
        "http://127.0.0.1",
        f"http://localhost:{PORT}",
        "http://127.0.0.1:9999",
    ],
)
def test_a_request_of_another_origin_is_refused(origin: str) -> None:
    reply, behind = passed(method="POST", headers=(*OWN, ("origin", origin)))
    assert reply.status == 403
    assert not behind.scopes
    closed = socket(Gate(behind, RULES), headers=(*OWN, ("origin", origin)))
    assert (closed.status, closed.code, behind.scopes) == (403, 1008, [])


def test_a_socket_says_its_origin_and_carries_the_cookie() -> None:
    behind = Behind()
    assert socket(Gate(behind, RULES), headers=OWN).status == 403
    assert socket(Gate(behind, RULES), headers=(("host", HOST), ("origin", f"http://{HOST}"))).status == 403
    assert socket(Gate(behind, RULES), headers=(*SOCKET[1:], ("host", "evil.example:8123"))).status == 403
    assert not behind.scopes
    assert socket(Gate(behind, RULES), headers=SOCKET, messages=["hello"]).status == 101
    assert {"type": "websocket.receive", "text": "hello"} in behind.got


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_the_browser_says_another_page_sent_is_refused(site: str) -> None:
    for mode, target in (("no-cors", "image"), ("navigate", "document"), ("navigate", "iframe"), ("cors", "empty")):
        sent = (("sec-fetch-site", site), ("sec-fetch-mode", mode), ("sec-fetch-dest", target))
        reply, behind = passed(headers=(*OWN, *sent))
        assert (reply.status, behind.scopes) == (403, [])
    assert passed(headers=(*OWN, ("sec-fetch-site", "same-origin")))[0].status == 200


def test_a_link_with_the_token_on_another_page_opens_by_a_page_that_goes_on() -> None:
    sent = (("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document"))
    reply, behind = passed(query="token=the-token", headers=(("host", HOST), *sent))
    assert (reply.status, behind.scopes) == (200, [])
    assert 'content="0;url=/"' in reply.text
    assert cookie_value(RULES) in reply.header("set-cookie")
    framed = (*sent[:2], ("sec-fetch-dest", "iframe"))
    assert passed(query="token=the-token", headers=(("host", HOST), *framed))[0].status == 403


# ------------------------------------------------------------------------------------------------------- token, cookie


def test_the_token_is_exchanged_for_a_cookie_that_scripts_and_other_sites_do_not_get() -> None:
    reply, behind = passed(path="/x y", query="a=1&token=the-token&b=2", headers=(("host", HOST),))
    assert (reply.status, reply.header("location"), behind.scopes) == (303, "/x%20y?a=1&b=2", [])
    cookie = reply.header("set-cookie")
    assert cookie.startswith(f"halodot-{PORT}=")
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "the-token" not in cookie + reply.text + reply.header("location")
    assert passed(headers=(("host", HOST), ("cookie", cookie.partition(";")[0])))[0].status == 200


@pytest.mark.parametrize(
    "query", ["token=wrong", "token=", "token=the-token&token=the-token", "token=the-toke%6", "t=1"]
)
def test_a_wrong_token_opens_nothing(query: str) -> None:
    reply, behind = passed(query=query, headers=(("host", HOST),))
    assert (reply.status, reply.header("set-cookie"), behind.scopes) == (401, "", [])


@pytest.mark.parametrize(
    "path", ["//evil.example", "//evil.example/..", "/\\evil.example", "http://evil.example/", "", "*"]
)
def test_the_way_on_never_leaves_this_server(path: str) -> None:
    reply, _ = passed(path=path, query="token=the-token", headers=(("host", HOST),))
    assert (reply.status, reply.header("location")) == (400, "")


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        "halodot-8123=",
        "halodot-8123=the-token",
        "halodot-8124={}",
        "x=halodot-8123={}",
        "halodot-8123={}0",
        "halodot-8123=\xe4",
    ],
)
def test_no_other_cookie_opens_the_page(cookie: str) -> None:
    reply, behind = passed(headers=(("host", HOST), ("cookie", cookie.format(cookie_value(RULES)))))
    assert (reply.status, behind.scopes) == (401, [])


def test_a_cookie_that_another_server_put_beside_ours_locks_nobody_out() -> None:
    both = f"a=b; halodot-{PORT}=planted; {COOKIE[1]}"
    assert passed(headers=(("host", HOST), ("cookie", both)))[0].status == 200


def test_tokens_and_cookies_differ_from_server_to_server() -> None:
    one, other = gate_rules(PORT), gate_rules(PORT)
    assert len({one.token, other.token, cookie_value(one), cookie_value(other)}) == 4
    assert one.token not in repr(one)


# -------------------------------------------------------------------------------------------------------------- sizes


def test_a_body_over_the_limit_is_cut_off_while_it_comes_in() -> None:
    chunks = [b"x" * 400] * 50
    reply, behind = passed(method="POST", headers=OWN, body=chunks)
    assert reply.status == 413
    assert sum(len(message.get("body", b"")) for message in behind.got) <= RULES.body
    assert passed(method="POST", headers=OWN, body=chunks[:2])[0].status == 200
    assert passed(method="POST", path="/upload/abc", headers=OWN, body=chunks[:10])[0].status == 200
    assert passed(method="POST", path="/upload/abc", headers=OWN, body=chunks)[0].status == 413


def test_a_body_that_says_it_is_over_the_limit_is_not_read() -> None:
    reply, behind = passed(method="POST", headers=(*OWN, ("content-length", "1001")))
    assert (reply.status, behind.scopes) == (413, [])


def test_a_message_over_the_limit_closes_the_socket() -> None:
    for message in ("x" * 2001, b"x" * 2001, "ä" * 1001):
        behind = Behind()
        assert socket(Gate(behind, RULES), headers=SOCKET, messages=[message, "after"]).code == 1009
        assert [one["type"] for one in behind.got] == ["websocket.connect", "websocket.disconnect"]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"path": "/" + "a" * 5000}, 414),
        ({"query": "a" * 5000}, 414),
        ({"headers": (*OWN, ("x", "y" * 40_000))}, 431),
        ({"headers": (*OWN, *(("x", "y" * 100),) * 400)}, 431),
        ({"method": "OPTIONS"}, 405),
        ({"method": "PUT"}, 405),
        ({"method": "TRACE"}, 405),
        ({"method": "get"}, 405),
        ({"path": "/a/../b"}, 400),
        ({"path": "/a\0b"}, 400),
        ({"path": "/a\r\nset-cookie: b"}, 400),
    ],
)
def test_heads_that_no_page_sends_are_refused(sent: dict[str, Any], status: int) -> None:
    reply, behind = passed(**({"headers": OWN} | sent))
    assert (reply.status, behind.scopes) == (status, [])
    assert reply.header("allow") == ("GET, HEAD, POST" if status == 405 else "")


# ------------------------------------------------------------------------------------------------------------- answers


def test_every_answer_says_what_a_page_may_do() -> None:
    replies = [
        passed(headers=OWN)[0],
        passed(headers=())[0],
        passed(query="token=the-token")[0],
        passed(method="POST", headers=OWN, body=[b"x" * 2000])[0],
        asked(Gate(Behind(500), RULES), headers=OWN),
    ]
    assert [reply.status for reply in replies] == [200, 400, 303, 413, 500]
    for reply in replies:
        policy = reply.header("content-security-policy")
        assert "default-src 'self'" in policy or "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert reply.header("cache-control") == "no-store"
        assert reply.header("x-content-type-options") == "nosniff"
        assert reply.header("referrer-policy") == "no-referrer"
        assert reply.header("cross-origin-resource-policy") == "same-origin"
    assert f"ws://{HOST}" in replies[0].header("content-security-policy")


def test_only_static_parts_are_kept_by_the_browser_and_no_origin_is_allowed_in() -> None:
    behind = Behind(headers=((b"Cache-Control", b"public, max-age=9"), (b"Access-Control-Allow-Origin", b"*")))
    for path, kept in (("/_nicegui/3.18.0/static/vue.js", True), ("/_nicegui/client/1/upload/2", False), ("/", False)):
        reply = asked(Gate(behind, RULES), path=path, headers=OWN)
        assert reply.header("cache-control") == ("public, max-age=9" if kept else "no-store")
        assert reply.header("access-control-allow-origin") == ""


def test_what_is_said_by_servers_in_front_does_not_come_through() -> None:
    said = (("x-forwarded-prefix", "/evil"), ("X-Forwarded-Proto", "https"), ("forwarded", "for=1"), ("x-real-ip", "1"))
    _, behind = passed(headers=(*OWN, *said))
    assert {name for name, _ in behind.scopes[0]["headers"]} == {b"host", b"cookie"}


async def _fails(scope: Any, receive: Any, send: Any) -> None:
    raise RuntimeError("secret /home/someone\nsecond line")


async def _fails_late(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"half", "more_body": True})
    raise RuntimeError("late")


def test_a_failure_is_told_on_the_terminal_in_one_line_and_not_to_the_browser() -> None:
    said: list[str] = []
    reply = asked(Gate(_fails, RULES, say=said.append), path="/a", headers=OWN)
    assert reply.status == 500
    assert "secret" not in reply.text
    assert "Traceback" not in reply.text
    assert len(said) == 1
    assert said[0].startswith("GET /a: RuntimeError: secret /home/someone\\nsecond line (")
    assert "\n" not in said[0]
    assert socket(Gate(_fails, RULES, say=said.append), headers=SOCKET).code == 1011
    assert not asked(Gate(_fails_late, RULES, say=said.append), headers=OWN).whole
    assert len(said) == 3


def test_an_answer_that_says_the_server_failed_is_replaced() -> None:
    nicegui = ((b"X-NiceGUI-Content", b"page"),)
    for behind, status in ((Behind(503), 500), (Behind(404, nicegui), 404)):
        reply = asked(Gate(behind, RULES), headers=OWN)
        assert reply.status == status
        assert b"behind the gate" not in reply.body
    assert asked(Gate(Behind(404), RULES), headers=OWN).body == b"behind the gate"
    assert asked(Gate(Behind(200, nicegui), RULES), headers=OWN).body == b"behind the gate"


def test_libraries_say_their_failures_in_one_line_too(capsys: pytest.CaptureFixture[str]) -> None:
    log = logging.getLogger("engineio.server")
    loud = logging.StreamHandler()
    log.addHandler(loud)
    try:
        with libraries_in_one_line():
            try:
                raise KeyError("x\n\x1b[31m")
            except KeyError:
                log.exception("message async handler error\nsecond line")
            try:
                raise ValueError("what NiceGUI logs as its own words")
            except ValueError as error:
                logging.getLogger("nicegui").exception(error)
        assert loud in log.handlers
    finally:
        log.removeHandler(loud)
    said = capsys.readouterr().err
    assert said.startswith("halodot app: message async handler error: KeyError: 'x")
    assert "\nhalodot app: the page: ValueError: what NiceGUI logs as its own words (" in said
    assert said.count("\n") == 2
    assert "\x1b" not in said


# ----------------------------------------------------------------------------------------------------------- password


def test_another_address_needs_a_password() -> None:
    with pytest.raises(InputError, match="give the page a password"):
        gate_rules(PORT, "0.0.0.0")
    with pytest.raises(InputError, match="8 to 1024 letters"):
        gate_rules(PORT, "0.0.0.0", "short")
    assert gate_rules(PORT, "localhost").password is None
    assert gate_rules(PORT, "::1").password is None
    assert f"192.168.1.5:{PORT}".startswith(gate_rules(PORT, "192.168.1.5", "correct horse").hosts[-1])


def test_at_every_address_numbers_are_let_in_and_names_are_not() -> None:
    rules = replace(RULES, any_address=True)
    for host, status in ((f"192.168.1.5:{PORT}", 200), (f"[fe80::1]:{PORT}", 200), (f"evil.example:{PORT}", 421)):
        assert asked(Gate(Behind(), rules), headers=(("host", host), COOKIE)).status == status


def test_at_the_port_of_the_web_a_host_stands_without_it() -> None:
    rules = replace(RULES, port=80)
    cookie = ("cookie", f"{cookie_name(rules)}={cookie_value(rules)}")
    for host, status in (("127.0.0.1", 200), ("127.0.0.1:80", 200), ("127.0.0.1:8123", 421), ("evil.example", 421)):
        assert asked(Gate(Behind(), rules), headers=(("host", host), cookie)).status == status


def test_a_password_is_kept_as_a_hash() -> None:
    kept = hashed_password("correct horse")
    assert is_password("correct horse", kept)
    assert not is_password("correct horsf", kept)
    assert kept != hashed_password("correct horse")
    assert b"correct" not in kept.salt + kept.digest


def test_the_password_opens_the_page_and_wrong_ones_wait_longer_each_time() -> None:
    now = [100.0]
    attempts = Attempts(lambda: now[0])
    gate = Gate(Behind(), replace(RULES, password=hashed_password("correct horse")), attempts)

    def login(text: bytes, client: str = "10.0.0.1") -> Reply:
        return asked(gate, "POST", "/login", headers=(("host", HOST),), body=[b"password=", text], client=client)

    first = asked(gate)
    assert first.status == 401
    assert '<label for="password">' in first.text
    assert first.header("referrer-policy") == "same-origin"
    waits = []
    for _ in range(9):
        assert login(b"wrong+horse").status == 401
        assert login(b"correct+horse").status == 429
        waits.append(attempts.wait("10.0.0.1"))
        now[0] += waits[-1]
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]
    assert login(b"correct+horse").header("location") == "/"
    assert login(b"wrong+horse", "10.0.0.2").status == 401
    opened = login(b"correct+horse")
    assert opened.status == 303
    assert (
        asked(gate, headers=(("host", HOST), ("cookie", opened.header("set-cookie").partition(";")[0]))).status == 200
    )


def test_many_wrong_passwords_at_once_count_one_by_one() -> None:
    attempts = Attempts(lambda: 0.0)
    gate = Gate(Behind(), replace(RULES, password=hashed_password("correct horse")), attempts)

    async def all_at_once() -> list[int]:
        tries = [ask(gate, "POST", "/login", body=[b"password=guess%d" % number]) for number in range(6)]
        return sorted(reply.status for reply in await asyncio.gather(*tries))

    assert asyncio.run(all_at_once()) == [401, 429, 429, 429, 429, 429]


@pytest.mark.parametrize("body", [[b""], [b"passwor=x"], [b"password=" + b"x" * 5000], [b"\xff"], [b"a=1&" * 50]])
def test_what_is_no_password_is_refused(body: list[bytes]) -> None:
    gate = Gate(Behind(), replace(RULES, password=hashed_password("correct horse")))
    assert asked(gate, "POST", "/login", body=body).status == 400


def test_computers_that_take_many_addresses_count_as_one_and_are_forgotten_in_the_end() -> None:
    attempts = Attempts(lambda: 0.0)
    attempts.failed("2001:db8::1")
    attempts.failed("2001:db8::2")
    assert attempts.wait("2001:db8::3") == 2.0
    assert attempts.wait("2001:db8:0:1::3") == 0.0
    for number in range(5000):
        attempts.failed(f"10.0.{number // 250}.{number % 250}")
    assert attempts.wait("2001:db8::1") == 0.0
    assert attempts.wait("10.0.19.249") == 1.0
