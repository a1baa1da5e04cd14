"""Where a user keeps materials, chemicals, studies and maps of columns of their own."""

from __future__ import annotations

import os
import sys
from functools import lru_cache
from pathlib import Path

#: names the user's folders, separated like those of PATH; empty for none
VARIABLE = "HALODOT_LIBRARY"


def user_folders() -> tuple[Path, ...]:
    """Return the user's folders, whether they exist or not: of HALODOT_LIBRARY, else that of the platform."""
    words = tuple(os.environ.get(word) for word in (VARIABLE, "XDG_CONFIG_HOME", "APPDATA", "HOME"))
    return _user_folders(sys.platform, words)


@lru_cache(maxsize=16)
def _user_folders(platform: str, words: tuple[str | None, ...]) -> tuple[Path, ...]:
    """Return the user's folders for a platform and the variables that name them, HALODOT_LIBRARY first."""
    named = words[0]
    if named is not None:
        return tuple(Path(word).expanduser().absolute() for word in named.split(os.pathsep) if word.strip())
    try:
        return (_settings_folder(platform) / "halodot/library",)
    except RuntimeError:  # nobody knows where this user's home is
        return ()


def _settings_folder(platform: str) -> Path:
    """Return where programs keep the user's settings on this platform."""
    if platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
    if platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    stated = Path(os.environ.get("XDG_CONFIG_HOME") or ".")
    return stated if stated.is_absolute() else Path.home() / ".config"
