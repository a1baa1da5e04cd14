"""What is said to differ between studies is what was changed, and nothing else."""

from __future__ import annotations

import pytest

from halodot.study import Study, load, load_library_study
from halodot.study.differences import ABSENT, differences


def changed(*changes: str, name: str = "paper-0.2") -> list[Study]:
    return [load(name), load(name, changes)]


@pytest.mark.parametrize("name", ["paper-0.2", "device-only", "recipe-only"])
def test_a_study_does_not_differ_from_itself(name: str) -> None:
    assert differences([load_library_study(name)] * 3) == ()


@pytest.mark.parametrize(
    ("path", "text", "values"),
    [
        ("device.layers.PTAA.thickness", "45 nm", ("30 nm", "45 nm")),
        ("recipe.pot[0].mass", "200 mg", ("170 mg", "200 mg")),
        ("recipe.work_up[1].wash.methyl acetate", "2", ("3", "2")),
        ("flask.site_density", "3e18 1/m2", ("2.9 1/nm2", "3 1/nm2")),
        ("flask.equivalents_reading", "volume", ("moles", "volume")),
        (
            "run.voltage",
            "{from: 0 V, to: 5 V, step: 0.5 V}",
            ("0 to 6 V in steps of 0.1 V", "0 to 5 V in steps of 0.5 V"),
        ),
    ],
)
def test_one_change_is_the_one_difference(path: str, text: str, values: tuple[str, str]) -> None:
    (row,) = differences(changed(f"{path}={text}"))
    assert row.path == path
    assert row.values == values


def test_numbers_stand_in_the_unit_beside_them() -> None:
    (row,) = differences(changed("device.layers.PTAA.thickness={value: 45 nm, kind: measured}"))
    assert row.numbers == (30.0, 45.0)
    assert row.unit == "nm"
    assert row.texts == ("30 nm (assumed)", "45 nm (measured)")


def test_the_same_value_of_another_kind_is_told_apart() -> None:
    (row,) = differences(changed("device.layers.TmPyPB.thickness={value: 6 nm, kind: assumed}"))
    assert row.same_value
    assert row.texts == ("6 nm (measured)", "6 nm (assumed)")


def test_a_step_that_is_left_out_moves_no_other_step() -> None:
    (row, *more) = differences(changed("recipe.pot[8]="))
    assert more == []
    assert (row.path, row.values) == ("recipe.pot[8]", ("hold 5 s", ABSENT))
    (row,) = differences(changed("recipe.pot[8]=")[::-1])
    assert row.values == (ABSENT, "hold 5 s")


def test_a_number_behind_a_step_that_is_left_out_has_the_path_of_the_first_study() -> None:
    rows = differences(changed("recipe.pot[9].cool=90 degC", "recipe.pot[8]="))
    assert {row.path for row in rows} == {"recipe.pot[8]", "recipe.pot[9].temperature"}


def test_another_reagent_in_the_same_place_is_one_row() -> None:
    rows = {row.path: row.values for row in differences(changed("recipe.pot[5].inject=octylamine"))}
    assert rows["recipe.pot[5]"] == ("inject oleylamine, volume 2 mL", "inject octylamine, volume 2 mL")
    assert rows["recipe.chemicals.oleylamine"][1] == ABSENT
    assert rows["recipe.chemicals.octylamine"][0] == ABSENT


def test_a_layer_that_only_one_device_has_is_told_as_a_whole() -> None:
    rows = {row.path: row.values for row in differences([load("paper-0.2"), load("paper-no-TmPyPB")])}
    assert set(rows) == {"device.layers", "device.layers.TmPyPB"}
    assert rows["device.layers.TmPyPB"] == ("6 nm", ABSENT)


def test_every_number_that_differs_is_there() -> None:
    one, other = load("paper-0.2"), load("paper-0.2", ["calibration=none"])
    expected = {path for path, entry in one.inputs.items() if other.inputs[path].value != entry.value}
    found = {row.path for row in differences([one, other]) if row.numbers and not row.same_value}
    assert len(expected) > 5
    assert found == expected
