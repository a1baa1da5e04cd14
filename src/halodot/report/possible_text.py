"""What a reported EQE asks of a device, in plain sentences and as rows of a table."""

from __future__ import annotations

import math

from halodot.learn.possible import ISOTROPIC, Possible
from halodot.report.numbers import in_percent

#: heads of :func:`possible_rows`
POSSIBLE_HEAD = ("needed", "at least", "this device", "with")
#: relative difference of a factor from 1 below which forward luminance explains nothing
_NO_DIFFERENCE = 0.005


def possible_sentences(found: Possible) -> tuple[str, ...]:
    """Return what a reported EQE asks, in plain sentences.

    Args:
        found: from :func:`possible`.
    """
    asked = f"{100.0 * found.reported:.4g} %"
    return (
        *_verdict(found, asked),
        f"In this stack {in_percent(found.outcoupling_isotropic)} of the light of isotropic dipoles reaches air and"
        f" {in_percent(found.outcoupling_horizontal)} of that of horizontal ones: with a quantum yield and a charge"
        f" balance of 100 % the EQE is {in_percent(found.ceiling_isotropic)} or"
        f" {in_percent(found.ceiling_horizontal)}.",
        _orientation(found, asked),
        _lambertian(found, asked),
        f"This counts with a film of dots of index {found.film_index:.2f} at {1e9 * found.peak:.0f} nm, excitons"
        f" {found.zone}, and {_recycling(found.recycled)}.",
    )


def possible_rows(found: Possible) -> list[tuple[str, str, str, str]]:
    """Return what each number must be: name, needed, of this device, and what the others are.

    Args:
        found: from :func:`possible`.
    """
    return [
        (
            row.called,
            "none is enough" if math.isnan(row.needed) else in_percent(row.needed),
            "" if math.isnan(row.own) else in_percent(row.own),
            row.given,
        )
        for row in found.requirements
    ]


def _verdict(found: Possible, asked: str) -> tuple[str, ...]:
    isotropic, horizontal = found.requirements[0].needed, found.requirements[1].needed
    own = "" if math.isnan(found.device_plqy) else f"; this device has {in_percent(found.device_plqy)}"
    if math.isnan(horizontal):
        return (f"An EQE of {asked} is impossible in this stack, whatever the dots and the charges do.",)
    if math.isnan(isotropic):
        return (
            f"An EQE of {asked} is impossible in this stack with isotropic dipoles; with horizontal ones it needs a"
            f" quantum yield of the excitons in the device of at least {in_percent(horizontal)} where every electron"
            f" makes an exciton{own}.",
        )
    return (
        f"An EQE of {asked} needs a quantum yield of the excitons in the device of at least {in_percent(isotropic)}"
        f" with isotropic dipoles, or {in_percent(horizontal)} with horizontal ones, where every electron makes an"
        f" exciton{own}.",
    )


def _orientation(found: Possible, asked: str) -> str:
    needed = next(
        row
        for row in found.requirements
        if row.name == "horizontal_fraction" and row.given.startswith("the film's own")
    )
    film = f"the film's own quantum yield of {in_percent(found.plqy)} and a charge balance of 100 %"
    if math.isnan(needed.needed):
        return f"With {film} no orientation of the dipoles gives {asked}."
    if needed.needed <= ISOTROPIC:
        return f"With {film} isotropic dipoles are enough for {asked}."
    return f"With {film}, {in_percent(needed.needed)} of the dipole moment would have to lie in the plane for {asked}."


def _lambertian(found: Possible, asked: str) -> str:
    factor = found.lambertian
    if abs(factor - 1.0) < _NO_DIFFERENCE:
        return "Forward luminance under the Lambertian assumption gives the same EQE and explains no difference."
    way = "overstates" if factor > 1.0 else "understates"
    text = (
        f"Forward luminance under the Lambertian assumption {way} the EQE of this stack by a factor of {factor:.3f}:"
        f" {asked} found in that way stands for {in_percent(found.behind_forward_luminance)} of the photons"
    )
    if not math.isfinite(found.eqe):
        return f"{text}."
    read_as = found.eqe * factor
    low, high = sorted((found.eqe, read_as))
    enough = 0.99 * low <= found.reported <= 1.01 * high
    explained = "is enough to explain" if enough else "does not explain"
    return (
        f"{text}; the {in_percent(found.eqe)} of this device would be read as {in_percent(read_as)}, which {explained}"
        f" the difference to {asked}."
    )


def _recycling(share: float) -> str:
    if share < 5e-4:
        return "no light that the film absorbs again"
    return f"the {in_percent(share)} of its own light that the film absorbs and emits again"
