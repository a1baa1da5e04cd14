"""How far devices of one recipe differ, in plain sentences, as rows of tables and as plain data."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from halodot.lab.device_statistics import deviation_of, mean_of
from halodot.learn.limits import OUTPUTS
from halodot.learn.spread_result import Champion, DeviceSpread, Estimated, OutputSpread, Part
from halodot.names import shown, unit_at_the_bench
from halodot.rounding import per_cent, rounded, spread
from halodot.rounding import with_spread as with_any_spread
from halodot.study.spread import LEVELS, Deviation
from halodot.study.variations import VariedInput
from halodot.units import from_si, unit_by_size

Row = tuple[str, ...]

OUTPUT_HEAD = (
    *("output", "stated device", "mean of the laboratory", "its sd", "mean of all devices", "sd of all devices"),
    *("68 % of devices", "95 % of devices", "not followed (%)"),
)
VARIATION_HEAD = ("what varies", "value", "from batch to batch", "from pixel to pixel", "kind", "source", "stated by")
PART_HEAD = ("output", "what varies", "alone (%)", "with others (%)")
CHAMPION_HEAD = ("devices", "expected champion (%)", "68 % of laboratories (%)", "95 % of laboratories (%)")
DEVICE_HEAD = ("device", "batch", *(f"{item.called}" for item in OUTPUTS.values()), "remark")
#: resampled laboratories of the lab's own interval, and the fewest devices that have a standard deviation
_RESAMPLES, _FEW = 2000, 3
#: rows of the parts of one output
_MOST_PARTS = 8
#: smallest error that is written
_LEAST = 1e-5
#: outputs that are told in sentences
_TOLD = ("eqe_max", "luminance", "el_peak", "half_life")


def spread_sentences(found: DeviceSpread) -> tuple[str, ...]:
    """Return what a laboratory would see and what makes it, in plain sentences.

    Args:
        found: from :func:`halodot.spread`.
    """
    lines = [_made(found), _yield(found), _champion(found)]
    lines += [_main_part(found.outputs[name]) for name in _TOLD if name in found.outputs]
    lines.append(
        "This is what differs between devices of one recipe, every input else at its stated value; how uncertain these"
        " values are is another question, which halodot run --draws answers."
    )
    return tuple(line for line in lines if line)


def _made(found: DeviceSpread) -> str:
    lab = found.laboratory
    count, works = len(lab.batch), int(np.sum(lab.working))
    start = f"Of {count} devices in {int(lab.batch[-1]) + 1} batches (seed {found.seed}), {works} work"
    if shorted := int(np.sum(lab.shorted)):
        start += f" and {shorted} {'has' if shorted == 1 else 'have'} a short"
    seen = lab.seen("eqe_max")
    if not seen.size:
        return f"{start}."
    return (
        f"{start}; their peak EQE is {_percent(float(np.mean(seen)), _sd(seen))} (mean and standard deviation), the"
        f" champion's {rounded(100.0 * float(np.max(seen)), _hundred(_sd(seen)))} %."
    )


def _yield(found: DeviceSpread) -> str:
    own, count = found.yielded, len(found.laboratory.batch)
    return (
        f"Expected: {per_cent(own.working.value)} of devices work ({per_cent(own.shorted)} have a short), "
        f"{own.works[0]} to {own.works[1]} of {count} in 95 % of laboratories."
    )


def _champion(found: DeviceSpread) -> str:
    best = found.champion
    if best is None or not math.isfinite(best.expected.value):
        return ""
    text = _percent(best.expected.value, best.expected.error)
    low, high = _pair(best.low_68, best.high_68)
    return (
        f"Expected champion of {best.devices} devices: {text} (with the error of the estimate); 68 % of laboratories"
        f" find {low} to {high} %."
    )


def _main_part(own: OutputSpread) -> str:
    named = [part for part in own.parts if part.path]
    called = OUTPUTS[own.name].called
    if not named:
        return ""
    first = named[0]
    text = (
        f"Most of the spread of the {called}, {_spread_of(own)}: {first.called}, {_share(first.total)} of its variance"
    )
    return f"{text}, then {named[1].called}, {_share(named[1].total)}." if len(named) > 1 else f"{text}."


def _share(index: Estimated) -> str:
    return f"{with_spread(100.0 * index.value, 100.0 * index.error)} %"


def _spread_of(own: OutputSpread) -> str:
    """Return a standard deviation in the unit of the output, or as a factor."""
    if own.logarithmic:
        return f"a factor of {math.exp(own.sd.value):.3g}"
    unit = shown(own.name, 0.0)[1]
    return f"{spread(_difference(own.name, own.sd.value))} {unit}".rstrip()


def _percent(value: float, error: float) -> str:
    text = with_spread(100.0 * value, _hundred(error))
    return f"({text}) %" if "±" in text else f"{text} %"


def with_spread(value: float, error: float | None) -> str:
    """Return a number with its error, with five decimals at most: devices do not differ by less."""
    text = with_any_spread(value, error)
    if "e" not in text:
        return text
    return f"{value:.5f} ± {error:.5f}" if error is not None and error >= _LEAST else f"{value:.5f}"


def _hundred(value: float) -> float | None:
    return 100.0 * value if math.isfinite(value) and value > 0.0 else None


def _pair(low: float, high: float) -> tuple[str, str]:
    half = _hundred(0.5 * (high - low))
    return rounded(100.0 * low, half), rounded(100.0 * high, half)


def _sd(values: Any) -> float:
    return float(np.std(values, ddof=1)) if len(values) > 1 else math.nan


def _difference(name: str, value: float) -> float:
    return shown(name, value)[0] - shown(name, 0.0)[0]


# --------------------------------------------------------------------------------------------------------------- tables


def output_rows(found: DeviceSpread) -> list[Row]:
    """Return every output, under :data:`OUTPUT_HEAD`: the laboratory's as it would report it, then of all devices.

    Args:
        found: from :func:`halodot.spread`.
    """
    return [_output_row(found, name) for name in OUTPUTS if name in found.outputs or found.laboratory.seen(name).size]


def _output_row(found: DeviceSpread, name: str) -> Row:
    seen, own = found.laboratory.seen(name), found.outputs.get(name)
    unit = shown(name, 0.0)[1]
    called = f"{OUTPUTS[name].called} ({unit})" if unit else OUTPUTS[name].called
    values = np.array([shown(name, value)[0] for value in seen])
    mean, sd = "", ""
    if values.size >= _FEW:
        centre, width = mean_of(values, _RESAMPLES, found.seed), deviation_of(values)
        mean, sd = with_spread(centre.value, centre.uncertainty), with_spread(width.value, width.uncertainty)
    elif values.size:
        mean = rounded(float(np.mean(values)), plain=4)
    if own is None:
        return (called, "", mean, sd, "", "", "", "", "")
    middle = shown(name, own.middle.value)[0]
    scale = middle if own.logarithmic else 1.0
    error = scale * own.middle.error if own.logarithmic else _difference(name, own.middle.error)
    if own.logarithmic:
        width_text = f"{with_spread(100.0 * own.sd.value, 100.0 * own.sd.error)} %"
    else:
        width_text = with_spread(_difference(name, own.sd.value), _difference(name, own.sd.error))
    bounds = [shown(name, value)[0] for value in own.quantiles]
    return (
        *(called, rounded(shown(name, own.stated)[0], plain=4), mean, sd, with_spread(middle, error), width_text),
        *(_ends(bounds[1], bounds[3]), _ends(bounds[0], bounds[4]), f"{100.0 * own.missed:.1f}"),
    )


def _ends(low: float, high: float) -> str:
    half = 0.5 * (high - low)
    return f"{rounded(low, half)} to {rounded(high, half)}" if half > 0.0 else rounded(low)


def variation_rows(found: DeviceSpread) -> list[Row]:
    """Return all that varies, each standard deviation with its kind and source, under :data:`VARIATION_HEAD`.

    Args:
        found: from :func:`halodot.spread`.
    """
    from halodot.wording import in_words

    rows = [_variation_row(in_words(item.path), item) for item in found.variations.items]
    own = found.variations
    density = own.shorts.entry
    text = f"{rounded(from_si(density.value, '1/m2', '1/cm2'), plain=3)} 1/cm2"
    rows.append(("defects that short a pixel", text, "", "", density.kind, density.source, own.shorts.stated_by))
    pixels = own.pixels_per_batch
    return [
        *rows,
        (
            "pixels of a batch",
            f"{pixels.entry.value:.0f}",
            "",
            "",
            pixels.entry.kind,
            pixels.entry.source,
            pixels.stated_by,
        ),
    ]


def _variation_row(called: str, item: VariedInput) -> Row:
    unit = unit_at_the_bench(item.path, item.unit, item.value)
    value = f"{rounded(from_si(item.value, item.unit, unit), plain=3)} {'' if unit == '1' else unit}".rstrip()
    told = [item.by_level[level] for level in LEVELS if level in item.by_level]
    texts = [_deviation_text(item, item.by_level[level]) if level in item.by_level else "" for level in LEVELS]
    named = [level for level in LEVELS if level in item.by_level]
    origin = [_by_level(named, words) for words in zip(*((d.entry.kind, d.entry.source, d.stated_by) for d in told))]
    return (called, value, *texts, *origin)


def _by_level(levels: Sequence[str], words: Sequence[str]) -> str:
    """Return a word that counts for all levels, or each with its level where they differ."""
    if len(set(words)) == 1:
        return words[0]
    return ", ".join(f"{word} ({level})" for level, word in zip(levels, words) if word)


def _deviation_text(item: VariedInput, own: Deviation) -> str:
    if own.relative:
        return f"{rounded(100.0 * own.entry.value, plain=3)} %"
    unit = unit_by_size(own.entry.value, item.unit) if item.unit != "K" else "K"
    return f"{rounded(from_si(own.entry.value, item.unit, unit), plain=3)} {'' if unit == '1' else unit}".rstrip()


def part_rows(found: DeviceSpread, most: int = _MOST_PARTS) -> list[Row]:
    """Return which variation makes how much of the variance of each output, under :data:`PART_HEAD`.

    Args:
        found: from :func:`halodot.spread`.
        most: rows of an output.
    """
    return [
        (OUTPUTS[name].called if k == 0 else "", part.called, _index(part.first), _index(part.total))
        for name, own in found.outputs.items()
        if name in _TOLD
        for k, part in enumerate(own.parts[:most])
    ]


def _index(index: Estimated) -> str:
    return with_spread(100.0 * index.value, 100.0 * index.error)


def champion_rows(found: DeviceSpread) -> list[Row]:
    """Return the expected champion of several numbers of devices, under :data:`CHAMPION_HEAD`.

    Args:
        found: from :func:`halodot.spread`.
    """
    return [_champion_row(item) for item in found.champions if math.isfinite(item.expected.value)]


def _champion_row(item: Champion) -> Row:
    expected = with_spread(100.0 * item.expected.value, 100.0 * item.expected.error)
    ends = [" to ".join(_pair(*pair)) for pair in ((item.low_68, item.high_68), (item.low_95, item.high_95))]
    return (str(item.devices), expected, *ends)


def device_rows(found: DeviceSpread) -> list[Row]:
    """Return the laboratory's devices one by one, under :data:`DEVICE_HEAD`.

    Args:
        found: from :func:`halodot.spread`.
    """
    lab = found.laboratory
    rows = []
    for k, numbers in enumerate(lab.numbers):
        remark = "short" if lab.shorted[k] else lab.failures[k] or ("" if lab.working[k] else "no light")
        told = numbers if lab.working[k] else [math.nan] * len(OUTPUTS)
        texts = (_with_unit(name, value) for name, value in zip(OUTPUTS, told))
        rows.append((str(k + 1), str(int(lab.batch[k]) + 1), *texts, remark))
    return rows


def _with_unit(name: str, value: float) -> str:
    if not math.isfinite(value):
        return ""
    number, unit = shown(name, value)
    return f"{rounded(number, plain=4)} {unit}".rstrip()


def spread_document(found: DeviceSpread) -> dict[str, Any]:
    """Return how far devices differ as plain data for a file, in SI; what is not known is None.

    Args:
        found: from :func:`halodot.spread`.
    """
    lab = found.laboratory
    devices = [
        {
            "batch": int(lab.batch[k]) + 1,
            "short": bool(lab.shorted[k]),
            "works": bool(lab.working[k]),
            "outputs": dict(zip(OUTPUTS, lab.numbers[k].tolist())),
            "inputs": dict(zip(lab.inputs, lab.values[k].tolist())),
            "failure": lab.failures[k],
        }
        for k in range(len(lab.batch))
    ]
    outputs = {
        name: {
            **{key: getattr(own, key) for key in ("stated", "quantiles", "missed", "off")},
            **{key: getattr(own, key)._asdict() for key in ("middle", "sd")},
            "judged_by_factors": own.logarithmic,
            "parts": [_part_document(part) for part in own.parts],
        }
        for name, own in found.outputs.items()
    }
    document: dict[str, Any] = {
        "title": found.title,
        "seed": found.seed,
        "sentences": spread_sentences(found),
        "devices": devices,
        "outputs": outputs,
        "yield": {**found.yielded._asdict(), "working": found.yielded.working._asdict()},
        "champions": [{**item._asdict(), "expected": item.expected._asdict()} for item in found.champions],
        "variations": [_variation_document(item) for item in found.variations.items],
        "shorts": asdict(found.variations.shorts.entry),
        "pixels_per_batch": found.variations.pixels_per_batch.entry.value,
        "computed": found.computed,
        "notes": [item.text for item in found.notes],
    }
    plain: dict[str, Any] = _plain(document)
    return plain


def _part_document(part: Part) -> dict[str, Any]:
    return {**part._asdict(), "first": part.first._asdict(), "total": part.total._asdict()}


def _variation_document(item: VariedInput) -> dict[str, Any]:
    levels: dict[str, Any] = {
        level: {
            "sd": own.entry.value,
            "of_the_value": own.relative,
            "kind": own.entry.kind,
            "source": own.entry.source,
            "about": own.entry.about,
            "stated_by": own.stated_by,
        }
        for level, own in item.by_level.items()
    }
    return {"path": item.path, "value": item.value, "unit": item.unit, **levels}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
