"""Excel workbooks (.xlsx, .xlsm): every sheet with a table of numbers is a curve."""

from __future__ import annotations

from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Match, Reader, Recording
from halodot.readers.table_recording import recording_of_workbook
from halodot.readers.tabulated import Told
from halodot.readers.workbooks import is_workbook


def _sniff(file: RawFile) -> Match:
    return Match.SIGNATURE if is_workbook(file) else Match.NO


def _read(file: RawFile) -> Recording:
    return recording_of_workbook(file, Told())


READER = Reader("excel", "Excel workbooks (.xlsx, .xlsm)", _sniff, _read)
