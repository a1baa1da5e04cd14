"""Findings as rows: for results.csv, the page and the terminal, rounded as their uncertainty allows."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping

from halodot.lab.compare import Compared
from halodot.lab.findings import Finding
from halodot.lab.outcome import Outcome
from halodot.units import from_si

#: headings of results.csv, with what each column holds
COLUMNS: Mapping[str, str] = {
    "sample": "what was measured, from the names of folders and files",
    "analysis": "method of analysis",
    "quantity": "name of the quantity",
    "of": "which one, where a measurement has several",
    "value": "in the unit of the row",
    "standard_uncertainty": "in the same unit; empty where none can be stated",
    "low_95": "lower end of the 95 % interval",
    "high_95": "upper end of the 95 % interval",
    "unit": "unit; empty for a pure number",
    "bound": "at least or at most, where the value only limits the quantity",
    "measured_fraction": "below 1 where the value is extrapolated",
    "role": "measured, or why there is none",
    "method": "how the value was found",
    "warnings": "why the value may be wrong",
    "problem": "why there is no value",
    "file": "the measurement, below the folder",
    "sha256": "of that file",
}


#: headings of compared.csv
COMPARED_COLUMNS: Mapping[str, str] = {
    "sample": COLUMNS["sample"],
    "quantity": COLUMNS["quantity"],
    "of": COLUMNS["of"],
    "measured": "value that was found, in the unit of the row",
    "measured_sd": "its standard uncertainty",
    "simulated": "value of the study, in the unit of the row",
    "simulated_sd": "its standard deviation; empty where the model states none",
    "unit": COLUMNS["unit"],
    "difference": "measured minus simulated, in the unit of the row",
    "deviation_sd": "the difference in standard deviations of both; empty where one of them is not known",
    "simulated_role": "given, calibrated, predicted or checked",
    "how": "how the simulated value was found",
    "file": COLUMNS["file"],
}


#: of a value; an uncertainty below it is one of rounding, and shows no more digits
_LEAST_SHARE = 1e-6


def shown_value(finding: Finding) -> tuple[float, float, float, float]:
    """Return value, standard uncertainty and 95 % interval of a finding in the unit in which it is shown."""
    unit, shown = finding.unit, finding.quantity.shown_unit
    factor = from_si(1.0, unit, shown) - from_si(0.0, unit, shown)
    low, high = finding.interval_95
    value, low, high = (from_si(number, unit, shown) for number in (finding.value, low, high))
    return value, finding.uncertainty * factor, low, high


def value_text(finding: Finding) -> str:
    """Return a value with its uncertainty, rounded to two digits of the latter: "646.31 ± 0.12"."""
    value, uncertainty, low, high = shown_value(finding)
    bound = {"at least": "≥ ", "at most": "≤ "}.get(finding.bound, "")
    if not (math.isfinite(uncertainty) and uncertainty > 0.0):
        return f"{bound}{value:.4g}"
    digits = 1 - math.floor(math.log10(max(uncertainty, _LEAST_SHARE * abs(value))))
    if finding.bound:
        return f"{bound}{_fixed(value, digits)}"
    lopsided = max(high - value, value - low) > 1.25 * min(high - value, value - low)
    spread = f" ({_fixed(low, digits)} to {_fixed(high, digits)})" if lopsided else ""
    return f"{_fixed(value, digits)} ± {_fixed(uncertainty, digits)}{spread}"


def plain(value: float) -> str:
    """Return a number with four digits, without a power of ten where it is between 0.001 and a million."""
    size = math.floor(math.log10(abs(value))) if value and math.isfinite(value) else 0
    return _fixed(value, max(3 - size, 0)) if -4 < size < 6 else f"{value:.4g}"


def _fixed(value: float, digits: int) -> str:
    """Return a number with some digits behind the point, or rounded before it; very large and small ones as powers."""
    if not math.isfinite(value):
        return f"{value:g}"
    size = math.floor(math.log10(abs(value))) if value else 0
    if size >= 6 or digits > 8:
        return f"{value:.{min(max(size + digits, 0), 12)}e}" if value else "0"
    return f"{round(value, digits):.{max(digits, 0)}f}"


def unit_text(finding: Finding) -> str:
    """Return the unit in which a finding is shown, empty for a pure number."""
    return "" if finding.quantity.shown_unit == "1" else finding.quantity.shown_unit


def label_text(finding: Finding) -> str:
    """Return what a finding is of, in words, with the share that was measured where it is extrapolated."""
    label = finding.quantity.label + (f", {finding.of}" if finding.of else "")
    if finding.measured_fraction < 1.0:
        label += f" (extrapolated, {finding.measured_fraction:.0%} measured)"
    return label


def csv_text(outcomes: Iterable[Outcome], left_out: Mapping[str, str], sha256: Mapping[str, str]) -> str:
    """Return results.csv: a row for each finding, each analysis that failed and each file that was not analysed."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(COLUMNS), restval="", lineterminator="\n")
    writer.writeheader()
    for outcome in outcomes:
        writer.writerows(_rows(outcome))
    for path, reason in left_out.items():
        row = {"role": "not analysed", "problem": reason, "file": path, "sha256": sha256.get(path, "")}
        writer.writerow(row)
    return text.getvalue()


def _rows(outcome: Outcome) -> Iterable[Mapping[str, object]]:
    common = {
        "sample": outcome.item.sample,
        "analysis": outcome.item.method,
        "file": outcome.main_file,
        "sha256": outcome.sha256.get(outcome.main_file, ""),
    }
    for finding in outcome.findings:
        value, uncertainty, low, high = (
            f"{number:.10g}" if math.isfinite(number) else "" for number in shown_value(finding)
        )
        yield common | {
            "quantity": finding.name,
            "of": finding.of,
            "value": value,
            "standard_uncertainty": uncertainty,
            "low_95": low,
            "high_95": high,
            "unit": unit_text(finding),
            "bound": finding.bound,
            "measured_fraction": f"{finding.measured_fraction:.4g}",
            "role": "measured",
            "method": finding.method,
            "warnings": "; ".join((*finding.warnings, *outcome.warnings)),
        }
    if not outcome.findings:
        why = outcome.problem or "the analysis found nothing"
        yield common | {"role": "no value", "problem": why, "warnings": "; ".join(outcome.warnings)}


def compared_text(rows: Iterable[Compared]) -> str:
    """Return compared.csv: a row for each finding that has a simulated value."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COMPARED_COLUMNS)
    for row in rows:
        value, uncertainty, *_ = shown_value(row.measured)
        simulated, sd = shown_simulated(row)
        numbers = [f"{number:.10g}" if math.isfinite(number) else "" for number in (value, uncertainty, simulated, sd)]
        difference = f"{value - simulated:.6g}"
        deviation = f"{row.deviation:.3g}" if math.isfinite(row.deviation) else ""
        named = (row.sample, row.measured.name, row.measured.of)
        writer.writerow([*named, *numbers, unit_text(row.measured), difference, deviation, row.role, row.how, row.file])
    return text.getvalue()


def shown_simulated(row: Compared) -> tuple[float, float]:
    """Return the simulated value and its standard deviation in the unit in which the finding is shown."""
    unit, shown = row.measured.unit, row.measured.quantity.shown_unit
    factor = from_si(1.0, unit, shown) - from_si(0.0, unit, shown)
    return from_si(row.simulated, unit, shown), row.simulated_sd * factor
