"""PL spectra: lines of known peak and width come back."""

from __future__ import annotations

import numpy as np
import pytest
from recordings import recording

from halodot import lab
from halodot.constants import HC_EV
from halodot.errors import DataError, InputError

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
