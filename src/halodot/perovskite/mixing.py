"""The numbers of a mixed crystal from those of the pure ones."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from halodot.constants import AVOGADRO
from halodot.errors import ValidityError
from halodot.perovskite.parameters import PerovskiteParameters
from halodot.states import Note, Perovskite

#: words of the parameters by halide
WORDS: Mapping[str, str] = {"Cl": "chloride", "Br": "bromide", "I": "iodide"}
#: wavelength at which the absorption of each is stated [m]: well above its exciton
ABSORPTION_WAVELENGTH: Mapping[str, float] = {"Cl": 350e-9, "Br": 400e-9, "I": 400e-9}
#: share below which a halide is a trace
TRACE = 0.01
#: what is stated against CsPbI3, with its value there
_OF_IODIDE: Mapping[str, float] = {"radiative_factor": 1.0, "stabilisation": 0.0}
#: what is proportional to the shares (Vegard)
_LINEAR = (
    "reduced_mass",
    "permittivity",
    "stokes_shift",
    "phonon_energy",
    "formula_mass",
    "core_index",
    "oscillator_energy",
    "core_absorption",
    "core_permittivity",
    "ionisation_energy",
    *_OF_IODIDE,
)


def perovskite_of(halides: Mapping[str, float], parameters: PerovskiteParameters) -> Perovskite:
    """Return the cesium lead halide of a composition.

    The edge of the cell is proportional to the shares x of the halides (Vegard's law), and so are masses,
    permittivities, index and levels; the gap bends between two of them by the bowing b,
    E = sum_i x_i E_i - sum_(i<j) b_ij x_i x_j. A pure halide has its own numbers to the last bit.

    Args:
        halides: share or amount of Cl, Br and I [any unit], of which absent ones are 0.
        parameters: numbers of the pure halides and of their mixtures.

    Returns:
        The perovskite, with a note where it is mixed.

    Raises:
        ValidityError: no halide or an unknown one, or chloride with iodide, which form no mixed crystal: the ions are
            too different in size (Protesescu et al., doi:10.1021/nl5048779).
    """
    share = shares(halides)
    if min(share.get("Cl", 0.0), share.get("I", 0.0)) > TRACE:
        raise ValidityError(
            f"dots of {share['Cl']:.0%} chloride and {share['I']:.0%} iodide do not exist: the two form no mixed "
            "crystals, since their ions differ too much in size; mix either with bromide, or give flask.halides"
        )
    if len(share) == 1:
        return _pure(next(iter(share)), share, parameters)
    values: dict[str, Any] = {name: _mean(share, name, parameters) for name in _LINEAR}
    length = sum(x * _lattice_length(halide, parameters) for halide, x in share.items())
    volume = AVOGADRO * length**3
    return Perovskite(
        halides=share,
        band_gap=_mean(share, "band_gap", parameters) - _bowing(share, parameters),
        formula_volume=volume,
        density=values["formula_mass"] / volume,
        lattice_length=length,
        absorption_wavelength=sum(x * ABSORPTION_WAVELENGTH[halide] for halide, x in share.items()),
        notes=(_mixed(share),),
        **values,
    )


def shares(halides: Mapping[str, float]) -> dict[str, float]:
    """Return the share of each halide that is there, in the order Cl, Br, I, with the sum 1.

    Args:
        halides: share or amount by symbol [any unit].

    Raises:
        ValidityError: an unknown halide, a negative or infinite amount, or none at all.
    """
    unknown = [name for name in halides if name not in WORDS]
    total = math.fsum(halides.values())
    if unknown or not (0.0 < total < math.inf and min(halides.values()) >= 0.0):
        what = f"the halide {unknown[0]!r} is unknown" if unknown else "the shares of the halides are not positive"
        raise ValidityError(f"{what}; a perovskite has shares of Cl, Br and I that add up to 1")
    return {name: halides[name] / total for name in WORDS if halides.get(name, 0.0) > 0.0}


def _pure(halide: str, share: Mapping[str, float], parameters: PerovskiteParameters) -> Perovskite:
    names = ("band_gap", "formula_volume", "density", *_LINEAR)
    values: dict[str, Any] = {name: _number(halide, name, parameters) for name in names}
    return Perovskite(
        halides=share,
        lattice_length=_lattice_length(halide, parameters),
        absorption_wavelength=ABSORPTION_WAVELENGTH[halide],
        **values,
    )


def _mean(share: Mapping[str, float], name: str, parameters: PerovskiteParameters) -> float:
    return math.fsum(x * _number(halide, name, parameters) for halide, x in share.items())


def _number(halide: str, name: str, parameters: PerovskiteParameters) -> float:
    if halide == "I" and name in _OF_IODIDE:
        return _OF_IODIDE[name]
    return float(getattr(parameters, f"{WORDS[halide]}_{name}"))


def _lattice_length(halide: str, parameters: PerovskiteParameters) -> float:
    return math.cbrt(_number(halide, "formula_volume", parameters) / AVOGADRO)


def _bowing(share: Mapping[str, float], parameters: PerovskiteParameters) -> float:
    chloride, bromide, iodide = (share.get(name, 0.0) for name in ("Cl", "Br", "I"))
    mixed = parameters.bromide_iodide_bowing * iodide + parameters.chloride_bromide_bowing * chloride
    return bromide * mixed


def _mixed(share: Mapping[str, float]) -> Note:
    parts = " and ".join(f"{x:.0%} {WORDS[halide]}" for halide, x in share.items())
    text = (
        f"The dots are taken as one mixed crystal of {parts}, every number between those of the pure ones: spread of "
        "the composition from dot to dot, which broadens the line, and separation of the halides in light are left out."
    )
    return Note("missing physics", text, "flask.halides")
