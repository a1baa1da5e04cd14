"""Interfaces and contacts: what limits a current between two layers, and what does not."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from device_cases import Described, built, but, case, described, electrode, parts, rebuilt
from scipy.constants import Boltzmann, Planck, electron_mass, elementary_charge, hbar

from halodot.device import solve_device
from halodot.device.barriers import BROKEN_GAP, INSULATING, THIN, Barrier, tunnelling_barriers
from halodot.device.discretisation.tabulate import tabulate
from halodot.device.electrical_stack import MOST_PIECES, electrical_stack
from halodot.device.remarks import remarks
from halodot.device.velocities import (
    ATTEMPT_VELOCITY,
    FREE_VELOCITY,
    HOP_DISTANCE,
    LARGEST_VELOCITY,
    ROOM,
)
from halodot.errors import InputError
from halodot.states import Array, Stack

VT = Boltzmann * 300.0 / elementary_charge
NODES = 40


def film(name: str = "film", **values: Any) -> Described:
    """An organic layer of 40 nm."""
    plain = {
        "thickness": 4e-8,
        "relative_permittivity": 3.5,
        "electron_affinity": 3.0,
        "ionisation_energy": 6.0,
        "electron_density_of_states": 1e26,
        "hole_density_of_states": 1e26,
        "electron_mobility": 1e-9,
        "hole_mobility": 1e-9,
        "langevin_factor": 1.0,
    }
    return Described(name=name, material=name, **(plain | values))


def between(anode: float, layers: list[Described], cathode: float) -> Stack:
    metals = but(electrode(anode), name="anode"), but(electrode(cathode), name="cathode")
    return built((metals[0], *layers, metals[1]))


def upside_down(stack: Stack) -> Stack:
    return rebuilt(stack, described(stack)[::-1], turned=True)


def current(stack: Stack, *voltages: float, nodes: int | None = None) -> Array:
    found = solve_device(stack, None, np.array(voltages), nodes)
    assert found.converged.all()
    np.testing.assert_allclose(parts(found), found.current_density, rtol=1e-6, atol=1e-12)
    return found.current_density


def face(stack: Stack, k: int) -> Any:
    """Return the numbers of the interface above electrical layer k."""
    device = tabulate(electrical_stack(stack), NODES)
    return device.edges[np.flatnonzero(device.edges["interface"])[k]]


# ----------------------------------------------------------------------------------------------- one film in pieces


@pytest.mark.parametrize("shares", [(1.0,), (0.5, 0.5), (0.2, 0.2, 0.2, 0.2, 0.2), (0.7, 0.01, 0.29)])
def test_a_film_written_in_pieces_carries_the_current_of_the_film(shares: tuple[float, ...]) -> None:
    whole = film(
        thickness=5e-7,
        relative_permittivity=24.0,
        electron_affinity=3.9,
        ionisation_energy=5.45,
        electron_density_of_states=5e24,
        hole_density_of_states=5e24,
        electron_mobility=2e-3,
        hole_mobility=2e-3,
        donor_density=1e23,
        langevin_factor=0.0,
    )
    pieces = [but(whole, name=f"piece {k}", thickness=share * 5e-7) for k, share in enumerate(shares)]
    found = current(between(3.9, pieces, 3.9), 0.1)
    assert found[0] == pytest.approx(7.1965e6, rel=1e-4)
    assert found[0] == pytest.approx(current(between(3.9, [whole], 3.9), 0.1)[0], rel=1e-9)


def test_a_film_cut_in_two_inside_a_device_changes_nothing() -> None:
    stack, _, _ = case("4_hetero3")
    own = described(stack)[1]
    halves = [but(own, name=f"half {k}", thickness=0.5 * own.thickness) for k in range(2)]
    cut = rebuilt(stack, (described(stack)[0], *halves, *described(stack)[2:]))
    voltage = np.array([1.5, 3.0, 6.0])
    whole, pieces = (solve_device(one, None, voltage, 52) for one in (stack, cut))
    np.testing.assert_allclose(pieces.current_density, whole.current_density, rtol=1e-8)
    assert set(pieces.layer_of_node) == {1, 2, 3, 4}
    for index in (1, 2):
        heights = pieces.position[pieces.layer_of_node == index]
        assert heights.max() - heights.min() == pytest.approx(0.5 * own.thickness, rel=0.1)


@pytest.mark.parametrize(
    "change", [{"interface_dipole": 0.2}, {"interface_trap_density": 1e15}, {"role": "emitter"}, {"generation": 1e25}]
)
def test_a_face_with_something_at_it_stays_an_interface(change: dict[str, Any]) -> None:
    centres = {"interface_trap_energy": 4.5, "interface_electron_capture": 1e-14, "interface_hole_capture": 1e-14}
    stack = between(5.8, [film("a", **(centres | change)), film("b")], 3.2)
    assert electrical_stack(stack).films == (0, 1)
    assert electrical_stack(between(5.8, [film("a"), film("b", thickness=1e-8)], 3.2)).films == (0, 0)
    slices = [film(f"slice {k}") for k in range(MOST_PIECES + 2)]
    assert electrical_stack(between(5.8, slices, 3.2)).films == (*[0] * MOST_PIECES, 1, 1)


# --------------------------------------------------------------------------------------------- the law and its default


def test_thermionic_emission_over_a_step_follows_landauer() -> None:
    for step in (0.3, 0.03, 1e-3):
        edge = face(between(5.8, [film("a", interface_velocity=50.0), film("b", electron_affinity=3.0 - step)], 2.9), 0)
        passing = math.exp(-step / VT)
        assert edge["electron_out"] == pytest.approx(50.0 * passing / (1.0 - passing), rel=1e-6)
        assert edge["electron_back"] == pytest.approx(50.0 / (1.0 - passing), rel=1e-6)
        assert edge["hole_out"] == edge["hole_back"] == LARGEST_VELOCITY


def test_the_free_velocity_is_that_of_richardson() -> None:
    velocity = math.sqrt(Boltzmann * 300.0 / (2.0 * math.pi * electron_mass))
    assert velocity == pytest.approx(FREE_VELOCITY, rel=0.01)
    richardson = 4.0 * math.pi * elementary_charge * electron_mass * Boltzmann**2 / Planck**3
    states = 2.0 * (2.0 * math.pi * electron_mass * Boltzmann * 300.0 / Planck**2) ** 1.5
    assert richardson * 300.0**2 / (elementary_charge * states) == pytest.approx(velocity, rel=1e-6)
    assert pytest.approx(ATTEMPT_VELOCITY) == 1e13 * 1e-9


def hop_velocity(mobility: float) -> float:
    """Hops of 1 nm that diffuse with D = mu kT/q leave a site 6 D/a^2 times a second."""
    return 6.0 * mobility * ROOM / HOP_DISTANCE


@pytest.mark.parametrize(
    ("mobilities", "expected"),
    [((1e-2, 1e-2), FREE_VELOCITY), ((1e-8, 1e-8), hop_velocity(1e-8)), ((4e-9, 1e-9), hop_velocity(1.6e-9))],
)
def test_default_interface_velocity_follows_from_the_pair_of_layers(
    mobilities: tuple[float, float], expected: float
) -> None:
    layers = [
        film("a", electron_mobility=mobilities[0]),
        film("b", electron_mobility=mobilities[1], electron_affinity=2.5),
    ]
    stack = between(5.8, layers, 2.9)
    assert face(stack, 0)["electron_back"] == pytest.approx(expected, rel=1e-6)
    assert face(upside_down(stack), 0)["electron_back"] == pytest.approx(expected, rel=1e-6)


def test_electrons_and_holes_have_velocities_of_their_own() -> None:
    upper = film("b", electron_affinity=2.5, ionisation_energy=6.5)

    def backs(**stated: float) -> tuple[float, float]:
        edge = face(between(5.8, [film("a", **stated), upper], 2.4), 0)
        return float(edge["electron_back"]), float(edge["hole_back"])

    assert backs(interface_velocity=7.0) == pytest.approx((7.0, 7.0), rel=1e-6)
    assert backs(interface_electron_velocity=3.0) == pytest.approx((3.0, hop_velocity(1e-9)), rel=1e-6)
    assert backs(interface_velocity=7.0, interface_hole_velocity=2.0) == pytest.approx((7.0, 2.0), rel=1e-6)


def test_a_velocity_that_is_not_positive_is_refused() -> None:
    for name in ("interface_velocity", "interface_electron_velocity", "interface_hole_velocity"):
        with pytest.raises(InputError, match=f"{name} must be positive"):
            electrical_stack(between(5.8, [film("a", **{name: 0.0}), film("b", electron_affinity=2.5)], 2.9))


# ------------------------------------------------------------------------------------------------------ thin insulator


def led(*insulators: Described) -> Stack:
    """A device of two layers with thin ones above its electron conductor."""
    holes = film("holes", electron_affinity=2.3, ionisation_energy=5.4, electron_mobility=1e-10, hole_mobility=1e-8)
    electrons = film("electrons", ionisation_energy=6.5, hole_mobility=1e-10)
    return between(5.2, [holes, electrons, *insulators], 3.0)


def insulator(thickness: float, **values: Any) -> Described:
    wide = {"electron_affinity": 1.0, "ionisation_energy": 13.0, "relative_permittivity": 9.0}
    poor = {"electron_mobility": 1e-14, "hole_mobility": 1e-14, "langevin_factor": 0.0}
    return film("insulator", thickness=thickness, **(wide | poor | values))


def barriers(stack: Stack) -> list[Barrier]:
    """Return the barriers of the third layer between the contacts."""
    return tunnelling_barriers(stack.layers[1:-1], stack.interfaces[1:-1], stack.interfaces[3], 2)


@pytest.mark.parametrize("turned", [False, True])
def test_an_insulator_of_half_a_nanometre_is_transparent(turned: bool) -> None:
    stacks = [led(insulator(5e-10)), led()]
    found, bare = (current(upside_down(one) if turned else one, 4.0, 6.0, nodes=80) for one in stacks)
    # less than the voltage over the insulator explains
    np.testing.assert_allclose(found, bare, rtol=0.02)


def test_tunnelling_share_is_that_of_the_wkb_barrier() -> None:
    stack = led(insulator(5e-10))
    electrons, holes = barriers(stack)
    decay = math.sqrt(2.0 * electron_mass * 2.0 * elementary_charge) / hbar
    assert decay == pytest.approx(7.2e9, rel=0.01)
    assert (electrons.carrier, electrons.height) == ("electron", pytest.approx(2.0))
    assert electrons.share == pytest.approx(math.exp(-2.0 * decay * 5e-10), rel=1e-4)
    assert (holes.carrier, holes.height) == ("hole", pytest.approx(6.5))


def test_a_thicker_insulator_passes_what_tunnels_and_the_light_mass_more() -> None:
    thick, light, blocked = (
        current(led(item), 4.0)[0]
        for item in (insulator(1.5e-9), insulator(1.5e-9, tunnelling_mass=0.3), insulator(4e-9))
    )
    # the whole supply of electrons, 1e26 states at the contact's level, times the share
    supply = elementary_charge * ATTEMPT_VELOCITY * 1e26
    decay = math.sqrt(2.0 * electron_mass * 2.0 * elementary_charge) / hbar
    assert 0.1 * supply * math.exp(-3e-9 * decay) < thick < 30.0 * supply * math.exp(-3e-9 * decay)
    assert thick < light
    assert blocked < 1e-12


def test_between_two_layers_an_insulator_is_crossed_as_well() -> None:
    halves = [film(name, thickness=2e-8, donor_density=1e23) for name in ("one", "other")]
    found, bare = (
        current(between(3.0, [halves[0], *inside, halves[1]], 3.0), 0.5, 2.0, nodes=80)
        for inside in ([insulator(4e-10)], [])
    )
    np.testing.assert_allclose(found, bare, rtol=0.05)
    for leaky in ({"electron_affinity": 3.0 - 0.99 * INSULATING}, {"ionisation_energy": 6.5 + 0.99 * INSULATING}):
        assert not barriers(led(insulator(5e-10, **leaky)))
    thick = insulator(1.01 * THIN)
    assert not barriers(led(thick))


def test_a_limited_contact_passes_the_same_behind_an_insulator() -> None:
    def limited(stack: Stack) -> Stack:
        metal = but(described(stack)[-1], contact_electron_velocity=3e-5)
        return rebuilt(stack, (*described(stack)[:-1], metal))

    stacks = (limited(led(insulator(3e-10))), limited(led()))
    found, bare = (current(one, 4.0, nodes=80)[0] for one in stacks)
    assert found == pytest.approx(bare, rel=0.05)
    assert bare < 0.9 * current(led(), 4.0, nodes=80)[0]


# ---------------------------------------------------------------------------------------------------------- broken gap


def generator(affinity: float = 5.7, **stated: Any) -> Stack:
    """HAT-CN between the anode and a hole conductor."""
    deep = film("HAT-CN", thickness=1e-8, electron_affinity=affinity, ionisation_energy=9.5, electron_mobility=1e-7)
    holes = film("HTL", thickness=1e-7, electron_affinity=2.3, ionisation_energy=5.4, hole_mobility=1e-8)
    return between(5.2, [but(deep, **stated), holes], 5.4)


@pytest.mark.parametrize("turned", [False, True])
def test_a_broken_gap_injects_as_an_anode_at_the_hole_level(turned: bool) -> None:
    stack = upside_down(generator()) if turned else generator()
    expected = current(between(5.4, [described(stack)[1 if turned else 2]], 5.4), 4.0, 8.0)
    found = solve_device(stack, None, np.array([0.0, 4.0, 8.0]))
    assert found.converged.all()
    np.testing.assert_allclose(found.current_density[1:], expected, rtol=0.04)
    assert found.current_density[1] == pytest.approx(7.4e3, rel=0.03)
    assert abs(found.current_density[0]) < 1e-6
    # every hole that leaves at the cathode, and every electron at the anode, was made at the interface
    np.testing.assert_allclose(found.interface_recombination_current, -found.current_density, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(parts(found), found.current_density, rtol=1e-6, atol=1e-6)


def test_centres_of_the_study_s_own_take_the_place_of_those_assumed() -> None:
    few = {"interface_trap_density": 1e4, "interface_trap_energy": 5.55}
    capture = {"interface_electron_capture": 1e-20, "interface_hole_capture": 1e-20}
    own = generator(**few, **capture)
    assert current(own, 4.0)[0] < 1e-3 * current(generator(), 4.0)[0]
    assert [note.kind for note in remarks(own)] == ["corrected"]
    apart = generator(5.4 - 1.01 * BROKEN_GAP)
    assert electrical_stack(apart).interfaces[0].trap_density == 0.0


def test_a_dipole_moves_the_levels_of_a_broken_gap() -> None:
    assert electrical_stack(generator(5.0)).interfaces[0].trap_density == 0.0
    found = electrical_stack(generator(5.0, interface_dipole=-0.5)).interfaces[0]
    assert found.trap_density > 0.0
    turned = upside_down(generator(5.0))
    deep = but(described(turned)[1], interface_dipole=0.5)
    turned = rebuilt(turned, (described(turned)[0], deep, *described(turned)[2:]))
    assert electrical_stack(turned).interfaces[0].trap_density > 0.0


# ------------------------------------------------------------------------------------------------ notes and refusals


def kinds(stack: Stack) -> list[tuple[str, str]]:
    return [(note.kind, note.where.removeprefix("device.layers.")) for note in remarks(stack)]


def test_a_contact_that_is_moved_into_the_gap_is_named() -> None:
    stack = between(6.5, [film(electron_affinity=2.8, ionisation_energy=5.2)], 6.0)
    notes = remarks(stack)
    assert kinds(stack) == [
        ("corrected", "anode.work_function"),
        ("unlikely", "anode.work_function"),
        ("corrected", "cathode.work_function"),
    ]
    for text, number in zip((notes[0].text, notes[2].text), ("6.5 eV", "6 eV"), strict=True):
        assert number in text
        assert "taken as 5.2 eV, at the HOMO or valence band of film" in text
    assert solve_device(stack, None, np.array([1.0])).notes == notes
    assert not remarks(between(5.1, [film()], 2.75))
    assert kinds(between(5.1, [film()], 2.65)) == [("corrected", "cathode.work_function")]


def test_a_velocity_without_a_step_is_not_followed_and_said_so() -> None:
    stack = between(5.1, [film("a", interface_velocity=1e-20), film("b")], 3.1)
    assert kinds(stack) == [("not followed", "a.interface_velocity")]
    assert "impossible" in remarks(stack)[0].text
    np.testing.assert_allclose(current(stack, 4.0), current(between(5.1, [film(thickness=8e-8)], 3.1), 4.0), rtol=1e-9)
    assert not remarks(between(5.1, [film("a", interface_velocity=1e7), film("b")], 3.1))
    assert not remarks(between(5.1, [film("a", interface_velocity=1e-3), film("b", electron_affinity=2.9)], 3.1))


def test_insulators_and_broken_gaps_are_named() -> None:
    assert kinds(led(insulator(5e-10))) == [("assumed", "insulator.thickness")]
    assert kinds(generator())[1:] == [("assumed", "HAT-CN.interface_trap_density")]
    assert not remarks(led())


def test_layers_that_are_not_known_yet_are_passed_over() -> None:
    unknown = dict.fromkeys(("electron_affinity", "ionisation_energy", "electron_mobility"), math.nan)
    stack = between(6.5, [film("a", ionisation_energy=5.2), film("dots", role="emitter", **unknown)], 3.0)
    assert kinds(stack) == [("corrected", "anode.work_function"), ("unlikely", "anode.work_function")]
    assert remarks(between(6.5, [film("dots", role="emitter", **unknown)], 3.0)) == ()


@pytest.mark.parametrize("name", ["1_sclc_unipolar", "3_bipolar_langevin", "4_hetero3", "5_qled_full"])
def test_reference_devices_have_nothing_to_be_said(name: str) -> None:
    assert not remarks(case(name)[0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cation_density": 1e34}, "cation_density .* more than there are places"),
        ({"anion_density": 2e28}, "anion_density .* more than there are places"),
        (
            {"donor_density": 2e26, "statistics": "gaussian"},
            "donor_density leaves .* electron_density_of_states cannot neutralise",
        ),
        ({"acceptor_density": 2e26, "statistics": "gaussian"}, "acceptor_density leaves .* hole_density_of_states"),
    ],
)
def test_what_no_layer_can_hold_is_refused(change: dict[str, Any], message: str) -> None:
    wide = {"electron_disorder": 0.05, "hole_disorder": 0.05}
    with pytest.raises(InputError, match=message):
        electrical_stack(between(5.1, [film(**wide, **change)], 3.1))


def test_doping_that_something_else_neutralises_is_no_mistake() -> None:
    wide = {"electron_disorder": 0.05, "hole_disorder": 0.05, "statistics": "gaussian", "donor_density": 2e26}
    for held in (
        {"acceptor_density": 1.5e26},
        {"anion_density": 2e26},
        {"trap_density": 1.5e26, "trap_energy": 4.0, "trap_charge": "acceptor", "electron_capture": 1e-14},
    ):
        electrical_stack(between(5.1, [film(**wide, **held)], 3.1))
