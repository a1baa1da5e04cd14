"""Draws through the chain: the same for any number of workers, failed ones marked, conditions met."""

import math
from collections.abc import Mapping

import numpy as np
import pytest

import halodot
from halodot.errors import InputError
from halodot.learn.conditions import StatedNumber, condition_of, stated_number
from halodot.learn.draws import Draws, coarse, draws
from halodot.learn.evidence_data import before_the_data, linear_evidence, marginal
from halodot.learn.intervals import interval
from halodot.learn.likelihood import NO_DISCREPANCY, compared, measured_curve
from halodot.learn.priors import prior_of
from halodot.learn.sensitivity import finite_differences, input_covariance, standard_deviation
from halodot.results.data import Result
from halodot.study import Study, from_text

CHEMISTRY = ["run.stop_after=dots"]
DEVICE = """
halodot: 1
title: one layer
device:
  layers:
    - ITO: {thickness: 100 nm, contact: anode, work_function: {value: 5.0 eV, sd: 0.02 eV}}
    - polymer:
        role: transport
        thickness: 80 nm
        cauchy_a: 1.7
        relative_permittivity: 3
        electron_affinity: 2.5 eV
        ionisation_energy: 5.2 eV
        electron_density_of_states: 1e21 1/cm3
        hole_density_of_states: 1e21 1/cm3
        electron_mobility: 1e-9 cm2/Vs
        hole_mobility: {value: 1e-4 cm2/Vs, low: 1e-5 cm2/Vs, high: 1e-3 cm2/Vs}
    - Al: {thickness: 100 nm, contact: cathode, work_function: 5.0 eV}
run: {voltage: [0 V, 1 V, 2 V, 3 V], tolerance: 0.02}
calibration: none
"""


@pytest.fixture(scope="module")
def device() -> Study:
    return from_text(DEVICE)


def test_draws_do_not_depend_on_the_number_of_workers() -> None:
    study = halodot.load("paper-control", CHEMISTRY)
    one, two = (draws(study, 6, seed=3, inputs=["dots."], workers=workers) for workers in (1, 2))
    np.testing.assert_array_equal(one.values, two.values)
    np.testing.assert_array_equal(one.numbers, two.numbers)
    assert one.ess == pytest.approx(6.0)
    assert all(item.path.startswith("dots.") for item in one.inputs)


def test_a_nearly_linear_number_has_the_uncertainty_of_first_order(device: Study) -> None:
    """ln J at 3 V follows ln mobility: the draws scatter by what the derivative says."""
    path = "device.layers.polymer.hole_mobility"
    drawn = draws(device, 60, seed=1, inputs=[path], workers=1, reader=_logarithm)
    found = finite_differences({"": coarse(device)}, _logarithm, inputs={path: device.inputs[path]})
    sd = standard_deviation(found, "ln J", input_covariance(found))
    (mobility,) = drawn.inputs
    deviates = interval(mobility.deviate(drawn.values[:, 0]), drawn.weights)
    assert drawn.interval("ln J").sd == pytest.approx(sd * deviates.sd, rel=0.02)


def _logarithm(series: Mapping[str, Result]) -> Mapping[str, float]:
    (result,) = series.values()
    return {"ln J": math.log(result.device_solution.current_density[-1])}


def test_current_scales_with_the_mobility_in_every_draw(device: Study) -> None:
    """Space-charge limited: ln J has the spread of ln mobility, and the band shows it at every voltage."""
    drawn = draws(device, 60, seed=2, inputs=["device.layers.polymer.hole_mobility"], workers=1)
    logarithm = np.log(drawn.curves[""].current_density[:, -1])
    mobility = np.log(drawn.values[:, 0])
    np.testing.assert_allclose(logarithm - mobility, np.mean(logarithm - mobility), atol=0.01)
    band = drawn.band("current_density")
    assert band.shape == (5, 4)
    assert np.all(np.diff(band[:, -1]) > 0.0)
    assert drawn.input_interval("device.layers.polymer.hole_mobility").logarithmic


def test_a_measured_curve_finds_the_mobility_that_made_it(device: Study) -> None:
    path = "device.layers.polymer.hole_mobility"
    true = halodot.simulate(from_text(DEVICE, overrides=[f"{path}=4e-5 cm2/Vs"]))
    solution = true.device_solution
    curve = measured_curve("J-V", solution.voltage[1:], solution.current_density[1:], noise=0.05)
    data = compared(curve, device.run.voltages, NO_DISCREPANCY)
    drawn = draws(device, 80, [data], seed=4, inputs=[path], workers=1)
    assert drawn.ess >= 80.0
    found = drawn.input_interval(path)
    assert found.low_95 < 4e-9 < found.high_95
    assert found.width < 0.25
    assert drawn.conditions == ("J-V",)


def test_a_stated_number_pulls_the_draws_and_too_few_are_told(device: Study) -> None:
    path = "device.layers.polymer.hole_mobility"
    drawn = draws(device, 30, [_Near(path, 3e-9)], seed=5, workers=1, inputs=[path])
    assert drawn.input_interval(path).median == pytest.approx(3e-9, rel=0.1)
    assert drawn.ess >= 30.0
    assert [note.kind for note in drawn.notes if note.where == "draws"] == ["accuracy"]


class _Near:
    """An input that is known to 10 %."""

    def __init__(self, path: str, value: float) -> None:
        self.path, self.value = path, value

    def residuals(self, result: Result) -> np.ndarray:
        return np.array([math.log(result.study.inputs[self.path].value / self.value) / 0.1])

    def log_likelihood(self, result: Result) -> float:
        return -0.5 * float(self.residuals(result) @ self.residuals(result))


#: gap of CsPbI3 [eV] above which the reader fails, the library's central value
MOST = 1.79


def failing(series: Mapping[str, Result]) -> Mapping[str, float]:
    (result,) = series.values()
    if result.study.perovskite.iodide_band_gap > MOST:
        raise InputError("band gap 1.7345 eV is too large")
    return {"gap": result.study.perovskite.iodide_band_gap}


def test_a_failed_draw_is_marked_and_counted_and_the_others_go_on() -> None:
    study = halodot.load("paper-control", CHEMISTRY)
    drawn = draws(study, 20, seed=6, inputs=["perovskite.iodide_band_gap"], reader=failing, workers=1)
    assert 0 < drawn.failed < 20
    assert drawn.failures == {"band gap eV is too large": drawn.failed}
    assert drawn.weights.sum() == pytest.approx(1.0)
    assert np.count_nonzero(drawn.weights) == 20 - drawn.failed
    assert drawn.interval("gap").high_95 <= MOST
    assert any("have no solution" in note.text for note in drawn.notes)


def _gaps(series: Mapping[str, Result]) -> Mapping[str, float]:
    return {name: result.study.perovskite.iodide_band_gap + result.dots.edge_length for name, result in series.items()}


def test_studies_that_no_condition_needs_are_followed_for_the_draws_that_agree() -> None:
    studies = {name: halodot.load(f"paper-{name}", CHEMISTRY) for name in ("control", "0.2")}
    of = [condition_of(_Close(1.79), "control")]
    drawn = draws(studies, 12, of, seed=7, reader=_gaps, inputs=["dots.", "perovskite."], workers=1)
    assert drawn.tried >= 64
    assert len(drawn.weights) <= 12
    assert drawn.weights.sum() == pytest.approx(1.0)
    assert drawn.interval("0.2").median == pytest.approx(1.79, abs=0.01)
    assert set(drawn.curves) == {"control", "0.2"}


def failing_beside(series: Mapping[str, Result]) -> Mapping[str, float]:
    if len(series) > 1 and series["0.2"].study.perovskite.iodide_band_gap > 1.74:
        raise InputError("band gap 1.7401 eV is too large")
    return {}


def test_draws_that_fail_in_a_study_that_no_condition_needs_are_told() -> None:
    studies = {name: halodot.load(f"paper-{name}", CHEMISTRY) for name in ("control", "0.2")}
    of = [condition_of(_Close(1.74), "control")]
    drawn = draws(studies, 12, of, seed=7, reader=failing_beside, inputs=["dots.", "perovskite."], workers=1)
    lost = int(np.sum(drawn.weights == 0.0))
    assert lost > 0
    assert any(note.text.startswith(f"{lost} of {len(drawn.weights)} draws that agree") for note in drawn.notes)


def test_draws_that_are_not_solved_at_every_voltage_are_told() -> None:
    """Five Newton iterations do not reach 1 V from equilibrium in one step."""
    few = "{newton_iterations: 5, transient_iterations: 1, shortest_voltage_step: 0.3 V, first_voltage_step: 1 V}"
    hard = from_text(DEVICE.replace("tolerance: 0.02", f"tolerance: 0.02, solver: {few}"))
    drawn = draws(hard, 4, seed=2, workers=1)
    part = int(np.sum(np.any(np.isnan(drawn.curves[""].current_density), axis=1) & (drawn.weights > 0.0)))
    assert part > 0
    assert any(note.text.startswith(f"{part} of 4 draws are not solved at every voltage") for note in drawn.notes)


class _Close:
    """A band gap that is known to 5 meV."""

    def __init__(self, gap: float) -> None:
        self.gap = gap

    def log_likelihood(self, result: Result) -> float:
        return -0.5 * ((result.study.perovskite.iodide_band_gap - self.gap) / 0.005) ** 2


def test_the_evidence_of_a_calibration_is_linear_data_of_the_coordinates() -> None:
    """Its posterior has the covariance of first order; without any row it is the prior."""
    study = halodot.load("paper-0.2", CHEMISTRY)
    assert study.evidence is not None
    prior = before_the_data({"": study}, study.evidence)
    stated = prior_of(study)
    data = linear_evidence(prior, stated, study.evidence)
    assert data.offset.size == len(study.evidence.rows)
    none = linear_evidence(prior, stated, study.evidence, [])
    assert none.offset.size == 0
    assert before_the_data({"": study}, None).paths == stated.paths
    fitted = prior.paths.index("dots.radiative_rate")
    assert prior.inputs[fitted].entry == study.priors["dots.radiative_rate"]
    covariance = np.linalg.inv(np.eye(len(prior.inputs)) + data.slope @ data.slope.T)
    sd = math.sqrt(
        (prior.slopes(np.zeros(len(prior.inputs))) @ covariance @ prior.slopes(np.zeros(len(prior.inputs))).T)[
            fitted, fitted
        ]
    )
    assert sd == pytest.approx(study.inputs["dots.radiative_rate"].sd, rel=0.3)


def test_an_input_that_is_drawn_alone_has_its_share_of_the_posterior_of_all() -> None:
    """Inputs that are not drawn may err together with it, and were fitted with it."""
    study = halodot.load("paper-0.2", CHEMISTRY)
    assert study.evidence is not None
    prior, stated = before_the_data({"": study}, study.evidence), prior_of(study)
    data = linear_evidence(prior, stated, study.evidence)
    everything = np.linalg.inv(np.eye(len(prior.inputs)) + data.slope @ data.slope.T)
    for path in ("device.layers.TmPyPB.electron_affinity", "dots.radiative_rate"):
        kept = np.array([one == path for one in prior.paths])
        alone = marginal(data, prior, kept)
        row = prior.root[kept][0]
        assert 1.0 / (1.0 + np.sum(alone.slope**2)) == pytest.approx(row @ everything @ row, rel=1e-9)
        assert alone.mean[0] == pytest.approx(row @ data.mean, rel=1e-6)


def test_conditions_are_read_from_text() -> None:
    assert stated_number("luminance_max = 1000 cd/m2 +- 35 %") == StatedNumber("luminance_max", 1000.0, 0.35)
    assert stated_number("edge_length=6 nm +- 0.5 nm") == StatedNumber("edge_length", 6e-9, pytest.approx(0.5e-9))
    assert stated_number("eqe_max = 20 % ± 1 %").sd == pytest.approx(0.01)
    assert stated_number("eqe_max = 0.2 ± 10 %").sd == pytest.approx(0.02)  # of a value without per cent, its share
    with pytest.raises(InputError, match="condition luminance_max: 1000 has no unit"):
        stated_number("luminance_max = 1000 +- 35 %")
    for text in ("luminance_max = 1000", "luminanc_max = 1 +- 1", "eqe_max = 0.2 +- 0"):
        with pytest.raises(InputError):
            stated_number(text)
    with pytest.raises(InputError, match="log_likelihood"):
        condition_of(3.0)  # type: ignore[arg-type]


def test_what_cannot_be_drawn_is_refused(device: Study) -> None:
    with pytest.raises(InputError, match="no input states"):
        draws(device, 5, inputs=["device.layers.gold."])
    with pytest.raises(InputError, match="at least one"):
        draws(device, 0)
    two = {"a": device, "b": device}
    with pytest.raises(InputError, match="name the study"):
        draws(two, 5, ["luminance_max = 1 cd/m2 +- 1 cd/m2"])


def test_draws_are_solved_on_coarse_grids_and_say_so(device: Study) -> None:
    study = coarse(halodot.load("device-only"))
    assert study.run.voltages.size == 31
    assert math.isinf(study.run.tolerance)
    assert coarse(device).run.voltages.size == 4
    even = coarse(halodot.load("device-only", ["run.voltage={from: 0 V, to: 5.9 V, step: 0.1 V}"])).run.voltages
    assert even.size == 31
    assert even[-1] == pytest.approx(5.9)
    assert isinstance(Draws.failed, property)


@pytest.mark.parametrize(
    ("text", "said"),
    [("eqe_max = 20 +- 1", "cannot be 2000 %"), ("lifetime = -3 ns +- 1 ns", "never below 0")],
)
def test_a_condition_that_cannot_be_met_is_refused(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        stated_number(text)
