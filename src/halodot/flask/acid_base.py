"""Acids and bases in a hydrocarbon: neutral ion pairs only, no free ions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from halodot.errors import ConvergenceError
from halodot.flask.amounts import Totals, totals
from halodot.flask.mass_action import equilibrium
from halodot.flask.parameters import FlaskParameters
from halodot.flask.vessel import ROUNDING, Vessel, free_strong_acids
from halodot.states import Array, Chemical, IntArray, number, state

#: a strong acid pairs with any base that it meets: an association constant without a measurable end, m3/mol
COMPLETE = 1e9
#: worst relative error of a mass balance that still counts as solved
BALANCED = 1e-9
#: concentration below which logarithms lose their digits and nothing reacts with anything, mol/m3
_NOTHING = 1e-200
#: components, and the pairs of them that associate
_AMINE, _ACID, _SECOND, _STRONG, _LIGAND = range(5)
_FIRST = np.array([_AMINE, _AMINE, _AMINE, _LIGAND])
_SECOND_OF = np.array([_ACID, _SECOND, _STRONG, _STRONG])


@state
class Protons:
    """How a strong acid shares its protons before any of them meets a dot."""

    protonated_ligand: float = number("mol", "short ligand dissolved as ammonium salt of the strong acid")
    undissolved_ligand: float = number("mol", "short ligand left as zwitterion, which no hydrocarbon dissolves")
    free_acid: float = number("mol", "strong acid left after the short ligand took its share")


@state
class Pool:
    """The amine and the ion pairs around the dots."""

    free_amine: float = number("mol", "amine in no ion pair")
    pairs: float = number("mol", "ion pairs of amine and carboxylic acid")


@state
class Mixture:
    """Analytical amounts of what associates in one liquid."""

    volume: float = number("m3", "of the liquid")
    amine: float = number("mol", "in every form", default=0.0)
    acid: float = number("mol", "carboxylic acid in every form", default=0.0)
    second_acid: float = number("mol", "another weak acid in every form", default=0.0)
    strong_acid: float = number("mol", "strong acid in every form, with whatever anion", default=0.0)
    ligand: float = number("mol", "amino acid in every form", default=0.0)


@state
class Affinity:
    """Association constants of the ion pairs, and what dissolves of the zwitterion."""

    pair: float = number("m3/mol", "amine and carboxylic acid")
    second_pair: float = number("m3/mol", "amine and the second acid", default=0.0)
    salt: float = number("m3/mol", "amine and strong acid", default=COMPLETE)
    ligand_salt: float = number("m3/mol", "amino acid and strong acid", default=COMPLETE)
    solubility: float = number("mol/m3", "of the amino acid as zwitterion", default=1e-6)


@state
class Species:
    """The forms that acids and bases take at equilibrium [mol]."""

    amine: float = number("mol", "amine by itself")
    acid: float = number("mol", "carboxylic acid by itself")
    second_acid: float = number("mol", "second acid by itself")
    strong_acid: float = number("mol", "strong acid by itself")
    zwitterion: float = number("mol", "amino acid dissolved as zwitterion")
    solid: float = number("mol", "amino acid that did not dissolve")
    pairs: float = number("mol", "amine with carboxylic acid")
    second_pairs: float = number("mol", "amine with the second acid")
    salt: float = number("mol", "amine with strong acid, such as alkylammonium halide")
    ligand_salt: float = number("mol", "amino acid with strong acid")


def equilibrate(mixture: Mixture, affinity: Affinity) -> Species:
    """Return the ion pairs, acids and bases of a hydrocarbon solution at equilibrium.

    [XY] = K [X] [Y] for every pair, with the mass balances of all components, solved in logarithms. The zwitterion of
    the amino acid dissolves up to its solubility, the rest is a solid of its own.

    Args:
        mixture: analytical amounts [mol], any of them 0, and volume [m3].
        affinity: association constants [m3/mol] and solubility [mol/m3].

    Raises:
        ConvergenceError: a mass balance stays open.
    """
    amounts = (mixture.amine, mixture.acid, mixture.second_acid, mixture.strong_acid, mixture.ligand)
    if not mixture.volume > 0.0 or not all(0.0 <= amount < math.inf for amount in amounts):
        raise ConvergenceError(f"No equilibrium of acids and bases exists for {mixture}.")
    total = np.array(amounts) / mixture.volume
    total[total < _NOTHING] = 0.0
    constant = np.array([affinity.pair, affinity.second_pair, affinity.salt, affinity.ligand_salt])
    highest = np.full(5, math.inf)
    highest[_LIGAND] = math.log(affinity.solubility)
    logarithm, residual = equilibrium(total, _FIRST, _SECOND_OF, constant, highest, 200)
    if not residual <= BALANCED:
        logarithm, residual = _least_squares(logarithm, total, constant, highest)
    if not residual <= BALANCED:
        raise ConvergenceError(f"The acids and bases do not balance: a component is off by {residual:.1e} of itself.")
    free = np.where(total > 0.0, np.exp(logarithm), 0.0) * mixture.volume
    pairs = constant * free[_FIRST] * free[_SECOND_OF] / mixture.volume
    return Species(
        amine=float(free[_AMINE]),
        acid=float(free[_ACID]),
        second_acid=float(free[_SECOND]),
        strong_acid=float(free[_STRONG]),
        zwitterion=float(free[_LIGAND]),
        solid=max(mixture.ligand - float(free[_LIGAND] + pairs[3]), 0.0)
        if logarithm[_LIGAND] >= highest[_LIGAND]
        else 0.0,
        pairs=float(pairs[0]),
        second_pairs=float(pairs[1]),
        salt=float(pairs[2]),
        ligand_salt=float(pairs[3]),
    )


def _least_squares(start: Array, total: Array, constant: Array, highest: Array) -> tuple[Array, float]:
    """Close the mass balances by bounded least squares, where Newton's method did not."""
    from scipy.optimize import least_squares

    logarithm = np.where((total > 0.0) & np.isfinite(start), start, -700.0)
    present = np.flatnonzero(total > 0.0)
    for _ in range(2):

        def balances(x: Array, present: IntArray = present) -> Array:
            trial = logarithm.copy()
            trial[present] = x
            found = np.exp(trial)
            species = constant * found[_FIRST] * found[_SECOND_OF]
            np.add.at(found, _FIRST, species)
            np.add.at(found, _SECOND_OF, species)
            return found[present] / total[present] - 1.0

        top = np.log(total[present])
        begin = np.clip(logarithm[present], -690.0, top - 1e-9)
        fit = least_squares(balances, begin, bounds=(np.full(present.size, -700.0), top + 1e-9), xtol=3e-16)
        logarithm[present] = fit.x
        residual = float(np.max(np.abs(balances(fit.x)), initial=0.0))
        if not logarithm[_LIGAND] > highest[_LIGAND]:
            break
        logarithm[_LIGAND] = highest[_LIGAND]
        present = present[present != _LIGAND]
    return logarithm, residual


def protonate_short_ligand(strong_acid: float, zwitterion: float) -> Protons:
    """Return the short ligand that a strong acid protonates before anything else, AVA + HX = [AVAH X].

    The limit of :func:`equilibrate` for an infinite association constant.

    Args:
        strong_acid: strong acid that is added [mol].
        zwitterion: short ligand without a proton to spare [mol].
    """
    protonated = min(strong_acid, zwitterion)
    return Protons(
        protonated_ligand=protonated,
        undissolved_ligand=zwitterion - protonated,
        free_acid=strong_acid - protonated,
    )


def neutralise(vessel: Vessel, chemicals: Mapping[str, Chemical]) -> Vessel:
    """Return a vessel without dots after its strong acid and its amine formed a salt, HX + RNH2 = [RNH3 X].

    Complete up to the smaller amount, since nothing else is there to take the proton sooner. Amine and amino acid
    of one vessel are alike as bases (the ammonium of an alkylamine has a pKa of 10.6 in water, that of an
    omega-amino acid 10.8), so that acid which is short is taken to be shared in proportion to their amounts.

    Args:
        vessel: amounts [mol by compound], of which ``neutralised`` have reacted before.
        chemicals: reagents by name.

    Returns:
        The vessel with ``neutralised`` as it is after it; what is left of acid or amine stays as itself.
    """
    found = totals(vessel, chemicals)
    amine = found.amine - found.ammonium_halide
    if not (found.strong_acid > 0.0 and amine > 0.0):
        return vessel
    acid = found.strong_acid * amine / (amine + found.amino_acid)
    taken = acid if acid <= amine * (1.0 + ROUNDING) else amine
    reacted = dict(vessel.neutralised)
    for name, free in free_strong_acids(vessel, chemicals).items():
        part = free if taken == found.strong_acid else free * taken / found.strong_acid
        reacted[name] = reacted.get(name, 0.0) + part
    return replace(vessel, neutralised=reacted)


def pool_before_acid(amounts: Totals, volume: float, absorbed: float, parameters: FlaskParameters) -> Pool:
    """Return free amine and ion pairs of a pot before the next acid arrives.

    Free amine is the difference of two large and impure reagents. ``free_amine_factor`` carries the uncertainty of the
    purities, a titration replaces both; either way the amount of amine is read as what leaves so much of it free,
    n = a + n_acid K a / (V + K a), so that mass action and mass balances hold. Ammonium salts, weighed in or
    formed in a vial, have their proton already.

    Args:
        amounts: analytical amounts of the pot [mol].
        volume: volume of the pot [m3].
        absorbed: protons [mol] that the amine took up before as ammonium salt of a strong acid.
        parameters: numbers and switches of the flask stage.

    Raises:
        ConvergenceError: acids and bases do not balance.
    """
    if not volume > 0.0:
        return Pool(free_amine=0.0, pairs=0.0)
    affinity = Affinity(pair=parameters.pair_constant, second_pair=parameters.pair_constant)
    amine = amounts.amine - amounts.ammonium_halide
    weighed = equilibrate(_weak(amounts, volume, amine, 0.0), affinity)
    free = parameters.titrated_free_amine
    if parameters.free_amine_reading != "titration":
        free = parameters.free_amine_factor * weighed.amine
    reduced = parameters.pair_constant * free / volume
    pairs = amounts.carboxylic_acid * reduced / (1.0 + reduced)
    if absorbed <= 0.0:
        return Pool(free_amine=free, pairs=pairs)
    after = equilibrate(_weak(amounts, volume, free + pairs, absorbed), affinity)
    return Pool(free_amine=after.amine, pairs=after.pairs + after.second_pairs)


def _weak(amounts: Totals, volume: float, amine: float, absorbed: float) -> Mixture:
    return Mixture(
        volume=volume,
        amine=amine,
        acid=amounts.carboxylic_acid - amounts.acetic_acid,
        second_acid=amounts.acetic_acid,
        strong_acid=absorbed,
    )
