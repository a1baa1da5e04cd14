"""The uploaded files of a session that a fit can read."""

from __future__ import annotations

from pathlib import Path

from halodot.app.work import LAB

#: endings of tables, and how many of them are listed
_TABLES, _MOST = (".csv", ".txt", ".dat", ".tsv", ".asc", ".xlsx"), 200


def curve_files(session: Path) -> tuple[str, ...]:
    """Return the tables among the uploaded files, by their paths below the folder of these.

    Args:
        session: its folder.
    """
    home = session / LAB
    found = sorted(path for path in home.rglob("*") if path.suffix.lower() in _TABLES and path.is_file())
    return tuple(path.relative_to(home).as_posix() for path in found[:_MOST])
