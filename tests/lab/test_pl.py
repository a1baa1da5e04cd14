"""PL spectra: lines of known peak and width come back."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from emission_truths import drawn, read_off
from recordings import recording

sys.path.insert(0, str(Path(__file__).parents[1] / "readers"))
from instrument_files import real

import halodot
from halodot import lab
from halodot.constants import HC_EV
from halodot.errors import DataError, InputError
from halodot.lab.simulated import measurement
from halodot.states import Dataset

WAVELENGTH = np.arange(580.0, 720.0, 0.5) * 1e-9


def gaussian_line(peak: float, width: float, counts: float = 1e4) -> np.ndarray:
    """Return photons per wavelength of a line that is a Gaussian in energy (peak and FWHM in eV)."""
    energy = HC_EV / WAVELENGTH
    line = np.exp(-4.0 * np.log(2.0) * ((energy - peak) / width) ** 2) * (energy / peak) ** 2
    return np.asarray(counts * line)


def spectrum(counts: np.ndarray):
    return recording("photoluminescence", {"wavelength": WAVELENGTH}, {"counts": counts})


def test_width_in_energy_is_that_of_photons_per_energy() -> None:
    found = lab.pl(spectrum(gaussian_line(1.92, 0.1)))
    assert found.finding("pl_peak_energy").value == pytest.approx(1.92, abs=1e-5)
    assert found.finding("pl_fwhm_energy").value == pytest.approx(0.1, rel=1e-4)
    assert found.finding("pl_asymmetry").value == pytest.approx(1.0, abs=1e-3)


def test_peak_in_wavelength_is_where_photons_per_wavelength_are_most() -> None:
    counts = gaussian_line(1.92, 0.1)
    fine = np.linspace(WAVELENGTH[0], WAVELENGTH[-1], 200_001)
    energy = HC_EV / fine
    line = np.exp(-4.0 * np.log(2.0) * ((energy - 1.92) / 0.1) ** 2) * energy**2
    above = fine[line > 0.5 * line.max()]
    found = lab.pl(spectrum(counts))
    assert found.finding("pl_peak").value == pytest.approx(fine[np.argmax(line)], abs=2e-12)
    assert found.finding("pl_fwhm").value == pytest.approx(np.ptp(above), abs=5e-12)


def test_background_does_not_move_the_line() -> None:
    tilted = gaussian_line(1.92, 0.1) + np.linspace(300.0, 500.0, WAVELENGTH.size)
    found = lab.pl(spectrum(tilted))
    assert found.finding("pl_fwhm_energy").value == pytest.approx(0.1, rel=1e-4)
    assert not found.warnings


def test_settings_that_were_used_give_the_same_numbers_again() -> None:
    data = spectrum(np.random.default_rng(1).poisson(gaussian_line(1.92, 0.1) + 20.0))
    found = lab.pl(data)
    again = lab.pl(data, lab.chosen(lab.PlSettings, lab.as_text(found.settings)))
    assert again.findings == found.findings
    assert again.settings == found.settings


def test_flat_spectrum_has_no_line() -> None:
    with pytest.raises(DataError, match="no line"):
        lab.pl(spectrum(np.full(WAVELENGTH.size, 7.0)))


def test_wrong_choices_are_named_together() -> None:
    with pytest.raises(InputError) as refused:
        lab.chosen(lab.PlSettings, {"window": "600 nm", "backgruond": "linear", "background": "cubic"})
    assert len(refused.value.problems) == 3


@pytest.mark.parametrize("seed", range(6))
def test_width_of_a_line_of_unknown_shape_lies_in_its_interval(seed: int) -> None:
    data, truths = drawn(100 + seed)
    found = lab.pl(data)
    for name, truth in truths.items():
        item = found.finding(name)
        assert abs(item.value - truth) < 3.5 * item.uncertainty


def test_simulated_spectrum_of_an_ensemble_comes_back() -> None:
    x = np.linspace(500.0, 700.0, 401) * 1e-9
    energy = HC_EV / x
    edge = 6.0 * np.exp(0.12 * np.linspace(-4.0, 4.0, 161))
    weight = np.exp(-0.5 * np.linspace(-4.0, 4.0, 161) ** 2) * edge**2.5
    per_energy = np.exp(-0.5 * ((energy[:, None] - 1.9 - 7.0 / edge**2) / 0.03) ** 2) @ weight
    recorded = per_energy * energy**2
    simulated = Dataset("pl", x, np.random.default_rng(3).poisson(1e5 * recorded / recorded.max() + 100.0), "m")
    found = lab.pl(measurement(simulated))
    peak, width = read_off(x, recorded)
    assert found.finding("pl_peak").value == pytest.approx(peak, abs=2.5e-10)  # the grid of the truth
    assert found.finding("pl_fwhm").value == pytest.approx(width, abs=4.0 * found.finding("pl_fwhm").uncertainty)
    assert not found.warnings


def test_sensitivity_of_the_spectrometer_is_undone() -> None:
    counts = gaussian_line(1.92, 0.1, 1e6)
    slope = np.linspace(1.0, 0.3, WAVELENGTH.size)
    sensitivity = recording("spectrum", {"wavelength": WAVELENGTH}, {"intensity": slope})
    divided = lab.PlSettings(correction="divide")
    found = lab.pl(spectrum(counts * slope), divided, sensitivity=sensitivity)
    assert found.finding("pl_peak_energy").value == pytest.approx(1.92, abs=1e-4)
    assert abs(lab.pl(spectrum(counts * slope)).finding("pl_peak_energy").value - 1.92) > 5e-4


def test_spectral_power_is_turned_into_photons() -> None:
    counts = gaussian_line(1.92, 0.1)
    power = recording("irradiance", {"wavelength": WAVELENGTH}, {"spectral_irradiance": counts / WAVELENGTH})
    assert lab.pl(power).finding("pl_peak_energy").value == pytest.approx(1.92, abs=1e-5)


def test_spectrum_recorded_in_even_steps_of_energy_is_taken_per_energy() -> None:
    energy = np.linspace(1.7, 2.15, 300)
    line = 1e4 * np.exp(-4.0 * np.log(2.0) * ((energy - 1.92) / 0.1) ** 2)
    found = lab.pl(recording("photoluminescence", {"photon_energy": energy}, {"counts": line}))
    assert found.settings.recorded_per == "energy"
    assert found.finding("pl_peak_energy").value == pytest.approx(1.92, abs=1e-5)


def test_converter_at_its_limit_is_saturated_however_wide_the_top() -> None:
    found = lab.pl(spectrum(np.minimum(gaussian_line(1.92, 0.2, 7e3), 4095.0)))
    assert any("saturated" in text for text in found.warnings)
    with pytest.raises(DataError, match="saturated"):
        lab.pl(spectrum(np.minimum(gaussian_line(1.92, 0.1, 2e4), 4095.0)))


def test_saturated_detector_is_warned_of() -> None:
    counts = np.minimum(np.random.default_rng(2).poisson(gaussian_line(1.92, 0.1)), 7000.0)
    assert any("saturated" in text for text in lab.pl(spectrum(counts)).warnings)


def test_second_order_of_the_excitation_is_left_out() -> None:
    rng = np.random.default_rng(5)
    line = gaussian_line(1.92, 0.1) + 3e3 * np.exp(-0.5 * ((WAVELENGTH - 670e-9) / 1.5e-9) ** 2)
    data = recording(
        "photoluminescence", {"wavelength": WAVELENGTH}, {"counts": rng.poisson(line)}, excitation_wavelength=335e-9
    )
    found = lab.pl(data)
    item = found.finding("pl_fwhm_energy")
    assert any("second order" in text for text in found.notes)
    assert abs(item.value - 0.1) < 3.5 * item.uncertainty


ODD = {
    "no points": lambda x, y: (x[:0], y[:0]),
    "one point": lambda x, y: (x[:1], y[:1]),
    "nothing but nan": lambda x, y: (x, np.nan * y),
    "zeros": lambda x, y: (x, 0.0 * y),
    "negative": lambda x, y: (x, -y),
    "reversed": lambda x, y: (x[::-1], y[::-1]),
    "twice": lambda x, y: (np.repeat(x, 2), np.repeat(y, 2)),
    "noise alone": lambda x, y: (x, np.random.default_rng(0).poisson(100.0, x.size).astype(float)),
    "half a line": lambda x, y: (x[:110], y[:110]),
    "ramp": lambda x, y: (x, np.arange(x.size, dtype=float)),
    "one channel": lambda x, y: (x, 1e4 * (np.arange(x.size) == 100)),
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("quantity", ["counts", "intensity"])
def test_odd_spectra_give_numbers_or_are_refused(name: str, quantity: str) -> None:
    x, y = ODD[name](WAVELENGTH, gaussian_line(1.92, 0.1) + 20.0)
    try:
        found = lab.pl(recording("photoluminescence", {"wavelength": x}, {quantity: y}))
    except DataError:
        return
    assert all(np.isfinite([item.value, item.uncertainty]).all() for item in found.findings)


def test_spectra_of_real_instruments_are_analysed() -> None:
    edinburgh = "pl_edinburgh/HZB_AlFl_20231009_Solarcells-Batch-2-varyHTL_1_0.pl.csv"
    found = lab.pl(halodot.read(real(edinburgh)))
    assert 765e-9 < found.finding("pl_peak").value < 775e-9  # MAPbI3
    assert not found.warnings
    arsenide = lab.pl(halodot.read(real("plqy_luqy/GaAs5_Large_Spot_center.abspl.txt")))
    assert arsenide.finding("pl_peak_energy").value == pytest.approx(1.424, abs=2e-3)  # as its header states
    matrix = lab.pl(halodot.read(real("pl_horiba_fluoromax/f2.dat")), lab.PlSettings(excitation=350e-9))
    assert matrix.findings[0].of.startswith("excitation 35")


@pytest.mark.parametrize("width", [0.06, 0.1])
def test_a_line_without_a_tail_is_told_as_such_however_clean_it_is(width: float) -> None:
    """Where the tail is nothing the search still has slopes to follow, and ends."""
    tilted = gaussian_line(1.92, width) + np.linspace(300.0, 500.0, WAVELENGTH.size)
    found = lab.pl(spectrum(tilted)).finding("pl_tail")
    assert found.bound == "at most"
    assert found.value < 0.1 * width


def test_exponential_tail_on_the_red_side_is_found() -> None:
    energy = HC_EV / WAVELENGTH
    fine = np.linspace(0.0, 0.6, 2001)
    convolved = [np.trapezoid(np.exp(-fine / 0.03 - 0.5 * ((one + fine - 1.95) / 0.03) ** 2), fine) for one in energy]
    per_energy = np.array(convolved)
    line = per_energy * energy**2
    counts = np.random.default_rng(4).poisson(2e4 * line / line.max() + 50.0)
    item = lab.pl(spectrum(counts)).finding("pl_tail")
    assert item.interval_95[0] < 0.03 < item.interval_95[1]
    gauss = lab.pl(spectrum(np.random.default_rng(4).poisson(gaussian_line(1.92, 0.1, 2e4) + 50.0))).finding("pl_tail")
    assert gauss.interval_95[1] < 0.03


def test_height_of_quinine_is_linear_in_its_concentration() -> None:
    concentration = np.array([0.10, 0.15, 0.25, 0.30])  # mg/L
    names = [f"fl_perkinelmer_ls50/flu{number}.txt" for number in (2, 3, 5, 6)]
    height = np.array([lab.pl(halodot.read(real(name))).finding("pl_intensity").value for name in names])
    slope, start = np.polyfit(concentration, height, 1)
    assert np.max(np.abs(height - slope * concentration - start)) < 0.05 * height[-1]
