"""The excitons of the emitting layer against closed forms, a linear system and derivatives in high precision."""

import math
from collections.abc import Sequence
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from device_cases import Described, built
from hypothesis import given, settings
from hypothesis import strategies as st

from halodot.device.discretisation.grid import layer_nodes
from halodot.device.laws.dot_charges import dot_charges
from halodot.device.laws.excitons import (
    CHARGED,
    NONRADIATIVE,
    QUENCHED,
    RADIATIVE,
    DecayParameters,
    contact_quenching,
    decay_rates,
    fates,
    fill_exciton_densities,
    rms_fields,
    trion_auger_by_parameters,
)
from halodot.states import Array, Emitter, make_layer

VT = 0.025852
VOLUME = 2.8e-25
REPULSION = 3.0
DECAY = DecayParameters(1.2e8, 2e7, 8e9, VOLUME, REPULSION, 3e8, 1e8, 5e8, 1.4e8)
WORDS = Described(
    name="dots", material="dots", role="emitter", thickness=3e-8, electron_mobility=4e-8, hole_mobility=1e-8
)
LAYER = make_layer(**WORDS)


def emitter(**changes: float) -> Emitter:
    return Emitter(
        wavelength=np.zeros(2),
        spectrum=np.ones(2),
        **{"radiative_rate": 1.2e8, "nonradiative_rate": 2e7, "dot_volume": VOLUME} | changes,
    )


def cells(count: int = 52) -> tuple[Array, Array]:
    position = layer_nodes(3e-8, count)
    half = 0.5 * np.diff(position)
    return position, np.append(half, 0.0) + np.append(0.0, half)


def ends_of(dots: Emitter, made: Array, contact: Array | float = 0.0, **given: Array | float) -> Array:
    """Fates of excitons made once, with densities and field the same everywhere unless said; shape (way, node)."""
    place = cells(made.size)
    full = {
        name: np.broadcast_to(given.get(name, 0.0), (1, made.size)).copy() for name in ("electrons", "holes", "field")
    }
    light = np.broadcast_to(given.get("light", dots.radiative_rate), made.size).copy()
    rates = light, np.broadcast_to(contact, made.size).copy()
    return fates(
        dots, LAYER, VT, place, rates, (full["electrons"], full["holes"]), full["field"], made[np.newaxis].copy()
    )[0]


def made_unevenly() -> Array:
    position, volume = cells()
    return volume * 1e30 * np.exp(-position / 1e-9)


@pytest.mark.parametrize("diffusivity", [0.0, 1e-12, 1e-8, 1e-4, 1e2])
def test_every_exciton_ends_once_however_fast_they_move(diffusivity: float) -> None:
    position, _ = cells()
    made = made_unevenly()
    dots = emitter(exciton_diffusivity=diffusivity, trion_auger_rate=8e9, quenching_field=1e8)
    contact = 1e10 * np.exp(-position / 1e-9)
    ends = ends_of(dots, made, contact, electrons=1e24 * np.exp(-position / 1e-9), field=1e8)
    assert ends.sum() == pytest.approx(made.sum(), rel=1e-13)
    assert np.all(ends >= 0.0)


def test_excitons_that_stay_end_by_the_local_rates() -> None:
    position, _ = cells()
    made = made_unevenly()
    contact = 1e9 * np.exp(-position / 1e-9)
    ends = ends_of(emitter(), made, contact)
    whole = 1.4e8 + contact
    np.testing.assert_allclose(ends[RADIATIVE], made * 1.2e8 / whole, rtol=1e-13)
    np.testing.assert_allclose(ends[NONRADIATIVE], made * 2e7 / whole, rtol=1e-13)
    np.testing.assert_allclose(ends[QUENCHED], made * contact / whole, rtol=1e-13)
    assert np.all(ends[CHARGED] == 0.0)


def test_excitons_that_move_fast_are_spread_evenly_and_meet_the_mean_rate() -> None:
    position, volume = cells()
    contact = 1e9 * np.exp(-position / 5e-9)
    ends = ends_of(emitter(exciton_diffusivity=1e6), made_unevenly(), contact)
    density = ends[RADIATIVE] / volume
    np.testing.assert_allclose(density, density[0], rtol=1e-12)
    mean = contact @ volume / volume.sum()
    assert ends[QUENCHED].sum() == pytest.approx(made_unevenly().sum() * mean / (1.4e8 + mean), rel=1e-12)


def half_quenched(count: int) -> float:
    """Share quenched of excitons made evenly where the upper half of the layer quenches."""
    position, volume = cells(count)
    contact = np.where(position > 1.5e-8, 1e9, 0.0)
    return float(ends_of(emitter(exciton_diffusivity=5e-8), volume, contact)[QUENCHED].sum() / volume.sum())


def test_diffusion_into_a_quenching_half_has_a_closed_form() -> None:
    """Each half: G/k + A cosh(x/l), l = sqrt(D/k); density and flux join. A uniform G, no flux at either face."""
    rate, half = (1.4e8, 1.14e9), 1.5e-8
    length = [math.sqrt(5e-8 / k) for k in rate]
    conductance = [5e-8 / reach * math.tanh(half / reach) for reach in length]
    joined = (conductance[0] / rate[0] + conductance[1] / rate[1]) / sum(conductance)
    quenched = half / rate[1] + (joined - 1.0 / rate[1]) * length[1] * math.tanh(half / length[1])
    exact = 1e9 * quenched / 3e-8
    # an even number of nodes puts the step on a face between cells: second order in the cell at the step
    assert half_quenched(52) == pytest.approx(exact, rel=5e-3)
    assert half_quenched(208) == pytest.approx(exact, rel=5e-4)
    errors = [abs(half_quenched(count) - exact) for count in (52, 104, 208)]
    assert errors[0] / errors[1] > 3.5
    assert errors[1] / errors[2] > 3.5


def test_the_purcell_factor_speeds_light_alone() -> None:
    made = made_unevenly()
    factor = np.linspace(0.5, 2.0, made.size)
    ends = ends_of(emitter(), made, light=1.2e8 * factor)
    np.testing.assert_allclose(ends[RADIATIVE] / ends[NONRADIATIVE], 6.0 * factor, rtol=1e-13)


def test_the_quenching_field_halves_the_radiative_rate() -> None:
    ends = ends_of(emitter(quenching_field=1.4e8), made_unevenly(), field=1.4e8)
    np.testing.assert_allclose(ends[RADIATIVE] / ends[NONRADIATIVE], 3.0, rtol=1e-13)
    assert decay_rates(DECAY, 1e8, 0.0, 0.0, 0.0, 1.4e8)[0] == pytest.approx(5e7)


def test_the_field_of_a_node_is_the_mean_square_of_its_sides() -> None:
    position = np.array([0.0, 1e-9, 4e-9])
    field = rms_fields(position, np.array([[0.0, 0.1, -0.5]]))
    expected = [1e8, math.sqrt((1e16 * 1e-9 + 4e16 * 3e-9) / 4e-9), 2e8]
    np.testing.assert_allclose(field[0], expected, rtol=1e-14)
    np.testing.assert_allclose(rms_fields(position[::-1], np.array([[-0.5, 0.1, 0.0]]))[0], expected[::-1])


def probabilities(mean: mp.mpf, repulsion: mp.mpf) -> tuple[mp.mpf, mp.mpf]:
    """P_b and P_e of one carrier from the activity that gives the mean number of charges on a dot."""
    if mean >= 2:
        return mp.mpf(1), mp.mpf(1)
    b = mp.exp(-repulsion)
    activity = (mean - 1 + mp.sqrt((mean - 1) ** 2 + b * mean * (2 - mean))) / (b * (2 - mean))
    return activity * b / (1 + activity * b), activity / (1 + activity)


def trion_auger(decay: DecayParameters, numbers: Sequence[Any]) -> mp.mpf:
    """k_c in many digits, from light, contact, electrons, holes, field, dot volume, repulsion and the Auger rate."""
    light, contact, electrons, holes, field, volume, repulsion, rate = (mp.mpf(x) for x in numbers)
    draws = [probabilities(density * volume, repulsion) for density in (electrons, holes)]
    born, redrawn = (1 - (1 - draws[0][i]) * (1 - draws[1][i]) for i in (0, 1))
    hop = (electrons * decay.electron_hop + holes * decay.hole_hop) / (electrons + holes) + decay.exciton_hop
    other = light / (1 + (field / decay.quenching_field) ** 2) + decay.nonradiative + contact
    # 0 = P_b G + s P_e N - (k + k_A + s (1 - P_e)) C and 0 = (1 - P_b) G - (k + s P_e) N + s (1 - P_e) C for G = 1
    matrix = mp.matrix(
        [[other + hop * redrawn, -hop * (1 - redrawn)], [-hop * redrawn, other + rate + hop * (1 - redrawn)]]
    )
    neutral, charged = mp.lu_solve(matrix, mp.matrix([1 - born, born]))
    return rate * charged / (neutral + charged)


def numbers_at(decay: DecayParameters, electrons: float, holes: float, field: float) -> list[float]:
    return [1.3e8, 4e7, electrons, holes, field, decay.dot_volume, decay.repulsion, decay.trion_auger]


STILL = DECAY._replace(electron_hop=0.0, hole_hop=0.0, exciton_hop=0.0)
FAST = DECAY._replace(electron_hop=1e16, hole_hop=1e16)
ALONE = DECAY._replace(repulsion=0.0)


@pytest.mark.parametrize("decay", [DECAY, STILL, FAST, ALONE, DECAY._replace(repulsion=40.0)])
@pytest.mark.parametrize(
    ("electrons", "holes"), [(1e20, 1e22), (3e24, 1e23), (3.6e24, 1e-9), (1e24, 2e24), (7.1e24, 1e20), (1e27, 1e10)]
)
def test_charged_dots_follow_the_balance_of_two_states(decay: DecayParameters, electrons: float, holes: float) -> None:
    found = decay_rates(decay, 1.3e8, 4e7, electrons, holes, 9e7)[1]
    with mp.workdps(120):
        assert found == pytest.approx(float(trion_auger(decay, numbers_at(decay, electrons, holes, 9e7))), rel=1e-12)


def test_births_and_redraws_with_one_probability_give_the_mean_of_both() -> None:
    """P_b = P_e = P: k_c = k_A P (k + s)/(k + s + k_A (1 - P)). Without repulsion P is half the mean number."""
    share, other, hop = 0.5 * 0.6, 1.3e8 + 2e7 + 4e7, 3e8 + 5e8
    found = decay_rates(ALONE, 1.3e8, 4e7, 0.6 / VOLUME, 0.0, 0.0)[1]
    assert found == pytest.approx(8e9 * share * (other + hop) / (other + hop + 8e9 * (1.0 - share)), rel=1e-12)


def test_limits_of_fast_and_of_still_charges() -> None:
    density = 0.25 / VOLUME
    charges = dot_charges(0.25, REPULSION)
    fast = decay_rates(FAST, 1.2e8, 0.0, density, 0.0, 0.0)[1]
    assert fast == pytest.approx(8e9 * charges.redrawn, rel=1e-5)
    still = decay_rates(STILL, 1.2e8, 0.0, density, 0.0, 0.0)[1]
    mixture = (1.0 - charges.born) + charges.born * 1.4e8 / (1.4e8 + 8e9)
    assert 1.4e8 / (1.4e8 + still) == pytest.approx(mixture, rel=1e-12)


def test_a_full_dot_loses_every_exciton_at_the_auger_rate() -> None:
    for electrons, holes in ((2.0 / VOLUME, 0.0), (0.0, 9.0 / VOLUME), (1e27, 1e27)):
        assert decay_rates(DECAY, 1.2e8, 0.0, electrons, holes, 0.0)[1] == pytest.approx(8e9, rel=1e-12)


@settings(max_examples=25, deadline=None)
@given(
    st.floats(min_value=0.0, max_value=25.0),
    st.floats(min_value=0.0, max_value=25.0),
    st.floats(min_value=-3.0, max_value=3.0),
    st.sampled_from([0.0, 0.3, 4.6, 12.0, 60.0]),
)
def test_derivatives_of_the_rates_in_many_digits(
    electrons: float, holes: float, field: float, repulsion: float
) -> None:
    decay = DECAY._replace(repulsion=repulsion)
    at = [10.0**electrons, 10.0**holes, 1.4e8 * 10.0**field]
    found = decay_rates(decay, 1.3e8, 4e7, *at)
    numbers = numbers_at(decay, *at)
    by = trion_auger_by_parameters(decay, found.radiative, 4e7, at[0], at[1])
    own = {2: found[3], 3: found[4], 4: found[5], 5: by.dot_volume, 6: by.repulsion, 7: by.rate, 1: by.other}
    with mp.workdps(120):
        for place, derivative in own.items():
            value = mp.mpf(numbers[place])
            step = mp.mpf(10) ** -25 * (value if value != 0 else 1)
            ends = [
                trion_auger(decay, [x + sign * step if i == place else x for i, x in enumerate(map(mp.mpf, numbers))])
                for sign in (1, -1)
            ]
            exact = float((ends[0] - ends[1]) / (2 * step))
            # what remains of cancelling parts is judged by the rate over the quantity
            scale = found[1] / (numbers[place] or 1.0)
            assert derivative == pytest.approx(exact, rel=1e-9, abs=1e-12 * scale), place


def test_rates_are_numbers_where_there_are_no_charges_and_no_field() -> None:
    found = decay_rates(DECAY._replace(quenching_field=math.inf), 1.3e8, 0.0, 0.0, 0.0, 0.0)
    assert found[:2] == (1.3e8, 0.0)
    assert np.all(np.isfinite(found))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(*(st.floats(min_value=low, max_value=high) for low, high in ((0, 40), (-8, 8), (-6, 14)))),
        min_size=2,
        max_size=12,
    )
)
def test_densities_are_positive_and_conserve_whatever_the_sizes(rows: list[tuple[float, float, float]]) -> None:
    made, loss, exchange = (10.0 ** np.array(column) for column in zip(*rows, strict=True))
    density = np.zeros(made.size)
    fill_exciton_densities(made, loss, exchange[:-1], density)
    assert np.all(density > 0.0)
    assert loss @ density == pytest.approx(made.sum(), rel=1e-13)


def test_a_chain_without_any_loss_or_excitons_is_empty() -> None:
    density = np.ones(3)
    fill_exciton_densities(np.zeros(3), np.zeros(3), np.zeros(2), density)
    assert np.all(density == 0.0)


def test_unsolved_points_stay_unsolved() -> None:
    made = np.full(52, math.nan)
    assert np.all(np.isnan(ends_of(emitter(), made, electrons=math.nan, field=math.nan)))


def test_neighbours_quench_by_their_distance() -> None:
    layers = (
        Described(name="below", material="x", thickness=1e-8, quenching_rate=2e9),
        WORDS,
        Described(name="spacer", material="x", thickness=6e-9),
        Described(name="above", material="x", thickness=1e-8, quenching_rate=1e12),
    )
    found = contact_quenching(built(layers, emitter=emitter()), 1, np.array([0.0, 3e-8]))
    expected = [2e9 + 1e12 * math.exp(-36.0), 2e9 * math.exp(-30.0) + 1e12 * math.exp(-6.0)]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(*[st.floats(min_value=0.0, max_value=28.0)] * 2), min_size=12, max_size=12),
    st.floats(min_value=-29.0, max_value=-19.0),
    st.floats(min_value=0.0, max_value=2.0),
)
def test_every_exciton_ends_once_beside_any_charges(
    rows: list[tuple[float, float]], size: float, energy: float
) -> None:
    electrons, holes = (10.0 ** np.array(column) for column in zip(*rows, strict=True))
    position, volume = cells(12)
    dots = emitter(dot_volume=10.0**size, trion_auger_rate=8e9, charging_energy=energy, exciton_diffusivity=1e-9)
    made = 1e30 * volume * np.exp(-position / 1e-9)
    ends = ends_of(dots, made, electrons=electrons, holes=holes, field=1e8)
    assert ends.sum() == pytest.approx(made.sum(), rel=1e-12)
    assert np.all(ends >= 0.0)
    # no exciton is lost faster than it is beside a charge all the time
    rate = 1.2e8 * ends[CHARGED] / np.maximum(ends[RADIATIVE], 1e-300)
    assert np.all(rate <= 8e9 * (1.0 + 1e-9))
