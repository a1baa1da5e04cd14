"""JASCO Spectra Manager, exported as text: the labels of JCAMP-DX with tabs, then rows behind ``XYDATA``.

``TITLE``, ``DATA TYPE``, ``ORIGIN`` (JASCO), ``DATE`` (year first), ``TIME``, ``DELTAX``, ``XUNITS``, ``YUNITS``,
``FIRSTX``, ``LASTX``, ``NPOINTS``, ``FIRSTY``, ``MAXY`` and ``MINY`` each stand on a line; an empty line and extended
information may follow the rows. Cells are parted by tabs, commas or semicolons, as the export was set.
"""

from __future__ import annotations

import math
import re

import numpy as np

from halodot.readers.formats._spectrophotometer import axis_of, kind_of, ordinate_of, plain
from halodot.readers.numbers import Block, block, cells, number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import iso_date, setting

_LONGEST_HEADER = 60
_KINDS = {"fluorescence": "photoluminescence", "raman": "raman", "infrared": "infrared"}
_FRACTIONS = {"transmittance": "transmittance", "reflectance": "reflectance"}
#: a ratio above this is in percent
_MOST_FRACTION = 2.0
_TEXTS = {"SPECTROMETER/DATA SYSTEM": "instrument", "OWNER": "operator", "TITLE": "sample"}


def _sniff(file: RawFile) -> Match:
    if not file.encoding or not re.match(r"TITLE[\t,;]", file.lines[0]):
        return Match.NO
    labels = {re.split(r"[\t,;]", line)[0].strip() for line in file.lines[:_LONGEST_HEADER]}
    return Match.LAYOUT if {"XUNITS", "YUNITS", "NPOINTS", "XYDATA"} <= labels else Match.NO


def _read(file: RawFile) -> Recording:
    delimiter = file.line(1)[5]
    header: dict[str, str] = {}
    places: dict[str, int] = {}
    for place, line in enumerate(file.lines, 1):
        label, *rest = cells(line, delimiter)
        header[label], places[label] = (rest or [""])[0], place
        if label == "XYDATA":
            break
    else:
        raise file.refusal("the file ends without XYDATA", line=len(file.lines))
    rows = block(file, places["XYDATA"] + 1, delimiter=delimiter, columns=2)
    _check(file, rows, header, places)
    x, y = rows.values.T
    axis, axis_unit = axis_of(file, header["XUNITS"], line=places["XUNITS"])
    signal, unit, notes = _signal(file, header["YUNITS"], y, places["YUNITS"])
    technique = header.get("DATA TYPE", "")
    kind = next((kind for word, kind in _KINDS.items() if word in technique.casefold()), kind_of(axis, signal))
    if kind == "raman" and axis == "wavenumber":
        axis = "raman_shift"
    curve = Curve((Values(axis, x, axis_unit),), (Values(signal, y, unit, heading=header["YUNITS"]),))
    return Recording(kind, (curve,), _settings(header), {key: text for key, text in header.items() if key}, notes=notes)


def _check(file: RawFile, rows: Block, header: dict[str, str], places: dict[str, int]) -> None:
    """Hold the rows against the numbers that the header states of them."""
    if np.isnan(rows.values).any():
        line = rows.first_line + int(np.argmax(np.isnan(rows.values).any(axis=1)))
        raise file.refusal("two numbers were expected", line=line)
    x, y = rows.values.T
    stated = {
        "NPOINTS": float(rows.lines),
        "FIRSTX": float(x[0]),
        "LASTX": float(x[-1]),
        "FIRSTY": float(y[0]),
        "MAXY": float(np.max(y)),
        "MINY": float(np.min(y)),
    }
    for label, found in stated.items():
        value = number(header.get(label, ""), rows.decimal_comma)
        near = 0.0 if label == "NPOINTS" else 1e-4 * max(abs(value), float(np.max(np.abs(y)))) + 1e-6
        if label.endswith("X"):
            near = 0.5 * float(np.max(np.abs(np.diff(x)))) if len(x) > 1 else 0.0
        if math.isfinite(value) and not abs(value - found) <= near:
            what = f"{label} is {value:g}, but the rows give {found:g}"
            raise file.refusal(what, line=places[label])
    if not math.isfinite(number(header.get("NPOINTS", ""))):
        raise file.refusal("NPOINTS holds no number of points", line=places["NPOINTS"])


def _signal(file: RawFile, written: str, y: np.ndarray, line: int) -> tuple[str, str, tuple[str, ...]]:
    """Return quantity and unit of the ordinate, and how a ratio without a unit was read."""
    ratio = _FRACTIONS.get(plain(written))
    if ratio is None:
        return *ordinate_of(file, written, line), ()
    percent = float(np.max(y)) > _MOST_FRACTION
    note = f"{written} was read as {'percent' if percent else 'a fraction'}, which its numbers reach"
    return ratio, "%" if percent else "1", (note,)


def _settings(header: dict[str, str]) -> dict[str, str | float]:
    found: dict[str, str | float] = {word: header[label] for label, word in _TEXTS.items() if header.get(label)}
    found["instrument"] = f"JASCO {found.get('instrument', '')}".replace("JASCO JASCO", "JASCO").strip()
    stamp = f"{header.get('DATE', '')} {header.get('TIME', '')}"
    if date := iso_date(stamp, "%y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M:%S"):
        found["date"] = date
    resolution = number(header.get("RESOLUTION", ""))
    if resolution > 0.0 and plain(header["XUNITS"]) in ("1/cm", "cm-1"):
        found["resolution"] = setting("resolution", resolution, "1/cm")
    return found


READER = Reader("jasco_text", "JASCO Spectra Manager, text", _sniff, _read)
