"""
Two samples beside one another
==============================

The model paper's control and its treated dots, in the same stack: current, efficiency and colour in one figure each.
"""

from __future__ import annotations

import halodot
from halodot.report import draw

samples = {
    "control": halodot.simulate(halodot.load("paper-control")),
    "0.2 mmol 5AVAI": halodot.simulate(halodot.load("paper-0.2")),
}

for name, result in samples.items():
    found = result.summary
    print(
        f"{name:16} EQE {100 * found['eqe_max'].value:5.1f} %   PLQY {100 * found['plqy'].value:5.1f} %"
        f"   EL {1e9 * found['el_peak'].value:6.1f} nm   T50 {found['half_life'].value / 3600:6.2f} h"
    )

# %%
efficiency = draw("eqe", samples)
spectrum = draw("el", samples)
decay = draw("decay", samples)
