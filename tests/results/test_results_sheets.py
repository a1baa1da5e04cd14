"""Tables for spreadsheets: the numbers of the states in bench units, readable with either decimal mark."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import openpyxl
import pytest

import halodot
from halodot import Result
from halodot.errors import InputError
from halodot.results.contract import curve_files
from halodot.results.sheets import Column, Sheet, sheets
from halodot.results.spreadsheets import csv_bytes

ACCURATE = 1e-6


def columns(path: Path, delimiter: str = ",") -> dict[str, list[str]]:
    """Return the columns of a CSV file by their heading."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        heading, *rows = csv.reader(stream, delimiter=delimiter)
    assert len(set(heading)) == len(heading)
    return {name: list(column) for name, column in zip(heading, zip(*rows, strict=True), strict=True)}


def numbers(texts: list[str], decimal: str = ".") -> np.ndarray:
    """Return the numbers of a column, nan where a cell is empty."""
    return np.array([float(text.replace(decimal, ".")) if text else math.nan for text in texts])


@pytest.fixture(scope="module")
def folder(treated: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables of the model device."""
    home = tmp_path_factory.mktemp("tables")
    halodot.to_csv(treated, home / "csv")
    return home / "csv"


def test_the_sweep_has_the_units_of_the_bench(treated: Result, folder: Path) -> None:
    emission, solution = treated.emission, treated.device_solution
    found = columns(folder / "current_voltage.csv")
    wanted = {
        "Voltage [V]": emission.voltage,
        "Current density [mA/cm2]": solution.current_density / 10.0,
        "Luminance [cd/m2]": emission.luminance,
        "EQE [%]": 100.0 * emission.eqe,
        "Current efficiency [cd/A]": emission.current_efficiency,
        "Power efficiency [lm/W]": emission.luminous_efficacy,
        "EL peak [nm]": 1e9 * emission.el_peak,
        "Temperature [degC]": solution.temperature - 273.15,
    }
    for name, values in wanted.items():
        np.testing.assert_allclose(numbers(found[name]), values, rtol=ACCURATE, atol=1e-300, err_msg=name)
    assert set(found["Solved"]) == {"yes"}
    assert found["Voltage [V]"][3] == "0.3"
    assert ",nan" not in (folder / "current_voltage.csv").read_text(encoding="utf-8")


def test_the_parts_of_the_current_and_of_the_light_add_up_in_their_tables(folder: Path) -> None:
    currents = columns(folder / "currents.csv")
    names = list(currents)
    parts = sum(numbers(currents[name]) for name in names[2 : names.index("Shunt [mA/cm2]") + 1])
    np.testing.assert_allclose(parts[1:], numbers(currents["Current density [mA/cm2]"])[1:], rtol=1e-5)
    photons = columns(folder / "photons.csv")
    total = sum(numbers(column) for name, column in photons.items() if name != "Voltage [V]")
    lit = np.isfinite(total)
    assert lit.sum() > 30
    np.testing.assert_allclose(total[lit], 100.0, rtol=1e-4)


def test_spectra_have_a_column_a_voltage(treated: Result, folder: Path) -> None:
    emission = treated.emission
    found = columns(folder / "el_spectra.csv")
    np.testing.assert_allclose(numbers(found["Wavelength [nm]"]), 1e9 * emission.wavelength, rtol=ACCURATE)
    for index in (25, 60):
        column = numbers(found[f"EL at {emission.voltage[index]:.4g} V [1/m2/s/nm]"])
        np.testing.assert_allclose(column, 1e-9 * emission.el[index], rtol=ACCURATE)
    (normalised,) = (name for name in found if name.endswith("maximum 1"))
    assert numbers(found[normalised]).max() == 1.0


def test_bands_and_far_field_are_those_at_the_highest_eqe(treated: Result, folder: Path) -> None:
    solution, emission = treated.device_solution, treated.emission
    point = int(np.nanargmax(np.where(emission.luminance >= 1.0, emission.eqe, np.nan)))
    found = columns(folder / "profiles.csv")
    assert set(numbers(found["Voltage [V]"])) == {round(float(solution.voltage[point]), 6)}
    np.testing.assert_allclose(
        numbers(found["Electron density [1/cm3]"]), 1e-6 * solution.electron_density[point], rtol=ACCURATE
    )
    gap = numbers(found["Conduction band or LUMO [eV]"]) - numbers(found["Valence band or HOMO [eV]"])
    levels = {
        layer.name: layer.transport.ionisation_energy - layer.transport.electron_affinity
        for layer in treated.stack.layers
    }
    np.testing.assert_allclose(gap, [levels[name] for name in found["Layer"]], atol=2e-6)
    far = columns(folder / "far_field.csv")
    np.testing.assert_allclose(
        numbers(far["Angle in air [degree]"]), np.degrees(emission.radiance_angle), rtol=ACCURATE, atol=1e-9
    )
    assert far["Luminance relative to the normal"][0] == "1"


def test_every_file_is_listed_and_known_to_the_next_run(treated: Result, folder: Path) -> None:
    listed = columns(folder / "contents.csv")
    files = {path.name for path in folder.iterdir()}
    assert set(listed["file"]) == files - {"contents.csv"}
    assert curve_files(folder) == files
    for name, rows in zip(listed["file"], listed["rows"], strict=True):
        assert len(next(iter(columns(folder / name).values()))) == int(rows)
    summary = columns(folder / "summary.csv")
    assert dict(zip(summary["Name in results.json"], summary["Role"], strict=True))["eqe_max"] == "predicted"
    assert len(columns(folder / "inputs.csv")["Input"]) == len(treated.study.inputs)


def test_a_decimal_comma_moves_the_cells_apart_with_semicolons(treated: Result, folder: Path, tmp_path: Path) -> None:
    halodot.to_csv(treated, tmp_path, decimal=",")
    assert curve_files(tmp_path) == {path.name for path in tmp_path.iterdir()}
    for name in ("current_voltage", "summary", "profiles"):
        found, wanted = columns(tmp_path / f"{name}.csv", ";"), columns(folder / f"{name}.csv")
        assert list(found) == list(wanted)
        for heading, texts in wanted.items():
            if heading.endswith("]") or heading == "Value":
                np.testing.assert_array_equal(numbers(found[heading], ","), numbers(texts))
                assert not any("." in text for text in found[heading])


def test_texts_and_numbers_are_written_as_a_spreadsheet_reads_them() -> None:
    sheet = Sheet("s", "", (Column("a", "m", np.array([0.1 + 0.2, math.nan])), Column("b", "", ('x, "y"', "1.5"))))
    assert csv_bytes(sheet) == b'a [m],b\n0.3,"x, ""y"""\n,1.5\n'
    assert csv_bytes(sheet, ",") == b'a [m];b\n0,3;"x, ""y"""\n;1.5\n'
    assert csv_bytes(Sheet("s", "", (Column("°", "", ("µ",)),))) == b"\xef\xbb\xbf" + "°\nµ\n".encode()


@pytest.mark.parametrize("name", ["my.csv", "my.xlsx", "my.CSV"])
def test_a_folder_with_the_name_of_a_file_is_refused(treated: Result, tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="name a folder such as 'my'"):
        halodot.to_csv(treated, tmp_path / name)
    with pytest.raises(InputError, match="no decimal mark"):
        halodot.to_csv(treated, tmp_path / "my", decimal=":")
    with pytest.raises(InputError, match=r"ends in \.xlsx"):
        halodot.to_xlsx(treated, tmp_path / "my")
    assert list(tmp_path.iterdir()) == []


def test_the_workbook_has_every_sheet_with_real_numbers(treated: Result, tmp_path: Path) -> None:
    halodot.to_xlsx(treated, tmp_path / "all.xlsx")
    book = openpyxl.load_workbook(tmp_path / "all.xlsx")
    made = {sheet.name: sheet for sheet in sheets(treated)}
    assert book.sheetnames == list(made)
    for name in ("current_voltage", "summary", "inputs", "el_spectra"):
        target, sheet = book[name], made[name]
        assert target.freeze_panes == "B3"
        assert [cell.value for cell in target[1]] == [column.name for column in sheet.columns]
        assert [cell.value or "" for cell in target[2]] == [column.unit for column in sheet.columns]
        assert target.max_row == sheet.rows + 2
        for place, column in enumerate(sheet.columns):
            values = [row[place] for row in target.iter_rows(min_row=3, values_only=True)]
            if isinstance(column.values, np.ndarray):
                found = np.array([math.nan if value is None else float(value) for value in values])
                np.testing.assert_allclose(found, column.values, rtol=ACCURATE, atol=1e-300)
                assert not any(isinstance(value, str) for value in values)
            else:
                assert [value or "" for value in values] == list(column.values)


def test_a_text_that_looks_like_a_formula_stays_a_text(tmp_path: Path) -> None:
    study = halodot.load(
        "recipe-only", ["flask.etching={value: 30, about: '=1+1', source: '+2 of ours'}", "run.stop_after=flask"]
    )
    halodot.to_xlsx(halodot.simulate(study), tmp_path / "all.xlsx")
    rows = openpyxl.load_workbook(tmp_path / "all.xlsx")["inputs"].iter_rows()
    (row,) = (row for row in rows if row[0].value == "flask.etching")
    assert [(cell.value, cell.data_type) for cell in row[7:9]] == [("+2 of ours", "s"), ("=1+1", "s")]


@pytest.mark.parametrize("name", ["recipe-only", "sclc-dots"])
def test_results_without_light_or_without_a_device_have_their_tables(name: str, tmp_path: Path) -> None:
    changes = [] if name == "recipe-only" else ["run.voltage=[0 V, 1 V]"]
    result = halodot.simulate(halodot.load(name, changes))
    written = {path.stem for path in halodot.to_csv(result, tmp_path)}
    assert ("washes" in written, "profiles" in written) == (name == "recipe-only", name == "sclc-dots")
    assert "el_spectra" not in written
