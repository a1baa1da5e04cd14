"""Igor binary waves, written here from WaveMetrics' description of the format."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from instrument_files import expected, real
from numpy.typing import NDArray

from halodot.errors import DataError
from halodot.readers.formats._igor_wave import igor_wave, is_igor_wave
from halodot.readers.raw_file import RawFile

TYPES = {"f4": 2, "f8": 4, "i1": 8, "i2": 16, "i4": 32, "u2": 16 | 64, "u1": 8 | 64, "i8": 128}


def checked(data: bytes, order: str, covered: int, place: int) -> bytes:
    """Return a file whose headers add up to zero."""
    total = sum(struct.unpack(f"{order}{covered // 2}h", data[:covered]))
    word = struct.pack(order + "H", -total & 0xFFFF)
    return data[:place] + word + data[place + 2 :]


def version_5(values: NDArray[np.generic], order: str = "<", note: bytes = b"", labels: bytes = b"") -> bytes:
    """Return a wave of version 5 whose rows start at -2 with steps of 0.5 and whose columns start at 10 with 1."""
    dtype = values.dtype.str[1:]
    numbers = values.astype(order + dtype).tobytes(order="F")
    shape = (*values.shape, *[0] * (4 - values.ndim))
    unit, row_unit = b"Counts [a.u.]", b"Kinetic Energy [eV]"
    label_sizes = [0, len(labels), 0, 0]
    head = struct.pack(
        order + "hhiiii4i4iiii", 5, 0, 320 + len(numbers), 0, len(note), len(unit), len(row_unit), 0, 0, 0,
        *label_sizes, 0, 0, 0,
    )  # fmt: skip
    wave = struct.pack(order + "IIIihh6xh32s4xi", 0, 3_800_000_000, 3_800_000_100, values.size, TYPES[dtype], 0, 1,
                       b"spectrum", 0)  # fmt: skip
    wave += struct.pack(order + "4i4d4d", *shape, 0.5, 1.0, 1.0, 1.0, -2.0, 10.0, 0.0, 0.0)
    wave += struct.pack("4s4s4s8x", b"", b"", b"m")
    wave = wave.ljust(320, b"\0")
    return checked(head + wave + numbers + note + unit + row_unit + labels, order, 384, 2)


def version_2(values: NDArray[np.generic], order: str = "<", note: bytes = b"") -> bytes:
    """Return a wave of version 2."""
    dtype = values.dtype.str[1:]
    numbers = values.astype(order + dtype).tobytes()
    head = struct.pack(order + "hiiih", 2, 110 + len(numbers) + 16, len(note), 0, 0)
    wave = struct.pack(
        order + "hi20shhi4s4sih2d", TYPES[dtype], 0, b"old", 0, 0, 0, b"V", b"s", len(values), 0, 0.25, 3.0
    )
    wave = wave.ljust(110, b"\0")
    data = head + wave + numbers + bytes(16) + note
    return checked(data, order, 142, 14)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("dtype", sorted(TYPES))
def test_reads_numbers_of_every_type_and_byte_order(order: str, dtype: str) -> None:
    values = np.arange(12).reshape(4, 3).astype(dtype)
    file = RawFile("a", version_5(values, order, b"Mode=FAT\rStep=2"))
    assert is_igor_wave(file)
    wave = igor_wave(file)
    np.testing.assert_array_equal(wave.values, values)
    assert (wave.name, wave.unit, wave.note) == ("spectrum", "Counts [a.u.]", "Mode=FAT\nStep=2")
    rows, columns = wave.dims
    assert (rows.unit, columns.unit) == ("Kinetic Energy [eV]", "m")
    np.testing.assert_array_equal(rows.values, [-2.0, -1.5, -1.0, -0.5])
    np.testing.assert_array_equal(columns.values, [10.0, 11.0, 12.0])
    assert wave.created == "2024-05-31T11:33:20"


def test_names_the_rows() -> None:
    labels = b"".join(text.ljust(32, b"\0") for text in (b"channels", b"Height", b"Phase"))
    wave = igor_wave(RawFile("a", version_5(np.zeros((2, 2), "f4"), labels=labels)))
    assert wave.dims[0].labels == ()
    assert wave.dims[1].labels == ("Height", "Phase")


@pytest.mark.parametrize("order", ["<", ">"])
def test_reads_version_2(order: str) -> None:
    values = np.array([1.5, 2.5, -3.5, 4.5, 9.0], "f4")
    wave = igor_wave(RawFile("a", version_2(values, order, "30 µm".encode("mac_roman" if order == ">" else "cp1252"))))
    np.testing.assert_array_equal(wave.values, values)
    assert (wave.name, wave.unit, wave.dims[0].unit, wave.note) == ("old", "V", "s", "30 µm")
    np.testing.assert_array_equal(wave.dims[0].values, [3.0, 3.25, 3.5, 3.75, 4.0])


def test_refuses_what_is_cut_off_or_damaged() -> None:
    for whole in (version_5(np.arange(40.0), note=b"x" * 30), version_2(np.arange(40.0), note=b"x" * 30)):
        for kept in range(len(whole)):
            with pytest.raises(DataError):
                igor_wave(RawFile("a", whole[:kept]))
        for place in (3, 30, 70, 76, 110):
            damaged = whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :]
            assert not is_igor_wave(RawFile("a", damaged))
            with pytest.raises(DataError):
                igor_wave(RawFile("a", damaged))


def test_allocates_nothing_for_absurd_sizes() -> None:
    whole = version_5(np.arange(4.0))
    huge = whole[:132] + struct.pack("<i", 2**30) + whole[136:]
    huge = huge[:76] + struct.pack("<i", 2**30) + huge[80:]
    huge = checked(huge[:2] + b"\0\0" + huge[4:], "<", 384, 2)
    with pytest.raises(DataError, match="1073741824 numbers"):
        igor_wave(RawFile("a", huge))


def test_agrees_with_another_program_on_a_real_map() -> None:
    name = "afm_other/10x10-one_channel_without_name.ibw"
    path: Path = real(name)
    wave = igor_wave(RawFile(str(path), path.read_bytes()))
    (other,) = expected(name)["channels"].values()
    assert list(wave.values.shape) == [*other["shape"], 1]  # one channel
    assert wave.values.min() == other["min"]
    assert wave.values.mean(dtype=float) == pytest.approx(other["mean"], rel=1e-6)
