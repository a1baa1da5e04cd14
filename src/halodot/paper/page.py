"""The paper's scoreboard, its decompositions and its figures as one page."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape

from halodot.paper.analysed import Analysed
from halodot.paper.remarks import REASONS
from halodot.paper.robustness import Robustness
from halodot.paper.scoreboard import BRIEF, Row, Series, brief, shown
from halodot.paper.targets import TREATED
from halodot.report.page.frame import framed, section, table
from halodot.report.page.sections import figures

_ROLES = (
    "given: an input of the model. calibrated: the row fitted parameters, so that agreement shows only that the model "
    "can. predicted: no parameter saw the row. checked: a statement that follows, of which the paper gives no number."
)
_RULE = (
    "The numbers are medians of draws of all uncertain inputs that meet the calibrating rows, with the interval that "
    "holds 95 % of them and its width; luminances, half lives and currents are judged by their logarithms. A number "
    "agrees when it lies within two combined standard deviations of the reported one, on the side on which it lies; it "
    "is uninformative when its interval is wider than twelve reported standard deviations. Physics that is off "
    "(docs/decisions.md) is in no interval. Without enough draws (--draws) standard deviations follow to first order."
)
_STANDING = "These rows fail and are left standing: nothing was chosen again after they were seen."


def paper_page(
    rows: tuple[Row, ...],
    analysed: Sequence[Analysed],
    series: Series,
    robustness: tuple[Robustness, ...],
    pictures: Mapping[str, str],
    drawn_said: str,
) -> str:
    """Return the page of the paper's reproduction as HTML that needs no other file.

    Args:
        rows: the scoreboard.
        analysed: rows that analyses of the simulated measurements find.
        series: the results by sample.
        robustness: of the controls against the free amine.
        pictures: element by kind of figure.
        drawn_said: how many draws the intervals rest on.
    """
    return framed(
        "Proton-prompted ligand exchange, CsPbI3 quantum-dot LEDs: computed from recipe and stack",
        (
            _agreement(rows, drawn_said),
            _scoreboard(rows),
            _analysed(analysed),
            _failures(rows),
            _lost(series),
            _readings(series),
            _robustness(robustness),
            figures(pictures),
        ),
    )


def _agreement(rows: tuple[Row, ...], drawn_said: str) -> str:
    lines = []
    for role in ("predicted", "checked", "calibrated"):
        count = Counter(row.agrees for row in rows if row.target.role == role)
        text = ", ".join(f"{number} {agreement}" for agreement, number in count.most_common())
        lines.append(f"<p>{escape(f'{role}: {text}')}</p>")
    lines.append(f"<p>{escape(drawn_said)}</p>")
    return f'<div class="conclusions">{"".join(lines)}</div>'


def _scoreboard(rows: tuple[Row, ...]) -> str:
    columns = tuple((name, "about" if name == "note" else "") for name in BRIEF)
    text = "".join(f'<p class="small">{escape(text)}</p>' for text in (_ROLES, _RULE))
    return section("Scoreboard", text, table(columns, map(brief, rows)))


def _analysed(rows: Sequence[Analysed]) -> str:
    if not rows:
        return ""
    columns = (
        *(("id", ""), ("quantity", ""), ("sample", ""), ("reported", "number"), ("state", "number")),
        *(("found by the analysis", "number"), ("analysis", ""), ("how", "about")),
    )
    shown_rows = []
    for row in rows:
        spread = f" ± {row.uncertainty:.2g}" if math.isfinite(row.uncertainty) else ""
        numbers = (row.target.reported, shown(row.state), f"{row.found:.4g}{spread}")
        named = (row.target.id, row.target.quantity, row.target.sample)
        shown_rows.append((*named, *numbers, row.instrument.analysis, row.method))
    about = (
        "What halodot analyse finds in the measurements that the stated inputs simulate, without noise: the same "
        "analyses as of a laboratory's files. The uncertainty is that which such a measurement has."
    )
    return section(
        "The same rows as a laboratory finds them", f'<p class="small">{about}</p>', table(columns, shown_rows)
    )


def _failures(rows: tuple[Row, ...]) -> str:
    failed = [(*brief(row)[:4], REASONS.get(row.target.id, "not known")) for row in rows if row.agrees == "no"]
    columns = (("id", ""), ("quantity", ""), ("reported", ""), ("model", ""), ("why", "about"))
    return section("Rows that fail", f"<p><b>{escape(_STANDING)}</b></p>", table(columns, failed)) if failed else ""


def _lost(series: Series) -> str:
    lost = [(name, flask.reason or "") for name, result in series.items() if (flask := result.flask) and flask.reason]
    return section("Dots that decomposed", table((("sample", ""), ("why", "")), lost)) if lost else ""


def _robustness(robustness: tuple[Robustness, ...]) -> str:
    text = (
        "Free amine is the difference of two reagents of 90 % purity, so that it is poorly known. With all other "
        "parameters as they are, each statement is true with this probability over the prior of the free amine; "
        "the last columns are the values of flask.free_amine_factor below and above which it is false."
    )
    columns = (("statement", ""), ("probability (%)", "number"), ("false below", "number"), ("false above", "number"))
    return section(
        "The controls and the free amine", f"<p>{escape(text)}</p>", table(columns, map(robustness_cells, robustness))
    )


def robustness_cells(item: Robustness) -> tuple[str, str, str, str]:
    """Return a statement, its probability in per cent, and where it becomes false, as text."""
    below = f"{item.below:.2f}" if math.isfinite(item.below) else "never"
    above = f"{item.above:.2f}" if math.isfinite(item.above) else "never"
    return item.statement, f"{100.0 * item.probability:.0f}", below, above


def _readings(series: Series) -> str:
    flask = series[TREATED].flask
    rows = [] if flask is None else [(item.name, item.taken, item.effect, item.note) for item in flask.interpretations]
    columns = (("what can be read in more than one way", ""), ("read as", ""), ("otherwise", ""), ("note", "about"))
    return section("How the text was read (0.2 mmol)", table(columns, rows)) if rows else ""
