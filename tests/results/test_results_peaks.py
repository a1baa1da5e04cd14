"""The highest EQE and the highest luminance between the bias points of a sweep."""

import math

import numpy as np
import pytest
import report_states as made

import halodot
from halodot.report.conclusions import conclusions
from halodot.results.summary import evaluate, highest_luminance, peak_efficiency, peak_weights
from halodot.states import Array, Emission, Emitter, replaced


def swept(voltage: Array, current: Array, eqe: Array, luminance: Array) -> Emission:
    """An emission that knows no more than these."""
    emission = made.whole().emission
    assert emission is not None
    count = emission.eqe.size
    values = {"voltage": voltage, "current_density": current, "eqe": eqe, "luminance": luminance}
    filled = {name: np.concatenate([value, np.full(count - value.size, np.nan)]) for name, value in values.items()}
    return replaced(emission, **filled)


def test_peak_of_a_parabola_in_the_logarithm_of_the_current_is_found_between_the_points() -> None:
    """EQE = 0.2 - 0.01 (ln J - 0.4)^2 has its peak at J = exp(0.4) wherever the bias points lie."""
    for start in (-2.1, -1.8, -1.3):
        level = start + 1.1 * np.arange(4)
        current = np.exp(level)
        peak = peak_efficiency(swept(level, current, 0.2 - 0.01 * (level - 0.4) ** 2, 100.0 * current))
        assert peak is not None
        assert peak.eqe == pytest.approx(0.2, abs=1e-12)
        place = level[peak.near] + peak.share * (level[peak.far] - level[peak.near])
        assert place == pytest.approx(0.4, abs=1e-12)


def test_peak_at_the_end_of_the_sweep_or_beside_the_dark_is_that_of_its_point() -> None:
    current = np.array([1.0, 10.0, 100.0])
    rising = peak_efficiency(swept(current, current, np.array([0.1, 0.15, 0.2]), 10.0 * current))
    dark = peak_efficiency(swept(current, current, np.array([0.15, 0.2, 0.1]), np.array([0.1, 10.0, 100.0])))
    assert rising is not None
    assert dark is not None
    assert (rising.eqe, rising.share) == (0.2, 0.0)
    assert (dark.eqe, dark.share) == (0.2, 0.0)


def test_summary_reads_all_numbers_of_the_peak_at_the_same_place() -> None:
    result = made.whole()
    emission = result.emission
    assert emission is not None
    peak = peak_efficiency(emission)
    assert peak is not None
    current = emission.current_density
    expected = current[peak.near] * (current[peak.far] / current[peak.near]) ** peak.share
    assert evaluate(result, "eqe_max_current_density") == pytest.approx(expected)
    assert evaluate(result, "eqe_max") >= np.nanmax(emission.eqe[emission.luminance >= 1.0])


def test_luminance_has_a_maximum_only_where_the_curve_turns() -> None:
    voltage = np.array([3.0, 4.0, 5.0])
    current = np.array([10.0, 100.0, 1000.0])
    turned = swept(voltage, current, np.full(3, 0.1), 5000.0 - 1000.0 * (voltage - 4.2) ** 2)
    assert highest_luminance(turned) == pytest.approx((5000.0, 280.0))
    rising = swept(voltage, current, np.full(3, 0.1), 1000.0 * voltage)
    assert highest_luminance(rising)[0] == 5000.0
    assert math.isnan(highest_luminance(rising)[1])


@pytest.mark.parametrize(
    ("luminance", "said"),
    [([50.0, 900.0, 400.0], "has its maximum"), ([50.0, 400.0, 900.0], "at the end of the sweep")],
)
def test_conclusions_call_a_maximum_what_is_one(luminance: list[float], said: str) -> None:
    current, eqe = np.array([1.0, 10.0, 1000.0]), np.array([0.2, 0.15, 0.02])
    emission = swept(np.array([2.0, 3.0, 4.0]), current, eqe, np.array(luminance))
    emitter = Emitter(
        wavelength=np.zeros(2), spectrum=np.ones(2), radiative_rate=1e8, nonradiative_rate=1e7, trion_auger_rate=8e9
    )
    result = made.whole()
    assert result.stack is not None
    result = replaced(result, emission=emission, stack=replaced(result.stack, emitter=emitter))
    assert any(said in line for line in conclusions(result))
    assert math.isnan(evaluate(result, "luminance_max_current_density")) is (said != "has its maximum")


def test_an_efficiency_that_only_falls_is_read_at_the_lowest_luminance_that_is_measured() -> None:
    """EQE = 0.2 - 0.01 ln L, L = J: 0.2 at 1 cd/m2, wherever the bias points beside it lie."""
    for lowest in (0.02, 0.3, 0.9):
        current = lowest * 7.0 ** np.arange(5)
        emission = swept(2.0 + np.arange(5), current, 0.2 - 0.01 * np.log(current), current)
        peak = peak_efficiency(emission)
        assert peak is not None
        assert peak.eqe == pytest.approx(0.2, abs=1e-12)
        points, weights = peak_weights(emission)
        assert float(np.sum(weights)) == pytest.approx(1.0)
        assert float(np.sum(weights * emission.eqe[points])) == pytest.approx(0.2, abs=1e-12)


def test_the_peak_does_not_depend_on_the_step_of_the_voltage() -> None:
    steps = (0.2, 0.1, 0.04)
    sweeps = [f"run.voltage={{from: 0 V, to: 4 V, step: {step} V}}" for step in steps]
    found = [halodot.simulate(halodot.load("device-only", [sweep])).summary["eqe_max"].value for sweep in sweeps]
    assert found == pytest.approx([found[-1]] * 3, rel=4e-3)
