"""What the optics say of their own limits: gaps in the budget, near fields, films beyond the coherence length."""

from __future__ import annotations

import numpy as np

from halodot.arrays import Array
from halodot.light.budget import REMARKED, Budget
from halodot.light.index import refractive_index
from halodot.numerics import FWHM_PER_SIGMA
from halodot.states import Emitter, Note, Stack, emitter_index

NEAR = 5e-9  # m, to an absorber, within which a gap in the budget comes from the near field
#: of the coherence length lambda^2/width over twice the index, the thickness at which fringes have faded
FADED = 0.5
#: share of the power by which the other layers may exceed it without a note: less than any measurement sees
MOST_OVERDRAWN = 1e-4


def remarks(stack: Stack, wavelength: Array, position: Array, budget: Budget) -> tuple[Note, ...]:
    """Return the notes of an optical environment.

    Args:
        stack: with its emitter.
        wavelength: (wavelength,) [m].
        position: (position,) heights above the lower interface of the emitting layer [m].
        budget: of the stack.
    """
    found = (_gap(stack, wavelength, position, budget), _own_share(stack, wavelength, position, budget))
    return (*found[0], *found[1], *_thick_films(stack, wavelength))


def _gap(stack: Stack, wavelength: Array, position: Array, budget: Budget) -> tuple[Note, ...]:
    """Say how much of the power the channels miss, and why."""
    gap = float(budget.error.max())
    if not gap >= REMARKED:
        return ()
    name, distance = nearest_absorber(stack, wavelength, position)
    text = f"The channels of the photon budget miss the dipoles' power by {gap:.1e} of it, the power itself is exact."
    if distance < NEAR:
        text += (
            f" A position {distance * 1e9:.2g} nm from the absorbing layer {name!r} gives its energy to the near field,"
            " whose flux is rounded; no measurement sees so little."
        )
    else:
        text += " A weak guided mode is narrower than the numbers are exact; no measurement sees so little."
    return (Note("accuracy", text, "run.positions" if distance < NEAR else ""),)


def _own_share(stack: Stack, wavelength: Array, position: Array, budget: Budget) -> tuple[Note, ...]:
    """Say where the other layers take more than the dipole's power in an emitter of the real index."""
    emitter = emitter_index(stack)
    own = budget.by_layer[..., emitter].sum(axis=1) / budget.power
    least = float(np.min(own))
    if not least < -MOST_OVERDRAWN:
        return ()
    name, distance = nearest_absorber(stack, wavelength, position)
    text = (
        f"The other layers take {-least:.1%} more than the dipole's power, which is that in an emitter of its real"
        f" index: the emitter absorbs strongly, {distance * 1e9:.2g} nm from the absorbing layer {name!r}."
        " The emitter's own absorption is negative there; the light in air is not affected."
    )
    return (Note("accuracy", text, "run.positions"),)


def nearest_absorber(stack: Stack, wavelength: Array, position: Array) -> tuple[str, float]:
    """Return the absorbing layer next to a dipole and its distance.

    Args:
        stack: with its emitter.
        wavelength: [m], (wavelength,).
        position: heights above the lower interface of the emitting layer [m], (position,).

    Returns:
        Name, and distance [m], inf without one.
    """
    emitter = next(number for number, layer in enumerate(stack.layers) if layer.role == "emitter")
    found, least = "", np.inf
    sides = (
        (range(emitter - 1, -1, -1), float(position.min())),
        (range(emitter + 1, len(stack.layers)), stack.layers[emitter].thickness - float(position.max())),
    )
    for order, distance in sides:
        for number in order:
            layer = stack.layers[number]
            if np.any(refractive_index(layer, wavelength).imag > 0.0):
                if distance < least:
                    found, least = layer.name, distance
                break
            distance += layer.thickness
    return found, least


def _thick_films(stack: Stack, wavelength: Array) -> tuple[Note, ...]:
    """Name films that are followed as coherent although the line is too broad for that."""
    if stack.emitter is None or wavelength.size < 2:
        return ()
    peak, width = _line(stack.emitter)
    if not width > 0.0:
        return ()
    notes = []
    for number, layer in enumerate(stack.layers[1:], start=1):
        if not np.isfinite(layer.thickness) or layer.thickness > 1e-4:
            continue
        index = refractive_index(layer, np.array([np.clip(peak, wavelength.min(), wavelength.max())]))[0]
        length = FADED * peak**2 / (width * index.real)
        opaque = np.exp(-4.0 * np.pi * index.imag * layer.thickness / peak) < 0.01
        if layer.thickness > length and not opaque:
            notes.append(
                Note(
                    "missing physics",
                    f"{layer.name} is {layer.thickness * 1e6:.3g} um thick, more than the {length * 1e6:.2g} um over"
                    " which light of this line interferes with itself, and is followed as a film without roughness:"
                    " its fringes are averaged by the line, but a real one may show fewer.",
                    f"device.layers[{number}].thickness",
                )
            )
    return tuple(notes)


def _line(emitter: Emitter) -> tuple[float, float]:
    """Return the mean wavelength [m] of the emitter's photons and the full width of a Gaussian of their spread."""
    order = np.argsort(emitter.wavelength)
    grid = emitter.wavelength[order]
    if grid.size < 2:
        return float(grid[0]), 0.0
    share = emitter.spectrum[order] * np.gradient(grid)
    share = share / share.sum()
    mean = float(share @ grid)
    return mean, FWHM_PER_SIGMA * float(np.sqrt(share @ (grid - mean) ** 2))
