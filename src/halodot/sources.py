"""Numbers with their origin, and the bibliography they point to."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from halodot.arrays import Array
from halodot.errors import DataError

KINDS = ("measured", "literature", "calibrated", "assumed")
#: largest share of the variance in common: numbers of one method still differ, and their distribution has a density
_MOST_SHARED = 0.999
#: how numbers of the library were found, where that is known; numbers of one method err together
METHODS = ("photoelectron spectroscopy", "cyclic voltammetry", "optical gap", "time of flight")
_ENTRY = re.compile(r"@\w+\{\s*([^,\s]+)\s*,")


@dataclass(frozen=True)
class Sourced:
    """One number that enters a calculation.

    ``low`` and ``high`` bound the range that holds 95 % of the probability; ``sd`` is the standard deviation in the
    same unit as ``value``, or is derived from the range. Numbers that were found by the same ``method`` err together:
    ``shared`` is the share of the variance that they have in common.
    """

    value: float
    unit: str = "1"  # SI, eV and V for energies and potentials
    kind: str = "assumed"
    source: str = ""
    sd: float = math.nan
    low: float = math.nan
    high: float = math.nan
    about: str = ""
    method: str = ""
    shared: float = 0.0  # 0 to 1

    def __eq__(self, other: object) -> bool:
        """Whether both state the same; what neither states (nan) counts as the same in every version of Python."""
        return isinstance(other, Sourced) and self._stated == other._stated

    def __hash__(self) -> int:
        return hash(self._stated)

    @property
    def _stated(self) -> tuple[object, ...]:
        return tuple(None if item != item else item for item in vars(self).values())

    @property
    def found_by(self) -> str:
        """How the number was found, with what it shares with others of the method; empty where that is not stated."""
        return f"{self.method}, {100.0 * self.shared:.0f} % in common" if self.shared > 0.0 else self.method

    @property
    def logarithmic(self) -> bool:
        """Whether the range spans more than a factor of four, so that the distribution is log-normal."""
        return self.low > 0 and self.high > 4 * self.low

    @property
    def standard_deviation(self) -> float:
        """Standard deviation of the value, from ``sd`` or a quarter of the range; nan where neither is known.

        A log-normal range gives value times the standard deviation of the logarithm.
        """
        if math.isfinite(self.sd):
            return self.sd
        if self.logarithmic:
            return abs(self.value) * math.log(self.high / self.low) / 4.0
        return (self.high - self.low) / 4.0

    def spread_at(self, value: float) -> float:
        """Return the standard deviation around another value, which scales with it for a log-normal distribution."""
        return abs(self.standard_deviation * (value / self.value if self.logarithmic else 1.0))

    def quantile(self, deviations: float) -> float:
        """Return the quantile of the distribution this many standard deviations from the value.

        By a factor where the range lies above 0, and never beyond 0 where it begins there.
        """
        if self.low > 0.0:
            return self.value * math.exp(deviations * self.standard_deviation / self.value)
        value = self.value + deviations * self.standard_deviation
        return max(value, 0.0) if self.low >= 0.0 else value


def correlation(methods: Sequence[str], shared: Sequence[float]) -> Array:
    """Return the correlation of inputs: sqrt(s_i s_j) between two that state the same method, 0 between all others.

    Args:
        methods: of each input, empty where it states none.
        shared: share of the variance of each in common with all others of its method.

    Returns:
        The correlation, (input, input).
    """
    table = cross_correlation(methods, shared, methods, shared)
    np.fill_diagonal(table, 1.0)
    return table


def cross_correlation(
    methods: Sequence[str], shared: Sequence[float], other_methods: Sequence[str], other_shared: Sequence[float]
) -> Array:
    """Return the correlation of inputs with others that none of them is, see :func:`correlation`, (input, other)."""
    names, others = np.array(methods, dtype=object), np.array(other_methods, dtype=object)
    one, other = (np.sqrt(np.minimum(np.array(part, dtype=float), _MOST_SHARED)) for part in (shared, other_shared))
    return np.where((names[:, None] == others) & (others != ""), np.outer(one, other), 0.0)


def bibliography_keys(text: str) -> tuple[str, ...]:
    """Return the keys of a BibTeX text in the order of its entries."""
    return tuple(_ENTRY.findall(text))


def cite(keys: Iterable[str], text: str) -> str:
    """Return the BibTeX entries of ``text`` named by ``keys``, each once, in the order of the text.

    Args:
        keys: citation keys, in any order and number.
        text: a whole BibTeX file whose entries start at the beginning of a line.

    Raises:
        DataError: a key has no entry.
    """
    wanted = set(keys)
    entries: Mapping[str, str] = {
        found.group(1): chunk.strip()
        for chunk in re.split(r"(?m)^(?=@)", text)
        if (found := _ENTRY.match(chunk)) is not None
    }
    missing = wanted - set(entries)
    if missing:
        raise DataError(f"the bibliography has no entry {', '.join(sorted(missing))}")
    return "\n\n".join(entry for key, entry in entries.items() if key in wanted) + "\n"
