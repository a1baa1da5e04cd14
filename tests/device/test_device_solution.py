"""What `solve_device` hands over: emission zone, yields, messages and refusals."""

import math

import numpy as np
import pytest
from device_cases import Described, but, case, described, electrode, fail_between, parts, rebuilt

from halodot.device import solve_device
from halodot.device.solver import bias_sweep
from halodot.device.solver.newton import TOO_MANY
from halodot.device.solver.system import Outcome
from halodot.errors import ConvergenceError, InputError
from halodot.states import Array, Optics, Stack, replaced

Q = 1.602176634e-19


def qled() -> Stack:
    return case("5_qled_full")[0]


def optics_at(position: Array, purcell: Array) -> Optics:
    none, zero = np.zeros((0, position.size)), np.zeros(position.size)
    return Optics(
        wavelength=np.zeros(0),
        position=position,
        layer_names=(),
        power=none,
        air=none,
        substrate=none,
        guided=none,
        back=none,
        absorbed=np.zeros((0, 0, position.size)),
        guided_absorbed=np.zeros((0, 0, position.size)),
        radiance_angle=np.zeros(0),
        radiance=np.zeros((0, position.size, 0)),
        outcoupling=zero,
        purcell=purcell,
        balance_error=0.0,
    )


def test_exciton_generation_is_conserved_by_any_binning() -> None:
    stack, voltage = qled(), np.array([2.2, 4.0])
    without = solve_device(stack, None, voltage)
    position = np.array([0.3e-9, 1e-9, 9e-9, 28e-9])
    with_optics = solve_device(stack, optics_at(position, np.ones(4)), voltage)
    assert without.exciton_generation.shape == (2, 11)
    assert with_optics.exciton_generation.shape == (2, 4)
    for found in (without, with_optics):
        total = Q * np.sum(found.exciton_generation, axis=1)
        np.testing.assert_allclose(total, found.exciton_formation_current, rtol=1e-12)
    faces = np.array([0.0, 0.65e-9, 5e-9, 18.5e-9, 30e-9])
    cells = np.diff(faces) * described(stack)[3].bimolecular_coefficient
    inside = with_optics.layer_of_node == 3
    product = with_optics.electron_density[1, inside] * with_optics.hole_density[1, inside]
    highest = with_optics.exciton_generation[1] / cells
    assert np.all(highest <= np.max(product) * (1.0 + 1e-12))
    np.testing.assert_array_equal(with_optics.exciton_position, position)


def test_immobile_excitons_decay_by_the_local_rates() -> None:
    stack = qled()
    quencher = but(described(stack)[5], quenching_rate=3e10)
    below = but(described(stack)[2], quenching_rate=1e7)
    emitting = but(described(stack)[3], trap_density=0.0)
    stack = rebuilt(stack, (*described(stack)[:2], below, emitting, described(stack)[4], quencher, described(stack)[6]))
    position, purcell = np.array([2e-9, 29e-9]), np.array([0.8, 1.7])
    for device in (stack, upside_down(stack)):
        found = solve_device(device, optics_at(position, purcell), np.array([2.0, 3.0]))
        index = [layer.role for layer in device.layers].index("emitter")
        inside = found.layer_of_node == index
        height = found.position[inside] - found.position[inside][0]
        half = 0.5 * np.diff(height)
        volume = np.append(half, 0.0) + np.append(0.0, half)
        lower, upper = (height, 30e-9 - height) if device is stack else (30e-9 - height, height)
        quenching = 1e7 * np.exp(-lower / 1e-9)
        quenching += 3e10 * np.exp(-(upper + described(stack)[4].thickness) / 1e-9)
        light = 2e7 * np.interp(height, position, purcell)
        made = Q * found.recombination[:, inside] * volume
        whole = light + 5e6 + quenching
        np.testing.assert_allclose(found.radiative_current, made @ (light / whole), rtol=1e-9)
        np.testing.assert_allclose(found.nonradiative_current, made @ (5e6 / whole), rtol=1e-9)
        np.testing.assert_allclose(found.quenching_current, made @ (quenching / whole), rtol=1e-9)
        assert np.all(found.trion_auger_current == 0.0)
        np.testing.assert_allclose(Q * found.radiative_decay.sum(axis=1), found.radiative_current, rtol=1e-12)


def upside_down(stack: Stack) -> Stack:
    return rebuilt(stack, described(stack)[::-1], turned=True)


@pytest.mark.parametrize("anode_first", [True, False])
def test_exciton_decay_channels_add_up_to_the_formation_current(anode_first: bool) -> None:
    stack = qled()
    emitter = replaced(
        stack.emitter, exciton_diffusivity=5e-8, dot_volume=3e-25, trion_auger_rate=8e9, quenching_field=1.4e8
    )
    stack = replaced(stack, emitter=emitter)
    found = solve_device(stack if anode_first else upside_down(stack), None, np.array([2.2, 3.0, 4.0]))
    ends = found.radiative_current + found.nonradiative_current + found.quenching_current + found.trion_auger_current
    np.testing.assert_allclose(ends, found.exciton_formation_current, rtol=1e-12)
    np.testing.assert_allclose(Q * found.radiative_decay.sum(axis=1), found.radiative_current, rtol=1e-12)
    assert np.all(found.trion_auger_current > 0.1 * found.exciton_formation_current)


def test_trion_auger_decay_needs_a_dot_volume() -> None:
    stack = qled()
    for changes, word in (
        ({"trion_auger_rate": 1e9}, "dot_volume"),
        ({"quenching_field": 0.0}, "quenching_field"),
        ({"exciton_diffusivity": -1.0}, "exciton_diffusivity"),
        ({"radiative_rate": 0.0}, "radiative_rate"),
    ):
        with pytest.raises(InputError, match=word):
            solve_device(replaced(stack, emitter=replaced(stack.emitter, **changes)), None, np.array([1.0]))


def test_no_exciton_formation_without_an_emitter() -> None:
    stack, voltage = qled(), np.array([0.0, 4.0])
    for dark in (replaced(stack, emitter=None), case("1_sclc_unipolar")[0]):
        found = solve_device(dark, None, voltage)
        assert np.all(found.exciton_formation_current == 0.0)
        assert found.exciton_generation.shape == (2, 0)
        assert found.exciton_position.size == found.radiative_decay.size == 0
        np.testing.assert_allclose(parts(found), found.current_density, rtol=1e-9, atol=1e-18)


def test_voltages_keep_their_order() -> None:
    stack, voltage = qled(), np.array([3.0, -1.0, 0.0, 2.0, 3.0])
    found = solve_device(stack, None, voltage)
    np.testing.assert_array_equal(found.voltage, voltage)
    assert found.current_density[0] == found.current_density[4] > found.current_density[3] > 0.0
    assert found.current_density[2] == 0.0
    assert math.isnan(found.charge_balance[2])
    assert [record.voltage for record in found.history] == voltage.tolist()
    assert not found.current_density.flags.writeable


def test_quasi_fermi_levels_split_by_the_voltage_and_set_the_densities() -> None:
    stack = qled()
    found = solve_device(stack, None, np.array([2.5]))
    assert found.electron_quasi_fermi_level[0, -1] == pytest.approx(3.0)
    assert found.hole_quasi_fermi_level[0, 0] - found.electron_quasi_fermi_level[0, -1] == pytest.approx(2.5)
    layer = described(stack)[3]
    i = int(np.flatnonzero(found.layer_of_node == 3)[20])
    vt = 8.617333262e-5 * 300.0
    level = layer.electron_affinity + found.potential[0, i] - found.electron_quasi_fermi_level[0, i]
    assert found.electron_density[0, i] == pytest.approx(
        layer.electron_density_of_states * math.exp(level / vt), rel=1e-6
    )


def test_a_point_that_does_not_converge_is_nan_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    fail_between(monkeypatch, 2.05, math.inf, node=120)
    found = solve_device(qled(), None, np.array([2.0, 3.0, 4.0]), 52)
    np.testing.assert_array_equal(found.converged, [True, False, False])
    assert np.isnan(found.current_density[1:]).all()
    assert np.isnan(found.electron_density[1:]).all()
    assert np.isnan(found.exciton_generation[1:]).all()
    message = found.history[1].message
    for part in ("stopped after 2.0", "hole continuity", "'dot film'", "nm from its face", "Try"):
        assert part in message


def test_nothing_converged_is_an_error_with_the_history(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bias_sweep, "newton", lambda *_: Outcome(TOO_MANY, 60, 0.5, 120, 2))
    with pytest.raises(ConvergenceError, match="equilibrium") as caught:
        solve_device(qled(), None, np.array([1.0, 2.0]))
    assert not caught.value.partial.converged.any()
    assert len(caught.value.history) == 2


def test_work_function_of_the_nearest_metal_is_pinned_inside_the_gap() -> None:
    stack, voltage = qled(), np.array([3.0])
    fluoride = but(electrode(3.0), name="LiF", role="injection", thickness=1e-9)
    aluminium = electrode(4.3)
    capped = rebuilt(stack, (electrode(4.0), *described(stack)[:-1], fluoride, aluminium))
    expected = solve_device(stack, None, voltage)
    found = solve_device(capped, None, voltage)
    np.testing.assert_array_equal(found.current_density, expected.current_density)
    np.testing.assert_array_equal(found.layer_of_node, expected.layer_of_node + 1)
    deep = rebuilt(stack, (*described(stack)[:-1], electrode(2.0)))
    pinned = rebuilt(stack, (*described(stack)[:-1], electrode(described(stack)[-2].electron_affinity)))
    np.testing.assert_array_equal(
        solve_device(deep, None, voltage).current_density, solve_device(pinned, None, voltage).current_density
    )


def layer_with(stack: Stack, **changes: object) -> Stack:
    return rebuilt(stack, (*described(stack)[:3], but(described(stack)[3], **changes), *described(stack)[4:]))


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"thickness": 0.0}, "thickness"),
        ({"relative_permittivity": math.nan}, "relative_permittivity"),
        ({"electron_mobility": -1.0}, "electron_mobility"),
        ({"hole_mobility": math.nan}, "hole_mobility"),
        ({"ionisation_energy": 3.0}, "ionisation_energy"),
        ({"electron_density_of_states": 0.0}, "electron_density_of_states"),
        ({"trap_energy": math.nan}, "trap_energy"),
        ({"electron_affinity": math.nan, "ionisation_energy": math.nan}, "ionisation_energy"),
    ],
)
def test_a_layer_that_lacks_a_number_is_refused_by_name(changes: dict[str, float], word: str) -> None:
    with pytest.raises(InputError, match=word) as caught:
        solve_device(layer_with(qled(), **changes), None, np.array([1.0]))
    assert any("dot film" in problem.path for problem in caught.value.problems)


def test_all_problems_of_a_stack_come_at_once() -> None:
    stack = layer_with(qled(), thickness=-1.0, hole_density_of_states=math.inf)
    bare = rebuilt(stack, described(stack)[1:], temperature=-3.0)
    with pytest.raises(InputError) as caught:
        solve_device(bare, None, np.array([1.0]))
    assert len(caught.value.problems) == 4


def test_stacks_and_voltages_that_are_no_device_are_refused() -> None:
    stack = qled()
    glass = Described(name="glass", material="glass", thickness=math.inf, role="substrate")
    with pytest.raises(InputError, match="no layer has both levels"):
        solve_device(rebuilt(stack, (glass, described(stack)[0])), None, np.array([1.0]))
    for wrong in (np.array([math.nan]), np.zeros(0), np.zeros((1, 1))):
        with pytest.raises(InputError, match="finite"):
            solve_device(stack, None, wrong)
    with pytest.raises(InputError, match="at least 8"):
        solve_device(stack, None, np.array([1.0]), 3)
    with pytest.raises(InputError, match="increase"):
        solve_device(stack, optics_at(np.array([2e-9, 1e-9]), np.ones(2)), np.array([1.0]))
