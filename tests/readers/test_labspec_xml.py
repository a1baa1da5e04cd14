"""Spectra and maps of LabSpec as XML."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from instrument_files import expected, real

from halodot import read
from halodot.errors import DataError

AXIS = np.array([812.345, 811.0, 809.4, 807.75, 806.125])


def listed(values: np.ndarray) -> str:
    return f'<LSX Format="6" ID="0x7D6CD4DB" Size="{len(values)}">' + " ".join(f"{v:g}" for v in values) + "</LSX>"


def axis(name: str, label: str, unit: str, values: np.ndarray) -> str:
    limits = f'<LSX ID="0x0">{values.min():.6g}</LSX><LSX ID="0x1">{values.max():.6g}</LSX>'
    return (
        f'<LSX Format="9" ID="{name}" Size="4">{listed(values)}<LSX ID="0x6D707974">{label}</LSX>'
        f'<LSX ID="0x7C696E75">{unit}</LSX><LSX ID="0x6D6174E3"><LSX ID="0x696DDCE0">{limits}</LSX></LSX></LSX>'
    )


def written(
    path: Path, rows: np.ndarray, *, unit: str = "nm", signal: str = "Cnt", outer: str = "", **settings: str
) -> Path:
    """Write a file as LabSpec does, with a row for each spectrum."""
    settings = {"Acq. time (s)": "0.5", "Accumulations": "3", "Acquired": "27.06.2022 16:26:24"} | settings
    items = "".join(
        f'<LSX><LSX ID="0x6D6D616E">{key}</LSX><LSX ID="0x7D6C61DB">{text}</LSX></LSX>'
        for key, text in settings.items()
    )
    behind = '<LSX ID="0x7D6C61DB">633</LSX><LSX ID="0x8736F70">632.817</LSX>'
    laser = f'<LSX><LSX ID="0x6D6D616E">Laser (nm)</LSX>{behind}</LSX>'
    matrix = "".join(
        f'<LSX_Row Index="{k}" Size="{len(row)}">{" ".join(f"{v:g}" for v in row)}</LSX_Row>'
        for k, row in enumerate(rows)
    )
    intensity = f'<LSX ID="0x0"><LSX ID="0x6D707974">Intens</LSX><LSX ID="0x7C696E75">{signal}</LSX></LSX>'
    path.write_text(
        f'<?xml version="1.0" encoding="UTF-8"?>\n<LSX_Data><LSX_Tree><LSX ID="0x6C7469D9">map</LSX>'
        '<LSX ID="0x7A74D9D6">'
        f'<LSX ID="0x7B697861">{intensity}{axis("0x1", "Spectr", unit, AXIS)}{outer}</LSX></LSX>'
        f'<LSX ID="0x6C62D4D9"><LSX>{items}{laser}</LSX></LSX></LSX_Tree>'
        f'<LSX_Matrix Size="{len(rows)}">{matrix}</LSX_Matrix></LSX_Data>',
        encoding="utf-8",
    )
    return path


def test_reads_a_spectrum_in_its_own_order(tmp_path: Path) -> None:
    counts = np.array([[7.0, 9.0, 30.0, 11.0, 6.0]])
    found = read(written(tmp_path / "any.ending", counts))
    assert found.attrs["kind"] == "photoluminescence"
    np.testing.assert_allclose(found["wavelength"], AXIS * 1e-9, rtol=1e-12)
    np.testing.assert_array_equal(found["counts"], counts[0])
    assert found.attrs["integration_time"] == 0.5
    assert found.attrs["scans"] == 3.0
    assert found.attrs["excitation_wavelength"] == pytest.approx(632.817e-9)
    assert found.attrs["date"] == "2022-06-27T16:26:24"


def test_reads_a_map_whose_first_axis_runs_fastest(tmp_path: Path) -> None:
    x, y = np.array([-1.0, 0.5, 2.0]), np.array([3.0, 5.0])
    rows = np.arange(30.0).reshape(6, 5)
    outer = axis("0x2", "X", "µm", x) + axis("0x3", "Y", "µm", y)
    found = read(written(tmp_path / "map.xml", rows, outer=outer))
    assert found["counts"].dims == ("y_position", "x_position", "wavelength")
    np.testing.assert_array_equal(found["counts"].values[1, 2], rows[5])
    np.testing.assert_array_equal(found["counts"].values[0, 1], rows[1])
    np.testing.assert_allclose(found["x_position"], x * 1e-6)


def test_reads_a_line_beside_an_axis_of_one_point(tmp_path: Path) -> None:
    outer = axis("0x2", "X", "µm", np.array([4.0])) + axis("0x3", "Y", "µm", np.array([0.0, 1.0]))
    found = read(written(tmp_path / "line.xml", np.ones((2, 5)), outer=outer))
    assert found["counts"].dims == ("y_position", "wavelength")


@pytest.mark.parametrize(
    ("unit", "name", "kind", "first"),
    [
        ("1/cm", "raman_shift", "raman", 81234.5),
        ("1/cm abs", "wavenumber", "photoluminescence", 81234.5),
        ("meV", "photon_energy", "photoluminescence", 0.812345),
    ],
)
def test_tells_axes_apart(tmp_path: Path, unit: str, name: str, kind: str, first: float) -> None:
    found = read(written(tmp_path / "axis.xml", np.ones((1, 5)), unit=unit))
    assert found.attrs["kind"] == kind
    assert found[name].values[0] == pytest.approx(first)


@pytest.mark.parametrize(
    ("signal", "settings", "quantity"),
    [
        ("Cnt/sec", {}, "count_rate"),
        ("Cnt", {"Dark correction": "On"}, "intensity"),
        ("Cnt/sec", {"ICS correction": "On"}, "intensity"),
        ("a.u.", {}, "intensity"),
    ],
)
def test_calls_counts_only_what_was_counted(
    tmp_path: Path, signal: str, settings: dict[str, str], quantity: str
) -> None:
    found = read(written(tmp_path / "signal.xml", np.ones((1, 5)), signal=signal, **settings))
    assert list(found.data_vars) == [quantity]


def test_refuses_what_its_own_numbers_contradict(tmp_path: Path) -> None:
    path = written(tmp_path / "short.xml", np.ones((1, 5)))
    text = path.read_text(encoding="utf-8")
    for old, new in (
        ('Size="5">812.345', 'Size="5">'),
        ("812.345</LSX>", "912.345</LSX>"),
        ("nm<", "furlong<"),
        ("1 1 1", "1 nan 1"),
    ):
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(DataError, match=r"short\.xml"):
            read(path)
    path.write_text(text[: len(text) // 2], encoding="utf-8")
    with pytest.raises(DataError, match="no whole XML document"):
        read(path)


@pytest.mark.parametrize("name", ["", "_3s_cm-1", "_3s_counts", "_3s_eV", "_range"])
def test_reads_real_spectra_as_another_program_does(name: str) -> None:
    path = f"pl_horiba_labspec/jobinyvon_test_spec{name}.xml"
    found = read(real(path))
    other = expected(path)
    signal = next(iter(found.data_vars.values()))
    assert list(signal.shape) == other["shape"]
    assert signal.values.min() == other["min"]
    assert signal.values.mean() == pytest.approx(other["mean"], rel=1e-12)
    assert signal.values.std() == pytest.approx(other["std"], rel=1e-12)
    names = {"Wavelength": "wavelength", "Raman Shift": "raman_shift", "Energy": "photon_energy"}
    assert signal.dims == (names[other["axes"][0]["name"]],)
    assert (signal.name == "counts") == ("counts" in name)


def test_a_line_across_x_and_y_runs_along_its_distance(tmp_path: Path) -> None:
    outer = axis("0x2", "XA", "µm", np.array([0.0, 3.0, 6.0])) + axis("0x3", "YA", "µm", np.array([1.0, 5.0, 9.0]))
    found = read(written(tmp_path / "across.xml", np.ones((3, 5)), outer=outer))
    np.testing.assert_allclose(found["position"], [0.0, 5e-6, 10e-6])
