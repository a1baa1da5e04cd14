"""Spectra and maps of LabSpec as text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from halodot import read
from halodot.errors import DataError
from halodot.readers import curves

HEAD = {
    "Acq. time (s)": "2.5",
    "Accumulations": "3",
    "Dark correction": "Off",
    "Instrument": "LabRAM HR Evol",
    "Detector": "Synapse",
    "Objective": "x100",
    "Grating": "1800 gr/mm",
    "Laser": "532.14nm_Edge",
    "Hole": "200.015",
    "Full time(mm:ss)": "1:07",
    "Date": "10.12.2019 10:16",
    "Acquired": "10.12.2019 10:16:02",
}
UNITS = {"AxisType[0]": "Intens", "AxisUnit[0]": "Cnt", "AxisType[1]": "Spectr", "AxisUnit[1]": "1/cm"}
POINTS = np.array([100.5, 101.75, 103.0, 104.25])


def written(path: Path, rows: list[str], **settings: str) -> Path:
    head = [f"#{key}=\t{text}" for key, text in (HEAD | settings).items()]
    path.write_text("\r\n".join([*head, *rows, ""]), encoding="cp1252", newline="")
    return path


def test_reads_a_spectrum_and_its_settings(tmp_path: Path) -> None:
    rows = [f"{x}\t{k * 10}" for k, x in enumerate(POINTS)]
    found = read(written(tmp_path / "any.ending", rows, **UNITS))
    assert found.attrs["kind"] == "raman"
    np.testing.assert_allclose(found["raman_shift"], POINTS * 100.0)
    np.testing.assert_array_equal(found["counts"], [0, 10, 20, 30])
    assert found.attrs["integration_time"] == 2.5
    assert found.attrs["scans"] == 3.0
    assert found.attrs["acquisition_time"] == 67.0
    assert found.attrs["excitation_wavelength"] == pytest.approx(532.14e-9)
    assert found.attrs["slit_width"] == pytest.approx(200.015e-6)
    assert found.attrs["date"] == "2019-12-10T10:16:02"


def test_reads_a_map_whose_second_coordinate_runs_fastest(tmp_path: Path) -> None:
    x, y = (3.5, -1.5), (0.0, 2.0, 4.0)
    rows = ["\t\t" + "\t".join(map(str, POINTS))]
    rows += [
        f"{a}\t{b}\t" + "\t".join(str(100 * i + 10 * j + k) for k in range(4))
        for i, a in enumerate(x)
        for j, b in enumerate(y)
    ]
    stage = {"AxisType[2]": "XA", "AxisUnit[2]": "µm", "AxisType[3]": "YA", "AxisUnit[3]": "µm"}
    found = read(written(tmp_path / "map.txt", rows, **UNITS, **stage))
    assert found["counts"].dims == ("x_position", "y_position", "raman_shift")
    np.testing.assert_allclose(found["x_position"], [3.5e-6, -1.5e-6])
    assert found["counts"].values[1, 2, 3] == 123


def test_reads_a_series_and_places_without_a_grid(tmp_path: Path) -> None:
    rows = ["\t" + "\t".join(map(str, POINTS)), "0.0\t1\t2\t3\t4", "1.5\t5\t6\t7\t8"]
    found = read(written(tmp_path / "series.txt", rows, **UNITS))
    assert found["counts"].dims == ("time", "raman_shift")
    rows = ["\t\t" + "\t".join(map(str, POINTS)), "0\t0\t1\t2\t3\t4", "1\t1\t5\t6\t7\t8"]
    _, second = curves(read(written(tmp_path / "places.txt", rows, **UNITS)))
    np.testing.assert_array_equal(second["counts"], [5, 6, 7, 8])


@pytest.mark.parametrize(
    ("points", "settings", "axis"),
    [
        ((500.5, 501.5, 502.5), {"Range (nm)": "500...503"}, "wavelength"),
        ((500.5, 501.5, 502.5), {"Spectro (cm-1)": "501"}, "raman_shift"),
        ((-50.5, 501.5, 902.5), {}, "raman_shift"),
        ((500.5, 501.5, 502.5), {}, ""),
        ((1.5, 1.6, 1.7), {"AxisUnit[1]": "eV"}, "photon_energy"),
    ],
)
def test_knows_the_unit_or_refuses(
    tmp_path: Path, points: tuple[float, ...], settings: dict[str, str], axis: str
) -> None:
    path = written(tmp_path / "unit.txt", [f"{x}\t7.5" for x in points], **settings)
    if axis:
        assert read(path)["intensity"].dims == (axis,)
    else:
        with pytest.raises(DataError, match="does not say whether its axis is in nm or 1/cm"):
            read(path)


@pytest.mark.parametrize("cut", [4, 9, 18])
def test_refuses_a_map_that_is_cut_off(tmp_path: Path, cut: int) -> None:
    rows = ["\t\t" + "\t".join(map(str, POINTS)), "0\t0\t11.5\t21.5\t31.5\t41.5", "0\t1\t51.5\t61.5\t71.5\t81.5"]
    path = written(tmp_path / "cut.txt", rows, **UNITS)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) - cut])
    with pytest.raises(DataError, match=r"cut\.txt: line \d+: .*(cut off|expected)"):
        read(path)
