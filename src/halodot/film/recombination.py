"""How excitons end in the film: what they bring from solution, what their neighbours add, and the film's faces."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from halodot.errors import ValidityError
from halodot.film.parameters import FilmParameters
from halodot.numerics import poisson_counts, poisson_probability
from halodot.states import Dots

_SAME_LOSS = ("plqy", "nonradiative_rate", "transfer_loss")


@dataclass(frozen=True)
class Recombination:
    """Yields [1] and rates [1/s] of the film; plqy counts the faces, nonradiative_rate does not."""

    solution_plqy: float
    plqy: float
    radiative_rate: float
    nonradiative_rate: float
    transfer_loss: float
    interface_loss: float


def recombination(dots: Dots, parameters: FilmParameters, known: Mapping[str, Any]) -> Recombination:
    """Return how excitons end in the film, every loss counted once.

    Inside the film the rate is that of the dots in solution, k_r (1 / PLQY - 1), and what transfer to dots with traps
    adds. The faces add theirs only to the yield of the film outside a device: in one, its layers say what they quench.

    Args:
        dots: yield [1], radiative rate [1/s] and traps in solution.
        parameters: numbers of the film stage.
        known: quantities of the film that are known, by field; transfer then is what explains them.

    Raises:
        ValidityError: one loss is stated twice, or the film does not emit.
    """
    stated = [name for name in _SAME_LOSS if name in known]
    if len(stated) > 1:
        raise ValidityError(f"film.{' and film.'.join(stated)} state the same loss; give one of them")
    radiative = known.get("radiative_rate", dots.radiative_rate)
    solution = known.get("solution_plqy", dots.plqy)
    faces = known.get("interface_loss", interface_loss(parameters))
    if not solution > 0.0 or not known.get("plqy", 1.0) > 0.0:
        raise ValidityError("a film that does not emit has no non-radiative rate; its quantum yield must be positive")
    own = radiative * (1.0 / solution - 1.0)
    if "nonradiative_rate" in known:
        nonradiative = known["nonradiative_rate"]
    elif "plqy" in known:
        nonradiative = radiative * (1.0 / known["plqy"] - 1.0) - faces
        if nonradiative < 0.0:
            raise ValidityError(
                "the PLQY of the film is higher than the loss at its faces allows; check both (film.plqy,"
                " film.face_velocity)"
            )
    else:
        kept = transfer_factor(dots, parameters.visited_dots)
        nonradiative = own + known.get("transfer_loss", radiative * (1.0 / kept - 1.0) / solution)
    return Recombination(
        solution_plqy=solution,
        plqy=radiative / (radiative + nonradiative + faces),
        radiative_rate=radiative,
        nonradiative_rate=nonradiative,
        transfer_loss=nonradiative - own,
        interface_loss=faces,
    )


def transfer_factor(dots: Dots, visited: float) -> float:
    """Return the quantum yield where excitons hop from dot to dot, relative to that where they stay.

    An exciton hops at a rate w to a dot whose traps are again Poisson distributed. With K = k_r + k_0 + n k the rate
    at which it ends on a dot with n traps, the yield is k_r <1 / (w + K)> / <K / (w + K)>: <k_r / K> where it stays,
    k_r / <K> where it averages over many dots, which is less. w = (visited - 1) k_r.

    Args:
        dots: mean number of traps [1] and rates [1/s]; not used where one dot is visited.
        visited: number of dots that an exciton visits in one radiative lifetime, its own included [1].

    Returns:
        Factor [1], 1 for one visited dot.

    Raises:
        ValidityError: less than one dot is visited, or the traps are not known.
    """
    if not visited >= 1.0:
        raise ValidityError("an exciton visits its own dot at least: 1 or more (film.visited_dots)")
    if visited == 1.0:
        return 1.0
    if not all(math.isfinite(each) for each in (dots.traps, dots.loss_per_trap, dots.trap_rate)):
        raise ValidityError(
            "transfer to dots with traps needs their number, the loss of each and the trap rate (dots.traps,"
            " dots.loss_per_trap, dots.trap_rate)"
        )
    count = poisson_counts(dots.traps)
    share = poisson_probability(count, dots.traps)
    background = dots.trap_rate - dots.traps * dots.loss_per_trap
    ends = dots.radiative_rate + background + count * dots.loss_per_trap
    leaves = (visited - 1.0) * dots.radiative_rate + ends
    return float((share / leaves).sum() / (share * ends / leaves).sum() / (share / ends).sum())


def interface_loss(parameters: FilmParameters) -> float:
    """Return the rate [1/s] at which both faces of the film outside a device take excitons, 2 S / h."""
    return 2.0 * parameters.face_velocity / parameters.nominal_thickness
