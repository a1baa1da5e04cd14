"""Compiled kernels: never older than their source, found again in the next process, and made without a folder too."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import halodot
from halodot import compiled
from halodot.compiled import is_kept, source_stamp, sources
from halodot.flask.proton_uptake import exponential_decay

SOURCE = Path(halodot.__path__[0])
KERNEL_FILES = [path for path in SOURCE.rglob("*.py") if "\n@kernel\n" in path.read_text(encoding="utf-8")]

#: what a fresh process says of every kernel that a study with a recipe, a device and slopes has called
CALLED = """
import sys
import halodot
from numba.core.dispatcher import Dispatcher
from numba.core.types import Dispatcher as Kernel

study = halodot.load("paper-0.2", ["run.voltage=[0 V, 2 V, 3 V]"])
halodot.sensitivity(halodot.simulate(study), ["device.layers.PTAA.thickness"])
kernels = {
    value
    for name, module in sys.modules.items() if name.startswith("halodot.")
    for value in vars(module).values() if isinstance(value, Dispatcher)
}
print("closures", sum(kernel.py_func.__closure__ is not None for kernel in kernels))
print("arguments", sum(isinstance(one, Kernel) for kernel in kernels for args in kernel.signatures for one in args))
print("hits", sum(sum(kernel.stats.cache_hits.values()) for kernel in kernels))
print("misses", sum(sum(kernel.stats.cache_misses.values()) for kernel in kernels))
"""

#: a kernel of a second or less
DECAY = "from halodot.flask.proton_uptake import exponential_decay as decay; print(decay(2.0, 0.5)[0])"


def run(code: str, source: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh Python that finds halodot in a folder."""
    tests = Path(__file__).parent
    places = (source, tests / "device", tests.parent / "benchmarks")
    home = {"PYTHONPATH": os.pathsep.join(str(place) for place in places), **variables}
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **home},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the package with all that was compiled for it."""
    shutil.copytree(SOURCE, tmp_path / "src" / "halodot")
    return tmp_path / "src"


def edit(path: Path, old: str, new: str) -> None:
    """Replace a line of a source file."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_edited_source_changes_the_kernels_that_import_it(copy: Path) -> None:
    """A mass balance of one pair after one step, with the elimination of another file solving for half the step."""
    code = """
import numpy as np
from halodot.flask.mass_action import equilibrium
total, first, second = np.array([1.0, 1.0]), np.array([0]), np.array([1])
print(*equilibrium(total, first, second, np.array([10.0]), np.array([np.inf, np.inf]), 1)[0])
"""
    before = run(code, copy).stdout
    edit(copy / "halodot" / "linear_algebra.py", "x[k] /= a[k, k]", "x[k] /= 2.0 * a[k, k]")
    assert run(code, copy).stdout != before


@pytest.mark.explore
def test_an_edited_law_moves_the_curve(copy: Path) -> None:
    """Without Langevin recombination the carriers of this device pile up: 0.642, 823 and 2697 A/m2."""
    code = """
from device_cases import case
from halodot.device import solve_device
stack, _, _ = case("3_bipolar_langevin")
print(*solve_device(stack, None, [1.0, 3.0, 5.0]).current_density)
"""
    before = run(code, copy).stdout
    edit(
        copy / "halodot" / "device" / "laws" / "recombination.py",
        "RateOverExcess(coefficient, ",
        "RateOverExcess(0.0 * coefficient, ",
    )
    assert run(code, copy).stdout != before


def called() -> dict[str, str]:
    """What a fresh process counts."""
    return dict(line.split() for line in run(CALLED, SOURCE.parent).stdout.splitlines())


def test_every_kernel_is_found_again_in_a_second_process() -> None:
    counts = called()
    if counts["misses"] != "0":  # none was compiled before; the process that did so keeps it
        counts = called()
    assert int(counts.pop("hits")) >= 15
    assert counts == {"closures": "0", "arguments": "0", "misses": "0"}


def test_without_a_folder_a_kernel_compiles_and_says_so_once(copy: Path) -> None:
    for folder in {path.parent.relative_to(SOURCE) for path in KERNEL_FILES}:
        shutil.rmtree(copy / "halodot" / folder / "__pycache__", ignore_errors=True)
        (copy / "halodot" / folder / "__pycache__").touch()
    done = run(DECAY, copy, HOME="/dev/null", XDG_CACHE_HOME="/dev/null")
    assert done.stdout == run(DECAY, SOURCE.parent).stdout
    assert done.stderr.count("no folder for them can be written") == 1


def test_a_folder_that_the_user_names_is_used(copy: Path, tmp_path: Path) -> None:
    shutil.rmtree(copy / "halodot" / "flask" / "__pycache__", ignore_errors=True)
    run(DECAY, copy, NUMBA_CACHE_DIR=str(tmp_path / "kept"))
    assert list((tmp_path / "kept").rglob("*.nbi"))
    assert not list(copy.rglob("flask/__pycache__/*.nbi"))


def test_a_damaged_file_costs_a_compilation(copy: Path, tmp_path: Path) -> None:
    kept = {"NUMBA_CACHE_DIR": str(tmp_path / "kept")}
    expected = run(DECAY, copy, **kept)
    for path in (tmp_path / "kept").rglob("proton_uptake.exponential_decay*"):
        path.write_bytes(path.read_bytes()[:20])
    assert run(DECAY, copy, **kept).stdout == expected.stdout
    counted = DECAY + "; print(*decay.stats.cache_misses.values())"
    assert run(counted, copy, **kept).stdout == expected.stdout + "\n"


def for_types(node: ast.AST) -> bool:
    """Whether type checkers alone read a statement."""
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def reached(path: Path) -> set[Path]:
    """Return a file and all files of halodot that it imports at any depth, read by Python's own parser."""
    found, ahead = {path}, [path]
    while ahead:
        new = imported(ahead.pop()) - found
        found |= new
        ahead += new
    return found


@cache
def imported(path: Path) -> frozenset[Path]:
    """Return the files of halodot that a file imports itself."""
    names = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tree.body = [
        node for node in tree.body if not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test))
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inside = {f"{node.module}.{alias.name}" for alias in node.names}
            modules = {name for name in inside if file_of(name).is_file()}
            names |= modules | ({node.module} if modules != inside else set())
    return frozenset(file_of(name) for name in names if name.startswith("halodot."))


def file_of(name: str) -> Path:
    place = SOURCE.joinpath(*name.split(".")[1:])
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


@pytest.mark.parametrize("path", KERNEL_FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_the_stamp_reads_all_that_a_kernel_imports(path: Path) -> None:
    assert sources(path) == reached(path)


def test_the_stamp_follows_sources_and_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    path = SOURCE / "device" / "solver" / "continuation.py"
    used = ("laws/recombination.py", "laws/flux.py", "discretisation/records.py")
    assert {SOURCE / "device" / name for name in used} <= sources(path)
    assert SOURCE / "states" / "layer.py" not in sources(path)
    before = source_stamp(path)
    plain = compiled._read
    with monkeypatch.context() as patch:
        patch.setattr(compiled, "_read", lambda at: plain(at) + ("#" if at.name == "statistics.py" else ""))
        assert source_stamp.__wrapped__(path) != before
    with monkeypatch.context() as patch:
        patch.setattr(compiled.numba, "__version__", "0.0")
        assert source_stamp.__wrapped__(path) != before
    assert source_stamp.__wrapped__(path) == before


def test_a_kernel_is_kept_once_it_was_compiled() -> None:
    exponential_decay(2.0, 0.5)
    assert is_kept(exponential_decay)
    assert not is_kept(len)


def test_one_door_to_the_compiler() -> None:
    names = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if "numba" in (text := path.read_text(encoding="utf-8"))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
        if name.split(".")[0] == "numba"
    }
    assert names == {"compiled.py", "cli/progress.py"}  # the latter listens to what is compiled, and compiles nothing
