"""The scoreboard as a picture: model against reported numbers in standard deviations, statements beside them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from halodot.paper.scoreboard import Row, logarithmic
from halodot.report.style import COLOURS, GREY, house_style, legend, panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: rows by the stage whose model they test, and what they are called where there is little room
STAGES: Mapping[str, Mapping[str, str]] = {
    "Dots": {
        "R01": "PLQY, one wash, 0.2 mmol",
        "R02": "PLQY, two washes, 0.2 mmol",
        "R03": "PLQY, two washes, control",
        "R08": "edge length, 0.2 mmol",
        "R09": "edge length, control",
        "R10": "PL FWHM, 0.2 mmol",
        "R11": "PL FWHM, control",
        "R04": "PLQY highest at 0.2 mmol",
        "R05": "blue shift with every dose",
        "R06": "decomposed by HI alone",
        "R07": "decomposed by later 5AVAI",
        "R12": "0.2 mmol: > 70 % after 20 days",
        "R13": "control: < 5 % after 20 days",
    },
    "Ligands": {
        "R15": "weight loss at 500 °C, 0.2 mmol",
        "R16": "weight loss at 500 °C, control",
        "R14": "FTIR bands of the ligands",
        "R17": "Pb 4f binding energy rises",
    },
    "Film": {
        "R19": "PL lifetime, 0.2 mmol",
        "R20": "PL lifetime, control",
        "R21": "roughness, 0.2 mmol",
        "R18": "same phase in XRD",
        "R22": "control rougher",
        "R32": "SCLC mobility rises",
    },
    "Device": {
        "R23": "EL peak, 0.2 mmol",
        "R24": "EL peak, control",
        "R25": "CIE x and y, 0.2 mmol",
        "R33": "peak EQE, 0.2 mmol",
        "R34": "peak EQE, control",
        "R26": "ratio of the peak EQEs",
        "R29": "highest luminance, 0.2 mmol",
        "R30": "highest luminance, control",
        "R27": "EL peak steady from 3.1 to 5.8 V",
        "R28": "EL peak of control shifts more",
        "R31": "less leakage, more current",
        "R35": "smaller roll-off",
        "R36": "6 nm TmPyPB better than none",
    },
    "Ageing": {"R37": "T50 at 209 cd/m², 0.2 mmol", "R38": "T50 at 204 cd/m², control"},
}
#: marks of the roles
_SHAPES: Mapping[str, str] = {"given": "D", "calibrated": "s", "predicted": "o", "checked": "^"}
_AGREES, _NOT, _SAYS_NOTHING = COLOURS[0], COLOURS[1], "white"
#: standard deviations at which a row is out of scale, and of the band that is shaded
_EDGE, _BAND = 6.0, 2.0
#: mm of a row, of both panels, of axes and legend
_ROW, _WIDTH = 3.9, 170.0


@dataclass(frozen=True)
class Distance:
    """How far one number of a row is from the reported one, in reported standard deviations."""

    value: float
    low: float  # lower end of the model's 68 % interval, or the value less the model's standard deviation
    high: float


def distances(row: Row) -> tuple[Distance, ...]:
    """Return how far the numbers of a row are from the reported ones, in reported standard deviations.

    By logarithms where the number is judged by them, with the relative standard deviation. Empty for a statement and
    for what the model does not reach.

    Args:
        row: of the scoreboard.
    """
    target = row.target
    if target.test != "value" or row.model is None or isinstance(row.model, bool):
        return ()
    reported = np.array([float(part) for part in target.reported.split(";")])
    model = np.atleast_1d(np.asarray(row.model, dtype=float))
    sd = np.zeros(model.size) if row.model_sd is None else np.atleast_1d(np.asarray(row.model_sd, dtype=float))
    low, high = model - sd, model + sd
    if row.drawn:
        low, high = (np.array([getattr(item, end) for item in row.drawn]) for end in ("low_68", "high_68"))
    given = np.full(model.size, target.sd)
    if logarithmic(target.id):
        with np.errstate(divide="ignore", invalid="ignore"):
            model, low, high = (np.log(np.maximum(part, 0.0)) for part in (model, low, high))
        given, reported = given / reported, np.log(reported)
    return tuple(
        Distance(*(float(number) for number in numbers))
        for numbers in zip((model - reported) / given, (low - reported) / given, (high - reported) / given)
    )


def scoreboard_figure(rows: Sequence[Row]) -> Figure:
    """Draw every row of the scoreboard: numbers against the reported ones on the left, statements on the right.

    Args:
        rows: of the scoreboard; those that are missing are left out.
    """
    by_id = {row.target.id: row for row in rows}
    numbers = _grouped({name: row for name, row in by_id.items() if row.target.test == "value"})
    statements = _grouped({name: row for name, row in by_id.items() if row.target.test != "value"})
    with house_style():
        height = _ROW * max(len(numbers), len(statements)) + 10.0
        figure, (left, right) = panels(2, height=height, share_x=False, columns=2, width=_WIDTH)
        grid: Any = left.get_gridspec()
        grid.set_width_ratios([1.3, 1.0])
        depth = max(len(numbers), len(statements))
        _numbers(left, numbers, depth)
        _statements(right, statements, depth)
        _legend(figure, rows)
    return figure


def _grouped(rows: Mapping[str, Row]) -> list[tuple[str, Row | None]]:
    """Lines of a panel from the top: the names of the stages, without a row, each before its rows."""
    lines: list[tuple[str, Row | None]] = []
    for stage, names in STAGES.items():
        found: list[tuple[str, Row | None]] = [(called, rows[name]) for name, called in names.items() if name in rows]
        lines += [(stage, None), *found] if found else []
    return lines


def _numbers(axes: Axes, lines: Sequence[tuple[str, Row | None]], depth: int) -> None:
    axes.axvspan(-_BAND, _BAND, color="#E6E6E6", zorder=0)
    axes.axvline(0.0, color=GREY, linewidth=0.6, zorder=1)
    for place, (name, row) in enumerate(lines):
        _name(axes, place, name, row is None)
        if row is None:
            continue
        found = distances(row)
        for number, distance in enumerate(found):
            _mark(axes, place + (0.26 * (2 * number - 1) if len(found) > 1 else 0.0), row, distance)
        text = axes.text(
            1.015, place, _both(row), transform=axes.get_yaxis_transform(), ha="left", va="center_baseline"
        )
        text.set_parse_math(False)
    axes.set_yticks([])
    axes.set_xlim(-_EDGE - 1.0, _EDGE + 1.0)
    axes.set_ylim(depth - 0.5, -0.6)
    axes.set_xticks(np.arange(-_EDGE, _EDGE + 1.0, 2.0))
    axes.set_xlabel("Model minus reported (reported standard deviations)")
    axes.text(
        1.015,
        -0.0,
        "model; reported",
        transform=axes.get_yaxis_transform(),
        color=GREY,
        ha="left",
        va="center_baseline",
    )


def _name(axes: Axes, place: int, name: str, stage: bool) -> None:
    weight = "bold" if stage else "normal"
    transform = axes.get_yaxis_transform()
    axes.text(-0.015, place, name, transform=transform, ha="right", va="center_baseline", fontweight=weight)


def _colour(row: Row) -> str:
    return {"yes": _AGREES, "no": _NOT}.get(row.agrees, _SAYS_NOTHING)


def _mark(axes: Axes, place: float, row: Row, distance: Distance) -> None:
    """Draw one number with its interval; out of scale it stands at the edge, with an arrow and its distance."""
    value = float(np.clip(distance.value, -_EDGE, _EDGE))
    colour = _colour(row)
    edge = GREY if colour == _SAYS_NOTHING else colour
    low, high = (float(np.clip(end, -_EDGE - 1.0, _EDGE + 1.0)) for end in (distance.low, distance.high))
    if math.isfinite(low) and math.isfinite(high):
        axes.plot([low, high], [place, place], color=edge, linewidth=1.2, zorder=2)
    shape: Any = {"marker": _SHAPES[row.target.role], "markersize": 4.2, "linestyle": "none"}
    axes.plot([value], [place], color=edge, markerfacecolor=colour, markeredgewidth=0.9, zorder=3, **shape)
    if value != distance.value and math.isfinite(distance.value):
        side = math.copysign(1.0, value)
        axes.annotate(
            "",
            xy=(value + 0.95 * side, place),
            xytext=(value, place),
            arrowprops={"arrowstyle": "->", "color": edge, "linewidth": 0.9, "shrinkA": 3.0, "shrinkB": 0.0},
        )
        text = f"{distance.value:+.0f}".replace("-", "\u2212")
        ground: Any = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
        axes.text(
            value - 0.45 * side, place, text, ha="right" if side > 0 else "left", va="center_baseline", bbox=ground
        )


def _both(row: Row) -> str:
    """Model and reported number as text."""
    unit = "" if row.target.unit in ("", "-") else f" {row.target.unit.replace('cd/m2', 'cd/m²')}"
    model = np.atleast_1d(np.asarray(row.model, dtype=float)) if row.model is not None else np.array([math.nan])
    number = ", ".join(f"{part:.3g}" if abs(part) < 1000.0 else f"{part:.0f}" for part in model)
    return f"{number}; {row.target.reported.replace(';', ', ')}{unit}"


def _statements(axes: Axes, lines: Sequence[tuple[str, Row | None]], depth: int) -> None:
    axes.set_axis_off()
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_xlim(0.0, 1.0)
    axes.set_ylim(depth - 0.5, -0.6)
    for place, (name, row) in enumerate(lines):
        axes.text(0.09 if row else 0.0, place, name, va="center_baseline", fontweight="normal" if row else "bold")
        if row is None:
            continue
        colour = _colour(row)
        edge = GREY if colour == _SAYS_NOTHING else colour
        shape: Any = {"marker": _SHAPES[row.target.role], "markersize": 4.2, "linestyle": "none"}
        axes.plot([0.035], [place], color=edge, markerfacecolor=colour, markeredgewidth=0.9, **shape)
        if row.agrees == "no":
            axes.plot([0.035], [place], marker="x", color="white", markersize=2.6, markeredgewidth=0.8)


def _legend(figure: Figure, rows: Sequence[Row]) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = []
    for colour in (_AGREES, _NOT, _SAYS_NOTHING):
        edge = GREY if colour == _SAYS_NOTHING else colour
        handles.append(Line2D([], [], marker="o", color=edge, markerfacecolor=colour, markersize=4.2, linestyle="none"))
    names = ["agrees", "does not agree", "says nothing, or not modelled"]
    for role in ("calibrated", "predicted", "checked", "given"):
        if any(row.target.role == role for row in rows):
            handles.append(Line2D([], [], marker=_SHAPES[role], color=GREY, markersize=4.2, linestyle="none"))
            names.append(role)
    handles += [Line2D([], [], color=COLOURS[0], linewidth=1.2), Patch(facecolor="#E6E6E6")]
    names += ["model's standard deviation", "± 2 reported standard deviations"]
    legend(figure, handles, names)
