"""The door through which every instrument file comes: units, several curves, exports, refusals."""

from __future__ import annotations

import io
import json
import math
import os
from pathlib import Path

import h5netcdf
import numpy as np
import pytest
import xarray
from openpyxl import load_workbook

import halodot
from halodot.columns import read_columns
from halodot.errors import DataError, InputError
from halodot.readers import curves, in_units_of_file
from halodot.readers.dataset import dataset
from halodot.readers.exports import settings, written
from halodot.readers.guards import guarded
from halodot.readers.raw_file import RawFile, open_raw
from halodot.readers.recognise import readers, recognised, recorded
from halodot.readers.recording import Curve, Match, Reader, Recording, Values

FILE = RawFile("sample.any", b"bytes")


def a_reader(recording: Recording) -> Reader:
    return Reader("a_format", "A format", lambda file: Match.SIGNATURE, lambda file: recording)


def spectrum(label: str = "", start: float = 400.0, quantity: str = "counts", **metadata: str | float) -> Curve:
    wavelength = start + np.arange(5.0)
    return Curve(
        (Values("wavelength", wavelength, "nm"),),
        (Values(quantity, np.arange(5.0) + start, "1", heading="S"),),
        label,
        metadata,
    )


def read(*found: Curve, kind: str = "spectrum", **metadata: str | float) -> xarray.Dataset:
    recording = Recording(kind, found, metadata, {"Slit": "2"})
    return dataset(recorded(FILE, a_reader(recording)), FILE, a_reader(recording))


# -------------------------------------------------------------------------------------------------------------- Dataset


def test_one_curve_has_si_units_and_the_units_of_the_file() -> None:
    data = read(spectrum(), integration_time=0.02)
    assert data["wavelength"].values.tolist() == [400e-9, 401e-9, 402e-9, 403e-9, 404e-9]
    assert data["wavelength"].attrs["units"] == "m"
    assert data["wavelength"].attrs["unit_of_file"] == "nm"
    assert data["counts"].attrs["heading"] == "S"
    assert data.attrs["integration_time"] == 0.02
    assert json.loads(data.attrs["header"]) == {"Slit": "2"}
    np.testing.assert_allclose(in_units_of_file(data)["wavelength"], 400.0 + np.arange(5.0), rtol=1e-15)
    assert settings(data)["integration_time"] == "20 ms"


def test_curves_on_one_axis_are_stacked_and_come_apart_again() -> None:
    first, second = spectrum("A", integration_time=0.1), spectrum("B", integration_time=0.2)
    data = read(first, second)
    assert data.sizes == {"curve": 2, "wavelength": 5}
    one, two = curves(data)
    assert (one.attrs["curve"], two.attrs["curve"]) == ("A", "B")
    assert (one.attrs["integration_time"], two.attrs["integration_time"]) == (0.1, 0.2)
    assert set(two.variables) == {"counts", "wavelength"}


def test_what_only_some_curves_state_is_not_made_up_for_the_others() -> None:
    data = read(spectrum("dark", irradiance=0.0), spectrum("light", date="2024-01-02T03:04:05", temperature=300.0))
    dark, light = curves(data)
    assert dark.attrs["irradiance"] == 0.0
    assert not {"date", "temperature"} & set(dark.attrs)
    assert light.attrs["date"] == "2024-01-02T03:04:05"
    assert "irradiance" not in light.attrs


def test_curves_on_axes_of_their_own_stay_apart() -> None:
    data = read(spectrum("A"), spectrum("B", 500.0))
    assert data.sizes == {"wavelength_1": 5, "wavelength_2": 5}
    one, two = curves(data)
    assert one["wavelength"].values[0] == pytest.approx(400e-9)
    assert two["wavelength"].values[0] == pytest.approx(500e-9)
    assert two.attrs["curve"] == "B"


def test_labels_that_repeat_are_told_apart() -> None:
    assert read(spectrum("A"), spectrum("A"))["curve"].values.tolist() == ["A 1", "A 2"]


def test_temperatures_have_their_zero() -> None:
    curve = Curve(
        (Values("temperature", np.array([25.0, 100.0]), "degC"),), (Values("mass", np.array([5.0, 4.0]), "mg"),)
    )
    data = read(curve, kind="thermogravimetry")
    np.testing.assert_allclose(data["temperature"], [298.15, 373.15])
    np.testing.assert_allclose(in_units_of_file(data)["temperature"], [25.0, 100.0], rtol=1e-12)


# --------------------------------------------------------------------------------------------------------------- guards


@pytest.mark.parametrize(
    ("axis", "values", "unit", "message"),
    [
        ("two_theta", [10.0, 20.0, 200.0], "degree", "Scattering angle reaches from"),
        ("two_theta", [10.0, 9.0, 12.0], "degree", "turns back"),
        ("wavelength", [400.0, 400.0, 401.0], "nm", "stands still"),
        ("wavelength", [0.0, 1.0, 2.0], "nm", "Wavelength reaches from 0"),
        ("wavelength", [400.0, math.nan, 402.0], "nm", "no number at point 2"),
        ("temperature", [-300.0, 0.0, 10.0], "degC", "Temperature reaches"),
        ("wavelength", [1.0, 2.0, 3.0], "V", "measures a voltage"),
    ],
)
def test_axes_that_no_instrument_steps_through_are_refused(axis, values, unit, message) -> None:
    curve = Curve((Values(axis, np.array(values), unit),), (Values("intensity", np.arange(3.0)),))
    with pytest.raises(DataError, match=message):
        guarded(Recording("spectrum", (curve,)), FILE)


@pytest.mark.parametrize(
    "values", [[1.0, -1.0, 2.0], [1e-43, 3e35, 2.0], [1e-40, 1.0, 2.0], [math.nan] * 3, [math.inf] * 3, [1.0, 2.0], []]
)
def test_signals_that_no_instrument_measures_are_refused(values) -> None:
    """Among them what a reader of another format once made of a Bruker RAW4 file: 1e-43 to 3e35 counts."""
    curve = Curve((Values("two_theta", np.arange(1.0, 4.0), "degree"),), (Values("counts", np.array(values)),))
    with pytest.raises(DataError):
        guarded(Recording("x_ray_diffraction", (curve,)), FILE)


def test_settings_that_no_instrument_has_are_refused() -> None:
    with pytest.raises(DataError, match="tube voltage is inf"):
        guarded(Recording("spectrum", (spectrum(),), {"tube_voltage": math.inf}), FILE)


def test_nothing_measured_is_an_error() -> None:
    with pytest.raises(DataError, match="holds no measurement"):
        guarded(Recording("spectrum", ()), FILE)


# ---------------------------------------------------------------------------------------------------------- recognising


def test_every_reader_has_a_name_of_its_own() -> None:
    names = [reader.name for reader in readers()]
    assert len(names) == len(set(names))
    assert all(reader.title and reader.name.isidentifier() for reader in readers())


@pytest.mark.parametrize("data", [b"\x00\x01\x02\x03" * 50, b"Dear diary,\ntoday nothing was measured.\n"])
def test_what_nobody_knows_is_refused_with_the_way_out(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(data)
    with pytest.raises(DataError, match="no reader knows this"):
        halodot.read(tmp_path / "x.csv")


def test_a_reader_that_fails_refuses_the_file() -> None:
    def fails(file: RawFile) -> Recording:
        raise KeyError("Voltage")

    with pytest.raises(DataError, match=r"sample.any: damaged, or a variant of A format .*KeyError: 'Voltage'"):
        recorded(FILE, Reader("a", "A format", lambda file: Match.NO, fails))


def test_a_reader_by_name_must_exist(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("1 2\n", encoding="utf-8")
    with pytest.raises(DataError, match="no reader 'unheard'"):
        halodot.read(tmp_path / "x", reader="unheard")


def test_odd_paths_are_refused(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "empty\nname'.txt").write_bytes(b"")
    os.mkfifo(tmp_path / "pipe")
    for name, message in (
        ("loop", "cannot be read|leads nowhere"),
        ("dangling", "leads nowhere"),
        ("absent", "no such file"),
        ("", "a folder"),
        ("empty\nname'.txt", r"empty\\nname.*the file is empty"),
        ("pipe", "no ordinary file"),
    ):
        with pytest.raises(DataError, match=message):
            open_raw(tmp_path / name)
    with pytest.raises(DataError):
        open_raw("a\0b")


# ------------------------------------------------------------------------------------------------------------ encodings


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_western_encodings(encoding: str) -> None:
    text = "Wellenlänge (nm)\tT (°C)\r\n400,5\t25 µm\r\n" * 20
    assert RawFile("x", text.encode(encoding)).lines[0] == "Wellenlänge (nm)\tT (°C)"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [("gb18030", "波长 (nm),吸光度\r\n400,0.5\r\n"), ("shift_jis", "波長 (nm),測定時間,ｶｳﾝﾄ\r\n400,1\r\n")],
)
def test_eastern_encodings(encoding: str, text: str) -> None:
    assert RawFile("x", (text * 20).encode(encoding)).lines[0] == text.splitlines()[0]


def test_binary_is_no_text() -> None:
    with pytest.raises(DataError, match="binary"):
        _ = RawFile("x", b"MZ\x90\x00\x03" * 100).lines


def test_nothing_is_read_past_the_end() -> None:
    file = RawFile("x", bytes(range(16)))
    assert file.unpack("<H", 0) == (256,)
    for offset, count in ((12, 4), (-4, 1), (0, 2**40), (0, -1)):
        with pytest.raises(DataError, match="byte"):
            file.array("<f4", count, offset)


# -------------------------------------------------------------------------------------------------------------- exports


def test_csv_is_read_back(tmp_path: Path) -> None:
    data = read(spectrum("A", quantity="intensity"), area=4e-6)
    (tmp_path / "out.csv").write_bytes(written(data, "csv"))
    found = read_columns(tmp_path / "out.csv")
    np.testing.assert_allclose(found.values("wavelength"), data["wavelength"], rtol=1e-14)
    np.testing.assert_array_equal(found.values("intensity"), data["intensity"])


def test_csv_of_several_curves_and_of_fractions_is_read_back(tmp_path: Path) -> None:
    first, second = (spectrum(label, quantity="transmittance") for label in ("A fwd", "Ni: survey"))
    (tmp_path / "out.csv").write_bytes(written(read(first, second), "csv"))
    head = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()[5]
    assert head == "wavelength (nm),transmittance (1) A fwd,transmittance (1) Ni: survey"
    again = [item for one in curves(halodot.read(tmp_path / "out.csv")) for item in one.values()]
    assert [item.attrs["quantity"] for item in again] == ["transmittance"] * 2


def test_a_sheet_takes_no_more_columns_than_a_workbook_holds() -> None:
    axes = (Values("y_pixel", np.arange(1.0), "1"), Values("x_pixel", np.arange(20_000.0), "1"))
    data = read(Curve(axes, (Values("image_intensity", np.zeros((1, 20_000)), "1"),)), kind="micrograph")
    with pytest.raises(InputError, match=r"16384 columns.* 20001; write it as csv or nc"):
        written(data, "xlsx")


def test_netcdf_keeps_numbers_units_and_settings() -> None:
    data = read(spectrum(), area=4e-6)
    with h5netcdf.File(io.BytesIO(written(data, "nc"))) as file:
        np.testing.assert_array_equal(file["counts"][...], data["counts"])
        assert file["wavelength"].attrs["units"] == "m"
        assert file.attrs["area"] == 4e-6


def test_excel_has_a_sheet_for_each_curve() -> None:
    book = load_workbook(io.BytesIO(written(read(spectrum("a/b"), spectrum("=1+1", 500.0)), "xlsx")))
    assert book.sheetnames == ["about", "1 a_b", "2 =1+1"]
    assert [cell.value for cell in book["1 a_b"][2]] == [400, 400]
    assert not any(cell.data_type == "f" for sheet in book for row in sheet for cell in row)


def test_images_become_a_matrix(tmp_path: Path) -> None:
    axes = (Values("y_position", np.array([0.0, 1.0]), "um"), Values("x_position", np.array([0.0, 1.0, 2.0]), "um"))
    data = read(Curve(axes, (Values("height", np.arange(6.0).reshape(2, 3), "nm"),)), kind="topography")
    lines = written(data, "csv").decode().splitlines()
    assert lines[-2:] == ["0,0,1,2", "1,3,4,5"]
    assert data["height"].dims == ("y_position", "x_position")


def test_the_best_match_wins_and_a_draw_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    weak = Reader("weak", "w", lambda file: Match.TABLE, lambda file: Recording("spectrum", (spectrum(),)))
    strong = Reader("strong", "s", lambda file: Match.LAYOUT, weak.read)
    monkeypatch.setattr("halodot.readers.recognise.readers", lambda: (weak, strong))
    assert recognised(FILE) is strong
    monkeypatch.setattr(
        "halodot.readers.recognise.readers", lambda: (strong, Reader("other", "o", strong.sniff, weak.read))
    )
    with pytest.raises(DataError, match="strong and other"):
        recognised(FILE)
