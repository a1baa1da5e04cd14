"""What limits a device: the effects against direct reruns, the ranges, and what a measurement would leave."""

from collections.abc import Mapping

import numpy as np
import pytest

import halodot
from halodot import Study
from halodot.errors import InputError
from halodot.learn.far_ends import cautions, coarser_grid
from halodot.learn.knobs import NOT_VARIED, assumed_ranges, group_of, knobs_of
from halodot.learn.known_inputs import sd_with_known, variance_of
from halodot.learn.limits import (
    OUTPUTS,
    KnobEffect,
    Limits,
    _at_end,
    _part_of,
    _Start,
    limit_numbers,
    limits,
)
from halodot.learn.measurements import _OTHER, by_measurement, measurement_of
from halodot.learn.sensitivity import Sensitivities, coarser
from halodot.results.summary import QUANTITIES, evaluate
from halodot.states import Note, replaced
from halodot.study import with_inputs

NUMBERS = (
    "device.layers.PO-T2T.thickness",
    "device.layers.ITO.th*ness",
    "device.layers.PO-T2T.electron_affinity",
    "device.layers.TmPyPB.electron_mobility",
    "device.layers.Al.thickness",
    "device.emitter.plqy",
    "device.emitter.trion_auger_rate",
)


def cheap() -> Study:
    """The device without a recipe, on coarse grids."""
    study = coarser(halodot.load("device-only"))
    run = replaced(study.run, voltages=np.linspace(0.0, 6.0, 16), tolerance=np.inf)
    return replaced(study, run=run)


@pytest.fixture(scope="module")
def found() -> Limits:
    """What limits it, of some numbers."""
    return limits(cheap(), NUMBERS, workers=1)


def direct(changes: Mapping[str, float]) -> Mapping[str, float]:
    """The outputs of the device with other numbers, computed from nothing."""
    return limit_numbers({"study": halodot.simulate(with_inputs(cheap(), changes))})


@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_largest_effects_are_those_of_direct_reruns(found: Limits, place: int) -> None:
    item = found.ranked("eqe_max")[place]
    assert item.rerun
    knob = item.knob
    low, high = (direct({knob.path: end})["eqe_max"] for end in knob.ends)
    assert item.at_low["eqe_max"] == pytest.approx(low, rel=0.01)
    assert item.at_high["eqe_max"] == pytest.approx(high, rel=0.01)
    swing = high - low
    assert np.sign(item.at_high["eqe_max"] - item.at_low["eqe_max"]) == np.sign(swing)
    step = 0.02 * knob.value
    below, above = (direct({knob.path: knob.value + change})["eqe_max"] for change in (-step, step))
    local = (above - below) / (2.0 * step)
    assert item.slope["eqe_max"] == pytest.approx(local, rel=0.25)
    assert item.elasticity["eqe_max"] == pytest.approx(item.slope["eqe_max"] * knob.value / found.base["eqe_max"])


def test_they_are_ranked_by_the_full_swing(found: Limits) -> None:
    sizes = [item.size("eqe_max") for item in found.ranked("eqe_max")]
    assert sizes == sorted(sizes, reverse=True)
    assert [item.size("eqe_max") for item in found.effects] == sizes
    assert all(item.knob.on_bench for item in found.ranked(on_bench=True))
    assert len(found.ranked(on_bench=True)) + len(found.ranked(on_bench=False)) == len(NUMBERS)
    for item in found.effects:
        ends = (item.at_low["eqe_max"], item.base["eqe_max"], item.at_high["eqe_max"])
        assert item.swing("eqe_max") == pytest.approx(max(ends) - min(ends))
        assert item.best("eqe_max")[1] == max(ends)


def test_what_hardly_matters_follows_its_derivative(found: Limits) -> None:
    aluminium = next(item for item in found.effects if item.knob.path == "device.layers.Al.thickness")
    assert not aluminium.rerun
    change = aluminium.slope["eqe_max"] * (aluminium.knob.high - aluminium.knob.value)
    assert aluminium.at_high["eqe_max"] == pytest.approx(aluminium.base["eqe_max"] + change)
    assert abs(change) < OUTPUTS["eqe_max"].threshold


def test_an_optimum_inside_the_range_is_noticed(found: Limits) -> None:
    item = found.effects[0]
    low, base, high = (dict.fromkeys(OUTPUTS, value) for value in (0.1, 0.2, 0.15))
    inside = KnobEffect(item.knob, base, item.elasticity, item.slope, low, high, rerun=True)
    assert inside.turns("eqe_max")
    assert inside.best("eqe_max") == (item.knob.value, 0.2)
    assert inside.swing("eqe_max") == pytest.approx(0.1)
    rising = KnobEffect(item.knob, base, item.elasticity, item.slope, low, {**high, "eqe_max": 0.3}, rerun=True)
    assert not rising.turns("eqe_max")
    assert rising.best("eqe_max") == (item.knob.high, 0.3)


def test_an_end_that_is_refused_says_why() -> None:
    study = cheap()
    start = _Start(study, halodot.simulate(study), study)
    end = _at_end(start, ("device.emitter.peak", 200e-9))
    assert end.failure.startswith("refused: ")
    assert not end.numbers


def test_an_end_that_the_model_extrapolates_says_so_and_through_what() -> None:
    before = halodot.load("device-only")
    study = with_inputs(before, {"device.emitter.plqy": 0.1})
    weak, bright = (halodot.simulate(one) for one in (study, before))
    (said,) = cautions(weak, bright)
    factor = evaluate(bright, "luminance_max") / evaluate(weak, "luminance_max")
    assert factor > 3.0
    assert said.startswith("extrapolated: it moves the highest luminance of the sweep by a factor of ")
    assert float(said.split("factor of ")[1].split(",")[0]) == pytest.approx(factor, rel=0.05)
    assert cautions(bright, bright) == ()
    note = Note("unlikely", "The film is thick.", "device.layers.PTAA.thickness")
    noted = replaced(bright, study=replaced(bright.study, notes=(note,)))
    assert cautions(bright, noted) == ("unlikely: The film is thick",)


def test_another_grid_than_that_of_the_run_is_said() -> None:
    result = halodot.simulate(halodot.load("device-only"))
    own = evaluate(result, "luminance_max")
    assert coarser_grid(result, own) == ()
    (said,) = coarser_grid(result, 1.01 * own)
    assert f"{own:.4g} cd/m2 in the run" in said


def test_the_loss_budget_is_that_of_the_device(found: Limits) -> None:
    assert found.losses is not None
    assert found.losses.eqe == pytest.approx(found.base["eqe_max"], rel=0.02)
    assert found.losses.remainder == pytest.approx(0.0, abs=1e-6)


def test_the_share_of_an_input_is_what_knowing_it_takes_away(found: Limits) -> None:
    shares = {row.path: row.share for row in found.variance["eqe_max"]}
    # these inputs err on their own, so that their shares add up
    assert sum(shares.values()) == pytest.approx(1.0, abs=1e-3)
    for item in found.settled:
        left = sum(shares.get(path, 0.0) for path in item.paths)
        assert 1.0 - item.drop("eqe_max") == pytest.approx(np.sqrt(max(1.0 - left, 0.0)), abs=2e-3)
    # no uncertainty is stated of the quantum yield, which moves the EQE
    assert "device.emitter.plqy" in found.not_counted["eqe_max"]


def test_the_derivatives_of_a_whole_summary_are_read_by_name(found: Limits) -> None:
    names = tuple(QUANTITIES)
    table = np.arange(3.0 * len(names)).reshape(3, len(names))
    every = Sensitivities(
        inputs=("a", "b", "c"),
        quantities=names,
        value=np.arange(float(len(names))),
        derivative=table,
        input_value=np.array([1.0, 2.0, 3.0]),
        input_sd=np.array([0.1, 0.2, 0.3]),
        kinds=("assumed", "measured", "calibrated"),
        methods=("", "m", ""),
        shared=(0.0, 0.5, 0.0),
    )
    part = _part_of(every, {"c": found.effects[0].knob, "a": found.effects[1].knob})
    assert part.inputs == ("c", "a")
    assert part.kinds == ("calibrated", "assumed")
    assert part.input_sd.tolist() == [0.3, 0.1]
    for name in OUTPUTS:
        column = names.index("luminance_max" if name == "luminance" else name)
        assert part.value[part.quantities.index(name)] == column
        assert part.derivative[:, part.quantities.index(name)].tolist() == [table[2, column], table[0, column]]


def test_a_known_input_tells_of_those_that_err_with_it() -> None:
    random = np.random.default_rng(1)
    root = random.normal(size=(5, 5))
    covariance, gradient = root @ root.T, random.normal(size=5)
    draws = random.multivariate_normal(np.zeros(5), covariance, size=200_000)
    output = draws @ gradient
    known = np.array([1, 3])
    fitted, *_ = np.linalg.lstsq(draws[:, known], output, rcond=None)
    left = float(np.std(output - draws[:, known] @ fitted))
    assert sd_with_known(gradient, covariance, known) == pytest.approx(left, rel=0.01)
    assert sd_with_known(gradient, covariance, np.arange(5)) == pytest.approx(0.0, abs=1e-6)
    assert np.sqrt(variance_of(gradient, covariance)) == pytest.approx(float(np.std(output)), rel=0.01)


def test_a_study_without_light_and_an_unknown_number_are_refused() -> None:
    with pytest.raises(InputError, match="device that emits"):
        limits(halodot.load("npb-alq3"))
    with pytest.raises(InputError, match=r"no light.* for holes from PTAA to dots"):
        limits(halodot.load("device-only", ("device.layers.PTAA.ionisation_energy=4.4 eV",)))
    with pytest.raises(InputError, match="no number that can be varied"):
        limits(cheap(), ("device.layers.PO-T2T.colour",))


# ---------------------------------------------------------------------------------------------------------- the numbers


@pytest.mark.parametrize(
    ("path", "group"),
    [
        ("recipe.pot[3].mass", "recipe"),
        ("recipe.work_up[1].wash.methyl acetate", "recipe"),
        ("flask.bath_temperature", "recipe"),
        ("device.layers.PTAA.thickness", "stack"),
        ("device.area", "stack"),
        ("run.humidity", "conditions"),
        ("device.layers.PTAA.hole_mobility", "material"),
        ("device.emitter.plqy", "material"),
        ("recipe.chemicals.oleic acid.purity", "material"),
        ("perovskite.iodide_band_gap", "material"),
        ("flask.exchange_constant", "model"),
        ("ageing.half_life", "model"),
    ],
)
def test_what_can_be_set_on_the_bench_is_told_from_what_is_uncertain(path: str, group: str) -> None:
    assert group_of(path) == group


def test_every_number_has_a_range_around_it() -> None:
    study = halodot.load("paper-0.2")
    knobs = knobs_of(study)
    for path, knob in knobs.items():
        assert knob.low <= knob.value <= knob.high, path
        assert knob.on_bench == (knob.group in ("recipe", "stack", "conditions"))
        entry = study.inputs[path]
        if not knob.on_bench and np.isfinite(entry.low):
            assert knob.ends == (entry.low, entry.high)
    assert not any(path.rsplit(".", 1)[-1] in NOT_VARIED for path in knobs)
    thickness = knobs["device.layers.TmPyPB.thickness"]  # 6 +- 0.3 nm, of which a bench may try more
    assert thickness.ends == pytest.approx((4.2e-9, 7.8e-9))
    assert thickness.assumed_range == "30 % down and up"
    assert knobs["device.layers.dots.thickness"].assumed_range == ""  # 30 +- 8 nm is more than 30 %
    temperature = knobs["recipe.pot[6].temperature"]
    assert temperature.high - temperature.low == pytest.approx(20.0)
    time = knobs["recipe.pot[8].duration"]
    assert time.high / time.value == pytest.approx(1.5)
    assert any("30 % down and up" in line for line in assumed_ranges(knobs.values()))


def test_every_uncertain_number_of_the_shipped_studies_has_a_measurement() -> None:
    for name in ("paper-0.2", "device-only", "tetrafluoroboric-acid"):
        without = [path for path in knobs_of(halodot.load(name)) if measurement_of(path) == _OTHER]
        assert not without
    assert measurement_of("device.layers.PTAA.hole_mobility").method.startswith("space-charge-limited")
    assert measurement_of("device.emitter.plqy").method.startswith("integrating sphere")
    together = by_measurement(("device.layers.PTAA.cauchy_a", "device.layers.PTAA.cauchy_b", "device.area"))
    assert ("device.layers.PTAA.cauchy_a", "device.layers.PTAA.cauchy_b") in together.values()
