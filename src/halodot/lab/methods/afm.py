"""AFM height maps: roughness by levelling, its distribution, spectrum and correlation length."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from halodot.arrays import Array
from halodot.lab.choices import number, text, word
from halodot.lab.findings import Analysis, Finding, Mark, Panel, Picture, Trace
from halodot.lab.method import Inputs, Method, Role
from halodot.lab.methods._afm_map import (
    HeightMap,
    correlation_length,
    has_jumps,
    height_channels,
    radial_spectrum,
    read_map,
    surface,
    without_jumps,
)
from halodot.names import QUANTITIES, Quantity

if TYPE_CHECKING:
    import xarray

ROUGHNESS = QUANTITIES["roughness"]
MEAN_ROUGHNESS = Quantity("mean_roughness", "m", "nm", "Arithmetic mean height", "S_a")
SKEWNESS = Quantity("height_skewness", "1", "1", "Skewness of the heights", "S_sk")
KURTOSIS = Quantity("height_kurtosis", "1", "1", "Kurtosis of the heights", "S_ku")
CORRELATION = Quantity("correlation_length", "m", "nm", "Correlation length of the heights", "xi")
_ORDERS = {"none": 0, "plane": 1, "second_order": 2}
_NAMES = {"none": "the mean", "plane": "a plane", "second_order": "a second-order surface through the background"}
_BLOCK = 4.0  # edge of a block in correlation lengths: blocks are then all but independent
_FEWEST_LENGTHS = 6.0  # correlation lengths across a scan that still shows what its roughness is
_TILES = 3  # across the map, for the scatter of the correlation length
_FEWEST_PIXELS = 2.0  # of a correlation length that a map resolves


@dataclass(frozen=True)
class AfmSettings:
    """What can be chosen."""

    channel: str = text("name of the channel with the heights; the height sensor where there is one")
    lines: str | None = word(
        "none", "median_differences", default=None, about="offsets between lines; taken off where the instrument jumps"
    )
    levelling: str = word(
        *_ORDERS, default="plane", about="surface that is taken off; the second order without features"
    )
    height_calibration: float = number("1", "relative standard uncertainty of the height scale", 0.03, valid="fraction")


def afm(data: xarray.Dataset, settings: AfmSettings | None = None) -> Analysis:
    """Return the roughness of a height map and the correlation length of its heights.

    S_q is the root mean square, S_a the mean of the absolute heights, S_sk and S_ku are the third and fourth moments
    over S_q (ISO 25178-2), all over the scan; the correlation length is where the autocorrelation has fallen to 1/e.

    Args:
        data: height on a grid, as `halodot.read` returns it.
        settings: what is chosen otherwise than by default.

    Raises:
        DataError: there is no map of heights.
    """
    chosen = settings or AfmSettings()
    scan = read_map(data, chosen.channel)
    lines = chosen.lines or ("median_differences" if has_jumps(scan.height, scan.pixel) else "none")
    used = replace(chosen, channel=scan.channel, lines=lines)
    level = _levelled(scan.height, lines, chosen.levelling)
    length = correlation_length(level, scan.pixel)
    spectrum = radial_spectrum(level, scan.pixel)
    findings, warnings = _findings(scan, level, length, used)
    findings += _other_levellings(scan, used)
    return Analysis(
        method="afm",
        settings=used,
        findings=tuple(findings),
        warnings=tuple(warnings),
        notes=_notes(data, scan, used),
        panels=_panels(scan, level, length, spectrum),
        tables={"spectrum": {"spatial frequency (1/um)": spectrum[0] * 1e-6, "PSD (nm4)": spectrum[1] * 1e36}},
    )


def _levelled(height: Array, lines: str, levelling: str) -> Array:
    straight = without_jumps(height) if lines == "median_differences" else height
    return straight - surface(straight, _ORDERS[levelling], background=levelling == "second_order")


def _method(scan: HeightMap, lines: str, levelling: str) -> str:
    size = " x ".join(f"{edge * 1e6:.3g}" for edge in scan.size[::-1])
    jumps = "median differences of lines and " if lines == "median_differences" else ""
    return f"{size} um, {scan.height.shape[0]} lines; {jumps}{_NAMES[levelling]} taken off"


# --------------------------------------------------------------------------------------------------------- findings


def _findings(scan: HeightMap, level: Array, length: float, used: AfmSettings) -> tuple[list[Finding], list[str]]:
    blocks, edge = _blocks(level, length, scan.pixel)
    method = _method(scan, used.lines or "none", used.levelling)
    warnings = []
    across = math.sqrt(scan.size[0] * scan.size[1]) / length if math.isfinite(length) else 0.0
    if across < _FEWEST_LENGTHS and float(np.max(np.abs(level))) > 0.0:
        how = f"{across:.1f} times as wide as" if across else "less than twice as wide as"
        warnings.append(
            f"the scan is only {how} the correlation length: its roughness is that of a few features; scan a larger "
            "area"
        )
    # of the mean square of a Gaussian surface, for what few blocks cannot show
    least = 0.5 * math.sqrt(math.pi) / across if across else 1.0
    made = []
    for quantity, of, scales in (
        (ROUGHNESS, _root_mean_square, True),
        (MEAN_ROUGHNESS, _mean_absolute, True),
        (SKEWNESS, _skewness, False),
        (KURTOSIS, _kurtosis, False),
    ):
        sums = blocks.sum(axis=0)
        value = of(sums)
        if value is None:
            continue
        scatter = _jackknifed(blocks, of)
        if scales:
            scatter = math.hypot(max(scatter, least * value), used.height_calibration * value)
        made.append(Finding(quantity, value, scatter, f"{method}; scatter of {len(blocks)} blocks of {edge}"))
    made += _correlation(scan, level, length, method)
    return made, warnings


def _blocks(level: Array, length: float, pixel: tuple[float, float]) -> tuple[Array, str]:
    """Return count and sums of the powers and absolute heights of each block (block, 6), and its edge in words."""
    wanted = _BLOCK * length if math.isfinite(length) else math.inf
    counts = [max(int(min(size * step / wanted, size / 4)), 2) for size, step in zip(level.shape, pixel)]
    rows = [np.array_split(part, counts[1], axis=1) for part in np.array_split(level, counts[0], axis=0)]
    sums = [
        [part.size, part.sum(), (part**2).sum(), (part**3).sum(), (part**4).sum(), np.abs(part).sum()]
        for row in rows
        for part in row
    ]
    edge = max(size * step / count for size, step, count in zip(level.shape, pixel, counts))
    return np.array(sums), f"{edge * 1e9:.3g} nm"


def _root_mean_square(sums: Array) -> float | None:
    return math.sqrt(float(sums[2] / sums[0]))


def _mean_absolute(sums: Array) -> float | None:
    return float(sums[5] / sums[0])


def _skewness(sums: Array) -> float | None:
    square = float(sums[2] / sums[0])
    return float(sums[3] / sums[0]) / square**1.5 if square > 0.0 else None


def _kurtosis(sums: Array) -> float | None:
    square = float(sums[2] / sums[0])
    return float(sums[4] / sums[0]) / square**2 if square > 0.0 else None


def _jackknifed(blocks: Array, of: Callable[[Array], float | None]) -> float:
    """Return the standard uncertainty of a statistic from leaving out one block after the other."""
    whole = blocks.sum(axis=0)
    found = [value for block in blocks if (value := of(whole - block)) is not None]
    count = len(found)
    return math.sqrt((count - 1) / count * float(np.sum((np.array(found) - np.mean(found)) ** 2))) if count > 1 else 0.0


def _correlation(scan: HeightMap, level: Array, length: float, method: str) -> list[Finding]:
    """Return the correlation length; its scatter is that among tiles of the map."""
    if not math.isfinite(length):
        if not float(np.max(np.abs(level))) > 0.0:
            return []
        half = 0.5 * min(scan.size)
        return [Finding(CORRELATION, half, 0.0, f"{method}; the heights stay correlated", bound="at least")]
    if length < _FEWEST_PIXELS * max(scan.pixel):
        least = _FEWEST_PIXELS * max(scan.pixel)
        return [Finding(CORRELATION, least, 0.0, f"{method}; below the pixels", bound="at most")]
    tiles = [part for row in np.array_split(level, _TILES, axis=0) for part in np.array_split(row, _TILES, axis=1)]
    found = np.array([correlation_length(tile, scan.pixel) for tile in tiles])
    found = found[np.isfinite(found)]
    # tiles cut long waves off: their scatter counts, not their mean
    scatter = float(np.std(found, ddof=1)) / math.sqrt(found.size) if found.size > 1 else length
    return [
        Finding(
            CORRELATION, length, math.hypot(scatter, 0.1 * max(scan.pixel)), f"{method}; 1/e of the autocorrelation"
        )
    ]


def _other_levellings(scan: HeightMap, used: AfmSettings) -> list[Finding]:
    """Return the roughness with other levellings, which change it several times."""
    found = []
    for lines, levelling, of in (
        ("none", "none", "as recorded"),
        ("none", "plane", "plane taken off"),
        ("median_differences", "plane", "median differences of lines and plane taken off"),
        ("none", "second_order", "second order taken off"),
    ):
        if (lines, levelling) == (used.lines, used.levelling):
            continue
        level = _levelled(scan.height, lines, levelling)
        value = math.sqrt(float(np.mean(level**2)))
        calibration = used.height_calibration * value
        found.append(Finding(ROUGHNESS, value, calibration, _method(scan, lines, levelling), of=of))
    return found


def _notes(data: xarray.Dataset, scan: HeightMap, used: AfmSettings) -> tuple[str, ...]:
    notes = [f"S_q grows with the scan; this one is {scan.size[1] * 1e6:.3g} um x {scan.size[0] * 1e6:.3g} um"]
    others = [name for name in height_channels(data) if name != scan.channel]
    if others:
        notes.append(f"heights are those of {scan.channel}; there are {', '.join(others)} too (channel)")
    if used.lines == "median_differences":
        notes.append("neighbouring lines are offset against each other; their median differences are taken off (lines)")
    if scan.missing:
        notes.append(f"{scan.missing:.1%} of the pixels have no height and count as lying on the plane")
    notes.append(f"the height scale counts as known to {used.height_calibration:.0%} (height_calibration)")
    return tuple(notes)


# ----------------------------------------------------------------------------------------------------------- figure


def _panels(scan: HeightMap, level: Array, length: float, spectrum: tuple[Array, Array]) -> tuple[Panel, Panel]:
    """Return the levelled map and the spectrum of its roughness."""
    pixel = scan.pixel[0] * 1e6, scan.pixel[1] * 1e6
    frequency, density = spectrum
    seen = density > 0.0
    marks = (Mark(1e-6 / (math.pi * length), "1/(\u03c0\u03be)"),) if math.isfinite(length) else ()
    return (
        Panel("x (µm)", "y (µm)", picture=Picture(level * 1e9, pixel, name="Height (nm)")),
        Panel(
            "Spatial frequency (1/µm)",
            "PSD (nm⁴)",
            (Trace(frequency[seen] * 1e-6, density[seen] * 1e36, "", "points"),) if np.any(seen) else (),
            marks,
            x_logarithmic=bool(np.any(seen)),
            y_logarithmic=bool(np.any(seen)),
        ),
    )


def _takes(data: xarray.Dataset) -> bool:
    return data.attrs.get("kind") == "topography" and bool(height_channels(data))


def _analyse(inputs: Inputs, settings: AfmSettings) -> Analysis:
    return afm(inputs["topography"][0], settings)


METHOD = Method(
    name="afm",
    title="AFM height map",
    settings=AfmSettings,
    quantities=(ROUGHNESS, MEAN_ROUGHNESS, SKEWNESS, KURTOSIS, CORRELATION),
    roles=(Role("topography", "heights on a grid", _takes),),
    analyse=_analyse,
)
