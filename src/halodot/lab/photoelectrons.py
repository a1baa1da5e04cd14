"""Spectra of photoelectrons as regions against the binding energy, whatever axis the analyser wrote."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from halodot.arrays import Array
from halodot.lab.signals import quantity_of
from halodot.readers.dataset import curves

if TYPE_CHECKING:
    import xarray

_SIGNALS = ("counts", "count_rate", "intensity")
_AXES = ("binding_energy", "kinetic_energy")
#: photon energies of laboratory sources where the file names the source alone [eV]
_SOURCES = (("he ii", 40.814), ("heii", 40.814), ("he i", 21.218), ("hei", 21.218), ("al", 1486.6), ("mg", 1253.6))
#: scatter over the root of the counts between which points are taken for plain counts
_PLAIN = (0.45, 1.5)


@dataclass(frozen=True, eq=False)
class Region:
    """One spectrum of photoelectrons."""

    label: str
    energy: Array  # binding energy where the photon energy or the file gives it, else kinetic energy [eV], rising
    signal: Array  # as recorded (point,)
    binding: bool  # whether ``energy`` is a binding energy
    photon_energy: float  # eV; nan where neither file nor settings say it
    exposure: float  # s for each point, that makes counts a rate; nan where the file does not say it
    transmission: Array | None  # of the analyser (point,)
    rate: bool  # whether ``signal`` is counts per second
    sample: str  # as the file names it


def regions(data: xarray.Dataset, photon_energy: float | None = None) -> tuple[Region, ...]:
    """Return the spectra of a measurement against binding energy, hv - E_K, wherever the photon energy is known.

    Kinetic energies of photoelectron spectrometers count from the Fermi level: their work function is in the axis.

    Args:
        data: as `halodot.read` returns it.
        photon_energy: hv [eV]; that of the file where None.
    """
    if data.attrs.get("kind") != "photoelectrons":
        return ()
    found = []
    for one in curves(data):
        items = [item for item in one.values() if item.ndim == 1 and quantity_of(item[item.dims[0]]) in _AXES]
        item = next((item for name in _SIGNALS for item in items if quantity_of(item) == name), None)
        if item is not None:
            made = _region(item, one, photon_energy)
            if made.energy.size:
                found.append(made)
    return tuple(found)


def _region(item: xarray.DataArray, curve: xarray.Dataset, photon_energy: float | None) -> Region:
    axis = item[item.dims[0]]
    energy, signal = axis.values.astype(float), item.values.astype(float)
    said = dict(curve.attrs)
    hv = photon_energy if photon_energy is not None else photon_energy_of(said)
    binding = quantity_of(axis) == "binding_energy"
    if not binding and math.isfinite(hv):
        energy, binding = hv - energy, True
    passed = next((one for one in curve.values() if quantity_of(one) == "analyser_transmission"), None)
    transmission = passed.values.astype(float) if passed is not None and passed.dims == item.dims else None
    kept = np.isfinite(energy) & np.isfinite(signal)
    order = np.argsort(energy[kept], kind="stable")
    return Region(
        label=str(said.get("curve", "")),
        energy=energy[kept][order],
        signal=signal[kept][order],
        binding=binding,
        photon_energy=hv,
        exposure=_number(said, "integration_time") * (_number(said, "scans") if "scans" in said else 1.0),
        transmission=None if transmission is None else transmission[kept][order],
        rate=quantity_of(item) == "count_rate",
        sample=str(said.get("sample", "")),
    )


def photon_energy_of(said: dict[Any, Any]) -> float:
    """Return the photon energy that a file states, or that of the source that it names [eV]; nan for neither."""
    stated = _number(said, "photon_energy")
    if math.isfinite(stated) and stated > 0.0:
        return stated
    source = str(said.get("source", "")).casefold()
    return next((energy for word, energy in _SOURCES if source.startswith(word)), math.nan)


def _number(said: dict[Any, Any], key: str) -> float:
    try:
        return float(said.get(key, math.nan))
    except (TypeError, ValueError):
        return math.nan


def noise(region: Region) -> Array:
    """Return the standard deviation of each point: that of counts, or what they scatter where they are no plain counts.

    Args:
        region: at least 8 points.
    """
    counts = np.maximum(_running_mean(region.signal), 1e-12 * float(np.max(np.abs(region.signal), initial=1e-300)))
    root = np.sqrt(np.maximum(counts, max(0.02 * float(np.median(counts)), 1e-300)))
    second = np.diff(region.signal / root, 2) / math.sqrt(6.0)
    scatter = float(np.median(np.abs(second))) / 0.6744898 if second.size >= 5 else 1.0
    if _PLAIN[0] < scatter < _PLAIN[1]:  # analysers share counts among neighbours, which hides some of the scatter
        return np.asarray(root)
    least = 1e-4 * float(np.median(root))  # spectra that a program calculated have no noise
    found: Array = root * max(scatter, least, 1e-12)
    return found


def _running_mean(values: Array) -> Array:
    kernel = np.ones(5) / 5.0
    padded = np.concatenate([np.full(2, values[0]), values, np.full(2, values[-1])])
    found: Array = np.convolve(padded, kernel, "valid")
    return found
