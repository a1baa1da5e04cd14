"""What answers requests at once, in processes of the tests that start quickly."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

from halodot.app.live.frames import Frame, Request, encoded


class Echo:
    """Shows the serial of a request; some panels are traps."""

    def warm(self, asked: Callable[[], bool]) -> None:
        """Have nothing to make ready."""

    def answer(self, request: Request) -> Frame:
        """Return a frame, after a while."""
        time.sleep(0.01)
        if "kill" in request.panels:
            os.kill(os.getpid(), signal.SIGTERM)
        if "hang" in request.panels:
            time.sleep(600.0)
        panels = {name: encoded({"serial": request.serial}) for name in request.panels}
        return Frame(request.serial, not request.preview, 0.01, panels)
