"""How a charge hops from dot to dot."""

from __future__ import annotations

import math

from halodot.constants import BOLTZMANN, ELEMENTARY_CHARGE
from halodot.errors import ValidityError
from halodot.film.parameters import FilmParameters

_LARGEST_EXPONENT = 600.0


def hopping_mobility(edge_length: float, gap: float, energy_spread: float, parameters: FilmParameters) -> float:
    """Return the mobility of either carrier, equal by the symmetry of the bands.

    mu = mu_0 [(L + d) / (L_0 + d_0)]^2 exp(-beta (d - d_0)) exp(-(2 s / 3 kT)^2): a diffusion constant of pitch^2
    times a hopping rate, which falls exponentially with the gap (Liu et al., doi:10.1021/nl101284k, for PbSe), in a
    Gaussian density of states of width s (Baessler, phys. stat. sol. (b) 175, 15, 1993,
    doi:10.1002/pssb.2221750102). A carrier sees ``carrier_share`` of the spread of the exciton energy: half of it where
    both bands confine alike.

    Args:
        edge_length: edge length of the dots [m].
        gap: gap between the dots [m].
        energy_spread: standard deviation of the exciton energy [eV].
        parameters: numbers of the film stage.

    Returns:
        mu [m2/V/s].

    Raises:
        ValidityError: the gap is so much smaller than that of the reference film that the mobility has no number.
    """
    pitch = (edge_length + gap) / (parameters.reference_edge_length + parameters.reference_gap)
    tunnelling = -parameters.tunnelling_decay * (gap - parameters.reference_gap)
    thermal = BOLTZMANN * parameters.temperature / ELEMENTARY_CHARGE
    disorder = -((2.0 * parameters.carrier_share * energy_spread / (3.0 * thermal)) ** 2)
    if tunnelling + disorder > _LARGEST_EXPONENT:
        raise ValidityError(
            f"a gap of {gap * 1e9:.3g} nm after a reference of {parameters.reference_gap * 1e9:.3g} nm gives no finite "
            "mobility; check the decay of tunnelling and the reference gap (film.tunnelling_decay, film.reference_gap)"
        )
    return parameters.reference_mobility * pitch**2 * math.exp(tunnelling + disorder)
