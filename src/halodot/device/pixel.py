"""The resistance of the transparent electrode along the pixel, and whether the pixel is uniform with it.

A pixel of width w, along which the electrode brings its current, and length A/w: at a distance x from its far edge the
electrode carries J x per length, and what it heats, int R (J x)^2 dx = (R w^2/3) J^2 w, is that of a resistance
R w^2/3 times area, as of a finger of a solar cell (Honsberg and Bowden, PVCDROM, "Finger Resistance",
pveducation.org). From two sides each half is a pixel of half the width, R w^2/12. Between pixel and contact the
electrode adds R times its length over its breadth.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from halodot.arrays import Array
from halodot.states import DeviceSolution, Note, Stack

#: Current density (A/m2) below which nobody looks at a pixel, 0.1 mA/cm2.
LEAST_CURRENT = 1.0


class Pixel(NamedTuple):
    """How the transparent electrode reaches a pixel."""

    width: float  # m, along the current
    sides: int  # from which it is contacted
    reach: float  # m, from a contacted side to where the current from there ends


def pixel_of(stack: Stack) -> Pixel:
    """Return the pixel of a device, a square where no width is stated.

    Args:
        stack: with its area and geometry.
    """
    width = stack.pixel_width if math.isfinite(stack.pixel_width) else math.sqrt(stack.area)
    sides = 2 if stack.contacted_sides == "two" else 1
    return Pixel(width, sides, width / sides)


def electrode_resistance(stack: Stack) -> float:
    """Return the resistance of the transparent electrode times the area of the pixel [ohm m2].

    Args:
        stack: with sheet resistance and geometry.
    """
    pixel = pixel_of(stack)
    return stack.sheet_resistance * (pixel.reach**2 / 3.0 + stack.lead_length * pixel.reach)


def resistance_of(stack: Stack) -> float:
    """Return all resistance in series with the layers, times area [ohm m2].

    Args:
        stack: with its series resistance, sheet resistance and geometry.
    """
    return stack.series_resistance + electrode_resistance(stack)


def spreading_length(stack: Stack, device_solution: DeviceSolution) -> Array:
    """Return over what length the current of the electrode falls to 1/e, 1/sqrt(R dJ/dV) [m], (voltage,).

    Args:
        stack: with its sheet resistance.
        device_solution: the solved device.
    """
    current = device_solution.current_density
    inside = device_solution.voltage - current * resistance_of(stack)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.gradient(current) / np.gradient(inside) if current.size > 1 else np.full(1, math.nan)
        length: Array = np.sqrt(1.0 / (stack.sheet_resistance * np.where(slope > 0.0, slope, math.nan)))
    return length


def uneven_pixel(stack: Stack, device_solution: DeviceSolution) -> Note | None:
    """Return a note where the electrode's resistance makes the pixel brighter beside its contact than far from it.

    Args:
        stack: with sheet resistance and geometry.
        device_solution: the solved device.
    """
    if stack.sheet_resistance == 0.0:
        return None
    pixel, length = pixel_of(stack), spreading_length(stack, device_solution)
    places = np.flatnonzero((length < pixel.reach) & (device_solution.current_density > LEAST_CURRENT))
    if not places.size:
        return None
    k = int(places[np.argmin(np.abs(device_solution.voltage[places]))])
    fall = device_solution.current_density[k] * stack.sheet_resistance * pixel.reach**2 / 2.0
    text = (
        f"from {device_solution.voltage[k]:.3g} V on the current spreads over {length[k] * 1e3:.2g} mm of the"
        f" transparent electrode, less than the {pixel.reach * 1e3:.2g} mm that it has to reach ({fall * 1e3:.2g} mV"
        " fall there): the pixel is brighter beside its contact, and its resistance is no longer that of a uniform"
        " current. Make the pixel narrower, contact it from two sides, or lower sheet_resistance."
    )
    return Note("missing physics", text, "device.sheet_resistance")
