"""A result as one page that a browser shows without anything else, and as the folder of files around it."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from pathlib import Path

import numpy as np

from halodot import __version__
from halodot.chain.plan import defaults
from halodot.names import QUANTITIES, Quantity
from halodot.names import shown as shown_number
from halodot.outputs import whole_folder, write_text
from halodot.report.conclusions import conclusions, decomposition
from halodot.report.figures import KINDS, title_of, write_figures
from halodot.report.notes import grouped
from halodot.report.provenance import in_unit, references, short, uncertain_rows
from halodot.report.style import MILLIAMPERE_PER_CM2
from halodot.results.balances import CURRENT_PARTS, photon_budget
from halodot.results.contract import curve_files, document
from halodot.results.data import Drawn, Result
from halodot.results.files import STUDY, save, save_study, to_csv, to_json
from halodot.results.summary import bias_point, peak_point
from halodot.study.pages import optical_sources
from halodot.study.written import INPUTS

#: parts of a report folder
JSON, NETCDF, CURVES, FIGURES, PAGE = "results.json", "results.nc", "curves", "figures", "report.html"
_NOT_COMPUTED = "not computed"
_MOST_ROWS = 31
_POLICY = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'"
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1a1a1a; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin-top: 2.2rem; border-bottom: 1px solid #ccc; }
.small, td.about, figcaption { font-size: 0.85rem; color: #555; }
.conclusions { border-left: 4px solid #0072b2; padding: 0.2rem 0 0.2rem 1rem; }
.failed { border-left-color: #d55e00; }
.conclusions p { margin: 0.3rem 0; }
.notes { border-left: 4px solid #e69f00; padding-left: 1rem; }
.notes h3 { font-size: 1rem; margin: 0.8rem 0 0.2rem; }
.notes ul { margin: 0; padding-left: 1.2rem; }
.notes li { margin: 0.25rem 0; overflow-wrap: anywhere; }
.place { font-family: ui-monospace, monospace; font-size: 0.8rem; color: #555; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; margin: 0.6rem 0; }
th, td { text-align: left; vertical-align: top; padding: 0.2rem 0.9rem 0.2rem 0; border-bottom: 1px solid #e4e4e4; }
th { font-weight: 600; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.path { font-family: ui-monospace, monospace; font-size: 0.85rem; overflow-wrap: anywhere; min-width: 12rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(21rem, 1fr)); gap: 1.5rem; }
figure { margin: 0; }
img { width: 100%; height: auto; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 0.8rem; }
.analysis { display: grid; grid-template-columns: minmax(0, 85mm) minmax(0, 1fr); gap: 1.2rem; margin: 1.2rem 0; }
.analysis h3 { font-size: 1rem; margin: 0; }
.analysis table { font-size: 0.85rem; }
.warning { border-left: 4px solid #d55e00; padding-left: 0.6rem; font-size: 0.85rem; margin: 0.4rem 0; }
details { font-size: 0.85rem; }
@media (max-width: 44rem) { .analysis { grid-template-columns: 1fr; } }
@media print {
  @page { margin: 14mm; }
  body { font-size: 9pt; line-height: 1.35; max-width: none; margin: 0; padding: 0; }
  .scroll { overflow: visible; }
  table { font-size: 8pt; }
  th, td { padding: 0.1rem 0.5rem 0.1rem 0; }
  .analysis, figure, tr { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
}
"""
Column = tuple[str, str]  # heading, class of its cells


def write(
    result: Result, folder: str | os.PathLike[str], progress: Callable[[str], None] = lambda text: None
) -> tuple[Path, ...]:
    """Write a result as JSON, netCDF, curves, figures and a page into a folder, all of them or nothing.

    Args:
        result: what to write.
        folder: made if it does not exist; files of an earlier result are replaced or removed, others stay.
        progress: called with the name of what is written next.

    Returns:
        The paths of the files, the page last.

    Raises:
        InputError: the folder cannot be made, leads out of itself by a link, or another run is writing into it.
    """
    with whole_folder(folder, overwrite=True, own=written_by_a_run) as new:
        written = write_files(result, new, progress)
    return tuple(Path(folder) / path.relative_to(new) for path in written)


def write_files(result: Result, home: Path, progress: Callable[[str], None]) -> tuple[Path, ...]:
    """Write the files of a result into an empty folder and return their paths, the page last."""
    progress(JSON)
    to_json(result, home / JSON)
    progress(NETCDF)
    save(result, home / NETCDF)
    progress(CURVES)
    written = [home / JSON, home / NETCDF, *to_csv(result, home / CURVES)]
    written += save_study(result.study, home / STUDY, result.versions)
    drawn = write_figures({title_of(result): result}, home / FIGURES, lambda kind: progress(f"{FIGURES}/{kind}"))
    images = {kind: paths[0].read_bytes() for kind, paths in drawn.items()}
    written += [path for paths in drawn.values() for path in paths]
    progress(PAGE)
    write_text(home / PAGE, page(result, images))
    return (*written, home / PAGE)


def written_by_a_run(home: Path) -> frozenset[Path]:
    """Return the paths within a folder of results at which a run writes or an earlier one has written."""
    figures = {Path(FIGURES, f"{kind}.{ending}") for kind in KINDS for ending in ("png", "svg")}
    curves = {Path(CURVES, name) for name in curve_files(home / CURVES)}
    inputs = {path.relative_to(home) for path in (home / INPUTS).glob("*")}
    return frozenset({Path(JSON), Path(NETCDF), Path(STUDY), Path(PAGE), *figures, *curves, *inputs})


def page(result: Result, images: Mapping[str, bytes]) -> str:
    """Return the page of a result as HTML that needs no other file.

    Args:
        result: what to show.
        images: PNG by kind of figure.
    """
    sections = (
        _conclusions(result),
        _notes(result),
        _summary(result),
        _draws(result),
        _current_voltage(result),
        _synthesis(result),
        _interpretations(result),
        figure_section(images),
        _photons(result),
        _charges(result),
        _optics(result),
        _assumptions(result),
        _references(result),
        _diagnostics(result),
    )
    return framed(title_of(result), sections)


def framed(title: str, sections: Iterable[str]) -> str:
    """Return a whole page: a title, which is escaped, and sections of HTML, the empty ones left out."""
    heading = escape(title)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{heading}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{heading}</h1>\n"
        + "\n".join(part for part in sections if part)
        + f'\n<p class="small">halodot {escape(__version__)}</p>\n</body>\n</html>\n'
    )


def _conclusions(result: Result) -> str:
    decomposed = result.flask is not None and not result.flask.survived
    failed = " failed" if decomposed or not result.converged else ""
    lines = "".join(f"<p>{escape(line)}</p>" for line in conclusions(result))
    return f'<div class="conclusions{failed}">{lines}</div>'


def section(heading: str, *content: str) -> str:
    """Return a heading, escaped, above content that is HTML already."""
    return f"<h2>{escape(heading)}</h2>\n" + "\n".join(content)


def table(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; every cell is text and is escaped."""
    head = "".join(f'<th class="{kind}">{escape(name)}</th>' for name, kind in columns)
    body = "".join(
        "<tr>" + "".join(f'<td class="{kind}">{escape(cell)}</td>' for (_, kind), cell in zip(columns, row)) + "</tr>\n"
        for row in rows
    )
    return f'<div class="scroll"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table></div>'


def _summary(result: Result) -> str:
    columns = (
        ("quantity", ""),
        ("value", "number"),
        ("± sd", "number"),
        ("unit", ""),
        ("role", ""),
        ("depends on", "about"),
        ("states no uncertainty, not counted", "about"),
    )
    rows = []
    for name, entry in result.summary.items():
        known = QUANTITIES.get(name) or Quantity(name, entry.unit, entry.unit, name.replace("_", " "), name)
        value = _NOT_COMPUTED if entry.value is None else in_unit(entry.value, entry.unit, known.shown_unit, True)
        sd = "not known" if entry.not_counted else ""
        sd = sd if entry.sd is None else in_unit(entry.sd, entry.unit, known.shown_unit, True)
        unit = "" if known.shown_unit == "1" else known.shown_unit
        rows.append(
            (known.label, value, sd, unit, entry.role, _first(entry.depends_on or ()), _first(entry.not_counted))
        )
    if all(row[1] == _NOT_COMPUTED for row in rows):
        return ""
    text = [index for index in range(len(columns)) if any(row[index] for row in rows)]
    shown = table([columns[index] for index in text], [[row[index] for index in text] for row in rows])
    return section("Summary", shown)


def _draws(result: Result) -> str:
    """Return medians and intervals of the draws, and how they were made."""
    drawn = result.drawn
    if drawn is None:
        return ""
    given = f", conditioned on {', '.join(drawn.conditions)}" if drawn.conditions else ""
    text = (
        f"{drawn.tried} draws of all {len(drawn.inputs)} uncertain inputs together{given}:"
        f" {drawn.ess:.0f} are effective, {drawn.failed} have no solution. {drawn.grid[:1].upper()}{drawn.grid[1:]}."
    )
    names = ("quantity", "median", "68 %", "95 %", "unit", "share of the draws")
    columns = tuple((name, "number" if 0 < place < 4 else "") for place, name in enumerate(names))
    return section("Uncertainty by draws", f"<p>{escape(text)}</p>", table(columns, drawn_rows(drawn)))


def drawn_rows(drawn: Drawn) -> list[tuple[str, ...]]:
    """Return label, median, intervals, unit and share of every number of the draws as texts, in the units shown."""
    rows: list[tuple[str, ...]] = []
    for name, quantiles, share in zip(drawn.quantities, drawn.quantiles, drawn.share):
        converted = [shown_number(name, float(value))[0] for value in quantiles]
        low_95, low_68, median, high_68, high_95 = (f"{value:.4g}" for value in converted)
        known = QUANTITIES[name]
        unit = "" if known.shown_unit == "1" else known.shown_unit
        part = "" if share > 0.995 else f"{100.0 * share:.0f} %"
        rows.append((known.label, median, f"{low_68} to {high_68}", f"{low_95} to {high_95}", unit, part))
    return rows


def _current_voltage(result: Result) -> str:
    """Return the current of a device that has no light to speak of."""
    device_solution = result.device_solution
    if device_solution is None or result.emission is not None:
        return ""
    chosen = np.unique(np.linspace(0, device_solution.voltage.size - 1, _MOST_ROWS).round().astype(int))
    rows = [
        (f"{device_solution.voltage[i]:.4g}", milliamperes(float(device_solution.current_density[i]))) for i in chosen
    ]
    return section("Current", table((("voltage (V)", "number"), ("mA/cm²", "number")), rows))


def milliamperes(current_density: float) -> str:
    """Return a current density [A/m2] as a number of mA/cm2, in words where it was not solved."""
    return f"{current_density / MILLIAMPERE_PER_CM2:.5g}" if np.isfinite(current_density) else "not solved"


def _first(paths: Sequence[str], count: int = 8) -> str:
    more = f" and {len(paths) - count} more" if len(paths) > count else ""
    return ", ".join(paths[:count]) + more


def _synthesis(result: Result) -> str:
    flask = result.flask
    if flask is None:
        return ""
    text = (
        f"The acid cleared {100.0 * flask.stripped_fraction:.1f} % of the surface sites of native ligand; "
        f"{100.0 * flask.material_retained:.1f} % of the material survived."
    )
    if not flask.survived:
        text = f"{decomposition(flask)} {text}"
    columns = (
        ("washes", "number"),
        ("native ligand (%)", "number"),
        ("short ligand (%)", "number"),
        ("bare (%)", "number"),
        ("PLQY (%)", "number"),
    )
    washed = result.dots.plqy_by_wash if result.dots else np.zeros(0)
    rows = [
        (
            str(sample.washes),
            short(100.0 * sample.coverage_native),
            short(100.0 * sample.coverage_short),
            short(100.0 * sample.coverage_bare),
            short(100.0 * float(washed[index])) if index < washed.size else "not computed",
        )
        for index, sample in enumerate(flask.samples)
    ]
    return section("Synthesis", f"<p>{escape(text)}</p>", table(columns, rows) if rows else "")


def _interpretations(result: Result) -> str:
    if result.flask is None or not result.flask.interpretations:
        return ""
    rows = [
        (item.name, item.taken, "; ".join(item.alternatives), item.effect or "not asked", item.note)
        for item in result.flask.interpretations
    ]
    columns = (
        ("what can be read in more than one way", ""),
        ("read as", ""),
        ("could be", ""),
        ("which would change", ""),
        ("note", "about"),
    )
    return section("How the text was read", table(columns, rows))


def figure_section(images: Mapping[str, bytes]) -> str:
    """Return the figures, PNG by kind, with their captions; nothing where there are none."""
    blocks = []
    for kind, image in images.items():
        caption = escape(KINDS[kind].caption)
        data = base64.b64encode(image).decode("ascii")
        blocks.append(
            f'<figure><img alt="{caption}" src="data:image/png;base64,{data}">'
            f'<figcaption>{caption} (<a href="{FIGURES}/{kind}.svg">vector file</a>)</figcaption></figure>'
        )
    return section("Figures", '<div class="figures">', *blocks, "</div>") if blocks else ""


def _photons(result: Result) -> str:
    emission = result.emission
    point = peak_point(emission) if emission is not None else None
    if emission is None or point is None:
        return ""
    budget = photon_budget(emission, small=-1.0)
    rows = [(channel, percent(share)) for channel, share in (*budget.items(), ("sum", sum(budget.values())))]
    text = f"Of 100 excitons at {emission.voltage[point]:.2f} V:"
    columns = (("channel", ""), ("share (%)", "number"))
    return section("Photon budget", f"<p>{escape(text)}</p>", table(columns, rows))


def percent(share: float) -> str:
    """Return a share in per cent with two decimals, without the sign of a round-off."""
    return f"{round(100.0 * share, 2) + 0.0:.2f}"


def _charges(result: Result) -> str:
    device_solution = result.device_solution
    point = bias_point(device_solution, result.emission) if device_solution is not None else None
    if device_solution is None or point is None:
        return ""
    total = float(device_solution.current_density[point])
    parts = {name: float(getattr(device_solution, part)[point]) for part, name in CURRENT_PARTS.items()}
    rows = [
        (name, f"{part / MILLIAMPERE_PER_CM2:.4g}", percent(part / total) if total else "not known")
        for name, part in (*parts.items(), ("whole current", total))
    ]
    text = f"Where the current goes at {device_solution.voltage[point]:.2f} V:"
    columns = (("part", ""), ("mA/cm²", "number"), ("share (%)", "number"))
    return section("Charge budget", f"<p>{escape(text)}</p>", table(columns, rows))


def _optics(result: Result) -> str:
    rows = optical_sources(result.study)
    if not rows:
        return ""
    assumed = [name for name, kind, _ in rows if kind == "assumed"]
    text = f"Assumed, for want of a measurement: {', '.join(assumed)}." if assumed else "None of them is assumed."
    columns = (("layer", ""), ("kind", ""), ("source", "about"))
    return section("Optical constants of the layers", f"<p>{escape(text)}</p>", table(columns, rows))


def _assumptions(result: Result) -> str:
    columns = (
        ("input", "path"),
        ("value", "number"),
        ("95 % range", "number"),
        ("kind", ""),
        ("source", ""),
        ("about", "about"),
    )
    rows = uncertain_rows(result.study)
    taken = [(path, value, "", "assumed", "halodot", about) for path, value, about in defaults(result)]
    text = (
        f"{len(rows)} of the {len(result.study.inputs)} numbers that enter are assumed or were calibrated; "
        f"the others are measured or from the literature. {len(taken)} words and grids are the program's own choice."
    )
    return section(
        "What was assumed or calibrated", f"<p>{text}</p>", table(columns, [*taken, *rows]) if taken or rows else ""
    )


def _references(result: Result) -> str:
    text = references(result)
    if not text:
        return ""
    return section(
        "References", f"<details><summary>BibTeX of every source</summary><pre>{escape(text)}</pre></details>"
    )


def _notes(result: Result) -> str:
    """Return what the result leaves out, assumes or finds unlikely, with what to do."""
    blocks = []
    for heading, remarks in grouped(result.notes).items():
        lines = (
            f"<li>{_with_code(remark.text)}{_place(remark.place()) if remark.places else ''}</li>" for remark in remarks
        )
        blocks.append(f"<h3>{escape(heading)}</h3>\n<ul>\n" + "\n".join(lines) + "\n</ul>")
    return section("Notes", '<div class="notes">', *blocks, "</div>") if blocks else ""


def _with_code(text: str) -> str:
    """Return a text as HTML, with what stands between backquotes as code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(text))


def _place(text: str) -> str:
    return f' <span class="place">{escape(text)}</span>'


def _diagnostics(result: Result) -> str:
    found = document(result)["diagnostics"]
    unconverged, _ = found.pop("unconverged"), found.pop("notes")
    rows = [
        (name.replace("_", " "), "none" if value is None else str(value) if isinstance(value, str) else f"{value:.3g}")
        for name, value in found.items()
    ]
    points = table(
        (("voltage (V)", "number"), ("why it did not converge", "")),
        [(f"{entry['voltage_V']:.3f}", entry["reason"] or "no reason is known") for entry in unconverged],
    )
    checks = table((("check", ""), ("value", "number")), rows)
    return section("Diagnostics", checks, points if unconverged else "")
