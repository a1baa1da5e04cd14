"""What calibrating data say of the inputs of a study: the tie between numbers that act alike on what was measured."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from halodot.nodes import Node
from halodot.paths import present
from halodot.sources import correlation
from halodot.states import Array, IntArray, array, empty_array, state
from halodot.study.reader import Reader

#: relative difference up to which a number is the one that a calibration means; its file has four digits or more
_SAME = 1e-3
_KEYS = ("rows", "left_out", "inputs")
_MORE_KEYS = ("methods",)


@state
class Evidence:
    """How far one prior standard deviation of each input shifts each datum, and what each datum says alone."""

    inputs: tuple[str, ...]
    rows: tuple[str, ...]
    value: Array = array("", "input")  # in the SI unit of each input
    prior_sd: Array = array("", "input")  # before the data
    sd: Array = array("", "input")  # that a study of this calibration states
    shift: Array = array("1", "input", "row")  # in standard deviations of the datum
    left_out: Array = array("1", "row")  # residual of each datum, had it not been used
    residual: Array = array("1", "row", default_factory=empty_array)  # of each datum at the fit
    methods: tuple[str, ...] = ()  # of each input, empty where it errs on its own
    shared: tuple[float, ...] = ()  # share of the variance in common with the inputs of the same method

    @property
    def correlation(self) -> Array:
        """Correlation of the inputs before the data, (input, input)."""
        return correlation(self.methods, self.shared) if self.methods else np.eye(len(self.inputs))


def read_evidence(reader: Reader, node: Node, residuals: Mapping[str, Node] | None = None) -> Evidence | None:
    """Read the section ``evidence`` of a calibration.

    Args:
        reader: collects problems.
        node: rows, residuals left out, by input [value, prior sd, sd, shift of every row], and the inputs that share a
            method by path [method, share of the variance].
        residuals: of the rows at the fit; 0 where not stated.

    Returns:
        The evidence; None where something of it is missing or no number, which is reported.
    """
    before = len(reader.problems)
    items = reader.mapping(node, "evidence", _KEYS + _MORE_KEYS)
    absent = [key for key in _KEYS if key not in items]
    if lacking := reader.lacking(absent, "evidence"):
        reader.complain(node.place, f"{', '.join(lacking)} missing", "evidence")
    if absent:
        return None
    rows = [reader.text(item, "evidence.rows") for item in reader.sequence(items["rows"], "evidence.rows")]
    left_out = _numbers(reader, items["left_out"], "evidence.left_out", len(rows))
    lines = {
        path: _numbers(reader, line, f"evidence.inputs.{path}", 3 + len(rows))
        for path, line in reader.mapping(items["inputs"], "evidence.inputs").items()
    }
    stated = {row: item for row, item in (residuals or {}).items() if row in rows}
    residual = {row: reader.value(item, f"rows.{row}", "1", "any") or 0.0 for row, item in stated.items()}
    methods = _methods(reader, items["methods"]) if "methods" in items else {}
    if len(reader.problems) > before:
        return None
    table = np.array(list(lines.values())).reshape(len(lines), 3 + len(rows))
    return Evidence(
        inputs=tuple(present(path, "calibration") for path in lines),
        rows=tuple(rows),
        value=table[:, 0].copy(),
        prior_sd=table[:, 1].copy(),
        sd=table[:, 2].copy(),
        shift=table[:, 3:].copy(),
        left_out=np.array(left_out),
        residual=np.array([residual.get(row, 0.0) for row in rows]),
        methods=tuple(methods.get(path, ("", 0.0))[0] for path in lines),
        shared=tuple(methods.get(path, ("", 0.0))[1] for path in lines),
    )


def _methods(reader: Reader, node: Node) -> dict[str, tuple[str, float]]:
    """Read method and share of the variance of inputs that err together."""
    found = {}
    for path, item in reader.mapping(node, "evidence.methods").items():
        pair = reader.sequence(item, f"evidence.methods.{path}")
        if len(pair) == 2:
            share = reader.value(pair[1], f"evidence.methods.{path}", "1", "fraction")
            found[path] = (reader.text(pair[0], f"evidence.methods.{path}"), share or 0.0)
        else:
            reader.complain(item.place, "a method and a share are expected", f"evidence.methods.{path}")
    return found


def _numbers(reader: Reader, node: Node, path: str, count: int) -> list[float]:
    """Return a list of plain numbers in SI; another count, and what is no finite number, is reported."""
    found = []
    for item in reader.sequence(node, path):
        try:
            number = float(item.value) if isinstance(item.value, str) else math.nan
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            reader.complain(item.place, f"a finite number is expected, not {item.value!r}", path)
        found.append(number)
    if len(found) != count and isinstance(node.value, list):
        reader.complain(node.place, f"{count} numbers are expected, not {len(found)}", path)
    return found


def known_to(evidence: Evidence, inputs: tuple[str, ...], value: Array, sd: Array) -> tuple[Array, Array]:
    """Return what the data say of some inputs: their prior standard deviations and their shifts of the data.

    An input is the one that the data speak of when it has its value and its standard deviation: the same line of
    another recipe weighs another thing. All others keep their own standard deviation and shift nothing.

    Args:
        evidence: of the calibration.
        inputs: paths.
        value: of each input [SI], shape (input,).
        sd: standard deviation of each [SI], nan where unknown, shape (input,).

    Returns:
        Prior standard deviations, shape (input,), 0 where unknown, and shifts, shape (input, row).
    """
    place = places_in(evidence, inputs, value, sd)
    prior, shift = np.nan_to_num(sd), np.zeros((len(inputs), len(evidence.rows)))
    prior[place >= 0], shift[place >= 0] = evidence.prior_sd[place[place >= 0]], evidence.shift[place[place >= 0]]
    return prior, shift


def places_in(evidence: Evidence, inputs: tuple[str, ...], value: Array, sd: Array) -> IntArray:
    """Return which input of the evidence each of some inputs is, -1 for none of them, shape (input,).

    Args:
        evidence: of the calibration.
        inputs: paths.
        value: of each input [SI], shape (input,).
        sd: standard deviation of each [SI], nan where unknown, shape (input,).
    """
    known = {path: index for index, path in enumerate(evidence.inputs)}
    found = np.full(len(inputs), -1)
    for i, path in enumerate(inputs):
        k = known.get(path, -1)
        if k >= 0 and _same(value[i], evidence.value[k]) and _same(sd[i], evidence.sd[k]):
            found[i] = k
    return found


def _same(one: float, other: float) -> bool:
    return bool(abs(one - other) <= _SAME * abs(other))
