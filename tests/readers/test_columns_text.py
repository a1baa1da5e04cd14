"""Columns of numbers of any program: headings with units, or numbers alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray
from instrument_files import real

from halodot import read
from halodot.errors import DataError
from halodot.readers import curves


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    """Write a text as it is."""
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("head", "row"),
    [
        ("Voltage (V)\tCurrent (mA)\tLuminance (cd/m^2)", "{:.2f}\t{:.4f}\t{:.3f}"),  # an OLED J-V-L table
        ("Voltage,Current,Luminance\nV,mA,cd/m2", "{:.2f},{:.4f},{:.3f}"),  # units in a line of their own
        ("V [V];I [mA];L [cd/m²]", "{:.2f};{:.4f};{:.3f}"),
        ("# V (V)   I (mA)   L (cd/m2)", "{:.2f} {:.4f} {:.3f}"),  # NumPy's savetxt
        ("U/V\tI/mA\tLv/cd m-2", "{:.2f}\t{:.4f}\t{:.3f}"),  # Origin
        ("电压 (V)\t电流 (mA)\t亮度 (cd/m2)", "{:.2f}\t{:.4f}\t{:.3f}"),
    ],
)
@pytest.mark.parametrize("comma", [False, True])
def test_reads_a_sweep_whatever_parts_its_cells(tmp_path: Path, head: str, row: str, comma: bool) -> None:
    voltage = np.arange(0.0, 5.0, 0.25)
    rows = [row.format(v, v**3 / 7.0, 13.0 * v**2) for v in voltage]
    if comma:
        rows = [line.replace(",", ";").replace(".", ",") for line in rows]
        head = head.replace(",", ";")
    encoding = "gb18030" if "电" in head else "utf-16"
    found = read(written(tmp_path / "sweep.dat", "\n".join([head, *rows, ""]), encoding))
    assert found.attrs["kind"] == "current_voltage"
    np.testing.assert_allclose(found["voltage"], voltage, rtol=1e-12)
    np.testing.assert_allclose(found["current"], np.round(voltage**3 / 7.0, 4) * 1e-3, rtol=1e-12)  # A
    np.testing.assert_allclose(found["luminance"], np.round(13.0 * voltage**2, 3), rtol=1e-12)
    assert found["current"].attrs["unit_of_file"] == "mA"
    assert found.attrs["warnings"] == ""


KICKSTART = """Instrument,2450 SourceMeter
Serial Number,04123456
Project Name,OLED test
Time,14:20:11
Voltage Limit,21 V

Index,Relative Time (s),Voltage (V),Current (A),Status
"""


def test_reads_a_table_below_a_header_with_a_clock_and_a_column_of_words(tmp_path: Path) -> None:
    voltage = np.linspace(0.0, 6.0, 61)
    rows = [f"{k + 1},{0.1 * k:.3f},{v:.6E},{1e-6 * np.expm1(v):.6E},OK" for k, v in enumerate(voltage)]
    found = read(written(tmp_path / "run.csv", KICKSTART + "\n".join(rows) + "\n"))
    assert found.attrs["kind"] == "current_voltage"
    np.testing.assert_allclose(found["current"], 1e-6 * np.expm1(voltage), rtol=1e-6)
    np.testing.assert_allclose(found["time"], 0.1 * np.arange(61.0), atol=1e-9)
    assert "2450 SourceMeter" in found.attrs["header"]
    assert "'Status' holds words and was not read" in found.attrs["notes"]


def test_a_table_over_time_at_a_steady_voltage_stands_along_time(tmp_path: Path) -> None:
    time = np.arange(0.0, 100.0, 0.5)  # h
    rows = [f"{t:.2f}\t{4.0 + 1e-3 * t:.4f}\t{100.0 * 0.99**t:.4f}" for t in time]
    found = read(written(tmp_path / "life.txt", "Time (h)\tVoltage (V)\tL/L0 (%)\n" + "\n".join(rows) + "\n"))
    assert found.attrs["kind"] == "time_series"
    np.testing.assert_allclose(found["time"], 3600.0 * time, rtol=1e-12)
    np.testing.assert_allclose(found["relative_luminance"], 0.99**time, atol=1e-6)


def test_pairs_of_columns_are_curves_of_their_own_length(tmp_path: Path) -> None:
    head = "V_FW (V)\tJ_FW (mA/cm2)\tV_RV (V)\tJ_RV (mA/cm2)"
    rows = [f"{v:.2f}\t{-20.0 + v:.3f}\t{1.2 - v:.2f}\t{-19.0 - v:.3f}" for v in np.arange(0.0, 1.0, 0.1)]
    rows += ["1.00\t-19.000\t\t", "1.10\t-18.900\t\t"]
    found = read(written(tmp_path / "pair.txt", head + "\n" + "\n".join(rows) + "\n"))
    assert found["voltage_1"].size == 12
    assert found["voltage_2"].size == 10
    assert [found[f"current_density_{k}"].attrs["curve"] for k in (1, 2)] == ["FW", "RV"]
    np.testing.assert_allclose(found["current_density_2"], 10.0 * (-19.0 - np.arange(0.0, 1.0, 0.1)), rtol=1e-12)


def test_counts_are_counts_only_where_they_are(tmp_path: Path) -> None:
    rows = [f"{400 + k},{k * k},{k * k + 0.5},{k}" for k in range(20)]
    text = "Wavelength (nm),Counts,Counts 2,Counts 3 (cps)\n" + "\n".join(rows) + "\n"
    found = read(written(tmp_path / "spectrum.csv", text))
    assert {name: item.attrs["quantity"] for name, item in found.data_vars.items()} == {
        "counts": "counts",
        "intensity": "intensity",
        "count_rate": "count_rate",
    }


ARKEO = """## Header ##
[General info]
Cell area (cm2)\t1
Time\t12:03:16

## Parameters ##
[Forward]
Voc (V)\t0.42734

## Data ##
"""
#: headings as programs write them -> quantities of the columns
PROGRAMS = {
    ARKEO + "V_FW (V)\tJ_FW (A/cm²)\tV_RV (V)\tJ_RV (A/cm²)": ["voltage", "current_density"] * 2,
    "Voltage(V)\tCurrent(mA)\tCurrent Density(mA/cm2)\tLuminance(cd/m2)\tCE(cd/A)\tEQE(%)\tCIEx\tCIEy": [
        *("voltage", "current", "current_density", "luminance", "current_efficiency", "eqe", "cie_x", "cie_y")
    ],
    "Time\tVoltage\tCurrent\ns\tV\tA\nTrue\tTrue\tFalse": ["voltage", "time", "current"],  # SweepMe!
    "Voltage\tCurrent Density\nV\tmA/cm2\n\tpixel 1": ["voltage", "current_density"],  # Origin, with comments
    "Pixel\t1\nVoltage (V)\tCurrent (A)\tCurrent Density (mA.cm^-2)": ["voltage", "current", "current_density"],
    "SMU-1 Voltage (V)\tSMU-1 Current (A)": ["voltage", "current"],
    "# Litos Lite\n# Device: A1\nTime [h]\tVoltage [V]\tPD current [uA]\tTemperature [°C]": [
        *("time", "voltage", "photocurrent", "temperature")
    ],
    "V (V)\t|I| (A)\tabs(J) (mA/cm2)": ["voltage", "current", "current_density"],
    "Wavelength nm.\tAbs.": ["wavelength", "absorbance"],
    "Photon energy (eV)\tPL intensity (a.u.)": ["photon_energy", "intensity"],
}


@pytest.mark.parametrize("head", PROGRAMS)
def test_reads_the_headings_of_programs(tmp_path: Path, head: str) -> None:
    width = len(PROGRAMS[head])
    steady = PROGRAMS[head][:2] == ["time", "voltage"]
    rows = [[400.0 + k, *([4.5 if steady else 0.25 * k + 0.5] * (width - 1))] for k in range(9)]
    if "wavelength" not in PROGRAMS[head] and not steady:
        rows = [[0.5 * k + 0.25] * width for k in range(9)]
    text = head + "\n" + "\n".join("\t".join(f"{number:.4f}" for number in row) for row in rows) + "\n"
    found = read(written(tmp_path / "program.txt", text))
    quantities = [str(item.attrs["quantity"]) for one in curves(found) for item in one.variables.values()]
    assert sorted(quantities) == sorted(PROGRAMS[head])
    assert found.attrs["warnings"] == ""


def test_remarks_between_rows_go_into_the_header(tmp_path: Path) -> None:
    rows = [f"{k / 10:.4E}\t9.5000E-1\t{-22.5 + k / 1000:.4E}" for k in range(20)]
    rows.insert(10, "max. average power (last 50% of values): -2.165E+1")
    text = "active area [cm²]:\t0.1\n***\ntime\tvoltage\tcurrent density\n[s]\t[V]\t[mA/cm²]\n"
    found = read(written(tmp_path / "tracking.txt", text + "\n".join(rows) + "\n"))
    assert found.attrs["kind"] == "time_series"
    assert found["current_density"].size == 20
    assert "-2.165E+1" in found.attrs["header"]


def bare(path: Path) -> xarray.Dataset:
    rows = [f"{w}\t{0.5 * w:.3f}" for w in range(315, 351)]
    return read(written(path, "\n".join(rows) + "\n"))


def test_numbers_without_headings_stay_numbers_and_say_what_they_may_be(tmp_path: Path) -> None:
    found = bare(tmp_path / "A1.txt")
    assert found.attrs["kind"] == "table"
    assert list(found.data_vars) == ["column_1", "column_2"]
    assert {item.attrs["units"] for item in found.data_vars.values()} == {"1"}
    assert "column 1, 315 to 350 in steps of 1, may be wavelengths in nm" in found.attrs["notes"]
    assert "columns='wavelength (nm), intensity'" in found.attrs["notes"]
    assert found.attrs["warnings"] == ""


def test_a_quantity_without_a_unit_stays_a_number(tmp_path: Path) -> None:
    found = read(written(tmp_path / "jv.txt", "V\tJ\n" + "\n".join(f"{v}\t{v * v}.5" for v in range(9)) + "\n"))
    assert found.attrs["kind"] == "table"
    assert list(found.data_vars) == ["v", "j"]
    assert "columns={'J': 'J (mA/cm2)'}" in found.attrs["notes"]


@pytest.mark.parametrize("order", ["V (V)\tBias (mV)\tI (mA)", "V (V)\tI (mA)\tBias (mV)"])
def test_what_was_set_and_what_was_measured_are_both_kept(tmp_path: Path, order: str) -> None:
    rows = "".join(f"{v / 10}\t{v}\t{7 * v}\n" for v in range(9))
    found = read(written(tmp_path / "jv.txt", f"{order}\n{rows}"))
    measured, current = (1.0, 7.0) if order.endswith("(mA)") else (7.0, 1.0)
    np.testing.assert_allclose(found["voltage"], np.arange(9.0) / 10.0)
    np.testing.assert_allclose(found["voltage_2"], measured * np.arange(9.0) / 1000.0)
    np.testing.assert_allclose(found["current"], current * np.arange(9.0) / 1000.0)


def test_a_column_without_numbers_is_left_out_with_a_note(tmp_path: Path) -> None:
    rows = "".join(f"{v / 10}\t{v}\tNaN\n" for v in range(9))
    found = read(written(tmp_path / "jv.txt", f"V (V)\tI (mA)\tL (cd/m2)\n{rows}"))
    assert set(found.variables) == {"voltage", "current"}
    assert "no cell under 'L (cd/m2)' holds a number" in found.attrs["notes"]


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("V (V)\tI (A)\n1.0\t2.0\n2.0\t3,0\n3.0\t4.0\n", r"line 3: decimals .* a comma in line 3 and .* use one"),
        ("V (V)\tI (A)\n1.0\t2.0\n2.0\t3.0\n3.0\tx.0\n", r"line 4: 'x\.0' under 'I \(A\)' is no number"),
        ("V (V)\tI (A)\n1.0\t2.0\n2.0\t3.0\nand so on\n", r"line 4: 'and so on' stands below 2 rows"),
        ("V (V)\tI (A)\n1.0\t2.0\n2.0\t3.0\t4.0\n", r"line 3: 2 cells were expected, not 3"),
        ("V (V)\tI (A)\n1.0\t2.0\n2.0\t3.0\n3.0\t3.0\n4.0\t", r"line 5: the file ends within a row"),
        ("V (V)\tI (A)\n1.0\t2.00\n2.0\t3.00\n3.0\t3.00\n4.0\t3.1", r"line 5: the file ends within a number"),
        ("V (V)\tI (A)\n0\t1\n1\t1e400\n2\t3\n", r"line 3: a number in this line is larger"),
        ("1\t2\n3\t4\n5\tsix\n", r"line 3: 'six' is no number"),
        ('{"voltage": [1, 2, 3]}\n', "line 1: this is JSON of a kind that is not known"),
        ("# how to\nThe voltage is swept from 0 to 5 V in 20 steps.\n", "no reader knows this text"),
        ("L = 2E-7 * m, length\neps = 22 * relative\nE_c = 2 * eV\n", r"line 1: these are parameters"),
    ],
)
def test_refuses_what_is_no_table(tmp_path: Path, text: str, match: str) -> None:
    with pytest.raises(DataError, match=match):
        read(written(tmp_path / "file.txt", text))


def test_one_column_of_decimal_commas_is_one_column(tmp_path: Path) -> None:
    numbers = np.arange(20) / 7.0
    found = read(written(tmp_path / "one.txt", "".join(f"{x:.6e}\n".replace(".", ",") for x in numbers)))
    np.testing.assert_allclose(found["column_1"], numbers, rtol=1e-6)
    assert list(found.data_vars) == ["column_1"]


def test_columns_of_one_heading_are_counted(tmp_path: Path) -> None:
    rows = "".join(f"{k}.5\t{k}.0\t{k}.25\n" for k in range(5))
    found = read(written(tmp_path / "pixels.txt", "V (V)\tI (mA)\tI (mA)\n" + rows))
    assert list(found.data_vars) == ["current", "current_2"]


def test_a_last_row_that_may_be_cut_off_is_left_out(tmp_path: Path) -> None:
    rows = [f"{400 + k}\t{v}" for k, v in enumerate(["0.125", "0.25", "0.5", "0.75", "1", "0.875", "0.6"])]
    found = read(written(tmp_path / "cut.txt", "wavelength (nm)\tabsorbance\n" + "\n".join(rows)))
    assert found["wavelength"].size == 6
    assert "may be cut off" in found.attrs["warnings"]


REAL = {
    "plqy_de_mello/1__A1.txt": (21, 2),
    "plqy_de_mello/1__B2.txt": (302, 2),
    "plqy_de_mello/CF__CF.txt": (64, 2),
    "plqy_de_mello/1__A_qy.txt": (1, 2),
    "jvl_calibration/cie_reference_400-800.txt": (401, 5),
    "jvl_eqe_angular/pattern.txt": (19, 2),
    "jvl_eqe_angular/EyeResponse.txt": (1033, 2),
    "ups/Highres_FK_hv_180.csv": (16, 2),
    "trpl_synthetic/irf_520nm.csv": (481, 2),
    "trpl_becker_hickl/test_IRF_dc_M1.csv": (4096, 1),
}


@pytest.mark.parametrize("name", REAL)
def test_reads_real_columns_without_headings(name: str) -> None:
    path = real(name)
    comma = "," if path.suffix == ".csv" else None
    numbers = np.loadtxt(path, delimiter=comma, ndmin=2, encoding="utf-8")
    found = read(path)
    assert numbers.shape == REAL[name]
    assert found.attrs["kind"] == "table"
    np.testing.assert_array_equal(np.transpose(list(found.data_vars.values())), numbers)


def test_a_result_in_words_is_a_table() -> None:
    found = read(real("plqy_de_mello/1__QY.txt"))
    assert {name: item.item() for name, item in found.data_vars.items()} == {"absorption": 0.64594, "plqy": 0.93412}


def test_reads_a_synthetic_decay() -> None:
    found = read(real("trpl_synthetic/ideal_tcspc_decay.csv"))
    assert found.attrs["kind"] == "decay"
    time = found["time"].values
    np.testing.assert_allclose(found["expected_counts"], 5.0 + 1e4 * np.exp(-time / 2.5e-9), rtol=1e-10)
    assert found["counts"].values[0] == 10_090
