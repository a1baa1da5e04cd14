"""``halodot help``: what a command does, and which words the shell completes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

import halodot

#: what stands for a value in the help, by its type
_VALUES = {"bool": "", "Path": "PATH", "str": "TEXT", "int": "N", "float": "NUMBER"}
#: endings of the files that a study is read from
_STUDIES = (".yaml", ".yml", ".nc")


class Command(TyperCommand):
    """A command whose help shows what a value is in words of a person, and none for what is on or off."""

    def get_params(self, ctx: Any) -> Any:
        """Return arguments and options, those without a word for their value with one."""
        found = super().get_params(ctx)
        for one in found:
            if one.param_type_name == "argument":
                vars(one)["display_type_rich"] = lambda ctx: None  # its name says it
            elif one.metavar is None:
                kind = one.bare_type() if hasattr(one, "bare_type") else ""
                one.metavar = _VALUES.get(kind.removeprefix("list[").removesuffix("]"))
        return found


def show_help(
    context: typer.Context,
    command: Annotated[str | None, typer.Argument(help="The command; none for all of them.")] = None,
) -> None:
    """Show what halodot does, or what one command takes."""
    above = context.parent.command if context.parent is not None else context.command
    above.main([*([command] if command else []), "--help"], prog_name=context.find_root().info_name)


def completed_studies(incomplete: str) -> Iterator[str]:
    """Yield what a study may be called that begins with some letters: of the library, files, and folders."""
    library = Path(halodot.__path__[0]) / "library" / "studies"
    yield from sorted(path.stem for path in library.rglob("*.yaml") if path.stem.startswith(incomplete))
    folder, _, start = incomplete.rpartition("/")
    try:
        entries = sorted(Path(folder or ("/" if incomplete.startswith("/") else ".")).iterdir())
    except OSError:
        return
    for path in entries:
        if path.name.startswith(start) and (start or not path.name.startswith(".")):
            if path.is_dir():
                yield f"{path.as_posix()}/" if folder else f"{path.name}/"
            elif path.suffix in _STUDIES:
                yield path.as_posix() if folder else path.name
