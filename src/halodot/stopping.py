"""Ctrl-C and other wishes to stop: what is unfinished is removed, the processes beside this one end, and it leaves.

Nothing is raised where a signal arrives. An exception there may strike while compiled code calls back, which loses it
or ends the interpreter by force.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

#: exit codes of what can be asked for: Ctrl-C, and the end that a scheduler or ``kill`` asks for
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}
#: seconds that a process which was ended may take to be gone
_GONE_WITHIN = 0.5
_MESSAGE = "stopped; what was not finished is not written\n"

_UNFINISHED: list[Callable[[], None]] = []
_WHOLE: list[int] = []  # an entry for each thing that is not to be stopped halfway
_ASKED: list[int] = []


@contextmanager
def unfinished(remove: Callable[[], None]) -> Iterator[None]:
    """Have something removed, should the process be stopped before the block ends.

    Args:
        remove: takes away what is not finished; may be called at any moment of the block, or twice.
    """
    _UNFINISHED.append(remove)
    try:
        yield
    finally:
        _UNFINISHED.remove(remove)


@contextmanager
def not_halfway() -> Iterator[None]:
    """Let a wish to stop wait until the block ends, which takes moments."""
    _WHOLE.append(0)
    try:
        yield
    finally:
        _WHOLE.pop()
        if _ASKED and not _WHOLE:
            _leave(_ASKED[0])


@contextmanager
def stoppable() -> Iterator[None]:
    """Take Ctrl-C and SIGTERM as wishes to stop within the block, where signals can be taken at all."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    here = os.getpid()

    def stop(number: int, frame: Any) -> None:
        if os.getpid() != here:  # a copy of this process, which has nothing of its own
            os._exit(CODES[signal.Signals(number)])
        _ASKED.append(CODES[signal.Signals(number)])
        if not _WHOLE:
            _leave(_ASKED[0])

    before = {number: signal.signal(number, stop) for number in CODES if signal.getsignal(number) != signal.SIG_IGN}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave(code: int) -> None:
    """Remove what is unfinished and end the process; the next Ctrl-C ends it without that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    children = _children()
    for child in children:
        with suppress(OSError, ValueError):
            child.kill()
    for child in children:
        with suppress(OSError, ValueError, AssertionError):
            child.join(_GONE_WITHIN)
    if "multiprocessing.util" in sys.modules:  # semaphores have names, which nobody else removes without a remark
        with suppress(Exception):
            sys.modules["multiprocessing.util"]._run_finalizers(0)
    for remove in reversed(_UNFINISHED):
        with suppress(Exception):
            remove()
    with suppress(OSError, ValueError, RuntimeError, AttributeError):
        sys.stdout.flush()
    with suppress(OSError):
        os.write(2, _MESSAGE.encode())
    os._exit(code)


def _children() -> list[Any]:
    """Return the processes that this one started, without loading what starts them."""
    module = sys.modules.get("multiprocessing")
    return [] if module is None else module.active_children()
