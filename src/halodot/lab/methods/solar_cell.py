"""J-V of a solar cell in light: short-circuit current, open-circuit voltage, fill factor, efficiency."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from halodot.arrays import Array
from halodot.errors import DataError
from halodot.lab.choices import number
from halodot.lab.findings import Analysis, Finding, Panel, Trace
from halodot.lab.fitting import noise_of
from halodot.lab.method import Inputs, Method, Role
from halodot.lab.sweeps import Sweep, directions, sweeps
from halodot.names import QUANTITIES
from halodot.numerics import parabola_vertex

if TYPE_CHECKING:
    import xarray

SHORT_CIRCUIT = QUANTITIES["short_circuit_current"]
OPEN_CIRCUIT = QUANTITIES["open_circuit_voltage"]
FILL_FACTOR = QUANTITIES["fill_factor"]
EFFICIENCY = QUANTITIES["power_conversion_efficiency"]
_FEWEST = 5
#: curves that one figure shows
_MOST_SHOWN = 12


@dataclass(frozen=True)
class SolarCellSettings:
    """What can be chosen."""

    area: float | None = number("m2", "active area; as the file states it", shown="mm2", valid="positive")
    irradiance: float | None = number("W/m2", "of the light; as the file states it", shown="mW/cm2", valid="positive")
    area_uncertainty: float = number("1", "relative standard uncertainty of the area", 0.02, valid="fraction")
    irradiance_uncertainty: float = number("1", "relative standard uncertainty of the light", 0.02, valid="fraction")


@dataclass(frozen=True, eq=False)
class _Cell:
    """One curve of a cell, its photocurrent positive."""

    label: str
    voltage: Array  # [V] (point,), rising
    current_density: Array  # [A/m2] (point,)
    irradiance: float  # [W/m2]
    noise: float  # of the current density [A/m2]


def solar_cell(data: xarray.Dataset, settings: SolarCellSettings | None = None) -> Analysis:
    """Return short-circuit current, open-circuit voltage, fill factor and efficiency of every curve in light.

    Current at zero voltage and voltage at zero current are read between the two neighbouring points; the maximum power
    is the vertex of the parabola through the three highest.

    Args:
        data: current against voltage, as `halodot.read` returns it.
        settings: what is chosen otherwise than by default.

    Raises:
        DataError: no curve is one of a cell that gives power.
    """
    chosen = settings or SolarCellSettings()
    lit, notes = _lit(data, chosen)
    findings: list[Finding] = []
    warnings, cells = [], []
    for sweep in lit:
        for part in directions(sweep):
            try:
                cell = _cell(part, chosen)
                findings += _findings(cell, chosen)
                cells.append(cell)
            except DataError as error:
                warnings.append(str(error))
    if not findings:
        raise DataError(f"{data.attrs.get('file', 'the measurement')}: {warnings[0]}")
    notes.append(
        f"uncertainties hold {chosen.area_uncertainty:.0%} of the area and {chosen.irradiance_uncertainty:.0%} of the"
        " irradiance; the spectrum of the light is taken as the standard's"
    )
    return Analysis(
        method="solar_cell",
        settings=_as_used(chosen, lit),
        findings=tuple(findings),
        warnings=tuple(warnings),
        notes=tuple(notes),
        panels=_panels(cells),
    )


def _lit(data: xarray.Dataset, settings: SolarCellSettings) -> tuple[list[Sweep], list[str]]:
    name = data.attrs.get("file", "the measurement")
    found = [one for one in sweeps(data) if one.current is not None or one.current_density is not None]
    lit = [one for one in found if one.irradiance > 0.0]
    notes = []
    if not lit and settings.irradiance is not None:
        lit = found
        notes.append("the file states no light; the chosen irradiance was taken for all of its curves")
    if not lit:
        raise DataError(f"{name} states no light on a solar cell; choose it (irradiance: 100 mW/cm2)")
    if len(lit) < len(found):
        notes.append(f"{len(found) - len(lit)} curves in the dark were left out")
    return lit, notes


def _as_used(settings: SolarCellSettings, lit: Sequence[Sweep]) -> SolarCellSettings:
    """Return the choices with those filled in that are the same for all curves."""
    made = settings
    for name in ("area", "irradiance"):
        values = {getattr(one, name) for one in lit}
        if getattr(settings, name) is None and len(values) == 1 and (value := values.pop()) > 0.0:
            made = replace(made, **{name: value})
    return made


def _cell(sweep: Sweep, settings: SolarCellSettings) -> _Cell:
    """Return a curve with its photocurrent positive."""
    name = sweep.label or "the curve"
    area = settings.area if settings.area is not None else sweep.area
    if sweep.current_density is not None and (settings.area is None or sweep.current is None):
        current = sweep.current_density
    elif sweep.current is not None and area > 0.0:
        current = sweep.current / area
    else:
        raise DataError(f"{name}: the area is missing; choose it (area: 16 mm2)")
    kept = np.isfinite(current) & np.isfinite(sweep.voltage)
    voltage, current = sweep.voltage[kept], current[kept]
    if voltage.size < _FEWEST or not voltage[0] <= 0.0 < voltage[-1]:
        raise DataError(f"{name}: a sweep of at least {_FEWEST} points through zero voltage is needed")
    if float(current[-1] - current[0]) > 0.0:
        current = -current
    if not float(np.interp(0.0, voltage, current)) > 0.0:
        raise DataError(f"{name}: no photocurrent flows at zero voltage; the cell is short, or it is in the dark")
    noise = noise_of(current[voltage < 0.5 * voltage[-1]])
    irradiance = settings.irradiance if settings.irradiance is not None else sweep.irradiance
    return _Cell(sweep.label, voltage, current, irradiance, noise if math.isfinite(noise) else 0.0)


def _findings(cell: _Cell, settings: SolarCellSettings) -> list[Finding]:
    voltage, current = cell.voltage, cell.current_density
    name = cell.label or "the curve"
    scale = math.hypot(settings.area_uncertainty, settings.irradiance_uncertainty)
    short = float(np.interp(0.0, voltage, current))
    found = [
        Finding(SHORT_CIRCUIT, short, math.hypot(scale * short, cell.noise), "at zero voltage", of=cell.label),
    ]
    above = np.flatnonzero((current[:-1] > 0.0) & (current[1:] <= 0.0) & (voltage[1:] > 0.0))
    if not above.size:
        how = "at least the highest voltage: the current does not change its sign"
        found.append(Finding(OPEN_CIRCUIT, float(voltage[-1]), 0.0, how, bound="at least", of=cell.label))
    power = voltage * current
    top = int(np.argmax(power))
    if not 0 < top < voltage.size - 1:
        raise DataError(f"{name}: the power has no maximum within the sweep; sweep beyond the open-circuit voltage")
    best = parabola_vertex(voltage, power, top)[1]
    highest = float(best) if math.isfinite(best) else float(power[top])
    spread = math.hypot(cell.noise * float(voltage[top]), highest - float(power[top]))
    efficiency = highest / cell.irradiance
    unsure = math.hypot(scale * efficiency, spread / cell.irradiance)
    found.append(Finding(EFFICIENCY, efficiency, unsure, "maximum power over irradiance", of=cell.label))
    if above.size:
        place = int(above[-1])
        slope = float(current[place] - current[place + 1]) / float(voltage[place + 1] - voltage[place])
        zero = float(voltage[place]) + float(current[place]) / slope
        curvature = _interpolation_error(voltage, current, place, zero)
        found.insert(
            1, Finding(OPEN_CIRCUIT, zero, math.hypot(cell.noise / slope, curvature), "at zero current", of=cell.label)
        )
        factor = highest / (zero * short)
        relative = math.hypot(spread / highest, math.hypot(curvature / zero, cell.noise / short))
        found.append(Finding(FILL_FACTOR, factor, factor * relative, "maximum power over V_oc J_sc", of=cell.label))
    return found


def _interpolation_error(voltage: Array, current: Array, place: int, zero: float) -> float:
    """Return half of what a monotone cubic changes of a voltage that was read between two points [V]."""
    from scipy.interpolate import PchipInterpolator

    low, high = max(place - 2, 0), min(place + 4, voltage.size)
    curve = PchipInterpolator(voltage[low:high], current[low:high])
    slope = float(curve.derivative()(zero))
    return 0.5 * abs(float(curve(zero)) / slope) if slope < 0.0 else 0.0


def _panels(cells: Sequence[_Cell]) -> tuple[Panel, ...]:
    shown = cells[:_MOST_SHOWN]
    traces = tuple(
        Trace(cell.voltage, cell.current_density / 10.0, cell.label or "measured", "points") for cell in shown
    )
    low = float(max(min(float(cell.voltage[0]) for cell in shown), -0.3))
    top = 1.15 * max(float(np.interp(0.0, cell.voltage, cell.current_density)) for cell in shown) / 10.0
    high = max(float(cell.voltage[-1]) for cell in shown)
    return (Panel("Voltage (V)", "Current density (mA/cm2)", traces, x_range=(low, high), y_range=(-0.2 * top, top)),)


def _takes(data: xarray.Dataset) -> bool:
    if data.attrs.get("kind") != "current_voltage":
        return False
    return any(
        one.irradiance > 0.0 and (one.current is not None or one.current_density is not None) for one in sweeps(data)
    )


def _analyse(inputs: Inputs, settings: SolarCellSettings) -> Analysis:
    return solar_cell(inputs["sweep"][0], settings)


METHOD = Method(
    name="solar_cell",
    title="J-V of a solar cell",
    settings=SolarCellSettings,
    quantities=(SHORT_CIRCUIT, OPEN_CIRCUIT, FILL_FACTOR, EFFICIENCY),
    roles=(Role("sweep", "current against voltage in light", _takes),),
    analyse=_analyse,
)
