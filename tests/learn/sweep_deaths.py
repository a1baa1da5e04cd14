"""Tasks that end their process, in a module that a new process imports quickly."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from typing import Any

from halodot.learn import sweep_task
from halodot.learn.sweep_task import Chunk, compute_chunk

#: at which value
DEADLY = "30 nm"


def deadly(shared: bytes, chunk: Chunk) -> Any:
    """Compute a chunk, and end the process at one point of it."""
    point = sweep_task._point

    def killed(read: Any, paths: Any, texts: Sequence[str]) -> Any:
        if texts[0] == DEADLY:
            os.kill(os.getpid(), signal.SIGKILL)
        return point(read, paths, texts)

    sweep_task._point = killed
    try:
        return compute_chunk(shared, chunk)
    finally:
        sweep_task._point = point


def always(shared: bytes, chunk: Chunk) -> Any:
    """End the process before any point is begun."""
    os.kill(os.getpid(), signal.SIGKILL)
