"""PL spectrum: peak, line width in nm and meV, asymmetry."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from halodot.arrays import Array
from halodot.constants import HC_EV
from halodot.errors import DataError
from halodot.lab.choices import number, span, word
from halodot.lab.emission_line import DEPARTURES, INCOMPLETE, Emission, Line, fitted_line
from halodot.lab.emission_window import Zone, inside, main_line, saturated, stray_zones, zones_in
from halodot.lab.findings import NORMAL_95, Analysis, Finding, Mark, Panel, Trace
from halodot.lab.method import Inputs, Method, Role
from halodot.lab.methods._pl_spectra import AXES, FEWEST_POINTS, SIGNALS, Companions, Spectrum, emission_of, spectra_of
from halodot.lab.methods._pl_tail import tail_of
from halodot.lab.signals import signals
from halodot.names import QUANTITIES, Quantity

if TYPE_CHECKING:
    import xarray

PEAK = QUANTITIES["pl_peak"]
WIDTH = QUANTITIES["pl_fwhm"]
PEAK_ENERGY = Quantity("pl_peak_energy", "eV", "eV", "PL peak energy", "E_PL")
WIDTH_ENERGY = Quantity("pl_fwhm_energy", "eV", "meV", "PL line width (FWHM) in energy", "FWHM_E")
TAIL = Quantity("pl_tail", "eV", "meV", "Exponential tail of the PL line, positive on the red side", "E_tail")
INTENSITY = Quantity("pl_intensity", "1", "1", "Height of the PL line in the unit of the file", "I_PL")
ASYMMETRY = Quantity("pl_asymmetry", "1", "1", "Half width on the blue side over that on the red", "s")
_KINDS = ("photoluminescence", "spectrum", "irradiance")
_BACKGROUNDS = ("none", "constant", "linear", "quadratic")  # by the number of their terms
_LEAST_SIGNIFICANT = 6.0  # height over the noise of the mean across the line: noise alone finds lines of 4
_FEWEST_STEPS = 3.0  # of the axis in the line width
_KNOWN = 0.1  # standard deviation of the peak over the window, above which there is none to speak of
_OVERLAP = 0.1  # height between two lines over that of the line, above which the other lifts this one's flank
_INNER_FILTER = 0.1  # absorbance above which the light that is lost on the way through the cuvette counts
_METHOD = "pseudo-Voigt with a smooth departure from it and {} background, in photons per energy"


#: share of the channels above half of a flat top that may lie in it: of less than a third in flanks no peak is seen
_MOST_FLAT = 0.7


@dataclass(frozen=True)
class PlSettings:
    """What can be chosen."""

    window: tuple[float, float] | None = span("m", "wavelengths that are fitted; round the main line", shown="nm")
    background: str | None = word(
        *_BACKGROUNDS, default=None, about="background below the line; linear, none where the line is not all there"
    )
    departure: float | None = number(
        "1", "departure of the line from a pseudo-Voigt over its height; the least that is seen", valid="nonnegative"
    )
    noise: str | None = word(
        "photons", "residuals", default=None, about="noise is that of counted photons, or is judged from the residuals"
    )
    recorded_per: str | None = word(
        "wavelength", "energy", default=None, about="what the signal was recorded per; the axis with even steps"
    )
    excitation: float | None = number("m", "excitation wavelength; what the file says", shown="nm", valid="positive")
    wavelength_uncertainty: float = number(
        "m", "standard uncertainty of the wavelength axis", 0.0, shown="nm", valid="nonnegative"
    )
    correction: str = word(
        "multiply", "divide", default="multiply", about="the sensitivity file multiplies the signal, or divides it"
    )
    absorbance_excitation: float | None = number(
        "1", "absorbance of the cuvette at the excitation, for the inner-filter factor", valid="nonnegative"
    )
    absorbance_emission: float | None = number(
        "1", "absorbance of the cuvette at the emission, for the inner-filter factor", valid="nonnegative"
    )


def pl(
    data: xarray.Dataset,
    settings: PlSettings | None = None,
    *,
    sensitivity: xarray.Dataset | None = None,
    inner_filter: xarray.Dataset | None = None,
) -> Analysis:
    """Return peak, line width and asymmetry of a PL spectrum.

    The line is fitted as photons per energy, S(E), and compared with what was recorded: per wavelength
    S(hc/lambda) hc/lambda^2, times the sensitivity, times hc/lambda where power was recorded, so that the noise stays
    that of the recording. Its shape is free within what :mod:`halodot.lab.emission_line` says.

    Args:
        data: spectrum against wavelength or photon energy, or excitation-emission matrix, as `halodot.read` returns it.
        settings: what is chosen otherwise than by default.
        sensitivity: what corrects the spectrum for the sensitivity of the spectrometer, against wavelength.
        inner_filter: absorbance of the cuvette against wavelength; what it takes from the emission is put back.

    Raises:
        DataError: there is no line to fit.
    """
    chosen = settings or PlSettings()
    spectra, said = spectra_of(data, chosen.excitation)
    companions = Companions(sensitivity, chosen.correction == "divide", inner_filter)
    if len(spectra) == 1:
        return _analysed(spectra[0], chosen, said, companions)
    made, warnings = [], []
    for one in spectra:
        try:
            made.append(_analysed(one, chosen, said, companions))
        except DataError as error:
            warnings.append(f"{one.signal.label}: {error}")
    if not made:
        raise DataError("; ".join(warnings))
    return Analysis(
        method="pl",
        settings=chosen,
        findings=tuple(finding for one in made for finding in one.findings),
        warnings=tuple(warnings + [text for one in made for text in one.warnings]),
        notes=tuple(dict.fromkeys(text for one in made for text in one.notes)),
        panels=(_together(made),),
    )


def _analysed(
    spectrum: Spectrum,
    settings: PlSettings,
    said: tuple[str, ...],
    companions: Companions,
) -> Analysis:
    terms = _BACKGROUNDS.index(settings.background or "linear")
    whole, per, more = emission_of(spectrum, companions, settings.recorded_per, terms)
    settings = replace(settings, recorded_per=per, excitation=spectrum.excitation)
    notes, warnings = [*said, *more], []
    zones = stray_zones(spectrum.excitation, spectrum.bandwidth)
    if settings.window is None:
        found = main_line(whole, zones)
        settings = replace(settings, window=found.window)
        for other in found.others:
            notes.append(f"another line near {other * 1e9:.0f} nm is left out")
        if found.overlap > _OVERLAP:
            warnings.append(
                f"another line overlaps: between them the spectrum falls to {found.overlap:.0%} of the height"
            )
    low, high = settings.window or (0.0, math.inf)
    kept = (whole.wavelength >= low) & (whole.wavelength <= high)
    if np.count_nonzero(kept) < FEWEST_POINTS:
        raise DataError(
            f"{np.count_nonzero(kept)} points from {low * 1e9:g} to {high * 1e9:g} nm; choose a wider window"
        )
    part = _without_flat_top(whole.only(kept), warnings)
    line = _line(part, zones, settings, notes)
    if settings.background is None and line.ends > INCOMPLETE:
        settings = replace(settings, background="none")
        line = _line(replace(part, terms=0), zones, settings, [])
        warnings.append(
            f"the spectrum ends at {line.ends:.0%} of the height of the line: a background cannot be told from it and"
            " is taken for none"
        )
    settings = replace(
        settings,
        background=settings.background or "linear",
        departure=line.departure,
        noise="photons" if line.photons else "residuals",
    )
    readings, spread = line.readings()
    warnings += _doubts(line, readings, spread, spectrum)
    findings = _findings(readings, spread, settings, spectrum) + _tail(line, readings, spectrum.label, notes)
    notes += _remarks(line, spectrum)
    _inner_filter(settings, warnings, notes)
    return Analysis(
        method="pl",
        settings=settings,
        findings=findings,
        warnings=tuple(warnings),
        notes=tuple(notes),
        panels=_panels(line, readings, spectrum.signal.y_quantity),
    )


def _without_flat_top(part: Emission, warnings: list[str]) -> Emission:
    """Return a spectrum without the channels in which the detector is saturated; refuse where no peak is left."""
    flat = saturated(part.signal)
    if not flat.size:
        return part
    top = float(part.signal[flat[0]])
    said = f"the detector is saturated: {flat.size} channels at the top hold {top:g}"
    if flat.size > _MOST_FLAT * np.count_nonzero(part.signal > 0.5 * top):
        raise DataError(f"{said}, too many for a peak; measure with a shorter integration time")
    warnings.append(said)
    return part.only(np.isin(np.arange(part.signal.size), flat, invert=True))


def _line(part: Emission, zones: tuple[Zone, ...], settings: PlSettings, notes: list[str]) -> Line:
    """Fit the line; places where the excitation shows itself are left out where they stand above it."""
    photons = None if settings.noise is None else settings.noise == "photons"
    near = zones_in(zones, float(part.wavelength[0]), float(part.wavelength[-1]))
    left_out = np.zeros(part.wavelength.size, dtype=bool)
    for zone in near:
        left_out |= inside(zone, part.wavelength)
    few = np.count_nonzero(~left_out) < max(FEWEST_POINTS, part.wavelength.size // 2)
    if not near or few or not left_out.any():
        return fitted_line(part, settings.departure, photons)
    line = fitted_line(part.only(~left_out), settings.departure, photons)
    again = np.zeros(part.wavelength.size, dtype=bool)
    for zone in near:
        seen = inside(zone, part.wavelength)
        if _excess(part, seen, line) > _LEAST_SIGNIFICANT:
            again |= seen
            notes.append(f"{zone.name} near {zone.place * 1e9:.0f} nm stands above the line and is left out")
    return fitted_line(part.only(~again), settings.departure, photons)


def _excess(part: Emission, seen: NDArray[np.bool_], line: Line) -> float:
    """Return by how many standard deviations the signal in a zone lies above the line fitted beside it."""
    x = part.wavelength[seen]
    if not x.size:
        return 0.0
    expected = np.interp(x, line.emission.wavelength, line.fit.model)
    noise = np.interp(x, line.emission.wavelength, line.noise)
    return float(np.sum(part.signal[seen] - expected) / np.sqrt(np.sum(noise**2)))


def _findings(readings: Array, spread: Array, settings: PlSettings, spectrum: Spectrum) -> tuple[Finding, ...]:
    deviations = np.sqrt(np.maximum(np.diag(spread), 0.0))
    axis = settings.wavelength_uncertainty
    deviations[0] = math.hypot(deviations[0], axis)
    deviations[2] = math.hypot(deviations[2], axis * readings[2] / readings[0])
    method = _METHOD.format("no" if settings.background == "none" else f"a {settings.background}")
    quantities = [PEAK, WIDTH, PEAK_ENERGY, WIDTH_ENERGY, ASYMMETRY]
    if spectrum.signal.y_quantity in ("counts", "intensity"):
        quantities.append(INTENSITY)
    return tuple(
        Finding(quantity, float(value), float(deviation), method, of=spectrum.label)
        for quantity, value, deviation in zip(quantities, readings, deviations)
        if math.isfinite(value) and math.isfinite(deviation)
    )


def _tail(line: Line, readings: Array, of: str, notes: list[str]) -> tuple[Finding, ...]:
    """Return the exponential tail of the line, or what it is at most."""
    if not math.isfinite(readings[3]):
        return ()
    found = tail_of(line, readings[2], readings[3])
    if found is None:
        notes.append("an exponentially modified Gaussian does not describe the line; its tail is not stated")
        return ()
    method = "exponentially modified Gaussian in photons per energy, least squares"
    low, high = found.interval
    deviation = 0.5 * (high - low) / NORMAL_95
    if found.seen:
        return (Finding(TAIL, found.energy, deviation, method, found.interval, of=of),)
    most = max(-low, high)
    return (Finding(TAIL, most, deviation, method, (-most, most), bound="at most", of=of),)


def _doubts(line: Line, readings: Array, spread: Array, spectrum: Spectrum) -> list[str]:
    """Return why the numbers may be wrong; refuse where there is no line."""
    x = line.emission.wavelength
    across = np.abs(x - readings[0]) < 0.5 * (readings[1] if math.isfinite(readings[1]) else np.ptp(x))
    noise = float(np.sqrt(np.mean(line.noise[across] ** 2) / np.count_nonzero(across))) if across.any() else math.inf
    if not readings[5] > _LEAST_SIGNIFICANT * noise:
        raise DataError(f"no line stands out of the noise: its height is {readings[5] / noise:.1f} standard deviations")
    found = []
    if not x[1] < readings[0] < x[-2]:
        raise DataError("the maximum lies at the end of the spectrum, which shows no line; choose a wider window")
    if not math.sqrt(max(spread[0, 0], 0.0)) < _KNOWN * float(np.ptp(x)):
        raise DataError("the spectrum does not say where the line has its maximum; choose a wider window")
    if not math.isfinite(readings[1]):
        found.append("the spectrum ends above half the height of the line; its width cannot be read")
    elif readings[1] < _FEWEST_STEPS * float(np.median(np.diff(x))):
        found.append("the line is narrower than three steps of the axis; its width is that of the spectrometer")
    if not line.describes and not spectrum.boxcar > 1.0:
        found.append("the fitted line does not describe the spectrum: its residuals are not noise")
    elif line.departs or line.departure >= DEPARTURES[-1]:
        found.append("the spectrum is no single line on a smooth background: it departs far from a pseudo-Voigt")
    for zone in stray_zones(spectrum.excitation, spectrum.bandwidth):
        narrow = math.isfinite(readings[1]) and readings[1] < 4.0 * zone.half_width
        if narrow and abs(readings[0] - zone.place) < zone.half_width:
            found.append(f"the line may be the {zone.name} at {zone.place * 1e9:.0f} nm")
    return found


def _remarks(line: Line, spectrum: Spectrum) -> list[str]:
    found = []
    if line.spikes.size:
        places = ", ".join(f"{place * 1e9:.1f}" for place in line.spikes)
        found.append(f"single channels far above the line are left out: {places} nm")
    if line.emission.counts and not line.photons:
        found.append("the counts scatter otherwise than counted photons; the noise is judged from the residuals")
    if line.correlation > 1.0:
        found.append(
            f"neighbouring residuals are correlated; the variances are taken {line.correlation:.1f} times as large"
        )
    if spectrum.bandwidth:
        found.append(f"the slits of {spectrum.bandwidth * 1e9:.1f} nm together are part of the line width")
    return found


def _inner_filter(settings: PlSettings, warnings: list[str], notes: list[str]) -> None:
    absorbed = (settings.absorbance_excitation or 0.0) + (settings.absorbance_emission or 0.0)
    if absorbed > 0.0:
        notes.append(f"inner-filter factor of the intensity 10^((A_ex + A_em)/2) = {10.0 ** (0.5 * absorbed):.3g}")
    if absorbed > _INNER_FILTER:
        warnings.append(f"absorbance of {absorbed:.2g} in all: the inner filter moves the line to the red; dilute")


def _panels(line: Line, readings: Array, quantity: str) -> tuple[Panel, ...]:
    emission = line.emission
    x = emission.wavelength
    peak = Mark(readings[0] * 1e9, f"{readings[0] * 1e9:.1f} nm")
    name = {"counts": "PL (counts)", "count_rate": "PL (counts/s)"}.get(quantity, "PL (arb. units)")
    scale = 1.0 if quantity in ("counts", "count_rate") else 1.0 / float(np.max(np.abs(emission.signal)))
    measured = Panel(
        "Wavelength (nm)",
        name,
        (
            Trace(x * 1e9, emission.signal * scale, "measured", "points"),
            Trace(x * 1e9, line.fit.model * scale, "fit"),
            Trace(x * 1e9, line.background() * scale, "background", "dashed"),
        ),
        (peak,),
    )
    energy = HC_EV / x
    to_energy = x**2 / emission.response
    fitted = line.photons_at(x) * x**2
    top = float(np.max(fitted))
    photons = Panel(
        "Photon energy (eV)",
        "Photons per energy",
        (
            Trace(energy, (emission.signal - line.background()) * to_energy / top, "", "points"),
            Trace(energy, fitted / top),
        ),
        (Mark(readings[2], f"{readings[2]:.3f} eV"),),
    )
    return measured, photons


def _together(made: Sequence[Analysis]) -> Panel:
    """Return all spectra of a file in one panel, each over its highest value."""
    traces = []
    for one in made:
        first = one.panels[0].traces[0]
        label = one.findings[0].of
        traces.append(Trace(first.x, first.y / float(np.max(np.abs(first.y))), label, "line"))
    return Panel("Wavelength (nm)", "PL over its highest value", tuple(traces))


def _takes(data: xarray.Dataset) -> bool:
    kind = data.attrs.get("kind")
    if kind == "excitation_emission":
        return "intensity" in data
    if kind != "photoluminescence" and any("reference" in text for text in _names(data)):
        return False  # light through a sample and a lamp's beside it
    return kind in _KINDS and bool(signals(data, AXES, SIGNALS))


def _names(data: xarray.Dataset) -> list[str]:
    """Return what the variables and curves of a file are called."""
    labels = [str(item.attrs.get("curve", "")) for item in data.data_vars.values()]
    along = [str(label) for label in data["curve"].values] if "curve" in data.coords else []
    return [name.lower() for name in [*map(str, data.data_vars), *labels, *along]]


def _takes_sensitivity(data: xarray.Dataset) -> bool:
    return data.attrs.get("kind") in ("spectrum", "irradiance", "quantum_efficiency") and bool(
        signals(data, ("wavelength",), ("responsivity", "intensity", "number"))
    )


def _takes_absorbance(data: xarray.Dataset) -> bool:
    return data.attrs.get("kind") == "absorption" and bool(signals(data, ("wavelength",), ("absorbance",)))


def _analyse(inputs: Inputs, settings: PlSettings) -> Analysis:
    first = {name: (inputs.get(name) or (None,))[0] for name in ("sensitivity", "inner_filter")}
    return pl(inputs["spectrum"][0], settings, **first)


METHOD = Method(
    name="pl",
    title="PL spectrum",
    settings=PlSettings,
    quantities=(PEAK, WIDTH, PEAK_ENERGY, WIDTH_ENERGY, ASYMMETRY, INTENSITY, TAIL),
    roles=(
        Role("spectrum", "PL spectrum against wavelength", _takes),
        Role(
            "sensitivity",
            "what corrects for the sensitivity of the spectrometer, against wavelength",
            _takes_sensitivity,
            r"sensitivity|(?:emission.?)?correction",
            required=False,
        ),
        Role("inner_filter", "absorbance of the cuvette", _takes_absorbance, r"inner.?filter", required=False),
    ),
    analyse=_analyse,
)
