"""Charts of the dots: their shell through the recipe, their sizes, and what a spectrometer sees of them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from halodot.app.charts.axes import Axis, between, from_zero
from halodot.app.charts.bars import BarChart, Part
from halodot.app.charts.curves import CurveChart, Line, Name, Rule
from halodot.app.charts.shown import Shown
from halodot.report.figures_chemistry import time_of_floor, visible_range
from halodot.report.figures_shell import PARTS as SHELL_PARTS
from halodot.report.figures_shell import parts_of_shell, step_words
from halodot.report.kinds import KINDS
from halodot.report.style import NANOMETRE, NANOSECOND
from halodot.results.data import Result
from halodot.rounding import per_cent, rounded
from halodot.states import Dots, ShellRecord

#: looks of the parts of the shell, in their order: colour and decal
_LOOKS = (("#E69F00", ""), ("#56B4E9", "slanted"), ("#B9BDC1", ""), ("#7F7F7F", "upright"), ("#B9BDC1", "dotted"))
#: classes of size on one standard deviation, about
_CLASSES = 5.0
_DECADES = 3  # of the decay of the PL
#: share of the sites [%] from which a part of the shell is named, and steps that have a bar
_SEEN, _MOST_STEPS = 0.05, 15


def shell(shown: Shown) -> BarChart | None:
    """The surface sites by ligand after every step of the recipe."""
    result = KINDS["shell"].pick(shown.result)
    if result is None:
        return None
    records = _telling(result.flask.shell)
    words = tuple(step_words(result, record.where) for record in records)
    shares = [tuple(100.0 * value for value in parts_of_shell(record)) for record in records]
    parts = [
        Part(f"part:{name}", name, colour, values, decal, keyed=max(values) > _SEEN)
        for (name, _, _), (colour, decal), values in zip(SHELL_PARTS, _LOOKS, zip(*shares))
    ]
    last = ", ".join(
        f"{name} {per_cent(share / 100.0)}" for (name, _, _), share in zip(SHELL_PARTS, shares[-1]) if share > _SEEN
    )
    ended = result.flask.reason or ""
    chip = "The dots decomposed at the last step" if ended else f"In the end {shares[-1][1]:.1f} % short ligand"
    return BarChart(
        chip,
        f"Ligands on the surface sites after {len(result.flask.shell)} steps; after the last: {last}. {ended}".rstrip(),
        words,
        Axis("Share of the sites (%)", 0.0, 100.0, 25.0),
        parts,
        heading="After the step",
        unit="%",
        room=152,
        lines_of_words=1,
    )


def _telling(records: Sequence[ShellRecord]) -> list[ShellRecord]:
    """The steps that change the shell most where they are too many, first and last among them, in their order."""
    shares = np.array([parts_of_shell(record) for record in records])
    change = np.concatenate(([np.inf], np.max(np.abs(np.diff(shares, axis=0)), axis=1)))
    change[-1] = np.inf
    kept = np.sort(np.argsort(-change, kind="stable")[:_MOST_STEPS])
    return [records[int(one)] for one in kept]


def sizes(shown: Shown) -> CurveChart | None:
    """How many dots have which edge length."""
    if not has_sizes(shown.result):
        return None
    width = _class_width(shown.result)
    lines = [_size_line(shown.result, width)]
    pins = {name: [_size_line(result, width)] for name, result in shown.pins.items() if has_sizes(result)}
    together = [*lines, *(line for own in pins.values() for line in own)]
    reported = shown.reported.get("edge_length")
    rules = [] if reported is None else [_reported_length("edge_length", reported)]
    seen = [line.x for line in together] + [np.array(rule.value) for rule in rules]
    flask = shown.result.flask
    assert flask is not None
    mean, spread = (f"{rounded(value / NANOMETRE)} nm" for value in (flask.edge_length, flask.edge_length_spread))
    return CurveChart(
        f"{mean}, standard deviation {spread}",
        f"Edge lengths of the dots: mean {mean}, standard deviation {spread}.",
        between("Edge length (nm)", seen),
        (from_zero(_dots_by(width), [line.y for line in together]),),
        lines,
        pins,
        rules=rules,
    )


def has_sizes(result: Result) -> bool:
    """Return whether the sizes of a result's dots are known one by one."""
    return result.flask is not None and result.flask.size.size > 1


def _class_width(result: Result) -> float:
    """A round width of the classes of edge length [nm]."""
    assert result.flask is not None
    length, share = result.flask.size / NANOMETRE, result.flask.size_share
    spread = math.sqrt(float(share @ (length - share @ length) ** 2) / float(np.sum(share)))
    return next((one for one in (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0) if one >= spread / _CLASSES), 5.0)


def _dots_by(width: float) -> str:
    return f"Dots (% per {width:g} nm)"


def _size_line(result: Result, width: float) -> Line:
    """The share of the dots by classes of edge length, as steps."""
    assert result.flask is not None
    length, share = result.flask.size / NANOMETRE, result.flask.size_share
    first, last = math.floor(float(length[0]) / width), math.floor(float(length[-1]) / width) + 1
    edges = width * np.arange(first, last + 1)
    counted = np.histogram(length, edges, weights=share)[0]
    x, y = np.repeat(edges, 2), 100.0 * np.concatenate(([0.0], np.repeat(counted, 2), [0.0]))
    return Line("sizes", _dots_by(width), x, y, filled=True)


def absorption(shown: Shown) -> CurveChart | None:
    """Absorbance and photoluminescence of the dots in solution."""
    kind = KINDS["absorption"]
    dots = kind.pick(shown.result)
    if dots is None:
        return None
    every = shown.pinned(kind.pick)
    low, high = visible_range([dots, *every.values()])
    pins = {name: _spectra(one, low, high) for name, one in every.items()}
    lines = _spectra(dots, low, high)
    absorbed = [lines[0].y, *(own[0].y for own in pins.values())]
    exciton, peak = (rounded(value / NANOMETRE, plain=4) for value in (dots.first_exciton, dots.pl_peak))
    rules = [
        _reported_length(name, shown.reported[name]) for name in ("pl_peak", "first_exciton") if name in shown.reported
    ]
    return CurveChart(
        f"First exciton {exciton} nm, PL {peak} nm",
        f"Absorbance and photoluminescence of the dots in solution: first exciton at {exciton} nm, PL peak at"
        f" {peak} nm, {rounded(dots.pl_fwhm / NANOMETRE)} nm wide.",
        between("Wavelength (nm)", [np.array([low, high]), *(np.array(rule.value) for rule in rules)]),
        (from_zero("Absorbance (1 at 400 nm)", absorbed), Axis("PL (1 at its peak)", 0.0, 1.2, 0.2)),
        lines,
        pins,
        names=[
            Name("absorbance", float(lines[0].x[6]), float(lines[0].y[6]), "right"),
            Name("PL", dots.pl_peak / NANOMETRE, 1.0, "top", right=True),
        ],
        rules=rules,
        measured=shown.measured,
        columns=(("wavelength", "absorbance"), ("wavelength", "pl")),
    )


def _spectra(dots: Dots, low: float, high: float) -> list[Line]:
    wavelength = dots.wavelength / NANOMETRE
    inside = (wavelength >= low) & (wavelength <= high)
    return [
        Line("absorbance", "Absorbance (1 at 400 nm)", wavelength[inside], dots.absorbance[inside], 0),
        Line("pl", "PL (1 at its peak)", wavelength[inside], dots.pl[inside], 1, right=True, filled=True),
    ]


def trpl(shown: Shown) -> CurveChart | None:
    """Decay of the photoluminescence after a weak pulse."""
    kind = KINDS["trpl"]
    dots = kind.pick(shown.result)
    if dots is None:
        return None
    every = shown.pinned(kind.pick)
    last = max(time_of_floor(one.time, one.trpl) for one in (dots, *every.values())) / NANOSECOND
    life = f"{rounded(dots.lifetime / NANOSECOND)} ns"
    return CurveChart(
        f"Lifetime {life} ({dots.lifetime_average} average)",
        f"Decay of the photoluminescence after a weak pulse: lifetime {life}, {dots.lifetime_average} average.",
        from_zero("Time (ns)", [np.array(last)]),
        (Axis("PL (1 at time 0)", float(-_DECADES), 0.0, 1.0, logarithmic=True),),
        [_decay(dots, last)],
        {name: [_decay(one, last)] for name, one in every.items()},
        measured=shown.measured,
        columns=(("time", "decay"),),
    )


def _decay(dots: Dots, last: float) -> Line:
    time = dots.time / NANOSECOND
    inside = time <= 1.3 * last
    return Line("trpl", "PL (1 at time 0)", time[inside], dots.trpl[inside])


def _reported_length(name: str, value: float) -> Rule:
    return Rule(name, f"reported {rounded(value / NANOMETRE, plain=4)} nm", value / NANOMETRE, upright=True)
