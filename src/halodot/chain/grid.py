"""The grids of a study: the one that its optics start from, and the one that a result was solved on."""

from __future__ import annotations

import math

from halodot.numerics import cell_centres
from halodot.results.data import Result
from halodot.states import Array, Stack, emitter_index, replaced
from halodot.study import Study


def optical_grid(study: Study, stack: Stack) -> tuple[Array, Array]:
    """Return the wavelengths [m] and the heights in the emitting layer [m] that the optics of a study start from."""
    from halodot.light import slices, window

    wavelength = window(stack, study.run.wavelength) if "wavelength" in study.run.open else study.run.wavelength
    index = emitter_index(stack)
    thickness = math.nan if index is None else stack.layers[index].thickness
    count = slices(thickness, None) if "positions" in study.run.open else study.run.positions
    return wavelength, cell_centres(thickness, count)


def on_fixed_grid(result: Result) -> Result:
    """Return a result whose study asks for the very grid that its device was solved on, without an estimate.

    Derivatives, fits and line searches compare neighbours: on grids of their own these would differ by the error that
    the tolerance allows.
    """
    device_solution = result.device_solution
    if device_solution is None or device_solution.nodes_per_layer == 0:
        return result
    run = replaced(result.study.run, nodes_per_layer=device_solution.nodes_per_layer, tolerance=math.inf)
    if result.optics is not None:
        run = replaced(run, wavelength=result.optics.wavelength, positions=result.optics.position.size, open=())
    return replaced(result, study=replaced(result.study, run=run))
