"""How often 95 % intervals of T50 hold the truth, with laws of decay, noise and records as laboratories have them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
import xarray
from lab_coverage import coverage

from halodot.lab import Analysis, LifetimeSettings, lifetime

DEVICES = 200
FIRST_SEED = 5_000


def stretched(time: np.ndarray, life: float, exponent: float) -> np.ndarray:
    """Return exp(-ln 2 (t / T50)^beta)."""
    return np.asarray(np.exp(-math.log(2.0) * (time / life) ** exponent))


def biexponential(time: np.ndarray, life: float, share: float, ratio: float) -> np.ndarray:
    """Return a fast and a slow part that together reach half at T50, found by bisection."""
    low, high = 1e-3, 1e3
    for _ in range(200):
        fast = math.sqrt(low * high)
        left = share * math.exp(-1.0 / fast) + (1.0 - share) * math.exp(-1.0 / (fast * ratio))
        low, high = (fast, high) if left < 0.5 else (low, fast)
    reduced = time / (life * fast)
    return np.asarray(share * np.exp(-reduced) + (1.0 - share) * np.exp(-reduced / ratio))


def drift(generator: np.random.Generator, points: int, correlation: float) -> np.ndarray:
    """Return noise of deviation 1 whose correlation falls as exp(-lag / correlation)."""
    keep = math.exp(-1.0 / correlation)
    found = generator.standard_normal(points)
    for place in range(1, points):
        found[place] = keep * found[place - 1] + math.sqrt(1.0 - keep**2) * found[place]
    return found


def record(time: np.ndarray, luminance: np.ndarray) -> xarray.Dataset:
    """Return a lifetime test as it is read."""
    said = {"units": "cd/m2", "quantity": "luminance", "long_name": "Luminance"}
    clock = {"units": "s", "quantity": "time", "long_name": "Time"}
    attributes = {"kind": "time_series", "file": "made.csv", "header": "{}"}
    return xarray.Dataset({"luminance": ("time", luminance, said)}, {"time": ("time", time, clock)}, attributes)


def drawn(
    seed: int, law: str, settings: LifetimeSettings | None = None
) -> tuple[Callable[[], Analysis], Mapping[str, float]]:
    """Return the analysis of a drawn test and its T50."""
    generator = np.random.default_rng(seed)
    life = 3600.0 * 10.0 ** generator.uniform(-1.0, 2.5)
    points = int(10.0 ** generator.uniform(1.6, 3.3))
    time = np.linspace(0.0, generator.uniform(0.5, 3.0), points) * life
    kind = generator.choice(["stretched", "bi-exponential"]) if law == "either" else law
    if kind == "stretched":
        fall = stretched(time, life, generator.uniform(0.4, 1.3))
    else:
        fall = biexponential(time, life, generator.uniform(0.2, 0.8), 10.0 ** generator.uniform(0.5, 1.3))
    noise = 10.0 ** generator.uniform(-2.7, -2.0)
    away = drift(
        generator, points, 10.0 ** generator.uniform(-1.0, 1.0) if points < 200 else generator.uniform(1.0, 15.0)
    )
    white = 0.3 * noise * generator.standard_normal(points)
    light = 10.0 ** generator.uniform(1.5, 4.0)
    measured = record(time, light * (fall + noise * away + white))
    return lambda: lifetime(measured, settings), {"half_life": life}


def test_intervals_of_t50_hold_the_truth() -> None:
    found = coverage("T50", lambda seed: drawn(seed, "either"), range(FIRST_SEED, FIRST_SEED + DEVICES))
    assert 0.90 <= found.held["half_life"] <= 0.99
    assert found.warned <= 0.05


def test_wrong_law_of_decay_still_holds_or_warns() -> None:
    for law, forced in (("bi-exponential", "stretched"), ("stretched", "bi-exponential")):
        settings = LifetimeSettings(model=forced)
        found = coverage(
            f"T50 of a {law} decay fitted as {forced}",
            lambda seed, law=law, settings=settings: drawn(seed, law, settings),
            range(FIRST_SEED, FIRST_SEED + DEVICES // 2),
        )
        assert found.held_or_warned["half_life"] >= 0.90
