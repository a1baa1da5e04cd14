"""Excel workbooks, opened without trust."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from openpyxl import Workbook

from halodot import read
from halodot.errors import DataError
from halodot.readers import curves
from halodot.readers.exports import written as exported


def book(path: Path, **sheets: list[list[object]]) -> Path:
    """Write a workbook with some sheets."""
    made = Workbook()
    made.remove(made.worksheets[0])
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path


def repacked(path: Path, changes: dict[str, bytes]) -> Path:
    """Write parts of a workbook anew."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()} | changes
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    path.write_bytes(stream.getvalue())
    return path


JV = [["Device", "A1"], [], ["V (V)", "J (mA/cm2)", "L (cd/m2)"], *([0.5 * k, 0.1 * k, 3.0 * k] for k in range(9))]


def test_every_sheet_with_a_table_is_a_curve(tmp_path: Path) -> None:
    notes = [["measured by", "A. B."], ["date", "2026-03-04"]]
    spectrum = [["Wavelength (nm)", "Counts"], *([600 + k, k * k] for k in range(20))]
    found = read(book(tmp_path / "day.any", notes=notes, A1=JV, EL=spectrum))
    sweep, light = curves(found)
    np.testing.assert_allclose(sweep["current_density"], np.arange(9.0), rtol=1e-12)
    np.testing.assert_array_equal(light["counts"], np.arange(20) ** 2)
    assert (sweep.attrs["curve"], light.attrs["curve"]) == ("A1", "EL")


def test_what_was_exported_is_read_again(tmp_path: Path) -> None:
    first = read(book(tmp_path / "one.xlsx", A1=JV))
    (tmp_path / "again.xlsx").write_bytes(exported(first, "xlsx"))
    again = read(tmp_path / "again.xlsx")
    for name in ("voltage", "current_density", "luminance"):
        np.testing.assert_allclose(again[name], first[name], rtol=1e-14)


def test_a_number_in_percent_is_read_as_it_is_shown(tmp_path: Path) -> None:
    made = Workbook()
    sheet = made.worksheets[0]
    sheet.append(["wavelength (nm)", "EQE (%)"])
    for k in range(5):
        sheet.append([400 + k, 0.125 * k])
        sheet.cell(k + 2, 2).number_format = "0.0%"
    made.save(tmp_path / "eqe.xlsx")
    np.testing.assert_allclose(read(tmp_path / "eqe.xlsx")["eqe"], 0.125 * np.arange(5.0))


def test_columns_of_a_sheet_may_be_named(tmp_path: Path) -> None:
    path = book(tmp_path / "bare.xlsx", one=[[400 + k, 2.5 * k] for k in range(6)])
    found = read(path, columns="wavelength (nm), absorbance")
    np.testing.assert_allclose(found["absorbance"], 2.5 * np.arange(6.0))


def formula(path: Path) -> Path:
    return book(path, A1=[*JV, ["=A4+1", 1.0, 2.0]])


def bomb(path: Path) -> Path:
    return repacked(book(path, A1=JV), {"xl/media/large.bin": bytes(70_000_000)})


def linked(path: Path) -> Path:
    return repacked(book(path, A1=JV), {"xl/externalLinks/externalLink1.xml": b"<externalLink/>"})


def entities(path: Path) -> Path:
    book(path, A1=JV)
    text = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><workbook>&b;</workbook>'
    return repacked(path, {"xl/workbook.xml": text})


def old(path: Path) -> Path:
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "Workbook".encode("utf-16-le") + bytes(500))
    return path


def locked(path: Path) -> Path:
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le"))
    return path


def empty(path: Path) -> Path:
    return book(path, notes=[["nothing", "here"]])


def broken(path: Path) -> Path:
    return repacked(book(path, A1=JV), {"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row><c"})


REFUSED = {
    formula: r"cell A13 of .* holds a formula whose result was never computed",
    bomb: r"would unpack to 70 MB; 60 MB at most: save its sheets as text",
    linked: "takes cells from other workbooks",
    entities: "declares entities",
    old: r"Excel 97-2003 \(\.xls\); save it as \.xlsx",
    locked: "locked with a password",
    empty: "no sheet of the workbook has a table of numbers",
    broken: "the workbook is damaged",
}


@pytest.mark.parametrize("make", REFUSED, ids=lambda make: make.__name__)
def test_refuses(tmp_path: Path, make: object) -> None:
    with pytest.raises(DataError, match=REFUSED[make]):  # type: ignore[index]
        read(make(tmp_path / "book.xlsx"))  # type: ignore[operator]


@pytest.mark.parametrize("kept", [0.2, 0.6, 0.95, 0.999])
def test_refuses_a_workbook_that_is_cut_off(tmp_path: Path, kept: float) -> None:
    path = book(tmp_path / "cut.xlsx", A1=JV)
    data = path.read_bytes()
    path.write_bytes(data[: int(kept * len(data))])
    with pytest.raises(DataError, match=r"cut\.xlsx"):
        read(path)


def test_absurd_dimensions_cost_nothing(tmp_path: Path) -> None:
    path = book(tmp_path / "wide.xlsx", A1=JV)
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    changed = sheet.replace(b'ref="A1:C12"', b'ref="A1:XFD1048576"')
    assert changed != sheet
    assert read(repacked(path, {"xl/worksheets/sheet1.xml": changed}))["voltage"].size == 9
