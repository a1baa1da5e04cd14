"""The examples in docstrings give what they say."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import halodot

SOURCE = Path(halodot.__path__[0])
MODULES = sorted(
    ".".join(("halodot", *path.relative_to(SOURCE).with_suffix("").parts))
    for path in SOURCE.rglob("*.py")
    if "\n    >>> " in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_are_true(name: str) -> None:
    with np.printoptions(legacy=False):
        result = doctest.testmod(import_module(name), extraglobs={"np": np})
    assert result.attempted > 0
    assert result.failed == 0
