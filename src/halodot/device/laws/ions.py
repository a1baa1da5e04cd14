"""Mobile ions at rest among themselves: their density in a potential, with its derivatives."""

from __future__ import annotations

import math
from typing import Protocol

from halodot.compiled import kernel


class IonParameters(Protocol):
    """Parameters of the ions at a node."""

    cation_region: int  # which conserved number the cations here belong to, -1 without
    anion_region: int
    ion_sites: float  # S, places for the ions of one sign, 1/m3
    held_cations: float  # 1/m3, of ions that do not move; their charge is in the doping
    held_anions: float


@kernel
def ion_density(sign: float, sites: float, activity_log: float, phi: float) -> tuple[float, float]:
    """Return the density of ions at rest among themselves [1/m3], and its derivative by ``activity_log``.

    c = S/(1 + exp(ln S - mu + sign phi)): Boltzmann's profile until the places are filled. The derivative by phi is
    -sign times that by ``activity_log``. Bikerman, Philos. Mag. 33 (1942) 384, doi:10.1080/14786444208520813.

    Args:
        sign: charge over q, 1 or -1.
        sites: S, places [1/m3].
        activity_log: mu, the same in the whole region.
        phi: electrostatic potential [Vt].
    """
    occupied = 1.0 / (1.0 + math.exp(math.log(sites) - activity_log + sign * phi))
    return sites * occupied, sites * occupied * (1.0 - occupied)


@kernel
def ion_density_by_sites(density: float, sites: float) -> float:
    """Return the derivative of `ion_density` by the density of places, (c/S)^2, dimensionless.

    Args:
        density: c [1/m3].
        sites: S [1/m3].
    """
    occupied = density / sites
    return occupied * occupied
