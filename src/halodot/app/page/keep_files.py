"""Files to take along: the study, its report and results, figures and tables, each made when it is asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from nicegui.element import Element

from halodot.app.exports import write_study
from halodot.app.job_process import Done
from halodot.app.page.elements import button, check_box, choice, element, heading, paragraph, say, sentence
from halodot.app.page.host import Host
from halodot.app.page.job_box import JobBox
from halodot.app.page.outcome import link
from halodot.errors import InputError, Problem

_FORMATS = ("svg", "pdf", "png")
_WIDTHS = {"85": "85 mm, one column", "170": "170 mm, both columns"}
_MARKS = {".": "point (1.5)", ",": "comma (1,5)"}
_FULL = "the file cannot be written; make room on the disk"


class Files:
    """Buttons that make files and save them."""

    def __init__(self, page: Host) -> None:
        """Args: ``page`` that they stand on."""
        self._page = page
        self._formats = {"svg": True, "pdf": False, "png": False}
        self._width, self._decimal = "85", "."
        heading(2, "Files to keep")
        with element("div", classes="job"):
            button("Save the study", self._study, "save the study as YAML")
            paragraph("YAML for halodot run, as a zip where files of yours belong to it.", "aside")
            self._wrong = element("p", classes="problem", role="alert")
        self._boxes = [
            self._box("report", "Save report and results", "report.html, results.nc, and all of it as a zip.", dict),
            self._box("figures", "Save the figures", "Every figure for a journal, as a zip.", self._look),
            self._box("tables", "Save the tables", "Every curve, as a workbook and as CSV files.", self._mark),
        ]
        self.refresh()

    def refresh(self) -> None:
        """Follow the work of the session."""
        for box in self._boxes:
            box.refresh()

    def _box(self, kind: str, title: str, about: str, arguments: Callable[[], Mapping[str, Any]]) -> JobBox:
        if kind == "figures":
            with element("fieldset", classes="tools"):
                element("legend", "Figures")
                for name in _FORMATS:
                    check_box(name.upper(), self._formats[name], partial(self._format, name))
                choice("Width", _WIDTHS, self._width, self._wide)
        if kind == "tables":
            choice("Decimal mark of the CSV files", _MARKS, self._decimal, self._marked)
        box = JobBox(self._page, kind, title, arguments, lambda done, own: self._done(files, done, own), about)
        files = element("p", classes="files", data_files=kind)
        return box

    def _done(self, files: Element, done: Done, own: bool) -> None:
        """Show the links of the files, and save the first where it was asked for on this page."""
        files.clear()
        with files:
            for name in done.files:
                link(self._page, name)
            for line in done.said:
                element("span", line)
        if own:
            self._save(done.files[0])

    def _study(self) -> None:
        opened = self._page.opened
        try:
            name = write_study(opened.state.study, opened.folder)
        except InputError as error:
            say(self._wrong, " ".join(map(sentence, error.problems)))
        except OSError:
            say(self._wrong, sentence(Problem(_FULL)))
        else:
            say(self._wrong, "")
            self._save(name)

    def _save(self, name: str) -> None:
        self._page.run(f"halodot.save({json.dumps(f'/download/{self._page.opened.session.id}/{name}')})")

    # ---------------------------------------------------------------------------------------------------------- choices

    def _look(self) -> dict[str, Any]:
        """Return how the figures are drawn.

        Raises:
            InputError: no format is ticked.
        """
        formats = [name for name in _FORMATS if self._formats[name]]
        if not formats:
            raise InputError("no format of the figures is ticked; tick SVG, PDF or PNG")
        return {"formats": formats, "width": float(self._width)}

    def _mark(self) -> dict[str, Any]:
        return {"decimal": self._decimal}

    def _format(self, name: str, on: bool) -> None:
        self._formats[name] = on

    def _wide(self, width: str) -> None:
        self._width = width if width in _WIDTHS else self._width

    def _marked(self, mark: str) -> None:
        self._decimal = mark if mark in _MARKS else self._decimal
