"""
Tell the causes of smaller dots apart
=====================================

Why are the treated dots smaller? Three causes, three experiments that would tell them apart.

The paper names one cause of the smaller dots (iodide); acid that etches and growth that the injection stops would do
the same. This prints the edge length of each experiment, less that of the untreated dots, when only one cause acts.
"""

from __future__ import annotations

import halodot

EXPERIMENTS = {
    "0.2 mmol 5AVAI (the paper)": "paper-0.2",
    "ethyl acetate alone": "ethyl-acetate-only",
    "oleylammonium iodide, no acid": "oleylammonium-iodide",
    "5AVA with HBF4 for HI": "tetrafluoroboric-acid",
}
CAUSES = ("iodide", "etching", "arrest")


def edge_length(study: str, cause: str) -> float:
    """Edge length [nm] of a library study when only one cause of the size change acts."""
    settings = ["run.stop_after=dots", f"flask.size_causes={cause}"]
    if cause == "iodide":  # the exponent that a strong dependence on iodide would need
        settings.append("flask.iodide_exponent=0.15")
    result = halodot.simulate(halodot.load(study, settings))
    return float("nan") if result.dots is None else result.dots.edge_length * 1e9


def table() -> dict[str, dict[str, float]]:
    """Change of the edge length [nm] against the control, by experiment and cause."""
    return {
        name: {cause: edge_length(study, cause) - edge_length("paper-control", cause) for cause in CAUSES}
        for name, study in EXPERIMENTS.items()
    }


if __name__ == "__main__":
    print(f"{'change of the edge length (nm)':32}" + "".join(f"{cause:>10}" for cause in CAUSES))
    for name, changes in table().items():
        print(f"{name:32}" + "".join(f"{changes[cause]:10.2f}" for cause in CAUSES))
