"""Fits of synthetic devices: the truth is found, what no curve shows is said, and a fitted study runs to the fit."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from fit_devices import hole_only

import halodot
from halodot.errors import InputError
from halodot.learn.fit import CurveFit, FitSettings, fit
from halodot.learn.fit_model import FitModel, beyond_the_sweep, measured_device
from halodot.learn.fitted_study import fitted_studies, fitted_text
from halodot.learn.likelihood import NO_DISCREPANCY, MeasuredCurve, compared, measured_curve
from halodot.learn.minimum import Minimum, Search
from halodot.learn.profiles import covariance
from halodot.learn.vary import fit_space, read_vary
from halodot.study import from_text

LAYER = "device.layers.organic"
MOBILITY, ACTIVATION, LEVEL = (
    f"{LAYER}.hole_mobility",
    f"{LAYER}.hole_field_activation",
    "device.layers.anode.work_function",
)
VARY = (MOBILITY, ACTIVATION, f"{LEVEL}=4.9..5.35 eV")
TRUTH = {MOBILITY: 3e-9, ACTIVATION: 3e-4, LEVEL: 5.15}
TRUE = (f"{MOBILITY}=3e-5 cm2/Vs", f"{ACTIVATION}=3e-3 (cm/V)^0.5", "device.layers[0].anode=5.15 eV")
VOLTAGE = "run.voltage={from: 0.5 V, to: 6 V, step: 0.25 V}"


def curve_of(*changes: str, noise: float = 0.03, seed: int = 1) -> MeasuredCurve:
    solution = halodot.simulate(hole_only(VOLTAGE, *changes)).device_solution
    assert solution is not None
    drawn = np.random.default_rng(seed).standard_normal(solution.voltage.size)
    values = solution.current_density * np.exp(noise * drawn)
    return measured_curve("J-V", solution.voltage, values, max(noise, 0.001), source="diode.csv", sha256="ab" * 32)


@cache
def noisy() -> CurveFit:
    return fit(hole_only(), [curve_of(*TRUE)], VARY, settings=FitSettings(starts=2))


def test_a_curve_without_noise_gives_back_the_numbers_that_made_it() -> None:
    found = fit(hole_only(), [curve_of(*TRUE, noise=0.0)], VARY, settings=FitSettings(starts=1, profiles=False))
    for number in found.numbers:
        assert number.value == pytest.approx(TRUTH[number.name], rel=2e-3)
    assert found.chi2 < 0.1


def test_the_intervals_of_a_noisy_curve_hold_the_truth_and_one_another() -> None:
    for number in noisy().numbers:
        assert number.interval_95[0] < number.interval_68[0] < number.value < number.interval_68[1]
        assert number.interval_95[0] < TRUTH[number.name] < number.interval_95[1]
        assert number.determined
    assert not noisy().misspecified
    assert 0.3 < noisy().chi2 / noisy().freedom < 2.0


def test_profiles_of_nearly_straight_models_end_where_the_covariance_says() -> None:
    found = fit(hole_only(), [curve_of(*TRUE, noise=0.002)], VARY[:1], settings=FitSettings(starts=1))
    deviation = np.sqrt(covariance(found.minimum.jacobian)[0, 0])
    centre = found.minimum.coordinates[0]
    for level in (-1.96, -1.0, 1.0, 1.96):
        assert found.profiles[0].end(level) - centre == pytest.approx(level * deviation, rel=0.05)


def test_derivatives_by_adjoints_are_those_of_new_solutions() -> None:
    space = fit_space({"diode": hole_only()}, [read_vary(item) for item in VARY])
    model = FitModel(space, (measured_device("diode", hole_only(), [curve_of(*TRUE)], NO_DISCREPANCY),))
    place = np.array([-0.5, 0.3, 0.2])
    here = model.evaluate(place)
    assert here is not None
    found = model.jacobian(place, here)
    for k, step in enumerate(np.eye(3) * 1e-4):
        above, below = model.evaluate(place + step), model.evaluate(place - step)
        assert above is not None
        assert below is not None
        np.testing.assert_allclose(found[:, k], (above.residuals - below.residuals) / 2e-4, rtol=2e-4, atol=2e-3)


def test_what_no_curve_shows_is_said_to_be_open() -> None:
    electrons = f"{LAYER}.electron_mobility=1e-11..1e-7 cm2/Vs"
    found = fit(hole_only(), [curve_of(*TRUE)], [MOBILITY, electrons], settings=FitSettings(starts=1))
    mobility, silent = found.numbers
    assert mobility.determined
    assert (silent.open_below, silent.open_above, silent.determined) == (True, True, False)
    assert silent.interval_95 == pytest.approx((1e-15, 1e-11))
    assert any("+1.00 device.layers.organic.electron_mobility" in line for line in found.flat)


def test_devices_share_a_number_and_have_others_of_their_own() -> None:
    thin, thick = f"{LAYER}.thickness=70 nm", f"{LAYER}.thickness=100 nm"
    data = {
        "thin": [curve_of(TRUE[0], thin, "device.layers[0].anode=5.05 eV")],
        "thick": [curve_of(TRUE[0], thick, "device.layers[0].anode=5.15 eV", seed=2)],
    }
    found = fit(
        {"thin": hole_only(thin), "thick": hole_only(thick)},
        data,
        [MOBILITY, f"each {LEVEL}=4.9..5.35 eV"],
        settings=FitSettings(starts=1, profiles=False),
    )
    values = {number.name: number for number in found.numbers}
    for name, truth in ((MOBILITY, 3e-9), (f"thin: {LEVEL}", 5.05), (f"thick: {LEVEL}", 5.15)):
        low, high = values[name].interval_95
        assert low < truth < high
    assert set(found.results) == {"thin", "thick"}


def test_the_fitted_study_says_where_its_numbers_come_from_and_runs_to_the_same_curve() -> None:
    (study,) = fitted_studies(noisy()).values()
    again = from_text(fitted_text(study))
    entry = again.inputs[MOBILITY]
    assert (entry.kind, entry.value) == ("calibrated", noisy().numbers[0].value)
    assert (entry.low, entry.high) == pytest.approx(noisy().numbers[0].interval_95)
    assert entry.source == f"fitted to J-V of diode.csv, sha256 {'ab' * 32}"
    (fitted,) = noisy().results.values()
    ran = halodot.simulate(again).device_solution
    assert ran is not None
    assert fitted.device_solution is not None
    np.testing.assert_allclose(ran.current_density, fitted.device_solution.current_density, rtol=1e-9)


def test_an_interval_is_called_what_it_is() -> None:
    vary = [MOBILITY, f"{LAYER}.electron_mobility=1e-11..1e-7 cm2/Vs"]
    found = fit(hole_only(), [curve_of(*TRUE)], vary, settings=FitSettings(starts=1, profiles=False))
    (study,) = fitted_studies(found).values()
    assert study.inputs[MOBILITY].about == "95 % interval to first order"
    assert not found.numbers[1].determined
    assert found.numbers[1].interval_95 == pytest.approx((1e-15, 1e-11))  # all that was allowed
    assert "open below and above" in study.inputs[f"{LAYER}.electron_mobility"].about


def test_a_minimum_that_only_a_profile_reached_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search is made to end beside the minimum, as in a worse one."""

    def ends_beside(model: FitModel, starts: int, seed: int, told: object) -> Search:
        place = model.space.start
        at = model.evaluate(place)
        assert at is not None
        return Search(Minimum(place, at, model.jacobian(place, at), True, ""), (at.chi2,), 0)

    monkeypatch.setattr("halodot.learn.fit.search_minimum", ends_beside)
    found = fit(hole_only(), [curve_of(*TRUE)], [MOBILITY], settings=FitSettings(starts=1))
    assert found.minimum.chi2 < found.search.reached[0]
    assert any(note.startswith("no start reached the minimum") for note in found.notes)


def test_an_efficiency_beyond_the_sweep_is_counted() -> None:
    result = halodot.simulate(halodot.load("device-only", ["run.voltage=[2.6 V, 3 V, 4 V]"]))
    assert result.emission is not None
    low, high = result.emission.current_density[[0, -1]]
    curve = measured_curve("EQE-J", np.array([0.1 * low, low, high, 2.0 * high]), np.full(4, 0.1))
    assert beyond_the_sweep(compared(curve, result.study.run.voltages), result) == 2


def test_too_many_numbers_without_a_name_are_refused_with_those_that_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("halodot.learn.fit.MOST_UNNAMED", 1)
    with pytest.raises(InputError, match=rf"name those to fit with --vary.* follow these most: {MOBILITY}"):
        fit(hole_only(), [curve_of()], settings=FitSettings(starts=1))


def test_data_that_fit_no_device_are_refused() -> None:
    with pytest.raises(InputError, match="there is no device 'other'"):
        fit({"diode": hole_only()}, {"other": [curve_of()]}, VARY)
    with pytest.raises(InputError, match="nothing was measured of this device"):
        fit({"one": hole_only(), "two": hole_only()}, {"one": [curve_of()]}, VARY)
    with pytest.raises(InputError, match="the study states no light"):
        fit(hole_only(), [measured_curve("L-V", np.array([1.0, 2.0]), np.array([1.0, 50.0]))], VARY)
