"""Refractive indices of layers."""

from __future__ import annotations

import numpy as np
import pytest
from light_stacks import layer

from halodot.errors import ValidityError
from halodot.light.index import refractive_index
from halodot.states import make_layer, replaced

TABLE = make_layer(
    name="oxide",
    material="ITO",
    thickness=1e-7,
    table_wavelength=np.array([500e-9, 600e-9]),
    table_index=np.array([1.9, 1.8]),
    table_extinction=np.array([0.01, 0.03]),
)


def test_table_is_interpolated_and_shifted() -> None:
    np.testing.assert_allclose(refractive_index(TABLE, np.array([500e-9, 525e-9])), [1.9 + 0.01j, 1.875 + 0.015j])
    shifted = refractive_index(replaced(TABLE, optics=replaced(TABLE.optics, index_offset=0.1)), np.array([600e-9]))
    np.testing.assert_allclose(shifted, [1.9 + 0.03j])


def test_order_of_the_table_does_not_matter() -> None:
    optics = replaced(
        TABLE.optics,
        table_wavelength=TABLE.optics.table_wavelength[::-1].copy(),
        table_index=TABLE.optics.table_index[::-1].copy(),
        table_extinction=TABLE.optics.table_extinction[::-1].copy(),
    )
    backwards = replaced(TABLE, optics=optics)
    grid = np.linspace(500e-9, 600e-9, 7)
    np.testing.assert_array_equal(refractive_index(backwards, grid), refractive_index(TABLE, grid))


def test_cauchy() -> None:
    organic = make_layer(
        name="PTAA", material="PTAA", thickness=3e-8, cauchy_a=1.64, cauchy_b=0.015e-12, cauchy_c=1e-27
    )
    np.testing.assert_allclose(refractive_index(organic, np.array([0.6e-6])), [1.64 + 0.015 / 0.36 + 0.001 / 0.1296])


def test_outside_the_table_is_an_error_that_names_the_range() -> None:
    with pytest.raises(ValidityError, match=r"oxide.*500\.0-600\.0 nm"):
        refractive_index(TABLE, np.array([550e-9, 610e-9]))


def test_missing_or_impossible_constants() -> None:
    with pytest.raises(ValidityError, match="no optical constants"):
        refractive_index(make_layer(name="void", material="?", thickness=1e-8), np.array([6e-7]))
    with pytest.raises(ValidityError, match="n > 0"):
        refractive_index(layer("odd", -1.0, 1e-8), np.array([6e-7]))
