"""Statistics of the devices of a sample: mean, spread, champion and yield, and the difference from another sample."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from halodot.errors import DataError
from halodot.lab.device_statistics import (
    FEWEST_FOR_BOOTSTRAP,
    Spread,
    champion_chance,
    deviation_of,
    difference_of,
    expected_maximum,
    mean_of,
    median_of,
    wilson,
)
from halodot.lab.findings import NORMAL_95, Analysis, Finding, Mark, Panel, Trace
from halodot.lab.led_inputs import (
    CALIBRATION_WORDS,
    PATTERN_WORDS,
    RESPONSIVITY_WORDS,
    SPECTRUM_WORDS,
    Companions,
    is_calibration,
    is_led_sweep,
    is_pattern,
    is_responsivity,
    is_spectrum,
    light_of,
)
from halodot.lab.method import Inputs, Method, Role
from halodot.lab.methods._device_set import (
    OF_TABLES,
    STATUSES,
    WORKING,
    DeviceSet,
    DevicesSettings,
    as_table,
    device_set,
    is_device_table,
    quantity_named,
)
from halodot.lab.sweeps import sweeps
from halodot.names import Quantity
from halodot.units import from_si

if TYPE_CHECKING:
    import xarray

DEVICES = Quantity("devices", "1", "1", "Devices", "N")
YIELD = Quantity("device_yield", "1", "%", "Working devices", "Y")
RANK_TEST = Quantity("rank_test", "1", "1", "Probability of the ranks in one population (Mann-Whitney)", "p")
REFERENCE_WORDS = r"control|reference|ref|pristine"
#: of a normal sample, below which the champion is pointed out
_RARE = 0.01
#: numbers whose best device is the one with the lowest
_LOWER_IS_BETTER = ("turn_on_voltage",)
#: names that fit an axis
_AXES = {
    "luminance_max": "Highest luminance",
    "current_efficiency_max": "Current efficiency",
    "turn_on_voltage": "Turn-on voltage",
}
_FEWEST = 2
_FEWEST_FILES = 3


def devices(
    measured: Sequence[xarray.Dataset],
    settings: DevicesSettings | None = None,
    *,
    reference: Sequence[xarray.Dataset] = (),
    spectrum: xarray.Dataset | None = None,
    calibration: xarray.Dataset | None = None,
    responsivity: xarray.Dataset | None = None,
    pattern: xarray.Dataset | None = None,
) -> Analysis:
    """Return mean, median, spread, champion and yield of the devices of a sample.

    Every curve of a sweep is a device, or every row of a table. Shorts, opens and devices without light are counted
    in the yield; the other numbers are of the working devices, all of them.

    Args:
        measured: J-V-L sweeps, or a table with a row for each device, as `halodot.read` returns them.
        settings: what is chosen otherwise than by default.
        reference: devices of another sample with which this one is compared.
        spectrum: EL spectrum of the devices.
        calibration: of the spectrometer.
        responsivity: of the photodiode.
        pattern: intensity against angle.

    Raises:
        DataError: there are fewer than two devices.
    """
    chosen = settings or DevicesSettings()
    optics, notes, warnings = light_of(Companions(spectrum, calibration, responsivity, pattern), chosen)
    found = device_set(measured, optics, chosen)
    other = device_set(reference, optics, chosen) if reference else None
    if len(found.devices) < _FEWEST:
        raise DataError(f"{len(found.devices)} device makes no statistics; at least {_FEWEST} are needed")
    findings = _counts(found, "")
    names = [name for name in OF_TABLES if found.values(name).size]
    for name in names:
        findings += _statistics(found, name, chosen, "")
    if other is not None:
        findings += _counts(other, "reference")
        for name in names:
            findings += _comparison(found, other, name, chosen)
    swept = any(item.curve is not None for item in found.devices)
    return Analysis(
        method="devices",
        settings=replace(chosen),
        findings=tuple(findings),
        warnings=warnings if swept else (),
        notes=tuple(dict.fromkeys((*(notes if swept else ()), *found.notes, *_notes(found, chosen, names)))),
        panels=_panels(found, other, names),
        tables={"devices": as_table(found, names)} | ({"reference": as_table(other, names)} if other else {}),
    )


def _counts(found: DeviceSet, of: str) -> list[Finding]:
    total = len(found.devices)
    made = [Finding(DEVICES, float(total), 0.0, "counted", of=_of(of, "measured"))]
    for status in STATUSES:
        made.append(Finding(DEVICES, float(found.count(status)), 0.0, "counted", of=_of(of, status)))
    share = wilson(found.count(WORKING), total)
    made.append(Finding(YIELD, share.value, share.uncertainty, "share with Wilson's interval", share.interval, of=of))
    return made


def _of(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _statistics(found: DeviceSet, name: str, settings: DevicesSettings, of: str) -> list[Finding]:
    """Return mean, median, spread and champion of one number."""
    values = found.values(name)
    quantity = quantity_named(name)
    common = found.common.get(name, 0.0)
    shared = f"; {common:.1%} that all devices share is in the uncertainty" if common else ""
    lower = name in _LOWER_IS_BETTER
    best = float(values.min() if lower else values.max())
    word = "lowest" if lower else "highest"
    made = [Finding(quantity, best, common * best, f"{word} of {values.size} devices{shared}", of=_of(of, word))]
    if values.size < _FEWEST:
        return made
    mean = mean_of(values, settings.bootstrap, settings.seed)
    median = median_of(values, settings.bootstrap, settings.seed)
    kind = "bootstrap of the devices" if values.size >= FEWEST_FOR_BOOTSTRAP else "Student's interval"
    made.insert(0, _finding(quantity, mean, f"of {values.size} devices, {kind}{shared}", _of(of, "mean"), common))
    how = f"of {values.size} devices, bootstrap of the devices{shared}"
    made.insert(1, _finding(quantity, median, how, _of(of, "median"), common))
    if values.size < 3:
        return made
    deviation = deviation_of(values)
    how = f"of {values.size} devices, interval of Bonett{shared}"
    made.insert(2, _finding(quantity, deviation, how, _of(of, "standard deviation"), common))
    above, _ = expected_maximum(values.size)
    sign = -1.0 if lower else 1.0
    error = math.hypot(mean.uncertainty, above * deviation.uncertainty)
    value = mean.value + sign * above * deviation.value
    expected = Spread(value, error, (value - NORMAL_95 * error, value + NORMAL_95 * error))
    how = f"mean {'-' if lower else '+'} {above:.2f} standard deviations, of {values.size} normal devices{shared}"
    made.append(_finding(quantity, expected, how, _of(of, f"expected {word}"), common))
    return made


def _finding(quantity: Quantity, item: Spread, how: str, of: str, common: float) -> Finding:
    """Return a statistic with what all devices have in common added to its uncertainty."""
    extra = common * abs(item.value)
    low = item.value - math.hypot(item.value - item.interval[0], NORMAL_95 * extra)
    high = item.value + math.hypot(item.interval[1] - item.value, NORMAL_95 * extra)
    return Finding(quantity, item.value, math.hypot(item.uncertainty, extra), how, (low, high), of=of)


def _comparison(found: DeviceSet, other: DeviceSet, name: str, settings: DevicesSettings) -> list[Finding]:
    values, reference = found.values(name), other.values(name)
    if min(values.size, reference.size) < _FEWEST:
        return []
    quantity = quantity_named(name)
    mean = mean_of(reference, settings.bootstrap, settings.seed)
    how = f"of {reference.size} devices, bootstrap of the devices"
    made = [_finding(quantity, mean, how, "reference, mean", other.common.get(name, 0.0))]
    if float(np.ptp(np.concatenate((values, reference)))) > 0.0:
        compared = difference_of(values, reference)
        common = found.common.get(name, 0.0)
        how = "difference of the means, Welch's interval"
        made.append(_finding(quantity, compared.difference, how, "difference from reference", common))
        how = f"two-sided, of {values.size} and {reference.size} devices"
        made.append(Finding(RANK_TEST, compared.chance, 0.0, how, of=quantity.label))
    return made


def _notes(found: DeviceSet, settings: DevicesSettings, names: Sequence[str]) -> tuple[str, ...]:
    made = []
    if any(item.curve is not None for item in found.devices):
        made.append(
            f"a device is short from {settings.short_current_density / 10.0:g} mA/cm2 at {settings.short_voltage:g} V,"
            f" open where it stays below {settings.open_current_density / 10.0:g} mA/cm2, and counted as such"
        )
        bounded = sum("eqe_max" in item.bounds for item in found.devices)
        if bounded:
            made.append(f"the EQE of {bounded} devices is highest at an end of their sweep; it counts as it is")
    else:
        made.append("a row without numbers counts as a device without light")
    for name in names:
        values = found.values(name)
        if values.size >= 4 and name not in _LOWER_IS_BETTER:
            chance = champion_chance(values)
            if chance < _RARE:
                label = quantity_named(name).label
                made.append(
                    f"{label}: the best device lies further above the others than {chance:.1g} of normal samples have"
                )
    return tuple(made)


def _panels(found: DeviceSet, other: DeviceSet | None, names: Sequence[str]) -> tuple[Panel, ...]:
    made = []
    for name in names[:4]:
        quantity = quantity_named(name)
        traces = []
        marks = []
        start = 1
        for label, item in (("this sample", found), ("reference", other)):
            values = item.values(name) if item is not None else np.zeros(0)
            if not values.size:
                continue
            shown = np.array([from_si(value, quantity.unit, quantity.shown_unit) for value in np.sort(values)])
            traces.append(Trace(np.arange(start, start + shown.size, dtype=float), shown, label, "points"))
            if label == "this sample":
                marks = [Mark(float(shown.mean()), "mean", "y")]
            start += shown.size + 1
        unit = "" if quantity.shown_unit == "1" else f" ({quantity.shown_unit})"
        label = _AXES.get(name, quantity.label)
        made.append(Panel("Device, by rank", f"{label}{unit}", tuple(traces), tuple(marks)))
    curves = [item.curve for item in found.devices if item.curve is not None and item.curve.smooth is not None]
    if curves:
        lines = tuple(
            Trace(np.exp(curve.smooth.x) / 10.0, np.exp(curve.smooth.y) * (100.0 if curve.eqe is not None else 1.0))
            for curve in curves
            if curve.smooth is not None
        )
        kind = "EQE (%)" if curves[0].eqe is not None else "Current efficiency (cd/A)"
        made.append(Panel("Current density (mA/cm2)", kind, lines, x_logarithmic=True))
    return tuple(made)


def _one(inputs: Inputs, role: str) -> xarray.Dataset | None:
    found = inputs.get(role, ())
    return found[0] if found else None


def _analyse(inputs: Inputs, settings: DevicesSettings) -> Analysis:
    companions = {role: _one(inputs, role) for role in ("spectrum", "calibration", "responsivity", "pattern")}
    return devices(inputs["devices"], settings, reference=inputs.get("reference", ()), **companions)


def _many_devices(data: xarray.Dataset) -> bool:
    """Return whether one file holds the devices of a sample: a table of them, or several pixels."""
    if is_device_table(data):
        return True
    return is_led_sweep(data) and sum(one.light is not None for one in sweeps(data)) >= _FEWEST_FILES


_QUANTITIES = (DEVICES, YIELD, RANK_TEST, *(quantity_named(name) for name in OF_TABLES))
_COMPANIONS = (
    Role("spectrum", "EL spectrum", is_spectrum, SPECTRUM_WORDS, required=False, shared=True),
    Role("calibration", "power per count of the spectrometer", is_calibration, CALIBRATION_WORDS, False, shared=True),
    Role("responsivity", "of the photodiode", is_responsivity, RESPONSIVITY_WORDS, required=False, shared=True),
    Role("pattern", "intensity against angle", is_pattern, PATTERN_WORDS, required=False, shared=True),
)
METHOD = Method(
    name="devices",
    title="Devices of a sample",
    settings=DevicesSettings,
    quantities=_QUANTITIES,
    roles=(
        Role("devices", "light and current against voltage", is_led_sweep, several=True, fewest=_FEWEST_FILES),
        Role(
            "reference",
            "devices of another sample",
            is_led_sweep,
            REFERENCE_WORDS,
            required=False,
            several=True,
            shared=True,
        ),
        *_COMPANIONS,
    ),
    analyse=_analyse,
)
IN_ONE_FILE = Method(
    name="devices_of_file",
    title="Devices in one file",
    settings=DevicesSettings,
    quantities=_QUANTITIES,
    roles=(
        Role("devices", "a row or a curve for each device", _many_devices),
        Role("reference", "devices of another sample", _many_devices, REFERENCE_WORDS, required=False, shared=True),
        *_COMPANIONS,
    ),
    analyse=_analyse,
)
