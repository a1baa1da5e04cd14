"""Bruker, DIFFRACplus and DIFFRAC.SUITE: the text of a RAW4.00 file, in sections.

``;RAW4.00``, then ``[RawHeader]`` (date), ``[VarInfo]`` (``Type=SAMPLEID``, ``Value=...``), ``[HardwareConfiguration]``
(tube), and for each range ``[RangeHeader]`` (start, increment, steps, seconds for a step) and ``[Data]``: a line of
headings and rows of position and intensity that end in a comma. A word means different things in different sections.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from halodot.readers.formats._diffraction import (
    check_line_end,
    drive,
    intensities,
    measured,
    of_one_kind,
    settings,
    texts,
    tube,
    whole,
)
from halodot.readers.numbers import number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import iso_date


class _Section(NamedTuple):
    """What stands under a name in brackets."""

    name: str
    line: int
    words: dict[str, str]
    rows: list[tuple[int, str]]


def _sniff(file: RawFile) -> Match:
    return Match.SIGNATURE if file.encoding and file.lines[0].strip().startswith(";RAW4.00") else Match.NO


def _sections(file: RawFile) -> list[_Section]:
    found: list[_Section] = []
    for line, text in enumerate(file.lines, 1):
        stripped = text.strip()
        if stripped.startswith("[") and stripped.endswith("]"):
            found.append(_Section(stripped[1:-1].strip(), line, {}, []))
        elif stripped and not stripped.startswith(";") and found:
            found[-1].rows.append((line, stripped))
            key, _, value = stripped.partition("=")
            found[-1].words[key.strip()] = value.strip()
    return found


def _read(file: RawFile) -> Recording:
    check_line_end(file)
    sections = _sections(file)
    ranges: list[dict[str, str]] = []
    curves: list[Curve] = []
    for section in sections:
        if section.name == "RangeHeader":
            ranges.append(section.words)
        elif section.name == "Data":
            if not ranges:
                raise file.refusal("[RangeHeader] was expected before [Data]", line=section.line)
            curves.append(_range(file, section, ranges[-1], f"range {len(curves) + 1}"))
    if len(curves) != len(ranges):
        what = f"{len(ranges)} ranges are described, {len(curves)} have numbers"
        raise file.refusal(what, line=len(file.lines))
    if len(curves) == 1:
        curves = [Curve(curves[0].axes, curves[0].signals, "", curves[0].metadata)]
    named = {section.words["Type"]: section.words.get("Value", "") for section in sections if "Type" in section.words}
    plain = {
        f"{section.name}/{key}": text
        for section in sections
        if section.name != "Data"
        for key, text in section.words.items()
    }
    return Recording("x_ray_diffraction", of_one_kind(curves), _metadata(sections, named), plain | named)


def _range(file: RawFile, section: _Section, words: dict[str, str], label: str) -> Curve:
    """Return one range."""
    rows = []
    for line, text in section.rows[1:]:
        row = [number(cell) for cell in text.rstrip(", ").split(",")]
        if len(row) < 2 or not all(map(math.isfinite, row)) or not text.endswith(","):
            raise file.refusal(f"{label}: numbers that each end in a comma were expected, not {text[:40]!r}", line=line)
        rows.append(row[:2])
    stated = number(words.get("Steps", ""))
    if math.isfinite(stated) and stated != len(rows):
        line = section.rows[-1][0] if section.rows else section.line
        raise file.refusal(f"{label} states {stated:g} points, it has {len(rows)}", line=line)
    table = np.array(rows).reshape(-1, 2)
    values, _ = measured(table[:, 1])
    scan = words.get("ScanType", "Coupled")
    moved = drive(scan)
    if moved is None:
        raise file.refusal(f"{label} is a scan of the kind {scan!r}; its axis is not stated", line=section.line)
    x = Values(moved.quantity, table[: len(values), 0], moved.unit, moved.name)
    own = texts(technique=words.get("ScanType", "")) | settings(
        integration_time=(number(words.get("Time", "")), "s"),
        tube_voltage=(number(words.get("GeneratorVoltage", "")), "kV"),
        tube_current=(number(words.get("GeneratorCurrent", "")), "mA"),
        x_ray_wavelength=(number(words.get("ActuallyUsedLambda", "")), "angstrom"),
    )
    return Curve((x,), (intensities(whole(values)),), label, own)


def _metadata(sections: list[_Section], named: dict[str, str]) -> dict[str, str | float]:
    words: dict[str, dict[str, str]] = {}
    for section in sections:
        words.setdefault(section.name, section.words)
    raw, hardware = words.get("RawHeader", {}), words.get("HardwareConfiguration", {})
    lines = [number(hardware.get(key, "")) for key in ("Alpha1", "Alpha2", "AlphaRatio")]
    found = texts(
        instrument="Bruker diffractometer (DIFFRAC.SUITE)",
        sample=named.get("SAMPLEID", ""),
        operator=named.get("USER", ""),
        comment=named.get("COMMENT", ""),
        software=f"{named.get('CREATOR', '')} {named.get('CREATOR_VERSION', '')}",
        date=iso_date(f"{raw.get('Date', '')} {raw.get('Time', '')}", "%m/%d/%Y %H:%M:%S"),
    )
    return found | tube(hardware.get("Anode", ""), (lines[0], lines[1], lines[2]), math.nan, math.nan)


READER = Reader("bruker_raw4_text", "Bruker DIFFRAC, text of RAW4.00", _sniff, _read)
