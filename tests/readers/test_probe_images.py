"""Images of probe microscopes other than Nanoscope: WSxM, Gwyddion, Igor, Dektak, Nanonis, SDF."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from instrument_files import expected, real

from halodot import read
from halodot.errors import DataError

# ---------------------------------------------------------------------------------------------------------------- WSxM


def wsxm(path: Path, pixels: np.ndarray, kind: str = "short", amplitude: str = "12 nm", **more: str) -> Path:
    """Write an image as the program's description says: from the lowest row up and from the right to the left."""
    rows, columns = pixels.shape
    body = [
        "[Control]", "", "    X Amplitude: 2 \xb5m", "    Y Amplitude: 900 nm", "    X-Frequency: 1.5 Hz", "",
        "[General Info]", "", "    Acquisition channel: Topography", f"    Image Data Type: {kind}",
        f"    Number of columns: {columns}", f"    Number of rows: {rows}", f"    Z Amplitude: {amplitude}", "",
        "[Miscellaneous]", "", *(f"    {key.replace('_', ' ')}: {value}" for key, value in more.items()), "",
        "[Header end]", "",
    ]  # fmt: skip
    first = "WSxM file copyright Nanotec Electronica\r\nSxM Image file\r\nImage header size: "
    text = "\r\n".join(["", *body])
    size = len(first) + 4 + len(text.encode("cp1252"))
    dtype = {"short": "<i2", "double": "<f8", "float": "<f4"}[kind]
    data = f"{first}{size:04d}{text}".encode("cp1252") + pixels[::-1, ::-1].astype(dtype).tobytes()
    path.write_bytes(data)
    return path


def test_wsxm_numbers_span_the_amplitude(tmp_path: Path) -> None:
    pixels = np.array([[0, 10, 20], [30, 40, 60]])
    found = read(wsxm(tmp_path / "a", pixels))
    np.testing.assert_allclose(found["topography"], pixels * 12e-9 / 60, rtol=1e-12)
    np.testing.assert_allclose(found["x_position"], np.arange(3) * 2e-6 / 3, rtol=1e-12)
    np.testing.assert_allclose(found["y_position"], np.arange(2) * 450e-9, rtol=1e-12)
    assert found.attrs["scan_rate"] == 1.5
    for kind in ("float", "double"):
        np.testing.assert_allclose(
            read(wsxm(tmp_path / "b", pixels, kind))["topography"], pixels * 12e-9 / 60, rtol=1e-12
        )


def test_wsxm_holds_the_stated_extremes_against_the_numbers(tmp_path: Path) -> None:
    pixels = np.array([[0, 10], [30, 60]])
    assert read(wsxm(tmp_path / "a", pixels, Maximum="60", Minimum="0"))["topography"].max() == pytest.approx(12e-9)
    with pytest.raises(DataError, match="states the maximum 90"):
        read(wsxm(tmp_path / "a", pixels, Maximum="90", Minimum="0"))
    path = wsxm(tmp_path / "a", pixels)
    data = path.read_bytes()
    for changed in (data[:-1], data + b"\0", data[:100], data[:300], data.replace(b"rows: 2", b"rows: x")):
        path.write_bytes(changed)
        with pytest.raises(DataError):
            read(path)


def test_a_real_wsxm_image_agrees_with_another_program() -> None:
    found = read(real("afm_other/top-1.top"))["topography"].values * 1e9
    other = expected("afm_other/top-1.top")["channels"]["0:Default"]
    for mine, theirs in ((found.min(), "min"), (found.max(), "max"), (found.mean(), "mean"), (found.std(), "std")):
        assert mine == pytest.approx(other[theirs], rel=1e-12)


# ------------------------------------------------------------------------------------------------------------ Gwyddion


def test_gwyddion_text_in_two_languages(tmp_path: Path) -> None:
    rows = "1.5\t-2e-9\t3\r\n4\t5\t6\r\n"
    english = f"# Channel: Z\r\n# Width: 1.50 \xb5m\r\n# Height: 400 nm\r\n# Value units: m\r\n{rows}"
    german = "# Kanal: Z\r\n# Breite: 1,50 \xb5m\r\n# H\xf6he: 400 nm\r\n# Werteinheiten: m\r\n" + rows.replace(
        ".", ","
    )
    for text, encoding in ((english, "utf-8"), (german, "cp1252"), (german, "utf-8")):
        (tmp_path / "a").write_bytes(text.encode(encoding))
        found = read(tmp_path / "a")
        np.testing.assert_array_equal(found["z"], [[1.5, -2e-9, 3.0], [4.0, 5.0, 6.0]])
        np.testing.assert_allclose(found["x_position"], [0.0, 0.5e-6, 1e-6], rtol=1e-12)
        np.testing.assert_allclose(found["y_position"], [0.0, 200e-9], rtol=1e-12)
    (tmp_path / "a").write_text(english.replace("4\t5", "4\t5\t5"), encoding="utf-8")
    with pytest.raises(DataError, match="3 numbers were expected"):
        read(tmp_path / "a")


@pytest.mark.parametrize("language", ["english", "german"])
def test_real_gwyddion_text_agrees_with_another_program(language: str) -> None:
    name = f"afm_other/gwyddion-export-{language}.txt"
    found, other = read(real(name)), expected(name)["channels"]["0:My Channel Name"]
    np.testing.assert_array_equal(found["my_channel_name"], [[1, 1.5, 3], [-2, -3, -6], [0, 0, 0], [9, 9, 9]])
    for place, direction in enumerate("xy"):
        places = found[f"{direction}_position"].values
        assert places[1] * len(places) == pytest.approx(other["size"][place], rel=1e-12)


def component(name: str, letter: str, value: Any) -> bytes:
    if letter in "id":
        body = struct.pack("<" + letter, value)
    elif letter == "s":
        body = value.encode() + b"\0"
    else:
        body = value if letter == "o" else struct.pack("<I", value.size) + value.tobytes()
    return name.encode() + b"\0" + letter.encode() + body


def gwy_object(kind: str, *components: bytes) -> bytes:
    body = b"".join(components)
    return kind.encode() + b"\0" + struct.pack("<I", len(body)) + body


def gwy(path: Path, fields: list[tuple[str, np.ndarray, str]], wrong: int = 0) -> Path:
    """Write a container as the published description says."""
    parts = []
    for number, (title, values, unit) in enumerate(fields):
        units = [
            component(f"si_unit_{k}", "o", gwy_object("GwySIUnit", component("unitstr", "s", u)))
            for k, u in (("xy", "m"), ("z", unit))
        ]
        field = gwy_object(
            "GwyDataField",
            component("xres", "i", values.shape[1] + wrong),
            component("yres", "i", values.shape[0]),
            component("xreal", "d", 2e-6),
            component("yreal", "d", 1e-6),
            *units,
            component("data", "D", values.astype("<f8")),
        )
        parts += [component(f"/{number}/data", "o", field), component(f"/{number}/data/title", "s", title)]
    path.write_bytes(b"GWYP" + gwy_object("GwyContainer", *parts))
    return path


def test_gwyddion_container(tmp_path: Path) -> None:
    height, phase = np.arange(8.0).reshape(2, 4) * 1e-9, np.arange(8.0).reshape(2, 4)
    path = gwy(tmp_path / "a", [("Height", height, "m"), ("Phase", phase, "deg")])
    found = read(path)
    np.testing.assert_array_equal(found["height"], height)
    np.testing.assert_allclose(found["phase"], np.radians(phase))
    np.testing.assert_allclose(found["x_position"], np.arange(4) * 0.5e-6, rtol=1e-12)
    data = path.read_bytes()
    for kept in (6, 30, 100, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:kept])
        with pytest.raises(DataError):
            read(path)
    with pytest.raises(DataError, match="holds 8 numbers"):
        read(gwy(tmp_path / "a", [("Height", height, "m")], wrong=1))


# ---------------------------------------------------------------------------------------------------------------- Igor


def igor(path: Path, values: np.ndarray, labels: tuple[str, ...], note: str, step: float = 1e-8) -> Path:
    """Write a wave of version 5 (rows, columns, layers) as Technical Note 3 says."""
    shape = values.shape
    dims = (*shape, *[0] * (4 - len(shape)))
    text = note.encode("cp1252")
    label = b"".join(one.encode().ljust(32, b"\0") for one in ("", *labels)) if labels else b""
    wave = struct.pack("<IIIih", 0, 0, 0, values.size, 2) + bytes(8) + struct.pack("<h", 0) + b"wave0".ljust(32, b"\0")
    wave += struct.pack("<ii", 0, 0) + struct.pack("<4i", *dims)
    wave += struct.pack("<8d", *([step] * 4), *([0.0] * 4)) + b"m\0\0\0" + (b"m\0\0\0" * 2).ljust(16, b"\0")
    wave = wave.ljust(320, b"\0")
    data = values.astype("<f4").ravel(order="F").tobytes()
    sizes = [320 + len(data), 0, len(text), 0, 0, 0, 0, 0, 0, 0, len(label), 0, 0, 0, 0]
    head = struct.pack("<hh", 5, 0) + struct.pack("<15i", *sizes)
    words = np.frombuffer(head + wave, "<u2").sum(dtype=np.uint64)
    head = struct.pack("<hH", 5, (0x10000 - int(words) % 0x10000) % 0x10000) + head[4:]
    path.write_bytes(head + wave + data + text + label)
    return path


def test_asylum_channels_have_the_units_of_their_names(tmp_path: Path) -> None:
    values = np.zeros((4, 3, 3))
    values[..., 0] = np.arange(12).reshape(4, 3) * 1e-9  # Igor's rows along x, its columns up
    values[..., 1] = values[..., 0]
    values[..., 2] = 90.0
    note = "ScanSize: 4e-08\rScanRate: 1.5\rMicroscopeModel: Cypher\rDate: 2020-01-31\rTime: 1:02:03 PM\r"
    found = read(igor(tmp_path / "a", values, ("HeightTrace", "HeightRetrace", "PhaseTrace"), note))
    assert list(found.data_vars) == ["height", "height_retrace", "phase"]
    np.testing.assert_allclose(found["height"], values[:, ::-1, 0].T, atol=1e-15)
    np.testing.assert_allclose(found["phase"], np.pi / 2)
    np.testing.assert_allclose(found["x_position"], np.arange(4) * 1e-8, rtol=1e-12)
    assert found.attrs["instrument"] == "Asylum Research Cypher"
    assert found.attrs["date"] == "2020-01-31T13:02:03"
    assert found.attrs["scan_rate"] == 1.5


def test_a_real_wave_agrees_with_another_program() -> None:
    name = "afm_other/10x10-one_channel_without_name.ibw"
    found = next(iter(read(real(name)).data_vars.values())).values.astype(float)
    other = expected(name)["channels"]["0:no name (1)"]
    assert list(found.shape) == other["shape"]
    assert found.mean() == pytest.approx(other["mean"], rel=1e-12)
    assert found.std() == pytest.approx(other["std"], rel=1e-12)


# -------------------------------------------------------------------------------------------------------------- Dektak


def opdx_name(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode()


def opdx_item(name: str, kind: int, body: bytes, sized: bool = False) -> bytes:
    return opdx_name(name) + bytes([kind]) + (b"\x04" + struct.pack("<I", len(body)) if sized else b"") + body


def opdx_group(name: str, *items: bytes) -> bytes:
    return opdx_item(name, 0x7D, b"".join(items) + opdx_name("") + b"\x7f" + b"\xff\xff", True)


def opdx_quantity(name: str, value: float, unit: str) -> bytes:
    return opdx_item(name, 0x13, struct.pack("<d", value) + opdx_name("Length") + opdx_name(unit) + bytes(12), True)


def opdx(path: Path, values: np.ndarray) -> Path:
    """Write a map or a profile as Vision64 does."""
    texts = opdx_group("MetaData", opdx_item("Title", 0x12, b"\x01\x03abc"))
    scale = opdx_quantity("DataScale", 2.0, "nm")
    kind = opdx_item("DataKind", 0x12, b"\x01\x06Height")
    if values.ndim == 2:
        rows, columns = values.shape
        body = struct.pack("<II", rows, columns) + values.astype("<f4").tobytes()
        matrix = opdx_item("Matrix", 0x00, opdx_name("Matrix") + struct.pack("<I", 1) + opdx_name("float"))
        matrix += b"\x04" + struct.pack("<I", len(body)) + body
        extents = [opdx_quantity(f"Dimension{k}Extent", e, "mm") for k, e in ((1, 0.002), (2, 0.003))]
        data = opdx_group("2D_Data", opdx_group("Raw", matrix, *extents, scale, kind))
    else:
        body = bytes(5) + values.astype("<f8").tobytes()
        array = opdx_item("Array", 0x40, opdx_name("double[]") + b"\x04" + struct.pack("<I", len(body)) + body)
        count = opdx_item("NumPoints", 0x06, struct.pack("<i", len(values)))
        data = opdx_group("1D_Data", opdx_group("Raw", count, array, opdx_quantity("Extent", 0.5, "mm"), scale, kind))
    path.write_bytes(b"VCA DATA\x01\x00\x00\x55" + texts + data + opdx_name("") + b"\x7f")
    return path


def test_dektak_maps_and_profiles(tmp_path: Path) -> None:
    values = np.arange(12.0).reshape(3, 4)
    path = opdx(tmp_path / "a", values)
    found = read(path)
    np.testing.assert_allclose(found["height"], values * 2e-9, rtol=1e-12)
    np.testing.assert_allclose(found["x_position"], np.arange(4) * 1e-6, rtol=1e-12)
    np.testing.assert_allclose(found["y_position"], np.arange(3) * 1e-6, rtol=1e-12)
    assert found.attrs["title"] == "abc"
    profile = read(opdx(tmp_path / "b", np.arange(11.0)))
    np.testing.assert_allclose(profile["height"], np.arange(11.0) * 2e-9, rtol=1e-12)
    np.testing.assert_allclose(profile["x_position"], np.arange(11) * 50e-6, rtol=1e-12)
    data = path.read_bytes()
    for kept in (12, 40, 100, len(data) // 2, len(data) - 30):
        path.write_bytes(data[:kept])
        with pytest.raises(DataError):
            read(path)


# ------------------------------------------------------------------------------------------------------------- Nanonis


def sxm(path: Path, forward: np.ndarray, backward: np.ndarray, upwards: str) -> Path:
    """Write a scan as its lines are taken; both images are given from the top left."""
    rows, columns = forward.shape
    head = (
        f":NANONIS_VERSION:\n2\n:SCANIT_TYPE:\n              FLOAT            MSBFIRST\n:REC_DATE:\n 24.12.2019\n"
        f":REC_TIME:\n13:14:15\n:ACQ_TIME:\n      60.5\n:SCAN_PIXELS:\n   {columns}   {rows}\n"
        f":SCAN_RANGE:\n      4.0E-8      2.0E-8\n:SCAN_DIR:\n{upwards}\n"
        ":DATA_INFO:\n\tChannel\tName\tUnit\tDirection\tCalibration\tOffset\n\t14\tZ\tm\tboth\t1.0E-8\t0.0\n\n"
        ":SCANIT_END:\n\n\n"
    ).encode()
    order = slice(None, None, -1) if upwards == "up" else slice(None)
    blocks = forward[order].astype(">f4").tobytes() + backward[order, ::-1].astype(">f4").tobytes()
    path.write_bytes(head + b"\x1a\x04" + blocks)
    return path


@pytest.mark.parametrize("upwards", ["up", "down"])
def test_nanonis_scans_stand_upright(tmp_path: Path, upwards: str) -> None:
    forward, backward = np.arange(8.0).reshape(2, 4), np.arange(8.0).reshape(2, 4) + 100.0
    path = sxm(tmp_path / "a", forward, backward, upwards)
    found = read(path)
    np.testing.assert_array_equal(found["z"], forward)
    np.testing.assert_array_equal(found["z_backward"], backward)
    np.testing.assert_allclose(found["x_position"], np.arange(4) * 1e-8, rtol=1e-12)
    assert found.attrs["date"] == "2019-12-24T13:14:15"
    data = path.read_bytes()
    for changed in (data[:50], data[:-1], data + bytes(4), data.replace(b"MSBFIRST", b"LSBFIRST")):
        path.write_bytes(changed)
        with pytest.raises(DataError):
            read(path)


# ---------------------------------------------------------------------------------------------------------- SDF, others


def test_surface_data_files(tmp_path: Path) -> None:
    head = "aBCR-1.0\nManufacID = Maker\nCreateDate = 311220201015\nNumPoints = 3\nNumProfiles = 2\nXscale = 1e-6\n"
    head += "Yscale = 2e-6\nZscale = 1e-9\nZresolution = -1\nCompression = 0\nDataType = 7\nCheckType = 0\n*\n"
    path = tmp_path / "a"
    path.write_text(head + "1 2 3\n4 BAD 6\n*\nend\n*\n", encoding="utf-8")
    found = read(path)
    np.testing.assert_allclose(found["height"], np.array([[1, 2, 3], [4, np.nan, 6]]) * 1e-9)
    np.testing.assert_allclose(found["y_position"], [0.0, 2e-6])
    assert found.attrs["date"] == "2020-12-31T10:15:00"
    path.write_text(head + "1 2 3\n4 5\n*\n", encoding="utf-8")
    with pytest.raises(DataError, match="6 numbers were expected, not 5"):
        read(path)
    path.write_text(head + "1 2 3\n4 5", encoding="utf-8")
    with pytest.raises(DataError, match="cut off"):
        read(path)


@pytest.mark.parametrize("mark", [b"\x01\xb0\x93\xff", b"[DataSet]\r\n", b"?*File list\r\n"])
def test_known_formats_that_are_not_read_say_what_to_do(tmp_path: Path, mark: bytes) -> None:
    (tmp_path / "a").write_bytes(mark + b"anything")
    with pytest.raises(DataError, match=r"which is not read: (in|open)"):
        read(tmp_path / "a")
