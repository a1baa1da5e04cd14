"""Packing, transport and levels against limits and closed forms."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from perovskites import IODIDE

from halodot.errors import ValidityError
from halodot.film import FilmParameters, deposit
from halodot.film.packing import core_fraction, mean_gap, surface_roughness, thin_spot_leakage
from halodot.film.transport import hopping_mobility
from halodot.states import Dots, replaced

DotsBuilder = Callable[..., Dots]
share = st.floats(0.0, 1.0)


def test_gap_weighs_the_ligands(film_parameters: FilmParameters, make_dots: DotsBuilder) -> None:
    """0.5 x 2.0 + 0.4 x 0.75 nm of organic on either side, 40 % of it shared."""
    parameters = replaced(film_parameters, interdigitation=0.4)
    assert mean_gap(make_dots(), parameters) == pytest.approx(2.0 * 0.6 * 1.3e-9, rel=1e-12)
    alone = make_dots(coverage_short=0.0, short_ligand_length=math.nan)
    assert mean_gap(alone, parameters) == pytest.approx(2.0 * 0.6 * 1.0e-9, rel=1e-12)


@settings(max_examples=30, deadline=None)
@given(native=share, exchanged=share)
def test_short_ligands_bring_dots_together(
    film_parameters: FilmParameters, make_dots: DotsBuilder, native: float, exchanged: float
) -> None:
    """Exchanging native for short ligands at the same number of bare sites narrows the gap, densifies, conducts."""
    total = max(native + exchanged, 1.0)
    native, exchanged = native / total, exchanged / total
    before = make_dots(coverage_native=native + exchanged, coverage_short=0.0)
    after = make_dots(coverage_native=native, coverage_short=exchanged)
    one, other = deposit(before, film_parameters, IODIDE), deposit(after, film_parameters, IODIDE)
    assert other.gap <= one.gap
    assert other.core_fraction >= one.core_fraction
    assert other.mobility >= one.mobility * (1.0 - 1e-12)
    assert other.index[245] >= one.index[245] - 1e-12
    assert 0.0 < other.core_fraction <= film_parameters.packing


def test_core_fraction_without_a_gap_is_the_packing(film_parameters: FilmParameters) -> None:
    assert core_fraction(5e-9, 0.0, film_parameters) == pytest.approx(film_parameters.packing)
    assert core_fraction(5e-9, 5e-9, film_parameters) == pytest.approx(film_parameters.packing / 8.0)


def test_hopping_mobility_of_the_reference_film(film_parameters: FilmParameters) -> None:
    found = hopping_mobility(film_parameters.reference_edge_length, film_parameters.reference_gap, 0.0, film_parameters)
    assert found == pytest.approx(film_parameters.reference_mobility, rel=1e-12)


@pytest.mark.parametrize(("decay", "factor"), [(10.8e9, 8.7), (5e9, 2.7)])
def test_hopping_mobility_gained_by_two_angstrom(film_parameters: FilmParameters, decay: float, factor: float) -> None:
    """exp(beta x 0.2 nm), beside the change of the pitch."""
    parameters = replaced(film_parameters, tunnelling_decay=decay)
    wide, narrow = (hopping_mobility(5.5e-9, gap, 0.03, parameters) for gap in (2.0e-9, 1.8e-9))
    assert narrow / wide * (7.5 / 7.3) ** 2 == pytest.approx(factor, abs=0.05)


@settings(max_examples=30, deadline=None)
@given(gap=st.floats(0.3e-9, 3e-9), more=st.floats(1e-11, 1e-9), spread=st.floats(0.0, 0.1))
def test_hopping_mobility_falls_with_gap_and_disorder(
    film_parameters: FilmParameters, gap: float, more: float, spread: float
) -> None:
    here = hopping_mobility(5.5e-9, gap, spread, film_parameters)
    assert hopping_mobility(5.5e-9, gap + more, spread, film_parameters) < here
    assert hopping_mobility(5.5e-9, gap, spread + 0.01, film_parameters) < here


def test_hopping_mobility_follows_gaussian_disorder(film_parameters: FilmParameters) -> None:
    """A width of kT costs exp(-4/9)."""
    parameters = replaced(film_parameters, temperature=300.0, carrier_share=1.0)
    ordered, disordered = (hopping_mobility(6e-9, 2e-9, spread, parameters) for spread in (0.0, 0.0258520))
    assert disordered / ordered == pytest.approx(math.exp(-4.0 / 9.0), rel=1e-4)


def test_roughness_of_equal_dots_is_that_of_their_layers(
    film_parameters: FilmParameters, make_dots: DotsBuilder
) -> None:
    """A half-filled top layer, one bit of coverage, has a deviation of half a pitch."""
    parameters = replaced(film_parameters, layer_number_spread=0.5)
    assert surface_roughness(make_dots(edge_length_spread=0.0), 1.71e-9, parameters) == pytest.approx(3.5e-9)
    flat = replaced(parameters, layer_number_spread=0.0, nominal_thickness=28e-9)
    assert surface_roughness(make_dots(), 1.71e-9, flat) == pytest.approx(math.sqrt(4.0) * 0.76e-9, rel=1e-9)


def test_broader_and_larger_dots_are_rougher_and_leak(film_parameters: FilmParameters, make_dots: DotsBuilder) -> None:
    treated = deposit(make_dots(), film_parameters, IODIDE)
    control = deposit(
        make_dots(edge_length=5.88e-9, edge_length_spread=1.16e-9, coverage_native=0.7, coverage_short=0.0),
        film_parameters,
        IODIDE,
    )
    assert control.roughness > treated.roughness
    assert control.leakage_conductance > treated.leakage_conductance > 0.0


def test_thin_spots_are_a_share_of_the_thickness(film_parameters: FilmParameters) -> None:
    """Half of a film is thinner than its mean, 15.87 % than one deviation below, and none where it is flat."""
    parameters = replaced(film_parameters, thin_spot_conductance=1.0, nominal_thickness=30e-9)
    assert thin_spot_leakage(30e-9, 5e-9, parameters) == pytest.approx(0.5)
    assert thin_spot_leakage(25e-9, 5e-9, parameters) == pytest.approx(0.158655, abs=1e-6)
    assert thin_spot_leakage(7e-9, 0.1e-9, parameters) == 0.0


def test_levels_are_one_transport_gap_apart(film_parameters: FilmParameters, make_dots: DotsBuilder) -> None:
    film = deposit(make_dots(), film_parameters, IODIDE)
    gap = 1239.84198 / 635.0 + 0.083
    assert film.ionisation_energy == IODIDE.ionisation_energy
    assert film.ionisation_energy - film.electron_affinity == pytest.approx(gap, rel=1e-8)


def test_states_are_those_of_the_dots_in_the_volume(film_parameters: FilmParameters, make_dots: DotsBuilder) -> None:
    film = deposit(make_dots(), replaced(film_parameters, packing=1.0, states_per_dot=2.0), IODIDE)
    assert film.density_of_states == pytest.approx(2.0 / (5.29e-9 + film.gap) ** 3, rel=1e-12)


def test_missing_quantities_of_the_dots_are_named(film_parameters: FilmParameters, make_dots: DotsBuilder) -> None:
    with pytest.raises(ValidityError, match=r"dots\.energy_spread, dots\.coverage_native"):
        deposit(make_dots(energy_spread=math.nan, coverage_native=math.nan), film_parameters, IODIDE)
    with pytest.raises(ValidityError, match=r"dots\.short_ligand_length"):
        deposit(make_dots(short_ligand_length=math.nan), film_parameters, IODIDE)
    with pytest.raises(ValidityError, match=r"dots\.plqy"):
        deposit(make_dots(plqy=0.0), film_parameters, IODIDE)


def test_measured_quantities_of_the_film_replace_what_follows_from_them(
    film_parameters: FilmParameters, make_dots: DotsBuilder
) -> None:
    dots = make_dots()
    plain = deposit(dots, film_parameters, IODIDE)
    lossy = deposit(dots, film_parameters, IODIDE, {"plqy": 0.5})
    assert lossy.nonradiative_rate == pytest.approx(plain.radiative_rate, rel=1e-12)
    lossy = deposit(dots, film_parameters, IODIDE, {"nonradiative_rate": 3.0 * plain.radiative_rate})
    assert lossy.plqy == pytest.approx(0.25, rel=1e-12)
    faster = deposit(dots, film_parameters, IODIDE, {"radiative_rate": 2.0 * plain.radiative_rate})
    assert faster.plqy == plain.plqy
    assert faster.nonradiative_rate == pytest.approx(2.0 * plain.nonradiative_rate, rel=1e-12)
    tight = deposit(dots, film_parameters, IODIDE, {"gap": 0.5 * plain.gap})
    assert tight.mobility > plain.mobility
    assert tight.core_fraction > plain.core_fraction
    assert deposit(dots, film_parameters, IODIDE, {"roughness": 0.1e-9}).leakage_conductance < plain.leakage_conductance
    deeper = deposit(dots, film_parameters, IODIDE, {"ionisation_energy": plain.ionisation_energy + 0.1})
    assert deeper.electron_affinity == pytest.approx(plain.electron_affinity + 0.1, rel=1e-12)


def test_one_loss_is_not_stated_twice(film_parameters: FilmParameters, make_dots: DotsBuilder) -> None:
    with pytest.raises(ValidityError, match=r"film\.plqy and film\.nonradiative_rate"):
        deposit(make_dots(), film_parameters, IODIDE, {"plqy": 0.5, "nonradiative_rate": 1e8})
    with pytest.raises(ValidityError, match="does not emit"):
        deposit(make_dots(), film_parameters, IODIDE, {"plqy": 0.0})


def test_the_index_needs_its_oscillator_above_the_light(
    film_parameters: FilmParameters, make_dots: DotsBuilder
) -> None:
    with pytest.raises(ValidityError, match="oscillator_energy"):
        deposit(make_dots(), film_parameters, replaced(IODIDE, oscillator_energy=3.0))


def test_a_smooth_film_leaks_only_where_it_is_thinner_than_a_dot(
    film_parameters: FilmParameters, make_dots: DotsBuilder
) -> None:
    thin = replaced(film_parameters, nominal_thickness=1e-9)
    assert deposit(make_dots(), film_parameters, IODIDE, {"roughness": 0.0}).leakage_conductance == 0.0
    assert deposit(make_dots(), thin, IODIDE, {"roughness": 0.0}).leakage_conductance == thin.thin_spot_conductance


def test_an_infinite_mobility_is_refused(film_parameters: FilmParameters, make_dots: DotsBuilder) -> None:
    with pytest.raises(ValidityError, match=r"film\.tunnelling_decay"):
        deposit(make_dots(), replaced(film_parameters, tunnelling_decay=1e13), IODIDE)
