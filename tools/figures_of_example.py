"""The figures that an example made, for the gallery of the documentation."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def scrape(block: Any, variables: dict[str, Any], settings: dict[str, Any]) -> str:
    """Write the figures that a block of an example holds in its names, and return how the page shows them.

    Args:
        block: the block of the example.
        variables: what the gallery knows of it: its names, and where images go.
        settings: of the gallery.
    """
    from matplotlib.figure import Figure
    from sphinx_gallery.scrapers import figure_rst

    names = variables["example_globals"]
    seen = names.setdefault("__drawn__", set())
    written = []
    for value in list(names.values()):
        if isinstance(value, Figure) and id(value) not in seen:
            seen.add(id(value))
            path = Path(next(variables["image_path_iterator"]))
            value.savefig(path, dpi=200)
            written.append(str(path))
    return figure_rst(written, settings["src_dir"])
