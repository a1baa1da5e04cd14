"""Damped Newton iteration on the bordered block-tridiagonal equations at one operating condition.

What the equations say, how large their unknowns are and how each kind of unknown may move is asked of
`halodot.device.discretisation`; here are the linear algebra, the choice of a damping strategy and the end of the
iteration.
"""

from __future__ import annotations

import numpy as np

from halodot.arrays import Array
from halodot.compiled import kernel, part
from halodot.device.discretisation.assembly import assemble, storage_rows
from halodot.device.discretisation.bordered_system import fill_schur_system
from halodot.device.discretisation.scaling import continuity_loss, largest_update, scale_rows
from halodot.device.discretisation.unknowns import INTERNAL_VOLTAGE, terminal_flow
from halodot.device.discretisation.updates import (
    back_substitute,
    keep_poisson_only,
    move_global_unknowns,
    move_globally,
    move_nodewise,
    move_potential,
)
from halodot.device.solver.block_tridiagonal import solve_block_tridiagonal, solve_columns
from halodot.device.solver.system import OperatingCondition, Outcome, SolverParameters, System, Unknowns, assign
from halodot.linear_algebra import solve_dense

#: Iterations after which an update (kT) this large counts as converged: what is left then is the rounding of levels
#: that next to no current holds.
LATE, LATE_UPDATE = 30, 1e-4
#: Least flow (1/m2/s) that the loss of continuity is compared with, 1e-9 A/m2: less than any ammeter sees.
LEAST_FLOW = 6e9
#: Iterations after which a step is halved that is not below this share of the one before: it goes to and fro.
PATIENCE, PROGRESS = 12, 0.75
#: Update (kT) beyond which the numbers are about to overflow.
LOST = 1e200

CONVERGED, TOO_MANY, SINGULAR = 0, 1, 2
#: Damping strategies. EQUILIBRIUM: the potential of every node for itself, levels held; GLOBAL: all unknowns along
#: one shortened step; NODEWISE: the unknowns of every node for itself.
EQUILIBRIUM, GLOBAL, NODEWISE = 0, 1, 2


@kernel
def newton(system: System, unknowns: Unknowns, condition: OperatingCondition, damping_strategy: int) -> Outcome:
    """Solve a device under one condition, in place.

    In equilibrium (dark, zero voltage) no level moves and the potential minimises a convex energy: there every node's
    potential is damped for itself. Elsewhere one damping for all keeps the linear equations solved; damping node by
    node is slower and finds more.

    Args:
        system: device and circuit, parameters, workspace with the densities of the past.
        unknowns: first guess, state [Vt, kT, 1/m2/s], (nodes, 5), and global unknowns [Vt, kT], (1 + regions,);
            becomes the solution.
        condition: terminal voltage, generation and time.
        damping_strategy: EQUILIBRIUM, GLOBAL or NODEWISE.

    Returns:
        How it ended; the iteration stops where the last update, the scaled residual and the flow that continuity
        loses are all within their tolerances.
    """
    parameters, equations = system.parameters, system.workspace.equations
    state, outer = unknowns.state, unknowns.global_unknowns
    update, worst, node, row = np.inf, np.inf, 0, 0
    is_equilibrium = damping_strategy == EQUILIBRIUM
    limit = parameters.equilibrium_iterations if is_equilibrium else parameters.newton_iterations
    schur, change = np.zeros((outer.size, outer.size + 1)), np.zeros(outer.size)
    for iteration in range(limit):
        assemble(system.device, state, outer, condition.generation_scale, equations)
        if condition.inverse_time_step > 0.0:
            storage_rows(system.device, state, condition.inverse_time_step, equations)
        loss = continuity_loss(state, outer[INTERNAL_VOLTAGE], equations)
        flow = terminal_flow(state)
        worst, node, row = scale_rows(system.device, state, equations)
        is_exact = worst < parameters.residual_tolerance
        is_lossless = loss <= parameters.continuity_tolerance * max(abs(flow), LEAST_FLOW)
        if update < _enough(parameters, iteration) and is_exact and is_lossless:
            return Outcome(CONVERGED, iteration, worst, node, row)
        if is_equilibrium:
            keep_poisson_only(equations)
        if not _solve_linearised(system, unknowns, condition.terminal_voltage, schur, change):
            return Outcome(SINGULAR, iteration, worst, node, row)
        before, update = update, largest_update(equations.carriers, equations.right, change)
        if not update < LOST:
            return Outcome(SINGULAR, iteration, worst, node, row)
        oscillates = iteration >= PATIENCE and update > PROGRESS * before
        _move(system, unknowns, change, damping_strategy, _damping(parameters, damping_strategy, update, oscillates))
    return Outcome(TOO_MANY, limit, worst, node, row)


@part
def _enough(parameters: SolverParameters, iteration: int) -> float:
    """Return the update (kT) that counts as none after so many iterations."""
    return parameters.update_tolerance if iteration < LATE else max(LATE_UPDATE, parameters.update_tolerance)


@part
def _damping(parameters: SolverParameters, strategy: int, update: float, oscillates: bool) -> float:
    """Return the share of a Newton step that is taken: all of it unless one damping holds for all unknowns."""
    if strategy != GLOBAL:
        return 1.0
    damping = parameters.largest_update / update if update > parameters.largest_update else 1.0
    return 0.5 * damping if oscillates else damping


@part
def _solve_linearised(system: System, unknowns: Unknowns, terminal: float, schur: Array, change: Array) -> bool:
    """Solve the scaled equations for the Newton step of the blocks, in their first column, and of the rest."""
    e, couplings, pivots = system.workspace.equations, system.workspace.couplings, system.workspace.pivots
    if not solve_block_tridiagonal(e.lower, e.diagonal, e.upper, e.right, couplings, pivots):
        return False
    if change.size > 1:
        solve_columns(e.lower, e.diagonal, pivots, couplings, e.ion_columns)
    fill_schur_system(system.device, system.circuit, terminal, unknowns.global_unknowns, unknowns.state, e, schur)
    if not solve_dense(schur, change):
        return False
    back_substitute(system.device, change, e)
    return True


@part
def _move(system: System, unknowns: Unknowns, change: Array, strategy: int, damping: float) -> None:
    """Move the unknowns along the Newton step by a damping strategy."""
    e, largest = system.workspace.equations, system.parameters.largest_update
    move_global_unknowns(unknowns.global_unknowns, change, damping, np.inf if strategy == GLOBAL else largest)
    if strategy == GLOBAL:
        move_globally(unknowns.state, e.carriers, e.right, damping, largest)
    elif strategy == NODEWISE:
        move_nodewise(unknowns.state, e.right, damping, largest)
    else:
        move_potential(unknowns.state, e.right, largest)


@part
def solve_from(system: System, guess: Unknowns, found: Unknowns, condition: OperatingCondition) -> Outcome:
    """Solve from a guess with one damping for all unknowns and, where that fails, with one for every node.

    Args:
        system: device and circuit, parameters, workspace with the densities of the past.
        guess: to start from, state [Vt, kT, 1/m2/s], (nodes, 5), and global unknowns [Vt, kT], (1 + regions,).
        found: leaves as the solution, in arrays of the same shapes.
        condition: terminal voltage, generation and time.

    Returns:
        How the last of the two ended, with the iterations of both.
    """
    outcome, spent = Outcome(TOO_MANY, 0, 0.0, 0, 0), 0
    for strategy in (GLOBAL, NODEWISE):
        if outcome.status != CONVERGED:
            assign(found, guess)
            outcome = newton(system, found, condition, strategy)
            spent += outcome.iterations
    return Outcome(outcome.status, spent, outcome.residual, outcome.node, outcome.row)
