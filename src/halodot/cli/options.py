"""The arguments and options that several commands share, and how a study is read from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from halodot.cli.help import completed_studies

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
    typer.Option("--set", metavar="PATH=VALUE", help="Change a value: device.layers.PO-T2T.thickness='60 nm'."),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Write into a folder that is not empty.")]


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
