"""The measured files of an open session: clicks are written and looked at one after another, for every page at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from operator import methodcaller
from pathlib import Path
from typing import Protocol

from halodot.app.job_process import problems_of
from halodot.app.lab import edits
from halodot.app.lab.bench import LabView
from halodot.app.lab.picture import PictureView
from halodot.app.lab.worker import LabWorker
from halodot.app.session import PageState
from halodot.errors import InputError, Problem

_LOG = logging.getLogger(__name__)


class Keeper(Protocol):
    """The session that the files belong to."""

    @property
    def state(self) -> PageState:
        """What the user has set."""

    @property
    def folder(self) -> Path:
        """The session's own folder."""

    def change(self, state: PageState, about: str) -> None:
        """Take one step."""

    def amend(self, state: PageState, kept: bool = True) -> None:
        """Change what belongs to the present step."""


class LabViewer(Protocol):
    """A page that shows the files."""

    def show_look(self, view: LabView) -> None:
        """Show what the last look found."""

    def show_busy(self, busy: bool) -> None:
        """Show whether a look is at work."""

    def show_progress(self, text: str) -> None:
        """Show how far the look is."""

    def complain(self, problems: tuple[Problem, ...]) -> None:
        """Show what is wrong, nothing where nothing is."""


@dataclass(frozen=True)
class _Click:
    """What somebody did, until it is written."""

    edit: Callable[[], str | None]  # writes it; returns the name that its analysis has from then on, where it changes
    about: str  # the step in words; empty where it is none
    key: str = ""  # name of the analysis


class LabDesk:
    """Looks at the files of one session, and keeps every click in their plan with the session."""

    def __init__(self, keeper: Keeper) -> None:
        """Args: ``keeper`` is the session."""
        self._keeper = keeper
        self._viewers: list[LabViewer] = []
        self._worker = LabWorker(keeper.folder, self._progress)
        self._clicks: list[_Click] = []
        self._wanted = False
        self._work: asyncio.Task[None] | None = None
        self._plan = edits.plan_text(keeper.folder)

    @property
    def busy(self) -> bool:
        """Whether a look is at work."""
        return self._work is not None

    def add(self, viewer: LabViewer) -> None:
        """Have a page show the files."""
        self._viewers.append(viewer)

    def remove(self, viewer: LabViewer) -> None:
        """A page is gone; the process that looks at the files ends with the last one."""
        if viewer in self._viewers:
            self._viewers.remove(viewer)
        if not self._viewers:
            self.stop()

    def do(self, edit: Callable[[], str | None], about: str, key: str = "") -> None:
        """Take a click: it is written when the look at work is over, and looked at once more.

        Args:
            edit: writes it, and returns the name that its analysis has from then on where that changes.
            about: the step in words.
            key: name of the analysis.
        """
        self._clicks.append(_Click(edit, about, key))
        self.look()

    def look(self) -> None:
        """Look at the files, once more where a look is at work."""
        self._wanted = True
        if self._work is None:
            self._work = asyncio.get_running_loop().create_task(self._looks(), name="look at the files")

    def stop(self) -> None:
        """End what is at work; the next look goes on from there."""
        self._worker.stop()

    def close(self) -> None:
        """End the process for good."""
        self._worker.close()

    def take_last_click(self) -> bool:
        """Take back the click that waits to be written, as the step which it has not become yet.

        Returns:
            Whether there was one.
        """
        last = next((place for place in reversed(range(len(self._clicks))) if self._clicks[place].about), None)
        if last is None:
            return False
        del self._clicks[last]
        return True

    def follow(self) -> None:
        """Put an earlier plan back where a step was undone or redone."""
        wanted = self._keeper.state.plan
        if wanted and wanted != self._plan:
            self._plan = wanted
            self.do(lambda: edits.restore_plan(self._keeper.folder, wanted), "")

    async def pictures(self, key: str, theme: str) -> tuple[PictureView, ...]:
        """Return the pictures of an analysis, as of :meth:`LabWorker.pictures`."""
        return await self._worker.pictures(key, theme)

    # ------------------------------------------------------------------------------------------------------ the work

    async def _looks(self) -> None:
        """Write all clicks and look at the files, until nothing more is wanted."""
        self._tell(methodcaller("show_busy", True))
        try:
            while self._wanted:
                self._wanted = False
                clicks, self._clicks = self._clicks, []
                done, renamed, problems = await asyncio.to_thread(_written, clicks, self._keeper.folder)
                written = self._keep(done, renamed)
                try:
                    view = await self._worker.look()
                except InputError as error:
                    self._tell(methodcaller("complain", (*problems, *error.problems)))
                    continue
                self._tell(methodcaller("complain", problems))
                self._complete(written)
                self._tell(methodcaller("show_look", view))
        except Exception as error:  # or nobody would hear that the look has ended
            _LOG.exception("the files cannot be looked at")
            self._tell(methodcaller("complain", problems_of(error)))
        finally:
            self._work = None
            self._tell(methodcaller("show_busy", False))

    def _keep(self, done: list[str], renamed: dict[str, str]) -> str:
        """Keep what was clicked as a step, before the look that shows it, and return the plan with it."""
        written = edits.plan_text(self._keeper.folder)
        if done:
            self._plan, state = written, self._keeper.state
            overlays = tuple(renamed.get(key, key) for key in state.overlays)
            self._keeper.change(replace(state, plan=written, overlays=overlays), "; ".join(done))
        return written

    def _complete(self, written: str) -> None:
        """Keep what a look added to the plan as part of its step, unless that was taken back meanwhile."""
        state = self._keeper.state
        if state.plan in (written, ""):
            self._plan = edits.plan_text(self._keeper.folder)
            if state.plan != self._plan:
                self._keeper.amend(replace(state, plan=self._plan))

    def _progress(self, text: str) -> None:
        if self.busy:
            self._tell(methodcaller("show_progress", text))

    def _tell(self, tell: Callable[[LabViewer], None]) -> None:
        for viewer in tuple(self._viewers):
            try:
                tell(viewer)
            except Exception:  # or no other page would hear of it
                _LOG.exception("a page cannot show the files")


def _written(clicks: list[_Click], folder: Path) -> tuple[list[str], dict[str, str], tuple[Problem, ...]]:
    """Write clicks in their order; return in words what changed the plan, analyses by other names, what was wrong."""
    done: list[str] = []
    renamed: dict[str, str] = {}
    problems: list[Problem] = []
    for click in clicks:
        before = edits.plan_text(folder)
        try:
            name = click.edit()
        except InputError as error:
            problems += error.problems
        except OSError as error:
            problems.append(Problem(f"the choice cannot be kept ({error.strerror}); make room on the disk"))
        else:
            if name:
                renamed[click.key] = name
            if click.about and edits.plan_text(folder) != before:
                done.append(click.about)
    return done, renamed, tuple(problems)
