"""What the figure of a pattern shows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from halodot.arrays import Array
from halodot.lab.findings import Mark, Panel, Trace
from halodot.lab.methods._xrd_fit import Group, Pattern
from halodot.lab.methods._xrd_size import Reflection, Strain

_ANGLE = "Scattering angle 2θ (degree)"
#: marks that a figure of one column holds
_MOST_MARKS = 8


def panels(
    pattern: Pattern, groups: Sequence[Group], found: Sequence[Reflection], strain: Strain | None
) -> tuple[Panel, ...]:
    """Return the pattern with its fit, the residuals, and the plot of Williamson and Hall.

    Args:
        pattern: the whole.
        groups: as fitted.
        found: reflections.
        strain: of the widths, None where it cannot be told.
    """
    degrees = np.degrees(pattern.two_theta)
    angle, fit, below, left = (np.concatenate(rows) for rows in zip(*_one_after_the_other(groups)))
    traces = (
        Trace(degrees, pattern.signal, "measured", "points"),
        Trace(angle, fit, "fit"),
        Trace(angle, below, "background", "dashed"),
    )
    strongest = sorted(found, key=lambda item: -item.height)[:_MOST_MARKS]
    marks = tuple(Mark(math.degrees(item.place), item.label if item.label[:1] == "(" else "") for item in strongest)
    wide = float(pattern.signal.max()) > 30.0 * max(float(np.median(pattern.signal)), 1.0)
    made = [
        Panel(_ANGLE, "Counts", traces, marks, y_logarithmic=wide and bool(np.all(pattern.signal > 0.0))),
        Panel(_ANGLE, "Residual (standard deviation)", (Trace(angle, left, "", "points"),)),
    ]
    if strain is not None:
        places = np.array([0.0, float(strain.across.max())])
        width = np.degrees(strain.widths)
        line = np.degrees(strain.intercept + strain.strain * places)
        points = Trace(strain.across, width, "reflections", "points", error=np.degrees(strain.deviations))
        made.append(Panel("4 sin θ", "β cos θ (degree)", (points, Trace(places, line, "Williamson-Hall"))))
    return tuple(made)


def _one_after_the_other(groups: Sequence[Group]) -> list[tuple[Array, Array, Array, Array]]:
    """Return angle [degree], fit, background and residuals of each group from where the one before ends."""
    rows, end = [], -math.inf
    for group in sorted(groups, key=lambda item: float(item.pattern.two_theta[0])):
        beyond = group.pattern.two_theta > end
        values = (np.degrees(group.pattern.two_theta), group.fit.model, group.background, -group.fit.residuals)
        rows.append((values[0][beyond], values[1][beyond], values[2][beyond], values[3][beyond]))
        end = max(end, float(group.pattern.two_theta[-1]))
    return rows


def table(found: Sequence[Reflection]) -> dict[str, Any]:
    """Return the reflections as columns."""
    largest = max(item.area for item in found)
    return {
        "planes": [item.label for item in found],
        "2 theta (degree)": [math.degrees(item.place) for item in found],
        "uncertainty of 2 theta (degree)": [math.degrees(item.place_deviation) for item in found],
        "spacing (nm)": [item.spacing * 1e9 for item in found],
        "width (degree)": [math.degrees(item.width) for item in found],
        "Lorentzian share": [item.share for item in found],
        "relative area (%)": [100.0 * item.area / largest for item in found],
        "size (nm)": [item.size * 1e9 for item in found],
        "uncertainty of size (nm)": [item.size_deviation * 1e9 for item in found],
    }
