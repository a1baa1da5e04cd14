"""Devices without a recipe: the reference cases as studies, and what else a bare device may say."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from described_layers import Described, described

import halodot
from halodot.states import Array, anode_is_below
from halodot.study.library import study_path

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "tests" / "reference" / "device"
CASES = ("1_sclc_unipolar", "2_pn_homojunction", "3_bipolar_langevin", "4_hetero3", "5_qled_full", "6_psc_ions_steady")
VACUUM_PERMITTIVITY = 8.8541878188e-12
TRAP_CHARGES = {-1: "acceptor", 0: "neutral", 1: "donor"}


def reference(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((REFERENCE / f"{name}.json").read_text(encoding="utf-8"))
    return found


def stated(entry: dict[str, Any]) -> dict[str, Any]:
    """What a layer of a reference case says, by the fields of a layer."""
    numbers = {
        "thickness": "L",
        "relative_permittivity": "eps_r",
        "electron_affinity": "E_c",
        "ionisation_energy": "E_v",
        "electron_density_of_states": "N_c",
        "hole_density_of_states": "N_c",
        "electron_mobility": "mu_n",
        "hole_mobility": "mu_p",
        "electron_field_activation": "gamma_n",
        "hole_field_activation": "gamma_p",
        "donor_density": "N_D",
        "acceptor_density": "N_A",
        "cation_density": "N_cation",
        "anion_density": "N_anion",
        "generation": "G_ehp",
    }
    found: dict[str, Any] = {name: entry[key] for name, key in numbers.items()}
    found["bimolecular_coefficient"] = 0.0 if entry["useLangevin"] else entry["k_direct"]
    found["langevin_factor"] = entry["preLangevin"] if entry["useLangevin"] else 0.0
    if entry["mu_cation"] == 0.0:
        # Ions that do not move are doping; as mobile ones they would follow the field.
        found["donor_density"] += found["cation_density"]
        found["cation_density"] = 0.0
    found |= traps(entry, "", "bulk")
    return found | {"ion_permeable": bool(entry["ionsMayEnter"])}


def traps(entry: dict[str, Any], before: str, where: str) -> dict[str, Any]:
    """The recombination centres of a layer, or of the interface to the next one; nothing else where there are none."""
    density = {f"{before}trap_density": entry[f"N_t_{where}"]}
    if not entry[f"N_t_{where}"]:
        return density
    return density | {
        f"{before}trap_energy": entry[f"E_t_{where}"],
        f"{before}electron_capture": entry[f"C_n_{where}"],
        f"{before}hole_capture": entry[f"C_p_{where}"],
        f"{before}trap_charge": TRAP_CHARGES[entry["bulkTrapType" if where == "bulk" else "intTrapType"]],
    }


def assert_says(layer: Described, expected: dict[str, Any]) -> None:
    for name, value in expected.items():
        found = getattr(layer, name)
        assert found == (value if isinstance(value, str | bool) else pytest.approx(value, rel=1e-12)), name


@pytest.mark.parametrize("name", CASES)
def test_a_reference_case_as_a_study_says_what_the_reference_says(name: str) -> None:
    study, case = halodot.load(name), reference(name)
    assert study.stack is not None
    below, *layers, above = described(study.stack)
    assert len(layers) == len(case["layers"])
    for layer, entry in zip(layers, case["layers"], strict=True):
        assert_says(layer, stated(entry))
    for layer, entry in zip(layers[:-1], case["layers"][:-1], strict=True):
        assert_says(layer, {"interface_velocity": entry["nu_int_n"]} | traps(entry, "interface_", "int"))
        assert entry["nu_int_n"] == entry["nu_int_p"]
    assert anode_is_below(study.stack) == (case["contacts"]["leftElec"] == 1)
    for contact, layer, work in ((below, layers[0], "W_L"), (above, layers[-1], "W_R")):
        expected = case["contacts"][work]
        neutral = flat(layer, case["T_K"]) if expected == "sfb" else expected
        assert contact.work_function == pytest.approx(neutral, abs=1e-8)
    grid = case["voltages_V"]
    assert study.run.temperature == study.stack.temperature == case["T_K"]
    np.testing.assert_allclose(study.run.voltages, np.linspace(grid["from"], grid["to"], grid["points"]), atol=1e-12)


def flat(layer: Described, temperature: float) -> float:
    """The Fermi level of a doped layer without any field."""
    thermal = 8.617333262e-5 * temperature
    if layer.donor_density:
        return layer.electron_affinity + thermal * float(np.log(layer.electron_density_of_states / layer.donor_density))
    return layer.ionisation_energy - thermal * float(np.log(layer.hole_density_of_states / layer.acceptor_density))


def curves(name: str) -> tuple[Array, Array, Array, Array]:
    """Voltage, current of the study, current of the reference, and its own uncertainty."""
    result = halodot.simulate(halodot.load(name))
    table = np.loadtxt(REFERENCE / f"{name}_jv.csv", delimiter=",", skiprows=1, encoding="utf-8")
    assert result.converged
    assert result.device_solution is not None
    assert result.optics is None
    assert result.emission is None
    np.testing.assert_allclose(result.device_solution.voltage, table[:, 0], atol=1e-9)
    return result.device_solution.voltage, result.device_solution.current_density, table[:, 1], table[:, 2]


@pytest.mark.parametrize("name", CASES[:4])
def test_a_reference_case_as_a_study_meets_its_curve(name: str) -> None:
    _, found, expected, _ = curves(name)
    compared = np.abs(expected) > 1e-6
    assert compared.sum() > 20
    np.testing.assert_allclose(found[compared], expected[compared], rtol=0.01)


def test_the_quantum_dot_led_as_a_study_meets_its_curve() -> None:
    voltage, found, expected, _ = curves("5_qled_full")
    compared, low = np.abs(expected) > 1e-6, voltage < 2.7
    np.testing.assert_allclose(found[compared & low], expected[compared & low], rtol=0.02)
    np.testing.assert_allclose(found[compared & ~low], expected[compared & ~low], rtol=0.01)


def test_the_solar_cell_with_ions_as_a_study_meets_its_curve() -> None:
    _, found, expected, spread = curves("6_psc_ions_steady")
    compared = spread < 1e-3 * np.abs(expected)
    assert compared.sum() > 40
    np.testing.assert_allclose(found[compared], expected[compared], rtol=1e-3)


def test_holes_alone_follow_mott_and_gurney_with_diffusion() -> None:
    study = halodot.load("1_sclc_unipolar", ["run.voltage=[2 V, 20 V]"])
    device_solution = halodot.simulate(study).device_solution
    assert study.stack is not None
    assert device_solution is not None
    law = mott_gurney(described(study.stack)[1], device_solution.voltage)
    np.testing.assert_allclose(device_solution.current_density / law, [1.49, 1.06], atol=0.006)


def mott_gurney(layer: Described, voltage: Array) -> Array:
    """9/8 eps mu V^2/L^3 [A/m2]."""
    permittivity = VACUUM_PERMITTIVITY * layer.relative_permittivity
    law: Array = 9.0 / 8.0 * permittivity * layer.hole_mobility * voltage**2 / layer.thickness**3
    return law


def test_a_film_of_dots_without_traps_follows_mott_and_gurney() -> None:
    empty = ["device.layers.film of dots.trap_density=0 1/cm3", "run.voltage=[4 V, 8 V, 12 V]"]
    study = halodot.load("sclc-dots", empty)
    device_solution = halodot.simulate(study).device_solution
    assert study.stack is not None
    assert device_solution is not None
    ratio = device_solution.current_density / mott_gurney(described(study.stack)[1], device_solution.voltage)
    assert np.all((ratio > 1.0) & (ratio < 1.35))
    assert np.all(np.diff(ratio) < 0.0)


def test_traps_hold_the_current_of_a_film_back_until_they_are_full() -> None:
    voltage = "run.voltage=[1 V, 2 V, 8 V, 12 V, 16 V]"
    study = halodot.load("sclc-dots", [voltage])
    empty = halodot.load("sclc-dots", [voltage, "device.layers.film of dots.trap_density=0 1/cm3"])
    assert study.stack is not None
    layer = described(study.stack)[1]
    permittivity = VACUUM_PERMITTIVITY * layer.relative_permittivity
    filled = 1.602176634e-19 * layer.trap_density * layer.thickness**2 / (2.0 * permittivity)
    assert filled == pytest.approx(3.4, abs=0.05)  # as the file says
    trapped, free = (halodot.simulate(item).device_solution for item in (study, empty))
    assert trapped is not None
    assert free is not None
    ratio = trapped.current_density / free.current_density
    assert np.all(ratio[trapped.voltage < 0.7 * filled] < 0.05)
    assert np.all(np.diff(ratio) > 0.0)
    assert 0.4 < ratio[-1] < 1.0


def test_a_bare_device_is_reported_and_kept(tmp_path: Path) -> None:
    from halodot.report import write

    result = halodot.simulate(halodot.load("3_bipolar_langevin", ["run.voltage={from: 0 V, to: 6 V, step: 1 V}"]))
    page = write(result, tmp_path / "out")[-1].read_text(encoding="utf-8")
    assert "<h1>Single-layer LED with Langevin recombination</h1>" in page
    assert page.count("<svg") >= 3
    back = halodot.load_result(tmp_path / "out" / "results.nc")
    assert back.device_solution is not None
    assert result.device_solution is not None
    np.testing.assert_array_equal(back.device_solution.current_density, result.device_solution.current_density)
    assert back.study.stack is not None
    assert back.study.run.illumination == 1.0


def test_light_is_switched_by_the_run() -> None:
    lit = ["device.layers.emitter.generation=1e21 1/cm3/s", "run.voltage=[0 V, 1 V]"]
    currents = []
    for share in ("1", "0.5", "0"):
        study = halodot.load("4_hetero3", [*lit, f"run.illumination={share}"])
        assert study.stack is not None
        assert study.stack.layers[2].recombination.generation == 1e27
        device_solution = halodot.simulate(study).device_solution
        assert device_solution is not None
        currents.append(device_solution.current_density[0])
    assert currents[0] < currents[1] < 0.0
    assert currents[1] == pytest.approx(0.5 * currents[0], rel=0.1)
    assert currents[2] == 0.0


def test_what_becomes_of_the_current_adds_up_to_it() -> None:
    from halodot.results.balances import current_shares, forward_points

    device_solution = halodot.simulate(halodot.load("4_hetero3")).device_solution
    assert device_solution is not None
    assert forward_points(device_solution)[1:].all()
    total: Array = np.sum(list(current_shares(device_solution).values()), axis=0)
    np.testing.assert_allclose(total, 1.0, atol=1e-7)


def test_the_template_is_a_device_that_a_laboratory_could_make() -> None:
    """Published red perovskite dots: light from 1.7 to 3 V, some 10 mA/cm2 and 3e2 to 1e4 cd/m2 at most, roll-off."""
    study = halodot.load("device-only")
    result = halodot.simulate(study)
    assert result.notes == ()
    device_solution, emission, summary = result.device_solution, result.emission, result.summary
    assert device_solution is not None
    assert emission is not None
    assert 1.7 < (summary["turn_on_voltage"].value or 0.0) < 3.0
    assert 50.0 < device_solution.current_density[-1] < 3000.0
    assert 300.0 < (summary["luminance_max"].value or 0.0) < 1e4
    assert 0.1 < (summary["eqe_max"].value or 0.0) < 0.26
    assert (summary["half_efficiency_current"].value or 0.0) < device_solution.current_density[-1]
    text = " ".join(study_path("device-only").read_text(encoding="utf-8").replace("#", " ").split())
    said = re.search(r"light from (\S+) V, (\S+) mA/cm2 and (\S+) cd/m2 at 6 V", text)
    assert said is not None
    there = (summary["turn_on_voltage"].value, device_solution.current_density[-1] / 10.0, emission.luminance[-1])
    np.testing.assert_allclose([float(number) for number in said.groups()], there, rtol=0.06)  # as many digits as said
    inside = device_solution.layer_of_node == [layer.role for layer in result.stack.layers].index("emitter")
    assert np.max(device_solution.electron_density[:, inside]) < 5e24 * (1.0 + 1e-9)
    assert {
        "device.emitter.trion_auger_rate",
        "device.emitter.dot_volume",
        "device.layers.dots.electron_disorder",
    } <= set(study.inputs)
