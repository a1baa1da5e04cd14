"""Work in processes beside this one: its pieces, its errors, and its end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from halodot.errors import InputError
from halodot.report import other_processes as module
from halodot.report.other_processes import OtherProcesses, other_processes


@pytest.fixture(params=[True, False])
def copied(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether there are other processes."""
    if request.param and not hasattr(os, "fork"):
        pytest.skip("no process can be copied here")
    monkeypatch.setattr(module, "_can_copy", lambda: request.param)
    return bool(request.param)


def unprepared() -> None:
    """Make ready for any work."""


def wait_until_ready(others: OtherProcesses[Any, Any]) -> None:
    """Wait until every process has prepared itself."""
    until = time.monotonic() + 20.0
    while not all(link.poll() for link in others._waiting) and time.monotonic() < until:
        time.sleep(0.01)


def test_the_answers_come_from_elsewhere(copied: bool) -> None:
    with other_processes(unprepared, lambda asked, piece: (os.getpid(), asked + piece)) as others:
        others.ask("a", ["b", "c"])
        answers = others.answers()
    assert {piece: made for piece, (_, made) in answers.items()} == {"b": "ab", "c": "ac"}
    assert all((process != os.getpid()) == copied for process, _ in answers.values())


def test_every_piece_is_made_once_by_whoever_is_free(copied: bool, tmp_path: Path) -> None:
    def work(asked: str, piece: str) -> int:
        with (tmp_path / piece).open("a", encoding="utf-8") as file:
            file.write(asked)
        time.sleep(1.0 if piece == "0" else 0.002)
        return os.getpid()

    pieces, told = [str(number) for number in range(40)], []
    with other_processes(unprepared, work) as others:
        wait_until_ready(others)
        others.ask("x", pieces)
        answers = others.answers(told.append)
    assert list(answers) == pieces
    assert sorted(told, key=int) == pieces
    assert {piece: (tmp_path / piece).read_text(encoding="utf-8") for piece in pieces} == dict.fromkeys(pieces, "x")
    if copied:
        makers = list(answers.values())
        assert len(set(makers)) == 2
        assert makers.count(makers[0]) < 10  # the one that got the long piece


def test_nothing_is_asked_for(copied: bool) -> None:
    with other_processes(unprepared, lambda asked, piece: piece) as others:
        others.ask("a", [])
        assert others.answers() == {}


def test_what_is_prepared_is_there(copied: bool) -> None:
    prepared: list[str] = []
    with other_processes(lambda: prepared.append("loaded"), lambda asked, piece: list(prepared)) as others:
        others.ask(0, ["a", "b"])
        answers = others.answers()
    assert answers == dict.fromkeys(["a", "b"], ["loaded"] if copied else [])
    assert prepared == []


def test_one_prepares_itself_after_the_other(copied: bool, tmp_path: Path) -> None:
    def prepare() -> None:
        before = time.monotonic()
        time.sleep(0.2)
        (tmp_path / str(os.getpid())).write_text(f"{before} {time.monotonic()}", encoding="utf-8")

    with other_processes(prepare, lambda asked, piece: piece) as others:
        wait_until_ready(others)
    spans = sorted(tuple(map(float, file.read_text(encoding="utf-8").split())) for file in tmp_path.iterdir())
    assert len(spans) == (2 if copied else 0)
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))


def test_an_error_is_raised_here(copied: bool) -> None:
    def broken(asked: int, piece: str) -> None:
        raise InputError(f"no such figure as {piece}")

    with other_processes(unprepared, broken) as others:
        others.ask(0, ["a"])
        with pytest.raises(InputError, match="no such figure as a"):
            others.answers()


def test_what_fails_here_ends_the_others_at_once(copied: bool) -> None:
    began = time.monotonic()
    interrupted = other_processes(unprepared, lambda asked, piece: time.sleep(30))
    others = interrupted.__enter__()
    if copied:
        others.ask(0, ["a", "b"])
    with pytest.raises(KeyboardInterrupt):
        interrupted.gen.throw(KeyboardInterrupt())
    assert time.monotonic() - began < 5.0


def test_those_that_are_not_asked_end_however_soon(copied: bool) -> None:
    began = time.monotonic()
    before = len(os.listdir("/proc/self/fd")) if copied else 0
    for _ in range(12):
        with other_processes(unprepared, lambda asked, piece: piece):
            pass
    assert time.monotonic() - began < 6.0
    assert not copied or len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize("soon", [True, False])
def test_what_is_killed_is_done_here(copied: bool, soon: bool) -> None:
    here = os.getpid()

    def die_elsewhere() -> None:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)

    def work(asked: int, piece: str) -> int:
        die_elsewhere()
        return asked + 1

    with other_processes(die_elsewhere if soon else unprepared, work) as others:
        time.sleep(0.2 if copied and soon else 0.0)  # until none is there any more
        others.ask(2, ["a", "b", "c"])
        assert others.answers() == {"a": 3, "b": 3, "c": 3}


@pytest.mark.skipif(sys.platform != "linux", reason="processes are copied on Linux alone")
def test_the_others_end_when_this_one_is_killed(tmp_path: Path) -> None:
    code = (
        "import os, pathlib, sys, time\n"
        "from halodot.report import other_processes as module\n"
        "module._can_copy = lambda: True\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "prepare = lambda: (folder / str(os.getpid())).touch()\n"
        "with module.other_processes(prepare, lambda asked, piece: piece):\n"
        "    while len(list(folder.iterdir())) < 2: time.sleep(0.01)\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False, timeout=30)
    pids = [path.name for path in tmp_path.iterdir()]
    assert len(pids) == 2
    until = time.monotonic() + 10.0
    while any(_runs(pid) for pid in pids) and time.monotonic() < until:
        time.sleep(0.02)
    assert not any(_runs(pid) for pid in pids)


def _runs(pid: str) -> bool:
    """Whether a process is there and has not ended."""
    try:
        stat = Path("/proc", pid, "stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no process can be copied here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_process_that_may_have_no_child_works_by_itself() -> None:
    with get_context("fork").Pool(1) as pool:  # whose processes are daemons
        assert pool.apply(_in_a_worker)


def _in_a_worker() -> bool:
    with other_processes(unprepared, lambda asked, piece: os.getpid()) as others:
        others.ask(0, ["a"])
        return others.answers() == {"a": os.getpid()}
