"""What is solved, under which condition, and from where: the records that the compiled solver passes on."""

from __future__ import annotations

from typing import NamedTuple

from halodot.arrays import Array
from halodot.compiled import kernel
from halodot.device.discretisation.bordered_system import Circuit
from halodot.device.discretisation.records import Device
from halodot.device.solver.workspace import Workspace


class SolverParameters(NamedTuple):
    """Those settings that compiled code reads, see `halodot.device.solver.settings.SolverSettings`."""

    newton_iterations: int
    equilibrium_iterations: int
    update_tolerance: float  # kT
    residual_tolerance: float
    continuity_tolerance: float
    largest_update: float  # kT
    step_growth: float
    step_reduction: float
    transient_iterations: int


class System(NamedTuple):
    """A device in its circuit, how it is solved, and the arrays that this takes."""

    device: Device
    circuit: Circuit
    parameters: SolverParameters
    workspace: Workspace


class Unknowns(NamedTuple):
    """All unknowns of a device: a guess, or a solution."""

    state: Array  # of the blocks: phi [Vt], w, z [kT] and the two flows [1/m2/s], (nodes, 5)
    global_unknowns: Array  # internal voltage over Vt, then the activity of the ions of every region, (1 + regions,)


class OperatingCondition(NamedTuple):
    """What a device is solved for."""

    terminal_voltage: float  # over Vt
    generation_scale: float  # share of the external generation that is switched on
    inverse_time_step: float  # one over the time since the densities of the past, 1/s; 0 for the steady state


class Outcome(NamedTuple):
    """How a solve ended, and where its largest residual sits."""

    status: int  # CONVERGED, TOO_MANY or SINGULAR
    iterations: int
    residual: float  # largest residual of a row over the row's largest term
    node: int
    row: int


@kernel
def copy_of(unknowns: Unknowns) -> Unknowns:
    """Return the same unknowns in arrays of their own."""
    return Unknowns(unknowns.state.copy(), unknowns.global_unknowns.copy())


@kernel
def assign(unknowns: Unknowns, values: Unknowns) -> None:
    """Give unknowns the values of others."""
    for i in range(values.state.shape[0]):
        for c in range(values.state.shape[1]):
            unknowns.state[i, c] = values.state[i, c]
    for k in range(values.global_unknowns.size):
        unknowns.global_unknowns[k] = values.global_unknowns[k]
