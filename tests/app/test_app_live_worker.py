"""The processes that follow a study: the newest request wins, and a process that dies is started anew."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from live_echo import Echo
from test_app_live import SMALL, summary_of

from halodot.app.live import Frame, Live, Picture, Request
from halodot.app.live.worker import DIED, ENDED, LiveWorker
from halodot.results.data import Result

#: seconds after which a test has failed, on however busy a machine
PATIENCE = 60.0


def drawn(
    names: tuple[str, ...], result: Result, pins: Mapping[str, Result], request: Request
) -> Mapping[str, Picture]:
    """Return no chart."""
    return {name: Picture({"title": name}, name) for name in names}


async def until(reached: Callable[[], bool]) -> None:
    """Wait for something, not for ever."""
    async with asyncio.timeout(PATIENCE):
        while not reached():
            await asyncio.sleep(0.005)


def thinner(serial: int, **more: Any) -> Request:
    """Return a request for a layer of another thickness."""
    return Request(serial, SMALL, changes=(f"device.layers.TmPyPB.thickness={5 + 0.1 * serial:.1f} nm",), **more)


def test_a_worker_answers_the_newest_and_survives_the_end_of_its_process() -> None:
    frames: list[Frame] = []

    async def scenario() -> None:
        worker = LiveWorker(frames.append, Echo)
        for serial in range(100):
            worker.want(Request(serial, ""))
            await asyncio.sleep(0.001)
        await until(lambda: bool(frames) and frames[-1].serial == 99)
        serials = [frame.serial for frame in frames]
        assert serials == sorted(set(serials))
        assert len(serials) < 50

        assert worker.process_id is not None
        os.kill(worker.process_id, signal.SIGTERM)
        worker.want(Request(100, ""))
        await until(lambda: frames[-1].serial == 100)
        assert frames[-1].failure == ""

        before = worker.process_id
        worker.want(Request(101, "", panels=("hang",)))
        await asyncio.sleep(0.3)
        worker.want(Request(102, "", panels=("eqe",)))
        worker.restart()
        await until(lambda: frames[-1].serial == 102)
        assert [frame.failure for frame in frames[-2:]] == [ENDED, ""]
        assert frames[-1].option("eqe") == {"serial": 102}
        assert worker.process_id != before

        worker.want(Request(103, "", panels=("kill",)))  # every time that it is answered
        await until(lambda: frames[-1].serial == 103)
        assert frames[-1].failure == DIED
        worker.want(Request(104, ""))
        await until(lambda: frames[-1].serial == 104)
        assert frames[-1].failure == ""

        resting = worker.process_id
        assert resting is not None
        worker.rest()
        await until(lambda: not Path(f"/proc/{resting}").exists() or sys.platform != "linux")
        worker.want(Request(104, "again"))
        await until(lambda: len(frames) > 1 and frames[-2].serial == frames[-1].serial == 104)
        assert (frames[-1].failure, worker.process_id == resting) == ("", False)
        await worker.stop()
        worker.want(Request(105, ""))
        await asyncio.sleep(0.05)
        assert frames[-1].serial == 104

    asyncio.run(scenario())


def test_a_drag_is_followed_in_order_and_ends_in_the_numbers_of_the_command_line() -> None:
    frames: list[Frame] = []

    async def scenario() -> None:
        live = Live(frames.append, drawn)
        live.start()
        live.exact(Request(0, SMALL, panels=("eqe",)))
        await until(lambda: bool(frames))
        assert frames[0].exact
        for serial in range(1, 30):
            live.drag(thinner(serial, panels=("eqe",)))
            await asyncio.sleep(0.03)
        await until(lambda: frames[-1].serial == 29)
        assert not any(frame.exact for frame in frames[1:])
        live.exact(thinner(30, panels=("eqe",)))
        await until(lambda: frames[-1].exact)
        await asyncio.sleep(0.3)  # the next previews are made ready, which nobody sees
        await live.stop()

    asyncio.run(scenario())
    serials = [frame.serial for frame in frames]
    assert serials == sorted(set(serials))
    assert frames[-1].exact
    assert dict(frames[-1].summary) == summary_of(SMALL, *thinner(30).changes)


def test_a_worker_that_was_never_used_stops(recwarn: pytest.WarningsRecorder) -> None:
    async def scenario() -> None:
        live = Live(lambda frame: None, drawn)
        await live.stop()

    asyncio.run(scenario())
    assert not recwarn.list
