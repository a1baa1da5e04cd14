"""The main job: the paper's samples and devices computed from its recipe and stack, beside its own results."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from halodot.chain.simulate import simulate
from halodot.learn.draws import Draws
from halodot.learn.sensitivity import (
    Sensitivities,
    coarser,
    finite_differences,
    input_covariance,
    standard_deviation,
    with_readings,
)
from halodot.learn.spread_result import DeviceSpread
from halodot.outputs import whole_folder, write_text
from halodot.paper.analysed import Analysed, analysed_rows
from halodot.paper.analysed import to_csv as analysed_csv
from halodot.paper.devices import FIGURE, MADE, NUMBERS, devices_figure, treated_devices
from halodot.paper.drawn import USUAL, draw_rows, drawn_intervals, drawn_notes, judging
from halodot.paper.remarks import remarks
from halodot.paper.robustness import Robustness, find_robustness
from halodot.paper.scoreboard import MEASURED, Row, Series, read, score, to_csv
from halodot.paper.targets import CONTROL, DOSES, LABELS, SAMPLES, TREATED, Target, load_samples, read_targets
from halodot.paper.tipping_points import find_tipping_points, margins
from halodot.results.data import Result
from halodot.results.files import save, to_json
from halodot.study import Evidence, Study, load_targets_text

Progress = Callable[[str], None]
Reproduction = tuple[tuple[Row, ...], tuple[Robustness, ...]]

#: which samples a figure compares: the dose series before the device, the two devices after it
COMPARED: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("absorption", "nk"), DOSES),
    **dict.fromkeys(
        ("trpl", "air", "el", "cie", "decay", "bands", "recombination", "charges", "excitons", "flow", "emission_zone"),
        (CONTROL, TREATED),
    ),
    "shell": (CONTROL, TREATED, "hi-only"),
    **dict.fromkeys(("jvl", "eqe", "photons"), (CONTROL, TREATED, "no-TmPyPB")),
}


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
    out: str | os.PathLike[str],
    progress: Progress = print,
    workers: int | None = None,
    overwrite: bool = True,
    count: int = USUAL,
    formats: Sequence[str] = ("svg",),
    width: float = 85.0,
    devices: int = MADE,
) -> Reproduction:
    """Run the paper's dose series, controls and devices, and write everything to a folder, or nothing.

    Args:
        out: the folder; made if absent.
        progress: receives one line of progress at a time.
        workers: processes for the sensitivities; as many as there are cores where not said.
        overwrite: whether a folder with something in it may be used; what is not of an earlier reproduction stays.
        count: draws of all uncertain inputs, from which numbers have intervals; 0 for uncertainty to first order.
        formats: of the figures' files, any of "svg", "pdf" and "png".
        width: of the figures' files [mm].
        devices: of the treated dots that are made as a laboratory would; 0 for none.

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
        drawn = _drawn(studies, series, targets, count, workers, progress)
        drawn, said = judging(drawn)
        progress(f"  {said}")
        shares = drawn_notes(drawn, targets) if drawn else {}
        notes = joined(shares, remarks(series, found), left_out_notes(evidence), tipping_points)
        intervals = drawn_intervals(drawn, targets) if drawn else {}
        rows = score(targets, series, spreads(found, targets, evidence), notes, intervals)
        write_text(folder / "scoreboard.csv", to_csv(rows))
        progress("analysing the simulated measurements as measured ones")
        analysed = analysed_rows(targets, series)
        write_text(folder / "analysed.csv", analysed_csv(analysed))
        progress("computing how robust the controls are against the free amine")
        robustness = find_robustness(studies)
        made = treated_devices(series[TREATED], devices, progress, workers)
        write_results(series, (rows, analysed), robustness, (said, made), folder, progress, formats, width)
    return rows, robustness


def _drawn(
    studies: Mapping[str, Study],
    series: Series,
    targets: tuple[Target, ...],
    count: int,
    workers: int | None,
    progress: Progress,
) -> Draws | None:
    """Draws of all rows, saying how far they are and what is to be said of them."""
    if count < 1:
        return None
    progress(f"drawing all uncertain inputs, {count} draws")
    step = max(count, 20)

    def now_and_then(done: int, total: int) -> None:
        if done % step == 0 or done == total:
            progress(f"  {done} of {total} cases")

    found = draw_rows(studies, series, targets, count, workers=workers, progress=now_and_then)
    for note in found.notes:
        progress(f"  {note.text}")
    return found


def written_by_a_reproduction(home: Path) -> frozenset[Path]:
    """Return the paths within a folder at which a reproduction writes."""
    from halodot.paper.figures import PAPER_FILES
    from halodot.report.html import written_by_a_run

    samples = {Path("samples", f"{name}.{ending}") for name in SAMPLES for ending in ("json", "nc")}
    own = {
        Path("scoreboard.csv"),
        Path("analysed.csv"),
        Path(NUMBERS),
        *(Path("figures", name) for name in PAPER_FILES),
    }
    return frozenset({*own, *written_by_a_run(home), *samples})


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
        row: f"left out of the calibration it would be {value:+.1f} reported standard deviations off"
        for row, value in (zip(evidence.rows, evidence.left_out) if evidence else ())
    }


def deviation(row: Row) -> str:
    """Return how far a number of the model is from the paper's, in reported standard deviations, or nothing."""
    if isinstance(row.model, bool) or row.model is None or row.target.test != "value":
        return ""
    model = np.atleast_1d(np.asarray(row.model, dtype=float))
    reported = np.array([float(part) for part in row.target.reported.split(";")])
    difference = model - reported
    return f"{difference[np.argmax(np.abs(difference))] / row.target.sd:+.1f}"


def write_results(
    series: Series,
    table: tuple[tuple[Row, ...], list[Analysed]],
    robustness: tuple[Robustness, ...],
    drawn: tuple[str, DeviceSpread | None],
    folder: Path,
    progress: Progress,
    formats: Sequence[str] = ("svg",),
    width: float = 85.0,
) -> None:
    """Write the treated device as results.json and results.nc, every sample beside it, the figures and the page."""
    from halodot.paper.figures import paper_figures, write_paper_figures
    from halodot.paper.page import paper_page
    from halodot.report.figures import write_figures
    from halodot.report.spread_text import spread_document

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
    made = write_figures(named, folder / "figures", shown_in=shown_in, formats=formats, width=width)
    targets = read_targets(load_targets_text())
    redrawn = paper_figures(series, targets, table[0])
    said, devices = drawn
    if devices is not None:
        redrawn[FIGURE] = devices_figure(devices, targets)
        write_text(folder / NUMBERS, json.dumps(spread_document(devices), indent=2, allow_nan=False) + "\n")
    write_paper_figures(redrawn, folder / "figures", formats)
    elements = {kind: figure.element for kind, figure in made.items()}
    write_text(folder / "report.html", paper_page(*table, series, robustness, (redrawn, elements), said))
