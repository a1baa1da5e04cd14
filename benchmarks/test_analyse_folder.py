"""A folder of mixed files is analysed within a minute and a gigabyte, and one full of garbage to its end."""

from __future__ import annotations

import csv
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(os.environ.get("HALODOT_INSTRUMENTS", Path(__file__).parents[2] / "shared" / "instruments"))
#: of the machine's two processors
MOST_SECONDS, MOST_BYTES = 60.0, 1e9
FILES, MANY = 100, 5_000


def analysed(folder: Path, *options: str) -> tuple[float, float]:
    """Analyse a folder by the command and return its seconds and the most bytes that all of its processes held."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "halodot", "analyse", str(folder), *options]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        most = 0.0
        while running.poll() is None:
            most = max(most, sum(map(resident, tree(running.pid))))
            time.sleep(0.1)
    assert running.returncode == 0
    return time.perf_counter() - started, most


def tree(process: int) -> list[int]:
    """Return a process and all that it has started."""
    found = [process]
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            started = [int(word) for word in task.read_text(encoding="ascii").split()]
        except OSError:
            continue
        found += [one for child in started for one in tree(child)]
    return found


def resident(process: int) -> float:
    """Return the bytes of memory that a process holds, shared pages counted by their share; 0 once it has ended."""
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return next((1024.0 * float(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")), 0.0)


def rows(folder: Path) -> list[dict[str, str]]:
    with (
        folder.with_name(f"{folder.name}.analysed").joinpath("results.csv").open(encoding="utf-8", newline="") as stream
    ):
        return list(csv.DictReader(stream))


def test_a_hundred_mixed_files_take_less_than_a_minute(tmp_path: Path) -> None:
    if not FOLDER.is_dir():
        pytest.skip("real instrument files are not here; HALODOT_INSTRUMENTS names their folder")
    real = [path for path in sorted(FOLDER.rglob("*")) if path.is_file() and path.parent != FOLDER]
    picked = random.Random(1).sample(real, FILES)
    folder = tmp_path / "mixed"
    for path in picked:
        place = folder / path.relative_to(FOLDER)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place)
    seconds, memory = analysed(folder)
    found = rows(folder)
    values = sum(row["role"] == "measured" for row in found)
    print(f"{FILES} files, {values} values: {seconds:.1f} s, {memory / 1e6:.0f} MB")
    assert {row["file"] for row in found} <= {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
    assert seconds < MOST_SECONDS
    assert memory < MOST_BYTES


def test_thousands_of_files_with_garbage_among_them_end_with_a_row_each(tmp_path: Path) -> None:
    generator = np.random.default_rng(2)
    folder = tmp_path / "many"
    names = []
    wavelength = np.arange(600.0, 700.0)
    for number in range(MANY):
        path = folder / f"batch {number // 500}" / f"s{number}x.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        if number % 10 == 0:
            counts = generator.poisson(1e3 * np.exp(-(((wavelength - 650.0) / 15.0) ** 2)) + 5.0)
            lines = ["Wavelength (nm)\tPL counts", *(f"{x:.1f}\t{y}" for x, y in zip(wavelength, counts))]
            content = "\n".join(lines).encode() + b"\n"
            content = content[: generator.integers(20, len(content))] if number % 100 == 0 else content
        else:
            content = generator.bytes(int(generator.integers(0, 2000)))
        path.write_bytes(content)
        names.append(path.relative_to(folder).as_posix())
    seconds, memory = analysed(folder, "--no-figures")
    found = rows(folder)
    print(f"{MANY} files without figures: {seconds:.1f} s, {memory / 1e6:.0f} MB")
    assert {row["file"] for row in found} == set(names)
    assert all(row["value"] or row["problem"] for row in found)
