"""Work in a second process, a copy of this one: for figures, while data is written."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import current_process, get_context
from typing import Any, TypeVar

Found = TypeVar("Found")


@contextmanager
def in_second_process(work: Callable[[], Found]) -> Iterator[Callable[[], Found]]:
    """Do some work in a copy of this process, which ends with the block; where there is none, when it is asked for.

    Args:
        work: returns what can be sent to another process.

    Returns:
        What waits for the work and returns its answer, or raises what it raised.
    """
    if not _can_copy():
        yield work
        return
    context = get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(work, sender), daemon=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads, none of which the copy waits for
        process.start()
    sender.close()

    def answer() -> Found:
        try:
            done, found = receiver.recv()
        except EOFError:  # it was ended, as for want of memory
            return work()
        if not done:
            raise found
        return found  # type: ignore[no-any-return]

    try:
        yield answer
    finally:
        if process.is_alive():
            process.terminate()
        process.join()
        receiver.close()


def _can_copy() -> bool:
    """Whether a process can be copied safely, may have a child, and a second processor is there to run it."""
    return sys.platform == "linux" and not current_process().daemon and len(os.sched_getaffinity(0)) > 1


def _send(work: Callable[[], Any], sender: Any) -> None:
    """Send what came of some work, or the error that it ended with; die of Ctrl-C without a word."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__  # no bar is drawn from here
    try:
        answer = True, work()
    except Exception as error:
        answer = False, error
    sender.send(answer)
    sender.close()
