"""Rigaku, Standard Measurement and RINT: ASC, the text of a binary RAW or DAT file.

Words for all (``*TYPE = Raw``, ``*SCAN_AXIS = 2theta/theta``, ``*YUNIT = cps``), then for each group ``*BEGIN``, its
words (``*START``, ``*STOP``, ``*STEP``, ``*COUNT``), that many numbers parted by commas, ``*END``; at last ``*EOF``.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from halodot.readers.formats._diffraction import (
    drive,
    intensities,
    numbers,
    of_one_kind,
    settings,
    steps,
    texts,
    tube,
    whole,
)
from halodot.readers.numbers import number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import iso_date

_WORD = re.compile(r"\*([A-Z_0-9]+)\s*(?:=\s*(.*))?$")
_DATES = ("%d-%b-%y %H:%M", "%d-%b-%y %H:%M:%S", "%d-%b-%Y %H:%M", "%d-%b-%Y %H:%M:%S")
_ANODES = {24: "Cr", 26: "Fe", 27: "Co", 29: "Cu", 42: "Mo", 47: "Ag"}


class _Group(NamedTuple):
    """One scan as the text has it."""

    words: dict[str, str]
    rows: list[str]
    line: int


def _sniff(file: RawFile) -> Match:
    if not file.encoding or not file.lines[0].startswith("*TYPE"):
        return Match.NO
    head = "\n".join(file.lines[:40])
    return Match.LAYOUT if "*CLASS" in head and "*FNAME" in head else Match.NO


def _groups(file: RawFile) -> tuple[dict[str, str], list[_Group]]:
    """Return the words of the file and its groups."""
    common: dict[str, str] = {}
    groups: list[_Group] = []
    open_group = False
    for line, text in enumerate(file.lines, 1):
        found = _WORD.match(text.strip())
        if found is None:
            if text.strip() and not open_group:
                raise file.refusal(f"a word that starts with * was expected, not {text.strip()[:40]!r}", line=line)
            if text.strip():
                groups[-1].rows.append(text)
            continue
        key, value = found[1], (found[2] or "").strip()
        if key in ("BEGIN", "END"):
            open_group = key == "BEGIN"
            groups += [_Group({}, [], line)] if open_group else []
        else:
            (groups[-1].words if open_group else common)[key] = value
    if open_group or not groups:
        raise file.refusal("*BEGIN, numbers and *END were expected; the file is cut off", line=len(file.lines))
    return common, groups


def _read(file: RawFile) -> Recording:
    common, groups = _groups(file)
    stated = number(common.get("GROUP_COUNT", ""))
    if math.isfinite(stated) and stated != len(groups):
        raise file.refusal(f"{stated:g} groups are stated, the file has {len(groups)}", line=len(file.lines))
    curves = []
    for place, group in enumerate(groups, 1):
        words = common | group.words
        label = f"group {place}" if len(groups) > 1 else ""
        values = numbers(file, " ".join(group.rows).replace(",", " "), f"the numbers below line {group.line}")
        count, start, stop, step = (number(words.get(key, "")) for key in ("COUNT", "START", "STOP", "STEP"))
        if count != values.size:
            raise file.refusal(f"{count:g} points are stated, the group has {values.size}", line=group.line)
        if not math.isfinite(start + stop + step) or step == 0.0 or abs(start + step * (count - 1) - stop) > abs(step):
            what = f"{count:g} points in steps of {step:g} do not lead from {start:g} to {stop:g}"
            raise file.refusal(what, line=group.line)
        moved = drive(words.get("SCAN_AXIS", "")) or drive(words.get("SCAN_MODE", ""))
        if moved is None:
            raise file.refusal(f"SCAN_AXIS is {words.get('SCAN_AXIS', '')!r}, which is not known", line=group.line)
        x = Values(moved.quantity, steps(start, step, values.size), moved.unit, moved.name)
        signal = intensities(whole(values), words.get("YUNIT", ""), words.get("YUNIT", ""))
        curves.append(Curve((x,), (signal,), label, _own(words, step)))
    header = {key: text for key, text in (common | groups[0].words).items() if text}
    return Recording("x_ray_diffraction", of_one_kind(curves), _metadata(common), header)


def _own(words: dict[str, str], step: float) -> dict[str, str | float]:
    """Return the settings of one group."""
    speed, unit = number(words.get("SPEED", "")), words.get("SPEED_DIM", "").replace(".", "").strip().casefold()
    seconds = {"sec/step": speed, "deg/min": abs(step) / speed * 60.0 if speed > 0.0 else math.nan}.get(unit, math.nan)
    return settings(
        integration_time=(round(seconds, 9), "s"),
        tube_voltage=(number(words.get("KV", "")), "kV"),
        tube_current=(number(words.get("MA", "")), "mA"),
    )


def _metadata(words: dict[str, str]) -> dict[str, str | float]:
    target = number(words.get("TARGET", ""))
    lines = (number(words.get("WAVE_LENGTH1", "")), number(words.get("WAVE_LENGTH2", "")))
    found = texts(
        instrument=f"Rigaku {words.get('GONIO', '').partition(',')[0]}",
        sample=words.get("SAMPLE", ""),
        comment=words.get("COMMENT", "") or words.get("MEMO", ""),
        technique=f"{words.get('SCAN_AXIS', '')} {words.get('MEAS_MODE', '').lower()}",
        date=iso_date(words.get("DATE", ""), *_DATES),
    )
    anode = _ANODES.get(int(target), "") if math.isfinite(target) else ""
    return found | tube(anode, (*lines, math.nan), math.nan, math.nan)


READER = Reader("rigaku_asc", "Rigaku Standard Measurement and RINT, ASC text", _sniff, _read)
