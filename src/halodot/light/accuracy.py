"""What the steps in wavelength and height leave of error in the light."""

from __future__ import annotations

import math

import numpy as np

from halodot.arrays import Array
from halodot.light.stack_optics import spectral_weights
from halodot.states import Emitter, Note, Optics

DIM = 0.01  # of the brightest point, below which an error of the light is not worth a word


def spectral_error(emitter: Emitter, optics: Optics) -> float:
    """Return an estimate of the relative error that the steps in wavelength leave in the light.

    A third of the difference from every second wavelength: the error of the trapezoidal rule, which falls as the
    square of the step, or faster.

    Args:
        emitter: whose spectrum [1/m], (wavelength,), weights the optics.
        optics: on the wavelengths in question.

    Returns:
        Relative error [1], the largest of air, power and forward radiance; 0 for fewer than nine wavelengths.
    """
    last = optics.wavelength.size - 1 + optics.wavelength.size % 2
    if last < 9:
        return 0.0
    values = []
    # An even number of intervals; the last one, in the dark, is left out where there is one too many.
    for chosen in (np.arange(last), np.arange(0, last, 2)):
        share = spectral_weights(emitter, optics.wavelength[chosen])
        parts = (optics.air[chosen], optics.power[chosen], optics.radiance[chosen, :, 0])
        values.append([float(np.mean(share @ part)) for part in parts])
    fine, coarse = np.array(values)
    some = fine > 0.0
    return float(np.max(np.abs(coarse - fine)[some] / fine[some], initial=0.0)) / 3.0


def position_error(decays: Array, light: Array) -> Array:
    """Return an estimate of the relative error that counting decays in slices leaves in the light.

    A slice of the width h around x counts its decays M exactly and gives them the light f(x) of its middle. With the
    density g of decays it misses f' g' h^3/12 + f'' g h^3/24.

    Args:
        decays: around each position of equal slices [any unit], (voltage, position).
        light: of one decay [any unit], (position,).

    Returns:
        Relative error [1], (voltage,); nan where there is no light or fewer than three positions.
    """
    total = decays @ light
    if light.size < 3:
        return np.full(total.shape, np.nan)
    slope = np.gradient(light)
    missed = np.gradient(decays, axis=1) @ slope / 12.0 + decays @ np.gradient(slope) / 24.0
    return np.asarray(np.abs(missed) / np.where(total > 0.0, total, np.nan))


def position_note(error: Array, luminance: Array, count: int, tolerance: float) -> tuple[Note, ...]:
    """Return a note where the positions leave more than a tolerance in light that counts.

    Args:
        error: (voltage,) from :func:`position_error`.
        luminance: (voltage,) [cd/m2].
        count: number of positions.
        tolerance: relative error that is good enough.
    """
    seen = np.isfinite(error) & np.isfinite(luminance) & (luminance > DIM * np.nanmax(luminance, initial=0.0))
    worst = float(np.max(error[seen], initial=0.0))
    if not worst > tolerance:
        return ()
    enough = math.ceil(1.2 * count * math.sqrt(worst / tolerance))
    text = (
        f"The light may be off by {100 * worst:.1f} %: the emission zone, or the optics across it, changes within the"
        f" {count} slices of the emitting layer. State run.positions, such as {min(enough, 201)}."
    )
    return (Note("accuracy", text, "run.positions"),)
