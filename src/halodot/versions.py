"""Which versions compute: of halodot with its commit, of Python and of the libraries that the numbers come from."""

from __future__ import annotations

import json
import os
import platform
import re
import sys
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from pathlib import Path

import halodot
from halodot import __version__

UNKNOWN = "unknown"
#: of this version; CITATION.cff says the same
RELEASED = "2026-11-22"
TITLE = "halodot: perovskite quantum-dot LEDs from the flask to the photon"
_PACKAGE = Path(halodot.__path__[0]).resolve()
#: libraries whose versions may move the last digits of a number
_LIBRARIES = ("numpy", "scipy", "numba")
_CALLED = {"python": "Python", "numpy": "NumPy", "scipy": "SciPy", "numba": "Numba"}
_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_LONGEST_CHAIN = 5  # of references of git that name each other


@cache
def versions() -> Mapping[str, str]:
    """Return the version of everything that takes part in a computation, by name; "unknown" where it is not known."""
    return {
        "halodot": __version__,
        "commit": commit(),
        "python": platform.python_version(),
        **{name: _library(name) for name in _LIBRARIES},
        "platform": f"{platform.system() or UNKNOWN} {platform.machine() or UNKNOWN}",
    }


def shown(found: Mapping[str, str]) -> str:
    """Return versions in one line."""
    commit_ = found.get("commit", UNKNOWN)
    at = "" if commit_ == UNKNOWN else f" (commit {commit_[:12]})"
    rest = ", ".join(f"{called} {found[name]}" for name, called in _CALLED.items() if name in found)
    parts = (f"halodot {found.get('halodot', UNKNOWN)}{at}", rest, found.get("platform", ""))
    return ", ".join(filter(None, parts))


def software_entry(found: Mapping[str, str]) -> str:
    """Return halodot itself as BibTeX, with version, commit and year.

    Args:
        found: versions of what computed, as :func:`versions` returns them.
    """
    version, commit_ = found.get("halodot", __version__), found.get("commit", UNKNOWN)
    at = "" if commit_ == UNKNOWN else f", commit {commit_[:12]}"
    year = RELEASED[:4]
    return (
        f"@software{{halodot{year},\n"
        "  author  = {{The halodot authors}},\n"
        f"  title   = {{{TITLE.replace('LEDs', '{LEDs}')}}},\n"
        f"  version = {{{version}{at}}},\n"
        f"  year    = {{{year}}},\n"
        f"  date    = {{{RELEASED}}},\n"
        "  license = {BSD-3-Clause}\n"
        "}\n"
    )


def commit(package: Path = _PACKAGE) -> str:
    """Return the commit that this copy of halodot is of, "unknown" where neither a checkout nor its installation says.

    It is read from the files of git, without calling it; changes that are not committed do not show.

    Args:
        package: the folder of the package.
    """
    for folder in package.parents[:2]:  # src, and the checkout
        if (folder / "pyproject.toml").is_file() and os.path.lexists(folder / ".git"):
            return _of_checkout(folder) or UNKNOWN
    return _of_installation() or UNKNOWN


def _library(name: str) -> str:
    try:
        return str(getattr(sys.modules.get(name), "__version__", "")) or metadata.version(name)
    except metadata.PackageNotFoundError:
        return UNKNOWN


def _of_installation() -> str:
    """Return the commit of an installation from a repository, as its record says."""
    try:
        record = metadata.distribution("halodot").read_text
        found = json.loads(record("direct_url.json") or "{}").get("vcs_info", {}).get("commit_id", "")
    except (metadata.PackageNotFoundError, ValueError, AttributeError, OSError):
        return ""
    return found if isinstance(found, str) and _COMMIT.fullmatch(found) else ""


def _of_checkout(folder: Path) -> str:
    try:
        git = folder / ".git"
        if git.is_file():  # of a worktree: "gitdir: PATH"
            git = folder / git.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
        common = git / "commondir"
        shared = git / common.read_text(encoding="utf-8").strip() if common.is_file() else git
        return _resolved((git / "HEAD").read_text(encoding="utf-8").strip(), git, shared)
    except (OSError, UnicodeDecodeError):
        return ""


def _resolved(word: str, git: Path, shared: Path) -> str:
    """Return the commit that the content of a reference means."""
    for _ in range(_LONGEST_CHAIN):
        if not word.startswith("ref:"):
            return word if _COMMIT.fullmatch(word) else ""
        name = word.removeprefix("ref:").strip()
        if ".." in Path(name).parts:
            return ""
        files = [folder / name for folder in (git, shared) if (folder / name).is_file()]
        word = files[0].read_text(encoding="utf-8").strip() if files else _packed(name, shared / "packed-refs")
    return ""


def _packed(name: str, file: Path) -> str:
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return next((line.split(" ")[0] for line in lines if line.endswith(f" {name}")), "")
