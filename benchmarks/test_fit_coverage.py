"""What the intervals of a fit hold, what a fit costs, and how often a barrier that the model lacks is found."""

from __future__ import annotations

import numpy as np
from synthetic_devices import fitted_diodes, fitted_leds

DEVICES, DIODES = 200, 40


def test_intervals_of_200_synthetic_devices_hold_the_truth_as_often_as_they_say() -> None:
    found = []
    for one in fitted_leds(DEVICES):
        found.append(one)
        if one.inside and one.inside != one.covered:
            print(f"  device {one.seed}: by its rise {one.covered}, by its ends {one.inside}")
    whole = [one for one in found if one.inside]
    share = float(np.mean(np.concatenate([one.covered for one in found])))
    same = np.concatenate([one.covered for one in whole]) == np.concatenate([one.inside for one in whole])
    units = [one.fit.time / one.fit.curve_time for one in whole]
    count = sum(len(one.covered) for one in found)
    print(f"95 % intervals of {count} numbers of {DEVICES} devices hold the truth in {100 * share:.1f} %")
    for numbers in (3, 4, 5, 6):
        part = [one.covered for one in found if len(one.covered) == numbers]
        print(f"  {numbers} numbers fitted: {100 * np.mean(np.concatenate(part)):.1f} %")
    print(f"ends that were sought out say the same in {100 * np.mean(same):.1f} % of {same.size}")
    solved = np.median([one.fit.curves for one in whole])
    print(f"a fit with its intervals takes {np.median(units):.0f} times a curve, {solved:.0f} solved or differentiated")
    print(f"called misspecified: {100 * np.mean([one.fit.misspecified for one in found]):.1f} %")
    print(f"intervals that are lower bounds: {sum(n.incomplete for one in whole for n in one.fit.numbers)}")
    assert 0.92 <= share <= 0.98
    assert np.mean(same) >= 0.97


def test_a_barrier_that_the_model_lacks_is_found_by_the_runs_test() -> None:
    with_barrier = [one.misspecified for one in fitted_diodes(DIODES, barrier=True)]
    without = [one.misspecified for one in fitted_diodes(DIODES, barrier=False)]
    shares = {"with": np.mean(with_barrier), "without": np.mean(without)}
    print("misspecified:", ", ".join(f"{100 * share:.0f} % {name} a 0.5 eV barrier" for name, share in shares.items()))
    assert np.mean(with_barrier) >= 0.9
    assert np.mean(without) <= 0.1
