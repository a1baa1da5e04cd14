"""Becker & Hickl SPCM as text (.asc): decay curves, and lists of photons.

Decay curves stand between ``*BLOCK n Decay ( Time[ns] No_of_photons )`` and ``*END``, with or without the times, below
the identification and perhaps the settings. A list of photons has no heading: macro time in clocks, micro time in
channels and perhaps the routing channel, each line with a blank at its end. The clock stands in the .spc of the same
name, the width of a channel in the .set, where these lie beside.
"""

from __future__ import annotations

import math
import re
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from halodot.readers.formats._becker_hickl import (
    channel_width,
    identification,
    metadata,
    micro_width,
    parameters,
    settings_beside,
)
from halodot.readers.formats.becker_hickl_fifo import clock_beside
from halodot.readers.numbers import Block, block
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values

_BLOCK = re.compile(r"\*BLOCK\s+(\d+)\s*(\w*)\s*(?:\(\s*(?:Time\[(\w+)\])?\s*(\S*)\s*\))?\s*", re.IGNORECASE)
_PHOTON = re.compile(r"\d+ \d+ (?:\d+ )?")
#: photons by which a list is known
_LOOKED_AT = 12


def _sniff(file: RawFile) -> Match:
    if not file.encoding:
        return Match.NO
    if b"*BLOCK" in file.data[:200_000]:
        return Match.LAYOUT if _blocks(file) else Match.NO
    return Match.LAYOUT if _is_list(file) else Match.NO


def _is_list(file: RawFile) -> bool:
    """Whether the first lines are photons: macro times that rise by uneven steps, a blank at the end of each line."""
    lines = file.lines[:_LOOKED_AT]
    if len(file.lines) <= _LOOKED_AT or not all(_PHOTON.fullmatch(line) for line in lines):
        return False
    rows = [[int(cell) for cell in line.split()] for line in lines]
    steps = [second[0] - first[0] for first, second in pairwise(rows)]
    even = len({len(row) for row in rows}) == 1
    return even and min(steps) >= 0 and len(set(steps)) > 3 and all(row[1] < 65536 for row in rows)


def _blocks(file: RawFile) -> list[tuple[int, re.Match[str]]]:
    """Return the lines on which blocks start, counted from 1."""
    found = ((place, _BLOCK.match(line)) for place, line in enumerate(file.lines, 1) if line.startswith("*BLOCK"))
    return [(place, match) for place, match in found if match is not None]


def _read(file: RawFile) -> Recording:
    return _decays(file) if b"*BLOCK" in file.data[:200_000] else _photons(file)


# ------------------------------------------------------------------------------------------------------------- decays


def _decays(file: RawFile) -> Recording:
    blocks = _blocks(file)
    head = "\n".join(file.lines[: blocks[0][0] - 1])
    settings = parameters(head)
    found = identification(head.split("SYS_PARA_BEGIN")[0])
    width = channel_width(settings)
    curves, left = [], []
    for place, match in blocks:
        what = match[2].casefold()
        if what not in ("", "decay", "page", "trace", "curve") or "photons" not in (match[4] or "photons").casefold():
            left.append(f"block {match[1]} ({match[2]}) was left out: it is no decay curve")
            continue
        curves.append(_curve(file, place, match, width))
    if not curves:
        raise file.refusal("there is no decay curve in this file", line=blocks[0][0])
    return Recording("decay", tuple(curves), metadata(found, settings), found | settings, (), tuple(left))


def _curve(file: RawFile, place: int, match: re.Match[str], width: float) -> Curve:
    rows = block(file, place + 1)
    end = place + 1 + rows.lines
    while end <= len(file.lines) and not file.lines[end - 1].strip():
        end += 1
    if file.line(end, "*END after the numbers of a block").strip() != "*END":
        raise file.refusal(f"*END was expected, not {file.lines[end - 1].strip()[:40]!r}", line=end)
    if np.isnan(rows.values).any():
        raise file.refusal("an empty cell stands among the numbers", line=place)
    label = f"block {match[1]}"
    if rows.columns == 1:
        if not math.isfinite(width):
            raise file.refusal("neither the times nor the width of a channel (SP_TAC_R) are in this file", line=place)
        time = Values("time", np.arange(rows.lines) * width, "s")
        return Curve((time,), (_signal(rows, 0),), label, {"time_resolution": width})
    if rows.columns != 2:
        raise file.refusal(f"a time and a number of photons were expected, not {rows.columns} columns", line=place + 1)
    if np.any(np.diff(rows.values[:, 0]) <= 0.0):
        raise file.refusal("times that rise were expected in the first column", line=place + 1)
    time = Values("time", rows.values[:, 0], match[3] or "ns", heading="Time")
    return Curve((time,), (_signal(rows, 1),), label)


def _signal(rows: Block, column: int) -> Values:
    """Return photons: whole numbers, unless the curve was calculated."""
    numbers = rows.values[:, column]
    whole = bool(np.all((numbers == np.round(numbers)) & (numbers >= 0.0)))
    return Values("counts", numbers.astype(np.int64)) if whole else Values("intensity", numbers)


# ------------------------------------------------------------------------------------------------------------- photons


def _photons(file: RawFile) -> Recording:
    rows = _rows(file)
    name, found, settings = settings_beside(file)
    spc, clock = clock_beside(file)
    width = micro_width(settings)
    notes = []
    if clock:
        axis = Values("arrival_time", rows[:, 0] * clock, "s")
        notes.append(f"the macro time clock, {clock * 1e9:g} ns, is that of {spc}")
    else:
        axis = Values("channel", rows[:, 0], name="macro_clock")
        notes.append("macro times are clocks: no .spc of the same name lies beside, which would say their length")
    if math.isfinite(width):
        micro = Values("micro_time", rows[:, 1] * width, "s")
        notes.append(f"the width of a channel of the micro time, {width * 1e12:.6g} ps, is that of {name}")
    else:
        micro = Values("channel", rows[:, 1], name="micro_channel")
        notes.append("micro times are channels: no .set of the same name lies beside, which would say their width")
    routed = (Values("channel", rows[:, 2]),) if rows.shape[1] == 3 else ()
    curve = Curve((axis,), (*routed, micro))
    return Recording("photons", (curve,), metadata(found, settings), found | settings, (), tuple(notes))


def _rows(file: RawFile) -> NDArray[np.int64]:
    lines = list(file.lines)
    while lines and not lines[-1].strip():
        lines.pop()
    if len(lines) == len(file.lines):
        raise file.refusal("the last line has no end; it is cut off", line=len(lines))
    width = len(lines[0].split())
    for place, line in enumerate(lines, 1):
        if not _PHOTON.fullmatch(line) or len(line.split()) != width or len(line) > 60:
            raise file.refusal(f"{width} whole numbers were expected, not {line.strip()[:40]!r}", line=place)
    rows = np.array([line.split() for line in lines]).astype(np.int64)
    back = np.flatnonzero(np.diff(rows[:, 0]) < 0)
    if len(back):
        raise file.refusal("the macro time runs back", line=int(back[0]) + 2)
    if rows[:, 1].max() >= 65536:
        raise file.refusal("a micro time above 65535 cannot be", line=int(np.argmax(rows[:, 1])) + 1)
    return rows


READER = Reader("becker_hickl_text", "Becker & Hickl decay curves and photons as text (.asc)", _sniff, _read)
