"""Whether 95 % intervals of draws that agree with a J-V curve hold the truth as often as they say."""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
from drawn_devices import FIRST_SEED, Found, found_again

DEVICES = 200


def followed() -> Iterator[Found]:
    """Yield the devices of as many seeds, each on a core of its own."""
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        yield from (one for one in pool.map(found_again, range(FIRST_SEED, FIRST_SEED + DEVICES)) if one is not None)


def test_intervals_of_synthetic_devices_hold_the_truth() -> None:
    found = list(followed())
    share = float(np.mean(np.concatenate([one.covered for one in found])))
    enough = float(np.mean([one.ess >= 100.0 for one in found]))
    count = sum(len(one.covered) for one in found)
    print(f"95 % intervals of {count} numbers of {len(found)} devices hold the truth in {100 * share:.1f} %")
    print(f"100 effective draws in {100 * enough:.0f} % of the devices, from {np.median([one.tried for one in found])}")
    assert 0.90 <= share <= 0.99
