"""Speed of the device stage, against a general banded solver in the same run."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import plain_drift_diffusion
import pytest
from described_layers import Described, built
from numba import njit
from scipy.linalg import solve_banded

from halodot.device import solve_device
from halodot.device.discretisation.assembly import assemble
from halodot.device.discretisation.bordered_system import Circuit
from halodot.device.discretisation.records import Device
from halodot.device.discretisation.scaling import scale_rows
from halodot.device.discretisation.tabulate import tabulate
from halodot.device.electrical_stack import electrical_stack
from halodot.device.solver.bias_sweep import sweep
from halodot.device.solver.block_tridiagonal import solve_block_tridiagonal
from halodot.device.solver.workspace import Workspace, empty_workspace
from halodot.states import Array, Stack


def layer(name: str, nanometres: float, levels: tuple[float, float], mobilities: tuple[float, float]) -> Described:
    emits = name == "dots"
    return Described(
        name=name,
        material=name,
        thickness=nanometres * 1e-9,
        role="emitter" if emits else "transport",
        relative_permittivity=6.0 if emits else 3.0,
        electron_affinity=levels[0],
        ionisation_energy=levels[1],
        electron_density_of_states=1e26 if emits else 1e27,
        hole_density_of_states=1e26 if emits else 1e27,
        electron_mobility=mobilities[0],
        hole_mobility=mobilities[1],
        bimolecular_coefficient=1e-17 if emits else 0.0,
        trap_density=1e21 if emits else 0.0,
        trap_energy=4.8,
        electron_capture=1e-14,
        hole_capture=1e-14,
    )


def led() -> Stack:
    metal = [
        Described(name="metal", material="metal", thickness=1e-7, role="electrode", work_function=w) for w in (5.0, 3.0)
    ]
    layers = (
        layer("injection", 30, (3.3, 5.15), (1e-9, 1e-7)),
        layer("holes", 30, (2.3, 5.25), (1e-9, 1e-8)),
        layer("dots", 30, (3.85, 5.8), (1e-8, 1e-8)),
        layer("spacer", 6, (2.75, 6.68), (1e-8, 1e-9)),
        layer("electrons", 40, (2.83, 7.55), (1e-7, 1e-9)),
    )
    return built((metal[0], *layers, metal[1]))


def shortest(call: Callable[[], Any], repeats: int = 30) -> float:
    """Return the shortest of many run times, in s."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def banded(lower: Any, diagonal: Any, upper: Any) -> tuple[tuple[int, int], Any]:
    """Return the equations in LAPACK's band storage, as narrow as it goes."""
    blocks, size, ahead = upper.shape
    matrix = np.zeros((blocks * size, blocks * size))
    for i in range(blocks):
        rows = slice(size * i, size * (i + 1))
        matrix[rows, rows] = diagonal[i]
        if i > 0:
            matrix[rows, size * (i - 1) : size * i] = lower[i]
        if i < blocks - 1:
            matrix[rows, size * (i + 1) : size * (i + 1) + ahead] = upper[i]
    row, column = np.nonzero(matrix)
    below, above = int(np.max(row - column)), int(np.max(column - row))
    band = np.zeros((below + above + 1, blocks * size))
    band[above + row - column, column] = matrix[row, column]
    return (below, above), band


@njit(error_model="numpy")
def iteration(device: Device, state: Array, global_unknowns: Array, work: Workspace) -> None:
    """What one Newton iteration computes, compiled as it is in the solver."""
    e = work.equations
    assemble(device, state, global_unknowns, 1.0, e)
    scale_rows(device, state, e)
    solve_block_tridiagonal(e.lower, e.diagonal, e.upper, e.right, work.couplings, work.pivots)


def test_iteration_against_banded_solver(benchmark: Any) -> None:
    device = tabulate(electrical_stack(led()), 52)
    point = sweep(device, Circuit(0.0, 0.0), [3.0], ["x"] * 5).points[0]
    assert point is not None
    state, global_unknowns = point.state, point.global_unknowns
    work = empty_workspace(device)
    e = work.equations

    assemble(device, state, global_unknowns, 1.0, e)
    scale_rows(device, state, e)
    bands, matrix = banded(e.lower, e.diagonal, e.upper)
    right = e.right[:, :, 0].ravel().copy()
    reference = shortest(lambda: solve_banded(bands, matrix, right))
    benchmark(iteration, device, state, global_unknowns, work)
    ratio = shortest(lambda: iteration(device, state, global_unknowns, work)) / reference
    print(f"\none Newton iteration: {ratio:.2f} of one solve_banded")
    benchmark.extra_info["ratio_to_solve_banded"] = ratio
    assert ratio < 0.6


@pytest.mark.parametrize("nodes", [52, 104])
def test_curve(benchmark: Any, nodes: int) -> None:
    stack, voltage = led(), np.linspace(0.0, 6.0, 61)
    found = benchmark(lambda: solve_device(stack, None, voltage, nodes))
    assert found.converged.all()
    benchmark.extra_info["iterations"] = sum(record.iterations for record in found.history)


def test_curve_against_plain_scipy(benchmark: Any) -> None:
    """The same equations on the same grid in plain NumPy and SciPy: the same currents, at their own pace."""
    stack, voltage = led(), np.linspace(0.0, 6.0, 61)
    found = benchmark(lambda: solve_device(stack, None, voltage, 52))
    expected, iterations = plain_drift_diffusion.curve(stack, voltage, 52)
    alive = np.abs(expected) > 1e-9
    assert alive.sum() > 40
    np.testing.assert_allclose(found.current_density[alive], expected[alive], rtol=1e-9)
    plain = shortest(lambda: plain_drift_diffusion.curve(stack, voltage, 52), 3)
    ratio = plain / shortest(lambda: solve_device(stack, None, voltage, 52), 10)
    own = sum(record.iterations for record in found.history)
    benchmark.extra_info["plain SciPy over this"] = ratio
    print(f"\n61 points, 260 nodes: {own} iterations, plain SciPy takes {iterations} and {ratio:.1f} times as long")
    assert own <= 300
    assert ratio > 3.0
