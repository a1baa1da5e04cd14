"""Changes from the command line: where they land, and what is said when they do not."""

from __future__ import annotations

import pytest

from halodot.errors import InputError
from halodot.study import Study, from_text, load


def layer(study: Study, name: str):  # type: ignore[no-untyped-def]
    assert study.stack is not None
    return next(item for item in study.stack.layers if item.name == name)


@pytest.mark.parametrize(
    ("change", "path", "value"),
    [
        ("recipe.stocks.ligand[0].amount=0.3 mmol", "recipe.stocks.ligand[0].amount", 3e-4),
        ("recipe.pot[7].volume=2.0 mL", "recipe.pot[7].volume", 2e-6),
        ("recipe.pot[6].heat=160 degC", "recipe.pot[6].temperature", 433.15),
        ("recipe.work_up[1].wash.ethyl acetate=2", "recipe.work_up[1].wash.ethyl acetate", 2.0),
        ("device.layers.PO-T2T.thickness=60 nm", "device.layers.PO-T2T.thickness", 6e-8),
        ("device.layers.PO-T2T=60 nm", "device.layers.PO-T2T.thickness", 6e-8),
        ("device.layers[6].PO-T2T=60 nm", "device.layers.PO-T2T.thickness", 6e-8),
        ("device.layers[6].thickness=60 nm", "device.layers.PO-T2T.thickness", 6e-8),
        ("device.layers.PEDOT:PSS.thickness=40 nm", "device.layers.PEDOT:PSS.thickness", 4e-8),
        ("device.layers.PTAA.hole_mobility=1e-3 cm2/Vs", "device.layers.PTAA.hole_mobility", 1e-7),
        ("device.layers.ITO.thickness.value=120 nm", "device.layers.ITO.thickness", 1.2e-7),
        ("device.layers.glass.index_offset=0.01", "device.layers.glass.index_offset", 0.01),
        ("device.area=9 mm2", "device.area", 9e-6),
        ("device.layers.PTAA.thickness=25 nm", "device.layers.PTAA.thickness", 2.5e-8),
        ("film.tunnelling_decay=8 1/nm", "film.tunnelling_decay", 8e9),
        ("parameters.film.tunnelling_decay=8 1/nm", "film.tunnelling_decay", 8e9),
        ("given.dots.plqy=0.6", "given.dots.plqy", 0.6),
        ("recipe.chemicals.oleylamine.purity=80 %", "recipe.chemicals.oleylamine.purity", 0.8),
        ("run.lifetime.luminance=100 cd/m2", "run.lifetime_luminance", 100.0),
        ("run.lifetime_luminance=100 cd/m2", "run.lifetime_luminance", 100.0),
        ("run.temperature=310 K", "run.temperature", 310.0),
    ],
)
def test_lands_where_it_is_aimed(change: str, path: str, value: float) -> None:
    study = load("paper-0.2", [change])
    assert study.inputs[path].value == pytest.approx(value, rel=1e-15)
    reference = load("paper-0.2")
    others = {key: entry.value for key, entry in study.inputs.items() if key != path}
    assert others == {key: entry.value for key, entry in reference.inputs.items() if key in others}


def test_the_value_reaches_the_state() -> None:
    study = load(
        "paper-0.2", ["device.layers.PO-T2T.thickness=60 nm", "device.layers.PO-T2T.electron_mobility=1 m2/V/s"]
    )
    assert layer(study, "PO-T2T").thickness == 6e-8
    assert layer(study, "PO-T2T").transport.electron_mobility == 1.0
    assert layer(study, "Al").role == "electrode"


def test_other_values() -> None:
    study = load("paper-0.2", ["title=a new one", "run.positions=5", "run.stop_after=film", "run.voltage=[1 V, 2 V]"])
    assert study.title == "a new one"
    assert study.run.positions == 5
    assert study.run.stop_after == "film"
    assert list(study.run.voltages) == [1.0, 2.0]


def test_an_empty_value_takes_an_entry_out() -> None:
    study = load("paper-0.2", ["device.layers.TmPyPB=", "run.lifetime="])
    assert study.stack is not None
    assert [item.name for item in study.stack.layers][4:6] == ["dots", "PO-T2T"]
    assert "run.lifetime_luminance" not in study.inputs


def test_the_document_holds_the_change() -> None:
    study = load("paper-0.2", ["recipe.stocks.ligand[0].amount=0.3 mmol"])
    assert study.document["recipe"]["stocks"]["ligand"][0] == {"add": "5-aminopentanoic acid", "amount": "0.3 mmol"}


@pytest.mark.parametrize(
    ("change", "message", "suggestion"),
    [
        ("title", "has no '='", ""),
        ("=3", "has no '='", ""),
        ("recipe.stocks.ligand[9].amount=1 mmol", "the list has 4 items", ""),
        ("device.layers.PTA.thickness=1 nm", "no item 'PTA' in the list", "PTAA"),
        ("device.layers.PTAA.thickness=1", "has no unit", "1 nm"),
        ("device.layers.PTAA.hole_mobilty=1 cm2/Vs", "unknown key 'hole_mobilty'", "hole_mobility"),
        ("recipe.pott[0].mass=1 mg", "there is no 'pott' here", "pot"),
        ("recipe[0]=1 mg", "a mapping has no '[0]'", ""),
        ("title.first=1", "there is nothing below a text", ""),
        ("tilte=1", "unknown key 'tilte'", "title"),
        ("film.red_shft=1 meV", "no number 'film.red_shft'", "film.red_shift"),
        ("title={a: *b}", "is not allowed", ""),
    ],
)
def test_says_why_it_cannot_be_made(change: str, message: str, suggestion: str) -> None:
    with pytest.raises(InputError) as caught:
        load("paper-0.2", [change])
    problem = caught.value.problems[0]
    assert message in problem.message
    assert problem.file.startswith("--set")
    if suggestion:
        assert problem.suggestion == suggestion


def test_all_changes_are_checked_at_once() -> None:
    with pytest.raises(InputError) as caught:
        load("paper-0.2", ["x", "recipe.stocks.ligand[9].amount=1 mmol"])
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize(
    ("change", "path", "value"),
    [
        ("recipe.pot.heat=160 degC", "recipe.pot[6].heat", "150 degC"),
        ("recipe.work_up.centrifuge.time=2 min", "recipe.work_up[3].time", "1 min"),
        ("recipe.pot.PbI2.mass=200 mg", "recipe.pot[0].mass", "170 mg"),
        ("recipe.pot.PbI2=200 mg", "recipe.pot[0].mass", "170 mg"),
        ("recipe.stocks.ligand.hydroiodic acid=2", "recipe.stocks.ligand[1].equivalents", "1.5"),
        ("recipe.pot.boil=5 min", "recipe.pot[8]", "hold 5 s"),
    ],
)
def test_a_step_that_is_named_is_answered_with_the_paths_that_exist(change: str, path: str, value: str) -> None:
    with pytest.raises(InputError) as caught:
        load("paper-0.2", [change])
    assert f"{path} ({value})" in str(caught.value)
    assert "a step is expected" not in str(caught.value)


def test_a_word_that_only_one_step_has_names_that_step() -> None:
    named, counted = (load("paper-0.2", [f"recipe.pot{step}.temperature=110 degC"]) for step in (".dry", "[3]"))
    assert named.recipe is not None
    assert named.document == counted.document


@pytest.mark.parametrize("path", ["device.layers[1].thickness", "device.layers.ITO.thickness", "device.layers.ITO"])
def test_a_layer_is_found_by_its_material_wherever_that_stands(path: str) -> None:
    text = load("device-only").text.replace("{ITO: 150 nm, contact: anode}", "{contact: anode, ITO: 150 nm}")
    assert from_text(text, overrides=[f"{path}=100 nm"]).inputs["device.layers.ITO.thickness"].value == 100e-9
