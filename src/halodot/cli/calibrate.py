"""``halodot calibrate``: the parameters fitted to the rows that may calibrate them, of the paper or across papers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from halodot.cli.console import print_across_papers, print_calibration, progress
from halodot.cli.options import Overwrite
from halodot.cli.progress import steps
from halodot.errors import InputError, Problem
from halodot.outputs import check_new_file

_KINDS = ("paper", "literature")


def calibrate(
    what: Annotated[
        str,
        typer.Argument(metavar="paper|literature", help="Which data: the model paper's, or recipes of many papers."),
    ],
    data: Annotated[
        Path | None, typer.Option(help="CSV table of published recipes and the dots they gave, for literature.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="File for the calibration; paper-calibration.yaml, literature-calibration.yaml.")
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Fit the calibrated parameters to the rows that may calibrate, and say what these do not determine."""
    if what not in _KINDS:
        message = f"there is a calibration of the paper and one of the literature, not of {what!r}"
        raise InputError(Problem(message, suggestion="paper"))
    path = out or Path(f"{what}-calibration.yaml")
    check_new_file(path, overwrite, [data] if data else [])
    if what == "paper":
        from halodot.paper.calibration import main as compute

        with steps("fitting the chemistry to the rows of the treated and the control dots") as say:
            found = compute(str(path), say)
        print_calibration(found)
    else:
        if data is None:
            message = "the table of published recipes is not shipped: name it with --data FILE.csv"
            raise InputError(Problem(message, suggestion="--data"))
        from halodot.learn.literature.calibration import main as compute_across

        with steps("reading the table") as say:
            across = compute_across(data, path, say)
        print_across_papers(*across)
    progress(f"written to {path}")
