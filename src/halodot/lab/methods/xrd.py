"""X-ray diffraction pattern: reflections, size of crystallites, lattice constants, strain, phases."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from halodot.errors import DataError
from halodot.lab.choices import number, numbers, span, whole, word
from halodot.lab.findings import Analysis, Finding, Panel
from halodot.lab.method import Inputs, Method, Role
from halodot.lab.methods._xrd_cell import Cell, perovskite, refined
from halodot.lab.methods._xrd_fit import Group, Pattern
from halodot.lab.methods._xrd_instrument import instrument_of
from halodot.lab.methods._xrd_lines import Radiation, radiation
from halodot.lab.methods._xrd_pattern import AXES, SIGNALS, beta_lines, pattern_of
from halodot.lab.methods._xrd_phases import RATIO, Comparison, compared, likely, phase_panel, verdict
from halodot.lab.methods._xrd_profiles import FACE, cube_constant
from halodot.lab.methods._xrd_search import Search, groups_of, residual_share
from halodot.lab.methods._xrd_show import panels, table
from halodot.lab.methods._xrd_size import (
    Instrument,
    Reflection,
    Strain,
    mean_size,
    reflections,
    sized,
    williamson_hall,
)
from halodot.lab.methods._xrd_structures import STRUCTURES
from halodot.lab.signals import signals
from halodot.names import Quantity
from halodot.readers.dataset import curves

if TYPE_CHECKING:
    import xarray

SIZE = Quantity("crystallite_size", "m", "nm", "Size of the crystallites along the normal of the planes", "D")
LATTICE = Quantity("lattice_constant", "m", "nm", "Lattice constant", "a")
STRAIN = Quantity("microstrain", "1", "%", "Microstrain", "epsilon")
ANGLE = Quantity("reflection_angle", "rad", "degree", "Scattering angle of a reflection", "2 theta")
WIDTH = Quantity("reflection_width", "rad", "degree", "Full width at half maximum of a reflection", "beta")
_SYSTEMS = ("none", "cubic", "tetragonal", "hexagonal", "orthorhombic")
#: share of the height of a line by which its fit may be wrong before the size is doubted
_MISFIT = 0.10
#: reflections whose size counts in the mean: width known at least so well
_MEAN_OF = 0.5
#: factor between sizes, and uncertainty of their mean, from which on they are not those of one powder
_ONE_SIZE, _SCATTERED = 3.0, 0.1


@dataclass(frozen=True)
class XrdSettings:
    """What can be chosen."""

    window: tuple[float, float] | None = span("rad", "scattering angles that are used; all", shown="degree")
    wavelength: float | None = number("m", "K alpha 1; that of the file", shown="nm", valid="positive")
    second_wavelength: float | None = number("m", "K alpha 2; that of the file", shown="nm", valid="positive")
    line_ratio: float | None = number("1", "K alpha 2 over K alpha 1; that of the file, else 0.5", valid="fraction")
    lines: str | None = word("doublet", "single", default=None, about="lines of the source; what the wavelengths say")
    threshold: float = number("1", "standard deviations by which a reflection stands out", 5.0, valid="positive")
    widest: float = number(
        "rad", "full width beyond which a maximum is no reflection", math.radians(5.0), shown="degree"
    )
    background_degree: int | None = whole("of the polynomial below reflections; what describes best")
    cell: str | None = word(*_SYSTEMS, default=None, about="crystal system; cubic where a perovskite indexes the lines")
    lattice: tuple[float, ...] | None = numbers("m", "approximate lattice constants (a; a, c; a, b, c)", shown="nm")
    correction: str | None = word(
        "none", "displacement", "zero", default=None, about="of the angles; by what is indexed"
    )
    angle_uncertainty: float = number("rad", "of the angles where not corrected", math.radians(0.02), shown="degree")
    shape: str = word(
        "cubes", "any", default="cubes", about="of the crystallites: lines and Scherrer constants of cubes"
    )
    scherrer_constant: float = number("1", "K by the full width; 0.8859 for a cube along its face normal", FACE)
    phases: str | None = word(
        "compared", "none", default=None, about="CsPbI3, PbI2 and CsI by whole patterns; compared where lines fit them"
    )
    instrument_width: float | None = number("rad", "full width of the instrument; 0.08 degree assumed", shown="degree")
    instrument_uncertainty: float | None = number("1", "of that width; 50 % where assumed, else 5 %", valid="fraction")
    instrument_share: float = number("1", "Lorentzian share of the instrument's line", 0.5, valid="fraction")
    subtraction: str | None = word(
        "gaussian",
        "lorentzian",
        "voigt",
        "unknown",
        default=None,
        about="line of the instrument; voigt with a standard, else unknown: Gaussian with that doubt",
    )


@dataclass(frozen=True, eq=False)
class _Curve:
    """What one curve gives."""

    label: str
    pattern: Pattern
    groups: list[Group]
    found: list[Reflection]
    strain: Strain | str
    comparison: Comparison | None
    findings: list[Finding]
    notes: list[str]
    settings: XrdSettings


def xrd(
    data: xarray.Dataset, settings: XrdSettings | None = None, *, standard: xarray.Dataset | None = None
) -> Analysis:
    """Return the reflections of a pattern with the size of the crystallites, lattice constants and strain.

    Reflections are pseudo-Voigt lines of both lines of the source with the fall of the Lorentz and polarisation factor
    across them, fitted with a polynomial background by Poisson weights. The size follows from their width after that
    of the instrument (Scherrer), averaged over pseudo-Voigt lines and lines of cubes by what the fits are worth.

    Args:
        data: counts against the scattering angle, as `halodot.read` returns it.
        settings: what is chosen otherwise than by default.
        standard: pattern of a powder without broadening (LaB6, Si) from the same instrument.

    Raises:
        DataError: there is no reflection.
    """
    chosen = settings or XrdSettings()
    made: list[_Curve] = []
    failed: list[str] = []
    for one in curves(data):
        for item in signals(one, AXES, SIGNALS):
            try:
                made.append(_curve(one, chosen, standard))
            except DataError as error:
                failed.append(f"{item.label}: {error}" if item.label else str(error))
    if not made:
        raise DataError("; ".join(failed) or "there is no curve of counts against the scattering angle")
    several = len(made) + len(failed) > 1
    notes = [f"{one.label}: {note}" if several else note for one in made for note in one.notes]
    return Analysis(
        method="xrd",
        settings=made[0].settings if not several else chosen,
        findings=tuple(_named(one, finding, several) for one in made for finding in one.findings),
        warnings=tuple(failed),
        notes=tuple(dict.fromkeys(notes)),
        panels=tuple(panel for one in made for panel in _panels(one)),
        tables={f"reflections {one.label}".strip(): table(one.found) for one in made},
    )


def _named(one: _Curve, finding: Finding, several: bool) -> Finding:
    if not several:
        return finding
    return replace(finding, of=f"{one.label}, {finding.of}" if finding.of else one.label)


def _panels(one: _Curve) -> tuple[Panel, ...]:
    strain = one.strain if isinstance(one.strain, Strain) else None
    shown = panels(one.pattern, one.groups, one.found, strain)
    return (*shown, phase_panel(one.comparison)) if one.comparison is not None else shown


def _curve(data: xarray.Dataset, chosen: XrdSettings, standard: xarray.Dataset | None) -> _Curve:
    pattern, notes = pattern_of(data, chosen.window)
    lines, of_lines = radiation(data, chosen.wavelength, chosen.second_wavelength, chosen.line_ratio, chosen.lines)
    search = Search(lines, chosen.threshold, chosen.widest, chosen.background_degree)
    groups, left_out = groups_of(pattern, search)
    if not groups:
        raise DataError(
            f"no reflection: nothing narrower than {math.degrees(chosen.widest):.3g} degrees stands "
            f"{chosen.threshold:g} standard deviations above the background; an amorphous or empty sample, or choose a "
            "lower `threshold` or another `window`"
        )
    found = beta_lines([item for group in groups for item in reflections(group)], lines)
    cell, of_cell, used = _cell(found, lines, chosen)
    found = _labelled(found, cell, chosen)
    instrument, of_instrument, used = instrument_of(used, standard, search)
    found = _all_sized(groups, found, instrument, used)
    if cell is not None:  # once more with the places that lines of cubes give
        start = used.lattice or ()
        real = [item for item in found if not item.label.startswith("K beta")]
        cell = refined(real, cell.system, start, lines.first, chosen.correction) or cell
    strain = williamson_hall([item for item in found if not item.label.startswith("K beta")], instrument)
    findings, of_findings = _findings(groups, found, cell, strain, used, instrument)
    comparison, used = _phases(pattern, found, lines, instrument, used)
    if comparison is not None:
        ratios, said = verdict(comparison)
        findings += ratios
        of_findings.append(said)
    used = replace(
        used,
        window=(float(pattern.two_theta[0]), float(pattern.two_theta[-1])) if chosen.window is None else chosen.window,
        wavelength=lines.first,
        second_wavelength=lines.second if lines.doublet else None,
        line_ratio=lines.ratio if lines.doublet else None,
        lines="doublet" if lines.doublet else "single",
    )
    every = [*notes, *of_lines, *left_out, *of_cell, *of_instrument, *of_findings]
    label = str(data.attrs.get("curve", ""))
    return _Curve(label, pattern, groups, found, strain, comparison, findings, every, used)


def _phases(
    pattern: Pattern, found: Sequence[Reflection], lines: Radiation, instrument: Instrument, used: XrdSettings
) -> tuple[Comparison | None, XrdSettings]:
    """Return candidate phases compared, where that is chosen or the reflections lie where candidates have theirs."""
    real = [item for item in found if not item.label.startswith("K beta")]
    wanted = used.phases or ("compared" if likely(real, tuple(STRUCTURES), lines.first) else "none")
    used = replace(used, phases=wanted)
    if wanted == "none" or not real:
        return None, used
    strongest = max(real, key=lambda item: item.area)
    narrowest = min(item.width for item in real)
    width = instrument.resolution(strongest.place).width
    return compared(pattern, tuple(STRUCTURES), lines, strongest.size, width, narrowest), used


def _cell(
    found: Sequence[Reflection], lines: Radiation, chosen: XrdSettings
) -> tuple[Cell | None, list[str], XrdSettings]:
    """Return the cell that is chosen, or that of a perovskite where it indexes the pattern."""
    real = [item for item in found if not item.label]
    system, lattice = chosen.cell, chosen.lattice
    if system is None:
        edge = perovskite(real, lines.first)
        system, lattice = ("cubic", (edge,)) if math.isfinite(edge) else ("none", None)
    elif system != "none" and lattice is None:
        edge = perovskite(real, lines.first) if system == "cubic" else math.nan
        lattice = (edge,) if math.isfinite(edge) else None
    used = replace(chosen, cell=system, lattice=lattice)
    if system == "none":
        return None, ["no lattice constant: choose `cell: tetragonal` and `lattice: [0.459 nm, 0.296 nm]`"], used
    wanted = {"cubic": 1, "tetragonal": 2, "hexagonal": 2, "orthorhombic": 3}[system]
    if lattice is None or len(lattice) != wanted:
        return None, [f"no lattice constant: a {system} cell needs {wanted} approximate lengths in `lattice`"], used
    cell = refined(real, system, lattice, lines.first, chosen.correction)
    if cell is None:
        return None, [f"no lattice constant: too few reflections are those of a {system} cell"], used
    return cell, [], used


def _labelled(found: Sequence[Reflection], cell: Cell | None, chosen: XrdSettings) -> list[Reflection]:
    planes = iter(cell.planes) if cell is not None else iter(())
    labelled = []
    for item in found:
        plane = None if item.label else next(planes, None)
        if plane is None:
            labelled.append(replace(item, constant=chosen.scherrer_constant))
            continue
        cubes = cell is not None and cell.system == "cubic" and chosen.shape == "cubes"
        constant = cube_constant(plane) / FACE * chosen.scherrer_constant if cubes else chosen.scherrer_constant
        labelled.append(replace(item, label=f"({' '.join(map(str, plane))})".replace(" ", ""), constant=constant))
    return labelled


def _all_sized(
    groups: Sequence[Group], found: Sequence[Reflection], instrument: Instrument, chosen: XrdSettings
) -> list[Reflection]:
    sizes: list[Reflection] = []
    for group in groups:
        part = found[len(sizes) : len(sizes) + group.size]
        indexed = chosen.cell == "cubic"
        normals = [_normal(item) if indexed else (1, 0, 0) for item in part]
        sizes += sized(group, part, instrument, chosen.shape == "cubes", normals)
    return sizes


def _normal(item: Reflection) -> tuple[int, ...]:
    digits = item.label.strip("()")
    return tuple(map(int, digits)) if digits.isdigit() and len(digits) == 3 else (1, 0, 0)


def _findings(
    groups: Sequence[Group],
    found: Sequence[Reflection],
    cell: Cell | None,
    strain: Strain | str,
    used: XrdSettings,
    instrument: Instrument,
) -> tuple[list[Finding], list[str]]:
    places = [(group, place) for group in groups for place in range(group.size)]
    doubts = {id(item): residual_share(*place) for item, place in zip(found, places)}
    findings, notes = _mean(found, doubts, used)
    if cell is not None:
        findings += _lattice(cell, used)
    if isinstance(strain, str):
        notes.append(strain)
    else:
        findings.append(_strain(strain))
    for item in found:
        of = item.label or f"{math.degrees(item.place):.2f} degrees"
        fitted = "pseudo-Voigt lines with a polynomial background, Poisson weights"
        placed = math.hypot(item.place_deviation, used.angle_uncertainty)
        findings.append(Finding(ANGLE, item.place, placed, fitted, of=of))
        findings.append(Finding(WIDTH, item.width, item.width_deviation, fitted, of=of))
        if not item.label.startswith("K beta"):
            findings.append(_size(item, of, doubts[id(item)], used))
    return findings, notes


def _size(item: Reflection, of: str, doubt: float, used: XrdSettings) -> Finding:
    warnings: tuple[str, ...] = ()
    if doubt > _MISFIT:
        warnings = (f"the fitted line misses the recorded one by {doubt:.0%} of its height",)
    method = (
        f"Scherrer with K {item.constant:.4f}, {item.profile or 'pseudo-Voigt'} line, {used.subtraction} instrument"
    )
    bound = "at least" if item.limit else ""
    return Finding(SIZE, item.size, item.size_deviation, method, bound=bound, of=of, warnings=warnings)  # type: ignore[arg-type]


def _mean(found: Sequence[Reflection], doubts: dict[int, float], used: XrdSettings) -> tuple[list[Finding], list[str]]:
    """Return the mean size: of the faces of a cube where the cell is cubic, else of all reflections."""
    real = [item for item in found if not item.label.startswith("K beta")]
    known = [item for item in real if not item.limit and item.size_deviation < _MEAN_OF * item.size]
    faces = [item for item in known if item.label.endswith("00)")]
    notes = []
    widest = [item for item in real if item.limit]
    if not known and not widest:
        return [], ["no size: no width is known to 50 %"]
    if len(widest) > len(known):  # the few that are wide are a halo, or two lines taken for one
        notes.append("the instrument makes most of the widths: sizes are the least that they can be")
        largest = max(widest, key=lambda item: item.area)
        return [replace(_size(largest, "", doubts[id(largest)], used), of="")], notes
    chosen = faces if faces and used.shape == "cubes" else known
    size, deviation = mean_size(chosen)
    of_what = "(h00) reflections" if chosen is faces else f"{len(chosen)} reflections"
    lost = [item for item in chosen if doubts[id(item)] > _MISFIT]
    total = sum(item.size_deviation**-2.0 for item in chosen)
    wrong = sum(item.size_deviation**-2.0 for item in lost) > 0.5 * total
    warnings: tuple[str, ...] = ("the fitted lines do not describe the recorded ones",) if wrong else ()
    smallest, largest_size = min(item.size for item in chosen), max(item.size for item in chosen)
    if largest_size > _ONE_SIZE * smallest and deviation > _SCATTERED * size:
        warnings += (
            f"sizes reach from {smallest * 1e9:.3g} to {largest_size * 1e9:.3g} nm: more than one phase, or a halo of "
            "something amorphous; choose a `window` or a smaller `widest`",
        )
    if used.shape == "cubes":
        notes.append(
            "the size is the mean column along the normal of the planes, weighted by volume; for cubes along (h00) it "
            "is the edge, larger than the mean edge by 1 + 3 (spread/edge)^2"
        )
    method = f"Scherrer with K {chosen[0].constant:.4f}, mean of {of_what}"
    return [Finding(SIZE, size, deviation, method, warnings=warnings)], notes


def _lattice(cell: Cell, used: XrdSettings) -> list[Finding]:
    known = sum(plane is not None for plane in cell.planes)
    how = f"least squares on the angles of {known} reflections"
    if cell.shift_deviation > 0.0:
        how += ", displacement of the sample fitted" if used.correction != "zero" else ", zero of the angle fitted"
    findings = []
    for name, value, deviation, slope in zip(cell.names, cell.values, cell.deviations, cell.slopes):
        total = math.hypot(float(deviation), float(slope) * used.angle_uncertainty)
        findings.append(Finding(LATTICE, float(value), total, how, of=name))
    return findings


def _strain(strain: Strain) -> Finding:
    method = "Williamson-Hall, beta cos(theta) = K lambda / D + 4 epsilon sin(theta)"
    if strain.strain > 2.0 * strain.strain_deviation:
        return Finding(STRAIN, strain.strain, strain.strain_deviation, method)
    most = max(strain.strain, 0.0) + 2.0 * strain.strain_deviation
    return Finding(STRAIN, most, strain.strain_deviation, method, interval=(0.0, most), bound="at most")


def _takes(data: xarray.Dataset) -> bool:
    return data.attrs.get("kind") == "x_ray_diffraction" and bool(signals(data, AXES, SIGNALS))


def _analyse(inputs: Inputs, settings: XrdSettings) -> Analysis:
    standards = inputs.get("standard", ())
    return xrd(inputs["pattern"][0], settings, standard=standards[0] if standards else None)


METHOD = Method(
    name="xrd",
    title="X-ray diffraction",
    settings=XrdSettings,
    quantities=(SIZE, LATTICE, STRAIN, ANGLE, WIDTH, RATIO),
    roles=(
        Role("pattern", "powder pattern: counts against the scattering angle", _takes),
        Role(
            "standard",
            "pattern of a powder without broadening from the same instrument",
            _takes,
            words=r"lab6|la[ _-]b6|srm[ _-]?(660|640|1976)|standard|silicon",
            required=False,
        ),
    ),
    analyse=_analyse,
)
