"""The page of a protocol in a browser: no serious fault in light and dark, no network, nothing cut on a small one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser import Shown, open_browser

import halodot
from halodot.report.protocol_page import page_of


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    file = tmp_path_factory.mktemp("protocol") / "batch.html"
    file.write_text(page_of(halodot.protocol("paper-0.2", scale=3)), encoding="utf-8")
    with open_browser() as browser:
        page = Shown(browser, file)
        yield page
        page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(shown: Shown, scheme: str) -> None:
    assert shown.grave(scheme) == []


def test_the_page_asks_for_nothing_else(shown: Shown) -> None:
    assert [url.rpartition("/")[2] for url in shown.asked] == ["batch.html"]


@pytest.mark.parametrize("width", [380, 900, 1280])
def test_nothing_is_cut_or_reaches_out_of_the_page(shown: Shown, width: int) -> None:
    assert shown.outside(width) == []
    assert shown.wider() <= 0
