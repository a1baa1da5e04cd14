"""An open session: its state, the processes that follow it, and the pages that show it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Protocol

from halodot.app.edits import by_hand, edit_value
from halodot.app.jobs import JobRunner
from halodot.app.lab.desk import LabDesk
from halodot.app.lab.overlay import overlaid
from halodot.app.live import Frame, Live, Request
from halodot.app.own_files import check_own_files, names_a_file
from halodot.app.session import PageState, Pin, Session, Step, at_step, changed, redone, undone, write
from halodot.errors import HalodotError, InputError, Problem
from halodot.names import QUANTITIES
from halodot.report.measured import Points
from halodot.study import Study
from halodot.study.load import from_text
from halodot.units import to_si

_LOG = logging.getLogger(__name__)
#: seconds within which moves of one slider are one step
ONE_MOVE = 1.0
#: seconds after which a session that could not be written is written again
WRITTEN_AGAIN = 5.0
#: seconds after the last page has gone at which the processes that follow the study end, until a page is back
LEFT_ALONE = 120.0
_UNKEPT = (
    "The last steps could not be written to the disk ({reason}); they are kept while halodot app runs. Make room there,"
    " or give leave to write: it is tried again every few seconds."
)
Measured = tuple[tuple[str, Points], ...]
#: an edit of the study's text: (text, folder) -> text
Edit = Callable[[str, Path], str]


class Viewer(Protocol):
    """A page that shows a session."""

    def show(self, frame: Frame) -> None:
        """Show what was computed."""

    def refresh(self) -> None:
        """Show the session's state anew."""

    def panels(self) -> tuple[str, ...]:
        """Names of the panels that are in sight."""

    def tables(self) -> tuple[str, ...]:
        """Names of the panels whose numbers are shown as well."""


class OpenSession:
    """A session that is open, for one page or for several of the same user."""

    def __init__(self, session: Session, live: Callable[[Callable[[Frame], None]], Live] = Live) -> None:
        """Begin to follow a session in processes of its own; to be called in the event loop.

        Args:
            session: as it was begun or read.
            live: makes what computes its frames, and takes what is to be called with each.
        """
        self.session = session
        self.live = live(self._shown)
        self.viewers: list[Viewer] = []
        self.theme = "light"
        self._serial = 0
        self._released, self._released_at = "", -ONE_MOVE
        self.unkept = ""  # why the last steps are not in the session's file, empty where they are
        self._again: asyncio.TimerHandle | None = None
        self._left: asyncio.TimerHandle | None = None
        self._measured: Measured = ()
        self._study: tuple[str, Study | None, tuple[Problem, ...]] | None = None
        self.live.start()
        self.jobs = JobRunner(session.folder)
        self.lab = LabDesk(self)

    @property
    def state(self) -> PageState:
        """What the user has set."""
        return self.session.state

    @property
    def folder(self) -> Path:
        """The session's own folder, which the study's files are named from."""
        return self.session.folder

    @property
    def study(self) -> Study | None:
        """The study as it is read, None where its text has mistakes."""
        return self._read()[0]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the study's text."""
        return self._read()[1]

    @property
    def asked(self) -> int:
        """The serial of the frame that was asked for last."""
        return self._serial

    # ------------------------------------------------------------------------------------------------------- steps

    def change(self, state: PageState, about: str) -> None:
        """Take one step, which can be taken back: it is written, followed and shown.

        Args:
            state: after the step.
            about: the step in words, such as "thickness of PTAA 35 nm".
        """
        self._released = ""
        self._become(changed(self.session, state, about))

    def edit(self, edit: Edit, about: str) -> tuple[Problem, ...]:
        """Change the study's text by a step, or say what prevents it.

        Args:
            edit: takes the text and the folder of its files and returns the new text, or raises InputError.
            about: the step in words.

        Returns:
            The problems, empty where the step was taken.
        """
        try:
            text = edit(self.state.study, self.folder)
            check_own_files(text)
        except InputError as error:
            return error.problems
        except HalodotError as error:
            return (Problem(str(error)),)
        self.change(replace(self.state, study=text), about)
        return ()

    def undo(self) -> None:
        """Take the last step back, or the click that would become one."""
        self._released = ""
        if self.lab.take_last_click():
            return
        self._become(undone(self.session))

    def redo(self) -> None:
        """Take the step that was taken back once more."""
        self._released = ""
        self._become(redone(self.session))

    def go_to(self, place: int) -> None:
        """Go back or forward to a step.

        Args:
            place: of the step, counted from the first that is kept.
        """
        self._released = ""
        self._become(at_step(self.session, place))

    def pin(self, name: str) -> None:
        """Keep the present result on the page, to compare others with."""
        pins = (*(pin for pin in self.state.pins if pin.name != name), Pin(name, self.state.study))
        self.change(replace(self.state, pins=pins), f"pinned {name}")

    def unpin(self, name: str) -> None:
        """Take a pinned result off the page."""
        pins = tuple(pin for pin in self.state.pins if pin.name != name)
        self.change(replace(self.state, pins=pins), f"unpinned {name}")

    def report(self, name: str, written: str) -> tuple[Problem, ...]:
        """Mark a value that somebody reported beside the computed one; an empty text takes the mark away.

        Args:
            name: of the quantity of the summary.
            written: its value with unit.

        Returns:
            What is wrong with the value, empty where nothing is.
        """
        reported = {key: text for key, text in self.state.reported.items() if key != name}
        if written.strip():
            try:
                to_si(written, QUANTITIES[name].unit)
            except InputError as error:
                return error.problems
            reported[name] = written.strip()
        self.change(replace(self.state, reported=reported), f"reported {QUANTITIES[name].label}: {written or 'none'}")
        return ()

    def look_at(self, voltage: float | None, kept: bool = True) -> None:
        """Show the bands at a voltage [V], None for that of the highest EQE; this is no step to be taken back.

        Args:
            voltage: of a solved point, the nearest is shown.
            kept: whether the session keeps it; not while it is dragged.
        """
        text = "" if voltage is None else f"{voltage:.4g}"
        self.amend(replace(self.state, voltage=text), kept)
        if kept:
            self.follow()
        else:  # many times a second, so that no file is read for it
            self.live.exact(self._request())

    def amend(self, state: PageState, kept: bool = True) -> None:
        """Change what belongs to the present step, which is no step of its own.

        Args:
            state: in place of the present one.
            kept: whether it is written at once.
        """
        self.session = replace(self.session, present=replace(self.session.present, state=state))
        if kept:
            self._keep_and_tell()

    # ----------------------------------------------------------------------------------------------------- following

    def drag(self, path: str, written: str) -> None:
        """Follow a number while it is dragged, on reduced grids; nothing is kept.

        Args:
            path: of the number, as --set takes it.
            written: the value with its unit.
        """
        if not names_a_file(path) and ":" not in written:  # a number with its unit, and nothing that names a file
            self.live.drag(self._request((f"{path}={written}",), preview=True))

    def release(self, path: str, written: str, about: str) -> tuple[Problem, ...]:
        """Take the step that a drag ends with, and follow it exactly.

        Args:
            path: of the number.
            written: the value with its unit.
            about: the step in words.

        Returns:
            What is wrong with the value, empty where nothing is.
        """
        now = monotonic()
        try:
            document = self.study.document if self.study is not None else {}
            text = edit_value(self.state.study, self.folder, path, by_hand(document, path, written))
            check_own_files(text)
        except InputError as error:
            self.follow()  # back to what holds
            return error.problems
        state = replace(self.state, study=text)
        if self._released == path and now - self._released_at < ONE_MOVE:  # an arrow key held down is one step
            self._become(replace(self.session, present=Step(about, state), future=()))
        else:
            self.change(state, about)
        self._released, self._released_at = path, monotonic()  # a slow step takes none of the time for the next
        return ()

    def let_go(self) -> None:
        """Show what holds again after a drag that ended where it began, which is no step."""
        self._keep()
        self.follow()
        self._refresh()

    def follow(self) -> None:
        """Compute the present state exactly and show it."""
        self._measured = overlaid(self.folder, self.state.overlays)
        self.live.exact(self._request())

    def add(self, viewer: Viewer) -> None:
        """Have a page show this session."""
        self.viewers.append(viewer)
        if self._left is not None:
            self._left.cancel()
            self._left = None

    def remove(self, viewer: Viewer) -> None:
        """A page is gone."""
        if viewer in self.viewers:
            self.viewers.remove(viewer)
        if not self.viewers and self._left is None:
            self._left = asyncio.get_running_loop().call_later(LEFT_ALONE, self.live.rest)

    async def close(self) -> None:
        """End the processes; the session stays in its file."""
        if self._again is not None:
            self._keep()
        for timer in (self._again, self._left):
            if timer is not None:
                timer.cancel()
        self.jobs.close()
        self.lab.close()
        await self.live.stop()

    def _request(self, changes: tuple[str, ...] = (), preview: bool = False) -> Request:
        self._serial += 1
        panels = tuple(dict.fromkeys(name for viewer in self.viewers for name in viewer.panels()))
        tables = tuple(dict.fromkeys(name for viewer in self.viewers for name in viewer.tables()))
        return Request(
            serial=self._serial,
            text=self.state.study,
            folder=str(self.folder),
            changes=changes,
            preview=preview,
            panels=panels,
            tables=() if preview else tables,
            pins=tuple((pin.name, pin.study) for pin in self.state.pins),
            reported=_in_si(self.state.reported),
            theme=self.theme,
            measured=self._measured,
            voltage=_number(self.state.voltage),
        )

    def _become(self, session: Session) -> None:
        if session == self.session:
            return
        self.session = session
        self._keep()
        self.follow()
        self._refresh()

    def _keep(self) -> bool:
        """Write the session, again after a while where that fails; return whether the pages have news of it to tell."""
        if self._again is not None:
            self._again.cancel()
            self._again = None
        before = self.unkept
        try:
            write(self.session)
            self.unkept = ""
        except OSError as error:
            self.unkept = _UNKEPT.format(reason=error.strerror or type(error).__name__)
            self._again = asyncio.get_running_loop().call_later(WRITTEN_AGAIN, self._keep_and_tell)
        return self.unkept != before

    def _keep_and_tell(self) -> None:
        if self._keep():
            self.follow()
            self._refresh()

    def _refresh(self) -> None:
        for viewer in tuple(self.viewers):
            viewer.refresh()

    def _shown(self, frame: Frame) -> None:
        for viewer in tuple(self.viewers):
            try:
                viewer.show(frame)
            except Exception:  # or no later frame would come to any page
                _LOG.exception("a page cannot show what was computed")

    def _read(self) -> tuple[Study | None, tuple[Problem, ...]]:
        text = self.state.study
        if self._study is None or self._study[0] != text:
            try:
                self._study = (text, from_text(text, "study.yaml", folder=self.folder), ())
            except InputError as error:
                self._study = (text, None, error.problems)
        return self._study[1], self._study[2]


def _in_si(reported: Mapping[str, str]) -> tuple[tuple[str, float], ...]:
    """Return the reported values as numbers, as far as they still are some."""
    found = []
    for name, text in reported.items():
        with suppress(InputError, KeyError):
            found.append((name, to_si(text, QUANTITIES[name].unit)))
    return tuple(found)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
