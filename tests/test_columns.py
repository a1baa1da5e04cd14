"""Tables of measured numbers as instruments write them: what is read, in SI, and what is refused."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halodot.columns import Columns, delimiter_of_lines, read_columns
from halodot.errors import InputError
from halodot.headings import read_heading


def read(folder: Path, text: str, headings: dict[str, str] | None = None) -> Columns:
    file = folder / "device.csv"
    file.write_text(text, encoding="utf-8")
    return read_columns(file, headings)


def refused(folder: Path, text: str) -> str:
    with pytest.raises(InputError) as caught:
        read(folder, text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("heading", "quantity", "factor"),
    [
        ("V (V)", "voltage", 1.0),
        ("Bias [mV]", "voltage", 1e-3),
        ("J [mA/cm2]", "current_density", 10.0),
        ("J (mA cm⁻²)", "current_density", 10.0),
        ("Current density, A/m^2", "current_density", 1.0),
        ("|J| / mA cm-2", "current_density", 10.0),
        ("J_mA_cm2", "current_density", 10.0),
        ("I (mA/cm2)", "current_density", 10.0),
        ("I (mA)", "current", 1e-3),
        ("L / cd m-2", "luminance", 1.0),
        ("Luminance (cd/m²)", "luminance", 1.0),
        ("EQE (%)", "eqe", 0.01),
        ("EQE_percent", "eqe", 0.01),
        ("Wavelength (nm)", "wavelength", 1e-9),
        ("t (ns)", "time", 1e-9),
        ("t (nm)", "thickness", 1e-9),
        ("T (K)", "temperature", 1.0),
        ("PL (a.u.)", "intensity", 1.0),
        ("counts", "intensity", 1.0),
        ("J pixel A3 (mA/cm2)", "current_density", 10.0),
        ("J_2 (mA/cm2)", "current_density", 10.0),
    ],
)
def test_a_heading_is_a_quantity_with_a_unit(heading: str, quantity: str, factor: float) -> None:
    found = read_heading(heading)
    assert (found.quantity, found.problem) == (quantity, "")
    assert found.factor == pytest.approx(factor, rel=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        "V (V),J [mA/cm2],L / cd m-2\n1.5,0.2,30\n2.0,1,60\n",
        "V (V);J [mA/cm2];L / cd m-2\n1,5;0,2;30\n2,0;1;60\n",
        "# sample 7\nV (V)\tJ [mA/cm2]\tL / cd m-2\n1,5\t2e-1\t30\n\n2.0\t1\t60\n",
        "V (V)  J [mA/cm2]  L (cd/m2)\n1.5 0.2 30\n2.0 1 60\n",
        "# V (V) J [mA/cm2] L (cd/m2)\n1.5 0.2 30\n2.0 1 60\n",
        '"V (V)","J [mA/cm2]","L, cd/m2"\n"1,5","0,2","30"\n"2,0","1","60"\n',
        "Voltage,Current density,Luminance\nV,mA/cm2,cd/m2\n1.5,0.2,30\n2.0,1,60\n",
        "\ufeffV_V,J_A_m2,L_cd_m2,note\n1.5,2.0,30,first\n2.0,10,60,\n",
    ],
)
def test_the_same_numbers_come_out_of_every_way_of_writing_them(tmp_path: Path, text: str) -> None:
    found = read(tmp_path, text)
    for quantity, wanted in {"voltage": [1.5, 2.0], "current_density": [2.0, 10.0], "luminance": [30.0, 60.0]}.items():
        np.testing.assert_allclose(found.values(quantity), wanted, rtol=1e-14)
    assert found.sha256 == hashlib.sha256((tmp_path / "device.csv").read_bytes()).hexdigest()


def test_the_reading_is_said_and_what_is_unknown_is_kept_as_text(tmp_path: Path) -> None:
    found = read(tmp_path, "pixel,V (V),J (mA/cm2)\nA1,1,\nA2,1,3\n")
    assert found.texts == {"pixel": ("A1", "A2")}
    assert np.isnan(found.values("current_density")[0])
    assert found.reading == (
        "cells parted by commas",
        "'V (V)' is the voltage in V",
        "'J (mA/cm2)' is the current density in mA/cm2",
        "not read: 'pixel'",
    )


def test_pixels_side_by_side_and_standard_deviations_are_columns_of_one_quantity(tmp_path: Path) -> None:
    found = read(tmp_path, "V (V),J1 (mA/cm2),J2 (mA/cm2),sd J (mA/cm2)\n1,2,3,0.1\n")
    assert [item.values[0] for item in found.all("current_density")] == [20.0, 30.0]
    assert [item.values[0] for item in found.all("current_density", deviation=True)] == [1.0]
    with pytest.raises(InputError, match="2 columns of current_density"):
        found.values("current_density")


def test_a_heading_can_be_read_as_another(tmp_path: Path) -> None:
    found = read(tmp_path, "V,J_median\n1,2\n", {"V": "V (V)", "J_median": "J (mA/cm2)"})
    assert found.values("current_density").tolist() == [20.0]


def test_all_that_is_wrong_is_said_at_once_with_its_line(tmp_path: Path) -> None:
    message = refused(tmp_path, "V,J (mA),L (cd/m2),EQE (V)\n1,2,3,4\n1,2,3\n2,x,3,4\n")
    assert "device.csv:1:1: the heading 'V' has no unit" in message
    assert "Did you mean 'V (V)'?" in message
    assert "'EQE': 'V' measures a voltage, but a pure number is expected" in message
    assert "device.csv:3:1: 3 cells under 4 headings" in message
    assert "device.csv:4:2: 'x' under 'J (mA)' is no number" in message


def test_a_table_without_headings_says_what_is_wanted(tmp_path: Path) -> None:
    assert "a line of headings with units is wanted, such as V (V), J (mA/cm2)" in refused(tmp_path, "1,2\n3,4\n")
    assert "the file is empty" in refused(tmp_path, "")


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        read_columns(tmp_path / "absent.csv")
    (tmp_path / "book.xlsx").write_bytes(b"PK\0\0")
    with pytest.raises(InputError, match="export it as text"):
        read_columns(tmp_path / "book.xlsx")


@settings(max_examples=40, deadline=None)
@given(
    numbers=st.lists(st.tuples(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9)), min_size=1, max_size=6),
    mark=st.sampled_from([",", ";", "\t", "  "]),
    comma=st.booleans(),
)
def test_numbers_written_are_numbers_read(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[tuple[float, float]], mark: str, comma: bool
) -> None:
    rows = [mark.join(map(repr, row)) for row in numbers]
    if comma and mark != ",":
        rows = [row.replace(".", ",") for row in rows]
    text = "\n".join([mark.join(("V (V)", "J (A/m2)")), *rows])
    found = read(tmp_path_factory.mktemp("columns"), text)
    assert list(zip(found.values("voltage"), found.values("current_density"))) == numbers


@pytest.mark.parametrize(
    ("heading", "quantity"),
    [
        ("EQE1 (%)", "eqe"),
        ("Voltage2 (V)", "voltage"),
        ("Luminance 3 (cd/m2)", "luminance"),
        ("J B4 (A/m2)", "current_density"),
        ("V (V).1", "voltage"),
        ("J (mA/cm2) pixel 2", "current_density"),
        ("EQE %", "eqe"),
        ("Current density mA/cm2", "current_density"),
    ],
)
def test_numbers_and_units_without_brackets_leave_the_name_of_a_heading(heading: str, quantity: str) -> None:
    assert read_heading(heading).quantity == quantity


def test_a_number_with_commas_between_thousands_says_how_to_write_it(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text('V (V),J (A/m2)\n1,"1,344.8"\n2,"2,000.0"\n', encoding="utf-8")
    with pytest.raises(InputError, match="write it without commas between thousands"):
        read_columns(file)


def test_a_long_row_of_numbers_that_ends_in_a_word_takes_no_time() -> None:
    started = time.perf_counter()
    assert delimiter_of_lines([f"{' '.join(map(str, range(100, 400)))} end"]) == " "
    assert time.perf_counter() - started < 0.5  # s; each number may match in one way alone
