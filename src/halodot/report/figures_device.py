"""Figures of the inside of a device under voltage: levels, profiles, and where the charges go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from halodot.report.style import (
    AREAS,
    COLOURS,
    GREY,
    HATCHES,
    LINES,
    MILLIAMPERE_PER_CM2,
    NANOMETRE,
    PER_CM3,
    curve,
    decades,
    heading,
    label,
    label_below,
    legend,
    logarithmic,
    note,
    panels,
    shown,
)
from halodot.results.balances import current_fates, current_parts, current_shares, forward_points
from halodot.results.data import Result
from halodot.results.summary import bias_point
from halodot.states import Array, DeviceSolution, IntArray, Stack, emitter_index

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

#: carriers [1/m3] below which no quasi-Fermi level is drawn
_FEWEST_CARRIERS = 1e6
#: share of the current below which a part is left out of a budget
_SMALL_SHARE = 1e-3
#: letters in a line of a layer's name, and the share of a panel's height that one takes
_NAME, _LETTER = 11, 0.031
#: decades below its upper end that a profile's axis shows
_PROFILE_DECADES = 12.0
#: decades below its maximum that a recombination rate is followed
_RATE_DECADES = 12.0


@dataclass(frozen=True, eq=False)
class Point:
    """One bias point of a device: that of highest EQE, or the last that was solved."""

    stack: Stack
    device_solution: DeviceSolution
    index: int

    @property
    def voltage(self) -> float:
        """Voltage of the point [V]."""
        return float(self.device_solution.voltage[self.index])


def point_of(result: Result) -> Point | None:
    """Return the bias point that the profiles of a result are drawn at, or None without a solved device."""
    if result.device_solution is None or result.stack is None or result.device_solution.position.size == 0:
        return None
    index = bias_point(result.device_solution, result.emission)
    return None if index is None else Point(result.stack, result.device_solution, index)


def at_voltage(point: Point, voltage: float) -> Point:
    """Return the solved bias point that is nearest to a voltage [V]."""
    distance = np.where(point.device_solution.converged, np.abs(point.device_solution.voltage - voltage), np.inf)
    return replace(point, index=int(np.argmin(distance)))


def charges(results: Mapping[str, Result]) -> Figure:
    """Draw the parts of the current against voltage, one panel a device."""
    figure, axes = panels(len(results), height=52.0)
    drawn: dict[str, Line2D] = {}
    for panel, (name, result) in zip(axes, results.items()):
        device_solution = result.device_solution
        if device_solution is None:
            continue
        total = device_solution.current_density / MILLIAMPERE_PER_CM2
        lines = {
            "total current": panel.plot(device_solution.voltage, total, color="black", linewidth=2.0, alpha=0.35)[0]
        }
        for index, (part, called) in enumerate(current_parts(device_solution).items()):
            values = getattr(device_solution, part) / MILLIAMPERE_PER_CM2
            lines[called] = curve(panel, device_solution.voltage, values, index)
        decades(panel)
        drawn |= {called: line for called, line in lines.items() if _is_in_view(line)}
        heading(panel, name)
        label(panel, vertical="Current density (mA/cm²)")
    label_below(axes, "Voltage (V)")
    order = [called for called in ("total current", *_names(results, current_parts)) if called in drawn]
    legend(figure, [drawn[called] for called in order], order)
    flowing = _names(
        results, lambda found: {part: called for part, called in current_parts(found).items() if _flows(found, part)}
    )
    if below := [called for called in flowing if called not in drawn]:
        note(figure, f"Too small to be seen: {', '.join(below)}")
    return figure


def budget(results: Mapping[str, Result]) -> Figure:
    """Draw what becomes of the current as shares of it against voltage, one panel a device."""
    figure, axes = panels(len(results), height=52.0)
    drawn: dict[str, Artist] = {}
    places: dict[str, int] = {}
    for panel, (name, result) in zip(axes, results.items()):
        device_solution = result.device_solution
        if device_solution is None:
            continue
        forward = forward_points(device_solution)
        shares = current_shares(device_solution)
        voltage, below = device_solution.voltage[forward], np.zeros(int(np.sum(forward)))
        for part, called in current_fates(device_solution).items():
            if np.any(shares[part] > _SMALL_SHARE):
                index = places.setdefault(called, len(places))
                colour, hatch = AREAS[index % len(AREAS)], HATCHES[index // len(AREAS) + 2 * (index % 2)]
                above = below + 100.0 * shares[part]
                drawn[called] = panel.fill_between(
                    voltage, below, above, facecolor=colour, hatch=hatch, edgecolor="white", linewidth=0.3
                )
                below = above
        panel.set_xlim(float(voltage[0]), float(voltage[-1]))
        panel.set_ylim(0.0, 100.0)
        panel.locator_params(axis="x", nbins=7)
        heading(panel, name)
        label(panel, vertical="Share of the current (%)")
    label_below(axes, "Voltage (V)")
    order = [called for called in _names(results, current_fates) if called in drawn]
    legend(figure, [drawn[called] for called in order], order)
    return figure


def _names(results: Mapping[str, Result], named: Callable[[DeviceSolution], Mapping[str, str]]) -> list[str]:
    """Return what some parts of the current are called in all devices, each once."""
    solutions = (result.device_solution for result in results.values() if result.device_solution is not None)
    return list(dict.fromkeys(called for solution in solutions for called in named(solution).values()))


def _flows(device_solution: DeviceSolution, part: str) -> bool:
    return bool(np.any(np.nan_to_num(getattr(device_solution, part)) != 0.0))


def _is_in_view(line: Line2D) -> bool:
    """Whether a line reaches above the lower edge of its panel."""
    values = np.asarray(line.get_ydata(), dtype=float)
    return bool(np.any(values[np.isfinite(values)] > line.axes.get_ylim()[0])) if line.axes else False


def bands(points: Mapping[str, Point]) -> Figure:
    """Draw the levels of the layers and the quasi-Fermi levels at one bias, one panel a device."""
    figure, axes = panels(len(points), height=58.0, share_x=False)
    handles: list[Line2D] = []
    for panel, (name, point) in zip(axes, points.items()):
        height = point.device_solution.position / NANOMETRE
        potential = point.device_solution.potential[point.index]
        affinity, ionisation = node_levels(point)
        handles = []
        styles = ((COLOURS[0], "-"), (COLOURS[1], "-"), (COLOURS[0], LINES[1]), (COLOURS[1], LINES[1]))
        fermi = fermi_levels(point)
        for values, (colour, dash) in zip((affinity + potential, ionisation + potential, *fermi), styles):
            handles += panel.plot(height, -values, color=colour, linestyle=dash, linewidth=1.0)
        _mark_layers(panel, point)
        heading(panel, f"{name}, {point.voltage:.2f} V")
        label(panel, "Position above the lower contact (nm)", "Energy (eV)")
    names = ["LUMO or conduction band", "HOMO or valence band", "electron quasi-Fermi level", "hole quasi-Fermi level"]
    legend(figure, handles, names)
    return figure


def fermi_levels(point: Point) -> tuple[Array, Array]:
    """Return the quasi-Fermi levels [eV below vacuum], shape (node,) each, nan where there are too few carriers."""
    device_solution, index = point.device_solution, point.index
    return (
        np.where(
            device_solution.electron_density[index] >= _FEWEST_CARRIERS,
            device_solution.electron_quasi_fermi_level[index],
            np.nan,
        ),
        np.where(
            device_solution.hole_density[index] >= _FEWEST_CARRIERS,
            device_solution.hole_quasi_fermi_level[index],
            np.nan,
        ),
    )


def node_levels(point: Point) -> tuple[Array, Array]:
    """Return electron affinity and ionisation energy [eV] at every node, shape (node,) each."""
    owner = point.device_solution.layer_of_node
    affinity = np.array([layer.transport.electron_affinity for layer in point.stack.layers])
    ionisation = np.array([layer.transport.ionisation_energy for layer in point.stack.layers])
    return affinity[owner], ionisation[owner]


def _mark_layers(axes: Axes, point: Point) -> None:
    """Name the layers above their place, so that narrow ones stay readable."""
    height, owner = point.device_solution.position / NANOMETRE, point.device_solution.layer_of_node
    names = {int(index): shown(point.stack.layers[index].name, _NAME) for index in np.unique(owner)}
    low, high = axes.get_ylim()
    room = 0.04 + _LETTER * max(len(line) for name in names.values() for line in name.split("\n"))
    share = room / (1.0 - room)
    rise = (high / low) ** share * high if axes.get_yscale() == "log" else high + share * (high - low)
    axes.set_ylim(low, rise)
    axes.set_xlim(float(height[0]), float(height[-1]))
    for index, name in names.items():
        inside = height[owner == index]
        if inside[0] > height[0]:
            axes.axvline(inside[0], color=GREY, linewidth=0.4)
        thin = inside[-1] - inside[0] < 0.09 * (height[-1] - height[0])
        side = "left" if thin and inside[0] == height[0] else "right" if thin and inside[-1] == height[-1] else "center"
        place = {"left": inside[0], "right": inside[-1], "center": 0.5 * (inside[0] + inside[-1])}[side]
        text = axes.text(float(place), 0.98, name, transform=axes.get_xaxis_transform(), rotation=90, ha=side, va="top")
        text.set_parse_math(False)


def profiles(points: Mapping[str, Point]) -> Figure:
    """Draw the densities of carriers and ions and the recombination across the layers at one bias."""
    figure, axes = panels(2 * len(points), height=50.0, share_x=False)
    names = {"electron_density": "electrons", "hole_density": "holes"}
    names |= {"cation_density": "positive ions", "anion_density": "negative ions"}
    drawn: dict[str, Line2D] = {}
    for above, below, (name, point) in zip(axes[::2], axes[1::2], points.items()):
        device_solution, height = point.device_solution, point.device_solution.position / NANOMETRE
        for index, (density, called) in enumerate(names.items()):
            values = getattr(device_solution, density)[point.index] / PER_CM3
            if np.any(values >= 1.0):
                drawn[called] = curve(above, height, np.where(values >= 1.0, values, np.nan), index)
        rate = device_solution.recombination[point.index] / PER_CM3
        least = float(np.max(rate)) * 10.0**-_RATE_DECADES
        drawn["recombination"] = curve(below, height, np.where(rate > least, rate, np.nan), len(names))
        for panel in (above, below):
            logarithmic(panel, "y")
            low, high = panel.get_ylim()
            if panel.get_yscale() == "log":
                panel.set_ylim(max(low, high * 10.0**-_PROFILE_DECADES), high)
            panel.set_xlim(float(height[0]), float(height[-1]))
        _mark_layers(above, point)
        heading(above, f"{name}, {point.voltage:.2f} V")
        label(above, vertical="Density (1/cm³)")
        label(below, "Position above the lower contact (nm)", "Recombination (1/cm³/s)")
    order = [called for called in (*names.values(), "recombination") if called in drawn]
    legend(figure, [drawn[called] for called in order], order)
    return figure


def recombination(points: Mapping[str, Point]) -> Figure:
    """Draw where in the emitting layer charges recombine."""
    figure, (axes,) = panels()
    handles, names = [], []
    for index, (name, point) in enumerate(points.items()):
        nodes = emitter_nodes(point)
        height = point.device_solution.position[nodes]
        rate = point.device_solution.recombination[point.index, nodes] / PER_CM3
        handles.append(curve(axes, (height - height[0]) / NANOMETRE, rate, index))
        names.append(f"{name}: {point.voltage:.2f} V")
    logarithmic(axes, "y")
    axes.margins(x=0.0)
    label(axes, "Position above the lower face of the emitter (nm)", "Recombination (1/cm³/s)")
    legend(figure, handles, names)
    return figure


def emitter_nodes(point: Point) -> IntArray:
    """Return the numbers of the nodes inside the emitting layer."""
    nodes: IntArray = np.flatnonzero(point.device_solution.layer_of_node == emitter_index(point.stack))
    return nodes
