"""The electron traps that organic films have in common, in words to write under a layer.

Electrons of most organic films fall into traps 3.6 eV below vacuum, 3e17 in a cm3 and 0.1 eV wide, whatever the film:
Nicolai et al., Nat. Mater. 11 (2012) 882; for films with an affinity below 3.6 eV, Kotadiya et al., Nat. Mater. 18
(2019) 1182, doi:10.1038/s41563-019-0473-6. They are an option, since thin evaporated films and clean ones have fewer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

#: Level of the traps (eV), above which an electron level is trap-limited.
TRAP_LEVEL = 3.6
#: Relative permittivity below which a conductor is taken for an organic one.
MOST_OF_ORGANICS = 5.0
#: What a layer states of them. One level stands for the narrow Gaussian; the captures, q mu/eps of 2e-5 cm2/Vs, decide
#: how trapped electrons recombine with holes and not how many are trapped.
TRAP_WORDS = {
    "trap_density": "3e17 1/cm3",
    "trap_energy": f"{TRAP_LEVEL} eV",
    "trap_charge": "acceptor",
    "electron_capture": "1e-11 cm3/s",
    "hole_capture": "1e-11 cm3/s",
}


def trapped_electrons_hint(values: Mapping[str, Any]) -> str:
    """Return how to write the common electron traps under a layer, empty where it has them or its level lies deeper.

    Args:
        values: of a material, in SI by the words of a study.
    """
    affinity, permittivity = values.get("electron_affinity", math.nan), values.get("relative_permittivity", math.nan)
    organic = values.get("role", "transport") == "transport" and permittivity < MOST_OF_ORGANICS
    if not (organic and affinity < TRAP_LEVEL) or values.get("trap_density", 0.0) > 0.0:
        return ""
    lines = "\n".join(f"  {word}: {text}" for word, text in TRAP_WORDS.items())
    return (
        f"Electrons in organic films above {TRAP_LEVEL} eV are mostly limited by traps at {TRAP_LEVEL} eV"
        f" ({TRAP_LEVEL - affinity:.2f} eV deep here); none are assumed. To add them, write under the layer\n{lines}"
    )
