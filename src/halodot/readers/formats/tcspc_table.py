"""Decay curves as tables: HORIBA DataStation and DAS6, PicoQuant EasyTau and SymPhoTime, logged TimeHarp counts.

A line of headings stands above the numbers. HORIBA writes ``Time calibration: 2.743E-02ns/ch`` and channels counted
from 1 (``Chan``, ``Data``), or times with the prompt, the decay and its fit; PicoQuant ``Time[ns]``, ``Decay[Cnts]``,
``IRF[Cnts]``; scripts that drive a TimeHarp ``bins [ps]``, ``counts [#]`` behind a column of row numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halodot.readers.numbers import block, number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import setting

_TIME = re.compile(r"(?:time|bins?)\s*[\[(/]\s*(fs|ps|ns|us|µs|ms|s)\s*[\])]?", re.IGNORECASE)
_CHANNEL = re.compile(r"chan(?:nel)?s?(?: no\.?)?", re.IGNORECASE)
_CALIBRATION = re.compile(
    r"time\s*(?:calibration|per channel|/ ?ch\w*)\s*[:=]?\s*([\d.,]+(?:E[+-]?\d+)?)\s*(\w+)", re.IGNORECASE
)
#: headings of signals: quantity where the numbers are whole, and name of the variable
_SIGNALS: Sequence[tuple[re.Pattern[str], str, str]] = tuple(
    (re.compile(pattern, re.IGNORECASE), quantity, name)
    for pattern, quantity, name in (
        (r"(?:irf|prompt|instrument response)\b.*", "counts", "counts_irf"),
        (r"(?:decay fit|fit|fitted|function)\b.*", "intensity", "fit"),
        (r"(?:residuals?|resid\.?|std\.? ?dev\.?)\b.*", "intensity", "residual"),
        (r"(?:decay|counts?|data|photons?|cnts)\b.*", "counts", ""),
    )
)
#: programs by words that only they write
_CERTAIN = (
    re.compile(r"\[cnts\]", re.IGNORECASE),
    re.compile(r"bins? \[ps\].*counts? \[#\]", re.IGNORECASE),
    re.compile(r"\bprompt\b.*\bdecay\b|\bdecay\b.*\bprompt\b", re.IGNORECASE),
)
_UNITS = {"sec": "s", "secs": "s", "nsec": "ns", "psec": "ps", "usec": "us", "µs": "us"}
_KNOWN_UNITS = ("s", "ms", "us", "ns", "ps", "fs")
_HEADER = 60


class _Table(NamedTuple):
    """The line of headings, counted from 1, and what its columns hold."""

    line: int
    headings: tuple[str, ...]
    delimiter: str
    axis: int  # column
    unit: str  # of the times; empty where the column counts channels


def _sniff(file: RawFile) -> Match:
    if not file.encoding:
        return Match.NO
    found = _table(file)
    if found is None:
        return Match.NO
    certain = any(pattern.search(file.lines[found.line - 1]) for pattern in _CERTAIN)
    return Match.LAYOUT if certain or (not found.unit and _calibration(file)) else Match.NO


def _table(file: RawFile) -> _Table | None:
    """Return the line of headings, None where there is none in the first lines."""
    for place, line in enumerate(file.lines[:_HEADER], 1):
        for delimiter in ("\t", ";", ",", "  "):
            cells = tuple(cell.strip().strip('"').strip() for cell in _cells(line, delimiter))
            if len(cells) < 2 or len(cells) > 40:
                continue
            for column, cell in enumerate(cells):
                timed, counted = _TIME.fullmatch(cell), _CHANNEL.fullmatch(cell)
                if (timed or counted) and any(_signal(other) for other in cells[column + 1 :]):
                    unit = timed[1].lower() if timed else ""
                    return _Table(place, cells, delimiter, column, _UNITS.get(unit, unit))
    return None


def _cells(line: str, delimiter: str) -> list[str]:
    return re.split(r"\s{2,}", line.strip()) if delimiter == "  " else line.rstrip().split(delimiter)


def _signal(heading: str) -> tuple[str, str] | None:
    found = ((quantity, name) for pattern, quantity, name in _SIGNALS if pattern.fullmatch(heading))
    return next(found, None)


def _calibration(file: RawFile) -> tuple[float, str]:
    """Return the width of a channel and its unit as a line above the table has them; 0 where there is none."""
    for line in file.lines[:_HEADER]:
        if found := _CALIBRATION.match(line.strip()):
            unit = found[2].lower()
            unit = _UNITS.get(unit, unit)
            width = number(found[1].replace(",", "."))
            if width > 0.0 and unit in _KNOWN_UNITS:
                return width, unit
    return 0.0, ""


def _read(file: RawFile) -> Recording:
    found = _table(file)
    if found is None:
        raise file.refusal("a line of headings with Time [ns] or Chan and Decay, counts or Data was expected", line=1)
    header = _header(file.lines[: found.line - 1])
    first = next((p for p in range(found.line + 1, len(file.lines) + 1) if file.lines[p - 1].strip()), found.line + 1)
    rows = block(file, first, delimiter=" " if found.delimiter == "  " else found.delimiter)
    rest = [p for p in range(first + rows.lines, len(file.lines) + 1) if file.lines[p - 1].strip()]
    if rest:
        raise file.refusal(f"numbers were expected, not {file.lines[rest[0] - 1].strip()[:40]!r}", line=rest[0])
    if len(file.lines) == first + rows.lines - 1 and file.lines[-1] == file.lines[-1].rstrip():
        raise file.refusal("the last line has no end; it is cut off", line=len(file.lines))
    if rows.columns != len(found.headings):
        what = f"{len(found.headings)} headings stand above {rows.columns} columns"
        raise file.refusal(what, line=found.line)
    time, metadata, notes = _axis(file, found, rows.values[:, found.axis], first)
    signals = []
    for column, heading in enumerate(found.headings):
        known = _signal(heading) if column > found.axis else None
        if known:
            signals.append(_values(file, rows.values[:, column], heading, known, first))
    text = " ".join(file.lines[: found.line])
    metadata["instrument"] = "HORIBA" if "calibration" in text.casefold() else "PicoQuant"
    if "[cnts]" not in text.casefold() and metadata["instrument"] == "PicoQuant":
        del metadata["instrument"]
    if header.get("Comment"):
        metadata["comment"] = header["Comment"]
    live = number(header.get("Real time", ""))
    if live > 0.0:
        metadata["acquisition_time"] = live
    return Recording("decay", _curves(time, signals), metadata, header, (), notes)


def _curves(time: Values, signals: Sequence[Values]) -> tuple[Curve, ...]:
    """Return one curve, or one for each column where several hold the same."""
    names = [signal.name or signal.quantity for signal in signals]
    if len(set(names)) == len(names):
        return (Curve((time,), tuple(signals)),)
    return tuple(Curve((time,), (signal,), signal.heading) for signal in signals)


def _header(lines: Sequence[str]) -> dict[str, str]:
    """Return the lines above the headings, by what stands before their colon."""
    found: dict[str, str] = {}
    for place, line in enumerate(lines, 1):
        key, colon, value = line.partition(":")
        if colon:
            found[key.strip()] = value.strip()
        elif line.strip():
            found[f"line {place}"] = line.strip()
    return found


def _axis(
    file: RawFile, found: _Table, column: NDArray[np.float64], first: int
) -> tuple[Values, dict[str, str | float], tuple[str, ...]]:
    """Return the times, what they say of the channels, and how they were read."""
    steps = np.diff(column)
    if not np.all(steps > 0.0):
        raise file.refusal("the times stand still or run back", line=first + int(np.argmin(steps > 0.0)) + 1)
    heading = found.headings[found.axis]
    if found.unit:
        even = len(steps) > 0 and np.allclose(steps, steps.mean(), rtol=1e-2)
        metadata: Mapping[str, str | float] = (
            {"time_resolution": setting("time_resolution", float(steps.mean()), found.unit)} if even else {}
        )
        return Values("time", column, found.unit, heading=heading), dict(metadata), ()
    width, unit = _calibration(file)
    if not width:
        raise file.refusal("channels without a time per channel (Time calibration) have no time axis", line=found.line)
    if not np.array_equal(steps, np.ones(len(steps))):
        raise file.refusal("channels that count up by one were expected", line=first + int(np.argmax(steps != 1.0)) + 1)
    values = Values("time", (column - column[0]) * width, unit, heading=heading)
    note = f"channel {column[0]:g} was taken to start at 0 {unit}"
    return values, {"time_resolution": setting("time_resolution", width, unit)}, (note,)


def _values(file: RawFile, numbers: NDArray[np.float64], heading: str, known: tuple[str, str], first: int) -> Values:
    quantity, name = known
    if not np.all(np.isfinite(numbers)) and quantity == "counts":
        raise file.refusal(f"a cell of {heading} is empty", line=first + int(np.argmin(np.isfinite(numbers))))
    if quantity == "counts" and np.all((numbers == np.round(numbers)) & (numbers >= 0.0)):
        return Values("counts", numbers.astype(np.int64), name=name, heading=heading)
    return Values("intensity", numbers, name=name.replace("counts", "intensity"), heading=heading)


READER = Reader(
    "tcspc_table", "Decay curves as tables (HORIBA DataStation, PicoQuant EasyTau and SymPhoTime)", _sniff, _read
)
