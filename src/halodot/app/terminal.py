"""What the page's server says on the terminal: one line about each failure, whoever's it is."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

_LONGEST = 400
#: libraries that would write to the terminal by themselves
_LOUD = ("engineio.server", "socketio.server", "uvicorn", "uvicorn.error", "nicegui")


def failure_line(what: str, error: BaseException | None) -> str:
    """Return a line about a failure, without any letter that a terminal takes for more than a letter.

    Args:
        what: was to be done.
        error: that came of it.
    """
    frames = traceback.extract_tb(error.__traceback__) if error else None
    where = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
    text = what if error is None else f"{what}: {type(error).__name__}: {error}"
    return ascii(text)[1:-1][:_LONGEST] + where


def to_terminal(line: str) -> None:
    """Write a line about the page to the terminal."""
    sys.stderr.write(f"halodot app: {line}\n")


class _OneLine(logging.Handler):
    """Says in one line what libraries would say in many."""

    def emit(self, record: logging.LogRecord) -> None:
        """Say it."""
        first = record.getMessage().strip().partition("\n")[0]
        error = record.exc_info[1] if record.exc_info else None
        itself = error is not None and first == str(error).strip().partition("\n")[0]
        to_terminal(failure_line("the page" if itself else first, error))


@contextmanager
def libraries_in_one_line() -> Iterator[None]:
    """Have the server's libraries say failures in one line each, until the block ends."""
    handler, root = _OneLine(logging.WARNING), logging.getLogger()
    before = {name: logging.getLogger(name).handlers[:] for name in _LOUD}
    for name in _LOUD:
        logging.getLogger(name).handlers.clear()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        for name, handlers in before.items():
            logging.getLogger(name).handlers[:] = handlers
