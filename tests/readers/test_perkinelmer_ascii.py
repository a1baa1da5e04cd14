"""PerkinElmer spectra as PEDS ASCII, written here from the description of the format."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from instrument_files import expected, real

from halodot import read
from halodot.errors import DataError


def written(path: Path, x: np.ndarray, y: np.ndarray, technique: str = "UV", **slots: str) -> Path:
    """Write a file of UV WinLab, FL WinLab or Spectrum; slots by their line: ``line_44="nm"``."""
    head = {1: f"PE {technique}       SUBTECH     SPECTRUM    ASCII       PEDS        4.00        ", 2: "   -1"}
    head |= {3: "QD film.Sample.Raw.asc", 4: "26/03/04", 5: "09:10:11.00", 6: "26/03/04", 7: "09:12:00.00"}
    head |= {8: "W. Weber", 9: "on glass", 12: "Lambda 950", 13: "950N1", 18: "860.8/2", 33: "860.8/0.2"}
    start = 60
    head |= {start: "#HDR", start + 1: "-1", start + 2: "-1", start + 3: "#GR", start + 4: "nm", start + 5: "A"}
    head |= {start + 6: "1.0", start + 7: "0.0", start + 8: f"{x[0]:.6f}", start + 9: f"{x[1] - x[0]:.6f}"}
    head |= {start + 10: str(len(x)), start + 11: "8", start + 12: f"{y.max():.6f}", start + 13: f"{y.min():.6f}"}
    head |= {start + 14: "#DATA"} | {int(key[5:]): text for key, text in slots.items()}
    lines = [head.get(place, "") for place in range(1, start + 15)]
    rows = [f"{one:.6f}\t{other:.6f}" for one, other in zip(x, y)]
    path.write_bytes("\r\n".join([*lines, *rows, ""]).encode("cp1252"))
    return path


X = np.arange(800.0, 399.0, -1.0)
Y = 0.4 + 0.3 * np.sin(X / 40.0)


def test_reads_an_absorption_spectrum(tmp_path: Path) -> None:
    found = read(written(tmp_path / "a.txt", X, Y))
    assert found.attrs["kind"] == "absorption"
    np.testing.assert_allclose(found["wavelength"], X * 1e-9, rtol=1e-14)  # descending, as measured
    np.testing.assert_allclose(found["absorbance"], Y, atol=5e-7)
    told = ("sample", "operator", "comment", "date", "instrument")
    assert [found.attrs[key] for key in told] == [
        "QD film",
        "W. Weber",
        "on glass",
        "2026-03-04T09:10:11",
        "PerkinElmer Lambda 950",
    ]
    assert found.attrs["bandwidth"] == pytest.approx(2e-9)
    assert found.attrs["integration_time"] == 0.2


def test_reads_transmittance_in_percent_and_wavenumbers(tmp_path: Path) -> None:
    found = read(written(tmp_path / "ir.txt", X * 5.0, 100.0 * Y, "IR", line_64="cm-1", line_65="%T"))
    assert found.attrs["kind"] == "infrared"
    np.testing.assert_allclose(found["wavenumber"], X * 500.0)
    np.testing.assert_allclose(found["transmittance"], Y, atol=1e-8)


@pytest.mark.parametrize(
    ("fixed", "kind", "word"),
    [
        ("365.00", "photoluminescence", "excitation_wavelength"),
        ("820.00", "excitation_spectrum", "emission_wavelength"),
    ],
)
def test_tells_emission_from_excitation_scans(tmp_path: Path, fixed: str, kind: str, word: str) -> None:
    slots = {"line_21": "LS55", "line_22": fixed, "line_23": "2.50", "line_24": "5.00", "line_65": ""}
    found = read(written(tmp_path / "fl.txt", X, 100.0 * Y, "FL", **slots))
    assert found.attrs["kind"] == kind
    assert found.attrs[word] == pytest.approx(float(fixed) * 1e-9)
    assert found.attrs["instrument"] == "PerkinElmer LS55"
    assert "intensity" in found


@pytest.mark.parametrize("cut", [200, 1000, -1, -3, -9, -30])
def test_refuses_a_file_that_is_cut_off(tmp_path: Path, cut: int) -> None:
    path = written(tmp_path / "cut.asc", X, Y)
    path.write_bytes(path.read_bytes().rstrip()[:cut])
    with pytest.raises(DataError, match=r"cut\.asc: line \d+: "):
        read(path)


@pytest.mark.parametrize(
    ("slots", "message"),
    [
        ({"line_65": "furlongs"}, "ordinate is 'furlongs'"),
        ({"line_64": "Kayser"}, "abscissa is 'Kayser'"),
        ({"line_70": "999"}, "999 points were expected, but there are 401"),
        ({"line_69": "-2.000000"}, "from its start and interval"),
        ({"line_72": "7.000000"}, "are stated"),
    ],
)
def test_refuses_what_contradicts_the_header(tmp_path: Path, slots: dict[str, str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(written(tmp_path / "odd.asc", X, Y, **slots))


@pytest.mark.parametrize("damage", ["0.5", "", "0.4123456789"])
def test_refuses_a_number_in_another_format_than_the_rest(tmp_path: Path, damage: str) -> None:
    path = written(tmp_path / "odd.asc", X, Y)
    lines = path.read_text(encoding="cp1252").splitlines()
    lines[200] = f"{lines[200].split()[0]}\t{damage}"
    path.write_text("\n".join([*lines, ""]), encoding="cp1252")
    with pytest.raises(DataError, match="line 201: a number with 6 decimals"):
        read(path)


@pytest.mark.parametrize("name", ["3DM_test01.Probe.Raw", "F4-P3HT 1-10 0,5 mgml.Probe.Raw", "KTF-D.Probe.Raw"])
def test_real_spectra_agree_with_another_reader(name: str) -> None:
    found = read(real(f"uvvis_perkinelmer_asc/{name}.asc"))
    told = expected(f"uvvis_perkinelmer_asc/{name}.asc")
    golden = json.loads(real(f"uvvis_perkinelmer_asc/{name}.json").read_text(encoding="utf-8"))
    percent = told["ordinate_type"] == "%T"
    signal = found["transmittance"] * 100.0 if percent else found["absorbance"]
    assert found.sizes["wavelength"] == told["n"]
    np.testing.assert_allclose(found["wavelength"].values[[0, -1]] * 1e9, [told["x_first"], told["x_last"]])
    stated = [told[key] for key in ("y_first", "y_last", "y_min", "y_max", "y_sum")]
    ours = [signal[0], signal[-1], signal.min(), signal.max(), signal.sum()]
    np.testing.assert_allclose(ours, stated, rtol=1e-9)
    assert found.attrs["sample"] == golden["sample_name"]
    assert found.attrs["date"] == golden["start_datetime"][:19]
    assert found.attrs["operator"] == golden["analyst_name"]
    assert found.attrs["instrument"] == f"PerkinElmer {golden['instrument_name']}"
    assert found.attrs["serial_number"] == golden["instrument_serial_number"]
    times = {float(item["value"]) for item in golden["detector_integration_time"]}
    assert found.attrs.get("integration_time") == (times.pop() if len(times) == 1 else None)


def test_real_quinine_solutions_fluoresce_in_proportion() -> None:
    concentration = np.array([0.10, 0.15, 0.25, 0.30])  # mg/L
    spectra = [read(real(f"fl_perkinelmer_ls50/flu{number}.txt")) for number in (2, 3, 5, 6)]
    for found in spectra:
        assert found.attrs["kind"] == "photoluminescence"
        np.testing.assert_allclose(found["wavelength"], np.arange(405.0, 495.1, 0.5) * 1e-9)
        assert found.attrs["excitation_wavelength"] == pytest.approx(350e-9)
    at_450 = np.array([found["intensity"].values[90] for found in spectra])
    assert np.corrcoef(concentration, at_450)[0, 1] > 0.999
