"""VAMAS files, written here from the syntax of ISO 14976, and real ones against two other programs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from instrument_files import expected, real

from halodot.errors import DataError
from halodot.readers import curves, read

IDENTIFIER = "VAMAS Surface Chemical Analysis Standard Data Transfer Format 1988 May 4"
COUNTS = [[12.0, 0.9], [15.0, 0.8], [31.0, 0.7], [9.0, 0.6]]


def header(
    mode: str = "NORM", scan: str = "REGULAR", listed: Sequence[int] = (), sign: int = 1, blocks: int = 1
) -> list[str]:
    """Return the lines of an experiment with one experimental variable and two upgrade entries."""
    found = [IDENTIFIER, "An institution", "An instrument", "Not Specified", "An experiment", "1", "a comment"]
    found += [mode, scan]
    if mode in ("MAP", "MAPDP", "NORM", "SDP"):
        found += ["1"]
    if mode in ("MAP", "MAPDP"):
        found += ["2", "8", "8"]
    found += ["1", "Etch Time", "s", str(sign * len(listed)), *map(str, listed), "0"]
    return [*found, "1", "1", "an upgrade", str(blocks)]


def block(
    mode: str = "NORM",
    scan: str = "REGULAR",
    technique: str = "XPS",
    abscissa: Sequence[str] = ("Kinetic Energy", "eV", "1000.5", "-0.25"),
    variables: Sequence[tuple[str, str]] = (("Intensity", "d"), ("Transmission", "d")),
    values: Sequence[Sequence[float]] = COUNTS,
    lines: Sequence[int] = (1, 1, 4, 1, 4, 3),
) -> list[str]:
    """Return the lines of a whole block."""
    found = ["C 1s", "A sample", "2024", "2", "29", "13", "5", "59", "0", "2", "Casa Info Follows", "0", technique]
    found += ["3", "4"] if mode in ("MAP", "MAPDP") else []
    found += ["60", "Al (mono)"]
    profile = mode in ("MAPDP", "MAPSVDP", "SDP", "SDPSV")
    found += ["18", "1", "1"] if profile or technique == "SIMS" else []
    found += ["1486.69", "225", "1E+37", "1E+37"]
    found += ["300", "300"] if mode in ("MAP", "MAPDP", "MAPSV", "MAPSVDP", "SEM") else []
    found += [str(number) for number in lines] if mode in ("MAPSV", "MAPSVDP", "SEM") else []
    found += ["54.7", "0", "FAT", "20", *(["1.5"] if technique == "AES diff" else []), "1E+37", "-4.5", "0"]
    found += ["1E+37"] * 4 + ["C 1s", "", "-1"]
    found += list(abscissa) if scan == "REGULAR" else []
    found += [str(len(variables)), *(text for pair in variables for text in pair)]
    found += ["pulse counting", "0.25", "10", "0"]
    found += ["2000", "5", "1", "1", "45", "0", "raster"] if profile and technique != "SIMS" else []
    found += ["0", "0", "0", "1", "MFP Exponent", "d", "0.75", "upgrade of the block"]
    table = np.array(values)
    found += [str(table.size), *(f"{limit:g}" for column in table.T for limit in (column.min(), column.max()))]
    return found + [f"{value:g}" for value in table.ravel()]


def written(path: Path, *parts: Sequence[str], end: str = "end of experiment\r\n", blanks: int = 0) -> Path:
    """Return a file of lines, each ended as under Windows."""
    lines = [""] * blanks + [line for part in parts for line in part]
    path.write_text("\r\n".join(lines) + "\r\n" + end, encoding="latin-1", newline="")
    return path


@pytest.mark.parametrize("mode", ["NORM", "MAP", "MAPDP", "SDP"])
@pytest.mark.parametrize("technique", ["XPS", "UPS"])
def test_reads_a_regular_scan_in_every_mode(tmp_path: Path, mode: str, technique: str) -> None:
    data = read(written(tmp_path / "a", header(mode), block(mode, technique=technique), blanks=2))
    np.testing.assert_allclose(data["kinetic_energy"], [1000.5, 1000.25, 1000.0, 999.75])
    np.testing.assert_array_equal(data["counts"], [12, 15, 31, 9])
    np.testing.assert_array_equal(data["analyser_transmission"], [0.9, 0.8, 0.7, 0.6])
    assert data.attrs["date"] == "2024-02-29T13:05:59"
    assert data.attrs["instrument"] == "An instrument"
    assert "operator" not in data.attrs
    wanted = {
        "photon_energy": 1486.69,
        "pass_energy": 20.0,
        "work_function": 4.5,
        "integration_time": 0.25,
        "scans": 10,
    }
    assert {key: data.attrs[key] for key in wanted} == wanted
    assert data.attrs["warnings"] == ""


def test_reads_an_irregular_scan(tmp_path: Path) -> None:
    variables = [("Binding energy", "eV"), ("count rate", "c/s")]
    values = [[290.0, 4.5], [289.5, 6.25], [288.0, 3.0]]
    data = read(
        written(tmp_path / "a", header(scan="IRREGULAR"), block(scan="IRREGULAR", variables=variables, values=values))
    )
    np.testing.assert_array_equal(data["binding_energy"], [290.0, 289.5, 288.0])
    np.testing.assert_array_equal(data["count_rate"], [4.5, 6.25, 3.0])
    assert data["count_rate"].attrs["units"] == "1/s"


def test_reads_a_map_point_by_point(tmp_path: Path) -> None:
    variables = [("Cu", "d"), ("Zn", "d")]
    values = [[point, 100 + point] for point in range(12)]
    whole = block("MAPSV", "MAPPING", "AES dir", variables=variables, values=values)
    data = read(written(tmp_path / "a", header("MAPSV", "MAPPING"), whole))
    assert data["intensity"].dims == ("y_pixel", "x_pixel")
    np.testing.assert_array_equal(data["intensity"], np.arange(12).reshape(3, 4))
    np.testing.assert_array_equal(data["intensity_2"], 100 + np.arange(12).reshape(3, 4))
    assert list(curves(data)[0].data_vars) == ["intensity", "intensity_2"]  # one curve of two signals
    along_y = block(
        "SEM", "MAPPING", variables=variables[:1], values=[[point] for point in range(12)], lines=(1, 1, 1, 3, 4, 3)
    )
    data = read(written(tmp_path / "b", header("SEM", "MAPPING"), along_y))
    assert dict(data.sizes) == {"x_pixel": 4, "y_pixel": 3}


def test_parameters_left_out_stand_in_the_first_block(tmp_path: Path) -> None:
    short = ["O 1s", "A sample", *block()[2:9], *block()[12:]]  # no comment: prefix number 8
    for listed, sign in (((8,), -1), (tuple(number for number in range(1, 41) if number != 8), 1)):
        path = written(tmp_path / "a", header(listed=listed, sign=sign, blocks=2), block(), short)
        data = read(path)
        assert list(data["curve"].values) == ["C 1s", "O 1s"]
        np.testing.assert_array_equal(data["counts"][1], [12, 15, 31, 9])


@pytest.mark.parametrize(
    ("label", "unit", "technique", "values", "quantity"),
    [
        ("Intensity", "d", "XPS", [[1.5], [2.0]], "intensity"),
        ("Intensity", "d", "XPS", [[1.0], [-2.0]], "intensity"),
        ("counts per second", "n", "XPS", [[1.5], [2.0]], "count_rate"),
        ("Counts", "d", "AES diff", [[1.0], [2.0]], "intensity"),
        ("Counts", "d", "XPS", [[1.5], [2.0]], "counts"),
    ],
)
def test_an_ordinate_is_what_its_label_says(
    tmp_path: Path, label: str, unit: str, technique: str, values: list[list[float]], quantity: str
) -> None:
    path = written(tmp_path / "a", header(), block(technique=technique, variables=[(label, unit)], values=values))
    assert list(read(path).data_vars) == [quantity]


def test_a_mass_spectrum(tmp_path: Path) -> None:
    path = written(tmp_path / "a", header(), block(technique="SIMS", abscissa=("mass", "u", "1", "0.5")))
    data = read(path)
    assert data.attrs["kind"] == "mass_spectrum"
    np.testing.assert_array_equal(data["mass_to_charge"], [1.0, 1.5, 2.0, 2.5])


def test_refuses_a_file_cut_off_anywhere(tmp_path: Path) -> None:
    data = written(tmp_path / "whole", header(), block(values=[[10.5, 0.25]] * 3), end="").read_bytes()
    path = tmp_path / "cut"
    for kept in [*range(70, len(data) - 2, 23), len(data) - 3, len(data) - 2]:
        path.write_bytes(data[:kept])
        with pytest.raises(DataError):
            read(path, reader="vamas")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("NORM", "NORMAL", "mode of the experiment"),
        ("Kinetic Energy", "Magic", "abscissa is 'Magic"),
        ("15", "1,5 ", "a number was expected"),
        ("8", "7", "7 ordinate values"),
        ("8", "900000000", "900000000 ordinate values|lines of ordinate value"),
        ("end of experiment", "more", "more follows"),
    ],
)
def test_refuses_what_the_standard_does_not_have(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = written(tmp_path / "a", header(), block()).read_text(encoding="latin-1")
    lines = [new if line == old else line for line in text.split("\n")]
    (tmp_path / "a").write_text("\n".join(lines), encoding="latin-1")
    with pytest.raises(DataError, match=message):
        read(tmp_path / "a")


def test_warns_of_a_number_outside_the_stated_limits(tmp_path: Path) -> None:
    lines = ["3100" if line == "31" and place > 60 else line for place, line in enumerate([*header(), *block()])]
    limits = lines.index("3100")
    lines[limits] = "31"  # the stated limit stays, the ordinate is damaged
    assert "file states" in read(written(tmp_path / "a", lines)).attrs["warnings"]


@pytest.mark.parametrize("name", ["0-150W", "auger", "pegCASA", "mjr9_116a", "regular"])
def test_real_files_hold_what_two_programs_read(name: str) -> None:
    path = real(f"xps_vamas/{name}.vms")
    found = curves(read(path))
    concatenated = expected(f"xps_vamas/{name}.vms", "xylib")
    counts = [np.asarray(one["counts"]) for one in found]
    assert sum(map(len, counts)) == concatenated["n"]
    assert sum(one.sum() for one in counts) == pytest.approx(concatenated["y_sum"], rel=1e-12)
    assert counts[-1][-1] == concatenated["y_last"]
    if name != "0-150W":  # the other program does not skip the blank lines before the identifier
        blocks = expected(f"xps_vamas/{name}.vms", "vamas")["blocks"]
        for one, wanted in zip(found, blocks, strict=True):
            axis = next(iter(one.coords.values()))
            assert axis.attrs["quantity"].split("_")[0] == wanted["x_label"].casefold().split()[0]
            assert float(axis[0]) == wanted["x_start"]
            assert float(axis[1] - axis[0]) == pytest.approx(wanted["x_step"], rel=1e-9)
            assert len(axis) == wanted["n"]


def test_an_irregular_scan_agrees_with_the_regular_scan_of_the_same_spectrum() -> None:
    irregular, regular = read(real("xps_vamas/irregular.vms")), read(real("xps_vamas/regular.vms"))
    np.testing.assert_allclose(irregular["kinetic_energy"], regular["kinetic_energy"], rtol=1e-14)
    rate = regular["counts"] / regular.attrs["integration_time"]
    np.testing.assert_allclose(irregular["count_rate"], rate, rtol=1e-5)
    np.testing.assert_array_equal(irregular["analyser_transmission"], regular["analyser_transmission"])


def test_reads_past_control_characters_of_a_comment(tmp_path: Path) -> None:
    path = written(tmp_path / "a", header(), block())
    path.write_bytes(path.read_bytes().replace(b"a comment", b"a \x00\x01 comment"))
    np.testing.assert_array_equal(read(path)["counts"], [12, 15, 31, 9])


def test_takes_many_blocks_on_axes_of_their_own_apart(tmp_path: Path) -> None:
    blocks = [block(abscissa=("Binding Energy", "eV", f"{300 + number}", "-0.5")) for number in range(300)]
    found = curves(read(written(tmp_path / "a", header(blocks=300), *blocks)))
    assert [float(one["binding_energy"][0]) for one in found] == [300.0 + number for number in range(300)]
    np.testing.assert_array_equal(found[-1]["counts"], [12, 15, 31, 9])
    assert found[-1].attrs["pass_energy"] == 20.0
