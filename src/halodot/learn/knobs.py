"""The numbers of a study that limit its device: which can be set on the bench tomorrow, and how far each may go."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from halodot.learn.priors import uncertain
from halodot.paths import chemical_of, device_word, emitter_word, layer_of, root_of, step_of, word_of
from halodot.sources import Sourced
from halodot.states import Recipe
from halodot.study import Study
from halodot.study.declarations import declared
from halodot.wording import in_words

Group = Literal["recipe", "stack", "conditions", "material", "model"]

#: what can be set on the bench tomorrow, declared here and nowhere else: every number of a line of the procedure
#: (recipe), and these words of layers, of the device, of the flask and of the run
BENCH_LAYER: tuple[str, ...] = ("thickness",)
BENCH_DEVICE: tuple[str, ...] = ("area", "pixel_width", "lead_length")
BENCH_FLASK: tuple[str, ...] = ("bath_temperature", "standing_time")
CONDITIONS: tuple[str, ...] = ("temperature", "humidity", "lifetime_luminance")
#: what is no knob: constants of nature and of formulas, and numbers of the computation
NOT_VARIED: frozenset[str] = frozenset(
    (
        "molar_mass",
        "halide_count",
        "cation_count",
        "binding_groups",
        "carbons",
        "iodide_formula_mass",
        "tolerance",
        "calibrated_from",
        "calibrated_to",
        "temperature_reach",
        "humidity_reach",
    )
)


class Reach(NamedTuple):
    """How far a number without a stated range is taken to go."""

    said: str
    factor: float = math.nan  # down and up
    share: float = math.nan  # of the value, down and up
    distance: float = math.nan  # [SI], down and up


#: plausible ranges of what is set on the bench, by the SI unit of the number
_ON_BENCH: Mapping[str, Reach] = {
    "K": Reach("10 K down and up", distance=10.0),
    "s": Reach("a factor of 1.5 down and up", factor=1.5),
}
_BENCH_ELSE = Reach("30 % down and up", share=0.3)
#: plausible ranges of what is only uncertain and states no range, by the SI unit of the number
_UNCERTAIN: Mapping[str, Reach] = {
    "eV": Reach("0.2 eV down and up", distance=0.2),
    "V": Reach("0.2 V down and up", distance=0.2),
    "K": Reach("10 K down and up", distance=10.0),
    "m2/V/s": Reach("a factor of 10 down and up", factor=10.0),
    "1/s": Reach("a factor of 3 down and up", factor=3.0),
    "m2/s": Reach("a factor of 10 down and up", factor=10.0),
    "1/m3": Reach("a factor of 3 down and up", factor=3.0),
}
#: and by its word, which counts before the unit
_UNCERTAIN_WORDS: Mapping[str, Reach] = {
    "peak": Reach("10 nm down and up", distance=10e-9),
    "cauchy_a": Reach("0.06 down and up", distance=0.06),
    "index_offset": Reach("0.06 down and up", distance=0.06),
}
_UNCERTAIN_ELSE = Reach("10 % down and up", share=0.1)
#: standard deviations from the value to the ends of a range that holds 95 %
_ENDS = 1.96


@dataclass(frozen=True)
class Knob:
    """One number of a study and how far it may go, in SI."""

    path: str
    called: str  # in words
    on_bench: bool  # whether it can be set tomorrow, rather than being uncertain
    group: Group
    kind: str  # of the input: measured, literature, calibrated, assumed
    unit: str
    value: float
    low: float
    high: float
    assumed_range: str  # how far it was taken to go where the study does not say; empty where it says

    @property
    def ends(self) -> tuple[float, float]:
        """The lower and the upper end of the range."""
        return self.low, self.high


def group_of(path: str) -> Group:
    """Return what kind of number a path names: of the recipe, the stack, the surroundings, a material or a model.

    Args:
        path: of an input.
    """
    word, layer = word_of(path), layer_of(path)
    if step_of(path) is not None or (root_of(path) == "flask" and word in BENCH_FLASK):
        return "recipe"
    if (layer is not None and layer.word in BENCH_LAYER) or device_word(path) in BENCH_DEVICE:
        return "stack"
    if root_of(path) == "run" and word in CONDITIONS:
        return "conditions"
    of_material = layer is not None or device_word(path) or emitter_word(path) or chemical_of(path)
    return "material" if of_material or root_of(path) in ("given", "perovskite") else "model"


def knobs_of(study: Study) -> dict[str, Knob]:
    """Return every number of a study that may limit its device, by path.

    Args:
        study: with its inputs.

    Returns:
        Those that can be set on the bench and those that are uncertain; constants of formulas, counts, numbers of the
        computation and zeros without a range are left out.
    """
    found = {}
    for path, entry in study.inputs.items():
        if word_of(path) in NOT_VARIED or not math.isfinite(entry.value):
            continue
        knob = _knob(path, entry, _material(study.recipe, path))
        if knob.low < knob.high:
            found[path] = knob
    return found


def _material(recipe: Recipe | None, path: str) -> str:
    """Return which reagent a line of the procedure is about, empty where it is about none."""
    line = step_of(path)
    if recipe is None or line is None:
        return ""
    steps = recipe.stocks[line.stock] if line.part == "stocks" else getattr(recipe, line.part)
    return str(steps[line.line].material)


def _knob(path: str, entry: Sourced, material: str) -> Knob:
    group = group_of(path)
    on_bench = group in ("recipe", "stack", "conditions")
    low, high = _stated(path, entry)
    said = ""
    if on_bench or not low < high:
        reach = _reach(path, entry.unit, on_bench)
        wider = _reached(path, entry.value, reach)
        # what can be set may be set further than it is uncertain
        if not (low <= wider[0] and high >= wider[1]):
            low, high, said = min((low, wider[0])), max((high, wider[1])), reach.said
    called = f"{in_words(path)} ({material})" if material else in_words(path)
    return Knob(path, called, on_bench, group, entry.kind, entry.unit, entry.value, low, high, said)


def _reach(path: str, unit: str, on_bench: bool) -> Reach:
    if on_bench:
        return _ON_BENCH.get(unit, _BENCH_ELSE)
    return _UNCERTAIN_WORDS.get(word_of(path)) or _UNCERTAIN.get(unit, _UNCERTAIN_ELSE)


def _stated(path: str, entry: Sourced) -> tuple[float, float]:
    """Return the range that holds 95 % by what is stated; the value itself where nothing is."""
    if not entry.standard_deviation > 0.0:
        return entry.value, entry.value
    if entry.low <= entry.value <= entry.high:
        return entry.low, entry.high
    drawn = uncertain(path, entry)
    low, high = drawn.value(np.array([-_ENDS, _ENDS])).tolist()
    return low, high


def _reached(path: str, value: float, reach: Reach) -> tuple[float, float]:
    """Return the ends of a range that nobody stated, within what the number can be."""
    if value == 0.0:
        return value, value
    if math.isfinite(reach.factor):
        ends = sorted((value / reach.factor, value * reach.factor))
    elif math.isfinite(reach.distance):
        ends = [value - reach.distance, value + reach.distance]
    else:
        ends = sorted((value * (1.0 - reach.share), value * (1.0 + reach.share)))
    rule = str(declared(path)["valid"])
    if rule == "fraction":
        return max(ends[0], 0.0), min(ends[1], 1.0)
    if rule == "permittivity":
        return max(ends[0], 1.0), ends[1]
    return ends[0], ends[1]


def assumed_ranges(knobs: Iterable[Knob]) -> tuple[str, ...]:
    """Return in sentences which ranges nobody stated.

    Args:
        knobs: of a study.
    """
    lines = []
    for on_bench, what in ((True, "can be set on the bench"), (False, "are uncertain and state no range")):
        counts: dict[str, int] = {}
        for knob in knobs:
            if knob.on_bench is on_bench and knob.assumed_range:
                counts[knob.assumed_range] = counts.get(knob.assumed_range, 0) + 1
        if counts:
            parts = ", ".join(f"{said} ({count})" for said, count in sorted(counts.items()))
            lines.append(f"Assumed ranges of numbers that {what}: {parts}.")
    return tuple(lines)
