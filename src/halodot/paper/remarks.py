"""What stands beside the rows of the scoreboard: null models, blind predictions, where a device is read, its causes."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from halodot.device.validity import LARGEST_OPERATION
from halodot.learn.sensitivity import Sensitivities, largest
from halodot.paper.scoreboard import Series, common_current, peak_left
from halodot.paper.targets import CONTROL, TREATED
from halodot.results.data import Result
from halodot.results.summary import evaluate, highest_luminance
from halodot.units import from_si
from halodot.wording import in_words

#: outcoupling times charge balance of a model that knows nothing but the PLQY: the ratio of EQE to PLQY that the
#: paper's own two devices share
NULL_FACTOR = 0.275
#: numbers whose note names the inputs that move them most
EXPLAINED = ("R11", "R20", "R24", "R25x", "R25y", "R26", "R29", "R30", "R33", "R34")
#: why rows are known to fail
REASONS: Mapping[str, str] = {
    "R24": "Two-band confinement turns the measured difference in size into 15 nm; the paper sees 6 nm.",
    "R36": "Excitons form near PTAA, where PO-T2T quenches few, and more light couples out without TmPyPB.",
}


def remarks(series: Series, found: Sensitivities) -> dict[str, str]:
    """Return what stands beside the rows.

    Args:
        series: the results by sample.
        found: derivatives of the rows, which name what moves a row most.
    """
    notes = {name: [_leading(found, name)] for name in found.quantities if name in EXPLAINED}
    notes["R25"] = ["x: " + notes.pop("R25x", [""])[0], "y: " + notes.pop("R25y", [""])[0]]
    for name, sample in (("R33", TREATED), ("R34", CONTROL)):
        notes[name] = [*_efficiency(series[sample]), *notes.get(name, [])]
    for name, sample in (("R29", TREATED), ("R30", CONTROL)):
        notes[name] = [brightest(series[sample]), *notes.get(name, [])]
    for name, sample in (("R37", TREATED), ("R38", CONTROL)):
        notes[name] = [_lifetime_test(series[sample]), *notes.get(name, [])]
    notes["R35"] = [_roll_off(series)]
    blind = 100.0 * evaluate(series[CONTROL], "plqy_first_wash")
    notes.setdefault("R01", []).append(f"blind prediction for the control after one wash: {blind:.1f} %")
    notes["R14"] = ["907 cm-1 is counted for every amine, as the paper reads it; it measures no coverage"]
    notes["R18"] = ["main lines and widths cannot tell alpha from gamma; only weak lines of tilted octahedra could"]
    kept = 100.0 * evaluate(series[TREATED], "pl_retained_in_air") * evaluate(series[TREATED], "plqy")
    notes["R12"] = [f"read as a PLQY instead of relative to the first day it would be {kept:.0f} %"]
    for name, sample in (("R19", TREATED), ("R20", CONTROL)):
        dots = series[sample].dots
        if dots is not None:
            notes.setdefault(name, []).append(f"as an intensity average {1e9 * dots.lifetime_intensity:.2f} ns")
    shift = 1e9 * (evaluate(series[CONTROL], "el_peak") - evaluate(series[TREATED], "el_peak"))
    notes["R24"].insert(0, f"the model's shift between the two devices is {shift:.1f} nm, the paper's 6 nm")
    return {name: "; ".join(part for part in parts if part) for name, parts in notes.items()}


def _current(value: float) -> str:
    """Return a current density [A/m2] as text, in mA/cm2."""
    return f"{from_si(value, 'A/m2', 'mA/cm2'):.3g} mA/cm2"


def _efficiency(result: Result) -> list[str]:
    """Return what a model of the PLQY alone says, what the peak is made of, and where it lies."""
    null = 100.0 * NULL_FACTOR * evaluate(result, "plqy")
    balance, outcoupling = evaluate(result, "charge_balance"), evaluate(result, "outcoupling")
    found = [f"null model 0.275 x PLQY: {null:.2f} %; charge balance {balance:.3f}, outcoupling {outcoupling:.3f}"]
    current, start = evaluate(result, "eqe_max_current_density"), evaluate(result, "turn_on_voltage")
    if math.isfinite(current) and math.isfinite(start):
        found.append(f"peak at {_current(current)}, light from {start:.2f} V (1 cd/m2)")
    return found


def brightest(result: Result) -> str:
    """Return where a device is brightest, whether its luminance turns there, and whether it could be driven there."""
    emission = result.emission
    if emission is None or not np.any(np.isfinite(emission.luminance)):
        return ""
    top = int(np.nanargmax(emission.luminance))
    turns = math.isfinite(highest_luminance(emission)[1])
    current = float(emission.current_density[top])
    found = f"brightest at {emission.voltage[top]:.1f} V and {_current(current)}"
    found += "" if turns else ", at the end of the sweep, where it still rises: no maximum"
    return found + (", above 1 A/cm2, which is no normal operation" if current > LARGEST_OPERATION else "")


def _lifetime_test(result: Result) -> str:
    """Return the current density of the lifetime test, nothing where there is none."""
    current = evaluate(result, "half_life_current_density")
    return f"tested at {_current(current)}" if math.isfinite(current) else ""


def _roll_off(series: Series) -> str:
    """Return what each of the two devices has left of its peak at the highest current density that both carry."""
    current = common_current(series)
    if math.isnan(current):
        return ""
    left = ", ".join(f"{100.0 * peak_left(series[sample], current):.0f} % ({sample})" for sample in (TREATED, CONTROL))
    return f"at {_current(current)} each has left of its peak: {left}"


def _leading(found: Sensitivities, name: str) -> str:
    """Name the inputs that move a row most, with its shift for one standard deviation of each."""
    leading = [f"{in_words(path)} ({shift:+.2g})" for path, shift in largest(found, name, 4)]
    return "moved most, by one standard deviation of each: " + ", ".join(leading)
