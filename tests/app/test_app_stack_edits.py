"""Changes of the layers and of what is given: the text loads or the change is refused, and goes back as it came."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halodot.app.edits import by_hand, edit_value
from halodot.app.stack.edits import add_layer, move_layer, remove_layer, set_material
from halodot.app.stack.measured import clear_given, computed_quantities, given_quantities, set_given
from halodot.app.stack.properties import layer_properties
from halodot.app.stack.rows import layer_rows
from halodot.errors import InputError
from halodot.names import input_text
from halodot.study.load import from_text, load

PAPER = load("paper-0.2").text
DEVICE = load("device-only").text
SHIPPED = ("paper-0.2", "device-only", "paper-no-TmPyPB", "npb-alq3", "4_hetero3")
FORMS = """halodot: 1
device:
  layers:
    - soda-lime glass             # bought
    - {ITO: 150 nm, contact: anode}
    # spun
    - PEDOT:PSS: 30 nm
      note: 4500 rpm
    - PTAA:
        thickness: 30 nm
        hole_mobility: 1e-4 cm2/Vs
    - {TmPyPB: {value: 6 nm, sd: 0.3 nm}}
    - {PO-T2T: {thickness: 40 nm}}
    - {LiF: 1 nm}
    - Al: 100 nm
      contact: cathode
"""


def names(text: str) -> list[str]:
    """Return the layers of a study from the substrate up."""
    stack = from_text(text).stack
    assert stack is not None
    return [layer.name for layer in stack.layers]


@pytest.mark.parametrize("text", [PAPER, DEVICE, FORMS])
@pytest.mark.parametrize(("old", "new"), [(3, 4), (5, 3), (2, 3)])
def test_a_layer_that_is_moved_there_and_back_leaves_the_text_as_it_was(text: str, old: int, new: int) -> None:
    there = move_layer(text, None, old, new)
    assert names(there)[new] == names(text)[old]
    assert move_layer(there, None, new, old) == text


@pytest.mark.parametrize("name", SHIPPED)
def test_a_layer_that_is_moved_there_and_back_leaves_the_study_as_it_was(name: str) -> None:
    study = load(name)
    places = [row.place for row in layer_rows(study) if row.role in ("transport", "emitter")]
    there = move_layer(study.text, None, places[0], places[1])
    after = from_text(move_layer(there, None, places[1], places[0]))
    assert after.document == study.document
    assert after.inputs == study.inputs


def test_each_layer_keeps_the_form_in_which_it_is_written() -> None:
    moved = move_layer(FORMS, None, 3, 5)
    for lines in (
        "    - soda-lime glass             # bought\n",
        "    # spun\n    - PEDOT:PSS: 30 nm\n      note: 4500 rpm\n",
        "    - PTAA:\n        thickness: 30 nm\n        hole_mobility: 1e-4 cm2/Vs\n",
        "    - {TmPyPB: {value: 6 nm, sd: 0.3 nm}}\n    - {PO-T2T: {thickness: 40 nm}}\n",
    ):
        assert lines in moved


@pytest.mark.parametrize(("old", "new"), [(0, 3), (8, 2), (0, 99), (-1, 2), (2, -1)])
def test_an_order_that_no_device_has_is_refused(old: int, new: int) -> None:
    with pytest.raises(InputError):
        move_layer(PAPER, None, old, new)


def test_a_layer_is_removed_and_nothing_else() -> None:
    after = remove_layer(DEVICE, None, 5)
    assert names(after) == [name for name in names(DEVICE) if name != "TmPyPB"]
    gone = [line for line in DEVICE.splitlines() if line not in after.splitlines()]
    assert [line for line in gone if not line.lstrip().startswith("#")] == ["    - {TmPyPB: 6 nm}"]


def test_what_a_device_cannot_be_without_stays() -> None:
    with pytest.raises(InputError, match="no layer is the anode"):
        remove_layer(PAPER, None, 1)
    with pytest.raises(InputError, match="no place 9"):
        remove_layer(PAPER, None, 9)


def test_a_layer_is_added_and_taken_away_again() -> None:
    after = add_layer(DEVICE, None, 4, "TFB", "15 nm")
    assert names(after)[4] == "TFB"
    assert from_text(after).inputs["device.layers.TFB.thickness"].value == pytest.approx(15e-9)
    assert remove_layer(after, None, 4) == DEVICE


@pytest.mark.parametrize(
    ("place", "material", "thickness", "words"),
    [
        (4, "unobtainium", "15 nm", "not in the library"),
        (4, "TFB", "15 mg", "measures a mass"),
        (4, "TFB", "15", "no unit"),
        (4, "TFB", "", "the thickness of TFB is missing"),
        (4, "", "15 nm", "no material"),
        (99, "TFB", "15 nm", "no place 99"),
        (4, "TFB", "{a", "not YAML"),
    ],
)
def test_a_layer_that_cannot_be_is_answered(place: int, material: str, thickness: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        add_layer(PAPER, None, place, material, thickness)


@pytest.mark.parametrize("place", [3, 5, 6])
def test_another_material_has_the_thickness_of_the_former(place: int) -> None:
    after = from_text(set_material(FORMS, None, place, "TPBi"))
    row = layer_rows(after)[place]
    assert row.material == "TPBi"
    assert row.thickness.text == layer_rows(from_text(FORMS))[place].thickness.text


def test_what_is_stated_of_a_material_leaves_with_it() -> None:
    after = from_text(set_material(FORMS, None, 3, "TFB"))
    (mobility,) = (item for item in layer_properties(after, 3) if item.input.endswith(".hole_mobility"))
    assert mobility.origin == "material"


def test_a_contact_of_another_material_stays_the_contact() -> None:
    after = from_text(set_material(PAPER, None, 1, "FTO"))
    assert layer_rows(after)[1].contact == "anode"
    assert layer_rows(from_text(set_material(PAPER, None, 0, "soda-lime glass")))[0].name == "soda-lime glass"


def test_a_material_that_nobody_knows_is_answered() -> None:
    with pytest.raises(InputError, match="not in the library"):
        set_material(PAPER, None, 3, "unobtainium")


def test_a_number_that_is_set_by_hand_is_nobody_elses() -> None:
    document = from_text(PAPER).document
    path = "device.layers.PTAA.hole_mobility"
    after = from_text(edit_value(PAPER, None, path, by_hand(document, path, "3e-4 cm2/Vs")))
    assert (after.inputs[path].kind, after.inputs[path].source) == ("assumed", "set by hand")
    assert by_hand(from_text(DEVICE).document, path, "3e-4 cm2/Vs") == "3e-4 cm2/Vs"
    assert by_hand(document, path, "{value: 3e-4 cm2/Vs, kind: measured}") == "{value: 3e-4 cm2/Vs, kind: measured}"
    assert by_hand(document, path, " ") == " "
    assert by_hand(document, "device.outcoupling", "half_sphere") == "half_sphere"
    assert by_hand(document, "recipe.pot[0].mass", "171 mg") == "171 mg"


# --------------------------------------------------------------------------------------------------------------- given


def test_a_quantity_is_given_and_computed_again() -> None:
    after = set_given(PAPER, None, "film.plqy", "60 %", "our sphere")
    (found,) = (item for item in given_quantities(from_text(after)) if item.is_given)
    assert (found.name, found.text, found.source, found.kind) == ("film.plqy", "60 %", "our sphere", "measured")
    assert clear_given(after, None, "film.plqy").rstrip() == PAPER.rstrip()
    assert set_given(after, None, "film.plqy", " ").rstrip() == PAPER.rstrip()


def test_a_given_quantity_is_replaced_where_it_stands() -> None:
    nested = f"{PAPER}given:\n  film:\n    plqy: 0.5\n"
    after = from_text(set_given(nested, None, "film.plqy", "60 %"))
    assert after.given["film.plqy"] == pytest.approx(0.6)
    assert list(after.document["given"]) == ["film"]
    assert "given" not in from_text(clear_given(nested, None, "film.plqy")).document


def test_every_quantity_that_is_offered_can_be_given() -> None:
    items = given_quantities(load("paper-0.2"))
    ones = {item.path: f"1 {'' if item.unit == '1' else item.unit}" for item in items}
    after = from_text(PAPER, overrides=[f"{path}={text}" for path, text in ones.items()])
    assert set(after.given) == {item.name for item in items}
    assert [item.text for item in given_quantities(after)] == [text.strip() for text in ones.values()]


def test_what_is_computed_stands_beside_what_is_given() -> None:
    plain = computed_quantities(load("paper-0.2"))
    study = from_text(PAPER, overrides=["given.dots.plqy=0.5"])
    found = {item.name: item for item in given_quantities(study, computed_quantities(study))}
    assert found["dots.plqy"].text == "0.5"
    assert found["dots.plqy"].computed == input_text("plqy", plain["dots.plqy"], "1", 4)
    assert found["film.plqy"].computed != input_text("plqy", plain["film.plqy"], "1", 4)


@pytest.mark.parametrize(
    ("quantity", "value", "words"),
    [
        ("film.plqy", "60 nm", "measures a length"),
        ("film.plqy", "140 %", "not between 0 and 1"),
        ("film.brightness", "0.5", "no quantity"),
        ("lamp.plqy", "0.5", "is no state"),
    ],
)
def test_a_quantity_that_cannot_be_given_is_answered(quantity: str, value: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        set_given(PAPER, None, quantity, value)


def test_what_is_not_given_is_not_taken_back() -> None:
    with pytest.raises(InputError, match="is not given"):
        clear_given(PAPER, None, "film.plqy")


def test_what_no_later_stage_reads_is_marked() -> None:
    found = {item.name: item.changes_nothing for item in given_quantities(load("paper-0.2"))}
    assert found["dots.pl_peak"]
    assert not found["film.plqy"]


def test_a_device_without_a_recipe_computes_nothing_that_can_be_given() -> None:
    assert given_quantities(load("device-only")) == ()


# ------------------------------------------------------------------------------------------------------- any sequence


@cache
def shipped(name: str) -> str:
    return load(name).text


places = st.integers(-1, 10)
written = st.sampled_from(["30 nm", "1 um", "-3 nm", "5", "", "{", "1e400 nm", "é", "[1, 2]", "nan nm", "4 eV"])
materials_ = st.sampled_from(["PTAA", "TPBi", "glass", "Al", "dots", "anode", "", "x: y", "contact", "LiF", "- a"])
edits = st.one_of(
    st.tuples(st.just("move"), places, places),
    st.tuples(st.just("remove"), places, places),
    st.tuples(st.just("add"), places, materials_, written),
    st.tuples(st.just("material"), places, materials_),
    st.tuples(st.just("thickness"), places, written),
    st.tuples(st.just("given"), st.sampled_from(["film.plqy", "dots.edge_length", "x", ""]), written),
)


def edited(text: str, edit: tuple[object, ...]) -> str:
    """Return a text after one change."""
    what, *rest = edit
    values: list[object] = rest
    if what == "move":
        return move_layer(text, None, *values)  # type: ignore[arg-type]
    if what == "remove":
        return remove_layer(text, None, values[0])  # type: ignore[arg-type]
    if what == "add":
        return add_layer(text, None, *values)  # type: ignore[arg-type]
    if what == "material":
        return set_material(text, None, *values)  # type: ignore[arg-type]
    if what == "given":
        return set_given(text, None, *values)  # type: ignore[arg-type]
    return edit_value(text, None, f"device.layers[{values[0]}].thickness", str(values[1]))


@given(st.sampled_from(SHIPPED), st.lists(edits, min_size=1, max_size=4))
@settings(max_examples=12)
def test_any_sequence_of_changes_loads_or_is_refused(name: str, sequence: list[tuple[object, ...]]) -> None:
    text = shipped(name)
    for edit in sequence:
        try:
            text = edited(text, edit)
        except InputError:
            continue
        study = from_text(text)
        for row in layer_rows(study):
            assert from_text(text, overrides=[f"{row.thickness.path}={row.thickness.text}"]).stack is not None
