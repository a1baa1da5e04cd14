"""Files and folders that appear whole or not at all, and one run at a time in a folder."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from halodot.errors import InputError
from halodot.outputs import check_file, check_folder, replacing, whole_folder, write_text

OURS = frozenset({Path("report.html"), Path("curves", "old.csv"), Path("figures", "el.svg")})
HOLD = """
import sys, time
from pathlib import Path
from halodot.outputs import whole_folder
with whole_folder(sys.argv[1], overwrite=True) as new:
    (new / "half.txt").write_text("half", encoding="utf-8")
    print("writing", flush=True)
    sys.stdin.read()
"""


def owns(home: Path) -> frozenset[Path]:
    return OURS


def tree(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file()
    }


def fill(folder: Path) -> dict[str, str]:
    """Put files of an earlier run and of the user into a folder and return all of them."""
    for name in (
        "report.html",
        "curves/old.csv",
        "figures/el.svg",
        "mine.txt",
        "curves/mine.csv",
        "more/deep/mine.txt",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"old {name}", encoding="utf-8")
    return tree(folder)


@pytest.fixture
def holder(tmp_path: Path) -> Callable[[Path], subprocess.Popen[str]]:
    """Start a process that holds a folder and has written half of its output."""

    def start(folder: Path) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", HOLD, str(folder)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        return process

    return start


def write_half(target: Path, error: BaseException) -> None:
    """Fail before everything is written."""
    with whole_folder(target, overwrite=True, own=owns) as new, replacing(new / "report.html") as file:
        file.write_text("half", encoding="utf-8")
        raise error


def finish(process: subprocess.Popen[str]) -> None:
    process.communicate()


@pytest.mark.parametrize("name", ["results", "a b/µ → Δ;'\"", "x" * 250, "up/../results", ".hidden", "-rf"])
def test_a_folder_appears_when_it_is_whole(tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    with whole_folder(target) as new:
        (new / "report.html").write_text("new", encoding="utf-8")
        assert not target.resolve().exists()
    assert tree(target.resolve()) == {"report.html": "new"}
    assert list(target.resolve().parent.iterdir()) == [target.resolve()]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit, OSError])
def test_a_failure_leaves_everything_as_it_was(tmp_path: Path, error: type[BaseException]) -> None:
    before = fill(tmp_path / "full")
    for target in (tmp_path / "new" / "deep", tmp_path / "full"):
        with pytest.raises(error):
            write_half(target, error())
    assert tree(tmp_path / "full") == before
    assert [path.name for path in tmp_path.iterdir()] == ["full"]


@pytest.mark.parametrize("inside", [False, True])
def test_a_new_result_replaces_the_old_and_nothing_of_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: bool
) -> None:
    home = tmp_path / "results"
    fill(home)
    if inside:  # the place that one works in cannot be renamed
        monkeypatch.chdir(home)
    with whole_folder("." if inside else home, overwrite=True, own=owns) as new:
        (new / "report.html").write_text("new", encoding="utf-8")
        (new / "curves").mkdir()
        (new / "curves" / "new.csv").write_text("new", encoding="utf-8")
        assert (home / "report.html").read_text(encoding="utf-8") == "old report.html"
    assert tree(home) == {
        "report.html": "new",
        "curves/new.csv": "new",
        "curves/mine.csv": "old curves/mine.csv",
        "mine.txt": "old mine.txt",
        "more/deep/mine.txt": "old more/deep/mine.txt",
    }
    assert not (home / "figures").exists()
    assert list(tmp_path.iterdir()) == [home]


def test_a_mount_point_that_does_not_look_like_one_is_filled_where_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "mount"
    fill(home)
    rename = Path.rename

    def busy(path: Path, target: Path) -> Path:
        if path == home:
            raise OSError(errno.EBUSY, "busy")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", busy)
    with whole_folder(home, overwrite=True, own=owns) as new:
        (new / "report.html").write_text("new", encoding="utf-8")
    assert tree(home) == {
        "report.html": "new",
        **{name: f"old {name}" for name in ("curves/mine.csv", "mine.txt", "more/deep/mine.txt")},
    }
    assert list(tmp_path.iterdir()) == [home]


def test_a_place_that_takes_no_files_is_refused_before_anything_is_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    for path in (tmp_path / "results", tmp_path / "empty", tmp_path / "up" / "results"):
        with pytest.raises(InputError, match="read only"):
            check_folder(path, overwrite=False)
    with pytest.raises(InputError, match="read only"):
        check_file(tmp_path / "results.json")


def test_a_folder_that_somebody_writes_into_is_refused(tmp_path: Path, holder: Callable[[Path], subprocess.Popen[str]]):
    process = holder(tmp_path / "results")
    with pytest.raises(InputError, match=rf"another run is writing .*process {process.pid} on"):
        write_half(tmp_path / "results", AssertionError("nothing may be computed here"))
    finish(process)
    assert tree(tmp_path / "results") == {"half.txt": "half"}
    with whole_folder(tmp_path / "results", overwrite=True):
        pass


def test_threads_of_one_process_do_not_share_a_folder(tmp_path: Path) -> None:
    refused: list[str] = []

    def second() -> None:
        try:
            with whole_folder(tmp_path / "results"):
                pass
        except InputError as error:
            refused.append(str(error))

    with whole_folder(tmp_path / "results"):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert len(refused) == 1


def test_a_folder_that_was_filled_in_the_meantime_is_refused(tmp_path: Path) -> None:
    check_folder(tmp_path / "results", overwrite=False)
    fill(tmp_path / "results")
    with pytest.raises(InputError, match="not empty"), whole_folder(tmp_path / "results"):
        raise AssertionError("nothing may be computed here")


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
@pytest.mark.parametrize("full", [False, True])
def test_a_killed_run_leaves_no_half_result_and_no_claim(
    tmp_path: Path, holder: Callable[[Path], subprocess.Popen[str]], full: bool
) -> None:
    home = tmp_path / "results"
    before = fill(home) if full else {}
    process = holder(home)
    process.send_signal(signal.SIGKILL)
    finish(process)
    assert (tree(home) if full else home.exists()) == (before or False)
    with whole_folder(home, overwrite=True, own=owns) as new:
        (new / "report.html").write_text("new", encoding="utf-8")
    assert tree(home)["report.html"] == "new"
    assert "half.txt" not in tree(home)
    assert list(tmp_path.iterdir()) == [home]


def test_a_run_killed_while_it_exchanges_files_ends_with_the_new_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The moment when one of two new files of a folder that cannot be renamed is in its place, made by hand."""
    fill(tmp_path)
    (tmp_path / ".halodot-old").mkdir()
    (tmp_path / ".halodot-new").mkdir()
    (tmp_path / "report.html").rename(tmp_path / ".halodot-old" / "report.html")
    (tmp_path / "report.html").write_text("new", encoding="utf-8")
    (tmp_path / ".halodot-new" / "results.nc").write_text("new", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RuntimeError), whole_folder(tmp_path, overwrite=True, own=owns):
        raise RuntimeError
    found = tree(tmp_path)
    assert (found["report.html"], found["results.nc"]) == ("new", "new")
    assert found["mine.txt"] == "old mine.txt"
    assert not [name for name in found if "halodot" in name]


@pytest.mark.parametrize("step", ["away", "placed"])
def test_a_run_killed_while_its_folder_takes_the_place_of_another_loses_neither(tmp_path: Path, step: str) -> None:
    """The moments between two renamings, made by hand."""
    home, old = tmp_path / "results", tmp_path / ".results.halodot-old"
    before = fill(home)
    home.rename(old)
    if step == "placed":
        home.mkdir()
        (home / "report.html").write_text("new", encoding="utf-8")
    with pytest.raises(RuntimeError), whole_folder(home, overwrite=True, own=owns):
        raise RuntimeError
    found = tree(home)
    assert found["report.html"] == ("new" if step == "placed" else before["report.html"])
    assert {name: text for name, text in found.items() if "mine" in name} == {
        name: text for name, text in before.items() if "mine" in name
    }
    assert list(tmp_path.iterdir()) == [home]


def test_paths_that_can_be_no_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for path, words in (("file", "this is a file"), ("file/inside", "part of its path is a file"), ("a\0b", "NUL")):
        with pytest.raises(InputError, match=words), whole_folder(tmp_path / path):
            raise AssertionError("nothing may be computed here")


def test_a_full_disk_names_the_file_where_it_was_to_stand(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="space") as caught:
        write_half(tmp_path / "results", OSError(errno.ENOSPC, "no space left"))
    assert caught.value.filename == str(tmp_path / "results" / "report.html")
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / ("ü" * 120 + ".json")
    write_text(path, "one")
    with pytest.raises(TypeError), replacing(path) as temporary:
        temporary.write_text(3, encoding="utf-8")  # type: ignore[arg-type]
    assert tree(tmp_path) == {path.name: "one"}
    link = tmp_path / "link.json"
    link.symlink_to(path)
    write_text(link, "two")
    assert link.is_symlink()
    assert path.read_text(encoding="utf-8") == "two"


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="no devices as files")
def test_a_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    write_text(Path(f"/dev/fd/{writing}"), "text")
    assert os.read(reading, 100) == b"text"
    os.close(reading)
    os.close(writing)
