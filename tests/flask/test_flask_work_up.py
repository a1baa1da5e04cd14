"""Washing, redispersing, late injections, and the samples they leave."""

import math

import pytest
from flask_bench import (
    FIRST_WASH,
    ML,
    REDISPERSED,
    SECOND_WASH,
    WORK_UP,
    ligand_stock,
    parameters,
    post_synthesis,
    recipe,
    treated,
)

from halodot.flask import synthesise
from halodot.flask.washing import antisolvent_ratio
from halodot.states import Step, replaced


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
    flask = synthesise(recipe(work_up=(*WORK_UP, *(12 * (REDISPERSED, SECOND_WASH)))), parameters())
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
