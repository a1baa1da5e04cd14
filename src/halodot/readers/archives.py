"""Zip archives and XML inside instrument files, opened without trust."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from halodot.readers.raw_file import RawFile

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

#: bytes that all members of an archive may unpack to, and each of them at most
LARGEST_CONTENT = 300_000_000
#: members that an archive may have; a map of diffraction patterns has some hundred
MOST_MEMBERS = 10_000


def member_names(file: RawFile) -> tuple[str, ...]:
    """Return the names in a zip archive; none where the file is no archive."""
    if not file.data.startswith(b"PK\x03\x04"):
        return ()
    try:
        with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
            return tuple(archive.namelist()[:MOST_MEMBERS])
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return ()


def member(file: RawFile, name: str) -> bytes:
    """Return one member of a zip archive.

    Raises:
        DataError: the archive is damaged, the member is absent, locked, or unpacks to more than `LARGEST_CONTENT`.
    """
    return next(members(file, (name,)))


def members(file: RawFile, names: Iterable[str]) -> Iterator[bytes]:
    """Yield members of a zip archive, one after the other; the archive is opened once.

    Raises:
        DataError: as :func:`member`.
    """
    name = ""
    try:
        with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
            for name in names:
                yield _content(file, archive, name)
    except KeyError as error:
        raise file.refusal(f"the archive lacks {name!r}") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError, OSError) as error:
        raise file.refusal(f"the archive is damaged at {name!r} ({error})") from error


def _content(file: RawFile, archive: zipfile.ZipFile, name: str) -> bytes:
    entry = archive.getinfo(name)
    if entry.file_size > LARGEST_CONTENT:
        raise file.refusal(
            f"{name!r} would unpack to {entry.file_size / 1e6:.0f} MB; {LARGEST_CONTENT / 1e6:.0f} at most"
        )
    with archive.open(entry) as stream:
        content = stream.read(LARGEST_CONTENT + 1)
    if len(content) > LARGEST_CONTENT:
        raise file.refusal(f"{name!r} unpacks to more than {LARGEST_CONTENT / 1e6:.0f} MB")
    return content


def xml_root(file: RawFile, content: bytes | None = None, what: str = "the file") -> Element:
    """Return the root of an XML document.

    Args:
        file: for messages, and the document where no content is given.
        content: of a member of an archive.
        what: the document is, for messages.

    Raises:
        DataError: it is no well-formed XML, or declares entities.
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        found: Element = fromstring(file.data if content is None else content)
    except DefusedXmlException as error:
        raise file.refusal(f"{what} declares entities, which no instrument needs") from error
    except (ParseError, ValueError, LookupError) as error:
        raise file.refusal(f"{what} is no whole XML document ({error})") from error
    return found


def local(tag: str) -> str:
    """Return the name of an element without its namespace."""
    return tag.rpartition("}")[2]
