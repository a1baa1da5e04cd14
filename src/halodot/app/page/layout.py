"""One page: the parts that change the study on its left, what follows on its right."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

from nicegui import Client, app, ui

from halodot.app.charts import PANELS
from halodot.app.job_process import problems_of
from halodot.app.live import Frame
from halodot.app.opened import OpenSession
from halodot.app.page.as_json import as_json
from halodot.app.page.elements import Tabs, button, choice, element, heading, mark, say, sentence
from halodot.app.page.host import Builder, Part
from halodot.app.page.live import LiveArea
from halodot.app.page.sliders import Sliders

#: seconds after which a page that has not said that it drew a frame is sent the next
DRAWN_WITHIN = 1.0


class Page:
    """What one tab of a browser shows of an open session."""

    def __init__(self, opened: OpenSession, client: Client, parts: dict[str, tuple[str, Builder]]) -> None:
        """Lay the page out.

        Args:
            opened: the session.
            client: the browser's tab.
            parts: title and builder of every tab on the left, by key.
        """
        self.opened, self._client = opened, client
        self._in_sight: tuple[str, ...] = tuple(PANELS)
        self._sent: dict[str, bytes] = {}  # panels as the browser shows them
        self._with_table: tuple[str, ...] = ()
        self._waiting: Frame | None = None
        self._drawing = 0  # serial of the frame that the browser draws, 0 for none
        self._timer: asyncio.TimerHandle | None = None
        self._parts: list[Part] = []
        self._fault = ""  # what failed since the last step
        self._away = False  # whether the browser was there and is gone: reloaded, or out of reach for a while
        self._missed = False  # whether a step was taken meanwhile
        self._head()
        with element("main", classes="columns", id_="content"):
            with element("section", classes="edit", aria_label="Study"):
                tabs = Tabs("Parts of the study", {key: title for key, (title, _) in parts.items()})
                for key, (_, build) in parts.items():
                    with tabs.parts[key]:
                        self._parts.append(build(self))
            with element("section", classes="live", aria_label="What follows"):
                self.sliders = Sliders(self)
                self._parts.append(self.sliders)
                self._parts.append(LiveArea(self))
        self._listen()
        opened.add(self)
        client.on_delete(self._gone)
        client.on_disconnect(self._left)
        client.on_connect(self._back)
        client.on_exception(self._failed)
        opened.follow()

    # ---------------------------------------------------------------------------------------- what the session tells

    def show(self, frame: Frame) -> None:
        """Send a frame to the browser, the newest alone where it still draws another; none while it is away."""
        if self._away:
            return
        if self._drawing:
            self._waiting = frame
            return
        text = as_json(frame, self._sent)
        self._drawing = frame.serial
        self._client.run_javascript(f"halodot.show({text})")
        self._sent.update(frame.panels)
        self._later(frame.serial)

    def refresh(self) -> None:
        """Show the session's state anew in every part, to a browser that is away when it is back."""
        if self._away:
            self._missed = True
            return
        with self._client:
            self._fault = ""
            self._client.run_javascript(f"halodot.busy({self.opened.asked})")
            self._title()
            for part in self._parts:
                try:
                    part.refresh()
                except Exception as error:  # the other parts show the step all the same
                    app.handle_exception(error)

    def panels(self) -> tuple[str, ...]:
        """Names of the panels that are in sight."""
        return () if self._away else self._in_sight

    def tables(self) -> tuple[str, ...]:
        """Names of the panels whose numbers are shown as well."""
        return () if self._away else self._with_table

    def put_under_a_slider(self, path: str) -> None:
        """Put a number of the study under a slider, or take it away where it has one."""
        state = self.opened.state
        there = path in state.sliders
        sliders = tuple(one for one in state.sliders if one != path) if there else (*state.sliders, path)
        self.opened.change(replace(state, sliders=sliders), f"{'removed' if there else 'added'} the slider of {path}")

    def run(self, code: str) -> None:
        """Run a line of page.js in this page."""
        self._client.run_javascript(code)

    # ------------------------------------------------------------------------------------------------ what is laid out

    def _head(self) -> None:
        element("a", "Skip to the study", "skip", href="#content")
        with element("header", classes="head"):
            self._heading = heading(1, "")
            element("span", classes="state", id_="state", role="status")
            with element("div", classes="tools"):
                self._undo = button("Undo", self.opened.undo, aria_keyshortcuts="Control+Z")
                self._redo = button("Redo", self.opened.redo, aria_keyshortcuts="Control+Y")
                options = {"": "as the computer", "light": "light", "dark": "dark"}
                choice("Theme", options, "", lambda name: self.run(f"halodot.theme({json.dumps(name)})"))
            self._about = element("p", classes="about")
        self._mistakes = element("div", classes="mistakes", role="alert")
        self._title()

    def _title(self) -> None:
        session = self.opened.session
        study = self.opened.study
        title = (study.title.strip() or study.name) if study is not None else session.title
        say(self._heading, title)
        say(self._about, f"Last step: {session.present.about}. Kept in session {session.id}.")
        for made, steps in ((self._undo, session.past), (self._redo, session.future)):
            mark(made, disabled=None if steps else "")
        self._complain()

    def _complain(self) -> None:
        problems = [str(problem) for problem in self.opened.problems]
        say(self._mistakes, " ".join(filter(None, (self._fault, self.opened.unkept, *problems))))

    def _failed(self, error: Exception) -> None:
        """Say that something failed that nothing else tells of; the terminal says where."""
        self._fault = " ".join(sentence(problem) for problem in problems_of(error))
        self._complain()

    # -------------------------------------------------------------------------------------------- what the browser says

    def _listen(self) -> None:
        ui.on("halodot_drawn", lambda event: self._drawn(event.args))
        ui.on("halodot_panels", lambda event: self._seen(event.args))
        ui.on("halodot_tables", lambda event: self._tabulated(event.args))
        ui.on("halodot_theme", lambda event: self._themed(event.args))
        ui.on("halodot_let_go", lambda _: self.opened.let_go())
        ui.on("halodot_key", lambda event: self._key(event.args))

    def _drawn(self, args: object) -> None:
        """The browser has drawn a frame: it is sent the newest that came meanwhile."""
        self._drawing = 0
        frame, self._waiting = self._waiting, None
        if frame is not None:
            self.show(frame)

    def _later(self, serial: int) -> None:
        """Wait no longer than this for word that a frame was drawn: a tab out of sight draws none."""

        def free() -> None:
            if self._drawing == serial:
                self._drawn(serial)

        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(DRAWN_WITHIN, free)

    def _left(self) -> None:
        """The browser is gone: what it would be shown waits until it is back, or nobody ever asks for it."""
        self._away = not self._client.has_socket_connection

    def _back(self) -> None:
        """The browser is there: for the first time, or again after a while."""
        was_away, self._away = self._away, False
        if not was_away:
            return
        if self._missed:
            self._missed = False
            self.refresh()
        self.opened.follow()

    def _gone(self) -> None:
        self.opened.remove(self)
        if self._timer is not None:
            self._timer.cancel()

    def _seen(self, args: object) -> None:
        names = args if isinstance(args, list) else []
        in_sight = tuple(name for name in PANELS if name in names)
        more = set(in_sight) - set(self._in_sight)
        self._in_sight = in_sight
        if more:
            self.opened.follow()

    def _tabulated(self, args: object) -> None:
        names = args if isinstance(args, list) else []
        self._with_table = tuple(name for name in PANELS if name in names)
        self.opened.follow()

    def _themed(self, args: object) -> None:
        theme = "dark" if args == "dark" else "light"
        if theme != self.opened.theme:
            self.opened.theme = theme
            self.opened.follow()

    def _key(self, args: object) -> None:
        if args == "undo":
            self.opened.undo()
        elif args == "redo":
            self.opened.redo()
