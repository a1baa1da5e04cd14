"""Carries a plan out: what has not changed is taken over, a failure marks its row, results are on disk at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from halodot.errors import DataError, HalodotError
from halodot.lab.choices import as_text, chosen
from halodot.lab.findings import Analysis
from halodot.lab.folder import columns_for, opened
from halodot.lab.method import method_named
from halodot.lab.outcome import Outcome, as_json, code_hash, from_json, key_of, name_of, write_table
from halodot.lab.plan import Item, Plan
from halodot.outputs import write_text
from halodot.workers import SilentContext, end_with_parent

if TYPE_CHECKING:
    import xarray

ANALYSES, FIGURES, TABLES = "analyses", "figures", "tables"
#: processes that are worth their start, and analyses for each that are
_MOST_WORKERS, _FEW_ITEMS = 8, 6

#: of the libraries that do linear algebra for NumPy
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")

Draw = Callable[[Analysis, Path], Sequence[Path]]


@dataclass(frozen=True)
class Bench:
    """Where an analysis finds its files and puts its results."""

    folder: Path  # the data, in which nothing is written
    out: Path
    columns: Mapping[str, str]
    draw: Draw | None  # writes the figure of an analysis at a path without ending; a function of a module


@dataclass(frozen=True)
class _Task:
    bench: Bench
    item: Item
    key: str
    sha256: Mapping[str, str]


def outcomes(
    plan: Plan, bench: Bench, sha256: Mapping[str, str], workers: int = 0
) -> Iterator[tuple[int, Outcome, bool]]:
    """Carry out a plan.

    Args:
        plan: what is analysed.
        bench: where.
        sha256: of every file, by path; a file without one is missing.
        workers: processes; 0 for as many as there are processors, where there is enough to do.

    Yields:
        The place in the plan, the outcome, and whether it was taken over from an earlier run.
    """
    code = code_hash()
    tasks = {}
    for place, item in enumerate(plan.items):
        task = _task(item, bench, sha256, code)
        kept = _kept(task)
        if kept is not None:
            yield place, kept, True
        else:
            tasks[place] = task
    count = workers or min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2, _MOST_WORKERS)
    if count <= 1 or len(tasks) < _FEW_ITEMS:
        for place, task in tasks.items():
            yield place, outcome_of(task), False
        return
    for place, done in _in_processes(tasks, count):
        yield place, done, False


def _task(item: Item, bench: Bench, sha256: Mapping[str, str], code: str) -> _Task:
    paths = [path for listed in item.files.values() for path in listed]
    words = {path: columns_for(path, bench.columns) for path in paths}
    own = {path: sha256[path] for path in paths if path in sha256}
    return _Task(bench, item, key_of(item, words, own, code), own)


def _kept(task: _Task) -> Outcome | None:
    """Return the outcome of an earlier run, where nothing has changed since and its files are there."""
    path = task.bench.out / ANALYSES / f"{name_of(task.item)}.json"
    try:
        found = from_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return None
    if found is None or found.key != task.key or not _same_choices(task.item, found):
        return None
    there = all((task.bench.out / name).is_file() for name in (*found.figures, *found.tables))
    wanted = found.drawn or task.bench.draw is None
    return replace(found, item=task.item) if there and wanted else None


def _same_choices(item: Item, found: Outcome) -> bool:
    """Whether an analysis is asked for with the choices that were asked for then, or with those that were used."""
    record = method_named(item.method).settings
    asked = as_text(chosen(record, item.settings))
    return asked in (as_text(chosen(record, found.item.settings)), found.settings)


def _in_processes(tasks: Mapping[int, _Task], workers: int) -> Iterator[tuple[int, Outcome]]:
    """Yield outcomes as they are finished; what kills its process twice is marked."""
    waiting, killed = dict(tasks), False
    while waiting:
        size = 1 if killed else workers
        with _one_thread_each(), ProcessPoolExecutor(size, SilentContext(), end_with_parent) as pool:
            futures = {place: pool.submit(outcome_of, task) for place, task in waiting.items()}
            try:
                for place, done in _finished(futures):
                    del waiting[place]
                    yield place, done
            except BrokenProcessPool:
                if killed:  # one process: the first that is not finished killed it
                    place = next(iter(waiting))
                    task = waiting.pop(place)
                    problem = "the analysis ended its process, as one does that needs more memory than there is"
                    yield place, Outcome(task.item, task.sha256, task.key, problem=problem)
                killed = True


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Let processes that start meanwhile use one thread for linear algebra; several wait for each other."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _finished(futures: Mapping[int, Future[Outcome]]) -> Iterator[tuple[int, Outcome]]:
    for place, future in futures.items():
        yield place, future.result()


def outcome_of(task: _Task) -> Outcome:
    """Carry out one analysis and put its results on disk."""
    item, out = task.item, task.bench.out
    draw = task.bench.draw
    empty = Outcome(item, task.sha256, task.key, drawn=draw is not None)
    name = name_of(item)
    try:
        analysis = _analysis(task)
        figures = [path.relative_to(out).as_posix() for path in draw(analysis, out / FIGURES / name)] if draw else []
        tables = []
        for table, columns in analysis.tables.items():
            write_table(columns, out / TABLES / f"{name}_{table}.csv")
            tables.append(f"{TABLES}/{name}_{table}.csv")
        found = replace(
            empty,
            settings=as_text(analysis.settings),
            findings=analysis.findings,
            warnings=analysis.warnings,
            notes=analysis.notes,
            figures=tuple(figures),
            tables=tuple(tables),
        )
    except HalodotError as error:
        found = replace(empty, problem=str(error).replace(f"{task.bench.folder}{os.sep}", ""))
    except Exception as error:  # a mistake of ours in one analysis must not cost the others
        found = replace(empty, problem=f"the analysis failed ({type(error).__name__}: {error}); please report it")
    write_text(out / ANALYSES / f"{name}.json", as_json(found))
    return found


def _analysis(task: _Task) -> Analysis:
    method = method_named(task.item.method)
    settings: Any = chosen(method.settings, task.item.settings)
    inputs: dict[str, list[xarray.Dataset]] = {}
    for role in method.roles:
        paths = task.item.files.get(role.name, ())
        inputs[role.name] = [opened(task.bench.folder, path, task.bench.columns) for path in paths]
        for path, data in zip(paths, inputs[role.name]):
            if not role.takes(data):
                raise DataError(f"{path}: this is no {role.name} ({role.about}), but {data.attrs['kind']}")
    return method.analyse(inputs, settings)
