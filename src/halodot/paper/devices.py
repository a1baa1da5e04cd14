"""Devices of the paper's recipe as a laboratory would make them, beside the champion that the paper reports.

The paper made 20 devices and gives their histogram of the EQE as a picture alone (its figure S6); what it tells in
numbers is the champion.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from halodot.learn.spread import spread
from halodot.learn.spread_result import DeviceSpread
from halodot.names import QUANTITIES
from halodot.paper.drawn import SEED
from halodot.paper.figures import PaperFigure
from halodot.paper.targets import Target
from halodot.report.figures_spread import histograms
from halodot.report.spread_text import spread_sentences
from halodot.report.style import WIDE
from halodot.results.data import Result
from halodot.units import to_si

#: devices that the paper made, and those drawn at random for the estimate of all that could be made
MADE, TRAINING = 20, 64
#: rows of the paper's champion by output
CHAMPION: Mapping[str, str] = {"eqe_max": "R33", "luminance": "R29", "el_peak": "R23", "half_life": "R37"}
#: name of the picture among the paper's figures, and of the numbers
FIGURE, NUMBERS = "devices", "devices.json"
_TITLE = "Devices of one recipe beside the reported champion"


def treated_devices(
    result: Result, count: int, progress: Callable[[str], None], workers: int | None = None
) -> DeviceSpread | None:
    """Make devices of a sample, None where none are asked for.

    Args:
        result: of the sample.
        count: devices.
        progress: receives one line at a time.
        workers: threads; as many as there are cores when not given.
    """
    if count < 1:
        return None
    progress(f"making {count} devices as a laboratory would")
    found = spread(result, count, seed=SEED, training=TRAINING, workers=workers)
    for line in spread_sentences(found)[:3]:
        progress(f"  {line}")
    return found


def reported_champion(targets: Sequence[Target]) -> dict[str, float]:
    """Return what the paper reports of its champion [SI], by output.

    Args:
        targets: the paper's results.
    """
    by_id = {target.id: target for target in targets}
    return {
        name: to_si(f"{by_id[row].reported} {by_id[row].unit}", QUANTITIES[name].unit)
        for name, row in CHAMPION.items()
        if row in by_id
    }


def devices_figure(found: DeviceSpread, targets: Sequence[Target]) -> PaperFigure:
    """Return the histograms with the reported champion, for the page of a reproduction.

    Args:
        found: devices of the paper's treated sample.
        targets: the paper's results.
    """
    reported = reported_champion(targets)
    said = " ".join(spread_sentences(found)[:4])
    caption = (
        f"{len(found.laboratory.batch)} devices of the treated dots that differ as devices of a laboratory do (standard"
        " deviations of the library, most of them assumed), over all that could be made (pale). The paper shows the EQE"
        f" of 20 devices as a picture and reports its champion, {100.0 * reported['eqe_max']:.4g} %."
        f" {said}"
    )
    return PaperFigure(histograms(found, WIDE, reported), _TITLE, caption)
