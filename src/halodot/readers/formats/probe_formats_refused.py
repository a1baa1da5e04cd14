"""Files of probe microscopes that are known by their mark and are not read: each is refused with what to do instead."""

from __future__ import annotations

from halodot.readers.archives import member_names
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Match, Reader, Recording

_MARKS = (
    (b"\x01\xb0\x93\xff", "NT-MDT (.mdt)", "in Nova or Gwyddion save it as .gwy, or export a channel as text"),
    (b"[DataSet]\r\n", "Nanosurf (.nid)", "in Gwyddion save it as .gwy, or export a channel as text"),
    (b"?*File list", "Nanoscope, exported as text", "open the original .spm or .000 file"),
)


def _found(file: RawFile) -> tuple[str, str]:
    """Return the format and what to do, empty where the file is of none."""
    for mark, name, advice in _MARKS:
        if file.data.startswith(mark):
            return name, advice
    names = member_names(file)
    if "header.properties" in names:
        return "JPK force curves (zip)", "export the curves as text"
    if "index.xml" in names and any(name.startswith("LAYER_") for name in names):
        return "Sensofar (.plux)", "in Gwyddion save it as .gwy, or export it as text"
    return "", ""


def _sniff(file: RawFile) -> Match:
    return Match.SIGNATURE if _found(file)[0] else Match.NO


def _read(file: RawFile) -> Recording:
    name, advice = _found(file)
    raise file.refusal(f"this is a file of {name or 'a probe microscope'}, which is not read: {advice}")


READER = Reader("probe_formats_refused", "files of probe microscopes that are not read", _sniff, _read)
