"""Synthetic LEDs are found again by draws under their own current; benchmarks/test_draws_coverage.py has 200."""

from drawn_devices import FIRST_SEED, NUMBERS, found_again


def test_draws_under_a_current_hold_the_mobilities_that_made_it() -> None:
    found = found_again(FIRST_SEED, 24, NUMBERS[3:])
    assert found is not None
    assert found.covered == (True, True, True)
    assert found.ess >= 24.0
