"""What the lines of a procedure say of one another: amounts, dots in a liquid or a precipitate, what is used up."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from typing import Any

from halodot.flask.amounts import HIGHEST_OF_ANTISOLVENTS, HIGHEST_PERMITTIVITY
from halodot.flask.vessel import LIQUID_ROLES, dries_up
from halodot.nodes import Node
from halodot.states import Chemical, Recipe, Step
from halodot.study.reader import Reader
from halodot.study.verbs import AMOUNTS

#: relative permittivity from which a liquid precipitates dots: butyl acetate has 5.07, chloroform, which does not, 4.8
PRECIPITATING = 5.0
#: what precipitates no dots although it is as polar: chlorinated liquids, ethers of rings, which mix with alkyl chains
_MIXING = re.compile("Cl|Br|^C4H8O$")
#: volume of an antisolvent by that of the dispersion from which on dots precipitate, 1
_ENOUGH = 1.0 / 3.0


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


def check_antisolvents(reader: Reader, node: Node, recipe: Recipe) -> None:
    """Report an antisolvent that is added to the dispersion rather than written as a wash.

    Args:
        reader: collects problems.
        node: the work-up.
        recipe: stocks, pot and work-up that were read.
    """
    places = {f"recipe.work_up[{index}]": item.place for index, item in enumerate(reader.sequence(node, ""))}
    liquid = math.fsum(_volume(step, recipe) for step in recipe.pot)
    polar: dict[str, float] = {}
    for step in recipe.work_up:
        if step.kind == "redisperse":
            liquid, polar = step.volume, {}
        if step.kind not in ("add", "inject"):
            continue
        volume, permittivity = _volume(step, recipe), _precipitating(recipe.chemicals.get(step.material))
        if permittivity == 0.0:
            liquid += volume
            continue
        polar[step.material] = polar.get(step.material, 0.0) + volume
        named = f"{step.material} (relative permittivity {permittivity:.1f})"
        if permittivity > HIGHEST_OF_ANTISOLVENTS:
            message = f"{named} takes the dots apart; methyl acetate, acetone or butanol do not"
            reader.complain(places[step.where], message, step.where)
        elif permittivity > HIGHEST_PERMITTIVITY or math.fsum(polar.values()) >= _ENOUGH * liquid:
            message = f"{named} is an antisolvent, which precipitates the dots and takes ligand with it: write a wash"
            written = f"{{wash: {{{step.material}: {polar[step.material] * 1e6:.4g} mL}}}}"
            reader.complain(places[step.where], message, step.where, written)


def is_antisolvent(role: str, formula: str, permittivity: float) -> bool:
    """Return whether a liquid precipitates dots without taking them apart.

    Args:
        role: what it does in the flask.
        formula: of the compound.
        permittivity: relative permittivity [1].
    """
    return _is_polar(role, formula, permittivity) and permittivity <= HIGHEST_OF_ANTISOLVENTS


def _is_polar(role: str, formula: str, permittivity: float) -> bool:
    """Whether a liquid precipitates dots or takes them apart."""
    return role == "solvent" and permittivity > PRECIPITATING and not _MIXING.search(formula)


def _precipitating(chemical: Chemical | None) -> float:
    """The relative permittivity of a liquid that precipitates dots or takes them apart, else 0."""
    if chemical is None or not _is_polar(chemical.role, chemical.formula, chemical.relative_permittivity):
        return 0.0
    return chemical.relative_permittivity


def _volume(step: Step, recipe: Recipe) -> float:
    """The volume of liquid that a step brings [m3], as far as it is stated; solids have none."""
    if step.material in recipe.stocks:
        whole = math.fsum(_volume(part, recipe) for part in recipe.stocks[step.material])
        return step.volume if step.volume > 0.0 else whole
    if step.volume > 0.0:
        return step.volume
    chemical = recipe.chemicals.get(step.material)
    if chemical is None or chemical.role not in LIQUID_ROLES or not chemical.density > 0.0:
        return 0.0
    mass = step.mass if step.mass > 0.0 else step.amount * chemical.molar_mass / chemical.purity
    return mass / chemical.density if mass > 0.0 else 0.0


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


def check_circles(reader: Reader, stocks: Mapping[str, tuple[Step, ...]], items: Mapping[str, Node]) -> None:
    """Report a stock that holds itself, by its own steps or by those of a stock in it."""
    held = {name: {step.material for step in steps} & set(stocks) for name, steps in stocks.items()}
    for name in stocks:
        inside, new = set[str](), {name}
        while new:
            new = {other for one in new for other in held[one]} - inside
            inside |= new
        if name in inside:
            message = f"the stock {name!r} is needed to make itself; put reagents in, or a stock that holds none of it"
            reader.complain(items["stocks"].keys[name], message, f"recipe.stocks.{name}")


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
