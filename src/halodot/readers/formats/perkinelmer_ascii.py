"""PerkinElmer spectra as text (PEDS ASCII): UV WinLab ``PE UV``, FL WinLab ``PE FL`` and Spectrum ``PE IR``.

The first line names the instrument and ``SPECTRUM ASCII PEDS`` with a version. Without labels follow file name, date
and time of the measurement and of the last change (year first), analyst, comment, and slots of the instrument, each at
a fixed line. ``#GR`` opens units of abscissa and ordinate, the factor and the offset of the binary numbers (already
applied in the text), the first abscissa, its interval, the number of points, a format, the largest and the smallest
ordinate; ``#DATA`` the rows. The slits of a spectrophotometer are spectral bandwidths in nm, alone or as
``wavelength/value`` for each range of the detectors; ``servo`` is a slit that follows the signal.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

import numpy as np

from halodot.readers.formats._fixed_format import check_decimals
from halodot.readers.formats._spectrophotometer import axis_of, kind_of, ordinate_of
from halodot.readers.numbers import Block, block, number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import iso_date, setting

_MARK = re.compile(r"PE (UV|FL|IR) +(SUBTECH +)?(\w+) +ASCII +PEDS +(\d[\d.]*)")
_DATES = ("%y/%m/%d %H:%M:%S.%f", "%y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M:%S.%f", "%Y/%m/%d %H:%M:%S")
#: lines of the header of a spectrophotometer, counted from 1, by what the makers of readers found there
_SLOTS_UV = {
    18: "slit width / nm",
    22: "deuterium lamp",
    23: "tungsten lamp",
    25: "accessories",
    33: "detector response / s",
    36: "gain in the near infrared",
    42: "change of monochromator / nm",
    43: "change of lamp / nm",
    44: "change of detector / nm",
    45: "sample beam",
    46: "common beam mask / %",
    47: "common beam depolarizer",
    48: "attenuators / %",
    49: "polarizer / degree",
}
_SLOTS_FL = {21: "instrument", 22: "fixed monochromator / nm", 23: "slit 1 / nm", 24: "slit 2 / nm", 25: "scan type"}


def _sniff(file: RawFile) -> Match:
    known = file.encoding and _MARK.match(file.lines[0])
    return Match.SIGNATURE if known else Match.NO


def _read(file: RawFile) -> Recording:
    found = _MARK.match(file.lines[0])
    if found is None:
        raise file.refusal("PE UV, PE FL or PE IR ... ASCII PEDS was expected", line=1)
    graph = _line_of(file, "#GR")
    data = _line_of(file, "#DATA", graph)
    if data - graph != 11:
        raise file.refusal(f"#DATA ten lines behind #GR was expected, not {data - graph - 1}", line=data)
    count = number(file.line(graph + 7))
    if not count.is_integer() or count < 1.0:
        raise file.refusal(f"a number of points was expected, not {file.line(graph + 7)!r}", line=graph + 7)
    rows = block(file, data + 1, delimiter="\t", columns=2)
    check_decimals(file, rows, "\t", 2)
    _check(file, rows, graph, int(count))
    axis, axis_unit = axis_of(file, file.line(graph + 1), line=graph + 1)
    technique = found[1]
    written = file.line(graph + 2).strip()
    signal, unit = ("intensity", "1") if technique == "FL" and not written else ordinate_of(file, written, graph + 2)
    metadata = _settings(file)
    kind, notes = kind_of(axis, signal), tuple[str, ...]()
    slots: Mapping[int, str] = {}
    if technique == "FL":
        kind = "time_series" if axis == "time" else "photoluminescence"
        if file.line(21).strip().startswith("LS"):
            slots, more = _SLOTS_FL, _settings_of_fluorescence(file)
            kind, fixed, notes = _fluorescence(file, rows.values[:, 0], kind)
            metadata |= more | fixed
    elif technique == "UV" and found[4].startswith("4") and axis == "wavelength" and graph > max(_SLOTS_UV) + 1:
        slots = _SLOTS_UV
        metadata |= _settings_of_spectrophotometer(file, rows.values[:, 0])
    curve = Curve((Values(axis, rows.values[:, 0], axis_unit),), (Values(signal, rows.values[:, 1], unit),))
    return Recording(kind, (curve,), metadata, _header(file, graph, slots), notes=notes)


def _line_of(file: RawFile, mark: str, start: int = 1) -> int:
    for place in range(start, len(file.lines) + 1):
        if file.lines[place - 1].strip() == mark:
            return place
    raise file.refusal(f"the file ends without {mark}", line=len(file.lines))


def _check(file: RawFile, rows: Block, graph: int, count: int) -> None:
    """Hold the rows against what the header says of them."""
    after = rows.first_line + rows.lines
    rest = [place for place in range(after, len(file.lines) + 1) if file.lines[place - 1].strip("\x1a \t")]
    if rest:
        raise file.refusal(f"a row of numbers was expected, not {file.lines[rest[0] - 1].strip()[:40]!r}", line=rest[0])
    if rows.lines != count:
        raise file.refusal(f"{count} points were expected, but there are {rows.lines}", line=after - 1)
    start, step = number(file.line(graph + 5)), number(file.line(graph + 6))
    expected = start + step * np.arange(count)
    off = np.abs(rows.values[:, 0] - expected)
    # the interval is rounded to six decimals
    wrong = ~(off <= 1e-6 * (np.arange(count) + 2.0) + 0.02 * abs(step))
    if wrong.any():
        place = int(np.argmax(wrong))
        what = (
            f"the abscissa is {rows.values[place, 0]:g}; {expected[place]:g} was expected from its start and interval"
        )
        raise file.refusal(what, line=rows.first_line + place)
    _check_ends(file, rows, number(file.line(graph + 9)), number(file.line(graph + 10)), graph + 9)


def _check_ends(file: RawFile, rows: Block, largest: float, smallest: float, line: int) -> None:
    """Refuse ordinates where one end of their stated range is met and the other is not: a number was changed."""
    signal = rows.values[:, 1]
    if np.isnan(signal).any() or not largest > smallest:
        return
    near = 1e-5 * (largest - smallest) + 2e-6
    met = abs(signal.max() - largest) <= near, abs(signal.min() - smallest) <= near
    if any(met) and not all(met):
        stated = f"{smallest:g} to {largest:g} are stated"
        raise file.refusal(f"the ordinate reaches from {signal.min():g} to {signal.max():g}; {stated}", line=line)


def _settings(file: RawFile) -> dict[str, str | float]:
    """Return what stands at the same lines in files of every instrument."""
    texts = {
        "sample": re.sub(r"(\.[A-Za-z]+){0,2}\.[A-Za-z]{2,4}$", "", file.line(3).strip()),
        "title": file.line(3).strip(),
        "date": iso_date(f"{file.line(4).strip()} {file.line(5).strip()}", *_DATES),
        "operator": file.line(8).strip(),
        "comment": file.line(9).strip(),
        "instrument": f"PerkinElmer {file.line(12).strip()}".strip(),
        "serial_number": file.line(13).strip(),
        "software": file.line(14).strip(),
    }
    return {key: text for key, text in texts.items() if text}


def _settings_of_spectrophotometer(file: RawFile, wavelengths: np.ndarray) -> dict[str, str | float]:
    found: dict[str, str | float] = {}
    low, high = float(wavelengths.min()), float(wavelengths.max())
    slit, response = (_one_value(file.line(line), low, high) for line in (18, 33))
    if slit > 0.0:
        found["bandwidth"] = setting("bandwidth", slit, "nm")
    if response > 0.0:
        found["integration_time"] = response
    if accessories := file.line(25).strip():
        found["detector"] = accessories
    lamps = [name for line, name in ((22, "deuterium"), (23, "tungsten")) if number(file.line(line)) == 1.0]
    if lamps:
        found["source"] = " and ".join(lamps)
    angle = number(file.line(49))
    if math.isfinite(angle):
        found["polarisation"] = f"{angle:g} degree"
    return found


def _one_value(text: str, low: float, high: float) -> float:
    """Return the value that ``upper/value`` pairs give for a range of wavelengths [nm], nan where it is not one."""
    pairs = [part.partition("/") for part in text.split()]
    if len(pairs) == 1 and not pairs[0][1]:
        return number(pairs[0][0])
    steps = sorted((number(upper), value) for upper, _, value in pairs)
    lower, values = 0.0, []
    for upper, value in steps:
        if lower < high and low <= upper:
            values.append(number(value))
        lower = upper
    return values[0] if values and len(set(values)) == 1 else math.nan


def _settings_of_fluorescence(file: RawFile) -> dict[str, str | float]:
    found: dict[str, str | float] = {"instrument": f"PerkinElmer {file.line(21).strip()}"}
    slits = [number(file.line(line)) for line in (23, 24)]
    if slits[0] == slits[1] and 0.0 < slits[0] < 100.0:  # which is which is not stated
        for word in ("excitation_bandwidth", "bandwidth"):
            found[word] = setting(word, slits[0], "nm")
    return found


def _fluorescence(file: RawFile, x: np.ndarray, kind: str) -> tuple[str, dict[str, str | float], tuple[str, ...]]:
    """Return what a fluorimeter scanned, the wavelength that stood still, and how that was known.

    The header has one fixed wavelength; light is emitted at longer wavelengths than it is absorbed at.
    """
    fixed = number(file.line(22))
    if kind == "time_series" or not fixed > 0.0:
        return kind, {}, ()
    said = f"the monochromator that stands at {fixed:g} nm was taken for that of the "
    if fixed <= (x.min() + x.max()) / 2.0:
        note = f"{said}excitation, as the scan lies at longer wavelengths"
        return "photoluminescence", {"excitation_wavelength": setting("excitation_wavelength", fixed, "nm")}, (note,)
    note = f"{said}emission, as the scan lies at shorter wavelengths"
    return "excitation_spectrum", {"emission_wavelength": setting("emission_wavelength", fixed, "nm")}, (note,)


def _header(file: RawFile, graph: int, slots: Mapping[int, str]) -> dict[str, str]:
    """Return every line of the header, by its meaning where that is known, else by its place."""
    lines: Sequence[str] = file.lines[: graph + 10]
    found = {slots.get(place, f"line {place}"): line.strip() for place, line in enumerate(lines, 1)}
    return {key: text for key, text in found.items() if text and text not in ("#HDR", "#GR")}


READER = Reader("perkinelmer_ascii", "PerkinElmer UV WinLab, FL WinLab and Spectrum, PEDS ASCII", _sniff, _read)
