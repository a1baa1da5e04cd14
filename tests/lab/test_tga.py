"""Thermogravimetry: steps of known size, weight loss of simulated dots, ligands of known dots, real runs."""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from recordings import recording

from halodot import lab, measure, read
from halodot.constants import AVOGADRO
from halodot.errors import DataError
from halodot.lab.simulated import measurement

sys.path.insert(0, str(Path(__file__).parents[1] / "readers"))
from instrument_files import real

TEMPERATURE = np.linspace(298.15, 1173.15, 876)


def steps(*rows: tuple[float, float, float], temperature: np.ndarray = TEMPERATURE) -> np.ndarray:
    """Return relative mass after logistic steps of size, centre [K] and width [K]."""
    return 1.0 - sum(
        (size / (1.0 + np.exp(-(temperature - centre) / width)) for size, centre, width in rows),
        np.zeros(temperature.size),
    )


def run(mass: np.ndarray, temperature: np.ndarray = TEMPERATURE, noise: float = 0.0, seed: int = 1):
    noisy = mass + noise * np.random.default_rng(seed).standard_normal(mass.size)
    return recording("thermogravimetry", {"temperature": temperature}, {"mass_fraction": noisy})


def found_steps(found: lab.Analysis) -> list[float]:
    return [item.value for item in found.findings if item.name == "step_loss"]


def test_steps_of_calcium_oxalate() -> None:
    # CaC2O4 H2O loses water, CO and CO2: 12.33, 19.17 and 30.12 % of 146.11 g/mol
    losses = 18.015 / 146.113, 28.010 / 146.113, 44.009 / 146.113
    mass = steps((losses[0], 450.0, 9.0), (losses[1], 760.0, 8.0), (losses[2], 990.0, 14.0))
    found = lab.tga(run(mass, noise=3e-4))
    np.testing.assert_allclose(found_steps(found), losses, atol=2e-3)
    assert found.finding("residue").value == pytest.approx(1.0 - sum(losses), abs=5e-4)
    assert not found.warnings


def test_onset_is_where_the_tangent_of_a_logistic_step_meets_its_start() -> None:
    found = lab.tga(run(steps((0.2, 620.0, 12.0))))
    assert found.finding("onset_temperature").value == pytest.approx(620.0 - 2.0 * 12.0, abs=1.0)
    assert found.finding("fastest_loss_temperature").value == pytest.approx(620.0, abs=0.5)


def test_weight_loss_of_simulated_dots_comes_back() -> None:
    generator = np.random.default_rng(4)
    held = []
    for seed in range(20):
        loss = generator.uniform(0.03, 0.4)
        dots = SimpleNamespace(
            weight_loss=loss,
            coverage_short=generator.uniform(0.0, 0.6),
            coverage_native=generator.uniform(0.2, 0.9),
            short_ligand_length=0.7e-9,
            native_ligand_length=2e-9,
        )
        found = lab.tga(measurement(measure.tga(dots, heating_rate=generator.uniform(5.0, 20.0) / 60.0, seed=seed)))
        low, high = found.finding("weight_loss").interval_95
        held.append(low <= loss <= high)
        assert not found.warnings
    assert sum(held) >= 17


def test_ligands_of_dots_that_carry_a_known_number() -> None:
    edge, density, molar, ligands = 9e-9, 4900.0, 0.2695, 3.2e18
    organic = ligands * 6.0 * edge**2 * molar / AVOGADRO
    share = organic / (organic + density * edge**3)
    settings = lab.TgaSettings(edge_length=edge, density=density, ligand_molar_mass=molar)
    found = lab.tga(run(steps((share, 600.0, 10.0))), settings)
    assert found.finding("ligand_density").value == pytest.approx(ligands, rel=1e-3)
    assert found.finding("ligands_per_dot").value == pytest.approx(ligands * 6.0 * edge**2, rel=1e-3)
    wet = lab.tga(run(steps((0.05, 370.0, 6.0), (0.95 * share, 600.0, 10.0))), settings)
    assert wet.finding("ligand_density").value == pytest.approx(ligands, rel=0.01)


def test_a_spread_of_sizes_counts_volume_over_area() -> None:
    edge, spread = 9e-9, 1.35e-9
    drawn = edge + spread * np.random.default_rng(2).standard_normal(400_000)
    settings = lab.TgaSettings(edge_length=edge, density=4900.0, ligand_molar_mass=0.28)
    data = run(steps((0.15, 600.0, 10.0)))
    alike = lab.tga(data, settings).finding("ligand_density").value
    spread_out = lab.tga(data, replace(settings, edge_length_spread=spread)).finding("ligand_density").value
    assert spread_out / alike == pytest.approx(np.mean(drawn**3) / np.mean(drawn**2) / edge, rel=2e-3)


def test_uncertain_dots_make_ligands_uncertain() -> None:
    settings = lab.TgaSettings(
        edge_length=9e-9,
        edge_length_uncertainty=0.9e-9,
        density=4900.0,
        density_uncertainty=245.0,
        ligand_molar_mass=0.28,
    )
    found = lab.tga(run(steps((0.15, 600.0, 10.0)), noise=1e-5), settings)
    density, number = found.finding("ligand_density"), found.finding("ligands_per_dot")
    assert density.uncertainty / density.value == pytest.approx(math.hypot(0.1, 0.05), rel=0.02)
    assert number.uncertainty / number.value == pytest.approx(math.hypot(0.3, 0.05), rel=0.02)


def test_a_tilted_baseline_is_told() -> None:
    mass = steps((0.2, 600.0, 10.0)) - 0.02 * (TEMPERATURE - TEMPERATURE[0]) / np.ptp(TEMPERATURE)
    found = lab.tga(run(mass, noise=3e-4))
    assert found.warnings
    loss = found.finding("step_loss")
    assert loss.value == pytest.approx(0.2, abs=2.0 * loss.uncertainty)


def test_buoyancy_is_told_and_a_blank_run_takes_it_off() -> None:
    buoyancy = 0.02 * (1.0 - 298.15 / TEMPERATURE)
    data = run(steps((0.2, 600.0, 10.0)) + buoyancy, noise=2e-4)
    found = lab.tga(data)
    assert any("buoyancy" in item for item in found.warnings)
    blank = run(1.0 + buoyancy, noise=2e-4, seed=2)
    corrected = lab.tga(data, blank=blank)
    assert not corrected.warnings
    assert corrected.finding("weight_loss").value == pytest.approx(0.2, abs=1e-3)


def test_a_blank_run_of_another_balance_or_programme_is_left_aside() -> None:
    data = run(steps((0.2, 600.0, 10.0)), noise=2e-4)
    blank = run(1.0 + 0.02 * (1.0 - 298.15 / TEMPERATURE), noise=2e-4, seed=2)
    other = blank.assign_attrs(instrument="another balance")
    found = lab.tga(data.assign_attrs(instrument="a balance"), blank=other)
    assert found.finding("weight_loss").value == pytest.approx(0.2, abs=1e-3)
    assert any("another balance" in note for note in found.notes)
    short = lab.tga(data, blank=blank.isel(temperature=slice(0, 400)))
    assert any("ends at" in note for note in short.notes)


def test_changes_of_mass_need_the_mass_of_the_sample() -> None:
    mass = 5e-6 * steps((0.2, 600.0, 10.0))
    time = np.linspace(0.0, 5250.0, mass.size)

    def changes(values: np.ndarray, **more: object):
        return recording("thermogravimetry", {"time": time}, {"temperature": TEMPERATURE, "mass": values}, **more)

    with pytest.raises(DataError, match="sample_mass"):
        lab.tga(changes(mass - mass[0]))
    stated = lab.tga(changes(mass - mass[0], sample_mass="5e-06"))
    chosen = lab.tga(changes(mass - mass[0]), lab.TgaSettings(sample_mass=5e-6))
    whole = lab.tga(changes(mass))
    for found in (stated, chosen, whole):
        assert found.finding("weight_loss").value == pytest.approx(0.2, abs=1e-4)


def test_a_step_at_rest_is_found_along_time() -> None:
    time = np.linspace(0.0, 6000.0, 1201)
    temperature = np.interp(time, [0.0, 1200.0, 3600.0, 6000.0], [300.0, 400.0, 400.0, 800.0])
    mass = 1.0 - 0.06 / (1.0 + np.exp(-(time - 2200.0) / 100.0)) - 0.2 / (1.0 + np.exp(-(temperature - 620.0) / 9.0))
    data = recording("thermogravimetry", {"time": time}, {"temperature": temperature, "mass_fraction": mass})
    found = lab.tga(data)
    np.testing.assert_allclose(found_steps(found), [0.06, 0.2], atol=2e-3)
    names = [(item.name, item.of) for item in found.findings]
    assert ("onset_temperature", "step 1") not in names
    assert ("onset_temperature", "step 2") in names
    assert found.finding("organic_fraction").value == pytest.approx(0.2 / 0.94, abs=3e-3)


def test_choices_that_were_used_give_the_same_numbers_again() -> None:
    data = run(steps((0.05, 400.0, 8.0), (0.2, 600.0, 10.0)), noise=3e-4)
    found = lab.tga(data)
    again = lab.tga(data, lab.chosen(lab.TgaSettings, lab.as_text(found.settings)))
    assert again.findings == found.findings
    assert again.settings == found.settings


def test_real_runs_of_netzsch_and_perkin_elmer() -> None:
    cobalt = lab.tga(read(real("tga/netzsch2_example_file.txt")))
    assert cobalt.finding("residue").value == pytest.approx(0.2554, abs=2e-3)  # 25.54 % is its last line
    assert cobalt.finding("onset_temperature").value == pytest.approx(612.0, abs=4.0)
    stages = lab.tga(read(real("tga/PerkinElmer_example_file.txt")))
    assert stages.finding("weight_loss").value == pytest.approx(1.0 - 2.155 / 7.022, abs=3e-3)
    changes = lab.tga(read(real("tga/DF_FILED_STA_21O2_10K_220222_R1.ngb-ss3")))
    assert len(found_steps(changes)) == 2
    assert any("buoyancy" in item for item in changes.warnings)


ODD = {
    "empty": (np.array([]), np.array([])),
    "one point": (np.array([300.0]), np.array([1.0])),
    "no number": (TEMPERATURE, np.full(TEMPERATURE.size, math.nan)),
    "level": (TEMPERATURE, np.ones(TEMPERATURE.size)),
    "zero": (TEMPERATURE, np.zeros(TEMPERATURE.size)),
    "negative": (TEMPERATURE, -np.ones(TEMPERATURE.size)),
    "reversed": (TEMPERATURE[::-1], steps((0.2, 600.0, 10.0))[::-1]),
    "one temperature": (np.full(50, 300.0), np.linspace(1.0, 0.9, 50)),
    "twice each": (np.repeat(TEMPERATURE, 2), np.repeat(steps((0.2, 600.0, 10.0)), 2)),
    "noise": (TEMPERATURE, 1.0 + 0.2 * np.random.default_rng(1).standard_normal(TEMPERATURE.size)),
    "jump": (TEMPERATURE, np.where(TEMPERATURE > 700.0, 0.5, 1.0)),
    "gain": (TEMPERATURE, 2.0 - steps((0.2, 600.0, 10.0))),
    "unfinished": (TEMPERATURE, steps((0.2, 1170.0, 10.0))),
    "few": (np.linspace(300.0, 800.0, 22), np.linspace(1.0, 0.8, 22)),
    "all": (TEMPERATURE, steps((1.0, 600.0, 5.0))),
}


@pytest.mark.parametrize("kind", ODD)
def test_odd_runs_give_findings_or_are_refused(kind: str) -> None:
    temperature, mass = ODD[kind]
    settings = lab.TgaSettings(edge_length=9e-9, density=4900.0, ligand_molar_mass=0.28)
    try:
        found = lab.tga(run(mass, temperature), settings)
    except DataError:
        return
    assert found.findings
    assert all(math.isfinite(item.value) and math.isfinite(item.uncertainty) for item in found.findings)


def test_only_runs_of_a_balance_are_taken() -> None:
    takes = lab.method_named("tga").roles[0].takes
    assert takes(run(steps((0.2, 600.0, 10.0))))
    assert not takes(recording("thermogravimetry", {"temperature": TEMPERATURE}, {"signal_voltage": TEMPERATURE}))
    assert not takes(recording("photoluminescence", {"wavelength": TEMPERATURE}, {"counts": TEMPERATURE}))
