"""What a group's own results say beside the model: Gaussian processes on the deviation from it, trusted as they earn.

One process for each share of the model that may hold, from none of it to half as much again: its mean is that share of
what the model says, and what is left is a smooth function of what was varied, with a level, batches and noise. The
shares are weighed by how likely each makes the results (marginal likelihood), so that a model that is wrong is left.
C. E. Rasmussen and C. K. I. Williams, Gaussian Processes for Machine Learning (2006), section 5.2.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from halodot.arrays import Array
from halodot.errors import InputError, Problem

#: shares of the model that are weighed against one another, and how likely each is before any result
SHARES = (0.0, 0.5, 1.0, 1.5)
PRIOR = (0.3, 0.15, 0.4, 0.15)
#: standard deviation of the level, of the spread of the numbers
_LEVEL = 1.0
#: medians and widths (of the logarithm) of what is fitted: deviation, its lengths between the limits, batches, noise
_DEVIATION, _LENGTH, _BATCH, _NOISE = (0.6, 0.8), (0.5, 0.6), (0.2, 1.0), (0.1, 1.0)
#: variance that keeps matrices solvable
_JITTER = 1e-6
#: a length beyond which a column plays no part, and one below which two batches have nothing in common
_NEVER, _ALWAYS = 1e6, 1e-3


@dataclass(frozen=True, eq=False)
class Known:
    """Results in units of their spread, from which is learnt."""

    places: Array  # 0 to 1 between the limits, (result, input)
    batches: Array  # number of the batch, (result,)
    numbers: Array  # (result,)
    variances: Array  # of the measurement, (result,); nan where the results are to tell
    model: Array  # what the model says, (result,); 0 where it says nothing


@dataclass(frozen=True, eq=False)
class Belief:
    """Processes on the deviation from the model, one for each share of it."""

    known: Known
    shares: tuple[float, ...]
    weights: Array  # of the shares, add up to 1
    processes: tuple[Any, ...]  # of scikit-learn; empty without a result

    @property
    def trust(self) -> float:
        """The share of the model that holds, by the results."""
        return float(np.sum(self.weights * np.array(self.shares)))

    def predict(self, places: Array, model: Array) -> tuple[Array, Array]:
        """Return mean and standard deviation of the number itself, without noise and batch, (share, place).

        Args:
            places: 0 to 1 between the limits, (place, input).
            model: what the model says there, (place,).
        """
        base = np.array(self.shares)[:, None] * model
        if not self.processes:
            width = math.hypot(_LEVEL, _DEVIATION[0])
            return base, np.full(base.shape, width)
        means, widths = np.empty(base.shape), np.empty(base.shape)
        columns = _columns(places, np.full(len(places), -1.0))
        for k, process in enumerate(self.processes):
            mean, width = process.predict(columns, return_std=True)
            means[k] = base[k] + mean
            widths[k] = np.sqrt(np.maximum(width**2 - _apart(process.kernel_), _JITTER))
        return means, widths

    def believing(self, place: Array, model: float, number: float) -> Belief:
        """Return the belief were a number found at a place, which is what the processes expect there."""
        known = self.known
        more = Known(
            np.vstack([known.places, place]),
            np.append(known.batches, -1.0 - len(known.batches)),
            np.append(known.numbers, number),
            np.append(known.variances, _JITTER if np.all(np.isfinite(known.variances)) else math.nan),
            np.append(known.model, model),
        )
        fitted = [process.kernel_ for process in self.processes] or None
        return replace(self, known=more, processes=_processes(more, self.shares, fitted))


def learn(known: Known, physics: bool = True) -> Belief:
    """Return what results say beside the model.

    Args:
        known: the results.
        physics: whether the model is part of the mean; without it the belief is a plain process.
    """
    shares = SHARES if physics else (0.0,)
    prior = np.array(PRIOR if physics else (1.0,))
    if not len(known.numbers):
        return Belief(known, shares, prior, ())
    processes = _processes(known, shares, None)
    evidence = np.array([process.log_posterior for process in processes]) + np.log(prior)
    weights = np.exp(evidence - evidence.max())
    return Belief(known, shares, weights / weights.sum(), processes)


def _columns(places: Array, batches: Array) -> Array:
    return np.column_stack([places, batches])


def _processes(known: Known, shares: Sequence[float], kernels: Sequence[Any] | None) -> tuple[Any, ...]:
    """Return a fitted process for each share; with kernels that were fitted before, these."""
    regressor = scikit_learn().gaussian_process.GaussianProcessRegressor
    variances = np.where(np.isfinite(known.variances), known.variances, 0.0) + _JITTER
    columns, found = _columns(known.places, known.batches), []
    for k, share in enumerate(shares):
        kernel = _kernel(known) if kernels is None else kernels[k]
        search = _Search(_priors(known))
        process = regressor(kernel, alpha=variances, optimizer=None if kernels is not None else search)
        with warnings.catch_warnings():  # of lengths at their bounds, where a prior holds them
            warnings.simplefilter("ignore")
            process.fit(columns, known.numbers - share * known.model)
        process.log_posterior = search.best
        found.append(process)
    return tuple(found)


def _kernel(known: Known) -> Any:
    """Return level + deviation + batches, where there are several, + noise, where it is not stated."""
    kernels = scikit_learn().gaussian_process.kernels
    count = known.places.shape[1]
    lengths = [(0.05, 20.0)] * count + [(_NEVER, _NEVER)]
    kernel = kernels.ConstantKernel(_LEVEL**2, "fixed") + kernels.ConstantKernel(
        _DEVIATION[0] ** 2, (1e-4, 1e3)
    ) * kernels.Matern([_LENGTH[0]] * count + [_NEVER], lengths, nu=2.5)
    if _has_batches(known):
        kernel += kernels.ConstantKernel(_BATCH[0] ** 2, (1e-6, 1e2)) * kernels.RBF(
            [_NEVER] * count + [_ALWAYS], "fixed"
        )
    if _tells_noise(known):
        kernel += kernels.WhiteKernel(_NOISE[0] ** 2, (1e-6, 1e2))
    return kernel


def _has_batches(known: Known) -> bool:
    return 1 < len(np.unique(known.batches)) < len(known.batches)


def _tells_noise(known: Known) -> bool:
    return not np.all(np.isfinite(known.variances))


def _priors(known: Known) -> Array:
    """Return centre and width of the logarithm of every number that a fit of the kernel moves, in its order."""
    count = known.places.shape[1]
    rows = [_squared(_DEVIATION), *[(math.log(_LENGTH[0]), _LENGTH[1])] * count, (math.log(_NEVER), 1.0)]
    if _has_batches(known):
        rows.append(_squared(_BATCH))
    if _tells_noise(known):
        rows.append(_squared(_NOISE))
    return np.array(rows)


def _squared(prior: tuple[float, float]) -> tuple[float, float]:
    """Return the prior of the logarithm of a variance from that of its root."""
    return 2.0 * math.log(prior[0]), 2.0 * prior[1]


def _apart(kernel: Any) -> float:
    """Return the variance of noise and batches, which are no part of the number itself."""
    found = 0.0
    for name, value in kernel.get_params().items():
        if name.endswith("noise_level"):
            found += float(value)
        if name.endswith("k2__length_scale") and np.ndim(value) and float(value[-1]) == _ALWAYS:
            found += float(kernel.get_params()[f"{name.removesuffix('k2__length_scale')}k1__constant_value"])
    return found


class _Search:
    """Finds the most probable numbers of a kernel, and keeps how probable they are."""

    def __init__(self, priors: Array) -> None:
        self.priors = priors
        self.best = 0.0

    def __call__(self, loss: Callable[..., Any], start: Array, bounds: Array) -> tuple[Array, float]:
        from scipy.optimize import minimize

        centre, width = self.priors[:, 0], self.priors[:, 1]

        def penalised(place: Array) -> tuple[float, Array]:
            value, slope = loss(place)
            off = (place - centre) / width
            return float(value + 0.5 * off @ off), np.asarray(slope + off / width)

        options = {"maxiter": 40, "ftol": 1e-6}
        found = minimize(penalised, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)  # type: ignore[call-overload]
        self.best = -float(found.fun)
        return found.x, float(found.fun)


def scikit_learn() -> Any:
    """Return the package scikit-learn.

    Raises:
        InputError: it is not installed.
    """
    try:
        import sklearn
        import sklearn.gaussian_process
    except ImportError:
        message = "suggestions need scikit-learn; install it with: pip install 'halodot[suggest]'"
        raise InputError(Problem(message)) from None
    return sklearn
