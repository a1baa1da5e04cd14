"""PerkinElmer Pyris as text: thermogravimetry with a section for each step of the method.

Lines ``Key:`` tab value, the steps of the method, then ``n) TGA Temperature Scan`` with rows; the headings stand in two
lines below the first step alone. Times are minutes, weights mg or per cent of the sample as the header has them. The
number of all rows is stated as ``Total Points in Run``. Calibrations follow behind the last step.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from halodot.readers.formats._thermal import Column, recording
from halodot.readers.numbers import Block, block, number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Match, Reader, Recording
from halodot.readers.settings import iso_date, setting

_STEP = re.compile(r"(\d+)\)\s+(TGA|STA|DSC|DTA|Thermal)\b(.*)", re.IGNORECASE)
_FLOW = re.compile(r"heat flow", re.IGNORECASE)
_HEADER = 500
_DATE = "Data Collected"
_WORDS = {"Operator ID": "operator", "Sample ID": "sample", "Comment": "comment", "Serial Number": "serial_number"}


class _Step(NamedTuple):
    """A step of the method: its number, what it is, and its rows."""

    number: int
    title: str
    rows: Block


def _sniff(file: RawFile) -> Match:
    if not file.encoding or not file.lines[0].startswith("Filename"):
        return Match.NO
    lines = file.lines[:_HEADER]
    words = {line.split(":")[0].strip() for line in lines}
    return Match.LAYOUT if {_DATE, "Sample Weight"} <= words and any(map(_STEP.match, lines)) else Match.NO


def _read(file: RawFile) -> Recording:
    starts = [place for place, line in enumerate(file.lines, 1) if _STEP.match(line)]
    if not starts:
        raise file.refusal("a step of the method such as '1) TGA Isothermal' was expected; the file is cut off")
    header = _header(file.lines[: starts[0] - 1])
    headings = _headings(file, starts[0])
    steps = [_step(file, start, len(headings)) for start in starts]
    values = np.concatenate([step.rows.values for step in steps])
    stated = header.get("Total Points in Run", "")
    if stated.isdigit() and int(stated) != len(values):
        what = f"{stated} points were expected, and the file has {len(values)}"
        raise file.refusal(what, line=steps[-1].rows.first_line + steps[-1].rows.lines - 1)
    last = steps[-1].rows
    if not stated and last.first_line + last.lines - 1 == len(file.lines):
        raise file.refusal("the last line has no end; it is cut off", line=len(file.lines))
    segments = np.concatenate([np.full(step.rows.lines, float(step.number)) for step in steps])
    columns = [_column(file, name, values[:, k], header) for k, name in enumerate(headings)]
    columns.append(Column("Segment", "", segments, "number of the step"))
    titles = {f"step {step.number}": step.title for step in steps}
    rest = last.first_line + last.lines
    notes = (f"the date {date!r} was read with the day first",) if _ambiguous(date := header.get(_DATE, "")) else ()
    return recording(file, columns, _metadata(header, file.lines[rest - 1 :]), header | titles, notes)


def _ambiguous(date: str) -> bool:
    """Whether a date may be read with the day or with the month first."""
    day, month = (iso_date(date, f"%{first}/%{second}/%Y %H:%M:%S") for first, second in ("dm", "md"))
    return bool(day and month and day != month)


def _header(lines: Sequence[str]) -> dict[str, str]:
    """Return the lines above the rows; the steps of the method keep their lines."""
    found: dict[str, str] = {}
    method: list[str] = []
    for line in lines:
        if method or line.startswith("Method Steps"):
            if line.strip():
                method.append(" ".join(line.split()))
            continue
        key, tab, value = line.partition("\t")
        key = key.strip().rstrip(":").strip()
        if tab and key and key not in found:
            found[key] = value.strip()
    return found | {"Method Steps": "\n".join(method[1:])}


def _headings(file: RawFile, start: int) -> list[str]:
    """Return the headings, which stand in two lines below the first step."""
    lines = [[cell.strip() for cell in file.line(start + k, "the headings").split("\t")] for k in (1, 2)]
    upper, lower = lines[0][1:], lines[1][1:]
    width = max(len(upper), len(lower))
    upper += [""] * (width - len(upper))
    lower += [""] * (width - len(lower))
    names = [f"{first} {second}".strip() for first, second in zip(upper, lower)]
    if not names or names[0] != "Time":
        raise file.refusal(f"Time was expected as the first heading, not {names[:1]}", line=start + 1)
    return names


def _step(file: RawFile, start: int, width: int) -> _Step:
    first = start + 1
    while not re.match(r"\s*[-+]?[\d.,]+\s", file.line(first, "rows of numbers")):
        if first > start + 6:
            raise file.refusal("rows of numbers were expected below the headings", line=first)
        first += 1
    rows = block(file, first, delimiter=" ", columns=width)
    if np.isnan(rows.values).any():
        raise file.refusal("a cell is no number", line=first)
    found = _STEP.match(file.lines[start - 1])
    assert found is not None
    return _Step(int(found[1]), " ".join(f"{found[2]}{found[3]}".split()), rows)


def _column(file: RawFile, name: str, values: np.ndarray, header: dict[str, str]) -> Column:
    """Return a column with its unit, which the program leaves out."""
    lower = name.casefold()
    if lower == "time":
        return Column(name, "min", values)
    if "temperature" in lower:
        return Column(name, "°C", values)
    if "flow" in lower and not _FLOW.search(name):
        return Column(name, "ml/min", values)
    if "weight" in lower and "deriv" not in lower:
        return Column(name, "%" if "%" in name else "mg", values)
    if _FLOW.search(name):
        return Column(name, "mW", values)
    return Column(name, "", values)


def _metadata(header: dict[str, str], rest: Sequence[str]) -> dict[str, str | float]:
    found: dict[str, str | float] = {"instrument": "PerkinElmer"}
    for key, word in _WORDS.items():
        if header.get(key):
            found[word] = header[key]
    for line in rest:
        key, _, value = line.partition("\t")
        if key == "Firmware Version" and value.strip():
            found["instrument"] = f"PerkinElmer {' '.join(value.split()[:2])}"
        if key == "Software Version":
            found["software"] = f"Pyris {value.strip()}"
    mass, _, unit = header.get("Sample Weight", "").replace(",", ".").partition(" ")
    if number(mass) > 0.0 and unit.strip() in ("mg", "g"):
        found["sample_mass"] = setting("sample_mass", number(mass), unit.strip())
    if iso := iso_date(
        header.get(_DATE, ""), "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S"
    ):
        found["date"] = iso
    return found


READER = Reader("perkinelmer_pyris", "PerkinElmer Pyris thermogravimetry as text", _sniff, _read)
