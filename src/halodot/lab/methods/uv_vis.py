"""UV-vis absorption: first exciton and the size it means, gap by Tauc and by Elliott, inflection, Urbach tail."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from halodot.constants import HC_EV
from halodot.errors import DataError
from halodot.lab.absorbance import REFLECTANCE, SATURATED, Absorbance, absorbances, has_absorbance
from halodot.lab.choices import number, span, whole, word
from halodot.lab.findings import Analysis, Finding
from halodot.lab.method import Inputs, Method, Role
from halodot.lab.methods._edge import (
    Background,
    Edge,
    EnergySpectrum,
    Urbach,
    by_energy,
    find_edge,
    fit_background,
    urbach,
)
from halodot.lab.methods._elliott import WIDTHS, Elliott, fit_elliott
from halodot.lab.methods._exciton import HALF, Exciton, fit_exciton, seed
from halodot.lab.methods._tauc import EXPONENTS, Tauc, tauc
from halodot.lab.methods._uv_view import Seen, panels, standard_table
from halodot.lab.methods._wavelength import STANDARDS, WavelengthCheck, check_wavelength
from halodot.lab.sizing import MATERIALS, Size, edge_length, sizing
from halodot.names import QUANTITIES, Quantity

if TYPE_CHECKING:
    import xarray

EXCITON = QUANTITIES["first_exciton"]
EXCITON_ENERGY = Quantity("first_exciton_energy", "eV", "eV", "Energy of the first exciton absorption", "E_1")
HALF_WIDTH = Quantity("first_exciton_hwhm", "eV", "meV", "Half width of the first exciton on its red side", "HWHM")
SIZE = QUANTITIES["edge_length"]
SPREAD = QUANTITIES["spectroscopic_spread"]
INFLECTION = Quantity("absorption_inflection", "eV", "eV", "Inflection of the absorption edge", "E_inf")
TAUC = Quantity("tauc_gap", "eV", "eV", "Gap by Tauc's plot", "E_Tauc")
TAUC_CORRECTED = Quantity("tauc_gap_baseline", "eV", "eV", "Gap by Tauc's plot with its baseline", "E_Tauc,b")
GAP = Quantity("elliott_gap", "eV", "eV", "Gap by Elliott's formula", "E_g")
BINDING = QUANTITIES["exciton_binding"]
GAMMA = Quantity("elliott_gamma", "eV", "meV", "Broadening in Elliott's formula", "Gamma")
WIDTH = Quantity("elliott_fwhm", "eV", "meV", "Line width (FWHM) in Elliott's formula", "FWHM_X")
URBACH = Quantity("urbach_energy", "eV", "meV", "Urbach energy", "E_U")
COEFFICIENT = Quantity("absorption_coefficient", "1/m", "1/cm", "Absorption coefficient at the edge", "alpha")
OFFSET = Quantity("wavelength_offset", "m", "nm", "Bands of a standard found less certified", "delta lambda")

#: edge length below which bands of a crystal are no longer a basis [m]
_SMALL = 10e-9
#: what is left below the gap, relative to the edge and as chi-square of a point, from which it is no smooth background
_ROUGH, _BEYOND_NOISE = 0.008, 4.0
#: standard uncertainty of the energy relative to the half width from which line and continuum are hardly told apart
_VAGUE = 0.3
#: absorbance below zero that is no offset of two cuvettes any more
_NEGATIVE = 0.1
_NO_TAUC_EXCITON = "Tauc's plot has no basis: the edge is that of an exciton, and gaps read so are too low"
_NO_TAUC_DOTS = "Tauc's plot has no basis: dots below 10 nm have levels, not the bands that it assumes"
_NO_ELLIOTT_DOTS = "Elliott's formula is that of a crystal, and dots below 10 nm have levels instead"


@dataclass(frozen=True)
class UvVisSettings:
    """What can be chosen."""

    window: tuple[float, float] | None = span("m", "wavelengths that are analysed; all", shown="nm")
    reflectance: str = word(*REFLECTANCE, default=REFLECTANCE[0], about="how a reflectance becomes an absorbance")
    saturation: float = number("1", "absorbance above which stray light falsifies", SATURATED, valid="positive")
    background: str = word("scattering", "constant", "none", default="scattering", about="below the gap")
    background_window: tuple[float, float] | None = span("m", "wavelengths below the gap", shown="nm")
    line: str = word("Gaussian", "Voigt", default="Gaussian", about="shape of the first exciton")
    exciton_range: tuple[float, float] | None = span("eV", "photon energies of the fit of the exciton")
    material: str | None = word("none", *MATERIALS, default=None, about="of dots that are sized; as the file is named")
    transition: str = word(*EXPONENTS, default="direct", about="of Tauc's plot")
    tauc_range: tuple[float, float] | None = span("eV", "photon energies in which Tauc's plot is straight somewhere")
    elliott: str | None = word("none", *WIDTHS, default=None, about="broadening in Elliott's formula; the best")
    elliott_range: tuple[float, float] | None = span("eV", "photon energies of the fit of Elliott's formula")
    urbach_range: tuple[float, float] | None = span("eV", "photon energies in which the tail is looked for")
    thickness: float | None = number("m", "of a film, for its absorption coefficient", shown="nm", valid="positive")
    standard: str = word("recognised", "none", *STANDARDS, default="recognised", about="whose bands check the axis")
    axis_uncertainty: float = number(
        "m", "standard uncertainty of the wavelength axis", 0.3e-9, shown="nm", valid="nonnegative"
    )
    resamples: int = whole("draws for the uncertainty of the size", 400, least=50)
    seed: int = whole("of the draws", 0)


@dataclass(frozen=True, eq=False)
class _Found:
    """All that one spectrum gave."""

    label: str
    item: Absorbance
    used: UvVisSettings
    spectrum: EnergySpectrum
    edge: Edge
    background: Background
    exciton: Exciton | None
    size: Size | None
    tauc: Tauc | None
    corrected: Tauc | None
    elliott: Elliott | None
    urbach: Urbach | None
    warnings: tuple[str, ...]
    notes: tuple[str, ...]


def uv_vis(data: xarray.Dataset, settings: UvVisSettings | None = None) -> Analysis:
    """Return first exciton, size, gaps, inflection and Urbach energy of an absorption spectrum.

    What lies below the gap, A0 + k/lambda^4, is taken off. The first exciton is where the spectrum bends down first; a
    line on a continuum that rises with it is fitted there. Its energy gives the size by the confinement model of the
    dots stage. Uncertainties hold the noise, how windows and models disagree, and the wavelength axis.

    Args:
        data: absorbance, transmittance, reflectance, or sample with dark and reference, against wavelength.
        settings: what is chosen otherwise than by default.

    Raises:
        DataError: there is no spectrum, or nothing absorbs in it.
    """
    chosen = settings or UvVisSettings()
    found: list[_Found] = []
    checks: list[tuple[str, WavelengthCheck]] = []
    problems: list[str] = []
    items = absorbances(data, "wavelength", chosen.reflectance)
    material, said = _material(data, chosen)
    for item in items:
        label = item.label
        try:
            part = _windowed(item, chosen)
            check = check_wavelength(part, chosen.standard)
            if check is not None:
                checks.append((label, check))
            else:
                found.append(_analysed(part, replace(chosen, material=material), label, chosen.material is not None))
        except DataError as error:
            problems.append(f"{label}: {error}" if label else str(error))
    if not found and not checks:
        raise DataError("; ".join(problems))
    notes = [*(items[0].notes), *(said if found else ()), *(note for one in found for note in one.notes)]
    notes += [f"{_of(label)}bands of {check.name} are compared; no edge is sought" for label, check in checks]
    if found:
        notes.append(f"{chosen.axis_uncertainty * 1e9:g} nm is taken as the standard uncertainty of the axis")
    used = found[0].used if len(found) == 1 else replace(chosen, material=material)
    findings = [item for one in found for item in _findings(one)]
    return Analysis(
        method="uv_vis",
        settings=used,
        findings=(*findings, *(_offset(label, check) for label, check in checks)),
        warnings=(*problems, *(warning for one in found for warning in one.warnings)),
        notes=tuple(dict.fromkeys(notes)),
        panels=tuple(panel for one in found[:2] for panel in panels(_seen(one))),
        tables={f"{_of(label)}{check.name}": standard_table(check) for label, check in checks},
    )


def _of(label: str) -> str:
    return f"{label}: " if label else ""


def _windowed(item: Absorbance, chosen: UvVisSettings) -> Absorbance:
    low, high = chosen.window or (0.0, math.inf)
    part = item.within(low, high)
    if part.x.size < 25:
        raise DataError(
            f"{part.x.size} points from {low * 1e9:g} to {high * 1e9:g} nm; the spectrum has "
            f"{item.x[0] * 1e9:.0f} to {item.x[-1] * 1e9:.0f} nm: choose another window"
        )
    return part


def _material(data: xarray.Dataset, chosen: UvVisSettings) -> tuple[str, tuple[str, ...]]:
    """Return the material whose dots are sized, by the names in the file where it is not chosen."""
    if chosen.material is not None:
        return chosen.material, ()
    names = " ".join(str(data.attrs.get(key, "")) for key in ("sample", "title", "file", "comment")).lower()
    named = [item for item in MATERIALS if item.lower() in names]
    if len(named) == 1 and "film" not in names and chosen.thickness is None:
        return named[0], (f"the name of the file says {named[0]}: dots of it are sized",)
    return "none", ("no size: which material the dots are of is not known; say it, for example `material: CsPbI3`",)


def _analysed(item: Absorbance, chosen: UvVisSettings, label: str, stated: bool) -> _Found:
    """Return all that one spectrum gives; ``stated`` where the material was chosen, not read off a name."""
    spectrum, notes = _without_saturation(by_energy(item), chosen)
    warnings: list[str] = []
    if float(np.median(item.y)) < -_NEGATIVE:
        warnings.append("more light comes through than without the sample: is the reference its own?")
    edge = _edge_of(spectrum, bool(notes))
    background, word_on_it = fit_background(spectrum, edge, chosen.background, chosen.background_window)
    notes += [word_on_it] if word_on_it else []
    if background.residual > _ROUGH * edge.height and background.chi2 > _BEYOND_NOISE:
        warnings.append("what lies below the gap is not smooth: interference fringes, or a step of the detector?")
    clean = replace(spectrum, absorbance=spectrum.absorbance - background.at(spectrum.energy))
    begin = seed(clean, edge)
    exciton = fit_exciton(clean, edge, begin, chosen.line, chosen.exciton_range) if begin else None
    size = None
    if exciton is None:
        notes.append("no exciton stands on the edge")
    elif chosen.material != "none":
        size, problem = _size(exciton, chosen)
        (warnings if stated else notes).extend([problem] if problem else [])
    ranges = _ranges(chosen, spectrum, edge, background, exciton)
    centre = (exciton.energy, exciton.half_width) if exciton else (edge.inflection, 0.5 * edge.width)
    formula = None if chosen.elliott == "none" else fit_elliott(clean, centre, chosen.elliott, ranges.elliott)
    if chosen.elliott != "none" and (formula is None or not formula.describes):
        notes.append("Elliott's formula does not describe the edge: no gap by it")
        formula = None
    plain, corrected = (tauc(spectrum, background, chosen.transition, ranges.tauc, line) for line in (False, True))
    used = replace(
        chosen,
        window=chosen.window or (float(item.x[0]), float(item.x[-1])),
        exciton_range=chosen.exciton_range or (exciton.range if exciton else None),
        tauc_range=ranges.tauc,
        elliott_range=ranges.elliott,
        urbach_range=ranges.urbach,
        elliott=formula.broadening if formula is not None else chosen.elliott,
    )
    tail = urbach(spectrum, background, edge, ranges.urbach)
    of = _of(label)
    return _Found(
        label, item, used, spectrum, edge, background, exciton, size, plain, corrected, formula, tail,
        tuple(of + text for text in warnings), tuple(of + text for text in notes),
    )  # fmt: skip


def _edge_of(spectrum: EnergySpectrum, cut: bool) -> Edge:
    """Return the first edge; ``cut`` where the spectrum ends in stray light."""
    saturated = "the edge itself is saturated: dilute the sample, or take a thinner film"
    try:
        edge = find_edge(spectrum)
    except DataError as error:
        raise DataError(saturated if cut and spectrum.absorbance[-1] > 1.0 else str(error)) from error
    if cut and edge.inflection + edge.width > spectrum.energy[-1]:
        raise DataError(saturated)
    return edge


def _without_saturation(spectrum: EnergySpectrum, chosen: UvVisSettings) -> tuple[EnergySpectrum, list[str]]:
    """Return the spectrum up to where hardly any light comes through, and a note where that is cut off."""
    dense = spectrum.energy[spectrum.absorbance > chosen.saturation]
    if not dense.size:
        return spectrum, []
    part = spectrum.within(0.0, float(np.nextafter(dense[0], 0.0)))
    place = f"{HC_EV / dense[0] * 1e9:.0f} nm"
    if part.energy.size < 25:
        raise DataError(
            f"the absorbance is over {chosen.saturation:g} from {place} to the blue: that is stray light; dilute the "
            "sample, or raise saturation if the spectrometer can measure it"
        )
    return part, [f"from {place} to the blue the absorbance is over {chosen.saturation:g}: left out"]


def _size(exciton: Exciton, chosen: UvVisSettings) -> tuple[Size | None, str]:
    model = sizing(str(chosen.material))
    sd = math.hypot(exciton.energy_sd, exciton.energy**2 * chosen.axis_uncertainty / HC_EV)
    try:
        found = edge_length(exciton.energy, sd, model, chosen.resamples, chosen.seed)
    except DataError as error:
        return None, str(error)
    return found, ""


@dataclass(frozen=True)
class _Ranges:
    """Photon energies in which each analysis looks [eV]."""

    tauc: tuple[float, float]
    elliott: tuple[float, float]
    urbach: tuple[float, float]


def _ranges(
    chosen: UvVisSettings, spectrum: EnergySpectrum, edge: Edge, background: Background, exciton: Exciton | None
) -> _Ranges:
    """Return the ranges as chosen, or around exciton and edge."""
    first, last = float(spectrum.energy[0]), float(spectrum.energy[-1])
    if exciton is not None:
        top = exciton.energy
        around = (exciton.energy - 9.0 * exciton.half_width, exciton.energy + 9.0 * exciton.half_width)
    else:
        top = edge.inflection + 2.0 * edge.width
        around = (edge.inflection - 3.0 * edge.width, edge.inflection + 3.0 * edge.width)
    tail = background.upper if math.isfinite(background.upper) else first
    return _Ranges(
        tauc=chosen.tauc_range or (max(edge.inflection - 0.8 * edge.width, first), min(top, last)),
        elliott=chosen.elliott_range or (max(around[0], first), min(around[1], last)),
        urbach=chosen.urbach_range or (min(tail, edge.inflection - edge.width), edge.inflection),
    )


def _findings(one: _Found) -> list[Finding]:
    """Return the findings of one spectrum."""
    axis = one.used.axis_uncertainty

    def finding(quantity: Quantity, value: float, sd: float, method: str, **more: Any) -> Finding:
        shift = value**2 * axis / HC_EV if quantity.unit == "eV" and quantity not in _WIDTHS else 0.0
        return Finding(quantity, value, math.hypot(sd, shift), method, of=one.label, **more)

    made: list[Finding] = []
    small = one.size is not None and one.size.edge_length < _SMALL
    if one.exciton is not None:
        made += _exciton_findings(one, one.exciton, finding)
    made.append(finding(INFLECTION, one.edge.inflection, one.edge.inflection_sd, "steepest place of the edge"))
    why = (_NO_TAUC_DOTS,) if small else ((_NO_TAUC_EXCITON,) if one.exciton is not None else ())
    apart = 0.5 * (one.tauc.gap - one.corrected.gap) if one.tauc is not None and one.corrected is not None else 0.0
    for quantity, plot in ((TAUC, one.tauc), (TAUC_CORRECTED, one.corrected)):
        if plot is not None:
            how = f"{one.used.transition} transition, {plot.windows} windows"
            told = why if plot.straight else (*why, "Tauc's plot is straight nowhere on the edge")
            made.append(finding(quantity, plot.gap, math.hypot(plot.uncertainty, apart), how, warnings=told))
    if one.elliott is not None:
        item, told = one.elliott, ((_NO_ELLIOTT_DOTS,) if small else ())
        how = f"Elliott's formula, {item.broadening} broadening, least squares"
        made.append(finding(GAP, item.gap, item.gap_sd, how, warnings=told))
        if math.isfinite(item.binding_most):
            made.append(finding(BINDING, item.binding_most, item.binding_sd, how, warnings=told, bound="at most"))
        else:
            made.append(finding(BINDING, item.binding, item.binding_sd, how, warnings=told))
        made.append(finding(GAMMA, item.gamma, item.gamma_sd, how, warnings=told))
        made.append(finding(WIDTH, item.width, item.width_sd, how, warnings=told))
    if one.urbach is not None:
        bent = () if one.urbach.straight else ("the tail is not exponential: its slope differs between its halves",)
        how = f"slope of ln A from {one.urbach.low:.3f} to {one.urbach.high:.3f} eV"
        made.append(finding(URBACH, one.urbach.energy, one.urbach.uncertainty, how, warnings=bent))
    if one.used.thickness is not None:
        made.append(_coefficient(one, one.used.thickness))
    return made


def _exciton_findings(one: _Found, exciton: Exciton, finding: Any) -> list[Finding]:
    how = f"{one.used.line} on a {exciton.continuum_name} of continuum, least squares"
    told = () if exciton.describes else ("line and continuum do not describe the spectrum",)
    if exciton.energy_sd > _VAGUE * exciton.half_width:
        told = (*told, "line and continuum are hardly told apart")
    place = HC_EV / exciton.energy
    place_sd = math.hypot(place * exciton.energy_sd / exciton.energy, one.used.axis_uncertainty)
    made = [
        Finding(EXCITON, place, place_sd, how, of=one.label, warnings=told),
        finding(EXCITON_ENERGY, exciton.energy, exciton.energy_sd, how, warnings=told),
        finding(HALF_WIDTH, exciton.half_width, exciton.half_width_sd, how, warnings=told),
    ]
    if one.size is not None:
        size = one.size
        near = ("the exciton is so near the gap of the crystal that sizes can hardly be told apart",)
        source = sizing(str(one.used.material)).source
        more: dict[str, Any] = {"interval": size.interval, "warnings": near if size.open_above else ()}
        made.append(finding(SIZE, size.edge_length, size.uncertainty, source, **more))
        spread = exciton.half_width / HALF / abs(size.slope)
        limit = "all of the half width as a spread of sizes; the line of one dot is in it too"
        sd = spread * exciton.half_width_sd / exciton.half_width
        made.append(finding(SPREAD, spread, sd, limit, bound="at most"))
    return made


def _coefficient(one: _Found, thickness: float) -> Finding:
    """Return ln(10) A / d at the exciton, or at the inflection."""
    energy = one.exciton.energy if one.exciton is not None else one.edge.inflection
    spectrum = one.spectrum
    level = float(np.interp(energy, spectrum.energy, spectrum.absorbance - one.background.at(spectrum.energy)))
    noise = float(np.interp(energy, spectrum.energy, np.hypot(spectrum.sd, one.background.sd(spectrum.energy))))
    factor = math.log(10.0) / thickness
    how = f"ln(10) A / d at {energy:.3f} eV; reflection is not taken off"
    return Finding(COEFFICIENT, factor * level, factor * noise, how, of=one.label)


_WIDTHS = (HALF_WIDTH, GAMMA, WIDTH, URBACH, BINDING)


def _offset(label: str, check: WavelengthCheck) -> Finding:
    offsets = check.offsets
    sd = float(np.std(offsets, ddof=1)) / math.sqrt(offsets.size)
    return Finding(OFFSET, float(np.mean(offsets)), sd, f"mean of {offsets.size} bands of {check.name}", of=label)


def _seen(one: _Found) -> Seen:
    return Seen(
        one.label,
        one.item,
        one.spectrum,
        one.background,
        one.edge,
        one.exciton,
        one.elliott,
        one.tauc,
        one.used.transition,
    )


def _takes(data: xarray.Dataset) -> bool:
    return data.attrs.get("kind") in ("absorption", "spectrum") and has_absorbance(data, "wavelength")


def _analyse(inputs: Inputs, settings: UvVisSettings) -> Analysis:
    return uv_vis(inputs["spectrum"][0], settings)


METHOD = Method(
    name="uv_vis",
    title="UV-vis absorption",
    settings=UvVisSettings,
    quantities=(
        EXCITON, EXCITON_ENERGY, HALF_WIDTH, SIZE, SPREAD, INFLECTION, TAUC, TAUC_CORRECTED, GAP, BINDING, GAMMA, WIDTH,
        URBACH, COEFFICIENT, OFFSET,
    ),
    roles=(Role("spectrum", "absorption spectrum against wavelength", _takes),),
    analyse=_analyse,
)  # fmt: skip
