"""What is imported when, and in which direction the package depends."""

from __future__ import annotations

import ast
import subprocess
import sys
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


def imported(path: Path) -> set[str]:
    """Return the modules of halodot that a file imports anywhere: in functions and for type checkers alike."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
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
#: what each module imports; the face of the package is left out, which imports a name when it is used
IMPORTED = {name: imported(path) for name, path in NAMES.items() if name != "halodot"}


@pytest.mark.parametrize("name", IMPORTED)
def test_dependencies_point_down(name: str) -> None:
    part = name.split(".")[1]
    for other in {item.split(".")[1] for item in IMPORTED[name]} - {part}:
        assert LEVELS[other] < LEVELS[part], f"{name} imports {other}, which is not below it"


def test_no_modules_import_each_other_in_a_circle() -> None:
    TopologicalSorter(IMPORTED).prepare()  # raises a CycleError that names the circle


def test_every_part_has_a_level() -> None:
    assert {name.split(".")[1] for name in IMPORTED} <= set(LEVELS)


@pytest.mark.parametrize("path", [path for path in MODULES if part_of(path) in STAGES])
def test_stages_read_no_files_and_draw_nothing(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert not called & {"open", "exec", "eval", "print"}
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    }
    assert not imported & {"matplotlib", "pathlib", "os", "io", "yaml", "xarray", "pint", "json", "importlib"}


@pytest.mark.parametrize("path", [path for path in MODULES if part_of(path) not in ("study", "cli")])
def test_only_the_study_reads_the_library(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert "library" not in texts
    assert "__file__" not in {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
