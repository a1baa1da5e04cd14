"""The calibration of the paper's samples: which parameters, which rows, and the file that results.

``halodot calibrate paper`` runs it. Only rows of role "calibrated" enter; the spreads of the edge length that
micrographs report with R08 and R09 belong to those rows. One number of the device has a row, the highest luminance of
the control (R30). It fixes one combination of levels, mobilities and densities of states, for which the hole level of
the dots stands: what is fitted is that level with the dipole at its face, less the energy by which a waiting electron
pulls the hole in, and with it every error of the numbers that are left at their centres. Draws that are conditioned
on the row, not this one point, say what follows from it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from halodot.chain.simulate import simulate
from halodot.learn.calibration import Datum, Fit, Series, calibrate, informed, to_document
from halodot.outputs import write_text
from halodot.paper.targets import CONTROL, DOSES, SAMPLES, TREATED, Target, load_samples, read_targets
from halodot.results.summary import evaluate
from halodot.sources import Sourced
from halodot.states import replaced
from halodot.study import Study, load_targets_text, with_inputs

CHEMISTRY = (
    "flask.proton_selectivity",
    "flask.exchange_constant",
    "flask.etching",
    "flask.damage",
    "flask.native_wash_loss",
    "flask.exchanged_wash_loss",
    "flask.recipe_effect",
    "flask.growth_spread",
    "flask.ripening_variance",
    "dots.size_offset",
    "dots.spread_factor",
    "dots.radiative_rate",
    "dots.trap_share",
    "dots.air_rate",
    "dots.air_coverage_exponent",
    "dots.free_organics",
    "film.layer_number_spread",
)
DEVICE = ("perovskite.iodide_ionisation_energy",)
AGEING = ("ageing.half_life", "ageing.coverage_exponent")
#: standard deviations of the edge length in micrographs [nm], reported with R08 and R09; 0.1 nm as for the means
REPORTED_SPREAD = {TREATED: 0.76, CONTROL: 1.16}
SPREAD_SD = 0.1
#: quantities that carry the number of another one: fitting the one fits the other
SAME_NUMBER = {"plqy": ("film_plqy",), "el_peak": ("pl_peak",)}
#: how far inside an inequality the fit has to come, in the row's unit
MARGIN = {"R04": 0.2, "R12": 1.0, "R13": 1.0}
ABOUT = """Maximum of the posterior: the rows below with their standard deviations (residuals are in these), and the
priors of the parameters. Standard deviations and correlations are those of all inputs once the rows that are numbers
are known, to first order; an assumed or literature input appears where the rows narrowed it, its value as before."""


def _value(target: Target, sample: str, quantity: str, scale: float) -> Datum:
    return Datum(target.id, (sample,), partial(_value_residual, target, sample, quantity, scale), quantity)


def _value_residual(target: Target, sample: str, quantity: str, scale: float, series: Series) -> float:
    return (evaluate(series[sample], quantity) * scale - float(target.reported)) / float(target.sd)


def _spread(sample: str, name: str) -> Datum:
    return Datum(name, (sample,), partial(_spread_residual, sample))


def _spread_residual(sample: str, series: Series) -> float:
    dots = series[sample].dots
    return math.nan if dots is None else (dots.edge_length_spread * 1e9 - REPORTED_SPREAD[sample]) / SPREAD_SD


def _bound(target: Target, sample: str, quantity: str, scale: float) -> Datum:
    """Penalise only what lies on the wrong side of the reported bound, in steps of one unit."""
    return Datum(target.id, (sample,), partial(_bound_residual, target, sample, quantity, scale), quantity)


def _bound_residual(target: Target, sample: str, quantity: str, scale: float, series: Series) -> float:
    limit, sign = float(target.reported.lstrip("<>")), 1.0 if target.reported.startswith(">") else -1.0
    excess = sign * (evaluate(series[sample], quantity) * scale - limit)
    return max(MARGIN[target.id] - excess, 0.0)


def _optimum(target: Target) -> Datum:
    """Penalise a dose that comes as near to the reported best one as the margin, or beats it."""
    return Datum(target.id, DOSES, _optimum_residual, "plqy_first_wash")


def _optimum_residual(series: Series) -> float:
    plqy = {dose: 100.0 * evaluate(series[dose], "plqy_first_wash") for dose in DOSES}
    best = max(value for dose, value in plqy.items() if dose != TREATED)
    return max(best - plqy[TREATED] + MARGIN["R04"], 0.0) / MARGIN["R04"]


def _lost(target: Target, sample: str) -> Datum:
    return Datum(target.id, (sample,), partial(_lost_residual, sample))


def _lost_residual(sample: str, series: Series) -> float:
    flask = series[sample].flask
    return 10.0 if flask is None or flask.survived else 0.0


def _el_peak_residual(target: Target, el_shift: float, series: Series) -> float:
    peak = (evaluate(series[TREATED], "pl_peak") + el_shift) * 1e9
    return (peak - float(target.reported)) / float(target.sd)


def _brightness_residual(target: Target, series: Series) -> float:
    found, reported = evaluate(series[CONTROL], "luminance_max"), float(target.reported)
    return math.log(found / reported) * reported / float(target.sd) if found > 0.0 else math.nan


def chemistry_data(targets: Mapping[str, Target], el_shift: float) -> tuple[Datum, ...]:
    """Return the calibrating rows of flask, dots and film.

    Args:
        targets: the paper's results by id.
        el_shift: EL peak less PL peak of the treated device [m], which the optics add.
    """
    return (
        _value(targets["R01"], TREATED, "plqy_first_wash", 100.0),
        _value(targets["R02"], TREATED, "plqy", 100.0),
        _value(targets["R03"], CONTROL, "plqy", 100.0),
        _optimum(targets["R04"]),
        _lost(targets["R06"], "hi-only"),
        _lost(targets["R07"], "post-synthesis"),
        _value(targets["R08"], TREATED, "edge_length", 1e9),
        _spread(TREATED, "R08 spread"),
        _value(targets["R09"], CONTROL, "edge_length", 1e9),
        _spread(CONTROL, "R09 spread"),
        _value(targets["R10"], TREATED, "pl_fwhm", 1e9),
        _bound(targets["R12"], TREATED, "pl_retained_in_air", 100.0),
        _bound(targets["R13"], CONTROL, "pl_retained_in_air", 100.0),
        _value(targets["R16"], CONTROL, "weight_loss", 100.0),
        _value(targets["R19"], TREATED, "lifetime", 1e9),
        _value(targets["R21"], TREATED, "roughness", 1e9),
        Datum("R23", (TREATED,), partial(_el_peak_residual, targets["R23"], el_shift), "el_peak"),
    )


def device_data(targets: Mapping[str, Target]) -> tuple[Datum, ...]:
    """Return the calibrating row of the driven device; luminances differ by decades, so their logarithm is compared."""
    target = targets["R30"]
    return (Datum(target.id, (CONTROL,), partial(_brightness_residual, target), "luminance_max"),)


def ageing_data(targets: Mapping[str, Target]) -> tuple[Datum, ...]:
    """Return the calibrating rows of the lifetime test."""
    return (
        _value(targets["R37"], TREATED, "half_life", 1.0 / 3600.0),
        _value(targets["R38"], CONTROL, "half_life", 1.0 / 3600.0),
    )


def priors_of(studies: Mapping[str, Study], paths: tuple[str, ...]) -> dict[str, Sourced]:
    """Return the priors of parameters, from the library and not from an earlier calibration."""
    return {path: studies[TREATED].inputs[path] for path in paths}


def run(progress: Callable[[str], None] = print, rounds: int = 3) -> tuple[tuple[Fit, Fit, Fit], float]:
    """Calibrate chemistry and device until the optics' shift of the EL peak no longer changes, then the ageing."""
    targets = {target.id: target for target in read_targets(load_targets_text())}
    studies = load_samples(["calibration=none"])
    shift = 0.0
    film_only = {
        name: replaced(study, run=replaced(study.run, stop_after="film"))
        for name, study in studies.items()
        if name != "no-TmPyPB"
    }
    for turn in range(rounds):
        chemistry = calibrate(film_only, priors_of(studies, CHEMISTRY), chemistry_data(targets, shift))
        progress(f"round {turn + 1}: chemistry cost {chemistry.cost:.3f}")
        changes = dict(zip(chemistry.paths, map(float, chemistry.value)))
        devices = {name: with_inputs(studies[name], changes) for name in (TREATED, CONTROL)}
        driven = calibrate({CONTROL: devices[CONTROL]}, priors_of(studies, DEVICE), device_data(targets))
        progress(f"  device cost {driven.cost:.3f}")
        level = dict(zip(driven.paths, map(float, driven.value)))
        devices = {name: with_inputs(study, level) for name, study in devices.items()}
        treated = simulate(devices[TREATED])
        before, shift = shift, evaluate(treated, "el_peak") - evaluate(treated, "pl_peak")
        progress(f"  EL peak less PL peak: {shift * 1e9:.2f} nm")
        if abs(shift - before) < 0.02e-9:
            break
    ageing = calibrate(devices, priors_of(studies, AGEING), ageing_data(targets))
    progress(f"ageing cost {ageing.cost:.3f}")
    return (chemistry, driven, ageing), shift


def document(
    fits: tuple[Fit, ...], el_shift: float, progress: Callable[[str], None] = lambda text: None
) -> dict[str, Any]:
    """Return the calibration as the plain mapping of its file.

    Args:
        fits: of the chemistry, of the device and of the ageing.
        el_shift: EL peak less PL peak of the treated device [m].
        progress: called with how many inputs have been varied.
    """
    targets = {target.id: target for target in read_targets(load_targets_text())}
    data = (*chemistry_data(targets, el_shift), *device_data(targets), *ageing_data(targets))
    studies = load_samples(["calibration=none"])
    priors = priors_of(studies, CHEMISTRY + DEVICE + AGEING)
    best = {path: float(value) for fit in fits for path, value in zip(fit.paths, fit.value)}
    devices = {name: with_inputs(studies[name], best) for name in (TREATED, CONTROL)}
    numbers = tuple(datum for datum in data if datum.id not in MARGIN and set(datum.samples) <= set(devices))
    entries = {path: entry for study in devices.values() for path, entry in study.inputs.items()}

    def varied(done: int, total: int) -> None:
        if done % 20 == 0 or done == total:
            progress(f"  {done} of {total} inputs")

    return {
        "name": "paper",
        "about": " ".join(ABOUT.split()),
        "script": "halodot calibrate paper",
        "calibrated": calibrated_quantities(data),
        **to_document(fits, entries | priors, informed(devices, numbers, priors, varied)),
    }


def calibrated_quantities(data: tuple[Datum, ...]) -> dict[str, list[str]]:
    """Return the quantities of the summary that calibrated something, by library study.

    The order of the doses (R04) holds the doses beside the best one; the control lies too far below to be held by it.
    """
    found: dict[str, list[str]] = {}
    for datum in data:
        touched = datum.samples if len(datum.samples) == 1 else [name for name in datum.samples if name != CONTROL]
        for sample in touched if datum.quantity else ():
            names = found.setdefault(SAMPLES[sample], [])
            names += [name for name in (datum.quantity, *SAME_NUMBER.get(datum.quantity, ())) if name not in names]
    return found


def main(out: str, progress: Callable[[str], None] = print) -> dict[str, Any]:
    """Run the calibration, write its file and return what is in it."""
    import yaml

    fits, el_shift = run(progress)
    progress("the covariance of all inputs")
    found = document(fits, el_shift, progress)
    write_text(Path(out), yaml.safe_dump(found, sort_keys=False, width=110, default_flow_style=None))
    return found
