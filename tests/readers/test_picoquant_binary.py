"""Binary files of PicoQuant: histograms and photons, before and with the unified format."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from instrument_files import expected, real

from halodot import read, readers
from halodot.errors import DataError


def some_counts(curves: int, bins: int = 64) -> np.ndarray:
    return np.random.default_rng(2).poisson(30.0, (curves, bins))


def fixed(*fields: tuple[str, object]) -> bytes:
    """Write fields one behind the other."""
    return b"".join(
        struct.pack(f"<{kind}", *(value if isinstance(value, tuple) else (value,))) for kind, value in fields
    )


# ------------------------------------------------------------------------------------------------- histograms of before


def thd(version: str, counts: np.ndarray, widths: list[float]) -> bytes:
    """Write a histogram of a TimeHarp 200, version 2 to 6."""
    new = version == "6.0"
    names = fixed(("18s", b"TH200 Software"), ("12s", b"6.0")) if new else fixed(("6s", b"2.4"))
    head = fixed(("16s", b"TimeHarp 200"), ("6s", version.encode())) + names
    head += fixed(("18s", b"10.08.2001 17:41:3"), ("2s", b"\r\n"), ("256s", b"dots"))
    head += fixed(("7i", (counts.shape[1], len(counts), 32, 1, 1, 0, 0)), ("12i", (0,) * 12), ("16i", (0,) * 16))
    head += fixed(("9f", (0.0,) * 9), ("4i", (0, 1, 0, 0)), ("20s", b"Interactive Mode"))
    board = fixed(("16s", b"TH200"), ("8s", b"2.4")) if new else b""
    head += board + fixed(("5if", (76, 10, 25, -650, 0, widths[0])))
    for place, (curve, width) in enumerate(zip(counts, widths)):
        head += fixed(("10i", (place, 997456857, 76, 10, 25, -650, 0, 0, 1, 2)), ("3f", (0.0,) * 3))
        head += fixed(("9i", (1, 0, 120_000, 60_000, 0, 4_775_936, 15_700, 14_733, int(curve.sum()))), ("f", width))
        head += fixed(("2i", (0, 0))) + curve.astype("<u4").tobytes()
    return head


@pytest.mark.parametrize("version", ["2.0", "3.0", "5.0", "6.0"])
def test_reads_timeharp_histograms(tmp_path: Path, version: str) -> None:
    counts = some_counts(2)
    (tmp_path / "x").write_bytes(thd(version, counts, [0.0366, 0.0732]))
    found = readers.curves(read(tmp_path / "x"))
    for curve, written, width in zip(found, counts, (0.0366e-9, 0.0732e-9)):
        np.testing.assert_array_equal(curve["counts"], written)
        np.testing.assert_allclose(curve["time"], np.arange(64) * width, rtol=1e-6)
        assert curve.attrs["acquisition_time"] == 60.0
        assert curve.attrs["repetition_rate"] == 4_775_936.0
    assert found[0].attrs["comment"] == "dots"


def phd_head(mode: int, curves: int, boards: int = 1) -> bytes:
    head = fixed(("16s", b"PicoHarp 300"), ("6s", b"2.0"), ("18s", b"PicoHarp Software"), ("12s", b"2.3.0"))
    head += fixed(("18s", b"20/03/09 16:30:01"), ("2s", b"\r\n"), ("256s", b"dots"))
    head += fixed(("6i", (curves, 32, 1, boards, 0, mode)), ("12i", (0,) * 12), ("16i", (0,) * 16), ("9f", (0.0,) * 9))
    head += fixed(("4i", (0, 1, 0, 0)), ("20s", b"script"))
    board = fixed(("16s", b"PicoHarp 300"), ("8s", b"2.0"), ("2i", (1002503, 1)), ("4i", (5, 100, 5, 100)))
    board += fixed(("f", 0.016), ("2i", (0, 0)), ("24i", (0,) * 24))
    return head + board * boards


def test_reads_picoharp_histograms(tmp_path: Path) -> None:
    counts = some_counts(3)
    widths = (0.004, 0.004, 0.512)
    head = phd_head(0, 3)
    data = len(head) + 3 * 172
    for place, (curve, width) in enumerate(zip(counts, widths)):
        head += fixed(
            ("2i", (place, 1237566601)), ("16s", b"PicoHarp 300"), ("8s", b"2.0"), ("6i", (1, 1, 5, 100, 5, 100))
        )
        head += fixed(("5i", (0, 0, 0, 0, 0)), ("3f", (0.0,) * 3), ("i", 0), ("f", width), ("i", curve.size))
        head += fixed(("6i", (60_000, 30_000, 0, 5_000_000, 100, 90)), ("q", int(curve.sum())))
        head += fixed(("2i", (0, data + 4 * curve.size * place)), ("8i", (0,) * 8))
    (tmp_path / "x").write_bytes(head + counts.astype("<u4").tobytes())
    found = readers.curves(read(tmp_path / "x"))
    for curve, written, width in zip(found, counts, widths):
        np.testing.assert_array_equal(curve["counts"], written)
        np.testing.assert_allclose(curve["time"], np.arange(64) * width * 1e-9, rtol=1e-6)
    assert found[0].attrs["serial_number"] == "1002503"
    assert found[0].attrs["acquisition_time"] == 30.0


def hh_head(version: str, mode: int, curves: int) -> bytes:
    head = fixed(("16s", b"HydraHarp"), ("6s", version.encode()), ("18s", b"HydraHarp AcqUI"), ("12s", b"2.0.0.0"))
    head += fixed(("18s", b"28/11/12 10:45:06"), ("2s", b"\r\n"), ("256s", b"dots"))
    head += fixed(("6i", (curves, 32, 0, mode, 0, 4)), ("d", 16.0), ("10i", (0,) * 10), ("16i", (0,) * 16))
    head += fixed(("9f", (0.0,) * 9), ("4i", (0, 1, 0, 0)), ("20s", b"TTTR Mode"), ("16s", b"HydraHarp 400"))
    head += fixed(("8s", b"930021"), ("2i", (1018786, 4)), ("20i", (0,) * 20), ("d", 1.0), ("q", 3), ("i", 2))
    return head + fixed(("7i", (0,) * 7), ("8i", (0,) * 8))


def test_reads_hydraharp_histograms(tmp_path: Path) -> None:
    counts = some_counts(2)
    head = hh_head("2.0", 0, 2)
    data = len(head) + 2 * 264
    for place, curve in enumerate(counts):
        head += fixed(("2i", (place, 1354095906)), ("16s", b"HydraHarp 400"), ("8s", b"930021"), ("2i", (1018786, 4)))
        head += fixed(("20i", (0,) * 20), ("d", 1.0), ("q", 3), ("8i", (2, 0, 0, 0, 1, 50, 10, 0)), ("8i", (0,) * 8))
        head += fixed(("d", 16.0 * (place + 1)), ("4i", (0, 10_000, 5_000, 0)), ("3f", (0.0,) * 3))
        head += fixed(("3i", (998_898, 10, 9)), ("q", int(curve.sum())), ("2i", (64, data + 256 * place)))
    (tmp_path / "x").write_bytes(head + counts.astype("<u4").tobytes())
    found = readers.curves(read(tmp_path / "x"))
    for place, (curve, written) in enumerate(zip(found, counts), 1):
        np.testing.assert_array_equal(curve["counts"], written)
        np.testing.assert_allclose(curve["time"], np.arange(64) * 16e-12 * place, rtol=1e-12)


@pytest.mark.parametrize("kept", [10, 100, 400, 530, 640, -300, -1])
def test_refuses_histograms_cut_off(tmp_path: Path, kept: int) -> None:
    (tmp_path / "x").write_bytes(thd("3.0", some_counts(2), [0.07, 0.07])[:kept])
    with pytest.raises(DataError):
        read(tmp_path / "x")


@pytest.mark.parametrize(
    ("offset", "value", "reason"),
    [
        (304, 2**31 - 1, "channels cannot be"),
        (308, -1, "curves cannot be"),
        (328, 2, r"photons of a TimeHarp 200 \(.t3r\) are not read"),
        (700, 10_000, "counts, and .* are stated"),
    ],
)
def test_refuses_histograms_that_make_no_sense(tmp_path: Path, offset: int, value: int, reason: str) -> None:
    data = bytearray(thd("3.0", some_counts(1), [0.07]))
    struct.pack_into("<i", data, offset, value)
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(DataError, match=reason):
        read(tmp_path / "x")


# -------------------------------------------------------------------------------------------------------------- photons

COUNTER = np.array([3, 5, 1000, 1024, 5000, 70_000, 200_000, 210_698_241, 500_000_000])
MICRO = np.array([0, 4095, 10, 20, 30, 40, 50, 60, 70])
CHANNEL = np.array([0, 1, 0, 3, 0, 1, 2, 0, 1])


def records(kind: str) -> np.ndarray:
    """Write the photons in the records of an instrument, with one marker among them."""
    wrap = {"pico3": 65536, "pico2": 210_698_240, "hydra3": 1024, "hydra3 old": 1024, "hydra2": 1 << 25}[kind]
    found, seen = [], 0
    for place, (counter, micro, channel) in enumerate(zip(COUNTER[: 7 if kind == "hydra3 old" else 9], MICRO, CHANNEL)):
        over = int(counter) // wrap - seen
        seen += over
        rest = int(counter) % wrap
        if kind in ("pico3", "pico2"):
            found += [0xF << 28] * over
            photon = (int(channel) << 28 | int(micro) << 16 | rest) if kind == "pico3" else int(channel) << 28 | rest
            marker = 0xF << 28 | (1 << 16 if kind == "pico3" else 1)
        elif kind == "hydra2":
            found += [1 << 31 | 63 << 25 | over] if over else []
            photon, marker = int(channel) << 25 | rest, 1 << 31 | 4 << 25
        else:
            while over > 0:
                step = 1 if kind == "hydra3 old" else min(over, 1023)
                found.append(1 << 31 | 63 << 25 | (0 if kind == "hydra3 old" else step))
                over -= step
            photon, marker = int(channel) << 25 | int(micro) << 10 | rest, 1 << 31 | 2 << 25
        found += [photon] + ([marker | (rest if kind.startswith("hydra") else 0)] if place == 2 else [])
    return np.array(found, dtype="<u4")


def legacy(kind: str) -> bytes:
    data = records(kind)
    if kind.startswith("pico"):
        head = phd_head(int(kind[-1]), 0)
        head += fixed(("i", 0), ("2i", (0, 0)), ("6i", (1_000_000, 100, 5000, 0, len(data), 2)), ("2I", (7, 7)))
    else:
        head = hh_head("1.0" if kind.endswith("old") else "2.0", int(kind[5]), 0)
        head += fixed(("2i", (10, 10)), ("4i", (1_000_000, 5000, 0, 1)), ("q", len(data)), ("I", 7))
    return head + data.tobytes()


@pytest.mark.parametrize("kind", ["pico3", "pico2", "hydra3", "hydra3 old", "hydra2"])
def test_reads_photons_of_before(tmp_path: Path, kind: str) -> None:
    (tmp_path / "x").write_bytes(legacy(kind))
    found = read(tmp_path / "x")
    many = found.sizes["arrival_time"]
    step = 1e-6 if "3" in kind else {"pico2": 4e-12, "hydra2": 1e-12}[kind]
    np.testing.assert_allclose(found["arrival_time"], COUNTER[:many] * step, rtol=1e-12)
    np.testing.assert_array_equal(found["channel"], CHANNEL[:many])
    assert many == (7 if kind.endswith("old") else 9)
    assert ("micro_time" in found) == ("3" in kind)
    if "3" in kind:
        np.testing.assert_allclose(found["micro_time"], MICRO[:many] * 16e-12, rtol=1e-6)
    assert "1 markers" in found.attrs["notes"]
    assert found.attrs["kind"] == "photons"


def test_refuses_the_first_t2_photons_of_a_hydraharp(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(hh_head("1.0", 2, 0) + bytes(64))
    with pytest.raises(DataError, match="clock is not certain"):
        read(tmp_path / "x")


def tagged(mark: bytes, tags: dict[str, object], data: bytes) -> bytes:
    """Write a unified file; the tags take names, indices in brackets and values."""
    found = mark.ljust(8, b"\0") + b"1.0.00\0\0"
    for key, value in [*tags.items(), ("Header_End", None)]:
        name, _, index = key.partition("[")
        head = struct.pack("<32si", name.encode(), int(index[:-1]) if index else -1)
        if isinstance(value, str):
            text = value.encode() + b"\0"
            text += bytes(-len(text) % 8)
            found += head + struct.pack("<Iq", 0x4001FFFF, len(text)) + text
        elif isinstance(value, float):
            found += head + struct.pack("<Id", 0x20000008, value)
        else:
            found += head + struct.pack("<Iq", 0xFFFF0008 if value is None else 0x10000008, value or 0)
    return found + data


def ptu(kind: int, data: np.ndarray, pulsed: bool, stated: int | None = None) -> bytes:
    tags: dict[str, object] = {"File_Comment": "dots", "HW_Type": "TimeHarp 260 P", "HW_SerialNo": "1030757"}
    tags |= {"Measurement_Mode": 3 if pulsed else 2, "TTResultFormat_TTTRRecType": kind}
    tags |= {"MeasDesc_GlobalResolution": 1e-7 if pulsed else 1e-12, "MeasDesc_Resolution": 25e-12}
    tags |= {"TTResult_StopAfter": 5000, "TTResult_NumberOfRecords": len(data) if stated is None else stated}
    return tagged(b"PQTTTR", tags, data.tobytes())


@pytest.mark.parametrize(
    ("kind", "written", "pulsed"),
    [
        (0x00010303, "pico3", True),
        (0x00010304, "hydra3 old", True),
        (0x01010304, "hydra3", True),
        (0x00010306, "hydra3", True),
        (0x00010307, "hydra3", True),
        (0x01010204, "hydra2", False),
        (0x00010206, "hydra2", False),
    ],
)
def test_reads_unified_photons(tmp_path: Path, kind: int, written: str, pulsed: bool) -> None:
    (tmp_path / "x").write_bytes(ptu(kind, records(written), pulsed))
    found = read(tmp_path / "x")
    many = found.sizes["arrival_time"]
    np.testing.assert_allclose(found["arrival_time"], COUNTER[:many] * (1e-7 if pulsed else 1e-12), rtol=1e-12)
    np.testing.assert_array_equal(found["channel"], CHANNEL[:many])
    if pulsed:
        np.testing.assert_allclose(found["micro_time"], MICRO[:many] * 25e-12, rtol=1e-12)
        assert found.attrs["repetition_rate"] == pytest.approx(1e7)
    assert found.attrs["acquisition_time"] == 5.0
    assert found.attrs["instrument"] == "PicoQuant TimeHarp 260 P"


@pytest.mark.parametrize("stated", [0, 5, 10**15, -1])
def test_refuses_other_numbers_of_records(tmp_path: Path, stated: int) -> None:
    (tmp_path / "x").write_bytes(ptu(0x00010303, records("pico3"), True, stated))
    with pytest.raises(DataError, match=r"records|whole number"):
        read(tmp_path / "x")


def test_reads_unified_histograms(tmp_path: Path) -> None:
    counts = some_counts(2)
    tags: dict[str, object] = {"HW_Type": "PicoHarp 300", "HistoResult_NumberOfCurves": 2, "HistoResult_BitsPerBin": 32}
    for place, curve in enumerate(counts):
        tags |= {f"HistResDscr_CurveIndex[{place}]": place, f"HistResDscr_DataOffset[{place}]": 0}
        tags |= {f"HistResDscr_HistogramBins[{place}]": 64, f"HistResDscr_MDescStopAfter[{place}]": 7000}
        tags |= {f"HistResDscr_MDescResolution[{place}]": 4e-12 * (place + 1)}
        tags |= {f"HistResDscr_IntegralCount[{place}]": int(curve.sum())}
    start = len(tagged(b"PQHISTO", tags, b""))
    tags |= {f"HistResDscr_DataOffset[{place}]": start + 256 * place for place in (0, 1)}
    (tmp_path / "x").write_bytes(tagged(b"PQHISTO", tags, counts.astype("<u4").tobytes()))
    found = readers.curves(read(tmp_path / "x"))
    for place, (curve, written) in enumerate(zip(found, counts), 1):
        np.testing.assert_array_equal(curve["counts"], written)
        np.testing.assert_allclose(curve["time"], np.arange(64) * 4e-12 * place, rtol=1e-12)
        assert curve.attrs["acquisition_time"] == 7.0


def test_refuses_results_of_an_analysis(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(tagged(b"PQRESLT", {"File_Comment": "dots"}, b""))
    with pytest.raises(DataError, match="export the decay as text"):
        read(tmp_path / "x")


# ----------------------------------------------------------------------------------------------------------- real files


@pytest.mark.parametrize(
    ("name", "widths", "counts"),
    [
        ("v20.thd", [0.036613, 0.036613, 0.036613, 0.073226, 0.146453], [185071, 2216305, 8026469, 969760, 55848]),
        ("v30.thd", [0.070171], [1768023]),
    ],
)
def test_reads_real_histograms(name: str, widths: list[float], counts: list[int]) -> None:
    """The numbers are those that libpicoquant prints for these files."""
    found = readers.curves(read(real(f"trpl_picoquant_binary/{name}")))
    assert [int(curve["counts"].sum()) for curve in found] == counts
    assert [curve.attrs["time_resolution"] * 1e9 for curve in found] == pytest.approx(widths, abs=1e-6)


def test_reads_real_photons_of_a_hydraharp(tmp_path: Path) -> None:
    """The photons are those that libpicoquant prints: channel, pulse and time after it [ps]."""
    path = real("trpl_picoquant_binary/v10.ht3")
    with pytest.raises(DataError, match="72463591 records, and the file has 1050; it is cut off"):
        read(path)
    data = bytearray(path.read_bytes())
    struct.pack_into("<q", data, 792, 1050)
    (tmp_path / "x").write_bytes(data)
    found = read(tmp_path / "x")
    truth = [(0, 5425, 81920), (3, 18404, 69612), (3, 24332, 55816), (3, 119890, 71728), (3, 120337, 86164)]
    assert found.sizes == {"arrival_time": 32}
    for photon, (channel, pulse, picoseconds) in enumerate(truth):
        assert int(found["channel"][photon]) == channel
        assert float(found["arrival_time"][photon]) == pytest.approx(pulse / 10_004_460, rel=1e-12)
        assert float(found["micro_time"][photon]) == pytest.approx(picoseconds * 1e-12, rel=1e-12)
    newer = read(real("trpl_picoquant_binary/v20.ht3"))
    assert newer.sizes["arrival_time"] == 53606 - 9465  # records less overflows
    assert float(newer["arrival_time"][-1]) == pytest.approx(10.0, rel=1e-4)  # s, of the acquisition


def test_reads_the_photons_of_a_real_unified_file_as_ptufile_does() -> None:
    name = "trpl_picoquant_binary/v30_t2.ptu"
    ptufile = pytest.importorskip("ptufile")
    found = read(real(name))
    with ptufile.PtuFile(real(name)) as other:
        truth = other.decode_records()
        truth = truth[truth["channel"] >= 0]
        assert other.number_records == expected(name)["records"]
    np.testing.assert_array_equal(found["channel"], truth["channel"])
    np.testing.assert_allclose(found["arrival_time"], truth["time"] * 1e-12, rtol=1e-13)
