"""Pieces of one piece of work, done beside each other on the processors there are."""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from struct import Struct
from typing import Any, NoReturn, TypeVar

from piaskit.runs.warm import is_warm, write_whole

Item = TypeVar("Item")
Answer = TypeVar("Answer")

_NUMBER = Struct("!H")
_MOST = 4096 // _NUMBER.size  # numbers that any pipe holds


def spread(
    work: Callable[[Item], Answer], items: Sequence[Item], *, threads: int = 1
) -> list[Answer]:
    """Do the same work on each item; the answers come in the order of the items.

    A warm process forks once per processor: a fork has all that this process holds, and only
    answers, which must pickle, travel back. It ends when no item is left, whatever became of this
    process. Any other process uses so many ``threads``.

    What the work raises for an item is raised here, that of the first one where several fail;
    RuntimeError when a fork ends without an answer.

    >>> spread(abs, [3, -2])
    [3, 2]
    """
    if not is_warm():
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(work, items))
    workers = min(count_processors(), len(items))
    if workers < 2 or len(items) > _MOST:
        return list(map(work, items))
    return _spread_forked(work, items, workers)


def count_processors() -> int:
    """Count the processors that this process may use."""
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1


def _spread_forked(work: Callable[[Any], Any], items: Sequence[Any], workers: int) -> list[Any]:
    numbers, given = os.pipe()
    write_whole(given, b"".join(map(_NUMBER.pack, range(len(items)))))
    os.close(given)
    forks: dict[int, int] = {}  # by process, the pipe that its answers come through
    try:
        for _ in range(workers):
            answers, far = os.pipe()
            process = os.fork()
            if not process:
                _answer(work, items, numbers, far)
            os.close(far)
            forks[process] = answers
        found: dict[int, tuple[bool, Any]] = {}
        for answers in forks.values():
            with os.fdopen(answers, "rb", closefd=False) as stream:
                told = stream.read()
            found |= pickle.loads(told) if told else {}  # noqa: S301  # a fork of this process
    finally:
        os.close(numbers)
        for process, answers in forks.items():
            os.close(answers)
            os.kill(process, signal.SIGKILL)  # it has ended, or nobody waits for it any more
            os.waitpid(process, 0)
    for done, answer in (found[number] for number in sorted(found)):
        if not done:
            raise answer
    if len(found) < len(items):
        raise RuntimeError("a process that did a part of the work ended")
    return [found[number][1] for number in range(len(items))]


def _answer(work: Callable[[Any], Any], items: Sequence[Any], numbers: int, far: int) -> NoReturn:
    """Do what is left until nothing is left or something fails, tell it, and end."""
    found: dict[int, tuple[bool, Any]] = {}
    try:
        while told := os.read(numbers, _NUMBER.size):
            (number,) = _NUMBER.unpack(told)
            try:
                found[number] = (True, work(items[number]))
            except Exception as error:
                found[number] = (False, error)
                break
        write_whole(far, pickle.dumps(found))
    finally:
        os._exit(0)
