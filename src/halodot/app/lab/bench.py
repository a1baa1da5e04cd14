"""What the files of a session hold and what their analyses found, as rows that a page shows."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from halodot.app.lab.given import Giving, giving
from halodot.app.lab.panels import write_panels
from halodot.app.lab.places import carried_over, places_of
from halodot.app.lab.recorded import add_recorded
from halodot.app.lab.settings import SettingRow, settings_rows
from halodot.lab.folder import Seen
from halodot.lab.method import method_named
from halodot.lab.outcome import Outcome, name_of
from halodot.lab.plan import Item, Plan
from halodot.lab.run import FIGURES
from halodot.readers.recording import KINDS
from halodot.report.lab_folder import CSV, analyse
from halodot.report.lab_page import of_one_kind
from halodot.report.lab_rows import label_text, unit_text, value_text


@dataclass(frozen=True)
class FileRow:
    """One file of the folder."""

    path: str  # below the folder that is analysed
    kind: str  # of the measurement, in words; empty where it is not known
    reader: str
    analyses: tuple[str, ...]  # titles of those that take it
    note: str  # why no analysis takes it, and what its reader warned of
    unnamed: bool = False  # whether its columns have no meaning until somebody says what they are
    left_out: bool = False  # whether somebody left it out


@dataclass(frozen=True)
class FindingRow:
    """One number with its uncertainty."""

    label: str
    value: str  # rounded as its uncertainty allows
    unit: str  # empty for a pure number
    part: bool  # whether it is of a part of the measurement, such as one reflection of many
    method: str
    warnings: tuple[str, ...]
    giving: Giving  # whether a study can be given it
    role: str = "measured"


@dataclass(frozen=True)
class Offer:
    """A part of an analysis that one file plays beside the measurement itself, and the files that could."""

    role: str
    about: str
    chosen: str  # empty for none
    paths: tuple[str, ...]
    required: bool


@dataclass(frozen=True)
class ItemView:
    """One analysis with what it found."""

    key: str
    sample: str
    method: str
    title: str
    main_file: str
    files: Mapping[str, tuple[str, ...]]  # by role
    settings: tuple[SettingRow, ...]
    findings: tuple[FindingRow, ...]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    problem: str  # why there are no findings
    drawn: bool  # whether there is a picture of it
    offers: tuple[Offer, ...] = ()


@dataclass(frozen=True)
class LabView:
    """A folder of measured files as the page shows it."""

    title: str
    files: tuple[FileRow, ...]
    items: tuple[ItemView, ...]
    taken_over: int  # analyses that had not changed since the last look
    plan: str  # path of analysis.yaml, below the folder of the session
    table: str  # path of results.csv

    @property
    def samples(self) -> tuple[str, ...]:
        """Names of the samples, each once."""
        return tuple(dict.fromkeys(item.sample for item in self.items))


def look(session: Path, progress: Callable[[str], None] = lambda text: None) -> LabView:
    """Recognise and analyse the files of a session; what has not changed since the last look is not done again.

    Args:
        session: folder of the session, whose files lie in ``lab``.
        progress: called with how far it is.

    Raises:
        InputError: analysis.yaml has mistakes.
    """
    (session / "lab").mkdir(parents=True, exist_ok=True)
    places = carried_over(session)
    # a process that ends with its parent may have no processes of its own
    workers = 1 if multiprocessing.current_process().daemon else 0
    found = analyse(places.home, places.out, figures=write_panels, workers=workers, progress=progress)
    for outcome in found.outcomes:
        add_recorded(outcome, places.home, places.out / FIGURES, found.plan.columns)
    return LabView(
        "" if places.home == session / "lab" else places.home.name,
        tuple(_file_rows(found.files, found.plan)),
        tuple(_item_view(outcome, found.files) for outcome in found.outcomes),
        found.taken_over,
        places.plan.relative_to(session).as_posix(),
        (places.out / CSV).relative_to(session).as_posix(),
    )


def has_files(session: Path) -> bool:
    """Whether there is anything to look at."""
    return any(path.is_file() for path in places_of(session).home.rglob("*"))


def _file_rows(files: Mapping[str, Seen], plan: Plan) -> Iterable[FileRow]:
    taken: dict[str, list[str]] = {}
    for item in plan.items:
        for path in (path for paths in item.files.values() for path in paths):
            taken.setdefault(path, []).append(method_named(item.method).title)
    for path, seen in files.items():
        why = plan.left_out.get(path, "")
        notes = [why or (f"not read: {seen.problem}" if seen.problem else ""), *seen.warnings]
        yield FileRow(
            path,
            KINDS.get(seen.kind, seen.kind),
            seen.reader,
            tuple(dict.fromkeys(taken.get(path, ()))),
            "; ".join(dict.fromkeys(note for note in notes if note)),
            unnamed=seen.kind == "table" and path not in taken,
            left_out=bool(why) and not seen.problem and bool(seen.roles),
        )


def _offers(item: Item, files: Mapping[str, Seen]) -> Iterable[Offer]:
    """Yield what other files could play in an analysis."""
    method = method_named(item.method)
    own = set(item.files.get(method.roles[0].name, ()))
    for role in (role for role in method.roles[1:] if not role.several):
        chosen = next(iter(item.files.get(role.name, ())), "")
        able = {path for path, seen in files.items() if (method.name, role.name) in seen.roles} - own
        paths = tuple(sorted(able | ({chosen} - {""})))
        if paths:
            yield Offer(role.name, role.about, chosen, paths, role.required)


def _item_view(outcome: Outcome, files: Mapping[str, Seen]) -> ItemView:
    item, method = outcome.item, method_named(outcome.item.method)
    notes = (*outcome.notes, *([item.note] if item.note else []))
    return ItemView(
        name_of(item),
        item.sample,
        item.method,
        method.title,
        outcome.main_file,
        dict(item.files),
        settings_rows(item, outcome.settings),
        tuple(_finding_rows(outcome)),
        tuple(of_one_kind(outcome.warnings)),
        notes,
        "" if outcome.findings else outcome.problem or "the analysis found nothing",
        bool(outcome.figures),
        tuple(_offers(item, files)),
    )


def _finding_rows(outcome: Outcome) -> Iterable[FindingRow]:
    for place, finding in enumerate(outcome.findings):
        yield FindingRow(
            label_text(finding),
            value_text(finding),
            unit_text(finding),
            bool(finding.of),
            finding.method,
            finding.warnings,
            giving(outcome, place),
        )
