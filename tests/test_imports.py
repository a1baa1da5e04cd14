"""What is imported when, and in which direction the package depends."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "halodot"
MODULES = sorted(SOURCE.rglob("*.py"))
HEAVY = ("numpy", "scipy", "numba", "pandas", "xarray", "matplotlib", "pint", "pydantic", "yaml", "h5py", "iminuit")

#: the floors from the ground up: a part imports parts of lower floors only, never one of its own
FLOORS = (
    ("errors",),
    ("arrays",),
    ("constants",),
    ("compiled",),
    ("spellings",),
    ("linear_algebra",),
    ("numerics",),
    ("units",),
    ("names",),
    ("rounding",),
    ("sources",),
    ("extensions",),
    ("versions",),
    ("aliases",),
    ("paths",),
    ("wording",),
    ("stopping",),
    ("time_left",),
    ("outputs",),
    ("workers",),
    ("own_folders",),
    ("nodes",),
    ("headings",),
    ("columns",),
    ("readers",),
    ("states",),
    ("perovskite",),
    ("flask", "dots", "film", "device", "light", "ageing", "measure"),
    ("study",),
    ("results",),
    ("chain",),
    ("learn",),
    ("lab",),
    ("report",),
    ("paper",),
    ("app",),
    ("cli",),
    ("__main__",),
)
LEVELS = {part: level for level, floor in enumerate(FLOORS) for part in floor}
STAGES = next(floor for floor in FLOORS if "flask" in floor)


def loaded_by(code: str) -> set[str]:
    """Return the top-level modules that a fresh Python has after running some code."""
    script = f"{code}\nimport sys\nprint('modules:', *{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, encoding="utf-8", check=True)
    return set(done.stdout.rsplit("modules:", 1)[1].split())


def test_import_halodot_is_light() -> None:
    assert not loaded_by("import halodot") & set(HEAVY)


def test_help_is_light() -> None:
    code = "import halodot.cli\ntry:\n    halodot.cli.main(['--help'])\nexcept SystemExit:\n    pass"
    assert not loaded_by(code) & set(HEAVY)


def test_the_public_names_come_when_they_are_used() -> None:
    assert "numpy" in loaded_by("import halodot\nhalodot.load")


def test_checking_a_study_draws_and_saves_nothing() -> None:
    loaded = loaded_by("import halodot\nhalodot.load('recipe-only')")
    assert not loaded & {"matplotlib", "xarray", "h5py", "pandas", "iminuit", "pydantic", "scipy", "numba"}


def part_of(path: Path) -> str:
    """Return the part of the package that a file belongs to."""
    first = path.relative_to(SOURCE).parts[0]
    return first.removesuffix(".py")


@cache
def tree_of(path: Path) -> ast.Module:
    """Return a file as Python reads it."""
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> set[str]:
    """Return the modules of halodot that a file imports anywhere: in functions and for type checkers alike."""
    found = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            within = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= within & set(NAMES) or {node.module or ""}
    return (found & set(NAMES)) - {"halodot", name_of(path)}


def name_of(path: Path) -> str:
    """Return the name of a module."""
    return ".".join(("halodot", *path.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__")


NAMES = {name_of(path): path for path in MODULES}


@pytest.fixture(scope="module")
def imports() -> dict[str, set[str]]:
    """What each module imports; the face of the package is left out, which imports a name when it is used."""
    return {name: imported(path) for name, path in NAMES.items() if name != "halodot"}


def test_dependencies_point_down(imports: dict[str, set[str]]) -> None:
    wrong = []
    for name, others in imports.items():
        part = name.split(".")[1]
        for other in {item.split(".")[1] for item in others} - {part}:
            if LEVELS[other] >= LEVELS[part]:
                wrong.append(f"{name} imports {other}, which is not below it")
    assert wrong == []


def test_no_modules_import_each_other_in_a_circle(imports: dict[str, set[str]]) -> None:
    TopologicalSorter(imports).prepare()  # raises a CycleError that names the circle


def test_every_part_has_a_level() -> None:
    assert {name.split(".")[1] for name in NAMES if name != "halodot"} <= set(LEVELS)


def test_stages_read_no_files_and_draw_nothing() -> None:
    wrong = {}
    for path in (path for path in MODULES if part_of(path) in STAGES):
        nodes = list(ast.walk(tree_of(path)))
        called = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
        taken = {
            name.split(".")[0]
            for node in nodes
            if isinstance(node, (ast.Import, ast.ImportFrom))
            for name in (
                [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            )
        }
        found = called & {"open", "exec", "eval", "print"}
        found |= taken & {"matplotlib", "pathlib", "os", "io", "yaml", "xarray", "pint", "json", "importlib"}
        if found:
            wrong[name_of(path)] = found
    assert wrong == {}


def test_only_the_study_reads_the_library() -> None:
    wrong = set()
    for path in (path for path in MODULES if part_of(path) not in ("study", "cli")):
        for node in ast.walk(tree_of(path)):
            if (isinstance(node, ast.Constant) and node.value == "library") or (
                isinstance(node, ast.Name) and node.id == "__file__"
            ):
                wrong.add(name_of(path))
    assert wrong == set()
