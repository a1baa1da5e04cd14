"""analysis.yaml: every choice of an analysed folder, written by the first run, edited by hand, replayed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from halodot.errors import InputError, Problem
from halodot.lab.choices import chosen
from halodot.lab.method import all_methods, method_named
from halodot.lab.plan import Item, Plan
from halodot.nodes import Node, plain, problem_at, read_file
from halodot.outputs import write_text
from halodot.readers.column_maps import map_of
from halodot.study.reader import nearest

#: bytes; ten thousand analyses with all their choices
LARGEST_PLAN = 20_000_000
#: numbers of a list that stand on one line
_SHORT = 6
_HEAD = """\
# Every choice of this analysis. Change what you like, run `halodot analyse` again, and the same file gives the same
# numbers. A choice that is `auto`, or that is left out, is made anew from the data.
#   samples:   the analyses of each sample; move an analysis to another sample, add one or remove it
#   columns:   what columns without headings are, by pattern of file names: "PLQY/*.txt": wavelength (nm), intensity
#   left out:  files that no analysis takes, and why; put files here that shall not be analysed
"""
_KEYS = ("samples", "columns", "left out")
_ITEM_KEYS = ("analysis", "files", "settings", "note")


def write_plan(plan: Plan, path: Path) -> None:
    """Write a plan as YAML.

    Args:
        plan: what to write.
        path: of the file, which is replaced as a whole.
    """
    import yaml

    samples: dict[str, list[dict[str, Any]]] = {}
    for item in plan.items:
        samples.setdefault(item.sample, []).append(_document(item))
    document = {"samples": samples, "columns": dict(plan.columns), "left out": dict(plan.left_out)}

    class Dumper(yaml.SafeDumper):
        """The plain writer, which writes short lists, such as ranges, on one line."""

    def in_line(dumper: yaml.SafeDumper, values: list[Any]) -> yaml.Node:
        short = len(values) <= _SHORT and not any(isinstance(value, (list, dict)) for value in values)
        return dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=short)

    Dumper.add_representer(list, in_line)
    text = yaml.dump(document, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=120)
    write_text(path, _HEAD + text)


def _document(item: Item) -> dict[str, Any]:
    files = {role: paths[0] if len(paths) == 1 else list(paths) for role, paths in item.files.items()}
    found: dict[str, Any] = {"analysis": item.method, "files": files}
    if item.settings:
        found["settings"] = dict(item.settings)
    if item.note:
        found["note"] = item.note
    return found


def read_plan(path: Path) -> Plan:
    """Read a plan.

    Args:
        path: of the file.

    Raises:
        InputError: with every problem and its place.
    """
    if not any(line.strip() and not line.lstrip().startswith("#") for line in _lines(path)):
        raise InputError(Problem("the plan is empty; remove the file, and one is proposed anew", file=str(path)))
    tree = read_file(path, largest=LARGEST_PLAN)
    problems: list[Problem] = []
    parts = _mapping(tree, "", problems, _KEYS)
    items = []
    for sample, listed in _mapping(parts.get("samples"), "samples", problems).items():
        for place, node in enumerate(_list(listed, f"samples.{sample}", problems)):
            item = _item(sample, node, f"samples.{sample}[{place}]", problems)
            if item is not None:
                items.append(item)
    columns = _texts(parts.get("columns"), "columns", problems)
    for pattern, words in columns.items():
        try:
            map_of(words)
        except InputError as error:
            problems += [Problem(item.message, f"columns.{pattern}", str(path)) for item in error.problems]
    left_out = _texts(parts.get("left out"), "left out", problems)
    if problems:
        raise InputError(problems)
    return Plan(tuple(items), columns, left_out)


def _lines(path: Path) -> list[str]:
    """Return the lines of a file of text; what is wrong with others is told where it is read."""
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        return ["?"]


def _item(sample: str, node: Node, path: str, problems: list[Problem]) -> Item | None:
    before = len(problems)
    parts = _mapping(node, path, problems, _ITEM_KEYS)
    name = parts["analysis"].value if "analysis" in parts else None
    if not isinstance(name, str):
        problems.append(problem_at(node.place, f"say which analysis; there are {', '.join(all_methods())}", path))
        return None
    try:
        method = method_named(name)
    except InputError as error:
        problems += [problem_at(parts["analysis"].place, item.message, f"{path}.analysis") for item in error.problems]
        return None
    roles = {role.name: role for role in method.roles}
    files = {
        role: tuple(_file(item, f"{path}.files.{role}", problems) for item in _one_or_more(listed))
        for role, listed in _mapping(parts.get("files"), f"{path}.files", problems, tuple(roles)).items()
    }
    for role in method.roles:
        given = len(files.get(role.name, ()))
        if role.required and not given:
            problems.append(problem_at(node.place, f"no file for {role.name} ({role.about})", f"{path}.files"))
        if given > 1 and not role.several:
            problems.append(problem_at(node.place, f"{role.name} is one file, not {given}", f"{path}.files"))
    settings = {
        key: plain(value) for key, value in _mapping(parts.get("settings"), f"{path}.settings", problems).items()
    }
    try:
        chosen(method.settings, settings, f"{path}.settings")
    except InputError as error:
        places = parts["settings"].keys
        for item in error.problems:
            where = places.get(item.path.rsplit(".", 1)[-1], parts["settings"].place)
            problems.append(problem_at(where, item.message, item.path, item.suggestion))
    note = str(parts["note"].value or "") if "note" in parts else ""
    return Item(sample, name, files, settings, note) if len(problems) == before else None


def _one_or_more(node: Node) -> list[Node]:
    return node.value if isinstance(node.value, list) else [node]


def _file(node: Node, path: str, problems: list[Problem]) -> str:
    """Return the path of a file below the folder; one that leads out of it is a problem."""
    text = node.value if isinstance(node.value, str) else ""
    place = PurePosixPath(text.replace("\\", "/"))
    if not text or place.is_absolute() or ".." in place.parts or ":" in place.parts[0]:
        problems.append(problem_at(node.place, f"{text!r} is no path below the folder that is analysed", path))
    return place.as_posix()


def _mapping(
    node: Node | None, path: str, problems: list[Problem], known: tuple[str, ...] | None = None
) -> Mapping[str, Node]:
    if node is None or node.value is None:
        return {}
    if not isinstance(node.value, dict):
        problems.append(problem_at(node.place, f"a mapping is expected, not {node.kind}", path))
        return {}
    for key in node.value:
        if known is not None and key not in known:
            what = f"no such key; there are {', '.join(known)}"
            problems.append(problem_at(node.keys[key], what, f"{path}.{key}".lstrip("."), nearest(key, known)))
    return {key: item for key, item in node.value.items() if known is None or key in known}


def _list(node: Node, path: str, problems: list[Problem]) -> list[Node]:
    if node.value is None:
        return []
    if not isinstance(node.value, list):
        problems.append(problem_at(node.place, f"a list of analyses is expected, not {node.kind}", path))
        return []
    return node.value


def _texts(node: Node | None, path: str, problems: list[Problem]) -> dict[str, str]:
    found = {}
    for key, item in _mapping(node, path, problems).items():
        if isinstance(item.value, (list, dict)):
            problems.append(problem_at(item.place, f"a text is expected, not {item.kind}", f"{path}.{key}"))
        else:
            found[key] = item.value or ""
    return found
