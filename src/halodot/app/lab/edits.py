"""Every click in the lab as a line of analysis.yaml, which the command line replays to the same numbers."""

from __future__ import annotations

import glob
from collections.abc import Iterable
from dataclasses import fields, replace
from pathlib import Path

from halodot.app.lab.places import Places, item_of, places_of
from halodot.errors import InputError, Problem
from halodot.lab.choices import as_text, chosen
from halodot.lab.method import method_named
from halodot.lab.outcome import name_of
from halodot.lab.plan import Item, Plan
from halodot.lab.plan_file import read_plan, write_plan
from halodot.outputs import write_text
from halodot.readers.column_maps import map_of

LEFT_OUT = "left out on the page"
#: begins as a reason of the plan's own, so that the next look proposes an analysis of the file anew
_AGAIN = "no analysis takes it: to be looked at again"
#: letters of the name of a sample
_LONGEST_NAME = 80
Written = str | bool | tuple[str, ...]


def set_choice(session: Path, key: str, setting: str, written: Written) -> None:
    """Set one choice of an analysis.

    Args:
        session: folder of the session.
        key: name of the analysis.
        setting: name of the choice.
        written: numbers with their unit, two of a window; ``"auto"`` leaves the choice to the analysis.

    Raises:
        InputError: there is no such analysis or choice, or it cannot be that.
    """
    places, plan = _planned(session)
    item = item_of(plan, key)
    settings = dict(item.settings) | {setting: as_choice(item.method, setting, written)}
    _replace(places, plan, item, replace(item, settings=settings))


def as_choice(method: str, setting: str, written: Written) -> object:
    """Return a choice as analysis.yaml has it.

    Args:
        method: name of the analysis.
        setting: name of the choice.
        written: as of :func:`set_choice`.

    Raises:
        InputError: there is no such choice, or it cannot be that.
    """
    record = method_named(method).settings
    kind = next((one.metadata["kind"] for one in fields(record) if one.name == setting), "")
    value: object = list(written) if isinstance(written, tuple) else written
    if kind == "whole" and isinstance(written, str) and written.strip().isdecimal():
        value = int(written)
    return as_text(chosen(record, {setting: value}))[setting]


def choose_anew(session: Path, key: str) -> None:
    """Leave every choice of an analysis to itself again.

    Args:
        session: folder of the session.
        key: name of the analysis.

    Raises:
        InputError: there is no such analysis.
    """
    places, plan = _planned(session)
    item = item_of(plan, key)
    _replace(places, plan, item, replace(item, settings={}))


def move_to_sample(session: Path, key: str, sample: str) -> str:
    """Move an analysis to another sample.

    Args:
        session: folder of the session.
        key: name of the analysis.
        sample: name of the other sample, which need not be there yet.

    Returns:
        The name of the analysis from now on.

    Raises:
        InputError: there is no such analysis, or this is no name.
    """
    places, plan = _planned(session)
    item = item_of(plan, key)
    name = " ".join(sample.split())
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise InputError(Problem(f"a sample has a name of 1 to {_LONGEST_NAME} letters", "sample"))
    moved = replace(item, sample=name)
    _replace(places, plan, item, moved)
    return name_of(moved)


def set_file(session: Path, key: str, role: str, path: str) -> str:
    """Choose the file that plays a part in an analysis beside the measurement itself.

    Args:
        session: folder of the session.
        key: name of the analysis.
        role: the part, such as the response of the instrument.
        path: of the file, as the plan names it; empty for none.

    Returns:
        The name of the analysis from now on.

    Raises:
        InputError: there is no such analysis, part or file, or the part is needed.
    """
    places, plan = _planned(session)
    item = item_of(plan, key)
    others = method_named(item.method).roles[1:]
    found = next((one for one in others if one.name == role and not one.several), None)
    if found is None or (found.required and not path):
        raise InputError(Problem(f"{item.method} takes no such file, or needs it", role))
    if path and path not in _files(plan.items) | set(plan.left_out):
        raise InputError(Problem("there is no such file in the folder", path))
    files = {name: paths for name, paths in item.files.items() if name != role}
    changed = replace(item, files=files | ({role: (path,)} if path else {}), note="")
    items = tuple(changed if one == item else one for one in plan.items)
    freed = dict.fromkeys(_files([item]) - _files(items), _AGAIN)
    left_out = {name: why for name, why in (dict(plan.left_out) | freed).items() if name != path}
    write_plan(replace(plan, items=items, left_out=dict(sorted(left_out.items()))), places.plan)
    return name_of(changed)


def leave_out(session: Path, key: str) -> None:
    """Leave an analysis out; its files are named among those left out where no other analysis takes them.

    Args:
        session: folder of the session.
        key: name of the analysis.

    Raises:
        InputError: there is no such analysis.
    """
    places, plan = _planned(session)
    item = item_of(plan, key)
    rest = tuple(one for one in plan.items if one != item)
    freed = sorted(_files([item]) - _files(rest))
    write_plan(replace(plan, items=rest, left_out=_sorted(plan, dict.fromkeys(freed, LEFT_OUT))), places.plan)


def take_back(session: Path, path: str) -> None:
    """Let a file that was left out be analysed again; the next look proposes how.

    Args:
        session: folder of the session.
        path: of the file, as the plan names it.

    Raises:
        InputError: it was not left out.
    """
    places, plan = _planned(session)
    if path not in plan.left_out:
        raise InputError(Problem("this file was not left out", path))
    write_plan(replace(plan, left_out=_sorted(plan, {path: _AGAIN})), places.plan)


def name_columns(session: Path, path: str, words: str) -> None:
    """Say what the columns of a file without headings are.

    Args:
        session: folder of the session.
        path: of the file, as the plan names it.
        words: columns in their order, ``"wavelength (nm), intensity"``.

    Raises:
        InputError: the words name no quantities, or no such file was left out.
    """
    places, plan = _planned(session)
    if path not in plan.left_out:
        raise InputError(Problem("no such file waits for names of its columns", path))
    map_of(words)
    columns = dict(plan.columns) | {glob.escape(path): words}
    write_plan(replace(plan, columns=columns, left_out=_sorted(plan, {path: _AGAIN})), places.plan)


def restore_plan(session: Path, text: str) -> None:
    """Put an earlier plan back; what came to the folder since then keeps the analyses that it has.

    Args:
        session: folder of the session.
        text: of analysis.yaml as it was.

    Raises:
        InputError: it is no plan.
    """
    places, plan = _planned(session)
    beside = places.plan.with_name(".earlier.yaml")
    write_text(beside, text)
    try:
        wanted = read_plan(beside)
    finally:
        beside.unlink(missing_ok=True)
    known = _files(wanted.items) | set(wanted.left_out)
    if not any((places.home / path).exists() for path in known):
        return  # of another folder, before more was dropped beside it
    newer = tuple(item for item in plan.items if not _files([item]) & known)
    left_out = {path: why for path, why in plan.left_out.items() if path not in known}
    if not newer and not left_out:
        write_text(places.plan, text)
        return
    together = dict(sorted((dict(wanted.left_out) | left_out).items()))
    write_plan(Plan((*wanted.items, *newer), dict(plan.columns) | dict(wanted.columns), together), places.plan)


def plan_text(session: Path) -> str:
    """Return the present plan of a session as it is written, empty where there is none yet."""
    try:
        return places_of(session).plan.read_text(encoding="utf-8")
    except OSError:
        return ""


def _files(items: Iterable[Item]) -> set[str]:
    return {path for item in items for paths in item.files.values() for path in paths}


def _planned(session: Path) -> tuple[Places, Plan]:
    places = places_of(session)
    if not places.plan.is_file():
        raise InputError("the folder was not looked at yet; wait until its files are recognised")
    return places, read_plan(places.plan)


def _replace(places: Places, plan: Plan, old: Item, new: Item) -> None:
    items = tuple(new if one == old else one for one in plan.items)
    write_plan(replace(plan, items=items), places.plan)


def _sorted(plan: Plan, more: dict[str, str]) -> dict[str, str]:
    return dict(sorted((dict(plan.left_out) | more).items()))
