"""Fermi edge of a metal: the Fermi level on the axis of a spectrometer, and its resolution."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from halodot.errors import DataError
from halodot.lab.choices import number, span
from halodot.lab.findings import Analysis, Finding, Mark, Panel, Trace
from halodot.lab.method import Inputs, Method, Role
from halodot.lab.methods._fermi import FERMI_METHOD, RESOLUTION, fitted_fermi_edge, is_metal, resolution_of
from halodot.lab.photoelectrons import noise, regions
from halodot.names import Quantity

if TYPE_CHECKING:
    import xarray

FERMI = Quantity("fermi_level", "eV", "eV", "Fermi level on the axis of the spectrum", "E_F")
#: residuals of this share of the step are no Fermi edge
_LEFT = 0.1


@dataclass(frozen=True)
class FermiEdgeSettings:
    """What can be chosen."""

    photon_energy: float | None = number("eV", "photon energy; that of the file")
    temperature: float = number("K", "temperature of the metal", 295.0, valid="positive")
    window: tuple[float, float] | None = span("eV", "energies in which the edge lies; all")


def fermi_edge(data: xarray.Dataset, settings: FermiEdgeSettings | None = None) -> Analysis:
    """Return the Fermi level and the resolution from the edge of a metal.

    (n + n' (E - E_F)) / (1 + exp(-(E - E_F) / kT)) convolved with a Gaussian, on a constant background, is fitted
    around the steepest step.

    Args:
        data: spectrum against binding or kinetic energy, as `halodot.read` returns it.
        settings: what is chosen otherwise than by default.

    Raises:
        DataError: there is no step, or no axis of energies.
    """
    chosen = settings or FermiEdgeSettings()
    there = regions(data, chosen.photon_energy)
    findings: list[Finding] = []
    panels, failures = [], []
    low, high = chosen.window or (-np.inf, np.inf)
    for region in there:
        # on a kinetic axis the filled states lie below the edge; turned over it is that of binding energies
        way = 1.0 if region.binding else -1.0
        energy, signal, sd = region.energy, region.signal, noise(region)
        part = (energy >= low) & (energy <= high)
        order = np.argsort(way * energy[part])
        args = (way * energy[part])[order], signal[part][order], sd[part][order], chosen.temperature
        try:
            fit, where, counts = fitted_fermi_edge(*args)
        except DataError as error:
            failures.append(f"{region.label or data.attrs.get('file', 'the spectrum')}: {error}")
            continue
        place = way * float(fit.values[0])
        left = float(np.std(counts - fit.model)) / float(np.ptp(fit.model))
        told = (
            (f"the fitted edge does not describe the spectrum: residuals are {left:.0%} of it",) if left > _LEFT else ()
        )
        level = Finding(FERMI, place, float(fit.uncertainties[0]), FERMI_METHOD, of=region.label, warnings=told)
        findings += [level, replace(resolution_of(fit), of=region.label)]
        traces = (Trace(way * where, counts, "measured", "points"), Trace(way * where, fit.model, "fit"))
        name = "Binding energy (eV)" if region.binding else "Kinetic energy (eV)"
        panels.append(
            Panel(name, "Intensity", traces, (Mark(place, f"E_F {place:.3f} eV"),), x_reversed=region.binding)
        )
    if not findings:
        said = "; ".join(failures) or f"{data.attrs.get('file', 'the measurement')}: no spectrum of photoelectrons"
        raise DataError(said)
    hv = next((item.photon_energy for item in there if np.isfinite(item.photon_energy)), None)
    return Analysis(
        "fermi_edge",
        replace(chosen, photon_energy=hv),
        tuple(findings),
        notes=tuple(failures),
        panels=tuple(panels[:4]),
    )


def _analyse(inputs: Inputs, settings: FermiEdgeSettings) -> Analysis:
    return fermi_edge(inputs["spectrum"][0], settings)


METHOD = Method(
    name="fermi_edge",
    title="Fermi edge of a metal",
    settings=FermiEdgeSettings,
    quantities=(FERMI, RESOLUTION),
    roles=(Role("spectrum", "photoelectrons of a metal around its Fermi edge", is_metal),),
    analyse=_analyse,
)
