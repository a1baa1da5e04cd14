"""Acids and bases in a hydrocarbon: neutral ion pairs only, no free ions."""

from __future__ import annotations

import math

from halodot.flask.amounts import Totals
from halodot.flask.parameters import FlaskParameters
from halodot.states import number, state


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


def share_protons(strong_acid: float, zwitterion: float) -> Protons:
    """Give the short ligand its first and complete claim on a strong acid: AVA + HX = [AVAH X].

    Args:
        strong_acid: that arrives [mol].
        zwitterion: short ligand without a proton to spare [mol].
    """
    protonated = min(strong_acid, zwitterion)
    return Protons(
        protonated_ligand=protonated,
        undissolved_ligand=zwitterion - protonated,
        free_acid=strong_acid - protonated,
    )


def ion_pairs(amine: float, acid: float, volume: float, constant: float) -> float:
    """Return the amount of ion pairs of an amine and a carboxylic acid in a hydrocarbon.

    K = x V / ((a - x) (b - x)) for RNH2 + R'COOH = [RNH3 OOCR'], the smaller root, written without cancellation.

    Args:
        amine: in both forms [mol].
        acid: in both forms [mol].
        volume: of the liquid [m3].
        constant: association constant K [m3/mol].

    Returns:
        Ion pairs [mol], never more than either partner.
    """
    if amine <= 0.0 or acid <= 0.0 or volume <= 0.0:
        return 0.0
    dissociation = volume / constant
    half = 0.5 * (amine + acid + dissociation)
    return amine * acid / (half + math.sqrt(max(half * half - amine * acid, 0.0)))


def pool_before_acid(amounts: Totals, volume: float, absorbed: float, parameters: FlaskParameters) -> Pool:
    """Return free amine and ion pairs of a pot before the next acid arrives.

    The difference of two large and impure reagents: K_ip keeps it positive where the acid is in excess, and
    ``free_amine_factor`` carries the uncertainty of the purities; a titration replaces both.

    Args:
        amounts: of the pot.
        volume: of the pot [m3].
        absorbed: protons [mol] that the amine took up before as ammonium salt of a strong acid.
        parameters: of the flask stage.
    """
    amine = max(amounts.amine - absorbed, 0.0)
    pairs = ion_pairs(amine, amounts.carboxylic_acid, volume, parameters.pair_constant)
    if parameters.free_amine_reading == "titration":
        return Pool(free_amine=max(parameters.titrated_free_amine - absorbed, 0.0), pairs=pairs)
    return Pool(free_amine=(amine - pairs) * parameters.free_amine_factor, pairs=pairs)
