"""The fit against a case with a closed form, and the shipped calibration against its own rules."""

import math

import numpy as np
import pytest
import yaml

import halodot
from halodot.learn.calibration import MODEL, Datum, Fit, Informed, calibrate, to_document
from halodot.learn.priors import uncertain
from halodot.nodes import read_text
from halodot.paper.calibration import (
    AGEING,
    CHEMISTRY,
    DEVICE,
    ageing_data,
    calibrated_quantities,
    chemistry_data,
    device_data,
)
from halodot.paper.targets import load_samples, read_targets
from halodot.results.data import Result
from halodot.sources import Sourced
from halodot.study import known_to, load_targets_text
from halodot.study.calibration import read_calibration


def test_one_linear_parameter_and_one_datum_give_the_weighted_mean() -> None:
    """The size offset is added to the size; a direct measurement of it and its prior average by their weights."""
    study = halodot.load("paper-0.2", ["calibration=none", "run.stop_after=flask"])
    prior = Sourced(1.0, unit="m3/mol", sd=0.2)
    datum = Datum("measured", ("x",), lambda series: (series["x"].study.flask.pair_constant - 1.3) / 0.1)
    fit = calibrate({"x": study}, {"flask.pair_constant": prior}, (datum,))
    weight = 1 / 0.2**2 + 1 / 0.1**2
    assert fit.value[0] == pytest.approx((1.0 / 0.2**2 + 1.3 / 0.1**2) / weight, rel=1e-5)
    assert fit.sd[0] == pytest.approx(1 / math.sqrt(weight), rel=1e-3)
    assert fit.undetermined == ()


def test_a_parameter_without_data_keeps_its_prior() -> None:
    study = halodot.load("paper-0.2", ["calibration=none", "run.stop_after=flask"])
    prior = Sourced(1.0, unit="m3/mol", sd=0.2)
    fit = calibrate({"x": study}, {"flask.pair_constant": prior}, (Datum("none", ("x",), lambda series: 0.0),))
    assert fit.undetermined == ("flask.pair_constant",)
    assert fit.value[0] == pytest.approx(1.0)


def test_only_rows_that_may_calibrate_do() -> None:
    targets = {target.id: target for target in read_targets(load_targets_text())}
    data = (*chemistry_data(targets, 0.0), *device_data(targets), *ageing_data(targets))
    used = {datum.id.split()[0] for datum in data}
    assert all(targets[row].role == "calibrated" for row in used)
    assert used == {row for row, target in targets.items() if target.role == "calibrated"}


def test_shipped_calibration_names_the_fitted_parameters_and_nothing_else() -> None:
    study = load_samples()["0.2"]
    calibrated = {path for path, entry in study.inputs.items() if entry.kind == "calibrated"}
    assert calibrated == set(CHEMISTRY + DEVICE + AGEING)


def test_the_evidence_of_the_shipped_calibration_gives_the_uncertainties_that_stand_beside_its_values() -> None:
    study = load_samples()["0.2"]
    evidence = study.evidence
    assert evidence is not None
    assert len(evidence.rows) == evidence.left_out.size == evidence.shift.shape[1]
    entries = {path: study.inputs[path] for path in evidence.inputs if path in study.inputs}
    value = np.array([entry.value for entry in entries.values()])
    sd = np.array([entry.standard_deviation for entry in entries.values()])
    prior, shift = known_to(evidence, tuple(entries), value, sd)
    told = [evidence.inputs.index(path) for path in entries]
    strong = np.max(np.abs(evidence.shift[told]), axis=1) > 0.05
    assert np.all(np.any(shift[strong] != 0.0, axis=1)), "an input of the calibration is not recognised in the study"
    whole, tied = evidence.shift, evidence.correlation @ evidence.shift  # inputs of one method err together
    own = tied[told]
    left = 1.0 - np.einsum("ir,ri->i", own, np.linalg.solve(whole.T @ tied + np.eye(whole.shape[1]), own.T))
    for path, before, share, stated in zip(entries, prior, left, sd):
        if path.startswith(MODEL) and path in CHEMISTRY + DEVICE + AGEING:
            assert before * math.sqrt(share) == pytest.approx(stated, rel=2e-3), path
    assert any(path.startswith("recipe.") for path in entries)


def test_a_written_calibration_is_read_with_the_same_covariance() -> None:
    """One fitted parameter, one that the data narrow, one of the recipe and one of which they say nothing."""
    inputs = {
        "flask.etching": Sourced(40.0, kind="calibrated", sd=20.0),
        "flask.pair_constant": Sourced(1.0, unit="m3/mol", sd=0.5),
        "recipe.pot[0].mass": Sourced(1.7e-4, unit="kg", kind="measured", sd=1e-6),
        "perovskite.iodide_band_gap": Sourced(1.73, unit="eV", sd=0.02),
    }
    shift = np.array([[1.5, 0.2], [0.8, -0.4], [0.3, 0.1], [0.0, 0.0]])
    prior = np.array([20.0, 0.5, 1e-6, 0.02])
    known = Informed(tuple(inputs), prior, ("R01", "R02"), shift, np.array([0.1, -0.2]))
    fit = Fit(("flask.etching",), np.array([41.2]), np.array([10.0]), prior[:1], known.rows, np.zeros(2), 1.0)
    document = to_document((fit,), inputs, known)
    text = yaml.safe_dump(document, default_flow_style=None)
    read = read_calibration(read_text(text), {path: entry.unit for path, entry in inputs.items()}, lambda path: "any")
    assert read.evidence is not None
    stated = {**inputs, **read.values}
    value = np.array([entry.value for entry in stated.values()])
    sd = np.array([entry.standard_deviation for entry in stated.values()])
    again, moved = known_to(read.evidence, tuple(stated), value, sd)
    assert again == pytest.approx(prior, rel=1e-5)
    np.testing.assert_allclose(moved, shift, rtol=1e-5)
    assert read.evidence.left_out.tolist() == [0.1, -0.2]
    assert read.values["flask.etching"].standard_deviation == pytest.approx(math.sqrt(known.covariance[0, 0]), rel=1e-3)


def test_a_calibration_keeps_which_inputs_err_together() -> None:
    inputs = {path: Sourced(1.0, sd=0.5, method="titration", shared=0.5) for path in ("flask.etching", "flask.damage")}
    shift, prior = np.array([[1.5], [0.8]]), np.full(2, 0.5)
    known = Informed(tuple(inputs), prior, ("R01",), shift, np.zeros(1), np.array([[1.0, 0.5], [0.5, 1.0]]))
    text = yaml.safe_dump(to_document((), inputs, known), sort_keys=False)
    evidence = read_calibration(read_text(text), dict.fromkeys(inputs, "1"), lambda path: "any").evidence
    assert evidence is not None
    np.testing.assert_allclose(evidence.correlation, known.correlated)
    sd = np.sqrt(np.diag(known.covariance))
    assert [evidence.sd[k] for k in range(2)] == pytest.approx(sd, rel=1e-3)


def test_every_number_that_a_row_holds_is_called_calibrated() -> None:
    """The row of the best dose holds the doses beside it; a copy of a fitted number is fitted too."""
    targets = {target.id: target for target in read_targets(load_targets_text())}
    held = calibrated_quantities((*chemistry_data(targets, 0.0), *device_data(targets), *ageing_data(targets)))
    assert held["paper-0.3"] == held["paper-0.1"] == ["plqy_first_wash"]
    assert {"plqy", "film_plqy", "el_peak", "pl_peak"} <= set(held["paper-0.2"])
    assert "plqy_first_wash" not in held["paper-control"]
    for name, quantities in held.items():
        assert halodot.load(name).calibrated_quantities == tuple(quantities)


def test_shipped_calibration_is_a_minimum() -> None:
    """A step of half a standard deviation along any parameter must not lower the cost."""
    samples = load_samples()
    targets = {target.id: target for target in read_targets(load_targets_text())}
    priors = load_samples(["calibration=none"])["0.2"].inputs
    names = [name for name in samples if name != "no-TmPyPB"]
    from halodot.states import replaced
    from halodot.study import with_inputs

    studies = {n: replaced(samples[n], run=replaced(samples[n].run, stop_after="film")) for n in names}

    def cost(changes: dict[str, float]) -> float:
        series: dict[str, Result] = {
            name: halodot.simulate(with_inputs(study, {k: v for k, v in changes.items() if k in study.inputs}))
            for name, study in studies.items()
        }
        shift = SHIFT
        residual = np.array([datum.residual(series) for datum in chemistry_data(targets, shift)])
        return float(residual @ residual) + prior_cost(changes)

    def prior_cost(changes: dict[str, float]) -> float:
        total = 0.0
        for path in CHEMISTRY:
            prior, value = priors[path], changes.get(path, samples["0.2"].inputs[path].value)
            total += float(uncertain(path, prior).deviate(value)) ** 2
        return total

    treated = halodot.simulate(samples["0.2"])
    SHIFT = treated.emission.el_peak[np.nanargmax(treated.emission.eqe)] - treated.dots.pl_peak
    best = cost({})
    for path in CHEMISTRY:
        entry = samples["0.2"].inputs[path]
        for sign in (-0.5, 0.5):
            assert cost({path: entry.value + sign * entry.sd}) > best - 0.02, path


def test_the_level_of_the_dots_makes_the_control_as_bright_as_reported(control: Result) -> None:
    """One row and one number that it moves: the fit meets it, within what its prior pulls."""
    (datum,) = device_data({target.id: target for target in read_targets(load_targets_text())})
    assert abs(datum.residual({"control": control})) < 0.5
    brighter = halodot.simulate(halodot.load("paper-control", ["perovskite.iodide_ionisation_energy=5.35 eV"]), control)
    assert datum.residual({"control": brighter}) > 1.0
    dark = halodot.simulate(halodot.load("paper-control", ["run.stop_after=film"]))
    assert math.isnan(datum.residual({"control": dark}))
