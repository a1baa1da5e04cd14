"""Work in a second process: its answer, its errors, and its end."""

from __future__ import annotations

import os
import signal
import time
from multiprocessing import get_context

import pytest

from halodot.errors import InputError
from halodot.report import second_process as module
from halodot.report.second_process import in_second_process


@pytest.fixture(params=[True, False])
def copied(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether there is a second process."""
    if request.param and not hasattr(os, "fork"):
        pytest.skip("no process can be copied here")
    monkeypatch.setattr(module, "_can_copy", lambda: request.param)
    return bool(request.param)


def test_the_answer_comes_from_elsewhere(copied: bool) -> None:
    with in_second_process(lambda: (os.getpid(), "drawn")) as answer:
        process, drawn = answer()
    assert drawn == "drawn"
    assert (process != os.getpid()) == copied


def test_an_error_is_raised_here(copied: bool) -> None:
    def broken() -> None:
        raise InputError("no such figure")

    with pytest.raises(InputError, match="no such figure"), in_second_process(broken) as answer:
        answer()


def test_what_fails_here_ends_the_other_at_once(copied: bool) -> None:
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt), in_second_process(lambda: time.sleep(30)):
        raise KeyboardInterrupt
    assert time.monotonic() - began < 5.0


def test_what_is_killed_is_done_here(copied: bool) -> None:
    here = os.getpid()

    def die_elsewhere() -> int:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return 3

    with in_second_process(die_elsewhere) as answer:
        assert answer() == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no process can be copied here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_process_that_may_have_no_child_works_by_itself() -> None:
    with get_context("fork").Pool(1) as pool:  # whose processes are daemons
        assert pool.apply(_in_a_worker)


def _in_a_worker() -> bool:
    with in_second_process(os.getpid) as answer:
        return answer() == os.getpid()
