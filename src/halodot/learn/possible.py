"""Is a reported efficiency possible in this stack, and what does it ask of the dots and of the charges?

With the share w(x) of the excitons at each height, the power F(x) of a dipole there in units of the bulk, of which
air(x) leaves and self(x) is absorbed by the emitting layer again, one exciton of a film with the quantum yield PLQY
gives::

    Y(x) = F / (F + 1/PLQY - 1)
    EQE  = balance * sum(w Y air/F) / (1 - sum(w Y self/F))

All powers are linear in the horizontal share of the dipoles, so that two of them give every other.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from scipy.optimize import brentq

from halodot.chain.simulate import simulate
from halodot.errors import InputError, Problem
from halodot.learn.emission_zone import emission_zone
from halodot.light import dipole_emission
from halodot.light.emission import line_of
from halodot.light.index import refractive_index
from halodot.light.stack_optics import emitting_layer, spectral_weights
from halodot.numerics import cell_centres
from halodot.results.data import Result
from halodot.results.summary import evaluate, peak_point
from halodot.states import Array, Stack, replaced
from halodot.study import Study
from halodot.units import to_si

Zone = Literal["device", "uniform"]
ISOTROPIC, HORIZONTAL = 2.0 / 3.0, 1.0
#: heights of a uniform emission zone
_POSITIONS = 11
#: difference of a charge balance from 1 that nobody sees
_SAME = 5e-4
#: relative difference of a factor from 1 below which forward luminance explains nothing
_NO_DIFFERENCE = 0.005


#: what may be reported, in SI
_REPORTED: Mapping[str, str] = {"eqe": "1", "current_efficiency": "cd/A"}
#: heads of :func:`possible_rows`
POSSIBLE_HEAD = ("needed", "at least", "this device", "with")


class Requirement(NamedTuple):
    """What a reported efficiency asks of one number, the others being what ``given`` says."""

    name: str  # plqy | horizontal_fraction | charge_balance
    called: str
    given: str  # the others, in words
    needed: float  # [1], nan where no value is enough
    own: float  # [1], of this device; nan where it is not known


@dataclass(frozen=True)
class Possible:
    """What a reported EQE asks of a device, and what the stack allows at best."""

    title: str
    reported: float  # EQE [1]
    film_index: float  # of the emitting layer at the peak of the line
    peak: float  # m, of the line
    fwhm: float  # m
    zone: str  # of the emission, in words
    plqy: float  # of the film outside a device
    device_plqy: float  # of the excitons in the device, with trions, field and neighbours; nan without a device
    horizontal_fraction: float
    charge_balance: float  # nan without a device
    eqe: float  # of the device, nan without one
    outcoupling: float  # of this stack with its own dipoles
    outcoupling_isotropic: float
    outcoupling_horizontal: float
    ceiling: float  # EQE of this stack with its own dipoles at PLQY 1 and charge balance 1
    ceiling_isotropic: float
    ceiling_horizontal: float
    recycled: float  # share of the photons that the emitting layer absorbs again
    lambertian: float  # EQE that forward luminance suggests over the EQE
    requirements: tuple[Requirement, ...]

    @property
    def is_possible(self) -> bool:
        """Whether the stack reaches the reported EQE at all, with its own dipoles."""
        return self.reported <= self.ceiling

    @property
    def behind_forward_luminance(self) -> float:
        """EQE [1] of a device whose reported EQE was computed from forward luminance as that of a Lambertian source."""
        return self.reported / self.lambertian


class StackLight(NamedTuple):
    """Emission-weighted powers of vertical and horizontal dipoles where the excitons are, (orientation, position)."""

    weight: Array  # (position,), shares of the excitons
    power: Array
    air: Array
    reabsorbed: Array
    forward: Array  # pi times the forward radiance

    def eqe(self, plqy: float, horizontal: float, balance: float = 1.0) -> float:
        """Return the EQE [1] for a quantum yield, a horizontal share and a charge balance [1]."""
        return balance * self._of(self.air, plqy, horizontal)

    def outcoupling(self, horizontal: float) -> float:
        """Return the photons into air per radiative decay [1], light that is absorbed again not counted."""
        return float(self.weight @ (self._mixed(self.air, horizontal) / self._mixed(self.power, horizontal)))

    def recycled(self, horizontal: float) -> float:
        """Return the photons that the emitting layer absorbs per radiative decay [1]."""
        share = self.weight @ (self._mixed(self.reabsorbed, horizontal) / self._mixed(self.power, horizontal))
        return max(float(share), 0.0)

    def lambertian(self, plqy: float, horizontal: float) -> float:
        """Return the photons that forward radiance suggests over those that leave [1]."""
        return self._of(self.forward, plqy, horizontal) / self._of(self.air, plqy, horizontal)

    def _of(self, channel: Array, plqy: float, horizontal: float) -> float:
        power = self._mixed(self.power, horizontal)
        decays = self.weight / (power + 1.0 / plqy - 1.0)
        return float(
            decays @ self._mixed(channel, horizontal) / (1.0 - decays @ self._mixed(self.reabsorbed, horizontal))
        )

    def _mixed(self, table: Array, horizontal: float) -> Array:
        return np.asarray(horizontal * table[1] + (1.0 - horizontal) * table[0])


def stack_light(stack: Stack, wavelength: Array, position: Array, weight: Array) -> StackLight:
    """Return what becomes of the light of vertical and of horizontal dipoles in a stack.

    Args:
        stack: with an emitter, for the spectrum of its line.
        wavelength: of the optics [m], (wavelength,).
        position: heights in the emitting layer [m], (position,).
        weight: share of the excitons at each height [1], (position,).
    """
    index, emitter = emitting_layer(stack)
    share = spectral_weights(emitter, wavelength)
    tables = []
    for horizontal in (0.0, 1.0):
        turned = replaced(stack, emitter=replaced(emitter, horizontal_fraction=horizontal))
        optics = dipole_emission(turned, wavelength, position)
        absorbed = np.nan_to_num(optics.absorbed[index] + optics.guided_absorbed[index])
        tables.append([share @ part for part in (optics.power, optics.air, absorbed, optics.radiance[:, :, 0])])
    power, air, reabsorbed, radiance = (np.array(part) for part in zip(*tables, strict=True))
    return StackLight(weight / weight.sum(), power, air, reabsorbed, np.pi * radiance)


def possible(study: Study | Result, eqe: float, zone: Zone = "device") -> Possible:
    """Say what a reported EQE asks of the dots and of the charges in this stack, and whether it is possible at all.

    The quantum yield, the horizontal share of the dipoles and the charge balance are each asked for with the others at
    their own or at their best values. The yield is that of the excitons in the device: what charges, field and
    neighbouring layers take away lowers it. Photon recycling is that of the stack's optics: the film of dots absorbs
    its own light with its own extinction.

    Args:
        study: a study with a device that emits, or its result.
        eqe: the reported one [1].
        zone: "device" takes the excitons where the device makes them at its highest EQE, "uniform" fills the layer.

    Raises:
        InputError: an EQE outside 0 to 1, or a study without a stack that emits.
    """
    if not 0.0 < eqe < 1.0:
        raise InputError(f"an EQE lies between 0 and 100 %, not at {100.0 * eqe:.4g} %")
    result = study if isinstance(study, Result) else simulate(study)
    if result.stack is None or result.stack.emitter is None or result.optics is None:
        raise InputError("whether an EQE is possible needs a study with a stack that emits; this one has none")
    emitting, emitter = emitting_layer(result.stack)
    where = _zone(result, zone)
    light = stack_light(result.stack, result.optics.wavelength, where.position, where.weight)
    plqy = emitter.radiative_rate / (emitter.radiative_rate + emitter.nonradiative_rate)
    own = Own(plqy, where.device_plqy, emitter.horizontal_fraction, evaluate(result, "charge_balance"))
    peak, fwhm = (float(value) for value in line_of(emitter.wavelength, emitter.spectrum))
    return Possible(
        title=result.study.title,
        reported=eqe,
        film_index=float(refractive_index(result.stack.layers[emitting], np.array([peak])).real[0]),
        peak=peak,
        fwhm=fwhm,
        zone=where.words,
        eqe=evaluate(result, "eqe_max"),
        **own._asdict(),
        **ceilings(light, own.horizontal_fraction),
        lambertian=light.lambertian(plqy, own.horizontal_fraction),
        requirements=requirements(light, eqe, own),
    )


class Own(NamedTuple):
    """What a device has of its own."""

    plqy: float  # of the film outside a device
    device_plqy: float  # of the excitons in the device; nan without a device
    horizontal_fraction: float
    charge_balance: float  # nan without a device


def ceilings(light: StackLight, horizontal: float) -> dict[str, float]:
    """Return outcoupling and highest EQE of a stack, by field of :class:`Possible`.

    Args:
        light: of the stack.
        horizontal: own share of horizontal dipoles [1].
    """
    kinds = {"": horizontal, "_isotropic": ISOTROPIC, "_horizontal": HORIZONTAL}
    found = {f"outcoupling{kind}": light.outcoupling(share) for kind, share in kinds.items()}
    found |= {f"ceiling{kind}": light.eqe(1.0, share) for kind, share in kinds.items()}
    return {**found, "recycled": light.recycled(horizontal)}


def requirements(light: StackLight, eqe: float, own: Own) -> tuple[Requirement, ...]:
    """Return what an EQE asks of yield, orientation and charge balance, the others at their own or best values.

    Args:
        light: of the stack.
        eqe: the reported one [1].
        own: of the device.
    """
    known = math.isfinite(own.charge_balance)
    balance = own.charge_balance if known else 1.0
    in_device = own.device_plqy if math.isfinite(own.device_plqy) else own.plqy

    def by_plqy(horizontal: float, balance: float) -> float:
        return _least(lambda plqy: light.eqe(plqy, horizontal, balance), eqe)

    def by_orientation(plqy: float, balance: float) -> float:
        return _least(lambda horizontal: light.eqe(plqy, horizontal, balance), eqe)

    best = "every electron makes an exciton"
    share, yield_, charges = "horizontal share of the dipoles", "quantum yield in the device", "charge balance"
    own_dipoles = _dipoles(own.horizontal_fraction)
    rows = [
        Requirement("plqy", yield_, f"isotropic dipoles, {best}", by_plqy(ISOTROPIC, 1.0), in_device),
        Requirement("plqy", yield_, f"horizontal dipoles, {best}", by_plqy(HORIZONTAL, 1.0), in_device),
        Requirement(
            "plqy",
            yield_,
            f"{own_dipoles}, the device's own charge balance",
            by_plqy(own.horizontal_fraction, balance),
            in_device,
        ),
        *(
            Requirement("horizontal_fraction", share, given, by_orientation(plqy, factor), own.horizontal_fraction)
            for given, plqy, factor in (
                (f"a quantum yield of 100 %, {best}", 1.0, 1.0),
                (f"the film's own quantum yield of {100.0 * own.plqy:.0f} %, {best}", own.plqy, 1.0),
                ("the device's own quantum yield and charge balance", in_device, balance),
            )
        ),
        *(
            Requirement(
                "charge_balance", charges, given, eqe / light.eqe(plqy, own.horizontal_fraction), own.charge_balance
            )
            for given, plqy in (
                (f"a quantum yield of 100 %, {own_dipoles}", 1.0),
                (f"the device's own quantum yield, {own_dipoles}", in_device),
            )
        ),
    ]
    if own_dipoles == _dipoles(ISOTROPIC) and abs(balance - 1.0) < _SAME:
        del rows[2]  # says what the first row says
    return tuple(row._replace(needed=row.needed if row.needed <= 1.0 else math.nan) for row in rows)


def _least(eqe_of: Callable[[float], float], wanted: float) -> float:
    """Return the least value of a yield or a share [1] that reaches an EQE, nan where none does."""
    grid = np.linspace(1e-3, 1.0, 41)
    reached = [eqe_of(value) for value in grid]
    place = next((k for k, value in enumerate(reached) if value >= wanted), None)
    if place is None:
        return math.nan
    if place == 0:
        return 0.0
    return float(brentq(lambda value: eqe_of(value) - wanted, grid[place - 1], grid[place], xtol=1e-9))


def _dipoles(horizontal: float) -> str:
    if abs(horizontal - ISOTROPIC) < 1e-3:
        return "isotropic dipoles"
    return f"{100.0 * horizontal:.0f} % horizontal dipoles"


class _WhereExcitonsAre(NamedTuple):
    position: Array  # m, (position,)
    weight: Array  # (position,)
    device_plqy: float
    words: str


def _zone(result: Result, zone: Zone) -> _WhereExcitonsAre:
    """Return where the excitons are: as the device has them, or all over the emitting layer."""
    assert result.stack is not None
    emitting, _ = emitting_layer(result.stack)
    thickness = result.stack.layers[emitting].thickness
    found = (
        emission_zone(result, None) if result.emission is not None and peak_point(result.emission) is not None else None
    )
    plqy = math.nan if found is None else 1.0 / (1.0 + float(np.average(found.loss_ratio, weights=found.generated)))
    if zone == "uniform" or found is None:
        words = f"uniform in the {1e9 * thickness:.3g} nm of the emitting layer"
        return _WhereExcitonsAre(cell_centres(thickness, _POSITIONS), np.ones(_POSITIONS), plqy, words)
    height = float(np.average(found.relative_height, weights=found.generated))
    words = (
        f"where the device makes its excitons at {found.voltage:.3g} V, on average at {100.0 * height:.0f} % of the"
        " emitting layer's height"
    )
    return _WhereExcitonsAre(found.relative_height * thickness, found.generated, plqy, words)


def reported_eqe(text: str, result: Result) -> float:
    """Return the EQE that a report states.

    Args:
        text: ``eqe=24.45 %``, or ``current_efficiency=16 cd/A``, which becomes an EQE by line and far field of the
            result's device.
        result: of the study that it is compared with.

    Returns:
        EQE [1].

    Raises:
        InputError: another quantity, no number with a unit, or a device without a current efficiency.
    """
    name, equals, value = (part.strip() for part in text.partition("="))
    if name == "luminance":
        message = "a luminance says nothing of the EQE without its current density; state the current efficiency"
        raise InputError(Problem(message, file="--reported", suggestion="current_efficiency=16 cd/A"))
    if not equals or name not in _REPORTED:
        message = f"{text!r} is not one of {', '.join(f'{one}=VALUE' for one in _REPORTED)}"
        raise InputError(Problem(message, file="--reported", suggestion="eqe=24.45 %"))
    try:
        number = to_si(value, _REPORTED[name])
    except InputError as error:
        raise InputError([dataclasses.replace(one, file="--reported") for one in error.problems]) from error
    if name == "eqe":
        return number
    per_eqe = evaluate(result, "current_efficiency_max") / evaluate(result, "eqe_max")
    if not math.isfinite(per_eqe):
        raise InputError(Problem("the study has no device whose cd/A could be compared", file="--reported"))
    return number / per_eqe


# ------------------------------------------------------------------------------------------------------------ in words


def possible_sentences(found: Possible) -> tuple[str, ...]:
    """Return what a reported EQE asks, in plain sentences.

    Args:
        found: from :func:`possible`.
    """
    asked = f"{100.0 * found.reported:.4g} %"
    return (
        *_verdict(found, asked),
        f"In this stack {_percent(found.outcoupling_isotropic)} of the light of isotropic dipoles reaches air and"
        f" {_percent(found.outcoupling_horizontal)} of that of horizontal ones: with a quantum yield and a charge"
        f" balance of 100 % the EQE is {_percent(found.ceiling_isotropic)} or {_percent(found.ceiling_horizontal)}.",
        _orientation(found, asked),
        _lambertian(found, asked),
        f"This counts with a film of dots of index {found.film_index:.2f} at {1e9 * found.peak:.0f} nm, excitons"
        f" {found.zone}, and {_recycling(found.recycled)}.",
    )


def possible_rows(found: Possible) -> list[tuple[str, str, str, str]]:
    """Return what each number must be: name, needed, of this device, and what the others are.

    Args:
        found: from :func:`possible`.
    """
    return [
        (
            row.called,
            "none is enough" if math.isnan(row.needed) else f"{_percent(row.needed)}",
            "" if math.isnan(row.own) else _percent(row.own),
            row.given,
        )
        for row in found.requirements
    ]


def _verdict(found: Possible, asked: str) -> tuple[str, ...]:
    isotropic, horizontal = found.requirements[0].needed, found.requirements[1].needed
    own = "" if math.isnan(found.device_plqy) else f"; this device has {found.device_plqy:.2f}"
    if math.isnan(horizontal):
        return (f"An EQE of {asked} is impossible in this stack, whatever the dots and the charges do.",)
    if math.isnan(isotropic):
        return (
            f"An EQE of {asked} is impossible in this stack with isotropic dipoles; with horizontal ones it needs a"
            f" quantum yield of the excitons in the device of at least {horizontal:.2f} where every electron makes an"
            f" exciton{own}.",
        )
    return (
        f"An EQE of {asked} needs a quantum yield of the excitons in the device of at least {isotropic:.2f} with"
        f" isotropic dipoles, or {horizontal:.2f} with horizontal ones, where every electron makes an exciton{own}.",
    )


def _orientation(found: Possible, asked: str) -> str:
    needed = next(row for row in found.requirements if row.given.startswith("the film's own"))
    film = f"the film's own quantum yield of {_percent(found.plqy)} and a charge balance of 100 %"
    if math.isnan(needed.needed):
        return f"With {film} no orientation of the dipoles gives {asked}."
    if needed.needed <= ISOTROPIC:
        return f"With {film} isotropic dipoles are enough for {asked}."
    return f"With {film}, {_percent(needed.needed)} of the dipole moment would have to lie in the plane for {asked}."


def _lambertian(found: Possible, asked: str) -> str:
    factor = found.lambertian
    if abs(factor - 1.0) < _NO_DIFFERENCE:
        return "Forward luminance under the Lambertian assumption gives the same EQE and explains no difference."
    way = "overstates" if factor > 1.0 else "understates"
    text = (
        f"Forward luminance under the Lambertian assumption {way} the EQE of this stack by a factor of {factor:.3f}:"
        f" {asked} found in that way stands for {_percent(found.behind_forward_luminance)} of the photons"
    )
    if not math.isfinite(found.eqe):
        return f"{text}."
    read_as = found.eqe * factor
    low, high = sorted((found.eqe, read_as))
    enough = 0.99 * low <= found.reported <= 1.01 * high
    explained = "is enough to explain" if enough else "does not explain"
    return (
        f"{text}; the {_percent(found.eqe)} of this device would be read as {_percent(read_as)}, which {explained} the"
        f" difference to {asked}."
    )


def _recycling(share: float) -> str:
    if share < 5e-4:
        return "no light that the film absorbs again"
    return f"the {_percent(share)} of its own light that the film absorbs and emits again"


def _percent(value: float) -> str:
    return f"{100.0 * value:.3g} %"
