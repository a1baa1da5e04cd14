"""Charts of a device: what is measured of it, its light, its inside under voltage, and how it fades."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from halodot.app.charts.axes import Axis, between, decades, from_zero
from halodot.app.charts.colour import patch
from halodot.app.charts.curves import CurveChart, Line, Name, Rule
from halodot.app.charts.shown import Shown, said
from halodot.names import shown as in_bench_units
from halodot.report import figures_curves, figures_zone
from halodot.report.figures_device import Point, at_voltage, fermi_levels, node_levels, point_of
from halodot.report.kinds import KINDS
from halodot.report.measured import Points
from halodot.report.placing import spread
from halodot.report.style import HOUR, MILLIAMPERE_PER_CM2, NANOMETRE
from halodot.results.data import Result
from halodot.results.summary import peak_point
from halodot.rounding import rounded
from halodot.states import Array, Emission, IntArray

#: decades of the current that are seen beside the light
_DECADES = 8.0
#: half widths of the spectrum that are shown beside its peak
_WIDTHS = 2.5
#: points of the bands in each layer, and room for the names of the layers above them
_IN_LAYER, _ROOM = 8, 0.36
#: letters of a layer's name, and the share of the chart's width that a turned name takes
_LETTERS, _NAME_WIDTH = 15, 0.044


def jvl(shown: Shown) -> CurveChart | None:
    """Current density and luminance against voltage."""
    kind = KINDS["jvl"]
    if kind.pick(shown.result) is None:
        return None
    every = {name: _jvl_lines(result) for name, result in shown.pins.items() if kind.pick(result) is not None}
    lines = _jvl_lines(shown.result)
    together = [*lines, *(line for own in every.values() for line in own)]
    points = list(shown.measured.values())
    voltage = between("Voltage (V)", [*(line.x for line in together), *_of(points, "voltage")])
    currents = [np.abs(one) / MILLIAMPERE_PER_CM2 for one in _of(points, "current_density")]
    current = decades("J (mA/cm²)", [*(line.y for line in together if not line.right), *currents], _DECADES)
    bright = [*(line.y for line in together if line.right), *_of(points, "luminance")]
    bright += [np.array(shown.reported["luminance_max"])] if "luminance_max" in shown.reported else []
    light = decades("L (cd/m²)", bright, low=figures_curves.FAINT)
    lit = lines[1].x.size > 0
    where = f"{lines[0].x[-1]:.3g} V" if lines[0].x.size else ""
    driven = f"J {rounded(float(np.abs(lines[0].y[-1])))} mA/cm² at {where}"
    brightest = _brightest(shown.result, lines[1]) if lit else ""
    chip = f"{driven}, L up to {brightest}" if lit else driven
    text = f"Current density against voltage: {driven}"
    if lit:
        start = said(shown.result, "turn_on_voltage")
        text += f"; L up to {brightest}" if start == "not known" else f"; 1 cd/m² at {start}, L up to {brightest}"
    rules = _rules(shown, {"turn_on_voltage": True, "luminance_max": False}, right=("luminance_max",))
    names = [_at_share(lines[0], "J", 0.4, "left"), *([_at_share(lines[1], "L", 0.8, "bottom")] if lit else [])]
    return CurveChart(
        chip,
        f"{text}.",
        voltage,
        (current, light),
        lines,
        every,
        names=[name for name in names if name is not None],
        rules=rules if lit else [rule for rule in rules if not rule.right],
        measured=shown.measured,
        columns=(("voltage", "current_density"), ("voltage", "luminance")),
    )


def _brightest(result: Result, light: Line) -> str:
    """The highest luminance, where it still rises at the end of the sweep that of its points."""
    known = said(result, "luminance_max")
    return known if known != "not known" else f"{rounded(float(np.nanmax(light.y)))} cd/m²"


def _jvl_lines(result: Result) -> list[Line]:
    solution, emission = result.device_solution, result.emission
    assert solution is not None
    current = np.abs(solution.current_density) / MILLIAMPERE_PER_CM2
    lit = emission is not None and KINDS["eqe"].pick(result) is not None
    voltage, light = (emission.voltage, emission.luminance) if emission is not None and lit else (np.zeros(0),) * 2
    return [
        Line("current_density", "J (mA/cm²)", solution.voltage, current, 0, curved=True),
        Line("luminance", "L (cd/m²)", voltage, light, 1, right=True, curved=True),
    ]


def eqe(shown: Shown) -> CurveChart | None:
    """External quantum efficiency against current density."""
    kind = KINDS["eqe"]
    if kind.pick(shown.result) is None:
        return None
    lines = _eqe_lines(shown.result)
    pins = {name: _eqe_lines(result) for name, result in shown.pins.items() if kind.pick(result) is not None}
    together = [*lines, *(line for own in pins.values() for line in own)]
    points = list(shown.measured.values())
    reported = [100.0 * np.array(shown.reported["eqe_max"])] if "eqe_max" in shown.reported else []
    heights = [*(line.y for line in together), *(100.0 * one for one in _of(points, "eqe")), *reported]
    currents = [*(line.x for line in together), *(one / MILLIAMPERE_PER_CM2 for one in _of(points, "current_density"))]
    highest, driving = said(shown.result, "eqe_max"), said(shown.result, "eqe_max_current_density")
    return CurveChart(
        f"EQE up to {highest} at {driving}",
        f"External quantum efficiency against current density: at most {highest}, at {driving}.",
        decades("Current density (mA/cm²)", currents),
        (from_zero("EQE (%)", heights),),
        lines,
        pins,
        rules=_rules(shown, {"eqe_max": False}),
        measured=shown.measured,
        columns=(("current_density", "eqe"),),
    )


def _eqe_lines(result: Result) -> list[Line]:
    emission = result.emission
    assert emission is not None
    seen = figures_curves.followed_points(emission)
    current, values = emission.current_density[seen] / MILLIAMPERE_PER_CM2, 100.0 * emission.eqe[seen]
    across, up = figures_curves.smooth(current, np.log(current)), figures_curves.smooth(current, values)
    every = next((step for step in (1, 2, 4) if across.size <= 80 * step), 8)  # so that the bias points stay
    return [Line("eqe", "EQE (%)", np.exp(across[::every]), up[::every])]


def spectrum(shown: Shown) -> CurveChart | None:
    """Electroluminescence spectrum at the highest EQE, with a patch of its colour."""
    emission = KINDS["el"].pick(shown.result)
    if emission is None:
        return None
    pins = {name: _spectrum_lines(one) for name, one in shown.pinned(KINDS["el"].pick).items()}
    lines = _spectrum_lines(emission)
    seen = [lines[0].x, *(own[0].x for own in pins.values())]
    seen += [np.array(shown.reported["el_peak"]) / NANOMETRE] if "el_peak" in shown.reported else []
    point = peak_point(emission)
    assert point is not None
    peak, width = (f"{rounded(value[point] / NANOMETRE, plain=4)} nm" for value in (emission.el_peak, emission.el_fwhm))
    x, y = float(emission.cie_x[point]), float(emission.cie_y[point])
    return CurveChart(
        f"Peak {peak}, FWHM {width}",
        f"Electroluminescence at the highest EQE: peak at {peak}, {width} wide at half of it; the patch has its colour,"
        f" CIE x {x:.3f}, y {y:.3f}.",
        between("Wavelength (nm)", seen),
        (Axis("EL (1 at its peak)", 0.0, 1.2, 0.2),),
        lines,
        pins,
        rules=_rules(shown, {"el_peak": True}),
        measured=shown.measured,
        columns=(("wavelength", "intensity"),),
        graphic=patch(x, y, shown.look),
    )


def _spectrum_lines(emission: Emission) -> list[Line]:
    point = peak_point(emission)
    assert point is not None
    peak, width = emission.el_peak[point], emission.el_fwhm[point]
    around = np.abs(emission.wavelength - peak) <= _WIDTHS * width if np.isfinite(peak + width) else slice(None)
    values = emission.el[point] / np.max(emission.el[point])
    wavelength = emission.wavelength[around] / NANOMETRE
    return [Line("el", "EL (1 at its peak)", wavelength, values[around], 1, filled=True, curved=True)]


def lifetime(shown: Shown) -> CurveChart | None:
    """Luminance against time at constant current."""
    kind = KINDS["decay"]
    ageing = kind.pick(shown.result)
    if ageing is None:
        return None
    every = shown.pinned(kind.pick)
    half = ageing.half_life / HOUR
    mark = Name(f"T₅₀ {rounded(half)} h", half, 0.5 * ageing.luminance, "right", symbol="diamond")
    names = [mark] if np.isfinite(half) else []
    reported = shown.reported.get("half_life")
    if reported is not None:
        there = (reported / HOUR, 0.5 * ageing.luminance)
        names.append(Name(f"reported {rounded(reported / HOUR)} h", *there, "bottom", symbol="triangle"))
    lines = [Line("luminance", "L (cd/m²)", ageing.time / HOUR, ageing.luminance * ageing.relative_luminance)]
    pins = {
        name: [Line("luminance", "L (cd/m²)", one.time / HOUR, one.luminance * one.relative_luminance)]
        for name, one in every.items()
    }
    together = [*lines, *(line for own in pins.values() for line in own)]
    tests = _lifetime_tests(shown.measured, ageing.luminance)
    beyond = ", outside the data that the law was fitted to" if ageing.extrapolated else ""
    beside = "; measured L/L0 from the same luminance" if tests else ""
    start = rounded(ageing.luminance)
    ages, lights = _of(list(tests.values()), "age"), _of(list(tests.values()), "luminance")
    return CurveChart(
        f"T₅₀ {rounded(half)} h from {start} cd/m²",
        f"Luminance at constant current: falls from {start} cd/m² to half within {rounded(half)} h{beyond}{beside}.",
        from_zero("Time at constant current (h)", [*(line.x for line in together), *(one / HOUR for one in ages)]),
        (from_zero("Luminance (cd/m²)", [*(line.y for line in together), *lights]),),
        lines,
        pins,
        names=names,
        measured=tests,
        columns=(("age", "luminance"),),
    )


def _lifetime_tests(measured: Mapping[str, Points], luminance: float) -> dict[str, Points]:
    """Measured lifetimes, whose L/L0 is drawn from the luminance [cd/m2] at which the model starts."""
    return {
        name: {"age": points["age"], "luminance": luminance * points["relative_luminance"]}
        for name, points in measured.items()
        if "age" in points
    }


def emission_zone(shown: Shown) -> CurveChart | None:
    """Where in the emitting layer excitons are made, and where the light comes from."""
    pick = KINDS["emission_zone"].pick
    if pick(shown.result) is None:
        return None
    lines, voltage = _zone_lines(shown.result)
    pins = {name: _zone_lines(result)[0][:1] for name, result in shown.pins.items() if pick(result) is not None}
    together = [*lines, *(line for own in pins.values() for line in own)]
    place = rounded(float(lines[0].x[int(np.nanargmax(lines[0].y))]))
    return CurveChart(
        f"at {voltage:.2f} V",
        f"Where the light comes from in the emitting layer at {voltage:.2f} V: most of it {place} nm above its lower"
        " face.",
        from_zero("Position in the emitter (nm)", [line.x for line in together]),
        (from_zero("Share (%/nm)", [line.y for line in together]),),
        lines,
        pins,
        names=[
            name
            for name in (
                _at_share(lines[0], "light from here", 0.65, "top") if lines[0].key == "light" else None,
                _at_share(lines[-1], "excitons made", 0.25, "top"),
            )
            if name is not None
        ],
    )


def _zone_lines(result: Result) -> tuple[list[Line], float]:
    """Excitons made and light from each height, as shares per nanometre, at the first of the report's bias points."""
    solution, points = result.device_solution, figures_zone.bias_points(result)
    assert solution is not None
    peak = None if result.emission is None else peak_point(result.emission)
    index = peak if peak in points.values() and peak is not None else next(iter(points.values()))
    height, lines = solution.exciton_position / NANOMETRE, []
    parts: tuple[tuple[str, str, Array, str | list[int]], ...] = (
        ("light", "Light from here (%/nm)", solution.radiative_decay, "solid"),
        ("excitons", "Excitons made (%/nm)", solution.exciton_generation, [7, 3]),
    )
    for colour, (key, heading, events, dash) in enumerate(parts):
        if np.sum(events[index]) > 0.0:
            _, share = figures_zone.share_per_length(result, events[index])
            lines.append(
                Line(key, heading, height, 100.0 * share * NANOMETRE, colour, dash=dash, filled=key == "light")
            )
    return lines, float(solution.voltage[index])


def bands(shown: Shown) -> CurveChart | None:
    """Levels and quasi-Fermi levels across the stack at a voltage."""
    point = point_of(shown.result)
    if point is None:
        return None
    if shown.voltage is not None:
        point = at_voltage(point, shown.voltage)
    nodes = _nodes(point.device_solution.layer_of_node)
    height = point.device_solution.position[nodes] / NANOMETRE
    potential = point.device_solution.potential[point.index]
    affinity, ionisation = node_levels(point)
    electrons, holes = fermi_levels(point)
    lines = [
        Line("lumo", "LUMO or conduction band (eV)", height, -(affinity + potential)[nodes], 0),
        Line("homo", "HOMO or valence band (eV)", height, -(ionisation + potential)[nodes], 1),
        Line("electron_fermi", "Electron quasi-Fermi level (eV)", height, -electrons[nodes], 0, dash=[6, 3]),
        Line("hole_fermi", "Hole quasi-Fermi level (eV)", height, -holes[nodes], 1, dash=[2, 3]),
    ]
    energy = between("Energy (eV)", [line.y for line in lines], room=_ROOM)
    across = Axis("Position (nm)", 0.0, float(f"{height[-1]:.6g}"), between("", [height]).step)
    said_levels = _level_names(lines, across)
    layers = _layer_names(point, across, energy)
    edges = _edges(point, energy)
    names = ", ".join(point.stack.layers[int(one)].name for one in np.unique(point.device_solution.layer_of_node))
    return CurveChart(
        f"at {point.voltage:.2f} V",
        f"Levels across {names} at {point.voltage:.2f} V, from {rounded(float(np.nanmin(lines[1].y)))} to"
        f" {rounded(float(np.nanmax(lines[0].y)))} eV relative to vacuum at the cathode.",
        across,
        (energy,),
        [*lines, *edges],
        names=[*said_levels, *layers],
    )


def _nodes(owner: IntArray) -> IntArray:
    """Nodes that are drawn: both ends of every layer and some between."""
    found = []
    for layer in np.unique(owner):
        inside = np.flatnonzero(owner == layer)
        found.append(inside[np.unique(np.linspace(0, inside.size - 1, _IN_LAYER).round().astype(np.int64))])
    return np.concatenate(found)


def _edges(point: Point, energy: Axis) -> list[Line]:
    """The faces between layers as one broken line."""
    owner, height = point.device_solution.layer_of_node, point.device_solution.position / NANOMETRE
    faces = height[np.flatnonzero(np.diff(owner)) + 1]
    x = np.repeat(faces, 3)
    y = np.tile([energy.low, energy.high, np.nan], faces.size)
    return [Line("faces", "", x, y, None, dash=[1, 3])]


def _level_names(lines: Sequence[Line], across: Axis) -> list[Name]:
    texts = ("LUMO", "HOMO", "e⁻ Fermi level", "h⁺ Fermi level")
    sides = ("top", "top", "bottom", "top")
    found = []
    for line, text, side, share in zip(lines, texts, sides, (0.13, 0.87, 0.2, 0.3)):
        name = _at_share(line, text, share, side)
        if name is not None:
            found.append(name)
    return found


def _layer_names(point: Point, across: Axis, energy: Axis) -> list[Name]:
    owner, height = point.device_solution.layer_of_node, point.device_solution.position / NANOMETRE
    layers = np.unique(owner)
    middle = np.array([float(np.mean(height[owner == one][[0, -1]])) for one in layers])
    wide = np.full(layers.size, _NAME_WIDTH * (across.high - across.low))
    places = spread(middle, wide, across.low)
    places = places - max(0.0, float(places[-1]) + 0.5 * wide[0] - across.high)
    return [
        Name(_shortened(point.stack.layers[int(one)].name), float(x), energy.at(0.985), turned=True)
        for one, x in zip(layers, places)
    ]


def _shortened(text: str) -> str:
    return text if len(text) <= _LETTERS else f"{text[: _LETTERS - 1]}…"


def _at_share(line: Line, text: str, share: float, where: str) -> Name | None:
    """A name at a point of a line, a share of the way along; the next one that has a place."""
    known = np.flatnonzero(np.isfinite(line.x) & np.isfinite(line.y))
    if not known.size:
        return None
    wanted = line.x[known[0]] + share * (line.x[known[-1]] - line.x[known[0]])
    index = int(known[np.argmin(np.abs(line.x[known] - wanted))])
    return Name(text, float(line.x[index]), float(line.y[index]), where, right=line.right)


def _rules(shown: Shown, upright: Mapping[str, bool], right: tuple[str, ...] = ()) -> list[Rule]:
    """Reported values among these names of the summary, as lines across."""
    found = []
    for name, up in upright.items():
        if name in shown.reported and np.isfinite(shown.reported[name]):
            value, unit = in_bench_units(name, shown.reported[name])
            text = f"reported {rounded(value, plain=4)} {unit.replace('cd/m2', 'cd/m²')}"
            found.append(Rule(name, text, value, up, right=name in right))
    return found


def _of(points: Sequence[Mapping[str, Array]], name: str) -> list[Array]:
    return [np.asarray(one[name], dtype=np.float64) for one in points if name in one]
