"""The figures of a run in the formats and the width that are asked for."""

from __future__ import annotations

import pytest

from halodot.cli.options import figure_formats
from halodot.errors import InputError


@pytest.mark.parametrize(
    ("text", "formats"), [("svg", ("svg",)), ("PNG, pdf", ("png", "pdf")), ("none", ()), ("", ())], ids=str
)
def test_formats_are_a_list_with_commas(text: str, formats: tuple[str, ...]) -> None:
    assert figure_formats(text) == formats


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(InputError, match="svg, pdf, png, not as eps"):
        figure_formats("png,eps")
