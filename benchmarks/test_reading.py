"""How long it takes to read every real instrument file at hand, on one core."""

from __future__ import annotations

import csv
import os
import time
from contextlib import suppress
from pathlib import Path

import pytest

from halodot.errors import DataError
from halodot.readers import read

FOLDER = Path(os.environ.get("HALODOT_INSTRUMENTS", Path(__file__).parents[2] / "shared" / "instruments"))
LONGEST = 30.0  # s, for all files together


def test_all_files_in_half_a_minute() -> None:
    if not (FOLDER / "MANIFEST.csv").is_file():
        pytest.skip("real instrument files are not here; HALODOT_INSTRUMENTS names their folder")
    with (FOLDER / "MANIFEST.csv").open(encoding="utf-8", newline="") as stream:
        names = [row["file"] for row in csv.DictReader(stream)]
    spent = {}
    for name in names:
        start = time.process_time()
        with suppress(DataError):
            read(FOLDER / name)
        spent[name] = time.process_time() - start
    slowest = sorted(spent, key=lambda name: -spent[name])[:3]
    total = sum(spent.values())
    named = ", ".join(f"{name} {spent[name]:.2f} s" for name in slowest)
    print(f"{len(names)} files in {total:.1f} s of one core; slowest: {named}")
    assert total < LONGEST
