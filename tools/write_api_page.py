"""Write docs/api.md, the public functions and what they do, from the code: python tools/write_api_page.py."""

from __future__ import annotations

import ast
import inspect
import re
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import halodot

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "api.md"
SOURCE = ROOT / "src" / "halodot"
STAGES = ("flask", "dots", "film", "device", "light", "ageing", "measure")
PACKAGES = ("study", "learn", "lab", "measure", "flask", "dots", "film", "device", "light", "ageing", "report")
HEAD = """# Functions

Written by `python tools/write_api_page.py` from the docstrings, which say more: arguments with unit and shape, what is
returned and raised, the equation and its source. `help(halodot.simulate)` prints one.
"""


def page() -> str:
    """Return the text of the page."""
    parts = [HEAD, "## halodot\n", *entries("halodot", halodot)]
    for name in PACKAGES:
        module = import_module(f"halodot.{name}")
        parts += [f"\n## halodot.{name}\n", f"{first_sentence(module)}\n", *entries(f"halodot.{name}", module)]
    parts += ["\n## Formulas of the literature\n", "Each is one function, which holds its equation and its source.\n"]
    return "\n".join([*parts, *formulas()]).rstrip() + "\n"


def formulas() -> list[str]:
    """Return a table of every public function of a stage whose docstring names a DOI."""
    rows = ["| function | what | source |", "|---|---|---|"]
    for path in sorted(path for stage in STAGES for path in (SOURCE / stage).rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                text = ast.get_docstring(node) or ""
                found = dois(text)
                if found:
                    link = f"[`{node.name}`](../{path.relative_to(ROOT)})"
                    rows.append(f"| {link} | {first_paragraph(text)} | {', '.join(map(doi, found))} |")
    return rows


def dois(text: str) -> list[str]:
    """Return every DOI of a text once."""
    found = [name.rstrip(".,;") for name in re.findall(r"\b10\.\d{4,}/\S+", text)]
    return list(dict.fromkeys(name[:-1] if name.count(")") > name.count("(") else name for name in found))


def doi(name: str) -> str:
    """Return a link to a publication."""
    return f"[{name}](https://doi.org/{name})"


def entries(prefix: str, module: Any) -> list[str]:
    """Return one entry for every public function and class of a module."""
    names = getattr(module, "__all__", None) or [
        name for name in vars(module) if not isinstance(getattr(module, name), ModuleType)
    ]
    public = [(name, getattr(module, name)) for name in sorted(names) if not name.startswith("_")]
    return [entry(prefix, name, item) for name, item in public if callable(item)]


def entry(prefix: str, name: str, item: Any) -> str:
    """Return signature and first sentence; of a class, which is a record, its name alone."""
    arguments = "" if inspect.isclass(item) else signature(item)
    return f"- `{prefix}.{name}{arguments}`: {first_sentence(item)}"


def signature(function: Any) -> str:
    """Return the arguments without their types, which the docstring shows; behind a star they are named."""
    parts, starred = [], False
    for argument in inspect.signature(function).parameters.values():
        if argument.kind is argument.KEYWORD_ONLY and not starred:
            parts.append("*")
        starred |= argument.kind in (argument.KEYWORD_ONLY, argument.VAR_POSITIONAL)
        parts.append(written(argument))
    return f"({', '.join(parts)})"


def written(argument: inspect.Parameter) -> str:
    """Return an argument with its default; what is no short constant is an ellipsis."""
    if argument.default is inspect.Parameter.empty:
        return {argument.VAR_POSITIONAL: "*", argument.VAR_KEYWORD: "**"}.get(argument.kind, "") + argument.name
    default = argument.default
    number = isinstance(default, float)
    short = number or default is None or isinstance(default, str | int) or (isinstance(default, tuple) and not default)
    return f"{argument.name}={f'{default:g}' if number else repr(default) if short else '...'}"


def first_sentence(item: Any) -> str:
    """Return the first paragraph of a docstring on one line, without the markup of roles."""
    return first_paragraph(inspect.getdoc(item) or "")


def first_paragraph(text: str) -> str:
    """Return the first paragraph of a docstring as above."""
    paragraph = text.split("\n\n")[0].replace("\n", " ").replace("|", "\\|")
    return re.sub(r":\w+:`~?([^`]*)`", r"`\1`", paragraph).replace("``", "`")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
