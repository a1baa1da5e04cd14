"""The surface in time: its closed forms as limits, the stiff equations that it splits, and every balance."""

import math

import numpy as np
import pytest
from flask_bench import changed, parameters
from flask_limits import uptake_without_filling
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from halodot.flask.acid_base import Pool
from halodot.flask.kinetics import AcidInjection, add_acid, arrhenius_factor, exchange_ligands
from halodot.flask.surface import LigandBudget, Surface, exchange_equilibrium, vacancy_fraction
from halodot.states import replaced

COVERED = Surface(native=1.0, short=0.0, bare=0.0, halide_vacancies=0.0)
SITES, VOLUME, HOT = 7e-5, 1.2e-5, 373.15
POOL = Pool(free_amine=4e-4, pairs=4.5e-3)


def injection(acid: float, ligand: float = 0.0, carried: float | None = None) -> AcidInjection:
    return AcidInjection(acid, ligand, ligand if carried is None else carried, VOLUME, HOT)


def liquid(ligand: float = 2e-4, reservoir: bool = True, halide: float = 5e-4, pairs: float = 4.9e-3) -> LigandBudget:
    return LigandBudget(
        short_ligand=ligand, pairs=pairs, alkylammonium_halide=halide, volume=VOLUME, reservoir=reservoir
    )


def with_vacancies(bare: float, halide_vacancies: float) -> Surface:
    return Surface(native=1.0 - bare, short=0.0, bare=bare, halide_vacancies=halide_vacancies * bare)


@pytest.mark.parametrize("ligand", [0.0, 1e-6, 1e-4])
@pytest.mark.parametrize("acid", [1e-6, 1e-4, 1e-3])
def test_acid_injection_without_filling_is_the_closed_form(acid: float, ligand: float) -> None:
    """Then only who gets the protons counts, however slowly they mix in; ligand in excess stays in excess."""
    numbers, sites, pool = changed(adsorption_rate=0.0), 1e-9, Pool(3e-4, 4e-3)
    surface = with_vacancies(0.1, 0.4)
    closed = uptake_without_filling(surface, acid, ligand, sites, pool, numbers)
    after, found = add_acid(surface, injection(acid, ligand), sites, pool, numbers)
    assert found.proton_dose == pytest.approx(closed.proton_dose, rel=1e-9)
    assert found.stripped_fraction == pytest.approx(closed.stripped_fraction, rel=1e-9)
    assert found.to_amine == pytest.approx(closed.to_amine, rel=1e-9)
    assert found.to_pairs == pytest.approx(closed.to_pairs, rel=1e-9)
    assert found.open_site_dose == pytest.approx(closed.open_site_dose, rel=1e-3)
    cleared = surface.native * closed.stripped_fraction
    assert after.halide_vacancies - surface.halide_vacancies == pytest.approx(
        min(vacancy_fraction(cleared, closed.open_site_dose, numbers), cleared), rel=2e-3
    )


def test_the_mixing_time_matters_only_where_the_liquid_heals() -> None:
    fast, slow = changed(mixing_time=1e-4), changed(mixing_time=0.5)
    acid, both = injection(1e-4), injection(1e-4, 2e-4)
    without = [add_acid(COVERED, acid, SITES, POOL, numbers)[1].open_site_dose for numbers in (fast, slow)]
    assert without[0] == pytest.approx(without[1], rel=1e-12)
    healed = [add_acid(COVERED, both, SITES, POOL, numbers)[1].open_site_dose for numbers in (fast, slow)]
    assert healed[1] < 0.8 * healed[0]


@pytest.mark.parametrize(("acid", "tau"), [(0.5e-4, 0.1), (1e-4, 0.1), (2e-4, 0.4)])
def test_acid_injection_in_slices_solves_the_stiff_proton_balance(acid: float, tau: float) -> None:
    """With free protons as an unknown of their own that react 1e5 times faster than they mix in."""
    numbers, ligand = changed(mixing_time=tau, adsorption_rate=0.3), 2e-4
    rate = 1e5 / tau / (POOL.free_amine + SITES)
    r, rho, filling = numbers.proton_selectivity, numbers.ion_pair_sink, numbers.adsorption_rate / VOLUME

    def rates(t: float, y: np.ndarray) -> list[float]:
        protons, amine, pairs, native, short, opened = y[:6]
        flow = rate * protons
        share = max(ligand - SITES * short, 0.0) / ligand
        healing = numbers.healing_ratio * ligand / acid * share * flow
        healing += filling * ligand * -math.expm1(-t / tau) * share
        taken = flow * (amine + rho * pairs + r * SITES * native)
        return [
            acid / tau * math.exp(-t / tau) - taken, -flow * amine, -rho * flow * pairs, -r * flow * native,
            healing * opened, r * flow * native - healing * opened, flow * opened, flow * SITES * r * native,
        ]  # fmt: skip

    start = [0.0, POOL.free_amine, POOL.pairs, 1.0, 0.0, 0.0, 0.0, 0.0]
    exact = solve_ivp(rates, (0.0, 4.5 * tau), start, method="LSODA", rtol=1e-9, atol=1e-13).y[:, -1]
    added = injection(acid, ligand)
    _, found = add_acid(COVERED, added, SITES, POOL, numbers)
    assert found.to_surface == pytest.approx(exact[7], rel=0.015)  # the tail that exp(-4.5) leaves unmixed
    assert found.open_site_dose == pytest.approx(exact[6], rel=0.03)
    fine, finer = (
        add_acid(COVERED, injection(acid, ligand), SITES, POOL, numbers, n)[1].open_site_dose for n in (32, 512)
    )
    assert fine == pytest.approx(finer, rel=0.01)


@settings(max_examples=60, deadline=None)
@given(
    acid=st.floats(1e-12, 5e-3),
    amine=st.floats(0.0, 2e-3),
    pairs=st.floats(0.0, 6e-3),
    ligand=st.floats(0.0, 1e-3),
    carried=st.floats(0.0, 1.0),
    shares=st.tuples(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(0.0, 1.0)),
    numbers=st.tuples(st.floats(1e-3, 5.0), st.floats(0.0, 0.5), st.floats(0.0, 25.0), st.floats(0.0, 10.0)),
)
def test_sites_and_protons_balance_whatever_is_injected(
    acid: float,
    amine: float,
    pairs: float,
    ligand: float,
    carried: float,
    shares: tuple[float, ...],
    numbers: tuple[float, ...],
) -> None:
    bare, short, halide_vacancies = shares[0], (1.0 - shares[0]) * shares[1], shares[0] * shares[2]
    surface = Surface(native=1.0 - bare - short, short=short, bare=bare, halide_vacancies=halide_vacancies)
    held = changed(**dict(zip(("proton_selectivity", "ion_pair_sink", "healing_ratio", "adsorption_rate"), numbers)))
    total = ligand + SITES * short
    after, found = add_acid(surface, injection(acid, total, carried * ligand), SITES, Pool(amine, pairs), held)
    assert found.to_amine + found.to_pairs + found.to_surface + found.unreacted == pytest.approx(acid, rel=1e-11)
    assert after.native + after.short + after.bare == pytest.approx(1.0, abs=1e-12)
    whole = after.bare - after.halide_vacancies - after.stripped
    assert min(after.native, after.short, after.halide_vacancies, after.stripped, whole) >= -1e-12
    assert SITES * after.short <= total * (1.0 + 1e-12)
    assert surface.native - after.native == pytest.approx(found.to_surface / SITES, abs=1e-12)
    settled = exchange_ligands(after, SITES, liquid(total, True, pairs=pairs + SITES * after.native), 30.0, HOT, held)
    assert settled.native + settled.short + settled.bare == pytest.approx(1.0, abs=1e-12)
    assert min(settled.native, settled.short, settled.stripped, settled.halide_vacancies) >= 0.0
    assert settled.bare >= settled.halide_vacancies + settled.stripped - 1e-12


@pytest.mark.parametrize("reservoir", [True, False])
@pytest.mark.parametrize("ligand", [0.0, 2e-5, 2e-4])
@pytest.mark.parametrize("duration", [1e4, 1e7])
def test_ligand_exchange_ends_at_its_equilibrium(ligand: float, reservoir: bool, duration: float) -> None:
    end = exchange_equilibrium(COVERED, 0.0, SITES, liquid(ligand, reservoir), parameters())
    stood = exchange_ligands(COVERED, SITES, liquid(ligand, reservoir), duration, HOT, parameters())
    assert stood.native == pytest.approx(end.native, rel=1e-8)
    assert stood.short == pytest.approx(end.short, rel=1e-8, abs=1e-15)
    assert stood.bare == pytest.approx(end.bare, abs=1e-8)


@pytest.mark.parametrize("duration", [0.1, 3.0, 100.0])
def test_ligand_exchange_solves_its_rate_equations(duration: float) -> None:
    numbers, hold = parameters(), liquid(2e-4)
    start = Surface(native=0.9, short=0.0, bare=0.1, halide_vacancies=0.0)
    per_site = (hold.pairs / SITES, hold.short_ligand / SITES)
    touch, swap = (rate * SITES / VOLUME for rate in (numbers.adsorption_rate, numbers.exchange_rate))
    leave = numbers.adsorption_rate / numbers.native_binding

    def rates(t: float, y: np.ndarray) -> list[float]:
        native, short = y
        pairs, free, vacant = per_site[0] - native, per_site[1] - short, 1.0 - native - short
        swapped = swap * (free * native - short * pairs / numbers.exchange_constant)
        return [
            touch * pairs * vacant - leave * native - swapped,
            touch * free * vacant - leave / numbers.exchange_constant * short + swapped,
        ]

    exact = solve_ivp(rates, (0.0, duration), [0.9, 0.0], method="LSODA", rtol=1e-10, atol=1e-14).y[:, -1]
    found = exchange_ligands(start, SITES, hold, duration, HOT, numbers)
    assert [found.native, found.short] == pytest.approx(exact, abs=3e-3)


def test_stripped_sites_are_filled_by_short_ligand_and_the_rest_by_iodide() -> None:
    stripped = Surface(native=0.8, short=0.0, bare=0.2, halide_vacancies=0.05, stripped=0.15)
    healed = exchange_ligands(stripped, SITES, liquid(2e-4, halide=0.0), 1e4, HOT, parameters())
    assert healed.stripped == pytest.approx(0.0, abs=1e-12)
    assert healed.halide_vacancies == 0.05
    iodide = exchange_ligands(stripped, SITES, liquid(0.0, halide=5e-4), 1e5, HOT, parameters())
    bound = parameters().iodide_healing * 5e-4 / VOLUME
    assert iodide.stripped + iodide.halide_vacancies == pytest.approx(0.2 / (1.0 + bound), rel=1e-9)
    assert iodide.repassivated == pytest.approx(0.2 * bound / (1.0 + bound), rel=1e-9)
    again = exchange_ligands(iodide, SITES, liquid(0.0, halide=5e-4), 1e5, HOT, parameters())
    assert again.halide_vacancies == pytest.approx(iodide.halide_vacancies, rel=1e-9)
    without = exchange_ligands(stripped, SITES, liquid(0.0, halide=0.0), 1e5, HOT, parameters())
    assert without.stripped == pytest.approx(0.15)


def test_filling_follows_its_time_constant() -> None:
    stripped = Surface(native=0.8, short=0.0, bare=0.2, halide_vacancies=0.2)
    bound = parameters().iodide_healing * 5e-4 / VOLUME
    rate = parameters().filling_rate * (5e-4 / VOLUME + 1.0 / parameters().iodide_healing)
    found = exchange_ligands(stripped, SITES, liquid(0.0), 1.0 / rate, HOT, parameters())
    target = 0.2 / (1.0 + bound)
    assert found.halide_vacancies == pytest.approx(target + (0.2 - target) / math.e, rel=1e-9)


def test_ligand_exchange_follows_arrhenius() -> None:
    assert arrhenius_factor(HOT, parameters()) == 1.0
    assert arrhenius_factor(298.15, parameters()) == pytest.approx(
        math.exp(-parameters().surface_activation / 8.31446 * (1.0 / 298.15 - 1.0 / HOT)), rel=1e-5
    )
    warm, cold = (
        exchange_ligands(COVERED, SITES, liquid(), 2.0, kelvin, parameters()).short for kelvin in (HOT, 298.15)
    )
    assert 0.0 < cold < 0.2 * warm


def test_no_time_changes_nothing() -> None:
    assert exchange_ligands(COVERED, SITES, liquid(), 0.0, HOT, parameters()) is COVERED
    once = exchange_ligands(COVERED, SITES, liquid(), 4.0, HOT, parameters())
    halves = exchange_ligands(
        exchange_ligands(COVERED, SITES, liquid(), 2.0, HOT, parameters()), SITES, liquid(), 2.0, HOT, parameters()
    )
    assert halves.short == pytest.approx(once.short, rel=3e-3)
    assert replaced(COVERED, bare=0.3, halide_vacancies=0.1, stripped=0.1).vacant == pytest.approx(0.1)
