"""Sweeps into a store: two processes against one core, and twenty kills that lose nothing.

``HALODOT_SWEEP_POINTS`` says how many points; 10 000 take half an hour of two cores.
"""

from __future__ import annotations

import os
import random
import time
from pathlib import Path
from typing import Any

import pytest
import xarray
from killed_cluster import Cluster

import halodot
from halodot.learn import sweep_engine

POINTS = int(os.environ.get("HALODOT_SWEEP_POINTS", "10000"))
KILLS = 20
DEVICE, THICKNESS = "4_hetero3", "device.layers.emitter.thickness"
MOBILITY = "device.layers.emitter.electron_mobility"
SPACE = {THICKNESS: "10..60 nm", MOBILITY: "1e-4..1e-2 cm2/Vs:log"}
#: share of twice one core's rate that two processes reach
REACHED = 0.9


def rate(store: Path, workers: int, points: int) -> tuple[float, float]:
    """Return points per second once all workers are at work, and the share of their time that goes into points."""
    told: list[tuple[float, int]] = []
    found = halodot.sweep(
        DEVICE,
        SPACE,
        store=store,
        samples=points,
        workers=workers,
        progress=lambda done, total: told.append((time.perf_counter(), done)),
    )
    (start, before), (end, done) = told[len(told) // 10 + 2], told[-1]
    busy = float(found.dataset().seconds[before:done].sum()) / workers / (end - start)
    assert (found.computed, found.failed) == (points, 0)
    return (done - before) / (end - start), busy


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="needs two cores")
@pytest.mark.parametrize("engine", ["dask", "own processes"])
def test_two_processes_against_one_core(
    benchmark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    if engine != "dask":
        monkeypatch.setattr(sweep_engine, "find_spec", lambda name: None)
    start = benchmark.pedantic(rate, args=(tmp_path / "one.zarr", 1, POINTS // 4), rounds=1)
    two, busy = rate(tmp_path / "two.zarr", 2, POINTS)
    again, _ = rate(tmp_path / "again.zarr", 1, POINTS // 4)
    one = max(start[0], again)
    print(
        f"\n{engine}: {POINTS} points, {two:.2f} a second by two processes, {one:.2f} by one, {two / one:.2f} times;"
        f" {busy:.1%} of the time of two goes into points, {start[1]:.1%} of that of one"
    )
    if two / one < 2.0 * REACHED and abs(start[0] - again) > 0.05 * one:
        pytest.skip("the machine is busy with something else")
    assert two / one >= 2.0 * REACHED


def test_twenty_kills_lose_no_finished_chunk(benchmark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep_engine, "find_spec", lambda name: None)
    values = {THICKNESS: f"10..60 nm:{max(POINTS // 40, 20)}", MOBILITY: "1e-4..1e-2 cm2/Vs:10:log"}
    draw, most = random.Random(20), 0.0
    cluster = Cluster(tmp_path, tmp_path / "killed.zarr", (DEVICE, values, ()))
    kept: dict[Path, int] = {}
    killed: list[str] = []
    try:
        for name in ("scheduler", "one", "other", "driver"):
            cluster.start(name)
        while len(killed) < KILLS:
            seen, deadline = len(cluster.finished()), time.monotonic() + 120.0
            while len(cluster.finished()) <= seen and time.monotonic() < deadline:
                time.sleep(0.05)
            time.sleep(draw.uniform(0.0, 2.0))
            kept |= {path: when for path, when in cluster.finished().items() if path not in kept}
            most = max(most, cluster.memory())
            killed.append(draw.choice(["scheduler", "one", "other", "driver"]))
            cluster.kill(killed[-1], restart=True)
            if cluster.processes["driver"].poll() is not None:
                break
        assert cluster.processes["driver"].wait(timeout=3600) == 0
        most, after = max(most, cluster.memory()), cluster.finished()
    finally:
        cluster.close()
    print(f"\n{len(killed)} kills ({', '.join(killed)}), {len(after)} chunks, at most {most:.0f} MB a worker")
    assert len(killed) == KILLS
    assert {path: after[path] for path in kept} == kept
    assert most < 1000.0
    options = {"store": tmp_path / "whole.zarr"}
    whole = benchmark.pedantic(halodot.sweep, args=(DEVICE, values), kwargs=options, rounds=1).dataset()
    resumed = xarray.open_zarr(tmp_path / "killed.zarr", chunks=None)
    xarray.testing.assert_identical(resumed.load().drop_vars("seconds"), whole.load().drop_vars("seconds"))
