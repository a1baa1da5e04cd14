"""Thermogravimetry: weight loss, steps with onset, residue, ligands on the dots."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from halodot.constants import AVOGADRO
from halodot.lab.choices import number
from halodot.lab.findings import Analysis, Finding, Mark, Panel, Trace
from halodot.lab.method import Inputs, Method, Role
from halodot.lab.methods._tga_run import Run, has_mass, read_run
from halodot.lab.methods._tga_steps import Level, Rate, Step, level, rate_of, slope_noise, steps_of
from halodot.names import QUANTITIES, Quantity

if TYPE_CHECKING:
    import xarray

WEIGHT_LOSS = QUANTITIES["weight_loss"]
STEP_LOSS = Quantity("step_loss", "1", "%", "Mass lost in a step", "dm")
ONSET = Quantity("onset_temperature", "K", "degC", "Extrapolated onset of a step", "T_on")
FASTEST = Quantity("fastest_loss_temperature", "K", "degC", "Temperature of the fastest loss", "T_max")
RESIDUE = Quantity("residue", "1", "%", "Residue at the highest temperature", "r")
ORGANIC = Quantity("organic_fraction", "1", "%", "Organic share of the dry mass", "w_org")
LIGANDS = Quantity("ligand_density", "1/m2", "1/nm2", "Ligands per area of the dots", "sigma_L")
PER_DOT = Quantity("ligands_per_dot", "1", "1", "Ligands on a dot", "N_L")
#: where the weight loss is stated, as in the simulated dots: 500 degC
END = 773.15
#: fastest loss below which a step is solvent or water: 150 degC
_SOLVENT = 423.15
_ZERO = 273.15
#: rise and drift of the mass that a sound balance may show
_TOLERATED = 3e-3
_OUTER = 0.8  # share of an outer plateau in which drift is looked for
_TILTS, _DIFFER = 2.0, 3.0  # deviations beyond which plateaus are tilted, and differ in it
_TOP = 0.7  # share of a peak above which it is its top
_RISES = 6.0  # deviations beyond which a rise of the mass is no noise


@dataclass(frozen=True)
class TgaSettings:
    """What can be chosen."""

    sample_mass: float | None = number(
        "kg", "mass at the start, where the file holds changes", shown="mg", valid="positive"
    )
    end: float = number("K", "temperature to which the weight loss is stated", END, shown="degC", valid="positive")
    dry: float | None = number(
        "K", "temperature at which the sample is dry; after the steps below 150 degC", shown="degC", valid="positive"
    )
    drift: float | None = number(
        "1", "slope of the baseline of the steps [1/K, or 1/s along time]; that which both outer plateaus share"
    )
    drift_uncertainty: float | None = number("1", "its standard uncertainty", valid="nonnegative")
    smoothing: float | None = number(
        "1", "width of the window of the derivative [K, or s along time]; where the steps stand out", valid="positive"
    )
    temperature_uncertainty: float = number(
        "1", "standard uncertainty of the temperature calibration [K]", 1.0, valid="nonnegative"
    )
    edge_length: float | None = number("m", "mean edge (or diameter) of the dots", shown="nm", valid="positive")
    edge_length_uncertainty: float = number("m", "its standard uncertainty", 0.0, shown="nm", valid="nonnegative")
    edge_length_spread: float = number("m", "standard deviation among dots", 0.0, shown="nm", valid="nonnegative")
    density: float | None = number("kg/m3", "density of the cores", shown="g/mL", valid="positive")
    density_uncertainty: float = number("kg/m3", "its standard uncertainty", 0.0, shown="g/mL", valid="nonnegative")
    ligand_molar_mass: float | None = number(
        "kg/mol", "mean molar mass of the ligands", shown="g/mol", valid="positive"
    )
    ligand_molar_mass_uncertainty: float = number(
        "kg/mol", "its standard uncertainty", 0.0, shown="g/mol", valid="nonnegative"
    )


def tga(data: xarray.Dataset, settings: TgaSettings | None = None, *, blank: xarray.Dataset | None = None) -> Analysis:
    """Return weight loss, steps, residue and ligands of a thermogravimetric run.

    Steps are the peaks of the derivative; the loss of each is that between its plateaus, and its onset is where the
    tangent at the fastest loss meets the plateau before. From the organic share w of the dry mass, cubes of edge L or
    spheres of diameter L carry w / (1 - w) rho L N_A / (6 M) ligands an area, L standing for <L^3> / <L^2>.

    Args:
        data: mass along temperature or time, as `halodot.read` returns it.
        settings: what is chosen otherwise than by default.
        blank: run of the empty crucible, taken off.

    Raises:
        DataError: there is no mass, or too few points.
    """
    chosen = settings or TgaSettings()
    run = read_run(data, chosen.sample_mass, blank)
    rate = rate_of(run, chosen.smoothing)
    steps = steps_of(run, rate, (0.0, 0.0))
    tilt = _tilt(_plateaus(run, rate, steps))
    if chosen.drift is not None:
        tilt = chosen.drift, chosen.drift_uncertainty or 0.0
    if tilt[0] or tilt[1]:
        steps = steps_of(run, rate, tilt)
    used = replace(
        chosen,
        drift=tilt[0],
        drift_uncertainty=tilt[1],
        smoothing=chosen.smoothing or 2.0 * rate.half * run.step,
        dry=chosen.dry or _dry(run, steps),
    )
    wrong = _drift(run, rate, tilt, chosen.end)
    notes = [*run.notes, *_notes(run), *_cut_steps(run, steps, chosen.end)]
    findings = [*_weight_loss(run, rate, used, wrong, notes), *_of_steps(run, rate, steps, used)]
    findings += [_residue(run, rate, wrong), *_ligands(run, rate, used, wrong, notes)]
    return Analysis(
        method="tga",
        settings=used,
        findings=tuple(findings),
        warnings=wrong.warnings,
        notes=tuple(notes),
        panels=_panels(run, rate, steps),
    )


_NEAR = 10.0  # K, in which a loss that begins is not yet seen


def _cut_steps(run: Run, steps: tuple[Step, ...], end: float) -> list[str]:
    """Return what is to be said where the mass is read in the middle of a loss."""
    cut = [n for n, one in enumerate(steps, 1) if run.temperature[one.first] < end + _NEAR < run.temperature[one.last]]
    where = f"{end - _ZERO:g} degC (end)"
    return [
        f"step {n} goes on, or is about to begin, at {where}: what is read there is no whole step; choose `end`"
        for n in cut
    ]


def _notes(run: Run) -> list[str]:
    return [] if run.corrected else ["no blank run is taken off: buoyancy is in the masses (role blank)"]


# ------------------------------------------------------------------------------------------------------------ drift


@dataclass(frozen=True)
class _Drift:
    """What the balance may add to the mass by itself."""

    uncertainty: float  # of a mass far from the start, relative to the start
    warnings: tuple[str, ...]


def _drift(run: Run, rate: Rate, slope: tuple[float, float], end: float) -> _Drift:
    """Return what plateaus that are not level and a mass that rises say of the balance."""
    warnings = []
    smooth = np.convolve(run.mass, np.ones(2 * rate.half + 1) / (2 * rate.half + 1), mode="valid")
    noise = run.sd_of_mean(2 * rate.half + 1)
    heated = run.temperature[rate.half : rate.half + smooth.size] <= max(end, float(run.temperature[0]))
    part = smooth[heated] if np.all(np.isfinite(run.temperature)) and np.count_nonzero(heated) > 2 else smooth
    rise = float(np.max(part - np.minimum.accumulate(part)))
    rise = rise if rise > _RISES * noise else 0.0
    if rise > _TOLERATED:
        warnings.append(
            f"the mass rises by {rise:.1%} of the start: buoyancy or uptake of gas; take a blank run off, and do not "
            "trust losses as small"
        )
    tilt = abs(slope[0]) * float(np.ptp(run.place))
    if tilt > _TOLERATED:
        warnings.append(
            f"the plateaus are not level: a drift of {tilt:.1%} of the start over the run cannot be told "
            "from a slow loss"
        )
    return _Drift(max(rise, tilt), tuple(warnings))


def _plateaus(run: Run, rate: Rate, steps: tuple[Step, ...]) -> list[Level]:
    """Return the plateaus before the first and after the last step that are long and have no loss still going on."""
    size, fewest = run.mass.size, max(run.mass.size // 25, 8)
    first, last = (steps[0].first, steps[-1].last) if steps else (size // 2, size // 2)
    peak = float(np.max(rate.value)) if steps else math.inf
    # the outer part, away from where the steps begin and fade
    first, last = round(_OUTER * first), size - 1 - round(_OUTER * (size - 1 - last))
    found = [level(run, first, -first, 0)] if first >= fewest else []
    found += [level(run, last, size - 1 - last, 0)] if size - 1 - last >= fewest else []
    return [one for one in found if abs(one.slope) < 0.1 * peak]


def _tilt(plateaus: list[Level]) -> tuple[float, float]:
    """Return the slope that the outer plateaus share and its standard uncertainty, 0 where they do not.

    A balance that drifts tilts both alike; a slope of one alone is a slow loss.
    """
    if not plateaus:
        return 0.0, 0.0
    weights = np.array([1.0 / max(one.slope_uncertainty, 1e-300) ** 2 for one in plateaus])
    slopes = np.array([one.slope for one in plateaus])
    mean, deviation = float(weights @ slopes / weights.sum()), float(weights.sum()) ** -0.5
    if abs(mean) < _TILTS * deviation:
        return 0.0, 0.0
    if float(np.ptp(slopes)) < _DIFFER * float(np.sqrt(np.sum(1.0 / weights))):
        return mean, deviation
    # one is steeper: what both have in common is the balance's, the rest a slow loss
    least = min(plateaus, key=lambda one: abs(one.slope))
    alike = all(one.slope * least.slope > 0.0 for one in plateaus) and least.drifts
    return (least.slope, least.slope_uncertainty) if alike else (0.0, 0.0)


# --------------------------------------------------------------------------------------------------------- findings


def _at(run: Run, rate: Rate, temperature: float, leaves: float | None = None) -> Level | None:
    """Return the mass where the run first reaches a temperature, None where it does not.

    With ``leaves``, the mass where it is last at the temperature before it reaches that one: after a rest.
    """
    reached = np.flatnonzero(run.temperature >= temperature)
    if not reached.size or not np.isfinite(run.temperature[0]):
        return None
    place = int(reached[0])
    if leaves is not None:
        later = np.flatnonzero(run.temperature >= leaves)
        still = np.flatnonzero(run.temperature[: int(later[0]) if later.size else None] <= temperature)
        place = int(still[-1]) if still.size else place
    around = level(run, place, rate.half, rate.half)
    if leaves is not None or place == 0 or not around.drifts:
        return around
    # between two points the temperature is met in part of a step
    part = (temperature - run.temperature[place]) / max(run.temperature[place] - run.temperature[place - 1], 1e-9)
    return replace(around, mass=around.mass + around.slope * part * run.step)


def _start_uncertainty(run: Run) -> float:
    return run.sd_of_mean(max(run.mass.size // 50, 5))


def _weight_loss(run: Run, rate: Rate, used: TgaSettings, wrong: _Drift, notes: list[str]) -> list[Finding]:
    there = _at(run, rate, used.end)
    if there is None:
        notes.append(f"no weight loss: the run does not reach {used.end - _ZERO:g} degC (end)")
        return []
    uncertainty = math.hypot(there.uncertainty, _start_uncertainty(run) * there.mass, wrong.uncertainty)
    method = f"mass at {used.end - _ZERO:g} degC relative to the start of heating"
    return [Finding(WEIGHT_LOSS, 1.0 - there.mass, uncertainty, method)]


def _of_steps(run: Run, rate: Rate, steps: tuple[Step, ...], used: TgaSettings) -> list[Finding]:
    found = []
    for count, step in enumerate(steps, 1):
        of = f"step {count}"
        place = f"from {_named(run, step.first)} to {_named(run, step.last)}"
        method = f"loss between its plateaus, {place}"
        warnings: tuple[str, ...] = ()
        if step.drift > max(0.05 * step.loss, _TOLERATED):
            warnings = (f"a tilted baseline of {step.drift:.1%} of the start is taken off (drift)",)
        found.append(Finding(STEP_LOSS, step.loss, step.uncertainty, method, of=of, warnings=warnings))
        if not np.isfinite(run.temperature[0]):
            continue
        found.append(_fastest(run, rate, step, of, used.temperature_uncertainty))
        onset = _onset(run, rate, step, of, used)
        if onset is not None:
            found.append(onset)
    return found


def _named(run: Run, place: int) -> str:
    temperature = run.temperature[place]
    return f"{temperature - _ZERO:.0f} degC" if math.isfinite(temperature) else f"{run.place[place] / 60.0:.0f} min"


def _top_of(rate: Rate, step: Step) -> int:
    """Return how many points the top of a peak reaches to its nearer side, the window of the derivative at least."""
    low = np.flatnonzero(rate.value[: step.peak] < _TOP * rate.value[step.peak])
    high = np.flatnonzero(rate.value[step.peak :] < _TOP * rate.value[step.peak])
    sides = [step.peak - int(low[-1])] if low.size else []
    return max(rate.half, min([*sides, *high[:1].tolist()], default=rate.half))


def _fastest(run: Run, rate: Rate, step: Step, of: str, calibration: float) -> Finding:
    """Temperature of the fastest loss, from a parabola through the top of the peak."""
    half = _top_of(rate, step)
    near = np.arange(max(step.peak - half, 0), min(step.peak + half + 1, run.mass.size))
    top, curvature = float(run.place[step.peak]), 0.0
    if near.size >= 4:
        quadratic, linear, _ = np.polyfit(run.place[near] - top, rate.value[near], 2)
        curvature = -2.0 * float(quadratic)
        moved = float(linear) / curvature if curvature > 0.0 else 0.0
        top += min(max(moved, -half * run.step), half * run.step)
    temperature = float(np.interp(top, run.place, run.temperature))
    # the maximum is where the line through the derivative has no slope; its noise moves it
    reach = half * run.step
    uncertain = min(slope_noise(run, rate.half, half) / curvature, reach) if curvature > 0.0 else reach
    if run.along == "time":
        uncertain *= abs(float(np.gradient(run.temperature, run.place)[step.peak]))
    return Finding(FASTEST, temperature, math.hypot(uncertain, calibration), "maximum of the derivative", of=of)


def _onset(run: Run, rate: Rate, step: Step, of: str, used: TgaSettings) -> Finding | None:
    """Where the tangent at the fastest loss meets the plateau before; none where the temperature stands still."""
    heating = float(np.gradient(run.temperature, run.place)[step.peak])
    fastest = float(rate.value[step.peak])
    if run.along == "time" and heating * (run.place[step.last] - run.place[step.first]) < 10.0:
        return None
    slope = used.drift or 0.0
    here = level(run, step.peak, rate.half, rate.half).mass
    fallen = step.before + slope * (run.place[step.peak] - run.place[step.first]) - here
    before = fallen / (fastest + slope)
    place = float(run.place[step.peak] - before)
    if not run.place[0] <= place <= run.place[step.peak]:
        return None
    smoothed = math.sqrt(max((float(rate.finer[step.peak]) - fastest) ** 2 - rate.finer_sd**2, 0.0))
    uncertain = math.hypot(
        run.sd_of_mean(rate.half) / fastest,
        before * rate.sd / fastest,
        before * smoothed / fastest,
    )
    uncertain *= heating if run.along == "time" else 1.0
    temperature = float(np.interp(place, run.place, run.temperature))
    method = "tangent at the fastest loss meets the plateau before"
    return Finding(ONSET, temperature, math.hypot(uncertain, used.temperature_uncertainty), method, of=of)


def _residue(run: Run, rate: Rate, wrong: _Drift) -> Finding:
    last = run.mass.size - 1
    if np.isfinite(run.temperature[0]):
        last = int(np.argmax(run.temperature))
    there = level(run, last, -rate.half, rate.half)
    uncertainty = math.hypot(there.uncertainty, _start_uncertainty(run) * there.mass, wrong.uncertainty)
    return Finding(RESIDUE, there.mass, uncertainty, f"mass at {_named(run, last)} relative to the start of heating")


def _dry(run: Run, steps: tuple[Step, ...]) -> float | None:
    """Return the temperature after the steps of solvent and water, or that of the start."""
    if not np.isfinite(run.temperature[0]):
        return None
    solvent = [step for step in steps if run.temperature[step.peak] < _SOLVENT]
    place = solvent[-1].last if solvent else 0
    return float(np.max(run.temperature[: place + 1]))


def _ligands(run: Run, rate: Rate, used: TgaSettings, wrong: _Drift, notes: list[str]) -> list[Finding]:
    """Organic share of the dry mass, and ligands for each area and each dot where the dots are known."""
    end = _at(run, rate, used.end)
    dry = _at(run, rate, used.dry, used.end) if used.dry is not None else None
    if end is None or dry is None or not 0.0 < end.mass < dry.mass:
        return []
    share = 1.0 - end.mass / dry.mass
    deviation = math.hypot(end.uncertainty, dry.uncertainty * end.mass / dry.mass, wrong.uncertainty) / dry.mass
    where = f"mass lost from {_named_dry(used)} to {used.end - _ZERO:g} degC"
    found = [Finding(ORGANIC, share, deviation, f"{where}, all of it organic")]
    edge, density, molar = used.edge_length, used.density, used.ligand_molar_mass
    if edge is None or density is None or molar is None:
        spellings = ("edge_length: 8 nm", "density: 4.9 g/mL", "ligand_molar_mass: 280 g/mol")
        missing = [text for value, text in zip((edge, density, molar), spellings) if value is None]
        notes.append(f"no ligands per area: {', '.join(missing)} would be needed in the settings")
        return found
    spread = used.edge_length_spread / edge
    third, second = 1.0 + 3.0 * spread**2, 1.0 + spread**2
    per_dot = share / (1.0 - share) * density * AVOGADRO * edge**3 * third / molar
    per_area = per_dot / (6.0 * edge**2 * second)
    shares = (
        deviation / (share * (1.0 - share)),
        used.density_uncertainty / density,
        used.ligand_molar_mass_uncertainty / molar,
    )
    of_edge = used.edge_length_uncertainty / edge
    method = f"{where}, as ligands on cubes or spheres of {edge * 1e9:.3g} nm"
    notes.append("all mass lost to the end counts as ligand; solvent, water and free ligand would raise the number")
    return [
        *found,
        Finding(LIGANDS, per_area, per_area * math.hypot(*shares, of_edge), method),
        Finding(PER_DOT, per_dot, per_dot * math.hypot(*shares, 3.0 * of_edge), method),
    ]


def _named_dry(used: TgaSettings) -> str:
    return f"{(used.dry or _ZERO) - _ZERO:.0f} degC"


# ----------------------------------------------------------------------------------------------------------- figure


def _panels(run: Run, rate: Rate, steps: tuple[Step, ...]) -> tuple[Panel, ...]:
    """Return mass, its derivative, and the temperature where the axis is time."""
    if run.along == "temperature":
        axis, place, unit, per = "Temperature (°C)", run.place - _ZERO, 1.0, "%/K"
    else:
        axis, place, unit, per = "Time (min)", run.place / 60.0, 60.0, "%/min"
    marks = tuple(Mark(float(place[step.peak]), f"step {count}") for count, step in enumerate(steps, 1))
    limits = np.array(sorted({item for step in steps for item in (step.first, step.last)}), dtype=int)
    traces = [Trace(place, run.mass * 100.0, "mass")]
    if limits.size:
        traces.append(Trace(place[limits], run.mass[limits] * 100.0, "limits of the steps", "points"))
    panels = [
        Panel(axis, "Mass (%)", tuple(traces), marks),
        Panel(axis, f"Rate of loss ({per})", (Trace(place, rate.value * 100.0 * unit),)),
    ]
    if run.along == "time" and np.isfinite(run.temperature[0]):
        panels.append(Panel(axis, "Temperature (°C)", (Trace(place, run.temperature - _ZERO),)))
    return tuple(panels)


_KIND = "thermogravimetry"


def _takes(data: xarray.Dataset) -> bool:
    return data.attrs.get("kind") == _KIND and has_mass(data)


def _analyse(inputs: Inputs, settings: TgaSettings) -> Analysis:
    blanks = inputs.get("blank", ())
    return tga(inputs["curve"][0], settings, blank=blanks[0] if blanks else None)


METHOD = Method(
    name="tga",
    title="Thermogravimetry",
    settings=TgaSettings,
    quantities=(WEIGHT_LOSS, STEP_LOSS, ONSET, FASTEST, RESIDUE, ORGANIC, LIGANDS, PER_DOT),
    roles=(
        Role("curve", "mass of the sample on heating", _takes),
        Role(
            "blank",
            "run of the empty crucible",
            _takes,
            words="blank|blanc|leer|empty|baseline|correction|korrektur",
            required=False,
        ),
    ),
    analyse=_analyse,
)
