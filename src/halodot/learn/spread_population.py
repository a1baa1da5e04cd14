"""All devices that could be made, by their estimate: laboratories, yields, champions and Sobol indices."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from halodot.arrays import Array
from halodot.learn.limits import OUTPUTS
from halodot.learn.spread_estimate import Estimate, scaled, unscaled
from halodot.learn.spread_result import QUANTILES, Champion, Estimated, OutputSpread, Part, Yield
from halodot.learn.spread_space import AREA, Followed, Space, batch_numbers
from halodot.study.spread import LEVELS
from halodot.study.variations import Variations
from halodot.wording import in_words

#: devices of all laboratories together, at least so many laboratories, and of how many devices champions are told
_DEVICES, _FEWEST, _SIZES = 60_000, 40, (1, 2, 5, 10, 20, 50, 100)
#: other polynomials of the same fit, for the error that they leave
_OTHERS = 10
#: points and repetitions of the Sobol indices
_POINTS, _REPEATS = 256, 8
#: other polynomials whose indices are computed
_FEW = 5
#: standard deviations that one device, in as many as were drawn for the estimate, may lie off unseen
_FAR = 3.0
_SOBOL = 11  # stream of random numbers
_SAMPLE = 5000  # devices that are kept for a histogram
_BETWEEN = {"batch": "from batch to batch", "pixel": "from pixel to pixel"}
REST, MISSED = "all other variations together", "not followed by the estimate"


class Population(NamedTuple):
    """Many laboratories that make devices in batches."""

    deviates: Array  # (laboratory * device, input)
    laboratories: int
    noise: Array  # standard-normal, (laboratory * device,)
    free: Array  # probability that a device has no short, (laboratory * device,)
    chance: Array  # uniform, (laboratory * device,)
    others: Array  # standard-normal, (other polynomial, term)


def population(
    space: Space, estimates: Mapping[str, Estimate], found: Variations, devices: int, seed: Sequence[int]
) -> Population:
    """Draw laboratories.

    Args:
        space: what varies.
        estimates: of the outputs.
        found: shorts and pixels of a batch.
        devices: of each laboratory.
        seed: of the random numbers.
    """
    random = np.random.default_rng(seed)
    laboratories = max(_DEVICES // devices, _FEWEST)
    batches = batch_numbers(devices, int(found.pixels_per_batch.entry.value))
    shape = (laboratories, int(batches[-1]) + 1, len(space.items))
    of_batches = random.standard_normal(shape)[:, batches]
    deviates = space.deviates(of_batches, random.standard_normal(of_batches.shape)).reshape(-1, len(space.items))
    place = space.place(AREA)
    area = np.full(len(deviates), found.area)
    if place >= 0:
        area = area * np.exp(space.total[place] * deviates[:, place])
    most = max((item.terms.size for item in estimates.values()), default=0)
    return Population(
        deviates,
        laboratories,
        random.standard_normal(len(deviates)),
        np.exp(-found.shorts.entry.value * area),
        random.random(len(deviates)),
        random.standard_normal((_OTHERS, most)),
    )


# ------------------------------------------------------------------------------------------------------- one output


def output_spread(
    estimate: Estimate, drawn: Population, space: Space, made: Followed, stated: float, seed: int
) -> OutputSpread:
    """Return what is known of one output over all devices that could be made.

    Args:
        estimate: of the output.
        drawn: the laboratories.
        space: what varies.
        made: devices that were computed and took no part in the estimate.
        stated: the output of the stated device [SI].
        seed: of the random numbers.
    """
    name = estimate.name
    values = estimate.value(drawn.deviates)
    followed = float(np.var(values))
    variance = followed + estimate.missed**2
    sd = math.sqrt(variance)
    few = drawn.deviates[: len(drawn.deviates) // 5]
    other = [estimate.moved(normal).value(few) for normal in drawn.others]
    base = estimate.value(few)
    centres = [float(np.mean(one) - np.mean(base)) for one in other]
    sds = [math.sqrt(float(np.var(one)) + estimate.missed**2) for one in other]
    independent = len(np.unique(drawn.deviates[:, 0])) ** 0.5
    of_missed = estimate.missed**2 / sd * math.sqrt(0.5 / estimate.freedom) if sd > 0.0 else 0.0
    computed = scaled(name, made.numbers[:, tuple(OUTPUTS).index(name)])
    off = (estimate.value(made.deviates) - computed)[np.isfinite(computed)]
    every = values + estimate.missed * drawn.noise
    unseen = _FAR / estimate.drawn
    return OutputSpread(
        name=name,
        stated=stated,
        middle=Estimated(
            float(unscaled(name, np.array(np.mean(values)))), math.hypot(_rms(centres), sd / independent, unseen * sd)
        ),
        sd=Estimated(
            sd, math.hypot(float(np.std(sds)), sd / (math.sqrt(2.0) * independent), of_missed, 1.5 * unseen * sd)
        ),
        quantiles=tuple(float(item) for item in unscaled(name, np.quantile(every, QUANTILES))),
        sample=unscaled(name, every[:_SAMPLE]),
        missed=estimate.missed**2 / variance if variance > 0.0 else 0.0,
        off=_rms(off),
        parts=_parts(estimate, space, drawn, seed) if variance > 0.0 else (),
    )


def _rms(values: Any) -> float:
    found = np.asarray(values, dtype=float)
    return float(np.sqrt(np.mean(found**2))) if found.size else math.nan


# ------------------------------------------------------------------------------------------------------------- Sobol


def _parts(estimate: Estimate, space: Space, drawn: Population, seed: int) -> tuple[Part, ...]:
    """Return first-order and total indices, after Saltelli 2010, with their errors.

    The indices are the mean of repetitions with points of their own, which give its error; other polynomials of the
    same fit give the error of the estimate.
    """
    names, function = _separate(estimate, space)
    repeated = np.stack([_indices(function, len(names), (seed, _SOBOL, k)) for k in range(_REPEATS)])
    others = [
        _indices(_separate(estimate.moved(one), space)[1], len(names), (seed, _SOBOL, 0)) for one in drawn.others[:_FEW]
    ]
    of_fit = np.sqrt(np.mean((np.stack(others) - repeated[0]) ** 2, axis=0))
    value, error = np.mean(repeated, axis=0), np.hypot(np.std(repeated, axis=0, ddof=1) / math.sqrt(_REPEATS), of_fit)
    parts = [
        Part(*name, *(Estimated(float(value[k, row]), float(error[k, row])) for k in range(2)))
        for row, name in enumerate(names)
    ]
    return tuple(sorted(parts, key=lambda item: -item.total.value))


def _indices(function: Any, count: int, seed: tuple[int, ...]) -> Array:
    """Return first-order and total indices, (2, part)."""
    from scipy.stats import norm, sobol_indices

    normal: list[Any] = [norm()] * count

    found = sobol_indices(func=function, n=_POINTS, dists=normal, rng=np.random.default_rng(seed))
    return np.stack([np.ravel(found.first_order), np.ravel(found.total_order)])


def _separate(estimate: Estimate, space: Space) -> tuple[list[tuple[str, str, str]], Any]:
    """Return what varies on its own, and the output as a function of its normal numbers, (part, point).

    Parts are each level of every input with squares and products; all other inputs together, whose sum is normal; and
    what the estimate misses.
    """
    share = space.share
    names: list[tuple[str, str, str]] = []
    rows = []
    for place in estimate.kept:
        for level, word in enumerate(LEVELS):
            if share[level, place] > 0.0:
                path = space.items[place].path
                names.append((path, word, f"{in_words(path)}, {_BETWEEN[word]}"))
                rows.append((int(place), float(share[level, place])))
    names += [("", "", REST), ("", "", MISSED)]
    spreads = np.array([estimate.rest, estimate.missed])

    def function(normal: Array) -> Array:
        deviates = np.zeros((normal.shape[1], len(space.items)))
        for (place, weight), row in zip(rows, normal):
            deviates[:, place] += weight * row
        return np.asarray((estimate.value(deviates) + spreads @ normal[len(rows) :])[None, :])

    return names, function


# ------------------------------------------------------------------------------------------------- yield and champion


def yielded(drawn: Population, lit: tuple[int, int], devices: int) -> Yield:
    """Return how many devices work.

    Args:
        drawn: the laboratories.
        lit: how many of the computed devices give light, and how many there are.
        devices: of the laboratory.
    """
    from scipy.stats import binom

    free = float(np.mean(drawn.free))
    share = lit[0] / lit[1]
    error = math.sqrt(max(share * (1.0 - share), 0.0) / lit[1]) * free
    working = free * share
    low, high = (int(binom.ppf(end, devices, working)) for end in (0.025, 0.975))
    return Yield(1.0 - free, 1.0 - share, Estimated(working, error), (low, high))


def champions(drawn: Population, estimate: Estimate | None, lit: tuple[int, int], devices: int) -> tuple[Champion, ...]:
    """Return the highest peak EQE of several numbers of devices, of those that work.

    Args:
        drawn: the laboratories.
        estimate: of the peak EQE.
        lit: how many of the computed devices give light, and how many there are.
        devices: of the laboratory.
    """
    if estimate is None:
        return ()
    working = (drawn.chance < drawn.free * lit[0] / lit[1]).reshape(drawn.laboratories, -1)
    noise = estimate.missed * drawn.noise

    def best(one: Estimate) -> Array:
        eqe = (one.value(drawn.deviates) + noise).reshape(drawn.laboratories, -1)
        return np.maximum.accumulate(np.where(working, eqe, -math.inf), axis=1)

    own, others = best(estimate), [best(estimate.moved(normal)) for normal in drawn.others]
    sizes = sorted({*(size for size in _SIZES if size <= own.shape[1]), devices})
    unseen = _FAR / estimate.drawn * math.hypot(float(np.std(estimate.value(drawn.deviates))), estimate.missed)
    return tuple(_champion(size, own[:, size - 1], [one[:, size - 1] for one in others], unseen) for size in sizes)


def _champion(devices: int, found: Array, others: Sequence[Array], unseen: float) -> Champion:
    """Return the champion of some devices; laboratories without a device that works do not count."""
    seen = np.isfinite(found)
    values = found[seen]
    if not values.size:
        return Champion(devices, Estimated(math.nan, math.nan), *([math.nan] * 4))
    moved = [float(np.mean(one[seen]) - np.mean(values)) for one in others]
    error = math.hypot(_rms(moved), float(np.std(values)) / math.sqrt(values.size), unseen)
    low, low_68, high_68, high = (float(item) for item in np.quantile(values, (0.025, 0.16, 0.84, 0.975)))
    return Champion(devices, Estimated(float(np.mean(values)), error), low_68, high_68, low, high)
