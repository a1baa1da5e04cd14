"""The engine that follows a study while a slider moves: quick frames on reduced grids, exact ones after the release."""

from __future__ import annotations

from halodot.app.live.frames import Frame, Number, Origin, Picture, Request, changed_panels
from halodot.app.live.live import Live

__all__ = ["Frame", "Live", "Number", "Origin", "Picture", "Request", "changed_panels"]
