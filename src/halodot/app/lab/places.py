"""Where the files of a session lie, where their results go, and how a plan follows when the folder grows."""

from __future__ import annotations

import glob
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from halodot.errors import InputError
from halodot.lab.outcome import name_of
from halodot.lab.plan import Item, Plan
from halodot.lab.plan_file import read_plan, write_plan
from halodot.report.lab_folder import PLAN

#: below the folder of a session
FILES, RESULTS = "lab", "lab-results"
_ALL, _OF_FOLDER = "analysed", ".analysed"


@dataclass(frozen=True)
class Places:
    """The folders of one analysis of a session's files."""

    home: Path  # what is analysed
    out: Path  # results, analysis.yaml among them

    @property
    def plan(self) -> Path:
        """The file of all choices."""
        return self.out / PLAN


def places_of(session: Path) -> Places:
    """Return what is analysed of a session, and where.

    Where all files came in one folder, it is that folder, so that the plan is the one which the command line reads
    beside the user's own; once others have come, it is all of them.

    Args:
        session: folder of the session.
    """
    files, results = session / FILES, session / RESULTS
    try:
        there = sorted(path for path in files.iterdir() if not path.name.startswith("."))
    except OSError:
        there = []
    if len(there) == 1 and there[0].is_dir() and not there[0].is_symlink():
        return Places(there[0], results / f"{there[0].name}{_OF_FOLDER}")
    return Places(files, results / _ALL)


def carried_over(session: Path) -> Places:
    """Return the places of a session, with the choices that were made while there was one folder alone."""
    found = places_of(session)
    if found.home != session / FILES or found.plan.is_file():
        return found
    earlier = [path for path in (session / RESULTS).glob(f"*{_OF_FOLDER}/{PLAN}") if path.is_file()]
    if earlier:
        newest = max(earlier, key=lambda path: path.stat().st_mtime_ns)
        found.out.mkdir(parents=True, exist_ok=True)
        write_plan(_below(read_plan(newest), newest.parent.name.removesuffix(_OF_FOLDER)), found.plan)
    return found


def _below(plan: Plan, folder: str) -> Plan:
    """Return a plan whose files lie in a folder further down."""

    def moved(paths: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(f"{folder}/{path}" for path in paths)

    items = tuple(
        replace(item, files={role: moved(paths) for role, paths in item.files.items()}) for item in plan.items
    )
    columns: Mapping[str, str] = {
        f"{glob.escape(folder)}/{pattern}" if "/" in pattern else pattern: words
        for pattern, words in plan.columns.items()
    }
    return Plan(items, columns, {f"{folder}/{path}": why for path, why in plan.left_out.items()})


def item_of(plan: Plan, key: str) -> Item:
    """Return the analysis of a plan that has a name.

    Args:
        plan: of a session.
        key: name of the analysis, as :func:`halodot.lab.outcome.name_of` gives it.

    Raises:
        InputError: there is none, as after it was moved or left out.
    """
    found = next((item for item in plan.items if name_of(item) == key), None)
    if found is None:
        raise InputError("this analysis is no longer in the plan; look at the folder anew")
    return found
