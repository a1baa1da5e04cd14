"""Thick plates, tinted glass and metals as substrates, against Fresnel's formulas and sums over passages by hand."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from light_stacks import layer, stack

from halodot.errors import ValidityError
from halodot.light import dipole_emission
from halodot.light.transfer import reflect_transmit_absorb
from halodot.states import Layer, Stack, replaced

GREEN = np.array([550e-9])
RED = np.array([645e-9])

indices = st.builds(complex, st.floats(0.2, 4.0), st.sampled_from((0.0, 1e-4, 0.3, 4.0)))
angles = st.floats(0.0, 1.5)


def fresnel(one: complex, other: complex, kappa: complex, polarisation: str) -> tuple[complex, complex, complex]:
    """Amplitude that is reflected, and the admittances of both media."""
    y = [np.sqrt(n**2 - kappa**2 + 0j) for n in (one, other)]
    y = [-value if value.imag < 0.0 else value for value in y]
    if polarisation == "p":
        y = [value / n**2 for value, n in zip(y, (one, other))]
    return (y[0] - y[1]) / (y[0] + y[1]), y[0], y[1]


@settings(max_examples=60, deadline=None)
@given(index=indices, angle=angles)
def test_light_from_the_top_of_an_opaque_substrate_meets_one_interface(index: complex, angle: float) -> None:
    opaque = complex(index.real, max(index.imag, 0.3))
    answer = reflect_transmit_absorb((layer("metal", opaque, 1e-3, "substrate"),), GREEN, [angle], "top")
    for row, polarisation in enumerate("sp"):
        r, _, _ = fresnel(1.0, opaque, math.sin(angle), polarisation)
        assert answer.reflected[row, 0, 0] == pytest.approx(abs(r) ** 2, abs=1e-12)
        assert answer.absorbed[0, row, 0, 0] == pytest.approx(1.0 - abs(r) ** 2, abs=1e-12)
        assert answer.transmitted[row, 0, 0] == pytest.approx(0.0, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(glass=st.floats(1.0, 4.0), index=indices, angle=angles)
def test_light_in_the_substrate_meets_one_interface(glass: float, index: complex, angle: float) -> None:
    layers = (layer("glass", glass, math.inf, "substrate"), layer("back", index, math.inf))
    answer = reflect_transmit_absorb(layers, GREEN, [angle], "substrate")
    for row, polarisation in enumerate("sp"):
        r, near, far = fresnel(glass, index, glass * math.sin(angle), polarisation)
        entered = (far.real / near.real) * abs(1.0 + r) ** 2
        assert answer.reflected[row, 0, 0] == pytest.approx(abs(r) ** 2, abs=1e-12)
        assert answer.transmitted[row, 0, 0] + answer.absorbed[1, row, 0, 0] == pytest.approx(entered, abs=1e-12)


def plate_and_film(
    glass: complex, depth: float, film: complex, width: float, kappa: float, wavelength: float, polarisation: str
) -> tuple[float, float, float, float, float]:
    """R and T from either side of a plate under a film in air, averaged over the plate's phase; and R from above.

    Plain coherent sums with a phase that is added to the passage through the plate, on so many phases that the mean
    is that over all of them.
    """
    k = 2.0 * math.pi / wavelength
    r01, air, inside = fresnel(1.0, glass, kappa, polarisation)
    r12, _, _ = fresnel(glass, film, kappa, polarisation)
    r23, _, _ = fresnel(film, 1.0, kappa, polarisation)
    once = np.exp(1j * k * width * np.sqrt(film**2 - kappa**2 + 0j))
    plate = np.exp(1j * k * depth * np.sqrt(glass**2 - kappa**2 + 0j))
    phase = np.exp(2j * np.pi * np.arange(512) / 512)
    passage = plate * np.sqrt(phase)
    # The film seen from the plate, and from above.
    r_film = (r12 + r23 * once**2) / (1.0 + r12 * r23 * once**2)
    t_film = (1.0 + r12) * (1.0 + r23) * once / (1.0 + r12 * r23 * once**2)
    r_above = -(r23 + r12 * once**2) / (1.0 + r12 * r23 * once**2)
    t_below = t_film * air / inside
    loop = 1.0 / (1.0 + r01 * r_film * passage**2)
    below = r01 + (1.0 + r01) * (1.0 - r01) * r_film * passage**2 * loop
    through = (1.0 + r01) * passage * t_film * loop
    above = r_above - t_film * t_below * r01 * passage**2 * loop
    down = t_below * passage * (1.0 - r01) * loop * inside / inside
    mean = [float(np.mean(np.abs(item) ** 2)) for item in (below, through, above, down)]
    return mean[0], mean[1], mean[2], mean[3], float(abs(r_film) ** 2)


@pytest.mark.parametrize("extinction", [0.0, 1e-6, 1e-5, 1e-3])
@pytest.mark.parametrize("film", [2.0 + 0.0j, 1.8 + 0.05j, 1.2 + 6.0j])
def test_a_tinted_plate_is_the_coherent_one_averaged_over_its_phase(extinction: float, film: complex) -> None:
    glass, depth, width = 1.52 + 1j * extinction, 2e-4, 60e-9
    layers = (layer("glass", glass, depth, "substrate"), layer("film", film, width))
    for angle in (0.0, 0.6, 1.3):
        face, top = (reflect_transmit_absorb(layers, GREEN, [angle], side) for side in ("substrate face", "top"))
        for row, polarisation in enumerate("sp"):
            below, through, above, down, _ = plate_and_film(
                glass, depth, film, width, math.sin(angle), GREEN[0], polarisation
            )
            assert face.reflected[row, 0, 0] == pytest.approx(below, abs=1e-12)
            assert face.transmitted[row, 0, 0] == pytest.approx(through, abs=1e-12)
            assert top.reflected[row, 0, 0] == pytest.approx(above, abs=1e-12)
            assert top.transmitted[row, 0, 0] == pytest.approx(down, abs=1e-12)
            assert through == pytest.approx(down, abs=1e-12)
        for found in (face, top):
            total = found.reflected + found.transmitted + found.absorbed.sum(axis=0)
            np.testing.assert_allclose(total, 1.0, atol=1e-12)
            assert found.absorbed.min() > -1e-12


def test_a_plate_agrees_with_another_code() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tmm = pytest.importorskip("tmm")
        extinction = 1e-6
        index = [1.0, 1.52 + 1j * extinction, 1.8 + 0.01j, 1.4 + 7.4j, 1.0]
        depth = [math.inf, 1e-3, 150e-9, 20e-9, math.inf]
        layers = tuple(layer(f"l{k}", index[k], depth[k], "substrate" if k == 1 else "transport") for k in (1, 2, 3))
        for angle in (0.0, 0.9):
            found = reflect_transmit_absorb(layers, RED, [angle], "substrate face")
            for row, polarisation in enumerate("sp"):
                other = tmm.inc_tmm(polarisation, index, depth, ["i", "i", "c", "c", "i"], angle, RED[0])
                mine = [
                    found.reflected[row, 0, 0],
                    *found.absorbed[:, row, 0, 0],
                    found.transmitted[row, 0, 0],
                ]
                theirs = [other["R"], *tmm.inc_absorp_in_each_layer(other)[1:4], other["T"]]
                # It takes a plate that absorbs as a clear one at the faces, which is right to the extinction.
                np.testing.assert_allclose(mine, theirs, atol=10.0 * extinction)


def test_no_light_comes_out_of_an_opaque_substrate_or_from_it() -> None:
    layers = (layer("metal", 1.4 + 7.4j, 1e-3, "substrate"), layer("film", 1.7, 1e-7))
    found = reflect_transmit_absorb(layers, RED, [0.3], "substrate face")
    assert found.transmitted.max() == 0.0
    np.testing.assert_allclose(found.reflected + found.absorbed[0], 1.0, atol=1e-12)
    with pytest.raises(ValidityError, match="lets none through"):
        reflect_transmit_absorb(layers, RED, [0.3], "substrate")


# ------------------------------------------------------------------------------------------------------------- dipoles


def matched(extinction: float, depth: float) -> Stack:
    """Dipoles in a medium of index 1.5 on a plate of the same index, with a half-space of it above."""
    return stack(
        layer("plate", 1.5 + 1j * extinction, depth, "substrate"),
        layer("dots", 1.5, 100e-9, "emitter"),
        layer("lid", 1.5, math.inf),
    )


def rays_through(extinction: float, depth: float, wavelength: float) -> tuple[float, float, float]:
    """Light in air, trapped and absorbed of dipoles that shine evenly in all directions, where nothing else reflects.

    What the outer face reflects leaves through the lid after one more passage.
    """
    node, weight = np.polynomial.legendre.leggauss(400)
    air = trapped = absorbed = 0.0
    critical = math.asin(1.0 / 1.5)
    for low, high in ((0.0, critical), (critical, 0.5 * math.pi)):
        angle = low + 0.5 * (high - low) * (1.0 + node)
        for theta, step in zip(angle, 0.5 * (high - low) * weight):
            power = 0.5 * math.sin(theta) * step
            left = math.exp(-4.0 * math.pi * extinction * depth / wavelength / math.cos(theta))
            if theta > critical:
                trapped += power * left
                absorbed += power * (1.0 - left)
                continue
            bounced = sum(0.5 * abs(fresnel(1.5, 1.0, 1.5 * math.sin(theta), item)[0]) ** 2 for item in "sp")
            air += power * left * (1.0 - bounced)
            absorbed += power * (1.0 - left) * (1.0 + left * bounced)
    return air, trapped, absorbed


@pytest.mark.parametrize("extinction", [0.0, 1e-6, 3e-5, 1e-4])
def test_dipoles_over_a_tinted_plate_shine_as_rays_do(extinction: float) -> None:
    optics = dipole_emission(matched(extinction, 1e-3), RED, np.array([50e-9]))
    air, trapped, absorbed = rays_through(extinction, 1e-3, RED[0])
    # The plate's index differs from the dipoles' by i k, and grazing waves within sqrt(2 k/n) of the plane feel it.
    grazing = math.sqrt(2.0 * extinction / 1.5)
    assert optics.air[0, 0] == pytest.approx(air, abs=1e-7 + 0.1 * extinction)
    assert optics.substrate[0, 0] == pytest.approx(trapped, abs=1e-7 + 0.1 * extinction + 0.02 * grazing**2)
    assert optics.absorbed[0, 0, 0] == pytest.approx(absorbed, abs=1e-7 + 0.2 * grazing)
    assert optics.balance_error < 1e-8


def coated(glass: complex, depth: float, **changes: str) -> Stack:
    films: tuple[Layer, ...] = (
        layer("ITO", 1.8 + 0.003j, 150e-9),
        layer("dots", 1.85, 30e-9, "emitter"),
        layer("transport", 1.7, 40e-9),
        layer("silver", 0.06 + 4.1j, 15e-9),
    )
    return replaced(stack(layer("glass", glass, depth, "substrate"), *films), **changes)


def test_the_substrate_of_the_issue_takes_its_light() -> None:
    clear, tinted = (dipole_emission(coated(1.52 + 1j * k, 1e-3), RED, np.array([15e-9])) for k in (0.0, 1e-4))
    passage = math.exp(-4.0 * math.pi * 1e-4 * 1e-3 / RED[0])
    assert passage == pytest.approx(0.142, abs=1e-3)
    forward = tinted.radiance[0, 0, 0] / clear.radiance[0, 0, 0]
    # The films send a part of what they get back down, so that clear glass gains a little more from its returns.
    assert 0.97 * passage < forward < passage
    assert tinted.air[0, 0] < passage * clear.air[0, 0]
    assert tinted.absorbed[0, 0, 0] > 0.7 * (clear.air + clear.substrate)[0, 0]


def test_the_half_sphere_gets_what_arrives_at_the_outer_face() -> None:
    planar, sphere = (
        dipole_emission(coated(1.52 + 2e-5j, 1e-3, outcoupling=kind), RED, np.array([15e-9]))
        for kind in ("planar", "half_sphere")
    )
    assert sphere.substrate.max() == 0.0
    assert sphere.balance_error < 1e-8
    assert sphere.air[0, 0] > planar.air[0, 0] + planar.substrate[0, 0]
    assert 0.0 < sphere.absorbed[0, 0, 0] < planar.absorbed[0, 0, 0]


@pytest.mark.parametrize("depth", [1e-3, math.inf])
def test_a_metal_is_a_substrate_that_lets_nothing_out(depth: float) -> None:
    top = dipole_emission(coated(1.4 + 7.4j, depth, emission_side="top"), RED, np.array([15e-9]))
    assert top.back.max() == 0.0
    assert top.substrate.max() == 0.0
    assert top.air[0, 0] > 1e-3
    assert top.balance_error < 1e-8
    # A metal film of the same constants on glass is the same mirror.
    mirror = layer("mirror", 1.4 + 7.4j, 1e-6)
    glass = layer("glass", 1.5, math.inf, "substrate")
    device = coated(1.5, math.inf, emission_side="top")
    filmed = dipole_emission(replaced(device, layers=(glass, mirror, *device.layers[1:])), RED, np.array([15e-9]))
    np.testing.assert_allclose(top.power, filmed.power, rtol=1e-7)
    np.testing.assert_allclose(top.air, filmed.air, rtol=1e-7)
    taken = filmed.absorbed[1] + filmed.guided_absorbed[1]
    np.testing.assert_allclose(top.absorbed[0] + top.guided_absorbed[0], taken, rtol=1e-6)


def test_light_of_a_clear_plate_does_not_depend_on_its_thickness() -> None:
    optics = [dipole_emission(coated(1.52, depth), RED, np.array([15e-9])) for depth in (2e-4, 1e-3, math.inf)]
    for other in optics[1:]:
        np.testing.assert_array_equal(other.air, optics[0].air)
    assert max(item.absorbed[0].max() for item in optics) == 0.0
