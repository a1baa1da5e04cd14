"""Tables of measured numbers as the curves of a device: J-V, L-V, EQE against J, spectra and decays."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from halodot.arrays import Array
from halodot.columns import Column, Columns, read_columns
from halodot.constants import HC_EV
from halodot.errors import InputError, Problem
from halodot.learn.likelihood import MeasuredCurve, problems_of
from halodot.learn.measured_columns import SAME_VOLTAGE, deviations, of_all_pixels, without_what_was_not_measured
from halodot.learn.model_curves import KINDS
from halodot.rounding import per_cent
from halodot.study import Study

#: standard deviation over median absolute deviation of a normal distribution
_NORMAL = 1.4826


@dataclass(frozen=True)
class Instrument:
    """What a file does not say of its errors: assumed where nothing is measured."""

    noise: float = 0.03  # standard deviation relative to the value [1], above 0 and at most 1
    current_floor: float = 1e-4  # A/m2, of J
    luminance_floor: float = 0.05  # cd/m2, of L
    detectable_luminance: float = 1.0  # cd/m2: less says nothing, nor does the EQE there

    def __post_init__(self) -> None:
        """Refuse a noise that is none, or more than the value itself."""
        if not 0.0 < self.noise <= 1.0:
            message = f"a noise of {100.0 * self.noise:.4g} % cannot be; it lies above 0 and at most at 100 %"
            bare = 1.0 < self.noise <= 100.0
            raise InputError(Problem(message, file="--noise", suggestion=f"{self.noise:g} %" if bare else ""))


@dataclass(frozen=True, eq=False)
class MeasuredFile:
    """The curves of a file, and how it was read."""

    curves: tuple[MeasuredCurve, ...]
    reading: tuple[str, ...]  # one sentence each


def read_curves(path: str | os.PathLike[str], study: Study, instrument: Instrument | None = None) -> MeasuredFile:
    """Read the curves of a file.

    Args:
        path: a table with units in its headings, see :mod:`halodot.columns`.
        study: of the device, for its area where the file has a current and no density.
        instrument: the errors of what states none.

    Raises:
        InputError: the file cannot be read, or holds no curve.
    """
    return curves_of(read_columns(path), study, instrument or Instrument())


def curves_of(table: Columns, study: Study, instrument: Instrument) -> MeasuredFile:
    """Return the curves that a table holds.

    Args:
        table: as it was read.
        study: of the device.
        instrument: the errors of what states none.

    Raises:
        InputError: there is none.
    """
    reading = list(table.reading)
    filled = without_what_was_not_measured(table, reading)
    found = list(_curves(filled, study, instrument, reading))
    if not found:
        raise InputError(Problem(_no_curve(table, filled), file=table.name))
    problems = [problem for curve in found for problem in problems_of(curve)]
    if problems:
        raise InputError(problems)
    return MeasuredFile(tuple(found), tuple(reading))


def _no_curve(table: Columns, filled: Columns) -> str:
    have = ", ".join(column.quantity for column in filled.columns) or "no column"
    wanted = "; ".join(f"{kind.value} by {kind.abscissa} ({name})" for name, kind in list(KINDS.items())[:5])
    empty = [
        repr(item.heading) for item in table.columns if item not in filled.columns and not filled.has(item.quantity)
    ]
    lost = f" (nothing stands under {', '.join(empty)})" if empty else ""
    return f"there is no curve in {have}{lost}; one of these is wanted: {wanted}"


def _curves(table: Columns, study: Study, instrument: Instrument, reading: list[str]) -> Iterator[MeasuredCurve]:
    current = _current_density(table, study, reading)
    if table.has("voltage"):
        if current:
            kind = "J-V" if study.emitter is not None or study.recipe is not None else "SCLC"
            yield _by_voltage(table, kind, current, instrument.current_floor, 0.0, instrument, reading)
        if light := table.all("luminance"):
            least = instrument.detectable_luminance
            yield _by_voltage(table, "L-V", light, instrument.luminance_floor, least, instrument, reading)
    if table.has("eqe") and current and table.has("luminance"):
        reading.append("the EQE is left out: it was computed from the current and the luminance, which are compared")
    elif table.has("eqe") and current:
        yield _efficiency(table, current, instrument, reading)
    if table.has("intensity") and (table.has("wavelength") or table.has("photon_energy")):
        yield _spectrum(table, instrument, reading)
    elif table.has("intensity") and table.has("time"):
        yield _decay(table)


def _current_density(table: Columns, study: Study, reading: list[str]) -> tuple[Column, ...]:
    """Return the columns of current density, made of a current and the area of the device where there is no other."""
    if found := table.all("current_density"):
        return found
    if not table.has("current"):
        return ()
    area = study.inputs.get("device.area")
    if area is None or not area.value > 0.0 or area.source == "halodot":
        message = "a current needs the area of the pixel; state device.area, or write a current density (mA/cm2)"
        raise InputError(Problem(message, file=table.name))
    reading.append(f"the current is divided by the study's area, {area.value * 1e6:.4g} mm2")
    return tuple(
        Column("current_density", item.heading, item.unit, item.values / area.value) for item in table.all("current")
    )


def _by_voltage(
    table: Columns,
    kind: str,
    columns: tuple[Column, ...],
    floor: float,
    least: float,
    instrument: Instrument,
    reading: list[str],
) -> MeasuredCurve:
    """Return the median curve of all pixels and sweeps, and how far these lie apart."""
    voltage = of_all_pixels(table, columns, "voltage")
    values = np.concatenate([column.values for column in columns])
    if kind == "SCLC":
        values = np.abs(values)
    elif kind == "J-V":
        values = _forward_positive(voltage, values, reading)
    elif kind == "L-V":
        _check_polarity(table, voltage, values, least)
    stated = deviations(table, columns)
    at, median, spread, count = _median_curve(voltage, values)
    if count > 1:
        reading.append(
            f"{kind}: the median of up to {count} values at a voltage, which lie {per_cent(spread)} apart (sd)"
        )
    if stated is not None:
        noise = _median_curve(voltage, np.where(np.isfinite(values), _known(stated), np.nan))[1]
    else:
        noise = np.hypot(instrument.noise * median, floor)
        reading.append(f"{kind}: {_assumed(instrument)}")
    return MeasuredCurve(kind, at, median, noise, spread, least, source=table.name, sha256=table.sha256)


def _assumed(instrument: Instrument) -> str:
    return f"noise of {100.0 * instrument.noise:.3g} % is assumed; the file states none"


def _known(stated: Array) -> Array:
    """Return standard deviations with 0, which is refused, where none stands beside a value."""
    return np.nan_to_num(stated, nan=0.0)


def _forward_positive(voltage: Array, current: Array, reading: list[str]) -> Array:
    """Return the current of a light-emitting diode with the sign that forward bias gives it."""
    forward = np.isfinite(voltage) & np.isfinite(current) & (voltage > 0.0)
    if not np.sum(current[forward]) < 0.0:
        return current
    reading.append("J-V: the current is negative at forward voltages; its sign is turned")
    return -current


def _check_polarity(table: Columns, voltage: Array, luminance: Array, least: float) -> None:
    """Refuse light at negative voltages alone: the contacts were exchanged."""
    lit = np.isfinite(voltage) & (luminance > least)
    if np.any(lit) and np.all(voltage[lit] < 0.0):
        message = "light comes at negative voltages: the contacts were exchanged; write voltage and current positive"
        raise InputError(Problem(message, file=table.name))


def _median_curve(voltage: Array, values: Array) -> tuple[Array, Array, float, int]:
    """Return voltages, medians, the relative spread between values at one voltage, and the most of them."""
    order = np.argsort(voltage, kind="stable")
    voltage, values = voltage[order], values[order]
    known = np.isfinite(voltage) & np.isfinite(values)
    voltage, values = voltage[known], values[known]
    starts = np.flatnonzero(np.concatenate(([True], np.diff(voltage) > SAME_VOLTAGE)))
    groups = np.split(values, starts[1:])
    most = max((group.size for group in groups), default=0)
    if most < 2:
        return voltage, values, 0.0, most
    at = np.array([part.mean() for part in np.split(voltage, starts[1:])])
    median = np.array([float(np.median(group)) for group in groups])
    apart = [_relative_spread(group) for group in groups if group.size > 1 and np.all(group > 0.0)]
    return at, median, float(np.median(apart)) if apart else 0.0, most


def _relative_spread(group: Array) -> float:
    """Return the standard deviation of the logarithms of some values, of two from their distance."""
    logs = np.log(group)
    if logs.size == 2:
        return float(abs(logs[1] - logs[0]) / np.sqrt(2.0))
    return float(_NORMAL * np.median(np.abs(logs - np.median(logs))))


def _efficiency(
    table: Columns, currents: tuple[Column, ...], instrument: Instrument, reading: list[str]
) -> MeasuredCurve:
    """Return the points of all pixels, each for itself."""
    columns = table.all("eqe")
    if len(currents) not in (1, len(columns)):
        message = f"{len(columns)} columns of EQE stand beside {len(currents)} of current; write one of it for each"
        raise InputError(Problem(message, file=table.name))
    current = np.concatenate([item.values for item in currents] * (len(columns) if len(currents) == 1 else 1))
    eqe = np.concatenate([item.values for item in columns])
    if np.any(eqe > 1.0):
        message = f"an EQE of {100.0 * np.nanmax(eqe):.4g} % is more than one photon for a charge; is its unit %?"
        raise InputError(Problem(message, file=table.name))
    stated = deviations(table, columns)
    if len(columns) > 1:
        reading.append(f"EQE-J: every point of {len(columns)} pixels counts for itself")
    if stated is None:
        reading.append(f"EQE-J: {_assumed(instrument)}")
        stated = np.hypot(instrument.noise * eqe, 1e-5)
    order = np.argsort(current, kind="stable")
    noise = _known(stated)[order]
    return MeasuredCurve("EQE-J", current[order], eqe[order], noise, source=table.name, sha256=table.sha256)


def _spectrum(table: Columns, instrument: Instrument, reading: list[str]) -> MeasuredCurve:
    """Return a spectrum by wavelength; one by energy is taken per energy and turned into one per wavelength."""
    intensity = table.values("intensity")
    if table.has("wavelength"):
        wavelength = table.values("wavelength")
    else:
        wavelength = HC_EV / table.values("photon_energy")
        intensity = intensity / wavelength**2
        reading.append("EL: the spectrum is taken per photon energy and turned into one per wavelength")
    order = np.argsort(wavelength, kind="stable")
    values = intensity[order]
    reading.append(f"EL: noise of {100.0 * instrument.noise:.3g} % of the peak is assumed; the file states none")
    # Of a spectrometer nothing is known but its noise at the peak, which is that of the baseline too.
    noise = np.hypot(instrument.noise * values, instrument.noise * np.nanmax(np.abs(values)))
    return MeasuredCurve("EL", wavelength[order], values, noise, source=table.name, sha256=table.sha256)


def _decay(table: Columns) -> MeasuredCurve:
    counts = table.values("intensity")
    noise = np.sqrt(np.maximum(counts, 1.0))
    return MeasuredCurve("TRPL", table.values("time"), counts, noise, source=table.name, sha256=table.sha256)
