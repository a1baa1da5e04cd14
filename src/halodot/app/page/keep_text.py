"""The study as text: what `halodot run` takes, editable, with what is wrong beside its lines."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path

from halodot.app.page.elements import button, element, heading, mark, paragraph, sentence, set_value
from halodot.app.page.host import Host
from halodot.errors import InputError, Problem
from halodot.outputs import write_text
from halodot.study.load import from_text

#: file of a text that was typed and could not be taken, in the folder of the session
DRAFT = "draft.yaml"
_ROWS = 26
#: bytes that a text may have
_LARGEST = 400_000


class StudyText:
    """The text of the study, which counts when it is left."""

    def __init__(self, page: Host) -> None:
        """Args: ``page`` that it stands on."""
        self._page = page
        self._draft = page.opened.folder / DRAFT
        heading(2, "The study as text")
        paragraph("What halodot run computes, number for number. A change counts when you leave the text.", "aside")
        typed = _read(self._draft)
        with element("div", classes="field"):
            name = element("label", "Study (YAML)")
            self._area = element(
                "textarea",
                typed or page.opened.state.study,
                "text",
                rows=_ROWS,
                spellcheck="false",
                autocomplete="off",
                wrap="off",
            )
            mark(name, **{"for": f"c{self._area.id}"})
        self._area.on(
            "change", lambda event: self._typed(str(event.args)), js_handler="(event) => emit(event.target.value)"
        )
        self._wrong = element("div", classes="mistakes", role="alert")
        with element("div", classes="tools"):
            self._back = button("Back to the text that counts", self._restore, hidden="")
        if typed:
            self._typed(typed)

    def refresh(self) -> None:
        """Show the text of the session."""
        if not self._draft.exists():
            set_value(self._area, self._page.opened.state.study)

    def _typed(self, text: str) -> None:
        opened = self._page.opened
        if text == opened.state.study:
            self._taken()
            return
        problems = opened.edit(partial(_checked, text), "edited the text")
        if problems:
            write_text(self._draft, text[:_LARGEST])
            self._complain(problems)
        else:
            self._taken()
            set_value(self._area, opened.state.study)

    def _restore(self) -> None:
        self._taken()
        set_value(self._area, self._page.opened.state.study)

    def _taken(self) -> None:
        self._draft.unlink(missing_ok=True)
        self._complain(())

    def _complain(self, problems: Iterable[Problem]) -> None:
        """Say what is wrong, each with its line, which a button shows."""
        listed = tuple(problems)
        self._wrong.clear()
        mark(self._back, hidden=None if listed else "")
        mark(
            self._area,
            aria_invalid="true" if listed else None,
            aria_describedby=f"c{self._wrong.id}" if listed else None,
        )
        if not listed:
            return
        with self._wrong:
            paragraph("This text is not taken yet; the study is as it was.")
            with element("ol"):
                for problem in listed:
                    with element("li"):
                        if problem.line:
                            code = f"halodot.line({self._area.id},{problem.line})"
                            button(f"Line {problem.line}", partial(self._page.run, code), classes="line")
                        element("span", f" {problem.path}: {sentence(problem)}" if problem.path else sentence(problem))
                        if problem.source_line.strip():
                            element("code", problem.source_line.strip())


def _checked(text: str, before: str, folder: Path) -> str:
    """Return a text that is a study, as an edit of the one before."""
    if len(text) > _LARGEST:
        raise InputError("the text is too long for a study; leave out what is none of it")
    from_text(text, "study.yaml", folder=folder)
    return text


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
