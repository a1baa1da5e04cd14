"""Adsorption, desorption and exchange of ligands in time, as compiled loops."""

from __future__ import annotations

import math
from typing import NamedTuple

from halodot.compiled import kernel

#: diagonal coefficient of the L-stable two-stage method of Alexander, SIAM J. Numer. Anal. 14 (1977) 1006,
#: doi:10.1137/0714068
_GAMMA = 1.0 - math.sqrt(0.5)


class ExchangeRates(NamedTuple):
    """Amounts per surface site [1] and rates [1/s] of the exchange of ligands."""

    sites: float  # fraction of the sites that ligands can hold [1]
    pairs: float  # native pairs per site, free and bound [1]
    ligand: float  # short ligand per site, free and bound [1]
    exchange: float  # of short ligand for a native pair [1/s]
    exchange_constant: float  # its equilibrium constant [1]
    pair_adsorption: float  # [1/s]
    pair_desorption: float  # [1/s]
    ligand_adsorption: float  # [1/s]
    ligand_desorption: float  # [1/s]


@kernel
def _rates_of_change(native: float, short: float, rates: ExchangeRates) -> tuple[float, float]:
    """Return the rates of change [1/s] of the fractions with a native pair and with the short ligand."""
    free, free_short, vacant = rates.pairs - native, rates.ligand - short, rates.sites - native - short
    swapped = rates.exchange * (free_short * native - free * short / rates.exchange_constant)
    return (
        rates.pair_adsorption * free * vacant - rates.pair_desorption * native - swapped,
        rates.ligand_adsorption * free_short * vacant - rates.ligand_desorption * short + swapped,
    )


@kernel
def _implicit_step(native: float, short: float, step: float, rates: ExchangeRates) -> tuple[float, float, bool]:
    """Solve y = y0 + step f(y) by Newton's method."""
    n, s = native, short
    for _ in range(40):
        rate_n, rate_s = _rates_of_change(n, s, rates)
        off_n, off_s = n - native - step * rate_n, s - short - step * rate_s
        free, free_short, vacant = rates.pairs - n, rates.ligand - s, rates.sites - n - s
        swap_n = rates.exchange * (free_short + s / rates.exchange_constant)
        swap_s = -rates.exchange * (n + free / rates.exchange_constant)
        a = 1.0 - step * (-rates.pair_adsorption * (vacant + free) - rates.pair_desorption - swap_n)
        b = -step * (-rates.pair_adsorption * free - swap_s)
        c = -step * (-rates.ligand_adsorption * free_short + swap_n)
        d = 1.0 - step * (-rates.ligand_adsorption * (vacant + free_short) - rates.ligand_desorption + swap_s)
        determinant = a * d - b * c
        move_n, move_s = (b * off_s - d * off_n) / determinant, (c * off_n - a * off_s) / determinant
        n, s = n + move_n, s + move_s
        if abs(move_n) + abs(move_s) <= 1e-15 + 1e-14 * (abs(n) + abs(s)):
            return n, s, True
    return n, s, abs(move_n) + abs(move_s) <= 1e-9


@kernel
def integrate_exchange(
    native: float, short: float, duration: float, rates: ExchangeRates, steps: int
) -> tuple[float, float, bool]:
    """Follow adsorption, desorption and exchange for a time, by an L-stable method of second order.

    Steps grow by a half each. The rates depend on the free ligand, which is what the surface does not hold, so that
    sites and ligands are conserved; where a step would undershoot, one of first order, which cannot, replaces it.

    Args:
        native: fraction of the sites with a native pair [1].
        short: fraction of the sites with the short ligand [1].
        duration: [s].
        rates: amounts per site [1] and rates [1/s].
        steps: number of them.

    Returns:
        Both fractions [1], and whether every step was solved.
    """
    step = duration * 0.5 / (1.5**steps - 1.0)
    for _ in range(steps):
        n1, s1, solved = _implicit_step(native, short, _GAMMA * step, rates)
        rate_n, rate_s = _rates_of_change(n1, s1, rates)
        weight = (1.0 - _GAMMA) * step
        n2, s2, again = _implicit_step(native + weight * rate_n, short + weight * rate_s, _GAMMA * step, rates)
        inside = min(n2, s2, rates.sites - n2 - s2, rates.pairs - n2, rates.ligand - s2) >= -1e-15
        if not (solved and again and inside):
            n2, s2, solved = _implicit_step(native, short, step, rates)
            if not solved:
                return n2, s2, False
        native, short = min(max(n2, 0.0), rates.pairs), min(max(s2, 0.0), rates.ligand)
        step *= 1.5
    return native, short, True
