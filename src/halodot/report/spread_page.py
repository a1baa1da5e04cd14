"""How far devices of one recipe differ as a page, as tables for a spreadsheet, and as figures."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from halodot.learn.spread_result import DeviceSpread
from halodot.outputs import csv_text, whole_folder, write_text
from halodot.report.figures_spread import champion_figure, histograms, parts_figure
from halodot.report.page import Column, framed, section, table
from halodot.report.page.frame import figure, paragraph, typeset
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
    spread_document,
    spread_sentences,
    variation_rows,
)
from halodot.report.style import WIDE, inline_svg, save_as

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: files of the folder
PAGE, JSON = "spread.html", "spread.json"
TABLES = ("devices.csv", "outputs.csv", "champions.csv", "parts.csv", "variations.csv")
FIGURES = "figures"
_ENDINGS = ("png", "svg", "pdf")
_DRAWN: Mapping[str, tuple[Callable[..., Figure], str]] = {
    "spread_histograms": (
        histograms,
        "Devices of the laboratory that work, each computed, over all that could be made (pale, scaled to as many).",
    ),
    "spread_champion": (
        champion_figure,
        "The highest peak EQE of so many devices, those with a short or without light among them.",
    ),
    "spread_parts": (
        parts_figure,
        "Share of the variance that each variation makes: alone, and with all that it does together with others; black"
        " lines are standard errors.",
    ),
}


def written_by_spread(home: Path) -> frozenset[Path]:
    """Return the paths within a folder at which the spread of devices is written, or was before."""
    figures = {path.relative_to(home) for path in (home / FIGURES).glob("spread_*.*")}
    return frozenset({*map(Path, (PAGE, JSON, *TABLES)), *figures})


def write_spread(
    found: DeviceSpread, folder: Path, overwrite: bool = True, progress: Callable[[str], None] = lambda text: None
) -> None:
    """Write the page, the tables, the numbers as JSON and the figures into a folder, all of them or nothing.

    Args:
        found: from :func:`halodot.spread`.
        folder: made if it does not exist; files of an earlier spread are replaced, others stay.
        overwrite: whether a folder with something in it may be used.
        progress: called with the file that is made next.

    Raises:
        InputError: the folder cannot be used.
    """
    with whole_folder(folder, overwrite, written_by_spread) as home:
        progress(JSON)
        write_text(home / JSON, json.dumps(spread_document(found), indent=2, allow_nan=False) + "\n")
        for name, rows in zip(TABLES, _listed(found)):
            write_text(home / name, csv_text(rows))
        (home / FIGURES).mkdir()
        for name, (draw, _) in _DRAWN.items():
            progress(f"{FIGURES}/{name}")
            save_as(draw(found), home / FIGURES / name, _ENDINGS)
        progress(PAGE)
        write_text(home / PAGE, spread_page(found))


def _listed(found: DeviceSpread) -> tuple[list[Sequence[str]], ...]:
    """Return the rows of the tables, their heads first, in the order of TABLES."""
    return (
        [DEVICE_HEAD, *device_rows(found)],
        [OUTPUT_HEAD, *output_rows(found)],
        [CHAMPION_HEAD, *champion_rows(found)],
        [PART_HEAD, *part_rows(found, len(found.variations.items) + 2)],
        [VARIATION_HEAD, *variation_rows(found)],
    )


def spread_page(found: DeviceSpread) -> str:
    """Return how far devices of one recipe differ as HTML that needs no other file.

    Args:
        found: from :func:`halodot.spread`.
    """
    said = "".join(paragraph(typeset(line)) for line in spread_sentences(found))
    sections = [
        section("What a laboratory sees", picture("spread_histograms", found), _table(OUTPUT_HEAD, output_rows(found))),
        section(
            "The champion of so many", picture("spread_champion", found), _table(CHAMPION_HEAD, champion_rows(found))
        ),
        section("What makes the spread", picture("spread_parts", found), _table(PART_HEAD, part_rows(found), 2)),
        section(
            "What varies, and by how much",
            paragraph("Standard deviations between devices, which is not how uncertain a number is.", "small"),
            _table(VARIATION_HEAD, variation_rows(found), 7),
        ),
        section("The devices one by one", _table(DEVICE_HEAD, device_rows(found), 2)),
        section("How this was found", "".join(paragraph(typeset(item.text)) for item in found.notes)),
    ]
    return framed(f"How devices differ: {found.title}", sections, f'<div class="conclusions">{said}</div>')


def picture(name: str, found: DeviceSpread) -> str:
    """Return one of the figures with its caption as HTML.

    Args:
        name: spread_histograms, spread_champion or spread_parts.
        found: from :func:`halodot.spread`.
    """
    draw, about = _DRAWN[name]
    return figure(inline_svg(draw(found, WIDE), name, about), about, wide=True)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], numbers: int = 1) -> str:
    columns: tuple[Column, ...] = tuple(
        (typeset(name), "number" if k >= numbers else "") for k, name in enumerate(head)
    )
    return table(columns, ([typeset(cell) for cell in row] for row in rows), head[0])
