"""Operating lifetime of an LED: times as read, T50 by laws of decay with correlated noise, weighed over both laws."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from halodot.arrays import Array
from halodot.errors import DataError
from halodot.lab.choices import number, span, whole, word
from halodot.lab.drift import Drift, drift_of
from halodot.lab.findings import Analysis, Finding, Mark, Panel, Trace
from halodot.lab.method import Inputs, Method, Role
from halodot.lab.methods._decay_models import (
    BIEXPONENTIAL,
    STRETCHED,
    DecayFit,
    Profile,
    density,
    fitted,
    profile,
)
from halodot.lab.methods._decay_record import (
    Crossing,
    Record,
    crossing,
    independent,
    light_items,
    luminance_at_start,
    record_of,
    smoothed,
    thinned,
)
from halodot.names import QUANTITIES, Quantity

if TYPE_CHECKING:
    import xarray

HALF_LIFE = QUANTITIES["half_life"]
T90 = QUANTITIES["time_to_90_percent"]
T95 = Quantity("time_to_95_percent", "s", "h", "Time to 95 % (T95)", "T95")
T80 = Quantity("time_to_80_percent", "s", "h", "Time to 80 % (T80)", "T80")
INITIAL = Quantity("initial_luminance", "cd/m2", "cd/m2", "Luminance at the start", "L_0")
HIGHEST = Quantity("highest_luminance", "cd/m2", "cd/m2", "Highest luminance of the test", "L_max")
RISE = Quantity("initial_rise", "1", "%", "Rise of the luminance above that at the start", "L_max/L_0 - 1")
EXPONENT = Quantity("stretching_exponent", "1", "1", "Exponent of the stretched exponential", "beta")
_READ = ((0.95, T95), (0.9, T90), (0.8, T80), (0.5, HALF_LIFE))
_MODELS = {"stretched": (STRETCHED,), "bi-exponential": (BIEXPONENTIAL,), "average": (STRETCHED, BIEXPONENTIAL)}
AS_READ = "as read"
FROM_HIGHEST = "from the highest luminance"
#: a rise of this many standard deviations above the start is one
_RISE_DEVIATIONS = 4.0
#: T50 beyond this multiple of the measured time is only bounded
_REACH = 3.0
#: times up to this multiple of the measured one are weighed
_WEIGHED_REACH = 30.0
#: chi-square by which another law of decay must be better before a chosen one is doubted
_CLEARLY_BETTER = 10.0
_GRID = 6001


@dataclass(frozen=True)
class LifetimeSettings:
    """What can be chosen."""

    start: float | None = number("s", "when the device was switched on, by the clock of the file", shown="h")
    window: tuple[float, float] | None = span("s", "times since then that are used; all of the test", shown="h")
    model: str = word(*_MODELS, default="average", about="law of decay; average weighs both by their likelihood")
    rise: str = word(
        "auto detected", "left in", "left out", default="auto detected", about="an initial rise in the fit"
    )
    points: int = whole("means of neighbouring points that are fitted", 90, least=20)


@dataclass(frozen=True, eq=False)
class _Decay:
    """A record from its highest luminance on, as it is fitted."""

    record: Record
    begin: float  # s: the highest luminance, 0 where there is no rise
    time: Array  # since then
    signal: Array
    fits: tuple[DecayFit, ...]  # of both laws, for the half of the luminance at begin
    drift: Drift
    initial: float
    highest: float


def lifetime(data: xarray.Dataset, settings: LifetimeSettings | None = None) -> Analysis:
    """Return the operating lifetime of an LED from its luminance in time at constant current.

    T95, T90, T80 and T50 are read where the luminance reaches them. T50 is also fitted, as a number of the law of decay
    itself: L = L0 exp(-(t / tau)^beta) and L = L0 [w exp(-t / tau1) + (1 - w) exp(-t / tau2)]. Its likelihood, with
    all other numbers fitted anew at each T50 and the noise a drift whose correlation the residuals tell, is averaged
    over both laws with the weights of Akaike.

    Args:
        data: luminance, relative luminance or photodiode signal against time, as `halodot.read` returns it.
        settings: what is chosen otherwise than by default.

    Raises:
        DataError: there is no such signal, or too few points.
    """
    chosen = settings or LifetimeSettings()
    items = light_items(data)
    if not items:
        there = ", ".join(map(str, data.data_vars))
        raise DataError(
            f"{data.attrs.get('file', 'the measurement')}: no luminance in time, nor a signal that words such as "
            f"lifetime, T50 or ageing mark as that of an LED; there are {there}; name the column luminance (cd/m2)"
        )
    done, failures = [], []
    for label, item in items:
        try:
            done.append(_one(record_of(item, label, chosen.start, chosen.window), chosen))
        except DataError as error:
            failures.append(f"{label or item.name}: {error}")
    if not done:
        raise DataError("; ".join(failures))
    first = done[0]
    return Analysis(
        method="lifetime",
        settings=first.settings if len(items) == 1 else chosen,
        findings=tuple(item for one in done for item in one.findings),
        warnings=tuple(item for one in done for item in one.warnings) + tuple(failures),
        notes=tuple(dict.fromkeys(item for one in done for item in one.notes)),
        panels=tuple(panel for one in done[:3] for panel in one.panels),
    )


def _one(record: Record, chosen: LifetimeSettings) -> Analysis:
    decay = _fitted(record, chosen)
    findings = [*_levels(decay), *_read(decay)]
    halves, warnings, notes = _half_lives(decay, chosen, findings)
    findings = [*halves, *findings, *_exponent(decay)]
    named = tuple(replace(item, of=", ".join(filter(None, (record.label, item.of)))) for item in findings)
    found = halves[0]
    rise = "left out" if decay.begin > 0.0 else "left in"
    return Analysis(
        method="lifetime",
        settings=replace(
            chosen,
            start=record.start,
            window=chosen.window or (0.0, float(record.time[-1])),
            rise=rise,
        ),
        findings=named,
        warnings=(*record.warnings, *warnings),
        notes=(*record.notes, *notes, *_noise_note(decay)),
        panels=_panels(decay, found),
    )


def _fitted(record: Record, chosen: LifetimeSettings) -> _Decay:
    """Fit both laws from the start, and from the highest luminance where that is clearly above the start."""
    smooth = smoothed(record.signal)
    peak = int(np.argmax(smooth)) if chosen.rise != "left in" else 0
    initial = luminance_at_start(record)
    tail = record.time.size - peak
    if peak > 0 and tail >= max(8, record.time.size // 20):
        found = _fitted_from(record, peak, chosen, initial, float(smooth[peak]))
        if chosen.rise == "left out" or found.highest - initial > _RISE_DEVIATIONS * found.drift.deviation:
            return found
    return _fitted_from(record, 0, chosen, initial, float(smooth[peak]))


def _fitted_from(record: Record, first: int, chosen: LifetimeSettings, initial: float, highest: float) -> _Decay:
    begin = float(record.time[first]) if first else 0.0
    time, signal, counts = thinned(record.time[first:] - begin, record.signal[first:], chosen.points)
    guess = _guess(time, signal, initial if not first else highest)
    rough = [fitted(model, time, signal, None, 0.5, guess) for model in (STRETCHED, BIEXPONENTIAL)]
    drift = _drift(time, signal, counts, min(rough, key=lambda item: item.chi2))
    fits = [_refitted(one, time, signal, drift) for one in rough]
    return _Decay(record, begin, time, signal, tuple(fits), drift, initial, highest)


def _refitted(rough: DecayFit, time: Array, signal: Array, drift: Drift) -> DecayFit:
    again = fitted(rough.model, time, signal, drift, 0.5, math.exp(min(rough.numbers[0], 600.0)))
    return again


def _guess(time: Array, signal: Array, light: float) -> float:
    """Return about when half of the luminance is left."""
    end = float(np.mean(signal[-max(signal.size // 20, 1) :])) / light
    if end < 0.5:
        return float(max(time[int(np.argmax(signal < 0.5 * light))], time[1]))
    return float(time[-1]) * min(math.log(0.5) / math.log(min(max(end, 0.05), 0.97)), 20.0)


def _drift(time: Array, signal: Array, counts: Array, fit: DecayFit) -> Drift:
    """Return the noise that the better of the two laws leaves."""

    def line(numbers: Array) -> Array:
        found: Array = numbers[0] * fit.model.decay(time, numbers[1:], 0.5)
        return found

    numbers = np.array([fit.amplitude, *fit.numbers])
    slopes = np.empty((time.size, numbers.size))
    for place in range(numbers.size):
        step = 1e-4 * (abs(fit.amplitude) if place == 0 else 1.0)
        moved = np.array([numbers, numbers])
        moved[:, place] += (step, -step)
        slopes[:, place] = (line(moved[0]) - line(moved[1])) / (2.0 * step)
    kept = np.linalg.norm(slopes, axis=0) > 1e-9 * np.linalg.norm(slopes[:, 0])
    return drift_of(time, signal - fit.line, slopes[:, kept], counts, min(1, int(kept.sum()) - 1))


def _levels(decay: _Decay) -> list[Finding]:
    """Return the luminance at the start and the highest."""
    deviation = decay.drift.deviation
    rise = decay.highest / decay.initial - 1.0 if decay.begin > 0.0 else 0.0
    spread = math.sqrt(2.0) * deviation / decay.initial
    found = [Finding(RISE, rise, spread, "highest running mean over the luminance at the start")]
    if not decay.record.absolute:
        return found
    first = Finding(INITIAL, decay.initial, _initial_deviation(decay), "line through the first five points")
    top = decay.highest if decay.begin > 0.0 else decay.initial
    return [first, Finding(HIGHEST, top, deviation, "highest running mean"), *found]


def _read(decay: _Decay) -> list[Finding]:
    """Return the times to 95, 90, 80 and 50 % of the luminance at the start where the data reach them."""
    found = []
    for fraction, quantity in _READ:
        there = _crossing(decay, fraction)
        of = AS_READ if quantity is HALF_LIFE else ""
        if there is not None:
            found.append(Finding(quantity, there.time, there.uncertainty, _method_read(fraction), of=of))
        elif quantity is not HALF_LIFE:
            end = float(decay.record.time[-1])
            found.append(Finding(quantity, end, 0.0, "not reached in the measured time", bound="at least"))
    return found


def _method_read(fraction: float) -> str:
    return f"read where the luminance is {fraction:.0%} of that at the start, no law of decay"


def _crossing(decay: _Decay, fraction: float) -> Crossing | None:
    time, signal, _ = thinned(decay.record.time, decay.record.signal, 2000)
    after = time >= decay.begin
    level = fraction * decay.initial, fraction * _initial_deviation(decay)
    return crossing(time[after], signal[after], level, decay.drift)


def _initial_deviation(decay: _Decay) -> float:
    """Return the standard uncertainty of the luminance at the start."""
    first = decay.record.time[:5]
    many = independent(first.size, float(np.ptp(first)), decay.drift.correlation_time)
    return decay.drift.deviation / math.sqrt(max(many / 2.4, 1.0))  # a line at its end is less sure than a mean


def _exponent(decay: _Decay) -> list[Finding]:
    """Return the exponent of the stretched exponential."""
    fit = next(item for item in decay.fits if item.model is STRETCHED)
    lines = [fit.amplitude * STRETCHED.decay(decay.time, fit.numbers + move, 0.5) for move in _moves(2)]
    design = np.column_stack([fit.line, (lines[0] - lines[1]) / 2e-4, (lines[2] - lines[3]) / 2e-4])
    white = decay.drift.whitener @ design
    covariance = np.linalg.pinv(white.T @ white)
    exponent = math.exp(fit.numbers[1])
    spread = exponent * math.sqrt(max(float(covariance[2, 2]), 0.0))
    if not math.isfinite(spread) or spread > exponent:
        return []
    return [Finding(EXPONENT, exponent, spread, "stretched exponential, least squares with correlated noise")]


def _moves(numbers: int) -> list[Array]:
    return [sign * 1e-4 * np.eye(numbers)[place] for place in range(numbers) for sign in (1.0, -1.0)]


@dataclass(frozen=True, eq=False)
class _Likelihood:
    """How likely each T50 is."""

    grid: Array  # ln T50
    by_model: tuple[Array, ...]
    weights: Array
    profiles: tuple[Profile, ...]

    def quantiles(self, weights: Array, *shares: float) -> list[float]:
        """Return quantiles of ln T50 with the models weighed."""
        total = np.cumsum(weights @ np.array(self.by_model))
        return [float(np.interp(share, total / total[-1], self.grid)) for share in shares]


def _likelihood(decay: _Decay, fraction: float) -> _Likelihood:
    """Return how likely each time to a fraction of the luminance at the start of the decay is, by each law."""
    end = float(decay.time[-1])
    fits = [
        one
        if fraction == 0.5
        else fitted(one.model, decay.time, decay.signal, decay.drift, fraction, math.exp(one.numbers[0]))
        for one in decay.fits
    ]
    longest = _WEIGHED_REACH * end
    profiles = [profile(one, decay.time, decay.signal, decay.drift, fraction, longest) for one in fits]
    low = min(float(item.log_time[0]) for item in profiles)
    high = max(float(item.log_time[-1]) for item in profiles)
    grid = np.linspace(low, high, _GRID)
    freedom = decay.drift.freedom
    by_model = [density(item, freedom, grid) for item in profiles]
    criterion = np.array([_of_student(one.chi2, fits, freedom) + 2.0 * one.numbers.size for one in fits])
    weights = np.exp(-0.5 * (criterion - criterion.min()))
    return _Likelihood(grid, tuple(by_model), weights / weights.sum(), tuple(profiles))


def _of_student(chi2: float, fits: list[DecayFit], freedom: float) -> float:
    """Return -2 ln of the likelihood above the best fit where the noise is known with some degrees of freedom."""
    least = min(item.chi2 for item in fits)
    return (freedom + 1.0) * math.log1p((chi2 - least) / freedom)


def _half_lives(
    decay: _Decay, chosen: LifetimeSettings, read: list[Finding]
) -> tuple[list[Finding], tuple[str, ...], tuple[str, ...]]:
    """Return T50 by the chosen law, by each law, and from the highest luminance where there was a rise."""
    share, spread = _share(decay, decay.initial)
    likely = _likelihood(decay, share)
    used = np.array([fit.model in _MODELS[chosen.model] for fit in decay.fits])
    weights = np.where(used, likely.weights, 0.0)
    weights = weights / weights.sum() if weights.sum() > 1e-12 else used / used.sum()
    main = _half_life(decay, likely, weights, chosen.model, spread)
    warnings = _doubts(decay, likely, used, main)
    found = [replace(main, warnings=warnings)]
    for place, fit in enumerate(decay.fits):
        only = np.eye(len(decay.fits))[place]
        found.append(replace(_half_life(decay, likely, only, fit.model.name, spread), of=fit.model.name))
    if decay.begin > 0.0:
        share, spread = _share(decay, decay.highest)
        again = _likelihood(decay, share)
        found.append(replace(_half_life(decay, again, weights, chosen.model, spread), of=FROM_HIGHEST))
    notes = _notes(decay, likely, chosen)
    return found, (), notes


def _share(decay: _Decay, light: float) -> tuple[float, float]:
    """Return half of a luminance relative to that where the fitted decay begins, and its relative uncertainty."""
    if decay.begin == 0.0:
        return 0.5, 0.0
    top = min(decay.fits, key=lambda item: item.chi2).amplitude
    return min(max(0.5 * light / top, 0.05), 0.95), _initial_deviation(decay) / light


def _half_life(decay: _Decay, likely: _Likelihood, weights: Array, name: str, spread: float) -> Finding:
    """Return T50 with its interval, or the time that it exceeds."""
    low, lower, middle, upper, high = likely.quantiles(weights, 0.025, 0.1587, 0.5, 0.8413, 0.975)
    extra = _slope(decay, name, spread)
    end = decay.begin + float(decay.time[-1])
    times = [decay.begin + math.exp(item) for item in (low, lower, middle, upper, high)]
    times = _widened(times, extra * times[2])
    if times[2] < 0.01 * float(decay.record.time[decay.record.time > 0.0][0]):
        raise DataError("the signal is below half of its start before the second point; there is no decay to follow")
    law = {"average": "stretched and bi-exponential decay averaged by likelihood"}.get(name, f"{name} decay")
    law = law.replace("exponential decay", "exponential").replace("stretched decay", "stretched exponential")
    method = f"{law}, profile likelihood with correlated noise"
    open_above = any(item.open_above for item, weight in zip(likely.profiles, weights) if weight > 0.025)
    if times[2] > _REACH * end or (open_above and high > likely.grid[-1] - 0.05):
        bound = min(max(times[0], min(end, times[2])), _REACH * end)
        return Finding(
            HALF_LIFE,
            bound,
            0.0,
            f"{method}, extrapolated: lower end of the 95 % interval, at most {_REACH:g} times the measured time",
            bound="at least",
            measured_fraction=min(end / bound, 1.0),
        )
    measured = min(end / times[2], 1.0)
    return Finding(
        HALF_LIFE,
        times[2],
        0.5 * (times[3] - times[1]),
        method + (", extrapolated" if measured < 1.0 else ""),
        interval=(times[0], times[4]),
        measured_fraction=measured,
    )


def _widened(times: list[float], extra: float) -> list[float]:
    """Return quantiles moved away from the middle one by a further standard uncertainty in quadrature."""
    if extra == 0.0:
        return times
    middle = times[2]
    deviations = (1.96, 1.0, 0.0, 1.0, 1.96)
    return [
        max(middle + math.copysign(math.hypot(item - middle, many * extra), item - middle), 0.0)
        for item, many in zip(times, deviations)
    ]


def _slope(decay: _Decay, name: str, spread: float) -> float:
    """Return the relative change of T50 that an uncertain luminance at the start makes."""
    if spread == 0.0:
        return 0.0
    fit = min(decay.fits, key=lambda item: item.chi2)
    moved = [fit.model.decay(np.exp(fit.numbers[:1] + step), fit.numbers, 0.5)[0] for step in (0.01, -0.01)]
    return spread * 0.5 / max(abs(float(moved[0] - moved[1])) / 0.02, 1e-3)


def _doubts(decay: _Decay, likely: _Likelihood, used: Array, main: Finding) -> tuple[str, ...]:
    """Return what speaks against a law of decay that was chosen."""
    if used.all():
        return ()
    fits = list(decay.fits)
    mine, other = int(np.argmax(used)), int(np.argmin(used))
    worse = _of_student(fits[mine].chi2, fits, decay.drift.freedom)
    if worse > _CLEARLY_BETTER:
        return (f"a {fits[other].model.name} decay describes the luminance clearly better (chi-square {worse:.0f})",)
    middle = likely.quantiles(np.eye(2)[other], 0.5)[0]
    there = decay.begin + math.exp(middle)
    low, high = main.interval_95
    if main.measured_fraction < 1.0 and not low <= there <= high and not (main.bound and there >= main.value):
        return (
            f"extrapolated: a {fits[other].model.name} decay, which describes the data as well, gives "
            f"{there / 3600.0:.3g} h",
        )
    return ()


def _notes(decay: _Decay, likely: _Likelihood, chosen: LifetimeSettings) -> tuple[str, ...]:
    found = []
    if chosen.model == "average":
        shares = " and ".join(f"{weight:.0%} {fit.model.name}" for weight, fit in zip(likely.weights, decay.fits))
        found.append(f"the laws of decay weigh {shares}")
    if decay.begin > 0.0:
        found.append(
            f"the luminance rises for {decay.begin / 3600.0:.3g} h; laws of decay are fitted from there on, and "
            "times count from the start"
        )
    return tuple(found)


def _noise_note(decay: _Decay) -> tuple[str, ...]:
    drift = decay.drift
    share = drift.deviation / max(decay.initial, 1e-300)
    return (
        f"noise of {share:.2g} of the luminance at the start, correlated over {drift.correlation_time / 3600.0:.2g} h",
    )


def _panels(decay: _Decay, half: Finding) -> tuple[Panel, ...]:
    record = decay.record
    end = float(record.time[-1])
    unit, size = ("h", 3600.0) if end > 3600.0 else ("min", 60.0) if end > 180.0 else ("s", 1.0)
    label = f"Time ({unit})"
    light = decay.initial
    shown_end = end if half.measured_fraction >= 1.0 else min(half.value, _REACH * end) * 1.05
    grid = np.linspace(0.0, max(shown_end, end) - decay.begin, 600)[1:]
    lines = tuple(
        replace(
            Trace((grid + decay.begin) / size, fit.amplitude * fit.model.decay(grid, fit.numbers, 0.5) / light),
            name=fit.model.name,
            look="line" if fit.model is STRETCHED else "dashed",
        )
        for fit in decay.fits
    )
    points = Trace(record.time / size, record.signal / light, "measured", "points")
    text = f"T50 {'> ' if half.bound else ''}{half.value / size:.3g} {unit}"
    above = Panel(label, "L / L0", (points, *lines), (Mark(half.value / size, text), Mark(0.5, axis="y")))
    best = min(decay.fits, key=lambda item: item.chi2)
    left = 100.0 * (decay.signal - best.line) / light
    below = Panel(label, "Residual (%)", (Trace((decay.time + decay.begin) / size, left, look="points"),))
    return above, below


def _takes(data: xarray.Dataset) -> bool:
    return bool(light_items(data))


def _analyse(inputs: Inputs, settings: LifetimeSettings) -> Analysis:
    return lifetime(inputs["trace"][0], settings)


METHOD = Method(
    name="lifetime",
    title="Operating lifetime",
    settings=LifetimeSettings,
    quantities=(HALF_LIFE, T95, T90, T80, INITIAL, HIGHEST, RISE, EXPONENT),
    roles=(Role("trace", "luminance against time at constant current", _takes),),
    analyse=_analyse,
)
