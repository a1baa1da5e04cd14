"""OMNIC's files, built here byte by byte from the description of their layout."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from instrument_files import expected, real

from halodot import read
from halodot.errors import DataError
from halodot.readers.raw_file import RawFile
from halodot.readers.recognise import recognised, recorded
from halodot.readers.recording import Recording

SECONDS = 3_737_043_778  # 2018-06-02 19:42:58 UTC
HISTORY = "Collect Sample\r\n\t Resolution:\t 4.0\r\n\t Bench Serial Number:AKX1\r\n"


def header(points: int, axis: int, ordinate: int, ends: tuple[float, float]) -> bytes:
    found = bytearray(1300)
    struct.pack_into("<IIII", found, 0, 3, points, axis, ordinate)
    struct.pack_into("<ff", found, 16, *ends)
    struct.pack_into("<III", found, 28, 16672, 5, 32)
    struct.pack_into("<I", found, 52, 64)
    struct.pack_into("<I", found, 68, 4131)
    struct.pack_into("<ff", found, 80, 15800.0, 2.0)
    return bytes(found)


def group(spectra: list[tuple[np.ndarray, int, int, tuple[float, float]]], titles: bool) -> bytes:
    """Write an .spa (one spectrum, its title and date in the head) or an .spg."""
    blocks: list[tuple[int, bytes]] = []
    for number, (values, axis, ordinate, ends) in enumerate(spectra):
        blocks.append((0x02, header(len(values), axis, ordinate, ends)))
        if titles:
            blocks.append((0x6B, f"film {number}".encode().ljust(256, b"\0") + struct.pack("<I", SECONDS + number)))
        blocks.append((0x1B, HISTORY.encode()))
        blocks.append((0x03, values.astype("<f4").tobytes()))
    head = bytearray(304 + 16 * len(blocks) + 32)
    head[:20] = b"Spectral Data File\r\n"
    head[30:38] = b"the film"
    struct.pack_into("<HI", head, 294, len(blocks), SECONDS)
    body = b""
    for place, (key, content) in enumerate(blocks):
        struct.pack_into("<BxII", head, 304 + 16 * place, key, len(head) + len(body), len(content))
        body += content
    return bytes(head) + body


def series(values: np.ndarray, times: tuple[float, float], ends: tuple[float, float]) -> bytes:
    mark = b"\x02\x00\x00\x00\x18\x00\x00\x00\x00\x00\x48\x43"
    count, points = values.shape
    head = bytearray(400)
    head[:20] = b"Spectral Exte File\r\n"
    struct.pack_into("<HI", head, 294, 1, SECONDS)
    struct.pack_into("<BxII", head, 304, 0x02, len(head), 0)
    base = bytearray(header(points, 1, 17, ends))
    base[152:164] = mark
    struct.pack_into("<I", base, 828, SECONDS)
    base[938:946] = b"growth A"
    struct.pack_into("<ff", base, 1002, *times)
    struct.pack_into("<I", base, 1026, count)
    records = b""
    for place, row in enumerate(values):
        behind = struct.pack("<IIQ", 32 if place < count - 1 else 7, 100 * place, 0)
        records += f"Linked spectrum {place}".encode().ljust(84, b"\0") + row.astype("<f4").tobytes() + behind
    return bytes(head) + bytes(base) + bytes(100) + mark.ljust(60, b"\1") + records + bytes(40)


def opened(file: RawFile) -> Recording:
    return recorded(file, recognised(file))


@pytest.mark.parametrize(
    ("code", "quantity", "factor"),
    [
        (17, "absorbance", 1.0),
        (16, "transmittance", 0.01),
        (11, "reflectance", 0.01),
        (12, "log_inverse_reflectance", 1.0),
        (20, "kubelka_munk", 1.0),
        (15, "intensity", 1.0),
        (23, "transmittance", 1.0),
    ],
)
def test_reads_a_spectrum_in_each_unit(tmp_path: Path, code: int, quantity: str, factor: float) -> None:
    values = np.linspace(0.5, 2.0, 11, dtype="<f4")
    (tmp_path / "a.spa").write_bytes(group([(values, 1, code, (4000.0, 600.0))], False))
    found = read(tmp_path / "a.spa")
    np.testing.assert_allclose(found[quantity], values * factor, rtol=1e-7)
    np.testing.assert_allclose(found["wavenumber"], np.linspace(4e5, 6e4, 11))
    assert found.attrs["kind"] == "infrared"
    assert found.attrs["date"] == "2018-06-02T19:42:58+00:00"
    assert (found.attrs["scans"], found.attrs["resolution"], found.attrs["title"]) == (32.0, 400.0, "the film")


def test_reads_an_interferogram_over_the_path_difference(tmp_path: Path) -> None:
    values = np.array([0.0, 0.1, -0.1, 0.2, -0.5, 5.0, -0.4, 0.2, 0.0, 0.0])
    (tmp_path / "i.spa").write_bytes(group([(values, 2, 22, (0.0, 9.0))], False))
    found = read(tmp_path / "i.spa")
    assert found.attrs["kind"] == "interferogram"
    path = found["optical_path_difference"].values
    assert path[5] == 0.0  # the centre burst
    assert path[1] - path[0] == pytest.approx(0.01 * 2.0 / (2.0 * 15800.0))  # m
    np.testing.assert_allclose(found["signal_voltage"], values, rtol=1e-6)


def test_reads_a_group_and_a_raman_spectrum(tmp_path: Path) -> None:
    values = np.linspace(0.0, 1.0, 9)
    spectra = [(values + k, 1, 17, (4000.0, 600.0)) for k in range(3)]
    (tmp_path / "g.spg").write_bytes(group(spectra, True))
    found = read(tmp_path / "g.spg")
    assert list(found["curve"].values) == ["film 0", "film 1", "film 2"]
    assert found["curve_date"].values[2] == "2018-06-02T19:43:00+00:00"
    np.testing.assert_allclose(found["absorbance"], [values + k for k in range(3)], rtol=1e-7)
    (tmp_path / "r.spa").write_bytes(group([(values, 32, 31, (100.0, 3000.0))], False))
    assert read(tmp_path / "r.spa").attrs["kind"] == "raman"


def test_reads_a_series_in_time(tmp_path: Path) -> None:
    values = np.random.default_rng(3).random((4, 20))
    (tmp_path / "s.srs").write_bytes(series(values, (0.25, 1.0), (4000.0, 600.0)))
    found = read(tmp_path / "s.srs")
    np.testing.assert_allclose(found["time"], [15.0, 30.0, 45.0, 60.0])
    np.testing.assert_allclose(found["wavenumber"], np.linspace(6e4, 4e5, 20))  # stored from the smallest on
    np.testing.assert_allclose(found["absorbance"], values, rtol=1e-6)
    assert found.attrs["title"] == "growth A"


def test_refuses_files_cut_off_or_of_another_kind() -> None:
    one = group([(np.linspace(0.1, 1.0, 40), 1, 17, (4000.0, 600.0))], False)
    many = series(np.ones((3, 30)), (0.0, 1.0), (4000.0, 600.0))
    for data, end in ((one, len(one)), (many, len(many) - 56)):
        for kept in range(20, end, 97):
            with pytest.raises(DataError, match=r"cut\.spa"):
                opened(RawFile("cut.spa", data[:kept]))
    for place, value, words in ((4, 2**31, "points are stated"), (8, 77, "code 77"), (4, 39, "39 points are stated")):
        damaged = bytearray(one)
        struct.pack_into("<I", damaged, struct.unpack_from("<I", one, 306)[0] + place, value)
        file = RawFile("x", bytes(damaged))
        with pytest.raises(DataError, match=words):
            recorded(file, recognised(file))
    other = many.replace(b"\x02\x00\x00\x00\x18", b"\x02\x00\x00\x00\x19")
    with pytest.raises(DataError, match="not known"):
        recorded(RawFile("x", other), recognised(RawFile("x", other)))


def test_reads_a_real_spectrum() -> None:
    name = "ftir_omnic/ftir_polyethylene_reflectance_adjustment_not_working.spa"
    truth, found = expected(name), read(real(name))
    y = 100.0 * found["reflectance"].values
    assert found["wavenumber"].values[[0, -1]] / 100.0 == pytest.approx([truth["x_first"], truth["x_last"]], abs=1e-3)
    assert (len(y), y[0], y[-1], y.min(), y.max(), y.sum()) == pytest.approx(
        tuple(truth[key] for key in ("n", "y_first", "y_last", "y_min", "y_max", "y_sum")), rel=1e-9
    )
    assert found.attrs["title"] == truth["title"]
