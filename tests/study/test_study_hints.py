"""Hints: a word of the field leads to the right key, a proposal is plausible, one mistake is one complaint."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halodot.errors import InputError, Problem
from halodot.states import Chemical, Layer, Stack
from halodot.study import from_text, library, synonyms
from halodot.study.conditions import GRID_KEYS, RUN_KEYS
from halodot.study.device import DEVICE_KEYS
from halodot.study.emitter import EMITTER_KEYS
from halodot.study.layers import LAYER_KEYS
from halodot.study.load import STUDY_KEYS
from halodot.study.reader import closest_name, slips
from halodot.study.recipe import RECIPE_KEYS
from halodot.study.usual import is_usual
from halodot.study.verbs import ATMOSPHERES, VERBS
from halodot.units import to_si

DEVICE = """
halodot: 1
device:
  area: 4 mm2
  emitter: {peak: 645 nm, fwhm: 38 nm, plqy: 0.87, radiative_lifetime: 8.1 ns, class: perovskite dots}
  layers:
    - glass
    - {ITO: 150 nm, contact: anode}
    - {PTAA: 30 nm}
    - dots:
        thickness: 30 nm
        cauchy_a: 1.85
        relative_permittivity: 6
        electron_affinity: 3.68 eV
        ionisation_energy: 5.60 eV
        electron_density_of_states: 5e18 1/cm3
        hole_density_of_states: 5e18 1/cm3
        electron_mobility: 1e-4 cm2/Vs
        hole_mobility: 1e-4 cm2/Vs
    - {PO-T2T: 40 nm}
    - {LiF: 1 nm}
    - {Al: 100 nm, contact: cathode}
run:
  voltage: {from: 0 V, to: 3 V, step: 0.5 V}
  temperature: 300 K
  lifetime: {luminance: 200 cd/m2}
"""
PAGE = DEVICE.replace("{PTAA: 30 nm}", "{PTAA: 30 nm, refractiveindex: main/TiO2/Siefke}")
RECIPE = (library.ROOT / "studies" / "recipe-only.yaml").read_text(encoding="utf-8")


def problems(text: str, old: str, new: str) -> tuple[Problem, ...]:
    assert old in text, old
    with pytest.raises(InputError) as caught:
        from_text(text.replace(old, new, 1), "study.yaml")
    return caught.value.problems


#: study, what is written there, what is written instead, part of the message, what is proposed in its place
HINTS = [
    (
        DEVICE,
        "ionisation_energy: 5.60 eV",
        "HOMO: -5.60 eV",
        "counted downwards from vacuum",
        "ionisation_energy: 5.60 eV",
    ),
    (DEVICE, "ionisation_energy: 5.60 eV", "VBM: 5.60 eV", "counted downwards from vacuum", "ionisation_energy"),
    (
        DEVICE,
        "electron_affinity: 3.68 eV",
        "LUMO: −3.68 eV",
        "counted downwards from vacuum",
        "electron_affinity: 3.68 eV",
    ),
    (
        DEVICE,
        "electron_affinity: 3.68 eV",
        "CBM: -3.68 eV",
        "counted downwards from vacuum",
        "electron_affinity: 3.68 eV",
    ),
    (
        DEVICE,
        "ionisation_energy: 5.60 eV",
        "Eg: 1.92 eV",
        "ionisation_energy is electron_affinity + Eg",
        "ionisation_energy",
    ),
    (DEVICE, "ionisation_energy:", "ionization_energy:", "unknown key", "ionisation_energy"),
    (DEVICE, "electron_mobility:", "mu_e:", "unknown key 'mu_e'", "electron_mobility"),
    (DEVICE, "electron_mobility:", "mu_n:", "unknown key 'mu_n'", "electron_mobility"),
    (DEVICE, "hole_mobility:", "µ_h:", "unknown key", "hole_mobility"),
    (DEVICE, "hole_mobility:", "mu:", "it is electron_mobility and hole_mobility here", "electron_mobility"),
    (DEVICE, "relative_permittivity:", "epsilon:", "unknown key 'epsilon'", "relative_permittivity"),
    (DEVICE, "relative_permittivity:", "ε_r:", "unknown key 'ε_r'", "relative_permittivity"),
    (DEVICE, "relative_permittivity:", "dielectric constant:", "unknown key", "relative_permittivity"),
    (DEVICE, "electron_density_of_states:", "N_C:", "unknown key 'N_C'", "electron_density_of_states"),
    (DEVICE, "hole_density_of_states:", "Nv:", "unknown key 'Nv'", "hole_density_of_states"),
    (DEVICE, "cauchy_a: 1.85", "n: 1.85", "n and k come from a table", "cauchy_a"),
    (DEVICE, "cauchy_a: 1.85", "nk: mine.csv", "n and k come from a table", "table"),
    (DEVICE, "{PTAA: 30 nm}", "{PTAA: {d: 30 nm}}", "unknown key 'd'", "thickness"),
    (DEVICE, "{PTAA: 30 nm}", "{d: 30 nm, PTAA: }", "unknown key 'd'", "thickness"),
    (DEVICE, "peak: 645 nm", "wavelength: 645 nm", "unknown key 'wavelength'", "peak"),
    (
        DEVICE,
        "radiative_lifetime: 8.1 ns",
        "lifetime: 7 ns",
        "the measured PL lifetime over the PLQY",
        "radiative_lifetime",
    ),
    (DEVICE, "area: 4 mm2", "temperature: 300 K", "is run.temperature", ""),
    (DEVICE, "  voltage: {from: 0 V, to: 3 V, step: 0.5 V}", "  V: [0 V, 1 V]", "unknown key 'V'", "voltage"),
    (DEVICE, "luminance: 200", "L0: 200", "unknown key 'L0'", "luminance"),
    (RECIPE, "mass: 144 mg", "weight: 144 mg", "unknown key 'weight'", "mass"),
    (RECIPE, "under: argon", "atmosphere: argon", "unknown key 'atmosphere'", "under"),
    (
        DEVICE,
        "run:",
        "parameters: {device.layers.PTAA.HOMO: 5.2 eV}\nrun:",
        "no number",
        "device.layers.PTAA.ionisation_energy",
    ),
    (RECIPE, "recipe:", "given: {dots.PLQE: 0.6}\nrecipe:", "has no quantity 'PLQE'", "plqy"),
    # values
    (DEVICE, "plqy: 0.87", "plqy: 87", "not between 0 and 1", "87 %"),
    (DEVICE, "radiative_lifetime: 8.1 ns", "radiative_lifetime: 8.1", "has no unit", "8.1 ns"),
    (DEVICE, "temperature: 300 K", "temperature: 300", "has no unit", "300 K"),
    (DEVICE, "temperature: 300 K", "temperature: 25", "has no unit", "25 degC"),
    (DEVICE, "peak: 645 nm", "peak: 0.645", "has no unit", "0.645 um"),
    (DEVICE, "peak: 645 nm", "peak: 645 um", "around the peak", "645 nm"),
    (PAGE, "peak: 645 nm", "peak: 645 um", "around the peak", "645 nm"),
    (DEVICE, "{from: 0 V, to: 3 V, step: 0.5 V}", "0-6 V", "a list or a range", "{from: 0 V, to: 6 V, step: 0.1 V}"),
    (DEVICE, "{from: 0 V, to: 3 V, step: 0.5 V}", "4 V", "a list or a range", "[4 V]"),
    (DEVICE, "electron_affinity: 3.68 eV", "electron_affinity: -3.68 eV", "counted downwards", "3.68 eV"),
    (RECIPE, "{heat: 80 degC}", "{heat: 80}", "has no unit", "80 degC"),
    (RECIPE, "mass: 144 mg", "amount: 144 mg", "measures a mass", "mass: 144 mg"),
    (RECIPE, "mass: 144 mg", "volume: 144 mg", "measures a mass", "mass: 144 mg"),
    (RECIPE, "under: argon", "under: N2", "'N2' is not one of", "nitrogen"),
    (RECIPE, "under: argon", "under: Ar", "'Ar' is not one of", "argon"),
    (RECIPE, "keep: liquid", "keep: pellet", "'pellet' is not one of", "solid"),
    (RECIPE, "keep: liquid", "keep: supernatant", "'supernatant' is not one of", "liquid"),
    (RECIPE, "{hold: 5 s}", "{hold: overnight}", "'overnight' is no time", "12 h"),
    (RECIPE, "cool: 25 degC", "cool: room temperature", "'room temperature' is no temperature", "25 degC"),
    (RECIPE, "5000 rpm", "5000", "a speed of rotation is expected", "5000 rpm"),
    (RECIPE, "5000 rpm", "83 Hz", "a speed of rotation is expected, for example in rpm", ""),
    (RECIPE, "{hold: 5 s}", "{wait: 5 s}", "unknown step 'wait'", "hold"),
    (RECIPE, "{hold: 5 s}", "{sonicate: 5 s}", "unknown step 'sonicate'", "stir"),
    (RECIPE, "{hold: 5 s}", "{spin: 2000 rpm, time: 30 s}", "a spin belongs to film", ""),
    (RECIPE, "{hold: 5 s}", "{wash: {methyl acetate: 3 mL}}", "a wash belongs to work_up", ""),
    (RECIPE, "cool: 25 degC", "cool: 25 degC, quickly: yes", "unknown key 'quickly'", ""),
    (RECIPE, "inject: oleic acid, volume", "inject: oleic acid, dropwise: yes, volume", "'dropwise'", "over"),
    (RECIPE, "cool: 25 degC", "quench: ice bath", "'ice bath' is no temperature", "0 degC"),
    (RECIPE, "{filter: 0.22 um}", "{decant: 1 mL}", "unknown step 'decant'", "centrifuge"),
    (RECIPE, "{filter: 0.22 um}", "{purify: twice}", "unknown step 'purify'", "wash"),
    (
        RECIPE,
        "{filter: 0.22 um}",
        "{bake: 70 degC}",
        "unknown step 'bake'; a step is one of add, inject, dilute",
        "heat",
    ),
    (RECIPE, "{filter: 0.22 um}", "{filter: 0.22}", "has no unit", "0.22 um"),
    # reagents and materials
    (RECIPE, "add: oleic acid", "add: lead nitrate", "in place of these: {lead nitrate: {formula:", ""),
    (RECIPE, "add: oleic acid", "add: octadecyltrimethoxysilane", "role: silane", ""),
    (RECIPE, "add: oleic acid", "add: SnI4", "is described under recipe.chemicals", ""),
    (RECIPE, "add: oleic acid", "add: trimethylamine", "role: amine", ""),
    (RECIPE, "add: oleic acid", "add: olec acid", "is described under recipe.chemicals", "oleic acid"),
    (DEVICE, "{PTAA: 30 nm}", "{Xyz: 30 nm}", "Xyz is not in the library", ""),
    (DEVICE, "{PTAA: 30 nm}", "{PTTA: 30 nm}", "PTTA is not in the library", "PTAA"),
]


@pytest.mark.parametrize(("text", "old", "new", "message", "proposed"), HINTS)
def test_one_mistake_is_one_complaint_with_its_hint(text: str, old: str, new: str, message: str, proposed: str) -> None:
    (problem,) = problems(text, old, new)
    assert message in problem.message
    assert problem.suggestion == proposed


def corrected(written: str, proposed: str) -> str:
    """What is written, with the proposal in the place of its value, or of all of it."""
    key, colon, rest = written.partition(": ")
    if re.match(r"\w+: ", proposed) or not colon:
        return proposed
    return f"{key}: {proposed}" + "}" * rest.count("}")


@pytest.mark.parametrize("row", [row for row in HINTS if re.search(r"\d", row[4])], ids=lambda row: row[2])
def test_a_proposed_value_is_accepted(row: tuple[str, str, str, str, str]) -> None:
    text, old, new, _, proposed = row
    study = from_text(text.replace(old, corrected(new, proposed), 1))
    assert not [note for note in study.notes if note.kind == "unlikely"]


def test_independent_mistakes_are_all_told() -> None:
    text = DEVICE.replace("ionisation_energy: 5.60 eV", "HOMO: -5.60 eV").replace("electron_density_of_states", "N_C")
    text = text.replace("plqy: 0.87", "plqy: 87").replace("        hole_mobility: 1e-4 cm2/Vs\n", "")
    with pytest.raises(InputError) as caught:
        from_text(text)
    found = sorted(problem.message for problem in caught.value.problems)
    assert len(found) == 4
    assert any("dots lacks hole_mobility;" in message for message in found)


def told(text: str) -> list[str]:
    """What is said against a study."""
    try:
        from_text(text)
    except InputError as error:
        return [str(problem) for problem in error.problems]
    return []


def places(text: str, pattern: str) -> list[re.Match[str]]:
    """Where a pattern stands in a study outside of its remarks."""
    found = []
    for place in re.finditer(pattern, text):
        before = text[text.rfind("\n", 0, place.start()) + 1 : place.start()]
        if "#" not in before:
            found.append(place)
    return found


@pytest.mark.parametrize("text", [DEVICE, RECIPE], ids=["device", "recipe"])
@pytest.mark.parametrize("wrong", ["x-y", ""])
def test_any_wrong_value_is_told_once(text: str, wrong: str) -> None:
    for place in places(text, r"(?<=: )([^{}\[\],\n#]+?)(?=\s*[,}\n#\]])"):
        found = told(text[: place.start()] + wrong + text[place.end() :])
        assert len(found) <= 1, (place[0], found)


@pytest.mark.parametrize("text", [DEVICE, RECIPE], ids=["device", "recipe"])
def test_any_mistyped_key_is_told_once(text: str) -> None:
    for place in places(text, r"(?<=[{,\s])([a-z_]+)(?=: )"):
        found = told(text[: place.end()] + "q" + text[place.end() :])
        assert len(found) <= 1, (place[0], found)


VALID = {
    "study": STUDY_KEYS,
    "recipe": RECIPE_KEYS,
    "step": (*VERBS, *(key for verb in VERBS.values() for key in verb.keys)),
    "chemical": tuple(item.name for item in fields(Chemical)),
    "device": (*DEVICE_KEYS, *(item.name for item in fields(Stack))),
    "layer": (*LAYER_KEYS, *(item.name for item in fields(Layer))),
    "emitter": EMITTER_KEYS,
    "run": RUN_KEYS,
    "grid": GRID_KEYS,
    "test": ("luminance",),
}


def test_every_word_leads_to_keys_that_exist_and_is_none_itself() -> None:
    every = {key for keys in VALID.values() for key in keys}
    for targets, words in synonyms._OTHER_WORDS.items():
        assert set(targets.split()) <= every, targets
        for word in words.split():
            assert word == synonyms._folded(word), word
            assert any(synonyms.meaning(word, keys) for keys in VALID.values()), word
    for meanings in synonyms._WORDS.values():
        assert all(set(meant.keys) <= every for meant in meanings)
    for key, words in synonyms._CHOICES.items():
        assert key in every
        assert key != "under" or set(words.values()) <= set(ATMOSPHERES)
    for unit, words in synonyms._NUMBERS.items():
        assert all(to_si(number, unit) > 0.0 for number in words.values())


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from(
        ["thickness", "peak", "radiative_lifetime", "electron_affinity", "electron_density_of_states", "area"]
    ),
    st.floats(1e-3, 1e6),
)
def test_a_proposed_unit_makes_a_usual_value(name: str, number: float) -> None:
    place = {"thickness": "{PTAA: 30 nm}", "area": "area: 4 mm2"}.get(name) or re.search(rf"{name}: [^,\n}}]*", DEVICE)[
        0
    ]  # type: ignore[index]
    written = f"{{PTAA: {number:.4g}}}" if name == "thickness" else f"{name}: {number:.4g}"
    (problem,) = problems(DEVICE, place, written)
    units = {"thickness": "m", "peak": "m", "radiative_lifetime": "s", "electron_affinity": "eV", "area": "m2"}
    unit = units.get(name, "1/m3")
    path = f"device.layers.PTAA.{name}"
    assert not problem.suggestion or is_usual(to_si(problem.suggestion, unit), path, unit)


def test_slips_of_the_fingers_are_counted() -> None:
    assert slips("oleic", "oleic") == 0
    assert slips("olic", "oleic") == slips("oleic", "olic") == slips("oliec", "oleic") == slips("olaic", "oleic") == 1
    assert slips("", "abc") == 3
    assert closest_name("octylamine", ("oleylamine",)) == ""
    assert closest_name("oleylamin", ("octylamine", "oleylamine")) == "oleylamine"
