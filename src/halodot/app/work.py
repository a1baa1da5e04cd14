"""What long jobs do, each by the functions that the command line calls: limits, sweep, fit, report, figures, tables.

A job is a function of the folders that it may use, its arguments, which are plain data with the text of the study, and
what it says its progress to. What it needs is loaded when it begins, in its own process.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from halodot.app.job_process import Curves, Done, Line, Place, Rows, Say, Work
from halodot.errors import ConvergenceError, InputError, Problem

if TYPE_CHECKING:
    from halodot.learn.fit import CurveFit
    from halodot.learn.sweep import SweptInput
    from halodot.results.data import Result
    from halodot.study import Study

#: how a study is called in messages about its text
STUDY = "study.yaml"
#: folder of the uploaded files in that of a session
LAB = "lab"
#: what says how far the step before it is
_COUNT = re.compile(r"\s*(\d+) of (\d+)\b")
_STEPS = {"derivatives": "derivatives by every number", "ends": "the ends of the ranges"}
#: rows that a page shows of a ranking, and bars of each kind
_ROWS, _BARS = 40, 8
#: processes of a job that takes several
_WORKERS = 2


def study_of(place: Place, arguments: Mapping[str, Any]) -> Study:
    """Return the study of a job.

    Args:
        place: whose session folder holds the study's own files.
        arguments: of the job, with the text under ``study``.
    """
    from halodot.study.load import from_text

    return from_text(arguments["study"], STUDY, folder=place.session)


def steps(say: Say) -> Callable[[str], None]:
    """Return what takes the lines of a command's progress, of which "12 of 40" says how far the line before it is."""
    said = [""]

    def take(text: str) -> None:
        if found := _COUNT.match(text):
            say(said[0], int(found[1]), int(found[2]))
        else:
            said[0] = text.strip()
            say(said[0])

    return take


# --------------------------------------------------------------------------------------------------------------- limits


def limits(place: Place, arguments: Mapping[str, Any], say: Say) -> Done:
    """Rank every number of the study by what it does to the light: ``only``, paths with ``*``, leaves out others."""
    from halodot.learn.limits import limits as limits_of
    from halodot.report.limits_page import write_limits
    from halodot.report.limits_text import BY, limit_sentences, notes_of

    study = study_of(place, arguments)
    say("the study as it is")
    only = arguments.get("only") or None
    workers = int(arguments.get("workers", _WORKERS))
    found = limits_of(study, only, workers, lambda what, done, of: say(_STEPS[what], done, of))
    say("writing the page and the tables")
    write_limits(found, place.out / "limits")
    from halodot.app.exports import zipped
    from halodot.app.limits_shown import loss_table, ranking, settled_table, tornado_bars, variance_table

    zipped(place.out / "limits", place.out / "limits.zip")
    known = {word: name for word, name in BY.items() if math.isfinite(found.base[name])}
    ranked = [ranking(found, word, on_bench, _ROWS) for word in known for on_bench in (True, False)]
    bars = [tornado_bars(found, word, on_bench, _BARS) for word in known for on_bench in (True, False)]
    more = (loss_table(found), variance_table(found), settled_table(found))
    return Done(
        limit_sentences(found),
        tuple(item for item in (*ranked, *more) if item.rows),
        tuple(item for item in bars if item.names),
        ("limits.zip",),
        notes_of(found),
    )


# ---------------------------------------------------------------------------------------------------------------- sweep


def sweep(place: Place, arguments: Mapping[str, Any], say: Say) -> Done:
    """Simulate the study at every combination of what ``vary`` lists, each PATH=VALUES as the command takes it.

    With ``stored`` the points go into a store, of a ``design`` too.
    """
    if arguments.get("stored"):
        from halodot.app.stored_sweep import stored_sweep

        return stored_sweep(study_of(place, arguments), place, arguments, say)
    from halodot.learn.sweep import sweep as swept
    from halodot.learn.sweep_values import read_values
    from halodot.report.sweep_table import head, remarks, rows, shared_notes, write_csv

    inputs = [read_values(str(text), "sweep") for text in arguments.get("vary", ())]
    found = swept(study_of(place, arguments), inputs, progress=lambda done, of: say("simulating the points", done, of))
    if all(point.failure for point in found.points):
        raise ConvergenceError(f"no point was computed whole, the first because: {found.points[0].failure}")
    from halodot.app.sweep_shown import sweep_curves

    lines = rows(found)
    said = [f"{k}: {text} ({len(at)} of {len(found.points)} points)" for k, (text, at) in enumerate(remarks(found), 1)]
    file = write_csv(found, place.out)
    over = " and ".join(map(_ranged, found.inputs))
    return Done(
        (f"{len(found.points)} points of {found.title}, over {over}.",),
        (Rows("Every point", head(found), tuple(lines)),),
        sweep_curves(found),
        (file.name,),
        (*said, *shared_notes(found)),
    )


def _ranged(item: SweptInput) -> str:
    """Return what was varied in words: "thickness of PTAA from 20 to 60 nm"."""
    from halodot.wording import in_words

    ends = f"from {item.shown[0]} to {item.shown[-1]} {item.unit}" if item.numbers else ", ".join(item.texts)
    return f"{in_words(item.path)} {ends}".rstrip()


# ------------------------------------------------------------------------------------------------------------------ fit


def fit(place: Place, arguments: Mapping[str, Any], say: Say) -> Done:
    """Fit numbers of the study (``vary``) to uploaded curves (``files``), with ``noise`` and ``discrepancy``."""
    from halodot.app.exports import zipped
    from halodot.learn.fit import FitSettings
    from halodot.learn.fit import fit as fitted
    from halodot.learn.fitted_study import fitted_entries
    from halodot.learn.likelihood import Discrepancy
    from halodot.learn.measured_files import Instrument
    from halodot.report.fit_page import HEADER, number_rows, verdicts, write_fit
    from halodot.study.inputs import parameter_text
    from halodot.units import to_si

    files = [str(uploaded(place, str(name))) for name in arguments.get("files", ())]
    if not files:
        raise InputError(Problem("no measured curve is chosen; drop a table of J-V, J-V-L, EQE, EL or TRPL", "files"))
    error = float(arguments.get("discrepancy", 0.0))
    settings = FitSettings(
        discrepancy=Discrepancy(current=error, efficiency=error / 3.0),  # ratios, from which most errors fall out
        instrument=Instrument(noise=to_si(str(arguments.get("noise", "3 %")), "1")),
        starts=int(arguments.get("starts", 4)),
    )
    found = fitted(study_of(place, arguments), files, tuple(arguments.get("vary", ())), settings, steps(say))
    say("writing the report and the figures")
    write_fit(found, place.out / "fit", progress=steps(say))
    zipped(place.out / "fit", place.out / "fit.zip")
    (device,) = found.devices
    return Done(
        verdicts(found),
        (Rows("Fitted numbers", HEADER, tuple(number_rows(found)), tuple(_paths(found))),),
        tuple(_fitted_curves(found)),
        ("fit.zip",),
        found.notes,
        {path: parameter_text(entry) for path, entry in fitted_entries(found, device).items()},
    )


def uploaded(place: Place, name: str) -> Path:
    """Return an uploaded file by its name, which never leads out of the folder of the uploaded files.

    Raises:
        InputError: there is none of this name.
    """
    home = (place.session / LAB).resolve()
    path = home if "\0" in name else (home / name).resolve()
    if not path.is_relative_to(home) or not path.is_file():
        raise InputError(Problem(f"no file called {name!r} was uploaded; drop it on the lab's folder", "files"))
    return path


def _paths(found: CurveFit) -> list[str]:
    """Return the path of each fitted number, empty for a common factor of several."""
    return ["" if one.parameter.rule != "value" else one.name for one in found.numbers]


def _fitted_curves(found: CurveFit) -> list[Curves]:
    from halodot.report.figures_fit import AXES, fitted_points

    charts = []
    for device in found.devices:
        for curve in device.curves:
            kind = curve.curve.kind
            points = fitted_points(curve, found.results[device.name])
            x = tuple(map(float, points.x))
            lines = (
                Line("measured", x, tuple(map(float, points.measured)), points=True),
                Line("fitted", x, tuple(map(float, points.fitted))),
            )
            logarithmic = (kind == "EQE-J", curve.logarithmic or kind == "TRPL")
            charts.append(Curves(f"{kind}, measured and fitted", AXES[kind][0], AXES[kind][2], lines, logarithmic))
    return charts


# ---------------------------------------------------------------------------------------------------- files of a result


def report(place: Place, arguments: Mapping[str, Any], say: Say) -> Done:
    """Write what ``halodot run --out`` writes: the page, the result, its tables and figures, and all of it as a zip."""
    from halodot.app.exports import zipped
    from halodot.report.html import NETCDF, PAGE, write_files

    result = _result(place, arguments, say)
    home = place.out / "results"
    home.mkdir()
    write_files(result, home, steps(say), more=_asked(arguments, result))
    say("packing")
    zipped(home, place.out / "results.zip")
    for name in (PAGE, NETCDF):
        (home / name).replace(place.out / name)
    return Done(_said(result), files=(PAGE, NETCDF, "results.zip"))


def figures(place: Place, arguments: Mapping[str, Any], say: Say) -> Done:
    """Draw every figure of the result as files of some ``formats`` and a ``width`` in mm, packed into one zip."""
    from halodot.app.exports import zipped
    from halodot.report.figures import kinds_of, title_of, write_figures

    result = _result(place, arguments, say)
    kinds = kinds_of(result)
    home = place.out / "figures"
    formats, width = tuple(arguments.get("formats", ("svg",))), float(arguments.get("width", 85.0))
    if not kinds or not formats:
        raise InputError("nothing is drawn: the study computes nothing that a figure shows, or no format is chosen")

    def told(kind: str) -> None:
        say("drawing the figures", kinds.index(kind), len(kinds))

    write_figures({title_of(result): result}, home, told, None, formats, width, kinds)
    zipped(home, place.out / "figures.zip")
    return Done(_said(result), files=("figures.zip",))


def tables(place: Place, arguments: Mapping[str, Any], say: Say) -> Done:
    """Write the curves of the result as a workbook, and as CSV files with a ``decimal`` mark, packed into one zip."""
    from halodot.app.exports import zipped
    from halodot.results.files import to_csv, to_xlsx

    result = _result(place, arguments, say)
    say("writing the tables")
    to_xlsx(result, place.out / "tables.xlsx")
    to_csv(result, place.out / "tables", str(arguments.get("decimal", ".")))
    zipped(place.out / "tables", place.out / "tables.zip")
    return Done(_said(result), files=("tables.xlsx", "tables.zip"))


def readings(place: Place, arguments: Mapping[str, Any], say: Say) -> Done:
    """Compute what each other reading of one place of the recipe would change: ``flag`` is its name."""
    from halodot.app.recipe.flags import effect_rows, study_flags, what_would_change

    study = study_of(place, arguments)
    flag = next((one for one in study_flags(study) if one.name == arguments.get("flag")), None)
    if flag is None:
        raise InputError(f"the recipe has nothing that is called {arguments.get('flag')!r} and can be read otherwise")
    head, *rows = effect_rows(what_would_change(study, flag, say))
    return Done(tables=(Rows(flag.name, head, tuple(rows)),))


def _result(place: Place, arguments: Mapping[str, Any], say: Say) -> Result:
    from halodot.chain.simulate import simulate

    study = study_of(place, arguments)
    say("computing the study")
    return simulate(study)


def _asked(arguments: Mapping[str, Any], result: Result) -> list[str]:
    """Return the section of a report on what a ``reported`` EQE asks of the device, where one is named."""
    stated = arguments.get("reported")
    if not stated:
        return []
    from halodot.learn.possible import possible, reported_eqe
    from halodot.report.possible_section import possible_section

    return [possible_section(possible(result, reported_eqe(str(stated), result)))]


def _said(result: Result) -> tuple[str, ...]:
    if result.converged:
        return ()
    return (f"Not all of it is solved, and what is not is empty: {result.failure or 'see the warnings'}",)


#: the jobs by their names
WORKS: Mapping[str, Work] = {
    "limits": limits,
    "sweep": sweep,
    "fit": fit,
    "report": report,
    "figures": figures,
    "tables": tables,
    "readings": readings,
}
#: jobs whose answer stands beside the question, which is asked anew after a while
PASSING = ("readings",)
