"""The block-tridiagonal solver against a dense one."""

import numpy as np
import pytest

from halodot.device.discretisation.unknowns import BLOCK_SIZE, COLUMNS, COUPLED
from halodot.device.solver.block_tridiagonal import (
    WIDTH,
    solve_block_tridiagonal,
    solve_columns,
    solve_transposed,
)


def dense(lower: np.ndarray, diagonal: np.ndarray, upper: np.ndarray) -> np.ndarray:
    blocks = upper.shape[0]
    matrix = np.zeros((blocks * BLOCK_SIZE, blocks * BLOCK_SIZE))
    for i in range(blocks):
        rows = slice(BLOCK_SIZE * i, BLOCK_SIZE * (i + 1))
        matrix[rows, rows] = diagonal[i]
        if i > 0:
            matrix[rows, BLOCK_SIZE * (i - 1) : BLOCK_SIZE * i] = lower[i]
        if i < blocks - 1:
            matrix[rows, BLOCK_SIZE * (i + 1) : BLOCK_SIZE * (i + 1) + COUPLED] = upper[i]
    return matrix


def factors(blocks: int) -> tuple[np.ndarray, np.ndarray]:
    return np.zeros((blocks, BLOCK_SIZE, WIDTH)), np.zeros((blocks, BLOCK_SIZE), dtype=np.int64)


def empty(blocks: int) -> tuple[np.ndarray, ...]:
    block = np.zeros((blocks, BLOCK_SIZE, BLOCK_SIZE))
    return block, block.copy(), np.zeros((blocks, BLOCK_SIZE, COUPLED)), np.zeros((blocks, BLOCK_SIZE, COLUMNS))


@pytest.mark.parametrize(("seed", "blocks"), [(0, 1), (1, 2), (2, 7), (3, 60)])
def test_block_tridiagonal_solution_is_that_of_a_dense_solver(seed: int, blocks: int) -> None:
    rng = np.random.default_rng(seed)
    lower, diagonal, upper, right = (rng.normal(size=item.shape) for item in empty(blocks))
    diagonal += 6.0 * np.eye(BLOCK_SIZE)[rng.permutation(BLOCK_SIZE)]
    expected = np.linalg.solve(dense(lower, diagonal, upper), right.reshape(blocks * BLOCK_SIZE, COLUMNS))
    assert solve_block_tridiagonal(
        lower,
        diagonal,
        upper,
        right,
        np.zeros((blocks, BLOCK_SIZE, WIDTH)),
        np.zeros((blocks, BLOCK_SIZE), dtype=np.int64),
    )
    np.testing.assert_allclose(right.reshape(blocks * BLOCK_SIZE, COLUMNS), expected, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize(("seed", "blocks", "columns"), [(0, 1, 1), (1, 2, 3), (2, 40, 4)])
def test_factors_solve_further_columns_and_the_transpose(seed: int, blocks: int, columns: int) -> None:
    rng = np.random.default_rng(seed)
    lower, diagonal, upper, right = (rng.normal(size=item.shape) for item in empty(blocks))
    diagonal += 6.0 * np.eye(BLOCK_SIZE)[rng.permutation(BLOCK_SIZE)]
    matrix, more = dense(lower, diagonal, upper), rng.normal(size=(blocks, BLOCK_SIZE, columns))
    couplings, pivots = factors(blocks)
    assert solve_block_tridiagonal(lower, diagonal, upper, right, couplings, pivots)
    for solve, system in ((solve_columns, matrix), (solve_transposed, matrix.T)):
        found = more.copy()
        solve(lower, diagonal, pivots, couplings, found)
        expected = np.linalg.solve(system, more.reshape(blocks * BLOCK_SIZE, columns))
        np.testing.assert_allclose(found.reshape(blocks * BLOCK_SIZE, columns), expected, rtol=1e-9, atol=1e-11)


def test_row_pivoting_inside_a_block() -> None:
    lower, diagonal, upper, right = empty(2)
    diagonal[0] = np.eye(BLOCK_SIZE)[::-1]
    diagonal[1] = np.eye(BLOCK_SIZE)
    diagonal[1, :2, :2] = [[1e-20, 1.0], [1.0, 1.0]]
    right[0, :, 0] = np.arange(BLOCK_SIZE)
    right[1, :2, 1] = 1.0, 2.0
    assert solve_block_tridiagonal(lower, diagonal, upper, right, *factors(2))
    np.testing.assert_array_equal(right[0, :, 0], np.arange(BLOCK_SIZE)[::-1])
    np.testing.assert_allclose(right[1, :, 1], [1.0, 1.0, 0.0, 0.0, 0.0], rtol=1e-14)


def test_a_singular_block_is_told() -> None:
    assert not solve_block_tridiagonal(*empty(2), *factors(2))


def test_weak_couplings_keep_their_digits() -> None:
    """A chain of conductances over 60 decades: the flow is that of the resistances in series."""
    conductance = np.array([1e20, 1e-40, 1e15, 1e-10, 1e20])
    nodes, level, flow = conductance.size + 1, 0, 3
    lower, diagonal, upper, right = empty(nodes)
    diagonal[:] = np.eye(BLOCK_SIZE)
    for i in range(1, nodes - 1):
        diagonal[i, level, level], diagonal[i, level, flow], lower[i, level, flow] = 0.0, 1.0, -1.0
    for i in range(nodes - 1):
        diagonal[i, flow, level], diagonal[i, flow, flow] = -1.0, -1.0 / conductance[i]
        upper[i, flow, level] = 1.0
    right[-1, level, 0] = 1.0
    assert solve_block_tridiagonal(
        lower,
        diagonal,
        upper,
        right,
        np.zeros((nodes, BLOCK_SIZE, WIDTH)),
        np.zeros((nodes, BLOCK_SIZE), dtype=np.int64),
    )
    np.testing.assert_allclose(right[:-1, flow, 0], 1.0 / np.sum(1.0 / conductance), rtol=1e-12)
