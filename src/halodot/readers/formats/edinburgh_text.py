"""Edinburgh Instruments, Fluoracle and F980: spectra, maps and decays as text, a header of labels above columns.

The header has one label a line (``Labels``, ``Type``, ``Start`` ... ``Xaxis``, ``Yaxis``), a cell for each scan, then
an empty line and rows of numbers. ``Fixed/Offset`` is the monochromator that stands still: the excitation of an
emission scan, the emission of an excitation scan. Slits are bandwidths in nm, dwell times seconds, temperatures K.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halodot.readers.formats._fixed_format import check_decimals
from halodot.readers.formats._plain_text import are_counts, check_last_number
from halodot.readers.numbers import block, cells, number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import setting

_AXES = {"wavelength": "wavelength", "time": "time", "temperature": "temperature", "wavenumber": "wavenumber"}
_AXIS_UNITS = {"wavelength": "nm", "time": "ns", "temperature": "K", "wavenumber": "1/cm"}
_SIGNALS = {
    "counts": ("counts", "1"),
    "cps": ("count_rate", "1/s"),
    "counts/s": ("count_rate", "1/s"),
    "intensity": ("intensity", "1"),
    "ratio": ("intensity", "1"),
    "anisotropy": ("intensity", "1"),
    "absorbance": ("absorbance", "1"),
}
_CORRECTIONS = ("Scan Corr. by File", "Corr. by Ref. Det.", "Fixed/Offset Corr. by File", "Background Corr.")
_KINDS = (
    ("emission", "photoluminescence"),
    ("excitation", "excitation_spectrum"),
    ("synchronous", "spectrum"),
    ("absor", "absorption"),
    ("kinetic", "time_series"),
    ("lifetime", "decay"),
    ("tcspc", "decay"),
    ("mcs", "decay"),
    ("decay", "decay"),
    ("time scan", "decay"),
    ("irf", "decay"),
)
_UNIT = re.compile(r"\s*\(([^)]*)\)\s*$")
#: lines that may stand above the labels: a title, the name of a file
_MOST_TITLES = 12


def _sniff(file: RawFile) -> Match:
    return Match.LAYOUT if file.encoding and _labels_line(file) else Match.NO


def _labels_line(file: RawFile) -> int:
    """Return the line of the labels, 0 where there is none with a type and axes below."""
    firsts = [re.split(r"[,;\t]", line)[0].strip() for line in file.lines[: _MOST_TITLES + 30]]
    if "Labels" not in firsts[:_MOST_TITLES]:
        return 0
    place = firsts.index("Labels")
    below = {word.casefold() for word in firsts[place : place + 30]}
    return place + 1 if "type" in below and below & {"start", "xaxis"} else 0


def _read(file: RawFile) -> Recording:
    labels = _labels_line(file)
    if not labels:
        raise file.refusal("a line of labels with a type and axes below it was expected", line=1)
    delimiter = next((mark for mark in "\t;" if mark in file.line(labels)), ",")
    blank = (place for place, line in enumerate(file.lines, 1) if place > labels and not line.strip(" ,;\t"))
    first = next(blank, 0)
    if not first:
        raise file.refusal("an empty line between header and numbers was expected", line=len(file.lines))
    rows = [cells(line, delimiter) for line in file.lines[labels - 1 : first - 1]]
    header = {_SPELLINGS.get(row[0].casefold(), row[0]): row[1:] for row in rows}
    lines = {_SPELLINGS.get(row[0].casefold(), row[0]): place for place, row in enumerate(rows, labels)}
    while first < len(file.lines) and re.match(r"\s*[A-Za-z]", file.lines[first]):
        first += 1  # a line of headings above the numbers
    numbers = block(file, first + 1, delimiter=delimiter)
    last = first + numbers.lines
    check_last_number(file, [_filled(cells(line, delimiter)) for line in file.lines[first:last]], first + 1)
    check_decimals(file, numbers, delimiter, numbers.columns)
    scans = [place for place, label in enumerate(header["Labels"]) if label]
    pairs = len(scans) > 1 and numbers.columns in (2 * len(scans), 2 * len(scans) + 1)
    if not pairs and numbers.columns not in (len(scans) + 1, len(scans) + 2):
        what = f"a column of x and one for each of {len(scans)} scans were expected, not {numbers.columns} columns"
        raise file.refusal(what, line=first + 1)
    table = _Table(file, header, lines, numbers.values, pairs, first)
    kind = _kind(_cell(header, "Type", 0))
    curves = tuple(_curve(table, place, kind) for place in scans)
    plain = {key: ", ".join(cell for cell in row if cell) for key, row in header.items()}
    metadata: dict[str, str | float] = {"instrument": "Edinburgh Instruments"}
    if "map" in _cell(header, "Type", 0).casefold() and (matrix := _matrix(header, scans, curves, kind)):
        return Recording("excitation_emission", (matrix,), metadata, plain)
    return Recording(kind, curves, metadata, plain)


#: how versions of the program write the same label
_SPELLINGS = {
    "labels": "Labels",
    "type": "Type",
    "xaxis": "Xaxis",
    "x axis": "Xaxis",
    "yaxis": "Yaxis",
    "y axis": "Yaxis",
}


class _Table(NamedTuple):
    """A file taken apart."""

    file: RawFile
    header: Mapping[str, list[str]]
    lines: Mapping[str, int]  # of the labels
    values: NDArray[np.float64]
    pairs: bool  # whether each scan has its own column of x
    first: int  # line above the numbers


def _filled(row: list[str]) -> list[str]:
    while len(row) > 1 and not row[-1]:
        row.pop()
    return row


def _kind(written: str) -> str:
    """Return the kind of measurement of a type of scan."""
    return next((kind for word, kind in _KINDS if word in written.casefold()), "spectrum")


def _curve(table: _Table, place: int, kind: str) -> Curve:
    file, header = table.file, table.header
    axis, axis_unit = _axis(table, place)
    signal, unit = _signal(table, place)
    column, beside = (2 * place + 1, 2 * place) if table.pairs else (place + 1, 0)
    values = table.values[:, column]
    kept = ~np.isnan(values)
    values = values[kept]
    stated = any(key in header for key in _CORRECTIONS)
    if any(_cell(header, key, place).casefold() == "true" for key in _CORRECTIONS):
        signal, unit = ("intensity", "1") if signal in ("counts", "count_rate") else (signal, unit)
    elif signal == "counts" and (not are_counts(values) or (not stated and not np.all(values == np.round(values)))):
        signal = "intensity"  # below zero, or parts of a count: it was corrected
    x = Values(axis, table.values[kept, beside], axis_unit, "", _cell(header, "Xaxis", place))
    y = Values(signal, values, unit, "", _cell(header, "Yaxis", place))
    if len(values) == 0:
        raise file.refusal(f"the scan {_cell(header, 'Labels', place)!r} has no numbers", line=table.first + 1)
    _check_range(file, header, place, x, table.first)
    return Curve((x,), (y,), header["Labels"][place], _settings(header, place, kind))


def _matrix(header: Mapping[str, list[str]], scans: list[int], curves: tuple[Curve, ...], kind: str) -> Curve | None:
    """Return the scans of a map over the wavelength that stands still in each, None where they form no matrix."""
    fixed = np.array([number(_cell(header, "Fixed/Offset", place)) for place in scans])
    steps = np.diff(fixed)
    one_way = len(fixed) > 1 and bool(np.all(steps > 0.0) or np.all(steps < 0.0))
    first = curves[0]
    alike = all(
        curve.signals[0].quantity == first.signals[0].quantity
        and np.array_equal(curve.axes[0].values, first.axes[0].values)
        for curve in curves
    )
    if not one_way or not alike or kind not in ("photoluminescence", "excitation_spectrum"):
        return None
    emission = kind == "photoluminescence"
    scanned = Values("emission_wavelength" if emission else "excitation_wavelength", first.axes[0].values, "nm")
    still = Values("excitation_wavelength" if emission else "emission_wavelength", fixed, "nm")
    values = np.stack([curve.signals[0].values for curve in curves], axis=1)
    axes, values = ((scanned, still), values) if emission else ((still, scanned), values.T)
    signal = first.signals[0]
    shared = {
        key: value for key, value in first.metadata.items() if all(curve.metadata.get(key) == value for curve in curves)
    }
    return Curve(axes, (Values(signal.quantity, values, signal.unit, "", signal.heading),), "", shared)


def _cell(header: Mapping[str, list[str]], key: str, place: int) -> str:
    row = header.get(key, [])
    return row[place] if place < len(row) else ""


def _axis(table: _Table, place: int) -> tuple[str, str]:
    """Return the quantity of x and its unit."""
    written = _cell(table.header, "Xaxis", place) or _cell(table.header, "Xaxis", 0)
    if not written and _kind(_cell(table.header, "Type", place)) in ("photoluminescence", "excitation_spectrum"):
        written = "Wavelength"
    quantity = _AXES.get(_UNIT.sub("", written).strip().casefold(), "")
    if not quantity:
        known = ", ".join(_AXES)
        line = table.lines.get("Xaxis", 0)
        raise table.file.refusal(f"Xaxis is {written!r}; one of {known} was expected", line=line)
    unit = _UNIT.search(written)
    return quantity, unit[1].replace("µ", "u") if unit else _AXIS_UNITS[quantity]


def _signal(table: _Table, place: int) -> tuple[str, str]:
    """Return the quantity of y and its unit."""
    written = _cell(table.header, "Yaxis", place) or _cell(table.header, "Yaxis", 0)
    plain = _UNIT.sub("", written).strip().casefold()
    inside = _UNIT.search(written)
    known = _SIGNALS.get((inside[1].strip().casefold() if inside else ""), _SIGNALS.get(plain))
    if known is None:
        what = f"Yaxis is {written!r}; one of {', '.join(_SIGNALS)} was expected"
        raise table.file.refusal(what, line=table.lines.get("Yaxis", 0))
    return known


def _check_range(file: RawFile, header: Mapping[str, list[str]], place: int, x: Values, first: int) -> None:
    """Refuse a file whose numbers end before the scan that its header describes does."""
    stop = number(_cell(header, "Stop", place))
    step = number(_cell(header, "Step", place))
    if math.isfinite(stop) and math.isfinite(step) and abs(x.values[-1] - stop) > 1.5 * abs(step):
        line = first + len(x.values)
        raise file.refusal(f"the scan goes to {stop:g}, but the numbers end at {x.values[-1]:g}", line=line)
    if math.isfinite(step) and step != 0.0 and x.quantity == "wavelength" and len(x.values) > 1:
        # a step of the monochromator is written with two decimals
        off = np.abs(np.abs(np.diff(x.values)) - abs(step)) > 0.3 * abs(step) + 0.011
        if off.any():
            line = first + int(np.argmax(off)) + 2
            raise file.refusal(f"a step of {step:g} nm was expected", line=line)


def _settings(header: Mapping[str, list[str]], place: int, kind: str) -> dict[str, str | float]:
    found: dict[str, str | float] = {"sample": _cell(header, "Labels", place)}
    for key, word in (("Lamp", "source"), ("Detector", "detector"), ("Comment", "comment")):
        if text := _cell(header, key, place):
            found[word] = text
    excitation = kind == "excitation_spectrum"
    numbers: dict[str, tuple[str, str]] = {
        "Dwell Time": ("integration_time", "s"),
        "Repeats": ("scans", "1"),
        "Temp": ("temperature", "K"),
        "Scan Slit": ("excitation_bandwidth" if excitation else "bandwidth", "nm"),
        "Fixed/Offset Slit": ("bandwidth" if excitation else "excitation_bandwidth", "nm"),
    }
    if kind in ("photoluminescence", "excitation_spectrum"):  # of a synchronous scan it is a distance
        numbers["Fixed/Offset"] = ("emission_wavelength" if excitation else "excitation_wavelength", "nm")
    for key, (word, unit) in numbers.items():
        value = number(_cell(header, key, place))
        if math.isfinite(value) and value > 0.0:
            found[word] = setting(word, value, unit)
    return found


READER = Reader("edinburgh_text", "Edinburgh Instruments spectra as text (Fluoracle, F900)", _sniff, _read)
