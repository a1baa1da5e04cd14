"""How long the rest of something takes, by the pace of what is done of it, and how that is said."""

from __future__ import annotations

#: share of the steps that must be done before the time left is told: the first take longer
ENOUGH = 0.05


def time_left(done: int, total: int, since: int, seconds: float) -> float | None:
    """Return the time left, None while too few steps are done to tell.

    Args:
        done: steps.
        total: of them.
        since: steps since the first that was told of.
        seconds: that these took [s].

    Returns:
        The time [s].
    """
    if since < 1 or done < ENOUGH * total:
        return None
    return seconds * (total - done) / since


def duration(seconds: float) -> str:
    """Return a time as one reads it off a clock.

    Args:
        seconds: the time [s].
    """
    whole = max(round(seconds), 0)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"
