"""The recipe of a study as rows: every part with its steps in order, each with all that can be changed in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from halodot.app.recipe.slots import Slot, verb_form
from halodot.errors import HalodotError
from halodot.study.model import Study
from halodot.study.protocol import make_protocol
from halodot.study.steps import step_words
from halodot.study.verbs import VERBS, allowed

#: parts of a recipe beside its stocks -> title
PARTS: Mapping[str, str] = {"pot": "Pot", "work_up": "Work-up", "film": "Film of dots"}


@dataclass(frozen=True)
class RecipeField:
    """One value of a step as it is written, or one that could be stated and is not."""

    path: str  # as --set takes it
    slot: Slot
    label: str
    text: str  # as written, with its unit; empty where the step does not state it
    number: str = ""  # path among the numbers of the study, empty where it is none

    @property
    def is_stated(self) -> bool:
        """Whether the step says it."""
        return bool(self.text)


@dataclass(frozen=True)
class RecipeStep:
    """One line of the recipe."""

    path: str  # "recipe.pot[3]"
    number: int  # in its part, from 1
    verb: str
    reagent: str  # reagent or stock, empty for a step without
    is_stock: bool
    sentence: str  # the step as the bench sheet says it
    note: str
    fields: tuple[RecipeField, ...]
    remarks: tuple[str, ...] = ()

    @property
    def stated(self) -> tuple[RecipeField, ...]:
        """The fields that have a value."""
        return tuple(field for field in self.fields if field.is_stated)


@dataclass(frozen=True)
class RecipePart:
    """A vessel, or a part of the work."""

    key: str  # "pot", "stocks.ligand"
    path: str  # "recipe.pot"
    title: str
    steps: tuple[RecipeStep, ...]
    verbs: tuple[str, ...]  # that may stand here
    contents: str = ""  # what it holds in the end, volume and concentrations


def recipe_rows(study: Study) -> tuple[RecipePart, ...]:
    """Return the recipe of a study part by part, empty for a study without one.

    Args:
        study: as it was read.
    """
    written = study.document.get("recipe")
    if study.recipe is None or not isinstance(written, Mapping):
        return ()
    sentences, contents, remarks = _said(study)
    stocks = written.get("stocks")
    parts = {f"stocks.{name}": steps for name, steps in stocks.items()} if isinstance(stocks, Mapping) else {}
    titles = {**{key: f"Stock {key.partition('.')[2]}" for key in parts}, **PARTS}
    parts |= {key: written.get(key) for key in PARTS}
    found = []
    for key, steps in parts.items():
        listed = steps if isinstance(steps, Sequence) and not isinstance(steps, str) else ()
        rows = (_step(f"recipe.{key}", index, step, tuple(study.recipe.stocks)) for index, step in enumerate(listed))
        said = tuple(
            replace(
                row,
                sentence=sentences.get(row.path, row.sentence),
                remarks=remarks.get(row.path, ()),
                fields=tuple(_with_number(field, study) for field in row.fields),
            )
            for row in rows
        )
        found.append(
            RecipePart(
                key, f"recipe.{key}", titles[key], said, allowed(key.partition(".")[0]), contents.get(titles[key], "")
            )
        )
    return tuple(found)


def fields_of(path: str, step: Mapping[str, Any]) -> tuple[RecipeField, ...]:
    """Return the fields of a step, those that it does not state included.

    Args:
        path: of the step.
        step: as the document has it.
    """
    word = verb_of(step)
    found: list[RecipeField] = []
    for slot in verb_form(word).slots:
        if slot.kind == "solvents":
            found += _solvents(f"{path}.{slot.key}", slot, step.get(slot.key), "per" in step)
        else:
            found.append(_field(path, slot, step.get(slot.key)))
    return tuple(found)


def verb_of(step: Mapping[str, Any]) -> str:
    """Return the word of a step; the first of its keys where none is known."""
    return next((word for word in step if word in VERBS), next(iter(step), ""))


def _said(study: Study) -> tuple[dict[str, str], dict[str, str], dict[str, tuple[str, ...]]]:
    """Return sentence by step, contents by part and remarks by step, as the bench sheet has them."""
    try:
        stages = make_protocol(study).stages
    except HalodotError:
        return {}, {}, {}
    steps = [step for stage in stages for step in stage.steps]
    return (
        {step.where: step.text for step in steps},
        {stage.title: stage.contents for stage in stages},
        {step.where: step.remarks for step in steps},
    )


def _step(before: str, index: int, step: Mapping[str, Any], stocks: Sequence[str]) -> RecipeStep:
    path, word = f"{before}[{index}]", verb_of(step)
    form = verb_form(word)
    takes = "reagent" in form.slots[0].kind
    reagent = str(step.get(word, "")) if takes else ""
    return RecipeStep(
        path=path,
        number=index + 1,
        verb=word,
        reagent=reagent,
        is_stock=form.slots[0].kind == "stock or reagent" and reagent in stocks,
        sentence=step_words(step),
        note=str(step.get("note", "")),
        fields=fields_of(path, step),
    )


def _field(path: str, slot: Slot, value: Any) -> RecipeField:
    at = f"{path}.{slot.key}"
    if isinstance(value, Mapping):  # with its spread or its source, which stay
        at, value = f"{at}.value", value.get("value", "")
    number = f"{path}.{slot.field}" if slot.kind == "number" and value is not None else ""
    return RecipeField(at, slot, slot.label, "" if value is None else str(value), number)


def _with_number(field: RecipeField, study: Study) -> RecipeField:
    """Return a field that names its number in the study: of a centrifuge the force where that is stated."""
    force = field.number.removesuffix("rotation") + "centrifugal_force"
    return replace(field, number=next((path for path in (field.number, force) if path in study.inputs), ""))


def _solvents(path: str, slot: Slot, value: Any, relative: bool) -> Iterator[RecipeField]:
    """Yield a field for each antisolvent of a wash: a volume, or a ratio to the volume of the dispersion."""
    for name, amount in value.items() if isinstance(value, Mapping) else ():
        at, text = f"{path}.{name}", amount
        if isinstance(amount, Mapping):
            at, text = f"{at}.value", amount.get("value", "")
        own = replace(slot, kind="number", unit="1" if relative else "m3", units=() if relative else ("mL", "uL", "L"))
        yield RecipeField(at, own, name, str(text), f"{path}.{name}")
