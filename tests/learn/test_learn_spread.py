"""How devices of one recipe differ: estimates against computed devices, known polynomials, seeds, and bad input."""

import math
from dataclasses import replace

import numpy as np
import pytest
from spread_devices import LED, drawn, made, share, varied

import halodot
from halodot.chain.simulate import simulate
from halodot.errors import InputError
from halodot.lab.device_statistics import expected_maximum
from halodot.learn.draws import coarse
from halodot.learn.limits import OUTPUTS
from halodot.learn.spread_estimate import scaled
from halodot.learn.spread_population import MISSED, REST, champions, output_spread, yielded
from halodot.learn.spread_result import DeviceSpread
from halodot.learn.spread_space import Followed, Follower, Space, drawn_devices
from halodot.report.spread_text import variation_rows
from halodot.results.summary import evaluate
from halodot.sources import Sourced
from halodot.study import Study, from_text
from halodot.study.spread import Deviation
from halodot.study.variations import variations_of

DIRECT = 120


@pytest.fixture(scope="module")
def study() -> Study:
    return from_text(LED, "led")


@pytest.fixture(scope="module")
def found(study: Study) -> DeviceSpread:
    return halodot.spread(study, 8, seed=2, training=32)


def test_estimates_agree_with_devices_that_are_computed_one_by_one(study: Study, found: DeviceSpread) -> None:
    variations = variations_of(study)
    space, central = Space(variations.items), simulate(coarse(study))
    deviates = drawn_devices(space, DIRECT, 1, (77, 0))
    direct = Follower(central.study, space, central).follow(deviates).numbers
    for name in ("eqe_max", "luminance", "el_peak"):
        values, own = scaled(name, direct[:, tuple(OUTPUTS).index(name)]), found.outputs[name]
        middle = math.log(own.middle.value) if own.logarithmic else own.middle.value
        error = values.std() / math.sqrt(DIRECT)
        assert abs(middle - values.mean()) < 3.0 * math.hypot(own.middle.error, error)
        again = np.random.default_rng(3).integers(0, DIRECT, (200, DIRECT))
        error = np.std(values[again].std(axis=1))
        assert abs(own.sd.value - values.std()) < 3.0 * math.hypot(own.sd.error, error)
        assert own.missed < 0.05


def test_indices_of_computed_devices_add_up_to_the_whole(found: DeviceSpread) -> None:
    own = found.outputs["luminance"]
    whole, error = sum(part.first.value for part in own.parts), math.hypot(*(part.first.error for part in own.parts))
    assert whole == pytest.approx(1.0, abs=4.0 * error)
    assert own.parts[0].path.endswith("thickness")
    assert found.champion is not None
    assert found.champion.low_95 < found.champion.expected.value < found.champion.high_95


def test_the_same_seed_gives_the_same_devices_and_another_others(study: Study) -> None:
    first, again, other = (
        halodot.spread(study, 2, seed=seed, training=8, workers=workers, only=["device.layers.HTL.*"])
        for seed, workers in ((4, 1), (4, 2), (5, 2))
    )
    assert np.array_equal(first.laboratory.numbers, again.laboratory.numbers, equal_nan=True)
    assert first.champions == again.champions
    assert first.yielded == again.yielded
    assert first.outputs["eqe_max"].parts == again.outputs["eqe_max"].parts
    assert not np.array_equal(first.laboratory.values, other.laboratory.values)


def test_pixels_of_a_batch_share_what_varies_from_batch_to_batch() -> None:
    space = Space(varied({"PTAA": {"batch": share(0.1)}, "dots": {"pixel": share(0.1)}}).items)
    values = space.values(drawn_devices(space, 12, 4, (1, 0)))
    assert [len(set(column)) for column in values.T] == [3, 12]


def test_a_share_is_the_standard_deviation_of_the_value_itself() -> None:
    space = Space(varied({"PTAA": {"batch": share(0.3), "pixel": share(0.4)}}).items)
    values = space.values(drawn_devices(space, 200_000, 1, (1, 0)))[:, 0] / 50e-9
    assert np.median(values) == pytest.approx(1.0, abs=0.01)
    spread = math.sqrt((1.0 + 0.09) * (1.0 + 0.16) - 1.0)
    assert values.std() / values.mean() == pytest.approx(spread, rel=0.02)


def test_a_pixel_is_read_over_the_area_that_it_should_have(study: Study) -> None:
    central = simulate(coarse(study))
    space = Space(variations_of(study).items)
    place = space.place("device.area")
    step = np.zeros((1, len(space.items)))
    step[0, place] = 2.0
    followed = Follower(central.study, space, central, 1).follow(step)
    larger = float(space.values(step)[0, place] / space.items[place].value)
    assert larger == pytest.approx(1.04, abs=0.001)
    assert followed.numbers[0, 1] == pytest.approx(evaluate(central, "luminance_max") * larger, rel=2e-3)
    assert followed.numbers[0, 0] == pytest.approx(evaluate(central, "eqe_max"), rel=1e-6)


# ------------------------------------------------------------------------------------------------- known polynomials


def no_devices(space: Space) -> Followed:
    return Followed(np.zeros((1, len(space.items))), np.full((1, len(OUTPUTS)), 0.2), ("",))


def test_indices_of_a_known_polynomial_are_found() -> None:
    found = varied({"a": {"batch": share(0.1)}, "b": {"pixel": share(0.1)}})
    space, estimates, population = drawn(found, {"eqe_max": np.array([0.2, 0.02, 0.0, 0.01])})
    own = output_spread(estimates["eqe_max"], population, space, no_devices(space), 0.2, 1)
    parts = {part.path.split(".")[-2] if part.path else part.called: part for part in own.parts}
    for name, first, total in (("a", 0.8, 1.0), ("b", 0.0, 0.2), (REST, 0.0, 0.0), (MISSED, 0.0, 0.0)):
        assert abs(parts[name].first.value - first) < 4.0 * parts[name].first.error + 1e-9
        assert abs(parts[name].total.value - total) < 4.0 * parts[name].total.error + 1e-9
    assert own.sd.value == pytest.approx(math.hypot(0.02, 0.01), abs=4.0 * own.sd.error)


def test_the_champion_of_normal_devices_is_the_highest_of_as_many_draws() -> None:
    found = varied({"a": {"pixel": share(0.1)}, "b": {"pixel": share(0.1)}}, shorts=0.0, pixels=1)
    _, estimates, population = drawn(found, {"eqe_max": np.array([0.2, 0.01, 0.0, 0.0])})
    best = {item.devices: item for item in champions(population, estimates["eqe_max"], (20, 20), 20)}
    for count in (1, 2, 20):
        expected = 0.2 + 0.01 * (expected_maximum(count)[0] if count > 1 else 0.0)
        assert best[count].expected.value == pytest.approx(expected, abs=4.0 * best[count].expected.error)
    assert best[20].high_68 - best[20].low_68 == pytest.approx(2.0 * 0.01 * expected_maximum(20)[1], rel=0.1)


def test_batches_make_the_champion_lower_and_its_interval_wider() -> None:
    formula = {"eqe_max": np.array([0.2, 0.01, 0.0, 0.0])}
    found = {}
    for level in ("batch", "pixel"):
        _, estimates, population = drawn(varied({"a": {level: share(0.1)}, "b": {"pixel": share(0.1)}}, 0.0), formula)
        (found[level],) = (one for one in champions(population, estimates["eqe_max"], (1, 1), 20) if one.devices == 20)
    assert found["batch"].expected.value < found["pixel"].expected.value - 0.005
    assert found["batch"].high_68 - found["batch"].low_68 > found["pixel"].high_68 - found["pixel"].low_68


def test_the_yield_counts_shorts_and_devices_without_light() -> None:
    found = varied({"a": {"pixel": share(0.1)}, "b": {"pixel": share(0.1)}}, shorts=50_000.0)
    _, estimates, population = drawn(found, {"eqe_max": np.array([0.2, 0.01, 0.0, 0.0])})
    own = yielded(population, (30, 40), 20)
    assert own.shorted == pytest.approx(1.0 - math.exp(-0.2))
    assert own.working.value == pytest.approx(0.75 * math.exp(-0.2))
    assert own.works[0] < 20 * own.working.value < own.works[1]
    assert estimates["eqe_max"].missed < 1e-6


def test_a_device_with_a_short_is_in_no_histogram() -> None:
    lab = made().laboratory
    assert lab.shorted[1]
    assert lab.seen("eqe_max").size == 19
    assert lab.seen("half_life").size == 0


def test_a_number_that_no_device_gives_is_not_given_for_some(found: DeviceSpread) -> None:
    told = [note.text for note in found.notes if "half life" in note.text]
    assert told == ["No device of this study gives the half life (T50)."]


def test_the_origin_of_each_level_is_told_where_they_differ() -> None:
    measured = Deviation(Sourced(0.03, "1", "measured", "our profiler"), True, "the study")
    assumed = Deviation(Sourced(0.05, "1", "assumed", ""), True, "the study")
    found = replace(made(), variations=varied({"a": {"batch": assumed, "pixel": measured}}))
    assert variation_rows(found)[0][-3:] == ("assumed (batch), measured (pixel)", "our profiler (pixel)", "the study")


# ------------------------------------------------------------------------------------------------------- bad input


def test_bad_input_is_told_in_a_sentence(study: Study) -> None:
    for keywords, told in (
        ({"devices": 0}, "at least one device is needed"),
        ({"devices": 5000}, "at most 2000 devices"),
        ({"seed": -1}, "a seed is not negative"),
        ({"training": 2}, "at least 8 devices"),
        ({"only": ["device.layers.HTL.hole_mobility"]}, "is no number that varies between devices"),
        ({"sd": {"device.layers.HTL.thickness": {"pixel": "-5 %"}}}, "a standard deviation is not negative"),
        ({"sd": {"device.layers.HTL.thickness": {"pixel": "3"}}}, "share of 300 %; write its unit. Did you mean '3 %'"),
        ({"sd": {"device.layers.HTX.thickness": {"pixel": "5 %"}}}, "is no number of the study that could vary"),
        ({"sd": {"device.layers.HTL.thickness": {"pixel": "5 eV"}}}, "length"),
        ({"sd": {"device.*": {"batch": "0 %", "pixel": "0 %"}}}, "nothing varies between devices"),
    ):
        with pytest.raises(InputError) as caught:
            halodot.spread(study, **keywords)  # type: ignore[arg-type]
        (problem,) = caught.value.problems
        assert told in str(problem), problem


def test_a_device_without_light_is_refused() -> None:
    with pytest.raises(InputError, match="spread needs a study with a device that emits"):
        halodot.spread(halodot.load("sclc-dots"))
