"""Small devices whose curves are fitted: one carrier, and two layers with a barrier between them."""

from __future__ import annotations

from halodot.study import Study
from halodot.study.load import from_text

HOLE_ONLY = """
halodot: 1
title: One organic layer between two metals, holes alone
device:
  layers:
    - {anode: 5.1 eV}
    - organic:
        thickness: 100 nm
        relative_permittivity: 3
        electron_affinity: 2.4 eV
        ionisation_energy: 5.4 eV
        electron_density_of_states: 1e21 1/cm3
        hole_density_of_states: 1e21 1/cm3
        electron_mobility: 1e-9 cm2/Vs
        hole_mobility: {value: 1e-4 cm2/Vs, low: 1e-6 cm2/Vs, high: 1e-2 cm2/Vs}
        hole_field_activation: {value: 2e-3 (cm/V)^0.5, low: 5e-4 (cm/V)^0.5, high: 8e-3 (cm/V)^0.5}
    - {cathode: 4.6 eV}
run:
  voltage: {from: 0.5 V, to: 6 V, step: 0.5 V}
  nodes_per_layer: 24
"""


def hole_only(*changes: str) -> Study:
    """Return the study of a hole-only diode."""
    return from_text(HOLE_ONLY, overrides=changes)
