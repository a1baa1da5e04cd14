"""XPS: binding energies, chemical states and composition from core lines."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from halodot.arrays import Array
from halodot.errors import DataError
from halodot.lab.choices import flag, number, text, whole, word
from halodot.lab.findings import Analysis, Finding, Mark, Panel, Trace
from halodot.lab.fitting import propagated
from halodot.lab.method import Inputs, Method, Role
from halodot.lab.methods._xps_composition import Peak, composition
from halodot.lab.methods._xps_fit import (
    BACKGROUNDS,
    LineFit,
    beside,
    fitted_line,
    in_window,
    integrated,
    maximum,
    states,
)
from halodot.lab.methods._xps_lines import Line, line_named, lines_within
from halodot.lab.photoelectrons import Region, noise, regions
from halodot.names import QUANTITIES, Quantity

if TYPE_CHECKING:
    import xarray

ENERGY = QUANTITIES["binding_energy"]
SHIFT = Quantity("charge_shift", "eV", "eV", "Shift of the binding energies by the charge reference", "Delta E_B")
WIDTH = Quantity("core_line_fwhm", "eV", "eV", "Line width (FWHM) of a core line", "FWHM")
AREA = Quantity("core_line_area", "eV", "eV", "Area of a core line in its signal times eV", "A")
SPLITTING = Quantity("doublet_splitting", "eV", "eV", "Splitting of a doublet", "Delta_so")
STATE_SHARE = Quantity("chemical_state_fraction", "1", "%", "Share of a chemical state in a core line", "x")
METALLIC = Quantity("metallic_lead_fraction", "1", "%", "Share of metallic lead in the lead", "x_Pb0")
FRACTION = Quantity("atomic_fraction", "1", "%", "Atomic fraction", "x_at")
RATIO = Quantity("atomic_ratio", "1", "1", "Atomic ratio", "r")
_SURVEY = 100.0  # wider regions are surveys [eV]
_SOFT = 100.0  # photon energies below are those of UPS [eV]
_BELOW_USUAL, _ABOVE_USUAL = 12.0, 12.0  # how far charging moves lines [eV]
#: metallic lead lies this far below lead of halides and oxides [eV]; Moulder et al. (1992): 136.9 against 138 to 139
_LEAD_SHIFT = 1.7
_LEAD_REACH = (1.0, 2.4)
#: a Voigt and a pseudo-Voigt line that agree near the maximum differ by so much in their wings
_WINGS_DOUBT = 0.5
#: a background tilts where its slope is sure by so many standard deviations and over the window this share of it
_SURE, _TILTED = 4.0, 0.1
_MISFIT = 4.0  # reduced chi-square above which a fit does not describe a line
_MISFIT_SHARE = 0.05  # and residuals of this share of its height


@dataclass(frozen=True)
class XpsSettings:
    """What can be chosen."""

    photon_energy: float | None = number("eV", "photon energy; that of the file")
    lines: str = text("lines that are fitted, such as Pb 4f, I 3d; those that labels and file names tell")
    background: str = word(*BACKGROUNDS, default="Shirley", about="background of scattered electrons")
    below: float = number("eV", "window below the maximum of a line", 5.0, valid="positive")
    above: float | None = number(
        "eV", "window above it and the splitting; 7 eV for 1s lines, else 5 eV", valid="positive"
    )
    components: int | None = whole("components of each line; as many as the likelihood asks for", least=1)
    free_splitting: bool = flag("splitting of doublets fitted", default=False)
    reference: str = text("line that refers the charge, or none", "C 1s")
    reference_energy: float | None = number("eV", "its binding energy; 284.8 eV for C 1s, 84.0 eV for Au 4f7/2")
    reference_uncertainty: float = number("eV", "standard uncertainty of that", 0.2, valid="nonnegative")
    sensitivities: str = text("sensitivities (C 1s = 1) in place of Scofield's, such as Pb 4f 22.7, I 3d 33.6")
    sensitivity_uncertainty: float = number("1", "relative standard uncertainty of each", 0.1, valid="nonnegative")
    escape_exponent: float = number("1", "exponent of the kinetic energy in the escape depth", 0.75)


@dataclass(frozen=True, eq=False)
class _Fitted:
    """A line of a region as it was analysed."""

    region: Region
    line: Line
    energy: Array
    signal: Array
    fit: LineFit | None  # None for multiplets, whose area alone is integrated
    below: Array  # background (point,)
    place: float  # eV, of the maximum, as measured
    place_sd: float
    area: float
    area_sd: float
    warnings: tuple[str, ...] = ()


def xps(data: xarray.Dataset, settings: XpsSettings | None = None) -> Analysis:
    """Return binding energies, widths, chemical states and the composition from the core lines of a sample.

    Each line is fitted by pseudo-Voigt components, doublets with the splitting and the area ratio of their spins,
    together with the background of scattered electrons (Shirley: in proportion to the lines at smaller binding energy).

    Args:
        data: regions of one sample, as `halodot.read` returns them.
        settings: what is chosen otherwise than by default.

    Raises:
        DataError: no region has a core line that is known, or the photon energy is missing.

    Source: charge referencing: Greczynski and Hultman, Prog. Mater. Sci. 107, 100591 (2020),
    https://doi.org/10.1016/j.pmatsci.2019.100591.
    """
    chosen = settings or XpsSettings()
    found, notes, failures = _all_lines(data, chosen)
    if not found:
        raise DataError("; ".join(failures) or _nothing(data, chosen))
    samples = list(dict.fromkeys(item.region.sample for item in found))
    findings: list[Finding] = []
    for sample in samples:
        made, said = _of_sample([item for item in found if item.region.sample == sample], chosen)
        prefix = f"{sample}: " if len(samples) > 1 else ""
        findings += [replace(one, of=(prefix + one.of).removesuffix(": ")) for one in made]
        notes += [prefix + one for one in said]
    hv = next((item.region.photon_energy for item in found if math.isfinite(item.region.photon_energy)), None)
    return Analysis(
        method="xps",
        settings=replace(chosen, photon_energy=hv),
        findings=tuple(findings),
        notes=tuple(dict.fromkeys((*notes, *failures))),
        panels=tuple(_panel(item) for item in found[:6]),
        tables={"lines": _table(found)},
    )


def _of_sample(found: list[_Fitted], chosen: XpsSettings) -> tuple[list[Finding], list[str]]:
    """Return the findings of the lines of one sample, and notes."""
    shift, shift_sd, reference, notes = _charge(found, chosen)
    findings = [one for item in found for one in _findings(item, shift, shift_sd, reference)]
    if shift_sd is not None:
        findings.insert(0, Finding(SHIFT, shift, shift_sd, f"{reference} placed at its reference energy"))
    peaks = [Peak(item.line, item.region, item.place, item.area, item.area_sd) for item in found]
    atoms = composition(peaks, chosen.sensitivities, chosen.sensitivity_uncertainty, chosen.escape_exponent)
    findings += [Finding(FRACTION, *value, atoms.method, of=name) for name, value in atoms.fractions.items()]
    findings += [Finding(RATIO, *value, atoms.method, of=name) for name, value in atoms.ratios.items()]
    return findings, [*notes, *atoms.notes]


def _nothing(data: xarray.Dataset, chosen: XpsSettings) -> str:
    there = regions(data, chosen.photon_energy)
    name = data.attrs.get("file", "the measurement")
    if not there and data.attrs.get("kind") == "photoelectrons":
        return f"{name}: no spectrum against one energy axis; export single spectra of a depth profile or a map"
    if there and not any(item.binding for item in there):
        return f"{name}: kinetic energies without the photon energy; say photon_energy: 1486.6 eV"
    labels = ", ".join(item.label or "one without a name" for item in there) or "none"
    return f"{name}: no region shows a core line that is known (regions: {labels}); say lines: Pb 4f"


def _all_lines(data: xarray.Dataset, chosen: XpsSettings) -> tuple[list[_Fitted], list[str], list[str]]:
    """Return every line that is found, notes, and what went wrong with others."""
    found: list[_Fitted] = []
    notes: list[str] = []
    failures: list[str] = []
    there = regions(data, chosen.photon_energy)
    for region in there:
        lines, said = _lines_of(region, str(data.attrs.get("file", "")), chosen.lines, len(there) == 1)
        notes += said
        for line in lines:
            try:
                found.append(_fitted(region, line, chosen))
            except DataError as error:
                failures.append(f"{region.label or line.name}: {error}")
    return found, notes, failures


def _lines_of(region: Region, file: str, chosen: str, alone: bool) -> tuple[list[Line], list[str]]:
    """Return the lines of a region: as chosen, as its label or file names it, or the one at its maximum."""
    if not region.binding or region.energy.size < 8:
        return [], []
    low, high = float(region.energy[0]), float(region.energy[-1])
    if chosen.strip():
        named = [line_named(part) for part in chosen.split(",")]
        return [line for line in named if line is not None and low < line.energy < high], []
    line = line_named(region.label) or (line_named(file) if alone else None)
    if line is not None:
        return ([line] if low - _BELOW_USUAL < line.energy < high + _ABOVE_USUAL else []), []
    if high - low > _SURVEY:
        return [], [
            f"{region.label or 'the survey'} is wider than {_SURVEY:g} eV and is not fitted; say lines: Pb 4f, I 3d"
        ]
    top = float(region.energy[int(np.argmax(region.signal))])
    near = sorted(lines_within(max(top - 3.0, 40.0), top + 3.0), key=lambda one: abs(one.energy - top))
    if not near:
        return [], []
    return [near[0]], [f"{region.label or 'the region'} is taken for {near[0].name} by its energy"]


def _fitted(region: Region, line: Line, chosen: XpsSettings) -> _Fitted:
    sd = noise(region)
    usual = (region.energy > line.energy - _BELOW_USUAL) & (region.energy < line.energy + line.splitting + _ABOVE_USUAL)
    if not usual.any():
        raise DataError(f"no {line.name} between {region.energy[0]:.4g} and {region.energy[-1]:.4g} eV")
    if line.multiplet:
        return _integrated(region, line, sd)
    first = _window(region, line, chosen, _top(region, line, usual), 0.0)
    free = chosen.free_splitting
    args = region.energy[first], region.signal[first], sd[first]
    fit = fitted_line(line, *args, chosen.background, chosen.components, free)
    scale = math.sqrt(max(fit.fit.reduced_chi2, 1.0))
    area, spread = fit.area
    place, place_sd = propagated(fit.fit, lambda numbers: maximum(fit, numbers))
    windows = math.hypot(spread * scale, _by_window(region, line, chosen, fit, sd), _WINGS_DOUBT * _wings(fit))
    return _Fitted(
        region,
        line,
        fit.energy,
        fit.signal,
        fit,
        fit.below(),
        place,
        place_sd * scale,
        area,
        windows,
        _misfit(fit),
    )


def _top(region: Region, line: Line, usual: NDArray[np.bool_]) -> float:
    """Return where the stronger part of a line is highest."""
    energy, signal = region.energy[usual], region.signal[usual]
    straight = np.interp(energy, energy[[0, -1]], [signal[:3].mean(), signal[-3:].mean()])
    above = signal - straight
    if line.splitting > 0.0:  # both parts: the stronger one is where signal and what lies a splitting above are high
        above = above + 0.7 * np.interp(energy + line.splitting, energy, above, right=0.0)
    return float(energy[int(np.argmax(above))])


def _window(region: Region, line: Line, chosen: XpsSettings, top: float, wider: float) -> NDArray[np.intp]:
    above = chosen.above if chosen.above is not None else 7.0 if line.name.endswith("1s") else 5.0
    low, high = top - chosen.below - wider, top + line.splitting + above + wider
    return np.flatnonzero((region.energy >= low) & (region.energy <= high))


def _by_window(region: Region, line: Line, chosen: XpsSettings, fit: LineFit, sd: Array) -> float:
    """Return how much the area changes with the ends of the background, and with its slope."""
    top = float(fit.energies[fit.main])
    areas = [fit.area[0]]
    other = "Shirley" if chosen.background == "Tougaard" else "Tougaard"
    for wider, level, kind in ((-1.0, False, ""), (1.0, False, ""), (0.0, True, ""), (0.0, False, other)):
        part = _window(region, line, chosen, top, wider)
        args = region.energy[part], region.signal[part], sd[part], kind or chosen.background
        areas.append(in_window(fit, *args, level).area[0])
    return float(np.std(areas))


def _wings(fit: LineFit) -> float:
    """Return the area of the Lorentzian wings outside of the window, which the shape of the line extrapolates."""
    numbers = fit.fit.values
    main = float(fit.energies[fit.main])
    ends = 1.0 / (main - float(fit.energy[0])) + 1.0 / (float(fit.energy[-1]) - main - fit.line.splitting)
    return float(numbers[1] * fit.width / (2.0 * math.pi) * ends * fit.area[0])


def _misfit(fit: LineFit) -> tuple[str, ...]:
    height = float(np.max(fit.signal - fit.below()))
    left = float(np.std(fit.fit.residuals * fit.sd))
    if fit.fit.reduced_chi2 > _MISFIT and left > _MISFIT_SHARE * height:
        return (
            f"{fit.components} components do not describe {fit.line.name}: residuals are {left / height:.0%} of it",
        )
    return ()


def _tilt(fit: LineFit) -> tuple[str, ...]:
    """Return what a background tells that rises or falls besides what the line itself scatters."""
    level, slope = float(fit.fit.values[2]), float(fit.fit.values[5])
    sure = abs(slope) > _SURE * float(fit.fit.uncertainties[5]) * math.sqrt(max(fit.fit.reduced_chi2, 1.0))
    if sure and abs(slope) > _TILTED * abs(level):
        said = f"the background changes by {slope / level:+.0%} besides what {fit.line.name} scatters"
        return (f"{said}; its area depends on the law of the background",)
    return ()


def _integrated(region: Region, line: Line, sd: Array) -> _Fitted:
    place, area, spread, below = integrated(region.energy, region.signal, sd)
    if not area > 3.0 * spread:
        raise DataError(f"no {line.name} stands above the background by three standard deviations")
    step = float(np.median(np.diff(region.energy)))
    return _Fitted(region, line, region.energy, region.signal, None, below, place, step, area, spread)


def _charge(found: list[_Fitted], chosen: XpsSettings) -> tuple[float, float | None, str, list[str]]:
    """Return the shift that places the reference line at its energy; no uncertainty where there is no reference."""
    wanted = line_named(chosen.reference)
    if wanted is None:
        return 0.0, None, "", ["binding energies are as measured: no charge reference was chosen"]
    there = [item for item in found if item.line.name == wanted.name]
    if not there:
        said = f"binding energies are as measured: {wanted.name}, the charge reference, is not in this file"
        return 0.0, None, "", [said]
    known = {"C 1s": 284.8, "Au 4f": 84.0, "Ag 3d": 368.2}.get(wanted.name)
    target = chosen.reference_energy if chosen.reference_energy is not None else known
    if target is None:
        return 0.0, None, "", [f"{wanted.name} refers no charge without its energy; say reference_energy: 530 eV"]
    shift = target - there[0].place
    said = f"{wanted.part} is placed at {target:g} eV, which shifts every binding energy by {shift:+.2f} eV"
    return shift, math.hypot(there[0].place_sd, chosen.reference_uncertainty), wanted.part, [said]


def _findings(item: _Fitted, shift: float, shift_sd: float | None, reference: str) -> list[Finding]:
    name = item.line.part
    referred = f", {reference} as charge reference" if shift_sd is not None else ", as measured"
    how = "maximum above an iterative Shirley background"
    if item.fit is not None:
        how = f"{item.fit.components} pseudo-Voigt components with {item.fit.background} background"
    spread = item.place_sd if shift_sd is None else math.hypot(item.place_sd, shift_sd)
    if name == reference:
        spread = shift_sd or spread
    found = [Finding(ENERGY, item.place + shift, spread, how + referred, of=name, warnings=item.warnings)]
    told = (*item.warnings, *_tilt(item.fit)) if item.fit is not None else item.warnings
    found.append(Finding(AREA, item.area, item.area_sd, how, of=item.line.name, warnings=told))
    if item.fit is None:
        return found
    fit = item.fit
    scale = math.sqrt(max(fit.fit.reduced_chi2, 1.0))
    found.append(Finding(WIDTH, fit.width, scale * float(fit.fit.uncertainties[0]), how, of=name))
    if fit.splitting_free and item.line.doublet:
        found.append(Finding(SPLITTING, fit.splitting, scale * float(fit.fit.uncertainties[4]), how, of=item.line.name))
    several = states(fit)
    if len(several) > 1:
        for energy, area, area_sd in several:
            of = f"{name} at {energy + shift:.1f} eV"
            found.append(Finding(STATE_SHARE, area / item.area, scale * area_sd / item.area, how, of=of))
    if item.line.name == "Pb 4f":
        found.append(_metallic(item, several))
    return found


def _metallic(item: _Fitted, several: list[tuple[float, float, float]]) -> Finding:
    """Return the share of metallic lead, or what it is at most."""
    assert item.fit is not None
    main = several[0][0]
    there = [one for one in several[1:] if _LEAD_REACH[0] < main - one[0] < _LEAD_REACH[1]]
    scale = math.sqrt(max(item.fit.fit.reduced_chi2, 1.0))
    if there:
        energy, area, spread = there[0]
        said = f"component {main - energy:.2f} eV below the main one, kept since the likelihood asks for it"
        return Finding(METALLIC, area / item.area, scale * spread / item.area, said)
    tried = beside(item.fit, main - _LEAD_SHIFT)
    area, spread = float(tried.areas[-1]), float(tried.fit.uncertainties[-1])
    gain = float(np.sum(item.fit.fit.residuals**2) - np.sum(tried.fit.residuals**2))
    most = (max(area, 0.0) + 1.645 * scale * spread) / item.area
    said = f"95 % bound on a component {_LEAD_SHIFT:g} eV below, with which chi-square falls by {max(gain, 0.0):.1f}"
    return Finding(METALLIC, min(most, 1.0), 0.0, said, bound="at most")


def _table(found: list[_Fitted]) -> dict[str, list[object]]:
    rows: dict[str, list[object]] = {"line": [], "energy as measured (eV)": [], "FWHM (eV)": [], "area": []}
    for item in found:
        several = states(item.fit) if item.fit is not None else [(item.place, item.area, item.area_sd)]
        for energy, area, _ in several:
            rows["line"].append(item.line.part)
            rows["energy as measured (eV)"].append(energy)
            rows["FWHM (eV)"].append(item.fit.width if item.fit is not None else math.nan)
            rows["area"].append(area)
    return rows


def _panel(item: _Fitted) -> Panel:
    points = Trace(item.energy, item.signal, "measured", "points")
    traces = [points, Trace(item.energy, item.below, "background", "dashed")]
    if item.fit is not None:
        traces.append(Trace(item.energy, item.fit.fit.model, "fit"))
        if item.fit.components > 1:
            traces += [Trace(item.energy, item.below + item.fit.component(n), "") for n in range(item.fit.components)]
    name = "Counts per second" if item.region.rate else "Counts"
    mark = Mark(item.place, f"{item.line.part} {item.place:.2f} eV")
    return Panel("Binding energy (eV), as measured", name, tuple(traces), (mark,), x_reversed=True)


def _takes(data: xarray.Dataset) -> bool:
    there = regions(data)
    if any(item.photon_energy < _SOFT for item in there):
        return False
    file = str(data.attrs.get("file", ""))
    return any(_lines_of(item, file, "", len(there) == 1)[0] for item in there)


def _analyse(inputs: Inputs, settings: XpsSettings) -> Analysis:
    return xps(inputs["spectra"][0], settings)


METHOD = Method(
    name="xps",
    title="X-ray photoelectron spectra",
    settings=XpsSettings,
    quantities=(SHIFT, ENERGY, WIDTH, AREA, SPLITTING, STATE_SHARE, METALLIC, FRACTION, RATIO),
    roles=(Role("spectra", "photoelectrons of core lines against binding or kinetic energy", _takes),),
    analyse=_analyse,
)
