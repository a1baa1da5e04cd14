"""A sweep into a store has the numbers of the same points alone, whoever computes them and whatever is killed."""

from __future__ import annotations

import errno
import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray
from killed_cluster import Cluster
from sweep_deaths import DEADLY, always, deadly

import halodot
from halodot.cli import main
from halodot.errors import ConvergenceError, InputError
from halodot.learn import sweep_engine, sweep_stored, sweep_task
from halodot.learn.sweep import StoredSweep
from halodot.learn.sweep_design import grid, sampled
from halodot.learn.sweep_engine import Engine
from halodot.learn.sweep_task import Chunk, compute_chunk
from halodot.learn.sweep_values import read_ends, read_values

BARE, THICKNESS = "4_hetero3", "device.layers.emitter.thickness"
MOBILITY = "device.layers.emitter.electron_mobility"
VALUES = {THICKNESS: "10..60 nm:12", MOBILITY: "1e-4,1e-3 cm2/Vs"}
FEW = ("run.voltage={from: 0 V, to: 1 V, step: 0.5 V}",)
LED, PLQY = "device-only", "device.emitter.plqy"
DARK = ("run.voltage={from: 0 V, to: 3 V, step: 1.5 V}", "run.positions=3")


@contextmanager
def here(workers: int, scheduler: str = "") -> Iterator[Engine]:
    """An engine in this very process."""

    def run(task: Any, shared: bytes, chunks: Sequence[Chunk]) -> Iterator[tuple[Chunk, Any]]:
        for chunk in chunks:
            yield chunk, task(shared, chunk)

    yield Engine("this process", 1, run)


@pytest.fixture
def inline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep_stored, "engine", here)


@pytest.fixture
def without_dask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep_engine, "find_spec", lambda name: None)


def bare(store: Path, values: Any = None, **options: Any) -> StoredSweep:
    return halodot.sweep(BARE, values or {THICKNESS: "10..60 nm:8"}, changes=FEW, store=store, **options)


def timeless(path: Path) -> xarray.Dataset:
    return xarray.open_zarr(path, chunks=None).load().drop_vars("seconds")


# --------------------------------------------------------------------------------------------------------------- design


def test_a_latin_hypercube_has_one_value_in_every_share_and_follows_its_seed() -> None:
    axes = [read_ends("a.b=10..60 nm"), read_ends("a.c=1e-6..1e-2:log"), read_ends("a.d=moles,volume")]
    found = sampled("lhs", axes, 20, 3)
    assert sorted(np.floor((found.numbers[:, 0] - 10.0) / 2.5)) == list(range(20))
    assert sorted(np.floor((np.log10(found.numbers[:, 1]) + 6.0) * 5.0)) == list(range(20))
    assert sorted(row[2] for row in found.texts) == ["moles"] * 10 + ["volume"] * 10
    assert found.texts == sampled("lhs", axes, 20, 3).texts != sampled("lhs", axes, 20, 4).texts


def test_a_sobol_sequence_puts_as_many_points_in_every_quarter() -> None:
    found = sampled("sobol", [read_ends("a.b=0..1"), read_ends("a.c=0..1 eV")], 16, 0)
    quarters = 2.0 * np.floor(2.0 * found.numbers[:, 0]) + np.floor(2.0 * found.numbers[:, 1])
    assert np.unique(quarters, return_counts=True)[1].tolist() == [4, 4, 4, 4]
    assert all(text.endswith(" eV") for _, text in found.texts)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: read_ends("a.b=1..2 nm:5"), "number of samples"),
        (lambda: sampled("cube", [read_ends("a.b=1..2")], 4, 0), "no design"),
        (lambda: sampled("lhs", [read_ends("a.b=1..2")], 0, 0), "1 or more"),
        (lambda: sampled("lhs", [read_ends("a.b=1..2")], 4, -1), "seed"),
        (lambda: grid([read_values(f"a.{k}=1..2:600") for k in "bcd"]), "too many"),
    ],
)
def test_a_design_that_cannot_be_is_refused(wrong: Callable[[], Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        wrong()


# ---------------------------------------------------------------------------------------------------------------- store


@pytest.fixture(scope="module")
def lit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of an LED with curves, one point of which is beyond its limits."""
    path = tmp_path_factory.mktemp("lit") / "lit.zarr"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweep_stored, "engine", here)
        halodot.sweep(LED, {PLQY: "80,120,90 %"}, changes=DARK, store=path, curves=True)
    return path


def test_the_store_opens_with_units_roles_and_curves_of_the_points_alone(lit: Path) -> None:
    data = xarray.open_zarr(lit, chunks=None)
    alone = halodot.simulate(halodot.load(LED, (*DARK, f"{PLQY}=90 %")))
    assert data[PLQY].attrs["units"] == "%"
    assert data[PLQY].values.tolist() == [80.0, 120.0, 90.0]
    for name, entry in alone.summary.items():
        value = float(data[name][2])
        assert value == entry.value or (entry.value is None and np.isnan(value))
        assert data[name].attrs["units"] == entry.unit
    assert data.role.attrs["flag_meanings"].split()[int(data.role.sel(quantity="eqe_max")[2])] == "predicted"
    light = alone.emission
    assert light is not None
    np.testing.assert_array_equal(data.luminance[2, : light.voltage.size], light.luminance)
    np.testing.assert_array_equal(data.el[2, : light.voltage.size, : light.wavelength.size], light.el)
    assert data.el.attrs["units"] == "1/m2/s/m"


def test_a_point_beyond_a_limit_carries_its_reason(lit: Path) -> None:
    data = xarray.open_zarr(lit, chunks=None)
    assert data.status.values.tolist() == [1, 2, 1]
    assert "between 0 and 1" in str(data.failure[1].values)
    found = sweep_stored.open_sweep(lit)
    assert (found.computed, found.failed) == (2, 1)
    assert np.isnan(found.values("eqe_max")).tolist() == [False, True, False]


@pytest.mark.usefixtures("inline")
def test_points_do_not_depend_on_their_order(tmp_path: Path) -> None:
    one = bare(tmp_path / "one.zarr", {THICKNESS: "20,30,40 nm"}, curves=True).dataset()
    other = bare(tmp_path / "other.zarr", {THICKNESS: "40,20 nm"}, curves=True).dataset()
    assert other.key.values.tolist() == one.key.values[[2, 0]].tolist()
    np.testing.assert_array_equal(other.current_density, one.current_density[[2, 0]])


@pytest.mark.usefixtures("inline")
def test_the_same_command_goes_on_and_computes_nothing_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk stops a sweep with one sentence; what is finished stays."""
    asked: list[int] = []

    def full(shared: bytes, chunk: Chunk) -> Any:
        asked.append(chunk.number)
        if len(asked) == 3:
            raise OSError(errno.ENOSPC, "No space left on device", str(tmp_path))
        return compute_chunk(shared, chunk)

    whole = bare(tmp_path / "whole.zarr")
    monkeypatch.setattr(sweep_stored, "compute_chunk", full)
    with pytest.raises(OSError, match="No space left"):
        bare(tmp_path / "cut.zarr")
    done = asked[:2]
    found = bare(tmp_path / "cut.zarr")
    assert not set(done) & set(asked[3:])
    assert found.new < whole.new == 8
    xarray.testing.assert_identical(timeless(found.path), timeless(whole.path))
    assert bare(tmp_path / "cut.zarr").new == 0


@pytest.mark.usefixtures("inline")
def test_another_sweep_version_or_thing_in_the_place_of_a_store_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = bare(tmp_path / "a.zarr", {THICKNESS: "20,30 nm"}).path
    before = sorted((path, path.stat().st_mtime_ns) for path in store.rglob("*") if path.is_file())
    with pytest.raises(InputError, match=r"holds another sweep .* a grid of 2"):
        bare(store)
    with pytest.raises(InputError, match="holds another sweep"):
        bare(store, {THICKNESS: "20,30 nm"}, curves=True)
    (tmp_path / "b.zarr").mkdir()
    (tmp_path / "b.zarr" / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="no store of a sweep"):
        bare(tmp_path / "b.zarr")
    newer = {**sweep_stored.versions(), "halodot": "9.9"}
    monkeypatch.setattr(sweep_stored, "versions", lambda: newer)
    with pytest.raises(InputError, match=r"was begun by halodot .* this is halodot 9\.9"):
        bare(store, {THICKNESS: "20,30 nm"})
    monkeypatch.undo()
    about = store / "zarr.json"
    about.write_text(
        about.read_text(encoding="utf-8").replace('"halodot_sweep": 1', '"halodot_sweep": 7'), encoding="utf-8"
    )
    with pytest.raises(InputError, match="format 7"):
        bare(store, {THICKNESS: "20,30 nm"})
    about.write_text(
        about.read_text(encoding="utf-8").replace('"halodot_sweep": 7', '"halodot_sweep": 1'), encoding="utf-8"
    )
    after = sorted((path, path.stat().st_mtime_ns) for path in store.rglob("*") if path.is_file() and path != about)
    assert after == [item for item in before if item[0] != about]


@pytest.mark.usefixtures("inline")
@pytest.mark.parametrize(
    ("values", "options", "said"),
    [
        ({"device.layers.emiter.thickness": "10..60 nm:3"}, {}, "Did you mean 'emitter'"),
        ({PLQY: "120,130 %"}, {}, "plqy"),
        ({}, {}, "nothing is varied"),
        ({THICKNESS: "10..60 nm"}, {"samples": 4, "design": "cube"}, "no design"),
        ({THICKNESS: "10..60 nm:3"}, {"seed": 4}, "write --samples"),
        ({THICKNESS: "10..60 nm:3"}, {"workers": 0}, "at least 1"),
    ],
)
def test_what_cannot_be_swept_is_refused_before_a_store_is_made(
    values: Any, options: Any, said: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=said):
        halodot.sweep(LED if PLQY in values else BARE, values, store=tmp_path / "s.zarr", **options)
    assert list(tmp_path.iterdir()) == []


def test_a_scheduler_without_dask_and_a_design_without_a_store_are_refused(tmp_path: Path, without_dask: None) -> None:
    with pytest.raises(InputError, match=r"halodot\[cluster\]"):
        bare(tmp_path / "s.zarr", scheduler="tcp://127.0.0.1:1")
    with pytest.raises(InputError, match="needs a store"):
        halodot.sweep(BARE, {THICKNESS: "10..60 nm"}, samples=4)  # type: ignore[call-overload]


def test_a_death_in_an_earlier_run_is_no_fault_of_the_point(tmp_path: Path) -> None:
    diary = sweep_task._Diary(tmp_path / "begun" / "000001", "first")
    diary.begin(4)
    again = sweep_task._Diary(tmp_path / "begun" / "000001", "first")
    assert (again.deaths(4), again.deaths(3)) == (1, 0)
    again.begin(4)
    assert sweep_task._Diary(tmp_path / "begun" / "000001", "first").deaths(4) == 2
    assert sweep_task._Diary(tmp_path / "begun" / "000001", "second").deaths(4) == 0


# ------------------------------------------------------------------------------------------------------------ processes


def test_a_point_that_ends_its_process_twice_fails_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without_dask: None
) -> None:
    monkeypatch.setattr(sweep_stored, "compute_chunk", deadly)
    found = bare(tmp_path / "s.zarr", {THICKNESS: f"20,{DEADLY}"}, workers=1)
    assert found.dataset().status.values.tolist() == [1, 2]
    assert "ended the process twice" in next(iter(found.failures))


def test_a_process_that_dies_outside_of_every_point_ends_the_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without_dask: None
) -> None:
    monkeypatch.setattr(sweep_stored, "compute_chunk", always)
    monkeypatch.setattr(sweep_engine, "_OTHER_DEATHS", -1)
    with pytest.raises(ConvergenceError, match=r"died 2 times .* finished chunk is kept"):
        bare(tmp_path / "s.zarr", {THICKNESS: "20 nm"}, workers=1)


# -------------------------------------------------------------------------------------------------------------- cluster


@pytest.mark.parametrize("seed", [5])
def test_killed_schedulers_workers_and_drivers_lose_no_finished_chunk(
    tmp_path: Path, seed: int, without_dask: None
) -> None:
    """And cluster, own processes and threads agree in every number."""
    draw = random.Random(seed)
    victims = draw.sample(["scheduler", "one", "driver"], 3)
    cluster = Cluster(tmp_path, tmp_path / "killed.zarr", (BARE, VALUES, FEW))
    try:
        for name in ("scheduler", "one", "other", "driver"):
            cluster.start(name)
        whole = bare(tmp_path / "whole.zarr", VALUES, workers=1)
        kept: dict[Path, int] = {}
        for k, victim in enumerate(victims):
            deadline = time.monotonic() + 60.0
            while len(cluster.finished()) < 2 * k + 1 and time.monotonic() < deadline:
                time.sleep(0.02)
            time.sleep(draw.uniform(0.0, 0.2))
            kept |= {path: when for path, when in cluster.finished().items() if path not in kept}
            said = cluster.kill(victim)
            gone = (
                "no longer answers; every finished chunk is kept",
                "Timed out trying to connect",
            )  # at work; not yet
            assert any(text in said for text in gone) == (victim == "scheduler")
        assert cluster.processes["driver"].wait(timeout=60) == 0
        after = cluster.finished()
    finally:
        cluster.close()
    assert {path: after[path] for path in kept} == kept
    xarray.testing.assert_identical(timeless(tmp_path / "killed.zarr"), timeless(whole.path))
    threads = halodot.sweep(BARE, VALUES, changes=FEW)
    for name in threads.names:
        np.testing.assert_array_equal(whole.values(name), threads.values(name))
    assert json.loads((whole.path / "zarr.json").read_text(encoding="utf-8"))["attributes"]["shape"] == [12, 2]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--samples", "0"], "--samples: 0 points"),
        (["--seed", "3"], "--seed: is of a design"),
        (["--design", "lhs"], "--design: is of a design"),
        (["--workers", "0"], "--workers: there must be at least 1"),
    ],
)
def test_options_are_refused_before_anything_else_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["sweep", BARE, "--vary", f"{THICKNESS}=10..60 nm", "--out", str(tmp_path / "s.zarr"), *options])
    assert left.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith(said)
    assert len(told.splitlines()) == 1


def test_a_full_disk_is_told_with_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without_dask: None
) -> None:
    def full(path: Path, rows: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("halodot.learn.sweep_stored.show_rows", full)
    monkeypatch.setattr("halodot.learn.sweep_stored._fill", lambda job, layout, rows: rows)
    with pytest.raises(OSError, match=r"full.zarr"):
        halodot.sweep(BARE, {THICKNESS: ["20 nm"]}, store=tmp_path / "full.zarr")
