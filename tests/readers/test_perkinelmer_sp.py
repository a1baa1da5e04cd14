"""PerkinElmer ``.sp``, written here block by block from the description of the format."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from instrument_files import expected, real

from halodot import read
from halodot.errors import DataError

X = np.arange(4000.0, 699.0, -4.0)
Y = 0.5 + 0.4 * np.cos(X / 150.0)


def block(identity: int, content: bytes) -> bytes:
    return struct.pack("<hi", identity, len(content)) + content


def text(value: str) -> bytes:
    return struct.pack("<HH", 29987, len(value)) + value.encode("latin-1")


def written(path: Path, x: np.ndarray = X, y: np.ndarray = Y, **changes: bytes) -> Path:
    """Write a data set with a history of one record; members by name: ``y_label=text("%T")``."""
    record = block(121, block(-29838, text("W. Weber")) + block(-29836, text("Wed Mar 04 09:10:11 2026")))
    maker = block(123, block(-29699, text("Frontier")) + block(-29698, text("88")))
    spectrometer = block(124, maker + block(-29696, struct.pack("<HHHH", 29996, 16, 29988, 1)))
    members = {
        "history": block(-29825, block(122, record + block(-29831, spectrometer))),
        "abscissa": block(-29838, struct.pack("<H2d", 29981, x[0], x[-1])),
        "ordinate": block(-29837, struct.pack("<H2d", 29981, y.min(), y.max())),
        "interval": block(-29836, struct.pack("<Hd", 29979, x[1] - x[0])),
        "points": block(-29835, struct.pack("<Hi", 29995, len(x))),
        "x_label": block(-29833, text("cm-1")),
        "y_label": block(-29832, text("A")),
        "alias": block(-29823, text("film 3")),
        "numbers": block(-29828, struct.pack("<HI", 29974, 8 * len(y)) + y.astype("<f8").tobytes()),
    } | changes
    head = b"PEPE" + b"2D constant interval DataSet file".ljust(40, b"\0")
    path.write_bytes(head + block(120, b"".join(members.values())))
    return path


def test_reads_an_infrared_spectrum(tmp_path: Path) -> None:
    found = read(written(tmp_path / "any.thing"))
    assert found.attrs["kind"] == "infrared"
    np.testing.assert_allclose(found["wavenumber"], 100.0 * X)
    np.testing.assert_array_equal(found["absorbance"], Y)
    assert found.attrs["instrument"] == "PerkinElmer Frontier"
    assert found.attrs["operator"] == "W. Weber"
    assert found.attrs["date"] == "2026-03-04T09:10:11"
    assert found.attrs["scans"] == 16
    assert found.attrs["sample"] == "film 3"


def test_reads_transmittance_against_wavelength(tmp_path: Path) -> None:
    x = np.arange(250.0, 800.5, 0.5)
    y = 50.0 + np.sin(x)
    labels = {"x_label": block(-29833, text("nm")), "y_label": block(-29832, text("%T"))}
    found = read(written(tmp_path / "uv.sp", x, y, **labels))
    assert found.attrs["kind"] == "absorption"
    np.testing.assert_allclose(found["wavelength"], x * 1e-9)
    np.testing.assert_allclose(found["transmittance"], y / 100.0)


@pytest.mark.parametrize("kept", [3, 30, 47, 200, 400, -8, -1])
def test_refuses_a_file_that_is_cut_off(tmp_path: Path, kept: int) -> None:
    path = written(tmp_path / "cut.sp")
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(DataError, match=r"cut\.sp: "):
        read(path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x_label": block(-29833, text("Kayser"))}, "abscissa is 'Kayser'"),
        ({"y_label": block(-29832, text("odd"))}, "ordinate is 'odd'"),
        ({"points": block(-29835, struct.pack("<Hi", 29995, 7))}, "7 points are stated"),
        ({"interval": block(-29836, struct.pack("<Hd", 29979, -3.0))}, "do not end at"),
        ({"ordinate": block(-29837, struct.pack("<H2d", 29981, Y.min(), 7.0))}, "are stated"),
        ({"numbers": block(-29828, struct.pack("<HI", 29974, 2**31) + b"\0" * 80)}, "do not fill a member"),
        ({"numbers": b""}, "lacks its numbers"),
    ],
)
def test_refuses_blocks_that_contradict_each_other(tmp_path: Path, changes: dict[str, bytes], message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(written(tmp_path / "odd.sp", **changes))


def test_a_real_spectrum_agrees_with_another_reader() -> None:
    found = read(real("uvvis_perkinelmer_sp/spectra.sp"))
    told = expected("uvvis_perkinelmer_sp/spectra.sp")
    signal = found["absorbance"].values
    assert found.sizes == {"wavenumber": told["n"]}  # the file's own label is cm-1
    np.testing.assert_allclose(found["wavenumber"].values[[0, -1]] / 100.0, [told["x_first"], told["x_last"]])
    ours = [signal[0], signal[-1], signal.min(), signal.max(), signal.sum()]
    np.testing.assert_allclose(ours, [told[f"y_{key}"] for key in ("first", "last", "min", "max", "sum")], rtol=1e-12)
    assert found.attrs["instrument"] == "PerkinElmer Spectrum One"
    assert found.attrs["date"] == "2006-03-09T09:17:56"
