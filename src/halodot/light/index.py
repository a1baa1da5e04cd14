"""Complex refractive index of a layer, from its table or its Cauchy coefficients."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from halodot.errors import ValidityError
from halodot.states import Array, Layer


def refractive_index(layer: Layer, wavelength: Array) -> NDArray[np.complex128]:
    """Return the complex refractive index n + ik of a layer.

    A table is interpolated linearly in wavelength, and ``index_offset`` is added to its real part. Without a table
    the layer is transparent with n = A + B/wavelength^2 + C/wavelength^4.

    Args:
        layer: layer with a table or Cauchy coefficients.
        wavelength: (wavelength,) vacuum wavelengths [m].

    Returns:
        (wavelength,) complex index [1], with k >= 0 (time dependence exp(-i omega t)).

    Raises:
        ValidityError: a wavelength outside the table, or a layer without optical constants, or n <= 0, or k < 0.
    """
    wavelength = np.atleast_1d(np.asarray(wavelength, dtype=np.float64))
    index: NDArray[np.complex128]
    if layer.optics.table_wavelength.size:
        index = _from_table(layer, wavelength)
    elif math.isfinite(layer.optics.cauchy_a):
        real = layer.optics.cauchy_a + layer.optics.cauchy_b / wavelength**2 + layer.optics.cauchy_c / wavelength**4
        index = real.astype(np.complex128)
    else:
        raise ValidityError(
            f"layer {layer.name!r} ({layer.material}) has no optical constants: give it an n,k table or Cauchy"
            " coefficients"
        )
    if not np.all(np.isfinite(index)) or np.any(index.real <= 0.0) or np.any(index.imag < 0.0):
        raise ValidityError(f"layer {layer.name!r} needs n > 0 and k >= 0 at every wavelength of the calculation")
    return index


def _from_table(layer: Layer, wavelength: Array) -> NDArray[np.complex128]:
    low, high = layer.optics.table_wavelength.min(), layer.optics.table_wavelength.max()
    # A table that ends at 700 nm serves 700 nm however the unit conversion rounded.
    slack = 1e-9 * high
    if np.any(wavelength < low - slack) or np.any(wavelength > high + slack):
        asked = f"{wavelength.min() * 1e9:.1f}-{wavelength.max() * 1e9:.1f} nm"
        raise ValidityError(
            f"the n,k table of layer {layer.name!r} ({layer.material}) covers {low * 1e9:.1f}-{high * 1e9:.1f} nm,"
            f" not {asked}: narrow the wavelengths or give a wider table"
        )
    order = np.argsort(layer.optics.table_wavelength)
    grid = layer.optics.table_wavelength[order]
    real = np.interp(wavelength, grid, layer.optics.table_index[order]) + layer.optics.index_offset
    index = real.astype(np.complex128)
    if layer.optics.table_extinction.size:
        index.imag = np.interp(wavelength, grid, layer.optics.table_extinction[order])
    return index
