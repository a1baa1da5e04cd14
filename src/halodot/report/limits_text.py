"""What limits a device, in plain sentences, as rows of tables and as plain data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from halodot.learn.limits import OUTPUTS, KnobEffect, Limits, Settled
from halodot.names import shown, unit_at_the_bench
from halodot.report.numbers import BEYOND, first_order_holds, in_percent
from halodot.results.losses import GAIN_RULE, Loss, LossBudget
from halodot.rounding import rounded, spread
from halodot.units import from_si

Row = tuple[str, ...]

#: outputs by the word that a command takes, each with what it is ranked by
BY: Mapping[str, str] = {"eqe": "eqe_max", "luminance": "luminance", "colour": "el_peak", "t50": "half_life"}
#: columns of the outputs in the table of effects
EFFECT_COLUMNS: Mapping[str, str] = {
    "peak EQE (%)": "eqe_max",
    "luminance (cd/m2)": "luminance",
    "EL peak (nm)": "el_peak",
    "T50 (h)": "half_life",
}
EFFECT_HEAD = ("number", "now", "range", "elasticity of the EQE", *EFFECT_COLUMNS, "remark")
LOSS_HEAD = ("loss", "step", "share of the pairs (%)", "EQE without it (%)", "gain (points)")
VARIANCE_HEAD = ("input", "kind", *(f"share in {name} (%)" for name in ("peak EQE", "luminance", "EL peak", "T50")))
SETTLED_HEAD = ("measurement", "on", "settles", "peak EQE", "luminance", "T50")
#: outputs of the columns of the tables
_COLUMNS = ("eqe_max", "luminance", "el_peak", "half_life")
#: movement of the EL peak [m] that is worth a word, and drop of an interval
_OTHER_COLOUR, _WORTH_SAYING = 2e-9, 0.01
#: relative standard deviation that stands for no interval at all
_NEGLIGIBLE = 2e-3
#: standard deviation of a logarithm beyond which first order says nothing
_FACTOR = math.log(10.0)
#: rows of the variance and of the measurements that are shown
_FEW = 20


def limit_sentences(found: Limits) -> tuple[str, ...]:
    """Return what limits a device and what to try and to measure, in plain sentences.

    Args:
        found: from :func:`halodot.limits`.
    """
    lines = [_gain(found, name) for name in ("eqe_max", "luminance", "half_life")]
    if found.losses is not None:
        lines.append(_largest_losses(found.losses))
    lines += [_hangs_on(found), _rests_on(found)]
    lines += [_settles(found, name) for name in ("eqe_max", "luminance", "half_life")]
    return tuple(line for line in lines if line)


def _gain(found: Limits, name: str) -> str:
    """Return the largest gain of an output that the bench can reach by one number."""
    called, base = OUTPUTS[name].called, found.base[name]
    if not math.isfinite(base):
        return ""
    choices = [item for item in found.effects if item.knob.on_bench and item.knob.group != "conditions"]
    best = max(choices, key=lambda item: item.best(name)[1], default=None)
    if best is None or not best.best(name)[1] > base * (1.0 + 1e-3):
        return f"No number that can be set on the bench raises the {called} by itself within its range."
    line = f"Largest gain of the {called} on the bench: {_gain_of(best, name)}"
    if not _turns_colour(best, name):
        return f"{line}."
    same = [item for item in choices if not _turns_colour(item, name) and item.best(name)[1] > base * (1.0 + 1e-3)]
    kept = max(same, key=lambda item: item.best(name)[1], default=None)
    end = _at_best(best, name)["el_peak"]
    line += f"; but the EL peak moves from {_value('el_peak', found.base['el_peak'])} to {_with('el_peak', end)}."
    return line + ("" if kept is None else f" The largest that keeps the colour: {_gain_of(kept, name)}.")


def _gain_of(item: KnobEffect, name: str) -> str:
    end, value = item.best(name)
    return (
        f"{item.knob.called} from {_of_knob(item, item.knob.value)} to {_of_knob(item, end)},"
        f" {_value(name, item.base[name])} to {_with(name, value)}{_caution(item, end)}"
    )


def _caution(item: KnobEffect, end: float) -> str:
    """Return what is extrapolated at an end, in brackets."""
    start = f"at the {'upper' if end == item.knob.high else 'lower'} end "
    said = [text.removeprefix(start) for text in item.cautions if text.startswith(start)]
    return f" ({'; '.join(said)})" if said and end != item.knob.value else ""


def _at_best(item: KnobEffect, name: str) -> Mapping[str, float]:
    """Return the outputs at the end of a range that is best for one of them."""
    end = item.best(name)[0]
    return item.base if end == item.knob.value else item.at_high if end == item.knob.high else item.at_low


def _turns_colour(item: KnobEffect, name: str) -> bool:
    return abs(_at_best(item, name)["el_peak"] - item.base["el_peak"]) > _OTHER_COLOUR


def _largest_losses(budget: LossBudget) -> str:
    first, *rest = budget.by_size
    others = " and ".join(f"{loss.called} ({in_percent(loss.share)})" for loss in rest[:2])
    return (
        f"Largest loss at the peak EQE: {first.called}, {in_percent(first.share)} of the injected pairs; without it"
        f" alone the EQE would be {in_percent(budget.eqe + first.gain)} instead of {in_percent(budget.eqe)}. Then"
        f" {others}."
    )


def _hangs_on(found: Limits) -> str:
    ranked = found.ranked("eqe_max", on_bench=False)
    if not ranked:
        return ""
    top = ranked[0]
    span = f"{_value('eqe_max', top.at_low['eqe_max'])} to {_with('eqe_max', top.at_high['eqe_max'])}"
    return (
        f"Of what is only uncertain, {top.knob.called} moves the peak EQE most: {span} over"
        f" {_of_knob(top, top.knob.low, unit=False)} to {_of_knob(top, top.knob.high)} ({top.knob.kind})."
    )


def _rests_on(found: Limits) -> str:
    rows, bare = found.variance["eqe_max"], found.not_counted["eqe_max"]
    left_out = ""
    if bare:
        named = ", ".join(_called(found, path) for path in bare[:3])
        left_out = f" {len(bare)} numbers that move it state no uncertainty and are not counted, such as {named}."
    if not _is_known(found, "eqe_max"):
        return f"No stated uncertainty moves the peak EQE by more than {in_percent(_NEGLIGIBLE)} of itself.{left_out}"
    named = ", ".join(f"{row.called} ({row.kind}, {in_percent(row.share)})" for row in rows[:3])
    now = _value("eqe_max", found.base["eqe_max"])
    stated = (
        f"{now} {_spread(found, 'eqe_max', found.sd['eqe_max'])} (standard deviation, first order)"
        if _holds(found, "eqe_max", found.sd["eqe_max"])
        else f"{_with('eqe_max', found.base['eqe_max'])}; the stated ranges are too wide for a standard deviation of"
        " first order, and halodot run --draws 500 gives the interval"
    )
    return (
        f"The peak EQE is {stated}; to first order, knowing all assumed numbers would take away"
        f" {in_percent(found.assumed_share['eqe_max'])} of its variance. The largest single shares: {named}.{left_out}"
    )


def _is_known(found: Limits, name: str) -> bool:
    """Whether the interval of an output is one: some input that moves it states its uncertainty."""
    relative = found.sd[name] / (1.0 if OUTPUTS[name].logarithmic else abs(found.base[name]))
    return relative > _NEGLIGIBLE


def _settles(found: Limits, name: str) -> str:
    best = max(found.settled, key=lambda item: item.drop(name), default=None)
    called = OUTPUTS[name].called
    if best is None or not math.isfinite(found.base[name]) or not _is_known(found, name):
        return ""
    if best.drop(name) < _WORTH_SAYING:
        fitted = ", to which the calibration was fitted," if name in found.fitted else ""
        return f"No single measurement would narrow the interval of the {called}{fitted} by more than 1 %."
    narrowed = f"from {_spread(found, name, best.sd_before[name])} to {_spread(found, name, best.sd_after[name])}"
    if not _holds(found, name, best.sd_after[name]):
        narrowed = f"by {in_percent(best.drop(name))} to first order, which the stated ranges are too wide for"
    elif not _holds(found, name, best.sd_before[name]):
        narrowed = f"to {_spread(found, name, best.sd_after[name])}"
    return (
        f"The measurement that narrows the interval of the {called} most: {best.measurement.method}"
        f"{_on(best)}, {narrowed}."
    )


def _holds(found: Limits, name: str, sd: float) -> bool:
    """Return whether a standard deviation, relative where judged by factors, says something of an output."""
    base = found.base[name]
    if not OUTPUTS[name].logarithmic:
        return not math.isfinite(base) or first_order_holds(name, base, sd)
    return sd <= _FACTOR


def _on(settled: Settled) -> str:
    return f" on {settled.measurement.subject}" if settled.measurement.subject else f" ({settled.called[0]})"


# --------------------------------------------------------------------------------------------------------------- tables


def effect_rows(found: Limits, by: str, on_bench: bool, most: int | None = None) -> list[Row]:
    """Return the numbers of a study by their full swing of an output, under :data:`EFFECT_HEAD`.

    Args:
        found: from :func:`halodot.limits`.
        by: output of :data:`halodot.learn.limits.OUTPUTS`.
        on_bench: those that can be set tomorrow, or those that are uncertain.
        most: rows; all without it.
    """
    return [_effect_row(item) for item in found.ranked(by, on_bench)[:most]]


def _effect_row(item: KnobEffect) -> Row:
    knob = item.knob
    return (
        knob.called,
        _of_knob(item, knob.value),
        f"{_of_knob(item, knob.low, unit=False)} to {_of_knob(item, knob.high, unit=False)}",
        "" if not math.isfinite(item.elasticity["eqe_max"]) else f"{item.elasticity['eqe_max']:+.2g}",
        *(_both_ends(item, name) for name in EFFECT_COLUMNS.values()),
        "; ".join(_remarks(item)),
    )


def _both_ends(item: KnobEffect, name: str) -> str:
    if not math.isfinite(item.base[name]):
        return ""
    return " to ".join(_value(name, end[name]) for end in (item.at_low, item.at_high))


def _remarks(item: KnobEffect) -> list[str]:
    said = [*item.failures, *item.cautions]
    if item.turns("eqe_max"):
        said.append("the EQE has an extremum inside the range")
    if not item.rerun:
        said.append("ends from the derivative")
    if item.knob.assumed_range:
        said.append(f"range assumed: {item.knob.assumed_range}")
    return said


def loss_rows(budget: LossBudget) -> list[Row]:
    """Return the losses of a device, the largest first, under :data:`LOSS_HEAD`, and what they add up to.

    Args:
        budget: from :func:`halodot.results.losses.loss_budget`.
    """
    rows = [_loss_row(loss, budget) for loss in budget.by_size if loss.share > 5e-6]
    whole = 1.0 - budget.eqe
    return [*rows, ("all losses", "", f"{100.0 * whole:.3f}", "", "")]


def _loss_row(loss: Loss, budget: LossBudget) -> Row:
    return (
        loss.called,
        loss.step,
        f"{100.0 * loss.share:.3f}",
        f"{100.0 * (budget.eqe + loss.gain):.2f}",
        f"{100.0 * loss.gain:+.2f}",
    )


def variance_rows(found: Limits, most: int = _FEW) -> list[Row]:
    """Return the inputs on which the outputs hang, by their share of the variance of the EQE, luminance or half life.

    Args:
        found: from :func:`halodot.limits`.
        most: rows.
    """
    shares = {name: {row.path: row for row in found.variance[name]} for name in _COLUMNS}
    every = {path: row for name in reversed(_COLUMNS) for path, row in shares[name].items()}
    largest = {path: max(one[path].share for one in shares.values() if path in one) for path in every}
    order = sorted(every, key=lambda path: -largest[path])
    return [
        (
            every[path].called,
            every[path].kind,
            *(f"{100.0 * shares[name][path].share:.1f}" if path in shares[name] else "" for name in _COLUMNS),
        )
        for path in order[:most]
    ]


def settled_rows(found: Limits, most: int = _FEW) -> list[Row]:
    """Return what each measurement would leave of the intervals, under :data:`SETTLED_HEAD`.

    Args:
        found: from :func:`halodot.limits`.
        most: rows.
    """
    names = ("eqe_max", "luminance", "half_life")
    order = sorted(found.settled, key=lambda item: -max(item.drop(name) for name in names))
    first = ("nothing, as it is", "", "", *(_spread(found, name, found.sd[name]) for name in names))
    return [first, *(_settled_row(found, item, names) for item in order[:most] if max(map(item.drop, names)) > 1e-3)]


def _settled_row(found: Limits, item: Settled, names: tuple[str, ...]) -> Row:
    few = ", ".join(item.called[:3]) + (f" and {len(item.called) - 3} more" if len(item.called) > 3 else "")
    left = (
        f"{_spread(found, name, item.sd_after[name])} (-{100.0 * item.drop(name):.0f} %)"
        if item.drop(name) >= 0.005
        else ""
        for name in names
    )
    return item.measurement.method, item.measurement.subject, few, *left


def notes_of(found: Limits) -> tuple[str, ...]:
    """Return how the numbers were found, and what is left out.

    Args:
        found: from :func:`halodot.limits`.
    """
    bare = found.not_counted["eqe_max"]
    lines = [*found.notes, f"What a loss costs: {GAIN_RULE}"]
    if bare:
        lines.append(
            f"{len(bare)} numbers that move the EQE state no uncertainty and add none to its interval, such as"
            f" {', '.join(_called(found, path) for path in bare[:3])}."
        )
    return tuple(lines)


def _called(found: Limits, path: str) -> str:
    return next((item.knob.called for item in found.effects if item.knob.path == path), path)


def limits_document(found: Limits) -> dict[str, Any]:
    """Return what limits a device as plain data for a file, in SI; what is not known is None.

    Args:
        found: from :func:`halodot.limits`.
    """
    document: dict[str, Any] = _plain({"sentences": limit_sentences(found), **asdict(found)})
    return document


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


# -------------------------------------------------------------------------------------------------------------- numbers


def _value(name: str, value: float) -> str:
    """Return an output in its unit of the bench, without it."""
    return "no answer" if not math.isfinite(value) else rounded(shown(name, value)[0], plain=_digits(name))


def _with(name: str, value: float) -> str:
    return f"{_value(name, value)} {shown(name, 0.0)[1]}".strip()


def _digits(name: str) -> int:
    return 4 if name in ("el_peak", "cie_x", "cie_y") else 3


def _spread(found: Limits, name: str, sd: float) -> str:
    """Return a standard deviation of an output: in its unit, or as a factor; nothing of an output that there is not."""
    if not math.isfinite(found.base[name]):
        return ""
    if not _holds(found, name, sd):
        return BEYOND
    if not OUTPUTS[name].logarithmic:
        unit = shown(name, 0.0)[1]
        return f"± {spread(shown(name, sd)[0] - shown(name, 0.0)[0])} {unit}".rstrip()
    return f"a factor of {math.exp(sd):.3g}"


def _of_knob(item: KnobEffect, value: float, unit: bool = True) -> str:
    """Return a value of a number in its unit of the bench."""
    knob = item.knob
    at_bench = unit_at_the_bench(knob.path, knob.unit, knob.value or knob.ends[1])
    text = rounded(from_si(value, knob.unit, at_bench), plain=3)
    return f"{text} {at_bench}" if unit and at_bench != "1" else text
