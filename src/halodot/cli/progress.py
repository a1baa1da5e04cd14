"""How far a command is: a bar on the error stream of a terminal, a few plain lines anywhere else.

Nothing of it goes to the standard output, which holds results alone.
"""

from __future__ import annotations

import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from halodot.stopping import unfinished
from halodot.time_left import ENOUGH, duration, time_left

Tell = Callable[[int, int], None]

#: seconds of work after which a bar is shown, and between two plain lines
SHOWN_AFTER, BETWEEN_LINES = 0.4, 10.0
#: what says how far the step before it is
_COUNT = re.compile(r"\s*(\d+) of (\d+)\b")
#: what kernels compute, by the part of the package that they stand in
_KERNELS = (
    ("halodot.device.sensitivity", "derivatives of the device"),
    ("halodot.device", "the device"),
    ("halodot.light", "the light"),
    ("halodot.flask", "the flask"),
)


@contextmanager
def progress_bar(what: str, total: int | None = None) -> Iterator[Tell]:
    """Show how far something is that can be counted, until the block ends.

    Args:
        what: is done, such as "Vary inputs".
        total: of the steps, where it is known from the beginning.

    Returns:
        What is to be called with (done, total); until then the bar says only for how long it has been at work.
    """
    display = _display()
    with display.shown():
        place = display.begin(what, total)
        try:
            yield lambda done, of: display.count(place, done, of)
        finally:
            display.end(place)


@contextmanager
def progress_bars(called: Mapping[str, str]) -> Iterator[Callable[[str, int, int], None]]:
    """Show how far each part of something is, each from when it is first told of, until the block ends.

    Args:
        called: what each part is called, by the key by which it is told of.

    Returns:
        What is to be called with (key, done, total).
    """
    with ExitStack() as shown:
        bars: dict[str, Tell] = {}

        def tell(key: str, done: int, total: int) -> None:
            if key not in bars:
                bars[key] = shown.enter_context(progress_bar(called[key]))
            bars[key](done, total)

        yield tell


@contextmanager
def steps(what: str = "") -> Iterator[Callable[[str], None]]:
    """Show the steps of a command as they are said, each with how long it has taken, until the block ends.

    A line that begins with "12 of 40" says how far the step before it is.

    Args:
        what: is done first.

    Returns:
        What is to be called with each step.
    """
    display = _display()
    with display.shown():
        place = display.begin(what, None)
        try:
            yield lambda text: display.say(text)
        finally:
            display.end(place)


def say(text: str) -> bool:
    """Give a line to the display that is shown; return whether there is one."""
    if not _SHOWN:
        return False
    _SHOWN[-1].say(text)
    return True


_SHOWN: list[_Display] = []


def _display() -> _Display:
    """Return the display that is shown, or that of the error stream."""
    if _SHOWN:
        return _SHOWN[-1]
    dumb = os.environ.get("TERM", "") in ("dumb", "unknown")
    return _Terminal() if sys.stderr.isatty() and not dumb else _Lines()


def _print(text: str) -> None:
    """Print to the error stream, which may be closed or full: that ends no computation."""
    with suppress(OSError, ValueError):
        print(text, file=sys.stderr, flush=True)


class _Display:
    """What is at work, the innermost last."""

    def __init__(self) -> None:
        self._depth = 0

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Be the display that everything within the block is told to."""
        self._depth += 1
        if self._depth == 1:
            _SHOWN.append(self)
        try:
            with unfinished(self.wipe):
                yield
        finally:
            self._depth -= 1
            if self._depth == 0:
                self._close()
                _SHOWN.remove(self)

    def begin(self, what: str, total: int | None) -> int:
        """Show one more thing that is done; return its place."""
        raise NotImplementedError

    def count(self, place: int, done: int, total: int) -> None:
        """Show how much of it is done."""
        raise NotImplementedError

    def say(self, text: str) -> None:
        """Show what is done now in the innermost place, or how much of it."""
        raise NotImplementedError

    def end(self, place: int) -> None:
        """Show it no longer."""
        raise NotImplementedError

    def wipe(self) -> None:
        """Leave nothing of what is drawn, at any moment and without waiting for anything."""

    def _close(self) -> None:
        """Leave nothing behind."""


class _Lines(_Display):
    """Plain lines: what begins, every step, and now and then how far it is."""

    def __init__(self) -> None:
        super().__init__()
        self._last = time.monotonic()
        self._first: list[tuple[int, float] | None] = []  # what was done when something first was, and when that was

    def begin(self, what: str, total: int | None) -> int:
        if what:
            self._line(what)
        self._first.append(None)
        return len(self._first) - 1

    def count(self, place: int, done: int, total: int) -> None:
        now, first = time.monotonic(), self._first[place]
        if done > 0 and first is None:
            self._first[place] = first = (done, now)
        if now - self._last < BETWEEN_LINES or first is None or not 0 < done < total:
            return
        left = time_left(done, total, done - first[0], now - first[1])
        self._line(f"  {done} of {total}" + ("" if left is None else f", about {duration(left)} left"))

    def say(self, text: str) -> None:
        if _COUNT.match(text) and time.monotonic() - self._last < BETWEEN_LINES:
            return
        self._line(text)

    def end(self, place: int) -> None:
        self._first.pop()

    def _line(self, text: str) -> None:
        _print(text)
        self._last = time.monotonic()


class _Terminal(_Display):
    """Bars at the foot of a terminal, drawn by rich from a thread of its own."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.RLock()
        self._progress: Any = None
        self._tasks: list[tuple[str, int | None, int]] = []  # what is done, how much of it there is, and how much done
        self._bars: list[Any] = []
        self._said = ""
        self._compiling = _Compilation()
        self._timer = threading.Timer(SHOWN_AFTER, self._show)
        self._timer.daemon = True
        self._timer.start()

    def begin(self, what: str, total: int | None) -> int:
        with self._lock:
            self._tasks.append((what, total, 0))
            if self._progress is not None:
                self._bars.append(self._progress.add_task(what, total=total))
            return len(self._tasks) - 1

    def count(self, place: int, done: int, total: int) -> None:
        with self._lock:
            self._tasks[place] = (self._tasks[place][0], total, done)
            if self._progress is not None:
                self._progress.update(self._bars[place], completed=done, total=total)

    def say(self, text: str) -> None:
        counted = _COUNT.match(text)
        with self._lock:
            place = len(self._tasks) - 1
            if counted:
                self.count(place, int(counted[1]), int(counted[2]))
                return
            self._keep()
            self._said = text
            self._tasks[place] = (text, None, 0)
            if self._progress is not None:
                self._progress.remove_task(self._bars[place])
                self._bars[place] = self._progress.add_task(text.strip(), total=None)

    def end(self, place: int) -> None:
        with self._lock:
            self._keep()
            del self._tasks[place:]
            for bar in self._bars[place:]:
                self._progress.remove_task(bar)
            del self._bars[place:]

    def wipe(self) -> None:
        if self._progress is not None:  # back up over the bars, and show the cursor again
            os.write(2, ("\r\x1b[K" + "\x1b[1A\x1b[K" * (len(self._bars) - 1) + "\x1b[?25h").encode())

    def _keep(self) -> None:
        """Leave the step that was said last above the bars."""
        if self._said:
            _print(self._said)
        self._said = ""

    def _show(self) -> None:
        """Draw the bars from now on."""
        with self._lock:
            if not self._tasks:
                return
            self._progress = _bars(self._compiling)
            for what, total, done in self._tasks:
                self._bars.append(self._progress.add_task(what.strip(), total=total, completed=done))
            self._progress.start()

    def _close(self) -> None:
        self._timer.cancel()
        with self._lock:
            if self._progress is not None:
                self._progress.stop()
            self._progress = None
        self._compiling.stop()


class _Compilation:
    """What is being compiled, as Numba tells it."""

    def __init__(self) -> None:
        self._running: list[str] = []
        self._listener: Any = None
        self.done = 0

    def listen(self) -> None:
        """Be told from now on, once Numba has been loaded."""
        if self._listener is not None or "numba.core.event" not in sys.modules:
            return
        from numba.core import event

        outer = self

        class Listener(event.Listener):
            def on_start(self, event: Any) -> None:
                outer._running.append(event.data["dispatcher"].py_func.__module__)

            def on_end(self, event: Any) -> None:
                outer._running.pop()
                outer.done += 1

        self._listener = Listener()
        event.register("numba:compile", self._listener)  # type: ignore[no-untyped-call]

    def stop(self) -> None:
        """Be told no longer."""
        if self._listener is not None:
            from numba.core import event

            event.unregister("numba:compile", self._listener)  # type: ignore[no-untyped-call]
            self._listener = None

    def said(self) -> str:
        """Return what is being compiled, nothing where nothing is."""
        self.listen()
        if not self._running:
            return ""
        module = self._running[0]
        part = next((label for start, label in _KERNELS if module.startswith(start)), "the solvers")
        return f"Compiling {part} for this computer, once: function {self.done + 1}"


def _bars(compiling: _Compilation) -> Any:
    """Return the bars of rich: what is done, the bar, how much of it is done and the time left."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, Task
    from rich.table import Column
    from rich.text import Text

    class What(ProgressColumn):
        def render(self, task: Task) -> Text:
            innermost = not bars.tasks or task.id == bars.tasks[-1].id
            return Text((compiling.said() if innermost else "") or task.description, style="bold")

    class State(ProgressColumn):
        def render(self, task: Task) -> Text:
            if task.total is None:
                return Text(duration(task.elapsed or 0.0))
            left = task.time_remaining if task.completed >= ENOUGH * task.total else None
            after = "" if left is None or task.finished else f", {duration(left)} left"
            return Text(f"{task.completed:.0f} of {task.total:.0f}{after}")

    what = What(Column(ratio=1, no_wrap=True, overflow="ellipsis"))
    bars = Progress(
        what, BarColumn(24), State(), console=Console(stderr=True), transient=True, redirect_stdout=False, expand=True
    )
    return bars
