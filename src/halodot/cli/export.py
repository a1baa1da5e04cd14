"""``halodot export``: a recipe for the Open Reaction Database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from halodot.cli.console import progress
from halodot.cli.options import Changes, Overwrite, StudyName, load_study
from halodot.outputs import check_new_file, write_text


def export(
    study: StudyName,
    out: Annotated[Path, typer.Option(help="File for the reaction.")],
    changes: Changes = None,
    overwrite: Overwrite = False,
) -> None:
    """Write a recipe as a reaction of the Open Reaction Database (JSON)."""
    import json

    from halodot.results.open_reaction import open_reaction

    check_new_file(out, overwrite, [study])
    write_text(out, json.dumps(open_reaction(load_study(study, changes)), indent=1) + "\n")
    progress(f"written to {out}")
