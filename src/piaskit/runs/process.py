"""A process: how it forks others, serves those who ask it for forks, and ends.

Forks end with the process that made them.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import gc
import json
import os
import pickle
import select
import signal
import socket
import struct
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeVar

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Answer = TypeVar("Answer")

COMMAND = struct.Struct("!cq")  # what to do, and the number of the fork
FORK, KILL = b"f", b"k"
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of Linux
MOMENT = 0.05  # seconds that whoever starts takes at most to ask for the next fork
REAP = 0.5  # seconds after which ended forks, and an end told, are noticed at the latest
_ending = False  # whether it was told to end
_leaving: list[int] = []  # forks of this process that were killed and may not have ended


class Pipes(NamedTuple):
    """Ends of three pipes, as file descriptors: requests, outputs and replies."""

    requests: int
    outputs: int
    replies: int


def write_whole(file: int, content: bytes) -> None:
    """Write all of it to a file descriptor."""
    while content:
        content = content[os.write(file, content) :]


def limit_memory(more: int) -> None:
    """Let this process take so many MiB more than it holds now; then MemoryError is raised.

    Data counts and not address space, of which libraries reserve far more than they use. Works on
    Linux; other systems do not keep the limit.
    """
    import resource

    table = Path("/proc/self/statm")
    if table.exists():
        held = int(table.read_text("ascii").split()[5]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_DATA, (held + (more << 20),) * 2)


def end_soon() -> NoReturn:
    """Break off what this process does; what the exception misses ``heed_end`` breaks off.

    An exception that a signal raises in a callback of an import is heard by nobody.
    """
    global _ending
    _ending = True
    raise KeyboardInterrupt


def heed_end() -> None:
    """Raise again what nobody heard: to be called now and then by whoever waits."""
    if _ending:
        raise KeyboardInterrupt


def leave_fork(process: int) -> None:
    """Kill a fork that nobody waits for: to give back what it held takes it a while."""
    os.kill(process, signal.SIGKILL)
    _leaving.append(process)


def reap_forks(*, wait: bool = False) -> None:
    """Have the system forget the forks left that have ended, or wait until all have."""
    for process in tuple(_leaving):
        if os.waitpid(process, 0 if wait else os.WNOHANG)[0]:
            _leaving.remove(process)


def end_process(code: int) -> NoReturn:
    """End this process without taking apart what it holds, which takes longer the more it is."""
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # nobody reads it any more
            stream.flush()
    os._exit(code)


def fork_apart(do: Callable[[], None]) -> int:
    """Fork a process that does one thing and ends, with this one at the latest; return its id.

    It has chance, standard streams and signals of its own. What goes wrong in it is told by
    whatever ``do`` does, else by nobody.
    """
    here = os.getpid()
    held = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    process = -1
    try:
        # What a signal raises amid what Python calls after a fork would be heard by nobody.
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
        process = os.fork()
    finally:
        if process:
            signal.pthread_sigmask(signal.SIG_SETMASK, held)
    if process:
        return process
    code = 1
    try:
        gc.freeze()  # as in a warm process
        _end_with(here)
        _draw_apart()
        signal.pthread_sigmask(signal.SIG_SETMASK, held)
        _leaving.clear()  # they are the parent's
        do()
        reap_forks(wait=True)
        code = 0
    except BaseException:
        if os.environ.get("PIASKIT_DEBUG"):
            sys.__excepthook__(*sys.exc_info())
    finally:
        os._exit(code)


def start_apart(work: Callable[[], Answer]) -> Callable[[], Answer | None]:
    """Have something worked out in a fork; return what waits for the answer.

    The answer must pickle; it is None when the fork ended without all of it.
    """
    near, far = os.pipe()
    process = fork_apart(lambda: write_whole(far, pickle.dumps(work())))
    os.close(far)

    def wait() -> Answer | None:
        with os.fdopen(near, "rb") as stream:
            told = stream.read()
        _, failed = os.waitpid(process, 0)
        answer: Answer | None = None if failed else pickle.loads(told)  # noqa: S301  # a fork's own
        return answer

    return wait


def serve_forks(
    channel: socket.socket, steps: Iterable[Callable[[], None]] = (), talk: Connection | None = None
) -> Iterator[Any]:
    """Fork as asked until the other end of a control socket is closed; end the forks with it.

    What somebody says through ``talk`` meanwhile is yielded, until that is closed. The next of the
    ``steps`` is taken when nobody has asked for anything for a moment: a step keeps all waiting.
    """
    forks: dict[int, int] = {}  # by the number the other end gave, processes that run
    left = deque(steps)
    heard: list[Any] = [channel] if talk is None else [talk, channel]
    try:
        while True:
            ready, _, _ = select.select(heard, [], [], MOMENT if left else REAP if forks else None)
            heed_end()
            for number in [number for number in forks if os.waitpid(forks[number], os.WNOHANG)[0]]:
                del forks[number]
            if talk is not None and talk in ready:
                try:
                    told = talk.recv()
                except (EOFError, ConnectionResetError):
                    return
                yield told
            elif channel in ready:
                asked, ends, _, _ = socket.recv_fds(channel, COMMAND.size, len(Pipes._fields))
                if not asked:
                    return
                what, number = COMMAND.unpack(asked)
                if what == KILL:
                    _kill(forks.get(number))
                    continue
                forks[number] = fork_apart(partial(_serve, channel, Pipes(*ends)))
                _lead(forks[number])
                for end in ends:
                    os.close(end)
            elif left:
                left.popleft()()
    finally:
        for process in forks.values():
            _kill(process)
            os.waitpid(process, 0)


def _serve(channel: socket.socket, pipes: Pipes) -> None:
    """Do what is requested of a fork, as the leader of a group of its own."""
    channel.close()
    os.setpgid(0, 0)
    run_forked(pipes)


def run_forked(pipes: Pipes) -> None:
    """Do what is requested of a process that was just forked.

    The first request names a task (``task``, as ``module:function``, and its ``arguments``), whose
    answer goes to the replies; else it says where cells run, and the others are cells.
    """
    atexit._clear()  # what the parent leaves undone is its own
    requests = _read_lines(pipes.requests)
    first = next(requests)
    if "task" in first:
        module, _, name = first["task"].partition(":")
        answer = getattr(import_module(module), name)(**first["arguments"])
        write_whole(pipes.replies, json.dumps(answer).encode() + b"\n")
    else:
        from piaskit.runs.shell import run_cells

        run_cells(first, requests, pipes)
    atexit._run_exitfuncs()


def _end_with(parent: int) -> None:
    """Have the system kill this process when its parent ends, however that ends (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def _draw_apart() -> None:
    """Give this process chance, standard streams and signals of its own."""
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()  # Python's own generator sees to itself
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1) if os.environ.get("PIASKIT_DEBUG") else (0, 1, 2):
        os.dup2(null, stream)
    os.close(null)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _read_lines(file: int) -> Iterator[Any]:
    with os.fdopen(file, encoding="utf-8", closefd=False) as stream:
        for line in stream:
            yield json.loads(line)


def _lead(process: int) -> None:
    """Make a fork the leader of its group, whichever of the two comes first."""
    with contextlib.suppress(PermissionError, ProcessLookupError):
        os.setpgid(process, process)


def _kill(process: int | None) -> None:
    """Kill a fork, which was not waited for yet, with what it has started."""
    if process is not None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process, signal.SIGKILL)
