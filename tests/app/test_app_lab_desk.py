"""The measured files of a session under several pages: clicks that come while a look is at work, undone or not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import halodot
from halodot.app.lab import bench, desk, edits
from halodot.app.lab.bench import LabView
from halodot.app.lab.places import places_of
from halodot.app.live import Frame, Live, Request
from halodot.app.opened import OpenSession
from halodot.app.session import begun
from halodot.errors import Problem
from halodot.lab.plan_file import read_plan


class Still(Live):
    """Computes nothing."""

    def __init__(self, deliver: Callable[[Frame], None]) -> None:
        super().__init__(deliver)

    def start(self) -> None:
        """Start no process."""

    def exact(self, request: Request) -> None:
        """Compute nothing."""


class Looker:
    """Looks in a thread, no sooner than it is let, and never twice at a time."""

    def __init__(self, session: Path, told: Callable[[str], None]) -> None:
        self.session, self.at_work, self.looks = session, 0, 0
        self.let = asyncio.Event()

    async def look(self) -> LabView:
        """Look at the files."""
        self.at_work, self.looks = self.at_work + 1, self.looks + 1
        assert self.at_work == 1
        await self.let.wait()
        view = await asyncio.to_thread(bench.look, self.session)
        self.at_work -= 1
        return view

    def stop(self) -> None:
        """Stop nothing."""

    def close(self) -> None:
        """Close nothing."""


class Tab:
    """A page that notes what it is told."""

    def __init__(self, opened: OpenSession) -> None:
        self.opened = opened
        self.views: list[LabView] = []
        self.busy: list[bool] = []
        self.wrong: tuple[Problem, ...] = ()
        opened.lab.add(self)
        opened.add(self)

    def show_look(self, view: LabView) -> None:
        """Note what was found."""
        self.views.append(view)

    def show_busy(self, busy: bool) -> None:
        """Note whether a look is at work."""
        self.busy.append(busy)

    def show_progress(self, text: str) -> None:
        """Note nothing."""

    def complain(self, problems: tuple[Problem, ...]) -> None:
        """Note what is wrong."""
        self.wrong = problems

    def show(self, frame: Frame) -> None:
        """Note nothing."""

    def refresh(self) -> None:
        """Follow the session, as the page does."""
        self.opened.lab.follow()

    def panels(self) -> tuple[str, ...]:
        """Show nothing."""
        return ()

    def tables(self) -> tuple[str, ...]:
        """Show nothing."""
        return ()


Scenario = Callable[[OpenSession, Looker, tuple[Tab, Tab]], Awaitable[None]]


def driven(folder: Path, monkeypatch: pytest.MonkeyPatch, scenario: Scenario) -> None:
    """Run a scenario with a session whose two files were looked at once, under two pages."""
    monkeypatch.setattr(desk, "LabWorker", Looker)

    async def run() -> None:
        session = begun(halodot.load("recipe-only"), folder)
        (session.folder / "lab").mkdir()
        wavelength = np.arange(580.0, 720.0, 0.5)
        for name, peak in (("5AVA", 645.0), ("OA", 648.0)):
            lines = [f"{x:.1f}\t{1e4 * np.exp(-(((x - peak) / 20.0) ** 2)) + 10.0:.2f}" for x in wavelength]
            text = "\n".join(["Wavelength (nm)\tCounts", *lines, ""])
            (session.folder / "lab" / f"PL_{name}.txt").write_text(text, encoding="utf-8")
        opened = OpenSession(session, Still)
        looker = opened.lab._worker
        assert isinstance(looker, Looker)
        pages = Tab(opened), Tab(opened)
        looker.let.set()
        opened.lab.look()
        await settled(opened)
        looker.let.clear()
        async with asyncio.timeout(30.0):
            await scenario(opened, looker, pages)
        await opened.close()

    asyncio.run(run())


async def settled(opened: OpenSession) -> None:
    """Wait until no look is at work."""
    while opened.lab.busy:
        await asyncio.sleep(0.005)


async def begun_looks(looker: Looker, count: int) -> None:
    """Wait until so many looks have begun."""
    while looker.looks < count:
        await asyncio.sleep(0.005)


def choose(opened: OpenSession, page: Tab, place: int, word: str) -> None:
    """Choose a background on a page."""
    item = page.views[-1].items[place]
    opened.lab.do(partial(edits.set_choice, opened.folder, item.key, "background", word), f"{item.sample} {word}")


def backgrounds(opened: OpenSession) -> list[object]:
    """What the plan says now."""
    return [item.settings["background"] for item in read_plan(places_of(opened.folder).plan).items]


def test_clicks_on_two_pages_during_a_look_are_all_written_and_shown_on_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(opened: OpenSession, looker: Looker, pages: tuple[Tab, Tab]) -> None:
        first, other = pages
        choose(opened, first, 0, "none")
        await begun_looks(looker, 2)
        choose(opened, other, 1, "none")
        choose(opened, first, 0, "linear")
        choose(opened, first, 0, "none")
        looker.let.set()
        await settled(opened)
        assert backgrounds(opened) == ["none", "none"]
        assert looker.looks == 3
        assert opened.session.present.about == "OA none; 5AVA linear; 5AVA none"
        assert [step.about for step in opened.session.past][-1] == "5AVA none"
        for page in pages:
            assert len(page.views) == 3
            assert page.busy == [True, False, True, False]
            assert page.wrong == ()

    driven(tmp_path, monkeypatch, scenario)


def test_a_step_that_is_undone_during_its_look_stays_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(opened: OpenSession, looker: Looker, pages: tuple[Tab, Tab]) -> None:
        before, plan = backgrounds(opened), opened.state.plan
        steps = len(opened.session.past)
        choose(opened, pages[0], 0, "none")
        await begun_looks(looker, 2)
        assert len(opened.session.past) == steps + 1
        opened.undo()
        looker.let.set()
        await settled(opened)
        assert backgrounds(opened) == before
        assert (len(opened.session.past), len(opened.session.future)) == (steps, 1)
        assert opened.state.plan == plan
        opened.redo()
        await settled(opened)
        assert backgrounds(opened) == ["none", before[1]]

    driven(tmp_path, monkeypatch, scenario)


def test_undo_takes_the_click_that_waits_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(opened: OpenSession, looker: Looker, pages: tuple[Tab, Tab]) -> None:
        before, step = backgrounds(opened), opened.session.present
        opened.lab.look()
        await begun_looks(looker, 2)
        choose(opened, pages[0], 0, "none")
        opened.undo()
        looker.let.set()
        await settled(opened)
        assert backgrounds(opened) == before
        assert opened.session.present == step

    driven(tmp_path, monkeypatch, scenario)


def test_what_changes_nothing_is_no_step_and_what_cannot_be_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(opened: OpenSession, looker: Looker, pages: tuple[Tab, Tab]) -> None:
        looker.let.set()
        step = opened.session.present
        choose(opened, pages[0], 0, str(backgrounds(opened)[0]))
        choose(opened, pages[0], 0, "purple")
        await settled(opened)
        assert opened.session.present == step
        assert all("purple" in str(page.wrong[0]) for page in pages)

    driven(tmp_path, monkeypatch, scenario)
