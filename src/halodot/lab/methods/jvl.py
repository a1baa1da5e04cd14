"""J-V-L of a light-emitting device with its EL spectrum: luminance, EQE, turn-on, roll-off, colour."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from halodot.errors import DataError
from halodot.lab.diode import (
    CURRENT_HYSTERESIS,
    IDEALITY,
    LEAKAGE,
    LIGHT_HYSTERESIS,
    MOST_IDEAL,
    VOLTAGE_HYSTERESIS,
    Straight,
    hysteresis,
    leakage,
    semilogarithmic,
)
from halodot.lab.electroluminescence import ElSpectrum
from halodot.lab.findings import Analysis, Finding, Mark, Panel, Trace
from halodot.lab.led_inputs import (
    CALIBRATION_WORDS,
    CURRENT_WORDS,
    PATTERN_WORDS,
    RESPONSIVITY_WORDS,
    SPECTRUM_WORDS,
    Companions,
    is_calibration,
    is_current_sweep,
    is_led_sweep,
    is_pattern,
    is_responsivity,
    is_spectrum,
    light_of,
)
from halodot.lab.led_quantities import LIGHT_QUANTITIES, LedCurve, LedSettings, Optics
from halodot.lab.light_emitting import led_curve
from halodot.lab.method import Inputs, Method, Role
from halodot.lab.sweeps import Sweep, directions, interpolated, rising, sweeps
from halodot.names import QUANTITIES, Quantity

if TYPE_CHECKING:
    import xarray

EFFICACY = Quantity("radiation_efficacy", "lm/W", "lm/W", "Luminous efficacy of the radiation", "K")
MEAN_WAVELENGTH = Quantity("mean_wavelength", "m", "nm", "Wavelength averaged over the power", "lambda_m")
SPECTRAL = (QUANTITIES["cie_x"], QUANTITIES["cie_y"], QUANTITIES["el_peak"], QUANTITIES["el_fwhm"], EFFICACY)
DIODE = (IDEALITY, LEAKAGE, CURRENT_HYSTERESIS, LIGHT_HYSTERESIS, VOLTAGE_HYSTERESIS)
#: temperature of a laboratory, where a file states none
_ROOM = 298.15
_ROOM_ERROR = 3.0
#: of the highest point, below which a logarithmic plot shows nothing
_SHOWN = 1e-9
_COLOURS_FROM_SPECTRUM = "sums of power per wavelength with the CIE 1931 observer"
_LINE = "EL spectrum in power per wavelength, running quadratic"
_VOLTAGE = "Voltage (V)"
_CURRENT = "Current density (mA/cm2)"


@dataclass(frozen=True)
class JvlSettings(LedSettings):
    """What can be chosen."""


def jvl(
    data: xarray.Dataset,
    settings: JvlSettings | None = None,
    *,
    spectrum: xarray.Dataset | None = None,
    current: xarray.Dataset | None = None,
    calibration: xarray.Dataset | None = None,
    responsivity: xarray.Dataset | None = None,
    pattern: xarray.Dataset | None = None,
) -> Analysis:
    """Return luminance, efficiency, turn-on voltage, roll-off and colour of a light-emitting device.

    Args:
        data: light and current against voltage, as `halodot.read` returns it: luminance, or current or voltage of a
            photodiode, or an EQE.
        settings: what is chosen otherwise than by default.
        spectrum: EL spectrum; without it, or a chosen wavelength, there is no EQE.
        current: current against voltage, where ``data`` holds the light alone.
        calibration: of the spectrometer, power per count against wavelength.
        responsivity: of the photodiode, against wavelength.
        pattern: intensity against angle; Lambertian without it.

    Raises:
        DataError: no curve has light above its noise, or the device is a solar cell in light.

    Source: M. Anaya et al., Nat. Photonics 13, 818 (2019), doi:10.1038/s41566-019-0543-y.
    """
    chosen = settings or JvlSettings()
    optics, notes, warnings = light_of(Companions(spectrum, calibration, responsivity, pattern), chosen)
    recorded = _with_current(_recorded(data), current)
    curves, failures = _curves(recorded, optics, chosen)
    if not curves:
        raise DataError(f"{data.attrs.get('file', 'the measurement')}: {failures[0]}")
    several = len(curves) + len(failures) > 1
    findings = [item for curve in curves for item in curve.findings]
    straights = {}
    temperature, said = _temperature(recorded, chosen)
    for curve in curves:
        found, straight = _diode(curve, chosen, temperature, said)
        findings += found
        straights[curve.label] = straight
        place = f"{curve.label}: " if several and curve.label else ""
        notes += tuple(f"{place}{note}" for note in (*curve.notes, *_not_ideal(straight)))
        warnings += tuple(f"{place}{warning}" for warning in curve.warnings)
    findings += _hysteresis(curves)
    if optics.spectrum is not None and spectrum is not None:
        findings += _spectral(optics.spectrum)
    notes += (_allowances(chosen, said),)
    return Analysis(
        method="jvl",
        settings=_as_used(chosen, optics, recorded, temperature),
        findings=tuple(findings),
        warnings=tuple(dict.fromkeys((*warnings, *failures))),
        notes=tuple(dict.fromkeys(notes)),
        panels=_panels(curves, straights, optics),
        tables=_tables(curves),
    )


def _recorded(data: xarray.Dataset) -> tuple[Sweep, ...]:
    name = data.attrs.get("file", "the measurement")
    found = sweeps(data)
    lit = [one for one in found if one.light is not None or one.eqe is not None]
    if any(one.irradiance > 0.0 for one in found):
        raise DataError(f"{name} is a solar cell in light, not an LED; the analysis 'solar_cell' takes it")
    if not lit:
        raise DataError(f"{name} has no light: a luminance, a photodiode's current or an EQE against voltage is needed")
    return tuple(lit)


def _with_current(recorded: Sequence[Sweep], current: xarray.Dataset | None) -> tuple[Sweep, ...]:
    """Return sweeps with the current of another file at their voltages, where they have none."""
    if current is None or any(one.current is not None or one.current_density is not None for one in recorded):
        return tuple(recorded)
    others = sweeps(current)
    if not others:
        return tuple(recorded)
    found = []
    for place, one in enumerate(recorded):
        other = next((item for item in others if item.label == one.label), others[min(place, len(others) - 1)])
        found.append(_joined(one, other))
    return tuple(found)


def _joined(one: Sweep, other: Sweep) -> Sweep:
    columns: dict[str, Any] = {"area": one.area if math.isfinite(one.area) else other.area}
    same = one.voltage.size == other.voltage.size and bool(np.allclose(one.voltage, other.voltage, atol=2e-3))
    ordered = other if same else rising(other)
    for name in ("current_density", "current"):
        values = getattr(ordered, name)
        if values is not None:
            columns[name] = values if same else interpolated(one.voltage, ordered.voltage, values)
    return replace(one, **columns)


def _curves(recorded: Sequence[Sweep], optics: Optics, settings: JvlSettings) -> tuple[list[LedCurve], tuple[str, ...]]:
    """Return what was found of every direction of every sweep, and why some allow nothing."""
    found: list[LedCurve] = []
    failures = []
    for sweep in recorded:
        for one in directions(sweep):
            try:
                found.append(led_curve(one, optics, settings))
            except DataError as error:
                failures.append(str(error))
    return found, tuple(failures)


def _temperature(recorded: Sequence[Sweep], settings: JvlSettings) -> tuple[float, bool]:
    """Return the temperature of the device and whether it was said."""
    if settings.temperature is not None:
        return settings.temperature, True
    stated = [one.temperature for one in recorded if one.temperature > 0.0]
    return (stated[0], True) if stated else (_ROOM, False)


def _diode(
    curve: LedCurve, settings: JvlSettings, temperature: float, said: bool
) -> tuple[list[Finding], Straight | None]:
    """Return ideality factor and leakage of a curve."""
    if curve.current_density is None:
        return [], None
    voltage, current_density = curve.voltage, curve.current_density
    straight = semilogarithmic(voltage, current_density, temperature, settings.ideality_window)
    findings = []
    if straight is not None and straight.ideality <= MOST_IDEAL:
        low, high = straight.window
        how = f"slope of ln J from {low:.3g} to {high:.3g} V ({straight.decades:.2g} decades) at {temperature:.4g} K"
        unsure = math.hypot(straight.uncertainty, 0.0 if said else straight.ideality * _ROOM_ERROR / temperature)
        findings.append(Finding(IDEALITY, straight.ideality, unsure, how, of=curve.label))
    first_light = float(voltage[curve.lit][0])
    found = leakage(voltage, current_density, first_light)
    if found is not None:
        slope, spread, points = found
        how = f"slope of J against V of {points} points within {0.5 * first_light:.2g} V"
        if slope > 2.0 * spread:
            findings.append(Finding(LEAKAGE, slope, spread, how, of=curve.label))
        elif slope + 2.0 * spread > 0.0:
            findings.append(Finding(LEAKAGE, slope + 2.0 * spread, spread, how, bound="at most", of=curve.label))
    return findings, straight


def _not_ideal(straight: Straight | None) -> tuple[str, ...]:
    if straight is None or straight.ideality <= MOST_IDEAL:
        return ()
    return (
        f"there is no ideality factor; the steepest part of ln J would have {straight.ideality:.2g}, which transport or"
        " the contacts set, not a junction",
    )


def _hysteresis(curves: Sequence[LedCurve]) -> list[Finding]:
    """Return how forward and reverse sweep of one device differ."""
    findings = []
    for forward in curves:
        if not forward.label.endswith("forward"):
            continue
        name = forward.label.removesuffix("forward")
        reverse = next((item for item in curves if item.label == name + "reverse"), None)
        if reverse is None:
            continue
        of = name.rstrip(", ")
        above = float(forward.voltage[forward.lit][0])
        for quantity, column in ((CURRENT_HYSTERESIS, "current_density"), (LIGHT_HYSTERESIS, "luminance")):
            one, other = getattr(forward, column), getattr(reverse, column)
            if one is None or other is None:
                continue
            found = hysteresis((forward.voltage, one), (reverse.voltage, other), above)
            if found is not None and math.isfinite(found[1]):
                how = "difference over mean, summed over the voltages with light"
                findings.append(Finding(quantity, *found, how, of=of))
        findings += _turn_on_difference(forward, reverse, of)
    return findings


def _turn_on_difference(forward: LedCurve, reverse: LedCurve, of: str) -> list[Finding]:
    found = [
        next((item for item in curve.findings if item.name == "turn_on_voltage"), None) for curve in (forward, reverse)
    ]
    one, other = found
    if one is None or other is None or one.bound or other.bound:
        return []
    how = "difference of the two turn-on voltages"
    spread = math.hypot(one.uncertainty, other.uncertainty)
    return [Finding(VOLTAGE_HYSTERESIS, other.value - one.value, spread, how, of=of)]


def _spectral(spectrum: ElSpectrum) -> list[Finding]:
    findings = []
    names = {"radiation_efficacy": "efficacy"}
    for quantity in SPECTRAL:
        key = names.get(quantity.name, quantity.name)
        value, uncertainty = spectrum.values[key], spectrum.uncertainties[key]
        how = _LINE if quantity.name.startswith("el_") else _COLOURS_FROM_SPECTRUM
        if math.isfinite(value) and math.isfinite(uncertainty):
            findings.append(Finding(quantity, value, uncertainty, f"{how}, {spectrum.correction}"))
    return findings


def _allowances(settings: JvlSettings, said: bool) -> str:
    text = (
        f"uncertainties hold {settings.luminance_uncertainty:.0%} of the luminance, {settings.area_uncertainty:.0%} of"
        f" the area and {settings.wavelength_uncertainty * 1e9:g} nm of the wavelength axis, as standard uncertainties"
    )
    return text if said else f"{text}; the device was taken at 25 degC, give or take 3 (temperature: 25 degC)"


def _as_used(settings: JvlSettings, optics: Optics, recorded: Sequence[Sweep], temperature: float) -> JvlSettings:
    """Return the choices with those filled in that were made for all curves alike."""
    areas = {one.area for one in recorded if one.area > 0.0}
    area = settings.area
    if area is None and len(areas) == 1 and all(one.area > 0.0 for one in recorded):
        area = areas.pop()
    made = replace(settings, area=area, temperature=temperature)
    spectrum = optics.spectrum
    if spectrum is None or settings.wavelength is not None:
        return made
    return replace(
        made,
        spectrum_correction=spectrum.correction,
        spectrum_scale=spectrum.scale,
        spectrum_background=spectrum.background,
    )


# -------------------------------------------------------------------------------------------------------------- panels


def _panels(curves: Sequence[LedCurve], straights: dict[str, Straight | None], optics: Optics) -> tuple[Panel, ...]:
    panels = []
    currents = [trace for curve in curves for trace in _current_traces(curve, straights[curve.label])]
    if currents:
        panels.append(Panel(_VOLTAGE, _CURRENT, tuple(currents), y_logarithmic=True))
    lights = tuple(_light_trace(curve) for curve in curves if curve.luminance is not None)
    if lights:
        marks = tuple(
            Mark(item.value, f"{item.value:.2f} V")
            for item in curves[0].findings
            if item.name == "turn_on_voltage" and not item.bound
        )
        panels.append(Panel(_VOLTAGE, "Luminance (cd/m2)", lights, marks, y_logarithmic=True))
    efficiencies = [trace for curve in curves for trace in _efficiency_traces(curve)]
    if efficiencies:
        kind = "EQE (%)" if curves[0].efficiency_is == "eqe" else "Current efficiency (cd/A)"
        panels.append(Panel(_CURRENT, kind, tuple(efficiencies), x_logarithmic=True))
    spectrum = optics.spectrum
    if spectrum is not None and spectrum.wavelength.size > 3:
        trace = Trace(spectrum.wavelength * 1e9, spectrum.power, "", "line")
        panels.append(Panel("Wavelength (nm)", "EL (normalised)", (trace,), _spectrum_marks(spectrum)))
    return tuple(panels)


def _spectrum_marks(spectrum: ElSpectrum) -> tuple[Mark, ...]:
    peak = spectrum.values["el_peak"] * 1e9
    return (Mark(peak, f"{peak:.1f} nm"),)


def _current_traces(curve: LedCurve, straight: Straight | None) -> list[Trace]:
    if curve.current_density is None:
        return []
    there = curve.current_density > _SHOWN * float(np.max(curve.current_density))
    there &= curve.current_density > 0.0
    if not np.any(there):
        return []
    name = curve.label or "measured"
    found = [Trace(curve.voltage[there], curve.current_density[there] / 10.0, name, "points")]
    if straight is not None:
        places = np.array(straight.window)
        fitted = np.exp(straight.intercept + straight.slope * places) / 10.0
        found.append(Trace(places, fitted, "", "line"))
    return found


def _light_trace(curve: LedCurve) -> Trace:
    luminance = np.asarray(curve.luminance)
    there = (luminance > _SHOWN * float(np.max(luminance))) & (luminance > 0.0)
    return Trace(curve.voltage[there], luminance[there], curve.label or "measured", "points")


def _efficiency_traces(curve: LedCurve) -> list[Trace]:
    if curve.smooth is None or curve.current_density is None:
        return []
    per, values = (100.0, curve.eqe) if curve.eqe is not None else (1.0, None)
    if values is None:
        values = np.asarray(curve.luminance)[curve.lit] / curve.current_density[curve.lit]
    else:
        values = values[curve.lit]
    current = curve.current_density[curve.lit] / 10.0
    kept = np.isfinite(values)
    points = Trace(current[kept], per * values[kept], curve.label or "measured", "points")
    return [points, Trace(np.exp(curve.smooth.x) / 10.0, per * np.exp(curve.smooth.y), "", "line")]


def _tables(curves: Sequence[LedCurve]) -> dict[str, dict[str, Any]]:
    found = {}
    for place, curve in enumerate(curves):
        table: dict[str, Any] = {"voltage (V)": curve.voltage}
        if curve.current_density is not None:
            table["current density (mA/cm2)"] = curve.current_density / 10.0
        if curve.luminance is not None:
            table["luminance (cd/m2)"] = curve.luminance
        if curve.eqe is not None:
            table["EQE (%)"] = np.where(curve.lit, 100.0 * np.nan_to_num(curve.eqe), math.nan)
        found[curve.label or ("sweep" if place == 0 else f"sweep {place + 1}")] = table
    return found


def _analyse(inputs: Inputs, settings: JvlSettings) -> Analysis:
    def one(role: str) -> xarray.Dataset | None:
        found = inputs.get(role, ())
        return found[0] if found else None

    companions = ("spectrum", "current", "calibration", "responsivity", "pattern")
    return jvl(inputs["sweep"][0], settings, **{role: one(role) for role in companions})


METHOD = Method(
    name="jvl",
    title="J-V-L of a light-emitting device",
    settings=JvlSettings,
    quantities=(*LIGHT_QUANTITIES, *DIODE, *SPECTRAL),
    roles=(
        Role("sweep", "light and current against voltage", is_led_sweep),
        Role("spectrum", "EL spectrum", is_spectrum, SPECTRUM_WORDS, required=False),
        Role("current", "current against voltage, measured apart", is_current_sweep, CURRENT_WORDS, False, shared=True),
        Role("calibration", "power per count of the spectrometer", is_calibration, CALIBRATION_WORDS, required=False),
        Role("responsivity", "of the photodiode", is_responsivity, RESPONSIVITY_WORDS, required=False),
        Role("pattern", "intensity against angle", is_pattern, PATTERN_WORDS, required=False),
    ),
    analyse=_analyse,
)
