"""What a study says of how far its devices differ, and what the library has for the rest."""

import pytest
from spread_devices import LED

import halodot
from halodot.errors import InputError
from halodot.sources import KINDS
from halodot.study import from_text, study_schema, to_document
from halodot.study.library import source_keys
from halodot.study.variations import how_made, stated_by_hand, usual_spread, variations_of

OWN = """
spread:
  pixels_per_batch: 8
  shorts: {value: 1 1/cm2, kind: measured, source: our microscope}
  device.layers.HTL.thickness: {batch: 6 %, pixel: {value: 1 nm, kind: measured, source: our profiler}}
  device.layers.ETL.*: {pixel: 0 %}
"""


def test_the_study_counts_before_the_library_and_the_caller_before_both() -> None:
    study = from_text(LED + OWN)
    found = {item.path: item for item in variations_of(study).items}
    own = found["device.layers.HTL.thickness"]
    assert not own.relative
    assert own.sd("batch") == pytest.approx(2.4e-9)
    assert own.sd("pixel") == pytest.approx(1e-9)
    assert own.by_level["pixel"].entry.source == "our profiler"
    assert set(found["device.layers.ETL.thickness"].by_level) == {"batch"}
    assert found["device.layers.dots.thickness"].by_level["batch"].stated_by == "the library"
    assert variations_of(study).pixels_per_batch.entry.value == 8.0
    assert variations_of(study).shorts.entry.value == pytest.approx(1e4)
    more = stated_by_hand(study, {"device.layers.HTL.thickness": {"pixel": "2 %", "batch": "1 %"}})
    found = {item.path: item for item in variations_of(study, more).items}
    assert found["device.layers.HTL.thickness"].by_level["pixel"].stated_by == "the caller"
    assert found["device.layers.HTL.thickness"].relative


def test_how_uncertain_a_number_is_says_nothing_of_how_far_devices_differ() -> None:
    wider = from_text(LED.replace("sd: 9 nm", "sd: 20 nm"))
    assert variations_of(wider) == variations_of(from_text(LED))


def test_layers_are_made_as_their_place_says() -> None:
    assert how_made(halodot.load("paper-0.2").stack) == {
        "ITO": "bought",
        **dict.fromkeys(("PEDOT:PSS", "PTAA", "dots"), "solution"),
        **dict.fromkeys(("TmPyPB", "PO-T2T", "LiF", "Al"), "evaporated"),
    }
    assert how_made(None) == {}


def test_the_library_states_kind_and_source_of_every_deviation() -> None:
    usual = usual_spread()
    variations = variations_of(halodot.load("paper-0.2"))
    told = [usual.shorts, usual.pixels_per_batch, *(one for item in variations.items for one in item.by_level.values())]
    for one in told:
        assert one.entry.kind in KINDS
        assert one.entry.source in ("halodot", *source_keys())
        assert one.entry.about
    varied = {item.path for item in variations.items}
    for path in ("device.area", "recipe.stocks.ligand[0].amount", "recipe.work_up[1].wash.ethyl acetate"):
        assert path in varied
    assert {"flask.pool_carry_over", "film.thin_spot_conductance"} <= varied


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("device.layers.HTL.thickness: {batch: -5 %}", "a standard deviation is not negative"),
        ("device.layers.HTK.thickness: {batch: 5 %}", "Did you mean 'device.layers.HTL.thickness'"),
        ("device.*: {batch: 5 nm}", "several units"),
        ("device.area: {pixel: 5 nm}", "an area is expected"),
        ("device.area: {pixle: 5 %}", "Did you mean 'pixel'"),
        ("device.area: {pixel: {kind: assumed}}", "the key 'value' is missing"),
        ("device.area: {pixel: {value: 5 %, source: nobody2020}}", "the bibliography has no 'nobody2020'"),
        ("pixels_per_batch: 2.5", "is not a whole number"),
        ("shorts: -1 1/cm2", "is negative"),
    ],
)
def test_what_is_wrong_with_a_spread_is_told_in_a_sentence(line: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        from_text(f"{LED}spread:\n  {line}\n")
    (problem,) = caught.value.problems
    assert told in str(problem)


def test_a_spread_is_kept_and_valid_by_the_schema() -> None:
    import jsonschema

    document = to_document(from_text(LED + OWN))
    validator = jsonschema.Draft202012Validator(study_schema())
    validator.validate(document)
    assert not validator.is_valid({**document, "spread": {"device.area": {"pixle": "5 %"}}})
