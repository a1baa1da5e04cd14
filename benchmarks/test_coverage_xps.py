"""How often 95 % intervals of binding energies, areas and ratios from XPS hold the truth."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
import xarray
from lab_coverage import coverage
from scipy.special import voigt_profile

from halodot.lab import Analysis, XpsSettings, xps

SAMPLES = 200
FIRST_SEED = 9_000
#: binding energy, splitting, share of the stronger part: of lead and bromide in a perovskite
LEAD, BROMIDE = (138.4, 4.86, 4.0 / 7.0), (68.3, 1.05, 3.0 / 5.0)


def lines(energy: np.ndarray, places: tuple[float, float, float], width: float, lorentzian: float) -> np.ndarray:
    """Return a doublet of area one of Voigt lines with a Gaussian deviation and a Lorentzian half width [eV]."""
    place, splitting, share = places
    first = voigt_profile(energy - place, width, lorentzian)
    return np.asarray(share * first + (1.0 - share) * voigt_profile(energy - place - splitting, width, lorentzian))


def region(
    generator: np.random.Generator, places: tuple[float, float, float], area: float, shift: float, slope: float
) -> tuple[np.ndarray, np.ndarray, float]:
    """Return energies, counts and the area of a doublet on scattered electrons, all of them further up by charging."""
    energy = np.arange(places[0] - 9.0, places[0] + places[1] + 9.0, 0.1)
    moved = (places[0] + shift, *places[1:])
    shape = lines(energy, moved, generator.uniform(0.3, 0.6), generator.uniform(0.02, 0.2))
    rise = generator.uniform(0.01, 0.08)
    below = generator.uniform(0.02, 0.3) * area + rise * area * 0.1 * (np.cumsum(shape) - 0.5 * shape)
    tilted = below * (1.0 + slope * (energy - energy.mean()) / np.ptp(energy))
    return energy, generator.poisson(area * shape + tilted).astype(float), area


def measured(spectra: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> xarray.Dataset:
    """Return regions as a file is read."""
    variables, coordinates = {}, {}
    said = {"integration_time": 0.1, "scans": 1.0, "photon_energy": 1486.6}
    for number, (label, (energy, counts)) in enumerate(spectra.items(), 1):
        axis = f"binding_energy_{number}"
        coordinates[axis] = (axis, energy[::-1], {"units": "eV", "quantity": "binding_energy", "curve": label})
        attributes = {"units": "1", "quantity": "counts", "curve": label, **said}
        variables[f"counts_{number}"] = (axis, counts[::-1], attributes)
    return xarray.Dataset(variables, coordinates, {"kind": "photoelectrons", "file": "made.vms", "header": "{}"})


def drawn(seed: int, slope: float) -> tuple[Callable[[], Analysis], Mapping[str, float]]:
    """Return the analysis of a drawn perovskite and its truths."""
    generator = np.random.default_rng(seed)
    area = 10.0 ** generator.uniform(3.0, 5.0)
    ratio = generator.uniform(2.0, 3.5)
    shift = generator.uniform(-1.0, 3.0)
    kinetic = (1486.6 - BROMIDE[0] - shift) / (1486.6 - LEAD[0] - shift)
    lead = region(generator, LEAD, area, shift, slope)
    bromide = region(generator, BROMIDE, area * ratio * 2.84 / 22.74 * kinetic**0.75, shift, slope)
    data = measured({"Pb 4f": lead[:2], "Br 3d": bromide[:2]})
    settings = XpsSettings(reference="none", sensitivity_uncertainty=0.0)
    truths = {"binding_energy": LEAD[0] + shift, "core_line_area": lead[2]}
    return lambda: xps(data, settings), truths


def test_intervals_of_core_lines_hold_the_truth() -> None:
    found = coverage("XPS", lambda seed: drawn(seed, 0.0), range(FIRST_SEED, FIRST_SEED + SAMPLES))
    assert 0.90 <= found.held["binding_energy"] <= 0.99
    assert found.held["core_line_area"] >= 0.90  # its uncertainty is mostly that of the background's law
    assert found.warned <= 0.05


def test_tilted_background_is_held_or_told() -> None:
    found = coverage("XPS, tilted", lambda seed: drawn(seed, -0.2), range(FIRST_SEED, FIRST_SEED + SAMPLES // 4))
    assert all(share >= 0.90 for share in found.held_or_warned.values())
    assert math.isfinite(found.bias["binding_energy"])
