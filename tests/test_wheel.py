"""The wheel holds all of the package, and what it installs works away from the repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import halodot

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "halodot"


def run(*command: str | Path, folder: Path, **variables: str) -> str:
    """Run a command in a folder and return what it prints."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | variables
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this source, built without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, folder=ROOT)
    (found,) = folder.glob("*.whl")
    return found


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(wheel: Path) -> None:
    files = {
        path.relative_to(SOURCE.parent).as_posix()
        for path in SOURCE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert held == files
    assert any(name.startswith("halodot/library/materials/") for name in held)


def test_what_it_installs_runs_a_study_outside_the_repository(wheel: Path, tmp_path: Path) -> None:
    place, folder = tmp_path / "installed", tmp_path / "elsewhere"
    folder.mkdir()
    run(
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-index",
        "--no-deps",
        "--target",
        place,
        wheel,
        folder=tmp_path,
    )
    for kept in SOURCE.rglob("__pycache__/*.nb[ci]"):  # what is compiled for the same source need not be again
        target = place / kept.relative_to(SOURCE.parent)
        target.parent.mkdir(exist_ok=True)
        shutil.copy(kept, target)
    here = {"PYTHONPATH": str(place)}
    code = "import halodot; print(halodot.__file__, halodot.__version__)"
    assert (
        run(sys.executable, "-c", code, folder=folder, **here) == f"{place}/halodot/__init__.py {halodot.__version__}\n"
    )
    command = place / "bin" / "halodot"
    run(sys.executable, command, "new", "device-only", folder=folder, **here)
    printed = run(sys.executable, command, "run", "device-only.yaml", "--out", "results", folder=folder, **here)
    assert "Peak EQE" in printed
    assert {"report.html", "results.nc", "results.json"} <= {path.name for path in (folder / "results").iterdir()}
