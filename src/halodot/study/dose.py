"""How much acid and short ligand meets the dots, beside the recipes whose data the model has been held against."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING

from halodot.nodes import plain
from halodot.states import Chemical, Note, Recipe, Step
from halodot.study import library
from halodot.study.extends import study_node
from halodot.study.folders import shipped_alone
from halodot.study.reader import Reader
from halodot.study.recipe import read_recipe

if TYPE_CHECKING:
    from halodot.study.model import Study

#: reagents whose dose the calibration varied
_ROLES = {"amino acid": "short ligand", "strong acid": "strong acid"}
#: reagents that dissolve without adding volume
_SOLIDS = (
    "cesium source",
    "lead source",
    "metal salt",
    "organic cation source",
    "ammonium halide",
    "quaternary ammonium halide",
    "amino acid",
    "zwitterion",
)
#: by which a dose may exceed the calibrated ones without a remark, the error of weighing in
_SLACK = 1.05


def beyond_calibration(study: Study) -> Iterator[Note]:
    """Yield a note where a dose per lead is larger than in the recipes whose data the model has been held against.

    Those are the recipes of the calibration in force, and without one of the library, of all that the library has.
    """
    if study.recipe is None or study.flask is None:
        return
    known = library.calibrations()
    shipped = study.calibration in known
    most = calibrated_doses((study.calibration,) if shipped else known)
    beyond = [
        f"{dose:.3g} mol of {_ROLES[role]} per mole of lead (at most {most[role]:.3g} there)"
        for role, dose in doses(study.recipe).items()
        if dose > _SLACK * most.get(role, math.inf)
    ]
    if beyond:
        recipes = f"recipes that calibrated the model ({study.calibration})" if shipped else "recipes of the library"
        text = (
            f"{' and '.join(beyond)} are beyond the {recipes}: size, coverage and everything behind them are "
            "extrapolated."
        )
        yield Note("extrapolated", text, "recipe")


@cache
def calibrated_doses(names: tuple[str, ...]) -> Mapping[str, float]:
    """Return the largest dose by role in the recipes of calibrations of the library, mol per mole of lead."""
    nodes = [node for name in names if (node := library.calibration_node(name)) is not None]
    calibrated = {study for node in nodes for study in plain(node).get("calibrated") or ()}
    most: dict[str, float] = {}
    with shipped_alone():
        recipes = [
            read_recipe(Reader(), written["recipe"], library.ROOT)
            for study in calibrated & set(library.studies())
            if isinstance(written := study_node(study).value, dict) and "recipe" in written
        ]
    for recipe in recipes:
        found = doses(recipe)
        most |= {role: max(dose, most.get(role, 0.0)) for role, dose in found.items()}
    return most


def doses(recipe: Recipe) -> dict[str, float]:
    """Return the reagents of the calibrated roles that a recipe uses, mol per mole of lead, by role."""
    stocks = {name: _vessel(steps, recipe.chemicals) for name, steps in recipe.stocks.items()}
    total: dict[str, float] = {}
    steps = (*recipe.pot, *recipe.work_up)
    loose = tuple(step for step in steps if step.material not in stocks)
    parts = [(1.0, _vessel(loose, recipe.chemicals))]
    for step in steps:
        if step.material in stocks:
            made = _volume(recipe.stocks[step.material], recipe.chemicals)
            drawn = step.volume / made if math.isfinite(step.volume) and made > 0.0 else 1.0
            parts.append((min(drawn, 1.0), stocks[step.material]))
    for share, amounts in parts:
        for name, amount in amounts.items():
            chemical = recipe.chemicals[name]
            count = chemical.cation_count if chemical.role == "lead source" else 1.0
            total[chemical.role] = total.get(chemical.role, 0.0) + share * amount * count
    lead = total.get("lead source", 0.0)
    return {role: total.get(role, 0.0) / lead for role in _ROLES} if lead > 0.0 else {}


def _vessel(steps: tuple[Step, ...], chemicals: Mapping[str, Chemical]) -> dict[str, float]:
    """Return the moles of every reagent that some steps put together, equivalents last."""
    found: dict[str, float] = {}
    for step in sorted(steps, key=lambda step: math.isfinite(step.equivalents)):
        chemical = chemicals.get(step.material)
        if chemical is not None:
            counted = found.get(step.of, 0.0)
            found[step.material] = found.get(step.material, 0.0) + _amount(step, chemical, counted)
    return found


def _amount(step: Step, chemical: Chemical, counted: float) -> float:
    if math.isfinite(step.amount):
        return step.amount
    if math.isfinite(step.equivalents):
        return step.equivalents * counted
    mass = step.mass if math.isfinite(step.mass) else step.volume * chemical.density
    return mass * chemical.purity / chemical.molar_mass if math.isfinite(mass) else 0.0


def _volume(steps: tuple[Step, ...], chemicals: Mapping[str, Chemical]) -> float:
    """Return the volume [m3] of the liquids that are measured by volume or have a density."""
    return math.fsum(_liquid(step, chemicals[step.material]) for step in steps if step.material in chemicals)


def _liquid(step: Step, chemical: Chemical) -> float:
    if math.isfinite(step.volume):
        return step.volume
    solid = chemical.role in _SOLIDS
    mass = step.mass if math.isfinite(step.mass) else step.amount * chemical.molar_mass / chemical.purity
    return 0.0 if solid or not math.isfinite(mass / chemical.density) else mass / chemical.density
