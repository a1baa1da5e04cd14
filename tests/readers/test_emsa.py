"""Spectra of electron microscopes as text (EMSA/MAS)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from halodot import read
from halodot.errors import DataError

HEAD = """#FORMAT      : EMSA/MAS Spectral Data File
#VERSION     : 1.0
#TITLE       : film
#DATE        : 12-OCT-1991
#TIME        : 17:05
#OWNER       : Ada
#NPOINTS     : {points}.
#NCOLUMNS    : {columns}.
#XUNITS      : {unit}
#YUNITS      : counts
#DATATYPE    : {kind}
#XPERCHAN    : 0.01
#OFFSET      : -0.02
#SIGNALTYPE  : {signal}
#BEAMKV   -kV: 20.0
#LIVETIME -s : 120.0
#REALTIME -s : 138.3
##OXINSTELEMS: 6,92
#SPECTRUM    : Spectral Data Starts Here
"""


def written(path: Path, rows: str, **changes: object) -> Path:
    words = {"points": 5, "columns": 1, "unit": "keV", "kind": "Y", "signal": "EDS"} | changes
    path.write_text(HEAD.format(**words) + rows + "#ENDOFDATA   : \n", encoding="ascii")
    return path


@pytest.mark.parametrize("rows", ["0.,\n4.,\n3.,\n9.,\n1.,\n", "0, 4, 3\n9, 1\n", "0.0\n4.0\n3.0\n9.0\n1.0\n"])
def test_reads_channels_in_turn(tmp_path: Path, rows: str) -> None:
    found = read(written(tmp_path / "a", rows, columns=3))
    np.testing.assert_allclose(found["x_ray_energy"], [-20.0, -10.0, 0.0, 10.0, 20.0], atol=1e-9)  # eV
    np.testing.assert_array_equal(found["counts"], [0, 4, 3, 9, 1])
    assert found.attrs["kind"] == "x_ray_emission"
    assert (found.attrs["date"], found.attrs["operator"]) == ("1991-10-12T17:05:00", "Ada")
    assert (found.attrs["tube_voltage"], found.attrs["integration_time"], found.attrs["acquisition_time"]) == (
        20e3,
        120.0,
        138.3,
    )


def test_times_of_an_energy_loss_are_milliseconds(tmp_path: Path) -> None:
    path = written(tmp_path / "a", "200.0, 3.5\n205.0, 8.25\n", points=2, kind="XY", unit="eV", signal="ELS")
    text = path.read_text(encoding="ascii").replace("#LIVETIME -s : 120.0", "#INTEGTIME -ms: 250.0")
    path.write_text(text, encoding="ascii")
    assert read(path).attrs["integration_time"] == pytest.approx(0.25)


def test_reads_pairs_and_other_signals(tmp_path: Path) -> None:
    rows = "200.0, 3.5\n205.0, 8.25\n"
    found = read(written(tmp_path / "a", rows, points=2, kind="XY", unit="eV", signal="ELS"))
    np.testing.assert_allclose(found["energy_loss"], [200.0, 205.0])
    np.testing.assert_allclose(found["intensity"], [3.5, 8.25])
    assert found.attrs["kind"] == "energy_loss"
    light = read(written(tmp_path / "b", rows, points=2, kind="XY", unit="nm", signal="CLS"))
    np.testing.assert_allclose(light["wavelength"], [200e-9, 205e-9])


@pytest.mark.parametrize(
    ("rows", "changes", "message"),
    [
        ("0\n4\n3\n9\n", {}, "NPOINTS states 5, the spectrum has 4"),
        ("0\n4\n3\nx\n1\n", {}, "line 23: numbers were expected"),
        ("0\n4\n3\n9\n1\n", {"unit": "parsec"}, "eV, keV or nm"),
        ("0\n4\n3\n9\n1\n", {"kind": "YY"}, "save them singly"),
    ],
)
def test_refuses_damaged_spectra(tmp_path: Path, rows: str, changes: dict[str, object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(written(tmp_path / "a", rows, **changes))


def test_refuses_a_text_that_is_cut_off(tmp_path: Path) -> None:
    path = written(tmp_path / "a", "0\n4\n3\n9\n1\n")
    data = path.read_bytes()
    for kept in range(50, data.index(b"#ENDOFDATA"), 7):
        path.write_bytes(data[:kept])
        with pytest.raises(DataError):
            read(path)
