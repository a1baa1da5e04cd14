"""What text of current-voltage curves of solar cells has in common: lines of keys, labels of pixels and sweeps."""

from __future__ import annotations

import re
from collections.abc import Mapping

from halodot.readers.numbers import cells, number
from halodot.readers.raw_file import RawFile

_DIRECTIONS = (
    (re.compile(r"(?:\b|_)(?:rev|reverse|bw|backward)(?:\b|_)", re.IGNORECASE), "reverse"),
    (re.compile(r"(?:\b|_)(?:for|fwd?|forward)(?:\b|_)", re.IGNORECASE), "forward"),
)


def direction(label: str) -> str:
    """Return the direction of the sweep that a label names, empty where it names none.

    Args:
        label: such as ``b_rev`` or ``a_Forward_Light``.
    """
    return next((word for pattern, word in _DIRECTIONS if pattern.search(label)), "")


def keys(file: RawFile, first: int, last: int) -> dict[str, list[str]]:
    """Return the values of lines of a key and tabs, by the key without its colon.

    Args:
        file: the text.
        first: line, counted from 1.
        last: line, not read any more.
    """
    rows = (cells(line, "\t") for line in file.lines[first - 1 : last - 1] if line.strip())
    return {row[0].rstrip(": "): row[1:] for row in rows}


def value(header: Mapping[str, list[str]], key: str, place: int = 0) -> float:
    """Return a number of a header, nan where it has none there.

    Args:
        header: as `keys` returns it.
        key: of the line.
        place: of the cell, counted from 0.
    """
    found = header.get(key, [])
    return number(found[place]) if place < len(found) else float("nan")


def line_that_starts(file: RawFile, start: str, after: int = 0) -> int:
    """Return the number of the first line that starts with some letters.

    Args:
        file: the text.
        start: of the line.
        after: which line to look.

    Raises:
        DataError: there is none.
    """
    for place in range(after, len(file.lines)):
        if file.lines[place].startswith(start):
            return place + 1
    raise file.refusal(f"a line that starts with {start!r} was expected; the file is cut off", line=len(file.lines))


def as_text(header: Mapping[str, list[str]]) -> dict[str, str]:
    """Return a header as one text a key."""
    return {key: ", ".join(cell for cell in row if cell) for key, row in header.items()}
