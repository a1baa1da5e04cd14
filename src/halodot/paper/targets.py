"""The model paper as the library ships it: its samples as studies, its results as targets."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from halodot.states import replaced
from halodot.study import Study, load_library_study

TREATED, CONTROL = "0.2", "control"
#: doses of 5AVAI [mmol] in rising order
DOSES = (CONTROL, "0.1", TREATED, "0.3")
#: the samples by the names of the scoreboard, and the library studies that describe them
SAMPLES: Mapping[str, str] = {
    CONTROL: "paper-control",
    "0.1": "paper-0.1",
    TREATED: "paper-0.2",
    "0.3": "paper-0.3",
    "hi-only": "paper-hi-only",
    "post-synthesis": "paper-post-synthesis",
    "no-TmPyPB": "paper-no-TmPyPB",
}
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
#: samples of which the paper made a device that is compared; the others stop at the film
DEVICES = (CONTROL, TREATED, "no-TmPyPB")


@dataclass(frozen=True)
class Target:
    """One result of the paper."""

    id: str
    quantity: str
    sample: str
    reported: str
    sd: float  # nan for a row that is no number
    unit: str
    where: str
    role: str  # given | calibrated | predicted | checked
    test: str  # value | order | bound | boolean
    note: str


def read_targets(text: str) -> tuple[Target, ...]:
    """Return the paper's results from the text of targets.csv."""
    return tuple(
        Target(
            id=row["id"],
            quantity=row["quantity"],
            sample=row["sample"],
            reported=row["reported"],
            sd=float(row["sd"]) if row["sd"] else math.nan,
            unit=row["unit"],
            where=row["where"],
            role=row["role"],
            test=row["test"],
            note=row["note"] or "",
        )
        for row in csv.DictReader(io.StringIO(text))
    )


def load_samples(overrides: Iterable[str] = ()) -> dict[str, Study]:
    """Return the paper's studies by sample, those without a compared device cut after the film.

    Args:
        overrides: changes ``path=value`` to make in every study.
    """
    studies = {}
    for sample, name in SAMPLES.items():
        study = load_library_study(name, tuple(overrides))
        if sample not in DEVICES:
            study = replaced(study, run=replaced(study.run, stop_after="film"))
        studies[sample] = study
    return studies
