"""What a user names, a result, a study or the place of one, as results by names that tell them apart."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path

from halodot.chain.simulate import simulate
from halodot.errors import InputError
from halodot.results.data import Result
from halodot.results.files import load, load_result
from halodot.study import Study

#: a result or a study, or where one of them lies
Named = Result | Study | str | PathLike[str]


def as_result(item: Named, progress: Callable[[str], None] = lambda text: None) -> Result:
    """Return a result, one that is simulated where a study is named.

    Args:
        item: a result, a study, the folder or the netCDF file of a result, a study file or the name of a study.
        progress: called with what is simulated.

    Raises:
        InputError: there is no such study, or it cannot be used.
        DataError: the file is no result of halodot.
    """
    if isinstance(item, Result):
        return item
    if not isinstance(item, Study):
        if is_result(item):
            return load_result(item)
        item = load(item)
    progress(f"simulating {item.title}")
    return simulate(item)


def is_result(place: str | PathLike[str]) -> bool:
    """Return whether a place is the folder of a result or its netCDF file, by its names alone."""
    return Path(place).suffix == ".nc" or os.path.isfile(Path(place) / "results.nc")


def named_results(items: Sequence[Named], progress: Callable[[str], None] = lambda text: None) -> dict[str, Result]:
    """Return results by a name of each: the titles of their studies, the names of their files where titles repeat.

    Args:
        items: as :func:`as_result` takes them.
        progress: called with what is simulated.

    Raises:
        InputError: there is none, or one of them cannot be used.
        DataError: a file is no result of halodot.
    """
    if not items:
        raise InputError("no result is named; name the folder of a result, or a study")
    results = [as_result(item, progress) for item in items]
    titles = [result.study.title.strip() or result.study.name for result in results]
    files = [_file_name(item, result) for item, result in zip(items, results)]
    for names in (titles, files):
        if len(set(names)) == len(names):
            return dict(zip(names, results))
    return dict(zip(_counted(titles), results))


def _file_name(item: Named, result: Result) -> str:
    if isinstance(item, Result | Study):
        return result.study.name
    place = Path(os.path.abspath(item))
    if place.name == "results.nc":
        return place.parent.name
    return place.stem if place.suffix in (".nc", ".yaml", ".yml") else place.name


def _counted(names: Sequence[str]) -> list[str]:
    """Return names with a number behind those that occur more than once."""
    found: list[str] = []
    for place, name in enumerate(names):
        number = names[: place + 1].count(name)
        found.append(name if names.count(name) == 1 else f"{name} ({number})")
    return _counted(found) if len(set(found)) < len(found) else found
