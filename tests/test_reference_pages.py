"""The tables of the documentation say what is declared."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[1] / "tools" / "write_tables.py"
specification = importlib.util.spec_from_file_location("write_tables", TOOL)
assert specification is not None
assert specification.loader is not None
write_tables = importlib.util.module_from_spec(specification)
specification.loader.exec_module(write_tables)
PAGES = write_tables.pages()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_the_page_is_up_to_date(path: Path) -> None:
    """Written anew by python tools/write_tables.py."""
    assert path.read_text(encoding="utf-8") == PAGES[path]


def test_every_number_under_a_layer_has_a_symbol_and_a_meaning() -> None:
    from halodot.states import STATED

    for word, (_, item) in STATED.items():
        if "symbol" in item.metadata:
            assert item.metadata["symbol"], word
            assert item.metadata["about"], word
