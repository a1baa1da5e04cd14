"""Ion pairs against their own mass-action law and limits; the short ligand's claim on the acid."""

import math
from typing import Any

import numpy as np
import pytest
from flask_bench import CHEMICALS, MMOL, changed, parameters, recipe
from flask_limits import ion_pairs
from hypothesis import given, settings
from hypothesis import strategies as st

from halodot.errors import ConvergenceError
from halodot.flask import acid_base
from halodot.flask.acid_base import Affinity, Mixture, equilibrate, pool_before_acid, protonate_short_ligand
from halodot.flask.amounts import totals
from halodot.flask.pot import run_pot
from halodot.states import replaced

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
    assert pool_before_acid(sums, pot.volume, 1.0, parameters()).free_amine < 1e-12


def test_a_titration_replaces_the_weighed_amounts() -> None:
    pot = run_pot(recipe(), parameters()).vessel
    titrated = changed(free_amine_reading="titration", titrated_free_amine=0.7e-3)
    assert pool_before_acid(totals(pot, CHEMICALS), pot.volume, 0.0, titrated).free_amine == 0.7e-3


nothing_to_much = st.one_of(st.just(0.0), st.floats(-15.0, 1.0).map(lambda exponent: 10.0**exponent))
constants = st.floats(-6.0, 9.0).map(lambda exponent: 10.0**exponent)


@settings(max_examples=150, deadline=None)
@given(
    amine=nothing_to_much, acid=nothing_to_much, second=nothing_to_much, strong=nothing_to_much, ligand=nothing_to_much,
    equal=st.booleans(), ks=st.tuples(constants, constants, constants, constants), solubility=constants,
)  # fmt: skip
def test_every_equilibrium_balances_and_obeys_mass_action(
    amine: float,
    acid: float,
    second: float,
    strong: float,
    ligand: float,
    equal: bool,
    ks: tuple[float, ...],
    solubility: float,
) -> None:
    mixture = Mixture(1e-5, amine, acid, second, amine if equal else strong, ligand)
    found = equilibrate(mixture, Affinity(*ks, solubility=solubility))
    sums = (
        (mixture.amine, found.amine + found.pairs + found.second_pairs + found.salt),
        (mixture.acid, found.acid + found.pairs),
        (mixture.second_acid, found.second_acid + found.second_pairs),
        (mixture.strong_acid, found.strong_acid + found.salt + found.ligand_salt),
        (mixture.ligand, found.zwitterion + found.solid + found.ligand_salt),
    )
    for total, parts in sums:
        assert parts == pytest.approx(total, rel=1e-9, abs=0.0)
    assert found.pairs * 1e-5 == pytest.approx(ks[0] * found.amine * found.acid, rel=1e-9)
    assert found.ligand_salt * 1e-5 == pytest.approx(ks[3] * found.zwitterion * found.strong_acid, rel=1e-9)
    assert found.zwitterion <= solubility * 1e-5 * (1.0 + 1e-9)
    assert found.solid == 0.0 or found.zwitterion == pytest.approx(solubility * 1e-5, rel=1e-9)


@settings(max_examples=40, deadline=None)
@given(amine=amounts, acid=amounts, constant=st.floats(1e-4, 1e4))
def test_amine_and_acid_alone_are_the_closed_form(amine: float, acid: float, constant: float) -> None:
    found = equilibrate(Mixture(1e-5, amine, acid), Affinity(constant))
    assert found.pairs == pytest.approx(ion_pairs(amine, acid, 1e-5, constant), rel=1e-9)


def test_two_acids_share_the_amine_by_their_strength() -> None:
    found = equilibrate(Mixture(1e-5, 1e-3, 3e-3, 3e-3), Affinity(1.0, 5.0))
    assert found.second_pairs / found.second_acid == pytest.approx(5.0 * found.pairs / found.acid, rel=1e-9)


def test_complete_protonation_is_the_limit_of_the_equilibrium() -> None:
    for strong, ligand in ((0.3e-3, 0.2e-3), (0.15e-3, 0.2e-3)):
        found = equilibrate(Mixture(1e-6, strong_acid=strong, ligand=ligand), Affinity(1.0, ligand_salt=1e14))
        shared = protonate_short_ligand(strong, ligand)
        assert found.ligand_salt == pytest.approx(shared.protonated_ligand, rel=1e-5)
        assert found.strong_acid == pytest.approx(shared.free_acid, rel=1e-5, abs=1e-10)
        assert found.solid == pytest.approx(shared.undissolved_ligand, rel=1e-5, abs=1e-10)


def test_the_zwitterion_alone_stays_a_solid() -> None:
    found = equilibrate(Mixture(1e-6, ligand=0.2e-3), Affinity(1.0))
    assert found.solid == pytest.approx(0.2e-3, rel=1e-6)


def test_bounded_least_squares_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    mixture = Mixture(1.1e-5, 5.5e-3, 5e-3, 1e-4, 3e-4, 2e-4)
    affinity = Affinity(1.0, 2.0, 1e3, 1e3, 1e-3)
    exact = equilibrate(mixture, affinity)
    solve = acid_base.equilibrium

    def gives_up(*arguments: Any) -> tuple[Any, float]:
        return solve(*arguments[:-1], 1)

    monkeypatch.setattr(acid_base, "equilibrium", gives_up)
    fitted = equilibrate(mixture, affinity)
    assert fitted.salt == pytest.approx(exact.salt, rel=1e-6)
    assert fitted.pairs == pytest.approx(exact.pairs, rel=1e-6)
    assert fitted.solid == pytest.approx(exact.solid, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("wrong", [{"amine": -1.0}, {"acid": math.nan}, {"strong_acid": math.inf}, {"volume": 0.0}])
def test_impossible_amounts_raise_an_error(wrong: dict[str, float]) -> None:
    with pytest.raises(ConvergenceError, match="No equilibrium"):
        equilibrate(replaced(Mixture(1e-5, 1e-3, 1e-3), **wrong), Affinity(1.0))


def test_an_unsolved_mass_balance_raises_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*arguments: Any) -> tuple[Any, float]:
        return np.zeros(5), math.inf

    monkeypatch.setattr(acid_base, "equilibrium", lost)
    monkeypatch.setattr(acid_base, "_least_squares", lost)
    with pytest.raises(ConvergenceError, match="do not balance"):
        equilibrate(Mixture(1e-5, 1e-3, 1e-3), Affinity(1.0))


def test_free_amine_factor_scales_the_amine_and_keeps_mass_action() -> None:
    """The pool of twice the free amine obeys mass action, and a proton taken from it releases some from pairs."""
    pot = run_pot(recipe(), parameters()).vessel
    sums, double = totals(pot, CHEMICALS), changed(free_amine_factor=2.0)
    once, twice = (pool_before_acid(sums, pot.volume, 0.0, numbers) for numbers in (parameters(), double))
    assert twice.free_amine == pytest.approx(2.0 * once.free_amine, rel=1e-9)
    acid = sums.carboxylic_acid - twice.pairs
    assert twice.pairs * pot.volume == pytest.approx(double.pair_constant * twice.free_amine * acid, rel=1e-9)
    after = pool_before_acid(sums, pot.volume, 1e-4, double)
    assert twice.free_amine - 1e-4 < after.free_amine < twice.free_amine
    assert after.free_amine + after.pairs == pytest.approx(twice.free_amine + twice.pairs - 1e-4, rel=1e-9)


@settings(max_examples=40, deadline=None)
@given(acid=st.floats(0.0, 1e-3), ligand=st.floats(0.0, 1e-3))
def test_protonation_of_the_short_ligand_comes_first_and_conserves_protons(acid: float, ligand: float) -> None:
    shared = protonate_short_ligand(acid, ligand)
    assert shared.protonated_ligand + shared.free_acid == pytest.approx(acid, rel=1e-14, abs=1e-300)
    assert shared.protonated_ligand + shared.undissolved_ligand == pytest.approx(ligand, rel=1e-14, abs=1e-300)
    assert shared.free_acid == 0.0 or shared.undissolved_ligand == 0.0
