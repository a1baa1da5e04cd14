"""What one radiative decay at each height in the emitter gives, so that derivatives of the light need no new light."""

from __future__ import annotations

import numpy as np

from halodot.light.colour import LUMENS_PER_WATT, ColourMatching, power_of_photons, tristimulus
from halodot.light.quadrature import trapezoid
from halodot.light.stack_optics import emitting_layer, spectral_weights
from halodot.states import Array, Optics, Stack


def recycling_gain(reabsorbed: Array) -> Array:
    """Return how many excitons are made for each exciton of the current, 1/(1 - A).

    An emitter that absorbs the share A of its own photons, counted per exciton of the current, makes excitons of them,
    of whose photons it absorbs A again. Recycled excitons are taken to live in the same zone, with the same yield.

    Args:
        reabsorbed: A [1], (voltage,) or a single number, below 1.

    Returns:
        Gain [1], of the same shape.
    """
    return np.asarray(1.0 / (1.0 - reabsorbed))


def luminance_per_radiance(wavelength: Array, share: Array, matching: ColourMatching) -> Array:
    """Return the luminance that photons of each wavelength give, for one radiative decay per area and time.

    L = sum_lambda w(lambda) radiance(lambda, 0)/F with w = 683.002 lm/W (hc/lambda) V(lambda) s(lambda).

    Args:
        wavelength: [m], (wavelength,).
        share: of the emitter's photons [1], (wavelength,).
        matching: standard observer.

    Returns:
        w [cd s], (wavelength,).
    """
    unit = power_of_photons(wavelength, np.eye(wavelength.size))
    eye = tristimulus(wavelength, unit, matching)[:, 1]
    return np.asarray(LUMENS_PER_WATT * eye * share / trapezoid(wavelength))


def decay_weights(stack: Stack, optics: Optics, matching: ColourMatching) -> Array:
    """Return what a radiative decay per area and time at each height adds to the light, before recycling.

    Args:
        stack: the stack of the optics, for its emission spectrum.
        optics: from :func:`halodot.light.dipole_emission`.
        matching: standard observer.

    Returns:
        Luminance [cd m-2 per decay m-2 s-1], photons into air and photons that the emitter absorbs again, shape
        (3, position).
    """
    index, emitter = emitting_layer(stack)
    share = spectral_weights(emitter, optics.wavelength)
    purcell = share @ optics.power
    luminance = luminance_per_radiance(optics.wavelength, share, matching) @ optics.radiance[:, :, 0] / purcell
    reabsorbed = np.zeros(optics.power.shape)
    for table in (optics.absorbed, optics.guided_absorbed):
        if table.shape[0] > index and bool(np.all(np.isfinite(table[index]))):
            reabsorbed = reabsorbed + table[index]
    return np.array([luminance, share @ optics.air / purcell, share @ reabsorbed / purcell])
