"""Figure of the excitons of a device: how they end as the current rises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from halodot.report.style import (
    MILLIAMPERE_PER_CM2,
    curve,
    heading,
    label,
    label_below,
    legend,
    logarithmic,
    note,
    panels,
)
from halodot.results.balances import EXCITON_PARTS
from halodot.results.data import Result
from halodot.results.summary import DETECTABLE_LUMINANCE
from halodot.states import BoolArray, DeviceSolution, Emission

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

#: share of the excitons below which a fate is not drawn
_LEAST_SHARE = 1e-3


def excitons(results: Mapping[str, Result]) -> Figure:
    """Draw the shares of the excitons that end in each way against the current density, one panel a device."""
    figure, axes = panels(len(results), height=48.0)
    drawn: dict[str, Line2D] = {}
    for panel, (name, result) in zip(axes, results.items()):
        device_solution = result.device_solution
        if device_solution is None:
            continue
        seen = points_with_excitons(device_solution, result.emission)
        current = device_solution.current_density[seen] / MILLIAMPERE_PER_CM2
        for index, (part, called) in enumerate(EXCITON_PARTS.items()):
            share = getattr(device_solution, part)[seen] / device_solution.exciton_formation_current[seen]
            if np.any(share > _LEAST_SHARE):
                drawn[called] = curve(panel, current, 100.0 * share, index)
        logarithmic(panel, "x")
        panel.set_ylim(0.0, 104.0)
        heading(panel, name)
        label(panel, vertical="Share of the excitons (%)")
    label_below(axes, "Current density (mA/cm²)")
    order = [called for called in EXCITON_PARTS.values() if called in drawn]
    legend(figure, [drawn[called] for called in order], order)
    if absent := [called for called in EXCITON_PARTS.values() if called not in drawn]:
        note(figure, f"Too small to be seen: {', '.join(absent)}")
    return figure


def points_with_excitons(device_solution: DeviceSolution, emission: Emission | None) -> BoolArray:
    """Return which points make excitons, with light those from 1 % of what can be measured; shape (voltage,)."""
    with np.errstate(invalid="ignore"):
        seen: BoolArray = (device_solution.exciton_formation_current > 0.0) & (device_solution.current_density > 0.0)
        if emission is not None:
            seen &= emission.luminance > 0.01 * DETECTABLE_LUMINANCE
    return seen
