"""What the fit of a sweep and its checks say of a single-carrier device, and its figure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np

from halodot.arrays import Array
from halodot.lab.findings import Finding, Mark, Panel, Trace
from halodot.lab.methods._sclc_checks import Check, hysteresis
from halodot.lab.methods._sclc_device import FIELD, LEAKAGE, LIMIT, MOBILITY, SLOPE, TRAPS, Device, Film
from halodot.lab.methods._sclc_fit import LAWS

Bound = Literal["", "at least", "at most"]
_TITLES = {
    "mott_gurney": "Mott-Gurney law",
    "murgatroyd": "Murgatroyd's law of a Poole-Frenkel mobility",
    "contacts": "drift and diffusion between ohmic contacts",
    "contacts_field": "drift and diffusion between ohmic contacts, Poole-Frenkel mobility",
    "filled_traps": "drift and diffusion above filled traps",
    "filled_traps_field": "drift and diffusion above filled traps, Poole-Frenkel mobility",
}


def device_findings(device: Device, film: Film) -> tuple[list[Finding], list[str]]:
    """Return the findings of one device and the notes on them."""
    failed = [item for item in device.checks if not item.passed]
    found = [*_mobility(device, film, failed), *_traps(device, film, failed)]
    conductance = device.fit.conductance
    if conductance is not None and conductance[0] > 0.0 and device.fit.sound:
        found.append(Finding(LEAKAGE, *conductance, method=f"{_method(device)}, beside an ohmic current", of=device.of))
    last = -1
    found.append(
        Finding(
            SLOPE,
            float(device.slope.value[last]),
            float(device.slope.sd[last]) * math.sqrt(device.fit.fit.reduced_chi2 if device.fit.sound else 1.0),
            method="line through ln J against ln V of the last quarter of a decade",
            of=device.of,
        )
    )
    return found, _notes(device, film)


def _method(device: Device) -> str:
    low, high = device.fit.window
    return f"{_TITLES[device.fit.law]}, least squares in ln J from {low:.3g} to {high:.3g} V"


def _mobility(device: Device, film: Film, failed: Sequence[Check]) -> list[Finding]:
    """Return mobility and its rise with the field; a bound where a condition fails."""
    if not math.isfinite(film.mobility_of_scale):
        return []
    warnings = tuple(item.sentence for item in failed)
    bounds = {item.bound for item in failed if item.bound}
    if bounds:
        return [_at_the_end(device, film, "at least", warnings)]
    if {"slope", "described"} & {item.name for item in failed}:
        return [_at_the_end(device, film, "", warnings)]
    scale, deviation = device.fit.log_scale
    apart = 0.5 * hysteresis(device.branch, device.other, device.fit) if device.other is not None else 0.0
    deviation = math.hypot(math.hypot(deviation, film.share), apart)
    value = math.exp(scale) * film.mobility_of_scale
    wide = _quantile(device.fit.degrees) * deviation
    method = _method(device) + (", zero-field mobility" if device.fit.field else "")
    made = [
        Finding(
            MOBILITY,
            value,
            value * deviation,
            method=method,
            interval=(value * math.exp(-wide), value * math.exp(wide)),
            of=device.of,
            warnings=warnings,
        )
    ]
    if device.fit.field is not None and device.fit.sound:
        root = math.sqrt(film.thickness)
        field, uncertain = (item * root for item in device.fit.field)
        uncertain = math.hypot(uncertain, 0.5 * film.thickness_share * field)
        wide = _quantile(device.fit.degrees) * uncertain
        interval = (field - wide, field + wide)
        made.append(Finding(FIELD, field, uncertain, method, interval, of=device.of, warnings=warnings))
    return made


def _quantile(degrees: int) -> float:
    """Return the 97.5 % quantile of Student's distribution."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees, 0.975))


def _at_the_end(device: Device, film: Film, bound: Bound, warnings: tuple[str, ...]) -> Finding:
    """Return the mobility of the highest current, which says little where no law describes the sweep.

    Something that holds the current back leaves less than drift and diffusion would carry: a lower bound. Where the
    cause is open, the number may be wrong by its own size and more.
    """
    reduced = device.branch.voltage[-1:] / film.thermal
    value = float(device.branch.current[-1] / LAWS["contacts"].transport(reduced)[0]) * film.mobility_of_scale
    share = math.hypot(float(device.branch.sd[-1]), film.share) if bound else 1.0
    return Finding(
        MOBILITY,
        value,
        value * share,
        method=f"current at {device.branch.voltage[-1]:.3g} V: mobility in the field there",
        bound=bound,
        of=device.of,
        warnings=warnings,
    )


def _traps(device: Device, film: Film, failed: Sequence[Check]) -> list[Finding]:
    """Return trap-filled limit and trap density; a bound where the contacts' own charge hides them."""
    warnings = tuple(item.sentence for item in failed)
    charge = device.fit.charge
    bound: Bound = ""
    if charge is not None and device.fit.sound:
        value, deviation = (0.5 * film.thermal * item for item in charge)
        method = _method(device)
        if value < film.least_limit:
            value, bound = max(film.least_limit, value + 2.0 * deviation), "at most"
            method += "; below what the charge of the contacts hides, 2 pi^2 kT/q"
    elif device.fit.sound and not failed and device.fit.window[0] < film.least_limit:
        value, deviation, bound = film.least_limit, 0.0, "at most"
        method = "no trap-filled limit is seen above 2 pi^2 kT/q, the limit of the charge of the contacts"
    else:
        return _crossing(device, film, warnings)
    return _limit_and_density(value, deviation, method, bound, device.of, film, warnings)


def _limit_and_density(
    value: float, deviation: float, method: str, bound: Bound, of: str, film: Film, warnings: tuple[str, ...]
) -> list[Finding]:
    made = [Finding(LIMIT, value, deviation, method, bound=bound, of=of, warnings=warnings)]
    per_limit = film.traps_of_limit
    if math.isfinite(per_limit):
        share = math.hypot(2.0 * film.thickness_share, film.permittivity_share)
        density = Finding(
            TRAPS,
            value * per_limit,
            math.hypot(deviation, value * share) * per_limit,
            method=f"{method}; n_t = 2 eps V_TFL / (q L^2)",
            bound=bound,
            of=of,
            warnings=warnings,
        )
        made.append(density)
    return made


def _crossing(device: Device, film: Film, warnings: tuple[str, ...]) -> list[Finding]:
    """Return the trap-filled limit where the steepest tangent meets a square law through the end of the sweep."""
    slope, branch = device.slope, device.branch
    top = int(np.argmax(slope.value))
    if not (slope.value[top] > 2.3 and slope.value[-1] < min(2.3, slope.value[top] - 0.2)):
        return []
    x, y = np.log(slope.voltage[top]), np.interp(np.log(slope.voltage[top]), *np.log([branch.voltage, branch.current]))
    end, height = math.log(branch.voltage[-1]), math.log(branch.current[-1])
    met = math.exp((height - 2.0 * end - y + slope.value[top] * x) / (slope.value[top] - 2.0))
    if not branch.voltage[0] < met < branch.voltage[-1]:
        return []
    method = "where the steepest tangent meets a square law through the end of the sweep"
    said = (*warnings, "no law describes the filling of the traps; the limit lies between the steepest point and this")
    return _limit_and_density(met, abs(met - float(slope.voltage[top])), method, "", device.of, film, said)


def _notes(device: Device, film: Film) -> list[str]:
    """Return how the sweep was used."""
    notes = []
    name = f"{device.of}: " if device.of else ""
    if device.other is None:
        notes.append(f"{name}only a {device.branch.direction} sweep: hysteresis is not seen")
    if device.branch.lost:
        notes.append(f"{name}{device.branch.lost} points within the noise of the current are left out")
    if math.isfinite(film.mobility_of_scale):
        square = device.branch.voltage[-1] / film.thermal
        plain = float(device.branch.current[-1] / (1.125 * square**2)) * film.mobility_of_scale
        notes.append(
            f"{name}the Mott-Gurney law at {device.branch.voltage[-1]:.3g} V alone would give {plain * 1e4:.3g} cm2/Vs"
        )
    return notes


def device_panels(device: Device, film: Film) -> tuple[Panel, Panel]:
    """Return current and local slope against the voltage."""
    branch, fit = device.branch, device.fit
    inside = (branch.voltage >= fit.window[0]) & (branch.voltage <= fit.window[1])
    shown = branch.voltage[inside][: fit.current.size]
    traces = [Trace(branch.voltage, branch.current * 0.1, branch.direction, "points")]
    if device.other is not None:
        traces.append(Trace(device.other.voltage, device.other.current * 0.1, device.other.direction, "points"))
    traces.append(Trace(shown, np.exp(fit.fit.model[-shown.size :]) * 0.1, "fit"))
    limit = fit.charge
    axis = "Voltage across the film (V)" if branch.share < 1.0 else "Voltage (V)"
    marks = (Mark(0.5 * film.thermal * limit[0], "trap-filled limit"),) if limit is not None else ()
    slopes = [Trace(device.slope.voltage, device.slope.value, device.branch.direction, "points")]
    if shown.size > 1:
        slopes.append(Trace(shown, _derivative(shown, fit.fit.model[-shown.size :]), "fit"))
    return (
        Panel(axis, "Current density (mA/cm²)", tuple(traces), marks, x_logarithmic=True, y_logarithmic=True),
        Panel(axis, "d ln J / d ln V", tuple(slopes), (Mark(2.0, "", "y"),), x_logarithmic=True),
    )


def _derivative(voltage: Array, log_current: Array) -> Array:
    x, first = np.unique(np.log(voltage), return_index=True)
    found = (
        np.interp(np.log(voltage), x, np.gradient(log_current[first], x)) if x.size > 1 else np.full(voltage.size, 2.0)
    )
    return np.asarray(found)
