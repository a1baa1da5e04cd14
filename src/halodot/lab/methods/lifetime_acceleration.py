"""Acceleration of the ageing of one kind of device by its luminance: L0^n T50 is constant."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from halodot.arrays import Array
from halodot.errors import DataError
from halodot.lab.choices import number, whole
from halodot.lab.findings import Analysis, Finding, Panel, Trace
from halodot.lab.method import Inputs, Method, Role
from halodot.lab.methods._decay_fit import HALF_LIFE, fitted_decay, half_life_found, likelihood_of, share_of
from halodot.lab.methods._decay_record import light_items, record_of
from halodot.names import Quantity

if TYPE_CHECKING:
    import xarray

ACCELERATION = Quantity("acceleration_exponent", "1", "1", "Exponent n of L0^n T50 = const", "n")
_FEWEST = 3
#: luminances that differ by less are one luminance
_APART = 1.1


@dataclass(frozen=True)
class LifetimeAccelerationSettings:
    """What can be chosen."""

    luminance: float | None = number("cd/m2", "luminance at which T50 is extrapolated to", valid="positive")
    points: int = whole("means of neighbouring points that are fitted", 90, least=20)


@dataclass(frozen=True)
class _Test:
    """One lifetime test."""

    name: str
    luminance: float  # cd/m2 at the start
    half_life: Finding


def lifetime_acceleration(
    traces: Sequence[xarray.Dataset], settings: LifetimeAccelerationSettings | None = None
) -> Analysis:
    """Return n of L0^n T50 = const from tests of one kind of device at three luminances or more.

    Devices of another kind have another n: all traces must be of one kind.

    Args:
        traces: luminance in time at constant current, as `halodot.read` returns it.
        settings: what is chosen otherwise than by default.

    Raises:
        DataError: fewer than three luminances, or no T50 that was reached.
    """
    chosen = settings or LifetimeAccelerationSettings()
    tests, notes = _tests(traces, chosen.points)
    known = [test for test in tests if not test.half_life.bound]
    notes += [f"{test.name}: T50 is only bounded and is left out" for test in tests if test.half_life.bound]
    apart = _levels(sorted(test.luminance for test in known))
    if apart < _FEWEST:
        raise DataError(
            f"{apart} luminances that differ by a tenth have a T50; an exponent of acceleration needs {_FEWEST}"
        )
    light = np.log([test.luminance for test in known])
    life = np.log([test.half_life.value for test in known])
    sd = np.array([max(test.half_life.uncertainty / test.half_life.value, 1e-6) for test in known])
    line, covariance, scatter = _straight(light, life, sd)
    exponent = -float(line[1])
    told = () if exponent > 0.0 else ("T50 rises with the luminance; check that all devices are of one kind",)
    reach = _student(len(known) - 2) if scatter > 1.0 else 1.959964
    spread = math.sqrt(float(covariance[1, 1]))
    method = f"straight line through ln T50 by ln L0 of {len(known)} tests"
    if scatter > 1.0:
        method += f", their scatter {scatter:.2g} times what each is known to"
    findings = [Finding(HALF_LIFE, *_plain(test), of=test.name, interval=test.half_life.interval_95) for test in known]
    limits = exponent - reach * spread, exponent + reach * spread
    findings.insert(0, Finding(ACCELERATION, exponent, spread, method, interval=limits, warnings=told))
    if chosen.luminance is not None:
        findings.insert(1, _at(chosen.luminance, line, covariance, reach, known))
    notes.append("all tests are taken for devices of one kind")
    return Analysis("lifetime_acceleration", chosen, tuple(findings), notes=tuple(notes), panels=(_panel(known, line),))


def _tests(traces: Sequence[xarray.Dataset], points: int) -> tuple[list[_Test], list[str]]:
    found, notes = [], []
    for data in traces:
        name = str(data.attrs.get("file", "a test"))
        for label, item in light_items(data):
            of = f"{name}, {label}" if label else name
            try:
                record = record_of(item, label, None, None)
                if not record.absolute:
                    notes.append(f"{of}: no luminance in cd/m2, left out")
                    continue
                decay = fitted_decay(record, "auto detected", points)
                share, spread = share_of(decay, decay.initial)
                likely = likelihood_of(decay, share)
                half = half_life_found(decay, likely, likely.weights, "average", spread)
            except DataError as error:
                notes.append(f"{of}: {error}")
                continue
            found.append(_Test(of, decay.initial, half))
    return found, notes


def _levels(luminances: Sequence[float]) -> int:
    """Return how many luminances differ by a tenth."""
    found, last = 0, 0.0
    for light in luminances:
        if light > _APART * last:
            found, last = found + 1, light
    return found


def _plain(test: _Test) -> tuple[float, float, str]:
    return test.half_life.value, test.half_life.uncertainty, test.half_life.method


def _straight(x: Array, y: Array, sd: Array) -> tuple[Array, Array, float]:
    """Return level and slope, their covariance and how much wider the points scatter than they are known."""
    design = np.column_stack([np.ones(x.size), x]) / sd[:, None]
    covariance = np.linalg.inv(design.T @ design)
    line = covariance @ design.T @ (y / sd)
    scatter = float(np.sum(((y - line[0] - line[1] * x) / sd) ** 2)) / max(x.size - 2, 1)
    return line, np.asarray(covariance, float) * max(scatter, 1.0), math.sqrt(scatter)


def _student(freedom: int) -> float:
    """Return half the width of a 95 % interval in standard uncertainties."""
    from scipy.stats import t

    return float(t.ppf(0.975, max(freedom, 1)))


def _at(luminance: float, line: Array, covariance: Array, reach: float, known: Sequence[_Test]) -> Finding:
    place = np.array([1.0, math.log(luminance)])
    log_life, spread = float(line @ place), math.sqrt(float(place @ covariance @ place))
    value = math.exp(log_life)
    longest = max(test.half_life.value for test in known)
    measured = min(longest / value, 1.0)
    outside = not min(test.luminance for test in known) <= luminance <= max(test.luminance for test in known)
    method = "L0^n T50 = const" + (", extrapolated" if outside else "")
    limits = math.exp(log_life - reach * spread), math.exp(log_life + reach * spread)
    of = f"at {luminance:g} cd/m2"
    return Finding(
        HALF_LIFE, value, value * spread, method, of=of, interval=limits, measured_fraction=measured if outside else 1.0
    )


def _panel(known: Sequence[_Test], line: Array) -> Panel:
    light = np.array([test.luminance for test in known])
    life = np.array([test.half_life.value for test in known]) / 3600.0
    error = np.array([test.half_life.uncertainty for test in known]) / 3600.0
    grid = np.geomspace(light.min(), light.max(), 50)
    fit = np.exp(line[0] + line[1] * np.log(grid)) / 3600.0
    traces = (Trace(light, life, "measured", "points", error=error), Trace(grid, fit, "fit"))
    return Panel("Initial luminance (cd/m2)", "T50 (h)", traces, x_logarithmic=True, y_logarithmic=True)


def _takes(data: xarray.Dataset) -> bool:
    return any(item.attrs.get("quantity", item.name) == "luminance" for _, item in light_items(data))


def _analyse(inputs: Inputs, settings: LifetimeAccelerationSettings) -> Analysis:
    return lifetime_acceleration(inputs["traces"], settings)


METHOD = Method(
    name="lifetime_acceleration",
    title="Acceleration of ageing by luminance",
    settings=LifetimeAccelerationSettings,
    quantities=(ACCELERATION, HALF_LIFE),
    roles=(
        Role(
            "traces",
            "luminance in time of one kind of device, each test at another luminance",
            _takes,
            words="accelerated|acceleration|L0 series",
            several=True,
            fewest=_FEWEST,
        ),
    ),
    analyse=_analyse,
)
