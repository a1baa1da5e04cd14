"""How long the optical environment takes, in units of a plain transfer-matrix R/T of the same stack."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from halodot.light import environment
from halodot.states import Emitter, Layer, Stack

FILMS = (
    ("ITO", 1.78 + 0.003j, 150e-9, "electrode"),
    ("PEDOT:PSS", 1.50 + 0.014j, 30e-9, "injection"),
    ("PTAA", 1.68 + 0j, 30e-9, "transport"),
    ("dots", 1.90 + 0j, 30e-9, "emitter"),
    ("TmPyPB", 1.68 + 0j, 6e-9, "transport"),
    ("PO-T2T", 1.69 + 0j, 40e-9, "transport"),
    ("LiF", 1.39 + 0j, 1e-9, "injection"),
    ("Al", 1.40 + 7.4j, 100e-9, "electrode"),
)
WAVELENGTH = np.linspace(600e-9, 700e-9, 101)
POSITION = 30e-9 * (np.arange(11) + 0.5) / 11


def device() -> Stack:
    def layer(name: str, index: complex, thickness: float, role: str) -> Layer:
        table = np.array([4e-7, 9e-7])
        real, imaginary = np.full(2, index.real), np.full(2, index.imag)
        return Layer(
            name=name,
            material=name,
            thickness=thickness,
            role=role,
            table_wavelength=table,
            table_index=real,
            table_extinction=imaginary,
        )

    spectrum = np.exp(-(((WAVELENGTH - 645e-9) / 20e-9) ** 2))
    return Stack(
        layers=(layer("glass", 1.515 + 0j, math.inf, "substrate"), *(layer(*film) for film in FILMS)),
        emitter=Emitter(WAVELENGTH.copy(), spectrum, 1e8, 1e7),
    )


def seconds(function: Callable[[], Any], repeats: int) -> float:
    best = math.inf
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        best = min(best, time.perf_counter() - start)
    return best


@pytest.mark.benchmark(group="light")
def test_environment_beside_transfer_matrix(benchmark: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tmm = pytest.importorskip("tmm")
    stack = device()
    indices = [1.515, *(film[1] for film in FILMS), 1.0]
    depths = [math.inf, *(film[2] for film in FILMS), math.inf]

    def matrices() -> None:
        for polarisation in "sp":
            tmm.coh_tmm(polarisation, indices, depths, 0.0, 645e-9)

    environment(stack, WAVELENGTH, POSITION)
    matrix = seconds(matrices, 20)
    benchmark(environment, stack, WAVELENGTH, POSITION)
    own = seconds(lambda: environment(stack, WAVELENGTH, POSITION), 3) / WAVELENGTH.size
    benchmark.extra_info["milliseconds per wavelength"] = 1e3 * own
    benchmark.extra_info["milliseconds for one tmm R/T, s and p"] = 1e3 * matrix
    benchmark.extra_info["ratio"] = own / matrix
    # The whole photon budget of 11 positions costs about as much as a few plain reflectances.
    assert own < 20.0 * matrix
