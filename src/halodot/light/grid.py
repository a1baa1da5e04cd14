"""The wavelengths and positions at which the optics are computed, so that they leave little of the light's error."""

from __future__ import annotations

import math

import numpy as np

from halodot.arrays import Array
from halodot.errors import ValidityError
from halodot.light.accuracy import spectral_error
from halodot.light.emission import line_of
from halodot.light.quadrature import trapezoid
from halodot.light.stack_optics import MISSED_PHOTONS, dipole_emission, missed_photons
from halodot.states import Emitter, Note, Optics, Stack, replaced

STEPS = 8  # over the full width of the line at half its maximum: the trapezoidal rule is then exact for a smooth line
CORE = 1e-4  # of the highest value of the spectrum: what lies outside needs no fine steps
MANY = 400  # wavelengths between two stated ones, beyond which only the line itself gets them
ROUNDS = 3  # halvings of the steps where fringes of thick films ask for it
COUNT = 101  # wavelengths of a window that the study does not state
SLICE, LEAST, MOST = 3e-9, 11, 201  # m, thickest slice of the emitting layer, and numbers of them


def window(stack: Stack, usual: Array) -> Array:
    """Return the wavelengths that a study leaves open: the usual ones if they hold the emitter's line.

    Otherwise they are laid around the line, as far as the tables of refractive indices reach.

    Args:
        stack: with its emitter and the tables of its layers.
        usual: wavelengths to take where they serve [m], (wavelength,).

    Returns:
        Wavelengths [m], (wavelength,).

    Raises:
        ValidityError: a table ends inside the line.
    """
    emitter = stack.emitter
    if emitter is None or emitter.wavelength.size < 2:
        return usual
    low, high, ends = _reach(stack)
    if missed_photons(emitter, usual) > MISSED_PHOTONS:
        usual = _around(emitter)
    if usual[0] >= low * (1.0 - 1e-9) and usual[-1] <= high * (1.0 + 1e-9):
        return usual
    narrowed = np.linspace(max(usual[0], low), min(usual[-1], high), COUNT)
    if not narrowed[-1] > narrowed[0] or missed_photons(emitter, narrowed) > MISSED_PHOTONS:
        first, last = _quantiles(emitter, 0.5 * MISSED_PHOTONS) * 1e9
        raise ValidityError(
            f"the emitter's line, {first:.0f}-{last:.0f} nm, goes beyond {ends}: give a wider table, or a formula"
            " (cauchy_a)"
        )
    return narrowed


def _reach(stack: Stack) -> tuple[float, float, str]:
    """Return the wavelengths [m] between which every table is known, and which tables end there."""
    low, high, first, last = 0.0, math.inf, "", ""
    for layer in stack.layers:
        if layer.optics.table_wavelength.size:
            span = f"{layer.optics.table_wavelength.min() * 1e9:.0f}-{layer.optics.table_wavelength.max() * 1e9:.0f} nm"
            said = f"the n,k table of {layer.name} ({span})"
            if layer.optics.table_wavelength.min() > low:
                low, first = float(layer.optics.table_wavelength.min()), said
            if layer.optics.table_wavelength.max() < high:
                high, last = float(layer.optics.table_wavelength.max()), said
    return low, high, first if first == last else f"{first} or {last}"


def _around(emitter: Emitter) -> Array:
    first, last = _quantiles(emitter, 1e-3)
    margin = max(0.5 * (last - first), 40e-9)
    return np.linspace(max(first - margin, 0.5 * first), last + margin, COUNT)


def _quantiles(emitter: Emitter, share: float) -> Array:
    """Return the wavelengths [m] below and above which a share of the emitter's photons lies."""
    order = np.argsort(emitter.wavelength)
    grid = emitter.wavelength[order]
    below = np.cumsum(emitter.spectrum[order] * trapezoid(grid))
    return np.interp([share, 1.0 - share], below / below[-1], grid)


def resolving(emitter: Emitter, wavelength: Array) -> Array:
    """Return wavelengths [m] with more between them where the emitter's line needs them.

    Args:
        emitter: whose spectrum is followed.
        wavelength: (wavelength,) [m], increasing, which stay.
    """
    order = np.argsort(emitter.wavelength)
    grid, spectrum = emitter.wavelength[order], emitter.spectrum[order]
    if grid.size < 3 or wavelength.size < 2:
        return wavelength
    width = float(line_of(grid, spectrum)[1])
    bright = np.flatnonzero(spectrum > CORE * spectrum.max())
    low, high = grid[max(bright[0] - 1, 0)], grid[min(bright[-1] + 1, grid.size - 1)]
    step = (width if math.isfinite(width) else high - low) / STEPS
    return _divided(wavelength, low, high, step)


def _divided(wavelength: Array, low: float, high: float, step: float) -> Array:
    """Return wavelengths in which the intervals that meet [low, high] are cut into equal steps of at most ``step``."""
    wide = np.diff(wavelength)
    cut = (wavelength[1:] > low) & (wavelength[:-1] < high) & (wide > step * (1.0 + 1e-6))
    if not cut.any():
        return wavelength
    if np.any(wide[cut] > MANY * step):
        inside = [value for value in (low, high) if wavelength[0] < value < wavelength[-1]]
        edges = np.union1d(wavelength, inside)
        if edges.size > wavelength.size:
            return _divided(edges, low, high, step)
    pieces = [
        np.linspace(a, b, math.ceil((b - a) / step * (1.0 - 1e-9)) + 1)[:-1] if divide else np.array([a])
        for a, b, divide in zip(wavelength[:-1], wavelength[1:], cut)
    ]
    return np.concatenate([*pieces, wavelength[-1:]])


def resolved(stack: Stack, wavelength: Array, position: Array, tolerance: float) -> Optics:
    """Return the optics on wavelengths that follow the emitter's line, and the fringes of thick films.

    Args:
        stack: with its emitter.
        wavelength: (wavelength,) [m], which stay.
        position: (position,) heights above the lower interface of the emitting layer [m].
        tolerance: relative error of the light that the wavelengths may leave; inf for the stated ones alone.

    Returns:
        Optics, with a note if the wavelengths leave more than that.
    """
    if stack.emitter is None or math.isinf(tolerance):
        return dipole_emission(stack, wavelength, position)
    found = resolving(stack.emitter, wavelength)
    optics = dipole_emission(stack, found, position)
    for _ in range(ROUNDS):
        error = spectral_error(stack.emitter, optics)
        if error <= tolerance:
            return optics
        low, high = _quantiles(stack.emitter, CORE)
        steps = np.diff(found)[(found[1:] > low) & (found[:-1] < high)]
        found = _divided(found, float(low), float(high), 0.5 * float(steps.max()))
        optics = dipole_emission(stack, found, position)
    error = spectral_error(stack.emitter, optics)
    if error <= tolerance:
        return optics
    text = (
        f"The light may be off by {100 * error:.1f} %: {found.size} wavelengths do not follow the fringes of the"
        " stack's thick films. State run.wavelength with smaller steps."
    )
    return replaced(optics, notes=(*optics.notes, Note("accuracy", text, "run.wavelength")))


def slices(thickness: float, stated: int | None) -> int:
    """Return the number of positions in an emitting layer of this thickness [m]: as stated, or thin enough."""
    if stated is not None or not math.isfinite(thickness):
        return LEAST if stated is None else stated
    return min(max(LEAST, math.ceil(thickness / SLICE - 1e-9)), MOST)
