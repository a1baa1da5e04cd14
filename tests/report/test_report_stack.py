"""The drawing of a stack: thicknesses to scale, levels and work functions at their energies, no text over another."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from matplotlib.text import Text

import halodot
from halodot.report import style
from halodot.report.figures import draw, kinds_of
from halodot.report.figures_stack import drawn_thicknesses


@pytest.fixture(scope="module")
def results():
    """Two shipped devices."""
    return {name: halodot.simulate(halodot.load(name)) for name in ("device-only", "paper-0.2")}


def test_layers_are_to_scale_but_the_substrate(results):
    stack = results["paper-0.2"].stack
    drawn = drawn_thicknesses(stack)
    real = np.array([layer.thickness for layer in stack.layers]) * 1e9
    assert drawn[1:] == pytest.approx(real[1:])
    assert drawn[0] == 40.0
    bars = draw("stack", {"a": results["paper-0.2"]}).axes[0].patches
    assert [bar.get_height() for bar in bars] == pytest.approx(drawn)
    assert bars[-1].get_y() + bars[-1].get_height() == pytest.approx(np.sum(drawn))


def test_levels_and_work_functions_stand_at_their_energies(results):
    stack = results["paper-0.2"].stack
    panel = draw("flat_bands", {"a": results["paper-0.2"]}).axes[0]
    found = {round(float(line.get_ydata()[0]), 6) for line in panel.get_lines()}
    levels = [
        value
        for layer in stack.layers
        for value in (layer.transport.electron_affinity, layer.transport.ionisation_energy)
    ]
    wanted = [value for value in levels if np.isfinite(value)] + [
        stack.anode.work_function,
        stack.cathode.work_function,
    ]
    assert found == {round(-value, 6) for value in wanted}
    words = {text.get_text() for text in panel.texts}
    assert {f"{value:.2f}" for value in wanted} == words


@pytest.mark.parametrize("width", [85.0, 170.0])
def test_no_text_of_a_figure_is_cut_off_or_covers_another(results, width):
    for kind in kinds_of(results["paper-0.2"]):
        figure = draw(kind, results, width=width)
        with style.house_style():
            figure.draw_without_rendering()
            beyond = ticks_beyond(figure)
            boxes = [
                (text.get_text(), text.get_window_extent())
                for text in figure.findobj(Text)
                if text.get_text().strip() and text.get_visible() and text not in beyond
            ]
        for text, box in boxes:
            assert box.x0 > -2.0, (kind, text)
            assert box.x1 < figure.bbox.x1 + 2.0, (kind, text)
            assert box.y0 > -2.0, (kind, text)
            assert box.y1 < figure.bbox.y1 + 2.0, (kind, text)
        for (one, first), (other, second) in combinations(boxes, 2):
            wide = min(first.x1, second.x1) - max(first.x0, second.x0)
            high = min(first.y1, second.y1) - max(first.y0, second.y0)
            turned = kind in ("stack", "flat_bands") and {one, other} & LAYERS  # at 30 degrees, boxes are larger
            assert wide < 4.0 or high < 4.0 or turned, (kind, one, other)


LAYERS = {"PEDOT:PSS", "PTAA", "dots", "TmPyPB", "PO-T2T", "LiF"}


def ticks_beyond(figure):
    """The labels of ticks that lie outside their axis and are not drawn."""
    found = set()
    for panel in [axes for whole in figure.axes for axes in (whole, *whole.child_axes)]:
        for axis in (panel.xaxis, panel.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                if not low - 1e-9 * abs(low) <= tick.get_loc() <= high + 1e-9 * abs(high):
                    found |= {tick.label1, tick.label2}
    return found
