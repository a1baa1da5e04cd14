"""What installed distributions add to halodot: found by their entry points, loaded when it is asked for.

A distribution names what it adds in its metadata, in the group ``halodot.library`` (a folder laid out like the library)
or ``halodot.readers`` (a function that reads a measured file). Nothing of it is imported before it is used.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from halodot.errors import InputError, Problem

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

READERS = "halodot.readers"


@dataclass(frozen=True)
class Extension:
    """One entry point of an installed distribution."""

    name: str  # of the entry point
    distribution: str  # name and version
    entry: EntryPoint

    def __str__(self) -> str:
        return f"{self.name} of {self.distribution}"


def extensions(group: str) -> tuple[Extension, ...]:
    """Return the entry points of a group, by name and then by distribution.

    Args:
        group: such as "halodot.readers".
    """
    return _extensions(group, tuple(sys.path))


@lru_cache(maxsize=8)
def _extensions(group: str, path: tuple[str, ...]) -> tuple[Extension, ...]:
    """Return the entry points of a group, as long as modules are looked for in the same places."""
    from importlib.metadata import entry_points

    found = [Extension(entry.name, _distribution(entry), entry) for entry in entry_points(group=group)]
    return tuple(sorted(found, key=str))


def _distribution(entry: EntryPoint) -> str:
    if entry.dist is None:
        return "an unnamed distribution"
    return f"{entry.dist.metadata['Name']} {entry.dist.version}"


def loaded(extension: Extension) -> Any:
    """Return what an entry point names.

    Raises:
        InputError: it cannot be imported, whatever it raises; the error names the distribution.
    """
    try:
        return extension.entry.load()
    except Exception as error:  # another's code may raise anything
        message = f"{extension} cannot be loaded from {extension.entry.value!r} ({type(error).__name__}: {error})"
        raise InputError(Problem(f"{message}; update or remove that distribution")) from error


def readers() -> Mapping[str, Extension]:
    """Return the readers of measured files that installed distributions add, by name, without loading them."""
    return {item.name: item for item in extensions(READERS)}


def reader(name: str) -> Callable[[Path], Any]:
    """Return a reader of measured files: a function of the file's path.

    Args:
        name: of its entry point in the group "halodot.readers".

    Raises:
        InputError: no distribution adds a reader of this name, two do, or it cannot be loaded or called.
    """
    found = [item for item in extensions(READERS) if item.name == name]
    if not found:
        known = ", ".join(readers()) or "none"
        raise InputError(f"no installed distribution adds a reader {name!r}; there are: {known}")
    if len(found) > 1:
        raise InputError(f"{' and '.join(map(str, found))} are readers of one name; remove one of these distributions")
    read = loaded(found[0])
    if not callable(read):
        raise InputError(f"the reader {found[0]} is no function of a path but {type(read).__name__}")
    return read  # type: ignore[no-any-return]
