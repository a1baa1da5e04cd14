"""Sessions of the page: steps back and forward, and the file that keeps them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import halodot
from halodot.app.own_files import check_own_files, names_a_file
from halodot.app.session import (
    MOST_STEPS,
    Pin,
    Session,
    at_step,
    begun,
    changed,
    is_session_id,
    read,
    redone,
    session_ids,
    sessions_folder,
    undone,
    write,
)
from halodot.errors import InputError
from halodot.study.load import from_text


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return begun(halodot.load("recipe-only"), tmp_path, ("recipe.pot[0].mass",))


def test_a_session_begins_with_the_study_as_it_was_written(session: Session) -> None:
    study = from_text(session.state.study, folder=session.folder)
    assert dict(study.document) == dict(halodot.load("recipe-only").document)
    assert session.state.sliders == ("recipe.pot[0].mass",)


def test_a_session_is_read_back_with_every_step(session: Session) -> None:
    one = changed(session, replace(session.state, voltage="3"), "three volts")
    two = changed(one, replace(one.state, pins=(Pin("as it was", one.state.study),)), "pinned")
    back = undone(two)
    write(back)
    assert read(session.folder) == back


def test_a_step_that_changes_nothing_is_none(session: Session) -> None:
    assert changed(session, session.state, "again") is session


@given(moves=st.lists(st.sampled_from(["change", "undo", "redo"]), max_size=40))
def test_steps_are_those_of_a_list_with_a_place_in_it(moves: list[str]) -> None:
    session = Session("x", Path("x"), "x", (), read_step("0"))
    steps, at = ["0"], 0
    for number, move in enumerate(moves, 1):
        if move == "change":
            session = changed(session, replace(session.state, voltage=str(number)), str(number))
            steps, at = [*steps[: at + 1], str(number)], at + 1
        elif move == "undo":
            session, at = undone(session), max(at - 1, 0)
        else:
            session, at = redone(session), min(at + 1, len(steps) - 1)
        assert session.state.voltage == steps[at]


def read_step(voltage: str):  # type: ignore[no-untyped-def]
    from halodot.app.session import PageState, Step

    return Step(voltage, PageState("", voltage=voltage))


def test_the_oldest_steps_are_forgotten(session: Session) -> None:
    for number in range(MOST_STEPS + 5):
        session = changed(session, replace(session.state, voltage=str(number)), str(number))
    assert len(session.past) == MOST_STEPS


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"halodot": 1, "steps": [], "at": 0, "title": ""}', "\x00"])
def test_a_file_that_is_no_session_is_refused_in_a_sentence(session: Session, content: str) -> None:
    (session.folder / "session.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="no session that can be read"):
        read(session.folder)


def test_a_full_disk_leaves_the_session_as_it_was(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (session.folder / "session.json").read_bytes()

    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="space"):
        write(changed(session, replace(session.state, voltage="3"), "three volts"))
    assert (session.folder / "session.json").read_bytes() == before


def test_sessions_are_listed_the_last_changed_first(tmp_path: Path) -> None:
    import os

    made = [begun(halodot.load("recipe-only"), tmp_path) for _ in range(3)]
    for age, item in enumerate(made):
        os.utime(item.folder / "session.json", (1e9 - age, 1e9 - age))
    (tmp_path / "else").mkdir()
    assert session_ids(tmp_path) == tuple(item.id for item in made)


@pytest.mark.parametrize("word", ["", "..", "a/b", "20261129-154450-4b23d306/", "20261129-154450-4b23d306\n"])
def test_a_word_that_leads_elsewhere_names_no_session(word: str) -> None:
    assert not is_session_id(word)


def test_the_folder_of_the_sessions_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HALODOT_SESSIONS", str(tmp_path))
    assert sessions_folder() == tmp_path


def test_a_session_file_holds_no_path_of_the_computer(session: Session) -> None:
    document = json.loads((session.folder / "session.json").read_text(encoding="utf-8"))
    assert str(session.folder.parent) not in json.dumps(document)


def test_any_step_can_be_gone_to_and_none_is_lost(tmp_path: Path) -> None:
    session = begun(halodot.load("recipe-only"), tmp_path)
    for count in range(3):
        session = changed(session, replace(session.state, sliders=(f"path{count}",)), f"step {count}")
    for place in (0, 3, 1, 99, -5):
        moved = at_step(session, place)
        steps = (*moved.past, moved.present, *moved.future)
        assert steps == (*session.past, session.present)
        assert len(moved.past) == min(max(place, 0), 3)


@pytest.mark.parametrize(
    "line",
    [
        "extends: ../other.yaml",
        "extends: /home/somebody/other.yaml",
        "calibration: ~/calibration.yaml",
        "device: {layers: [{PTAA: 30 nm, table: 'C:\\other.csv'}]}",
        "device: {layers: [{PTAA: 30 nm, table: inputs/../../x.csv}]}",
        "device: {layers: [{PTAA: 30 nm, table: '\\\\server\\x.csv'}]}",
    ],
)
def test_a_study_that_names_a_file_outside_its_session_is_refused(line: str) -> None:
    with pytest.raises(InputError, match="outside this session") as refused:
        check_own_files(f"halodot: 1\n{line}\n")
    assert [problem.line for problem in refused.value.problems] == [2]


@pytest.mark.parametrize(
    "line", ["extends: paper-0.2", "calibration: paper", "device: {layers: [{X: 1 nm, table: inputs/x.csv}]}"]
)
def test_names_of_the_library_and_files_of_the_session_are_taken(line: str) -> None:
    check_own_files(f"halodot: 1\n{line}\n")
    assert names_a_file("device.layers.X.table")
    assert not names_a_file("device.layers.X.thickness")
