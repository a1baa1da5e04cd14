"""Work in a second process beside this one: figures, whose library is loaded while the device is solved."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import current_process, get_context
from typing import Any, Generic, TypeVar

Asked = TypeVar("Asked")
Found = TypeVar("Found")


class SecondProcess(Generic[Asked, Found]):
    """A second process that is asked one thing and answers it; where there is none, the answer is made here."""

    def __init__(self, work: Callable[[Asked], Found], link: Any = None) -> None:
        """Args: ``work`` makes the answer, ``link`` leads to the other process."""
        self._work, self._link, self._asked = work, link, None

    def ask(self, asked: Asked) -> None:
        """Let the other process begin."""
        self._asked = asked  # type: ignore[assignment]
        try:
            if self._link is not None:
                self._link.send(asked)
        except OSError:  # it was ended, as for want of memory
            self._link = None

    def answer(self) -> Found:
        """Wait for the answer and return it, or raise what the work raised."""
        try:
            done, found = (False, None) if self._link is None else self._link.recv()
        except (EOFError, OSError):
            done, found = False, None
        if isinstance(found, Exception):
            raise found
        made: Found = found if done else self._work(self._asked)  # type: ignore[assignment, arg-type]
        return made


@contextmanager
def second_process(
    prepare: Callable[[], object], work: Callable[[Asked], Found]
) -> Iterator[SecondProcess[Asked, Found]]:
    """Start a copy of this process, which ends with the block.

    Args:
        prepare: what the copy does first, while nothing is asked of it: loading what the work needs.
        work: takes and returns what can be sent to another process.

    Returns:
        What asks the copy and waits for its answer.
    """
    if not _can_copy():
        yield SecondProcess(work)
        return
    context = get_context("fork")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(prepare, work, there, here), daemon=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads, none of which the copy waits for
        process.start()
    there.close()
    try:
        yield SecondProcess(work, here)
    finally:
        process.kill()  # a milder signal is lost where it comes before the copy has begun
        process.join()
        here.close()


def _can_copy() -> bool:
    """Whether a process can be copied safely, may have a child, and a second processor is there to run it."""
    return sys.platform == "linux" and not current_process().daemon and len(os.sched_getaffinity(0)) > 1


def _serve(prepare: Callable[[], object], work: Callable[[Any], Any], link: Any, other: Any) -> None:
    """Answer what is asked, or send the error that it ended with; die of Ctrl-C without a word."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__  # no bar is drawn from here
    other.close()
    try:
        prepare()
        answer = True, work(link.recv())
    except EOFError:  # nothing was asked
        return
    except Exception as error:
        answer = False, error
    link.send(answer)
    link.close()
