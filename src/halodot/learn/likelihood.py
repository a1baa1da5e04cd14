"""How likely a measured curve is under a result: logarithms where it spans decades, every error as one covariance.

ln J counts where J spans more than a decade or stands clear of its noise, the value elsewhere: an error that is a share
of a value and common to many is one of its logarithm, and as a share of measured values it would pull a fit below them
(Peelle's puzzle; D'Agostini, Nucl. Instrum. Methods A 346 (1994) 306). Three errors add up: noise, each
point for itself; the spread between pixels; and the discrepancy of the model, which is wrong over a stretch of voltages
and not at single ones (Kennedy and O'Hagan, J. R. Stat. Soc. B 63 (2001) 425). Residuals are whitened by the
covariance's Cholesky factor, so that their squares add up to chi squared.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from halodot.arrays import Array, BoolArray
from halodot.errors import InputError, Problem
from halodot.learn.model_curves import KINDS, SAME_VOLTAGE, CurveKind
from halodot.results.data import Result
from halodot.states import replaced, state

#: a curve that spans more than this factor is compared by its logarithm
DECADE = 10.0
#: standard deviations of the noise from which a value has a logarithm
_CLEAR = 2.0
#: what a model that gives no positive value counts as, relative to the smallest value of the curve
_NOTHING = 1e-6


@state
class MeasuredCurve:
    """One measured curve, in SI, with its errors."""

    kind: str  # J-V | L-V | EQE-J | EL | TRPL | SCLC
    abscissa: Array  # V, A/m2, m or s by kind, (point,)
    values: Array  # A/m2, cd/m2, 1 or counts by kind, (point,)
    noise_sd: Array  # unit of the values, (point,): each point for itself
    pixel_spread: float = 0.0  # standard deviation between pixels, of ln value; tied along the curve as the discrepancy
    detection_limit: float = 0.0  # unit of the values: smaller ones say nothing
    bias: float = math.nan  # V, of an EL spectrum; nan for that at the highest EQE
    source: str = ""  # name of the file
    sha256: str = ""  # of the file

    @property
    def logarithmic(self) -> bool:
        """Whether the logarithm is compared: of no spectrum or decay, over a decade or clear of the noise."""
        if KINDS[self.kind].scaled:
            return False
        counted = np.isfinite(self.values)
        if self.detection_limit > 0.0:
            counted &= self.values >= self.detection_limit
        values = self.values[counted]
        clear = bool(np.all((values > 0.0) & (values > _CLEAR * self.noise_sd[counted])))
        seen = values[values > 0.0]
        return seen.size > 0 and (clear or bool(seen.max() > DECADE * seen.min()))


@dataclass(frozen=True)
class Discrepancy:
    """How far a right model of a device may be from it: correlated as exp(-distance / length).

    Assumed: two batches of one stack differ by more, and fits of one device by less.
    """

    current: float = 0.3  # standard deviation of ln J and of ln L
    efficiency: float = 0.1  # of ln EQE
    voltage_length: float = 1.0  # V
    decades_length: float = 1.0  # decades of current density, for EQE against J


USUAL = Discrepancy()
#: the model is right, as in a test with curves that it made itself
NO_DISCREPANCY = Discrepancy(0.0, 0.0)


def measured_curve(
    kind: str, abscissa: Array, values: Array, noise: float = 0.03, floor: float = 0.0, **more: object
) -> MeasuredCurve:
    """Return a measured curve whose noise is a share of the value and a floor, in quadrature; counts have Poisson's.

    Args:
        kind: a key of ``KINDS``.
        abscissa: [SI], (point,).
        values: [SI], (point,).
        noise: standard deviation relative to the value [1].
        floor: least standard deviation [unit of the values].
        more: the other fields of `MeasuredCurve`.

    Raises:
        InputError: with every problem of the numbers.
    """
    values = np.array(values, dtype=float)
    noise_sd = np.sqrt(np.maximum(values, 1.0)) if kind == "TRPL" else np.hypot(noise * values, floor)
    if kind == "EL" and values.size:
        noise_sd = np.hypot(noise_sd, noise * np.max(np.abs(values)))
    curve = MeasuredCurve(kind, np.array(abscissa, dtype=float), values, noise_sd, **more)  # type: ignore[arg-type]
    if problems := problems_of(curve):
        raise InputError(problems)
    return curve


def problems_of(curve: MeasuredCurve) -> list[Problem]:
    """Return what makes a curve useless: another kind, arrays of different length, no noise, no number."""
    if curve.kind not in KINDS:
        return [
            Problem(f"there is no kind of curve {curve.kind!r}; the kinds are {', '.join(KINDS)}", file=curve.source)
        ]
    sizes = {curve.abscissa.size, curve.values.size, curve.noise_sd.size}
    if len(sizes) > 1:
        return [Problem(f"abscissa, values and noise have {sorted(sizes)} points", file=curve.source)]
    kind = KINDS[curve.kind]
    found = []
    if not np.any(np.isfinite(curve.abscissa) & np.isfinite(curve.values)):
        found.append(Problem(f"no point has both {kind.abscissa} and {kind.value}", file=curve.source))
    bare = np.isfinite(curve.values) & (curve.values != 0.0) & ~(curve.noise_sd > 0.0)
    if np.any(bare):
        place = f"{kind.abscissa.replace('_', ' ')} {curve.abscissa[bare][0]:.4g} {kind.abscissa_unit}"
        message = (
            f"{np.sum(bare)} points of {curve.kind}, the first at {place}, have no standard deviation above zero, and "
            "would decide alone; state one for each value, or leave its column out"
        )
        found.append(Problem(message, file=curve.source))
    return found


@dataclass(frozen=True, eq=False)
class ComparedCurve:
    """A measured curve with the points that count and the covariance of their errors."""

    curve: MeasuredCurve
    logarithmic: bool
    used: BoolArray  # (point,)
    left_out: Mapping[str, int]  # how many points do not count, by reason
    measured: Array  # as compared: ln value or value, (used,)
    root: Array = field(repr=False)  # lower Cholesky factor of the covariance, (used, used)

    @property
    def kind(self) -> CurveKind:
        """What the curve is of."""
        return KINDS[self.curve.kind]

    @cached_property
    def abscissa(self) -> Array:
        """Where the points that count lie [SI], (used,)."""
        return np.asarray(self.curve.abscissa[self.used])

    @property
    def variance(self) -> Array:
        """Variance of every point that counts, as compared, (used,)."""
        return np.asarray(np.sum(self.root**2, axis=1))

    @property
    def said(self) -> str:
        """In one sentence, how the curve is compared and what of it is left out."""
        how = "the logarithm" if self.logarithmic else "the value"
        name = f"{self.curve.source}: " if self.curve.source else ""
        lost = "".join(f"; {count} left out: {reason}" for reason, count in self.left_out.items())
        return f"{name}{self.curve.kind}, {how} at {self.measured.size} of {self.curve.values.size} points{lost}"

    def model(self, result: Result) -> Array:
        """Return what a result says at the points that count, [SI], (used,); nan where it has no solution."""
        return self.kind.model(result, self.abscissa, self.curve.bias)

    def as_compared(self, model: Array) -> Array:
        """Return values [SI] as they are compared, (used,): logarithms, or scaled to the measured amplitude."""
        if self.logarithmic:
            least = _NOTHING * float(np.exp(self.measured.min()))
            return np.asarray(np.log(np.where(model > least, model, np.where(np.isnan(model), np.nan, least))))
        return self._scaled(model) if self.kind.scaled else model

    def whitened(self, difference: Array) -> Array:
        """Return differences of compared values in units of their error, uncorrelated, (used, ...)."""
        from scipy.linalg import solve_triangular

        return np.asarray(solve_triangular(self.root, difference, lower=True, check_finite=False))

    def residuals(self, result: Result) -> Array:
        """Return measured less computed in units of the error, uncorrelated, (used,); all nan without a solution."""
        difference = self.measured - self.as_compared(self.model(result))
        return self.whitened(difference) if np.all(np.isfinite(difference)) else np.full(difference.size, np.nan)

    def log_likelihood(self, result: Result) -> float:
        """Return the logarithm of the density of the measured points, as compared, under a result.

        ``-r^T r / 2 - sum ln diag(L) - N ln(2 pi) / 2``; minus infinity where a point that counts has no solution.
        """
        residual = self.residuals(result)
        if not np.all(np.isfinite(residual)):
            return -math.inf
        norm = float(np.sum(np.log(np.diag(self.root)))) + 0.5 * residual.size * math.log(2.0 * math.pi)
        return -0.5 * float(residual @ residual) - norm

    def _scaled(self, model: Array) -> Array:
        """Return a model with the amplitude, and the background, that fit best; neither is negative."""
        from scipy.optimize import nnls

        if not np.all(np.isfinite(model)) or not np.any(model > 0.0):
            return np.full(model.shape, np.nan)
        basis = [model / model.max(), np.ones(model.size)][: 2 if self.kind.on_background else 1]
        columns = np.stack(basis, axis=1)
        share, _ = nnls(self.whitened(columns), self.whitened(self.measured))
        return np.asarray(columns @ share)


def compared(curve: MeasuredCurve, voltages: Array, discrepancy: Discrepancy = USUAL) -> ComparedCurve:
    """Return a curve with the points that count under a study, and the covariance of their errors.

    The same points count for every result of the study, so that likelihoods of different results can be compared.

    Args:
        curve: as measured.
        voltages: that the study solves [V], (voltage,); points beyond them are left out.
        discrepancy: of the model; `NO_DISCREPANCY` for none.

    Raises:
        InputError: no point is left.
    """
    logarithmic, left_out = curve.logarithmic, {}
    used = np.ones(curve.values.size, dtype=bool)
    for reason, test in _tests(curve, voltages):
        if lost := int(np.sum(used & ~test)):
            left_out[reason] = lost
        used = used & test
    if not np.any(used):
        reasons = ", ".join(f"{count} {reason}" for reason, count in left_out.items())
        raise InputError(Problem(f"no point of the curve {curve.kind} counts: {reasons}", file=curve.source))
    if curve.kind == "TRPL":
        curve = replaced(curve, abscissa=curve.abscissa - curve.abscissa[used].min())
    measured = np.log(curve.values[used]) if logarithmic else curve.values[used]
    root = np.linalg.cholesky(_covariance(curve, used, logarithmic, discrepancy))
    return ComparedCurve(curve, logarithmic, used, left_out, measured, np.asarray(root))


def _tests(curve: MeasuredCurve, voltages: Array) -> Iterator[tuple[str, BoolArray]]:
    """Yield why a point may not count, and for which points that is not so, (point,)."""
    x, values = curve.abscissa, curve.values
    yield "no number", np.isfinite(x) & np.isfinite(values)
    if curve.logarithmic:
        yield "not positive, so without a logarithm", values > 0.0
        yield "less than twice their noise", values > _CLEAR * curve.noise_sd
    if curve.kind == "EQE-J":
        yield "no forward current", x > 0.0
    if curve.detection_limit > 0.0:
        yield "below the detection limit", values >= curve.detection_limit
    if curve.kind == "TRPL":
        yield "before the maximum of the decay", x >= x[int(np.nanargmax(values))]
    if KINDS[curve.kind].abscissa == "voltage":
        inside = (x > voltages.min() - SAME_VOLTAGE) & (x < voltages.max() + SAME_VOLTAGE)
        yield "beyond the voltages that the study solves", inside


def _covariance(curve: MeasuredCurve, used: BoolArray, logarithmic: bool, discrepancy: Discrepancy) -> Array:
    """Return the covariance of the compared points: noise, and what pixels and the model's error tie together."""
    values, x = curve.values[used], curve.abscissa[used]
    noise = curve.noise_sd[used] / values if logarithmic else curve.noise_sd[used]
    own = np.where(noise > 0.0, noise, np.max(noise))
    scale = np.ones(values.size) if logarithmic else np.abs(values)
    model_error, length = discrepancy.current, discrepancy.voltage_length
    if curve.kind == "EQE-J":
        model_error, length, x = discrepancy.efficiency, discrepancy.decades_length, np.log10(x)
    if KINDS[curve.kind].scaled:
        return np.diag(own**2)
    tied = np.exp(-np.abs(np.subtract.outer(x, x)) / length)
    shared = np.outer(scale, scale) * tied
    return np.asarray(np.diag(own**2) + (model_error**2 + curve.pixel_spread**2) * shared)
