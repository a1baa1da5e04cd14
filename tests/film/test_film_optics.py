"""The effective medium in its limits, and spectra that move in energy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from perovskites import IODIDE

from halodot.constants import HC_EV
from halodot.film import FilmParameters
from halodot.film.optics import core_refraction, film_refraction, maxwell_garnett, shift_emission
from halodot.states import Dots, replaced

DotsBuilder = Callable[..., Dots]


def test_maxwell_garnett_in_its_limits() -> None:
    assert maxwell_garnett(5.76, 2.13, 0.0) == pytest.approx(2.13, rel=1e-14)
    assert maxwell_garnett(5.76, 2.13, 1.0) == pytest.approx(5.76, rel=1e-14)
    assert maxwell_garnett(2.13, 2.13, 0.37) == pytest.approx(2.13, rel=1e-14)


def test_maxwell_garnett_of_dilute_inclusions_adds_their_polarisability() -> None:
    fraction = 1e-6
    expected = 2.13 * (1.0 + 3.0 * fraction * (5.76 - 2.13) / (5.76 + 2.0 * 2.13))
    assert maxwell_garnett(5.76, 2.13, fraction) == pytest.approx(expected, rel=1e-11)


@settings(max_examples=40, deadline=None)
@given(inclusion=st.floats(1.0, 20.0), host=st.floats(1.0, 20.0), fraction=st.floats(0.0, 1.0))
def test_maxwell_garnett_keeps_the_wiener_bounds(inclusion: float, host: float, fraction: float) -> None:
    found = maxwell_garnett(inclusion, host, fraction)
    series = 1.0 / (fraction / inclusion + (1.0 - fraction) / host)
    parallel = fraction * inclusion + (1.0 - fraction) * host
    assert series * (1.0 - 1e-12) <= found <= parallel * (1.0 + 1e-12)


@pytest.mark.parametrize(("fraction", "index"), [(0.36, 1.76), (0.52, 1.90)])
def test_index_of_films_worked_out_by_hand(film_parameters: FilmParameters, fraction: float, index: float) -> None:
    """Cores of 2.4 in 1.46, with the fill of long and of short ligands."""
    parameters = replaced(film_parameters, ligand_index=1.46)
    wavelength = np.array([645e-9])
    assert film_refraction(wavelength, np.zeros(1), fraction, parameters, replaced(IODIDE, core_index=2.4))[0][
        0
    ] == pytest.approx(index, abs=0.006)


def test_pure_cores_keep_their_own_constants(film_parameters: FilmParameters, make_dots: DotsBuilder) -> None:
    dots = make_dots()
    core = core_refraction(dots.wavelength, dots.absorbance, IODIDE)
    index, extinction = film_refraction(dots.wavelength, dots.absorbance, 1.0, film_parameters, IODIDE)
    assert index == pytest.approx(core.real, rel=1e-12)
    assert extinction == pytest.approx(core.imag, rel=1e-9, abs=1e-15)
    assert np.interp(645e-9, dots.wavelength, index) == pytest.approx(IODIDE.core_index, rel=1e-9)
    # k = alpha lambda / 4 pi at 400 nm, where the absorbance is 1
    assert extinction[0] == pytest.approx(IODIDE.core_absorption * 400e-9 / (4.0 * np.pi), rel=1e-12)


def test_transparent_where_the_dots_are(film_parameters: FilmParameters, make_dots: DotsBuilder) -> None:
    dots = make_dots()
    index, extinction = film_refraction(dots.wavelength, dots.absorbance, 0.45, film_parameters, IODIDE)
    clear = dots.absorbance == 0.0
    assert np.all(extinction[clear] == 0.0)
    assert np.all(extinction[~clear] > 0.0)
    assert np.all(np.diff(index[clear]) < 0.0)


def test_dispersion_is_one_oscillator() -> None:
    """1 / (n^2 - 1) is linear in the square of the photon energy and vanishes at the oscillator."""
    wavelength = np.linspace(450e-9, 800e-9, 36)
    index = core_refraction(wavelength, np.zeros(36), IODIDE).real
    squared = (HC_EV / wavelength) ** 2
    slope, offset = np.polyfit(squared, 1.0 / (index**2 - 1.0), 1)
    assert 1.0 / (index**2 - 1.0) == pytest.approx(slope * squared + offset, rel=1e-9)
    assert np.sqrt(-offset / slope) == pytest.approx(IODIDE.oscillator_energy, rel=1e-9)


def test_red_shift_moves_the_photons(make_dots: DotsBuilder) -> None:
    """The mean photon energy falls by the shift, to the interpolation on a grid of 1 nm."""
    dots = make_dots()
    mean = [
        np.trapezoid(line * HC_EV / dots.wavelength, dots.wavelength) / np.trapezoid(line, dots.wavelength)
        for line in (dots.pl, shift_emission(dots.wavelength, dots.pl, 0.02))
    ]
    assert mean[0] - mean[1] == pytest.approx(0.02, abs=2e-5)
    assert shift_emission(dots.wavelength, dots.pl, 0.0) == pytest.approx(dots.pl, rel=1e-9, abs=1e-12)
