"""``halodot plot``: results and measured files in one figure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from halodot.cli.console import print_table, progress
from halodot.cli.inspect import ColumnWords
from halodot.cli.options import Overwrite
from halodot.cli.progress import steps
from halodot.errors import InputError, Problem
from halodot.outputs import check_folder, check_new_file, whole_folder

if TYPE_CHECKING:
    from halodot.arrays import Array
    from halodot.results.data import Result

#: endings of the files that a figure becomes
ENDINGS = ("png", "svg", "pdf")
#: endings of a study or a result; any other file was measured
_OF_HALODOT = (".yaml", ".yml", ".nc", ".json")
#: endings of measured tables, also where there is no such file
_TABLES = (".csv", ".txt", ".dat", ".tsv", ".xlsx", ".xls")
_USUAL = "jvl"
#: formats that somebody may ask for
_OTHER_FORMATS = ("jpg", "jpeg", "eps", "ps", "tif", "tiff", "gif", "bmp", "webp")
#: figures of one voltage
_AT_A_VOLTAGE = ("bands", "profiles", "recombination", "flow")
Plotted = Annotated[
    list[str] | None,
    typer.Argument(metavar="RESULT...", help="Results or studies, and measured files (V, J, L with units)."),
]
Kinds = Annotated[list[str] | None, typer.Option("--kind", help="Of the figure, such as eqe; --list names all.")]
Outputs = Annotated[
    list[Path] | None,
    typer.Option("--out", help="FILE.png, .svg or .pdf; a name for --figures; or a folder for every kind."),
]


def plot(
    results: Plotted = None,
    kind: Kinds = None,
    out: Outputs = None,
    figures: Annotated[str, typer.Option(help="Formats: png, svg, pdf, parted by commas.")] = "",
    width: Annotated[float, typer.Option(help="In mm: 85 for one column of a journal, 170 for both.")] = 85,
    voltage: Annotated[str, typer.Option(help="For bands and profiles: the voltage, such as '3 V'.")] = "",
    columns: ColumnWords = "",
    list_kinds: Annotated[bool, typer.Option("--list", help="Print every kind of figure and leave.")] = False,
    overwrite: Overwrite = False,
) -> None:
    """Draw results, studies and measured files in one figure."""
    from halodot.report.figures import KINDS

    if list_kinds:
        print_table("", ("kind", "figure"), [(name, entry.caption) for name, entry in KINDS.items()])
        return
    kinds = _known(kind or [])
    targets = [_target(path, kinds, _formats(figures)) for path in out or ()]
    for target in targets:
        target.check(overwrite)
    at = _volts(voltage)
    if not results:
        raise InputError(Problem("nothing to draw; name results, studies or measured files", file="halodot plot"))
    with steps() as said:
        shown = _shown(results, columns, kinds, said)
        chosen = kinds or ([] if any(target.folder for target in targets) else [shown.usual_kind()])
        if not targets:
            targets = [Target(Path(name), _formats(figures) or ("png",)) for name in chosen]
            for target in targets:
                target.check(overwrite)
        for place, target in enumerate(targets):
            own = chosen if out or target.folder else [chosen[place]]
            _write(target, own, shown, at, width, overwrite, said)
    for target in targets:
        progress(f"written to {', '.join(map(str, target.files))}")


# -------------------------------------------------------------------------------------------------------- what is drawn


@dataclass(frozen=True)
class Shown:
    """What is drawn, by the names of the legend."""

    results: Mapping[str, Result]
    measured: Mapping[str, Mapping[str, Array]]  # columns in SI
    files: Mapping[str, str]  # of the measured curves

    def kinds(self) -> list[str]:
        """Return every kind of figure that a result or a measured file has."""
        from halodot.report.figures import KINDS, kinds_of

        able = {kind for result in self.results.values() for kind in kinds_of(result)}
        return [kind for kind in KINDS if kind in able or self.measured_of(kind)]

    def usual_kind(self) -> str:
        """Return the kind that is drawn where none is named: current and light against voltage, if all have it."""
        usual = [kind for kind in (_USUAL, "eqe", "el", *self.kinds()) if kind in self.kinds()]
        fitting = [kind for kind in usual if len(self.measured_of(kind)) == len(self.measured)]
        return (fitting or usual or [_USUAL])[0]

    def measured_of(self, kind: str) -> dict[str, Mapping[str, Array]]:
        """Return the measured curves that a kind of figure has a place for."""
        from halodot.report.figures import KINDS
        from halodot.report.measured import shows

        return {name: points for name, points in self.measured.items() if shows(KINDS[kind].axes, points)}

    def check(self, kind: str) -> None:
        """Refuse measured files that a figure has no place for.

        Raises:
            InputError: with each of them.
        """
        from halodot.report.figures import KINDS

        axes = KINDS[kind].axes
        if not axes:
            return  # the figure says which others take measured points
        wanted = " or ".join(f"{_words(up)} against {_words(across)}" for across, up in axes)
        problems = [
            Problem(
                f"the figure {kind!r} shows {wanted}, and this file has {_words(*points)}; {_way_out(axes, points)}",
                file=self.files[name],
            )
            for name, points in self.measured.items()
            if name not in self.measured_of(kind)
        ]
        if problems:
            raise InputError(problems)


def _way_out(axes: Sequence[tuple[str, str]], points: Mapping[str, Array]) -> str:
    """Return what to do with a measured file that a figure has no place for."""
    from halodot.report.figures import KINDS
    from halodot.report.measured import shows

    fitting = [f"--kind {kind}" for kind, entry in KINDS.items() if shows(entry.axes, points)]
    steps = [f"draw it with {' or '.join(fitting)}"] if fitting else []
    if any(name == "eqe" for pair in axes for name in pair) and "luminance" in points:
        steps.insert(0, "an EQE needs the spectrum and the angles too, of which 'halodot analyse FOLDER' makes it")
    return ", or ".join(steps) or "name other columns with --columns, or leave the file out"


def _words(*columns: str) -> str:
    return ", ".join("EQE" if name == "eqe" else name.replace("_", " ") for name in columns)


def _shown(names: Sequence[str], columns: str, kinds: Sequence[str], said: Callable[[str], None]) -> Shown:
    """Return the results, studies and measured files of a command; what does not fit is refused before it computes."""
    from halodot.chain.opened import named_results

    files = [name for name in names if _is_measured(name)]
    others = [name for name in names if name not in files]
    area = _area(others) if files else math.nan
    measured: dict[str, Mapping[str, Array]] = {}
    origin = {}
    for file in files:
        for name, points in _read(file, area, columns).items():
            own = name if name not in measured else f"{name} ({sum(one.startswith(name) for one in measured) + 1})"
            measured[own], origin[own] = points, file
    shown = Shown({}, measured, origin)
    for kind in kinds:
        shown.check(kind)
    return replace(shown, results=named_results(others, said) if others else {})


def _is_measured(name: str) -> bool:
    """Whether what somebody names is a measured file, and no study or result."""
    ending = Path(name).suffix.lower()
    return ending not in _OF_HALODOT and (ending in _TABLES or Path(name).is_file())


def _read(file: str, area: float, columns: str) -> dict[str, Mapping[str, Array]]:
    """Return the curves of a measured file by their names, and say how it was read."""
    from halodot.lab.measured_points import read_points

    found = read_points(file, area, columns)
    for line in found.reading:
        progress(f"{file}: {line}")
    stem = Path(file).stem
    return {f"{stem}, {item.label}" if item.label else stem: item.columns for item in found.curves}


def _area(names: Sequence[str]) -> float:
    """Return the area of the pixels [m2] that the studies state, not a number where they do not agree on one."""
    from halodot.results.files import load

    entries = (load(name).inputs.get("device.area") for name in names)
    areas = {entry.value for entry in entries if entry is not None and entry.source != "halodot"}
    return areas.pop() if len(areas) == 1 else math.nan


def _known(kinds: list[str]) -> list[str]:
    """Return the kinds of figures that are wanted, each once.

    Raises:
        InputError: there is no such kind.
    """
    from halodot.report.figures import KINDS
    from halodot.study.reader import nearest

    wanted = list(dict.fromkeys(word.strip() for text in kinds for word in text.split(",") if word.strip()))
    problems = [
        Problem(
            f"there is no figure {kind!r}; there are {', '.join(KINDS)}", "", "--kind", suggestion=nearest(kind, KINDS)
        )
        for kind in wanted
        if kind not in KINDS
    ]
    if problems:
        raise InputError(problems)
    return wanted


def _volts(text: str) -> float | None:
    """Return a voltage [V], None where nothing is said."""
    from halodot.units import to_si

    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        return to_si(text, "V")


# ------------------------------------------------------------------------------------------------------- where it goes


@dataclass(frozen=True)
class Target:
    """A figure in one or more formats, or a folder of figures."""

    path: Path  # without an ending, or the folder
    endings: tuple[str, ...]
    folder: bool = False

    @property
    def files(self) -> tuple[Path, ...]:
        """The files, or the folder."""
        own = (self.path.with_name(f"{self.path.name}.{ending}") for ending in self.endings)
        return (self.path,) if self.folder else tuple(own)

    def check(self, overwrite: bool) -> None:
        """Refuse what cannot be written, before anything is computed."""
        if self.folder:
            check_folder(self.path, overwrite)
            return
        for file in self.files:
            check_new_file(file, overwrite)


def _formats(text: str) -> tuple[str, ...]:
    """Return the formats of ``--figures``.

    Raises:
        InputError: one is not known.
    """
    wanted = tuple(dict.fromkeys(word.strip().lstrip(".").lower() for word in text.split(",") if word.strip()))
    for word in wanted:
        if word not in ENDINGS:
            raise InputError(Problem(f"there is no format {word!r}; there are {', '.join(ENDINGS)}", file="--figures"))
    return wanted


def _target(path: Path, kinds: Sequence[str], formats: tuple[str, ...]) -> Target:
    """Return where one ``--out`` leads: a file by its ending, a name for several formats, or a folder.

    Raises:
        InputError: the ending is that of another format, or several figures are to be one file.
    """
    ending = path.suffix.lstrip(".").lower()
    if ending in _OTHER_FORMATS:
        message = f"figures are written as {', '.join(ENDINGS)}, not as {ending}"
        raise InputError(Problem(message, file=str(path), suggestion=str(path.with_suffix(".png"))))
    if ending in ENDINGS and not path.is_dir():
        if len(kinds) > 1:
            message = f"{len(kinds)} figures do not go into one file; name a folder"
            raise InputError(Problem(message, file=str(path), suggestion=str(path.with_suffix(""))))
        return Target(path.with_suffix(""), tuple(dict.fromkeys((ending, *formats))))
    if len(kinds) == 1 and not path.is_dir():
        return Target(path, formats or ("png",))
    return Target(path, formats or ("png", "svg"), folder=True)


def _write(
    target: Target,
    kinds: Sequence[str],
    shown: Shown,
    voltage: float | None,
    width: float,
    overwrite: bool,
    said: Callable[[str], None],
) -> None:
    """Draw and write the figures of a target; into a folder all of them or nothing."""
    if not target.folder:
        _draw(kinds[0], target.path, target.endings, shown, voltage, width)
        return
    with whole_folder(target.path, overwrite, lambda home: _own_figures()) as home:
        for kind in kinds or shown.kinds():
            said(f"figure {kind}")
            fitting = shown if kinds else replace(shown, measured=shown.measured_of(kind))
            at = voltage if kinds or kind in _AT_A_VOLTAGE else None
            _draw(kind, home / kind, target.endings, fitting, at, width)


def _draw(kind: str, stem: Path, endings: Sequence[str], shown: Shown, voltage: float | None, width: float) -> None:
    from halodot.report.figures import KINDS, draw
    from halodot.report.measured import remarks
    from halodot.report.style import save_as

    shown.check(kind)
    for name, points in shown.measured.items():
        for line in remarks(KINDS[kind].axes, points):
            progress(f"{name}: {line}")
    save_as(draw(kind, shown.results, voltage, measured=shown.measured, width=width), stem, endings)


def _own_figures() -> frozenset[Path]:
    """Return the files in a folder that an earlier call may have written."""
    from halodot.report.figures import KINDS

    return frozenset(Path(f"{kind}.{ending}") for kind in KINDS for ending in ENDINGS)
