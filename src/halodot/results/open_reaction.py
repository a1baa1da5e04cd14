"""A recipe as a reaction of the Open Reaction Database: the same procedure for those who collect procedures.

Message Reaction of ord-schema (Kearnes et al., J. Am. Chem. Soc. 143, 18820 (2021), doi:10.1021/jacs.1c09820) in the
JSON mapping of protocol buffers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from halodot.errors import InputError
from halodot.states import Chemical, Recipe, Step
from halodot.study import Study

_ROLES = {"solvent": "SOLVENT"}
_WORK_UP = {
    "wash": "ADDITION",
    "redisperse": "DISSOLUTION",
    "filter": "FILTRATION",
    "hold": "WAIT",
    "heat": "TEMPERATURE",
}
_KELVIN = 273.15


def open_reaction(study: Study) -> dict[str, Any]:
    """Return the study's recipe as a Reaction message in JSON.

    Stocks are inputs with a component for every reagent; amounts are those of the stock, of which the line in
    ``procedureDetails`` may inject a part.

    Raises:
        InputError: the study has no recipe.
    """
    recipe = study.recipe
    if recipe is None:
        raise InputError("this study has no recipe to export; name one that has, such as paper-0.2")
    return {
        "identifiers": [{"type": "CUSTOM", "details": "title", "value": study.title or study.name}],
        "inputs": _inputs(recipe),
        "setup": {"vessel": {"type": "ROUND_BOTTOM_FLASK", "details": "three-necked"}},
        "conditions": {
            "conditionsAreDynamic": True,
            "temperature": {"setpoint": _temperature(_hottest(recipe))},
            "details": "hot injection; temperatures follow the lines of the procedure",
        },
        "notes": {"procedureDetails": "\n".join(_lines(recipe))},
        "workups": [_work_up(step, recipe.chemicals) for step in recipe.work_up],
        "outcomes": [{"products": [{"identifiers": [{"type": "NAME", "value": "CsPbI3 quantum dots"}]}]}],
    }


def _inputs(recipe: Recipe) -> dict[str, Any]:
    found: dict[str, Any] = {}
    order = 0
    for step in (*recipe.pot, *recipe.work_up):
        if step.kind not in ("add", "inject"):
            continue
        order += 1
        lines = recipe.stocks.get(step.material, (step,))
        parts = [_component(line, recipe.chemicals) for line in lines if line.kind == "add" or line is step]
        name = step.material if step.material not in found else f"{step.material} ({order})"
        entry: dict[str, Any] = {"components": parts, "additionOrder": order}
        if step.addition_time > 0.0:
            entry["additionSpeed"] = {"type": "SLOW"}
            entry["additionDuration"] = {"value": step.addition_time, "units": "SECOND"}
        elif step.kind == "inject":
            entry["additionSpeed"] = {"type": "ALL_AT_ONCE"}
        found[name] = entry
    return found


def _component(step: Step, chemicals: Mapping[str, Chemical]) -> dict[str, Any]:
    chemical = chemicals[step.material]
    identifiers = [{"type": "NAME", "value": chemical.name}]
    if chemical.formula:
        identifiers.append({"type": "CUSTOM", "details": "molecular formula", "value": chemical.formula})
    component = {"identifiers": identifiers, "reactionRole": _ROLES.get(chemical.role, "REACTANT")}
    amount = _amount(step)
    return {**component, "amount": amount} if amount else component


def _amount(step: Step) -> dict[str, Any]:
    if math.isfinite(step.mass):
        return {"mass": {"value": step.mass * 1e6, "units": "MILLIGRAM"}}
    if math.isfinite(step.volume):
        return {"volume": {"value": step.volume * 1e6, "units": "MILLILITER"}}
    if math.isfinite(step.amount):
        return {"moles": {"value": step.amount * 1e3, "units": "MILLIMOLE"}}
    return {}


def _temperature(kelvin: float) -> dict[str, Any]:
    return {"value": round(kelvin - _KELVIN, 6), "units": "CELSIUS"}


def _hottest(recipe: Recipe) -> float:
    return max((s.temperature for s in recipe.pot if math.isfinite(s.temperature)), default=298.15)


def _work_up(step: Step, chemicals: Mapping[str, Chemical]) -> dict[str, Any]:
    found: dict[str, Any] = {"type": _WORK_UP.get(step.kind, "CUSTOM"), "details": _line(step)}
    liquids = [name for name, _ in step.antisolvents] or ([step.material] if step.kind == "redisperse" else [])
    if liquids:
        found["input"] = {"components": [_liquid(name, step, chemicals) for name in liquids]}
    if math.isfinite(step.duration):
        found["duration"] = {"value": step.duration, "units": "SECOND"}
    if math.isfinite(step.temperature):
        found["temperature"] = {"setpoint": _temperature(step.temperature)}
    if step.keep:
        found["keepPhase"] = step.keep
    return found


def _liquid(name: str, step: Step, chemicals: Mapping[str, Chemical]) -> dict[str, Any]:
    volume = dict(step.antisolvents).get(name, step.volume)
    component: dict[str, Any] = {
        "identifiers": [{"type": "NAME", "value": chemicals[name].name}],
        "reactionRole": "WORKUP",
    }
    if math.isfinite(volume) and not step.per_dispersion:
        component["amount"] = {"volume": {"value": volume * 1e6, "units": "MILLILITER"}}
    return component


def _lines(recipe: Recipe) -> list[str]:
    lines = []
    for name, steps in recipe.stocks.items():
        lines += [f"{name}: {_line(step)}" for step in steps]
    return (
        lines
        + [f"pot: {_line(step)}" for step in recipe.pot]
        + [f"work-up: {_line(step)}" for step in recipe.work_up]
        + [f"film: {_line(step)}" for step in recipe.film]
    )


def _line(step: Step) -> str:
    """One line of the procedure in words."""
    words = [step.kind, step.material]
    if step.antisolvents:
        per = " volumes per volume of dispersion" if step.per_dispersion else " mL"
        scale = 1.0 if step.per_dispersion else 1e6
        words.append(", ".join(f"{name} {volume * scale:g}{per}" for name, volume in step.antisolvents))
    shown = (
        (step.mass, 1e6, "mg"),
        (step.volume, 1e6, "mL"),
        (step.amount, 1e3, "mmol"),
        (step.rotation, 30.0 / math.pi, "rpm"),
        (step.centrifugal_force, 1.0, "times gravity"),
        (step.pore, 1e9, "nm pores"),
        (step.duration, 1.0, "s"),
        (step.addition_time, 1.0, "s of addition"),
    )
    words += [f"{value * scale:g} {unit}" for value, scale, unit in shown if math.isfinite(value)]
    if math.isfinite(step.equivalents):
        words.append(f"{step.equivalents:g} equivalents of {step.of}")
    if math.isfinite(step.temperature):
        words.append(f"at {step.temperature - _KELVIN:g} degC")
    words += [f"under {step.atmosphere}"] if step.atmosphere else []
    words += [f"keep the {step.keep}"] if step.keep else []
    return " ".join(word for word in words if word)
