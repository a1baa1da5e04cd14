"""The two numbers of roll-off: the current that halves the efficiency, and the highest luminance."""

import math

import numpy as np
import pytest
import report_states as made

from halodot import Result
from halodot.results.summary import evaluate, half_efficiency_current
from halodot.states import Array, Emission, Emitter, replaced


def rolled(current: Array, eqe: Array) -> Emission:
    emission = made.whole().emission
    assert emission is not None
    whole = np.full_like(emission.eqe, np.nan)
    fields = {"current_density": whole.copy(), "eqe": whole.copy(), "luminance": whole.copy()}
    for name, values in (("current_density", current), ("eqe", eqe), ("luminance", 100.0 * current)):
        fields[name][: current.size] = values
    return replaced(emission, **fields)


def test_efficiency_that_falls_with_the_logarithm_of_the_current_is_halved_where_the_line_says() -> None:
    """EQE = 0.2 - 0.05 log10(J / 1 A/m2) is 0.1 at 100 A/m2."""
    current = np.array([0.1, 1.0, 40.0, 700.0, 9000.0])
    eqe = np.array([0.1, 0.2, 0.2, 0.2, 0.2]) - 0.05 * np.array([0.0, *np.log10(current[1:])])
    assert half_efficiency_current(rolled(current, eqe)) == pytest.approx(100.0)


def test_a_rise_before_the_maximum_is_no_roll_off() -> None:
    current = np.array([1.0, 10.0, 100.0])
    assert math.isnan(half_efficiency_current(rolled(current, np.array([0.01, 0.2, 0.15]))))


def test_points_need_no_order_and_unsolved_ones_are_left_out() -> None:
    current = np.array([1e4, 1.0, np.nan, 10.0])
    eqe = np.array([0.04, 0.2, np.nan, 0.16])
    assert half_efficiency_current(rolled(current, eqe)) == pytest.approx(math.sqrt(10.0 * 1e4))


def test_a_device_without_measurable_light_has_no_roll_off() -> None:
    assert math.isnan(half_efficiency_current(rolled(np.array([1e-3]), np.array([0.2]))))


@pytest.mark.parametrize(
    ("changes", "heat", "known"), [({}, 0.0, False), ({"trion_auger_rate": 8e9}, 0.0, True), ({}, 0.1, True)]
)
def test_the_highest_luminance_is_told_where_something_limits_it(
    changes: dict[str, float], heat: float, known: bool
) -> None:
    result: Result = made.whole()
    emitter = Emitter(wavelength=np.zeros(2), spectrum=np.ones(2), radiative_rate=1e8, nonradiative_rate=1e7, **changes)
    result = replaced(result, stack=replaced(result.stack, emitter=emitter, thermal_resistance=heat))
    found = evaluate(result, "luminance_max")
    assert math.isnan(found) is not known
    if known:
        # the curve turns between two bias points
        assert found >= np.nanmax(result.emission.luminance)
        assert found == pytest.approx(np.nanmax(result.emission.luminance), rel=1e-3)
