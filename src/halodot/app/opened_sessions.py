"""The sessions that a server has open, each with the processes that follow it; no two servers have the same one."""

from __future__ import annotations

from pathlib import Path

from halodot.app.opened import OpenSession
from halodot.app.session import Session, is_session_id, read
from halodot.errors import InputError
from halodot.outputs import TakenError, lock_file, unlock_file

#: file that a server holds in the folder of a session while it has it open
LOCK = ".open"


class OpenedSessions:
    """Sessions by their names, opened when a page asks for one."""

    def __init__(self, home: Path) -> None:
        """Args: ``home`` holds the folders of all sessions."""
        self.home = home
        self._open: dict[str, OpenSession] = {}
        self._held: dict[str, int] = {}

    def hold(self, name: str) -> Session:
        """Return a session as its file tells it, which no other server can open from now on.

        Raises:
            InputError: there is none of this name, it cannot be read, or another server has it open.
        """
        if not is_session_id(name):
            raise InputError("there is no session of this name; open the address that was printed")
        session = read(self.home / name)
        if name not in self._held:
            try:
                self._held[name] = lock_file(self.home / name / LOCK)
            except TakenError as error:
                raise InputError(
                    f"this session is open in another halodot app ({error.who}); go on there, or end it"
                ) from None
            except OSError as error:
                raise InputError(f"nothing can be written to the folder of this session ({error.strerror})") from error
            session = read(self.home / name)  # the other server may have written it until it let go
        return session

    def opened(self, name: str) -> OpenSession:
        """Return a session, read from its file where it is not open yet; to be called in the event loop.

        Raises:
            InputError: there is none of this name, it cannot be read, or another server has it open.
        """
        if name not in self._open:
            self._open[name] = OpenSession(self.hold(name))
        return self._open[name]

    def folder(self, name: str) -> Path | None:
        """Return the folder of an open session, None for every other name."""
        opened = self._open.get(name)
        return None if opened is None else opened.folder

    async def close(self) -> None:
        """End the processes of every session, and let other servers open them."""
        for opened in self._open.values():
            await opened.close()
        self._open.clear()
        for name, handle in self._held.items():
            unlock_file(self.home / name / LOCK, handle)
        self._held.clear()
