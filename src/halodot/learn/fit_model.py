"""Residuals of measured devices, and their derivatives, by everything that a fit varies.

A device is solved at the very voltages of its curves, on one grid for the whole fit. Currents, luminance and EQE are
differentiated by adjoints (:mod:`halodot.learn.device_sensitivity`); spectra, decays and what is no number of the
device by differences.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from halodot.arrays import Array
from halodot.chain.grid import on_fixed_grid
from halodot.chain.simulate import simulate
from halodot.errors import FitError, HalodotError, InputError
from halodot.learn.device_sensitivity import DeviceSensitivity, sensitivity
from halodot.learn.fit_space import FitSpace
from halodot.learn.likelihood import USUAL, ComparedCurve, Discrepancy, MeasuredCurve, compared
from halodot.learn.model_curves import KINDS, SAME_VOLTAGE
from halodot.results.data import Result
from halodot.states import replaced
from halodot.study import Study
from halodot.study.inputs import with_entries

#: kinds of curves that the adjoints of the device differentiate
BY_ADJOINTS = ("J-V", "L-V", "EQE-J", "SCLC")
#: steps in a coordinate: of differences of new solutions, and of what follows from a derivative without one
_STEP, _SMALL_STEP = 1e-3, 1e-6
#: voltages of a measured device that are solved
MOST_VOLTAGES = 400


@dataclass(frozen=True, eq=False)
class MeasuredDevice:
    """A study at the voltages of its measured curves, on a fixed grid."""

    name: str
    study: Study
    curves: tuple[ComparedCurve, ...]
    base: Result = field(repr=False)  # of the study's own numbers
    stated: Study = field(repr=False)  # as it was given

    @property
    def points(self) -> int:
        """How many measured points count."""
        return sum(curve.measured.size for curve in self.curves)


def measured_device(
    name: str, study: Study, curves: Sequence[MeasuredCurve], discrepancy: Discrepancy = USUAL
) -> MeasuredDevice:
    """Return a study beside its measured curves.

    Args:
        name: of the device.
        study: what it is taken to be.
        curves: what was measured of it.
        discrepancy: of the model.

    Raises:
        InputError: the study cannot be solved, or does not have what was measured.
        FitError: the device has no solution at its own numbers and the measured voltages.
    """
    voltages = measured_voltages(study, curves, discrepancy)
    run = replaced(study.run, voltages=voltages, lifetime_luminance=math.nan)
    base = on_fixed_grid(simulate(replaced(study, run=run)))
    against = tuple(compared(curve, voltages, discrepancy) for curve in curves)
    for curve in against:
        curve.model(base)  # which refuses a study that has no such curve
    if not base.converged:
        raise FitError(f"{name}: the study has no solution at the measured voltages; {base.failure or _unsolved(base)}")
    return MeasuredDevice(name, base.study, against, base, study)


def _unsolved(result: Result) -> str:
    history = result.device_solution.history if result.device_solution else ()
    failed = [f"{record.voltage:.4g} V" for record in history if not record.converged]
    return f"not solved: {', '.join(failed[:5])}"


def measured_voltages(study: Study, curves: Sequence[MeasuredCurve], discrepancy: Discrepancy = USUAL) -> Array:
    """Return the voltages [V], (voltage,), at which a device is solved: those of the points that count.

    The study's own are kept where a spectrum or an efficiency against current is to be compared.

    Args:
        study: of the device.
        curves: what was measured of it.
        discrepancy: of the model.
    """
    found: list[Array] = []
    for curve in curves:
        if KINDS[curve.kind].abscissa == "voltage":
            everywhere = np.array([np.nanmin(curve.abscissa), np.nanmax(curve.abscissa)])
            found.append(compared(curve, everywhere, discrepancy).abscissa)
        elif curve.kind in ("EQE-J", "EL"):
            found.append(study.run.voltages)
        if math.isfinite(curve.bias):
            found.append(np.array([curve.bias]))
    if not found:
        return study.run.voltages
    every = np.unique(np.concatenate(found))
    every = every[np.concatenate(([True], np.diff(every) > SAME_VOLTAGE))]
    if every.size > MOST_VOLTAGES:
        every = np.unique(np.interp(np.linspace(0, every.size - 1, MOST_VOLTAGES), np.arange(every.size), every))
    return every


class Evaluation(NamedTuple):
    """The residuals at one place, and the results that they are of."""

    residuals: Array  # whitened, (row,): every curve of every device, then the priors
    results: Mapping[str, Result]

    @property
    def chi2(self) -> float:
        """The sum of their squares."""
        return float(self.residuals @ self.residuals)


@dataclass(eq=False)
class FitModel:
    """Measured devices as functions of the coordinates of a fit."""

    space: FitSpace
    devices: tuple[MeasuredDevice, ...]
    solved: int = 0  # curves solved so far
    differentiated: int = 0  # curves differentiated so far
    unsolved: int = 0  # places without a solution so far
    undifferentiated: int = 0  # derivatives that have no solution on either side so far
    seen: list[tuple[Array, float]] = field(default_factory=list, repr=False)  # coordinates and chi squared so far
    _latest: dict[bytes, Evaluation | None] = field(default_factory=dict, repr=False)

    @property
    def data_rows(self) -> int:
        """How many residuals are of measured points."""
        return sum(device.points for device in self.devices)

    def evaluate(self, coordinates: Array) -> Evaluation | None:
        """Return residuals and results at coordinates [1], (parameter,); None where a device has no solution."""
        key = coordinates.tobytes()
        if key not in self._latest:
            self._latest = {key: self._evaluated(coordinates)}
        return self._latest[key]

    def _evaluated(self, coordinates: Array) -> Evaluation | None:
        results, rows = {}, []
        for device in self.devices:
            result = self._result(device, coordinates)
            residuals = None if result is None else _of_device(device, result)
            if result is None or residuals is None:
                self.unsolved += 1
                return None
            results[device.name] = result
            rows.append(residuals)
        found = Evaluation(np.concatenate([*rows, self.space.prior_rows @ coordinates]), results)
        self.seen.append((coordinates.copy(), found.chi2))
        return found

    def _result(self, device: MeasuredDevice, coordinates: Array) -> Result | None:
        """Return a device at coordinates, None where it cannot be followed."""
        self.solved += 1
        inputs, changes = device.study.inputs, self.space.changes(device.name, coordinates)
        entries = {path: replace(inputs[path], value=value) for path, value in changes.items()}
        try:
            # What is to be said of unusual numbers is not asked at every step.
            return simulate(with_entries(device.study, entries, device.study.document), device.base)
        except HalodotError:
            return None

    def jacobian(self, coordinates: Array, at: Evaluation) -> Array:
        """Return d residual / d coordinate, (row, parameter), at coordinates [1], (parameter,).

        Args:
            coordinates: where.
            at: the residuals there.
        """
        blocks = []
        row = 0
        for device in self.devices:
            own = at.residuals[row : row + device.points]
            blocks.append(self._of_device(device, coordinates, at.results[device.name], own))
            row += device.points
        return np.vstack([*blocks, self.space.prior_rows])

    def _of_device(self, device: MeasuredDevice, coordinates: Array, result: Result, residuals: Array) -> Array:
        found = np.zeros((device.points, len(self.space)))
        ready = dict(self._by_adjoints(device, coordinates, result))
        for k, item in enumerate(self.space.parameters):
            if device.name not in item.inputs:
                continue
            column = ready.get(k)
            found[:, k] = self._by_difference(device, coordinates, k, residuals) if column is None else column
        return found

    def _by_adjoints(self, device: MeasuredDevice, coordinates: Array, result: Result) -> Iterator[tuple[int, Array]]:
        """Yield the columns of the parameters whose derivatives the adjoints give."""
        if any(curve.curve.kind not in BY_ADJOINTS for curve in device.curves):
            return
        slopes = self.space.slopes(coordinates)
        wanted = {
            k: item.by_number(device.name)
            for k, item in enumerate(self.space.parameters)
            if device.name in item.inputs and all(map(_of_the_stack, item.inputs[device.name]))
        }
        paths = tuple(dict.fromkeys(path for own in wanted.values() for path in own))
        if not paths:
            return
        self.differentiated += 1
        try:
            derivatives = sensitivity(result, paths)
        except InputError:
            return
        for k, own in wanted.items():
            tangent = _tangent(derivatives, {path: share * float(slopes[k]) for path, share in own.items()})
            if tangent is None:
                continue
            moved = _moved(result, tangent)
            yield k, np.concatenate([_slope(curve, result, moved) for curve in device.curves])

    def _by_difference(self, device: MeasuredDevice, coordinates: Array, k: int, residuals: Array) -> Array:
        """Return a column from a new solution beside the place; zero where there is none on either side."""
        low, high = (limits[k] for limits in self.space.limits)
        for step in (_STEP, -_STEP):
            if not low <= coordinates[k] + step <= high:
                continue
            beside = coordinates.copy()
            beside[k] += step
            result = self._result(device, beside)
            other = None if result is None else _of_device(device, result)
            if other is not None:
                return np.asarray((other - residuals) / step)
        self.undifferentiated += 1
        return np.zeros(residuals.size)


def _of_device(device: MeasuredDevice, result: Result) -> Array | None:
    """Return the residuals of a device, None where a point that counts has no solution."""
    try:
        found = np.concatenate([curve.residuals(result) for curve in device.curves])
    except InputError:
        return None
    return found if np.all(np.isfinite(found)) else None


def beyond_the_sweep(curve: ComparedCurve, result: Result) -> int:
    """Return how many points of an efficiency lie beyond the currents [A/m2] of a result, (point,), 0 of other curves.

    Args:
        curve: as compared.
        result: of its device.
    """
    emission = result.emission
    if curve.curve.kind != "EQE-J" or emission is None:
        return 0
    with np.errstate(invalid="ignore"):
        lit = emission.current_density[(emission.current_density > 0.0) & (emission.eqe > 0.0)]
    if not lit.size:
        return 0
    return int(np.sum((curve.abscissa < lit.min()) | (curve.abscissa > lit.max())))


def _of_the_stack(path: str) -> bool:
    """Whether a path is a number of the device, which the adjoints differentiate by."""
    return (path.startswith("device.") and path != "device.area") or path == "run.temperature"


def _tangent(derivatives: DeviceSensitivity, shares: Mapping[str, float]) -> tuple[Array, Array, Array] | None:
    """Return the derivatives of J, L and EQE along a direction, None where one does not exist."""
    rows = [derivatives.parameters.index(path) for path in shares]
    weights = np.array(list(shares.values()))
    current, light, eqe = (weights @ part[rows] for part in (derivatives.dJ, derivatives.dL, derivatives.dEQE))
    return (current, light, eqe) if np.all(np.isfinite(current)) else None


def _moved(result: Result, tangent: tuple[Array, Array, Array]) -> Result:
    """Return a result a small step along a direction."""
    current, light, eqe = (_SMALL_STEP * part for part in tangent)
    solution, emission = result.device_solution, result.emission
    assert solution is not None
    moved = replaced(result, device_solution=replaced(solution, current_density=solution.current_density + current))
    if emission is None:
        return moved
    lit = replaced(
        emission,
        current_density=emission.current_density + current,
        luminance=emission.luminance + light,
        eqe=emission.eqe + np.nan_to_num(eqe),
    )
    return replaced(moved, emission=lit)


def _slope(curve: ComparedCurve, result: Result, moved: Result) -> Array:
    """Return d residual / d coordinate of a curve from a result and one a small step away."""
    change = curve.as_compared(curve.model(moved)) - curve.as_compared(curve.model(result))
    return curve.whitened(-change / _SMALL_STEP)
