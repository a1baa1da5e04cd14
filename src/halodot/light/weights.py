"""What one radiative decay at each height in the emitter gives, so that derivatives of the light need no new light."""

from __future__ import annotations

import numpy as np

from halodot.light.colour import LUMENS_PER_WATT, ColourMatching, power_of_photons, tristimulus
from halodot.light.quadrature import trapezoid
from halodot.light.stack_optics import emitting_layer, spectral_weights
from halodot.states import Array, Optics, Stack


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
    share, step = spectral_weights(emitter, optics.wavelength), trapezoid(optics.wavelength)
    purcell = share @ optics.power
    forward = (share / step)[:, np.newaxis] * optics.radiance[:, :, 0] / purcell
    xyz = tristimulus(optics.wavelength, power_of_photons(optics.wavelength, forward.T), matching)
    kept = np.zeros(optics.power.shape)
    for table in (optics.absorbed, optics.guided_absorbed):
        if table.shape[0] > index and bool(np.all(np.isfinite(table[index]))):
            kept = kept + table[index]
    return np.array([LUMENS_PER_WATT * xyz[:, 1], share @ optics.air / purcell, share @ kept / purcell])
