"""Files of a session that can be kept: the study with what it names, and zips of what jobs have written."""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
import zlib
from pathlib import Path

from halodot.app.own_files import check_own_files
from halodot.errors import InputError
from halodot.outputs import replacing, write_bytes
from halodot.study import Study
from halodot.study.load import from_text
from halodot.study.written import INPUTS, written_study

#: folder of the files that are fetched, in that of a session
OUT = "out"
#: time of every file in a zip, so that the same files are the same bytes
_TIME = (2000, 1, 1, 0, 0, 0)
_MODE = 0o644 << 16
_STUDY = "study.yaml"
#: of a zip that is opened: its entries that count, how many there are at most, and bytes of each
_ENTRY = re.compile(rf"{_STUDY}|{INPUTS}/[\w-][\w.-]{{0,100}}", re.ASCII)
_MOST_ENTRIES, _LARGEST = 100, 2_000_000


def exported_study(text: str, folder: Path) -> tuple[str, bytes]:
    """Return a study as a file that `halodot run` takes: YAML, or a zip where files of the user's own belong to it.

    Args:
        text: of the study, kept to the letter where it names no file.
        folder: in which the files that it names stand.

    Returns:
        The name and the content; in a zip the study is ``study.yaml`` with the folder ``inputs`` beside it.

    Raises:
        InputError: the text is no study.
    """
    study = from_text(text, "study.yaml", folder=folder)
    if not study.files:
        return "study.yaml", text.encode("utf-8")
    written = written_study(study)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {"study.yaml": written.text, **written.files}.items():
            archive.writestr(_entry(name), content.encode("utf-8"), zipfile.ZIP_DEFLATED)
    return "study.zip", packed.getvalue()


def packed_study(content: bytes) -> Study:
    """Return the study of a zip as :func:`exported_study` makes it: ``study.yaml``, and its files in ``inputs``.

    Args:
        content: of the zip.

    Raises:
        InputError: it is no such zip, holds too much, or its text is no study.
    """
    found: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for entry in archive.infolist()[:_MOST_ENTRIES]:
                if _ENTRY.fullmatch(entry.filename) and entry.file_size <= _LARGEST:
                    with archive.open(entry) as stream:
                        found[entry.filename] = stream.read(_LARGEST)
        text = found.pop(_STUDY).decode("utf-8")
    except (zipfile.BadZipFile, zlib.error, KeyError, UnicodeDecodeError, RuntimeError, NotImplementedError) as error:
        message = "this is no zip with a study.yaml in it; choose one that the page has saved, or a study in YAML"
        raise InputError(message) from error
    check_own_files(text)
    with tempfile.TemporaryDirectory() as home:
        (Path(home) / INPUTS).mkdir()
        for name, file in found.items():
            write_bytes(Path(home) / name, file)
        return from_text(text, _STUDY, folder=home)


def write_study(text: str, folder: Path) -> str:
    """Write a study into the folder ``out`` of a session, from where it is fetched, and return the file's name.

    Args:
        text: of the study.
        folder: of the session.

    Raises:
        InputError: the text is no study.
    """
    name, content = exported_study(text, folder)
    (folder / OUT).mkdir(exist_ok=True)
    write_bytes(folder / OUT / name, content)
    return name


def zipped(folder: Path, target: Path) -> None:
    """Pack a folder into a zip, whole or not at all, the same bytes for the same files.

    Args:
        folder: whose files stand in the zip under its name.
        target: the zip.
    """
    with replacing(target) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            name = path.relative_to(folder.parent).as_posix()
            archive.writestr(_entry(name), path.read_bytes(), zipfile.ZIP_DEFLATED)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _TIME)
    entry.external_attr = _MODE
    return entry
