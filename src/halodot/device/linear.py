"""Solver for a chain of small blocks, with pivoting inside the block.

The sizes are fixed, so that the inner loops unroll: SIZE unknowns a block, of which the first AHEAD couple to the
block before, and COLUMNS right-hand sides.
"""

from __future__ import annotations

from numba import njit

from halodot.states import Array

SIZE, AHEAD, COLUMNS = 5, 3, 2
WIDTH = AHEAD + COLUMNS
#: Relative rounding of a double.
ROUNDING = 2.2e-16


@njit(cache=True, error_model="numpy")
def choose_pivot(block: Array, right: Array, k: int) -> bool:
    """Swap the row with the largest entry in column k into row k; return whether there is one.

    A pivot that cancels to nothing becomes as large as the rounding of what cancelled: a step that is wrong in that
    direction alone is mended by the next one.
    """
    pivot, largest = k, abs(block[k, k])
    for r in range(k + 1, SIZE):
        if abs(block[r, k]) > largest:
            pivot, largest = r, abs(block[r, k])
    if largest == 0.0:
        for r in range(k):
            largest = max(largest, ROUNDING * abs(block[r, k]))
        block[k, k] = largest
    if pivot != k:
        for c in range(SIZE):
            block[k, c], block[pivot, c] = block[pivot, c], block[k, c]
        for c in range(WIDTH):
            right[k, c], right[pivot, c] = right[pivot, c], right[k, c]
    return bool(largest > 0.0)


@njit(cache=True, error_model="numpy")
def solve_block(block: Array, right: Array) -> bool:
    """Replace ``right`` by block^-1 right, by elimination with row pivoting; ``block`` is used up.

    Args:
        block: shape (SIZE, SIZE).
        right: columns, shape (SIZE, WIDTH).

    Returns:
        Whether the block could be inverted.
    """
    for k in range(SIZE):
        if not choose_pivot(block, right, k):
            return False
        inverse = 1.0 / block[k, k]
        for r in range(k + 1, SIZE):
            ratio = block[r, k] * inverse
            if ratio != 0.0:
                for c in range(k + 1, SIZE):
                    block[r, c] -= ratio * block[k, c]
                for c in range(WIDTH):
                    right[r, c] -= ratio * right[k, c]
        block[k, k] = inverse
    for k in range(SIZE - 1, -1, -1):
        for r in range(k + 1, SIZE):
            value = block[k, r]
            for c in range(WIDTH):
                right[k, c] -= value * right[r, c]
        for c in range(WIDTH):
            right[k, c] *= block[k, k]
    return True


@njit(cache=True, error_model="numpy")
def eliminate(lower: Array, before: Array, block: Array, right: Array) -> None:
    """Take the solved block before out of this one."""
    for r in range(SIZE):
        for k in range(SIZE):
            value = lower[r, k]
            if value != 0.0:
                for c in range(AHEAD):
                    block[r, c] -= value * before[k, c]
                for c in range(COLUMNS):
                    right[r, AHEAD + c] -= value * before[k, AHEAD + c]


@njit(cache=True, error_model="numpy")
def solve_chain(lower: Array, diagonal: Array, upper: Array, right: Array, work: Array) -> bool:
    """Solve lower[i] x[i-1] + diagonal[i] x[i] + upper[i] x[i+1] = right[i] for all i, in place.

    The rows should be scaled already; ``diagonal`` is used up and ``right`` becomes the solution.

    Args:
        lower: shape (blocks, SIZE, SIZE); lower[0] is not read.
        diagonal: shape (blocks, SIZE, SIZE).
        upper: coupling to the first unknowns of the next block, shape (blocks, SIZE, AHEAD).
        right: right-hand sides, shape (blocks, SIZE, COLUMNS).
        work: scratch, shape (blocks, SIZE, WIDTH).

    Returns:
        Whether every block could be inverted.
    """
    blocks = right.shape[0]
    for i in range(blocks):
        own = work[i]
        for r in range(SIZE):
            for c in range(AHEAD):
                own[r, c] = upper[i, r, c]
            for c in range(COLUMNS):
                own[r, AHEAD + c] = right[i, r, c]
        if i > 0:
            eliminate(lower[i], work[i - 1], diagonal[i], own)
        if not solve_block(diagonal[i], own):
            return False
    for r in range(SIZE):
        for c in range(COLUMNS):
            right[blocks - 1, r, c] = work[blocks - 1, r, AHEAD + c]
    for i in range(blocks - 2, -1, -1):
        own, after = work[i], right[i + 1]
        for r in range(SIZE):
            for c in range(COLUMNS):
                value = own[r, AHEAD + c]
                for k in range(AHEAD):
                    value -= own[r, k] * after[k, c]
                right[i, r, c] = value
    return True
