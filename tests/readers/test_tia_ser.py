"""TIA series: images and spectra, offsets of four and eight bytes, the .emi beside."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from instrument_files import expected, real

from halodot import read
from halodot.errors import DataError

TYPES = {"u1": 1, "u2": 2, "u4": 3, "i1": 4, "i2": 5, "i4": 6, "f4": 7, "f8": 8, "c8": 9}


def written(path: Path, elements: list[np.ndarray], version: int = 0x0220, step: float = 2e-9, total: int = 0) -> Path:
    """Write a series as Emispec's description says; rows are given from the top."""
    flat = elements[0].ndim == 1
    wide = "<q" if version == 0x0220 else "<i"
    total = total or len(elements)
    dimension = struct.pack("<iddi", total, 0.0, 1.0, 0) + struct.pack("<i", 6) + b"Number" + struct.pack("<i", 0)
    head_size = 22 + struct.calcsize(wide) + 4 + len(dimension)
    places, tags, body = [], [], b""
    start = head_size + 2 * total * struct.calcsize(wide)
    for values in elements:
        places.append(start + len(body))
        scale = struct.pack("<ddi", -1e-7 if step < 1 else 5.0, step, 0)
        body += scale * values.ndim + struct.pack("<h", TYPES[values.dtype.str[1:]])
        body += struct.pack(f"<{values.ndim}i", *values.shape[::-1])
        body += (values if flat else values[::-1]).tobytes()
        tags.append(start + len(body))
        body += struct.pack("<ii", 0x4152, 1456167001)
    table = [*places, *([0] * (total - len(places))), *tags, *([0] * (total - len(tags)))]
    head = struct.pack("<HHH4i", 0x4949, 0x0197, version, 0x4120 if flat else 0x4122, 0x4152, total, len(elements))
    head += struct.pack(wide, head_size) + struct.pack("<i", 1) + dimension
    path.write_bytes(head + b"".join(struct.pack(wide, one) for one in table) + body)
    return path


@pytest.mark.parametrize("version", [0x0210, 0x0220])
@pytest.mark.parametrize("dtype", ["u1", "u2", "u4", "i1", "i2", "i4", "f4", "f8"])
def test_reads_an_image_from_the_top(tmp_path: Path, version: int, dtype: str) -> None:
    values = np.arange(12).reshape(3, 4).astype(dtype)
    found = read(written(tmp_path / "a.any", [values], version))
    np.testing.assert_array_equal(found["image_intensity"], values)
    np.testing.assert_allclose(found["x_position"], -1e-7 + 2e-9 * np.arange(4), rtol=1e-12)
    assert found.attrs["pixel_size"] == 2e-9
    assert found.attrs["date"] == "2016-02-22T18:50:01+00:00"


def test_reads_a_series_that_was_stopped(tmp_path: Path) -> None:
    values = [np.full((2, 2), k, "u2") for k in range(3)]
    found = read(written(tmp_path / "a", values, total=5))
    assert found.sizes == {"frame": 3, "y_position": 2, "x_position": 2}
    np.testing.assert_array_equal(found["image_intensity"], values)


def test_reads_spectra_diffraction_and_images_without_a_scale(tmp_path: Path) -> None:
    found = read(written(tmp_path / "a", [np.arange(50, dtype="f4")], step=10.0))
    np.testing.assert_allclose(found["energy"], 5.0 + 10.0 * np.arange(50))
    line = read(written(tmp_path / "a", [np.arange(50, dtype="f4")], step=1e-9))
    np.testing.assert_allclose(line["x_position"], -1e-7 + 1e-9 * np.arange(50), rtol=1e-12)
    assert read(written(tmp_path / "a", [np.zeros((2, 2), "u1")], step=1e7)).attrs["kind"] == "diffraction_image"
    assert "x_pixel" in read(written(tmp_path / "a", [np.zeros((2, 2), "u1")], step=1.0))


def test_refuses_what_cannot_be(tmp_path: Path) -> None:
    path = written(tmp_path / "odd.ser", [np.zeros((8, 8), "f4")])
    data = path.read_bytes()
    for kept in (5, 20, 60, 100, len(data) - 9):
        path.write_bytes(data[:kept])
        with pytest.raises(DataError, match=r"odd\.ser"):
            read(path)
    path.write_bytes(data[:4] + b"\x30\x02" + data[6:])
    with pytest.raises(DataError, match="version"):
        read(path)
    path.write_bytes(data[:18] + bytes(4) + data[22:])
    with pytest.raises(DataError, match="nothing was recorded"):
        read(path)


def test_a_real_series_agrees_with_another_program() -> None:
    name = "tem_ser/128x128-TEM_search_1.ser"
    found, other = read(real(name)), expected(name, "ncempy")
    values = found["image_intensity"].values
    assert list(values.shape) == other["shape"]
    for mine, theirs in ((values.min(), "min"), (values.max(), "max"), (values.mean(), "mean"), (values.std(), "std")):
        assert mine == pytest.approx(other[theirs], rel=1e-12)
    assert found.attrs["pixel_size"] == pytest.approx(other["pixelSize"][0], rel=1e-12)
    assert found.attrs["tube_voltage"] == 200e3  # from the .emi beside it
    assert found.attrs["magnification"] == 22500


def test_refuses_the_emi_and_names_the_series() -> None:
    with pytest.raises(DataError, match=r"the \.ser beside it holds the data"):
        read(real("tem_ser/128x128-TEM_search.emi"))


def test_refuses_an_emi_that_lies_alone(tmp_path: Path) -> None:
    path = tmp_path / "alone"
    path.write_bytes(b"JK\0\x02" + bytes(100) + b"<ObjectInfo><Uuid>1</Uuid></ObjectInfo>" + bytes(20))
    with pytest.raises(DataError, match="beside it holds the data"):
        read(path)
