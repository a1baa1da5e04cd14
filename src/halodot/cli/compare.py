"""``halodot compare``: results or studies side by side."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from halodot.cli.console import print_table, progress
from halodot.cli.options import Overwrite
from halodot.cli.progress import steps
from halodot.errors import InputError, Problem
from halodot.outputs import check_folder

if TYPE_CHECKING:
    from halodot.report.compare import Comparison

Compared = Annotated[
    list[str],
    typer.Argument(metavar="RESULT...", help="Folders of results, results.nc files or studies; studies are simulated."),
]


def compare(
    results: Compared,
    out: Annotated[Path | None, typer.Option(help="Folder for compare.html, inputs.csv and outputs.csv.")] = None,
    overwrite: Overwrite = False,
) -> None:
    """Put results or studies side by side: what differs in the inputs, and what follows."""
    if len(results) < 2:
        message = "compare takes two or more; name the folders of two results, or two studies"
        raise InputError(Problem(message, file="halodot compare"))
    if out is not None:
        check_folder(out, overwrite)
    from halodot.report.compare import compare as compared

    with steps() as said:
        found = compared(*results, progress=said)
    _print(found)
    if out is not None:
        from halodot.report.compare_page import write_comparison

        with steps() as said:
            write_comparison(found, out, overwrite, lambda text: said(f"figure {text}"))
        progress(f"written to {out}")


def _print(found: Comparison) -> None:
    """Print both tables; a terminal gets letters in place of long names."""
    from halodot.report.compare_page import input_head, input_rows, letters, output_head, output_rows

    names: Sequence[str] = found.names
    brief = sys.stdout.isatty()
    if brief:
        names = letters(len(found.names))
        for letter, name in zip(names, found.names):
            print(f"{letter}: {name}")
    different = [row for row in found.inputs if not row.same_value]
    stated = len(found.inputs) - len(different)
    if different:
        print_table("What differs in the inputs", input_head(names), input_rows(different))
    else:
        progress("no value of the inputs differs")
    if stated:
        progress(f"{stated} more inputs have one value, stated as another kind or with another uncertainty (see --out)")
    if found.outputs:
        print()
        print_table("What follows in the outputs", output_head(names, brief), output_rows(found, brief))
    for name, notes in found.notes.items():
        for note in notes:
            progress(f"only {name}: {note}")
