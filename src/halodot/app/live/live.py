"""The two processes of a page: one for what moves, one for what stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from halodot.app.live.frames import Frame, Request, replaces
from halodot.app.live.panels import Draw, pictures
from halodot.app.live.worker import Answering, LiveWorker


class Live:
    """Delivers the frames of a study in their order, while dragging from reduced grids and exact ones after it.

    Dragging never waits for an exact solution, which another process looks for. A frame is delivered only if none of a
    later serial was, and a preview never after the exact frame of its serial. To be used within one event loop.
    """

    def __init__(self, deliver: Callable[[Frame], None], draw: Draw = pictures) -> None:
        """Args: ``deliver`` is called in the event loop with every frame to show; ``draw`` makes the panels."""
        self._deliver = deliver
        self.exactly = LiveWorker(self._show_exact, partial(_follower, draw))
        self.quickly = LiveWorker(self._show, partial(_follower, draw))
        self._shown: Frame | None = None
        self._last: Request | None = None  # that was asked for exactly

    def start(self) -> None:
        """Start the process of the exact frames before the first is asked for."""
        self.exactly.start()

    def drag(self, request: Request) -> None:
        """Ask for a preview, while something is moved."""
        self.quickly.want(replace(request, preview=True))

    def exact(self, request: Request) -> None:
        """Ask for the exact frame, once nothing is moved any more.

        Of the study that is shown already, this draws other panels, another voltage or theme without computing.
        """
        self.quickly.forget()
        self._last = replace(request, preview=False)
        self.exactly.want(self._last)

    def restart(self) -> None:
        """End what is being computed."""
        self.quickly.restart()
        self.exactly.restart()

    def rest(self) -> None:
        """End both processes until something is asked for."""
        self.quickly.rest()
        self.exactly.rest()

    async def stop(self) -> None:
        """End both processes; nothing is delivered any more."""
        await self.quickly.stop()
        await self.exactly.stop()

    def _show(self, frame: Frame) -> None:
        if replaces(frame, self._shown):
            self._shown = frame
            self._deliver(frame)

    def _show_exact(self, frame: Frame) -> None:
        self._show(frame)
        if self._last is not None and frame.serial == self._last.serial and not frame.failure:
            # what the next previews are solved beside is made ready; this one, of an exact serial, is not shown
            self.quickly.want_if_idle(replace(self._last, preview=True, panels=()))


def _follower(draw: Draw) -> Answering:
    """Return what follows studies; what it needs is loaded in the process that it works in alone."""
    from halodot.app.live.follow import Follower

    return Follower(draw)
