"""Fits of the library's studies of measured devices to the currents of :mod:`measured_data`.

Residuals are differences of ln J over its standard deviation: that of the pixels where there are several. The current
of a device of layers without traps is proportional to a common factor of its mobilities; a batch of OLEDs differs from
the others by such a factor, drawn from a log-normal distribution, and by nothing else.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from measured_data import DIODE_VOLTAGES, MeasuredCurrent
from scipy.optimize import least_squares

import halodot
from halodot.arrays import Array
from halodot.errors import HalodotError
from halodot.states import replaced
from halodot.study import Study, with_inputs

FITS = Path(__file__).parents[1] / "tests" / "reference" / "measured" / "fits.json"
#: of every layer; currents change by less than 1 % on more
NODES = 40
#: ln J that stands for a device without a solution, so that a fit turns back
_NO_SOLUTION = 20.0
#: standard deviation of ln J of a single curve, and the least of several pixels
_NOISE, _LEAST_SPREAD = 0.1, 0.05
#: quartiles of a normal distribution lie this many standard deviations apart
_QUARTILES = 1.349
#: relative step of differences, in the scale of each number
_STEP = 1e-3
LAYER = "device.layers."


@dataclass(frozen=True)
class Number:
    """One number of a fit: the inputs that it sets, and where it may lie."""

    name: str
    paths: tuple[str, ...]
    start: float  # SI
    low: float
    high: float
    logarithmic: bool = False
    sign: float = 1.0  # with `reference`: input = reference + sign * number
    reference: float = 0.0

    def coordinate(self, value: float) -> float:
        """Return the coordinate in which the fit moves it."""
        return math.log(value) if self.logarithmic else value

    def value(self, coordinate: float) -> float:
        """Return the number [SI] at a coordinate."""
        return math.exp(coordinate) if self.logarithmic else coordinate

    def inputs(self, value: float) -> dict[str, float]:
        """Return the inputs that it sets [SI]."""
        return dict.fromkeys(self.paths, self.reference + self.sign * value)

    @property
    def scale(self) -> float:
        """A small but felt change of the coordinate: a factor of e, or a tenth of the range."""
        return 1.0 if self.logarithmic else 0.1 * (self.high - self.low)


@dataclass(frozen=True)
class Fit:
    """Numbers fitted to curves, and how far the currents are off."""

    values: Mapping[str, float]  # SI
    deviations: tuple[Array, ...] = field(repr=False)  # ln(J/J_measured), by curve, (voltage,)
    scales: Mapping[str, float] = field(default_factory=dict)  # factor on the current of every batch

    @property
    def rms(self) -> float:
        """Root of the mean square of J/J_measured - 1 over all curves."""
        return float(np.sqrt(np.mean(np.expm1(np.concatenate(self.deviations)) ** 2)))

    @property
    def largest(self) -> float:
        """Largest |J/J_measured - 1|."""
        return float(np.max(np.abs(np.expm1(np.concatenate(self.deviations)))))


def current(study: Study, curve: MeasuredCurrent, inputs: Mapping[str, float], nodes: int = NODES) -> Array:
    """Return the current of a study at the voltages of a curve [A/m2], (voltage,); nan where there is no solution.

    Args:
        study: of the library.
        curve: that was measured, with its temperature and thicknesses.
        inputs: other numbers of the study, by path [SI].
        nodes: of every layer.
    """
    own = {f"{LAYER}{name}.thickness": value for name, value in (curve.thickness or {}).items()}
    try:
        changed = with_inputs(study, {**own, **inputs, "run.temperature": curve.temperature})
        voltages = np.concatenate([[0.0], curve.voltage])
        run = replaced(changed.run, voltages=voltages, nodes_per_layer=nodes, tolerance=math.inf)
        solution = halodot.simulate(replaced(changed, run=run)).device_solution
        assert solution is not None
        return np.asarray(solution.current_density[1:])
    except HalodotError:
        return np.full(curve.voltage.size, np.nan)


def deviation(study: Study, curve: MeasuredCurrent, inputs: Mapping[str, float]) -> Array:
    """Return ln(J/J_measured), (voltage,)."""
    found = current(study, curve, inputs)
    with np.errstate(invalid="ignore"):
        return np.where(found > 0.0, np.log(np.maximum(found, 1e-300) / curve.current), _NO_SOLUTION)


def spread_of(curve: MeasuredCurrent) -> Array:
    """Return the standard deviation of ln J between the pixels of a curve, from their quartiles, (voltage,)."""
    if np.all(curve.low == curve.high):
        return np.full(curve.voltage.size, _NOISE)
    low = np.maximum(curve.low, 1e-3 * curve.current)
    return np.maximum(np.log(curve.high / low) / _QUARTILES, _LEAST_SPREAD)


def inputs_of(numbers: Sequence[Number], values: Mapping[str, float]) -> dict[str, float]:
    """Return the inputs [SI] that numbers set, by path."""
    return {path: value for item in numbers for path, value in item.inputs(values[item.name]).items()}


def thinned(curve: MeasuredCurrent, count: int = DIODE_VOLTAGES) -> MeasuredCurrent:
    """Return a curve at a few of its voltages, spread evenly over their logarithm."""
    wanted = np.geomspace(curve.voltage[0], curve.voltage[-1], count)
    kept = sorted({int(np.argmin(np.abs(curve.voltage - value))) for value in wanted})
    return replaced(
        curve, voltage=curve.voltage[kept], current=curve.current[kept], low=curve.low[kept], high=curve.high[kept]
    )


def fit(
    study: Study,
    curves: Sequence[MeasuredCurrent],
    numbers: Sequence[Number],
    batch_spread: float = 0.0,
    starts: Sequence[Mapping[str, float]] = ({},),
) -> Fit:
    """Fit numbers that all curves share, and a factor on the current of every curve where batches differ.

    Args:
        study: of the library.
        curves: that were measured.
        numbers: to fit.
        batch_spread: standard deviation of the logarithm of the factors; 0 for none.
        starts: other values to start from, by name; the best end counts.
    """
    few = [thinned(curve) for curve in curves]
    found = [_minimum(study, few, numbers, batch_spread, start) for start in starts]
    best, scales = min(found, key=lambda one: one[2])[:2]
    values = {item.name: item.value(float(x)) for item, x in zip(numbers, best, strict=True)}
    inputs = inputs_of(numbers, values)
    deviations = tuple(deviation(study, curve, inputs) + s for curve, s in zip(curves, scales, strict=True))
    named = {curve.device: float(np.exp(s)) for curve, s in zip(curves, scales, strict=True)} if batch_spread else {}
    return Fit(values, deviations, named)


def _minimum(
    study: Study,
    curves: Sequence[MeasuredCurrent],
    numbers: Sequence[Number],
    batch_spread: float,
    start: Mapping[str, float],
) -> tuple[Array, Array, float]:
    """Return coordinates, the logarithms of the factors by curve, and the sum of squares at a minimum."""

    weights = [1.0 / spread_of(curve) for curve in curves]

    def factors(parts: Sequence[Array]) -> Array:
        if batch_spread == 0.0:
            return np.zeros(len(parts))
        # The best factor of a batch in closed form: its mean deviation, drawn towards 0 by the prior.
        pairs = zip(parts, weights, strict=True)
        return np.array([-np.sum(w**2 * part) / (np.sum(w**2) + batch_spread**-2) for part, w in pairs])

    def residuals(x: Array) -> Array:
        values = {item.name: item.value(float(one)) for item, one in zip(numbers, x, strict=True)}
        inputs = inputs_of(numbers, values)
        parts = [deviation(study, curve, inputs) for curve in curves]
        scales = factors(parts)
        tied = [scales / batch_spread] if batch_spread else []
        return np.concatenate([(part + s) * w for part, s, w in zip(parts, scales, weights, strict=True)] + tied)

    first = np.array([item.coordinate(start.get(item.name, item.start)) for item in numbers])
    ends = tuple(np.array([item.coordinate(getattr(item, end)) for item in numbers]) for end in ("low", "high"))
    scale = np.array([item.scale for item in numbers])
    best = least_squares(residuals, first, bounds=ends, x_scale=scale, diff_step=_STEP, ftol=1e-4, max_nfev=25)
    values = {item.name: item.value(float(one)) for item, one in zip(numbers, best.x, strict=True)}
    parts = [deviation(study, curve, inputs_of(numbers, values)) for curve in curves]
    return best.x, factors(parts), 2.0 * float(best.cost)


def stored() -> dict[str, dict[str, float]]:
    """Return the fits that are kept, numbers [SI] by name, by device."""
    found: dict[str, dict[str, float]] = json.loads(FITS.read_text(encoding="utf-8"))
    return found


def store(fits: Mapping[str, Mapping[str, float]]) -> None:
    """Keep fits, beside those that are kept already."""
    kept = (stored() if FITS.is_file() else {}) | {name: dict(values) for name, values in fits.items()}
    rounded = {name: {key: float(f"{value:.5g}") for key, value in own.items()} for name, own in sorted(kept.items())}
    FITS.write_text(json.dumps(rounded, indent=1) + "\n", encoding="utf-8", newline="\n")
