"""Long work beside the page: the answers of direct calls, progress, a stop that leaves nothing, errors as sentences."""

from __future__ import annotations

import asyncio
import math
import os
import re
import time
import zipfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from fit_devices import HOLE_ONLY
from job_stubs import GO_ON, STANDS_STILL, STILL_AFTER, STUBS, still_sweep

import halodot
from halodot.app.exports import exported_study, packed_study, zipped
from halodot.app.job_process import Bars, Curves, Done, Line, Place, Rows, problems_of
from halodot.app.jobs import Job, JobRunner, JobState, Progress
from halodot.app.kept_jobs import keep
from halodot.app.work import WORKS, steps, uploaded
from halodot.errors import DataError, InputError
from halodot.outputs import write_text
from halodot.report.sweep_table import rows
from halodot.study.load import from_text

MOBILITY = "device.layers.organic.hole_mobility"
VARY = f"{MOBILITY}=1e-6..1e-4 cm2/Vs:3:log"
Found = TypeVar("Found")
#: seconds after which a test has failed, on however busy a machine
PATIENCE = 120.0


def with_runner(folder: Path, use: Callable[[JobRunner], Awaitable[Found]], works: Mapping[str, Any] = STUBS) -> Found:
    """Use a runner on an event loop, and close it."""

    async def run() -> Found:
        runner = JobRunner(folder, works)
        try:
            return await asyncio.wait_for(use(runner), PATIENCE)
        finally:
            runner.close()

    return asyncio.run(run())


@pytest.mark.explore
def test_a_job_gives_what_the_direct_call_gives_and_its_files_lie_in_the_session(tmp_path: Path) -> None:
    async def use(runner: JobRunner) -> JobState:
        return await runner.start("sweep", {"study": HOLE_ONLY, "vary": [VARY]}).finished()

    state = with_runner(tmp_path, use, WORKS)
    direct = halodot.sweep(from_text(HOLE_ONLY), {MOBILITY: "1e-6..1e-4 cm2/Vs:3:log"}, workers=1)
    assert state.phase == "done"
    assert state.outcome is not None
    assert state.outcome.tables[0].rows == tuple(rows(direct))
    assert (tmp_path / "out" / "sweep.csv").read_text(encoding="utf-8").startswith(MOBILITY)
    assert sorted(os.listdir(tmp_path)) == ["jobs", "out"]
    assert os.listdir(tmp_path / "out") == ["sweep.csv"]


def test_what_came_of_a_job_is_there_when_the_server_is_back(tmp_path: Path) -> None:
    nan = math.nan
    lines = Line("m", (0.0, 1.0), (1e-3, nan), True), Line("w", ("a", "b"), (1.0, 2.0))
    outcome = Done(
        ("7 points.",),
        (Rows("Every point", ("a", "b"), (("1", "2"), ("3", "")), ("x.y", ""), "eqe"),),
        (
            Bars("Uncertain", "EQE (%)", 20.0, ("one", "two"), (18.0, nan), (25.0, 21.0), True, "eqe"),
            Curves("J-V", "V", "J", lines, (False, True)),
        ),
        ("sweep.csv",),
        ("a remark",),
        {"x.y": {"value": "1 nm", "kind": "calibrated"}},
    )
    asked = {"study": "halodot: 1", "vary": ["x.y=1,2"]}
    keep(tmp_path, "sweep", asked, outcome)
    keep(tmp_path, "unknown", asked, outcome)
    write_text(tmp_path / "jobs" / "limits.json", "{half of it")

    async def use(runner: JobRunner) -> tuple[Job | None, Job | None]:
        return runner.latest("sweep"), runner.latest("limits")

    job, broken = with_runner(tmp_path, use, WORKS)
    assert broken is None
    assert job is not None
    assert (job.state.phase, job.arguments) == ("done", asked)
    assert repr(job.state.outcome) == repr(outcome)


def test_an_outcome_outlives_the_runner_that_made_it(tmp_path: Path) -> None:
    async def use(runner: JobRunner) -> JobState:
        return await runner.start("counting", {}).finished()

    async def look(runner: JobRunner) -> Job | None:
        assert not runner.jobs
        return runner.latest("counting")

    state = with_runner(tmp_path, use)
    again = with_runner(tmp_path, look)
    assert again is not None
    assert again.state.outcome == state.outcome


def test_the_time_left_is_told_when_there_is_enough_to_tell_it_from() -> None:
    begun = Progress("simulating", 110, 1000, first=100, since=10.0)
    assert replace(begun, done=100).seconds_left(100.0) is None
    assert replace(begun, done=300).seconds_left(11.0) is None
    assert replace(begun, done=300).seconds_left(20.0) == pytest.approx(35.0)
    assert Progress("reading").seconds_left(100.0) is None


def test_a_stored_sweep_that_is_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    asked = {"study": HOLE_ONLY, "vary": [f"{MOBILITY}=1e-6..1e-4 cm2/Vs:12:log"], "stored": True, "workers": 1}

    async def use(runner: JobRunner) -> tuple[JobState, JobState]:
        far = asyncio.Event()
        stopped = runner.start("sweep", asked, lambda state: far.set() if state.progress.text == STANDS_STILL else None)
        await far.wait()
        runner.stop(stopped)
        state = await stopped.finished()
        write_text(tmp_path / GO_ON, "")
        return state, await runner.start("sweep", asked).finished()

    stopped, done = with_runner(tmp_path, use, {"sweep": still_sweep})
    assert (stopped.phase, done.phase) == ("stopped", "done")
    assert done.outcome is not None
    found = re.search(r"12 points, (\d+) of them before", done.outcome.said[0])
    assert found is not None
    assert STILL_AFTER <= int(found[1]) < 12
    assert len((tmp_path / "out" / "sweep.csv").read_text(encoding="utf-8").splitlines()) == 13


def test_progress_never_goes_back_and_jobs_follow_one_another(tmp_path: Path) -> None:
    seen: list[tuple[int, str, int]] = []

    async def use(runner: JobRunner) -> list[JobState]:
        jobs = [runner.start("counting", {}) for _ in range(2)]
        for place, job in enumerate(jobs):
            job.listen(lambda state, place=place: seen.append((place, state.phase, state.progress.done)))
        assert [job.state.phase for job in jobs] == ["running", "waiting"]
        assert runner.jobs == tuple(jobs)
        return [await job.finished() for job in jobs]

    states = with_runner(tmp_path, use)
    assert [state.phase for state in states] == ["done", "done"]
    assert [place for place, _, _ in seen] == sorted(place for place, _, _ in seen)
    for place in (0, 1):
        counts = [done for own, phase, done in seen if own == place and phase == "running"]
        assert counts == sorted(counts)
        assert counts[-1] >= 3
        assert len(counts) >= 3
    assert (tmp_path / "out" / "counted.txt").read_text(encoding="utf-8") == "5"


def test_a_stop_ends_the_process_at_once_and_leaves_nothing(tmp_path: Path) -> None:
    async def use(runner: JobRunner) -> tuple[int, float, JobState]:
        begun = asyncio.Event()
        job = runner.start("sleeping", {}, lambda state: begun.set() if state.progress.text else None)
        waiting = runner.start("sleeping", {})
        await begun.wait()
        process = int(job.state.progress.text.rpartition(" ")[2])
        runner.stop(waiting)
        assert waiting.state.phase == "stopped"
        assert runner.jobs == (job,)
        at = time.perf_counter()
        runner.stop(job)
        while runner.jobs:
            await asyncio.sleep(0.01)
        return process, time.perf_counter() - at, job.state

    process, took, state = with_runner(tmp_path, use)
    assert took < 10.0  # it would sleep for a minute
    assert state.phase == "stopped"
    assert state.outcome is None
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    assert [path for path in tmp_path.rglob("*") if path.is_file() or path.name.startswith(".")] == []


def test_errors_arrive_as_sentences_and_the_next_job_goes_on(tmp_path: Path) -> None:
    async def use(runner: JobRunner) -> list[JobState]:
        wrong = HOLE_ONLY.replace("100 nm", "100 kg")
        asked = [("sweep", {"study": wrong, "vary": [VARY]}), ("failing", {}), ("dying", {}), ("counting", {})]
        return [await runner.start(kind, arguments).finished() for kind, arguments in asked]

    read, failed, died, after = with_runner(tmp_path, use, {**WORKS, **STUBS})
    (problem,) = read.problems
    assert problem.path == "device.layers.organic.thickness"
    assert "kg" in problem.message
    assert problem.line == 8
    assert read.phase == failed.phase == died.phase == "failed"
    assert after.phase == "done"
    assert failed.problems[0].message.startswith("halodot failed here (KeyError)")
    assert "secret" not in str(failed.problems)
    assert "Traceback" not in str(failed.problems)
    assert "no memory left" in died.problems[0].message


def test_what_a_killed_server_left_is_removed_and_an_unknown_job_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".job-7").mkdir()
    write_text(tmp_path / ".job-7" / "half.txt", "half")

    async def use(runner: JobRunner) -> None:
        with pytest.raises(InputError, match="no work called 'dance'"):
            runner.start("dance", {})

    with_runner(tmp_path, use)
    assert os.listdir(tmp_path) == []


def test_errors_of_every_kind_have_words_of_their_own() -> None:
    assert problems_of(DataError("no columns"))[0].message == "no columns"
    assert "memory" in problems_of(MemoryError())[0].message
    full = problems_of(OSError(28, "No space left on device", "/home/somebody/x"))[0].message
    assert "make room" in full
    assert "somebody" not in full


def test_lines_that_count_say_how_far_the_line_before_them_is() -> None:
    heard: list[tuple[Any, ...]] = []
    take = steps(lambda *said: heard.append(said))
    for line in ("drawing the figures", "  3 of 14 figures", "report.html"):
        take(line)
    assert heard == [("drawing the figures",), ("drawing the figures", 3, 14), ("report.html",)]


@pytest.mark.parametrize("name", ["../secret.csv", "/etc/hostname", "", "none.csv", "a\0b"])
def test_a_file_that_was_not_uploaded_is_never_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "lab").mkdir()
    write_text(tmp_path / "secret.csv", "1")
    with pytest.raises(InputError, match="was uploaded"):
        uploaded(Place(tmp_path, tmp_path), name)


def test_a_study_is_exported_to_the_letter_and_with_the_files_that_it_names(tmp_path: Path) -> None:
    assert exported_study(HOLE_ONLY, tmp_path) == ("study.yaml", HOLE_ONLY.encode())
    table = "wavelength (nm),n,k\n" + "".join(f"{at},1.8,0.0\n" for at in range(300, 1000, 50))
    write_text(tmp_path / "organic.csv", table)
    named = HOLE_ONLY.replace("thickness: 100 nm", "thickness: 100 nm\n        table: organic.csv")
    name, content = exported_study(named, tmp_path)
    (tmp_path / name).write_bytes(content)
    with zipfile.ZipFile(tmp_path / name) as archive:
        assert archive.namelist() == ["study.yaml", "inputs/organic.csv"]
        archive.extractall(tmp_path / "again")
    again = halodot.load(tmp_path / "again" / "study.yaml")
    assert again.inputs == from_text(named, folder=tmp_path).inputs
    opened = packed_study(content)
    assert opened.inputs == again.inputs
    assert list(opened.files.values()) == [table]


def test_a_zip_that_the_page_did_not_save_is_refused_and_leads_nowhere(tmp_path: Path) -> None:
    def packed(**files: str) -> bytes:
        with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
            for name, text in files.items():
                archive.writestr(name, text)
        return (tmp_path / "x.zip").read_bytes()

    for content in (
        b"",
        b"PK\x03\x04 nothing",
        packed(other="1"),
        packed(**{"study.yaml": "\udcff".encode("utf-8", "surrogatepass").decode("latin-1")}),
    ):
        with pytest.raises(InputError):
            packed_study(content)
    with pytest.raises(InputError, match="outside this session"):
        packed_study(packed(**{"study.yaml": "halodot: 1\nextends: ../x.yaml\n", "../x.yaml": "halodot: 1\n"}))
    assert packed_study(packed(**{"study.yaml": HOLE_ONLY, "../up.txt": "1", "inputs/../../up.txt": "1"})).files == {}
    assert not (tmp_path.parent / "up.txt").exists()


def test_the_same_files_make_the_same_zip(tmp_path: Path) -> None:
    (tmp_path / "of").mkdir()
    for name in ("b.txt", "a.txt"):
        write_text(tmp_path / "of" / name, name)
    zipped(tmp_path / "of", tmp_path / "one.zip")
    os.utime(tmp_path / "of" / "a.txt", (1e9, 1e9))
    zipped(tmp_path / "of", tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
