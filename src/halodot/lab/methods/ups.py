"""UPS: work function, ionisation energy and Fermi edge from ultraviolet photoelectron spectra."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from halodot.arrays import Array
from halodot.errors import DataError
from halodot.lab.choices import flag, number, span
from halodot.lab.findings import Analysis, Finding, Mark, Panel, Trace
from halodot.lab.method import Inputs, Method, Role
from halodot.lab.methods._fermi import (
    RESOLUTION,
    SOFT,
    fitted_fermi_edge,
    is_metal,
    is_ups,
    is_ups_region,
    resolution_of,
)
from halodot.lab.methods._ups_edges import Edge, cutoff, logarithmic_onset, onset
from halodot.lab.photoelectrons import noise, regions
from halodot.names import QUANTITIES, Quantity

if TYPE_CHECKING:
    import xarray

WORK_FUNCTION = Quantity("work_function", "eV", "eV", "Work function", "phi")
CUTOFF = Quantity("secondary_cutoff", "eV", "eV", "Binding energy of the secondary-electron cut-off", "E_cut")
ONSET = Quantity("valence_band_onset", "eV", "eV", "Onset of the valence band below the Fermi level", "E_F - E_VBM")
IONISATION = QUANTITIES["ionisation_energy"]
AFFINITY = QUANTITIES["electron_affinity"]
_HELIUM_I, _HELIUM_II = 21.218, 40.814
#: He I beta lies so far above He I alpha [eV]
_SATELLITE = 23.087 - 21.218
#: what reading a cut-off or an onset by a straight line leaves open in practice [eV]
_LEAST = 0.1
_USUAL_WORK_FUNCTION = (1.8, 7.5)  # of any surface [eV]
#: a spectrometer's axis is off by less; what is further away was measured otherwise [eV]
_LEVEL_REACH = 0.5
_FWHM = 2.3548200450309493
_LOG = "logarithmic scale"


@dataclass(frozen=True)
class UpsSettings:
    """What can be chosen."""

    photon_energy: float | None = number("eV", "photon energy; that of the file or of the lamp that names tell")
    bias: float | None = number("V", "voltage of the sample while it was measured, such as -5 V; none")
    fermi_level: float | None = number("eV", "Fermi level on the axis; that of a metal's edge, else zero")
    fermi_level_uncertainty: float = number("eV", "its standard uncertainty", 0.0, valid="nonnegative")
    cutoff_window: tuple[float, float] | None = span("eV", "binding energies in which the cut-off lies; all")
    onset_window: tuple[float, float] | None = span("eV", "binding energies in which the onset lies; below 12 eV")
    temperature: float = number("K", "temperature of a metal with a Fermi edge", 295.0, valid="positive")
    satellite: float = number("1", "He I beta relative to He I alpha, subtracted", 0.02, valid="fraction")
    resolution: float | None = number("eV", "resolution (FWHM) of the analyser; that of a metal's edge", shown="meV")
    gap: float | None = number("eV", "gap that the electron affinity follows with", valid="positive")
    biased_onset: bool = flag("the valence band was measured with the bias as well", default=True)


@dataclass(frozen=True, eq=False)
class _Spectrum:
    """A region on the axis of binding energies from the Fermi level, bias taken off."""

    label: str
    energy: Array
    signal: Array
    sd: Array
    soft: bool  # whether ultraviolet light made it


def ups(
    data: xarray.Dataset,
    settings: UpsSettings | None = None,
    *,
    others: Sequence[xarray.Dataset] = (),
    reference: xarray.Dataset | None = None,
) -> Analysis:
    """Return work function, onset of the valence band and ionisation energy of a sample.

    phi = h nu - E_cut, where a straight line through the edge of the secondary electrons meets the background;
    ionisation energy phi + E_F - E_VBM with the onset on a linear and on a logarithmic scale, since tails of the
    valence band of perovskites are faint. Each line is laid through several parts of the edge; their spread is the
    uncertainty, and 0.1 eV the least.

    Args:
        data: spectrum against binding or kinetic energy, as `halodot.read` returns it.
        settings: what is chosen otherwise than by default.
        others: further spectra of the same sample, such as the valence band beside the cut-off.
        reference: Fermi edge of a metal on the same axis.

    Raises:
        DataError: there is no edge, or the photon energy is missing.

    Source: Endres, Egger, Kulbak et al., J. Phys. Chem. Lett. 7, 2722 (2016), onset on the logarithmic scale.
    """
    chosen = settings or UpsSettings()
    everything = [data, *others]
    words = " ".join(_words(item) for item in everything)
    hv = _photon_energy(everything, chosen, words)
    notes: list[str] = []
    level, level_sd, resolution = _level(chosen, reference, notes)
    spectra = [one for item in everything for one in _spectra(item, chosen, hv, level, notes)]
    if not spectra:
        raise DataError(
            f"{data.attrs.get('file', 'the measurement')}: no spectrum against binding energy; say photon_energy"
        )
    width = chosen.resolution if chosen.resolution is not None or not resolution else resolution[0].value
    chosen = replace(chosen, photon_energy=hv, fermi_level=level, bias=chosen.bias or 0.0)
    chosen = replace(chosen, fermi_level_uncertainty=level_sd, resolution=width)
    findings, panels = _levels(spectra, chosen, notes)
    if not findings:
        raise DataError("no cut-off and no onset of a valence band; choose cutoff_window and onset_window")
    made = (*findings, *resolution)
    return Analysis("ups", chosen, made, notes=tuple(dict.fromkeys(notes)), panels=tuple(panels))


def _words(data: xarray.Dataset) -> str:
    said = [
        str(data.attrs.get(key, "")) for key in ("file", "curve", "sample", "source", "title", "technique", "header")
    ]
    labels = " ".join(region.label for region in regions(data))
    return " ".join((*said, labels))


def _photon_energy(everything: Sequence[xarray.Dataset], chosen: UpsSettings, words: str) -> float | None:
    if chosen.photon_energy is not None:
        return chosen.photon_energy
    stated = [region.photon_energy for item in everything for region in regions(item)]
    known = next((item for item in stated if math.isfinite(item)), None)
    if known is not None:
        return known
    if re.search(r"(?<![a-z])He[ _-]?II(?![a-z])", words, re.I):
        return _HELIUM_II
    return _HELIUM_I if re.search(r"(?<![a-z])He[ _-]?I(?![a-z])", words, re.I) else None


def _level(
    chosen: UpsSettings, reference: xarray.Dataset | None, notes: list[str]
) -> tuple[float, float, list[Finding]]:
    """Return the Fermi level on the axis, its uncertainty, and what a metal's edge tells."""
    given = chosen.fermi_level or 0.0, chosen.fermi_level_uncertainty
    if reference is None:
        return *given, []
    there = [region for region in regions(reference, chosen.photon_energy) if region.binding]
    if not there:
        notes.append("the Fermi edge of the metal has no axis of binding energies and was not used")
        return *given, []
    region = there[0]
    fit, _, _ = fitted_fermi_edge(region.energy, region.signal, noise(region), chosen.temperature)
    place, spread = float(fit.values[0]), float(fit.uncertainties[0])
    if chosen.fermi_level is not None:
        return *given, [resolution_of(fit)]
    if abs(place - (chosen.bias or 0.0)) > _LEVEL_REACH:
        notes.append(
            f"the Fermi edge of the metal lies at {place:.3f} eV, too far off to be of the same axis, and is not used; "
            f"say fermi_level: {place:.3f} eV where it is"
        )
        return *given, []
    notes.append(f"energies count from the Fermi edge of the metal at {place:.3f} eV")
    return place, spread, [resolution_of(fit)]


def _spectra(
    data: xarray.Dataset, chosen: UpsSettings, hv: float | None, level: float, notes: list[str]
) -> list[_Spectrum]:
    found = []
    there = regions(data, hv)
    for region in there:
        if not region.binding or region.energy.size < 8 or not is_ups_region(data, region, len(there) == 1):
            continue
        moved = replace(region, energy=region.energy - level)
        soft = not region.photon_energy > SOFT
        found.append(_Spectrum(region.label, moved.energy, moved.signal, noise(moved), soft))
    if chosen.bias is None:
        notes.append("no bias of the sample is taken off; say bias: -5 V where there was one")
    return found


def _levels(spectra: list[_Spectrum], chosen: UpsSettings, notes: list[str]) -> tuple[list[Finding], list[Panel]]:
    """Return work function, onset and ionisation energy, with what their figure shows."""
    findings: list[Finding] = []
    panels: list[Panel] = []
    bias, hv, level_sd = chosen.bias or 0.0, chosen.photon_energy, chosen.fermi_level_uncertainty
    found = _first_cutoff(spectra, chosen.cutoff_window)
    work: tuple[float, float] | None = None
    if found is not None and hv is not None:
        one, edge = found
        place, spread = _unbroadened(edge, chosen.resolution)
        place -= bias
        work = hv - place, max(math.hypot(spread, level_sd), _LEAST)
        how = "straight line through the cut-off to the background, broadening taken off"
        findings.append(Finding(CUTOFF, place, spread, how))
        findings.append(Finding(WORK_FUNCTION, *work, f"h nu - E_cut, {how}", warnings=_doubt(work[0], bias)))
        panels.append(_panel(one, edge, f"cut-off {edge.energy:.2f} eV", _around(one, edge)))
    elif found is not None:
        notes.append("no work function: the photon energy is missing; say photon_energy: 21.22 eV")
    off = bias if chosen.biased_onset else 0.0
    valence = _first_onset(spectra, chosen, off)
    if valence is not None:
        one, edge, logarithmic = valence
        onsets = [("", edge.energy - off, edge.uncertainty)]
        if logarithmic is not None:
            onsets.append((_LOG, logarithmic[0] - off, logarithmic[1]))
        for of, place, spread in onsets:
            findings += _from_onset(place, max(math.hypot(spread, level_sd), _LEAST), of, work, chosen)
        panels.append(_panel(one, edge, f"onset {edge.energy:.2f} eV", _around(one, edge)))
        if hv is not None and abs(hv - _HELIUM_I) < 0.1 and chosen.satellite > 0.0:
            notes.append(f"He I beta, {chosen.satellite:.1%} of He I alpha and {_SATELLITE:.2f} eV off, is subtracted")
    return findings, panels


def _unbroadened(edge: Edge, resolution: float | None) -> tuple[float, float]:
    """Return the cut-off without the broadening of the analyser, and its standard uncertainty.

    A line through a step that a Gaussian broadens meets the background sqrt(pi / 2) of its standard deviation outside
    of the step. Where the resolution is not known, the cut-off lies between that and the half height.
    """
    away = edge.middle - edge.energy
    if resolution is None:
        return edge.energy + 0.5 * away, math.hypot(edge.uncertainty, away / math.sqrt(12.0))
    shift = min(math.sqrt(0.5 * math.pi) * resolution / _FWHM, abs(away))
    return edge.energy + math.copysign(shift, away), math.hypot(edge.uncertainty, 0.3 * shift)


def _doubt(work: float, bias: float) -> tuple[str, ...]:
    low, high = _USUAL_WORK_FUNCTION
    if low < work < high:
        return ()
    missing = "" if bias else "; say bias: -5 V where the sample was biased"
    return (f"no surface has a work function of {work:.1f} eV{missing}",)


def _from_onset(
    place: float, spread: float, of: str, work: tuple[float, float] | None, chosen: UpsSettings
) -> list[Finding]:
    scale = "logarithmic" if of else "linear"
    how = f"straight line through the onset on a {scale} scale to the background"
    found = [Finding(ONSET, place, spread, how, of=of)]
    if work is None:
        return found
    energy, doubt = work[0] + place, math.hypot(work[1], spread)
    found.append(Finding(IONISATION, energy, doubt, f"work function and onset, {how}", of=of))
    if chosen.gap is not None:
        found.append(
            Finding(AFFINITY, energy - chosen.gap, doubt, "ionisation energy less the gap of the settings", of=of)
        )
    return found


def _first_cutoff(spectra: list[_Spectrum], window: tuple[float, float] | None) -> tuple[_Spectrum, Edge] | None:
    low, high = window or (2.0, np.inf)
    for one in (item for item in spectra if item.soft):
        part = (one.energy >= low) & (one.energy <= high)
        edge = cutoff(one.energy[part], one.signal[part])
        if edge is not None:
            return one, edge
    return None


def _first_onset(
    spectra: list[_Spectrum], chosen: UpsSettings, off: float
) -> tuple[_Spectrum, Edge, tuple[float, float] | None] | None:
    low, high = chosen.onset_window or (-np.inf, 12.0 + off)
    for one in spectra:
        clean = _without_satellite(one, chosen)
        part = (one.energy >= low) & (one.energy <= high)
        if one.energy.size == 0 or one.energy[0] - off > 1.5:
            continue
        edge = onset(one.energy[part], clean[part], one.sd[part])
        if edge is not None:
            shown = replace(one, signal=clean)
            return shown, edge, logarithmic_onset(one.energy[part], clean[part], edge, one.sd[part])
    return None


def _without_satellite(one: _Spectrum, chosen: UpsSettings) -> Array:
    """Return the spectrum without what He I beta makes of it, at binding energies that look smaller."""
    hv = chosen.photon_energy
    if hv is None or abs(hv - _HELIUM_I) > 0.1 or chosen.satellite == 0.0:
        return one.signal
    clean = one.signal
    for _ in range(3):
        clean = one.signal - chosen.satellite * np.interp(one.energy + _SATELLITE, one.energy, clean)
    return clean


def _around(one: _Spectrum, edge: Edge) -> tuple[float, float]:
    reach = max(2.0, 6.0 * abs(edge.energy - edge.middle))
    return max(edge.energy - reach, float(one.energy[0])), min(edge.energy + reach, float(one.energy[-1]))


def _panel(one: _Spectrum, edge: Edge, text: str, shown: tuple[float, float]) -> Panel:
    inside = (one.energy >= shown[0]) & (one.energy <= shown[1])
    energy, signal = one.energy[inside], one.signal[inside]
    line = edge.line[1] + edge.line[0] * energy
    there = (line > edge.background) & (line < float(signal.max()) * 1.05)
    traces = (
        Trace(energy, signal, "measured", "points"),
        Trace(energy[there], line[there], "straight line"),
        Trace(energy, np.full(energy.size, edge.background), "background", "dashed"),
    )
    return Panel("Binding energy (eV), as measured", "Intensity", traces, (Mark(edge.energy, text),), x_reversed=True)


def _takes(data: xarray.Dataset) -> bool:
    return is_ups(data) and not is_metal(data)


def _analyse(inputs: Inputs, settings: UpsSettings) -> Analysis:
    first, *others = inputs["spectra"]
    reference = inputs.get("reference", ())
    return ups(first, settings, others=others, reference=reference[0] if reference else None)


METHOD = Method(
    name="ups",
    title="Ultraviolet photoelectron spectra",
    settings=UpsSettings,
    quantities=(CUTOFF, WORK_FUNCTION, ONSET, IONISATION, AFFINITY, RESOLUTION),
    roles=(
        Role("spectra", "cut-off and valence band against binding or kinetic energy", _takes, several=True),
        Role(
            "reference",
            "Fermi edge of a metal on the same axis",
            is_metal,
            words="fermi|Ef|reference",
            required=False,
            shared=True,
        ),
    ),
    analyse=_analyse,
)
