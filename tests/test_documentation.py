"""The documentation is built without a warning, and shows every page and every function."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import halodot

ROOT = Path(__file__).parents[1]
#: all of docs/conf.py but the pages of source text and the look of the theme, which are half of the work and hold
#: nothing of ours
EXTENSIONS = "myst_parser,sphinx.ext.autodoc,sphinx.ext.napoleon,sphinx_copybutton,sphinx_gallery.gen_gallery"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages, built from a copy; the examples of the gallery are run by tests of their own."""
    home = tmp_path_factory.mktemp("documentation")
    for name in ("docs", "examples", "tools"):
        shutil.copytree(ROOT / name, home / name, ignore=shutil.ignore_patterns("_build", "gallery", "__pycache__"))
    for name in ("CHANGELOG.md", "CONTRIBUTING.md"):
        shutil.copy(ROOT / name, home / name)
    command = (sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", "-D", "plot_gallery=0")
    done = subprocess.run(
        [*command, "-D", f"extensions={EXTENSIONS}", "-D", "html_theme=basic", str(home / "docs"), str(home / "site")],
        env={name: text for name, text in os.environ.items() if name != "PYTHONWARNDEFAULTENCODING"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return home / "site"


def test_every_page_and_every_example_is_shown(site: Path) -> None:
    for page in (ROOT / "docs").glob("*.md"):
        assert (site / f"{page.stem}.html").is_file()
    for script in (ROOT / "examples").glob("*.py"):
        assert (site / "gallery" / f"{script.stem}.html").is_file()


def test_every_public_function_is_described(site: Path) -> None:
    text = (site / "reference.html").read_text(encoding="utf-8")
    described = set(re.findall(r'id="halodot\.([\w.]+)"', text))
    for name in halodot.__all__:
        found = getattr(halodot, name)
        if callable(found):
            home = f"{found.__module__}.{found.__qualname__}".removeprefix("halodot.")
            public = {known.rsplit(".", 1)[-1] for known in described}
            assert found.__qualname__ in public, home
