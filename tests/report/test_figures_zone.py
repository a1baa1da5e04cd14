"""The emission zone is the states' own events, as shares that add up over the layer, at the drives that it names."""

from __future__ import annotations

import numpy as np
import pytest

import halodot
from halodot.report.figures import draw, kinds_of
from halodot.report.figures_zone import bias_points
from halodot.states import replaced


@pytest.fixture(scope="module")
def result():
    """The device without a recipe."""
    return halodot.simulate(halodot.load("device-only", ["run.voltage={from: 0 V, to: 5 V, step: 0.25 V}"]))


def test_every_curve_adds_up_to_all_events(result):
    thickness = 30.0  # nm
    for panel, events in zip(
        draw("emission_zone", {"own": result}).axes,
        (result.device_solution.exciton_generation, result.device_solution.radiative_decay),
    ):
        points = bias_points(result)
        assert len(panel.get_lines()) == len(points)
        for line, index in zip(panel.get_lines(), points.values()):
            x, y = np.asarray(line.get_xdata()), np.asarray(line.get_ydata())
            assert (x[0], x[-1]) == pytest.approx((0.0, thickness))
            assert np.trapezoid(y, x) == pytest.approx(100.0)
            slices = np.diff(x)[::2] * y[::2]
            np.testing.assert_allclose(slices / 100.0, events[index] / np.sum(events[index]), rtol=1e-9)


def test_the_points_are_those_that_are_named(result):
    emission, points = result.emission, bias_points(result)
    for luminance in (100.0, 1000.0):
        index = points[f"{luminance:.0f} cd/m²"]
        assert emission.luminance[index] >= luminance > emission.luminance[index - 1]
    bright = emission.luminance >= 1.0
    assert emission.eqe[points["highest EQE"]] == np.max(emission.eqe[bright])
    assert list(points.values()) == sorted(points.values())


def test_a_device_without_excitons_has_no_emission_zone(result):
    solution = result.device_solution
    dark = replaced(
        result,
        emission=None,
        device_solution=replaced(solution, exciton_generation=np.zeros_like(solution.exciton_generation)),
    )
    assert "emission_zone" in kinds_of(result)
    assert "emission_zone" not in kinds_of(dark)
