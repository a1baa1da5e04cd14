"""Space-charge-limited current of a single-carrier device: mobility, its rise with the field, traps, and whether."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from halodot.errors import DataError
from halodot.lab.choices import number, numbers, span, text, word
from halodot.lab.findings import Analysis, Finding
from halodot.lab.method import Inputs, Method, Role
from halodot.lab.methods._sclc_checks import checks
from halodot.lab.methods._sclc_device import FIELD, LEAKAGE, LIMIT, MOBILITY, SCALING, SLOPE, TRAPS, Device, Film
from halodot.lab.methods._sclc_findings import device_findings, device_panels
from halodot.lab.methods._sclc_fit import LAWS, fitted
from halodot.lab.methods._sclc_sweeps import Branch, across_film, branches, has_current, local_slope

if TYPE_CHECKING:
    import xarray

#: room temperature, taken where nothing is said [K]
_ROOM = 300.0


@dataclass(frozen=True)
class SclcSettings:
    """What can be chosen."""

    thickness: float | None = number("m", "thickness of the film", shown="nm", valid="positive")
    relative_permittivity: float | None = number("1", "relative permittivity of the film", valid="positive")
    temperature: float | None = number("K", "temperature of the device; 300 K", valid="positive")
    area: float | None = number("m2", "area of the device, for a current without one", shown="mm2", valid="positive")
    thickness_uncertainty: float = number(
        "m", "standard uncertainty of the thickness", 0.0, shown="nm", valid="nonnegative"
    )
    permittivity_uncertainty: float = number("1", "standard uncertainty of the permittivity", 0.0, valid="nonnegative")
    built_in_voltage: float = number("V", "difference of the work functions of the contacts", 0.0)
    series_resistance: float = number(
        "ohm*m2", "resistance in series times area", 0.0, shown="ohm*cm2", valid="nonnegative"
    )
    law: str | None = word(*LAWS, default=None, about="law of the current; the one that describes the sweep")
    leakage: str | None = word("fitted", "none", default=None, about="ohmic current beside the film; where it is seen")
    law_uncertainty: float | None = number(
        "1",
        "relative standard uncertainty of the mobility by the choice of the law; spread of those that fit as well",
        valid="nonnegative",
    )
    field_uncertainty: float | None = number(
        "1",
        "relative standard uncertainty of its rise with the field by the choice of the law; spread likewise",
        valid="nonnegative",
    )
    window: tuple[float, float] | None = span("V", "voltages across the film; the widest that a law describes")
    polarity: str | None = word(
        "positive", "negative", default=None, about="sign of the voltage; that with more points"
    )
    sweep: str | None = word("forward", "backward", default=None, about="direction that is fitted; forward where it is")
    column: str = text("name of the variable with the current; the first one")
    thicknesses: tuple[float, ...] | None = numbers("m", "thickness of each film of the series", shown="nm")


def sclc(
    data: xarray.Dataset, settings: SclcSettings | None = None, *, series: Sequence[xarray.Dataset] = ()
) -> Analysis:
    """Return the mobility and the traps of a single-carrier device from its space-charge-limited current.

    The laws are tried from the simplest: J = (9/8) eps mu V^2 / L^3 (Mott and Gurney), times
    exp(0.891 gamma sqrt(V/L)) (Murgatroyd), drift and diffusion between two contacts that inject without limit,
    whose current is 4 pi^2 (kT/q) eps mu V / L^3 at low voltage, and the same above filled traps,
    V_TFL = q n_t L^2 / (2 eps). Where a condition of the law fails, the mobility is a bound.

    N. F. Mott and R. W. Gurney, Electronic Processes in Ionic Crystals, Oxford University Press (1940);
    P. N. Murgatroyd, J. Phys. D: Appl. Phys. 3, 151 (1970); least trap density: V. M. Le Corre et al., ACS Energy
    Lett. 6, 1087 (2021), doi:10.1021/acsenergylett.0c02599.

    Args:
        data: current or current density against voltage, as `halodot.read` returns it.
        settings: what is chosen otherwise than by default.
        series: devices of the same film in other thicknesses, in the order of ``thicknesses``.

    Raises:
        DataError: there is no sweep to fit.
    """
    chosen = settings or SclcSettings()
    film, notes = _film(data, chosen)
    made, failed = _devices(branches(data, chosen.column, chosen.area), chosen, film)
    findings, warnings = [], list(failed)
    for device in made:
        some, more = device_findings(device, film)
        findings += some
        notes += more
    if series:
        some, more = _scaling(made[0], series, chosen, film)
        findings += some
        warnings += more
    notes += _missing(film)
    used = made[0]
    return Analysis(
        method="sclc",
        settings=_as_used(chosen, used, film, len(made)),
        findings=tuple(findings),
        warnings=tuple(warnings),
        notes=tuple(dict.fromkeys(notes)),
        panels=tuple(panel for device in made[:1] for panel in device_panels(device, film)),
    )


# ------------------------------------------------------------------------------------------------- film and devices


def _film(data: xarray.Dataset, chosen: SclcSettings) -> tuple[Film, list[str]]:
    """Return what is known of the film, from the choices or from what the file says."""
    notes = []
    thickness = chosen.thickness or _stated(data, "thickness")
    permittivity = chosen.relative_permittivity or _stated(data, "relative permittivity", "relative_permittivity")
    temperature = chosen.temperature or _stated(data, "temperature")
    if not temperature:
        temperature = _ROOM
        notes.append(f"the temperature is taken as {_ROOM:g} K (temperature)")
    if not chosen.built_in_voltage:
        notes.append("both contacts are taken as alike: no built-in voltage (built_in_voltage)")
    if not chosen.series_resistance:
        notes.append("no series resistance is taken off the voltage (series_resistance)")
    if thickness and not chosen.thickness_uncertainty:
        notes.append("the thickness counts as exact; 5 % of it would be 15 % of the mobility (thickness_uncertainty)")
    return Film(
        thickness or math.nan,
        permittivity or math.nan,
        temperature,
        chosen.thickness_uncertainty / thickness if thickness else 0.0,
        chosen.permittivity_uncertainty / permittivity if permittivity else 0.0,
    ), notes


def _stated(data: xarray.Dataset, *names: str) -> float | None:
    """Return a number in SI that the measurement itself states, None where it does not."""
    try:
        header = json.loads(str(data.attrs.get("header", "{}")))
    except ValueError:
        header = {}
    places = [data.attrs, header if data.attrs.get("reader") == "simulated" else {}]
    for place in places:
        for name in names:
            try:
                found = float(place.get(name, "nan"))
            except (TypeError, ValueError):
                continue
            if math.isfinite(found) and found > 0.0:
                return found
    return None


def _missing(film: Film) -> list[str]:
    missing = [
        spelling
        for value, spelling in (
            (film.thickness, "thickness: 100 nm"),
            (film.permittivity, "relative_permittivity: 6"),
        )
        if not math.isfinite(value)
    ]
    if not missing:
        return []
    return [f"no mobility and no trap density: {' and '.join(missing)} would be needed in the settings"]


def _devices(found: Sequence[Branch], chosen: SclcSettings, film: Film) -> tuple[list[Device], list[str]]:
    """Return what could be fitted of each device, and a sentence for each that could not."""
    groups: dict[str, list[Branch]] = {}
    for branch in found:
        groups.setdefault(_name(branch.label), []).append(branch)
    made, failed = [], []
    for name, group in groups.items():
        try:
            made.append(_device(group, chosen, film, name if len(groups) > 1 else ""))
        except DataError as error:
            failed.append(f"{name or 'the sweep'}: {error}")
    if not made:
        raise DataError("; ".join(failed))
    return made, failed


_DIRECTIONS = ("forward", "backward", "reverse", "fwd", "bwd", "rev", "up", "down")


def _name(label: str) -> str:
    """Return the label of a curve without words for its direction."""
    words = label.replace("_", " ").replace(",", " ").split()
    return " ".join(item for item in words if item.lower() not in _DIRECTIONS)


def _device(group: Sequence[Branch], chosen: SclcSettings, film: Film, of: str) -> Device:
    polarity = chosen.polarity or max(
        ("positive", "negative"), key=lambda sign: sum(item.voltage.size for item in group if item.polarity == sign)
    )
    sides = [
        across_film(item, chosen.built_in_voltage, chosen.series_resistance)
        for item in group
        if item.polarity == polarity
    ]
    if not sides:
        raise DataError(f"no sweep of {polarity} voltage; choose polarity")
    wanted = chosen.sweep or ("forward" if any(item.direction == "forward" for item in sides) else "backward")
    first = next((item for item in sides if item.direction == wanted), None)
    if first is None:
        raise DataError(f"no {wanted} sweep; choose sweep")
    other = next((item for item in sides if item.direction != wanted), None)
    laws = (chosen.law,) if chosen.law else tuple(LAWS)
    leakages = {None: (False, True), "fitted": (True,), "none": (False,)}[chosen.leakage]
    fit = fitted(first, film.thermal, laws, leakages, chosen.window)
    if chosen.law_uncertainty is not None:
        fit = replace(fit, open_choice=chosen.law_uncertainty)
    if chosen.field_uncertainty is not None and fit.field is not None:
        fit = replace(fit, open_field=chosen.field_uncertainty * abs(fit.field[0]))
    slope = local_slope(first)
    return Device(first, other, slope, fit, checks(first, slope, fit, film.thermal, other), of)


def _as_used(chosen: SclcSettings, used: Device, film: Film, devices: int) -> SclcSettings:
    """Return the choices with what was chosen automatically; of several devices each keeps its own."""
    known = replace(
        chosen,
        thickness=film.thickness if math.isfinite(film.thickness) else None,
        relative_permittivity=film.permittivity if math.isfinite(film.permittivity) else None,
        temperature=film.temperature,
    )
    if devices > 1:
        return known
    return replace(
        known,
        polarity=used.branch.polarity,
        sweep=used.branch.direction,
        law=used.fit.law,
        leakage="fitted" if used.fit.leakage else "none",
        law_uncertainty=used.fit.open_choice,
        field_uncertainty=used.fit.open_field / abs(used.fit.field[0]) if used.fit.field and used.fit.field[0] else 0.0,
        window=used.fit.window,
    )


def _scaling(
    device: Device, series: Sequence[xarray.Dataset], chosen: SclcSettings, film: Film
) -> tuple[list[Finding], list[str]]:
    """Return the power of the thickness in the current, -3 where space charge limits it."""
    if chosen.thicknesses is None or len(chosen.thicknesses) != len(series) or not math.isfinite(film.thickness):
        return [], [f"thickness: {len(series)} films of a series need as many thicknesses: [80 nm, 120 nm]"]
    lengths, scales, variances = [film.thickness], [device.fit.log_scale[0]], [device.fit.log_scale[1] ** 2]
    for data, thickness in zip(series, chosen.thicknesses):
        made, _ = _devices(branches(data, chosen.column, chosen.area), replace(chosen, window=None), film)
        lengths.append(thickness)
        scales.append(made[0].fit.log_scale[0])
        variances.append(made[0].fit.log_scale[1] ** 2)
    x, y = np.log(lengths), np.asarray(scales)
    centred = x - x.mean()
    spread = float(centred @ centred)
    if not spread > 0.0:
        return [], ["the films of the series have one thickness; no scaling can be seen"]
    power = float(centred @ y) / spread
    known = math.sqrt(float(centred**2 @ np.asarray(variances))) / spread
    scatter = float(np.std(y - y.mean() - power * centred)) / math.sqrt(spread)
    uncertain = math.hypot(math.hypot(known, scatter), 3.0 * film.thickness_share)
    off = abs(power + 3.0) > max(2.0 * uncertain, 0.5)
    said = (f"the current goes as L^{power:.2f} and not as L^-3: the film does not limit it",) if off else ()
    return [Finding(SCALING, power, uncertain, "line through ln of the fitted scale against ln L", warnings=said)], []


def _takes(data: xarray.Dataset) -> bool:
    return data.attrs.get("kind") == "current_voltage" and has_current(data)


def _analyse(inputs: Inputs, settings: SclcSettings) -> Analysis:
    return sclc(inputs["device"][0], settings, series=inputs.get("series", ()))


_WORDS = r"sclc|single.?carrier|hole.?only|electron.?only|hod\d*|eod\d*"

METHOD = Method(
    name="sclc",
    title="Space-charge-limited current",
    settings=SclcSettings,
    quantities=(MOBILITY, FIELD, LIMIT, TRAPS, LEAKAGE, SLOPE, SCALING),
    roles=(
        Role("device", "current of a single-carrier device against voltage", _takes, words=_WORDS),
        Role(
            "series",
            "the same film in other thicknesses",
            _takes,
            words="thickness.?series",
            required=False,
            several=True,
        ),
    ),
    analyse=_analyse,
)
