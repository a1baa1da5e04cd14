"""Real instrument files, damaged at random: run in a process of its own that may not take more than 1 GB."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from pathlib import Path

import numpy as np

from halodot.errors import DataError
from halodot.readers.dataset import curves, dataset
from halodot.readers.raw_file import RawFile
from halodot.readers.recognise import recognised, recorded

GIGABYTE = 2**30
#: s; no file may keep anybody waiting longer
LONGEST = 5.0
KINDS = ("truncate", "flip", "delete", "repeat", "swap", "overwrite", "zero")


def mutated(data: bytes, random: np.random.Generator) -> tuple[str, bytes]:
    """Return how a file was damaged, and its bytes."""
    kind = str(random.choice(KINDS))
    place = int(random.integers(len(data)))
    length = int(random.integers(1, 200))
    if kind == "truncate":
        return kind, data[: max(place, 1)]
    if kind == "flip":
        found = bytearray(data)
        for spot in random.integers(len(data), size=int(random.integers(1, 8))):
            found[spot] ^= 1 << int(random.integers(8))
        return kind, bytes(found)
    if kind == "delete":
        return kind, data[:place] + data[place + length :] or b"\0"
    if kind == "repeat":
        return kind, data[:place] + data[place : place + length] * 2 + data[place + length :]
    if kind == "swap":
        return kind, data.replace(b",", b"\1").replace(b".", b",").replace(b"\1", b".")
    if kind == "zero":
        return kind, data[:place] + bytes(length) + data[place + length :]
    head = min(len(data), 2048)  # the sizes of a binary file stand in its head
    spot = int(random.integers(head))
    large = random.choice([b"\xff\xff\xff\x7f", b"\xff" * 8, b"999999999", b"-1", b"\0\0\0\0"])
    return kind, data[:spot] + bytes(large) + data[spot + len(large) :]


def outcome(file: RawFile) -> tuple[str, list[dict[str, np.ndarray]]]:
    """Return "refused" or "read", and the numbers of each curve."""
    try:
        reader = recognised(file)
        found = dataset(recorded(file, reader), file, reader)
    except DataError as error:
        if file.path not in str(error):
            raise ValueError(f"the refusal does not name the file: {error}") from error
        return "refused", []
    numbers = [{str(name): item.values for name, item in one.variables.items()} for one in curves(found)]
    if not numbers or not all(item.size for one in numbers for item in one.values()):
        raise ValueError("read, and nothing in it")
    return "read", numbers


def is_part(found: list[dict[str, np.ndarray]], whole: list[dict[str, np.ndarray]]) -> bool:
    """Whether the curves of a file that was cut off are a beginning of those of the whole file."""
    for one, other in zip(found, whole):
        for name, values in one.items():
            if name not in other or values.ndim != other[name].ndim:
                return False
            start = tuple(slice(0, size) for size in values.shape)
            begun = other[name][start]
            same = np.array_equal(begun, values, equal_nan=values.dtype.kind == "f")
            if begun.shape != values.shape or not same:
                return False
    return len(found) <= len(whole)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--largest", type=int, default=300_000)
    arguments = parser.parse_args()
    random = np.random.default_rng(arguments.seed)
    paths = sorted(path for path in arguments.folder.rglob("*") if path.is_file() and path.parent != arguments.folder)
    paths = [path for path in paths if path.stat().st_size <= arguments.largest]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (2 * GIGABYTE, 2 * GIGABYTE))
    whole: dict[Path, tuple[str, list[dict[str, np.ndarray]]]] = {}
    tally: dict[str, int] = {}
    problems = []
    for _ in range(arguments.count):
        path = paths[int(random.integers(len(paths)))]
        data = path.read_bytes()
        kind, damaged = mutated(data, random)
        start = time.perf_counter()
        try:
            result, numbers = outcome(RawFile(str(path), damaged))
            if kind == "truncate" and result == "read":
                if path not in whole:
                    whole[path] = outcome(RawFile(str(path), data))
                if whole[path][0] == "read" and not is_part(numbers, whole[path][1]):
                    problems.append(f"{path.name} cut at byte {len(damaged)}: other numbers than the whole file's")
        except Exception as error:  # a bug of a reader, named with what brings it out
            result = "crashed"
            problems.append(f"{path.name}, {kind}, {len(damaged)} bytes: {type(error).__name__}: {error}")
        spent = time.perf_counter() - start
        if spent > LONGEST:
            problems.append(f"{path.name}, {kind}: {spent:.1f} s")
        tally[result] = tally.get(result, 0) + 1
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
    if grown > GIGABYTE:
        problems.append(f"{grown / GIGABYTE:.2f} GB were taken")
    json.dump({"tally": tally, "problems": problems}, sys.stdout)


if __name__ == "__main__":
    main()
