"""How many charges of one carrier stand on a dot: two places of one level, in equilibrium with the charges around."""

from __future__ import annotations

import math
from typing import NamedTuple

from halodot.compiled import kernel

#: places of the lowest level of a dot for one carrier, its two spins
PLACES = 2.0


class DotCharges(NamedTuple):
    """The probabilities that a dot holds a charge beside an exciton, and their derivatives, all dimensionless."""

    born: float  # P_b, where the exciton forms
    redrawn: float  # P_e, where a dot with an exciton is in equilibrium with the charges around
    born_by_mean: float  # by the mean number of charges on a dot
    redrawn_by_mean: float
    born_by_repulsion: float  # by the charging energy over kT
    redrawn_by_repulsion: float


@kernel
def dot_charges(mean: float, repulsion: float) -> DotCharges:
    """Return the probabilities that an exciton has a charge of one carrier beside it.

    A dot takes none, one or two charges with the weights 1, 2 L and L^2 b, since one charge has two spins to choose
    from; b = exp(-U/kT), U the energy by which two charges on a dot repel each other, and L, the activity, follows
    from their mean number m,

        L^2 b (2 - m) + 2 L (1 - m) - m = 0.

    An exciton forms where a carrier meets one of the N charges of the other kind, N times as often on a dot with N of
    them as on a dot with one, as Langevin's coefficient is proportional to the charge that attracts. It uses up that
    charge, so that one is left on what were dots with two:

        P_b = 2 L^2 b / (2 L + 2 L^2 b) = L b / (1 + L b).

    The exciton occupies one of the two places. A charge that comes to the other one is not repelled by the dot, which
    is neutral, so that U does not enter:

        P_e = L / (1 + L).

    With q^2 = (1 - m)^2 + b m (2 - m) these are P_b = (m - 1 + q) / (1 + q) and P_e = m / (1 + q). Without repulsion
    both places fill independently and P_b = P_e = m/2; with much of it no exciton forms on a charged dot as long as
    there are fewer charges than dots. Where a density has more than two charges on a dot (Boltzmann's statistics
    allow any number) both are 1: the rest stands on states that are not those of the exciton.

    Args:
        mean: m, mean number of charges of one carrier on a dot [1].
        repulsion: U/kT [1].

    Returns:
        Both probabilities, all scalar [1], and their derivatives.
    """
    if mean >= PLACES:
        return DotCharges(1.0, 1.0, 0.0, 0.0, 0.0, 0.0)
    pair = math.exp(-repulsion)
    free, room = 1.0 - mean, mean * (PLACES - mean)
    root = math.sqrt(free * free + pair * room)
    scale = 1.0 / (1.0 + root)
    # root - free, for few charges without the difference of two equal numbers
    excess = pair * room / (root + free) if free > 0.0 else root - free
    by_mean = (pair - 1.0) * free / root if root > 0.0 else 0.0
    by_repulsion = -0.5 * pair * room / root if root > 0.0 else 0.0
    born_by_root, redrawn_by_root = (PLACES - mean) * scale * scale, -mean * scale * scale
    return DotCharges(
        excess * scale,
        mean * scale,
        scale + born_by_root * by_mean,
        scale + redrawn_by_root * by_mean,
        born_by_root * by_repulsion,
        redrawn_by_root * by_repulsion,
    )
