"""One field of a step on the page: its value with the unit, what is wrong with it, and a button for a slider."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from nicegui.element import Element

from halodot.app.page.elements import Field, button, choice, element, mark, say, set_value
from halodot.app.page.host import Host
from halodot.app.recipe.changes import edit_field, take_suggestion
from halodot.app.recipe.rows import RecipeField, RecipeStep
from halodot.errors import Problem
from halodot.study.verbs import PER_DISPERSION

#: what stands in a field that takes the place of another amount
_COUNTED = "1.5 of oleic acid"
#: word of a study -> how it is shown, where a narrow list would cut it off
_SHORTER = {PER_DISPERSION: "dispersion"}


class FieldRow:
    """A field with its label."""

    def __init__(self, page: Host, field: RecipeField, step: RecipeStep, words: Mapping[str, Element]) -> None:
        """Make the field in the present container.

        Args:
            page: that it stands on.
            field: of the step.
            step: whose field it is.
            words: lists of reagents, by the kind of the field.
        """
        self._page, self._field, self._step = page, field, step
        self._suggested = ""
        self._input: Field | None = None
        with element("div", classes=f"quantity {field.slot.kind.split()[0]}", data_path=field.path):
            if field.slot.kind == "choice":
                self._make_choice()
            else:
                self._input = Field(field.label, field.text, self._typed)
                self._hint(self._input, words)
            self._slider = (
                button("\u2194", self._slide, f"Slider for {self._called}", "to-slider") if field.number else None
            )
            self._take = element("div", classes="take")

    def show(self, field: RecipeField, step: RecipeStep) -> None:
        """Show the field as it is now.

        Args:
            field: of before, with another value.
            step: whose field it is.
        """
        before, called = self._field, self._called
        self._field, self._step = field, step
        if self._slider is not None and self._called != called:
            mark(self._slider, aria_label=f"Slider for {self._called}", title=f"Slider for {self._called}")
        self._suggest(())
        if self._input is None:
            say(self._wrong, "")
            if field.text != before.text:
                set_value(self._choice, field.text)
        elif self._input.value != field.text or self._input.error._text:
            self._input.show(field.text)

    def press(self, sliders: Collection[str]) -> None:
        """Show whether the number stands under a slider."""
        if self._slider is not None:
            mark(self._slider, aria_pressed="true" if self._field.number in sliders else "false")

    @property
    def _called(self) -> str:
        """What the field is called among others: "volume of oleic acid", "time of the step dry"."""
        return f"{self._field.label} of {self._step.reagent or f'the step {self._step.verb}'}"

    def _make_choice(self) -> None:
        slot, text = self._field.slot, self._field.text
        empty = "volumes" if slot.field == "per_dispersion" else "not stated"
        shown = {"": empty} | {word: _SHORTER.get(word, word) for word in slot.choices}
        self._choice = choice(self._field.label, shown, text, self._chosen)
        self._wrong = element("span", classes="problem", role="alert")
        mark(self._choice, aria_describedby=f"c{self._wrong.id}")

    def _hint(self, made: Field, words: Mapping[str, Element]) -> None:
        slot = self._field.slot
        if slot.kind in words:
            made.input.props["list"] = f"c{words[slot.kind].id}"
        if slot.key == "equivalents" and not self._field.is_stated:
            made.input.props["placeholder"] = _COUNTED
        elif slot.units:
            made.input.props["title"] = f"with its unit: {', '.join(slot.units)}"
            made.input.props["placeholder"] = slot.units[0]

    # ----------------------------------------------------------------------------------------------- what a person does

    def _typed(self, text: str) -> tuple[Problem, ...]:
        field = self._field
        if text.strip() == field.text:
            self._suggest(())
            return ()
        about = f"{self._called} {text.strip()}" if text.strip() else f"{self._called} no longer stated"
        problems = self._page.opened.edit(lambda study, folder: edit_field(study, folder, field, text), about)
        self._suggest(problems)
        return problems

    def _chosen(self, word: str) -> None:
        problems = self._typed(word)
        say(self._wrong, " ".join(problem.message for problem in problems))
        if problems:
            set_value(self._choice, self._field.text)

    def _suggest(self, problems: tuple[Problem, ...]) -> None:
        """Offer what the loader takes for what was meant."""
        suggestion = problems[0].suggestion if len(problems) == 1 else ""
        if suggestion == self._suggested:
            return
        self._suggested = suggestion
        self._take.clear()
        if suggestion:
            with self._take:
                button(f"Take {suggestion}", self._taken)

    def _taken(self) -> None:
        field, suggestion = self._field, self._suggested
        problems = self._page.opened.edit(
            lambda study, folder: take_suggestion(study, folder, field, suggestion), f"{self._called}: {suggestion}"
        )
        if problems and self._input is not None:
            self._input.complain(problems)

    def _slide(self) -> None:
        self._page.put_under_a_slider(self._field.number)
