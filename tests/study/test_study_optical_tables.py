"""Tables of n and k in the forms in which they are exported: read right, or refused with a sentence; found again."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halodot.errors import InputError
from halodot.study import from_document, from_text, load, to_document
from halodot.study.optical_tables import OpticalTable, read_optical_table

DEVICE = """
halodot: 1
device:
  emitter: {peak: 645 nm, fwhm: 38 nm, plqy: 0.87, radiative_lifetime: 8.1 ns, class: perovskite dots}
  layers:
    - glass
    - {ITO: 150 nm, contact: anode}
    - {PTAA: 30 nm}
    - dots: {thickness: 30 nm, cauchy_a: 1.85, relative_permittivity: 6, electron_affinity: 3.68 eV,
        ionisation_energy: 5.60 eV, electron_density_of_states: 5e18 1/cm3, hole_density_of_states: 5e18 1/cm3,
        electron_mobility: 1e-4 cm2/Vs, hole_mobility: 1e-4 cm2/Vs}
    - {PO-T2T: 40 nm}
    - {LiF: 1 nm}
    - {Al: 100 nm, contact: cathode}
run: {voltage: [0 V, 3 V]}
"""


def table(folder: Path, data: str | bytes) -> OpticalTable:
    path = folder / "table.csv"
    path.write_bytes(data.encode("utf-8") if isinstance(data, str) else data)
    return read_optical_table(path)


ROWS = "0.3,1.7,0\n1.2,1.9,0.25\n"
#: one table, as spreadsheets, instruments and databases write it
SAME = {
    "plain": f"wavelength_um,n,k\n{ROWS}",
    "remark before": f"# film 3; key: someone2020; etc\nwavelength_um,n,k\n{ROWS}",
    "byte order mark": f"wavelength_um,n,k\n{ROWS}".encode("utf-8-sig"),
    "UTF-16": f"wavelength (µm),n,k\n{ROWS}".encode("utf-16"),
    "Windows": f"wavelength (µm),n,k\n{ROWS}".replace("\n", "\r\n").encode("cp1252"),
    "old Macintosh": f"wavelength_um,n,k\n{ROWS}".replace("\n", "\r"),
    "nanometres": "wavelength_nm,n,k\n300,1.7,0\n1200,1.9,0.25\n",
    "nanometres in brackets": "Wavelength (nm),n,k\n300,1.7,0\n1200,1.9,0.25\n",
    "micrometres in square brackets": f"λ [µm],n [-],k [-]\n{ROWS}",
    "unit alone": "nm,n,k\n300,1.7,0\n1200,1.9,0.25\n",
    "angstrom": "wavelength [Å];n;k\n3000;1.7;0\n12000;1.9;0.25\n",
    "semicolons and decimal commas": "wavelength_um;n;k\n0,3;1,7;0\n1,2;1,9;0,25\n",
    "tabs and decimal commas": "wavelength_um\tn\tk\n0,3\t1,7\t0\n1,2\t1,9\t0,25\n",
    "tabs": "wavelength_um\tn\tk\n0.3\t1.7\t0\n1.2\t1.9\t0.25\n",
    "blanks": "Wavelength (nm)   n   k\n300   1.7    0\n1200  1.9 2.5e-1\n",
    "single blanks": "wavelength_nm n k\n300 1.7 0\n1200 1.9 0.25\n",
    "NumPy": "# wavelength_nm n k\n3.0e+02 1.7e+00 0.0e+00\n1.2e+03 1.9e+00 2.5e-01\n",
    "quotes": '"wavelength_um","n","k"\n"0.3","1.7","0"\n"1.2","1.9","0.25"\n',
    "other order": "k,wavelength_um,n\n0,0.3,1.7\n0.25,1.2,1.9\n",
    "falling": "wavelength_um,n,k\n1.2,1.9,0.25\n0.3,1.7,0\n",
    "more columns": "wavelength_um,n,n_error,k,eps2\n0.3,1.7,9,0,9\n1.2,1.9,9,0.25,9\n",
    "lines about the sample": f"Sample: PTAA\nsep=,\n\nwavelength_um,n,k\n{ROWS}",
    "empty cells behind": "wavelength_um,n,k,,\n0.3,1.7,0,,\n1.2,1.9,0.25,,\n,,,,\n",
    "refractiveindex.info": "wl,n\n0.3,1.7\n1.2,1.9\n\nwl,k\n0.3,0\n1.2,0.25\n",
    "k before n": "wl,k\n0.3,0\n1.2,0.25\nwl,n\n0.3,1.7\n1.2,1.9\n",
}


@pytest.mark.parametrize("form", SAME)
def test_one_table_in_every_form(tmp_path: Path, form: str) -> None:
    found = table(tmp_path, SAME[form])
    assert found.wavelength == pytest.approx([0.3e-6, 1.2e-6], rel=1e-15)
    assert list(found.index) == [1.7, 1.9]
    assert list(found.extinction) == [0.0, 0.25]
    assert not found.transparent
    assert found.source == ("someone2020" if form == "remark before" else "")
    assert found.ignored == (("n_error", "eps2") if form == "more columns" else ())


def test_blocks_of_n_and_k_meet_where_both_are_known(tmp_path: Path) -> None:
    found = table(tmp_path, "wl,n\n0.4,1.6\n0.6,1.8\n0.8,1.8\nwl,k\n0.5,0.1\n0.7,0.3\n0.9,0.3\n")
    assert found.wavelength == pytest.approx([0.5e-6, 0.6e-6, 0.7e-6, 0.8e-6])
    assert found.index == pytest.approx([1.7, 1.8, 1.8, 1.8])
    assert found.extinction == pytest.approx([0.1, 0.2, 0.3, 0.3])


#: what is written, and what is said of it
REFUSED = [
    ("", "the file is empty"),
    ("\n \n", "the file is empty"),
    ("300,1.7,0\n1200,1.7,0\n", "the first line is '300,1.7,0', but headings such as wavelength_nm,n,k"),
    ("lambda,n,k\n300,1.7,0\n1200,1.7,0\n", "line 1: the heading 'lambda' names no unit of the wavelength"),
    ("wavelength_eV,n,k\n2,1.7,0\n3,1.7,0\n", "names no unit of the wavelength"),
    ("energy_eV,n,k\n2,1.7,0\n3,1.7,0\n", "the spectrum is over energy; wavelengths are wanted"),
    ("wavelength_um,n,n\n0.3,1.7,0\n1.2,1.7,0\n", "two columns are called n"),
    ("wavelength_um,n,k,n\n0.3,1.7,0,1\n1.2,1.7,0,1\n", "two columns are called n"),
    ("wavelength_um,wavelength_nm,n\n0.3,300,1.7\n1.2,1200,1.7\n", "two columns are called wavelength"),
    ("wavelength_um,k\n0.3,0\n1.2,0\n", "there is no column n"),
    ("wavelength_um,eps1,eps2\n0.3,1,0\n1.2,1,0\n", "neither a column n nor a column k"),
    ("wavelength_um,n_o,n_e\n0.3,1,1\n1.2,1,1\n", "neither a column n nor a column k"),
    ("wavelength_um,n,k\n", "there is no row below the headings"),
    ("wavelength_um,n,k\n0.3,1.7,0\n", "there is one row below the headings"),
    ("wavelength_um,n,k\n0.3,1.7,0\n0.4,nan,0\n", "line 3: 'nan' under 'n' is no number"),
    ("wavelength_um,n,k\n0.3,1.7,0\n0.4,,0\n", "line 3: the cell under 'n' is empty"),
    ("wavelength_um,n,k\n0.3,1.7,0\n0.4,1.7\n", "line 3: 2 cells under 3 headings"),
    ("wavelength_um,n,k\n0,3,1,7,0\n1,2,1,7,0\n", "put semicolons or tabs between the cells"),
    ("wavelength_um;n;k\n0.3,1.7,0\n1.2,1.7,0\n", "the headings are parted by semicolons, this row by commas"),
    ("wavelength_um;n;k\n1.000,5;1,7;0\n1,2;1,7;0\n", "line 2: '1.000,5' under 'wavelength_um' is no number"),
    ("wavelength_um,n,k\n0.3,1.7,0\n0.3,1.8,0\n", "line 3: the wavelength of line 2 stands here a second time"),
    ("wavelength_um,n,k\n0.3,1.7,0\n0.4,0,0\n", "line 3: n = 0; the refractive index is larger than zero"),
    ("wavelength_um,n,k\n0.3,1.7,0\n0.4,1.7,-0.1\n", "line 3: k = -0.1; the extinction coefficient"),
    ("wavelength_um,n,k\n300,1.7,0\n1200,1.7,0\n", "from 300 to 1200 um, which is no light"),
    ("wavelength_nm,n,k\n0.3,1.7,0\n1.2,1.7,0\n", "from 0.3 to 1.2 nm, which is no light"),
    ("wavelength_nm;n;k\n300;1,7;0\n1,200;1,7;0\n", "from 1.2 to 300 nm, which is no light"),
    ("wavelength_um,n,k\n-0.3,1.7,0\n0.4,1.7,0\n", "from -0.3 to 0.4 um, which is no light"),
    ("wavelength_um,n,k\n0.3,1e999,0\n0.4,1.7,0\n", "'1e999' under 'n' is beyond the range"),
    ("wl,n\n0.3,1.7\n0.4,1.7\nwl,n\n0.3,1\n0.4,1\n", "there are 2 blocks (wavelength,n and wavelength,n)"),
    ("wl,n\n0.3,1.7\n0.4,1.7\nwl,k\n0.5,1\n0.6,1\n", "have no wavelengths in common"),
    (b"PK\x03\x04\0\0", "this is a binary file, perhaps a spreadsheet"),
]


@pytest.mark.parametrize(("data", "message"), REFUSED)
def test_refuses_with_what_was_found(tmp_path: Path, data: str | bytes, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        table(tmp_path, data)


def test_n_alone_is_transparent_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("wavelength_nm,n,remark\n300,1.7,1\n1200,1.7,2\n", encoding="utf-8")
    (tmp_path / "study.yaml").write_text(with_table("mine.csv"), encoding="utf-8")
    study = load(tmp_path / "study.yaml")
    texts = {note.kind: note.text for note in study.notes if "mine.csv" in note.text}
    assert "PTAA is taken as transparent" in texts["assumed"]
    assert "'remark'" in texts["not followed"]


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=80) | st.text("wavelength_nmuk,;\t\n 0123456789.-e#()", max_size=120).map(str.encode))
def test_any_bytes_are_a_table_or_a_sentence(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    try:
        found = table(tmp_path_factory.getbasetemp(), data)
    except InputError:
        return
    assert np.all(np.diff(found.wavelength) > 0.0)
    assert np.all(found.index > 0.0)
    assert np.all(found.extinction >= 0.0)


# ----------------------------------------------------------------------------------------------- where it is looked for


def with_table(name: str) -> str:
    layer = "    - {PTAA: 30 nm}\n"
    assert layer in DEVICE
    return DEVICE.replace(layer, f"    - PTAA: 30 nm\n      table: '{name}'\n")


def constants(n: float) -> str:
    return f"wavelength_um,n,k\n0.3,{n},0\n1.2,{n},0\n"


def index_of_ptaa(study: object) -> float:
    (layer,) = (layer for layer in study.stack.layers if layer.name == "PTAA")  # type: ignore[attr-defined]
    return float(layer.optics.table_index[0])


def test_a_corrected_table_is_read_again(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(with_table("mine.csv"), encoding="utf-8")
    path = tmp_path / "mine.csv"
    path.write_text(constants(1.7), encoding="utf-8")
    stamp = path.stat().st_mtime_ns
    assert index_of_ptaa(load(tmp_path / "study.yaml")) == 1.7
    path.write_text(constants(1.8), encoding="utf-8")
    os.utime(path, ns=(stamp, stamp))  # as old and as long as before
    assert index_of_ptaa(load(tmp_path / "study.yaml")) == 1.8


def test_a_table_lies_beside_its_study_wherever_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    for folder, n in ((home, 1.7), (elsewhere, 1.9)):
        folder.mkdir()
        (folder / "mine.csv").write_text(constants(n), encoding="utf-8")
    (home / "study.yaml").write_text(with_table("mine.csv"), encoding="utf-8")
    monkeypatch.chdir(elsewhere)
    study = load(home / "study.yaml")
    assert index_of_ptaa(study) == 1.7
    assert index_of_ptaa(load("../home/study.yaml")) == 1.7
    assert index_of_ptaa(load(home / "study.yaml", ["device.layers.PTAA.thickness=20 nm"])) == 1.7
    assert index_of_ptaa(from_document(to_document(study), folder=home)) == 1.7
    for read in (lambda: from_text(with_table("mine.csv")), lambda: from_document(to_document(study))):
        with pytest.raises(InputError, match="a study that was not read from a file has no folder"):
            read()
    with pytest.raises(InputError, match="has no folder"):
        load("paper-0.2", ["device.layers.PTAA.table=mine.csv"])
    assert index_of_ptaa(from_text(with_table(str(home / "mine.csv")))) == 1.7


def test_a_missing_table_says_where_it_was_looked_for(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(constants(1.7), encoding="utf-8")
    (tmp_path / "study.yaml").write_text(with_table("main.csv"), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load(tmp_path / "study.yaml")
    (problem,) = caught.value.problems
    assert f"there is no file {tmp_path / 'main.csv'}, and no table 'main.csv' in the library" in problem.message
    assert problem.suggestion == "mine.csv"


@pytest.mark.parametrize("name", ["a" * 5000, "..", ".", "/", "nowhere/mine.csv", "~/mine.csv", "C:\\\\mine.csv"])
def test_a_strange_name_of_a_table_is_a_problem(tmp_path: Path, name: str) -> None:
    (tmp_path / "study.yaml").write_text(with_table(name), encoding="utf-8")
    with pytest.raises(InputError, match="there is no file"):
        load(tmp_path / "study.yaml")
