"""Results written to files and read back: netCDF with everything, the JSON contract, and curves as CSV."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from halodot.aliases import WithOldNames
from halodot.errors import DataError
from halodot.outputs import write_text
from halodot.results import contract, storage
from halodot.results.data import Result
from halodot.results.schema import SCHEMA_VERSION
from halodot.states import replaced


def save(result: Result, path: str | os.PathLike[str]) -> None:
    """Write everything, input and versions included, to a netCDF file.

    Args:
        result: what was computed.
        path: the file, replaced if it exists.
    """
    storage.save(result, path, {"title": result.study.title})


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


def to_csv(result: Result, folder: str | os.PathLike[str]) -> tuple[Path, ...]:
    """Write one CSV file a curve and return their paths.

    Args:
        result: what was computed.
        folder: made if it does not exist.
    """
    return contract.write_curves(result, Path(folder))


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
