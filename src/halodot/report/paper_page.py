"""The paper's scoreboard, its decompositions and its figures as one page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from html import escape

from halodot.report.html import figure_section, framed, section, table
from halodot.report.scoreboard import HEADER, Row, Series, cells

_ROLES = (
    "given: an input of the model. calibrated: the row fitted parameters, so that agreement shows only that the model "
    "can. predicted: no parameter saw the row. checked: a statement that follows, of which the paper gives no number."
)
_RULE = (
    "A number agrees when it lies within two combined standard deviations of the reported one; it is uninformative "
    "when the model's own standard deviation exceeds three of the reported. The model's standard deviation follows to "
    "first order from those of all inputs and the correlations that the calibration left."
)


def paper_page(rows: tuple[Row, ...], series: Series, images: Mapping[str, bytes]) -> str:
    """Return the page of the paper's reproduction as HTML that needs no other file.

    Args:
        rows: the scoreboard.
        series: the results by sample.
        images: PNG by kind of figure.
    """
    return framed(
        "Proton-prompted ligand exchange, CsPbI3 quantum-dot LEDs: computed from recipe and stack",
        (_verdict(rows), _scoreboard(rows), _lost(series), figure_section(images)),
    )


def _verdict(rows: tuple[Row, ...]) -> str:
    lines = []
    for role in ("predicted", "checked", "calibrated"):
        count = Counter(row.agrees for row in rows if row.target.role == role)
        told = ", ".join(f"{number} {verdict}" for verdict, number in count.most_common())
        lines.append(f"<p>{escape(f'{role}: {told}')}</p>")
    return f'<div class="verdict">{"".join(lines)}</div>'


def _scoreboard(rows: tuple[Row, ...]) -> str:
    numeric = {"reported", "reported_sd", "model", "model_sd"}
    columns = tuple((name, "number" if name in numeric else "about" if name == "note" else "") for name in HEADER)
    told = "".join(f'<p class="small">{escape(text)}</p>' for text in (_ROLES, _RULE))
    return section("Scoreboard", told, table(columns, (cells(row) for row in rows)))


def _lost(series: Series) -> str:
    lost = [(name, flask.reason or "") for name, result in series.items() if (flask := result.flask) and flask.reason]
    return section("Dots that decomposed", table((("sample", ""), ("why", "")), lost)) if lost else ""
