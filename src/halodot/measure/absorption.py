"""What a UV-vis spectrophotometer records."""

from __future__ import annotations

import math

import numpy as np

from halodot.measure.noise import blurred
from halodot.states import Dataset, Dots


def uv_vis(dots: Dots, *, absorbance_at_400_nm: float = 0.5, noise: float = 2e-4, seed: int | None = None) -> Dataset:
    """Return the absorbance of a dispersion of the dots.

    A = -log10(I / I_0). Both intensities carry the same absolute noise, so that
    sd(A) = noise sqrt(1 + 10^(2 A)) / ln 10: dense samples are noisy.

    Args:
        dots: absorbance relative to 400 nm [1].
        absorbance_at_400_nm: absorbance of the dispersion at 400 nm [1].
        noise: standard deviation of an intensity, relative to I_0 [1].
        seed: seed of the noise, None for none.

    Returns:
        Absorbance [1] by wavelength [m].
    """
    absorbance = absorbance_at_400_nm * dots.absorbance
    sd = noise * np.sqrt(1.0 + 10.0 ** (2.0 * absorbance)) / math.log(10.0)
    return Dataset(
        name="uv_vis",
        x=dots.wavelength.copy(),
        y=blurred(absorbance, sd, seed),
        x_unit="m",
        x_label="Wavelength",
        y_label="Absorbance",
        sd=sd,
        meta={"absorbance at 400 nm": absorbance_at_400_nm, "origin": "simulated"},
    )
