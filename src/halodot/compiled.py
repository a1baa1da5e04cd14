"""The one door to Numba: how a kernel is compiled, and when its compiled form may be used again.

Numba keeps the machine code of a function beside its source and looks at no other file, whereas the code holds every
function and constant that the kernel uses. Here the name of a kept file carries a stamp of all source that the kernel's
module imports from halodot, and of the versions of what compiles it: a kernel of other source is not found, and two
versions of halodot never write to the same file.
"""

from __future__ import annotations

import hashlib
import inspect
import logging
import pickle
import re
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

import llvmlite
import numba
import numpy as np
from numba.core.caching import CompileResultCacheImpl, FunctionCache

import halodot

F = TypeVar("F", bound=Callable[..., Any])

#: An import of a module of halodot, with the names taken from it; imports are absolute everywhere in the package.
_IMPORT = re.compile(r"^[ \t]*(?:from (halodot[\w.]*) import (\([^)]*\)|[^\n]*)|import (halodot[\w.]*))", re.MULTILINE)
#: What type checkers alone read.
_FOR_TYPES = re.compile(r"^if TYPE_CHECKING:\n(?:[ \t]+[^\n]*\n|\n)+", re.MULTILINE)


def kernel(function: F) -> F:
    """Compile a function that Python or other kernels call; it holds no lock of the interpreter."""
    return _compiled(function, nogil=True)


def part(function: F) -> F:
    """Compile a function that one kernel alone calls within that kernel, not once more by itself.

    This saves a third of the first compilation.
    """
    return _compiled(function, inline="always")


def is_kept(function: Callable[..., Any]) -> bool:
    """Return whether a kernel's machine code lies on the disk, so that no compilation is ahead."""
    cache = getattr(function, "_cache", None)
    return isinstance(cache, _KernelCache) and cache.has_files()


@lru_cache(maxsize=256)
def source_stamp(path: Path) -> str:
    """Return a hash of a source file, of all that it imports from halodot, and of the versions that compile it.

    Args:
        path: the file that defines a kernel.

    Raises:
        OSError: a source cannot be read.
    """
    found = hashlib.sha256(repr(_versions()).encode())
    for source in sorted(sources(path)):
        found.update(source.name.encode() + b"\0" + _read(source).encode() + b"\0")
    return found.hexdigest()[:20]


def sources(path: Path) -> set[Path]:
    """Return a source file with all files of halodot that it imports, directly or through others."""
    found, open_ends = {path}, [path]
    while open_ends:
        new = _imported(open_ends.pop()) - found
        found |= new
        open_ends += new
    return found


@lru_cache(maxsize=256)
def _imported(path: Path) -> frozenset[Path]:
    """Return the files of halodot that a source file imports."""
    return frozenset(
        file
        for module, names, plain in _IMPORT.findall(_FOR_TYPES.sub("", _read(path)))
        for file in _files(module or plain, re.findall(r"\w+", names))
    )


def _files(module: str, names: list[str]) -> Iterator[Path]:
    """Yield the file of a module, or those of the modules that are taken from a package."""
    root = Path(halodot.__path__[0])
    place = root.joinpath(*module.split(".")[1:])
    if not place.is_dir():
        yield place.with_suffix(".py")
        return
    taken = [file for name in names if (file := place / f"{name}.py").is_file()]
    yield from taken
    if len(taken) < len(names) and place != root:  # the package itself holds nothing but its version
        yield place / "__init__.py"


@lru_cache(maxsize=256)
def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _versions() -> tuple[str, ...]:
    return halodot.__version__, sys.version, numba.__version__, llvmlite.__version__, np.__version__


class _KernelFiles(CompileResultCacheImpl):
    """Numba's choice of a folder, with the stamp in the names of the files."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._stamp = source_stamp(Path(inspect.getfile(function)))
        super().__init__(function)

    def get_filename_base(self, fullname: str, abiflags: str) -> str:
        return f"{super().get_filename_base(fullname, abiflags)}-{self._stamp}"


class _KernelCache(FunctionCache):
    """Numba's cache of one kernel, in which a file that cannot be used costs a compilation and nothing else."""

    _impl_class = _KernelFiles

    def has_files(self) -> bool:
        return Path(self.cache_path, f"{self._impl.filename_base}.nbi").is_file()

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            return super().load_overload(sig, target_context)
        except OSError:
            return None
        except (EOFError, pickle.UnpicklingError):  # cut short, as after a loss of power
            self.flush()
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        try:
            super().save_overload(sig, data)
        except OSError:
            _say_once()

    def flush(self) -> None:
        try:
            super().flush()
        except OSError:
            _say_once()


def _compiled(function: F, **options: Any) -> F:
    """Return a function compiled when it is first called, with its machine code kept where a folder can be written."""
    found: Any = numba.njit(error_model="numpy", **options)(function)
    if hasattr(found, "py_func"):  # plain Python where Numba is switched off
        try:
            found._cache = _KernelCache(function)
        except (OSError, RuntimeError):
            _say_once()
    return cast(F, found)


@lru_cache(maxsize=1)
def _say_once() -> None:
    """Tell that this process compiles for itself alone."""
    logging.getLogger(__name__).warning(
        "the compiled kernels cannot be kept, since no folder for them can be written: every run compiles them again; "
        "name a folder that can be written in the environment variable NUMBA_CACHE_DIR"
    )
