"""What is given as measured in place of what is computed, on the page."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from itertools import groupby

from halodot.app.page.elements import Field, element, heading, paragraph, say
from halodot.app.page.host import Host
from halodot.app.page.stack_properties import up_to_date
from halodot.app.stack.measured import GivenQuantity, computed_quantities, given_quantities, set_given
from halodot.errors import HalodotError, Problem
from halodot.study import Study

_HOW = (
    "Write what you measured, with its unit, and it takes the place of what the model says; an empty field is computed "
    "again. A source of your own is written in words."
)


class GivenQuantities:
    """Quantities of the dots and their film, folded until they are asked for."""

    def __init__(self, page: Host) -> None:
        """Make the part in the present container.

        Args:
            page: that it stands on.
        """
        self._page = page
        self._open = False
        self._rows: dict[str, _Row] = {}
        self._computed: Mapping[str, float] = {}
        self._of = ""  # the study's text that was computed
        with element("details", classes="given") as box:
            self._summary = element("summary", "Measured in place of computed")
            self._how = paragraph(_HOW, "aside")
            self._failure = element("p", classes="problem", role="status")
            self._box = element("div")
        box.on("toggle", lambda event: self._toggled(event.args), js_handler="(event) => emit(event.target.open)")

    def refresh(self, study: Study) -> None:
        """Show what is given, and beside it what is computed.

        Args:
            study: as it is read.
        """
        items = given_quantities(study, self._computed)
        given = sum(item.is_given for item in items)
        say(self._summary, f"Measured in place of computed ({given} given)")
        say(self._how, _HOW if items else "The study computes no dots and no film that could be given.")
        if not self._open:
            return
        if tuple(self._rows) != tuple(item.name for item in items):
            self._make(items)
        for item in items:
            self._rows[item.name].show(item)
        if self._of != study.text and items:
            self._of = study.text
            asyncio.get_running_loop().create_task(self._compute(study))

    async def _compute(self, study: Study) -> None:
        """Compute what the model says beside the event loop, and show it where the study is still the same."""
        failure = ""
        try:
            found: Mapping[str, float] = await asyncio.to_thread(computed_quantities, study)
        except HalodotError as error:
            found, failure = {}, str(error)
        if self._of == study.text:
            self._computed = found
            say(self._failure, failure)
            self.refresh(study)

    def _toggled(self, opened: object) -> None:
        self._open = opened is True
        study = self._page.opened.study
        if study is not None:
            self.refresh(study)

    def _make(self, items: tuple[GivenQuantity, ...]) -> None:
        self._rows = {}
        self._box.clear()
        with self._box:
            with element("div", classes="given-quantity heads", aria_hidden="true"):
                element("span", "measured, with its unit")
                element("span", "whose measurement")
            for group, own in groupby(items, key=lambda item: item.group):
                heading(3, group)
                for item in own:
                    self._rows[item.name] = _Row(self._page, item)


class _Row:
    """One quantity: what is computed, what is given, and whose measurement it is."""

    def __init__(self, page: Host, item: GivenQuantity) -> None:
        self._page, self._item = page, item
        with element("div", classes="given-quantity", data_given=item.name, title=item.meaning or None):
            self._field = Field(item.label, item.text, self._typed)
            self._source = Field(f"Source of {item.label}", item.source, self._sourced, hidden_label=True)
            self._about = element("span", "", "origin")

    def show(self, item: GivenQuantity) -> None:
        """Show the quantity as it is now."""
        self._item = item
        up_to_date(self._field, item.text)
        up_to_date(self._source, item.source)
        computed = f"computed: {item.computed}" if item.computed else ""
        unread = "for the summary alone, no later stage reads it" if item.changes_nothing else ""
        say(self._about, " \u00b7 ".join(part for part in (item.kind, computed, unread) if part))

    def _typed(self, text: str) -> tuple[Problem, ...]:
        return self._give(text, self._source.value)

    def _sourced(self, source: str) -> tuple[Problem, ...]:
        return self._give(self._item.text, source) if self._item.is_given else ()

    def _give(self, text: str, source: str) -> tuple[Problem, ...]:
        item = self._item
        if not text.strip() and not item.is_given:
            return ()
        words = f"given: {item.label} {text}" if text.strip() else f"{item.label} computed again"
        return self._page.opened.edit(lambda study, folder: set_given(study, folder, item.name, text, source), words)
