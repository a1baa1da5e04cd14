"""The grid: faces, double nodes and volumes."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from halodot.device.discretisation.grid import control_volumes, default_nodes, layer_nodes, layers_at, stack_nodes
from halodot.device.electrical_stack import MOST_PIECES


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(1e-10, 1e-5), min_size=1, max_size=8), st.integers(8, 120))
def test_nodes_fill_every_layer(thicknesses: list[float], nodes: int) -> None:
    position, layer = stack_nodes(thicknesses, nodes)
    volume = control_volumes(position, layer)
    assert np.all(volume > 0.0)
    for k, thickness in enumerate(thicknesses):
        inside = layer == k
        np.testing.assert_allclose(np.sum(volume[inside]), thickness, rtol=1e-9)
        assert np.all(np.diff(position[inside]) > 0.0)
    second = np.flatnonzero(np.diff(layer)) + 1
    np.testing.assert_array_equal(position[second], position[second - 1])


def test_cells_shrink_towards_both_faces_alike() -> None:
    width = np.diff(layer_nodes(30e-9, 52))
    np.testing.assert_allclose(width, width[::-1], rtol=1e-6)
    assert np.all(np.diff(width[: width.size // 2]) > 0.0)
    assert width[0] < 1e-11


def test_a_device_has_enough_nodes_however_few_its_layers() -> None:
    assert all(layers * default_nodes(layers) >= 260 for layers in range(1, 12))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(1e-10, 1e-6), min_size=1, max_size=MOST_PIECES), st.integers(8, 120))
def test_every_piece_of_a_film_has_nodes_in_the_order_of_the_pieces(pieces: list[float], nodes: int) -> None:
    thicknesses, films = [3e-8, *pieces, 2e-8], (0, *[1] * len(pieces), 2)
    position, film = stack_nodes([3e-8, sum(pieces), 2e-8], nodes)
    layer = layers_at(position, film, thicknesses, films)
    assert np.all(np.diff(layer) >= 0)
    assert set(layer) == set(range(len(thicknesses)))
    np.testing.assert_array_equal(np.array(films)[layer], film)
