"""Whole devices against the formulas of textbooks."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from device_cases import (
    Described,
    built,
    but,
    case,
    changed,
    described,
    electrode,
    flat_band,
    rebuilt,
    with_mobile_cations,
)
from scipy.integrate import quad
from scipy.optimize import brentq

from halodot.constants import BOLTZMANN, ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from halodot.device import solve_device
from halodot.device.discretisation.interfaces import wkb_coefficient
from halodot.device.laws.emission_enhancement import wkb_enhancement
from halodot.states import Array, DeviceSolution, Stack, replaced

TEMPERATURE = 300.0
VT = BOLTZMANN * TEMPERATURE / ELEMENTARY_CHARGE


def film(**values: Any) -> Described:
    """A layer of one material, with electrons and holes alike."""
    plain = {
        "thickness": 2e-7,
        "relative_permittivity": 3.0,
        "electron_affinity": 3.0,
        "ionisation_energy": 5.0,
        "electron_density_of_states": 1e26,
        "hole_density_of_states": 1e26,
        "electron_mobility": 1e-8,
        "hole_mobility": 1e-8,
    }
    return Described(name="film", material="", **(plain | values))


def electrical(anode: float | Described, layers: list[Described], cathode: float | Described) -> Stack:
    metals = [item if isinstance(item, Described) else electrode(item) for item in (anode, cathode)]
    return built((metals[0], *layers, metals[1]), temperature=TEMPERATURE)


def permittivity(layer: Described) -> float:
    return VACUUM_PERMITTIVITY * layer.relative_permittivity


def field_at(found: DeviceSolution, k: int, node: int) -> float:
    """Return -dV/dx on the cell above a node."""
    rise = found.potential[k, node + 1] - found.potential[k, node]
    return float(-rise / (found.position[node + 1] - found.position[node]))


def face_field(found: DeviceSolution, k: int, node: int, layer: Described) -> float:
    """Return -dV/dx at the face where a layer begins at a node: that above it less what the half cell holds."""
    half = 0.5 * (found.position[node + 1] - found.position[node])
    charge = (
        found.hole_density[k, node] - found.electron_density[k, node] + layer.donor_density - layer.acceptor_density
    )
    return field_at(found, k, node) - float(ELEMENTARY_CHARGE * charge * half / permittivity(layer))


# ------------------------------------------------------------------------------------------------- p-n junction


def pn(**changes: Any) -> Stack:
    stack, _, _ = case("2_pn_homojunction")
    return changed(stack, **changes)


def intrinsic(layer: Described) -> float:
    gap = layer.ionisation_energy - layer.electron_affinity
    return math.sqrt(layer.electron_density_of_states * layer.hole_density_of_states) * math.exp(-0.5 * gap / VT)


def built_in(stack: Stack) -> float:
    return described(stack)[0].work_function - described(stack)[-1].work_function


def junction_field(stack: Stack, voltage: Array) -> Array:
    """Field at an abrupt symmetric junction, with the 2 kT that the tails of the majority carriers take."""
    layer = described(stack)[1]
    drop = built_in(stack) - voltage - 2.0 * VT
    return np.sqrt(ELEMENTARY_CHARGE * layer.acceptor_density * drop / permittivity(layer))


def test_a_junction_is_depleted_as_far_as_its_voltage_asks() -> None:
    stack, voltage = pn(), np.array([-0.5, 0.0, 0.3])
    found = solve_device(stack, None, voltage)
    expected = junction_field(stack, voltage)
    middle = int(np.searchsorted(found.layer_of_node, 2))
    fields = [abs(field_at(found, k, middle)) for k in range(voltage.size)]
    np.testing.assert_allclose(fields, expected, rtol=3e-3)
    layer = described(stack)[1]
    width = np.diff(found.position[:middle])
    holes = 0.5 * (found.hole_density[:, 1:middle] + found.hole_density[:, : middle - 1])
    missing = np.sum((1.0 - holes / layer.acceptor_density) * width, axis=1)
    np.testing.assert_allclose(
        missing, permittivity(layer) * expected / (ELEMENTARY_CHARGE * layer.acceptor_density), rtol=3e-3
    )


def test_a_junction_without_traps_has_ideality_one_and_the_current_of_diffusion() -> None:
    stack, voltage = pn(trap_density=0.0), np.array([0.3, 0.4, 0.5])
    found = solve_device(stack, None, voltage).current_density
    slope = np.diff(voltage) / np.diff(np.log(found)) / VT
    np.testing.assert_allclose(slope, 1.0, atol=0.02)
    layer = described(stack)[1]
    depleted = permittivity(layer) * junction_field(stack, voltage) / (ELEMENTARY_CHARGE * layer.acceptor_density)
    velocity = VT * (layer.electron_mobility + layer.hole_mobility) / (layer.thickness - depleted)
    law = ELEMENTARY_CHARGE * intrinsic(layer) ** 2 / layer.acceptor_density * velocity * np.exp(voltage / VT)
    np.testing.assert_allclose(found, law, rtol=0.08)


def test_a_junction_with_many_traps_has_ideality_two_and_the_current_of_its_middle() -> None:
    stack, voltage = pn(trap_density=1e24), np.array([0.2, 0.25, 0.3])
    found = solve_device(stack, None, voltage).current_density
    slope = np.diff(voltage) / np.diff(np.log(found)) / VT
    np.testing.assert_allclose(slope, 2.0, atol=0.2)
    layer = described(stack)[1]
    lifetime = 1.0 / (1e24 * layer.electron_capture)
    # Shockley and Read's rate along the potential of an abrupt junction
    field = junction_field(stack, voltage)[:, None]
    bend = ELEMENTARY_CHARGE * layer.acceptor_density / permittivity(layer)
    x = np.linspace(0.0, 1.0, 2001) * field / bend
    pairs = np.cosh((field * x - 0.5 * bend * x**2) / VT) * np.exp(voltage / (2.0 * VT))[:, None] + 1.0
    rate = intrinsic(layer) / (2.0 * lifetime) * np.expm1(voltage / VT)[:, None] / pairs
    law = 2.0 * ELEMENTARY_CHARGE * np.trapezoid(rate, x, axis=1)
    np.testing.assert_allclose(found, law, rtol=0.03)


SELECTIVE = {"contact_electron_velocity": 1e-15, "contact_hole_velocity": 1e6}


@pytest.mark.parametrize("generation", [1e24, 1e28])
@pytest.mark.parametrize("channel", ["bimolecular", "traps", "auger"])
def test_the_open_circuit_voltage_is_where_the_light_recombines(generation: float, channel: str) -> None:
    """A p-doped film, flat at that voltage, whose contacts each let one carrier out: G = U(n), n p = n_i^2 e^V."""
    doping = 1e23
    layer = film(
        ionisation_energy=4.6,
        electron_mobility=1e-2,
        hole_mobility=1e-2,
        acceptor_density=doping,
        generation=generation,
    )
    if channel == "bimolecular":
        layer = but(layer, bimolecular_coefficient=1e-16)
        electrons = brentq(lambda n: 1e-16 * n * (doping + n) - generation, 0.0, 1e26, xtol=1.0)
    elif channel == "traps":
        layer = but(layer, trap_density=1e21, trap_energy=3.8, electron_capture=1e-14, hole_capture=1e-14)
        electrons = brentq(lambda n: 1e7 * n * (doping + n) / (doping + 2.0 * n) - generation, 0.0, 1e26, xtol=1.0)
    else:
        layer = but(layer, hole_auger=1e-40)
        electrons = brentq(lambda n: 1e-40 * n * (doping + n) ** 2 - generation, 0.0, 1e26, xtol=1.0)
    voltage = VT * math.log(electrons * (doping + electrons) / intrinsic(layer) ** 2)
    anode = but(electrode(flat_band(layer, TEMPERATURE)), **SELECTIVE)
    cathode = but(electrode(anode.work_function - voltage), contact_electron_velocity=1e6, contact_hole_velocity=1e-15)
    found = solve_device(electrical(anode, [layer], cathode), None, np.array([voltage - 1e-3, voltage + 1e-3]))
    assert found.current_density[0] < 0.0 < found.current_density[1]


# ---------------------------------------------------------------------------------------------- contacts, barriers


def schottky(lowered: bool, velocity: float) -> Stack:
    layer = film(thickness=5e-7, relative_permittivity=4.0, electron_mobility=1e-2, donor_density=1e22)
    metal = but(electrode(3.7), contact_electron_velocity=velocity, contact_hole_velocity=1e3, barrier_lowering=lowered)
    return electrical(metal, [layer], flat_band(layer, TEMPERATURE))


@pytest.mark.parametrize("lowered", [False, True])
def test_a_schottky_diode_carries_the_current_of_richardson(lowered: bool) -> None:
    """J = A T^2 exp(-phi/kT) (exp(V/Vt) - 1) with velocity A T^2/(q N_c), behind it what drift can carry away."""
    richardson = 1.2e3 * TEMPERATURE**2
    stack = schottky(lowered, richardson / (ELEMENTARY_CHARGE * 1e26))
    layer = described(stack)[1]
    voltage = np.array([-3.0, -1.0, -0.1, 0.1, 0.2])
    found = solve_device(stack, None, voltage, 300)
    field = np.array([abs(field_at(found, k, 1)) for k in range(voltage.size)])
    law = richardson * math.exp(-0.7 / VT) * np.expm1(voltage / VT)
    if lowered:
        law = law * np.exp(np.sqrt(ELEMENTARY_CHARGE * field / (4.0 * math.pi * permittivity(layer))) / VT)
        velocity = law / np.expm1(voltage / VT) / (ELEMENTARY_CHARGE * 1e26 * math.exp(-0.7 / VT))
    else:
        velocity = np.full(voltage.size, richardson / (ELEMENTARY_CHARGE * 1e26))
    law = law / (1.0 + velocity / (layer.electron_mobility * field))
    np.testing.assert_allclose(found.current_density, law, rtol=0.01)
    depleted = ELEMENTARY_CHARGE * 1e22 * (3.7 - described(stack)[-1].work_function - voltage - VT) * 2.0
    np.testing.assert_allclose(field, np.sqrt(depleted / permittivity(layer)), rtol=5e-3)


def over_a_barrier(mass: float) -> Stack:
    """Electrons from a doped film into a thin one whose level is 0.9 eV higher, and out to the anode."""
    wide = {"hole_mobility": 1e-20, "ionisation_energy": 7.0, "electron_mobility": 1e-2}
    thin = film(thickness=1e-8, electron_affinity=2.1, tunnelling_mass=mass, interface_velocity=10.0, **wide)
    source = film(thickness=5e-8, donor_density=1e24, **wide)
    return electrical(3.0, [thin, source], flat_band(source, TEMPERATURE))


def test_tunnelling_raises_the_current_over_a_barrier_by_the_gain_of_its_field() -> None:
    mass, voltage = 0.3, np.linspace(1.0, 12.0, 12)
    plain, found = (solve_device(over_a_barrier(m), None, voltage, 80) for m in (0.0, mass))
    assert np.all(found.current_density > plain.current_density)
    assert np.all(np.diff(np.log(found.current_density / plain.current_density)) > 0.0)
    first, source = int(np.searchsorted(found.layer_of_node, 2)), described(over_a_barrier(mass))[2]
    for k in range(voltage.size):
        field = abs(face_field(found, k, first, source))
        gain, _ = wkb_enhancement(0.9 / VT, 1e-8, wkb_coefficient(mass, VT), field / VT)
        over = 10.0 * math.exp(-0.9 / VT) * found.electron_density[k, first]
        back = 10.0 * found.electron_density[k, first - 1]
        assert found.current_density[k] == pytest.approx(ELEMENTARY_CHARGE * gain * (over - back), rel=1e-5)


def test_a_strong_field_gives_the_slope_of_fowler_and_nordheim() -> None:
    """d ln(J/F)/d(1/F) = -4 sqrt(2m) phi^(3/2)/(3 q hbar): carriers tunnel from the foot of the barrier."""
    barrier, steepness = 46.0, wkb_coefficient(0.3, VT)
    law = steepness * barrier**1.5
    for factor in (4.0, 8.0):
        fields = factor * 1.5 * steepness * math.sqrt(barrier) * np.array([0.99, 1.01])
        gains = [
            wkb_enhancement(barrier, 1e-7, steepness, f)[0] * (1.0 - 1.5 * steepness * math.sqrt(barrier) / f)
            for f in fields
        ]
        slope = np.diff(np.log(gains))[0] / np.diff(1.0 / fields)[0]
        assert slope == pytest.approx(-law, rel=0.03)


def test_a_dipole_at_an_interface_is_a_shift_of_all_behind_it() -> None:
    stack, _, _ = case("4_hetero3")
    voltage, step = np.array([1.8, 2.6, 4.0]), 0.17
    dipole = but(described(stack)[1], interface_dipole=step)
    found = solve_device(rebuilt(stack, (described(stack)[0], dipole, *described(stack)[2:])), None, voltage)
    behind = [
        but(
            item,
            electron_affinity=item.electron_affinity + step,
            ionisation_energy=item.ionisation_energy + step,
            trap_energy=item.trap_energy + step,
        )
        for item in described(stack)[2:-1]
    ]
    last = electrode(described(stack)[-1].work_function + step)
    expected = solve_device(rebuilt(stack, (*described(stack)[:2], *behind, last)), None, voltage)
    np.testing.assert_allclose(found.current_density, expected.current_density, rtol=1e-10)
    rise = found.potential - expected.potential
    upper = found.layer_of_node > 1
    np.testing.assert_allclose(rise[:, upper] - rise[:, ~upper][:, -1:], step, atol=1e-9)
    np.testing.assert_allclose(np.ptp(rise[:, ~upper], axis=1), 0.0, atol=1e-9)


# --------------------------------------------------------------------------------------------- one kind of carrier


def only_holes(**changes: Any) -> Stack:
    return electrical(5.0, [film(electron_mobility=1e-20, **changes)], 5.0)


def test_poole_and_frenkel_raise_the_space_charge_limited_current_as_murgatroyd_found() -> None:
    """J dx = eps mu E exp(g sqrt(E)) dE from the contact on, V = int E dx; Murgatroyd's closed form is within 8 %."""
    activation, thickness, voltage = 2e-4, 2e-7, np.array([5.0, 10.0, 20.0])

    def moment(power: int, field: float) -> float:
        value: float = quad(lambda e: e**power * math.exp(activation * math.sqrt(e)), 0.0, field)[0]
        return value

    law = []
    for drop in voltage:
        mean = drop / thickness
        field = brentq(lambda e, mean=mean: moment(2, e) / moment(1, e) - mean, 0.5 * mean, 3.0 * mean)
        law.append(moment(1, field) / (9.0 / 8.0 * mean**2))
    plain = solve_device(only_holes(), None, voltage, 200).current_density
    raised = solve_device(only_holes(hole_field_activation=activation), None, voltage, 200).current_density
    np.testing.assert_allclose(raised / plain, law, rtol=0.01)
    np.testing.assert_allclose(raised / plain, np.exp(0.891 * activation * np.sqrt(voltage / thickness)), rtol=0.08)


def test_shallow_traps_divide_the_space_charge_limited_current_by_what_they_hold() -> None:
    """Donor traps at depth E above the hole level hold N_t/p_1 holes for each free one: J falls by 1 + N_t/p_1."""
    depth, count, voltage = 0.1, 1e26, np.array([5.0, 10.0])
    held = count / (1e26 * math.exp(-depth / VT))
    shallow = {"trap_density": count, "trap_energy": 5.0 - depth, "electron_capture": 1e-25, "hole_capture": 1e-17}
    plain = solve_device(only_holes(), None, voltage, 200).current_density
    found = solve_device(only_holes(**shallow, trap_charge="donor"), None, voltage, 200).current_density
    np.testing.assert_allclose(plain / found, 1.0 + held, rtol=0.15)
    neutral = solve_device(only_holes(**shallow), None, voltage, 200).current_density
    np.testing.assert_allclose(neutral, plain, rtol=1e-6)


def test_acceptors_that_hold_an_electron_each_are_doping() -> None:
    """Deep centres that electrons filled for good count as -N_t, like the same number of acceptors."""
    deep = {"trap_density": 2e22, "trap_energy": 4.6, "electron_capture": 1e-16, "hole_capture": 1e-22}
    voltage = np.array([-2.0, 1.0, 5.0])
    filled = film(hole_mobility=1e-20, **deep, trap_charge="acceptor")
    doped = film(hole_mobility=1e-20, acceptor_density=2e22)
    found, expected = (
        solve_device(electrical(3.1, [item], 3.1), None, voltage).current_density for item in (filled, doped)
    )
    np.testing.assert_allclose(found, expected, rtol=1e-3)


@pytest.mark.parametrize("level", [-3.0, 0.0])
def test_a_degenerate_resistor_follows_ohm(level: float) -> None:
    """n = N F_1/2(level) with the Fermi level at the contacts where the doping puts it."""
    half = {-3.0: 0.04893364, 0.0: 0.76514702}[level]
    layer = film(statistics="fermi_dirac", donor_density=1e26 * half, hole_mobility=1e-20)
    voltage = np.array([-0.5, 0.2, 1.0])
    work = layer.electron_affinity - level * VT
    found = solve_device(electrical(work, [layer], work), None, voltage)
    ohm = ELEMENTARY_CHARGE * layer.electron_mobility * layer.donor_density * voltage / layer.thickness
    np.testing.assert_allclose(found.current_density, ohm, rtol=1e-6)


def test_few_carriers_in_a_gaussian_are_boltzmann_with_more_states() -> None:
    """Dilute carriers sit sigma^2/kT below the centre: N exp(sigma^2/2kT^2) states at the centre."""
    disorder, voltage = 0.06, np.array([0.5, 1.5, 1.8])
    more = 1e26 * math.exp(0.5 * (disorder / VT) ** 2)
    common = {"ionisation_energy": 5.2, "bimolecular_coefficient": 1e-16}
    wide = film(statistics="gaussian", electron_disorder=disorder, hole_disorder=disorder, **common)
    narrow = film(electron_density_of_states=more, hole_density_of_states=more, **common)
    found, expected = (solve_device(electrical(4.55, [item], 3.65), None, voltage) for item in (wide, narrow))
    np.testing.assert_allclose(found.current_density, expected.current_density, rtol=1e-4)
    np.testing.assert_allclose(found.electron_density, expected.electron_density, rtol=1e-4)


@pytest.mark.parametrize("statistics", ["fermi_dirac", "gaussian"])
def test_equilibrium_in_any_statistics_has_no_current_and_its_built_in_voltage(statistics: str) -> None:
    stack, _, _ = case("5_qled_full")
    stack = changed(stack, statistics=statistics, electron_disorder=0.08, hole_disorder=0.1)
    found = solve_device(stack, None, np.array([0.0]))
    assert found.current_density[0] == 0.0
    assert np.all(found.recombination == 0.0)
    assert found.potential[0, 0] - found.potential[0, -1] == pytest.approx(-built_in(stack), abs=1e-12)


# --------------------------------------------------------------------------------------------------------- ions


def test_ions_screen_the_field_over_the_length_of_debye() -> None:
    density, voltage = 1e24, np.array([1e-3])
    layer = film(cation_density=density, anion_density=density, thickness=1e-7)
    found = solve_device(electrical(4.0, [layer], 4.0), None, voltage, 200)
    length = math.sqrt(permittivity(layer) * VT / (2.0 * ELEMENTARY_CHARGE * density))
    x = (0.5 * layer.thickness - found.position) / length
    expected = 0.5 * voltage[0] * np.sinh(x) / math.sinh(0.5 * layer.thickness / length)
    shifted = found.potential[0] - 0.5 * (found.potential[0, 0] + found.potential[0, -1])
    np.testing.assert_allclose(shifted, expected, atol=2e-4 * voltage[0])
    assert abs(shifted[100]) < 1e-3 * voltage[0]


def number(found: DeviceSolution, name: str) -> Array:
    width, density = np.diff(found.position), getattr(found, name)
    total: Array = np.sum(0.5 * (density[:, 1:] + density[:, :-1]) * width, axis=1)
    return total


def test_ions_keep_their_number_and_stay_where_they_are_frozen() -> None:
    stack = with_mobile_cations(case("6_psc_ions_steady")[0])
    dark, voltage = changed(stack, generation=0.0), np.array([-0.5, 0.0, 0.6, 1.2])
    free, frozen = (solve_device(replaced(dark, ions=ions), None, voltage) for ions in ("free", "frozen"))
    lit = solve_device(stack, None, voltage)
    for found in (free, frozen, lit):
        assert found.converged.all()
        for name in ("cation_density", "anion_density"):
            np.testing.assert_allclose(number(found, name), 5e21 * 5e-7, rtol=1e-10)
    np.testing.assert_array_equal(frozen.cation_density, np.tile(frozen.cation_density[1], (4, 1)))
    np.testing.assert_allclose(frozen.potential[1], free.potential[1], atol=1e-9)
    np.testing.assert_allclose(frozen.cation_density[1], free.cation_density[1], rtol=1e-6)
    assert abs(frozen.current_density[3] / free.current_density[3] - 1.0) > 0.01
    assert np.max(np.abs(frozen.potential[2] - free.potential[2])) > 0.02
