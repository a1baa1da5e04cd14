"""Ctrl-C at any moment: nothing unfinished stays, nothing is lost on the way, no process is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from halodot.workers import SilentContext, end_with_parent

#: asks to stop from within a function that compiled code calls back, where no exception gets out
_CALLED_BACK = """
import ctypes, os, signal, sys
from halodot.outputs import replacing, whole_folder
from halodot.stopping import not_halfway, stoppable
def ask(): os.kill(os.getpid(), signal.{name}); return 0
with stoppable(), whole_folder("up/out") as home, replacing(__import__("pathlib").Path("one.txt")) as file:
    (home / "half.txt").write_text("half", encoding="utf-8")
    if {whole}:
        with not_halfway():
            ask(); open("whole.txt", "w", encoding="utf-8").close()
    ctypes.CFUNCTYPE(ctypes.c_int)(ask)()
    open("went on", "w", encoding="utf-8").close()
"""


@pytest.mark.parametrize(("name", "whole", "code"), [("SIGINT", False, 130), ("SIGTERM", True, 143)])
def test_a_wish_to_stop_is_never_lost(tmp_path: Path, name: str, whole: bool, code: int) -> None:
    text = _CALLED_BACK.format(name=name, whole=whole)
    done = subprocess.run([sys.executable, "-c", text], cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode, done.stderr.decode().count("\n")) == (code, 1)
    assert [path.name for path in tmp_path.iterdir()] == (["whole.txt"] if whole else [])


def test_a_worker_does_not_hear_ctrl_c() -> None:
    with ProcessPoolExecutor(1, SilentContext(), end_with_parent) as pool:
        worker = pool.submit(os.getpid).result()
        os.kill(worker, signal.SIGINT)
        assert pool.submit(os.getpid).result() == worker


_ORPHAN = """
import os, time
from concurrent.futures import ProcessPoolExecutor
from halodot.workers import SilentContext, end_with_parent
if __name__ == "__main__":
    pool = ProcessPoolExecutor(1, SilentContext(), end_with_parent)
    print(pool.submit(os.getpid).result(), flush=True)
    os._exit(0)
"""


def test_a_worker_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    (tmp_path / "orphan.py").write_text(_ORPHAN, encoding="utf-8")
    with subprocess.Popen([sys.executable, "orphan.py"], cwd=tmp_path, stdout=subprocess.PIPE) as started:
        assert started.stdout is not None
        worker = int(started.stdout.readline())
    for _ in range(100):
        try:
            state = Path(f"/proc/{worker}/stat").read_text(encoding="utf-8").rpartition(") ")[2][:1]
        except OSError:
            break
        if state == "Z":
            break
        time.sleep(0.05)
    else:
        pytest.fail("the worker is still there")
