"""``halodot new``: a study to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from halodot.errors import InputError, Problem
from halodot.outputs import write_text


def new(
    name: Annotated[str, typer.Argument(help="paper, device-only, recipe-only, or any study of the library.")],
) -> None:
    """Write a commented study NAME.yaml to start from."""
    from halodot.study.library import study_path

    source, target = study_path(name), Path(f"{name}.yaml")
    if target.exists():
        raise InputError(Problem("this file exists; it is not overwritten", file=str(target)))
    write_text(target, source.read_text(encoding="utf-8"))
    print(f"{target} written; now: halodot check {target}, halodot run {target} --out results")
