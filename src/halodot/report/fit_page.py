"""A fit as sentences, as one page, and as a folder of files: the page, the figures and the fitted studies."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from typing import Any

from halodot.learn.fit import CurveFit, FittedNumber
from halodot.learn.fitted_study import fitted_studies, fitted_text, source_of
from halodot.learn.misfit import MISSPECIFIED
from halodot.outputs import whole_folder, write_text
from halodot.report.figures_fit import bench_unit_of, file_name, fit_figures
from halodot.report.page.frame import Column, framed, section, table
from halodot.report.style import save
from halodot.rounding import per_cent
from halodot.units import from_si

JSON, PAGE, FIGURES = "fit.json", "report.html", "figures"
HEADER = ("number", "fitted", "68 % interval", "95 % interval", "unit", "what the data say")
#: what a model of a curve may lack; of currents and light by voltage, what holds a current back
_LACKING = {
    "TRPL": "another way to decay, a wider spread of the dots",
    "EL": "a line of another shape, the thickness of a layer",
    "EQE-J": "a loss that grows with the current, leakage",
}
_CAPTIONS = {
    "curves": "Measured points with the band of their errors, and the fitted curve.",
    "residuals": "Residuals in units of their error; a right model changes sign as often as by chance.",
    "profiles": "Rise of chi squared with a number, all others following; the lines are the ends of the 68 % and 95 % "
    "intervals.",
}


def verdicts(fit: CurveFit) -> tuple[str, ...]:
    """Return what a fit says, a sentence each: how good it is, whether the model can be right, and what stays open.

    Args:
        fit: the outcome.
    """
    found = [_quality(fit), *_specification(fit)]
    open_ = [one.name for one in fit.numbers if not one.determined]
    if open_:
        found.append(f"Not determined by the data: {', '.join(open_)}.")
    found += [f"Tied, correlation {value:+.3f}: {one} and {other}." for one, other, value in fit.tied]
    found += [f"Left open: {line}." for line in fit.flat]
    if incomplete := [one.name for one in fit.numbers if one.incomplete]:
        found.append(f"A fit with the number held did not end, so that an interval is a lower bound: {incomplete[0]}.")
    found.append(
        f"{fit.curves} curves solved or differentiated in {fit.time:.3g} s, {fit.time / fit.curve_time:.3g} times one."
    )
    return tuple(found)


def _quality(fit: CurveFit) -> str:
    """Return how many numbers were fitted to how many points, and how well."""
    numbers, points = len(fit.numbers), fit.freedom + len(fit.numbers)
    counted = f"{numbers} number{'s' * (numbers != 1)} fitted to {points} point{'s' * (points != 1)}"
    if fit.freedom < 1:
        return f"{counted}: no more points than numbers, so that no misfit can show whether the model is right."
    return f"{counted}: chi squared {fit.chi2:.4g}, {fit.chi2 / fit.freedom:.3g} a degree of freedom."


def _specification(fit: CurveFit) -> list[str]:
    """Return whether the model can be right, and what to do where it cannot."""
    if fit.freedom < 1:
        return []
    found = [_sizes(fit)] if fit.missed else []
    if fit.misspecified:
        return [*found, _runs(fit)]
    if fit.missed:
        return found
    if fit.runs_probability < MISSPECIFIED:
        return [
            "The residuals run along the curve, but are so much smaller than their errors (chi squared "
            f"{fit.chi2:.2g} in all) that they move no number by more than its standard deviation: the errors are "
            "smaller than assumed."
        ]
    chance = _percent(fit.runs_probability)
    return [f"The residuals change sign as by chance (probability {chance} %): nothing says that physics is missing."]


def _percent(probability: float) -> str:
    return f"{100.0 * probability:.2g}" if probability < 0.995 else "100"


def _sizes(fit: CurveFit) -> str:
    return (
        f"The curve is missed: the points lie {fit.distance:.2g} of their errors off on average (root of chi squared a "
        "degree of freedom; 1 is expected), so that the intervals are too narrow. The errors are larger than stated or "
        "assumed (--noise), a number that matters is not varied or at an end, or physics is missing."
    )


def _runs(fit: CurveFit) -> str:
    chance = f"{per_cent(fit.runs_probability)}"
    where = min(fit.misfits, key=lambda one: one.runs.probability)
    runs = f"{where.runs.runs} runs, {where.runs.expected:.1f} expected"
    lacking = _LACKING.get(where.kind, "a barrier, traps, a resistance")
    within = "" if fit.missed else f", though they are {fit.distance:.2g} of their errors on average"
    return (
        f"Misspecified: the residuals of {where.kind} run along the curve ({runs}; probability {chance}, below "
        f"{100.0 * MISSPECIFIED:.0f} %{within}). No values of these numbers make the model right, and their intervals "
        f"are too narrow. Add what may be missing ({lacking}), or state a discrepancy of the model."
    )


def number_rows(fit: CurveFit) -> list[tuple[str, ...]]:
    """Return the fitted numbers as rows under `HEADER`, in the units of a laboratory."""
    return [_row(one) for one in fit.numbers]


def _row(one: FittedNumber) -> tuple[str, ...]:
    unit = bench_unit_of(one)

    def text(value: float) -> str:
        return f"{from_si(value, one.unit, unit):.4g}"

    intervals = (f"{text(low)} .. {text(high)}" for low, high in (one.interval_68, one.interval_95))
    return one.name, text(one.value), *intervals, "" if unit == "1" else unit, _said(one)


def _said(one: FittedNumber) -> str:
    if one.open_below and one.open_above:
        return f"nothing within {one.parameter.prior_said}"
    if one.open_below:
        return "only a limit above; open to the lower end"
    if one.open_above:
        return "only a limit below; open to the upper end"
    if one.kept:
        return "hardly more than its range says"
    return "determined"


def document(fit: CurveFit) -> dict[str, Any]:
    """Return a fit as plain data, SI units, for a file."""
    return {
        "chi_squared": fit.chi2,
        "degrees_of_freedom": fit.freedom,
        "runs_probability": fit.runs_probability,
        "misspecified": fit.misspecified,
        "missed": fit.missed,
        "numbers": {
            one.name: {
                "value": one.value,
                "interval_68": list(one.interval_68),
                "interval_95": list(one.interval_95),
                "unit": one.unit,
                "prior": one.parameter.prior_said,
                "determined": one.determined,
                "inputs": {name: list(paths) for name, paths in one.parameter.inputs.items()},
            }
            for one in fit.numbers
        },
        "correlation": [[round(float(value), 4) for value in row] for row in fit.correlation],
        "left_open": list(fit.flat),
        "curves": [
            {
                "device": one.device,
                "kind": one.kind,
                "source": one.source,
                "points": int(one.residuals.size),
                "chi_squared": one.chi2,
                "runs": one.runs.runs,
                "runs_expected": one.runs.expected,
            }
            for one in fit.misfits
        ],
        "notes": list(fit.notes),
    }


def written_by_a_fit(home: Path) -> frozenset[Path]:
    """Return the paths within a folder at which a fit writes or an earlier one has written."""
    figures = {path.relative_to(home) for path in (home / FIGURES).glob("*.*")}
    studies = {path.relative_to(home) for path in home.glob("*-fitted.yaml")}
    return frozenset({Path(JSON), Path(PAGE), *figures, *studies})


def write_fit(
    fit: CurveFit,
    folder: str | os.PathLike[str],
    overwrite: bool = True,
    progress: Callable[[str], None] = lambda text: None,
) -> tuple[Path, ...]:
    """Write a fit into a folder: the page, the numbers as JSON, the figures, and the study of every device.

    Args:
        fit: the outcome.
        folder: made if it does not exist; files of an earlier fit are replaced or removed, others stay.
        overwrite: whether a folder with something in it may be used.
        progress: called with the name of what is written next.

    Returns:
        The paths of the files, the page last.

    Raises:
        InputError: the folder cannot be made, or another run is writing into it.
    """
    with whole_folder(folder, overwrite, written_by_a_fit) as home:
        written = []
        for name, study in fitted_studies(fit).items():
            written.append(home / f"{file_name(name)}-fitted.yaml")
            progress(written[-1].name)
            write_text(written[-1], fitted_text(study))
        progress(JSON)
        write_text(home / JSON, json.dumps(document(fit), indent=2, allow_nan=False) + "\n")
        (home / FIGURES).mkdir()
        images = {}
        for kind, figure in fit_figures(fit).items():
            progress(f"{FIGURES}/{kind}")
            paths = save(figure, home / FIGURES / kind)
            written += paths
            images[kind] = paths[0].read_bytes()
        progress(PAGE)
        write_text(home / PAGE, page(fit, images))
        written += [home / JSON, home / PAGE]
    return tuple(Path(folder) / path.relative_to(home) for path in written)


def page(fit: CurveFit, images: Mapping[str, bytes]) -> str:
    """Return the page of a fit as HTML that needs no other file.

    Args:
        fit: the outcome.
        images: PNG by name of the figure.
    """
    failed = " failed" if fit.misspecified or fit.missed else ""
    said = "".join(f"<p>{escape(line)}</p>" for line in verdicts(fit))
    title = "Fit of " + ", ".join(dict.fromkeys(device.stated.title or device.name for device in fit.devices))
    return framed(
        title,
        (
            f'<div class="conclusions{failed}">{said}</div>',
            section("Numbers", table(_columns(), number_rows(fit))),
            _priors(fit),
            _curves(fit),
            _figures(images),
            _notes(fit),
        ),
    )


def _columns() -> tuple[Column, ...]:
    return tuple(
        (name, "number" if place in (1, 2, 3) else "path" if place == 0 else "") for place, name in enumerate(HEADER)
    )


def _priors(fit: CurveFit) -> str:
    rows = [(one.name, one.parameter.prior_said, one.parameter.rule) for one in fit.numbers]
    columns = (("number", "path"), ("known of it before", ""), ("the inputs follow it as", ""))
    return section("Before the data", table(columns, rows))


def _curves(fit: CurveFit) -> str:
    rows = [
        (
            one.device,
            one.kind,
            str(one.residuals.size),
            f"{one.chi2:.4g}",
            str(one.runs.runs),
            f"{one.runs.expected:.1f}",
            _percent(one.runs.probability),
        )
        for one in fit.misfits
    ]
    names = ("device", "curve", "points", "chi squared", "runs", "runs expected", "probability of as few (%)")
    columns = tuple((name, "number" if place > 1 else "") for place, name in enumerate(names))
    return section("Curves", table(columns, rows))


def _figures(images: Mapping[str, bytes]) -> str:
    blocks = []
    for kind, image in images.items():
        caption = escape(_CAPTIONS[kind.split("_", 1)[0]])
        data = base64.b64encode(image).decode("ascii")
        blocks.append(
            f'<figure><img alt="{caption}" src="data:image/png;base64,{data}">'
            f'<figcaption>{caption} (<a href="{FIGURES}/{escape(kind)}.svg">as SVG</a>)</figcaption></figure>'
        )
    return section("Figures", '<div class="figures">', *blocks, "</div>") if blocks else ""


def _notes(fit: CurveFit) -> str:
    data = [f"{device.name}: {source_of(device)}" for device in fit.devices]
    lines = "".join(f"<li>{escape(line)}</li>" for line in (*data, *fit.notes))
    return section("Data and remarks", f'<div class="notes"><ul>{lines}</ul></div>')
