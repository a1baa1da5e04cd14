"""Spectra against lines whose peak and width are known in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from perovskites import IODIDE
from scipy.optimize import brentq

from halodot.constants import HC_EV
from halodot.dots import DotsParameters
from halodot.dots.ensemble import build_ensemble
from halodot.dots.spectra import (
    WAVELENGTH,
    absorption,
    emission,
    first_exciton,
    line_width,
    peak_and_width,
    stokes_shift,
)
from halodot.states import Array, replaced

PER_DEVIATION = 2.0 * math.sqrt(2.0 * math.log(2.0))


def test_single_dot_is_a_gaussian_in_energy(dots_parameters: DotsParameters) -> None:
    """In wavelength the line is E^2 exp(-(E - E0)^2 / 2 s^2), whose maximum and half heights are solved for here."""
    ensemble = build_ensemble(5.5e-9, 0.0, dots_parameters, IODIDE)
    centre = float((ensemble.energy - stokes_shift(ensemble.edge_length, dots_parameters, IODIDE))[0])
    deviation = float(line_width(ensemble.edge_length, dots_parameters, IODIDE)[0]) / PER_DEVIATION
    top = (centre + math.sqrt(centre**2 + 8.0 * deviation**2)) / 2.0

    def above_half(energy: float) -> float:
        ratio = (energy / top) ** 2 * math.exp(((top - centre) ** 2 - (energy - centre) ** 2) / (2.0 * deviation**2))
        return ratio - 0.5

    width = HC_EV / brentq(above_half, centre - 0.2, top) - HC_EV / brentq(above_half, top, centre + 0.2)
    peak, fwhm = peak_and_width(WAVELENGTH, emission(WAVELENGTH, ensemble, dots_parameters, IODIDE))
    assert peak == pytest.approx(HC_EV / top, abs=0.01e-9)
    assert fwhm == pytest.approx(width, abs=0.02e-9)


def test_width_does_not_depend_on_the_grid(dots_parameters: DotsParameters) -> None:
    ensemble = build_ensemble(5.5e-9, 0.35e-9, dots_parameters, IODIDE)
    fine = np.linspace(400e-9, 800e-9, 8001)
    coarse_line = peak_and_width(WAVELENGTH, emission(WAVELENGTH, ensemble, dots_parameters, IODIDE))
    fine_line = peak_and_width(fine, emission(fine, ensemble, dots_parameters, IODIDE))
    assert coarse_line == pytest.approx(fine_line, abs=0.02e-9)


@settings(max_examples=20, deadline=None)
@given(
    edge=st.floats(4.5e-9, 7e-9),
    relative=st.floats(0.0, 0.08),
    kind=st.sampled_from(["normal", "lognormal"]),
)
def test_photons_are_conserved(dots_parameters: DotsParameters, edge: float, relative: float, kind: str) -> None:
    """The photons per unit wavelength of one photon add up to one photon."""
    parameters = replaced(dots_parameters, size_distribution=kind)
    ensemble = build_ensemble(edge, relative * edge, parameters, IODIDE)
    grid = np.linspace(400e-9, 900e-9, 1001)
    assert np.trapezoid(emission(grid, ensemble, parameters, IODIDE), grid) == pytest.approx(1.0, abs=1e-4)


def test_spread_adds_to_the_width_in_quadrature(dots_parameters: DotsParameters) -> None:
    """For a narrow distribution the energies are Gaussian; the weight by size moves but does not widen the line."""
    edge, spread = 6e-9, 0.15e-9
    single, many = (build_ensemble(edge, value, dots_parameters, IODIDE) for value in (0.0, spread))
    widths = [
        peak_and_width(WAVELENGTH, emission(WAVELENGTH, each, dots_parameters, IODIDE)) for each in (single, many)
    ]
    in_energy = [HC_EV * fwhm / peak**2 for peak, fwhm in widths]
    expected = math.hypot(in_energy[0], PER_DEVIATION * many.energy_spread)
    assert in_energy[1] == pytest.approx(expected, rel=5e-3)


def test_large_dots_weigh_more(dots_parameters: DotsParameters) -> None:
    """Weighted by L^x, the mean energy of emission is that of the weighted sizes."""
    parameters = replaced(dots_parameters, cross_section_exponent=3.0)
    ensemble = build_ensemble(5.5e-9, 0.4e-9, parameters, IODIDE)
    line = emission(WAVELENGTH, ensemble, parameters, IODIDE)
    mean = np.trapezoid(line * HC_EV / WAVELENGTH, WAVELENGTH) / np.trapezoid(line, WAVELENGTH)
    weight = ensemble.share * ensemble.edge_length**3
    emitted = ensemble.energy - stokes_shift(ensemble.edge_length, parameters, IODIDE)
    assert mean == pytest.approx(weight @ emitted / weight.sum(), abs=1e-4)


def test_gaussian_in_wavelength_is_read_exactly() -> None:
    line = np.exp(-0.5 * ((WAVELENGTH - 645.3e-9) / 15e-9) ** 2)
    peak, fwhm = peak_and_width(WAVELENGTH, line)
    assert peak == pytest.approx(645.3e-9, abs=1e-15)
    assert fwhm == pytest.approx(15e-9 * PER_DEVIATION, abs=0.02e-9)


@pytest.mark.parametrize("centre", [390e-9, 820e-9])
def test_line_outside_the_grid_has_no_peak(centre: float) -> None:
    peak, fwhm = peak_and_width(WAVELENGTH, np.exp(-0.5 * ((WAVELENGTH - centre) / 15e-9) ** 2))
    assert math.isnan(peak)
    assert math.isnan(fwhm)


def test_line_cut_by_the_grid_has_no_width() -> None:
    peak, fwhm = peak_and_width(WAVELENGTH, np.exp(-0.5 * ((WAVELENGTH - 790e-9) / 15e-9) ** 2))
    assert peak == pytest.approx(790e-9, abs=1e-12)
    assert math.isnan(fwhm)


def test_first_exciton_is_where_it_was_put(dots_parameters: DotsParameters) -> None:
    """A line on a straight slope bends down most at its centre."""
    energy = HC_EV / WAVELENGTH
    absorbance: Array = 0.1 * np.exp(-0.5 * ((energy - 1.95) / 0.04) ** 2) + 0.3 * (energy - 1.5)
    assert first_exciton(WAVELENGTH, absorbance) == pytest.approx(HC_EV / 1.95, abs=0.1e-9)
    assert math.isnan(first_exciton(WAVELENGTH, energy**2))


def test_absorption_of_equal_dots(dots_parameters: DotsParameters) -> None:
    ensemble = build_ensemble(5.3e-9, 0.0, dots_parameters, IODIDE)
    absorbance = absorption(WAVELENGTH, ensemble, dots_parameters, IODIDE)
    assert absorbance[0] == pytest.approx(1.0, abs=1e-12)
    assert absorbance[-1] < 1e-3 * dots_parameters.first_exciton_strength
    assert first_exciton(WAVELENGTH, absorbance) == pytest.approx(HC_EV / ensemble.energy[0], abs=1e-9)
    blur = dots_parameters.homogeneous_width / PER_DEVIATION * math.sqrt(3.0) / math.pi
    onset = blur * math.log(2.0) / (HC_EV / 400e-9 - ensemble.energy[0])
    at_exciton = np.interp(HC_EV / ensemble.energy[0], WAVELENGTH, absorbance)
    expected = dots_parameters.first_exciton_strength + onset**dots_parameters.continuum_exponent
    assert at_exciton == pytest.approx(expected, rel=2e-3)


def test_emission_lies_below_absorption_by_the_stokes_shift(dots_parameters: DotsParameters) -> None:
    ensemble = build_ensemble(5.3e-9, 0.0, dots_parameters, IODIDE)
    absorbed = HC_EV / first_exciton(WAVELENGTH, absorption(WAVELENGTH, ensemble, dots_parameters, IODIDE))
    line = emission(WAVELENGTH, ensemble, dots_parameters, IODIDE)
    emitted = np.trapezoid(line * HC_EV / WAVELENGTH, WAVELENGTH) / np.trapezoid(line, WAVELENGTH)
    shift = stokes_shift(ensemble.edge_length, dots_parameters, IODIDE)[0]
    assert absorbed - emitted == pytest.approx(shift, abs=3e-3)


def test_one_spread_factor_serves_both_samples(dots_parameters: DotsParameters) -> None:
    """The factor between the spread in micrographs and in the spectrum, solved for each sample on its own width.

    Micrographs 5.29 +- 0.76 and 5.88 +- 1.16 nm, widths 38 and 42 nm (Li et al., Nano-Micro Lett. 16, 105, 2024).
    """

    def factor(edge: float, spread: float, fwhm: float) -> float:
        def miss(value: float) -> float:
            ensemble = build_ensemble(edge, value * spread, dots_parameters, IODIDE)
            return peak_and_width(WAVELENGTH, emission(WAVELENGTH, ensemble, dots_parameters, IODIDE))[1] - fwhm

        return float(brentq(miss, 0.05, 1.2))

    treated, control = factor(5.29e-9, 0.76e-9, 38e-9), factor(5.88e-9, 1.16e-9, 42e-9)
    assert treated == pytest.approx(control, rel=0.2)
    assert 0.3 < treated < 1.0
