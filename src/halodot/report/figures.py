"""Every figure by its name: one kind of curve, of one result or of several beside one another."""

from __future__ import annotations

import difflib
import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from halodot.errors import InputError
from halodot.report import (
    figures_chemistry,
    figures_colour,
    figures_curves,
    figures_device,
    figures_excitons,
    figures_flow,
    figures_light,
    figures_shell,
    figures_zone,
)
from halodot.report.measured import COLUMNS, Points, overlay, shows
from halodot.report.style import WIDTH, house_style, inline_svg, note, save
from halodot.results import balances
from halodot.results.data import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from halodot.learn.thickness import BestThickness

__all__ = ["KINDS", "draw", "kinds_of", "pictures", "plot", "save", "title_of", "write_figures"]


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


_SMOOTH = "Between the solved voltages the curve is a monotone cubic."
KINDS: Mapping[str, Kind] = {
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
        "Current density and luminance against voltage.",
        (("voltage", "current_density"), ("voltage", "luminance")),
    ),
    "luminance_current": Kind(
        _with_light,
        figures_curves.luminance_current,
        "no measurable light",
        "Luminance against current density. " + _SMOOTH,
        (("current_density", "luminance"),),
    ),
    "eqe": Kind(
        _with_light,
        figures_curves.eqe,
        "no measurable light",
        "External quantum efficiency against current density; the legend gives the highest value at 1 cd/m² or more. "
        + _SMOOTH,
        (("current_density", "eqe"),),
    ),
    "eqe_luminance": Kind(
        _with_light,
        figures_curves.eqe_luminance,
        "no measurable light",
        "External quantum efficiency against luminance; the legend gives the highest value at 1 cd/m² or more. "
        + _SMOOTH,
        (("luminance", "eqe"),),
    ),
    "current_efficiency": Kind(
        _with_light,
        figures_curves.current_efficiency,
        "no measurable light",
        "Current efficiency, forward luminance over current density, against luminance; the legend gives the highest "
        "value at 1 cd/m² or more. " + _SMOOTH,
        (("luminance", "current_efficiency"),),
    ),
    "power_efficiency": Kind(
        _with_light,
        figures_curves.power_efficiency,
        "no measurable light",
        "Power efficiency, the luminous flux into all angles over the electrical power, against luminance; the legend "
        "gives the highest value at 1 cd/m² or more. " + _SMOOTH,
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
        "Levels of the layers and, where there is a carrier in a cm³, quasi-Fermi levels, at the highest EQE "
        "or, without light, at the highest voltage.",
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
        "Recombination of electrons and holes across the emitting layer at the highest EQE.",
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
        "no excitons by height in the emitting layer",
        "Where in the emitting layer excitons are made and photons come from, as shares per nanometre that add up to "
        "100 %, at the highest EQE, at 100 and 1000 cd/m² where they are reached, and at the highest voltage.",
    ),
    "charges": Kind(
        _operated,
        figures_device.charges,
        "no solved device",
        "Where the charges go: the parts of the current, which add up to the whole.",
    ),
    "budget": Kind(
        _with_forward_current,
        figures_device.budget,
        "no forward current",
        "What becomes of the current, as shares that add up to the whole.",
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


def title_of(result: Result) -> str:
    """Return what a result is called on its page and in its figures."""
    title = result.study.title.strip() or result.study.name or "untitled study"
    return title.encode("utf-8", "backslashreplace").decode()


def plot(result: Result | BestThickness, kind: str = "", voltage: float | None = None, width: float = WIDTH) -> Figure:
    """Return a figure of a result, or the map of the best thicknesses.

    Args:
        result: what was computed, or what :func:`halodot.learn.best_thickness` found.
        kind: of the figure, a key of :data:`KINDS`; the map of the best thicknesses is the only one of them.
        voltage: for profiles, the solved bias point nearest to it [V] in place of the usual one.
        width: of the figure [mm]; 85 is one column of a journal, 170 both.

    Raises:
        InputError: there is no such figure, or the result does not have what it shows.
    """
    if isinstance(result, Result):
        return draw(kind, {title_of(result): result}, voltage, width=width)
    if kind or voltage is not None:
        raise InputError("the best thicknesses have one figure, their map, and no voltage to choose")
    with house_style(width):
        return figures_light.thickness_map(result)


def kinds_of(result: Result) -> tuple[str, ...]:
    """Return the kinds of figure that this result can show."""
    return tuple(name for name, kind in KINDS.items() if kind.pick(result) is not None)


def draw(
    kind: str,
    results: Mapping[str, Result],
    voltage: float | None = None,
    measured: Mapping[str, Points] | None = None,
    width: float = WIDTH,
) -> Figure:
    """Return a figure of one kind with the curves of every named result that has them, and measured points over them.

    Args:
        kind: a key of :data:`KINDS`.
        results: results by the name that the legend shows; those that lack the curve are named below the panels.
        voltage: for profiles, the solved bias point nearest to it [V] in place of the usual one.
        measured: columns of points by the name that the legend shows: voltage [V], current_density [A/m2],
            luminance [cd/m2], eqe [1], current_efficiency [cd/A], power_efficiency [lm/W], wavelength [m], intensity.
        width: of the figure [mm]; 85 is one column of a journal, 170 both.

    Raises:
        InputError: there is no such kind, nothing given has what it shows, or it has no bias to choose.
    """
    entry = _entry(kind)
    picked = {name: entry.pick(result) for name, result in results.items()}
    drawn = {name: item for name, item in picked.items() if item is not None}
    missing = [name for name in picked if name not in drawn]
    points = _points(kind, entry, measured or {})
    if not drawn and not points:
        names = ", ".join((*missing, *(measured or {}))) or "no result was given"
        raise InputError(f"nothing to draw in the figure {kind!r}: {entry.needs} in {names}")
    if voltage is not None:
        drawn = {name: _moved(kind, item, voltage) for name, item in drawn.items()}
    if not 40.0 <= width <= 400.0:
        raise InputError(f"a figure is between 40 and 400 mm wide, not {width:g}")
    with house_style(width):
        figure = entry.draw(drawn)
        if measured:
            overlay(figure, entry.axes, measured, list(drawn))
        if missing:
            note(figure, f"Not drawn ({entry.needs}): {', '.join(missing)}")
    return figure


def _entry(kind: str) -> Kind:
    if kind not in KINDS:
        near = difflib.get_close_matches(kind, KINDS, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise InputError(f"there is no figure {kind!r}; the figures are {', '.join(KINDS)}.{hint}")
    return KINDS[kind]


def _points(kind: str, entry: Kind, measured: Mapping[str, Points]) -> bool:
    """Return whether measured points have a place in a figure, having refused what no figure shows."""
    unknown = {name for points in measured.values() for name in points} - set(COLUMNS)
    if unknown:
        raise InputError(f"measured points have the columns {', '.join(COLUMNS)}, not {', '.join(sorted(unknown))}")
    if measured and not entry.axes:
        able = ", ".join(name for name, other in KINDS.items() if other.axes)
        raise InputError(f"the figure {kind!r} shows no measured points; these do: {able}")
    return any(shows(entry.axes, points) for points in measured.values())


def pictures(
    results: Mapping[str, Result],
    kinds: Sequence[str] | None = None,
    progress: Callable[[str], None] = lambda text: None,
    shown_in: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, str]:
    """Return figures as ``<svg>`` elements of a page, with ids that begin with their kind.

    Args:
        results: results by the name that the legends show.
        kinds: which figures; all that at least one of the results can show where nothing is said.
        progress: called with the kind of the figure that is drawn next.
        shown_in: kind -> the results that it compares; all of them where a kind is not named.

    Returns:
        The elements by kind, in the order of the kinds.
    """
    possible = {kind for result in results.values() for kind in kinds_of(result)}
    drawn = {}
    for kind in [kind for kind in KINDS if kind in possible] if kinds is None else kinds:
        progress(kind)
        names = (shown_in or {}).get(kind, tuple(results))
        drawn[kind] = inline_svg(draw(kind, {name: results[name] for name in names}), kind, KINDS[kind].caption)
    return drawn


def _moved(kind: str, item: Any, voltage: float) -> figures_device.Point | figures_flow.FlowPoint:
    if not isinstance(item, figures_device.Point | figures_flow.FlowPoint):
        raise InputError(f"the figure {kind!r} shows no single voltage; bands, profiles, recombination and flow do")
    if not math.isfinite(voltage):
        raise InputError(f"the voltage must be finite, not {voltage}")
    if isinstance(item, figures_flow.FlowPoint):
        return figures_flow.flow_at_voltage(item, voltage)
    return figures_device.at_voltage(item, voltage)


def write_figures(
    results: Mapping[str, Result],
    folder: str | os.PathLike[str],
    progress: Callable[[str], None] = lambda text: None,
    shown_in: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, tuple[Path, ...]]:
    """Write every figure that at least one of the results can show, as PNG and SVG.

    Args:
        results: results by the name that the legends show.
        folder: made if it does not exist; figures of an earlier call are replaced or removed.
        progress: called with the kind of the figure that is drawn next.
        shown_in: kind -> the results that it compares; all of them where a kind is not named.

    Returns:
        The paths by kind.
    """
    home = Path(folder)
    home.mkdir(exist_ok=True)
    for kind in KINDS:
        for ending in ("png", "svg"):
            (home / f"{kind}.{ending}").unlink(missing_ok=True)
    possible = {kind for result in results.values() for kind in kinds_of(result)}
    written = {}
    for kind in KINDS:
        if kind in possible:
            progress(kind)
            names = (shown_in or {}).get(kind, tuple(results))
            written[kind] = save(draw(kind, {name: results[name] for name in names}), home / kind)
    return written
