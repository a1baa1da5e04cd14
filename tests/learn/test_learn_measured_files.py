"""Files of measured numbers as curves: which columns make which curve, medians of pixels, and what is assumed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fit_devices import hole_only

import halodot
from halodot.errors import InputError
from halodot.learn.measured_files import Instrument, MeasuredFile, read_curves
from halodot.study import Study


def read(folder: Path, text: str, study: Study | None = None) -> MeasuredFile:
    file = folder / "device.csv"
    file.write_text(text, encoding="utf-8")
    return read_curves(file, study or halodot.load("device-only"), Instrument())


def test_current_and_luminance_by_voltage_are_two_curves(tmp_path: Path) -> None:
    found = read(tmp_path, "V (V),J (mA/cm2),L (cd/m2),EQE (%)\n3,2,100,9\n2,0.1,0.5,9\n")
    assert [curve.kind for curve in found.curves] == ["J-V", "L-V"]
    assert found.curves[0].abscissa.tolist() == [2.0, 3.0]
    np.testing.assert_allclose(found.curves[0].values, [1.0, 20.0])
    np.testing.assert_allclose(found.curves[0].noise_sd, 0.03 * found.curves[0].values, rtol=1e-3)
    assert found.curves[1].detection_limit == 1.0
    assert any("the EQE is left out" in line for line in found.reading)


def test_a_device_without_light_is_compared_by_the_size_of_its_current(tmp_path: Path) -> None:
    (curve,) = read(tmp_path, "V (V),J (A/m2)\n1,-2\n2,-8\n", hole_only()).curves
    assert (curve.kind, curve.values.tolist()) == ("SCLC", [2.0, 8.0])


def test_pixels_give_their_median_and_their_spread(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    pixels = np.exp(0.2 * rng.standard_normal(15))
    rows = [f"{v},A{k},{factor * v**2}" for v in (1.0, 2.0, 3.0, 4.0) for k, factor in enumerate(pixels)]
    found = read(tmp_path, "V (V),pixel,J (A/m2)\n" + "\n".join(rows))
    (curve,) = found.curves
    np.testing.assert_allclose(curve.values, np.median(pixels) * np.array([1.0, 4.0, 9.0, 16.0]))
    assert curve.pixel_spread == pytest.approx(0.2, rel=0.4)
    assert any("the median of up to 15 values" in line for line in found.reading)


def test_a_stated_deviation_is_the_noise_and_none_is_said(tmp_path: Path) -> None:
    found = read(tmp_path, "V (V),J (A/m2),sd J (A/m2)\n2,4,0.5\n1,1,0.1\n3,,\n")
    assert found.curves[0].noise_sd.tolist() == [0.1, 0.5]
    assert not any("assumed" in line for line in found.reading)


def test_efficiency_against_current_spectra_and_decays(tmp_path: Path) -> None:
    (eqe,) = read(tmp_path, "J (mA/cm2),EQE (%)\n10,8\n1,10\n").curves
    assert (eqe.kind, eqe.abscissa.tolist()) == ("EQE-J", [10.0, 100.0])
    (spectrum,) = read(tmp_path, "Wavelength (nm),EL (a.u.)\n640,1\n650,2\n").curves
    assert (spectrum.kind, spectrum.abscissa[0]) == ("EL", pytest.approx(640e-9))
    (by_energy,) = read(tmp_path, "E (eV),Intensity (counts)\n1.9,4\n2.0,4\n").curves
    assert np.all(np.diff(by_energy.abscissa) > 0.0)
    assert by_energy.values[0] / by_energy.values[1] == pytest.approx((2.0 / 1.9) ** 2)  # per wavelength
    (decay,) = read(tmp_path, "t (ns),counts\n0,400\n1,100\n").curves
    assert (decay.kind, decay.noise_sd.tolist()) == ("TRPL", [20.0, 10.0])


def test_a_current_needs_the_area_of_the_pixel(tmp_path: Path) -> None:
    (curve,) = read(tmp_path, "V (V),I (mA)\n1,1\n2,4\n").curves
    np.testing.assert_allclose(curve.values, [250.0, 1000.0])  # on 4 mm2
    with pytest.raises(InputError, match="a current needs the area of the pixel"):
        read(tmp_path, "V (V),I (mA)\n1,1\n", hole_only())


def test_a_table_without_a_curve_says_which_there_are(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no curve in voltage; one of these is wanted"):
        read(tmp_path, "V (V),note\n1,a\n")
