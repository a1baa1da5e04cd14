"""The main job: the paper's samples and devices computed from its recipe and stack, beside its own results."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from halodot.contract import write_text
from halodot.learn.paper import CONTROL, TREATED, load_samples, read_targets
from halodot.learn.sensitivity import Sensitivities, coarser, largest, sensitivities, standard_deviation
from halodot.pipeline import simulate
from halodot.report.scoreboard import READERS, Row, Series, read, score, to_csv
from halodot.result import Result
from halodot.study import Study, load_targets_text
from halodot.summary import evaluate

Say = Callable[[str], None]

#: outcoupling times charge balance of a model that knows nothing but the PLQY: the ratio of EQE to PLQY that the
#: paper's own two devices share
NULL_FACTOR = 0.275
EXPLAINED = ("R11", "R20", "R24", "R25x", "R25y", "R26", "R33", "R34")


def numbers(series: Series) -> dict[str, float]:
    """Read every numeric row of the scoreboard, the colour as two numbers, for differentiation."""
    found: dict[str, float] = {}
    for name, value in read(series).items():
        if isinstance(value, tuple):
            found[f"{name}x"], found[f"{name}y"] = value
        elif isinstance(value, float):
            found[name] = value
    return found


def reproduce(out: str | os.PathLike[str], say: Say = print, workers: int | None = None) -> tuple[Row, ...]:
    """Run the paper's dose series, controls and devices, and write everything to a folder.

    Args:
        out: the folder; made if absent.
        say: receives one line of progress or result at a time.
        workers: processes for the sensitivities; as many as there are cores where not said.

    Returns:
        The scoreboard's rows.
    """
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    studies = load_samples()
    series = run_samples(studies, say)
    say("differentiating every row by every uncertain input")
    found = row_sensitivities(studies, workers or os.cpu_count() or 1, say)
    rows = score(read_targets(load_targets_text()), series, spreads(found, studies), remarks(series, found))
    write_text(folder / "scoreboard.csv", to_csv(rows))
    write_results(series, folder, say)
    return rows


def run_samples(studies: Mapping[str, Study], say: Say) -> dict[str, Result]:
    """Simulate every sample, announcing each."""
    series: dict[str, Result] = {}
    for sample, study in studies.items():
        say(f"{sample}: {study.title}")
        series[sample] = simulate(study)
    return series


def row_sensitivities(studies: Mapping[str, Study], workers: int, say: Say) -> Sensitivities:
    """Differentiate the scoreboard's numbers by every uncertain input on coarser grids."""
    sparse = {name: coarser(study) for name, study in studies.items()}

    def progress(done: int, total: int) -> None:
        if done % 20 == 0 or done == total:
            say(f"  {done} of {total} inputs")

    return sensitivities(sparse, numbers, workers, progress)


def spreads(found: Sensitivities, studies: Mapping[str, Study]) -> dict[str, float | tuple[float, float]]:
    """Return the model's standard deviation of every numeric row, as the inputs' uncertainties give it."""
    correlation = studies[TREATED].correlation
    sd = {name: standard_deviation(found, name, correlation) for name in found.quantities}
    pairs = {name for name in READERS if f"{name}x" in sd}
    plain: dict[str, float | tuple[float, float]] = {name: sd[name] for name in sd if name in READERS}
    return plain | {name: (sd[f"{name}x"], sd[f"{name}y"]) for name in pairs}


def remarks(series: Series, found: Sensitivities) -> dict[str, str]:
    """Return what stands beside the rows: the null model, blind predictions, and what moves a row most."""
    notes = {name: [_leading(found, name)] for name in found.quantities if name in EXPLAINED}
    notes["R25"] = ["x: " + notes.pop("R25x", [""])[0], "y: " + notes.pop("R25y", [""])[0]]
    for name, sample in (("R33", TREATED), ("R34", CONTROL)):
        result = series[sample]
        null = 100.0 * NULL_FACTOR * evaluate(result, "plqy")
        balance, outcoupling = evaluate(result, "charge_balance"), evaluate(result, "outcoupling")
        notes.setdefault(name, []).insert(
            0, f"null model 0.275 x PLQY: {null:.2f} %; charge balance {balance:.3f}, outcoupling {outcoupling:.3f}"
        )
    blind = 100.0 * evaluate(series[CONTROL], "plqy_first_wash")
    notes.setdefault("R01", []).append(f"blind prediction for the control after one wash: {blind:.1f} %")
    return {name: "; ".join(part for part in parts if part) for name, parts in notes.items()} | _reasons(series)


def _leading(found: Sensitivities, name: str) -> str:
    """Name the inputs that move a row most, with its shift for one standard deviation of each."""
    return "one sd of " + ", ".join(f"{path}: {shift:+.2g}" for path, shift in largest(found, name, 4))


def _reasons(series: Series) -> dict[str, str]:
    rows = {"R06": "hi-only", "R07": "post-synthesis"}
    return {row: flask.reason or "" for row, name in rows.items() if (flask := series[name].flask) is not None}


def deviations(rows: tuple[Row, ...]) -> tuple[str, ...]:
    """Return one line for each numeric row: model minus reported, in reported standard deviations."""
    lines = []
    for row in rows:
        if isinstance(row.model, bool) or row.model is None or row.target.test != "value":
            continue
        model = np.atleast_1d(np.asarray(row.model, dtype=float))
        reported = np.array([float(part) for part in row.target.reported.split(";")])
        sigma = np.max(np.abs(model - reported)) / (float(np.max(row.target.sd)) or math.nan)
        lines.append(f"{row.target.id} {row.target.role}: {sigma:.1f} reported sd from the paper ({row.agrees})")
    return tuple(lines)


def write_results(series: Series, folder: Path, say: Say) -> None:
    """Write the treated device as results.json and results.nc, every other sample beside it, and the figures."""
    from halodot.report import write_figures

    series[TREATED].to_json(folder / "results.json")
    series[TREATED].save(folder / "results.nc")
    samples = folder / "samples"
    samples.mkdir(exist_ok=True)
    for name, result in series.items():
        result.to_json(samples / f"{name}.json")
        result.save(samples / f"{name}.nc")
    say("drawing the figures")
    write_figures(series, folder / "figures")
