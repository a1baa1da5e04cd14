"""``halodot calibrate``: the parameters fitted to the rows that may calibrate them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from halodot.cli.console import print_calibration, progress
from halodot.cli.options import Overwrite
from halodot.errors import InputError, Problem
from halodot.outputs import check_new_file


def calibrate(
    what: Annotated[str, typer.Argument(metavar="paper", help="Which data: the model paper's.")],
    out: Annotated[Path, typer.Option(help="File for the calibration.")] = Path("paper-calibration.yaml"),
    overwrite: Overwrite = False,
) -> None:
    """Fit the calibrated parameters to the rows that may calibrate, and say what these do not determine."""
    if what != "paper":
        raise InputError(Problem(f"there is a calibration of the paper, not of {what!r}", suggestion="paper"))
    check_new_file(out, overwrite)
    from halodot.paper.calibration import main as compute

    print_calibration(compute(str(out), progress))
    progress(f"written to {out}")
