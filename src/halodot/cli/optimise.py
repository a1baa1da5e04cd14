"""``halodot optimise``: what a study is best set to."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from halodot.cli.console import heard, print_table, progress
from halodot.cli.options import Changes, Overwrite, StudyName, load_study
from halodot.cli.progress import progress_bars
from halodot.outputs import check_folder, whole_folder

if TYPE_CHECKING:
    from halodot.learn.optimise import Optimum
    from halodot.study import Study

Goals = Annotated[
    list[str] | None,
    typer.Option("--goal", metavar="GOAL", help="eqe_max, 'minimise roughness', 'el_peak = 638 nm', t50."),
]
Vary = Annotated[
    list[str] | None,
    typer.Option("--vary", metavar="PATH=LOW..HIGH", help="What to vary: 10..60 nm, or 1e-6..1e-2 cm2/Vs:log."),
]
_STEPS = {
    "search": "Search",
    "climb": "Climb by exact derivatives",
    "around": "Look how flat it is",
    "draws": "Draw the uncertain inputs",
}


def optimise(
    study: StudyName,
    goal: Goals = None,
    vary: Vary = None,
    limit: Annotated[
        list[str] | None, typer.Option("--limit", metavar="LIMIT", help="What must hold: 'turn_on_voltage < 3 V'.")
    ] = None,
    changes: Changes = None,
    trials: Annotated[int, typer.Option(help="Simulations of the search.")] = 200,
    seed: Annotated[int, typer.Option(help="Of all chance.")] = 1,
    draws: Annotated[int, typer.Option(help="Draws of the uncertain inputs for the best places; 0 for none.")] = 16,
    out: Annotated[Path | None, typer.Option(help="Folder for optimum.csv, trials.csv and the figure.")] = None,
    overwrite: Overwrite = False,
) -> None:
    """Find what a study is best set to: one goal or several, how flat the optimum is, and how sure."""
    if out is not None:
        check_folder(out, overwrite)
    from halodot.learn.optimise import refuse_sizes

    refuse_sizes(trials, draws, seed)
    loaded = load_study(study, changes)
    progress(loaded.title)
    asked = goal or [], vary or [], limit or []
    with nullcontext() if out is None else whole_folder(out, overwrite, written_by_an_optimum) as home:
        found = _found(loaded, asked, (trials, seed, draws))
        lost = heard(lambda: _print(found))
        if home is not None:
            from halodot.report.optimise_table import write

            write(found, home)
    if out is not None:
        progress(f"written to {out}")
    if lost is not None:
        raise lost


def _found(study: Study, asked: tuple[list[str], list[str], list[str]], size: tuple[int, int, int]) -> Optimum:
    """Return what was found, showing how far it is."""
    from halodot.learn.optimise import optimise as optimised

    with progress_bars(_STEPS) as tell:
        trials, seed, draws = size
        return optimised(study, *asked, trials=trials, seed=seed, draws=draws, progress=tell)


def _print(found: Optimum) -> None:
    from halodot.report.optimise_table import head, remarks, rows

    print_table("Front" if len(found.goals) > 1 else "Optimum", head(found), rows(found))
    for text in remarks(found):
        progress(text)


def written_by_an_optimum(home: Path) -> frozenset[Path]:
    """Return the paths within a folder at which an optimum is written."""
    return frozenset(Path(name) for name in ("optimum.csv", "trials.csv", "optimum.png", "optimum.svg"))
