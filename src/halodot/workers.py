"""Processes beside this one that are silent when somebody presses Ctrl-C, and end when this one ends."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import suppress
from multiprocessing import parent_process
from multiprocessing.connection import wait
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any


class _SilentProcess(SpawnProcess):
    """A process that never hears Ctrl-C, which a terminal sends to all; the one that started it ends it."""

    @staticmethod
    def _Popen(process_obj: Any) -> Any:
        if not hasattr(signal, "pthread_sigmask"):
            return SpawnProcess._Popen(process_obj)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # inherited, and kept by a new program
        try:
            return SpawnProcess._Popen(process_obj)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


class SilentContext(SpawnContext):
    """Processes that start anew and end with the one that started them, without a word of their own."""

    Process = _SilentProcess


def end_with_parent() -> None:
    """End this process when the one that started it has ended, however that came; called once in the new process."""
    parent = parent_process()
    if parent is None:
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where none can be blocked from the start

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def end_with_all(process: Any) -> None:
    """End a process that leads a group of its own, by force, with all that it has started.

    Args:
        process: of :class:`SilentContext`; it may have ended already.
    """
    with suppress(OSError, ValueError):
        if hasattr(os, "killpg") and process.pid is not None:
            os.killpg(process.pid, signal.SIGKILL)  # of a group that has ended there is none
    with suppress(OSError, ValueError):
        process.kill()
