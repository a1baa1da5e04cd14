"""Properties of a layer or of the device on the page: value, kind, source, range, and a button for a slider."""

from __future__ import annotations

from collections.abc import Container, Iterable

from halodot.app.edits import by_hand, edit_value
from halodot.app.page.elements import Field, button, choice, element, heading, mark, say, sentence, set_value
from halodot.app.page.host import Host
from halodot.app.stack.properties import Property, groups_of
from halodot.errors import Problem

#: what is said where nothing is stated, by who says it instead
_NOT_STATED = {"film": "from the film of dots", "": "not stated"}
#: who says a value, where neither its kind nor its source tells
_SAID_BY = {"material": "of the material", "calibration": "calibrated"}


class PropertyRows:
    """Some properties, in their groups."""

    def __init__(self, page: Host, items: Iterable[Property], of: str, always: Container[str] = ()) -> None:
        """Make the rows in the present container.

        Args:
            page: that they stand on.
            items: the properties.
            of: whose they are, for steps.
            always: inputs that are in sight also where nobody states them.
        """
        self._rows: dict[str, PropertyRow] = {}
        for group, own in groups_of(tuple(items)):
            stated = [item for item in own if item.stated or item.input in always]
            others = [item for item in own if item not in stated]
            heading(3, group)
            self._make(page, stated, of)
            if others:
                with element("details", classes="others"):
                    element("summary", f"{len(others)} {'more' if stated else 'that can be stated'}")
                    self._make(page, others, of)

    def show(self, items: Iterable[Property]) -> None:
        """Show the properties as they are now.

        Args:
            items: those of before, with other values.
        """
        for item in items:
            if item.input in self._rows:
                self._rows[item.input].show(item)

    def _make(self, page: Host, items: Iterable[Property], of: str) -> None:
        for item in items:
            self._rows[item.input] = PropertyRow(page, item, of)


class PropertyRow:
    """One property."""

    def __init__(self, page: Host, item: Property, of: str) -> None:
        """Make the row in the present container.

        Args:
            page: that it stands on.
            item: the property.
            of: whose it is, for steps.
        """
        self._page, self._item, self._of = page, item, of
        with element("div", classes="property", data_path=item.path, title=item.meaning or None):
            if item.form == "choice":
                options = {"": _NOT_STATED.get(item.origin, "not stated")} if not item.text else {}
                self._choice = choice(
                    item.label, options | {word: word for word in item.choices}, item.text, self._chosen
                )
                self._wrong = element("span", classes="problem", role="alert")
            else:
                self._field = Field(item.label, item.text, self._typed)
            self._slider = (
                button("slider", self._slide, f"Slider for {item.label} of {of}", "to-slider") if item.slides else None
            )
            self._about = element("span", origin_of(item), "origin")
        self._press()

    def show(self, item: Property) -> None:
        """Show the property as it is now.

        Args:
            item: the property of before, with another value.
        """
        before, self._item = self._item, item
        if item.form != "choice":
            up_to_date(self._field, item.text)
        else:
            say(self._wrong, "")
            if item.text != before.text:
                set_value(self._choice, item.text)
        say(self._about, origin_of(item))
        self._press()

    def _press(self) -> None:
        if self._slider is not None:
            pressed = self._item.input in self._page.opened.state.sliders
            mark(self._slider, aria_pressed="true" if pressed else "false")

    def _slide(self) -> None:
        self._page.put_under_a_slider(self._item.input)

    def _typed(self, text: str) -> tuple[Problem, ...]:
        path, label, study = self._item.path, self._item.label, self._page.opened.study
        if study is None or text.strip() == self._item.text:
            return ()
        words = f"{label} of {self._of} {text}" if text.strip() else f"{label} of {self._of} no longer stated"
        written = by_hand(study.document, path, text) if self._item.form == "number" else text
        return self._page.opened.edit(lambda before, folder: edit_value(before, folder, path, written), words)

    def _chosen(self, word: str) -> None:
        problems = self._typed(word)
        if problems:
            say(self._wrong, " ".join(map(sentence, problems)))
            set_value(self._choice, self._item.text)


def origin_of(item: Property) -> str:
    """Return who says a value, how far it may go and what it is about, in a line.

    Args:
        item: the property.
    """
    said = ", ".join(part for part in (item.kind, item.source) if part)
    said = said or (_NOT_STATED.get(item.origin, "") if not item.stated or item.origin == "film" else "")
    about = item.about or item.meaning.replace("`", "")
    parts = (said or _SAID_BY.get(item.origin, ""), item.range, about)
    return " \u00b7 ".join(part for part in parts if part)


def up_to_date(field: Field, text: str) -> None:
    """Show a value in a field, and leave it alone where it holds that already.

    Args:
        field: of the page.
        text: that it is to show.
    """
    if field.value != text or field.error._text:
        field.show(text)
