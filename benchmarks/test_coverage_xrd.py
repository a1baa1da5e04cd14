"""How often sizes and lattice constants of simulated powder patterns hold the truth.

The patterns are made here from the overlap of a cube with its shifted self, plane by plane: nothing of the fit is used.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
import pytest
from lab_coverage import coverage

from halodot import lab
from halodot.errors import DataError
from halodot.measure.scattering import form_factor
from halodot.readers.dataset import dataset
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values

LINES = ((0.1540593e-9, 2.0 / 3.0), (0.1544414e-9, 1.0 / 3.0))
PLANES = ((100, 6), (110, 12), (111, 8), (200, 6), (210, 24), (211, 24), (220, 12), (221, 24), (300, 6), (310, 24))
PLANES += ((311, 24), (222, 8), (320, 24))


def _refuse(file: RawFile) -> Recording:
    raise NotImplementedError


READER = Reader("simulated", "simulated pattern", lambda _: Match.NO, _refuse)


def reflected(angle: np.ndarray, edge: float, spread: float, cell: float, shift: float) -> np.ndarray:
    """Return what cubes of CsPbI3 scatter of both lines into an angle of 2 theta."""
    edges = edge * (1.0 + spread * np.linspace(-3.0, 3.0, 13)) if spread > 0.0 else np.array([edge])
    shares = np.exp(-0.5 * np.linspace(-3.0, 3.0, 13) ** 2) if spread > 0.0 else np.ones(1)
    away = np.linspace(0.0, 25.0 / edge, 1500)
    total = np.zeros(angle.size)
    true = angle - shift * np.cos(0.5 * angle)
    for digits, number in PLANES:
        planes = np.array([int(digit) for digit in str(digits)], float)
        norm = math.sqrt(float(planes @ planes))
        along = planes / norm
        columns = np.linspace(0.0, float(edges.max()) / along.max(), 300)
        overlap = np.zeros(columns.size)
        for one, share in zip(edges, shares):
            overlap += share * np.prod(np.clip(one - columns[:, None] * along, 0.0, None), axis=1)
        line = np.cos(2.0 * math.pi * away[:, None] * columns) @ overlap
        vector = np.array([2.0 * math.pi * norm / cell])
        lead, caesium, iodide = (float(form_factor(ion, vector)[0]) for ion in ("Pb", "Cs", "I"))
        h, k, l = planes.astype(int)  # noqa: E741
        amplitude = lead + caesium * (-1) ** (h + k + l) + iodide * ((-1) ** h + (-1) ** k + (-1) ** l)
        damped = amplitude**2 * math.exp(-(float(vector[0]) ** 2) * 5e-22)
        for wavelength, share in LINES:
            reciprocal = 2.0 * np.sin(0.5 * true) / wavelength
            factor = (1.0 + np.cos(true) ** 2) / reciprocal**2
            total += number * damped * share * factor * np.interp(np.abs(reciprocal - norm / cell), away, line)
    return total


def pattern(seed: int, background: str) -> tuple[Callable[[], lab.Analysis], Mapping[str, float]]:
    generator = np.random.default_rng(seed)
    edge = math.exp(generator.uniform(math.log(4e-9), math.log(30e-9)))
    spread = generator.uniform(0.0, 0.12)
    cell = generator.uniform(0.618e-9, 0.629e-9)
    width = math.radians(generator.uniform(0.05, 0.10))
    step = math.radians(generator.uniform(0.015, 0.04))
    angle = np.arange(math.radians(10.0), math.radians(50.0), step)
    shift = math.radians(generator.normal(0.0, 0.02))
    lines = reflected(angle, edge, spread, cell, shift)
    sigma = width / 2.3548 / step
    reach = np.arange(-math.ceil(5.0 * sigma), math.ceil(5.0 * sigma) + 1)
    kernel = np.exp(-0.5 * (reach / sigma) ** 2)
    lines = np.convolve(np.pad(lines, reach[-1], mode="edge"), kernel / kernel.sum(), mode="valid")
    peak = math.exp(generator.uniform(math.log(300.0), math.log(30_000.0)))
    below = peak * math.exp(generator.uniform(math.log(0.02), math.log(0.5)))
    place = np.linspace(0.0, 1.0, angle.size)
    if background == "straight":
        shape = 1.0 + generator.uniform(-0.3, 0.3) * (place - 0.5)
    elif background == "steep":
        shape = 0.3 + 4.0 * np.exp(-place / generator.uniform(0.1, 0.3))
    else:  # the halo of glass or ligands below a falling scatter of air
        halo = np.exp(-0.5 * ((place - generator.uniform(0.2, 0.5)) / generator.uniform(0.10, 0.16)) ** 2)
        shape = 0.5 + np.exp(-place / 0.2) + generator.uniform(0.5, 2.0) * halo
    counts = generator.poisson(peak * lines / lines.max() + below * shape).astype(float)
    made = Recording(
        "x_ray_diffraction",
        (Curve((Values("two_theta", angle, "rad"),), (Values("counts", counts),)),),
        {"x_ray_wavelength": LINES[0][0], "x_ray_wavelength_2": LINES[1][0], "x_ray_line_ratio": 0.5},
    )
    data = dataset(made, RawFile(f"pattern {seed}", counts.tobytes()), READER)
    measured = width * (1.0 + 0.05 * generator.standard_normal())  # from a standard, as well as the analysis assumes
    chosen = lab.XrdSettings(instrument_width=measured, subtraction="gaussian")
    normal = np.linspace(-3.0, 3.0, 13)
    edges, share = 1.0 + spread * normal, np.exp(-0.5 * normal**2)
    size = edge * float(share @ edges**4 / (share @ edges**3))

    def analyse() -> lab.Analysis:
        found = lab.xrd(data, chosen)
        if not {"crystallite_size", "lattice_constant"} <= {item.name for item in found.findings}:
            raise DataError("the pattern allows no size or no lattice constant")
        return found

    return analyse, {"crystallite_size": size, "lattice_constant": cell}


def test_intervals_hold_the_truth() -> None:
    found = coverage("xrd", lambda seed: pattern(seed, "straight"), range(200))
    for quantity, share in found.held.items():
        assert 0.90 <= share <= 0.99, quantity
    assert found.warned <= 0.05
    assert found.refused <= 0.02


@pytest.mark.parametrize("background", ["steep", "halo"])
def test_curved_backgrounds_are_covered_or_warned_of(background: str) -> None:
    found = coverage(f"xrd, {background} background", lambda seed: pattern(seed, background), range(1000, 1060))
    assert min(found.held_or_warned.values()) >= 0.90
