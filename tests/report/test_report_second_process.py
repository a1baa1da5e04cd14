"""Work in a second process: its answer, its errors, and its end."""

from __future__ import annotations

import os
import signal
import time
from multiprocessing import get_context

import pytest

from halodot.errors import InputError
from halodot.report import second_process as module
from halodot.report.second_process import second_process


@pytest.fixture(params=[True, False])
def copied(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether there is a second process."""
    if request.param and not hasattr(os, "fork"):
        pytest.skip("no process can be copied here")
    monkeypatch.setattr(module, "_can_copy", lambda: request.param)
    return bool(request.param)


def unprepared() -> None:
    """Make ready for any work."""


def test_the_answer_comes_from_elsewhere(copied: bool) -> None:
    with second_process(unprepared, lambda asked: (os.getpid(), asked + 1)) as other:
        other.ask(2)
        process, answer = other.answer()
    assert answer == 3
    assert (process != os.getpid()) == copied


def test_what_is_prepared_is_there(copied: bool) -> None:
    prepared: list[str] = []
    with second_process(lambda: prepared.append("loaded"), lambda asked: (os.getpid(), list(prepared))) as other:
        other.ask(0)
        _, seen = other.answer()
    assert seen == (["loaded"] if copied else [])
    assert prepared == []


def test_an_error_is_raised_here(copied: bool) -> None:
    def broken(asked: int) -> None:
        raise InputError("no such figure")

    with second_process(unprepared, broken) as other:
        other.ask(0)
        with pytest.raises(InputError, match="no such figure"):
            other.answer()


def test_what_fails_here_ends_the_other_at_once(copied: bool) -> None:
    began = time.monotonic()
    interrupted = second_process(unprepared, lambda asked: time.sleep(30))
    other = interrupted.__enter__()
    if copied:
        other.ask(0)
    with pytest.raises(KeyboardInterrupt):
        interrupted.gen.throw(KeyboardInterrupt())
    assert time.monotonic() - began < 5.0


def test_one_that_is_not_asked_ends_however_soon(copied: bool) -> None:
    began = time.monotonic()
    for _ in range(40):
        with second_process(unprepared, lambda asked: asked):
            pass
    assert time.monotonic() - began < 20.0


@pytest.mark.parametrize("soon", [True, False])
def test_what_is_killed_is_done_here(copied: bool, soon: bool) -> None:
    here = os.getpid()

    def die_elsewhere() -> None:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)

    def work(asked: int) -> int:
        die_elsewhere()
        return asked + 1

    with second_process(die_elsewhere if soon else unprepared, work) as other:
        other.ask(2)
        assert other.answer() == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no process can be copied here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_process_that_may_have_no_child_works_by_itself() -> None:
    with get_context("fork").Pool(1) as pool:  # whose processes are daemons
        assert pool.apply(_in_a_worker)


def _in_a_worker() -> bool:
    with second_process(unprepared, lambda asked: os.getpid()) as other:
        other.ask(0)
        return other.answer() == os.getpid()
