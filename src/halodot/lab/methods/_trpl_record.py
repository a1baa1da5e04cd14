"""Recorded PL decays as counts in channels of one width, and the response of the instrument to fold with."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from halodot.arrays import Array, BoolArray
from halodot.errors import DataError
from halodot.lab.signals import quantity_of
from halodot.readers.dataset import curves

if TYPE_CHECKING:
    import xarray

#: names of variables that are the response, or that a program has calculated
RESPONSE_WORDS = "irf|prompt|response|scatter"
_CALCULATED = re.compile(r"(?:^|_)(?:fit|fitted|residual|std)(?:_|$)", re.IGNORECASE)
_RESPONSE = re.compile(RESPONSE_WORDS, re.IGNORECASE)
_FEWEST_CHANNELS = 16
_FEWEST_PHOTONS = 100
#: counts at the peak that a decay without visible noise is taken to have
_CALCULATED_PEAK = 1e4
#: one over the counts at the peak, as scatter shows them, below which a decay has no scatter of counting
_NOISELESS = 3e-8
#: counts of one channel that chance makes from almost none
_FEW = 4.5
#: expected counts that an empty end of a record cannot have by chance
_IMPOSSIBLE = 20.0
#: counts beside an empty end from which the rate there is told
_COUNTS_BESIDE = 400.0
#: share of the peak from which counts at the start are the pulse and not a background that sets in
_START_LEVEL = 0.2


@dataclass(frozen=True, eq=False)
class Histogram:
    """Counts against time, as recorded."""

    time: Array  # middle of the channels, evenly spaced (channel,) [s]
    counts: Array  # (channel,)
    there: BoolArray  # whether the record has the channel (channel,)
    label: str = ""
    whole: bool = True  # whether the numbers are called counts, though a calculated decay may have parts of them
    rate: float = math.nan  # pulses per second
    live: float = math.nan  # time of the measurement [s]
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def width(self) -> float:
        """Width of a channel [s]."""
        return float(self.time[1] - self.time[0])


def takes(data: xarray.Dataset) -> bool:
    """Return whether a measurement is a decay or photons timed after a pulse.

    Args:
        data: as `halodot.read` returns it.
    """
    kind = data.attrs.get("kind")
    if kind == "photons":
        return any(quantity_of(item) == "micro_time" for item in data.data_vars.values())
    return kind == "decay" and any(_decays(one) for one in curves(data))


def _decays(one: xarray.Dataset) -> list[xarray.DataArray]:
    """Return the signals of a curve that are decays: counts, or intensities where there are no counts."""
    timed = [
        item
        for name, item in one.data_vars.items()
        if item.ndim == 1 and quantity_of(item[item.dims[0]]) == "time" and not _CALCULATED.search(str(name))
    ]
    plain = [item for item in timed if not _RESPONSE.search(str(item.name))]
    for quantity in ("counts", "intensity", "count_rate"):
        found = [item for item in plain if quantity_of(item) == quantity]
        if found:
            return found
    return []


def histograms(data: xarray.Dataset) -> tuple[Histogram, ...]:
    """Return the decays of a measurement.

    Args:
        data: as `halodot.read` returns it.

    Raises:
        DataError: there is none.
    """
    if data.attrs.get("kind") == "photons":
        return _of_photons(data)
    found: list[Histogram] = []
    for one in curves(data):
        items = _decays(one)
        for item in items:
            label = str(one.attrs.get("curve", "")) or (str(item.name) if len(items) > 1 else "")
            found.append(_evenly(item, label, one.attrs))
    if not found:
        raise DataError(f"{_file(data)}: no counts against time; there are {', '.join(map(str, data.data_vars))}")
    return tuple(found)


def own_response(data: xarray.Dataset) -> Histogram | None:
    """Return the response that stands in a column beside the decay, None where there is none.

    Args:
        data: as `halodot.read` returns it.
    """
    if data.attrs.get("kind") != "decay":
        return None
    for one in curves(data):
        for name, item in one.data_vars.items():
            timed = item.ndim == 1 and quantity_of(item[item.dims[0]]) == "time"
            if timed and (_RESPONSE.search(str(name)) or _RESPONSE.search(str(item.attrs.get("heading", "")))):
                return _evenly(item, str(name), one.attrs)
    return None


def best_response(data: xarray.Dataset) -> Histogram:
    """Return the curve of a measurement of the response that rises highest above its background.

    Args:
        data: as `halodot.read` returns it.

    Raises:
        DataError: there is none.
    """
    beside = own_response(data)
    found = list(histograms(data)) if takes(data) else []
    if beside is not None:
        return beside
    if not found:
        raise DataError(f"{_file(data)}: no response of the instrument against time")
    return max(found, key=lambda item: float(item.counts.max() - np.median(item.counts)))


def _file(data: xarray.Dataset) -> str:
    return str(data.attrs.get("file", "the measurement"))


def _evenly(item: xarray.DataArray, label: str, attributes: dict[str, object]) -> Histogram:
    """Return a signal on channels of one width; channels that the record leaves out are marked."""
    x, y = item[item.dims[0]].values.astype(float), item.values.astype(float)
    kept = np.isfinite(x) & np.isfinite(y)
    order = np.argsort(x[kept], kind="stable")
    x, y = x[kept][order], y[kept][order]
    if x.size < _FEWEST_CHANNELS:
        raise DataError(f"{x.size} channels with a count; a decay has at least {_FEWEST_CHANNELS}")
    steps = np.diff(x)
    if not np.all(steps > 0.0):
        raise DataError(f"two channels stand at the same time, {x[:-1][steps <= 0.0][0]:g} s; keep one of them")
    width = float(np.median(steps))
    place = np.round((x - x[0]) / width)
    width = float((x[-1] - x[0]) / place[-1])
    place = np.round((x - x[0]) / width).astype(int)
    uneven = np.any(np.abs(x - x[0] - place * width) > 0.3 * width) or np.any(np.diff(place) < 1)
    if uneven or place[-1] > 4 * x.size:
        raise DataError("the channels are not of one width; export the histogram as it was recorded")
    counts, there = np.zeros(place[-1] + 1), np.zeros(place[-1] + 1, bool)
    counts[place], there[place] = y, True
    notes: tuple[str, ...] = ()
    if not np.all(there):
        notes = (f"{np.sum(~there)} channels without a number were left out",)
    return Histogram(
        time=x[0] + width * np.arange(counts.size),
        counts=counts,
        there=there,
        label=label,
        whole=quantity_of(item) == "counts",
        rate=_stated(attributes, "repetition_rate"),
        live=_stated(attributes, "acquisition_time"),
        notes=notes,
    )


def _stated(attributes: dict[str, object], name: str) -> float:
    value = attributes.get(name)
    return float(value) if isinstance(value, (int, float)) and value > 0.0 else math.nan


def _of_photons(data: xarray.Dataset) -> tuple[Histogram, ...]:
    """Return a histogram of the micro times for every detector."""
    times = next((item for item in data.data_vars.values() if quantity_of(item) == "micro_time"), None)
    if times is None:
        raise DataError(f"{_file(data)}: the photons are not timed after a pulse (T2 mode); there is no decay in them")
    values = times.values.astype(float)
    width = _stated(data.attrs, "time_resolution")
    if not math.isfinite(width):
        apart = np.diff(np.unique(values))
        if not apart.size:
            raise DataError(f"{_file(data)}: all photons come at one time; there is no decay in them")
        width = float(apart.min())
    place = np.round(values / width).astype(int)
    first, size = int(place.min()), int(np.ptp(place)) + 1
    if size < _FEWEST_CHANNELS or size > 2_000_000:
        raise DataError(f"{_file(data)}: the photons span {size} channels of {width:.3g} s; there is no decay in them")
    detector = data["channel"].values if "channel" in data.data_vars else np.zeros(values.size)
    found = []
    for number in np.unique(detector):
        counts = np.bincount(place[detector == number] - first, minlength=size).astype(float)
        label = f"channel {number:g}" if np.unique(detector).size > 1 else ""
        found.append(
            Histogram(
                time=np.asarray(width * (first + np.arange(size)), np.float64),
                counts=counts,
                there=np.ones(size, bool),
                label=label,
                rate=_stated(data.attrs, "repetition_rate"),
                live=_stated(data.attrs, "acquisition_time"),
                notes=(f"the photons were counted in channels of {width * 1e12:.4g} ps",),
            )
        )
    return tuple(found)


# ------------------------------------------------------------------------------------------------------------- counts


def counted(item: Histogram) -> Histogram:
    """Return a histogram whose variance is its expectation, whatever the file scaled or subtracted.

    Whole numbers stay as they are. Of others the scatter of neighbouring channels, which grows with the level, tells
    how many photons a unit is and how many were subtracted.

    Args:
        item: as recorded.

    Raises:
        DataError: there are too few photons.
    """
    values = item.counts[item.there]
    plain = np.all(values >= 0.0)
    whole = bool(plain and (item.whole or np.all(values == np.round(values))))
    made = item if whole else _rescaled(item)
    total = float(made.counts.sum())
    if not total >= _FEWEST_PHOTONS:
        raise DataError(f"{total:.0f} photons tell no lifetime; count at least {_FEWEST_PHOTONS}")
    return made


def _rescaled(item: Histogram) -> Histogram:
    values = item.counts
    top = float(np.max(values))
    if not top > 0.0:
        raise DataError("no channel has a count above zero; there is no decay")
    constant, gain = _noise(values)
    if max(gain / top, constant / top**2) < _NOISELESS:
        factor, note = _CALCULATED_PEAK / top, ""
        warning: tuple[str, ...] = (
            "the decay shows no counting noise (it may be calculated or smoothed); uncertainties are those of "
            f"{_CALCULATED_PEAK:.0f} counts at the peak",
        )
        scaled = np.maximum(values * factor, 0.0)
    else:
        gain = max(gain, 1e-3 * math.sqrt(constant), constant / (20.0 * top))
        offset = constant / gain if np.any(values < 0.0) else 0.0
        scaled = (values + offset) / gain
        note = f"the numbers are not whole counts; their scatter shows one photon to be {gain:.3g} of them"
        lost = float(np.mean(scaled < 0.0))
        warning = (f"{lost:.1%} of the channels lie below zero by more than noise",) if lost > 0.01 else ()
        scaled = np.maximum(scaled, 0.0)
    return replace(
        item,
        counts=np.where(item.there, scaled, 0.0),
        notes=(*item.notes, *((note,) if note else ())),
        warnings=(*item.warnings, *warning),
    )


def _noise(values: Array) -> tuple[float, float]:
    """Return the variance at level zero and what it grows by with the level, from differences behind the peak."""
    behind = values[min(int(np.argmax(values)) + 3, values.size - _FEWEST_CHANNELS) :]
    half = behind.size // 2
    curvature = np.diff(behind, 2) ** 2 / 6.0
    size = max(4, curvature.size // 40)
    blocks = curvature.size // size
    if half < 8 or blocks < 2:
        return 0.0, 0.0
    variance = curvature[: blocks * size].reshape(blocks, size).mean(axis=1)
    level = behind[1 : blocks * size + 1].reshape(blocks, size).mean(axis=1)
    weight = 1.0 / np.maximum(variance, 1e-3 * variance.max() + 1e-300)
    table = np.stack([np.ones(blocks), level], axis=1)
    for _ in range(5):
        constant, gain = np.linalg.lstsq(table * weight[:, None], variance * weight, rcond=None)[0]
        expected = np.maximum(constant + gain * level, 1e-3 * variance.max() + 1e-300)
        weight = 1.0 / expected
    return max(float(constant), 0.0), float(gain)


# --------------------------------------------------------------------------------------------------------- live range


def live_range(counts: Array) -> tuple[int, int]:
    """Return the first and the last channel between the ends where the electronics counts nothing.

    An empty end is dead where the rate beside it, falling on as it falls there, would almost surely have filled it.

    Args:
        counts: (channel,).
    """
    first = _dead(counts, _START_LEVEL * float(counts.max()))
    last = counts.size - 1 - _dead(counts[::-1], math.inf)
    return first, last


def _dead(counts: Array, most: float) -> int:
    """Return how many channels at the start are dead or only partly alive, beside a level of at most ``most``."""
    filled = np.flatnonzero(counts)
    if not filled.size or filled[0] == 0:
        return 0
    empty = int(filled[0])
    total = np.cumsum(counts[empty:])
    length = max(32, int(np.searchsorted(total, _COUNTS_BESIDE)) + 1)
    beside = counts[empty : empty + length]
    part = beside.size // 4
    if part < 4:
        return 0
    near, next_to_it = float(beside[:part].sum()), float(beside[part : 2 * part].sum())
    expected = near * min(near / max(next_to_it, 1.0), 1.0) * min(empty / part, 1.0)
    if expected < _IMPOSSIBLE or near > most * part:
        return 0
    level = float(np.median(beside))
    start = empty
    while start < counts.size - 1 and counts[start] < level - 4.0 * math.sqrt(level):
        start += 1
    return start + max(2, counts.size // 500)


def smoothed(counts: Array) -> Array:
    """Return counts averaged over as few channels as make the peak clear.

    Args:
        counts: (channel,).
    """
    size = int(min(max(math.ceil(100.0 / max(float(counts.max()), 1.0)), 1), max(counts.size // 50, 1)))
    size += 1 - size % 2
    return np.convolve(counts, np.full(size, 1.0 / size), mode="same")


# ----------------------------------------------------------------------------------------------------------- response


@dataclass(frozen=True, eq=False)
class Response:
    """Response of the instrument: shares of its light in channels of one width."""

    time: float  # middle of the first channel [s]
    width: float  # of a channel [s]
    share: Array  # (channel,), sum 1
    variance: Array  # of the shares (channel,)
    pedestal: float  # standard deviation of the share of light that its background may have hidden or added

    @property
    def half_width(self) -> float:
        """Full width at half maximum [s]."""
        above = np.flatnonzero(self.share >= 0.5 * self.share.max())
        return float(above[-1] - above[0] + 1) * self.width


def response_of(item: Histogram) -> Response:
    """Return the response without its background.

    Args:
        item: recorded with scattered laser light; numbers below zero are noise about a background that was subtracted.

    Raises:
        DataError: there is no peak.
    """
    values = np.where(item.there, item.counts, np.median(item.counts))
    first, last = live_range(np.maximum(values, 0.0))
    inside = values[first : last + 1]
    base, spread, quiet = _quiet(inside)
    net = inside - base
    peak = int(np.argmax(net))
    if not net[peak] > 8.0 * spread:
        raise DataError(f"the response{' ' + item.label if item.label else ''} has no peak above its background")
    least = max(5.0 * spread, _FEW if item.whole else 0.0)
    high = np.flatnonzero(net > least)
    length = int(high[-1] - high[0]) + 1  # the tail of the response goes on below its noise
    begin, end = max(int(high[0]) - length // 4 - 3, 0), min(int(high[-1]) + length + 4, net.size)
    share = net[begin:end]
    total = float(share.sum())
    variance = np.maximum(share, 0.0) + spread**2
    pedestal = spread * math.sqrt(1.0 / quiet + 1.0 / inside.size) * share.size / total
    return Response(float(item.time[first + begin]), item.width, share / total, variance / total**2, pedestal)


def _quiet(counts: Array) -> tuple[float, float, int]:
    """Return mean, standard deviation and number of the channels without light.

    They are the blocks that agree with the emptiest ones, taken from the bottom, so that the mean of many is not that
    of the one that chance made the emptiest.
    """
    blocks = sorted(np.array_split(counts, min(32, max(counts.size // 16, 1))), key=lambda part: float(part.mean()))
    taken = blocks[0]
    for block in blocks[1:]:
        spread = max(float(taken.std()), math.sqrt(max(float(taken.mean()), 0.1)) if taken.min() >= 0.0 else 0.3)
        if block.mean() - taken.mean() > 3.5 * spread * math.sqrt(1.0 / block.size + 1.0 / taken.size):
            break
        taken = np.append(taken, block)
    return float(taken.mean()), max(float(taken.std()), 0.3), taken.size


def resampled(item: Response, width: float) -> Response:
    """Return a response in channels of another width, its light kept.

    Args:
        item: the response.
        width: of a channel [s].
    """
    if abs(width / item.width - 1.0) < 1e-3:
        return replace(item, width=width)
    edges = item.time + item.width * (np.arange(item.share.size + 1) - 0.5)
    size = math.ceil((edges[-1] - edges[0]) / width)
    fresh = edges[0] + width * np.arange(size + 1)
    share = np.diff(np.interp(fresh, edges, np.append(0.0, np.cumsum(item.share))))
    variance = np.diff(np.interp(fresh, edges, np.append(0.0, np.cumsum(item.variance))))
    return Response(float(fresh[0] + 0.5 * width), width, share, variance, item.pedestal)
