"""From current and light of a device against voltage to luminance and turn-on: what papers state of an LED."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from halodot.arrays import Array, BoolArray
from halodot.errors import DataError
from halodot.lab.efficiencies import efficiencies, relative_noise
from halodot.lab.led_quantities import (
    TURN_ON,
    VOLTAGE_AT,
    Found,
    LedCurve,
    LedSettings,
    Optics,
    eqe_per_current_efficiency,
)
from halodot.lab.sweeps import Dark, Sweep, dark_of, rising

#: luminance at which a display begins to be seen: the field's turn-on
TURN_ON_LUMINANCE = 1.0
#: noise at which a luminance can be told from none, as a threshold is read
_TOLD = 3.0
#: noise from which a point below a threshold is used for the line through it
_SEEN = 2.0
#: range of a detector of light: what lies further below the highest point is no measured light
_RANGE = 1e-6
#: points of one current, within this share, that a source at its limit gives
_LIMITED, _SAME = 4, 1e-3
#: rise of the current over which light of one strength is that of a full detector
_RISEN = 1.2


def led_curve(sweep: Sweep, optics: Optics, settings: LedSettings) -> LedCurve:
    """Return luminance and efficiency of one direction of a sweep, with its findings.

    EQE = (Omega q L)/(K h c J) * (mean wavelength of the power), K the luminous efficacy of the radiation and Omega
    the solid angle of the pattern, pi for a Lambertian one; with a photodiode L is its current over responsivity,
    collected share, area and Omega, times K.

    Args:
        sweep: in one direction.
        optics: of the light.
        settings: what is chosen.

    Raises:
        DataError: there is no light above the noise.

    Source: M. Anaya et al., Nat. Photonics 13, 818 (2019), doi:10.1038/s41566-019-0543-y.
    """
    told = Found(sweep.label)
    sweep = _finite(sweep)
    sweep = _towards_light(sweep, told)
    sweep = _below_saturation(_below_current_limit(sweep, told), told)
    current_density = _current_density(sweep, settings, told)
    luminance, noise, dark = _luminance(sweep, optics, settings, told)
    if luminance is None:
        signal, floor = _signal_over_dark(sweep, dark)
    else:
        signal, floor = luminance, noise
    least = max(settings.least_signal * floor, _RANGE * float(np.max(signal)))
    lit = np.asarray(signal > least) & (signal > 0.0) & (sweep.voltage > 0.0)
    lit = _without_a_gap(lit, signal)
    if not np.any(lit):
        raise DataError(
            f"{sweep.label or 'the sweep'}: no light rises {settings.least_signal:g} standard deviations above the "
            "background; there is nothing to state of an LED"
        )
    if current_density is not None and not np.any(lit & (current_density > 0.0)):
        told.notes.append("there is no efficiency: no current flows where there is light")
        current_density = None
    if current_density is not None:
        lit &= np.asarray(current_density > 0.0)
    eqe = _eqe(sweep, current_density, luminance, optics)
    made = LedCurve(
        sweep.label, sweep.voltage, current_density, luminance, noise, dark, lit, eqe, None, _efficiency_is(eqe)
    )
    if luminance is not None:
        _luminances(made, settings, told)
    made = efficiencies(made, sweep, optics, settings, told)
    return replace(made, findings=tuple(told.findings), notes=tuple(told.notes), warnings=tuple(told.warnings))


def _efficiency_is(eqe: Array | None) -> str:
    return "eqe" if eqe is not None else "current efficiency"


def _without_a_gap(lit: BoolArray, signal: Array) -> BoolArray:
    """Return the lit points about the brightest one, without those beyond a dark one on the low side."""
    if not np.any(lit):
        return lit
    top = int(np.argmax(np.where(lit, signal, -np.inf)))
    dark = np.flatnonzero(~lit[:top])
    kept = lit.copy()
    if dark.size:
        kept[: int(dark[-1])] = False
    return kept


def _finite(sweep: Sweep) -> Sweep:
    """Return the points that have all of the numbers that the sweep has."""
    kept = np.isfinite(sweep.voltage)
    for name in ("current_density", "current", "light"):
        values = getattr(sweep, name)
        if values is not None:
            kept &= np.isfinite(values)
    if int(np.sum(kept)) < 3:
        raise DataError(f"{sweep.label or 'the sweep'} has {int(np.sum(kept))} points with voltage, current and light")
    return sweep.at(kept)


def _towards_light(sweep: Sweep, told: Found) -> Sweep:
    """Return a sweep whose light comes at positive voltages and currents."""
    light = sweep.light if sweep.light is not None else sweep.eqe
    if light is None:
        raise DataError(f"{sweep.label or 'the sweep'} has no column of light: luminance or photodiode current")
    top = int(np.nanargmax(light)) if np.any(np.isfinite(light)) else 0
    if sweep.voltage[top] < 0.0:
        told.notes.append("the light comes at negative voltages; voltage and current were turned round")
        names = [name for name in ("voltage", "current_density", "current") if getattr(sweep, name) is not None]
        sweep = rising(_turned(sweep, *names))
        light = sweep.light if sweep.light is not None else sweep.eqe
        top = int(np.nanargmax(light))  # type: ignore[arg-type]
    for name in ("current_density", "current"):
        values = getattr(sweep, name)
        if values is not None and values[top] < 0.0:
            told.notes.append("the current is negative where there is light; its sign was turned")
            sweep = _turned(sweep, name)
    return sweep


def _below_current_limit(sweep: Sweep, told: Found) -> Sweep:
    """Return a sweep without the points at which the source held its current, not the voltage that was asked for."""
    current = sweep.current_density if sweep.current_density is not None else sweep.current
    if current is None or current.size < 2 * _LIMITED:
        return sweep
    held = np.abs(current - current[-1]) <= _SAME * abs(float(current[-1]))
    start = current.size - int(np.argmin(held[::-1])) if not np.all(held) else 0
    limited = current.size - start
    if limited < _LIMITED or start == 0:
        return sweep
    told.notes.append(f"{limited - 1} points at the current limit of the source were left out")
    return sweep.at(np.arange(start + 1))


def _below_saturation(sweep: Sweep, told: Found) -> Sweep:
    """Return a sweep without the points at which the detector of the light stood at its limit."""
    light = sweep.light
    current = sweep.current_density if sweep.current_density is not None else sweep.current
    if light is None or current is None or light.size < 2 * _LIMITED:
        return sweep
    full = np.flatnonzero(light >= (1.0 - _SAME) * float(np.max(light)))
    several = _LIMITED <= full.size <= light.size // 2 and full[-1] - full[0] == full.size - 1
    if not several or not float(current[full[-1]]) > _RISEN * float(current[full[0]]) > 0.0:
        return sweep
    told.warnings.append(
        f"the light stays at {light[full[0]]:.4g} while the current rises, as of a detector at its limit; "
        f"{full.size} points were left out"
    )
    return sweep.at(np.setdiff1d(np.arange(light.size), full))


def _turned(sweep: Sweep, *names: str) -> Sweep:
    """Return a sweep with the signs of some columns turned."""
    columns: dict[str, Any] = {name: -getattr(sweep, name) for name in names}
    return replace(sweep, **columns)


def _current_density(sweep: Sweep, settings: LedSettings, told: Found) -> Array | None:
    area = settings.area if settings.area is not None else sweep.area
    if sweep.current is not None and math.isfinite(area) and area > 0.0:
        return sweep.current / area
    if sweep.current_density is not None:
        if settings.area is not None:
            told.notes.append("the current density is that of the file; the chosen area does not change it")
        return sweep.current_density
    if sweep.current is not None:
        told.notes.append("there is no current density and no efficiency: the area is missing (area: 4 mm2)")
    else:
        told.notes.append("there is no efficiency: the file has no current")
    return None


def _signal_over_dark(sweep: Sweep, dark: Dark) -> tuple[Array, float]:
    light = sweep.light if sweep.light is not None else sweep.eqe
    return np.nan_to_num(np.asarray(light)) - dark.background_at(sweep.voltage), dark.noise


def _luminance(sweep: Sweep, optics: Optics, settings: LedSettings, told: Found) -> tuple[Array | None, float, Dark]:
    """Return luminance, its noise, and the dark of the detector; no luminance where something is missing."""
    if sweep.light is None:
        light = np.nan_to_num(np.asarray(sweep.eqe))
        return None, math.nan, dark_of(sweep.voltage, light, settings.dark_below)
    dark = dark_of(sweep.voltage, sweep.light, settings.dark_below)
    if not dark.points:
        told.notes.append("the sweep has no dark points; no background was taken off the light")
    else:
        told.notes.append(
            f"background of the light from {dark.points} points up to {dark.below:.3g} V; "
            f"light counts from {settings.least_signal:g} standard deviations of its noise"
        )
    if dark.drift:
        told.warnings.append(
            "the background of the light drifts with the sweep; its slope was taken off, but weak light is unsure"
        )
    factor = 1.0
    if sweep.light_quantity != "luminance":
        factor = _luminance_per_signal(sweep, optics, settings)
        if not math.isfinite(factor):
            told.notes.append(f"there is no luminance of the photodiode: {_missing(sweep, optics, settings)}")
            return None, math.nan, dark
    return (sweep.light - dark.background_at(sweep.voltage)) * factor, dark.noise * factor, dark


def _luminance_per_signal(sweep: Sweep, optics: Optics, settings: LedSettings) -> float:
    amperes = 1.0
    if sweep.light_quantity == "signal_voltage":
        amperes = 1.0 / settings.transimpedance if settings.transimpedance else math.nan
    area = settings.area if settings.area is not None else sweep.area
    if optics.spectrum is None or not area > 0.0:
        return math.nan
    watts = amperes / (optics.responsivity * optics.collected)
    return watts * optics.spectrum.efficacy / (area * optics.solid_angle)


def _missing(sweep: Sweep, optics: Optics, settings: LedSettings) -> str:
    lacking = [optics.missing] if optics.missing else []
    if sweep.light_quantity == "signal_voltage" and not settings.transimpedance:
        lacking.append("the amplifier (transimpedance: 475 kohm)")
    area = settings.area if settings.area is not None else sweep.area
    if not area > 0.0:
        lacking.append("the area (area: 4 mm2)")
    return "it lacks " + ", ".join(lacking)


def _eqe(sweep: Sweep, current_density: Array | None, luminance: Array | None, optics: Optics) -> Array | None:
    """Return the EQE at every point, computed where there is a spectrum, else as the file states it."""
    if luminance is not None and current_density is not None and optics.spectrum is not None:
        per_ampere = eqe_per_current_efficiency(optics)
        safe = np.where(current_density > 0.0, current_density, math.nan)
        return np.asarray(per_ampere * luminance / safe)
    return sweep.eqe


# ------------------------------------------------------------------------------------------------- against the voltage


def _luminances(curve: LedCurve, settings: LedSettings, told: Found) -> None:
    """Keep the highest luminance, the turn-on voltage and the voltages at other luminances."""
    luminance = curve.luminance
    assert luminance is not None
    relative = relative_noise(curve)
    crossings = [(TURN_ON_LUMINANCE, TURN_ON, "")]
    crossings += [(level, VOLTAGE_AT, f"{level:g} cd/m2") for level in settings.at_luminance]
    for level, quantity, of in crossings:
        if quantity is VOLTAGE_AT and level > float(np.max(luminance[curve.lit])):
            continue
        value, uncertainty, bound = voltage_at(curve, level, relative, settings.luminance_uncertainty)
        how = "ln(luminance) interpolated between the points"
        if bound:
            how = (
                "at least the highest voltage: the luminance is not reached"
                if bound == "at least"
                else ("at most the lowest voltage at which light is told from its noise, which is above this luminance")
            )
        told.add(quantity, value, uncertainty, how, of, bound=bound)


def voltage_at(curve: LedCurve, level: float, relative: float, scale: float) -> tuple[float, float, str]:
    """Return the voltage from which the luminance is above a level, its uncertainty, and which bound it is if one.

    Args:
        curve: with a luminance.
        level: [cd/m2].
        relative: standard deviation of a point relative to the luminance.
        scale: relative standard uncertainty of the meter.
    """
    voltage, luminance = curve.voltage, np.asarray(curve.luminance)
    top = int(np.argmax(np.where(curve.lit, luminance, -np.inf)))
    if luminance[top] < level:
        return float(voltage[-1]), 0.0, "at least"
    told = _TOLD * curve.noise
    below = np.flatnonzero(luminance[: top + 1] < max(level, told))
    if not below.size:
        return float(voltage[0]), 0.0, "at most"
    after = int(below[-1]) + 1
    if level < told:
        return float(voltage[after]), 0.0, "at most"
    if luminance[after - 1] < _SEEN * curve.noise:
        return (*_from_above(curve, after, level, relative, scale), "")
    first = after - 1
    start = first - 1 if first > 0 and 0.0 < luminance[first - 1] > told else first
    places = voltage[start : min(after + 2, luminance.size)]
    raw = luminance[start : min(after + 2, luminance.size)]
    logs, spread = np.log(raw), np.hypot(relative, curve.noise / raw)
    first -= start
    value, slope = _crossing(places, logs, first, math.log(level))
    part = (value - places[first]) / (places[first + 1] - places[first])
    noise = math.hypot((1.0 - part) * float(spread[first]), part * float(spread[first + 1]))
    mean = (logs[first + 1] - logs[first]) / (places[first + 1] - places[first])
    straight = float(places[first] + (math.log(level) - logs[first]) / mean)
    uncertainty = math.hypot(math.hypot(noise, scale) / slope, 0.5 * (straight - value))
    return value, uncertainty, ""


def _from_above(curve: LedCurve, after: int, level: float, relative: float, scale: float) -> tuple[float, float]:
    """Return the voltage of a level between a point without measurable light and the first with it, and how unsure.

    It lies between the line to the noise at the point below, and the line through the next two points above.
    """
    voltage, luminance = curve.voltage, np.asarray(curve.luminance)
    step = float(voltage[after] - voltage[after - 1])
    above = math.log(luminance[after] / level)
    rise = math.log(max(luminance[after], level) / max(curve.noise, 1e-3 * level))
    nearest = above / max(rise, above, 1e-6) * step
    farthest = nearest
    if after + 1 < voltage.size and luminance[after + 1] > luminance[after]:
        slope = math.log(luminance[after + 1] / luminance[after]) / float(voltage[after + 1] - voltage[after])
        farthest = min(above / slope, step)
    back = 0.5 * (nearest + farthest)
    noise = math.hypot(math.hypot(relative, curve.noise / luminance[after]), scale)
    spread = abs(farthest - nearest) / math.sqrt(12.0)
    return float(voltage[after]) - back, math.hypot(spread, noise * back / max(above, 0.1))


def _crossing(places: Array, logs: Array, first: int, level: float) -> tuple[float, float]:
    """Return where a monotone cubic through points crosses a level in one of its steps, and its slope there."""
    from scipy.interpolate import PchipInterpolator

    curve = PchipInterpolator(places, logs)
    low, high = float(places[first]), float(places[first + 1])
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if float(curve(middle)) < level else (low, middle)
    mean = (logs[first + 1] - logs[first]) / (places[first + 1] - places[first])
    slope = float(curve.derivative()(low))
    return 0.5 * (low + high), max(slope, 0.2 * float(mean))
