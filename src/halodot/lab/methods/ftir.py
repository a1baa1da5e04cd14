"""Infrared spectrum: bands above a baseline, what they are read as, their ratio to an internal band."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from halodot.arrays import Array
from halodot.errors import DataError
from halodot.lab.absorbance import REFLECTANCE, Absorbance, absorbances, has_absorbance
from halodot.lab.bands import Band, StandardCheck, bands, recognised
from halodot.lab.baseline import asymmetric_least_squares
from halodot.lab.choices import number, span, whole, word
from halodot.lab.findings import Analysis, Finding, Mark, Panel, Trace
from halodot.lab.local_fit import local_noise
from halodot.lab.method import Inputs, Method, Role
from halodot.lab.methods._infrared import CM, STANDARDS, assignment, carbon_dioxide, water_vapour
from halodot.names import Quantity

if TYPE_CHECKING:
    import xarray

PLACE = Quantity("infrared_band", "1/m", "1/cm", "Place of an infrared band", "nu")
HEIGHT = Quantity("infrared_height", "1", "1", "Height of an infrared band above the baseline", "A")
AREA = Quantity("infrared_area", "1/m", "1/cm", "Area of an infrared band above the baseline", "A_int")
RATIO = Quantity("infrared_ratio", "1", "1", "Height of an infrared band over that of the internal band", "A/A_0")
CHANGE = Quantity("infrared_change", "1", "1", "Ratio to the internal band over that of the other spectrum", "r/r_0")
OFFSET = Quantity("wavenumber_offset", "1/m", "1/cm", "Bands of a standard found less certified", "delta nu")
#: smoothness that suits bands of solids, for points 2 1/cm apart; it goes with the fourth power of the points a band
_SMOOTHNESS, _SPACING = 1e7, 2.0 * CM
#: smoothness and asymmetry with which the baseline is drawn again, for the uncertainty that the choice leaves
_OTHER_BASELINES = ((0.1, 1.0), (10.0, 1.0), (1.0, 0.2))
#: how far the internal band may lie from where it is expected
_NEAR = 15.0 * CM
_STANDARD_REACH = 4.0 * CM
#: where CO2 of the air absorbs; where it is seen, the baseline bridges it
_AIR = (2280.0 * CM, 2400.0 * CM)
#: share of the axis by which the marks of a figure keep apart, and room for their numbers above the spectrum
_APART, _ROOM = 0.035, 1.3
#: wavenumber to which the depth of a total reflection is referred
_DEPTH_AT = 1000.0 * CM
#: relative difference of two resolutions that are still equal
_SAME = 0.05


@dataclass(frozen=True)
class FtirSettings:
    """What can be chosen."""

    window: tuple[float, float] | None = span("1/m", "wavenumbers that are analysed; all", shown="1/cm")
    reflectance: str = word(*REFLECTANCE, default=REFLECTANCE[0], about="how a reflectance becomes an absorbance")
    depth: str = word("uncorrected", "A/lambda", default="uncorrected", about="depth of a total reflection (ATR)")
    baseline: str = word("asymmetric", "none", default="asymmetric", about="asymmetric least squares, or none")
    smoothness: float | None = number("1", "of the baseline; 1e7 for points 2 1/cm apart", valid="positive")
    asymmetry: float = number("1", "weight of points above the baseline", 0.003, valid="fraction")
    least_prominence: float = number("1", "of a band, in standard deviations of the noise", 6.0, valid="positive")
    least_share: float = number("1", "prominence of a band relative to the highest", 0.01, valid="fraction")
    most_bands: int = whole("bands that become findings, the most prominent; the table keeps all", 40, least=1)
    internal_band: float = number("1/m", "band to which heights are related", 2922.0 * CM, shown="1/cm")
    axis_uncertainty: float = number(
        "1/m", "standard uncertainty of the wavenumber axis", 0.5 * CM, shown="1/cm", valid="nonnegative"
    )
    standard: str = word("recognised", "none", *STANDARDS, default="recognised", about="whose bands check the axis")


@dataclass(frozen=True, eq=False)
class _Spectrum:
    """One spectrum with its baseline and its bands."""

    absorbance: Absorbance
    baseline: Array
    bands: tuple[Band, ...]
    baseline_sd: tuple[tuple[float, float], ...]  # of each band: standard deviation of height and area
    resolution: float
    smoothness: float

    @property
    def prefix(self) -> str:
        return f"{self.absorbance.label}: " if self.absorbance.label else ""


def ftir(
    data: xarray.Dataset, settings: FtirSettings | None = None, *, other: xarray.Dataset | None = None
) -> Analysis:
    """Return the bands of an infrared spectrum with their usual assignments.

    Transmittance and reflectance become absorbance; a baseline is drawn by asymmetric least squares; a band is a
    maximum whose prominence is beyond the noise. Its place is where the slope of a local cubic vanishes, its area
    reaches to the valleys on either side. Since the path is unknown, heights are related to an internal band.

    Args:
        data: spectrum against wavenumber, as `halodot.read` returns it.
        settings: what is chosen otherwise than by default.
        other: spectrum of equal resolution with which ratios to the internal band are compared.

    Raises:
        DataError: there is no spectrum, or the two were recorded with different resolutions.
    """
    chosen = settings or FtirSettings()
    found = [_spectrum(item, chosen, data) for item in absorbances(data, "wavenumber", chosen.reflectance)]
    warnings, notes = _remarks(found, chosen)
    findings = [item for spectrum in found for item in _findings(spectrum, chosen)]
    if other is not None:
        findings += _changes(found[0], _other_spectrum(found[0], other, chosen), chosen)
    checks = [(spectrum, _checked(spectrum, chosen)) for spectrum in found]
    findings += [_offset(spectrum, check) for spectrum, check in checks if check is not None]
    low = min(float(spectrum.absorbance.x[0]) for spectrum in found)
    high = max(float(spectrum.absorbance.x[-1]) for spectrum in found)
    used = replace(chosen, window=chosen.window or (low, high), smoothness=chosen.smoothness or found[0].smoothness)
    return Analysis(
        method="ftir",
        settings=used,
        findings=tuple(findings),
        warnings=tuple(warnings),
        notes=tuple(notes),
        panels=tuple(_panel(spectrum) for spectrum in found[:3]),
        tables=_tables(found, checks),
    )


def _spectrum(item: Absorbance, chosen: FtirSettings, data: xarray.Dataset) -> _Spectrum:
    low, high = chosen.window or (0.0, math.inf)
    part = item.within(low, high)
    if part.x.size < 12:
        raise DataError(
            f"{part.x.size} points from {low / CM:g} to {high / CM:g} 1/cm; the spectrum has "
            f"{item.x[0] / CM:.0f} to {item.x[-1] / CM:.0f} 1/cm: choose another window"
        )
    if chosen.depth == "A/lambda":
        part = replace(part, y=part.y * part.x / _DEPTH_AT, sd=part.sd * part.x / _DEPTH_AT)
    spacing = float(np.median(np.diff(part.x)))
    smoothness = chosen.smoothness or float(f"{_SMOOTHNESS * (_SPACING / spacing) ** 4:.2g}")
    stated = data.attrs.get("resolution")
    resolution = float(stated) if isinstance(stated, (int, float)) and stated > 0.0 else 2.0 * spacing
    part = replace(part, sd=np.maximum(part.sd, local_noise(part.y, min(round(resolution / spacing), 8))))
    baseline = _baseline(part, chosen, smoothness, 1.0, spacing)
    above = part.y - baseline
    found = bands(part.x, above, part.sd, chosen.least_prominence, chosen.least_share)
    others = [above]
    if chosen.baseline != "none":
        others += [
            part.y - _baseline(part, chosen, smoothness * factor, part_of, spacing)
            for factor, part_of in _OTHER_BASELINES
        ]
    spread = tuple(_spread(band, part.x, others) for band in found)
    return _Spectrum(part, baseline, found, spread, resolution, smoothness)


def _baseline(part: Absorbance, chosen: FtirSettings, smoothness: float, less: float, spacing: float) -> Array:
    """Return the baseline on the points of the spectrum, drawn on even points."""
    if chosen.baseline == "none":
        return np.zeros(part.x.size)
    even = np.linspace(part.x[0], part.x[-1], max(round(float(np.ptp(part.x)) / spacing) + 1, 5))
    bridged = ~((part.x > _AIR[0]) & (part.x < _AIR[1])) if carbon_dioxide(part) else np.ones(part.x.size, bool)
    drawn = asymmetric_least_squares(
        np.interp(even, part.x[bridged], part.y[bridged]), smoothness, chosen.asymmetry * less
    )
    return np.asarray(np.interp(part.x, even, drawn))


def _spread(band: Band, x: Array, others: Sequence[Array]) -> tuple[float, float]:
    """Return the standard deviation of height and area of a band among baselines."""
    inside = (x >= band.left) & (x <= band.right)
    steps = np.gradient(x[inside]) if inside.sum() > 1 else np.zeros(inside.sum())
    heights = [float(np.interp(band.place, x, y)) for y in others]
    areas = [float(np.sum(y[inside] * steps)) for y in others]
    return (float(np.std(heights, ddof=1)), float(np.std(areas, ddof=1))) if len(others) > 1 else (0.0, 0.0)


def _findings(spectrum: _Spectrum, chosen: FtirSettings) -> list[Finding]:
    ranked = sorted(range(len(spectrum.bands)), key=lambda place: -spectrum.bands[place].prominence)
    internal = _internal(spectrum, chosen)
    made = []
    for place in sorted(ranked[: chosen.most_bands]):
        band, (height_sd, area_sd) = spectrum.bands[place], spectrum.baseline_sd[place]
        known = assignment(band.place)
        read_as = f"; {known.vibration}" if known else ""
        of = f"{spectrum.prefix}{band.place / CM:.0f} 1/cm"
        made.append(
            Finding(
                PLACE,
                band.place,
                math.hypot(band.place_sd, chosen.axis_uncertainty),
                f"maximum of a local cubic{read_as}",
                of=of,
            )
        )
        how = "above " + ("a baseline of asymmetric least squares" if chosen.baseline != "none" else "zero")
        made.append(Finding(HEIGHT, band.height, math.hypot(band.height_sd, height_sd), how, of=of))
        made.append(Finding(AREA, band.area, math.hypot(band.area_sd, area_sd), f"{how}, between valleys", of=of))
        if internal is not None and place != internal:
            made.append(_ratio(spectrum, place, internal, of))
    return made


def _internal(spectrum: _Spectrum, chosen: FtirSettings) -> int | None:
    near = [place for place, band in enumerate(spectrum.bands) if abs(band.place - chosen.internal_band) < _NEAR]
    return max(near, key=lambda place: spectrum.bands[place].height) if near else None


def _ratio(spectrum: _Spectrum, place: int, internal: int, of: str) -> Finding:
    """Return the height of a band over that of the internal band; the baselines of the two are taken as independent."""
    band, base = spectrum.bands[place], spectrum.bands[internal]
    sd = math.hypot(band.height_sd, spectrum.baseline_sd[place][0]) / max(abs(band.height), 1e-30)
    sd_base = math.hypot(base.height_sd, spectrum.baseline_sd[internal][0]) / max(abs(base.height), 1e-30)
    value = band.height / base.height
    return Finding(
        RATIO, value, abs(value) * math.hypot(sd, sd_base), f"heights, over that at {base.place / CM:.0f} 1/cm", of=of
    )


def _other_spectrum(first: _Spectrum, other: xarray.Dataset, chosen: FtirSettings) -> _Spectrum:
    second = _spectrum(absorbances(other, "wavenumber", chosen.reflectance)[0], chosen, other)
    if abs(first.resolution / second.resolution - 1.0) > _SAME:
        raise DataError(
            f"resolutions of {first.resolution / CM:.3g} and {second.resolution / CM:.3g} 1/cm: heights of bands "
            "compare only at equal resolution; record one of them again"
        )
    return second


def _changes(first: _Spectrum, second: _Spectrum, chosen: FtirSettings) -> list[Finding]:
    """Return, for bands that both spectra have, the ratio to the internal band over that of the other spectrum."""
    one, two = _internal(first, chosen), _internal(second, chosen)
    if one is None or two is None:
        raise DataError(
            f"no band at {chosen.internal_band / CM:.0f} 1/cm in both spectra; choose another, for example "
            "`internal_band: 2853 1/cm`"
        )
    made = []
    for place, band in enumerate(first.bands):
        near = min(range(len(second.bands)), key=lambda item: abs(second.bands[item].place - band.place))
        if place == one or near == two or abs(second.bands[near].place - band.place) > 0.5 * band.width:
            continue
        of = f"{band.place / CM:.0f} 1/cm"
        here, there = _ratio(first, place, one, of), _ratio(second, near, two, of)
        value = here.value / there.value
        sd = abs(value) * math.hypot(here.uncertainty / here.value, there.uncertainty / there.value)
        made.append(Finding(CHANGE, value, sd, "ratios to the internal band in both spectra", of=of))
    return made


def _checked(spectrum: _Spectrum, chosen: FtirSettings) -> StandardCheck | None:
    if chosen.standard == "none":
        return None
    among = STANDARDS if chosen.standard == "recognised" else {chosen.standard: STANDARDS[chosen.standard]}
    x = spectrum.absorbance.x
    return recognised(spectrum.bands, among, _STANDARD_REACH, (float(x[0]), float(x[-1])))


def _offset(spectrum: _Spectrum, check: StandardCheck) -> Finding:
    offsets = check.offsets
    sd = float(np.std(offsets, ddof=1)) / math.sqrt(offsets.size)
    return Finding(
        OFFSET,
        float(np.mean(offsets)),
        sd,
        f"mean of {offsets.size} bands of {check.name}",
        of=spectrum.prefix + "axis",
    )


def _remarks(found: Sequence[_Spectrum], chosen: FtirSettings) -> tuple[list[str], list[str]]:
    warnings, notes = [], list(found[0].absorbance.notes)
    for item in found:
        part = item.absorbance
        if part.saturated is not None and part.x[0] <= part.saturated[1] and part.saturated[0] <= part.x[-1]:
            low, high = (end / CM for end in part.saturated)
            warnings.append(f"{item.prefix}hardly any light comes through between {low:.0f} and {high:.0f} 1/cm")
        dioxide, water = carbon_dioxide(part), water_vapour(part, item.resolution)
        if dioxide:
            notes.append(f"{item.prefix}CO2 of the air, {dioxide:+.2g} near 2350 1/cm")
        if water:
            notes.append(
                f"{item.prefix}water vapour, {water:+.2g} a line: bands from 1400 to 1900 1/cm may be its lines"
            )
        if not item.bands:
            notes.append(f"{item.prefix}no band stands out of the noise")
        elif _internal(item, chosen) is None:
            notes.append(
                f"{item.prefix}no band at {chosen.internal_band / CM:.0f} 1/cm to relate heights to; choose "
                "another with internal_band"
            )
    if found[0].absorbance.made_from == "reflectance" and chosen.depth == "uncorrected":
        notes.append("a total reflection (ATR) sees deeper at small wavenumbers; `depth: A/lambda` takes that out")
    notes.append(
        f"{chosen.axis_uncertainty / CM:g} 1/cm is taken as the standard uncertainty of the axis (axis_uncertainty)"
    )
    return warnings, notes


def _tables(
    found: Sequence[_Spectrum], checks: Sequence[tuple[_Spectrum, StandardCheck | None]]
) -> dict[str, dict[str, list[object]]]:
    tables: dict[str, dict[str, list[object]]] = {}
    for spectrum in found:
        rows = [(band, assignment(band.place)) for band in spectrum.bands]
        tables[f"{spectrum.prefix}bands"] = {
            "place (1/cm)": [round(band.place / CM, 2) for band, _ in rows],
            "height": [band.height for band, _ in rows],
            "width (1/cm)": [round(band.width / CM, 2) for band, _ in rows],
            "area (1/cm)": [band.area / CM for band, _ in rows],
            "read as": [known.vibration if known else "" for _, known in rows],
            "may also be": [known.ambiguity if known else "" for _, known in rows],
        }
    for spectrum, check in checks:
        if check is not None:
            tables[f"{spectrum.prefix}{check.name}"] = {
                "certified (1/cm)": [place / CM for place in check.certified],
                "found (1/cm)": [round(band.place / CM, 2) for band in check.found],
                "difference (1/cm)": [round(float(offset) / CM, 2) for offset in check.offsets],
            }
    return tables


def _panel(spectrum: _Spectrum) -> Panel:
    part = spectrum.absorbance
    apart = _APART * float(np.ptp(part.x))
    shown: list[Band] = []
    for band in sorted(spectrum.bands, key=lambda band: -band.prominence):
        if len(shown) < 8 and all(abs(band.place - other.place) > apart for other in shown):
            shown.append(band)
    low, high = float(part.y.min()), float(part.y.max())
    return Panel(
        "Wavenumber (1/cm)",
        "Absorbance",
        (
            Trace(part.x / CM, part.y, "measured"),
            Trace(part.x / CM, spectrum.baseline, "baseline", "dashed"),
        ),
        marks=tuple(Mark(band.place / CM, f"{band.place / CM:.0f}") for band in shown),
        x_reversed=True,
        y_range=(low - 0.05 * (high - low), low + _ROOM * (high - low)),
    )


def _takes(data: xarray.Dataset) -> bool:
    return data.attrs.get("kind") == "infrared" and has_absorbance(data, "wavenumber")


def _analyse(inputs: Inputs, settings: FtirSettings) -> Analysis:
    return ftir(inputs["spectrum"][0], settings)


METHOD = Method(
    name="ftir",
    title="Infrared spectrum",
    settings=FtirSettings,
    quantities=(PLACE, HEIGHT, AREA, RATIO, CHANGE, OFFSET),
    roles=(Role("spectrum", "infrared spectrum against wavenumber", _takes),),
    analyse=_analyse,
)
