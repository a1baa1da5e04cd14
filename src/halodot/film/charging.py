"""What a second charge of the same sign costs on a dot."""

from __future__ import annotations

import math

from halodot.constants import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY

#: <R/r> of two particles in the ground state of a sphere of radius R with hard walls
SPHERE_COULOMB = 1.7861


def charging_energy(edge_length: float, core_permittivity: float, film_permittivity: float) -> float:
    """Return the energy by which two electrons, or two holes, on one dot repel each other.

    U = e^2 / (4 pi eps0 R) [1/e_out - 1/e_in + 1.79/e_in] for the ground state of a sphere of the cube's volume,
    R = (3 / 4 pi)^(1/3) L, in a medium of another permittivity: their direct repulsion in the core, and that by the
    charge which each induces at the surface, exact for charges that are spread alike in all directions. Franceschetti,
    Williamson and Zunger, arXiv:cond-mat/9908417, find by pseudopotentials that the second part outweighs the first
    where the medium has the lower permittivity. The energy with which a single charge polarises what is around it is
    the same for the first and the second and belongs to the level.

    Both permittivities are static: a charge stands on its dot for nanoseconds, the lattice follows within a picosecond,
    and the energy after it has followed decides how many charges a dot holds in equilibrium. The medium is the film
    itself, whose dots and ligands screen like their mean.

    Args:
        edge_length: edge length of the dots, L [m].
        core_permittivity: static permittivity of the cores, e_in [1].
        film_permittivity: static permittivity of the film, e_out [1].

    Returns:
        U [eV].
    """
    radius = math.cbrt(3.0 / (4.0 * math.pi)) * edge_length
    vacuum = ELEMENTARY_CHARGE / (4.0 * math.pi * VACUUM_PERMITTIVITY * radius)
    return vacuum * (1.0 / film_permittivity + (SPHERE_COULOMB - 1.0) / core_permittivity)
