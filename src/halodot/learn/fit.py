"""Numbers of a device fitted to its measured curves, with what the data determine of them and what they do not."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.special import gammaincc

from halodot.arrays import Array
from halodot.errors import FitError, InputError, Problem
from halodot.learn.fit_model import FitModel, MeasuredDevice, beyond_the_sweep, measured_device
from halodot.learn.fit_space import END, FitParameter
from halodot.learn.likelihood import NO_DISCREPANCY, Discrepancy, MeasuredCurve
from halodot.learn.measured_files import Instrument, read_curves
from halodot.learn.minimum import SAME, Minimum, Search, polished, search_minimum
from halodot.learn.misfit import MISSPECIFIED, RunsTest, joint_probability, runs_test
from halodot.learn.profiles import (
    LEVELS,
    HeldFit,
    NewMinimumError,
    Profile,
    covariance,
    first_order_deviations,
    flat_directions,
    has_places_beyond,
    profile,
)
from halodot.learn.vary import Vary, fit_space, read_vary, uncertain_device_inputs
from halodot.results.data import Result
from halodot.study import Study

#: numbers that are varied without being named; a profile of each costs tens of curves
MOST_UNNAMED = 12
#: correlation from which two numbers are said to be tied, and part of a direction from which a number belongs to it
STRONG, _PART = 0.9, 0.2
#: share of its prior's 95 % range from which a number is said to keep it
_KEPT = 0.9
#: new minima that profiles may find before the fit is given up
_MOST_RESTARTS = 4
Data = MeasuredCurve | str | os.PathLike[str]
Progress = Callable[[str], None]


@dataclass(frozen=True)
class FitSettings:
    """How a fit is made."""

    discrepancy: Discrepancy = NO_DISCREPANCY  # none: the model is taken to be right, and the runs test asks whether
    instrument: Instrument = field(default_factory=Instrument)  # errors of what states none
    starts: int = 4
    seed: int = 1
    profiles: bool = True  # intervals by profile likelihood; to first order where not


@dataclass(frozen=True)
class FittedNumber:
    """One number that was fitted."""

    parameter: FitParameter = field(repr=False)
    name: str
    unit: str  # SI; 1 for a common factor
    value: float
    interval_68: tuple[float, float]
    interval_95: tuple[float, float]
    open_below: bool  # the data and the prior do not end the interval before the lower end of what was allowed
    open_above: bool
    kept: bool  # its interval is that of its prior: the data add nothing
    incomplete: bool  # a fit with the number held did not end

    @property
    def determined(self) -> bool:
        """Whether the data bound it on both sides, and more closely than its prior."""
        return not (self.open_below or self.open_above or self.kept)


@dataclass(frozen=True)
class CurveMisfit:
    """How well one curve is met."""

    device: str
    kind: str
    source: str
    residuals: Array = field(repr=False)  # whitened, (point,), in the order of the abscissa
    chi2: float
    runs: RunsTest


@dataclass(frozen=True, eq=False)
class CurveFit:
    """The outcome of a fit to measured curves."""

    numbers: tuple[FittedNumber, ...]
    profiles: tuple[Profile, ...] = field(repr=False)
    correlation: Array = field(repr=False)  # of the coordinates to first order, (parameter, parameter)
    flat: tuple[str, ...]  # combinations of numbers that the data do not determine, in words
    devices: tuple[MeasuredDevice, ...] = field(repr=False)
    results: Mapping[str, Result] = field(repr=False)  # of the fit, by device, at the measured voltages
    misfits: tuple[CurveMisfit, ...] = field(repr=False)
    minimum: Minimum = field(repr=False)
    search: Search = field(repr=False)
    notes: tuple[str, ...]  # how the data were read, and what to know of the fit
    curves: int  # solved, and differentiated at about the cost of another
    curve_time: float  # s, of one curve of every device
    time: float  # s, of the whole fit
    by_profiles: bool = True  # whether intervals are those of profile likelihood, not of first order

    @property
    def chi2(self) -> float:
        """Sum of the squared residuals of the data."""
        return float(sum(one.chi2 for one in self.misfits))

    @property
    def freedom(self) -> int:
        """Points less numbers that were varied."""
        return sum(one.residuals.size for one in self.misfits) - len(self.numbers)

    @property
    def runs_probability(self) -> float:
        """Probability that the residuals change sign as seldom as they do by chance."""
        return joint_probability([one.runs for one in self.misfits])

    @property
    def misspecified(self) -> bool:
        """Whether the residuals run along the curves: the model lacks something, whatever its numbers are.

        Residuals r move no number by more than ``|r|`` of its standard deviations, so that chi squared below 1 is none.
        """
        return self.runs_probability < MISSPECIFIED and self.chi2 >= 1.0

    @property
    def distance(self) -> float:
        """Root of chi squared a degree of freedom: how many of their errors the points lie off; nan without freedom."""
        return float(np.sqrt(self.chi2 / self.freedom)) if self.freedom > 0 else float("nan")

    @property
    def missed(self) -> bool:
        """Whether the points lie farther off than their errors let them by chance: chi squared's test, below 1 %."""
        return self.freedom > 0 and float(gammaincc(0.5 * self.freedom, 0.5 * self.chi2)) < MISSPECIFIED

    @property
    def tied(self) -> tuple[tuple[str, str, float], ...]:
        """Pairs of numbers whose correlation is above 0.9, and it."""
        names, table = [one.name for one in self.numbers], self.correlation
        pairs = [(i, k) for i in range(len(names)) for k in range(i + 1, len(names))]
        return tuple((names[i], names[k], float(table[i, k])) for i, k in pairs if abs(table[i, k]) > STRONG)


def fit(
    studies: Study | Mapping[str, Study],
    data: Sequence[Data] | Mapping[str, Sequence[Data]],
    vary: Sequence[str | Vary] = (),
    settings: FitSettings | None = None,
    progress: Progress = lambda text: None,
) -> CurveFit:
    """Fit numbers of a device, or numbers that several devices share, to measured curves.

    Args:
        studies: the device, or several by name.
        data: the measured curves or the files that hold them, by device where there are several.
        vary: what to vary, ``PATH`` within its range or ``PATH=low..high``, ``each PATH`` where every device has its
            own, see :mod:`halodot.learn.vary`; every input of the device that states a range where it is empty.
        settings: starts, noise where a file states none, and the discrepancy of the model.
        progress: called with what is done next.

    Returns:
        Values with intervals by profile likelihood, what is tied or not determined, and whether the model can be right.

    Raises:
        InputError: data or numbers to vary cannot be used, with every problem.
        FitError: no minimum was reached.
    """
    chosen, began = settings or FitSettings(), time.perf_counter()
    named = {_called(studies): studies} if isinstance(studies, Study) else dict(studies)
    measured = {next(iter(named)): tuple(data)} if not isinstance(data, Mapping) else dict(data)
    lines = [read_vary(item) if isinstance(item, str) else item for item in vary]
    space = fit_space(named, lines or uncertain_device_inputs(named))
    if len(space) == 0:
        message = "nothing is varied, since no input of the device states a range; name one with its ends"
        raise InputError(Problem(message, file="--vary", suggestion="PATH=low..high"))
    devices, notes = _devices(named, measured, chosen)
    model = FitModel(space, devices)
    if not lines:
        _refuse_many(model)
    progress(f"numbers to fit: {len(space)}, points: {model.data_rows}")
    curve_time = _curve_time(model)
    best, search, profiles = _minimum_and_profiles(model, chosen, progress)
    return _outcome(model, (best, search, profiles), notes, curve_time, began)


def _called(study: Study) -> str:
    """Return the name of a study's file; one that was read from a text has none."""
    return study.name if study.name and not study.name.startswith("<") else "device"


def _devices(
    studies: Mapping[str, Study], data: Mapping[str, Sequence[Data]], settings: FitSettings
) -> tuple[tuple[MeasuredDevice, ...], list[str]]:
    """Return the devices that were measured, and how their data were read."""
    if strange := [name for name in data if name not in studies]:
        listed = ", ".join(studies)
        raise InputError([Problem(f"there is no device {name!r}; the devices are {listed}") for name in strange])
    if bare := [name for name in studies if not data.get(name)]:
        message = "nothing was measured of this device; give its data, as in --data"
        raise InputError([Problem(f"{message} {name}:FILE", name) for name in bare])
    devices: list[MeasuredDevice] = []
    notes: list[str] = []
    problems: list[Problem] = []
    for name, study in studies.items():
        curves: list[MeasuredCurve] = []
        for item in data[name]:
            if isinstance(item, MeasuredCurve):
                curves.append(item)
                continue
            try:
                file = read_curves(item, study, settings.instrument)
            except InputError as error:
                problems += error.problems
                continue
            curves += file.curves
            notes += [f"{os.path.basename(item)}: {line}" for line in file.reading]
        if not problems:
            devices.append(measured_device(name, study, curves, settings.discrepancy))
            notes += [curve.said for curve in devices[-1].curves]
    if problems:
        raise InputError(problems)
    return tuple(devices), notes


def _refuse_many(model: FitModel) -> None:
    """Refuse to vary every uncertain input where they are many, and name those that move the curves most."""
    if len(model.space) <= MOST_UNNAMED:
        return
    start = model.space.start
    found = model.evaluate(start)
    names = model.space.names
    if found is not None:
        moved = np.linalg.norm(model.jacobian(start, found)[: model.data_rows], axis=0)
        names = tuple(names[k] for k in np.argsort(-moved)[:6])
    message = (
        f"{len(model.space)} inputs of the device state a range; name those to fit with --vary, at most {MOST_UNNAMED}"
        f" at once. The curves follow these most: {', '.join(names[:6])}"
    )
    raise InputError(Problem(message, file="--vary"))


def _curve_time(model: FitModel) -> float:
    """Return how long one solution of every device takes [s], the shorter of two."""
    found = []
    for shift in (0.01, 0.02):
        inwards = np.where(model.space.start + shift > model.space.limits[1], -shift, shift)
        place = np.clip(model.space.start + inwards, *model.space.limits)
        began = time.perf_counter()
        model.evaluate(place)
        found.append(time.perf_counter() - began)
    return min(found)


def _minimum_and_profiles(
    model: FitModel, settings: FitSettings, progress: Progress
) -> tuple[Minimum, Search, tuple[Profile, ...]]:
    """Return the minimum and its profiles; a profile that finds a better one starts again from there."""
    progress("looking for the least chi squared")
    search = search_minimum(model, settings.starts, settings.seed, progress)
    best = search.best
    progress(f"chi squared {best.chi2:.4g} from {search.agreeing} of {len(search.reached) + search.failed} starts")
    if not settings.profiles:
        return best, search, ()
    for _ in range(_MOST_RESTARTS):
        found: list[Profile] = []
        held: list[dict[float, HeldFit]] = [{} for _ in model.space.names]
        try:
            for k, name in enumerate(model.space.names):
                progress(f"profile of {name}")
                found.append(profile(model, best, k, held[k]))
            for k, name in enumerate(model.space.names):
                if has_places_beyond(model, best, k, found[k]):
                    progress(f"profile of {name}, farther out")
                    found[k] = profile(model, best, k, held[k])
            return best, search, tuple(found)
        except NewMinimumError as better:
            progress(f"a profile found a better minimum, {better}")
            best = polished(model, better.found)
    raise FitError(
        "profiles kept finding better minima, so that none can be trusted; vary fewer numbers or take more starts"
    )


def _outcome(
    model: FitModel,
    found: tuple[Minimum, Search, tuple[Profile, ...]],
    notes: Sequence[str],
    curve_time: float,
    began: float,
) -> CurveFit:
    best, search, profiles = found
    spread = covariance(best.jacobian)
    deviation = np.sqrt(np.maximum(np.diag(spread), 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        correlation = np.nan_to_num(spread / np.outer(deviation, deviation))
    straight = first_order_deviations(best.jacobian)
    used = profiles or tuple(_first_order(model, best, k, straight[k]) for k in range(len(model.space)))
    numbers = tuple(_number(item, float(best.coordinates[k]), used[k]) for k, item in enumerate(model.space.parameters))
    flat = tuple(
        _in_words(model.space.names, left, direction)
        for left, direction in flat_directions(best.jacobian, model.space.prior_rows.shape[0])
    )
    return CurveFit(
        numbers=numbers,
        profiles=used,
        correlation=np.asarray(correlation),
        flat=flat,
        devices=model.devices,
        results=best.evaluation.results,
        misfits=_misfits(model, best.evaluation.residuals),
        minimum=best,
        search=search,
        notes=(*notes, *_remarks(model, best, search)),
        curves=model.solved + model.differentiated,
        curve_time=curve_time,
        time=time.perf_counter() - began,
        by_profiles=bool(profiles),
    )


def _first_order(model: FitModel, best: Minimum, k: int, deviation: float) -> Profile:
    """Return the profile of a straight model, cut at the limits."""
    centre = float(best.coordinates[k])
    low, high = (float(limits[k]) for limits in model.space.limits)
    places = [max(low, centre - 2.0 * deviation), centre, min(high, centre + 2.0 * deviation)]
    roots = tuple((place - centre) / deviation for place in places)
    return Profile(tuple(places), roots, roots[0] > -LEVELS[-1], roots[-1] < LEVELS[-1])


def _number(item: FitParameter, best: float, found: Profile) -> FittedNumber:
    ends = [tuple(item.value(found.end(sign * level)) for sign in (-1.0, 1.0)) for level in LEVELS]
    width = found.end(LEVELS[-1]) - found.end(-LEVELS[-1])
    return FittedNumber(
        parameter=item,
        name=item.name,
        unit=item.unit,
        value=item.value(best),
        interval_68=(ends[0][0], ends[0][1]),
        interval_95=(ends[1][0], ends[1][1]),
        open_below=found.open_below,
        open_above=found.open_above,
        kept=item.prior is not None and width > _KEPT * 2.0 * END,
        incomplete=found.incomplete,
    )


def _in_words(names: Sequence[str], left: float, direction: Array) -> str:
    """Return a direction that the data leave open: +0.80 hole_mobility -0.60 work_function."""
    order = np.argsort(-np.abs(direction))
    parts = [f"{direction[k]:+.2f} {names[k]}" for k in order if abs(direction[k]) > _PART]
    width = "nothing of it" if left > 1e3 else f"it to {left:.2g} quarters of a range"
    return f"{' '.join(parts)}: the data alone say {width}"


def _misfits(model: FitModel, residuals: Array) -> tuple[CurveMisfit, ...]:
    found, row = [], 0
    for device in model.devices:
        for curve in device.curves:
            own = residuals[row : row + curve.measured.size]
            row += own.size
            ordered = own[np.argsort(curve.abscissa, kind="stable")]
            source = curve.curve.source
            found.append(
                CurveMisfit(device.name, curve.curve.kind, source, ordered, float(own @ own), runs_test(ordered))
            )
    return tuple(found)


def _remarks(model: FitModel, best: Minimum, search: Search) -> list[str]:
    """Return what to know of a fit."""
    found = []
    if search.failed:
        found.append(f"{search.failed} of {search.failed + len(search.reached)} starts reached no minimum")
    if best.chi2 < search.reached[0] - SAME:
        found.append(
            f"no start reached the minimum: a profile found chi squared {best.chi2:.4g}, the starts"
            f" {search.reached[0]:.4g}; there may be lower ones, take more starts"
        )
    if search.agreeing < len(search.reached):
        others = ", ".join(f"{value:.4g}" for value in search.reached[search.agreeing :])
        found.append(f"other minima were found, with chi squared {others}; the least is taken")
    if model.unsolved:
        found.append(f"the device had no solution at {model.unsolved} places, which count as impossible")
    if model.undifferentiated:
        found.append(
            f"{model.undifferentiated} derivatives were taken as 0, since the device has no solution on either side"
        )
    for device in model.devices:
        beyond = sum(beyond_the_sweep(one, best.evaluation.results[device.name]) for one in device.curves)
        if beyond:
            found.append(
                f"{device.name}: {beyond} points of EQE-J lie beyond the currents that the study reaches, and are"
                " compared with the efficiency at its end; widen run.voltage"
            )
    return found
