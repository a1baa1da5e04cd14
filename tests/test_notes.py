"""Notes are no free pass: ordinary studies carry none, and slips are caught. `make benchmark` counts more of them."""

from __future__ import annotations

import pytest
from ordinary_studies import SLIPS, ordinary
from test_notes_rates import caught, noted, rates

#: slips that leave some values plausible: a mobility of 1e-8 cm2/Vs in m2 is one of a good conductor
HARD = ("a mobility of holes in m2",)


def test_ordinary_studies_carry_no_warning() -> None:
    found = rates(noted(seed) for seed in range(40))
    assert all(share <= 0.05 for share in found.values()), found


def test_ordinary_studies_are_of_every_kind() -> None:
    titles = {str(ordinary(seed)["title"]).split(" ")[0] for seed in range(40)}
    assert titles == {"LED", "CsPbI3", "holes", "solar"}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_caught(slip: str) -> None:
    tries, least = (12, 2) if slip in HARD else (3, 3)
    assert caught(slip, tries) >= least
