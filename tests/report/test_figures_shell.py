"""The ligand shell through the recipe: every site counted at every step, in the words of the recipe."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import halodot
from halodot.report.figures import draw, kinds_of
from halodot.report.figures_shell import parts_of_shell, step_words
from halodot.report.style import house_style


@pytest.fixture(scope="module")
def results():
    """The treated dots, those without the ligand, and those that the acid alone decomposes; no film, no device."""
    names = {"0.2 mmol": "paper-0.2", "control": "paper-control", "HI only": "paper-hi-only"}
    return {called: halodot.simulate(halodot.load(name, ["run.stop_after=flask"])) for called, name in names.items()}


@pytest.mark.parametrize("name", ["0.2 mmol", "control", "HI only"])
def test_all_sites_are_counted_after_every_step_since_the_dots_nucleated(results, name):
    flask, recipe = results[name].flask, results[name].study.recipe
    for record in flask.shell:
        assert sum(parts_of_shell(record)) == pytest.approx(1.0, abs=1e-9)
        assert min(parts_of_shell(record)) >= 0.0
    places = [record.where for record in flask.shell]
    steps = [step.where for step in (*recipe.pot, *recipe.work_up)]
    first = next(step.where for step in recipe.pot if step.material == "cs_oleate")
    stood = len(recipe.pot) - steps.index(first)
    followed = [*steps[steps.index(first) :][:stood], "recipe.work_up", *steps[len(recipe.pot) :]]
    assert places == followed[: len(places)]
    assert len(places) == len(followed) or flask.reason


def test_samples_are_the_shell_after_their_wash(results):
    flask = results["0.2 mmol"].flask
    shares = [(one.coverage_native, one.coverage_short, one.coverage_bare) for one in flask.shell]
    for sample in flask.samples:
        assert (sample.coverage_native, sample.coverage_short, sample.coverage_bare) in shares
    last = flask.samples[-1]
    assert shares[-1] == (last.coverage_native, last.coverage_short, last.coverage_bare)


def test_bars_are_the_states_and_fill_the_axis(results):
    flask = results["0.2 mmol"].flask
    (axes,) = draw("shell", {"0.2 mmol": results["0.2 mmol"]}).axes
    rows = {}
    for bar in axes.patches:
        rows.setdefault(round(bar.get_y() + 0.5 * bar.get_height(), 6), []).append(bar.get_width())
    assert len(rows) == len(flask.shell)
    for widths, record in zip(rows.values(), flask.shell):
        np.testing.assert_allclose(widths, 100.0 * np.array(parts_of_shell(record)), atol=1e-12)
    assert list(rows) == sorted(rows)
    assert axes.yaxis_inverted()  # the first step stands above


def test_steps_stand_in_the_words_of_the_recipe(results):
    result = results["0.2 mmol"]
    assert step_words(result, "recipe.pot[7]") == "inject cs oleate, 2.2 mL"
    assert step_words(result, "recipe.pot[9]") == "cool 100 °C"
    assert step_words(result, "recipe.work_up[0]") == "centrifuge 5000 rpm, 1 min, keep liquid"
    wash = "wash ethyl acetate 1, methyl acetate 3, per volume of dispersion"
    assert step_words(result, "recipe.work_up[1]") == wash
    assert step_words(result, "recipe.work_up[99]") == "recipe.work_up[99]"


@pytest.mark.parametrize("width", [85.0, 170.0])
def test_several_recipes_stand_below_one_another_without_overlap(results, width):
    figure = draw("shell", results, width=width)
    with house_style(width):
        figure.canvas.draw()
        boxes = sorted((axes.get_tightbbox() for axes in figure.axes), key=lambda box: -box.y1)
        tight = figure.get_tightbbox()
    assert all(above.y0 >= below.y1 - 1.0 for above, below in pairwise(boxes))
    assert tight.x0 > -0.01
    assert tight.x1 < figure.get_figwidth() + 0.01
    for axes in figure.axes:
        labels = [text.get_window_extent() for text in axes.get_yticklabels()]
        assert all(above.y0 >= below.y1 - 1.0 for above, below in pairwise(labels))
    assert "decomposed" in figure.get_supxlabel()


def test_the_shell_is_kept_in_the_file_and_absent_without_a_recipe(results, tmp_path):
    halodot.save(results["0.2 mmol"], tmp_path / "a.nc")
    again = halodot.load_result(tmp_path / "a.nc")
    assert [parts_of_shell(one) for one in again.flask.shell] == [
        parts_of_shell(one) for one in results["0.2 mmol"].flask.shell
    ]
    assert [one.where for one in again.flask.shell] == [one.where for one in results["0.2 mmol"].flask.shell]
    alone = halodot.simulate(halodot.load("device-only", ["run.voltage=[0 V, 3 V]", "run.positions=3"]))
    assert "shell" not in kinds_of(alone)
