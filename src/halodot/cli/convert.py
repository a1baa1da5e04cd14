"""``halodot convert``: a file of an instrument as CSV, netCDF or Excel."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from halodot.cli.console import progress
from halodot.cli.inspect import ColumnWords, RawPath, ReaderName
from halodot.cli.options import Overwrite
from halodot.outputs import check_new_file, write_bytes


def convert(
    file: RawPath,
    to: Annotated[str, typer.Option(help="csv, nc or xlsx.")] = "csv",
    out: Annotated[Path | None, typer.Option(help="The file to write; by default FILE.csv where you are.")] = None,
    reader: ReaderName = "",
    columns: ColumnWords = "",
    overwrite: Overwrite = False,
) -> None:
    """Write a file of an instrument as CSV, netCDF or Excel, with its units and settings."""
    from halodot.readers import read
    from halodot.readers.exports import written
    from halodot.readers.raw_file import shown_path

    data = read(file, reader, columns or None)
    content = written(data, to)
    target = out or Path(f"{file.name}.{to}")  # where one works; nothing is written among the data
    check_new_file(target, overwrite, [file])
    write_bytes(target, content)
    for line in str(data.attrs["warnings"]).splitlines():
        progress(f"warning: {line}")
    progress(f"written to {shown_path(target)}")
