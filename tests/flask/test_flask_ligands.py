"""Classes of ligands: each by its own numbers, none by those of the calibrated one; anions fill vacancies."""

from __future__ import annotations

from typing import Any

import pytest
from flask_bench import BEFORE_LIGAND, CHEMICALS, COOL, add, changed, inject, parameters, recipe, treated
from hypothesis import given, settings
from hypothesis import strategies as st

from halodot.errors import ValidityError
from halodot.flask import FlaskParameters, synthesise
from halodot.flask.colloid import Colloid, with_crystals
from halodot.flask.growth import Seed, nucleate, surface_sites
from halodot.flask.kinetics import exchange_ligands
from halodot.flask.ligands import (
    CALIBRATED_LIGAND,
    LIGAND_CLASSES,
    ligand_length,
    on_a_site,
    parameters_of_ligand,
)
from halodot.flask.surface import LigandBudget, Surface, exchange_equilibrium, wash
from halodot.states import CHEMICAL_ROLES, Chemical, Flask, Recipe, replaced

SITES, VOLUME, ROOM = 7e-5, 1e-6, 293.15
OPEN = Surface(native=0.7, short=0.0, bare=0.3, halide_vacancies=0.1, stripped=0.05)


def ligand(role: str, name: str = "ours", **properties: Any) -> Chemical:
    """A ligand of a class, dense enough to add no volume."""
    return Chemical(name, "X", role, 0.2, density=1e40, ligand_length=1e-9, **properties)


def late(chemical: Chemical, amount: float, numbers: FlaskParameters) -> Flask:
    """The untreated dots with a ligand added after one wash and before the next."""
    plain = recipe(chemicals=CHEMICALS | {chemical.name: chemical})
    steps = (*plain.work_up[:3], inject(chemical.name, amount=amount), *plain.work_up[3:])
    return synthesise(replaced(plain, work_up=steps), numbers)


def early(chemical: Chemical, amount: float, numbers: FlaskParameters) -> Flask:
    """The dots that grew with a ligand in the pot."""
    steps = (*BEFORE_LIGAND[:3], add(chemical.name, amount=amount), *BEFORE_LIGAND[3:], COOL)
    return synthesise(recipe(pot=steps, chemicals=CHEMICALS | {chemical.name: chemical}), numbers)


def test_every_class_is_a_role_of_the_shelf() -> None:
    assert LIGAND_CLASSES.keys() <= CHEMICAL_ROLES.keys()


@pytest.mark.parametrize("role", LIGAND_CLASSES)
def test_a_class_has_its_own_numbers_and_not_those_of_the_calibrated_ligand(role: str) -> None:
    calibrated = changed(exchange_constant=1e5, exchanged_wash_loss=0.9)
    found = parameters_of_ligand(calibrated, ligand(role))
    constant = getattr(calibrated, LIGAND_CLASSES[role].constant)
    assert found.exchange_constant == constant
    assert found.exchanged_wash_loss == pytest.approx(calibrated.native_wash_loss / constant**0.5)
    assert found.vacancy_filling == (1.0 if LIGAND_CLASSES[role].fills else calibrated.vacancy_filling)


def test_the_calibrated_ligand_keeps_its_numbers_by_name() -> None:
    numbers = parameters()
    assert parameters_of_ligand(numbers, CHEMICALS[CALIBRATED_LIGAND]) is numbers
    assert parameters_of_ligand(numbers, CHEMICALS["oleic acid"]) is numbers
    assert parameters_of_ligand(numbers, None) is numbers


def test_a_stronger_ligand_washes_off_more_slowly() -> None:
    covered = Surface(native=0.0, short=1.0, bare=0.0, halide_vacancies=0.0)
    numbers = [changed(sulfonate_exchange=constant) for constant in (1.0, 10.0, 100.0)]
    left = [wash(covered, 16.0, parameters_of_ligand(each, ligand("sulfonic acid"))) for each in numbers]
    native = wash(Surface(1.0, 0.0, 0.0, 0.0), 16.0, parameters())
    assert [each.short for each in left] == sorted(each.short for each in left)
    assert left[0].short == pytest.approx(native.native)


def budget(amount: float, **numbers: Any) -> LigandBudget:
    values = {"short_ligand": amount, "pairs": SITES, "alkylammonium_halide": 0.0, "volume": VOLUME, "reservoir": False}
    return LigandBudget(**values | numbers)


@pytest.mark.parametrize("role", ["sulfonic acid", "thiol", "zwitterion", "quaternary ammonium halide"])
def test_anions_fill_halide_vacancies_and_others_do_not(role: str) -> None:
    numbers = parameters_of_ligand(parameters(), ligand(role))
    after = exchange_ligands(OPEN, SITES, budget(10.0 * SITES), 1e5, ROOM, numbers)
    assert after.stripped == pytest.approx(0.0, abs=1e-9)
    left = 0.0 if LIGAND_CLASSES[role].fills else OPEN.halide_vacancies
    assert after.halide_vacancies == pytest.approx(left, abs=1e-9)
    assert after.native + after.short + after.bare == pytest.approx(1.0, abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(amount=st.floats(0.0, 1e-3), constant=st.floats(0.1, 3e3), time=st.floats(0.1, 1e6), halide=st.floats(0.0, 1e-3))
def test_sites_and_ligand_are_conserved_while_vacancies_fill(
    amount: float, constant: float, time: float, halide: float
) -> None:
    numbers = parameters_of_ligand(changed(thiolate_exchange=constant), ligand("thiol"))
    sent = budget(amount, alkylammonium_halide=halide, metal_salt=halide)
    after = exchange_ligands(OPEN, SITES, sent, time, ROOM, numbers)
    assert after.native + after.short + after.bare == pytest.approx(1.0, abs=1e-12)
    assert after.vacant >= 0.0
    assert min(after.native, after.short, after.halide_vacancies, after.stripped) >= 0.0
    assert SITES * after.short <= amount * (1.0 + 1e-9)
    assert after.halide_vacancies <= OPEN.halide_vacancies


def test_metal_halide_fills_what_mass_action_says() -> None:
    numbers = changed(metal_binding=0.01, iodide_healing=0.01)
    sent = budget(0.0, pairs=1e-2, alkylammonium_halide=0.5e-4, metal_salt=1.5e-4)
    after = exchange_ligands(OPEN, SITES, sent, 1e9, ROOM, numbers)
    assert after.halide_vacancies + after.stripped == pytest.approx(0.15 / (1.0 + 2.0), rel=1e-9)


@pytest.mark.parametrize("role", ["sulfonic acid", "phosphonic acid", "zwitterion", "quaternary ammonium halide"])
def test_a_ligand_added_after_growth_covers_bare_sites(role: str) -> None:
    plain = synthesise(recipe(), parameters())
    treated_late = late(ligand(role), 0.1e-3, parameters())
    assert treated_late.survived
    assert treated_late.samples[-1].coverage_short > 0.3
    assert treated_late.samples[-1].coverage_bare < 0.5 * plain.samples[-1].coverage_bare


def test_a_ligand_in_the_pot_is_on_the_dots_in_proportion_to_its_binding() -> None:
    shares = [
        early(ligand("thiol"), 0.3e-3, changed(thiolate_exchange=k)).samples[0].coverage_short for k in (0.1, 3.0, 90.0)
    ]
    assert shares == sorted(shares)
    assert shares[0] < 0.05
    assert shares[2] > 0.7


def test_exchange_at_the_end_is_the_isotherm_of_the_class() -> None:
    numbers = parameters_of_ligand(changed(native_binding=1e9), ligand("bidentate acid"))
    sent = budget(4e-4, pairs=3e-3, reservoir=True)
    after = exchange_equilibrium(Surface(1.0, 0.0, 0.0, 0.0), 0.0, 1e-12, sent, numbers)
    quotient = numbers.bidentate_exchange * 4e-4 / 3e-3
    assert after.short == pytest.approx(quotient / (1.0 + quotient), rel=1e-6)


def test_two_ligands_at_once_are_refused_with_a_sentence() -> None:
    shelf = CHEMICALS | {"one": ligand("thiol", "one"), "two": ligand("zwitterion", "two")}
    steps = (*BEFORE_LIGAND[:3], add("one", amount=1e-4), add("two", amount=1e-4), *BEFORE_LIGAND[3:], COOL)
    with pytest.raises(ValidityError, match="one and two compete for the same sites"):
        synthesise(recipe(pot=steps, chemicals=shelf), parameters())


def noted(chemical: Chemical) -> tuple[str, ...]:
    return tuple(note.text for note in late(chemical, 1e-4, parameters()).notes if chemical.name in note.text)


def test_what_is_taken_from_a_class_or_left_out_is_noted() -> None:
    (text,) = noted(ligand("phosphonic acid"))
    assert "flask.phosphonate_exchange" in text
    assert "left out" in text
    (text,) = noted(ligand("amino acid"))
    assert f"calibrated for {CALIBRATED_LIGAND} is not used" in text
    assert any("counts by its volume only" in text for text in noted(ligand("phosphine")))
    manganese = ligand("metal salt", metal="Mn", halide="I", halide_count=2.0, cation_count=1.0)
    assert any("Mn in the lattice of the dots" in text for text in noted(manganese))
    assert synthesise(treated(0.2), parameters()).notes == ()


def with_amino_acid(name: str) -> Recipe:
    own = replaced(CHEMICALS[CALIBRATED_LIGAND], name=name)
    base = treated(0.2)
    steps = tuple(
        replaced(
            step, material=name if step.material == CALIBRATED_LIGAND else step.material, of=name if step.of else ""
        )
        for step in base.stocks["ligand"]
    )
    return replaced(base, stocks=dict(base.stocks) | {"ligand": steps}, chemicals=CHEMICALS | {name: own})


def test_another_amino_acid_is_not_the_calibrated_one() -> None:
    """The same molecule under another name gets the range of amino acids, whatever was calibrated."""
    numbers = [changed(exchange_constant=constant) for constant in (10.0, 200.0)]
    ours = [synthesise(with_amino_acid("ours"), each).samples[-1].coverage_short for each in numbers]
    known = [synthesise(treated(0.2), each).samples[-1].coverage_short for each in numbers]
    assert ours[0] == ours[1]
    assert known[0] < known[1]


def test_the_length_of_a_ligand_follows_its_carbons_where_it_is_not_stated() -> None:
    chain = Chemical("x", "X", "thiol", 0.2, carbons=12.0)
    assert ligand_length(chain) == pytest.approx(1.672e-9)
    assert ligand_length(replaced(chain, ligand_length=1e-9)) == 1e-9


def test_what_stands_on_a_site_counts_the_native_partner_that_stays() -> None:
    assert on_a_site(ligand("zwitterion"), 1.0, 2.0, 3.0) == 1.0
    assert on_a_site(ligand("sulfonic acid"), 1.0, 2.0, 3.0) == 2.0
    assert on_a_site(ligand("quaternary ammonium halide"), 1.0, 2.0, 3.0) == 1.5


def test_volume_of_a_liquid_thiol_counts() -> None:
    liquid = replaced(ligand("thiol"), density=840.0)
    assert early(liquid, 1e-3, parameters()).volume == pytest.approx(
        synthesise(recipe(), parameters()).volume + 0.2e-3 / 840.0, rel=1e-9
    )


@pytest.mark.parametrize("role", ["zwitterion", "phosphonic acid"])
def test_a_soluble_ligand_alone_covers_the_dots(role: str) -> None:
    """A pot with neither carboxylic acid nor amine: all that stands on the dots is the ligand that was put in."""
    cesium = Chemical("CsI", "CsI", "cesium source", 0.2598, cation_count=1.0, halide="I", halide_count=1.0)
    own = ligand(role)
    steps = (*BEFORE_LIGAND[:3], add("ours", amount=2e-3), BEFORE_LIGAND[6], add("CsI", amount=0.11e-3), COOL)
    flask = synthesise(recipe(pot=steps, chemicals=CHEMICALS | {"ours": own, "CsI": cesium}), parameters())
    assert flask.survived
    crude = flask.samples[0]
    assert flask.edge_length > 2.0 * parameters().nucleus_length
    assert crude.coverage_native == 0.0
    assert crude.coverage_short > 0.9
    assert flask.amounts["short ligand on dots"] == pytest.approx(flask.sites * crude.coverage_short, rel=1e-9)
    assert flask.short_ligand_length == own.ligand_length


@settings(max_examples=30, deadline=None)
@given(short=st.floats(0.0, 1.0), free=st.floats(0.0, 1e-4), factor=st.floats(0.3, 3.0))
def test_growth_and_shrinkage_conserve_the_short_ligand(short: float, free: float, factor: float) -> None:
    numbers = parameters()
    before = replaced(nucleate(Seed(1e-4, numbers.formula_volume), 1e-3, numbers, 5), born=5)
    surface = Surface(native=0.9 * (1.0 - short), short=short, bare=0.1 * (1.0 - short), halide_vacancies=0.0)
    colloid = Colloid(before, surface, short_ligand=free)
    after = with_crystals(colloid, replaced(before, length=factor * before.length), numbers)

    def whole(found: Colloid) -> float:
        return found.short_ligand + surface_sites(found.crystals, numbers) * found.surface.short

    assert whole(after) == pytest.approx(whole(colloid), rel=1e-12, abs=1e-20)
    assert after.surface.native + after.surface.short + after.surface.bare == pytest.approx(1.0, abs=1e-12)
    assert min(after.surface.native, after.surface.short, after.surface.bare) >= -1e-15
