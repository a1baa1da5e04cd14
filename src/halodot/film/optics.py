"""What light sees of the film: effective index, extinction, emission."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from halodot.constants import HC_EV
from halodot.errors import ValidityError
from halodot.film.parameters import FilmParameters
from halodot.states import Array, Perovskite

REFERENCE_WAVELENGTH = 645e-9  # at which the core index is stated
Permittivity = TypeVar("Permittivity", float, NDArray[np.complex128])


def maxwell_garnett(inclusion: Permittivity, host: Permittivity, fraction: float) -> Permittivity:
    """Return the permittivity of inclusions in a host.

    (e - e_h) / (e + 2 e_h) = f (e_i - e_h) / (e_i + 2 e_h): exact at f = 0, f = 1 and e_i = e_h, and the lower
    bound of what an isotropic mixture can have where the inclusions are the denser material (Maxwell Garnett, Phil.
    Trans. R. Soc. A 203, 385 (1904), doi:10.1098/rsta.1904.0024).

    Args:
        inclusion: relative permittivity of the inclusions [1], real or complex.
        host: relative permittivity of the host [1].
        fraction: volume fraction of the inclusions [1].

    Returns:
        Relative permittivity of the mixture [1], real or complex, a scalar or the shape of ``inclusion``.

    >>> maxwell_garnett(9.0, 9.0, 0.4)
    9.0
    """
    contrast = fraction * (inclusion - host) / (inclusion + 2.0 * host)
    return host * (1.0 + 2.0 * contrast) / (1.0 - contrast)


def core_refraction(wavelength: Array, absorbance: Array, perovskite: Perovskite) -> NDArray[np.complex128]:
    """Return the complex refractive index n + ik of the perovskite cores.

    One oscillator below the band edge gives the dispersion, n^2 - 1 = (n_0^2 - 1) (E_o^2 - E_0^2) / (E_o^2 - E^2)
    through n_0 at 645 nm; the absorption coefficient of the dots gives k = alpha lambda / 4 pi, with their own,
    confined edge.

    Args:
        wavelength: grid [m], (wavelength,).
        absorbance: absorbance of the dots relative to the perovskite's absorption wavelength [1], (wavelength,).
        perovskite: material of the cores.

    Returns:
        n + ik [1], (wavelength,).

    Raises:
        ValidityError: the oscillator does not lie above every photon of the grid.
    """
    highest = HC_EV / float(wavelength.min())
    if not perovskite.oscillator_energy > highest:
        raise ValidityError(
            f"the perovskite's oscillator_energy is {perovskite.oscillator_energy:.3g} eV, but the spectra reach "
            f"{highest:.3g} eV: the dispersion of the index holds below its oscillator only"
        )
    oscillator = perovskite.oscillator_energy**2
    reference = oscillator - (HC_EV / REFERENCE_WAVELENGTH) ** 2
    susceptibility = (perovskite.core_index**2 - 1.0) * reference / (oscillator - (HC_EV / wavelength) ** 2)
    extinction = perovskite.core_absorption * absorbance * wavelength / (4.0 * np.pi)
    index: NDArray[np.complex128] = np.sqrt(1.0 + susceptibility) + 1j * extinction
    return index


def film_refraction(
    wavelength: Array, absorbance: Array, fraction: float, parameters: FilmParameters, perovskite: Perovskite
) -> tuple[Array, Array]:
    """Return refractive index and extinction coefficient of the film.

    Args:
        wavelength: grid [m], (wavelength,).
        absorbance: absorbance of the dots relative to the perovskite's absorption wavelength [1], (wavelength,).
        fraction: volume fraction of the cores [1].
        parameters: numbers of the film stage.
        perovskite: material of the cores.

    Returns:
        n and k [1], (wavelength,) each.
    """
    core = core_refraction(wavelength, absorbance, perovskite) ** 2
    host = np.full(wavelength.shape, parameters.ligand_index**2, dtype=np.complex128)
    index = np.sqrt(maxwell_garnett(core, host, fraction))
    return index.real.copy(), index.imag.copy()


def shift_emission(wavelength: Array, spectrum: Array, shift: float) -> Array:
    """Return a spectrum shifted to lower energy, its shape by energy unchanged.

    Args:
        wavelength: increasing grid [m], (wavelength,).
        spectrum: photons per unit wavelength [any unit], (wavelength,).
        shift: shift in energy [eV]; 0 leaves the spectrum where it is.

    Returns:
        Photons per unit wavelength relative to their maximum [1], (wavelength,).
    """
    per_energy = spectrum * wavelength**2
    origin = HC_EV / (HC_EV / wavelength + shift)
    moved = np.interp(origin, wavelength, per_energy, left=0.0, right=0.0) / wavelength**2
    relative: Array = moved / moved.max()
    return relative
