"""What the derivatives of the light by every layer cost, in units of the plain optics of the same stack."""

from __future__ import annotations

from typing import Any

import pytest
from test_light_speed import POSITION, WAVELENGTH, device, seconds

from halodot.light import dipole_emission
from halodot.light.gradients import outcoupling_gradient


@pytest.mark.benchmark(group="light")
def test_gradient_beside_plain_optics(benchmark: Any) -> None:
    stack = device()
    dipole_emission(stack, WAVELENGTH, POSITION)
    outcoupling_gradient(stack, WAVELENGTH, POSITION)
    benchmark(outcoupling_gradient, stack, WAVELENGTH, POSITION)
    plain = seconds(lambda: dipole_emission(stack, WAVELENGTH, POSITION), 5)
    own = seconds(lambda: outcoupling_gradient(stack, WAVELENGTH, POSITION), 5)
    benchmark.extra_info["milliseconds of the plain optics"] = 1e3 * plain
    benchmark.extra_info["milliseconds with derivatives by 9 layers"] = 1e3 * own
    benchmark.extra_info["ratio"] = own / plain
    assert own < 3.0 * plain
