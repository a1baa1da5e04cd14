"""Capture across a face of the dots: one hop, detailed balance, budgets, and both limits of the coefficient."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from device_cases import EMITTER, Described, built, but, described, electrode, parts, rebuilt

from halodot.constants import BOLTZMANN, ELEMENTARY_CHARGE
from halodot.device import solve_device
from halodot.device.discretisation.tabulate import tabulate
from halodot.device.electrical_stack import electrical_stack
from halodot.device.laws.carriers import Carriers
from halodot.device.laws.face_capture import NEAR_ELECTRON, NEAR_HOLE, cross_excess, hop_capture_coefficient
from halodot.errors import InputError
from halodot.states import DeviceSolution, Stack, replaced

VOLTAGE = np.array([0.0, 1.8, 2.4, 3.0])
VT = BOLTZMANN * 300.0 / ELEMENTARY_CHARGE
VOLUME, BINDING = 3e-25, 0.08


def film(name: str, affinity: float, ionisation: float, **words: Any) -> Described:
    plain = {
        "name": name,
        "material": name,
        "thickness": 3e-8,
        "relative_permittivity": 4.0,
        "electron_affinity": affinity,
        "ionisation_energy": ionisation,
        "electron_density_of_states": 1e27,
        "hole_density_of_states": 1e27,
        "electron_mobility": 1e-8,
        "hole_mobility": 1e-8,
        "interface_velocity": 1e3,
    }
    return Described(plain | words)


def led(holes: dict[str, Any] | None = None, electrons: dict[str, Any] | None = None) -> Stack:
    """Holes wait at a step of 0.2 eV before the dots, and electrons in the dots before 1 eV of the hole conductor."""
    few = {"electron_density_of_states": 2.0 / VOLUME, "hole_density_of_states": 2.0 / VOLUME, "statistics": "gaussian"}
    slow = {"electron_mobility": 1e-10, "hole_mobility": 1e-10, "electron_disorder": 0.03, "hole_disorder": 0.03}
    layers = (
        electrode(5.1),
        film("hole conductor", 2.4, 5.2, **(holes or {})),
        film("dots", 3.4, 5.4, role="emitter", langevin_factor=1.0, **few, **slow, **(electrons or {})),
        film("electron conductor", 3.2, 6.4),
        electrode(3.3),
    )
    emitter = replaced(EMITTER, dot_volume=VOLUME, exciton_binding=BINDING, trion_auger_rate=5e9)
    return built(layers, emitter=emitter)


def solved(stack: Stack) -> DeviceSolution:
    found = solve_device(stack, None, VOLTAGE, 40, tolerance=math.inf)
    assert found.converged.all()
    return found


def at_the_face(found: DeviceSolution) -> tuple[np.ndarray, np.ndarray]:
    """Return the two quasi-Fermi levels that meet: electrons' on the first dots, holes' on the last molecules."""
    first = int(np.searchsorted(found.layer_of_node, 2))
    return found.electron_quasi_fermi_level[:, first], found.hole_quasi_fermi_level[:, first - 1]


def test_a_hop_takes_what_stands_beside_the_face_onto_dots_that_hold_the_other_carrier() -> None:
    """1e24 holes/m3 in 1 nm, with 1e-8 m2/Vs each hops 2.585e8 times a second, onto dots of which 3 % are charged."""
    b = hop_capture_coefficient(1e-8, 1e27, -0.1, (VOLUME, BINDING), VT)
    assert b * 1e24 * 1e23 == pytest.approx(1e24 * 1e-9 * (1e-8 * VT / 1e-18) * (1e23 * VOLUME), rel=1e-12)
    for step, share in ((BINDING, 1.0), (0.2, math.exp(-0.12 / VT)), (0.0, 1.0)):
        assert hop_capture_coefficient(1e-8, 1e27, step, (VOLUME, BINDING), VT) == pytest.approx(b * share, rel=1e-12)


def test_both_pairs_of_a_face_part_as_they_meet_at_equilibrium() -> None:
    stack = led({"face_hole_capture": 1e-26, "face_electron_capture": 2e-26})
    electrical = electrical_stack(stack)
    device = tabulate(electrical, 10)
    i = int(np.flatnonzero(device.edges["near_hole_capture"] > 0.0)[0])
    edge = device.edges[i]
    assert edge["near_electron_capture"] == 2e-26
    sides = (Carriers(1e20, 1e23, 1.0, 0.9, 0.0, -0.3), Carriers(1e24, 1e18, 0.8, 1.0, -0.2, 0.0))
    for pair, levels in ((NEAR_HOLE, (0.0, 3.0, 4.0, 0.0)), (NEAR_ELECTRON, (3.0, 0.0, 0.0, 4.0))):
        assert cross_excess(edge, sides[0], sides[1], levels, -7.0, pair).value == 0.0
        met = (sides[1].n * sides[0].p) if pair == NEAR_HOLE else (sides[0].n * sides[1].p)
        far = cross_excess(edge, sides[0], sides[1], levels, 60.0, pair)
        assert far.value == pytest.approx(met, rel=1e-12)
    # where they part, the product of both densities at equal levels is left, here that of 5.2 - 3.4 eV and 2.4 - 5.4 eV
    for name, gap in (("near_hole", 1.8), ("near_electron", 3.0)):
        assert edge[f"{name}_intrinsic"] == pytest.approx(1e27 * 2.0 / VOLUME * math.exp(-gap / VT), rel=1e-6)


def test_the_switch_takes_the_hop_of_either_conductor() -> None:
    for stack in (led({"face_capture": True}, {"face_capture": True}), mirrored_faces()):
        edges = tabulate(electrical_stack(stack), 10).edges
        found = [
            float(value)
            for name in ("near_hole_capture", "near_electron_capture")
            for value in edges[name][edges[name] > 0.0]
        ]
        hop = VOLUME * 1e-8 * VT / 1e-9
        # a step up of 0.2 eV for holes, none for the others: electrons of the hole conductor fall 1 eV onto dots
        assert sorted(found) == pytest.approx(sorted([hop * math.exp(-0.12 / VT), hop, hop, hop]), rel=1e-9)


def mirrored_faces() -> Stack:
    """The same device upside down, where a face is stated under the layer that now lies below it."""
    layers = [but(item, face_capture=item.name in ("electron conductor", "dots")) for item in described(led())[::-1]]
    return rebuilt(led(), layers, turned=True)


def test_no_current_flows_in_the_dark_and_nothing_is_lost() -> None:
    for stack in (led({"face_capture": True}, {"face_capture": True}), led({"face_hole_capture": 1e-24})):
        found = solved(stack)
        assert abs(found.current_density[0]) < 1e-12
        assert abs(found.exciton_formation_current[0]) < 1e-12
        np.testing.assert_allclose(parts(found), found.current_density, rtol=1e-7, atol=1e-10)
        made = ELEMENTARY_CHARGE * found.exciton_generation.sum(axis=1)
        np.testing.assert_allclose(made, found.exciton_formation_current, rtol=1e-9, atol=1e-18)
        ends = found.radiative_current + found.nonradiative_current + found.quenching_current
        ends = ends + found.trion_auger_current
        np.testing.assert_allclose(ends, found.exciton_formation_current, rtol=1e-9, atol=1e-18)


def test_a_device_upside_down_captures_the_same() -> None:
    up, down = solved(led({"face_capture": True}, {"face_capture": True})), solved(mirrored_faces())
    np.testing.assert_allclose(down.current_density, up.current_density, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(
        down.exciton_generation[:, ::-1], up.exciton_generation, rtol=1e-7, atol=1e-9 * up.exciton_generation.max()
    )


def test_without_capture_the_face_is_the_one_of_before_and_much_of_it_pins_both_levels_together() -> None:
    none, little = solved(led()), solved(led({"face_hole_capture": 1e-45}))
    np.testing.assert_allclose(little.current_density, none.current_density, rtol=1e-9, atol=1e-12)
    splits = []
    for coefficient in (1e-45, 1e-30, 1e-26, 1e-20, 1e-14):
        found = solved(led({"face_hole_capture": coefficient}))
        electrons, holes = at_the_face(found)
        splits.append((holes - electrons)[-1])
        waiting = found.hole_density[-1, int(np.searchsorted(found.layer_of_node, 2)) - 1]
    assert np.all(np.diff(splits) < 0.0)
    # n p at equal levels is 6e51/m6 exp(-1.8 eV/kT); the current asks for B n p = J/q
    product = 1e27 * 2.0 / VOLUME * math.exp(-1.8 / VT) * math.exp(splits[-1] / VT)
    assert product * 1e-14 < 2.0 * found.current_density[-1] / ELEMENTARY_CHARGE
    assert splits[-1] < splits[0] - 0.4
    assert waiting < 1e27


def test_excitons_of_the_face_are_made_at_the_face_and_empty_the_dots_before_it() -> None:
    none, captured = solved(led()), solved(led({"face_capture": True}))
    share = captured.exciton_generation[-1] / captured.exciton_generation[-1].sum()
    before = none.exciton_generation[-1] / none.exciton_generation[-1].sum()
    assert share[0] > before[0]
    first = int(np.searchsorted(captured.layer_of_node, 2))
    waits = [found.electron_density[-1, first] / found.current_density[-1] for found in (none, captured)]
    assert waits[1] < waits[0]


@pytest.mark.parametrize(
    ("holes", "electrons", "emitter", "message"),
    [
        ({"face_hole_capture": -1e-26}, {}, {}, "interface_face|face_hole_capture must be finite and not negative"),
        ({"face_capture": True}, {}, {"dot_volume": math.nan}, "face_capture needs device.emitter.dot_volume"),
        ({"face_hole_capture": 1e-26}, {"role": "transport"}, {}, "one of its layers must have the role emitter"),
    ],
)
def test_a_face_that_makes_no_sense_is_refused(
    holes: dict[str, Any], electrons: dict[str, Any], emitter: dict[str, Any], message: str
) -> None:
    stack = led(holes)
    layers = [but(item, **electrons) if item.name == "dots" else item for item in described(stack)]
    with pytest.raises(InputError, match=message):
        electrical_stack(rebuilt(stack, layers, emitter=replaced(stack.emitter, **emitter)))
