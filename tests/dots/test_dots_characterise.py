"""The whole stage, survival in air and loss of mass."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from perovskites import IODIDE

from halodot.dots import DotsParameters, characterise
from halodot.dots.shell import weight_loss
from halodot.dots.stability import avrami_untransformed_fraction
from halodot.errors import ValidityError
from halodot.states import Flask, replaced

FlaskBuilder = Callable[..., Flask]


@settings(max_examples=20, deadline=None)
@given(native=st.floats(0.01, 1.0), exchanged=st.floats(0.0, 1.0), bare=st.floats(0.0, 1.0))
def test_any_surface_gives_dots(
    dots_parameters: DotsParameters, make_flask: FlaskBuilder, native: float, exchanged: float, bare: float
) -> None:
    total = native + exchanged + bare
    coverage = (native / total, exchanged / total, bare / total)
    dots = characterise(make_flask(coverages=(coverage,)), dots_parameters, IODIDE)
    assert dots.coverage_native + dots.coverage_short + dots.coverage_bare == pytest.approx(1.0)
    assert 0.0 < dots.plqy < 1.0
    assert 0.0 < dots.weight_loss < 1.0
    assert 0.0 <= dots.pl_retained_in_air <= 1.0
    assert dots.pl.max() == 1.0
    assert np.all(np.diff(dots.trpl) < 0.0)
    assert dots.lifetime == pytest.approx(dots.plqy / dots.radiative_rate, rel=1e-9)
    assert dots.lifetime == dots.lifetime_amplitude <= dots.lifetime_intensity * (1.0 + 1e-12)
    assert dots.biexciton_lifetime < 0.1 * dots.lifetime
    assert dots.trion_auger_lifetime == pytest.approx(dots.biexciton_lifetime / dots_parameters.trion_auger_ratio)
    assert 1e7 < dots.quenching_field < 1e9


def test_every_wash_has_its_yield(dots_parameters: DotsParameters, make_flask: FlaskBuilder) -> None:
    coverages = ((0.98, 0.0, 0.02), (0.9, 0.0, 0.1), (0.68, 0.0, 0.32))
    dots = characterise(make_flask(5.88e-9, 1.16e-9, coverages), dots_parameters, IODIDE)
    assert dots.plqy_by_wash.shape == (3,)
    assert np.all(np.diff(dots.plqy_by_wash) < 0.0)
    assert np.all(np.diff(dots.trap_rate_by_wash) > 0.0)
    assert dots.plqy == dots.plqy_by_wash[-1]
    assert dots.trap_rate == dots.trap_rate_by_wash[-1]


def test_smaller_dots_are_bluer_and_narrower_ones_sharper(
    dots_parameters: DotsParameters, make_flask: FlaskBuilder
) -> None:
    small = characterise(make_flask(5.29e-9, 0.76e-9), dots_parameters, IODIDE)
    large = characterise(make_flask(5.88e-9, 1.16e-9), dots_parameters, IODIDE)
    sharp = characterise(make_flask(5.88e-9, 0.5e-9), dots_parameters, IODIDE)
    assert small.pl_peak < large.pl_peak
    assert small.first_exciton < large.first_exciton
    assert sharp.pl_fwhm < large.pl_fwhm
    assert small.first_exciton < small.pl_peak


def test_a_flask_without_a_dispersion_is_refused(dots_parameters: DotsParameters, make_flask: FlaskBuilder) -> None:
    flask = make_flask()
    with pytest.raises(ValidityError, match="acid ate them"):
        characterise(replaced(flask, survived=False, reason="acid ate them"), dots_parameters, IODIDE)
    with pytest.raises(ValidityError, match="dispersion"):
        characterise(replaced(flask, samples=()), dots_parameters, IODIDE)
    with pytest.raises(ValidityError, match="sites"):
        characterise(replaced(flask, dots=0.0), dots_parameters, IODIDE)


def test_air_of_80_percent_takes_more_of_the_light(dots_parameters: DotsParameters, make_flask: FlaskBuilder) -> None:
    kept = [
        characterise(make_flask(), replaced(dots_parameters, air_humidity=humidity), IODIDE).pl_retained_in_air
        for humidity in (0.2, 0.5, 0.8)
    ]
    assert kept[0] > kept[1] > kept[2]
    assert math.log(kept[1]) / math.log(kept[2]) == pytest.approx(
        math.exp(-0.3 * dots_parameters.air_humidity_coefficient * dots_parameters.air_order), rel=2e-3
    )


def test_avrami_untransformed_fraction_in_its_limits(dots_parameters: DotsParameters) -> None:
    assert avrami_untransformed_fraction(np.array([0.0, 1e9]), 0.0, dots_parameters.air_order).tolist() == [1.0, 1.0]
    half = avrami_untransformed_fraction(np.array([math.log(2.0)]), 1.0, 1.0)
    assert half[0] == pytest.approx(0.5)


def test_mass_of_a_shell_worked_out_by_hand(dots_parameters: DotsParameters, make_flask: FlaskBuilder) -> None:
    """5.3 molecules of 275 g/mol a nm2 on a cube of 5.88 nm and 4.81 g/cm3 (589 kDa) are 34 % of the mass."""
    flask = make_flask(5.88e-9, 1.16e-9, ((1.0, 0.0, 0.0),))
    parameters = replaced(dots_parameters, free_organics=5.3 / 2.9 - 1.0)
    dense = replaced(IODIDE, density=4810.0)
    assert weight_loss(flask, flask.samples[0], parameters, dense) == pytest.approx(0.34, abs=2e-3)


def test_mass_has_its_limits(dots_parameters: DotsParameters, make_flask: FlaskBuilder) -> None:
    bare = make_flask(coverages=((0.0, 0.0, 1.0),))
    assert weight_loss(bare, bare.samples[0], replaced(dots_parameters, free_organics=0.0), IODIDE) == 0.0
    drowned = replaced(dots_parameters, free_organics=1e9)
    assert weight_loss(bare, bare.samples[0], drowned, IODIDE) == pytest.approx(1.0)
    short, long = make_flask(coverages=((0.0, 1.0, 0.0),)), make_flask(coverages=((1.0, 0.0, 0.0),))
    assert weight_loss(short, short.samples[0], dots_parameters, IODIDE) < weight_loss(
        long, long.samples[0], dots_parameters, IODIDE
    )
    assert math.isnan(
        weight_loss(replaced(long, native_ligand_mass=math.nan), long.samples[0], dots_parameters, IODIDE)
    )
    lone = replaced(long, short_ligand_mass=math.nan, short_ligand_length=math.nan)
    assert math.isfinite(characterise(lone, dots_parameters, IODIDE).weight_loss)


def test_storage_is_told_with_its_notes_and_its_phase(
    dots_parameters: DotsParameters, make_flask: FlaskBuilder
) -> None:
    cold = characterise(make_flask(), replaced(dots_parameters, air_temperature=298.15), IODIDE)
    assert not cold.notes
    assert 0.0 < cold.phase_driving_force < dots_parameters.transition_enthalpy
    hot = characterise(make_flask(), replaced(dots_parameters, air_temperature=600.0, air_humidity=0.001), IODIDE)
    assert [(note.kind, note.where) for note in hot.notes] == [("extrapolated", "dots.air_temperature")]
    assert hot.phase_driving_force < 0.0
    assert hot.pl_retained_in_air == 0.0
