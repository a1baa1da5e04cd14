"""A browser that is on this machine, for pages: axe-core's findings, what is asked of the network, what overflows."""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

#: names of browsers that speak to playwright
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars")
#: elements whose text reaches out of them or of the page
_OUTSIDE = """() => [...document.querySelectorAll("main *, header *, footer *")].filter(one => {
    const style = getComputedStyle(one);
    if (one.closest("svg") || one.closest(".scroll") || one.closest(".skip") || !one.textContent.trim()) return false;
    const box = one.getBoundingClientRect();
    if (box.width <= 1) return false;  // for screen readers alone
    const cut = style.overflowX !== "visible" && style.overflowX !== "auto" && one.scrollWidth > one.clientWidth + 1;
    return cut || box.right > innerWidth + 1 || box.left < -1;
}).map(one => one.outerHTML.slice(0, 120))"""


def executable() -> str:
    """The browser's path; without one the test is skipped, or fails where HALODOT_REQUIRE asks for a browser."""
    named = os.environ.get("HALODOT_BROWSER")
    found = named or next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found:
        return found
    message = f"no browser on this machine: {', '.join(_NAMES)} (or HALODOT_BROWSER)"
    if "browser" in os.environ.get("HALODOT_REQUIRE", ""):
        pytest.fail(message)
    pytest.skip(message)


@contextmanager
def open_browser() -> Iterator[Any]:
    """A headless browser that leaves nothing behind."""
    path = executable()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        yield browser
        browser.close()


def grave(page: Any, within: str | dict[str, Any] = "html", rule: str = "") -> list[str]:
    """What axe-core finds of serious or critical faults in a part of a page, by a rule or all; with the elements.

    Args:
        page: of the browser.
        within: selector of the part, or what is left out as axe-core takes it.
        rule: name of the one rule.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EncodingWarning)  # it opens its own file without naming one
        from axe_playwright_python.sync_playwright import Axe

    options = {"resultTypes": ["violations"], **({"runOnly": [rule]} if rule else {})}
    found = Axe().run(page, within, options).response["violations"]
    return [
        f"{item['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for item in found
        if item["impact"] in ("serious", "critical")
        for node in item["nodes"][:3]
    ]


class Shown:
    """A page as a browser shows it, and what it asked for beside itself."""

    def __init__(self, browser: Any, file: Path) -> None:
        self.context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")
        self.page = self.context.new_page()
        self.asked: list[str] = []
        self.said: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.goto(file.as_uri())

    def close(self) -> None:
        self.context.close()

    def grave(self, scheme: str) -> list[str]:
        """What axe-core finds of serious or critical faults on a light or dark screen, with the elements."""
        self.page.emulate_media(color_scheme=scheme)
        return grave(self.page)

    def outside(self, width: int) -> list[str]:
        """Elements whose text reaches out of the page, or is cut, in a window of a width."""
        self.page.set_viewport_size({"width": width, "height": 900})
        return outside(self.page)

    def wider(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))


def outside(page: Any) -> list[str]:
    """Elements whose text reaches out of a page, or is cut."""
    return list(page.evaluate(_OUTSIDE))
