"""A result as a folder of files: JSON, netCDF, curves, figures, and the page that a browser shows."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np

from halodot.light.dipole import uniform_spacing
from halodot.outputs import whole_folder, write_text
from halodot.report.figures import KINDS, DrawnFigure, kinds_of, title_of, write_figures
from halodot.report.other_processes import OtherProcesses, other_processes
from halodot.report.page import page
from halodot.report.style import FORMATS, WIDTH
from halodot.results.contract import curve_files
from halodot.results.data import Result
from halodot.results.files import STUDY, save, save_study, to_csv, to_json
from halodot.study.written import INPUTS

#: parts of a report folder
JSON, NETCDF, CURVES, FIGURES, PAGE = "results.json", "results.nc", "curves", "figures", "report.html"
Asked = tuple[Result, Path, tuple[str, ...], float]  # with folder, formats and width [mm] of the figures


def write(
    result: Result,
    folder: str | os.PathLike[str],
    progress: Callable[[str], None] = lambda text: None,
    formats: Sequence[str] = ("svg",),
    width: float = WIDTH,
) -> tuple[Path, ...]:
    """Write a result as JSON, netCDF, curves, figures and a page into a folder, all of them or nothing.

    Args:
        result: what to write.
        folder: made if it does not exist; files of an earlier result are replaced or removed, others stay.
        progress: called with the name of what is written next.
        formats: of the figures' files, any of "svg", "pdf" and "png".
        width: of the figures' files [mm].

    Returns:
        The paths of the files, the page last.

    Raises:
        InputError: the folder cannot be made, leads out of itself by a link, or another run is writing into it.
    """
    with whole_folder(folder, overwrite=True, own=written_by_a_run) as new:
        written = write_files(result, new, progress, formats, width)
    return tuple(Path(folder) / path.relative_to(new) for path in written)


def write_files(
    result: Result,
    home: Path,
    progress: Callable[[str], None],
    formats: Sequence[str] = ("svg",),
    width: float = WIDTH,
    more: Sequence[str] = (),
    others: OtherProcesses[Asked, DrawnFigure] | None = None,
) -> tuple[Path, ...]:
    """Write the files of a result into an empty folder and return their paths, the page last.

    Args:
        result: what to write.
        home: the folder.
        progress: called with the name of what is written next.
        formats: of the figures' files, any of "svg", "pdf" and "png".
        width: of the figures' files [mm].
        more: sections of the page that answer what was asked beside, HTML.
        others: draw the figures meanwhile, from :func:`drawing_processes`.
    """
    kinds = kinds_of(result)
    begun: list[str] = []

    def told(kind: str) -> None:
        progress(f"  {len(begun)} of {len(kinds)} figures")
        begun.append(kind)

    drawing = others or OtherProcesses(_drawn)
    drawing.ask((result, home / FIGURES, tuple(formats), width), kinds)
    written = _data_files(result, home, progress)
    if kinds:
        progress("drawing the figures")
    drawn = drawing.answers(told)
    written += [path for kind in kinds for path in drawn[kind].paths]
    progress(PAGE)
    write_text(home / PAGE, page(result, {kind: drawn[kind].element for kind in kinds}, more))
    return (*written, home / PAGE)


def drawing_processes() -> AbstractContextManager[OtherProcesses[Asked, DrawnFigure]]:
    """Start processes for :func:`write_files`, which load what they draw with while a result is computed."""
    uniform_spacing(np.array([0.0, 1.0]))  # the first kernel that is called loads what all need: here, once for all
    return other_processes(_load_figures, _drawn)


def _load_figures() -> None:
    import gc
    from importlib import import_module

    for name in ("matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg", "halodot.report.margins"):
        import_module(name)
    gc.disable()  # figures are full of circles, and the process ends soon


def _drawn(asked: Asked, kind: str) -> DrawnFigure:
    """Write a figure of a result and return it for its page."""
    result, folder, formats, width = asked
    return write_figures({title_of(result): result}, folder, formats=formats, width=width, kinds=(kind,))[kind]


def _data_files(result: Result, home: Path, progress: Callable[[str], None]) -> list[Path]:
    """Write a result as JSON, netCDF, tables of its curves and the study it follows from."""
    progress(JSON)
    to_json(result, home / JSON)
    progress(NETCDF)
    save(result, home / NETCDF)
    progress(CURVES)
    written = [home / JSON, home / NETCDF, *to_csv(result, home / CURVES)]
    return [*written, *save_study(result.study, home / STUDY, result.versions)]


def written_by_a_run(home: Path) -> frozenset[Path]:
    """Return the paths within a folder of results at which a run writes or an earlier one has written."""
    figures = {Path(FIGURES, f"{kind}.{ending}") for kind in KINDS for ending in FORMATS}
    curves = {Path(CURVES, name) for name in curve_files(home / CURVES)}
    inputs = {path.relative_to(home) for path in (home / INPUTS).glob("*")}
    return frozenset({Path(JSON), Path(NETCDF), Path(STUDY), Path(PAGE), *figures, *curves, *inputs})
