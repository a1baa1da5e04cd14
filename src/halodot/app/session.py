"""A session of the page: what it shows, every step back and forward, and the file that keeps it."""

from __future__ import annotations

import json
import os
import re
import secrets
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from halodot.errors import InputError, Problem
from halodot.outputs import write_text
from halodot.study import Study
from halodot.study.written import written_study

#: names another folder for the sessions
VARIABLE = "HALODOT_SESSIONS"
FILE = "session.json"
#: of session.json
FORMAT = 1
#: steps that can be taken back; a study is a few kilobytes of text
MOST_STEPS = 100
_ID = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{8}\Z")


@dataclass(frozen=True)
class Pin:
    """A study whose result stays on the page beside the present one."""

    name: str
    study: str


@dataclass(frozen=True)
class PageState:
    """All that a user has set."""

    study: str  # as YAML
    sliders: tuple[str, ...] = ()  # paths of the study, as --set takes them
    pins: tuple[Pin, ...] = ()
    reported: Mapping[str, str] = field(default_factory=dict)  # quantity of the summary -> value with unit
    voltage: str = ""  # of the bands, empty for that of the highest EQE
    plan: str = ""  # analysis.yaml of the uploaded files
    overlays: tuple[str, ...] = ()  # analyses whose measured curves lie over the simulated ones


@dataclass(frozen=True)
class Step:
    """A state and what led to it, in words."""

    about: str
    state: PageState


@dataclass(frozen=True)
class Session:
    """A session with its history, in a folder of its own."""

    id: str
    folder: Path
    title: str  # of the study that it began with
    past: tuple[Step, ...]
    present: Step
    future: tuple[Step, ...] = ()

    @property
    def state(self) -> PageState:
        """What is shown."""
        return self.present.state


def sessions_folder() -> Path:
    """Return where this user's sessions are kept: of HALODOT_SESSIONS, else that of the platform."""
    if named := os.environ.get(VARIABLE):
        return Path(named).expanduser().absolute()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library/Application Support"
    else:
        stated = Path(os.environ.get("XDG_STATE_HOME") or ".")
        base = stated if stated.is_absolute() else Path.home() / ".local/state"
    return base / "halodot/sessions"


def begun(study: Study, home: Path, sliders: tuple[str, ...] = ()) -> Session:
    """Begin a session with a study and write it.

    Args:
        study: what it begins with; its own files are copied beside it.
        home: of all sessions.
        sliders: paths that stand under a slider from the start.
    """
    name = f"{datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"
    folder = home / name
    folder.mkdir(parents=True, mode=0o700)
    written = written_study(study)
    for place, content in written.files.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        write_text(folder / place, content)
    title = study.title.strip() or study.name
    session = Session(name, folder, title, (), Step(f"opened {title}", PageState(written.text, sliders)))
    write(session)
    return session


def changed(session: Session, state: PageState, about: str) -> Session:
    """Return a session one step further; what had been taken back is forgotten.

    Args:
        session: before the step.
        state: after it.
        about: the step in words.
    """
    if state == session.state:
        return session
    past = (*session.past, session.present)[-MOST_STEPS:]
    return replace(session, past=past, present=Step(about, state), future=())


def undone(session: Session) -> Session:
    """Return a session one step back, itself where there is none."""
    if not session.past:
        return session
    *past, before = session.past
    return replace(session, past=tuple(past), present=before, future=(session.present, *session.future))


def redone(session: Session) -> Session:
    """Return a session one step forward again, itself where there is none."""
    if not session.future:
        return session
    after, *future = session.future
    return replace(session, past=(*session.past, session.present), present=after, future=tuple(future))


def at_step(session: Session, place: int) -> Session:
    """Return a session at any of its steps, as if it were undone or redone as often as it takes.

    Args:
        session: with its history.
        place: of the step, 0 for the first that is kept; the nearest where there is none.
    """
    steps = (*session.past, session.present, *session.future)
    place = min(max(place, 0), len(steps) - 1)
    return replace(session, past=steps[:place], present=steps[place], future=steps[place + 1 :])


# ----------------------------------------------------------------------------------------------------------- the file


def write(session: Session) -> None:
    """Write a session into its folder, whole or not at all.

    Args:
        session: with all its steps.

    Raises:
        OSError: the disk is full or cannot be written to; the file before stays.
    """
    steps = [asdict(step) for step in (*session.past, session.present, *session.future)]
    session.folder.mkdir(parents=True, mode=0o700, exist_ok=True)  # it may have been removed meanwhile
    document = {"halodot": FORMAT, "title": session.title, "at": len(session.past), "steps": steps}
    write_text(session.folder / FILE, json.dumps(document, ensure_ascii=False, separators=(",", ":")))


def read(folder: Path) -> Session:
    """Read a session back from its folder.

    Args:
        folder: of the session.

    Raises:
        InputError: there is none, or its file is no session of this version.
    """
    path = folder / FILE
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        steps = tuple(_step(item) for item in document["steps"])
        at = int(document["at"])
        if document["halodot"] != FORMAT or not 0 <= at < len(steps):
            raise ValueError
        return Session(folder.name, folder, str(document["title"]), steps[:at], steps[at], steps[at + 1 :])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        message = "this is no session that can be read; begin a new one with halodot app STUDY"
        raise InputError(Problem(message, file=str(path))) from error


def session_ids(home: Path) -> tuple[str, ...]:
    """Return the names of the sessions that are kept, the one that was changed last first.

    Args:
        home: of all sessions.
    """
    if not home.is_dir():
        return ()
    found = [path for path in home.iterdir() if _ID.match(path.name) and (path / FILE).is_file()]
    return tuple(path.name for path in sorted(found, key=lambda path: (path / FILE).stat().st_mtime, reverse=True))


def is_session_id(text: str) -> bool:
    """Return whether a word can be the name of a session, so that it may stand in a path."""
    return _ID.match(text) is not None


def _step(item: Mapping[str, Any]) -> Step:
    state = item["state"]
    return Step(
        str(item["about"]),
        PageState(
            study=str(state["study"]),
            sliders=tuple(map(str, state["sliders"])),
            pins=tuple(Pin(str(pin["name"]), str(pin["study"])) for pin in state["pins"]),
            reported={str(name): str(value) for name, value in state["reported"].items()},
            voltage=str(state["voltage"]),
            plan=str(state["plan"]),
            overlays=tuple(map(str, state["overlays"])),
        ),
    )
