"""Size of dots from the energy of their first exciton: the confinement model of the dots stage, the other way round."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from halodot.arrays import Array
from halodot.dots.confinement import transition_energy
from halodot.dots.parameters import DotsParameters
from halodot.errors import DataError
from halodot.perovskite import perovskite_of
from halodot.perovskite.mixing import WORDS
from halodot.states import Perovskite
from halodot.study.library import parameters

#: numbers of the perovskite that a size rests on, beside dots.size_offset
_NUMBERS = ("band_gap", "reduced_mass", "permittivity")
#: edge lengths between which a size is sought [m]: less is a molecule, more shows no confinement
_SMALLEST, _LARGEST = 1.5e-9, 25e-9
_GRID = 400
_HALIDES: Mapping[str, str] = {"CsPbI3": "I", "CsPbBr3": "Br", "CsPbCl3": "Cl"}
#: materials whose dots can be sized
MATERIALS = tuple(_HALIDES)


@dataclass(frozen=True, eq=False)
class Sizing:
    """Confinement model of a material with how well its numbers are known."""

    material: str
    parameters: DotsParameters
    perovskite: Perovskite
    sd: Mapping[str, float]  # of `_NUMBERS`
    offset_sd: float  # of the size offset [m]
    source: str


@dataclass(frozen=True)
class Size:
    """Edge length that belongs to an energy [m]."""

    edge_length: float
    uncertainty: float
    interval: tuple[float, float]
    slope: float  # change of the energy with the edge length [eV/m], negative
    open_above: bool  # whether the interval includes dots without confinement


def sizing(material: str) -> Sizing:
    """Return the confinement model of a material.

    Args:
        material: one of `MATERIALS`.
    """
    record, origins = parameters("dots")
    numbers, of_perovskite = parameters("perovskite")
    halide = _HALIDES[material]
    sd = {name: of_perovskite[f"perovskite.{WORDS[halide]}_{name}"].standard_deviation for name in _NUMBERS}
    source = "two-band confinement in a cube, numbers of library/parameters/perovskite.yaml"
    offset = origins["dots.size_offset"].standard_deviation
    return Sizing(material, record, perovskite_of({halide: 1.0}, numbers), sd, offset, source)


def edge_length(energy: float, energy_sd: float, model: Sizing, resamples: int = 400, seed: int = 0) -> Size:
    """Return the edge length of cubes whose first exciton has an energy.

    The numbers of the confinement are drawn from what is known of them: how curves of size against energy differ
    between laboratories is what they leave open.

    Args:
        energy: of the first exciton [eV].
        energy_sd: its standard uncertainty [eV].
        model: confinement model.
        resamples: number of draws.
        seed: of the draws.

    Returns:
        Edge length as micrographs show it, with standard uncertainty and 95 % interval.

    Raises:
        DataError: no size has the energy.
    """
    value = _inverted(energy, model.parameters, model.perovskite)
    if not math.isfinite(value):
        low, high = transition_energy(np.array([_LARGEST, _SMALLEST]), model.parameters, model.perovskite)
        raise DataError(
            f"an exciton of {energy:.3f} eV is that of no {model.material} dot between {_SMALLEST * 1e9:g} and "
            f"{_LARGEST * 1e9:g} nm ({low:.2f} to {high:.2f} eV); is the material right?"
        )
    generator = np.random.default_rng(seed)
    found = []
    offset = model.parameters.size_offset
    for draw in generator.standard_normal((resamples, len(_NUMBERS) + 2)):
        drawn = {
            name: getattr(model.perovskite, name) + model.sd[name] * number for name, number in zip(_NUMBERS, draw)
        }
        record = replace(model.parameters, size_offset=offset + model.offset_sd * float(draw[-2]))
        found.append(_inverted(energy + energy_sd * float(draw[-1]), record, replace(model.perovskite, **drawn)))
    sizes = np.array(found)
    unconfined = np.isnan(sizes)
    sizes[unconfined] = _LARGEST  # as large as sizes go
    low, high = np.quantile(sizes, [0.025, 0.975])
    middle, width = np.quantile(sizes, 0.5), 0.5 * float(np.diff(np.quantile(sizes, [0.1587, 0.8413]))[0])
    step = 1e-3 * value
    effective = value + model.parameters.size_offset
    ends = transition_energy(np.array([effective - step, effective + step]), model.parameters, model.perovskite)
    shift = value - float(middle)
    slope = float((ends[1] - ends[0]) / (2.0 * step))
    return Size(value, width, (float(low + shift), float(high + shift)), slope, bool(unconfined.mean() > 0.025))


def _inverted(energy: float, record: DotsParameters, perovskite: Perovskite) -> float:
    """Return the edge length [m] in micrographs of an energy [eV], nan where there is none."""
    edges = np.geomspace(_SMALLEST, _LARGEST, _GRID)
    energies: Array = transition_energy(edges, record, perovskite)
    falling = int(np.argmin(energies))  # beyond, attraction wins over confinement
    if not energies[falling] < energy < energies[0]:
        return math.nan
    return float(np.interp(-energy, -energies[: falling + 1], edges[: falling + 1])) - record.size_offset
