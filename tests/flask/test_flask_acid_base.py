"""Ion pairs against their own mass-action law and limits; the short ligand's claim on the acid."""

import pytest
from flask_bench import CHEMICALS, MMOL, changed, parameters, recipe
from hypothesis import given, settings
from hypothesis import strategies as st

from halodot.flask.acid_base import ion_pairs, pool_before_acid, share_protons
from halodot.flask.amounts import totals
from halodot.flask.pot import run_pot

amounts = st.floats(1e-6, 1e-2)


@settings(max_examples=60, deadline=None)
@given(amine=amounts, acid=amounts, volume=st.floats(1e-6, 1e-4), constant=st.floats(1e-4, 1e2))
def test_pairs_obey_the_law_of_mass_action(amine: float, acid: float, volume: float, constant: float) -> None:
    pairs = ion_pairs(amine, acid, volume, constant)
    assert 0.0 < pairs < min(amine, acid) * (1.0 + 1e-14)
    assert pairs * volume == pytest.approx(constant * (amine - pairs) * (acid - pairs), rel=1e-5, abs=1e-22)


def test_pairs_without_a_partner_or_with_a_perfect_one() -> None:
    assert ion_pairs(5e-3, 0.0, 1e-5, 1.0) == 0.0
    assert ion_pairs(0.0, 5e-3, 1e-5, 1.0) == 0.0
    assert ion_pairs(5e-3, 4e-3, 1e-5, 1e12) == pytest.approx(4e-3, rel=1e-9)


def test_free_amine_tends_to_the_weighed_excess_and_is_never_negative() -> None:
    pot = run_pot(recipe(), parameters()).vessel
    sums = totals(pot, CHEMICALS)
    excess = sums.amine - sums.carboxylic_acid
    assert excess / MMOL == pytest.approx(0.4, abs=0.01)
    strong = pool_before_acid(sums, pot.volume, 0.0, changed(pair_constant=1e9))
    assert strong.free_amine == pytest.approx(excess, rel=1e-3)
    beyond = pool_before_acid(sums, pot.volume, 2e-3, parameters())
    assert 0.0 < beyond.free_amine < pool_before_acid(sums, pot.volume, 0.0, parameters()).free_amine
    assert pool_before_acid(sums, pot.volume, 1.0, parameters()).free_amine == 0.0


def test_a_titration_replaces_the_weighed_amounts() -> None:
    pot = run_pot(recipe(), parameters()).vessel
    titrated = changed(free_amine_reading="titration", titrated_free_amine=0.7e-3)
    assert pool_before_acid(totals(pot, CHEMICALS), pot.volume, 0.0, titrated).free_amine == 0.7e-3


@settings(max_examples=40, deadline=None)
@given(acid=st.floats(0.0, 1e-3), ligand=st.floats(0.0, 1e-3))
def test_the_short_ligand_comes_first_and_no_proton_is_lost(acid: float, ligand: float) -> None:
    shared = share_protons(acid, ligand)
    assert shared.protonated_ligand + shared.free_acid == pytest.approx(acid, rel=1e-14, abs=1e-300)
    assert shared.protonated_ligand + shared.undissolved_ligand == pytest.approx(ligand, rel=1e-14, abs=1e-300)
    assert shared.free_acid == 0.0 or shared.undissolved_ligand == 0.0
