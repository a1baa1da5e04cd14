"""Long work beside the page: each job in a process of its own, with progress and a stop, one at a time for a session.

A job writes into a folder of its own; the files that it names are moved to the session's when all of them are whole.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import shutil
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from halodot.app.exports import OUT
from halodot.app.job_process import FOLDER_OF, Done, Heard, Place, Work, run_job
from halodot.app.kept_jobs import keep, kept
from halodot.app.work import PASSING, WORKS
from halodot.errors import InputError, Problem
from halodot.time_left import time_left
from halodot.workers import SilentContext, end_with_all

Phase = Literal["waiting", "running", "done", "failed", "stopped"]
#: seconds that a job which was asked to stop has to remove what it holds, before it is ended by force
STOPPED_WITHIN = 0.4
_LOG = logging.getLogger(__name__)
#: seconds of a step after which the time that is left is told
_TOLD_AFTER = 2.0


@dataclass(frozen=True)
class Progress:
    """How far a job is."""

    text: str = ""
    done: int = 0
    of: int = 0  # steps of what the text says; 0 where they cannot be counted
    first: int = 0  # steps that were behind when the text was said first
    since: float = 0.0  # when that was, of a clock that only goes on [s]

    def seconds_left(self, now: float) -> float | None:
        """Return how long the rest takes [s], None while too little is done to tell.

        Args:
            now: of the same clock [s].
        """
        took = now - self.since
        return time_left(self.done, self.of, self.done - self.first, took) if took > _TOLD_AFTER else None


@dataclass(frozen=True)
class JobState:
    """What is known of a job."""

    phase: Phase = "waiting"
    progress: Progress = Progress()
    outcome: Done | None = None
    problems: tuple[Problem, ...] = ()  # why it failed, each a sentence

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self.phase in ("done", "failed", "stopped")


class Job:
    """One piece of long work: its present state, and who wants to hear of a new one."""

    def __init__(self, number: int, kind: str, arguments: Mapping[str, Any]) -> None:
        """Args: ``number`` in the session, ``kind`` of :data:`WORKS`, ``arguments`` that it takes."""
        self.number, self.kind, self.arguments = number, kind, dict(arguments)
        self.state = JobState()
        self._heard: list[Callable[[JobState], None]] = []
        self._over = asyncio.Event()

    def listen(self, heard: Callable[[JobState], None]) -> Callable[[], None]:
        """Have a function called on the event loop with every new state, and return what ends that."""
        self._heard.append(heard)
        return lambda: self._heard.remove(heard) if heard in self._heard else None

    async def finished(self) -> JobState:
        """Wait until nothing more will happen, and return the last state."""
        await self._over.wait()
        return self.state

    def become(self, state: JobState) -> None:
        """Take a new state and say it to all who listen."""
        self.state = state
        for heard in tuple(self._heard):
            heard(state)
        if state.over:
            self._over.set()


@dataclass(frozen=True)
class _Running:
    """A job that is at work, with its process and the folder that it writes into."""

    job: Job
    process: Any
    link: Any
    scratch: Path


class JobRunner:
    """Runs the jobs of a session in their order; everything but the work itself happens on the event loop."""

    def __init__(self, folder: Path, works: Mapping[str, Work] = WORKS) -> None:
        """Args: ``folder`` of the session, whose ``out`` the files go to; ``works``, function by kind of job."""
        self._folder, self._works = folder, works
        self._waiting: deque[Job] = deque()
        self._running: _Running | None = None
        self._latest: dict[str, Job] = {}
        self._count = 0
        self._loop = asyncio.get_running_loop()
        for left in folder.glob(f"{FOLDER_OF}*"):  # of a server that was killed
            shutil.rmtree(left, ignore_errors=True)
        for kind, arguments, outcome in kept(folder):
            if kind in works:
                self._latest[kind] = job = Job(0, kind, arguments)
                job.become(JobState("done", outcome=outcome))
        atexit.register(self.close)

    @property
    def jobs(self) -> tuple[Job, ...]:
        """The job at work and those that wait, in their order."""
        return (*((self._running.job,) if self._running else ()), *self._waiting)

    def latest(self, kind: str) -> Job | None:
        """Return the job of a kind that was started last."""
        return self._latest.get(kind)

    def start(self, kind: str, arguments: Mapping[str, Any], heard: Callable[[JobState], None] | None = None) -> Job:
        """Put a job in the queue; it begins at once where none is at work.

        Args:
            kind: of the job.
            arguments: plain data; ``study`` is the text of the study.
            heard: called on the event loop with every new state.

        Raises:
            InputError: there is no such kind of job.
        """
        if kind not in self._works:
            raise InputError(f"there is no work called {kind!r}; there is {', '.join(self._works)}")
        self._count += 1
        job = Job(self._count, kind, arguments)
        if heard is not None:
            job.listen(heard)
        self._latest[kind] = job
        self._waiting.append(job)
        self._next()
        return job

    def stop(self, job: Job) -> None:
        """End a job, whether it waits or is at work; nothing that it has begun to write is left."""
        if job in self._waiting:
            self._waiting.remove(job)
            job.become(replace(job.state, phase="stopped"))
        elif self._running is not None and self._running.job is job and not job.state.over:
            _ask_to_end(self._running.process)
            self._loop.call_later(STOPPED_WITHIN, end_with_all, self._running.process)
            job.become(replace(job.state, phase="stopped"))

    def close(self) -> None:
        """End all work at once, as at the end of the server or of the session."""
        atexit.unregister(self.close)
        self._waiting.clear()
        running, self._running = self._running, None
        if running is not None:
            _ask_to_end(running.process)
            running.process.join(STOPPED_WITHIN)
            end_with_all(running.process)
            shutil.rmtree(running.scratch, ignore_errors=True)

    # ------------------------------------------------------------------------------------------------------ one job

    def _next(self) -> None:
        """Begin the next job where none is at work."""
        if self._running is not None or not self._waiting:
            return
        job = self._waiting.popleft()
        scratch = self._folder / f"{FOLDER_OF}{job.number}"
        context = SilentContext()
        here, there = context.Pipe(duplex=False)
        try:
            shutil.rmtree(scratch, ignore_errors=True)
            scratch.mkdir(parents=True)
            place = Place(self._folder, scratch)
            process = context.Process(target=run_job, args=(self._works[job.kind], place, job.arguments, there))
            process.start()
        except OSError as error:
            here.close()
            job.become(JobState("failed", problems=(Problem(f"the work cannot be started: {error.strerror}"),)))
            self._loop.call_soon(self._next)
            return
        finally:
            there.close()
        self._running = running = _Running(job, process, here, scratch)
        job.become(replace(job.state, phase="running"))
        threading.Thread(target=self._listen, args=(running,), daemon=True).start()

    def _listen(self, running: _Running) -> None:
        """Hand what a job says to the event loop, in a thread, until its process has ended."""
        said: Heard | None = None
        with suppress(EOFError, OSError):
            while True:
                said = running.link.recv()
                self._call(self._take, running, said)
        running.process.join()
        self._call(self._ended, running)

    def _call(self, function: Callable[..., None], *arguments: Any) -> None:
        with suppress(RuntimeError):  # the loop has been closed, and nobody listens any more
            self._loop.call_soon_threadsafe(function, *arguments)

    def _take(self, running: _Running, said: Heard) -> None:
        """Take one thing that a job has said."""
        job = running.job
        if job.state.over:
            return
        if said.kind == "progress":
            before, now = job.state.progress, Progress(*said.content)
            same = before.text == now.text and before.of == now.of
            first, since = (before.first, before.since) if same else (now.done, time.monotonic())
            now = replace(now, first=first, since=since)
            if before.text != now.text or before.of != now.of or before.done <= now.done:
                job.become(replace(job.state, progress=now))
        elif said.kind == "done":
            self._finish(running, said.content)
        else:
            if said.trace:
                _LOG.error("%s\n%s", job.kind, said.trace)
            job.become(replace(job.state, phase="failed", problems=tuple(said.content)))

    def _finish(self, running: _Running, outcome: Done) -> None:
        """Move the files of a job to those of the session and say that it is done."""
        job, out = running.job, self._folder / OUT
        try:
            out.mkdir(exist_ok=True)
            for name in outcome.files:
                (running.scratch / Path(name).name).replace(out / Path(name).name)
        except OSError as error:
            problem = Problem(f"the files cannot be kept: {error.strerror}; make room on the disk")
            job.become(replace(job.state, phase="failed", problems=(problem,)))
            return
        if job.kind not in PASSING:
            with suppress(OSError):  # it is shown all the same, until the server ends
                keep(self._folder, job.kind, job.arguments, outcome)
        job.become(replace(job.state, phase="done", outcome=outcome))

    def _ended(self, running: _Running) -> None:
        """Remove what is left of a job whose process has ended, and begin the next."""
        job = running.job
        shutil.rmtree(running.scratch, ignore_errors=True)
        running.link.close()
        if self._running is not running:  # the runner was closed
            return
        self._running = None
        if not job.state.over:
            job.become(replace(job.state, phase="failed", problems=(_death(running.process.exitcode),)))
        self._next()


def _death(code: int | None) -> Problem:
    """Return why a process may have ended without a word, as a sentence."""
    if code == -signal.SIGKILL if hasattr(signal, "SIGKILL") else False:
        why = "it was ended from outside, most likely because the computer had no memory left; close other programs"
    else:
        why = f"its process ended by itself (code {code}); start it again"
    return Problem(f"the work ended without an answer: {why}. Your study is as it was")


def _ask_to_end(process: Any) -> None:
    """Ask a process to remove what it holds, and to end."""
    with suppress(OSError, ValueError):
        process.terminate()
