"""Whatever is dragged, released and answered in whatever order: what a page shows never goes backwards."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from halodot.app.live import Frame, Live, Request, live


class Model:
    """A worker without a process: it answers when it is told to."""

    def __init__(self, deliver: Callable[[Frame], None], make: object) -> None:
        self.deliver = deliver
        self.asked: list[Request] = []
        self.waiting: Request | None = None
        self.running: Request | None = None

    def want(self, request: Request) -> None:
        self.asked.append(request)
        if self.running is None:
            self.running = request
        else:
            self.waiting = request

    def want_if_idle(self, request: Request) -> None:
        if self.waiting is None:
            self.want(request)

    def forget(self) -> None:
        self.waiting = None

    def done(self) -> None:
        """Answer what is running, and begin with what waits."""
        if self.running is not None:
            request, self.running, self.waiting = self.running, self.waiting, None
            self.deliver(Frame(request.serial, not request.preview, 0.0))


ACTIONS = st.lists(st.sampled_from(("drag", "release", "again", "quickly", "exactly")), max_size=60)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=ACTIONS)
def test_frames_come_in_order_and_end_exact(monkeypatch: pytest.MonkeyPatch, actions: list[str]) -> None:
    monkeypatch.setattr(live, "LiveWorker", Model)
    shown: list[Frame] = []
    page, serial = Live(shown.append), 0
    quickly, exactly = page.quickly, page.exactly
    assert isinstance(quickly, Model)
    assert isinstance(exactly, Model)
    for action in (*actions, "release"):
        if action in ("drag", "release"):
            serial += 1
        if action == "drag":
            page.drag(Request(serial, "", panels=("eqe",)))
        elif action in ("release", "again"):  # again: another voltage of the bands, say
            page.exact(Request(serial, "", panels=("eqe",)))
        else:
            (quickly if action == "quickly" else exactly).done()
    while quickly.running or exactly.running:
        quickly.done()
        exactly.done()
    for before, after in pairwise(shown):
        assert (after.serial, after.exact) >= (before.serial, before.exact)
    assert (shown[-1].serial, shown[-1].exact) == (serial, True)
    dragged = [request for request in quickly.asked if request.panels]
    assert all(request.preview for request in quickly.asked)
    assert not any(request.preview for request in exactly.asked)
    assert [request.serial for request in dragged] == sorted(request.serial for request in dragged)


def test_making_ready_for_the_next_drag_takes_the_place_of_no_drag(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LiveWorker", Model)
    page = Live(lambda frame: None)
    quickly, exactly = page.quickly, page.exactly
    assert isinstance(quickly, Model)
    assert isinstance(exactly, Model)
    page.exact(Request(1, ""))
    for serial in (2, 3):
        page.drag(Request(serial, "", panels=("eqe",)))
    exactly.done()
    assert quickly.waiting is not None
    assert quickly.waiting.serial == 3
