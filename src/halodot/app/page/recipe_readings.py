"""Where the recipe can be read in more than one way: each reading a choice, with what the others would change."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from nicegui import background_tasks

from halodot.app.jobs import Job, JobState
from halodot.app.page.elements import button, element, mark, paragraph, say, table
from halodot.app.page.host import Host
from halodot.app.recipe.flags import Choice, Flag, study_flags, take_reading, usual_reading
from halodot.app.recipe.rows import RecipePart
from halodot.study import Study

_ABOUT = "The words of this recipe can be read in more than one way. The chosen reading is the one that is computed."


class Readings:
    """The readings of the recipe that is shown."""

    def __init__(self, page: Host) -> None:
        """Make their place in the present container.

        Args:
            page: that they stand on.
        """
        self._page = page
        self._study: Study | None = None
        self._flags: tuple[Flag, ...] | None = None
        self._steps: dict[str, str] = {}
        with element("details", classes="readings", open_="") as self._box:
            element("summary", "How the recipe is read")
            self._about = paragraph("", "aside")
            self._list = element("div")

    def refresh(self, study: Study, parts: Sequence[RecipePart]) -> None:
        """Find the readings of a study beside the page, and show them when they are there.

        Args:
            study: as it is read.
            parts: its recipe.
        """
        self._study = study
        self._steps = {step.path: f"{part.title}, step {step.number}" for part in parts for step in part.steps}
        background_tasks.create(self._find(study), name="readings of the recipe")

    async def _find(self, study: Study) -> None:
        flags = await asyncio.to_thread(study_flags, study)
        if study is not self._study or self._box.is_deleted:
            return  # a newer study is on its way
        if flags != self._flags:
            self._flags = flags
            with self._box:
                self._show(flags)
                self._page.run("window.halodotRecipe?.back()")

    def _show(self, flags: tuple[Flag, ...]) -> None:
        say(self._about, _ABOUT if flags else "Nothing of this recipe can be read in more than one way.")
        self._list.clear()
        with self._list:
            for number, flag in enumerate(flags):
                _Reading(self._page, flag, number, self._steps.get(flag.where, ""))


class _Reading:
    """One place that can be read in more than one way."""

    def __init__(self, page: Host, flag: Flag, number: int, step: str) -> None:
        self._page, self._flag = page, flag
        self._job: Job | None = None
        with element("fieldset", classes="reading", data_path=f"reading {number}"):
            element("legend", flag.name)
            for place, (text, chosen) in enumerate(((flag.taken, None), *((one.text, one) for one in flag.choices))):
                self._radio(text, chosen, f"reading-{number}", place)
            self._wrong = element("p", classes="problem", role="alert")
            element("p", f"{step}. {flag.note}" if step else flag.note, "aside")
            with element("div", classes="tools"):
                self._ask = button("What would change", self._asked, f"what would change: {flag.name}")
                self._stop = button("Stop", self._stopped, hidden="")
                if flag.stated:
                    button("As the library reads it", self._usual)
            self._progress = element("p", classes="aside", role="status")
            self._answer = element("div")

    def _radio(self, text: str, chosen: Choice | None, name: str, place: int) -> None:
        with element("label", classes="check", data_path=f"{name} {place}"):
            made = element("input", type="radio", name=name, checked="" if chosen is None else None)
            element("span", text)
        if chosen is not None:
            made.on("change", partial(self._taken, chosen), js_handler="() => emit()")

    def _taken(self, chosen: Choice) -> None:
        problems = self._page.opened.edit(
            lambda study, folder: take_reading(study, folder, chosen), f"{self._flag.name}: {chosen.text}"
        )
        say(self._wrong, " ".join(problem.message for problem in problems))

    def _usual(self) -> None:
        flag = self._flag
        problems = self._page.opened.edit(
            lambda study, folder: usual_reading(study, folder, flag), f"{flag.name}: as the library reads it"
        )
        say(self._wrong, " ".join(problem.message for problem in problems))

    # ----------------------------------------------------------------------------------------------- what would change

    def _asked(self) -> None:
        opened = self._page.opened
        self._job = opened.jobs.start("readings", {"study": opened.state.study, "flag": self._flag.name}, self._heard)

    def _stopped(self) -> None:
        if self._job is not None:
            self._page.opened.jobs.stop(self._job)

    def _heard(self, state: JobState) -> None:
        """Show how far the work is, or what came of it."""
        if self._answer.is_deleted:
            return
        with self._answer:
            mark(self._stop, hidden="" if state.over else None)
            mark(self._ask, disabled=None if state.over else "")
            say(self._progress, _told(state))
            if state.outcome is not None:
                self._answer.clear()
                for one in state.outcome.tables:
                    table(f"{one.title}: what would change", one.head, one.rows)


def _told(state: JobState) -> str:
    if state.phase == "failed":
        return " ".join(problem.message for problem in state.problems)
    if state.phase == "stopped":
        return "Stopped."
    if state.over:
        return ""
    progress = state.progress
    count = f" ({progress.done + 1} of {progress.of})" if progress.of else ""
    return f"Computing {progress.text}{count}" if progress.text else "Computing"
