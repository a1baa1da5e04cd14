"""HORIBA FluorEssence: scans of a FluoroMax or Fluorolog as text, the columns of a worksheet below names and units.

Rows of the worksheet (``Short Name``, ``Long Name``, ``Units``) stand above the numbers, with or without these words in
the first column. Signals are called after their detectors: ``S1`` raw, ``S1c`` corrected for the response, ``R1`` the
current of the reference diode, ``S1c / R1c`` the ratio. Each signal runs along the wavelength left of it. The worksheet
of an excitation-emission matrix has an excitation wavelength as the long name of each column.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halodot.readers.formats._fixed_format import check_steps
from halodot.readers.formats._plain_text import are_counts, check_last_number, local_date
from halodot.readers.numbers import block, cells, number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values

_SIGNAL = re.compile(r"[SRTA]\d?c?(?:\s*[/*]\s*[SRTA]\d?c?)?", re.IGNORECASE)
_WORDS = ("short name", "long name", "units", "comments", "sampling interval", "sourcename", "timestamp")
_AXES = {
    "wavelength": ("wavelength", "nm"),
    "em wavelength": ("wavelength", "nm"),
    "ex wavelength": ("wavelength", "nm"),
    "emission wavelength": ("wavelength", "nm"),
    "excitation wavelength": ("wavelength", "nm"),
    "time": ("time", "s"),
}
_UNITS = re.compile(r"nm|s|ns|us|ms|cps|counts?|micro ?amps?|[µu]a|v|a\.?u\.?|cps\s*/\s*micro ?amps?|", re.IGNORECASE)
#: rows above the numbers
_MOST_ROWS = 14
#: cells that tell a row of numbers from headings; a row may have millions
_TELLING = 50


class _Heads(NamedTuple):
    """The rows above the numbers."""

    names: list[str]
    units: list[str]
    labelled: bool  # whether the first column holds the words of the worksheet
    others: dict[str, list[str]]
    start: int  # line of the first number
    delimiter: str


def _sniff(file: RawFile) -> Match:
    if not file.encoding:
        return Match.NO
    return Match.LAYOUT if _heads(file) is not None else Match.NO


def _heads(file: RawFile) -> _Heads | None:
    """Return the rows above the numbers, None where they are not those of FluorEssence."""
    delimiter = "\t" if "\t" in file.lines[0] else ","
    if delimiter not in file.lines[0]:
        return None
    rows = []
    for line in file.lines[:_MOST_ROWS]:
        row = cells(line, delimiter)
        filled = [cell for cell in row if cell][:_TELLING]
        if filled and all(np.isfinite(number(cell, decimal_comma=True)) for cell in filled):
            break
        rows.append(row)
    labelled = bool(rows) and any(row[0].casefold() in _WORDS[:3] for row in rows)
    place = next((k for k, row in enumerate(rows) if _names(row, labelled)), -1)
    if not rows or len(rows) == _MOST_ROWS or place < 0:
        return None
    named = {row[0].casefold(): row for row in rows if labelled}
    names = named.get("long name", rows[place])
    below = rows[place + 1] if place + 1 < len(rows) else []
    units = named.get("units", below if all(_UNITS.fullmatch(cell) for cell in below) else [])
    others = {row[0] or f"row {k + 1}": row for k, row in enumerate(rows) if row is not names and row is not units}
    return _Heads(names, units, labelled, others, len(rows) + 1, delimiter)


def _names(row: Sequence[str], labelled: bool) -> bool:
    """Whether a row names a wavelength or a time and signals of the detectors, or is a matrix's with its words."""
    own = [cell.casefold() for cell in (row[1:] if labelled else row)]
    if not any(name in _AXES for name in own):
        return False
    others = [name for name in own if name and name not in _AXES]
    signals = bool(others) and all(_SIGNAL.fullmatch(name) for name in others)
    matrix = labelled and len(others) > 3 and all(np.isfinite(number(name)) for name in others)
    return signals or matrix


def _read(file: RawFile) -> Recording:
    heads = _heads(file)
    if heads is None:
        raise file.refusal("rows of names and units of FluorEssence were expected", line=1)
    names = heads.names[1:] if heads.labelled else list(heads.names)
    while names and not names[-1]:
        names.pop()
    numbered = len(cells(file.line(heads.start, "a row of numbers"), heads.delimiter)) > len(names)
    skip = 1 if heads.labelled and numbered else 0
    numbers = block(file, heads.start, delimiter=heads.delimiter, columns=len(names) + skip)
    last = heads.start - 1 + numbers.lines
    check_last_number(file, [cells(line, heads.delimiter) for line in file.lines[heads.start - 1 : last]], heads.start)
    if any(line.strip(" \t,") for line in file.lines[last:]):
        raise file.refusal("a row of numbers was expected", line=last + 1)
    units = heads.units[1:] if heads.labelled else list(heads.units)
    units += [""] * (len(names) - len(units))
    header = {key: "\t".join(cell for cell in row[heads.labelled :] if cell) for key, row in heads.others.items()}
    header["names"] = "\t".join(names)
    header["units"] = "\t".join(units)
    values = numbers.values[:, skip:]
    numeric = [np.isfinite(number(name)) for name in names]
    metadata: dict[str, str | float] = {"instrument": "HORIBA", "software": "FluorEssence"}
    if date := next((local_date(cell) for cell in heads.others.get("TimeStamp", [])[1:] if cell), ""):
        metadata["date"] = date
    if sum(numeric) == len(names) - 1:
        return Recording("excitation_emission", (_matrix(file, names, units, values, heads.start),), metadata, header)
    return Recording(_kind(names), _curves(file, names, units, values, heads.start), metadata, header)


def _kind(names: Sequence[str]) -> str:
    plain = " ".join(names).casefold()
    if "time" in plain:
        return "time_series"
    if re.search(r"\bex(citation)? wavelength", plain) and "em wavelength" not in plain:
        return "excitation_spectrum"
    return "photoluminescence" if re.search(r"\bem(ission)? wavelength", plain) else "spectrum"


def _axis(file: RawFile, name: str, unit: str, values: NDArray[np.float64], line: int) -> Values:
    quantity, usual = _AXES[name.casefold()]
    plain = unit.replace("µ", "u").casefold() or usual
    if plain not in {"wavelength": ("nm", "um"), "time": ("s", "ms", "us", "ns", "min")}[quantity]:
        raise file.refusal(f"{name} is in {unit!r}; {usual} was expected", line=line)
    return Values(quantity, values, plain, "", name)


def _signal(name: str, unit: str, values: NDArray[np.float64]) -> Values:
    """Return a signal: counts and rates only where a detector's number is neither corrected nor divided."""
    plain = unit.casefold().replace(" ", "")
    slug = re.sub(r"\W+", "_", name.casefold()).strip("_")
    raw = re.fullmatch(r"[SRTA]\d?", name, re.IGNORECASE) is not None
    if raw and plain == "cps":
        return Values("count_rate", values, "1/s", f"count_rate_{slug}", name)
    if raw and plain in ("count", "counts") and are_counts(values):
        return Values("counts", values, "1", f"counts_{slug}", name)
    if raw and plain in ("microamps", "microamp", "ua", "µa"):
        return Values("photocurrent", values, "uA", f"photocurrent_{slug}", name)
    return Values("intensity", values, "1", f"intensity_{slug}", f"{name} ({unit})" if unit else name)


def _curves(
    file: RawFile, names: Sequence[str], units: Sequence[str], values: NDArray[np.float64], line: int
) -> tuple[Curve, ...]:
    """Return a curve for each set of signals with the same wavelengths."""
    found: list[tuple[Values, list[Values]]] = []
    axis: Values | None = None
    for place, (name, unit) in enumerate(zip(names, units)):
        column = values[:, place]
        if name.casefold() in _AXES:
            axis = _axis(file, name, unit, column, line)
            continue
        if axis is None or not _SIGNAL.fullmatch(name):
            raise file.refusal(f"a wavelength left of {name!r} was expected", line=line)
        kept = np.isfinite(axis.values)
        if np.isnan(column[kept]).any() and not np.isnan(column[kept]).all():
            raise file.refusal(f"a number in each row of {name!r} was expected", line=line)
        own = Values(axis.quantity, axis.values[kept], axis.unit, "", axis.heading)
        check_steps(file, own.values, line)
        signal = _signal(name, unit, column[kept])
        home = next((item for item in found if _joins(item, own, signal)), None)
        if home is None:
            found.append((own, [signal]))
        else:
            home[1].append(signal)
    if not found:
        raise file.refusal("a signal of a detector was expected", line=line)
    return tuple(Curve((own,), tuple(signals)) for own, signals in found)


def _joins(item: tuple[Values, list[Values]], axis: Values, signal: Values) -> bool:
    same = item[0].quantity == axis.quantity and np.array_equal(item[0].values, axis.values)
    return same and all(other.name != signal.name for other in item[1])


def _matrix(file: RawFile, names: Sequence[str], units: Sequence[str], values: NDArray[np.float64], line: int) -> Curve:
    """Return the matrix of a worksheet whose long names are excitation wavelengths."""
    place = next((k for k, name in enumerate(names) if name.casefold() in _AXES), -1)
    if place != 0 or np.isnan(values).any():
        raise file.refusal(
            "emission wavelengths in the first column and a number in each cell were expected", line=line
        )
    excitation = Values("excitation_wavelength", np.array([number(name) for name in names[1:]]), "nm")
    emission = Values("emission_wavelength", values[:, 0], "nm")
    for axis in (excitation, emission):
        steps = np.diff(axis.values)
        if not (np.all(steps > 0.0) or np.all(steps < 0.0)) or axis.values.min() < 150.0:
            raise file.refusal("wavelengths that run in one direction were expected", line=line)
    rate = all(unit.casefold() == "cps" for unit in units[1 : len(names)])
    signal = Values("intensity", values[:, 1:], "1", "", f"({units[1]})" if rate else "")
    return Curve((emission, excitation), (signal,))


READER = Reader("fluoressence_text", "HORIBA FluorEssence scans as text (FluoroMax, Fluorolog)", _sniff, _read)
