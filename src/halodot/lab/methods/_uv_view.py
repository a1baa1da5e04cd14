"""What the figure of an absorption spectrum shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from halodot.constants import HC_EV
from halodot.lab.absorbance import Absorbance
from halodot.lab.findings import Mark, Panel, Trace
from halodot.lab.methods._edge import Background, Edge, EnergySpectrum
from halodot.lab.methods._elliott import Elliott
from halodot.lab.methods._exciton import Exciton
from halodot.lab.methods._tauc import EXPONENTS, Tauc, plotted
from halodot.lab.methods._wavelength import WavelengthCheck

_NM = 1e9


@dataclass(frozen=True, eq=False)
class Seen:
    """What there is to show of one spectrum."""

    label: str
    item: Absorbance
    spectrum: EnergySpectrum
    background: Background
    edge: Edge
    exciton: Exciton | None
    elliott: Elliott | None
    tauc: Tauc | None
    transition: str


def panels(seen: Seen) -> tuple[Panel, ...]:
    """Return spectrum, edge with its fits, and Tauc's plot."""
    made = [_whole(seen), _near(seen)]
    if seen.tauc is not None:
        made.append(_plot(seen, seen.tauc))
    return tuple(made)


def _whole(seen: Seen) -> Panel:
    x = seen.item.x
    energy = HC_EV / x
    traces = [Trace(x * _NM, seen.item.y, seen.label or "measured")]
    if np.any(seen.background.at(energy) != 0.0):
        traces.append(Trace(x * _NM, seen.background.at(energy), "background", "dashed"))
    marks: tuple[Mark, ...] = ()
    if seen.exciton is not None:
        place = HC_EV / seen.exciton.energy * _NM
        marks = (Mark(place, f"{place:.0f} nm"),)
    return Panel("Wavelength (nm)", "Absorbance", tuple(traces), marks)


def _near(seen: Seen) -> Panel:
    exciton = seen.exciton
    low, high = seen.edge.inflection - 2.5 * seen.edge.width, seen.edge.inflection + 3.0 * seen.edge.width
    if exciton is not None:
        low, high = exciton.energy - 5.0 * exciton.half_width, exciton.energy + 5.0 * exciton.half_width
    part = seen.spectrum.within(low, high)
    traces = [Trace(part.energy, part.absorbance - seen.background.at(part.energy), "measured", "points")]
    if exciton is not None:
        traces.append(Trace(exciton.fitted_energy, exciton.model, "line on continuum"))
        traces.append(Trace(exciton.fitted_energy, exciton.continuum, "continuum", "dashed"))
    if seen.elliott is not None:
        kept = (seen.elliott.energy >= low) & (seen.elliott.energy <= high)
        traces.append(Trace(seen.elliott.energy[kept], seen.elliott.model[kept], "Elliott"))
    marks = [Mark(seen.edge.inflection, "inflection")]
    marks += [Mark(exciton.energy, f"{exciton.energy:.3f} eV")] if exciton is not None else []
    marks += [Mark(seen.elliott.gap, "gap (Elliott)")] if seen.elliott is not None else []
    return Panel("Photon energy (eV)", "Absorbance less background", tuple(traces), tuple(marks), x_range=(low, high))


def _plot(seen: Seen, found: Tauc) -> Panel:
    width = max(found.window[1] - found.window[0], 0.5 * seen.edge.width)
    low, high = found.gap - 1.5 * width, found.window[1] + 1.5 * width
    part = seen.spectrum.within(low, high)
    y = plotted(part.energy, part.absorbance - seen.background.at(part.energy), seen.transition)
    top = float(np.interp(0.5 * sum(found.window), part.energy, y)) if y.size else 1.0
    ends = np.array([found.gap, found.window[1] + 0.3 * width])
    middle = 0.5 * sum(found.window)
    line = np.clip(top + found.slope * (ends - middle), 0.0, None)
    power = "2" if EXPONENTS[seen.transition] == 0.5 else "1/2"
    traces = (Trace(part.energy, y, "measured", "points"), Trace(ends, line, "Tauc"))
    return Panel(
        "Photon energy (eV)", f"(A E)^{power}", traces, (Mark(found.gap, f"{found.gap:.3f} eV"),), x_range=(low, high)
    )


def standard_table(check: WavelengthCheck) -> dict[str, list[float]]:
    """Return bands of a standard beside their certified places."""
    return {
        "certified (nm)": [place * _NM for place in check.certified],
        "found (nm)": [round(band.place * _NM, 3) for band in check.found],
        "difference (nm)": [round(float(offset) * _NM, 3) for offset in check.offsets],
    }
