"""``halodot library``: what is shipped, with its sources."""

from __future__ import annotations

from typing import Annotated

import typer

from halodot.cli.console import print_entry


def library(name: Annotated[str, typer.Argument(metavar="[NAME]", help="A material, chemical or study.")] = "") -> None:
    """Show the materials, chemicals, emitters and studies of the library, or one of them with its sources."""
    from halodot.study import library as shipped
    from halodot.study.emitter import CLASSES, EmitterClass

    if not name:
        for kind, words in (("materials", shipped.materials()), ("chemicals", shipped.chemicals())):
            print(f"{kind}: {', '.join(words)}")
        print(f"classes of emitters: {', '.join(CLASSES)}")
        print(f"studies: {', '.join(shipped.studies())}")
        return
    if name in CLASSES:
        print_entry(shipped.emitter_class(name, EmitterClass))
        return
    found = [kind for kind in ("materials", "chemicals") if shipped.find(kind, name)]
    for kind in found:
        known = shipped.find(kind, name) or name
        entry = shipped.material(known) if kind == "materials" else shipped.chemical(known)
        print_entry(entry)
    if not found:
        print(shipped.study_path(name).read_text(encoding="utf-8"), end="")
