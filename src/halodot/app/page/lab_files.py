"""Where files are dropped on the page, how far they are sent, and what each was taken for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from halodot.app.lab.bench import FileRow
from halodot.app.page.elements import Field, button, element, paragraph
from halodot.errors import Problem


def drop_zone() -> None:
    """Make the place to drop files, with buttons for who uses none; lab.js sends what comes."""
    with element("div", classes="lab-drop", id_="lab-drop", role="group", aria_label="Measured files"):
        paragraph("Drop files of instruments here, or a whole folder of them.")
        with element("div", classes="tools"):
            with element("label", classes="file"):
                element("span", "Files")
                element("input", type="file", multiple="")
            with element("label", classes="file"):
                element("span", "A folder")
                element("input", type="file", webkitdirectory="", multiple="")
    element("progress", id_="lab-bar", hidden="", aria_label="Files sent", max=1, value=0)
    element("p", id_="lab-sent", classes="aside", role="status")
    with element("div", role="alert"):
        element("ul", id_="lab-refused", classes="lab-refused")


def file_rows(
    rows: tuple[FileRow, ...],
    take_back: Callable[[str], None],
    name_columns: Callable[[str, str], tuple[Problem, ...]],
) -> None:
    """Make the table of all files in the present container, those that no analysis takes first.

    Args:
        rows: the files.
        take_back: has a file analysed that was left out.
        name_columns: says what the columns of a file are.
    """
    ordered = sorted(rows, key=lambda row: bool(row.analyses))
    with (
        element("div", classes="scroll", tabindex=0, role="region", aria_label="Files and what they were taken for"),
        element("table"),
    ):
        element("caption", "what each file was taken for", "aside")
        with element("thead"), element("tr"):
            for text in ("file", "taken for", "analysed as"):
                element("th", text, scope="col")
        with element("tbody"):
            for row in ordered:
                with element("tr"):
                    element("td", row.path, "path")
                    element("td", ", ".join(filter(None, (row.kind, row.reader))) or "not known")
                    with element("td"):
                        _use(row, take_back, name_columns)


def _use(
    row: FileRow, take_back: Callable[[str], None], name_columns: Callable[[str, str], tuple[Problem, ...]]
) -> None:
    if row.analyses:
        element("span", ", ".join(row.analyses))
    if row.note:
        element("p", row.note, "hint")
    if row.unnamed:
        Field(f"Columns of {row.path}", "", partial(name_columns, row.path), hint="time (ns), counts")
    elif row.left_out and not row.analyses:
        button("Take back", partial(take_back, row.path), f"analyse {row.path} again")
