"""Which folders the library is read from: the user's own, those of installed distributions, the one that ships."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from halodot.errors import InputError
from halodot.extensions import Extension, extensions, loaded
from halodot.own_folders import VARIABLE, user_folders

#: where the shipped data lie
ROOT = Path(__file__).resolve().parent.parent / "library"
GROUP = "halodot.library"
#: parts of the shipped folder that no other one replaces, since every result rests on them
KEPT = ("parameters", "calibrations")
#: parts of a folder that are looked at for changes
_READ = ("", "materials", os.path.join("materials", "nk"), "chemicals", "studies")

_shipped_alone: ContextVar[bool] = ContextVar("_shipped_alone", default=False)


@dataclass(frozen=True)
class Folder:
    """One folder of the library, as it was when it was looked at."""

    path: Path
    owner: str  # empty for the one that ships
    stamp: tuple[tuple[str, int, int], ...] = ()  # file, time of its last change [ns], size; of other folders only

    def __str__(self) -> str:
        return f"{self.path} ({self.owner})" if self.owner else "the library that ships with halodot"


def folders(root: Path = ROOT) -> tuple[Folder, ...]:
    """Return the folders that make up a library; of two entries of one name the first folder's is taken.

    Args:
        root: the shipped folder, which others add to; any other stands alone.
    """
    own = Folder(root, "")
    if root != ROOT or _shipped_alone.get():
        return (own,)
    user = tuple(_present(path, "your own folder") for path in user_folders() if os.path.isdir(path))
    return (*user, *(_present(path, owner) for path, owner in _installed()[0]), own)


@contextmanager
def shipped_alone() -> Iterator[None]:
    """Leave out all folders but the one that ships, for what was fitted with it."""
    token = _shipped_alone.set(True)
    try:
        yield
    finally:
        _shipped_alone.reset(token)


def remarks() -> tuple[str, ...]:
    """Return what of other folders is not read, and why: whole sentences."""
    if _shipped_alone.get():
        return ()
    named = user_folders() if VARIABLE in os.environ else ()
    absent = [f"{VARIABLE} names {path}, which is no folder." for path in named if not os.path.isdir(path)]
    kept = [
        f"{part} in {folder} are not read; a study states its own under 'parameters' or 'calibration'."
        for folder in folders()[:-1]
        for part in KEPT
        if os.path.isdir(folder.path / part)
    ]
    return (*absent, *_installed()[1], *kept)


def _installed() -> tuple[tuple[tuple[Path, str], ...], tuple[str, ...]]:
    """Return the folders of installed distributions with their owners, and what is wrong with the others."""
    return _loaded(extensions(GROUP))


@lru_cache(maxsize=4)
def _loaded(found: tuple[Extension, ...]) -> tuple[tuple[tuple[Path, str], ...], tuple[str, ...]]:
    good: list[tuple[Path, str]] = []
    wrong: list[str] = []
    for extension in found:
        try:
            good.append((_folder_of(extension), extension.distribution))
        except InputError as error:
            wrong.append(f"The library {error}.")
    return tuple(good), tuple(wrong)


def _folder_of(extension: Extension) -> Path:
    """Return the folder that an entry point gives: a path, or the folder of a module or package."""
    given: Any = loaded(extension)
    if not isinstance(given, (str, os.PathLike)):
        places = [*getattr(given, "__path__", ())] or [os.path.dirname(getattr(given, "__file__", None) or "")]
        given = places[0]
    path = Path(given).absolute()
    if not given or not os.path.isdir(path):
        raise InputError(f"{extension} gives no folder ({extension.entry.value!r})")
    return path


def _present(path: Path, owner: str) -> Folder:
    """Return a folder with the times of its files, so that a changed one is read again."""
    stamp: list[tuple[str, int, int]] = []
    for part in _READ:
        try:
            with os.scandir(path / part) as entries:
                stated = [(entry.path, entry.stat()) for entry in entries]
        except OSError:  # there is no such part, or a file of it is just going
            continue
        stamp += [(name, known.st_mtime_ns, known.st_size) for name, known in stated]
    return Folder(path, owner, tuple(sorted(stamp)))
