"""What the device refuses, and what it notes to be left out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from device_cases import Described, built, but, case, changed, described, electrode, rebuilt

from halodot.device import check, solve_device
from halodot.device.discretisation.physical_limits import unphysical_field
from halodot.device.discretisation.tabulate import tabulate
from halodot.device.electrical_stack import electrical_stack
from halodot.device.validity import BREAKDOWN, field_exponent
from halodot.errors import InputError
from halodot.states import DeviceSolution, Stack, replaced, with_properties


def film(**numbers: Any) -> Stack:
    values = {
        "thickness": 100e-9,
        "relative_permittivity": 3.0,
        "electron_affinity": 2.8,
        "ionisation_energy": 5.2,
        "electron_density_of_states": 1e26,
        "hole_density_of_states": 1e26,
        "electron_mobility": 1e-10,
        "hole_mobility": 5e-10,
        "langevin_factor": 1.0,
    }
    layer = Described(name="film", material="film", role="transport", **{**values, **numbers})
    return built((electrode(5.1), layer, electrode(2.9)), temperature=300.0)


def solved(stack: Stack, *voltages: float, nodes: int = 60) -> DeviceSolution:
    return solve_device(stack, None, np.array(voltages), nodes, np.inf)


def places(device_solution: DeviceSolution) -> list[str]:
    return [note.where for note in device_solution.notes if note.kind == "missing physics"]


def test_the_exponent_of_every_field_law() -> None:
    layer = film(electron_field_activation=1e-4, hole_field_activation=2e-3, hopping_distance=1e-9).layers[1]
    assert field_exponent(layer, 1e6, 0.0259) == (2.0, "hole_field_activation")
    hops = with_properties(layer, hopping_distance=1e-8)
    assert field_exponent(hops, 1e9, 0.025) == (pytest.approx(200.0, rel=1e-12), "hopping_distance")
    assert field_exponent(hops, 1e6, 0.025) == (2.0, "hole_field_activation")


@pytest.mark.parametrize(
    ("numbers", "key"),
    [({"hole_field_activation": 0.1}, "hole_field_activation"), ({"hopping_distance": 1e-6}, "hopping_distance")],
)
def test_a_field_law_beyond_its_limit_at_the_mean_field_is_refused(numbers: dict[str, float], key: str) -> None:
    stack = film(**numbers)
    with pytest.raises(InputError) as caught:
        solved(stack, 0.0, 6.0)
    (problem,) = caught.value.problems
    assert problem.path == "device.layers[1] (film)"
    assert problem.message.startswith(f"{key} raises a mobility by exp(")
    with pytest.raises(InputError):
        check(stack, np.array([0.0, 6.0]))
    check(film(hole_field_activation=5e-4, hopping_distance=5e-9), np.array([0.0, 6.0]))


def test_a_solution_whose_field_is_beyond_its_law_is_told() -> None:
    device = tabulate(electrical_stack(film(hopping_distance=5e-9, hole_field_activation=1e-4)), 12)
    for field, wrong in ((1e8, False), (6e8, True)):
        state = np.zeros((12, 5))
        state[:, 0] = -field / device.thermal_voltage * device.nodes["position"]
        found = unphysical_field(device, state, ["film"])
        assert bool(found) == wrong
        assert found == "" or ("'film'" in found and "6 MV/cm" in found)
        assert not unphysical_field(tabulate(electrical_stack(film()), 12), state, ["film"])


def test_a_temperature_at_which_nothing_is_left_is_refused() -> None:
    with pytest.raises(InputError, match="between 1 and 1500 K"):
        solved(replaced(film(), temperature=1e6), 1.0)


def test_an_ordinary_diode_has_no_note() -> None:
    assert places(solved(film(), *np.linspace(0.0, 8.0, 17))) == []


def test_breakdown_is_noted_where_the_voltage_across_a_layer_is_more_than_it_holds() -> None:
    found = solved(film(electron_mobility=1e-13, hole_mobility=1e-13), 40.0, 70.0)
    assert places(found) == ["device.layers.film"]
    assert "from 70 V on" in found.notes[0].text
    assert 70.0 - 2.2 > BREAKDOWN * 100e-9 > 40.0


def test_heat_is_noted_where_glass_cannot_carry_it_away_and_the_device_is_not_warmed() -> None:
    stack = film(electron_mobility=1e-7, hole_mobility=1e-7)
    found = solved(stack, 1.0, 6.0)
    assert found.current_density[1] * 6.0 * 1e-3 > 300.0
    assert places(found) == ["device.thermal_resistance"]
    assert "from 6 V on" in found.notes[0].text
    assert places(solved(replaced(stack, thermal_resistance=1e-5), 1.0)) == []


def test_current_beyond_the_supply_of_a_contact_is_noted() -> None:
    """Holes over 0.6 eV at a mobility that no such film has: q n v allows 50 A/m2."""
    stack = film(hole_mobility=1e-2, electron_mobility=1e-15, langevin_factor=0.0)
    stack = rebuilt(stack, (electrode(4.6), *described(stack)[1:]))
    found = solved(stack, 1.0, 6.0)
    assert places(found) == ["device.layers.anode"]
    assert "contact_hole_velocity" in found.notes[0].text
    first = but(described(stack)[0], contact_hole_velocity=2.7e4)
    limited = solved(rebuilt(stack, (first, *described(stack)[1:])), 1.0, 6.0)
    assert places(limited) == []
    assert limited.current_density[1] < found.current_density[1]


def test_more_carriers_or_dopants_than_states_are_noted_with_the_cure() -> None:
    found = solved(film(acceptor_density=1e28), 0.5)
    (note,) = (note for note in found.notes if note.kind == "missing physics")
    assert note.where == "device.layers.film.statistics"
    assert "fermi_dirac" in note.text
    assert places(solved(film(acceptor_density=1e25), 0.5)) == []
    stack = changed(case("4_hetero3")[0], statistics="fermi_dirac")
    assert not [place for place in places(solved(stack, 6.0)) if place.endswith("statistics")]
