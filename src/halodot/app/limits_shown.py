"""What limits a device, as the tables and tornado bars that the page shows."""

from __future__ import annotations

from halodot.app.job_process import Bars, Rows
from halodot.learn.limits import OUTPUTS, Limits
from halodot.names import shown
from halodot.paths import layer_of
from halodot.report.limits_text import (
    BY,
    EFFECT_COLUMNS,
    EFFECT_HEAD,
    LOSS_HEAD,
    SETTLED_HEAD,
    VARIANCE_HEAD,
    effect_rows,
    loss_rows,
    settled_rows,
    variance_rows,
)
from halodot.wording import shortly

#: letters of a name beside its bars
_LETTERS = 44
_KINDS = {True: "Can be set on the bench", False: "Only uncertain"}
#: span of values from which an axis that is judged by factors is logarithmic
_WIDE = 3.0


def ranking(found: Limits, by: str, on_bench: bool, most: int) -> Rows:
    """Return the numbers by their effect on an output, the largest first, in the columns that a page has room for.

    Args:
        found: from :func:`halodot.limits`.
        by: word of :data:`halodot.report.limits_text.BY`.
        on_bench: those that can be set tomorrow, or those that are only uncertain.
        most: rows.
    """
    output = BY[by]
    paths = tuple(item.knob.path for item in found.ranked(output, on_bench)[:most])
    columns = [EFFECT_HEAD.index(name) for name in ("number", "now", "range", _column(output), "remark")]
    rows = effect_rows(found, output, on_bench, most)
    head, *shown_rows = (tuple(row[place] for place in columns) for row in (EFFECT_HEAD, *rows))
    return Rows(_KINDS[on_bench], head, tuple(shown_rows), paths, by)


def _column(output: str) -> str:
    return next(name for name, one in EFFECT_COLUMNS.items() if one == output)


def tornado_bars(found: Limits, by: str, on_bench: bool, most: int) -> Bars:
    """Return how far the numbers move an output to both sides, in the unit of the bench.

    Args:
        found: from :func:`halodot.limits`.
        by: word of :data:`halodot.report.limits_text.BY`.
        on_bench: as of :func:`ranking`.
        most: bars.
    """
    output = BY[by]
    items = [item for item in found.ranked(output, on_bench)[:most] if item.swing(output) > 0.0]
    base, unit = shown(output, found.base[output])
    low = tuple(shown(output, item.at_low[output])[0] for item in items)
    high = tuple(shown(output, item.at_high[output])[0] for item in items)
    called = OUTPUTS[output].called
    axis = f"{called[0].upper()}{called[1:]}{f' ({unit})' if unit else ''}"
    ends = [value for value in (*low, *high, base) if value == value]
    wide = OUTPUTS[output].logarithmic and min(ends) > 0.0 and max(ends) > _WIDE * min(ends)
    names = tuple(shortly(item.knob.path, _LETTERS) if layer_of(item.knob.path) else item.knob.called for item in items)
    return Bars(_KINDS[on_bench], axis, base, names, low, high, wide, by)


def loss_table(found: Limits) -> Rows:
    """Return where the injected pairs go; no rows where no light was computed.

    Args:
        found: from :func:`halodot.limits`.
    """
    if found.losses is None:
        return Rows("Losses", LOSS_HEAD, ())
    title = f"Losses at {found.losses.voltage:.3g} V, where the EQE is highest"
    return Rows(title, LOSS_HEAD, tuple(loss_rows(found.losses)))


def variance_table(found: Limits) -> Rows:
    """Return which answer hangs on which number.

    Args:
        found: from :func:`halodot.limits`.
    """
    title = "Share of the variance that would go were the input known"
    return Rows(title, VARIANCE_HEAD, tuple(variance_rows(found)))


def settled_table(found: Limits) -> Rows:
    """Return which measurement would settle it.

    Args:
        found: from :func:`halodot.limits`.
    """
    return Rows("Standard deviation were it measured", SETTLED_HEAD, tuple(settled_rows(found)))
