"""Absolute PL: the yield of real headers, and the splitting of a black body."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from recordings import recording

sys.path.insert(0, str(Path(__file__).parents[1] / "readers"))
from instrument_files import real

import halodot
from halodot import lab
from halodot.constants import BOLTZMANN, ELEMENTARY_CHARGE, HC_EV, PLANCK, SPEED_OF_LIGHT
from halodot.errors import DataError

WAVELENGTH = np.linspace(500.0, 1000.0, 2001) * 1e-9


def black(splitting: float, gap: float, temperature: float):
    """Return the photon flux of a step absorber by the generalised Planck law, per wavelength [1/m2/s/m]."""
    energy = HC_EV / WAVELENGTH * ELEMENTARY_CHARGE
    thermal = BOLTZMANN * temperature
    per_energy = 2.0 * np.pi / (PLANCK**3 * SPEED_OF_LIGHT**2) * energy**2
    per_energy *= np.exp((splitting * ELEMENTARY_CHARGE - energy) / thermal) * (energy > gap * ELEMENTARY_CHARGE)
    flux = per_energy * energy / WAVELENGTH
    return recording("photoluminescence", {"wavelength": WAVELENGTH}, {"spectral_photon_flux": flux})


def test_splitting_of_a_step_absorber_comes_back() -> None:
    settings = lab.LuqySettings(bandgap=1.6, incident=1e21, temperature=300.0)
    found = lab.luqy(black(1.2, 1.6, 300.0), settings)
    assert found.finding("quasi_fermi_level_splitting").value == pytest.approx(1.2, abs=1e-3)


def test_yield_is_emitted_over_absorbed() -> None:
    data = black(1.2, 1.6, 300.0)
    flux = float(np.trapezoid(data["spectral_photon_flux"].values, WAVELENGTH))
    found = lab.luqy(data, lab.LuqySettings(incident=100.0 * flux, incident_uncertainty=0.02)).finding(
        "luminescence_yield"
    )
    assert found.value == pytest.approx(0.01)
    assert found.uncertainty == pytest.approx(2e-4)


def test_yield_of_the_header_is_met() -> None:
    found = lab.luqy(halodot.read(real("plqy_luqy/GaAs5_Large_Spot_center.abspl.txt")))
    item = found.finding("luminescence_yield")
    assert item.value == pytest.approx(0.009693, abs=2.0 * item.uncertainty)
    assert abs(found.finding("quasi_fermi_level_splitting").value - 1.094) < 2.0 * 0.052
    assert not found.warnings
    again = lab.luqy(
        halodot.read(real("plqy_luqy/GaAs5_Large_Spot_center.abspl.txt")),
        lab.chosen(lab.LuqySettings, lab.as_text(found.settings)),
    )
    assert again.findings == found.findings


def test_spectrum_that_is_mostly_background_is_warned_of() -> None:
    found = lab.luqy(halodot.read(real("plqy_luqy/0_1_0-ecf314iynbrwtd33zkk5auyebh.abspl.txt")))
    assert any("background" in text for text in found.warnings)


def test_excitation_of_no_digit_leaves_what_the_instrument_states() -> None:
    found = lab.luqy(halodot.read(real("plqy_luqy/100_40-1.abspl.txt")))
    assert found.finding("luminescence_yield").value == pytest.approx(0.0004)
    assert found.warnings


def test_nothing_said_of_the_excitation_is_refused() -> None:
    with pytest.raises(DataError, match="incident"):
        lab.luqy(black(1.2, 1.6, 300.0))
    dark = black(1.2, 1.6, 300.0) * 0.0
    dark["spectral_photon_flux"].attrs = {"quantity": "spectral_photon_flux"}
    with pytest.raises(DataError, match="no light"):
        lab.luqy(dark)
