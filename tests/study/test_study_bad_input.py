"""Every mistake in a study: the message, its place, and the nearest valid word; never anything but InputError."""

from __future__ import annotations

import math
import re
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halodot.errors import InputError, Problem
from halodot.nodes import LARGEST_FILE
from halodot.study import from_document, from_text, load
from halodot.study.library import ROOT

PAPER = (ROOT / "studies" / "paper-0.2.yaml").read_text(encoding="utf-8")
DEVICE = (Path(__file__).parent / "own_device.yaml").read_text(encoding="utf-8")
RECIPE = (ROOT / "studies" / "recipe-only.yaml").read_text(encoding="utf-8")


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        from_text(text, "study.yaml")
    return caught.value.problems


def changed(text: str, old: str, new: str) -> str:
    assert text.count(old) >= 1, old
    return text.replace(old, new, 1)


#: text of a study, what is written there, what is written instead, part of the message, suggestion, caret points at
MISTAKES = [
    # units
    (RECIPE, "mass: 144 mg", "mass: 144", "144 has no unit; a mass is expected", "144 mg", "144}"),
    (RECIPE, "mass: 144 mg", "mass: 144 mL", "measures a volume, but a mass is expected", "", "144 mL"),
    (RECIPE, "mass: 144 mg", "mass: 144 mgg", "unknown unit 'mgg'", "mg", "144 mgg"),
    (RECIPE, "heat: 150 degC", "heat: 150 C", "a temperature is expected", "degC", "150 C"),
    (RECIPE, "{ethyl acetate: 6 mL,", "{ethyl acetate: 6,", "add 'per: volume of dispersion'", "6 mL", "6,"),
    (DEVICE, "PTAA: 30 nm", "PTAA: 30", "has no unit; a length is expected", "30 nm", "30}"),
    (DEVICE, "area: 4 mm2", "area: 4 mm", "measures a length, but an area is expected", "", "4 mm"),
    (DEVICE, "radiative_lifetime: 8.1 ns", "radiative_lifetime: 8.1", "a time is expected", "8.1 ns", "8.1"),
    # words
    (RECIPE, "work_up:", "workup:", "unknown key 'workup'", "work_up", "workup"),
    (DEVICE, "  area:", "  arae:", "unknown key 'arae'", "area", "arae"),
    (DEVICE, "run:", "runs:", "unknown key 'runs'", "run", "runs"),
    (RECIPE, "{heat: 80 degC}", "{haet: 80 degC}", "unknown step 'haet'", "heat", "haet"),
    (RECIPE, "add: oleic acid", "add: olic acid", "unknown chemical 'olic acid'", "oleic acid", "olic acid"),
    (RECIPE, "inject: cs_oleate", "inject: cs_olate", "unknown stock or chemical", "cs_oleate", "cs_olate"),
    (DEVICE, "{PTAA: 30 nm}", "{PTTA: 30 nm}", "PTTA is not in the library", "PTAA", "{PTTA"),
    (RECIPE, "under: argon", "under: argn", "'argn' is not one of", "argon", "argn"),
    (RECIPE, "keep: liquid", "keep: liqud", "'liqud' is not one of liquid, solid", "liquid", "liqud"),
    (DEVICE, "contact: anode", "contact: anod", "'anod' is not one of anode, cathode", "anode", "anod"),
    (DEVICE, "peak: 645 nm", "peek: 645 nm", "unknown key 'peek'", "peak", "peek"),
    (DEVICE, "hole_mobility:", "hole_mobilty:", "unknown key 'hole_mobilty'", "hole_mobility", "hole_mobilty"),
    (DEVICE, "title:", "calibration: papr\ntitle:", "no calibration 'papr'", "", "papr"),
    (RECIPE, "add: 5-aminopentanoic acid", "add: aminovaleric acid", "ambiguous: it may mean 5-amino", "", "aminoval"),
    (RECIPE, "add: oleic acid", "add: oleate", "is ambiguous: it may mean oleic acid or", "", "oleate"),
    (RECIPE, "add: 1-octadecene", "add: Acetate", "is ambiguous: it may mean ethyl acetate or", "", "Acetate"),
    # amounts
    (RECIPE, "mass: 144 mg", "mass: -144 mg", "'-144 mg' is negative", "", "-144"),
    (RECIPE, "mass: 144 mg", "mass: .nan", "not a finite number", "", ".nan"),
    (RECIPE, "mass: 144 mg", "mass: nan mg", "not a finite number", "", "nan mg"),
    (RECIPE, "mass: 144 mg", "mass: inf mg", "not a finite number", "", "inf mg"),
    (RECIPE, "mass: 144 mg", "mass: 1e999 mg", "beyond the range of floating-point numbers", "", "1e999"),
    (RECIPE, "mass: 144 mg", "mass: [144 mg]", "a number with a unit is expected, not a list", "", "[144"),
    (DEVICE, "area: 4 mm2", "area:", "a number with a unit is expected, not nothing", "", None),
    (DEVICE, "area: 4 mm2", "area: 4,5 mm2", "a decimal comma", "4.5 mm2", "4,5"),
    (RECIPE, "{add: PbI2, mass: 170 mg}", "{add: PbI2}", "no amount stated", "", "add: PbI2"),
    (RECIPE, "PbI2, mass: 170 mg", "PbI2, mass: 170 mg, amount: 1 mmol", "mass and amount stated", "", "add: PbI2"),
    (RECIPE, "PbI2, mass: 170 mg", "PbI2, volume: 1 mL", "needs its density", "", "volume: 1 mL"),
    (RECIPE, ", of: 5-aminopentanoic acid", "", "equivalents need the chemical", "", "equivalents"),
    (RECIPE, "purity: 90 %", "purity: 90", "'90' is not between 0 and 1", "", "90}"),
    (RECIPE, "cs_oleate, volume: 2.2 mL", "cs_oleate, mass: 2 g", "injected by volume", "", "mass: 2 g"),
    (RECIPE, "cs_oleate, volume: 2.2 mL", "cs_oleate, volume: 22 mL", "only 17 mL were made", "", "cs_oleate:"),
    (RECIPE, "{heat: 80 degC}", "{inject: ligand, volume: 1 mL}", "is needed to make itself", "", "ligand:"),
    (RECIPE, "cool: 25 degC", "cool: -300 degC", "is not above absolute zero", "", "-300 degC"),
    (DEVICE, "PTAA: 30 nm", "PTAA: 0 nm", "must be larger than zero", "", "0 nm"),
    (DEVICE, "{LiF: 1 nm}", "{LiF: -1 nm}", "must be larger than zero", "", "-1 nm"),
    (DEVICE, "plqy: 0.87", "plqy: 1.2", "not between 0 and 1", "", "1.2"),
    (DEVICE, "plqy: 0.87", "plqy: 0", "a PLQY of zero", "", "0"),
    (DEVICE, "affinity: 3.68 eV", "affinity: -3.68 eV", "counted downwards from vacuum", "3.68 eV", "-3.68"),
    (DEVICE, "affinity: 3.68 eV", "affinity: 5.68 eV", "has no gap", "", "dots:"),
    (DEVICE, "permittivity: 6", "permittivity: 0.6", "is below 1, the permittivity of vacuum", "", "0.6"),
    (DEVICE, "step: 0.1 V", "step: 0 V", "must be larger than zero", "", "0 V}"),
    (DEVICE, "step: 0.1 V", "step: 1 uV", "more than 10001 points", "", "1 uV"),
    (DEVICE, "to: 6 V", "to: -6 V", "the end lies below the start", "", "-6 V"),
    # the order of the work
    (RECIPE, "{heat: 150 degC}", "{wash: {ethyl acetate: 1 mL}}", "belongs to work_up", "", "wash"),
    (RECIPE, "    - {redisperse: hexane, volume: 1 mL}\n", "", "the dots are a precipitate here", "", "{wash"),
    (RECIPE, "{redisperse: octane, volume: 1 mL}", "{redisperse: octane}", "volume of the solvent", "", "{redisp"),
    # layers
    (DEVICE, "{PTAA: 30 nm}", "PTAA", "the thickness of PTAA is missing", "", "PTAA"),
    (DEVICE, "        cauchy_a: 1.85", "        index_offset: 0.1", "lacks refractive index", "", "dots:"),
    (DEVICE, "        hole_mobility: 1e-4 cm2/Vs\n", "", "lacks hole_mobility", "", "dots:"),
    (DEVICE, "    - glass\n", "", "is no substrate", "", "{ITO"),
    (DEVICE, "{ITO: 150 nm, contact: anode}", "{ITO: 150 nm}", "no layer is the anode", "", None),
    (DEVICE, "{PTAA: 30 nm}", "{PTAA: 30 nm, contact: anode}", "a second anode", "", "{PTAA"),
    (DEVICE, "{PTAA: 30 nm}", "{PTAA: 30 nm, thickness: 3 nm}", "stated twice", "", "3 nm"),
    (DEVICE, "{PTAA: 30 nm}", "{dots: 30 nm}", "a second emitting layer", "", "dots:"),
    (DEVICE, "{PTAA: 30 nm}", "{Al: 30 nm}", "an electrode between the contacts", "", "{Al: 30"),
    (
        DEVICE,
        "        cauchy_a: 1.85",
        "        table: nowhere.csv",
        "no table 'nowhere.csv' in the library",
        "",
        "nowhere.csv",
    ),
    (DEVICE, "    peak: 645 nm\n", "", "the light of the dots must be stated: peak missing", "", "fwhm"),
    (DEVICE, "run:", "run:\n  wavelength: {from: 200 nm, to: 900 nm, step: 5 nm}", "covers", "", None),
    # origins
    (DEVICE, "area: 4 mm2", "area: {value: 4 mm2, kind: guessed}", "'guessed' is not one of", "", "guessed"),
    (DEVICE, "area: 4 mm2", "area: {value: 4 mm2, source: halodt}", "no 'halodt'", "halodot", "halodt"),
    (DEVICE, "area: 4 mm2", "area: {sd: 4 mm2}", "the key 'value' is missing", "", "{sd"),
    (DEVICE, "area: 4 mm2", "area: {value: 4 mm2, low: 5 mm2, high: 3 mm2}", "low is larger than high", "", "{value"),
    (DEVICE, "area: 4 mm2", "area: {value: 4 mm2, sd: -1 mm2}", "is not negative", "", "-1 mm2"),
    # given, parameters, extends
    (RECIPE, "title:", "given: {dots.plqyy: 0.6}\ntitle:", "no quantity 'plqyy'", "plqy", "dots.plqyy"),
    (RECIPE, "title:", "given: {dot.plqy: 0.6}\ntitle:", "'dot' is no state", "dots", "dot.plqy"),
    (RECIPE, "title:", "given: {dots.plqy: 6}\ntitle:", "not between 0 and 1", "", "6}"),
    (RECIPE, "title:", "given: {dots.pl: [1]}\ntitle:", "a curve is given only with its whole state", "", "dots.pl"),
    (DEVICE, "title:", "given: {dots.plqy: 0.6}\ntitle:", "nothing computes the rest of 'dots'", "", "{dots"),
    (
        DEVICE,
        "title:",
        "parameters: {device.layers.PTA.thickness: 1 nm}\ntitle:",
        "no number",
        "device.layers.PTAA.thickness",
        "device",
    ),
    (DEVICE, "title:", "parameters: {device.layers.PTAA.thickness: 1}\ntitle:", "has no unit", "1 nm", "1}"),
    (DEVICE, "title:", "parameters: {device.layers.PTAA.thickness: 0 nm}\ntitle:", "larger than zero", "", "0 nm"),
    (DEVICE, "title:", "extends: paper-02\ntitle:", "'extends' names a study of the library", "paper-0.2", "paper-02"),
    (DEVICE, "halodot: 1", "halodot: 2", "studies of format 1", "1", "2"),
    # YAML
    (DEVICE, "  area: 4 mm2", "  area: 4 mm2\n  area: 5 mm2", "'area' stands here a second time", "", "area: 5"),
    (DEVICE, "title: Red", "title: &a Red", "the anchor &a is not allowed", "", "&a"),
    (DEVICE, "title: Red dots in the paper's stack, no recipe", "title: *a", "the alias *a is not allowed", "", "*a"),
    (DEVICE, "title: Red", "title: !!python/object Red", "the tag", "", "!!python"),
    (DEVICE, "title: Red", "title: Red: dots", "needs quotation marks", "", None),
    (DEVICE, "title: Red", "\ttitle: Red", "this is not YAML", "", None),
    (DEVICE, "title: Red", "title: %Red", "this is not YAML", "", None),
    (DEVICE, "title: Red", "? [a, b]\n: c\ntitle: Red", "a key must be a word", "", "[a"),
    (DEVICE, "run:", "---\nrun:", "a second document starts here", "", "---"),
]


@pytest.mark.parametrize(("text", "old", "new", "message", "suggestion", "caret"), MISTAKES)
def test_mistake_is_named_with_its_place(
    text: str, old: str, new: str, message: str, suggestion: str, caret: str | None
) -> None:
    wrong = changed(text, old, new)
    found = [problem for problem in problems(wrong) if message in problem.message]
    assert found, [str(problem) for problem in problems(wrong)]
    problem = found[0]
    assert problem.file == "study.yaml"
    assert problem.source_line == wrong.splitlines()[problem.line - 1]
    if suggestion:
        assert problem.suggestion == suggestion
    if caret is not None:
        assert problem.source_line[problem.column - 1 :].startswith(caret)
        assert str(problem).endswith("\n    " + " " * (problem.column - 1) + "^")


def test_one_mistake_is_one_problem() -> None:
    assert len(problems(changed(RECIPE, "mass: 144 mg", "mass: 144"))) == 1
    assert len(problems(changed(DEVICE, "{PTAA: 30 nm}", "{PTTA: 30 nm}"))) == 1
    assert len(problems(changed(RECIPE, "add: oleic acid", "add: olic acid"))) == 1


def test_all_problems_come_at_once_in_their_order() -> None:
    text = changed(PAPER, "mass: 144 mg", "mass: 144")
    text = changed(text, "add: PbI2", "add: PbI")
    text = changed(text, "- PTAA: {value: 30 nm", "- PTAA: {value: 0 nm")
    text = changed(text, "luminance: 209 cd/m2", "luminance: 209 cd")
    found = problems(text)
    assert [problem.line for problem in found] == sorted(problem.line for problem in found)
    assert len(found) == 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the study is empty"),
        ("# only a remark\n", "the study is empty"),
        ("- a\n- b\n", "a study is a mapping that starts with 'halodot: 1', not a list"),
        ("hello", "not a text"),
        ("42", "not a text"),
        ("title: x", "neither a recipe nor a device"),
        ("recipe:\n", "the recipe has no pot"),
        ("device: {}\n", "the device has no layers"),
        ("device: {layers: []}\n", "the device has no layers"),
        ("recipe: 3\n", "a mapping is expected, not a text"),
        ("device: {layers: 3}", "a list is expected, not a text"),
        ("recipe: {pot: [3]}", "a step is expected, such as {heat: 100 degC}, not a text"),
        ("a: " + "[" * 100_000, "nested more than 24 levels deep"),
        ("{a: " * 5_000, "nested more than 24 levels deep"),
        ("- " * 5_000 + "a", "nested more than 24 levels deep"),
        ('title: "no end', "this is not YAML"),
        ("title: \0", "not a text file"),
        ("title: \x1b[31m", "not a text file"),
        ("a: &a [*a]", "is not allowed"),
    ],
)
def test_no_study_at_all(text: str, message: str) -> None:
    assert any(message in problem.message for problem in problems(text))


def file_problem(path: Path) -> Problem:
    with pytest.raises(InputError) as caught:
        load(path)
    return caught.value.problems[0]


def test_files_that_are_none(tmp_path: Path) -> None:
    good = tmp_path / "study.yaml"
    good.write_text(DEVICE, encoding="utf-8")
    assert "no such file" in file_problem(tmp_path / "stuby.yaml").message
    assert file_problem(tmp_path / "stuby.yaml").suggestion == str(good)
    assert "this is a folder" in file_problem(tmp_path).message
    assert "no such file" in file_problem(tmp_path / "nowhere" / "study.yaml").message
    assert "no such file" in file_problem(tmp_path / "a\0b.yaml").message


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0", "binary file"),
        (DEVICE.encode("utf-16"), "UTF-16"),
        ("title: 5 µm".encode("latin-1"), "not UTF-8 text (byte 0xb5 in line 1)"),
        (b"", "the study is empty"),
    ],
)
def test_files_that_are_no_text(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "study.yaml"
    path.write_bytes(data)
    problem = file_problem(path)
    assert message in problem.message
    assert problem.file == str(path)


def test_a_hundred_megabytes_are_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as stream:
        stream.truncate(100_000_000)  # a file of holes: reading it would find a binary file instead
    assert "the file has 100.0 MB" in file_problem(path).message


def test_a_large_text_is_refused() -> None:
    assert "million characters" in problems("a" * (LARGEST_FILE + 1))[0].message


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_bytes(DEVICE.encode("utf-8-sig"))
    assert load(path).title.startswith("Red dots")


def test_a_word_stays_a_word() -> None:
    study = from_text(changed(DEVICE, "title: Red dots in the paper's stack, no recipe", "title: no"))
    assert study.title == "no"


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_line_endings_of_other_systems_are_no_mistake(ending: str) -> None:
    study = from_text(DEVICE.replace("\n", ending))
    assert study.inputs["device.area"].value == from_text(DEVICE).inputs["device.area"].value
    (problem,) = problems(changed(DEVICE, "plqy: 0.87", "plqy: 1000").replace("\n", ending))
    assert problem.line == next(line for line, text in enumerate(DEVICE.splitlines(), 1) if "plqy: 0.87" in text)


#: a study that is written to break the reader, and part of what is said
HOSTILE = [
    ('title: "a\\0b"', "the character 0x00 is no text"),
    ('title: "\\e[31m"', "the character 0x1b is no text"),
    ('"a\\0b": 3', "the character 0x00 is no text"),
    ('title: "\\ud800"', "this is not YAML"),
    ("title: " + "a" * 900_000, "has 900000 characters; at most 10000 are expected"),
    ("a" * 900 + ": 1", "has 900 characters; at most 200 are expected"),
    ("".join(f"a{index}: 1\n" for index in range(20_000)), "100 problems are told; there may be more"),
    ("title: 1\n" * 20_000, "stands here a second time"),
    ("device: {layers: [" + "glass," * 20_000 + "]}", "a list of 20000 items; at most 500 are expected"),
    ("run: {voltage: [" + "1 V," * 20_000 + "]}", "more than 10001 points"),
    ("run: {humidity: " + "3" * 9_000 + "}", "is too long for a number with a unit"),
    ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]", "is not allowed"),
    ("<<: {a: 1}", "unknown key '<<'"),
    ("? " * 20_000, "a key must be a word"),
    ("- " * 20_000, "nested more than 24 levels deep"),
]


@pytest.mark.parametrize(("text", "message"), HOSTILE, ids=[message for _, message in HOSTILE])
def test_a_hostile_text_is_a_sentence_within_seconds(text: str, message: str) -> None:
    start = time.process_time()
    found = problems(text)
    assert any(message in problem.message for problem in found), str(found[0])
    assert len(found) <= 101
    assert time.process_time() - start < 10.0
    assert all(len(problem.message) < 3_000 for problem in found)


def cycle() -> dict[str, object]:
    found: dict[str, object] = {}
    found["device"] = found
    return found


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (cycle(), "nested more than 24 levels deep"),
        ({"title": "a\0b"}, "the character 0x00 is no text"),
        ({"a\0b": 1}, "the character 0x00 is no text"),
        ({"title": object()}, "object has no place in a study"),
        ({"title": b"bytes"}, "bytes has no place in a study"),
        ({"run": {"humidity": math.nan}}, "not a finite number"),
    ],
)
def test_a_hostile_document_is_a_sentence(document: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        from_document(document)


def test_numbers_of_numpy_are_numbers() -> None:
    document = {"halodot": np.int64(1), "extends": "recipe-only", "run": {"humidity": np.float64(0.4)}}
    assert from_document(document).run.humidity == 0.4


@pytest.mark.parametrize(
    "name", ["a" * 5_000, "a" * 5_000 + ".yaml", "a\0.yaml", "", "/", "/dev/null", "nowhere/a.yaml"]
)
def test_a_strange_path_is_a_sentence(name: str) -> None:
    with pytest.raises(InputError):
        load(name)


LINES = [line for line in (DEVICE + RECIPE).splitlines() if line.strip() and not line.strip().startswith("#")]


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=25), st.integers(0, 3))
def test_any_lines_of_studies_are_a_study_or_problems(lines: list[str], cut: int) -> None:
    with suppress(InputError):
        assert from_text("\n".join(line[cut:] for line in lines)).document


@settings(max_examples=120, deadline=None)
@given(st.text(alphabet="abe:{}[]-,# '\"\n\t&*!|>%?0.1nm", max_size=80))
def test_any_text_is_a_study_or_problems(text: str) -> None:
    with pytest.raises(InputError):
        from_text(text)


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_any_single_value_of_a_study_may_be_wrong(data: st.DataObject) -> None:
    lines = PAPER.splitlines()
    index = data.draw(st.sampled_from([i for i, line in enumerate(lines) if ": " in line and "#" not in line]))
    cut = data.draw(st.integers(0, len(lines[index])))
    lines[index] = lines[index][:cut] + data.draw(
        st.sampled_from(["", "x", "{", "-1", "nan", " 5 m", "''", "[]", "null"])
    )
    with suppress(InputError):
        assert from_text("\n".join(lines)).inputs
