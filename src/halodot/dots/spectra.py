"""Absorption and emission spectra of an ensemble, and what is read off them."""

from __future__ import annotations

import math

import numpy as np

from halodot.constants import BOLTZMANN, ELEMENTARY_CHARGE, HC_EV
from halodot.dots.ensemble import Ensemble
from halodot.dots.multiexcitons import REFERENCE_EDGE_LENGTH
from halodot.dots.parameters import DotsParameters
from halodot.numerics import FWHM_PER_SIGMA, full_width, parabola_vertex
from halodot.states import Array, Perovskite

WAVELENGTH: Array = np.linspace(400.0, 800.0, 401) * 1e-9
WIDE: Array = np.linspace(350.0, 800.0, 451) * 1e-9  # of dots with a gap above `WIDE_GAP`
WIDE_GAP = 2.0  # eV
REFERENCE_TEMPERATURE = 298.15  # K, at which the width of a line is stated


def spectral_grid(perovskite: Perovskite) -> Array:
    """Return the wavelengths of the spectra [m], (wavelength,): from 350 nm where the gap is wide, else from 400 nm."""
    return WIDE if perovskite.band_gap > WIDE_GAP else WAVELENGTH


def stokes_shift(edge_length: Array, parameters: DotsParameters, perovskite: Perovskite) -> Array:
    """Return the energy by which the emission of a dot lies below its first exciton absorption.

    dE = dE_0 (5.5 nm / L)^p: it falls with the size of CsPbBr3 and CsPbI3 cubes (Brennan et al.,
    doi:10.1021/jacs.7b05683).

    Args:
        edge_length: effective edge lengths [m], any shape.
        parameters: numbers and switches of the dots stage, with p.
        perovskite: material of the dots, with dE_0.

    Returns:
        dE [eV], shape of ``edge_length``.
    """
    shift: Array = perovskite.stokes_shift * (REFERENCE_EDGE_LENGTH / edge_length) ** parameters.stokes_exponent
    return shift


def line_width(edge_length: Array, parameters: DotsParameters, perovskite: Perovskite) -> Array:
    """Return the full width at half maximum of the line of one dot.

    W = W_0 [e + (1 - e) (5.5 nm / L)^q n(T) / n(298 K)] with the number n = 1 / (exp(E / kT) - 1) of phonons of the
    energy E (Rudin, Reinecke and Segall, doi:10.1103/PhysRevB.42.11218): a part e that does not depend on the
    temperature and one by phonons, which couple more strongly to small dots where those of the surface do (Raino et
    al., doi:10.1038/s41467-022-30016-0).

    Args:
        edge_length: effective edge lengths [m], any shape.
        parameters: numbers and switches of the dots stage, with W_0, e and q.
        perovskite: material of the dots, with the energy of its phonons.

    Returns:
        W [eV], shape of ``edge_length``.
    """
    energy = perovskite.phonon_energy * ELEMENTARY_CHARGE / BOLTZMANN
    phonons = math.expm1(energy / REFERENCE_TEMPERATURE) / math.expm1(energy / parameters.temperature)
    size = (REFERENCE_EDGE_LENGTH / np.asarray(edge_length)) ** parameters.width_exponent
    share = parameters.elastic_share
    width: Array = parameters.homogeneous_width * (share + (1.0 - share) * phonons * size)
    return width


def emission(wavelength: Array, ensemble: Ensemble, parameters: DotsParameters, perovskite: Perovskite) -> Array:
    """Return the photoluminescence of the ensemble under light far above its gap.

    A dot emits in proportion to what it absorbs, L^x, as a Gaussian in energy around its first exciton less the
    Stokes shift; photons per unit wavelength are photons per unit energy times hc/lambda^2.

    Args:
        wavelength: grid [m].
        ensemble: the dots.
        parameters: numbers and switches of the dots stage.
        perovskite: material of the dots.

    Returns:
        Photons per unit wavelength [1/m] for one photon in all, shape of ``wavelength``.
    """
    energy = HC_EV / wavelength
    deviation = line_width(ensemble.edge_length, parameters, perovskite) / FWHM_PER_SIGMA
    weight = ensemble.share * ensemble.edge_length**parameters.cross_section_exponent
    centre = ensemble.energy - stokes_shift(ensemble.edge_length, parameters, perovskite)
    lines = np.exp(-0.5 * ((energy[:, None] - centre) / deviation) ** 2) / deviation
    per_energy = lines @ (weight / weight.sum()) / math.sqrt(2.0 * math.pi)
    per_wavelength: Array = per_energy * HC_EV / wavelength**2
    return per_wavelength


def absorption(wavelength: Array, ensemble: Ensemble, parameters: DotsParameters, perovskite: Perovskite) -> Array:
    """Return the absorbance of the ensemble relative to that at a reference wavelength.

    A dot of edge L and first exciton E1 has the cross section
    sigma = mu_i L^x { a exp(-(E - E1)^2 / 2 s^2) + [r(E - E1) / (E0 - E1)]^p }, where r is a ramp from 0 blurred
    as far as the line (by a logistic distribution of deviation s): the intrinsic absorption coefficient far above
    the edge, at E0, does not depend on size (Maes et al., doi:10.1021/acs.jpclett.8b01065, for CsPbBr3), near the
    edge the spectrum moves with the exciton.

    Args:
        wavelength: grid [m].
        ensemble: the dots.
        parameters: numbers and switches of the dots stage.
        perovskite: material of the dots.

    Returns:
        Absorbance [1], 1 at the perovskite's absorption wavelength, shape of ``wavelength``.
    """
    reference = HC_EV / perovskite.absorption_wavelength
    energy = np.append(HC_EV / wavelength, reference)
    deviation = line_width(ensemble.edge_length, parameters, perovskite) / FWHM_PER_SIGMA
    above = energy[:, None] - ensemble.energy
    line = parameters.first_exciton_strength * np.exp(-0.5 * (above / deviation) ** 2)
    span = np.maximum(reference - ensemble.energy, deviation)
    blur = deviation * math.sqrt(3.0) / math.pi
    continuum = (blur * np.logaddexp(0.0, above / blur) / span) ** parameters.continuum_exponent
    weight = ensemble.share * ensemble.edge_length**parameters.cross_section_exponent
    total = (line + continuum) @ weight
    relative: Array = total[:-1] / total[-1]
    return relative


def first_exciton(wavelength: Array, absorbance: Array) -> float:
    """Return the wavelength [m] of the first exciton absorption, nan where the grid does not show it.

    It is where the absorbance bends down most, the minimum of its second derivative by energy, which exists also
    where the exciton is only a shoulder.

    Args:
        wavelength: grid [m], shape (wavelength,).
        absorbance: absorbance on the grid [1], shape (wavelength,).
    """
    energy = HC_EV / wavelength
    bend = np.gradient(np.gradient(absorbance, energy), energy)[2:-2]
    lowest = int(np.argmin(bend))
    if not 0 < lowest < bend.size - 1 or not bend[lowest] < 0:
        return math.nan
    return parabola_vertex(wavelength[2:-2], -bend, lowest)[0]


def peak_and_width(wavelength: Array, spectrum: Array) -> tuple[float, float]:
    """Return where a line is highest and its full width at half maximum.

    The maximum is that of a parabola through the logarithm of the three highest points (exact for a Gaussian), the
    half heights are interpolated linearly in the logarithm.

    Args:
        wavelength: increasing grid [m], shape (wavelength,).
        spectrum: one line on it [any unit], shape (wavelength,), positive at its maximum.

    Returns:
        Wavelength of the maximum [m] and full width [m]; nan for what lies outside the grid.
    """
    top = int(np.argmax(spectrum))
    if not 0 < top < spectrum.size - 1 or not spectrum[top] > 0:
        return math.nan, math.nan
    height = np.log(np.maximum(spectrum, spectrum[top] * 1e-30))
    peak, level = parabola_vertex(wavelength, height, top)
    return peak, full_width(wavelength, height, top, level - math.log(2.0))
