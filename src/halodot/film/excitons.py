"""What the film makes of the excitons of its dots: how far they go, and what field they see."""

from __future__ import annotations

import math

from halodot.film.parameters import FilmParameters
from halodot.states import Perovskite


def exciton_diffusivity(dot_volume: float, radiative_rate: float, parameters: FilmParameters) -> float:
    """Return the diffusion coefficient of excitons that hop from dot to dot.

    D = w a^2 / 6, a random walk of hops a, the cube root of the volume of a dot, at the rate w = (visited dots - 1) k_r
    that also decides how many traps an exciton meets.

    Args:
        dot_volume: volume of the film per dot [m3].
        radiative_rate: radiative rate k_r [1/s].
        parameters: numbers of the film stage.

    Returns:
        D [m2/s].
    """
    hop = math.pow(dot_volume, 1.0 / 3.0)
    return (parameters.visited_dots - 1.0) * radiative_rate * hop**2 / 6.0


def core_field(core_fraction: float, parameters: FilmParameters, perovskite: Perovskite) -> float:
    """Return the field inside the cores per mean field of the film.

    That of a sphere in the mixture of Maxwell Garnett, g / (1 - f + f g) with g = 3 e_h / (e_i + 2 e_h): the cores
    screen it.

    Args:
        core_fraction: f, volume fraction of the cores [1].
        parameters: numbers of the film stage, with the permittivity e_h of the ligands [1].
        perovskite: material of the cores, with its permittivity e_i [1].
    """
    host = 3.0 * parameters.ligand_permittivity
    inside = host / (perovskite.core_permittivity + 2.0 * parameters.ligand_permittivity)
    return inside / (1.0 - core_fraction + core_fraction * inside)
