"""NETZSCH Proteus as text: thermogravimetry, DSC and both at once.

Lines ``#KEY:value`` (the value behind a separator where the header was written in columns too), then ``##Temp./°C``
with the other headings, each a name and its unit behind a slash, then the rows. ``#DECIMAL`` and ``#SEPARATOR`` say how
numbers are written; German versions write their words, which is why the rows themselves are asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from halodot.readers.formats._thermal import Column, recording, unit_of
from halodot.readers.numbers import Block, block, number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Match, Reader, Recording
from halodot.readers.settings import iso_date, setting

_HEADINGS = re.compile(r"##\s*\w[^;\t]*/")
_HEADING = re.compile(r"(.*?)/\(?([^/()]+(?:/[^/()]+)?)\)?$")
_RAMP = re.compile(r"/\s*([\d.,]+)\s*\(?K/min\)?")
_SEPARATORS = {"SEMICOLON": ";", "COMMA": ",", "TAB": "\t", "TABULATOR": "\t", "SEMIKOLON": ";", "KOMMA": ","}
#: words of the header, English and German, with those of `METADATA`
_WORDS = {
    "INSTRUMENT": "instrument", "GERÄT": "instrument", "OPERATOR": "operator", "OPERATEUR": "operator",
    "BEDIENER": "operator", "SAMPLE": "sample", "PROBE": "sample", "IDENTITY": "title", "IDENTIFIKATION": "title",
    "REMARK": "comment", "BEMERKUNG": "comment", "ATMOSPHERE": "atmosphere", "ATMOSPHÄRE": "atmosphere",
    "GAS": "atmosphere",
}  # fmt: skip
_MASSES = {
    "SAMPLE MASS": "sample_mass", "PROBENMASSE": "sample_mass", "SAMPLE CRUCIBLE MASS": "crucible_mass",
    "PROBENTIEGELMASSE": "crucible_mass", "TIEGELMASSE": "crucible_mass", "PROBENTIEGEL": "crucible_mass",
}  # fmt: skip
_DATES = ("DATE/TIME", "DATUM/ZEIT", "DATUM/UHRZEIT")
_HEADER = 400


def _sniff(file: RawFile) -> Match:
    if not file.encoding or not file.text.lstrip().startswith("#"):
        return Match.NO
    lines = file.lines[:_HEADER]
    netzsch = any("NETZSCH" in line or line.startswith(("#EXPORTTYPE", "#FORMAT:")) for line in lines)
    return Match.LAYOUT if netzsch and any(map(_HEADINGS.match, lines)) else Match.NO


def _read(file: RawFile) -> Recording:
    place = next((p for p, line in enumerate(file.lines[:_HEADER], 1) if _HEADINGS.match(line)), 0)
    if not place:
        raise file.refusal("a line of headings such as ##Temp./°C was expected; the file is cut off", line=1)
    header = _header(file.lines[: place - 1])
    heading = file.lines[place - 1]
    separator = _separator(header, heading)
    names = [cell.strip() for cell in heading.lstrip("#").split(separator)]
    while names and not names[-1]:
        names.pop()
    rows = block(file, place + 1, delimiter=separator, columns=len(names))
    _check_decimals(file, header, rows)
    _check_rest(file, place + 1 + rows.lines)
    columns = [_column(name, rows.values[:, k]) for k, name in enumerate(names)]
    _check_end(file, header, columns, place + rows.lines)
    return recording(file, columns, _metadata(header), header)


def _header(lines: Sequence[str]) -> dict[str, str]:
    """Return the header; a value may stand behind the separator of columns."""
    found: dict[str, str] = {}
    for line in lines:
        if line.startswith("#") and ":" in line:
            key, _, value = line.lstrip("#").partition(":")
            found[key.strip()] = value.strip().strip(";,\t").strip().strip('"')
    return found


def _separator(header: Mapping[str, str], heading: str) -> str:
    for key in ("SEPARATOR", "TRENNZEICHEN"):
        if (mark := _SEPARATORS.get(header.get(key, "").upper(), "")) and mark in heading:
            return mark
    return next((mark for mark in ("\t", ";", ",") if mark in heading), ";")


def _column(heading: str, values: np.ndarray) -> Column:
    found = _HEADING.fullmatch(heading)
    return Column(found[1], found[2], values, heading) if found else Column(heading, "", values, heading)


def _check_decimals(file: RawFile, header: Mapping[str, str], rows: Block) -> None:
    """Refuse numbers that are written otherwise than the header says."""
    stated = header.get("DECIMAL", header.get("DEZIMALZEICHEN", "")).upper()
    comma = {"POINT": False, "PUNKT": False, "COMMA": True, "KOMMA": True}.get(stated)
    fractions = bool(np.any(rows.values % 1.0 > 0.0))
    if comma is not None and fractions and comma != rows.decimal_comma:
        found = "commas" if rows.decimal_comma else "points"
        raise file.refusal(f"the header states {stated} before decimals, and {found} stand there", line=rows.first_line)


def _check_rest(file: RawFile, first: int) -> None:
    for place in range(first, len(file.lines) + 1):
        line = file.lines[place - 1].strip()
        if line and line.startswith("##"):
            raise file.refusal("a second table starts here; export one measurement to a file", line=place)
        if line:
            raise file.refusal(f"a row of numbers was expected, not {line[:40]!r}", line=place)


def _check_end(file: RawFile, header: Mapping[str, str], columns: Sequence[Column], last: int) -> None:
    """Refuse a run that stops short of its program in a file that lacks the empty line at its end."""
    if file.text.endswith(("\n\n", "\n\r\n", "\r\r")):
        return
    if last == len(file.lines):
        raise file.refusal("the last line has no end; it is cut off", line=last)
    ends = re.findall(r"(-?[\d.,]+)\s*[^\w\s]{0,2}[CK]\b", header.get("RANGE", header.get("BEREICH", "")))
    reached = next((column.values for column in columns if unit_of(column.unit) in ("degC", "K")), None)
    if not ends or reached is None:
        return
    goal, start = (number(end.replace(",", ".")) for end in (ends[-1], ends[0]))
    if abs(reached[-1] - goal) > 0.1 * abs(goal - start) + 5.0:
        raise file.refusal(
            f"the program ends at {goal:g} degC, the numbers at {reached[-1]:g}; it is cut off", line=last
        )


def _metadata(header: Mapping[str, str]) -> dict[str, str | float]:
    found: dict[str, str | float] = {"instrument": "NETZSCH"}
    for key, value in header.items():
        if (word := _WORDS.get(key.upper())) and value and value != "---":
            found[word] = value
        name, _, unit = key.upper().partition("/")
        mass = number(value.replace(",", "."))
        if (word := _MASSES.get(name.strip())) and mass > 0.0 and unit.strip() in ("MG", "G"):
            found[word] = setting(word, mass, unit.strip().lower())
    if not str(found["instrument"]).upper().startswith("NETZSCH"):
        found["instrument"] = f"NETZSCH {found['instrument']}"
    for key in _DATES:
        layouts = ("%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%d-%m-%Y %H:%M")
        american = ("%m/%d/%Y %I:%M %p", "%m/%d/%Y %I:%M:%S %p")
        if date := iso_date(header.get(key, ""), *layouts, *american):
            found["date"] = date
    rates = [number(rate.replace(",", ".")) for rate in _RAMP.findall(header.get("RANGE", header.get("BEREICH", "")))]
    if len(set(rates)) == 1 and rates[0] > 0.0:
        found["heating_rate"] = rates[0] / 60.0
    return found


READER = Reader("netzsch_text", "NETZSCH Proteus thermal analysis as text", _sniff, _read)
