"""Who gets the protons, in the limits where the answer is known; and sites that always add up to one."""

import math

import pytest
from flask_bench import changed, parameters
from flask_limits import surface_at_equilibrium, uptake_without_filling
from hypothesis import given, settings
from hypothesis import strategies as st

from halodot.flask.acid_base import Pool
from halodot.flask.proton_uptake import proton_dose
from halodot.flask.surface import (
    LigandBudget,
    ProtonUptake,
    Surface,
    covered_by_pool,
    exchange_equilibrium,
    material_retained,
    wash,
)
from halodot.states import replaced

COVERED = Surface(native=1.0, short=0.0, bare=0.0, halide_vacancies=0.0)
SITES = 7e-5
shares = st.floats(0.0, 1.0)


def uptake(
    acid: float, amine: float, ligand: float = 0.0, pairs: float = 0.0, surface: Surface = COVERED, **numbers: float
) -> ProtonUptake:
    return uptake_without_filling(surface, acid, ligand, SITES, Pool(free_amine=amine, pairs=pairs), changed(**numbers))


def liquid(ligand: float, reservoir: bool = True, pairs: float = 4.9e-3, halide: float = 5e-4) -> LigandBudget:
    return LigandBudget(
        short_ligand=ligand, pairs=pairs, alkylammonium_halide=halide, volume=1.2e-5, reservoir=reservoir
    )


def test_without_amine_all_acid_strips_up_to_the_number_of_sites() -> None:
    for share in (0.1, 0.5, 0.99):
        found = uptake(share * SITES, 0.0)
        assert found.stripped_fraction == pytest.approx(share, rel=1e-10)
        assert found.unreacted == 0.0
    flooded = uptake(3.0 * SITES, 0.0)
    assert flooded.stripped_fraction == 1.0
    assert flooded.unreacted == pytest.approx(2.0 * SITES, rel=1e-12)


def test_with_much_amine_nothing_is_stripped() -> None:
    found = uptake(1e-4, 1e3)
    assert found.stripped_fraction == pytest.approx(parameters().proton_selectivity * 1e-4 / 1e3, rel=1e-6)
    assert found.to_amine == pytest.approx(1e-4, rel=1e-6)


def test_equal_rates_share_the_protons_by_amount() -> None:
    found = uptake(1e-4, 4e-4, proton_selectivity=1.0)
    assert found.stripped_fraction == pytest.approx(1e-4 / (4e-4 + SITES), rel=1e-12)
    assert found.to_amine / found.to_surface == pytest.approx(4e-4 / SITES, rel=1e-12)


@pytest.mark.parametrize(("acid", "share"), [(0.05e-3, 0.025), (0.1e-3, 0.053), (0.15e-3, 0.084)])
def test_the_worked_example_of_a_selectivity_of_one_fifth(acid: float, share: float) -> None:
    # 0.4 mmol of amine, 0.085 mmol of sites: u = 0.13, 0.27, 0.44 by hand
    pool = Pool(free_amine=0.4e-3, pairs=0.0)
    found = uptake_without_filling(COVERED, acid, 0.0, 0.085e-3, pool, changed(proton_selectivity=0.2))
    assert found.stripped_fraction == pytest.approx(share, abs=0.001)


@settings(max_examples=60, deadline=None)
@given(
    acid=st.floats(1e-9, 5e-3),
    amine=st.floats(0.0, 2e-3),
    pairs=st.floats(0.0, 6e-3),
    ligand=st.floats(0.0, 1e-3),
    selectivity=st.floats(1e-3, 5.0),
    sink=st.floats(1e-4, 0.5),
    bare=st.floats(0.0, 0.5),
)
def test_proton_uptake_conserves_protons(
    acid: float, amine: float, pairs: float, ligand: float, selectivity: float, sink: float, bare: float
) -> None:
    surface = Surface(native=1.0 - bare, short=0.0, bare=bare, halide_vacancies=0.3 * bare)
    found = uptake(acid, amine, ligand, pairs, surface=surface, proton_selectivity=selectivity, ion_pair_sink=sink)
    total = found.to_amine + found.to_pairs + found.to_surface + found.unreacted
    assert total == pytest.approx(acid, rel=1e-11)
    assert 0.0 <= found.stripped_fraction <= 1.0
    assert 0.0 <= found.open_fraction <= 1.0


def test_more_amine_means_less_stripping_and_more_acid_more() -> None:
    by_amine = [uptake(1e-4, amine, 2e-4).stripped_fraction for amine in (0.1e-3, 0.2e-3, 0.4e-3, 0.8e-3)]
    assert by_amine == sorted(by_amine, reverse=True)
    assert by_amine[1] / by_amine[3] > 2.0
    by_acid = [uptake(acid, 4e-4, 2e-4).stripped_fraction for acid in (0.0, 0.5e-4, 1e-4, 2e-4)]
    assert by_acid == sorted(by_acid)
    assert by_acid[0] == 0.0


@pytest.mark.parametrize("ligand", [0.0, 1e-6, 2e-4, 0.3e-4 * 2.0])
def test_the_closed_forms_solve_their_differential_equations(ligand: float) -> None:
    numbers = parameters()
    surface = Surface(native=0.9, short=0.0, bare=0.1, halide_vacancies=0.04)
    found = uptake_without_filling(surface, 1e-4, ligand, SITES, Pool(3e-4, 4e-3), numbers)
    healing = numbers.healing_ratio * ligand / 1e-4
    steps = 20000
    step = found.proton_dose / steps
    native, opened, integral = 0.9, 0.06, 0.0
    for _ in range(steps):
        middle_native = native * math.exp(-0.5 * step * numbers.proton_selectivity)
        middle = opened + 0.5 * step * (numbers.proton_selectivity * native - healing * opened)
        opened += step * (numbers.proton_selectivity * middle_native - healing * middle)
        integral += step * middle
        native *= math.exp(-step * numbers.proton_selectivity)
    assert found.open_fraction == pytest.approx(opened, rel=1e-5)
    assert found.open_site_dose == pytest.approx(integral, rel=1e-5)
    assert 1.0 - native / 0.9 == pytest.approx(found.stripped_fraction, rel=1e-9)


def test_healing_at_the_rate_of_opening_is_no_special_case() -> None:
    at = [uptake(1e-4, 4e-4, 1e-4, healing_ratio=0.3 * (1.0 + shift)).open_site_dose for shift in (-1e-4, 0.0, 1e-4)]
    assert at[1] == pytest.approx(0.5 * (at[0] + at[2]), rel=1e-7)
    assert at[0] > at[1] > at[2]


def test_short_ligand_protects_and_excess_acid_dissolves() -> None:
    kept = [material_retained(uptake(3e-4, 4e-4, ligand), parameters()) for ligand in (0.0, 1e-4, 1e-3)]
    assert kept == sorted(kept)
    assert material_retained(uptake(1e-3, 0.0), parameters()) == 0.0
    assert material_retained(uptake(0.0, 4e-4), parameters()) == 1.0
    assert material_retained(uptake(1e-3, 0.0), changed(etching=0.0)) == 1.0


@settings(max_examples=30, deadline=None)
@given(
    amounts=st.tuples(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(1e-8, 1.0)),
    rate=st.floats(1e-3, 10.0),
    share=st.floats(1e-6, 0.999999),
)
def test_the_proton_dose_solves_the_proton_balance(amounts: tuple[float, ...], rate: float, share: float) -> None:
    acid = share * sum(amounts)
    dose = proton_dose(acid, *amounts, rate, rate**2)
    taken = sum(-amount * math.expm1(-speed * dose) for amount, speed in zip(amounts, (1.0, rate, rate**2)))
    assert taken == pytest.approx(acid, rel=1e-10)


@settings(max_examples=60, deadline=None)
@given(
    acid=st.floats(0.0, 1e-3),
    ligand=st.floats(0.0, 1e-3),
    pairs=st.floats(0.0, 6e-3),
    short=shares,
    bare=shares,
    halide_vacancies=shares,
    reservoir=st.booleans(),
    constant=st.floats(0.1, 500.0),
)
def test_sites_and_short_ligand_add_up(
    acid: float,
    ligand: float,
    pairs: float,
    short: float,
    bare: float,
    halide_vacancies: float,
    reservoir: bool,
    constant: float,
) -> None:
    surface = Surface(
        native=(1.0 - bare) * (1.0 - short),
        short=(1.0 - bare) * short,
        bare=bare,
        halide_vacancies=bare * halide_vacancies,
    )
    numbers = changed(exchange_constant=constant)
    found = uptake_without_filling(surface, acid, ligand, SITES, Pool(3e-4, pairs), numbers)
    short = ligand + SITES * surface.short
    native = pairs + SITES * surface.native * (1.0 - found.stripped_fraction)
    after = surface_at_equilibrium(surface, found, SITES, liquid(short, reservoir, native), numbers)
    assert after.native + after.short + after.bare == pytest.approx(1.0, abs=1e-15)
    assert min(after.native, after.short) >= 0.0
    assert after.bare >= after.halide_vacancies - 1e-12
    assert SITES * after.short <= short * (1.0 + 1e-12)
    assert SITES * after.native <= native * (1.0 + 1e-12)


def test_exchange_equilibrium_without_depletion_is_the_langmuir_isotherm() -> None:
    # K c / (1 + K c) with 14 per mmol in the pot and 0.2 mmol is 0.74
    numbers = changed(exchange_constant=14.0 / 1e-3 * 4.9e-3, native_binding=1e9)
    after = exchange_equilibrium(COVERED, 0.0, 1e-12, liquid(0.2e-3), numbers)
    assert after.short == pytest.approx(2.8 / 3.8, rel=1e-6)


def test_exchange_equilibrium_with_depletion_obeys_mass_action() -> None:
    for reservoir in (True, False):
        sent = liquid(0.1e-3, reservoir)
        after = exchange_equilibrium(COVERED, 0.0, SITES, sent, parameters())
        free = sent.short_ligand - SITES * after.short
        pairs = sent.pairs - SITES * after.native
        quotient = after.short * pairs / (after.native * free)
        assert quotient == pytest.approx(parameters().exchange_constant, rel=1e-9)


def test_like_for_like_exchange_follows_the_mixture() -> None:
    after = exchange_equilibrium(COVERED, 0.0, SITES, liquid(1e-3, False, 3e-3), changed(exchange_constant=1.0))
    assert after.short == pytest.approx(0.25, rel=1e-12)
    assert after.native == pytest.approx(0.75, rel=1e-12)


def test_where_ligand_is_short_all_of_it_is_bound() -> None:
    after = exchange_equilibrium(COVERED, 0.0, SITES, liquid(0.2 * SITES, False, 0.3 * SITES), parameters())
    assert (after.short, after.native) == pytest.approx((0.2, 0.3), rel=1e-12)
    assert after.bare == pytest.approx(0.5, rel=1e-12)


def test_iodide_repassivates_stripped_sites_without_short_ligand() -> None:
    found = uptake(1e-4, 4e-4)
    numbers = changed(native_binding=1e12)
    without = surface_at_equilibrium(COVERED, found, SITES, liquid(0.0, halide=0.0), numbers)
    assert without.bare == pytest.approx(found.stripped_fraction, rel=1e-9)
    iodide = surface_at_equilibrium(COVERED, found, SITES, liquid(0.0, halide=5e-4), numbers)
    assert iodide.bare == pytest.approx(found.stripped_fraction / (1.0 + 0.01 * 5e-4 / 1.2e-5), rel=1e-9)


def test_short_ligand_fills_open_sites_one_for_one() -> None:
    found = replaced(uptake(1e-4, 4e-4), open_site_dose=0.0)
    numbers = changed(native_binding=1e12, damage=0.0, exchange_constant=1e9)
    few = 0.25 * SITES * found.open_fraction
    after = surface_at_equilibrium(COVERED, found, SITES, liquid(few, halide=0.0), numbers)
    assert after.bare == pytest.approx(0.75 * found.open_fraction, rel=1e-6)
    enough = surface_at_equilibrium(COVERED, found, SITES, liquid(1e-4, halide=0.0), numbers)
    assert enough.bare == pytest.approx(0.0, abs=1e-9)


def test_halide_vacancies_grow_faster_than_the_dose_of_acid() -> None:
    bare = []
    for acid in (0.5e-4, 1e-4, 2e-4):
        found = uptake(acid, 4e-4, 2.0 * acid)
        bare.append(surface_at_equilibrium(COVERED, found, SITES, liquid(2.0 * acid), parameters()).halide_vacancies)
    assert bare[1] > 2.0 * bare[0]
    assert bare[2] > 2.0 * bare[1]


def test_fresh_dots_follow_the_langmuir_isotherm() -> None:
    numbers = changed(halide_poor_vacancies=0.0)
    surface = covered_by_pool(SITES, liquid(0.0), numbers)
    free = 4.9e-3 - SITES * surface.native
    assert surface.bare == pytest.approx(1.0 / (1.0 + 0.7 * free / 1.2e-5), rel=1e-9)
    assert covered_by_pool(SITES, liquid(0.0, pairs=0.0), numbers).native == 0.0


def test_fresh_dots_lack_halide_where_the_liquid_holds_none() -> None:
    numbers = changed(halide_poor_vacancies=0.02, iodide_healing=0.01, metal_binding=0.03)
    poor, rich = liquid(0.0, halide=0.0), liquid(0.0, halide=1.2e-3)
    zinc = replaced(rich, metal_salt=0.4e-3)
    found = [covered_by_pool(SITES, each, numbers).halide_vacancies for each in (poor, rich, zinc)]
    assert found == pytest.approx([0.02, 0.02 / 2.0, 0.02 / 3.0], rel=1e-12)
    assert covered_by_pool(SITES, rich, numbers).repassivated == pytest.approx(0.01, rel=1e-12)


@settings(max_examples=30, deadline=None)
@given(short=shares, ratio=st.floats(0.0, 50.0))
def test_washing_takes_ligand_exponentially(short: float, ratio: float) -> None:
    before = Surface(native=1.0 - short, short=short, bare=0.0, halide_vacancies=0.0)
    once = wash(before, ratio, parameters())
    halves = wash(wash(before, 0.5 * ratio, parameters()), 0.5 * ratio, parameters())
    assert once.native == pytest.approx(halves.native, rel=1e-12)
    assert once.native + once.short + once.bare == pytest.approx(1.0, abs=1e-15)
    assert once.native == pytest.approx((1.0 - short) * math.exp(-parameters().native_wash_loss * ratio))
