"""
A dose series
=============

How much of the short ligand is right? The recipe is followed down to the dots for seven doses; where the acid takes too
much of the surface, the dots decompose, which is an answer and no error. The calibration is the model paper's.
"""

from __future__ import annotations

import numpy as np

import halodot

doses = np.linspace(0.0, 0.3, 7)
studies = [
    halodot.load("paper-0.2", [f"recipe.stocks.ligand[0].amount={dose} mmol", "run.stop_after=dots"]) for dose in doses
]
results = halodot.simulate_many(studies)

print(f"{'5AVA (mmol)':>12}{'edge (nm)':>12}{'PL (nm)':>10}{'short ligand (%)':>18}{'PLQY (%)':>10}")
for dose, result in zip(doses, results, strict=True):
    dots = result.dots
    if dots is None:
        print(f"{dose:12.2f}  {result.flask.reason}")
        continue
    print(
        f"{dose:12.2f}{1e9 * dots.edge_length:12.2f}{1e9 * dots.pl_peak:10.1f}"
        f"{100 * dots.coverage_short:18.1f}{100 * dots.plqy:10.1f}"
    )
