"""
Is an efficiency of 24.45 % possible?
=====================================

Is an external quantum efficiency of 24.45 % possible, and what does it ask of the dots?

For two indices of the film of dots, and for dipoles in all directions or in the plane, this prints which share of the
light reaches air, the efficiency when every electron makes an exciton in a film of 87 % yield, and the yield that the
paper's 24.45 % would need. The emission zone fills the film; 645 nm, 38 nm wide.
"""

from __future__ import annotations

import numpy as np

import halodot
from halodot.light import dipole_emission
from halodot.light.colour import gaussian_line
from halodot.numerics import cell_centres
from halodot.states import Emitter, Stack, emitter_index, empty_array, replaced, with_properties

WAVELENGTH = np.linspace(560e-9, 740e-9, 91)
POSITIONS = 11
PLQY, PAPER = 0.87, 0.2445
CASES = {"isotropic": 2.0 / 3.0, "horizontal": 1.0}


def device(index: float, horizontal: float) -> Stack:
    """The paper's stack with a film of dots of this index that does not absorb."""
    stack = halodot.load("paper-0.2").stack
    assert stack is not None
    clear = {
        "cauchy_a": index,
        "table_wavelength": empty_array(),
        "table_index": empty_array(),
        "table_extinction": empty_array(),
    }
    emitting = emitter_index(stack)
    layers = tuple(with_properties(layer, **clear) if k == emitting else layer for k, layer in enumerate(stack.layers))
    spectrum = gaussian_line(WAVELENGTH, 645e-9, 38e-9)
    emitter = Emitter(WAVELENGTH.copy(), spectrum, 1.0, 1.0 / PLQY - 1.0, horizontal)
    return replaced(stack, layers=layers, emitter=emitter)


def row(index: float, horizontal: float) -> dict[str, float]:
    """Outcoupling, efficiency at unity charge balance, and the yield that the paper's efficiency needs, in percent."""
    stack = device(index, horizontal)
    emitting = emitter_index(stack)
    assert emitting is not None
    optics = dipole_emission(stack, WAVELENGTH, cell_centres(stack.layers[emitting].thickness, POSITIONS))

    def efficiency(plqy: float) -> float:
        radiative = optics.purcell / (optics.purcell + 1.0 / plqy - 1.0)
        return float(np.mean(radiative * optics.outcoupling))

    yields = np.linspace(0.3, 1.0, 701)
    reached = [efficiency(value) for value in yields]
    needed = float(np.interp(PAPER, reached, yields, right=np.nan))
    values = (float(optics.outcoupling.mean()), efficiency(PLQY), needed)
    return {name: 100.0 * value for name, value in zip(("outcoupling", "efficiency", "needed yield"), values)}


def table() -> dict[tuple[float, str], dict[str, float]]:
    """All rows, by the index of the film and the direction of the dipoles."""
    return {(index, name): row(index, share) for index in (1.9, 2.1) for name, share in CASES.items()}


if __name__ == "__main__":
    print(f"{'index':>6} {'dipoles':<12}{'outcoupling':>14}{'EQE':>10}{'needed yield':>16}")
    for (index, name), found in table().items():
        shown = "".join(f"{found[key]:{width}.1f} %" for key, width in zip(found, (12, 8, 14)))
        print(f"{index:6.1f} {name:<12}{shown}")
