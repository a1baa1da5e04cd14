"""How much ligand an antisolvent takes, by its polarity."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from halodot.flask.parameters import FlaskParameters
from halodot.states import Chemical, Note, Step

#: E_T^N of methyl acetate, the more polar of the two esters with which the loss per wash is calibrated: Reichardt 1994,
#: doi:10.1021/cr00032a005
ESTERS = 0.253
#: E_T^N of an aprotic liquid by its relative permittivity where the library has none: acetone and acetonitrile to 0.03
_SLOPE, _ESTER_PERMITTIVITY = 0.125, 6.97
#: antisolvent per dispersion below which part of the dots stays in solution, 1
_LEAST = 1.0


def antisolvent_ratio(step: Step, volume: float) -> float:
    """Return the volumes of antisolvent per volume of dispersion [1] of a wash.

    Args:
        step: wash, its antisolvents as volumes [m3] or as ratios to the dispersion [1].
        volume: volume of the dispersion [m3].
    """
    total = math.fsum(amount for _, amount in step.antisolvents)
    return total if step.per_dispersion else total / volume


def polarity(chemical: Chemical) -> float:
    """Return the normalised polarity E_T^N of a liquid [1]: as stated, else that of an aprotic one of its permittivity.

    E_T^N = 0.253 + 0.125 ln(eps / 6.97); nan where neither is known.
    """
    if math.isfinite(chemical.reichardt_polarity):
        return chemical.reichardt_polarity
    return ESTERS + _SLOPE * math.log(chemical.relative_permittivity / _ESTER_PERMITTIVITY)


def strength(chemical: Chemical, parameters: FlaskParameters) -> float:
    """Return how much ligand an antisolvent takes over methyl acetate [1], exp(a (E_T^N - 0.253)), esters 1.

    E_T^N counts the hydrogen bonds that a liquid gives to carboxylate and ammonium along with its polarity, so that
    alcohols strip most.

    Args:
        chemical: the antisolvent.
        parameters: numbers and switches of the flask stage, with a the parameter ``wash_polarity``.
    """
    excess = polarity(chemical) - ESTERS
    return math.exp(parameters.wash_polarity * excess) if excess > 0.0 else 1.0


def stripping_ratio(step: Step, volume: float, chemicals: Mapping[str, Chemical], parameters: FlaskParameters) -> float:
    """Return the volumes of methyl acetate per volume of dispersion that would take as much ligand as a wash [1].

    Args:
        step: wash, its antisolvents as volumes [m3] or as ratios to the dispersion [1].
        volume: volume of the dispersion [m3].
        chemicals: reagents by name.
        parameters: numbers and switches of the flask stage.
    """
    total = math.fsum(amount * strength(chemicals[name], parameters) for name, amount in step.antisolvents)
    return total if step.per_dispersion else total / volume


def washing_notes(
    step: Step, volume: float, chemicals: Mapping[str, Chemical], parameters: FlaskParameters
) -> Iterator[Note]:
    """Yield what is taken for granted of a wash.

    Args:
        step: wash, its antisolvents as volumes [m3] or as ratios to the dispersion [1].
        volume: volume of the dispersion [m3].
        chemicals: reagents by name.
        parameters: numbers and switches of the flask stage.
    """
    for name, _ in step.antisolvents:
        times = strength(chemicals[name], parameters)
        if times > 1.0:
            origin = "" if math.isfinite(chemicals[name].reichardt_polarity) else ", estimated from its permittivity"
            text = (
                f"{name} (E_T^N {polarity(chemicals[name]):.2f}{origin}) is taken to strip {times:.2g} times as much"
                " ligand per volume as the esters with which washing is calibrated, as its polarity suggests"
                " (flask.wash_polarity)."
            )
            yield Note("extrapolated", text, step.where)
    ratio = antisolvent_ratio(step, volume)
    if ratio < _LEAST:
        text = (
            f"All dots are taken to precipitate, though {ratio:.2g} volumes of antisolvent per volume of dispersion"
            " leave part of them, the smallest first, in solution."
        )
        yield Note("missing physics", text, step.where)
