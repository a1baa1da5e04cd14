"""Dipole power by polarisation and by where its in-plane wave number lies."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from halodot.light.budget import CONE, GUIDED, photon_budget
from halodot.light.surroundings import emitting_layer, make_scene, orientation
from halodot.states import Array, Stack


class ModeTable(NamedTuple):
    """Power a dipole spends, in units of its power in an infinite medium; summed over all it is the Purcell factor."""

    polarisations: tuple[str, ...]
    regions: tuple[str, ...]
    power: Array  # (polarisation, region, wavelength, position)


def mode_table(stack: Stack, wavelength: Array, position: Array) -> ModeTable:
    """Return the dipole's power by polarisation and region of the in-plane wave number.

    The regions are those of light: inside the escape cone to air, beyond it but inside the substrate's light cone, and
    beyond that, where guided modes and plasmons take it. Absorption on the way is included in each.

    Args:
        stack: as for :func:`halodot.light.environment`.
        wavelength: (wavelength,) vacuum wavelengths [m].
        position: (position,) heights above the lower interface of the emitting layer [m].

    Raises:
        ValidityError: as :func:`halodot.light.environment`.
        ConvergenceError: as :func:`halodot.light.environment`.
    """
    _, source = emitting_layer(stack)
    s, plane, across = orientation(source.horizontal_fraction)
    wavelength, position = np.array(wavelength, float, ndmin=1), np.array(position, float, ndmin=1)
    power = np.zeros((2, 3, wavelength.size, position.size))
    for polarisation, weights in enumerate((np.array([s, 0.0, 0.0]), np.array([0.0, plane, across]))):
        if not weights.any():
            continue
        budget = photon_budget(make_scene(stack, wavelength, position, weights))
        power[polarisation] = budget.kept.sum(axis=3).swapaxes(0, 1)
        power[polarisation, CONE] += budget.air
        power[polarisation, GUIDED] += budget.whole
    return ModeTable(("s", "p"), ("escape cone", "substrate cone", "guided"), power)
