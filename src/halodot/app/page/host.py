"""What a part of the page knows of the page that it stands on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from halodot.app.opened import OpenSession


class Host(Protocol):
    """The page that a part stands on."""

    opened: OpenSession

    def put_under_a_slider(self, path: str) -> None:
        """Put a number of the study under a slider, or take it away where it has one."""

    def run(self, code: str) -> None:
        """Run a line of page.js in this page."""


class Part(Protocol):
    """A part of the page that shows some of the session's state."""

    def refresh(self) -> None:
        """Show the state anew."""


#: makes a part of the page in the present container
Builder = Callable[[Host], Part]
