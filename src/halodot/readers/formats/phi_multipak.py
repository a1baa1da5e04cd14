"""Physical Electronics (PHI), SmartSoft and MultiPak: spectra (.spe) and depth profiles (.pro).

A text from SOFH to EOFH describes spectral regions; binary data follow: a directory of four words, 24 words for each
trace, and the numbers. A trace says how many points, cycles and areas it has, in what unit, and where its numbers lie.
``SpectralRegDef`` has number, area, name, atomic number, points, step [eV], first and last energy [eV], two limits,
time for a point [s] and pass energy [eV]; energies bind in XPS and are kinetic in AES.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halodot.readers.numbers import number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import iso_date, setting

_WORDS = 24  # of a trace in the directory
_DIRECTORY = 16  # bytes before the traces
_UNITS = {"c/s": ("count_rate", "1/s"), "cps": ("count_rate", "1/s"), "cts": ("counts", "1"), "cnt": ("counts", "1")}
_ENERGIES = {"XPS": "binding_energy", "UPS": "binding_energy", "AES": "kinetic_energy"}
#: dimensions of a trace besides its points, by the word that the file has for them
_DIMENSIONS = {"sar": "area", "cyc": "cycle"}
_END = re.compile(rb"\nEOFH\r?\n|\rEOFH\r\n?")


@dataclass(frozen=True)
class _Region:
    name: str
    points: int
    step: float  # eV
    first: float  # eV
    last: float  # eV
    dwell: float  # s
    pass_energy: float  # eV


@dataclass(frozen=True)
class _Trace:
    place: int  # number of the spectral region, 0 for what is no spectrum
    shape: tuple[int, int, int]  # points, second and third dimension
    dimensions: tuple[str, str, str]
    unit: str
    dtype: str
    size: int  # bytes
    start: int  # from the directory on
    end: int  # likewise, 0 where the file does not say


def _sniff(file: RawFile) -> Match:
    return Match.SIGNATURE if re.match(rb"SOFH\r?\n|SOFH\r", file.data[:8]) else Match.NO


def _read(file: RawFile) -> Recording:
    found = _END.search(file.data)
    if not found:
        raise file.refusal("the header has no end (EOFH); the file is cut off", byte=len(file.data))
    header = _header(file.data[: found.start()])
    technique = _one(header, "Technique") or "XPS"
    if technique not in _ENERGIES:
        raise file.refusal(f"the technique is {technique!r}; one of {', '.join(_ENERGIES)} was expected")
    regions = _regions(file, header)
    traces = _traces(file, found.end())
    spectra = [trace for trace in traces if trace.place]
    if [trace.place for trace in spectra] != list(range(1, len(regions) + 1)):
        what = f"{len(regions)} spectral regions are described, {len(spectra)} have numbers"
        raise file.refusal(what, byte=found.end())
    times = _sputter_times(file, found.end(), traces)
    curves = []
    for trace, region in zip(spectra, regions):
        curves.append(_curve(file, found.end(), trace, region, _ENERGIES[technique], times, header))
    left = len(traces) - len(spectra) - (times is not None)
    notes = (f"{left} tables of peak areas, which the program computed, are left out",) if left else ()
    rest = {key: "\n".join(texts) for key, texts in header.items()}
    return Recording("photoelectrons", tuple(curves), _metadata(header, technique), rest, _warnings(curves), notes)


def _header(data: bytes) -> dict[str, list[str]]:
    """Return the texts of the header by their keys; a key may come several times."""
    found: dict[str, list[str]] = {}
    for line in data.decode("latin-1").splitlines()[1:]:
        key, mark, text = line.partition(":")
        if mark:
            found.setdefault(key.strip(), []).append(text.strip())
    return found


def _one(header: dict[str, list[str]], key: str) -> str:
    return header.get(key, [""])[0]


# -------------------------------------------------------------------------------------------------------------- regions


def _regions(file: RawFile, header: dict[str, list[str]]) -> list[_Region]:
    texts = header.get("SpectralRegDef", [])
    stated = number(_one(header, "NoSpectralReg"))
    if not texts or (math.isfinite(stated) and stated != len(texts)):
        raise file.refusal(
            f"{_one(header, 'NoSpectralReg') or 'no'} spectral regions were announced, {len(texts)} follow"
        )
    return [_region(file, text) for text in texts]


def _region(file: RawFile, text: str) -> _Region:
    cells = text.split()
    if len(cells) < 12:
        raise file.refusal(f"SpectralRegDef has {len(cells)} entries; twelve or more were expected: {text[:80]!r}")
    values = [number(cell) for cell in (*cells[4:8], *cells[10:12])]
    points, step, first, last, dwell, pass_energy = values
    if not all(map(math.isfinite, values)) or points < 1 or points != round(points) or step == 0.0:
        raise file.refusal(f"SpectralRegDef has no points, step and energies: {text[:80]!r}")
    if abs(first + (points - 1) * step - last) > abs(step):
        raise file.refusal(
            f"{points:g} points from {first:g} eV in steps of {step:g} eV do not end at {last:g} eV (SpectralRegDef)"
        )
    return _Region(cells[2], int(points), step, first, last, dwell, pass_energy)


# --------------------------------------------------------------------------------------------------------------- traces


def _traces(file: RawFile, base: int) -> list[_Trace]:
    """Return the directory of the binary data."""
    order = "<" if file.unpack("<4I", base, "the directory of the data")[3] == _DIRECTORY else ">"
    _, count, size, own = file.unpack(f"{order}4I", base)
    if own != _DIRECTORY or size != 4 * _WORDS * count or not count:
        what = f"a directory of {_DIRECTORY} bytes and {4 * _WORDS} bytes a trace was expected, not {own} and {size}"
        raise file.refusal(f"{what} for {count} traces", byte=base)
    file.array("u1", size, base + _DIRECTORY, f"the directory of {count} traces")
    return [_trace(file, order, base, base + _DIRECTORY + 4 * _WORDS * place) for place in range(count)]


def _trace(file: RawFile, order: str, base: int, at: int) -> _Trace:
    words = file.unpack(f"{order}{_WORDS}I", at)
    names = [
        file.data[at + 4 * place : at + 4 * place + 4].split(b"\0")[0].decode("latin-1") for place in range(_WORDS)
    ]
    dtype = names[18].strip()
    if dtype not in ("f4", "f8"):
        raise file.refusal(f"the numbers of the trace are of the type {dtype!r}; f4 or f8 was expected", byte=at + 72)
    shape, size = (words[5], max(words[6], 1), max(words[7], 1)), words[19]
    if math.prod(shape) * int(dtype[1]) != size:
        raise file.refusal(f"{size} bytes were announced for {shape} numbers of {dtype}", byte=at + 76)
    end = words[23]
    start = end - size if end else words[20]  # older programs state where the numbers end
    if start < _DIRECTORY + 4 * _WORDS:
        raise file.refusal(f"the numbers of the trace cannot start in the directory (at {start})", byte=at + 80)
    file.array("u1", size, base + start, f"{math.prod(shape)} numbers of the trace")
    dimensions = (names[8], names[10], names[12])
    return _Trace(words[3], shape, dimensions, names[14].strip(), order + dtype, size, start, end)


def _numbers(file: RawFile, base: int, trace: _Trace) -> NDArray[np.float64]:
    """Return the numbers of a trace, its last dimension first."""
    values = file.array(trace.dtype, math.prod(trace.shape), base + trace.start)
    with np.errstate(invalid="ignore"):
        return values.astype(float).reshape(trace.shape[::-1])


def _sputter_times(file: RawFile, base: int, traces: Sequence[_Trace]) -> NDArray[np.float64] | None:
    """Return the sputter time of each cycle and region, shape (region, cycle), of a depth profile."""
    for trace in traces:
        if not trace.place and trace.unit == "s" and trace.dimensions[:2] == ("cyc", "reg"):
            return np.asarray(np.abs(_numbers(file, base, trace)[0]))  # the first is written as -0
    return None


def _curve(
    file: RawFile,
    base: int,
    trace: _Trace,
    region: _Region,
    energy: str,
    times: NDArray[np.float64] | None,
    header: dict[str, list[str]],
) -> Curve:
    if trace.shape[0] != region.points:
        raise file.refusal(f"{region.name} has {region.points} points in the header and {trace.shape[0]} in the data")
    if trace.unit not in _UNITS:
        raise file.refusal(f"the unit of {region.name} is {trace.unit!r}; one of {', '.join(_UNITS)} was expected")
    quantity, unit = _UNITS[trace.unit]
    if _one(header, "IntensityRecal").casefold() == "yes":
        quantity, unit = "intensity", "1"  # divided by the transmission of the analyser
    values = _numbers(file, base, trace)
    axes: list[Values] = []
    shape: list[int] = []
    for place in (2, 1):
        if trace.shape[place] > 1:
            axes.append(_dimension(file, trace, place, times))
            shape.append(trace.shape[place])
    axes.append(Values(energy, region.first + region.step * np.arange(region.points), "eV"))
    signal = Values(quantity, values.reshape(*shape, region.points), unit, heading=trace.unit)
    settings: dict[str, str | float] = {}
    for word, value, si in (("integration_time", region.dwell, "s"), ("pass_energy", region.pass_energy, "eV")):
        if value > 0.0:
            settings[word] = setting(word, value, si)
    return Curve(tuple(axes), (signal,), region.name, settings)


def _warnings(curves: Sequence[Curve]) -> tuple[str, ...]:
    """Return where single count rates are no whole counts in the time for a point, though all others are."""
    found = []
    for curve in curves:
        (signal,) = curve.signals
        if signal.quantity != "count_rate" or not np.isfinite(signal.values).all():
            continue
        counts = np.abs(signal.values) * float(curve.metadata.get("integration_time", math.nan))
        fractional = np.abs(counts - np.round(counts)) > 2e-3 + 3e-7 * counts  # the numbers have 24 bits
        if 0 < np.count_nonzero(fractional) < 0.1 * counts.size:
            place = int(np.flatnonzero(fractional)[0]) % counts.shape[-1] + 1
            found.append(
                f"{curve.label}: the count rate at point {place} is no whole number of counts in the time for a point, "
                "as it is elsewhere; the number may be damaged or edited"
            )
    return tuple(found)


def _dimension(file: RawFile, trace: _Trace, place: int, times: NDArray[np.float64] | None) -> Values:
    """Return the axis of a dimension that counts cycles or areas."""
    name, count = trace.dimensions[place], trace.shape[place]
    if name not in _DIMENSIONS:
        raise file.refusal(f"a dimension of the data is {name!r}; one of {', '.join(_DIMENSIONS)} was expected")
    if name == "cyc" and times is not None and trace.place <= len(times) and len(times[trace.place - 1]) == count:
        return Values("time", times[trace.place - 1], "s", "sputter_time", "sputter time")
    return Values("channel", np.arange(1, count + 1), "1", _DIMENSIONS[name])


def _metadata(header: dict[str, list[str]], technique: str) -> dict[str, str | float]:
    found: dict[str, str | float] = {"technique": technique}
    found["instrument"] = " ".join(["PHI", _one(header, "InstrumentModel").removeprefix("PHI")]).strip()
    texts = {"software": "SoftwareVersion", "operator": "Operator", "title": "FileDesc", "source": "XraySource"}
    for word, key in texts.items():
        if text := _one(header, key):
            found[word] = text
    for key, layout, length in (("FileDateTime", "%Y %m %d %H:%M:%S", 19), ("AcqFileDate", "%Y %m %d", 10)):
        if "date" not in found and (date := iso_date(_one(header, key).replace("/", " ").replace("-", " "), layout)):
            found["date"] = date[:length]
    energies = [number(cell) for cell in _one(header, "XraySource").split()]
    photons = [value for value in energies if value > 100.0]
    if photons and technique != "AES":
        found["photon_energy"] = photons[0]
    work_function = number((_one(header, "AnalyserWorkFcn").split() or [""])[0])
    if work_function > 0.0:
        found["work_function"] = work_function
    return found


READER = Reader("phi_multipak", "PHI SmartSoft and MultiPak, spectra and depth profiles", _sniff, _read)
