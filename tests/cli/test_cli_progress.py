"""What a command shows of how far it is: bars in a terminal, few lines elsewhere, and results alone on stdout."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pty = pytest.importorskip("pty", reason="there are no pseudo-terminals here")

COUNTED = """
import time
from halodot.cli.console import progress
from halodot.cli.progress import progress_bar, steps
with progress_bar("vary inputs") as tell:
    for done in range(1, 9):
        time.sleep(0.1)
        tell(done, 8)
with steps() as say:
    say("first step")
    time.sleep(0.5)
    progress("  3 of 7 things")
    time.sleep(0.3)
    say("second step")
print("result")
"""


def in_a_terminal(*command: str, folder: Path) -> tuple[int, str, str]:
    """Run a command whose stderr is a terminal and whose stdout is none; exit code, stdout, what the terminal got."""
    reader, terminal = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "100"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=terminal, env=environment, cwd=folder) as child:
        os.close(terminal)
        shown = b""
        while True:
            try:
                got = os.read(reader, 65536)
            except OSError:  # the other end is closed
                break
            if not got:
                break
            shown += got
        assert child.stdout is not None
        printed = child.stdout.read()
    os.close(reader)
    return child.returncode, printed.decode("utf-8"), shown.decode("utf-8")


def test_a_terminal_gets_bars_and_keeps_the_steps(tmp_path: Path) -> None:
    code, printed, shown = in_a_terminal(sys.executable, "-c", COUNTED, folder=tmp_path)
    assert (code, printed) == (0, "result\n")
    assert re.search(r"vary inputs.*[1-8] of 8", shown)
    assert re.search(r"first step.*3 of 7", shown)
    assert "second step\r\n" in shown  # a line of its own, where a bar would follow the words


def test_elsewhere_there_are_few_lines(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", COUNTED], capture_output=True, text=True, encoding="utf-8", check=True, cwd=tmp_path
    )
    assert done.stdout == "result\n"
    assert done.stderr.splitlines() == ["vary inputs", "first step", "second step"]


def test_draws_show_a_bar_with_the_time_left_and_print_results_alone(tmp_path: Path) -> None:
    command = (
        sys.executable,
        "-m",
        "halodot",
        "run",
        "device-only",
        "--set",
        "run.voltage=[2.5 V, 3 V]",
        "--draws",
        "12",
    )
    code, printed, shown = in_a_terminal(*command, folder=tmp_path)
    assert code == 0
    assert re.search(r"drawing all uncertain inputs.*\d+ of \d+, \d+ s left", shown)
    assert printed.startswith("quantity\tvalue")
    assert all(line.count("\t") >= 3 for line in printed.splitlines())


def test_a_failure_leaves_no_bar_behind(tmp_path: Path) -> None:
    broken = COUNTED.replace('say("second step")', 'raise SystemExit("no solution")')
    code, printed, shown = in_a_terminal(sys.executable, "-c", broken, folder=tmp_path)
    assert (code, printed) == (1, "")
    assert shown.rstrip().endswith("no solution")
    assert "\x1b[?25h" in shown  # the cursor is back


def test_a_command_takes_nothing_apart_at_its_end() -> None:
    code = (
        "import atexit, gc; atexit.register(lambda: print(gc.get_freeze_count() > 10_000));"  # called last
        "from halodot.cli import main; main(['--version'])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True)
    assert ended.stdout.endswith("True\n")
