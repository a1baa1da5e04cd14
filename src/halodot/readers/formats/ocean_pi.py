"""Ocean Optics' server on a Raspberry Pi: counts as text behind four lines of settings.

A line may say that the spectrum belongs to a sequence; then stand the time since the computer started, the integration
time in microseconds, the number of scans and the half width of the boxcar, and after a line that is empty or names the
columns, rows of wavelength and counts.
"""

from __future__ import annotations

import math

from halodot.readers.formats._fixed_format import check_steps
from halodot.readers.numbers import block, number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import setting

_LABELS = ("Integration time", "Scans to average", "Boxcar smoothing")
_LONGEST_HEADER = 6


def _sniff(file: RawFile) -> Match:
    return Match.LAYOUT if file.encoding and _settings_line(file) else Match.NO


def _settings_line(file: RawFile) -> int:
    """Return the line of the integration time, 0 where the three settings do not follow each other."""
    for place in range(1, min(_LONGEST_HEADER, len(file.lines) - 2)):
        lines = file.lines[place - 1 : place + 2]
        if all(line.startswith(f"{label}:") for line, label in zip(lines, _LABELS)):
            return place
    return 0


def _read(file: RawFile) -> Recording:
    place = _settings_line(file)
    if not place:
        raise file.refusal(f"lines of {', '.join(_LABELS)} were expected", line=1)
    first = place + 3
    while math.isnan(number((file.line(first, "a row of numbers").split() or [""])[0], True)):
        first += 1
        if first > place + 5:
            raise file.refusal("a row of wavelength and counts was expected", line=first)
    rows = block(file, first, columns=2)
    after = rows.first_line + rows.lines
    rest = [line for line in range(after, len(file.lines) + 1) if file.lines[line - 1].strip()]
    if rest:
        raise file.refusal("a row of two numbers was expected", line=rest[0])
    if after == len(file.lines) + 1:
        raise file.refusal("the file ends within a row, or its last line end is cut off", line=after - 1)
    check_steps(file, rows.values[:, 0], rows.first_line)
    x, y = rows.values.T
    signal = "counts" if y.min() >= 0.0 else "intensity"
    header = {key.strip(): text.strip() for key, _, text in (line.partition(":") for line in file.lines[: place + 2])}
    metadata: dict[str, str | float] = {"instrument": "Ocean Optics", "software": "Raspberry Pi server"}
    for label, word, unit in zip(_LABELS, ("integration_time", "scans", "boxcar"), ("us", "1", "1")):
        value = number(header.get(label, ""))
        if value >= 0.0:
            metadata[word] = setting(word, max(value, 1.0) if word == "scans" else value, unit)
    note = "the integration time was taken to be in microseconds, which the file does not say"
    curve = Curve((Values("wavelength", x, "nm"),), (Values(signal, y),))
    return Recording("spectrum", (curve,), metadata, header, notes=(note,))


READER = Reader("ocean_pi", "Ocean Optics server on a Raspberry Pi, text", _sniff, _read)
