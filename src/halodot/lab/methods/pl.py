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
from halodot.lab.emission_line import DEPARTURES, Emission, Line, fitted_line
from halodot.lab.emission_window import Zone, inside, main_line, saturated, stray_zones, zones_in
from halodot.lab.findings import Analysis, Finding, Mark, Panel, Trace
from halodot.lab.method import Inputs, Method, Role
from halodot.lab.signals import Signal, signals
from halodot.names import QUANTITIES, Quantity

if TYPE_CHECKING:
    import xarray

PEAK = QUANTITIES["pl_peak"]
WIDTH = QUANTITIES["pl_fwhm"]
PEAK_ENERGY = Quantity("pl_peak_energy", "eV", "eV", "PL peak energy", "E_PL")
WIDTH_ENERGY = Quantity("pl_fwhm_energy", "eV", "meV", "PL line width (FWHM) in energy", "FWHM_E")
ASYMMETRY = Quantity("pl_asymmetry", "1", "1", "Half width on the blue side over that on the red", "s")
_KINDS = ("photoluminescence", "spectrum", "irradiance")
_SIGNALS = ("spectral_photon_flux", "spectral_irradiance", "counts", "count_rate", "intensity")
_AXES = ("wavelength", "photon_energy")
_BACKGROUNDS = ("none", "constant", "linear", "quadratic")  # by the number of their terms
_FEWEST_POINTS = 8
_LEAST_SIGNIFICANT = 6.0  # height over the noise of the mean across the line: noise alone finds lines of 4
_FEWEST_STEPS = 3.0  # of the axis in the line width
_OVERLAP = 0.1  # height between two lines over that of the line, above which the other lifts this one's flank
_INNER_FILTER = 0.1  # absorbance above which the light that is lost on the way through the cuvette counts
_METHOD = "pseudo-Voigt with a smooth departure from it and {} background, in photons per energy"


@dataclass(frozen=True)
class PlSettings:
    """What can be chosen."""

    window: tuple[float, float] | None = span("m", "wavelengths that are fitted; round the main line", shown="nm")
    background: str = word(*_BACKGROUNDS, default="linear", about="background below the line")
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
    spectra, said = _spectra(data, chosen)
    if len(spectra) == 1:
        return _analysed(spectra[0], chosen, said, (sensitivity, inner_filter))
    made, warnings = [], []
    for one in spectra:
        try:
            made.append(_analysed(one, chosen, said, (sensitivity, inner_filter)))
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


@dataclass(frozen=True, eq=False)
class _Spectrum:
    """One emission spectrum and what the file says of it."""

    signal: Signal
    label: str  # of the findings, empty where it is the only one
    excitation: float | None
    bandwidth: float
    boxcar: float


def _spectra(data: xarray.Dataset, settings: PlSettings) -> tuple[tuple[_Spectrum, ...], tuple[str, ...]]:
    """Return the emission spectra of a measurement, and what was said on the way."""
    if data.attrs.get("kind") == "excitation_emission":
        return _of_matrix(data, settings)
    found = []
    for one in signals(data, _AXES, _SIGNALS):
        excitation = settings.excitation or _stated(data, "excitation_wavelength")
        widths = (_stated(data, "bandwidth") or 0.0) + (_stated(data, "excitation_bandwidth") or 0.0)
        found.append(_Spectrum(one, one.label, excitation, widths, _stated(data, "boxcar") or 0.0))
    if not found:
        there = ", ".join(map(str, data.data_vars))
        raise DataError(
            f"{data.attrs.get('file', 'the measurement')}: no spectrum against wavelength; there are {there}"
        )
    return tuple(found if len(found) > 1 else [replace(found[0], label="")]), ()


def _stated(data: xarray.Dataset, key: str) -> float | None:
    value = data.attrs.get(key)
    sound = isinstance(value, (int, float)) and math.isfinite(value) and value > 0.0
    return float(value) if sound and value is not None else None


def _of_matrix(data: xarray.Dataset, settings: PlSettings) -> tuple[tuple[_Spectrum, ...], tuple[str, ...]]:
    """Return the emission spectrum at one excitation of a matrix: the one chosen, or the brightest."""
    item = data["intensity"].transpose("excitation_wavelength", "emission_wavelength")
    excitations = item["excitation_wavelength"].values.astype(float)
    emission = item["emission_wavelength"].values.astype(float)
    values = item.values.astype(float)
    if settings.excitation is not None:
        place = int(np.argmin(np.abs(excitations - settings.excitation)))
    else:
        clear = values.copy()
        for row, excitation in enumerate(excitations):
            for zone in stray_zones(excitation, 10e-9):
                clear[row, np.abs(emission - zone.place) <= zone.half_width] = -np.inf
            clear[row, emission < excitation] = -np.inf
        clear[~np.isfinite(clear)] = -np.inf
        if not np.any(np.isfinite(clear)):
            raise DataError("the matrix holds no emission outside of the scattered excitation")
        place = int(np.argmax(np.max(clear, axis=1)))
    order = np.argsort(emission, kind="stable")
    sound = np.isfinite(values[place][order])
    one = Signal(emission[order][sound], values[place][order][sound], "wavelength", "intensity", "intensity")
    used = float(excitations[place])
    note = f"emission at the excitation of {used * 1e9:g} nm, of {excitations.size}; excitation: chooses another"
    return (_Spectrum(one, f"excitation {used * 1e9:g} nm", used, 10e-9, 0.0),), (note,)


def _analysed(
    spectrum: _Spectrum,
    settings: PlSettings,
    said: tuple[str, ...],
    companions: tuple[xarray.Dataset | None, xarray.Dataset | None],
) -> Analysis:
    notes, warnings = list(said), []
    whole, settings = _emission(spectrum, settings, companions, notes)
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
    if np.count_nonzero(kept) < _FEWEST_POINTS:
        raise DataError(
            f"{np.count_nonzero(kept)} points from {low * 1e9:g} to {high * 1e9:g} nm; choose a wider window"
        )
    part = whole.only(kept)
    flat = saturated(part.signal)
    if flat.size:
        warnings.append(f"the detector is saturated: {flat.size} channels at the top hold {part.signal[flat[0]]:g}")
        part = part.only(np.isin(np.arange(part.signal.size), flat, invert=True))
    line, part_notes, part_warnings = _line(part, zones, settings)
    notes += part_notes
    warnings += part_warnings
    settings = replace(settings, departure=line.departure, noise="photons" if line.photons else "residuals")
    readings, spread = line.readings()
    findings = _findings(readings, spread, settings, spectrum.label)
    warnings += _doubts(line, readings, spectrum)
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


def _emission(
    spectrum: _Spectrum,
    settings: PlSettings,
    companions: tuple[xarray.Dataset | None, xarray.Dataset | None],
    notes: list[str],
) -> tuple[Emission, PlSettings]:
    """Return the spectrum against wavelength with what a photon makes of the signal there."""
    item = spectrum.signal
    energies = item.x_quantity == "photon_energy"
    sound = np.isfinite(item.x) & (item.x > 0.0)
    x, y = item.x[sound], item.y[sound]
    x, y = (HC_EV / x[::-1], y[::-1]) if energies else (x, y)
    x, first = np.unique(x, return_index=True)
    y = y[first]
    if x.size < _FEWEST_POINTS:
        raise DataError(f"{x.size} points are too few for a line; at least {_FEWEST_POINTS} are needed")
    per = settings.recorded_per or _recorded_per(x)
    response = np.ones(x.size)
    if per == "energy":
        response = response * x**2
    if item.y_quantity == "spectral_irradiance":
        response = response / x
    if companions[0] is not None:
        response = response * _at(companions[0], ("wavelength",), x, settings.correction)
        notes.append("corrected for the sensitivity of the spectrometer with the file given")
    if companions[1] is not None:
        response = response * 10.0 ** (-0.5 * _at(companions[1], ("wavelength",), x, ""))
        notes.append("the emission that the cuvette absorbs is put back, half of its path")
    seen = np.isfinite(response) & (response > 0.0)
    x, y, response = x[seen], y[seen], response[seen]
    if x.size < _FEWEST_POINTS:
        raise DataError("the correction covers too few points of the spectrum")
    terms = _BACKGROUNDS.index(settings.background)
    emission = Emission(x, y, response / response.max(), item.y_quantity == "counts", terms)
    return emission, replace(settings, recorded_per=per, excitation=spectrum.excitation)


def _recorded_per(wavelength: Array) -> str:
    """Return the axis on which the steps are even: the one on which the spectrometer recorded."""

    def unevenness(x: Array) -> float:
        steps = np.abs(np.diff(x))
        return float(np.std(steps) / np.mean(steps))

    return "energy" if unevenness(HC_EV / wavelength) < 0.2 * unevenness(wavelength) else "wavelength"


def _at(data: xarray.Dataset, axes: Sequence[str], wavelength: Array, sense: str) -> Array:
    """Return a companion at wavelengths: what a photon makes of the signal, or the absorbance; nan beyond its ends."""
    wanted = ("absorbance",) if not sense else ("responsivity", "intensity", "spectral_irradiance", "counts", "number")
    found = signals(data, axes, wanted)
    if not found:
        raise DataError(f"{data.attrs.get('file', 'the correction')}: no {wanted[0]} against wavelength")
    one = found[0]
    value = np.interp(wavelength, one.x, one.y, left=np.nan, right=np.nan)
    if sense == "multiply":
        value = 1.0 / np.where(value > 0.0, value, np.nan)
    return np.asarray(value)


def _line(part: Emission, zones: tuple[Zone, ...], settings: PlSettings) -> tuple[Line, list[str], list[str]]:
    """Fit the line; places where the excitation shows itself are left out where they stand above it."""
    photons = None if settings.noise is None else settings.noise == "photons"
    notes: list[str] = []
    near = zones_in(zones, float(part.wavelength[0]), float(part.wavelength[-1]))
    left_out = np.zeros(part.wavelength.size, dtype=bool)
    for zone in near:
        left_out |= inside(zone, part.wavelength)
    few = np.count_nonzero(~left_out) < max(_FEWEST_POINTS, part.wavelength.size // 2)
    if not near or few or not left_out.any():
        return fitted_line(part, settings.departure, photons), notes, []
    line = fitted_line(part.only(~left_out), settings.departure, photons)
    again = np.zeros(part.wavelength.size, dtype=bool)
    for zone in near:
        seen = inside(zone, part.wavelength)
        if _excess(part, seen, line) > _LEAST_SIGNIFICANT:
            again |= seen
            notes.append(f"{zone.name} near {zone.place * 1e9:.0f} nm stands above the line and is left out")
    return fitted_line(part.only(~again), settings.departure, photons), notes, []


def _excess(part: Emission, seen: NDArray[np.bool_], line: Line) -> float:
    """Return by how many standard deviations the signal in a zone lies above the line fitted beside it."""
    x = part.wavelength[seen]
    if not x.size:
        return 0.0
    expected = np.interp(x, line.emission.wavelength, line.fit.model)
    noise = np.interp(x, line.emission.wavelength, line.noise)
    return float(np.sum(part.signal[seen] - expected) / np.sqrt(np.sum(noise**2)))


def _findings(readings: Array, spread: Array, settings: PlSettings, of: str) -> tuple[Finding, ...]:
    deviations = np.sqrt(np.maximum(np.diag(spread), 0.0))
    axis = settings.wavelength_uncertainty
    deviations[0] = math.hypot(deviations[0], axis)
    deviations[2] = math.hypot(deviations[2], axis * readings[2] / readings[0])
    method = _METHOD.format(
        {"none": "no", "constant": "a constant"}.get(settings.background, f"a {settings.background}")
    )
    quantities = (PEAK, WIDTH, PEAK_ENERGY, WIDTH_ENERGY, ASYMMETRY)
    return tuple(
        Finding(quantity, float(value), float(deviation), method, of=of)
        for quantity, value, deviation in zip(quantities, readings, deviations)
        if math.isfinite(value) and math.isfinite(deviation)
    )


def _doubts(line: Line, readings: Array, spectrum: _Spectrum) -> list[str]:
    """Return why the numbers may be wrong; refuse where there is no line."""
    x = line.emission.wavelength
    across = np.abs(x - readings[0]) < 0.5 * (readings[1] if math.isfinite(readings[1]) else np.ptp(x))
    noise = float(np.sqrt(np.mean(line.noise[across] ** 2) / np.count_nonzero(across))) if across.any() else math.inf
    if not readings[5] > _LEAST_SIGNIFICANT * noise:
        raise DataError(f"no line stands out of the noise: its height is {readings[5] / noise:.1f} standard deviations")
    found = []
    if not x[1] < readings[0] < x[-2]:
        raise DataError("the maximum lies at the end of the spectrum, which shows no line; choose a wider window")
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


def _remarks(line: Line, spectrum: _Spectrum) -> list[str]:
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
    return kind in _KINDS and bool(signals(data, _AXES, _SIGNALS))


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
    quantities=(PEAK, WIDTH, PEAK_ENERGY, WIDTH_ENERGY, ASYMMETRY),
    roles=(
        Role("spectrum", "PL spectrum against wavelength", _takes),
        Role(
            "sensitivity",
            "what corrects for the sensitivity of the spectrometer, against wavelength",
            _takes_sensitivity,
            r"sensitivity|correction|calibration|\bcf\b",
            required=False,
        ),
        Role("inner_filter", "absorbance of the cuvette", _takes_absorbance, r"inner.?filter", required=False),
    ),
    analyse=_analyse,
)
