"""Maps of columns: what a laboratory says once of its own tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from instrument_files import real

from halodot import cli, read
from halodot.errors import DataError, InputError
from halodot.readers import curves
from halodot.readers.column_maps import map_of, saved_maps

MAP = """
kind: current_voltage
recognise: [Box 7, Pixel]
delimiter: semicolon
decimals: comma
columns:
  U: voltage (V)
  "2": current (mA)
  Status: skip
metadata:
  area: 4 mm2
  instrument: Keithley 2400
  integration_time: 20 ms
sweeps: split
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of maps of a user."""
    monkeypatch.setenv("HALODOT_LIBRARY", str(tmp_path / "own"))
    place = tmp_path / "own" / "columns"
    place.mkdir(parents=True)
    return place


def called(*arguments: str) -> int:
    """Run the command line and return its exit code."""
    with pytest.raises(SystemExit) as caught:
        cli.main(list(arguments))
    return int(caught.value.code or 0)


def sweep(path: Path) -> np.ndarray:
    """Write a sweep up and down as a box that writes no units, and return its voltages."""
    volts = np.concatenate([np.arange(0.0, 5.0, 0.5), np.arange(4.5, -0.1, -0.5)])
    rows = [f"{v + 0.01 * (-1) ** k:.3f};{v**2:.4f};OK".replace(".", ",") for k, v in enumerate(volts)]
    path.write_text("\n".join(["Box 7", "Pixel: B", "U;I;Status", *rows, ""]), encoding="utf-8")
    return volts


def test_a_saved_map_recognises_its_files(tmp_path: Path, folder: Path) -> None:
    (folder / "our-box.yaml").write_text(MAP, encoding="utf-8")
    volts = sweep(tmp_path / "B.txt")
    found = read(tmp_path / "B.txt")
    assert found.attrs["reader"] == "own_map"
    assert found.attrs["area"] == pytest.approx(4e-6)
    assert found.attrs["integration_time"] == pytest.approx(0.02)
    up, down = curves(found)
    assert (up.attrs["scan_direction"], down.attrs["scan_direction"]) == ("forward", "reverse")
    np.testing.assert_allclose(np.concatenate([up["current"], down["current"]]), 1e-3 * volts**2, rtol=1e-12)
    assert read(tmp_path / "B.txt", columns="our-box").attrs["notes"].endswith("read by the map of columns 'our-box'")


def test_a_map_with_mistakes_says_all_of_them_with_line_and_key(folder: Path) -> None:
    text = MAP.replace("tion_time: 20 ms", "tion_time: 20 mm").replace("current (mA)", "current (mA/V)")
    text = text.replace("kind: current_voltage", "kind: curve") + "colour: red\n"
    (folder / "box.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        map_of("box")
    assert {(problem.line, problem.path) for problem in caught.value.problems} == {
        (2, "kind"),
        (8, "columns['2']"),
        (13, "metadata.integration_time"),
        (15, "colour"),
    }
    assert all(problem.file.endswith("box.yaml") for problem in caught.value.problems)


def test_says_what_bare_columns_are_in_words() -> None:
    path = real("plqy_de_mello/1__B2.txt")
    found = read(path, columns="wavelength (nm), intensity")
    numbers = np.loadtxt(path, encoding="utf-8")
    assert found.attrs["kind"] == "spectrum"
    np.testing.assert_allclose(found["wavelength"], numbers[:, 0] * 1e-9, rtol=1e-14)
    np.testing.assert_array_equal(found["intensity"], numbers[:, 1])
    with pytest.raises(DataError, match="the map names column 3, but there are 2"):
        read(path, columns="wavelength (nm), intensity, counts")
    with pytest.raises(InputError, match="is no saved map of columns"):
        read(path, columns="our box")
    with pytest.raises(InputError, match=r"columns\[2\]: 'furlongs' names no quantity that is known"):
        read(path, columns="wavelength (nm), furlongs")


def test_says_what_one_heading_is(tmp_path: Path) -> None:
    sweep(tmp_path / "B.txt")
    found = read(tmp_path / "B.txt", columns={"U": "voltage (V)", "I": "current (mA)"})
    assert list(found.data_vars) == ["current"]
    with pytest.raises(
        DataError, match=r"line 3: the map names the heading 'J', which is not among 'U', 'I', 'Status'"
    ):
        read(tmp_path / "B.txt", columns={"J": "current density (mA/cm2)"})


def test_a_map_saved_from_the_command_line_reads_the_next_file(tmp_path: Path, folder: Path) -> None:
    head = "Spannung (V)\tStrom (mA)\n"
    rows = "".join(f"{v:.1f}\t{v * v:.2f}\n" for v in np.arange(0.0, 3.0, 0.1))
    (tmp_path / "one.txt").write_text(head + rows, encoding="utf-8")
    assert called("inspect", str(tmp_path / "one.txt"), "--save-map", "messplatz") == 0
    assert saved_maps() == {"messplatz": folder / "messplatz.yaml"}
    (tmp_path / "two.txt").write_text(head + rows, encoding="utf-8")
    found = read(tmp_path / "two.txt")
    assert found.attrs["reader"] == "own_map"
    np.testing.assert_allclose(found["current"], 1e-3 * np.round(np.arange(0.0, 3.0, 0.1) ** 2, 2), rtol=1e-12)
    assert called("inspect", str(tmp_path / "one.txt"), "--save-map", "messplatz") == 2  # it exists


def test_converts_bare_columns_with_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bare.txt").write_text("".join(f"{w}\t{w * 2}\n" for w in range(400, 410)), encoding="utf-8")
    assert called("convert", "bare.txt", "--columns", "wavelength (nm), intensity") == 0
    assert "wavelength (nm),intensity\n400,800\n" in Path("bare.txt.csv").read_text(encoding="utf-8")


def test_a_map_may_state_the_lines(tmp_path: Path, folder: Path) -> None:
    lines = ["made by hand", "17 4", "nm and volts", "400 1.5", "401 1.25", "402 1.125"]
    (tmp_path / "odd.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    text = "delimiter: blanks\nfirst_row: 4\ncolumns: [wavelength (nm), 'PD voltage (V)']\nkind: spectrum\n"
    (folder / "odd.yaml").write_text(text, encoding="utf-8")
    found = read(tmp_path / "odd.txt", columns="odd")
    np.testing.assert_array_equal(found["signal_voltage"], [1.5, 1.25, 1.125])


def test_the_map_of_the_documentation_is_one(folder: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "readers.md").read_text(encoding="utf-8")
    text = page.split("```text\nkind:")[1].split("```")[0]
    (folder / "page.yaml").write_text("kind:" + text, encoding="utf-8")
    found = map_of("page")
    assert found.metadata == {"area": pytest.approx(4e-6), "instrument": "Keithley 2400", "integration_time": 0.02}
    assert found.columns == {"U": "voltage (V)", 2: "current (mA)", "Status": "skip"}
    assert (found.layout.head_line, found.layout.first_row, found.layout.delimiter) == (12, 14, ";")
    assert found.split
