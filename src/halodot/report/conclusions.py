"""The conclusions from a result, in sentences."""

from __future__ import annotations

import numpy as np

from halodot.report.dark_device import causes
from halodot.results.balances import PHOTON_PARTS, photon_budget
from halodot.results.data import Result
from halodot.results.summary import (
    DETECTABLE_LUMINANCE,
    beside_peak,
    half_efficiency_current,
    highest_luminance,
    peak_efficiency,
    peak_point,
)
from halodot.states import DeviceSolution, Emission, Flask
from halodot.study.calibration import enters, in_force

_HOUR = 3600.0


def conclusions(result: Result) -> tuple[str, ...]:
    """Return what came out and how far it can be trusted, one sentence an entry, the most important first."""
    return (*_synthesis(result), *_device(result), *_lifetime(result), *_trust(result))


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
        sentences.append(f"The dots survive the synthesis and {washes} wash{'' if washes == 1 else 'es'}.")
    if dots is not None:
        sentences.append(
            f"In solution they emit at {1e9 * dots.pl_peak:.1f} nm with a quantum yield of {_percent(dots.plqy)}."
        )
    return tuple(sentences)


def _device(result: Result) -> tuple[str, ...]:
    device_solution, emission = result.device_solution, result.emission
    if device_solution is None:
        return ()
    solved = device_solution.voltage[device_solution.converged]
    if solved.size == 0:
        return ("No bias point of the device could be solved.",)
    if emission is None:
        return _currents(device_solution)
    point = peak_point(emission)
    if point is None:
        highest = float(np.max(solved))
        dark = f"The device gives no light of {DETECTABLE_LUMINANCE:g} cd/m² or more up to {highest:.1f} V."
        return (dark, *causes(result))
    peak = peak_efficiency(emission)
    assert peak is not None
    current = 0.1 * beside_peak(emission.current_density, peak, logarithmic=True)
    voltage = beside_peak(emission.voltage, peak)
    losses = photon_budget(emission, small=-1.0)
    losses.pop(PHOTON_PARTS["air"])
    loss = max(losses, key=lambda name: losses[name])
    return (
        f"The EQE reaches {_percent(peak.eqe)} at {voltage:.2f} V and {current:.3g} mA/cm².",
        f"There, {_percent(device_solution.charge_balance[point])} of the current becomes excitons, "
        f"{_percent(emission.exciton_yield[point])} of the excitons emit a photon, "
        f"and {_percent(emission.outcoupling[point])} of the photons reach the air.",
        f"The largest loss is {loss}: {_percent(losses[loss])} of the excitons.",
        *_roll_off(emission),
    )


def _currents(device_solution: DeviceSolution) -> tuple[str, ...]:
    """Say what a device without light of its own carries and, in the light of others, what it delivers."""
    voltage, current = (
        device_solution.voltage[device_solution.converged],
        device_solution.current_density[device_solution.converged],
    )
    last, power = int(np.argmax(voltage)), current * voltage
    best = int(np.argmin(power))
    sentences = [f"At {voltage[last]:.2f} V the current density is {0.1 * current[last]:.3g} mA/cm²."]
    if power[best] < 0.0:
        sentences.append(f"It delivers at most {-0.1 * power[best]:.3g} mW/cm², at {voltage[best]:.2f} V.")
    return tuple(sentences)


def _roll_off(emission: Emission) -> tuple[str, ...]:
    current = 0.1 * half_efficiency_current(emission)
    if not np.isfinite(current):
        return ()
    luminance, turn = highest_luminance(emission)
    last = emission.voltage[int(np.nanargmax(emission.voltage))]
    top = (
        f"the luminance has its maximum, {luminance:.3g} cd/m², at {0.1 * turn:.3g} mA/cm²."
        if np.isfinite(turn)
        else f"at the end of the sweep, {last:.3g} V, the luminance is {luminance:.3g} cd/m²."
    )
    return (f"The EQE falls to half of its maximum by {current:.3g} mA/cm²; {top}",)


def _lifetime(result: Result) -> tuple[str, ...]:
    ageing = result.ageing
    if ageing is None or not np.isfinite(ageing.half_life):
        return ()
    beyond = ", outside the range of the data behind the ageing model" if ageing.extrapolated else ""
    return (f"From {ageing.luminance:.0f} cd/m² the luminance halves in {ageing.half_life / _HOUR:.3g} h{beyond}.",)


def _trust(result: Result) -> tuple[str, ...]:
    sentences = [f"The device could not be solved completely: {result.failure}"] if result.failure else []
    converged = result.device_solution.converged if result.device_solution is not None else np.zeros(0, dtype=bool)
    failed = int(np.sum(~converged))
    if failed:
        left = "is" if failed == 1 else "are"
        sentences.append(
            f"{failed} of {converged.size} bias points did not converge and {left} left out of every number."
        )
        sentences += _reasons(result.device_solution)
    kinds = [entry.kind for entry in result.study.inputs.values()]
    sentences.append(
        f"All this rests on {len(kinds)} numbers ({kinds.count('assumed')} assumed and "
        f"{kinds.count('calibrated')} calibrated)."
    )
    if enters(result.study) and "calibration" not in {note.where for note in result.notes}:
        sentences.append(in_force(result.study))
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
