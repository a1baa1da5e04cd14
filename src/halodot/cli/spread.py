"""``halodot spread``: the devices of a laboratory, their yield and champion, and what makes them differ."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from halodot.cli.console import print_table, progress
from halodot.cli.options import Changes, Overwrite, StudyName, load_study
from halodot.cli.progress import progress_bars, steps
from halodot.errors import InputError, Problem
from halodot.outputs import check_folder, check_new_file, write_text

if TYPE_CHECKING:
    from halodot.learn.spread_result import DeviceSpread

_STEPS = {
    "devices": "Make the devices of the laboratory",
    "steps": "Step each variation",
    "estimate": "Draw devices for the estimate",
}
Deviations = Annotated[
    list[str] | None,
    typer.Option(metavar="PATH=SD", help="From pixel to pixel: --pixel 'device.layers.PTAA.thickness=5 %'."),
]


def spread(
    study: StudyName,
    devices: Annotated[int, typer.Option(help="Devices that the laboratory makes.")] = 20,
    seed: Annotated[int, typer.Option(help="Of all random numbers; the same seed gives the same devices.")] = 1,
    changes: Changes = None,
    pixel: Deviations = None,
    batch: Annotated[
        list[str] | None, typer.Option(metavar="PATH=SD", help="From batch to batch, of the same form.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(metavar="PATH", help="Let these numbers alone vary: --only 'device.layers.*'.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for spread.html, the tables as CSV and the figures.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write all of it as JSON.")] = None,
    overwrite: Overwrite = False,
) -> None:
    """Make the devices of a laboratory: histogram, yield, champion, and what makes them differ."""
    if out is not None:
        check_folder(out, overwrite)
    if json_file is not None:
        check_new_file(json_file, overwrite, [study])
    sd = _deviations({"batch": batch or [], "pixel": pixel or []})
    from halodot.learn.spread import USUAL, refuse_counts
    from halodot.learn.spread import spread as spread_of

    refuse_counts(devices, USUAL, seed)
    loaded = load_study(study, changes)
    progress(loaded.title)
    with progress_bars(_STEPS) as tell:
        found = spread_of(loaded, devices, seed=seed, sd=sd, only=only or (), progress=tell)
    _print(found)
    if json_file is not None:
        from halodot.report.spread_text import spread_document

        json_file.parent.mkdir(parents=True, exist_ok=True)
        write_text(json_file, json.dumps(spread_document(found), indent=2, allow_nan=False) + "\n")
    if out is not None:
        from halodot.report.spread_page import write_spread

        with steps("writing") as say:
            write_spread(found, out, overwrite, say)
        progress(f"written to {out}")


def _deviations(texts: dict[str, list[str]]) -> dict[str, dict[str, str]]:
    """Return standard deviations by path and level."""
    found: dict[str, dict[str, str]] = {}
    for level, own in texts.items():
        for text in own:
            path, equals, sd = text.rpartition("=")
            if not (equals and path.strip() and sd.strip()):
                message = f"{text!r} is not PATH=SD, such as device.layers.PTAA.thickness='5 %'"
                raise InputError(Problem(message, file=f"--{level}"))
            found.setdefault(path.strip(), {})[level] = sd.strip()
    return found


def _print(found: DeviceSpread) -> None:
    """Print the sentences, to the error stream where the output is no terminal, and the tables."""
    from halodot.report.spread_text import (
        CHAMPION_HEAD,
        DEVICE_HEAD,
        OUTPUT_HEAD,
        PART_HEAD,
        VARIATION_HEAD,
        champion_rows,
        device_rows,
        output_rows,
        part_rows,
        spread_sentences,
        variation_rows,
    )

    seen = sys.stdout.isatty()
    for line in spread_sentences(found):
        print(line, file=sys.stdout if seen else sys.stderr)
    if not seen or len(found.laboratory.batch) <= 40:
        print_table("Devices of the laboratory", DEVICE_HEAD, device_rows(found))
    print_table("What a laboratory sees, and all devices that could be made", OUTPUT_HEAD, output_rows(found))
    print_table("The champion of so many devices", CHAMPION_HEAD, champion_rows(found))
    print_table("Share of the variance that a variation makes", PART_HEAD, part_rows(found))
    print_table("What varies between devices", VARIATION_HEAD, variation_rows(found))
    for note in found.notes:
        progress(note.text)
