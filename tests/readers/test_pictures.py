"""Pictures with and without a scale."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from instrument_files import expected, real
from PIL import Image, TiffImagePlugin

from halodot import read
from halodot.errors import DataError


def png(path: Path, values: np.ndarray, depth: int, colour: int) -> Path:
    """Write a PNG from its definition; samples big-endian, no filter."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows, columns = values.shape[:2]
    raw = b"".join(b"\0" + row.astype(f">u{depth // 8}").tobytes() for row in values)
    head = struct.pack(">IIBBBBB", columns, rows, depth, colour, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    return path


def test_label_images_keep_their_integers(tmp_path: Path) -> None:
    labels = np.array([[0, 1, 300], [65535, 2, 2]])
    found = read(png(tmp_path / "a.any", labels, 16, 0))
    np.testing.assert_array_equal(found["image_intensity"], labels)
    assert found.attrs["kind"] == "image"
    assert "no scale" in found.attrs["notes"]
    wide = np.array([[0, 70000], [1, 2]], np.int32)
    Image.fromarray(wide).save(tmp_path / "a.tif")
    np.testing.assert_array_equal(read(tmp_path / "a.tif")["image_intensity"], wide)


def test_grey_colours_are_one_image_and_others_three(tmp_path: Path) -> None:
    grey = np.repeat(np.arange(12).reshape(3, 4, 1), 3, axis=2)
    np.testing.assert_array_equal(read(png(tmp_path / "a", grey, 8, 2))["image_intensity"], grey[..., 0])
    colours = grey.copy()
    colours[0, 0] = (1, 2, 3)
    found = read(png(tmp_path / "b", colours, 8, 2))
    assert list(found.data_vars) == ["red", "green", "blue"]
    np.testing.assert_array_equal(found["blue"], colours[..., 2])


def tiff(path: Path, values: np.ndarray, tags: dict[int, tuple[int, object]]) -> Path:
    info = TiffImagePlugin.ImageFileDirectory_v2()
    for number, (kind, value) in tags.items():
        info.tagtype[number] = kind
        info[number] = value
    Image.fromarray(values).save(path, "TIFF", tiffinfo=info)
    return path


def test_reads_the_scale_of_microscopes(tmp_path: Path) -> None:
    values = np.arange(12, dtype=np.uint8).reshape(3, 4)
    fei = "[User]\r\nUser=a\r\n[EScan]\r\nPixelWidth=2e-09\r\nPixelHeight=3e-09\r\n"
    found = read(tiff(tmp_path / "f.tif", values, {34682: (2, fei)}))
    np.testing.assert_allclose(found["x_position"], 2e-9 * np.arange(4), rtol=1e-12)
    np.testing.assert_allclose(found["y_position"], 3e-9 * np.arange(3), rtol=1e-12)
    assert found.attrs["kind"] == "micrograph"
    zeiss = "0\r\nAP_IMAGE_PIXEL_SIZE\r\nImage Pixel Size = 5.5 nm\r\n"
    assert read(tiff(tmp_path / "z.tif", values, {34118: (2, zeiss)})).attrs["pixel_size"] == pytest.approx(5.5e-9)
    imagej = {270: (2, "ImageJ=1.53k\nunit=nm\n"), 282: (5, 4.0), 283: (5, 4.0), 296: (3, 1)}
    assert read(tiff(tmp_path / "i.tif", values, imagej)).attrs["pixel_size"] == pytest.approx(0.25e-9)
    assert "x_pixel" in read(tiff(tmp_path / "p.tif", values, {282: (5, 300.0), 283: (5, 300.0), 296: (3, 2)}))


def test_reads_the_frames_of_a_tiff(tmp_path: Path) -> None:
    frames = [Image.fromarray(np.full((2, 3), k, np.uint8)) for k in range(3)]
    frames[0].save(tmp_path / "a.tif", save_all=True, append_images=frames[1:])
    found = read(tmp_path / "a.tif")
    assert found.sizes == {"frame": 3, "y_pixel": 2, "x_pixel": 3}
    np.testing.assert_array_equal(found["image_intensity"].values[:, 0, 0], [0, 1, 2])


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF"])
@pytest.mark.parametrize("kept", [30, 0.5, 0.99])
def test_refuses_a_picture_that_is_cut_off(tmp_path: Path, form: str, kept: float) -> None:
    values = np.random.default_rng(1).integers(0, 255, (50, 60)).astype(np.uint8)
    Image.fromarray(values).save(tmp_path / "cut", form)
    data = (tmp_path / "cut").read_bytes()
    (tmp_path / "cut").write_bytes(data[: int(kept if kept > 1 else kept * len(data))])
    with pytest.raises(DataError, match="cut"):
        read(tmp_path / "cut")


def test_refuses_a_bomb_of_pixels_and_a_damaged_chunk(tmp_path: Path) -> None:
    path = png(tmp_path / "a", np.zeros((4, 4)), 8, 0)
    data = path.read_bytes()
    head = struct.pack(">IIBBBBB", 90000, 90000, 8, 0, 0, 0, 0)
    path.write_bytes(data[:16] + head + struct.pack(">I", zlib.crc32(b"IHDR" + head)) + data[33:])
    with pytest.raises(DataError, match=r"exceeds|cannot be"):
        read(path)
    path.write_bytes(data[:45] + bytes([data[45] ^ 4]) + data[46:])
    with pytest.raises(DataError, match="check sum"):
        read(path)


@pytest.mark.parametrize("name", ["1ecd5c901c", "482193653a", "5fc8c5b53c", "f84ce9e349"])
def test_real_label_maps_have_their_particles(name: str) -> None:
    path = f"tem_particles_truth/{name}__1.png"
    labels, other = read(real(path))["image_intensity"].values, expected(path)
    numbers, areas = np.unique(labels[labels > 0], return_counts=True)
    assert list(labels.shape) == other["shape"]
    assert len(numbers) == other["n_particles"]
    assert np.sqrt(4.0 * areas / np.pi).mean() == pytest.approx(other["mean_d_px"], rel=1e-9)
