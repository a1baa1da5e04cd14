"""Studies that differ little from one that was followed: their states from those of this one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from halodot.chain import stages
from halodot.chain.simulate import follow, refuse, same
from halodot.chain.stages import Stage, reaches
from halodot.device.neighbour import SolvedStack, solve_neighbour, solved_stack
from halodot.device.solver.settings import SolverSettings
from halodot.results.data import Result
from halodot.states import Array, IntArray, Optics, Stack, replaced
from halodot.study import Study

_AGEING = tuple(stage for stage in stages.DEVICE if stage.name == "ageing")


@dataclass(frozen=True, eq=False)
class Beside:
    """A result on fixed grids, and the solution of its device that neighbours are solved from."""

    result: Result
    solved: SolvedStack | None

    def at(self, places: IntArray) -> Beside:
        """Return the same with the solutions of some voltages alone.

        Args:
            places: of the voltages, (voltage,).
        """
        return Beside(self.result, None if self.solved is None else self.solved.at(places))


def beside(result: Result) -> Beside:
    """Return a result with what its neighbours start from.

    Args:
        result: on fixed grids, see :func:`halodot.chain.grid.on_fixed_grid`.
    """
    run, solution = result.study.run, result.device_solution
    if result.stack is None or solution is None or not run.nodes_per_layer:
        return Beside(result, None)
    return Beside(result, solved_stack(result.stack, run.voltages, run.nodes_per_layer, run.solver))


def chemistry_of(study: Study, near: Beside) -> Result:
    """Follow a neighbour up to its stack, which is that of the result itself where nothing of it has changed.

    Raises:
        InputError: the device of the changed stack cannot be solved.
        ValidityError: the recipe or the stack is outside what the models are valid for.
    """
    found = follow(stages.CHEMISTRY, Result(study=study), near.result)
    if found.stack is not None and found.stack is not near.result.stack:
        refuse(study, found.stack)
    return found


def on_the_same_device(result: Result, near: Beside) -> Result | None:
    """Return a neighbour with its own chemistry and ageing on the device of the result beside it.

    None where more than numbers of the stack tells its device from that one: another grid, other voltages.
    """
    base = near.result
    if base.stack is None or result.stack is None or not reaches(result.study, "light"):
        return None
    moved = replaced(result, stack=base.stack)
    for stage in stages.DEVICE:
        if stage.name == "ageing" or not reaches(result.study, stage.within):
            continue
        if not same(stage.reads(moved.study, moved), stage.reads(base.study, base)):
            return None
        given = {name: getattr(base, name) for name in stage.gives or (stage.name,)}
        moved = replaced(moved, **given)
    return follow(_AGEING, moved, base)


def aged(result: Result) -> Result:
    """Return a result whose ageing is that of its emission."""
    return follow(_AGEING, result, None)


def device_of(result: Result, near: Beside) -> Result:
    """Follow a neighbour from its stack to its light, every voltage from the solution beside it.

    Raises:
        ConvergenceError: no voltage has a solution.
    """
    if near.solved is None:
        return follow(stages.DEVICE, result, near.result)
    table = tuple(
        replaced_run(stage, partial(_neighbour, near.solved)) if stage.name == "device_solution" else stage
        for stage in stages.DEVICE
    )
    return follow(table, result, near.result)


def replaced_run(stage: Stage, run: Any) -> Stage:
    """Return a stage that is computed in another way from the same."""
    return Stage(stage.name, stage.within, stage.reads, run, stage.gives)


def _neighbour(
    near: SolvedStack,
    stack: Stack,
    optics: Optics | None,
    voltages: Array,
    nodes: int | None,
    tolerance: float,
    settings: SolverSettings,
) -> Mapping[str, Any]:
    """Solve the device beside the solved one, or as any other where voltages, grid or settings are others."""
    if not (
        same(voltages, near.voltages) and nodes == near.nodes and settings == near.settings and math.isinf(tolerance)
    ):
        return next(stage for stage in stages.DEVICE if stage.name == "device_solution").run(
            stack, optics, voltages, nodes, tolerance, settings
        )
    return {"device_solution": solve_neighbour(stack, optics, near), "failure": ""}
