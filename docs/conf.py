"""How the documentation is built: `make docs` writes it to docs/_build/html."""

from __future__ import annotations

import re
import sys
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))

project = "halodot"
author = "The halodot authors"
project_copyright = f"%Y, {author}"
version = release = installed("halodot")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
]
root_doc = "index"
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_build", "gallery/*.py", "gallery/*.ipynb"]
html_theme = "furo"
html_title = f"halodot {release}"
html_static_path = ["_static"] if (Path(__file__).parent / "_static").is_dir() else []

myst_enable_extensions = ["colon_fence", "dollarmath", "amsmath"]
myst_heading_anchors = 4
suppress_warnings = ["config.cache"]  # the gallery's functions cannot be kept between two builds

autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_class_signature = "separated"
autodoc_default_options = {"members": True, "undoc-members": False, "exclude-members": "__init__, __new__"}
napoleon_google_docstring, napoleon_numpy_docstring = True, False

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"\.py$",
    "image_scrapers": ("figures_of_example.scrape",),
    "within_subsection_order": "FileNameSortKey",
    "download_all_examples": False,
    "show_memory": False,
    "min_reported_time": 1e9,
    "remove_config_comments": True,
    "show_signature": False,
    "default_thumb_file": None,
}

#: links to files of the repository, which the built pages do not hold
_OUTSIDE = re.compile(r"\[([^\]]+)\]\((?:\.\./)+(?:src|tests|tools|benchmarks|examples|LICENSE|CITATION)[^)]*\)")
_PAGES = {"../README.md": "index.md", "../CHANGELOG.md": "changelog.md", "../CONTRIBUTING.md": "contributing.md"}


def _inside(app: Any, name: str, source: list[str]) -> None:
    """Turn links to files of the repository into their text, and those to its pages into links to their copies."""
    text = _OUTSIDE.sub(r"\1", source[0])
    for place, page in _PAGES.items():
        text = text.replace(f"]({place})", f"]({page})")
    source[0] = text


def setup(app: Any) -> None:
    """Join the pages' links."""
    app.connect("source-read", _inside)
