"""``halodot cite``: the references of a result."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def cite(result: Annotated[Path, typer.Argument(metavar="RESULT", help="A result file (.nc) or its folder.")]) -> None:
    """Print the BibTeX of exactly what a result used."""
    from halodot.results.files import load_result
    from halodot.sources import bibliography_keys
    from halodot.sources import cite as entries
    from halodot.study.library import bibliography

    text = bibliography()
    keys = set(bibliography_keys(text))
    used = load_result(result).study.sources
    print(entries([key for key in used if key in keys], text), end="")
    for own in (key for key in used if key not in keys):
        print(f"% {own}")
