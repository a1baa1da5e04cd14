"""Reflection, transmission and absorption of a stack for light from outside."""

from __future__ import annotations

import math

import numpy as np
import pytest
from light_stacks import layer, reference_stack, rows

from halodot.errors import ValidityError
from halodot.light.transfer import reflect_transmit_absorb

SIDES = {"coherent_from_glass": "substrate", "air_1mm_incoherent_glass": "substrate face"}


def test_agrees_with_the_reference_table() -> None:
    layers = reference_stack(1.75).layers
    wavelengths = (600, 645, 700)
    angles = sorted({float(row["angle_deg_in_incident_medium"]) for row in rows("rta_reference.csv")})
    found = {
        case: reflect_transmit_absorb(layers, np.array(wavelengths) * 1e-9, np.radians(angles), side)
        for case, side in SIDES.items()
    }
    for row in rows("rta_reference.csv"):
        answer = found[row["case"]]
        place = (
            "sp".index(row["pol"]),
            wavelengths.index(int(row["wavelength_nm"])),
            angles.index(float(row["angle_deg_in_incident_medium"])),
        )
        assert answer.reflected[place] == pytest.approx(float(row["R"]), abs=1e-10)
        assert answer.transmitted[place] == pytest.approx(float(row["T"]), abs=1e-10)
        for number, name in enumerate(answer.layer_names[1:], start=1):
            assert answer.absorbed[number][place] == pytest.approx(float(row[f"A_{name}"]), abs=1e-10)


@pytest.mark.parametrize("side", ["substrate face", "substrate", "top"])
def test_power_is_conserved(side: str) -> None:
    plate = layer("glass", 1.52 + 2e-7j, 1.1e-3, "substrate")
    layers = (plate, *reference_stack(1.9).layers[1:8])
    answer = reflect_transmit_absorb(layers, np.array([600e-9, 700e-9]), np.radians([0.0, 50.0, 80.0]), side)
    total = answer.reflected + answer.transmitted + answer.absorbed.sum(axis=0)
    np.testing.assert_allclose(total, 1.0, rtol=1e-13)
    assert answer.absorbed.min() > -1e-13
    if side != "substrate":
        assert answer.absorbed[0].min() > 1e-4


def test_transmission_is_the_same_from_both_sides() -> None:
    layers = (layer("glass", 1.52, 1.1e-3, "substrate"), *reference_stack(1.9).layers[1:8])
    angle = np.radians([0.0, 35.0, 70.0])
    face, top = (reflect_transmit_absorb(layers, np.array([645e-9]), angle, side) for side in ("substrate face", "top"))
    np.testing.assert_allclose(face.transmitted, top.transmitted, rtol=1e-12)


def test_bare_plate_is_fresnel() -> None:
    answer = reflect_transmit_absorb((layer("glass", 1.5, 1e-3, "substrate"), layer("film", 1.5, 1e-7)), [5e-7], [0.0])
    single = 0.04
    assert answer.reflected[:, 0, 0] == pytest.approx(2 * single / (1 + single), rel=1e-12)


def test_absorbing_half_space_takes_what_enters_it() -> None:
    layers = (layer("glass", 1.5, math.inf, "substrate"), layer("film", 1.7, 1e-7), layer("metal", 1 + 7j, math.inf))
    answer = reflect_transmit_absorb(layers, [6e-7], [0.3])
    assert answer.transmitted.max() == 0.0
    np.testing.assert_allclose(answer.reflected + answer.absorbed[2], 1.0, rtol=1e-12)


def test_refuses_bad_geometry() -> None:
    glass, film = layer("glass", 1.5, math.inf, "substrate"), layer("film", 1.7, 1e-7)
    with pytest.raises(ValidityError, match="thick substrate"):
        reflect_transmit_absorb((film, film), [6e-7], [0.0])
    with pytest.raises(ValidityError, match="below 90"):
        reflect_transmit_absorb((glass, film), [6e-7], [np.pi / 2])
    with pytest.raises(ValidityError, match="thinner than"):
        reflect_transmit_absorb((glass, layer("foil", 1.5, 1e-3), film), [6e-7], [0.0])
    with pytest.raises(ValidityError, match="absorbing half-space"):
        reflect_transmit_absorb((glass, film, layer("metal", 1 + 7j, math.inf)), [6e-7], [0.0], "top")
