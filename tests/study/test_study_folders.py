"""Materials, reagents, emitters and studies of the user's own folder and of other distributions."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import halodot
from halodot import cli
from halodot.errors import InputError
from halodot.extensions import reader, readers
from halodot.own_folders import user_folders
from halodot.report.provenance import references
from halodot.study import folders as places
from halodot.study import from_text, library
from halodot.study.folders import folders, remarks

SPIRO = """
my conductor:
  role: transport
  aliases: [MyHTL]
  about: A hole conductor of our own.
  cauchy_a: 1.8
  cauchy_b: 0.01 um2
  electron_affinity: 2.1 eV
  ionisation_energy: 5.2 eV
  relative_permittivity: 3
  electron_density_of_states: 1e21 1/cm3
  hole_density_of_states: 1e21 1/cm3
  electron_mobility: 1e-6 cm2/Vs
  hole_mobility: {value: 2e-4 cm2/Vs, low: 1e-4 cm2/Vs, high: 4e-4 cm2/Vs, kind: measured, source: own SCLC of May}
"""


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the user's own with one material."""
    folder = tmp_path / "own"
    write(folder / "materials" / "conductors.yaml", SPIRO)
    monkeypatch.setenv(places.VARIABLE, str(folder))
    return folder


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place where distributions are installed."""
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    return tmp_path / "site"


def install(site: Path, name: str, entry_points: str) -> None:
    """Write the metadata of a distribution."""
    folder = site / f"{name.replace('-', '_')}-1.2.dist-info"
    write(folder / "METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
    write(folder / "entry_points.txt", entry_points)


def with_conductor(word: str) -> halodot.Study:
    """The paper's device on another hole conductor."""
    layers = "[glass, {ITO: 150 nm, contact: anode}, {'PEDOT:PSS': 30 nm}, {%s: 30 nm}, {dots: 30 nm}, {TmPyPB: 6 nm},"
    layers += " {PO-T2T: 40 nm}, {LiF: 1 nm}, {Al: 100 nm, contact: cathode}]"
    return from_text(f"extends: paper-0.2\ndevice: {{layers: {layers % word}}}\n")


def of_other_libraries(study: halodot.Study) -> list[tuple[str, str]]:
    return [(note.where, note.text) for note in study.notes if note.kind == "other library"]


def test_without_folders_the_shipped_library_stands_alone() -> None:
    assert [folder.path for folder in folders()] == [library.ROOT]
    assert library.material("PTAA").taken_from == ""
    assert not remarks()
    assert not of_other_libraries(halodot.load("device-only"))


def test_the_folder_of_the_platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(places.VARIABLE)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    monkeypatch.setenv("APPDATA", str(tmp_path / "roaming"))
    expected = {
        "linux": tmp_path / "settings",
        "darwin": tmp_path / "Library" / "Application Support",
        "win32": tmp_path / "roaming",
    }
    for platform, folder in expected.items():
        monkeypatch.setattr(sys, "platform", platform)
        assert user_folders() == (folder / "halodot" / "library",)
    monkeypatch.setattr(sys, "platform", "linux")
    for unset in ("", "relative"):  # the specification has relative paths ignored
        monkeypatch.setenv("XDG_CONFIG_HOME", unset)
        assert user_folders() == (tmp_path / ".config" / "halodot" / "library",)


def test_a_material_of_ones_own_is_found_and_says_where_it_is_from(own: Path) -> None:
    study = with_conductor("MyHTL")
    mobility = study.inputs["device.layers.my conductor.hole_mobility"]
    assert (mobility.value, mobility.kind, mobility.source) == (pytest.approx(2e-8), "measured", "own SCLC of May")
    level = study.inputs["device.layers.my conductor.ionisation_energy"]
    assert level.kind == "assumed"
    assert str(own / "materials" / "conductors.yaml") in level.source
    assert of_other_libraries(study) == [("device.layers.my conductor", f"taken from {own} (your own folder)")]


def test_a_changed_file_is_read_again(own: Path) -> None:
    assert library.material("my conductor").values["ionisation_energy"] == 5.2
    write(own / "materials" / "conductors.yaml", SPIRO.replace("5.2 eV", "5.25 eV"))
    assert library.material("my conductor").values["ionisation_energy"] == 5.25
    write(own / "studies" / "mine.yaml", "extends: device-only\n")
    assert halodot.load("mine").path == str(own / "studies" / "mine.yaml")


def test_a_name_that_hides_a_shipped_one_is_taken_and_said(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shipped = library.material("PTAA").values
    write(own / "materials" / "conductors.yaml", SPIRO.replace("my conductor:", "PTAA:"))
    study = with_conductor("PTAA")
    assert study.inputs["device.layers.PTAA.hole_mobility"].source == "own SCLC of May"
    said = f"taken from {own} (your own folder), in place of the one of the library that ships with halodot"
    assert of_other_libraries(study) == [("device.layers.PTAA", said)]
    assert "eqe_max" not in study.calibrated_quantities
    for arguments in (["library", "PTAA"], ["check", "device-only"]):
        with pytest.raises(SystemExit):
            cli.main(arguments)
        assert str(own) in capsys.readouterr().out
    with places.shipped_alone():
        assert library.material("PTAA").values["hole_mobility"] == shipped["hole_mobility"]


def test_another_name_of_ones_own_means_ones_own_entry(own: Path) -> None:
    write(own / "materials" / "conductors.yaml", SPIRO.replace("[MyHTL]", "[MyHTL, PTAA, tfb]"))
    for word in ("PTAA", "ptaa", "tfb"):
        assert library.find("materials", word) == "my conductor"
    assert library.find("materials", "TFB") == "TFB", "the case of the shipped name"
    assert with_conductor("PTAA").inputs["device.layers.my conductor.hole_mobility"].source == "own SCLC of May"


def test_the_first_of_several_folders_counts(own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    second = tmp_path / "second"
    write(second / "materials" / "a.yaml", SPIRO.replace("5.2 eV", "5.9 eV"))
    monkeypatch.setenv(places.VARIABLE, f"{own}{places.os.pathsep}{second}{places.os.pathsep}{tmp_path / 'absent'}")
    assert library.material("my conductor").values["ionisation_energy"] == 5.2
    assert any("absent, which is no folder" in text for text in remarks())
    assert any("absent" in note.text for note in halodot.load("device-only").notes if note.kind == "not followed")


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        (SPIRO + "  hole_mobility: 3 cm2/Vs\n", "stands here a second time", 15),
        (SPIRO.replace("role: transport", "role: [transport"), "this is not YAML", 4),
        (SPIRO.replace("5.2 eV", "5.2"), "has no unit", 9),
        (SPIRO.replace("aliases: [MyHTL]", "aliases: MyHTL"), "a list of words is expected", 4),
        ("- my conductor\n", "a mapping of names is expected", 1),
    ],
)
def test_a_wrong_file_is_answered_with_its_place(own: Path, text: str, message: str, line: int) -> None:
    path = write(own / "materials" / "conductors.yaml", text)
    with pytest.raises(InputError) as caught:
        with_conductor("my conductor")
    problem = caught.value.problems[0]
    assert message in problem.message
    assert (problem.file, problem.line) == (str(path), line)
    assert problem.column


def test_one_name_in_two_files_of_a_folder_is_refused(own: Path) -> None:
    write(own / "materials" / "other.yaml", SPIRO)
    with pytest.raises(InputError, match=r"conductors\.yaml as well"):
        library.materials()


def test_an_ambiguous_word_may_be_given_a_meaning(own: Path) -> None:
    word = next(iter(library.ambiguous()))
    write(own / "chemicals" / "own.yaml", f"{word}: {{molar_mass: 100 g/mol, formula: X, role: amine}}\n")
    assert word not in library.ambiguous()
    assert library.find("chemicals", word) == word


@pytest.mark.parametrize("text", ["[", "X: 3\n", "X: [a, b]\n"])
def test_which_words_are_ambiguous_is_read_of_the_shipped_folder(own: Path, text: str) -> None:
    before = library.ambiguous()
    write(own / "materials" / "ambiguous.yaml", text)
    assert library.ambiguous() == before
    assert "X" not in library.materials()


def test_references_that_are_no_text_are_refused_with_their_file(own: Path) -> None:
    (own / "references.bib").write_bytes(b"@article{M\xfcller}")
    with pytest.raises(InputError, match=r"references\.bib: the file cannot be read as UTF-8 text"):
        with_conductor("my conductor")


def test_parameters_and_calibrations_are_those_that_ship(own: Path) -> None:
    before = library.parameters("film")
    write(own / "parameters" / "film.yaml", "packing: 0.1\n")
    write(own / "calibrations" / "paper.yaml", "values: {film.packing: 0.1}\n")
    assert library.parameters("film") == before
    notes = [note.text for note in halodot.load("recipe-only").notes if note.kind == "not followed"]
    assert len([text for text in notes if str(own) in text]) == 2


def test_a_study_may_take_the_place_of_a_shipped_one_and_extend_it(own: Path) -> None:
    shipped = halodot.load("device-only")
    path = write(own / "studies" / "device-only.yaml", "extends: device-only\ntitle: ours\n")
    study = halodot.load("device-only")
    assert study.title == "ours"
    assert study.inputs == shipped.inputs
    ((_, said),) = of_other_libraries(study)
    assert str(path) in said
    assert of_other_libraries(from_text("extends: device-only\n"))[0][0] == "extends"


def test_shipped_studies_extend_shipped_ones(own: Path) -> None:
    child = halodot.load("paper-control")
    write(own / "studies" / "paper-0.2.yaml", "extends: device-only\n")
    assert halodot.load("paper-control").document == child.document


def test_references_of_ones_own(own: Path) -> None:
    write(own / "references.bib", "@article{ours2026,\n  title = {Ours}\n}\n")
    write(own / "materials" / "conductors.yaml", SPIRO.replace("own SCLC of May", "ours2026"))
    study = with_conductor("my conductor")
    assert "ours2026" in library.source_keys()
    assert "@article{ours2026" in references(halodot.chain.simulate.examine(study))


# ------------------------------------------------------------------------------------------------ other distributions

PACKAGE = "[halodot.library]\nlab = lab_library\n"


def test_a_package_gives_its_folder(site: Path) -> None:
    write(site / "lab_library" / "__init__.py", "")
    write(site / "lab_library" / "materials" / "m.yaml", SPIRO)
    write(site / "lab_library" / "emitters.yaml", OWN_CLASS)
    install(site, "lab-library", PACKAGE)
    study = with_conductor("my conductor")
    folder = f"{site / 'lab_library'} (lab-library 1.2)"
    assert ("device.layers.my conductor", f"taken from {folder}") in of_other_libraries(study)
    assert "our dots" in library.emitter_classes()
    ours = halodot.load("device-only", ["device.emitter.class=our dots"])
    assert ("device.emitter.class", f"taken from {folder}") in of_other_libraries(ours)


OWN_CLASS = """
our dots:
  statistics: boltzmann
  trion_auger_rate: 1 1/ns
  quenching_field: 200 MV/m
  exciton_diffusivity: 1e-4 cm2/s
  states_per_dot: 2
  carrier_disorder: 50 meV
"""


@pytest.mark.parametrize("module", ["from pathlib import Path\nDATA = Path(__file__).parent / 'data'\n", ""])
def test_a_path_or_a_module_gives_a_folder(site: Path, module: str) -> None:
    write(site / "lab" / "__init__.py", "")
    write(site / "lab" / "places.py", module)
    data = site / "lab" / "data" if module else site / "lab"
    write(data / "materials" / "m.yaml", SPIRO)
    install(site, "lab", f"[halodot.library]\nlab = lab.places{':DATA' if module else ''}\n")
    try:
        assert "my conductor" in library.materials()
    finally:
        for name in ("lab", "lab.places"):
            sys.modules.pop(name, None)


def test_a_broken_library_is_named_and_breaks_nothing(site: Path) -> None:
    write(site / "broken_library.py", "raise RuntimeError('no licence')\n")
    install(site, "broken-library", "[halodot.library]\nbroken = broken_library\n")
    write(site / "sound_library" / "__init__.py", "")
    write(site / "sound_library" / "materials" / "m.yaml", SPIRO)
    install(site, "sound-library", "[halodot.library]\nsound = sound_library\n")
    study = with_conductor("my conductor")
    assert any("broken of broken-library 1.2" in note.text and "no licence" in note.text for note in study.notes)
    with pytest.raises(InputError, match=r"broken-library 1\.2"):
        with_conductor("unheard-of")


def test_readers_are_loaded_when_they_are_used(site: Path, tmp_path: Path) -> None:
    write(site / "lab_readers.py", "def read(path):\n    return path.read_text(encoding='utf-8')\n\nNUMBER = 3\n")
    write(site / "broken_reader.py", "import no_such_module\n")
    points = (
        "[halodot.readers]\nkeithley = lab_readers:read\nnumber = lab_readers:NUMBER\nbroken = broken_reader:read\n"
    )
    install(site, "lab-readers", points)
    assert set(readers()) == {"keithley", "number", "broken"}
    assert "lab_readers" not in sys.modules
    assert reader("keithley")(write(tmp_path / "x.txt", "1 2 3")) == "1 2 3"
    with pytest.raises(InputError, match=r"broken of lab-readers 1\.2 cannot be loaded.*no_such_module"):
        reader("broken")
    with pytest.raises(InputError, match=r"number of lab-readers 1\.2 is no function"):
        reader("number")
    with pytest.raises(InputError, match="no installed distribution adds a reader 'other'; there are: broken"):
        reader("other")
    install(site, "more-readers", "[halodot.readers]\nkeithley = lab_readers:read\n")
    sys.path.append(str(tmp_path))  # distributions are looked for again where the places change
    try:
        with pytest.raises(InputError, match="readers of one name"):
            reader("keithley")
    finally:
        sys.path.remove(str(tmp_path))


def test_importing_halodot_looks_for_no_distribution() -> None:
    code = "import sys, halodot, halodot.extensions\nprint('importlib.metadata' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == "False"
