"""``halodot reproduce``: the paper from its recipe and stack."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from halodot.cli.console import print_scoreboard, print_table, progress
from halodot.cli.options import FigureFormats, FigureWidth, Overwrite, figure_formats, first_run
from halodot.cli.progress import steps


def reproduce(
    out: Annotated[Path, typer.Option(help="Folder for scoreboard, data and figures.")] = Path("paper-results"),
    overwrite: Overwrite = False,
    figures: FigureFormats = "svg",
    figure_width: FigureWidth = 85.0,
    draws: Annotated[
        int | None,
        typer.Option(min=0, help="Draws of all uncertain inputs, from which numbers have intervals; 0 for none."),
    ] = None,
) -> None:
    """Compute the paper: dose series, controls, both devices, and the scoreboard beside its numbers."""
    from halodot.paper.drawn import USUAL
    from halodot.paper.page import robustness_cells
    from halodot.paper.reproduce import reproduce as compute

    formats = figure_formats(figures)
    progress(
        "computing the paper, about three minutes on two cores"
        + (" and as long to compile the kernels once" if first_run() else "")
    )
    with steps() as say:
        count = USUAL if draws is None else draws
        rows, robustness = compute(out, say, overwrite=overwrite, count=count, formats=formats, width=figure_width)
    print_scoreboard(rows)
    head = ("over the free amine", "probability (%)", "false below factor", "false above factor")
    print_table("", head, map(robustness_cells, robustness))
    progress(f"written to {out}")
