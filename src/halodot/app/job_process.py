"""A job in its own process: what it says to the page, and how its end comes."""

from __future__ import annotations

import errno
import os
import signal
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from halodot.errors import HalodotError, InputError, Problem
from halodot.stopping import stoppable
from halodot.workers import end_with_parent

#: how the folder of a job is called in that of its session, with the number of the job behind it
FOLDER_OF = ".job-"
#: least seconds between two words of progress on the same step
_BETWEEN = 0.1
#: how much the live page goes before long work, as the system counts it
_NICE = 10


@dataclass(frozen=True)
class Place:
    """Where a job may read and write."""

    session: Path  # holds the uploaded files, in ``lab``, and the files of the study
    out: Path  # empty, of this job alone


@dataclass(frozen=True)
class Rows:
    """A table of texts."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    paths: tuple[str, ...] = ()  # number of the study that each row is about, where each is about one
    by: str = ""  # what the rows are ranked by, where there are several rankings


@dataclass(frozen=True)
class Bars:
    """How far numbers move something to both sides of where it is: a tornado."""

    title: str
    axis: str
    base: float
    names: tuple[str, ...]
    low: tuple[float, ...]  # at the lower ends of the numbers, nan where there is no answer
    high: tuple[float, ...]
    logarithmic: bool = False
    by: str = ""


@dataclass(frozen=True)
class Line:
    """A curve, or points."""

    name: str
    x: tuple[float, ...] | tuple[str, ...]
    y: tuple[float, ...]
    points: bool = False  # measured, so that no line joins them


@dataclass(frozen=True)
class Curves:
    """Curves over one axis."""

    title: str
    horizontal: str
    vertical: str
    lines: tuple[Line, ...]
    logarithmic: tuple[bool, bool] = (False, False)  # of the horizontal and the vertical axis


@dataclass(frozen=True)
class Done:
    """What came of a job, as plain data."""

    said: tuple[str, ...] = ()  # sentences
    tables: tuple[Rows, ...] = ()
    charts: tuple[Bars | Curves, ...] = ()
    files: tuple[str, ...] = ()  # names in the folder of the job
    notes: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)  # what came of it, as a study states it by path


@dataclass(frozen=True)
class Heard:
    """One thing that a job says."""

    kind: Literal["progress", "done", "failed"]
    content: Any  # text, done and of; a Done; problems
    trace: str = ""  # for the log, never for the page


Say = Callable[..., None]  # what is done, how many steps are behind, of how many
Work = Callable[[Place, Mapping[str, Any], Say], Done]


class Told:
    """Says how far a job is, not more often than a page can show."""

    def __init__(self, link: Any) -> None:
        """Args: ``link`` to the page's process."""
        self._link, self._text, self._at = link, "", 0.0

    def __call__(self, text: str, done: int = 0, of: int = 0) -> None:
        """Say what is done, and how many of how many steps are behind."""
        now = time.monotonic()
        if text == self._text and now - self._at < _BETWEEN and done < of:
            return
        self._text, self._at = text, now
        self._link.send(Heard("progress", (text, done, of)))


def run_job(work: Work, place: Place, arguments: Mapping[str, Any], link: Any) -> None:
    """Do the work of a job and send what came of it; called once in its process.

    Args:
        work: from :data:`halodot.app.work.WORKS`.
        place: the folders that it may use.
        arguments: of the work, plain data.
        link: to the page's process.
    """
    _stand_alone()
    with stoppable():
        said = _said(work, place, arguments, link)
        with suppress(OSError):  # the page's process has ended
            link.send(said)


def _stand_alone() -> None:
    """Make a process silent, a group of its own with what it starts, and less urgent than the page."""
    end_with_parent()
    if hasattr(os, "setpgid"):
        with suppress(OSError):
            os.setpgid(0, 0)  # no session of its own, to which the system would give as much time as to the page
        os.nice(_NICE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    silent = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(silent, stream)
    os.close(silent)


def _said(work: Work, place: Place, arguments: Mapping[str, Any], link: Any) -> Heard:
    try:
        return Heard("done", work(place, arguments, Told(link)))
    except Exception as error:
        known = isinstance(error, (HalodotError, OSError, MemoryError))
        return Heard("failed", problems_of(error), "" if known else traceback.format_exc())


def problems_of(error: Exception) -> tuple[Problem, ...]:
    """Return an error as problems whose words a user can read; never a traceback, nor a path of the computer.

    Args:
        error: that came up while something was computed or written.
    """
    if isinstance(error, InputError):
        return error.problems
    if isinstance(error, HalodotError):
        return (Problem(str(error)),)
    if isinstance(error, MemoryError):
        return (Problem("the computer has not enough memory for this; close other programs, or ask for less"),)
    if isinstance(error, OSError):
        hint = "; make room on the disk" if error.errno in (errno.ENOSPC, errno.EDQUOT) else ""
        return (Problem(f"a file cannot be read or written ({error.strerror or type(error).__name__}){hint}"),)
    message = (
        f"halodot failed here ({type(error).__name__}), which is a fault of the program and not of your study; the"
        " terminal in which it runs shows where"
    )
    return (Problem(message),)
