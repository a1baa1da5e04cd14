"""Damaged files are refused, or read as what is left of them: no crash, no hang, no gigabytes, no other numbers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from instrument_files import FOLDER, real

HERE = Path(__file__).parent
SOURCE = HERE.parents[1] / "src"


def damaged(count: int, seed: int, largest: int) -> dict[str, dict[str, int] | list[str]]:
    """Damage real files in a process of its own and return what became of them."""
    real("MANIFEST.csv")
    command = [sys.executable, str(HERE / "mutations.py"), str(FOLDER), "--count", str(count), "--seed", str(seed)]
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [*command, "--largest", str(largest)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def test_five_hundred_damaged_files() -> None:
    found = damaged(500, 20_261_128, 60_000)
    assert found["problems"] == []
    assert sum(found["tally"].values()) == 500


@pytest.mark.explore
def test_ten_thousand_damaged_files() -> None:
    found = damaged(10_000, int.from_bytes(os.urandom(4), "big"), 3_000_000)
    print(found["tally"])
    assert found["problems"] == []
