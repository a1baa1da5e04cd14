"""JCAMP-DX: spectra as text by labelled records, from spectrometers of many makers and from NIST."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from halodot.readers.formats._jcamp import MOST_POINTS, Block, Record, blocks_of, number_of, ordinates, points
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import iso_date, setting
from halodot.readers.spectral_axes import Named, axis_of, kind_of, ordinate_of, settled

_KINDS = (
    ("INTERFEROGRAM", "interferogram"),
    ("INFRARED", "infrared"),
    ("RAMAN", "raman"),
    ("MASS", "mass_spectrum"),
    ("FLUORESCENCE", "photoluminescence"),
    ("X-RAY DIFFRACTION", "x_ray_diffraction"),
)
_LIKE_TABLE = re.compile(r"\(\s*[A-Z]\+\+\s*\(\s*([A-Z])\s*\.\.\s*\1\s*\)\s*\)", re.IGNORECASE)
_LIKE_POINTS = re.compile(r"\(\s*([A-Z])\s*([A-Z])\s*\.\.\s*\1\s*\2\s*\)", re.IGNORECASE)
_DATA = ("XYDATA", "XYPOINTS", "PEAKTABLE", "DATATABLE")
#: what data banks write where nothing is known
_NOT_GIVEN = ("n.i.g", "not given", "unknown", "none", "n/a")
_DATES = ("%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%y/%m/%d %H:%M:%S", "%d/%m/%Y %H:%M:%S")
_DAYS = ("%Y/%m/%d", "%Y-%m-%d", "%y/%m/%d")
#: share of the range of the ordinates by which ##FIRSTY= may be rounded
_FIRST_ROUNDED = 0.01


class _Form(NamedTuple):
    """What a table of numbers needs of its header."""

    first: float
    last: float
    delta: float
    points: float  # nan where the header has none
    factors: tuple[float, float]
    first_ordinate: float
    x_words: str
    y_words: str
    decimal_comma: bool


def _sniff(file: RawFile) -> Match:
    if not file.encoding or not file.text.lstrip()[:10].upper().startswith("##TITLE"):
        return Match.NO
    marked = re.search(
        r"^##\s*(JCAMP.?DX|BLOCKS|NTUPLES|XYDATA|XYPOINTS|PEAK ?TABLE)\s*=", file.text[:20_000], re.I | re.M
    )
    return Match.SIGNATURE if marked else Match.NO


def _read(file: RawFile) -> Recording:
    outer = blocks_of(file)
    curves: list[Curve] = []
    kinds: list[str] = []
    notes: list[str] = []
    for block in _leaves(file, outer):
        for curve, kind, note in _curves(file, block):
            curves.append(curve)
            kinds.append(kind)
            notes += [note] if note and note not in notes else []
    if not curves:
        raise file.refusal("there is no table of numbers (##XYDATA=, ##XYPOINTS=, ##PEAK TABLE=, ##NTUPLES=)", line=1)
    stated = number_of(outer, "BLOCKS")
    if math.isfinite(stated) and len(outer.blocks) not in (stated, stated - 1.0):
        what = f"{stated:g} blocks are stated, and there are {len(outer.blocks)}"
        raise file.refusal(what, line=outer.line("BLOCKS"))
    inner = [block for block in _all(outer) if block.tables]
    if len(inner) == 1:
        metadata, header = _settings(inner[0]), outer.written | inner[0].written
        return Recording(kinds[0], (*curves,), metadata, header, notes=tuple(notes))
    metadata = {"title": outer.text("TITLE")} if outer.text("TITLE") else {}
    header = dict(outer.written)
    for number, block in enumerate(inner, 1):
        header |= {f"{key} ({number})": text for key, text in block.written.items()}
    return Recording(kinds[0], tuple(curves), metadata, header, notes=tuple(notes))


def _all(block: Block) -> Iterator[Block]:
    yield block
    for inner in block.blocks:
        yield from _all(inner)


def _leaves(file: RawFile, outer: Block) -> Iterator[Block]:
    """Return every block that holds numbers; each is held to its end."""
    for block in _all(outer):
        last_line_is_whole = file.lines[-1] == "" and math.isfinite(number_of(block, "NPOINTS")) and not outer.blocks
        if not block.ended and not last_line_is_whole:
            title = block.text("TITLE")
            raise file.refusal(f"##END= of the block {title!r} was expected; it is cut off", line=len(file.lines))
        if block.tables:
            yield block


def _curves(file: RawFile, block: Block) -> Iterator[tuple[Curve, str, str]]:
    """Return the curves of a block, the kind of each, and how it was read."""
    page = ""
    several = sum(label in _DATA for label, _ in block.tables) > 1
    for label, record in block.tables:
        if label == "PAGE":
            page = record.value.strip()
        elif label == "RADATA":
            raise file.refusal("##RADATA= is not read; export the interferogram as ##XYDATA=", line=record.line)
        elif label in _DATA:
            curve, kind, note = _curve(file, block, record, label)
            name = page or (label if several else block.text("TITLE"))
            yield Curve(curve.axes, curve.signals, name, _settings(block)), kind, note


def _curve(file: RawFile, block: Block, record: Record, label: str) -> tuple[Curve, str, str]:
    form = record.value.split("\n")[0]
    table, pairs = _LIKE_TABLE.search(form), _LIKE_POINTS.search(form)
    if not table and not pairs:
        known = "(X++(Y..Y)) or (XY..XY)"
        raise file.refusal(
            f"a table of the form {form.strip()[:40]!r} is not read; {known} was expected", line=record.line
        )
    symbols = (
        (form[table.start() + 1 :].lstrip()[0], table[1]) if table else (pairs[1], pairs[2]) if pairs else ("X", "Y")
    )
    header = _ntuple(file, block, symbols) if "SYMBOL" in block.records else _header(block)
    most = int(header.points) if math.isfinite(header.points) else MOST_POINTS
    if not 0 < most <= MOST_POINTS:
        raise file.refusal(f"##NPOINTS= is {header.points:g}; 1 to {MOST_POINTS} can be", line=block.line("NPOINTS"))
    if table:
        x, y = _from_table(file, record, header, most)
    else:
        found = points(file, record, most, header.decimal_comma)
        x, y = found[:, 0] * header.factors[0], found[:, 1] * header.factors[1]
    if math.isfinite(header.points) and len(y) != most:
        raise file.refusal(f"{most} points are stated (##NPOINTS=), and there are {len(y)}", line=record.line)
    if len(y) and label != "PEAKTABLE":
        _check_ends(file, block, header, x, y)
    if axis_of(header.x_words) is None and "INFRARED SPECTRUM" in block.text("DATATYPE").upper():
        what = f"##XUNITS= of an infrared spectrum is {header.x_words!r}; 1/CM or MICROMETERS was expected"
        raise file.refusal(what, line=block.line("XUNITS"))
    return _named(block, header, x, y)


def _from_table(file: RawFile, record: Record, header: _Form, most: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return abscissas and ordinates of a table whose lines start with the abscissa of their first ordinate."""
    found = ordinates(file, record, most, header.decimal_comma)
    count = len(found.values)
    if not count:
        raise file.refusal("there are no ordinates", line=record.line)
    scale = header.factors[0]
    first = header.first if math.isfinite(header.first) else found.starts[0][1] * scale
    last = header.last if math.isfinite(header.last) else first + header.delta * (count - 1)
    if not math.isfinite(last):
        raise file.refusal("##LASTX= or ##DELTAX= was expected; without it the abscissas are unknown", line=record.line)
    points_stated = header.points if math.isfinite(header.points) else count
    step = (last - first) / (points_stated - 1.0) if points_stated > 1 else 0.0
    for before, x, line in found.starts:
        written = x * scale
        rounded = 0.5 * abs(scale) if x == round(x) else 0.0
        allowed = 1.001 * abs(step) + rounded + 2e-6 * abs(written)
        if abs(written - (first + step * before)) > allowed:
            what = f"this line starts at {written:g}, but {before} ordinates stand before it, which lead to"
            raise file.refusal(f"{what} {first + step * before:g}; some are lost or too many", line=line)
    return np.linspace(first, last, count), found.values * header.factors[1]


def _check_ends(file: RawFile, block: Block, header: _Form, x: NDArray[Any], y: NDArray[Any]) -> None:
    """Hold the first ordinate and the ends of the abscissas against what the header states."""
    spread = float(np.nanmax(y) - np.nanmin(y)) if np.isfinite(y).any() else 0.0
    stated, found = header.first_ordinate, float(y[0])
    allowed = _FIRST_ROUNDED * max(spread, abs(found))
    wrong = math.isfinite(stated) and abs(stated - found) > allowed
    largest = number_of(block, "MAXY")
    if wrong and header.factors[1] and abs(stated - found / header.factors[1]) <= allowed:
        # some programs state it before its factor; the largest ordinate then tells whether the factor is right
        wrong = math.isfinite(largest) and abs(largest - float(np.nanmax(y))) > allowed
    if wrong:
        raise file.refusal(f"##FIRSTY= is {stated:g}, but the first ordinate is {found:g}", line=block.line("FIRSTY"))
    for label, value, end in (("FIRSTX", header.first, float(x[0])), ("LASTX", header.last, float(x[-1]))):
        allowed = max(abs(x[-1] - x[0]) * 2.0 / max(len(x) - 1, 1), 2e-4 * abs(value))
        if math.isfinite(value) and abs(value - end) > allowed:
            raise file.refusal(f"##{label}= is {value:g}, but the abscissa there is {end:g}", line=block.line(label))


# --------------------------------------------------------------------------------------------------------------- header


def _header(block: Block) -> _Form:
    factors = [number_of(block, label) for label in ("XFACTOR", "YFACTOR")]
    numbers = [block.text(label) for label in ("FIRSTX", "LASTX", "FIRSTY", "MINX", "MAXX", "MAXY", "MINY", "DELTAX")]
    return _Form(
        number_of(block, "FIRSTX"),
        number_of(block, "LASTX"),
        number_of(block, "DELTAX"),
        number_of(block, "NPOINTS"),
        (factors[0] if math.isfinite(factors[0]) else 1.0, factors[1] if math.isfinite(factors[1]) else 1.0),
        number_of(block, "FIRSTY"),
        block.text("XUNITS") or block.text("XLABEL"),
        block.text("YUNITS") or block.text("YLABEL"),
        any(re.match(r"[+-]?\d+,\d", text) for text in numbers),
    )


def _ntuple(file: RawFile, block: Block, symbols: tuple[str, str]) -> _Form:
    """Return what the header of ##NTUPLES= says of two of its variables."""
    names = _list(block, "SYMBOL")
    places = []
    for symbol in symbols:
        if symbol.upper() not in [name.upper() for name in names]:
            raise file.refusal(f"##SYMBOL= has no {symbol}; it has {', '.join(names)}", line=block.line("SYMBOL"))
        places.append([name.upper() for name in names].index(symbol.upper()))
    x, y = places
    factors = (_in_list(block, "FACTOR", x), _in_list(block, "FACTOR", y))
    units = _list(block, "UNITS")
    return _Form(
        _in_list(block, "FIRST", x),
        _in_list(block, "LAST", x),
        math.nan,
        _in_list(block, "VARDIM", x),
        (factors[0] if math.isfinite(factors[0]) else 1.0, factors[1] if math.isfinite(factors[1]) else 1.0),
        math.nan,  # each page has its own, and the header that of the first alone
        units[x] if x < len(units) else "",
        units[y] if y < len(units) else "",
        False,
    )


def _list(block: Block, label: str) -> list[str]:
    return [part.strip() for part in block.records[label].value.split(",")] if label in block.records else []


def _in_list(block: Block, label: str, place: int) -> float:
    found = _list(block, label)
    return number_of({"": found[place]}, "") if place < len(found) else math.nan


def _named(block: Block, header: _Form, x: NDArray[Any], y: NDArray[Any]) -> tuple[Curve, str, str]:
    """Return a curve with its quantities, its kind, and a note where they were guessed."""
    words = block.text("DATATYPE").upper()
    axis = axis_of(header.x_words, "RAMAN" in words)
    ordinate = ordinate_of(header.y_words)
    notes = []
    if axis is None:
        axis = Named("coordinate", "1")
        notes.append(f"the axis is {header.x_words or 'not named'}, whose quantity is not known")
    if ordinate is None:
        ordinate = Named("intensity", "1")
        notes.append(f"the ordinate is {header.y_words or 'not named'}; it is kept as an intensity")
    ordinate, note = settled(ordinate, y, header.y_words)
    notes += [note] if note else []
    kind = next((kind for word, kind in _KINDS if word in words), kind_of(axis.quantity, ordinate.quantity))
    axes = (Values(axis.quantity, x, axis.unit, heading=header.x_words),)
    signals = (Values(ordinate.quantity, y, ordinate.unit, heading=header.y_words),)
    return Curve(axes, signals), kind, "; ".join(notes)


def _settings(block: Block) -> Mapping[str, str | float]:
    found: dict[str, str | float] = {}
    texts = {
        "title": "TITLE",
        "instrument": "SPECTROMETERDATASYSTEM",
        "sample": "SAMPLEDESCRIPTION",
        "technique": "DATATYPE",
        "detector": ".DETECTOR",
        "concentration": "CONCENTRATIONS",
    }
    for word, label in texts.items():
        if (text := block.text(label)) and text.casefold().rstrip(".") not in _NOT_GIVEN:
            found[word] = text
    if date := _date(block):
        found["date"] = date
    resolution = number_of(block, "RESOLUTION")
    if resolution > 0.0 and "INFRARED" in block.text("DATATYPE").upper():
        found["resolution"] = setting("resolution", resolution, "1/cm")
    path = re.match(r"([\d.]+) *(cm|mm|um|m)?\b", (block.text("PATHLENGTH")).casefold())
    if path and float(path[1].strip(".") or 0.0) > 0.0:
        found["thickness"] = setting("thickness", float(path[1].strip(".")), path[2] or "cm")
    scans = (number_of(block, label) for label in (".AVERAGES", "COADDEDSCANS"))
    averages, time = next((value for value in scans if value > 0.0), math.nan), number_of(block, ".ACQUISITIONTIME")
    if averages > 0.0:
        found["scans"] = averages
    if "OCEAN" in block.text("ORIGIN").upper():
        found |= _ocean_optics(block, time)
    elif time > 0.0:
        found["acquisition_time"] = time
    return found


def _ocean_optics(block: Block, time: float) -> dict[str, str | float]:
    """Return what SpectraSuite says in its own way; its times are milliseconds."""
    found: dict[str, str | float] = {"instrument": "Ocean Optics", "software": "SpectraSuite"}
    if time > 0.0:
        found["integration_time"] = setting("integration_time", time, "ms")
    if owner := block.text("OWNER"):
        found["operator"] = owner  # the user of SpectraSuite
    processing = block.written.get("DATA PROCESSING", "")  # of both lines of this label
    if match := re.search(r"BOXCAR: *(\d+)", processing):
        found["boxcar"] = float(match[1])
    if match := re.search(r"ELECTRICAL DARK: *(true|false)", processing):
        found["dark_corrected"] = float(match[1] == "true")
    return found


def _date(block: Block) -> str:
    """Return the date as ISO 8601, empty where it is written in words or leaves the day open."""
    day, time = block.text("DATE"), block.text("TIME")
    long = block.text("LONGDATE")
    for text in (long, f"{day} {time}" if time else day):
        if found := iso_date(text.partition(".")[0], *_DATES):
            return found
        if found := iso_date(text, *_DAYS):
            return found[:10]
    return ""


READER = Reader("jcamp_dx", "JCAMP-DX", _sniff, _read)
