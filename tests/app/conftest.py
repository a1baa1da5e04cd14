"""One server of the page for all of its tests, and a browser for those of each file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from browser import executable, open_browser
from served_page import Server, Shown, started, undo_all


@pytest.fixture(scope="module")  # what drives it keeps an event loop running, in which other tests cannot run theirs
def browser() -> Iterator[Any]:
    """A headless browser."""
    executable()
    with open_browser() as found:
        yield found


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose session began with the treated dots of the model case."""
    made = started(tmp_path_factory.mktemp("sessions"), "paper-0.2")
    yield made
    made.kill()


@pytest.fixture(scope="module")
def tab(browser: Any, server: Server) -> Iterator[Shown]:
    """The page of the server's first session, in one tab for all tests of a file; all its steps are taken back."""
    made = Shown(browser, server.address)
    undo_all(made)
    yield made
    undo_all(made)
    made.close()


@pytest.fixture
def shown(tab: Shown) -> Shown:
    """The tab with all steps taken back."""
    undo_all(tab)
    return tab
