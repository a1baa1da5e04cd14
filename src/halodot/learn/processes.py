"""One function of many items in processes of their own, each of which is given once what all items share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from halodot.workers import SilentContext, end_with_parent

Shared = TypeVar("Shared")
Item = TypeVar("Item")
Found = TypeVar("Found")


@contextmanager
def in_processes(
    function: Callable[[Shared, Item], Found], shared: Shared, workers: int, chunk: int = 1
) -> Iterator[Callable[[Iterable[Item]], Iterator[Found]]]:
    """Give what maps items to their answers, in order; it can be called again while the processes live.

    Args:
        function: of what is shared and an item; one of a module, since every process imports it anew.
        shared: sent to every process once; what the function keeps in it stays in that process.
        workers: processes; one is this process itself.
        chunk: items that are sent to a process at once.
    """
    if workers <= 1:
        yield partial(map, partial(function, shared))
        return
    with ProcessPoolExecutor(workers, SilentContext(), _remember, (function, shared)) as pool:
        try:
            yield partial(pool.map, _answer, chunksize=chunk)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


_REMEMBERED: list[partial[Any]] = []  # filled once in each process


def _remember(function: Callable[..., Any], shared: Any) -> None:
    end_with_parent()
    _REMEMBERED.append(partial(function, shared))


def _answer(item: Any) -> Any:
    return _REMEMBERED[-1](item)
