"""The warm process that forks for this one, and the forks it has made.

To nbclient a fork is a kernel's client, which takes its messages from pipes, not sockets
(``client.py``); what runs in it is in ``shell.py``. Nothing heavy is imported here: the sooner the
warm process starts, the sooner it is warm.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import uuid
from collections import deque
from collections.abc import Callable
from functools import partial
from itertools import count
from queue import Empty
from threading import Lock
from typing import Any
from weakref import WeakSet

from piaskit.runs.process import (
    COMMAND,
    FORK,
    KILL,
    REAP,
    Pipes,
    fork_apart,
    heed_end,
    run_forked,
    write_whole,
)
from piaskit.runs.warm import is_owned, is_warm, warm_up

FAREWELL = 5.0  # seconds a fork has to end by itself
_LOCK = Lock()
_RUNNING: WeakSet[Fork] = WeakSet()
_PARENTS: list[WarmParent] = []
_server: Server | None = None  # which this process was told of


def can_fork() -> bool:
    """Tell whether this system forks processes and passes file descriptors between them."""
    return hasattr(os, "fork") and hasattr(socket, "send_fds")


class Channel:
    """Messages of a fork that come through one pipe, as nbclient asks for them."""

    def __init__(self, file: int) -> None:
        self.file, self.open = file, True
        self.rest = b""
        self.messages: deque[dict[str, Any]] = deque()
        self.waiting: asyncio.Future[None] | None = None
        os.set_blocking(file, False)

    async def get_msg(self, timeout: float | None = None) -> dict[str, Any]:
        """Return the next message; raises queue.Empty when none comes within ``timeout`` s."""
        loop = asyncio.get_running_loop()
        until = None if timeout is None else loop.time() + timeout
        while not self.messages:
            # The pipe of an ended fork stays silent: nbclient looks after it, and tells.
            self.waiting = loop.create_future()
            if self.open:
                loop.add_reader(self.file, _set_done, self.waiting)
            try:
                left = None if until is None else until - loop.time()
                await asyncio.wait_for(self.waiting, left)
            except TimeoutError:
                raise Empty from None
            finally:
                if self.open:
                    loop.remove_reader(self.file)
            self._read()
        return self.messages.popleft()

    def _read(self) -> None:
        while self.open:
            try:
                part = os.read(self.file, 1 << 20)
            except BlockingIOError:
                break
            self.open = bool(part)
            *lines, self.rest = (self.rest + part).split(b"\n")
            self.messages += map(json.loads, lines)

    def read_line(self) -> dict[str, Any] | None:
        """Wait for the next message; None when the fork has ended without one."""
        while not self.messages and self.open:
            select.select([self.file], [], [], REAP)
            heed_end()
            self._read()
        return self.messages.popleft() if self.messages else None

    def close(self) -> None:
        """Close the pipe; nbclient may have left somebody waiting, in its own loop."""
        if self.waiting is None:
            os.close(self.file)
        elif (loop := self.waiting.get_loop()).is_running():
            loop.call_soon_threadsafe(self._leave)
        else:
            self._leave()

    def _leave(self) -> None:
        assert self.waiting is not None
        self.waiting.get_loop().remove_reader(self.file)
        self.open = False
        self.waiting.cancel()
        os.close(self.file)


def _set_done(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)


class Fork:
    """A running fork, to nbclient a kernel's client; as a context it ends with it."""

    def __init__(self, ends: Pipes, kill: Callable[[], None], parent: object = None) -> None:
        self.requests, self.parent = ends.requests, parent
        self.iopub_channel, self.shell_channel = Channel(ends.outputs), Channel(ends.replies)
        self.kill = kill
        _RUNNING.add(self)

    def __enter__(self) -> Fork:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        os.close(self.requests)  # no more cells: it ends by itself
        if kind is None:
            select.select([self.shell_channel.file], [], [], FAREWELL)
        _RUNNING.discard(self)
        self.kill()
        for channel in (self.iopub_channel, self.shell_channel):
            channel.close()

    def ask(self, request: dict[str, Any]) -> None:
        """Write a request; of a fork that has ended one hears when its answer does not come."""
        with contextlib.suppress(BrokenPipeError):
            write_whole(self.requests, json.dumps(request).encode() + b"\n")

    def execute(self, code: str, store_history: bool = True, **_: Any) -> str:
        """Ask for a cell; return the id that the answers will bear."""
        content = {"code": code, "store_history": store_history}
        return self._number({"msg_type": "execute_request", "content": content})

    def kernel_info(self) -> str:
        """Ask what runs the cells; return the id that the answer will bear."""
        return self._number({"msg_type": "kernel_info_request"})

    def _number(self, request: dict[str, Any]) -> str:
        id = uuid.uuid4().hex
        self.ask({"msg_id": id, **request})
        return id

    def is_alive(self) -> bool:
        return self.shell_channel.open


def open_pipes() -> tuple[Pipes, Pipes]:
    """Return the near and the far ends of the pipes to a fork."""
    requests, outputs, replies = os.pipe(), os.pipe(), os.pipe()
    return (
        Pipes(requests[1], outputs[0], replies[0]),
        Pipes(requests[0], outputs[1], replies[1]),
    )


class Server:
    """A process that forks for this one, as it is asked through a socket."""

    def __init__(self, control: socket.socket) -> None:
        self.control, self.lock, self.forks = control, Lock(), count()

    def fork(self) -> Fork:
        """Return a new fork, at once: it answers when the server is warm."""
        near, far = open_pipes()
        number = os.getpid() << 32 | next(self.forks)  # forks of this process ask there, too
        # When the server is dead, so is the fork to whoever listens.
        with self.lock, contextlib.suppress(OSError):
            socket.send_fds(self.control, [COMMAND.pack(FORK, number)], far)
        for end in far:
            os.close(end)
        return Fork(near, partial(self.kill, number), self)

    def kill(self, number: int) -> None:
        with self.lock, contextlib.suppress(OSError):
            self.control.send(COMMAND.pack(KILL, number))


class WarmParent(Server):
    """The process that forks for this one; it lives as long as this one, in its environment."""

    def __init__(self) -> None:
        near, far = socket.socketpair()
        super().__init__(near)
        self.owner, self.environment = os.getpid(), dict(os.environ)
        code = f"from piaskit.runs.warm import main; main({far.fileno()})"
        with far:
            self.process = subprocess.Popen(  # noqa: S603  # this very Python
                [sys.executable, "-c", code],
                pass_fds=[far.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=None if os.environ.get("PIASKIT_DEBUG") else subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is answered here, not there
            )

    def is_usable(self) -> bool:
        """Tell whether the parent lives, is this process's own and has its environment."""
        own = self.owner == os.getpid() and self.environment == dict(os.environ)
        return own and self.process.poll() is None

    def is_busy(self) -> bool:
        return any(fork.parent is self for fork in list(_RUNNING))

    def close(self) -> None:
        """End the parent; forks that still run are killed by it."""
        self.control.close()
        if not self.is_busy():
            self.process.kill()  # it may still be warming up
        self.process.wait()


def take_forks_from(control: socket.socket) -> None:
    """Ask at the other end of a socket for all forks of this process and of its own."""
    global _server
    _server = Server(control)


def start_fork() -> Fork:
    """Fork a warm process: the one this was told of, else this one or the warm parent."""
    if _server is not None:
        return _server.fork()
    return _fork_here() if is_warm() else find_parent().fork()


def find_parent() -> WarmParent:
    """Return the warm parent of this process and environment; a new one is warm in a while."""
    with _LOCK:
        for parent in [parent for parent in _PARENTS if not parent.is_usable()]:
            if not parent.is_busy():
                _PARENTS.remove(parent)
                parent.close()
        usable = [parent for parent in _PARENTS if parent.is_usable()]
        if not usable:
            usable = [WarmParent()]
            _PARENTS.extend(usable)
        return usable[0]


def expect_forks() -> None:
    """Start the warm parent where forks will come from one, so that it is warm when they do."""
    if can_fork() and not is_owned() and not is_warm():
        find_parent()


def prepare_forks() -> None:
    """Warm this process up where forks will come from itself."""
    if is_owned() and not is_warm():
        warm_up()


def _fork_here() -> Fork:
    near, far = open_pipes()

    def serve() -> None:
        for end in near:
            os.close(end)
        run_forked(far)

    process = fork_apart(serve)
    for end in far:
        os.close(end)

    def kill() -> None:
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)

    return Fork(near, kill)


def call_forked(task: str, **arguments: Any) -> Any:
    """Call a function (``module:function``, of plain JSON to plain JSON) in a warm process.

    Raises RuntimeError when the process ends without an answer, as a killed one does.
    """
    with start_fork() as fork:
        fork.ask({"task": task, "arguments": arguments})
        answer = fork.shell_channel.read_line()
    if answer is None:
        raise RuntimeError("the process that did the work ended")
    return answer


def stop_forks() -> None:
    """Kill the forks that run now, so that whoever waits for one gets an answer."""
    for fork in list(_RUNNING):
        fork.kill()


@atexit.register
def stop_parents() -> None:
    """End the warm parents of this process."""
    while _PARENTS:
        _PARENTS.pop().close()
