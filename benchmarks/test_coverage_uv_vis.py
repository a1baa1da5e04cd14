"""How often the intervals of the first exciton and of Elliott's formula hold the truth, on simulated spectra."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import xarray
from lab_coverage import coverage

from halodot import lab
from halodot.constants import HC_EV
from halodot.dots.ensemble import build_ensemble
from halodot.dots.spectra import absorption
from halodot.errors import DataError
from halodot.lab import Analysis
from halodot.perovskite import perovskite_of
from halodot.study.library import parameters

NUMBER = 200
WAVELENGTH = np.arange(350.0, 900.0, 1.0) * 1e-9
Draw = tuple[Callable[[], Analysis], Mapping[str, float]]


def recorded(absorbance: np.ndarray, generator: np.random.Generator, noise: float, axis: float) -> xarray.Dataset:
    """Return what a double-beam spectrophotometer records: noise of both beams, an axis that is off by ``axis`` [m]."""
    through = 10.0**-absorbance + generator.normal(0.0, noise, absorbance.size)
    light = 1.0 + generator.normal(0.0, noise, absorbance.size)
    described = {"units": "1", "quantity": "absorbance"}
    return xarray.Dataset(
        {"absorbance": (("wavelength",), -np.log10(through / light), described)},
        {"wavelength": (("wavelength",), WAVELENGTH + axis, {"units": "m", "quantity": "wavelength"})},
        {"kind": "absorption", "file": "made.txt", "sha256": "", "header": "{}"},
    )


def broadened(gap: float, binding: float, width: float, shape: str, bend: float) -> np.ndarray:
    """Return Elliott's absorption at `WAVELENGTH` by a plain sum on a fine grid, its matrix element per photon energy.

    Args:
        gap: [eV].
        binding: [eV].
        width: full width at half height of the broadening [eV].
        shape: "sech" or "Gaussian".
        bend: how the bands bend, 1/eV: the continuum grows by this share an eV above the gap.
    """
    step = 2.5e-4
    energy = np.arange(gap - 1.5, gap + 2.2, step)
    above = energy - gap
    bare = np.where(above > 0.0, 1.0 / -np.expm1(-2.0 * math.pi * np.sqrt(binding / np.maximum(above, 1e-12))), 0.0)
    bare *= 1.0 + bend * np.maximum(above, 0.0)
    for number in range(1, 80):
        bare[int(np.argmin(np.abs(above + binding / number**2)))] += 2.0 * binding / number**3 / step
    away = np.arange(-1.0, 1.0 + step, step)
    if shape == "sech":
        kernel = 1.0 / np.cosh(away / (width / (2.0 * math.acosh(2.0))))
    else:
        kernel = np.exp(-4.0 * math.log(2.0) * (away / width) ** 2)
    smooth = np.convolve(bare, kernel / kernel.sum(), mode="same") * gap / energy
    return np.asarray(np.interp(HC_EV / WAVELENGTH, energy, smooth))


def film_of_elliott(seed: int) -> Draw:
    """Draw a film of a crystal: gap, binding, broadening and its shape, bending bands, scattering, noise and axis."""
    generator = np.random.default_rng(seed)
    gap, binding = float(generator.uniform(1.6, 2.6)), float(10.0 ** generator.uniform(-2.0, -1.2))
    width = float(generator.uniform(0.04, 0.11))
    shape = ("sech", "Gaussian")[int(generator.integers(2))]
    clean = float(generator.uniform(0.1, 0.8)) * broadened(
        gap, binding, width, shape, float(generator.uniform(0.0, 0.3))
    )
    clean += float(generator.uniform(0.0, 0.05)) * (600e-9 / WAVELENGTH) ** 4 + float(generator.normal(0.0, 0.005))
    noise, axis = float(10.0 ** generator.uniform(-4.0, -3.0)), float(generator.normal(0.0, 0.3e-9))
    data = recorded(clean, generator, noise, axis)
    truths = {"elliott_gap": gap, "exciton_binding": binding, "elliott_fwhm": width}
    return lambda: _with(lab.uv_vis(data), "elliott_gap"), truths


def spoiled(seed: int, generator: np.random.Generator) -> np.ndarray:
    """Return what does not belong into an absorption spectrum: fringes, a step of the detector, a drift."""
    energy = HC_EV / WAVELENGTH
    size = float(generator.uniform(0.005, 0.03))
    return np.asarray(
        (
            size * np.sin(2.0 * math.pi * energy / float(generator.uniform(0.15, 0.5))),
            size * (float(generator.uniform(700e-9, 860e-9)) < WAVELENGTH),
            size * 3.0 * np.sin(2.0 * math.pi * (WAVELENGTH - 350e-9) / 900e-9),
        )[seed % 3]
    )


def spoiled_dots(seed: int) -> Draw:
    """Draw dots as before, and something that does not belong into their spectrum."""
    return ensemble_of_dots(seed, spoiled(seed, np.random.default_rng(seed + 100_000)))


def ensemble_of_dots(seed: int, beside: np.ndarray | float = 0.0) -> Draw:
    """Draw dots of a size and its spread, their line and its strength, their amount, scattering, noise and axis."""
    generator = np.random.default_rng(seed)
    gap = float(generator.uniform(1.68, 2.3))
    record = replace(
        parameters("dots")[0],
        homogeneous_width=float(generator.uniform(0.06, 0.11)),
        first_exciton_strength=float(generator.uniform(0.08, 0.2)),
        continuum_exponent=float(generator.uniform(1.1, 1.5)),
    )
    edge = float(generator.uniform(5.0e-9, 9.0e-9))
    perovskite = replace(perovskite_of({"I": 1.0}, parameters("perovskite")[0]), band_gap=gap)
    dots = build_ensemble(edge, float(generator.uniform(0.03, 0.09)) * edge, record, perovskite)
    level = float(generator.uniform(0.2, 1.2))
    scattering = float(generator.uniform(0.0, 0.03)) * (600e-9 / WAVELENGTH) ** 4
    clean = level * absorption(WAVELENGTH, dots, record, perovskite) + scattering + float(generator.normal(0.0, 0.005))
    noise, axis = float(10.0 ** generator.uniform(-4.0, -3.0)), float(generator.normal(0.0, 0.3e-9))
    data = recorded(clean + beside, generator, noise, axis)
    weight = dots.share * dots.edge_length**record.cross_section_exponent
    fine = np.linspace(dots.energy.min() - 0.3, np.median(dots.energy) + 0.1, 12001)
    deviation = record.homogeneous_width / (2.0 * math.sqrt(2.0 * math.log(2.0)))
    line = np.exp(-0.5 * ((fine[:, None] - dots.energy) / deviation) ** 2) @ weight
    top = int(np.argmax(line))
    half = float(fine[top] - np.interp(0.5 * line[top], line[: top + 1], fine[: top + 1]))
    energy = float(fine[top])
    truths = {"first_exciton_energy": energy, "first_exciton": HC_EV / energy, "first_exciton_hwhm": half}
    settings = lab.UvVisSettings(elliott="none")
    return lambda: _with(lab.uv_vis(data, settings), "first_exciton"), truths


def _with(made: Analysis, name: str) -> Analysis:
    """Return an analysis that found a quantity; one that says that there is none counts as refused."""
    if not any(item.name == name for item in made.findings):
        raise DataError("; ".join(made.notes))
    return made


def test_first_exciton_of_dots_is_held() -> None:
    found = coverage("dots", ensemble_of_dots, range(1, NUMBER + 1))
    assert all(0.90 <= share <= 0.99 for share in found.held.values())
    assert found.warned <= 0.05


def test_gap_and_binding_energy_of_films_are_held() -> None:
    found = coverage("films", film_of_elliott, range(1, NUMBER + 1))
    assert all(share >= 0.90 for share in found.held.values())
    assert found.warned <= 0.05


def test_spoiled_spectra_are_held_or_warned_of() -> None:
    found = coverage("spoiled", spoiled_dots, range(1, NUMBER + 1))
    assert all(share >= 0.90 for share in found.held_or_warned.values())
