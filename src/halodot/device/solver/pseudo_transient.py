"""Pseudo-transient continuation: implicit steps of time that grow until nothing moves any more.

Kelley and Keyes, SIAM J. Numer. Anal. 35 (1998) 508, doi:10.1137/S0036142996304796.
"""

from __future__ import annotations

from halodot.compiled import kernel, part
from halodot.device.discretisation.assembly import fill_carriers
from halodot.device.discretisation.unknowns import INTERNAL_VOLTAGE
from halodot.device.solver.newton import CONVERGED, TOO_MANY, solve_from
from halodot.device.solver.system import OperatingCondition, Outcome, System, Unknowns, assign, copy_of

#: First step of time in s, about the dielectric relaxation of a conducting layer: short beside what carriers do.
FIRST_STEP = 1e-9
#: Shortest and longest step of time in s: beyond them the storage terms are all of the equations, or nothing.
SHORTEST_STEP, LONGEST_STEP = 1e-25, 1e40
#: By how much a step of time shrinks after a failure: by as much as growth adds at most.
SHRINKAGE = 10.0
#: By how much it grows after a failure and at most; the growth doubles where Newton takes no more than FEW iterations.
SLOW_GROWTH, FAST_GROWTH, FEW = 2.0, 10.0, 3


@kernel
def _make_past(system: System, unknowns: Unknowns) -> None:
    """Make the densities of a state those of the past."""
    e = system.workspace.equations
    fill_carriers(system.device, unknowns.state, unknowns.global_unknowns[INTERNAL_VOLTAGE], e.carriers)
    for i in range(e.past.shape[0]):
        e.past[i, 0], e.past[i, 1] = e.carriers[i, 0], e.carriers[i, 1]


@part
def relax(system: System, terminal: float, unknowns: Unknowns) -> Outcome:
    """Set a voltage and follow the device in time until its state is a steady one.

    Where the branch of steady states that a sweep follows ends in a fold, as in a thyristor, this finds the branch
    that the device itself would switch to. Mobile ions and traps follow at once.

    Args:
        system: device and circuit, parameters and workspace.
        terminal: voltage at the terminals [Vt].
        unknowns: point to start from, state [Vt, kT, 1/m2/s], (nodes, 5), and global unknowns [Vt, kT], (1 + regions,);
            becomes the steady state where there is one.

    Returns:
        How it ended, with the iterations of all steps of time.
    """
    spent, time, growth = 0, FIRST_STEP, FAST_GROWTH
    then = copy_of(unknowns)
    outcome = Outcome(TOO_MANY, 0, 0.0, 0, 0)
    _make_past(system, unknowns)
    while SHORTEST_STEP < time < LONGEST_STEP and spent < system.parameters.transient_iterations:
        outcome = solve_from(system, unknowns, then, OperatingCondition(terminal, 1.0, 1.0 / time))
        spent += outcome.iterations
        if outcome.status != CONVERGED:
            time, growth = time / SHRINKAGE, SLOW_GROWTH
            continue
        assign(unknowns, then)
        _make_past(system, unknowns)
        if outcome.iterations <= FEW:
            growth = min(2.0 * growth, FAST_GROWTH)
        time *= growth
        if outcome.iterations < FEW:
            outcome = solve_from(system, unknowns, then, OperatingCondition(terminal, 1.0, 0.0))
            spent += outcome.iterations
            if outcome.status == CONVERGED:
                assign(unknowns, then)
                return Outcome(CONVERGED, spent, outcome.residual, outcome.node, outcome.row)
    return Outcome(TOO_MANY, spent, outcome.residual, outcome.node, outcome.row)
