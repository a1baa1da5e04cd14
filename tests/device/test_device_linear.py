"""The block solver against a dense one."""

import numpy as np
import pytest

from halodot.device.solver.block_tridiagonal import (
    AHEAD,
    COLUMNS,
    SIZE,
    WIDTH,
    solve_again,
    solve_chain,
    solve_transposed,
)


def dense(lower: np.ndarray, diagonal: np.ndarray, upper: np.ndarray) -> np.ndarray:
    blocks = upper.shape[0]
    matrix = np.zeros((blocks * SIZE, blocks * SIZE))
    for i in range(blocks):
        rows = slice(SIZE * i, SIZE * (i + 1))
        matrix[rows, rows] = diagonal[i]
        if i > 0:
            matrix[rows, SIZE * (i - 1) : SIZE * i] = lower[i]
        if i < blocks - 1:
            matrix[rows, SIZE * (i + 1) : SIZE * (i + 1) + AHEAD] = upper[i]
    return matrix


def empty(blocks: int) -> tuple[np.ndarray, ...]:
    block = np.zeros((blocks, SIZE, SIZE))
    return block, block.copy(), np.zeros((blocks, SIZE, AHEAD)), np.zeros((blocks, SIZE, COLUMNS))


@pytest.mark.parametrize(("seed", "blocks"), [(0, 1), (1, 2), (2, 7), (3, 60)])
def test_solution_is_that_of_a_dense_solver(seed: int, blocks: int) -> None:
    rng = np.random.default_rng(seed)
    lower, diagonal, upper, right = (rng.normal(size=item.shape) for item in empty(blocks))
    diagonal += 6.0 * np.eye(SIZE)[rng.permutation(SIZE)]
    expected = np.linalg.solve(dense(lower, diagonal, upper), right.reshape(blocks * SIZE, COLUMNS))
    assert solve_chain(
        lower, diagonal, upper, right, np.zeros((blocks, SIZE, WIDTH)), np.zeros((blocks, SIZE), dtype=np.int64)
    )
    np.testing.assert_allclose(right.reshape(blocks * SIZE, COLUMNS), expected, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize(("seed", "blocks", "columns"), [(0, 1, 1), (1, 2, 3), (2, 40, 4)])
def test_the_factors_solve_again_and_transposed(seed: int, blocks: int, columns: int) -> None:
    rng = np.random.default_rng(seed)
    lower, diagonal, upper, right = (rng.normal(size=item.shape) for item in empty(blocks))
    diagonal += 6.0 * np.eye(SIZE)[rng.permutation(SIZE)]
    matrix, more = dense(lower, diagonal, upper), rng.normal(size=(blocks, SIZE, columns))
    work, pivots = np.zeros((blocks, SIZE, WIDTH)), np.zeros((blocks, SIZE), dtype=np.int64)
    assert solve_chain(lower, diagonal, upper, right, work, pivots)
    for solve, system in ((solve_again, matrix), (solve_transposed, matrix.T)):
        found = more.copy()
        solve(lower, diagonal, pivots, work, found)
        expected = np.linalg.solve(system, more.reshape(blocks * SIZE, columns))
        np.testing.assert_allclose(found.reshape(blocks * SIZE, columns), expected, rtol=1e-9, atol=1e-11)


def test_pivoting_inside_the_block() -> None:
    lower, diagonal, upper, right = empty(2)
    diagonal[0] = np.eye(SIZE)[::-1]
    diagonal[1] = np.eye(SIZE)
    diagonal[1, :2, :2] = [[1e-20, 1.0], [1.0, 1.0]]
    right[0, :, 0] = np.arange(SIZE)
    right[1, :2, 1] = 1.0, 2.0
    assert solve_chain(lower, diagonal, upper, right, np.zeros((2, SIZE, WIDTH)), np.zeros((2, SIZE), dtype=np.int64))
    np.testing.assert_array_equal(right[0, :, 0], np.arange(SIZE)[::-1])
    np.testing.assert_allclose(right[1, :, 1], [1.0, 1.0, 0.0, 0.0, 0.0], rtol=1e-14)


def test_a_chain_that_cannot_be_solved_says_so() -> None:
    assert not solve_chain(*empty(2), np.zeros((2, SIZE, WIDTH)), np.zeros((2, SIZE), dtype=np.int64))


def test_weak_couplings_keep_their_digits() -> None:
    """A chain of conductances over 60 decades: the flow is that of the resistances in series."""
    conductance = np.array([1e20, 1e-40, 1e15, 1e-10, 1e20])
    nodes, level, flow = conductance.size + 1, 0, 3
    lower, diagonal, upper, right = empty(nodes)
    diagonal[:] = np.eye(SIZE)
    for i in range(1, nodes - 1):
        diagonal[i, level, level], diagonal[i, level, flow], lower[i, level, flow] = 0.0, 1.0, -1.0
    for i in range(nodes - 1):
        diagonal[i, flow, level], diagonal[i, flow, flow] = -1.0, -1.0 / conductance[i]
        upper[i, flow, level] = 1.0
    right[-1, level, 0] = 1.0
    assert solve_chain(
        lower, diagonal, upper, right, np.zeros((nodes, SIZE, WIDTH)), np.zeros((nodes, SIZE), dtype=np.int64)
    )
    np.testing.assert_allclose(right[:-1, flow, 0], 1.0 / np.sum(1.0 / conductance), rtol=1e-12)
