"""Work in processes beside this one: figures, whose library is loaded while the device is solved."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import current_process, get_context
from typing import Any, Generic, TypeVar

Asked = TypeVar("Asked")
Found = TypeVar("Found")
#: how many there are: they, and this one as long as it writes, are to keep two processors at work
_COUNT = 2
#: what they send before their answer
_READY, _BEGUN = "ready", "begun"


class OtherProcesses(Generic[Asked, Found]):
    """Processes that share the pieces of one work; what none of them does is done here."""

    def __init__(
        self, work: Callable[[Asked, str], Found], links: Sequence[Any] = (), numbers: int | None = None
    ) -> None:
        """Args: ``work`` makes one piece, ``links`` lead to the processes, which take ``numbers`` from a pipe."""
        self._work, self._waiting, self._numbers = work, list(links), numbers
        self._at_work: list[Any] = []

    def ask(self, asked: Asked, pieces: Sequence[str]) -> None:
        """Let the others begin; whoever is free takes the next piece, of at most 256."""
        self._asked, self._pieces = asked, tuple(pieces)
        if self._numbers is not None:
            with suppress(BrokenPipeError):  # all were ended
                os.write(self._numbers, bytes(range(len(pieces))))
        self.close()
        if self._waiting:
            self._send(self._waiting[0])
        self._send_to_ready()

    def answers(self, told: Callable[[str], None] = lambda piece: None) -> dict[str, Found]:
        """Wait for all pieces and return them by their names in the order asked, or raise what the work raised.

        Args:
            told: called with every piece that is begun.
        """
        from multiprocessing.connection import wait

        found: dict[str, Found] = {}
        self._send_to_ready()
        while self._at_work:
            for link in wait(self._at_work):
                found |= self._heard(link, told)
        for piece in (piece for piece in self._pieces if piece not in found):
            told(piece)
            found[piece] = self._work(self._asked, piece)
        return {piece: found[piece] for piece in self._pieces}

    def close(self) -> None:
        """Let no more pieces be taken than those that were asked for."""
        if self._numbers is not None:
            os.close(self._numbers)
            self._numbers = None

    def _heard(self, link: Any, told: Callable[[str], None]) -> dict[str, Found]:
        """Take one message of a process, and return what it has made where that is it."""
        try:
            what, content = link.recv()
        except (EOFError, OSError):  # it was ended, as for want of memory
            what, content = None, {}
        if what == _READY:
            return {}
        if what == _BEGUN:
            told(content)
            return {}
        self._at_work.remove(link)
        if isinstance(content, Exception):
            raise content
        made: dict[str, Found] = content
        return made

    def _send(self, link: Any) -> None:
        self._waiting.remove(link)
        with suppress(OSError):  # it was ended
            link.send((self._asked, self._pieces))
            self._at_work.append(link)

    def _send_to_ready(self) -> None:
        """Ask those that have prepared themselves, so that nothing waits for them here."""
        for link in [link for link in self._waiting if link.poll()]:
            self._send(link)


@contextmanager
def other_processes(
    prepare: Callable[[], object], work: Callable[[Asked, str], Found]
) -> Iterator[OtherProcesses[Asked, Found]]:
    """Start copies of this process, which end with the block.

    Args:
        prepare: what a copy does first, one after the other, while nothing is asked: loading what the work needs.
        work: makes one piece of what is asked; takes and returns what can be sent to another process.

    Returns:
        What asks the copies and waits for their answers.
    """
    if not _can_copy():
        yield OtherProcesses(work)
        return
    context = get_context("fork")
    taken, numbers = os.pipe()
    links = [context.Pipe() for _ in range(_COUNT)]
    turns = [context.Pipe(duplex=False) for _ in range(_COUNT)]
    ends = [end for pair in (*links, *turns) for end in pair]
    processes = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads, none of which the copies wait for
        for number, ((_, there), (turn, _)) in enumerate(zip(links, turns)):
            own = there, turn if number else None, turns[(number + 1) % _COUNT][1]
            strange = [end for end in ends if end not in own]
            arguments = (prepare, work, own, taken, (numbers, strange))
            processes.append(context.Process(target=_serve, args=arguments, daemon=True))
            processes[-1].start()
    os.close(taken)
    here = [link for link, _ in links]
    for end in ends:
        if end not in here:
            end.close()
    others = OtherProcesses(work, here, numbers)
    try:
        yield others
    finally:
        for process in processes:
            process.kill()  # a milder signal is lost where it comes before the copy has begun
            process.join()
        others.close()
        for link in here:
            link.close()


def _can_copy() -> bool:
    """Whether a process can be copied safely, may have a child, and a second processor is there to run it."""
    return sys.platform == "linux" and not current_process().daemon and len(os.sched_getaffinity(0)) > 1


def _serve(
    prepare: Callable[[], object],
    work: Callable[[Any, str], Any],
    own: tuple[Any, Any, Any],
    taken: int,
    strange: tuple[int, list[Any]],
) -> None:
    """Make pieces until none is left, and send them, or the error that it ended with; die of Ctrl-C without a word."""
    from multiprocessing.connection import wait

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__  # no bar is drawn from here
    os.close(strange[0])
    for end in strange[1]:
        end.close()
    link, turn, following = own
    try:
        if turn is not None:  # the one before leaves this end when it is ready, and this one the other when it ends
            wait([turn, link])
        prepare()
        following.close()
        link.send((_READY, None))
        asked, pieces = link.recv()
        made = {}
        while index := os.read(taken, 1):
            piece = pieces[index[0]]
            link.send((_BEGUN, piece))
            made[piece] = work(asked, piece)
        answer: tuple[str, Any] = "made", made
    except EOFError:  # nothing was asked
        return
    except Exception as error:
        answer = "failed", error
    link.send(answer)
    link.close()
