"""The page's charts show the numbers of the result, stay small and steady, and say in words what they show."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from report_states import shortened, whole

import halodot
from halodot.app.charts import PANELS, Shown, panel_options, panel_table, panel_text
from halodot.app.charts.axes import between, decades, from_zero
from halodot.app.charts.colour import screen_colour
from halodot.app.charts.curves import bent, plain, through
from halodot.app.charts.flows import unfolded
from halodot.app.charts.shown import LOOKS
from halodot.errors import InputError
from halodot.report.figures_flow import links_of, point_of_flow
from halodot.report.page.look import DARK, LIGHT
from halodot.results.flows import NODES, gathered
from halodot.results.losses import loss_budget
from halodot.results.summary import evaluate, peak_point

REPORTED = {
    "eqe_max": 0.2445,
    "el_peak": 645e-9,
    "luminance_max": 2e4,
    "turn_on_voltage": 2.0,
    "half_life": 3.9e4,
    "pl_peak": 640e-9,
    "edge_length": 5.6e-9,
    "cie_x": 0.70,
    "cie_y": 0.29,
}
MEASURED = {
    "sample 3": {
        "voltage": np.array([2.5, 3.0, 4.0]),
        "current_density": np.array([1.0, 20.0, -0.0]),
        "luminance": np.array([10.0, 300.0, np.nan]),
        "eqe": np.array([0.2, 0.21, 0.19]),
    }
}
#: panels that each study fills
FILLED = {
    "paper": set(PANELS),
    "device": {"jvl", "eqe", "spectrum", "cie", "bands", "flow", "losses", "emission_zone"},
    "recipe": {"shell", "sizes", "absorption", "trpl"},
    "dark": {"jvl", "bands", "flow"},
    "decomposed": {"shell"},
}


@pytest.fixture(scope="module")
def results(treated):
    names = {"device": "device-only", "recipe": "recipe-only", "dark": "sclc-dots", "decomposed": "paper-hi-only"}
    return {"paper": treated, **{name: halodot.simulate(halodot.load(study)) for name, study in names.items()}}


@pytest.fixture(scope="module")
def crowded(results, control):
    """Everything that may stand beside a result."""
    return Shown(results["paper"], {"control": control, "device alone": results["device"]}, REPORTED, MEASURED, 4.0)


def series(option, key):
    return next(one for one in option["series"] if one["id"] == key)


def data(option, key):
    return np.array(series(option, key)["data"], dtype=float)


def texts(option) -> Iterator[tuple[str, float]]:
    """Every colour of a text in an option, and its size."""
    if isinstance(option, dict):
        for key, value in option.items():
            if key in ("textStyle", "nameTextStyle", "axisLabel") or (key == "label" and "color" in value):
                yield value["color"], value["fontSize"]
            yield from texts(value)
    elif isinstance(option, list):
        for value in option:
            yield from texts(value)


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2.2, success criterion 1.4.3."""

    def luminance(colour: str) -> float:
        parts = (int(colour[at : at + 2], 16) / 255.0 for at in (1, 3, 5))
        linear = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear))

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("study", FILLED)
def test_every_panel_of_every_study_is_an_option_or_says_why_it_is_empty(results, study):
    options = panel_options(PANELS, Shown(results[study]))
    json.dumps(options, allow_nan=False)
    assert {name for name, option in options.items() if "empty" not in option} == FILLED[study]
    for name, option in options.items():
        if "empty" in option:
            assert option["empty"].endswith(".")
            assert panel_table(name, Shown(results[study])) == ((), ())
        else:
            assert option["animation"] is False
            assert all(len(one["data"]) <= 80 and one["silent"] for one in option["series"])


def test_a_crowded_panel_is_an_option_too_and_the_usual_set_is_small(crowded, results):
    json.dumps(panel_options(PANELS, crowded), allow_nan=False)
    usual = json.dumps(panel_options(PANELS, Shown(results["paper"])), separators=(",", ":"), ensure_ascii=False)
    assert len(usual) < 40_960


@pytest.mark.parametrize("points", [[5], [5, 6], [0, 3, 5], [0], [6, 5, 4, 3, 2, 1, 0]])
def test_few_voltages_and_those_that_fall_are_drawn_too(crowded, points):
    odd = shortened(whole(title="{a|b} <i>", unconverged=(3,)), points)
    for shown in (Shown(odd, {"{c}": odd}, REPORTED, MEASURED, 9.0), replace(crowded, pins={"few": odd})):
        json.dumps(panel_options(PANELS, shown), allow_nan=False)
        for name in PANELS:
            words = panel_text(name, shown)
            assert "not known" not in words
            assert " nan" not in words
            assert len(panel_table(name, shown)[1]) <= 40


def test_names_of_users_put_nothing_into_a_chart():
    assert plain("dots {a|b}") == "dots (a|b)"


def test_an_empty_panel_of_dots_that_decomposed_says_so(results):
    option = panel_options(["eqe"], Shown(results["decomposed"]))["eqe"]
    assert "decomposed" in option["empty"]
    assert "decomposed" in panel_text("shell", Shown(results["decomposed"]))


def test_an_unknown_panel_is_answered_by_the_list(results):
    with pytest.raises(InputError, match="jvl"):
        panel_options(["plot"], Shown(results["recipe"]))


def test_curves_are_those_of_the_result(results):
    result = results["paper"]
    options = panel_options(PANELS, Shown(result))
    solution, emission, dots = result.device_solution, result.emission, result.dots
    voltage, current = data(options["jvl"], "current_density").T
    known = np.isfinite(current)
    np.testing.assert_allclose(
        current[known],
        np.log10(0.1 * np.interp(voltage[known], solution.voltage, solution.current_density)),
        atol=6e-5,
    )
    voltage, light = data(options["jvl"], "luminance").T
    known = np.isfinite(light)
    wanted = np.interp(voltage[known], emission.voltage, emission.luminance)
    np.testing.assert_allclose(light[known], np.log10(wanted), atol=6e-5)
    point = peak_point(emission)
    wavelength, el = data(options["spectrum"], "el").T
    wanted = np.interp(wavelength * 1e-9, emission.wavelength, emission.el[point] / emission.el[point].max())
    np.testing.assert_allclose(el, wanted, rtol=6e-4, atol=1e-6)
    wavelength, absorbed = data(options["absorption"], "absorbance").T
    np.testing.assert_allclose(absorbed, np.interp(wavelength * 1e-9, dots.wavelength, dots.absorbance), rtol=1e-3)
    time, light = data(options["lifetime"], "luminance").T
    wanted = result.ageing.luminance * np.interp(time * 3600.0, result.ageing.time, result.ageing.relative_luminance)
    np.testing.assert_allclose(light, wanted, rtol=1e-3)
    np.testing.assert_allclose(np.sum(data(options["sizes"], "sizes")[1:-1:2, 1]), 100.0, rtol=5e-3)


def test_eqe_passes_through_bias_points_and_its_highest_is_that_of_the_summary(results):
    result = results["paper"]
    option = panel_options(["eqe"], Shown(result))["eqe"]
    current, eqe = data(option, "eqe").T
    order = np.argsort(result.emission.current_density)
    with np.errstate(divide="ignore"):
        level = np.log10(result.emission.current_density[order] / 10.0)
    near = np.interp(current, level, 100.0 * result.emission.eqe[order])
    np.testing.assert_allclose(eqe, near, rtol=2e-3)
    assert f"{100.0 * evaluate(result, 'eqe_max'):.1f} %" in option["title"]["text"]


def test_the_patch_and_the_point_have_the_colour_of_the_light(results):
    result = results["paper"]
    options = panel_options(["spectrum", "cie"], Shown(result))
    point = peak_point(result.emission)
    x, y = result.emission.cie_x[point], result.emission.cie_y[point]
    assert options["spectrum"]["graphic"][0]["style"]["fill"] == screen_colour(x, y)
    named = series(options["cie"], "names:left")["data"]
    assert named[0]["value"] == pytest.approx([x, y], abs=1e-4)
    assert screen_colour(0.3127, 0.3290) == "#ffffff"
    assert screen_colour(0.64, 0.33) == "#ff0000"


def test_bands_follow_the_voltage_and_keep_both_faces_of_every_layer(results):
    result = results["paper"]
    solution = result.device_solution
    for voltage in (2.0, 5.0):
        option = panel_options(["bands"], Shown(result, voltage=voltage))["bands"]
        index = int(np.argmin(np.abs(solution.voltage - voltage)))
        assert option["title"]["text"] == f"at {solution.voltage[index]:.2f} V"
        height, level = data(option, "lumo").T
        affinity = [result.stack.layers[layer].transport.electron_affinity for layer in solution.layer_of_node]
        wanted = -(np.array(affinity) + solution.potential[index])
        first, last = (solution.position[::step] * 1e9 for step in (1, -1))
        below = wanted[[int(np.argmin(np.abs(first - one))) for one in height]]
        above = wanted[::-1][[int(np.argmin(np.abs(last - one))) for one in height]]  # a face belongs to two layers
        np.testing.assert_allclose(np.minimum(np.abs(level - below), np.abs(level - above)), 0.0, atol=3e-3)
        np.testing.assert_allclose(level[-1], wanted[-1], rtol=1e-3)
        assert len(height) == 8 * len(np.unique(solution.layer_of_node))
    names = [one["label"]["formatter"] for one in series(option, "names:left")["data"]]
    assert {"LUMO", "HOMO", "PTAA", "dots", "TmPyPB"} <= set(names)


@pytest.mark.parametrize("study", ["paper", "device", "dark"])
def test_links_of_the_flow_add_up_at_every_node_and_go_forward(results, study):
    option = panel_options(["flow"], Shown(results[study]))["flow"]
    (drawn,) = option["series"]
    into: dict[str, float] = {}
    out: dict[str, float] = {}
    for link in drawn["links"]:
        into[link["target"]] = into.get(link["target"], 0.0) + link["value"]
        out[link["source"]] = out.get(link["source"], 0.0) + link["value"]
    assert out["injected current"] == pytest.approx(100.0, abs=1e-3)
    for node in set(into) & set(out):
        assert into[node] == pytest.approx(out[node], abs=1e-3)
    depth = {node["name"]: node["depth"] for node in drawn["data"]}
    assert all(depth[link["source"]] < depth[link["target"]] for link in drawn["links"])
    assert set(depth) == set(into) | set(out)


def test_photons_that_come_back_end_once_and_begin_once(results):
    links = gathered(links_of(point_of_flow(results["paper"])))
    back = next(link for link in links if link.returns)
    new = [link for link in unfolded(links) if link.source not in NODES or link.target.startswith("re-absorbed")]
    assert [link.share for link in new] == [back.share, back.share]


def test_bars_of_the_losses_and_the_shell_are_shares_that_add_up(results, crowded):
    option = panel_options(["losses"], Shown(results["paper"]))["losses"]
    budget = loss_budget(results["paper"])
    values = [one["value"] for one in series(option, "losses")["data"]]
    assert values[0] == pytest.approx(100.0 * budget.eqe, rel=1e-3)
    assert math.fsum(values) == pytest.approx(100.0, abs=0.05)
    assert values[-1] < 5.0
    pinned = panel_options(["losses"], crowded)["losses"]
    for key in ("losses", "pin:control", "pin:device alone"):
        bars = [one["value"] if isinstance(one, dict) else one for one in series(pinned, key)["data"]]
        assert math.fsum(bars) == pytest.approx(100.0, abs=0.05)
    shell = panel_options(["shell"], Shown(results["paper"]))["shell"]
    total = np.sum([one["data"] for one in shell["series"]], axis=0)
    np.testing.assert_allclose(total, 100.0, atol=0.05)
    assert len(total) == len(results["paper"].flask.shell)


def test_series_keep_their_ids_and_options_their_keys_while_numbers_change(crowded, results, control):
    def shape(shown):
        options = panel_options(PANELS, shown)
        return {name: (list(one), [item["id"] for item in one["series"]]) for name, one in options.items()}

    before = shape(crowded)
    assert shape(replace(crowded, voltage=3.0)) == before
    swapped = shape(replace(crowded, result=control, theme="dark"))
    assert swapped == before
    ids = before["jvl"][1]
    assert {"current_density", "luminance", "pin:control:current_density", "reported:turn_on_voltage"} <= set(ids)
    assert {"measured:sample 3:0", "measured:sample 3:1"} <= set(ids)
    assert all(len(set(found)) == len(found) for _, found in before.values())


def test_pinned_curves_are_dashed_and_named_and_the_own_ones_are_not(crowded):
    for name in ("jvl", "eqe", "spectrum", "sizes", "absorption", "trpl", "lifetime", "emission_zone"):
        option = panel_options([name], crowded)[name]
        pinned = [one for one in option["series"] if one["id"].startswith("pin:")]
        assert pinned
        assert all(isinstance(one["lineStyle"]["type"], list) for one in pinned)
        assert len({tuple(one["lineStyle"]["type"]) for one in pinned}) == len({one["name"] for one in pinned})
        entries = {one["name"] for one in option["legend"]["data"]}
        assert {one["name"] for one in pinned} <= entries


def test_reported_values_are_marks_with_that_word_and_measured_points_symbols(crowded):
    options = panel_options(PANELS, crowded)
    for name in ("jvl", "eqe", "spectrum", "cie", "lifetime", "absorption", "sizes"):
        said = [one["label"]["formatter"] for key in ("left", "right") for one in names_of(options[name], key)]
        assert any("reported" in text for text in said), name
    assert data(options["spectrum"], "reported:el_peak")[:, 0] == pytest.approx(645.0)
    points = series(options["jvl"], "measured:sample 3:0")
    assert points["type"] == "scatter"
    np.testing.assert_allclose(np.array(points["data"]), [[2.5, -1.0], [3.0, math.log10(2.0)]], atol=1e-4)
    assert len(series(options["jvl"], "measured:sample 3:1")["data"]) == 2
    assert len(data(options["eqe"], "measured:sample 3:0")) == 2


def test_a_measured_lifetime_is_drawn_from_the_luminance_at_which_the_model_starts(results):
    measured = {"5AVA L/L0": {"age": np.array([0.0, 3.6e6]), "relative_luminance": np.array([1.0, 0.25])}}
    ageing = results["paper"].ageing
    option = panel_options(["lifetime"], replace(Shown(results["paper"]), measured=measured))["lifetime"]
    points = np.array(series(option, "measured:5AVA L/L0:0")["data"])
    np.testing.assert_allclose(points, [[0.0, ageing.luminance], [1000.0, 0.25 * ageing.luminance]], rtol=1e-3)
    assert option["xAxis"]["max"] >= 1000.0


def names_of(option, key):
    return next((one["data"] for one in option["series"] if one["id"] == f"names:{key}"), [])


@pytest.mark.parametrize(("theme", "page"), [("light", LIGHT), ("dark", DARK)])
def test_texts_can_be_read_on_both_grounds(crowded, theme, page):
    found = {text for option in panel_options(PANELS, replace(crowded, theme=theme)).values() for text in texts(option)}
    assert len(found) > 2
    for colour, size in found:
        assert size >= 11
        assert contrast(colour, page["paper"]) >= 4.5
        assert contrast(colour, page["panel"]) >= 4.5
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
    assert all(contrast(colour, page["paper"]) >= 3.0 for colour in LOOKS[theme].series[:3])


def test_every_axis_has_a_unit(crowded):
    for name, option in panel_options(PANELS, crowded).items():
        axes = [option.get("xAxis", []), option.get("yAxis", [])]
        for axis in [one for group in axes for one in (group if isinstance(group, list) else [group])]:
            if axis["type"] == "value":
                assert axis["name"].endswith(")"), (name, axis["name"])


@pytest.mark.parametrize("name", PANELS)
def test_words_and_tables_tell_the_same_with_units(crowded, results, name):
    for shown in (crowded, Shown(results["paper"])):
        text = panel_text(name, shown)
        assert text.endswith(".")
        units = ("V", "mA/cm²", "cd/m²", "%", "nm", "eV", " h", "ns", "no unit")
        assert any(unit in text for unit in units)
        headings, rows = panel_table(name, shown)
        assert 0 < len(rows) <= 40
        assert {len(row) for row in rows} == {len(headings)}
        assert all(cell and "nan" not in cell for row in rows for cell in row[1:] if cell != "")


def test_a_table_has_the_numbers_of_the_result(results):
    headings, rows = panel_table("jvl", Shown(results["paper"]))
    assert headings == ("Voltage (V)", "J (mA/cm²)", "L (cd/m²)")
    solution = results["paper"].device_solution
    last = [float(cell) for cell in rows[-1]]
    assert last[:2] == pytest.approx([solution.voltage[-1], 0.1 * solution.current_density[-1]], rel=1e-3)


def test_axes_change_in_steps():
    assert {from_zero("", [np.array(value)]).high for value in (21.0, 22.0, 24.9)} == {25.0}
    assert from_zero("", [np.array(25.0)]).high == 25.0
    assert from_zero("", [np.zeros(0)]).high == 1.0
    axis = between("", [np.array([561.0, 738.0])])
    assert (axis.low, axis.high, axis.step) == (550.0, 750.0, 50.0)
    axis = decades("", [np.array([0.0, 3e-20, 5e2])], 8.0)
    assert (axis.low, axis.high) == (-5.0, 3.0)
    assert not decades("", [np.zeros(3)]).shown
    assert between("", [np.array([3.0])]).high > 3.0


def test_a_thinned_curve_keeps_its_ends_and_its_top_and_stays_close():
    x = np.linspace(-6.0, 6.0, 601)
    peak = np.exp(-(x**2)) + 0.02 * x
    kept = bent(peak, 40)
    assert kept.size <= 40
    assert {0, 600, int(np.argmax(peak))} <= set(kept.tolist())
    assert np.max(np.abs(np.interp(x, x[kept], peak[kept]) - peak)) < 0.02
    gap = peak.copy()
    gap[:50] = np.nan
    assert bent(gap, 40).size <= 40
    assert bent(np.full(90, np.nan), 40).size <= 40


def test_a_coarse_curve_passes_through_its_points_and_makes_no_top_of_its_own():
    x = np.linspace(0.0, 6.0, 17)
    y = np.where(x < 0.5, np.nan, 4.0 * np.tanh(x - 2.0))
    fine, curved = through(x, y)
    assert fine.size > 2 * np.isfinite(y).sum() - 2
    np.testing.assert_array_equal(curved[np.isin(fine, x)], y[np.isfinite(y)])
    assert np.nanmax(curved) == np.nanmax(y)
    assert np.all(np.diff(curved) > 0.0)
    dense = np.linspace(0.0, 1.0, 61)
    assert through(dense, dense)[0] is dense
    assert through(x[::-1], y[::-1])[0].size == x.size
