"""Print how large the files and functions of the package are, and which public functions lack units or shapes.

python tools/measure_code.py            the table, and everything over a limit
python tools/measure_code.py --longest  the longest files and functions as well
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

SOURCE = Path(__file__).parents[1] / "src" / "halodot"
STAGES = ("flask", "dots", "film", "device", "light", "ageing", "measure")
FILE_LINES = 500
FUNCTION_LINES = 60
PARAMETERS = 8
#: and of a command, whose parameters are the options that a person types: each stands alone there
OPTIONS = 14
#: what makes an argument or a result a quantity
NUMERIC = re.compile(r"\b(float|Array|NDArray|ComplexArray)\b")
ARRAY = re.compile(r"\b(Array|NDArray|ComplexArray)\b")
#: a unit in brackets, such as [V], [1/m2/s], [1] or [SI]
UNIT = re.compile(r"\[[^\[\]]*\]")
#: a shape in parentheses, or in words
SHAPE = re.compile(r"\((\w+,|\w+(, \w+)+,?)[^)]*\)|\bshape|\bscalar|\bone (for|per|a) ", re.IGNORECASE)


@dataclass(frozen=True)
class Function:
    """A function or method of the package."""

    module: str
    name: str
    line: int
    lines: int
    parameters: int
    public: bool  # neither it nor what holds it begins with an underscore
    annotations: tuple[str, ...]  # of the arguments and the result
    docstring: str

    @property
    def place(self) -> str:
        """File, line and name."""
        return f"{self.module}:{self.line} {self.name}"


def functions(path: Path) -> Iterator[Function]:
    """Yield every function of a file, those inside classes and functions too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    yield from _inside(tree, str(path.relative_to(SOURCE)), "", True)


def _inside(node: ast.AST, module: str, prefix: str, public: bool) -> Iterator[Function]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        name, seen = f"{prefix}{child.name}", public and not child.name.startswith("_")
        if not isinstance(child, ast.ClassDef):
            yield _function(child, module, name, seen)
            seen = False
        yield from _inside(child, module, f"{name}.", seen)


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, module: str, name: str, public: bool) -> Function:
    given = node.args
    every = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    own = [argument for argument in every if argument.arg not in ("self", "cls")]
    kinds = [ast.unparse(argument.annotation) for argument in own if argument.annotation]
    kinds += [ast.unparse(node.returns)] if node.returns else []
    length = (node.end_lineno or node.lineno) - node.lineno + 1
    return Function(module, name, node.lineno, length, len(own), public, tuple(kinds), ast.get_docstring(node) or "")


def faults(found: list[Function], lines: dict[str, int]) -> list[str]:
    """Return what is over a limit or undocumented, one sentence each.

    Args:
        found: every function.
        lines: of each file.
    """
    said = [f"{name}: {count} lines, more than {FILE_LINES}" for name, count in lines.items() if count > FILE_LINES]
    for item in found:
        if item.lines > FUNCTION_LINES:
            said.append(f"{item.place}: {item.lines} lines, more than {FUNCTION_LINES}")
        most = OPTIONS if item.place.startswith("cli/") else PARAMETERS
        if item.parameters > most:
            said.append(f"{item.place}: {item.parameters} parameters, more than {most}")
        if item.public and item.module.split("/")[0] in STAGES:
            said += [f"{item.place}: {lack}" for lack in undocumented(item)]
    return said


def undocumented(item: Function) -> list[str]:
    """Return what the docstring of a stage's public function does not say of its numbers."""
    if not item.docstring:
        return ["no docstring"]
    kinds = " ".join(item.annotations)
    lacks = []
    if NUMERIC.search(kinds) and not UNIT.search(item.docstring):
        lacks.append("no unit in the docstring, such as [V]")
    if ARRAY.search(kinds) and not SHAPE.search(item.docstring):
        lacks.append("no shape in the docstring, such as (node,)")
    return lacks


def table(found: list[Function], lines: dict[str, int]) -> str:
    """Return the sizes by package."""
    packages = sorted({name.split("/")[0] for name in lines})
    rows = ["package         files  lines  longest  functions  median  longest  most parameters"]
    for package in [*packages, ""]:
        files = {name: count for name, count in lines.items() if not package or name.split("/")[0] == package}
        own = [item for item in found if item.module in files]
        sizes, most = [item.lines for item in own] or [0], max((item.parameters for item in own), default=0)
        rows.append(
            f"{package or 'all':14s} {len(files):6d} {sum(files.values()):6d} {max(files.values()):8d} {len(own):10d} "
            f"{median(sizes):7.0f} {max(sizes):8d} {most:16d}"
        )
    return "\n".join(rows)


def measured() -> tuple[list[Function], dict[str, int]]:
    """Return every function of the package, and the lines of every file."""
    paths = sorted(SOURCE.rglob("*.py"))
    lines = {str(path.relative_to(SOURCE)): len(path.read_text(encoding="utf-8").splitlines()) for path in paths}
    return [item for path in paths for item in functions(path)], lines


def main() -> int:
    """Print the table and the faults; return how the process should end."""
    found, lines = measured()
    print(table(found, lines))
    if "--longest" in sys.argv[1:]:
        print("\nlongest files and functions")
        for name in sorted(lines, key=lambda name: -lines[name])[:12]:
            print(f"{lines[name]:5d} {name}")
        for item in sorted(found, key=lambda item: -item.lines)[:12]:
            print(f"{item.lines:5d} {item.place}")
    said = faults(found, lines)
    print(f"\n{len(said)} over a limit or undocumented", *said, sep="\n")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
