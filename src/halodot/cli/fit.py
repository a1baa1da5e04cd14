"""``halodot fit``: numbers of a device fitted to its measured curves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from halodot.cli.console import print_table, progress
from halodot.cli.options import Changes, Overwrite, load_study
from halodot.cli.progress import steps
from halodot.errors import InputError, Problem
from halodot.outputs import check_folder

if TYPE_CHECKING:
    from halodot.learn.fit import FitSettings
    from halodot.study import Study

Studies = Annotated[
    list[str],
    typer.Argument(metavar="STUDY...", help="The device, or several that share numbers: study files or names."),
]
DataFiles = Annotated[
    list[str],
    typer.Option(
        "--data",
        metavar="[STUDY:]FILE",
        help="A table with units in its headings: V (V), J (mA/cm2), L (cd/m2). Of several studies, name whose it is.",
    ),
]
Vary = Annotated[
    list[str] | None,
    typer.Option("--vary", metavar="PATH[=LOW..HIGH]", help="A number to fit, within its range or between two ends."),
]
Noise = Annotated[str, typer.Option(help="Noise of what the file gives no error of.")]
Discrepancy = Annotated[float, typer.Option(min=0.0, help="Error of the model itself: sd of ln J, tied over a volt.")]


def fit(
    studies: Studies,
    data: DataFiles,
    vary: Vary = None,
    changes: Changes = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the report, the figures and the fitted study.")] = None,
    noise: Noise = "3 %",
    discrepancy: Discrepancy = 0.0,
    overwrite: Overwrite = False,
) -> None:
    """Fit numbers of a device to measured J-V, J-V-L, EQE, EL or TRPL, and say what the data determine."""
    if out is not None:
        check_folder(out, overwrite)
    loaded = {(study := load_study(name, changes)).name: study for name in studies}
    if len(loaded) < len(studies):
        raise InputError(Problem("two of the studies have one name; rename a file", file="STUDY"))
    files, settings = _by_device(loaded, data), _settings(noise, discrepancy)
    from halodot.learn.fit import fit as fitted
    from halodot.report.fit_page import HEADER, number_rows, verdicts, write_fit

    with steps("comparing the study with the data") as say:
        found = fitted(loaded, files, vary or (), settings, say)
    for line in found.notes:
        progress(line)
    print_table("", HEADER, number_rows(found))
    for line in verdicts(found):
        print(line)
    if out is not None:
        with steps() as say:
            write_fit(found, out, overwrite, say)
        progress(f"written to {out}")


def _settings(noise: str, discrepancy: float) -> FitSettings:
    from halodot.learn.fit import FitSettings
    from halodot.learn.likelihood import Discrepancy
    from halodot.learn.measured_files import Instrument
    from halodot.units import to_si

    # Efficiencies are ratios, in which most of what is wrong with a current falls out.
    model_error = Discrepancy(current=discrepancy, efficiency=discrepancy / 3.0)
    return FitSettings(discrepancy=model_error, instrument=Instrument(noise=to_si(noise, "1")))


def _by_device(studies: dict[str, Study], data: list[str]) -> dict[str, list[str]]:
    """Return the files by study; of one study all of them."""
    if len(studies) == 1:
        only = next(iter(studies))
        return {only: [text if Path(text).exists() else text.removeprefix(f"{only}:") for text in data]}
    from halodot.study.reader import nearest

    found: dict[str, list[str]] = {name: [] for name in studies}
    problems = []
    for text in data:
        name, colon, file = text.partition(":")
        if not colon or name not in found:
            message = f"{text!r} does not say whose it is; write one of {', '.join(found)} and a colon before the file"
            near = nearest(name, found) if colon else ""
            suggestion = f"{near}:{file}" if near else f"{next(iter(found))}:{text}"
            problems.append(Problem(message, file="--data", suggestion=suggestion))
        else:
            found[name].append(file)
    if problems:
        raise InputError(problems)
    return found
