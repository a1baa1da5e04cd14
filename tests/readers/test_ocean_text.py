"""Ocean Optics text files, written here as the four programs write them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from instrument_files import real

from halodot import read
from halodot.errors import DataError

X = 200.0 + 0.37 * np.arange(300.0)
COUNTS = np.round(1500.0 + 900.0 * np.sin(X / 10.0))


def suite(path: Path, y: np.ndarray, comma: bool = False, layout: str = "{:.2f}\t{:.3f}", **changes: str) -> Path:
    """Write a file of SpectraSuite; lines of the header by their first word."""
    head = {
        "Date": "Date: Mon Jan 14 17:36:35 GMT 2008",
        "User": "User: W. Weber",
        "Dark": "Dark Spectrum Present: No",
        "Reference": "Reference Spectrum Present: No",
        "Spectrometers": "Spectrometers: USB4A00428",
        "Integration": "Integration Time (usec): 20000 (USB4A00428)",
        "Spectra": "Spectra Averaged: 50 (USB4A00428)",
        "Boxcar": "Boxcar Smoothing: 30 (USB4A00428)",
        "Electrical": "Correct for Electrical Dark: No (USB4A00428)",
        "Linearity": "Correct for Detector Non-linearity: Yes (USB4A00428)",
        "Number": f"Number of Pixels in Processed Spectrum: {len(X)}",
    } | changes
    rows = [layout.format(one, other) for one, other in zip(X, y)]
    rows = [row.replace(".", ",") for row in rows] if comma else rows
    lines = ["SpectraSuite Data File", "+" * 36, *head.values(), ">>>>>Begin Processed Spectral Data<<<<<", *rows]
    path.write_bytes("\r\n".join([*lines, ">>>>>End Processed Spectral Data<<<<<", ""]).encode())
    return path


def view(path: Path, y: np.ndarray, comma: bool = False, pixels: int = len(X)) -> Path:
    """Write a file of OceanView, with its mixed line ends."""
    head = ["Data from film_1 Node", "\rDate: Thu Jan 05 16:23:29 CET 2017", "User: Titta", "Spectrometer: MAYP1"]
    head += ["Trigger mode: 0", "Integration Time (sec): 2.5E-1", "Scans to average: 3", "Boxcar width: 4"]
    head += ["Electric dark correction enabled: true", "Nonlinearity correction enabled: false"]
    head += ["XAxis mode: Wavelengths", f"Number of Pixels in Spectrum: {pixels}", ">>>>>Begin Spectral Data<<<<<"]
    text = "\n".join(head) + "\n" + "".join(f"{one:.3f}\t{other:g}\r\n" for one, other in zip(X, y))
    path.write_bytes((text.replace("2.5E-1", "2,5E-1").replace(".", ",") if comma else text).encode())
    return path


@pytest.mark.parametrize("comma", [False, True])
def test_reads_counts_of_spectrasuite(tmp_path: Path, comma: bool) -> None:
    found = read(suite(tmp_path / "a.b", COUNTS, comma))
    np.testing.assert_allclose(found["wavelength"], np.round(X, 2) * 1e-9)
    np.testing.assert_array_equal(found["counts"], COUNTS)
    told = ("integration_time", "scans", "boxcar", "dark_corrected", "nonlinearity_corrected")
    assert [found.attrs[key] for key in told] == [0.02, 50.0, 30.0, 0.0, 1.0]
    assert found.attrs["date"] == "2008-01-14T17:36:35+00:00"
    assert found.attrs["instrument"] == "Ocean Optics USB4000"


@pytest.mark.parametrize(
    ("label", "seconds"), [("usec): 500", 5e-4), ("msec): 500", 0.5), ("sec): 5.0E-1", 0.5), ("µs): 500", 5e-4)]
)
def test_reads_the_unit_of_the_integration_time(tmp_path: Path, label: str, seconds: float) -> None:
    found = read(suite(tmp_path / "a.txt", COUNTS, Integration=f"Integration Time ({label} (USB4A00428)"))
    assert found.attrs["integration_time"] == pytest.approx(seconds)


def test_reads_spanish_and_japanese_headers(tmp_path: Path) -> None:
    spanish = suite(
        tmp_path / "es.txt",
        COUNTS,
        True,
        Date="Fecha: Mon Jan 14 17:36:35 GMT 2008",
        Spectrometers="Espectrómetros: USB4A00428",
        Integration="Tiempo de integración (usec): 30000 (USB4A00428)",
        Spectra="Promedio de Espectros Hechos un: 5 (USB4A00428)",
        Number=f"Número de Pixels en Espectro Procesado: {len(X)}",
    )
    text = spanish.read_text(encoding="utf-8").replace(
        ">>>>>Begin Processed Spectral Data<<<<<", ">>>>> Comienza Data<<<<< Espectral Procesado Del EL"
    )
    spanish.write_text(
        text.replace(">>>>>End Processed Spectral Data<<<<<", ">>>>> Data<<<<< Espectral"), encoding="utf-8"
    )
    found = read(spanish)
    assert [found.attrs[key] for key in ("integration_time", "scans", "serial_number")] == [0.03, 5.0, "USB4A00428"]
    japanese = suite(
        tmp_path / "ja.txt",
        COUNTS,
        Spectra="ｽﾍﾟｸﾄﾙ平均: 5 (USB4F06998)",
        Electrical="暗電流補正: はい (USB4F06998)",
        Number=f"処理済みｽﾍﾟｸﾄﾙﾋﾟｸｾﾙ数: {len(X)}",
    )
    for encoding in ("utf-8", "shift_jis", "utf-16"):
        japanese.write_bytes(japanese.read_text(encoding="utf-8").encode(encoding))
        found = read(japanese)
        assert found.attrs["scans"] == 5.0
        assert found.attrs["dark_corrected"] == 1.0
        japanese.write_text(japanese.read_text(encoding=encoding), encoding="utf-8")


def test_knows_absolute_irradiance_of_spectrasuite_by_its_exponents(tmp_path: Path) -> None:
    signal = np.where((X > 220.0) & (X < 300.0), 10.0 * COUNTS, 0.0)
    found = read(suite(tmp_path / "i.txt", signal, True, "{:.2f}\t{:.4E}", Dark="Dark Spectrum Present: Yes"))
    assert found.attrs["kind"] == "irradiance"
    assert found.attrs["notes"]
    np.testing.assert_allclose(found["spectral_irradiance"], signal * 1e7)  # uW/cm2/nm is 1e7 W/m2/m


def test_a_signal_less_its_dark_or_over_a_reference_is_no_count(tmp_path: Path) -> None:
    found = read(suite(tmp_path / "d.txt", COUNTS / 3.0 - 100.0, Dark="Dark Spectrum Present: Yes"))
    assert "does not say" in found.attrs["notes"]
    np.testing.assert_allclose(found["intensity"], COUNTS / 3.0 - 100.0, atol=6e-4)


@pytest.mark.parametrize("comma", [False, True])
def test_reads_oceanview(tmp_path: Path, comma: bool) -> None:
    found = read(view(tmp_path / "v.txt", COUNTS - 2000.0, comma))
    np.testing.assert_allclose(found["wavelength"], np.round(X, 3) * 1e-9)
    np.testing.assert_array_equal(found["intensity"], COUNTS - 2000.0)
    assert found.attrs["integration_time"] == 0.25
    assert found.attrs["date"] == "2017-01-05T16:23:29+01:00"
    assert (found.attrs["software"], found.attrs["title"]) == ("OceanView", "film_1")
    assert (found.attrs["dark_corrected"], found.attrs["nonlinearity_corrected"]) == (1.0, 0.0)


def test_reads_whole_counts_and_spliced_spectra_of_oceanview(tmp_path: Path) -> None:
    found = read(view(tmp_path / "v.txt", COUNTS, pixels=256))
    np.testing.assert_array_equal(found["counts"], COUNTS)
    assert "spliced" in found.attrs["notes"]


def test_reads_a_time_series_of_oceanview(tmp_path: Path) -> None:
    head = view(tmp_path / "v.txt", COUNTS).read_text(encoding="utf-8").split("<<<<<\n")[0] + "<<<<<\n"
    spectra = COUNTS + 10.0 * np.arange(4.0)[:, None]
    for stamps in ("{0}\t{1}\t", "2026-03-04 12:00:0{2}.500000\t"):
        rows = ["\t" + "\t".join(f"{x:.3f}" for x in X)]
        for place, spectrum in enumerate(spectra):
            stamp = stamps.format(f"12:00:0{place}", 1_700_000_000_000 + 1000 * place, place)
            rows.append(stamp + "\t".join(f"{y:g}" for y in spectrum))
        path = tmp_path / "series.txt"
        path.write_text(head + "\n".join([*rows, ""]), encoding="utf-8", newline="")
        found = read(path)
        np.testing.assert_allclose(found["time"], np.arange(4.0))
        np.testing.assert_array_equal(found["counts"], spectra)


def test_reads_columns_of_jaz_and_its_irradiance(tmp_path: Path) -> None:
    head = ["Date: Mon Apr 25 12:35:31 2016", "Spectrometers: JAZA3098", "Integration Time (usec): 911000 (JAZA3098)"]
    head += [f"Number of Pixels in Processed Spectrum: {len(X)}", ">>>>>Begin Processed Spectral Data<<<<<"]
    rows = [f"{x:f}\t{100.0:f}\t{y:f}\t{y / 7.0:f}" for x, y in zip(X, COUNTS)]
    for title, quantity, factor in (
        ("Jaz Data File", "intensity_processed", 1.0),
        ("Jaz Absolute Irradiance File", "spectral_irradiance", 1e7),
    ):
        path = tmp_path / "a.jaz"
        lines = [title, "+" * 36, *head, "W\tD\tS\tP", *rows, ">>>>>End Processed Spectral Data<<<<<", ""]
        path.write_text("\n".join(lines), encoding="utf-8")
        found = read(path)
        np.testing.assert_allclose(found[quantity], COUNTS / 7.0 * factor, rtol=1e-5)
        assert np.all(found["counts_dark"] == 100.0)
        assert found.attrs["date"] == "2016-04-25T12:35:31"
        assert found.attrs["integration_time"] == pytest.approx(0.911)


def test_reads_ooibase32(tmp_path: Path) -> None:
    head = ["OOIBase32 Version 2.0.0.5 Data File", "+" * 36, "Date: 03-04-2014, 15:00:04", "User: Weber"]
    head += ["Spectrometer Serial Number: S2A", "Spectrometer Channel: Master", "Integration Time (msec): 5000"]
    head += ["Correct for Electrical Dark: Enabled", "Spectrometer Type: S2000", f"Number of Pixels in File: {len(X)}"]
    rows = [f"{x:.2f}\t{y:.3f}" for x, y in zip(X, COUNTS)]
    path = tmp_path / "1.Master.Scope"
    lines = [*head, "Graph Title:", ">>>>>Begin Spectral Data<<<<<", *rows, ">>>>>End Spectral Data<<<<<", ""]
    path.write_text("\r\n".join(lines), encoding="utf-8")
    found = read(path)
    np.testing.assert_array_equal(found["counts"], COUNTS)
    assert found.attrs["integration_time"] == 5.0
    assert found.attrs["date"] == "2014-03-04T15:00:04"  # month first in this program
    assert (found.attrs["instrument"], found.attrs["serial_number"]) == ("Ocean Optics S2000", "S2A")
    assert found.attrs["dark_corrected"] == 1.0


@pytest.mark.parametrize("writer", [suite, view])
@pytest.mark.parametrize("cut", [300, 1500, -60, -41, -3, -1])
def test_refuses_a_file_that_is_cut_off(tmp_path: Path, writer: object, cut: int) -> None:
    path = writer(tmp_path / "cut.txt", COUNTS)  # type: ignore[operator]
    path.write_bytes(path.read_bytes().rstrip()[:cut])
    with pytest.raises(DataError, match=r"cut\.txt: "):
        read(path)


def test_refuses_mixed_decimal_marks_and_words(tmp_path: Path) -> None:
    path = suite(tmp_path / "a.txt", COUNTS)
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"240.70", b"240,70"))
    with pytest.raises(DataError, match="behind a comma here and behind a point in line"):
        read(path)
    path.write_bytes(whole.replace(b"240.70", b"240.7O"))
    with pytest.raises(DataError, match=r"a number was expected, not '240\.7O'"):
        read(path)


@pytest.mark.parametrize(
    ("name", "points", "first", "last", "seconds"),
    [
        ("OOusb4000.txt", 3648, (178.65, 0.0), (888.37, -12.792), 0.02),
        ("OceanView.txt", 2389, (187.92, 18.995), (2116.5, 4.6991), 0.02),
        ("SPECTRUM0000.jaz", 2048, (190.313904, 0.0), (892.611511, 1658.713501), 0.911),
        ("oo-spectrum-comma.SSIrrad", 1044, (199.08, 0.0), (998.61, 0.0), 0.1),
        ("testscanPC_MAYP1127851_00001.txt", 2068, (198.408, 849.0), (1115.677, 2.0), 2.0),
        ("testscan_MAYP1127851_00001.txt", 2068, (198.408, 846.83), (1115.677, 3.83), 2.0),
        ("testscandark_MAYP1127851_00001.txt", 2068, (198.408, 853.5), (1115.677, 2.5), 2.0),
    ],
)
def test_real_files_hold_what_stands_in_them(
    name: str, points: int, first: tuple[float, float], last: tuple[float, float], seconds: float
) -> None:
    found = read(real(f"ocean_optics/{name}"))
    signal = next(iter(found.data_vars.values()))
    scale = 1e7 if signal.name == "spectral_irradiance" else 1.0
    assert found.sizes == {"wavelength": points}
    ends = np.column_stack([found["wavelength"].values[[0, -1]] * 1e9, signal.values[[0, -1]] / scale])
    np.testing.assert_allclose(ends, [first, last], rtol=1e-12)
    assert found.attrs["integration_time"] == pytest.approx(seconds)


def test_real_commas_and_points_are_the_same_spectrum() -> None:
    comma, point = (read(real(f"ocean_optics/{name}")) for name in ("oo-spectrum-comma.SSIrrad", "spectrum.txt"))
    np.testing.assert_array_equal(comma["spectral_irradiance"], point["spectral_irradiance"])
    assert comma.attrs["date"] == "2013-05-06T15:13:40+02:00"
