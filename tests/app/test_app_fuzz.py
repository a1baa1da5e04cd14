"""Two hundred requests that no page sends: none crashes what answers them, writes elsewhere, or learns a path."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from asgi_client import PORT, Reply, ask, open_socket
from hostile_requests import Hostile, Server, hostile_requests
from hostile_server import attacked, contents, served

from halodot.app.asgi import by_prefix, text_answer
from halodot.app.downloads import DOWNLOADS, Downloads
from halodot.app.gate import Gate
from halodot.app.gate_rules import UPLOADS, GateRules, cookie_name, cookie_value
from halodot.app.uploads import UploadLimits, Uploads

COUNT, SEED = 200, 20261129
SESSION = "20260304-120000-0123abcd"
OTHER = "20260305-120000-4567cdef"
RULES = GateRules(PORT, "the-token", upload=2_000_000)
SERVER = Server(PORT, SESSION, f"{cookie_name(RULES)}={cookie_value(RULES)}")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A place with the folders of two sessions and something beside them."""
    for session in (SESSION, OTHER):
        folder = tmp_path / "sessions" / session
        for name in ("session.json", "out/study.yaml", "lab/A1.txt"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(f"{name} of {session}", encoding="utf-8")
    (tmp_path / "x.txt").write_text("of somebody else", encoding="utf-8")
    return tmp_path


def answering(home: Path, failures: list[str]) -> Gate:
    """The gate with what lies behind it, and a page that reads all and says little."""
    open_sessions = {SESSION: home / "sessions" / SESSION}

    async def page(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
        while (message := await receive()).get("more_body") or message["type"].startswith("websocket."):
            if message["type"] == "websocket.disconnect":
                return
        await text_answer(send, 200, "the page")

    routes = {
        UPLOADS: Uploads(open_sessions.get, UploadLimits(file=1_000_000)),
        DOWNLOADS: Downloads(open_sessions.get),
    }
    return Gate(by_prefix(routes, page), RULES, say=failures.append)


async def answered(gate: Gate, request: Hostile) -> Reply:
    path = unquote(request.path)
    if request.is_socket:
        return await open_socket(gate, path, request.headers, request.messages)
    return await ask(gate, request.method, path, request.query, request.headers, request.body)


def test_hostile_requests_crash_nothing_and_write_and_learn_nothing_elsewhere(home: Path) -> None:
    failures: list[str] = []
    gate, before = answering(home, failures), contents(home)
    lab = f"sessions/{SESSION}/lab"

    async def all_of_them() -> list[Reply]:
        return [await answered(gate, request) for request in hostile_requests(SERVER, COUNT, SEED)]

    replies = asyncio.run(all_of_them())
    assert failures == []
    assert max(reply.status for reply in replies) < 500
    for reply in replies:
        said = reply.text + str(reply.headers)
        assert not any(word in said for word in ("Traceback", str(home), "site-packages", "somebody else", OTHER))
    after = contents(home)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert all(name.startswith(f"{lab}/") for name in changed)
    # the draws reach what they are drawn for: some are let through, some refused for each reason
    assert {101, 200, 400, 401, 403, 404, 405, 413, 421} <= {reply.status for reply in replies}
    assert changed


def test_a_served_page_survives_hostile_requests_and_messages(tmp_path: Path) -> None:
    pytest.importorskip("nicegui", reason="the page needs halodot[app]")
    home = tmp_path / "home"
    with served(home) as page:
        found = attacked(page, home, COUNT, COUNT // 2, SEED)
    assert found.alive
    assert (found.told, found.changed) == ((), frozenset())
    assert max(found.statuses) < 500
    assert {200, 400, 401, 403, 404, 405} <= set(found.statuses)
    assert set(found.sockets) == {101}
    assert "Traceback" not in "".join(page.said)
