"""What came of long work, kept in the session, so that it is there again after the server has ended."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from halodot.app.job_process import Bars, Curves, Done, Line, Rows
from halodot.outputs import write_text

#: folder of the outcomes in that of a session, a file for each kind of work
JOBS = "jobs"
#: of the format; what another version wrote is not read
_FORMAT = 1


def keep(session: Path, kind: str, arguments: Mapping[str, Any], outcome: Done) -> None:
    """Write what came of a job, in place of what came of the last of its kind.

    Args:
        session: its folder.
        kind: of the job.
        arguments: of the job, plain data.
        outcome: of the job.

    Raises:
        OSError: the disk is full or fails.
    """
    (session / JOBS).mkdir(exist_ok=True)
    content = {"format": _FORMAT, "arguments": dict(arguments), "outcome": asdict(outcome)}
    write_text(session / JOBS / f"{kind}.json", json.dumps(content))


def kept(session: Path) -> Iterator[tuple[str, Mapping[str, Any], Done]]:
    """Yield kind, arguments and outcome of the jobs that a session keeps; what cannot be read is left out.

    Args:
        session: its folder.
    """
    for path in sorted((session / JOBS).glob("*.json")):
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["format"] == _FORMAT:
                yield path.stem, dict(content["arguments"]), _outcome(content["outcome"])


def _outcome(found: Mapping[str, Any]) -> Done:
    return Done(
        tuple(map(str, found["said"])),
        tuple(_rows(one) for one in found["tables"]),
        tuple(_bars(one) if "names" in one else _curves(one) for one in found["charts"]),
        tuple(map(str, found["files"])),
        tuple(map(str, found["notes"])),
        dict(found["parameters"]),
    )


def _rows(found: Mapping[str, Any]) -> Rows:
    rows = tuple(tuple(row) for row in found["rows"])
    return Rows(found["title"], tuple(found["head"]), rows, tuple(found["paths"]), found["by"])


def _bars(found: Mapping[str, Any]) -> Bars:
    made: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}
    return Bars(**made)


def _curves(found: Mapping[str, Any]) -> Curves:
    lines = tuple(Line(one["name"], tuple(one["x"]), tuple(one["y"]), one["points"]) for one in found["lines"])
    along, up = found["logarithmic"]
    return Curves(found["title"], found["horizontal"], found["vertical"], lines, (along, up))
