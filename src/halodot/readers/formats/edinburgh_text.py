"""Edinburgh Instruments, Fluoracle and F900: spectra as text, a header of labels and a column for each scan.

The header has one label a line (``Labels``, ``Type``, ``Start`` ... ``Xaxis``, ``Yaxis``), a cell for each scan, then
an empty line and rows of numbers. ``Fixed/Offset`` is the monochromator that stands still: the excitation of an
emission scan, the emission of an excitation scan. Slits are bandwidths in nm, dwell times seconds, temperatures K.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from halodot.readers.numbers import block, cells, number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import setting

_AXES = {
    "wavelength": ("wavelength", "nm"),
    "wavelength (nm)": ("wavelength", "nm"),
    "time": ("time", "ns"),
    "time (ns)": ("time", "ns"),
}
_SIGNALS = {"counts": ("counts", "1"), "cps": ("count_rate", "1/s"), "intensity": ("intensity", "1")}
_CORRECTIONS = ("Scan Corr. by File", "Corr. by Ref. Det.", "Fixed/Offset Corr. by File")
_KINDS = {
    "emission scan": "photoluminescence",
    "excitation scan": "excitation_spectrum",
    "synchronous scan": "spectrum",
    "kinetic scan": "time_series",
    "manual lifetime": "decay",
    "tcspc decay": "decay",
    "decay": "decay",
}


def _sniff(file: RawFile) -> Match:
    if not file.encoding:
        return Match.NO
    head = [line.split(",")[0].split("\t")[0].strip() for line in file.lines[:12]]
    known = head[0] == "Labels" and "Type" in head and {"Start", "Xaxis"} & set(head)
    return Match.LAYOUT if known else Match.NO


def _read(file: RawFile) -> Recording:
    delimiter = "\t" if "\t" in file.line(1) else ","
    first = next((place for place, line in enumerate(file.lines, 1) if not line.strip(" ,;\t")), 0)
    if not first:
        raise file.refusal("an empty line between header and numbers was expected", line=len(file.lines))
    header = {row[0]: row[1:] for row in (cells(line, delimiter) for line in file.lines[: first - 1])}
    numbers = block(file, first + 1, delimiter=delimiter)
    scans = [place for place, label in enumerate(header["Labels"]) if label]
    if numbers.columns not in (len(scans) + 1, len(scans) + 2):
        what = f"a column of x and one for each of {len(scans)} scans were expected, not {numbers.columns} columns"
        raise file.refusal(what, line=first + 1)
    kind = _KINDS.get(_cell(header, "Type", 0).casefold(), "spectrum")
    curves = []
    for place in scans:
        axis, axis_unit = _named(file, header, "Xaxis", place, _AXES)
        signal, unit = _named(file, header, "Yaxis", place, _SIGNALS)
        if any(_cell(header, key, place).casefold() == "true" for key in _CORRECTIONS):
            signal, unit = "intensity", "1"  # less a dark signal and scaled, it is no count any more
        kept = ~np.isnan(numbers.values[:, place + 1])
        x = Values(axis, numbers.values[kept, 0], axis_unit)
        y = Values(signal, numbers.values[kept, place + 1], unit)
        _check_range(file, header, place, x, first)
        curves.append(Curve((x,), (y,), header["Labels"][place], _settings(header, place, kind)))
    plain = {key: ", ".join(cell for cell in row if cell) for key, row in header.items()}
    return Recording(kind, tuple(curves), {"instrument": "Edinburgh Instruments"}, plain)


def _cell(header: Mapping[str, list[str]], key: str, place: int) -> str:
    row = header.get(key, [])
    return row[place] if place < len(row) else ""


def _named(
    file: RawFile, header: Mapping[str, list[str]], key: str, place: int, known: Mapping[str, tuple[str, str]]
) -> tuple[str, str]:
    """Return the quantity of an axis and its unit."""
    written = _cell(header, key, place)
    if written.casefold() not in known:
        line = list(header).index(key) + 1 if key in header else 0
        raise file.refusal(f"{key} is {written!r}; one of {', '.join(known)} was expected", line=line)
    return known[written.casefold()]


def _check_range(file: RawFile, header: Mapping[str, list[str]], place: int, x: Values, first: int) -> None:
    """Refuse a file whose numbers end before the scan that its header describes does."""
    stop = number(_cell(header, "Stop", place))
    step = number(_cell(header, "Step", place))
    if math.isfinite(stop) and math.isfinite(step) and abs(x.values[-1] - stop) > 1.5 * abs(step):
        line = first + len(x.values)
        raise file.refusal(f"the scan goes to {stop:g}, but the numbers end at {x.values[-1]:g}", line=line)


def _settings(header: Mapping[str, list[str]], place: int, kind: str) -> dict[str, str | float]:
    found: dict[str, str | float] = {"sample": _cell(header, "Labels", place)}
    for key, word in (("Lamp", "source"), ("Detector", "detector"), ("Comment", "comment")):
        if text := _cell(header, key, place):
            found[word] = text
    excitation = kind == "excitation_spectrum"
    numbers = {
        "Dwell Time": ("integration_time", "s"),
        "Repeats": ("scans", "1"),
        "Temp": ("temperature", "K"),
        "Scan Slit": ("excitation_bandwidth" if excitation else "bandwidth", "nm"),
        "Fixed/Offset Slit": ("bandwidth" if excitation else "excitation_bandwidth", "nm"),
        "Fixed/Offset": ("emission_wavelength" if excitation else "excitation_wavelength", "nm"),
    }
    for key, (word, unit) in numbers.items():
        value = number(_cell(header, key, place))
        if math.isfinite(value) and value > 0.0:
            found[word] = setting(word, value, unit)
    return found


READER = Reader("edinburgh_text", "Edinburgh Instruments spectra as text (Fluoracle, F900)", _sniff, _read)
