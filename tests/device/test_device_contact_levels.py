"""Contacts are held where the first molecules stand, and injection layers are contacts on either side."""

from __future__ import annotations

import math

import numpy as np
import pytest
from device_cases import Described, built, but, electrode
from scipy.integrate import solve_ivp
from test_device_interfaces import VT, between, film
from test_device_sensitivity import of

from halodot.constants import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from halodot.device import solve_device
from halodot.device.contact_levels import held_level, margin
from halodot.device.electrical_stack import electrical_stack
from halodot.device.remarks import remarks
from halodot.states import Contact, Layer, make_layer
from halodot.study import Study, from_text


def touched(states: float = 1e27, **changes: float | str) -> Layer:
    plain = film(electron_density_of_states=states, hole_density_of_states=states)
    return make_layer(**{"role": "transport"} | {word: plain[word] for word in plain} | changes)


def contact(work_function: float, spacing: float = 1e-9) -> Contact:
    return Contact(layer=0, work_function=work_function, spacing=spacing)


def test_the_margin_is_what_an_unlimited_contact_has_at_the_first_molecules() -> None:
    """n'' follows from Poisson and Boltzmann alone: from any density at the metal n comes down to 2 eps kT/(q x)^2."""
    layer = touched()
    permittivity = VACUUM_PERMITTIVITY * layer.transport.relative_permittivity
    scale = ELEMENTARY_CHARGE / (permittivity * VT)

    def bend(x: float, y: list[float]) -> list[float]:
        return [y[1], scale * math.exp(y[0])]  # y = ln n without current: y'' = q n/(eps Vt)

    start = math.log(1e32)
    slope = -math.sqrt(2.0 * scale * math.exp(start))
    found = solve_ivp(bend, (0.0, 1e-9), [start, slope], rtol=1e-9, atol=1e-9, method="LSODA").y[0, -1]
    depth = margin(contact(6.5), layer, "hole", VT)
    assert depth == pytest.approx(VT * (math.log(1e27) - found), abs=0.01 * VT)
    assert 0.1 < depth < 0.14


def test_few_states_and_dopants_leave_no_margin_and_a_wide_density_of_states_more() -> None:
    assert margin(contact(6.5), touched(5e24), "hole", VT) == 0.0
    assert margin(contact(6.5, 0.0), touched(), "hole", VT) == 0.0
    doped = margin(contact(6.5), touched(acceptor_density=3e26), "hole", VT)
    assert doped == pytest.approx(VT * math.log(1e27 / 3.1e26), rel=0.01)
    assert margin(contact(6.5), touched(acceptor_density=3e26), "electron", VT) > 2.0 * doped
    wide = touched(statistics="gaussian", hole_disorder=0.1, electron_disorder=0.05)
    assert margin(contact(6.5), wide, "hole", VT) > margin(contact(6.5), wide, "electron", VT) > 0.1


def test_a_held_level_is_smooth_rises_and_stays_what_was_stated_inside_the_gap() -> None:
    layer = touched()
    low, high = 3.0 + margin(contact(5.0), layer, "electron", VT), 6.0 - margin(contact(5.0), layer, "hole", VT)
    stated = np.linspace(2.5, 6.5, 4001)
    held = np.array([held_level(contact(float(level)), layer, VT) for level in stated])
    inside = (stated > low + VT) & (stated < high - VT)
    np.testing.assert_array_equal(held[inside], stated[inside])
    assert (held[0], held[-1]) == pytest.approx((low, high))
    slope = np.diff(held) / np.diff(stated)
    assert np.all((slope > -1e-9) & (slope < 1.0 + 1e-9))
    assert np.max(np.abs(np.diff(slope))) < 2e-3 / VT  # no kink: a step of 1 meV turns the slope by 1 meV/2kT


@pytest.mark.parametrize("thickness", [5e-8, 2e-7])
def test_an_ohmic_contact_stays_ohmic(thickness: float) -> None:
    """A contact beyond the level carries the current of one that holds all its states, but for 6 nm over d."""
    layer = film(
        thickness=thickness,
        hole_density_of_states=1e27,
        electron_mobility=1e-16,
        electron_affinity=2.0,
    )
    ideal = built((electrode(6.0), layer, electrode(6.0)))
    held = built((electrode(6.3, contact_spacing=1e-9), layer, electrode(6.0, contact_spacing=1e-9)))
    voltage = np.array([2.0, 6.0])
    one, other = (solve_device(stack, None, voltage, 200).current_density for stack in (ideal, held))
    assert np.all(other < one)
    np.testing.assert_allclose(other, one, rtol=6e-9 / thickness)


def test_a_contact_that_is_held_is_named_with_the_level_that_is_used() -> None:
    layer = film(electron_density_of_states=1e27, hole_density_of_states=1e27)
    stack = between(6.5, [layer], 4.5)
    metal = but(electrode(6.5), name="anode", contact_spacing=1e-9)
    stack = built((metal, layer, but(electrode(4.5), name="cathode")))
    (note,) = remarks(stack)
    used = electrical_stack(stack).anode.work_function
    assert used == pytest.approx(6.0 - margin(contact(6.5), touched(), "hole", VT))
    assert f"taken as {used:.4g} eV" in note.text
    assert "0.12 eV inside the gap from the HOMO or valence band of film" in note.text


def test_what_a_held_contact_follows_against_central_differences() -> None:
    layer = film(hole_density_of_states=1e27, electron_density_of_states=1e27, thickness=3e-8)
    metals = [but(electrode(level), name=name, contact_spacing=1e-9) for name, level in (("a", 5.87), ("c", 2.5))]
    stack = built((metals[0], layer, metals[1]))
    words = ("film.ionisation_energy", "film.hole_density_of_states", "film.relative_permittivity")
    words = (*words, "film.donor_density", "a.work_function", "a.contact_spacing", "c.contact_spacing")
    stack = built((metals[0], but(layer, donor_density=1e22), metals[1]))
    of(stack, (*(f"device.layers.{word}" for word in words), "device.temperature"), np.array([2.5, 5.0]))


# --------------------------------------------------------------------------------------------------- injection layers


def led(injector: dict[str, float | str], turned: bool) -> Study:
    """A stack with ITO and a layer between it and the hole conductor."""
    layers: list[str] = [
        "- {ITO: 150 nm, contact: anode, work_function: 4.7 eV}",
        "- injector: {" + ", ".join(f"{word}: {value}" for word, value in injector.items()) + "}",
        "- PTAA: {thickness: 30 nm}",
        "- PO-T2T: {thickness: 40 nm}",
        "- {Al: 100 nm, contact: cathode, work_function: 2.9 eV}",
    ]
    text = "\n    ".join(layers[::-1] if turned else layers)
    return from_text(f"halodot: 1\ndevice:\n  layers:\n    {text}\nrun: {{voltage: [3 V]}}\n")


INJECTOR: dict[str, float | str] = {"thickness": "30 nm", "work_function": "5.1 eV", "role": "injection"}
LEVELS: dict[str, float | str] = {
    "relative_permittivity": 3.5,
    "electron_affinity": "3.3 eV",
    "ionisation_energy": "5.15 eV",
    "electron_density_of_states": "1e21 1/cm3",
    "hole_density_of_states": "1e21 1/cm3",
    "electron_mobility": "1e-5 cm2/Vs",
    "hole_mobility": "1e-3 cm2/Vs",
}


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("words", [INJECTOR, INJECTOR | LEVELS])
def test_an_injection_layer_is_the_anode_whether_it_states_levels_or_not(
    words: dict[str, float | str], turned: bool
) -> None:
    study = led(words, turned)
    stack = study.stack
    assert stack is not None
    found = electrical_stack(stack)
    assert stack.anode is not None
    assert stack.layers[stack.anode.layer].name == "injector"
    assert stack.layers[stack.anode.layer].thickness == pytest.approx(30e-9)
    assert [layer.name for layer in found.layers] == ["PTAA", "PO-T2T"]
    assert found.anode.work_function == pytest.approx(5.1, abs=0.03)
    assert "device.layers.injector.work_function" in study.inputs
    assert "device.layers.ITO.work_function" not in study.inputs


def test_stacks_made_in_python_take_an_injection_layer_as_the_contact_too() -> None:
    cover = Described(film("cover", thickness=1e-8) | {"work_function": 5.1, "role": "injection"})
    stack = built((electrode(4.7), cover, film("holes"), electrode(3.1)))
    assert stack.anode is not None
    assert stack.anode.layer == 1
    assert [layer.name for layer in electrical_stack(stack).layers] == ["holes"]
