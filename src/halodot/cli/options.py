"""The arguments and options that several commands share, and how a study is read from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from halodot.cli.help import completed_studies
from halodot.errors import InputError, Problem

if TYPE_CHECKING:
    from halodot.study import Study

StudyName = Annotated[
    str,
    typer.Argument(
        metavar="STUDY",
        help="A study file, the name of a study of the library, or a result.",
        autocompletion=completed_studies,
    ),
]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Change a value: --set run.temperature='310 K'."),
]
Overwrite = Annotated[
    bool,
    typer.Option("--overwrite", help="Replace the file or the folder's files if they are there."),
]
FigureFormats = Annotated[
    str,
    typer.Option("--figures", metavar="FORMATS", help="Figures as svg, pdf, png, such as pdf,png; or none."),
]
FigureWidth = Annotated[
    float,
    typer.Option("--figure-width", min=40.0, max=400.0, metavar="MM", help="Width of the figures: 85 is one column."),
]


def figure_formats(text: str) -> tuple[str, ...]:
    """Return the formats of figures that a list with commas names.

    Raises:
        InputError: there is no such format.
    """
    from halodot.report.style import FORMATS

    words = [name.strip().lower() for name in text.split(",") if name.strip()]
    if "none" in words and len(words) > 1:
        raise InputError(Problem(f"none goes with no other format ({text}); leave it out", file="--figures"))
    names = tuple(name for name in words if name != "none")
    if wrong := [name for name in names if name not in FORMATS]:
        asked = f"figures are written as {', '.join(FORMATS)}, not as {', '.join(wrong)}"
        raise InputError(Problem(asked, file="--figures"))
    return names


def load_study(study: str, changes: list[str] | None) -> Study:
    """Read a study with its changes ``path=value``."""
    from halodot.results.files import load

    return load(study, changes or ())


def first_run(study: Study | None = None) -> bool:
    """Whether the solvers of the device or of the light have yet to be compiled for a study, or for any."""
    from halodot.compiled import is_kept
    from halodot.device.solver.continuation import continue_to
    from halodot.light.panels import integrate_panels

    device, light = study is None or study.stack is not None, study is None or study.emitter is not None
    return (device and not is_kept(continue_to)) or (light and not is_kept(integrate_panels))
