"""Derivatives of whole curves against central differences of the whole solver, for every kind of physics."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from device_cases import EMITTER, but, case, described, mirrored, rebuilt
from test_device_derivatives import STACKS, everything

import halodot
from halodot.device import solve_device
from halodot.errors import InputError
from halodot.learn.device_sensitivity import DeviceSensitivity
from halodot.light import emit
from halodot.results.data import Result
from halodot.states import Array, Optics, Stack, replaced
from halodot.study import load_colour_matching

VOLTAGE = np.array([1.6, 2.4, 3.2, 5.0])
NODES = 30
#: Largest error relative to the derivative, and to the quantity itself for a change of 100 % or of kT.
RELATIVE, ABSOLUTE = 1e-5, 1e-9
QLED = (
    "device.layers.dots.hole_mobility",
    "device.layers.dots.electron_mobility",
    "device.layers.PTAA.hole_mobility",
    "device.layers.PO-T2T.electron_mobility",
    "device.layers.dots.electron_affinity",
    "device.layers.PTAA.ionisation_energy",
    "device.layers.dots.hole_density_of_states",
    "device.layers.dots.relative_permittivity",
    "device.layers.dots.trap_density",
    "device.layers.dots.trap_energy",
    "device.layers.dots.electron_capture",
    "device.layers.dots.bimolecular_coefficient",
    "device.layers.dots.electron_field_activation",
    "device.layers.dots.langevin_factor",
    "device.layers.PO-T2T.donor_density",
    "device.layers.PTAA.interface_hop",
    "device.layers[2].work_function",
    "device.layers.dots.anion_density",
    "device.series_resistance",
    "device.shunt_conductance",
    "device.emitter.nonradiative_rate",
    "device.emitter.radiative_rate",
    "device.emitter.trion_auger_rate",
    "device.emitter.charging_energy",
    "device.emitter.dot_volume",
    "device.emitter.exciton_diffusivity",
    "device.emitter.exciton_binding",
    "device.layers.dots.face_electron_capture",
    "device.emitter.quenching_field",
    "device.emitter.nonradiative_activation_energy",
    "run.temperature",
)


def solved(study: Any, stack: Stack, optics: Optics | None, voltage: Array, nodes: int | None = None) -> Result:
    device_solution = solve_device(stack, optics, voltage, nodes, tolerance=math.inf)  # neighbours share one grid
    assert device_solution.converged.all()
    emission = emit(stack, optics, device_solution, load_colour_matching()) if optics is not None else None
    return Result(study=study, stack=stack, optics=optics, device_solution=device_solution, emission=emission)


def curves(result: Result) -> Array:
    """Return current density, luminance and EQE, nan without light, shape (3, voltage)."""
    assert result.device_solution is not None
    current = result.device_solution.current_density
    empty_array = np.full_like(current, np.nan)
    light = result.emission
    return np.array([current, empty_array, empty_array] if light is None else [current, light.luminance, light.eqe])


def difference(make: Any, value: float, step: float) -> Array:
    """Return the derivative of the curves to fourth order in the step."""
    near, far = ([curves(make(value + sign * k * step)) for sign in (1, -1)] for k in (1, 2))
    slope: Array = (8.0 * (near[0] - near[1]) - (far[0] - far[1])) / (12.0 * step)
    return slope


def set_number(stack: Stack, path: str, value: float) -> Stack:
    """Return the stack with one number changed, written apart from the paths under test."""
    words = path.replace("[2]", ".PEDOT:PSS").split(".")
    name = words[-1]
    if words[-2] == "emitter" and "layers" not in words:
        assert stack.emitter is not None
        return replaced(stack, emitter=replaced(stack.emitter, **{name: value}))
    layers = tuple(but(item, **{name: value}) if item.name == words[-2] else item for item in described(stack))
    return rebuilt(stack, layers) if name not in vars(stack) else replaced(stack, **{name: value})


def step_for(unit: str, name: str, value: float) -> float:
    if unit in ("eV", "V"):
        return 2e-5
    return (1e-5 if name == "temperature" else 1e-4) * value


def compare(found: DeviceSensitivity, result: Result, make: Any, relative: float = RELATIVE) -> None:
    """Compare every derivative with differences of new solutions."""
    size = np.abs(curves(result))
    wrong = []
    for k, path in enumerate(found.parameters):
        value, unit, name = float(found.values[k]), found.units[k], path.rpartition(".")[2]
        expected = difference(lambda x, path=path: make(path, x), value, step_for(unit, name, value))
        scale = size / (0.0259 if unit in ("eV", "V") else abs(value))
        own = np.array([found.dJ[k], found.dL[k], found.dEQE[k]])
        error = np.abs(own - expected) - relative * np.abs(expected) - ABSOLUTE * scale
        if np.any(np.isnan(own) != np.isnan(expected)) or np.any(error > 0.0):
            wrong.append((path, own, expected))
    assert not wrong, wrong


@pytest.fixture(scope="module")
def qled() -> Result:
    """The whole device of the paper's kind, with light, traps, fields, ions, and a circuit around it."""
    study = halodot.load("device-only")
    plain = halodot.simulate(study)
    assert plain.stack is not None
    changes: dict[str, dict[str, float]] = {
        "dots": {
            "trap_density": 3e21,
            "trap_energy": 4.5,
            "electron_capture": 2e-14,
            "hole_capture": 5e-15,
            "bimolecular_coefficient": 1e-17,
            "langevin_factor": 0.01,
            "electron_field_activation": 2e-4,
            "cation_density": 1e22,
            "anion_density": 1e22,
            "face_electron_capture": 1e-27,
        },
        "PO-T2T": {"donor_density": 1e22},
        "PTAA": {"face_capture": True},
    }
    layers = tuple(but(item, **changes.get(item.name, {})) for item in described(plain.stack))
    fates = {"dot_volume": 2e-25, "trion_auger_rate": 1e9, "exciton_diffusivity": 1e-9, "quenching_field": 2e8}
    fates["exciton_binding"] = 0.05
    fates |= {"nonradiative_activation_energy": 0.2, "charging_energy": 0.06}
    emitter = replaced(plain.stack.emitter, **fates)
    stack = rebuilt(plain.stack, layers, emitter=emitter, series_resistance=2e-5, shunt_conductance=1e-3)
    return solved(study, stack, plain.optics, VOLTAGE, NODES)


def test_qled_against_central_differences(qled: Result) -> None:
    found = halodot.sensitivity(qled, QLED)
    assert found.dJ.shape == found.dL.shape == found.dEQE.shape == (len(QLED), VOLTAGE.size)
    assert not found.notes
    assert qled.stack is not None
    stack = qled.stack
    compare(found, qled, lambda path, x: solved(qled.study, set_number(stack, path, x), qled.optics, VOLTAGE, NODES))


EVERYTHING = (
    "device.layers.emitter.ionisation_energy",
    "device.layers.hole conductor.hole_density_of_states",
    "device.layers.emitter.electron_mobility",
    "device.layers.electron conductor.thickness",
    "device.layers.emitter.trap_density",
    "device.layers.emitter.hole_capture",
    "device.layers.hole conductor.interface_dipole",
    "device.layers.emitter.tunnelling_mass",
    "device.layers.hole conductor.interface_trap_density",
    "device.layers.emitter.interface_trap_energy",
    "device.layers.emitter.interface_hole_capture",
    "device.layers.hole conductor.face_hole_capture",
    "device.layers.emitter.face_hole_capture",
    "device.layers.emitter.face_electron_capture",
    "device.layers.emitter.cation_density",
    "device.layers.emitter.electron_auger",
    "device.layers.emitter.auger_saturation_density",
    "device.layers.emitter.hopping_distance",
    "device.layers.emitter.hole_field_activation",
    "device.layers.emitter.langevin_factor",
    "device.layers.anode.work_function",
    "device.layers.cathode.contact_electron_velocity",
    "device.temperature",
)


WIDTHS = {
    "gaussian": ("electron_disorder",),
    "disorder": ("electron_disorder", "hole_disorder", "site_spacing", "mobility_temperature"),
}


#: ions that stay where they are change nothing of the statistics: two of the four kinds stand for all
BOTH = [
    *((statistics, "free") for statistics in STACKS),
    *((statistics, "frozen") for statistics in ("boltzmann", "disorder")),
    *(pytest.param(statistics, "frozen", marks=pytest.mark.explore) for statistics in ("gaussian", "fermi_dirac")),
]


@pytest.mark.parametrize(("statistics", "ions"), BOTH)
def test_every_physics_against_central_differences(statistics: str, ions: str) -> None:
    stack = replaced(everything(**STACKS[statistics], generation=0.0), ions=ions, emitter=EMITTER)
    # away from the voltage at which no field is left at a metal, where the image force sets in within 0.1 mV
    voltage = np.array([0.7, 1.7])
    result = solved(halodot.load("device-only"), stack, None, voltage, 16)
    paths = [*EVERYTHING, *(f"device.layers.emitter.{name}" for name in WIDTHS.get(statistics, ()))]
    found = halodot.sensitivity(result, paths)

    def make(path: str, x: float) -> Result:
        return solved(result.study, set_number(stack, path, x), None, voltage, 16)

    compare(found, result, make)


def of(stack: Stack, paths: tuple[str, ...], voltage: Array, relative: float = RELATIVE) -> None:
    """Compare the derivatives of a stack without light with differences of new solutions."""
    result = solved(halodot.load("device-only"), stack, None, voltage, 40)
    compare(
        halodot.sensitivity(result, paths),
        result,
        lambda path, x: solved(result.study, set_number(stack, path, x), None, voltage, 40),
        relative,
    )


def test_velocities_of_either_carrier_and_small_steps_against_central_differences() -> None:
    stack, _, _ = case("4_hetero3")
    own = {"interface_velocity": np.nan, "interface_electron_velocity": 0.1, "interface_hole_velocity": 0.2}
    near = {"electron_affinity": described(stack)[1].electron_affinity + 0.03}
    layers = (
        described(stack)[0],
        but(described(stack)[1], **own),
        but(described(stack)[2], **near),
        *described(stack)[3:],
    )
    name = f"device.layers.{described(stack)[1].name}"
    paths = (
        f"{name}.interface_electron_velocity",
        f"{name}.interface_hole_velocity",
        f"device.layers.{described(stack)[2].name}.electron_affinity",
        f"device.layers.{described(stack)[2].name}.hole_density_of_states",
        "device.temperature",
    )
    of(rebuilt(stack, layers), paths, np.array([2.0, 4.0]))


def test_levels_of_dots_against_central_differences() -> None:
    stack, _, _ = case("4_hetero3")
    levels = {
        "electron_disorder": 0.03,
        "hole_disorder": 0.04,
        "electron_level_spacing": 0.12,
        "hole_level_spacing": 0.1,
        "level_charging_energy": 0.05,
        "second_level_states": 5.5,
    }
    dots = {"electron_density_of_states": 5e24, "hole_density_of_states": 5e24, "statistics": "dot_levels"}
    layers = [but(item, **dots, **levels) if item.role == "emitter" else item for item in described(stack)]
    names = (*levels, "electron_affinity", "hole_density_of_states")
    of(rebuilt(stack, layers), tuple(f"device.layers.emitter.{name}" for name in names), np.array([2.0, 4.0]))


def test_insulators_and_broken_gaps_against_central_differences() -> None:
    from test_device_interfaces import generator, insulator, led

    # contacts inside the gap, not on its edge
    electrons, broken = (
        rebuilt(stack, (*described(stack)[:-1], but(described(stack)[-1], work_function=level)))
        for stack, level in ((led(insulator(8e-10)), 3.1), (generator(), 5.3))
    )
    names = ("insulator.thickness", "insulator.electron_affinity", "insulator.relative_permittivity")
    names = (*names, "electrons.electron_affinity", "electrons.electron_density_of_states", "holes.hole_mobility")
    of(electrons, tuple(f"device.layers.{name}" for name in names), np.array([3.0, 5.0]))
    names = ("HAT-CN.electron_affinity", "HAT-CN.electron_mobility", "HTL.ionisation_energy", "HTL.hole_mobility")
    of(broken, tuple(f"device.layers.{name}" for name in names), np.array([4.0, 8.0]))


def test_the_pieces_of_a_film_share_the_derivative_of_the_film() -> None:
    stack, _, _ = case("3_bipolar_langevin")
    whole, voltage, study = described(stack)[1], np.array([3.0, 5.0]), halodot.load("device-only")
    plain = but(whole, role="transport")
    pieces = [but(plain, name=f"piece {k}", thickness=share * whole.thickness) for k, share in enumerate((0.3, 0.7))]
    found = {}
    for name in ("hole_mobility", "electron_affinity", "relative_permittivity"):
        parts = rebuilt(stack, (described(stack)[0], *pieces, described(stack)[2]))
        one = rebuilt(stack, (described(stack)[0], plain, described(stack)[2]))
        paths = [f"device.layers.piece {k}.{name}" for k in range(2)]
        found = halodot.sensitivity(solved(study, parts, None, voltage, 60), paths).dJ.sum(axis=0)
        expected = halodot.sensitivity(
            solved(study, one, None, voltage, 60), [f"device.layers.{whole.name}.{name}"]
        ).dJ[0]
        np.testing.assert_allclose(found, expected, rtol=1e-6, err_msg=name)


def test_light_drives_the_same_derivatives() -> None:
    stack, _, _ = case("2_pn_homojunction")
    (layer, *_) = (item for item in described(stack) if item.role != "electrode")
    lit = tuple(but(item, generation=1e26) if item.role != "electrode" else item for item in described(stack))
    stack = rebuilt(stack, lit)
    voltage = np.array([-0.5, 0.0, 0.4])
    result = solved(halodot.load("device-only"), stack, None, voltage, 40)
    found = halodot.sensitivity(
        result, [f"device.layers.{layer.name}.generation", f"device.layers.{layer.name}.hole_mobility"]
    )
    compare(found, result, lambda path, x: solved(None, set_number(stack, path, x), None, voltage, 40))


def test_a_mirrored_stack_has_the_same_derivatives() -> None:
    stack, _, _ = case("4_hetero3")
    study, voltage = halodot.load("device-only"), np.array([1.5, 3.0])
    paths = ["device.layers.emitter.electron_affinity", "device.layers.emitter.thickness"]
    found = [halodot.sensitivity(solved(study, one, None, voltage, 40), paths).dJ for one in (stack, mirrored(stack))]
    np.testing.assert_allclose(found[0], found[1], rtol=1e-6)


def test_numbers_that_move_the_optics_move_all_of_the_light() -> None:
    study = halodot.load("device-only")
    sparse = {"voltages": np.array([3.0, 5.0]), "wavelength": study.run.wavelength[::4], "tolerance": math.inf}
    study = replaced(study, run=replaced(study.run, **sparse))
    result = halodot.simulate(study)
    found = halodot.sensitivity(result, ["device.layers.PO-T2T.thickness", "device.layers.dots.thickness"])

    def make(path: str, x: float) -> Result:
        return halodot.simulate(replaced(study, stack=set_number(study.stack, path, x)))

    size = np.abs(curves(result))
    for k, path in enumerate(found.parameters):
        value = float(found.values[k])
        expected = difference(lambda x, path=path: make(path, x), value, 1e-3 * value)
        own = np.array([found.dJ[k], found.dL[k], found.dEQE[k]])
        np.testing.assert_allclose(own, expected, rtol=1e-4, atol=0.0, err_msg=path)
        assert np.all(np.abs(own) * value > 1e-3 * size)


def test_a_path_can_be_written_as_elsewhere(qled: Result) -> None:
    same = ("device.layers.dots.hole_mobility", "device.layers[4].hole_mobility", "device.layers.dots.hole_mobility")
    found = halodot.sensitivity(qled, [*same, "device.emitter.plqy", "device.emitter.nonradiative_rate"])
    np.testing.assert_array_equal(found.dJ[0], found.dJ[1])
    np.testing.assert_array_equal(found.dL[0], found.dL[2])
    assert qled.stack is not None
    assert qled.stack.emitter is not None
    rate, plqy = qled.stack.emitter.radiative_rate, found.values[3]
    np.testing.assert_allclose(found.dEQE[3], -rate / plqy**2 * found.dEQE[4], rtol=1e-6)


def test_unknown_paths_are_told_all_at_once(qled: Result) -> None:
    wrong = ["device.layers.PTAA.hole_mobilty", "device.series_resistanc", "device.layers.dots.statistics", "film.gap"]
    with pytest.raises(InputError) as caught:
        halodot.sensitivity(qled, [*wrong, "device.series_resistance"])
    suggestions = [problem.suggestion for problem in caught.value.problems]
    assert len(suggestions) == len(wrong)
    assert suggestions[:2] == ["device.layers.PTAA.hole_mobility", "device.series_resistance"]


def test_what_has_no_derivative_says_so_and_an_unsolved_voltage_has_none(qled: Result) -> None:
    assert qled.device_solution is not None
    solved_at = qled.device_solution.converged.copy()
    solved_at[1] = False
    partly = replaced(qled, device_solution=replaced(qled.device_solution, converged=solved_at))
    paths = ["device.layers.PTAA.trap_density", "device.layers.ITO.contact_hole_velocity", "device.series_resistance"]
    found = halodot.sensitivity(partly, paths)
    assert np.isnan(found.dJ[:2]).all()
    assert [note.split(" ")[0] for note in found.notes] == paths[:2]
    np.testing.assert_array_equal(np.isfinite(found.dL[2]), solved_at)
    warm = halodot.sensitivity(replaced(qled, stack=replaced(qled.stack, thermal_resistance=1e-3)), paths[2:])
    assert np.isnan(warm.dJ).all()
    assert "heats itself" in warm.notes[0]
    with pytest.raises(InputError, match="device"):
        halodot.sensitivity(replaced(qled, device_solution=None), paths)


def test_a_circuit_alone_has_its_exact_derivatives() -> None:
    stack, _, _ = case("3_bipolar_langevin")
    stack = replaced(stack, series_resistance=0.0, shunt_conductance=0.0)
    result = solved(halodot.load("device-only"), stack, None, np.array([2.0, 2.000001]), 40)
    found = halodot.sensitivity(result, ["device.series_resistance", "device.shunt_conductance"])
    assert result.device_solution is not None
    current = result.device_solution.current_density
    slope = (current[1] - current[0]) / 1e-6
    np.testing.assert_allclose(found.dJ[0, 0], -current[0] * slope, rtol=1e-5)
    np.testing.assert_allclose(found.dJ[1], result.device_solution.voltage, rtol=1e-9)
