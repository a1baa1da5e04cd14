"""Dipole power by polarisation and by its in-plane wave number."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from halodot.errors import ValidityError
from halodot.light.budget import CONE, GUIDED, photon_budget, rays
from halodot.light.stack_optics import emitting_layer, make_multilayer, orientation
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
        stack: as for :func:`halodot.light.dipole_emission`.
        wavelength: (wavelength,) vacuum wavelengths [m].
        position: (position,) heights above the lower interface of the emitting layer [m].

    Raises:
        ValidityError: as :func:`halodot.light.dipole_emission`.
        ConvergenceError: as :func:`halodot.light.dipole_emission`.
    """
    _, source = emitting_layer(stack)
    s, plane, across = orientation(source.horizontal_fraction)
    wavelength, position = np.array(wavelength, float, ndmin=1), np.array(position, float, ndmin=1)
    power = np.zeros((2, 3, wavelength.size, position.size))
    for polarisation, weights in enumerate((np.array([s, 0.0, 0.0]), np.array([0.0, plane, across]))):
        if not weights.any():
            continue
        budget = photon_budget(make_multilayer(stack, wavelength, position, weights))
        power[polarisation] = budget.by_layer.sum(axis=3).swapaxes(0, 1)
        power[polarisation, CONE] += budget.air
        power[polarisation, GUIDED] += budget.unsplit
    return ModeTable(("s", "p"), ("escape cone", "substrate cone", "guided"), power)


def guided_power(stack: Stack, wavelength: Array, position: Array) -> Array:
    """Return the power beyond the substrate's light cone by polarisation and by the layer that absorbs it.

    Modes of s polarisation (TE) are those of waveguides; of p polarisation (TM) are waveguide modes and, at a metal,
    the surface plasmon, which lose power in the same layers and are not told apart here.

    Args:
        stack: as for :func:`halodot.light.dipole_emission`.
        wavelength: (wavelength,) vacuum wavelengths [m].
        position: (position,) heights above the lower interface of the emitting layer [m].

    Returns:
        (polarisation s and p, layer, wavelength, position) powers in units of the same dipole's in an infinite medium;
        summed over polarisations they are ``guided_absorbed`` of the optics.

    Raises:
        ValidityError: as :func:`halodot.light.dipole_emission`.
        ConvergenceError: as :func:`halodot.light.dipole_emission`.
    """
    number, source = emitting_layer(stack)
    s, plane, across = orientation(source.horizontal_fraction)
    wavelength, position = np.array(wavelength, float, ndmin=1), np.array(position, float, ndmin=1)
    power = np.zeros((2, len(stack.layers), wavelength.size, position.size))
    for polarisation, weights in enumerate((np.array([s, 0.0, 0.0]), np.array([0.0, plane, across]))):
        if not weights.any():
            continue
        budget = photon_budget(make_multilayer(stack, wavelength, position, weights))
        power[polarisation] = np.moveaxis(budget.by_layer[:, GUIDED, :, : len(stack.layers)], -1, 0)
        power[polarisation, number] += budget.unsplit
    return power


def dissipation(stack: Stack, wavelength: Array, position: Array, in_plane: Array) -> Array:
    """Return the power-dissipation spectrum: the dipole's power per unit of in-plane index.

    Modes show as peaks, the wider the more they lose; lossless ones have no width and are not seen. Over all in-plane
    indices the spectrum integrates to the Purcell factor.

    Args:
        stack: as for :func:`halodot.light.dipole_emission`.
        wavelength: (wavelength,) vacuum wavelengths [m].
        position: (position,) heights above the lower interface of the emitting layer [m].
        in_plane: (wave,) in-plane wave numbers over that of vacuum, n sin(angle) in a layer of index n, not negative.

    Returns:
        (polarisation s and p, wavelength, position, wave) power per unit of in-plane index, in units of the same
        dipole's power in an infinite medium.

    Raises:
        ValidityError: a negative in-plane index, or as :func:`halodot.light.dipole_emission`.
    """
    _, source = emitting_layer(stack)
    s, plane, across = orientation(source.horizontal_fraction)
    wavelength, position = np.array(wavelength, float, ndmin=1), np.array(position, float, ndmin=1)
    waves = np.array(in_plane, float, ndmin=1)
    if waves.ndim != 1 or not np.all(waves >= 0.0) or not np.all(np.isfinite(waves)):
        raise ValidityError("the in-plane indices of a dissipation spectrum must be finite and not negative")
    spectrum = np.zeros((2, wavelength.size, position.size, waves.size))
    for polarisation, weights in enumerate((np.array([s, 0.0, 0.0]), np.array([0.0, plane, across]))):
        if not weights.any():
            continue
        multilayer = make_multilayer(stack, wavelength, position, weights)
        index = np.sqrt(multilayer.permittivity[:, multilayer.emitter, np.newaxis].real)
        # Exactly at the emitter's own index a wave would be zero over zero.
        kappa = np.where(np.abs(waves - index) < 1e-9 * index, index * (1.0 - 1e-9), waves)
        sums = rays(multilayer, kappa, kappa)
        power = (sums.by_layer.sum(axis=-1) + sums.air).reshape(*kappa.shape, -1)
        spectrum[polarisation] = power.swapaxes(1, 2)
    return spectrum
