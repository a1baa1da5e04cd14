"""Reflection, transmission and layer-resolved absorption of a stack, for light from outside."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from halodot.arrays import ComplexArray
from halodot.errors import ValidityError
from halodot.light.multilayer import plane_wave_response
from halodot.light.stack_optics import THICKEST_FILM, absorbed_by_layer, layer_indices, plate_depth
from halodot.states import Array, Layer

DARK = 1e-6  # transmittance of a substrate that no light is said to come from
Side = Literal["substrate face", "substrate", "top"]


class Transfer(NamedTuple):
    """What becomes of unit incident power; for each wavelength R + T + sum(A) = 1."""

    layer_names: tuple[str, ...]
    reflected: Array  # (polarisation s and p, wavelength, angle)
    transmitted: Array  # (polarisation, wavelength, angle)
    absorbed: Array  # (layer, polarisation, wavelength, angle)


class _Waves(NamedTuple):
    """What waves of unit intensity do in the coherent films alone, (polarisation s and p, wavelength, angle, ...)."""

    reflected: Array  # intensity that comes back
    flux: Array  # (..., interface), net, in the direction of incidence
    absorbed: Array  # (layer, ...)
    admittance: Array  # real part of that of the medium that the waves come from


class _Face(NamedTuple):
    """The outer face of the substrate, (polarisation s and p, wavelength, angle)."""

    reflected: Array  # intensity, from either side
    entering: Array  # intensity in the substrate for unit intensity in air
    leaving: Array  # flux in air for unit intensity in the substrate
    outside: Array  # real part of the admittance of air


def reflect_transmit_absorb(
    layers: tuple[Layer, ...], wavelength: Array, angle: Array, side: Side = "substrate face"
) -> Transfer:
    """Return reflectance, transmittance and the absorptance of every layer, in s and p polarisation.

    The first layer is a thick plate that light crosses incoherently: with the amplitudes r_a and r_d that its outer
    face and the films reflect, its internal transmittance t, and the intensity U_0 that enters it first, it holds the
    intensity ``U_0 / (1 - |r_a r_d|^2 t^2)``. Its index at both faces is complex, so that a metal is a metal. It takes
    the difference of the fluxes through its faces. Of light that is already in the plate, what does not enter the
    films is reflected.

    Args:
        layers: substrate first, thicker than 0.1 mm, then coherent films; a last layer thicker than 0.1 mm is a
            half-space, behind a thinner one lies air. Nothing comes out of an infinite substrate that absorbs.
        wavelength: (wavelength,) vacuum wavelengths [m].
        angle: (angle,) angles of incidence [rad], in the medium that the light comes from.
        side: "substrate face" for light from air onto the outer face of the substrate, "substrate" for light that is
            already in it (the outer face is left out), "top" for light from behind the last film.

    Returns:
        Shares of the incident power, each layer's absorption from the flux through its own interfaces.

    Raises:
        ValidityError: a thin substrate, a film without finite thickness, an angle outside 0-90 degrees, or light from
            a half-space or a substrate that lets none through.
    """
    wavelength, angle = np.array(wavelength, float, ndmin=1), np.array(angle, float, ndmin=1)
    indices, thickness = _checked(layers, wavelength, angle, side)
    incident = {"substrate face": np.ones(wavelength.size), "substrate": indices[0].real, "top": indices[-1].real}[side]
    kappa_sq = (incident[:, np.newaxis] * np.sin(angle)) ** 2
    names = tuple(layer.name for layer in layers)
    count = len(layers)
    up = _waves(indices, thickness, wavelength, kappa_sq, False, count)
    if side == "substrate":
        flux = up.flux / up.admittance[..., np.newaxis]
        films = Transfer(names, 1.0 - flux[..., 0], flux[..., -1].copy(), up.absorbed / up.admittance)
        return _absorbed_in_half_space(layers, indices, films)
    face = _face(indices[0], kappa_sq)
    path = _plate(layers[0].thickness, indices[0], wavelength, kappa_sq)
    returns = 1.0 / (1.0 - face.reflected * up.reflected * path**2)
    if side == "substrate face":
        inside = face.entering * returns / face.outside
        arriving = inside * path
        reflected = face.reflected + arriving * path * up.reflected * face.leaving
        absorbed = arriving * up.absorbed
        absorbed[0] = 1.0 - reflected - arriving * up.flux[..., 0]
        return _absorbed_in_half_space(
            layers, indices, Transfer(names, reflected, arriving * up.flux[..., -1], absorbed)
        )
    down = _waves(indices, thickness, wavelength, kappa_sq, True, count)
    entering = down.flux[..., 0] / down.admittance
    # No light enters a clear substrate beyond its light cone.
    inside = returns * np.divide(entering, up.admittance, out=np.zeros(entering.shape), where=up.admittance > 0.0)
    again, transmitted = inside * path**2 * face.reflected, inside * path * face.leaving
    absorbed = down.absorbed / down.admittance + again * up.absorbed
    absorbed[0] = entering - again * up.flux[..., 0] - transmitted
    return Transfer(names, down.reflected + again * up.flux[..., -1], transmitted, absorbed)


def _checked(layers: tuple[Layer, ...], wavelength: Array, angle: Array, side: Side) -> tuple[ComplexArray, Array]:
    if not layers or not layers[0].thickness > THICKEST_FILM:
        raise ValidityError("the first layer must be the thick substrate, more than 0.1 mm")
    if np.any(angle < 0.0) or np.any(angle >= 0.5 * np.pi):
        raise ValidityError("angles of incidence must be at least 0 and below 90 degrees")
    indices = layer_indices(layers, wavelength)
    thickness = np.array([layer.thickness for layer in layers])
    thickness[0] = 0.0
    if len(layers) > 1 and layers[-1].thickness > THICKEST_FILM:
        thickness[-1] = 0.0
        if side == "top" and np.any(indices[-1].imag > 0.0):
            raise ValidityError(f"light cannot come from the absorbing half-space {layers[-1].name!r}")
    else:
        indices = np.vstack((indices, np.ones((1, wavelength.size))))
        thickness = np.append(thickness, 0.0)
    if side == "substrate":
        passed = _plate(layers[0].thickness, indices[0], wavelength, np.zeros((wavelength.size, 1)))
        if np.any(passed < DARK):
            raise ValidityError(f"light cannot come from {layers[0].name!r}, which lets none through")
    inner = thickness[1:-1]
    if np.any(~(inner > 0.0)) or np.any(inner > THICKEST_FILM):
        raise ValidityError("films between the substrate and the last layer must be thinner than 0.1 mm and not empty")
    return indices, thickness


def _waves(
    indices: ComplexArray, thickness: Array, wavelength: Array, kappa_sq: Array, downwards: bool, layers: int
) -> _Waves:
    permittivity = np.ascontiguousarray(indices.T**2)
    depth = 2.0 * np.pi * thickness / wavelength[:, np.newaxis]
    reflected, flux = np.zeros((2, *kappa_sq.shape)), np.zeros((2, *kappa_sq.shape, thickness.size - 1))
    for polarisation in range(2):
        plane_wave_response(
            permittivity, depth, kappa_sq, polarisation, downwards, reflected[polarisation], flux[polarisation]
        )
    sign = -1.0 if downwards else 1.0
    absorbed = np.stack([sign * absorbed_by_layer(part, 0, layers) for part in flux], axis=1)
    return _Waves(reflected, flux, absorbed, _admittance(indices[-1 if downwards else 0], kappa_sq).real)


def _admittance(index: ComplexArray, kappa_sq: Array) -> ComplexArray:
    """Return kz and kz/eps (polarisation, wavelength, angle) in units of k0."""
    square = index[:, np.newaxis] ** 2
    wave = np.sqrt(square - kappa_sq)
    return np.stack((wave, wave / square))


def _face(index: ComplexArray, kappa_sq: Array) -> _Face:
    inside, outside = _admittance(index, kappa_sq), _admittance(np.ones_like(index), kappa_sq)
    total = inside + outside
    leaving = np.abs(2.0 * inside / total) ** 2 * outside.real
    return _Face(np.abs((inside - outside) / total) ** 2, np.abs(2.0 * outside / total) ** 2, leaving, outside.real)


def _plate(thickness: float, index: ComplexArray, wavelength: Array, kappa_sq: Array) -> Array:
    """Return the internal transmittance (wavelength, angle) of one passage through the substrate."""
    wave = np.sqrt(index[:, np.newaxis] ** 2 - kappa_sq)
    return np.asarray(np.exp(-2.0 * wave.imag * plate_depth(thickness, index, wavelength)[:, np.newaxis]))


def _absorbed_in_half_space(layers: tuple[Layer, ...], indices: ComplexArray, found: Transfer) -> Transfer:
    """Count what enters an absorbing half-space as absorbed in it."""
    if len(layers) == indices.shape[0] and len(layers) > 1 and np.any(indices[-1].imag > 0.0):
        found.absorbed[-1] += found.transmitted
        return found._replace(transmitted=np.zeros_like(found.transmitted))
    return found
