"""The recipe: its steps as a chemist reads them, every amount, temperature and time changed where it stands."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace

from nicegui import ui
from nicegui.element import Element

from halodot.app.opened import Edit
from halodot.app.page.elements import Field, element, heading, offer, option_list, options_of, paragraph, say
from halodot.app.page.host import Host
from halodot.app.page.recipe_part import PartBox
from halodot.app.page.recipe_readings import Readings
from halodot.app.recipe.changes import add_step, move_step, moved_path, remove_step
from halodot.app.recipe.rows import RecipePart, recipe_rows
from halodot.app.recipe.slots import reagents
from halodot.errors import HalodotError, InputError, Problem
from halodot.study import Study
from halodot.study.load import from_text

_HOW = (
    "Type into a field and press Enter, with the unit behind the number. Drag a step by its sentence, or move it with "
    "Alt and the arrow keys."
)
#: places in a part before -> places that the steps after had before, None for a step that is new
Order = Callable[[int, int], list[int | None]]


class RecipeTab:
    """The tab of the recipe."""

    def __init__(self, page: Host) -> None:
        """Make the tab in the present container.

        Args:
            page: that it stands on.
        """
        self.page = page
        self._study: Study | None = None
        self._keys: tuple[str, ...] = ()
        self._boxes: dict[str, PartBox] = {}
        self._shown: dict[str, RecipePart] = {}
        self._how = paragraph(_HOW, "aside")
        self._status = element("p", classes="unseen", role="status")
        self._words = {kind: option_list("datalist") for kind in ("reagent", "stock or reagent")}
        self._parts = element("div")
        self._stock = Field("Begin a stock solution", "", self._begun, hint="its name, such as cs_oleate")
        self._readings = Readings(page)
        self._propose(())
        self.refresh()

    @property
    def words(self) -> Mapping[str, Element]:
        """Lists of reagents, by the kind of the field in which they are proposed."""
        return self._words

    def refresh(self) -> None:
        """Show the recipe of the session's study."""
        study = self.page.opened.study
        if study is None:
            return
        if study is not self._study:
            self._study = study
            self._show(study)
        for box in self._boxes.values():
            box.press(self.page.opened.state.sliders)

    # ----------------------------------------------------------------------------------------- what a person does to it

    def add(self, part: str, place: int, verb: str) -> tuple[Problem, ...]:
        """Add a step with a sensible beginning.

        Args:
            part: of the recipe.
            place: before which step it goes.
            verb: its word.
        """

        def order(before: int, after: int) -> list[int | None]:
            new: list[int | None] = [None] * (after - before)
            return [*range(place), *new, *range(place, before)]

        problems = self._step(
            part, lambda text, folder: add_step(text, folder, part, place, verb), order, f"added a step: {verb}"
        )
        if not problems:
            self.go_to(f"recipe.{part}[{place}]")
        return problems

    def remove(self, part: str, place: int, called: str) -> tuple[Problem, ...]:
        """Take a step out.

        Args:
            part: of the recipe.
            place: of the step, from 0.
            called: the step in words.
        """

        def order(before: int, after: int) -> list[int | None]:
            return [*range(place), *range(place + before - after, before)]

        count = len(self._boxes[part].steps)
        problems = self._step(
            part, lambda text, folder: remove_step(text, folder, part, place), order, f"removed {called}"
        )
        if not problems:
            both = part in self._boxes and count - len(self._boxes[part].steps) == 2
            say(self._status, f"Removed: {called}{', and the redispersion after it' if both else ''}")
            self.go_to(f"recipe.{part}[{max(min(place, count - 2), 0)}]")
        return problems

    def move(self, part: str, old: int, new: int) -> tuple[Problem, ...]:
        """Put a step into another place.

        Args:
            part: of the recipe.
            old: its place, from 0.
            new: its place afterwards.
        """
        steps = self._boxes[part].steps
        if not (0 <= old < len(steps) and 0 <= new < len(steps)) or old == new:
            return ()

        def order(before: int, after: int) -> list[int | None]:
            places: list[int | None] = list(range(before))
            places.insert(new, places.pop(old))
            return places

        called = f"{steps[old].verb} {steps[old].reagent}".strip()
        about = f"moved {called} from step {old + 1} to {new + 1}"
        problems = self._step(part, lambda text, folder: move_step(text, folder, part, old, new), order, about)
        if not problems:
            say(self._status, f"It is step {new + 1} of {len(steps)} now.")
        self.go_to(f"recipe.{part}[{old if problems else new}]")
        return problems

    def go_to(self, path: str) -> None:
        """Put the keyboard on a step as soon as it is shown.

        Args:
            path: of the step.
        """
        self.page.run(f"halodotRecipe.go({json.dumps(path)})")

    def _step(self, part: str, edit: Edit, order: Order, about: str) -> tuple[Problem, ...]:
        """Change the order of steps; sliders stay with the numbers that they move."""
        opened = self.page.opened
        state, study = opened.state, opened.study
        try:
            text = edit(state.study, opened.folder)
        except InputError as error:
            return error.problems
        except HalodotError as error:
            return (Problem(str(error)),)
        sliders = state.sliders
        if any(path.startswith(f"recipe.{part}[") for path in sliders):
            places = order(_count(study, part), _count(from_text(text, folder=opened.folder), part))
            sliders = tuple(path for path in (moved_path(one, part, places) for one in sliders) if path)
        opened.change(replace(state, study=text, sliders=sliders), about)
        return ()

    def _begun(self, text: str) -> tuple[Problem, ...]:
        name = text.strip()
        if not name:
            return ()
        part = f"stocks.{name}"
        if part in self._boxes:
            return (Problem(f"there is a stock {name!r} already; add steps to it"),)
        if set(name) & set(".[]=:"):
            return (Problem("a stock is called by a word, without . [ ] = and :"),)
        first = {"add": "oleic acid", "volume": "1 mL"}
        problems = self.page.opened.edit(
            lambda study, folder: add_step(study, folder, part, 0, "add", first), f"begun the stock {name}"
        )
        if not problems:
            self._stock.show("")
            self.go_to(f"recipe.{part}[0]")
        return problems

    # ---------------------------------------------------------------------------------------------------- what is shown

    def _show(self, study: Study) -> None:
        parts = recipe_rows(study)
        keys = tuple(part.key for part in parts)
        if keys != self._keys:
            self._make(parts)
            self._keys = keys
            self._propose(tuple(study.recipe.stocks) if study.recipe is not None else ())
        for part in parts:
            box = self._boxes[part.key]
            if part == self._shown.get(part.key):  # most steps change something else than the recipe
                box.complain(())
            else:
                box.show(part)
        self._shown = {part.key: part for part in parts}
        say(self._how, _HOW if parts else "The study has no recipe: it begins at the dots, or at the device.")
        self._stock.box.set_visibility(bool(parts))
        self._readings.refresh(study, parts)
        self.page.run("window.halodotRecipe?.back()")

    def _make(self, parts: tuple[RecipePart, ...]) -> None:
        keys = [part.key for part in parts]
        for key in [key for key in self._boxes if key not in keys]:
            self._boxes.pop(key).box.delete()
        for place, part in enumerate(parts):
            if part.key not in self._boxes:
                with self._parts:
                    self._boxes[part.key] = PartBox(self, part)
                self._boxes[part.key].box.move(target_index=place)

    def _propose(self, stocks: tuple[str, ...]) -> None:
        """Offer the reagents that the library knows in the fields of reagents."""
        for kind, words in (("reagent", reagents()), ("stock or reagent", (*stocks, *reagents()))):
            offer(self._words[kind], options_of((word, "") for word in words))


def _count(study: Study | None, part: str) -> int:
    """Return how many steps a part has."""
    recipe = study.recipe if study is not None else None
    if recipe is None:
        return 0
    where, _, stock = part.partition(".")
    return len(recipe.stocks.get(stock, ()) if where == "stocks" else getattr(recipe, where))


def recipe_tab(page: Host) -> RecipeTab:
    """Return the tab of the recipe, made in the present container.

    Args:
        page: that it stands on.
    """
    ui.add_head_html('<link rel="stylesheet" href="/static/recipe.css">')
    ui.add_body_html('<script type="module" src="/static/order.js"></script>')
    ui.add_body_html('<script type="module" src="/static/recipe.js"></script>')
    heading(2, "Recipe", classes="unseen")
    return RecipeTab(page)
