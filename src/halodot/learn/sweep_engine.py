"""Who computes the tasks of a large sweep: processes beside this one, or those of a Dask cluster.

Both give a task to a process again when the process that had it died. Neither changes a number.
"""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from multiprocessing.connection import Connection, wait
from typing import Any

from halodot.errors import ConvergenceError, InputError, Problem
from halodot.learn.sweep_task import MOST_DEATHS, Chunk
from halodot.workers import SilentContext, end_with_parent

#: computes a task from what all share, in another process
Task = Callable[[bytes, Chunk], Any]
#: yields each chunk with its answer as it comes, in any order
Run = Callable[[Task, bytes, Sequence[Chunk]], Iterator[tuple[Chunk, Any]]]
#: deaths of its process that are no fault of a point of the chunk
_OTHER_DEATHS = 4
_EXTRA = "needs Dask, which is not installed; install it with: pip install 'halodot[cluster]'"


@dataclass(frozen=True)
class Engine:
    """What computes tasks."""

    name: str  # in words, for who waits
    workers: int
    run: Run


def engine(workers: int, scheduler: str = "") -> AbstractContextManager[Engine]:
    """Return what computes: a Dask cluster where the extra is installed, processes of our own where it is not.

    Args:
        workers: processes on this machine, of no account with a scheduler.
        scheduler: address of a running Dask scheduler, such as "tcp://10.0.0.1:8786".

    Raises:
        InputError: a scheduler is named without the extra, or does not answer.
    """
    if find_spec("distributed") is None:
        if scheduler:
            raise InputError(Problem(_EXTRA, file="--scheduler"))
        return own_processes(workers)
    return dask_cluster(workers, scheduler)


def _too_many(deaths: Counter[int], chunk: Chunk) -> None:
    """Count one more death at a chunk.

    Raises:
        ConvergenceError: there are more than its points can be the reason of.
    """
    deaths[chunk.number] += 1
    if deaths[chunk.number] > MOST_DEATHS * len(chunk.texts) + _OTHER_DEATHS:
        message = f"a process died {deaths[chunk.number]} times at points {chunk.first} and following, outside of any"
        raise ConvergenceError(f"{message} of them; every finished chunk is kept, and the same command goes on there")


# -------------------------------------------------------------------------------------------------------- own processes


class _Worker:
    """A process of our own and the task that it has."""

    def __init__(self) -> None:
        context = SilentContext()
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()  # or its end would not be heard
        self.chunk: Chunk | None = None

    @property
    def pipe(self) -> Connection:
        """Where it answers."""
        return self._pipe

    def give(self, task: Task, shared: bytes, chunk: Chunk) -> None:
        """Have a task computed."""
        self.chunk = chunk
        with suppress(OSError):  # it has died, which is heard where it should answer
            self._pipe.send((task, shared, chunk))

    def stop(self) -> None:
        """End the process."""
        self._pipe.close()
        self._process.kill()
        self._process.join()


def _serve(pipe: Connection) -> None:
    """Compute tasks until there are no more."""
    end_with_parent()
    with suppress(EOFError, OSError):
        while True:
            task, shared, chunk = pipe.recv()
            try:
                answer: tuple[Any, Exception | None] = (task(shared, chunk), None)
            except Exception as error:  # goes to who asked
                answer = (None, error)
            pipe.send(answer)


@contextmanager
def own_processes(count: int) -> Iterator[Engine]:
    """Give an engine of processes beside this one, which end with the block."""
    crew: list[_Worker] = []

    def run(task: Task, shared: bytes, chunks: Sequence[Chunk]) -> Iterator[tuple[Chunk, Any]]:
        waiting, deaths = deque(chunks), Counter[int]()
        while waiting or any(worker.chunk for worker in crew):
            while waiting and len(crew) < count:
                crew.append(_Worker())
            for worker in crew:
                if waiting and worker.chunk is None:
                    worker.give(task, shared, waiting.popleft())
            ready = wait([worker.pipe for worker in crew if worker.chunk])
            for worker in [one for one in crew if one.pipe in ready]:
                chunk, worker.chunk = worker.chunk, None
                if chunk is None:
                    continue
                try:
                    answer, error = worker.pipe.recv()
                except (EOFError, OSError):
                    worker.stop()
                    crew.remove(worker)
                    _too_many(deaths, chunk)
                    waiting.appendleft(chunk)
                    continue
                if error is not None:
                    raise error
                yield chunk, answer

    try:
        yield Engine(f"{count} processes", count, run)
    finally:
        for worker in crew:
            worker.stop()


# ----------------------------------------------------------------------------------------------------------------- Dask


@contextmanager
def dask_cluster(workers: int, scheduler: str = "") -> Iterator[Engine]:
    """Give an engine of the workers of a Dask scheduler, or of a cluster on this machine that ends with the block.

    Raises:
        InputError: the scheduler does not answer.
    """
    dask: Any = import_module("distributed")

    with _quiet():
        if scheduler:
            try:
                client = dask.Client(scheduler, timeout=10)
            except (OSError, ValueError) as error:
                message = f"no Dask scheduler answers at {scheduler} ({' '.join(str(error).split())}); start one"
                raise InputError(Problem(f"{message} with: dask scheduler", file="--scheduler")) from None
            cluster = None
        else:
            cluster = dask.LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                dashboard_address="127.0.0.1:0",
                silence_logs=50,
            )
            client = dask.Client(cluster)
        try:
            name = f"the Dask cluster at {scheduler}" if scheduler else f"a Dask cluster of {workers} processes"
            count = max(len(client.nthreads()), 1) if scheduler else workers
            yield Engine(name, count, _dask_run(client, scheduler))
        finally:
            with suppress(Exception):  # where the scheduler is gone there is nobody to say goodbye to
                client.close(timeout=2)
            if cluster is not None:
                cluster.close(timeout=10)


def _dask_run(client: Any, scheduler: str) -> Run:
    dask: Any = import_module("distributed")

    def run(task: Task, shared: bytes, chunks: Sequence[Chunk]) -> Iterator[tuple[Chunk, Any]]:
        waiting, deaths = deque(chunks), Counter[int]()
        pending: dict[Any, Chunk] = {}
        try:
            while waiting or pending:
                _check_answers(client, scheduler)
                threads = sum(client.nthreads().values())
                while waiting and len(pending) < max(2 * threads, 1):
                    chunk = waiting.popleft()
                    pending[client.submit(task, shared, chunk, pure=False)] = chunk
                done: set[Any] = set()
                with suppress(TimeoutError):
                    done = dask.wait(list(pending), timeout=1.0, return_when="FIRST_COMPLETED").done
                for future in done:
                    chunk = pending.pop(future)
                    if future.status == "cancelled":
                        raise _lost(scheduler)
                    error = future.exception() if future.status == "error" else None
                    if isinstance(error, dask.KilledWorker):
                        _too_many(deaths, chunk)
                        waiting.appendleft(chunk)
                    elif error is not None:
                        raise error
                    else:
                        yield chunk, future.result()
        except CancelledError:
            raise _lost(scheduler) from None
        except (OSError, TimeoutError) as error:
            if not _is_of_dask(error):
                raise
            raise _lost(scheduler) from None
        finally:
            if pending and client.status == "running":
                with suppress(Exception):
                    client.cancel(list(pending))

    return run


def _is_of_dask(error: BaseException) -> bool:
    """Whether the connection failed and not a disk."""
    return isinstance(error, TimeoutError) or type(error).__module__.startswith("distributed")


def _check_answers(client: Any, scheduler: str) -> None:
    if client.status != "running":
        raise _lost(scheduler)


def _lost(scheduler: str) -> InputError:
    where = f"the Dask scheduler at {scheduler}" if scheduler else "the Dask scheduler of this run"
    message = f"{where} no longer answers; every finished chunk is kept: start it, and the same command goes on there"
    return InputError(Problem(message, file="--scheduler" if scheduler else ""))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what Dask says of processes that come and go out of the way."""
    loggers = [logging.getLogger(name) for name in ("distributed", "tornado", "asyncio")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before):
            logger.setLevel(level)
