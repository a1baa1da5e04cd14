"""Infrared spectra as text: labelled records as in JCAMP-DX, then pairs of wavenumber and ordinate."""

from __future__ import annotations

import numpy as np

from halodot.readers.numbers import block
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.spectral_axes import axis_of, kind_of, ordinate_of, percent_or_fraction

_LABELS = ("##TITLE", "##DATA TYPE", "##XUNITS", "##YUNITS")
#: points below which it cannot be seen whether the last number is whole
_FEWEST = 5


def _sniff(file: RawFile) -> Match:
    if not file.encoding:
        return Match.NO
    head = [line.partition("=")[0].strip().upper() for line in file.text[:4000].splitlines()[:30]]
    labels = [label for label in head if label.startswith("##")]
    whole = labels and labels[0] == "##TITLE" and {"##XUNITS", "##YUNITS"} <= set(labels)
    plain = not {"##JCAMP-DX", "##XYDATA", "##XYPOINTS", "##PEAK TABLE", "##NTUPLES", "##BLOCKS"} & set(labels)
    return Match.LAYOUT if whole and plain else Match.NO


def _read(file: RawFile) -> Recording:
    header: dict[str, str] = {}
    first = next((place for place, line in enumerate(file.lines, 1) if not line.startswith("##")), len(file.lines))
    for line in file.lines[: first - 1]:
        key, _, value = line[2:].partition("=")
        header[key.strip()] = value.strip()
    numbers = block(file, first, columns=2)
    if first + numbers.lines <= len(file.lines) and any(
        line.strip() for line in file.lines[first + numbers.lines - 1 :]
    ):
        raise file.refusal("a pair of numbers was expected", line=first + numbers.lines)
    if numbers.lines < _FEWEST:
        raise file.refusal(f"at least {_FEWEST} points were expected; it is cut off", line=len(file.lines))
    words = {key.upper(): value for key, value in header.items()}
    axis = axis_of(words.get("XUNITS", ""), "RAMAN" in words.get("DATA TYPE", "").upper())
    ordinate = ordinate_of(words.get("YUNITS", ""))
    if axis is None or ordinate is None:
        units = f"{words.get('XUNITS')!r} and {words.get('YUNITS')!r}"
        raise file.refusal(f"the units {units} are not known", line=list(words).index("XUNITS") + 1)
    x, y = numbers.values[:, 0], numbers.values[:, 1]
    if len(x) > 2:
        steps = np.diff(x)
        off = np.abs(steps - np.median(steps)) > 0.01 * abs(np.median(steps))
        if off.any():
            raise file.refusal(
                "an axis in equal steps was expected; it is cut off here", line=first + int(np.argmax(off)) + 1
            )
    signal = Values(ordinate.quantity, y, ordinate.unit or percent_or_fraction(y), heading=words["YUNITS"])
    curve = Curve((Values(axis.quantity, x, axis.unit, heading=words["XUNITS"]),), (signal,))
    metadata: dict[str, str | float] = {"title": words["TITLE"]} if words.get("TITLE") else {}
    return Recording(kind_of(axis.quantity, ordinate.quantity), (curve,), metadata, header)


READER = Reader("ftir_text", "infrared spectrum as text (FTIRText)", _sniff, _read)
