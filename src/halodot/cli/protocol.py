"""``halodot protocol``: a study's recipe as a person works it at the bench."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from halodot.cli.console import progress
from halodot.cli.options import Changes, StudyName, load_study
from halodot.errors import InputError, Problem
from halodot.outputs import check_new_file, write_text


class ProtocolFormat(StrEnum):
    """What a protocol is written as."""

    HTML = "html"
    TEXT = "text"


def protocol(
    study: StudyName,
    scale: Annotated[float, typer.Option(help="Multiply every mass and volume.")] = 1.0,
    batch: Annotated[
        str, typer.Option(help="Scale to an amount of one chemical, '500 mg PbI2', or of '0.5 mmol dots'.")
    ] = "",
    out: Annotated[Path | None, typer.Option(help="Write it to this file, FILE.html or FILE.txt.")] = None,
    changes: Changes = None,
    form: Annotated[
        ProtocolFormat | None, typer.Option("--format", help="By the ending of --out where it is not given.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it is there.")] = False,
) -> None:
    """Print a study's recipe for the bench: what to weigh and pipette, the steps, the hazards; scaled to a batch."""
    chosen = form or _by_ending(out)
    if out is not None:
        check_new_file(out, overwrite, [study])
    loaded = load_study(study, changes)
    from halodot.chain.protocol import protocol as make

    made = make(loaded, scale, batch)
    if chosen is ProtocolFormat.HTML:
        from halodot.report.protocol_page import page_of

        text = page_of(made)
    else:
        text = str(made)
    if out is None:
        print(text, end="")
        return
    write_text(out, text)
    progress(f"written to {out}")


def _by_ending(out: Path | None) -> ProtocolFormat:
    if out is None or out.suffix.lower() == ".txt":
        return ProtocolFormat.TEXT
    if out.suffix.lower() in (".html", ".htm"):
        return ProtocolFormat.HTML
    raise InputError(
        Problem("a protocol is a page or a text: name it FILE.html or FILE.txt, or add --format", file=str(out))
    )
