"""An open session: what fails to be written, pages that are gone, and servers that want the same one."""

from __future__ import annotations

import asyncio
import errno
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import halodot
from halodot.app import opened as module
from halodot.app.live import Frame, Live, Request
from halodot.app.opened import OpenSession
from halodot.app.opened_sessions import LOCK, OpenedSessions
from halodot.app.session import FILE, Session, begun, read
from halodot.cli.app import _session
from halodot.errors import InputError


class Asked(Live):
    """Computes nothing and notes what it was asked for."""

    def __init__(self, deliver: Callable[[Frame], None]) -> None:
        super().__init__(deliver)
        self.requests: list[Request] = []
        self.rests = 0

    def start(self) -> None:
        """Start no process."""

    def exact(self, request: Request) -> None:
        """Note it."""
        self.requests.append(request)

    def drag(self, request: Request) -> None:
        """Note it."""
        self.requests.append(request)

    def rest(self) -> None:
        """Note it."""
        self.rests += 1


class Tab:
    """A page that notes what it is told."""

    def __init__(self, opened: OpenSession, fails: bool = False) -> None:
        self.opened, self.fails = opened, fails
        self.told: list[str] = []
        self.frames: list[int] = []
        opened.add(self)

    def show(self, frame: Frame) -> None:
        """Note a frame."""
        if self.fails:
            raise ValueError("this page shows nothing")
        self.frames.append(frame.serial)

    def refresh(self) -> None:
        """Note what the session says."""
        self.told.append(self.opened.unkept)

    def panels(self) -> tuple[str, ...]:
        """Show one panel."""
        return ("jvl",)

    def tables(self) -> tuple[str, ...]:
        """Show no table."""
        return ()


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return begun(halodot.load("recipe-only"), tmp_path)


def driven(session: Session, scenario: Callable[[OpenSession, Asked], Awaitable[None]]) -> None:
    """Run a scenario with an open session in an event loop."""

    async def run() -> None:
        opened = OpenSession(session, Asked)
        assert isinstance(opened.live, Asked)
        await scenario(opened, opened.live)
        await opened.close()

    asyncio.run(run())


def test_a_full_disk_is_said_and_every_step_is_written_when_there_is_room(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WRITTEN_AGAIN", 0.01)

    def full(_: Session) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    async def scenario(opened: OpenSession, live: Asked) -> None:
        tab = Tab(opened)
        with monkeypatch.context() as disk:
            disk.setattr(module, "write", full)
            for voltage in ("2", "3"):
                opened.change(replace(opened.state, voltage=voltage), f"{voltage} V")
            assert (opened.state.voltage, len(opened.session.past)) == ("3", 2)
            assert "No space left on device" in tab.told[-1]
            assert len(live.requests) == 2  # what cannot be written is followed all the same
            assert read(session.folder) == session
        async with asyncio.timeout(5.0):
            while opened.unkept:
                await asyncio.sleep(0.005)
        assert tab.told[-1] == ""
        assert len(live.requests) == 3  # so that the page, which says that it computes, gets a frame
        assert read(session.folder) == opened.session

    driven(session, scenario)


def test_a_session_whose_folder_was_removed_is_written_anew(session: Session) -> None:
    async def scenario(opened: OpenSession, _: Asked) -> None:
        (session.folder / FILE).unlink()
        session.folder.rmdir()
        opened.change(replace(opened.state, voltage="2"), "2 V")
        assert (opened.unkept, read(session.folder)) == ("", opened.session)
        assert session.folder.stat().st_mode & 0o077 == 0 or sys.platform == "win32"

    driven(session, scenario)


def test_a_page_that_cannot_show_a_frame_keeps_none_from_another(session: Session) -> None:
    async def scenario(opened: OpenSession, live: Asked) -> None:
        Tab(opened, fails=True)
        tab = Tab(opened)
        live._show(Frame(7, True, 0.0))
        assert tab.frames == [7]

    driven(session, scenario)


def test_the_processes_rest_when_no_page_is_left_and_not_before(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LEFT_ALONE", 0.02)

    async def scenario(opened: OpenSession, live: Asked) -> None:
        one, other = Tab(opened), Tab(opened)
        opened.remove(one)
        await asyncio.sleep(0.05)
        assert live.rests == 0
        opened.remove(other)
        opened.add(one)  # a reload
        await asyncio.sleep(0.05)
        assert live.rests == 0
        opened.remove(one)
        opened.remove(one)
        await asyncio.sleep(0.05)
        assert live.rests == 1

    driven(session, scenario)


def test_a_drag_reads_no_file_of_the_measured_curves(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[Any] = []
    monkeypatch.setattr(module, "overlaid", lambda folder, keys: reads.append(keys) or (("a", {}),))

    async def scenario(opened: OpenSession, live: Asked) -> None:
        opened.follow()
        for mass in range(20):
            opened.drag("recipe.pot[0].mass", f"{mass + 1} mg")
            opened.look_at(0.1 * mass, kept=False)
        assert len(reads) == 1
        assert [request.measured for request in live.requests] == [(("a", {}),)] * 41

    driven(session, scenario)


_HOLDS = """
import sys, time
from pathlib import Path
from halodot.outputs import lock_file
lock_file(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def held_by(session: Session) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the session open, as a server has."""
    command = [sys.executable, "-c", _HOLDS, str(session.folder / LOCK)]
    other = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    yield other
    other.kill()
    other.communicate()


def test_a_session_is_open_in_one_server_at_a_time_until_that_ends(
    session: Session, held_by: subprocess.Popen[str]
) -> None:
    home = session.folder.parent
    with pytest.raises(InputError, match=rf"open in another halodot app \(process {held_by.pid} .*go on there"):
        OpenedSessions(home).hold(session.id)
    held_by.kill()
    held_by.wait()
    ours = OpenedSessions(home)
    assert ours.hold(session.id) == session
    assert ours.hold(session.id) == session  # which is the same server
    asyncio.run(ours.close())
    assert [path.name for path in session.folder.iterdir()] == [FILE]


def test_the_last_session_that_can_be_opened_goes_on_and_the_others_are_named(
    session: Session, held_by: subprocess.Popen[str], capsys: pytest.CaptureFixture[str]
) -> None:
    home = session.folder.parent
    broken = begun(halodot.load("recipe-only"), home)
    (broken.folder / FILE).write_text('{"halodot": 1, "steps": [', encoding="utf-8")
    ours = OpenedSessions(home)
    assert _session("", ours) not in (session.id, broken.id)
    said = capsys.readouterr().err.replace("\n", " ")
    assert f"session {session.id} is left out: this session is open in another halodot app" in said
    assert f"session {broken.id} is left out" in said
    asyncio.run(ours.close())
