"""Jobs that load nothing: one counts, one sleeps, one fails and one dies; and a sweep that stands still on its way."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from halodot.app.job_process import Done, Place, Say
from halodot.outputs import write_text

if TYPE_CHECKING:
    from halodot.learn.sweep_engine import Engine

#: points that a sweep computes before it stands still, what it says then, and the file that lets it go on
STILL_AFTER, STANDS_STILL, GO_ON = 6, "stands still", "go_on"


def counting(place: Place, arguments: Mapping[str, Any], say: Say) -> Done:
    """Count, and write what was counted."""
    for done in range(5):
        say("counting", done, 5)
        time.sleep(0.06)
    write_text(place.out / "counted.txt", "5")
    return Done(("counted to 5",), files=("counted.txt",))


def sleeping(place: Place, arguments: Mapping[str, Any], say: Say) -> Done:
    """Begin a file and never end it."""
    with (place.out / "half.txt").open("w", encoding="utf-8") as stream:
        stream.write("half")
        stream.flush()
        say(f"asleep as {os.getpid()}")
        time.sleep(60.0)
    return Done(files=("half.txt",))


def failing(place: Place, arguments: Mapping[str, Any], say: Say) -> Done:
    """Fail as a programming mistake does, in a place that nobody should see."""
    raise KeyError(f"{place.session}/secret")


def dying(place: Place, arguments: Mapping[str, Any], say: Say) -> Done:
    """End as a process does that the system ends for want of memory."""
    os.kill(os.getpid(), signal.SIGKILL)
    return Done()


@contextmanager
def in_this_process(go_on: Path | None = None, say: Say = print) -> Iterator[Engine]:
    """Compute the chunks of a stored sweep one by one where it was asked for: no process is to be started.

    Args:
        go_on: file without which nothing is computed after the first points.
        say: takes that it stands still.
    """
    from halodot.learn.sweep_engine import Engine

    def run(task: Any, shared: bytes, chunks: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
        done = 0
        for chunk in chunks:
            if done >= STILL_AFTER and go_on is not None and not go_on.exists():
                say(STANDS_STILL)
                time.sleep(600.0)
            yield chunk, task(shared, chunk)
            done += len(chunk.texts)

    yield Engine("this process", 1, run)


def still_sweep(place: Place, arguments: Mapping[str, Any], say: Say) -> Done:
    """Compute a stored sweep that stands still after some points, unless a file lets it go on."""
    from halodot.app.work import WORKS
    from halodot.learn import sweep_stored

    engine = in_this_process(place.session / GO_ON, say)
    sweep_stored.engine = lambda workers, scheduler="": engine  # type: ignore[assignment]
    return WORKS["sweep"](place, arguments, say)


STUBS = {"counting": counting, "sleeping": sleeping, "failing": failing, "dying": dying}
