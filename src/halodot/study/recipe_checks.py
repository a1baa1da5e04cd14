"""What the lines of a procedure say of one another: amounts, dots in a liquid or a precipitate, what is used up."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

from halodot.flask.vessel import dries_up
from halodot.nodes import Node
from halodot.states import Chemical, Step
from halodot.study.reader import Reader
from halodot.study.verbs import AMOUNTS


def check_amount(
    reader: Reader,
    stocks: Collection[str],
    chemicals: Mapping[str, Chemical | None],
    values: Mapping[str, Any],
    node: Node,
) -> None:
    """Report a reagent without an amount or with two, and a volume of what has no density.

    Args:
        reader: collects problems.
        stocks: names of the stocks.
        chemicals: reagents that are known so far, by name.
        values: fields of the step that were read.
        node: the step.
    """
    assert isinstance(node.value, dict)
    stated = [key for key in AMOUNTS if key in node.value]
    material, kind, path = values.get("material", ""), values["kind"], values["where"]
    if material in stocks:
        extra = [key for key in stated if key != "volume"]
        if extra:
            reader.complain(node.keys[extra[0]], f"a stock is injected by volume, or whole, not by {extra[0]}", path)
        return
    if not material and kind == "inject":
        return  # it may be a stock, which is injected whole
    if len(stated) != 1 and len(reader.lacking(AMOUNTS, path)) == len(AMOUNTS):
        what = "no amount" if not stated else " and ".join(stated)
        message = f"{what} stated; one of {', '.join(AMOUNTS)} is expected"
        reader.complain(node.keys.get(kind, node.place), message, path)
    both = len(reader.lacking(("equivalents", "of"), path)) == 2
    if both and ("equivalents" in stated) != ("of" in node.value):
        message = "equivalents need the chemical that they count: {equivalents: 1.5, of: 5-aminopentanoic acid}"
        reader.complain(node.keys.get("of", node.keys.get("equivalents", node.place)), message, path)
    chemical = chemicals.get(material)
    readable = "volume" in stated and reader.lacking(["volume"], path)
    if readable and chemical is not None and math.isnan(chemical.density):
        message = f"a volume of {material} needs its density, which the library does not have; state a mass"
        reader.complain(node.keys["volume"], message, path)


def check_dispersion(
    reader: Reader, node: Node, steps: tuple[Step, ...], chemicals: Mapping[str, Chemical | None]
) -> None:
    """Report steps that need dots in a liquid while there are none, and the reverse.

    Args:
        reader: collects problems.
        node: the work-up.
        steps: what was read of it.
        chemicals: reagents by name.
    """
    places = {f"recipe.work_up[{index}]": item.place for index, item in enumerate(reader.sequence(node, ""))}
    dispersed, solvent = True, ""
    for step in steps:
        message, suggestion = _misplaced(step, dispersed)
        if message:
            reader.complain(places[step.where], message, step.where, suggestion)
        if step.kind == "redisperse":
            dispersed, solvent = True, step.material
        elif step.kind == "wash" or (step.kind == "centrifuge" and step.keep == "solid"):
            dispersed = False
        elif step.kind == "dry" and dispersed:
            dispersed = not dries_up(chemicals.get(solvent))


def _misplaced(step: Step, dispersed: bool) -> tuple[str, str]:
    """What is wrong with a step where the dots are dispersed or not, and what is meant instead."""
    if step.kind == "redisperse" and dispersed:
        return "there is no precipitate to redisperse; wash first", ""
    if dispersed or step.kind in ("redisperse", "dry"):
        return "", ""
    if step.kind == "centrifuge" and step.keep == "liquid":
        message = "the dots are a precipitate here, and the liquid that is kept holds none of them; keep the solid"
        return message, "keep: solid"
    if step.kind in ("wash", "filter", "inject", "add"):
        needs = f"{'an' if step.kind in ('inject', 'add') else 'a'} {step.kind} needs a dispersion"
        return f"{needs}, but the dots are a precipitate here; redisperse them first", ""
    return "", ""


def check_drawn(
    reader: Reader, stocks: Mapping[str, tuple[Step, ...]], steps: tuple[Step, ...], items: Mapping[str, Node]
) -> None:
    """Report a stock from which more is taken than was made."""
    for name, made in stocks.items():
        volume = math.fsum(step.volume for step in made if step.volume > 0)
        drawn = [step for step in steps if step.material == name and step.kind in ("inject", "dip")]
        taken = math.fsum(step.volume for step in drawn if step.volume > 0)
        if volume > 0 and taken > 1.05 * volume:
            message = f"{taken * 1e6:.3g} mL of {name!r} are injected, but only {volume * 1e6:.3g} mL were made"
            reader.complain(items["stocks"].keys[name], message, f"recipe.stocks.{name}")
        if not drawn:
            reader.note("not followed", f"the stock {name!r} is made and never injected", f"recipe.stocks.{name}")


def note_absent(
    reader: Reader, stocks: Mapping[str, tuple[Step, ...]], pot: tuple[Step, ...], work_up: tuple[Step, ...]
) -> None:
    """Note equivalents of a chemical that the same vessel does not hold: they are none."""
    for steps in (*stocks.values(), (*pot, *work_up)):
        present = {step.material for step in steps if step.kind in ("add", "inject")}
        present |= {step.material for name in present & set(stocks) for step in stocks[name]}
        for step in steps:
            if step.of and step.of not in present:
                message = f"equivalents of {step.of!r}, of which there is none, are none"
                reader.note("not followed", message, step.where)
