"""A scheduler, workers and a driver of a sweep as processes that can be killed one by one."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path


class Cluster:
    """A scheduler, two workers and a driver, each a process of its own."""

    def __init__(self, folder: Path, store: Path, what: tuple[str, Mapping[str, str], Sequence[str]]) -> None:
        self.study, self.values, self.changes = what
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        self.folder, self.store = folder, store
        self.processes: dict[str, subprocess.Popen[str]] = {}

    def start(self, name: str) -> None:
        """Start one of them, or start it again."""
        port = self.address.rpartition(":")[2]
        vary = [f"--vary={path}={values}" for path, values in self.values.items()]
        sweep = [
            "sweep",
            self.study,
            *vary,
            *(f"--set={text}" for text in self.changes),
            f"--out={self.store}",
            f"--scheduler={self.address}",
        ]
        quiet = ["--no-dashboard", "--host", "127.0.0.1"]
        command = {
            "scheduler": ["-m", "distributed.cli.dask_scheduler", "--port", port, *quiet],
            "driver": ["-m", "halodot", *sweep],
        }.get(name, ["-m", "distributed.cli.dask_worker", self.address, "--no-nanny", "--nthreads=1", *quiet])
        self.processes[name] = subprocess.Popen(
            [sys.executable, *command],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE if name == "driver" else subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )

    def kill(self, name: str, restart: bool = False) -> str:
        """Kill one of them at once, and start again what the sweep cannot go on without, or any."""
        self.end(name)
        if name != "scheduler":
            if name == "driver" or restart:
                self.start(name)
            return ""
        said = self.processes["driver"].communicate(timeout=60)[1]
        self.end("one")
        self.end("other")
        for again in ("scheduler", "one", "other", "driver"):
            self.start(again)
        return said

    def end(self, name: str) -> None:
        """End one of them without a word."""
        self.processes[name].kill()
        self.processes[name].communicate()

    def close(self) -> None:
        """End them all."""
        for name in self.processes:
            self.end(name)

    def memory(self) -> float:
        """Return the most memory that a worker that runs has taken [MB]."""
        found = [0.0]
        for name in ("one", "other"):
            status = Path("/proc") / str(self.processes[name].pid) / "status"
            with suppress(OSError):
                lines = status.read_text(encoding="utf-8").splitlines()
                found += [float(line.split()[1]) / 1e3 for line in lines if line.startswith("VmHWM")]
        return max(found)

    def finished(self) -> dict[Path, int]:
        """Return the completion record of every finished chunk, with when it was written."""
        return {path: path.stat().st_mtime_ns for path in (self.store / "points" / "status").rglob("c/*")}
