"""A part of the recipe on the page: its steps in order, each with its fields, and a row to add one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import Protocol

from nicegui.element import Element

from halodot.app.page.elements import Field, button, choice, element, heading, mark, say
from halodot.app.page.host import Host
from halodot.app.page.recipe_field import FieldRow
from halodot.app.recipe.changes import add_antisolvent
from halodot.app.recipe.rows import RecipeField, RecipePart, RecipeStep
from halodot.errors import Problem

_MOVED = "(event) => emit([event.detail.old, event.detail.new])"
_OPENED = "(event) => emit(event.target.open)"


class Tab(Protocol):
    """The tab that a part stands on."""

    page: Host

    @property
    def words(self) -> Mapping[str, Element]:
        """Lists of words that are proposed, by the kind of the field."""

    def add(self, part: str, place: int, verb: str) -> tuple[Problem, ...]:
        """Add a step."""

    def remove(self, part: str, place: int, called: str) -> tuple[Problem, ...]:
        """Take a step out."""

    def move(self, part: str, old: int, new: int) -> tuple[Problem, ...]:
        """Put a step into another place."""


class PartBox:
    """A vessel, or a part of the work."""

    def __init__(self, tab: Tab, part: RecipePart) -> None:
        """Make the part in the present container.

        Args:
            tab: that it stands on.
            part: of the recipe.
        """
        self._tab, self._key = tab, part.key
        self.steps: tuple[RecipeStep, ...] = ()
        self._items: list[StepItem] = []
        self.opened: set[str] = set()  # paths of the steps of which all is shown
        self.box = element("section", classes="recipe-part", aria_label=part.title)
        with self.box:
            heading(3, part.title)
            self._contents = element("p", classes="aside")
            self._list = element("ol", classes="steps", data_order="", aria_label=f"Steps: {part.title}")
            self._list.on("moved", lambda event: self._moved(event.args), js_handler=_MOVED)
            self._wrong = element("p", classes="problem", role="alert")
            with element("div", classes="add-step"):
                options = {word: word.replace("_", " ") for word in part.verbs}
                self._verb = next(iter(options))
                choice(f"New step of {part.title}", options, self._verb, self._chosen, hidden_label=True)
                self._places = element("span", classes="places")
                button("Add a step", self._add, f"add a step to {part.title}")
        self._place = -1

    def show(self, part: RecipePart) -> None:
        """Show the steps as they are now.

        Args:
            part: of the recipe.
        """
        self.steps = part.steps
        say(self._contents, part.contents)
        self.complain(())
        count = len(part.steps)
        if count != len(self._items):
            self._make_places()
        for item in self._items[count:]:
            item.box.delete()
        del self._items[count:]
        for place, step in enumerate(part.steps):
            if place < len(self._items) and self._items[place].fits(step):
                continue
            with self._list:
                made = StepItem(self._tab, self, step)
            if place < len(self._items):
                self._items[place].box.delete()
                made.box.move(target_index=place)
                self._items[place] = made
            else:
                self._items.append(made)
        for item, step in zip(self._items, part.steps, strict=True):
            item.show(step, count)

    def press(self, sliders: Collection[str]) -> None:
        """Show which numbers stand under a slider.

        Args:
            sliders: their paths.
        """
        for item in self._items:
            item.press(sliders)

    def move(self, old: int, new: int) -> None:
        """Put a step into another place, or say why it cannot stand there."""
        self.complain(self._tab.move(self._key, old, new), "It cannot be moved there: ")

    def remove(self, step: RecipeStep) -> None:
        """Take a step out, or say why it is needed."""
        called = f"{step.number}. {step.sentence}"
        self.complain(self._tab.remove(self._key, step.number - 1, called), "It cannot be taken out: ")

    def complain(self, problems: tuple[Problem, ...], before: str = "") -> None:
        """Say what cannot be done, nothing where all can."""
        said = " ".join(problem.message for problem in problems)
        say(self._wrong, f"{before}{said}" if said else "")

    def _make_places(self) -> None:
        self._place = -1
        self._places.clear()
        options = {"": "at the end"} | {str(step.number - 1): f"before {step.number}" for step in self.steps}
        with self._places:
            choice("Where it goes", options, "", self._placed, hidden_label=True)

    def _chosen(self, word: str) -> None:
        self._verb = word

    def _placed(self, place: str) -> None:
        self._place = int(place) if place.isdecimal() else -1

    def _add(self) -> None:
        place = self._place if 0 <= self._place <= len(self.steps) else len(self.steps)
        self.complain(self._tab.add(self._key, place, self._verb), f"No {self._verb} can stand there: ")

    def _moved(self, args: object) -> None:
        """A step was dragged or moved by keys."""
        if isinstance(args, list) and len(args) == 2 and all(type(value) is int for value in args):
            self.move(args[0], args[1])


class StepItem:
    """A step in the list."""

    def __init__(self, tab: Tab, part: PartBox, step: RecipeStep) -> None:
        """Make the step in the present container.

        Args:
            tab: that it stands on.
            part: that it is an item of.
            step: of the recipe.
        """
        self._tab, self._part, self.step = tab, part, step
        self._shape = _shape(step)
        self._rows: dict[str, FieldRow] = {}
        self._more: dict[str, FieldRow] = {}
        self.box = element("li", classes="step", data_layer=step.path)
        with self.box:
            with element("div", classes="line"):
                self._handle = element(
                    "button", classes="sentence", type="button", data_handle="", aria_keyshortcuts="Alt+ArrowUp"
                )
                self._moves()
            with element("div", classes="quantities", role="group", aria_label=f"Step {step.number}: {step.verb}"):
                for one in step.stated:
                    if one.slot.kind != "note":
                        self._rows[one.path] = self._row(one)
            self._remarks = element("p", classes="aside")
            self._folded()
        mark(
            self._handle,
            aria_controls=f"c{self._details.id}",
            aria_expanded="true" if self._details.props.get("open") == "" else "false",
        )
        self._handle.on("click", lambda _: self._unfold(), js_handler="() => emit()")

    def fits(self, step: RecipeStep) -> bool:
        """Return whether a step has the fields that are made here."""
        return self._shape == _shape(step)

    def show(self, step: RecipeStep, count: int) -> None:
        """Show the step as it is now.

        Args:
            step: with the fields of the one before.
            count: of the steps of its part.
        """
        self.step = step
        for made, is_last in ((self._up, step.number == 1), (self._down, step.number == count)):
            if (made.props.get("disabled") == "") != is_last:
                mark(made, disabled="" if is_last else None)
        say(self._handle, f"{step.number}. {step.sentence}")
        say(self._remarks, _remarks(step))
        for one in step.fields:
            for rows in (self._rows, self._more):
                if one.path in rows:
                    rows[one.path].show(one, step)

    def press(self, sliders: Collection[str]) -> None:
        """Show which numbers stand under a slider."""
        for row in self._rows.values():
            row.press(sliders)

    def _row(self, one: RecipeField) -> FieldRow:
        return FieldRow(self._tab.page, one, self.step, self._tab.words)

    def _moves(self) -> None:
        step, place = self.step, self.step.number - 1
        with element("div", classes="moves"):
            self._up = button("\u2191", partial(self._part.move, place, place - 1), f"Move step {step.number} up")
            self._down = button("\u2193", partial(self._part.move, place, place + 1), f"Move step {step.number} down")
            button("\u00d7", lambda: self._part.remove(self.step), f"Remove step {step.number}")

    # ---------------------------------------------------------------------------------------------- what is not stated

    def _folded(self) -> None:
        """Make what could be said of the step as well, once it is asked for."""
        is_open = self.step.path in self._part.opened
        self._details = element("details", classes="others", open_="" if is_open else None)
        with self._details:
            element("summary", "More that can be said")
            self._inside = element("div", classes="quantities")
        self._details.on("toggle", lambda event: self._toggled(event.args is True), js_handler=_OPENED)
        if is_open:
            self._fill()

    def _unfold(self) -> None:
        """Open what is folded, or fold it: a click on the sentence of a step."""
        self._tab.page.run(f"{{const one = getHtmlElement({self._details.id}); one.open = !one.open}}")

    def _toggled(self, is_open: bool) -> None:
        mark(self._handle, aria_expanded="true" if is_open else "false")
        if not is_open:
            self._part.opened.discard(self.step.path)
            return
        self._part.opened.add(self.step.path)
        self._fill()

    def _fill(self) -> None:
        if self._more:
            return
        with self._inside:
            for one in self.step.fields:
                if one.path not in self._rows:
                    self._more[one.path] = self._row(one)
            if any(one.slot.field == "antisolvents" for one in self.step.fields):
                Field("another antisolvent", "", self._another).input.props["list"] = (
                    f"c{self._tab.words['reagent'].id}"
                )

    def _another(self, text: str) -> tuple[Problem, ...]:
        if not text.strip():
            return ()
        path = self.step.path
        return self._tab.page.opened.edit(
            lambda study, folder: add_antisolvent(study, folder, path, text), f"added {text.strip()} to a wash"
        )


def _remarks(step: RecipeStep) -> str:
    """Return what is said beside a step, the study's own note first."""
    note = (f"{step.note[:1].upper()}{step.note[1:].removesuffix('.')}.",) if step.note else ()
    return " ".join((*note, *step.remarks)).replace("degC", "\u00b0C")


def _shape(step: RecipeStep) -> object:
    """Return what of a step says which fields it has."""
    return (step.path, step.verb, tuple((one.path, one.is_stated or one.slot.kind == "note") for one in step.fields))
