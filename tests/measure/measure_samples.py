"""Samples for the tests of the simulated instruments."""

from __future__ import annotations

import math

import numpy as np
import pytest

from halodot.states import Ageing, Dots, Emission, Film, Flask

NM = 1e-9
NS = 1e-9


def build_flask(edge_length: float = 5.3 * NM, spread: float = 0.0) -> Flask:
    """Return a flask of cubes of which only the size is of interest."""
    return Flask(
        survived=True,
        reason=None,
        amounts={},
        edge_length=edge_length,
        edge_length_spread=spread,
        sites=1e-4,
        dots=1e-7,
        excess_acid=0.0,
        free_amine=0.0,
        undissolved_ligand=0.0,
        stripped_fraction=0.0,
        material_retained=1.0,
    )


def build_dots(**changes: object) -> Dots:
    """Return dots with closed-form spectra and a decay of two exponentials."""
    wavelength = np.linspace(400.0, 800.0, 401) * NM
    time = np.linspace(0.0, 100.0, 501) * NS
    values = {
        "edge_length": 5.3 * NM,
        "edge_length_spread": 0.8 * NM,
        "spectroscopic_spread": 0.35 * NM,
        "wavelength": wavelength,
        "absorbance": (400.0 * NM / wavelength) ** 4,
        "pl": np.exp(-0.5 * ((wavelength - 640.0 * NM) / (15.0 * NM)) ** 2),
        "first_exciton": 630.0 * NM,
        "pl_peak": 640.0 * NM,
        "pl_fwhm": 35.0 * NM,
        "plqy": 0.87,
        "plqy_by_wash": np.array([0.97, 0.95, 0.87]),
        "radiative_rate": 0.12 / NS,
        "trap_rate": 0.02 / NS,
        "trap_rate_by_wash": np.array([0.004, 0.006, 0.02]) / NS,
        "time": time,
        "trpl": 0.7 * np.exp(-time / (8.0 * NS)) + 0.3 * np.exp(-time / (3.0 * NS)),
        "lifetime": 6.5 * NS,
        "weight_loss": 0.32,
        "coverage_native": 0.4,
        "coverage_short": 0.5,
        "coverage_bare": 0.1,
        "native_ligand_length": 2.0 * NM,
        "short_ligand_length": 0.75 * NM,
    }
    return Dots(**(values | changes))  # type: ignore[arg-type]


def build_film(**changes: object) -> Film:
    """Return a film of which mobility, permittivity and roughness are of interest."""
    wavelength = np.linspace(600.0, 700.0, 11) * NM
    values = {
        "gap": 1.7 * NM,
        "core_fraction": 0.4,
        "wavelength": wavelength,
        "index": np.full(11, 1.8),
        "extinction": np.zeros(11),
        "spectrum": np.ones(11),
        "mobility": 1e-8,
        "electron_affinity": 3.6,
        "ionisation_energy": 5.6,
        "density_of_states": 1e25,
        "relative_permittivity": 4.0,
        "plqy": 0.8,
        "radiative_rate": 0.12 / NS,
        "nonradiative_rate": 0.03 / NS,
        "roughness": 3.25 * NM,
        "leakage_conductance": 1e-3,
    }
    return Film(**(values | changes))  # type: ignore[arg-type]


def build_emission() -> Emission:
    """Return the sweep of a device whose second point was not solved."""
    voltage = np.array([2.0, 2.5, 3.0, 3.5])
    current = np.array([1e-3, math.nan, 10.0, 100.0])
    empty = np.zeros(4)
    return Emission(
        voltage=voltage,
        current_density=current,
        wavelength=np.array([640.0 * NM]),
        el=np.zeros((4, 1)),
        luminance=16.0 * current,
        eqe=empty,
        eqe_lambertian=empty,
        outcoupling=empty,
        exciton_yield=empty,
        cie_x=empty,
        cie_y=empty,
        el_peak=empty,
        el_fwhm=empty,
        current_efficiency=empty,
        luminous_efficacy=empty,
        layer_names=(),
        air=empty,
        substrate=empty,
        guided=empty,
        back=empty,
        absorbed=np.zeros((0, 4)),
        nonradiative=empty,
        balance_error=0.0,
    )


def build_ageing() -> Ageing:
    """Return an exponential decay over three half-lives."""
    time = np.linspace(0.0, 3.0, 301) * 3600.0
    return Ageing(
        luminance=209.0,
        current_density=12.5,
        half_life=3600.0,
        time=time,
        relative_luminance=2.0 ** (-time / 3600.0),
    )


@pytest.fixture(scope="session")
def dots() -> Dots:
    """Dots with closed-form spectra."""
    return build_dots()


@pytest.fixture(scope="session")
def film() -> Film:
    """A film of known mobility and roughness."""
    return build_film()


@pytest.fixture(scope="session")
def emission() -> Emission:
    """A sweep with a gap."""
    return build_emission()


@pytest.fixture(scope="session")
def ageing() -> Ageing:
    """An exponential decay."""
    return build_ageing()
