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
from halodot.learn.model_curves import KINDS
from halodot.study import Study

#: voltages closer than this (V) were meant to be the same
_SAME_VOLTAGE = 1e-4
#: standard deviation over median absolute deviation of a normal distribution
_NORMAL = 1.4826


@dataclass(frozen=True)
class Instrument:
    """What a file does not say of its errors: assumed where nothing is measured."""

    noise: float = 0.03  # standard deviation relative to the value [1]
    current_floor: float = 1e-4  # A/m2, of J
    luminance_floor: float = 0.05  # cd/m2, of L
    detectable_luminance: float = 1.0  # cd/m2: less says nothing, nor does the EQE there


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
    found = list(_curves(table, study, instrument, reading))
    if not found:
        have = ", ".join(column.quantity for column in table.columns)
        wanted = "; ".join(f"{kind.value} by {kind.abscissa} ({name})" for name, kind in list(KINDS.items())[:5])
        raise InputError(Problem(f"there is no curve in {have}; one of these is wanted: {wanted}", file=table.name))
    problems = [problem for curve in found for problem in problems_of(curve)]
    if problems:
        raise InputError(problems)
    return MeasuredFile(tuple(found), tuple(reading))


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
        yield _efficiency(table, current[0], instrument)
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
    voltage = np.concatenate([table.values("voltage")] * len(columns))
    values = np.concatenate([column.values for column in columns])
    if kind == "SCLC":
        values = np.abs(values)
    at, median, spread, count = _median_curve(voltage, values)
    if count > 1:
        reading.append(
            f"{kind}: the median of up to {count} values at a voltage, which lie {100.0 * spread:.2g} % apart (sd)"
        )
    stated = table.all(columns[0].quantity, deviation=True)
    own = _in_order(voltage, values, stated[0].values) if len(stated) == 1 and count == 1 else None
    noise = np.hypot(instrument.noise * median, floor) if own is None else own
    if own is None:
        reading.append(f"{kind}: noise of {100.0 * instrument.noise:.3g} % is assumed; the file states none")
    return MeasuredCurve(kind, at, median, noise, spread, least, source=table.name, sha256=table.sha256)


def _in_order(voltage: Array, values: Array, others: Array) -> Array:
    """Return what stands beside the points of a curve, in their order."""
    order = np.argsort(voltage, kind="stable")
    known = np.isfinite(voltage[order]) & np.isfinite(values[order])
    return np.asarray(others[order][known])


def _median_curve(voltage: Array, values: Array) -> tuple[Array, Array, float, int]:
    """Return voltages, medians, the relative spread between values at one voltage, and the most of them."""
    order = np.argsort(voltage, kind="stable")
    voltage, values = voltage[order], values[order]
    known = np.isfinite(voltage) & np.isfinite(values)
    voltage, values = voltage[known], values[known]
    starts = np.flatnonzero(np.concatenate(([True], np.diff(voltage) > _SAME_VOLTAGE)))
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


def _efficiency(table: Columns, current: Column, instrument: Instrument) -> MeasuredCurve:
    eqe = table.values("eqe")
    stated = table.all("eqe", deviation=True)
    noise = stated[0].values if stated else np.hypot(instrument.noise * eqe, 1e-5)
    order = np.argsort(current.values, kind="stable")
    return MeasuredCurve(
        "EQE-J", current.values[order], eqe[order], noise[order], source=table.name, sha256=table.sha256
    )


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
    # Of a spectrometer nothing is known but its noise at the peak, which is that of the baseline too.
    noise = np.hypot(instrument.noise * values, instrument.noise * np.nanmax(np.abs(values)))
    return MeasuredCurve("EL", wavelength[order], values, noise, source=table.name, sha256=table.sha256)


def _decay(table: Columns) -> MeasuredCurve:
    counts = table.values("intensity")
    noise = np.sqrt(np.maximum(counts, 1.0))
    return MeasuredCurve("TRPL", table.values("time"), counts, noise, source=table.name, sha256=table.sha256)
