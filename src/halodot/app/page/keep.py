"""The part of the page for keeping: files, steps, sessions, and the study as text."""

from __future__ import annotations

from halodot.app.page.host import Host
from halodot.app.page.keep_files import Files
from halodot.app.page.keep_sessions import Sessions, Steps, Studies
from halodot.app.page.keep_text import StudyText


class Keep:
    """What is kept of a session, and how it is taken along."""

    def __init__(self, page: Host) -> None:
        """Args: ``page`` that it stands on."""
        self._parts = (Files(page), StudyText(page), Steps(page))
        Studies(page)
        self._sessions = Sessions(page)

    def refresh(self) -> None:
        """Show the session as it is now."""
        for part in self._parts:
            part.refresh()
