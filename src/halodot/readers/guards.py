"""What no instrument measures: each recording is held to it before anybody sees a number."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from halodot.errors import InputError
from halodot.names import QUANTITIES
from halodot.readers.dataset import in_si
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import KINDS, METADATA, Curve, Recording, Values


class Range(NamedTuple):
    """What a quantity may be, in SI."""

    low: float
    high: float


_POSITIVE_LENGTH = Range(1e-10, 1e-2)  # from hard X-rays to the far infrared
#: limits of quantities; outside them the bytes mean something else
RANGES: Mapping[str, Range] = {
    "wavelength": _POSITIVE_LENGTH,
    "excitation_wavelength": _POSITIVE_LENGTH,
    "emission_wavelength": _POSITIVE_LENGTH,
    "wavenumber": Range(0.0, 1e8),
    "photon_energy": Range(1e-4, 1e6),
    "two_theta": Range(-math.pi / 3.0, math.pi),  # a scan through zero aligns the goniometer
    "binding_energy": Range(-1e3, 2e4),
    "kinetic_energy": Range(-1e3, 2e4),
    "temperature": Range(0.0, 4000.0),
    "counts": Range(0.0, 1e15),
    "count_rate": Range(-1e15, 1e15),
    "absorbance": Range(-20.0, 20.0),
    "transmittance": Range(-1000.0, 1000.0),  # a ratio of noise where the lamp does not shine
    "reflectance": Range(-1000.0, 1000.0),
    "voltage": Range(-1e6, 1e6),
    "current": Range(-1e6, 1e6),
    "current_density": Range(-1e12, 1e12),
    "luminance": Range(-1e9, 1e12),
    "time": Range(-1e10, 1e10),
    "mass": Range(-1e3, 1e3),
}
#: axes that an instrument steps through in one direction
MONOTONE = ("wavelength", "wavenumber", "raman_shift", "two_theta", "binding_energy", "kinetic_energy")
#: share of the steps of such an axis that may be none: what is digitised from paper repeats points where pieces join
LARGEST_SHARE_AT_REST = 1.0 / 3.0
#: numbers above this are no measurement in any unit of this package
LARGEST = 1e30
#: numbers below this, unless zero, are bytes that were read as what they are not
SMALLEST = 1e-37
#: numbers that are looked at together
_AT_ONCE = 1 << 20


def guarded(recording: Recording, file: RawFile) -> Recording:
    """Return a recording that could have been measured.

    Args:
        recording: as a reader returns it.
        file: that it comes from, for messages.

    Raises:
        DataError: it is empty, or holds numbers that no instrument measures.
    """
    assert recording.kind in KINDS, f"{recording.kind} is no kind of measurement"
    if not recording.curves:
        raise file.refusal("the file holds no measurement: it was written before anything was measured, or is cut off")
    for number, curve in enumerate(recording.curves, 1):
        where = f"curve {number} ({curve.label})" if curve.label else (f"curve {number}" if number > 1 else "")
        for problem in _problems(curve):
            raise file.refusal(f"{where}: {problem}" if where else problem)
        _check_metadata(curve.metadata, file)
    _check_metadata(recording.metadata, file)
    return recording


def _check_metadata(metadata: Mapping[str, str | float], file: RawFile) -> None:
    for key, value in metadata.items():
        assert key in METADATA, f"{key} is no word of the metadata"
        assert isinstance(value, str) == (METADATA[key][0] == ""), (
            f"{key} is {'text' if not METADATA[key][0] else 'SI'}"
        )
        if not isinstance(value, str) and abs(value) > LARGEST:
            raise file.refusal(f"{key.replace('_', ' ')} is {value:g}; no instrument is set to that")


def _problems(curve: Curve) -> list[str]:
    """Return what is wrong with a curve."""
    found = []
    shape = tuple(len(axis.values) for axis in curve.axes)
    if not curve.signals or not all(shape):
        found.append("there are no numbers where a measurement was expected")
    for signal in curve.signals:
        if np.shape(signal.values) != shape:
            found.append(f"{signal.quantity} has {np.shape(signal.values)} values on axes of {shape}")
    for values in (*curve.axes, *curve.signals):
        found += _wrong(values, axis=any(values is axis for axis in curve.axes))
    return found


def _wrong(values: Values, axis: bool) -> list[str]:
    """Return what is wrong with the numbers of one quantity."""
    name = QUANTITIES[values.quantity].label
    numbers = np.asarray(values.values)
    if numbers.dtype.kind not in "biuf" or numbers.size == 0:
        return [] if numbers.dtype.kind in "OUS" or numbers.size == 0 else [f"{name} is of the type {numbers.dtype}"]
    try:
        found = in_si(values)
    except InputError as error:
        return [f"{name}: {error}"]
    finite = np.isfinite(found)
    if not finite.all() if axis else not finite.any():
        place = int(np.argmin(finite))
        return [f"{name} has no number at point {place + 1}; a finite one was expected"]
    smallest, largest = _sizes(numbers)
    if largest > LARGEST or (smallest < SMALLEST and numbers.dtype.kind == "f"):
        return [f"{name} reaches from {smallest:g} to {largest:g}: these bytes are no numbers of this quantity"]
    limits = RANGES.get(values.quantity)
    whole = found if finite.all() else found[finite]
    low, high = float(whole.min()), float(whole.max())
    if limits is not None and (low < limits.low or high > limits.high):
        unit = QUANTITIES[values.quantity].unit
        return [f"{name} reaches from {low:g} to {high:g} {unit}; {limits.low:g} to {limits.high:g} {unit} can be"]
    if axis and values.quantity in MONOTONE and found.size > 1:
        steps = np.diff(found) * (np.sign(found[-1] - found[0]) or 1.0)
        if np.any(steps < 0.0) or np.count_nonzero(steps == 0.0) > LARGEST_SHARE_AT_REST * steps.size:
            place = int(np.argmax(steps < 0.0 if np.any(steps < 0.0) else steps == 0.0)) + 1
            return [f"{name} turns back or stands still at point {place + 1}; steps in one direction were expected"]
    return []


def _sizes(numbers: NDArray[Any]) -> tuple[float, float]:
    """Return the smallest size above zero and the largest; in parts, since a stream of photons has millions."""
    smallest, largest = math.inf, 0.0
    for start in range(0, numbers.size, _AT_ONCE):
        sizes = np.abs(numbers.reshape(-1)[start : start + _AT_ONCE].astype(float))
        sizes = sizes[np.isfinite(sizes)]
        smallest = min(smallest, float(sizes[sizes > 0.0].min(initial=math.inf)))
        largest = max(largest, float(sizes.max(initial=0.0)))
    return smallest, largest
