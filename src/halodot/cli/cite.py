"""``halodot cite``: the software, and the references of a result."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

#: keys of the bibliography that are words of a study, and how they are called in somebody else's
_CALLED = {"paper": "li2024", "halodot": "halodotvalues2026"}


def cite(
    result: Annotated[
        Path | None,
        typer.Argument(metavar="[RESULT]", help="A result file (.nc) or its folder; none for halodot alone."),
    ] = None,
) -> None:
    """Print the BibTeX of halodot, and of exactly what a result used."""
    from halodot.versions import software_entry, versions

    if result is None:
        print(software_entry(versions()), end="")
        return
    from halodot.results.files import load_result
    from halodot.sources import bibliography_keys
    from halodot.sources import cite as entries
    from halodot.study.library import bibliography

    loaded = load_result(result)
    text = bibliography()
    keys = set(bibliography_keys(text))
    used = loaded.study.sources
    found = entries([key for key in used if key in keys], text)
    for key, called in _CALLED.items():
        found = re.sub(rf"(?m)^(@\w+\{{){key},", rf"\g<1>{called},", found)
    print(software_entry(loaded.versions or {"halodot": loaded.version}))
    print(found, end="")
    for own in (key for key in used if key not in keys):
        print(f"% {own}")
