"""Stacks drawn at random over the whole range that the device stage is meant for, each from its own seed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from described_layers import Described, built, but, described, rebuilt

from halodot.constants import BOLTZMANN, ELEMENTARY_CHARGE
from halodot.states import Stack

#: Seed of the series; stack k has the seed (SEED, k).
SEED = 20240
#: Ranges drawn uniformly: gaps, offsets, distance of a contact's Fermi level from the level it injects into (eV).
GAP, OFFSET, BARRIER = (1.2, 4.5), 1.2, (0.0, 0.8)
#: Electron levels stay within these bounds, in eV below vacuum.
AFFINITY = (1.5, 4.8)
#: Ranges drawn uniformly in the logarithm, SI.
MOBILITY, THICKNESS, STATES, PERMITTIVITY = (1e-12, 1e-4), (1e-9, 3e-7), (1e24, 1e27), (2.0, 30.0)
CAPTURE, BULK_TRAPS, INTERFACE_TRAPS = (1e-18, 1e-13), (1e20, 1e24), (1e12, 1e16)
DOPING, IONS, FIELD_ACTIVATION = (1e20, 1e25), (1e22, 1e25), (1e-5, 3e-4)
CROSSING, CONTACT, BIMOLECULAR = (1e0, 1e6), (1e-4, 1e5), (1e-21, 1e-15)
#: Hops across interfaces, in m.
HOP = (3e-10, 1e-8)
TRAP_CHARGES = ("neutral", "acceptor", "donor")


def random_stack(index: int, seed: int = SEED) -> Stack:
    """Return stack ``index`` of a series: 2 to 8 layers between two contacts, everything drawn.

    Args:
        index: number of the stack.
        seed: number of the series.
    """
    rng = np.random.default_rng((seed, index))
    count = int(rng.integers(2, 9))
    ions = bool(rng.random() < 0.4)
    gaps, affinities = _levels(rng, count)
    layers = [_layer(rng, k, affinity, gap, ions) for k, (affinity, gap) in enumerate(zip(affinities, gaps))]
    anode = layers[0].ionisation_energy - rng.uniform(*BARRIER)
    cathode = layers[-1].electron_affinity + rng.uniform(*BARRIER)
    return built((_contact(rng, "anode", anode), *layers, _contact(rng, "cathode", cathode)))


def hopping_stack(index: int, seed: int = SEED) -> Stack:
    """Return the random stack with hops across its interfaces, at the pair's pace, and contacts held in the gap."""
    stack, rng = random_stack(index, seed), np.random.default_rng((97, index))
    layers = []
    for layer in described(stack):
        if layer.role == "electrode":
            layers.append(but(layer, contact_spacing=1e-9))
            continue
        paced = {"interface_velocity": math.nan} if rng.random() < 0.5 else {}
        layers.append(but(layer, interface_hop=_log_uniform(rng, HOP), **paced))
    return rebuilt(stack, layers)


def lavish_stack(index: int, seed: int = SEED) -> Stack:
    """Return the random stack with other statistics, Auger recombination, dipoles, tunnelling, hops and light too."""
    stack = hopping_stack(index, seed)
    rng, faces = np.random.default_rng((99, index)), np.random.default_rng((98, index))
    lit, frozen = index % 3 == 0, index % 5 == 0
    layers = [layer if layer.role == "electrode" else _lavish(rng, layer, lit) for layer in described(stack)]
    layers = [but(layer, interface_disorder=float(faces.choice([0.0, 0.05, 0.12]))) for layer in layers]
    ions = "frozen" if frozen else "free"
    return rebuilt(stack, layers, ions=ions, temperature=float(rng.uniform(250.0, 380.0)))


def disordered_stack(index: int, seed: int = SEED) -> Stack:
    """Return the random stack with Gaussian states everywhere and mobilities that follow them, from 200 to 350 K."""
    stack, rng = random_stack(index, seed), np.random.default_rng((97, index))
    temperature = float(rng.uniform(200.0, 350.0))
    layers = [
        layer if layer.role == "electrode" else _disordered(rng, layer, temperature) for layer in described(stack)
    ]
    return rebuilt(stack, layers, temperature=temperature)


def _disordered(rng: np.random.Generator, layer: Described, temperature: float) -> Described:
    """Return a layer with the extended Gaussian disorder model, its widths from 2 to 8 kT."""
    thermal = BOLTZMANN * temperature / ELEMENTARY_CHARGE
    widths = {f"{carrier}_disorder": rng.uniform(2.0, 8.0) * thermal for carrier in ("electron", "hole")}
    law = {"mobility_law": "extended_gaussian_disorder", "site_spacing": 10 ** rng.uniform(-9.2, -8.6)}
    # what a Gaussian density of states can neutralise
    fewest = 0.1 * min(layer.electron_density_of_states, layer.hole_density_of_states)
    doping = {name: min(getattr(layer, name), fewest) for name in ("donor_density", "acceptor_density")}
    # mobilities are drawn as those of this temperature
    return but(layer, statistics="gaussian", mobility_temperature=temperature, **doping, **widths, **law)


def _lavish(rng: np.random.Generator, layer: Described, lit: bool) -> Described:
    """Return a layer with what a bare random one does not have."""
    changes: dict[str, Any] = {}
    kind = int(rng.integers(3))
    if kind > 0:
        changes["statistics"] = ("fermi_dirac", "gaussian")[kind - 1]
    if kind == 2:
        changes |= {f"{carrier}_disorder": rng.uniform(0.03, 0.12) for carrier in ("electron", "hole")}
    if rng.random() < 0.3:
        changes |= {f"{carrier}_auger": 10 ** rng.uniform(-44, -39) for carrier in ("electron", "hole")}
    if rng.random() < 0.3:
        changes["interface_dipole"] = rng.uniform(-0.4, 0.4)
    if rng.random() < 0.3:
        changes["tunnelling_mass"] = rng.uniform(0.1, 1.0)
    if rng.random() < 0.3:
        changes["hopping_distance"] = 10 ** rng.uniform(-9, -8)
    if lit and rng.random() < 0.3:
        changes["generation"] = 10 ** rng.uniform(22, 28)
    return but(layer, **changes)


def _log_uniform(rng: np.random.Generator, bounds: tuple[float, float]) -> float:
    return float(math.exp(rng.uniform(math.log(bounds[0]), math.log(bounds[1]))))


def _levels(rng: np.random.Generator, count: int) -> tuple[list[float], list[float]]:
    """Return gaps and electron affinities; from layer to layer neither level moves more than OFFSET."""
    gaps, affinities = [rng.uniform(*GAP)], [rng.uniform(2.0, 4.0)]
    while len(gaps) < count:
        affinity = affinities[-1] + rng.uniform(-OFFSET, OFFSET)
        gap = affinities[-1] + gaps[-1] + rng.uniform(-OFFSET, OFFSET) - affinity
        if AFFINITY[0] <= affinity <= AFFINITY[1] and GAP[0] <= gap <= GAP[1]:
            gaps.append(gap)
            affinities.append(affinity)
    return gaps, affinities


def _layer(rng: np.random.Generator, index: int, affinity: float, gap: float, ions: bool) -> Described:
    """Return one layer with levels given and everything else drawn."""
    states = _log_uniform(rng, STATES)
    return Described(
        name=f"layer {index}",
        material="",
        thickness=_log_uniform(rng, THICKNESS),
        relative_permittivity=_log_uniform(rng, PERMITTIVITY),
        electron_affinity=affinity,
        ionisation_energy=affinity + gap,
        electron_density_of_states=states,
        hole_density_of_states=min(max(states * 10 ** rng.uniform(-1.0, 1.0), STATES[0]), STATES[1]),
        electron_mobility=_log_uniform(rng, MOBILITY),
        hole_mobility=_log_uniform(rng, MOBILITY),
        interface_velocity=_log_uniform(rng, CROSSING),
        interface_hop=0.0,
        **_field_dependence(rng),
        **_doping(rng),
        **_recombination(rng, affinity, gap),
        **_interface_traps(rng, affinity, gap),
        **_ions(rng, ions),
    )


def _field_dependence(rng: np.random.Generator) -> dict[str, Any]:
    """Return Poole-Frenkel factors for both carriers, or none."""
    if rng.random() < 0.5:
        return {}
    return {f"{carrier}_field_activation": _log_uniform(rng, FIELD_ACTIVATION) for carrier in ("electron", "hole")}


def _doping(rng: np.random.Generator) -> dict[str, Any]:
    """Return donors or acceptors in a quarter of the layers."""
    kind = rng.random()
    density = _log_uniform(rng, DOPING)
    if kind < 0.125:
        return {"donor_density": density}
    return {"acceptor_density": density} if kind < 0.25 else {}


def _recombination(rng: np.random.Generator, affinity: float, gap: float) -> dict[str, Any]:
    """Return a given bimolecular coefficient or Langevin's, and bulk traps in half of the layers."""
    langevin = rng.random() < 0.5
    given = _log_uniform(rng, BIMOLECULAR)
    traps = {
        "trap_density": _log_uniform(rng, BULK_TRAPS),
        "trap_energy": affinity + gap * rng.uniform(0.1, 0.9),
        "electron_capture": _log_uniform(rng, CAPTURE),
        "hole_capture": _log_uniform(rng, CAPTURE),
        "trap_charge": TRAP_CHARGES[int(rng.integers(3))],
    }
    rate: dict[str, Any] = {"langevin_factor": 1.0} if langevin else {"bimolecular_coefficient": given}
    return rate | (traps if rng.random() < 0.5 else {})


def _interface_traps(rng: np.random.Generator, affinity: float, gap: float) -> dict[str, Any]:
    """Return centres at the upper interface in a third of the layers."""
    traps = {
        "interface_trap_density": _log_uniform(rng, INTERFACE_TRAPS),
        "interface_trap_energy": affinity + gap * rng.uniform(0.1, 0.9),
        "interface_electron_capture": _log_uniform(rng, CAPTURE),
        "interface_hole_capture": _log_uniform(rng, CAPTURE),
        "interface_trap_charge": TRAP_CHARGES[int(rng.integers(3))],
    }
    return traps if rng.random() < 1.0 / 3.0 else {}


def _ions(rng: np.random.Generator, ions: bool) -> dict[str, Any]:
    """Return cations, anions or both in half of the layers of a stack with ions."""
    cations, anions = _log_uniform(rng, IONS), _log_uniform(rng, IONS)
    kind = rng.random()
    if not ions or kind < 0.5:
        return {}
    both = {"cation_density": cations, "anion_density": cations if kind < 0.6 else anions, "ion_permeable": True}
    if kind < 0.75:
        return both
    return {"cation_density": cations} if kind < 0.875 else {"anion_density": anions}


def _contact(rng: np.random.Generator, name: str, work_function: float) -> Described:
    """Return an electrode, in equilibrium with its carriers or with finite velocities."""
    velocities = {f"contact_{carrier}_velocity": _log_uniform(rng, CONTACT) for carrier in ("electron", "hole")}
    lowering = bool(rng.random() < 0.5)
    real: dict[str, Any] = velocities | {"barrier_lowering": lowering} if rng.random() < 0.4 else {}
    metal = {"material": "metal", "thickness": 1e-7, "role": "electrode", "contact_spacing": 0.0}
    return Described(name=name, work_function=work_function, **metal, **real)
