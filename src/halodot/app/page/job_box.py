"""Long work on the page: a button that starts it, how far it is, a button that stops it, and what came of it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from nicegui import ui

from halodot.app.job_process import Done
from halodot.app.jobs import Job, JobState
from halodot.app.page.elements import button, element, mark, say, sentence
from halodot.app.page.host import Host
from halodot.errors import InputError, Problem
from halodot.time_left import duration

_WAITING, _STOPPED = "waits for the work before it", "stopped; nothing of it was kept"
_CHANGED = "This is of the study as it was; it has changed since. Start again for the present one."


class JobBox:
    """One kind of long work of the session, which goes on when the page is left and is found again when it is back."""

    def __init__(
        self,
        page: Host,
        kind: str,
        title: str,
        arguments: Callable[[], Mapping[str, Any]],
        on_done: Callable[[Done, bool], None],
        about: str = "",
        stopped: Callable[[], str] = lambda: _STOPPED,
    ) -> None:
        """Make the buttons and what tells of the work in the present container; `refresh` finds what is there.

        Args:
            page: that they stand on.
            kind: of the work.
            title: on the button that starts it.
            arguments: gives what is asked for, beside the study; may raise InputError.
            on_done: takes what came of it, and whether it was started on this page.
            about: what it does, below the button.
            stopped: says what a stop leaves.
        """
        self._page, self._kind, self._arguments, self._on_done = page, kind, arguments, on_done
        self._told_when_stopped = stopped
        self._job: Job | None = None
        self._own = False
        self._phase = ""
        self._end_listening: Callable[[], None] = lambda: None
        with element("div", classes="job", data_job=kind):
            with element("div", classes="tools"):
                self._start = button(title, self.start)
                self._stop = button("Stop", self._stopped, f"stop: {title}", hidden="")
            if about:
                element("p", about, "aside")
            self._bar = element("progress", aria_label=f"{title}: how far", hidden="")
            self._said = element("p", classes="aside", role="status")
            self._wrong = element("p", classes="problem", role="alert")
            self._old = element("p", classes="aside")
        ui.context.client.on_delete(lambda: self._end_listening())

    def start(self) -> None:
        """Start the work for the study as it is, unless it is under way."""
        if self._job is not None and not self._job.state.over:
            return
        opened = self._page.opened
        try:
            asked = {**self._arguments(), "study": opened.state.study}
            job = opened.jobs.start(self._kind, asked)
        except InputError as error:
            say(self._wrong, " ".join(map(sentence, error.problems)))
            return
        self._own = True
        self._attach(job)

    def refresh(self) -> None:
        """Show the work of this kind that was started last, and whether the study has changed since."""
        job = self._page.opened.jobs.latest(self._kind)
        if job is not None and job is not self._job:
            self._own = False
            self._attach(job)
        self._age()

    def _attach(self, job: Job) -> None:
        self._end_listening()
        self._job, self._phase = job, ""
        self._end_listening = job.listen(self._heard)
        self._heard(job.state)

    def _heard(self, state: JobState) -> None:
        """Show a new state; how far it is changes no element, since that would go through the whole page."""
        if state.phase != self._phase:
            self._phase = state.phase
            self._turn(state)
        if not state.over:
            counted = (state.progress.done, state.progress.of) if state.progress.of else None
            told = json.dumps([_WAITING if state.phase == "waiting" else _told(state), counted])
            self._page.run(f"halodot.progress({self._said.id},{self._bar.id},...{told})")

    def _turn(self, state: JobState) -> None:
        """Show that the work has begun or ended."""
        running = not state.over
        mark(self._start, disabled="" if running else None)
        mark(self._stop, hidden=None if running else "")
        mark(self._bar, hidden=None if running else "")
        last = self._told_when_stopped() if state.phase == "stopped" else ""
        say(self._said, "" if running else last)
        if not running:  # what was written into it meanwhile is no text of the element
            self._page.run(f"halodot.say({self._said.id},{json.dumps(last)})")
        say(self._wrong, " ".join(map(_placed, state.problems)))
        if state.phase == "done" and state.outcome is not None:
            self._on_done(state.outcome, self._own)
        self._age()

    def _age(self) -> None:
        job = self._job
        old = job is not None and job.state.phase == "done" and job.arguments["study"] != self._page.opened.state.study
        say(self._old, _CHANGED if old else "")

    def _stopped(self) -> None:
        if self._job is not None:
            self._page.opened.jobs.stop(self._job)


def _placed(problem: Problem) -> str:
    """Return what is wrong in a sentence that says where: no field stands beside it."""
    said = sentence(problem)
    return said if not problem.path or problem.path in said else f"{problem.path}: {said}"


def _told(state: JobState) -> str:
    progress = state.progress
    text = progress.text or "starting"
    if not progress.of:
        return f"{text} ..."
    seconds = progress.seconds_left(time.monotonic())
    left = "" if seconds is None or progress.done == progress.of else f", about {duration(seconds)} left"
    return f"{text}: {progress.done} of {progress.of}{left}"
