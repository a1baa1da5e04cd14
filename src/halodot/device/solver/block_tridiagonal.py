"""Solver for block-tridiagonal equations, with pivoting inside the block, and for small dense ones.

The sizes are fixed, so that the inner loops unroll: BLOCK_SIZE unknowns a block, of which the first COUPLED couple to
the block before, and COLUMNS right-hand sides.
"""

from __future__ import annotations

from halodot.arrays import Array, IntArray
from halodot.compiled import kernel
from halodot.device.discretisation.unknowns import BLOCK_SIZE, COLUMNS, COUPLED

#: Columns that are eliminated with a block: its coupling to the next one, and its right-hand sides.
WIDTH = COUPLED + COLUMNS
#: Relative rounding of a double: twice the distance from 1 to the number below it.
ROUNDING = 2.2e-16


@kernel
def _choose_pivot(block: Array, right: Array, k: int) -> int:
    """Swap the row with the largest entry in column k into row k; return which it was, -1 without any.

    A pivot that cancels to nothing becomes as large as the rounding of what cancelled: a step that is wrong in that
    direction alone is mended by the next one.
    """
    pivot, largest = k, abs(block[k, k])
    for r in range(k + 1, BLOCK_SIZE):
        if abs(block[r, k]) > largest:
            pivot, largest = r, abs(block[r, k])
    if largest == 0.0:
        for r in range(k):
            largest = max(largest, ROUNDING * abs(block[r, k]))
        block[k, k] = largest
    if pivot != k:
        for c in range(BLOCK_SIZE):
            block[k, c], block[pivot, c] = block[pivot, c], block[k, c]
        for c in range(WIDTH):
            right[k, c], right[pivot, c] = right[pivot, c], right[k, c]
    return pivot if largest > 0.0 else -1


@kernel
def _solve_block(block: Array, right: Array, pivots: IntArray) -> bool:
    """Replace ``right`` by block^-1 right, by elimination with row pivoting; ``block`` becomes its factors.

    Args:
        block: (BLOCK_SIZE, BLOCK_SIZE); leaves as L below and U on and above the diagonal, its entries inverted.
        right: columns, (BLOCK_SIZE, WIDTH).
        pivots: (BLOCK_SIZE,); leaves with the row that was swapped into each place.

    Returns:
        Whether the block could be inverted.
    """
    for k in range(BLOCK_SIZE):
        pivot = _choose_pivot(block, right, k)
        if pivot < 0:
            return False
        pivots[k] = pivot
        inverse = 1.0 / block[k, k]
        for r in range(k + 1, BLOCK_SIZE):
            ratio = block[r, k] * inverse
            block[r, k] = ratio
            if ratio != 0.0:
                for c in range(k + 1, BLOCK_SIZE):
                    block[r, c] -= ratio * block[k, c]
                for c in range(WIDTH):
                    right[r, c] -= ratio * right[k, c]
        block[k, k] = inverse
    for k in range(BLOCK_SIZE - 1, -1, -1):
        for r in range(k + 1, BLOCK_SIZE):
            value = block[k, r]
            for c in range(WIDTH):
                right[k, c] -= value * right[r, c]
        for c in range(WIDTH):
            right[k, c] *= block[k, k]
    return True


@kernel
def _eliminate(lower: Array, before: Array, block: Array, right: Array) -> None:
    """Take the solved block before out of this one."""
    for r in range(BLOCK_SIZE):
        for k in range(BLOCK_SIZE):
            value = lower[r, k]
            if value != 0.0:
                for c in range(COUPLED):
                    block[r, c] -= value * before[k, c]
                for c in range(COLUMNS):
                    right[r, COUPLED + c] -= value * before[k, COUPLED + c]


@kernel
def solve_block_tridiagonal(
    lower: Array, diagonal: Array, upper: Array, right: Array, couplings: Array, pivots: IntArray
) -> bool:
    """Solve lower[i] x[i-1] + diagonal[i] x[i] + upper[i] x[i+1] = right[i] for all i, in place.

    The rows should be scaled already; ``right`` becomes the solution, and ``diagonal``, ``couplings`` and ``pivots``
    the factors that `solve_columns` and `solve_transposed` take.

    Args:
        lower: (blocks, BLOCK_SIZE, BLOCK_SIZE); lower[0] is not read.
        diagonal: (blocks, BLOCK_SIZE, BLOCK_SIZE).
        upper: coupling to the first unknowns of the next block, (blocks, BLOCK_SIZE, COUPLED).
        right: right-hand sides [any unit], (blocks, BLOCK_SIZE, COLUMNS).
        couplings: (blocks, BLOCK_SIZE, WIDTH).
        pivots: (blocks, BLOCK_SIZE).

    Returns:
        Whether every block could be inverted.
    """
    blocks = right.shape[0]
    for i in range(blocks):
        own = couplings[i]
        for r in range(BLOCK_SIZE):
            for c in range(COUPLED):
                own[r, c] = upper[i, r, c]
            for c in range(COLUMNS):
                own[r, COUPLED + c] = right[i, r, c]
        if i > 0:
            _eliminate(lower[i], couplings[i - 1], diagonal[i], own)
        if not _solve_block(diagonal[i], own, pivots[i]):
            return False
    for r in range(BLOCK_SIZE):
        for c in range(COLUMNS):
            right[blocks - 1, r, c] = couplings[blocks - 1, r, COUPLED + c]
    for i in range(blocks - 2, -1, -1):
        own, after = couplings[i], right[i + 1]
        for r in range(BLOCK_SIZE):
            for c in range(COLUMNS):
                value = own[r, COUPLED + c]
                for k in range(COUPLED):
                    value -= own[r, k] * after[k, c]
                right[i, r, c] = value
    return True


@kernel
def solve_columns(lower: Array, factors: Array, pivots: IntArray, couplings: Array, columns: Array) -> None:
    """Solve the equations that `solve_block_tridiagonal` factorised for further right-hand sides, in place.

    Args:
        lower: (blocks, BLOCK_SIZE, BLOCK_SIZE), as given to `solve_block_tridiagonal`.
        factors: ``diagonal`` as it left `solve_block_tridiagonal`.
        pivots: (blocks, BLOCK_SIZE).
        couplings: (blocks, BLOCK_SIZE, WIDTH).
        columns: right-hand sides [any unit], (blocks, BLOCK_SIZE, any); become the solutions.
    """
    blocks = columns.shape[0]
    for i in range(blocks):
        for c in range(columns.shape[2]):
            for r in range(BLOCK_SIZE):
                for k in range(BLOCK_SIZE if i > 0 else 0):
                    if lower[i, r, k] != 0.0:
                        columns[i, r, c] -= lower[i, r, k] * columns[i - 1, k, c]
            for k in range(BLOCK_SIZE):
                other = columns[i, pivots[i, k], c]
                columns[i, pivots[i, k], c] = columns[i, k, c]
                columns[i, k, c] = other
            for k in range(BLOCK_SIZE):
                for r in range(k + 1, BLOCK_SIZE):
                    columns[i, r, c] -= factors[i, r, k] * columns[i, k, c]
            for k in range(BLOCK_SIZE - 1, -1, -1):
                for r in range(k + 1, BLOCK_SIZE):
                    columns[i, k, c] -= factors[i, k, r] * columns[i, r, c]
                columns[i, k, c] *= factors[i, k, k]
    for i in range(blocks - 2, -1, -1):
        for c in range(columns.shape[2]):
            for r in range(BLOCK_SIZE):
                for k in range(COUPLED):
                    columns[i, r, c] -= couplings[i, r, k] * columns[i + 1, k, c]


@kernel
def solve_transposed(lower: Array, factors: Array, pivots: IntArray, couplings: Array, columns: Array) -> None:
    """Solve the transpose of the equations that `solve_block_tridiagonal` factorised, in place.

    Args:
        lower: (blocks, BLOCK_SIZE, BLOCK_SIZE), as given to `solve_block_tridiagonal`.
        factors: ``diagonal`` as it left `solve_block_tridiagonal`.
        pivots: (blocks, BLOCK_SIZE).
        couplings: (blocks, BLOCK_SIZE, WIDTH).
        columns: right-hand sides [any unit], (blocks, BLOCK_SIZE, any); become the solutions.
    """
    blocks = columns.shape[0]
    for i in range(1, blocks):
        for c in range(columns.shape[2]):
            for r in range(BLOCK_SIZE):
                for k in range(COUPLED):
                    columns[i, k, c] -= couplings[i - 1, r, k] * columns[i - 1, r, c]
    for i in range(blocks - 1, -1, -1):
        for c in range(columns.shape[2]):
            for r in range(BLOCK_SIZE if i < blocks - 1 else 0):
                for k in range(BLOCK_SIZE):
                    if lower[i + 1, r, k] != 0.0:
                        columns[i, k, c] -= lower[i + 1, r, k] * columns[i + 1, r, c]
            for k in range(BLOCK_SIZE):
                columns[i, k, c] *= factors[i, k, k]
                for r in range(k + 1, BLOCK_SIZE):
                    columns[i, r, c] -= factors[i, k, r] * columns[i, k, c]
            for k in range(BLOCK_SIZE - 1, -1, -1):
                for r in range(k + 1, BLOCK_SIZE):
                    columns[i, k, c] -= factors[i, r, k] * columns[i, r, c]
            for k in range(BLOCK_SIZE - 1, -1, -1):
                other = columns[i, pivots[i, k], c]
                columns[i, pivots[i, k], c] = columns[i, k, c]
                columns[i, k, c] = other
