"""What the intervals of a fit hold, what a fit costs, and how often a barrier that the model lacks is found."""

from __future__ import annotations

import numpy as np
from synthetic_devices import fitted_diodes, fitted_leds

DEVICES, DIODES = 200, 40


def test_intervals_of_200_synthetic_devices_hold_the_truth_as_often_as_they_say() -> None:
    found = list(fitted_leds(DEVICES))
    covered = np.concatenate([one.covered for one in found])
    share = float(np.mean(covered))
    units = np.array([one.fit.time / one.fit.curve_time for one in found])
    evaluations = np.array([one.fit.curves for one in found])
    by_count = {
        count: float(np.mean(np.concatenate([one.covered for one in found if len(one.covered) == count])))
        for count in (3, 4, 5, 6)
    }
    print(f"95 % intervals of {covered.size} numbers of {DEVICES} devices hold the truth in {100 * share:.1f} %")
    print("by how many numbers were fitted:", {count: f"{100 * value:.1f} %" for count, value in by_count.items()})
    print(f"a fit with its profiles takes {np.median(units):.0f} curves (median), {np.median(evaluations):.0f} solved")
    print(f"misspecified: {100 * np.mean([one.fit.misspecified for one in found]):.1f} %")
    print(f"incomplete profiles: {sum(any(n.incomplete for n in one.fit.numbers) for one in found)}")
    print(f"chi squared a degree of freedom: {np.mean([one.fit.chi2 / one.fit.freedom for one in found]):.3f}")
    assert 0.92 <= share <= 0.98


def test_a_barrier_that_the_model_lacks_is_found_by_the_runs_test() -> None:
    with_barrier = [one.misspecified for one in fitted_diodes(DIODES, barrier=True)]
    without = [one.misspecified for one in fitted_diodes(DIODES, barrier=False)]
    shares = {"with": np.mean(with_barrier), "without": np.mean(without)}
    print("misspecified:", ", ".join(f"{100 * share:.0f} % {name} a 0.5 eV barrier" for name, share in shares.items()))
    assert np.mean(with_barrier) >= 0.9
    assert np.mean(without) <= 0.1
