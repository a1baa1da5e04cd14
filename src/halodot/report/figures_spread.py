"""Devices of one recipe as a laboratory sees them: histograms, the champion of so many, and what makes the spread."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from halodot.learn.limits import OUTPUTS
from halodot.learn.spread_result import DeviceSpread, OutputSpread, Part
from halodot.names import QUANTITIES, shown
from halodot.report.page.frame import unit_text
from halodot.report.style import COLOURS, FONT, GREY, WIDTH, house_style, label, legend, panels
from halodot.wording import shortly

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: outputs of the histograms
SHOWN = ("eqe_max", "luminance", "el_peak", "half_life")
_PALE = "#BFD7EA"
_HEIGHT, _BAR, _FRAME = 48.0, 5.2, 12.0  # mm
_MOST = 6
#: share of devices beyond the axis at either end
_BEYOND = 0.001


def histograms(found: DeviceSpread, width: float = WIDTH, reported: Mapping[str, float] | None = None) -> Figure:
    """Draw the working devices of the laboratory by each output, over all that could be made.

    Args:
        found: from :func:`halodot.spread`.
        width: of the figure [mm].
        reported: champions that were reported [SI], by output.
    """
    names = [name for name in SHOWN if found.laboratory.seen(name).size]
    with house_style():
        figure, axes = panels(max(len(names), 1), _HEIGHT, share_x=False, width=width)
        handles: dict[str, Artist] = {}
        for panel, name in zip(axes, names):
            handles |= _histogram(panel, found, name, (reported or {}).get(name, math.nan))
        legend(figure, list(handles.values()), list(handles))
    return figure


def _histogram(axes: Axes, found: DeviceSpread, name: str, reported: float) -> dict[str, Artist]:
    """Draw one output, and return handles by what they are called."""
    from matplotlib.patches import Patch
    from matplotlib.ticker import MaxNLocator

    seen = np.array([shown(name, value)[0] for value in found.laboratory.seen(name)])
    own = found.outputs.get(name)
    every = np.zeros(0) if own is None else np.array([shown(name, value)[0] for value in own.sample])
    marks = [shown(name, value)[0] for value in (reported,) if math.isfinite(value)]
    low, high = _ends(seen, every, marks)
    edges = np.linspace(low, high, _bins(len(seen)) + 1)
    handles: dict[str, Artist] = {}
    if every.size:
        fine = np.linspace(low, high, 2 * len(edges) - 1)
        counts = np.histogram(every, fine)[0] * len(seen) / every.size * 2.0
        handles["all that could be made"] = axes.stairs(counts, fine, fill=True, color=_PALE, zorder=0.4)
    axes.hist(seen, edges.tolist(), color=COLOURS[0], rwidth=0.72, zorder=2.0)
    handles[f"{len(seen)} working devices of {len(found.laboratory.batch)}"] = Patch(color=COLOURS[0])
    if own is not None and math.isfinite(own.stated):
        stated = axes.axvline(shown(name, own.stated)[0], color=GREY, linewidth=1.0, zorder=3.0)
        handles["stated device"] = stated
    for value in marks:
        handles["reported champion"] = axes.axvline(value, color=COLOURS[1], linewidth=1.2, linestyle="--")
    if name == "eqe_max" and (best := found.champion) is not None and math.isfinite(best.expected.value):
        ends = [shown(name, value)[0] for value in (best.low_68, best.high_68)]
        handles["expected champion, 68 %"] = axes.axvspan(
            *ends, color=COLOURS[4], alpha=0.35, linewidth=0.0, zorder=0.5
        )
    axes.set_xlim(low, high)
    axes.yaxis.set_major_locator(MaxNLocator("auto", integer=True, steps=[1, 2, 5, 10]))
    label(axes, _axis(name), "Devices")
    return handles


def _ends(seen: object, every: object, marks: list[float]) -> tuple[float, float]:
    values = [*np.asarray(seen).tolist(), *marks]
    whole = np.asarray(every)
    if whole.size:
        values += np.quantile(whole, (_BEYOND, 1.0 - _BEYOND)).tolist()
    low, high = min(values), max(values)
    margin = 0.03 * (high - low) or 0.05 * abs(high) or 1.0
    return low - margin, high + margin


def _bins(count: int) -> int:
    """Return how many bars a histogram has: about twice the cube root of the devices, as Rice's rule."""
    return min(max(round(2.6 * math.cbrt(count)) + 3, 6), 40)


def champion_figure(found: DeviceSpread, width: float = WIDTH) -> Figure:
    """Draw the expected champion over the number of devices, with what 68 and 95 % of laboratories find.

    Args:
        found: from :func:`halodot.spread`.
        width: of the figure [mm].
    """
    from matplotlib.ticker import NullFormatter, ScalarFormatter

    items = [item for item in found.champions if math.isfinite(item.expected.value)]
    with house_style():
        figure, (axes,) = panels(1, _HEIGHT, width=width)
        count = [item.devices for item in items]
        wide = axes.fill_between(
            count,
            [100 * item.low_95 for item in items],
            [100 * item.high_95 for item in items],
            color=_PALE,
            linewidth=0,
        )
        middle = axes.fill_between(
            count,
            [100 * item.low_68 for item in items],
            [100 * item.high_68 for item in items],
            color="#7FB2D5",
            linewidth=0,
        )
        (line,) = axes.plot(count, [100 * item.expected.value for item in items], color=COLOURS[0], marker="o", ms=2.5)
        handles, names = [line, middle, wide], ["expected", "68 % of laboratories", "95 %"]
        if (own := found.outputs.get("eqe_max")) is not None:
            handles.append(axes.axhline(100 * own.stated, color=GREY, linewidth=1.0))
            names.append("stated device")
        axes.set_xscale("log")
        axes.set_xticks(count)
        axes.xaxis.set_major_formatter(ScalarFormatter())
        axes.xaxis.set_minor_formatter(NullFormatter())
        label(axes, "Devices made", "Champion's peak EQE (%)")
        legend(figure, handles, names)
    return figure


def parts_figure(found: DeviceSpread, width: float = WIDTH) -> Figure:
    """Draw how much of the variance of each output every variation makes: Sobol indices with their errors.

    Args:
        found: from :func:`halodot.spread`.
        width: of the figure [mm].
    """
    outputs = [own for name, own in found.outputs.items() if name in SHOWN and own.parts]
    with house_style():
        figure, axes = panels(max(len(outputs), 1), _FRAME + _BAR * _MOST, share_x=True, width=width)
        handles: list[Artist] = []
        for panel, own in zip(axes, outputs):
            handles = _bars(panel, own, int(0.34 * width * (0.5 if width > 1.5 * WIDTH else 1.0)))
        for panel in axes[-2:] if width > 1.5 * WIDTH else axes[-1:]:
            label(panel, "Share of the variance (%)")
        if handles:
            legend(figure, handles, ["with others (total index)", "alone (first order)"])
    return figure


def _bars(axes: Axes, own: OutputSpread, letters: int) -> list[Artist]:
    parts = own.parts[:_MOST]
    place = np.arange(len(parts))
    total, first = (
        np.array([[100.0 * item.value, 100.0 * item.error] for item in column])
        for column in ([part.total for part in parts], [part.first for part in parts])
    )
    bars = axes.barh(
        place,
        total[:, 0],
        height=0.62,
        color="#7FB2D5",
        xerr=total[:, 1],
        error_kw={"linewidth": 0.7, "ecolor": "black"},
    )
    (points,) = axes.plot(first[:, 0], place, linestyle="none", marker="D", ms=2.6, color=COLOURS[1])
    axes.set_yticks(place, [_called(part, letters) for part in parts])
    axes.tick_params(axis="y", length=0.0)
    axes.set_ylim(_MOST - 0.4, -0.6)
    axes.set_xlim(left=min(0.0, float(first[:, 0].min())))
    axes.set_title(f"{_capital(OUTPUTS[own.name].called)}", loc="left", fontsize=FONT, fontweight="bold")
    return [bars[0], points]


def _called(part: Part, letters: int) -> str:
    if not part.path:
        return "all others" if part.called.startswith("all") else "not followed"
    return f"{shortly(part.path, max(letters, 16))}, {part.level}"


def _axis(name: str) -> str:
    unit = unit_text(QUANTITIES[name].shown_unit)
    called = _capital(OUTPUTS[name].called.replace("(T50)", "T50"))
    return f"{called} ({unit})" if unit else called


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
