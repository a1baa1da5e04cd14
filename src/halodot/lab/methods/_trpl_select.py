"""Every law fitted to one decay, the one that is reported, and intervals that hold all that describe it as well."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from halodot.arrays import Array
from halodot.lab.methods._trpl_counts import Channels, Extras, Model
from halodot.lab.methods._trpl_fit import LEVEL_95, End, Minimum, minimised, profiled
from halodot.lab.methods._trpl_models import LAWS, LOGNORMAL, ONE, STRETCHED, THREE, TWO

#: by how much the penalised deviance of a distribution of rates must be below that of exponentials to be reported
_DISTRIBUTION_BETTER = 10.0
#: deviance that one more number must gain to be looked for at all
_WORTH = 1.0
#: deviance that scattered light must gain before it is added
SCATTER_GAIN = 15.0
#: lifetimes at which one more exponential is tried
_TRIED = 16


@dataclass(frozen=True, eq=False)
class Compared:
    """One decay under every law."""

    minima: Mapping[str, Minimum]
    chosen: str

    @property
    def best(self) -> Minimum:
        """Minimum of the law that is reported."""
        return self.minima[self.chosen]

    def replaced(self, minima: Mapping[str, Minimum]) -> Compared:
        """Return the same with other minima of some laws."""
        return replace(self, minima={**self.minima, **minima})

    def behind(self, name: str) -> float:
        """Return by how much a law's penalised deviance is above the least."""
        return self.minima[name].penalised - min(item.penalised for item in self.minima.values())

    @property
    def rivals(self) -> tuple[str, ...]:
        """Laws other than the reported one that the counts do not tell from the best at 95 %."""
        return tuple(name for name in self.minima if name != self.chosen and self.behind(name) < LEVEL_95)


def first_guess(channels: Channels, background: float) -> tuple[float, float]:
    """Return a lifetime [s] and a height [counts in a channel] from the mean arrival time.

    Args:
        channels: what was counted.
        background: counts in a channel.
    """
    since = channels.time - channels.pulse
    if math.isfinite(channels.period):
        since = np.mod(since, channels.period)
    after = since >= 0.0
    order = np.argsort(since[after])
    net, since = (channels.counts - background * channels.size)[after][order], since[after][order]
    cumulated = np.cumsum(net)
    total = float(cumulated[-1])
    if total <= 0.0:
        return 10.0 * channels.width, float(channels.counts.max())
    reached = int(np.argmax(cumulated >= (1.0 - math.exp(-1.0)) * total))
    lifetime = max(float(since[reached]), 2.0 * channels.width)
    return lifetime, max(total * channels.width / lifetime, 1.0)


def started(model: Model, lifetime: float, height: float, others: Mapping[str, float]) -> Array:
    """Return numbers to start a law from.

    Args:
        model: of the law.
        lifetime: about the mean one [s].
        height: about that of the decay [counts in a channel].
        others: background, shift and what else is known, by the names of the numbers.
    """
    law = model.law
    shapes = law.start(lifetime)
    heights = np.log(height * np.array([[1.0], [0.7, 0.3], [0.5, 0.35, 0.15]][law.terms - 1]))
    rest = [others.get(name, 0.0) for name in model.names[shapes.size + law.terms :]]
    return np.concatenate([shapes, heights, rest])


def others_of(found: Minimum) -> dict[str, float]:
    """Return background, shift and the like of a minimum by their names."""
    first = found.model.law.terms * (found.model.law.shapes + 1)
    return dict(zip(found.model.names[first:], found.numbers[first:].tolist()))


def fitted_exponentials(
    channels: Channels,
    extras: Extras,
    background: float,
    terms: int = 3,
    known: Mapping[str, Minimum] | None = None,
) -> dict[str, Minimum]:
    """Return the minima of one to three exponentials, each from the best of several starts.

    Args:
        channels: what was counted.
        extras: what is fitted besides.
        background: about the counts in a channel without light.
        terms: how many exponentials at most.
        known: minima under nearly the same circumstances, from which the search starts too.
    """
    lifetime, height = first_guess(channels, background)
    near = known or {}
    others = {"background": math.log(max(background, 1e-3)), "scatter": math.log(0.01 * height)}
    one = Model(LAWS[ONE], channels, extras)
    found = {ONE: _best(one, [started(one, lifetime, height, others), *_as_starts(near.get(ONE), one, others)])}
    lifetime = math.exp(found[ONE].numbers[0])
    two = Model(LAWS[TWO], channels, extras)
    starts = [started(two, lifetime, math.exp(found[ONE].numbers[1]), others_of(found[ONE]))]
    more = _with_one_more(found[ONE], two)
    starts += [more] if more is not None else []
    starts += _as_starts(near.get(TWO), two, others)
    found[TWO] = _best(two, starts)
    if terms > 2:
        three = Model(LAWS[THREE], channels, extras)
        more = _with_one_more(found[TWO], three)
        if more is not None:
            found[THREE] = _best(three, [more])
    return found


def _as_starts(known: Minimum | None, model: Model, others: Mapping[str, float]) -> list[Array]:
    """Return the numbers of a minimum in the order of a model that has them and perhaps more."""
    if known is None:
        return []
    values = dict(others) | dict(zip(known.model.names, known.numbers.tolist()))
    return [np.array([values.get(name, 0.0) for name in model.names])]


def _best(model: Model, starts: list[Array]) -> Minimum:
    return min((minimised(model, start) for start in starts), key=lambda item: item.deviance)


def _with_one_more(found: Minimum, larger: Model) -> Array | None:
    """Return a start with the exponential added that promises the largest gain, None where none gains anything."""
    channels = found.model.channels
    expected, slopes = found.model.expected(found.numbers)
    weight = 1.0 / (expected * channels.excess)
    pull = (channels.counts / expected - 1.0) / channels.excess
    single = Model(LAWS[ONE], channels, found.model.extras)
    low, high = single.limits
    rest = others_of(found) | {"background": -25.0, "scatter": -25.0}
    best: tuple[float, float, float] | None = None
    for place in np.linspace(low[0] + 1.5, high[0] - 0.5, _TRIED):
        numbers = np.concatenate([[place, 0.0], [rest.get(name, 0.0) for name in single.names[2:]]])
        column = single.expected(numbers)[1][:, 1]
        cross = slopes.T @ (column * weight)
        taken = float(cross @ np.linalg.pinv(found.information, rcond=1e-10, hermitian=True) @ cross)
        left = float(column @ (column * weight)) - taken
        score = float(column @ pull)
        if left > 1e-6 * taken and score > 0.0 and (best is None or score**2 / left > best[0]):
            best = (score**2 / left, float(place), score / left)
    if best is None or best[0] < _WORTH:
        return None
    old = found.model
    shapes = np.append(found.numbers[: old.law.terms], best[1])
    heights = np.append(found.numbers[old.law.terms : 2 * old.law.terms], math.log(max(best[2], 1e-6)))
    order = np.argsort(shapes)
    return np.concatenate([shapes[order], heights[order], found.numbers[2 * old.law.terms :]])


def scatter_gain(found: Minimum) -> float:
    """Return about how much deviance light that follows the response at once would gain; 0 where it is not wanted.

    Args:
        found: a minimum without scattered light.
    """
    channels = found.model.channels
    expected, slopes = found.model.expected(found.numbers)
    wide = Model(found.model.law, channels, replace(found.model.extras, scatter=True))
    numbers = np.append(found.numbers, 0.0)
    column = wide.expected(numbers)[1][:, -1]
    weight = 1.0 / (expected * channels.excess)
    cross = slopes.T @ (column * weight)
    taken = float(cross @ np.linalg.pinv(found.information, rcond=1e-10, hermitian=True) @ cross)
    left = float(column @ (column * weight)) - taken
    score = float(column @ ((channels.counts / expected - 1.0) / channels.excess))
    return score**2 / left if score > 0.0 and left > 1e-9 * taken else 0.0


def compared(exponentials: Mapping[str, Minimum], wanted: str | None, rivals: bool = True) -> Compared:
    """Return a decay under every law, and the one to report.

    Among exponentials Bayes' information criterion decides; a distribution of rates is reported only where it is
    clearly better than they are, since two exponentials imitate one well and the other way round.

    Args:
        exponentials: their minima.
        wanted: the law that is reported; None lets the counts decide.
        rivals: whether other laws are of interest where one is wanted.
    """
    minima = dict(exponentials)
    if wanted == THREE and THREE not in minima:
        two = minima[TWO]
        three = Model(LAWS[THREE], two.model.channels, two.model.extras)
        lifetime = two.model.averages(two.numbers)[1]
        height = float(two.model.heights(two.numbers).sum())
        minima[THREE] = minimised(three, started(three, lifetime, height, others_of(two)))
    simple = minima[ONE].deviance
    minima = {name: item for name, item in minima.items() if item.deviance <= simple + 1.0 or name == wanted}
    best = min(minima.values(), key=lambda item: item.penalised)
    lifetime = best.model.averages(best.numbers)[0]
    height = float(best.model.heights(best.numbers).sum())
    if wanted in minima and not rivals:
        return Compared(minima, str(wanted))
    for name in (STRETCHED, LOGNORMAL):
        model = Model(LAWS[name], best.model.channels, best.model.extras)
        minima[name] = minimised(model, started(model, lifetime, height, others_of(best)))
    return Compared(minima, wanted or _reported(minima))


def _reported(minima: Mapping[str, Minimum]) -> str:
    def bayes(name: str) -> float:
        law = minima[name].model.law
        return minima[name].deviance + law.terms * (law.shapes + 1) * math.log(minima[name].model.channels.counts.size)

    exponential = min((name for name in (ONE, TWO, THREE) if name in minima), key=bayes)
    least = min(minima[name].penalised for name in (ONE, TWO, THREE) if name in minima)
    spread = min((STRETCHED, LOGNORMAL), key=lambda name: minima[name].penalised)
    return spread if minima[spread].penalised < least - _DISTRIBUTION_BETTER else exponential


@dataclass(frozen=True)
class Spread:
    """95 % interval of a logarithm."""

    low: End
    high: End
    lower: Mapping[str, Minimum] = field(default_factory=dict)  # minima of laws that are lower than those given


def spread_over_laws(
    fits: Compared, of: Callable[[Minimum], Callable[[Array], float]], excess: float, rivals: bool
) -> Spread:
    """Return the 95 % interval of a function over the reported law and those that do as well.

    A law whose penalised deviance is e above the least takes part with the values that raise its own deviance by
    3.84 - e: the profile over all laws.

    Args:
        fits: the decay under every law.
        of: of a minimum; returns the function of its numbers, a logarithm.
        excess: variance of the residuals over that of counting, 1 where they agree.
        rivals: whether other laws take part.
    """
    levels = {fits.chosen: LEVEL_95 * excess}
    if rivals:
        for name in fits.minima:
            level = (LEVEL_95 - fits.behind(name) / excess) * excess
            if name != fits.chosen and level > 0.05:
                levels[name] = level
    found = {name: profiled(fits.minima[name], of(fits.minima[name]), level) for name, level in levels.items()}
    low = min((item.low for item in found.values()), key=lambda end: end.place)
    high = max((item.high for item in found.values()), key=lambda end: end.place)
    own = found[fits.chosen]  # whether the ends are bounded is told for the reported law alone
    low, high = replace(low, closed=own.low.closed), replace(high, closed=own.high.closed)
    lower = {name: item.minimum for name, item in found.items() if item.minimum is not fits.minima[name]}
    return Spread(low, high, lower)
