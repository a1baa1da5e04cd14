"""The flow picture: where every injected pair of charges and every photon goes, in widths that add up at every node."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from halodot.light import guided_power
from halodot.light.stack_optics import emitting_layer, spectral_weights
from halodot.report.placing import spread
from halodot.report.style import GREY, MILLIAMPERE_PER_CM2, note, panels, shown
from halodot.results.data import Result
from halodot.results.flows import (
    EXCITONS,
    INJECTED,
    NODES,
    OTHERS,
    PHOTONS,
    Link,
    flow,
    flow_point,
    gathered,
    through,
)
from halodot.results.summary import bias_point
from halodot.states import Array, DeviceSolution

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TE_GUIDED = "TE waveguide modes"
TM_GUIDED = "TM waveguide modes"
TM_AND_PLASMON = "TM waveguide modes and surface plasmon"
#: photons by wavelength that tell the polarisations of guided light apart: shares are then within 0.1 %
_WAVELENGTHS = 9
#: all in mm: width of the drawing, left edges of the nodes and of the ends, their widths, and where labels start
_WIDTH, _LEFT, _END, _NODE, _BAR, _LABEL = 80.0, (0.0, 16.0, 32.0), 47.0, 2.6, 1.2, 50.5
#: height of a line of text, of the names of the nodes, between ends, of the inside of the returning bend [mm]
_LINE, _HEADER, _GAP, _BEND = 3.0, 7.0, 0.9, 1.2
#: height of what is injected, before bends and gaps [mm], and letters in a line of a label
_HEIGHT, _LETTERS = 46.0, 22
#: colours and hatches of the ends that leave each node, the strongest first
_FILLS: Mapping[str, tuple[tuple[str, str], ...]] = {
    PHOTONS: (
        ("#E69F00", ""),
        ("#56B4E9", ""),
        ("#009E73", "////"),
        ("#009E73", "||||"),
        ("#56B4E9", "xxxx"),
        ("#56B4E9", "\\\\\\\\"),
        ("#56B4E9", "----"),
    ),
    EXCITONS: (("#D55E00", "////"), ("#D55E00", "||||"), ("#D55E00", "xxxx"), ("#D55E00", "----")),
    INJECTED: (("#0072B2", "////"), ("#0072B2", "||||"), ("#0072B2", "xxxx"), ("#0072B2", "\\\\\\\\")),
}
_PASSING = "#C9C9C9"
#: share of the current from which an end has a label: 0.1 % as it is written
_SEEN = 5e-4


@dataclass(frozen=True, eq=False)
class FlowPoint:
    """One bias point of a device that its charges and photons are followed at."""

    result: Result
    solution: DeviceSolution
    index: int

    @property
    def heading(self) -> str:
        """Voltage, current density and, where there is light, EQE."""
        current = self.solution.current_density[self.index] / MILLIAMPERE_PER_CM2
        emission = self.result.emission
        eqe = 100.0 * float(emission.eqe[self.index]) if emission is not None else np.nan
        light = f", EQE {eqe:.1f} %" if eqe >= 0.05 else ""
        driving = f"{current:.3g}" if current < 1000.0 else f"{current:.0f}"
        return f"{self.solution.voltage[self.index]:.2f} V, {driving} mA/cm²{light}"


def point_of_flow(result: Result) -> FlowPoint | None:
    """Return the point of highest EQE, without light the last one; None where no current flows forward."""
    solution = result.device_solution
    if solution is None:
        return None
    index = flow_point(solution, bias_point(solution, result.emission))
    return None if index is None else FlowPoint(result, solution, index)


def flow_at_voltage(point: FlowPoint, voltage: float) -> FlowPoint:
    """Return the point that is nearest to a voltage [V] among those whose current flows forward."""
    order = np.argsort(np.abs(point.solution.voltage - voltage))
    found = next(int(index) for index in order if flow_point(point.solution, int(index)) == index)
    return replace(point, index=found)


def links_of(point: FlowPoint) -> tuple[Link, ...]:
    """Return the links of a point, with light beyond the substrate's light cone by polarisation."""
    return flow(point.solution, point.result.emission, point.index, guided_split(point))


def guided_split(point: FlowPoint) -> dict[str, float] | None:
    """Return how guided light splits by polarisation, without what the emitter absorbs; None where it is not known.

    From the mode table at wavelengths that carry equal shares of the emitter's photons.
    """
    optics, stack = point.result.optics, point.result.stack
    decays = point.solution.radiative_decay[point.index]
    if optics is None or stack is None or not np.sum(decays) > 0.0 or not np.any(optics.guided > 0.0):
        return None
    if not np.all(np.isfinite(optics.guided_absorbed)):
        return None
    number, emitter = emitting_layer(stack)
    wavelength = _equal_shares(optics.wavelength, spectral_weights(emitter, optics.wavelength))
    power = guided_power(stack, wavelength, optics.position)
    power[:, number] = 0.0
    by_polarisation = (power.sum(axis=1).mean(axis=1) / optics.purcell) @ decays
    if not np.sum(by_polarisation) > 0.0:
        return None
    te = float(by_polarisation[0] / np.sum(by_polarisation))
    metal = any(layer.role == "electrode" for layer in stack.layers)
    return {TE_GUIDED: te, TM_AND_PLASMON if metal else TM_GUIDED: 1.0 - te}


def _equal_shares(wavelength: Array, weights: Array) -> Array:
    """Wavelengths [m] in the middle of equal shares of the photons."""
    return np.interp((np.arange(_WAVELENGTHS) + 0.5) / _WAVELENGTHS, np.cumsum(weights), wavelength)


def flows(points: Mapping[str, FlowPoint]) -> Figure:
    """Draw where the injected current goes at one bias, from charges to excitons to photons, one panel a device."""
    every = {name: links_of(point) for name, point in points.items()}
    most = max(_returned(links) for links in every.values())
    plans = {name: _plan(gathered(links), _HEIGHT / (1.0 + most)) for name, links in every.items()}
    height = max(plan.height for plan in plans.values())
    titles = {name: shown(f"{name}: {point.heading}", 56) for name, point in points.items()}
    above = 5.0 + _LINE * max(title.count("\n") for title in titles.values())
    figure, axes = panels(len(points), height=height + above, share_x=False)
    for panel, name in zip(axes, points):
        _draw(panel, plans[name])
        panel.set_ylim(height, 0.0)  # one scale, so that devices can be compared
        panel.set_title(titles[name], loc="left", pad=2.0).set_parse_math(False)
    for (name, point), links in zip(points.items(), every.values()):
        for text in _said(point, links):
            note(figure, text if len(every) == 1 else f"{name}: {text}")
    return figure


def _said(point: FlowPoint, links: Sequence[Link]) -> list[str]:
    """Which small ends stand together, and in which layers guided light ends, with their shares of the current."""
    kept = {(link.source, link.target) for link in gathered(links)}
    others = []
    for node in NODES:
        few = {link.target: link.share for link in links if link.source == node and (node, link.target) not in kept}
        if few:
            others.append(f"{OTHERS[node]} are {_listed(few)}")
    said = ["; ".join(text for text in others if not text.endswith("are "))]
    if layers := _listed(guided_by_layer(point)):
        said.append(f"waveguide modes and plasmon are absorbed in {layers}")
    return [text[:1].upper() + text[1:] for text in said if text]


def _listed(shares: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {_percent(share)}" for name, share in shares.items() if share >= _SEEN)


def guided_by_layer(point: FlowPoint) -> dict[str, float]:
    """Return in which layers but the emitter guided light is absorbed, shares of the current, the largest first."""
    optics, stack, emission = point.result.optics, point.result.stack, point.result.emission
    decays = point.solution.radiative_decay[point.index]
    if optics is None or stack is None or emission is None or not np.all(np.isfinite(optics.guided_absorbed)):
        return {}
    number, emitter = emitting_layer(stack)
    weights = spectral_weights(emitter, optics.wavelength)
    power = np.einsum("lwx,w->lx", optics.guided_absorbed, weights) / optics.purcell @ decays
    power[number] = 0.0
    whole = float(emission.guided[point.index]) * float(point.solution.charge_balance[point.index])
    if not (np.sum(power) > 0.0 and whole > 0.0):
        return {}
    shares = whole * power / np.sum(power)
    order = np.argsort(-shares)
    return {stack.layers[index].name: float(shares[index]) for index in order}


def _percent(share: float) -> str:
    return f"{100.0 * share:.1f} %"


@dataclass(frozen=True)
class _End:
    """An end of the flow: its band, look and label, heights in mm below the top of the drawing."""

    link: Link
    top: float
    fill: tuple[str, str]
    lines: tuple[str, ...]


@dataclass(frozen=True)
class _Plan:
    """Where everything stands, in mm, downwards from the top."""

    links: tuple[Link, ...]
    scale: float  # mm of the whole current
    top: float  # of the nodes
    ends: tuple[_End, ...]
    labels: Array  # centres of the labels of the ends
    height: float


def _returned(links: Sequence[Link]) -> float:
    return next((link.share for link in links if link.returns), 0.0)


def _plan(links: Sequence[Link], scale: float) -> _Plan:
    returned = _returned(links)
    bend = 2.0 * _BEND + returned * scale + _LINE if returned > 0.0 else 0.0
    top = _HEADER + bend
    place, ends = top + returned * scale, []
    for node in reversed(NODES):
        leaving = [link for link in links if link.source == node and link.ends]
        for index, link in enumerate(leaving):
            seen = link.share >= _SEEN
            lines = textwrap.wrap(f"{_percent(link.share)} {link.target}", _LETTERS) if seen else []
            ends.append(_End(link, place, _FILLS[node][index % len(_FILLS[node])], tuple(lines)))
            place += link.share * scale + (_GAP if seen else 0.0)
    centres = np.array([end.top + 0.5 * end.link.share * scale for end in ends if end.lines])
    heights = np.array([_LINE * len(end.lines) + 0.4 for end in ends if end.lines])
    labels = spread(centres, heights, top - bend)
    height = max(place, float(np.max(labels + 0.5 * heights, initial=0.0))) + 0.5
    return _Plan(tuple(links), scale, top, tuple(ends), labels, height)


def _draw(axes: Axes, plan: _Plan) -> None:
    axes.set_axis_off()
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_xlim(0.0, _WIDTH)
    returned = _returned(plan.links) * plan.scale
    tops = {INJECTED: plan.top + returned, EXCITONS: plan.top, PHOTONS: plan.top}  # so that no band crosses a node
    ends = {(end.link.source, end.link.target): end for end in plan.ends}
    for node, left in zip(NODES, _LEFT):
        leaving = [link for link in plan.links if link.source == node]
        if not leaving:
            continue
        _node(axes, node, left, tops[node], through(plan.links, node), plan.scale)
        outlet = tops[node]
        for link in sorted(leaving, key=lambda link: (not link.returns, link.ends)):
            width, start = link.share * plan.scale, left + _NODE
            if link.returns:
                _returning(axes, link, outlet, width)
            elif link.ends:
                end = ends[link.source, link.target]
                _band(axes, link, (start, outlet), (_END, end.top), width, end.fill)
                _bar(axes, end, width)
            else:
                _band(axes, link, (start, outlet), (_LEFT[NODES.index(link.target)], outlet), width)
            outlet += width
    for end, centre in zip((end for end in plan.ends if end.lines), plan.labels):
        _label(axes, end, float(centre), plan.scale)


def _node(axes: Axes, node: str, left: float, top: float, share: float, scale: float) -> None:
    from matplotlib.patches import Rectangle

    axes.add_patch(Rectangle((left, top), _NODE, share * scale, facecolor="black", edgecolor="none", zorder=3))
    name = {INJECTED: "Current"}.get(node, node.capitalize())
    axes.text(left, _HEADER - 0.8, f"{name}\n{100.0 * share:.1f} %", ha="left", va="bottom", linespacing=1.0)


def _bar(axes: Axes, end: _End, width: float) -> None:
    from matplotlib.patches import Rectangle

    axes.add_patch(Rectangle((_END, end.top), _BAR, width, facecolor=end.fill[0], edgecolor="none", zorder=3))


def _band(
    axes: Axes,
    link: Link,
    start: tuple[float, float],
    stop: tuple[float, float],
    width: float,
    fill: tuple[str, str] = (_PASSING, ""),
) -> None:
    """Draw a band of one width from the place of its upper edge at a node to that at the next."""
    from matplotlib.path import Path

    (left, above), (right, below) = start, stop
    middle = 0.5 * (left + right)
    points = [(left, above), (middle, above), (middle, below), (right, below)]
    back = [(x, y + width) for x, y in reversed(points)]
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    _patch(axes, link, Path([*points, *back, points[0]], codes), fill)


def _returning(axes: Axes, link: Link, top: float, width: float) -> None:
    """Draw the band of photons that make excitons again, above the nodes and back to the left of the excitons."""
    from matplotlib.path import Path

    right, left = _LEFT[NODES.index(PHOTONS)] + _NODE, _LEFT[NODES.index(EXCITONS)]
    around = np.linspace(0.5 * np.pi, -0.5 * np.pi, 25)
    centre = top - _BEND
    inner = np.concatenate(
        [
            np.stack([right + _BEND * np.cos(around), centre + _BEND * np.sin(around)], axis=1),
            np.stack([left - _BEND * np.cos(around[::-1]), centre + _BEND * np.sin(around[::-1])], axis=1),
        ]
    )
    wide = _BEND + width
    outer = np.concatenate(
        [
            np.stack([right + wide * np.cos(around), centre + wide * np.sin(around)], axis=1),
            np.stack([left - wide * np.cos(around[::-1]), centre + wide * np.sin(around[::-1])], axis=1),
        ]
    )
    _patch(axes, link, Path(np.concatenate([inner, outer[::-1], inner[:1]])), (_PASSING, "||||"))
    text = f"{_percent(link.share)} absorbed by the emitter: new excitons"
    axes.text(left, centre - wide - 0.5, text, ha="left", va="bottom")


def _patch(axes: Axes, link: Link, path: Any, fill: tuple[str, str]) -> None:
    from matplotlib.patches import PathPatch

    colour, hatch = fill
    patch = PathPatch(path, facecolor=colour, edgecolor="white", hatch=hatch, linewidth=0.3, zorder=2)
    patch.set_gid(f"{link.source} > {link.target}")
    axes.add_patch(patch)


def _label(axes: Axes, end: _End, centre: float, scale: float) -> None:
    middle = end.top + 0.5 * end.link.share * scale
    axes.plot([_END + _BAR + 0.2, _LABEL - 0.5], [middle, centre], color=GREY, linewidth=0.4)
    text = axes.text(_LABEL, centre, "\n".join(end.lines), ha="left", va="center", linespacing=1.05)
    text.set_parse_math(False)
