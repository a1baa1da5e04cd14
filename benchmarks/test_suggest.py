"""How many experiments `halodot suggest` needs to come within 5 % of the best yield, beside a plain Gaussian process.

The laboratory is the same chemistry with its uncertain inputs drawn from their priors and 5 % noise. Both share kernel,
limits, acquisition, starting points and seeds. Wrong on purpose: the order of the yields turned round, or no order.
"""

import numpy as np
from synthetic_laboratories import START, laboratories, needed

CAMPAIGNS = 20


def test_suggest_needs_half_the_experiments_and_a_wrong_model_costs_little() -> None:
    model, labs = laboratories(range(1, CAMPAIGNS + 1))
    lowest, highest = np.nanmin(model), np.nanmax(model)
    models = {
        "model": model,
        "turned round": np.where(np.isfinite(model), lowest + highest - model, np.nan),
        "shuffled": np.random.default_rng(0).permutation(model),
    }
    found = {"plain": [needed(lab, model, "plain") for lab in labs]}
    found |= {name: [needed(lab, said, "physics") for lab in labs] for name, said in models.items()}
    print(f"experiments, {START} of them a Latin hypercube, until one is within 5 % of the best of {len(model)} places")
    for name, counts in found.items():
        print(f"{name:13} median {np.median(counts):4.1f}, 90 % {np.percentile(counts, 90):5.1f}: {counts}")
    assert np.median(found["model"]) <= 0.5 * np.median(found["plain"])
    for wrong in ("turned round", "shuffled"):
        assert np.median(found[wrong]) <= 1.2 * np.median(found["plain"])
        assert np.percentile(found[wrong], 90) <= 1.2 * np.percentile(found["plain"], 90)
