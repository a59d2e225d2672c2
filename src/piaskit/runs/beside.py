"""Pieces of one piece of work, done beside each other on the processors there are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import ExitStack, contextmanager
from functools import partial
from multiprocessing.connection import Connection, Pipe, wait
from operator import call
from struct import Struct
from typing import Any, TypeVar

from piaskit.runs.pool import ENDED, ask_pool, has_pool
from piaskit.runs.process import REAP, fork_apart, heed_end, leave_fork, reap_forks, write_whole
from piaskit.runs.warm import is_warm

Item = TypeVar("Item")
Answer = TypeVar("Answer")

_NUMBER = Struct("!H")
_MOST = 4096 // _NUMBER.size  # numbers that any pipe holds
_sharers = 1


def spread(
    work: Callable[[Item], Answer],
    items: Sequence[Item],
    *,
    threads: int = 1,
) -> list[Answer]:
    """Do the same work on each item; the answers come in the order of the items.

    A warm process forks once per processor it has: a fork has all that this process holds, and only
    answers, which must pickle, travel back. It ends when no item is left, whatever became of this
    process. A process that has a pool (``pool.py``) asks it; then work and items must pickle, too.
    Any other process uses so many ``threads``.

    What the work raises for an item is raised here, and a warm process waits for no other one;
    RuntimeError when a fork ends without an answer.

    >>> spread(abs, [3, -2])
    [3, 2]
    """
    workers = min(count_processors(), len(items))
    if not is_warm():
        if has_pool() and workers > 1:
            return ask_pool(work, items, workers)
        with ThreadPoolExecutor(threads) as pool:
            found = pool.map(work, items)
            return list(found)
    if workers < 2 or len(items) > _MOST:
        return list(map(work, items))
    return _spread_forked(work, items, workers)


def take_done(running: Iterable[Future[Answer]]) -> Iterator[Future[Answer]]:
    """Yield what threads do as it is done; being told to end is heard meanwhile."""
    left = set(running)
    while left:
        done, left = wait_for(left, REAP, FIRST_COMPLETED)
        heed_end()
        yield from done


def count_processors() -> int:
    """Count the processors that this process may use."""
    usable = getattr(os, "sched_getaffinity", None)
    return max((len(usable(0)) if usable else os.cpu_count() or 1) // _sharers, 1)


def share_processors(sharers: int) -> None:
    """Leave this process and its forks their part of the processors, among so many ``sharers``."""
    global _sharers
    _sharers = sharers


def _spread_forked(
    work: Callable[[Any], Any],
    items: Sequence[Any],
    workers: int,
) -> list[Any]:
    numbers, given = os.pipe()
    write_whole(given, b"".join(map(_NUMBER.pack, range(len(items)))))
    os.close(given)
    # Of threads beside those at work typst has no gain, only what they cost.
    os.environ["RAYON_NUM_THREADS"] = str(max(count_processors() // workers, 1))
    with ExitStack() as stack:
        stack.callback(os.close, numbers)
        left = iter(partial(os.read, numbers, _NUMBER.size), b"")
        asked = partial(_answer, work, items, (_NUMBER.unpack(told)[0] for told in left))
        ends = {stack.enter_context(_open_fork(asked)) for _ in range(workers)}
        return _hear(ends, len(items))


@contextmanager
def begin_apart(work: Callable[[], Answer]) -> Iterator[Callable[[], Answer]]:
    """Have a warm process fork one that does something meanwhile; it ends with the context.

    What is yielded waits for the answer, which must pickle. It raises what the work raises,
    RuntimeError when the fork ends without an answer.
    """
    with _open_fork(partial(_answer, call, [work], [0])) as near:
        yield lambda: _hear({near}, 1)[0]


@contextmanager
def _open_fork(do: Callable[[Connection], None]) -> Iterator[Connection]:
    """Fork a process that does one thing, and yield where its answers come from."""
    reap_forks()
    near, far = Pipe(duplex=False)
    process = fork_apart(partial(do, far))
    far.close()
    done = False
    try:
        yield near
        done = True
    finally:
        near.close()
        leave_fork(process)
        if not done:  # it may be writing
            reap_forks(wait=True)


def _hear(ends: set[Connection], number_of_all: int) -> list[Any]:
    """Return the answers of forks, read while others work; a failure is raised."""
    found: dict[int, Any] = {}
    while len(found) < number_of_all:
        if not ends:
            raise RuntimeError(ENDED)
        for end in wait(ends):
            assert isinstance(end, Connection)
            try:
                number, answer, failure = end.recv()
            except (EOFError, OSError):  # it has ended, perhaps amid an answer
                ends.remove(end)
                continue
            if failure is not None:
                raise failure
            found[number] = answer
    return [found[number] for number in range(number_of_all)]


def _answer(
    work: Callable[[Any], Any], items: Sequence[Any], left: Iterable[int], far: Connection
) -> None:
    """Do what is left until nothing is left or something fails, and tell it."""
    for number in left:
        try:
            answer = work(items[number])
        except Exception as error:
            far.send((number, None, error))
            return
        far.send((number, answer, None))
