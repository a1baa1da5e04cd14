"""Which of many small changes of a record are sums of a few others, so that those few tell what all of them do.

A chain of stages passes hundreds of inputs on through few numbers: what follows from a change of these is linear in it
to first order, so that it need be computed for a few changes alone that the others are made of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, NamedTuple

import numpy as np

from halodot.states import Array

#: Share of a number's change that a sum may miss, and the change that counts, as a share of the largest of that number.
MISSED, COUNTS = 1e-3, 1e-3
#: How much larger a change may be than one that it is a multiple of: beyond, the larger bends away from it.
LARGER = 3.0


class Directions(NamedTuple):
    """Changes that others are sums of."""

    own: tuple[int, ...]  # of the changes: those that the others are made of
    share: Array  # (change, own), of which sum each change is; that of an own one is itself


def change_of(before: Any, after: Any) -> dict[str, Array] | None:
    """Return by how much the numbers of a record have changed, by path; None where something else has.

    Args:
        before: a record of records, mappings, lists, words, numbers and arrays.
        after: another of the same kind.
    """
    change: dict[str, Array] = {}
    return change if _add_changes(before, after, "", change) else None


def _add_changes(before: Any, after: Any, path: str, change: dict[str, Array]) -> bool:
    """Add what has changed; return whether it is nothing but numbers."""
    if before is after:
        return True
    if is_dataclass(after):
        names = [item.name for item in fields(after)]
        return type(before) is type(after) and all(
            _add_changes(getattr(before, name), getattr(after, name), f"{path}.{name}", change) for name in names
        )
    if isinstance(after, Mapping):
        return list(before) == list(after) and all(
            _add_changes(before[key], value, f"{path}.{key}", change) for key, value in after.items()
        )
    if isinstance(after, tuple | list):
        return len(before) == len(after) and all(
            _add_changes(one, other, f"{path}[{place}]", change)
            for place, (one, other) in enumerate(zip(before, after))
        )
    if isinstance(after, bool | str) or not isinstance(after, float | int | np.ndarray):
        return bool(before == after)
    new, old = (np.atleast_1d(np.asarray(value, dtype=float)) for value in (after, before))
    known = np.isfinite(new)
    if new.shape != old.shape or not np.array_equal(known, np.isfinite(old)):
        return False
    moved = np.where(known, new, 0.0) - np.where(known, old, 0.0)
    if np.any(moved):
        change[path] = moved.ravel()
    return True


def directions(changes: Sequence[Mapping[str, Array]]) -> Directions:
    """Return a few of the changes that all others are sums of, number by number within 0.1 %.

    Args:
        changes: by how much each input moves the numbers of a record, by path.

    Returns:
        Those few, of middling size where there is a choice, and of which sum each change is.
    """
    if not changes:
        return Directions((), np.zeros((0, 0)))
    scaled, starts = _scaled(changes)
    sizes = np.linalg.norm(scaled, axis=1)
    allowed = (MISSED * np.maximum(np.sqrt(np.add.reduceat(scaled**2, starts, axis=1)), COUNTS)) ** 2
    own: list[int] = []
    basis = np.zeros((0, scaled.shape[1]))
    left = scaled.copy()
    while True:
        squares = left**2
        over = np.any(np.add.reduceat(squares, starts, axis=1) > allowed, axis=1)
        over[own] = False
        candidates = np.flatnonzero(over)
        if not candidates.size:
            return _shares(scaled, own, basis)
        share = np.sqrt(squares[candidates].sum(axis=1)) / sizes[candidates]
        free = candidates[share >= 0.5 * share.max()]
        chosen = int(free[np.argsort(sizes[free], kind="stable")[free.size // 2]])
        own.append(chosen)
        left[chosen] -= (left[chosen] @ basis.T) @ basis  # once more against rounding
        direction = left[chosen] / np.linalg.norm(left[chosen])
        basis = np.vstack((basis, direction))
        left -= np.outer(left @ direction, direction)


def _shares(scaled: Array, own: list[int], basis: Array) -> Directions:
    """Return the sums; what is much larger than what it would be made of stands for itself."""
    along = scaled @ basis.T
    share = np.linalg.solve(along[own].T, along.T).T if own else np.zeros((len(scaled), 0))
    large = np.flatnonzero(np.max(np.abs(share), axis=1, initial=0.0) > LARGER)
    more = [int(k) for k in large if k not in own]
    share = np.hstack((share, np.zeros((len(scaled), len(more)))))
    every = own + more
    share[every] = np.eye(len(every))
    return Directions(tuple(every), np.asarray(share, dtype=np.float64))


def _scaled(changes: Sequence[Mapping[str, Array]]) -> tuple[Array, list[int]]:
    """Return the changes as rows, each number in units of its largest change, and where each number begins."""
    width: dict[str, int] = {}
    for change in changes:
        width |= {path: value.size for path, value in change.items()}
    starts, start = [], 0
    rows = np.zeros((len(changes), sum(width.values())))
    for path, size in width.items():
        block = slice(start, start + size)
        for row, change in zip(rows, changes):
            if path in change:
                row[block] = change[path]
        rows[:, block] /= np.max(np.linalg.norm(rows[:, block], axis=1))
        starts.append(start)
        start += size
    return rows, starts
