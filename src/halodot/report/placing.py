"""Where labels stand so that they do not overlap."""

from __future__ import annotations

import numpy as np

from halodot.states import Array


def spread(wanted: Array, lengths: Array, least: float = -np.inf) -> Array:
    """Return centres of labels in a row that do not overlap, as close to the wanted ones as they can be.

    Labels that would overlap are pushed together to one block around the mean of where they want to be, which is the
    least-squares solution of the ordered places.

    Args:
        wanted: (label,) centres where the labels would stand alone, rising, any unit.
        lengths: (label,) how much room each takes, in that unit.
        least: where the first one may begin, in that unit.
    """
    offset = np.cumsum(lengths) - 0.5 * lengths  # of each centre from the start of a block that holds all
    blocks: list[tuple[float, int]] = []  # start of a block less its offset, and how many labels it holds
    for place in wanted - offset:
        blocks.append((max(float(place), least), 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (first, few), (second, more) = blocks[-2:]
            blocks[-2:] = [((first * few + second * more) / (few + more), few + more)]
    return np.concatenate([np.full(count, start) for start, count in blocks] or [np.zeros(0)]) + offset
