"""What a device in the light delivers, against curves whose numbers are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar

import halodot
from halodot.results.summary import fill_factor, open_circuit_voltage, short_circuit_current
from halodot.states import DeviceSolution, replaced

SOLVED = halodot.simulate(halodot.load("sclc-dots", ["run.voltage=[0 V, 1 V]"])).device_solution


def delivering(voltage: np.ndarray, current: np.ndarray) -> DeviceSolution:
    """A solved device with another current-voltage curve."""
    return replaced(SOLVED, voltage=voltage, current_density=current, converged=np.ones(voltage.size, dtype=np.bool_))


def test_a_straight_line_has_a_fill_factor_of_a_quarter() -> None:
    voltage = np.linspace(-0.2, 1.4, 17)
    line = delivering(voltage, 200.0 * (voltage / 1.03 - 1.0))
    assert short_circuit_current(line) == pytest.approx(200.0)
    assert open_circuit_voltage(line) == pytest.approx(1.03)
    assert fill_factor(line) == pytest.approx(0.25, rel=1e-12)


@pytest.mark.parametrize("step", [0.01, 0.02])
def test_an_ideal_diode_has_the_numbers_of_its_law(step: float) -> None:
    def current(voltage: np.ndarray | float) -> np.ndarray | float:
        return 1e-15 * np.expm1(np.asarray(voltage) / 0.0259) - 210.0

    diode = delivering(np.arange(0.0, 1.2, step)[::-1], current(np.arange(0.0, 1.2, step)[::-1]))
    opened = brentq(current, 0.5, 1.2)
    best = -minimize_scalar(lambda v: current(v) * v, bounds=(0.5, opened), method="bounded").fun
    assert short_circuit_current(diode) == pytest.approx(210.0)
    assert open_circuit_voltage(diode) == pytest.approx(opened, abs=0.5 * step)
    assert fill_factor(diode) == pytest.approx(best / (210.0 * opened), rel=0.02)


def test_what_a_sweep_does_not_reach_is_not_computed() -> None:
    voltage = np.linspace(0.1, 0.5, 5)
    short = delivering(voltage, np.full(5, -200.0))
    assert np.isnan(short_circuit_current(short))
    assert np.isnan(open_circuit_voltage(delivering(np.linspace(0.0, 0.5, 6), np.full(6, -200.0))))
    assert np.isnan(fill_factor(delivering(voltage, 1.0 + voltage)))


def test_only_a_device_in_the_light_has_them() -> None:
    sweep = "run.voltage={from: 0 V, to: 1.3 V, step: 0.1 V}"
    lit = halodot.simulate(halodot.load("6_psc_ions_steady", [sweep])).summary
    dark = halodot.simulate(halodot.load("6_psc_ions_steady", [sweep, "run.illumination=0"])).summary
    names = ("short_circuit_current", "open_circuit_voltage", "fill_factor")
    assert [dark[name].value for name in names] == [None, None, None]
    assert 210.0 < lit["short_circuit_current"].value < 220.0
    assert 1.1 < lit["open_circuit_voltage"].value < 1.3
    assert 0.7 < lit["fill_factor"].value < 0.9


LIT = halodot.simulate(halodot.load("device-only"))


@pytest.mark.parametrize("luminance", [100, 1000])
def test_the_numbers_at_a_luminance_are_those_of_a_voltage_that_gives_it(luminance: int) -> None:
    voltage = LIT.summary[f"voltage_at_{luminance}"].value
    there = halodot.simulate(halodot.load("device-only", [f"run.voltage=[0 V, 2 V, {voltage} V]"]), LIT).emission
    assert there.luminance[-1] == pytest.approx(luminance, rel=0.01)
    for name, field in (
        ("current_density", "current_density"),
        ("eqe", "eqe"),
        ("current_efficiency", "current_efficiency"),
        ("power_efficiency", "luminous_efficacy"),
        ("el_peak", "el_peak"),
        ("el_fwhm", "el_fwhm"),
    ):
        expected = getattr(there, field)[-1]
        assert LIT.summary[f"{name}_at_{luminance}"].value == pytest.approx(expected, rel=0.01), name


def test_a_luminance_that_the_sweep_does_not_reach_has_no_numbers() -> None:
    short = halodot.simulate(halodot.load("device-only", ["run.voltage={from: 0 V, to: 3.5 V, step: 0.1 V}"]), LIT)
    assert short.summary["eqe_at_100"].value == pytest.approx(LIT.summary["eqe_at_100"].value, rel=1e-3)
    assert short.summary["eqe_at_1000"].value is None
    assert short.summary["power_efficiency_max"].value <= np.nanmax(short.emission.luminous_efficacy)
