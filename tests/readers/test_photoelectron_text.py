"""Text exports of photoelectron spectra: CasaXPS, columns of LG4X, dumps of Avantage."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from instrument_files import real

from halodot.errors import DataError
from halodot.readers import curves, read

ENERGIES = np.linspace(736.61, 746.61, 21)  # kinetic, eV


def casa(fitted: bool = True, time: float = 2.0) -> str:
    """Return one spectrum of 100, 101, ... counts, with one component or none."""
    lines = ["Cycle 0:FeO:Fe2p", f"\tCharacteristic Energy eV\t1.486610e+003\tAcquisition Time s\t{time:e}"]
    extra = ["Fe 2p", "Background", "Envelope"] if fitted else []
    lines += ["Name\t\tFe 2p\t", "Position\t\t709.05\t", "FWHM\t\t3.86\t"] if fitted else ["Name\t\t", "Position\t\t"]
    rates = [f"{name} CPS" if name != "Fe 2p" else name for name in extra]
    lines.append("\t".join(["K.E.", "Counts", *extra, "", "B.E.", "CPS", *rates]))
    for place, energy in enumerate(ENERGIES):
        counts = [100.0 + place, *([50.0 + place, 40.0, 60.0 + place] if fitted else [])]
        left = [energy, *counts]
        right = [1486.61 - energy, *(count / time for count in counts)]
        lines.append("\t".join([*(f"{x:.6e}" for x in left), "", *(f"{x:.6e}" for x in right)]))
    return "\n".join(lines) + "\n"


def test_reads_spectrum_and_fit_of_casaxps(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(casa(), encoding="ascii")
    data = read(tmp_path / "a")
    np.testing.assert_allclose(data["binding_energy"], 1486.61 - ENERGIES, atol=1e-3)
    np.testing.assert_array_equal(data["counts"], 100.0 + np.arange(21))
    np.testing.assert_array_equal(data["count_rate"], (100.0 + np.arange(21)) / 2.0)
    np.testing.assert_array_equal(data["component_1"], 50.0 + np.arange(21))
    assert data["component_1"].attrs["heading"] == "Fe 2p"
    assert {"background", "envelope"} <= set(data.data_vars)
    assert (data.attrs["photon_energy"], data.attrs["integration_time"], data.attrs["sample"]) == (1486.61, 2.0, "FeO")
    assert "709.05" in data.attrs["header"]


def test_refuses_a_cut_or_damaged_export_of_casaxps(tmp_path: Path) -> None:
    text = casa(fitted=False).rstrip("\n")
    for kept in [*range(60, len(text), 29), len(text) - 1]:
        (tmp_path / "a").write_text(text[:kept], encoding="ascii")
        if text[kept : kept + 1] != "\n" and not text[kept - 1 : kept].isspace():  # between rows nothing shows it
            with pytest.raises(DataError):
                read(tmp_path / "a", reader="casaxps_text")
    (tmp_path / "a").write_text(casa(False).replace("1.040000e+02", "1.940000e+02"), encoding="ascii")
    with pytest.raises(DataError, match="line 10: counts and counts per second differ"):
        read(tmp_path / "a")
    (tmp_path / "a").write_text("Characteristic Energy eV\t1486.61\tAcquisition Time s\t2\n\n\n", encoding="ascii")
    with pytest.raises(DataError, match="rows of tables"):
        read(tmp_path / "a")


def test_a_real_export_of_casaxps_agrees_with_itself() -> None:
    found = curves(read(real("xps_other/vms_txt_export.txt")))
    assert [one.attrs["curve"] for one in found] == ["Ni: Survey", "Ni: Ni2p", "NiO: Survey", "NiO: Ni2p"]
    assert [one.sizes["binding_energy"] for one in found] == [1201, 501, 1201, 501]
    for one in found:
        counts = one["count_rate"] * one["count_rate"].attrs.get("integration_time", one.attrs.get("integration_time"))
        np.testing.assert_allclose(one["counts"], counts, rtol=1e-6)
    assert found[0]["binding_energy"].values[[0, -1]] == pytest.approx([1200.0, 0.0], abs=1e-9)


@pytest.mark.parametrize(
    ("text", "energy", "quantity"),
    [
        ("BE/eV\tPE: 20.0 eV\n545.0\t1620.0\n544.9\t1707.0\n", "binding_energy", "counts"),
        ("KE/eV,PE: 600 eV\r\n26,220.73\r\n28,215.43\r\n", "kinetic_energy", "intensity"),
        ("PE/eV,AbNorm\n270.7,0.0733\n270.9,0.0743\n", "photon_energy", "intensity"),
        ("Binding Energy (eV);Au\n84,5;1,25\n84,4;1,5\n", "binding_energy", "intensity"),
    ],
)
def test_reads_columns_under_an_energy(tmp_path: Path, text: str, energy: str, quantity: str) -> None:
    (tmp_path / "a").write_text(text, encoding="ascii", newline="")
    data = read(tmp_path / "a")
    assert list(data.coords) == [energy]
    assert list(data.data_vars) == [quantity]
    assert data.sizes == {energy: 2}


@pytest.mark.parametrize(
    "rows",
    [
        [f"{26 + 2 * place},{22.073 + np.sqrt(place):.13f}" for place in range(12)],
        [f"{300 - place / 10:.1f},{400 + place}" for place in range(12)],
        [f"{300 - place / 10:.1f},{400 + place}.5" for place in range(12)],
    ],
)
def test_columns_without_a_last_line_end_may_not_end_within_a_number(tmp_path: Path, rows: list[str]) -> None:
    text = "\n".join(["BE/eV,a", *rows])
    (tmp_path / "a").write_text(text, encoding="ascii")
    assert read(tmp_path / "a").sizes == {"binding_energy": 12}
    for cut in range(1, len(rows[-1].partition(",")[2]) + 1):
        (tmp_path / "a").write_text(text[:-cut], encoding="ascii")
        with pytest.raises(DataError):
            read(tmp_path / "a", reader="energy_columns")


def test_warns_of_missing_rows(tmp_path: Path) -> None:
    rows = [f"{100 - 0.1 * place:.1f},{place}" for place in range(40) if place != 20]
    (tmp_path / "a").write_text("\n".join(["BE/eV,a", *rows, ""]), encoding="ascii")
    assert "line 22: the energy steps by -0.2 eV" in read(tmp_path / "a").attrs["warnings"]


@pytest.mark.parametrize(("name", "place", "region"), [("O1s_O1s", 2, "O 1s"), ("W4f_W4f", 4, "W 4f")])
def test_a_real_region_is_that_of_the_spectrometer_file(name: str, place: int, region: str) -> None:
    whole = curves(read(real("xps_vamas/0-150W.vms")))[place]
    assert whole.attrs["curve"] == region
    part = read(real(f"xps_vamas/0-150W_NiW{name}.txt"))
    binding = 1486.69 - whole["kinetic_energy"].values
    for energy, counts in zip(part["binding_energy"].values, part["counts"].values, strict=True):
        nearest = int(np.argmin(np.abs(binding - energy)))
        assert abs(binding[nearest] - energy) < 0.011
        assert whole["counts"].values[nearest] == counts


@pytest.mark.parametrize(
    ("name", "energy", "points"), [("170109_1712_Ef", "binding_energy", 351), ("111126_0100", "kinetic_energy", 291)]
)
def test_reads_real_columns(name: str, energy: str, points: int) -> None:
    data = read(real(f"ups/{name}.csv"))
    assert data.sizes == {energy: points}
    assert data.attrs["warnings"] == ""


AVANTAGE = """;Dump of DataSpace 'C:\\data\\C1s.vgd'
$FORMAT=3
$PROPERTIES=SUM
DS_EXT_SUPROPID_TITLE       : VT_BSTR = 'C1s Scan'
$PROPERTIES=STD
DS_GEPROPID_INSTRUMENT                      : VT_BSTR = 'K-Alpha'
DS_GEPROPID_VALUE_LABEL                     : VT_BSTR = 'Counts'
DS_SOPROPID_ENERGY                          : VT_R4   = 1486.680054
DS_ACPROPID_ACQ_TIME                        : VT_R4   = 0.050000
DS_ACPROPID_EV_SCALE                        : VT_I2   = {scale}
DS_ANPROPID_PASS                            : VT_R4   = 50.000000
$DATAAXES={axes},#empty#
    0=        0,        5,          1
{levels}$SPACEAXES={axes}
    0=    1188.600000,       0.100000,        6,  ENERGY,   LINEAR,  'E',   'eV',    'Energy'
{etch}{blocks}"""


def dump(levels: Sequence[float] = (), scale: int = 1) -> str:
    """Return a dump of six numbers 0, 1, ... at each level, or of one spectrum."""
    blocks = ""
    for number, level in enumerate(levels or (None,)):
        if level is not None:
            blocks += f"$AXISVALUE= DATAAXIS=1 SPACEAXIS=1 LABEL='EtchTime' POINT={number} VALUE={level:f};\n"
        blocks += f"$DATA=*{f',{number}' if levels else ''}\n"
        values = [f"{10 * number + place:.6f}" for place in range(6)]
        blocks += f"LIST@   0=  {',  '.join(values[:4])}\nLIST@   4=  {',  '.join(values[4:])}\n"
    points = f"    1=        0,        {len(levels) - 1},          1\n" if levels else ""
    etch = f"    1= 0.0, 10.0, {len(levels)}, ETCHTIME, NONLINEAR, 'Et', 's', 'Etch'\n" if levels else ""
    return AVANTAGE.format(scale=scale, axes=2 if levels else 1, levels=points, etch=etch, blocks=blocks)


def test_reads_a_dump_of_avantage(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(dump(), encoding="utf-16")
    data = read(tmp_path / "a")
    np.testing.assert_allclose(data["kinetic_energy"], 1188.6 + 0.1 * np.arange(6))
    np.testing.assert_array_equal(data["counts"], np.arange(6))
    assert (data.attrs["instrument"], data.attrs["pass_energy"]) == ("Thermo K-Alpha", 50.0)
    (tmp_path / "b").write_text(dump(levels=(0.0, 10.0, 20.0)), encoding="ascii")
    data = read(tmp_path / "b")
    assert list(data["curve"].values) == [f"C1s Scan, EtchTime {level:f}" for level in (0.0, 10.0, 20.0)]
    np.testing.assert_array_equal(data["counts"][2], 20 + np.arange(6))


def test_refuses_a_cut_or_unknown_dump_of_avantage(tmp_path: Path) -> None:
    for text, message in (
        (dump(levels=(0.0, 10.0)).rpartition("$DATA")[0], "2 blocks of 6 numbers"),
        (dump().rpartition("LIST")[0], "6 numbers were expected"),
        (dump().replace("LIST@   4", "LIST@   5"), "5 numbers should precede"),
        (dump(scale=3), "scale of energies is 3"),
        (dump().replace("ENERGY,", "X,"), "first axis is X"),
    ):
        (tmp_path / "a").write_text(text, encoding="ascii")
        with pytest.raises(DataError, match=message):
            read(tmp_path / "a")
    (tmp_path / "b").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "VGSpaceAxes".encode("utf-16-le"))
    with pytest.raises(DataError, match=r"export the data as text \(\.avg\)"):
        read(tmp_path / "b")
