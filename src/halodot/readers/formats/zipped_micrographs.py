"""A zip archive that holds files of an electron or probe microscope: each is read by its own reader."""

from __future__ import annotations

import io
import zipfile

from halodot.readers.archives import member, member_names
from halodot.readers.formats import gatan_dm, nanoscope, ncem_emd, tia_ser, velox_emd
from halodot.readers.formats._hdf5 import MARK
from halodot.readers.raw_file import HEAD, RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording

_READERS = (velox_emd.READER, ncem_emd.READER, gatan_dm.READER, tia_ser.READER, nanoscope.READER)
#: members of an archive of a microscope; a folder of a day is no one file
_MOST_MEMBERS = 8


def _sniff(file: RawFile) -> Match:
    names = _members(file)
    if not 0 < len(names) <= _MOST_MEMBERS:
        return Match.NO
    try:
        with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
            for name in names:
                with archive.open(name) as stream:
                    head = RawFile(file.path, stream.read(HEAD))
                if not head.data.startswith(MARK) and not any(one.sniff(head) for one in _READERS):
                    return Match.NO
    except Exception:  # whatever a damaged archive raises, it is not known
        return Match.NO
    return Match.LAYOUT


def _members(file: RawFile) -> list[str]:
    return [name for name in member_names(file) if not name.endswith("/") and "__MACOSX" not in name]


def _read(file: RawFile) -> Recording:
    recordings = []
    names = _members(file)
    for name in names:
        inner = RawFile(f"{file.path}/{name}", member(file, name))
        reader = next((one for one in _READERS if one.sniff(inner)), None)
        if reader is None:
            raise file.refusal(f"{name!r} in the archive is no file of a microscope that is known")
        recordings.append(reader.read(inner))
    first = recordings[0]
    if len(recordings) == 1:
        notes = (*first.notes, f"read from {names[0]!r} in the archive")
        return Recording(first.kind, first.curves, first.metadata, first.header, first.warnings, notes)
    curves = tuple(
        Curve(
            curve.axes,
            curve.signals,
            f"{name}: {curve.label}" if curve.label else name,
            dict(one.metadata) | dict(curve.metadata),
        )
        for name, one in zip(names, recordings)
        for curve in one.curves
    )
    header = {f"{name}: {key}": value for name, one in zip(names, recordings) for key, value in one.header.items()}
    warnings = tuple(dict.fromkeys(text for one in recordings for text in one.warnings))
    notes = tuple(dict.fromkeys(text for one in recordings for text in one.notes))
    return Recording(first.kind, curves, {}, header, warnings, notes)


READER = Reader("zipped_micrographs", "zip archive of microscope files", _sniff, _read)
