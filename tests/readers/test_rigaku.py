"""Files of Rigaku diffractometers: RAS and RASX."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from instrument_files import expected, real

from halodot import read
from halodot.errors import DataError
from halodot.readers import curves


def ras_scan(rows: str, axis: str = "TwoThetaTheta", unit: str = "counts", count: int = 3) -> str:
    return f"""*RAS_HEADER_START
*FILE_OPERATOR "Ada"
*FILE_SAMPLE "film"
*HW_XG_TARGET_NAME "Cu"
*HW_XG_WAVE_LENGTH_ALPHA1 "1.540593"
*MEAS_COND_XG_VOLTAGE "45"
*MEAS_COND_XG_CURRENT "200"
*MEAS_DATA_COUNT "{count}.0000000000"
*MEAS_SCAN_AXIS_X "{axis}"
*MEAS_SCAN_MODE "CONTINUOUS"
*MEAS_SCAN_SPEED "10.0"
*MEAS_SCAN_SPEED_UNIT "deg/min"
*MEAS_SCAN_START_TIME "03/26/2019 14:05:06"
*MEAS_SCAN_STEP "0.01"
*MEAS_SCAN_UNIT_X "deg"
*MEAS_SCAN_UNIT_Y "{unit}"
*RAS_HEADER_END
*RAS_INT_START
{rows}*RAS_INT_END
"""


def ras(path: Path, *scans: str, encoding: str = "shift_jis") -> Path:
    path.write_text("*RAS_DATA_START\n" + "".join(scans) + "*RAS_DATA_END\n", encoding=encoding, newline="\r\n")
    return path


ROWS = "20.0000 5.0000 1.0000\n20.0100 7.0000 1.0000\n20.0200 6.0000 1.0000\n"


@pytest.mark.parametrize("encoding", ["shift_jis", "gb18030", "utf-8", "utf-16"])
@pytest.mark.parametrize("axis", ["TwoThetaTheta", "2θ/θ", "2θ/ω"])
def test_reads_counts_and_settings(tmp_path: Path, axis: str, encoding: str) -> None:
    found = read(ras(tmp_path / "a", ras_scan(ROWS, axis), encoding=encoding))
    np.testing.assert_allclose(np.degrees(found["two_theta"]), [20.0, 20.01, 20.02])
    np.testing.assert_array_equal(found["counts"], [5, 7, 6])
    assert (found.attrs["operator"], found.attrs["sample"], found.attrs["anode"]) == ("Ada", "film", "Cu")
    assert found.attrs["date"] == "2019-03-26T14:05:06"
    assert found.attrs["integration_time"] == pytest.approx(0.06)
    assert (found.attrs["tube_voltage"], found.attrs["tube_current"]) == (45e3, pytest.approx(0.2))


def test_reads_rates_other_drives_and_several_scans(tmp_path: Path) -> None:
    rates = ras_scan(ROWS.replace("5.0000", "5.25"), "Omega", "cps")
    first, second = curves(read(ras(tmp_path / "a", ras_scan(ROWS), rates)))
    assert "counts" in first
    np.testing.assert_allclose(np.degrees(second["omega"]), [20.0, 20.01, 20.02])
    np.testing.assert_allclose(second["count_rate"], [5.25, 7.0, 6.0])


def test_multiplies_by_the_factor_of_the_attenuator(tmp_path: Path) -> None:
    found = read(ras(tmp_path / "a", ras_scan(ROWS.replace("7.0000 1.0000", "7.0000 10.0000"))))
    np.testing.assert_allclose(found["intensity"], [5.0, 70.0, 6.0])
    np.testing.assert_allclose(found["attenuation_factor"], [1.0, 10.0, 1.0])


def test_numbers_that_are_not_whole_are_no_counts(tmp_path: Path) -> None:
    assert "intensity" in read(ras(tmp_path / "a", ras_scan(ROWS.replace("5.0000", "84.3047"))))


def test_says_that_rows_were_commented_out(tmp_path: Path) -> None:
    found = read(ras(tmp_path / "a", ras_scan(ROWS.replace("20.0200", "#20.0200"))))
    assert found.sizes == {"two_theta": 2}
    assert "commented out" in found.attrs["warnings"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("20.0100 7.0000 1.0000\r\n", "", "states 3 points, it has 2"),
        ("7.0000", "7,0000", "two or three numbers"),
        ("TwoThetaTheta", "Furlongs", "one of 'Furlongs'"),
    ],
)
def test_refuses_damaged_rows(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = ras(tmp_path / "a", ras_scan(ROWS))
    path.write_bytes(path.read_bytes().replace(old.encode(), new.encode()))
    with pytest.raises(DataError, match=message):
        read(path)


def test_refuses_a_text_that_is_cut_off(tmp_path: Path) -> None:
    path = ras(tmp_path / "a", ras_scan(ROWS, count=0))
    data = path.read_bytes()
    for kept in range(60, data.index(b"*RAS_INT_END"), 13):
        path.write_bytes(data[:kept])
        with pytest.raises(DataError):
            read(path)


def rasx(path: Path, *scans: str, axis: str = "TwoTheta", count: int = 3) -> Path:
    """Write an archive with one text of numbers and one document for each scan."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, rows in enumerate(scans):
            archive.writestr(f"Data{number}/Profile{number}.txt", "\ufeff" + rows.replace(" ", "\t"))
            archive.writestr(
                f"Data{number}/MesurementConditions{number}.xml",
                f"""<MeasurementConditions><GeneralInformation><Operator>Ada</Operator><SystemName>SmartLab</SystemName>
</GeneralInformation><HWConfigurations><XrayGenerator><TargetName>Cu</TargetName><Voltage>40</Voltage>
<Current>30</Current><WavelengthKalpha1>1.540593</WavelengthKalpha1></XrayGenerator></HWConfigurations>
<Axes><Axis Name="Omega" Unit="deg" Position="{10 + number}" State="Fixed" /></Axes>
<ScanInformation><AxisName>{axis}</AxisName><Mode>STEP</Mode><Step>0.01</Step><Speed>1.2</Speed><SpeedUnit>sec</SpeedUnit>
<PositionUnit>deg</PositionUnit><IntensityUnit>counts</IntensityUnit><StartTime>2024-02-19T09:05:47Z</StartTime>
<DataCount>{count}</DataCount></ScanInformation></MeasurementConditions>""",
            )
    return path


def test_reads_the_scans_of_an_archive_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    scans = [ROWS.replace("5.0000", f"{number}.0000") for number in range(12)]
    found = read(rasx(tmp_path / "a", *scans))
    np.testing.assert_array_equal(found["counts"][:, 0], np.arange(12))
    assert str(found["curve"].values[10]) == "scan 11: Omega 20"
    assert found.attrs["operator"] == "Ada"
    assert found["curve_integration_time"].values[0] == 1.2


def test_refuses_an_archive_with_too_few_rows(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="states 4 points, it has 3"):
        read(rasx(tmp_path / "a", ROWS, count=4))
    with zipfile.ZipFile(tmp_path / "b", "w") as archive:
        archive.writestr("Data0/Profile0.txt", ROWS)
    with pytest.raises(DataError, match=r"lacks 'Data0/MesurementConditions0\.xml'"):
        read(tmp_path / "b")


def test_says_that_frames_are_not_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a", "w") as archive:
        archive.writestr("Data0/Image0.bin", bytes(16))
        archive.writestr("Data0/MesurementConditions0.xml", "<MeasurementConditions />")
    with pytest.raises(DataError, match="frames of an area detector"):
        read(tmp_path / "a")


@pytest.mark.parametrize(
    "name", ["JO_KL_16_ZF_3_60deg_0.02step_12degpermin_001.rasx", "ZnO-ALD-training_001_1_0-000_0-000.rasx"]
)
def test_reads_real_archives_as_another_program_does(name: str) -> None:
    found = read(real(f"xrd_other/{name}"))
    other = expected(f"xrd_other/{name}")
    counts = found["counts"].values
    assert found.sizes == {"two_theta": other["n"]}
    assert np.degrees(found["two_theta"].values[[0, -1]]) == pytest.approx([other["x_first"], other["x_last"]])
    assert (counts.min(), counts.max(), counts.sum()) == (other["y_min"], other["y_max"], other["y_sum"])
    assert found.attrs["x_ray_wavelength"] == pytest.approx(1.540593e-10)


ASC = """*TYPE\t\t=  Raw
*CLASS\t\t=  ASCII CLASS
*SAMPLE\t\t=  film
*FNAME\t\t=  film.raw
*DATE\t\t=  25-Dec-97 19:12

*GROUP_COUNT\t=  1
*SCAN_AXIS\t=  2theta/theta
*TARGET\t\t=  29
*WAVE_LENGTH1\t=  1.54056
*SPEED_DIM\t=  sec./step
*YUNIT\t\t=  counts

*BEGIN
*GROUP\t\t=  0
*START\t\t=  3
*STOP\t\t=  3.1
*STEP\t\t=  0.02
*SPEED\t\t=  0.4
*KV\t\t=  60
*COUNT\t\t=  6
 100, 120, 130, 125
 140, 110
*END
*EOF
"""


def test_reads_an_older_text(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(ASC, encoding="ascii")
    found = read(tmp_path / "a")
    np.testing.assert_allclose(np.degrees(found["two_theta"]), 3.0 + 0.02 * np.arange(6))
    np.testing.assert_array_equal(found["counts"], [100, 120, 130, 125, 140, 110])
    assert (found.attrs["date"], found.attrs["anode"], found.attrs["tube_voltage"]) == (
        "1997-12-25T19:12:00",
        "Cu",
        60e3,
    )
    assert found.attrs["integration_time"] == 0.4
    (tmp_path / "a").write_text(ASC.replace("counts", "cps"), encoding="ascii")
    assert read(tmp_path / "a")["count_rate"].attrs["units"] == "1/s"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [(" 140, 110\n", "", "6 points are stated"), ("*END\n*EOF\n", "", "cut off"), ("3.1\n", "4.1\n", "do not lead")],
)
def test_refuses_a_damaged_older_text(tmp_path: Path, old: str, new: str, message: str) -> None:
    (tmp_path / "a").write_text(ASC.replace(old, new), encoding="ascii")
    with pytest.raises(DataError, match=message):
        read(tmp_path / "a")
