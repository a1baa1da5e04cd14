"""Figure of the emission zone: where in the emitting layer excitons are made and where the light comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from halodot.report.style import GREY, NANOMETRE, curve, label, legend, panels, shown
from halodot.results.data import Result
from halodot.results.summary import DETECTABLE_LUMINANCE, bias_point, peak_point
from halodot.states import Array, Layer, Stack, emitter_index

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

#: luminances [cd/m2] that devices are compared at
_COMPARED = (100.0, 1000.0)
_HIGHEST_EQE, _LAST = "highest EQE", "highest voltage"


def bias_points(result: Result) -> dict[str, int]:
    """Return the bias points that an emission zone is drawn at, by what they are; each once, in the order of the drive.

    The highest EQE, 100 and 1000 cd/m2 where they are reached, and the highest voltage whose light can be measured;
    without light the last voltage.
    """
    solution, emission = result.device_solution, result.emission
    if solution is None:
        return {}
    peak = None if emission is None else peak_point(emission)
    if emission is None or peak is None:
        last = bias_point(solution, emission)
        return {} if last is None or not np.sum(solution.exciton_generation[last]) > 0.0 else {_LAST: last}
    found = {_HIGHEST_EQE: peak}
    for luminance in _COMPARED:
        bright = np.flatnonzero(emission.luminance >= luminance)
        if bright.size:
            found[f"{luminance:.0f} cd/m²"] = int(bright[0])
    found[_LAST] = int(np.flatnonzero(emission.luminance >= DETECTABLE_LUMINANCE)[-1])
    once = {index: name for name, index in reversed(found.items())}
    return {once[index]: index for index in sorted(once, key=lambda index: float(solution.voltage[index]))}


def with_emission_zone(result: Result) -> Result | None:
    """Return the result where its emitting layer makes excitons at several heights, else None."""
    solution = result.device_solution
    several = solution is not None and result.stack is not None and solution.exciton_position.size > 1
    return result if several and bias_points(result) else None


def share_per_length(result: Result, events: Array) -> tuple[Array, Array]:
    """Return the faces of the slices [m] and the share of events per length [1/m] in each; over the layer it is 1.

    Args:
        result: with a solved device.
        events: (exciton_position,) events in the slice around each position, any unit.
    """
    assert result.device_solution is not None
    assert result.stack is not None
    height = result.device_solution.exciton_position
    thickness = _emitter(result.stack)[1].thickness
    edges = np.concatenate(([0.0], 0.5 * (height[1:] + height[:-1]), [thickness]))
    return edges, events / np.sum(events) / np.diff(edges)


def _emitter(stack: Stack) -> tuple[int, Layer]:
    number = emitter_index(stack)
    assert number is not None
    return number, stack.layers[number]


def emission_zone(results: Mapping[str, Result]) -> Figure:
    """Draw where in the emitting layer excitons are made and light comes from, at several voltages, two panels each."""
    figure, axes = panels(2 * len(results), height=46.0, share_x=False)
    names = list(dict.fromkeys(name for result in results.values() for name in bias_points(result)))
    order = [_HIGHEST_EQE, *(f"{level:.0f} cd/m²" for level in _COMPARED), _LAST]
    names.sort(key=order.index)
    drawn: dict[str, Line2D] = {}
    for above, below, (name, result) in zip(axes[::2], axes[1::2], results.items()):
        solution = result.device_solution
        if solution is None:
            continue
        chosen = bias_points(result)
        for place, index in chosen.items():
            number = names.index(place)
            for panel, events in ((above, solution.exciton_generation), (below, solution.radiative_decay)):
                if np.sum(events[index]) > 0.0:
                    edges, share = share_per_length(result, events[index])
                    steps = np.repeat(edges, 2)[1:-1] / NANOMETRE, np.repeat(100.0 * share * NANOMETRE, 2)
                    drawn[place] = curve(panel, *steps, number, points=False)
        said = ", ".join(f"{solution.voltage[index]:.3g}" for index in chosen.values())
        above.set_title(shown(f"{name}: {said} V", 56), loc="left", pad=3.0).set_parse_math(False)
        _finish(result, above, below)
    legend(figure, [drawn[name] for name in names if name in drawn], [name for name in names if name in drawn])
    return figure


def _finish(result: Result, above: Axes, below: Axes) -> None:
    assert result.stack is not None
    number, emitting = _emitter(result.stack)
    layers = result.stack.layers
    for panel in (above, below):
        panel.set_xlim(0.0, emitting.thickness / NANOMETRE)
        panel.set_ylim(0.0, 1.18 * max([0.01, *(float(np.max(line.get_ydata())) for line in panel.get_lines())]))
    for index, place, side, sign in ((number - 1, 0.02, "left", "◂ {}"), (number + 1, 0.98, "right", "{} ▸")):
        if 0 <= index < len(layers):
            name = sign.format(shown(layers[index].name, 20))
            text = above.text(place, 0.96, name, transform=above.transAxes, ha=side, va="top", color=GREY)
            text.set_parse_math(False)
    height = f"Position in {shown(emitting.name, 24)} (nm)"
    label(above, height, "Excitons made (%/nm)")
    label(below, height, "Light from here (%/nm)")
