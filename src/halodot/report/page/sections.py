"""The sections of the page of a result below its first screen, each nothing where the result does not have it."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import numpy as np

from halodot.report.conclusions import budget_of
from halodot.report.figures import KINDS
from halodot.report.notes import grouped
from halodot.report.numbers import ROLES, computed, drawn_rows, shown
from halodot.report.page.frame import figure, paragraph, section, table, typeset, unit_text, with_code
from halodot.report.provenance import references
from halodot.report.style import MILLIAMPERE_PER_CM2
from halodot.results.balances import current_parts
from halodot.results.contract import document
from halodot.results.data import Result, SummaryValue
from halodot.results.losses import GAIN_RULE
from halodot.results.summary import bias_point
from halodot.rounding import rounded
from halodot.versions import shown as versions_shown
from halodot.wording import in_words, listed

_MOST_ROWS = 31
#: figures by the stage that they belong to; a kind that is not here stands under the last
STAGES: Mapping[str, tuple[str, ...]] = {
    "Dots and film": ("absorption", "trpl", "air", "nk"),
    "Device": (
        *("jvl", "luminance_current", "eqe", "eqe_luminance", "current_efficiency", "power_efficiency"),
        *("flat_bands", "bands", "profiles", "emission_zone", "recombination", "charges", "budget", "excitons"),
    ),
    "Light and ageing": ("el", "cie", "far_field", "colour_shift", "photons", "decay"),
    "More": (),
}
#: numbers of the summary with which a new stage begins
_FIRST: Mapping[str, str] = {
    "edge_length": "Synthesis",
    "first_exciton": "Dots in solution",
    "gap": "Film",
    "outcoupling": "Device and light",
    "half_life": "Ageing",
}
#: share of the injected pairs below which losses stand in one row
_LEAST_SHARE = 5e-4
#: ends of the names of numbers at a luminance, and what they stand under
_AT: Mapping[str, str] = {"_at_100": "100 cd/m²", "_at_1000": "1000 cd/m²"}
_ABOUT_CURVES = (
    "Between the solved voltages curves are monotone cubics; a number in a legend is the highest at 1 cd/m² or more."
)
#: share of the current that is round-off
_ROUND_OFF = 1e-6
#: figures that other sections show
ELSEWHERE = ("stack", "flow", "emission_zone", "shell")


def warnings(result: Result) -> str:
    """Return what the result leaves out, assumes or finds unlikely, with what to do; the path of each in small type."""
    blocks = []
    for heading, remarks in grouped(result.notes).items():
        lines = []
        for remark in remarks:
            about = listed(remark.places) if remark.places else ""
            named = f"<strong>{escape(about[:1].upper() + about[1:])}.</strong> " if about else ""
            place = f'<span class="place">{escape(remark.place())}</span>' if remark.places else ""
            lines.append(f"<li>{named}{with_code(remark.text)}{place}</li>")
        blocks.append(f"<h3>{escape(heading)}</h3>\n<ul>\n" + "\n".join(lines) + "\n</ul>")
    return section("Warnings", '<div class="notes">', *blocks, "</div>") if blocks else ""


def results(result: Result) -> str:
    """Return every number of the summary that was computed, with its one interval and what it depends on."""
    numbers = computed(result)
    staged: dict[str, list[tuple[str, ...]]] = {}
    stage = ""
    for name, entry in numbers.items():
        stage = _FIRST.get(name, stage)
        if not name.endswith(tuple(_AT)):
            staged.setdefault(stage, []).append(_number(result, name, entry))
    if not numbers:
        return ""
    used = roles(dict.fromkeys(entry.role for entry in numbers.values()))
    spread = "68 % interval" if result.drawn is not None else "± standard deviation, or 68 % interval"
    columns = (
        *(("quantity", "name"), ("value", "number"), (spread, "number"), ("unit", "unit"), ("role", "")),
        ("depends most on", "about"),
    )
    if any(row[2] or row[5] for rows in staged.values() for row in rows):
        rows = [row for part in staged.values() for row in part]
        firsts = np.cumsum([0, *map(len, staged.values())])
        groups = dict(zip(map(int, firsts), staged))
        return section("Results", used, table(columns, rows, "Results", groups=groups), _at_luminances(result))
    parts = [f"<section><h3>{escape(part)}</h3>{table(columns, rows, part)}</section>" for part, rows in staged.items()]
    return section("Results", used, f'<div class="halves">{"".join(parts)}{_at_luminances(result)}</div>')


def _number(result: Result, name: str, entry: SummaryValue) -> tuple[str, ...]:
    """Return label, value, interval, unit, role of a number and what it depends on."""
    found, none = shown(result, name), entry.value == 0.0 and not entry.sd
    spread = "" if none else typeset(found.spread)
    return (
        found.label,
        typeset(found.value),
        spread,
        unit_text(found.unit),
        found.role,
        "" if none else _depends(entry),
    )


def _at_luminances(result: Result) -> str:
    """Return the numbers of a device at 100 and at 1000 cd/m² beside one another."""
    numbers = computed(result)
    names = dict.fromkeys(name[: -len(end)] for name in numbers for end in _AT if name.endswith(end))
    rows = []
    for name in names:
        cells, found = [], None
        for end in _AT:
            found = shown(result, name + end) if name + end in numbers else None
            spread = found.spread if found else ""
            beside = f" ({spread})" if " to " in spread else f" {spread}" if spread.startswith("±") else ""
            cells.append(typeset(f"{found.value}{beside}") if found else "")
        found = shown(result, name + next(end for end in _AT if name + end in numbers))
        rows.append((found.label.rsplit(" at ", 1)[0], *cells, unit_text(found.unit), found.role))
    if not rows:
        return ""
    columns = (("quantity", "name"), *((called, "number") for called in _AT.values()), ("unit", "unit"), ("role", ""))
    heading = "At a luminance"
    return f"<section><h3>{heading}</h3>{table(columns, rows, heading)}</section>"


def _depends(entry: SummaryValue) -> str:
    """Return the inputs that move a number most, and how many more do of which no uncertainty is stated."""
    said = listed(entry.depends_on or ())
    if not entry.not_counted:
        return said
    bare = f"{listed(entry.not_counted, 1)}, of which no uncertainty is stated"
    return f"{said}; also {bare}" if said else bare


def roles(used: Mapping[str, object]) -> str:
    """Return what the roles in use mean, as one small paragraph."""
    said = "; ".join(f"<b>{escape(role)}</b>: {escape(ROLES[role])}" for role in used if role in ROLES)
    return f'<p class="small">{said}.</p>' if said else ""


def draws(result: Result) -> str:
    """Return medians and intervals of the draws, and how they were made."""
    drawn = result.drawn
    if drawn is None:
        return ""
    given = f", conditioned on {', '.join(drawn.conditions)}" if drawn.conditions else ""
    grid = f" {drawn.grid[:1].upper()}{drawn.grid[1:]}." if drawn.grid else ""
    text = (
        f"{drawn.tried} draws of all {len(drawn.inputs)} uncertain inputs together{given}: {drawn.ess:.0f} are "
        f"effective, {drawn.failed} have no solution.{grid} The median of the draws differs from the value of the "
        "stated inputs where the model is far from linear."
    )
    names = ("quantity", "median", "68 %", "95 %", "unit", "share of the draws")
    columns = tuple((name, "number" if 0 < place < 4 else "") for place, name in enumerate(names))
    rows = [(*map(typeset, row[:4]), unit_text(row[4]), row[5]) for row in drawn_rows(drawn)]
    listed = f"<details><summary>Medians and 95 % intervals</summary>{table(columns, rows, 'Draws')}</details>"
    return section("Uncertainty by draws", paragraph(text), listed)


def current_voltage(result: Result) -> str:
    """Return the current of a device that has no light to speak of."""
    solution = result.device_solution
    if solution is None or result.emission is not None:
        return ""
    chosen = np.unique(np.linspace(0, solution.voltage.size - 1, _MOST_ROWS).round().astype(int))
    rows = [
        (typeset(f"{voltage:.4g}"), typeset(milliamperes(current)))
        for voltage, current in zip(solution.voltage[chosen].tolist(), solution.current_density[chosen].tolist())
    ]
    return section("Current", table((("voltage (V)", "number"), ("mA/cm²", "number")), rows, "Current by voltage"))


def milliamperes(current_density: float) -> str:
    """Return a current density [A/m2] as a number of mA/cm2, in words where it was not solved."""
    return rounded(current_density / MILLIAMPERE_PER_CM2) if np.isfinite(current_density) else "not solved"


def synthesis(result: Result, pictures: Mapping[str, str]) -> str:
    """Return what the acid did and the ligand shell after every wash."""
    flask = result.flask
    if flask is None:
        return ""
    text = (
        f"The acid cleared {100.0 * flask.stripped_fraction:.1f} % of the surface sites of native ligand; "
        f"{100.0 * flask.material_retained:.1f} % of the material survived."
    )
    names = ("washes", "native ligand (%)", "short ligand (%)", "bare (%)", "PLQY (%)")
    washed = result.dots.plqy_by_wash if result.dots else np.zeros(0)
    rows = [
        (
            str(sample.washes),
            *(
                f"{100.0 * share:.1f}"
                for share in (sample.coverage_native, sample.coverage_short, sample.coverage_bare)
            ),
            f"{100.0 * float(washed[index]):.1f}" if index < washed.size else "",
        )
        for index, sample in enumerate(flask.samples)
    ]
    shell = table(tuple((name, "number") for name in names), rows, "Ligand shell by washes") if rows else ""
    drawn = [picture_of(kind, pictures) for kind in ("shell",) if kind in pictures]
    if not drawn:
        return section("The ligand shell", paragraph(text), shell)
    return section("The ligand shell", f'<div class="beside">{drawn[0]}<div>{paragraph(text)}{shell}</div></div>')


def figures(pictures: Mapping[str, str], heading: str = "Figures", command: str = "halodot plot results.nc") -> str:
    """Return the figures by stage, with their captions and the command that writes each as a file.

    Args:
        pictures: SVG by kind.
        heading: of the section.
        command: what a figure is made with, before its kind.
    """
    left = [kind for kind in pictures if kind not in ELSEWHERE]
    blocks = []
    for stage, kinds in STAGES.items():
        chosen = [kind for kind in kinds if kind in left] if kinds else list(left)
        left = [kind for kind in left if kind not in chosen]
        if chosen:
            drawn = "\n".join(picture_of(kind, pictures) for kind in chosen)
            flowing = " four" if len(chosen) == 4 else " flowing" if len(chosen) > 4 else ""
            blocks.append(f'<h3>{escape(stage)}</h3>\n<div class="figures{flowing}">\n{drawn}\n</div>')
    hint = f'<p class="small">{_ABOUT_CURVES} As a file: <code>{escape(command)} --kind NAME --out NAME.pdf</code>; '
    return section(heading, hint + "the name of each stands below it.</p>", *blocks) if blocks else ""


def picture_of(kind: str, pictures: Mapping[str, str]) -> str:
    """Return one figure with its caption and the name by which a command writes it as a file."""
    caption = KINDS[kind].caption if kind in KINDS else kind
    hint = f' <code class="option">{escape(kind)}</code>'
    return figure(pictures[kind], caption, hint)


def photons_and_charges(result: Result, pictures: Mapping[str, str]) -> str:
    """Return where every injected pair goes: the pictures of the flows, and the numbers behind them."""
    budget = budget_of(result)
    drawn = [picture_of(kind, pictures) for kind in ("flow", "emission_zone") if kind in pictures]
    flow = f'<div class="figures two">{"".join(drawn)}</div>' if drawn else ""
    parts = ""
    if budget is not None:
        rows, others = [("light into air, the EQE", "", percent(budget.eqe), "")], ""
        large = [loss for loss in budget.by_size if abs(loss.share) >= _LEAST_SHARE]
        small = [loss for loss in budget.by_size if loss not in large]
        rows += [(loss.called, loss.step, percent(loss.share), percent(loss.gain)) for loss in large]
        if small:
            rows.append((f"{len(small)} others together", "", percent(sum(loss.share for loss in small)), ""))
            others = f"The others, each below 0.05 %: {', '.join(loss.called for loss in small)}."
        total = budget.eqe + sum(loss.share for loss in budget.losses)
        columns = (
            *(("where the injected pairs go", ""), ("step", ""), ("share (%)", "number")),
            ("EQE gained without this loss (points)", "number"),
        )
        shown_rows = [*rows, ("sum", "", percent(total), "")]
        text = f"At {budget.voltage:.2f} V and {rounded(0.1 * budget.current_density)} mA/cm², the highest EQE."
        parts = paragraph(text) + table(columns, shown_rows, "Losses")
        parts += paragraph(others, "small") + paragraph(GAIN_RULE, "small")
    current = _current_parts(result) if budget is None else ""
    return section("Where the photons and charges go", flow, parts, current) if flow or parts or current else ""


def percent(share: float) -> str:
    """Return a share in per cent with two decimals, without the sign of a round-off."""
    return f"{round(100.0 * share, 2) + 0.0:.2f}"


def _current_parts(result: Result) -> str:
    solution = result.device_solution
    point = bias_point(solution, result.emission) if solution is not None else None
    if solution is None or point is None:
        return ""
    total = float(solution.current_density[point])
    parts = {name: float(getattr(solution, part)[point]) for part, name in current_parts(solution).items()}
    rows = [
        (name, typeset(milliamperes(part)), typeset(percent(part / total)) if total else "not known")
        for name, part in (*parts.items(), ("total current", total))
    ]
    columns = (("part of the current", ""), ("mA/cm²", "number"), ("share (%)", "number"))
    text = f"The current at {solution.voltage[point]:.2f} V:"
    said = "What is negative flows the other way: charges that light or heat makes, less those that recombine."
    backward = solution.outside_emitter_current[point] < -_ROUND_OFF * abs(total)
    below = paragraph(said, "small") if backward else ""
    return paragraph(text) + table(columns, rows, "Parts of the current") + below


def bibliography(result: Result) -> str:
    """Return the BibTeX entries behind the inputs, folded."""
    text = references(result)
    if not text:
        return ""
    folded = f'<details class="source"><summary>BibTeX of every source</summary><pre>{escape(text)}</pre></details>'
    return section("References", folded)


def diagnostics(result: Result) -> str:
    """Return how well the sums and grids held, and which voltages have no solution."""
    found = document(result)["diagnostics"]
    unconverged, _ = found.pop("unconverged"), found.pop("notes")
    if found.get("failure") is None:
        found.pop("failure", None)
    rows = [
        (
            in_words(name).replace("newton", "Newton"),
            "none" if value is None else str(value) if isinstance(value, str) else typeset(f"{value:.3g}"),
        )
        for name, value in found.items()
    ]
    rows += [("computed by", versions_shown(result.versions))] if result.versions else []
    points = table(
        (("voltage (V)", "number"), ("why it did not converge", "")),
        [(typeset(f"{entry['voltage_V']:.3f}"), entry["reason"] or "no reason is known") for entry in unconverged],
        "Voltages without a solution",
    )
    checks = table((("check", ""), ("value", "number")), rows, "Numerical checks")
    return section("Numerical checks", checks, points if unconverged else "")
