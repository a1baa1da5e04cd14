"""The recipe as rows and its changes: every field is a path that --set takes, and what is done can be undone."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halodot.app.recipe.changes import (
    add_antisolvent,
    add_step,
    edit_field,
    move_step,
    moved_path,
    remove_step,
    starting_step,
    steps_of,
    take_suggestion,
)
from halodot.app.recipe.rows import RecipeField, RecipePart, recipe_rows
from halodot.app.recipe.slots import reagents, verb_form, verbs
from halodot.errors import InputError
from halodot.study import library
from halodot.study.load import from_text, load
from halodot.study.protocol import make_protocol
from halodot.study.verbs import VERBS, Verb

PAPER = load("paper-0.2").text


@cache
def parts(text: str = PAPER) -> dict[str, RecipePart]:
    return {part.key: part for part in recipe_rows(from_text(text))}


def field(path: str, text: str = PAPER) -> RecipeField:
    return next(one for part in parts(text).values() for step in part.steps for one in step.fields if one.path == path)


def pot(text: str) -> list[dict[str, Any]]:
    return steps_of(from_text(text).document, "pot")


# ---------------------------------------------------------------------------------------------------------------- rows


@pytest.mark.parametrize("name", [name for name in library.studies() if load(name).recipe is not None])
def test_every_field_of_a_shipped_recipe_is_set_to_its_own_value_without_a_change(name: str) -> None:
    study = load(name)
    fields = [one for part in recipe_rows(study) for step in part.steps for one in step.stated]
    values = [one.text if one.slot.kind == "number" else json.dumps(one.text) for one in fields]
    again = load(name, [f"{one.path}={value}" for one, value in zip(fields, values, strict=True)])
    assert json.dumps(again.document) == json.dumps(study.document)
    assert {one.number for one in fields if one.slot.kind == "number"} <= set(study.inputs)


def test_rows_hold_every_step_in_the_words_of_the_bench_sheet() -> None:
    study = load("paper-0.2")
    sheet = {step.where: step.text for stage in make_protocol(study).stages for step in stage.steps}
    rows = {step.path: step.sentence for part in recipe_rows(study) for step in part.steps}
    assert rows == sheet
    assert list(parts()) == ["stocks.cs_oleate", "stocks.ligand", "pot", "work_up", "film"]


def test_a_value_with_a_spread_keeps_it_when_it_is_edited() -> None:
    text = PAPER.replace("mass: 170 mg,", "mass: {value: 170 mg, sd: 2 mg},")
    new = edit_field(text, None, field("recipe.pot[0].mass.value", text), "180 mg")
    assert "mass: {value: 180 mg, sd: 2 mg}" in new


def test_a_study_without_a_recipe_has_no_rows() -> None:
    assert recipe_rows(load(next(name for name in library.studies() if load(name).recipe is None))) == ()


# --------------------------------------------------------------------------------------------------------------- words


def test_every_word_of_the_declaration_has_a_form_with_all_its_keys() -> None:
    assert {form.word: {slot.key for slot in form.slots} for form in verbs()} == {
        word: {word, *verb.keys, "note"} for word, verb in VERBS.items()
    }


def test_a_new_word_appears_by_its_declaration_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from halodot.study import verbs as declared

    word = Verb("duration", {"temperature": "temperature", "under": "atmosphere"}, ("pot",), "hold")
    monkeypatch.setitem(declared.VERBS, "sonicate", word)  # type: ignore[arg-type]
    monkeypatch.setitem(declared.EXAMPLES, "sonicate", ("{sonicate: 5 min}", "to hold"))  # type: ignore[arg-type]
    form = verb_form.__wrapped__("sonicate")
    assert [(slot.key, slot.kind) for slot in form.slots] == [
        ("sonicate", "number"),
        ("temperature", "number"),
        ("under", "choice"),
        ("note", "note"),
    ]
    assert form.slots[0].start == "5 min"


def test_what_a_word_needs_is_what_the_loader_asks_for() -> None:
    needed = {form.word: [slot.key for slot in form.slots if slot.required] for form in verbs()}
    assert needed["redisperse"] == ["redisperse", "volume"]
    assert needed["add"] == ["add", "mass"]
    assert needed["heat"] == ["heat"]


def test_units_are_those_of_a_bench() -> None:
    units = {slot.key: slot.units for form in verbs() for slot in form.slots}
    assert units["volume"] == ("mL", "uL", "L")
    assert units["temperature"] == ("degC", "K")
    assert "ns" not in units["time"]


def test_reagents_are_known_by_name() -> None:
    assert {"oleic acid", "PbI2", "methyl acetate"} <= set(reagents())


# --------------------------------------------------------------------------------------------------------------- steps


@pytest.mark.parametrize("word", sorted(VERBS))
def test_every_word_can_be_added_somewhere_and_taken_out_again(word: str) -> None:
    refused = []
    for part in (part for part in parts().values() if word in part.verbs):
        for place in range(len(part.steps) + 1):
            try:
                new = add_step(PAPER, None, part.key, place, word)
            except InputError as error:
                refused.append(str(error))
                continue
            assert remove_step(new, None, part.key, place) == PAPER
            assert word in steps_of(from_text(new).document, part.key)[place]
            return
    assert word == "redisperse", refused  # which needs a precipitate, and comes with its wash


def test_a_wash_between_other_steps_comes_and_goes_with_its_redispersion() -> None:
    new = add_step(PAPER, None, "work_up", 3, "wash")
    steps = steps_of(from_text(new).document, "work_up")
    assert [next(iter(step)) for step in steps[2:6]] == ["redisperse", "wash", "redisperse", "centrifuge"]
    assert remove_step(new, None, "work_up", 3) == PAPER


def test_a_step_moves_there_and_back() -> None:
    there = move_step(PAPER, None, "pot", 0, 2)
    assert [step.get("add") for step in pot(there)[:3]] == ["ZnI2", "1-octadecene", "PbI2"]
    assert move_step(there, None, "pot", 2, 0) == PAPER


def test_a_stock_is_begun_with_its_first_step() -> None:
    new = add_step(PAPER, None, "stocks.more", 0, "add", {"add": "oleic acid", "volume": "1 mL"})
    recipe = from_text(new).recipe
    assert recipe is not None
    assert [step.material for step in recipe.stocks["more"]] == ["oleic acid"]


def test_the_remarks_stay_with_their_steps() -> None:
    new = move_step(add_step(PAPER, None, "pot", 0, "stir"), None, "pot", 11, 10)
    remarks = [line for line in PAPER.splitlines() if "#" in line]
    assert [line for line in new.splitlines() if "#" in line] == remarks


def test_a_place_that_is_not_there_is_named() -> None:
    for change in (
        lambda: remove_step(PAPER, None, "pot", 12),
        lambda: move_step(PAPER, None, "pot", 0, 12),
        lambda: add_step(PAPER, None, "pot", 13, "stir"),
        lambda: add_step(PAPER, None, "beaker", 0, "stir"),
        lambda: add_step(PAPER, None, "pot", 0, "microwave"),
    ):
        with pytest.raises(InputError) as caught:
            change()
        assert caught.value.problems[0].path.startswith("recipe.")


def test_paths_follow_their_steps() -> None:
    order = [None, 0, 2]
    assert moved_path("recipe.pot[0].mass", "pot", order) == "recipe.pot[1].mass"
    assert moved_path("recipe.pot[2].mass", "pot", order) == "recipe.pot[2].mass"
    assert moved_path("recipe.pot[1].mass", "pot", order) == ""
    assert moved_path("recipe.work_up[1].time", "pot", order) == "recipe.work_up[1].time"


# -------------------------------------------------------------------------------------------------------------- fields


@pytest.mark.parametrize(
    ("path", "typed", "words"),
    [
        ("recipe.pot[0].mass", "170 mL", "measures a volume, but a mass is expected"),
        ("recipe.pot[0].mass", "170", "has no unit"),
        ("recipe.pot[0].mass", "{a", "is no number"),
        ("recipe.pot[0].mass", "", "no amount stated"),
        ("recipe.pot[6].heat", "150 mL", "a temperature is expected"),
        ("recipe.pot[6].heat", "", "cannot be empty"),
        ("recipe.pot[0].over", "5 mg", "a time is expected"),
        ("recipe.pot[3].under", "xenon", "not one of argon"),
        ("recipe.work_up[0].centrifuge", "5000", "rpm"),
        ("recipe.work_up[1].wash.methyl acetate", "3 mg", "measures a mass"),
        ("recipe.pot[0].add", "unobtainium: x", "unknown chemical"),
    ],
)
def test_a_wrong_value_is_answered_at_its_field_in_the_words_of_the_loader(path: str, typed: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        edit_field(PAPER, None, field(path), typed)
    assert caught.value.problems[0].path == path
    assert words in caught.value.problems[0].message


def test_a_value_that_belongs_to_another_word_is_taken_there() -> None:
    with pytest.raises(InputError) as caught:
        edit_field(PAPER, None, field("recipe.pot[4].volume"), "900 mg")
    suggestion = caught.value.problems[0].suggestion
    new = take_suggestion(PAPER, None, field("recipe.pot[4].volume"), suggestion)
    assert pot(new)[4] == {"inject": "oleic acid", "note": "at 120 degC under argon", "mass": "900 mg"}


def test_another_amount_takes_the_place_of_the_one_before() -> None:
    new = edit_field(PAPER, None, field("recipe.pot[0].amount"), "0.4 mmol")
    assert pot(new)[0] == {"add": "PbI2", "note": "into a 50 mL three-necked flask", "amount": "0.4 mmol"}
    counted = edit_field(PAPER, None, field("recipe.pot[1].equivalents"), "3 of PbI2")
    assert pot(counted)[1] == {"add": "ZnI2", "equivalents": 3, "of": "PbI2"}
    back = edit_field(counted, None, field("recipe.pot[1].mass", counted), "345 mg")
    assert from_text(back).document == from_text(PAPER).document


def test_a_wash_by_ratio_becomes_one_by_volumes_and_back() -> None:
    volumes = edit_field(PAPER, None, field("recipe.work_up[1].per"), "")
    assert steps_of(from_text(volumes).document, "work_up")[1]["wash"] == {
        "ethyl acetate": "1 mL",
        "methyl acetate": "3 mL",
    }
    ratio = edit_field(volumes, None, field("recipe.work_up[1].per", volumes), "volume of dispersion")
    assert from_text(ratio).document == from_text(PAPER).document


def test_an_antisolvent_comes_with_as_much_as_the_first_and_goes_when_it_is_emptied() -> None:
    new = add_antisolvent(PAPER, None, "recipe.work_up[4]", "acetone")
    assert steps_of(from_text(new).document, "work_up")[4]["wash"]["acetone"] == "6 mL"
    gone = edit_field(new, None, field("recipe.work_up[4].wash.acetone", new), "")
    assert from_text(gone).document == from_text(PAPER).document


@pytest.mark.parametrize("note", ["shake: {not} stirred # twice", "- [", "'", '"', "null", "yes", "日本", "a\\nb"])
def test_a_note_may_say_anything(note: str) -> None:
    assert pot(edit_field(PAPER, None, field("recipe.pot[0].note"), note))[0]["note"] == note


ACTIONS = st.one_of(
    st.tuples(st.just("add"), st.sampled_from(["pot", "work_up", "film", "stocks.ligand"]), st.integers(0, 13)),
    st.tuples(st.just("remove"), st.sampled_from(["pot", "work_up", "stocks.ligand"]), st.integers(0, 13)),
    st.tuples(st.just("move"), st.sampled_from(["pot", "work_up"]), st.integers(0, 13)),
    st.tuples(st.just("type"), st.sampled_from(["pot", "work_up", "stocks.ligand"]), st.integers(0, 13)),
)
TYPED = st.one_of(
    st.sampled_from(["", "3 mL", "170 mg", "25 degC", "1 h", "nan", "-5 s", "1e300 g", "0", "oleylamine", "ligand"]),
    st.text(max_size=12),
)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(ACTIONS, st.sampled_from(sorted(VERBS)), TYPED, st.integers(0, 30)), max_size=4))
def test_every_sequence_of_edits_loads_or_is_refused(actions: list[Any]) -> None:
    text = PAPER
    for (kind, part, place), word, typed, other in actions:
        try:
            if kind == "add":
                text = add_step(text, None, part, place, word, {word: typed} if typed else None)
            elif kind == "remove":
                text = remove_step(text, None, part, place)
            elif kind == "move":
                text = move_step(text, None, part, place, other)
            else:
                rows = {row.key: row for row in recipe_rows(from_text(text))}
                fields = [one for step in rows[part].steps for one in step.fields]
                text = edit_field(text, None, fields[other % len(fields)], typed)
        except InputError:
            continue
        assert recipe_rows(from_text(text))


def test_the_starting_step_of_a_word_is_not_shared() -> None:
    starting_step("stir")["stir"] = "0 s"
    assert starting_step("stir")["stir"] == "1 h"
