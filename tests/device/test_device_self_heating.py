"""Self-heating against closed forms, and against devices held at the temperature that was found."""

from __future__ import annotations

import math

import numpy as np
import pytest
from device_cases import case, changed, parts, with_mobile_cations

from halodot.device import solve_device
from halodot.device.self_heating import HOTTEST, steady_temperature
from halodot.errors import InputError
from halodot.states import Emitter, Stack, replaced

AMBIENT = 300.0


def test_temperature_of_a_resistor_is_that_of_its_power() -> None:
    """T = T_0 + R_th V^2/(R_s + 1/G), at any order of the voltages and either sign."""
    stack, _, _ = case("5_qled_full")
    insulator = changed(stack, electron_mobility=0.0, hole_mobility=0.0)
    conductance, series, thermal = 40.0, 5e-3, 2e-2
    resistor = replaced(insulator, shunt_conductance=conductance, series_resistance=series, thermal_resistance=thermal)
    voltage = np.array([6.0, -3.0, 0.0, 2.0, 6.0])
    found = solve_device(resistor, None, voltage, 20)
    current = voltage / (series + 1.0 / conductance)
    np.testing.assert_allclose(found.current_density, current, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.temperature, AMBIENT + thermal * current * voltage, atol=1e-3)
    assert found.temperature[2] == AMBIENT


def warm(name: str, thermal_resistance: float, **changes: object) -> Stack:
    return replaced(case(name)[0], thermal_resistance=thermal_resistance, **changes)


@pytest.mark.parametrize(
    ("name", "thermal_resistance", "voltage"),
    [("4_hetero3", 3e-3, [2.0, 2.6, 3.0, 3.4]), ("5_qled_full", 5e-3, [4.0, 1.5, 3.0])],
)
def test_the_current_is_that_of_a_device_held_at_its_temperature(
    name: str, thermal_resistance: float, voltage: list[float]
) -> None:
    stack = warm(name, thermal_resistance, series_resistance=1e-4)
    found = solve_device(stack, None, np.array(voltage), 40)
    assert found.converged.all()
    power = found.current_density * found.voltage
    np.testing.assert_allclose(found.temperature, AMBIENT + thermal_resistance * power, atol=1e-3)
    assert np.max(found.temperature) > AMBIENT + 3.0
    np.testing.assert_allclose(parts(found), found.current_density, rtol=1e-9)
    for k, temperature in enumerate(found.temperature):
        held = replaced(stack, temperature=float(temperature), thermal_resistance=0.0)
        alone = solve_device(held, None, found.voltage[k : k + 1], 40)
        assert found.current_density[k] == pytest.approx(alone.current_density[0], rel=1e-8)
        np.testing.assert_allclose(found.exciton_generation[k], alone.exciton_generation[0], rtol=1e-6)
        np.testing.assert_allclose(found.potential[k], alone.potential[0], atol=1e-7)
        assert alone.temperature[0] == temperature


def test_vanishing_thermal_resistance_is_the_isothermal_limit() -> None:
    stack, voltage = case("4_hetero3")[0], np.array([0.0, 2.0, 3.0])
    cold, almost = solve_device(stack, None, voltage, 40), solve_device(warm("4_hetero3", 1e-9), None, voltage, 40)
    np.testing.assert_allclose(almost.current_density, cold.current_density, rtol=1e-6)
    np.testing.assert_array_equal(cold.temperature, AMBIENT)
    assert almost.position.shape == cold.position.shape


def test_thermal_runaway_is_told_with_a_reason() -> None:
    stack, voltage = warm("4_hetero3", 0.2), np.array([1.8, 3.0, 6.0, 5.0])
    found = solve_device(stack, None, voltage, 40)
    np.testing.assert_array_equal(found.converged, [True, False, False, False])
    for name in ("current_density", "temperature", "exciton_formation_current"):
        np.testing.assert_array_equal(np.isfinite(getattr(found, name)), found.converged)
    for k in (1, 2, 3):
        assert f"runs away at {voltage[k]:.0f} V" in found.history[k].message
        assert "thermal_resistance" in found.history[k].message
    assert found.history[0].message.endswith("temperatures")


@pytest.mark.parametrize("ions", ["free", "frozen"])
def test_ions_are_conserved_at_every_temperature_and_light_gives_no_heat(ions: str) -> None:
    stack = with_mobile_cations(replaced(warm("6_psc_ions_steady", 0.02), ions=ions))
    voltage = np.array([0.0, 0.8, 1.25])
    found = solve_device(stack, None, voltage, 60)
    width = np.diff(found.position)
    for name in ("cation_density", "anion_density"):
        density = getattr(found, name)
        number = np.sum(0.5 * (density[:, 1:] + density[:, :-1]) * width, axis=1)
        np.testing.assert_allclose(number, 5e21 * 5e-7, rtol=1e-9)
    assert found.current_density[1] < 0.0 < found.current_density[2]
    np.testing.assert_array_equal(found.temperature[:2], AMBIENT)
    assert found.temperature[2] > AMBIENT + 1.0
    if ions == "free":
        held = replaced(stack, temperature=float(found.temperature[2]), thermal_resistance=0.0)
        alone = solve_device(held, None, voltage[2:], 60)
        assert found.current_density[2] == pytest.approx(alone.current_density[0], rel=1e-7)
    else:
        np.testing.assert_array_equal(found.cation_density[0], found.cation_density[2])


def test_steady_temperature_is_the_lowest_root_or_nan() -> None:
    def heat(strength: float, activation: float) -> object:
        return lambda t: AMBIENT + strength * math.exp(activation * (1.0 / AMBIENT - 1.0 / t)) - t

    for strength in (1e-6, 1.0, 10.0):
        excess = heat(strength, 3000.0)
        found = steady_temperature(excess, AMBIENT, 1e-3)  # type: ignore[arg-type]
        assert abs(excess(found)) < 1e-3  # type: ignore[operator]
        grid = np.linspace(AMBIENT, found - 0.01, 200)
        assert all(excess(t) > 0.0 for t in grid)  # type: ignore[operator]
    assert math.isnan(steady_temperature(heat(40.0, 3000.0), AMBIENT, 1e-3))  # type: ignore[arg-type]
    assert math.isnan(steady_temperature(lambda t: 2.0 * HOTTEST - t, AMBIENT, 1e-3))
    assert math.isnan(steady_temperature(lambda _: math.nan, AMBIENT, 1e-3))
    assert steady_temperature(lambda t: AMBIENT + 50.0 * (350.0 / t) - t, AMBIENT, 1e-3) == pytest.approx(
        350.0, abs=1e-3
    )
    assert steady_temperature(lambda t: AMBIENT - t, AMBIENT, 1e-3) == AMBIENT


def test_a_thermal_resistance_is_a_number_that_is_not_negative() -> None:
    for wrong in (-1.0, math.inf, math.nan):
        with pytest.raises(InputError, match="thermal_resistance"):
            solve_device(warm("4_hetero3", wrong), None, np.array([1.0]), 20)


def with_emitter(stack: Stack, **changes: object) -> Stack:
    """The stack with an emitter of 80 % yield."""
    emitter = Emitter(
        wavelength=np.linspace(600e-9, 700e-9, 5),
        spectrum=np.ones(5),
        radiative_rate=8e7,
        nonradiative_rate=2e7,
        **changes,  # type: ignore[arg-type]
    )
    return replaced(stack, emitter=emitter)


@pytest.mark.parametrize("temperature", [280.0, 298.15, 350.0])
def test_yield_follows_the_temperature_by_arrhenius_law(temperature: float) -> None:
    energy = 0.25
    stack = replaced(with_emitter(case("4_hetero3")[0], nonradiative_activation_energy=energy), temperature=temperature)
    found = solve_device(stack, None, np.array([2.6]), 40)
    lost = 2e7 * math.exp(energy / 8.617333262e-5 * (1.0 / 298.15 - 1.0 / temperature))
    share = found.radiative_current[0] / (found.radiative_current[0] + found.nonradiative_current[0])
    assert share == pytest.approx(8e7 / (8e7 + lost), rel=1e-8)


def test_a_device_that_warms_itself_says_that_its_yield_is_kept() -> None:
    stack, voltage = warm("4_hetero3", 2e-2, series_resistance=1e-4), np.array([2.6, 3.4])
    kept = solve_device(with_emitter(stack), None, voltage, 40)
    fading = solve_device(with_emitter(stack, nonradiative_activation_energy=0.2), None, voltage, 40)
    assert np.nanmax(kept.temperature) > AMBIENT + 10.0
    where = "device.emitter.nonradiative_activation_energy"
    assert [note.kind for note in kept.notes if note.where == where] == ["missing physics"]
    assert not [note for note in fading.notes if note.where == where]
    assert fading.radiative_current[1] < 0.95 * kept.radiative_current[1]


def test_a_current_that_no_device_stands_is_noted() -> None:
    driven = with_emitter(case("4_hetero3")[0])
    for voltage in (1.5, 20.0):
        found = solve_device(driven, None, np.array([voltage]), 40)
        over = [note for note in found.notes if "1 A/cm2" in note.text or "W/cm2 of heat" in note.text]
        assert bool(over) == bool(found.current_density[0] > 1e4) == (voltage > 5.0)
