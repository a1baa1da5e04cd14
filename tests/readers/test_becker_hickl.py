"""Files of Becker & Hickl: decay curves, single photons and settings."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from instrument_files import expected, real

from halodot import read, readers
from halodot.errors import DataError

TAC, GAIN, CHANNELS = 5e-8, 5, 256
SETUP = (
    f"*SETUP\r\n  SYS_PARA_BEGIN:\r\n  #SP [SP_TAC_R,F,{TAC}]\r\n  #SP [SP_TAC_G,I,{GAIN}]\r\n"
    f"  #SP [SP_ADC_RE,I,{CHANNELS}]\r\n  #SP [SP_COL_T,F,30]\r\n  SYS_PARA_END:\r\n*END\r\n"
)


def identification(what: str) -> str:
    lines = {"ID": what, "Title": "dots", "Date": "2024-05-06", "Time": "07:08:09", "Author": "A. Nobody"}
    return "*IDENTIFICATION\r\n" + "".join(f"  {k:10s}: {v}\r\n" for k, v in lines.items()) + "*END\r\n\r\n"


def header(info: str, setup: str, blocks: int, longest: int) -> bytes:
    at = 42 + len(info) + len(setup)
    fields = [0x28F, 42, len(info), 42 + len(info), len(setup), at + 512, blocks, longest, at, min(blocks, 1), 512]
    raw = struct.pack("<hihiHihIihhHIH", *fields, 0x5555, 0, 0)
    return raw + struct.pack("<H", (0x55AA - sum(struct.unpack("<20H", raw))) & 0xFFFF)


def description(photons: int, scan: tuple[int, int] = (1, 1)) -> bytes:
    found = bytearray(512)
    struct.pack_into("<9s11s16s", found, 0, b"07:08:09", b"2024-05-06", b"3F0001")
    struct.pack_into("<fh", found, 64, TAC, GAIN)
    struct.pack_into("<h", found, 82, CHANNELS)
    struct.pack_into("<f", found, 92, 30.0)
    struct.pack_into("<16s", found, 117, b"SPC-150")
    struct.pack_into("<4i", found, 173, *scan, 1, 1)
    struct.pack_into("<f", found, 215, 29.5)
    struct.pack_into("<I", found, 283, photons)
    return bytes(found)


def sdt(path: Path, curves: list[np.ndarray], kind: int = 0x109, scan: tuple[int, int] = (1, 1)) -> Path:
    """Write data blocks as SPCM does; a block of type 0x1000 lies in a zip archive."""
    info = identification("SPC FCS Data File")
    body = b""
    start = 42 + len(info) + len(SETUP) + 512
    for counts in curves:
        plain = counts.astype("<u4" if kind & 0x100 else "<u2").tobytes()
        stored = plain
        if kind & 0x1000:
            archive = io.BytesIO()
            with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as unpacked:
                unpacked.writestr("data_block", plain)
            stored = archive.getvalue()
        at = start + len(body) + 22
        body += struct.pack("<2B2IHhII", 0, 0, at, at + len(stored), kind, 0, 1, len(plain)) + stored
    total = int(sum(counts.sum() for counts in curves)) if len(curves) == 1 else 0
    head = header(info, SETUP, len(curves), max(counts.nbytes for counts in curves))
    path.write_bytes(head + info.encode() + SETUP.encode() + description(total, scan) + body)
    return path


def some_counts(*shape: int) -> np.ndarray:
    return np.random.default_rng(11).poisson(9.0, shape)


@pytest.mark.parametrize("kind", [0x109, 0x001, 0x1109, 0x1001])
def test_reads_decay_curves(tmp_path: Path, kind: int) -> None:
    curves = [some_counts(CHANNELS), some_counts(CHANNELS) + 1]
    found = read(sdt(tmp_path / "x", curves, kind))
    np.testing.assert_array_equal(found["counts"], curves)
    np.testing.assert_allclose(found["time"], np.arange(CHANNELS) * TAC / GAIN / CHANNELS, rtol=1e-6)
    assert found.attrs["kind"] == "decay"
    assert found.attrs["instrument"] == "Becker & Hickl SPC-150"
    assert found["curve_acquisition_time"].values == pytest.approx([29.5, 29.5])
    assert found["curve_date"].values[0] == "2024-05-06T07:08:09"


def test_reads_an_image_of_decay_curves(tmp_path: Path) -> None:
    counts = some_counts(3, 4, CHANNELS)
    found = read(sdt(tmp_path / "x", [counts], 0x062, (4, 3)))
    assert found["counts"].dims == ("y_pixel", "x_pixel", "time")
    np.testing.assert_array_equal(found["counts"], counts)


def test_warns_where_photons_are_missing(tmp_path: Path) -> None:
    path = sdt(tmp_path / "x", [some_counts(CHANNELS)])
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    assert "its description counts" in read(path).attrs["warnings"]


@pytest.mark.parametrize("kept", [30, 60, 300, 700, -500, -1])
def test_refuses_a_file_that_is_cut_off(tmp_path: Path, kept: int) -> None:
    path = sdt(tmp_path / "x", [some_counts(CHANNELS)])
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(DataError):
        read(path)


def test_refuses_a_damaged_header(tmp_path: Path) -> None:
    path = sdt(tmp_path / "x", [some_counts(CHANNELS)])
    data = bytearray(path.read_bytes())
    data[20] ^= 0x40
    path.write_bytes(data)
    with pytest.raises(DataError, match="check sum"):
        read(path)


def setting_file(path: Path) -> Path:
    info = identification("SPC Setup Script File")
    path.write_bytes(header(info, SETUP, 0, 0) + info.encode() + SETUP.encode())
    return path


def test_refuses_settings_without_data(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"settings of a measurement .* and no data"):
        read(setting_file(tmp_path / "x"))


# ------------------------------------------------------------------------------------------------------------- photons

MACRO = np.array([3, 3, 4095, 4096, 9000, 9001, 5_000_000, 5_000_001, 5_004_096, 90_000_000])
MICRO = np.array([0, 4095, 7, 8, 100, 200, 300, 400, 500, 600])
CHANNEL = np.array([0, 1, 15, 0, 0, 2, 3, 0, 0, 4])


def four_byte_records(clock: int, gap_before: int = -1) -> bytes:
    """Write photons with a mark for one overflow, and a record of its own for several; one entry is invalid."""
    records = [0x80000000 | clock, 0x80000000 | 17]
    seen = 0
    for place, (macro, micro, channel) in enumerate(zip(MACRO, MICRO, CHANNEL)):
        overflows = (int(macro) >> 12) - seen
        seen += overflows
        if overflows > 1:
            records.append(0xC0000000 | (overflows - (1 if place % 2 else 0)))
            overflows = 1 if place % 2 else 0
        word = (4095 - int(micro)) << 16 | int(channel) << 12 | int(macro) & 0xFFF
        records.append(word | (0x40000000 if overflows else 0) | (0x20000000 if place == gap_before else 0))
    return np.array(records, dtype="<u4").tobytes()


def six_byte_records(clock: int) -> bytes:
    found = struct.pack("<BBHH", 0, 0x10 | 3, clock, 0)
    seen = 0
    for macro, micro, channel in zip(MACRO, MICRO, CHANNEL):
        overflow = (int(macro) >> 24) - seen
        while overflow > 1:
            found += struct.pack("<HBBH", 0x3000, 0, 0, 0)
            overflow, seen = overflow - 1, seen + 1
        seen += overflow
        first = 4095 - int(micro) | (0x2000 if overflow else 0)
        found += struct.pack("<HBBH", first, int(macro) >> 16 & 0xFF, int(channel), int(macro) & 0xFFFF)
    return found


@pytest.mark.parametrize(("records", "clock"), [(four_byte_records, 250), (six_byte_records, 500)])
def test_reads_single_photons(tmp_path: Path, records: object, clock: int) -> None:
    (tmp_path / "x.spc").write_bytes(records(clock))  # type: ignore[operator]
    found = read(tmp_path / "x.spc")
    np.testing.assert_allclose(found["arrival_time"], MACRO * clock * 1e-10, rtol=1e-13)
    np.testing.assert_array_equal(found["micro_channel"], MICRO)
    np.testing.assert_array_equal(found["channel"], CHANNEL)
    assert found.attrs["kind"] == "photons"
    assert "no .set" in found.attrs["notes"]


def test_takes_the_width_of_a_channel_from_the_settings(tmp_path: Path) -> None:
    (tmp_path / "x.spc").write_bytes(four_byte_records(250))
    setting_file(tmp_path / "x.set")
    found = read(tmp_path / "x.spc")
    np.testing.assert_allclose(found["micro_time"], MICRO * TAC / GAIN / 4096, rtol=1e-6)
    assert "x.set" in found.attrs["notes"]
    assert found.attrs["acquisition_time"] == 30.0


def test_warns_of_lost_photons(tmp_path: Path) -> None:
    (tmp_path / "x.spc").write_bytes(four_byte_records(250, gap_before=4))
    assert "photons were lost 1 times" in read(tmp_path / "x.spc").attrs["warnings"]


def test_refuses_photons_cut_off_or_out_of_order(tmp_path: Path) -> None:
    data = four_byte_records(250)
    (tmp_path / "x").write_bytes(data[:-2])
    with pytest.raises(DataError, match="within a record"):
        read(tmp_path / "x", reader="becker_hickl_fifo")
    (tmp_path / "x").write_bytes(data[:12] + data[16:20] + data[12:16] + data[20:])
    with pytest.raises(DataError, match="runs back"):
        read(tmp_path / "x", reader="becker_hickl_fifo")


def test_reads_a_list_of_photons(tmp_path: Path) -> None:
    (tmp_path / "x.asc").write_text(
        "".join(f"{a} {b} \n" for a, b in zip(MACRO.repeat(2), MICRO.repeat(2))), encoding="utf-8"
    )
    found = read(tmp_path / "x.asc")
    np.testing.assert_array_equal(found["macro_clock"], MACRO.repeat(2))
    np.testing.assert_array_equal(found["micro_channel"], MICRO.repeat(2))
    (tmp_path / "x.spc").write_bytes(four_byte_records(250))
    setting_file(tmp_path / "x.set")
    found = read(tmp_path / "x.asc")
    np.testing.assert_allclose(found["arrival_time"], MACRO.repeat(2) * 25e-9, rtol=1e-13)
    np.testing.assert_allclose(found["micro_time"], MICRO.repeat(2) * TAC / GAIN / 4096, rtol=1e-6)


@pytest.mark.parametrize("mark", [" ", "\t", ","])
def test_reads_decay_curves_as_text(tmp_path: Path, mark: str) -> None:
    curves = some_counts(2, 60)
    head = identification("").split("\r\n", 1)[1].replace("*END\r\n", "")
    text = head
    for place, curve in enumerate(curves, 1):
        text += f"*BLOCK {place} Decay  ( Time[ns]  No_of_photons )\r\n"
        text += "".join(f"{channel * 0.0122:.4f}{mark}{count}\r\n" for channel, count in enumerate(curve)) + "*END\r\n"
    (tmp_path / "x").write_bytes(text.encode())
    found = read(tmp_path / "x")
    np.testing.assert_array_equal(found["counts"], curves)
    np.testing.assert_allclose(found["time"], np.arange(60) * 1.22e-11, rtol=1e-12)
    assert found.attrs["title"] == "dots"
    assert found.attrs["date"] == "2024-05-06T07:08:09"
    (tmp_path / "x").write_bytes(text.encode()[:-5])
    with pytest.raises(DataError):
        read(tmp_path / "x")


def test_takes_the_times_from_the_settings(tmp_path: Path) -> None:
    counts = some_counts(60)
    text = SETUP + "*BLOCK 1 ( No_of_photons )\r\n" + "".join(f"{count}\r\n" for count in counts) + "*END\r\n"
    (tmp_path / "x").write_bytes(text.encode())
    found = read(tmp_path / "x")
    np.testing.assert_array_equal(found["counts"], counts)
    np.testing.assert_allclose(found["time"], np.arange(60) * TAC / GAIN / CHANNELS, rtol=1e-12)


# ---------------------------------------------------------------------------------------------------------- real files


@pytest.mark.parametrize("name", ["IRF.sdt", "IRF__1.sdt"])
def test_reads_real_decay_curves(name: str) -> None:
    truth = expected(f"trpl_becker_hickl/{name}")["curves"]
    found = readers.curves(read(real(f"trpl_becker_hickl/{name}")))
    assert len(found) == len(truth)
    for curve, known in zip(found, truth):
        assert curve.sizes["time"] == known["n"]
        assert float(curve["time"][-1]) == pytest.approx(known["x_last"], rel=1e-7)
        assert int(curve["counts"].max()) == known["y_max"]
        assert int(curve["counts"].sum()) == known["y_sum"]


def test_the_photons_of_a_real_file_are_those_of_its_export() -> None:
    truth = np.loadtxt(real("trpl_becker_hickl/test_noise.asc"), dtype=np.int64, encoding="ascii")
    photons, listed = (read(real(f"trpl_becker_hickl/test_noise.{ending}")) for ending in ("spc", "asc"))
    np.testing.assert_allclose(photons["arrival_time"], truth[:, 0] * 9.5e-9, rtol=1e-14)
    np.testing.assert_allclose(photons["micro_time"], truth[:, 1] * 5.0033574e-08 / 5 / 4096, rtol=1e-14)
    np.testing.assert_array_equal(listed["arrival_time"], photons["arrival_time"])
    np.testing.assert_array_equal(listed["micro_time"], photons["micro_time"])
    assert photons.attrs["serial_number"] == "3F0022"


def test_refuses_real_settings() -> None:
    with pytest.raises(DataError, match="settings of a measurement"):
        read(real("trpl_becker_hickl/test_noise.set"))
