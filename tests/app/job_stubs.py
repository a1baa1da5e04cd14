"""Jobs that load nothing: one counts, one sleeps, one fails and one dies."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from typing import Any

from halodot.app.job_process import Done, Place, Say
from halodot.outputs import write_text


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


STUBS = {"counting": counting, "sleeping": sleeping, "failing": failing, "dying": dying}
