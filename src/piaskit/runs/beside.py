"""Pieces of one piece of work, done beside each other on the processors there are."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from typing import Any, TypeVar

from piaskit.runs.warm import is_warm

Item = TypeVar("Item")
Answer = TypeVar("Answer")

THREADS = 2  # typst sets its pages without the interpreter's lock, so two threads use two cores
_inherited: tuple[Callable[[Any], Any], Sequence[Any]]


def spread(work: Callable[[Item], Answer], items: Sequence[Item]) -> list[Answer]:
    """Do the same work on each item; the answers come in the order of the items.

    A warm process forks once per processor: a fork has all that this process holds, and only
    answers, which must pickle, travel back. Any other process uses threads. What the work raises
    for the first item that fails is raised here.

    >>> spread(abs, [3, -2])
    [3, 2]
    """
    global _inherited
    workers = min(count_processors(), len(items))
    if not is_warm():
        return _spread(ThreadPoolExecutor(THREADS), work, items)
    if workers < 2:
        return list(map(work, items))
    for stream in (sys.stdout, sys.stderr):
        stream.flush()  # or each fork would say again what is held back
    _inherited = (work, items)
    pool = ProcessPoolExecutor(workers, mp_context=get_context("fork"))
    return _spread(pool, _do_inherited, range(len(items)))


def count_processors() -> int:
    """Count the processors that this process may use."""
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1


def _spread(pool: Executor, work: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
    with pool:
        return list(pool.map(work, items))


def _do_inherited(number: int) -> Any:
    work, items = _inherited
    return work(items[number])
