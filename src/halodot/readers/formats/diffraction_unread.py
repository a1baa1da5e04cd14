"""Files of diffraction that are known and not read, each refused with what it is and what to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, NoReturn

from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Match, Reader


class _Unread(NamedTuple):
    """A format that is recognised only to be refused."""

    title: str
    known: Callable[[RawFile], bool]
    advice: str


def _is_cif(file: RawFile) -> bool:
    if not file.encoding:
        return False
    lines = [line for line in file.lines[:500] if line.strip() and not line.lstrip().startswith("#")]
    started = bool(lines) and lines[0].lower().startswith("data_")
    return started and any(line.strip().startswith(("_", "loop_")) for line in lines[1:20])


def _starts(*marks: bytes) -> Callable[[RawFile], bool]:
    return lambda file: file.data.startswith(marks) and not file.encoding


_UNREAD: Mapping[str, _Unread] = {
    "crystal_structure_cif": _Unread(
        "CIF, a crystal structure",
        _is_cif,
        "this is a CIF: it describes a crystal structure or a refinement, a reference and no raw measurement",
    ),
    "rigaku_raw": _Unread(
        "Rigaku, binary RAW",
        lambda file: _starts(b"FI\0")(file) and b"PI\0\0" in file.data[:65536],
        "this is a binary file of Rigaku, whose layout is not published; save it as .ras, .rasx or .xy",
    ),
    "stoe_raw": _Unread(
        "STOE WinXPOW, binary RAW",
        _starts(b"RAW_1."),
        "this is a binary file of STOE WinXPOW, which is not read; export it as .xy or .xye",
    ),
    "philips_rd": _Unread(
        "Philips PC-APD, binary RD and SD",
        _starts(b"V3RD", b"V5RD", b"V3SD", b"V5SD"),
        "this is a binary file of Philips PC-APD, which is not read; save it as .udf or .xrdml",
    ),
}


def _reader(name: str, unread: _Unread) -> Reader:
    def sniff(file: RawFile) -> Match:
        return Match.LAYOUT if unread.known(file) else Match.NO

    def read(file: RawFile) -> NoReturn:
        raise file.refusal(unread.advice)

    return Reader(name, unread.title, sniff, read)


CIF = _reader("crystal_structure_cif", _UNREAD["crystal_structure_cif"])
RIGAKU = _reader("rigaku_raw", _UNREAD["rigaku_raw"])
STOE = _reader("stoe_raw", _UNREAD["stoe_raw"])
PHILIPS = _reader("philips_rd", _UNREAD["philips_rd"])
