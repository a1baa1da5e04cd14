"""Solver for a chain of small blocks, with pivoting inside the block.

The sizes are fixed, so that the inner loops unroll: SIZE unknowns a block, of which the first AHEAD couple to the
block before, and COLUMNS right-hand sides.
"""

from __future__ import annotations

from halodot.arrays import Array, IntArray
from halodot.compiled import kernel

SIZE, AHEAD, COLUMNS = 5, 3, 2
WIDTH = AHEAD + COLUMNS
#: Relative rounding of a double.
ROUNDING = 2.2e-16


@kernel
def choose_pivot(block: Array, right: Array, k: int) -> int:
    """Swap the row with the largest entry in column k into row k; return which it was, -1 without any.

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
    return pivot if largest > 0.0 else -1


@kernel
def solve_block(block: Array, right: Array, pivots: IntArray) -> bool:
    """Replace ``right`` by block^-1 right, by elimination with row pivoting; ``block`` becomes its factors.

    Args:
        block: shape (SIZE, SIZE); leaves as L below and U on and above the diagonal, whose entries are inverted.
        right: columns, shape (SIZE, WIDTH).
        pivots: shape (SIZE,); leaves with the row that was swapped into each place.

    Returns:
        Whether the block could be inverted.
    """
    for k in range(SIZE):
        pivot = choose_pivot(block, right, k)
        if pivot < 0:
            return False
        pivots[k] = pivot
        inverse = 1.0 / block[k, k]
        for r in range(k + 1, SIZE):
            ratio = block[r, k] * inverse
            block[r, k] = ratio
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


@kernel
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


@kernel
def solve_chain(lower: Array, diagonal: Array, upper: Array, right: Array, work: Array, pivots: IntArray) -> bool:
    """Solve lower[i] x[i-1] + diagonal[i] x[i] + upper[i] x[i+1] = right[i] for all i, in place.

    The rows should be scaled already; ``right`` becomes the solution, and ``diagonal``, ``work`` and ``pivots`` the
    factors that `solve_again` and `solve_transposed` take.

    Args:
        lower: shape (blocks, SIZE, SIZE); lower[0] is not read.
        diagonal: shape (blocks, SIZE, SIZE).
        upper: coupling to the first unknowns of the next block, shape (blocks, SIZE, AHEAD).
        right: right-hand sides, shape (blocks, SIZE, COLUMNS).
        work: shape (blocks, SIZE, WIDTH).
        pivots: shape (blocks, SIZE).

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
        if not solve_block(diagonal[i], own, pivots[i]):
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


@kernel
def solve_again(lower: Array, factors: Array, pivots: IntArray, work: Array, columns: Array) -> None:
    """Solve the chain that `solve_chain` factorised for more right-hand sides, in place.

    Args:
        lower: shape (blocks, SIZE, SIZE), as given to `solve_chain`.
        factors: ``diagonal`` as it left `solve_chain`.
        pivots: shape (blocks, SIZE).
        work: shape (blocks, SIZE, WIDTH).
        columns: right-hand sides, shape (blocks, SIZE, any); become the solutions.
    """
    blocks = columns.shape[0]
    for i in range(blocks):
        for c in range(columns.shape[2]):
            for r in range(SIZE):
                for k in range(SIZE if i > 0 else 0):
                    if lower[i, r, k] != 0.0:
                        columns[i, r, c] -= lower[i, r, k] * columns[i - 1, k, c]
            for k in range(SIZE):
                other = columns[i, pivots[i, k], c]
                columns[i, pivots[i, k], c] = columns[i, k, c]
                columns[i, k, c] = other
            for k in range(SIZE):
                for r in range(k + 1, SIZE):
                    columns[i, r, c] -= factors[i, r, k] * columns[i, k, c]
            for k in range(SIZE - 1, -1, -1):
                for r in range(k + 1, SIZE):
                    columns[i, k, c] -= factors[i, k, r] * columns[i, r, c]
                columns[i, k, c] *= factors[i, k, k]
    for i in range(blocks - 2, -1, -1):
        for c in range(columns.shape[2]):
            for r in range(SIZE):
                for k in range(AHEAD):
                    columns[i, r, c] -= work[i, r, k] * columns[i + 1, k, c]


@kernel
def solve_transposed(lower: Array, factors: Array, pivots: IntArray, work: Array, columns: Array) -> None:
    """Solve the transpose of the chain that `solve_chain` factorised, in place.

    Args:
        lower: shape (blocks, SIZE, SIZE), as given to `solve_chain`.
        factors: ``diagonal`` as it left `solve_chain`.
        pivots: shape (blocks, SIZE).
        work: shape (blocks, SIZE, WIDTH).
        columns: right-hand sides, shape (blocks, SIZE, any); become the solutions.
    """
    blocks = columns.shape[0]
    for i in range(1, blocks):
        for c in range(columns.shape[2]):
            for r in range(SIZE):
                for k in range(AHEAD):
                    columns[i, k, c] -= work[i - 1, r, k] * columns[i - 1, r, c]
    for i in range(blocks - 1, -1, -1):
        for c in range(columns.shape[2]):
            for r in range(SIZE if i < blocks - 1 else 0):
                for k in range(SIZE):
                    if lower[i + 1, r, k] != 0.0:
                        columns[i, k, c] -= lower[i + 1, r, k] * columns[i + 1, r, c]
            for k in range(SIZE):
                columns[i, k, c] *= factors[i, k, k]
                for r in range(k + 1, SIZE):
                    columns[i, r, c] -= factors[i, k, r] * columns[i, k, c]
            for k in range(SIZE - 1, -1, -1):
                for r in range(k + 1, SIZE):
                    columns[i, k, c] -= factors[i, r, k] * columns[i, r, c]
            for k in range(SIZE - 1, -1, -1):
                other = columns[i, pivots[i, k], c]
                columns[i, pivots[i, k], c] = columns[i, k, c]
                columns[i, k, c] = other
