"""The reduced grids on which a study is followed while a slider moves."""

from __future__ import annotations

import math

import numpy as np

from halodot.chain.grid import optical_grid
from halodot.light.emission import line_of
from halodot.light.grid import resolving
from halodot.results.summary import peak_point
from halodot.states import Array, Emission, IntArray, Stack, replaced
from halodot.study import Study
from halodot.study.model import Run

#: nodes of each electrical layer, wavelengths, and places in the emitting layer of at most 11 slices
NODES, WAVELENGTHS, POSITIONS = 24, 31, 7
#: share of the slices of a thicker emitting layer
_SLICES = 7.0 / 11.0
#: voltages of the first solution, those spread over the range of the others, and those on each side of the peak
_FIRST, _SPREAD, _BESIDE_PEAK = 101, 17, 2
#: luminances [cd/m2] at which numbers are read off
_READ_AT = (1.0, 100.0, 1000.0)
#: steps over the full width of the line at half its maximum, below which it gets more wavelengths
_LEAST_STEPS = 4


def coarse_run(study: Study, stack: Stack | None) -> Run:
    """Return what a study asks to compute on reduced grids, at as many as 101 of its voltages.

    Args:
        study: the whole one.
        stack: as its chemistry makes it, None where there is none.
    """
    run = study.run
    nodes = min(run.nodes_per_layer, NODES) if run.nodes_per_layer else NODES
    run = replaced(run, nodes_per_layer=nodes, tolerance=math.inf, voltages=_spread(run.voltages, _FIRST))
    if stack is None or stack.emitter is None:
        return run
    wavelength, position = optical_grid(study, stack)
    thin = np.linspace(wavelength[0], wavelength[-1], WAVELENGTHS) if wavelength.size > WAVELENGTHS else wavelength
    width = float(line_of(stack.emitter.wavelength, stack.emitter.spectrum)[1])
    if math.isfinite(width) and width < _LEAST_STEPS * float(np.diff(thin).max(initial=0.0)):
        thin = resolving(stack.emitter, thin)
    kept_open = tuple(name for name in run.open if name == "wavelength")  # for a line that leaves these wavelengths
    positions = min(position.size, max(POSITIONS, math.ceil(_SLICES * position.size)))
    return replaced(run, wavelength=thin, positions=positions, open=kept_open)


def few_voltages(emission: Emission | None, voltages: Array, luminance: float = math.nan) -> IntArray:
    """Return the places of the voltages that show the curves: spread evenly, and beside what numbers are read from.

    Args:
        emission: the light at all of them, None without.
        voltages: [V], (voltage,).
        luminance: of the lifetime test [cd/m2], nan without one.

    Returns:
        Increasing, (place,).
    """
    count = voltages.size
    kept = set(_places(count, _SPREAD).tolist())
    zero = int(np.searchsorted(voltages, 0.0))
    kept |= {zero - 1, zero} if 0 < zero < count else set()
    if emission is not None and (peak := peak_point(emission)) is not None:
        kept |= set(range(peak - _BESIDE_PEAK, peak + _BESIDE_PEAK + 1))
        bright = np.nan_to_num(emission.luminance)
        kept |= {int(np.argmax(bright))}
        for level in (*_READ_AT, luminance):
            above = int(np.argmax(bright >= level))
            kept |= {above - 1, above} if above else set()
    return np.array(sorted(k for k in kept if 0 <= k < count), dtype=np.int64)


def _spread(values: Array, most: int) -> Array:
    return values[_places(values.size, most)]


def _places(count: int, most: int) -> IntArray:
    """Return at most so many of the places, evenly, the first and the last among them."""
    return np.unique(np.round(np.linspace(0, count - 1, min(count, most))).astype(np.int64))
