"""What a fluorescence spectrometer and an integrating sphere record."""

from __future__ import annotations

import numpy as np

from halodot.errors import InputError
from halodot.measure.noise import counted
from halodot.states import Array, Dataset, Dots

#: grid of the sphere's spectrometer [m] and width of the laser line on it (standard deviation) [m]
SPHERE_WAVELENGTH: Array = np.linspace(340.0, 800.0, 461) * 1e-9
_LINE = 2e-9


def pl(dots: Dots, *, peak_counts: float = 1e5, dark_counts: float = 0.0, seed: int | None = None) -> Dataset:
    """Return the photoluminescence spectrum of the dots in counted photons per unit wavelength.

    Args:
        dots: photoluminescence spectrum.
        peak_counts: expected counts in the highest channel [1].
        dark_counts: expected dark counts in every channel [1].
        seed: seed of the Poisson noise, None for none.

    Returns:
        Counts [1] by wavelength [m].
    """
    expected = peak_counts * np.maximum(dots.pl, 0.0) / float(np.max(dots.pl)) + dark_counts
    return Dataset(
        name="pl",
        x=dots.wavelength.copy(),
        y=counted(expected, seed),
        x_unit="m",
        x_label="Wavelength",
        y_label="Counts",
        sd=np.sqrt(expected),
        meta={"peak counts": peak_counts, "dark counts": dark_counts, "origin": "simulated"},
    )


def plqy(
    dots: Dots,
    *,
    wash: int | None = None,
    absorbed: float = 0.2,
    excitation: float = 365e-9,
    laser_counts: float = 1e7,
    seed: int | None = None,
) -> tuple[Dataset, Dataset]:
    """Return the two spectra of an integrating sphere, without and with the sample.

    The sample takes a share of the laser's photons and gives back PLQY of them in its own spectrum, so that
    PLQY = (photons of the sample beyond the line - those of the reference) / (laser photons lost). Emission that the
    sample absorbs again is left out, as in a dilute dispersion.

    Args:
        dots: yield [1] and photoluminescence spectrum.
        wash: number of washes of the sample; the last where not given.
        absorbed: share of the laser's photons that the sample absorbs [1].
        excitation: wavelength of the laser [m].
        laser_counts: expected photons of the laser line in the reference [1].
        seed: seed of the Poisson noise, None for none.

    Returns:
        Reference and sample: counted photons [1] by wavelength [m].

    Raises:
        InputError: the share is outside 0 to 1, or there is no such wash.
    """
    if not 0.0 < absorbed < 1.0:
        raise InputError("the share of the laser that the sample absorbs lies between 0 and 1")
    if wash is not None and not 0 <= wash < dots.plqy_by_wash.size:
        raise InputError(f"there is no sample of {wash} washes; the last has {dots.plqy_by_wash.size - 1}")
    yielded = dots.plqy if wash is None else float(dots.plqy_by_wash[wash])
    line = np.exp(-0.5 * ((SPHERE_WAVELENGTH - excitation) / _LINE) ** 2)
    band = np.interp(SPHERE_WAVELENGTH, dots.wavelength, dots.pl, left=0.0, right=0.0)
    reference = laser_counts * line / line.sum()
    sample = (1.0 - absorbed) * reference + laser_counts * absorbed * yielded * band / band.sum()
    meta: dict[str, float | str] = {"excitation": excitation, "laser counts": laser_counts, "origin": "simulated"}
    seeds = (None, None) if seed is None else (2 * seed, 2 * seed + 1)
    return _sphere("reference", reference, meta, seeds[0]), _sphere("sample", sample, meta, seeds[1])


def _sphere(beam: str, expected: Array, meta: dict[str, float | str], seed: int | None) -> Dataset:
    return Dataset(
        name="plqy",
        x=SPHERE_WAVELENGTH.copy(),
        y=counted(expected, seed),
        x_unit="m",
        x_label="Wavelength",
        y_label="Photons",
        sd=np.sqrt(expected),
        meta={**meta, "beam": beam},
    )
