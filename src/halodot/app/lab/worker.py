"""The process that looks at a session's files, kept warm between two looks, with progress and a stop."""

from __future__ import annotations

import asyncio
import atexit
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from halodot.app.job_process import problems_of
from halodot.app.lab.bench import LabView
from halodot.app.lab.picture import PictureView
from halodot.errors import InputError, Problem
from halodot.workers import SilentContext, end_with_all, end_with_parent

#: how much the live page goes before a look, as the system counts it
_NICE = 10
#: seconds that a process which is asked to stop has for it
_STOPPED_WITHIN = 0.4
_ENDED = "the files were not looked at to the end: the work was stopped; look again to go on where it was"


@dataclass(frozen=True)
class _Said:
    kind: Literal["progress", "done", "failed"]
    content: Any


class LabWorker:
    """Looks at the files of one session in a process of its own, one look after another."""

    def __init__(self, session: Path, told: Callable[[str], None]) -> None:
        """Args: ``session`` is its folder; ``told`` takes, on the event loop, how far a look is."""
        self._session, self._told = session, told
        self._process: Any = None
        self._link: Any = None
        self._asking = asyncio.Lock()
        atexit.register(self.stop)  # or the end of the server would wait for the process

    async def look(self) -> LabView:
        """Look at the files.

        Raises:
            InputError: analysis.yaml has mistakes, the disk is full, or the look was stopped.
        """
        found = await self._ask("look", ())
        assert isinstance(found, LabView)
        return found

    async def pictures(self, key: str, theme: str) -> tuple[PictureView, ...]:
        """Return the pictures of an analysis.

        Args:
            key: name of the analysis.
            theme: ``light`` or ``dark``.

        Raises:
            InputError: there is no such analysis.
        """
        return tuple(await self._ask("pictures", (key, theme)))

    def close(self) -> None:
        """End the process for good."""
        atexit.unregister(self.stop)
        self.stop()

    def stop(self) -> None:
        """End what is at work; what is finished stays, and the next look goes on from there."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(OSError, ValueError):
            process.terminate()
        threading.Timer(_STOPPED_WITHIN, end_with_all, (process,)).start()

    async def _ask(self, what: str, arguments: tuple[str, ...]) -> Any:
        async with self._asking:
            loop = asyncio.get_running_loop()

            def heard(text: str) -> None:
                with suppress(RuntimeError):  # the loop has been closed
                    loop.call_soon_threadsafe(self._told, text)

            said = await asyncio.to_thread(self._asked, what, arguments, heard)
        if said.kind == "failed":
            raise InputError(list(said.content))
        return said.content

    def _asked(self, what: str, arguments: tuple[str, ...], heard: Callable[[str], None]) -> _Said:
        """Ask the process, started where there is none, and hear it until it has answered; in a thread."""
        try:
            if self._process is None or not self._process.is_alive():
                self._start()
            self._link.send((what, arguments))
            while True:
                said: _Said = self._link.recv()
                if said.kind != "progress":
                    return said
                heard(said.content)
        except (EOFError, OSError, BrokenPipeError):
            return _Said("failed", (Problem(_ENDED),))

    def _start(self) -> None:
        context = SilentContext()
        self._link, there = context.Pipe()
        process = context.Process(target=_work, args=(self._session, there))
        process.start()
        there.close()
        self._process = process


def _work(session: Path, link: Any) -> None:
    """Answer what is asked, in the process."""
    end_with_parent()
    if hasattr(os, "setsid"):
        with suppress(OSError):
            os.setsid()
        os.nice(_NICE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from halodot.app.lab.bench import look
    from halodot.app.lab.picture import pictures

    def told(text: str) -> None:
        link.send(_Said("progress", text))

    while True:
        try:
            what, arguments = link.recv()
        except (EOFError, OSError):
            return
        try:
            found: Any = look(session, told) if what == "look" else pictures(session, *arguments)
            said = _Said("done", found)
        except Exception as error:
            said = _Said("failed", problems_of(error))
        with suppress(OSError):
            link.send(said)
