"""The excitons of the emitting layer against closed forms, a linear system and derivatives in high precision."""

import math

import numpy as np
import pytest
from device_cases import Described, built
from hypothesis import given, settings
from hypothesis import strategies as st

from halodot.device.discretisation.grid import layer_nodes
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
)
from halodot.states import Array, Emitter, make_layer

VT = 0.025852
VOLUME = 2.8e-25
DECAY = DecayParameters(1.2e8, 2e7, 8e9, VOLUME, 3e8, 1e8, 5e8, 1.4e8)
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


def two_state(
    decay: DecayParameters, light: float, contact: float, electrons: float, holes: float, field: float
) -> float:
    """Loss rate beside a charge of excitons on neutral and charged dots, from their balance as a linear system."""
    share = (electrons + holes) * decay.dot_volume
    occupied = share / (1.0 + share)
    hop = (electrons * decay.electron_hop + holes * decay.hole_hop) / (electrons + holes) + decay.exciton_hop
    other = light / (1.0 + (field / decay.quenching_field) ** 2) + decay.nonradiative + contact
    matrix = np.array(
        [
            [other + hop * occupied, -hop * (1.0 - occupied)],
            [-hop * occupied, other + decay.trion_auger + hop * (1.0 - occupied)],
        ]
    )
    neutral, charged = np.linalg.solve(matrix, [1.0 - occupied, occupied])
    return float(decay.trion_auger * charged / (neutral + charged))


STILL = DECAY._replace(electron_hop=0.0, hole_hop=0.0, exciton_hop=0.0)
FAST = DECAY._replace(electron_hop=1e16, hole_hop=1e16)


@pytest.mark.parametrize("decay", [DECAY, STILL, FAST])
@pytest.mark.parametrize(("electrons", "holes"), [(1e20, 1e22), (3e24, 1e23), (1e27, 1e10)])
def test_charged_dots_follow_the_balance_of_two_states(decay: DecayParameters, electrons: float, holes: float) -> None:
    found = decay_rates(decay, 1.3e8, 4e7, electrons, holes, 9e7)[1]
    assert found == pytest.approx(two_state(decay, 1.3e8, 4e7, electrons, holes, 9e7), rel=1e-9)


def test_limits_of_fast_and_of_still_charges() -> None:
    density = 0.25 / VOLUME
    occupied = 0.25 / 1.25
    fast = decay_rates(FAST, 1.2e8, 0.0, density, 0.0, 0.0)[1]
    assert fast == pytest.approx(8e9 * occupied, rel=1e-5)
    still = decay_rates(STILL, 1.2e8, 0.0, density, 0.0, 0.0)[1]
    mixture = (1.0 - occupied) + occupied * 1.4e8 / (1.4e8 + 8e9)
    assert 1.4e8 / (1.4e8 + still) == pytest.approx(mixture, rel=1e-12)


numbers = st.floats(min_value=-3.0, max_value=3.0)


@settings(max_examples=50, deadline=None)
@given(st.floats(min_value=0.0, max_value=29.0), st.floats(min_value=0.0, max_value=29.0), numbers)
def test_derivatives_of_the_rates_by_complex_step(electrons: float, holes: float, field: float) -> None:
    at = [10.0**electrons, 10.0**holes, 1.4e8 * 10.0**field]
    found = decay_rates(DECAY, 1.3e8, 4e7, *at)
    for place, (rate, derivative) in enumerate(((1, 3), (1, 4), (0, 2))):
        stepped = [value + (1j * 1e-30 * value if i == place else 0.0) for i, value in enumerate(at)]
        exact = decay_rates.py_func(DECAY, 1.3e8, 4e7, *stepped)[rate].imag / (1e-30 * at[place])
        # what remains of cancelling parts is judged by the rate over the quantity
        assert found[derivative] == pytest.approx(exact, rel=1e-9, abs=1e-13 * found[rate] / at[place])
    stepped = [at[0], at[1], at[2] * (1.0 + 1e-30j)]
    exact = decay_rates.py_func(DECAY, 1.3e8, 4e7, *stepped)[1].imag / (1e-30 * at[2])
    assert found[5] == pytest.approx(exact, rel=1e-9, abs=1e-13 * found[1] / at[2])


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
