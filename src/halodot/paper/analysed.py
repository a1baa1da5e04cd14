"""The paper's rows as a laboratory would find them: by analyses of the measurements that the model simulates."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from halodot.lab.compare import simulated_analysis
from halodot.lab.findings import Analysis, Finding
from halodot.lab.method import all_methods
from halodot.paper.scoreboard import READERS, Series, Value, shown
from halodot.paper.targets import CONTROL, TREATED, Target
from halodot.results.data import Result

HEADER = (
    "row",
    "quantity",
    "sample",
    "reported",
    "state",
    "found",
    "standard uncertainty",
    "analysis",
    "method",
    "warnings",
)


@dataclass(frozen=True)
class Instrument:
    """Which analysis of which sample finds the number of a row."""

    sample: str
    analysis: str
    quantity: str
    scale: float = 1.0  # to the unit of the row


#: rows whose number an analysis of a simulated measurement finds
INSTRUMENTS: Mapping[str, Instrument] = {
    "R02": Instrument(TREATED, "plqy", "plqy", 100.0),
    "R03": Instrument(CONTROL, "plqy", "plqy", 100.0),
    "R10": Instrument(TREATED, "pl", "pl_fwhm", 1e9),
    "R11": Instrument(CONTROL, "pl", "pl_fwhm", 1e9),
    "R15": Instrument(TREATED, "tga", "weight_loss", 100.0),
    "R16": Instrument(CONTROL, "tga", "weight_loss", 100.0),
    "R19": Instrument(TREATED, "trpl", "lifetime", 1e9),
    "R20": Instrument(CONTROL, "trpl", "lifetime", 1e9),
    "R21": Instrument(TREATED, "afm", "roughness", 1e9),
    "R23": Instrument(TREATED, "jvl", "el_peak", 1e9),
    "R24": Instrument(CONTROL, "jvl", "el_peak", 1e9),
    "R29": Instrument(TREATED, "jvl", "luminance_max"),
    "R30": Instrument(CONTROL, "jvl", "luminance_max"),
    "R33": Instrument(TREATED, "jvl", "eqe_max", 100.0),
    "R34": Instrument(CONTROL, "jvl", "eqe_max", 100.0),
    "R37": Instrument(TREATED, "lifetime", "half_life", 1.0 / 3600.0),
    "R38": Instrument(CONTROL, "lifetime", "half_life", 1.0 / 3600.0),
}


@dataclass(frozen=True)
class Analysed:
    """One row of the paper, by its state and by the analysis of the simulated measurement, in the unit of the row."""

    target: Target
    state: Value
    found: float
    uncertainty: float
    instrument: Instrument
    method: str
    warnings: tuple[str, ...]


def analysed_rows(targets: Sequence[Target], series: Series) -> list[Analysed]:
    """Return every row that an analysis can find; one whose sample has no such measurement is left out.

    Args:
        targets: the paper's results.
        series: the computed samples by name.
    """
    analyses: dict[tuple[str, str], Analysis | None] = {}
    rows = []
    for target in targets:
        instrument = INSTRUMENTS.get(target.id)
        if instrument is None or instrument.analysis not in all_methods():
            continue
        key = instrument.sample, instrument.analysis
        result = series[instrument.sample]
        if key not in analyses:
            analyses[key] = simulated_analysis(instrument.analysis, result)
        finding = _finding(analyses[key], instrument.quantity, result)
        if finding is not None:
            value, sd = finding.value * instrument.scale, finding.uncertainty * instrument.scale
            state = READERS[target.id](series)
            rows.append(Analysed(target, state, value, sd, instrument, finding.method, finding.warnings))
    return rows


def _finding(analysis: Analysis | None, quantity: str, result: Result) -> Finding | None:
    """Return the finding of a quantity; an average lifetime is of the kind that the dots report."""
    if analysis is None:
        return None
    if quantity == "lifetime" and result.dots is not None:
        quantity = f"lifetime_{result.dots.lifetime_average}"
    try:
        return analysis.finding(quantity)
    except KeyError:
        return None


def to_csv(rows: Sequence[Analysed]) -> str:
    """Return the rows as CSV, numbers in the units of the paper."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for row in rows:
        sd = f"{row.uncertainty:.3g}" if math.isfinite(row.uncertainty) else ""
        target = row.target
        numbers = (target.reported, shown(row.state), f"{row.found:.5g}", sd)
        said = (row.instrument.analysis, row.method, "; ".join(row.warnings))
        writer.writerow((target.id, target.quantity, target.sample, *numbers, *said))
    return text.getvalue()
