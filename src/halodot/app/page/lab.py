"""The lab's folder on the page: files are dropped, analysed, and laid beside the study; every click is in the plan."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from nicegui import background_tasks, context, ui

from halodot.app.lab import edits
from halodot.app.lab.bench import FindingRow, ItemView, LabView, has_files
from halodot.app.lab.edits import Written
from halodot.app.lab.given import findings_as_given
from halodot.app.lab.overlay import overlaid
from halodot.app.page.elements import button, element, heading, mark, paragraph, say, sentence
from halodot.app.page.host import Host
from halodot.app.page.lab_files import drop_zone, file_rows
from halodot.app.page.lab_item import ItemCard
from halodot.errors import InputError, Problem
from halodot.readers.column_maps import map_of

_REPLAY = (
    "Every choice stands in analysis.yaml. Put it beside your folder, into FOLDER.analysed, and "
    "halodot analyse FOLDER gives the same numbers."
)


class LabPart:
    """The part of the page that shows measured files."""

    def __init__(self, host: Host) -> None:
        """Make it in the present container."""
        self._host, self._client, self._desk = host, context.client, host.opened.lab
        self._cards: dict[str, ItemCard] = {}
        self._order: tuple[tuple[str, str], ...] = ()
        ui.add_head_html('<link rel="stylesheet" href="/static/lab.css">')
        ui.add_body_html('<script type="module" src="/static/lab.js"></script>')
        drop_zone()
        with element("div", classes="tools"):
            self._again = button("Look again", self._desk.look)
            self._stop = button("Stop", self._desk.stop, "stop looking at the files", hidden="")
        self._state = element("p", classes="aside", role="status")
        self._wrong = element("p", classes="warning", role="alert", hidden="")
        self._results = element("div", hidden="")
        with self._results:
            self._downloads()
        self._samples = element("div")
        self._files = element("details", hidden="")
        with self._files:
            self._counted = element("summary")
            self._rows = element("div")
        ui.on("halodot_uploaded", lambda _: self._desk.look())
        ui.on("halodot_window", lambda event: self._dragged(event.args))
        ui.on("halodot_theme", lambda _: self._redraw())
        self._client.on_delete(lambda: self._desk.remove(self))
        ui.on("halodot_lab_seen", lambda _: self._seen())
        self._desk.add(self)
        if self._desk.busy:
            self.show_busy(True)

    def refresh(self) -> None:
        """Put an earlier plan back where a step was undone or redone."""
        self._desk.follow()

    # ------------------------------------------------------------------------------------- what an analysis asks for

    def set_choice(self, item: ItemView, setting: str, value: Written) -> None:
        """Set one choice."""
        told = " to ".join(value) if isinstance(value, tuple) else str(value)
        about = f"{setting.replace('_', ' ')} {told} of {item.title}, {item.sample}"
        self._desk.do(partial(edits.set_choice, self._host.opened.folder, item.key, setting, value), about)

    def choose_anew(self, item: ItemView) -> None:
        """Leave every choice to the analysis."""
        about = f"choices of {item.title} anew, {item.sample}"
        self._desk.do(partial(edits.choose_anew, self._host.opened.folder, item.key), about)

    def move(self, item: ItemView, sample: str) -> None:
        """Move an analysis to another sample; what lies over the simulated curves follows."""

        edit = partial(edits.move_to_sample, self._host.opened.folder, item.key, sample)
        self._desk.do(edit, f"{item.title} of {item.main_file} is of {sample}", item.key)

    def set_file(self, item: ItemView, role: str, path: str) -> None:
        """Choose the file that plays a part in an analysis, none where empty."""
        edit = partial(edits.set_file, self._host.opened.folder, item.key, role, path)
        self._desk.do(edit, f"{role} of {item.title}, {item.main_file}: {path or 'none'}", item.key)

    def leave_out(self, item: ItemView) -> None:
        """Leave an analysis out."""
        about = f"left out {item.title} of {item.main_file}"
        self._desk.do(partial(edits.leave_out, self._host.opened.folder, item.key), about)

    def give(self, item: ItemView, finding: FindingRow) -> tuple[Problem, ...]:
        """Give a finding to the study, as one step."""
        about = f"{finding.label} {finding.value} {finding.unit} of {item.sample} given as measured"
        return self._host.opened.edit(lambda text, _: findings_as_given(text, finding.giving), about)

    def lay_over(self, item: ItemView, laid: bool) -> tuple[Problem, ...]:
        """Lay what was measured over the simulated curves, or take it away."""
        opened = self._host.opened
        if laid and not overlaid(opened.folder, (item.key,)):
            return (Problem("nothing of it can be laid over: no panel has its axes, or it does not reach their scale"),)
        rest = tuple(key for key in opened.state.overlays if key != item.key)
        overlays = (*rest, item.key) if laid else rest
        about = f"{item.title} of {item.sample} {'over' if laid else 'no longer over'} the simulated curves"
        opened.change(replace(opened.state, overlays=overlays), about)
        return ()

    def is_laid_over(self, item: ItemView) -> bool:
        """Whether what was measured lies over the simulated curves."""
        return item.key in self._host.opened.state.overlays

    def draw(self, card: ItemCard) -> None:
        """Ask for the pictures of an analysis and show them when they are there."""
        background_tasks.create(self._drawn(card))

    def run(self, code: str) -> None:
        """Run a line of JavaScript in the page."""
        self._client.run_javascript(code)

    # ------------------------------------------------------------------------------------------------------ the work

    def _seen(self) -> None:
        if has_files(self._host.opened.folder):
            self._desk.look()

    async def _drawn(self, card: ItemCard) -> None:
        try:
            views = await self._desk.pictures(card.item.key, self._host.opened.theme)
        except InputError as error:
            self.complain(error.problems)
            return
        with self._client:
            card.show_pictures(views)

    # -------------------------------------------------------------------------------------------------- what is shown

    def show_look(self, view: LabView) -> None:
        """Show what the last look found."""
        with self._client:
            self._show(view)

    def _show(self, view: LabView) -> None:
        values = sum(len(item.findings) for item in view.items)
        counts = (
            (len(view.files), "file", "files"),
            (len(view.items), "analysis", "analyses"),
            (values, "value", "values"),
        )
        said = ", ".join(f"{count} {one if count == 1 else several}" for count, one, several in counts)
        say(self._state, f"{view.title}: {said}" if view.title else said)
        for box in (self._results, self._files):
            mark(box, hidden=None if view.files else "")
        order = tuple((item.sample, item.key) for item in view.items)
        if order != self._order:
            self._order = order
            self._lay_out(view)
        else:
            for item in view.items:
                self._cards[item.key].show(item)
        say(self._counted, "Files and what they were taken for")
        self._rows.clear()
        with self._rows:
            file_rows(view.files, self._take_back, self._name_columns)

    def _lay_out(self, view: LabView) -> None:
        """Lay all analyses out anew, by sample; those that were open stay so."""
        were_open = {card.item.main_file + card.item.method for card in self._cards.values() if card.opened}
        self._samples.clear()
        self._cards = {}
        with self._samples:
            for sample in view.samples:
                heading(2, sample)
                for item in (item for item in view.items if item.sample == sample):
                    card = self._cards[item.key] = ItemCard(self, item)
                    if item.main_file + item.method in were_open:
                        mark(card.box, open="")

    def _downloads(self) -> None:
        name = self._host.opened.session.id
        self._saved = element("p")
        with self._saved:
            element("a", "analysis.yaml", href=f"/download/{name}/analysis.yaml", download="")
            element("span", " \N{MIDDLE DOT} ")
            element("a", "results.csv", href=f"/download/{name}/results.csv", download="")
        paragraph(_REPLAY, "hint")

    def complain(self, problems: tuple[Problem, ...]) -> None:
        """Show what is wrong, nothing where nothing is."""
        text = " ".join(sentence(problem) for problem in problems)
        say(self._wrong, text)
        mark(self._wrong, hidden=None if text else "")

    def show_busy(self, busy: bool) -> None:
        """Show whether a look is at work."""
        mark(self._stop, hidden=None if busy else "")
        mark(self._again, disabled="" if busy else None)
        mark(self._saved, hidden="" if busy else None)  # the files are being made anew
        if busy:
            say(self._state, "looking at the files")

    def show_progress(self, text: str) -> None:
        """Show how far the look is."""
        say(self._state, text)

    def _redraw(self) -> None:
        for card in self._cards.values():
            if card.opened:
                self.draw(card)

    def _dragged(self, args: object) -> None:
        if (
            isinstance(args, list)
            and len(args) == 4
            and all(isinstance(one, str) and len(one) < 100 for one in args[1:])
        ):
            card = self._cards.get(str(args[0]))
            if card is not None:
                card.drag(*args[1:])

    def _take_back(self, path: str) -> None:
        self._desk.do(partial(edits.take_back, self._host.opened.folder, path), f"took {path} back")

    def _name_columns(self, path: str, words: str) -> tuple[Problem, ...]:
        try:
            map_of(words)
        except InputError as error:
            return error.problems
        about = f"columns of {path}: {words}"
        self._desk.do(partial(edits.name_columns, self._host.opened.folder, path, words), about)
        return ()
