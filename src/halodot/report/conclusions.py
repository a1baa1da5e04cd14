"""The conclusions from a result, in sentences."""

from __future__ import annotations

import numpy as np

from halodot.errors import InputError
from halodot.names import QUANTITIES
from halodot.report.numbers import beyond_first_order, interval, shown, summary_of
from halodot.results.dark_device import causes
from halodot.results.data import Result
from halodot.results.losses import LossBudget, loss_budget
from halodot.results.summary import (
    DETECTABLE_LUMINANCE,
    beside_peak,
    half_efficiency_current,
    highest_luminance,
    peak_efficiency,
    peak_point,
)
from halodot.rounding import rounded
from halodot.states import DeviceSolution, Flask
from halodot.study.calibration import enters, in_force
from halodot.wording import listed

#: relative distance from the lowest luminance that is measured within which a peak lies there
_AT_THE_LIMIT = 0.02
#: the number whose inputs are named, the first of these that a result has
_HEADLINES = ("eqe_max", "short_circuit_current", "outcoupling", "plqy", "edge_length")


def conclusions(result: Result) -> tuple[str, ...]:
    """Return what came out and how far it can be trusted, one sentence an entry, the most important first."""
    return (*_synthesis(result), *_device(result), *_lifetime(result), *_trust(result))


def budget_of(result: Result) -> LossBudget | None:
    """Return the losses of a device at its highest EQE, None where it gives no light."""
    try:
        with np.errstate(invalid="ignore", divide="ignore"):
            budget = loss_budget(result)
    except InputError:
        return None
    return budget if np.isfinite(budget.remainder) else None


def decomposition(flask: Flask) -> str:
    """Return the sentence that says why the dots of a flask were lost."""
    reason = (flask.reason or "no reason is known").rstrip(".")
    return f"{reason}." if reason.startswith("The dots") else f"The dots decomposed: {reason}."


def _synthesis(result: Result) -> tuple[str, ...]:
    flask, dots = result.flask, result.dots
    if flask is not None and not flask.survived:
        return (f"{decomposition(flask)} Nothing behind the flask was computed.",)
    sentences = []
    if flask is not None:
        washes = flask.samples[-1].washes if flask.samples else 0
        washed = f" and {washes} wash{'' if washes == 1 else 'es'}" if washes else ""
        sentences.append(f"The dots survive the synthesis{washed}.")
    if dots is not None:
        sentences.append(
            f"In solution they emit at {1e9 * dots.pl_peak:.1f} nm with a quantum yield of {_percent(dots.plqy)}."
        )
    return tuple(sentences)


def _device(result: Result) -> tuple[str, ...]:
    device_solution, emission = result.device_solution, result.emission
    if device_solution is None:
        return ()
    if not np.any(device_solution.converged):
        return ("No bias point of the device could be solved.",)
    if emission is None:
        return _currents(device_solution)
    if peak_point(emission) is None:
        return _dark(result)
    peak = peak_efficiency(emission)
    assert peak is not None
    current = rounded(0.1 * beside_peak(emission.current_density, peak, logarithmic=True), plain=3)
    voltage = beside_peak(emission.voltage, peak)
    shares = (beside_peak(values, peak) for values in (device_solution.charge_balance, emission.exciton_yield))
    formed, radiative = (_percent(share) for share in shares)
    faint = abs(beside_peak(emission.luminance, peak, logarithmic=True) / DETECTABLE_LUMINANCE - 1.0) < _AT_THE_LIMIT
    where = f", where the light reaches {DETECTABLE_LUMINANCE:g} cd/m²; it falls from there on" if faint else ""
    return (
        f"The EQE reaches {_number(result, 'eqe_max')} at {voltage:.2f} V and {current} mA/cm²{where}.",
        f"There, {formed} of the current forms excitons, {radiative} of the excitons emit a photon, "
        f"and {_percent(beside_peak(emission.outcoupling, peak))} of the photons reach the air.",
        *_largest_loss(result),
        *_roll_off(result),
    )


def _dark(result: Result) -> tuple[str, ...]:
    solution = result.device_solution
    highest = float(np.max(solution.voltage[solution.converged])) if solution is not None else 0.0
    return (
        f"The device gives no light of {DETECTABLE_LUMINANCE:g} cd/m² or more up to {highest:.1f} V.",
        *causes(result),
    )


def _largest_loss(result: Result) -> tuple[str, ...]:
    budget = budget_of(result)
    losses = budget.by_size if budget is not None else ()
    return (
        (f"The largest loss is {losses[0].called}: {_percent(losses[0].share)} of the injected pairs.",)
        if losses
        else ()
    )


def _number(result: Result, name: str) -> str:
    """Return a number of the summary with its interval and unit."""
    found = shown(result, name)
    unit = f" {found.unit.replace('cm2', 'cm²').replace('m2', 'm²')}" if found.unit else ""
    if found.spread.startswith("±"):
        return f"{found.value} {found.spread}{unit}"
    return f"{found.value}{unit}" + (f" (68 %: {found.spread}{unit})" if " to " in found.spread else "")


def trouble(result: Result) -> tuple[str, ...]:
    """Return why a result is not whole: dots that decomposed, voltages without a solution; nothing where it is."""
    lost = _synthesis(result) if result.flask is not None and not result.flask.survived else ()
    dark: tuple[str, ...] = ()
    emission, solution = result.emission, result.device_solution
    if solution is not None and not np.any(solution.converged):
        dark = ("No bias point of the device could be solved.",)
    elif emission is not None and peak_point(emission) is None:
        dark = _dark(result)[:1]
    return (*lost, *dark, *_failures(result))


def limit(result: Result) -> tuple[str, ...]:
    """Return what limits a device, or dots without one, a sentence an entry; nothing where that is not known."""
    emission, dots = result.emission, result.dots
    if result.flask is not None and not result.flask.survived:
        return (
            f"The acid cleared {_percent(result.flask.stripped_fraction)} of the surface sites of native ligand; "
            f"{_percent(result.flask.material_retained)} of the material is left.",
        )
    if emission is not None and peak_point(emission) is not None:
        budget = budget_of(result)
        if budget is None:
            return _roll_off(result)
        first, second = budget.by_size[:2]
        said = f"Most light is lost to {first.called} ({_percent(first.share)} of the injected pairs)"
        return (f"{said}, then to {second.called} ({_percent(second.share)}).", *_roll_off(result))
    if emission is not None:
        return causes(result)
    if result.device_solution is not None:
        return _currents(result.device_solution) if np.any(result.device_solution.converged) else ()
    if result.optics is not None:
        share = float(np.mean(result.optics.outcoupling))
        return (
            f"{_percent(share)} of the photons that the emitter sends out reach the air, on average over its depth.",
        )
    if dots is None:
        return ()
    bare = f": {_percent(dots.coverage_bare)} of the surface sites carry no ligand" if dots.coverage_bare > 0.0 else ""
    return (f"{_percent(1.0 - dots.plqy)} of the excitons of the dots in solution end in traps{bare}.",)


def foundation(result: Result) -> str:
    """Return how many numbers a result depends on, by how they are known."""
    kinds = [entry.kind for entry in result.study.inputs.values()]
    assumed, calibrated = kinds.count("assumed"), kinds.count("calibrated")
    other = len(kinds) - assumed - calibrated
    fitted = f", {calibrated} are calibrated" if calibrated else ""
    return f"{len(kinds)} numbers enter: {assumed} are assumed{fitted}" + (
        f", {other} are measured or from the literature." if other else "."
    )


def depends_on(result: Result, most: int = 4) -> tuple[str, ...]:
    """Return on which inputs the first headline number depends most, or how to find out; and the calibration."""
    sentences = []
    summary = summary_of(result)
    name = next((one for one in _HEADLINES if summary[one].value is not None), None)
    if name is not None:
        label = _lower(QUANTITIES[name].label)
        paths = summary[name].depends_on
        sentences.append(
            f"The {label} depends most on: {listed(paths, most)}."
            if paths
            else f"`halodot run ... --explain` says what the {label} depends on most."
        )
    if enters(result.study) and "calibration" not in {note.where for note in result.notes}:
        sentences.append(in_force(result.study))
    return tuple(sentences)


def _lower(label: str) -> str:
    """Return a label as it stands within a sentence."""
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def _currents(device_solution: DeviceSolution) -> tuple[str, ...]:
    """Say what a device without light of its own carries and, in the light of others, what it delivers."""
    voltage, current = (
        device_solution.voltage[device_solution.converged],
        device_solution.current_density[device_solution.converged],
    )
    last, power = int(np.argmax(voltage)), current * voltage
    best = int(np.argmin(power))
    sentences = [f"At {voltage[last]:.2f} V the current density is {rounded(0.1 * current[last], plain=3)} mA/cm²."]
    if power[best] < 0.0:
        sentences.append(f"It delivers at most {-0.1 * power[best]:.3g} mW/cm², at {voltage[best]:.2f} V.")
    return tuple(sentences)


def _roll_off(result: Result) -> tuple[str, ...]:
    emission = result.emission
    if emission is None or not np.isfinite(half_efficiency_current(emission)):
        return ()
    luminance, turn = highest_luminance(emission)
    limited = summary_of(result)["luminance_max"].value is not None
    said = _number(result, "luminance_max") if limited else f"{rounded(luminance, plain=3)} cd/m²"
    last = emission.voltage[int(np.nanargmax(emission.voltage))]
    top = (
        f"the luminance has its maximum, {said}, at {rounded(0.1 * turn, plain=3)} mA/cm²."
        if np.isfinite(turn)
        else f"at the end of the sweep, {last:.3g} V, the luminance is {said}."
    )
    return (f"The EQE falls to half of its maximum by {_number(result, 'half_efficiency_current')}; {top}",)


def _lifetime(result: Result) -> tuple[str, ...]:
    ageing = result.ageing
    if ageing is None or not np.isfinite(ageing.half_life):
        return ()
    beyond = ", outside the range of the data behind the ageing model" if ageing.extrapolated else ""
    return (f"From {ageing.luminance:.0f} cd/m² the luminance halves in {_number(result, 'half_life')}{beyond}.",)


def _trust(result: Result) -> tuple[str, ...]:
    sentences = [*_failures(result), *_beside_draws(result), *_beyond(result), foundation(result)]
    if enters(result.study) and "calibration" not in {note.where for note in result.notes}:
        sentences.append(in_force(result.study))
    return tuple(sentences)


def _beyond(result: Result, most: int = 3) -> tuple[str, ...]:
    """Say of which numbers first order gives no interval."""
    names = beyond_first_order(result)
    if not names:
        return ()
    named = ", ".join(_lower(QUANTITIES[name].label) for name in names[:most])
    more = f" and {len(names) - most} more numbers" if len(names) > most else ""
    return (
        f"The stated ranges are too wide for an interval of first order of {named}{more}; --draws 500 gives intervals.",
    )


def _beside_draws(result: Result) -> tuple[str, ...]:
    """Say that the peak EQE at the stated inputs lies outside the central 68 % of the draws, where it does."""
    value, found = summary_of(result)["eqe_max"].value, interval(result, "eqe_max")
    if value is None or found is None or found.how != "draws" or found.low <= 100.0 * value <= found.high:
        return ()
    above = 100.0 * value > found.high
    way = ("above", "lower") if above else ("below", "raise")
    return (
        f"The peak EQE at the stated inputs lies {way[0]} the central 68 % of the draws, whose median is"
        f" {rounded(found.median)} %: most changes of the inputs {way[1]} it.",
    )


def _failures(result: Result) -> tuple[str, ...]:
    """Say what could not be solved, and why."""
    sentences = [f"The device could not be solved completely: {result.failure}"] if result.failure else []
    converged = result.device_solution.converged if result.device_solution is not None else np.zeros(0, dtype=bool)
    failed = int(np.sum(~converged))
    if failed:
        left = "is" if failed == 1 else "are"
        sentences.append(
            f"{failed} of {converged.size} bias points did not converge and {left} left out of every number."
        )
        sentences += _reasons(result.device_solution)
    return tuple(sentences)


def _reasons(device_solution: DeviceSolution | None, most: int = 3) -> list[str]:
    """Say why bias points did not converge, each reason once with its voltages, the first few reasons."""
    found: dict[str, list[float]] = {}
    for record in device_solution.history if device_solution is not None else ():
        if not record.converged and record.message:
            found.setdefault(record.message, []).append(record.voltage)
    sentences = [f"At {_voltages(voltages)}: {reason}" for reason, voltages in found.items()]
    return (
        [*sentences[:most], f"There are {len(sentences) - most} more reasons."] if len(sentences) > most else sentences
    )


def _voltages(values: list[float], most: int = 4) -> str:
    shown = [f"{value:.4g}" for value in values[:most]]
    if len(values) > most:
        return f"{', '.join(shown)} V and {len(values) - most} more voltages"
    return f"{' and '.join(filter(None, (', '.join(shown[:-1]), shown[-1])))} V"


def _percent(share: float) -> str:
    return f"{100.0 * share:.1f} %"
