"""The weights with which a dot holds carriers of one kind: two levels that fill, each at a charging energy.

The first level, 1S, has two states, one for each spin; the second, 1P, has six in an isotropic dot. In the
constant-interaction form (Beenakker, Phys. Rev. B 44 (1991) 1646) N carriers cost the energies of the levels that they
fill and U N (N - 1)/2 besides, and a dot holds N of them with the weight exp(N eta - U N (N - 1)/2 kT) Z_N, Z_N the sum
over all ways to place N carriers on the levels. Carriers of the other kind on the same dot count only through the
potential, and U comes on top of what Poisson's equation says of the film.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from halodot.arrays import Array

#: States of the first level of a dot, one for each spin.
FIRST_LEVEL_STATES = 2
#: Most states of the second level: every further one costs time, and no shell of a dot has more.
MOST_SECOND_LEVEL_STATES = 24


class DotLevels(NamedTuple):
    """The levels of one kind of carrier on a dot."""

    spacing: float  # of the second level above the first, kT
    second_states: float  # of the second level of a dot; between whole numbers, a share of the dots has one more
    charging: float  # energy that each carrier on the dot adds to the next one, kT


def occupation_weights(levels: DotLevels, second_states: int) -> Array:
    """Return the logarithm of the weight of a dot with 0, 1, ... carriers at eta = 0.

    ln Z_N - U N (N - 1)/2 kT with Z_N = sum_k C(2, N - k) C(g, k) exp(-k spacing), g the states of the second level.

    Args:
        levels: spacing and charging energy [kT].
        second_states: g [1].

    Returns:
        Shape (carriers + 1,) [1].
    """
    logs = np.empty(FIRST_LEVEL_STATES + second_states + 1)
    for held in range(logs.size):
        terms = [
            math.log(math.comb(FIRST_LEVEL_STATES, held - k) * math.comb(second_states, k)) - k * levels.spacing
            for k in range(max(held - FIRST_LEVEL_STATES, 0), min(held, second_states) + 1)
        ]
        largest = max(terms)
        ways = largest + math.log(math.fsum(math.exp(term - largest) for term in terms))
        logs[held] = ways - 0.5 * levels.charging * held * (held - 1)
    return logs
