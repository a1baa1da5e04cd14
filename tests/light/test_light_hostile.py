"""Stacks that no one would build: the balance of the light close on them, or they are refused with a sentence."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from light_stacks import layer, stack

from halodot.errors import ConvergenceError, ValidityError
from halodot.light import dipole_emission
from halodot.light.budget import LIMIT
from halodot.light.transfer import reflect_transmit_absorb
from halodot.states import Layer, Optics, Stack

WAVELENGTH = np.array([450e-9, 645e-9])
SEEN = np.array([600e-9, 645e-9])  # where the tests' emitter emits
GRAZING = np.radians([0.0, 45.0, 80.0, 89.9])
ROUNDING, INDEPENDENT = 1e-8, 1e-6

thicknesses = st.floats(math.log(5e-10), math.log(1e-6)).map(math.exp)
dielectrics = st.floats(1.0, 4.0).map(complex)
absorbers = st.builds(complex, st.floats(1.0, 4.0), st.floats(-6.0, 0.0).map(lambda power: 10.0**power))
metals = st.builds(complex, st.floats(0.05, 2.0), st.floats(2.0, 8.0))
films = st.lists(st.tuples(dielectrics | absorbers | metals, thicknesses), max_size=24)
transparent_films = st.lists(st.tuples(dielectrics, thicknesses), max_size=8)
orientations = st.sampled_from((0.0, 2.0 / 3.0, 1.0))


def named(pairs: list[tuple[complex, float]], prefix: str) -> tuple[Layer, ...]:
    return tuple(layer(f"{prefix}{number}", index, depth) for number, (index, depth) in enumerate(pairs))


def device(
    below: list[tuple[complex, float]],
    emitter: tuple[float, float],
    above: list[tuple[complex, float]],
    glass: float = 1.5,
    back: complex | None = None,
    horizontal: float = 2.0 / 3.0,
) -> Stack:
    """A stack on glass; ``back`` is a half-space behind it, air without one."""
    return stack(
        layer("glass", glass, math.inf, "substrate"),
        *named(below, "below"),
        layer("dots", emitter[0], emitter[1], "emitter"),
        *named(above, "above"),
        *([] if back is None else [layer("back", back, math.inf)]),
        horizontal=horizontal,
    )


def gap_in_the_books(optics: Optics) -> float:
    """Largest part of a dipole's power that no channel accounts for."""
    channels = optics.air + optics.substrate + optics.guided + optics.back + optics.absorbed.sum(axis=0)
    return float(np.max(np.abs(channels / optics.power - 1.0)))


def check_dipole(stack: Stack, height: float) -> None:
    optics = dipole_emission(stack, SEEN, np.array([height]))
    assert np.all(optics.power > 0.0)
    assert optics.balance_error < LIMIT
    assert gap_in_the_books(optics) < INDEPENDENT
    for channel in (optics.air, optics.substrate, optics.guided, optics.back, optics.absorbed, optics.guided_absorbed):
        assert np.min(channel / optics.power) > -LIMIT
    assert np.all(optics.radiance >= 0.0)


def check_or_refuse(stack: Stack, height: float) -> None:
    try:
        check_dipole(stack, height)
    except (ValidityError, ConvergenceError) as refusal:
        said = str(refusal)
    else:
        said = ""
    assert not said or len(said) > 40, "a refusal is a sentence"


def amplitudes(
    index: np.ndarray, depth: np.ndarray, wavelength: float, kappa: float, polarisation: str
) -> tuple[float, float]:
    """R and T of coherent films by scattering matrices, which only ever multiply decaying waves."""
    normal = np.sqrt(index**2 - kappa**2 + 0j)
    normal = np.where(normal.imag < 0.0, -normal, normal)
    admittance = normal if polarisation == "s" else normal / index**2
    reflect, transmit, back = 0j, 1.0 + 0j, 0j
    for left in range(index.size - 1):
        near, far = admittance[left], admittance[left + 1]
        phase = np.exp(2j * np.pi / wavelength * normal[left] * depth[left])
        r, t, u = (near - far) / (near + far), 2 * near / (near + far), 2 * far / (near + far)
        loop = 1.0 - back * phase**2 * r
        reflect, transmit, back = (
            reflect + transmit_back(transmit, near, admittance[0]) * phase**2 * r * transmit / loop,
            transmit * phase * t / loop,
            -r + t * u * phase**2 * back / loop,
        )
    return abs(reflect) ** 2, (admittance[-1].real / admittance[0].real) * abs(transmit) ** 2


def transmit_back(forward: complex, inside: complex, outside: complex) -> complex:
    """Transmission the other way through the same films, by reciprocity."""
    return forward * inside / outside


def check_transfer(layers: tuple[Layer, ...]) -> None:
    found = reflect_transmit_absorb(layers, WAVELENGTH, GRAZING, "substrate")
    total = found.reflected + found.transmitted + found.absorbed.sum(axis=0)
    np.testing.assert_allclose(total, 1.0, atol=ROUNDING)
    assert min(found.reflected.min(), found.transmitted.min(), found.absorbed.min()) > -ROUNDING
    index = np.array([complex(item.optics.table_index[0], item.optics.table_extinction[0]) for item in layers])
    depth = np.array([0.0 if math.isinf(item.thickness) else item.thickness for item in layers])
    if not math.isinf(layers[-1].thickness) or len(layers) == 1:
        index, depth = np.append(index, 1.0), np.append(depth, 0.0)
    for colour, wavelength in enumerate(WAVELENGTH):
        for number, angle in enumerate(GRAZING):
            for row, polarisation in enumerate("sp"):
                kappa = index[0].real * math.sin(angle)
                reflected, _ = amplitudes(index, depth, wavelength, kappa, polarisation)
                assert found.reflected[row, colour, number] == pytest.approx(reflected, abs=ROUNDING)


METAL = 0.06 + 4.11j
HARD = {
    "1 um of metal": (device([], (1.8, 40e-9), [(1.7, 40e-9), (1.1 + 7.5j, 1e-6)]), 20e-9),
    "1 um of metal on both sides": (device([(METAL, 1e-6)], (1.8, 100e-9), [(METAL, 1e-6)]), 50e-9),
    "a lossless guide": (device([], (2.2, 300e-9), []), 150e-9),
    "two coupled lossless guides": (device([(3.5, 200e-9), (1.4, 300e-9)], (3.5, 200e-9), []), 70e-9),
    "nothing absorbs anywhere": (device([(1.9, 150e-9), (1.6, 60e-9)], (2.0, 30e-9), [(1.7, 40e-9)]), 10e-9),
    "a guide that hardly absorbs": (device([(1.9 + 1e-6j, 150e-9)], (2.0, 30e-9), [(1.7, 40e-9)]), 10e-9),
    "50 layers": (device([(2.3, 70e-9), (1.5, 110e-9)] * 12, (1.8, 40e-9), [(1.6 + 1e-4j, 9e-9)] * 24), 20e-9),
    "0.5 nm from a metal": (device([], (1.8, 30e-9), [(METAL, 100e-9)], horizontal=0.0), 29.5e-9),
    "0.5 nm between two metals": (device([(METAL, 50e-9)], (1.8, 1e-9), [(METAL, 100e-9)]), 0.5e-9),
    "indices from 1 to 4": (device([(4.0, 80e-9), (1.0, 300e-9)], (4.0, 60e-9), [(1.0, 100e-9)]), 30e-9),
    "an emitter of air": (device([(4.0, 80e-9)], (1.0, 60e-9), [(4.0, 100e-9)]), 30e-9),
    "a metal as back": (device([(1.9 + 0.01j, 150e-9)], (1.8, 30e-9), [], back=METAL), 15e-9),
    "a back denser than the glass": (device([], (1.8, 30e-9), [(1.7, 40e-9)], back=3.0), 15e-9),
    "a thin metal film with a capping layer": (
        device([(METAL, 100e-9)], (1.8, 30e-9), [(METAL, 15e-9), (1.9, 60e-9)]),
        15e-9,
    ),
}


@pytest.mark.parametrize("name", HARD)
def test_hard_stack_is_solved(name: str) -> None:
    check_dipole(*HARD[name])
    check_transfer(HARD[name][0].layers)


@settings(max_examples=30, deadline=None)
@given(
    below=films,
    above=films,
    emitter=st.tuples(st.floats(1.0, 4.0), st.floats(1e-9, 2e-7)),
    place=st.sampled_from(("below", "middle", "above")),
    glass=st.floats(1.0, 2.5),
    back=st.none() | dielectrics | metals,
    horizontal=orientations,
)
def test_any_stack_is_balanced_or_refused(
    below: list[tuple[complex, float]],
    above: list[tuple[complex, float]],
    emitter: tuple[float, float],
    place: str,
    glass: float,
    back: complex | None,
    horizontal: float,
) -> None:
    height = {"below": 5e-10, "middle": 0.5 * emitter[1], "above": emitter[1] - 5e-10}[place]
    drawn = device(below, emitter, above, glass, back, horizontal)
    check_transfer(drawn.layers)
    check_or_refuse(drawn, height)


@settings(max_examples=30, deadline=None)
@given(below=transparent_films, above=transparent_films, index=st.floats(1.0, 4.0), horizontal=orientations)
def test_lossless_guides_are_balanced_or_refused(
    below: list[tuple[complex, float]], above: list[tuple[complex, float]], index: float, horizontal: float
) -> None:
    drawn = device(below, (index, 40e-9), above, horizontal=horizontal)
    check_transfer(drawn.layers)
    check_or_refuse(drawn, 20e-9)


def test_a_dipole_on_the_face_of_a_metal_is_refused() -> None:
    with pytest.raises(ValidityError, match="surface of an absorbing layer"):
        dipole_emission(device([], (1.8, 30e-9), [(METAL, 100e-9)]), SEEN, np.array([30e-9]))
