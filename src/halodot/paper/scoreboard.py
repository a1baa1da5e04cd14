"""The paper's 38 results beside the model's, by one fixed rule, disagreements included."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from halodot.arrays import Array
from halodot.lab.compare import simulated_analysis
from halodot.lab.findings import Analysis
from halodot.learn.intervals import Interval
from halodot.paper.targets import CONTROL, DOSES, TREATED, Target
from halodot.results.data import Result
from halodot.results.summary import QUANTITIES, evaluate
from halodot.rounding import between, rounded, spread
from halodot.states import Emission

Series = Mapping[str, Result]
#: lines that two patterns of one phase share; two could do so by chance
_COMMON_LINES = 3
#: share of lines that are of no cell, such as a side maximum of small cubes, above which there is another phase
_OTHER_LINES = 0.2
#: width of a 95 % interval, in reported standard deviations, from which a row says nothing: four times three of them
_UNINFORMATIVE = 12.0
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
    drawn: tuple[Interval, ...] = ()  # of every number of the row, in its unit; none where nothing was drawn


@dataclass(frozen=True)
class Number:
    """Reads a quantity of the summary of one sample, in the unit of the row."""

    sample: str
    quantity: str
    scale: float = 1.0

    def __call__(self, series: Series) -> Value:
        """Return the number, nan where it was not reached."""
        return evaluate(series[self.sample], self.quantity) * self.scale


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


def peak_left(result: Result, current: float) -> float:
    """Return the share of its highest EQE that a device has at a current density [A/m2]; nan without light."""
    emission = result.emission
    if emission is None or not np.any(np.isfinite(emission.eqe)):
        return math.nan
    lit = np.isfinite(emission.eqe) & (emission.current_density > 0.0)
    log_current = np.log(emission.current_density[lit])
    order = np.argsort(log_current)
    return float(np.interp(math.log(current), log_current[order], emission.eqe[lit][order])) / evaluate(
        result, "eqe_max"
    )


def common_current(series: Series) -> float:
    """Return the highest current density [A/m2] that both devices of the pair reach in their sweeps."""
    emissions = [series[sample].emission for sample in (TREATED, CONTROL)]
    tops = [math.nan if one is None else float(np.nanmax(one.current_density)) for one in emissions]
    return float(np.min(tops)) if np.min(tops) > 0.0 else math.nan


def later_roll_off(series: Series) -> float:
    """Return the logarithm of how much more of its peak EQE the treated device keeps at a current that both carry."""
    current = common_current(series)
    if math.isnan(current):
        return math.nan
    treated, control = (peak_left(series[sample], current) for sample in (TREATED, CONTROL))
    return math.log(treated / control) if treated > 0.0 and control > 0.0 else math.nan


def _less_leakage_more_current(series: Series) -> Value:
    leak = [evaluate(series[sample], "leakage_conductance") for sample in (TREATED, CONTROL)]
    drive = [current_at(series[sample], 5.0) for sample in (TREATED, CONTROL)]
    return None if np.any(np.isnan(leak + drive)) else bool(leak[0] < leak[1] and drive[0] > drive[1])


def _bands(series: Series) -> Value:
    """Whether the analysis of both infrared spectra finds the three bands that the paper names."""
    pair = series[TREATED].dots, series[CONTROL].dots
    if any(dots is None or math.isnan(dots.coverage_native + dots.coverage_short) for dots in pair):
        return None
    found = [simulated_analysis("ftir", series[sample]) for sample in (TREATED, CONTROL)]
    return all(has_bands(analysis, (90_700.0, 157_100.0, 163_900.0)) for analysis in found)


def has_bands(analysis: Analysis | None, places: Sequence[float]) -> bool:
    """Whether the analysis of an infrared spectrum finds a band within 30 cm-1 of each of some places [1/m]."""
    bands = [item.value for item in analysis.findings if item.name == "infrared_band"] if analysis else []
    return all(any(abs(band - place) < 3000.0 for band in bands) for place in places)


def _one_phase(series: Series) -> Value:
    """Whether the analysis of both diffraction patterns finds the same lines of the same cell."""
    if series[TREATED].dots is None or series[CONTROL].dots is None:
        return None
    return one_phase(*(simulated_analysis("xrd", series[sample]) for sample in (TREATED, CONTROL)))


def one_phase(one: Analysis | None, two: Analysis | None) -> bool | None:
    """Whether the lines of two diffraction patterns are of one cell, three of them in both, and the cells are the same.

    Cells are the same within two standard uncertainties; a weak line may be below the noise in one of the patterns, and
    cubes of one size have side maxima. None where a pattern has too few lines for a lattice constant.
    """
    if one is None or two is None:
        return None
    cells = [[item for item in found.findings if item.name == "lattice_constant"] for found in (one, two)]
    lines = [{item.of for item in found.findings if item.name == "reflection_angle"} for found in (one, two)]
    if not all(cells):
        return None
    pairs = [(a, b) for a in cells[0] for b in cells[1] if a.of == b.of]
    same = all(abs(a.value - b.value) <= 2.0 * math.hypot(a.uncertainty, b.uncertainty) for a, b in pairs)
    other = max(sum(not name.startswith("(") for name in names) / max(len(names), 1) for names in lines)
    return bool(pairs) and same and other <= _OTHER_LINES and len(lines[0] & lines[1]) >= _COMMON_LINES


#: how each row of targets.csv is read off the results; a row that is not here is not modelled
READERS: Mapping[str, Callable[[Series], Value]] = {
    "R01": Number(TREATED, "plqy_first_wash", 100.0),
    "R02": Number(TREATED, "plqy", 100.0),
    "R03": Number(CONTROL, "plqy", 100.0),
    "R04": dose_at_maximum,
    "R05": _positive(blue_shift),
    "R06": _decomposed("hi-only"),
    "R07": _decomposed("post-synthesis"),
    "R08": Number(TREATED, "edge_length", 1e9),
    "R09": Number(CONTROL, "edge_length", 1e9),
    "R10": Number(TREATED, "pl_fwhm", 1e9),
    "R11": Number(CONTROL, "pl_fwhm", 1e9),
    "R12": Number(TREATED, "pl_retained_in_air", 100.0),
    "R13": Number(CONTROL, "pl_retained_in_air", 100.0),
    "R14": _bands,
    "R15": Number(TREATED, "weight_loss", 100.0),
    "R16": Number(CONTROL, "weight_loss", 100.0),
    "R18": _one_phase,
    "R19": Number(TREATED, "lifetime", 1e9),
    "R20": Number(CONTROL, "lifetime", 1e9),
    "R21": Number(TREATED, "roughness", 1e9),
    "R22": _positive(difference(CONTROL, TREATED, "roughness")),
    "R23": Number(TREATED, "el_peak", 1e9),
    "R24": Number(CONTROL, "el_peak", 1e9),
    "R25": _colour,
    "R26": _ratio,
    "R27": _steady_peak,
    "R29": Number(TREATED, "luminance_max"),
    "R30": Number(CONTROL, "luminance_max"),
    "R31": _less_leakage_more_current,
    "R32": _positive(difference(TREATED, CONTROL, "mobility")),
    "R33": Number(TREATED, "eqe_max", 100.0),
    "R34": Number(CONTROL, "eqe_max", 100.0),
    "R35": _positive(later_roll_off),
    "R36": _positive(difference(TREATED, "no-TmPyPB", "eqe_max")),
    "R37": Number(TREATED, "half_life", 1.0 / 3600.0),
    "R38": Number(CONTROL, "half_life", 1.0 / 3600.0),
}

#: why a row is not modelled
ABSENT: Mapping[str, str] = {
    "R17": "core-level shifts need an electronic-structure model of the surface",
    "R28": "no cause of a voltage-dependent emission energy (field, heating, size-selective filling) is modelled",
}


#: statements that analyses of simulated measurements make: slow to compute, and without a derivative
MEASURED = ("R14", "R18")


def logarithmic(name: str) -> bool:
    """Return whether the number of a row is log-normal and so judged by its logarithm, as the summary declares it."""
    reader = READERS.get(name)
    return isinstance(reader, Number) and QUANTITIES[reader.quantity].logarithmic


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
    drawn: Mapping[str, tuple[Interval, ...]] | None = None,
) -> tuple[Row, ...]:
    """Return one row for every result of the paper.

    Args:
        targets: the paper's results.
        series: the computed samples by name: the doses, "hi-only", "post-synthesis", "no-TmPyPB".
        spread: standard deviations of the model by row to first order, where known and nothing was drawn.
        notes: a further remark by row.
        drawn: what draws say of the numbers of a row, in its unit.

    Returns:
        The rows. The number of a row is the median of its draws, else that of the stated inputs. It agrees when
        ``|model - reported| <= 2 sqrt(sd_reported^2 + sd_model^2)``, where sd_model is the distance from the median to
        the end of the 68 % interval on the side of the reported number. It is uninformative when the 95 % interval is
        wider than 12 sd_reported, which for a normal distribution is an sd_model of 3 sd_reported. Log-normal numbers,
        such as luminances and half lives, are judged so by their logarithms, with sd_reported / reported.
    """
    values, spread, notes, drawn = read(series), spread or {}, notes or {}, drawn or {}
    rows = []
    for target in targets:
        if target.id not in values:
            rows.append(Row(target, None, None, "not modelled", ABSENT.get(target.id, "")))
            continue
        value, sd, note = values[target.id], spread.get(target.id), notes.get(target.id, "")
        found = drawn.get(target.id, ())
        if found and not _missing(value):
            note = "; ".join(part for part in (f"from the stated inputs {shown(value)}", note) if part)
            value, sd = _one_or_pair([item.median for item in found]), _one_or_pair([_sd(item) for item in found])
        agreement = "no" if _missing(value) else judge(target, value, sd, found)
        rows.append(Row(target, None if _missing(value) else value, sd, agreement, note, found))
    return tuple(rows)


def _one_or_pair(numbers: Sequence[float]) -> float | tuple[float, float]:
    return numbers[0] if len(numbers) == 1 else (numbers[0], numbers[1])


def _sd(drawn: Interval) -> float:
    return 0.5 * (drawn.high_68 - drawn.low_68)


def _missing(value: Value) -> bool:
    return value is None or bool(np.any(np.isnan(np.asarray(value, dtype=float))))


def judge(
    target: Target, value: Value, sd: float | tuple[float, float] | None, drawn: tuple[Interval, ...] = ()
) -> str:
    """Return whether a model value agrees with a result: yes, no or uninformative, see :func:`score`."""
    if target.test == "bound":
        limit = float(target.reported.lstrip("<>"))
        assert isinstance(value, float)
        return _yes(value > limit if target.reported.startswith(">") else value < limit)
    if target.test == "boolean" or isinstance(value, bool):
        return _yes(str(value).lower() == target.reported)
    reported = np.array([float(part) for part in target.reported.split(";")])
    model = np.atleast_1d(np.asarray(value, dtype=float))
    if target.test == "order":
        return _yes(bool(np.allclose(model, reported)))
    low, high, width = _spread(model, sd, drawn)
    given = np.full(reported.size, float(np.max(target.sd)))
    if logarithmic(target.id):
        if not np.all(model > 0.0):
            return "uninformative" if drawn else "no"
        if not np.all(low > 0.0):
            return "uninformative"  # of first order, wider than the number itself
        low, high, model, given, reported = np.log(low), np.log(high), np.log(model), given / reported, np.log(reported)
        width = np.array([item.width for item in drawn]) if drawn else 2.0 * (high - low)
    if np.any(width > _UNINFORMATIVE * given):
        return "uninformative"
    own = np.where(reported < model, model - low, high - model)
    return _yes(bool(np.all(np.abs(model - reported) <= 2.0 * np.hypot(given, own))))


def _spread(
    model: Array, sd: float | tuple[float, float] | None, drawn: tuple[Interval, ...]
) -> tuple[Array, Array, Array]:
    """Ends of the 68 % interval and width of the 95 % interval of every number of a row."""
    if drawn:
        ends = ((item.low_68, item.high_68, item.high_95 - item.low_95) for item in drawn)
        low, high, width = (np.array(part) for part in zip(*ends))
        return low, high, width
    known = np.zeros(model.size) if sd is None else np.atleast_1d(np.asarray(sd, dtype=float))
    return model - known, model + known, 4.0 * known


def _yes(truth: bool) -> str:
    return "yes" if truth else "no"


def shown(value: Value | tuple[float, ...]) -> str:
    """Return a model value as text: "true", "0.7106;0.2893", "95.1", or nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return ";".join(f"{part:.4g}" for part in np.atleast_1d(np.asarray(value, dtype=float)))


def model_texts(row: Row) -> tuple[str, str, str]:
    """Return what the model says of a row, its standard deviation and the 95 % interval, rounded to its spread."""
    if row.model is None or isinstance(row.model, bool) or row.target.test == "order":
        return shown(row.model), "", ""
    numbers = np.atleast_1d(np.asarray(row.model, dtype=float))
    given = math.nan if row.model_sd is None else row.model_sd
    spreads = np.broadcast_to(np.asarray(given, dtype=float), numbers.shape)
    by_logarithm = bool(row.drawn) and logarithmic(row.target.id)
    digits = np.minimum(spreads, numbers) if by_logarithm else spreads
    model = ";".join(rounded(float(value), float(sd)) for value, sd in zip(numbers, digits))
    known = ";".join(spread(float(sd)) for sd in spreads) if np.all(np.isfinite(spreads)) else ""
    return model, known, ";".join(between(item.low_95, item.high_95, item.logarithmic) for item in row.drawn)


HEADER = (
    "id",
    "quantity",
    "sample",
    "unit",
    "reported",
    "reported_sd",
    "model",
    "model_sd",
    "model_95",
    "width_95",
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
        *model_texts(row),
        ";".join(map(width_shown, row.drawn)),
        target.role,
        row.agrees,
        note,
    )


def width_shown(drawn: Interval) -> str:
    """Return the width of a 95 % interval as text, as a factor where the distribution is log-normal."""
    if not drawn.logarithmic:
        return f"{drawn.width:.2g}"
    return f"x {math.exp(drawn.width):.3g}" if drawn.width < 100.0 else "endless"


#: how an agreement is called where people read it
VERDICTS: Mapping[str, str] = {
    "yes": "agrees",
    "no": "disagrees",
    "uninformative": "interval too wide to tell",
    "not modelled": "not modelled",
}
#: columns of a narrow table
BRIEF = ("id", "quantity", "reported", "model", "role", "agrees", "note")


def brief(row: Row) -> tuple[str, ...]:
    """Return one row as the texts of :data:`BRIEF`: the sample with the quantity, uncertainties with the numbers."""
    full = dict(zip(HEADER, cells(row)))
    unit = "" if full["unit"] in ("", "-") else f" {full['unit']}"
    reported = full["reported"] + (f" ± {full['reported_sd']}" if full["reported_sd"] else "") + unit
    model = full["model"] + (f" ± {full['model_sd']}" if full["model_sd"] and not row.drawn else "")
    if row.drawn:
        model += f" (95 %: {full['model_95']}; width {full['width_95']})"
    quantity = f"{full['quantity']}, {full['sample']}"
    return row.target.id, quantity, reported, model, full["role"], VERDICTS[row.agrees], row.note


def to_csv(rows: tuple[Row, ...]) -> str:
    """Return the scoreboard as CSV text."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(cells(row) for row in rows)
    return stream.getvalue()
