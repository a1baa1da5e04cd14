"""Which law of space-charge-limited current describes a sweep, over which voltages, with which numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from halodot.arrays import Array
from halodot.errors import DataError
from halodot.lab.fitting import Fitted, least_squares
from halodot.lab.methods._sclc_laws import drift, drift_and_diffusion, murgatroyd, poole_frenkel
from halodot.lab.methods._sclc_sweeps import FEWEST_POINTS, Branch, local_slope
from halodot.lab.methods._sclc_traps import STRONGEST, filled_traps


@dataclass(frozen=True)
class Law:
    """A law of the current, scale * transport(v) * growth(gamma sqrt(V/L))."""

    transport: Callable[..., Array]  # of the voltage [kT/q], and of the fixed charge where ``traps``
    growth: Callable[[Array], Array] | None = None  # with the field; None for a constant mobility
    traps: bool = False


LAWS = {
    "mott_gurney": Law(drift),
    "murgatroyd": Law(drift, murgatroyd),
    "contacts": Law(drift_and_diffusion),
    "contacts_field": Law(drift_and_diffusion, poole_frenkel),
    "filled_traps": Law(filled_traps, traps=True),
    "filled_traps_field": Law(filled_traps, poole_frenkel, traps=True),
}
#: deviation of ln J that approximations of a law and gain steps of a source-meter may leave
TOLERATED = 0.02
#: starts of the window that are tried, and the least width of the last in decades of voltage
_STARTS, _LEAST_DECADES = 6, 0.5
_STEEPEST = 20.0  # slope of filling traps; a diode is steeper
_WITH_TRAPS = 2  # windows, the widest, in which traps are tried
#: built-in voltages that are tried beside filled traps [V], and where the current above them counts [kT/q]
_BUILT_IN_STEP, _BUILT_IN_MOST, _BUILT_IN_MARGIN = 0.02, 1.6, 4.0
#: laws within this much of the best in the Bayesian information criterion count as a choice that was open
_OPEN = 10.0


@dataclass(frozen=True, eq=False)
class LawFit:
    """One law fitted over one window."""

    law: str
    leakage: bool
    window: tuple[float, float]  # [V] across the film
    fit: Fitted  # ln of the scale [A/m2]; where they are fitted: gamma / sqrt(L) [V^-1/2], charge, leakage [S/m2]
    voltage: Array  # across the film [V] (point,)
    current: Array  # [A/m2] (point,)
    sound: bool
    open_choice: float = 0.0  # standard deviation of ln scale among the laws that describe the sweep as well
    open_field: float = 0.0  # the same of gamma / sqrt(L) [V^-1/2]
    built_in: float = 0.0  # built-in voltage that describes the sweep as well as filled traps [V]; 0 where none does

    @property
    def score(self) -> float:
        """Bayesian information criterion with an unknown variance."""
        size = self.fit.residuals.size
        power = float(self.fit.residuals @ self.fit.residuals)
        return size * math.log(max(power, 1e-300) / size) + self.fit.values.size * math.log(size)

    @property
    def widening(self) -> float:
        """By how much the covariance grows for scatter beyond the noise and for residuals that are correlated."""
        size = self.fit.residuals.size
        by_chance = 2.0 / math.sqrt(size)
        correlation = self.fit.residual_correlation
        correlated = (1.0 + min(correlation, 0.9)) / (1.0 - min(correlation, 0.9)) if correlation > by_chance else 1.0
        return self.fit.reduced_chi2 * correlated

    @property
    def log_scale(self) -> tuple[float, float]:
        """Logarithm of the scale and its standard uncertainty."""
        value, deviation = self._number(0)
        return value, math.hypot(deviation, self.open_choice)

    @property
    def field(self) -> tuple[float, float] | None:
        """Field coefficient over the square root of the thickness [V^-1/2] and its standard uncertainty."""
        if LAWS[self.law].growth is None:
            return None
        value, deviation = self._number(1)
        return value, math.hypot(deviation, self.open_field)

    @property
    def charge(self) -> tuple[float, float] | None:
        """Fixed charge of filled traps, twice the trap-filled limit [kT/q], and its standard uncertainty."""
        return self._number(1 + (LAWS[self.law].growth is not None)) if LAWS[self.law].traps else None

    @property
    def conductance(self) -> tuple[float, float] | None:
        """Leakage conductance [S/m2] and its standard uncertainty."""
        return self._number(-1) if self.leakage else None

    def _number(self, place: int) -> tuple[float, float]:
        variance = float(self.fit.covariance[place, place]) * self.widening
        return float(self.fit.values[place]), math.sqrt(max(variance, 0.0))

    @property
    def degrees(self) -> int:
        """Degrees of freedom."""
        return max(self.fit.residuals.size - self.fit.values.size, 1)


def fitted(
    branch: Branch,
    thermal: float,
    laws: Iterable[str],
    leakages: Iterable[bool],
    window: tuple[float, float] | None,
) -> LawFit:
    """Return the fit of the law that describes a sweep over the widest window.

    Args:
        branch: of the sweep, the voltage across the film.
        thermal: kT/q [V].
        laws: that are tried.
        leakages: whether with a leakage beside the film.
        window: voltages across the film that are fitted [V]; None for the widest that a law describes.

    Raises:
        DataError: too few points.
    """
    tried = [law for law in laws if law in LAWS]
    choices = [(law, leakage) for law in tried for leakage in leakages]
    plain = [choice for choice in choices if not LAWS[choice[0]].traps] or choices
    trapped = [choice for choice in choices if choice not in plain] if _falls_again(branch) else []
    windows = [window] if window is not None else list(_windows(branch))
    made: list[LawFit] = []
    for place, one in enumerate(windows):
        made = []
        # filling is seen from below: narrow windows hold the square law above it alone
        for some in (plain, trapped if place < _WITH_TRAPS else []):
            made += [item for item in (_fit(branch, thermal, *choice, one) for choice in some) if item is not None]
            if any(item.sound for item in made):
                break
        if any(item.sound for item in made):
            break
    if not made:
        low, high = windows[-1]
        raise DataError(
            f"no law can be fitted to the current from {low:g} to {high:g} V; choose another window or built_in_voltage"
        )
    best = _best([item for item in made if item.sound] or made)
    return _beside_built_in(best, thermal) if LAWS[best.law].traps and best.sound else best


def _falls_again(branch: Branch) -> bool:
    """Whether the local slope has a maximum above 2 within the sweep, as where traps have been filled."""
    slope = local_slope(branch)
    top = int(np.argmax(slope.value))
    fallen = float(slope.value[top] - slope.value[-1])
    sure = 3.0 * math.hypot(float(slope.sd[top]), float(slope.sd[-1]))
    return bool(2.0 + sure < slope.value[top] < _STEEPEST and fallen > max(sure, 0.1))


def _best(made: list[LawFit]) -> LawFit:
    """Return the fit of the best score, with how far the others that stand as well differ from it."""
    best = min(made, key=lambda item: item.score)
    near = [item for item in made if item.score - best.score < _OPEN]

    def spread(away: list[tuple[float, float]]) -> float:
        total = sum(weight for _, weight in away)
        return math.sqrt(sum(weight * value**2 for value, weight in away) / total) if total else 0.0

    weighed = [(item, math.exp(-0.5 * (item.score - best.score))) for item in near]
    scales = [(item.log_scale[0] - best.log_scale[0], weight) for item, weight in weighed]
    fields = [
        (item.field[0] - best.field[0], weight)
        for item, weight in weighed
        if item.field is not None and best.field is not None
    ]
    return replace(best, open_choice=spread(scales), open_field=spread(fields))


def _beside_built_in(fit: LawFit, thermal: float) -> LawFit:
    """Return a fit of filled traps with the built-in voltage that would do as well, and what it does to the scale.

    Both shift the square law to higher voltage; only the current below tells them apart.
    """
    found: tuple[float, float, float] | None = None
    for offset in np.arange(_BUILT_IN_STEP, min(_BUILT_IN_MOST, 0.5 * float(fit.voltage[-1])), _BUILT_IN_STEP):
        inside = fit.voltage - offset
        used = inside > _BUILT_IN_MARGIN * thermal
        if np.count_nonzero(used) < max(0.6 * fit.voltage.size, FEWEST_POINTS):
            break
        ratio = np.log(fit.current[used] / drift_and_diffusion(inside[used] / thermal))
        bent = np.polyfit(np.sqrt(inside[used]), ratio, 1)  # to first order a mobility that rises with the field
        away = float(np.std(ratio - np.polyval(bent, np.sqrt(inside[used]))))
        if found is None or away < found[0]:
            found = away, float(offset), float(np.polyval(bent, 0.0))
    own = float(np.std(fit.fit.model - np.log(fit.current)))
    if found is None or found[0] > max(1.3 * own, TOLERATED):
        return fit
    apart = found[2] - fit.log_scale[0]
    return replace(fit, built_in=found[1], open_choice=math.hypot(fit.open_choice, apart))


def _windows(branch: Branch) -> Iterable[tuple[float, float]]:
    """Return windows up to the highest voltage, the widest first."""
    low, high = float(branch.voltage[0]), float(branch.voltage[-1])
    last = max(min(high * 10.0**-_LEAST_DECADES, float(branch.voltage[-FEWEST_POINTS])), low)
    starts = np.geomspace(low, last, _STARTS) if last > low else np.array([low])
    places = sorted({int(np.searchsorted(branch.voltage, start * (1.0 - 1e-9))) for start in starts})
    return ((float(branch.voltage[place]), high) for place in places if branch.voltage.size - place >= FEWEST_POINTS)


def _fit(branch: Branch, thermal: float, law: str, leakage: bool, window: tuple[float, float]) -> LawFit | None:
    used = (branch.voltage >= window[0]) & (branch.voltage <= window[1])
    voltage, current, sd = branch.voltage[used], branch.current[used], branch.sd[used]
    chosen = LAWS[law]
    number = 1 + (chosen.growth is not None) + chosen.traps + leakage
    if voltage.size < max(FEWEST_POINTS, number + 2):
        return None
    model = _Model(chosen, leakage, voltage, voltage / thermal)
    begin, limits = _start(model, current, branch)
    try:
        found = least_squares(model.log_current, np.log(current), sd, begin, limits)
    except DataError:
        return None
    away = math.sqrt(float(np.mean((found.residuals * sd) ** 2)))
    ends = float(voltage[0]), float(voltage[-1])
    return LawFit(law, leakage, ends, found, voltage, current, found.describes or away < TOLERATED)


@dataclass(frozen=True, eq=False)
class _Model:
    law: Law
    leakage: bool
    voltage: Array  # across the film [V] (point,)
    reduced: Array  # the same in kT/q

    def log_current(self, numbers: Array) -> Array:
        """Logarithm of the current density [A/m2] (point,)."""
        film = np.exp(numbers[0]) * self._shape(numbers)
        if self.law.growth is not None:
            film = film * self.law.growth(numbers[1] * np.sqrt(self.voltage))
        return np.asarray(np.log(film + numbers[-1] * self.voltage if self.leakage else film))

    def _shape(self, numbers: Array) -> Array:
        if self.law.traps:
            return self.law.transport(self.reduced, float(numbers[1 + (self.law.growth is not None)]))
        return self._without_traps

    @cached_property
    def _without_traps(self) -> Array:
        return self.law.transport(self.reduced)


def _start(model: _Model, current: Array, branch: Branch) -> tuple[list[float], tuple[list[float], list[float]]]:
    """Return numbers to begin with and their limits."""
    rows: list[tuple[float, float, float]] = []
    strongest = 1.0 / math.sqrt(float(model.voltage[-1]))
    if model.law.growth is not None:
        rows.append((0.1 * strongest, -strongest, 20.0 * strongest))
    if model.law.traps:
        slope = local_slope(branch)
        steepest = float(slope.voltage[int(np.argmax(slope.value))])
        # the sweep is steepest at about a third of the trap-filled limit
        charge = 6.0 * steepest * float(model.reduced[-1] / model.voltage[-1])
        rows.append((min(max(charge, 5.0), 0.5 * STRONGEST), 0.0, STRONGEST))
    if model.leakage:
        least = float(np.min(current / model.voltage))
        rows.append((0.3 * least, 0.0, 2.0 * least))
    film = replace(model, leakage=False).log_current(np.array([0.0, *(row[0] for row in rows)]))
    scale = float(np.median((np.log(current) - film)[-FEWEST_POINTS:]))
    begin = [scale, *(row[0] for row in rows)]
    return begin, ([-np.inf, *(row[1] for row in rows)], [np.inf, *(row[2] for row in rows)])
