"""Priors of sourced numbers and the bibliography."""

import math

import pytest

from halodot.errors import DataError
from halodot.sources import Sourced, bibliography_keys, cite

TEXT = """@article{one,
  title = {A},
}

@misc{two,
  title = {B @ home},
}
"""


def test_a_range_is_four_standard_deviations_wide() -> None:
    assert Sourced(2.0, low=1.0, high=3.0).standard_deviation == pytest.approx(0.5)


def test_a_stated_standard_deviation_wins() -> None:
    assert Sourced(2.0, sd=0.1, low=1.0, high=3.0).standard_deviation == 0.1


def test_a_wide_range_is_log_normal() -> None:
    entry = Sourced(1.0, low=0.1, high=10.0)
    assert entry.logarithmic
    assert entry.standard_deviation == pytest.approx(math.log(100.0) / 4.0)


def test_no_range_has_no_standard_deviation() -> None:
    assert math.isnan(Sourced(1.0).standard_deviation)


def test_cite_gives_each_wanted_entry_once_in_file_order() -> None:
    assert bibliography_keys(TEXT) == ("one", "two")
    assert cite(["two", "one", "two"], TEXT).count("@") == 3  # two entries and the @ of a title
    assert "one" not in cite(["two"], TEXT)
    with pytest.raises(DataError, match="three"):
        cite(["three"], TEXT)


def test_a_positive_number_moves_by_factors() -> None:
    positive = Sourced(1.0, low=0.5, high=1.5)
    assert positive.quantile(-4.0) == pytest.approx(math.exp(-1.0))
    assert Sourced(0.1, low=0.0, high=0.4).quantile(-4.0) == 0.0
    assert Sourced(0.1, low=-1.0, high=1.0).quantile(-2.0) == pytest.approx(-0.9)


def test_a_log_normal_spread_scales_with_the_value() -> None:
    wide = Sourced(1.0, low=0.1, high=10.0)
    assert wide.spread_at(3.0) == pytest.approx(3.0 * wide.standard_deviation)
    assert Sourced(2.0, sd=0.1).spread_at(3.0) == 0.1


def test_numbers_that_state_the_same_are_equal() -> None:
    """A dataclass of Python 3.13 takes nan for unlike itself."""
    one, other = (Sourced(2.0, "m", about="a film", sd=float("nan")) for _ in range(2))
    assert one == other
    assert hash(one) == hash(other)
    assert one != Sourced(2.0, "m", about="a film", sd=0.1)
    assert one != Sourced(3.0, "m", about="a film")
