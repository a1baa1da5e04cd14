"""``halodot suggest``: the next experiments of a campaign."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from halodot.cli.console import heard, print_table, progress
from halodot.cli.options import Overwrite
from halodot.cli.progress import progress_bar
from halodot.outputs import check_new_file, write_text

if TYPE_CHECKING:
    from halodot.learn.campaign import Campaign


def suggest(
    campaign: Annotated[
        Path, typer.Argument(metavar="CAMPAIGN", help="The file of the campaign: what is varied, wanted and done.")
    ],
    batch: Annotated[int, typer.Option(help="How many experiments are done together.")] = 1,
    to_learn: Annotated[
        bool, typer.Option("--to-learn", help="Propose what tells the rival causes apart, in place of what gains most.")
    ] = False,
    candidates: Annotated[int, typer.Option(help="How many places between the limits are compared.")] = 128,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the rows as CSV, to be filled in with results.")
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Propose the next experiments of a campaign from the physics and the group's own results."""
    from halodot.learn.campaign import refuse_batch
    from halodot.learn.campaign_file import read_campaign

    refuse_batch(batch, candidates)
    if not to_learn:
        from halodot.learn.suggest_belief import scikit_learn

        scikit_learn()
    found = read_campaign(campaign)
    if out is not None:
        check_new_file(out, overwrite, [str(campaign), *{one.where.rpartition(":")[0] for one in found.experiments}])
    progress(f"{found.title}: {_said(found)}")
    lost = _learnt(found, batch, candidates, out) if to_learn else _gained(found, batch, candidates, out)
    if out is not None:
        progress(f"written to {out}")
    if lost is not None:
        raise lost


def _said(found: Campaign) -> str:
    done = [one for one in found.experiments if not one.pending]
    failed = sum(bool(one.failed) for one in done)
    under_way = len(found.experiments) - len(done)
    more = f", {under_way} under way" if under_way else ""
    count = f"{len(done)} experiment{'' if len(done) == 1 else 's'}" + (f", {failed} of them failed" if done else "")
    return f"{', '.join(goal.words for goal in found.goals)}; {count}{more}"


def _gained(found: Campaign, batch: int, candidates: int, out: Path | None) -> OSError | None:
    from halodot.learn.suggest import suggest as suggested
    from halodot.report.suggest_table import csv_of, head, remarks, rows

    with progress_bar("Simulate what may be tried") as tell:
        chosen = suggested(found, batch, candidates=candidates, progress=tell)
    if out is not None:
        write_text(out, csv_of(chosen))
    lost = heard(lambda: print_table("Do next", head(chosen), rows(chosen)))
    for text in remarks(chosen):
        progress(text)
    return lost


def _learnt(found: Campaign, batch: int, candidates: int, out: Path | None) -> OSError | None:
    from halodot.learn.suggest_causes import suggest_to_learn
    from halodot.report.suggest_table import cause_head, cause_remarks, cause_rows, csv_of_causes

    with progress_bar("Simulate what each cause would give") as tell:
        chosen = suggest_to_learn(found, batch, candidates=candidates, progress=tell)
    if out is not None:
        write_text(out, csv_of_causes(chosen))
    lost = heard(lambda: print_table("Tells the causes apart", cause_head(chosen), cause_rows(chosen)))
    for text in cause_remarks(chosen):
        progress(text)
    return lost
