"""The paper's 38 results beside the model's, by one fixed rule, disagreements included."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass

import numpy as np

from halodot.paper.targets import CONTROL, DOSES, TREATED, Target
from halodot.results.data import Result
from halodot.results.summary import evaluate, half_efficiency_current
from halodot.states import Emission

Series = Mapping[str, Result]
#: a model value: a number, a pair, a truth value, or None where the model does not reach the quantity
Value = float | tuple[float, float] | bool | None


@dataclass(frozen=True)
class Row:
    """One line of the scoreboard."""

    target: Target
    model: Value
    model_sd: float | tuple[float, float] | None
    agrees: str  # yes | no | not modelled | uninformative
    note: str


def _number(sample: str, quantity: str, scale: float = 1.0) -> Callable[[Series], Value]:
    return lambda series: evaluate(series[sample], quantity) * scale


def _decomposed(sample: str) -> Callable[[Series], Value]:
    def read(series: Series) -> Value:
        flask = series[sample].flask
        return None if flask is None else not flask.survived

    return read


def difference(sample: str, other: str, quantity: str) -> Callable[[Series], float]:
    """Return a measure of how far a quantity of one sample exceeds that of another, nan where either is missing."""
    return lambda series: evaluate(series[sample], quantity) - evaluate(series[other], quantity)


def blue_shift(series: Series) -> float:
    """Return the least blue shift [m] of PL peak and first exciton from dose to dose, nan where one is missing."""
    peaks = np.array([[evaluate(series[dose], name) for name in ("pl_peak", "first_exciton")] for dose in DOSES])
    return -float(np.max(np.diff(peaks, axis=0)))


def _positive(measure: Callable[[Series], float]) -> Callable[[Series], Value]:
    """Whether a measure is above 0; None where it does not exist."""

    def read(series: Series) -> Value:
        value = measure(series)
        return None if math.isnan(value) else value > 0.0

    return read


def dose_at_maximum(series: Series) -> Value:
    """Return the dose [mmol] of the highest PLQY after one wash among the surviving samples."""
    plqy = [evaluate(series[dose], "plqy_first_wash") for dose in DOSES]
    return None if np.all(np.isnan(plqy)) else (0.0, 0.1, 0.2, 0.3)[int(np.nanargmax(plqy))]


def _ratio(series: Series) -> Value:
    return evaluate(series[TREATED], "eqe_max") / evaluate(series[CONTROL], "eqe_max")


def _colour(series: Series) -> Value:
    return evaluate(series[TREATED], "cie_x"), evaluate(series[TREATED], "cie_y")


def peak_range(emission: Emission) -> float:
    """Return by how much the EL peak moves between 3.1 and 5.8 V [m], nan where there is no light."""
    inside = (emission.voltage >= 3.1 - 1e-9) & (emission.voltage <= 5.8 + 1e-9)
    peaks = emission.el_peak[inside]
    return float(np.nanmax(peaks) - np.nanmin(peaks)) if np.any(np.isfinite(peaks)) else math.nan


def _steady_peak(series: Series) -> Value:
    """Whether the EL peak stays within 1 nm from 3.1 to 5.8 V."""
    emission = series[TREATED].emission
    moved = math.nan if emission is None else peak_range(emission)
    return None if math.isnan(moved) else moved <= 1e-9


def current_at(result: Result, voltage: float) -> float:
    """Return the current density [A/m2] at a voltage, nan where it was not solved."""
    device_solution = result.device_solution
    if device_solution is None:
        return math.nan
    return float(np.interp(voltage, device_solution.voltage, device_solution.current_density))


def roll_off_current(result: Result) -> float:
    """Return the current density [A/m2] that halves the EQE, the highest one solved where it never does."""
    emission = result.emission
    if emission is None or not np.any(np.isfinite(emission.eqe)):
        return math.nan
    half = half_efficiency_current(emission)
    return half if math.isfinite(half) else float(np.nanmax(emission.current_density))


def later_roll_off(series: Series) -> float:
    """Return the logarithm of by how much more current the treated device needs to lose half of its EQE."""
    treated, control = (roll_off_current(series[sample]) for sample in (TREATED, CONTROL))
    return math.log(treated / control) if treated > 0.0 and control > 0.0 else math.nan


def _less_leakage_more_current(series: Series) -> Value:
    leak = [evaluate(series[sample], "leakage_conductance") for sample in (TREATED, CONTROL)]
    drive = [current_at(series[sample], 5.0) for sample in (TREATED, CONTROL)]
    return None if np.any(np.isnan(leak + drive)) else bool(leak[0] < leak[1] and drive[0] > drive[1])


def _bands(series: Series) -> Value:
    """Whether the infrared spectra of both samples show the three bands that the paper names."""
    from halodot.measure.infrared import ftir, has_band

    pair = series[TREATED].dots, series[CONTROL].dots
    if any(dots is None or math.isnan(dots.coverage_native + dots.coverage_short) for dots in pair):
        return None
    return all(has_band(ftir(dots), 100.0 * place) for dots in pair if dots for place in (907.0, 1571.0, 1639.0))


def _one_phase(series: Series) -> Value:
    """Whether the diffraction patterns of both samples show the same lines of the same cell."""
    from halodot.measure.diffraction import same_phase, xrd

    treated, control = series[TREATED].dots, series[CONTROL].dots
    return None if treated is None or control is None else same_phase(xrd(treated), xrd(control))


#: how each row of targets.csv is read off the results; a row that is not here is not modelled
READERS: Mapping[str, Callable[[Series], Value]] = {
    "R01": _number(TREATED, "plqy_first_wash", 100.0),
    "R02": _number(TREATED, "plqy", 100.0),
    "R03": _number(CONTROL, "plqy", 100.0),
    "R04": dose_at_maximum,
    "R05": _positive(blue_shift),
    "R06": _decomposed("hi-only"),
    "R07": _decomposed("post-synthesis"),
    "R08": _number(TREATED, "edge_length", 1e9),
    "R09": _number(CONTROL, "edge_length", 1e9),
    "R10": _number(TREATED, "pl_fwhm", 1e9),
    "R11": _number(CONTROL, "pl_fwhm", 1e9),
    "R12": _number(TREATED, "pl_retained_in_air", 100.0),
    "R13": _number(CONTROL, "pl_retained_in_air", 100.0),
    "R14": _bands,
    "R15": _number(TREATED, "weight_loss", 100.0),
    "R16": _number(CONTROL, "weight_loss", 100.0),
    "R18": _one_phase,
    "R19": _number(TREATED, "lifetime", 1e9),
    "R20": _number(CONTROL, "lifetime", 1e9),
    "R21": _number(TREATED, "roughness", 1e9),
    "R22": _positive(difference(CONTROL, TREATED, "roughness")),
    "R23": _number(TREATED, "el_peak", 1e9),
    "R24": _number(CONTROL, "el_peak", 1e9),
    "R25": _colour,
    "R26": _ratio,
    "R27": _steady_peak,
    "R29": _number(TREATED, "luminance_max"),
    "R30": _number(CONTROL, "luminance_max"),
    "R31": _less_leakage_more_current,
    "R32": _positive(difference(TREATED, CONTROL, "mobility")),
    "R33": _number(TREATED, "eqe_max", 100.0),
    "R34": _number(CONTROL, "eqe_max", 100.0),
    "R35": _positive(later_roll_off),
    "R36": _positive(difference(TREATED, "no-TmPyPB", "eqe_max")),
    "R37": _number(TREATED, "half_life", 1.0 / 3600.0),
    "R38": _number(CONTROL, "half_life", 1.0 / 3600.0),
}

#: why a row is not modelled
ABSENT: Mapping[str, str] = {
    "R17": "core-level shifts need an electronic-structure model of the surface",
    "R28": "no cause of a voltage-dependent emission energy (field, heating, size-selective filling) is modelled",
}


#: statements read off whole simulated measurements: slow to compute, and without a derivative
MEASURED = ("R14", "R18")


def read(series: Series, without: Container[str] = ()) -> dict[str, Value]:
    """Return the model's value of every row that is modelled; None or nan where it was not reached.

    Args:
        series: the computed samples by name.
        without: rows to leave out.
    """
    return {name: reader(series) for name, reader in READERS.items() if name not in without}


def score(
    targets: tuple[Target, ...],
    series: Series,
    spread: Mapping[str, float | tuple[float, float]] | None = None,
    notes: Mapping[str, str] | None = None,
) -> tuple[Row, ...]:
    """Return one row for every result of the paper.

    Args:
        targets: the paper's results.
        series: the computed samples by name: the doses, "hi-only", "post-synthesis", "no-TmPyPB".
        spread: standard deviations of the model by row, where known.
        notes: a further remark by row.

    Returns:
        The rows. A number agrees when ``|model - reported| <= 2 sqrt(sd_reported^2 + sd_model^2)``, and is
        uninformative when sd_model exceeds 3 sd_reported.
    """
    values, spread, notes = read(series), spread or {}, notes or {}
    rows = []
    for target in targets:
        if target.id not in values:
            rows.append(Row(target, None, None, "not modelled", ABSENT.get(target.id, "")))
            continue
        value, sd = values[target.id], spread.get(target.id)
        agreement = "no" if _missing(value) else judge(target, value, sd)
        rows.append(Row(target, None if _missing(value) else value, sd, agreement, notes.get(target.id, "")))
    return tuple(rows)


def _missing(value: Value) -> bool:
    return value is None or bool(np.any(np.isnan(np.asarray(value, dtype=float))))


def judge(target: Target, value: Value, sd: float | tuple[float, float] | None) -> str:
    """Return whether a model value agrees with a result: yes, no or uninformative, see :func:`score`."""
    if target.test == "bound":
        limit = float(target.reported.lstrip("<>"))
        assert isinstance(value, float)
        return _yes(value > limit if target.reported.startswith(">") else value < limit)
    if target.test == "boolean" or isinstance(value, bool):
        return _yes(str(value).lower() == target.reported)
    reported = np.array([float(part) for part in target.reported.split(";")])
    if target.test == "order":
        return _yes(bool(np.allclose(np.asarray(value, dtype=float), reported)))
    known = np.zeros(reported.size) if sd is None else np.atleast_1d(np.asarray(sd, dtype=float))
    if np.any(known > 3.0 * float(np.max(target.sd))):
        return "uninformative"
    distance = np.abs(np.atleast_1d(np.asarray(value, dtype=float)) - reported)
    return _yes(bool(np.all(distance <= 2.0 * np.hypot(target.sd, known))))


def _yes(truth: bool) -> str:
    return "yes" if truth else "no"


def shown(value: Value | tuple[float, ...]) -> str:
    """Return a model value as text: "true", "0.7106;0.2893", "95.1", or nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return ";".join(f"{part:.4g}" for part in np.atleast_1d(np.asarray(value, dtype=float)))


HEADER = (
    "id",
    "quantity",
    "sample",
    "unit",
    "reported",
    "reported_sd",
    "model",
    "model_sd",
    "role",
    "agrees",
    "note",
)


def cells(row: Row) -> tuple[str, ...]:
    """Return one row as the texts of :data:`HEADER`'s columns."""
    target = row.target
    sd = "" if not np.all(np.isfinite(target.sd)) else shown(target.sd)
    note = "; ".join(part for part in (row.note, target.note) if part)
    return (
        target.id,
        target.quantity,
        target.sample,
        target.unit,
        target.reported,
        sd,
        shown(row.model),
        shown(row.model_sd),
        target.role,
        row.agrees,
        note,
    )


#: columns of a narrow table
BRIEF = ("id", "quantity", "reported", "model", "role", "agrees", "note")


def brief(row: Row) -> tuple[str, ...]:
    """Return one row as the texts of :data:`BRIEF`: the sample with the quantity, uncertainties with the numbers."""
    full = dict(zip(HEADER, cells(row)))
    unit = "" if full["unit"] in ("", "-") else f" {full['unit']}"
    reported = full["reported"] + (f" ± {full['reported_sd']}" if full["reported_sd"] else "") + unit
    spread = np.atleast_1d(np.asarray([] if row.model_sd is None else row.model_sd, dtype=float))
    model = full["model"] + (f" ± {np.max(spread):.2g}" if spread.size else "")
    quantity = f"{full['quantity']}, {full['sample']}"
    return row.target.id, quantity, reported, model, full["role"], full["agrees"], row.note


def to_csv(rows: tuple[Row, ...]) -> str:
    """Return the scoreboard as CSV text."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(cells(row) for row in rows)
    return stream.getvalue()
