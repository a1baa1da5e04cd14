"""Changes of the recipe in a study's text: a field, a step more or less, another order."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from halodot.app.edits import Folder, edit_document, edit_value
from halodot.app.recipe.rows import PARTS, RecipeField, verb_of
from halodot.app.recipe.slots import Slot, example_of
from halodot.errors import InputError, Problem
from halodot.nodes import plain, read_text
from halodot.study.load import from_text
from halodot.study.verbs import AMOUNTS, VERBS, kind_of

Steps = list[dict[str, Any]]
#: a reagent that every laboratory of dots has, for a step that begins without one of its own
_USUAL = {"inject": {"inject": "oleic acid", "volume": "1 mL"}}


def edit_field(text: str, folder: Folder, field: RecipeField, typed: str) -> str:
    """Return a study's text with what a person typed into a field of the recipe.

    Args:
        text: the study in YAML.
        folder: from which the files that it names are found.
        field: of the recipe's rows.
        typed: the new value with its unit; empty takes the entry out.

    Raises:
        InputError: the loader's problems, with the path of the field.
    """
    typed = typed.strip()
    if not typed and field.slot.is_own:
        message = f"the {field.label} of this step cannot be empty; the step itself is taken out with its own button"
        raise InputError(Problem(message, path=field.path))
    try:
        if field.slot.is_amount and typed and not field.is_stated:
            return _with_amount(text, folder, field.path, field.slot.key, typed)
        if field.slot.field == "per_dispersion":
            return _by_ratio(text, folder, field.path, typed)
        written = typed if not typed or _is_plain(typed, field.slot) else _quoted(typed)
        return edit_value(text, folder, field.path, written)
    except InputError as error:
        step = field.path.partition("]")[0]
        raise InputError(
            [replace(item, path=field.path) if item.path.startswith(step) else item for item in error.problems]
        ) from error


def take_suggestion(text: str, folder: Folder, field: RecipeField, suggestion: str) -> str:
    """Return a study's text with what the loader proposes in place of a value that it refused.

    Args:
        text: the study in YAML.
        folder: from which the files that it names are found.
        field: into which the refused value was typed.
        suggestion: of the problem: a value, or ``mass: 2 mg`` where the value belongs to another word of the step.

    Raises:
        InputError: the loader's problems.
    """
    key, colon, value = suggestion.partition(": ")
    if not colon or key not in AMOUNTS:
        return edit_field(text, folder, field, suggestion)
    return _with_amount(text, folder, field.path, key, value)


def _with_amount(text: str, folder: Folder, path: str, key: str, value: str) -> str:
    """Return the text with one amount of a step in place of another; equivalents are ``1.5 of oleic acid``."""
    amount, _, counted = value.partition(" of ")

    def change(document: dict[str, Any]) -> None:
        step = _step_at(document, path)
        before = {word: step.pop(word, None) for word in (*AMOUNTS, "of")}
        step[key] = _as_read(amount.strip() if key == "equivalents" else value)
        if key == "equivalents" and (counted or before["of"]):
            step["of"] = counted.strip() or before["of"]

    return edit_document(text, folder, change)


def _by_ratio(text: str, folder: Folder, path: str, typed: str) -> str:
    """Return the text with a wash by ratio to the dispersion, or by volumes where nothing is typed; digits stay."""

    def change(document: dict[str, Any]) -> None:
        step = _step_at(document, path)
        step.pop("per", None)
        for name, amount in step["wash"].items():
            number = str(amount.get("value", "") if isinstance(amount, Mapping) else amount).split(" ")[0]
            step["wash"][name] = _as_read(number if typed else f"{number} mL")
        if typed:
            step["per"] = typed

    return edit_document(text, folder, change)


def add_antisolvent(text: str, folder: Folder, step: str, name: str) -> str:
    """Return a study's text with one antisolvent more in a wash, as much as of the first.

    Args:
        text: the study in YAML.
        folder: from which the files that it names are found.
        step: path of the wash.
        name: of the antisolvent.

    Raises:
        InputError: the loader's problems.
    """

    def change(document: dict[str, Any]) -> None:
        solvents = _step_at(document, f"{step}.wash")["wash"]
        first = next(iter(solvents.values()), "1 mL")
        solvents.setdefault(name.strip(), first.get("value", "1 mL") if isinstance(first, Mapping) else first)

    return edit_document(text, folder, change)


def add_step(
    text: str, folder: Folder, part: str, place: int, verb: str, fields: Mapping[str, Any] | None = None
) -> str:
    """Return a study's text with one step more.

    A wash that leaves no dispersion for what follows is added with the redispersion after it: neither can come alone.

    Args:
        text: the study in YAML.
        folder: from which the files that it names are found.
        part: "pot", "work_up", "film" or "stocks.NAME"; a stock that there is not is begun.
        place: before which step it goes, counted from 0; the number of steps for the last.
        verb: the word of the step.
        fields: what is stated, by the key of its slot; the sensible beginning where it is not given.

    Raises:
        InputError: there is no such word or place, or the loader's problems of the new step.
    """
    if verb not in VERBS:
        raise InputError(Problem(f"unknown step {verb!r}; a step is one of {', '.join(VERBS)}", path=f"recipe.{part}"))
    step = starting_step(verb) if fields is None else {key: _as_read(value) for key, value in fields.items() if value}
    step = {verb: step.pop(verb, ""), **step}
    tries = [[step]]
    if fields is None and verb in _USUAL:
        tries.append([dict(_USUAL[verb])])
    if kind_of(verb) == "wash":
        tries.append([step, dict(example_of("redisperse"))])
    return _first_that_loads(text, folder, part, place, tries)


def remove_step(text: str, folder: Folder, part: str, place: int) -> str:
    """Return a study's text without one step.

    A wash goes with the redispersion after it where that would find no precipitate.

    Args:
        text: the study in YAML.
        folder: from which the files that it names are found.
        part: "pot", "work_up", "film" or "stocks.NAME".
        place: counted from 0.

    Raises:
        InputError: there is no such step, or the recipe does not load without it.
    """
    steps = steps_of(from_text(text, folder=folder).document, part)
    _check_place(steps, part, place)
    is_wash = [kind_of(verb_of(step)) == "wash" for step in steps[place : place + 1]] == [True]
    follows = [kind_of(verb_of(step)) for step in steps[place + 1 : place + 2]] == ["redisperse"]
    try:
        return _without(text, folder, part, place, 1)
    except InputError:
        if not (is_wash and follows):
            raise
        return _without(text, folder, part, place, 2)


def move_step(text: str, folder: Folder, part: str, old: int, new: int) -> str:
    """Return a study's text with one step at another place.

    Args:
        text: the study in YAML.
        folder: from which the files that it names are found.
        part: "pot", "work_up", "film" or "stocks.NAME".
        old: its place, counted from 0.
        new: its place among the others afterwards.

    Raises:
        InputError: there is no such place, or the recipe does not load in this order.
    """

    def change(document: dict[str, Any]) -> None:
        steps = steps_of(document, part)
        _check_place(steps, part, old)
        _check_place(steps, part, new)
        steps.insert(new, steps.pop(old))

    return edit_document(text, folder, change)


def moved_path(path: str, part: str, order: Sequence[int | None]) -> str:
    """Return how a path is called after steps of a part have moved, empty where its step is gone.

    Args:
        path: any of the study.
        part: "pot", "work_up", "film" or "stocks.NAME".
        order: of the new steps, the place that each had before; None for one that is new.
    """
    before, bracket, rest = path.partition(f"recipe.{part}[")
    if before or not bracket:
        return path
    place, _, behind = rest.partition("]")
    if not place.isdecimal() or int(place) not in order:
        return ""
    return f"recipe.{part}[{list(order).index(int(place))}]{behind}"


def starting_step(verb: str) -> dict[str, Any]:
    """Return with what a new step begins: the example of its word."""
    return dict(example_of(verb))


def steps_of(document: Mapping[str, Any], part: str) -> Steps:
    """Return the steps of a part in a document, which can be changed in place; none there is begun.

    Args:
        document: of a study.
        part: "pot", "work_up", "film" or "stocks.NAME".

    Raises:
        InputError: a recipe has no such part.
    """
    where, _, stock = part.partition(".")
    if not (where in PARTS and not stock) and not (where == "stocks" and stock):
        message = f"a recipe has no part {part!r}; it has {', '.join(PARTS)} and stocks.NAME"
        raise InputError(Problem(message, path=f"recipe.{part}"))
    recipe = _below(document, "recipe", {})
    holder, key = (_below(recipe, "stocks", {}), stock) if stock else (recipe, part)
    found: Steps = _below(holder, key, [])
    return found


def _step_at(document: Mapping[str, Any], path: str) -> dict[str, Any]:
    """Return the step that the path of one of its fields leads to.

    Raises:
        InputError: it is no longer there.
    """
    part, _, rest = path.removeprefix("recipe.").partition("[")
    place = rest.partition("]")[0]
    steps = steps_of(document, part)
    _check_place(steps, part, int(place) if place.isdecimal() else -1)
    return steps[int(place)]


def _below(document: Any, key: str, empty: Any) -> Any:
    """Return what stands under a key, what is empty where there is nothing."""
    if document.get(key) is None:
        document[key] = empty
    return document[key]


def _check_place(steps: Steps, part: str, place: int, last: int = 0) -> None:
    if not 0 <= place < len(steps) + last:
        message = f"there is no place {place}; {part} has {len(steps)} steps, counted from 0"
        raise InputError(Problem(message, path=f"recipe.{part}"))


def _first_that_loads(text: str, folder: Folder, part: str, place: int, tries: Sequence[Steps]) -> str:
    """Return the text with the first of some steps that load; the problems are those of the first."""
    wrong: InputError | None = None
    for steps in tries:

        def change(document: dict[str, Any], steps: Steps = steps) -> None:
            own = steps_of(document, part)
            _check_place(own, part, place, 1)
            own[place:place] = steps

        try:
            return edit_document(text, folder, change)
        except InputError as error:
            wrong = wrong or error
    assert wrong is not None
    raise wrong


def _without(text: str, folder: Folder, part: str, place: int, count: int) -> str:
    def change(document: dict[str, Any]) -> None:
        steps = steps_of(document, part)
        del steps[place : place + count]
        _, _, stock = part.partition(".")
        if not steps and part != "pot":
            (document["recipe"]["stocks"] if stock else document["recipe"]).pop(stock or part)

    return edit_document(text, folder, change)


def _as_read(value: Any) -> Any:
    """Return a typed value as a document has it: a pure number as a number, all else as it is."""
    if isinstance(value, Mapping):
        return {name: _as_read(item) for name, item in value.items()}
    try:
        found = plain(read_text(str(value)))
    except InputError:
        return str(value)
    return found if isinstance(found, int | float) else str(value)


def _is_plain(typed: str, slot: Slot) -> bool:
    """Whether a typed value means the same where it is read as YAML."""
    if slot.kind != "number":
        return False
    try:
        return isinstance(read_text(typed).value, str) and "#" not in typed
    except InputError:
        return False


def _quoted(typed: str) -> str:
    return json.dumps(typed, ensure_ascii=False)
