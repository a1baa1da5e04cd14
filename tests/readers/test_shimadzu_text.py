"""Text of Shimadzu UVProbe, written here as it is exported."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from halodot import read
from halodot.errors import DataError
from halodot.readers import curves

X = np.arange(800.0, 399.0, -1.0)
Y = 0.4 + 0.3 * np.sin(X / 40.0)


def written(path: Path, names: list[str], heads: list[str], *columns: np.ndarray, delimiter: str = ",") -> Path:
    lines = [delimiter.join(f'"{one}"' for one in row) for row in (names, heads)]
    lines += [delimiter.join(f"{value:.{2 if not k else 4}f}" for k, value in enumerate(row)) for row in zip(*columns)]
    path.write_text("\r\n".join([*lines, ""]), encoding="cp1252", newline="")
    return path


@pytest.mark.parametrize("delimiter", [",", "\t"])
@pytest.mark.parametrize(
    ("head", "quantity", "factor"),
    [("Abs.", "absorbance", 1.0), ("T%", "transmittance", 0.01), ("R%", "reflectance", 0.01)],
)
def test_reads_a_spectrum(tmp_path: Path, delimiter: str, head: str, quantity: str, factor: float) -> None:
    found = read(written(tmp_path / "a", ["film - RawData"], ["Wavelength nm.", head], X, Y, delimiter=delimiter))
    assert found.attrs["kind"] == "absorption"
    assert found.attrs["sample"] == "film"
    np.testing.assert_allclose(found["wavelength"], X * 1e-9)
    np.testing.assert_allclose(found[quantity], Y * factor, atol=6e-5)
    bare = tmp_path / "bare"
    bare.write_bytes((tmp_path / "a").read_bytes().replace(b'"', b""))
    np.testing.assert_array_equal(read(bare)[quantity], found[quantity])


def test_reads_several_data_sets(tmp_path: Path) -> None:
    heads = ["Wavelength nm.", "Abs.", "Abs."]
    found = read(written(tmp_path / "a", ["A - RawData", "B - RawData"], heads, X, Y, 2.0 * Y))
    one, two = curves(found)
    assert (one.attrs["curve"], two.attrs["curve"]) == ("A", "B")
    np.testing.assert_allclose(two["absorbance"], 2.0 * Y, atol=6e-5)


@pytest.mark.parametrize("cut", [10, 40, -1, -3])
def test_refuses_a_file_that_is_cut_off(tmp_path: Path, cut: int) -> None:
    path = written(tmp_path / "cut.txt", ["film - RawData"], ["Wavelength nm.", "Abs."], X, Y)
    path.write_bytes(path.read_bytes().rstrip()[:cut])
    with pytest.raises(DataError, match=r"cut\.txt: "):
        read(path)


def test_refuses_a_gap_and_other_decimals(tmp_path: Path) -> None:
    path = written(tmp_path / "a.txt", ["film - RawData"], ["Wavelength nm.", "Abs."], X, Y)
    lines = path.read_bytes().split(b"\r\n")
    path.write_bytes(b"\r\n".join(lines[:100] + lines[104:]))
    with pytest.raises(DataError, match="line 101: rows are missing between 703 and 698"):
        read(path)
    path.write_bytes(b"\r\n".join([*lines[:50], b"752.00,0.5", *lines[51:]]))
    with pytest.raises(DataError, match="line 51: a number with 4 decimals"):
        read(path)
