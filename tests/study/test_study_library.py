"""The library as the studies see it, tried on small libraries of the test's own."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from halodot.errors import InputError
from halodot.study import from_text, known_to, load, load_colour_matching, load_targets_text, with_inputs
from halodot.study import library as shipped
from halodot.study.calibration import read_calibration

STUDY = "extends: paper-0.2\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the library that a test may change."""
    return Path(shutil.copytree(shipped.ROOT, tmp_path / "library"))


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("X: {molar_mass: 10 g/mol, formula: X, roll: solvent}", "unknown key 'roll'"),
        ("X: {molar_mass: 10 g/mol, formula: X}", "X lacks role"),
        ("X: {molar_mass: 10 g, formula: X, role: solvent}", "a molar mass is expected"),
        ("X: {molar_mass: {value: 10 g/mol, source: nobody}, formula: X, role: solvent}", "no 'nobody'"),
        ("X: {molar_mass: 10 g/mol, formula: X, role: solvent, purity: 3}", "not between 0 and 1"),
        ("X: 3", "a mapping is expected"),
    ],
)
def test_a_wrong_reagent_names_its_file_and_line(root: Path, text: str, message: str) -> None:
    path = root / "chemicals" / "chemicals.yaml"
    write(path, "# reagents\n" + text + "\n")
    with pytest.raises(InputError) as caught:
        shipped.chemical("X", root)
    problem = caught.value.problems[0]
    assert message in problem.message
    assert (problem.file, problem.line) == (str(path), 2)


def test_a_reagent_and_its_origins(root: Path) -> None:
    mass = "{value: 10 g/mol, sd: 1 g/mol, kind: measured, source: paper, about: weighed}"
    write(
        root / "chemicals" / "chemicals.yaml", f"X: {{molar_mass: {mass}, formula: X2, role: amine, aliases: [Ex]}}\n"
    )
    entry = shipped.chemical("X", root)
    assert dict(entry.values) == {"molar_mass": 0.01, "formula": "X2", "role": "amine"}
    found = entry.inputs["molar_mass"]
    assert (found.value, found.sd, found.kind, found.source, found.about) == (
        0.01,
        1e-3,
        "measured",
        "paper",
        "weighed",
    )
    assert shipped.find("chemicals", "ex", root) == "X"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("wavelength_um,k\n0.5,1\n0.6,1\n", "no column n"),
        ("wavelength_um,n,k\n0.5,1,x\n", "line 3: 'x' under 'k' is no number"),
        ("wavelength_um,n,k\n0.5,1,nan\n", "line 3: 'nan' under 'k' is no number"),
        ("wavelength_um,n,k\n0.5,1,0\n0.5,2,0\n", "the wavelength of line 3 stands here a second time"),
    ],
)
def test_a_wrong_table_is_refused(tmp_path: Path, table: str, message: str) -> None:
    write(tmp_path / "x.csv", "# where from\n" + table)
    with pytest.raises(InputError, match=message):
        shipped.optical_table(tmp_path / "x.csv")


def test_missing_parameters_are_named(root: Path) -> None:
    path = root / "parameters" / "film.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    write(path, "\n".join(line for line in lines if not line.startswith("packing:")) + "\npackingg: 3\n")
    with pytest.raises(InputError) as caught:
        shipped.parameters("film", root)
    messages = [problem.message for problem in caught.value.problems]
    assert any("unknown key 'packingg'" in message for message in messages)
    assert any("the parameters packing of film are missing" in message for message in messages)


CALIBRATION = """
about: a test
values:
  film.tunnelling_decay: {value: 7 1/nm, sd: 0.5 1/nm, source: paper, determined: true}
  device.layers.PTAA.thickness: {value: 22 nm, sd: 2 nm, source: paper}
evidence:
  rows: [R01]
  left_out: [0.3]
  inputs:
    film.tunnelling_decay: [7e9, 1e9, 5e8, 0.8]
    device.layers.PTAA.thickness: [22e-9, 2e-9, 2e-9, -0.4]
    recipe.pot[0].mass: [1, 1, 1, 0.1]
calibrated: {paper-0.2: [plqy, mobility]}
rows: {R01: 0.1}
"""


def test_a_calibration_replaces_values_and_keeps_what_its_data_say(root: Path) -> None:
    write(root / "calibrations" / "mine.yaml", CALIBRATION)
    study = from_text(STUDY + "calibration: mine", root=root)
    entry = study.inputs["film.tunnelling_decay"]
    assert (entry.value, entry.sd, entry.kind, entry.source) == (7e9, 0.5e9, "calibrated", "paper")
    assert study.film.tunnelling_decay == 7e9
    assert study.stack is not None
    assert study.stack.layers[3].thickness == 22e-9
    paths = ("film.tunnelling_decay", "device.layers.PTAA.thickness", "recipe.pot[0].mass")
    entries = [study.inputs[path] for path in paths]
    numbers = (np.array([item.value for item in entries]), np.array([item.standard_deviation for item in entries]))
    prior, shift = known_to(study.evidence, paths, *numbers)
    assert prior[:2] == pytest.approx([1e9, 2e-9])
    assert shift[:, 0].tolist() == [0.8, -0.4, 0.0]  # another recipe weighs another mass
    assert study.evidence.left_out.tolist() == [0.3]
    assert study.evidence.residual.tolist() == [0.1]
    assert study.priors["film.tunnelling_decay"].kind == "assumed"
    assert study.calibrated_quantities == ("plqy", "mobility")
    assert study.calibration == "mine"


def test_what_was_calibrated_is_so_on_the_very_dots_and_on_the_very_device(root: Path) -> None:
    write(root / "calibrations" / "mine.yaml", CALIBRATION.replace("[plqy, mobility]", "[plqy, mobility, eqe_max]"))

    def calibrated(*overrides: str) -> tuple[str, ...]:
        return from_text(STUDY + "calibration: mine\n", overrides=overrides, root=root).calibrated_quantities

    assert calibrated() == ("plqy", "mobility", "eqe_max")
    assert calibrated("title=another title", "run.positions=5") == ("plqy", "mobility", "eqe_max")
    assert calibrated("device.layers.PTAA=50 nm") == ("plqy", "mobility")
    assert calibrated("device=") == ("plqy", "mobility")
    assert calibrated("given={dots.plqy: 0.5}") == ("plqy", "mobility")
    assert calibrated("recipe.pot[0].mass=171 mg") == ()
    assert calibrated("film.reference_mobility=1e-4 cm2/Vs") == ("plqy", "mobility", "eqe_max")
    assert calibrated("device.layers.PTAA.thickness=50 nm") == ("plqy", "mobility")
    study = from_text(STUDY + "calibration: mine\n", root=root)
    assert with_inputs(study, {"recipe.pot[0].mass": 171e-6}).calibrated_quantities == ()
    assert with_inputs(study, {"run.lifetime_luminance": 100.0}).calibrated_quantities == ("plqy", "mobility")


def test_no_shipped_study_of_the_calibrated_dots_calls_their_numbers_predicted() -> None:
    """The same recipe in another device or in other words gives the same, calibrated numbers."""
    for name in ("paper-0.2", "paper-no-TmPyPB", "recipe-only"):
        assert {"plqy", "edge_length", "pl_fwhm"} <= set(load(name).calibrated_quantities), name
    assert "el_peak" not in load("paper-no-TmPyPB").calibrated_quantities
    assert load("paper-0.1").calibrated_quantities == ("plqy_first_wash",)  # R04 orders the doses
    assert load("device-only").calibrated_quantities == ()


def test_parameters_of_the_study_come_after_the_calibration(root: Path) -> None:
    write(root / "calibrations" / "mine.yaml", CALIBRATION)
    study = from_text(STUDY + "calibration: mine\nparameters: {film.tunnelling_decay: 9 1/nm}", root=root)
    assert study.film.tunnelling_decay == 9e9
    assert study.inputs["film.tunnelling_decay"].kind == "assumed"


def test_without_calibration_the_library_speaks() -> None:
    study = load("paper-0.2", ["calibration=none"])
    assert study.calibration == ""
    assert not any(entry.kind == "calibrated" for entry in study.inputs.values())
    assert study.evidence is None


def test_colour_matching_is_that_of_the_cie() -> None:
    functions = load_colour_matching()
    assert functions.wavelength[functions.y.argmax()] == pytest.approx(555e-9)
    assert functions.y.max() == pytest.approx(1.0, abs=1e-3)
    assert functions.y.sum() == pytest.approx(functions.x.sum(), rel=1e-3)  # equal-energy white at (1/3, 1/3)


def test_the_targets_are_the_papers_thirty_eight_rows() -> None:
    rows = [line.split(",")[0] for line in load_targets_text().splitlines()[1:]]
    assert rows == [f"R{number:02d}" for number in range(1, 39)]


#: a whole study in the compact form, as one would write it by hand
COMPACT = """
halodot: 1
title: CsPbI3 dots, 0.2 mmol 5AVAI
recipe:
  stocks:
    cs_oleate: [ {add: Cs2CO3, mass: 144 mg}, {add: 1-octadecene, volume: 11 mL}, {add: oleic acid, volume: 6 mL},
                 {dry: 15 min, temperature: 25 degC}, {heat: 100 degC, hold: 30 min, under: argon} ]
    ligand:    [ {add: 5-aminopentanoic acid, amount: 0.2 mmol},
                 {add: hydroiodic acid, equivalents: 1.5, of: 5-aminopentanoic acid},
                 {add: ethyl acetate, volume: 1 mL}, {heat: 80 degC} ]
  pot: [ {add: PbI2, mass: 170 mg}, {add: ZnI2, mass: 345 mg}, {add: 1-octadecene, volume: 6 mL},
         {dry: 1 h, temperature: 120 degC, under: argon},
         {inject: oleic acid, volume: 1 mL}, {inject: oleylamine, volume: 2 mL}, {heat: 150 degC},
         {inject: cs_oleate, volume: 2.2 mL}, {hold: 5 s}, {cool: 100 degC}, {inject: ligand}, {cool: 25 degC} ]
  work_up: [ {centrifuge: 5000 rpm, time: 1 min, keep: liquid},
             {wash: {ethyl acetate: 1, methyl acetate: 3}, per: volume of dispersion},
             {redisperse: hexane, volume: 1 mL}, {wash: {ethyl acetate: 6 mL, methyl acetate: 6 mL}},
             {redisperse: octane, volume: 1 mL}, {filter: 0.22 um} ]
device:
  area: 4 mm2
  layers: [ glass, {ITO: 150 nm, contact: anode}, {PEDOT:PSS: 30 nm}, {PTAA: 30 nm}, {dots: 30 nm}, {TmPyPB: 6 nm},
            {PO-T2T: 40 nm}, {LiF: 1 nm}, {Al: 100 nm, contact: cathode} ]
run:
  voltage: {from: 0 V, to: 6 V, step: 0.1 V}
  lifetime: {luminance: 209 cd/m2}
given: {}          # dots.plqy: 0.87   or a whole state
"""


def test_the_compact_form_says_the_same_as_the_library() -> None:
    compact, reference = from_text(COMPACT), load("paper-0.2")
    assert compact.recipe is not None
    assert reference.recipe is not None
    assert compact.stack is not None
    assert reference.stack is not None
    assert [layer.thickness for layer in compact.stack.layers] == [layer.thickness for layer in reference.stack.layers]
    ours = [(step.kind, step.material, step.volume > 0) for step in compact.recipe.pot]
    assert ours == [(step.kind, step.material, step.volume > 0) for step in reference.recipe.pot]
    washes = [step.antisolvents for step in compact.recipe.work_up if step.kind == "wash"]
    assert [dict(wash) for wash in washes] == [
        dict(step.antisolvents) for step in reference.recipe.work_up if step.kind == "wash"
    ]


def test_a_corrected_calibration_is_read_again(tmp_path: Path) -> None:
    root = tmp_path / "library"
    (root / "calibrations").mkdir(parents=True)
    path = root / "calibrations" / "mine.yaml"
    for value in ("7 1/nm", "8 1/nm"):
        write(path, f"values: {{film.tunnelling_decay: {value}}}\n")
        node = shipped.calibration_node("mine", root)
        assert node is not None
        found = read_calibration(node, {"film.tunnelling_decay": "1/m"}, lambda path: "positive")
        assert found.values["film.tunnelling_decay"].value == float(value[0]) * 1e9
    assert shipped.calibration_node("../calibrations/mine", root) is None
