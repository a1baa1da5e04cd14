"""``halodot library``: materials, chemicals, emitters and studies, with their sources and folders."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from halodot.cli.console import print_entry, print_table

if TYPE_CHECKING:
    from halodot.nodes import Node


def library(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="A material, chemical or study.")] = "",
    search: Annotated[
        str,
        typer.Option(metavar="WORDS", help="List what has these words in name, formula, CAS number, role or notes."),
    ] = "",
) -> None:
    """Show the materials, chemicals, emitters and studies of the library, or one of them with its sources."""
    from halodot.study import library as shelves
    from halodot.study.electron_traps import trapped_electrons_hint
    from halodot.study.emitter import EmitterClass

    if search:
        _print_found(f"{search} {name}".strip())
        return
    if not name:
        _print_contents()
        return
    if name in shelves.emitter_classes():
        print_entry(shelves.emitter_class(name, EmitterClass))
        return
    found = [kind for kind in ("materials", "chemicals") if shelves.find(kind, name)]
    for kind in found:
        known = shelves.find(kind, name) or name
        entry = shelves.material(known) if kind == "materials" else shelves.chemical(known)
        print_entry(entry)
        if hint := trapped_electrons_hint(entry.values):
            print(hint)
    if not found:
        _print_study(name)


def _print_study(name: str) -> None:
    """Print the file of a study.

    Raises:
        InputError: nothing in the library is called so.
    """
    from halodot.errors import InputError, Problem
    from halodot.study import library as shelves
    from halodot.study.reader import closest_name

    try:
        path = shelves.study_path(name)
    except InputError:
        names = (*shelves.aliases("materials"), *shelves.aliases("chemicals"), *shelves.emitter_classes())
        message = (
            f"nothing in the library is called {name!r}; `halodot library --search {name}` lists what has it as part of"
            " a name, or in formula, role, notes or title, and `halodot library` lists all names"
        )
        near = closest_name(name, (*names, *shelves.studies()))
        raise InputError(Problem(message, suggestion=near)) from None
    if not path.is_relative_to(shelves.ROOT):
        print(f"from {path}", file=sys.stderr)
    print(path.read_text(encoding="utf-8"), end="")


def _print_found(words: str) -> None:
    """Print the entries that have all the words, the nearest first.

    Raises:
        InputError: there is none.
    """
    from halodot.errors import InputError
    from halodot.study.search import search

    found = search(words)
    if not found:
        raise InputError(
            f"Nothing in the library has {words!r} in its name, formula, CAS number, role or notes. Chemicals,"
            " materials, classes of emitters, and titles and remarks of studies were searched; one word finds more than"
            " several."
        )
    rows = [(item.kind, item.name, item.what, item.numbers) for item in found]
    print_table("", ("kind", "name", "formula, role or title", "numbers"), rows)


def _by_role(nodes: Mapping[str, Node]) -> dict[str, list[str]]:
    """Return the names of entries by the role that they state."""
    found: dict[str, list[str]] = {}
    for name, node in nodes.items():
        role = node.value.get("role") if isinstance(node.value, dict) else None
        found.setdefault(str(role.value) if role else "without a role", []).append(name)
    return found


def _print_contents() -> None:
    """Print all names, and the folders beside the shipped one that they come from."""
    from halodot.own_folders import user_folders
    from halodot.study import library as shelves
    from halodot.study.folders import folders, remarks

    for kind, nodes in (("materials", shelves.materials()), ("chemicals", shelves.chemicals())):
        print(f"{kind}:")
        for role, names in _by_role(nodes).items():
            print(f"  {role}: {', '.join(names)}")
    print(f"classes of emitters: {', '.join(shelves.emitter_classes())}")
    print(f"studies: {', '.join(shelves.studies())}")
    for folder in folders()[:-1]:
        print(f"read before the shipped ones: {folder}")
    for path in user_folders():
        if not path.is_dir():
            print(f"a place for your own: {path}")
    for text in remarks():
        print(f"note: {text}", file=sys.stderr)
