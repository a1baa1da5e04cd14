"""Archives of Bruker DIFFRAC.SUITE (BRML)."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from instrument_files import expected, real

from halodot import read
from halodot.errors import DataError
from halodot.readers import curves

FIXED = '<RawDataView Start="{0}" Length="1" LogicName="{1}" />'
AXIS = '<FieldDefinitions AxisId="{0}"><VisibleName>{1}</VisibleName><Restriction Unit="°" /></FieldDefinitions>'
TUBE = """<Detectors><InfoData VisibleName="Lynxeye" /></Detectors>
<InfoData LogicName="Phi" VisibleName="Phi"><Position Unit="°" Value="30" /></InfoData>
<Tube><WaveLengthAlpha1 Unit="Å" Value="1.5406" /><WaveLengthAlpha2 Unit="Å" Value="1.54439" />
<WaveLengthRatio Unit="" Value="0.5" /><TubeMaterial>Cu</TubeMaterial>
<Generator><Voltage Unit="kV" Value="40" /><Current Unit="mA" Value="25" /></Generator></Tube>"""


def document(
    rows: list[str], axes: list[tuple[str, str]], *, channels: int = 1, flag: str = "Measured", info: str = ""
) -> str:
    """Write RawData.xml: time, factor of the absorber, axes, counts."""
    fields = "".join(AXIS.format(*axis) for axis in axes)
    views = FIXED.format(0, "MeasuredTime") + FIXED.format(1, "AbsorptionFactor")
    views += (
        f'<RawDataView Start="2" Length="{len(axes)}"><Varying LogicName="ScanAxes">{fields}</Varying></RawDataView>'
    )
    views += f'<RawDataView Start="{2 + len(axes)}" Length="{channels}"><Recording VisibleName="Counter" '
    views += 'LogicName="ScanCounter"><Unit Base="Counts" /></Recording></RawDataView>'
    data = "".join(f"<Datum>{row}</Datum>" for row in rows)
    return f"""<?xml version="1.0"?><RawData><TimeStampStarted>2023-01-26T15:23:09.8371521+01:00</TimeStampStarted>
<DataRoutes><DataRoute RouteFlag="{flag}"><ScanInformation VisibleName="Coupled">{info}</ScanInformation>
<SubScans><SubScanInfo MeasuredSteps="{len(rows)}" /></SubScans>{data}<DataViews>{views}</DataViews></DataRoute>
</DataRoutes><FixedInformation>{TUBE}</FixedInformation></RawData>"""


def archive(path: Path, *documents: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as found:
        for number, text in enumerate(documents):
            found.writestr(f"Experiment0/RawData{number}.xml", text.encode())
        found.writestr(
            "Experiment0/DataContainer.xml",
            '<D><CreatingVersion>7.5.2.0</CreatingVersion><MeasurementInfo UserName="Ada" SampleName="film" /></D>',
        )
    return path


COUPLED = [("TwoTheta", "2Theta"), ("Theta", "Theta")]


def test_reads_counts_and_settings(tmp_path: Path) -> None:
    rows = ["0.5,1,20,10,7", "0.5,1,20.1,10.05,9", "0.5,1,20.2,10.1,8"]
    found = read(archive(tmp_path / "a", document(rows, COUPLED)))
    np.testing.assert_allclose(np.degrees(found["two_theta"]), [20.0, 20.1, 20.2])
    np.testing.assert_array_equal(found["counts"], [7, 9, 8])
    assert found.attrs["date"] == "2023-01-26T15:23:09+01:00"
    assert (found.attrs["operator"], found.attrs["sample"], found.attrs["anode"]) == ("Ada", "film", "Cu")
    assert found.attrs["tube_current"] == pytest.approx(0.025)
    assert found.attrs["integration_time"] == 0.5


def test_gives_the_factor_of_an_absorber_in_the_beam(tmp_path: Path) -> None:
    rows = ["1,1,20,10,7", "1,8.3,20.1,10.05,83", "1,1,20.2,10.1,8"]
    found = read(archive(tmp_path / "a", document(rows, COUPLED)))
    np.testing.assert_allclose(found["intensity"], [7.0, 83.0, 8.0])  # the program has multiplied by the factor
    np.testing.assert_allclose(found["attenuation_factor"], [1.0, 8.3, 1.0])


def test_reads_several_scans_and_other_drives(tmp_path: Path) -> None:
    rocking = document(["1,1,10,7", "1,1,10.1,9"], [("Theta", "Omega")])
    first, second = curves(read(archive(tmp_path / "a", document(["1,1,20,10,7", "1,1,21,10.5,9"], COUPLED), rocking)))
    np.testing.assert_allclose(np.degrees(first["two_theta"]), [20.0, 21.0])
    np.testing.assert_allclose(np.degrees(second["omega"]), [10.0, 10.1])
    assert "Phi 30" in second.attrs["curve"]


def test_reads_the_channels_of_a_detector_that_stands_still(tmp_path: Path) -> None:
    info = '<ScanAxisInfo AxisName="TwoTheta"><Reference>0</Reference><Start>20</Start><Stop>20.3</Stop>'
    info += "<Increment>0.1</Increment></ScanAxisInfo>"
    rows = ["5,1,20.15,10,7,9,8,6", "5,1,20.15,10.5,6,8,9,7"]
    found = read(archive(tmp_path / "a", *(document([row], COUPLED, channels=4, info=info) for row in rows)))
    np.testing.assert_allclose(np.degrees(found["two_theta"]), [20.0, 20.1, 20.2, 20.3])
    np.testing.assert_array_equal(found["counts"], [[7, 9, 8, 6], [6, 8, 9, 7]])
    assert str(found["curve"].values[1]) == "scan 2: Coupled (Theta 10.5, Phi 30)"


def test_leaves_out_points_that_were_not_measured(tmp_path: Path) -> None:
    rows = ["1,1,20,10,7", "1,1,20.1,10.05,-9999", "1,1,20.2,10.1,8", "1,1,20.3,10.15,-9999"]
    found = read(archive(tmp_path / "a", document(rows, COUPLED)))
    np.testing.assert_array_equal(found["counts"], [7.0, np.nan, 8.0])


def test_reads_rows_of_early_versions_without_views(tmp_path: Path) -> None:
    info = "".join(f'<ScanAxisInfo AxisName="{name}" />' for name in ("TwoTheta", "Theta"))
    text = document(["1,1,20,10,7", "1,1,21,10.5,9"], COUPLED, info=info)
    text = text[: text.index("<DataViews>")] + text[text.index("</DataViews>") + len("</DataViews>") :]
    found = read(archive(tmp_path / "a", text))
    np.testing.assert_allclose(np.degrees(found["two_theta"]), [20.0, 21.0])
    np.testing.assert_array_equal(found["counts"], [7, 9])


def test_refuses_fewer_rows_than_were_measured(tmp_path: Path) -> None:
    text = document(["1,1,20,10,7", "1,1,21,10.5,9"], COUPLED).replace("<Datum>1,1,21,10.5,9</Datum>", "")
    with pytest.raises(DataError, match="states 2 measured points, it has 1"):
        read(archive(tmp_path / "a", text))


def test_refuses_rows_of_another_width(tmp_path: Path) -> None:
    text = document(["1,1,20,10,7", "1,1,21,10.5,9"], COUPLED).replace("10.5,9", "10.5,9,4")
    with pytest.raises(DataError, match="different numbers of columns"):
        read(archive(tmp_path / "a", text))


@pytest.mark.parametrize("name", ["23-012-AG_2thomegascan_long.brml", "TiOF.brml"])
def test_reads_real_scans_as_another_program_does(name: str) -> None:
    found = read(real(f"xrd_bruker/{name}"))
    other = expected(f"xrd_bruker/{name}")
    values = (found["counts"] if "counts" in found else found["intensity"]).values.astype(float)
    assert found.sizes == {"two_theta": other["n"]}
    assert np.degrees(found["two_theta"].values[[0, -1]]) == pytest.approx([other["x_first"], other["x_last"]])
    assert (values.min(), values.max()) == pytest.approx((other["y_min"], other["y_max"]))
    assert values.sum() == pytest.approx(other["y_sum"], rel=1e-12)


def test_absorbed_counts_of_a_real_scan_are_whole() -> None:
    found = read(real("xrd_bruker/23-012-AG_2thomegascan_long.brml"))
    counts = (found["intensity"] / found["attenuation_factor"]).values
    np.testing.assert_allclose(counts, np.round(counts), atol=1e-6)
    assert found.attrs["x_ray_wavelength"] == pytest.approx(1.5406e-10)
    assert (found.attrs["tube_voltage"], found.attrs["tube_current"]) == (40e3, pytest.approx(0.04))
