"""Derivatives against closed forms, and what follows from them."""

import math
from collections.abc import Mapping

import numpy as np
import pytest

import halodot
from halodot import Result
from halodot.learn.sensitivity import (
    STEP,
    Sensitivities,
    largest,
    sensitivities,
    standard_deviation,
    stands_on,
    uncertain_inputs,
)
from halodot.summary import evaluate


def made_up(derivative: list[list[float]]) -> Sensitivities:
    return Sensitivities(
        inputs=("a", "b", "c"),
        quantities=("q",),
        value=np.array([10.0]),
        derivative=np.array(derivative),
        input_value=np.array([1.0, 2.0, 4.0]),
        input_sd=np.array([0.1, 0.2, math.nan]),
        kinds=("assumed", "calibrated", "literature"),
    )


def test_elasticity_is_the_logarithmic_slope() -> None:
    assert made_up([[10.0], [5.0], [0.0]]).elasticity("q") == pytest.approx([1.0, 1.0, 0.0])


def test_spread_adds_in_squares_and_with_correlation() -> None:
    found = made_up([[3.0], [2.0], [9.0]])
    assert standard_deviation(found, "q") == pytest.approx(math.hypot(0.3, 0.4))
    assert standard_deviation(found, "q", {("a", "b"): 1.0}) == pytest.approx(0.7)
    assert standard_deviation(found, "q", {("a", "b"): -1.0}) == pytest.approx(0.1)


def test_a_result_stands_on_what_moves_it_and_is_not_literature() -> None:
    found = made_up([[10.0], [1e-3], [50.0]])
    assert stands_on(found, "q") == ("a",)


def test_what_could_not_be_computed_counts_as_standing_on_it() -> None:
    assert stands_on(made_up([[math.nan], [0.0], [0.0]]), "q") == ("a",)


def test_largest_orders_by_the_shift_of_one_standard_deviation() -> None:
    assert largest(made_up([[1.0], [-2.0], [5.0]]), "q") == [("b", -0.4), ("a", 0.1)]


def read(results: Mapping[str, Result]) -> Mapping[str, float]:
    return {name: evaluate(results["x"], name) for name in ("film_plqy", "lifetime", "mobility", "plqy")}


def test_known_power_laws_come_out_of_the_chain() -> None:
    """Mobility is proportional to its reference; film PLQY to the transfer factor; neither moves the lifetime."""
    study = halodot.load("paper-0.2", ["run.stop_after=film"])
    found = sensitivities({"x": study}, read)
    place = {name: index for index, name in enumerate(found.inputs)}
    mobility = found.elasticity("mobility")
    assert mobility[place["film.reference_mobility"]] == pytest.approx(1.0, rel=1e-9)
    gap = halodot.simulate(study).film.gap - study.film.reference_gap
    decay = study.film.tunnelling_decay
    assert mobility[place["film.tunnelling_decay"]] == pytest.approx(math.expm1(-STEP * decay * gap) / STEP)
    assert found.elasticity("lifetime")[place["film.reference_mobility"]] == 0.0
    assert set(found.inputs) == set(uncertain_inputs({"x": study}))


def test_processes_give_the_same_as_one() -> None:
    from halodot.learn.sensitivity import summary_numbers

    study = {"x": halodot.load("paper-0.2", ["run.stop_after=dots"])}
    alone, shared = sensitivities(study, summary_numbers), sensitivities(study, summary_numbers, workers=2)
    assert alone.inputs == shared.inputs
    np.testing.assert_array_equal(alone.derivative, shared.derivative)


def test_an_input_of_zero_with_a_range_is_uncertain_too() -> None:
    """A shift of the whole spectrum by dE moves its peak by -lambda^2 / hc dE, whatever its most probable value."""
    study = halodot.load("paper-0.2", ["run.stop_after=film"])
    assert study.inputs["film.red_shift"].value == 0.0
    assert study.inputs["film.red_shift"].standard_deviation > 0.0
    assert {"film.red_shift", "stack.ITO.index_offset"} <= set(uncertain_inputs({"x": study}))
    found = sensitivities({"x": study}, emitted_energy)
    slope = found.derivative[found.inputs.index("film.red_shift"), 0]
    assert slope == pytest.approx(-1.0, rel=0.02)
    assert standard_deviation(found, "energy") > 0.9 * study.inputs["film.red_shift"].standard_deviation


def emitted_energy(results: Mapping[str, Result]) -> Mapping[str, float]:
    """Mean photon energy [eV] of the film's emission."""
    film = results["x"].film
    weights = film.spectrum / film.spectrum.sum()
    return {"energy": float(weights @ (1.239841984e-6 / film.wavelength))}
