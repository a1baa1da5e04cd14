"""The page of an analysed folder: what was found of each sample, its figures, and what could not be analysed."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path

from halodot.lab.compare import Compared
from halodot.lab.findings import Finding
from halodot.lab.method import method_named
from halodot.lab.outcome import Outcome
from halodot.report.html import framed, section, table
from halodot.report.lab_rows import shown_simulated, shown_value, unit_text, value_text

#: figures that a page carries in itself; beyond it shows those in the folder beside it
_MOST_EMBEDDED = 120
_COLUMNS = (("quantity", ""), ("value", "number"), ("unit", ""), ("analysis", ""), ("file", "path"), ("warnings", ""))
_LEFT_OUT = (("file", "path"), ("why it was not analysed", ""))


def page(
    title: str, outcomes: Sequence[Outcome], left_out: Mapping[str, str], beside: Sequence[Compared], home: Path
) -> str:
    """Return the page of an analysed folder as HTML.

    Args:
        title: name of the folder.
        outcomes: of its analyses.
        left_out: files that were not analysed, and why.
        beside: findings beside simulated values.
        home: folder of the results, in which the figures lie.
    """
    samples: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        samples.setdefault(outcome.item.sample, []).append(outcome)
    embedded = sum(bool(outcome.figures) for outcome in outcomes) <= _MOST_EMBEDDED
    parts = [_overview(samples, left_out), _compared(beside)]
    parts += [_sample(name, found, home, embedded) for name, found in samples.items()]
    if left_out:
        parts.append(section("Files that were not analysed", table(_LEFT_OUT, left_out.items())))
    return framed(title, parts)


def _overview(samples: Mapping[str, Sequence[Outcome]], left_out: Mapping[str, str]) -> str:
    outcomes = [outcome for found in samples.values() for outcome in found]
    values = sum(len(outcome.findings) for outcome in outcomes)
    failed = sum(not outcome.findings for outcome in outcomes)
    warned = sum(bool(outcome.warnings or any(one.warnings for one in outcome.findings)) for outcome in outcomes)
    lines = [
        f"{_counted(values, 'value')} from {_counted(len(outcomes), 'analysis', 'analyses')} "
        f"of {_counted(len(samples), 'sample')}"
    ]
    if warned:
        lines.append(
            f"{_counted(warned, 'analysis carries', 'analyses carry')} a warning: see the last column of the tables"
        )
    if failed:
        lines.append(f"{_counted(failed, 'analysis', 'analyses')} gave no value; the reason stands with the sample")
    if left_out:
        lines.append(f"{_counted(len(left_out), 'file was', 'files were')} not analysed; they are listed at the end")
    lines.append("Values are given with their standard uncertainty; every choice behind them stands in analysis.yaml.")
    body = "".join(f"<p>{escape(line)}</p>" for line in lines)
    links = " · ".join(f'<a href="#{_anchor(name)}">{escape(name)}</a>' for name in samples)
    return f'<div class="conclusions">{body}</div>\n<p class="small">{links}</p>'


def _compared(beside: Sequence[Compared]) -> str:
    if not beside:
        return ""
    columns = (
        *(("sample", ""), ("quantity", ""), ("measured", "number"), ("simulated", "number"), ("unit", "")),
        *(("difference", "number"), ("in sd of both", "number"), ("role of the simulated value", "")),
    )
    rows = []
    for row in beside:
        simulated, sd = shown_simulated(row)
        spread = f" ± {sd:.2g}" if math.isfinite(sd) else ""
        deviation = f"{row.deviation:+.1f}" if math.isfinite(row.deviation) else ""
        name = row.measured.quantity.label + (f", {row.measured.of}" if row.measured.of else "")
        shown = (value_text(row.measured), f"{simulated:.4g}{spread}", unit_text(row.measured))
        difference = f"{shown_value(row.measured)[0] - simulated:+.3g}"
        rows.append((row.sample, name, *shown, difference, deviation, row.role))
    about = (
        "The simulated value is what the same analysis finds in the simulated measurement where the model has the "
        "instrument, and the number of the simulated state otherwise. Where the model states no standard deviation, "
        "the difference is not judged."
    )
    return section("Model and experiment", f'<p class="small">{escape(about)}</p>', table(columns, rows))


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _anchor(name: str) -> str:
    return "sample-" + "".join(letter if letter.isalnum() else f"-{ord(letter):x}-" for letter in name)


def _sample(name: str, outcomes: Sequence[Outcome], home: Path, embedded: bool) -> str:
    rows = [_row(outcome, finding) for outcome in outcomes for finding in outcome.findings]
    failed = [
        (outcome.main_file, f"{outcome.item.method}: {outcome.problem or 'nothing was found'}")
        for outcome in outcomes
        if not outcome.findings
    ]
    content = [f'<span id="{_anchor(name)}"></span>']
    if rows:
        content.append(table(_COLUMNS, rows))
    if failed:
        content.append(table((("file", "path"), ("why there is no value", "")), failed))
    content.append(_figures(outcomes, home, embedded))
    content.append(_notes(outcomes))
    return section(name, *content)


def _row(outcome: Outcome, finding: Finding) -> tuple[str, ...]:
    label = finding.quantity.label + (f", {finding.of}" if finding.of else "")
    if finding.measured_fraction < 1.0:
        label += f" (extrapolated, {finding.measured_fraction:.0%} measured)"
    warnings = "; ".join((*finding.warnings, *outcome.warnings))
    return label, value_text(finding), unit_text(finding), outcome.item.method, outcome.main_file, warnings


def _figures(outcomes: Iterable[Outcome], home: Path, embedded: bool) -> str:
    shown = []
    for outcome in outcomes:
        if outcome.figures:
            shown.append(_figure(outcome, home, embedded))
    return f'<div class="figures">{"".join(shown)}</div>' if shown else ""


def _figure(outcome: Outcome, home: Path, embedded: bool) -> str:
    first = outcome.figures[0]
    title = f"{method_named(outcome.item.method).title}: {outcome.main_file}"
    source = first
    if embedded:
        source = "data:image/png;base64," + base64.b64encode((home / first).read_bytes()).decode("ascii")
    return (
        f'<figure><img src="{escape(source)}" alt="{escape(title)}"><figcaption>{escape(title)}</figcaption></figure>'
    )


def _notes(outcomes: Iterable[Outcome]) -> str:
    """Return what was assumed, each sentence once with the analyses that it is of."""
    told: dict[tuple[str, str], list[str]] = {}
    for outcome in outcomes:
        for note in (*outcome.notes, *([outcome.item.note] if outcome.item.note else [])):
            told.setdefault((outcome.item.method, note), []).append(outcome.main_file)
    if not told:
        return ""
    lines = [f"<li>{escape(method)}: {escape(note)}{_of(files)}</li>" for (method, note), files in told.items()]
    return f'<div class="notes"><h3>How it was done</h3><ul>{"".join(lines)}</ul></div>'


def _of(files: Sequence[str]) -> str:
    more = f" and {len(files) - 2} more" if len(files) > 2 else ""
    return f' <span class="place">{escape(", ".join(files[:2]))}{more}</span>'
