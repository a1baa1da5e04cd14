"""Single-carrier devices: mobilities, traps and bounds of currents whose film is known."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from recordings import recording

import halodot
from halodot import lab, measure, read
from halodot.constants import BOLTZMANN, ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from halodot.errors import DataError
from halodot.lab.methods._sclc_laws import drift_and_diffusion, poole_frenkel
from halodot.lab.methods._sclc_traps import filled_traps
from halodot.lab.simulated import measurement
from halodot.study.load import from_text

sys.path.insert(0, str(Path(__file__).parents[1] / "readers"))
from instrument_files import real

sys.path.insert(0, str(Path(__file__).parents[1]))
from fit_devices import HOLE_ONLY

THICKNESS, PERMITTIVITY = 120e-9, 6.0
SETTINGS = lab.SclcSettings(thickness=THICKNESS, relative_permittivity=PERMITTIVITY, temperature=300.0)
VOLTAGE = np.geomspace(0.05, 10.0, 60)
SQUARE_LAW = 1.125 * VACUUM_PERMITTIVITY * PERMITTIVITY / THICKNESS**3


def sweep(voltage: np.ndarray, current: np.ndarray, **attributes: object):
    return recording("current_voltage", {"voltage": voltage}, {"current_density": current}, **attributes)


def noisy(current: np.ndarray, seed: int = 1, noise: float = 0.01) -> np.ndarray:
    return current * (1.0 + noise * np.random.default_rng(seed).standard_normal(current.size))


def simsalabim(name: str, column: str, thickness: float, permittivity: float) -> lab.Analysis:
    settings = lab.SclcSettings(
        thickness=thickness, relative_permittivity=permittivity, temperature=295.0, column=column
    )
    return lab.sclc(read(real(f"sclc_truth/{name}")), settings)


def test_mobility_of_murgatroyds_law_and_of_its_published_curve() -> None:
    current = SQUARE_LAW * 2e-9 * VOLTAGE**2 * np.exp(0.891 * 3e-4 * np.sqrt(VOLTAGE / THICKNESS))
    found = lab.sclc(sweep(VOLTAGE, current), SETTINGS)
    assert found.finding("mobility").value == pytest.approx(2e-9, rel=1e-3)
    assert found.finding("field_coefficient").value == pytest.approx(3e-4, rel=1e-3)
    published = simsalabim("test_2__test2.dat", "murgatroyd", 200e-9, 22.0)
    assert published.finding("mobility").value == pytest.approx(1e-7, rel=0.01)
    assert published.finding("field_coefficient").value == pytest.approx(1e-4, rel=0.01)
    assert not published.finding("mobility").warnings


def test_drift_diffusion_of_another_program_gives_its_own_parameters_back() -> None:
    field = simsalabim("test_2__test2.dat", "current_density", 200e-9, 22.0)
    assert field.finding("mobility").value == pytest.approx(1e-7, rel=0.03)
    assert field.finding("field_coefficient").value == pytest.approx(1e-4, rel=0.02)
    plain = simsalabim("test_4__test4.dat", "current_density", 200e-9, 22.0)
    assert plain.finding("mobility").value == pytest.approx(1e-7, rel=0.03)
    trapped = simsalabim("test_5__test5.dat", "jexttraps", 1e-6, 4.0)
    assert trapped.finding("trap_density").value == pytest.approx(4.42e20, rel=0.01)
    assert trapped.finding("mobility").bound == "at least"  # its current falls short above 75 V
    assert trapped.finding("mobility").value < 1e-4


def test_drift_and_diffusion_is_the_ground_state_of_a_tilted_box() -> None:
    from scipy.linalg import eigh_tridiagonal

    nodes = 2000
    x = np.arange(1, nodes) / nodes
    for current in (1.0, 100.0, 3000.0):
        diagonal = 2.0 * nodes**2 + 0.5 * current * x
        _, state = eigh_tridiagonal(diagonal, np.full(nodes - 2, -float(nodes**2)), select="i", select_range=(0, 0))
        voltage = 2.0 * math.log(state[0, 0] / state[-1, 0])
        assert drift_and_diffusion(np.array([voltage]))[0] == pytest.approx(current, rel=1e-3)
    assert drift_and_diffusion(np.array([1e-4]))[0] == pytest.approx(4.0 * np.pi**2 * 1e-4, rel=1e-5)
    assert drift_and_diffusion(np.array([2e4]))[0] == pytest.approx(1.125 * 4e8, rel=0.02)


def test_poole_frenkel_is_the_integral_over_the_film() -> None:
    for strength in (0.5, 2.0):
        field = np.linspace(0.0, 40.0, 400_001)
        speed = field * np.exp(strength * np.sqrt(field))
        place = np.concatenate([[0.0], np.cumsum(0.5 * (speed[1:] + speed[:-1]) * np.diff(field))])
        for current in (0.5, 5.0):  # j x = integral of mu E dE; v = integral of E dx
            end = int(np.searchsorted(place, current))
            voltage = float(np.trapezoid(field[:end], place[:end])) / current
            expected = current / (1.125 * voltage**2)
            assert poole_frenkel(np.array([strength * math.sqrt(voltage)]))[0] == pytest.approx(expected, rel=2e-3)


def test_a_fixed_charge_holds_the_current_back_below_its_limit_only() -> None:
    low, high = np.array([1.0]), np.array([2000.0])
    assert filled_traps(low, 80.0)[0] < 0.05 * drift_and_diffusion(low)[0]
    assert filled_traps(high, 80.0)[0] == pytest.approx(drift_and_diffusion(high)[0], rel=0.05)
    np.testing.assert_allclose(filled_traps(VOLTAGE * 40.0, 0.0), drift_and_diffusion(VOLTAGE * 40.0), rtol=2e-3)


def test_simulated_devices_give_the_mobility_of_their_film_back() -> None:
    generator = np.random.default_rng(3)
    held = []
    for seed in range(20):
        mobility = 10.0 ** generator.uniform(-10.0, -6.0)
        film = SimpleNamespace(mobility=mobility, relative_permittivity=generator.uniform(4.0, 15.0))
        thickness = generator.uniform(60e-9, 300e-9)
        found = lab.sclc(measurement(measure.sclc(film, thickness=thickness, seed=seed))).finding("mobility")
        low, high = found.interval_95
        held.append(low <= mobility <= high)
        assert found.value == pytest.approx(mobility, rel=0.03)
        assert not found.warnings
    assert sum(held) >= 17


def test_choices_that_were_used_give_the_same_numbers_again() -> None:
    data = sweep(VOLTAGE, noisy(SQUARE_LAW * 1e-9 * (VOLTAGE**2 + 0.4 * VOLTAGE)))
    found = lab.sclc(data, SETTINGS)
    again = lab.sclc(data, lab.chosen(lab.SclcSettings, lab.as_text(found.settings)))
    assert again.findings == found.findings
    assert again.settings == found.settings


def test_drift_diffusion_of_a_hole_only_device_gives_its_mobility_and_its_barrier_away() -> None:
    def current(metal: str, activation: str):
        text = HOLE_ONLY.replace("5.1 eV", metal).replace("4.6 eV", metal)
        text = text.replace("{value: 1e-4 cm2/Vs, low: 1e-6 cm2/Vs, high: 1e-2 cm2/Vs}", "1e-4 cm2/Vs")
        text = text.replace("{value: 2e-3 (cm/V)^0.5, low: 5e-4 (cm/V)^0.5, high: 8e-3 (cm/V)^0.5}", activation)
        text = text.replace("{from: 0.5 V, to: 6 V, step: 0.5 V}", "{from: 0.1 V, to: 8 V, step: 0.1 V}")
        text = text.replace("nodes_per_layer: 24", "nodes_per_layer: 60")
        solved = halodot.simulate(from_text(text)).device_solution
        settings = lab.SclcSettings(thickness=100e-9, relative_permittivity=3.0, temperature=300.0)
        return lab.sclc(sweep(np.asarray(solved.voltage), np.asarray(solved.current_density)), settings)

    plain, field, barrier = (
        current(metal, f"{activation} (cm/V)^0.5")
        for metal, activation in (("5.4 eV", 0), ("5.4 eV", 1e-3), ("5.1 eV", 0))
    )
    assert plain.finding("mobility").value == pytest.approx(1e-8, rel=0.08)
    assert field.finding("mobility").value == pytest.approx(1e-8, rel=0.08)
    assert field.finding("field_coefficient").value == pytest.approx(1e-4, rel=0.05)
    assert barrier.finding("mobility").warnings
    low, _ = barrier.finding("mobility").interval_95
    assert low < 1e-8
    assert barrier.finding("mobility").bound != "at most"


def test_without_thickness_there_is_no_mobility() -> None:
    found = lab.sclc(sweep(VOLTAGE, noisy(SQUARE_LAW * 1e-9 * VOLTAGE**2)))
    assert {item.name for item in found.findings} == {"trap_filled_limit", "current_slope"}
    assert any("thickness: 100 nm" in note for note in found.notes)


def test_uncertain_thickness_counts_three_times() -> None:
    from dataclasses import replace

    known = replace(SETTINGS, thickness_uncertainty=0.05 * THICKNESS)
    found = lab.sclc(sweep(VOLTAGE, noisy(SQUARE_LAW * 1e-9 * VOLTAGE**2)), known).finding("mobility")
    assert found.uncertainty / found.value == pytest.approx(0.15, rel=0.05)


def test_an_ohmic_current_says_little_of_the_mobility() -> None:
    current = noisy(20.0 * VOLTAGE)
    found = lab.sclc(sweep(VOLTAGE, current), SETTINGS).finding("mobility")
    assert not found.bound
    assert found.uncertainty >= found.value
    assert any("not 2" in item for item in found.warnings)


def test_a_series_resistance_makes_the_mobility_a_lower_bound_and_can_be_given() -> None:
    from dataclasses import replace

    mobility, resistance = 1e-8, 3e-4
    inside = np.geomspace(0.05, 10.0, 60)
    current = SQUARE_LAW * mobility * inside**2
    data = sweep(inside + resistance * current, noisy(current, noise=0.003))
    found = lab.sclc(data, SETTINGS).finding("mobility")
    assert found.warnings
    assert found.bound == "at least"
    assert found.value < mobility
    given = lab.sclc(data, replace(SETTINGS, series_resistance=resistance)).finding("mobility")
    assert given.value == pytest.approx(mobility, rel=0.05)


def test_a_steep_power_law_of_unfilled_traps_is_a_lower_bound() -> None:
    found = lab.sclc(sweep(VOLTAGE, noisy(1e-2 * VOLTAGE**5)), SETTINGS).finding("mobility")
    assert found.warnings
    assert found.bound == "at least"


def test_hysteresis_is_told_and_widens() -> None:
    current = SQUARE_LAW * 1e-9 * VOLTAGE**2
    both = np.concatenate([VOLTAGE, VOLTAGE[::-1]])
    found = lab.sclc(sweep(both, noisy(np.concatenate([current, 0.6 * current[::-1]]))), SETTINGS).finding("mobility")
    assert any("ions" in item for item in found.warnings)
    assert found.uncertainty > 0.2 * found.value
    same = lab.sclc(sweep(both, noisy(np.concatenate([current, current[::-1]]))), SETTINGS).finding("mobility")
    assert not same.warnings


def test_traps_that_the_contacts_hide_are_bounded() -> None:
    found = lab.sclc(sweep(VOLTAGE, noisy(SQUARE_LAW * 1e-9 * VOLTAGE**2)), SETTINGS).finding("trap_density")
    thermal = BOLTZMANN * 300.0 / ELEMENTARY_CHARGE
    least = 4.0 * np.pi**2 * thermal * VACUUM_PERMITTIVITY * PERMITTIVITY / (ELEMENTARY_CHARGE * THICKNESS**2)
    assert found.bound == "at most"
    assert found.value == pytest.approx(least, rel=1e-6)


def test_films_of_a_series_scale_with_the_third_power() -> None:
    from dataclasses import replace

    def film(thickness: float, seed: int):
        law = 1.125 * VACUUM_PERMITTIVITY * PERMITTIVITY * 1e-9 / thickness**3
        return sweep(VOLTAGE, noisy(law * VOLTAGE**2, seed))

    settings = replace(SETTINGS, thicknesses=(80e-9, 200e-9))
    found = lab.sclc(film(THICKNESS, 1), settings, series=[film(80e-9, 2), film(200e-9, 3)])
    assert found.finding("thickness_exponent").value == pytest.approx(-3.0, abs=0.05)
    assert not found.finding("thickness_exponent").warnings


def test_a_current_needs_an_area() -> None:
    from dataclasses import replace

    current = SQUARE_LAW * 1e-9 * VOLTAGE**2
    data = recording("current_voltage", {"voltage": VOLTAGE}, {"current": current * 4e-6})
    with pytest.raises(DataError, match="area"):
        lab.sclc(data, SETTINGS)
    found = lab.sclc(data, replace(SETTINGS, area=4e-6))
    assert found.finding("mobility").value == pytest.approx(1e-9, rel=1e-3)


ODD = {
    "empty": (np.array([]), np.array([])),
    "one point": (np.array([1.0]), np.array([2.0])),
    "no number": (VOLTAGE, np.full(VOLTAGE.size, math.nan)),
    "constant": (VOLTAGE, np.full(VOLTAGE.size, 3.0)),
    "zero": (VOLTAGE, np.zeros(VOLTAGE.size)),
    "against the voltage": (VOLTAGE, -(VOLTAGE**2)),
    "reversed": (VOLTAGE[::-1], VOLTAGE[::-1] ** 2),
    "one voltage": (np.full(30, 2.0), np.linspace(1.0, 2.0, 30)),
    "twice each": (np.repeat(VOLTAGE, 2), np.repeat(VOLTAGE**2, 2)),
    "steps": (VOLTAGE, np.where(VOLTAGE > 1.0, 1e6, 1e-6)),
    "noise": (VOLTAGE, np.random.default_rng(2).standard_normal(VOLTAGE.size)),
    "diode": (VOLTAGE, np.expm1(np.minimum(VOLTAGE / 0.05, 60.0))),
    "negative voltages": (-VOLTAGE, -(VOLTAGE**2)),
}


@pytest.mark.parametrize("kind", ODD)
def test_odd_sweeps_give_findings_or_are_refused(kind: str) -> None:
    try:
        found = lab.sclc(sweep(*ODD[kind]), SETTINGS)
    except DataError:
        return
    assert found.findings
    assert all(math.isfinite(item.value) and math.isfinite(item.uncertainty) for item in found.findings)


def test_only_currents_against_voltages_are_taken() -> None:
    takes = lab.method_named("sclc").roles[0].takes
    assert takes(sweep(VOLTAGE, VOLTAGE**2))
    assert not takes(recording("photoluminescence", {"wavelength": VOLTAGE}, {"counts": VOLTAGE}))
    assert not takes(recording("current_voltage", {"voltage": VOLTAGE}, {"luminance": VOLTAGE}))
