"""The main job: the paper's samples and devices computed from its recipe and stack, beside its own results."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from halodot.chain.simulate import simulate
from halodot.learn.sensitivity import (
    Sensitivities,
    coarser,
    finite_differences,
    input_covariance,
    largest,
    standard_deviation,
    with_readings,
)
from halodot.outputs import whole_folder, write_text
from halodot.paper.robustness import Robustness, find_robustness
from halodot.paper.scoreboard import MEASURED, Row, Series, read, score, to_csv
from halodot.paper.targets import CONTROL, DOSES, SAMPLES, TREATED, Target, load_samples, read_targets
from halodot.paper.tipping_points import find_tipping_points, margins
from halodot.results.data import Result
from halodot.results.files import save, to_json
from halodot.results.summary import evaluate
from halodot.study import Evidence, Study, load_targets_text

Progress = Callable[[str], None]
Reproduction = tuple[tuple[Row, ...], tuple[Robustness, ...]]

#: outcoupling times charge balance of a model that knows nothing but the PLQY: the ratio of EQE to PLQY that the
#: paper's own two devices share
NULL_FACTOR = 0.275
#: what the samples are called in figures
LABELS: Mapping[str, str] = {
    "control": "control",
    "0.1": "0.1 mmol",
    "0.2": "0.2 mmol",
    "0.3": "0.3 mmol",
    "hi-only": "HI only",
    "post-synthesis": "after synthesis",
    "no-TmPyPB": "no TmPyPB",
}
#: which samples a figure compares: the dose series before the device, the two devices after it
COMPARED: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("absorption", "nk"), DOSES),
    **dict.fromkeys(
        ("trpl", "air", "el", "cie", "decay", "bands", "recombination", "charges", "excitons"), (CONTROL, TREATED)
    ),
    **dict.fromkeys(("jvl", "eqe", "photons"), (CONTROL, TREATED, "no-TmPyPB")),
}
#: numbers whose note names the inputs that move them most
EXPLAINED = ("R11", "R20", "R24", "R25x", "R25y", "R26", "R29", "R30", "R33", "R34")


def numbers(series: Series) -> dict[str, float]:
    """Read every numeric row of the scoreboard, the colour as two numbers, for differentiation."""
    found: dict[str, float] = {}
    for name, value in read(series, without=MEASURED).items():
        if isinstance(value, tuple):
            found[f"{name}x"], found[f"{name}y"] = value
        elif isinstance(value, float):
            found[name] = value
    return found | margins(series)


def reproduce(
    out: str | os.PathLike[str], progress: Progress = print, workers: int | None = None, overwrite: bool = True
) -> Reproduction:
    """Run the paper's dose series, controls and devices, and write everything to a folder, or nothing.

    Args:
        out: the folder; made if absent.
        progress: receives one line of progress at a time.
        workers: processes for the sensitivities; as many as there are cores where not said.
        overwrite: whether a folder with something in it may be used; what is not of an earlier reproduction stays.

    Returns:
        The scoreboard's rows, and the robustness of the controls against the free amine.

    Raises:
        InputError: the folder cannot be used, or another run is writing into it.
    """
    with whole_folder(out, overwrite, written_by_a_reproduction) as folder:
        studies = load_samples()
        series = run_samples(studies, progress)
        progress("differentiating every row by every uncertain input")
        found = row_sensitivities(studies, workers or os.cpu_count() or 1, progress)
        progress("looking for what would make each statement false")
        tipping_points = find_tipping_points({name: coarser(study) for name, study in studies.items()}, found)
        targets = read_targets(load_targets_text())
        evidence = studies[TREATED].evidence
        notes = joined(remarks(series, found), left_out_notes(evidence), tipping_points)
        rows = score(targets, series, spreads(found, targets, evidence), notes)
        write_text(folder / "scoreboard.csv", to_csv(rows))
        progress("computing how robust the controls are against the free amine")
        robustness = find_robustness(studies)
        write_results(series, rows, robustness, folder, progress)
    return rows, robustness


def written_by_a_reproduction(home: Path) -> frozenset[Path]:
    """Return the paths within a folder at which a reproduction writes."""
    from halodot.report.html import written_by_a_run

    samples = {Path("samples", f"{name}.{ending}") for name in SAMPLES for ending in ("json", "nc")}
    return frozenset({Path("scoreboard.csv"), *written_by_a_run(home), *samples})


def joined(*notes: Mapping[str, str]) -> dict[str, str]:
    """Return several sets of remarks as one, those of the same row after one another."""
    rows = dict.fromkeys(row for part in notes for row in part)
    return {row: "; ".join(part[row] for part in notes if part.get(row)) for row in rows}


def run_samples(studies: Mapping[str, Study], progress: Progress) -> dict[str, Result]:
    """Simulate every sample, announcing each."""
    series: dict[str, Result] = {}
    for sample, study in studies.items():
        progress(f"{sample}: {study.title}")
        series[sample] = with_readings(simulate(study))
    return series


def row_sensitivities(studies: Mapping[str, Study], workers: int, progress: Progress) -> Sensitivities:
    """Differentiate the scoreboard's numbers by every uncertain input on coarser grids."""
    sparse = {name: coarser(study) for name, study in studies.items()}

    def every_twentieth(done: int, total: int) -> None:
        if done % 20 == 0 or done == total:
            progress(f"  {done} of {total} inputs")

    return finite_differences(sparse, numbers, workers, every_twentieth)


def spreads(
    found: Sensitivities, targets: tuple[Target, ...], evidence: Evidence | None
) -> dict[str, float | tuple[float, float]]:
    """Return the model's standard deviation of every row that is a number, where it is known.

    Args:
        found: derivatives of the rows at the calibrated parameters.
        targets: the paper's results.
        evidence: of the calibration.
    """
    covariance = input_covariance(found, evidence)
    every = {name: standard_deviation(found, name, covariance) for name in found.quantities}
    sd = {name: value for name, value in every.items() if math.isfinite(value)}
    values = {target.id for target in targets if target.test == "value"}
    plain: dict[str, float | tuple[float, float]] = {name: sd[name] for name in sd if name in values}
    return plain | {name: (sd[f"{name}x"], sd[f"{name}y"]) for name in values if f"{name}x" in sd}


def left_out_notes(evidence: Evidence | None) -> dict[str, str]:
    """Return what each calibrated number would miss its row by, had the row not been used."""
    return {
        row: f"left out of the calibration it would be {value:+.1f} reported sd off"
        for row, value in (zip(evidence.rows, evidence.left_out) if evidence else ())
    }


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
    notes["R14"] = ["907 cm-1 is counted for every amine, as the paper reads it; it measures no coverage"]
    notes["R18"] = ["main lines and widths cannot tell alpha from gamma; only weak lines of tilted octahedra could"]
    kept = 100.0 * evaluate(series[TREATED], "pl_retained_in_air") * evaluate(series[TREATED], "plqy")
    notes["R12"] = [f"read as a PLQY instead of relative to the first day it would be {kept:.0f} %"]
    for name, sample in (("R19", TREATED), ("R20", CONTROL)):
        dots = series[sample].dots
        if dots is not None:
            notes.setdefault(name, []).append(f"as an intensity average {1e9 * dots.lifetime_intensity:.2f} ns")
    for name, sample in (("R29", TREATED), ("R30", CONTROL)):
        notes.setdefault(name, []).append(brightest(series[sample]))
    shift = 1e9 * (evaluate(series[CONTROL], "el_peak") - evaluate(series[TREATED], "el_peak"))
    notes["R24"].insert(0, f"the model's shift between the two devices is {shift:.1f} nm, the paper's 6 nm")
    return {name: "; ".join(part for part in parts if part) for name, parts in notes.items()}


def brightest(result: Result) -> str:
    """Return where a device is brightest, and whether it would be brighter still beyond the sweep."""
    emission = result.emission
    if emission is None or not np.any(np.isfinite(emission.luminance)):
        return ""
    top = int(np.nanargmax(emission.luminance))
    current = 0.1 * emission.current_density[top]
    rising = emission.voltage[top] >= np.nanmax(np.where(np.isfinite(emission.luminance), emission.voltage, np.nan))
    still = ", still rising at the end of the sweep" if rising else ""
    return f"brightest at {emission.voltage[top]:.1f} V and {current:.3g} mA/cm2{still}"


def _leading(found: Sensitivities, name: str) -> str:
    """Name the inputs that move a row most, with its shift for one standard deviation of each."""
    return "one sd alone of " + ", ".join(f"{path}: {shift:+.2g}" for path, shift in largest(found, name, 4))


def deviation(row: Row) -> str:
    """Return how far a number of the model is from the paper's, in reported standard deviations, or nothing."""
    if isinstance(row.model, bool) or row.model is None or row.target.test != "value":
        return ""
    model = np.atleast_1d(np.asarray(row.model, dtype=float))
    reported = np.array([float(part) for part in row.target.reported.split(";")])
    difference = model - reported
    return f"{difference[np.argmax(np.abs(difference))] / row.target.sd:+.1f}"


def write_results(
    series: Series, rows: tuple[Row, ...], robustness: tuple[Robustness, ...], folder: Path, progress: Progress
) -> None:
    """Write the treated device as results.json and results.nc, every sample beside it, the figures and the page."""
    from halodot.paper.page import paper_page
    from halodot.report.figures import write_figures

    to_json(series[TREATED], folder / "results.json")
    save(series[TREATED], folder / "results.nc")
    samples = folder / "samples"
    samples.mkdir(exist_ok=True)
    for name, result in series.items():
        to_json(result, samples / f"{name}.json")
        save(result, samples / f"{name}.nc")
    progress("drawing the figures")
    named = {LABELS[name]: result for name, result in series.items()}
    shown_in = {kind: tuple(LABELS[name] for name in names) for kind, names in COMPARED.items()}
    drawn = write_figures(named, folder / "figures", shown_in=shown_in)
    images = {kind: paths[0].read_bytes() for kind, paths in drawn.items()}
    write_text(folder / "report.html", paper_page(rows, series, robustness, images))
