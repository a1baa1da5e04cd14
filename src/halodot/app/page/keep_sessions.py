"""Steps of the session to go back to, studies to open, and earlier sessions."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Callable
from datetime import datetime
from html import escape

from nicegui import ui

from halodot.app.exports import packed_study
from halodot.app.own_files import check_own_files
from halodot.app.page.elements import (
    button,
    element,
    heading,
    mark,
    option_list,
    options_of,
    paragraph,
    say,
    sentence,
)
from halodot.app.page.host import Host
from halodot.app.session import FILE, Session, begun, read, session_ids
from halodot.app.start import start_sliders
from halodot.errors import HalodotError, InputError, Problem
from halodot.study import Study
from halodot.study import library as shelves
from halodot.study.load import from_text, load_library_study

#: steps around the present one that are listed, and sessions
_STEPS, _SESSIONS = 12, 12
_PRESSED = """(event) => {
    const one = event.target.closest("button");
    if (one) emit(Number(one.value));
}"""
#: bytes that a study from a file may have, which come as one message of the page
_LARGEST = 600_000
_READ = f"""async (event) => {{
    const file = event.target.files[0];
    event.target.value = "";
    if (!file) return;
    const bytes = file.size > {_LARGEST} ? null : new Uint8Array(await file.arrayBuffer());
    emit(file.name, bytes && btoa(Array.from(bytes, one => String.fromCharCode(one)).join("")));
}}"""


class Steps:
    """The steps of the session in words, each of which one can go back or forward to."""

    def __init__(self, page: Host) -> None:
        """Args: ``page`` that they stand on."""
        self._page = page
        self._shown: tuple[tuple[int, str, bool], ...] = ()
        heading(2, "Steps")
        paragraph("The newest first; going back loses none of them until you change something there.", "aside")
        self._list = ui.html("", sanitize=False, tag="ol").classes("taken")  # made anew at every step, in one piece
        mark(self._list, reversed="", aria_label="Steps of this session")
        self._list.on("click", lambda event: self._pressed(event.args), js_handler=_PRESSED)
        self.refresh()

    def refresh(self) -> None:
        """Show the steps around the present one."""
        session = self._page.opened.session
        now = len(session.past)
        steps = (*session.past, session.present, *session.future)
        last = min(now + _STEPS, len(steps) - 1)
        places = range(last, max(now - _STEPS, 0) - 1, -1)
        shown = tuple((place, steps[place].about, place == now) for place in places)
        if shown == self._shown:
            return
        self._shown = shown
        self._list.set_content("".join(_as_item(*one) for one in shown))

    def _pressed(self, place: object) -> None:
        if type(place) is int:
            self._page.opened.go_to(place)


class Studies:
    """Another study in a session of its own: of the library, or from a file."""

    def __init__(self, page: Host) -> None:
        """Args: ``page`` that they stand on."""
        self._page = page
        heading(2, "Open another study")
        paragraph("It gets a session of its own; this one stays as it is.", "aside")
        names = shelves.studies()
        self._name = names[0]
        with element("div", classes="field"):
            label = element("label", "Study of the library")
            chosen = option_list("select", options_of((name, name) for name in names))
            mark(label, **{"for": f"c{chosen.id}"})
        chosen.on("change", lambda event: self._choose(str(event.args)), js_handler="(e) => emit(e.target.value)")
        button("Open it", self._library, "open the study of the library")
        with element("div", classes="field"):
            label = element("label", "Study from a file (YAML, or a zip that was saved here)")
            file = element("input", type="file", accept=".yaml,.yml,.zip")
            mark(label, **{"for": f"c{file.id}"})
        file.on("change", lambda event: self._file(event.args), js_handler=_READ)
        self._wrong = element("p", classes="problem", role="alert")

    def _choose(self, name: str) -> None:
        if name in shelves.studies():
            self._name = name

    def _library(self) -> None:
        self._open(lambda: load_library_study(self._name))

    def _file(self, args: object) -> None:
        name, text = (args[0], args[1]) if isinstance(args, list) and len(args) == 2 else ("", None)
        try:
            content = base64.b64decode(str(text or ""), validate=True)
        except ValueError:
            content = b""
        if not content:
            say(self._wrong, sentence(Problem("this file is empty, or too large for a study; choose one in YAML")))
            return
        self._open(lambda: _study_of(str(name), content))

    def _open(self, read_study: Callable[[], Study]) -> None:
        opened = self._page.opened
        try:
            study = read_study()
            session = begun(study, opened.folder.parent, start_sliders(study))
        except InputError as error:
            say(self._wrong, " ".join(f"{_where(one)}{sentence(one)}" for one in error.problems))
        except (HalodotError, OSError) as error:
            say(self._wrong, sentence(Problem(str(error) if isinstance(error, HalodotError) else "it cannot be kept")))
        else:
            self._page.run(f"location.assign({json.dumps(f'/session/{session.id}')})")


class Sessions:
    """The sessions that are kept, the one that was changed last first."""

    def __init__(self, page: Host) -> None:
        """Args: ``page`` that they stand on."""
        self._page = page
        heading(2, "Sessions")
        self._list = element("ul", aria_label="Sessions that are kept")
        button("List them again", self.look, "list the sessions again")
        self.look()

    def look(self) -> None:
        """List the sessions as they are now."""
        opened = self._page.opened
        home = opened.folder.parent
        self._list.clear()
        with self._list:
            for name in session_ids(home)[:_SESSIONS]:
                try:
                    session = read(home / name)
                except InputError:
                    continue
                with element("li"):
                    if name == opened.session.id:
                        element("strong", f"{session.title} (this one)")
                    else:
                        element("a", session.title, href=f"/session/{name}")
                    element("span", _told(session), "aside")


def _as_item(place: int, about: str, present: bool) -> str:
    """Return a step as an item of a list in HTML."""
    if present:
        return f'<li value="{place}" aria-current="step"><strong>{escape(about)} (now)</strong></li>'
    return f'<li value="{place}"><button type="button" class="step" value="{place}">{escape(about)}</button></li>'


def _told(session: Session) -> str:
    changed = datetime.fromtimestamp((session.folder / FILE).stat().st_mtime)
    return f"{changed:%Y-%m-%d %H:%M}, step {len(session.past) + 1}: {session.present.about}"


def _study_of(name: str, content: bytes) -> Study:
    """Return the study of a file that the browser has read.

    YAML has no folder, so that it may name no file beside it; a zip has its own.
    """
    if zipfile.is_zipfile(io.BytesIO(content)):
        return packed_study(content)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("this file is no text in UTF-8, as YAML is; choose a study in YAML") from None
    check_own_files(text)
    called = "".join(letter for letter in name if letter.isprintable() and letter not in "/\\:")[-80:]
    return from_text(text, called or "study.yaml")


def _where(problem: Problem) -> str:
    line = f"Line {problem.line}, " if problem.line else ""
    return f"{line}{problem.path}: " if problem.path else line
