"""Velox and Berkeley EMD, alone and in a zip archive."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from instrument_files import expected, real

from halodot import read
from halodot.errors import DataError


def velox(path: Path, images: list[np.ndarray], unit: str = "m", **more: Any) -> Path:
    """Write images (row, column, frame) as Velox does."""
    described = {
        "Instrument": {"Manufacturer": "FEI Company", "InstrumentClass": "Talos"},
        "Optics": {"AccelerationVoltage": "200000", "NominalMagnification": "50000"},
        "Acquisition": {"AcquisitionStartDatetime": {"DateTime": "1575540224"}},
        "BinaryResult": {
            "Detector": "HAADF",
            "PixelSize": {"width": "2e-10", "height": "3e-10"},
            "PixelUnitX": unit,
            "PixelUnitY": unit,
            "Offset": {"x": "-1e-9", "y": "0"},
        },
        "Scan": {"FrameTime": "0.5", "DwellTime": "1e-06"},
    } | more
    text = np.frombuffer(json.dumps(described).encode().ljust(4000, b"\0"), np.uint8)
    with h5py.File(path, "w") as file:
        file["Version"] = np.array([b'{"format": "Velox", "version": "8"}'])
        for number, values in enumerate(images):
            group = file.create_group(f"Data/Image/{number:032x}")
            group["Data"] = values
            group["Metadata"] = np.repeat(text[:, None], values.shape[2], axis=1)
    return path


def test_reads_an_image_and_a_series_of_velox(tmp_path: Path) -> None:
    values = np.arange(24, dtype="u2").reshape(3, 4, 2)
    found = read(velox(tmp_path / "a.any", [values]))
    assert found.sizes == {"time": 2, "y_position": 3, "x_position": 4}
    np.testing.assert_array_equal(found["image_intensity"].values[1], values[:, :, 1])
    np.testing.assert_allclose(found["time"], [0.0, 0.5])
    np.testing.assert_allclose(found["x_position"], -1e-9 + 2e-10 * np.arange(4), rtol=1e-12)
    np.testing.assert_allclose(found["y_position"], 3e-10 * np.arange(3), rtol=1e-12)
    assert found.attrs["tube_voltage"] == 200e3
    assert found.attrs["date"] == "2019-12-05T10:03:44+00:00"
    single = read(velox(tmp_path / "b", [values[:, :, :1]]))
    assert single.sizes == {"y_position": 3, "x_position": 4}
    assert read(velox(tmp_path / "c", [values], "1/m")).attrs["kind"] == "diffraction_image"


def test_reads_berkeley_sets(tmp_path: Path) -> None:
    path = tmp_path / "a.emd"
    values = np.arange(24, dtype="f4").reshape(2, 3, 4)
    with h5py.File(path, "w") as file:
        group = file.create_group("data/stack")
        group.attrs["emd_group_type"] = 1
        group["data"] = values
        for number, (name, unit, places) in enumerate(
            (("frame", "", [0, 1]), ("y", "[n_m]", [0, 2, 4]), ("x", "[n_m]", [10, 12, 14, 16])), 1
        ):
            group[f"dim{number}"] = np.array(places, float)
            group[f"dim{number}"].attrs["name"] = np.bytes_(name)
            group[f"dim{number}"].attrs["units"] = np.bytes_(unit)
        file.create_group("user").attrs["name"] = "A. Person"
    found = read(path)
    np.testing.assert_array_equal(found["image_intensity"], values)
    np.testing.assert_allclose(found["x_position"], [10e-9, 12e-9, 14e-9, 16e-9])
    assert found.attrs["operator"] == "A. Person"


def test_reads_one_file_in_an_archive(tmp_path: Path) -> None:
    inner = velox(tmp_path / "inner.emd", [np.ones((2, 3, 1), "u2")])
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(inner, "inner.emd")
    found = read(tmp_path / "a.zip")
    assert found.attrs["reader"] == "zipped_micrographs"
    assert found.sizes == {"y_position": 2, "x_position": 3}


def test_follows_no_link_out_of_the_file_and_refuses_absurd_sizes(tmp_path: Path) -> None:
    other = velox(tmp_path / "other.emd", [np.ones((2, 2, 1), "u2")])
    path = tmp_path / "link.emd"
    with h5py.File(path, "w") as file:
        file["Version"] = np.array([b'{"format": "Velox"}'])
        file.create_group("Data")["Image"] = h5py.ExternalLink(str(other), "/Data/Image")
    with pytest.raises(DataError, match="no image"):
        read(path)
    path = tmp_path / "huge.emd"
    with h5py.File(path, "w") as file:
        file["Version"] = np.array([b'{"format": "Velox"}'])
        group = file.create_group("Data/Image/0")
        group.create_dataset("Data", (2**20, 2**20, 1), "u2", chunks=(64, 64, 1), compression="gzip")
        group["Metadata"] = np.zeros((10, 1), np.uint8)
    with pytest.raises(DataError, match="at most"):
        read(path)


@pytest.mark.parametrize("kept", [40, 0.3, 0.7, 0.95])
def test_refuses_a_file_that_is_cut_off(tmp_path: Path, kept: float) -> None:
    path = velox(tmp_path / "cut.emd", [np.ones((40, 40, 1), "u2")])
    data = path.read_bytes()
    path.write_bytes(data[: int(kept if kept > 1 else kept * len(data))])
    with pytest.raises(DataError, match=r"cut\.emd"):
        read(path)


def test_a_real_series_agrees_with_another_program() -> None:
    name = "tem_emd/fei_example_tem_stack.emd"
    found, other = read(real(name)), expected(name)
    values = found["image_intensity"].values
    assert list(values.shape) == other["shape"]
    assert values.mean() == other["mean"]
    assert values.std() == pytest.approx(other["std"], rel=1e-12)
    for axis in other["axes"]:
        places = found["time" if axis["name"] == "Time" else f"{axis['name']}_position"].values
        unit = {"s": 1.0, "pm": 1e-12}[axis["units"]]
        assert places[0] == pytest.approx(axis["offset"] * unit, rel=1e-12)
        assert places[1] - places[0] == pytest.approx(axis["scale"] * unit, rel=1e-9)


@pytest.mark.parametrize("name", ["velox_emd_version11.zip", "velox_emd_v11_elementSelection.zip"])
def test_reads_real_archives(name: str) -> None:
    found = read(real(f"tem_emd/{name}"))
    assert "are not read: export them" in found.attrs["notes"]
    images = [one for one in found.data_vars.values() if one.attrs["quantity"] == "image_intensity"]
    assert all(one.shape[-2] == 16 for one in images)


def test_gives_the_modulus_of_a_transform_of_velox(tmp_path: Path) -> None:
    values = np.zeros((2, 3, 1), dtype=[("realFloatHalfEven", "f4"), ("imagFloatHalfEven", "f4")])
    values["realFloatHalfEven"], values["imagFloatHalfEven"] = 3.0, 4.0
    found = read(velox(tmp_path / "a", [values], "1/m"))
    np.testing.assert_array_equal(found["image_intensity"], np.full((2, 3), 5.0))
    assert "modulus, of which one half is stored" in found.attrs["notes"]
