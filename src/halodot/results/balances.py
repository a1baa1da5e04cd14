"""The budgets of charges, excitons and photons: their parts, what these are called, and whether they add up."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from halodot.results.summary import peak_point
from halodot.states import Array, BoolArray, DeviceSolution, Emission, parts_of, sum_of_parts

_CALLED: Mapping[str, str] = {
    "exciton_formation_current": "exciton formation",
    "emitter_trap_current": "traps in the emitter",
    "auger_current": "Auger recombination",
    "interface_recombination_current": "interface recombination",
    "outside_emitter_current": "recombination outside the emitter",
    "electron_leakage": "electron leakage to the anode",
    "hole_leakage": "hole leakage to the cathode",
    "shunt_current": "shunt",
    "radiative_current": "radiative decay",
    "nonradiative_current": "non-radiative decay",
    "quenching_current": "quenching by neighbouring layers",
    "trion_auger_current": "trion Auger decay",
}
#: parts of the current as fields of DeviceSolution, and what they are called
CURRENT_PARTS: Mapping[str, str] = {part: _CALLED[part] for part in parts_of(DeviceSolution, "current_density")}
#: how excitons end, as currents of DeviceSolution
EXCITON_PARTS: Mapping[str, str] = {
    part: _CALLED[part] for part in parts_of(DeviceSolution, "exciton_formation_current")
}
#: the parts of the current with the formation of excitons divided by how these end
CURRENT_FATES: Mapping[str, str] = {
    **EXCITON_PARTS,
    **{part: called for part, called in CURRENT_PARTS.items() if part != "exciton_formation_current"},
}
#: what the recombination outside the emitter is called in a device that has no emitter to be outside of
_WITHOUT_EMITTER: Mapping[str, str] = {"outside_emitter_current": "recombination"}
#: channels of an exciton's energy as fields of Emission, but for those by layer, in the order of a figure
PHOTON_PARTS: Mapping[str, str] = {
    "air": "light into air",
    "substrate": "trapped in the substrate",
    "guided": "waveguide modes and plasmon",
    "nonradiative": "non-radiative decay",
    "back": "out at the back",
}
#: the channel that a figure adds to the other losses where it is small
_MINOR = "back"
#: share of the excitons below which a loss is one of the others
_SMALL_SHARE = 0.01
#: share of the current below which a part that flows backwards is round-off
_ROUND_OFF = 1e-6
#: current density [A/m2] below which the balance of the charges is not relative: below what a laboratory measures
_LEAST_CURRENT = 1e-9


def current_parts(solution: DeviceSolution) -> dict[str, str]:
    """Return the parts of the current as fields of the solution, and what they are called in this device."""
    return {**CURRENT_PARTS, **_own_names(solution)}


def current_fates(solution: DeviceSolution) -> dict[str, str]:
    """Return :data:`CURRENT_FATES` as they are called in this device."""
    return {**CURRENT_FATES, **_own_names(solution)}


def _own_names(solution: DeviceSolution) -> Mapping[str, str]:
    return {} if solution.exciton_position.size else _WITHOUT_EMITTER


def forward_points(solution: DeviceSolution) -> BoolArray:
    """Return the bias points whose current flows forward in all of its parts, (voltage,)."""
    with np.errstate(invalid="ignore"):
        parts = np.stack([getattr(solution, part) for part in CURRENT_FATES])
        total = solution.current_density
        forward: BoolArray = (total > 0.0) & np.all(parts >= -_ROUND_OFF * total, axis=0)
    return forward


def current_shares(solution: DeviceSolution) -> dict[str, Array]:
    """Return the shares of the current by :data:`CURRENT_FATES`, which add up to 1, at :func:`forward_points`."""
    forward = forward_points(solution)
    total = solution.current_density[forward]
    return {part: np.maximum(getattr(solution, part)[forward], 0.0) / total for part in CURRENT_FATES}


def charge_balance_error(solution: DeviceSolution) -> float:
    """Return the largest relative difference between the sum of the current's parts and the current, over the voltages.

    Relative to the largest of the current, its parts and 1e-9 A/m2; nan where no voltage was solved.
    """
    if not np.any(solution.converged):
        return math.nan
    parts = [np.abs(getattr(solution, name)) for name in CURRENT_PARTS]
    scale = np.maximum(np.max([np.abs(solution.current_density), *parts], axis=0), _LEAST_CURRENT)
    gap = np.abs(sum_of_parts(solution, "current_density") - solution.current_density)
    return float(np.nanmax(gap / scale))


def photon_budget(emission: Emission, small: float = _SMALL_SHARE) -> dict[str, float]:
    """Return what becomes of an exciton at the highest EQE, as shares that add up to 1.

    Args:
        emission: the light of a device that can be seen.
        small: absorbing layers, and the back, that take less than this are added up as "other losses".
    """
    point = peak_point(emission)
    if point is None:
        return {}
    shares = {
        part: float(getattr(emission, part)[point]) for part in parts_of(Emission, "exciton") if part != "absorbed"
    }
    minor = {PHOTON_PARTS[_MINOR]: shares.pop(_MINOR)} | {
        f"absorbed in {name}": float(share[point]) for name, share in zip(emission.layer_names, emission.absorbed)
    }
    escaping = {called: shares[part] for part, called in PHOTON_PARTS.items() if part in shares}
    large = {name: share for name, share in minor.items() if share >= small}
    rest = sum(share for share in minor.values() if share < small)
    return {**escaping, **large, **({"other losses": rest} if len(large) < len(minor) else {})}
