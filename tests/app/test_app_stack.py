"""The stack of a study as rows and properties: what is shown holds, and can be typed back as it stands."""

from __future__ import annotations

import math

import pytest

from halodot.app.stack.device import device_properties
from halodot.app.stack.materials import material, materials
from halodot.app.stack.properties import Property, layer_properties
from halodot.app.stack.rows import HEIGHT, LEAST, described, drawn_heights, in_short, layer_rows
from halodot.app.stack.words import cited, exact_text
from halodot.app.stack.written import settable
from halodot.errors import InputError
from halodot.states import STATED, stated_value
from halodot.study import Study, library
from halodot.study.load import from_text, load
from halodot.units import to_si

STUDIES = ("paper-0.2", "device-only", "paper-no-TmPyPB", "npb-alq3", "5_qled_full")


@pytest.fixture(scope="module", params=STUDIES)
def study(request: pytest.FixtureRequest) -> Study:
    return load(request.param)


def all_properties(study: Study) -> list[Property]:
    """Return everything of the stack and the device that can be set."""
    rows = layer_rows(study)
    return [*(item for row in rows for item in layer_properties(study, row.place)), *device_properties(study)]


def set_to(study: Study, items: list[Property]) -> Study:
    """Return a study in which each property is set to what it shows."""
    return from_text(study.text, overrides=[f"{item.path}={item.text}" for item in items if item.text])


def test_the_rows_are_the_layers_from_the_substrate_up(study: Study) -> None:
    assert study.stack is not None
    rows = layer_rows(study)
    assert [row.name for row in rows] == [layer.name for layer in study.stack.layers]
    assert [row.emits for row in rows] == [layer.role == "emitter" for layer in study.stack.layers]
    assert {row.contact for row in rows} == {"", "anode", "cathode"}


def test_everything_can_be_set_to_what_it_shows_and_nothing_changes(study: Study) -> None:
    assert study.stack is not None
    items = all_properties(study)
    after = set_to(study, items)
    assert after.stack is not None
    for path, entry in study.inputs.items():
        assert after.inputs[path].value == entry.value, path
    for place in range(len(study.stack.layers)):
        for word in STATED:
            pair = [repr(stated_value(one.stack, place, word)) for one in (study, after) if one.stack is not None]
            assert pair[0] == pair[1], (place, word)
    assert list(after.run.voltages) == pytest.approx(list(study.run.voltages), abs=1e-12)


def test_a_property_shows_the_number_of_the_study(study: Study) -> None:
    numbers = [item for item in all_properties(study) if item.form == "number" and item.input in study.inputs]
    assert len(numbers) > 20
    for item in numbers:
        assert to_si(item.text, item.unit) == study.inputs[item.input].value == item.value
        assert item.kind == study.inputs[item.input].kind


def test_every_input_of_the_device_is_among_the_properties(study: Study) -> None:
    shown = {item.input for item in all_properties(study)}
    wanted = {path for path in study.inputs if path.startswith("device.") and not path.endswith(".generation")}
    assert wanted <= shown


def test_a_slider_goes_from_below_the_value_to_above_it(study: Study) -> None:
    sliding = [item for item in all_properties(study) if item.slides]
    assert any(item.input.endswith(".thickness") for item in sliding)
    for item in sliding:
        assert item.ends[0] <= item.value <= item.ends[1], item.path


def test_the_path_of_a_number_that_a_parameter_replaces_is_the_parameters() -> None:
    study = load("npb-alq3")
    found = {item.input: item.path for item in layer_properties(study, 1)}
    path = "device.layers.NPB.hole_mobility"
    assert found[path] == f"parameters.{path}"
    assert found["device.layers.NPB.thickness"] == "device.layers.NPB.thickness"
    after = from_text(study.text, overrides=[f"{found[path]}=2e-6 cm2/Vs"])
    assert after.inputs[path].value == pytest.approx(2e-10)


def test_a_layer_by_another_name_is_counted() -> None:
    text = load("device-only").text.replace("{PTAA: 30 nm}", "{PTAA: 30 nm, name: hole conductor}")
    row = layer_rows(from_text(text))[3]
    assert row.name == "hole conductor"
    assert row.thickness.path == "device.layers[3].thickness"
    assert from_text(text, overrides=["device.layers[3].thickness=20 nm"]).inputs[row.thickness.input].value == 20e-9


def test_any_input_of_the_device_can_be_set_by_its_path(study: Study) -> None:
    paths = [path for path in study.inputs if path.startswith("device.layers.")]
    values = {path: exact_text(path, study.inputs[path].value, study.inputs[path].unit) for path in paths}
    after = from_text(study.text, overrides=[f"{settable(study, path)}={text}" for path, text in values.items()])
    assert {path: after.inputs[path].value for path in paths} == {path: study.inputs[path].value for path in paths}


def test_who_says_a_value_is_told() -> None:
    study = load("paper-0.2")
    ptaa = {item.input.rsplit(".", 1)[1]: item for item in layer_properties(study, 3)}
    assert ptaa["thickness"].origin == "study"
    assert ptaa["hole_mobility"].origin == "material"
    assert ptaa["hole_mobility"].source.startswith("Barard et al. 2009")
    assert ptaa["interface_hop"].origin == "halodot"
    assert (ptaa["donor_density"].origin, ptaa["donor_density"].stated) == ("", False)
    dots = {item.input.rsplit(".", 1)[1]: item for item in layer_properties(study, 4)}
    assert (dots["electron_affinity"].origin, dots["electron_affinity"].text) == ("film", "")


def test_a_layer_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="9 layers"):
        layer_properties(load("paper-0.2"), 9)


def test_a_study_without_a_device_has_no_rows() -> None:
    study = load("recipe-only")
    assert layer_rows(study) == ()
    assert {item.group for item in device_properties(study)} == {"Voltage sweep", "Surroundings"}


def test_layers_are_drawn_to_scale_but_for_those_too_thin_to_be_hit() -> None:
    heights = drawn_heights([1.1e-3, 150e-9, 30e-9, 1e-9, 100e-9, math.nan])
    assert [to_scale for _, to_scale in heights] == [False, True, True, False, True, False]
    assert heights[1][0] / heights[2][0] == pytest.approx(5.0, rel=0.02)
    assert min(height for height, _ in heights) >= LEAST
    assert sum(height for height, _ in heights) == pytest.approx(HEIGHT, abs=1.0)


def test_many_thin_layers_are_all_high_enough() -> None:
    assert {height for height, _ in drawn_heights([1e-9] * 40)} == {LEAST}


def test_a_row_is_told_in_a_sentence() -> None:
    rows = layer_rows(load("paper-0.2"))
    assert described(rows[7]) == "LiF: injection, 1 nm, Work function 3 eV, not drawn to scale"
    assert described(rows[1]) == "ITO: anode, 150 nm"
    assert [in_short(row) for row in rows[1:5]] == ["anode", "5.1", "2.3 / 5.25", "emitter"]
    assert in_short(layer_rows(load("4_hetero3"))[0]) == "5.05"


def test_the_materials_of_the_library_stand_under_their_role() -> None:
    found = materials()
    assert {item.name for items in found.values() for item in items} == set(library.materials())
    assert "PTAA" in {item.name for item in found["transport"]}
    ptaa = material("PTAA")
    assert ptaa is not None
    assert {"LUMO or CB", "HOMO or VB"} <= {number.label for number in ptaa.numbers}
    assert ptaa.line == "PTAA (2.3 / 5.25 eV)"
    assert material("unobtainium") is None


@pytest.mark.parametrize(
    ("path", "value", "unit", "text"),
    [
        ("x.thickness", 3e-8, "m", "30 nm"),
        ("x.thickness", 1.1e-3, "m", "1.1 mm"),
        ("x.hole_mobility", 1.23456789e-9, "m2/V/s", "1.23456789e-05 cm2/Vs"),
        ("run.temperature", 298.15, "K", "25 degC"),
        ("x.plqy", 0.1 + 0.2, "1", "30.000000000000004 %"),
        ("x.thickness", math.nan, "m", ""),
    ],
)
def test_a_number_has_the_digits_that_it_needs(path: str, value: float, unit: str, text: str) -> None:
    assert exact_text(path, value, unit) == text


def test_a_source_is_told_in_words() -> None:
    entry = "@article{a1,\n  author = {Rivi\\`ere, J. and Other, A.},\n  year = {1957},\n  journal = {Proc. {A}}\n}\n"
    assert cited("a1", entry) == "Rivière et al. 1957, Proc. A"
    assert cited("our own AFM", entry) == "our own AFM"
