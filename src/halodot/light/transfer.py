"""Reflection, transmission and layer-resolved absorption of a stack, for light from outside."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from halodot.arrays import ComplexArray
from halodot.errors import ValidityError
from halodot.light.kernels import respond
from halodot.light.surroundings import THICK, absorbed_by_layer, layer_indices
from halodot.states import Array, Layer

Side = Literal["substrate face", "substrate", "top"]


class Transfer(NamedTuple):
    """What becomes of unit incident power; for each wavelength R + T + sum(A) = 1."""

    layer_names: tuple[str, ...]
    reflected: Array  # (polarisation s and p, wavelength, angle)
    transmitted: Array  # (polarisation, wavelength, angle)
    absorbed: Array  # (layer, polarisation, wavelength, angle)


class _Films(NamedTuple):
    """The coherent films alone between the substrate and the medium behind them."""

    reflected: Array  # (polarisation, wavelength, angle)
    transmitted: Array
    absorbed: Array  # (layer, polarisation, wavelength, angle)


def reflect_transmit_absorb(
    layers: tuple[Layer, ...], wavelength: Array, angle: Array, side: Side = "substrate face"
) -> Transfer:
    """Return reflectance, transmittance and the absorptance of every layer, in s and p polarisation.

    The first layer is a thick plate that light crosses incoherently: with the reflectance R_f of its outer face, its
    internal transmittance t, and the films' R_d, light from outside reaches the films with the power
    (1 - R_f) t / (1 - R_f R_d t^2).

    Args:
        layers: substrate first, thicker than 0.1 mm, then coherent films; a last layer thicker than 0.1 mm is a
            half-space, behind a thinner one lies air. An infinite substrate is a plate without absorption.
        wavelength: (wavelength,) vacuum wavelengths [m].
        angle: (angle,) angles of incidence [rad], in the medium that the light comes from.
        side: "substrate face" for light from air onto the outer face of the substrate, "substrate" for light that is
            already in it (the outer face is left out), "top" for light from behind the last film.

    Returns:
        Shares of the incident power, each layer's absorption from the flux through its own interfaces.

    Raises:
        ValidityError: a thin substrate, a film without finite thickness, an angle outside 0-90 degrees, or light from
            an absorbing half-space.
    """
    wavelength, angle = np.array(wavelength, float, ndmin=1), np.array(angle, float, ndmin=1)
    indices, thickness = _checked(layers, wavelength, angle, side)
    incident = {"substrate face": np.ones(wavelength.size), "substrate": indices[0].real, "top": indices[-1].real}[side]
    kappa_square = (incident[:, np.newaxis] * np.sin(angle)) ** 2
    names = tuple(layer.name for layer in layers)
    up = _films(indices, thickness, wavelength, kappa_square, False, len(layers))
    if side == "substrate":
        return Transfer(names, *_settled(layers, indices, up))
    face = _face(indices[0].real, kappa_square)
    path = _plate(layers[0].thickness, indices[0], wavelength, kappa_square)
    if side == "substrate face":
        entering = (1.0 - face) / (1.0 - face * up.reflected * path**2)
        arriving = entering * path
        films = _Films(
            face + arriving * path * up.reflected * (1.0 - face), arriving * up.transmitted, arriving * up.absorbed
        )
        films.absorbed[0] += entering * (1.0 - path) * (1.0 + path * up.reflected)
        return Transfer(names, *_settled(layers, indices, films))
    down = _films(indices, thickness, wavelength, kappa_square, True, len(layers))
    entering = down.transmitted / (1.0 - face * up.reflected * path**2)
    again = entering * path**2 * face
    films = _Films(
        down.reflected + again * up.transmitted, entering * path * (1.0 - face), down.absorbed + again * up.absorbed
    )
    films.absorbed[0] += entering * (1.0 - path) * (1.0 + path * face)
    return Transfer(names, *films)


def _checked(layers: tuple[Layer, ...], wavelength: Array, angle: Array, side: Side) -> tuple[ComplexArray, Array]:
    if not layers or not layers[0].thickness > THICK:
        raise ValidityError("the first layer must be the thick substrate, more than 0.1 mm")
    if np.any(angle < 0.0) or np.any(angle >= 0.5 * np.pi):
        raise ValidityError("angles of incidence must be at least 0 and below 90 degrees")
    indices = layer_indices(layers, wavelength)
    thickness = np.array([layer.thickness for layer in layers])
    thickness[0] = 0.0
    if len(layers) > 1 and layers[-1].thickness > THICK:
        thickness[-1] = 0.0
        if side == "top" and np.any(indices[-1].imag > 0.0):
            raise ValidityError(f"light cannot come from the absorbing half-space {layers[-1].name!r}")
    else:
        indices = np.vstack((indices, np.ones((1, wavelength.size))))
        thickness = np.append(thickness, 0.0)
    inner = thickness[1:-1]
    if np.any(~(inner > 0.0)) or np.any(inner > THICK):
        raise ValidityError("films between the substrate and the last layer must be thinner than 0.1 mm and not empty")
    return indices, thickness


def _films(
    indices: ComplexArray, thickness: Array, wavelength: Array, kappa_square: Array, downwards: bool, layers: int
) -> _Films:
    permittivity = indices.T**2
    # The plate's own absorption is counted along its path; at its faces it is transparent.
    permittivity[:, 0] = indices[0].real ** 2
    depth = 2.0 * np.pi * thickness / wavelength[:, np.newaxis]
    flux = np.zeros((2, *kappa_square.shape, thickness.size - 1))
    for polarisation in range(2):
        respond(np.ascontiguousarray(permittivity), depth, kappa_square, polarisation, downwards, flux[polarisation])
    entry, end = (flux[..., -1], flux[..., 0]) if downwards else (flux[..., 0], flux[..., -1])
    sign = -1.0 if downwards else 1.0
    absorbed = np.stack([sign * absorbed_by_layer(part, 0, layers) for part in flux], axis=1)
    return _Films(1.0 - entry, end.copy(), absorbed)


def _face(index: Array, kappa_square: Array) -> Array:
    """Return the reflectance (polarisation, wavelength, angle) of the face between substrate and air."""
    square = index[:, np.newaxis] ** 2
    inside, outside = np.sqrt(square - kappa_square), np.sqrt(np.maximum(1.0 - kappa_square, 0.0))
    s = (inside - outside) / (inside + outside)
    p = (inside / square - outside) / (inside / square + outside)
    return np.stack((s, p)) ** 2


def _plate(thickness: float, index: ComplexArray, wavelength: Array, kappa_square: Array) -> Array:
    """Return the internal transmittance (wavelength, angle) of one passage through the substrate."""
    if not np.isfinite(thickness):
        return np.ones(kappa_square.shape)
    wave = np.sqrt(index[:, np.newaxis] ** 2 - kappa_square)
    return np.asarray(np.exp(-4.0 * np.pi * wave.imag * thickness / wavelength[:, np.newaxis]))


def _settled(layers: tuple[Layer, ...], indices: ComplexArray, films: _Films) -> _Films:
    """Count what enters an absorbing half-space as absorbed in it."""
    if len(layers) == indices.shape[0] and len(layers) > 1 and np.any(indices[-1].imag > 0.0):
        films.absorbed[-1] += films.transmitted
        return films._replace(transmitted=np.zeros_like(films.transmitted))
    return films
