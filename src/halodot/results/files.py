"""Results written to files and read back: netCDF with everything, the JSON contract, the study, curves as CSV."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from halodot import __version__
from halodot.aliases import WithOldNames
from halodot.errors import DataError, InputError, Problem
from halodot.outputs import write_text
from halodot.results import contract, storage
from halodot.results.data import Result
from halodot.results.schema import SCHEMA_VERSION
from halodot.results.spreadsheets import check_folder_name, write_csv, write_xlsx
from halodot.states import replaced
from halodot.study import Study, from_document
from halodot.study import load as load_study
from halodot.study.written import written_study
from halodot.versions import shown

#: the study in the folder of a run
STUDY = "study.yaml"


def save(result: Result, path: str | os.PathLike[str]) -> None:
    """Write everything, input and versions included, to a netCDF file.

    Args:
        result: what was computed.
        path: the file, replaced if it exists.
    """
    storage.save(result, path, {"title": result.study.title, "versions": shown(result.versions)})


def save_study(
    study: Study, path: str | os.PathLike[str], versions: Mapping[str, str] | None = None
) -> tuple[Path, ...]:
    """Write a study as YAML, complete with all changes, from which the same numbers are computed again.

    The user's own tables and calibrations that it names are written into the folder ``inputs`` beside it.

    Args:
        study: what to write.
        path: the file, replaced if it exists; its folder is made.
        versions: of what computed it, for its first line.

    Returns:
        The paths of the files, the study first.
    """
    file = Path(path)
    by = shown(versions or {"halodot": __version__})
    written = written_study(study, f"Written by {by}; `halodot run {file.name}` computes it again.")
    file.parent.mkdir(parents=True, exist_ok=True)
    write_text(file, written.text)
    for name, content in written.files.items():
        (file.parent / name).parent.mkdir(exist_ok=True)
        write_text(file.parent / name, content)
    return (file, *(file.parent / name for name in written.files))


def refuse_own_study(folder: Path) -> None:
    """Refuse a folder for results whose ``study.yaml`` a person wrote, since the study of the result would replace it.

    Raises:
        InputError: with the way out.
    """
    file = folder / STUDY
    try:
        with file.open(encoding="utf-8", errors="replace") as stream:
            first = stream.readline()
    except OSError:  # there is none
        return
    if not first.startswith("# Written by halodot"):
        message = f"a result is written with its study as {STUDY}, which would replace this file; name another folder"
        raise InputError(Problem(message, file=str(file)))


def load(path: str | os.PathLike[str], overrides: Iterable[str] = ()) -> Study:
    """Read a study from a file, from the library by its name, or from a result, which keeps its study.

    Args:
        path: a YAML file; the name of a study of the library; a ``results.nc`` or ``results.json``; or the folder of
            a run, whose ``study.yaml`` is taken where there is one.
        overrides: changes ``path=value`` that are made before anything is checked.

    Returns:
        The study, every number of it checked and in SI.

    Raises:
        InputError: with every problem of the study and its place.
        DataError: the result cannot be read.
    """
    file = Path(path)
    if file.is_dir():
        found = next((file / name for name in (STUDY, "results.nc", "results.json") if (file / name).is_file()), None)
        if found is None:
            message = f"this folder holds no result: neither {STUDY} nor results.nc"
            raise InputError(Problem(message, file=str(path)))
        return load(found, overrides)
    if file.suffix == ".nc" and file.is_file():
        kept = load_result(file).study
        return from_document(kept.document, str(path), overrides, folder=_folder_of(kept, file), kept=kept)
    if file.suffix == ".json" and file.is_file():
        document = load_json(file)["study"]
        return from_document(document, str(path), overrides, folder=file.absolute().parent)
    return load_study(path, overrides)


def _folder_of(study: Study, file: Path) -> Path:
    """Return the folder of the files that a study names and a result does not keep: of the study, where it is there."""
    return Path(study.path).absolute().parent if os.path.isfile(study.path) else file.absolute().parent


def to_json(result: Result, path: str | os.PathLike[str]) -> None:
    """Write the stable JSON contract, which :func:`halodot.schema` describes.

    Args:
        result: what was computed.
        path: the file, replaced if it exists.
    """
    write_text(Path(path), json.dumps(contract.document(result), indent=1, allow_nan=False) + "\n")


def load_json(path: str | os.PathLike[str]) -> WithOldNames[Any]:
    """Read the JSON contract back, of this version or of the one before.

    Args:
        path: ``results.json``, or the folder of a report.

    Returns:
        The document with the names of :func:`halodot.schema`. For one release it answers to the old names too, with
        a DeprecationWarning.

    Raises:
        DataError: the file cannot be read, or is no result of halodot.
    """
    file = Path(path) / "results.json" if Path(path).is_dir() else Path(path)
    try:
        read = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{file}: cannot be read as JSON ({error}); name the results.json of a result") from error
    if not isinstance(read, dict) or "halodot" not in read or read.get("schema") not in (1, SCHEMA_VERSION):
        raise DataError(f"{file}: is no JSON result that this version reads (schemas 1 and {SCHEMA_VERSION})")
    study = read.pop("study", {})
    if read["schema"] == 1 and isinstance(study, dict):
        # In these versions a study that named no calibration had the paper's.
        study.setdefault("calibration", "paper")
    document: WithOldNames[Any] = contract.with_present_names(read)
    document.update(study=study, schema=SCHEMA_VERSION)
    return document


def to_csv(
    result: Result, folder: str | os.PathLike[str], decimal: str = ".", every_array: bool = False
) -> tuple[Path, ...]:
    """Write one CSV file a curve in the units of the bench, and return their paths.

    Args:
        result: what was computed.
        folder: made if it does not exist.
        decimal: the decimal mark, "." with commas between cells or "," with semicolons.
        every_array: write every array of every state instead, in SI, a row for each point of its dimensions.

    Raises:
        InputError: the folder has the name of a file, or there is no such decimal mark.
    """
    if not every_array:
        return write_csv(result, Path(folder), decimal)
    check_folder_name(Path(folder))
    if decimal != ".":
        raise InputError(Problem("the arrays in SI are written with a decimal point", file="decimal"))
    return contract.write_curves(result, Path(folder))


def to_xlsx(result: Result, path: str | os.PathLike[str]) -> Path:
    """Write every curve, the summary and the inputs as one workbook for spreadsheets, a sheet each.

    Args:
        result: what was computed.
        path: the file, replaced if it exists; its name ends in .xlsx.

    Raises:
        InputError: the name ends otherwise.
    """
    return write_xlsx(result, Path(path))


def load_result(path: str | os.PathLike[str]) -> Result:
    """Read a result back from its netCDF file, or from the folder of its report.

    A file of an older version loads; ``notes`` say what that version did not know.

    Raises:
        DataError: the file is no result of halodot, is damaged, or was written by a version that this one cannot read.
    """
    file = Path(path) / "results.nc" if Path(path).is_dir() else Path(path)
    stored = storage.read(file)
    if not isinstance(stored.value, Result):
        raise DataError(f"{file}: holds a {type(stored.value).__name__}, not a result")
    return replaced(stored.value, remarks=(*stored.value.remarks, *stored.notes))
