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
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
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


#: what no electron can do better
_BEST_BALANCE = "every electron makes an exciton"
_NO_STACK = "whether an EQE is possible needs a study with a stack that emits; this one has none"
#: what may be reported, in SI
_REPORTED: Mapping[str, str] = {"eqe": "1", "current_efficiency": "cd/A"}


class Requirement(NamedTuple):
    """What a reported efficiency asks of one number, the others being what ``given`` says."""

    name: str  # plqy | horizontal_fraction | charge_balance
    called: str
    given: str  # the others, in words
    needed: float  # [1], nan where no value is enough
    own: float  # [1], of this device; nan where it is not known


@dataclass(frozen=True, repr=False)
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

    def __repr__(self) -> str:
        """What is asked, what the stack allows, and what the device has, in per cent: three lines."""
        needed = ", ".join(
            f"{one.called} {'not enough at 100 %' if math.isnan(one.needed) else f'{100.0 * one.needed:.3g} %'}"
            for one in self.requirements[:1]
        )
        own = "" if math.isnan(self.eqe) else f"; this device {100.0 * self.eqe:.3g} %"
        lines = (
            f"Possible {self.title!r}: an EQE of {100.0 * self.reported:.4g} %",
            f"needs with isotropic dipoles: {needed}",
            f"highest EQE of the stack {100.0 * self.ceiling:.3g} %{own}",
        )
        return "\n  ".join(lines)

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
    _check_eqe(eqe)
    result = study if isinstance(study, Result) else simulate(study)
    if result.stack is None or result.stack.emitter is None or result.optics is None:
        raise InputError(_NO_STACK)
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
        lambertian=light.lambertian(own.yield_of_excitons, own.horizontal_fraction),
        requirements=requirements(light, eqe, own),
    )


class Own(NamedTuple):
    """What a device has of its own."""

    plqy: float  # of the film outside a device
    device_plqy: float  # of the excitons in the device; nan without a device
    horizontal_fraction: float
    charge_balance: float  # nan without a device

    @property
    def has_device(self) -> bool:
        """Whether there is a device, of which yield and balance are known."""
        return math.isfinite(self.device_plqy) and math.isfinite(self.charge_balance)

    @property
    def yield_of_excitons(self) -> float:
        """Quantum yield [1] of the excitons in the device, of the film where there is no device."""
        return self.device_plqy if math.isfinite(self.device_plqy) else self.plqy


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
    rows = [*_yields_asked(light, eqe, own), *_orientations_asked(light, eqe, own), *_balances_asked(light, eqe, own)]
    return tuple(row._replace(needed=row.needed if row.needed <= 1.0 else math.nan) for row in rows)


def _yields_asked(light: StackLight, eqe: float, own: Own) -> Iterator[Requirement]:
    """Yield the quantum yields that dipoles and charge balances ask for."""
    cases = [
        (f"isotropic dipoles, {_BEST_BALANCE}", ISOTROPIC, 1.0),
        (f"horizontal dipoles, {_BEST_BALANCE}", HORIZONTAL, 1.0),
    ]
    dipoles = _dipoles(own.horizontal_fraction)
    says_what_the_first_says = dipoles == _dipoles(ISOTROPIC) and abs(own.charge_balance - 1.0) < _SAME
    if own.has_device and not says_what_the_first_says:
        cases.append((f"{dipoles}, the device's own charge balance", own.horizontal_fraction, own.charge_balance))
    for given, horizontal, balance in cases:
        needed = _least(partial(light.eqe, horizontal=horizontal, balance=balance), eqe)
        yield Requirement("plqy", "quantum yield in the device", given, needed, own.device_plqy)


def _orientations_asked(light: StackLight, eqe: float, own: Own) -> Iterator[Requirement]:
    """Yield the horizontal shares of the dipoles that quantum yields and charge balances ask for."""
    cases = [
        (f"a quantum yield of 100 %, {_BEST_BALANCE}", 1.0, 1.0),
        (f"the film's own quantum yield of {100.0 * own.plqy:.0f} %, {_BEST_BALANCE}", own.plqy, 1.0),
    ]
    if own.has_device:
        cases.append(("the device's own quantum yield and charge balance", own.device_plqy, own.charge_balance))
    for given, plqy, balance in cases:
        needed = _least(partial(light.eqe, plqy, balance=balance), eqe)
        name = "horizontal share of the dipoles"
        yield Requirement("horizontal_fraction", name, given, needed, own.horizontal_fraction)


def _balances_asked(light: StackLight, eqe: float, own: Own) -> Iterator[Requirement]:
    """Yield the charge balances that quantum yields ask for with the device's own dipoles."""
    cases = [("a quantum yield of 100 %", 1.0)]
    cases.append(
        ("the device's own quantum yield" if own.has_device else "the film's own quantum yield", own.yield_of_excitons)
    )
    dipoles = _dipoles(own.horizontal_fraction)
    for given, plqy in cases:
        needed = eqe / light.eqe(plqy, own.horizontal_fraction)
        yield Requirement("charge_balance", "charge balance", f"{given}, {dipoles}", needed, own.charge_balance)


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


def check_reported(text: str, study: Study) -> None:
    """Refuse what nothing can be said of, before anything is computed.

    Args:
        text: as :func:`reported_eqe` takes it.
        study: that it is compared with.

    Raises:
        InputError: another quantity, no number with a unit, an EQE outside 0 to 1, or a study without a device.
    """
    name, number = _read_reported(text)
    if name == "eqe":
        _check_eqe(number)
    if study.stack is None:
        raise InputError(Problem(_NO_STACK, file="--reported"))


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
    name, number = _read_reported(text)
    if name == "eqe":
        return number
    per_eqe = evaluate(result, "current_efficiency_max") / evaluate(result, "eqe_max")
    if not math.isfinite(per_eqe):
        raise InputError(Problem("the study has no device whose cd/A could be compared", file="--reported"))
    return number / per_eqe


def _read_reported(text: str) -> tuple[str, float]:
    """Return which quantity is reported, and its value [SI]."""
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
    if _REPORTED[name] == "1" and number > 1.0 and "%" not in value:
        message = f"{value} has no unit; an EQE is expected in %, or as a share of 1"
        raise InputError(Problem(message, file="--reported", suggestion=f"{name}={value} %"))
    return name, number


def _check_eqe(eqe: float) -> None:
    if not 0.0 < eqe < 1.0:
        raise InputError(f"an EQE lies between 0 and 100 %, not at {100.0 * eqe:.4g} %")
