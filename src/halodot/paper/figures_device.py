"""The paper's figure 4 from the model: stack and levels, spectrum, colour, current, luminance, efficiency, lifetime."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from halodot.light.colour import REC_2020
from halodot.paper.marks import Composite, colour_of, composite, line, reported, reported_pair
from halodot.paper.scoreboard import Series
from halodot.paper.targets import CONTROL, TREATED, Target
from halodot.report.figures_colour import spectral_locus
from halodot.report.style import GREY, HOUR, MILLIAMPERE_PER_CM2, NANOMETRE, logarithmic, shown
from halodot.results.summary import DETECTABLE_LUMINANCE, peak_efficiency, peak_point
from halodot.states import Emission, Stack
from halodot.study import load_colour_matching

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BOTH = (CONTROL, TREATED)
#: rows of each sample: EL peak, highest luminance, peak EQE, lifetime
_ROWS = {CONTROL: ("R24", "R30", "R34", "R38"), TREATED: ("R23", "R29", "R33", "R37")}
#: letters in a line of a layer's name
_NAME = 9
_DECADES = 7.0


def figure_4(series: Series, targets: Sequence[Target]) -> Composite:
    """Draw the two devices with what the paper reports of them.

    Args:
        series: computed samples by name.
        targets: the paper's results.
    """
    made = composite(series, targets, ("a", "b", "c", "d", "e", "f"), 3, 56.0)
    levels, spectrum, colour, curves, efficiency, life = made.axes
    stack = series[TREATED].stack if TREATED in series else None
    if stack is not None:
        _levels(levels, stack)
    _spectra(spectrum, made)
    _colour(colour, made)
    _curves(curves, made)
    _efficiency(efficiency, made)
    _life(life, made)
    return made


def _emission(made: Composite, sample: str) -> Emission | None:
    emission = made.series[sample].emission if sample in made.series else None
    return emission if emission is not None and peak_point(emission) is not None else None


def _levels(axes: Axes, stack: Stack) -> None:
    """Boxes from LUMO to HOMO of the layers that conduct, lines at the work functions of the contacts."""
    contacts = {item.layer: item.work_function for item in (stack.anode, stack.cathode) if item is not None}
    place = 0
    for index, layer in enumerate(stack.layers):
        low, high = layer.transport.electron_affinity, layer.transport.ionisation_energy
        if index in contacts:
            ends = [contacts[index]]
            axes.plot([place + 0.1, place + 0.9], [-ends[0]] * 2, color="black", linewidth=1.4)
        elif math.isfinite(low) and math.isfinite(high) and layer.role != "electrode":
            ends = [low, high]
            fill = "#F4B6A0" if layer.role == "emitter" else "#D9D9D9"
            axes.bar(
                [place + 0.5], [high - low], bottom=[-high], width=0.84, color=fill, edgecolor="black", linewidth=0.5
            )
        else:
            continue
        for end, side in zip(ends, ("bottom", "top") if len(ends) == 2 else ("bottom",)):
            axes.text(place + 0.5, -end + (0.08 if side == "bottom" else -0.08), f"{end:.1f}", ha="center", va=side)
        name = axes.text(place + 0.5, 0.75, shown(layer.name, _NAME), ha="center", va="top", rotation=90)
        name.set_parse_math(False)
        place += 1
    axes.set_xlim(0.0, max(place, 1))
    axes.set_ylim(-8.1, 0.9)
    axes.set_yticks([-8.0, -6.0, -4.0, -2.0])
    axes.set_xticks([])
    axes.set_ylabel("Energy (eV)")


def _spectra(axes: Axes, made: Composite) -> None:
    edges = []
    for number, name in enumerate(_BOTH):
        emission = _emission(made, name)
        point = None if emission is None else peak_point(emission)
        if emission is None or point is None:
            continue
        line(made, axes, name, emission.wavelength / NANOMETRE, emission.el[point] / np.max(emission.el[point]))
        reported(made, axes, _ROWS[name][0], "x", 1.05 + 0.06 * number)
        peak, width = emission.el_peak[point] / NANOMETRE, emission.el_fwhm[point] / NANOMETRE
        edges += [peak - 2.2 * width, peak + 2.2 * width]
    if edges and np.all(np.isfinite(edges)):
        axes.set_xlim(min(edges), max(edges))
    axes.set_ylim(0.0, 1.18)
    axes.set_xlabel("Wavelength (nm)")
    axes.set_ylabel("EL (normalised)")


def _colour(axes: Axes, made: Composite) -> None:
    """The red corner of the CIE 1931 diagram."""
    table = load_colour_matching()
    x, y = spectral_locus(np.stack([table.wavelength, table.x, table.y, table.z]))
    axes.plot(x, y, color="black", linewidth=0.7)
    red, green, blue = (np.array(corner) for corner in REC_2020)
    for other in (green, blue):
        axes.plot(*np.stack([red, other], axis=1), color=GREY, linewidth=0.8, linestyle=(0, (4, 1.5)))
    axes.annotate("Rec. 2020", (red[0], red[1]), (-4.0, -34.0), textcoords="offset points", ha="center", color=GREY)
    for name in _BOTH:
        emission = _emission(made, name)
        point = None if emission is None else peak_point(emission)
        if emission is not None and point is not None:
            place = [emission.cie_x[point]], [emission.cie_y[point]]
            line(made, axes, name, *place, marker="o", linestyle="none", markersize=4.0)
    reported_pair(made, axes, "R25")
    axes.set_xlim(0.685, 0.735)
    axes.set_ylim(0.265, 0.315)
    axes.locator_params(nbins=4)
    axes.set_xlabel("CIE 1931 x")
    axes.set_ylabel("CIE 1931 y")


def _curves(axes: Axes, made: Composite) -> None:
    """Current density and, thin and on the right axis, luminance against voltage."""
    right = axes.twinx()
    right.tick_params(direction="in", width=0.6, length=2.5)
    top = 0.0
    for name in _BOTH:
        solution = made.series[name].device_solution if name in made.series else None
        if solution is None:
            continue
        current = np.abs(solution.current_density) / MILLIAMPERE_PER_CM2
        line(made, axes, name, solution.voltage, np.where(current > 0.0, current, np.nan))
        top = max(top, float(np.nanmax(current)))
        emission = _emission(made, name)
        if emission is not None:
            seen = np.where(emission.luminance >= 0.1 * DETECTABLE_LUMINANCE, emission.luminance, np.nan)
            line(made, right, name, emission.voltage, seen, linewidth=0.7)
            brightest = int(np.nanargmax(emission.luminance))
            reported(made, right, _ROWS[name][1], "y", float(emission.voltage[brightest]))
    for panel in (axes, right):
        logarithmic(panel, "y")
    if top > 0.0:
        axes.set_ylim(top * 10.0**-_DECADES, 30.0 * top)
        right.set_ylim(1e-1, 1e6)
    axes.set_xlabel("Voltage (V)")
    axes.set_ylabel("Current density (mA/cm²)")
    right.set_ylabel("Luminance (cd/m²), thin")


def _efficiency(axes: Axes, made: Composite) -> None:
    seen = []
    for name in _BOTH:
        emission = _emission(made, name)
        peak = None if emission is None else peak_efficiency(emission)
        if emission is None or peak is None:
            continue
        bright = (emission.luminance >= DETECTABLE_LUMINANCE) & (emission.current_density > 0.0)
        current = emission.current_density[bright] / MILLIAMPERE_PER_CM2
        line(made, axes, name, current, 100.0 * emission.eqe[bright])
        reported(made, axes, _ROWS[name][2], "y", float(emission.current_density[peak.near]) / MILLIAMPERE_PER_CM2)
        seen += [float(np.min(current)), float(np.max(current))]
    if seen:
        logarithmic(axes, "x")
        axes.set_xlim(0.5 * min(seen), 2.0 * max(seen))
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel("Current density (mA/cm²)")
    axes.set_ylabel("EQE (%)")


def _life(axes: Axes, made: Composite) -> None:
    for name in _BOTH:
        ageing = made.series[name].ageing if name in made.series else None
        if ageing is None:
            continue
        later = ageing.time > 0.0
        line(made, axes, name, ageing.time[later] / HOUR, 100.0 * ageing.relative_luminance[later])
        axes.plot([ageing.half_life / HOUR], [50.0], "|", color=colour_of(name), markersize=8.0, mew=1.6)
        reported(made, axes, _ROWS[name][3], "x", 50.0)
    logarithmic(axes, "x")
    if axes.get_lines():
        axes.set_xlim(5e-3, 200.0)
    axes.set_ylim(0.0, 108.0)
    axes.set_xlabel("Time at constant current (h)")
    axes.set_ylabel("Luminance (% of the first)")
