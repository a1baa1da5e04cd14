"""Where the injected electron-hole pairs go that do not become light in air: every loss, and what it costs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from halodot.errors import InputError
from halodot.results.computed import Computed
from halodot.results.summary import peak_weights
from halodot.states import Array, DeviceSolution, Emission, IntArray

LossStep = Literal["charges", "excitons", "photons"]

#: what the losses of the charges are called, as fields of DeviceSolution
CHARGE_LOSSES: Mapping[str, str] = {
    "electron_leakage": "electrons that pass the emitter to the anode",
    "hole_leakage": "holes that pass the emitter to the cathode",
    "outside_emitter_current": "recombination in other layers",
    "interface_recombination_current": "recombination at interfaces",
    "emitter_trap_current": "Shockley-Read-Hall recombination in the emitter",
    "auger_current": "Auger recombination of free carriers",
    "shunt_current": "shunt",
}
#: what the losses of the excitons are called, as fields of DeviceSolution
EXCITON_LOSSES: Mapping[str, str] = {
    "nonradiative_current": "non-radiative decay in the film of dots (traps, field)",
    "quenching_current": "quenching by neighbouring layers",
    "trion_auger_current": "Auger decay of charged dots (trions)",
}
#: what the losses of the photons are called, as fields of Emission; the absorption is divided by layer
PHOTON_LOSSES: Mapping[str, str] = {
    "substrate": "light trapped in the substrate",
    "guided": "waveguide modes and surface plasmon",
    "back": "light out at the back",
}
#: the loss that re-absorption adds, see :func:`loss_budget`
SELF_ABSORPTION = "self_absorption"
_SELF_ABSORPTION_CALLED = "re-absorbed light whose excitons are lost"
#: how the gains of a budget are counted, in one sentence
GAIN_RULE = (
    "A loss is removed by itself: at its step (charges, excitons or photons) what it took goes the other ways in their"
    " present ratios, and the steps after it keep their yields, re-absorbed light passing the last two again."
)


@dataclass(frozen=True)
class Loss:
    """One loss of a device, as a share of the injected electron-hole pairs."""

    name: str  # a field of DeviceSolution or Emission, self_absorption, or absorbed: and the name of a layer
    called: str  # in plain words
    step: LossStep
    share: float  # [1] of the injected pairs; the EQE that it would give if all of it became light in air
    gain: float  # [1] by which the EQE would rise were this loss alone removed, see GAIN_RULE


@dataclass(frozen=True)
class LossBudget:
    """Every loss of a device at one voltage; the shares add up to 1 - EQE."""

    losses: tuple[Loss, ...]  # in the order in which a pair meets them
    eqe: float  # [1]
    voltage: float  # V
    current_density: float  # A/m2
    at_peak: bool  # whether this is the highest EQE

    @property
    def by_size(self) -> tuple[Loss, ...]:
        """The losses, the largest first."""
        return tuple(sorted(self.losses, key=lambda loss: -loss.share))

    @property
    def remainder(self) -> float:
        """What the losses and the EQE miss of 1: round-off."""
        return 1.0 - self.eqe - math.fsum(loss.share for loss in self.losses)


def loss_budget(result: Computed, voltage: float | None = None) -> LossBudget:
    """Return where the injected electron-hole pairs of a device go that do not become light in air.

    Every bias point counts its losses as shares of its current, each from its own integral. Between bias points these
    shares are interpolated with the weights of the EQE itself, by the parabola of the highest EQE or on a straight
    line over the voltage, so that they add up. Light that the emitter absorbs makes excitons again; the losses of
    those stand by themselves, as self-absorption, and the losses of the excitons are those of the first excitons.

    Args:
        result: of a study whose device emits.
        voltage: where the losses are counted [V]; at the highest EQE without one.

    Returns:
        The losses, whose shares [1] and the EQE add up to 1.

    Raises:
        InputError: the device emits nothing that can be measured, or not at this voltage.
    """
    emission, solution = result.emission, result.device_solution
    if emission is None or solution is None:
        raise InputError("the study has no device that emits; the losses are those of a device with an emitter")
    points, weights = peak_weights(emission) if voltage is None else _beside(emission, voltage)
    if not points.size:
        raise InputError("the device emits less than 1 cd/m2 at every voltage; name the voltage of the losses")
    shares = {name: float(weights @ values) for name, values in _shares(emission, solution, points).items()}
    eqe, chain = float(weights @ emission.eqe[points]), _chain(emission, solution, points, weights)
    between = np.log(emission.current_density[points]) @ weights
    return LossBudget(
        losses=tuple(_loss(name, share, chain, eqe) for name, share in shares.items()),
        eqe=eqe,
        voltage=float(weights @ emission.voltage[points]) if voltage is None else voltage,
        current_density=float(np.exp(between)),
        at_peak=voltage is None,
    )


def _beside(emission: Emission, voltage: float) -> tuple[IntArray, Array]:
    """Return the bias points beside a voltage with their weights on a straight line."""
    with np.errstate(invalid="ignore"):
        lit = np.flatnonzero(np.isfinite(emission.eqe) & (emission.eqe > 0.0) & (emission.air > 0.0))
    lit = lit[np.argsort(emission.voltage[lit])]
    known = emission.voltage[lit]
    if not lit.size or not known[0] - 1e-9 <= voltage <= known[-1] + 1e-9:
        where = f"it emits from {known[0]:.3g} to {known[-1]:.3g} V" if lit.size else "it emits at none"
        raise InputError(f"the device has no losses at {voltage:.3g} V: {where}")
    above = int(np.clip(np.searchsorted(known, voltage), 1, known.size - 1)) if known.size > 1 else 0
    if above == 0:
        return lit, np.ones(1)
    share = float(np.clip((voltage - known[above - 1]) / (known[above] - known[above - 1]), 0.0, 1.0))
    return lit[above - 1 : above + 1], np.array([1.0 - share, share])


def _shares(emission: Emission, solution: DeviceSolution, points: IntArray) -> dict[str, Array]:
    """Return every loss as a share of the injected pairs, (point,), in the order in which a pair meets them."""
    current = solution.current_density[points]
    formed = solution.exciton_formation_current[points] / current
    found = {name: getattr(solution, name)[points] / current for name in CHARGE_LOSSES}
    dark = {name: getattr(solution, name)[points] / current for name in EXCITON_LOSSES}
    found |= dark
    found[SELF_ABSORPTION] = formed * emission.nonradiative[points] - np.sum(list(dark.values()), axis=0)
    found |= {name: formed * getattr(emission, name)[points] for name in PHOTON_LOSSES}
    for name, absorbed in zip(emission.layer_names, emission.absorbed, strict=True):
        key = f"absorbed:{name}"  # two layers may have one name
        found[key] = found.get(key, 0.0) + formed * absorbed[points]
    return found


class _Chain(NamedTuple):
    """The yields of the steps: EQE = formed * radiative * air / (1 - radiative * reabsorbed)."""

    formed: float  # excitons per injected pair
    radiative: float  # radiative decays per exciton
    air: float  # photons into air per radiative decay
    reabsorbed: float  # photons that the emitter absorbs again per radiative decay
    decays: float  # radiative decays per injected pair, those of re-absorbed light too

    @property
    def eqe(self) -> float:
        return self.formed * self.radiative * self.air / (1.0 - self.radiative * self.reabsorbed)


def _chain(emission: Emission, solution: DeviceSolution, points: IntArray, weights: Array) -> _Chain:
    formed = solution.exciton_formation_current[points] / solution.current_density[points]
    radiative = emission.exciton_yield[points]
    decays = formed * emission.air[points] / emission.outcoupling[points]
    leaving = formed * (1.0 - emission.nonradiative[points]) / decays
    means = (formed, radiative, emission.outcoupling[points], np.maximum(1.0 - leaving, 0.0), decays)
    return _Chain(*(float(weights @ values) for values in means))


def _loss(name: str, share: float, chain: _Chain, eqe: float) -> Loss:
    """Return one loss with the EQE that removing it alone would add."""
    if name in CHARGE_LOSSES:
        step: LossStep = "charges"
        without = chain._replace(formed=chain.formed / (1.0 - share))
    elif name in EXCITON_LOSSES:
        step = "excitons"
        without = chain._replace(radiative=min(chain.radiative / (1.0 - share / chain.formed), 1.0))
    else:
        step = "photons"
        taken = chain.reabsorbed if name == SELF_ABSORPTION else share / chain.decays
        kept = 0.0 if name == SELF_ABSORPTION else chain.reabsorbed / (1.0 - taken)
        without = chain._replace(air=chain.air / (1.0 - taken), reabsorbed=kept)
    gain = eqe * (without.eqe / chain.eqe - 1.0)
    return Loss(name, _called(name), step, share, gain)


def _called(name: str) -> str:
    if name == SELF_ABSORPTION:
        return _SELF_ABSORPTION_CALLED
    own = {**CHARGE_LOSSES, **EXCITON_LOSSES, **PHOTON_LOSSES}
    return own.get(name) or f"absorption in {name.removeprefix('absorbed:')}"
