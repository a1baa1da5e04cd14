"""What a chemist expects of recipes that the paper does not have, and balances that no recipe may break."""

import math
from typing import Any

import numpy as np
import pytest
from flask_bench import (
    BEFORE_LIGAND,
    CELSIUS,
    CHEMICALS,
    COOL,
    FIRST_WASH,
    ML,
    MMOL,
    REDISPERSED,
    SECOND_WASH,
    WORK_UP,
    add,
    changed,
    ligand_stock,
    parameters,
    post_synthesis,
    recipe,
    treated,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from perovskites import HALIDES

import halodot
from halodot.errors import ValidityError
from halodot.flask import interpretation_effects, synthesise, with_effects
from halodot.states import Chemical, Flask, Recipe, Step, replaced

SALT = Chemical("oleylammonium iodide", "C18H38IN", "ammonium halide", 395.413e-3, 0.98, halide="I", halide_count=1.0)
WITH_SALT = CHEMICALS | {SALT.name: SALT}


def run(made: Recipe, **changes: Any) -> Flask:
    return synthesise(made, changed(**changes))


def salt_only(amount: float) -> Recipe:
    stock = (add(SALT.name, amount=amount * MMOL), *ligand_stock())
    return recipe(stock, chemicals=WITH_SALT)


def with_amine(made: Recipe, volume: float) -> Recipe:
    pot = tuple(replaced(step, volume=volume) if step.material == "oleylamine" else step for step in made.pot)
    return replaced(made, pot=pot)


def test_a_third_wash_costs_both_coverage_and_the_chelate_less() -> None:
    more = (*WORK_UP[:4], REDISPERSED, SECOND_WASH)
    control, dots = (run(replaced(made, work_up=more)) for made in (recipe(), treated(0.2)))
    for flask in (control, dots):
        bare = [sample.coverage_bare for sample in flask.samples]
        assert bare == sorted(bare)
        assert len(bare) == 4
    lost = [flask.samples[3].coverage_bare - flask.samples[2].coverage_bare for flask in (control, dots)]
    assert lost[1] < 0.5 * lost[0]


def test_half_the_antisolvent_leaves_more_ligand() -> None:
    half = Step("wash", antisolvents=(("ethyl acetate", 0.5), ("methyl acetate", 1.5)), per_dispersion=True)
    gentle = tuple(half if step is FIRST_WASH else step for step in WORK_UP)
    for made in (recipe(), treated(0.2)):
        assert run(replaced(made, work_up=gentle)).samples[-1].coverage_bare < run(made).samples[-1].coverage_bare


def test_dots_grow_within_the_first_seconds_and_then_no_more() -> None:
    """As in published series from a nominal second to 40 s, doi:10.1039/C5NR09127F."""

    def edge_length(seconds: float) -> float:
        steps = tuple(replaced(step, duration=seconds) if step.kind == "hold" else step for step in BEFORE_LIGAND)
        return run(recipe(pot=(*steps, replaced(COOL, temperature=285.15)))).edge_length

    assert edge_length(0.2) < edge_length(2.0) < edge_length(40.0) < 1.1 * edge_length(2.0)


def test_dots_survive_a_little_acid_without_short_ligand() -> None:
    """The same dose that kills with the amine of the recipe is survived in an excess of amine."""
    made = recipe(ligand_stock(acid=0.3))
    assert not run(made).survived
    saved = run(with_amine(made, 3.0 * ML))
    assert saved.survived
    assert saved.stripped_fraction < 0.06
    assert run(recipe(ligand_stock(acid=0.05))).survived


def test_a_strong_acid_that_does_not_coordinate_still_strips() -> None:
    iodide, other = (run(recipe(ligand_stock(0.2, 1.5, acid_name=name))) for name in ("hydroiodic acid", BORON))
    assert other.stripped_fraction == pytest.approx(iodide.stripped_fraction, rel=1e-3)  # their volumes differ
    assert other.amounts["alkylammonium halide"] == pytest.approx(run(recipe()).amounts["alkylammonium halide"])
    assert other.samples[0].coverage_bare > iodide.samples[0].coverage_bare  # iodide heals what it tore
    alone = run(recipe(ligand_stock(acid=0.3, acid_name=BORON)))
    assert not alone.survived


BORON = "tetrafluoroboric acid"


def test_ammonium_iodide_brings_iodide_and_no_proton() -> None:
    flask, ester = run(salt_only(0.3)), run(recipe(ligand_stock()))
    assert flask.stripped_fraction == 0.0
    assert flask.excess_acid == 0.0
    assert flask.amounts["iodide"] - ester.amounts["iodide"] == pytest.approx(0.3 * MMOL)
    assert flask.amounts["amine"] - ester.amounts["amine"] == pytest.approx(0.3 * MMOL)
    assert flask.free_amine == pytest.approx(ester.free_amine, rel=1e-9)
    gained = flask.amounts["alkylammonium halide"] - ester.amounts["alkylammonium halide"]
    assert gained == pytest.approx(0.3 * MMOL, rel=1e-6)


def test_three_runs_tell_the_causes_of_smaller_dots_apart() -> None:
    """Each cause switched on alone shrinks the dots in its own experiment only."""
    runs = {
        "acid": treated(0.2),
        "ester": recipe(ligand_stock()),
        "salt": salt_only(0.3),
        "boron": recipe(ligand_stock(0.2, 1.5, acid_name=BORON)),
    }

    def lengths(causes: str, **numbers: float) -> dict[str, float]:
        return {name: run(made, size_causes=causes, **numbers).edge_length * 1e9 for name, made in runs.items()}

    none = lengths("none")
    assert max(none.values()) - min(none.values()) < 0.05
    iodide = lengths("iodide", iodide_exponent=0.15)
    assert iodide["salt"] < none["salt"] - 0.3
    assert iodide["boron"] > iodide["acid"] + 0.3
    etching = lengths("etching")
    assert etching["salt"] == pytest.approx(none["salt"], abs=1e-9)
    assert etching["boron"] == pytest.approx(etching["acid"], abs=0.02)
    assert etching["boron"] < none["boron"] - 0.2
    arrest = lengths("arrest")
    assert arrest["salt"] == pytest.approx(none["salt"], abs=1e-9)
    assert arrest["acid"] < none["acid"]


def test_an_unknown_cause_is_refused() -> None:
    with pytest.raises(ValidityError, match="size_causes"):
        run(recipe(), size_causes="iodide magic")


@pytest.mark.parametrize("study", ["ethyl-acetate-only", "oleylammonium-iodide", "tetrafluoroboric-acid"])
def test_the_discriminating_experiments_run(study: str) -> None:
    loaded = halodot.load(study)
    assert loaded.recipe is not None
    assert loaded.flask is not None
    assert synthesise(loaded.recipe, loaded.flask, loaded.perovskite).survived


def test_bromide_that_is_injected_goes_into_the_dots_in_proportion() -> None:
    bromide = replaced(SALT, halide="Br")
    made = recipe((add(SALT.name, amount=0.3 * MMOL), *ligand_stock()), chemicals=CHEMICALS | {SALT.name: bromide})
    numbers = HALIDES
    plain, mixed = synthesise(recipe(ligand_stock()), parameters(), numbers), synthesise(made, parameters(), numbers)
    share = 0.3 * MMOL / (mixed.amounts["iodide"] + mixed.amounts["bromide"])
    assert mixed.halides == pytest.approx({"Br": share, "I": 1.0 - share}, rel=1e-9)
    assert any("exchange their halides" in note.text for note in mixed.notes)
    # fewer and smaller ions in the same cells: the edge shrinks as the lattice does, by Vegard's law
    lengths = [getattr(numbers, f"{word}_formula_volume") ** (1.0 / 3.0) for word in ("bromide", "iodide")]
    lattice = (share * lengths[0] + (1.0 - share) * lengths[1]) / lengths[1]
    assert mixed.dots == pytest.approx(plain.dots, rel=1e-9)
    assert mixed.edge_length / plain.edge_length == pytest.approx(lattice, rel=0.02)


def test_chloride_and_iodide_form_no_mixed_dots() -> None:
    chloride = replaced(SALT, halide="Cl")
    made = recipe((add(SALT.name, amount=0.3 * MMOL), *ligand_stock()), chemicals=CHEMICALS | {SALT.name: chloride})
    with pytest.raises(ValidityError, match="form no mixed"):
        synthesise(made, parameters(), HALIDES)


def test_sizes_of_the_flask() -> None:
    flask = run(treated(0.2))
    assert flask.size.size == flask.size_share.size == 300
    assert flask.size_share.sum() == pytest.approx(1.0, rel=1e-12)
    assert float(flask.size @ flask.size_share) == pytest.approx(flask.edge_length, rel=1e-12)
    assert np.sqrt(flask.size_share @ (flask.size - flask.edge_length) ** 2) < flask.edge_length_spread
    assert synthesise(treated(0.2), parameters(), bins=50).size.size == 50
    lost = run(post_synthesis(ligand_stock(0.2, 1.5)))
    assert lost.size.size == 0


def test_the_pot_in_time_is_reported() -> None:
    flask = run(treated(0.2))
    assert np.all(np.diff(flask.recipe_time) >= 0.0)
    assert flask.pot_temperature.max() == pytest.approx(150.0 + CELSIUS)
    assert flask.pot_volume[-1] == flask.volume
    assert flask.pot_polar_fraction[-1] == pytest.approx(flask.polar_fraction)
    assert flask.pot_water[-1] == pytest.approx(flask.amounts["water"])


def test_every_alternative_reading_has_an_effect() -> None:
    flask, effects = run(treated(0.2)), interpretation_effects(treated(0.2), parameters())
    told = with_effects(flask, effects)
    assert all(item.effect for item in told.interpretations)
    found = {(effect.name, effect.alternative): effect for effect in effects}
    listed = {(item.name, text) for item in flask.interpretations for text in item.alternatives}
    assert set(found) == listed
    by_mass = found["1.5 times hydroiodic acid", "by mass"]
    assert by_mass.edge_length > 0.2e-9  # no excess of acid, no etching
    assert found["free amine", "half as much"].edge_length < 0.0 < found["free amine", "twice as much"].edge_length
    expected = run(treated(0.2), volatile_retained=1.0).edge_length - flask.edge_length
    assert found["ethyl acetate that stays in the hot pot", "all of it"].edge_length == pytest.approx(expected)


def test_the_dose_of_the_acid_decides_whether_dots_survive() -> None:
    effects = {
        effect.alternative: effect
        for effect in interpretation_effects(recipe(ligand_stock(acid=0.3)), parameters())
        if "without short ligand" in effect.name
    }
    assert [effect.survived for effect in effects.values()] == [True, True, False]
    assert all(math.isnan(effect.edge_length) for effect in effects.values())


amounts = st.one_of(st.just(0.0), st.floats(1e-3, 0.6))


@settings(max_examples=50, deadline=None)
@given(
    dose=amounts,
    acid=amounts,
    salt=amounts,
    acid_name=st.sampled_from(["hydroiodic acid", BORON]),
    amine=st.floats(0.5, 4.0),
    carboxylic=st.floats(0.2, 3.0),
    hydrolysed=st.floats(0.0, 0.1),
    retained=st.floats(0.0, 1.0),
    hold=st.floats(0.0, 60.0),
    late=st.booleans(),
)
def test_mass_charge_and_sites_balance_for_any_recipe(
    dose: float, acid: float, salt: float, acid_name: str, amine: float, carboxylic: float, hydrolysed: float,
    retained: float, hold: float, late: bool,
) -> None:  # fmt: skip
    stock = (*ligand_stock(dose, acid=acid, acid_name=acid_name), add(SALT.name, amount=salt * MMOL))
    made = with_amine((post_synthesis if late else recipe)(stock), amine * ML)
    pot = tuple(replaced(step, volume=carboxylic * ML) if step.material == "oleic acid" else step for step in made.pot)
    pot = tuple(replaced(step, duration=hold) if step.kind == "hold" else step for step in pot)
    made = replaced(made, pot=pot, chemicals=WITH_SALT)
    flask = run(made, ester_hydrolysed=hydrolysed, volatile_retained=retained)
    held, from_pot = flask.amounts, 0.0 if late else 1.0
    if flask.reason and "without enough ion pairs" in flask.reason:
        return
    # charge: every proton and every iodide is somewhere
    assert held["strong acid"] == pytest.approx(from_pot * acid * MMOL, rel=1e-9, abs=1e-18)
    protons = held["protons on amine"] + held["protons on dots"] + held["strong acid, left"]
    if not late:
        assert protons + held["short ligand, dissolved"] == pytest.approx(held["strong acid"], rel=1e-9, abs=1e-15)
    brought = (acid if acid_name == "hydroiodic acid" else 0.0) + salt
    iodide = 2.0 * (held["lead"] + held["other metals"]) + from_pot * brought * MMOL
    assert held["iodide"] == pytest.approx(iodide, rel=1e-12)
    # mass: amine, acid and short ligand in all their forms; the dots hold no more than the limiting ion allows
    salts = from_pot * salt * MMOL + (held["protons on amine"] + held["protons on dots"] if not late else 0.0)
    pairs = held["ion pairs, free"] + held["ion pairs on dots"]
    assert held["free amine"] + pairs + salts == pytest.approx(held["amine"], rel=1e-8)
    assert pairs <= held["carboxylic acid"] * (1.0 + 1e-12)
    assert held["perovskite in dots"] <= min(held["cesium"], held["lead"], held["iodide"] / 3.0) * (1.0 + 1e-9)
    assert held["short ligand on dots"] <= max(held["short ligand, dissolved"], 0.0) * (1.0 + 1e-9) + 1e-18
    assert flask.undissolved_ligand <= dose * MMOL * (1.0 + 1e-9)
    # sites
    for sample in flask.samples:
        shares = (sample.coverage_native, sample.coverage_short, sample.coverage_bare)
        assert sum(shares) == pytest.approx(1.0, abs=1e-12)
        assert min(shares) >= 0.0
    assert flask.survived == (flask.reason is None) == bool(flask.samples)
