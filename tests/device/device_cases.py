"""Stacks for the tests of the device stage."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from described_layers import Described as Described
from described_layers import built as built
from described_layers import but as but
from described_layers import described as described
from described_layers import rebuilt as rebuilt

from halodot.constants import BOLTZMANN, ELEMENTARY_CHARGE
from halodot.device.discretisation.unknowns import HOLE_CONTINUITY
from halodot.device.solver import bias_sweep, continuation, pseudo_transient
from halodot.device.solver.newton import TOO_MANY
from halodot.device.solver.system import OperatingCondition, Outcome, System, Unknowns
from halodot.device.velocities import ATTEMPT_VELOCITY
from halodot.states import Array, DeviceSolution, Emitter, Stack, replaced, sum_of_parts
from halodot.study import load

REFERENCE = Path(__file__).parents[1] / "reference" / "device"
EMITTER = Emitter(wavelength=np.zeros(2), spectrum=np.ones(2), radiative_rate=2e7, nonradiative_rate=5e6)


def electrode(work_function: float, **words: Any) -> Described:
    """A metal whose work function is taken as it is, also at the level of the layer that it touches."""
    plain = {"name": "metal", "material": "metal", "thickness": 1e-7, "role": "electrode", "contact_spacing": 0.0}
    return Described(plain | {"work_function": work_function} | words)


def flat_band(layer: Described, temperature: float) -> float:
    """Return the work function at which a doped layer has no bending at its contact."""
    vt = BOLTZMANN * temperature / ELEMENTARY_CHARGE
    donors = layer.donor_density - layer.acceptor_density
    if donors > 0.0:
        return float(layer.electron_affinity + vt * math.log(layer.electron_density_of_states / donors))
    return float(layer.ionisation_energy - vt * math.log(layer.hole_density_of_states / -donors))


def case(name: str) -> tuple[Stack, Array, Array]:
    """Return the stack of a reference case, its voltages and its current densities."""
    study = load(name)
    assert study.stack is not None
    stack = replaced(study.stack, emitter=EMITTER)
    curve = np.loadtxt(REFERENCE / f"{name}_jv.csv", delimiter=",", skiprows=1, encoding="utf-8")
    return stack, curve[:, 0], curve[:, 1]


def changed(stack: Stack, **changes: Any) -> Stack:
    """Return the stack with the same changes made in every layer that carries current."""
    layers = [item if item.role == "electrode" else but(item, **changes) for item in described(stack)]
    return rebuilt(stack, layers)


def with_mobile_cations(stack: Stack) -> Stack:
    """Return the solar cell of case 6, whose cations are doping, with cations that move as its anions do."""
    layers = [
        but(item, cation_density=item.donor_density, donor_density=0.0) if item.anion_density > 0.0 else item
        for item in described(stack)
    ]
    return rebuilt(stack, layers)


def without_hops(stack: Stack) -> Stack:
    """Return the stack with free carriers at its interfaces and its work functions taken as they are."""
    plain = {"interface_hop": 0.0, "interface_electron_velocity": math.nan, "interface_hole_velocity": math.nan}
    layers = [
        but(one, contact_spacing=0.0)
        if one.role == "electrode"
        else but(one, **plain, interface_velocity=one.get("interface_velocity", ATTEMPT_VELOCITY))
        for one in described(stack)
    ]
    return rebuilt(stack, layers)


def mirrored(stack: Stack) -> Stack:
    """Return the stack upside down; what is said of an interface is stated under the layer below it."""
    layers = described(stack)[::-1]
    faces = [{word: layer.get(word, math.nan) for word in ("interface_velocity", "interface_hop")} for layer in layers]
    turned = [but(layer, **face) for layer, face in zip(layers, [*faces[1:], {}], strict=True)]
    return rebuilt(stack, turned, turned=True)


def random_stack(seed: int) -> Stack:
    """Return a stack of 1 to 8 layers with levels, mobilities, doping and recombination drawn at random."""
    rng = np.random.default_rng(seed)
    count, affinity, layers = int(rng.integers(1, 9)), 3.0, []
    for k in range(count):
        gap = rng.uniform(1.2, 4.5)
        affinity = float(np.clip(affinity + rng.uniform(-1.2, 1.2), 1.5, 4.5))
        states = 10 ** rng.uniform(25, 27)
        layers.append(
            Described(
                name=f"layer {k}",
                material="",
                role="emitter" if k == count // 2 else "transport",
                thickness=10 ** rng.uniform(-8.3, -7),
                relative_permittivity=rng.uniform(2.5, 12),
                electron_affinity=affinity,
                ionisation_energy=affinity + gap,
                electron_density_of_states=states,
                hole_density_of_states=states * 10 ** rng.uniform(-1, 1),
                electron_mobility=10 ** rng.uniform(-12, -4),
                hole_mobility=10 ** rng.uniform(-12, -4),
                donor_density=10 ** rng.uniform(20, 25) if rng.random() < 0.2 else 0.0,
                acceptor_density=10 ** rng.uniform(20, 25) if rng.random() < 0.2 else 0.0,
                langevin_factor=float(rng.integers(0, 2)),
                bimolecular_coefficient=1e-17,
                trap_density=10 ** rng.uniform(20, 24) if rng.random() < 0.5 else 0.0,
                trap_energy=affinity + gap * rng.uniform(0.2, 0.8),
                electron_capture=10 ** rng.uniform(-18, -13),
                hole_capture=10 ** rng.uniform(-18, -13),
                interface_velocity=10 ** rng.uniform(0, 6),
                interface_hop=0.0,
            )
        )
    anode = layers[0].ionisation_energy - rng.uniform(0.0, 0.6)
    cathode = layers[-1].electron_affinity + rng.uniform(0.0, 0.6)
    return built((electrode(anode), *layers, electrode(cathode)), emitter=EMITTER)


def parts(device_solution: DeviceSolution) -> Array:
    """Return the sum of the charge budget."""
    return sum_of_parts(device_solution, "current_density")


def fail_between(monkeypatch: pytest.MonkeyPatch, low: float, high: float, node: int = 3) -> None:
    """Let no solve between two voltages converge, with the continuation run as plain Python."""
    solve: Callable[..., Outcome] = continuation.solve_from

    def solve_from(system: System, guess: Unknowns, found: Unknowns, condition: OperatingCondition) -> Outcome:
        if low <= condition.terminal_voltage * system.device.thermal_voltage <= high:
            return Outcome(TOO_MANY, 60, 0.5, node, HOLE_CONTINUITY)
        return solve(system, guess, found, condition)

    for module in (continuation, pseudo_transient):
        monkeypatch.setattr(module, "solve_from", solve_from)
    monkeypatch.setattr(continuation, "relax", pseudo_transient.relax.py_func)  # type: ignore[attr-defined]
    monkeypatch.setattr(bias_sweep, "continue_to", continuation.continue_to.py_func)  # type: ignore[attr-defined]
