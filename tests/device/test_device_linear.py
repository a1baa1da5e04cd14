"""The block solver against a dense one."""

import numpy as np
import pytest

from halodot.device.linear import solve_chain


def dense(lower: np.ndarray, diagonal: np.ndarray, upper: np.ndarray) -> np.ndarray:
    blocks, size, ahead = upper.shape
    matrix = np.zeros((blocks * size, blocks * size))
    for i in range(blocks):
        rows = slice(size * i, size * (i + 1))
        matrix[rows, rows] = diagonal[i]
        if i > 0:
            matrix[rows, size * (i - 1) : size * i] = lower[i]
        if i < blocks - 1:
            matrix[rows, size * (i + 1) : size * (i + 1) + ahead] = upper[i]
    return matrix


def chain(seed: int, blocks: int, size: int, ahead: int, columns: int) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    lower = rng.normal(size=(blocks, size, size))
    diagonal = rng.normal(size=(blocks, size, size)) + 6.0 * np.eye(size)[rng.permutation(size)]
    return lower, diagonal, rng.normal(size=(blocks, size, ahead)), rng.normal(size=(blocks, size, columns))


@pytest.mark.parametrize(
    ("seed", "shape"), [(0, (2, 5, 3, 1)), (1, (30, 5, 3, 2)), (2, (7, 3, 3, 4)), (3, (1, 4, 2, 1))]
)
def test_solution_is_that_of_a_dense_solver(seed: int, shape: tuple[int, int, int, int]) -> None:
    lower, diagonal, upper, right = chain(seed, *shape)
    blocks, size, ahead, columns = shape
    expected = np.linalg.solve(dense(lower, diagonal, upper), right.reshape(blocks * size, columns))
    assert solve_chain(lower, diagonal, upper, right, np.zeros((blocks, size, ahead + columns)))
    np.testing.assert_allclose(right.reshape(blocks * size, columns), expected, rtol=1e-9, atol=1e-11)


def test_pivoting_inside_the_block() -> None:
    diagonal = np.array([[[0.0, 1.0], [1.0, 0.0]], [[1e-20, 1.0], [1.0, 1.0]]])
    lower, upper = np.zeros((2, 2, 2)), np.zeros((2, 2, 2))
    right = np.array([[[3.0], [4.0]], [[1.0], [2.0]]])
    assert solve_chain(lower, diagonal, upper, right, np.zeros((2, 2, 3)))
    np.testing.assert_allclose(right[:, :, 0], [[4.0, 3.0], [1.0, 1.0]], rtol=1e-14)


def test_a_chain_that_cannot_be_solved_says_so() -> None:
    blocks = np.zeros((2, 2, 2))
    assert not solve_chain(blocks.copy(), blocks.copy(), blocks.copy(), np.ones((2, 2, 1)), np.zeros((2, 2, 3)))


def test_weak_couplings_keep_their_digits() -> None:
    """A chain of conductances over 60 decades: the flow is that of the resistances in series."""
    conductance = np.array([1e20, 1e-40, 1e15, 1e-10, 1e20])
    nodes = conductance.size + 1
    lower, diagonal = np.zeros((nodes, 2, 2)), np.zeros((nodes, 2, 2))
    upper, right = np.zeros((nodes, 2, 1)), np.zeros((nodes, 2, 1))
    for i in range(nodes):
        if i in (0, nodes - 1):
            diagonal[i, 0, 0] = 1.0
            right[i, 0, 0] = float(i > 0)
        else:
            diagonal[i, 0, 1], lower[i, 0, 1] = 1.0, -1.0
        if i < nodes - 1:
            scale = max(conductance[i], 1e-40)
            diagonal[i, 1] = -conductance[i] / scale, -1.0 / scale
            upper[i, 1, 0] = conductance[i] / scale
        else:
            diagonal[i, 1, 1] = 1.0
    assert solve_chain(lower, diagonal, upper, right, np.zeros((nodes, 2, 2)))
    np.testing.assert_allclose(right[:-1, 1, 0], 1.0 / np.sum(1.0 / conductance), rtol=1e-12)
