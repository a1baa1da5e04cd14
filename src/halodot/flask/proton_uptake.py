"""A strong acid that mixes in: who takes its protons, and which sites open and close meanwhile, as compiled loops.

Time is counted as proton dose u = int k_b [H] dt, in which free amine decays as exp(-u).
"""

from __future__ import annotations

import math
from typing import NamedTuple

from halodot.compiled import kernel, part

#: rate constant of a proton acceptor, relative to that of free amine, below which it takes no protons
NEGLIGIBLE_RATE = 1e-12
#: amount of acid that counts as none, mol
NEGLIGIBLE_ACID = 1e-200


class SiteFractions(NamedTuple):
    """Fractions of the surface sites [1]."""

    native: float  # with a native ligand pair
    short: float  # with the short ligand
    stripped: float  # opened by acid
    vacant: float  # without ligand before


class Reactants(NamedTuple):
    """What an injected acid meets [mol]."""

    acid: float  # strong acid
    amine: float  # free amine
    pairs: float  # free ion pairs
    ligand: float  # dissolved short ligand, free and bound
    carried: float  # the part of it that arrives with the acid
    sites: float  # surface sites


class UptakeRates(NamedTuple):
    """Rate constants of the competition for protons, and of the filling of open sites."""

    selectivity: float  # of a native site, relative to free amine [1]
    sink: float  # of an ion pair, relative to free amine [1]
    healing: float  # of short ligand of the acid's own liquid at an open site, per ligand and acid [1]
    filling: float  # of mixed short ligand at an open site [1/(mol s)]
    mixing_time: float  # of the acid [s]


class UptakeTotals(NamedTuple):
    """Where the protons went."""

    dose: float  # proton dose u [1], inf where acid is left
    to_amine: float  # [mol]
    to_pairs: float  # [mol]
    to_surface: float  # [mol]
    unreacted: float  # acid that found no partner [mol]
    open_dose: float  # integral of the open fraction over the dose [1]


@kernel
def proton_dose(acid: float, amine: float, pairs: float, sites: float, pair_rate: float, site_rate: float) -> float:
    """Return the proton dose at which amine, ion pairs and native sites have taken all acid.

    The root of acid = B (1 - e^-u) + P (1 - e^(-rho u)) + S (1 - e^(-r u)), concave in u, by Newton's method.

    Args:
        acid: strong acid [mol].
        amine: free amine B [mol].
        pairs: free ion pairs P [mol].
        sites: native sites S [mol].
        pair_rate: rho, rate constant of an ion pair relative to free amine [1].
        site_rate: r, that of a native site [1].

    Returns:
        u [1]; inf where they cannot take all acid, nan where the root was not found.
    """
    if acid <= NEGLIGIBLE_ACID:
        return 0.0
    pairs = pairs if pair_rate > NEGLIGIBLE_RATE else 0.0
    sites = sites if site_rate > NEGLIGIBLE_RATE else 0.0
    if amine + pairs + sites <= acid * (1.0 + 1e-12):
        return math.inf
    u = 0.0
    for _ in range(200):
        missing = acid + amine * math.expm1(-u) + pairs * math.expm1(-pair_rate * u)
        missing += sites * math.expm1(-site_rate * u)
        slope = amine * math.exp(-u) + pairs * pair_rate * math.exp(-pair_rate * u)
        slope += sites * site_rate * math.exp(-site_rate * u)
        step = missing / slope
        u += step
        if abs(step) <= 1e-13 * u or abs(missing) <= 4e-15 * acid:
            return u
    return math.nan


@kernel
def exponential_decay(rate: float, dose: float) -> tuple[float, float]:
    """Return exp(-r u) and its integral from 0 to u.

    Args:
        rate: r [1].
        dose: u [1].
    """
    if rate == 0.0:
        return 1.0, dose
    return math.exp(-rate * dose), -math.expm1(-rate * dose) / rate


@kernel
def open_sites(opening: float, closing: float, dose: float) -> tuple[float, float]:
    """Return the open fraction o of do/du = r exp(-r u) - h o from o(0) = 0, and its integral over the dose.

    Args:
        opening: r, rate at which native sites lose their ligands, relative to free amine [1].
        closing: h, rate at which open sites are filled [1].
        dose: u [1], inf for the limit.
    """
    if opening == 0.0 or dose == 0.0:
        return 0.0, 0.0
    if math.isinf(dose):
        return (0.0, 1.0 / closing) if closing > 0.0 else (1.0, math.inf)
    if abs(closing - opening) * dose < 1e-6:
        fading = math.exp(-opening * dose)
        return opening * dose * fading, (1.0 - fading * (1.0 + opening * dose)) / opening
    open_native, native_integral = exponential_decay(opening, dose)
    open_healed, healed_integral = exponential_decay(closing, dose)
    factor = opening / (closing - opening)
    return factor * (open_native - open_healed), factor * (native_integral - healed_integral)


@kernel
def _fill_open_sites(at: SiteFractions, rate: float, time: float, free: float, sites: float) -> SiteFractions:
    """Let dissolved short ligand fill open sites for half of a time, no more than there is."""
    closed = -math.expm1(-0.5 * rate * time)
    taken = closed * (at.stripped + at.vacant)
    if taken * sites > free:
        closed *= free / (taken * sites)
    return SiteFractions(
        at.native,
        at.short + closed * (at.stripped + at.vacant),
        at.stripped - closed * at.stripped,
        at.vacant - closed * at.vacant,
    )


@part
def _take_up(
    at: SiteFractions, slice_acid: float, amine: float, pairs: float, reactants: Reactants, rates: UptakeRates,
    healing: float,
) -> tuple[SiteFractions, UptakeTotals]:  # fmt: skip
    """Share a slice of acid between amine, ion pairs and native sites, and fill sites that it opens."""
    sites = reactants.sites
    u = proton_dose(slice_acid, amine, pairs, sites * at.native, rates.sink, rates.selectivity)
    lost = -math.expm1(-rates.selectivity * u) if rates.selectivity > 0.0 else 0.0
    gone = -math.expm1(-rates.sink * u) if rates.sink > 0.0 else 0.0
    to_amine, to_pairs, to_sites = -amine * math.expm1(-u), pairs * gone, sites * at.native * lost
    unreacted = max(slice_acid - to_amine - to_pairs - to_sites, 0.0) if math.isinf(u) else 0.0
    fresh, integral = open_sites(rates.selectivity, healing, u)
    kept, kept_integral = exponential_decay(healing, u)
    already_open = at.stripped + at.vacant
    open_dose = 0.0
    if at.native > 0.0:
        open_dose += at.native * integral
    if already_open > 0.0:
        open_dose += already_open * kept_integral
    healed = at.native * (lost - fresh) + (1.0 - kept) * already_open
    limit = max(reactants.ligand - sites * at.short, 0.0) / sites
    part = min(1.0, limit / healed) if healed > 0.0 else 0.0
    after = SiteFractions(
        at.native - at.native * lost,
        at.short + part * healed,
        at.stripped + (at.native * (fresh + (1.0 - part) * (lost - fresh)) - part * (1.0 - kept) * at.stripped),
        at.vacant - part * (1.0 - kept) * at.vacant,
    )
    return after, UptakeTotals(u, to_amine, to_pairs, to_sites, unreacted, open_dose)


@kernel
def inject_acid(
    at: SiteFractions, reactants: Reactants, rates: UptakeRates, slices: int
) -> tuple[SiteFractions, UptakeTotals]:
    """Let an injected acid mix in, and share each slice of it between amine, ion pairs and native sites.

    Unmixed acid decays as exp(-t / tau). Each slice of equal amount reacts at once, by the closed form of the
    competition; between slices, while the time passes that mixing takes, dissolved short ligand fills open sites.

    Args:
        at: fractions of the sites before the acid [1].
        reactants: amounts [mol].
        rates: rate constants of the competition and of mixing [1, 1/(mol s), s].
        slices: number of equal portions in which the acid mixes in.

    Returns:
        The fractions after it [1], and where the protons went [mol] with the dose [1].
    """
    acid, ligand, carried, sites = reactants.acid, reactants.ligand, reactants.carried, reactants.sites
    rates = UptakeRates(
        rates.selectivity if rates.selectivity > NEGLIGIBLE_RATE else 0.0,
        rates.sink if rates.sink > NEGLIGIBLE_RATE else 0.0,
        rates.healing, rates.filling, rates.mixing_time,
    )  # fmt: skip
    amine, pairs = reactants.amine, reactants.pairs
    total = UptakeTotals(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    for k in range(slices):
        span = rates.mixing_time * (math.log((slices - k) / (slices - k - 1.0)) if k + 1 < slices else 1.0)
        mixed = 1.0 - (slices - k - 0.5) / slices
        free = max(ligand - sites * at.short, 0.0)
        free_fraction = free / ligand if ligand > 0.0 else 0.0
        dissolved = max(ligand - carried, 0.0) + carried * mixed
        filling = rates.filling * dissolved * free_fraction
        healing = rates.healing * carried / acid * free_fraction if acid > NEGLIGIBLE_ACID else 0.0
        at = _fill_open_sites(at, filling, span, free, sites)
        at, found = _take_up(at, total.unreacted + acid / slices, amine, pairs, reactants, rates, healing)
        amine, pairs = max(amine - found.to_amine, 0.0), max(pairs - found.to_pairs, 0.0)
        at = _fill_open_sites(at, filling, span, max(ligand - sites * at.short, 0.0), sites)
        total = UptakeTotals(
            total.dose + found.dose,
            total.to_amine + found.to_amine,
            total.to_pairs + found.to_pairs,
            total.to_surface + found.to_surface,
            found.unreacted,
            total.open_dose + found.open_dose,
        )
    return at, total
