"""Files of measured numbers as curves: which columns make which curve, medians of pixels, and what is assumed."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from fit_devices import hole_only

import halodot
from halodot.errors import InputError
from halodot.learn.measured_columns import at_the_limit
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


def test_points_at_the_limit_of_the_source_are_left_out_with_their_light(tmp_path: Path) -> None:
    rows = [f"{v},{min(v**2, 50.0)},{min(v**2, 50.0) * 9 + v}" for v in np.arange(1.0, 11.0)]
    found = read(tmp_path, "V (V),J (A/m2),L (cd/m2)\n" + "\n".join(rows))
    assert [curve.abscissa.max() for curve in found.curves] == [7.0, 7.0]
    assert any("3 currents under 'J (A/m2)' from 8 V on" in line for line in found.reading)


def test_a_finely_measured_curve_is_not_taken_for_a_limited_one() -> None:
    voltage = np.linspace(5.0, 6.0, 5001)
    assert not np.any(at_the_limit(voltage, voltage))  # ohmic: within 0.1 % over 30 points
    assert not np.any(at_the_limit(voltage, np.exp(-((voltage - 5.5) ** 2))))  # a maximum before the end
    assert np.sum(at_the_limit(voltage, np.minimum(voltage, 5.5))) > 2000


def test_a_column_with_nothing_in_it_is_left_out_and_said(tmp_path: Path) -> None:
    found = read(tmp_path, "V (V),J (A/m2),L (cd/m2)\n1,1,\n2,4,\n")
    assert [curve.kind for curve in found.curves] == ["J-V"]
    assert "nothing stands under 'L (cd/m2)'; left out" in found.reading
    with pytest.raises(InputError, match=r"nothing stands under 'J \(A/m2\)'"):
        read(tmp_path, "V (V),J (A/m2)\n1,\n2,\n")


def test_pixels_may_have_voltages_and_deviations_of_their_own(tmp_path: Path) -> None:
    found = read(tmp_path, "V1 (V),J1 (A/m2),V2 (V),J2 (A/m2)\n1,2,1,2\n2,8,2,8\n")
    assert found.curves[0].values.tolist() == [2.0, 8.0]
    found = read(tmp_path, "V (V),J1 (A/m2),sd J1 (A/m2),J2 (A/m2),sd J2 (A/m2)\n1,2,0.1,2,0.3\n2,8,1,8,2\n")
    np.testing.assert_allclose(found.curves[0].noise_sd, [0.2, 1.5])
    assert not any("assumed" in line for line in found.reading)
    # Every row holds one of two pixels: no voltage has two values.
    found = read(tmp_path, "V (V),J1 (A/m2),J2 (A/m2),sd J (A/m2)\n1,2,,0.1\n2,,8,0.5\n")
    assert found.curves[0].noise_sd.tolist() == [0.1, 0.5]
    with pytest.raises(InputError, match="one for all or one for each"):
        read(tmp_path, "V1 (V),V2 (V),J1 (A/m2),J2 (A/m2),J3 (A/m2)\n1,2,2,2,3\n")


def test_a_value_without_its_deviation_says_where_it_is(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="1 points of J-V, the first at voltage 2 V, have no standard deviation"):
        read(tmp_path, "V (V),J (A/m2),sd J (A/m2)\n1,1,0.1\n2,4,\n")


def test_a_current_of_the_other_sign_is_turned_and_exchanged_contacts_are_refused(tmp_path: Path) -> None:
    found = read(tmp_path, "V (V),J (A/m2),L (cd/m2)\n0,1e-5,0\n1,-2,1\n2,-80,9\n")
    np.testing.assert_allclose(found.curves[0].values, [-1e-5, 2.0, 80.0])
    assert any("its sign is turned" in line for line in found.reading)
    with pytest.raises(InputError, match="the contacts were exchanged"):
        read(tmp_path, "V (V),J (A/m2),L (cd/m2)\n-1,-2,1\n-2,-80,9\n")


def test_every_pixel_counts_in_its_efficiency_and_no_efficiency_is_above_one(tmp_path: Path) -> None:
    found = read(tmp_path, "J1 (A/m2),EQE1 (%),J2 (A/m2),EQE2 (%)\n1,10,2,9\n10,8,20,7\n")
    np.testing.assert_allclose(found.curves[0].abscissa, [1.0, 2.0, 10.0, 20.0])
    np.testing.assert_allclose(found.curves[0].values, [0.10, 0.09, 0.08, 0.07])
    with pytest.raises(InputError, match="more than one photon for a charge"):
        read(tmp_path, "J (A/m2),EQE (1)\n1,10\n10,8\n")


@pytest.mark.parametrize(
    ("noise", "said"), [(-0.05, "-5 %"), (0.0, "0 %"), (3.0, "Did you mean '3 %'"), (math.nan, "nan")]
)
def test_a_noise_that_cannot_be_is_refused(noise: float, said: str) -> None:
    with pytest.raises(InputError, match=f"--noise.*{said}"):
        Instrument(noise=noise)
