"""What calibrating data say of the inputs of a study: the tie between numbers that act alike on what was measured."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from halodot.paths import present
from halodot.states import Array, array, state
from halodot.study.nodes import Node, plain
from halodot.study.reader import Reader

#: relative difference up to which a number is the one that a calibration means; its file has four digits or more
_SAME = 1e-3


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


def read_evidence(reader: Reader, node: Node) -> Evidence:
    """Read the section ``evidence`` of a calibration.

    Args:
        reader: collects problems.
        node: rows, residuals left out, and by input [value, prior sd, sd, shift of every row].
    """
    items = reader.mapping(node, "evidence", ("rows", "left_out", "inputs"))
    lines: Mapping[str, list[float]] = plain(items["inputs"])
    table = np.array([[float(number) for number in line] for line in lines.values()])
    return Evidence(
        inputs=tuple(present(path, "calibration") for path in lines),
        rows=tuple(plain(items["rows"])),
        value=table[:, 0].copy(),
        prior_sd=table[:, 1].copy(),
        sd=table[:, 2].copy(),
        shift=table[:, 3:].copy(),
        left_out=np.array([float(number) for number in plain(items["left_out"])]),
    )


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
    place = {path: index for index, path in enumerate(evidence.inputs)}
    prior, shift = np.nan_to_num(sd), np.zeros((len(inputs), len(evidence.rows)))
    for i, path in enumerate(inputs):
        k = place.get(path, -1)
        if k >= 0 and _same(value[i], evidence.value[k]) and _same(sd[i], evidence.sd[k]):
            prior[i], shift[i] = evidence.prior_sd[k], evidence.shift[k]
    return prior, shift


def _same(one: float, other: float) -> bool:
    return bool(abs(one - other) <= _SAME * abs(other))
