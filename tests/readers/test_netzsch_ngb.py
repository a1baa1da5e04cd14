"""Binary files of NETZSCH Proteus."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from instrument_files import expected, real

from halodot import read, readers
from halodot.errors import DataError

MINUTES = np.arange(50) * 0.2
CELSIUS = 25.0 + 10.0 * MINUTES
MASS = -0.01 * MINUTES**2


def table(kind: bytes, mark: bytes, content: bytes = b"") -> bytes:
    """Write a table: what it is, the separator, its mark."""
    separator = bytes.fromhex("0000010000000c0017fcffff1a80010180020000")
    return kind + separator + mark + bytes.fromhex("00000100000002000100000018fcffff0380010000") + content


def field(number: str, kind: int, value: bytes) -> bytes:
    end = bytes.fromhex("01000000020001000000030018fcffff038001")
    return bytes.fromhex(number + "0000010000000c0017fcffff") + bytes([kind]) + b"\x80\x01" + value + end


def text(letters: str) -> bytes:
    return b"\xff\xfe\xff" + bytes([len(letters)]) + letters.encode("utf-16-le")


def channel(number: bytes, dtype: str, values: np.ndarray, stated: int = 0) -> bytes:
    """Write a channel in two segments."""
    found = table(number, b"\x80\x22\x2b")
    for place, part in enumerate((values[:20], values[20:])):
        kind = {"<f8": b"\x05", "<f4": b"\x04"}[dtype]
        numbers = kind + b"\xa0\x01" + struct.pack("<I", stated or len(part)) + part.astype(dtype).tobytes()
        end = bytes.fromhex("01000000020001000000030018fcffff038001")
        found += table(bytes([0x30 + place]) + b"\x75", b"\x80\x23\x2b", numbers + end)
    return found


def run(stated: int = 0, furnace: int = 50) -> bytes:
    settings = table(b"\x75\x17", b"\x80\xfd\x2a", field("5910", 0x1F, text("STA449F3A")))
    person = field("3508", 0x1F, text("A. Nobody")) + field("3e08", 3, struct.pack("<i", 1677105826))
    settings += table(b"\x72\x17", b"\x80\xfa\x2a", person)
    sample = field("4008", 0x1F, text("dots")) + field("9e0c", 5, struct.pack("<d", 4.06))
    settings += table(b"\x30\x75", b"\x80\xfb\x2a", sample)
    for mark, mass in ((b"\x80\x0b\x2b", 99.0), (b"\x80\x08\x2b", 153.73)):  # the reference stands first
        settings += table(b"\x7e\x17", mark, field("9e0c", 5, struct.pack("<d", mass)))
    measured = channel(b"\x8c\x17", "<f8", MINUTES, stated) + channel(b"\x8d\x17", "<f4", CELSIUS)
    measured += channel(b"\x90\x17", "<f8", MASS) + table(b"\x87\x17", b"\x80\x22\x2b")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as streams:
        others = channel(b"\x30\x75", "<f4", CELSIUS[:furnace] + 1.0)
        for place, content in enumerate((settings, measured, others), 1):
            streams.writestr(f"Streams/stream_{place}.table", b"\0\0Netzsch TA file" + bytes(40) + content)
    return archive.getvalue()


def test_reads_a_run_of_two_segments(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(run())
    found = read(tmp_path / "x")
    np.testing.assert_allclose(found["time"], MINUTES * 60.0, rtol=1e-12)
    np.testing.assert_allclose(found["temperature"], CELSIUS + 273.15, rtol=1e-6)
    np.testing.assert_allclose(found["furnace_temperature"], CELSIUS + 274.15, rtol=1e-6)
    np.testing.assert_allclose(found["mass"], MASS * 1e-6, rtol=1e-12)
    np.testing.assert_array_equal(found["segment"], np.where(np.arange(50) < 20, 1, 2))
    assert found.attrs["kind"] == "thermogravimetry"
    assert found.attrs["sample_mass"] == pytest.approx(4.06e-6)
    assert found.attrs["crucible_mass"] == pytest.approx(153.73e-6)
    assert found.attrs["date"] == "2023-02-22T22:43:46+00:00"
    assert (found.attrs["sample"], found.attrs["operator"]) == ("dots", "A. Nobody")


@pytest.mark.parametrize("stated", [19, 21, 2**32 - 1])
def test_refuses_other_numbers_than_are_stated(tmp_path: Path, stated: int) -> None:
    (tmp_path / "x").write_bytes(run(stated))
    with pytest.raises(DataError, match=f"states {stated} numbers"):
        read(tmp_path / "x")


def test_refuses_channels_of_other_lengths(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(run(furnace=49))
    with pytest.raises(DataError, match="other lengths than the time"):
        read(tmp_path / "x")


@pytest.mark.parametrize("kept", [0.3, 0.7, 0.99])
def test_refuses_a_file_that_is_cut_off(tmp_path: Path, kept: float) -> None:
    data = run()
    (tmp_path / "x").write_bytes(data[: int(kept * len(data))])
    with pytest.raises(DataError):
        read(tmp_path / "x")


#: columns that pyngb names otherwise
NAMES = {
    "sample_temperature": "temperature", "dsc_signal": "signal_voltage", "purge_flow_1": "gas_flow",
    "environmental_acceleration_x": "acceleration_x", "environmental_acceleration_y": "acceleration_y",
    "environmental_acceleration_z": "acceleration_z", "31": "cooling_power",
}  # fmt: skip


def test_reads_a_real_run_as_pyngb_does() -> None:
    name = "tga/DF_FILED_STA_21O2_10K_220222_R1.ngb-ss3"
    truth = json.loads(real(f"{name}.parity.json").read_text(encoding="utf-8"))
    found = readers.in_units_of_file(read(real(name)))
    assert found.sizes == {"time": truth["num_rows"]}
    for column, known in truth["column_stats"].items():
        values = found[NAMES.get(column, column)].values * (60.0 if column == "time" else 1.0)
        measured = [values[0], values[-1], values.max(), values.min()]
        assert measured == pytest.approx([known[key] for key in ("first", "last", "max", "min")], rel=1e-9, abs=1e-9)
    metadata = truth["metadata"]
    assert found.attrs["sample_mass"] == pytest.approx(metadata["sample_mass"] * 1e-6)
    assert found.attrs["crucible_mass"] == pytest.approx(metadata["crucible_mass"] * 1e-6)
    for word, key in (
        ("operator", "operator"),
        ("comment", "comment"),
        ("sample", "sample_name"),
        ("date", "date_performed"),
    ):
        assert found.attrs[word] == metadata[key]
    assert found.attrs["instrument"] == f"NETZSCH {metadata['instrument']}"


def test_reads_a_real_correction_run() -> None:
    name = "tga/Douglas_Fir_STA_Baseline_10K_250730_R13.ngb-bs3"
    truth = expected(name)
    found = readers.in_units_of_file(read(real(name)))
    assert found.sizes == {"time": truth["rows"]}
    for column, limits in truth["stats"].items():
        values = found[NAMES.get(column, column)].values * (60.0 if column == "time" else 1.0)
        assert [values.min(), values.max()] == pytest.approx(limits, rel=1e-9, abs=1e-9)
