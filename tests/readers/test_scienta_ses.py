"""Spectra of Scienta analysers: text written here, and a wave whose numbers the maker's text export repeats."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from instrument_files import real
from test_igor_wave import version_5

from halodot.errors import DataError
from halodot.readers import curves, read

INFO = """Lens Mode=Transmission
Pass Energy=50
Number of Sweeps=2
Excitation Energy=520
Step Time=203
Instrument=R3000
User=AN
Sample=Ag
Comments=;
Date=2023-03-08
Time=15:24:35
"""
ENERGIES = [382.0, 381.95, 381.9, 381.85]


def written(
    path: Path, energy: str = "Binding", angles: Sequence[float] = (), steps: int = 0, regions: int = 1
) -> Path:
    """Return a text of regions whose number at energy i, angle j, step k is 100 i + 10 j + k."""
    lines = ["[Info]", f"Number of Regions={regions:04d}", "Version=1.3.1", ""]
    for region in range(1, regions + 1):
        lines += [f"[Region {region}]", f"Region Name=Ag3d {region}"]
        named = [(f"{energy} Energy [eV]", ENERGIES)]
        named += [("Y-Scale [deg]", angles)] if angles else []
        named += [("Tilt [deg]", range(steps))] if steps else []
        for place, (name, scale) in enumerate(named, 1):
            texts = " ".join(f"{value:g}" for value in scale)
            lines += [
                f"Dimension {place} name={name}",
                f"Dimension {place} size={len(scale)}",
                f"Dimension {place} scale={texts}",
            ]
        lines += ["", f"[Info {region}]", INFO, f"[Run Mode Information {region}]", ""]
        for step in range(steps or 1):
            lines += [f"[Data {region}:{step + 1}]" if steps else f"[Data {region}]"]
            for i, x in enumerate(ENERGIES):
                row = [100.0 * i + 10.0 * j + step for j in range(len(angles) or 1)]
                lines.append("".join(f" {value:.14E}" for value in (x, *row)))
            lines.append("")
    path.write_text("\n".join(lines), encoding="ascii")
    return path


@pytest.mark.parametrize("energy", ["Binding", "Kinetic"])
def test_reads_a_spectrum(tmp_path: Path, energy: str) -> None:
    data = read(written(tmp_path / "a", energy))
    np.testing.assert_allclose(data[f"{energy.lower()}_energy"], ENERGIES)
    np.testing.assert_array_equal(data["counts"], [0, 100, 200, 300])
    wanted = {"photon_energy": 520.0, "pass_energy": 50.0, "scans": 2.0, "date": "2023-03-08T15:24:35", "sample": "Ag"}
    assert {key: data.attrs[key] for key in wanted} == wanted
    assert data.attrs["integration_time"] == pytest.approx(0.203)


def test_reads_angles_steps_and_regions(tmp_path: Path) -> None:
    data = read(written(tmp_path / "a", angles=(-1.0, 0.0, 1.0), steps=2))
    assert data["counts"].dims == ("binding_energy", "angle", "angle_3")
    assert data["counts"].values[2, 1, 1] == 211.0
    np.testing.assert_allclose(data["angle"], np.deg2rad([-1.0, 0.0, 1.0]))
    assert [one.attrs["curve"] for one in curves(read(written(tmp_path / "b", regions=2)))] == ["Ag3d 1", "Ag3d 2"]


def test_refuses_a_file_cut_off_anywhere(tmp_path: Path) -> None:
    data = written(tmp_path / "whole").read_bytes().rstrip(b"\n")
    for kept in [*range(20, len(data), 17), len(data) - 1]:
        (tmp_path / "cut").write_bytes(data[:kept])
        with pytest.raises(DataError):
            read(tmp_path / "cut", reader="scienta_text")


def test_refuses_rows_that_do_not_lie_on_the_scale(tmp_path: Path) -> None:
    path = written(tmp_path / "a")
    path.write_bytes(path.read_bytes().replace(b"3.81900000000000E+02", b"3.91900000000000E+02"))
    with pytest.raises(DataError, match=r"381\.9 eV was expected in this row, not 391\.9"):
        read(path)
    path = written(tmp_path / "b", energy="Strange")
    with pytest.raises(DataError, match="first dimension is 'Strange Energy"):
        read(path)


def test_a_real_wave_holds_what_the_text_export_of_the_same_spectrum_says() -> None:
    data = read(real("xps_other/Ag_0001Ag__001.ibw"))
    assert data.sizes == {"binding_energy": 361}
    np.testing.assert_allclose(data["binding_energy"].values[[0, 1, -1]], [382.0, 381.95, 364.0], rtol=1e-12)
    np.testing.assert_allclose(
        data["intensity"].values[:3], [15.7494897842407, 16.4413099288940, 15.5735635757446], rtol=1e-14
    )
    assert data.attrs["instrument"] == "Scienta R3000-6MS014"
    peak = data["binding_energy"].values[data["intensity"].values.argmax()]
    assert peak == pytest.approx(368.3, abs=2.0)  # Ag 3d5/2 of silver; the photon energy is not calibrated


def test_reads_a_wave(tmp_path: Path) -> None:
    note = ("[SES]\n" + INFO).replace("\n", "\r").encode()
    path = tmp_path / "wave"
    path.write_bytes(version_5(np.arange(1.0, 21.0, dtype="f4"), note=note))
    found = read(path)
    assert found.attrs["reader"] == "scienta_igor"
    np.testing.assert_allclose(found["kinetic_energy"], -2.0 + 0.5 * np.arange(20))
    np.testing.assert_array_equal(found["intensity"] if "intensity" in found else found["counts"], np.arange(1.0, 21.0))
    assert found.attrs["pass_energy"] == 50.0
    assert found.attrs["photon_energy"] == 520.0
    assert found.attrs["integration_time"] == pytest.approx(0.203)
