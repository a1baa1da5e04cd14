"""Andor Solis, .sif: known by its first line and refused, as its layout differs between versions without saying so."""

from __future__ import annotations

from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Match, Reader, Recording

_MARK = b"Andor Technology Multi-Channel File"


def _sniff(file: RawFile) -> Match:
    return Match.SIGNATURE if file.data.startswith(_MARK) else Match.NO


def _read(file: RawFile) -> Recording:
    raise file.refusal(
        "this is a .sif file of Andor Solis; export it from Solis as text with the settings (.asc)", byte=0
    )


READER = Reader("andor_sif", "Andor Solis .sif (refused: export as text)", _sniff, _read)
