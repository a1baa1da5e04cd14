"""The tables of a result for spreadsheets, as options of a command: CSV files and a workbook."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from halodot.cli.console import progress
from halodot.errors import InputError, Problem
from halodot.outputs import check_folder, check_new_file

if TYPE_CHECKING:
    from halodot.results.data import Result

Tables = Annotated[
    list[Path] | None,
    typer.Option(
        "--csv",
        "--xlsx",
        metavar="FOLDER|FILE.xlsx",
        help="Write the curves as CSV files, or as one workbook; both may be given.",
    ),
]
Decimal = Annotated[
    str, typer.Option(metavar=".|,", help="Decimal mark of the CSV files; with , semicolons stand between cells.")
]


def check_tables(tables: Iterable[Path] | None, decimal: str, overwrite: bool) -> None:
    """Refuse tables that cannot be written, before anything is computed.

    Raises:
        InputError: with the way out.
    """
    named = tuple(tables or ())
    if decimal != "." and not any(not _is_workbook(path) for path in named):
        raise InputError(
            Problem("the decimal mark is that of CSV files; name their folder with --csv", file="--decimal")
        )
    if decimal not in (".", ","):
        raise InputError(Problem(f"{decimal!r} is no decimal mark; write . or ,", file="--decimal"))
    for path in named:
        if _is_workbook(path):
            check_new_file(path, overwrite)
        elif path.suffix:
            from halodot.results.spreadsheets import check_folder_name

            check_folder_name(path)
        if not _is_workbook(path):
            check_folder(path, overwrite)


def write_tables(result: Result, tables: Iterable[Path] | None, decimal: str) -> None:
    """Write the tables of a result where they were asked for."""
    for path in tables or ():
        from halodot.results.files import to_csv, to_xlsx

        if _is_workbook(path):
            to_xlsx(result, path)
        else:
            to_csv(result, path, decimal)
        progress(f"written to {path}")


def _is_workbook(path: Path) -> bool:
    return path.suffix.lower() == ".xlsx"
