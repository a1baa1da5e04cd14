"""Real files of instruments, kept beside the project where their licences do not let them be shipped."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

#: HALODOT_INSTRUMENTS names another folder
FOLDER = Path(os.environ.get("HALODOT_INSTRUMENTS", Path(__file__).parents[3] / "shared" / "instruments"))


def real(name: str) -> Path:
    """Return the path of a real file; the test is skipped where it is absent."""
    if not (FOLDER / name).is_file():
        missing(name)
    return FOLDER / name


def expected(name: str, reader: str = "") -> dict[str, Any]:
    """Return what another program reads from a real file, the first that did or the one named."""
    entries = json.loads(real("EXPECTED_open.json").read_text(encoding="utf-8"))[name]
    return next(item for item in entries if "_error" not in item and reader in item["_reader"])


def missing(name: str) -> None:
    """Skip for want of a real instrument file, or fail where HALODOT_REQUIRE asks for them."""
    message = f"real instrument files are not here; HALODOT_INSTRUMENTS names their folder ({name} is wanted)"
    if "instruments" in os.environ.get("HALODOT_REQUIRE", ""):
        pytest.fail(message)
    pytest.skip(message)
