"""The halides of the dots: their shares, what that makes of a formula unit, and the exchange of anions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from halodot.flask.growth import Crystals
from halodot.flask.parameters import FlaskParameters
from halodot.perovskite import WORDS, PerovskiteParameters, perovskite_of, shares

#: change of a share that is rounding and no exchange
_SAME = 1e-9
#: what a note says of dots whose anions were exchanged
OF_EXCHANGE = (
    "The dots exchange their halides with the liquid: completely, without preference, and keeping their number"
    " and ligands; dots that dissolve or fuse meanwhile are left out."
)


def formula_volume(
    halides: Mapping[str, float], perovskite: PerovskiteParameters | None, parameters: FlaskParameters
) -> float:
    """Return the molar volume of a perovskite [m3/mol].

    Args:
        halides: share of Cl, Br and I [1].
        perovskite: numbers of the cesium lead halides, None where ``parameters`` have the formula volume.
        parameters: numbers and switches of the flask stage.

    Raises:
        ValidityError: chloride with iodide, which form no mixed crystal.
    """
    return parameters.formula_volume if perovskite is None else perovskite_of(halides, perovskite).formula_volume


def exchange_anions(
    crystals: Crystals, halides: Mapping[str, float], perovskite: PerovskiteParameters | None
) -> Crystals:
    """Return the dots after their halides were exchanged for those of the liquid, cations and shape staying.

    Complete and without preference: dots and liquid come to share all halide ions within seconds (Nedelcu et al.,
    Nano Lett. 15, 5635 (2015), doi:10.1021/acs.nanolett.5b02404; Akkerman et al., J. Am. Chem. Soc. 137, 10276
    (2015), doi:10.1021/jacs.5b05602). Every edge follows the lattice, L ~ V_m^(1/3).

    Args:
        crystals: dots before it.
        halides: share of Cl, Br and I among the halide ions of dots and liquid together [1].
        perovskite: numbers of the cesium lead halides; None leaves the size as it is.

    Returns:
        The dots after it, themselves where nothing is to exchange.

    Raises:
        ValidityError: chloride with iodide, which form no mixed crystal.
    """
    names = {*halides, *crystals.halides}
    if all(abs(halides.get(name, 0.0) - crystals.halides.get(name, 0.0)) < _SAME for name in names):
        return crystals
    if perovskite is None:
        return replace(crystals, halides=dict(halides))
    volume = perovskite_of(halides, perovskite).formula_volume
    factor = math.cbrt(volume / crystals.formula_volume)
    return replace(
        crystals,
        halides=dict(halides),
        length=factor * crystals.length,
        nucleus=factor * crystals.nucleus,
        formula_volume=volume,
    )


def with_liquid(
    crystals: Crystals, in_dots: float, liquid: Mapping[str, float], like_the_dots: float
) -> dict[str, float]:
    """Return the shares [1] of halides that dots and a liquid around them have together.

    Args:
        crystals: the dots.
        in_dots: perovskite in them [mol], with three halide ions each.
        liquid: halide that arrives [mol by symbol].
        like_the_dots: halide of the liquid that is of the dots' own composition [mol].
    """
    own = 3.0 * in_dots + like_the_dots
    return shares({name: own * crystals.halides.get(name, 0.0) + liquid.get(name, 0.0) for name in WORDS})
