"""The prior of the inputs: its range, its limits, its inverse and its correlations."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import halodot
from halodot.errors import InputError
from halodot.learn.priors import Prior, UncertainInput, correlation, prior_of, uncertain
from halodot.sources import Sourced

ANY = (-math.inf, math.inf)
INPUTS = (
    UncertainInput("normal", Sourced(3.1, "eV", low=2.8, high=3.4)),
    UncertainInput("skewed", Sourced(2.83, "eV", low=2.8, high=3.5)),
    UncertainInput("measured", Sourced(30e-9, "m", sd=2e-9)),
    UncertainInput("wide", Sourced(1e-7, "m2/V/s", low=1e-9, high=1e-6)),
    UncertainInput("at its end", Sourced(1.0, low=0.1, high=1.0)),
    UncertainInput("none or some", Sourced(0.0, low=0.0, high=0.4), (0.0, math.inf)),
    UncertainInput("share", Sourced(0.95, low=0.88, high=1.0), (0.0, 1.0)),
    UncertainInput("share without a range", Sourced(0.98, sd=0.03), (0.0, 1.0)),
)


@pytest.mark.parametrize("item", INPUTS, ids=lambda item: item.path)
def test_an_input_rises_with_its_deviate_within_its_limits_and_back(item: UncertainInput) -> None:
    deviate = np.linspace(-5.0, 5.0, 401)
    value = item.value(deviate)
    assert np.all(np.diff(value) > 0.0)
    assert item.limits[0] <= value[0]
    assert value[-1] <= item.limits[1]
    np.testing.assert_allclose(item.deviate(value), deviate, atol=2e-6)


@pytest.mark.parametrize("item", INPUTS[:2] + INPUTS[3:6], ids=lambda item: item.path)
def test_a_range_holds_95_percent(item: UncertainInput) -> None:
    """Two standard deviations on either side of the value hold 95.45 %; the limits cut nothing inside the range."""
    low, high = item.deviate(np.array([item.entry.low, item.entry.high]))
    share = [0.5 * math.erfc(-z / math.sqrt(2.0)) for z in (low, high)]
    assert share[1] - share[0] == pytest.approx(math.erf(math.sqrt(2.0)), abs=2e-4)


def test_a_symmetric_range_is_a_normal_distribution() -> None:
    deviate = np.array([-3.0, -1.0, 0.0, 2.0])
    np.testing.assert_allclose(INPUTS[0].value(deviate), 3.1 + 0.15 * deviate, rtol=1e-12)
    factor = UncertainInput("", Sourced(1e-8, low=1e-10, high=1e-6))
    np.testing.assert_allclose(factor.value(deviate), 1e-8 * 10.0**deviate, rtol=1e-11)


def test_a_number_at_the_end_of_its_range_is_drawn_from_half_a_distribution() -> None:
    value = INPUTS[5].value(np.random.default_rng(1).standard_normal(20_000))
    assert np.mean(value) == pytest.approx(0.2 * math.sqrt(2.0 / math.pi), rel=0.02)  # half-normal, sd 0.2
    assert np.median(INPUTS[4].value(np.linspace(-3, 3, 601))) < 1.0


def test_a_changed_value_takes_its_range_along() -> None:
    moved = UncertainInput("", Sourced(4.0, low=2.8, high=3.4))
    np.testing.assert_allclose(moved.value(np.array([0.0, 1.0])), [4.0, 4.15])


@settings(max_examples=30, deadline=None)
@given(st.floats(0.01, 0.99), st.floats(0.0, 0.3), st.floats(1e-3, 0.3))
def test_shares_stay_shares_wherever_their_value_lies(value: float, below: float, above: float) -> None:
    item = UncertainInput("", Sourced(value, low=value - below, high=value + above), (0.0, 1.0))
    found = item.value(np.linspace(-6.0, 6.0, 61))
    assert np.all(np.diff(found) >= 0.0)
    assert found[0] >= 0.0
    assert found[-1] <= 1.0


def _same_method() -> Prior:
    entries = [Sourced(3.0, low=2.8, high=3.2, method="UPS", shared=share) for share in (0.5, 0.8)]
    entries.append(Sourced(1e-7, low=1e-8, high=1e-6, method="time of flight", shared=0.9))
    return Prior(tuple(UncertainInput(str(k), entry) for k, entry in enumerate(entries)))


def test_numbers_of_one_method_err_together() -> None:
    prior = _same_method()
    drawn = prior.values(prior.draw(20_000, seed=3))
    table = np.corrcoef(np.column_stack([drawn[:, :2], np.log(drawn[:, 2])]).T)
    np.testing.assert_allclose(table, prior.correlation, atol=0.02)
    assert prior.correlation[0, 1] == pytest.approx(math.sqrt(0.4))
    assert prior.correlation[0, 2] == 0.0
    np.testing.assert_array_equal(correlation(["", ""], [0.5, 0.5]), np.eye(2))


def test_coordinates_are_the_inverse_and_their_density_is_standard_normal() -> None:
    prior = _same_method()
    coordinates = prior.draw(50, seed=4)
    np.testing.assert_allclose(prior.coordinates(prior.values(coordinates)), coordinates, atol=1e-6)
    assert prior.log_density(np.zeros(3)) == pytest.approx(-1.5 * math.log(2.0 * math.pi))
    step = 1e-5
    one = coordinates[0]
    differences = [
        (prior.values(one + step * unit) - prior.values(one - step * unit)) / (2.0 * step) for unit in np.eye(3)
    ]
    np.testing.assert_allclose(prior.slopes(one), np.transpose(differences), rtol=1e-5, atol=1e-20)


def test_the_first_draws_of_a_seed_do_not_depend_on_their_number() -> None:
    prior = _same_method()
    np.testing.assert_array_equal(prior.draw(5, seed=1), prior.draw(9, seed=1)[:5])


def test_the_inputs_of_a_study_are_drawn_within_what_they_can_be() -> None:
    study = halodot.load("device-only")
    prior = prior_of(study)
    assert all(study.inputs[path].standard_deviation > 0.0 for path in prior.paths)
    changes = prior.changes(prior.values(prior.draw(1, seed=2))[0])
    assert changes["device.layers.PTAA.relative_permittivity"] >= 1.0
    assert uncertain("device.emitter.plqy", Sourced(0.99, sd=0.2)).limits == (0.0, 1.0)


def test_several_studies_draw_what_they_share_once() -> None:
    studies = {name: halodot.load(f"paper-{name}") for name in ("0.2", "control")}
    prior = prior_of(studies)
    by_path: dict[str, list[UncertainInput]] = {}
    for item in prior.inputs:
        by_path.setdefault(item.path, []).append(item)
    assert [item.studies for item in by_path["flask.etching"]] == [("0.2", "control")]
    assert all(len({name for item in items for name in item.studies}) <= 2 for items in by_path.values())


def test_an_input_without_a_range_is_not_drawn() -> None:
    study = halodot.load("device-only")
    with pytest.raises(InputError, match="neither a range"):
        prior_of(study, ["device.layers.PTAA.thickness"])
    with pytest.raises(InputError, match="no input"):
        prior_of(study, ["device.layers.PTAA.thicknes"])
