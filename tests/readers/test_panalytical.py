"""Files of PANalytical and Philips diffractometers: XRDML, CSV, UDF."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from instrument_files import expected, real

from halodot import read
from halodot.errors import DataError


def points(signal: str, positions: str = "", beside: str = "<commonCountingTime>0.5</commonCountingTime>") -> str:
    ends = "<startPosition>20</startPosition><endPosition>20.2</endPosition>"
    return f"""<dataPoints><positions axis="2Theta" unit="deg">{positions or ends}</positions>
<positions axis="Omega" unit="deg"><commonPosition>10.5</commonPosition></positions>{beside}{signal}</dataPoints>"""


def xrdml(path: Path, *scans: str, version: str = "2.1", axis: str = "Gonio") -> Path:
    found = "".join(
        f'<scan scanAxis="{axis}" mode="Continuous" status="Completed"><header>'
        f"<startTimeStamp>2022-09-26T17:05:54+02:00</startTimeStamp><author><name>Ada</name></author></header>{scan}</scan>"
        for scan in scans
    )
    path.write_text(
        f"""<?xml version="1.0" encoding="UTF-8"?>
<xrdMeasurements xmlns="http://www.xrdml.com/XRDMeasurement/{version}"><sample><id>film</id></sample><xrdMeasurement>
<usedWavelength><kAlpha1 unit="Angstrom">1.540598</kAlpha1><kAlpha2 unit="Angstrom">1.544426</kAlpha2>
<ratioKAlpha2KAlpha1>0.5</ratioKAlpha2KAlpha1></usedWavelength><incidentBeamPath><xRayTube name="PW3373">
<tension unit="kV">45</tension><current unit="mA">40</current><anodeMaterial>Cu</anodeMaterial></xRayTube>
</incidentBeamPath>{found}</xrdMeasurement></xrdMeasurements>""",
        encoding="utf-8",
    )
    return path


def test_reads_counts_and_settings(tmp_path: Path) -> None:
    found = read(xrdml(tmp_path / "a", points("<counts>5 7 6</counts>")))
    np.testing.assert_allclose(np.degrees(found["two_theta"]), [20.0, 20.1, 20.2])
    np.testing.assert_array_equal(found["counts"], [5, 7, 6])
    assert found.attrs["date"] == "2022-09-26T17:05:54+02:00"
    assert (found.attrs["operator"], found.attrs["sample"], found.attrs["anode"]) == ("Ada", "film", "Cu")
    assert (found.attrs["tube_voltage"], found.attrs["tube_current"]) == (45e3, pytest.approx(0.04))
    assert found.attrs["x_ray_wavelength"] == pytest.approx(1.540598e-10)
    assert found.attrs["integration_time"] == 0.5


FACTORS = "<beamAttenuationFactors>1 188 1</beamAttenuationFactors>"


@pytest.mark.parametrize(("name", "middle"), [("counts", 7.0 * 188.0), ("intensities", 7.0)])
def test_counts_are_multiplied_by_the_attenuator_and_intensities_are_not(
    tmp_path: Path, name: str, middle: float
) -> None:
    found = read(xrdml(tmp_path / "a", points(f"<{name}>5 7 6</{name}>", beside=FACTORS)))
    np.testing.assert_allclose(found["intensity"], [5.0, middle, 6.0])
    np.testing.assert_allclose(found["attenuation_factor"], [1.0, 188.0, 1.0])


def test_reads_listed_positions_and_counting_times(tmp_path: Path) -> None:
    listed = "<listPositions>20 20.3 21</listPositions>"
    times = "<countingTimes>1 2 4</countingTimes>"
    found = read(xrdml(tmp_path / "a", points("<intensities>5 7 6</intensities>", listed, times), version="1.5"))
    np.testing.assert_allclose(np.degrees(found["two_theta"]), [20.0, 20.3, 21.0])
    np.testing.assert_allclose(found["counting_time"], [1.0, 2.0, 4.0])
    assert "integration_time" not in found.attrs


def test_reads_several_scans_along_one_dimension(tmp_path: Path) -> None:
    found = read(xrdml(tmp_path / "a", points("<counts>5 7 6</counts>"), points("<counts>8 9 4</counts>")))
    np.testing.assert_array_equal(found["counts"], [[5, 7, 6], [8, 9, 4]])
    assert str(found["curve"].values[0]) == "scan 1: Omega 10.5"


def test_reads_a_rocking_curve(tmp_path: Path) -> None:
    text = points("<counts>5 7 6</counts>", "<commonPosition>40</commonPosition>")
    text = text.replace(
        "<commonPosition>10.5</commonPosition>", "<startPosition>9</startPosition><endPosition>11</endPosition>"
    )
    found = read(xrdml(tmp_path / "a", text, axis="Omega"))
    np.testing.assert_allclose(np.degrees(found["omega"]), [9.0, 10.0, 11.0])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("5 7 6", "5 7 6x", "numbers were expected as counts"),
        ("1 188 1", "1 188", "3 points, but 2 numbers"),
        ("</dataPoints>", "", "no whole XML document"),
        ('<?xml version="1.0" encoding="UTF-8"?>', '<!DOCTYPE x [<!ENTITY y "z">]>', "declares entities"),
        ("<counts>5 7 6</counts>", "", "no measurement"),
    ],
)
def test_refuses_damaged_documents(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = xrdml(tmp_path / "a", points("<counts>5 7 6</counts>", beside=FACTORS))
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(DataError, match=message):
        read(path)


@pytest.mark.parametrize("name", ["XRD-918-16_10.xrdml", "m54313_om2th_10.xrdml"])
def test_reads_real_scans_as_another_program_does(name: str) -> None:
    found = read(real(f"xrd_other/{name}"))
    other = expected(f"xrd_other/{name}")
    values = (found["counts"] if "counts" in found else found["intensity"]).values
    assert found.sizes == {"two_theta": other["n"]}
    assert np.degrees(found["two_theta"].values[[0, -1]]) == pytest.approx([other["x_first"], other["x_last"]])
    assert (values.min(), values.max(), values.sum()) == (other["y_min"], other["y_max"], other["y_sum"])


CSV = """[Measurement conditions]
Sample identification,film
Diffractometer system,EMPYREAN
Anode material,Cu
K-Alpha1 wavelength,1.540598
Generator voltage,45
Tube current,40
File date and time,25/May/2021 11:20
Scan axis,Gonio
No. of points,3
Time per step,39.27
[Scan points]
Angle,Intensity
20.0,5
20.1,7
20.2,6
"""


def test_reads_a_scan_as_csv(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(CSV, encoding="utf-8")
    found = read(tmp_path / "a")
    np.testing.assert_allclose(np.degrees(found["two_theta"]), [20.0, 20.1, 20.2])
    np.testing.assert_array_equal(found["counts"], [5, 7, 6])
    assert (found.attrs["date"], found.attrs["sample"]) == ("2021-05-25T11:20:00", "film")
    assert found.attrs["integration_time"] == 39.27


def test_reads_csv_with_decimal_commas(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(CSV.replace(",", ";").replace(".", ",").replace("No,", "No."), encoding="utf-8")
    found = read(tmp_path / "a")
    np.testing.assert_allclose(np.degrees(found["two_theta"]), [20.0, 20.1, 20.2])
    assert found.attrs["x_ray_wavelength"] == pytest.approx(1.540598e-10)


@pytest.mark.parametrize(
    ("old", "message"), [("20.1,7\n", "3 points are stated"), ("20.2,6\n", "stated"), ("6\n", "cut off")]
)
def test_refuses_damaged_csv(tmp_path: Path, old: str, message: str) -> None:
    (tmp_path / "a").write_text(CSV.replace(old, ""), encoding="utf-8")
    with pytest.raises(DataError, match=message):
        read(tmp_path / "a")


UDF = """SampleIdent,film,/
Title1,first,/
DiffrType,PW3710,/
Anode,Cu,/
LabdaAlpha1, 1.54056,/
GeneratorVoltage, 40,/
FileDateTime, 14-jun-2001 13:05,/
DataAngleRange,   10.0000,  10.1000,/
ScanStepSize,    0.020,/
ScanType,CONTINUOUS,/
ScanStepTime,    1.00,/
RawScan
     100,     200,     150,
     400,     300,     250/
"""


def test_reads_udf(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(UDF, encoding="utf-8")
    found = read(tmp_path / "a")
    np.testing.assert_allclose(np.degrees(found["two_theta"]), 10.0 + 0.02 * np.arange(6))
    np.testing.assert_array_equal(found["counts"], [100, 200, 150, 400, 300, 250])
    assert (found.attrs["date"], found.attrs["sample"]) == ("2001-06-14T13:05:00", "film")


@pytest.mark.parametrize(
    ("old", "message"), [("250/\n", "cut off"), ("     400,", "6 points"), ("RawScan\n", "RawScan")]
)
def test_refuses_damaged_udf(tmp_path: Path, old: str, message: str) -> None:
    (tmp_path / "a").write_text(UDF.replace(old, ""), encoding="utf-8")
    with pytest.raises(DataError, match=message):
        read(tmp_path / "a")
