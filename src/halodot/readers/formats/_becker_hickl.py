"""What all files of Becker & Hickl's SPCM say: the identification, and the settings of the module.

Settings stand as ``#SP [SP_TAC_R,F,5.0e-08]``: name, type of the value, value. SP_TAC_R is the range of the
time-to-amplitude converter [s], SP_TAC_G its gain, SP_ADC_RE the channels over range / gain, SP_COL_T the collection
time [s]. A file .set or .sdt starts with a header whose 16-bit words, its check sum among them, add up to 0x55aa.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from halodot.readers.numbers import number
from halodot.readers.raw_file import RawFile
from halodot.readers.settings import iso_date

_SETTING = re.compile(r"#\w\w \[(\w+),(\w),([^\]]*)\]")
#: bytes of the header of .set and .sdt, and what its words add up to
HEADER_SIZE = 42
_CHECK_SUM = 0x55AA
#: bytes that are read of a file beside; settings have some kilobytes
_LARGEST_SETTINGS = 1_000_000


class Located(NamedTuple):
    """Where parts of a file .set or .sdt lie."""

    revision: int
    info: str
    setup: str
    data_offset: int
    blocks: int
    longest_block: int
    descriptions_offset: int
    descriptions: int
    description_length: int


def has_header(data: bytes) -> bool:
    """Whether bytes start as a file .set or .sdt does."""
    return (
        len(data) > HEADER_SIZE and data[32:34] == b"\x55\x55" and data[2:6] == b"\x2a\0\0\0" and b"*IDENT" in data[:60]
    )


def located(file: RawFile) -> Located:
    """Return what the header of a file .set or .sdt says.

    Raises:
        DataError: its check sum does not agree, or it points beyond the file.
    """
    words = file.array("<u2", HEADER_SIZE // 2, 0, "the file header")
    if int(words.sum()) & 0xFFFF != _CHECK_SUM:
        raise file.refusal("the check sum of the file header does not agree; the header is damaged", byte=0)
    found = file.unpack("<HihiHihIihhHIHH", 0)
    revision, info, info_size, setup, setup_size, data, blocks, longest, first, many, size, _, extended, *_ = found
    blocks = extended if blocks == 0x7FFF else blocks
    parts = [
        bytes(file.array("u1", count, at, what))
        for at, count, what in ((info, info_size, "the identification"), (setup, setup_size, "the setup"))
    ]
    texts = [part.split(b"BIN_PARA_BEGIN")[0].decode("cp1252", errors="replace") for part in parts]
    return Located(revision, texts[0], texts[1], data, blocks, longest, first, many, size)


def identification(text: str) -> dict[str, str]:
    """Return the lines ``key : value`` of an identification; lines without a key go on with the last one."""
    found: dict[str, str] = {}
    last = ""
    for line in text.splitlines():
        key, colon, value = (part.strip() for part in line.partition(":"))
        if line.startswith("*") or not line.strip():
            continue
        if colon and key and len(key) < 20:
            found[key], last = value.strip(" \x04"), key
        elif last:
            found[last] = f"{found[last]} {line.strip()}".strip()
    return found


def parameters(text: str) -> dict[str, str]:
    """Return the settings of a setup by their names."""
    return {name: value for name, _, value in _SETTING.findall(text)}


def channel_width(settings: Mapping[str, str]) -> float:
    """Return the width of a channel [s], nan where the settings do not say it."""
    tac, gain, channels = (number(settings.get(name, "")) for name in ("SP_TAC_R", "SP_TAC_G", "SP_ADC_RE"))
    width = tac / (gain * channels) if gain > 0.0 and channels > 0.0 else math.nan
    return width if 1e-15 < width < 1.0 else math.nan


def micro_width(settings: Mapping[str, str]) -> float:
    """Return the step of the micro time [s], nan where the settings do not say it; photons always have 12 bits."""
    return channel_width({**settings, "SP_ADC_RE": "4096"})


def metadata(found: Mapping[str, str], settings: Mapping[str, str]) -> dict[str, str | float]:
    """Return what an identification and settings say in the words of `METADATA`."""
    words = {"Title": "title", "Author": "operator", "Contents": "comment"}
    known: dict[str, str | float] = {word: found[key] for key, word in words.items() if found.get(key)}
    module = re.search(r"module (\S+)(?: \(Ser\.No\. (\w+)\))?", found.get("Contents", ""))
    known["instrument"] = f"Becker & Hickl {module[1]}" if module else "Becker & Hickl"
    if module and module[2]:
        known["serial_number"] = module[2]
    if date := date_of(found.get("Date", ""), found.get("Time", "")):
        known["date"] = date
    if (collected := number(settings.get("SP_COL_T", ""))) > 0.0:
        known["acquisition_time"] = collected
    if math.isfinite(width := channel_width(settings)):
        known["time_resolution"] = width
    return known


def date_of(date: str, time: str) -> str:
    """Return date and time as ISO 8601; SPCM writes year-month-day, and before version 8 month-day-year."""
    return iso_date(f"{date} {time}", "%Y-%m-%d %H:%M:%S", "%m-%d-%Y %H:%M:%S")


def beside(file: RawFile, ending: str) -> RawFile | None:
    """Return the start of the file of the same measurement that lies beside, None where there is none.

    Args:
        file: that is read.
        ending: of the other, in small or capital letters on the disk.
    """
    for case in (ending, ending.upper()):
        try:
            other = Path(file.path).with_suffix(case)
            if other.is_file() and str(other) != file.path:
                with other.open("rb") as stream:
                    return RawFile(str(other), stream.read(_LARGEST_SETTINGS))
        except (OSError, ValueError):
            continue
    return None


def settings_beside(file: RawFile) -> tuple[str, dict[str, str], dict[str, str]]:
    """Return name, identification and settings of the .set beside a file, empty where there is none that is sound."""
    other = beside(file, ".set")
    if other is None or not has_header(other.data):
        return "", {}, {}
    if int(np.frombuffer(other.data[:HEADER_SIZE], "<u2").sum()) & 0xFFFF != _CHECK_SUM:
        return "", {}, {}
    parts = located(other)
    return other.name, identification(parts.info), parameters(parts.setup)
