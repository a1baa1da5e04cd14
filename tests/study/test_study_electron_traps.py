"""The electron traps that organic films have in common, as written under a layer."""

from __future__ import annotations

import numpy as np
import pytest

from halodot.constants import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from halodot.device import solve_device
from halodot.states import Array
from halodot.study import from_text
from halodot.study.electron_traps import TRAP_WORDS, trapped_electrons_hint

FILM = """
halodot: 1
device:
  layers:
    - {{anode: 3.1 eV}}
    - polymer:
        thickness: 100 nm
        relative_permittivity: 3
        electron_affinity: 2.9 eV
        ionisation_energy: 5.5 eV
        electron_density_of_states: 1e21 1/cm3
        hole_density_of_states: 1e21 1/cm3
        electron_mobility: 1e-5 cm2/Vs
        hole_mobility: 1e-5 cm2/Vs
        {traps}
    - {{cathode: 3.1 eV}}
run: {{voltage: [3 V]}}
"""


def current(traps: str, *voltages: float) -> Array:
    stack = from_text(FILM.format(traps=traps)).stack
    assert stack is not None
    return solve_device(stack, None, np.array(voltages)).current_density


def test_the_words_limit_electrons_up_to_the_voltage_that_fills_the_traps() -> None:
    filled = ELEMENTARY_CHARGE * 3e23 * 1e-14 / (2.0 * 3.0 * VACUUM_PERMITTIVITY)
    words = "\n        ".join(f"{word}: {text}" for word, text in TRAP_WORDS.items())
    free, trapped = (current(text, 0.4 * filled, 3.0 * filled) for text in ("", words))
    assert trapped[0] < 1e-3 * free[0]
    assert trapped[1] > 0.3 * free[1]


@pytest.mark.parametrize(
    ("affinity", "permittivity", "said"), [(2.83, 3.0, True), (3.7, 3.0, False), (2.83, 8.0, False)]
)
def test_they_are_offered_for_organic_levels_above_them(affinity: float, permittivity: float, said: bool) -> None:
    values = {"role": "transport", "electron_affinity": affinity, "relative_permittivity": permittivity}
    assert bool(trapped_electrons_hint(values)) == said
    assert not trapped_electrons_hint(values | {"trap_density": 1e23})
    assert not trapped_electrons_hint({"role": "electrode"})
