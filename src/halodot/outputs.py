"""Files and folders that appear whole or not at all, and folders that one run at a time may write into."""

from __future__ import annotations

import csv
import errno
import hashlib
import io
import math
import os
import secrets
import shutil
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from halodot.errors import InputError, Problem
from halodot.stopping import not_halfway, unfinished

#: file systems that keep no locks; a folder there still appears whole, only later than the run of somebody else
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP}
#: most bytes of a name that leave room for what is put around it; file systems take 255
_LONGEST_NAME = 200
#: where the lock of a claim lies, beyond the text that says whose it is: Windows lets nobody read a locked byte
_LOCKED_BYTE = 1 << 20
_READ_ONLY = "nothing can be written here, for want of leave or on a disk that is read only; name another place"
#: of a folder, the paths within it of files that an earlier run wrote
Own = Callable[[Path], frozenset[Path]]


# ---------------------------------------------------------------------------------------------------------------- files


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a file to write that takes the place of ``path`` when it is whole, and leaves nothing when it is not.

    What is no ordinary file, such as ``/dev/stdout``, is written into as it stands.
    """
    target = path.resolve()
    temporary = target.with_name(f".{_short(target.name)}.{secrets.token_hex(4)}.part")
    try:
        if path.exists() and not path.is_file():
            yield path
        else:
            with unfinished(lambda: temporary.unlink(missing_ok=True)):
                os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
                yield temporary
                temporary.replace(target)
    except OSError as error:
        error.filename = str(path)
        raise
    finally:
        with suppress(OSError):
            temporary.unlink()


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file so that it is either whole or absent."""
    with replacing(path) as temporary, temporary.open("wb") as stream:
        stream.write(content)


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8 so that it is either whole or absent."""
    write_bytes(path, text.encode("utf-8", "backslashreplace"))  # a file's name may hold letters of no text


def csv_text(rows: Iterable[Iterable[str | float]], delimiter: str = ",") -> str:
    """Return rows as the text of a CSV file, with nothing where a number is not known.

    Args:
        rows: the headings first.
        delimiter: between the cells.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, lineterminator="\n")
    for row in rows:
        writer.writerow(["" if isinstance(cell, float) and not math.isfinite(cell) else cell for cell in row])
    return stream.getvalue()


def check_file(path: Path) -> None:
    """Refuse an output file whose folder does not exist, or takes no files.

    Raises:
        InputError: with the folder.
    """
    if path.is_dir():
        raise InputError(Problem("the output is to be a file, but this is a folder", file=str(path)))
    folder = path.resolve().parent
    if not folder.is_dir():
        raise InputError(Problem("the folder of this file does not exist", file=str(path)))
    if not os.access(folder, os.W_OK) and not path.exists():
        raise InputError(Problem(_READ_ONLY, file=str(path)))


def check_new_file(path: Path, overwrite: bool, inputs: Iterable[str | os.PathLike[str]] = ()) -> None:
    """Refuse an output file that is read, that exists, without leave to overwrite, or whose folder does not exist.

    Args:
        path: of the output.
        overwrite: whether a file that exists may be replaced.
        inputs: what the command reads, files or folders of results; none of it is ever replaced.

    Raises:
        InputError: with the way out.
    """
    check_file(path)
    if any(_is_one_of(path, Path(name)) for name in inputs):
        raise InputError(Problem("this file is read, and writing would replace it; name another", file=str(path)))
    if path.exists() and not overwrite and not _is_stream(path):
        raise InputError(Problem("this file exists; add --overwrite, or name another", file=str(path)))


def _is_one_of(path: Path, given: Path) -> bool:
    """Whether a file is what was given, or is what a folder of results is read from."""
    with suppress(OSError, ValueError):  # neither has to exist, and what is given may be a mere name
        return path.samefile(given) or (path.parent.samefile(given) and path.name in ("study.yaml", "results.nc"))
    return False


def _is_stream(path: Path) -> bool:
    """Whether a file keeps nothing that could be replaced, such as a pipe or ``/dev/stdout``."""
    return not path.is_file() or Path("/dev") in path.absolute().parents


# -------------------------------------------------------------------------------------------------------------- folders


def check_folder(folder: Path, overwrite: bool, own: Own = lambda folder: frozenset()) -> None:
    """Refuse an output folder that is a file, takes no files, or is not empty without leave to overwrite.

    Raises:
        InputError: with the way out.
    """
    if "\0" in str(folder):
        raise InputError(f"{str(folder)!r} cannot name a folder: it holds a NUL character")
    above = next((parent for parent in folder.parents if parent.exists()), folder)
    if above.exists() and not above.is_dir():
        raise InputError(Problem("the output is to be a folder, but part of its path is a file", file=str(above)))
    if folder.exists() and not folder.is_dir():
        raise InputError(Problem("the output is to be a folder, but this is a file", file=str(folder)))
    if folder.is_dir() and not overwrite and any(not _ours(entry.name) for entry in folder.iterdir()):
        raise InputError(Problem("the folder is not empty; add --overwrite, or name another", file=str(folder)))
    if not os.access(folder if folder.is_dir() else above, os.W_OK):
        raise InputError(Problem(_READ_ONLY, file=str(folder)))
    for inside in {parent for path in own(folder) for parent in path.parents} - {Path()}:
        if (folder / inside).is_symlink():
            message = "is a link to another place; remove it or choose another output folder"
            raise InputError(Problem(message, file=str(folder / inside)))


@contextmanager
def whole_folder(
    folder: str | os.PathLike[str], overwrite: bool = False, own: Own = lambda folder: frozenset()
) -> Iterator[Path]:
    """Claim a folder and give a new one to write into, which takes its place when the block ends without an error.

    A block that fails or a process that is killed leaves the folder as it was. The claim ends with the process, so
    that none is ever stale.

    Args:
        folder: where the output is to stand in the end; made with its parents if it does not exist.
        overwrite: whether a folder with something in it may be replaced.
        own: of the folder, the paths in it of an earlier run's files, which are replaced or removed; others stay.

    Raises:
        InputError: the folder cannot be used, leads out of itself by a link, or another run is writing into it.
        OSError: the disk is full or fails; the path is that in the folder.
    """
    check_folder(Path(folder), overwrite, own)
    home = Path(folder).resolve()
    made = _make_parents(home)
    places = _Places.around(home)

    def remove() -> None:
        shutil.rmtree(places.new, ignore_errors=True)

    with unfinished(lambda: _remove_empty(made)), _removed_if_empty(made), claimed(places.claim, home):
        with not_halfway():
            _recover(places, own)
        check_folder(home, overwrite, own)  # another run may have filled it in the meantime
        try:
            with unfinished(remove):
                places.new.mkdir()
                if home.is_dir():
                    shutil.copymode(home, places.new)
                yield places.new
                with not_halfway():
                    _take_place(places, own)
        except OSError as error:
            if str(error.filename).startswith(str(places.new)):
                error.filename = str(home) + str(error.filename).removeprefix(str(places.new))
            raise
        finally:
            remove()


@contextmanager
def _removed_if_empty(folders: Iterable[Path]) -> Iterator[None]:
    """Remove folders when the block ends, unless something stands in them."""
    try:
        yield
    finally:
        _remove_empty(folders)


def _remove_empty(folders: Iterable[Path]) -> None:
    for folder in folders:
        with suppress(OSError):  # not empty: the output stands in it
            folder.rmdir()


@dataclass(frozen=True)
class _Places:
    """Where an output folder is made, and where its claim and the folder that it replaces are kept meanwhile."""

    home: Path
    new: Path
    old: Path
    claim: Path

    @classmethod
    def around(cls, home: Path) -> _Places:
        """Beside the folder, or in it where it cannot be renamed: a mount point, or the place that one works in."""
        fixed = home.is_dir() and (
            os.path.ismount(home) or home in (cwd := Path.cwd(), *cwd.parents) or not os.access(home.parent, os.W_OK)
        )
        return cls.inside_of(home) if fixed else cls._at(home, str(home.parent / f".{_short(home.name)}.halodot"))

    @classmethod
    def inside_of(cls, home: Path) -> _Places:
        """Within the folder."""
        return cls._at(home, str(home / ".halodot"))

    @classmethod
    def _at(cls, home: Path, stem: str) -> _Places:
        return cls(home, Path(f"{stem}-new"), Path(f"{stem}-old"), Path(f"{stem}-claim"))

    @property
    def inside(self) -> bool:
        """Whether the new folder is made in the old one."""
        return self.new.parent == self.home


def _ours(name: str) -> bool:
    return name in (".halodot-new", ".halodot-old", ".halodot-claim")


def _short(name: str) -> str:
    """Return a name that has room for more around it."""
    long = len(name.encode("utf-8", "surrogateescape")) > _LONGEST_NAME
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:16] if long else name


def _make_parents(home: Path) -> list[Path]:
    """Make the folders above a folder and return those that were missing, the deepest first."""
    missing = [parent for parent in home.parents if not parent.exists()]
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{home}: the output folder cannot be made ({error.strerror})") from error
    return missing


@contextmanager
def claimed(path: Path, home: Path) -> Iterator[None]:
    """Hold a place for this process alone, by a locked file that ends with it.

    Args:
        path: of the file.
        home: what is held, for messages.

    Raises:
        InputError: another process holds it, or the file cannot be made.
    """
    try:
        handle = lock_file(path)
    except TakenError as error:
        message = f"another run is writing into this folder ({error.who}); wait for it, or name another"
        raise InputError(Problem(message, file=str(home))) from None
    except OSError as error:
        raise InputError(f"{home}: the output folder cannot be made ({error.strerror})") from error
    try:
        with unfinished(lambda: path.unlink(missing_ok=True)):
            yield
    finally:
        unlock_file(path, handle)


class TakenError(Exception):
    """A file is locked by another process."""

    def __init__(self, who: str) -> None:
        """Args: ``who`` holds it, in words."""
        super().__init__(who)
        self.who = who or "not known which"


def lock_file(path: Path) -> int:
    """Open a file that this process alone holds until it unlocks it or ends, and write into it whose it is.

    Args:
        path: of the file, which is made; on a file system that keeps no locks everybody gets it.

    Returns:
        The open file.

    Raises:
        TakenError: another process holds it.
        OSError: it cannot be made.
    """
    handle = _held(path)
    os.ftruncate(handle, 0)
    os.write(handle, f"process {os.getpid()} on {socket.gethostname()} since {time.strftime('%H:%M:%S')}".encode())
    return handle


def unlock_file(path: Path, handle: int) -> None:
    """Remove a file that this process holds.

    Args:
        path: of the file.
        handle: the open file.
    """
    if os.name == "nt":  # which removes no open file
        os.close(handle)
    with suppress(OSError):
        path.unlink()
    if os.name != "nt":
        os.close(handle)


def _held(path: Path) -> int:
    """Return the open file of a claim, once it is locked and still the one that others see."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(handle)
            if os.path.samestat(os.fstat(handle), os.stat(path)):
                return handle
        except FileNotFoundError:
            pass  # the run before this one has just ended and removed its claim
        except OSError as error:
            if error.errno in _NO_LOCKS:
                return handle
            who = os.pread(handle, 200, 0).decode(errors="replace") if hasattr(os, "pread") else ""
            os.close(handle)
            raise TakenError(who) from None
        os.close(handle)


def _lock(handle: int) -> None:
    """Lock an open file for as long as the process lives and keeps it open.

    Raises:
        OSError: somebody else holds it, or the file system keeps no locks.
    """
    if os.name == "nt":
        import msvcrt

        os.lseek(handle, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        os.lseek(handle, 0, os.SEEK_SET)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _recover(places: _Places, own: Own) -> None:
    """Put right what a process left that was killed while its folder took the place of another."""
    if places.old.exists():
        if places.inside and places.new.exists():
            _exchange(places, frozenset())
        elif not places.home.exists():
            places.old.rename(places.home)
        if places.old.exists():
            _keep_others(places.old, places.home, own(places.old))
            shutil.rmtree(places.old, ignore_errors=True)
    shutil.rmtree(places.new, ignore_errors=True)


def _take_place(places: _Places, own: Own) -> None:
    if not places.home.exists():
        places.new.rename(places.home)
        return
    if not places.inside:
        try:
            places.home.rename(places.old)
        except OSError:  # a mount point that does not look like one
            beside, places = places.new, _Places.inside_of(places.home)
            shutil.move(beside, places.new)
    if places.inside:
        _exchange(places, own(places.home))
    else:
        try:
            places.new.rename(places.home)
        except OSError:
            places.old.rename(places.home)
            raise
    _keep_others(places.old, places.home, own(places.old))
    shutil.rmtree(places.old, ignore_errors=True)


def _exchange(places: _Places, own: frozenset[Path]) -> None:
    """Put the new entries of a folder that cannot be renamed in the place of the old; may be called again."""
    places.old.mkdir(exist_ok=True)
    entries = list(places.new.iterdir())
    for name in {entry.name for entry in entries} | {path.parts[0] for path in own}:
        if os.path.lexists(places.home / name) and not os.path.lexists(places.old / name):
            (places.home / name).rename(places.old / name)
    for entry in entries:
        entry.rename(places.home / entry.name)
    places.new.rmdir()


def _keep_others(old: Path, home: Path, own: frozenset[Path], inside: Path = Path()) -> None:
    """Move what no run has written from a replaced folder to the one in its place."""
    folders = {parent for path in own for parent in path.parents}
    for entry in list((old / inside).iterdir()):
        path = inside / entry.name
        if entry.is_dir() and not entry.is_symlink() and (path in folders or (home / path).is_dir()):
            (home / path).mkdir(exist_ok=True)
            _keep_others(old, home, own, path)
            with suppress(OSError):  # not empty
                (home / path).rmdir()
        elif path not in own and not os.path.lexists(home / path):
            entry.rename(home / path)
