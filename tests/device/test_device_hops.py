"""Hops across interfaces: what field and disorder gain, detailed balance, and currents over steps."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
import pytest
from device_cases import Described, built, but, described, electrode, rebuilt
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from test_device_interfaces import VT, between, current, film
from test_device_sensitivity import of

from halodot.device import solve_device
from halodot.device.discretisation.interfaces import HOPPED_CONDUCTANCE
from halodot.device.laws.emission_enhancement import HOP_ROUNDING, LEAST_STEP_DISORDER, hop_gain
from halodot.errors import InputError
from halodot.states import Array, Stack


@settings(max_examples=60, deadline=None)
@given(height=st.floats(0.0, 60.0), downhill=st.floats(-30.0, 90.0), disorder=st.floats(0.0, 6.0))
def test_a_hop_gains_the_mean_over_all_steps_of_what_it_need_not_climb(
    height: float, downhill: float, disorder: float
) -> None:
    gained = 0.5 * (downhill + math.hypot(downhill, HOP_ROUNDING))
    width = math.hypot(disorder, LEAST_STEP_DISORDER)
    with mpmath.workdps(30):
        place = (mpmath.mpf(height) - gained) / width
        mean = mpmath.ncdf(-place) + mpmath.exp(gained - height + width**2 / 2) * mpmath.ncdf(place - width)
        expected = float(height + mpmath.log(mean))
    found = hop_gain(height, downhill, disorder)
    assert found.value == pytest.approx(expected, rel=1e-11, abs=1e-11)
    assert found.value <= height + 1e-12
    for by, turn in ((found.height, (1, 0, 0)), (found.downhill, (0, 1, 0)), (found.step_disorder, (0, 0, 1))):
        if turn[2] and disorder < 1e-2:
            continue
        step = 1e-3
        ends = [
            [hop_gain(height + k * step * turn[0], downhill + k * step * turn[1], disorder + k * step * turn[2]).value]
            for k in (-2, -1, 1, 2)
        ]
        slope = (8.0 * (ends[2][0] - ends[1][0]) - (ends[3][0] - ends[0][0])) / (12.0 * step)
        assert by == pytest.approx(slope, rel=1e-5, abs=1e-6)


def test_the_mean_over_steps_is_the_integral_over_their_gaussian() -> None:
    for height, downhill, disorder in ((8.0, 3.0, 2.0), (2.0, 5.0, 1.5), (15.0, 0.0, 3.0)):
        width = math.hypot(disorder, LEAST_STEP_DISORDER)
        gained = 0.5 * (downhill + math.hypot(downhill, HOP_ROUNDING))

        def share(step: float, width: float = width, gained: float = gained, height: float = height) -> float:
            weight = math.exp(-0.5 * ((step - height) / width) ** 2) / (width * math.sqrt(2.0 * math.pi))
            return weight * min(1.0, math.exp(gained - step))

        mean = quad(share, height - 12.0 * width, height + 12.0 * width, points=[gained], limit=200)[0]
        assert hop_gain(height, downhill, disorder).value == pytest.approx(height + math.log(mean), abs=1e-6)


def test_a_hop_gains_what_the_field_brings_and_never_more_than_the_step() -> None:
    assert hop_gain(20.0, 5.0, 0.0).value == pytest.approx(5.0, abs=0.03)
    assert hop_gain(20.0, 5.0, 2.0).value == pytest.approx(5.0 + 2.0, abs=0.03)  # s^2/2, as of uneven Schottky barriers
    assert hop_gain(20.0, 60.0, 2.0).value == pytest.approx(20.0, abs=1e-9)
    assert hop_gain(20.0, -60.0, 0.0).value == pytest.approx(0.0, abs=0.03)
    assert hop_gain(0.0, 10.0, 0.0).value == pytest.approx(0.0, abs=1e-9)


# ------------------------------------------------------------------------------------------------- currents over steps


def over_a_step(step: float, **face: Any) -> Stack:
    """Electrons from a doped film into a thin one whose level is higher, and out to the anode above it."""
    source = film("source", thickness=5e-8, donor_density=1e24, hole_mobility=1e-16, electron_mobility=1e-8, **face)
    thin = film("thin", electron_affinity=3.0 - step, thickness=2e-8, hole_mobility=1e-16, electron_mobility=1e-8)
    return built((electrode(2.9), source, thin, electrode(3.0)), anode_first=False)


def turned(stack: Stack, **face: Any) -> Stack:
    """Return the stack upside down, with the face's words under the layer that is now the lower one."""
    metals, (source, thin) = (described(stack)[0], described(stack)[-1]), described(stack)[1:-1]
    words = {word: source[word] for word in source if word.startswith("interface_")}
    plain = Described({word: value for word, value in source.items() if word not in words})
    return rebuilt(stack, (metals[1], but(thin, **words), plain, metals[0]), turned=True)


def test_carriers_that_hop_over_a_step_stand_beyond_it() -> None:
    """J = q mu F n exp(-(step - q F a/2)/kT) behind the hop, where hops are faster than the drift away."""
    free, hopping = (over_a_step(0.7, interface_hop=a, interface_velocity=1e5) for a in (0.0, 1e-9))
    voltage = np.array([1.0, 2.0, 3.0])
    plain, found = (solve_device(stack, None, voltage, 120) for stack in (free, hopping))
    first = int(np.searchsorted(found.layer_of_node, 2))
    rise = np.diff(found.potential, axis=1)[:, first] / np.diff(found.position)[first]
    gained = np.abs(rise) * 0.5e-9 / VT
    assert np.all(gained > 0.5)
    # the thin film resists over half a hop less as well
    np.testing.assert_allclose(found.current_density / plain.current_density, np.exp(gained), rtol=0.08)


@pytest.mark.parametrize("voltage", [2.0, -0.6])
def test_either_direction_carries_the_same_in_a_stack_upside_down(voltage: float) -> None:
    stack = over_a_step(0.5, interface_hop=1e-9, interface_velocity=3.0, interface_disorder=0.06)
    np.testing.assert_allclose(current(turned(stack), voltage), current(stack, voltage), rtol=1e-6)


def test_nothing_flows_at_equilibrium_whatever_the_field_of_the_step() -> None:
    for stack in (over_a_step(0.6, interface_hop=2e-9, interface_disorder=0.1), over_a_step(-0.6, interface_hop=2e-9)):
        found = solve_device(stack, None, np.array([0.0]))
        assert found.current_density[0] == 0.0
        assert np.all(found.recombination == 0.0)


def test_slow_hops_alone_carry_less_and_the_field_gives_more_than_free_carriers_have() -> None:
    """A hole conductor and an emitter with a step of 0.5 eV, and one of 0.4 eV for electrons on the other side."""

    def carried(**face: Any) -> Array:
        holes = film("holes", electron_affinity=2.0, ionisation_energy=5.5, thickness=3e-8, hole_mobility=1e-7, **face)
        middle = film("emitter", electron_affinity=2.5, thickness=2e-8, electron_mobility=1e-8, hole_mobility=1e-8)
        electrons = film("electrons", electron_affinity=2.9, ionisation_energy=6.8, electron_mobility=1e-8)
        return current(between(5.3, [holes, but(middle, **face), electrons], 3.1), 4.0, 7.0)

    free, slow = carried(interface_velocity=1e5, interface_hop=0.0), carried(interface_hop=0.0)
    assert np.all(slow < free)
    assert np.all(carried() > 2.0 * free)
    assert np.all(carried(interface_hop=0.0, interface_disorder=0.08) > slow)


@pytest.mark.parametrize("face", [{"tunnelling_mass": 0.3}, {"interface_hop": 1e-9}])
def test_the_current_over_a_step_converges_to_second_order(face: dict[str, float]) -> None:
    stack = over_a_step(0.9, interface_velocity=10.0, **face)
    found = [solve_device(stack, None, np.array([1.0]), n, math.inf).current_density[0] for n in (53, 105, 209)]
    assert (found[1] - found[0]) / (found[2] - found[1]) == pytest.approx(4.0, abs=0.4)
    assert found[0] == pytest.approx(found[2], rel=0.015)


def test_the_way_of_a_hop_is_no_way_of_drift() -> None:
    from halodot.device.discretisation.interfaces import hopped_over

    widths, columns = np.array([0.2e-9, 0.2e-9, 0.4e-9, 1e-9]), {"electron_hop": 0.5e-9, "electron_barrier": 30.0}
    found = hopped_over(columns, "electron", widths)
    assert found == pytest.approx(
        [HOPPED_CONDUCTANCE, HOPPED_CONDUCTANCE, 1.0 / (0.75 + 0.25 / HOPPED_CONDUCTANCE), 1.0]
    )
    left = np.sum(widths) - 0.5e-9 * (1.0 - 1.0 / HOPPED_CONDUCTANCE)
    assert np.sum(widths / found) == pytest.approx(left)
    columns["electron_barrier"] = 1e-6
    assert hopped_over(columns, "electron", widths) == pytest.approx(np.ones(4), abs=1e-2)


def test_hops_and_disorder_of_a_step_against_central_differences() -> None:
    stack = over_a_step(0.5, interface_hop=1e-9, interface_disorder=0.06)
    paths = ("source.interface_hop", "source.interface_disorder", "source.donor_density", "source.electron_mobility")
    paths = (*paths, "thin.electron_affinity", "thin.relative_permittivity", "thin.electron_mobility")
    of(stack, tuple(f"device.layers.{path}" for path in paths), np.array([1.0, 2.5]))


def test_hops_that_are_none_are_refused() -> None:
    for words, text in (
        ({"interface_hop": -1e-9}, "interface_hop must not"),
        ({"interface_disorder": 0.5}, "0 and 0.3"),
    ):
        with pytest.raises(InputError, match=text):
            current(over_a_step(0.5, **words), 1.0)
