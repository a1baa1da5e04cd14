"""Follows a study from request to request: exactly, or on reduced grids beside the study that was followed before."""

from __future__ import annotations

import logging
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from halodot.app.live.coarse import coarse_run, few_voltages
from halodot.app.live.frames import Frame, Request, encoded
from halodot.app.live.numbers import headline, warnings_of
from halodot.app.live.panels import Draw, pictures
from halodot.chain.neighbours import Beside, beside, chemistry_of, device_of
from halodot.chain.simulate import examine, same, simulate
from halodot.errors import ConvergenceError, HalodotError, InputError, Problem, ValidityError
from halodot.report.numbers import computed
from halodot.results.data import Result
from halodot.states import Stack, replaced
from halodot.study import Study, library
from halodot.study.load import from_text

#: how the study is called in messages: no file of a user is called so
NAME = "the study"
_SMALL = ("recipe-only", "device-only")
_MOST_PINS, _MOST_RESULTS = 6, 4
_DEVICE_GRID = ("voltages", "nodes_per_layer", "stop_after", "solver")


@dataclass(frozen=True, eq=False)
class _Base:
    """What previews are solved beside."""

    asked: Study  # on its own grids
    near: Beside  # on reduced ones


@dataclass(frozen=True, eq=False)
class _Kept:
    """A result, and the state of the files that its study was read from."""

    result: Result
    files: tuple[tuple[str, int, int], ...]


class Follower:
    """Answers requests; what it has computed makes the next answers quicker, and never others."""

    def __init__(self, draw: Draw = pictures) -> None:
        self._draw = draw
        self._results: OrderedDict[tuple[Any, ...], _Kept] = OrderedDict()
        self._pins: OrderedDict[tuple[str, str], Result | None] = OrderedDict()
        self._base: _Base | None = None

    def answer(self, request: Request) -> Frame:
        """Return the frame of a request; what goes wrong is said in it."""
        start = time.perf_counter()
        try:
            result = self._result(request)
            pins = self._pinned(request)
            drawn = self._draw(request.panels, result, pins, request) if request.panels else {}
            return Frame(
                serial=request.serial,
                exact=not request.preview,
                seconds=time.perf_counter() - start,
                panels={name: encoded(found.option) for name, found in drawn.items()},
                texts={name: found.text for name, found in drawn.items()},
                tables={name: found.table for name, found in drawn.items() if found.table is not None},
                numbers=headline(result, origins=not request.preview),
                summary={name: float(entry.value or 0.0) for name, entry in computed(result).items()},
                notes=warnings_of(result),
            )
        except HalodotError as error:
            failure, problems = _said(error)
        except Exception:
            logging.getLogger(__name__).exception("a request could not be answered")
            failure, problems = "This study met a fault of the program, which its terminal tells; undo the change.", ()
        seconds = time.perf_counter() - start
        return Frame(request.serial, not request.preview, seconds, failure=failure, problems=problems)

    def warm(self, asked: Callable[[], bool]) -> None:
        """Load what the first answer needs: the kernels, by small studies, until somebody asks."""
        for name in _SMALL:
            if not asked():
                self.answer(Request(0, library.study_path(name).read_text(encoding="utf-8"), preview=True))
        self._results.clear()
        self._base = None

    # ------------------------------------------------------------------------------------------------------- results

    def _result(self, request: Request) -> Result:
        """Return the result of a request: the one kept where only what is shown of it has changed."""
        key = (request.preview, request.text, request.folder, request.changes)
        kept = self._results.get(key)
        if kept is not None and kept.files == _files(kept.result.study, request.folder):
            self._results.move_to_end(key)
            return kept.result
        study = from_text(request.text, NAME, request.changes, folder=request.folder or None)
        if request.preview:
            result = self._preview(study, anew=not (request.changes or request.panels))
        else:
            result = simulate(study, next((one.result for one in reversed(self._results.values())), None))
        self._results[key] = _Kept(result, _files(study, request.folder))
        while len(self._results) > _MOST_RESULTS:
            self._results.popitem(last=False)
        return result

    def _pinned(self, request: Request) -> dict[str, Result]:
        """Return the exact results of the pinned studies, without those that cannot be computed any more."""
        found = {}
        for name, text in request.pins:
            key = text, request.folder
            if key not in self._pins:
                try:
                    self._pins[key] = simulate(from_text(text, NAME, folder=request.folder or None))
                except HalodotError:
                    self._pins[key] = None
            self._pins.move_to_end(key)
            result = self._pins[key]
            if result is not None:
                found[name] = result
        while len(self._pins) > max(_MOST_PINS, len(request.pins)):
            self._pins.popitem(last=False)
        return found

    # ------------------------------------------------------------------------------------------------------- previews

    def _preview(self, study: Study, anew: bool) -> Result:
        """Return a study on reduced grids, its device beside the one that was solved before where both are alike.

        Where nothing is changed or shown, the next previews are made ready: they are solved beside this study.
        """
        base = self._base
        if base is None or anew or not _alike(study, base.asked):
            return self._first(study)
        try:
            return _beside(study, base.near)
        except ConvergenceError:
            return self._first(study)

    def _first(self, study: Study) -> Result:
        """Return a study on reduced grids, and keep what its neighbours are solved from."""
        self._base = None
        examined = examine(study)
        result = simulate(replaced(study, run=coarse_run(study, examined.stack)), examined)
        if result.device_solution is None or not np.any(result.device_solution.converged):
            return result
        whole = beside(result)
        run = result.study.run
        places = few_voltages(result.emission, run.voltages, run.lifetime_luminance)
        few = whole.at(places)
        fewer = replaced(result.study, run=replaced(run, voltages=run.voltages[places]))
        found = device_of(chemistry_of(fewer, few), few)
        self._base = _Base(study, Beside(found, few.solved))
        return found


def _beside(study: Study, near: Beside) -> Result:
    """Return a neighbour on reduced grids of its own, at the voltages of the study beside it."""
    voltages = near.result.study.run.voltages
    asked = replaced(study, run=replaced(coarse_run(study, None), voltages=voltages))
    found = chemistry_of(asked, near)
    run = replaced(coarse_run(study, found.stack), voltages=voltages)
    return device_of(replaced(found, study=replaced(study, run=run)), near)


def _alike(study: Study, base: Study) -> bool:
    """Return whether a study asks for the same grids and has the same layers, so that its device is a neighbour."""
    return all(same(getattr(study.run, name), getattr(base.run, name)) for name in _DEVICE_GRID) and same(
        _layers(study.stack), _layers(base.stack)
    )


def _layers(stack: Stack | None) -> tuple[Any, ...]:
    if stack is None:
        return ()
    kind = stack.emission_side, stack.outcoupling, stack.ions, math.isfinite(stack.thermal_resistance)
    return *kind, *((layer.name, layer.material, layer.role) for layer in stack.layers)


def _files(study: Study, folder: str) -> tuple[tuple[str, int, int], ...]:
    """Return time and size of the user's own files that a study names."""
    found = []
    for word in study.files:
        try:
            said = (Path(folder) / word).stat()
            found.append((word, said.st_mtime_ns, said.st_size))
        except OSError:
            found.append((word, 0, 0))
    return tuple(found)


def _said(error: HalodotError) -> tuple[str, tuple[Problem, ...]]:
    """Return an error in a sentence, and its problems by their places."""
    if isinstance(error, InputError):
        count = len(error.problems)
        return f"The study has {'a problem' if count == 1 else f'{count} problems'}.", error.problems
    if isinstance(error, ValidityError):
        return "The study is outside what the models are valid for.", (Problem(str(error)),)
    return str(error), ()
