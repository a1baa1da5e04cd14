"""Findings as rows: for results.csv, the page and the terminal, rounded as their uncertainty allows."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping

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
    digits = 1 - math.floor(math.log10(uncertainty))
    if finding.bound:
        return f"{bound}{_fixed(value, digits)}"
    lopsided = max(high - value, value - low) > 1.25 * min(high - value, value - low)
    spread = f" ({_fixed(low, digits)} to {_fixed(high, digits)})" if lopsided else ""
    return f"{_fixed(value, digits)} ± {_fixed(uncertainty, digits)}{spread}"


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
