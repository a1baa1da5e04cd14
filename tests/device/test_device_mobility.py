"""How the field raises mobilities and Langevin's coefficient: against fifty digits, a textbook case and differences."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from device_cases import Described, built, but, case, changed, described, electrode, rebuilt
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mpf

import halodot
from halodot.device import solve_device
from halodot.device.discretisation.fields import bimolecular_at, cell_field
from halodot.device.discretisation.tabulate import tabulate
from halodot.device.electrical_stack import electrical_stack
from halodot.device.laws.carriers import Carriers
from halodot.device.laws.field_mobility import LARGEST_EXPONENT, LEAST_CHANGE, mobility_enhancement, rounded_root
from halodot.results.data import Result
from halodot.states import Array, DeviceSolution, Stack

mpmath.mp.dps = 50
FIELDS = st.floats(-1e11, 1e11) | st.floats(-1e4, 1e4)
VT = 0.025852
CARRIERS = Carriers(1e22, 1e22, 1.0, 1.0, 0.0, 0.0)


def close(found: float, expected: mpf, relative: float, absolute: float = 1e-290) -> bool:
    return bool(abs(mpf(found) - expected) <= relative * abs(expected) + absolute)


@settings(max_examples=150, deadline=None)
@given(field=FIELDS, change=FIELDS)
def test_the_rounded_root_and_its_derivatives(field: float, change: float) -> None:
    def exact(f: mpf, d: mpf) -> mpf:
        square = d * d + mpf(LEAST_CHANGE) ** 2
        return (f * f + 2 * square / 3) * (f * f + square) ** mpf("-0.75")

    found = rounded_root(field, change)
    f, d = mpf(field), mpf(change)
    size = float(exact(f, d)) / math.hypot(field, change, LEAST_CHANGE)
    assert close(found[0], exact(f, d), 1e-14)
    assert close(found[1], mpmath.diff(lambda x: exact(x, d), f), 1e-12, 1e-14 * size)
    assert close(found[2], mpmath.diff(lambda x: exact(f, x), d), 1e-12, 1e-14 * size)


@pytest.mark.parametrize("shift", [0.0, 0.13, 0.5])
def test_the_rounded_root_has_the_integral_of_the_root(shift: float) -> None:
    """The sum over cells whose field runs through zero is that of the root, wherever the zero lies in its cell."""
    change, count = 1e6, 20000
    fields = (np.arange(-count, count) + 0.5 + shift) * change
    total = sum(rounded_root(float(field), change)[0] for field in fields) * change
    ends = (count + shift) * change, (count - shift) * change
    expected = sum(end**1.5 / 1.5 for end in ends)
    # what is left is the share beyond the ends, d^2 / (6 sqrt f) at each
    assert total == pytest.approx(expected + sum(change**2 / (6.0 * math.sqrt(end)) for end in ends), rel=1e-9)
    plain = float(np.sum(np.sqrt(np.abs(fields)))) * change
    assert abs(plain - expected) > 20.0 * abs(total - expected - 2.0 * change**1.5 / (6.0 * math.sqrt(count)))


@settings(max_examples=150, deadline=None)
@given(activation=st.floats(0.0, 3e-4), hopping=st.floats(0.0, 5e-9), field=FIELDS, change=FIELDS)
def test_the_field_raises_a_mobility(activation: float, hopping: float, field: float, change: float) -> None:
    gain, by_field, by_change, by_density = mobility_enhancement(activation, hopping, field, change)
    root, slope, turn = (mpf(item) for item in rounded_root(field, change))
    hop = mpf(hopping) * abs(mpf(field))
    small = hop < mpf(10) ** -20
    exponent = mpf(activation) * root + (hop**2 / 6 if small else mpmath.log(mpmath.sinh(hop) / hop))
    assert mobility_enhancement(activation, hopping, -field, change) == (gain, -by_field, by_change, 0.0)
    assert by_density == 0.0
    if exponent > LARGEST_EXPONENT:
        assert (gain, by_field, by_change) == (math.exp(LARGEST_EXPONENT), 0.0, 0.0)
        return
    hopped = mpf(hopping) * (hop / 3 if small else mpmath.coth(hop) - 1 / hop) * (1 if field > 0.0 else -1)
    assert close(math.log(gain), exponent, 1e-12, 1e-13)
    assert gain >= 1.0
    assert close(by_field, mpf(activation) * slope + hopped, 1e-9, 1e-30)
    assert close(by_change, mpf(activation) * turn, 1e-12, 1e-30)


def film(**numbers: float) -> Stack:
    """A bipolar film with deep charged traps; both mobilities follow the field."""
    values = {
        "thickness": 100e-9,
        "relative_permittivity": 3.0,
        "electron_affinity": 2.8,
        "ionisation_energy": 5.2,
        "electron_density_of_states": 1e26,
        "hole_density_of_states": 1e26,
        "electron_mobility": 1e-10,
        "hole_mobility": 5e-10,
        "electron_field_activation": 4e-4,
        "hole_field_activation": 4e-4,
        "langevin_factor": 1.0,
        "trap_density": 1e22,
        "trap_energy": 3.3,
        "electron_capture": 1e-16,
        "hole_capture": 1e-16,
    }
    layer = Described(name="film", material="film", role="transport", trap_charge="acceptor", **{**values, **numbers})
    return built((electrode(5.1), layer, electrode(2.9)), temperature=300.0)


def test_the_coefficient_is_langevins_at_a_field_that_is_the_same_everywhere() -> None:
    stack = film(hopping_distance=1e-9)
    device, layer, field = tabulate(electrical_stack(stack), 12), described(stack)[1], 3e7
    state = np.zeros((device.nodes.size, 5))
    state[:, 0] = -field / device.thermal_voltage * device.nodes["position"]
    x = 0.5 * 1e-9 * field / device.thermal_voltage
    gain = math.exp(4e-4 * math.sqrt(field)) * math.sinh(x) / x
    langevin = 1.602176634e-19 / (8.8541878188e-12 * 3.0) * 6e-10 * gain
    found = [bimolecular_at(device, state, i, CARRIERS).value for i in range(device.nodes.size)]
    np.testing.assert_allclose(found, langevin, rtol=1e-6)
    assert layer.langevin_factor == 1.0


@pytest.mark.parametrize("i", [0, 1, 5, 10, 11])
def test_the_coefficient_follows_both_cells_beside_a_node(i: int) -> None:
    device = tabulate(electrical_stack(film(hopping_distance=1e-9)), 12)
    rng = np.random.default_rng(3)
    state = np.cumsum(rng.normal(size=(12, 5)), axis=0)
    found = bimolecular_at(device, state, i, CARRIERS)
    for slope, at, sign in ((found.by_before, i - 1, -1.0), (found.by_behind, i + 1, 1.0)):
        if not 0 <= at < 12:
            assert slope == 0.0
            continue
        moved = [state.copy() for _ in range(2)]
        for k in range(2):
            moved[k][at, 0] += (1e-5, -1e-5)[k]
        up, down = (bimolecular_at(device, one, i, CARRIERS).value for one in moved)
        assert slope == pytest.approx(sign * (up - down) / 2e-5, rel=1e-6)


def test_the_change_of_the_field_is_that_over_the_own_cell() -> None:
    device = tabulate(electrical_stack(film()), 30)
    x = device.nodes["position"]
    state = np.zeros((30, 5))
    state[:, 0] = 0.5 * 1e16 * x * x
    for i in range(1, 29):
        found = cell_field(device, state, i)
        assert found.field == pytest.approx(1e16 * 0.5 * (x[i] + x[i + 1]), rel=1e-9)
        assert found.change == pytest.approx(1e16 * (x[i + 1] - x[i]), rel=1e-6)


def solved(stack: Stack, voltage: Array, nodes: int | None = None) -> DeviceSolution:
    found = solve_device(stack, None, voltage, nodes)
    assert found.converged.all()
    return found


def test_langevin_takes_the_mobility_at_the_local_field() -> None:
    """3383 A/m2 by a separate finite-volume solver; with the mobility without a field it would be 6797."""
    coarse, fine = (solved(film(), np.array([6.0]), nodes).current_density[0] for nodes in (260, 520))
    assert coarse == pytest.approx(3383.0, rel=5e-3)
    assert fine + (fine - coarse) / 3.0 == pytest.approx(3383.0, rel=2e-3)


def test_current_and_sensitivities_are_smooth_where_the_field_changes_sign() -> None:
    """Both follow the law and not the grid: near the contacts the field changes sign in another cell at every bias."""
    voltage = np.arange(4.3, 4.701, 0.02)
    study, path = halodot.load("device-only"), "device.layers[2].work_function"

    def curve(change: float, nodes: int = 260) -> DeviceSolution:
        stack = film()
        last = but(described(stack)[-1], work_function=2.9 + change)
        return solved(rebuilt(stack, (*described(stack)[:-1], last)), voltage, nodes)

    def slope(device_solution: DeviceSolution) -> Array:
        found = halodot.sensitivity(Result(study=study, stack=film(), device_solution=device_solution), [path]).dJ[0]
        return found / device_solution.current_density

    def difference(change: float) -> Array:
        up, down = (np.log(curve(sign * change).current_density) for sign in (1.0, -1.0))
        return (up - down) / (2.0 * change)

    coarse, fine = curve(0.0), curve(0.0, 780)
    middle = voltage - 4.5
    for values, largest in ((np.log(coarse.current_density), 2e-5), (slope(coarse), 2.5e-2)):
        assert np.abs(values - np.polyval(np.polyfit(middle, values, 4), middle)).max() < largest
    np.testing.assert_allclose(slope(coarse), slope(fine), rtol=0.03)
    np.testing.assert_allclose(slope(coarse), difference(1e-3), rtol=0.03)
    assert difference(0.02)[10] == pytest.approx(-1.3, abs=0.05)


def test_nothing_flows_at_equilibrium_whatever_the_field_does_to_the_mobilities() -> None:
    stack = changed(case("4_hetero3")[0], langevin_factor=1.0, hopping_distance=1e-9, electron_field_activation=5e-4)
    assert abs(solved(stack, np.array([0.0])).current_density[0]) < 1e-12
