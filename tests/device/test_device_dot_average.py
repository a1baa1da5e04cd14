"""Densities averaged over dots: what the average keeps, what it is exact for, and how it follows size and thickness."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

import halodot
from halodot.device import solve_device
from halodot.device.discretisation.grid import layer_nodes
from halodot.device.laws.dot_average import MOST_LAYERS, dot_average
from halodot.states import Array

#: some grids: thicknesses of the pieces between the nodes in nm, and the number of dots through the layer
pieces = st.lists(st.floats(min_value=0.01, max_value=5.0), min_size=2, max_size=12)
layers = st.floats(min_value=0.05, max_value=40.0)


def nodes_of(widths: list[float]) -> Array:
    position: Array = 1e-9 * np.concatenate(([0.0], np.cumsum(widths)))
    return position


def cells_of(position: Array) -> Array:
    half = 0.5 * np.abs(np.diff(position))
    cells: Array = np.append(half, 0.0) + np.append(0.0, half)
    return cells


def volume_of(position: Array, dots: float) -> float:
    return float((abs(position[-1] - position[0]) / dots) ** 3)


@settings(max_examples=60, deadline=None)
@given(pieces, layers)
def test_the_average_keeps_constants_the_number_of_charges_and_their_sign(widths: list[float], dots: float) -> None:
    position = nodes_of(widths)
    found, cells = dot_average(position, volume_of(position, dots)), cells_of(position)
    assert np.all(found >= 0.0)
    np.testing.assert_allclose(found.sum(axis=1), 1.0, rtol=1e-12)
    np.testing.assert_allclose(cells @ found, cells, rtol=1e-12)
    # within its cells it is its own transpose, so that it serves the adjoint as it stands
    weighted = cells[:, np.newaxis] * found
    np.testing.assert_allclose(weighted, weighted.T, atol=1e-13 * cells.max())
    turned = dot_average(position[-1] - position[::-1], volume_of(position, dots))
    np.testing.assert_allclose(turned[::-1, ::-1], found, atol=1e-12)


@pytest.mark.parametrize("dots", [1, 2, 3])
def test_charges_of_the_dots_are_exact_integrals_of_straight_lines(dots: int) -> None:
    """Read at nodes of a grid so fine that a cell is a point, against integrals over the whole of a dot."""
    coarse, density = np.array([0.0, 0.3, 1.1, 1.3, 3.0, 4.0]), np.array([9.0, 1.0, 0.5, 4.0, 0.2, 2.0])
    fine = np.unique(np.concatenate((coarse, np.linspace(0.0, 4.0, 401))))
    read = dot_average(1e-9 * fine, volume_of(1e-9 * fine, dots)) @ np.interp(fine, coarse, density)

    def number(count: int) -> Array:
        """Densities at ``fine`` for a number of dots, from the definition."""
        centres = (np.arange(count) + 0.5) * 4.0 / count
        held = []
        for j in range(count):
            proportion = np.eye(count)[j]
            bends = np.unique(np.concatenate((coarse, centres)))

            def inside(x: float, of: Array = proportion) -> float:
                return float(np.interp(x, centres, of) * np.interp(x, coarse, density))

            ends = pairwise(bends)
            held.append(sum(quad(inside, a, b, epsabs=1e-12)[0] for a, b in ends) * count / 4.0)
        values: Array = np.interp(fine, centres, held)
        return values

    shares = (0.125, 0.75, 0.125)
    expected = sum(
        share * number(max(count, 1)) for share, count in zip(shares, (dots - 1, dots, dots + 1), strict=True)
    )
    np.testing.assert_allclose(read, expected, atol=5e-3)


def test_a_sheet_at_a_face_is_spread_over_its_first_dot() -> None:
    position = layer_nodes(4e-8, 400)
    cells = cells_of(position)
    sheet = np.zeros(position.size)
    sheet[0] = 1e16 / cells[0]
    found = dot_average(position, (1e-8) ** 3) @ sheet
    assert found[0] == pytest.approx(1e16 / 1e-8, rel=0.02)  # shared among 3, 4 and 5 dots
    assert found @ cells == pytest.approx(1e16, rel=1e-12)
    assert np.all(found[position > 2.1e-8] == 0.0)  # one and a half dots where three fill the layer


def test_a_layer_thinner_than_a_dot_is_one_dot() -> None:
    position = layer_nodes(4e-9, 30)
    cells = cells_of(position)
    density = np.exp(-position / 1e-9)
    for edge in (1e-8, 1e-6):
        np.testing.assert_allclose(dot_average(position, edge**3) @ density, density @ cells / 4e-9, rtol=1e-12)


@pytest.mark.parametrize("volume", [math.nan, math.inf, 0.0, (3e-8 / MOST_LAYERS / 2.0) ** 3])
def test_densities_stay_where_no_dot_is_known_or_dots_are_thinner_than_any_cell(volume: float) -> None:
    assert np.array_equal(dot_average(layer_nodes(3e-8, 20), volume), np.eye(20))


def test_many_thin_dots_approach_the_densities_themselves() -> None:
    position = layer_nodes(3e-8, 30)
    density = np.exp(-position / 5e-9)
    change = [np.abs(dot_average(position, (3e-8 / dots) ** 3) @ density - density).max() for dots in (1, 3, 10, 30)]
    assert change == sorted(change, reverse=True)


@pytest.mark.parametrize("dots", [1.5, 2.0, 2.5, 3.0])
def test_the_average_follows_the_volume_smoothly(dots: float) -> None:
    """Value and slope join where the spots of a film change, halfway between two numbers of dots."""
    position = layer_nodes(3e-8, 20)

    def at(number: float) -> Array:
        return dot_average(position, volume_of(position, number))

    step = 1e-4
    below, above = at(dots) - at(dots - step), at(dots + step) - at(dots)
    assert np.abs(below - above).max() < 5.0 * step * np.abs(below).max()


def test_a_thicker_layer_of_the_same_dots_is_that_of_smaller_dots_in_the_same_layer() -> None:
    position = layer_nodes(3e-8, 20)
    np.testing.assert_allclose(dot_average(1.2 * position, 1.2**3 * 4e-25), dot_average(position, 4e-25), atol=1e-14)


def test_the_average_over_a_sheet_is_of_second_order_in_the_grid() -> None:
    def at_face(nodes: int) -> float:
        position = layer_nodes(3e-8, nodes)
        return float(dot_average(position, 3e-25)[0] @ np.exp(-position / 1e-9))

    exact = at_face(1601)
    errors = [abs(at_face(nodes) - exact) for nodes in (26, 51, 101)]
    assert errors[0] / errors[1] > 3.0
    assert errors[1] / errors[2] > 3.0


def test_the_light_of_a_device_is_of_second_order_in_the_grid() -> None:
    """At 4 V, where the electrons of the template wait in a sheet thinner than a dot."""
    result = halodot.simulate(halodot.load("device-only", ["run.voltage=[4 V]", "run.nodes_per_layer=30"]))
    assert result.stack is not None

    def radiative(nodes: int) -> float:
        found = solve_device(result.stack, result.optics, np.array([4.0]), nodes, tolerance=math.inf)
        return float(found.radiative_current[0] / found.current_density[0])

    exact = radiative(480)
    errors = [abs(radiative(nodes) - exact) for nodes in (30, 60, 120)]
    assert errors[0] / errors[1] > 3.0
    assert errors[1] / errors[2] > 3.0
    assert errors[0] < 0.02 * exact
