"""``halodot new``: a study to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from halodot.cli.options import Overwrite
from halodot.errors import InputError, Problem
from halodot.outputs import check_new_file, write_text


def new(
    name: Annotated[
        str | None, typer.Argument(help="paper, device-only, recipe-only, or any study of the library.")
    ] = None,
    result: Annotated[
        Path | None, typer.Option("--from", metavar="RESULT", help="The study of a result (.nc, .json or its folder).")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="File to write; NAME.yaml.")] = None,
    overwrite: Overwrite = False,
) -> None:
    """Write a study to start from: a commented one of the library, or that of a result."""
    if (name is None) == (result is None):
        message = "name a study of the library, or a result after --from; not both"
        raise InputError(Problem(message, file="halodot new"))
    if result is not None:
        target = _of_result(result, out, overwrite)
    else:
        from halodot.study.library import study_path

        source = study_path(name or "")
        target = out or Path(f"{name}.yaml")
        _check(target, overwrite, source)
        write_text(target, source.read_text(encoding="utf-8"))
    print(f"{target} written; now: halodot check {target}, halodot run {target} --out results")


def _of_result(result: Path, out: Path | None, overwrite: bool) -> Path:
    """Write the study of a result, with the files of the user's own that it names beside it."""
    from halodot.results.files import load, save_study

    if not result.exists():
        raise InputError(Problem("there is no such file or folder; name a results.nc or its folder", file=str(result)))
    study = load(result)
    called = result if result.is_dir() else result.absolute().parent
    target = out or Path(f"{called.resolve().name or 'study'}.yaml")
    _check(target, overwrite, result)
    save_study(study, target)
    return target


def _check(target: Path, overwrite: bool, source: Path) -> None:
    if target.exists() and not overwrite:
        raise InputError(Problem("this file exists; it is not overwritten (--overwrite, or --out)", file=str(target)))
    check_new_file(target, overwrite, [source])
