"""One analysis of a measured file on the page: its pictures with ranges, its numbers, its choices."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Protocol

from nicegui.element import Element

from halodot.app.lab.bench import FindingRow, ItemView
from halodot.app.lab.edits import Written, as_choice
from halodot.app.lab.overlay import CAN_BE_LAID
from halodot.app.lab.picture import PictureView
from halodot.app.lab.settings import SettingRow
from halodot.app.lab.windows import Window, written
from halodot.app.page.elements import (
    Field,
    button,
    check_box,
    choice,
    element,
    mark,
    paragraph,
    say,
    sentence,
    table,
    tick,
)
from halodot.errors import InputError, Problem
from halodot.lab.choices import AUTOMATIC

#: what a list of choices and a number show where the analysis chooses
_BY_ITSELF = "automatic"
#: of an analysis that stand unfolded
_WARNINGS = 2
_OPEN = "(event) => emit(event.target.open)"


class Bench(Protocol):
    """What an analysis asks of the part of the page that it stands on."""

    def set_choice(self, item: ItemView, setting: str, value: Written) -> None:
        """Set one choice."""

    def choose_anew(self, item: ItemView) -> None:
        """Leave every choice to the analysis."""

    def move(self, item: ItemView, sample: str) -> None:
        """Move an analysis to another sample."""

    def set_file(self, item: ItemView, role: str, path: str) -> None:
        """Choose the file that plays a part in an analysis, none where empty."""

    def leave_out(self, item: ItemView) -> None:
        """Leave an analysis out."""

    def give(self, item: ItemView, finding: FindingRow) -> tuple[Problem, ...]:
        """Give a finding to the study."""

    def lay_over(self, item: ItemView, laid: bool) -> tuple[Problem, ...]:
        """Lay what was measured over the simulated curves, or take it away."""

    def is_laid_over(self, item: ItemView) -> bool:
        """Whether what was measured lies over the simulated curves."""

    def draw(self, card: ItemCard) -> None:
        """Ask for the pictures of an analysis."""

    def run(self, code: str) -> None:
        """Run a line of JavaScript in the page."""


class ItemCard:
    """An analysis, folded until somebody opens it."""

    def __init__(self, bench: Bench, item: ItemView) -> None:
        """Make it in the present container."""
        self._bench, self.item = bench, item
        self.opened = False
        self._charts: list[Element] = []
        self._windows: dict[str, tuple[Element, Element, Window]] = {}
        self._shape: tuple[object, ...] = ()
        self._fields: dict[str, Callable[[SettingRow], None]] = {}
        self.box = element("details", classes="lab-item", data_item=item.key)
        self.box.on("toggle", lambda event: self._toggled(bool(event.args)), js_handler=_OPEN)
        with self.box:
            self._summary = element("summary")
            self._body = element("div", classes="lab-body")
        with self._body:
            self._wrong = element("p", classes="warning", role="alert", hidden="")
            self._warned = element("div")
            self._pictures = element("div")
            self._found = element("div")
            self._tools()
            self._choices = element("details")
            self._told = element("div")
        self._form()
        self.show(item)

    def show(self, item: ItemView) -> None:
        """Show what an analysis found now; what somebody has in hand stays."""
        self.item = item
        first = next((row for row in item.findings if not row.part), next(iter(item.findings), None))
        value = f": {first.label} {first.value} {first.unit}".rstrip() if first else ": no value"
        mark_of = " \N{WARNING SIGN}" if item.problem or item.warnings else ""
        say(self._summary, f"{item.title}, {item.main_file.rsplit('/', 1)[-1]}{value}{mark_of}")
        self._complain(item.problem and f"No value: {item.problem}")
        for row in item.settings:
            self._fields[row.name](row)
        self._findings()
        self._notes()
        if self.opened:
            self._bench.draw(self)

    def show_pictures(self, views: tuple[PictureView, ...]) -> None:
        """Draw the pictures, in the places where they stand already if they are of the same kind."""
        shape = tuple(
            (bool(view.image), view.about if view.image else "", *(one.setting for one in view.windows))
            for view in views
        )
        if shape != self._shape:
            self._shape = shape
            self._make_pictures(views)
        for chart, view in zip(self._charts, views):
            if not view.image:
                mark(chart, aria_label=view.about)
                self._bench.run(f"halodotLab.draw({chart.id}, {json.dumps(view.option, allow_nan=False)})")
            for window in view.windows:
                box, error, shown = self._windows[window.setting]
                if window == shown and error._text:  # what was typed last is wrong, which is still to be read
                    continue
                self._windows[window.setting] = (box, error, window)
                say(error, "")
                self._bench.run(f"halodotLab.range({box.id}, {window.low!r}, {window.high!r})")

    def drag(self, setting: str, low: str, high: str) -> None:
        """Take the ends of a range that was dragged or typed, in the unit of its axis unless they have their own."""
        if setting not in self._windows:
            return
        _, error, window = self._windows[setting]
        try:
            ends = [_plain(text) for text in (low, high)]
            value = written(window, *ends) if None not in ends else (low.strip(), high.strip())  # type: ignore[arg-type]
            as_choice(self.item.method, setting, value)
        except InputError as problem:
            say(error, " ".join(sentence(one) for one in problem.problems))
            return
        say(error, "")
        self._bench.set_choice(self.item, setting, value)

    # ------------------------------------------------------------------------------------------------ what is laid out

    def _toggled(self, opened: bool) -> None:
        if opened and not self.opened:
            self._bench.draw(self)
        self.opened = opened

    def _complain(self, text: str) -> None:
        say(self._wrong, text)
        mark(self._wrong, hidden=None if text else "")

    def _make_pictures(self, views: tuple[PictureView, ...]) -> None:
        self._pictures.clear()
        self._charts, self._windows = [], {}
        with self._pictures:
            for view in views:
                with element("div", classes="lab-picture"):
                    if view.image:
                        self._charts.append(element("img", src=view.image, alt=f"{self.item.title}, {view.about}"))
                        paragraph(view.image_about, "aside")
                        continue
                    self._charts.append(element("div", classes="lab-chart", role="img", aria_label=view.about))
                    for window in view.windows:
                        self._windows[window.setting] = (*_range(window, self.item), window)

    def _tools(self) -> None:
        with element("div", classes="tools"):
            if self.item.method in CAN_BE_LAID:
                laid = self._bench.is_laid_over(self.item)
                check_box("over the simulated curves", laid, self._laid)
            button("All choices anew", lambda: self._bench.choose_anew(self.item), self._called("leave all choices to"))
            button("Leave out", lambda: self._bench.leave_out(self.item), self._called("leave out"))
        Field("Sample", self.item.sample, self._moved)

    def _laid(self, on: bool) -> None:
        self._complain(" ".join(sentence(problem) for problem in self._bench.lay_over(self.item, on)))

    def _called(self, what: str) -> str:
        return f"{what} {self.item.title} of {self.item.main_file}"

    def _moved(self, sample: str) -> tuple[Problem, ...]:
        if not sample.strip():
            return (Problem("a sample needs a name"),)
        self._bench.move(self.item, sample)
        return ()

    def _findings(self) -> None:
        self._found.clear()
        main = [row for row in self.item.findings if not row.part]
        parts = [row for row in self.item.findings if row.part]
        with self._found:
            if main:
                self._table(main)
            if parts:
                with element("details", open=None if main else ""):
                    element("summary", f"{len(parts)} {'value of a part' if len(parts) == 1 else 'values of parts'}")
                    self._table(parts)

    def _table(self, rows: list[FindingRow]) -> None:
        caption = f"Measured values, {self.item.title}"
        with element("div", classes="scroll", tabindex=0, role="region", aria_label=caption), element("table"):
            element("caption", "measured, with standard uncertainty", "aside")
            with element("thead"), element("tr"):
                for text in ("quantity", "value", "unit", "study"):
                    element("th", text, scope="col")
            with element("tbody"):
                for row in rows:
                    with element("tr", title=row.method):
                        element("td", row.label)
                        element("td", row.value, "number")
                        element("td", row.unit)
                        with element("td"):
                            self._give(row)
                        if row.warnings:
                            with element("td"):
                                element("span", " ".join(row.warnings), "problem")

    def _give(self, row: FindingRow) -> None:
        if row.giving.given is not None:
            button(
                "Use as given",
                partial(self._given, row),
                f"use {row.label} {row.value} {row.unit} in the study as given ({row.giving.given.path})",
            )
        elif row.giving.why_not:
            element("span", f"not given: {row.giving.why_not}", "hint")

    def _given(self, row: FindingRow) -> None:
        self._complain(" ".join(sentence(problem) for problem in self._bench.give(self.item, row)))

    def _notes(self) -> None:
        self._warned.clear()
        with self._warned:
            first, more = self.item.warnings[:_WARNINGS], self.item.warnings[_WARNINGS:]
            for text in first:
                paragraph(text, "warning")
            if more:
                with element("details"):
                    element("summary", f"{len(more)} more {'warning' if len(more) == 1 else 'warnings'}")
                    for text in more:
                        paragraph(text, "warning")
        self._told.clear()
        with self._told:
            if self.item.notes:
                with element("details"):
                    element("summary", "How it was done")
                    with element("ul"):
                        for text in self.item.notes:
                            element("li", text)
            with element("details"):
                element("summary", "Files")
                rows = [(role, path) for role, paths in self.item.files.items() for path in paths]
                table(f"Files of {self.item.title}", ("part", "file"), rows)
                for offer in self.item.offers:
                    none = {} if offer.required else {"": "none"}
                    options = none | {path: path for path in offer.paths}
                    chosen = partial(self._bench.set_file, self.item, offer.role)
                    choice(f"{offer.role}: {offer.about}", options, offer.chosen, chosen)

    # ----------------------------------------------------------------------------------------------------- the choices

    def _form(self) -> None:
        with self._choices:
            element("summary", "Choices")
            with element("div", classes="lab-choices"):
                for row in self.item.settings:
                    with element("div"):
                        self._fields[row.name] = self._one(row)

    def _one(self, row: SettingRow) -> Callable[[SettingRow], None]:
        """Make the field of a choice, and return what shows it anew."""
        commit = partial(self._commit, row)
        if row.kind == "choice":
            return self._list(row, commit)
        if row.kind == "flag":
            box = check_box(f"{row.label}: {row.about}", row.word == "yes", lambda on: commit("yes" if on else "no"))
            return lambda now: tick(box, now.word == "yes")
        hint = f"{row.about}; empty for automatic" if row.can_be_automatic else row.about
        field = Field(row.label + (f" ({row.unit})" if row.unit else ""), _text(row), commit, hint=hint)

        def show(now: SettingRow) -> None:
            if not field.is_wrong or _text(now) != field.value:  # what was typed last is still to be mended
                field.show(_text(now))

        return show

    def _list(self, row: SettingRow, commit: Callable[[str], tuple[Problem, ...]]) -> Callable[[SettingRow], None]:
        words = {word: word for word in row.allowed}
        options = ({AUTOMATIC: _BY_ITSELF} if row.can_be_automatic else {}) | words
        made = choice(row.label, options, _word(row), commit)
        element("span", row.about, "hint")
        return lambda now: self._bench.run(f"halodot.set({made.id}, {json.dumps(_word(now))})")

    def _commit(self, row: SettingRow, text: str) -> tuple[Problem, ...]:
        try:
            value = _written(row, text)
            as_choice(self.item.method, row.name, value)
        except InputError as error:
            return error.problems
        self._bench.set_choice(self.item, row.name, value)
        return ()


def _range(window: Window, item: ItemView) -> tuple[Element, Element]:
    """Make the handles and fields of a range, and the place for what is wrong with it."""
    name = window.setting.replace("_", " ")
    with element(
        "fieldset",
        classes="lab-window" + (" reversed" if window.reversed else ""),
        data_item=item.key,
        data_setting=window.setting,
        data_step=window.step,
        data_unit=window.unit,
    ) as box:
        element("legend", f"{name} ({window.unit}): {window.about}")
        ends = (("low", "lower", window.low), ("high", "upper", window.high))
        with element("div", classes="rails"):
            for key, which, value in ends:
                made = element("input", classes=key, type="range", min=window.least, max=window.most, step=window.step)
                mark(made, aria_label=f"{name}, {which} end", aria_valuetext=f"{value:.6g} {window.unit}")
                made.props["^value"] = value
        with element("div", classes="tools"):
            for key, which, value in ends:
                with element("label"):
                    element("span", {"low": "from", "high": "to"}[key])
                    field = element("input", classes=f"{key}-number", type="text", inputmode="decimal")
                    mark(field, aria_label=f"{name}, {which} end in {window.unit}")
                    field.props["^value"] = f"{value:.6g}"
            element("span", window.unit)
        error = element("span", classes="problem", role="alert")
    return box, error


def _plain(text: str) -> float | None:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return None


def _word(row: SettingRow) -> str:
    return AUTOMATIC if row.automatic else row.word


def _text(row: SettingRow) -> str:
    """Return a choice as it stands in its field."""
    if row.kind in ("choice", "flag", "text"):
        return row.word
    shown = [f"{value:.6g}" for value in row.values]
    return " .. ".join(shown) if row.kind == "window" else ", ".join(shown)


def _written(row: SettingRow, text: str) -> Written:
    """Return what was typed as the plan has it; numbers without a unit are in that of the field."""
    if row.kind in ("choice", "flag", "text", "whole"):
        return (text.strip() or AUTOMATIC) if row.kind != "text" else text
    if text.strip() in ("", AUTOMATIC, _BY_ITSELF):
        return AUTOMATIC
    if row.kind == "number":
        return _with_unit(text, row)
    parts = text.split("..") if ".." in text else text.replace(";", ",").split(",")
    return tuple(_with_unit(part, row) for part in parts)


def _with_unit(text: str, row: SettingRow) -> str:
    plain = _plain(text)
    return f"{text.strip().replace(',', '.')} {row.unit}".strip() if plain is not None else text.strip()
