"""A folder of measured files analysed as a whole: the plan, the outcomes, the table, the page."""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from halodot.chain.simulate import simulate
from halodot.errors import InputError, Problem
from halodot.lab.compare import Compared, compared
from halodot.lab.folder import Seen, columns_for, files_of, seen
from halodot.lab.method import method_named
from halodot.lab.outcome import Outcome, code_hash, name_of
from halodot.lab.plan import REMOVED, Item, Plan, own_reason, proposed
from halodot.lab.plan_file import read_plan, write_plan
from halodot.lab.run import ANALYSES, FIGURES, TABLES, Bench, Draw, outcomes
from halodot.outputs import check_folder, write_text
from halodot.report.figures_lab import write_analysis_figures
from halodot.report.lab_crate import write_crate, write_table_descriptions
from halodot.report.lab_page import page
from halodot.report.lab_rows import compared_text, csv_text
from halodot.study import Study, load

PLAN, CSV, COMPARED = "analysis.yaml", "results.csv", "compared.csv"
PAGE, FILES = "report.html", "files.json"
_BEFORE = "analysis.before.yaml"
#: behind the name of the folder that was analysed
_BESIDE = ".analysed"


@dataclass(frozen=True, eq=False)
class Analysed:
    """What became of a folder."""

    folder: Path
    out: Path
    plan: Plan
    files: Mapping[str, Seen]  # by path below the folder
    outcomes: tuple[Outcome, ...]  # in the order of the plan
    taken_over: int  # of them, from an earlier run
    compared: tuple[Compared, ...] = ()  # findings beside what studies simulate

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """Analyses without a finding."""
        return tuple(item for item in self.outcomes if not item.findings)


def analyse(
    folder: str | Path,
    out: str | Path | None = None,
    studies: Sequence[str] = (),
    figures: bool | Draw = True,
    workers: int = 0,
    progress: Callable[[str], None] = lambda text: None,
) -> Analysed:
    """Analyse every measured file of a folder.

    Files are recognised by what they hold and grouped by the names of folders and files; every choice is written to
    analysis.yaml in the folder of results, from which the next call takes it. A file that cannot be read and an
    analysis that fails are rows of the results and stop nothing. What has not changed is not analysed again.

    Args:
        folder: the data; nothing is written in it.
        out: for report.html, results.csv, analysis.yaml, figures and tables; beside the folder where nothing is said.
        studies: whose simulated values stand beside what was found: a study for all samples, or "SAMPLE=STUDY".
        figures: whether they are drawn, which takes most of the time of a large folder; or a function of a module that
            writes what is shown of an analysis in another way.
        workers: processes; 0 for as many as there are processors.
        progress: called with how far it is.

    Raises:
        InputError: there is no such folder, the results would lie among the data, or analysis.yaml or a study has
            mistakes.
    """
    by_sample = {sample: load(study) for sample, study in map(named_study, studies)}
    home = Path(folder).resolve()
    target = _target(home, out)
    paths = files_of(home)
    earlier = read_plan(target / PLAN) if (target / PLAN).is_file() else None
    target.mkdir(parents=True, exist_ok=True)
    columns = earlier.columns if earlier else {}
    marked = _marked(target / FILES)
    files = _seen_all(home, paths, columns, target / FILES, marked, progress)
    plan = proposed(files.values(), home.name, columns)
    new = _new_items(plan, earlier, marked) if earlier else plan.items
    if earlier:
        plan = _together(plan, earlier, new)
    for name in (ANALYSES, FIGURES, TABLES):
        (target / name).mkdir(exist_ok=True)
    draw = figures if callable(figures) else write_analysis_figures if figures else None
    bench = Bench(home, target, plan.columns, draw)
    done, kept = _carried_out(plan, bench, files, workers, progress)
    if new or earlier is None:
        plan = _written(plan, {name_of(item) for item in new}, done, target)
    _clear(target, done)
    beside = _beside_studies(done, by_sample, progress)
    found = Analysed(home, target, plan, files, tuple(done), kept, tuple(beside))
    progress(PAGE)
    _write_results(found)
    return found


def named_study(text: str) -> tuple[str, str]:
    """Return the sample and the study of "SAMPLE=STUDY"; a study alone is of every sample, whose name is empty."""
    sample, mark, study = text.partition("=")
    return (sample.strip(), study.strip()) if mark else ("", text)


def _beside_studies(
    done: Sequence[Outcome], studies: Mapping[str, Study], progress: Callable[[str], None]
) -> list[Compared]:
    """Return findings beside simulated values; a sample without a study of its own takes that of all samples."""
    samples = {outcome.item.sample for outcome in done}
    unknown = sorted(studies.keys() - samples - {""})
    if unknown:
        raise InputError(f"no sample is called {', '.join(unknown)}; there are {', '.join(sorted(samples))}")
    found = []
    for name, study in studies.items():
        of = samples - studies.keys() if name == "" else {name}
        progress(f"simulating {study.name} beside {', '.join(sorted(of)) or 'no sample'}")
        found += compared([outcome for outcome in done if outcome.item.sample in of], simulate(study))
    return found


def _write_results(found: Analysed) -> None:
    target, done, plan = found.out, found.outcomes, found.plan
    write_text(target / CSV, csv_text(done, plan.left_out, {path: item.sha256 for path, item in found.files.items()}))
    if found.compared:
        write_text(target / COMPARED, compared_text(found.compared))
    else:
        (target / COMPARED).unlink(missing_ok=True)
    own = [CSV, COMPARED] if found.compared else [CSV]
    write_text(target / PAGE, page(found.folder.name, done, plan.left_out, found.compared, target))
    described = write_table_descriptions(target, (*own, *(table for outcome in done for table in outcome.tables)))
    inputs = dict.fromkeys(_files_of(plan.items), "") | {path: item.sha256 for path, item in found.files.items()}
    write_crate(target, found.folder.name, done, inputs, (*own, *described[: len(own)], PAGE, PLAN))


def _target(home: Path, out: str | Path | None) -> Path:
    """Return the folder of results, which must not lie among the data."""
    target = Path(out).resolve() if out is not None else home.with_name(home.name + _BESIDE)
    if target == home or home in target.parents:
        raise InputError(
            Problem("the results would lie among the data; name a folder beside it with --out", file=str(target))
        )
    if target in home.parents:
        raise InputError(Problem("the data lie below this folder; name another for the results", file=str(target)))
    ours = (target / PLAN).is_file() or (target / FILES).is_file()
    check_folder(target, overwrite=ours)
    return target


# ----------------------------------------------------------------------------------------------------------- the files


def _seen_all(
    home: Path,
    paths: Sequence[str],
    columns: Mapping[str, str],
    cache: Path,
    earlier: Mapping[str, tuple[str, Seen]],
    progress: Callable[[str], None],
) -> dict[str, Seen]:
    """Return what every file is; what has neither changed nor been read differently is taken from the last run."""
    code = code_hash()
    marks = {path: _mark(home / path, columns_for(path, columns), code) for path in paths}
    found: dict[str, Seen] = {}
    for place, path in enumerate(paths, 1):
        mark, before = earlier.get(path) or ("", None)
        found[path] = before if before is not None and mark == marks[path] else seen(home, path, columns)
        if place % 100 == 0 or place == len(paths):
            progress(f"read {place} of {len(paths)} files")
    document = {
        path: {"mark": marks[path]} | asdict(item) | {"roles": sorted(item.roles)} for path, item in found.items()
    }
    write_text(cache, json.dumps(document, ensure_ascii=False))
    return found


def _mark(path: Path, words: str, code: str) -> str:
    try:
        state = path.stat()
    except OSError:
        return ""
    return f"{state.st_size} {state.st_mtime_ns} {words} {code}"


def _marked(cache: Path) -> dict[str, tuple[str, Seen]]:
    """Return what every file was at the last run, with the mark by which a change is seen."""
    try:
        document = json.loads(cache.read_text(encoding="utf-8"))
        return {path: (item.pop("mark"), _seen(item)) for path, item in document.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def _seen(document: dict[str, object]) -> Seen:
    roles = frozenset((str(method), str(role)) for method, role in document.pop("roles"))  # type: ignore[attr-defined]
    warnings = tuple(document.pop("warnings"))  # type: ignore[arg-type, var-annotated]
    return Seen(**document, roles=roles, warnings=warnings)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------------------------ the plan


def _new_items(plan: Plan, earlier: Plan, known: Container[str]) -> tuple[Item, ...]:
    """Return proposals with a file that no one has judged: a new one, or one that could not be read before.

    Args:
        plan: proposed now.
        earlier: as it was written, and perhaps edited since.
        known: the files that were there when it was written.
    """
    planned = _files_of(earlier.items)

    def judged(path: str) -> bool:
        if path in planned or (path not in known and path not in earlier.left_out):
            return path in planned
        return path not in earlier.left_out or not own_reason(earlier.left_out[path])

    return tuple(item for item in plan.items if not all(judged(path) for path in next(iter(item.files.values()))))


def _files_of(items: Iterable[Item]) -> set[str]:
    return {path for item in items for paths in item.files.values() for path in paths}


def _together(plan: Plan, earlier: Plan, new: Sequence[Item]) -> Plan:
    """Return an earlier plan with new analyses; a measurement of many files takes new ones in."""
    items = list(earlier.items)
    for item in new:
        main = method_named(item.method).roles[0]
        same = [n for n, old in enumerate(items) if (old.method, old.sample) == (item.method, item.sample)]
        if main.several and same:
            old = items[same[0]]
            both = tuple(dict.fromkeys((*old.files[main.name], *item.files[main.name])))
            items[same[0]] = replace(old, files={**item.files, **old.files, main.name: both})
        else:
            items.append(item)
    used, offered = _files_of(items), _files_of(plan.items)
    removed = dict.fromkeys(offered, REMOVED)  # by whoever edited the plan
    kept = {path: why for path, why in earlier.left_out.items() if not own_reason(why)}
    left_out = dict(earlier.left_out) | removed | dict(plan.left_out) | kept
    return Plan(
        tuple(items), earlier.columns, {path: why for path, why in sorted(left_out.items()) if path not in used}
    )


def _written(plan: Plan, new: set[str], done: Sequence[Outcome], target: Path) -> Plan:
    """Write a plan with the automatic choices of its new analyses, the one before beside it, and return it."""
    items = tuple(
        replace(item, settings=outcome.settings) if name_of(item) in new and outcome.settings else item
        for item, outcome in zip(plan.items, done)
    )
    if (target / PLAN).is_file():
        (target / PLAN).replace(target / _BEFORE)
    whole = replace(plan, items=items)
    write_plan(whole, target / PLAN)
    return whole


# -------------------------------------------------------------------------------------------------------- the analyses


def _carried_out(
    plan: Plan, bench: Bench, files: Mapping[str, Seen], workers: int, progress: Callable[[str], None]
) -> tuple[list[Outcome], int]:
    sha256 = {path: item.sha256 for path, item in files.items() if item.sha256}
    found: dict[int, Outcome] = {}
    kept = 0
    for place, outcome, taken_over in outcomes(plan, bench, sha256, workers):
        found[place] = outcome
        kept += taken_over
        if not taken_over:
            what = "no value" if not outcome.findings else f"{len(outcome.findings)} values"
            progress(f"{len(found)} of {len(plan.items)}: {outcome.item.method} of {outcome.main_file}: {what}")
    return [found[place] for place in range(len(plan.items))], kept


def _clear(target: Path, done: Sequence[Outcome]) -> None:
    """Remove the records, figures and tables of analyses that the plan no longer has."""
    names = {name_of(outcome.item) for outcome in done}
    for record in (target / ANALYSES).glob("*.json"):
        if record.stem not in names:
            for folder in (FIGURES, TABLES):
                for path in (target / folder).glob(f"{record.stem}_*"):
                    path.unlink(missing_ok=True)
            record.unlink(missing_ok=True)
