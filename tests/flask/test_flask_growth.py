"""The population of dots against moments that close exactly, closed forms, and its balances of number and mass."""

import math
from collections.abc import Mapping

import numpy as np
import pytest
from flask_bench import changed, parameters
from flask_limits import equal_cube_growth
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from halodot.constants import AVOGADRO
from halodot.flask.growth import (
    Crystals,
    Seed,
    amount_in_dots,
    amount_of_dots,
    edge_length_spread,
    etch,
    full_length,
    grow,
    mean_length,
    nucleate,
    shrink_by_halide,
    size_distribution,
    surface_sites,
)
from halodot.flask.growth_ode import dissolved_monomer
from halodot.flask.heat import cooling, isothermal, split, temperature
from halodot.states import replaced

CESIUM, HOT, VOLUME = 0.1144e-3, 423.15, 1.12e-5
NUCLEI = 1e-3  # per formula unit: 6.3 nm with all monomer used
SEED = Seed(CESIUM, parameters().formula_volume)
INSOLUBLE = changed(solubility=0.0)
AT_ONCE = changed(solubility=0.0, nucleation_time=1e-9)


def grown(crystals: Crystals, time: float, hot: float = HOT, bare: float = 0.0, **numbers: float) -> Crystals:
    return grow(crystals, isothermal(hot, time), VOLUME, bare, 1.0, changed(**numbers))


@settings(max_examples=60, deadline=None)
@given(share=st.floats(0.0, 0.99), distance=st.floats(0.0, 12.0))
def test_equal_cube_growth_solves_its_differential_equation(share: float, distance: float) -> None:
    steps = 2000
    step = distance / steps
    x = share

    def slope(value: float) -> float:
        return 1.0 - value**3

    for _ in range(steps):
        a = slope(x)
        b = slope(x + 0.5 * step * a)
        c = slope(x + 0.5 * step * b)
        x += step / 6.0 * (a + 2.0 * b + 2.0 * c + slope(x + step * c))
    assert equal_cube_growth(share, distance) == pytest.approx(x, rel=1e-8)


def test_equal_cube_growth_is_linear_at_first_and_ends_with_the_monomer() -> None:
    assert equal_cube_growth(0.0, 1e-3) == pytest.approx(1e-3, rel=1e-8)
    assert equal_cube_growth(0.3, 0.0) == 0.3
    assert equal_cube_growth(0.3, 100.0) == 1.0


@pytest.mark.parametrize("time", [0.3, 2.0, 8.0, 30.0])
def test_equal_dots_follow_the_closed_form(time: float) -> None:
    crystals = grow(nucleate(SEED, NUCLEI, AT_ONCE), isothermal(HOT, time), VOLUME, 0.0, 1.0, AT_ONCE)
    full = full_length(NUCLEI, SEED.formula_volume)
    distance = AT_ONCE.growth_constant * CESIUM / VOLUME * time / full
    assert mean_length(crystals) == pytest.approx(
        full * equal_cube_growth(AT_ONCE.nucleus_length / full, distance), rel=3e-5
    )
    sizes, _ = size_distribution(crystals)
    assert np.ptp(sizes) < 1e-5 * full


@pytest.mark.parametrize("time", [0.1, 0.5, 3.0])
def test_a_burst_gives_the_moments_of_the_population_balance(time: float) -> None:
    # growth that does not depend on size closes: mu_0' = B, mu_k' = k G mu_{k-1} + B L*^k
    made = nucleate(SEED, NUCLEI, INSOLUBLE, bins=2000)
    total, formula = amount_of_dots(replaced(made, born=2000)), INSOLUBLE.formula_volume / AVOGADRO

    def rates(t: float, moments: np.ndarray) -> list[float]:
        burst = total / INSOLUBLE.nucleation_time * math.exp(-t / INSOLUBLE.nucleation_time)
        speed = INSOLUBLE.growth_constant * (CESIUM - moments[3] * 1e-27 / formula) / VOLUME * 1e9
        nucleus = INSOLUBLE.nucleus_length * 1e9
        return [burst, *(k * speed * moments[k - 1] + burst * nucleus**k for k in (1, 2, 3))]

    exact = solve_ivp(rates, (0.0, time), np.zeros(4), rtol=1e-10, atol=1e-20).y[:, -1]
    found = grow(made, isothermal(HOT, time), VOLUME, 0.0, 1.0, INSOLUBLE)
    lengths, dots = found.length[: found.born] * 1e9, found.dots[: found.born]
    assert [float(dots @ lengths**k) for k in range(4)] == pytest.approx(exact, rel=1.5e-3)


def test_three_hundred_bins_are_as_good_as_three_thousand() -> None:
    few, many = (grown(nucleate(SEED, NUCLEI, parameters(), bins), 5.0) for bins in (300, 3000))
    assert mean_length(few) == pytest.approx(mean_length(many), rel=2e-4)
    assert few.length[: few.born].std() == pytest.approx(many.length[: many.born].std(), rel=0.01)


def test_growth_in_parts_of_a_segment_is_growth_in_the_whole() -> None:
    segment = cooling(HOT, 298.15, parameters())
    assert sum(part.duration for part in split(segment, 8)) == pytest.approx(segment.duration, rel=1e-12)
    made = nucleate(SEED, NUCLEI, parameters())
    whole = grow(made, segment, VOLUME, 0.01, 1.0, parameters())
    for part in split(segment, 8):
        made = grow(made, part, VOLUME, 0.01, 1.0, parameters())
    assert made.length == pytest.approx(whole.length, rel=1e-5)
    assert temperature(part, part.duration) == pytest.approx(298.15, abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(
    times=st.lists(st.floats(0.01, 300.0), min_size=1, max_size=4),
    bare=st.floats(0.0, 0.3),
    kept=st.floats(0.2, 1.0),
    solubility=st.floats(0.0, 1.0),
)
def test_number_and_mass_are_conserved(times: list[float], bare: float, kept: float, solubility: float) -> None:
    numbers = changed(solubility=solubility)
    crystals = nucleate(SEED, NUCLEI, numbers)
    all_dots = crystals.dots.sum()
    for time in times:
        crystals = etch(grow(crystals, isothermal(HOT, time), VOLUME, bare, 1.0, numbers), kept)
        assert crystals.dots.sum() + crystals.dissolved == pytest.approx(all_dots, rel=1e-12)
        assert crystals.monomer + crystals.lost == pytest.approx(CESIUM, rel=1e-12)
        formula = numbers.formula_volume / AVOGADRO
        dissolved = dissolved_monomer(
            crystals.length.copy(), crystals.dots.copy(), crystals.born, crystals.monomer, formula
        )
        assert dissolved + amount_in_dots(crystals) == pytest.approx(crystals.monomer, rel=1e-12)
        assert -1e-5 * CESIUM < dissolved < CESIUM  # as exact as a step of growth


def test_monomer_in_solution_falls_at_the_rate_of_growth() -> None:
    """The monomer in solution, followed by its own rate -3 sum n L^2 G, agrees with what the dots left of it."""
    crystals, numbers = replaced(nucleate(SEED, NUCLEI, AT_ONCE), born=300), AT_ONCE
    liquid, steps = CESIUM - amount_in_dots(crystals), 2000
    for _ in range(steps):
        later = grow(crystals, isothermal(HOT, 1.0 / steps), VOLUME, 0.0, 1.0, numbers)
        area = 0.5 * (crystals.length**2 + later.length**2)
        liquid -= float(3.0 * crystals.dots @ (area * (later.length - crystals.length))) / (
            numbers.formula_volume / AVOGADRO
        )
        crystals = later
    assert liquid == pytest.approx(CESIUM - amount_in_dots(crystals), rel=1e-5)


def test_fully_grown_dots_leave_the_solubility_in_solution() -> None:
    crystals = grown(nucleate(SEED, NUCLEI, parameters()), 1e4)
    assert CESIUM - amount_in_dots(crystals) == pytest.approx(parameters().solubility * VOLUME, rel=1e-3)


def test_dots_grow_with_time_and_temperature() -> None:
    crystals = nucleate(SEED, NUCLEI, parameters())
    lengths = [[mean_length(grown(crystals, time, hot)) for time in (0.3, 1.0, 3.0)] for hot in (373.15, 423.15)]
    assert lengths[0] == sorted(lengths[0])
    assert all(cold < hot < full_length(NUCLEI, SEED.formula_volume) for cold, hot in zip(*lengths, strict=True))


def test_growth_focuses_while_monomer_is_plenty_and_covered_dots_do_not_ripen() -> None:
    early, late = (grown(nucleate(SEED, NUCLEI, parameters()), time) for time in (1.5, 20.0))
    relative = [c.length[: c.born].std() / c.length[: c.born].mean() for c in (early, late)]
    assert relative[1] < relative[0]
    hour = grown(late, 3600.0)
    assert mean_length(hour) == pytest.approx(mean_length(late), rel=1e-3)
    assert hour.dissolved == 0.0


def test_ostwald_ripening_of_dots_without_ligands() -> None:
    late = grown(nucleate(SEED, NUCLEI, parameters()), 20.0)
    bare = grown(late, 3600.0, bare=0.5)
    assert bare.dissolved > 0.1 * amount_of_dots(late)
    assert mean_length(bare) > 1.2 * mean_length(late)
    assert bare.dots.sum() + bare.dissolved == pytest.approx(late.dots.sum(), rel=1e-12)
    assert amount_in_dots(bare) == pytest.approx(amount_in_dots(late), rel=0.02)


def test_dots_have_the_sites_and_the_number_of_the_literature_estimate() -> None:
    # all cesium as 5.29 nm dots: 0.19 umol of dots and 0.08 to 0.09 mmol of sites at 2.9 per nm2
    made = nucleate(SEED, NUCLEI, parameters())
    dots = CESIUM * parameters().formula_volume / (AVOGADRO * 5.29e-9**3)
    crystals = replaced(made, born=300, length=np.full(300, 5.29e-9), dots=np.full(300, dots / 300))
    assert amount_of_dots(crystals) == pytest.approx(0.19e-6, rel=0.02)
    assert surface_sites(crystals, parameters()) == pytest.approx(0.09e-3, rel=0.05)
    assert surface_sites(crystals, parameters()) == pytest.approx(dots * 6 * 5.29**2 * 2.9, rel=1e-12)


@pytest.mark.parametrize("kept", [1.0, 0.9, 0.5, 0.1])
def test_etching_removes_the_same_depth_from_every_edge(kept: float) -> None:
    crystals = grown(nucleate(SEED, NUCLEI, changed(nucleation_time=0.02)), 10.0)
    smaller = etch(crystals, kept)
    assert amount_in_dots(smaller) == pytest.approx(kept * amount_in_dots(crystals), rel=1e-12)
    assert np.ptp(crystals.length - smaller.length) < 1e-20
    assert amount_of_dots(smaller) == amount_of_dots(crystals)


def test_etching_dissolves_the_smallest_dots_first_and_in_the_end_all() -> None:
    made = nucleate(SEED, NUCLEI, parameters())
    crystals = replaced(made, born=300, length=np.linspace(6e-9, 1e-9, 300))
    etched = etch(crystals, 0.2)
    assert 0.0 < etched.dissolved < amount_of_dots(crystals)
    assert amount_of_dots(etched) + etched.dissolved == pytest.approx(amount_of_dots(crystals), rel=1e-12)
    assert amount_in_dots(etched) == pytest.approx(0.2 * amount_in_dots(crystals), rel=1e-12)
    assert amount_of_dots(etch(crystals, 0.0)) == 0.0


def test_edge_length_follows_the_power_law_of_iodide() -> None:
    crystals = grown(nucleate(SEED, NUCLEI, parameters()), 5.0)
    doubled = shrink_by_halide(crystals, 2.0, changed(iodide_exponent=0.15))
    assert mean_length(doubled) / mean_length(crystals) == pytest.approx(2.0**-0.15)
    assert doubled.monomer + doubled.lost == pytest.approx(CESIUM, rel=1e-12)
    for ratio in (1.0, 0.5):  # dilution brings no monomer
        assert mean_length(shrink_by_halide(crystals, ratio, parameters())) == mean_length(crystals)


def test_the_distribution_is_sorted_and_normal() -> None:
    size, share = size_distribution(grown(nucleate(SEED, NUCLEI, parameters()), 5.0))
    assert size.size == share.size == 300
    assert np.all(np.diff(size) >= 0.0)
    assert share.sum() == pytest.approx(1.0, rel=1e-12)


def test_spread_of_covered_and_uncovered_dots() -> None:
    equal = replaced(nucleate(SEED, NUCLEI, AT_ONCE), born=300)
    length = mean_length(equal)
    numbers = parameters()
    assert edge_length_spread(equal, 0.0, numbers) / length == pytest.approx(numbers.growth_spread)
    variance = numbers.growth_spread**2 + 0.1 * numbers.ripening_variance
    assert edge_length_spread(equal, 0.1, numbers) / length == pytest.approx(math.sqrt(variance))


def relative_spread(crystals: Crystals) -> float:
    return edge_length_spread(crystals, 0.0, parameters()) / mean_length(crystals)


def spreads(halides: Mapping[str, float], hot: float) -> list[float]:
    seed = replaced(SEED, halides=halides, temperature=hot)
    times = (0.4, 1.0, 2.0, 4.0, 20.0, 40.0)
    return [relative_spread(grown(nucleate(seed, NUCLEI, parameters()), time, hot)) for time in times]


def test_iodide_narrows_before_it_broadens_and_bromide_broadens_from_the_first_second() -> None:
    """Koolyk et al. 2016, doi:10.1039/C5NR09127F: iodide at 145 degC and bromide at 170 degC, up to 40 s."""
    iodide, bromide = spreads({"I": 1.0}, 418.15), spreads({"Br": 1.0}, 443.15)
    narrowest = iodide.index(min(iodide))
    assert 0 < narrowest < 4
    assert iodide[-1] > 1.2 * iodide[narrowest]
    assert bromide[1:] == sorted(bromide[1:])


def test_ripening_ends_at_the_stationary_distribution() -> None:
    spread = relative_spread(grown(nucleate(SEED, NUCLEI, AT_ONCE), 1e6))
    assert spread**2 - parameters().growth_spread ** 2 == pytest.approx(1.0 / 8.0, rel=1e-4)
