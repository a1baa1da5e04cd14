"""Tables that a map of columns in the user's folder recognises by its words."""

from __future__ import annotations

from halodot.readers.column_maps import recognised_map
from halodot.readers.mapped import read_by_map
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Match, Reader, Recording


def _sniff(file: RawFile) -> Match:
    return Match.SIGNATURE if recognised_map(file) is not None else Match.NO  # what the user says of a file is so


def _read(file: RawFile) -> Recording:
    found = recognised_map(file)
    if found is None:
        raise file.refusal("no map of columns in your folder recognises this file; name one with columns=...")
    return read_by_map(file, found)


READER = Reader("own_map", "columns by a map of the user's folder", _sniff, _read)
