"""The lists of a protocol: what to have ready with its hazards, the layers of the device, cautions and sources."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from halodot.nodes import from_plain
from halodot.paths import layer_path
from halodot.states import Chemical, Recipe
from halodot.study import library
from halodot.study.hazards import Hazards, read_hazards
from halodot.study.model import Study
from halodot.study.protocol_numbers import length, rough
from halodot.study.protocol_sheet import LayerLine, Measured, Stage, Supply
from halodot.study.reader import Reader

#: what a larger or smaller batch does not keep
SCALING = (
    "Masses and volumes scale; heat and mixing do not. A larger volume heats and cools more slowly, is stirred less "
    "evenly, and takes longer to inject into: size and spread of the dots follow these. Temperatures and times are the "
    "study's own; try the larger batch with them and measure the dots before relying on it."
)
LEAD = (
    "The dots, the crude solution and everything washed from them hold lead: handle and collect them as lead compounds "
    "(Repr. 1A, annex VI of the CLP regulation, index 082-001-00-6)."
)
SUPPLIER = (
    "Hazard statements are those of the pure substance in the library; the sheet of the supplier of your bottle, and "
    "your laboratory's own rules, come first. Precautionary statements stand there."
)
DEVICE = "The study states what the layers are, not how they are made: spin coating and evaporation are not in it."


def supplies(study: Study, recipe: Recipe, stages: Sequence[Stage]) -> Iterator[Supply]:
    """Yield what to have ready, in the order in which it is first used.

    Args:
        study: whose numbers say how pure a reagent is.
        recipe: of the study.
        stages: what is measured out for each vessel.
    """
    items: dict[str, list[Measured]] = {}
    for stage in stages:
        for item in stage.measured:
            items.setdefault(item.chemical, []).append(item)
    baths = {step.material for step in recipe.film if step.material in recipe.chemicals}
    for name in sorted(baths - set(items)):
        items[name] = []
    for name, found in items.items():
        chemical = recipe.chemicals[name]
        yield Supply(
            name,
            chemical.formula,
            chemical.cas,
            _total(found, name in baths),
            _purity(study, chemical),
            _hazards(study, name),
        )


def _hazards(study: Study, name: str) -> Hazards | None:
    """Return what the study says of the hazards of a chemical, else what the library does."""
    own = ((study.document.get("recipe") or {}).get("chemicals") or {}).get(name)
    if isinstance(own, Mapping) and "hazards" in own:
        return read_hazards(Reader(), from_plain(own["hazards"]), name)
    known = library.find("chemicals", name)
    return library.chemical(known).hazards if known else None


def _total(items: Sequence[Measured], bath: bool) -> str:
    """Return how much of a chemical all vessels take, and whether a bath for films needs more of it."""
    if bath:
        return f"{_total(items, False)} and a bath" if items else "a bath"
    if len(items) == 1:
        return f"about {items[0].take}" if items[0].estimated else items[0].take
    volume = math.fsum(item.volume for item in items)
    mass = math.fsum(item.mass for item in items)
    size, unit = (volume, "m3") if math.isfinite(volume) else (mass, "kg")
    about = "about " if any(item.estimated for item in items) else ""
    return f"{about}{rough(size, unit)} in all" if math.isfinite(size) else "see the vessels"


def _purity(study: Study, chemical: Chemical) -> str:
    entry = study.inputs.get(f"recipe.chemicals.{chemical.name}.purity")
    if entry is None:
        return "purity not stated, taken as pure"
    water = f", {100.0 * chemical.water_fraction:.4g} % water" if chemical.water_fraction > 0.0 else ""
    word = " (assumed)" if entry.kind == "assumed" else ""
    return f"{100.0 * chemical.purity:.6g} %{water}{word}"


def layers(study: Study) -> Iterator[LayerLine]:
    """Yield the layers of a study's device from the substrate up, as far as it states them."""
    for layer in study.stack.layers if study.stack else ():
        entry = study.inputs.get(layer_path(layer.name, "thickness"))
        if entry is None:
            yield LayerLine(layer.name, "", "")
        else:
            yield LayerLine(layer.name, length(layer.thickness), entry.kind, entry.about)


def cautions(study: Study, recipe: Recipe, scaled: bool, flagged: bool) -> Iterator[str]:
    """Yield what is to be said before the work begins.

    Args:
        study: with or without a device.
        recipe: of the study.
        scaled: whether the batch has another size than the study's.
        flagged: whether texts are said to be ambiguous, in the numbers of the study.
    """
    if scaled:
        yield SCALING
        if flagged:
            yield "What is said of how the text is read has the numbers of the study's own batch."
    if any(chemical.role == "lead source" for chemical in recipe.chemicals.values()):
        yield LEAD
    yield SUPPLIER
    if study.stack is not None:
        yield DEVICE


def sources(study: Study, listed: Sequence[Supply]) -> tuple[str, ...]:
    """Return the keys of the bibliography that recipe and hazards rest on."""
    recipe = {entry.source for path, entry in study.inputs.items() if path.startswith("recipe.")}
    found = recipe | {item.hazards.source for item in listed if item.hazards is not None}
    return tuple(sorted(found - {"", "halodot"}))
