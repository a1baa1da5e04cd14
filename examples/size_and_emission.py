"""
Size and emission
=================

Where do dots of a given edge length emit? Two-band confinement of chloride, bromide and iodide dots with the library's
central values, from 3 to 14 nm.
"""

from __future__ import annotations

import numpy as np

import halodot
from halodot.constants import HC_EV
from halodot.dots.confinement import transition_energy
from halodot.perovskite import perovskite_of
from halodot.report.style import curve, house_style, label, legend, panels

study = halodot.load("recipe-only")
edges = np.linspace(3e-9, 14e-9, 45)
wavelengths = {
    f"CsPb{halide}₃": HC_EV / transition_energy(edges, study.dots, perovskite_of({halide: 1.0}, study.perovskite))
    for halide in ("Cl", "Br", "I")
}

print(f"{'edge (nm)':>10}" + "".join(f"{name:>10}" for name in wavelengths))
for k in range(0, edges.size, 8):
    print(f"{1e9 * edges[k]:10.1f}" + "".join(f"{1e9 * found[k]:7.0f} nm" for found in wavelengths.values()))

# %%
# The figure uses the style of halodot's own.
with house_style():
    figure, (axes,) = panels()
    lines = [curve(axes, 1e9 * edges, 1e9 * found, k, points=False) for k, found in enumerate(wavelengths.values())]
    label(axes, "Edge length [nm]", "First exciton [nm]")
    legend(figure, lines, list(wavelengths))
