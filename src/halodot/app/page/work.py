"""The part of the page for long work: what limits the device, sweeps of numbers, and fits to measured curves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from nicegui import ui
from nicegui.element import Element

from halodot.app.edits import edit_parameters
from halodot.app.job_process import Done
from halodot.app.lab_files import curve_files
from halodot.app.page.elements import (
    Field,
    button,
    check_box,
    element,
    heading,
    offer,
    option_list,
    options_of,
    paragraph,
    say,
    sentence,
)
from halodot.app.page.host import Host
from halodot.app.page.job_box import JobBox
from halodot.app.page.outcome import Outcome
from halodot.app.page.work_sweep import SweepForm
from halodot.app.stack.written import reading_of
from halodot.app.stored_sweep import last_asked
from halodot.errors import InputError, Problem
from halodot.learn.knobs import Knob
from halodot.learn.vary import fit_space, read_vary
from halodot.wording import in_words

_RANKINGS = {"eqe": "EQE", "luminance": "luminance", "colour": "colour (EL peak)", "t50": "half life (T50)"}


class Work:
    """Limits, sweep and fit, one below the other."""

    def __init__(self, page: Host) -> None:
        """Args: ``page`` that they stand on."""
        self._page = page
        self._knobs: dict[str, Knob] = {}
        self._known = option_list("datalist")
        self._outcomes: list[Outcome] = []
        made = (
            ("limits", "What limits it", self._limits),
            ("sweep", "Sweep", self._sweep),
            ("fit", "Fit to measured curves", self._fit),
        )
        self._boxes = []
        for kind, title, make in made:
            there = kind == "limits" or page.opened.jobs.latest(kind) is not None
            with element("details", classes="section", open="" if there else None):
                with element("summary"):
                    heading(2, title)
                self._boxes.append(make())
        ui.on("halodot_uploaded", lambda _: self._files.refresh())
        ui.on("halodot_theme", lambda event: self._themed("dark" if event.args == "dark" else "light"))
        self.refresh()

    def refresh(self) -> None:
        """Follow the study of the session."""
        study = self._page.opened.study
        if study is not None:
            knobs = dict(reading_of(study).knobs)
            if knobs.keys() != self._knobs.keys():
                offer(self._known, options_of((path, knob.called) for path, knob in knobs.items()))
            self._knobs = knobs
        for box in self._boxes:
            box.refresh()

    def _themed(self, theme: str) -> None:
        for outcome in self._outcomes:
            outcome.themed(theme)

    def _path_field(self, label: str, on_commit: Callable[[str], Any], hint: str = "") -> Field:
        field = Field(label, "", on_commit, hint=hint)
        field.input.props["list"] = f"c{self._known.id}"
        return field

    def _outcome(self, rankings: Mapping[str, str] | None = None) -> Outcome:
        made = Outcome(self._page, rankings)
        self._outcomes.append(made)
        return made

    # --------------------------------------------------------------------------------------------------------- limits

    def _limits(self) -> JobBox:
        paragraph(
            "Moves every number through its range: what moves the light most, where the losses are, and which"
            " measurement would settle it. It takes from half a minute to a few minutes; the page goes on meanwhile.",
            "aside",
        )
        hint = "paths, with * for any text and commas between, such as device.layers.*; all where it is empty"
        only = Field("Only these numbers", "", lambda text: (), hint=hint)
        box = JobBox(
            self._page,
            "limits",
            "Find what limits it",
            lambda: {"only": _listed(only.value)},
            lambda done, own: outcome.show(done),
        )
        outcome = self._outcome(_RANKINGS)
        return box

    # ---------------------------------------------------------------------------------------------------------- sweep

    def _sweep(self) -> JobBox:
        paragraph(
            "Computes the study at every combination of the values of some numbers, or at points that a design draws"
            " between their ends.",
            "aside",
        )
        form = SweepForm(self._path_field, lambda path: self._knobs.get(path))
        box = JobBox(
            self._page,
            "sweep",
            "Compute the sweep",
            form.arguments,
            lambda done, own: outcome.show(done),
            stopped=form.when_stopped,
        )
        latest = self._page.opened.jobs.latest("sweep")
        asked = latest.arguments if latest is not None else last_asked(self._page.opened.folder)
        if asked:
            form.fill(asked)
        if asked and latest is None:
            paragraph(
                "The last sweep of this session that is kept stands in the fields. Compute it to go on where it was, or"
                " to see it again.",
                "aside",
            )
        outcome = self._outcome()
        return box

    # ------------------------------------------------------------------------------------------------------------ fit

    def _fit(self) -> JobBox:
        paragraph(
            "Fits numbers of the device to measured curves from the lab's folder, J-V, J-V-L, EQE, EL or TRPL, and says"
            " what these determine of them.",
            "aside",
        )
        files = self._files = _Files(self._page)
        numbers = _Numbers(
            lambda label, taken: self._path_field(label, taken, "a path, or PATH=LOW..HIGH between two ends"),
            self._wrong_to_fit,
        )
        noise = Field("Noise of what states none", "3 %", lambda text: ())
        box = JobBox(
            self._page,
            "fit",
            "Fit",
            lambda: {
                "files": list(files.chosen),
                "vary": list(numbers.named()),
                "noise": noise.value or "3 %",
            },
            lambda done, own: outcome.show(done, lambda: self._take(done)),
        )
        outcome = self._outcome()
        return box

    def _wrong_to_fit(self, texts: Sequence[str]) -> tuple[Problem, ...]:
        """Return what is wrong with numbers to fit."""
        study = self._page.opened.study
        if study is None:
            return ()
        try:
            fit_space({study.name: study}, [read_vary(text) for text in texts])
        except InputError as error:
            return error.problems
        return ()

    def _take(self, done: Done) -> None:
        """Make the button that takes the fitted numbers into the study as it is now."""

        def take() -> None:
            about = f"took the fitted {', '.join(map(in_words, done.parameters))}"
            problems = self._page.opened.edit(
                lambda text, folder: edit_parameters(text, folder, done.parameters), about
            )
            say(wrong, " ".join(map(sentence, problems)))

        if done.parameters:
            button("Take the fitted numbers into the study", take)
            wrong = element("p", classes="problem", role="alert")


class _Files:
    """The measured curves of the session, to be ticked."""

    def __init__(self, page: Host) -> None:
        """Args: ``page`` that they stand on."""
        self._page = page
        self.chosen: dict[str, None] = {}
        self._there: tuple[str, ...] | None = None
        self._box = element("fieldset")
        button("Look for files again", self.refresh, "look for uploaded files again")
        self.refresh()

    def refresh(self) -> None:
        """List the files that are there now."""
        there = tuple(curve_files(self._page.opened.folder))
        if there == self._there:
            return
        self._there = there
        self.chosen = {name: None for name in self.chosen if name in there}
        self._box.clear()
        with self._box:
            element("legend", "Measured curves")
            if not there:
                paragraph("No table lies in the lab's folder yet; drop one there.", "aside")
            for name in there:
                check_box(name, name in self.chosen, partial(self._tick, name))

    def _tick(self, name: str, ticked: bool) -> None:
        if ticked:
            self.chosen[name] = None
        else:
            self.chosen.pop(name, None)


class _Numbers:
    """The numbers that are fitted, a line each."""

    def __init__(
        self,
        field: Callable[[str, Callable[[str], Any]], Field],
        wrong: Callable[[Sequence[str]], tuple[Problem, ...]],
    ) -> None:
        """Args: ``field`` makes the one in which a number is added; ``wrong`` says what is wrong with the numbers."""
        self._wrong = wrong
        self.paths: dict[str, None] = {}
        self._list: Element = element("ul", aria_label="Numbers to fit")
        self._field = field("Add a number to fit", self._add)

    def named(self) -> tuple[str, ...]:
        """Return the numbers.

        Raises:
            InputError: there is none.
        """
        if not self.paths:
            raise InputError(Problem("no number to fit is named; add those that the curves are to determine", "vary"))
        return tuple(self.paths)

    def _add(self, text: str) -> tuple[Problem, ...]:
        if text.strip():
            if problems := self._wrong((*self.paths, text.strip())):
                return problems
            self.paths[text.strip()] = None
            self._draw()
        self._field.show("")
        return ()

    def _remove(self, path: str) -> None:
        self.paths.pop(path, None)
        self._draw()

    def _draw(self) -> None:
        self._list.clear()
        with self._list:
            for path in self.paths:
                with element("li"):
                    element("span", path)
                    button("\u00d7", partial(self._remove, path), f"do not fit {path}")


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
