"""The dipole's power against reference integrals, analytic cases and reciprocity."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from light_stacks import DIPOLE, HORIZONTAL, REFERENCE, layer, reference_stack, rows, stack

from halodot.errors import ValidityError
from halodot.light.budget import CONE, GUIDED, TRAPPED, Budget, integrate, photon_budget, radiance
from halodot.light.dipole import dipole_power
from halodot.light.modes import dissipation, mode_table
from halodot.light.multilayer import PLANAR, SPHERE, Multilayer
from halodot.light.quadrature import below_the_axis
from halodot.light.stack_optics import make_multilayer, multilayer_of, orientation
from halodot.light.transfer import reflect_transmit_absorb
from halodot.states import Stack

ANALYTIC = json.loads((REFERENCE / "analytic_dipole_cases.json").read_text(encoding="utf-8"))
SILVER = np.array([614e-9])


def label(row: dict) -> str:
    return f"{row['n_qd']}-{row['wavelength_nm']:.0f}-{row['orientation']}"


def multilayer_at(device: Stack, wavelength: float, position: float, sphere: bool = False) -> Multilayer:
    assert device.emitter is not None
    weights = orientation(device.emitter.horizontal_fraction)
    exit = SPHERE if sphere else PLANAR
    return make_multilayer(device, np.array([wavelength]), np.array([position]), weights, exit)


def budget_of(device: Stack, wavelength: float, position: float, sphere: bool = False) -> Budget:
    return photon_budget(multilayer_at(device, wavelength, position, sphere))


@pytest.mark.parametrize(
    "expected", DIPOLE["results"], ids=lambda row: f"{row['n_qd']}-{row['wavelength_nm']:.0f}-{row['orientation']}"
)
def test_agrees_with_the_reference_integrals(expected: dict) -> None:
    device = reference_stack(expected["n_qd"], HORIZONTAL[expected["orientation"]])
    budget = budget_of(device, expected["wavelength_nm"] * 1e-9, 15e-9)
    # Without the substrate's outer face nothing returns: the reference's absorption is that of the first way.
    open_face = photon_budget(multilayer_at(device, expected["wavelength_nm"] * 1e-9, 15e-9, sphere=True))
    power, taken = budget.power[0, 0], open_face.by_layer[0, :, 0]
    spent = budget.by_layer[0, :, 0].sum(axis=-1) / power
    spent[CONE] += budget.air[0, 0] / power
    layers = taken.sum(axis=0) / power
    assert power == pytest.approx(expected["F_purcell"], rel=1e-8)
    found = {
        "frac_air_multi": budget.air[0, 0] / power,
        "frac_into_glass": open_face.air[0, 0] / power,
        "P_aircone": spent[CONE],
        "P_substratecone": spent[TRAPPED],
        "abs_ITO": layers[1],
        "abs_PEDOT": layers[2],
        "abs_Al": layers[8],
    }
    for name, value in found.items():
        assert value == pytest.approx(expected[name], rel=1e-6), name
    assert spent[GUIDED] == pytest.approx(expected["P_waveguide"] + expected["P_evanescent"], rel=2e-7)
    assert layers[-1] == pytest.approx(expected["out_top"], abs=1e-10)
    assert layers[[0, 3, 4, 5, 6, 7]] == pytest.approx(0.0, abs=1e-12)
    assert open_face.power[0, 0] == power


@pytest.mark.parametrize(("name", "horizontal"), [("I_iso_per_sr", 2 / 3), ("I_h_per_sr", 1.0), ("I_v_per_sr", 0.0)])
def test_far_field_agrees_with_the_reference(name: str, horizontal: float) -> None:
    table = rows("angular_far_field.csv")
    for wavelength in ("600.0", "645.0", "700.0"):
        chosen = [row for row in table if row["wavelength_nm"] == wavelength]
        multilayer = multilayer_at(reference_stack(2.0, horizontal), float(wavelength) * 1e-9, 15e-9)
        angle = np.radians([float(row["theta_air_deg"]) for row in chosen])
        found = radiance(multilayer, angle)[0, 0] / photon_budget(multilayer).power[0, 0]
        np.testing.assert_allclose(found, [float(row[name]) for row in chosen], rtol=1e-8)


def test_polarisation_split_agrees_with_the_reference() -> None:
    columns = ("air_cone", "substrate_cone", "guided")
    for row in rows("mode_split_te_tm.csv"):
        device = reference_stack(2.0, HORIZONTAL[row["orientation"]])
        table = mode_table(device, np.array([float(row["wavelength_nm"]) * 1e-9]), np.array([15e-9]))
        power = table.power[:, :, 0, 0]
        assert power.sum() == pytest.approx(float(row["F"]), rel=1e-8)
        for number, prefix in enumerate(("TE_", "TM_")):
            for region, column in enumerate(columns):
                name = next(key for key in row if key.startswith(prefix + column))
                assert power[number, region] / power.sum() == pytest.approx(float(row[name]), abs=1e-7)


def test_dissipation_spectrum_integrates_to_the_power_of_its_region() -> None:
    device, wavelength, position = reference_stack(1.9), np.array([645e-9]), np.array([5e-9, 15e-9])
    node, weight = np.polynomial.legendre.leggauss(40)
    angle, step = 0.25 * np.pi * (node + 1.0), 0.25 * np.pi * weight
    found = dissipation(device, wavelength, position, np.sin(angle)) @ (np.cos(angle) * step)
    np.testing.assert_allclose(found, mode_table(device, wavelength, position).power[:, CONE], rtol=1e-7)
    plasmon = np.linspace(1.6, 1.89, 300)
    tail = dissipation(device, wavelength, position[1:], plasmon)[1, 0, 0]
    assert 1.65 < plasmon[np.argmax(tail)] < 1.85
    with pytest.raises(ValidityError, match="not negative"):
        dissipation(device, wavelength, position, np.array([-0.1]))


@pytest.mark.parametrize("row", ANALYTIC["perfect_mirror"]["rows"], ids=lambda row: f"{row[0]}nm")
def test_mirror_image(row: list[float]) -> None:
    height, vertical, horizontal = row
    distance = 2 * math.pi / 614e-9 * height * 1e-9
    for share, expected in ((0.0, vertical), (1.0, horizontal)):
        # A metal of |n| = 1e11 reflects all but 1e-11 of every wave.
        permittivity = np.array([[2.25 + 0j, 2.25 + 0j, -1e22 + 1e12j]])
        depth = np.array([[0.0, distance, 0.0]])
        multilayer = multilayer_of(permittivity, depth, np.zeros((1, 1)), 1, orientation(share))
        power = dipole_power(
            multilayer, *below_the_axis(np.array([[2.0]]), np.array([20.0 + 20.0 / distance]), 128, 64)
        )
        assert power[0, 0] == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("row", ANALYTIC["silver_mirror_614nm"]["rows"], ids=lambda row: f"{row[0]}nm")
def test_silver_half_space(row: list[float]) -> None:
    height = row[0] * 1e-9
    for share, power, into_metal in ((0.0, row[1], row[3]), (1.0, row[2], row[4])):
        device = stack(
            layer("glass", 1.5, math.inf, "substrate"),
            layer("emitter", 1.5, height + 1e-9, "emitter"),
            layer("silver", 0.06 + 4.11j, math.inf),
            horizontal=share,
        )
        # Twice the nodes, since little of the power reaches a metal far away.
        budget = integrate(multilayer_at(device, 614e-9, 1e-9, sphere=True), 2)
        assert budget.power[0, 0] == pytest.approx(power, rel=1e-8)
        assert budget.by_layer[0, :, 0, -1].sum() == pytest.approx(into_metal, rel=1e-8)


def test_near_field_of_a_metal_is_the_electrostatic_image() -> None:
    epsilon, medium, height = (0.06 + 4.11j) ** 2, 2.25, 0.2e-9
    device = stack(
        layer("glass", 1.5, math.inf, "substrate"),
        layer("emitter", 1.5, 2 * height, "emitter"),
        layer("silver", 0.06 + 4.11j, math.inf),
        horizontal=0.0,
    )
    distance = 2 * math.pi * 1.5 / 614e-9 * height
    image = 3.0 / (8.0 * distance**3) * ((epsilon - medium) / (epsilon + medium)).imag
    assert budget_of(device, 614e-9, height).power[0, 0] == pytest.approx(image, rel=0.01)


@pytest.mark.parametrize("row", ANALYTIC["dielectric_interface"]["rows"], ids=str)
def test_single_dielectric_interface(row: list[float]) -> None:
    inside, outside, height, vertical, horizontal = row
    for share, expected in ((0.0, vertical), (1.0, horizontal)):
        device = stack(
            layer("glass", outside, math.inf, "substrate"),
            layer("emitter", inside, height * 614e-9 + 5e-9, "emitter"),
            layer("same", inside, math.inf),
            horizontal=share,
        )
        budget = budget_of(device, 614e-9, height * 614e-9)
        assert budget.power[0, 0] == pytest.approx(expected, rel=1e-8)
        assert budget.error[0] < 1e-8


def test_homogeneous_medium_changes_nothing() -> None:
    device = stack(
        layer("glass", 1.7, math.inf, "substrate"),
        layer("film", 1.7, 50e-9),
        layer("emitter", 1.7, 40e-9, "emitter"),
        layer("same", 1.7, math.inf),
    )
    for height in (0.0, 7e-9, 40e-9):
        budget = budget_of(device, 550e-9, height, sphere=True)
        assert budget.power[0, 0] == pytest.approx(1.0, abs=1e-8)
        assert budget.air[0, 0] == pytest.approx(0.5, abs=1e-8)


def test_emission_is_reciprocal_to_absorption() -> None:
    # A sheet of absorption strength alpha d emits per solid angle what it absorbs: A cos/(4 pi n^2 alpha d).
    device = reference_stack(1.9)
    extinction, sheet, wavelength = 1e-3, 1e-11, 645e-9
    strength = 4 * math.pi * extinction * sheet / wavelength
    dots = device.layers[4]
    probe_layers = [
        layer("below", 1.9, 15e-9 - sheet / 2),
        layer("sheet", 1.9 + 1j * extinction, sheet),
        layer("above", 1.9, 15e-9 - sheet / 2),
    ]
    angle = np.radians([0.0, 40.0, 75.0])
    probe = reflect_transmit_absorb(
        (*device.layers[:4], *probe_layers, *device.layers[5:]), np.array([wavelength]), angle
    )
    absorbed = probe.absorbed[5, :, 0].mean(axis=0)
    emitted = radiance(multilayer_at(device, wavelength, 15e-9), angle)[0, 0]
    assert dots.role == "emitter"
    np.testing.assert_allclose(emitted, absorbed * np.cos(angle) / (4 * math.pi * 1.9**2 * strength), rtol=1e-5)


def test_more_nodes_change_nothing() -> None:
    multilayer = multilayer_at(reference_stack(2.1), 645e-9, 3e-9)
    coarse, fine = integrate(multilayer, 1), integrate(multilayer, 4)
    np.testing.assert_allclose(coarse.power, fine.power, rtol=1e-9)
    np.testing.assert_allclose(coarse.by_layer, fine.by_layer, atol=2e-8)
