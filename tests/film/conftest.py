"""Dots and parameters for the tests of the film stage."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from halodot.film import FilmParameters
from halodot.states import Dots, replaced
from halodot.study.library import parameters

PHOTON = 1.23984198e-6  # eV m


def build_dots(**changes: Any) -> Dots:
    """Return dots of 5.29 nm with a Gaussian line at 645 nm and an absorption edge above it."""
    wavelength = np.linspace(400e-9, 800e-9, 401)
    energy = PHOTON / wavelength
    dots = Dots(
        edge_length=5.29e-9,
        edge_length_spread=0.76e-9,
        spectroscopic_spread=0.36e-9,
        energy_spread=0.03,
        exciton_binding=0.083,
        wavelength=wavelength,
        absorbance=np.clip((energy - 1.95) / (energy[0] - 1.95), 0.0, None),
        pl=np.exp(-0.5 * ((wavelength - 645e-9) / 16e-9) ** 2),
        first_exciton=635e-9,
        pl_peak=645e-9,
        pl_fwhm=38e-9,
        plqy=0.87,
        plqy_by_wash=np.array([0.98, 0.95, 0.87]),
        radiative_rate=0.124e9,
        trap_rate=0.018e9,
        trap_rate_by_wash=np.array([0.002e9, 0.006e9, 0.018e9]),
        time=np.array([0.0, 1e-9]),
        trpl=np.array([1.0, 0.87]),
        lifetime=7.1e-9,
        coverage_native=0.5,
        coverage_short=0.4,
        coverage_bare=0.1,
        native_ligand_length=2.0e-9,
        short_ligand_length=0.75e-9,
    )
    return replaced(dots, **changes)


@pytest.fixture(scope="session")
def film_parameters() -> FilmParameters:
    """Parameters of the library."""
    found = parameters("film")[0]
    assert isinstance(found, FilmParameters)
    return found


@pytest.fixture(scope="session")
def make_dots() -> Callable[..., Dots]:
    """The builder of dots."""
    return build_dots
