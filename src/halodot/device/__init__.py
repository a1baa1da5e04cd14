"""Steady drift-diffusion through the stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from halodot.device.solver.settings import SolverSettings
    from halodot.states import Array, DeviceSolution, Optics, Stack

__all__ = ["check", "solve_device"]


def check(stack: Stack, voltages: Array | None = None) -> None:
    """Refuse a stack that `solve_device` would refuse, before anything is solved.

    Args:
        stack: layers, contacts and emitter.
        voltages: that would be asked for [V], (voltage,).

    Raises:
        InputError: with every problem of the layers, the contacts and the emitter.
    """
    from halodot.device.current_voltage import checked_stack

    checked_stack(stack, () if voltages is None else voltages.tolist())


def solve_device(
    stack: Stack,
    optics: Optics | None,
    voltages: Array,
    nodes_per_layer: int | None = None,
    tolerance: float = 0.005,
    settings: SolverSettings | None = None,
) -> DeviceSolution:
    """Solve the steady drift-diffusion equations of the stack at every voltage.

    Poisson's equation, Scharfetter-Gummel fluxes in the statistics of each layer, thermionic emission and tunnelling
    between layers, bimolecular, trap and Auger recombination, mobile ions, contacts in equilibrium with their
    electrodes or reached at a finite velocity, a series resistance and shunt around it all, and the temperature that
    its own heat gives the device. A point is converged or nan; `DeviceSolution.history` says why.

    Args:
        stack: layers, contacts and emitter.
        optics: positions and Purcell factor for the emission zone; without it, eleven equal cells and a factor 1.
        voltages: terminal voltages in any order [V], (voltage,).
        nodes_per_layer: grid nodes in each electrical layer. When not given, about 260 in all, and twice as many as
            often as current and radiative decay need to come within the tolerance.
        tolerance: relative error that the grid may leave; inf to solve on one grid without an estimate.
        settings: how the equations are solved; when not given, in the way that suits every ordinary device.

    Returns:
        Currents, densities, emission zone and history, in the order of the voltages, with what the grid leaves of
        error; a note says where that is more than the tolerance.

    Raises:
        InputError: the stack lacks a number that is needed, the voltages are not finite, or a setting is refused.
        ConvergenceError: no point converged; carries the solution, all nan, and the history.
    """
    from halodot.device.current_voltage import steady_curve
    from halodot.device.solver.settings import SolverSettings

    return steady_curve(stack, optics, voltages, nodes_per_layer, tolerance, settings or SolverSettings())
