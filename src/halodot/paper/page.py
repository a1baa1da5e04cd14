"""The paper's scoreboard as one page: what agrees, in words and as a picture, the rows by stage, the figures."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape

from halodot.paper.analysed import Analysed
from halodot.paper.figure_scoreboard import STAGES, distances
from halodot.paper.figures import PaperFigure
from halodot.paper.remarks import REASONS
from halodot.paper.robustness import Robustness
from halodot.paper.scoreboard import Row, Series, brief, logarithmic, model_texts, shown
from halodot.paper.targets import TREATED
from halodot.report.page.frame import figure, framed, paragraph, section, table, typeset, unit_text
from halodot.report.page.sections import figures as by_stage
from halodot.report.style import inline_svg
from halodot.rounding import with_spread

_ROLES = {
    "given": "an input of the model",
    "calibrated": "the row fitted parameters, so that agreement shows only that the model can",
    "predicted": "no parameter saw the row",
    "checked": "a statement that follows, of which the paper gives no number",
}
_RULE = (
    "The numbers are medians of draws of all uncertain inputs that meet the calibrating rows, with the interval that "
    "holds 95 % of them; luminances, half lives and currents are judged by their logarithms. A number agrees when it "
    "lies within two combined standard deviations of the reported one, on the side on which it lies. Where its "
    "interval is wider than twelve reported standard deviations, it cannot tell whether the model is right, however "
    "far its middle is off. What the model leaves out (docs/decisions.md) is in no interval. Without enough draws "
    "(--draws) standard deviations follow to first order. σ is the reported standard deviation."
)
_STANDING = "These rows fail and are left standing: nothing was chosen again after they were seen."
_TITLE = "Proton-prompted ligand exchange, CsPbI3 quantum-dot LEDs: computed from recipe and stack"


def paper_page(
    rows: tuple[Row, ...],
    analysed: Sequence[Analysed],
    series: Series,
    robustness: tuple[Robustness, ...],
    figures: tuple[Mapping[str, PaperFigure], Mapping[str, str]],
    drawn_said: str,
) -> str:
    """Return the page of the paper's reproduction as HTML that needs no other file.

    Args:
        rows: the scoreboard.
        analysed: rows that analyses of the simulated measurements find.
        series: the results by sample.
        robustness: of the controls against the free amine.
        figures: the paper's own from the model, and elements by kind of figure.
        drawn_said: how many draws the intervals rest on.
    """
    sections = (
        _failures(rows),
        _scoreboard(rows),
        _lost(series),
        _redrawn(figures[0]),
        by_stage(figures[1], "All curves", "halodot plot samples/0.2.nc samples/control.nc"),
        _remarks(rows),
        _analysed(analysed),
        _readings(series),
        _robustness(robustness),
    )
    return framed(_TITLE, sections, _agreement(rows, drawn_said, figures[0]))


def _agreement(rows: tuple[Row, ...], drawn_said: str, redrawn: Mapping[str, PaperFigure]) -> str:
    """The first screen: what agrees, what does not and what cannot be told, in words and as a picture."""
    lines = "".join(map(paragraph, summary(rows)))
    picture = _figure("scoreboard", redrawn["scoreboard"]) if "scoreboard" in redrawn else ""
    return f'<div class="conclusions">{lines}</div>{paragraph(drawn_said, "small")}\n{picture}\n'


def _figure(name: str, item: PaperFigure) -> str:
    hint = f'<code class="command">figures/{escape(name)}.svg</code>'
    return figure(inline_svg(item.figure, name, item.title), item.caption, hint, wide=True)


def _redrawn(redrawn: Mapping[str, PaperFigure]) -> str:
    """Return the paper's figures from the model, with what the paper reports marked."""
    drawn = [
        f"<h3>{escape(item.title)}</h3>{_figure(name, item)}" for name, item in redrawn.items() if name != "scoreboard"
    ]
    return section("The paper's figures from the model", *drawn) if drawn else ""


def summary(rows: Sequence[Row]) -> tuple[str, ...]:
    """Return what the scoreboard says, a sentence an entry.

    Args:
        rows: of the scoreboard.
    """
    blind = [row for row in rows if row.target.role in ("predicted", "checked")]
    fitted = [row for row in rows if row.target.role == "calibrated"]
    count = Counter(row.agrees for row in blind)
    said = [
        f"Of {len(rows)} results of the paper, no parameter saw {len(blind)}: {count['yes']} of these agree, "
        f"{count['no']} disagree, {count['uninformative']} have intervals too wide to tell, and "
        f"{count['not modelled']} are not modelled.",
        f"The other {len(fitted)} were fitted; {sum(row.agrees == 'yes' for row in fitted)} of them agree, which shows "
        "that the model can, not that it is right.",
    ]
    if failed := [_called(row) for row in rows if row.agrees == "no"]:
        said.append(f"Disagree: {_listed(failed)}.")
    if open_ := [f"{_called(row)}{_off(row)}" for row in blind if row.agrees == "uninformative"]:
        said.append(f"Too wide to tell: {_listed(open_)}.")
    return tuple(said)


def _called(row: Row) -> str:
    found = next((names[row.target.id] for names in STAGES.values() if row.target.id in names), "")
    return found or f"{row.target.quantity}, {row.target.sample}"


def _off(row: Row) -> str:
    """Return how far the middle of a number lies from the reported one, nothing where it is no single number."""
    if row.model is None or isinstance(row.model, (bool, tuple)) or row.target.test != "value":
        return ""
    reported = float(row.target.reported)
    factor = row.model / reported if reported else math.nan
    if not (math.isfinite(factor) and factor > 0.0):
        return ""
    if logarithmic(row.target.id):
        return f" ({factor:.2g} times the reported one)"
    off = (row.model - reported) / row.target.sd
    return f" ({abs(off):.1f} reported standard deviations {'high' if off > 0.0 else 'low'})"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, ("; ".join(names[:-1]), *names[-1:])))


def _scoreboard(rows: tuple[Row, ...]) -> str:
    used = dict.fromkeys(row.target.role for row in rows)
    roles = "; ".join(f"<b>{escape(role)}</b>: {escape(_ROLES[role])}" for role in used if role in _ROLES)
    by_id = {row.target.id: row for row in rows}
    named = {name: [by_id.pop(key) for key in keys if key in by_id] for name, keys in STAGES.items()}
    columns = (
        *(
            ("id", ""),
            ("result", ""),
            ("reported", "number loose"),
            ("model", "number loose"),
            ("off by (σ)", "number"),
        ),
        *(("role", ""), ("verdict", "")),
    )
    listed: list[tuple[str, ...]] = []
    groups: dict[int, str] = {}
    for stage, found in (*named.items(), ("Other rows", list(by_id.values()))):
        if found:
            groups[len(listed)] = stage
            listed += map(_cells, found)
    parts = table(columns, listed, "Scoreboard", groups=groups)
    return section("Scoreboard", f'<p class="small">{roles}.</p>', paragraph(_RULE, "small"), parts)


def _cells(row: Row) -> tuple[str, ...]:
    name, quantity, reported, _, role, verdict, _ = brief(row)
    model, sd, span = model_texts(row)
    model += f" ({span})" if span else f" ± {sd}" if sd else ""
    off = "; ".join(f"{round(item.value, 1) + 0.0:+.1f}" for item in distances(row) if math.isfinite(item.value))
    unit = row.target.unit
    reported = reported.removesuffix(unit).strip() + f" {unit_text(unit)}" if unit not in ("", "-") else reported
    quantity = re.sub(r"(?<=\d) C\b", " °C", quantity)
    return name, quantity, _statement(reported), _statement(typeset(model)), typeset(off), role, verdict


def _statement(text: str) -> str:
    """Return a truth value in words, any other text as it is."""
    return {"true": "holds", "false": "does not hold"}.get(text, text.replace(";", "; "))


def _remarks(rows: Sequence[Row]) -> str:
    """Return what stands beside the rows, folded: most readers need none of it."""
    noted = [(row.target.id, _called(row), row.note) for row in rows if row.note]
    if not noted:
        return ""
    columns = (("id", ""), ("result", ""), ("remark", "about"))
    listed = table(columns, noted, "Remarks to the rows")
    return section("Remarks to the rows", f"<details><summary>{len(noted)} rows have one</summary>{listed}</details>")


def _analysed(rows: Sequence[Analysed]) -> str:
    if not rows:
        return ""
    columns = (
        *(("id", ""), ("quantity", ""), ("sample", ""), ("reported", "number"), ("state", "number")),
        *(("found by the analysis", "number"), ("analysis", ""), ("how", "about")),
    )
    shown_rows = []
    for row in rows:
        numbers = (row.target.reported, shown(row.state), with_spread(row.found, row.uncertainty))
        named = (row.target.id, row.target.quantity, row.target.sample)
        shown_rows.append((*named, *map(_statement, numbers), row.instrument.analysis, row.method))
    about = (
        "What halodot analyse finds in the measurements that the stated inputs simulate, without noise: the same "
        "analyses as of a laboratory's files. The uncertainty is that which such a measurement has."
    )
    return section(
        "The same rows as a laboratory finds them", paragraph(about, "small"), table(columns, shown_rows, "Analysed")
    )


def _failures(rows: tuple[Row, ...]) -> str:
    failed = [
        (row.target.id, _called(row), *_cells(row)[2:4], REASONS.get(row.target.id, "not known"))
        for row in rows
        if row.agrees == "no"
    ]
    columns = (("id", ""), ("result", ""), ("reported", ""), ("model", ""), ("why", "about"))
    return section("Rows that fail", paragraph(_STANDING), table(columns, failed, "Rows that fail")) if failed else ""


def _lost(series: Series) -> str:
    lost = [(name, flask.reason or "") for name, result in series.items() if (flask := result.flask) and flask.reason]
    columns = (("sample", ""), ("why", ""))
    return section("Dots that decomposed", table(columns, lost, "Dots that decomposed")) if lost else ""


def _robustness(robustness: tuple[Robustness, ...]) -> str:
    text = (
        "Free amine is the difference of two reagents of 90 % purity, so that it is poorly known. With all other "
        "parameters as they are, each statement is true with this probability over the prior of the free amine; "
        "the last columns are the factors on the free amine (flask.free_amine_factor) below and above which it is "
        "false."
    )
    columns = (("statement", ""), ("probability (%)", "number"), ("false below", "number"), ("false above", "number"))
    listed = table(columns, map(robustness_cells, robustness), "The controls and the free amine")
    return section("The controls and the free amine", paragraph(text), listed)


def robustness_cells(item: Robustness) -> tuple[str, str, str, str]:
    """Return a statement, its probability in per cent, and where it becomes false, as text."""
    below = f"{item.below:.2f}" if math.isfinite(item.below) else "never"
    above = f"{item.above:.2f}" if math.isfinite(item.above) else "never"
    return item.statement, f"{100.0 * item.probability:.0f}", below, above


def _readings(series: Series) -> str:
    flask = series[TREATED].flask
    rows = [] if flask is None else [(item.name, item.taken, item.effect, item.note) for item in flask.interpretations]
    columns = (("what can be read in more than one way", ""), ("read as", ""), ("otherwise", ""), ("note", "about"))
    return section("How the recipe was read (0.2 mmol)", table(columns, rows, "How it was read")) if rows else ""
