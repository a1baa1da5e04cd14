"""Thermobalances as text: NETZSCH, PerkinElmer, Mettler Toledo, TA Instruments."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from instrument_files import real

from halodot import read
from halodot.errors import DataError

ROWS = 60
MINUTES = np.arange(ROWS) * 0.5
CELSIUS = 30.0 + 10.0 * MINUTES
MASS = np.round(8.0 - 3.0 / (1.0 + np.exp(-(CELSIUS - 200.0) / 20.0)), 5)


def check(found: object, mass: np.ndarray = MASS, fraction: bool = False) -> None:
    """Hold a run against what was written, in SI."""
    np.testing.assert_allclose(found["time"], MINUTES * 60.0, rtol=1e-6)  # type: ignore[index]
    np.testing.assert_allclose(found["temperature"], CELSIUS + 273.15, rtol=1e-9)  # type: ignore[index]
    if fraction:
        np.testing.assert_allclose(found["mass_fraction"], mass / 8.0, rtol=1e-5)  # type: ignore[index]
    else:
        np.testing.assert_allclose(found["mass"], mass * 1e-6, rtol=1e-9)  # type: ignore[index]


# -------------------------------------------------------------------------------------------------------------- NETZSCH


def netzsch(separator: str, comma: bool, german: bool, unit: str = "%") -> str:
    words = {"INSTRUMENT": "GERÄT", "SAMPLE MASS /mg": "PROBENMASSE /mg", "DATE/TIME": "DATUM/ZEIT"} if german else {}
    header = {
        "EXPORTTYPE": "DATA ALL", "FORMAT": "NETZSCH5", "IDENTITY": "dots", "INSTRUMENT": "NETZSCH STA 449F3",
        "DATE/TIME": "08.10.2024 15:04", "SAMPLE MASS /mg": "8.0", "SAMPLE CRUCIBLE MASS /mg": "150.5",
        "RANGE": "30°C/10.0(K/min)/325°C",
    }  # fmt: skip
    lines = [f"#{words.get(key, key)}:{separator if separator == ',' else ''}{value}" for key, value in header.items()]
    names = ["##Temp./°C", "Zeit/min" if german else "Time/min", f"Masse/{unit}" if german else f"Mass/{unit}"]
    lines += ["", separator.join([*names, "DSC/(mW/mg)", "Gas Flow(purge1)/(ml/min)", "Segment"])]
    for minutes, celsius, mass in zip(MINUTES, CELSIUS, MASS):
        written = mass if unit == "mg" else 100.0 * mass / 8.0
        cells = [f"{celsius:9.5f}", f"{minutes:8.5f}", f"{written:9.5f}", "-8.719357e-02", "50.00000"]
        lines.append(separator.join([*(cell.replace(".", ",") if comma else cell for cell in cells), "1"]))
    return "\r\n".join([*lines, "", ""])


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-16"])
@pytest.mark.parametrize(("separator", "comma", "german"), [(";", False, False), (";", True, True), ("\t", True, True)])
def test_reads_netzsch(tmp_path: Path, separator: str, comma: bool, german: bool, encoding: str) -> None:
    (tmp_path / "x").write_bytes(netzsch(separator, comma, german).encode(encoding))
    found = read(tmp_path / "x")
    check(found, fraction=True)
    np.testing.assert_allclose(found["specific_heat_flow"], -87.19357, rtol=1e-9)  # mW/mg is W/g
    np.testing.assert_allclose(found["gas_flow"], 50e-6 / 60.0, rtol=1e-9)
    np.testing.assert_array_equal(found["segment"], 1)
    assert found.attrs["kind"] == "thermogravimetry"
    assert found.attrs["instrument"] == "NETZSCH STA 449F3"
    assert found.attrs["date"] == "2024-10-08T15:04:00"
    assert found.attrs["sample_mass"] == pytest.approx(8e-6)
    assert found.attrs["heating_rate"] == pytest.approx(10.0 / 60.0)


def test_reads_netzsch_with_commas_and_milligrams(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(netzsch(",", False, False, "mg").encode("cp1252"))
    check(read(tmp_path / "x"))


def test_refuses_netzsch_with_other_decimals_than_stated(tmp_path: Path) -> None:
    text = netzsch(";", True, False).replace("#FORMAT", "#DECIMAL:POINT\r\n#FORMAT")
    (tmp_path / "x").write_bytes(text.encode("cp1252"))
    with pytest.raises(DataError, match="states POINT before decimals, and commas stand there"):
        read(tmp_path / "x")


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9])
def test_refuses_netzsch_cut_off(tmp_path: Path, kept: float) -> None:
    data = netzsch(";", False, False).encode("cp1252")
    (tmp_path / "x").write_bytes(data[: int(kept * len(data))])
    with pytest.raises(DataError):
        read(tmp_path / "x")


# ---------------------------------------------------------------------------------------------------------- PerkinElmer


def pyris(total: int = ROWS) -> str:
    head = ["Filename:\tC:\\x.tg8d ", "Operator ID:\tA. Nobody ", "Sample ID:\tdots ", "Serial Number:\t526B "]
    head += ["Data Collected:\t23/04/2023 08:20:41 ", "Sample Weight:\t8.000 mg ", f"Total Points in Run:\t{total} "]
    head += ["Method Steps: ", "1)\tHold for 1.0 min at 30.00°C ", " ", "2)\tHeat from 30.00°C to 330.00°C "]
    names = [
        "\tTime     \tUnsubtracted\tProgram     \tSample     ",
        "\t         \tWeight      \tTemperature \tTemperature",
    ]
    lines = [*head, " ", "1) TGA Isothermal ", *names]
    for place, (minutes, celsius, mass) in enumerate(zip(MINUTES, CELSIUS, MASS)):
        if place == 20:
            lines.append("2) TGA Temperature Scan ")
        lines.append(f"\t{minutes:.6f}\t{mass:.6f}\t{celsius + 1.0:.6f}\t{celsius:.6f} ")
    calibration = [" ", " ", "\tTEMPERATURE CALIBRATION INPUTS: ", "Iron\t770.000\t775.010\tUsed ", " "]
    return "\n".join([*lines, *calibration, "Software Version\t13.3 ", "Firmware Version\tTGA 8000 V2.06 ", ""])


def test_reads_the_steps_of_perkinelmer(tmp_path: Path) -> None:
    (tmp_path / "x").write_text(pyris(), encoding="utf-8")
    found = read(tmp_path / "x")
    check(found)
    np.testing.assert_allclose(found["program_temperature"], CELSIUS + 274.15, rtol=1e-9)
    np.testing.assert_array_equal(found["segment"], np.where(np.arange(ROWS) < 20, 1, 2))
    assert found.attrs["date"] == "2023-04-23T08:20:41"
    assert found.attrs["instrument"] == "PerkinElmer TGA 8000"
    assert found.attrs["sample_mass"] == pytest.approx(8e-6)


def test_refuses_perkinelmer_that_lacks_points(tmp_path: Path) -> None:
    (tmp_path / "x").write_text(pyris(ROWS + 1), encoding="utf-8")
    with pytest.raises(DataError, match="61 points were expected, and the file has 60"):
        read(tmp_path / "x")


# -------------------------------------------------------------------------------------------------------------- Mettler


def stare(comma: bool = False) -> str:
    lines = [
        "Title                                                           01.02.2024 18:00",
        "_" * 80,
        "",
        "FileName:",
    ]
    lines += ["  dots, 01.02.2024 18:00:00", "  Sample Weight", "SampleID:", "  dots, 8.0000 mg", "User:", "  thermo"]
    names = "".join(f"{name:>15}" for name in ("Index", "t", "Ts", "Tr", "Value"))
    units = " " * 15 + "".join(f"{unit:>15}" for unit in ("[s]", "[°C]", "[°C]", "[mg]"))
    lines += ["Curve:", names, units]
    for place, (minutes, celsius, mass) in enumerate(zip(MINUTES, CELSIUS, MASS)):
        cells = (f"{place}", f"{minutes * 60.0:.0f}", f"{celsius:.3f}", f"{celsius + 1.0:.3f}", f"{mass:g}")
        lines.append("".join(f"{cell:>15}" for cell in cells))
    text = "\r\n".join(lines)
    if comma:
        head, rows = text.split("[mg]\r\n")
        text = f"{head}[mg]\r\n{rows.replace('.', ',')}"
    tail = [
        "",
        "",
        "LastKeyWD:",
        "  Alumina 150ul",
        "  Weight  : 280.453 mg",
        "",
        "_" * 80,
        " " * 66 + "STARe SW 17.00",
    ]
    return "\r\n".join([text, *tail])


@pytest.mark.parametrize("comma", [False, True])
def test_reads_mettler(tmp_path: Path, comma: bool) -> None:
    (tmp_path / "x").write_bytes(stare(comma).encode("cp1252"))
    found = read(tmp_path / "x")
    check(found)
    np.testing.assert_allclose(found["reference_temperature"], CELSIUS + 274.15, rtol=1e-9)
    assert found.attrs["date"] == "2024-02-01T18:00:00"
    assert found.attrs["crucible_mass"] == pytest.approx(280.453e-6)
    assert found.attrs["sample"] == "dots"
    assert found.attrs["software"] == "STARe SW 17.00"


@pytest.mark.parametrize("lost", [slice(40, 41), slice(50, None)])
def test_refuses_mettler_without_all_its_rows(tmp_path: Path, lost: slice) -> None:
    lines = stare().split("\r\n")
    del lines[lost]
    (tmp_path / "x").write_bytes("\r\n".join(lines).encode("cp1252"))
    with pytest.raises(DataError, match="missing"):
        read(tmp_path / "x")


# ------------------------------------------------------------------------------------------------------------------- TA


def universal() -> str:
    lines = ["CLOSED", "Version\t1.0", "Instrument\tTGA Q500 V20.13", "Operator\tA. Nobody", "Sample\tdots"]
    lines += [
        "Size\t8.000 mg",
        "Date\t04-Mar-2020",
        "Time\t12:30:00",
        "Xcomment\tGas1: Nitrogen  40.0 ml/min",
        "Nsig\t3",
    ]
    lines += ["Sig1\tTime (min)", "Sig2\tTemperature (°C)", "Sig3\tWeight (mg)", "OrgMethod\t1: Ramp 20.00 °C/min"]
    rows = [f"{minutes:.5f}\t{celsius:.4f}\t{mass:.5f}" for minutes, celsius, mass in zip(MINUTES, CELSIUS, MASS)]
    return "\r\n".join([*lines, "StartOfData", *rows, "-1.00000\t-1.0000\t-1.00000", ""])


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252", "utf-8"])
def test_reads_universal_analysis(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "x").write_bytes(universal().encode(encoding))
    found = read(tmp_path / "x")
    check(found)
    assert found.attrs["instrument"] == "TA Instruments TGA Q500 V20.13"
    assert found.attrs["date"] == "2020-03-04T12:30:00"
    assert found.attrs["sample_mass"] == pytest.approx(8e-6)
    assert found.attrs["atmosphere"] == "Nitrogen 40.0 ml/min"
    assert "negative time" in found.attrs["notes"]


def test_refuses_a_binary_file_of_the_q_series(tmp_path: Path) -> None:
    text = universal().split("StartOfData")[0].encode("utf-16")
    (tmp_path / "x").write_bytes(text + b"\x0c\x00\x00" + np.array([MINUTES, CELSIUS, MASS], "<f4").T.tobytes())
    with pytest.raises(DataError, match="export it as text"):
        read(tmp_path / "x")


@pytest.mark.parametrize("separator", ["\t", ","])
def test_reads_the_steps_of_trios(tmp_path: Path, separator: str) -> None:
    head = [["Filename", "C:\\x.tri"], ["Instrument name", "TGA 5500"], ["Operator", "A. Nobody"]]
    head += [["rundate", "2024-02-01 18:00:00"], ["Sample name", "dots"], ["[Procedure]"], ["Sample Mass", "8.0 mg"]]
    lines = [separator.join(row) for row in head]
    for title, part in (("Isothermal 10.0 min", slice(0, 20)), ("Ramp 20.00 °C/min", slice(20, None))):
        lines += ["", "[step]", title, separator.join(("Time", "Temperature", "Weight", "Weight (Normalized)"))]
        lines.append(separator.join(("min", "°C", "mg", "%")))
        for minutes, celsius, mass in zip(MINUTES[part], CELSIUS[part], MASS[part]):
            lines.append(separator.join((f"{minutes:.5f}", f"{celsius:.4f}", f"{mass:.5f}", f"{mass / 0.08:.5f}")))
    (tmp_path / "x").write_text("\n".join([*lines, ""]), encoding="utf-8")
    found = read(tmp_path / "x")
    check(found)
    check(found, fraction=True)
    np.testing.assert_array_equal(found["segment"], np.where(np.arange(ROWS) < 20, 1, 2))
    assert found.attrs["date"] == "2024-02-01T18:00:00"
    assert found.attrs["sample_mass"] == pytest.approx(8e-6)


# ----------------------------------------------------------------------------------------------------------- real files


@pytest.mark.parametrize("name", ["netzsch_example_file", "netzsch2_example_file", "netzsch_example3"])
def test_reads_real_netzsch(name: str) -> None:
    path = real(f"tga/{name}.txt")
    lines = path.read_text(encoding="latin-1").splitlines()
    first = next(place for place, line in enumerate(lines) if line.startswith("##")) + 1
    truth = np.array([[float(cell) for cell in line.split(";")] for line in lines[first:] if line.strip()])
    found = read(path)
    np.testing.assert_allclose(found["temperature"], truth[:, 0] + 273.15, rtol=1e-12)
    np.testing.assert_allclose(found["time"], truth[:, 1] * 60.0, rtol=1e-12)
    np.testing.assert_allclose(found["mass_fraction"], truth[:, 2] / 100.0, rtol=1e-12)
    assert found.attrs["sample_mass"] > 1e-6


def test_reads_real_perkinelmer() -> None:
    path = real("tga/PerkinElmer_example_file.txt")
    rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("\t")]
    truth = np.array([[float(cell) for cell in row] for row in rows if len(row) == 7 and row[0][0].isdigit()])
    found = read(path)
    assert len(truth) == found.sizes["time"] == 12098
    np.testing.assert_allclose(found["time"], truth[:, 0] * 60.0, rtol=1e-12)
    np.testing.assert_allclose(found["mass"], truth[:, 1] * 1e-6, rtol=1e-12)
    np.testing.assert_allclose(found["temperature"], truth[:, 4] + 273.15, rtol=1e-12)
    assert int(found["segment"].max()) == 10
    assert found.attrs["serial_number"] == "526B20120104"
