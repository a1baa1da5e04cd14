"""The files of a folder: what each holds and which analyses can take it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from halodot.errors import DataError, HalodotError, InputError, Problem
from halodot.lab.method import all_methods
from halodot.readers import read

if TYPE_CHECKING:
    import xarray

#: more than a laboratory writes in a year; beyond it somebody named the wrong folder
MOST_FILES = 100_000
#: what operating systems and office programs leave among the data
_NO_DATA = ("thumbs.db", "desktop.ini", "ehthumbs.db")
_RESULTS = ".analysed"


@dataclass(frozen=True)
class Seen:
    """What one file of a folder is."""

    path: str  # below the folder, with "/" between its parts
    sha256: str = ""
    kind: str = ""  # of the measurement
    reader: str = ""
    roles: frozenset[tuple[str, str]] = field(default_factory=frozenset)  # method and role that it can play
    problem: str = ""  # why it could not be read
    warnings: tuple[str, ...] = ()
    hint: str = ""  # what columns without headings may be, as the reader says it


def files_of(folder: Path) -> list[str]:
    """Return the paths of all files below a folder that may be data, sorted, with "/" between their parts.

    Hidden files, what operating systems leave and results of earlier analyses are left out. A link is named and not
    followed.

    Args:
        folder: that is analysed.

    Raises:
        InputError: it is no folder, cannot be read, or holds more files than anybody measures.
    """
    if not folder.is_dir():
        what = "this is no folder" if folder.exists() else "there is no such folder"
        raise InputError(Problem(f"{what}; name the folder in which the measured files lie", file=str(folder)))
    found = []
    for path in _walked(folder, folder):
        found.append(path.relative_to(folder).as_posix())
        if len(found) > MOST_FILES:
            raise InputError(Problem(f"there are more than {MOST_FILES} files; name a folder below", file=str(folder)))
    return sorted(found)


def _walked(folder: Path, top: Path) -> Iterator[Path]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        if folder == top:
            raise InputError(Problem(f"the folder cannot be read: {error.strerror}", file=str(folder))) from error
        return
    for entry in entries:
        if entry.name.startswith((".", "~$")) or entry.name.casefold() in _NO_DATA:
            continue
        if entry.is_symlink():
            yield Path(entry.path)
        elif entry.is_dir():
            if not entry.name.endswith(_RESULTS):
                yield from _walked(Path(entry.path), top)
        elif entry.is_file():
            yield Path(entry.path)


def columns_for(path: str, columns: Mapping[str, str]) -> str:
    """Return what the columns of a file are said to be: that of the last pattern that its path matches, or nothing.

    Args:
        path: of the file below the folder.
        columns: columns in words, or the name of a map, by pattern of paths such as "PLQY/*.txt".
    """
    found = ""
    for pattern, words in columns.items():
        if fnmatchcase(path, pattern) or fnmatchcase(PurePosixPath(path).name, pattern):
            found = words
    return found


def opened(folder: Path, path: str, columns: Mapping[str, str]) -> xarray.Dataset:
    """Read one file of a folder.

    Raises:
        DataError: it cannot be read.
    """
    return read(folder / path, columns=columns_for(path, columns) or None)


def seen(folder: Path, path: str, columns: Mapping[str, str]) -> Seen:
    """Return what one file is; a file that cannot be read says why.

    Args:
        folder: that is analysed.
        path: of the file below it.
        columns: as of :func:`columns_for`.
    """
    if (folder / path).is_symlink():
        return Seen(path, problem="a link, which is not followed; put the file itself here")
    try:
        data = opened(folder, path, columns)
    except HalodotError as error:
        return Seen(path, _sha256(folder / path), problem=_without_folder(str(error), folder, path))
    except (OSError, MemoryError) as error:
        return Seen(path, problem=f"it cannot be read: {getattr(error, 'strerror', None) or type(error).__name__}")
    roles = frozenset(
        (method.name, role.name)
        for method in all_methods().values()
        for role in method.roles
        if _fits(role.takes, data)
    )
    warnings = tuple(line for line in str(data.attrs.get("warnings", "")).splitlines() if line)
    return Seen(
        path, str(data.attrs["sha256"]), str(data.attrs["kind"]), str(data.attrs["reader"]), roles, "", warnings
    )


def _sha256(path: Path) -> str:
    """Return the hash of a file that no reader takes, empty where it cannot be read at all."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""


def _fits(takes: Callable[[xarray.Dataset], bool], data: xarray.Dataset) -> bool:
    try:
        return takes(data)
    except DataError:
        return False


def _without_folder(message: str, folder: Path, path: str) -> str:
    """Return a message without the path of the file that its row names already."""
    return message.replace(str(folder / path), "").removeprefix(": ").strip()
