"""Every derivative of the chain against differences in extended precision, and the local laws against themselves."""

import importlib
import math
import sys
from types import ModuleType
from typing import Any

import numba
import numpy as np
import pytest
from device_cases import but, case, changed, described, rebuilt

from halodot.device.discretisation.equations import Equations, empty_equations
from halodot.device.discretisation.fields import displacement
from halodot.device.discretisation.initial_guess import initial_state
from halodot.device.discretisation.ions import activities
from halodot.device.discretisation.records import Device
from halodot.device.discretisation.tabulate import tabulate
from halodot.device.electrical_stack import electrical_stack
from halodot.device.laws.carriers import Carriers
from halodot.device.laws.differences import difference
from halodot.device.laws.flux import bernoulli
from halodot.device.laws.recombination import np_excess, srh_rate
from halodot.states import Stack

LONG = np.longdouble
NODES = 8
BIAS = LONG(3.0)
STEP = LONG(2e-4)
#: Relative to the largest term of a row.
TOLERANCE = 1e-11
#: nodes from one to the next that move together: a row reads its own node, the two beside it and, at an interface, the
#: one beyond
APART = 5


@pytest.fixture(scope="module")
def plain() -> ModuleType:
    """The assembly as plain Python, which also takes extended precision."""
    names = [name for name in sys.modules if name.startswith("halodot.device")]
    compiled = {name: sys.modules.pop(name) for name in names}
    numba.config.DISABLE_JIT = True
    try:
        assembly = importlib.import_module("halodot.device.discretisation.assembly")
        laws = [module for name, module in sys.modules.items() if name.startswith("halodot.device.laws.")]
    finally:
        numba.config.DISABLE_JIT = False
        for name in [name for name in sys.modules if name.startswith("halodot.device")]:
            del sys.modules[name]
        sys.modules.update(compiled)
        sys.modules["halodot"].device = compiled["halodot.device"]  # type: ignore[attr-defined]
    for law in laws:
        if hasattr(law, "math"):
            law.math = np  # type: ignore[attr-defined]
    return assembly


def everything(**changes: Any) -> Stack:
    """The three layers of case 4 with every kind of physics in them."""
    stack, _, _ = case("4_hetero3")
    stack = changed(
        stack,
        langevin_factor=0.7,
        trap_density=3e21,
        trap_energy=4.2,
        electron_capture=2e-14,
        hole_capture=5e-15,
        trap_charge="acceptor",
        donor_density=2e22,
        generation=1e25,
        electron_auger=2e-40,
        hole_auger=1e-40,
        auger_saturation_density=3e23,
        electron_field_activation=3e-4,
        hole_field_activation=2e-4,
        hopping_distance=1e-10,
        cation_density=3e23,
        anion_density=1e23,
        interface_dipole=0.1,
        tunnelling_mass=0.2,
        interface_trap_density=1e15,
        interface_trap_energy=4.1,
        interface_electron_capture=3e-14,
        interface_hole_capture=1e-14,
        interface_trap_charge="donor",
        face_hole_capture=2e-25,
        face_electron_capture=3e-25,
    )
    stack = changed(stack, **changes)
    metal = {"contact_electron_velocity": 3e2, "contact_hole_velocity": 1e3, "barrier_lowering": True}
    ends = [but(described(stack)[k], **metal) for k in (0, -1)]
    return rebuilt(stack, (ends[0], *described(stack)[1:-1], ends[1]))


STACKS = {
    "boltzmann": {},
    "gaussian": {"statistics": "gaussian", "electron_disorder": 0.09, "hole_disorder": 0.07},
    "disorder": {
        "statistics": "gaussian",
        "electron_disorder": 0.1,
        "hole_disorder": 0.07,
        "mobility_law": "extended_gaussian_disorder",
        "site_spacing": 1.3e-9,
        "mobility_temperature": 290.0,
    },
    "fermi_dirac": {"statistics": "fermi_dirac", "trap_charge": "donor", "interface_trap_charge": "acceptor"},
}


@pytest.fixture(scope="module", params=list(STACKS))
def device(request: pytest.FixtureRequest) -> Device:
    return tabulate(electrical_stack(everything(**STACKS[request.param])), NODES)


def trial_state(device: Device) -> tuple[np.ndarray, np.ndarray]:
    """A state far from equilibrium with every density and flow alive, and the unknowns beyond it."""
    rng = np.random.default_rng(5)
    count = device.nodes.size
    state = initial_state(device).astype(LONG)
    state[:, 0] += rng.normal(size=count)
    state[:, 1:3] = -float(BIAS) * rng.random((count, 2)) + 0.1 * rng.normal(size=(count, 2))
    state[:, 3:] = 1e20 * rng.normal(size=(count, 2))
    state[-1, 3:] = 0.0
    far = np.flatnonzero(device.nodes["second"])
    state[far, 0] = state[far - 1, 0]
    activity = activities(device, state[:, 0].astype(np.float64))
    return state, np.append(BIAS, activity.astype(LONG) - 0.3)


def assembled(plain: ModuleType, device: Device, state: np.ndarray, extra: np.ndarray) -> Equations:
    m = Equations(*(np.zeros(item.shape, dtype=LONG) for item in empty_equations(device)))
    attributes = device._replace(nodes=device.nodes.view(np.recarray), edges=device.edges.view(np.recarray))
    plain.assemble(attributes, state, extra, 0.6, m)
    return m


def fourth_order(
    plain: ModuleType, device: Device, at: tuple[np.ndarray, np.ndarray], move: np.ndarray, turn: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the derivative of the residuals of chain and ions along a move, to fourth order in STEP."""

    def residual(k: int) -> tuple[np.ndarray, np.ndarray]:
        m = assembled(plain, device, at[0] + k * STEP * move, at[1] + k * STEP * turn)
        return -m.right[:, :, 0], -m.ion_balance[:, 0]

    near, far = [[residual(sign * k) for sign in (1, -1)] for k in (1, 2)]
    found = [(8 * (near[0][j] - near[1][j]) - (far[0][j] - far[1][j])) / (12 * STEP) for j in range(2)]
    return found[0], found[1]


def product(device: Device, m: Equations, at: np.ndarray, move: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the chain times a move of the state, and the size of its terms, row by row."""
    x = move.copy()
    for i in np.flatnonzero(device.nodes["second"]):
        x[i, 0] = displacement(device, (at + move).astype(np.float64), i - 1)
        x[i, 0] -= displacement(device, at.astype(np.float64), i - 1)
    total, size = np.zeros_like(x), np.zeros_like(x)
    for i in range(x.shape[0]):
        terms = [m.diagonal[i] * x[i]]
        if i > 0:
            terms.append(m.lower[i] * x[i - 1])
        if i < x.shape[0] - 1:
            terms.append(m.upper[i] * x[i + 1, :3])
        total[i] = sum(np.sum(term, axis=1) for term in terms)
        size[i] = sum(np.sum(np.abs(term), axis=1) for term in terms)
    return total, size


def moves(device: Device, column: int) -> list[np.ndarray]:
    """Return moves of one unknown, each of nodes so far apart that no row of the chain reads two of them."""
    second = device.nodes["second"]
    found = [np.zeros((second.size, 5)) for _ in range(APART)]
    for i in range(second.size):
        if column == 0 and second[i]:
            continue
        move = found[i % APART]
        move[i, column] = 1.0 if column < 3 else 1e20
        if column == 0 and i + 1 < second.size and second[i + 1]:
            move[i + 1, 0] = 1.0
    return found


@pytest.mark.parametrize("column", range(5))
def test_chain_is_the_derivative_of_the_residual(plain: ModuleType, device: Device, column: int) -> None:
    state, extra = trial_state(device)
    m = assembled(plain, device, state, extra)
    still = np.zeros_like(extra)
    for move in moves(device, column):
        found, size = product(device, m, state, move)
        expected, _ = fourth_order(plain, device, (state, extra), move, still)
        rounding = np.abs(m.right[:, :, 0]) * LONG(2e-19) / STEP
        tolerance = TOLERANCE * size + 10 * rounding + 1e-30
        wrong = np.argwhere(np.abs(found - expected) > tolerance)
        assert not wrong.size, [(tuple(at), float(found[*at]), float(expected[*at]), float(size[*at])) for at in wrong]


def test_columns_are_the_derivatives_by_the_bias_and_the_activities(plain: ModuleType, device: Device) -> None:
    state, extra = trial_state(device)
    m = assembled(plain, device, state, extra)
    columns = np.concatenate((m.right[:, :, 1:], m.ion_columns), axis=2)
    for k in range(extra.size):
        expected, missing = fourth_order(plain, device, (state, extra), np.zeros_like(state), np.eye(extra.size)[k])
        scale = np.maximum(np.abs(m.right[:, :, 0]), np.abs(columns[:, :, k]))
        np.testing.assert_array_less(np.abs(-columns[:, :, k] - expected), 10 * TOLERANCE * scale + 1e-30)
        slope = m.ion_balance[:, 1] * (np.arange(extra.size - 1) == k - 1)
        np.testing.assert_allclose(missing.astype(np.float64), slope.astype(np.float64), rtol=1e-9, atol=1e-3)


def test_compiled_and_plain_assembly_agree(plain: ModuleType, device: Device) -> None:
    from halodot.device.discretisation.assembly import assemble

    state, extra = trial_state(device)
    expected, found = assembled(plain, device, state, extra), empty_equations(device)
    assemble(device, state.astype(np.float64), extra.astype(np.float64), 0.6, found)
    for name in ("lower", "diagonal", "upper", "right", "ion_columns", "ion_balance"):
        other = getattr(expected, name).astype(np.float64)
        scale = np.max(np.abs(other))
        np.testing.assert_allclose(getattr(found, name), other, rtol=1e-9, atol=1e-13 * float(scale), err_msg=name)


@pytest.mark.parametrize("step", [-800.0, -40.0, -1.0, -0.02, -1e-5, 0.0, 1e-9, 0.0199999, 0.0200001, 3.0, 700.0])
def test_bernoulli_function(step: float) -> None:
    up, down, slope = bernoulli(step)
    a = LONG(step)
    with np.errstate(over="ignore"):
        exact = (-a / np.expm1(-a), a / np.expm1(a), 1 / a - 1 / np.expm1(a)) if step else (1.0, 1.0, 0.5)
    expected = [float(item) for item in exact]
    np.testing.assert_allclose([up, down], expected[:2], rtol=1e-13)
    assert slope == pytest.approx(expected[2], rel=1e-9)


def test_difference_vanishes_at_equilibrium_and_saturates() -> None:
    assert difference(3.0, 3.0, 0.0) == 0.0
    assert difference(0.0, 5.0, -1000.0) == -5.0
    assert difference(7.0, 0.0, 1000.0) == 7.0
    assert difference(1.0, 1.0, 1e-20) == pytest.approx(1e-20, rel=1e-12)


def test_srh_rate_is_that_of_shockley_and_read() -> None:
    stack, _, _ = case("2_pn_homojunction")
    node = tabulate(electrical_stack(stack), NODES).nodes[3]
    layer = described(stack)[1]
    vt = 8.617333262e-5 * 300.0
    n1 = layer.electron_density_of_states * math.exp((layer.electron_affinity - layer.trap_energy) / vt)
    p1 = layer.hole_density_of_states * math.exp((layer.trap_energy - layer.ionisation_energy) / vt)
    n, p = 3e19, 2e21
    over = n * p - n1 * p1
    rate = layer.trap_density * over / ((n + n1) / layer.hole_capture + (p + p1) / layer.electron_capture)
    at = Carriers(n, p, 1.0, 1.0, 0.0, 0.0)
    excess = np_excess(node, at, math.log(n * p / (n1 * p1)))
    assert excess.value == pytest.approx(over, rel=1e-5)
    assert srh_rate(node, at).value * over == pytest.approx(rate, rel=1e-6)


def test_interface_flow_is_velocity_times_the_density_beyond_the_step_over_the_share_turned_back() -> None:
    stack, _, _ = case("4_hetero3")
    layers = list(described(stack))
    layers[2] = but(layers[2], interface_velocity=250.0)
    electrical = electrical_stack(rebuilt(stack, tuple(layers)))
    device = tabulate(electrical, NODES)
    edge = device.edges[2 * NODES - 1]
    assert edge["interface"]
    vt = electrical.thermal_voltage
    barrier = math.exp(-(layers[2].electron_affinity - layers[3].electron_affinity) / vt)
    states = layers[3].electron_density_of_states / layers[2].electron_density_of_states
    passing = barrier * states
    assert passing < 1.0
    assert edge["electron_out"] == pytest.approx(250.0 * passing / (1.0 - passing), rel=1e-9)
    assert edge["electron_back"] == pytest.approx(250.0 / (1.0 - passing), rel=1e-9)
