"""Spectra of SPECS analysers: XML with raw counts of detectors, and text, written here; a real XML file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from instrument_files import real

from halodot.errors import DataError
from halodot.readers import curves, read

SHIFTS = (-0.02, 0.0, 0.03)  # of the detectors; times the pass energy of 50 eV over steps of 0.5 eV: -2, 0, 3 steps
HEAD, TAIL = 3, 2


def xml(points: int = 6, scans: int = 2, mode: str = "FixedAnalyzerTransmission", gain: float = 1.0) -> str:
    """Return a file in which electrons of kinetic energy 100 + 0.5 i eV give i + 3 counts in each detector."""
    rows = [i - HEAD + round(shift * 50 / 0.5) + 3 for i in range(HEAD + points + TAIL) for shift in SHIFTS]
    counts = "\n".join(str(max(row, 0)) for row in rows)
    detectors = "".join(
        f'<struct><double name="shift">{shift}</double><double name="gain">{gain}</double></struct>' for shift in SHIFTS
    )
    scan = (
        f'<struct type_name="ScanData"><sequence name="counts" length="{len(rows)}" type_name="CountsSeq">'
        f'<ulong type_name="Counts">\n{counts}</ulong></sequence>'
        '<sequence name="scaling_factors" length="0" type_name="DoubleSeq"/></struct>'
    )
    settings = {"kinetic_energy": 100, "scan_delta": 0.5, "pass_energy": 50, "values_per_curve": points}
    settings |= {"curves_per_scan": 1, "dwell_time": 0.1, "excitation_energy": 1253.6, "effective_workfunction": 4.37}
    numbers = "".join(f'<double name="{key}">{value}</double>' for key, value in settings.items())
    return (
        '<?xml version="1.0"?>\n<any version="1.6"><sequence length="1" '
        'type_id="IDL:specs.de/Serializer/RegionGroupSeq:1.0" type_name="RegionGroupSeq">'
        '<struct type_name="RegionGroup"><string name="name">PBTTT</string>'
        '<sequence name="regions" length="1" type_name="RegionDataSeq"><struct type_name="RegionData">'
        '<string name="name">C1s</string><struct name="region" type_name="RegionDef">'
        '<string name="analysis_method">XPS</string>'
        f'<struct name="scan_mode"><string name="name">{mode}</string></struct>'
        f'{numbers}</struct><ulong name="mcd_head">{HEAD}</ulong><ulong name="mcd_tail">{TAIL}</ulong>'
        '<struct name="analyzer_info"><string name="name">PHOIBOS</string>'
        f'<sequence name="detectors" length="{len(SHIFTS)}">{detectors}</sequence></struct>'
        '<sequence name="cycles" length="1"><struct type_name="Cycle"><ulong name="time">1643391325</ulong>'
        f'<sequence name="scans" length="{scans}">{scan * scans}</sequence></struct></sequence>'
        '<sequence name="transmission" length="0" type_name="DoubleSeq"/>'
        "</struct></sequence></struct></sequence></any>"
    )


def test_adds_detectors_at_the_energy_that_each_sees(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(xml(), encoding="ascii")
    data = read(tmp_path / "a")
    np.testing.assert_allclose(data["kinetic_energy"], 100.0 + 0.5 * np.arange(6))
    np.testing.assert_array_equal(data["counts"], 2 * 3 * (3 + np.arange(6)))  # two scans of three detectors
    wanted = {
        "photon_energy": 1253.6,
        "pass_energy": 50.0,
        "work_function": 4.37,
        "integration_time": 0.1,
        "scans": 2.0,
    }
    assert {key: data.attrs[key] for key in wanted} == wanted
    assert data.attrs["date"] == "2022-01-28T17:35:25+00:00"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (xml(mode="FixedRetardingRatio"), "FixedRetardingRatio"),
        (xml(gain=1.1), "gains"),
        (xml().replace('length="33"', 'length="34"'), "33 numbers; 34"),
        (xml().replace('"mcd_head">3', '"mcd_head">2'), "10 steps of 3 detectors"),
        (xml()[:-200], "no whole XML"),
        (xml().replace("\n5\n", "\nx\n"), "finite ones"),
        (xml().replace('"values_per_curve">6', '"values_per_curve">6000000000'), "points a curve"),
    ],
)
def test_refuses_what_it_would_add_wrongly(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a").write_text(text, encoding="ascii")
    with pytest.raises(DataError, match=message):
        read(tmp_path / "a")


def test_real_detectors_resolve_the_lines_better_together_than_unshifted() -> None:
    path = real("xps_other/In-situ_PBTTT_XPS_SPECS.xml")
    survey, carbon = curves(read(path))
    assert survey.sizes == {"kinetic_energy": 1403}
    np.testing.assert_allclose(survey["kinetic_energy"].values[[0, -1]], [553.6, 553.6 + 1402 * 0.5])
    assert (carbon.sizes["kinetic_energy"], carbon.attrs["scans"]) == (201, 2.0)
    assert "2 of 15" in carbon.attrs["warnings"]
    counts = carbon["counts"].values
    assert (counts == np.round(counts)).all()
    binding = 1253.6 - carbon["kinetic_energy"].values[counts.argmax()]
    assert 283.0 < binding < 287.0  # C 1s of a conjugated polymer
    peak = counts - np.median(counts)
    wide = np.count_nonzero(peak > peak.max() / 2) * 0.05
    assert wide < 2.0  # eV; detectors that were added unshifted would spread it over 3 eV


XY = """# Created by:        SpecsLab Prodigy, Version 4.100.1-r111001
#
#   Energy Axis:              {axis} Energy
#   Count Rate:               Counts per Second
#   Separate Scan Data:       yes
#   Transmission Function:    yes
#
# Group:                        1 as-loaded
#
# Region:                       Survey
# Acquisition Date:             08/24/23 14:19:47 UTC
# Analysis Method:              XPS
# Analyzer:                     Phoibos
# Scan Mode:                    FixedAnalyzerTransmission
# Values/Curve:                 4
# Dwell Time:                   0.1
# Excitation Energy:            1486.61
# Pass Energy:                  100
# Eff. Workfunction:            4.1082

# Cycle: 0
#
# Number of Scans: 2

# Cycle: 0, Curve: 0, Scan: 0
#
# ColumnLabels:                 energy counts/s transmission
#
1350  15598.679  78.8
1349  15867.872  78.5
1348  15651.462  78.2
1347  15321.3  77.9

# Cycle: 0, Curve: 0, Scan: 1
#
# ColumnLabels:                 energy counts/s transmission
#
1350  25598.679  78.8
1349  25867.872  78.5
1348  25651.462  78.2
1347  25321.3  77.9

# Operation: Constant background
# Result Name: Background
# Values/Curve: 2
# Curve: Background
1350 100
1349 100

# Region:                       O1s
# Values/Curve:                 3
# Dwell Time:                   0.5
# Excitation Energy:            1486.61

# Cycle: 0, Curve: 0
#
# ColumnLabels:                 energy counts
535  10
534.5  20
534  30
"""


@pytest.mark.parametrize("axis", ["Binding", "Kinetic"])
def test_reads_text_of_scans_and_regions(tmp_path: Path, axis: str) -> None:
    (tmp_path / "a").write_text(XY.format(axis=axis), encoding="ascii")
    first, second, oxygen = curves(read(tmp_path / "a"))
    energy = f"{axis.lower()}_energy"
    np.testing.assert_array_equal(first[energy], [1350.0, 1349.0, 1348.0, 1347.0])
    np.testing.assert_array_equal(second["count_rate"], [25598.679, 25867.872, 25651.462, 25321.3])
    np.testing.assert_array_equal(first["analyser_transmission"], [78.8, 78.5, 78.2, 77.9])
    np.testing.assert_array_equal(oxygen["counts"], [10.0, 20.0, 30.0])
    assert [one.attrs["curve"] for one in (second, oxygen)] == ["Survey (cycle 0, curve 0, scan 1)", "O1s"]
    assert (first.attrs["pass_energy"], first.attrs["integration_time"]) == (100.0, 0.1)
    assert first.attrs["date"] == "2023-08-24T14:19:47+00:00"
    assert "pass_energy" not in oxygen.attrs


def test_text_that_is_cut_off(tmp_path: Path) -> None:
    whole = XY.format(axis="Binding")
    for cut in ("534  30\n", "534.5  20\n534  30\n", "  30\n", "0\n"):
        (tmp_path / "a").write_text(whole.removesuffix(cut), encoding="ascii")
        with pytest.raises(DataError, match=r"cut off|numbers were expected"):
            read(tmp_path / "a")
    (tmp_path / "a").write_text(whole.replace("Binding Energy", "Strange Energy"), encoding="ascii")
    with pytest.raises(DataError, match="energy axis is 'strange energy'"):
        read(tmp_path / "a")


@pytest.mark.parametrize(("kinetic", "energy"), [("yes", "kinetic_energy"), ("no", "binding_energy")])
def test_reads_text_of_the_older_program(tmp_path: Path, kinetic: str, energy: str) -> None:
    lines = ["# Created by:        SpecsLab2, Version 2.79-r33432", "# ", "#   Counts Per Second:        yes"]
    lines += [
        f"#   Kinetic Energy Axis:      {kinetic}",
        "#   Separate Scan Data:       no",
        "# ",
        "# values in some energy",
    ]
    lines += [
        "# Region:            P 2p",
        "# Number of Scans:   50",
        "# Values/Curve:      2",
        "# Eff. Workfunction: 4.425",
    ]
    lines += ["#                    a comment", '# Parameter: "ADC channel 1 active" = true', "# Cycle: 0, Curve: 0"]
    lines += ["# ColumnLabels: energy counts/s scaling", "#", "139.87  661.88211  1", "139.82  660.66791  1", ""]
    (tmp_path / "a").write_text("\n".join(lines), encoding="ascii")
    data = read(tmp_path / "a")
    np.testing.assert_array_equal(data[energy], [139.87, 139.82])
    np.testing.assert_array_equal(data["count_rate"], [661.88211, 660.66791])
    assert (data.attrs["scans"], data.attrs["work_function"]) == (50.0, 4.425)
    assert "scaling" in data
