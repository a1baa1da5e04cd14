"""A result with the quantiles of draws of its uncertain inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple
from typing import Any

import numpy as np

from halodot.arrays import Array
from halodot.learn.draws import DrawnCurves, Draws, draws
from halodot.learn.intervals import bands
from halodot.results.data import Drawn, Result, with_draws

#: points of the current density at which the efficiency of the draws is compared
_CURRENTS = 60


def with_uncertainty(
    result: Result,
    count: int,
    condition: Sequence[Any] = (),
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
    workers: int | None = None,
) -> Result:
    """Return a result with medians and intervals of draws of its study.

    Args:
        result: from :func:`halodot.simulate`.
        count: draws, see :func:`halodot.learn.draws.draws`.
        condition: what the draws have to agree with.
        seed: of the random numbers.
        progress: called with (done, total).
        workers: processes; as many as there are cores when not given.
    """
    found = draws(result, count, condition, seed=seed, progress=progress, workers=workers)
    return with_draws(result, quantiles_of(found), found.notes)


def quantiles_of(found: Draws) -> Drawn:
    """Return the quantiles of draws of one study: of its numbers, its inputs and its curves."""
    curves = found.curves[""]
    current, eqe = _eqe_at_current(curves, found.weights)
    numbers = [found.interval(name) for name in found.quantities]
    columns = [np.isfinite(found.numbers[:, k]).any() for k in range(len(found.quantities))]
    kept = [k for k, any_ in enumerate(columns) if any_]
    inputs = [found.input_interval(item.path) for item in found.inputs]
    return Drawn(
        quantities=tuple(found.quantities[k] for k in kept),
        quantiles=_table([_bounds(numbers[k]) for k in kept]),
        share=np.array([numbers[k].share for k in kept]),
        inputs=tuple(item.path for item in found.inputs),
        input_quantiles=_table([_bounds(item) for item in inputs]),
        voltage=curves.voltage,
        current_density=found.band("current_density"),
        luminance=found.band("luminance"),
        eqe=found.band("eqe"),
        driving_current_density=current,
        eqe_at_current=eqe,
        count=len(found.weights),
        failed=found.failed,
        tried=found.tried,
        ess=found.ess,
        seed=found.seed,
        conditions=found.conditions,
        grid=found.grid,
    )


def _bounds(interval: Any) -> tuple[float, ...]:
    median, low_68, high_68, low_95, high_95 = astuple(interval)[:5]
    return low_95, low_68, median, high_68, high_95


def _table(rows: Sequence[tuple[float, ...]]) -> Array:
    return np.array(rows, dtype=float).reshape(len(rows), 5)


def _eqe_at_current(curves: DrawnCurves, weights: Array) -> tuple[Array, Array]:
    """Current densities [A/m2], (current,), and quantiles of the EQE there, (bound, current)."""
    forward = np.where(curves.current_density > 0.0, curves.current_density, np.nan)
    lit = np.isfinite(curves.eqe) & np.isfinite(forward)
    if not np.any(lit):
        return np.zeros(0), np.zeros((5, 0))
    low, high = np.nanquantile(forward[lit], [0.05, 0.95])
    current = np.geomspace(low, high, _CURRENTS)
    rows = np.full((len(weights), _CURRENTS), np.nan)
    for k, (own, eqe, seen) in enumerate(zip(forward, curves.eqe, lit)):
        if np.sum(seen) > 1:
            order = np.argsort(own[seen])
            rows[k] = np.interp(np.log(current), np.log(own[seen][order]), eqe[seen][order], left=np.nan, right=np.nan)
    return current, bands(rows, weights)
