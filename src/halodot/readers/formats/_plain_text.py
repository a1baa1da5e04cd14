"""What text formats share: dates of a computer's own language, counts that are counts, and the end of a file."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from halodot.readers.raw_file import RawFile
from halodot.readers.settings import iso_date

_CLOCKS = ("", " %H:%M:%S", " %H:%M", " %H:%M:%S.%f")
_TWELVE = (" %I:%M:%S %p", " %I:%M %p")
_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{2,4})\b")


def local_date(text: str) -> str:
    """Return a date as a computer in Europe, America or Asia writes it as ISO 8601, empty where it can be read twice.

    Dots part day, month and year; AM and PM go with month, day and year; year first stays so. Day and month between
    slashes with 24 hours are told apart by a number above twelve only.

    Args:
        text: date, with or without a time.
    """
    plain = " ".join(text.replace("T", " ").split()) if re.match(r"\d{4}-\d\d-\d\dT", text.strip()) else text
    plain = re.sub(
        r"\b([ap])\.?\s?m\.?(?=$|\W)", lambda found: found[1].upper() + "M", " ".join(plain.split()), flags=re.I
    )
    plain = re.sub(r"(\d{1,2}[./]\d{1,2}[./]\d{2,4}),", r"\1", plain)
    twelve = plain.endswith(("AM", "PM"))
    clocks = _TWELVE if twelve else _CLOCKS
    days = ["%d.%m.%Y", "%d.%m.%y", "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d-%b-%Y", "%d %b %Y", "%d %B %Y", "%b %d %Y"]
    if found := _DATE.match(plain):
        first, second = int(found[1]), int(found[2])
        year = "%Y" if len(found[3]) == 4 else "%y"
        if twelve or second > 12 or first == second:
            days.append(f"%m/%d/{year}")
        elif first > 12:
            days.append(f"%d/%m/{year}")
    return iso_date(plain, *(day + clock for day in days for clock in clocks))


def are_counts(values: NDArray[np.float64]) -> bool:
    """Whether numbers can be photons that were counted: none below zero.

    Args:
        values: of a signal, nan where a cell is empty.
    """
    return bool(np.isfinite(values).any() and np.nanmin(values) >= 0.0)


def check_last_number(file: RawFile, rows: Sequence[Sequence[str]], first_line: int) -> None:
    """Refuse a file that ends within its last number: without a line end, and shorter than the column writes them.

    Args:
        file: the text.
        rows: cells of all rows of numbers, the last of which may end the file.
        first_line: of the rows, counted from 1.

    Raises:
        DataError: the last number may have had more digits.
    """
    last_line = first_line + len(rows) - 1
    if last_line != len(file.lines) or len(rows) < 2:
        return
    if len(rows[-1]) != len(rows[-2]):
        raise file.refusal("the file ends within a row; it is cut off", line=last_line)
    last, before = rows[-1][-1], [row[-1] for row in rows[max(0, len(rows) - 200) : -1]]
    if _tail(last) < max(_tail(cell) for cell in before):
        raise file.refusal("the file ends within a number; it is cut off", line=last_line)
    if max(_tail(cell) for cell in before) == 0 and len(last) < min(len(cell) for cell in before[-10:]):
        raise file.refusal("the file ends within a number; it is cut off", line=last_line)


def _tail(cell: str) -> int:
    """Return how many characters stand behind the decimal mark."""
    return max(len(cell) - 1 - cell.rfind(mark) if mark in cell else 0 for mark in ".,")
