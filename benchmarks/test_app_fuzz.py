"""Two thousand hostile requests, and as many messages, to a page that is served."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hostile_server import Outcome, attacked, served

COUNT, SEED = 2000, 7


def test_hostile_requests_and_messages(benchmark: Any, tmp_path: Path) -> None:
    """Nothing crashes, nothing is written elsewhere, nothing of the inside is told."""
    pytest.importorskip("nicegui", reason="the page needs halodot[app]")
    home = tmp_path / "home"

    def attack() -> tuple[Outcome, list[str]]:
        with served(home) as page:
            return attacked(page, home, COUNT, COUNT, SEED), page.said

    found, said = benchmark.pedantic(attack, rounds=1)
    answers = ", ".join(f"{number} x {status or 'none'}" for status, number in sorted(found.statuses.items()))
    print(f"\n{COUNT} hostile requests: {answers}; {COUNT} messages over {sum(found.sockets.values())} sockets")
    print(f"lines on the terminal: {len(said)}")
    assert found.alive
    assert (found.told, found.changed) == ((), frozenset())
    assert max(found.statuses) < 500
    assert set(found.sockets) == {101}
    assert "Traceback" not in "".join(said)
