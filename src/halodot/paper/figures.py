"""The paper's figures redrawn from the model with the reported values marked, and the picture of the scoreboard."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from halodot.paper.figure_scoreboard import scoreboard_figure
from halodot.paper.figures_chemistry import figure_1, figure_2, figure_3
from halodot.paper.figures_device import figure_4
from halodot.paper.marks import Composite, finish, roles_said
from halodot.paper.scoreboard import Row, Series
from halodot.paper.targets import Target
from halodot.report.style import FORMATS, house_style, save_as

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class PaperFigure(NamedTuple):
    """A figure for the page of a reproduction."""

    figure: Figure
    title: str
    caption: str


class _Plan(NamedTuple):
    draw: Callable[[Series, Sequence[Target]], Composite]
    title: str
    caption: str


_PLANS: Mapping[str, _Plan] = {
    "figure_1": _Plan(
        figure_1,
        "Figure 1: ligand exchange and the dose of 5AVAI",
        "(a) Ligands on the surface sites after one wash, where the paper sketches the exchange. (b) Absorbance and "
        "PL (filled) of the doses, at the sizes after the last wash. (c) The paper's photographs under ultraviolet "
        "light are not computed. (d) PLQY after one wash; the text of the paper gives it at 0.2 mmol only.",
    ),
    "figure_2": _Plan(
        figure_2,
        "Figure 2: optical properties, storage in air and size",
        "(a) Absorbance (thin) and PL after two washes; black bars have the length of the reported line widths and "
        "are centred at the model's peaks. (a, inset) PLQY by wash. (b) PL kept in air at 25 °C and 50 % relative "
        "humidity; arrows mark the reported bounds after 20 days. (c, d) Edge lengths as a microscope counts them in "
        "bins of 0.25 nm, for the paper's micrographs; marks are the reported means.",
    ),
    "figure_3": _Plan(
        figure_3,
        "Figure 3: ligands, lattice and decay",
        "What simulated instruments record, without noise. (a) FTIR; marks at the reported bands, whose positions are "
        "an input. (b) Thermogravimetry. (c) X-ray diffraction of dots of this size; the model has one lattice for "
        "both. (d) PL decay; ticks at the model's average lifetime, marks at the reported one. The Pb 4f levels of "
        "the supplement are not modelled.",
    ),
    "figure_4": _Plan(
        figure_4,
        "Figure 4: device",
        "(a) Layers between ITO and Al with LUMO and HOMO, and the work functions of the contacts, below vacuum [eV]. "
        "(b) EL at the highest EQE. (c) Its colour, in the red corner of the CIE 1931 diagram. (d) Current density, "
        "and luminance (thin, right axis); the highest luminance that is reported is marked at the voltage of the "
        "model's. (e) EQE where the light can be measured; the reported peak is marked at the current density of the "
        "model's. (f) Luminance at constant current from 209 cd/m² (0.2 mmol) and 204 cd/m² (control).",
    ),
}


def paper_figures(series: Series, targets: Sequence[Target], rows: Sequence[Row] = ()) -> dict[str, PaperFigure]:
    """Return the paper's figures from the model, and the picture of the scoreboard where there are rows.

    Args:
        series: computed samples by name, those of :data:`halodot.paper.targets.SAMPLES` or some of them.
        targets: the paper's results.
        rows: of the scoreboard.

    Returns:
        "figure_1" to "figure_4" and "scoreboard", two columns of a journal wide.
    """
    made: dict[str, PaperFigure] = {}
    with house_style():
        for name, plan in _PLANS.items():
            drawn = plan.draw(series, targets)
            caption = f"{plan.caption} {roles_said(drawn)}".strip()
            made[name] = PaperFigure(finish(drawn), plan.title, caption)
    if rows:
        made["scoreboard"] = PaperFigure(
            scoreboard_figure(rows),
            "Scoreboard: model against reported",
            "Left: model minus reported number in reported standard deviations, by logarithms for luminances and half "
            "lives, with the model's own standard deviation; what lies beyond 6 stands at the edge with its distance. "
            "A row agrees within two combined standard deviations. Right: statements that hold or do not. The shape "
            "of a mark is the role of its row.",
        )
    return made


def write_paper_figures(made: Mapping[str, PaperFigure], folder: Path, formats: Sequence[str] = ("svg",)) -> None:
    """Write the figures as files.

    Args:
        made: of :func:`paper_figures`.
        folder: that exists; files of the same names are replaced.
        formats: any of "svg", "pdf" and "png".
    """
    for name, item in made.items():
        save_as(item.figure, folder / name, formats)


#: names of the files that :func:`write_paper_figures` may write
PAPER_FILES = tuple(f"{name}.{ending}" for name in (*_PLANS, "scoreboard", "devices") for ending in FORMATS)
