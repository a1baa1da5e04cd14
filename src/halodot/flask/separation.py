"""What a centrifuge, a filter and drying leave of a dispersion."""

from __future__ import annotations

from halodot.states import Chemical

#: normal boiling point below which a liquid leaves dots that are dried at room temperature or under vacuum, K
VOLATILE = 453.15


def dries_up(solvent: Chemical | None) -> bool:
    """Return whether drying takes a solvent off, as it does hexane, octane and toluene, but not octadecene.

    Args:
        solvent: of the dispersion, None for a crude solution, whose solvent boils high.
    """
    return solvent is not None and not solvent.boiling_point > VOLATILE
