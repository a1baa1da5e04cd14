"""JCAMP-DX in each of its forms, written here from the published description."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instrument_files import expected, real

from halodot import read
from halodot.errors import DataError
from halodot.readers.raw_file import RawFile
from halodot.readers.recognise import recognised, recorded

X = np.arange(400.0, 440.0, 2.0)
Y = np.array([3, 5, 5, 5, -12, -11, -10, 120, 0, 0, 7, 7, 8, 9, 10, 1000, -1, 2, 2, 2])


def squeezed(value: int) -> str:
    """Write an ordinate whose first digit carries the sign."""
    digits = str(abs(value))
    return ("@ABCDEFGHI" if value >= 0 else "@abcdefghi")[int(digits[0])] + digits[1:]


def difference(step: int) -> str:
    digits = str(abs(step))
    return ("%JKLMNOPQR" if step >= 0 else "%jklmnopqr")[int(digits[0])] + digits[1:]


def repetition(times: int) -> str:
    digits = str(times)
    return " STUVWXYZs"[int(digits[0])] + digits[1:]


def rows(form: str, x: np.ndarray, y: np.ndarray, width: int = 7) -> list[str]:
    """Write the lines of a table (X++(Y..Y)) in one of its forms."""
    if form in ("DIF", "DUP"):
        return checked(x, y, width, form)
    words = {"AFFN": " {}".format, "PAC": "{:+d}".format, "SQZ": squeezed}[form]
    starts = range(0, len(y), width)
    return [f"{x[start]:g}" + "".join(words(int(value)) for value in y[start : start + width]) for start in starts]


def checked(x: np.ndarray, y: np.ndarray, width: int, form: str) -> list[str]:
    """Write lines of differences that start with the last ordinate of the line before."""
    found, before = [], None
    for start in range(0, len(y), width):
        part = [int(value) for value in y[start : start + width]]
        at = start if before is None else start - 1
        part = part if before is None else [before, *part]
        steps = [difference(step) for step in np.diff(part)]
        found.append(f"{x[at]:g}{squeezed(part[0])}" + ("".join(steps) if form == "DIF" else repeated(steps)))
        before = part[-1]
    return [*found, f"{x[-1]:g}{squeezed(int(y[-1]))}"] if len(y) > 1 else found


def repeated(steps: list[str]) -> str:
    text, place = "", 0
    while place < len(steps):
        times = 1
        while place + times < len(steps) and steps[place + times] == steps[place]:
            times += 1
        text += steps[place] + (repetition(times) if times > 1 else "")
        place += times
    return text


def written(form: str, y: np.ndarray = Y, **changes: str) -> bytes:
    x = X if len(y) == len(X) else 400.0 + 2.0 * np.arange(len(y))
    header = {
        "TITLE": "film",
        "JCAMP-DX": "4.24 $$ a remark",
        "DATA TYPE": "INFRARED SPECTRUM",
        "DATE": "09/11/28",
        "TIME": "13:05:00",
        "RESOLUTION": "4",
        "XUNITS": "1/CM",
        "YUNITS": "ABSORBANCE",
        "XFACTOR": "1.0",
        "YFACTOR": "0.001",
        "FIRSTX": f"{x[0]}",
        "LASTX": f"{x[-1]}",
        "FIRSTY": f"{y[0] * 0.001}",
        "NPOINTS": f"{len(y)}",
        "XYDATA": "(X++(Y..Y))",
    } | changes
    lines = [f"##{key}= {value}" for key, value in header.items()] + rows(form, x, y) + ["##END="]
    return "\r\n".join([*lines, ""]).encode("cp1252")


@pytest.mark.parametrize("form", ["AFFN", "PAC", "SQZ", "DIF", "DUP"])
def test_reads_every_form_of_the_ordinates(tmp_path: Path, form: str) -> None:
    path = tmp_path / "any.ending"
    path.write_bytes(written(form))
    found = read(path)
    np.testing.assert_allclose(found["wavenumber"], X * 100.0, rtol=1e-14)
    np.testing.assert_allclose(found["absorbance"], Y * 0.001, rtol=1e-14)
    assert found.attrs["kind"] == "infrared"
    assert found.attrs["date"] == "2009-11-28T13:05:00"
    assert found.attrs["resolution"] == 400.0  # 1/m


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(st.integers(-(10**7), 10**7), min_size=2, max_size=40), st.sampled_from(["SQZ", "DIF", "DUP"]))
def test_what_is_compressed_comes_back(values: list[int], form: str) -> None:
    file = RawFile("x", written(form, np.array(values), YFACTOR="1", FIRSTY=str(values[0]), YUNITS="ARBITRARY UNITS"))
    found = recorded(file, recognised(file))
    np.testing.assert_array_equal(found.curves[0].signals[0].values, values)


def test_a_check_value_that_differs_is_refused(tmp_path: Path) -> None:
    data = written("DIF").decode()
    lines = data.split("\r\n")
    place = next(k for k, line in enumerate(lines) if line.startswith("##XYDATA")) + 1
    lines[place] = lines[place][:-1] + ("J" if lines[place][-1] != "J" else "K")
    (tmp_path / "a.jdx").write_text("\r\n".join(lines), encoding="utf-8")
    with pytest.raises(DataError, match=r"line \d+: .*check value"):
        read(tmp_path / "a.jdx")


@pytest.mark.parametrize("form", ["AFFN", "PAC", "SQZ", "DUP"])
def test_refuses_a_file_cut_off_anywhere(form: str) -> None:
    data = written(form)
    whole = len(data.rstrip()) - len("##END=")
    for kept in range(120, whole - 2, 5):
        file = RawFile("cut.jdx", data[:kept])
        with pytest.raises(DataError, match=r"cut\.jdx"):
            recorded(file, recognised(file))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"NPOINTS": "21"}, "21 points are stated"),
        ({"NPOINTS": "999999999999"}, "can be"),
        ({"FIRSTX": "300"}, "ordinates stand before it"),
        ({"FIRSTY": "0.9"}, "FIRSTY"),
        ({"XYDATA": "(XYZ..XYZ)"}, "is not read"),
    ],
)
def test_holds_what_the_header_states_against_the_numbers(tmp_path: Path, changes: dict[str, str], words: str) -> None:
    (tmp_path / "a.jdx").write_bytes(written("AFFN", **changes))
    with pytest.raises(DataError, match=words):
        read(tmp_path / "a.jdx")


def test_a_repetition_takes_no_memory(tmp_path: Path) -> None:
    data = written("SQZ").replace(b"\r\n##END=", b"\r\n440A5s999999999\r\n##END=")
    (tmp_path / "a.jdx").write_bytes(data)
    with pytest.raises(DataError, match="repetition"):
        read(tmp_path / "a.jdx")


def test_reads_points_of_a_compound_file_with_decimal_commas(tmp_path: Path) -> None:
    lines = ["##TITLE= all", "##DATA TYPE= LINK", "##BLOCKS= 2"]
    for name, scale in (("a", 1), ("b", 2)):
        lines += [f"##TITLE= {name}", "##JCAMP-DX= 5", "##DATA TYPE= UV/VIS SPECTRUM", "##XUNITS= NANOMETERS"]
        lines += ["##YUNITS= Transmission (%)", "##FIRSTX= 500,5", "##LASTX= 501,5", "##NPOINTS= 3"]
        lines += [
            "##XYPOINTS= (XY..XY)",
            f"500,5, {10 * scale},25",
            f"501,0, {11 * scale},25",
            f"501,5, {12 * scale},5",
        ]
        lines += ["##END="]
    path = tmp_path / "two.jdx"
    path.write_text("\n".join([*lines, "##END= $$ of all blocks", ""]), encoding="utf-8")
    found = read(path)
    np.testing.assert_allclose(found["wavelength"], np.array([500.5, 501.0, 501.5]) * 1e-9, rtol=1e-14)
    np.testing.assert_allclose(found["transmittance"], np.array([[10.25, 11.25, 12.5], [20.25, 22.25, 24.5]]) / 100.0)
    assert list(found["curve"].values) == ["a", "b"]
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(DataError, match="cut off"):
        read(path)


def test_reads_pages_of_ntuples_and_a_peak_table(tmp_path: Path) -> None:
    ntuples = """##TITLE= kinetics
##JCAMP-DX= 5.0
##DATA TYPE= UV/VIS SPECTRUM
##NTUPLES= SERIES
##VAR_NAME= WAVELENGTH, ABSORBANCE, TIME
##SYMBOL= X, Y, T
##VAR_DIM= 4, 4, 2
##UNITS= NANOMETERS, ABSORBANCE, SECONDS
##FIRST= 500, 0.1, 0
##LAST= 503, 0.4, 10
##FACTOR= 1, 0.01, 1
##PAGE= T=0
##DATA TABLE= (X++(Y..Y)), XYDATA
500 10 20 30 40
##PAGE= T=10
##DATA TABLE= (X++(Y..Y)), XYDATA
500 11 21 31 41
##END NTUPLES= SERIES
##END=
"""
    (tmp_path / "n.jdx").write_text(ntuples, encoding="utf-8")
    found = read(tmp_path / "n.jdx")
    np.testing.assert_allclose(found["absorbance"], [[0.1, 0.2, 0.3, 0.4], [0.11, 0.21, 0.31, 0.41]])
    assert list(found["curve"].values) == ["T=0", "T=10"]
    peaks = "##TITLE=ethanol\n##JCAMP-DX=4.24\n##DATA TYPE=MASS SPECTRUM\n##XUNITS=M/Z\n##YUNITS=RELATIVE ABUNDANCE\n"
    (tmp_path / "m.jdx").write_text(
        peaks + "##NPOINTS=3\n##PEAK TABLE=(XY..XY)\n14,20 15,65\n31,9999\n##END=\n", encoding="utf-8"
    )
    mass = read(tmp_path / "m.jdx")
    assert mass.attrs["kind"] == "mass_spectrum"
    np.testing.assert_array_equal(mass["mass_to_charge"], [14.0, 15.0, 31.0])


@pytest.mark.parametrize("name", ["1-butene", "ammonia", "dupinc1", "fixdec3", "toluene"])
def test_real_spectra_are_those_of_another_program(name: str) -> None:
    truth = expected(f"jcamp/{name}.jdx")
    found = read(real(f"jcamp/{name}.jdx"))
    (signal,) = [str(key) for key in found.data_vars]
    (axis,) = [str(key) for key in found.dims]
    x = found[axis].values / {"wavelength": 1e-9, "wavenumber": 100.0}.get(axis, 1.0)
    assert [x[0], x[-1]] == pytest.approx([truth["x_first"], truth["x_last"]], rel=1e-12)
    y = found[signal].values
    assert (len(y), y[0], y[-1]) == pytest.approx((truth["n"], truth["y_first"], truth["y_last"]))
    assert (y.min(), y.max(), y.sum()) == pytest.approx((truth["y_min"], truth["y_max"], truth["y_sum"]), abs=1e-9)


def test_reads_what_ocean_optics_calls_transmission_and_is_counts() -> None:
    for name, time in (("comma", 0.2), ("period", 0.4)):
        found = read(real(f"ocean_optics/OceanOptics_{name}.jdx"))
        assert found["counts"].shape == (3, 3648)
        assert found["wavelength"].values[[0, -1]] == pytest.approx([176.36e-9, 893.69e-9])
        assert found["curve_integration_time"].values == pytest.approx([time] * 3)  # ms in this program's file
    assert found["counts"].values[0, 3] == 1647.796
