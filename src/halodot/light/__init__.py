"""Where every photon goes, and what a person sees of it."""

from halodot.light.emission import emit
from halodot.light.grid import resolved, slices, window
from halodot.light.modes import dissipation, mode_table
from halodot.light.surroundings import check, environment
from halodot.light.transfer import reflect_transmit_absorb

__all__ = [
    "check",
    "dissipation",
    "emit",
    "environment",
    "mode_table",
    "reflect_transmit_absorb",
    "resolved",
    "slices",
    "window",
]
