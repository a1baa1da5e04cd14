"""A process that answers requests, one after the other; of those that wait the newest alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, Protocol

from halodot.app.live.frames import Frame, Request
from halodot.workers import SilentContext, end_with_parent

ENDED = "The computation was ended before it was done; any change starts it anew."
DIED = (
    "The process that computes ended twice at this study, as for want of memory; undo the last change, or close other "
    "programs."
)
#: times that a request is given to a process that dies of it
_TRIES = 2
#: seconds that a killed process may take to end
_PATIENCE = 1.0


class Answering(Protocol):
    """What answers requests in the process."""

    def warm(self, asked: Callable[[], bool]) -> None:
        """Make ready what the first answer needs, until somebody asks."""

    def answer(self, request: Request) -> Frame:
        """Return the frame of a request."""


class LiveWorker:
    """A process beside this one that follows a study; to be used within one event loop.

    At most one request is being answered and one waits; a newer one takes the place of the one that waits.
    """

    def __init__(self, deliver: Callable[[Frame], None], make: Callable[[], Answering]) -> None:
        """Args: ``deliver`` is called in the event loop with every frame; ``make`` in the process, for what answers."""
        self._deliver, self._make = deliver, make
        self._process: Any = None
        self._link: Connection | None = None
        self._waiting: Request | None = None
        self._task: asyncio.Task[None] | None = None
        self._ended = False  # on purpose, while it computed
        self._stopped = False
        self._thread = ThreadPoolExecutor(1, "live")

    def want(self, request: Request) -> None:
        """Ask for a frame; of the requests that wait the newest alone is answered."""
        if self._stopped:
            return
        self._waiting = request
        self.start()

    def want_if_idle(self, request: Request) -> None:
        """Ask for a frame unless another request waits."""
        if self._waiting is None:
            self.want(request)

    def forget(self) -> None:
        """Answer nothing that waits."""
        self._waiting = None

    def start(self) -> None:
        """Start the process, if it is not running, and answer what waits."""
        if not self._stopped and (self._task is None or self._task.done()):
            self._task = asyncio.get_running_loop().create_task(self._answer_all())

    def restart(self) -> None:
        """End what is being computed; what waits is answered by a new process."""
        self._ended = True
        if self._process is not None:
            self._process.kill()

    def rest(self) -> None:
        """End the process; the next request starts a new one."""
        self.forget()
        if self._process is not None and not self._stopped:
            self.restart()
            self._thread.submit(self._drop)

    async def stop(self) -> None:
        """End the process; nothing is delivered any more."""
        self._stopped, self._waiting = True, None
        if self._process is not None:
            self._process.kill()
        if self._task is not None:
            await asyncio.wait([self._task])
        self._thread.shutdown(wait=True)
        self._drop()

    @property
    def process_id(self) -> int | None:
        """The number of the process, None before it is started."""
        return None if self._process is None else self._process.pid

    # -------------------------------------------------------------------------------------------------- in the thread

    async def _answer_all(self) -> None:
        loop = asyncio.get_running_loop()
        with suppress(OSError):  # it is told with the first frame
            await loop.run_in_executor(self._thread, self._running_link)
        while self._waiting is not None and not self._stopped:
            request, self._waiting = self._waiting, None
            frame = await loop.run_in_executor(self._thread, self._answer, request)
            loop.call_soon(self._tell, frame)  # while the next request is being answered

    def _tell(self, frame: Frame) -> None:
        if not self._stopped:
            self._deliver(frame)

    def _answer(self, request: Request) -> Frame:
        """Return the frame of a request; where the process dies, a new one is asked once more."""
        self._ended = False
        for _ in range(_TRIES):
            try:
                link = self._running_link()
                link.send(request)
                frame: Frame = link.recv()
                return frame
            except (EOFError, OSError):
                self._drop()
                if self._ended or self._stopped:
                    break
        failure = ENDED if self._ended else DIED
        return Frame(request.serial, not request.preview, 0.0, failure=failure)

    def _running_link(self) -> Connection:
        """Return the link to the process, which is started where none is running."""
        if self._process is not None and self._link is not None and self._process.is_alive():
            return self._link
        self._drop()
        context = SilentContext()
        self._link, there = context.Pipe()
        self._process = context.Process(target=_serve, args=(there, self._make), daemon=True)
        self._process.start()
        there.close()
        if self._stopped:
            self._process.kill()
        return self._link

    def _drop(self) -> None:
        """End a process that does not answer any more: it may be on its way out still."""
        if self._process is not None:
            self._process.kill()
            self._process.join(_PATIENCE)
        if self._link is not None:
            self._link.close()
        self._link = None


def _serve(link: Connection, make: Callable[[], Answering]) -> None:
    """Answer what is asked until nobody asks any more."""
    end_with_parent()
    found = make()
    found.warm(link.poll)
    while True:
        try:
            link.send(found.answer(link.recv()))
        except (EOFError, OSError):
            return
