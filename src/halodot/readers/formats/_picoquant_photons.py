"""Photon records of PicoQuant's time tagging: the words of 32 bits that all instruments write, in T2 and T3 mode.

T2 counts the time since the start; T3 the pulses since the start and the time after the last one. Counters are short,
so that records of their own say when they ran over. After PicoQuant's demonstration programs for time-tagged files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Values

#: records of one file; their times take some 600 MB
MOST_RECORDS = 30_000_000
#: records that are decoded at once, to bound memory
_AT_ONCE = 1 << 20
#: the sync input of T2 mode has no number of its own
SYNC = -1


class _Parts(NamedTuple):
    """Fields of records: for each one whether it is an event, and what its fields are."""

    event: NDArray[np.bool_]
    channel: NDArray[np.int8]
    counter: NDArray[Any]  # which runs over
    micro: NDArray[Any]
    overflow: NDArray[np.int64]  # added to the counter by this record
    marker: NDArray[np.bool_]


class Layout(NamedTuple):
    """How the records of an instrument are laid out."""

    parts: Callable[[NDArray[np.uint32]], _Parts]
    pulsed: bool  # T3: the counter counts pulses, and there is a micro time


def _hydra_t3(records: NDArray[np.uint32], counted: bool) -> _Parts:
    special, channel = records >> 31 == 1, (records >> 25) & 63
    count = records & 1023
    over = special & (channel == 63)
    times = np.maximum(count, 1) if counted else np.ones_like(count)
    overflow = np.where(over, times.astype(np.int64) << 10, 0)
    return _Parts(~special, channel.astype(np.int8), count, (records >> 10) & 0x7FFF, overflow, special & ~over)


def _hydra_t2(records: NDArray[np.uint32]) -> _Parts:
    special, channel = records >> 31 == 1, (records >> 25) & 63
    count = records & 0x1FFFFFF
    over = special & (channel == 63)
    sync = special & (channel == 0)
    overflow = np.where(over, np.maximum(count, 1).astype(np.int64) << 25, 0)
    channels = np.where(sync, SYNC, channel.astype(np.int8)).astype(np.int8)
    return _Parts(~special | sync, channels, count, np.zeros_like(count), overflow, special & ~over & ~sync)


def _pico_t3(records: NDArray[np.uint32]) -> _Parts:
    channel, micro = records >> 28, (records >> 16) & 0xFFF
    special = channel == 15
    over = special & (micro == 0)
    overflow = np.where(over, np.int64(65536), np.int64(0))
    return _Parts(~special, channel.astype(np.int8), records & 0xFFFF, micro, overflow, special & ~over)


def _pico_t2(records: NDArray[np.uint32]) -> _Parts:
    channel, count = records >> 28, records & 0x0FFFFFFF
    special = channel == 15
    over = special & (count & 15 == 0)
    overflow = np.where(over, np.int64(210_698_240), np.int64(0))
    return _Parts(~special, channel.astype(np.int8), count, np.zeros_like(count), overflow, special & ~over)


#: by the type of record that a unified file states
LAYOUTS: Mapping[int, Layout] = {
    0x00010303: Layout(_pico_t3, True),
    0x00010203: Layout(_pico_t2, False),
    0x00010304: Layout(lambda records: _hydra_t3(records, counted=False), True),
    **dict.fromkeys(
        (0x01010304, 0x00010305, 0x00010306, 0x00010307), Layout(lambda records: _hydra_t3(records, counted=True), True)
    ),
    **dict.fromkeys((0x01010204, 0x00010205, 0x00010206, 0x00010207), Layout(_hydra_t2, False)),
}


class Stream(NamedTuple):
    """Where the records of a file lie, and what their counters mean."""

    layout: Layout
    offset: int
    records: int
    step: float  # s; one count of the counter: the period of the pulses in T3 mode
    micro_step: float  # s; nan in T2 mode


def photons(file: RawFile, stream: Stream) -> tuple[Curve, tuple[str, ...]]:
    """Return the photons of a file, and how they were read.

    Args:
        file: whose records they are.
        stream: where they lie.

    Raises:
        DataError: the file does not have the records that it states, there are too many, there is no photon, or time
            runs back.
    """
    left, rest = divmod(len(file.data) - stream.offset, 4)
    if stream.records != left or rest:
        what = f"the header states {stream.records} records, and the file has {max(left, 0)}"
        raise file.refusal(what + ("; it is cut off" if left < stream.records else ""), byte=stream.offset)
    if stream.records > MOST_RECORDS:
        raise file.refusal(f"the file has {stream.records} records; {MOST_RECORDS} can be read")
    arrival, micro = np.empty(stream.records), np.empty(stream.records if stream.layout.pulsed else 0)
    channel = np.empty(stream.records, np.int8)
    total = found = markers = 0
    for start in range(0, stream.records, _AT_ONCE):
        count = min(_AT_ONCE, stream.records - start)
        parts = stream.layout.parts(file.array("<u4", count, stream.offset + 4 * start))
        counter = total + np.cumsum(parts.overflow) + parts.counter
        kept = parts.event
        many = int(np.count_nonzero(kept))
        arrival[found : found + many] = counter[kept] * stream.step
        channel[found : found + many] = parts.channel[kept]
        if stream.layout.pulsed:
            micro[found : found + many] = parts.micro[kept] * stream.micro_step
        total += int(parts.overflow.sum())
        found += many
        markers += int(np.count_nonzero(parts.marker))
    if not found:
        raise file.refusal("the file holds no photon")
    times = arrival[:found]
    back = int(np.argmin(times[1:] >= times[:-1])) if found > 1 else 0
    if found > 1 and times[back + 1] < times[back]:
        raise file.refusal(f"the time runs back at photon {back + 2}: the records are damaged")
    signals = [Values("channel", channel[:found])]
    notes = ["channels are counted from 0: channel 0 is input 1"]
    if stream.layout.pulsed:
        signals.append(Values("micro_time", micro[:found], "s"))
        notes.append("the arrival time of a photon is that of the pulse before it")
    elif (channel[:found] == SYNC).any():
        notes.append(f"channel {SYNC} is the sync input")
    if markers:
        notes.append(f"{markers} markers of other devices were left out")
    return Curve((Values("arrival_time", times, "s"),), tuple(signals)), tuple(notes)
