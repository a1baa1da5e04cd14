"""How the size of a dot sets the energy of its exciton."""

from __future__ import annotations

import numpy as np

from halodot.constants import ELECTRON_MASS, ELEMENTARY_CHARGE, HBAR
from halodot.dots.parameters import DotsParameters
from halodot.errors import InputError, Problem
from halodot.states import Array, Note, Perovskite

# <L/r> of two particles in the ground state of a cube of edge L with hard walls; a sphere of radius R has 1.786 R/r,
# 2.88 at the cube's volume and 3.57 at the cube's width.
CUBE_COULOMB = 3.0478
RYDBERG, BOHR_RADIUS = 13.605693, 0.52917721e-10  # of hydrogen [eV, m]
_FIRST_ORDER, _SECOND_ORDER = 8.0 * CUBE_COULOMB / (9.0 * np.pi**2), 0.0464  # a and b of `binding_energy`
#: edge lengths [m] of published dots with which the curve was compared, and how far these scatter about it [eV]
SIZES = (3e-9, 30e-9)
SCATTER = 0.03
TEMPERATURES = (273.0, 323.0)  # of spectra [K], between which the shift of the gap is less than that


def kinetic_energy(edge_length: Array, perovskite: Perovskite) -> Array:
    """Return the parabolic confinement energy of an electron-hole pair in a cube.

    Args:
        edge_length: effective edge lengths [m], any shape.
        perovskite: material of the dots.

    Returns:
        E_k [eV], shape of ``edge_length``: E_k = 3 pi^2 hbar^2 / (2 mu L^2).
    """
    mass = perovskite.reduced_mass * ELECTRON_MASS
    energy: Array = 3.0 * (np.pi * HBAR / edge_length) ** 2 / (2.0 * mass) / ELEMENTARY_CHARGE
    return energy


def rydberg(perovskite: Perovskite) -> float:
    """Return the binding energy of the exciton in the bulk [eV], that of hydrogen times mu / eps^2."""
    return RYDBERG * perovskite.reduced_mass / perovskite.permittivity**2


def bohr_radius(perovskite: Perovskite) -> float:
    """Return the Bohr radius of the exciton in the bulk [m], that of hydrogen times eps / mu."""
    return BOHR_RADIUS * perovskite.permittivity / perovskite.reduced_mass


def binding_energy(edge_length: Array, perovskite: Perovskite) -> Array:
    """Return the energy by which attraction and correlation lower an electron-hole pair in a cube.

    With the edge x in Bohr radii of the exciton, B = R [1 + 3 pi^2 / x^2 3/4 y / (1 + y)], y = a x + b x^2. In a small
    cube each carrier is confined alone and B is the Coulomb energy to first order, 3.05 e^2 / (4 pi eps0 eps L), which
    fixes a = 8 c / (9 pi^2) with c = 3.05; in a large one the exciton is bound as in the bulk and moves as a whole
    with the mass of both, E = Eg - R + 3 pi^2 hbar^2 / (2 M L^2), M = 4 mu for electron and hole of one mass
    (Kayanuma, doi:10.1103/PhysRevB.38.9797). Between them b is that of the variational energy with
    cos cos exp(-r / a'), which it follows within 0.1 R up to four Bohr radii; beyond, where that trial function lets
    the exciton move too stiffly, it lies below it.

    Args:
        edge_length: effective edge lengths [m], any shape.
        perovskite: material of the dots.

    Returns:
        B [eV], shape of ``edge_length``.
    """
    x = np.asarray(edge_length) / bohr_radius(perovskite)
    y = _FIRST_ORDER * x + _SECOND_ORDER * x**2
    energy: Array = rydberg(perovskite) * (1.0 + 2.25 * (np.pi / x) ** 2 * y / (1.0 + y))
    return energy


def quenching_field(edge_length: float, perovskite: Perovskite) -> float:
    """Return the field inside a cube that halves the radiative rate of its exciton.

    A field along an edge mixes the second state of a particle in a box into the first with the amplitude
    c = e E <1|x|2> / (E_2 - E_1), <1|x|2> = 16 L / (9 pi^2), E_2 - E_1 = 3 pi^2 hbar^2 / (2 m L^2), electron and hole
    in opposite directions. To second order their overlap squared is 1 - 4 c^2, here 1 / (1 + 4 c^2), a half at
    E = 27 pi^4 hbar^2 / (64 e m L^3). Electron and hole are equally heavy, m twice the reduced mass; their attraction,
    which opposes the field, is left out.

    Args:
        edge_length: effective edge length of the dot [m].
        perovskite: material of the dots.

    Returns:
        E [V/m].
    """
    mass = 2.0 * perovskite.reduced_mass * ELECTRON_MASS
    return float(27.0 * np.pi**4 * HBAR**2 / (64.0 * ELEMENTARY_CHARGE * mass * edge_length**3))


def two_band_confinement_energy(band_gap: float, kinetic_energy: Array) -> Array:
    """Return the energy of an electron-hole pair confined between two coupled bands.

    E = sqrt(Eg^2 + 2 Eg E_k), the non-parabolic form that fits CsPbI3 nanocrystals best (Zhao et al., ACS Energy Lett.
    2020, OSTI 1595568) and that coupled-band theory gives for lead halides (Sercel, Lyons, Bernstein and Efros,
    J. Chem. Phys. 151, 234106 (2019), doi:10.1063/1.5127528).

    Args:
        band_gap: Eg of the bulk [eV].
        kinetic_energy: E_k of the pair in parabolic bands [eV], any shape.

    Returns:
        E [eV], shape of ``kinetic_energy``.

    >>> two_band_confinement_energy(2.0, np.array([0.0, 1.25]))
    array([2., 3.])
    """
    energy: Array = np.sqrt(band_gap**2 + 2.0 * band_gap * kinetic_energy)
    return energy


def transition_energy(edge_length: Array, parameters: DotsParameters, perovskite: Perovskite) -> Array:
    """Return the energy of the first exciton absorption of a cube.

    E = E_2(E_k) - B + dE with the two-band energy E_2 of :func:`two_band_confinement_energy`, or parabolic,
    E = Eg + E_k - B + dE, its limit for a large gap, and dE by which these dots lie off the curve.

    Args:
        edge_length: effective edge lengths [m], any shape.
        parameters: numbers and switches of the dots stage; ``confinement_model`` chooses the form.
        perovskite: material of the dots.

    Returns:
        E [eV], shape of ``edge_length``.

    Raises:
        InputError: the confinement model is unknown.
    """
    pair = pair_energy(kinetic_energy(edge_length, perovskite), parameters, perovskite)
    energy: Array = pair - binding_energy(edge_length, perovskite) + parameters.exciton_shift
    return energy


def level_spacing(edge_length: Array, parameters: DotsParameters, perovskite: Perovskite) -> Array:
    """Return the energy of the second level of one carrier in a cube above its first.

    The second level of a particle in a box (2, 1, 1), the 1P of a sphere, has twice the parabolic confinement energy
    of the first, so that with both carriers in it a pair has E(2 E_k), and with both in the first E(E_k): where both
    bands confine alike, each carrier has half of the difference. This is a carrier alone on its dot: the attraction
    is left out.

    Args:
        edge_length: effective edge lengths [m], any shape.
        parameters: numbers and switches of the dots stage; ``confinement_model`` chooses E.
        perovskite: material of the dots.

    Returns:
        [E(2 E_k) - E(E_k)]/2 [eV], shape of ``edge_length``.
    """
    kinetic = kinetic_energy(edge_length, perovskite)
    spacing: Array = 0.5 * (
        pair_energy(2.0 * kinetic, parameters, perovskite) - pair_energy(kinetic, parameters, perovskite)
    )
    return spacing


def pair_energy(kinetic: Array, parameters: DotsParameters, perovskite: Perovskite) -> Array:
    """Return the energy of an electron-hole pair without its attraction.

    Args:
        kinetic: confinement energy of the pair in parabolic bands [eV], any shape.
        parameters: numbers and switches of the dots stage; ``confinement_model`` chooses the form.
        perovskite: material of the dots.

    Returns:
        E [eV], shape of ``kinetic``.

    Raises:
        InputError: the confinement model is unknown.
    """
    if parameters.confinement_model == "two-band":
        return two_band_confinement_energy(perovskite.band_gap, kinetic)
    if parameters.confinement_model == "parabolic":
        return perovskite.band_gap + kinetic
    raise InputError(
        Problem(
            f"unknown confinement model {parameters.confinement_model!r}, expected two-band or parabolic",
            path="dots.confinement_model",
        )
    )


def curve_remarks(edge_length: float, parameters: DotsParameters) -> tuple[Note, ...]:
    """Return a note where dots are smaller or larger than those whose lines were compared with the curve.

    Args:
        edge_length: effective edge length of the mean dot [m].
        parameters: numbers and switches of the dots stage, with the temperature of the spectra.
    """
    found = []
    low, high = SIZES
    if not low <= edge_length <= high:
        text = (
            f"The lines of dots of {edge_length * 1e9:.3g} nm are extrapolated: published ones, which scatter by"
            f" {SCATTER * 1e3:.0f} meV about the curve, have {low * 1e9:.0f} to {high * 1e9:.0f} nm."
        )
        found.append(Note("extrapolated", text, "dots.size_offset"))
    low, high = TEMPERATURES
    if not low <= parameters.temperature <= high:
        text = (
            f"The gap is that of room temperature, and the spectra are taken at {parameters.temperature:.4g} K: only"
            " the width of a line follows, not its place, which shifts by some 0.1 to 0.4 meV/K."
        )
        found.append(Note("missing physics", text, "dots.temperature"))
    return tuple(found)
