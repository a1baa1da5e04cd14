"""Reads how the equations of the device are solved (``run.solver``)."""

from __future__ import annotations

from typing import Any

from halodot.device.solver.settings import SolverSettings, check_settings, is_count, knobs, out_of_limits
from halodot.nodes import Node
from halodot.study.reader import Reader

SOLVER_KEYS = tuple(knob.name for knob in knobs())


def read_solver(reader: Reader, node: Node) -> SolverSettings:
    """Read the section ``run.solver``: a value for any of the knobs of `SolverSettings`.

    Args:
        reader: collects problems.
        node: the section.
    """
    items, values = reader.mapping(node, "run.solver", SOLVER_KEYS), dict[str, Any]()
    for knob in knobs():
        if knob.name not in items:
            continue
        item, path, limits = items[knob.name], f"run.solver.{knob.name}", knob.metadata
        if is_count(knob):
            values[knob.name] = reader.integer(item, path, limits["low"], limits["high"])
            continue
        value = reader.value(item, path, limits["unit"], "any")
        if value is not None and (wrong := out_of_limits(knob.name, value)):
            reader.complain(item.place, f"{item.value!r} {wrong}", path)
        elif value is not None:
            values[knob.name] = value
    settings = SolverSettings(**values)
    for problem in check_settings(settings):
        reader.complain(node.place, problem.message, problem.path)
    return settings


def solver_schema() -> dict[str, dict[str, Any]]:
    """Return the JSON schema of every knob."""
    return {
        knob.name: {
            "type": "integer" if is_count(knob) else ["string", "number"] if knob.metadata["unit"] == "1" else "string",
            "description": f"[{knob.metadata['unit']}] {knob.metadata['about']}; {knob.default:g} where not stated",
            **({"minimum": knob.metadata["low"], "maximum": knob.metadata["high"]} if is_count(knob) else {}),
        }
        for knob in knobs()
    }
