"""The sessions that a server has open, each with the processes that follow it."""

from __future__ import annotations

from pathlib import Path

from halodot.app.opened import OpenSession
from halodot.app.session import is_session_id, read
from halodot.errors import InputError


class OpenedSessions:
    """Sessions by their names, opened when a page asks for one."""

    def __init__(self, home: Path) -> None:
        """Args: ``home`` holds the folders of all sessions."""
        self.home = home
        self._open: dict[str, OpenSession] = {}

    def opened(self, name: str) -> OpenSession | None:
        """Return a session, read from its file where it is not open yet; None where there is none of this name."""
        if name in self._open:
            return self._open[name]
        if not is_session_id(name):
            return None
        try:
            session = read(self.home / name)
        except InputError:
            return None
        self._open[name] = OpenSession(session)
        return self._open[name]

    def folder(self, name: str) -> Path | None:
        """Return the folder of an open session, None for every other name."""
        opened = self._open.get(name)
        return None if opened is None else opened.folder

    async def close(self) -> None:
        """End the processes of every session."""
        for opened in self._open.values():
            await opened.close()
        self._open.clear()
