"""Bruker and Siemens, DIFFRACplus: UXD, a text of words and ranges.

Words start with an underscore (``_SAMPLE='BT86'``), remarks with a semicolon. A range starts with ``_DRIVE`` or a
remark of its number, and its numbers behind ``_2THETACOUNTS`` or ``_2THETACPS`` (two columns), ``_COUNTS`` or ``_CPS``
(intensities alone, several to a line, from ``_START`` in steps of ``_STEPSIZE``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halodot.readers.formats._diffraction import (
    check_line_end,
    drive,
    intensities,
    of_one_kind,
    settings,
    steps,
    texts,
    tube,
)
from halodot.readers.numbers import number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import iso_date

_PAIRS = {"_2THETACOUNTS": "counts", "_2THETACPS": "cps", "_2THETACOUNTSTIME": "counts"}
_SINGLE = {"_COUNTS": "counts", "_CPS": "cps"}
_PEAKS = ("_D-I", "_2THETA-I")
#: words of the file as a whole; the others belong to the range that they stand in
_START_OF_RANGE = ("_DRIVE",)


class _Range(NamedTuple):
    """One range as the text has it."""

    words: dict[str, str]
    mark: str  # the word before the numbers
    rows: list[list[float]]
    line: int  # of the mark


def _sniff(file: RawFile) -> Match:
    if not file.encoding:
        return Match.NO
    head = [line.strip().upper() for line in file.lines[:200]]
    words = [line.partition("=")[0].strip() for line in head if line.startswith("_")]
    return Match.LAYOUT if "_FILEVERSION" in words and _words_only(head) else Match.NO


def _words_only(head: list[str]) -> bool:
    """Whether the text starts with remarks and words."""
    started = [line for line in head if line][:3]
    return all(line.startswith((";", "_")) for line in started)


def _read(file: RawFile) -> Recording:
    check_line_end(file)
    common, ranges = _ranges(file)
    if not ranges:
        raise file.refusal("_2THETACOUNTS, _2THETACPS, _COUNTS or _CPS was expected", line=len(file.lines))
    curves = []
    for place, found in enumerate(ranges, 1):
        words = common | found.words
        axis, values = _numbers(file, found, words)
        moved = drive(_unquoted(words.get("_DRIVE", "COUPLED")))
        if moved is None:
            what = f"_DRIVE is {words['_DRIVE']}, which is not known; its axis is not stated"
            raise file.refusal(what, line=found.line)
        if found.mark in _PAIRS and moved.quantity != "two_theta":
            what = f"{found.mark} gives two theta, but _DRIVE is {words['_DRIVE']}"
            raise file.refusal(what, line=found.line)
        signal = intensities(values, (_PAIRS | _SINGLE)[found.mark], found.mark)
        label = f"range {place}" if len(ranges) > 1 else ""
        curves.append(Curve((Values(moved.quantity, axis, moved.unit, moved.name),), (signal,), label, _own(words)))
    header = {key.strip("_"): _unquoted(text) for key, text in (common | ranges[0].words).items()}
    return Recording("x_ray_diffraction", of_one_kind(curves), _metadata(common), header)


def _ranges(file: RawFile) -> tuple[dict[str, str], list[_Range]]:
    """Return the words of the file and its ranges."""
    common: dict[str, str] = {}
    words = common
    ranges: list[_Range] = []
    rows: list[list[float]] | None = None
    for line, text in enumerate(file.lines, 1):
        stripped = text.strip()
        if not stripped or stripped.startswith(";"):
            continue
        if not stripped.startswith("_"):
            if rows is not None:
                rows.append(_row(file, stripped, line))
                continue
            raise file.refusal(f"a word that starts with _ was expected, not {stripped[:40]!r}", line=line)
        key, _, value = stripped.partition("=")
        key = key.strip().upper()
        if key in _PAIRS or key in _SINGLE:
            rows = []
            ranges.append(_Range(dict(words) if words is not common else {}, key, rows, line))
            continue
        if key in _PEAKS:
            raise file.refusal("this is a list of peaks, not a measurement", line=line)
        if key in _START_OF_RANGE or (rows is not None):
            words, rows = ({} if rows is not None or key in _START_OF_RANGE else words), None
        words[key] = value.strip()
    return common, ranges


def _row(file: RawFile, text: str, line: int) -> list[float]:
    found = [number(cell) for cell in text.split()]
    if not all(map(math.isfinite, found)):
        raise file.refusal(f"numbers with a decimal point were expected, not {text[:40]!r}", line=line)
    return found


def _numbers(file: RawFile, found: _Range, words: Mapping[str, str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the positions and the intensities of a range."""
    start, step = (number(words.get(key, "")) for key in ("_START", "_STEPSIZE"))
    stated = number(words.get("_STEPCOUNT", ""))
    if found.mark in _SINGLE:
        values = np.array([value for row in found.rows for value in row])
        if not (math.isfinite(start) and math.isfinite(step) and step != 0.0):
            raise file.refusal("_START and _STEPSIZE were expected before the counts", line=found.line)
        axis = steps(start, step, values.size)
    else:
        width = 3 if found.mark.endswith("TIME") else 2
        for place, row in enumerate(found.rows, 1):
            if len(row) != width:
                what = f"{width} numbers were expected, not {len(row)}"
                raise file.refusal(what, line=found.line + place)
        table = np.array(found.rows).reshape(-1, width)
        axis, values = table[:, 0], table[:, 1]
        _check_steps(file, found, axis, step)
    if math.isfinite(stated) and values.size != int(stated):
        line = found.line + len(found.rows)
        raise file.refusal(f"_STEPCOUNT states {stated:g} points, the range has {values.size}", line=line)
    return axis, values


def _check_steps(file: RawFile, found: _Range, axis: NDArray[np.float64], step: float) -> None:
    """Refuse positions that do not follow the step, as a cut or a doubled row leaves them."""
    if axis.size < 3 or not math.isfinite(step) or step == 0.0:
        return
    ideal = (axis[-1] - axis[0]) / (axis.size - 1)
    off = np.abs(axis - axis[0] - ideal * np.arange(axis.size))
    if off.max() > 0.75 * abs(step) or abs(ideal - step) > 0.05 * abs(step):
        place = int(np.argmax(off))
        what = f"two theta is {axis[place]:g}; steps of {step:g} were expected"
        raise file.refusal(what, line=found.line + 1 + place)


# ------------------------------------------------------------------------------------------------------------- settings


def _unquoted(text: str) -> str:
    return text.strip().strip("'\"").strip()


def _metadata(words: Mapping[str, str]) -> dict[str, str | float]:
    found = texts(
        instrument="Bruker diffractometer (DIFFRACplus)",
        operator=_unquoted(words.get("_USER", "")),
        sample=_unquoted(words.get("_SAMPLE", "")),
        comment=_unquoted(words.get("_COMMENT", "")),
        date=iso_date(_unquoted(words.get("_DATEMEASURED", "")), "%d-%b-%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S"),
    )
    scale = {"A": 1.0, "NM": 10.0}.get(_unquoted(words.get("_WL_UNIT", "A")).upper(), math.nan)
    lines = (number(words.get("_WL1", "")) * scale, number(words.get("_WL2", "")) * scale)
    ratio = number(words.get("_WLRATIO", ""))
    return found | tube(_unquoted(words.get("_ANODE", "")), (*lines, ratio), math.nan, math.nan)


def _own(words: Mapping[str, str]) -> dict[str, str | float]:
    return texts(technique=_unquoted(words.get("_DRIVE", "")).lower()) | settings(
        integration_time=(number(words.get("_STEPTIME", "")), "s"),
        tube_voltage=(number(words.get("_KV", "")), "kV"),
        tube_current=(number(words.get("_MA", "")), "mA"),
    )


READER = Reader("bruker_uxd", "Bruker and Siemens DIFFRACplus, UXD text", _sniff, _read)
