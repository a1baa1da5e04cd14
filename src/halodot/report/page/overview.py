"""The first screen of a result: five numbers, the stack, the line in its colour, the losses, and what all rests on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape

import numpy as np

from halodot.arrays import Array
from halodot.report.conclusions import budget_of, depends_on, foundation, limit, trouble
from halodot.report.figures_colour import srgb_of
from halodot.report.notes import grouped
from halodot.report.numbers import ROLES, shown
from halodot.report.page.cards import Card, cards, printed_number
from halodot.report.page.frame import paragraph, typeset, unit_text, with_code
from halodot.results.data import Result
from halodot.results.summary import peak_point

_MOST_LOSSES = 5
_WIDTH, _HEIGHT = 340.0, 96.0  # of the picture of the line, in its own units


def overview(result: Result, pictures: Mapping[str, str]) -> str:
    """Return the first screen of a result as HTML.

    Args:
        result: any.
        pictures: SVG by kind of figure; that of the stack is shown where there is one.
    """
    columns = [column for column in (_stack(pictures), _line(result) + _losses(result), _sentences(result)) if column]
    kind = {1: " one", 2: " two"}.get(len(columns), "")
    placed = "\n".join(f"<div>{column}</div>" for column in columns)
    return f'{_trouble(result)}{_cards(result)}<div class="overview{kind}">\n{placed}\n</div>\n'


def _trouble(result: Result) -> str:
    lines = trouble(result)
    return f'<div class="conclusions failed">{"".join(map(paragraph, lines))}</div>\n' if lines else ""


def _stack(pictures: Mapping[str, str]) -> str:
    if "stack" not in pictures:
        return ""
    hint = '<code class="command">halodot plot results.nc --kind stack --out stack.pdf</code>'
    return f"<h2>The device</h2><figure>{pictures['stack']}<figcaption>{hint}</figcaption></figure>"


# ------------------------------------------------------------------------------------------------------------ the cards


def _cards(result: Result) -> str:
    found = "".join(map(_card, cards(result)))
    return f'<dl class="numbers">\n{found}</dl>\n{_about_intervals(result)}' if found else ""


def _about_intervals(result: Result) -> str:
    """Say what the intervals of the cards are, or how to get them."""
    if result.drawn is not None:
        text = f"Intervals hold 68 % of {result.drawn.ess:.0f} effective draws of all uncertain inputs."
    elif result.explained:
        text = "± is one standard deviation, to first order in all uncertain inputs; of wide ones, the central 68 %."
    else:
        text = (
            "These are the values of the stated inputs, without intervals: `halodot run ... --explain` gives standard "
            "deviations and what each number depends on, `--draws 500` gives intervals."
        )
    return f'<p class="small">{with_code(text)}</p>\n'


def _card(card: Card) -> str:
    number = card.number
    unit = f" {unit_text(number.unit)}" if number.unit else ""
    spread = f'<dd class="interval">{escape(typeset(number.spread))}{escape(unit)}</dd>' if number.spread else ""
    role = f'<abbr title="{escape(ROLES.get(number.role, ""), quote=True)}">{escape(number.role)}</abbr>'
    beside = f"{escape(card.where)}; {role}" if card.where else role
    return (
        f'<div><dt>{escape(card.label)}</dt><dd class="value">{escape(typeset(number.value))}{escape(unit)}</dd>'
        f'{spread}<dd class="where">{beside}</dd></div>\n'
    )


# ------------------------------------------------------------------------------------------------------------- the line


def _line(result: Result) -> str:
    """The emission line in its own colour, with peak, width and colour in words."""
    found = _spectrum(result)
    if found is None:
        return ""
    heading, wavelength, power, (x, y) = found
    colour = screen_colour(x, y)
    which = "el" if heading.startswith("The light") else "pl"
    peak, width = (printed_number(shown(result, f"{which}_{part}")) for part in ("peak", "fwhm"))
    text = f"{peak}, FWHM {width}, CIE ({x:.3f}, {y:.3f})"
    about = f"Emission line: {text}"
    return (
        f"<h2>{heading}</h2><figure>{_line_picture(wavelength, power, colour, about)}<figcaption>"
        f'<span class="swatch" style="background:{colour}"></span>{escape(text)}; its colour as a screen shows it'
        "</figcaption></figure>"
    )


def _spectrum(result: Result) -> tuple[str, Array, Array, tuple[float, float]] | None:
    """Return heading, wavelength [m], spectrum and CIE x, y of the light of a device, or of the dots without one."""
    emission, dots = result.emission, result.dots
    point = peak_point(emission) if emission is not None else None
    if emission is not None and point is not None and np.any(emission.el[point] > 0.0):
        xy = float(emission.cie_x[point]), float(emission.cie_y[point])
        return "The light", emission.wavelength, emission.el[point], xy
    if dots is None or not np.any(np.nan_to_num(dots.pl) > 0.0):
        return None
    from halodot.light.colour import chromaticity, power_of_photons, tristimulus
    from halodot.study import load_colour_matching

    pl = np.nan_to_num(dots.pl)
    x, y = chromaticity(tristimulus(dots.wavelength, power_of_photons(dots.wavelength, pl), load_colour_matching()))
    return "The dots' light", dots.wavelength, pl, (float(x), float(y))


def screen_colour(x: float, y: float) -> str:
    """Return the colour of a screen nearest to a light: "#ff2100".

    The light is given the brightness at which its strongest primary is full; what lies outside sRGB is cut off.

    Args:
        x: CIE 1931 x [1].
        y: CIE 1931 y [1].
    """
    if not (math.isfinite(x) and math.isfinite(y)) or y <= 0.0:
        return "#808080"
    return "#" + "".join(f"{round(255 * part):02x}" for part in srgb_of(np.array(x), np.array(y)).tolist())


def _line_picture(wavelength: Array, power: Array, colour: str, about: str) -> str:
    nanometres, strength = wavelength * 1e9, power / np.max(power)
    centre, above = float(nanometres[int(np.argmax(strength))]), nanometres[strength > 0.02]
    half = min(max(float(above[-1] - above[0]), 60.0), 240.0)
    low, high = centre - 0.75 * half, centre + 0.75 * half
    at = np.linspace(low, high, 121)
    height = np.interp(at, nanometres, strength, left=0.0, right=0.0)
    base = _HEIGHT - 22.0
    points = " ".join(
        f"{_WIDTH * (one - low) / (high - low):.1f},{base - (base - 4.0) * share:.1f}" for one, share in zip(at, height)
    )
    step = next(step for step in (10, 20, 25, 50, 100, 200) if (high - low) / step <= 6)
    ticks = np.arange(math.ceil(low / step) * step, high, step)
    marks = "".join(
        f'<text x="{_WIDTH * (tick - low) / (high - low):.1f}" y="{_HEIGHT - 6}" text-anchor="middle" font-size="11"'
        f' fill="currentColor">{tick:.0f}{" nm" if tick == ticks[-1] else ""}</text>'
        for tick in ticks
        if 12 < _WIDTH * (tick - low) / (high - low) < _WIDTH - 26
    )
    return (
        f'<svg viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" role="img" aria-label="{escape(about, quote=True)}">'
        f'<polygon points="0,{base} {points} {_WIDTH:g},{base}" fill="{colour}" stroke="currentColor"'
        f' stroke-width="0.8"/><path d="M0,{base}H{_WIDTH:g}" stroke="currentColor"/>{marks}</svg>'
    )


# ------------------------------------------------------------------------------------------------- losses and sentences


def _losses(result: Result) -> str:
    budget = budget_of(result)
    if budget is None:
        return ""
    rows = [("light into air, the EQE", budget.eqe, "")]
    for loss in [loss for loss in budget.by_size if loss.share >= 0.005][:_MOST_LOSSES]:
        rows.append((loss.called, loss.share, f"; EQE {100.0 * (budget.eqe + loss.gain):.0f} % without it"))
    lines = "".join(
        f'<li><span class="share">{100.0 * share:.1f} %</span><span>{escape(called)}<span class="small">{escape(gain)}'
        f'</span></span><span class="bar" style="width:{100.0 * min(max(share, 0.0), 1.0):.1f}%"></span></li>'
        for called, share, gain in rows
    )
    return (
        "<h2>The largest losses</h2>"
        f'<p class="small">Of 100 injected electron-hole pairs at {budget.voltage:.2f} V:</p>'
        f'<ul class="bars">{lines}</ul>'
    )


def _sentences(result: Result) -> str:
    parts = [("What limits it", limit(result)), ("What it depends on", (foundation(result), *depends_on(result)))]
    counts = {heading: len(remarks) for heading, remarks in grouped(result.notes).items()}
    blocks = [
        f"<h2>{heading}</h2>{''.join(f'<p>{with_code(line)}</p>' for line in lines)}"
        for heading, lines in parts
        if lines
    ]
    if counts:
        kinds = [f"{heading[0].lower()}{heading[1:]} ({count})" for heading, count in counts.items()]
        what = "1 remark" if sum(counts.values()) == 1 else f"{sum(counts.values())} remarks"
        blocks.append(f'<p><a href="#warnings">{what}</a>: {escape(", ".join(kinds))}.</p>')
    return "".join(blocks)
