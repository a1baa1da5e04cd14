"""Solver for a chain of small blocks, with pivoting inside the block."""

from __future__ import annotations

from numba import njit

from halodot.states import Array

#: Relative rounding of a double.
ROUNDING = 2.2e-16


@njit(cache=True, error_model="numpy")
def factor_block(block: Array, right: Array) -> bool:
    """Replace ``right`` by block^-1 right, by elimination with row pivoting; ``block`` is used up.

    A pivot that cancels to nothing becomes as large as the rounding of what cancelled: a step that is wrong in that
    direction alone is mended by the next one.

    Args:
        block: shape (m, m).
        right: columns, shape (m, columns).

    Returns:
        Whether the block could be inverted.
    """
    size, columns = right.shape
    for k in range(size):
        pivot = k
        for r in range(k + 1, size):
            if abs(block[r, k]) > abs(block[pivot, k]):
                pivot = r
        if block[pivot, k] == 0.0:
            for r in range(k):
                block[pivot, k] = max(block[pivot, k], ROUNDING * abs(block[r, k]))
        if not abs(block[pivot, k]) > 0.0:
            return False
        if pivot != k:
            for c in range(k, size):
                block[k, c], block[pivot, c] = block[pivot, c], block[k, c]
            for c in range(columns):
                right[k, c], right[pivot, c] = right[pivot, c], right[k, c]
        inverse = 1.0 / block[k, k]
        for r in range(k + 1, size):
            ratio = block[r, k] * inverse
            if ratio != 0.0:
                for c in range(k + 1, size):
                    block[r, c] -= ratio * block[k, c]
                for c in range(columns):
                    right[r, c] -= ratio * right[k, c]
    for k in range(size - 1, -1, -1):
        inverse = 1.0 / block[k, k]
        for c in range(columns):
            value = right[k, c]
            for r in range(k + 1, size):
                value -= block[k, r] * right[r, c]
            right[k, c] = value * inverse
    return True


@njit(cache=True, error_model="numpy")
def solve_chain(lower: Array, diagonal: Array, upper: Array, right: Array, work: Array) -> bool:
    """Solve lower[i] x[i-1] + diagonal[i] x[i] + upper[i] x[i+1] = right[i] for all i, in place.

    Every block is scaled by row already; ``diagonal`` is used up and ``right`` becomes the solution.

    Args:
        lower: shape (blocks, m, m); lower[0] is not read.
        diagonal: shape (blocks, m, m).
        upper: coupling to the first u unknowns of the next block, shape (blocks, m, u).
        right: right-hand sides, shape (blocks, m, columns).
        work: scratch, shape (blocks, m, u + columns).

    Returns:
        Whether every block could be inverted.
    """
    blocks, size, columns = right.shape
    ahead = upper.shape[2]
    for i in range(blocks):
        for r in range(size):
            for c in range(ahead):
                work[i, r, c] = upper[i, r, c]
            for c in range(columns):
                work[i, r, ahead + c] = right[i, r, c]
        if i > 0:
            for r in range(size):
                for k in range(size):
                    value = lower[i, r, k]
                    if value != 0.0:
                        for c in range(ahead):
                            diagonal[i, r, c] -= value * work[i - 1, k, c]
                        for c in range(columns):
                            work[i, r, ahead + c] -= value * work[i - 1, k, ahead + c]
        if not factor_block(diagonal[i], work[i]):
            return False
    for i in range(blocks - 1, -1, -1):
        for r in range(size):
            for c in range(columns):
                value = work[i, r, ahead + c]
                if i < blocks - 1:
                    for k in range(ahead):
                        value -= work[i, r, k] * right[i + 1, k, c]
                right[i, r, c] = value
    return True
