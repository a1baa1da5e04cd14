"""How often ordinary studies carry a note, and how often a slip of the pen is caught."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cache
from itertools import count, islice
from typing import Any

import pytest
from ordinary_studies import SLIPS, Study, ordinary, with_slip

import halodot
from halodot.chain.simulate import examine
from halodot.errors import HalodotError
from halodot.states import Note
from halodot.study import from_document

STUDIES = 200
#: studies in which each slip is tried
TRIES = 50
#: kinds of notes that warn of a value; the others tell what a correct study leaves out
WARNINGS = ("unlikely", "extrapolated", "not followed")


def given_warning(note: Note) -> str:
    """Return the kind of a note and what it is about, the same for every layer and step."""
    return f"{note.kind}: {note.where.rsplit('.', 1)[-1].split('[')[0]}"


def rates(notes: Iterable[tuple[Note, ...]]) -> dict[str, float]:
    """Return the share of studies that carry each warning."""
    listed = list(notes)
    counts = Counter(name for found in listed for name in {given_warning(note) for note in found})
    return {name: number / len(listed) for name, number in counts.most_common()}


@cache
def noted(seed: int) -> tuple[Note, ...]:
    """Return what is noted of an ordinary study before anything is solved."""
    return examine(from_document(ordinary(seed))).notes


def is_caught(seed: int, wrong: Study) -> bool:
    """Whether a study with a slip is refused, or carries a warning that it has not without."""
    before = {(note.kind, note.where) for note in noted(seed)}
    try:
        after = examine(from_document(wrong)).notes
    except HalodotError:
        return True
    return any(note.kind in WARNINGS and (note.kind, note.where) not in before for note in after)


def caught(slip: str, tries: int) -> int:
    """Return in how many of the first ``tries`` ordinary studies that a slip can befall it is caught."""
    befallen = ((seed, wrong) for seed in count() if (wrong := with_slip(ordinary(seed), slip, seed)) is not None)
    return sum(is_caught(seed, wrong) for seed, wrong in islice(befallen, tries))


def test_notes_on_ordinary_studies(benchmark: Any, capsys: pytest.CaptureFixture[str]) -> None:
    def followed() -> list[tuple[Note, ...]]:
        return [halodot.simulate(from_document(ordinary(seed))).notes for seed in range(STUDIES)]

    found = rates(benchmark.pedantic(followed, rounds=1))
    with capsys.disabled():
        print(f"\nof {STUDIES} ordinary studies this share carries a note")
        for name, share in found.items():
            print(f"  {share:6.1%}  {name}")
    assert all(share <= 0.05 for share in found.values()), found


def test_slips_are_caught(benchmark: Any, capsys: pytest.CaptureFixture[str]) -> None:
    def tried() -> dict[str, int]:
        return {slip: caught(slip, TRIES) for slip in SLIPS}

    found = benchmark.pedantic(tried, rounds=1)
    with capsys.disabled():
        print(f"\ncaught of {TRIES}  slip")
        for slip, seen in found.items():
            print(f"  {seen:4d}        {slip}")
    assert sum(found.values()) > 0.9 * TRIES * len(SLIPS)
