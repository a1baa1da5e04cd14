"""Which reader knows a file, and what it says of it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

import numpy as np

from halodot.errors import DataError
from halodot.extensions import loaded
from halodot.extensions import readers as added_readers
from halodot.readers import formats
from halodot.readers.column_maps import map_of
from halodot.readers.dataset import dataset
from halodot.readers.guards import guarded
from halodot.readers.mapped import read_by_map
from halodot.readers.raw_file import RawFile, open_raw
from halodot.readers.recording import Match, Reader, Recording

if TYPE_CHECKING:
    import xarray


def read(
    path: str | os.PathLike[str],
    reader: str = "",
    columns: str | os.PathLike[str] | Mapping[str | int, str] | None = None,
) -> xarray.Dataset:
    """Read a raw file of an instrument.

    The format is recognised by what the file holds, never by its ending.

    Args:
        path: of the file.
        reader: name of a reader, where the file is not to be recognised.
        columns: what the columns of a table are: the name or the path of a map
            (docs/readers.md), the columns in their order (``"wavelength (nm), intensity"``), or what a heading or a
            place counted from 1 is (``{"I": "current (mA)"}``).

    Returns:
        The quantities with their standard names, in SI (attribute ``units``), the file's own unit beside it; as
        attributes what is measured (``kind``), the reader, the file's name and sha256, the instrument's settings in SI
        (`halodot.readers.recording.METADATA`), the rest of its header as JSON, ``warnings`` and ``notes``. A file of
        several curves gives one variable for each, or a dimension ``curve`` where they share their axes;
        `halodot.readers.curves` takes them apart.

    Raises:
        DataError: nobody knows the file, or it is damaged; with the place and what was expected.
        InputError: there is no such map of columns, or it has mistakes; with every one.
    """
    file = open_raw(path)
    if columns is not None:
        chosen_map = map_of(columns)
        by_map = Reader("columns", "columns of numbers", lambda _: Match.TABLE, lambda it: read_by_map(it, chosen_map))
        return dataset(recorded(file, by_map), file, by_map)
    chosen = named(reader) if reader else recognised(file)
    return dataset(recorded(file, chosen), file, chosen)


def recorded(file: RawFile, reader: Reader) -> Recording:
    """Return what a file holds, checked.

    Raises:
        DataError: it is damaged, or holds what cannot be measured.
    """
    try:
        with np.errstate(all="ignore"):  # of damaged bytes; guards judge what came of them
            found = reader.read(file)
    except DataError:
        raise
    except ImportError as error:
        extra = f"{reader.title} is read with {reader.library or error.name}; pip install 'halodot[lab]'"
        raise file.refusal(f"this is a file of {extra}") from error
    except Exception as error:  # whatever a damaged file makes a reader or a library raise
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        message = f"damaged, or a variant of {reader.title} that is not known ({what[:200]}); export it as text"
        raise file.refusal(message) from error
    return guarded(found, file)


def recognised(file: RawFile) -> Reader:
    """Return the one reader that knows a file best.

    Raises:
        DataError: none does, or two do equally well.
    """
    matches = [(match, reader) for reader in readers() if (match := _match(reader, file))]
    if not matches:
        what = "text" if file.encoding else "binary data"
        start = repr(file.text[:40] if file.encoding else file.data[:16])
        raise file.refusal(
            f"no reader knows this {what}, which starts with {start}; export it as text with a line of headings and "
            "units, or see the table of formats in docs/readers.md",
        )
    best = max(match for match, _ in matches)
    found = [reader for match, reader in matches if match == best]
    if len(found) > 1:
        names = " and ".join(reader.name for reader in found)
        raise file.refusal(f"{names} know this file equally well; choose one with reader=...")
    return found[0]


def _match(reader: Reader, file: RawFile) -> Match:
    try:
        return reader.sniff(file)
    except DataError:
        return Match.NO


def named(name: str) -> Reader:
    """Return the reader of a name.

    Raises:
        DataError: there is none.
    """
    found = {reader.name: reader for reader in readers()}
    if name not in found:
        raise DataError(f"there is no reader {name!r}; there are {', '.join(sorted(found))}")
    return found[name]


def readers() -> tuple[Reader, ...]:
    """Return every reader: those of `halodot.readers.formats`, and those that installed distributions add."""
    added: Iterable[object] = (loaded(extension) for extension in added_readers().values())
    return (*_shipped(), *(reader for reader in added if isinstance(reader, Reader)))


@cache
def _shipped() -> tuple[Reader, ...]:
    names = sorted(item.name for item in iter_modules(formats.__path__))
    modules = [import_module(f"{formats.__name__}.{name}") for name in names]
    found = [value for module in modules for value in vars(module).values() if isinstance(value, Reader)]
    return tuple({reader.name: reader for reader in found}.values())
