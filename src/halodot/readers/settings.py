"""What an instrument says of itself, in SI and with dates as ISO 8601."""

from __future__ import annotations

from datetime import datetime

from halodot.readers.recording import METADATA
from halodot.units import to_si


def setting(word: str, value: float, unit: str = "1") -> float:
    """Return a setting in SI.

    Args:
        word: of `halodot.readers.recording.METADATA`.
        value: as the file has it.
        unit: of the value.

    Raises:
        InputError: the unit measures something else.
    """
    si = METADATA[word][0]
    return float(value) if si == "1" else to_si(f"{value!r} {unit}", si)


def iso_date(text: str, *layouts: str) -> str:
    """Return a date and time as ISO 8601, empty where the text has none of the layouts.

    Args:
        text: as the file writes it; words of English for months and days are read whatever the computer speaks.
        layouts: of :meth:`datetime.strptime`, tried in turn. Day before month or month before day is known from the
            program that wrote the file, never guessed.
    """
    for layout in layouts:
        try:
            return datetime.strptime(" ".join(text.split()), layout).isoformat()
        except ValueError:
            continue
    return ""
