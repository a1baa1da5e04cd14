"""What the counting of dots in electron micrographs gives."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtr

from halodot.errors import ValidityError
from halodot.states import Dataset, Dots, Flask


def tem_histogram(
    dots: Dots | Flask, *, count: int = 200, bin_width: float = 0.25e-9, seed: int | None = None
) -> Dataset:
    """Return a histogram of the edge lengths of dots in micrographs.

    The edge lengths are drawn from a normal distribution without its negative part, of the mean and spread that the
    state says a microscope counts.

    Args:
        dots: dots, or the flask that holds them.
        count: number of dots that are measured.
        bin_width: bin width of the histogram [m].
        seed: seed of the draw; None gives the expected number in every bin.

    Returns:
        Number of dots [1] by edge length [m], the middle of each bin; with a seed ``meta`` holds mean and standard
        deviation of the very dots that were drawn, else those of the distribution.

    Raises:
        ValidityError: there are no dots of a size.
    """
    mean, spread = dots.edge_length, dots.edge_length_spread
    if not (mean > 0.0 and spread > 0.0 and math.isfinite(mean + spread)):
        raise ValidityError("a histogram needs dots of a positive edge length and spread")
    highest = math.ceil((mean + 6.0 * spread) / bin_width)
    edges = bin_width * np.arange(highest + 1)
    risen = ndtr((edges - mean) / spread)
    share = np.diff(risen) / (risen[-1] - risen[0])
    middle = 0.5 * (edges[1:] + edges[:-1])
    meta: dict[str, float | str] = {"count": float(count), "mean": mean, "sd": spread, "origin": "simulated"}
    number = count * share
    if seed is not None:
        drawn = _draw(mean, spread, count, edges[-1], np.random.default_rng(seed))
        number = np.histogram(drawn, edges)[0].astype(np.float64)
        meta |= {"mean": float(drawn.mean()), "sd": float(drawn.std(ddof=1)) if count > 1 else math.nan}
    return Dataset(
        name="tem",
        x=middle,
        y=number,
        x_unit="m",
        x_label="Edge length",
        y_label="Dots",
        sd=np.sqrt(count * share * (1.0 - share)),
        meta=meta,
    )


def _draw(mean: float, spread: float, count: int, highest: float, generator: np.random.Generator) -> np.ndarray:
    """Draw edge lengths between 0 and a highest one, again where one falls outside."""
    drawn = generator.normal(mean, spread, count)
    while np.any(outside := (drawn <= 0.0) | (drawn >= highest)):
        drawn[outside] = generator.normal(mean, spread, int(outside.sum()))
    return drawn
