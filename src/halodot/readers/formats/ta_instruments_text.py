"""TA Instruments as text: Universal Analysis and the Q series, and TRIOS.

Universal Analysis writes keys and values, ``Nsig``, ``Sig1 Time (min)`` and on, the method as ``OrgMethod`` lines,
``StartOfData`` and rows, often in UTF-16; the files of the Q series themselves have such a header and binary rows below
it. TRIOS writes ``Filename``, ``Instrument name`` ... with tabs or commas, then for each step ``[step]``, its title, a
line of headings, a line of units and the rows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from halodot.readers.formats._thermal import Column, recording
from halodot.readers.numbers import block, check_nothing_follows, number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Match, Reader, Recording
from halodot.readers.settings import iso_date, setting

_SIGNAL = re.compile(r"Sig(\d+)\s+(.*)")
_UNIT = re.compile(r"(.*?)\s*\(([^()]*)\)\s*$")
_MASS = re.compile(r"([\d.,]+)\s*(mg|g)\b")
_BINARY = b"\r\x00\n\x00\x0c\x00"
_HEADER = 1000
_DATES = (
    "%d-%b-%Y", "%d-%b-%y", "%d-%B-%Y", "%Y-%m-%d", "%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d.%m.%Y",
)  # fmt: skip
_TIMES = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p")


def _sniff(file: RawFile) -> Match:
    if not file.encoding:
        return Match.NO
    lines = [line.strip() for line in file.text[:100_000].splitlines()[:_HEADER]]
    universal = any(line.casefold().startswith("nsig") for line in lines) and any(map(_SIGNAL.match, lines))
    trios = lines[:1] and lines[0].startswith("Filename") and any(line.startswith("Instrument name") for line in lines)
    return Match.LAYOUT if universal or (trios and "[step]" in lines) else Match.NO


def _read(file: RawFile) -> Recording:
    if any(line.casefold().startswith("nsig") for line in file.lines[:_HEADER]):
        return _universal(file)
    return _trios(file)


# -------------------------------------------------------------------------------------------------- Universal Analysis


def _universal(file: RawFile) -> Recording:
    start = next((p for p, line in enumerate(file.lines[:_HEADER], 1) if line.strip() == "StartOfData"), 0)
    if not start:
        if _BINARY in file.data:
            what = "this is a file of the Q series with binary rows; export it as text from Universal Analysis or TRIOS"
            raise file.refusal(what, byte=file.data.index(_BINARY))
        raise file.refusal("StartOfData was expected; the file is cut off", line=len(file.lines))
    header, signals = _keys(file.lines[: start - 1])
    stated = next((value for key, value in header.items() if key.casefold() == "nsig"), "")
    if not stated.isdigit() or int(stated) != len(signals):
        raise file.refusal(f"Nsig is {stated!r}, and {len(signals)} signals are named", line=start)
    rows = block(file, start + 1, delimiter=_mark(file.line(start + 1, "rows of numbers")), columns=len(signals))
    _check_rest(file, start + 1 + rows.lines)
    names = [(found[1], found[2]) if (found := _UNIT.match(signal)) else (signal, "") for signal in signals]
    kept, notes = rows.values, []
    if names[0][0].casefold() == "time" and (ended := rows.values[:, 0] < 0.0).any():
        kept = rows.values[~ended]
        notes.append(
            f"{np.count_nonzero(ended)} rows with a negative time, which mark the ends of segments, were left out"
        )
    columns = [Column(name, unit, kept[:, k], signals[k]) for k, (name, unit) in enumerate(names)]
    words = {"Instrument": "instrument", "Operator": "operator", "Sample": "sample", "Comment": "comment"}
    return recording(file, columns, _metadata(header, words, "Size", ("Date", "Time")), header, notes)


def _keys(lines: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Return the header, and the signals in their order; a key that comes again goes on."""
    header: dict[str, str] = {}
    signals = []
    for line in lines:
        if found := _SIGNAL.match(line.strip()):
            signals.append(found[2].strip())
            continue
        key, _, value = re.sub(r"[\t ]+", " ", line.strip()).partition(" ")
        if key:
            header[key] = f"{header[key]}\n{value}" if key in header else value
    return header, signals


def _mark(line: str) -> str:
    return next((mark for mark in "\t;" if mark in line.strip()), "," if re.search(r"\d,\s*-?\d+\.", line) else " ")


def _check_rest(file: RawFile, first: int) -> None:
    check_nothing_follows(file, first)
    if first > len(file.lines):
        raise file.refusal("the last line has no end; it is cut off", line=len(file.lines))


# --------------------------------------------------------------------------------------------------------------- TRIOS


def _trios(file: RawFile) -> Recording:
    starts = [place for place, line in enumerate(file.lines, 1) if line.strip() == "[step]"]
    separator = "\t" if "\t" in file.lines[0] else ","
    header: dict[str, str] = {}
    section = ""
    for line in file.lines[: starts[0] - 1]:
        key, _, value = line.partition(separator)
        if key.startswith("["):
            section = key.strip("[] ")
        elif key.strip():
            name = key.strip()
            header[f"{section}: {name}" if name in header else name] = value.strip().strip('"')
    headings: list[str] = []
    units: list[str] = []
    parts, segments = [], []
    for step, start in enumerate(starts, 1):
        names, written, rows = _step(file, start, separator)
        if headings and (names, written) != (headings, units):
            raise file.refusal("the columns differ from those of the first step", line=start + 2)
        headings, units = names, written
        parts.append(rows)
        segments.append(np.full(len(rows), float(step)))
        header[f"step {step}"] = file.lines[start].strip().rstrip(",")
    values = np.concatenate(parts)
    columns = [Column(name, unit, values[:, k]) for k, (name, unit) in enumerate(zip(headings, units))]
    columns.append(Column("Segment", "", np.concatenate(segments), "number of the step"))
    words = {"Instrument name": "instrument", "Operator": "operator", "Sample name": "sample"}
    return recording(file, columns, _metadata(header, words, "Sample Mass", ("rundate",)), header)


def _step(file: RawFile, start: int, separator: str) -> tuple[list[str], list[str], np.ndarray]:
    """Return headings, units and rows of a step."""
    first = start + 1
    while separator not in file.line(first, "a line of headings").strip():
        first += 1
    names = [cell.strip() for cell in file.line(first).split(separator)]
    units = [cell.strip() for cell in file.line(first + 1, "a line of units").split(separator)]
    while names and not names[-1]:
        names.pop()
    units += [""] * (len(names) - len(units))
    rows = block(file, first + 2, delimiter=separator, columns=len(names))
    last = first + 2 + rows.lines
    if last > len(file.lines):
        raise file.refusal("the last line has no end; it is cut off", line=len(file.lines))
    following = next((line.strip() for line in file.lines[last - 1 :] if line.strip()), "")
    if following and not following.startswith("["):
        raise file.refusal(f"a row of numbers or [step] was expected, not {following[:40]!r}", line=last)
    return names, units[: len(names)], rows.values


def _metadata(
    header: Mapping[str, str], words: Mapping[str, str], mass_key: str, date_keys: Sequence[str]
) -> dict[str, str | float]:
    found: dict[str, str | float] = {"instrument": "TA Instruments"}
    for key, word in words.items():
        if text := header.get(key, "").strip():
            found[word] = f"TA Instruments {text}" if word == "instrument" else text
    if (mass := _MASS.match(header.get(mass_key, ""))) and number(mass[1].replace(",", ".")) > 0.0:
        found["sample_mass"] = setting("sample_mass", number(mass[1].replace(",", ".")), mass[2])
    date = " ".join(header.get(key, "").split("\n")[0] for key in date_keys).strip()
    layouts = [f"{day} {time}" for day in _DATES for time in _TIMES] + list(_DATES)
    if iso := iso_date(date, *layouts):
        found["date"] = iso
    if gas := re.search(r"Gas\s*\d*:?\s*(\w.*)", header.get("Xcomment", "")):
        found["atmosphere"] = gas[1].strip()
    return found


READER = Reader(
    "ta_instruments_text", "TA Instruments thermal analysis as text (Universal Analysis, TRIOS)", _sniff, _read
)
