"""Small dense systems inside compiled kernels."""

from __future__ import annotations

from halodot.arrays import Array
from halodot.compiled import kernel


@kernel
def solve_dense(a: Array, x: Array) -> bool:
    """Solve a small dense system by Gaussian elimination with row pivoting.

    Written out, since the systems have two to ten rows, for which a call of LAPACK costs more than the elimination,
    and since adaptive steps need the answer without an exception.

    Args:
        a: (row, row + 1), any unit: the matrix, and the right-hand side as its last column; overwritten.
        x: (row,), filled with the solution.

    Returns:
        False where the matrix is singular; ``x`` is then not to be used.
    """
    size = x.size
    for k in range(size):
        pivot = k
        for r in range(k + 1, size):
            if abs(a[r, k]) > abs(a[pivot, k]):
                pivot = r
        if a[pivot, k] == 0.0:
            return False
        for c in range(k, size + 1):
            a[k, c], a[pivot, c] = a[pivot, c], a[k, c]
        for r in range(k + 1, size):
            ratio = a[r, k] / a[k, k]
            for c in range(k, size + 1):
                a[r, c] -= ratio * a[k, c]
    for k in range(size - 1, -1, -1):
        x[k] = a[k, size]
        for c in range(k + 1, size):
            x[k] -= a[k, c] * x[c]
        x[k] /= a[k, k]
    return True
