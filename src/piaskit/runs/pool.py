"""The pool of a kernel: workers, forks of the command, that do pieces of a notebook's work.

A kernel has threads, so it does not fork, and its threads wait for each other. The command forks
one process while it has none; that one forks a worker for whoever connects, and whoever connects
sends work and items, then the numbers of the items, and gets the answers.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import select
import signal
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib import import_module
from multiprocessing.connection import Connection, wait
from typing import Any

from piaskit.runs.process import REAP, fork_apart, limit_memory
from piaskit.runs.warm import bring_lasting, is_owned, prepare_publishing

ENDED = "a process that did a part of the work ended"
_address = ""  # where workers for this process are to be had


@contextlib.contextmanager
def offer_pool(memory: int | None = None) -> Iterator[str]:
    """Fork what forks workers, and yield where; it ends with them at the end.

    Blank where this process must not fork. ``memory`` is what each worker may take, in MiB.
    """
    if not _may_fork():
        yield ""
        return
    gc.enable()  # what was to be imported is
    with tempfile.TemporaryDirectory(prefix="piaskit-") as folder:
        address = f"{folder}/pool"
        with socket.socket(socket.AF_UNIX) as door:
            door.bind(address)
            door.listen()
            process = fork_apart(partial(_serve, door, os.getpid(), memory))
        try:
            yield address
        finally:
            for kill in (os.killpg, os.kill):  # it may not lead its group yet
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    kill(process, signal.SIGKILL)
            os.waitpid(process, 0)


def _may_fork() -> bool:
    return is_owned() and threading.active_count() == 1


def join_pool(address: str) -> None:
    """Note where workers for this process are to be had."""
    global _address
    _address = address


def has_pool() -> bool:
    """Tell whether workers may be asked."""
    return bool(_address)


def ask_pool(work: Callable[[Any], Any], items: Sequence[Any], workers: int) -> list[Any]:
    """Have so many workers do the work on the items; what it raises is raised here.

    Work, items and answers must pickle. Raises RuntimeError when a worker ends without an answer.
    """
    told = pickle.dumps((work, items))
    left = iter(range(len(items)))
    found: dict[int, Any] = {}
    with contextlib.ExitStack() as stack:
        busy = [stack.enter_context(_connect()) for _ in range(workers)]
        for worker in busy:
            _tell(worker, told, next(left))
        while busy:
            ready = wait(busy)
            for worker in [worker for worker in busy if worker in ready]:
                number, answer, failure = _hear(worker)
                if failure is not None:
                    raise failure
                found[number] = answer
                if (following := next(left, None)) is None:
                    busy.remove(worker)
                else:
                    _tell(worker, following)
    return [found[number] for number in range(len(items))]


def _connect() -> Connection:
    with socket.socket(socket.AF_UNIX) as near:
        try:
            near.connect(_address)
        except OSError:
            raise RuntimeError(ENDED) from None
        return Connection(near.detach())


def _tell(worker: Connection, *told: bytes | int) -> None:
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # one hears of its end
        for part in told:
            worker.send_bytes(part if isinstance(part, bytes) else pickle.dumps(part))


def _hear(worker: Connection) -> tuple[int, Any, Exception | None]:
    try:
        answer: tuple[int, Any, Exception | None] = worker.recv()
    except (EOFError, ConnectionResetError):
        raise RuntimeError(ENDED) from None
    return answer


def _serve(door: socket.socket, parent: int, memory: int | None) -> None:
    """Fork a worker for whoever connects, as the leader of a group of its own."""
    os.setpgid(0, 0)
    os.environ["RAYON_NUM_THREADS"] = "1"  # of typst: there is a worker per processor
    with bring_lasting():
        import_module("piaskit.report.compose")
    prepare_publishing()
    if memory is not None:
        limit_memory(memory)
    while os.getppid() == parent:  # where no system sees to that (``fork_apart``)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if select.select([door], [], [], REAP)[0]:
            far, _ = door.accept()
            with far:
                fork_apart(partial(_work, far))


def _work(far: socket.socket) -> None:
    """Do the work on the items whose numbers come, until no more come."""
    with Connection(far.detach()) as client, contextlib.suppress(EOFError):
        work, items = client.recv()
        while True:
            number = client.recv()
            answer = failure = None
            try:
                answer = work(items[number])
            except Exception as error:
                failure = error
            client.send((number, answer, failure))
