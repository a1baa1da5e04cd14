"""PL decay by time-correlated single-photon counting: lifetimes and their averages from Poisson likelihood."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from halodot.arrays import Array
from halodot.errors import DataError
from halodot.lab.choices import flag, number, span, whole, word
from halodot.lab.findings import Analysis, Mark, Panel, Trace
from halodot.lab.method import Inputs, Method, Role
from halodot.lab.methods._trpl_findings import (
    AMPLITUDE_AVERAGE,
    HEIGHT,
    INTENSITY_AVERAGE,
    LIFETIME,
    MEDIAN_RATE,
    RATE_SPREAD,
    STRETCHED_LIFETIME,
    STRETCHING,
    findings_of,
)
from halodot.lab.methods._trpl_fit import Minimum, polished
from halodot.lab.methods._trpl_judge import Judged, judged_of
from halodot.lab.methods._trpl_models import LOGNORMAL, ONE, STRETCHED, THREE, TWO
from halodot.lab.methods._trpl_prepare import Prepared, Wanted, prepared
from halodot.lab.methods._trpl_record import RESPONSE_WORDS, Histogram, best_response, histograms, own_response, takes
from halodot.lab.methods._trpl_select import Compared, Spread, compared, spread_over_laws

if TYPE_CHECKING:
    import xarray

_LAWS = (ONE, TWO, THREE, STRETCHED, LOGNORMAL)


@dataclass(frozen=True)
class TrplSettings:
    """What can be chosen."""

    model: str | None = word(*_LAWS, default=None, about="law of the decay; by likelihood where auto")
    rivals: bool = flag("whether intervals cover other laws that describe the decay as well", default=True)
    window: tuple[float, float] | None = span("s", "times that are fitted; where the electronics counts", shown="ns")
    repetition_rate: float | None = number(
        "1/s", "pulses per second; as the file states it", shown="MHz", valid="positive"
    )
    response: str = word(
        "measured", "none", default="measured", about="whether a measured response is folded in, where there is one"
    )
    shift: float | None = number("s", "shift of the response; fitted where auto", shown="ps")
    background: float | None = number("1", "counts in a channel without light; fitted where auto", valid="nonnegative")
    scatter: str | None = word("yes", "no", default=None, about="scattered excitation; where the decay asks for it")
    pile_up: str | None = word("corrected", "left", default=None, about="photons lost behind the first of a pulse")
    channels_added: int | None = whole("neighbouring channels added into one; few enough to be fast", least=1)


def trpl(
    data: xarray.Dataset, settings: TrplSettings | None = None, *, response: xarray.Dataset | None = None
) -> Analysis:
    """Return lifetimes of a PL decay, both averages, and their intervals.

    The counts N_k are compared with the response of the instrument, shifted, folded with sum a_i exp(-t/tau_i) of all
    earlier pulses, plus a background, by the Poisson deviance 2 sum(m - N + N ln(N/m)). The number of exponentials is
    chosen by likelihood; intervals of the averages are profiles over all laws that describe the decay as well.

    Args:
        data: counts against time, or photons timed after a pulse, as `halodot.read` returns them.
        settings: what is chosen otherwise than by default.
        response: of the instrument, as scattered laser light shows it; without one the tail of the decay is fitted.

    Returns:
        Findings of each curve; lifetimes [s].

    Raises:
        DataError: no curve holds a decay.

    Source: A. F. van Driel et al., Phys. Rev. B 75, 035329 (2007), doi:10.1103/PhysRevB.75.035329 (rates with a
    log-normal distribution).
    """
    chosen = settings or TrplSettings()
    measured = best_response(response) if response is not None else own_response(data)
    found, failed = [], []
    curves = histograms(data)
    for curve in curves:
        try:
            found.append(_analysed(curve, chosen, measured, len(curves) > 1))
        except DataError as error:
            failed.append((curve.label, str(error)))
    if not found:
        raise DataError("; ".join(f"{label}: {text}" if label else text for label, text in failed))
    return _together(found, failed)


def _together(found: list[Analysis], failed: list[tuple[str, str]]) -> Analysis:
    """Return the analyses of the curves of one measurement as one; choices that differ stay automatic."""
    if len(found) == 1 and not failed:
        return found[0]
    settings = found[0].settings
    for item in fields(settings):
        if any(getattr(one.settings, item.name) != getattr(settings, item.name) for one in found):
            settings = replace(settings, **{item.name: None})
    return Analysis(
        method="trpl",
        settings=settings,
        findings=tuple(item for one in found for item in one.findings),
        warnings=(
            *(f"{label or 'a curve'} was not analysed: {text}" for label, text in failed),
            *(text for one in found for text in one.warnings),
        ),
        notes=tuple(dict.fromkeys(text for one in found for text in one.notes)),
        panels=tuple(panel for one in found for panel in one.panels),
        tables={name: table for one in found for name, table in one.tables.items()},
    )


def _analysed(curve: Histogram, chosen: TrplSettings, measured: Histogram | None, several: bool) -> Analysis:
    wanted = Wanted(
        window=chosen.window,
        repetition_rate=chosen.repetition_rate,
        shift=chosen.shift,
        background=chosen.background,
        scatter=chosen.scatter,
        pile_up=chosen.pile_up,
        channels_added=chosen.channels_added,
    )
    ready = prepared(curve, wanted, measured if chosen.response == "measured" else None)
    fits = compared(ready.exponentials, chosen.model, chosen.rivals)
    fits = fits.replaced({fits.chosen: polished(fits.best)})
    fits, judged, spreads = _with_intervals(fits, chosen)
    label = curve.label if several else ""
    before = f"{label}: " if label else ""
    warnings = (*ready.warnings, *_misfit(fits, judged))
    findings, table = findings_of(fits, judged.inflation, spreads, ready, label)
    used = replace(
        chosen,
        model=fits.chosen,
        window=ready.window,
        repetition_rate=None if math.isinf(ready.channels.period) else 1.0 / ready.channels.period,
        response=chosen.response,
        scatter="yes" if ready.extras.scatter else "no",
        pile_up=ready.pile_up,
        channels_added=ready.channels_added,
    )
    return Analysis(
        method="trpl",
        settings=used,
        findings=findings,
        warnings=tuple(before + text for text in warnings),
        notes=tuple(before + text for text in (*ready.notes, *_choice(fits, chosen))),
        panels=_panels(fits.best, ready, label),
        tables={f"covariance {label}".strip(): table},
    )


def _with_intervals(fits: Compared, chosen: TrplSettings) -> tuple[Compared, Judged, list[Spread]]:
    """Return the intervals of both averages, from minima than which their profiles meet none lower."""
    for last in (False, False, True):
        judged = judged_of(fits.best)
        found = [spread_over_laws(fits, _average(place), judged.inflation, chosen.rivals) for place in (0, 1)]
        lower = {**found[0].lower, **found[1].lower}
        if last or not lower:
            break
        fits = fits.replaced(lower)
    return fits, judged, found


def _average(place: int) -> Callable[[Minimum], Callable[[Array], float]]:
    return lambda item: lambda numbers: math.log(item.model.averages(numbers)[place])


def _misfit(fits: Compared, judged: Judged) -> tuple[str, ...]:
    found = []
    if not judged.describes:
        found.append(
            f"{fits.chosen} does not describe the decay: the residuals have {judged.excess:.2f} times the variance of "
            f"counting ({judged.merged_excess:.2f} times where channels are merged) and a correlation of "
            f"{judged.correlation:+.2f} between neighbours"
        )
    best = min(fits.minima, key=lambda name: fits.minima[name].penalised)
    if fits.behind(fits.chosen) > 10.0 and best != fits.chosen:
        found.append(
            f"{best} describes the decay better than {fits.chosen} (deviance lower by "
            f"{fits.best.deviance - fits.minima[best].deviance:.1f})"
        )
    return tuple(found)


def _choice(fits: Compared, chosen: TrplSettings) -> tuple[str, ...]:
    parts = ", ".join(f"{name} {item.deviance:.1f}" for name, item in fits.minima.items())
    told = f"{fits.chosen}" + ("" if chosen.model else " chosen by likelihood") + f"; deviances: {parts}"
    if fits.rivals and chosen.rivals:
        told += f"; the intervals of the averages cover {', '.join(fits.rivals)} too, which describes the decay as well"
    return (told,)


# ------------------------------------------------------------------------------------------------------------- panels


def _panels(best: Minimum, ready: Prepared, label: str) -> tuple[Panel, ...]:
    channels = best.model.channels
    expected = best.model.expected(best.numbers)[0]
    low = max(0.3, 0.3 * float(np.min(expected / channels.size)))
    time = np.asarray(channels.time * 1e9, np.float64)
    traces = [
        Trace(
            np.asarray(ready.shown.time * 1e9, np.float64),
            np.maximum(ready.shown.counts, 0.5 * low),
            "measured",
            "points",
        ),
        Trace(time, expected / channels.size, "fit"),
    ]
    if channels.response is not None:
        at = channels.response_start + channels.width * np.arange(channels.response.size)
        scale = float((expected / channels.size).max()) / float(channels.response.max())
        traces.append(
            Trace(
                np.asarray(at * 1e9, np.float64), np.maximum(channels.response * scale, 0.5 * low), "response", "dashed"
            )
        )
    before = 0.05 * float(np.ptp(time)) if channels.response is None else 0.0
    span_shown = (float(time[0]) - before, float(time[-1]))
    residual = (channels.counts - expected) / np.sqrt(expected * channels.excess)
    return (
        Panel(
            "Time (ns)",
            f"Counts{' of ' + label if label else ''}",
            tuple(traces),
            y_logarithmic=True,
            x_range=span_shown,
            y_range=(low, 2.0 * float((expected / channels.size).max())),
        ),
        Panel(
            "Time (ns)",
            "Residual / standard deviation",
            (Trace(time, residual, "", "points"),),
            (Mark(0.0, axis="y"),),
            x_range=span_shown,
        ),
    )


def _analyse(inputs: Inputs, settings: TrplSettings) -> Analysis:
    given = inputs.get("response", ())
    return trpl(inputs["decay"][0], settings, response=given[0] if given else None)


METHOD = Method(
    name="trpl",
    title="PL decay (TCSPC)",
    settings=TrplSettings,
    quantities=(
        AMPLITUDE_AVERAGE,
        INTENSITY_AVERAGE,
        LIFETIME,
        HEIGHT,
        STRETCHED_LIFETIME,
        STRETCHING,
        MEDIAN_RATE,
        RATE_SPREAD,
    ),
    roles=(
        Role("decay", "counts against time after a pulse, or photons so timed", takes),
        Role(
            "response", "response of the instrument, from scattered laser light", takes, RESPONSE_WORDS, required=False
        ),
    ),
    analyse=_analyse,
)
