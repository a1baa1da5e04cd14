"""Acid and amine that meet in a vial, or in the pot before the dots, are a salt before anything else happens."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest
from flask_bench import BEFORE_LIGAND, CHEMICALS, COOL, ML, MMOL, add, inject, ligand_stock, parameters, recipe
from hypothesis import given, settings
from hypothesis import strategies as st

from halodot.errors import ValidityError
from halodot.flask import synthesise
from halodot.flask.acid_base import neutralise
from halodot.flask.amounts import halide_of_acids, totals
from halodot.flask.vessel import Vessel, free_strong_acids, merge, take
from halodot.states import Chemical, Flask, Step, replaced

#: so dense that only the salt itself differs from acid and amine
DENSE = 1e40
AMINE = Chemical("octylamine", "C8H19N", "amine", 129.25e-3, density=DENSE, ligand_length=1e-9)
ACID = Chemical("hydrogen iodide", "HI", "strong acid", 127.91e-3, density=DENSE, halide="I", halide_count=1.0)
SALT = Chemical(
    "octylammonium iodide", "C8H20IN", "ammonium halide", 257.16e-3, ligand_length=1e-9, halide="I", halide_count=1.0
)
SHELF = CHEMICALS | {each.name: each for each in (AMINE, ACID, SALT)}
CARRIER = add("ethyl acetate", volume=1 * ML)
amounts = st.floats(1e-6, 1e-2)


def made(*steps: Step) -> Flask:
    """The flask of the model recipe with this ligand stock."""
    return synthesise(recipe((*steps, CARRIER), chemicals=SHELF), parameters())


def shown(flask: Flask) -> dict[str, Any]:
    """What can be seen of a flask."""
    names = ("edge_length", "edge_length_spread", "sites", "dots", "excess_acid", "free_amine", "stripped_fraction",
             "material_retained", "native_ligand_length", "volume", "polar_fraction", "amounts")  # fmt: skip
    samples = [asdict(sample) for sample in flask.samples]
    return {name: getattr(flask, name) for name in names} | {"samples": samples}


@pytest.mark.parametrize("amount", [0.1 * MMOL, 0.3 * MMOL, 1.7 * MMOL])
def test_equal_amounts_act_as_the_salt_to_the_last_digit(amount: float) -> None:
    both = made(add("octylamine", amount=amount), add("hydrogen iodide", amount=amount))
    salt = made(add("octylammonium iodide", amount=amount))
    assert shown(both) == shown(salt)
    assert both.native_ligand_mass == pytest.approx(salt.native_ligand_mass, rel=1e-4)
    assert (both.excess_acid, both.stripped_fraction, both.material_retained) == (0.0, 0.0, 1.0)


def test_the_order_in_the_vial_does_not_matter() -> None:
    one = made(add("octylamine", amount=2e-4), add("hydrogen iodide", amount=3e-4))
    other = made(add("hydrogen iodide", amount=3e-4), add("octylamine", amount=2e-4))
    assert shown(one) == shown(other)


def test_what_is_left_of_the_acid_acts_as_acid() -> None:
    rest = made(add("octylamine", amount=1.0 * MMOL), add("hydrogen iodide", amount=1.1 * MMOL))
    assert rest.excess_acid == pytest.approx(0.1 * MMOL, rel=1e-9)
    assert rest.stripped_fraction > 0.0
    assert rest.material_retained < 1.0
    alone = made(add("hydrogen iodide", amount=0.1 * MMOL))
    assert rest.stripped_fraction == pytest.approx(alone.stripped_fraction, rel=1e-9)


@settings(max_examples=60, deadline=None)
@given(acid=amounts, amine=amounts, ligand=st.one_of(st.just(0.0), amounts), drawn=st.floats(0.0, 1.0))
def test_protons_and_iodide_are_conserved(acid: float, amine: float, ligand: float, drawn: float) -> None:
    contents = {"hydroiodic acid": 0.5 * acid, "hydrogen iodide": 0.5 * acid, "octylamine": amine}
    before = Vessel(contents=contents | {"5-aminopentanoic acid": ligand}, volume=1e-6)
    vessel = neutralise(before, SHELF)
    found = totals(vessel, SHELF)
    assert found.strong_acid + found.ammonium_halide == pytest.approx(acid, rel=1e-11)
    assert found.salt_halide + halide_of_acids(vessel, SHELF) == pytest.approx(acid, rel=1e-11)
    assert (found.amine, found.halide, found.amino_acid) == (amine, totals(before, SHELF).halide, ligand)
    assert 0.0 <= found.ammonium_halide <= found.amine
    if ligand == 0.0:
        assert found.strong_acid == pytest.approx(max(acid - amine, 0.0), rel=1e-9, abs=1e-11 * acid)
    part, rest = take(vessel, drawn * vessel.volume, "vial")
    again = totals(merge(part, rest), SHELF)
    assert again.strong_acid == pytest.approx(found.strong_acid, rel=1e-9, abs=1e-11 * acid)


def test_amine_and_amino_acid_share_what_is_short_by_their_amounts() -> None:
    contents = {"hydrogen iodide": 0.2e-3, "octylamine": 0.3e-3, "5-aminopentanoic acid": 0.1e-3}
    vessel = neutralise(Vessel(contents=contents, volume=1e-6), SHELF)
    assert totals(vessel, SHELF).ammonium_halide == pytest.approx(0.15e-3, rel=1e-12)
    assert sum(free_strong_acids(vessel, SHELF).values()) == pytest.approx(0.05e-3, rel=1e-12)


def test_an_acid_without_iodide_leaves_a_salt_without_it() -> None:
    vessel = neutralise(Vessel(contents={"tetrafluoroboric acid": 1e-4, "octylamine": 2e-4}, volume=1e-6), SHELF)
    found = totals(vessel, SHELF)
    assert (found.ammonium_halide, found.salt_halide, found.strong_acid) == (pytest.approx(1e-4), 0.0, 0.0)


def test_acid_in_the_pot_before_the_dots_is_the_halide_of_its_amine() -> None:
    """The pot holds 5.5 mmol of oleylamine before cesium arrives."""
    places = {"acid": inject("hydrogen iodide", amount=0.3 * MMOL), "salt": add("octylammonium iodide", amount=0.3e-3)}
    flasks = {
        name: synthesise(
            recipe(pot=(*BEFORE_LIGAND[:6], step, *BEFORE_LIGAND[6:], COOL), chemicals=SHELF), parameters()
        )
        for name, step in places.items()
    }
    iodide = {name: flask.amounts["alkylammonium halide"] for name, flask in flasks.items()}
    assert iodide["acid"] == pytest.approx(iodide["salt"], rel=1e-12)
    assert flasks["acid"].excess_acid == 0.0
    assert flasks["acid"].free_amine < flasks["salt"].free_amine


def test_more_acid_than_amine_in_the_pot_is_refused_with_a_way_out() -> None:
    steps = (*BEFORE_LIGAND[:6], inject("hydrogen iodide", amount=9.0 * MMOL), *BEFORE_LIGAND[6:], COOL)
    with pytest.raises(ValidityError, match=r"no amine takes up.*Put in as much amine, or its halide"):
        synthesise(recipe(pot=steps, chemicals=SHELF), parameters())


def test_the_amino_acid_alone_keeps_its_claim_on_the_acid() -> None:
    stock = Vessel(contents={"hydroiodic acid": 0.3e-3, "5-aminopentanoic acid": 0.2e-3}, volume=1e-6)
    assert neutralise(stock, SHELF) == stock
    plain = synthesise(recipe(ligand_stock(0.2, 1.5)), parameters())
    assert plain.excess_acid == pytest.approx(0.1 * MMOL, rel=1e-9)


def test_a_purified_dispersion_takes_a_neutral_vial_without_harm() -> None:
    late = recipe((add("octylamine", amount=2e-4), add("hydrogen iodide", amount=2e-4), CARRIER), chemicals=SHELF)
    steps = (*late.work_up[:3], inject("ligand"), *late.work_up[3:])
    flask = synthesise(replaced(late, pot=(*BEFORE_LIGAND, COOL), work_up=steps), parameters())
    assert flask.survived
    assert (flask.excess_acid, flask.material_retained) == (0.0, 1.0)
