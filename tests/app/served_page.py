"""The page as a user starts it and as a person sees it: a server in a process of its own, and a tab of a browser."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

#: seconds after which a test has failed, on however busy a machine
PATIENCE = 120.0


@dataclass
class Server:
    """A server of the page in a process of its own, as a user starts it."""

    process: subprocess.Popen[str]
    address: str
    sessions: Path

    def folder(self) -> Path:
        """The folder of the session that was changed last."""
        return max(self.sessions.iterdir(), key=lambda path: (path / "session.json").stat().st_mtime)

    def kill(self) -> None:
        """End it by force, as a crash does."""
        self.process.kill()
        self.process.communicate()  # which closes what it wrote to

    def stop(self) -> int:
        """End it as Ctrl-C does and return its exit code."""
        import signal

        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=PATIENCE)


def started(sessions: Path, *arguments: str) -> Server:
    """Start ``halodot app`` at a free port and wait until it has said where it is."""
    pytest.importorskip("nicegui", reason="the page needs NiceGUI: pip install 'halodot[app]'")
    command = [sys.executable, "-m", "halodot", "app", *arguments, "--no-browser", "--port", "0"]
    process = subprocess.Popen(
        command,
        env={**os.environ, "HALODOT_SESSIONS": str(sessions)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    assert address.startswith("http://127.0.0.1:"), process.communicate(timeout=5)[1]
    return Server(process, address, sessions)


class Shown:
    """The page in a browser's tab, as a person sees it."""

    def __init__(self, browser: Any, address: str, width: int = 1280, height: int = 900, scheme: str = "light") -> None:
        self.context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        self.context.set_default_timeout(1e3 * PATIENCE)
        self.page = self.context.new_page()
        self.asked: list[str] = []
        self.said: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.goto(address)
        self.exact()

    def exact(self, serial: int = -1) -> int:
        """Wait until exact numbers of a frame after another stand on the page, and return its serial."""
        self.page.wait_for_function(
            "(after) => document.documentElement.dataset.serial > after"
            " && document.getElementById('state')?.dataset.kind === 'exact'",
            arg=serial,
        )
        return int(self.page.evaluate("Number(document.documentElement.dataset.serial)"))

    def serial(self) -> int:
        """The serial of the frame that is shown."""
        return int(self.page.evaluate("Number(document.documentElement.dataset.serial ?? -1)"))

    def number(self, name: str) -> str:
        """The text of a headline number."""
        return str(self.page.locator(f"#numbers [data-number={name}] .value").inner_text())

    def last_step(self) -> str:
        """What the page says was done last."""
        return str(self.page.locator(".head .about").inner_text())

    def place(self) -> int:
        """How many steps lie before the one that holds."""
        return int(self.page.evaluate("document.querySelector('.taken [aria-current=step]').value"))

    def tab(self, key: str) -> None:
        """Bring a part of the page to the front."""
        self.page.locator(f"[role=tab][data-tab={key}]").click()

    def close(self) -> None:
        """Close the tab."""
        self.context.close()


def undo_all(shown: Shown) -> None:
    """Take all steps back, a dozen at once by the list of steps, and wait for the exact numbers."""
    shown.page.locator("#state:not([data-kind=busy], [data-kind=preview])").wait_for()  # no frame is on its way
    before, place = shown.serial(), shown.place()
    while place:
        shown.page.evaluate("[...document.querySelectorAll('.taken button')].at(-1).click()")
        wait_for(lambda place=place: shown.place() != place)
        place = shown.place()
        if not place:
            shown.exact(before)


def wait_for(holds: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come to hold"
        time.sleep(0.02)
