"""A result as a folder of files: JSON, netCDF, curves, figures, and the page that a browser shows."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from halodot.outputs import whole_folder, write_text
from halodot.report.figures import KINDS, DrawnFigure, kinds_of, title_of, write_figures
from halodot.report.page import page
from halodot.report.second_process import SecondProcess, second_process
from halodot.report.style import FORMATS, WIDTH
from halodot.results.contract import curve_files
from halodot.results.data import Result
from halodot.results.files import STUDY, save, save_study, to_csv, to_json
from halodot.study.written import INPUTS

#: parts of a report folder
JSON, NETCDF, CURVES, FIGURES, PAGE = "results.json", "results.nc", "curves", "figures", "report.html"
Asked = tuple[Result, Path, tuple[str, ...], tuple[str, ...], float]  # with folder, kinds, formats, width [mm]
Drawn = dict[str, DrawnFigure]
#: every third figure is drawn here, beside the data; the others are drawn in a second process meanwhile
_HERE = 3


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
    others: SecondProcess[Asked, Drawn] | None = None,
) -> tuple[Path, ...]:
    """Write the files of a result into an empty folder and return their paths, the page last.

    Args:
        result: what to write.
        home: the folder.
        progress: called with the name of what is written next.
        formats: of the figures' files, any of "svg", "pdf" and "png".
        width: of the figures' files [mm].
        more: sections of the page that answer what was asked beside, HTML.
        others: draws part of the figures meanwhile, from :func:`drawing_process`.
    """

    def told(kind: str) -> None:
        progress(f"  {len(kinds) - len(here) + here.index(kind)} of {len(kinds)} figures")

    kinds = kinds_of(result)
    here = kinds[::_HERE] if others else kinds
    if others:
        others.ask((result, home / FIGURES, tuple(kind for kind in kinds if kind not in here), tuple(formats), width))
    written = _data_files(result, home, progress)
    if kinds:
        progress("drawing the figures")
    drawn = _drawn((result, home / FIGURES, here, tuple(formats), width), told)
    if others:
        drawn |= others.answer()
    written += [path for kind in kinds for path in drawn[kind].paths]
    progress(PAGE)
    write_text(home / PAGE, page(result, {kind: drawn[kind].element for kind in kinds}, more))
    return (*written, home / PAGE)


def drawing_process() -> AbstractContextManager[SecondProcess[Asked, Drawn]]:
    """Start a second process for :func:`write_files`, which loads what it draws with while a result is computed."""
    return second_process(_load_figures, _drawn)


def _load_figures() -> None:
    from importlib import import_module

    for name in ("matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg", "halodot.report.margins"):
        import_module(name)


def _drawn(asked: Asked, told: Callable[[str], None] = lambda kind: None) -> Drawn:
    """Write some figures of a result and return them for its page."""
    result, folder, kinds, formats, width = asked
    return write_figures({title_of(result): result}, folder, told, None, formats, width, kinds)


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
