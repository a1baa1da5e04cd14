"""What a reported EQE asks of a device, as a section of its page."""

from __future__ import annotations

from halodot.learn.possible import Possible
from halodot.report.page import section, table
from halodot.report.page.frame import paragraph, typeset
from halodot.report.possible_text import POSSIBLE_HEAD, possible_rows, possible_sentences


def possible_section(found: Possible) -> str:
    """Return what a reported EQE asks of yield, orientation and charge balance, and what the stack allows, as HTML.

    Args:
        found: from :func:`halodot.possible`.
    """
    first, *others = possible_sentences(found)
    columns = tuple((name, "number" if place in (1, 2) else "") for place, name in enumerate(POSSIBLE_HEAD))
    rows = ([typeset(cell) for cell in row] for row in possible_rows(found))
    return section(
        f"Is an EQE of {100.0 * found.reported:.4g} % possible?",
        f'<div class="conclusions">{paragraph(typeset(first))}</div>',
        *(paragraph(typeset(line)) for line in others),
        table(columns, rows, "what the reported EQE asks"),
    )
