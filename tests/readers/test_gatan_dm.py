"""DM3 and DM4: trees of tags, images, stacks and spectra."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from instrument_files import expected, real

from halodot import read
from halodot.errors import DataError

SIMPLE = {"h": 2, "i": 3, "H": 4, "I": 5, "f": 6, "d": 7, "b": 9, "B": 10, "q": 11, "Q": 12}
KINDS = {"i2": 1, "f4": 2, "c8": 3, "u1": 6, "i4": 7, "i1": 9, "u2": 10, "u4": 11, "f8": 12, "c16": 13}
CODES = {"i2": 2, "i4": 3, "u2": 4, "u4": 5, "f4": 6, "f8": 7, "i1": 9, "u1": 10}


def tree(tags: Any, version: int, order: str) -> bytes:
    """Write one value or group of tags as the format's description says."""
    size = ">q" if version == 4 else ">i"
    if isinstance(tags, dict):
        out = struct.pack(">BB", 1, 0) + struct.pack(size, len(tags))
        for name, value in tags.items():
            label = b"" if name.isdigit() else name.encode("cp1252")
            body = tree(value, version, order)
            out += struct.pack(">BH", 20 if isinstance(value, dict) else 21, len(label)) + label
            out += (struct.pack(">q", len(body)) if version == 4 else b"") + body
        return out
    if isinstance(tags, str):
        data = tags.encode("utf-16-le" if order == "<" else "utf-16-be")
        described = [20, 4, len(tags)]
    elif isinstance(tags, np.ndarray):
        kind = tags.dtype.str[1:]
        data = tags.astype(tags.dtype.newbyteorder(order)).tobytes()
        if kind in ("c8", "c16"):
            described = [20, 15, 0, 2, 0, 6 if kind == "c8" else 7, 0, 6 if kind == "c8" else 7, tags.size]
        else:
            described = [20, CODES[kind], tags.size]
    else:
        letter = "d" if isinstance(tags, float) else "i"
        data, described = struct.pack(order + letter, tags), [SIMPLE[letter]]
    return b"%%%%" + struct.pack(size, len(described)) + b"".join(struct.pack(size, one) for one in described) + data


def image(
    values: np.ndarray, units: list[str], scales: list[float], origins: list[float], **more: Any
) -> dict[str, Any]:
    """Return the tags of an image; units, scales and origins from the fastest dimension on."""
    shape = values.shape[::-1]
    dimensions = {str(k): {"Origin": origins[k], "Scale": scales[k], "Units": units[k]} for k in range(len(shape))}
    return {
        "ImageData": {
            "Calibrations": {"Brightness": {"Origin": 0.0, "Scale": 1.0, "Units": ""}, "Dimension": dimensions},
            "Data": values.ravel(),
            "DataType": KINDS[values.dtype.str[1:]],
            "Dimensions": {str(k): int(side) for k, side in enumerate(shape)},
        },
        "ImageTags": {"Microscope Info": {"Voltage": 200000.0, "Indicated Magnification": 50000.0}, **more},
        "Name": "sample A",
    }


def written(path: Path, images: list[dict[str, Any]], version: int = 3, order: str = "<", thumbnail: int = -1) -> Path:
    tags: dict[str, Any] = {"ImageList": {str(k): one for k, one in enumerate(images)}}
    if thumbnail >= 0:
        tags["Thumbnails"] = {"0": {"ImageIndex": thumbnail}}
    body = tree(tags, version, order)
    head = struct.pack(">i", version) + struct.pack(">q" if version == 4 else ">i", len(body))
    path.write_bytes(head + struct.pack(">i", 1 if order == "<" else 0) + body + bytes(8))
    return path


@pytest.mark.parametrize("version", [3, 4])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "u2", "i4", "u4", "f4", "f8"])
def test_reads_images_of_every_type(tmp_path: Path, version: int, order: str, dtype: str) -> None:
    values = np.arange(12).reshape(3, 4).astype(dtype)
    small = image(np.zeros((2, 2), "u1"), ["", ""], [1.0, 1.0], [0.0, 0.0])
    real_one = image(values, ["nm", "nm"], [0.5, 0.25], [-4.0, 2.0])
    found = read(written(tmp_path / "a.any", [small, real_one], version, order, thumbnail=0))
    np.testing.assert_array_equal(found["image_intensity"], values)
    np.testing.assert_allclose(found["x_position"], (np.arange(4) + 4.0) * 0.5e-9, rtol=1e-12)
    np.testing.assert_allclose(found["y_position"], (np.arange(3) - 2.0) * 0.25e-9, rtol=1e-12)
    assert found.attrs["tube_voltage"] == 200e3
    assert found.attrs["kind"] == "micrograph"


def test_reads_a_stack_with_its_frames_first(tmp_path: Path) -> None:
    values = np.arange(24, dtype="f4").reshape(2, 3, 4)
    found = read(written(tmp_path / "a", [image(values, ["\xb5m", "\xb5m", ""], [1.0, 1.0, 1.0], [0.0] * 3)]))
    assert found.sizes == {"frame": 2, "y_position": 3, "x_position": 4}
    np.testing.assert_array_equal(found["image_intensity"], values)
    assert found["x_position"].values[1] == pytest.approx(1e-6)


def test_reads_an_energy_loss_spectrum(tmp_path: Path) -> None:
    values = np.arange(100, dtype="f4")
    one = image(values, ["eV"], [0.5], [20.0], EELS={"Acquisition": {"Exposure (s)": 1.0}})
    found = read(written(tmp_path / "a", [one], 4))
    assert found.attrs["kind"] == "energy_spectrum"
    np.testing.assert_allclose(found["energy_loss"], (np.arange(100) - 20.0) * 0.5)
    np.testing.assert_array_equal(found["intensity"], values)


def test_gives_the_modulus_of_a_transform(tmp_path: Path) -> None:
    values = np.array([[3 + 4j, 0], [1j, -2]], dtype="c8")
    found = read(written(tmp_path / "a", [image(values, ["1/nm", "1/nm"], [1.0, 1.0], [1.0, 1.0])]))
    np.testing.assert_allclose(found["image_intensity"], [[5.0, 0.0], [1.0, 2.0]])
    assert "modulus" in found.attrs["notes"]
    assert found.attrs["kind"] == "diffraction_image"
    np.testing.assert_allclose(found["x_frequency"], [-1e9, 0.0])


def test_refuses_packed_transforms_and_wrong_sizes(tmp_path: Path) -> None:
    one = image(np.zeros((4, 4), "f4"), ["", ""], [1.0, 1.0], [0.0, 0.0])
    one["ImageData"]["DataType"] = 5
    with pytest.raises(DataError, match="packed Fourier transform"):
        read(written(tmp_path / "a", [one]))
    one["ImageData"]["DataType"] = 12
    with pytest.raises(DataError, match="bytes of them"):
        read(written(tmp_path / "a", [one]))
    one["ImageData"]["Dimensions"] = {"0": 2**30, "1": 2**30}
    with pytest.raises(DataError, match="cannot be"):
        read(written(tmp_path / "a", [one]))


@pytest.mark.parametrize("version", [3, 4])
@pytest.mark.parametrize("kept", [50, 200, 0.5, 0.99])
def test_refuses_a_file_that_is_cut_off(tmp_path: Path, version: int, kept: float) -> None:
    path = written(tmp_path / "cut.dm", [image(np.zeros((9, 9)), ["nm", "nm"], [1.0, 1.0], [0.0, 0.0])], version)
    data = path.read_bytes()
    path.write_bytes(data[: int(kept if kept > 1 else kept * len(data))])
    with pytest.raises(DataError, match=r"cut\.dm"):
        read(path)


@pytest.mark.parametrize("name", ["test-1.dm4", "test-10.dm4", "test_STEM_image.dm3", "test_diffraction_pattern.dm3"])
def test_real_files_agree_with_another_program(name: str) -> None:
    found, other = read(real(f"tem_dm/{name}")), expected(f"tem_dm/{name}", "rosettasciio")
    values = found["image_intensity"].values
    assert list(values.shape) == other["shape"]
    for mine, theirs in ((values.min(), "min"), (values.max(), "max"), (values.mean(), "mean"), (values.std(), "std")):
        assert mine == pytest.approx(other[theirs], rel=1e-12)
    for axis in other["axes"]:
        unit = {"nm": 1e-9, "1/nm": 1e9, "": 1.0}[axis["units"]]
        places = next(found[name].values for name in found.coords if str(name).startswith(axis["name"]))
        assert places[0] == pytest.approx(axis["offset"] * unit, rel=1e-6)
        assert places[1] - places[0] == pytest.approx(axis["scale"] * unit, rel=1e-6)
