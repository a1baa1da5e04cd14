"""Washing, redispersing, late injections, and the samples they leave."""

import math

import numpy as np
import pytest
from flask_bench import (
    CELSIUS,
    CHEMICALS,
    FIRST_WASH,
    ML,
    MMOL,
    REDISPERSED,
    SECOND_WASH,
    WORK_UP,
    add,
    inject,
    ligand_stock,
    parameters,
    post_synthesis,
    recipe,
    treated,
)

from halodot.errors import ValidityError
from halodot.flask import synthesise
from halodot.flask.batch import batch_of, with_native
from halodot.flask.pot import run_pot
from halodot.flask.separation import centrifugal_force, sedimented_share
from halodot.flask.washing import antisolvent_ratio, stripping_ratio
from halodot.states import Chemical, Recipe, Step, replaced


def test_the_two_washes_are_4_and_12_volumes() -> None:
    assert antisolvent_ratio(FIRST_WASH, 11.2 * ML) == 4.0
    assert antisolvent_ratio(SECOND_WASH, 1.0 * ML) == pytest.approx(12.0)


def test_samples_are_indexed_by_washes_and_know_their_solvent() -> None:
    samples = synthesise(recipe(), parameters()).samples
    assert [sample.washes for sample in samples] == [0, 1, 2]
    assert [sample.antisolvent_ratio for sample in samples] == pytest.approx([0.0, 4.0, 16.0])
    assert [sample.solvent for sample in samples] == ["1-octadecene", "hexane", "octane"]


def test_coverages_add_up_in_every_sample() -> None:
    for dose in (0.1, 0.2, 0.3):
        for sample in synthesise(treated(dose), parameters()).samples:
            total = sample.coverage_native + sample.coverage_short + sample.coverage_bare
            assert total == pytest.approx(1.0, abs=1e-14)


def test_washing_of_the_control_follows_the_exponential_law() -> None:
    crude, once, twice = synthesise(recipe(), parameters()).samples
    rate = parameters().native_wash_loss
    assert once.coverage_native == pytest.approx(crude.coverage_native * math.exp(-4.0 * rate), rel=1e-12)
    assert twice.coverage_native == pytest.approx(crude.coverage_native * math.exp(-16.0 * rate), rel=1e-9)


def test_a_third_wash_lowers_the_coverage_less_so_with_short_ligand() -> None:
    losses = []
    for base in (recipe(), treated(0.2)):
        third = synthesise(replaced(base, work_up=(*WORK_UP, SECOND_WASH)), parameters()).samples
        assert third[3].coverage_bare > third[2].coverage_bare
        losses.append(third[3].coverage_bare - third[2].coverage_bare)
    assert losses[1] < 0.6 * losses[0]


def test_excessive_washing_decomposes_the_dots_with_a_reason() -> None:
    flask = synthesise(recipe(work_up=(*WORK_UP, *(12 * (SECOND_WASH, REDISPERSED)))), parameters())
    assert not flask.survived
    assert flask.samples == ()
    assert flask.reason is not None
    assert "washing left ligands on" in flask.reason


def test_without_a_work_up_there_is_the_crude_solution() -> None:
    flask = synthesise(recipe(work_up=()), parameters())
    assert [sample.washes for sample in flask.samples] == [0]


def test_a_late_injection_without_acid_costs_only_what_its_polar_liquid_takes() -> None:
    plain = synthesise(recipe(), parameters())
    late = synthesise(post_synthesis(ligand_stock()), parameters())
    assert late.survived
    expected = plain.samples[1].coverage_native * math.exp(-parameters().native_wash_loss * 1.0)
    assert late.samples[1].coverage_native == pytest.approx(expected, rel=1e-12)
    # the wash after it is per volume of a dispersion that is now twice as large
    assert late.samples[2].antisolvent_ratio == pytest.approx(4.0 + 6.0)


def test_acid_in_the_crude_solution_still_meets_the_amine() -> None:
    crude = recipe(work_up=(Step("inject", "ligand"), *WORK_UP))
    flask = synthesise(replaced(crude, stocks=dict(crude.stocks) | {"ligand": ligand_stock(0.2, 1.5)}), parameters())
    assert flask.survived
    assert flask.stripped_fraction == pytest.approx(synthesise(treated(0.2), parameters()).stripped_fraction, rel=0.05)


def test_undissolved_ligand_is_centrifuged_off_but_not_forgotten() -> None:
    flask = synthesise(recipe(ligand_stock(0.2)), parameters())
    assert flask.undissolved_ligand == pytest.approx(0.2e-3)
    late = recipe(work_up=(WORK_UP[0], Step("inject", "acid"), *WORK_UP[1:]))
    both = replaced(
        late,
        stocks=dict(late.stocks) | {"ligand": ligand_stock(0.2), "acid": ligand_stock(acid=0.05)},
        pot=recipe(ligand_stock(0.2)).pot,
    )
    assert synthesise(both, parameters()).undissolved_ligand == pytest.approx(0.2e-3)


def test_esters_are_the_unit_and_polar_and_protic_liquids_strip_more() -> None:
    def ratio(name: str, polarity: float, permittivity: float = math.nan) -> float:
        liquid = Chemical(name, "", "solvent", 0.1, reichardt_polarity=polarity, relative_permittivity=permittivity)
        step = Step("wash", antisolvents=((name, 3.0),), per_dispersion=True)
        return stripping_ratio(step, ML, {name: liquid}, parameters())

    esters = [ratio("methyl acetate", 0.253), ratio("ethyl acetate", 0.228), ratio("ether", 0.117)]
    assert esters == [3.0, 3.0, 3.0]
    acetone, propanol, ethanol = ratio("acetone", 0.355), ratio("2-propanol", 0.546), ratio("ethanol", 0.654)
    assert 3.0 < acetone < propanol < ethanol
    # acetone and acetonitrile by their permittivity, where the polarity is not known
    assert ratio("acetone", math.nan, 21.0) == pytest.approx(acetone, rel=0.3)
    assert ratio("acetonitrile", math.nan, 36.6) == pytest.approx(ratio("acetonitrile", 0.460), rel=0.3)


def test_single_dots_sediment_by_stokes_law() -> None:
    hexane = {"hexane": ML}
    length = np.array([5e-9, 10e-9, 20e-9])
    spin = Step("centrifuge", centrifugal_force=8000.0, duration=300.0)
    share = sedimented_share(length, spin, hexane, CHEMICALS, parameters())
    # worked out by hand for 10 nm: 4.8 g/mL in 0.655 g/mL and a shell of 1.5 nm, R 8.07 nm, 0.30 mPa s: 0.137 mm/min
    assert share[1] * parameters().sedimentation_height / 300.0 == pytest.approx(7.7e-6, rel=0.1)
    assert np.all(np.diff(share) > 0.0)
    assert share[0] < 0.05
    twice = sedimented_share(length, replaced(spin, duration=600.0), hexane, CHEMICALS, parameters())
    assert twice[0] == pytest.approx(2.0 * share[0])
    pot = sedimented_share(length, spin, {"1-octadecene": ML}, CHEMICALS, parameters())
    assert pot[0] == pytest.approx(share[0] / 13.0, rel=0.2)
    # 5000 rpm at 8 cm are 2236 times gravity
    turning = Step("centrifuge", rotation=5000 * 2 * math.pi / 60, duration=300.0)
    assert centrifugal_force(turning, parameters()) == pytest.approx(2236, rel=0.01)


def with_step(*steps: Step, at: int = 1) -> Recipe:
    return recipe(work_up=(*WORK_UP[:at], *steps, *WORK_UP[at:]))


def test_a_hard_spin_takes_the_largest_dots_with_the_pellet() -> None:
    plain = synthesise(recipe(), parameters())
    spun = synthesise(with_step(Step("centrifuge", centrifugal_force=2e4, duration=1800.0), at=3), parameters())
    assert 0.1 * plain.dots < spun.dots < 0.95 * plain.dots
    assert spun.edge_length < plain.edge_length
    assert any("go with the pellet" in note.text for note in spun.notes)


@pytest.mark.parametrize(
    ("step", "at", "said"),
    [
        (Step("centrifuge", centrifugal_force=1e6, duration=3600.0), 3, "all dots sediment"),
        (Step("centrifuge", centrifugal_force=100.0, duration=60.0, keep="solid"), 3, "keep the liquid, or wash first"),
        (Step("centrifuge", centrifugal_force=8000.0, duration=60.0, keep="liquid"), 2, "the dots are a precipitate"),
        (Step("filter", pore=5e-9), 3, "hold back dots"),
        (Step("heat", temperature=100 + CELSIUS, duration=60.0), 3, "hexane boils at 69 degC"),
        (Step("wash", antisolvents=(("ethyl acetate", ML),)), 2, "redisperse the precipitate first"),
    ],
    ids=lambda value: value.kind if isinstance(value, Step) else str(value),
)
def test_throwing_the_dots_away_is_an_error(step: Step, at: int, said: str) -> None:
    with pytest.raises(ValidityError, match=said):
        synthesise(with_step(step, at=at), parameters())


def test_standing_hot_grows_the_dots_and_longer_ripens_them() -> None:
    plain = synthesise(recipe(), parameters())
    minutes = synthesise(with_step(Step("hold", temperature=100 + CELSIUS, duration=600.0)), parameters())
    day = synthesise(with_step(Step("hold", temperature=200 + CELSIUS, duration=86400.0)), parameters())
    assert plain.edge_length < minutes.edge_length < day.edge_length
    assert day.dots < minutes.dots == pytest.approx(plain.dots)


def test_acid_that_arrives_slowly_etches_less_beside_amine() -> None:
    retained = []
    for time in (math.nan, 60.0, 600.0):
        step = inject("hydroiodic acid", amount=0.2 * MMOL, addition_time=time)
        retained.append(synthesise(with_step(step), parameters()).material_retained)
    assert retained[0] < retained[1] < retained[2] < 1.0


def test_pairs_that_are_added_to_clean_dots_adsorb() -> None:
    clean = synthesise(recipe(work_up=WORK_UP[:3]), parameters()).samples[-1]
    ligand = (add("oleic acid", amount=0.5 * MMOL), add("oleylamine", amount=0.5 * MMOL), add("octane", volume=ML))
    base = recipe(work_up=(*WORK_UP[:3], inject("pairs")))
    fed = synthesise(replaced(base, stocks=dict(base.stocks) | {"pairs": ligand}), parameters())
    assert fed.samples[-1].coverage_native > clean.coverage_native
    assert fed.samples[-1].coverage_bare < 0.5 * clean.coverage_bare
    assert fed.notes == ()


def test_amine_and_acid_that_are_added_pair_by_mass_action() -> None:
    pot = run_pot(recipe(), parameters())
    before = batch_of(pot, parameters())
    after = with_native(before, 1.0 * MMOL, 2.0 * MMOL, parameters())
    held = after.pool.pairs - before.pool.pairs
    assert after.pool.free_amine - before.pool.free_amine == pytest.approx(1.0 * MMOL - held)
    assert after.free_acid - before.free_acid == pytest.approx(2.0 * MMOL - held)
    free = after.pool.free_amine * after.free_acid / after.volume
    assert after.pool.pairs == pytest.approx(parameters().pair_constant * free)


def test_drying_leaves_a_solid_that_is_redispersed_as_it_was() -> None:
    dried = with_step(Step("dry", duration=60.0), Step("redisperse", "hexane", volume=ML), at=3)
    assert [sample.coverage_bare for sample in synthesise(dried, parameters()).samples] == pytest.approx(
        [sample.coverage_bare for sample in synthesise(recipe(), parameters()).samples]
    )


def test_bromide_that_is_added_late_goes_into_the_dots() -> None:
    salt = Chemical("oleylammonium bromide", "C18H38BrN", "ammonium halide", 348.4e-3, halide="Br", halide_count=1.0)
    fed = recipe(work_up=(*WORK_UP[:3], inject(salt.name, amount=0.05 * MMOL)), chemicals=CHEMICALS | {salt.name: salt})
    halides = synthesise(fed, parameters()).halides
    assert 0.0 < halides["Br"] < 1.0
    assert halides["Br"] + halides["I"] == pytest.approx(1.0)


def test_an_exchange_of_halides_in_the_work_up_is_noted_at_its_step() -> None:
    salt = Chemical("oleylammonium bromide", "C18H38BrN", "ammonium halide", 348.4e-3, halide="Br", halide_count=1.0)
    late = replaced(inject(salt.name, amount=0.05 * MMOL), where="recipe.work_up[3]")
    fed = recipe(work_up=(*WORK_UP[:3], late), chemicals=CHEMICALS | {salt.name: salt})
    notes = [note for note in synthesise(fed, parameters()).notes if "exchange their halides" in note.text]
    assert [note.where for note in notes] == ["recipe.work_up[3]"]


def test_salts_weighed_in_before_the_liquid_nucleate_in_the_liquid() -> None:
    cesium = Chemical("CsI", "CsI", "cesium source", 259.81e-3, cation_count=1.0, halide="I", halide_count=1.0)
    known = CHEMICALS | {"CsI": cesium}
    liquids = (
        inject("1-octadecene", volume=5 * ML),
        inject("oleic acid", volume=ML),
        inject("oleylamine", volume=ML),
        Step("heat", temperature=165.0 + CELSIUS, duration=10.0),
    )
    salts = (inject("CsI", amount=0.05 * MMOL), inject("PbI2", amount=0.2 * MMOL))
    with pytest.raises(ValidityError, match="heat-up synthesis"):
        synthesise(recipe(pot=(*salts, *liquids), work_up=(), chemicals=known), parameters())
    with pytest.raises(ValidityError, match="no liquid"):
        synthesise(recipe(pot=(*salts, liquids[-1]), work_up=(), chemicals=known), parameters())


def test_a_stock_for_a_bath_of_films_is_not_held_to_the_flask() -> None:
    water = Chemical("water", "H2O", "solvent", 18e-3, density=998.0, relative_permittivity=80.1)
    base = recipe(chemicals=CHEMICALS | {"water": water})
    bath = replaced(
        base, stocks=dict(base.stocks) | {"bath": (add("water", volume=ML),)}, film=(Step("dip", "bath", where="f"),)
    )
    (note,) = synthesise(bath, parameters()).notes
    assert (note.kind, note.where) == ("not followed", "f")
