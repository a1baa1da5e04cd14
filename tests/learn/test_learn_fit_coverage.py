"""Intervals and misfits over repeated noise, short; benchmarks/test_fit_coverage.py has 200 devices."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from fit_devices import hole_only
from synthetic_devices import fitted_diodes

import halodot
from halodot import Result
from halodot.learn.fit import FitSettings, fit
from halodot.learn.fit_model import FitModel, measured_device
from halodot.learn.fit_space import FitSpace
from halodot.learn.likelihood import NO_DISCREPANCY, compared, measured_curve
from halodot.learn.profiles import root_at
from halodot.learn.vary import fit_space, read_vary

MOBILITY = "device.layers.organic.hole_mobility"
NOISE, REPEATS, SEED = 0.03, 12, 1128


def test_the_root_of_the_rise_at_the_truth_is_normal_over_noise() -> None:
    study = hole_only("run.voltage={from: 1 V, to: 6 V, step: 1 V}")
    solution = halodot.simulate(study).device_solution
    assert solution is not None
    rng = np.random.default_rng(SEED)
    roots = []
    for _ in range(REPEATS):
        values = solution.current_density * np.exp(NOISE * rng.standard_normal(solution.voltage.size))
        found = fit(
            study,
            [measured_curve("J-V", solution.voltage, values, NOISE)],
            [f"{MOBILITY}=3e-5..3e-4 cm2/Vs"],
            settings=FitSettings(starts=1, profiles=False),
        )
        model = FitModel(FitSpace((found.numbers[0].parameter,)), found.devices)
        truth = found.numbers[0].parameter.coordinate(1e-8)
        roots.append(root_at(model, found.minimum, 0, truth))
    # 12 normal numbers: their mean square is 1 +- 0.41, their mean 0 +- 0.29, and 11.4 lie within 1.96 on average.
    assert 0.2 < np.mean(np.square(roots)) < 2.3
    assert np.sum(np.abs(roots) < 1.96) >= 9
    assert abs(np.mean(roots)) < 0.9


def test_a_barrier_that_the_model_lacks_is_a_misfit_and_none_is_not() -> None:
    assert [one.misspecified for one in fitted_diodes(1, barrier=True)] == [True]
    assert [one.misspecified for one in fitted_diodes(1, barrier=False)] == [False]


@cache
def led() -> Result:
    return halodot.simulate(halodot.load("device-only", ["run.voltage=[3 V, 4 V, 5 V]", "run.nodes_per_layer=12"]))


def test_a_spectrum_fits_with_any_amplitude_and_not_with_another_peak() -> None:
    emission, voltages = led().emission, led().study.run.voltages
    assert emission is not None
    curve = measured_curve("EL", emission.wavelength, 1e-20 * emission.el[1], bias=4.0)
    np.testing.assert_allclose(compared(curve, voltages).residuals(led()), 0.0, atol=1e-6)
    shifted = measured_curve("EL", emission.wavelength + 5e-9, emission.el[1], bias=4.0)
    assert np.sum(compared(shifted, voltages).residuals(led()) ** 2) > 100.0


@pytest.mark.parametrize("kind", ["L-V", "EQE-J"])
def test_light_is_differentiated_by_adjoints(kind: str) -> None:
    emission, study = led().emission, led().study
    assert emission is not None
    if kind == "L-V":
        curve = measured_curve(kind, emission.voltage, 1.3 * emission.luminance)
    else:
        curve = measured_curve(
            kind, np.sqrt(emission.current_density[1:] * emission.current_density[:-1]), np.full(2, 0.1)
        )
    space = fit_space({"led": study}, [read_vary("device.layers.PO-T2T.electron_mobility=1e-5..1e-3 cm2/Vs")])
    model = FitModel(space, (measured_device("led", study, [curve], NO_DISCREPANCY),))
    place, step = np.array([0.2]), np.array([2e-3])
    here, above, below = model.evaluate(place), model.evaluate(place + step), model.evaluate(place - step)
    assert here is not None
    assert above is not None
    assert below is not None
    differences = (above.residuals - below.residuals) / (2.0 * step[0])
    np.testing.assert_allclose(model.jacobian(place, here)[:, 0], differences, rtol=2e-3, atol=1e-2)
