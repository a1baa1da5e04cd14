"""The section of parameters and given states: what their numbers may be, and readings other than the library's."""

from __future__ import annotations

import pytest

from halodot import simulate
from halodot.errors import InputError, ValidityError
from halodot.study import from_document, from_text, load, to_document
from halodot.study.declarations import declared
from halodot.study.library import STAGES, parameters
from halodot.study.reader import broken_rule


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("flask.etching=-5", "is negative"),
        ("dots.background_rate=-1 1/ns", "is negative"),
        ("flask.pair_constant=0 m3/mol", "larger than zero"),
        ("dots.radiative_rate=0 1/ns", "larger than zero"),
        ("perovskite.iodide_permittivity=0", "below 1"),
        ("film.temperature=310 K", "run.temperature"),
        ("film.visited_dots=0", "larger than zero"),
        ("flask.usual_length=0 nm", "larger than zero"),
    ],
)
def test_a_parameter_that_nothing_can_have_is_refused(change: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load("paper-0.2", [change])


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        ("flask.etching", "0", 0.0),
        ("dots.size_offset", "-0.1 nm", -1e-10),
        ("film.red_shift", "-5 meV", -5e-3),
        ("dots.trap_share", "1.01", 1.01),
    ],
)
def test_a_parameter_may_be_switched_off_or_negative_where_that_has_a_meaning(
    path: str, text: str, value: float
) -> None:
    assert load("paper-0.2", [f"{path}={text}"]).inputs[path].value == pytest.approx(value)


def test_every_value_and_range_of_the_library_keeps_the_rules() -> None:
    for stage in STAGES:
        for path, entry in parameters(stage)[1].items():
            rule = declared(path)["valid"]
            stated = [value for value in (entry.value, entry.low, entry.high) if value == value]
            assert not [value for value in stated if broken_rule(value, rule)], path


def test_another_reading_of_the_text_can_be_taken() -> None:
    """By volume, 1.5 times the amino acid's own volume would be another amount of acid than by moles."""
    study = load("paper-0.2", ["dots.lifetime_average=intensity", "run.stop_after=film"])
    assert study.dots.lifetime_average == "intensity"
    plain = simulate(load("paper-0.2", ["run.stop_after=film"])).dots
    assert simulate(study).dots.lifetime > plain.lifetime
    again = from_document(to_document(study), study.path)
    assert again.dots.lifetime_average == "intensity"
    titrated = load("paper-0.2", ["flask.free_amine_reading=titration", "run.stop_after=flask"])
    assert simulate(titrated).flask.free_amine == pytest.approx(0.4e-3)


def test_an_unknown_reading_is_an_error_of_the_input() -> None:
    with pytest.raises(InputError, match="amplitude or intensity"):
        simulate(load("paper-0.2", ["dots.lifetime_average=median", "run.stop_after=dots"]))
    assert load("device-only", ["dots.lifetime_average=intensity"]).notes


def test_a_first_exciton_outside_the_spectral_range_is_refused() -> None:
    with pytest.raises(ValidityError, match=r"first exciton .* nm, outside the range of 350 to 800 nm"):
        simulate(load("paper-0.2", ["perovskite.iodide_band_gap=5 eV", "run.stop_after=dots"]))


DOTS = (
    "edge_length: 5 nm, edge_length_spread: 1 nm, spectroscopic_spread: 0.3 nm, wavelength: [600 nm, 700 nm], "
    "absorbance: 1, pl: 1, first_exciton: 635 nm, pl_peak: 645 nm, pl_fwhm: 38 nm, plqy: 0.9, radiative_rate: 1e8 1/s, "
    "trap_rate: 1e7 1/s, time: [0 ns, 1 ns], trpl: [1, 0.9], lifetime: 7 ns"
)


def test_curves_over_the_washes_have_one_length() -> None:
    text = f"given: {{dots: {{{DOTS}, plqy_by_wash: [0.98, 0.95, 0.9], trap_rate_by_wash: %s}}}}"
    assert from_text(text % "1e7 1/s").given["dots"].trap_rate_by_wash.tolist() == [1e7, 1e7, 1e7]
    with pytest.raises(InputError, match="2 values, but its axis 'wash' has 3"):
        from_text(text % "[1e7 1/s, 2e7 1/s]")


def test_a_given_reason_is_kept_and_what_follows_from_a_recipe_is_not_given() -> None:
    study = from_text("extends: paper-0.2\ngiven: {flask.survived: no, flask.reason: seen to turn yellow}")
    assert simulate(study).flask.reason == "seen to turn yellow"
    with pytest.raises(InputError, match="amounts follow from a recipe"):
        from_text("extends: paper-0.2\ngiven: {flask.amounts: 3}")
