"""The tables of the documentation say what is declared."""

from __future__ import annotations

from pathlib import Path

import pytest
from tool_scripts import tool

PAGES = tool("write_tables").pages()
API = tool("write_api_page")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_the_page_is_up_to_date(path: Path) -> None:
    """Written anew by python tools/write_tables.py."""
    assert path.read_text(encoding="utf-8") == PAGES[path]


def test_the_page_of_functions_is_up_to_date() -> None:
    """Written anew by python tools/write_api_page.py."""
    assert API.PAGE.read_text(encoding="utf-8") == API.page()


def test_every_number_under_a_layer_has_a_symbol_and_a_meaning() -> None:
    from halodot.states import STATED

    for word, (_, item) in STATED.items():
        if "symbol" in item.metadata:
            assert item.metadata["symbol"], word
            assert item.metadata["about"], word
