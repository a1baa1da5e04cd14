"""Every derivative of the chain against differences in extended precision, and the local laws against themselves."""

import importlib
import math
import sys
from types import ModuleType

import numba
import numpy as np
import pytest
from device_cases import case, changed

from halodot.device import physics
from halodot.device.electrical import junction
from halodot.device.physics import Device
from halodot.device.sweep import first_guess
from halodot.device.tabulate import tabulate
from halodot.states import replaced

LONG = np.longdouble
NODES = 8
BIAS = LONG(3.0)
STEP = LONG(1e-3)


@pytest.fixture(scope="module")
def plain() -> ModuleType:
    """The assembly as plain Python, which also takes extended precision."""
    names = [name for name in sys.modules if name.startswith("halodot.device")]
    compiled = {name: sys.modules.pop(name) for name in names}
    numba.config.DISABLE_JIT = True
    try:
        assembly = importlib.import_module("halodot.device.assembly")
        laws = importlib.import_module("halodot.device.physics")
    finally:
        numba.config.DISABLE_JIT = False
        for name in [name for name in sys.modules if name.startswith("halodot.device")]:
            del sys.modules[name]
        sys.modules.update(compiled)
        sys.modules["halodot"].device = compiled["halodot.device"]  # type: ignore[attr-defined]
    laws.math = np  # type: ignore[attr-defined]
    return assembly


def device_with_everything() -> Device:
    stack, _, _ = case("4_hetero3")
    stack = changed(stack, langevin_factor=0.7, trap_density=3e21, trap_energy=4.2, electron_capture=2e-14)
    stack = changed(stack, hole_capture=5e-15, donor_density=2e22, generation=1e25)
    return tabulate(junction(stack), NODES)


def trial_state(device: Device) -> np.ndarray:
    """A state far from equilibrium with every density and flow alive."""
    rng = np.random.default_rng(5)
    count = device.nodes.size
    state = first_guess(device).astype(LONG)
    state[:, 0] += rng.normal(size=count)
    state[:, 1:3] = -float(BIAS) * rng.random((count, 2)) + 0.1 * rng.normal(size=(count, 2))
    state[:, 3:] = 1e20 * rng.normal(size=(count, 2))
    state[-1, 3:] = 0.0
    far = np.flatnonzero(device.nodes["second"])
    state[far, 0] = state[far - 1, 0]
    return state


def assembled(plain: ModuleType, device: Device, state: np.ndarray, bias: LONG) -> tuple[np.ndarray, ...]:
    count = state.shape[0]
    shapes = [(count, 2), (count, 5, 5), (count, 5, 5), (count, 5, 3), (count, 5, 2)]
    arrays = [np.zeros(shape, dtype=LONG) for shape in shapes]
    attributes = Device(device.nodes.view(np.recarray), device.edges.view(np.recarray), *device[2:])
    plain.assemble(attributes, state, bias, 0.6, *arrays)
    return tuple(arrays)


def difference(plain: ModuleType, device: Device, state: np.ndarray, move: np.ndarray, turn: float) -> np.ndarray:
    """Return the derivative of the residual along ``move`` and a bias change, to fourth order in STEP."""

    def residual(k: int) -> np.ndarray:
        arrays = assembled(plain, device, state + k * STEP * move, BIAS + k * STEP * LONG(turn))
        return -arrays[4][:, :, 0]

    derivative: np.ndarray = (8 * (residual(1) - residual(-1)) - (residual(2) - residual(-2))) / (12 * STEP)
    return derivative


def product(device: Device, arrays: tuple[np.ndarray, ...], move: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the chain times a move of the state, and the size of its terms, row by row."""
    _, lower, diagonal, upper, _ = arrays
    x = move.copy()
    for i in np.flatnonzero(device.nodes["second"]):
        x[i, 0] = device.edges["dielectric"][i] * (move[i + 1, 0] - move[i, 0])
    total, size = np.zeros_like(x), np.zeros_like(x)
    for i in range(x.shape[0]):
        terms = [diagonal[i] * x[i]]
        if i > 0:
            terms.append(lower[i] * x[i - 1])
        if i < x.shape[0] - 1:
            terms.append(upper[i] * x[i + 1, :3])
        total[i] = sum(np.sum(term, axis=1) for term in terms)
        size[i] = sum(np.sum(np.abs(term), axis=1) for term in terms)
    return total, size


@pytest.mark.parametrize("column", range(5))
def test_chain_is_the_derivative_of_the_residual(plain: ModuleType, column: int) -> None:
    device = device_with_everything()
    state = trial_state(device)
    arrays = assembled(plain, device, state, BIAS)
    for i in range(state.shape[0]):
        if column == 0 and device.nodes["second"][i]:
            continue
        move = np.zeros_like(state)
        move[i, column] = 1.0 if column < 3 else 1e20
        if column == 0 and i + 1 < state.shape[0] and device.nodes["second"][i + 1]:
            move[i + 1, 0] = 1.0
        found, size = product(device, arrays, move)
        expected = difference(plain, device, state, move, 0.0)
        rounding = np.abs(arrays[4][:, :, 0]) * LONG(2e-19) / STEP
        np.testing.assert_array_less(np.abs(found - expected), 1e-11 * size + 10 * rounding + 1e-30)


def test_second_column_is_the_derivative_by_the_bias(plain: ModuleType) -> None:
    device = device_with_everything()
    state = trial_state(device)
    arrays = assembled(plain, device, state, BIAS)
    expected = difference(plain, device, state, np.zeros_like(state), 1.0)
    scale = np.maximum(np.abs(arrays[4][:, :, 0]), np.abs(arrays[4][:, :, 1]))
    np.testing.assert_array_less(np.abs(-arrays[4][:, :, 1] - expected), 1e-10 * scale + 1e-30)


def test_compiled_and_plain_assembly_agree(plain: ModuleType) -> None:
    from halodot.device.assembly import assemble

    device = device_with_everything()
    state = trial_state(device)
    expected = assembled(plain, device, state, BIAS)
    arrays = [np.zeros(item.shape) for item in expected]
    assemble(device, state.astype(np.float64), float(BIAS), 0.6, *arrays)
    for found, other in zip(arrays[:4], expected[:4], strict=True):
        scale = np.max(np.abs(other))
        np.testing.assert_allclose(found, other.astype(np.float64), rtol=1e-10, atol=1e-14 * float(scale))


@pytest.mark.parametrize("step", [-800.0, -40.0, -1.0, -0.02, -1e-5, 0.0, 1e-9, 0.0199999, 0.0200001, 3.0, 700.0])
def test_bernoulli_function(step: float) -> None:
    up, down, slope = physics.drift(step)
    a = LONG(step)
    with np.errstate(over="ignore"):
        exact = (-a / np.expm1(-a), a / np.expm1(a), 1 / a - 1 / np.expm1(a)) if step else (1.0, 1.0, 0.5)
    expected = [float(item) for item in exact]
    np.testing.assert_allclose([up, down], expected[:2], rtol=1e-13)
    assert slope == pytest.approx(expected[2], rel=1e-9)


def test_flow_vanishes_without_a_rise_and_saturates_with_a_large_one() -> None:
    assert physics.flow(3.0, 3.0, 0.0, 0.0)[0] == 0.0
    assert physics.flow(5.0, 0.0, 0.0, -1000.0)[0] == -5.0
    assert physics.flow(0.0, 7.0, 0.0, 1000.0)[0] == 7.0
    assert physics.flow(1.0, 1.0, 0.0, 1e-20)[0] == pytest.approx(1e-20, rel=1e-12)


def test_trap_rate_is_that_of_shockley_and_read() -> None:
    stack, _, _ = case("2_pn_homojunction")
    node = tabulate(junction(stack), NODES).nodes[3]
    layer = stack.layers[1]
    vt = 8.617333262e-5 * 300.0
    n1 = layer.electron_states * math.exp((layer.electron_affinity - layer.trap_energy) / vt)
    p1 = layer.hole_states * math.exp((layer.trap_energy - layer.ionisation_energy) / vt)
    n, p = 3e19, 2e21
    over = n * p - n1 * p1
    rate = layer.trap_density * over / ((n + n1) / layer.hole_capture + (p + p1) / layer.electron_capture)
    assert physics.trapped(node, n, p, over)[0] == pytest.approx(rate, rel=1e-6)
    assert physics.excess(node, n, p, math.log(n * p / (n1 * p1))) == pytest.approx(over, rel=1e-5)


def test_interface_flow_is_velocity_times_the_density_beyond_the_step() -> None:
    stack, _, _ = case("4_hetero3")
    layers = list(stack.layers)
    layers[2] = replaced(layers[2], interface_velocity=250.0)
    between = junction(replaced(stack, layers=tuple(layers)))
    device = tabulate(between, NODES)
    edge = device.edges[2 * NODES - 1]
    assert edge["interface"]
    vt = between.thermal_voltage
    barrier = math.exp(-(layers[2].electron_affinity - layers[3].electron_affinity) / vt)
    states = layers[3].electron_states / layers[2].electron_states
    assert edge["electron_out"] == pytest.approx(250.0 * min(1.0, barrier * states), rel=1e-9)
    assert edge["electron_back"] == pytest.approx(250.0, rel=1e-12)
