"""Gwyddion text export: one channel as rows of numbers below four comments, in the language of the program.

``# Channel:``, ``# Width:``, ``# Height:`` and ``# Value units:``; the first row is the top of the picture.
"""

from __future__ import annotations

import re

import numpy as np

from halodot.readers.formats._images import ROWS_NOTE, axis, channel, is_of, spelled
from halodot.readers.numbers import block, number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording

#: words of the program in English, German, French, Italian, Spanish and Czech
_CHANNEL = ("channel", "kanal", "canal", "canale", "kanál")
_WIDTH = ("width", "breite", "largeur", "larghezza", "anchura", "ancho", "šířka")
_HEIGHT = ("height", "höhe", "hauteur", "altezza", "altura", "alto", "výška")
_UNITS = (
    "value units",
    "werteinheiten",
    "unités de valeur",
    "unités des valeurs",
    "unità dei valori",
    "unidades de valor",
)
_COMMENT = re.compile(r"#\s*([^:]+):\s*(.*)")
_MEASURE = re.compile(r"([-+0-9.,eE]+)\s*(\S.*)")


def _comments(file: RawFile) -> dict[str, str]:
    """Return the comments before the first row, by what they mean."""
    found = {}
    for line in file.lines[:12]:
        if not (match := _COMMENT.fullmatch(line.strip())):
            break
        key = match[1].strip().casefold()
        for meaning, words in (("channel", _CHANNEL), ("width", _WIDTH), ("height", _HEIGHT), ("units", _UNITS)):
            if key in words:
                found[meaning] = match[2].strip()
        found.setdefault(match[1].strip(), match[2].strip())
    return found


def _sniff(file: RawFile) -> Match:
    if not file.encoding or not file.data.lstrip(b"\xef\xbb\xbf\xff\xfe\0").startswith(b"#"):
        return Match.NO
    return Match.LAYOUT if {"channel", "width", "height"} <= _comments(file).keys() else Match.NO


def _read(file: RawFile) -> Recording:
    comments = _comments(file)
    first = next((place for place, line in enumerate(file.lines, 1) if line.strip() and line.lstrip()[0] != "#"), 0)
    if not first:
        raise file.refusal("rows of numbers were expected below the comments", line=len(file.lines))
    # cells are parted by tabs or blanks, so that a comma can only stand before decimals
    numbers = block(file, first, delimiter="\t" if "\t" in file.line(first) else " ")
    rest = [place for place in range(first + numbers.lines, len(file.lines) + 1) if file.line(place).strip()]
    if rest:
        raise file.refusal(f"rows of numbers were expected, not {file.line(rest[0])[:40]!r}", line=rest[0])
    if np.isnan(numbers.values).any():
        raise file.refusal("a number is missing", line=first + int(np.isnan(numbers.values).any(axis=1).argmax()))
    rows, columns = numbers.values.shape
    axes = []
    for direction, count, key in (("y", rows, "height"), ("x", columns, "width")):
        match = _MEASURE.fullmatch(comments[key])
        size = number(match[1].replace(",", ".")) if match else 0.0
        if match is None or not size > 0.0 or not is_of(spelled(match[2])[0], "m"):
            raise file.refusal(f"the {key} is {comments[key]!r}; a length with its unit was expected")
        axes.append(axis(direction, count, size / count, match[2]))
    signal, note = channel(comments["channel"] or "signal", numbers.values, comments.get("units", ""))
    header = {key: value for key, value in comments.items() if key not in ("channel", "width", "height", "units")}
    notes = tuple(text for text in (ROWS_NOTE, note) if text)
    return Recording(
        "topography", (Curve(tuple(axes), (signal,)),), {"title": comments["channel"]}, header, notes=notes
    )


READER = Reader("gwyddion_text", "Gwyddion, a channel exported as text", _sniff, _read)
