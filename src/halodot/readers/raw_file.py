"""The bytes of a measured file: bounded in size, decoded once, and never read past their end."""

from __future__ import annotations

import hashlib
import os
import re
import struct
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halodot.errors import DataError

#: bytes; a photon stream of an hour has some hundred MB, and four times this must fit into 1 GB
LARGEST_FILE = 250_000_000
#: bytes that a reader looks at to recognise a binary file
HEAD = 4096
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x19\x1c-\x1f]")
_HIGH = re.compile(rb"[\x80-\xff]+")


@dataclass(frozen=True, eq=False)
class RawFile:
    """A file as it lies on disk."""

    path: str  # as it was named, for messages
    data: bytes = field(repr=False)

    @cached_property
    def name(self) -> str:
        """Its name without the folder; a reader never looks at the ending."""
        return Path(self.path).name

    @cached_property
    def sha256(self) -> str:
        """Hash of the bytes."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def head(self) -> bytes:
        """The first bytes, as many as there are up to `HEAD`."""
        return self.data[:HEAD]

    @cached_property
    def encoding(self) -> str:
        """The encoding of a text, empty for a binary file."""
        return _encoding(self.data)

    @cached_property
    def text(self) -> str:
        """The whole file as text.

        Raises:
            DataError: it is binary.
        """
        if not self.encoding:
            raise self.refusal("this is a binary file; text was expected", byte=_first_control(self.data))
        return self.data.decode(self.encoding, errors="replace").replace("\ufeff", "")

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines of a text without their ends; counted from 1 in messages.

        Raises:
            DataError: it is binary.
        """
        return tuple(re.split(r"\r\n|\r|\n", self.text))

    def line(self, number: int, what: str = "a line") -> str:
        """Return a line, counted from 1.

        Raises:
            DataError: the file ends before it, with what was expected there.
        """
        if not 1 <= number <= len(self.lines):
            raise self.refusal(f"the file ends where {what} was expected", line=min(number, len(self.lines)))
        return self.lines[number - 1]

    def unpack(self, layout: str, offset: int, what: str = "") -> tuple[Any, ...]:
        """Return the values of a struct layout at a byte.

        Args:
            layout: of :mod:`struct`, with its byte order: ``"<4f"``.
            offset: of the first byte.
            what: that is expected there, for the message.

        Raises:
            DataError: the file ends before, or the place lies before its start.
        """
        size = struct.calcsize(layout)
        self._check(offset, size, what)
        return struct.unpack_from(layout, self.data, offset)

    def array(self, dtype: str, count: int, offset: int, what: str = "") -> NDArray[Any]:
        """Return an array at a byte; its size is checked against the file before any memory is taken.

        Args:
            dtype: of NumPy, with its byte order: ``"<f4"``.
            count: of the values.
            offset: of the first byte.
            what: that is expected there, for the message.

        Raises:
            DataError: the file ends before, or the number of values is negative.
        """
        kind = np.dtype(dtype)
        self._check(offset, count * kind.itemsize if count >= 0 else -1, what or f"{count} numbers")
        return np.frombuffer(self.data, kind, count, offset)

    def field(self, offset: int, size: int) -> str:
        """Return the text of a field of fixed length, as far as the file has it."""
        return field_text(self.data[offset : offset + size])

    def _check(self, offset: int, size: int, what: str) -> None:
        if offset < 0 or size < 0 or offset + size > len(self.data):
            expected = f"{what or 'more'} ({size} bytes) was expected" if size >= 0 else f"{what} cannot be"
            raise self.refusal(f"{expected}, but the file has {len(self.data)} bytes", byte=offset)

    def refusal(self, message: str, *, line: int = 0, byte: int = -1) -> DataError:
        """Return the error that refuses the file, with the place.

        Args:
            message: what is wrong and what was expected.
            line: of the text, counted from 1; 0 where none is to blame.
            byte: counted from 0; -1 where none is to blame.
        """
        place = f"line {line}: " if line > 0 else (f"byte {byte}: " if byte >= 0 else "")
        return DataError(f"{self.path}: {place}{message}")


def field_text(data: bytes) -> str:
    """Return the text of a field of fixed length in the letters of Western Windows; zeros fill it up."""
    return data.split(b"\0")[0].decode("cp1252", errors="replace").strip()


def shown_path(path: str | os.PathLike[str]) -> str:
    """Return a path as a message shows it: a newline or a letter of no encoding in a name stays on its line."""
    return repr(os.fspath(path))[1:-1]


def open_raw(path: str | os.PathLike[str]) -> RawFile:
    """Return a file with its bytes.

    Raises:
        DataError: it is absent, a folder, no ordinary file, empty, too large, or cannot be read.
    """
    name = os.fspath(path)
    shown = shown_path(name)
    try:
        place = Path(name)
        if place.is_dir():
            raise DataError(f"{shown}: this is a folder; name a file")
        if not place.is_file():
            what = "the link leads nowhere" if place.is_symlink() else "there is no such file"
            raise DataError(f"{shown}: {what}" if not place.exists() else f"{shown}: this is no ordinary file")
        size = place.stat().st_size
        if size > LARGEST_FILE:
            limit = LARGEST_FILE // 1_000_000
            raise DataError(f"{shown}: the file has {size / 1e6:.0f} MB; at most {limit} MB are read")
        data = place.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{shown}: the file cannot be read ({reason})") from error
    if not data:
        raise DataError(f"{shown}: the file is empty; copy it from the instrument once more")
    return RawFile(shown, data)


# ------------------------------------------------------------------------------------------------------------- encoding


def _first_control(data: bytes) -> int:
    found = _CONTROL.search(data)
    return found.start() if found else 0


def _encoding(data: bytes) -> str:
    """Return the encoding of a text, empty where the bytes are none; numbers are the same in all that is tried."""
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if data.startswith(mark):
            return encoding
    head = data[:HEAD]
    if b"\0" in head:
        return _utf16_without_mark(head)
    if _CONTROL.search(data):
        return ""
    high = data[:1_000_000]
    try:
        high.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError as error:
        if error.start > len(high) - 4 < len(data) - 4:  # cut within a letter
            return "utf-8"
    return _eastern(high) or "cp1252"  # the usual one of instruments' computers in Europe and America


def _utf16_without_mark(head: bytes) -> str:
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > 0.7 * half and even == 0:
        return "utf-16-le"
    return "utf-16-be" if even > 0.7 * half and odd == 0 else ""


def _eastern(data: bytes) -> str:
    """Return GB18030 or Shift-JIS where the high bytes pair up into letters of these, else nothing.

    Western text has its high bytes alone: a degree sign, a micro, an umlaut.
    """
    runs = [found.group() for found in _HIGH.finditer(data)]
    if sum(len(run) == 1 for run in runs) > 0.5 * len(runs) and b"\x83" not in data:
        return ""
    in_gb2312 = sum(byte >= 0xA1 for run in runs for byte in run) >= 0.95 * sum(map(len, runs))
    order = ("gb18030", "shift_jis") if in_gb2312 else ("shift_jis", "gb18030")
    for encoding in order:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as error:
            if error.start < len(data) - 4:
                continue
            text = data[: error.start].decode(encoding)
        letters = [letter for letter in text if ord(letter) > 127]
        eastern = sum(0x3000 <= ord(letter) <= 0x9FFF or ord(letter) >= 0xFF00 for letter in letters)
        if eastern > 0.6 * len(letters):
            return encoding
    return ""
