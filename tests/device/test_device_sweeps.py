"""The path to a bias point leaves no trace, finer grids converge to second order, and the books close."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from device_cases import Described, built, but, case, changed, electrode, parts, without_hops
from test_device_derivatives import STACKS, everything

from halodot.device import solve_device
from halodot.device.discretisation.bordered_system import Circuit
from halodot.device.discretisation.tabulate import tabulate
from halodot.device.electrical_stack import electrical_stack
from halodot.device.solver.bias_sweep import sweep, sweep_from
from halodot.device.solver.settings import SolverSettings
from halodot.device.solver.setup import system_of
from halodot.errors import ConvergenceError
from halodot.states import DeviceSolution, Stack
from halodot.study import load


def stack_of(name: str) -> Stack:
    return everything(**STACKS["boltzmann"]) if name == "everything" else case(name)[0]


@pytest.mark.parametrize(
    ("name", "highest"),
    [("2_pn_homojunction", 1.0), ("5_qled_full", 8.0), ("6_psc_ions_steady", 1.4), ("everything", 8.0)],
)
def test_sweeps_up_and_down_give_the_same_state(name: str, highest: float) -> None:
    electrical = electrical_stack(stack_of(name))
    names = [layer.name for layer in electrical.layers]
    device, circuit, voltages = tabulate(electrical, 52), Circuit(0.0, 0.0), np.linspace(0.0, highest, 17).tolist()
    up = sweep(device, circuit, voltages, names)
    top = sweep(device, circuit, [highest], names).points[0]
    assert top is not None
    settings = SolverSettings()
    system = system_of(device, circuit, settings)
    down = [point for point, _ in sweep_from(system, names, settings, top, voltages[::-1], [])][::-1]
    for here, there in zip(up.points, down, strict=True):
        assert here is not None
        assert there is not None
        currents = [point.state[0, 3] - point.state[0, 4] for point in (here, there)]
        assert currents[0] == pytest.approx(currents[1], rel=1e-8, abs=6e9)
        np.testing.assert_allclose(here.state[:, 0], there.state[:, 0], atol=1e-6)
        np.testing.assert_allclose(here.global_unknowns, there.global_unknowns, atol=1e-6)


@pytest.mark.parametrize("name", ["5_qled_full", "6_psc_ions_steady"])
def test_voltages_in_any_order_and_repeated(name: str) -> None:
    stack = case(name)[0]
    ordered = np.array([-0.5, 0.0, 0.3, 0.7, 1.0, 1.2])
    shuffled = np.array([1.2, -0.5, 0.7, 0.3, 0.7, 1.0, 0.0, -0.5])
    found = {v: solve_device(stack, None, np.array([v]), 52).current_density[0] for v in ordered.tolist()}
    together = solve_device(stack, None, shuffled, 52)
    np.testing.assert_array_equal(together.voltage, shuffled)
    expected = [found[v] for v in shuffled.tolist()]
    np.testing.assert_allclose(together.current_density, expected, rtol=1e-8, atol=1e-9)
    assert together.current_density[2] == together.current_density[4]


@pytest.mark.parametrize(
    ("name", "voltage", "coarsest"),
    [
        ("3_bipolar_langevin", 3.0, 101),
        ("4_hetero3", 3.0, 51),
        pytest.param("4_hetero3", 6.0, 201, marks=pytest.mark.explore),
    ],
)
def test_discretisation_error_is_of_second_order(name: str, voltage: float, coarsest: int) -> None:
    stack, _, _ = case(name)
    nodes = [(coarsest - 1) * 2**k + 1 for k in range(4)]
    found = [solve_device(stack, None, np.array([voltage]), n).current_density[0] for n in nodes]
    limit = found[3] + (found[3] - found[2]) / 3.0
    errors = np.abs(np.array(found[:3]) / limit - 1.0)
    ratios = errors[:-1] / errors[1:]
    assert np.all(np.abs(ratios - 4.0) < 0.5), ratios
    assert abs(ratios[1] - 4.0) < 0.2


@pytest.mark.parametrize("statistics", list(STACKS))
def test_charge_balance_closes_with_every_recombination_path(statistics: str) -> None:
    lit = everything(**STACKS[statistics])
    voltage = np.array([-1.0, 1.0, 2.5, 4.0, 6.0])
    for stack in (lit, changed(lit, generation=0.0)):
        found = solve_device(stack, None, voltage, 60)
        assert found.converged.all()
        size = np.abs(found.electron_leakage) + np.abs(found.hole_leakage) + np.abs(found.current_density)
        size += np.abs(found.outside_emitter_current) + np.abs(found.auger_current)
        assert np.all(np.abs(parts(found) - found.current_density) <= 1e-9 * size)
    forward = found.voltage > 0.0
    for name in (
        "exciton_formation_current",
        "emitter_trap_current",
        "auger_current",
        "interface_recombination_current",
        "outside_emitter_current",
    ):
        part = getattr(found, name)
        assert np.all(part[forward] >= 0.0), name
        assert np.all(part[~forward] <= 1e-18), name
    split = found.hole_quasi_fermi_level - found.electron_quasi_fermi_level
    assert np.all((found.recombination * split >= 0.0) | (np.abs(split) < 1e-9))
    ends = found.radiative_current + found.nonradiative_current + found.quenching_current + found.trion_auger_current
    np.testing.assert_allclose(ends, found.exciton_formation_current, rtol=1e-9)


def folded() -> Stack:
    """Four layers of a random stack whose steady states end in a fold near 5 V, beyond which others go on."""
    numbers = (
        # thickness, permittivity, levels, states, mobilities, field activations, bimolecular coefficient
        (
            3.41783e-9,
            11.7817,
            2.96613,
            7.26008,
            1.28834e24,
            2.40528e-7,
            2.66089e-5,
            4.01301e-4,
            3.39595e-4,
            2.05672e-17,
        ),
        (
            1.76692e-8,
            13.0520,
            3.22869,
            6.00297,
            3.00038e26,
            1.68418e-7,
            8.84075e-5,
            3.08158e-4,
            1.31181e-4,
            3.94630e-16,
        ),
        (3.73594e-8, 7.95612, 2.40015, 5.81801, 1.41793e26, 1.84573e-9, 5.92282e-6, 0.0, 0.0, 3.53405e-16),
        (1.44723e-8, 3.78279, 2.64767, 6.37695, 4.79613e26, 3.19421e-8, 8.97471e-10, 0.0, 0.0, 1.07834e-18),
    )
    layers = [
        Described(
            name=f"layer {k}",
            material=f"material {k}",
            role="transport",
            thickness=one[0],
            relative_permittivity=one[1],
            electron_affinity=one[2],
            ionisation_energy=one[3],
            electron_density_of_states=one[4],
            hole_density_of_states=one[4],
            electron_mobility=one[5],
            hole_mobility=one[6],
            electron_field_activation=one[7],
            hole_field_activation=one[8],
            bimolecular_coefficient=one[9],
            interface_velocity=1e7,
            interface_hop=0.0,
        )
        for k, one in enumerate(numbers)
    ]
    traps = {"trap_density": 7.05406e21, "trap_energy": 4.51231, "electron_capture": 1e-14, "hole_capture": 1e-14}
    layers[-1] = but(layers[-1], trap_charge="donor", **traps)
    return built((electrode(7.08804), *layers, electrode(2.78652)), temperature=300.0)


def two_states(device_solution: DeviceSolution) -> list[str]:
    return [note.text for note in device_solution.notes if note.where == "run.voltage" and "steady state" in note.text]


def test_a_single_voltage_gives_the_state_of_a_sweep_where_two_steady_states_exist() -> None:
    """Both were found before, 58273 A/m2 alone and 72165 in a sweep, and nothing was said."""
    swept, alone = (
        solve_device(folded(), None, voltage, 65, math.inf) for voltage in (np.linspace(0.0, 5.0, 51), np.array([5.0]))
    )
    assert alone.current_density[0] == pytest.approx(swept.current_density[-1], rel=1e-6)
    assert alone.current_density[0] == pytest.approx(72165.0, rel=5e-3)
    for found in (swept, alone):
        (text,) = two_states(found)
        assert "at 5 V the device has two steady states, with 7.2" in text
        assert "and 5.8" in text


def test_the_end_of_a_branch_of_steady_states_is_noted() -> None:
    (text,) = two_states(solve_device(folded(), None, np.linspace(0.0, 5.4, 28), 65, math.inf))
    assert "end near 5.0" in text
    ordinary, voltage, _ = case("4_hetero3")
    assert not two_states(solve_device(ordinary, None, voltage, 65, math.inf))


@pytest.mark.parametrize("name", ["3_bipolar_langevin", "4_hetero3", "5_qled_full"])
def test_long_voltage_steps_give_the_state_of_short_ones(name: str) -> None:
    stack, voltage, _ = case(name)
    swept = solve_device(stack, None, voltage, 40, math.inf).current_density
    for volts in (2.0, 4.0, 6.0):
        alone = solve_device(stack, None, np.array([volts]), 40, math.inf).current_density[0]
        assert alone == pytest.approx(swept[np.argmin(np.abs(voltage - volts))], rel=1e-7)


CASES = Path(__file__).parents[3] / "shared" / "cases" / "device"


# The cases were written with the names of before.
@pytest.mark.filterwarnings("ignore:.* is called .* now:DeprecationWarning")
@pytest.mark.parametrize(("name", "nodes"), [("fail_47", 60), ("fail_439", 60)])
def test_pseudo_transient_continuation_replaces_continuation_in_generation(name: str, nodes: int) -> None:
    if not CASES.is_dir():
        pytest.skip(f"{CASES} is not there")
    stack = load(CASES / f"{name}.yaml").stack
    assert stack is not None
    found = solve_device(without_hops(stack), None, np.array([0.0, 0.5]), nodes, math.inf)
    assert found.converged.all()
    assert np.all(found.current_density < 0.0)
    np.testing.assert_allclose(parts(found), found.current_density, rtol=1e-6)


def test_generation_without_recombination_is_named() -> None:
    """Holes that nearly stand still in their few states, and nothing that takes them."""
    layer = Described(
        name="film",
        material="film",
        role="transport",
        thickness=1e-6,
        relative_permittivity=11.8,
        electron_affinity=3.029,
        ionisation_energy=6.224,
        electron_density_of_states=6e27,
        hole_density_of_states=1.1e23,
        electron_mobility=7e-6,
        hole_mobility=4e-15,
        statistics="gaussian",
        electron_disorder=0.0278,
        hole_disorder=0.00136,
        generation=1.35e26,
    )
    stack = built((electrode(3.718), layer, electrode(3.029)), temperature=300.0)
    with pytest.raises(ConvergenceError, match="light makes pairs in 'film', where no recombination is stated"):
        solve_device(stack, None, np.array([0.0]), 60, math.inf)
