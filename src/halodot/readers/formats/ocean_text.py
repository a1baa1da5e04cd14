"""Ocean Optics spectra as text: SpectraSuite, OceanView, Jaz and OOIBase32 (``.Master.Scope``), in any language.

A line names the program, ``label: value`` lines follow, then ``>>>>>Begin ... Spectral Data<<<<<``, rows of wavelength
and signal, and in all but OceanView ``>>>>>End ...<<<<<``. The number of pixels is stated. Integration times are in
microseconds (SpectraSuite, Jaz), milliseconds (OOIBase32) or seconds (OceanView), as the label says. Jaz heads its
columns with letters: W wavelength, D dark, R reference, S sample, P processed. A time series of OceanView has the
wavelengths in its first row and a spectrum behind the time in each of the others. Decimals stand behind a comma where
the computer's language has it so.

No program but Jaz writes what a processed signal is; see `_signal` for what is known from the rest.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halodot.readers.formats._ocean_header import meanings, settings, yes
from halodot.readers.numbers import number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values

_MARK = re.compile(r">{5}.+<{5}.*")
_LONGEST_HEADER = 80
_AXES = {
    "": ("wavelength", "nm"),
    "wavelengths": ("wavelength", "nm"),
    "raman shifts": ("raman_shift", "1/cm"),
    "raman shift": ("raman_shift", "1/cm"),
    "wavenumbers": ("wavenumber", "1/cm"),
    "pixels": ("channel", "1"),
}
_COLUMNS = {"D": "dark", "R": "reference", "S": "sample", "P": "processed"}
#: what stands for a ratio whose reference is zero or below
_NO_NUMBER = ("nan", "infinity", "-infinity", "inf", "-inf", "∞", "-∞", "\ufffd", "-\ufffd")
_TITLES = (
    ("irradiance", ("spectral_irradiance", "uW/cm2/nm")),
    ("transmi", ("transmittance", "%")),
    ("reflect", ("reflectance", "%")),
    ("absor", ("absorbance", "1")),
)


class _Table(NamedTuple):
    """The rows between the marks."""

    columns: tuple[str, ...]  # letters of Jaz, empty where there is no row of them
    rows: tuple[tuple[str, ...], ...]
    first_line: int
    ended: bool  # a mark stands behind the last row


def _sniff(file: RawFile) -> Match:
    return Match.SIGNATURE if file.encoding and _begin(file) else Match.NO


def _begin(file: RawFile) -> int:
    """Return the line of the first mark, 0 where there is none."""
    for place, line in enumerate(file.lines[:_LONGEST_HEADER], 1):
        if _MARK.fullmatch(line.strip()):
            return place
    return 0


def _read(file: RawFile) -> Recording:
    begin = _begin(file)
    if not begin:
        raise file.refusal(">>>>>Begin Spectral Data<<<<< was expected among the first lines", line=1)
    title, header = _header(file, begin)
    found = meanings(header)
    table = _table(file, begin)
    metadata = settings(found) | _program(title)
    axis = found.get("axis", "").strip().casefold()
    if axis not in _AXES:
        raise file.refusal(f"the x axis is {found['axis']!r}; one of {', '.join(_AXES)} was expected")
    if len(table.rows[0]) > 6:
        return _series(file, table, found, _AXES[axis], metadata, header)
    values, more = _numbers(file, table, found)
    x = Values(_AXES[axis][0], values[:, 0], _AXES[axis][1])
    signals, notes = _signals(file, table, values, title, found)
    kind = _kind(signals, title)
    return Recording(kind, (Curve((x,), signals),), metadata, header, notes=more + notes)


def _program(title: str) -> dict[str, str | float]:
    """Return the program, and the name under which OceanView saved."""
    node = re.fullmatch(r"Data from (.+) Node", title)
    if node:
        return {"software": "OceanView", "title": node[1]}
    program = re.sub(r" (Data|Absolute Irradiance|\w+) File$", "", title)
    return {"software": program} if program else {}


def _header(file: RawFile, begin: int) -> tuple[str, dict[str, str]]:
    """Return the first line, and labels and values of the others."""
    lines = [line.strip() for line in file.lines[: begin - 1]]
    title = next((line for line in lines if line), "")
    pairs = [line.partition(":") for line in lines if ":" in line.rstrip(":") and line != title]
    return title, {label.strip(): value.strip() for label, _, value in pairs}


def _table(file: RawFile, begin: int) -> _Table:
    lines = file.lines
    end = next((place for place in range(begin + 1, len(lines) + 1) if _MARK.fullmatch(lines[place - 1].strip())), 0)
    last = (end or len(lines) + 1) - 1
    while last > begin and not lines[last - 1].strip():
        last -= 1
    if not end and last == len(lines):
        raise file.refusal("the file ends within a row, or its last line end is cut off", line=last)
    rest = [place for place in range(end + 1, len(lines) + 1) if end and lines[place - 1].strip()]
    if rest:
        raise file.refusal("nothing was expected behind the end of the data", line=rest[0])
    first = begin + 1
    if first > last:
        raise file.refusal("rows of numbers were expected", line=begin)
    heads = tuple(lines[first - 1].split())
    letters = heads if heads and heads[0] == "W" else ()
    rows = tuple(_cells(line) for line in lines[first - 1 + bool(letters) : last])
    if not rows:
        raise file.refusal("rows of numbers were expected", line=first)
    return _Table(letters, rows, first + bool(letters), bool(end))


def _cells(line: str) -> tuple[str, ...]:
    parts = line.split("\t") if "\t" in line else line.split()
    return tuple(part.strip() for part in parts)


def _numbers(file: RawFile, table: _Table, found: Mapping[str, str]) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Return the numbers of the rows, held against the number of pixels, and what there is to say of these.

    OceanView, which writes no end mark, states the pixels of one spectrometer where the spectra of two are spliced.
    """
    width = len(table.columns) or 2
    comma = _decimal_comma(file, table)
    values = np.empty((len(table.rows), width))
    for place, row in enumerate(table.rows):
        line = table.first_line + place
        if len(row) != width:
            raise file.refusal(f"{width} numbers were expected, not {' '.join(row)[:60]!r}", line=line)
        for column, cell in enumerate(row):
            values[place, column] = _number(file, cell, comma, line, may_lack=column > 0)
    pixels = number(found.get("pixels", "").split(" ")[0])
    if not math.isfinite(pixels):
        if not table.ended:
            raise file.refusal("neither an end mark nor a number of pixels tells whether the rows are complete")
        return values, ()
    stated = f"{pixels:.0f} pixels are stated, but there are {len(values)} rows"
    if len(values) < pixels or (table.ended and len(values) != pixels):
        raise file.refusal(stated, line=table.first_line + len(values) - 1)
    return values, ((f"{stated}: spectra were spliced",) if len(values) > pixels else ())


def _number(file: RawFile, cell: str, comma: bool, line: int, may_lack: bool) -> float:
    value = number(cell, comma)
    if math.isnan(value) and not (may_lack and cell.casefold() in _NO_NUMBER):
        raise file.refusal(f"a number was expected, not {cell[:40]!r}", line=line)
    return value


def _decimal_comma(file: RawFile, table: _Table) -> bool:
    """Whether decimals stand behind commas; both marks in one file are refused."""
    comma = point = 0
    for line, row in enumerate(table.rows, table.first_line):
        comma = comma or (line if any("," in cell for cell in row) else 0)
        point = point or (line if any("." in cell for cell in row) else 0)
        if comma and point:
            where = f"decimals stand behind a comma here and behind a point in line {min(comma, point)}"
            raise file.refusal(where, line=line)
    return bool(comma)


# -------------------------------------------------------------------------------------------------------------- signals


def _signals(
    file: RawFile, table: _Table, values: NDArray[np.float64], title: str, found: Mapping[str, str]
) -> tuple[tuple[Values, ...], tuple[str, ...]]:
    if not table.columns:
        signal, unit, note = _signal(table.rows, values[:, 1], title, found)
        return (Values(signal, values[:, 1], unit),), ((note,) if note else ())
    columns = dict(zip(table.columns[1:], values.T[1:]))
    if unknown := [letter for letter in columns if letter not in _COLUMNS]:
        what = f"column {unknown[0]!r} is not known; W, D, R, S and P are"
        raise file.refusal(what, line=table.first_line - 1)
    signals = []
    for letter, numbers in columns.items():
        signal, unit = _jaz(letter, columns, title)
        plain = letter == "S" or len(columns) == 1 or signal not in ("counts", "intensity")
        signals.append(Values(signal, numbers, unit, "" if plain else f"{signal}_{_COLUMNS[letter]}", letter))
    unsaid = "P" in columns and _named(title) is None
    return tuple(signals), (("the file does not say what the processed signal P is",) if unsaid else ())


def _named(title: str) -> tuple[str, str] | None:
    """Return quantity and unit that the first line of Jaz names; in that of OceanView stands what the user typed."""
    if not title.startswith("Jaz"):
        return None
    return next((named for word, named in _TITLES if word in title.casefold()), None)


def _jaz(letter: str, columns: Mapping[str, NDArray[np.float64]], title: str) -> tuple[str, str]:
    """Return quantity and unit of a column of Jaz: the title says what P is, or S where nothing was processed."""
    named = _named(title)
    processed = "P" if np.any(columns.get("P", 0.0)) else "S"
    if named and letter == processed:
        return named
    raw = letter != "P" and not np.any(columns[letter] < 0.0)
    return ("counts" if raw and not (named and letter == "S") else "intensity"), "1"


def _signal(
    rows: Sequence[Sequence[str]], signal: NDArray[np.float64], title: str, found: Mapping[str, str]
) -> tuple[str, str, str]:
    """Return quantity and unit of the one signal of a file, and how they were known.

    - The title of a Jaz file names a ratio or an irradiance.
    - SpectraSuite writes its absolute irradiance, and no other signal, with exponents; a dark spectrum and no reference
      belong to it, and zeros stand where the calibration ends.
    - Without dark and reference spectra and electrical dark correction it is what the detector counted.
    - Whole non-negative numbers are counts.
    """
    if named := _named(title):
        return *named, ""
    dark, reference = (yes(found.get(f"{name}_present", "")) for name in ("dark", "reference"))
    suite = "spectrasuite" in title.casefold()
    zeros = signal[0] == 0.0 and signal[-1] == 0.0
    if suite and dark and reference is False and zeros and all("E" in row[1].upper() for row in rows):
        note = "taken for absolute irradiance in uW/cm2/nm, which SpectraSuite alone writes with exponents; "
        return "spectral_irradiance", "uW/cm2/nm", note + "zeros lie outside its calibration"
    corrected = yes(found.get("dark_corrected", ""))
    finite = signal[np.isfinite(signal)]
    whole = finite.size > 0 and finite.min() >= 0.0 and bool(np.all(finite == np.round(finite))) and finite.max() > 1.0
    raw = dark is False and reference is False and not corrected and finite.size > 0 and finite.min() >= 0.0
    if whole or raw:
        return "counts", "1", ""
    return "intensity", "1", "the file does not say what the signal is: counts less a dark signal, or a ratio"


def _kind(signals: Sequence[Values], title: str) -> str:
    quantities = {signal.quantity for signal in signals}
    if "spectral_irradiance" in quantities:
        return "irradiance"
    return "absorption" if quantities & {"transmittance", "reflectance", "absorbance"} else "spectrum"


# ---------------------------------------------------------------------------------------------------------- time series


def _series(
    file: RawFile,
    table: _Table,
    found: Mapping[str, str],
    axis: tuple[str, str],
    metadata: Mapping[str, str | float],
    header: Mapping[str, str],
) -> Recording:
    """Return the spectra of a time series: the wavelengths in the first row, then a time and a spectrum in each."""
    comma = _decimal_comma(file, _Table((), tuple(row[-3:] for row in table.rows), table.first_line, True))
    first = [cell for cell in table.rows[0] if cell]
    wavelengths = np.array([_number(file, cell, comma, table.first_line, False) for cell in first])
    count = len(wavelengths)
    times = np.empty(len(table.rows) - 1)
    signal = np.empty((len(table.rows) - 1, count))
    if not len(times):
        raise file.refusal("a row of times and signals was expected", line=table.first_line)
    for place, row in enumerate(table.rows[1:]):
        line = table.first_line + 1 + place
        stamps = len(row) - count
        if stamps not in (1, 2):
            raise file.refusal(f"a time and {count} numbers were expected, not {len(row)} cells", line=line)
        times[place] = _time(file, row[:stamps], line)
        signal[place] = [_number(file, cell, comma, line, True) for cell in row[stamps:]]
    times -= times[0]
    if np.any(np.diff(times) <= 0.0):
        place = int(np.argmax(np.diff(times) <= 0.0)) + 1
        raise file.refusal("the times turn back or stand still", line=table.first_line + 1 + place)
    quantity, unit, note = _signal((), signal.ravel(), "", found)
    axes = (Values("time", times, "s"), Values(axis[0], wavelengths, axis[1]))
    curve = Curve(axes, (Values(quantity, signal, unit),))
    return Recording("spectrum", (curve,), metadata, header, notes=(note,) if note else ())


def _time(file: RawFile, stamps: Sequence[str], line: int) -> float:
    """Return the time of a spectrum [s]: milliseconds since 1970 where they stand, else a date, else a time of day."""
    if len(stamps) == 2 and math.isfinite(milliseconds := number(stamps[1])):
        return milliseconds / 1e3
    for layout in ("%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S", "%H:%M:%S.%f", "%H:%M:%S"):
        try:
            return (datetime.strptime(stamps[0].replace(",", "."), layout) - datetime(1900, 1, 1)).total_seconds()
        except ValueError:
            continue
    raise file.refusal(f"a time was expected, not {stamps[0][:40]!r}", line=line)


READER = Reader("ocean_text", "Ocean Optics text: SpectraSuite, OceanView, Jaz, OOIBase32", _sniff, _read)
