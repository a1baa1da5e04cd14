"""A recorded PL decay made ready to be fitted: window, pulses, response, pile-up, background, first fits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from halodot.arrays import Array
from halodot.errors import DataError
from halodot.lab.methods._trpl_counts import Channels, Extras
from halodot.lab.methods._trpl_fit import Minimum, response_noise
from halodot.lab.methods._trpl_record import (
    Histogram,
    Response,
    counted,
    live_range,
    resampled,
    response_of,
    smoothed,
)
from halodot.lab.methods._trpl_select import SCATTER_GAIN, fitted_exponentials, scatter_gain

#: channels that are fitted at most before neighbours are added
_MOST_CHANNELS = 6_000
#: channels that a lifetime and a response keep when neighbours are added
_IN_LIFETIME, _IN_RESPONSE = 60.0, 5.0
#: photons in a pulse from which losses behind the first are corrected, and from which they are warned of
_PILE_UP, _MUCH_PILE_UP = 0.01, 0.05
_FEWEST = 10  # channels of a decay
#: time since the pulse over the width of a group of channels in a tail, where a decay is integrated over each group
_IN_GROUP = 80.0
#: how many standard deviations above a constant rate counts must vary
_VARIES = 6.0
#: by which the fullest part of a record exceeds the emptiest at least; channels themselves differ by a few per cent
_LEAST_CONTRAST = 0.05


@dataclass(frozen=True)
class Wanted:
    """What is chosen; None for what the counts or the file decide."""

    window: tuple[float, float] | None
    repetition_rate: float | None
    shift: float | None
    background: float | None
    scatter: str | None
    pile_up: str | None
    channels_added: int | None


@dataclass(frozen=True, eq=False)
class Prepared:
    """A decay ready to be compared with laws."""

    channels: Channels
    extras: Extras
    exponentials: Mapping[str, Minimum]
    shown: Histogram
    window: tuple[float, float]
    pile_up: str
    channels_added: int
    origin: float  # half of the rise, within which the moment of the pulse is not known [s]; 0 with a response
    notes: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Pulse:
    """Where a decay rises, in channels."""

    half: float  # time of half the height [s]
    top: int  # first channel near the highest
    rise: float  # channels from a tenth to nine tenths


def prepared(curve: Histogram, wanted: Wanted, response: Histogram | None) -> Prepared:
    """Return a decay with everything that its laws share.

    Args:
        curve: as recorded.
        wanted: what is chosen.
        response: of the instrument, None where there is none.

    Raises:
        DataError: there is no decay in it.
    """
    item = counted(curve)
    notes, warnings = list(item.notes), list(item.warnings)
    first, last = _window(item, wanted)
    instrument = None if response is None else response_of(response)
    added = wanted.channels_added or _added(item, first, last, instrument)
    if instrument is not None and instrument.width > 1.001 * item.width * added and wanted.channels_added is None:
        added = math.ceil(instrument.width / item.width - 1e-3)
    seen, pile_up = _pile_up(item, wanted, notes, warnings)
    item, seen = _added_up(item, seen, added)
    if added > 1:
        notes.append(f"{added} neighbouring channels were added")
    alive = live_range(item.counts)
    _varies(item.counts[alive[0] : alive[1] + 1][item.there[alive[0] : alive[1] + 1]])
    pulse = _pulse(item, *alive)
    period = _period(item, wanted, pulse, alive, warnings)
    begin, end = first // added, (last + 1) // added - 1
    if instrument is None:
        channels = _tail(item, seen, (begin, end), pulse, period, wanted, notes)
    else:
        folded = resampled(instrument, item.width)
        channels = _with_response(item, seen, (begin, end), pulse, period, folded)
    background = (
        wanted.background if wanted.background is not None else _least_block(item.counts[alive[0] : alive[1] + 1])
    )
    extras = Extras(background=None if wanted.background is None else wanted.background * added)
    channels, extras, exponentials = _first_fits(channels, extras, background, wanted, instrument, notes, warnings)
    window = (float(curve.time[first]), float(curve.time[last]))
    if instrument is None and wanted.window is None:
        begins, ends = np.asarray(channels.edges)[[0, -1]]
        inside = np.flatnonzero((curve.time > begins) & (curve.time < ends))
        window = (float(curve.time[inside[0]]), float(curve.time[inside[-1]]))
    origin = 0.5 * pulse.rise * item.width if instrument is None and pulse.rise > 1.0 else 0.0
    return Prepared(channels, extras, exponentials, item, window, pile_up, added, origin, tuple(notes), tuple(warnings))


def _window(item: Histogram, wanted: Wanted) -> tuple[int, int]:
    """Return the first and the last channel that may be used."""
    if wanted.window is None:
        return live_range(item.counts)
    low, high = wanted.window
    inside = np.flatnonzero((item.time >= low - 0.25 * item.width) & (item.time <= high + 0.25 * item.width))
    if inside.size < _FEWEST:
        raise DataError(f"{inside.size} channels from {low * 1e9:g} to {high * 1e9:g} ns; choose a wider window")
    return int(inside[0]), int(inside[-1])


def _added(item: Histogram, first: int, last: int, instrument: Response | None) -> int:
    """Return how many channels are added into one so that a long record is fitted fast and nothing is lost."""
    size = last - first + 1
    if size <= _MOST_CHANNELS or instrument is None:
        return 1
    counts = item.counts[first : last + 1]
    top = int(np.argmax(smoothed(counts)))
    height = float(smoothed(counts)[top])
    base = _least_block(counts)
    below = np.flatnonzero(smoothed(counts)[top:] < base + (height - base) / math.e)
    lifetime = float(below[0]) if below.size else float(size - top)
    most = min(lifetime / _IN_LIFETIME, size / _MOST_CHANNELS + 1.0)
    most = min(most, instrument.half_width / item.width / _IN_RESPONSE)
    return max(int(most), 1)


def _added_up(item: Histogram, seen: Array, added: int) -> tuple[Histogram, Array]:
    if added == 1:
        return item, seen
    size = item.counts.size // added * added
    if size < _FEWEST * added:
        raise DataError(f"{added} channels added into one leave {size // added}; add fewer (channels_added)")
    parts = (-1, added)
    time = item.time[:size].reshape(parts).mean(axis=1)
    there = np.asarray(item.there[:size].reshape(parts).all(axis=1), bool)
    counts = np.where(there, item.counts[:size].reshape(parts).sum(axis=1), 0.0)
    return replace(item, time=time, counts=counts, there=there), seen[:size].reshape(parts).mean(axis=1)


def _varies(counts: Array) -> None:
    """Refuse counts that do not depend on time."""
    if counts.size < _FEWEST:
        raise DataError(f"only {counts.size} channels have counts; there is no decay")
    blocks = int(min(max(float(counts.sum()) / 10.0, 4.0), 50.0, counts.size))
    parts = np.array_split(counts, blocks)
    rate = float(counts.sum()) / counts.size
    means = [part.mean() for part in parts]
    chi2 = sum((part.sum() - rate * part.size) ** 2 / (rate * part.size) for part in parts)
    chance = (chi2 - (blocks - 1)) / math.sqrt(2.0 * (blocks - 1)) < _VARIES
    if chance or max(means) < (1.0 + _LEAST_CONTRAST) * min(means):
        raise DataError(
            "the counts do not depend on the time after the pulse beyond chance and the unevenness of channels; "
            "there is no decay"
        )


def _least_block(counts: Array) -> float:
    """Return the mean of the emptiest of some blocks of channels, about the background."""
    return float(min(part.mean() for part in np.array_split(counts, min(20, max(counts.size // 8, 1)))))


def _pulse(item: Histogram, begin: int, end: int) -> _Pulse:
    even = smoothed(item.counts)[begin : end + 1]
    raw = item.counts[begin : end + 1]
    base = _least_block(raw)
    highest = int(np.argmax(even))
    height = float(even[highest]) - base

    def reached(share: float) -> int:
        """Return the last channel before the highest that is below a share of it, -1 for none."""
        below = np.flatnonzero(even[: highest + 1] < base + share * height)
        return int(below[-1]) if below.size else -1

    tenth, half, most = reached(0.1), reached(0.5), reached(0.9)
    first_reach = half + 1 + int(np.argmax(even[half + 1 : highest + 1] >= base + 0.9 * height))
    top = min(most + 1, first_reach)
    if half < 0:
        return _Pulse(float(item.time[begin]) - 0.5 * item.width, begin, 0.0)
    share = (base + 0.5 * height - even[half]) / max(even[half + 1] - even[half], 1e-9)
    return _Pulse(float(item.time[begin + half]) + share * item.width, begin + top, float(top - tenth))


def _period(item: Histogram, wanted: Wanted, pulse: _Pulse, span: tuple[int, int], warnings: list[str]) -> float:
    """Return the time between pulses, inf where it is not known or the record denies it."""
    if wanted.repetition_rate is not None:
        return 1.0 / wanted.repetition_rate
    if not math.isfinite(item.rate):
        return math.inf
    period = 1.0 / item.rate
    even = smoothed(item.counts)
    after = pulse.top + round(period / item.width)
    if after > span[1] - 3:
        return period
    near = even[max(after - 3, 0) : after + 4]
    base = _least_block(item.counts[span[0] : span[1] + 1])
    if near.max() - base > 0.3 * (even[pulse.top] - base):
        return period
    warnings.append(
        f"the file states {item.rate / 1e6:.4g} MHz, but no second pulse follows the first after "
        f"{period * 1e9:.4g} ns; "
        "light of earlier pulses was left out (choose repetition_rate)"
    )
    return math.inf


def _pile_up(item: Histogram, wanted: Wanted, notes: list[str], warnings: list[str]) -> tuple[Array, str]:
    """Return the share of pulses after which each channel can still count, and what was done."""
    free = np.ones(item.counts.size)
    rate = wanted.repetition_rate or item.rate
    if not (math.isfinite(rate) and math.isfinite(item.live)):
        notes.append("how many photons came per pulse is not known; pile-up cannot be judged")
        return free, "left"
    pulses = rate * item.live
    share = float(item.counts.sum()) / pulses
    if share >= 1.0:
        warnings.append(
            f"more photons than pulses ({share:.3g} per pulse): rate or time in the file is not what it says"
        )
        return free, "left"
    corrected = wanted.pile_up == "corrected" or (wanted.pile_up is None and share > _PILE_UP)
    notes.append(f"{share:.2%} of the pulses gave a photon" + ("; pile-up is corrected" if corrected else ""))
    if share > _MUCH_PILE_UP:
        warnings.append(
            f"{share:.1%} of the pulses gave a photon; above 5 % pile-up shortens lifetimes: lower the rate"
        )
    if corrected:
        before = np.append(0.0, np.cumsum(item.counts)[:-1]) + 0.5 * item.counts
        return 1.0 - before / pulses, "corrected"
    return free, "left"


def _tail(
    item: Histogram,
    seen: Array,
    span: tuple[int, int],
    pulse: _Pulse,
    period: float,
    wanted: Wanted,
    notes: list[str],
) -> Channels:
    begin, end = span
    if wanted.window is None:
        begin = pulse.top + (math.ceil(pulse.rise) + 1 if pulse.rise > 1.0 else 0)
        if math.isfinite(period):
            end = min(end, int((pulse.half + period - item.time[0]) / item.width - 2.0 * pulse.rise) - 1)
    place = begin + np.flatnonzero(item.there[begin : end + 1])
    if place.size < _FEWEST:
        raise DataError(f"{place.size} channels after the peak; a decay needs at least {_FEWEST}")
    notes.append(
        "no response of the instrument: the tail behind the peak is fitted, and what is faster than the rise of "
        f"{max(pulse.rise, 1.0) * item.width * 1e9:.3g} ns is not seen"
    )
    start = pulse.half if pulse.rise > 1.0 else float(item.time[pulse.top]) - 0.5 * item.width
    start = min(start, float(item.time[place[0]]) - 0.5 * item.width)
    return _grouped(item, seen, (int(place[0]), int(place[-1])), start, period)


def _grouped(item: Histogram, seen: Array, span: tuple[int, int], pulse: float, period: float) -> Channels:
    """Return a tail in groups of channels that grow with the time since the pulse, over which no decay bends."""
    first, last = span
    starts = [first]
    while starts[-1] <= last:
        since = (item.time[starts[-1]] - pulse) / item.width
        starts.append(starts[-1] + max(int(since / _IN_GROUP), 1))
    starts[-1] = last + 1
    bounds = np.array(starts)
    there = np.add.reduceat(item.there[: last + 1].astype(float), bounds[:-1])
    whole = np.flatnonzero(there == np.diff(bounds))
    sizes = np.diff(bounds)[whole].astype(float)
    edges = item.time[0] + item.width * (bounds - 0.5)
    return Channels(
        time=0.5 * (edges[1:] + edges[:-1])[whole],
        counts=np.add.reduceat(item.counts[: last + 1], bounds[:-1])[whole],
        width=item.width,
        place=whole.astype(np.int64),
        seen=(np.add.reduceat(seen[: last + 1], bounds[:-1]) / np.diff(bounds))[whole],
        period=period,
        pulse=pulse,
        response=None,
        edges=edges,
        sizes=sizes,
    )


def _with_response(
    item: Histogram, seen: Array, span: tuple[int, int], pulse: _Pulse, period: float, response: Response
) -> Channels:
    place = span[0] + np.flatnonzero(item.there[span[0] : span[1] + 1])
    if place.size < _FEWEST:
        raise DataError(f"{place.size} channels; a decay needs at least {_FEWEST}")
    return Channels(
        time=item.time[place],
        counts=item.counts[place],
        width=item.width,
        place=(place - place[0]).astype(np.int64),
        seen=seen[place],
        period=period,
        pulse=pulse.half,
        response=response.share,
        response_start=response.time,
        response_variance=response.variance,
        pedestal=response.pedestal,
    )


def _first_fits(
    channels: Channels,
    extras: Extras,
    background: float,
    wanted: Wanted,
    instrument: Response | None,
    notes: list[str],
    warnings: list[str],
) -> tuple[Channels, Extras, dict[str, Minimum]]:
    """Return the minima of the exponentials, with the response aligned and its noise and scattered light known."""
    if instrument is None or channels.response is None:
        return channels, extras, fitted_exponentials(channels, extras, background)
    if wanted.shift is not None:
        channels = replace(channels, response_start=channels.response_start + wanted.shift)
        extras = replace(extras, shift=0.0)
        roughly = fitted_exponentials(channels, extras, background, 2)
    else:
        tries = []
        for at in _rises(channels):
            moved = replace(channels, response_start=channels.response_start + channels.pulse - at)
            tries.append(fitted_exponentials(moved, extras, background, 2))
        roughly = min(tries, key=lambda found: min(item.deviance for item in found.values()))
    least = min(roughly.values(), key=lambda item: item.penalised)
    channels = least.model.channels
    channels = replace(channels, variance=response_noise(least))
    found = fitted_exponentials(channels, extras, background, known=roughly)
    least = min(found.values(), key=lambda item: item.penalised)
    automatic = wanted.scatter is None and scatter_gain(least) > SCATTER_GAIN
    if automatic or wanted.scatter == "yes":
        extras = replace(extras, scatter=True)
        found = fitted_exponentials(channels, extras, background, known=found)
        least = min(found.values(), key=lambda item: item.penalised)
        light = math.exp(least.model.number(least.numbers, "scatter", -25.0)) / float(channels.counts.sum())
        notes.append(f"{light:.2%} of the counts follow the response at once and are taken for scattered excitation")
        if automatic and light > 0.01:
            warnings.append(
                f"{light:.1%} of the counts come with the response itself: scattered light, or PL faster than it, "
                "which would shorten the amplitude average"
            )
    shift = channels.response_start - instrument.time
    shift += least.model.number(least.numbers, "shift", extras.shift or 0.0) * channels.width
    notes.append(f"the response is shifted by {shift * 1e12:.4g} ps")
    return channels, extras, found


def _rises(channels: Channels) -> tuple[float, float]:
    """Return when the response would make a slow and a fast decay rise to half [s]."""
    if channels.response is None:
        return channels.pulse, channels.pulse
    time = channels.response_start + channels.width * np.arange(channels.response.size)
    slow = float(np.interp(0.5, np.maximum.accumulate(np.cumsum(channels.response)), time + 0.5 * channels.width))
    top = int(np.argmax(channels.response))
    half = int(np.argmax(channels.response[: top + 1] >= 0.5 * channels.response[top]))
    return slow, float(time[half])
