"""The estimates of `spread` against 2,000 devices of the paper's LED that are computed one by one.

All seeds stand here and were fixed before anything was run.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

import halodot
from halodot.arrays import Array
from halodot.chain.simulate import simulate
from halodot.learn.draws import coarse
from halodot.learn.limits import OUTPUTS
from halodot.learn.spread import USUAL, _estimates
from halodot.learn.spread_estimate import scaled
from halodot.learn.spread_space import Follower, Space, batch_numbers, drawn_devices
from halodot.study.variations import variations_of

DEVICES, OF_A_LABORATORY, SEED, OTHER_SEED = 2000, 20, 1, 20_261_129
RESAMPLES = 400
#: standard errors of the difference that a number may lie beside the direct one
FAR = 3.0


class Direct(NamedTuple):
    """One number from computed devices, with its standard error."""

    value: float
    error: float


class Computed(NamedTuple):
    """Devices that were computed one by one."""

    numbers: Array  # SI, (device, output)
    estimated: Array  # the same by the estimates alone, scaled, (device, output)
    shorted: Array  # (device,)


def computed(name: str) -> Computed:
    """Compute the devices, and estimate the very same."""
    study = halodot.load(name)
    found = variations_of(study)
    space, central = Space(found.items), simulate(coarse(study))
    pixels = int(found.pixels_per_batch.entry.value)
    deviates = drawn_devices(space, DEVICES, pixels, (OTHER_SEED, 0))
    follower = Follower(central.study, space, central)
    made = follower.follow(deviates, batch_numbers(DEVICES, pixels))
    estimates, _ = _estimates(follower, USUAL, SEED, lambda what, done, total: None)
    estimated = np.stack([estimates[output].value(deviates) for output in OUTPUTS], axis=1)
    area = space.values(deviates)[:, space.place("device.area")]
    shorted = np.random.default_rng((OTHER_SEED, 1)).random(DEVICES) < -np.expm1(-found.shorts.entry.value * area)
    return Computed(made.numbers, estimated, shorted)


def of_batches(values: Array, statistic: object) -> Direct:
    """Return a statistic of devices with the standard deviation over resampled batches of four."""
    assert callable(statistic)
    batches = values.reshape(-1, 4)
    random = np.random.default_rng(OTHER_SEED)
    again = [statistic(batches[random.integers(0, len(batches), len(batches))].ravel()) for _ in range(RESAMPLES)]
    return Direct(float(statistic(values)), float(np.nanstd(again)))


def test_estimates_agree_with_computed_devices(benchmark: object) -> None:
    found = halodot.spread(halodot.load("paper-0.2"), OF_A_LABORATORY, seed=SEED)
    numbers, estimated, shorted = benchmark.pedantic(lambda: computed("paper-0.2"), rounds=1, iterations=1)  # type: ignore[attr-defined]
    off, same = [], []
    for k, name in enumerate(OUTPUTS):
        values, own = scaled(name, numbers[:, k]), found.outputs[name]
        middle = math.log(own.middle.value) if own.logarithmic else own.middle.value
        for what, here, direct in (
            ("middle", (middle, own.middle.error), of_batches(values, np.nanmean)),
            ("sd", own.sd, of_batches(values, np.nanstd)),
        ):
            off.append((name, what, *here, *direct))
        beside = estimated[:, k]
        same.append(
            (name, np.nanmean(beside - values), math.sqrt(np.nanmean((beside - values) ** 2)), np.nanstd(values))
        )
    eqe = np.where(shorted, -math.inf, np.nan_to_num(numbers[:, 0], nan=-math.inf)).reshape(-1, OF_A_LABORATORY)
    best = eqe.max(axis=1)
    champion = found.champion
    assert champion is not None
    off.append(("champion", "of 20", *champion.expected, best.mean(), best.std() / math.sqrt(len(best))))
    spread_of_best = (champion.high_68 - champion.low_68) / 2.0
    off.append(("champion", "its sd", spread_of_best, spread_of_best / 14.0, best.std(), best.std() / 14.0))
    share = 1.0 - shorted.mean()
    off.append(("yield", "share", *found.yielded.working, share, math.sqrt(share * (1.0 - share) / DEVICES)))
    for name, what, here, error, direct, direct_error in off:
        distance = (here - direct) / math.hypot(error, direct_error)
        print(
            f"{name:10} {what:7} {here:.6g} +- {error:.2g}, direct {direct:.6g} +- {direct_error:.2g}: {distance:+.1f}"
        )
    for name, mean, rms, sd in same:
        print(f"{name:10} of the same devices: {mean:+.2g} on average, {rms:.2g} root mean square, sd {sd:.3g}")
    blind = np.where(shorted, -math.inf, estimated[:, 0]).reshape(-1, OF_A_LABORATORY).max(axis=1)
    print(f"champion of the same laboratories: {blind.mean() - best.mean():+.2g}, without what the estimate misses")
    assert all(abs(here - direct) < FAR * math.hypot(error, other) for _, _, here, error, direct, other in off)
