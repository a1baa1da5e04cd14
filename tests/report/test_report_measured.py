"""Measured points stand over the model's curves, in their own units, inside the axes."""

from __future__ import annotations

import numpy as np
import pytest
import report_states as made

from halodot.errors import InputError
from halodot.report.figures import KINDS, draw
from halodot.report.measured import column

MODEL = {"treated": made.whole("treated")}
VOLTAGE = np.array([1.5, 2.0, 4.0, 8.0])
POINTS = {
    "voltage": VOLTAGE,
    "current_density": np.array([1e-3, 0.2, 30.0, 4e6]),
    "luminance": np.array([0.02, 3.0, 400.0, 7e5]),
    "eqe": np.array([0.01, 0.12, 0.9, 0.05]),
    "wavelength": np.array([500e-9, 640e-9, 900e-9, 950e-9]),
    "intensity": np.array([0.0, 8.0, 2.0, 0.0]),
}
SHOWN = {
    "voltage": VOLTAGE,
    "current_density": POINTS["current_density"] / 10.0,
    "luminance": POINTS["luminance"],
    "eqe": 100.0 * POINTS["eqe"],
    "current_efficiency": POINTS["luminance"] / POINTS["current_density"],
    "power_efficiency": np.pi * POINTS["luminance"] / (POINTS["current_density"] * VOLTAGE),
    "wavelength": POINTS["wavelength"] * 1e9,
    "intensity": POINTS["intensity"] / 8.0,
}


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if kind.axes])
@pytest.mark.parametrize("results", [MODEL, {}], ids=["over a model", "alone"])
def test_points_are_marked_and_inside_the_axes(kind, results):
    figure = draw(kind, results, measured={"sample 7": POINTS})
    for panel, (x, y) in zip(figure.axes, KINDS[kind].axes):
        line = panel.get_lines()[-1]
        assert line.get_linestyle() == "None"
        assert line.get_marker() == "o" if not results else "s"
        assert line.get_xdata() == pytest.approx(SHOWN[x])
        assert line.get_ydata() == pytest.approx(SHOWN[y])
        for values, (low, high) in ((SHOWN[x], panel.get_xlim()), (SHOWN[y], panel.get_ylim())):
            assert low <= np.min(values)
            assert np.max(values) < high
    assert figure.legends[0].get_texts()[-1].get_text() == "sample 7, measured"
    assert len(figure.legends) == 1


def test_points_have_the_colour_of_the_curve_of_their_name():
    (model, points) = draw("eqe", MODEL, measured={"treated": POINTS}).axes[0].get_lines()
    assert points.get_color() == model.get_color()
    other = draw("eqe", MODEL, measured={"another": POINTS}).axes[0].get_lines()[-1]
    assert other.get_color() != model.get_color()


def test_what_cannot_be_shown_is_said():
    spectrum = {name: POINTS[name] for name in ("wavelength", "intensity")}
    figure = draw("eqe", MODEL, measured={"spectrum": spectrum, "sweep": POINTS})
    assert "No measured points for this figure: spectrum" in figure.get_supxlabel()
    assert "Lambertian" in draw("power_efficiency", MODEL, measured={"sweep": POINTS}).get_supxlabel()
    with pytest.raises(InputError, match="'bands' shows no measured points; these do: jvl"):
        draw("bands", MODEL, measured={"sweep": POINTS})
    with pytest.raises(InputError, match="not current"):
        draw("eqe", MODEL, measured={"sweep": {"current": VOLTAGE}})
    with pytest.raises(InputError, match="no measurable light in spectrum"):
        draw("eqe", {}, measured={"spectrum": spectrum})


def test_a_column_that_does_not_follow_is_absent():
    assert column({"luminance": VOLTAGE}, "current_efficiency") is None
    assert column({"luminance": VOLTAGE, "voltage": VOLTAGE}, "eqe") is None


@pytest.mark.parametrize("width", [85.0, 120.0, 170.0])
def test_a_figure_has_the_width_that_is_asked(width):
    assert draw("jvl", MODEL, width=width).get_figwidth() * 25.4 == pytest.approx(width)
    with pytest.raises(InputError, match="between 40 and 400 mm"):
        draw("jvl", MODEL, width=0.085)


def test_a_result_draws_itself():
    result = MODEL["treated"]
    figure = result.plot("eqe", width=170.0)
    assert figure.get_figwidth() * 25.4 == pytest.approx(170.0)
    with pytest.raises(InputError, match="Did you mean 'jvl'"):
        result.plot("jlv")
    assert "4.00 V" in result.plot("bands", voltage=4.0).axes[0].get_title(loc="left")
