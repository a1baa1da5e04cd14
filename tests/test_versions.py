"""Which versions computed a result, and of which commit."""

from __future__ import annotations

import json
import subprocess
import tomllib
from pathlib import Path

import jsonschema
import numba
import numpy
import pytest
import yaml

import halodot
from halodot import Result, versions
from halodot.results.contract import document

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def checkout(folder: Path, files: dict[str, str]) -> Path:
    """Write a checkout and return its package's folder."""
    package = folder / "src" / "halodot"
    package.mkdir(parents=True)
    (folder / "pyproject.toml").write_text("", encoding="utf-8")
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return package


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({".git/HEAD": f"{COMMIT}\n"}, COMMIT),
        ({".git/HEAD": "ref: refs/heads/main\n", ".git/refs/heads/main": f"{COMMIT}\n"}, COMMIT),
        ({".git/HEAD": "ref: refs/heads/a/b\n", ".git/packed-refs": f"# pack\n{COMMIT} refs/heads/a/b\n"}, COMMIT),
        (
            {
                ".git": "gitdir: repository/worktrees/w\n",
                "repository/worktrees/w/HEAD": "ref: refs/heads/w\n",
                "repository/worktrees/w/commondir": "../..\n",
                "repository/refs/heads/w": f"{COMMIT}\n",
            },
            COMMIT,
        ),
        ({".git/HEAD": "ref: refs/heads/gone\n"}, "unknown"),
        ({".git/HEAD": "ref: ../../secret\n"}, "unknown"),
        ({".git/HEAD": "nonsense"}, "unknown"),
        ({".git": "gitdir: nowhere"}, "unknown"),
    ],
)
def test_the_commit_is_read_from_the_files_of_git(tmp_path: Path, files: dict[str, str], found: str) -> None:
    assert versions.commit(checkout(tmp_path, files)) == found


def test_the_commit_is_that_of_git() -> None:
    here = Path(__file__).parents[1]
    if not (here / ".git").exists() or not Path(halodot.__file__).is_relative_to(here):
        pytest.skip("no checkout")
    said = subprocess.run(["git", "rev-parse", "HEAD"], cwd=here, capture_output=True, text=True, encoding="utf-8")
    assert versions.commit() == said.stdout.strip()


def test_versions_stand_in_every_file_of_a_result(tmp_path: Path) -> None:
    result = halodot.simulate(halodot.load("recipe-only"))
    assert result.versions["numpy"] == numpy.__version__
    assert result.versions["numba"] == numba.__version__
    halodot.save(result, tmp_path / "r.nc")
    assert halodot.load_result(tmp_path / "r.nc").versions == dict(versions.versions())
    halodot.to_json(result, tmp_path / "r.json")
    written = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert written["versions"] == dict(versions.versions())
    jsonschema.validate(written, halodot.schema())
    halodot.save_study(result.study, tmp_path / "s.yaml", result.versions)
    assert f"NumPy {numpy.__version__}" in (tmp_path / "s.yaml").read_text(encoding="utf-8").splitlines()[0]
    bare = document(Result(study=result.study))
    jsonschema.validate(bare, halodot.schema())
    assert bare["versions"] == {}


def test_what_cites_halodot_says_the_same_everywhere() -> None:
    root = Path(__file__).parents[1]
    cff = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    assert (cff["version"], str(cff["date-released"]), cff["title"]) == (
        halodot.__version__,
        versions.RELEASED,
        versions.TITLE,
    )
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (project["version"], project["license"]) == (halodot.__version__, cff["license"])
    entry = versions.software_entry({"halodot": "1.2.3", "commit": COMMIT})
    assert "version = {1.2.3, commit 0123456789ab}" in entry
    assert f"year    = {{{versions.RELEASED[:4]}}}" in entry
    bibliography = (root / "src" / "halodot" / "library" / "references.bib").read_text(encoding="utf-8")
    assert f"derivations of halodot {halodot.__version__}," in bibliography
