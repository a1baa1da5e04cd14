"""The kinds of figures: what each needs of a result, how it is drawn, and what it shows in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from halodot.report import (
    figures_chemistry,
    figures_colour,
    figures_curves,
    figures_device,
    figures_excitons,
    figures_flow,
    figures_light,
    figures_shell,
    figures_stack,
    figures_zone,
)
from halodot.results import balances
from halodot.results.data import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Kind:
    """A figure: what it needs of a result, how it is drawn from that, and what it shows."""

    pick: Callable[[Result], Any]  # what is drawn, or None where the result does not have it
    draw: Callable[[Mapping[str, Any]], Figure]
    needs: str  # what a result without it lacks
    caption: str
    axes: tuple[tuple[str, str], ...] = ()  # names of halodot.report.measured.COLUMNS of each panel, across and up


def _dots(*curves: str) -> Callable[[Result], Any]:
    """Pick the dots where they have points in all of these curves."""
    return lambda result: (
        result.dots if result.dots and all(np.any(np.isfinite(getattr(result.dots, c))) for c in curves) else None
    )


def _levels(result: Result) -> Any:
    return result.stack if result.stack is not None and figures_stack.has_levels(result.stack) else None


def _film(result: Result) -> Any:
    return result.film if result.film and np.any(np.isfinite(result.film.index)) else None


def _operated(result: Result) -> Any:
    return result if result.device_solution and np.any(np.isfinite(result.device_solution.current_density)) else None


def _lit(result: Result) -> Any:
    return result.emission if figures_light.peak_of(result.emission) is not None else None


def _with_forward_current(result: Result) -> Any:
    return result if result.device_solution and np.sum(balances.forward_points(result.device_solution)) > 1 else None


def _with_angles(result: Result) -> Any:
    emission = _lit(result)
    return emission if emission is not None and emission.angular_luminance.size else None


def _emitting_point(result: Result) -> Any:
    point = figures_device.point_of(result)
    return point if point and figures_device.emitter_nodes(point).size else None


def _with_excitons(result: Result) -> Any:
    device_solution = result.device_solution
    made = device_solution and np.any(figures_excitons.points_with_excitons(device_solution, result.emission))
    return result if made else None


def _with_light(result: Result) -> Any:
    return result if _lit(result) is not None else None


def _ageing(result: Result) -> Any:
    return result.ageing if result.ageing and np.any(np.isfinite(result.ageing.relative_luminance)) else None


def _cie(emissions: Mapping[str, Any]) -> Figure:
    from halodot.study import load_colour_matching

    table = load_colour_matching()
    return figures_colour.cie(emissions, np.stack([table.wavelength, table.x, table.y, table.z]))


KINDS: Mapping[str, Kind] = {
    "stack": Kind(
        _levels,
        figures_stack.stack,
        "no stack with levels",
        "The layers from the substrate up, with their thicknesses, and their levels before contact in eV below "
        "vacuum: LUMO or conduction band (blue), HOMO or valence band (red), work functions of the contacts (black).",
    ),
    "flat_bands": Kind(
        _levels,
        figures_stack.flat_bands,
        "no stack with levels",
        "Energy levels before contact, in eV below vacuum: LUMO or conduction band (blue), HOMO or valence band (red), "
        "work functions of the contacts (black); the columns are not to scale.",
    ),
    "shell": Kind(
        figures_shell.with_shell,
        figures_shell.shell,
        "no ligand shell by step",
        "Ligands on the surface sites of the dots after each step of the recipe, in its words, from the one in which "
        "the dots nucleate.",
    ),
    "absorption": Kind(
        _dots("absorbance", "pl"),
        figures_chemistry.absorption,
        "no spectra",
        "Absorbance and photoluminescence of the dots in solution; dotted lines mark the peaks.",
    ),
    "trpl": Kind(
        _dots("trpl"),
        figures_chemistry.trpl,
        "no PL decay",
        "Decay of the photoluminescence of the dots after a weak pulse.",
    ),
    "air": Kind(
        _dots("pl_in_air"),
        figures_chemistry.air,
        "no curve in air",
        "Photoluminescence of the dots kept in air, relative to the first day.",
    ),
    "nk": Kind(
        _film,
        figures_chemistry.nk,
        "no film",
        "Refractive index and extinction coefficient of the film of dots.",
    ),
    "jvl": Kind(
        _operated,
        figures_curves.jvl,
        "no solved device",
        "Current density and, where there is light, luminance against voltage.",
        (("voltage", "current_density"), ("voltage", "luminance")),
    ),
    "luminance_current": Kind(
        _with_light,
        figures_curves.luminance_current,
        "no measurable light",
        "Luminance against current density.",
        (("current_density", "luminance"),),
    ),
    "eqe": Kind(
        _with_light,
        figures_curves.eqe,
        "no measurable light",
        "External quantum efficiency against current density.",
        (("current_density", "eqe"),),
    ),
    "eqe_luminance": Kind(
        _with_light,
        figures_curves.eqe_luminance,
        "no measurable light",
        "External quantum efficiency against luminance.",
        (("luminance", "eqe"),),
    ),
    "current_efficiency": Kind(
        _with_light,
        figures_curves.current_efficiency,
        "no measurable light",
        "Current efficiency, forward luminance over current density, against luminance.",
        (("luminance", "current_efficiency"),),
    ),
    "power_efficiency": Kind(
        _with_light,
        figures_curves.power_efficiency,
        "no measurable light",
        "Power efficiency, the luminous flux into all angles over the electrical power, against luminance.",
        (("luminance", "power_efficiency"),),
    ),
    "el": Kind(
        _lit,
        figures_light.el,
        "no measurable light",
        "Electroluminescence spectrum along the normal at the highest EQE, in photons per wavelength, scaled to a "
        "maximum of 1.",
        (("wavelength", "intensity"),),
    ),
    "cie": Kind(
        _lit,
        _cie,
        "no measurable light",
        "Colour of the electroluminescence at the highest EQE in the CIE 1931 diagram; the cross is D65 white.",
    ),
    "far_field": Kind(
        _with_angles,
        figures_light.far_field,
        "no light by angle",
        "Luminous intensity against the angle in air at the highest EQE, beside a Lambertian source; the "
        "legend gives the Lambertian factor, pi times forward luminance over luminous exitance.",
    ),
    "colour_shift": Kind(
        _with_angles,
        figures_light.colour_shift,
        "no light by angle",
        "Colour by angle in air at the highest EQE, as distance from the normal in CIE 1976 u', v'.",
    ),
    "decay": Kind(
        _ageing,
        figures_light.decay,
        "no lifetime",
        "Luminance at constant current; the cross marks half of the initial luminance.",
    ),
    "bands": Kind(
        figures_device.point_of,
        figures_device.bands,
        "no solved device",
        "Levels of the layers and, where there is a carrier in a cm³, quasi-Fermi levels, relative to vacuum at the "
        "cathode, at the highest EQE or, without light, at the highest voltage.",
    ),
    "profiles": Kind(
        figures_device.point_of,
        figures_device.profiles,
        "no solved device",
        "Carriers, ions and recombination across the layers, at the highest EQE or, without light, at the highest "
        "voltage.",
    ),
    "recombination": Kind(
        _emitting_point,
        figures_device.recombination,
        "no solved emitting layer",
        "Recombination of electrons and holes across the emitting layer at the highest EQE or, without light, at the "
        "highest voltage.",
    ),
    "flow": Kind(
        figures_flow.point_of_flow,
        figures_flow.flows,
        "no forward current",
        "Where every injected pair of charges and every photon goes, at the highest EQE or, without light, at the "
        "highest voltage; widths are shares of the injected current and add up at every node.",
    ),
    "emission_zone": Kind(
        figures_zone.with_emission_zone,
        figures_zone.emission_zone,
        "no excitons by position in the emitting layer",
        "Where in the emitting layer excitons are made and photons come from, as shares per nanometre that add up to "
        "100 %, at the highest EQE, at 100 and 1000 cd/m² where they are reached, and at the highest voltage.",
    ),
    "charges": Kind(
        _operated,
        figures_device.charges,
        "no solved device",
        "Where the charges go: the parts of the current, which add up to the total current.",
    ),
    "budget": Kind(
        _with_forward_current,
        figures_device.budget,
        "no forward current",
        "What becomes of the current, as shares that add up to 100 %.",
    ),
    "excitons": Kind(
        _with_excitons,
        figures_excitons.excitons,
        "no excitons",
        "How the excitons end as the current rises: light, traps, neighbouring layers, dots that carry a charge.",
    ),
    "photons": Kind(
        _lit,
        figures_light.photons,
        "no measurable light",
        "Where the excitons go at the highest EQE: light into air and every loss.",
    ),
}
