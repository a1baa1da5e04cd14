"""
Best thicknesses of the layers
==============================

Which thicknesses would bring more of the paper's light into air, and how exactly must they be met?

The electron-transport layer, the hole-transport layer and the transparent electrode are varied for the emission zone
of the device as it was made. This prints the optimum beside the device, and how far each layer alone may be off before
1 % of the optimum is lost. It is the optics alone: what thicker layers cost in voltage is not in it.
"""

from __future__ import annotations

import halodot
from halodot.learn import BestThickness, best_thickness

LAYERS = ("PO-T2T", "PTAA", "ITO")


def optimum() -> BestThickness:
    """The best thicknesses of the paper's device, without the map."""
    return best_thickness(halodot.load("paper-0.2"), LAYERS, starts=3, map_points=0)


if __name__ == "__main__":
    best = optimum()
    print(f"light into air: {100 * best.present_value:.2f} % as made, {100 * best.value:.2f} % at the optimum")
    print(f"{'layer':10}{'made (nm)':>12}{'best (nm)':>12}{'within 1 % (nm)':>20}")
    for name, made, found, (low, high) in zip(best.layers, best.present, best.thickness, best.flat, strict=True):
        print(f"{name:10}{1e9 * made:12.1f}{1e9 * found:12.1f}{f'{1e9 * low:.1f} to {1e9 * high:.1f}':>20}")
