"""The solver against analytic limits, conservation laws and symmetries."""

import math

import numpy as np
import pytest
from device_cases import but, case, changed, described, electrode, flat_band, mirrored, parts, random_stack, rebuilt

from halodot.constants import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from halodot.device import solve_device
from halodot.device.discretisation.bordered_system import Circuit
from halodot.device.discretisation.tabulate import tabulate
from halodot.device.electrical_stack import electrical_stack
from halodot.device.solver.bias_sweep import sweep
from halodot.errors import InputError
from halodot.states import Stack, replaced


def test_space_charge_limited_current_tends_to_mott_and_gurney() -> None:
    stack, _, _ = case("1_sclc_unipolar")
    layer = described(stack)[1]
    voltage = np.array([2.0, 20.0])
    permittivity = VACUUM_PERMITTIVITY * layer.relative_permittivity
    law = 9.0 / 8.0 * permittivity * layer.hole_mobility * voltage**2 / layer.thickness**3
    ratio = solve_device(stack, None, voltage, 400).current_density / law
    np.testing.assert_allclose(ratio, [1.49, 1.06], atol=0.006)


@pytest.mark.parametrize("thickness", [1e-7, 1e-2])
def test_uniform_resistor_follows_ohm(thickness: float) -> None:
    stack, _, _ = case("1_sclc_unipolar")
    doped = but(described(stack)[1], thickness=thickness, acceptor_density=1e23, electron_mobility=1e-20)
    work = flat_band(doped, stack.temperature)
    resistor = rebuilt(stack, (electrode(work), doped, electrode(work)))
    voltage = np.array([-1.0, 0.3, 2.0])
    found = solve_device(resistor, None, voltage)
    ohm = ELEMENTARY_CHARGE * doped.hole_mobility * doped.acceptor_density * voltage / doped.thickness
    np.testing.assert_allclose(found.current_density, ohm, rtol=1e-9)


@pytest.mark.parametrize("name", ["2_pn_homojunction", "5_qled_full"])
def test_equilibrium_has_flat_levels_and_no_current(name: str) -> None:
    stack, _, _ = case(name)
    found = solve_device(stack, None, np.array([0.0]))
    assert found.current_density[0] == 0.0
    assert np.ptp(found.electron_quasi_fermi_level) == 0.0
    np.testing.assert_array_equal(found.electron_quasi_fermi_level, found.hole_quasi_fermi_level)
    assert np.all(found.recombination == 0.0)
    product = found.electron_density * found.hole_density
    layers = [described(stack)[i] for i in found.layer_of_node]
    vt = 8.617333262e-5 * stack.temperature
    intrinsic = [
        item.electron_density_of_states
        * item.hole_density_of_states
        * math.exp((item.electron_affinity - item.ionisation_energy) / vt)
        for item in layers
    ]
    np.testing.assert_allclose(product[0], intrinsic, rtol=1e-6)


def test_total_current_is_the_same_on_every_edge() -> None:
    stack, voltage, _ = case("5_qled_full")
    electrical = electrical_stack(stack)
    points = sweep(tabulate(electrical, 52), Circuit(0.0, 0.0), voltage[1:].tolist(), ["x"] * 5).points
    for point in points:
        assert point is not None
        electrons, holes = point.state[:-1, 3], point.state[:-1, 4]
        scale = np.max(np.abs(electrons)) + np.max(np.abs(holes))
        assert np.ptp(electrons - holes) < 1e-12 * scale


def test_potential_obeys_poisson_across_the_stack() -> None:
    stack, _, _ = case("5_qled_full")
    found = solve_device(stack, None, np.array([4.0]))
    layers = [described(stack)[i] for i in found.layer_of_node]
    permittivity = VACUUM_PERMITTIVITY * np.array([item.relative_permittivity for item in layers])
    doping = np.array([item.donor_density - item.acceptor_density for item in layers])
    charge = ELEMENTARY_CHARGE * (found.hole_density[0] - found.electron_density[0] + doping)
    width = np.diff(found.position)
    inside = width > 0.0
    displacement = -permittivity[:-1][inside] * np.diff(found.potential[0])[inside] / width[inside]
    enclosed = np.sum(0.5 * (charge[:-1] + charge[1:]) * width) - 0.5 * (charge[0] * width[0] + charge[-1] * width[-1])
    np.testing.assert_allclose(displacement[-1] - displacement[0], enclosed, rtol=1e-8)
    assert found.potential[0, 0] - found.potential[0, -1] == pytest.approx(4.0 + 3.0 - 5.0, abs=1e-12)


@pytest.mark.parametrize("name", ["2_pn_homojunction", "5_qled_full"])
def test_a_mirrored_stack_carries_the_same_current(name: str) -> None:
    stack, voltage, _ = case(name)
    here, there = (solve_device(item, None, voltage[::10]) for item in (stack, mirrored(stack)))
    np.testing.assert_array_equal(here.current_density, there.current_density)
    np.testing.assert_array_equal(here.potential, there.potential[:, ::-1])
    np.testing.assert_allclose(here.exciton_generation, there.exciton_generation[:, ::-1], rtol=1e-9, atol=1e-30)
    np.testing.assert_allclose(here.position, there.position[-1] - there.position[::-1], atol=1e-20)


@pytest.mark.parametrize("mobility", [1e-30, 0.0])
def test_a_device_of_insulators_carries_no_current(mobility: float) -> None:
    stack, voltage, _ = case("5_qled_full")
    for levels in ({}, {"electron_affinity": 1.0, "ionisation_energy": 9.0, "acceptor_density": 0.0}):
        insulator = changed(stack, electron_mobility=mobility, hole_mobility=mobility, **levels)
        found = solve_device(insulator, None, voltage[::5])
        assert found.converged.all()
        assert np.max(np.abs(found.current_density)) < 1e-15
        np.testing.assert_allclose(parts(found), found.current_density, rtol=1e-9, atol=1e-18)


def test_a_layer_without_carriers_to_conduct_blocks() -> None:
    stack, _, expected = case("5_qled_full")
    blocked = but(described(stack)[4], electron_mobility=0.0, hole_mobility=0.0)
    layers = (*described(stack)[:4], blocked, *described(stack)[5:])
    found = solve_device(rebuilt(stack, layers), None, np.array([2.0, 6.0]))
    assert found.converged.all()
    assert abs(found.current_density[-1]) < 1e-12 * expected[-1]


@pytest.mark.parametrize(("name", "highest"), [("5_qled_full", 6.0), ("6_psc_ions_steady", 1.2)])
def test_series_resistance_and_shunt_are_exact_at_the_terminals(name: str, highest: float) -> None:
    """V = V_0 + R (J_0 + G V_0), in the dark and in the light."""
    stack, _, _ = case(name)
    voltage = highest * np.array([-0.15, 0.15, 0.4, 0.7, 1.0])
    resistance, conductance = 1.3e-3, 2.5
    circuit = replaced(stack, series_resistance=resistance, shunt_conductance=conductance)
    found = solve_device(circuit, None, voltage, 60, math.inf)
    assert found.converged.all()
    internal = voltage - resistance * found.current_density
    bare = solve_device(stack, None, internal, 60, math.inf)
    np.testing.assert_allclose(found.shunt_current, conductance * internal, rtol=1e-10)
    np.testing.assert_allclose(found.current_density, bare.current_density + conductance * internal, rtol=1e-9)
    np.testing.assert_allclose(parts(found), found.current_density, rtol=1e-9)


@pytest.mark.parametrize("side", [0, -1])
def test_infinite_contact_velocity_is_a_contact_in_equilibrium(side: int) -> None:
    stack, voltage = random_stack(4), np.array([0.0, 1.5, 3.0])
    inner = described(stack)[1:-1]
    ends = [electrode(inner[0].ionisation_energy), electrode(inner[-1].electron_affinity)]
    ideal = rebuilt(stack, (ends[0], *inner, ends[1]))
    ends[side] = but(ends[side], contact_electron_velocity=1e8, contact_hole_velocity=1e8)
    limited = solve_device(rebuilt(stack, (ends[0], *inner, ends[1])), None, voltage, 52)
    beside = 1 if side == 0 else -2
    np.testing.assert_allclose(limited.potential[:, side], limited.potential[:, beside], atol=1e-12)
    expected = solve_device(ideal, None, voltage, 52).current_density
    np.testing.assert_allclose(limited.current_density, expected, rtol=1e-4, atol=1e-12)


def test_charge_of_interface_traps_in_equilibrium() -> None:
    stack, _, _ = case("4_hetero3")
    centres = {"interface_trap_density": 1e16, "interface_trap_energy": 4.2, "interface_trap_charge": "acceptor"}
    charged = changed(stack, **centres, interface_electron_capture=1e-14, interface_hole_capture=1e-14)
    at_rest, beside = solve_device(charged, None, np.array([0.0, 1e-6]), 52).potential
    np.testing.assert_allclose(at_rest, beside, atol=2e-6)
    assert np.max(np.abs(at_rest - solve_device(stack, None, np.zeros(1), 52).potential[0])) > 0.01


def test_mesh_converges_to_second_order() -> None:
    stack, _, _ = case("3_bipolar_langevin")
    coarse, middle, fine = (solve_device(stack, None, np.array([6.0]), n).current_density[0] for n in (401, 801, 1601))
    ratio = (coarse - middle) / (middle - fine)
    assert 3.7 < ratio < 4.3
    assert fine + (fine - middle) / 3.0 == pytest.approx(406.2, rel=2e-4)


@pytest.mark.parametrize("seed", range(10))
def test_random_stacks_converge_and_conserve(seed: int) -> None:
    stack = random_stack(seed)
    found = solve_device(stack, None, np.linspace(-1.0, 6.0, 36), 40)
    assert found.converged.all()
    np.testing.assert_allclose(parts(found), found.current_density, rtol=1e-9, atol=1e-18)
    assert np.all(found.current_density * np.sign(found.voltage) >= -1e-18)
    excitons = ELEMENTARY_CHARGE * found.exciton_generation
    gross = np.sum(np.abs(excitons), axis=1)
    assert np.all(np.abs(np.sum(excitons, axis=1) - found.exciton_formation_current) <= 1e-12 * gross + 1e-30)


def illuminated(rate: float) -> Stack:
    stack, _, _ = case("4_hetero3")
    lit = but(described(stack)[2], generation=rate)
    return rebuilt(stack, (*described(stack)[:2], lit, *described(stack)[3:]))


def test_light_drives_a_reverse_current_below_its_generation() -> None:
    rate = 1e27
    stack = illuminated(rate)
    found = solve_device(stack, None, np.array([-30.0, -3.0, 0.0]))
    limit = ELEMENTARY_CHARGE * rate * described(stack)[2].thickness
    assert found.converged.all()
    assert -limit < found.current_density[0] < found.current_density[1] < found.current_density[2] < 0.0
    assert found.current_density[0] == pytest.approx(-limit, rel=0.05)
    np.testing.assert_allclose(parts(found), found.current_density, rtol=1e-9, atol=1e-12 * limit)


@pytest.mark.parametrize(("disorder", "temperature"), [(0.5, 100.0), (5.0, 300.0), (0.1, 20.0)])
def test_a_density_of_states_wider_than_any_film_has_is_refused_at_once(disorder: float, temperature: float) -> None:
    """Its integral would have millions of nodes: a slip of the unit, or 0.5 K for 0.5 eV, must not stop the program."""
    stack, _, _ = case("3_bipolar_langevin")
    numbers = {"statistics": "gaussian", "electron_disorder": disorder, "hole_disorder": disorder}
    wide = replaced(changed(stack, **numbers), temperature=temperature)
    with pytest.raises(InputError, match="wider than 40 kT"):
        solve_device(wide, None, np.array([0.0]), 20)
