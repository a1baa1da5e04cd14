"""Text of JASCO Spectra Manager, written here as it is exported."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from halodot import read
from halodot.errors import DataError

X = np.arange(800.0, 399.0, -1.0)
Y = 0.4 + 0.3 * np.sin(X / 40.0)


def written(path: Path, y: np.ndarray = Y, delimiter: str = "\t", **changes: str) -> Path:
    head = {"TITLE": "film 3", "DATA TYPE": "ULTRAVIOLET SPECTRUM", "ORIGIN": "JASCO", "OWNER": "W. Weber"}
    head |= {"DATE": "26/03/04", "TIME": "09:10:11", "SPECTROMETER/DATA SYSTEM": "JASCO Corp., V-770", "DELTAX": "-1"}
    head |= {"XUNITS": "NANOMETERS", "YUNITS": "ABSORBANCE", "FIRSTX": f"{X[0]:.4f}", "LASTX": f"{X[-1]:.4f}"}
    head |= {"NPOINTS": str(len(X)), "FIRSTY": f"{y[0]:.5f}", "MAXY": f"{y.max():.5f}", "MINY": f"{y.min():.5f}"}
    rows = [f"{one:.4f}{delimiter}{other:.6f}" for one, other in zip(X, y)]
    lines = [f"{label}{delimiter}{text}" for label, text in (head | changes).items()]
    lines += ["XYDATA", *rows, "", "##### Extended Information", "[Comments]", f"Sample name{delimiter}film 3", ""]
    text = "\r\n".join(lines)
    path.write_text(text.replace(".", ",") if delimiter == ";" else text, encoding="cp1252", newline="")
    return path


@pytest.mark.parametrize("delimiter", ["\t", ",", ";"])
def test_reads_absorbance(tmp_path: Path, delimiter: str) -> None:
    changes = {"SPECTROMETER/DATA SYSTEM": "JASCO V-770"}
    found = read(written(tmp_path / "a", delimiter=delimiter, **changes))
    assert found.attrs["kind"] == "absorption"
    np.testing.assert_allclose(found["wavelength"], X * 1e-9)
    np.testing.assert_allclose(found["absorbance"], Y, atol=6e-7)
    assert [found.attrs[key] for key in ("sample", "date")] == ["film 3", "2026-03-04T09:10:11"]
    assert found.attrs["instrument"].startswith("JASCO V-770")


@pytest.mark.parametrize(("scale", "factor"), [(100.0, 0.01), (1.0, 1.0)])
def test_reads_transmittance_as_its_numbers_say(tmp_path: Path, scale: float, factor: float) -> None:
    found = read(written(tmp_path / "a", scale * Y, YUNITS="TRANSMITTANCE"))
    np.testing.assert_allclose(found["transmittance"], scale * Y * factor, atol=6e-7)
    assert "was read as" in found.attrs["notes"]


def test_reads_emission(tmp_path: Path) -> None:
    changes = {"DATA TYPE": "FLUORESCENCE SPECTRUM", "YUNITS": "INTENSITY"}
    assert read(written(tmp_path / "a", 1000.0 * Y, **changes)).attrs["kind"] == "photoluminescence"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"NPOINTS": "400"}, "NPOINTS is 400, but the rows give 401"),
        ({"LASTX": "300.0"}, "LASTX is 300"),
        ({"MAXY": "9.0"}, "MAXY is 9"),
        ({"YUNITS": "MDEG"}, "the ordinate is 'MDEG'"),
        ({"XUNITS": "FURLONGS"}, "abscissa is 'FURLONGS'"),
    ],
)
def test_refuses_what_contradicts_the_header(tmp_path: Path, changes: dict[str, str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(written(tmp_path / "a", **changes))


@pytest.mark.parametrize("kept", [100, 400, 2000, 5000])
def test_refuses_a_file_that_is_cut_off(tmp_path: Path, kept: int) -> None:
    path = written(tmp_path / "cut.txt")
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(DataError, match=r"cut\.txt: "):
        read(path)
