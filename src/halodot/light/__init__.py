"""Where every photon goes, and what a person sees of it."""

from halodot.light.emission import emit
from halodot.light.grid import resolved, slices, window
from halodot.light.modes import dissipation, guided_power, mode_table
from halodot.light.stack_optics import check, dipole_emission
from halodot.light.transfer import reflect_transmit_absorb

__all__ = [
    "check",
    "dipole_emission",
    "dissipation",
    "emit",
    "guided_power",
    "mode_table",
    "reflect_transmit_absorb",
    "resolved",
    "slices",
    "window",
]
