"""Whatever a study says, it is followed, refused or left unsolved with a sentence, and never wrong without a word."""

from __future__ import annotations

import time
import traceback

import pytest
from fuzz_studies import follow, mutated, unsound

#: s of computing, whatever else the machine does, that no study may take
LONGEST = 60.0


def check_seed(seed: int) -> str:
    """Return what is wrong with the outcome of a mutated study, empty if nothing is."""
    start = time.process_time()
    try:
        outcome = follow(mutated(seed))
    except Exception:
        return f"seed {seed}: {traceback.format_exc()}"
    spent = time.process_time() - start
    if spent > LONGEST:
        return f"seed {seed}: {spent:.0f} s"
    wrong = unsound(outcome.result) if outcome.result is not None and outcome.code == 0 else []
    return f"seed {seed}: {', '.join(wrong)}" if wrong else ""


def test_mutated_studies_are_followed_or_refused() -> None:
    found = [problem for problem in map(check_seed, range(200)) if problem]
    assert not found, "\n".join(found)


@pytest.mark.explore
def test_many_mutated_studies_are_followed_or_refused() -> None:
    start = time.time_ns() % 1_000_000_000
    found = [problem for problem in map(check_seed, range(start, start + 20_000)) if problem]
    assert not found, "\n".join(found)
