"""The page of an analysed folder: what was found of each sample, its figures, and what could not be analysed."""

from __future__ import annotations

import base64
import math
import re
import statistics
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from halodot.lab.compare import Compared
from halodot.lab.findings import Finding
from halodot.lab.method import method_named
from halodot.lab.outcome import Outcome
from halodot.report.lab_rows import label_text, plain, shown_simulated, shown_value, unit_text, value_text
from halodot.report.page.frame import framed, section, table

#: figures that a page carries in itself; beyond it shows those in the folder beside it
_MOST_EMBEDDED = 120
#: samples that stand side by side in one table
_MOST_COLUMNS = 6
_VALUES = (("quantity", ""), ("value", "number"), ("unit", ""))
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
    parts = [_overview(samples, left_out), *_summary(samples), _compared(beside)]
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


def _summary(samples: Mapping[str, Sequence[Outcome]]) -> list[str]:
    """Return tables of the values of each measurement as a whole, samples side by side."""
    names = list(samples)
    groups = [names[n : n + _MOST_COLUMNS] for n in range(0, len(names), _MOST_COLUMNS)]
    found = []
    for group in groups:
        columns = (("quantity", ""), *((name, "number") for name in group), ("unit", ""), ("analysis", ""))
        rows = _summary_rows({name: samples[name] for name in group})
        if rows:
            title = "Values by sample" + (f": {group[0]} to {group[-1]}" if len(groups) > 1 else "")
            found.append(section(title, f'<p class="small">{escape(_ABOUT_SUMMARY)}</p>', table(columns, rows)))
    return found


_ABOUT_SUMMARY = (
    "Of several measurements of one quantity of a sample the median is shown, with their number and range; a star "
    "marks values that carry a warning. Every single value stands with its figure below."
)


def _summary_rows(samples: Mapping[str, Sequence[Outcome]]) -> list[tuple[str, ...]]:
    cells: dict[tuple[str, str, str], dict[str, list[tuple[Finding, bool]]]] = {}
    for name, outcomes in samples.items():
        for outcome in outcomes:
            for finding in (finding for finding in outcome.findings if not finding.of):
                key = outcome.item.method, finding.quantity.label, unit_text(finding)
                warned = bool(finding.warnings or outcome.warnings)
                cells.setdefault(key, {}).setdefault(name, []).append((finding, warned))
    ordered = sorted(cells, key=lambda key: key[0])  # quantities of one analysis together, in its own order
    return [
        (label, *(_cell(cells[method, label, unit].get(name, ())) for name in samples), unit, method)
        for method, label, unit in ordered
    ]


def _cell(found: Sequence[tuple[Finding, bool]]) -> str:
    if not found:
        return ""
    star = "*" if any(warned for _, warned in found) else ""
    if len(found) == 1:
        return value_text(found[0][0]) + star
    values = sorted(shown_value(finding)[0] for finding, _ in found)
    return f"{plain(statistics.median(values))}{star} ({len(values)}: {plain(values[0])} to {plain(values[-1])})"


def _compared(beside: Sequence[Compared]) -> str:
    rows = []
    for row in (row for row in beside if not row.measured.of):
        simulated, sd = shown_simulated(row)
        spread = f" ± {sd:.2g}" if math.isfinite(sd) else ""
        deviation = f"{row.deviation:+.1f}" if math.isfinite(row.deviation) else ""
        difference = f"{shown_value(row.measured)[0] - simulated:+.3g}"
        shown = (
            value_text(row.measured),
            f"{plain(simulated)}{spread}",
            difference,
            deviation,
            unit_text(row.measured),
        )
        rows.append((row.sample, row.measured.quantity.label, *shown, row.role))
    if not rows:
        return ""
    columns = (
        *(("sample", ""), ("quantity", ""), ("measured", "number"), ("simulated", "number")),
        *(("difference", "number"), ("in standard deviations", "number"), ("unit", ""), ("role", "")),
    )
    about = (
        "The simulated value is what the same analysis finds in the simulated measurement where the model has the "
        "instrument, and the number of the simulated state otherwise. Where the model states no standard deviation, "
        "the difference is not judged. Parts of measurements stand in compared.csv."
    )
    return section("Model and experiment", f'<p class="small">{escape(about)}</p>', table(columns, rows))


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _anchor(name: str) -> str:
    return "sample-" + "".join(letter if letter.isalnum() else f"-{ord(letter):x}-" for letter in name)


def _sample(name: str, outcomes: Sequence[Outcome], home: Path, embedded: bool) -> str:
    anchor = f'<span id="{_anchor(name)}"></span>'
    return section(name, anchor, *(_block(outcome, home, embedded) for outcome in outcomes))


def _block(outcome: Outcome, home: Path, embedded: bool) -> str:
    """Return one analysis: its figure beside its values; the values of parts are folded away."""
    title = method_named(outcome.item.method).title
    main = [finding for finding in outcome.findings if not finding.of]
    parts = [finding for finding in outcome.findings if finding.of]
    said = list(dict.fromkeys((*outcome.warnings, *(text for item in outcome.findings for text in item.warnings))))
    lines = [f"<h3>{escape(title)}</h3>", f'<p class="place">{escape(outcome.main_file)}</p>']
    if not outcome.findings:
        lines.append(f'<p class="warning">No value: {escape(outcome.problem or "nothing was found")}</p>')
    lines += [f'<p class="warning">{escape(text)}</p>' for text in of_one_kind(said)]
    if main:
        lines.append(table(_VALUES, map(_row, main)))
    if parts:
        opened = "" if main else " open"
        what = _counted(len(parts), "value of a part", "values of parts")
        folded = table(_VALUES, map(_row, parts))
        lines.append(f"<details{opened}><summary>{what}</summary>{folded}</details>")
    notes = [*outcome.notes, *([outcome.item.note] if outcome.item.note else [])]
    if notes:
        told = "".join(f"<li>{escape(note)}</li>" for note in notes)
        lines.append(f"<details open><summary>How it was done</summary><ul>{told}</ul></details>")
    return f'<div class="analysis"><div>{_figure(outcome, home, embedded)}</div><div>{"".join(lines)}</div></div>'


def of_one_kind(texts: Sequence[str]) -> list[str]:
    """Return sentences, those that differ in their numbers alone as the first of them and how many there are more."""
    kinds: dict[str, list[str]] = {}
    for text in texts:
        kinds.setdefault(re.sub(r"\d+(?:[.,]\d+)?", "0", text), []).append(text)
    more = {listed[0]: len(listed) - 1 for listed in kinds.values()}
    return [text + (f" (and {count} more of this kind)" if count else "") for text, count in more.items()]


def _row(finding: Finding) -> tuple[str, str, str]:
    return label_text(finding), value_text(finding), unit_text(finding)


def _figure(outcome: Outcome, home: Path, embedded: bool) -> str:
    first = next((name for name in outcome.figures if name.endswith(".png")), "")
    if not first:
        return ""
    source = first
    title = f"{method_named(outcome.item.method).title}: {outcome.main_file}"
    if embedded:
        source = "data:image/png;base64," + base64.b64encode((home / first).read_bytes()).decode("ascii")
    return f'<img src="{escape(source)}" alt="{escape(title)}">'
