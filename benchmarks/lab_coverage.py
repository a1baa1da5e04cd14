"""How often the intervals of an analysis hold the truth, and how often it warns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from halodot.errors import DataError
from halodot.lab import Analysis, Finding


@dataclass(frozen=True)
class Coverage:
    """Shares among analysed measurements."""

    held: Mapping[str, float]  # by quantity: the 95 % interval holds the truth
    held_or_warned: Mapping[str, float]  # by quantity: it does, or a warning stands with it, or it was refused
    warned: float  # a warning of the measurement, or of one of the quantities with a truth
    refused: float
    bias: Mapping[str, float]  # by quantity: mean of (value - truth) / uncertainty


def coverage(
    name: str, draw: Callable[[int], tuple[Callable[[], Analysis], Mapping[str, float]]], seeds: Iterable[int]
) -> Coverage:
    """Return how an analysis fares with measurements whose truth is known, and print it.

    Args:
        name: printed before the shares.
        draw: of a seed; returns what analyses the measurement, and the truth by the name of the quantity.
        seeds: one for each measurement.
    """
    rows: dict[str, list[tuple[bool, bool, float]]] = {}
    warned = refused = total = 0
    for seed in seeds:
        total += 1
        analyse, truths = draw(seed)
        try:
            found = analyse()
        except DataError:
            refused += 1
            for quantity in truths:
                rows.setdefault(quantity, []).append((False, True, 0.0))
            continue
        any_warning = bool(found.warnings)
        for quantity, truth in truths.items():
            item = found.finding(quantity)
            held = _holds(item, truth)
            told = bool(item.warnings or found.warnings)
            any_warning |= bool(item.warnings)
            rows.setdefault(quantity, []).append((held, held or told, (item.value - truth) / (item.uncertainty or 1.0)))
        warned += any_warning
    shares = {key: [sum(column) / len(values) for column in zip(*values)] for key, values in rows.items()}
    made = Coverage(
        held={key: share[0] for key, share in shares.items()},
        held_or_warned={key: share[1] for key, share in shares.items()},
        warned=warned / total,
        refused=refused / total,
        bias={key: share[2] for key, share in shares.items()},
    )
    parts = "; ".join(f"{key} {share[0]:.1%} held, bias {share[2]:+.2f} sd" for key, share in shares.items())
    print(f"{name}: {total} measurements, {made.warned:.1%} warned, {made.refused:.1%} refused; {parts}")
    return made


def _holds(item: Finding, truth: float) -> bool:
    low, high = item.interval_95
    if item.bound:
        return truth >= low if item.bound == "at least" else truth <= high
    return low <= truth <= high
