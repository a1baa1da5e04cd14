"""The paper's figures 1 to 3 from the model: dots of the dose series, the two samples of the devices, their ligands."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from halodot import measure
from halodot.paper.marks import Composite, colour_of, composite, line, reported
from halodot.paper.scoreboard import Series
from halodot.paper.targets import CONTROL, DOSES, LABELS, TREATED, Target
from halodot.report.placing import spread
from halodot.report.style import COLOURS, GREY, NANOMETRE, logarithmic
from halodot.states import Array, Dots, Flask

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: mmol of 5AVAI of each sample
_AMOUNTS = dict(zip(DOSES, (0.0, 0.1, 0.2, 0.3)))
_BOTH = (CONTROL, TREATED)
_SHARES = (("native", "coverage_native", ""), ("short", "coverage_short", "////"), ("bare", "coverage_bare", "||||"))
_DAY, _KELVIN, _PER_CM = 86400.0, 273.15, 100.0


def figure_1(series: Series, targets: Sequence[Target]) -> Composite:
    """Draw the dose series: ligand shell, spectra and quantum yield of dots washed once, with the reported yield.

    Args:
        series: computed samples by name.
        targets: the paper's results.
    """
    made = composite(series, targets, ("a", "b", "d"), 3, 62.0)
    shell, spectra, plqy = made.axes
    _shell(shell, made)
    _dose_spectra(spectra, made)
    found = {name: _plqy(made, name, 1) for name in DOSES}
    amounts = [_AMOUNTS[name] for name in DOSES]
    plqy.plot(amounts, [found[name] for name in DOSES], color=GREY, linewidth=0.8)
    for name in DOSES:
        line(made, plqy, name, [_AMOUNTS[name]], [found[name]], marker="o", linestyle="none", markersize=4.0)
    reported(made, plqy, "R01", "y", _AMOUNTS[TREATED])
    plqy.set_xticks(amounts)
    plqy.set_xlim(-0.03, 0.33)
    plqy.set_xlabel("5AVAI (mmol)")
    plqy.set_ylabel("PLQY after one wash (%)")
    made.samples.clear()  # named in the panels
    return made


def _dots(made: Composite, sample: str) -> Dots | None:
    return made.series[sample].dots if sample in made.series else None


def _flask(made: Composite, sample: str) -> Flask | None:
    flask = made.series[sample].flask if sample in made.series else None
    return flask if flask is not None and flask.survived else None


def _plqy(made: Composite, sample: str, washes: int) -> float:
    """PLQY after so many washes [%], nan where there is none."""
    dots = _dots(made, sample)
    return (
        100.0 * float(dots.plqy_by_wash[washes]) if dots is not None and dots.plqy_by_wash.size > washes else math.nan
    )


def _shell(axes: Axes, made: Composite) -> None:
    """Shares of the surface sites by ligand, after one wash, one bar a dose."""
    last = np.zeros(len(_SHARES))
    for name in DOSES:
        flask = _flask(made, name)
        if flask is None or len(flask.samples) < 2:
            continue
        below = 0.0
        for index, (_, share, hatch) in enumerate(_SHARES):
            part = 100.0 * float(getattr(flask.samples[1], share))
            looks = {"color": COLOURS[4 + index], "hatch": hatch, "edgecolor": "white", "linewidth": 0.3}
            axes.bar([_AMOUNTS[name]], [part], bottom=[below], width=0.07, **looks)  # type: ignore[arg-type]
            last[index] = below + 0.5 * part
            below += part
    places = spread(last, np.full(len(_SHARES), 6.0), 0.0)
    for (called, _, _), place in zip(_SHARES, places):
        axes.text(0.345, min(float(place), 97.0), called, va="center")
    axes.set_xlim(-0.05, 0.44)
    axes.set_xticks(list(_AMOUNTS.values()))
    axes.set_ylim(0.0, 100.0)
    axes.set_xlabel("5AVAI (mmol)")
    axes.set_ylabel("Share of the surface sites (%)")


def _dose_spectra(axes: Axes, made: Composite) -> None:
    """Absorbance and PL of every dose, shifted upwards from dose to dose."""
    low = 540.0
    for index, name in enumerate(DOSES):
        dots = _dots(made, name)
        if dots is None:
            continue
        wavelength, shift = dots.wavelength / NANOMETRE, 1.15 * index
        line(made, axes, name, wavelength, shift + _scaled(dots, low), linestyle="-")
        line(made, axes, name, wavelength, shift + dots.pl, linestyle="-", linewidth=0.8)
        axes.fill_between(wavelength, shift, shift + dots.pl, color=colour_of(name), alpha=0.2, linewidth=0.0)
        axes.text(low + 3.0, shift + 0.06, LABELS[name])
    axes.set_xlim(low, 710.0)
    axes.set_ylim(0.0, 1.15 * len(DOSES) + 0.1)
    axes.set_yticks([])
    axes.set_xlabel("Wavelength (nm)")
    axes.set_ylabel("Absorbance, PL (normalised, shifted)")


def _scaled(dots: Dots, low: float) -> Array:
    """Absorbance over its highest value from ``low`` [nm] on."""
    seen = dots.absorbance[dots.wavelength / NANOMETRE >= low]
    return np.asarray(dots.absorbance / float(np.max(seen, initial=1e-9)))


def figure_2(series: Series, targets: Sequence[Target]) -> Composite:
    """Draw the two samples of the devices: spectra, quantum yield by wash, light kept in air, and sizes.

    Args:
        series: computed samples by name.
        targets: the paper's results.
    """
    made = composite(series, targets, ("a", "a, inset", "b", "c, d"), 4, 58.0)
    spectra, plqy, air, sizes = made.axes
    for number, (name, width) in enumerate(zip(_BOTH, ("R11", "R10"))):
        dots = _dots(made, name)
        if dots is None:
            continue
        wavelength = dots.wavelength / NANOMETRE
        line(made, spectra, name, wavelength, _scaled(dots, 540.0), linestyle="-", linewidth=0.8)
        line(made, spectra, name, wavelength, dots.pl)
        _width(spectra, made, width, dots, 0.5 - 0.1 * number)
        washes = np.arange(dots.plqy_by_wash.size)
        line(made, plqy, name, washes, 100.0 * dots.plqy_by_wash, marker="o", markersize=3.0)
        line(made, air, name, dots.air_time / _DAY, 100.0 * dots.pl_in_air)
        histogram = measure.tem_histogram(dots)
        line(made, sizes, name, histogram.x / NANOMETRE, 100.0 * histogram.y / histogram.y.sum())
    for row, washes_done in (("R01", 1.0), ("R02", 2.0), ("R03", 2.0)):
        reported(made, plqy, row, "y", washes_done)
    for row in ("R12", "R13"):
        reported(made, air, row, "y", 20.0)
    top = max([1.0, *(float(np.max(item.get_ydata())) for item in sizes.get_lines())])
    for number, row in enumerate(("R09", "R08")):
        reported(made, sizes, row, "x", top * (1.08 + 0.08 * number))
    _name_second(made)
    return made


def _width(axes: Axes, made: Composite, row: str, dots: Dots, height: float) -> None:
    """Mark a reported line width as a bar of that length, centred at the model's peak, at a height near a half."""
    target = made.targets.get(row)
    if target is None or not math.isfinite(dots.pl_peak):
        return
    half, peak = 0.5 * float(target.reported), dots.pl_peak / NANOMETRE
    (bar,) = axes.plot([peak - half, peak + half], [height, height], "|-", color="black", linewidth=0.8, markersize=5.0)
    bar.set_gid(row)
    made.marked.append(row)


def _name_second(made: Composite) -> None:
    spectra, plqy, air, sizes = made.axes
    spectra.set_xlim(540.0, 710.0)
    spectra.set_ylim(0.0, 1.08)
    spectra.set_xlabel("Wavelength (nm)")
    spectra.set_ylabel("Absorbance, PL (normalised)")
    plqy.set_xticks([0, 1, 2])
    plqy.set_xlim(-0.2, 2.3)
    plqy.set_xlabel("Washes")
    plqy.set_ylabel("PLQY (%)")
    air.set_xlim(0.0, 22.0)
    air.set_ylim(0.0, 108.0)
    air.set_xlabel("Time in air (days)")
    air.set_ylabel("PL kept (% of day 0)")
    sizes.set_xlim(2.0, 10.5)
    sizes.set_ylim(bottom=0.0)
    sizes.set_xlabel("Edge length in TEM (nm)")
    sizes.set_ylabel("Dots in 0.25 nm (%)")


def figure_3(series: Series, targets: Sequence[Target]) -> Composite:
    """Draw what simulated instruments record of the ligands, the lattice and the decay, without noise.

    Args:
        series: computed samples by name.
        targets: the paper's results.
    """
    made = composite(series, targets, ("a", "b", "c", "d"), 4, 58.0)
    infrared, weight, diffraction, decay = made.axes
    for number, (name, row) in enumerate(zip(_BOTH, ("R20", "R19"))):
        dots = _dots(made, name)
        if dots is None:
            continue
        spectrum = measure.ftir(dots, noise=0.0)
        line(made, infrared, name, spectrum.x / _PER_CM, spectrum.y)
        loss = measure.tga(dots, noise=0.0)
        line(made, weight, name, loss.x - _KELVIN, 100.0 * (1.0 - loss.y))
        pattern = measure.xrd(dots)
        shift = 1.1 * number
        line(made, diffraction, name, np.degrees(pattern.x), pattern.y / np.max(pattern.y) + shift)
        line(made, decay, name, dots.time / NANOMETRE, dots.trpl)
        height = 3e-3 * 2.2**number
        decay.plot([dots.lifetime / NANOMETRE], [height], "|", color=colour_of(name), markersize=8.0, mew=1.6)
        reported(made, decay, row, "x", height)
    for row in ("R15", "R16"):
        reported(made, weight, row, "y", 500.0)
    _name_third(made)
    return made


def _name_third(made: Composite) -> None:
    infrared, weight, diffraction, decay = made.axes
    bands = made.targets.get("R14")
    if bands is not None and infrared.get_lines():
        top = infrared.get_ylim()[1]
        infrared.set_ylim(0.0, 1.12 * top)
        ticks = infrared.plot([1639.0, 1571.0, 907.0], [1.06 * top] * 3, "D", color="black", markersize=3.6)
        ticks[0].set_gid("R14")
        made.marked.append("R14")
    infrared.set_xlim(1800.0, 800.0)
    infrared.set_xlabel("Wavenumber (1/cm)")
    infrared.set_ylabel("Absorbance (1)")
    weight.set_ylim(38.0, 0.0)
    weight.set_xlabel("Temperature (°C)")
    weight.set_ylabel("Weight loss (%)")
    diffraction.set_xlim(10.0, 45.0)
    diffraction.set_yticks([])
    diffraction.set_xlabel("2θ (°)")
    diffraction.set_ylabel("Intensity (normalised, shifted)")
    logarithmic(decay, "y")
    decay.set_ylim(1e-3, 1.5)
    decay.set_xlim(0.0, 40.0)
    decay.set_xlabel("Time (ns)")
    decay.set_ylabel("PL (1 at time 0)")
