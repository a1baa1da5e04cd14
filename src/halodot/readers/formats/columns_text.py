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
_PARAMETER = re.compile(r"\s*[A-Za-z]\w*\s*=\s*\S+\s*(?:\*|#|//|;|$)")
#: how texts begin that are no tables, whatever numbers they hold
_OTHER = ("{", "[{", "<", "%PDF", "**", "#!/", "##TITLE", "import ", "from ", "def ", "class ", "{\\rtf")


def _sniff(file: RawFile) -> Match:
    if not file.encoding:
        return Match.NO
    if _no_table(file):
        return Match.TABLE
    if file.text.lstrip().startswith(_OTHER):
        return Match.NO
    return Match.TABLE if any(map(_is_row, file.lines[:LONGEST_PREAMBLE])) else Match.NO


def _no_table(file: RawFile) -> str:
    """Return what a text is that holds numbers and no measurement, empty for others."""
    start = file.text[:4096].lstrip()
    if re.match(r"[{\[]\s*[\"\[{]", start):
        return "this is JSON of a kind that is not known; no instrument's program is known to write it"
    filled = [line for line in file.lines[:60] if line.strip() and not line.startswith(("*", "#"))]
    if len(filled) > 2 and sum(bool(_PARAMETER.match(line)) for line in filled) > 0.7 * len(filled):
        return "these are parameters (name = value), not a measurement; halodot reads what was measured or simulated"
    return ""


def _is_row(line: str) -> bool:
    """Whether a line holds a number and few words."""
    cells = [cell.strip("\"'") for cell in _CELLS.split(line.strip()) if cell]
    numbers = sum(map(is_number, cells))
    return bool(numbers) and 2 * numbers >= sum(cell.casefold() not in ABSENT for cell in cells)


def _read(file: RawFile) -> Recording:
    if what := _no_table(file):
        raise file.refusal(what, line=1)
    return recording_of_tables(file, tables_of_text(file), Told())


READER = Reader("columns_text", "columns of numbers as text", _sniff, _read)
