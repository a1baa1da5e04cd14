"""Which analyses are made of which files: proposed from what the files hold and how they are named."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from halodot.lab.folder import Seen
from halodot.lab.method import Method, Role, all_methods
from halodot.lab.samples import matches, sample_of
from halodot.readers.recording import KINDS

#: readers of tables that any instrument's program may have written
_PLAIN_READERS = {"columns", "columns_text", "workbook"}


@dataclass(frozen=True)
class Item:
    """One analysis that is made."""

    sample: str
    method: str
    files: Mapping[str, tuple[str, ...]]  # by role, below the folder
    settings: Mapping[str, Any] = field(default_factory=dict)  # as text; what is not named is the default
    note: str = ""  # how its files were chosen, where they could have been others


@dataclass(frozen=True)
class Plan:
    """All analyses of a folder, as analysis.yaml holds them."""

    items: tuple[Item, ...]
    columns: Mapping[str, str] = field(default_factory=dict)  # what columns without headings are, by pattern of paths
    left_out: Mapping[str, str] = field(default_factory=dict)  # files that are not analysed, and why


@dataclass(frozen=True)
class _Named:
    """A file with the sample that its name tells."""

    seen: Seen
    sample: str


def proposed(files: Iterable[Seen], folder: str, columns: Mapping[str, str] | None = None) -> Plan:
    """Return the analyses that files allow.

    A file that the name of a role marks ("irf") plays that role with the nearest measurements of its sample, or with
    those of every sample where it has no measurements of its own. An analysis that needs several files, or that only a
    name can tell, takes its files from the others.

    Args:
        files: what each file of the folder is.
        folder: name of the folder.
        columns: kept in the plan.
    """
    named = [_Named(item, sample_of(item.path, folder)) for item in files]
    left, items = [item for item in named if not item.seen.problem], []
    for method in sorted(all_methods().values(), key=_order):
        made = _of_method(method, left)
        items += made
        taken = _taken(method, made)
        left = [item for item in left if item.seen.path not in taken]
    used = {path for item in items for paths in item.files.values() for path in paths}
    rest = {item.seen.path: reason(item.seen) for item in named if item.seen.path not in used}
    ordered = sorted(items, key=lambda item: (item.sample, item.method, *item.files.values()))
    return Plan(tuple(ordered), dict(columns or {}), rest)


def _order(method: Method) -> tuple[int, bool, str]:
    """Put analyses that need several files first, then those that only a name can tell."""
    needed = sum(role.required for role in method.roles)
    return -needed, not method.roles[0].words, method.name


def _taken(method: Method, items: Sequence[Item]) -> set[str]:
    """Return the files that no other analysis takes as well."""
    main = method.roles[0]
    alone = bool(main.words) or sum(role.required for role in method.roles) > 1
    kept = [role.name for role in method.roles[1:] if not role.shared] + ([main.name] if alone else [])
    return {path for item in items for role in kept for path in item.files.get(role, ())}


def _of_method(method: Method, files: Sequence[_Named]) -> list[Item]:
    players: dict[str, list[_Named]] = {role.name: [] for role in method.roles}
    for item in files:
        played = _role_of(method, item.seen)
        if played:
            players[played].append(item)
    main, *others = method.roles
    first = players[main.name]
    groups: list[list[_Named]] = [[item] for item in first]
    if main.several:
        by_sample: dict[str, list[_Named]] = {}
        for item in first:
            by_sample.setdefault(item.sample, []).append(item)
        groups = [group for group in by_sample.values() if len(group) >= main.fewest]
    with_own = {item.sample for item in first}
    found = []
    for group in groups:
        chosen, note = {main.name: tuple(item.seen.path for item in group)}, ""
        for role in others:
            paths, equal = _companions(role, group[0], players[role.name], with_own)
            if paths:
                chosen[role.name] = paths
            if equal:
                note = f"{role.name}: {equal} files fit equally well"
        if all(role.name in chosen for role in others if role.required):
            found.append(Item(group[0].sample, method.name, chosen, {}, note))
    return found


def _role_of(method: Method, file: Seen) -> str:
    """Return the role that a file plays in an analysis, empty for none: the one that its name marks most nearly."""
    able = [role for role in method.roles if (method.name, role.name) in file.roles]
    marked = [(matches(role.words, file.path), -place, role.name) for place, role in enumerate(able) if role.words]
    best = max(marked, default=(0, 0, ""))
    if best[0]:
        return best[2]
    return next((role.name for role in able if not role.words), "")


def _companions(
    role: Role, main: _Named, candidates: Sequence[_Named], with_own: set[str]
) -> tuple[tuple[str, ...], int]:
    """Return the files that play a role beside a measurement, and how many others would do as well."""
    able = [
        item
        for item in candidates
        if (item.sample == main.sample or item.sample not in with_own) and _of_one_instrument(item.seen, main.seen)
    ]
    if not able:
        return (), 0
    ranked = sorted(able, key=lambda item: (*_distance(item, main), item.seen.path))
    best = _distance(ranked[0], main)
    equal = [item.seen.path for item in ranked if _distance(item, main)[:2] == best[:2]]
    if role.several:
        return tuple(equal), 0
    ties = sum(_distance(item, main) == best for item in ranked)
    return (ranked[0].seen.path,), ties if ties > 1 else 0


def _of_one_instrument(one: Seen, other: Seen) -> bool:
    """Whether two files may belong together: measurements of one kind from two folders are of one format then."""
    beside = PurePosixPath(one.path).parent == PurePosixPath(other.path).parent
    plain = {one.reader, other.reader} & _PLAIN_READERS
    return beside or one.kind != other.kind or one.reader == other.reader or bool(plain)


def _distance(item: _Named, main: _Named) -> tuple[bool, int, int]:
    """Return how far a file is from a measurement: other sample, steps between their folders, fewer common words."""
    here, there = PurePosixPath(item.seen.path).parent.parts, PurePosixPath(main.seen.path).parent.parts
    common = next((n for n, (a, b) in enumerate(zip(here, there)) if a != b), min(len(here), len(there)))
    shared = len(_tokens(item.seen.path) & _tokens(main.seen.path))
    return item.sample != main.sample, len(here) + len(there) - 2 * common, -shared


def _tokens(path: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z]+|\d+", PurePosixPath(path).name.casefold()))


#: how every reason begins that a plan gives by itself; others were written by whoever edited it
_OWN_REASONS = ("not read: ", "columns without a meaning: ", "no analysis takes it")
REMOVED = "no longer among the samples of analysis.yaml"


def reason(file: Seen) -> str:
    """Return why no analysis takes a file."""
    if file.problem:
        return f"not read: {file.problem}"
    if file.kind == "table":
        name = PurePosixPath(file.path).name
        example = f"say what they are under `columns:` in analysis.yaml, such as {name}: 'time (ns), counts'"
        return f"columns without a meaning: {file.hint or 'no heading names a quantity with its unit'}; {example}"
    return f"no analysis takes it ({KINDS.get(file.kind, file.kind)})"


def own_reason(text: str) -> bool:
    """Whether a reason was given by a plan itself, so that it no longer counts once the file can be analysed."""
    return text.startswith(_OWN_REASONS)
