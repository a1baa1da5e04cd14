"""The draws of a command: how many, on what condition, and how far they are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from halodot.cli.console import progress
from halodot.cli.progress import progress_bar

if TYPE_CHECKING:
    from halodot.results.data import Result
    from halodot.study import Study

DrawCount = Annotated[
    int, typer.Option("--draws", metavar="N", min=0, help="Draw all uncertain inputs this often; 500 for intervals.")
]
Conditions = Annotated[
    list[str] | None,
    typer.Option(
        "--condition",
        metavar="TEXT|FILE",
        help="What draws agree with: 'luminance_max = 1000 cd/m2 +- 35 %', or a table of measured J-V, J-V-L, EQE.",
    ),
]
#: endings of measured tables
_TABLES = (".csv", ".txt", ".dat", ".tsv")


def with_draws(result: Result, count: int, conditions: Iterable[str], seed: int) -> Result:
    """Return a result with the quantiles of its draws, saying how far they are."""
    from halodot.learn.drawn_result import with_uncertainty

    data = [item for text in conditions for item in _data(text, result.study)]
    with progress_bar(f"drawing all uncertain inputs, {count} draws") as tell:
        return with_uncertainty(result, count, data, seed, tell)


def _data(text: str, study: Study) -> list[Any]:
    """What a condition of the command line means: a stated number, or the curves of a file with the usual errors."""
    if not text.lower().endswith(_TABLES):
        return [text]
    from halodot.learn.draws import coarse
    from halodot.learn.likelihood import compared
    from halodot.learn.measured_files import read_curves

    found = read_curves(text, study)
    data = [compared(curve, coarse(study).run.voltages) for curve in found.curves]
    for line in (*found.reading, *(item.said for item in data)):
        progress(f"  {line}")
    return data
