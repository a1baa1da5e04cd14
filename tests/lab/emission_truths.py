"""PL spectra whose peak and width are known, of shapes that no analysis fits."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import xarray
from recordings import recording
from scipy.special import erfcx, voigt_profile

from halodot.constants import HC_EV

Line = Callable[[np.ndarray], np.ndarray]
_FWHM = 2.0 * np.sqrt(2.0 * np.log(2.0))
SHAPES = ("gaussian", "voigt", "tail", "ensemble", "bands", "in wavelength")


def line(rng: np.random.Generator, peak: float, width: float) -> Line:
    """Return photons per energy by energy [eV] of a line drawn at random, of about this peak and width [eV]."""
    kind = rng.choice(SHAPES)
    sigma = width / _FWHM

    def gaussian(energy: np.ndarray, centre: float | np.ndarray = peak, part: float = 1.0) -> np.ndarray:
        return np.asarray(np.exp(-0.5 * ((energy - centre) / (part * sigma)) ** 2))

    if kind == "gaussian":
        return gaussian
    if kind == "voigt":
        share = rng.uniform(0.05, 0.4)
        return lambda energy: voigt_profile(energy - peak, 0.8 * sigma, share * sigma)
    if kind == "tail":
        share = rng.uniform(0.2, 0.8)
        return lambda energy: gaussian(energy, part=0.85) * erfcx((1 / share + (energy - peak) / 0.85 / sigma) / 2**0.5)
    if kind == "ensemble":
        spread, power = rng.uniform(0.08, 0.15), rng.uniform(2.0, 3.0)
        deviation = np.linspace(-4.0, 4.0, 161)
        edge = 6.0 * np.exp(spread * deviation)  # lognormal edge lengths [nm]
        weight = np.exp(-0.5 * deviation**2) * edge**power
        return lambda energy: gaussian(energy[:, None], peak + 7.0 / edge**2 - 7.0 / 36.0, 0.6) @ weight
    if kind == "bands":
        away, share = rng.uniform(0.3, 0.7) * width, rng.uniform(0.05, 0.3)
        return lambda energy: gaussian(energy) + share * gaussian(energy, peak - away)
    place = HC_EV / peak
    return lambda energy: np.exp(-0.5 * ((HC_EV / energy - place) / (place * sigma / peak)) ** 2) / energy**2


def read_off(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Return peak and full width of a noiseless line on a fine grid."""
    top = int(np.argmax(y))
    below = np.flatnonzero(y < 0.5 * y[top])
    left, right = below[below < top][-1], below[below > top][0]

    def crossing(place: int) -> float:
        return float(x[place] + (0.5 * y[top] - y[place]) / (y[place + 1] - y[place]) * (x[place + 1] - x[place]))

    return float(x[top]), crossing(right - 1) - crossing(left)


def drawn(seed: int, disturb: Callable[[np.random.Generator, np.ndarray, np.ndarray], np.ndarray] | None = None):
    """Return a PL spectrum with noise and its truths.

    Args:
        seed: of line, instrument and noise.
        disturb: of generator, wavelength in line widths from the peak, expected counts: the counts expected instead.
    """
    rng = np.random.default_rng(seed)
    peak, width = rng.uniform(1.6, 2.6), rng.uniform(0.06, 0.18)
    of_energy = line(rng, peak, width)
    place = HC_EV / peak
    in_wavelength = place * width / peak
    step = rng.choice([0.25, 0.5, 1.0, 2.0]) * 1e-9
    low, high = rng.uniform(2.0, 4.0, 2) * in_wavelength
    x = np.arange(place - low, place + high, step)
    fine = np.linspace(place - 2.5 * in_wavelength, place + 2.5 * in_wavelength, 20001)
    energy = HC_EV / fine
    per_energy = of_energy(energy)
    per_wavelength = per_energy * energy**2
    truths: Mapping[str, float] = dict(
        zip(
            ("pl_peak", "pl_fwhm", "pl_peak_energy", "pl_fwhm_energy"),
            (*read_off(fine, per_wavelength), *read_off(energy[::-1], per_energy[::-1])),
        )
    )
    height = 10.0 ** rng.uniform(2.5, 5.7)
    expected = height * of_energy(HC_EV / x) * (HC_EV / x) ** 2 / per_wavelength.max()
    share, tilt = rng.choice([0.0, 0.003, 0.02, 0.05]), rng.uniform(-0.5, 0.5)
    expected += height * share * (1.0 + tilt * np.linspace(-1.0, 1.0, x.size))
    if disturb is not None:
        expected = disturb(rng, (x - place) / in_wavelength, expected)
    counts = rng.poisson(expected).astype(float)
    if rng.random() < 0.67:
        return recording("photoluminescence", {"wavelength": x}, {"counts": counts}), truths
    intensity = 3.7e-4 * (counts + rng.normal(0.0, rng.uniform(1.0, 5.0), x.size))
    return recording("photoluminescence", {"wavelength": x}, {"intensity": intensity}), truths


def measured(data: xarray.Dataset) -> str:
    """Return the quantity of a drawn spectrum."""
    return next(iter(map(str, data.data_vars)))
