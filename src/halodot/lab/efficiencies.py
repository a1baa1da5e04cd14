"""Efficiency of an LED against current: its maximum, roll-off and values, read off a smooth curve."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np

from halodot.arrays import Array, BoolArray
from halodot.lab.findings import NORMAL_95
from halodot.lab.led_quantities import (
    CURRENT_AT_90,
    EFFICIENCY,
    EFFICIENCY_MAX,
    EQE,
    EQE_MAX,
    EQE_MAX_CURRENT,
    EQE_MAX_VOLTAGE,
    FALLING_LUMINANCE,
    HALF_CURRENT,
    LUMINANCE_MAX,
    POWER_EFFICACY_MAX,
    Found,
    LedCurve,
    LedSettings,
    Optics,
    eqe_per_current_efficiency,
    keep_logarithm,
    pattern_uncertainty,
)
from halodot.lab.smooth_curves import Read, Smooth, first_below, highest, smooth_curve, value_at
from halodot.lab.sweeps import Sweep, turning_points
from halodot.names import Quantity

#: fall below the maximum at which a luminance counts as falling
_FALLEN = 0.03
#: share of the resampled curves that must show a fall for it to be stated with an interval
_MOSTLY = 0.975
#: median absolute deviation of a normal distribution in standard deviations
_MAD = 0.6744898
_FEWEST = 4
#: fall of ln J with rising voltage that is no noise, and what counts as a higher efficiency
_FALLS_BACK, _MORE = 0.1, 1.1
#: of the highest luminance, from which a device is bright; scatter of ln(EQE/(L/J)) up to which the two go together
_BRIGHT, _TOGETHER = 0.1, 0.1


def efficiencies(curve: LedCurve, sweep: Sweep, optics: Optics, settings: LedSettings, told: Found) -> LedCurve:
    """Return the curve with its smooth efficiency, and keep what is found of it."""
    current, luminance = curve.current_density, curve.luminance
    if current is None:
        _highest_luminance(curve, None, settings, told)
        return curve
    computed = luminance is not None and optics.spectrum is not None
    if curve.eqe is not None:
        ratio = curve.eqe if computed else _stated(curve, told)
    elif luminance is not None:
        ratio = luminance / np.where(current > 0.0, current, math.nan)
        told.notes.append(
            "there is no EQE: the EL spectrum is missing (a file whose name has el or spectrum, or wavelength: 645 nm)"
        )
    else:
        return curve
    used = curve.lit & np.isfinite(ratio) & (np.nan_to_num(ratio) > 0.0)
    used = _one_valued(current, ratio, used, told)
    if int(np.sum(used)) < _FEWEST:
        told.notes.append(f"{int(np.sum(used))} points have light and current; four are needed for an efficiency")
        _highest_luminance(curve, None, settings, told)
        return curve
    smooth = _smoothed(curve, ratio, used, settings)
    if smooth.outliers:
        told.notes.append(f"{smooth.outliers} points lie off the curve of the efficiency and have no weight in it")
    curve = replace(curve, smooth=smooth)
    scale = common_error(sweep, optics, settings)
    if curve.eqe is not None:
        how = (
            "smoothed in ln J, from luminance, current and EL spectrum"
            if computed
            else "smoothed in ln J, EQE as the file states it"
        )
        _eqe_findings(curve, smooth, scale, how, settings, told)
        if computed and sweep.eqe is not None:
            _compare_stated(curve, sweep, used, told)
    if luminance is not None:
        per = eqe_per_current_efficiency(optics) if computed else 1.0
        if curve.eqe is not None and not computed:
            ratio = luminance / np.where(current > 0.0, current, math.nan)
            efficiency = _smoothed(curve, ratio, used, settings)
        else:
            efficiency = _shifted(smooth, -math.log(per))
        _efficiency_findings(curve, efficiency, optics, settings, told)
        _highest_luminance(curve, efficiency, settings, told)
    return curve


def _stated(curve: LedCurve, told: Found) -> Array:
    """Return the EQE that a file states; with the shape of luminance over current where the two go together.

    A stated EQE often has more noise than the luminance that it was made of.
    """
    stated = np.asarray(curve.eqe)
    if curve.luminance is None or curve.current_density is None:
        return stated
    efficiency = curve.luminance / np.where(curve.current_density > 0.0, curve.current_density, math.nan)
    per = stated / np.where(efficiency > 0.0, efficiency, math.nan)
    bright = curve.lit & (curve.luminance > _BRIGHT * float(np.max(curve.luminance[curve.lit]))) & (per > 0.0)
    if int(np.sum(bright)) < _FEWEST or float(np.std(np.log(per[bright]))) > _TOGETHER:
        return stated
    factor = float(np.median(per[bright]))
    told.notes.append(
        f"the EQE that the file states is {100.0 * factor:.4g} % for each cd/A where the device is bright"
    )
    return np.asarray(factor * efficiency)


def _one_valued(current: Array, ratio: Array, used: BoolArray, told: Found) -> BoolArray:
    """Return the points of the longest part of the sweep in which the current rises, where it falls back between."""
    places = np.flatnonzero(used)
    if places.size < _FEWEST:
        return used
    ends = turning_points(np.log(current[places]), _FALLS_BACK)
    parts = [
        places[start : stop + 1]
        for start, stop in pairwise(ends)
        if current[places[stop]] > current[places[start]] or len(ends) == 2
    ]
    longest = max(parts, key=lambda part: part.size, default=places)
    if longest.size == places.size:
        return used
    kept = np.zeros(used.size, bool)
    kept[longest] = True
    told.notes.append(
        f"the current falls back while the voltage rises; the efficiency is that of the {longest.size} points of the"
        " longest rising part"
    )
    left = used & ~kept
    if np.any(left) and float(np.max(ratio[left])) > _MORE * float(np.max(ratio[kept])):
        told.warnings.append("the efficiency was higher in a part of the sweep from which the current fell back")
    return kept


def _smoothed(curve: LedCurve, ratio: Array, used: BoolArray, settings: LedSettings) -> Smooth:
    current = np.asarray(curve.current_density)[used]
    log_current, first = np.unique(np.log(current), return_index=True)
    additive = np.full(current.size, 1e-6)
    if curve.luminance is not None:
        additive = curve.noise / curve.luminance[used] + 1e-6
    values = np.log(ratio[used])
    return smooth_curve(log_current, values[first], additive[first], settings.resamples, settings.seed)


def _shifted(curve: Smooth, by: float | Array) -> Smooth:
    return replace(curve, y=curve.y + by, resamples=curve.resamples + by)


def common_error(sweep: Sweep, optics: Optics, settings: LedSettings) -> float:
    """Return the relative standard uncertainty that all points of an EQE have in common.

    Args:
        sweep: that the EQE is of.
        optics: of its light.
        settings: what is chosen.
    """
    pattern = pattern_uncertainty(optics, settings)
    parts = [settings.luminance_uncertainty, pattern]
    if sweep.light_quantity in ("luminance", ""):
        parts.append(settings.area_uncertainty)
        if optics.spectrum is not None:
            parts.append(optics.spectrum.relative_uncertainty)
    elif optics.spectrum is not None:
        spectrum = optics.spectrum
        parts.append(spectrum.uncertainties.get("mean_wavelength", 0.0) / spectrum.mean_wavelength)
    return math.sqrt(sum(part**2 for part in parts))


def _eqe_findings(curve: LedCurve, smooth: Smooth, scale: float, how: str, settings: LedSettings, told: Found) -> None:
    height, place, at_end = highest(smooth)
    bound = "at least" if at_end else ""
    if math.exp(height.value) > 1.0:
        told.warnings.append("the EQE is above 100 %: area, units, spectrum or geometry are not those of this device")
    if at_end:
        side = "lowest" if at_end == "low" else "highest"
        told.notes.append(f"the EQE is highest at the {side} current with enough light; it may be higher beyond")
    keep_logarithm(told, EQE_MAX, height, scale, how, bound=bound)
    log_current = np.log(np.asarray(curve.current_density)[curve.lit])
    order = np.argsort(log_current)
    volts = np.interp([place.value, *place.interval], log_current[order], curve.voltage[curve.lit][order])
    spread = max(abs(volts[2] - volts[1]) / (2.0 * NORMAL_95), 0.0)
    told.add(EQE_MAX_VOLTAGE, float(volts[0]), float(spread), how, interval=(float(volts[1]), float(volts[2])))
    keep_logarithm(told, EQE_MAX_CURRENT, place, settings.area_uncertainty, how)
    for quantity, left in ((HALF_CURRENT, 0.5), (CURRENT_AT_90, 0.9)):
        fall = first_below(smooth, -math.log(left))
        if at_end == "high":
            continue
        if fall.share < _MOSTLY:
            fall = Read(fall.interval[0], fall.uncertainty, fall.interval) if fall.share else fall
            keep_logarithm(told, quantity, fall, settings.area_uncertainty, how, bound="at least")
        else:
            keep_logarithm(told, quantity, fall, settings.area_uncertainty, how)
    for level in settings.at_current_density:
        if level > 0.0 and smooth.x[0] <= math.log(level) <= smooth.x[-1]:
            read = value_at(smooth, math.log(level))
            keep_logarithm(told, EQE, read, scale, how, f"{level / 10.0:g} mA/cm2")
    _at_luminances(curve, smooth, EQE, scale, how, settings, told)


def _efficiency_findings(
    curve: LedCurve, efficiency: Smooth, optics: Optics, settings: LedSettings, told: Found
) -> None:
    """Keep highest current and power efficiency."""
    scale = math.hypot(settings.luminance_uncertainty, settings.area_uncertainty)
    height, _, at_end = highest(efficiency)
    bound = "at least" if at_end else ""
    keep_logarithm(told, EFFICIENCY_MAX, height, scale, "luminance over current density, smoothed in ln J", bound=bound)
    log_current = np.log(np.asarray(curve.current_density)[curve.lit])
    order = np.argsort(log_current)
    volts = np.interp(efficiency.x, log_current[order], curve.voltage[curve.lit][order])
    power = _shifted(efficiency, np.log(optics.solid_angle / volts))
    height, _, at_end = highest(power)
    pattern = pattern_uncertainty(optics, settings)
    how = "luminous flux over electrical power, smoothed in ln J"
    bound = "at least" if at_end else ""
    keep_logarithm(told, POWER_EFFICACY_MAX, height, math.hypot(scale, pattern), how, bound=bound)
    how = "luminance over current density, smoothed in ln J"
    _at_luminances(curve, efficiency, EFFICIENCY, scale, how, settings, told)


def _at_luminances(
    curve: LedCurve, smooth: Smooth, quantity: Quantity, scale: float, how: str, settings: LedSettings, told: Found
) -> None:
    """Keep the efficiency at given luminances on the way up."""
    if curve.luminance is None:
        return
    current = np.asarray(curve.current_density)
    luminance = curve.luminance
    top = int(np.argmax(np.where(curve.lit, luminance, -np.inf)))
    up = curve.lit.copy()
    up[top + 1 :] = False
    for level in settings.at_luminance:
        if not luminance[up].size or not float(np.min(luminance[up])) <= level <= float(np.max(luminance[up])):
            continue
        order = np.argsort(luminance[up])
        place = np.interp(math.log(level), np.log(luminance[up][order]), np.log(current[up][order]))
        if smooth.x[0] <= place <= smooth.x[-1]:
            keep_logarithm(told, quantity, value_at(smooth, float(place)), scale, how, f"{level:g} cd/m2")


def _highest_luminance(curve: LedCurve, efficiency: Smooth | None, settings: LedSettings, told: Found) -> None:
    if curve.luminance is None:
        return
    scale = settings.luminance_uncertainty
    bright = float(np.max(curve.luminance[curve.lit]))
    if efficiency is None or float(np.max(efficiency.y + efficiency.x)) < math.log(bright) - _FALLS_BACK:
        value = float(np.max(curve.luminance[curve.lit]))
        spread = math.hypot(scale, relative_noise(curve)) * value
        told.add(LUMINANCE_MAX, value, spread, "highest point, background taken off")
        return
    light = _shifted(efficiency, efficiency.x)
    height, place, _ = highest(light)
    keep_logarithm(told, LUMINANCE_MAX, height, scale, "smoothed in ln J, background taken off")
    top = int(np.argmax(light.y))
    if float(light.y[top] - light.y[-1]) > _FALLEN:
        keep_logarithm(told, FALLING_LUMINANCE, place, settings.area_uncertainty, "smoothed in ln J")


def _compare_stated(curve: LedCurve, sweep: Sweep, used: BoolArray, told: Found) -> None:
    stated, found = np.asarray(sweep.eqe)[used], np.asarray(curve.eqe)[used]
    sound = np.isfinite(stated) & (stated > 0.0)
    if int(np.sum(sound)) < 3:
        return
    ratio = float(np.median(found[sound] / stated[sound]))
    told.notes.append(f"the EQE found is {ratio:.3g} times that which the file states")
    if abs(ratio - 1.0) > 0.1:
        told.warnings.append(
            f"the EQE found is {ratio:.3g} times that which the file states; area, spectrum or pattern may differ"
        )


def relative_noise(curve: LedCurve) -> float:
    """Return the noise of the luminance relative to it, from third differences of its logarithm."""
    luminance = np.asarray(curve.luminance)[curve.lit]
    if luminance.size < 8:
        return 0.02
    differences = np.diff(np.log(luminance[luminance.size // 3 :]), 3) / math.sqrt(20.0)
    return max(float(np.median(np.abs(differences))) / _MAD, 1e-4) if differences.size else 0.02
