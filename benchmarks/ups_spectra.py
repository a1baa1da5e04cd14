"""UPS spectra of known levels, from formulas of their own."""

from __future__ import annotations

import math

import numpy as np
import xarray

HELIUM_I, HELIUM_I_BETA = 21.218, 23.087


def cutoff_and_valence_band(
    energy: np.ndarray, work: float, onset: float, resolution: float, power: float = 1.0
) -> np.ndarray:
    """Return a spectrum of height about one: secondary electrons down to the vacuum level, a valence band.

    Args:
        energy: binding energy, rising and even [eV].
        work: work function [eV].
        onset: of the valence band below the Fermi level [eV].
        resolution: standard deviation of the analyser [eV].
        power: with which the density of states rises from its edge.
    """
    kinetic = HELIUM_I - energy - work  # above the vacuum level
    with np.errstate(all="ignore"):
        secondary = np.where(kinetic > 0.0, 6.0 * (kinetic + 0.4) / (kinetic + 1.2) ** 4, 0.0)
    deep = np.clip(energy - onset, 0.0, None)
    band = 0.3 * (1.0 - np.exp(-((deep / 1.2) ** power))) * np.where(kinetic > 0.0, 1.0, 0.0)
    step = energy[1] - energy[0]
    reach = math.ceil(6.0 * resolution / step)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * step / resolution) ** 2)
    padded = np.pad(secondary + band, reach, mode="edge")
    return np.asarray(np.convolve(padded, kernel / kernel.sum(), "valid"))


def spectrum(energy: np.ndarray, counts: np.ndarray, file: str = "UPS_HeI.txt", **said: object) -> xarray.Dataset:
    """Return a spectrum as it is read, from large to small binding energies."""
    axis = {"units": "eV", "quantity": "binding_energy"}
    attributes = {"kind": "photoelectrons", "file": file, "header": "{}", **said}
    signal = ("binding_energy", counts[::-1], {"units": "1", "quantity": "counts"})
    return xarray.Dataset({"counts": signal}, {"binding_energy": ("binding_energy", energy[::-1], axis)}, attributes)
