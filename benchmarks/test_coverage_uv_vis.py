"""How often the intervals of the first exciton and of Elliott's formula hold the truth, on simulated spectra."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import xarray

from halodot import lab
from halodot.constants import HC_EV
from halodot.dots.ensemble import build_ensemble
from halodot.dots.spectra import absorption
from halodot.lab import Analysis
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


def ensemble_of_dots(seed: int) -> Draw:
    """Draw dots of a size and its spread, their line and its strength, their amount, scattering, noise and axis."""
    generator = np.random.default_rng(seed)
    record = replace(
        parameters("dots")[0],
        band_gap=float(generator.uniform(1.68, 2.3)),
        homogeneous_width=float(generator.uniform(0.06, 0.11)),
        first_exciton_strength=float(generator.uniform(0.08, 0.2)),
        continuum_exponent=float(generator.uniform(1.1, 1.5)),
    )
    edge = float(generator.uniform(5.0e-9, 9.0e-9))
    dots = build_ensemble(edge, float(generator.uniform(0.03, 0.09)) * edge, record)
    level = float(generator.uniform(0.2, 1.2))
    scattering = float(generator.uniform(0.0, 0.03)) * (600e-9 / WAVELENGTH) ** 4
    clean = level * absorption(WAVELENGTH, dots, record) + scattering + float(generator.normal(0.0, 0.005))
    noise, axis = float(10.0 ** generator.uniform(-4.0, -3.0)), float(generator.normal(0.0, 0.3e-9))
    data = recorded(clean, generator, noise, axis)
    weight = dots.share * dots.edge_length**record.cross_section_exponent
    fine = np.linspace(dots.energy.min() - 0.3, np.median(dots.energy) + 0.1, 12001)
    deviation = record.homogeneous_width / (2.0 * math.sqrt(2.0 * math.log(2.0)))
    line = np.exp(-0.5 * ((fine[:, None] - dots.energy) / deviation) ** 2) @ weight
    top = int(np.argmax(line))
    half = float(fine[top] - np.interp(0.5 * line[top], line[: top + 1], fine[: top + 1]))
    energy = float(fine[top])
    truths = {"first_exciton_energy": energy, "first_exciton": HC_EV / energy, "first_exciton_hwhm": half}
    return lambda: lab.uv_vis(data, lab.UvVisSettings(elliott="none")), truths
