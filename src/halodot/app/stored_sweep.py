"""A sweep of many points beside the page, kept as it is computed: what was stopped goes on where it was."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from halodot.app.exports import zipped
from halodot.app.job_process import Done, Place, Rows, Say
from halodot.app.sweep_shown import drawn, stored_curves
from halodot.errors import ConvergenceError
from halodot.learn.sweep import StoredSweep, sweep
from halodot.learn.sweep_values import read_ends, read_values
from halodot.outputs import write_text
from halodot.report.sweep_table import SPREAD_HEAD, spread_rows, write_stored_csv
from halodot.study import Study
from halodot.wording import in_words

#: folder of the stores in that of a session, each in a folder of its own by what it holds
STORES = "sweeps"
_STORE = "sweep.zarr"
#: what was asked for, beside its store, and the names of what tells two sweeps apart
_FILE = "asked.json"
_ASKED = ("study", "vary", "samples", "design", "seed")
#: stores that a session keeps: more of earlier sweeps would fill the disk unseen
_KEPT = 5
#: reasons of failures that are told
_REASONS = 5


def stored_sweep(study: Study, place: Place, arguments: Mapping[str, Any], say: Say) -> Done:
    """Simulate a study at many points, or those that an earlier run of the same sweep has not computed.

    Args:
        study: as it is read.
        place: of the job.
        arguments: ``vary``; ``samples``, ``design`` and ``seed`` of a design; ``study``, its text.
        say: takes how far it is.
    """
    design = {name: arguments[name] for name in ("samples", "design", "seed") if arguments.get(name) is not None}
    read = read_ends if design else read_values
    axes = [read(str(text), "sweep") for text in arguments.get("vary", ())]
    store = _store(place.session, arguments)
    found = sweep(
        study,
        axes,
        store=store,
        workers=arguments.get("workers"),
        progress=lambda done, of: say("simulating the points", done, of),
        **design,
    )
    if not found.computed:
        raise ConvergenceError(f"no point was computed whole, most because: {next(iter(found.failures))}")
    say("writing the table and the store")
    write_stored_csv(found, [axis.path for axis in axes], place.out)
    zipped(store, place.out / "sweep.zip")
    spread = Rows("Lowest, median and highest", SPREAD_HEAD, tuple(spread_rows(found)))
    return Done(
        _said(found, [axis.path for axis in axes]),
        (spread,) if spread.rows else (),
        stored_curves(found, axes),
        ("sweep.csv", "sweep.zip"),
        tuple(f"failed ({points} points): {text}" for text, points in list(found.failures.items())[:_REASONS]),
    )


def last_asked(session: Path) -> Mapping[str, Any]:
    """Return what the last sweep that a session keeps asked for, as the job took it; empty where there is none.

    Args:
        session: its folder.
    """
    files = sorted((session / STORES).glob(f"*/{_FILE}"), key=lambda path: path.stat().st_mtime_ns)
    try:
        asked = json.loads(files[-1].read_text(encoding="utf-8")) if files else {}
    except (OSError, ValueError):  # it was not written to its end
        return {}
    return {name: asked[name] for name in ("stored", *_ASKED[1:]) if name in asked} if isinstance(asked, dict) else {}


def _said(found: StoredSweep, paths: list[str]) -> tuple[str, ...]:
    count = found.computed + found.failed
    before = f", {count - found.new} of them before" if found.new < count else ""
    failed = f", {found.failed} of which failed" if found.failed else ""
    told = drawn(count) if len(found.shape) == 1 else ""
    kept = "sweep.zip holds the store sweep.zarr, which xarray opens, and sweep.csv the same numbers as a table."
    over = f"{found.design} over {' and '.join(map(in_words, paths))}"
    return tuple(filter(None, (f"{found.title}: {over}, {count} points{failed}{before}.", told, kept)))


def _store(session: Path, arguments: Mapping[str, Any]) -> Path:
    """Return the store of a sweep, and remove those of the earliest others."""
    asked = {name: arguments[name] for name in _ASKED if arguments.get(name) is not None}
    name = hashlib.sha256(json.dumps(asked, sort_keys=True).encode("utf-8")).hexdigest()[:16]
    home = session / STORES / name
    home.mkdir(parents=True, exist_ok=True)
    home.touch()
    write_text(home / _FILE, json.dumps({"stored": True, **asked}))
    others = sorted(home.parent.iterdir(), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for earliest in others[_KEPT:]:
        shutil.rmtree(earliest, ignore_errors=True)
    return home / _STORE
