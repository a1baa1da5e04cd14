"""Agilent (Varian) Cary WinUV and Cary Eclipse, exported as CSV: two columns a scan, and a log behind them.

The first line has the name of a scan in every second cell, the second line names its axis and its ordinate with their
units; rows follow up to an empty line, with empty cells where one scan is shorter than another. The log repeats each
name, its ``Collection Time`` and a list of parameters. Cells are parted by commas, or by semicolons or tabs where
decimals stand behind a comma.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from halodot.readers.formats._fixed_format import check_steps
from halodot.readers.formats._spectrophotometer import ORDINATES, axis_of, kind_of, ordinate_of, plain
from halodot.readers.numbers import cells, number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import iso_date, setting

_HEAD = re.compile(r"(Wavelength|Wavenumber|Time|Energy) ?\(([^()]+)\)", re.IGNORECASE)
_UNIT = re.compile(r"\s*\([^()]*\)$")
_PARAMETER = re.compile(r"(\S.*?)(?:\s{2,}|\s*:\s+)(\S.*)")
_TIME = "Collection Time"
_EXCITATION = re.compile(r"_EX_(\d+(?:\.\d+)?)$")
#: parameters of the log, as they start in lower case, with their words and units
_WORDS = (
    ("uv-vis ave. time (sec)", "integration_time", "s"),
    ("ave. time (sec)", "integration_time", "s"),
    ("ave time (sec)", "integration_time", "s"),
    ("averaging time (s)", "integration_time", "s"),
    ("uv-vis sbw (nm)", "bandwidth", "nm"),
    ("sbw (nm)", "bandwidth", "nm"),
    ("em. slit (nm)", "bandwidth", "nm"),
    ("ex. slit (nm)", "excitation_bandwidth", "nm"),
    ("ex. wavelength (nm)", "excitation_wavelength", "nm"),
    ("em. wavelength (nm)", "emission_wavelength", "nm"),
)


def _sniff(file: RawFile) -> Match:
    if not file.encoding or len(file.lines) < 3:
        return Match.NO
    delimiter, heads = _heads(file)
    names = cells(file.lines[0], delimiter)
    known = len(heads) >= 2 and all(_HEAD.fullmatch(head) for head in heads[0::2])
    ordinates = all(plain(_UNIT.sub("", head)) in ORDINATES for head in heads[1::2])
    named = bool(names[0]) and not any(names[1 : len(heads) : 2]) and math.isnan(number(names[0], True))
    return Match.LAYOUT if known and ordinates and named else Match.NO


def _heads(file: RawFile) -> tuple[str, list[str]]:
    """Return the delimiter and the cells of the second line, without the empty ones at its end."""
    line = file.line(2, "the names of axes and ordinates")
    delimiter = next((mark for mark in "\t;" if mark in line.strip()), ",")
    heads = cells(line, delimiter)
    while heads and not heads[-1]:
        heads.pop()
    return delimiter, heads


def _read(file: RawFile) -> Recording:
    delimiter, heads = _heads(file)
    if len(heads) % 2:
        raise file.refusal(f"pairs of columns were expected, not {len(heads)} of them", line=2)
    names = cells(file.line(1), delimiter)
    values, after = _rows(file, delimiter, len(heads))
    sections = _log(file, after)
    curves = []
    for place in range(0, len(heads), 2):
        label = names[place] if place < len(names) else ""
        section = sections[place // 2] if len(sections) == len(heads) // 2 else {}
        section = section or next((one for one in sections if one.get("name") == label), {})
        curves.append(_curve(file, heads[place : place + 2], values[:, place : place + 2], label, section))
    kinds = {kind for _, kind in curves}
    shared, header = _shared(sections)
    kind = kinds.pop() if len(kinds) == 1 else "spectrum"
    lacks = "no empty line and no log stand behind the rows, as Cary writes them: rows may be cut off"
    warnings = (lacks,) if after == len(file.lines) else ()
    return Recording(kind, tuple(curve for curve, _ in curves), shared, header, warnings)


def _rows(file: RawFile, delimiter: str, width: int) -> tuple[NDArray[np.float64], int]:
    """Return the numbers, nan where a cell is empty, and the line behind them."""
    rows: list[list[str]] = []
    for place, line in enumerate(file.lines[2:], 3):
        row = cells(line, delimiter)
        if not any(row):
            break
        row += [""] * (width - len(row))
        if any(row[width:]):
            raise file.refusal(f"{width} cells were expected, not {len(row)}", line=place)
        rows.append(row[:width])
    after = 3 + len(rows)
    if not rows or after > len(file.lines):
        raise file.refusal("an empty line behind the rows was expected; the file is cut off", line=len(file.lines))
    comma = delimiter != "," and any("," in cell for row in rows for cell in row)
    values = np.full((len(rows), width), np.nan)
    for place, row in enumerate(rows):
        for column, cell in enumerate(row):
            values[place, column] = number(cell, comma)
            if math.isnan(values[place, column]) and cell:
                raise file.refusal(f"a number was expected, not {cell[:40]!r}", line=3 + place)
    return values, after


def _curve(
    file: RawFile, heads: Sequence[str], values: NDArray[np.float64], label: str, section: Mapping[str, str]
) -> tuple[Curve, str]:
    found = _HEAD.fullmatch(heads[0])
    axis, axis_unit = axis_of(file, found[2] if found else heads[0], line=2)
    signal, unit = ordinate_of(file, _UNIT.sub("", heads[1]), line=2)
    there: NDArray[np.bool_] = np.all(np.isfinite(values), axis=1)
    count = int(there.sum())
    if not np.all(there[:count]) or np.isfinite(values[count:]).any():
        line = 3 + int(np.argmin(there))
        raise file.refusal(f"a wavelength and a number of {label!r} were expected", line=line)
    check_steps(file, values[:count, 0], 3)
    _check_range(file, values[:count, 0], section, label)
    metadata = _settings(section, label)
    kind = kind_of(axis, signal)
    if signal == "intensity" and kind == "spectrum" and "excitation_wavelength" in metadata:
        kind = "photoluminescence"
    if signal == "intensity" and section.get("Scan mode", "").casefold() == "excitation":
        kind = "excitation_spectrum"
        metadata.pop("excitation_wavelength", None)
    x, y = (Values(name, column, of) for name, column, of in zip((axis, signal), values[:count].T, (axis_unit, unit)))
    return Curve((x,), (y,), label, metadata), kind


def _check_range(file: RawFile, x: NDArray[np.float64], section: Mapping[str, str], label: str) -> None:
    """Refuse a scan that ends before its log says it does."""
    ends = [number(section.get(name, "").split(" ")[0]) for name in ("Start (nm)", "Stop (nm)")]
    if len(x) < 2 or not np.isfinite(ends).all():
        return
    step = float(np.max(np.abs(np.diff(x))))
    off = min(abs(x[-1] - end) for end in ends)
    if off > 1.5 * step:
        raise file.refusal(f"{label!r} goes from {ends[0]:g} to {ends[1]:g} nm, but its numbers end at {x[-1]:g}")


def _log(file: RawFile, start: int) -> list[dict[str, str]]:
    """Return the parameters of each scan in the log."""
    sections: list[dict[str, str]] = []
    before = ""
    for line in file.lines[start - 1 :]:
        text = line.strip().strip(",;\t").strip()
        if text.startswith(_TIME):
            sections.append({"name": before, _TIME: text.partition(":")[2].strip()})
        elif text and sections and (found := _PARAMETER.fullmatch(text)):
            sections[-1].setdefault(found[1].strip(" :"), found[2].strip())
        before = text or before
    return sections


def _settings(section: Mapping[str, str], label: str) -> dict[str, str | float]:
    found: dict[str, str | float] = {"sample": label} if label else {}
    if date := _date(section.get(_TIME, "")):
        found["date"] = date
    for key, text in section.items():
        for start, word, unit in _WORDS:
            value = number(text.split(" ")[0])
            if key.casefold() == start and value > 0.0:
                found[word] = setting(word, value, unit)
    if excitation := _EXCITATION.search(label):
        found["excitation_wavelength"] = setting("excitation_wavelength", float(excitation[1]), "nm")
    return found


def _date(text: str) -> str:
    """Return a date as ISO 8601: months come first where AM or PM stands, else only where no month has the number."""
    if found := iso_date(text, "%m/%d/%Y %I:%M:%S %p"):
        return found
    first, second = (iso_date(text, f"{days} %H:%M:%S") for days in ("%d/%m/%Y", "%m/%d/%Y"))
    if bool(first) != bool(second):
        return first or second
    return iso_date(text, "%d.%m.%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S")


def _shared(sections: Sequence[Mapping[str, str]]) -> tuple[dict[str, str | float], dict[str, str]]:
    first = sections[0] if sections else {}
    model = first.get("Instrument", "")
    found: dict[str, str | float] = {"instrument": f"Agilent {model}".strip() if model else "Agilent Cary"}
    for key, word in (("Operator Name", "operator"), ("Scan Software Version", "software")):
        if first.get(key):
            found[word] = first[key]
    header = {key: text for key, text in first.items() if key != "name"}
    return found, header


READER = Reader("cary_text", "Agilent Cary WinUV and Cary Eclipse, CSV", _sniff, _read)
