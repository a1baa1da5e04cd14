"""Figures of the device under voltage: currents, levels, and where the charges go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from halodot.report.style import COLOURS, GREY, LINES, curve, label, legend, logarithmic, note, panels, shown
from halodot.result import DETECTABLE_LUMINANCE, Result
from halodot.states import Array, Emission, IntArray, Operation, Stack
from halodot.summary import peak_point

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

NANOMETRE = 1e-9
MILLIAMPERE_PER_CM2 = 10.0  # A/m2
PER_CM3 = 1e6  # 1/m3
#: carriers [1/m3] below which a quasi-Fermi level is the level of nothing
_FEWEST_CARRIERS = 1e6
#: decades below its maximum that a current or a luminance is followed
_DECADES = 9.0
#: parts of the current as fields of Operation, and what they are called
CURRENTS: Mapping[str, str] = {
    "capture_current": "capture to excitons",
    "emitter_trap_current": "traps in the emitter",
    "elsewhere_current": "recombination elsewhere",
    "electron_leakage": "electrons to the anode",
    "hole_leakage": "holes to the cathode",
    "shunt_current": "shunt and thin spots",
}


@dataclass(frozen=True, eq=False)
class Point:
    """One bias point of a device: that of highest EQE, or the last that was solved."""

    stack: Stack
    operation: Operation
    index: int

    @property
    def voltage(self) -> float:
        """Voltage of the point [V]."""
        return float(self.operation.voltage[self.index])


def point_of(result: Result) -> Point | None:
    """Return the bias point that the profiles of a result are drawn at, or None without a solved device."""
    if result.operation is None or result.stack is None or result.operation.position.size == 0:
        return None
    index = bias_point(result.operation, result.emission)
    return None if index is None else Point(result.stack, result.operation, index)


def bias_point(operation: Operation, emission: Emission | None) -> int | None:
    """Return the index of the bias point of highest EQE, without light that of the last point solved, or None."""
    solved = np.flatnonzero(operation.converged)
    peak = peak_point(emission) if emission else None
    if solved.size == 0:
        return None
    return int(solved[-1]) if peak is None else peak


def jvl(results: Mapping[str, Result]) -> Figure:
    """Draw current density and, where there is light, luminance against voltage."""
    lit = any(_is_lit(result.emission) for result in results.values())
    figure, axes = panels(2, height=46.0) if lit else panels()
    handles = []
    for index, result in enumerate(results.values()):
        operation, emission = result.operation, result.emission
        if operation is None:
            continue
        current = operation.current_density / MILLIAMPERE_PER_CM2
        handles.append(curve(axes[0], operation.voltage, current, index))
        if lit and emission is not None:
            curve(axes[1], emission.voltage, emission.luminance, index)
    for panel in axes:
        _decades(panel)
    label(axes[0], vertical="Current density (mA/cm²)")
    if lit:
        label(axes[1], vertical="Luminance (cd/m²)")
        axes[1].set_ylim(bottom=0.01 * DETECTABLE_LUMINANCE)
    label(axes[-1], "Voltage (V)")
    legend(figure, handles, list(results))
    return figure


def _is_lit(emission: Emission | None) -> bool:
    return emission is not None and bool(np.any(emission.luminance > 0.01 * DETECTABLE_LUMINANCE))


def _decades(axes: Axes) -> None:
    """Make the vertical axis logarithmic, down to where numbers mean something."""
    values = np.concatenate([np.asarray(line.get_ydata(), dtype=float) for line in axes.get_lines()] or [np.zeros(0)])
    values = values[np.isfinite(values) & (values > 0.0)]
    logarithmic(axes, "y")
    if values.size and axes.get_yscale() == "log":
        top = float(np.max(values))
        axes.set_ylim(max(0.5 * float(np.min(values)), top * 10.0**-_DECADES), 3.0 * top)


def eqe(results: Mapping[str, Result]) -> Figure:
    """Draw the external quantum efficiency against the current density, as far down as light can be measured."""
    figure, (axes,) = panels()
    handles, names, seen = [], [], []
    for index, (name, result) in enumerate(results.items()):
        emission = result.emission
        if emission is None:
            continue
        current, percent = emission.current_density / MILLIAMPERE_PER_CM2, 100.0 * emission.eqe
        handles.append(curve(axes, current, percent, index))
        seen.append(current[(emission.luminance > 0.01 * DETECTABLE_LUMINANCE) & (current > 0.0)])
        peak = peak_point(emission)
        names.append(name if peak is None else f"{name}: {percent[peak]:.1f} %")
    logarithmic(axes, "x")
    visible = np.concatenate(seen)
    if visible.size:
        axes.set_xlim(0.7 * np.min(visible), 1.5 * np.max(visible))
    axes.set_ylim(bottom=0.0)
    label(axes, "Current density (mA/cm²)", "External quantum efficiency (%)")
    legend(figure, handles, names)
    return figure


def charges(results: Mapping[str, Result]) -> Figure:
    """Draw the parts of the current against voltage, one panel a device."""
    figure, axes = panels(len(results), height=52.0)
    drawn: dict[str, Line2D] = {}
    for panel, (name, result) in zip(axes, results.items()):
        operation = result.operation
        if operation is None:
            continue
        total = operation.current_density / MILLIAMPERE_PER_CM2
        lines = {"whole current": panel.plot(operation.voltage, total, color="black", linewidth=2.0, alpha=0.35)[0]}
        for index, (part, called) in enumerate(CURRENTS.items()):
            values = getattr(operation, part) / MILLIAMPERE_PER_CM2
            lines[called] = curve(panel, operation.voltage, values, index, points=False)
        _decades(panel)
        drawn |= {called: line for called, line in lines.items() if _is_in_view(line)}
        _heading(panel, name)
        label(panel, vertical="Current density (mA/cm²)")
    label(axes[-1], "Voltage (V)")
    order = [called for called in ("whole current", *CURRENTS.values()) if called in drawn]
    legend(figure, [drawn[called] for called in order], order)
    if below := [called for called in CURRENTS.values() if called not in drawn]:
        note(figure, f"Too small to be seen: {', '.join(below)}")
    return figure


def _is_in_view(line: Line2D) -> bool:
    """Whether a line reaches above the lower edge of its panel."""
    values = np.asarray(line.get_ydata(), dtype=float)
    return bool(np.any(values[np.isfinite(values)] > line.axes.get_ylim()[0])) if line.axes else False


def _heading(axes: Axes, text: str) -> None:
    axes.set_title(shown(text, 52), loc="left", pad=3.0).set_parse_math(False)


def bands(points: Mapping[str, Point]) -> Figure:
    """Draw the levels of the layers and the quasi-Fermi levels at one bias, one panel a device."""
    figure, axes = panels(len(points), height=58.0, share_x=False)
    handles: list[Line2D] = []
    for panel, (name, point) in zip(axes, points.items()):
        height = point.operation.position / NANOMETRE
        potential = point.operation.potential[point.index]
        affinity, ionisation = node_levels(point)
        handles = []
        styles = ((COLOURS[0], "-"), (COLOURS[1], "-"), (COLOURS[0], LINES[1]), (COLOURS[1], LINES[1]))
        fermi = fermi_levels(point)
        for values, (colour, dash) in zip((affinity + potential, ionisation + potential, *fermi), styles):
            handles += panel.plot(height, -values, color=colour, linestyle=dash, linewidth=1.0)
        _mark_layers(panel, point)
        _heading(panel, f"{name}, {point.voltage:.2f} V")
        label(panel, "Height above the lower contact (nm)", "Energy against vacuum\nat the cathode (eV)")
    names = ["electron level", "hole level", "electron quasi-Fermi level", "hole quasi-Fermi level"]
    legend(figure, handles, names)
    return figure


def fermi_levels(point: Point) -> tuple[Array, Array]:
    """Return the quasi-Fermi levels [eV below vacuum], shape (node,) each, nan where there are too few carriers."""
    operation, index = point.operation, point.index
    return (
        np.where(operation.electron_density[index] >= _FEWEST_CARRIERS, operation.electron_fermi[index], np.nan),
        np.where(operation.hole_density[index] >= _FEWEST_CARRIERS, operation.hole_fermi[index], np.nan),
    )


def node_levels(point: Point) -> tuple[Array, Array]:
    """Return electron affinity and ionisation energy [eV] at every node, shape (node,) each."""
    owner = point.operation.layer_of_node
    affinity = np.array([layer.electron_affinity for layer in point.stack.layers])
    ionisation = np.array([layer.ionisation_energy for layer in point.stack.layers])
    return affinity[owner], ionisation[owner]


def _mark_layers(axes: Axes, point: Point) -> None:
    """Name the layers above their place, so that narrow ones stay readable."""
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.30 * (high - low))
    height, owner = point.operation.position / NANOMETRE, point.operation.layer_of_node
    axes.set_xlim(float(height[0]), float(height[-1]))
    for index in np.unique(owner):
        inside = height[owner == index]
        if inside[0] > height[0]:
            axes.axvline(inside[0], color=GREY, linewidth=0.4)
        text = axes.text(
            float(np.mean(inside[[0, -1]])),
            0.98,
            shown(point.stack.layers[index].name, 14),
            transform=axes.get_xaxis_transform(),
            rotation=90,
            ha="center",
            va="top",
        )
        text.set_parse_math(False)


def recombination(points: Mapping[str, Point]) -> Figure:
    """Draw where in the emitting layer charges recombine."""
    figure, (axes,) = panels()
    handles, names = [], []
    for index, (name, point) in enumerate(points.items()):
        nodes = emitter_nodes(point)
        height = point.operation.position[nodes]
        rate = point.operation.recombination[point.index, nodes] / PER_CM3
        handles.append(curve(axes, (height - height[0]) / NANOMETRE, rate, index))
        names.append(f"{name}: {point.voltage:.2f} V")
    logarithmic(axes, "y")
    axes.margins(x=0.0)
    label(axes, "Height above the lower face of the emitter (nm)", "Recombination (1/cm³/s)")
    legend(figure, handles, names)
    return figure


def emitter_nodes(point: Point) -> IntArray:
    """Return the numbers of the nodes inside the emitting layer."""
    roles = np.array([layer.role == "emitter" for layer in point.stack.layers])
    nodes: IntArray = np.flatnonzero(roles[point.operation.layer_of_node])
    return nodes
