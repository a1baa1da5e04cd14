"""How large files and functions are, and that the stages say units and shapes: the limits of tools/measure_code.py."""

from __future__ import annotations

import pytest
from tool_scripts import tool

measure_code = tool("measure_code")


def test_no_file_or_function_is_over_its_limit_and_every_stage_says_units_and_shapes() -> None:
    assert measure_code.faults(*measure_code.measured()) == []


def test_the_limits_are_those_of_the_house() -> None:
    assert (measure_code.FILE_LINES, measure_code.FUNCTION_LINES, measure_code.PARAMETERS) == (500, 60, 8)


@pytest.mark.parametrize(
    ("docstring", "said"),
    [
        ("", ["no docstring"]),
        ("Return the rate.", ["no unit in the docstring, such as [V]", "no shape in the docstring, such as (node,)"]),
        ("Return the rate [1/s].", ["no shape in the docstring, such as (node,)"]),
        ("Return the rate [1/s], (node,).", []),
    ],
)
def test_a_docstring_without_unit_or_shape_is_found(docstring: str, said: list[str]) -> None:
    function = measure_code.Function("light/x.py", "rate", 1, 5, 1, True, ("Array",), docstring)
    assert measure_code.undocumented(function) == said


def test_long_and_crowded_functions_and_files_are_found() -> None:
    function = measure_code.Function("light/x.py", "rate", 1, 61, 9, False, (), "")
    assert len(measure_code.faults([function], {"light/x.py": 501})) == 3
