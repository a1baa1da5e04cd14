"""Results written to files and read back: netCDF with everything, the JSON contract, and curves as CSV."""

from __future__ import annotations

import json
import os
from pathlib import Path

from halodot.errors import DataError
from halodot.outputs import write_text
from halodot.results import contract, storage
from halodot.results.data import Result
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
