"""Columns of numbers as any program writes them: headings with units, or nothing but numbers.

What a column holds is taken from its heading, by the same reading that fits use (:mod:`halodot.columns`). Numbers
without a heading stay numbers: what they may be is said, and how to say what they are.
"""

from __future__ import annotations

import re

from halodot.columns import is_number
from halodot.readers.numbers import ABSENT
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Match, Reader, Recording
from halodot.readers.table_recording import recording_of_tables
from halodot.readers.tables import LONGEST_PREAMBLE, tables_of_text
from halodot.readers.tabulated import Told

_CELLS = re.compile(r"[\s;,]+")
#: how texts begin that are no tables, whatever numbers they hold
_OTHER = ("{", "[{", "<", "%PDF", "**", "#!/", "##TITLE", "import ", "from ", "def ", "class ", "{\\rtf")


def _sniff(file: RawFile) -> Match:
    if not file.encoding or file.text.lstrip().startswith(_OTHER):
        return Match.NO
    head = file.lines[:LONGEST_PREAMBLE]
    return Match.TABLE if any(map(_is_row, head)) else Match.NO


def _is_row(line: str) -> bool:
    """Whether a line holds a number and few words."""
    cells = [cell.strip("\"'") for cell in _CELLS.split(line.strip()) if cell]
    numbers = sum(map(is_number, cells))
    return bool(numbers) and 2 * numbers >= sum(cell.casefold() not in ABSENT for cell in cells)


def _read(file: RawFile) -> Recording:
    return recording_of_tables(file, tables_of_text(file), Told())


READER = Reader("columns_text", "columns of numbers as text", _sniff, _read)
