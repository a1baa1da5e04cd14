"""SpectraSuite archives, written here as the program writes them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from halodot import read
from halodot.errors import DataError

X = 200.0 + 0.37 * np.arange(50.0)
DARK = np.full(50, 100.0)
SAMPLE = np.round(1500.0 + 900.0 * np.sin(X / 10.0))


def array(name: str, values: np.ndarray) -> str:
    return f"<{name}>" + "".join(f"<double>{value!r}</double>" for value in values.tolist()) + f"</{name}>"


def source(values: np.ndarray, time: int) -> str:
    settings = f"<integrationTime>{time}</integrationTime><scansToAverage>5</scansToAverage>"
    settings += "<boxcarWidth>3</boxcarWidth><correctForElectricalDark>true</correctForElectricalDark>"
    return f"<spectrum>{settings}{array('pixelValues', values)}</spectrum>"


def written(path: Path, processor: str, processed: np.ndarray, extra: str = "", wavelengths: np.ndarray = X) -> Path:
    document = (
        '<?xml version="1.0"?><com.oceanoptics.spectra.ProcessedSpectrum>'
        f'<processor class="com.oceanoptics.{processor}"/>'
        f"<sourceSpectra>{source(SAMPLE, 20000)}{array('channelWavelengths', wavelengths)}</sourceSpectra>"
        f"<darkSpectrum>{source(DARK, 30000)}</darkSpectrum>{array('processedPixels', processed)}"
        "<userName>J\xf6rg\x01</userName><spectrometerSerialNumber>USB4A00428</spectrometerSerialNumber>"
        "<spectrometerClass>com.oceanoptics.usb.USB4000</spectrometerClass><milliTime>1400000000000</milliTime>"
        f"{extra}</com.oceanoptics.spectra.ProcessedSpectrum>"
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ps_0.xml", document.encode("latin-1"))
        archive.writestr("OOIVersion.txt", "SpectraSuite")
    path.write_bytes(stream.getvalue())
    return path


@pytest.mark.parametrize(
    ("processor", "quantity", "factor"),
    [
        ("TransmissionCoreProcessor", "transmittance", 0.01),
        ("ReflectionCoreProcessor", "reflectance", 0.01),
        ("AbsorbanceCoreProcessor", "absorbance", 1.0),
        ("AbsoluteIrradianceProcessor", "spectral_irradiance", 1e7),
        ("ScopeMinusDarkProcessor", "intensity_processed", 1.0),
    ],
)
def test_reads_the_processed_and_the_recorded_spectra(
    tmp_path: Path, processor: str, quantity: str, factor: float
) -> None:
    processed = SAMPLE / 1000.0
    found = read(written(tmp_path / "any", processor, processed))
    np.testing.assert_allclose(found[quantity], processed * factor)
    np.testing.assert_allclose(found["wavelength"], X * 1e-9)
    np.testing.assert_array_equal(found["counts"], SAMPLE)
    np.testing.assert_array_equal(found["counts_dark"], DARK)
    told = ("integration_time", "scans", "boxcar", "dark_corrected", "serial_number", "instrument", "date")
    assert [found.attrs[key] for key in told] == [
        0.02,  # of the sample, not of the dark spectrum
        5.0,
        3.0,
        1.0,
        "USB4A00428",
        "Ocean Optics USB4000",
        "2014-05-13T16:53:20+00:00",
    ]


def test_refuses_what_does_not_fit(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="50 numbers in pixelValues do not fit 49 wavelengths"):
        read(written(tmp_path / "a", "Scope", SAMPLE, wavelengths=X[:-1]))
    pixels = "<spectrometerNumberOfPixels>51</spectrometerNumberOfPixels>"
    with pytest.raises(DataError, match="51 pixels are stated"):
        read(written(tmp_path / "b", "Scope", SAMPLE, pixels))
    with pytest.raises(DataError, match="no whole XML document"):
        read(written(tmp_path / "c", "Scope", SAMPLE, "<open>"))
    data = written(tmp_path / "d", "Scope", SAMPLE).read_bytes()
    for kept in (20, 200, -10):
        (tmp_path / "d").write_bytes(data[:kept])
        with pytest.raises(DataError):
            read(tmp_path / "d")
