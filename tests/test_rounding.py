"""Numbers keep two digits of their standard deviation, and are read back within half of the last one."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halodot.rounding import between, ends, rounded, spread, with_spread

NUMBERS = st.floats(min_value=-1e12, max_value=1e12, allow_nan=False).filter(lambda x: x == 0 or abs(x) > 1e-12)
SPREADS = st.floats(min_value=1e-10, max_value=1e12)


@pytest.mark.parametrize(
    ("value", "sd", "text"),
    [
        (114972.0, 350_000.0, "110000 ± 350000"),
        (23.114, 2.54, "23.1 ± 2.5"),
        (645.03, 0.996, "645.0 ± 1.0"),
        (645.03, 9.6, "645.0 ± 9.6"),
        (8191.3, 95.0, "8191 ± 95"),
        (8191.3, 951.0, "8190 ± 950"),
        (0.1, 7.2e-17, "0.1"),
        (1.0, None, "1"),
        (0.0, 0.0, "0"),
        (-0.001, 0.5, "0.00 ± 0.50"),
        (2.82e-9, 3.1e-10, "(2.82 ± 0.31)e-09"),
        (0.0003762, math.nan, "3.76e-04"),
        (1_453_491.0, 2.0e5, "(1.45 ± 0.20)e+06"),
        (3.0, 2e7, "(0.0 ± 2.0)e+07"),
    ],
)
def test_a_number_has_two_digits_of_its_spread(value: float, sd: float | None, text: str) -> None:
    assert with_spread(value, sd) == text


@given(NUMBERS, SPREADS)
def test_no_more_than_a_tenth_of_a_spread_is_lost_and_no_less_than_its_second_digit_is_kept(value, sd) -> None:
    if sd <= 1e-9 * abs(value):
        return
    text = rounded(value, sd)
    assert abs(float(text) - value) <= 0.0525 * sd + 1e-9 * abs(value)
    step = float(f"{sd:.1e}")
    unit = 10.0 ** (math.floor(math.log10(step) + 1e-9) - 1)
    steps = float(text) / unit
    assert abs(steps - round(steps)) <= 1e-6 * max(abs(steps), 1.0)


@given(SPREADS)
def test_a_spread_has_two_digits(sd: float) -> None:
    text = spread(sd)
    assert float(text) == pytest.approx(sd, rel=0.051)
    digits = text.split("e")[0].replace(".", "").strip("0")
    assert 1 <= len(digits) <= 2


@given(NUMBERS)
def test_a_number_of_which_nothing_is_known_has_three_digits(value: float) -> None:
    assert float(rounded(value)) == pytest.approx(value, rel=5.01e-3)


@given(st.floats(min_value=1e-6, max_value=1e6), st.floats(min_value=1.01, max_value=1e4))
def test_the_ends_of_an_interval_stay_where_they_are(low: float, factor: float) -> None:
    high = low * factor
    for logarithmic in (False, True):
        first, last = (float(text) for text in ends(low, high, logarithmic))
        assert first == pytest.approx(low, abs=0.06 * (low if logarithmic else 0.5 * (high - low)))
        assert last == pytest.approx(high, rel=0.06)
    assert between(1300.0, 58_000.0, True) == "1300 to 58000"
    assert between(18.31, 24.52) == "18.3 to 24.5"
