"""The Fermi edge of a metal: level, resolution, and which files show one."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from halodot.arrays import Array
from halodot.constants import BOLTZMANN, ELEMENTARY_CHARGE
from halodot.errors import DataError
from halodot.lab.findings import Finding
from halodot.lab.fitting import Fitted, least_squares
from halodot.lab.methods._ups_edges import smooth
from halodot.lab.photoelectrons import Region, regions
from halodot.names import Quantity

if TYPE_CHECKING:
    import xarray

RESOLUTION = Quantity("energy_resolution", "eV", "meV", "Resolution (FWHM) beside the thermal width", "Delta E")
FERMI_METHOD = "Fermi function with a straight density of states and a Gaussian resolution, least squares"
_FWHM = 2.3548200450309493
SOFT = 100.0  # photon energies of UPS are below [eV]
_UPS_WORDS = re.compile(r"(?<![a-z])(UPS|He ?II?|valence|VB|VBM|SECO|cut[- _]?off|work[- _]?function)(?![a-z])", re.I)
_EDGE_WORDS = re.compile(r"(?i:fermi)|(?<![A-Za-z])(E_?[Ff]|FK)(?![A-Za-z])")
_SHORT = 30.0  # an edge alone is measured over less [eV]
_FEWEST_POINTS = 8
_NODES = 25


def is_ups(data: xarray.Dataset) -> bool:
    """Whether a measurement has electrons that ultraviolet light freed, or a valence band or cut-off by its name.

    Args:
        data: as `halodot.read` returns it.
    """
    there = regions(data)
    return any(is_ups_region(data, region, len(there) == 1) for region in there if region.energy.size)


def is_ups_region(data: xarray.Dataset, region: Region, alone: bool) -> bool:
    """Whether one region is such a spectrum: by its photon energy, else by its own name.

    Args:
        data: as `halodot.read` returns it.
        region: of it.
        alone: whether it is the only one, which the name of the file names.
    """
    if not region.binding:
        return False
    if region.photon_energy < SOFT:
        return True
    name = region.label + (f" {data.attrs.get('file', '')} {data.attrs.get('technique', '')}" if alone else "")
    named = bool(_UPS_WORDS.search(name) or _EDGE_WORDS.search(name))
    return named and float(region.energy[0]) < 3.0 and float(region.energy[-1]) < SOFT


def is_metal(data: xarray.Dataset) -> bool:
    """Whether a measurement is a Fermi edge by its name.

    Args:
        data: as `halodot.read` returns it.
    """
    if not _EDGE_WORDS.search(_named(data)):
        return False
    there = regions(data)
    return is_ups(data) or any(item.energy.size and float(np.ptp(item.energy)) < _SHORT for item in there)


def _named(data: xarray.Dataset) -> str:
    labels = " ".join(region.label for region in regions(data))
    return f"{data.attrs.get('file', '')} {labels} {data.attrs.get('technique', '')}"


def resolution_of(fit: Fitted) -> Finding:
    """Return the resolution of the analyser and the light together.

    Args:
        fit: of a Fermi edge.
    """
    return Finding(RESOLUTION, _FWHM * float(fit.values[1]), _FWHM * float(fit.uncertainties[1]), FERMI_METHOD)


def fitted_fermi_edge(energy: Array, signal: Array, sd: Array, temperature: float) -> tuple[Fitted, Array, Array]:
    """Fit the Fermi edge of a metal: the Fermi function times a straight density of states, with a Gaussian resolution.

    Args:
        energy: binding energy, rising [eV] (point,).
        signal: (point,).
        sd: standard deviation of the signal (point,).
        temperature: of the sample [K].

    Returns:
        The fit (Fermi level [eV], standard deviation of the resolution [eV], density of states there and its slope,
        background), and energy and signal of the window.

    Raises:
        DataError: there is no step.
    """
    if energy.size < _FEWEST_POINTS:
        raise DataError(f"{energy.size} points; a Fermi edge needs at least {_FEWEST_POINTS}")
    lines = smooth(signal)
    steps = smooth(np.gradient(lines, energy))
    place = float(energy[int(np.argmax(steps))])
    found = [_around(energy, signal, sd, temperature, place, factor) for factor in (1.0, 0.7, 1.4)]
    first, where, counts = found[0]
    others = np.array([fit.values[:2] for fit, _, _ in found])
    covariance = first.covariance.copy()
    covariance[0, 0] += float(np.var(others[:, 0]))
    covariance[1, 1] += float(np.var(others[:, 1]))
    if not np.all(np.isfinite(np.diag(covariance)[:2])):
        raise DataError("the step is too sharp for its points to be a Fermi edge; measure it in finer steps")
    return Fitted(first.values, covariance, first.residuals, first.model), where, counts


def _around(
    energy: Array, signal: Array, sd: Array, temperature: float, place: float, factor: float
) -> tuple[Fitted, Array, Array]:
    """Fit a Fermi edge in a window around a place."""
    part = np.abs(energy - place) < factor * _reach(energy)
    where, counts, spread = energy[part], signal[part], sd[part]
    ends = max(where.size // 5, 2)
    low, high = float(np.mean(counts[:ends])), float(np.mean(counts[-ends:]))
    if where.size < _FEWEST_POINTS or not high - low > 3.0 * float(np.mean(spread)) / math.sqrt(ends):
        raise DataError("no step that could be a Fermi edge; choose the window around it")
    start = [place, 0.1, high - low, 0.0, low]
    limits = ([float(where[0]), 1e-4, 0.0, -np.inf, -np.inf], [float(where[-1]), 2.0, np.inf, np.inf, np.inf])

    def model(numbers: Array) -> Array:
        return broadened_fermi(where, numbers, temperature)

    fit = least_squares(model, counts, spread, start, limits)
    scale = max(fit.reduced_chi2, 1.0)
    return Fitted(fit.values, fit.covariance * scale, fit.residuals, fit.model), where, counts


def _reach(energy: Array) -> float:
    """Return how far the window around a Fermi edge reaches [eV]."""
    return max(0.8, 6.0 * float(np.median(np.diff(energy))))


def broadened_fermi(energy: Array, numbers: Sequence[float] | Array, temperature: float) -> Array:
    """Return (n + n' (E - E_F)) f(E) convolved with a Gaussian, and a background.

    Args:
        energy: binding energy [eV] (point,).
        numbers: E_F [eV], standard deviation of the Gaussian [eV], n, n' [1/eV], background.
        temperature: [K].
    """
    level, resolution, density, slope, background = numbers
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    away = energy[:, None] - level - resolution * nodes[None, :]
    thermal = BOLTZMANN * temperature / ELEMENTARY_CHARGE
    filled = 1.0 / (1.0 + np.exp(-np.clip(away / thermal, -500.0, 500.0)))
    # a straight density must not turn negative above the edge, where nothing is filled anyway
    found: Array = ((density + slope * away) * filled) @ weights / math.sqrt(2.0 * math.pi) + background
    return found
