"""What stands beside the rows: a maximum only where the luminance turns, nothing driven beyond 1 A/cm2."""

from types import SimpleNamespace

import numpy as np
import pytest

from halodot.paper.remarks import brightest

VOLTAGE = np.array([2.0, 3.0, 4.0, 5.0])


def result(current: list[float], luminance: list[float]) -> SimpleNamespace:
    """A device by its curves, current density in A/m2."""
    efficiency = np.array(luminance) / np.array(current)
    emission = SimpleNamespace(
        voltage=VOLTAGE, current_density=np.array(current), luminance=np.array(luminance), eqe=efficiency
    )
    return SimpleNamespace(emission=emission)


@pytest.mark.parametrize(
    ("current", "luminance", "said"),
    [
        ([1.0, 10.0, 100.0, 400.0], [10.0, 90.0, 600.0, 300.0], "brightest at 4.0 V and 10 mA/cm2"),
        ([1.0, 10.0, 100.0, 400.0], [10.0, 90.0, 600.0, 900.0], "at the end of the sweep"),
        ([1.0, 10.0, 2e4, 4e4], [10.0, 90.0, 600.0, 300.0], "above 1 A/cm2, which is no normal operation"),
    ],
)
def test_where_a_device_is_brightest(current: list[float], luminance: list[float], said: str) -> None:
    text = brightest(result(current, luminance))
    assert said in text
    assert ("end of the sweep" in text) == (luminance[-1] > luminance[-2])
    assert ("1 A/cm2" in text) == (current[2] > 1e4)


def test_a_dark_device_is_nowhere_brightest() -> None:
    assert brightest(SimpleNamespace(emission=None)) == ""
