"""What a study becomes: values in SI, the origin of every number, and the way back to a document."""

from __future__ import annotations

import json
import math
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from halodot.errors import InputError
from halodot.sources import KINDS, bibliography_keys
from halodot.states import Dots, Film, Flask, Recipe, Stack, anode_is_below
from halodot.study import Study, from_document, from_text, load, load_library_study, to_document, with_inputs
from halodot.study.library import ROOT, STUDY_ALIASES, bibliography, studies, study_path

DEVICE = (Path(__file__).parent / "own_device.yaml").read_text(encoding="utf-8")
RECIPE = (ROOT / "studies" / "recipe-only.yaml").read_text(encoding="utf-8")


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal to the last bit, nan to nan."""
    if isinstance(one, np.ndarray):
        return bool(np.array_equal(one, other, equal_nan=True))
    if isinstance(one, float):
        return one == other or (math.isnan(one) and math.isnan(other))
    if isinstance(one, (tuple, list)):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other))
    if hasattr(one, "keys"):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if hasattr(one, "__dataclass_fields__"):
        return type(one) is type(other) and all(same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))
    return bool(one == other)


def differences(one: Study, other: Study) -> list[str]:
    return [item.name for item in fields(Study) if not same(getattr(one, item.name), getattr(other, item.name))]


def test_the_papers_recipe_in_si() -> None:
    recipe = load("paper-0.2").recipe
    assert recipe is not None
    assert [step.kind for step in recipe.pot] == ["add"] * 3 + ["dry", "inject", "inject", "heat", "inject"] + [
        "hold",
        "cool",
        "inject",
        "cool",
    ]
    assert recipe.pot[0].mass == 170e-6
    assert recipe.pot[3].duration == 3600.0
    assert recipe.pot[3].temperature == 393.15
    assert recipe.pot[3].atmosphere == "argon"
    assert (recipe.pot[7].material, recipe.pot[7].volume) == ("cs_oleate", 2.2e-6)
    assert recipe.pot[8].duration == 5.0
    assert recipe.pot[10].material == "ligand"
    assert math.isnan(recipe.pot[10].volume)  # all of it
    acid = recipe.stocks["ligand"][1]
    assert (acid.material, acid.equivalents, acid.of) == ("hydroiodic acid", 1.5, "5-aminopentanoic acid")
    first, second = (step for step in recipe.work_up if step.kind == "wash")
    assert first.per_dispersion
    assert dict(first.antisolvents) == {"ethyl acetate": 1.0, "methyl acetate": 3.0}
    assert not second.per_dispersion
    assert dict(second.antisolvents) == {"ethyl acetate": 6e-6, "methyl acetate": 6e-6}
    assert recipe.pot[0].where == "recipe.pot[0]"
    assert {step.material for step in recipe.pot} - set(recipe.stocks) - {""} <= set(recipe.chemicals)


def test_the_papers_device_in_si() -> None:
    study = load("paper-0.2")
    assert study.stack is not None
    names = ["glass", "ITO", "PEDOT:PSS", "PTAA", "dots", "TmPyPB", "PO-T2T", "LiF", "Al"]
    assert [layer.name for layer in study.stack.layers] == names
    thicknesses = [layer.thickness for layer in study.stack.layers]
    # The glass states no thickness; it is taken to be as thick as usual.
    assert thicknesses == [1.1e-3, 150e-9, 30e-9, 30e-9, 30e-9, 6e-9, 40e-9, 1e-9, 100e-9]
    assert anode_is_below(study.stack)
    assert study.stack.area == 4e-6
    assert study.stack.emitter is None  # the film says how it shines
    assert study.stack.temperature == study.run.temperature == 298.15
    assert study.run.voltages.size == 61
    assert study.run.voltages[-1] == 6.0
    assert study.run.lifetime_luminance == 209.0


def test_the_control_differs_by_the_ligand_and_the_lifetime_test() -> None:
    treated, control = load("paper-0.2"), load("paper-control")
    assert treated.recipe is not None
    assert control.recipe is not None
    assert list(control.recipe.stocks) == ["cs_oleate"]
    kinds = [(step.kind, step.material) for step in treated.recipe.pot]
    assert [(step.kind, step.material) for step in control.recipe.pot] == [*kinds[:9], ("cool", "")]
    assert control.recipe.pot[-1].temperature == 298.15
    assert control.run.lifetime_luminance == 204.0
    assert same(control.stack, treated.stack)


@pytest.mark.parametrize(("name", "dose"), [("paper-0.1", 1e-4), ("paper-0.2", 2e-4), ("paper-0.3", 3e-4)])
def test_the_dose_series_differs_by_the_dose_alone(name: str, dose: float) -> None:
    study, reference = load(name), load("paper-0.2")
    assert study.inputs["recipe.stocks.ligand[0].amount"].value == dose
    others = {path: entry for path, entry in study.inputs.items() if path != "recipe.stocks.ligand[0].amount"}
    assert others == {path: reference.inputs[path] for path in others}
    assert len(study.inputs) == len(reference.inputs)


def test_the_upside_down_device() -> None:
    text = DEVICE.replace("contact: anode", "contact: x").replace("contact: cathode", "contact: anode")
    study = from_text(text.replace("contact: x", "contact: cathode"))
    assert study.stack is not None
    assert not anode_is_below(study.stack)


@pytest.mark.parametrize("name", studies())
def test_every_library_study_comes_back_from_its_document(name: str) -> None:
    study = load(name)
    document = json.loads(json.dumps(to_document(study)))
    assert differences(study, from_document(document, study.path, kept=study)) == []


@pytest.mark.parametrize("name", ["paper-0.2", "device-only"])
def test_a_changed_study_comes_back_from_its_document(name: str) -> None:
    study = load(name)
    values = {path: entry.value * 1.01 + 1e-30 for path, entry in study.inputs.items()}
    changed = with_inputs(study, values)
    document = json.loads(json.dumps(to_document(changed)))
    assert differences(changed, from_document(document, study.path, kept=study)) == []


@pytest.mark.parametrize("name", studies())
def test_every_number_has_an_origin_that_exists(name: str) -> None:
    study = load(name)
    keys = set(bibliography_keys(bibliography()))
    for path, entry in study.inputs.items():
        assert entry.kind in KINDS, path
        assert math.isfinite(entry.value), path
        if name.startswith("paper"):
            assert entry.kind == "assumed" or entry.source, path
        assert not entry.source or entry.source in keys, path
    assert set(study.tables.values()) <= keys
    shines = study.stack is not None and study.stack.layers[0].role == "substrate"
    assert {"ITO", "Al"} <= set(study.tables) or not shines


def test_bare_numbers_count_as_assumed() -> None:
    study = from_text(DEVICE)
    assert study.inputs["device.layers.PTAA.thickness"].kind == "assumed"
    assert study.inputs["device.layers.PTAA.thickness"].source == ""


def test_a_section_may_name_the_source_of_its_numbers() -> None:
    study = from_text(DEVICE.replace("  area: 4 mm2", "  source: our notebook\n  area: 4 mm2"))
    assert (study.inputs["device.area"].kind, study.inputs["device.area"].source) == ("measured", "our notebook")
    assert study.inputs["device.layers.PTAA.relative_permittivity"].source == "halodot"  # the library's own
    assert study.inputs["run.temperature"].source == "halodot"


def test_a_number_carries_its_uncertainty_in_si() -> None:
    text = DEVICE.replace("PTAA: 30 nm", "PTAA: {value: 30 nm, sd: 80 angstrom, low: 0.02 um, high: 45 nm, about: AFM}")
    entry = from_text(text).inputs["device.layers.PTAA.thickness"]
    assert (entry.value, entry.sd, entry.low, entry.high) == (3e-8, 8e-9, 2e-8, 4.5e-8)
    assert (entry.unit, entry.about) == ("m", "AFM")


def test_the_emitter_of_a_device_without_a_recipe() -> None:
    study = load("device-only")
    assert study.recipe is None
    assert study.stack is not None
    emitter = study.stack.emitter
    assert emitter is not None
    assert emitter.radiative_rate == pytest.approx(1 / 8.1e-9)
    yield_ = emitter.radiative_rate / (emitter.radiative_rate + emitter.nonradiative_rate)
    assert yield_ == pytest.approx(0.87, rel=1e-12)
    assert emitter.wavelength[np.argmax(emitter.spectrum)] == pytest.approx(645e-9, abs=1e-9)
    assert study.run.wavelength.size == 101
    energy = emitter.spectrum[(emitter.wavelength >= study.run.wavelength[0])]
    assert energy.sum() / emitter.spectrum.sum() > 0.999


def test_a_green_emitter_moves_the_default_wavelengths() -> None:
    study = from_text(DEVICE.replace("peak: 645 nm", "peak: 520 nm").replace("fwhm: 38 nm", "fwhm: 20 nm"))
    assert study.run.wavelength[0] == pytest.approx(420e-9)
    assert study.run.wavelength[-1] == pytest.approx(620e-9)


def test_a_recipe_with_part_of_the_emitter_stated() -> None:
    text = "extends: paper-0.2\ndevice: {emitter: {horizontal_fraction: 0.75}}"
    study = from_text(text)
    assert study.emitter is not None
    assert study.emitter.horizontal_fraction == 0.75
    assert math.isnan(study.emitter.plqy)
    assert study.stack is not None
    assert study.stack.emitter is None


def test_extends_replaces_lists_merges_mappings_and_removes_with_nothing() -> None:
    study = from_text("extends: paper-0.2\nrecipe: {work_up: []}\nrun: {positions: 5, lifetime: }")
    assert study.recipe is not None
    assert study.recipe.work_up == ()
    assert len(study.recipe.pot) == 12
    assert study.run.positions == 5
    assert math.isnan(study.run.lifetime_luminance)
    assert study.run.voltages.size == 61
    assert "extends" not in study.document


def test_without_the_ligand_equivalents_are_none_and_noted() -> None:
    study = load("paper-0.2", ["recipe.stocks.ligand[0]="])
    assert study.recipe is not None
    assert [step.material for step in study.recipe.stocks["ligand"]] == ["hydroiodic acid", "ethyl acetate", ""]
    assert any("of which there is none" in note.text for note in study.notes)


def test_reagents_of_ones_own() -> None:
    study = from_text(RECIPE.replace("oleylamine: {purity: 90 %}", "oleylamine: {purity: 70 %}"))
    assert study.recipe is not None
    assert study.recipe.chemicals["oleylamine"].purity == 0.7
    assert study.recipe.chemicals["oleylamine"].molar_mass == pytest.approx(0.2675, rel=1e-3)
    new = "octanoate: {formula: C8H16O2, role: carboxylic acid, molar_mass: 144.2 g/mol, density: 0.91 g/mL}"
    text = RECIPE.replace("oleylamine: {purity: 90 %}", new).replace("{inject: oleic acid, v", "{inject: octanoate, v")
    recipe = from_text(text).recipe
    assert recipe is not None
    assert recipe.chemicals["octanoate"].density == 910.0
    with pytest.raises(InputError, match="is not in the library, so its formula, role must be stated"):
        from_text(RECIPE.replace("oleylamine: {purity: 90 %}", "octanoate: {molar_mass: 144.2 g/mol}"))


def test_names_may_be_aliases() -> None:
    study = from_text(RECIPE.replace("add: oleic acid", "add: OA").replace("add: Cs2CO3", "add: cesium carbonate"))
    assert study.recipe is not None
    materials = [step.material for step in study.recipe.stocks["cs_oleate"]]
    assert materials[0] == "Cs2CO3"
    assert materials[2] == "oleic acid"


def test_layers_of_ones_own() -> None:
    layer = """
    - spacer:
        thickness: 5 nm
        cauchy_a: 1.7
        relative_permittivity: 3
        electron_affinity: 2.5 eV
        ionisation_energy: 6.5 eV
        electron_density_of_states: 1e21 1/cm3
        hole_density_of_states: 1e21 1/cm3
        electron_mobility: 1e-3 cm2/Vs
        hole_mobility: 1e-5 cm2/Vs
    - {PTAA: 10 nm, hole_mobility: 1e-2 cm2/Vs}
    - {TmPyPB: 6 nm}"""
    stack = from_text(DEVICE.replace("    - {TmPyPB: 6 nm}", layer)).stack
    assert stack is not None
    assert [item.name for item in stack.layers[3:8]] == ["PTAA", "dots", "spacer", "PTAA 2", "TmPyPB"]
    spacer, second = stack.layers[5], stack.layers[6]
    assert (spacer.role, spacer.transport.electron_mobility, spacer.transport.donor_density) == ("transport", 1e-7, 0.0)
    assert (second.material, second.transport.hole_mobility) == ("PTAA", 1e-6)
    assert second.transport.electron_affinity == stack.layers[3].transport.electron_affinity


def test_a_table_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "dots.csv").write_text("wavelength_um,n,k\n0.8,1.8,0\n0.5,2.0,0.1\n", encoding="utf-8")
    path = tmp_path / "study.yaml"
    path.write_text(DEVICE.replace("cauchy_a: 1.85", "table: dots.csv"), encoding="utf-8")
    stack = load(path).stack
    assert stack is not None
    dots = stack.layers[4]
    assert list(dots.optics.table_wavelength) == pytest.approx([0.5e-6, 0.8e-6])
    assert list(dots.optics.table_index) == [2.0, 1.8]
    assert list(dots.optics.table_extinction) == [0.1, 0.0]


def test_optics_alone_need_no_mobility() -> None:
    text = DEVICE.replace("        hole_mobility: 1e-4 cm2/Vs\n", "").replace(", contact: anode", "")
    study = from_text(text.replace("run:", "run:\n  stop_after: light").replace(", contact: cathode", ""))
    assert study.stack is not None
    assert math.isnan(study.stack.layers[4].transport.hole_mobility)


def test_given_quantities() -> None:
    study = from_text("extends: paper-0.2\ngiven: {dots.plqy: 60 %, film: {mobility: 1e-3 cm2/Vs}}")
    assert study.given == {"dots.plqy": 0.6, "film.mobility": 1e-7}
    assert study.inputs["given.dots.plqy"].value == 0.6
    assert with_inputs(study, {"given.dots.plqy": 0.5}).given["dots.plqy"] == 0.5


FILM = """
  film: {gap: 1.5 nm, core_fraction: 0.5, index: 1.85, extinction: 0, spectrum: 1, mobility: 1e-4 cm2/Vs,
    electron_affinity: 3.68 eV, ionisation_energy: 5.6 eV, density_of_states: 1e19 1/cm3, relative_permittivity: 6,
    plqy: 0.9, radiative_rate: 0.12 1/ns, nonradiative_rate: 0.013 1/ns, roughness: 3 nm, leakage_conductance: 0 S/m2}
"""


def test_a_whole_film_in_place_of_a_recipe() -> None:
    layers = "[glass, {ITO: 150 nm, contact: anode}, {PTAA: 30 nm}, {dots: 30 nm}, {Al: 100 nm, contact: cathode}]"
    study = from_text(f"given: {FILM}device: {{layers: {layers}}}")
    film = study.given["film"]
    assert isinstance(film, Film)
    assert film.index.shape == film.wavelength.shape == study.run.wavelength.shape
    assert np.all(film.index == 1.85)
    changed = with_inputs(study, {"given.film.gap": 2e-9})
    assert changed.given["film"].gap == 2e-9
    assert study.dots is None  # no parameters of stages that do not enter
    assert not any(path.startswith(("flask.", "dots.", "film.")) for path in study.inputs)


def test_a_whole_flask_with_its_samples() -> None:
    numbers = {
        "m": "5 nm",
        "mol": "0.1 mmol",
        "1": "0.5",
        "m3": "10 mL",
        "kg/mol": "100 g/mol",
    }
    entries = [
        f"{f.name}: {numbers[f.metadata['unit']]}"
        for f in fields(Flask)
        if "unit" in f.metadata and "dimensions" not in f.metadata
    ]
    sample = "{washes: 2, antisolvent_ratio: 16, coverage_native: 0.3, coverage_short: 0.5, coverage_bare: 0.2}"
    text = f"given: {{flask: {{survived: yes, {', '.join(entries)}, samples: [{sample}]}}}}\nrun: {{stop_after: film}}"
    flask = from_text(text).given["flask"]
    assert isinstance(flask, Flask)
    assert flask.survived is True
    assert flask.samples[0].washes == 2
    assert flask.samples[0].coverage_bare == 0.2


@pytest.mark.parametrize("record", [Flask, Dots, Film])
def test_stages_can_be_named(record: type) -> None:
    stage = record.__name__.lower()
    with pytest.raises(InputError, match="no quantity 'nothing'"):
        from_text(f"extends: paper-0.2\ngiven: {{{stage}.nothing: 1}}")


def test_parameters_override_the_library() -> None:
    study = from_text(
        "extends: paper-0.2\nparameters:\n  film.tunnelling_decay: {value: 8 1/nm, sd: 1 1/nm, source: our fit}\n"
        "  device: {layers: {PTAA: {thickness: 25 nm}}}\n  recipe.chemicals.oleylamine.purity: 80 %\n"
    )
    assert study.film.tunnelling_decay == 8e9
    assert (study.inputs["film.tunnelling_decay"].sd, study.inputs["film.tunnelling_decay"].source) == (1e9, "our fit")
    assert study.stack is not None
    assert study.stack.layers[3].thickness == 25e-9
    assert study.recipe is not None
    assert study.recipe.chemicals["oleylamine"].purity == 0.8


def test_a_parameter_that_does_not_enter_is_noted() -> None:
    study = from_text(DEVICE + "parameters: {film.tunnelling_decay: 8 1/nm}\n")
    assert any("does not enter" in note.text for note in study.notes)


def test_grids() -> None:
    def voltages(text: str) -> list[float]:
        return list(from_text(DEVICE.replace("{from: 0 V, to: 6 V, step: 0.1 V}", text)).run.voltages)

    assert voltages("{from: 0 V, to: 6 V, step: 0.1 V}") == pytest.approx([0.1 * i for i in range(61)], abs=1e-12)
    assert voltages("{from: -1 V, to: 1 V, step: 500 mV}") == pytest.approx([-1, -0.5, 0, 0.5, 1])
    assert voltages("{from: 0 V, to: 1 V, step: 0.3 V}") == pytest.approx([0, 0.3, 0.6, 0.9])
    assert voltages("{from: 2 V, to: 2 V, step: 0.3 V}") == [2.0]
    assert voltages("[1 V, 2500 mV, 4 V]") == [1.0, 2.5, 4.0]
    with pytest.raises(InputError, match="must rise"):
        voltages("[1 V, 1 V]")


def test_names_of_the_library() -> None:
    assert study_path("paper") == study_path("paper-0.2")
    for alias, name in STUDY_ALIASES.items():
        assert load_library_study(alias).name == name
    with pytest.raises(InputError, match=r"paper-0\.2"):
        load_library_study("paper-0,2")
    with pytest.raises(InputError, match="no study of this name"):
        load("paper-9")


def test_a_file_is_preferred_to_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "paper-0.2").write_text(DEVICE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert load("paper-0.2").recipe is None


def test_every_study_of_the_library_is_one_file_and_a_copy_of_it_says_the_same(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    shipped = sorted(path.stem for path in (ROOT / "studies").rglob("*.yaml"))
    assert sorted(studies()) == shipped
    assert not list((root / "examples").rglob("*.yaml"))
    for name in shipped:
        copy = tmp_path / f"{name}.yaml"
        copy.write_bytes(study_path(name).read_bytes())
        assert load(copy).title == load(name).title


def test_types() -> None:
    study = load("paper-0.2")
    assert isinstance(study.recipe, Recipe)
    assert isinstance(study.stack, Stack)


BROAD = """
halodot: 1
device:
  emitter: {peak: 520 nm, fwhm: 90 nm, plqy: 0.3, radiative_lifetime: 20 ns, class: no dots}
  layers:
    - glass
    - {ITO: 150 nm, contact: anode}
    - {PEDOT:PSS: 30 nm}
    - {TPBi: 40 nm, role: emitter}
    - {LiF: 1 nm}
    - {Al: 100 nm, contact: cathode}
"""


def test_wavelengths_around_a_broad_line_end_where_the_tables_do() -> None:
    wavelength = from_text(BROAD).run.wavelength
    assert wavelength[0] == pytest.approx(350e-9)
    assert wavelength[-1] == pytest.approx(770e-9)
    assert wavelength.size == 101


def test_a_line_that_the_tables_cut_is_refused() -> None:
    with pytest.raises(InputError, match="goes beyond the n,k tables"):
        from_text(BROAD, overrides=["device.emitter.peak=400 nm"])


def test_stated_wavelengths_are_kept_or_refused() -> None:
    stated = "run.wavelength={from: 400 nm, to: 700 nm, step: 10 nm}"
    assert from_text(BROAD, overrides=[stated]).run.wavelength[0] == pytest.approx(400e-9)
    with pytest.raises(InputError, match="goes beyond the n,k tables"):
        from_text(BROAD, overrides=["run.wavelength={from: 300 nm, to: 700 nm, step: 10 nm}"])


def test_a_folder_does_not_hide_a_study_of_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "recipe-only").mkdir()
    monkeypatch.chdir(tmp_path)
    assert load("recipe-only").recipe is not None


@pytest.mark.parametrize(
    ("number", "word", "value"),
    [
        ("recipe.pot[6].temperature", "recipe.pot[6].heat", "140 degC"),
        ("recipe.pot[8].duration", "recipe.pot[8].hold", "7 s"),
        ("recipe.stocks.cs_oleate[4].duration", "recipe.stocks.cs_oleate[4].hold", "40 min"),
        ("recipe.work_up[0].rotation", "recipe.work_up[0].centrifuge", "4000 rpm"),
        ("recipe.work_up[0].duration", "recipe.work_up[0].time", "2 min"),
        ("recipe.work_up[7].pore", "recipe.work_up[7].filter", "0.45 um"),
    ],
)
def test_a_number_of_a_step_is_set_by_its_name_among_the_inputs_as_by_its_word(
    number: str, word: str, value: str
) -> None:
    changed = load("paper-0.2", [f"{number}={value}"])
    assert changed.document == load("paper-0.2", [f"{word}={value}"]).document
    assert changed.inputs[number].value != load("paper-0.2").inputs[number].value


def test_the_force_of_a_centrifuge_is_set_with_and_without_its_g() -> None:
    study = load("paper-0.2", ["recipe.work_up[0].centrifuge=8000 g"])
    for text in ("7000", "7000 g"):
        changed = from_text(study.text, overrides=["recipe.work_up[0].centrifugal_force=" + text])
        assert changed.document["recipe"]["work_up"][0]["centrifuge"] == "7000 g"
