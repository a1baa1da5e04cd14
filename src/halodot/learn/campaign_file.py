"""Reads a campaign: a file in YAML whose rows may stand in a table beside it."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from halodot.errors import InputError, Problem
from halodot.learn.campaign import Campaign, Experiment, RivalCause
from halodot.learn.campaign_rows import Table, read_table, wrong_row
from halodot.learn.goals import Goal, read_goal, with_noise
from halodot.learn.varied import VariedInput, read_varied
from halodot.nodes import Node, file_text, plain, read_text
from halodot.results.files import load
from halodot.study import Study
from halodot.study.reader import nearest
from halodot.units import to_si

_KEYS = ("campaign", "study", "set", "vary", "goals", "seed", "experiments", "causes")
_GOAL_KEYS = ("goal", "noise")
_OWN = ("batch", "failed", "note")
_NEEDS = "it states study, vary, goals and seed, as docs/suggest.md shows"
_Found = TypeVar("_Found")


def read_campaign(path: str | os.PathLike[str]) -> Campaign:
    """Read a campaign from its file.

    Args:
        path: of the YAML file; tables and studies that it names are looked for beside it.

    Returns:
        The campaign, every number of it checked and in SI.

    Raises:
        InputError: with every problem of the file and its place: nothing is varied or wanted, a goal that does not
            exist, limits that are one, rows outside them or in other units, no seed.
    """
    file = Path(path)
    text = file_text(file)
    if all(not line.strip() or line.lstrip().startswith("#") for line in text.splitlines()):
        raise InputError(Problem(f"the campaign is empty; {_NEEDS}", file=str(file)))
    node = read_text(text, str(file))
    if not isinstance(node.value, dict):
        raise InputError(Problem(f"the campaign is empty; {_NEEDS}", file=str(file)))
    return _Reading(file, node.value).campaign()


@dataclass
class _Reading:
    """A campaign while it is read."""

    file: Path
    nodes: Mapping[str, Node]
    problems: list[Problem] = field(default_factory=list)

    def campaign(self) -> Campaign:
        for key, node in self.nodes.items():
            if key not in _KEYS:
                self.complain(f"a campaign has no {key!r}", node, suggestion=nearest(key, _KEYS))
        study = self.study()
        varied, goals = self.varied(study), self.goals()
        seed, causes = self.seed(), self.causes(study)
        self.end()
        table = self.experiments(varied, goals)
        self.end()
        title = str(self.plain("campaign") or self.file.stem)
        file, form, notes = str(self.file), table.form, table.notes
        return Campaign(title, study, varied, goals, seed, table.experiments, causes, file, form, notes)

    def study(self) -> Study:
        name = self.plain("study")
        if not isinstance(name, str) or not name:
            self.complain("names no study; write 'study: recipe-only', or the path of a study", self.nodes.get("study"))
            self.end()
        beside = self.file.parent / str(name)
        changes = [str(item) for item in self.listed("set")]
        try:
            return load(beside if beside.exists() else str(name), changes)
        except InputError as error:
            place = _where(self.nodes["set"]) if "set" in self.nodes else ""
            for one in error.problems:
                ours = place and one.file.startswith("--set")
                self.problems.append(replace(one, file=place, line=0, column=0, source_line="") if ours else one)
        self.end()
        raise AssertionError

    def varied(self, study: Study) -> tuple[VariedInput, ...]:
        node = self.nodes.get("vary")
        if node is None or not isinstance(node.value, dict) or not node.value:
            message = "nothing is varied; write such as 'vary: {dose: recipe.stocks.ligand[0].amount=0.1..0.4 mmol}'"
            self.complain(message, node)
            return ()
        found = []
        for name, item in node.value.items():
            if name in _OWN:
                self.complain(f"{name!r} is the name of a column of its own; call it otherwise", item)
            elif (one := self.tried(item, partial(_varied, study, name))) is not None:
                found.append(one)
        for path in sorted({one.path for one in found if [other.path for other in found].count(one.path) > 1}):
            self.complain(f"{path} is varied twice; leave one out", node)
        return tuple(found)

    def goals(self) -> tuple[Goal, ...]:
        node, found = self.nodes.get("goals"), []
        if node is not None and node.value is not None and not isinstance(node.value, list):
            self.complain("goals are a list; write such as 'goals: [maximise plqy]'", node)
            return ()
        for item in node.value if node is not None and isinstance(node.value, list) else []:
            entry = plain(item)
            if isinstance(entry, dict) and not self.whole_goal(item):
                continue
            text, noise = (entry["goal"], entry.get("noise")) if isinstance(entry, dict) else (entry, None)
            goal = self.tried(item, partial(_goal, str(text)))
            if goal is not None and noise is not None:
                goal = self.tried(item, partial(_with_noise, goal, str(noise)))
            if goal is not None:
                found.append(goal)
        if not found and not self.problems:
            self.complain("no goal is stated; write such as 'goals: [maximise plqy]'", node)
        names = [goal.quantity for goal in found]
        for name in sorted({name for name in names if names.count(name) > 1}):
            self.complain(f"{name} is a goal twice; leave one out", node)
        return tuple(found)

    def whole_goal(self, node: Node) -> bool:
        """Whether a goal that is a mapping has the keys of one, and no others."""
        keys = node.value if isinstance(node.value, dict) else {}
        for key in keys:
            if key not in _GOAL_KEYS:
                self.complain(f"a goal has no {key!r}", node, suggestion=nearest(key, _GOAL_KEYS))
        if "goal" not in keys and not any(nearest(key, _GOAL_KEYS) == "goal" for key in keys):
            self.complain("this goal does not say what is wanted; write such as {goal: maximise plqy}", node)
        return all(key in _GOAL_KEYS for key in keys) and "goal" in keys

    def seed(self) -> int:
        seed = self.plain("seed")
        if isinstance(seed, int) and 0 <= seed < 2**32:
            return seed
        message = "states no seed, a whole number from which all chance follows; write 'seed: 1'"
        self.complain(message, self.nodes.get("seed"))
        return 0

    def causes(self, study: Study) -> tuple[RivalCause, ...]:
        node = self.nodes.get("causes")
        if node is None:
            return ()
        entry = plain(node)
        if not isinstance(entry, dict) or not all(isinstance(item, list) for item in entry.values()):
            self.complain("causes are names with lists of changes: 'etching: [flask.size_causes=etching]'", node)
            return ()
        return tuple(RivalCause(str(name), tuple(map(str, changes))) for name, changes in entry.items())

    def experiments(self, varied: tuple[VariedInput, ...], goals: tuple[Goal, ...]) -> Table:
        node = self.nodes.get("experiments")
        if node is None or node.value is None:
            return Table()
        if isinstance(node.value, str):
            try:
                return read_table(self.file.parent / node.value, varied, goals)
            except InputError as error:
                self.problems += error.problems
                return Table()
        if not isinstance(node.value, list):
            self.complain("experiments are a list of rows, or the name of a table (CSV) beside this file", node)
            return Table()
        found = [self.row(item, varied, goals) for item in node.value]
        return Table(tuple(one for one in found if one is not None))

    def row(self, node: Node, varied: tuple[VariedInput, ...], goals: tuple[Goal, ...]) -> Experiment | None:
        entry = plain(node)
        if not isinstance(entry, dict):
            self.complain("an experiment is a row such as {dose: 0.2 mmol, plqy: 84 %}", node)
            return None
        before = len(self.problems)
        known = [item.name for item in varied] + [goal.quantity for goal in goals] + list(_OWN)
        for key in entry:
            if key not in known:
                self.complain(f"the campaign neither varies nor wants {key!r}", node, suggestion=nearest(key, known))
        values = [self.number(node, entry, item.name, item.si_unit, True) for item in varied]
        measured = [self.number(node, entry, goal.quantity, goal.unit, False) for goal in goals]
        one = Experiment(
            tuple(values), tuple(measured), str(entry.get("batch", "")), str(entry.get("failed") or ""), _where(node)
        )
        if len(self.problems) == before:
            for message in wrong_row(one, varied, goals):
                self.complain(message, node)
        return one if len(self.problems) == before else None

    def number(self, node: Node, entry: Mapping[str, Any], name: str, unit: str, needed: bool) -> float:
        text = entry.get(name)
        if text is None:
            if needed:
                self.complain(f"this experiment states no {name}", node)
            return math.nan
        try:
            return to_si(text, unit)
        except InputError as error:
            self.problems += [replace(one, path=name, file=_where(node)) for one in error.problems]
            return math.nan

    def plain(self, key: str) -> Any:
        return plain(self.nodes[key]) if key in self.nodes else None

    def listed(self, key: str) -> list[Any]:
        found = self.plain(key)
        return found if isinstance(found, list) else [] if found is None else [found]

    def tried(self, node: Node, read: Callable[[str], _Found]) -> _Found | None:
        try:
            return read(str(plain(node)))
        except InputError as error:
            self.problems += [replace(one, file=_where(node)) for one in error.problems]
            return None

    def complain(self, message: str, node: Node | None, suggestion: str = "") -> None:
        where = str(self.file) if node is None else _where(node)
        self.problems.append(Problem(message, file=where, suggestion=suggestion))

    def end(self) -> None:
        if self.problems:
            raise InputError(self.problems)


def _varied(study: Study, name: str, text: str) -> VariedInput:
    return read_varied(text, study, name, "")


def _goal(goal: str, text: str) -> Goal:
    return read_goal(goal, "")


def _with_noise(goal: Goal, noise: str, text: str) -> Goal:
    return with_noise(goal, noise, "")


def _where(node: Node) -> str:
    return f"{node.place.file}:{node.place.line}"
