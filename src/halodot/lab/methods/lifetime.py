"""Operating lifetime of an LED: times as read, T50 by laws of decay with correlated noise, weighed over both laws."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from halodot.arrays import Array
from halodot.errors import DataError
from halodot.lab.choices import number, span, whole, word
from halodot.lab.findings import Analysis, Finding, Mark, Panel, Trace
from halodot.lab.method import Inputs, Method, Role
from halodot.lab.methods._decay_fit import (
    HALF_LIFE,
    REACH,
    Decay,
    Likelihood,
    fitted_decay,
    half_life_found,
    initial_deviation,
    likelihood_of,
    of_student,
    share_of,
)
from halodot.lab.methods._decay_models import BIEXPONENTIAL, STRETCHED
from halodot.lab.methods._decay_record import Crossing, Record, crossing, light_items, record_of, thinned
from halodot.names import QUANTITIES, Quantity

if TYPE_CHECKING:
    import xarray

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
#: chi-square by which another law of decay must be better before a chosen one is doubted
_CLEARLY_BETTER = 10.0


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
    decay = fitted_decay(record, chosen.rise, chosen.points)
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


def _levels(decay: Decay) -> list[Finding]:
    """Return the luminance at the start and the highest."""
    deviation = decay.drift.deviation
    rise = decay.highest / decay.initial - 1.0 if decay.begin > 0.0 else 0.0
    spread = math.sqrt(2.0) * deviation / decay.initial
    found = [Finding(RISE, rise, spread, "highest running mean over the luminance at the start")]
    if not decay.record.absolute:
        return found
    first = Finding(INITIAL, decay.initial, initial_deviation(decay), "line through the first five points")
    top = decay.highest if decay.begin > 0.0 else decay.initial
    return [first, Finding(HIGHEST, top, deviation, "highest running mean"), *found]


def _read(decay: Decay) -> list[Finding]:
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


def _crossing(decay: Decay, fraction: float) -> Crossing | None:
    time, signal, _ = thinned(decay.record.time, decay.record.signal, 2000)
    after = time >= decay.begin
    level = fraction * decay.initial, fraction * initial_deviation(decay)
    return crossing(time[after], signal[after], level, decay.drift)


def _exponent(decay: Decay) -> list[Finding]:
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


def _half_lives(
    decay: Decay, chosen: LifetimeSettings, read: list[Finding]
) -> tuple[list[Finding], tuple[str, ...], tuple[str, ...]]:
    """Return T50 by the chosen law, by each law, and from the highest luminance where there was a rise."""
    share, spread = share_of(decay, decay.initial)
    likely = likelihood_of(decay, share)
    used = np.array([fit.model in _MODELS[chosen.model] for fit in decay.fits])
    weights = np.where(used, likely.weights, 0.0)
    weights = weights / weights.sum() if weights.sum() > 1e-12 else used / used.sum()
    main = half_life_found(decay, likely, weights, chosen.model, spread)
    warnings = _doubts(decay, likely, used, main)
    found = [replace(main, warnings=warnings)]
    for place, fit in enumerate(decay.fits):
        only = np.eye(len(decay.fits))[place]
        found.append(replace(half_life_found(decay, likely, only, fit.model.name, spread), of=fit.model.name))
    if decay.begin > 0.0:
        share, spread = share_of(decay, decay.highest)
        again = likelihood_of(decay, share)
        found.append(replace(half_life_found(decay, again, weights, chosen.model, spread), of=FROM_HIGHEST))
    notes = _notes(decay, likely, chosen)
    return found, (), notes


def _doubts(decay: Decay, likely: Likelihood, used: Array, main: Finding) -> tuple[str, ...]:
    """Return what speaks against a law of decay that was chosen."""
    if used.all():
        return ()
    fits = list(decay.fits)
    mine, other = int(np.argmax(used)), int(np.argmin(used))
    worse = of_student(fits[mine].chi2, fits, decay.drift.freedom)
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


def _notes(decay: Decay, likely: Likelihood, chosen: LifetimeSettings) -> tuple[str, ...]:
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


def _noise_note(decay: Decay) -> tuple[str, ...]:
    drift = decay.drift
    share = drift.deviation / max(decay.initial, 1e-300)
    return (
        f"noise of {share:.2g} of the luminance at the start, correlated over {drift.correlation_time / 3600.0:.2g} h",
    )


def _panels(decay: Decay, half: Finding) -> tuple[Panel, ...]:
    record = decay.record
    end = float(record.time[-1])
    unit, size = ("h", 3600.0) if end > 3600.0 else ("min", 60.0) if end > 180.0 else ("s", 1.0)
    label = f"Time ({unit})"
    light = decay.initial
    shown_end = end if half.measured_fraction >= 1.0 else min(half.value, REACH * end) * 1.05
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
