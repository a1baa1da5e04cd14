"""The public emission of a dipole: closure, the numbers of the reference device, and what it refuses."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from light_stacks import CENTRES, layer, line, reference_stack, stack
from scipy.special import expn

from halodot.errors import ConvergenceError, ValidityError
from halodot.light import dipole_emission
from halodot.light.budget import radiance
from halodot.light.stack_optics import make_multilayer, orientation
from halodot.states import Optics, Stack, replaced, with_properties

KINDS = ("planar", "half_sphere")
SPECTRUM = np.linspace(600e-9, 700e-9, 51)
MIDDLE = np.array([15e-9])


def total(optics: Optics) -> np.ndarray:
    return optics.air + optics.substrate + optics.guided + optics.back + optics.absorbed.sum(axis=0)


def check_closure(optics: Optics) -> None:
    np.testing.assert_allclose(total(optics), optics.power, rtol=1e-8)
    np.testing.assert_allclose(optics.guided_absorbed.sum(axis=0), optics.guided, rtol=1e-7, atol=1e-9)
    assert optics.balance_error < 1e-8
    for channel in (optics.air, optics.substrate, optics.guided, optics.back, optics.absorbed, optics.guided_absorbed):
        assert channel.min() > -1e-9 * optics.power.max()


films = st.lists(
    st.tuples(st.floats(1.3, 2.4), st.sampled_from([0.0, 1e-4, 0.02, 0.4]), st.floats(2.0, 120.0)),
    min_size=0,
    max_size=3,
)


@settings(max_examples=25, deadline=None)
@given(
    below=films,
    above=films,
    metal=st.tuples(st.floats(0.05, 2.0), st.floats(2.0, 8.0), st.floats(5.0, 120.0)),
    index=st.floats(1.4, 2.4),
    thickness=st.floats(5.0, 80.0),
    horizontal=st.floats(0.0, 1.0),
    wavelength=st.floats(565e-9, 735e-9),
)
def test_every_stack_closes(
    below: list, above: list, metal: tuple, index: float, thickness: float, horizontal: float, wavelength: float
) -> None:
    def coats(name: str, drawn: list) -> list:
        return [layer(f"{name}{i}", n + 1j * k, d * 1e-9) for i, (n, k, d) in enumerate(drawn)]

    device = Stack(
        layers=(
            layer("glass", 1.5, math.inf, "substrate"),
            *coats("below", below),
            layer("dots", index, thickness * 1e-9, "emitter"),
            *coats("above", above),
            layer("metal", metal[0] + 1j * metal[1], metal[2] * 1e-9),
        ),
        emitter=line(horizontal),
    )
    try:
        optics = dipole_emission(device, np.array([wavelength]), thickness * 1e-9 * np.array([0.2, 0.7]))
    except ConvergenceError:
        # A plasmon at the resonance of a metal and a film may be too slow for the contour, which then has to refuse.
        reject()
    check_closure(optics)


@pytest.mark.parametrize("wavelength", [574e-9, 617e-9, 694e-9])
def test_a_plasmon_at_resonance_is_solved_or_refused(wavelength: float) -> None:
    device = Stack(
        layers=(
            layer("glass", 1.5, math.inf, "substrate"),
            layer("dots", 1.4375, 5e-9, "emitter"),
            layer("film", 2.125, 2e-9),
            layer("metal", 0.0546875 + 2j, 5e-9),
        ),
        emitter=line(0.0),
    )
    try:
        optics = dipole_emission(device, np.array([wavelength]), np.array([1e-9, 3.5e-9]))
    except ConvergenceError:
        return
    assert np.all(optics.power > 0.0)
    check_closure(optics)


@pytest.mark.parametrize(
    ("index", "horizontal", "outcoupling", "efficiency"),
    [(1.9, 2 / 3, 27.3, 23.9), (2.1, 2 / 3, 29.2, 25.2), (1.9, 1.0, 42.2, None), (2.1, 1.0, 40.0, None)],
)
def test_outcoupling_of_the_reference_device(
    index: float, horizontal: float, outcoupling: float, efficiency: float | None
) -> None:
    optics = dipole_emission(reference_stack(index, horizontal), SPECTRUM, CENTRES)
    check_closure(optics)
    assert 100 * optics.outcoupling.mean() == pytest.approx(outcoupling, abs=0.2)
    if efficiency is not None:
        radiative = optics.purcell / (optics.purcell + 0.13 / 0.87)
        assert 100 * (radiative * optics.outcoupling).mean() == pytest.approx(efficiency, abs=0.2)


def test_thicker_transport_layer_raises_outcoupling() -> None:
    thin = dipole_emission(reference_stack(1.9, transport=40e-9), SPECTRUM, CENTRES).outcoupling.mean()
    thick = dipole_emission(reference_stack(1.9, transport=60e-9), SPECTRUM, CENTRES).outcoupling.mean()
    assert 0.27 < thin < 0.28
    assert 0.29 < thick < 0.30


def test_radiance_integrates_to_the_power_in_air() -> None:
    device = reference_stack(1.9)
    optics = dipole_emission(device, SPECTRUM[::10], CENTRES[::5])
    node, weight = np.polynomial.legendre.leggauss(60)
    angle, step = np.pi / 4 * (node + 1), np.pi / 4 * weight
    multilayer = make_multilayer(device, optics.wavelength, optics.position, orientation(2 / 3))
    hemisphere = radiance(multilayer, angle) @ (2 * np.pi * np.sin(angle) * step)
    np.testing.assert_allclose(hemisphere, optics.air, rtol=1e-8)
    shown = np.trapezoid(2 * np.pi * np.sin(optics.radiance_angle) * optics.radiance, optics.radiance_angle, axis=-1)
    np.testing.assert_allclose(shown, optics.air, rtol=5e-3)


def test_orientations_mix_linearly() -> None:
    vertical, horizontal, mixed = (
        dipole_emission(reference_stack(2.0, share), SPECTRUM[::25], CENTRES[::5]) for share in (0.0, 1.0, 0.3)
    )
    for name in ("power", "air", "substrate", "guided", "absorbed", "radiance"):
        expected = 0.7 * getattr(vertical, name) + 0.3 * getattr(horizontal, name)
        np.testing.assert_allclose(getattr(mixed, name), expected, rtol=1e-7, atol=1e-9)


def dotted(extinction: float, **changes: str) -> Stack:
    """A film of dots with this extinction on glass, under a metal."""
    device = stack(
        layer("glass", 1.5, math.inf, "substrate"),
        layer("dots", 2.0 + 1j * extinction, 30e-9, "emitter"),
        layer("transport", 1.7, 40e-9),
        layer("metal", 1.2 + 7j, 100e-9),
    )
    return replaced(device, **changes)


def self_absorbed(optics: Optics) -> np.ndarray:
    return optics.absorbed[1] + optics.guided_absorbed[1]


@pytest.mark.parametrize(
    ("extinction", "expected"), [(1e-9, 0.29070), (0.005, 0.29262), (0.02, 0.29778), (0.065, 0.30911)]
)
def test_efficiency_of_a_perfect_absorbing_emitter(extinction: float, expected: float) -> None:
    """All light that the dots absorb is emitted again: only the other channels count, all from the complex stack.

    Truth: transfer matrices of the whole complex stack, integrated on their own, isotropic dipoles 15 nm into 30 nm of
    index 2.0 at 645 nm in the reference stack.
    """
    device = reference_stack(2.0)
    layers = [
        with_properties(item, table_extinction=np.full_like(item.optics.table_extinction, extinction))
        if item.role == "emitter"
        else item
        for item in device.layers
    ]
    number = next(index for index, item in enumerate(layers) if item.role == "emitter")
    optics = dipole_emission(replaced(device, layers=tuple(layers)), 1e-9 * np.array([644.0, 645.0, 646.0]), MIDDLE)
    own = optics.absorbed[number] + optics.guided_absorbed[number]
    assert optics.air[1, 0] / (optics.power - own)[1, 0] == pytest.approx(expected, abs=6e-6)


def test_the_dots_absorb_a_plasmon_slower_than_light_in_every_film() -> None:
    silver = stack(
        layer("glass", 1.5, math.inf, "substrate"),
        layer("dots", 2.0 + 0.02j, 30e-9, "emitter"),
        layer("silver", 0.06 + 4.3j, 100e-9),
    )
    optics = dipole_emission(silver, SPECTRUM[::25], MIDDLE)
    # The plasmon's share of the power is most of it here, and its field lies in the dots and in the silver.
    assert np.all(optics.guided_absorbed[1] > 0.2 * optics.power)
    check_closure(optics)


def test_absorption_by_the_emitter_takes_from_the_other_channels_only() -> None:
    clear, faint, dark = (dipole_emission(dotted(k), SPECTRUM[::10], CENTRES[::5]) for k in (0.0, 1e-4, 0.1))
    for optics in (clear, faint, dark):
        check_closure(optics)
        # The power is that of the real index.
        np.testing.assert_array_equal(optics.power, clear.power)
    np.testing.assert_allclose(self_absorbed(clear), 0.0, atol=1e-15)
    assert np.all(self_absorbed(dark) > 10 * self_absorbed(faint))
    assert np.all(dark.air < clear.air)
    np.testing.assert_allclose(faint.air, clear.air, rtol=2e-3)


def test_absorption_by_the_emitter_grows_linearly_while_it_is_weak() -> None:
    one, two = (self_absorbed(dipole_emission(dotted(k), SPECTRUM[::25], CENTRES[::5])) for k in (1e-6, 2e-6))
    assert one.min() > 0.0
    # Light along the film stays longest in it, which leaves a small part in k log k.
    np.testing.assert_allclose(two, 2.0 * one, rtol=5e-3)


@pytest.mark.parametrize("strength", [0.01, 0.3, 3.0])
def test_absorption_by_the_emitter_in_a_uniform_medium(strength: float) -> None:
    # Isotropic light of a sheet reaches a plane at the optical distance t with the share E_2(t) on either side.
    thickness, wavelength, index = 2e-5, 600e-9, 1.5
    extinction = strength * wavelength / (4 * math.pi * thickness)
    media = (
        layer("glass", index, math.inf, "substrate"),
        layer("emitter", index + 1j * extinction, thickness, "emitter"),
    )
    device = stack(*media, layer("same", index, math.inf))
    heights = thickness * np.array([0.25, 0.5])
    optics = dipole_emission(replaced(device, outcoupling="half_sphere"), np.array([wavelength]), heights)
    arrives = 0.5 * (expn(2, strength * heights / thickness) + expn(2, strength * (1.0 - heights / thickness)))
    expected = 1.0 - arrives
    # Waves differ from rays where they graze, within sqrt(2 k/n) of the plane.
    grazing = math.sqrt(2.0 * extinction / index)
    np.testing.assert_allclose(self_absorbed(optics)[0], expected, rtol=0.02, atol=0.1 * grazing)
    check_closure(optics)


def test_half_sphere_lets_out_all_light_of_the_substrate() -> None:
    planar, sphere = (dipole_emission(dotted(0.0, outcoupling=kind), SPECTRUM[::10], CENTRES[::5]) for kind in KINDS)
    check_closure(sphere)
    assert sphere.substrate.max() == 0.0
    assert np.all(sphere.air > planar.air + planar.substrate)
    np.testing.assert_allclose(sphere.guided, planar.guided, rtol=1e-7)
    angle = sphere.radiance_angle
    shown = np.trapezoid(2 * np.pi * np.sin(angle) * sphere.radiance, angle, axis=-1)
    np.testing.assert_allclose(shown, sphere.air, rtol=2e-2)


def test_top_emission_through_a_thin_metal() -> None:
    layers = (
        layer("glass", 1.5, math.inf, "substrate"),
        layer("mirror", 0.06 + 4.1j, 100e-9),
        layer("transport", 1.7, 60e-9),
        layer("dots", 1.9, 30e-9, "emitter"),
        layer("transport", 1.7, 40e-9),
        layer("silver", 0.06 + 4.1j, 15e-9),
        layer("cap", 1.8, 60e-9),
    )
    bottom, top = (
        dipole_emission(replaced(stack(*layers), emission_side=side), SPECTRUM[::10], CENTRES[::5])
        for side in ("bottom", "top")
    )
    check_closure(top)
    np.testing.assert_allclose(top.air, bottom.back, rtol=1e-12)
    np.testing.assert_allclose(top.back, bottom.air, rtol=1e-12)
    assert np.all(top.air > 100 * top.back)
    shown = np.trapezoid(2 * np.pi * np.sin(top.radiance_angle) * top.radiance, top.radiance_angle, axis=-1)
    np.testing.assert_allclose(shown, top.air, rtol=1e-2)


def test_channels_alone_are_the_same_light() -> None:
    device = reference_stack(1.9)
    whole, channels = (dipole_emission(device, SPECTRUM, CENTRES, budget) for budget in ("layers", "channels"))
    for name in ("power", "air", "substrate", "guided", "back", "absorbed", "radiance", "outcoupling"):
        np.testing.assert_allclose(getattr(channels, name), getattr(whole, name), rtol=1e-6, atol=1e-9)
    assert np.all(np.isnan(channels.guided_absorbed))
    assert channels.balance_error < 1e-8


def test_lossless_guide_keeps_its_power() -> None:
    device = stack(layer("glass", 1.5, math.inf, "substrate"), layer("dots", 2.0, 300e-9, "emitter"))
    clear = dipole_emission(device, np.array([614e-9]), np.array([100e-9]))
    lossy_layers = (*device.layers, layer("cap", 1.0 + 1e-4j, 1e-9))
    lossy = dipole_emission(stack(*lossy_layers), np.array([614e-9]), np.array([100e-9]))
    assert clear.balance_error < 1e-8
    assert clear.guided[0, 0] > 0.5
    assert clear.guided_absorbed.sum() == 0.0
    assert lossy.guided[0, 0] == pytest.approx(clear.guided[0, 0], rel=1e-4)
    assert lossy.guided_absorbed[2, 0, 0] == pytest.approx(lossy.guided[0, 0], rel=1e-9)


def test_transparent_back_electrode_lets_light_out() -> None:
    device = stack(
        layer("glass", 1.5, math.inf, "substrate"),
        layer("ito", 1.8 + 0.003j, 150e-9),
        layer("dots", 1.9, 30e-9, "emitter"),
        layer("ito", 1.8 + 0.003j, 100e-9),
    )
    optics = dipole_emission(device, np.array([614e-9]), np.array([15e-9]))
    check_closure(optics)
    assert optics.back[0, 0] > 0.5 * optics.air[0, 0]


def test_refuses_what_it_cannot_compute() -> None:
    glass, dots = layer("glass", 1.5, math.inf, "substrate"), layer("dots", 2.0, 30e-9, "emitter")
    metal, position = layer("metal", 1 + 7j, 1e-7), np.array([15e-9])
    with pytest.raises(ValidityError, match="exactly one layer"):
        dipole_emission(stack(glass, metal), SPECTRUM, position)
    with pytest.raises(ValidityError, match="states no emission"):
        dipole_emission(Stack(layers=(glass, dots, metal)), SPECTRUM, position)
    with pytest.raises(ValidityError, match="thick substrate"):
        dipole_emission(stack(layer("thin", 1.5, 1e-6, "substrate"), dots, metal), SPECTRUM, position)
    with pytest.raises(ValidityError, match="coherent films"):
        dipole_emission(stack(glass, layer("foil", 1.6, 1e-3), dots, metal), SPECTRUM, position)
    with pytest.raises(ValidityError, match="outside the emitting layer"):
        dipole_emission(stack(glass, dots, metal), SPECTRUM, np.array([31e-9]))
    with pytest.raises(ValidityError, match="surface of an absorbing layer"):
        dipole_emission(stack(glass, dots, metal), SPECTRUM, np.array([30e-9]))
    with pytest.raises(ValidityError, match="horizontal fraction"):
        dipole_emission(stack(glass, dots, metal, horizontal=1.2), SPECTRUM, position)
    with pytest.raises(ValidityError, match="increasing"):
        dipole_emission(stack(glass, dots, metal), SPECTRUM[::-1], position)
    device = stack(glass, dots, metal)
    with pytest.raises(ValidityError, match="emission_side must be"):
        dipole_emission(replaced(device, emission_side="side"), SPECTRUM, position)
    with pytest.raises(ValidityError, match="outcoupling must be"):
        dipole_emission(replaced(device, outcoupling="lens"), SPECTRUM, position)
    with pytest.raises(ValidityError, match="needs air behind"):
        dipole_emission(replaced(stack(glass, dots, layer("lid", 1.5, 1e-3)), emission_side="top"), SPECTRUM, position)
    with pytest.raises(ValidityError, match="lies on the substrate"):
        dipole_emission(replaced(device, emission_side="top", outcoupling="half_sphere"), SPECTRUM, position)
    with pytest.raises(ValidityError, match="absorbs its own light"):
        dipole_emission(dotted(0.01), SPECTRUM, position, "channels")
    with pytest.raises(ValidityError, match="does not emit"):
        dipole_emission(stack(glass, dots, metal), np.array([900e-9]), position)


def test_a_guide_too_narrow_for_the_real_axis_is_solved() -> None:
    spacer = layer("spacer", 1.3, 5e-6)
    layers = (layer("glass", 1.5, math.inf, "substrate"), spacer, layer("dots", 2.2, 200e-9, "emitter"), spacer)
    optics = dipole_emission(stack(*layers, layer("metal", 1 + 7j, 1e-7)), np.array([614e-9]), np.array([1e-7]))
    check_closure(optics)
    # All that the lossless guide holds ends in the metal, however far that is.
    np.testing.assert_allclose(optics.guided_absorbed[-1], optics.guided, rtol=1e-6)
    assert optics.guided[0, 0] > 0.5
