"""The headline numbers of a result, each read from the one state that holds it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from halodot.arrays import Array, IntArray
from halodot.numerics import parabola_vertex
from halodot.results.computed import Computed
from halodot.states import DeviceSolution, Emission

#: luminance [cd/m2] from which a laboratory's detector sees light: peak EQE is looked for there
DETECTABLE_LUMINANCE = 1.0


@dataclass(frozen=True)
class SummaryValue:
    """One number of the summary with what it rests on; None where it was not computed."""

    value: float | None
    unit: str
    role: str = "predicted"  # given | calibrated | predicted | checked
    sd: float | None = None
    depends_on: tuple[str, ...] | None = None
    not_counted: tuple[str, ...] = ()  # inputs that move it and state no uncertainty: the sd leaves them out


def peak_point(emission: Emission) -> int | None:
    """Return the index of the bias point of highest EQE among those bright enough to be measured, or None."""
    bright = np.where(emission.luminance >= DETECTABLE_LUMINANCE, emission.eqe, np.nan)
    return None if np.all(np.isnan(bright)) else int(np.nanargmax(bright))


class PeakEfficiency(NamedTuple):
    """The highest EQE, which lies between two bias points."""

    eqe: float
    near: int  # bias point of highest EQE
    far: int  # its neighbour on the side of the peak
    share: float  # of the way from the one to the other, in the logarithm of the current density


def peak_efficiency(emission: Emission) -> PeakEfficiency | None:
    """Return the highest EQE of the parabola through the highest point and its neighbours, None without light.

    Over the logarithm of the current density; the point itself where the sweep ends. Where the EQE falls from the
    first point that is bright enough to be measured, it is the EQE at :data:`DETECTABLE_LUMINANCE`, on a straight
    line to the darker point before it.

    Args:
        emission: the light by voltage, (voltage,).
    """
    top = peak_point(emission)
    if top is None:
        return None
    seen = _measurable_points(emission)
    current = emission.current_density[seen]
    at, level = int(np.searchsorted(current, emission.current_density[top])), np.log(current)
    alone = PeakEfficiency(float(emission.eqe[top]), top, top, 0.0)
    if at == 0 and top in seen:
        return _first_measurable(emission, top) or alone
    if top not in seen or not 0 < at < seen.size - 1 or not np.all(np.diff(level[at - 1 : at + 2]) > 0.0):
        return alone
    place, eqe = parabola_vertex(level, emission.eqe[seen], at)
    side = at + (1 if place > level[at] else -1)
    share = (place - level[at]) / (level[side] - level[at])
    return PeakEfficiency(eqe, top, int(seen[side]), float(share))


def _first_measurable(emission: Emission, top: int) -> PeakEfficiency | None:
    """Return the EQE at the lowest luminance that is measured, where it is above that of the first brighter point."""
    current, luminance = emission.current_density, emission.luminance
    with np.errstate(invalid="ignore"):
        dark = (luminance > 0.0) & (luminance < DETECTABLE_LUMINANCE) & (current > 0.0) & (current < current[top])
    before = np.flatnonzero(dark & np.isfinite(emission.eqe))
    if before.size == 0 or luminance[top] <= DETECTABLE_LUMINANCE:
        return None
    below = int(before[np.argmax(current[before])])
    share = math.log(luminance[top] / DETECTABLE_LUMINANCE) / math.log(luminance[top] / luminance[below])
    eqe = float(emission.eqe[top] + share * (emission.eqe[below] - emission.eqe[top]))
    return PeakEfficiency(eqe, top, below, share) if eqe > emission.eqe[top] else None


def peak_weights(emission: Emission) -> tuple[IntArray, Array]:
    """Return the bias points beside the highest EQE and their weights, which give its parabola for any quantity.

    Lagrange's weights over the logarithm of the current density: they add up to 1, so that parts which add up at every
    bias point do so at the highest EQE.

    Args:
        emission: the light by voltage, (voltage,), of which some is bright enough to be measured.

    Returns:
        Indices of the bias points and their weights [1], (point,), one to three of them.
    """
    peak = peak_efficiency(emission)
    if peak is None or peak.share == 0.0:
        return np.array([] if peak is None else [peak.near], dtype=np.int64), np.ones(0 if peak is None else 1)
    seen = _measurable_points(emission)
    if peak.far not in seen:
        return np.array([peak.near, peak.far], dtype=np.int64), np.array([1.0 - peak.share, peak.share])
    at = int(np.flatnonzero(seen == peak.near)[0])
    points = seen[at - 1 : at + 2]
    level = np.log(emission.current_density[points])
    place = level[1] + peak.share * (np.log(emission.current_density[peak.far]) - level[1])
    others = [np.delete(level, k) for k in range(points.size)]
    weights = [np.prod((place - rest) / (own - rest)) for own, rest in zip(level, others)]
    return points, np.array(weights)


def _measurable_points(emission: Emission) -> IntArray:
    """Return the bias points bright enough to be measured whose current flows forward, by rising current density."""
    with np.errstate(invalid="ignore"):
        seen = np.flatnonzero((emission.luminance >= DETECTABLE_LUMINANCE) & (emission.current_density > 0.0))
    return np.asarray(seen[np.argsort(emission.current_density[seen])])


def beside_peak(values: Array, peak: PeakEfficiency, logarithmic: bool = False) -> float:
    """Return a quantity at the highest EQE, interpolated between the bias points beside it.

    Args:
        values: by voltage, (voltage,), any unit.
        peak: where the highest EQE lies.
        logarithmic: whether to interpolate the logarithm.
    """
    near, far = float(values[peak.near]), float(values[peak.far])
    if peak.share == 0.0:
        return near
    return near * (far / near) ** peak.share if logarithmic else near + peak.share * (far - near)


def highest_luminance(emission: Emission) -> tuple[float, float]:
    """Return the highest luminance [cd/m2] and its current density [A/m2], which is nan where the curve does not turn.

    Where it turns, both are those of the parabola through the highest point and its neighbours over the voltage.

    Args:
        emission: the light by voltage, (voltage,).
    """
    lit = np.flatnonzero(np.isfinite(emission.luminance) & (emission.luminance > 0.0))
    if lit.size == 0:
        return math.nan, math.nan
    lit = lit[np.argsort(emission.voltage[lit])]
    voltage, luminance = emission.voltage[lit], emission.luminance[lit]
    top = int(np.argmax(luminance))
    if top == lit.size - 1:
        return float(luminance[top]), math.nan
    if top == 0:
        return float(luminance[0]), float(emission.current_density[lit[0]])
    place, highest = parabola_vertex(voltage, luminance, top)
    return highest, float(np.interp(place, voltage, emission.current_density[lit]))


def bias_point(device_solution: DeviceSolution, emission: Emission | None) -> int | None:
    """Return the index of the bias point of highest EQE, without light that of the last point solved, or None."""
    solved = np.flatnonzero(device_solution.converged)
    peak = peak_point(emission) if emission else None
    if solved.size == 0:
        return None
    return int(solved[-1]) if peak is None else peak


class AtLuminance(NamedTuple):
    """Where the luminance first reaches a value on its way up, between two bias points."""

    below: int
    above: int
    share: float  # of the way from the one to the other, in the logarithm of the luminance


def at_luminance(emission: Emission, luminance: float) -> AtLuminance | None:
    """Return where the luminance first passes a value, between two solved voltages; None where it does not.

    Args:
        emission: the light by voltage, (voltage,).
        luminance: sought [cd/m2].
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        level = np.log(emission.luminance / luminance)
    order = np.argsort(emission.voltage)
    order = order[np.isfinite(level[order])]
    for below, above in pairwise(order):
        if level[below] < 0.0 <= level[above]:
            return AtLuminance(int(below), int(above), float(-level[below] / (level[above] - level[below])))
    return None


def _read_at(name: str, luminance: float, emission: Emission) -> float:
    """Return a quantity of the emission where the luminance passes a value [cd/m2], nan where it does not.

    It is interpolated over the logarithm of the luminance, the current density by its own logarithm too.
    """
    found, values = at_luminance(emission, luminance), getattr(emission, name)
    if found is None or not values.size:
        return math.nan
    low, high = float(values[found.below]), float(values[found.above])
    if name == "current_density" and low > 0.0 and high > 0.0:
        return float(low * (high / low) ** found.share)
    return low + found.share * (high - low)


def turn_on_voltage(emission: Emission) -> float:
    """Return the voltage [V] at which the luminance passes 1 cd/m2, nan if it does not."""
    return _read_at("voltage", DETECTABLE_LUMINANCE, emission)


def half_efficiency_current(emission: Emission) -> float:
    """Return the current density [A/m2] at which the EQE has fallen to half of its maximum, nan where it does not.

    Beyond the maximum, on a straight line of the EQE against the logarithm of the current density.
    """
    peak = peak_point(emission)
    if peak is None:
        return math.nan
    order = np.argsort(emission.current_density)
    beyond = order[emission.current_density[order] >= emission.current_density[peak]]
    beyond = beyond[np.isfinite(emission.eqe[beyond])]
    half = 0.5 * emission.eqe[peak]
    fallen = np.flatnonzero(emission.eqe[beyond] < half)
    if fallen.size == 0:
        return math.nan
    pair = beyond[fallen[0] - 1 : fallen[0] + 1]
    return float(np.exp(np.interp(-half, -emission.eqe[pair], np.log(emission.current_density[pair]))))


def _luminance_max(result: Computed) -> float:
    """The highest luminance of the sweep, where something of the device keeps it from rising with the current."""
    emission, stack = result.emission, result.stack
    if emission is None or stack is None or stack.emitter is None:
        return math.nan
    limited = stack.emitter.trion_auger_rate > 0.0 or stack.thermal_resistance > 0.0
    return highest_luminance(emission)[0] if limited else math.nan


def short_circuit_current(device_solution: DeviceSolution) -> float:
    """Return the current density [A/m2] that a device in the light delivers without a load, nan where it does not."""
    voltage, current = _solved(device_solution)
    if not voltage.size or not voltage[0] <= 0.0 <= voltage[-1]:
        return math.nan
    found = -float(np.interp(0.0, voltage, current))
    return found if found > 0.0 else math.nan


def open_circuit_voltage(device_solution: DeviceSolution) -> float:
    """Return the voltage [V] at which a device in the light delivers no more, nan where the sweep does not reach it."""
    voltage, current = _solved(device_solution)
    if math.isnan(short_circuit_current(device_solution)):
        return math.nan
    over = np.flatnonzero((voltage > 0.0) & (current >= 0.0))
    if over.size == 0:
        return math.nan
    pair = slice(over[0] - 1, over[0] + 1)
    return float(np.interp(0.0, current[pair], voltage[pair]))


def fill_factor(device_solution: DeviceSolution) -> float:
    """Return the largest power delivered over short-circuit current times open-circuit voltage, nan where it has none.

    Between the solved points the power is taken on the parabola through the largest and its neighbours.
    """
    voltage, current = _solved(device_solution)
    power = -current * voltage
    limit = short_circuit_current(device_solution) * open_circuit_voltage(device_solution)
    top = int(np.argmax(power)) if power.size else 0
    if math.isnan(limit) or not 0 < top < power.size - 1:
        return math.nan
    a, b, c = np.polyfit(voltage[top - 1 : top + 2] - voltage[top], power[top - 1 : top + 2], 2)
    return float(c - b * b / (4.0 * a)) / limit


def _solved(device_solution: DeviceSolution) -> tuple[Array, Array]:
    """Voltages and current densities of the solved points, voltages rising, each once."""
    voltage, first = np.unique(device_solution.voltage[device_solution.converged], return_index=True)
    return voltage, device_solution.current_density[device_solution.converged][first]


def _in_the_light(read: Callable[[DeviceSolution], float]) -> Callable[[Computed], float]:
    """Read a quantity of a device that external light drives, nan for any other."""

    def found(result: Computed) -> float:
        lit = result.stack is not None and any(layer.recombination.generation > 0.0 for layer in result.stack.layers)
        return read(result.device_solution) if lit and result.device_solution is not None else math.nan

    return found


def _of(state: str, name: str) -> Callable[[Computed], float]:
    """Read a number of a state, nan where the result has no such state."""

    def read(result: Computed) -> float:
        found = getattr(result, state)
        return math.nan if found is None else float(getattr(found, name))

    return read


def _at_peak(name: str) -> Callable[[Computed], float]:
    """Read an array of the emission or the device solution at the highest EQE, between the bias points beside it."""

    def read(result: Computed) -> float:
        peak = peak_efficiency(result.emission) if result.emission else None
        if peak is None:
            return math.nan
        source = result.emission if hasattr(result.emission, name) else result.device_solution
        values = getattr(source, name)
        if not values.size:
            return math.nan
        return beside_peak(values, peak, logarithmic=name == "current_density")

    return read


def _at(name: str, luminance: float) -> Callable[[Computed], float]:
    """Read a quantity of the emission where the luminance passes a value [cd/m2] on its way up."""
    return lambda result: _read_at(name, luminance, result.emission) if result.emission else math.nan


def _eqe_max(result: Computed) -> float:
    peak = peak_efficiency(result.emission) if result.emission else None
    return math.nan if peak is None else peak.eqe


def _power_efficiency_max(result: Computed) -> float:
    """The highest power efficiency of the voltages bright enough to be measured."""
    emission = result.emission
    if emission is None or peak_point(emission) is None:
        return math.nan
    return float(np.nanmax(np.where(emission.luminance >= DETECTABLE_LUMINANCE, emission.luminous_efficacy, np.nan)))


def _plqy_first_wash(result: Computed) -> float:
    washes = result.dots.plqy_by_wash if result.dots else np.zeros(0)
    return float(washes[1]) if washes.size > 1 else math.nan


def _film_index(result: Computed) -> float:
    if result.film is None or result.dots is None:
        return math.nan
    return float(np.interp(result.dots.pl_peak, result.film.wavelength, result.film.index))


def _mean_outcoupling(result: Computed) -> float:
    """Outcoupling at the peak, or of an evenly filled emission zone where no device was run."""
    if result.emission is not None:
        return _at_peak("outcoupling")(result)
    return float(np.mean(result.optics.outcoupling)) if result.optics else math.nan


class SummaryQuantity(NamedTuple):
    """How a quantity of the summary is read off a result."""

    unit: str  # SI
    read: Callable[[Computed], float]
    #: whether its distribution is log-normal rather than normal, so that it is judged by its logarithm
    logarithmic: bool = False


#: luminances [cd/m2] at which LEDs are compared: that of a display, and of a lamp or a display in daylight
COMPARED_AT = (100, 1000)
_COMPARED: Mapping[str, tuple[str, str, bool]] = {
    "voltage": ("V", "voltage", False),
    "current_density": ("A/m2", "current_density", True),
    "eqe": ("1", "eqe", False),
    "current_efficiency": ("cd/A", "current_efficiency", False),
    "power_efficiency": ("lm/W", "luminous_efficacy", False),
    "el_peak": ("m", "el_peak", False),
    "el_fwhm": ("m", "el_fwhm", False),
}
_AT_LUMINANCE: Mapping[str, tuple[str, Callable[[Computed], float], bool]] = {
    f"{name}_at_{luminance}": (unit, _at(field, luminance), logarithmic)
    for luminance in COMPARED_AT
    for name, (unit, field, logarithmic) in _COMPARED.items()
}

_TABLE: Mapping[str, tuple[str, Callable[[Computed], float]] | tuple[str, Callable[[Computed], float], bool]] = {
    "edge_length": ("m", _of("dots", "edge_length")),
    "coverage_native": ("1", _of("dots", "coverage_native")),
    "coverage_short": ("1", _of("dots", "coverage_short")),
    "coverage_bare": ("1", _of("dots", "coverage_bare")),
    "stripped_fraction": ("1", _of("flask", "stripped_fraction")),
    "excess_acid": ("mol", _of("flask", "excess_acid")),
    "undissolved_ligand": ("mol", _of("flask", "undissolved_ligand")),
    "first_exciton": ("m", _of("dots", "first_exciton")),
    "pl_peak": ("m", _of("dots", "pl_peak")),
    "pl_fwhm": ("m", _of("dots", "pl_fwhm")),
    "plqy_first_wash": ("1", _plqy_first_wash),
    "plqy": ("1", _of("dots", "plqy")),
    "lifetime": ("s", _of("dots", "lifetime")),
    "pl_retained_in_air": ("1", _of("dots", "pl_retained_in_air")),
    "weight_loss": ("1", _of("dots", "weight_loss")),
    "gap": ("m", _of("film", "gap")),
    "film_index": ("1", _film_index),
    "mobility": ("m2/V/s", _of("film", "mobility"), True),
    "film_plqy": ("1", _of("film", "plqy")),
    "roughness": ("m", _of("film", "roughness")),
    "leakage_conductance": ("S/m2", _of("film", "leakage_conductance"), True),
    "outcoupling": ("1", _mean_outcoupling),
    "charge_balance": ("1", _at_peak("charge_balance")),
    "exciton_yield": ("1", _at_peak("exciton_yield")),
    "eqe_max": ("1", _eqe_max),
    "eqe_max_voltage": ("V", _at_peak("voltage")),
    "eqe_max_current_density": ("A/m2", _at_peak("current_density"), True),
    "luminance_max": ("cd/m2", _luminance_max, True),
    "luminance_max_current_density": (
        "A/m2",
        lambda result: highest_luminance(result.emission)[1] if result.emission else math.nan,
        True,
    ),
    "half_efficiency_current": (
        "A/m2",
        lambda result: half_efficiency_current(result.emission) if result.emission else math.nan,
        True,
    ),
    "current_efficiency_max": ("cd/A", _at_peak("current_efficiency")),
    "power_efficiency_max": ("lm/W", _power_efficiency_max),
    "turn_on_voltage": ("V", lambda result: turn_on_voltage(result.emission) if result.emission else math.nan),
    "short_circuit_current": ("A/m2", _in_the_light(short_circuit_current), True),
    "open_circuit_voltage": ("V", _in_the_light(open_circuit_voltage)),
    "fill_factor": ("1", _in_the_light(fill_factor)),
    "el_peak": ("m", _at_peak("el_peak")),
    "el_fwhm": ("m", _at_peak("el_fwhm")),
    "cie_x": ("1", _at_peak("cie_x")),
    "cie_y": ("1", _at_peak("cie_y")),
    "dominant_wavelength": ("m", _at_peak("dominant_wavelength")),
    "rec_2020": ("1", _at_peak("rec_2020")),
    "lambertian_factor": ("1", _at_peak("lambertian_factor")),
    **_AT_LUMINANCE,
    "half_life": ("s", _of("ageing", "half_life"), True),
    "time_to_90_percent": ("s", _of("ageing", "time_to_90_percent"), True),
    "half_life_current_density": ("A/m2", _of("ageing", "current_density"), True),
}

QUANTITIES: Mapping[str, SummaryQuantity] = {name: SummaryQuantity(*row) for name, row in _TABLE.items()}

#: what a study may give in place of a quantity of the summary: a field of a state; a whole state gives all of them
_GIVEN_AS: Mapping[str, tuple[str, ...]] = {
    **{name: (f"flask.{name}",) for name in ("stripped_fraction", "excess_acid", "undissolved_ligand")},
    **{
        name: (f"dots.{name}",)
        for name in ("first_exciton", "pl_peak", "pl_fwhm", "plqy", "lifetime", "pl_retained_in_air")
    },
    **{name: (f"dots.{name}", "flask.samples") for name in ("coverage_native", "coverage_short", "coverage_bare")},
    **{name: (f"film.{name}",) for name in ("gap", "mobility", "roughness", "leakage_conductance")},
    "edge_length": ("dots.edge_length", "flask.edge_length"),
    "weight_loss": ("dots.weight_loss",),
    "plqy_first_wash": ("dots.plqy_by_wash",),
    "film_index": ("film.index",),
    "film_plqy": ("film.plqy",),
}


def evaluate(result: Computed, name: str) -> float:
    """Return one quantity of the summary in SI units, nan where it does not exist."""
    return QUANTITIES[name].read(result)


def summarise(result: Computed) -> dict[str, SummaryValue]:
    """Return every quantity of the summary; the value is None where it was not computed."""
    summary: dict[str, SummaryValue] = {}
    for name, quantity in QUANTITIES.items():
        value = quantity.read(result)
        summary[name] = SummaryValue(value if math.isfinite(value) else None, quantity.unit, role_of(result, name))
    return summary


def role_of(result: Computed, name: str) -> str:
    """Return the role of a quantity: given by the study, calibrated on this very study, or predicted."""
    paths = _GIVEN_AS.get(name, ())
    if {*paths, *(path.split(".", 1)[0] for path in paths)} & set(result.study.given):
        return "given"
    return "calibrated" if name in result.study.calibrated_quantities else "predicted"
